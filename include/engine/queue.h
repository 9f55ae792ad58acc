/*
 * queue.h: worker threads that take tasks from a queue; knows nothing of traces or models.
 *
 * Properties  A task is a struct that the owner embeds as first member of its own record. From
 *             queue_add on it belongs to the queue; queue_take gives it back once it has ended.
 * Operation   Waiting tasks start in order of adding. Each ended task makes queue_fd readable
 *             until it is taken. A task is waiting, running or ended; it ends exactly once.
 * Safety      queue_* are for one caller thread. `run` is called on a worker and must stop soon
 *             after its tick returns false. A waiting task that is cancelled ends without running.
 */
#ifndef WARPSCOPE_ENGINE_QUEUE_H
#define WARPSCOPE_ENGINE_QUEUE_H

#include "base/err.h"
#include "base/tick.h"

struct queue;

struct task {
    /* Set by the owner. */
    enum status (*run)(struct task *t, const struct tick *tick, struct err *e);
    void (*drop)(struct task *t); /* frees an ended task that nobody took */

    /* Set by the queue, to be read once the task was taken. */
    uint32_t id;
    enum status status;
    struct err err;
    double elapsed_s; /* spent running; 0 if it never started */

    /* The queue's own. */
    struct task *next;
    double started_s;
    _Atomic double phase_s; /* when the present phase began */
    _Atomic uint64_t done, total;
    _Atomic(const char *) unit;
    _Atomic bool is_cancelled;
};

enum status queue_start(struct queue **out, unsigned n_threads, struct err *e) MUST_USE;
/* Cancels everything, waits for the workers and drops what was not taken. */
void queue_stop(struct queue *q);

/* Returns the task's id, never 0. */
uint32_t queue_add(struct queue *q, struct task *t);
void queue_cancel(struct queue *q, uint32_t id); /* 0 = all */

/* The next ended task, in order of ending, or NULL. The caller owns it. */
struct task *queue_take(struct queue *q);
int queue_fd(const struct queue *q);
/* Waits until a task has ended, a signal arrives or `ms` have passed (negative: no limit).
 * True when queue_take would return a task. */
bool queue_wait(struct queue *q, int ms);

/* Calls `visit` for each task that has not ended, running ones first, while the queue holds still;
 * `visit` must be short. Returns their number. */
size_t queue_visit(struct queue *q, void (*visit)(void *arg, const struct task *t, bool is_running),
                   void *arg);

/* On the worker, from within run: what is counted from now on. `unit` is a literal. */
void task_begin_phase(struct task *t, const char *unit);

struct task_progress {
    uint64_t done, total;
    const char *unit;
    double elapsed_s, eta_s; /* of the task; of the present phase, NAN in its first second */
};
struct task_progress task_progress(const struct task *t, bool is_running);

#endif
