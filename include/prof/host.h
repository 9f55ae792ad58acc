/*
 * host.h: the machine that launches kernels: CPU, link and launch queue, loaded from
 * gpus/hosts/NAME.json.
 *
 * Four numbers say what a host does to launches. Each has a unit and a source, or is null with a
 * note that says why nobody knows it: then it is NAN here and whoever needs it must say so. A
 * description is plain data; its strings stay in the arena that loaded it.
 */
#ifndef WARPSCOPE_PROF_HOST_H
#define WARPSCOPE_PROF_HOST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* field, key in the file, unit, least, most, what it is */
#define HOST_PARAM_LIST(X)                                                                       \
    X(launch_latency_ns, "launch_latency", "ns", 1, 1e9,                                         \
      "launch overhead of a null kernel on a free stream: begin of the call to start of kernel") \
    X(cpu_speed, "cpu_speed", "ratio", 1e-3, 1e3,                                                \
      "single-thread speed of the CPU, an AMD EPYC 7313 being 1")                                \
    X(link_gb_per_s, "link_bandwidth", "GB/s", 1e-3, 1e6,                                        \
      "bandwidth between CPU and GPU in one direction, 1 GB = 10^9 bytes")                       \
    X(queue_limit, "queue_limit", "launch", 1, 1e6,                                              \
      "waiting launches of a stream, that of the call included, at which the call blocks")

struct host_values {
#define X(field, key, unit, min, max, help) double field;
    HOST_PARAM_LIST(X)
#undef X
};

enum host_param_id {
#define X(field, key, unit, min, max, help) HOST_##field,
    HOST_PARAM_LIST(X)
#undef X
        HOST_N_PARAMS
};

struct host_param {
    const char *key, *unit, *help;
    double min, max;
};
extern const struct host_param host_params[HOST_N_PARAMS];

struct host_note {
    const char *tag;    /* short name of the source in the file; "" = none, the value is unknown */
    const char *source; /* its text */
    const char *note;   /* why this value, or why none; may be "" for a known one */
    bool is_inferred;   /* taken from another product: shown with "~" */
};

struct host {
    const char *name;  /* "epyc-7313-a100" */
    const char *title; /* "AMD EPYC 7313 with A100-SXM4" */
    const char *cpu;
    const char *gpu;  /* that usually stands beside it */
    const char *link; /* "PCIe 4.0 x16" */
    const char *remark;
    const char *file;
    struct host_values v; /* NAN = not known */
    struct host_note note[HOST_N_PARAMS];
};

/*
 * Loads by name ("epyc-7313-a100": looked up in the folders of `dirs`, the first that has it wins)
 * or by path (has a '/' or ends in ".json"). An unknown name lists what there is. Strings in `a`.
 */
enum status host_load(struct host *h, struct arena *a, const char *name_or_path,
                      const char *const *dirs, size_t n_dirs, struct err *e) MUST_USE;
/* From text (tests, fuzzing); `path` appears in errors. */
enum status host_load_text(struct host *h, struct arena *a, str text, const char *path,
                           struct err *e) MUST_USE;

/* Names of all descriptions in `dirs`, sorted, each once, in `a`; a missing folder has none. */
enum status host_list(struct arena *a, const char *const *dirs, size_t n_dirs, char ***names,
                      size_t *n, struct err *e) MUST_USE;

static inline double host_value(const struct host *h, enum host_param_id id)
{
    return ((const double *)&h->v)[id];
}

#endif
