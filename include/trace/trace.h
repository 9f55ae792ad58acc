/*
 * trace.h: one in-memory form for kernels from every trace format, and the readers that fill it.
 *
 * A trace is a file, a kernelslist or a folder: a list of kernels whose headers are known at once
 * and whose bodies are loaded on demand. A loaded kernel is immutable and reference-counted, so
 * threads share it without locks.
 *
 * The form is compact because warps repeat one another:
 *
 *   code[]     one decoded record per static instruction (same PC, same text)
 *   paths[]    one sequence of steps {code, mask} per distinct warp behaviour; 8 bytes a step
 *   warps[]    each names its path and its first address record
 *   access_*   one record {base, pattern} per memory instruction with a non-zero width, in the
 * order of the path's steps patterns[] lane addresses relative to the base, kept as written (stride
 * or deltas) and shared
 *
 *      warp 0 --path 0--> {3,ffffffff} {4,ffffffff} {5,0000ffff} ...
 *      warp 1 --path 0-->      "            "            "         (the same memory)
 *         \--access----> {base 0x7f00, pattern 2} {base 0x7f80, pattern 2} ...
 */
#ifndef WARPSCOPE_TRACE_TRACE_H
#define WARPSCOPE_TRACE_TRACE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/tick.h"
#include "sass/sass.h"

struct trace_step {
    uint32_t code; /* index into code[] */
    uint32_t mask; /* active lanes and guard: lanes that execute (BRA, EXIT: lanes that take it) */
};

struct trace_path {
    const struct trace_step *steps;
    uint32_t n_steps;
    uint32_t n_accesses; /* steps whose code has mem_width_b != 0 */
    uint64_t n_thread_insts;
    uint32_t n_warps;      /* warps that follow this path */
    uint32_t n_masked_off; /* steps with mask 0 */
};

struct trace_warp {
    uint32_t cta;          /* index into ctas[] */
    uint32_t id;           /* within the CTA: linear thread id / 32 */
    uint32_t path;         /* index into paths[] */
    uint64_t first_access; /* index into access_base[] and access_pattern[] */
};

struct trace_cta {
    uint32_t x, y, z;
    uint32_t first_warp, n_warps; /* warps[] of one CTA are consecutive, by ascending id */
};

enum trace_pattern_kind {
    TRACE_PATTERN_STRIDE, /* lane i of the active ones: base + i * stride */
    TRACE_PATTERN_DELTAS, /* each active lane relative to the one before */
    TRACE_PATTERN_NONE,   /* no active lane */
};

struct trace_pattern {
    uint8_t kind;
    uint8_t n;         /* addresses described, 0..32; STRIDE: 0 = as many as are active */
    uint8_t delta_b;   /* DELTAS: bytes of one delta, 1, 2, 4 or 8 */
    int64_t stride;    /* STRIDE */
    const void *delta; /* DELTAS: n - 1 signed values; read with trace_pattern_delta */
};

enum trace_format {
    TRACE_FORMAT_GROUPED, /* .traceg text */
    TRACE_FORMAT_RAW,     /* .trace text, warps interleaved */
    TRACE_FORMAT_WST,     /* warpscope's own container */
    TRACE_FORMAT_PPT,     /* PPT-GPU folder: no PCs, masks or immediates */
};

/* What a kernel's header says; known without loading the body. */
struct trace_header {
    const char *name;        /* as in the trace: mangled or full text; no length limit */
    const char *declaration; /* demangled: templates, parameters and all */
    const char *label;       /* bare function name, for lists and titles */
    const char *file;        /* file that holds it */
    uint32_t id;             /* launch number in the application */
    uint32_t grid[3], block[3];
    uint32_t shmem_b; /* static + dynamic shared memory a CTA */
    uint32_t n_regs;  /* registers a thread */
    uint32_t isa;     /* 61, 70, 75, 80, 86, 89, 90 */
    uint64_t stream;
    uint64_t shmem_base, local_base; /* generic address windows, 0 = not recorded */
    const char *nvbit_version;       /* "" = not recorded */
    uint32_t tracer_version;         /* 0 = v2 or older, which does not record it */
    bool has_immediate;              /* the '#traces format' line names it */
    bool has_source_line;
    bool has_constants;  /* constant operands are recorded: built kernels only */
    bool is_synthetic;   /* made by a builder, not recorded on a GPU */
    const char *made_by; /* builder script and arguments of a synthetic kernel, "" otherwise */
    enum trace_format format;
};

/* Totals over the loaded body. */
struct trace_counts {
    uint64_t warp_insts, thread_insts, masked_off;
    uint64_t mem_insts;                /* instructions with a non-zero width */
    uint64_t mem_mode[5];              /* of these, by address mode in the text */
    uint64_t unknown_insts;            /* dynamic instructions whose opcode is not in the table */
    uint32_t unknown_opcodes, opcodes; /* distinct base names; distinct full texts */
    uint64_t ctas_in_grid;             /* product of grid; may exceed n_ctas */
    uint64_t text_b;                   /* bytes of text parsed, 0 for .wst */
};

struct trace_kernel {
    struct trace_header h;
    struct trace_counts counts;

    const struct sass_inst *code;
    uint32_t n_code;
    const struct trace_path *paths;
    uint32_t n_paths;
    const struct trace_warp
        *warps; /* by CTA, then by warp id; a warp without instructions is absent */
    uint32_t n_warps;
    const struct trace_cta *ctas; /* in linear order; CTAs without a record are absent */
    uint32_t n_ctas;
    const uint64_t *access_base;
    const uint32_t *access_pattern; /* index into patterns[] */
    uint64_t n_accesses;
    const struct trace_pattern *patterns;
    uint32_t n_patterns;

    const char *const *warnings; /* such as "12 warps end without EXIT"; for people */
    uint32_t n_warnings;
};

/* Reference counting; thread safe. A kernel starts with one reference. */
const struct trace_kernel *trace_kernel_retain(const struct trace_kernel *k);
void trace_kernel_release(const struct trace_kernel *k);

/* Memory held by the kernel, in bytes. */
size_t trace_kernel_memory_b(const struct trace_kernel *k);

/* Base names of the opcodes that are not in the table, "XFOO, XBAR"; "" = none. Many end in "...".
 */
const char *trace_unknown_names(struct arena *a, const struct trace_kernel *k);

/* Value `i` (0-based, below n - 1) of a DELTAS pattern. */
int64_t trace_pattern_delta(const struct trace_pattern *p, unsigned i);

/*
 * Lane addresses of one access: sets out[lane] for the lanes of `mask` and returns the mask of the
 * lanes set. Where the trace has fewer addresses than active lanes the last lanes are left out.
 */
uint32_t trace_access_lanes(const struct trace_kernel *k, uint64_t access, uint32_t mask,
                            uint64_t out[SASS_WARP_LANES]);

/* Walks the steps of one warp together with its accesses. */
struct trace_cursor {
    const struct trace_step *step, *end;
    const struct trace_kernel *kernel;
    uint64_t access; /* index of the next access record */
};
void trace_cursor_start(struct trace_cursor *c, const struct trace_kernel *k, uint32_t warp);
/* The next step, or NULL. *access is its record, or UINT64_MAX for steps without addresses. */
const struct trace_step *trace_cursor_next(struct trace_cursor *c, uint64_t *access);

/* ---- a trace: the list of kernels ---- */

struct trace;

struct trace_options {
    bool keep_going;      /* load what is whole and warn of the rest */
    uint64_t mem_limit_b; /* 0 = none */
};

/*
 * Opens a .traceg or .trace (packed or not), a .wst, a kernelslist(.g), a PPT-GPU folder, or a
 * folder that holds one of these. Reads headers only. STATUS_INPUT names what the path seems to be
 * otherwise.
 */
enum status trace_open(struct trace **out, const char *path, const struct trace_options *o,
                       struct err *e) MUST_USE;
void trace_close(struct trace *t);

const char *trace_path_name(const struct trace *t);
uint32_t trace_n_kernels(const struct trace *t);
const struct trace_header *trace_header(const struct trace *t, uint32_t i);
/* Things found while opening, such as a listed file that is absent. */
uint32_t trace_n_warnings(const struct trace *t);
const char *trace_warning(const struct trace *t, uint32_t i);

/*
 * Loads the body of kernel `i` (0-based position in the list). The caller owns one reference.
 * Thread safe for one open trace. Cancels within 50 ms through `tick` (units: bytes of the file).
 */
enum status trace_load(const struct trace *t, uint32_t i, const struct tick *tick,
                       const struct trace_kernel **out, struct err *e) MUST_USE;

/* Reads one kernel from memory (tests, fuzzing); `name` appears in errors. */
enum status trace_load_text(str bytes, const char *name, const struct trace_options *o,
                            const struct trace_kernel **out, struct err *e) MUST_USE;

#endif
