/*
 * job.h: the worker: jobs in, results out, the caller never waits.
 *
 * Properties  One engine has one or more worker threads and a queue. A job opens a trace, loads a
 *             kernel, models a kernel on a GPU (loading it first when needed), or opens and
 *             analyses a profile. A loaded kernel
 *             is retained by the job, so the caller may drop its own reference at once; each job
 *             owns a copy of its GPU description, strings included. An open trace has no
 *             references: it must stay open until the jobs that name it have ended.
 * Operation   job_submit_* returns an id at once. When a job ends, engine_fd becomes readable;
 *             engine_next hands out finished jobs in order of ending. Progress is polled.
 * Safety      job_cancel is a flag that loops look at every few thousand units: a running job ends
 *             within 50 ms as STATUS_CANCELLED; a queued one ends without starting. Opening reads
 *             headers only and is not interrupted midway. Results are immutable and
 *             reference-counted. All functions here are for one caller thread (the UI); signals
 *             are delivered to that thread, never to a worker.
 */
#ifndef WARPSCOPE_ENGINE_JOB_H
#define WARPSCOPE_ENGINE_JOB_H

#include "base/err.h"
#include "gpu/gpu.h"
#include "model/model.h"
#include "prof/launches.h"
#include "result/result.h"
#include "trace/trace.h"

struct engine;

enum status engine_start(struct engine **out, unsigned n_threads, struct err *e) MUST_USE;
/* Cancels everything, waits for the workers, drops what was not taken. */
void engine_stop(struct engine *en);

/* Readable while engine_next would return a job. For poll(2). */
int engine_fd(const struct engine *en);
/* For callers without a poll loop: waits until a job has ended, a signal arrives or `ms` have
 * passed (negative: no limit). True when engine_next would return a job. */
bool engine_wait(struct engine *en, int ms);

enum job_kind { JOB_OPEN, JOB_LOAD, JOB_MODEL, JOB_LAUNCHES };

typedef uint32_t job_id; /* 0 = none */

/* `o` may be NULL. */
job_id job_submit_open(struct engine *en, const char *path, const struct trace_options *o);
job_id job_submit_load(struct engine *en, const struct trace *t, uint32_t kernel);
/* Either `k`, or `t` and `kernel` to load it first. `o` may be NULL. `tag` comes back with the job.
 */
job_id job_submit_model(struct engine *en, const struct trace *t, uint32_t kernel,
                        const struct trace_kernel *k, const struct gpu *g, const struct model *m,
                        const struct model_options *o, uint64_t tag);

/* Several files are the ranks of one run. `o` may be NULL; its texts are copied. */
job_id job_submit_launches(struct engine *en, const char *const *paths, size_t n,
                           const struct launches_options *o, uint64_t tag);

void job_cancel(struct engine *en, job_id id); /* 0 = all */

enum { JOB_WHAT_B = 96 };

struct job_progress {
    job_id id;
    enum job_kind kind;
    bool is_running;      /* false: queued */
    uint64_t done, total; /* total 0 = not known */
    const char *unit;     /* "B", "inst"; "" while nothing is counted */
    double elapsed_s;
    double eta_s;          /* NAN in the first second */
    char what[JOB_WHAT_B]; /* "model kernel 3 on h100-pcie" */
};
/* Jobs that have not ended, running ones first; returns how many there are, which may be > max. */
size_t job_progress(const struct engine *en, struct job_progress *out, size_t max);

struct job_done {
    job_id id;
    enum job_kind kind;
    uint64_t tag;
    enum status status;
    struct err err;
    struct trace *trace; /* JOB_OPEN, NULL if it failed; the caller closes it */
    uint32_t kernel_index;
    const struct trace_kernel *kernel; /* JOB_LOAD, JOB_MODEL, NULL if not loaded; the caller
                                          releases it, also when the model failed */
    const struct result *result;       /* JOB_MODEL, NULL if it failed; the caller releases */
    const struct launches *launches;   /* JOB_LAUNCHES, likewise */
    double elapsed_s;
};
/* False when no job has ended since the last call. */
bool engine_next(struct engine *en, struct job_done *out);

#endif
