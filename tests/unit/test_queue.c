/* The queue with tasks made for it: order, cancelling, progress, stopping. */
#include "t.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/os.h"
#include "engine/queue.h"

struct probe {
    struct task task;
    uint64_t units;     /* steps of 1 ms until done */
    enum status answer; /* returned at the end */
    atomic_int ran;
};

static atomic_int dropped;

static void drop(struct task *t)
{
    atomic_fetch_add(&dropped, 1);
    free(t);
}

static enum status count(struct task *t, const struct tick *tick, struct err *e)
{
    struct probe *p = (struct probe *)t;
    atomic_fetch_add(&p->ran, 1);
    task_begin_phase(t, "step");
    for (uint64_t i = 0; i < p->units; i++) {
        if (!tick_step(tick, i, p->units))
            return STATUS_CANCELLED;
        os_sleep_ms(1);
    }
    if (p->answer != STATUS_OK)
        return err_set(e, p->answer, "asked to fail");
    return STATUS_OK;
}

static struct probe *make(uint64_t units, enum status answer)
{
    struct probe *p = calloc(1, sizeof *p);
    p->task.run = count;
    p->task.drop = drop;
    p->units = units;
    p->answer = answer;
    return p;
}

static struct queue *start(unsigned n)
{
    struct queue *q = NULL;
    struct err e = {0};
    CHECK_EQ_INT(queue_start(&q, n, &e), STATUS_OK);
    return q;
}

/* The next ended task, waiting at most 5 s. */
static struct task *take(struct queue *q)
{
    CHECK(queue_wait(q, 5000));
    return queue_take(q);
}

static bool is_readable(const struct queue *q)
{
    return poll(&(struct pollfd){.fd = queue_fd(q), .events = POLLIN}, 1, 0) == 1;
}

static size_t n_running;

static void count_running(void *arg, const struct task *t, bool is_running)
{
    struct task_progress *out = arg;
    n_running += is_running;
    if (is_running)
        *out = task_progress(t, true);
}

/* Until a task runs and has made a step. */
static struct task_progress wait_until_running(struct queue *q)
{
    struct task_progress p = {0};
    for (int i = 0; i < 5000 && p.done == 0; i++) {
        n_running = 0;
        queue_visit(q, count_running, &p);
        os_sleep_ms(1);
    }
    return p;
}

TEST(one_worker_keeps_the_order)
{
    struct queue *q = start(1);
    for (uint32_t i = 1; i <= 10; i++)
        CHECK_EQ_INT(queue_add(q, &make(i % 2, STATUS_OK)->task), i);
    for (uint32_t i = 1; i <= 10; i++) {
        struct task *t = take(q);
        CHECK_EQ_INT(t->id, i);
        CHECK_EQ_INT(t->status, STATUS_OK);
        free(t);
    }
    CHECK(queue_take(q) == NULL);
    CHECK(!is_readable(q));
    queue_stop(q);
}

TEST(descriptor_is_readable_exactly_while_there_is_something)
{
    struct queue *q = start(1);
    CHECK(!is_readable(q));
    CHECK(!queue_wait(q, 1));
    queue_add(q, &make(0, STATUS_OK)->task);
    queue_add(q, &make(0, STATUS_OK)->task);
    free(take(q));
    free(take(q));
    CHECK(!is_readable(q));
    queue_stop(q);
}

TEST(failure_comes_back_with_its_text)
{
    struct queue *q = start(1);
    queue_add(q, &make(0, STATUS_INPUT)->task);
    struct task *t = take(q);
    CHECK_EQ_INT(t->status, STATUS_INPUT);
    CHECK_EQ_INT(t->err.status, STATUS_INPUT);
    CHECK_EQ_STR(t->err.message, "asked to fail");
    free(t);
    queue_stop(q);
}

/* The best of five: a busy machine may hold any thread back, but not every time. */
TEST(running_task_is_cancelled)
{
    struct queue *q = start(1);
    for (int i = 0; i < 5; i++) {
        uint32_t id = queue_add(q, &make(100000, STATUS_OK)->task);
        wait_until_running(q);
        queue_cancel(q, id);
        struct task *t = take(q);
        CHECK_EQ_INT(t->status, STATUS_CANCELLED);
        CHECK_EQ_STR(t->err.message, "cancelled");
        CHECK(t->elapsed_s > 0);
        free(t);
    }
    queue_stop(q);
}

TEST(waiting_task_is_cancelled_without_running)
{
    struct queue *q = start(1);
    queue_add(q, &make(100000, STATUS_OK)->task);
    struct probe *waiting = make(0, STATUS_OK);
    uint32_t id = queue_add(q, &waiting->task);
    uint32_t last = queue_add(q, &make(0, STATUS_OK)->task);
    wait_until_running(q);
    queue_cancel(q, id);
    struct task *t = take(q);
    CHECK(t == &waiting->task);
    CHECK_EQ_INT(t->status, STATUS_CANCELLED);
    CHECK_EQ_INT(waiting->ran, 0);
    free(t);
    queue_cancel(q, 1);
    free(take(q));
    t = take(q);
    CHECK_EQ_INT(t->id, last);
    CHECK_EQ_INT(t->status, STATUS_OK);
    free(t);
    queue_stop(q);
}

TEST(cancelling_an_unknown_or_ended_task_does_nothing)
{
    struct queue *q = start(1);
    queue_cancel(q, 77);
    queue_cancel(q, 0);
    uint32_t id = queue_add(q, &make(0, STATUS_OK)->task);
    CHECK(queue_wait(q, 5000));
    queue_cancel(q, id);
    struct task *t = queue_take(q);
    CHECK_EQ_INT(t->status, STATUS_OK);
    free(t);
    queue_stop(q);
}

TEST(progress_tells_units_and_running_ones_first)
{
    struct queue *q = start(2);
    for (int i = 0; i < 4; i++)
        queue_add(q, &make(100000, STATUS_OK)->task);
    struct task_progress p = wait_until_running(q);
    n_running = 0;
    CHECK_EQ_INT(queue_visit(q, count_running, &p), 4);
    CHECK(n_running >= 1 && n_running <= 2);
    CHECK_EQ_STR(p.unit, "step");
    CHECK_EQ_INT(p.total, 100000);
    CHECK(isnan(p.eta_s));
    queue_stop(q);
}

TEST(eta_follows_the_rate_after_a_second)
{
    struct task t = {.started_s = os_now_s() - 10};
    t.phase_s = os_now_s() - 2;
    t.done = 25;
    t.total = 100;
    struct task_progress p = task_progress(&t, true);
    CHECK_NEAR(p.eta_s, 6.0, 0.01);
    CHECK_NEAR(p.elapsed_s, 10.0, 0.01);
    t.total = 0; /* not known */
    CHECK(isnan(task_progress(&t, true).eta_s));
    CHECK(isnan(task_progress(&t, false).eta_s));
}

TEST(stopping_drops_running_waiting_and_untaken)
{
    struct queue *q = start(2);
    atomic_store(&dropped, 0);
    queue_add(q, &make(0, STATUS_OK)->task);
    CHECK(queue_wait(q, 5000));
    for (int i = 0; i < 20; i++)
        queue_add(q, &make(100000, STATUS_OK)->task);
    wait_until_running(q);
    double before_s = os_now_s();
    queue_stop(q);
    CHECK(os_now_s() - before_s < 5); /* of the 100 s asked for */
    CHECK_EQ_INT(dropped, 21);
}

static atomic_int n_entered;

/* Ends well only when four of its kind run at the same time. */
static enum status meet(struct task *t, const struct tick *tick, struct err *e)
{
    (void)t;
    atomic_fetch_add(&n_entered, 1);
    for (uint64_t i = 0; i < 5000 && n_entered < 4; i++) {
        if (!tick_step(tick, i, 0))
            return STATUS_CANCELLED;
        os_sleep_ms(1);
    }
    return n_entered == 4 ? STATUS_OK : err_set(e, STATUS_FAILED, "nobody came");
}

TEST(threads_run_side_by_side)
{
    struct queue *q = start(4);
    for (int i = 0; i < 4; i++) {
        struct probe *p = make(0, STATUS_OK);
        p->task.run = meet;
        queue_add(q, &p->task);
    }
    for (int i = 0; i < 4; i++) {
        struct task *t = take(q);
        CHECK_EQ_INT(t->status, STATUS_OK);
        free(t);
    }
    queue_stop(q);
}

/* 200 tasks, cancelled at random: every one ends exactly once. */
TEST(stress_with_random_cancels)
{
    enum { N = 200 };
    struct queue *q = start(4);
    unsigned seed = 12345, ended = 0, cancelled = 0;
    bool seen[N + 1] = {false};
    for (unsigned i = 1; i <= N; i++) {
        queue_add(q, &make(i % 7, i % 11 == 0 ? STATUS_INPUT : STATUS_OK)->task);
        seed = seed * 1103515245u + 12345u;
        if ((seed >> 16) % 3 == 0)
            queue_cancel(q, 1 + (seed >> 18) % i);
    }
    while (ended < N) {
        struct task *t = take(q);
        if (t == NULL)
            break;
        CHECK(t->id >= 1 && t->id <= N && !seen[t->id]);
        seen[t->id] = true;
        cancelled += t->status == STATUS_CANCELLED;
        CHECK((t->status == STATUS_OK) == (t->err.status == STATUS_OK));
        ended++;
        if (ended == N / 2)
            queue_cancel(q, 0);
        free(t);
    }
    CHECK_EQ_INT(ended, N);
    CHECK(cancelled > 0);
    CHECK(queue_take(q) == NULL);
    queue_stop(q);
}
