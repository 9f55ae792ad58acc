/*
 * gpu.h: the description of a GPU: numbers with unit and source, loaded from gpus/NAME.json.
 *
 * A description is complete after loading: inheritance ("base") is resolved, every number is in
 * range, cross-checks hold. It is plain data: copying a struct gpu copies the values, while strings
 * stay in the arena that gpu_load was given. Changing a value (gpu_set) never touches the file.
 */
#ifndef WARPSCOPE_GPU_GPU_H
#define WARPSCOPE_GPU_GPU_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/text.h"

enum { GPU_MAX_CARVEOUTS = 16 };

/* Every parameter of gpu_param.def as a double; NAN = not known. */
struct gpu_values {
#define GPU_PARAM(field, section, key, unit, min, max, need, help) double field;
#include "gpu/gpu_param.def"
#undef GPU_PARAM
};

enum gpu_param_id {
#define GPU_PARAM(field, section, key, unit, min, max, need, help) GPU_##field,
#include "gpu/gpu_param.def"
#undef GPU_PARAM
    GPU_N_PARAMS
};

struct gpu_param {
    const char *name;  /* "memory.l2_bandwidth": section.key, the name users write */
    const char *field; /* C name, for code that explains itself */
    const char *section, *key, *unit, *help;
    double min, max;
    bool is_required;
};
extern const struct gpu_param gpu_params[GPU_N_PARAMS];

enum gpu_origin {
    GPU_GIVEN,     /* by this description's own file */
    GPU_INHERITED, /* by its base */
    GPU_CHANGED,   /* by gpu_set since loading */
};

struct gpu_note {
    const char *tag;    /* short name of the source in the file, "" for a changed value */
    const char *source; /* text of the source, "" for a changed value */
    const char *note;   /* why this value among several, from what it is inferred; may be "" */
    bool is_inferred;   /* taken from a sister chip or derived: shown with "~" */
    enum gpu_origin origin;
};

struct gpu {
    const char *name;  /* "a100-sxm4-40gb" */
    const char *title; /* "NVIDIA A100 40 GB SXM4" */
    const char *arch;  /* "sm_80" */
    const char *file;
    const char *base;   /* name of the description it inherits from, "" = none */
    const char *remark; /* free text, may be "" */
    unsigned isa;       /* 80 */
    /*
     * latency.dram holds what AMALI calls dram_mem_access: the way from L1, so that DRAM behind L2
     * costs dram - (l2 - l1). False for every description of a chip: latency.dram is the whole way.
     */
    bool dram_from_l1;
    struct gpu_values v;
    struct gpu_note note[GPU_N_PARAMS];
    double carveout_kib[GPU_MAX_CARVEOUTS]; /* shared-memory sizes, ascending */
    unsigned n_carveouts;
    struct gpu_note carveout_note;
};

/*
 * Loads by name ("a100-pcie-80gb": looked up in the folders of `dirs`, the first that has it wins)
 * or by path (has a '/' or ends in ".json"). A base is a name; it is looked up beside the file that
 * names it, then in `dirs`. Strings are allocated in `a`. An unknown name lists the nearest.
 */
enum status gpu_load(struct gpu *g, struct arena *a, const char *name_or_path,
                     const char *const *dirs, size_t n_dirs, struct err *e) MUST_USE;

/* From text (tests, fuzzing); a base is looked up in `dirs`. */
enum status gpu_load_text(struct gpu *g, struct arena *a, str text, const char *path,
                          const char *const *dirs, size_t n_dirs, struct err *e) MUST_USE;

/* Names of all descriptions in `dirs`, sorted, each once, in `a`; a missing folder has none. */
enum status gpu_list(struct arena *a, const char *const *dirs, size_t n_dirs, char ***names,
                     size_t *n, struct err *e) MUST_USE;

/* The description to take for a trace of this ISA (80) when nobody named one: the newest that is
 * not newer; is_exact tells whether it is of that very ISA. */
const char *gpu_name_of_isa(unsigned isa, bool *is_exact);

static inline double gpu_value(const struct gpu *g, enum gpu_param_id id)
{
    return ((const double *)&g->v)[id];
}

/* Parameter by "section.key"; -1 and a suggestion in `e` when there is none. */
int gpu_find_param(str name, struct err *e);

/* Changes one value after checking its range and the cross-checks; `g` is untouched on failure. */
enum status gpu_set(struct gpu *g, enum gpu_param_id id, double value, struct err *e) MUST_USE;

/* Cross-checks between values, such as "threads_per_sm is a multiple of 32". */
enum status gpu_check(const struct gpu *g, struct err *e) MUST_USE;

/* ---- comparing and writing ---- */

/* Parameters whose values differ, in the order of gpu_param.def; NAN against a number differs. */
size_t gpu_diff(const struct gpu *a, const struct gpu *b, enum gpu_param_id out[GPU_N_PARAMS]);
bool gpu_same_carveouts(const struct gpu *a, const struct gpu *b);

/*
 * Writes `g` as the file of a description called `name` that inherits from `base` and holds only
 * what differs from it. `source` is the text given as source of changed values, such as "changed by
 * hand", never empty. Loading the text gives the values of `g` back.
 */
void gpu_to_json(const struct gpu *g, const struct gpu *base, const char *name, const char *source,
                 struct text *out);

/* ---- derived ---- */

/* Known parameters, and those of them that are inferred. */
struct gpu_count {
    unsigned known, inferred;
};
struct gpu_count gpu_count_params(const struct gpu *g);

/* Cycles between two warp instructions of one sub-core on a pipe with `lanes` lanes an SM. */
double gpu_pipe_interval_cy(const struct gpu *g, double lanes);
double gpu_peak_fp32_flops(const struct gpu *g);   /* per second, FMA counts 2 */
double gpu_peak_tensor_flops(const struct gpu *g); /* dense FP16 with FP32 accumulate, 0 = none */
double gpu_dram_b_per_cy(const struct gpu *g);     /* per core cycle, achieved where known */

#endif
