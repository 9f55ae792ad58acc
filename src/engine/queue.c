/*
 * queue.c: one mutex guards the three lists; progress and the cancel flags are relaxed atomics,
 * since they order nothing: a task's outcome is handed over under the mutex.
 *
 * The eventfd counts ended tasks (EFD_SEMAPHORE): one write when a task ends, one read when it is
 * taken, so that it is readable exactly while there is something to take.
 */
#include "engine/queue.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/os.h"

struct list {
    struct task *first, **last;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t work; /* waiting tasks or is_stopping changed */
    struct list waiting, running, ended;
    bool is_stopping;
    uint32_t last_id;
    int fd;
    unsigned n_threads;
    pthread_t threads[];
};

enum { MAX_THREADS = 256 };

/* --- lists ----------------------------------------------------------------------------------- */

static void list_init(struct list *l)
{
    *l = (struct list){NULL, &l->first};
}

static void list_append(struct list *l, struct task *t)
{
    t->next = NULL;
    *l->last = t;
    l->last = &t->next;
}

static void list_unlink(struct list *l, struct task **at)
{
    struct task *t = *at;
    *at = t->next;
    if (l->last == &t->next)
        l->last = at;
}

static struct task *list_shift(struct list *l)
{
    struct task *t = l->first;
    if (t != NULL)
        list_unlink(l, &l->first);
    return t;
}

static void list_remove(struct list *l, const struct task *t)
{
    struct task **at = &l->first;
    while (*at != t)
        at = &(*at)->next;
    list_unlink(l, at);
}

/* --- ending ---------------------------------------------------------------------------------- */

static void signal_ended(const struct queue *q)
{
    ssize_t n = write(q->fd, &(uint64_t){1}, sizeof(uint64_t));
    ASSERT(n == sizeof(uint64_t));
}

/* Under the lock. */
static void end_task(struct queue *q, struct task *t, enum status s)
{
    t->status = s;
    if (s == STATUS_CANCELLED)
        err_set(&t->err, s, "cancelled");
    list_append(&q->ended, t);
    signal_ended(q);
}

static void cancel_waiting(struct queue *q, uint32_t id)
{
    struct task **at = &q->waiting.first;
    while (*at != NULL) {
        struct task *t = *at;
        if (id != 0 && t->id != id) {
            at = &t->next;
            continue;
        }
        list_unlink(&q->waiting, at);
        end_task(q, t, STATUS_CANCELLED);
    }
}

static void cancel_locked(struct queue *q, uint32_t id)
{
    cancel_waiting(q, id);
    for (struct task *t = q->running.first; t != NULL; t = t->next)
        if (id == 0 || t->id == id)
            atomic_store_explicit(&t->is_cancelled, true, memory_order_relaxed);
}

/* --- the worker ------------------------------------------------------------------------------ */

static bool report(void *arg, uint64_t done, uint64_t total)
{
    struct task *t = arg;
    atomic_store_explicit(&t->total, total, memory_order_relaxed);
    atomic_store_explicit(&t->done, done, memory_order_relaxed);
    return !atomic_load_explicit(&t->is_cancelled, memory_order_relaxed);
}

/* Under the lock, which is given up while the task runs. */
static void run_task(struct queue *q, struct task *t)
{
    list_append(&q->running, t);
    t->started_s = os_now_s();
    atomic_store_explicit(&t->phase_s, t->started_s, memory_order_relaxed);
    pthread_mutex_unlock(&q->lock);
    struct err err = {0};
    enum status s = t->run(t, &(struct tick){report, t}, &err);
    double elapsed_s = os_now_s() - t->started_s;
    pthread_mutex_lock(&q->lock);
    t->err = err;
    t->elapsed_s = elapsed_s;
    list_remove(&q->running, t);
    end_task(q, t, s);
}

static void *work(void *arg)
{
    struct queue *q = arg;
    pthread_mutex_lock(&q->lock);
    while (!q->is_stopping) {
        struct task *t = list_shift(&q->waiting);
        if (t != NULL)
            run_task(q, t);
        else
            pthread_cond_wait(&q->work, &q->lock);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* --- the caller's side ----------------------------------------------------------------------- */

static bool start_thread(struct queue *q)
{
    if (pthread_create(&q->threads[q->n_threads], NULL, work, q) != 0)
        return false;
    q->n_threads++;
    return true;
}

/* Signals are for the caller's thread: the workers inherit a mask that blocks them all. */
static bool start_threads(struct queue *q, unsigned n)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (q->n_threads < n && start_thread(q))
        continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return q->n_threads == n;
}

enum status queue_start(struct queue **out, unsigned n_threads, struct err *e)
{
    unsigned n = CLAMP(n_threads, 1u, (unsigned)MAX_THREADS);
    struct queue *q = calloc(1, sizeof *q + n * sizeof q->threads[0]);
    if (q == NULL)
        return err_set(e, STATUS_FAILED, "no memory for %u worker threads", n);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->work, NULL);
    list_init(&q->waiting);
    list_init(&q->running);
    list_init(&q->ended);
    q->fd = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    if (q->fd < 0 || !start_threads(q, n)) {
        queue_stop(q);
        return err_set(e, STATUS_FAILED, "cannot start %u worker threads", n);
    }
    *out = q;
    return STATUS_OK;
}

static void stop_threads(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->is_stopping = true;
    cancel_locked(q, 0);
    pthread_cond_broadcast(&q->work);
    pthread_mutex_unlock(&q->lock);
    for (unsigned i = 0; i < q->n_threads; i++)
        pthread_join(q->threads[i], NULL);
}

void queue_stop(struct queue *q)
{
    stop_threads(q);
    struct task *t;
    while ((t = list_shift(&q->ended)) != NULL)
        t->drop(t);
    if (q->fd >= 0)
        close(q->fd);
    pthread_cond_destroy(&q->work);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

uint32_t queue_add(struct queue *q, struct task *t)
{
    pthread_mutex_lock(&q->lock);
    q->last_id = q->last_id == UINT32_MAX ? 1 : q->last_id + 1;
    uint32_t id = t->id = q->last_id;
    list_append(&q->waiting, t);
    pthread_cond_signal(&q->work);
    pthread_mutex_unlock(&q->lock);
    return id;
}

void queue_cancel(struct queue *q, uint32_t id)
{
    pthread_mutex_lock(&q->lock);
    cancel_locked(q, id);
    pthread_mutex_unlock(&q->lock);
}

struct task *queue_take(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct task *t = list_shift(&q->ended);
    if (t != NULL) {
        ssize_t n = read(q->fd, &(uint64_t){0}, sizeof(uint64_t));
        ASSERT(n == sizeof(uint64_t));
    }
    pthread_mutex_unlock(&q->lock);
    return t;
}

int queue_fd(const struct queue *q)
{
    return q->fd;
}

bool queue_wait(struct queue *q, int ms)
{
    return poll(&(struct pollfd){.fd = q->fd, .events = POLLIN}, 1, ms) == 1;
}

static size_t visit_list(const struct list *l,
                         void (*visit)(void *arg, const struct task *t, bool is_running), void *arg,
                         bool is_running)
{
    size_t n = 0;
    for (const struct task *t = l->first; t != NULL; t = t->next, n++)
        visit(arg, t, is_running);
    return n;
}

size_t queue_visit(struct queue *q, void (*visit)(void *arg, const struct task *t, bool is_running),
                   void *arg)
{
    pthread_mutex_lock(&q->lock);
    size_t n = visit_list(&q->running, visit, arg, true);
    n += visit_list(&q->waiting, visit, arg, false);
    pthread_mutex_unlock(&q->lock);
    return n;
}

/* --- progress -------------------------------------------------------------------------------- */

void task_begin_phase(struct task *t, const char *unit)
{
    atomic_store_explicit(&t->unit, unit, memory_order_relaxed);
    atomic_store_explicit(&t->done, 0, memory_order_relaxed);
    atomic_store_explicit(&t->total, 0, memory_order_relaxed);
    atomic_store_explicit(&t->phase_s, os_now_s(), memory_order_relaxed);
}

/* Assumes that the rate since the phase began goes on. */
static double eta_s(uint64_t done, uint64_t total, double phase_s)
{
    if (phase_s < 1 || done == 0 || total < done)
        return (double)NAN;
    return phase_s * (double)(total - done) / (double)done;
}

struct task_progress task_progress(const struct task *t, bool is_running)
{
    const char *unit = atomic_load_explicit(&t->unit, memory_order_relaxed);
    struct task_progress p = {.done = atomic_load_explicit(&t->done, memory_order_relaxed),
                              .total = atomic_load_explicit(&t->total, memory_order_relaxed),
                              .unit = unit == NULL ? "" : unit,
                              .eta_s = (double)NAN};
    if (!is_running)
        return p;
    double now_s = os_now_s();
    p.elapsed_s = now_s - t->started_s;
    p.eta_s =
        eta_s(p.done, p.total, now_s - atomic_load_explicit(&t->phase_s, memory_order_relaxed));
    return p;
}
