/*
 * batch.h: jobs run one after another without an interface: progress on standard error, SIGINT
 * cancels.
 */
#ifndef WARPSCOPE_CLI_BATCH_H
#define WARPSCOPE_CLI_BATCH_H

#include "progress.h"

struct batch {
    struct engine *engine;
    struct progress progress;
};

/* From here on SIGINT asks for the end; a second one kills. */
enum status batch_start(struct batch *b, bool is_quiet, unsigned n_threads, struct err *e) MUST_USE;
/* Drops everything that was not taken. */
void batch_end(struct batch *b);

/* Waits for the next job to end. STATUS_CANCELLED after SIGINT. */
enum status batch_next(struct batch *b, struct job_done *out, struct err *e) MUST_USE;

/* True after SIGINT; also installs its handler, for work that is done without jobs. */
bool batch_is_interrupted(void);
void batch_catch_interrupt(void);

/* Runs one open job. */
enum status batch_open(struct batch *b, const char *path, const struct trace_options *o,
                       struct trace **out, struct err *e) MUST_USE;

#endif
