/*
 * study.h: kernels of a trace modelled on one or more GPUs: what analyze and compare share.
 *
 * Kernels are loaded and modelled several at a time, reported in the order of the trace, and
 * released at once after, so that memory holds only those at work.
 */
#ifndef WARPSCOPE_CLI_STUDY_H
#define WARPSCOPE_CLI_STUDY_H

#include "batch.h"
#include "cli_priv.h"

struct study {
    struct cli *c;
    struct batch batch;
    unsigned n_threads;
    struct trace *trace;
    uint32_t *kernels; /* positions in the trace, ascending */
    size_t n_kernels;
    bool hides_warnings; /* of kernels */
    struct gpu *gpus;
    size_t n_gpus;
    const struct model *model; /* NULL: all, each kernel is modelled by every one */
    /* GPU by GPU, and for each the models; results come in this order. */
    struct study_case {
        const struct gpu *gpu;
        const struct model *model;
    } * cases;
    size_t n_cases;
    const struct err *const *failures; /* of the kernel that is reported, by case; NULL = none */
    struct model_options options;
};

/* Opens the trace and selects its kernels: study_run then loads without modelling. study_close must
 * follow in any case. */
enum status study_open_trace(struct study *s, struct cli *c, struct err *e) MUST_USE;
/* The same, with the model and the GPUs that the options ask for, `least_gpus` (1 or 2) at least.
 * `--model all` is refused unless `may_be_all`. */
enum status study_open(struct study *s, struct cli *c, size_t least_gpus, bool may_be_all,
                       struct err *e) MUST_USE;
void study_close(struct study *s);

/* One kernel with its result by case, NULL where modelling failed under --keep-going or, of all
 * models, one refused. The kernel may be retained. */
typedef void study_report(void *arg, const struct trace_kernel *k,
                          const struct result *const *results);

/* STATUS of the first failure; under --keep-going the others are reported nevertheless. */
enum status study_run(struct study *s, study_report *report, void *arg, struct err *e) MUST_USE;

#endif
