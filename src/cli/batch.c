#include "batch.h"

#include <signal.h>

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* Without SA_RESTART, so that waiting ends at once; a second SIGINT finds the default action. Who
 * starts the program with SIGINT ignored means it. */
void batch_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, &action, &before) == 0 && before.sa_handler == SIG_IGN)
        sigaction(SIGINT, &before, NULL);
}

bool batch_is_interrupted(void)
{
    return is_interrupted != 0;
}

enum status batch_start(struct batch *b, bool is_quiet, unsigned n_threads, struct err *e)
{
    batch_catch_interrupt();
    progress_start(&b->progress, is_quiet, 0);
    return engine_start(&b->engine, n_threads, e);
}

void batch_end(struct batch *b)
{
    progress_end(&b->progress);
    engine_stop(b->engine);
}

/* A signal between the question and the wait is seen after this time at the latest. */
enum { WAIT_MS = 40 };

static void show_progress(struct batch *b)
{
    struct job_progress running;
    if (progress_is_due(&b->progress) && job_progress(b->engine, &running, 1) > 0)
        progress_show(&b->progress, &running);
}

enum status batch_next(struct batch *b, struct job_done *out, struct err *e)
{
    while (!batch_is_interrupted()) {
        show_progress(b);
        if (engine_wait(b->engine, WAIT_MS) && engine_next(b->engine, out))
            return STATUS_OK;
    }
    return err_set(e, STATUS_CANCELLED, "cancelled");
}

enum status batch_open(struct batch *b, const char *path, const struct trace_options *o,
                       struct trace **out, struct err *e)
{
    struct job_done done = {0};
    job_submit_open(b->engine, path, o);
    TRY(batch_next(b, &done, e));
    *out = done.trace;
    if (done.status != STATUS_OK)
        *e = done.err;
    return done.status;
}
