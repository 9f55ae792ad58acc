/*
 * Jobs over traces and models that this file defines itself (the linker takes them in place of the
 * library's), so that their length, failures and reference counts are under control.
 */
#include "t.h"

#include <stdatomic.h>

#include "base/os.h"
#include "engine/job.h"

static atomic_int live_traces, live_kernels, live_results;
static atomic_int load_ms, model_ms;
static atomic_int n_loads;

/* --- the stand-ins --------------------------------------------------------------------------- */

struct trace {
    struct trace_header header;
};

struct counted_kernel {
    struct trace_kernel kernel;
    atomic_int refs;
};

struct counted_result {
    struct result result;
    atomic_int refs;
    char gpu_name[32];
};

enum status trace_open(struct trace **out, const char *path, const struct trace_options *o,
                       struct err *e)
{
    if (strstr(path, "absent") != NULL)
        return err_set(e, STATUS_IO, "cannot open '%s'", path);
    os_sleep_ms(o->keep_going ? 50 : 0);
    *out = calloc(1, sizeof **out);
    (*out)->header.id = 3;
    atomic_fetch_add(&live_traces, 1);
    return STATUS_OK;
}

void trace_close(struct trace *t)
{
    atomic_fetch_sub(&live_traces, 1);
    free(t);
}

const struct trace_header *trace_header(const struct trace *t, uint32_t i)
{
    (void)i;
    return &t->header;
}

static bool pass_time(const struct tick *tick, int ms)
{
    for (int i = 0; i < ms; i++) {
        if (!tick_step(tick, (uint64_t)i, (uint64_t)ms))
            return false;
        os_sleep_ms(1);
    }
    return true;
}

enum status trace_load(const struct trace *t, uint32_t i, const struct tick *tick,
                       const struct trace_kernel **out, struct err *e)
{
    (void)t;
    atomic_fetch_add(&n_loads, 1);
    if (!pass_time(tick, load_ms))
        return STATUS_CANCELLED;
    if (i > 9)
        return err_set(e, STATUS_INPUT, "no kernel %u", (unsigned)i);
    struct counted_kernel *k = calloc(1, sizeof *k);
    k->kernel.h.id = i;
    k->refs = 1;
    atomic_fetch_add(&live_kernels, 1);
    *out = &k->kernel;
    return STATUS_OK;
}

const struct trace_kernel *trace_kernel_retain(const struct trace_kernel *k)
{
    atomic_fetch_add(&((struct counted_kernel *)(uintptr_t)k)->refs, 1);
    return k;
}

void trace_kernel_release(const struct trace_kernel *k)
{
    struct counted_kernel *c = (struct counted_kernel *)(uintptr_t)k;
    if (atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    atomic_fetch_sub(&live_kernels, 1);
    free(c);
}

enum status model_run(const struct model *m, const struct trace_kernel *k, const struct gpu *g,
                      const struct model_options *o, const struct tick *tick,
                      const struct result **out, struct err *e)
{
    (void)m;
    if (o->ignore_unknown)
        return err_set(e, STATUS_INPUT, "kernel %u does not fit", (unsigned)k->h.id);
    if (!pass_time(tick, model_ms))
        return STATUS_CANCELLED;
    struct counted_result *r = calloc(1, sizeof *r);
    r->refs = 1;
    r->result.kernel_id = k->h.id;
    snprintf(r->gpu_name, sizeof r->gpu_name, "%s", g->name);
    r->result.gpu_name = r->gpu_name;
    r->result.clock_mhz = g->v.core_clock_mhz;
    atomic_fetch_add(&live_results, 1);
    *out = &r->result;
    return STATUS_OK;
}

void result_release(const struct result *r)
{
    struct counted_result *c = (struct counted_result *)(uintptr_t)r;
    if (atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    atomic_fetch_sub(&live_results, 1);
    free(c);
}

/* --- helpers --------------------------------------------------------------------------------- */

static const struct model a_model = {.name = "stand-in"};

static struct engine *start(unsigned n)
{
    struct engine *en = NULL;
    struct err e = {0};
    load_ms = 0;
    model_ms = 0;
    CHECK_EQ_INT(engine_start(&en, n, &e), STATUS_OK);
    return en;
}

static void fill_gpu(struct gpu *g, char *name)
{
    *g = (struct gpu){.name = name, .title = "", .arch = "", .file = "", .base = "", .remark = ""};
    g->carveout_note.source = "";
    for (size_t i = 0; i < GPU_N_PARAMS; i++)
        g->note[i].source = "";
    g->v.core_clock_mhz = 1410;
}

static struct job_done next(struct engine *en)
{
    struct job_done d = {0};
    CHECK(engine_wait(en, 5000));
    CHECK(engine_next(en, &d));
    return d;
}

static struct trace *open_trace(struct engine *en)
{
    job_submit_open(en, "x.traceg", NULL);
    struct job_done d = next(en);
    CHECK_EQ_INT(d.kind, JOB_OPEN);
    CHECK(d.trace != NULL);
    return d.trace;
}

static void release(const struct job_done *d)
{
    if (d->kernel != NULL)
        trace_kernel_release(d->kernel);
    if (d->result != NULL)
        result_release(d->result);
}

static void check_nothing_left(void)
{
    CHECK_EQ_INT(live_traces, 0);
    CHECK_EQ_INT(live_kernels, 0);
    CHECK_EQ_INT(live_results, 0);
}

/* Until the first job listed is a running one of which `done` units are past. */
static struct job_progress wait_until_running(struct engine *en)
{
    struct job_progress p = {0};
    for (int i = 0; i < 5000 && !(p.is_running && p.done > 0); i++) {
        job_progress(en, &p, 1);
        os_sleep_ms(1);
    }
    return p;
}

/* --- tests ----------------------------------------------------------------------------------- */

TEST(open_load_model_in_turn)
{
    struct engine *en = start(1);
    struct trace *t = open_trace(en);
    job_id load = job_submit_load(en, t, 4);
    struct job_done loaded = next(en);
    CHECK_EQ_INT(loaded.id, load);
    CHECK_EQ_INT(loaded.kernel_index, 4);
    CHECK(loaded.kernel != NULL && loaded.kernel->h.id == 4);

    struct gpu g;
    fill_gpu(&g, "h100-pcie");
    job_submit_model(en, NULL, 4, loaded.kernel, &g, &a_model, NULL, 99);
    struct job_done done = next(en);
    CHECK_EQ_INT(done.kind, JOB_MODEL);
    CHECK_EQ_INT(done.tag, 99);
    CHECK(done.kernel == loaded.kernel);
    CHECK(done.result != NULL && done.result->kernel_id == 4);
    CHECK_EQ_INT(n_loads, 1);
    release(&done);
    release(&loaded);
    trace_close(t);
    engine_stop(en);
    check_nothing_left();
}

TEST(model_loads_the_kernel_when_there_is_none)
{
    struct engine *en = start(1);
    struct trace *t = open_trace(en);
    struct gpu g;
    fill_gpu(&g, "a100");
    job_submit_model(en, t, 2, NULL, &g, &a_model, NULL, 0);
    struct job_done d = next(en);
    CHECK_EQ_INT(d.status, STATUS_OK);
    CHECK(d.kernel != NULL && d.result != NULL);
    release(&d);
    trace_close(t);
    engine_stop(en);
    check_nothing_left();
}

TEST(caller_may_drop_its_inputs_at_once)
{
    struct engine *en = start(1);
    struct trace *t = open_trace(en);
    job_submit_load(en, t, 1);
    struct job_done loaded = next(en);
    char name[] = "v100-sxm2";
    struct gpu g;
    fill_gpu(&g, name);
    model_ms = 20;
    job_submit_model(en, NULL, 1, loaded.kernel, &g, &a_model, NULL, 0);
    trace_kernel_release(loaded.kernel);
    trace_close(t);
    memset(name, 'x', sizeof name - 1);
    g.v.core_clock_mhz = 0;
    struct job_done d = next(en);
    CHECK_EQ_STR(d.result->gpu_name, "v100-sxm2");
    CHECK_NEAR(d.result->clock_mhz, 1410.0, 0);
    release(&d);
    engine_stop(en);
    check_nothing_left();
}

TEST(failures_say_why_and_own_nothing)
{
    struct engine *en = start(1);
    job_submit_open(en, "absent.traceg", NULL);
    struct job_done d = next(en);
    CHECK_EQ_INT(d.status, STATUS_IO);
    CHECK_EQ_STR(d.err.message, "cannot open 'absent.traceg'");
    CHECK(d.trace == NULL);

    struct trace *t = open_trace(en);
    job_submit_load(en, t, 10);
    d = next(en);
    CHECK_EQ_INT(d.status, STATUS_INPUT);
    CHECK(d.kernel == NULL);

    struct gpu g;
    fill_gpu(&g, "small");
    job_submit_model(en, t, 2, NULL, &g, &a_model, &(struct model_options){.ignore_unknown = true},
                     0);
    d = next(en);
    CHECK_EQ_INT(d.status, STATUS_INPUT);
    CHECK_EQ_STR(d.err.message, "kernel 2 does not fit");
    CHECK(d.kernel != NULL && d.result == NULL);
    release(&d);
    trace_close(t);
    engine_stop(en);
    check_nothing_left();
}

TEST(cancel_ends_a_load_and_a_model)
{
    struct engine *en = start(1);
    struct trace *t = open_trace(en);
    struct gpu g;
    fill_gpu(&g, "h100-pcie");
    for (int i = 0; i < 6; i++) {
        int phase = i % 2;
        load_ms = phase == 0 ? 100000 : 0;
        model_ms = 100000;
        job_id id = job_submit_model(en, t, 5, NULL, &g, &a_model, NULL, 0);
        struct job_progress p = wait_until_running(en);
        CHECK_EQ_STR(p.unit, phase == 0 ? "B" : "inst");
        CHECK_EQ_INT(p.total, 100000);
        CHECK_EQ_STR(p.what, "model kernel 3 on h100-pcie");
        job_cancel(en, id);
        struct job_done d = next(en);
        CHECK_EQ_INT(d.status, STATUS_CANCELLED);
        CHECK(d.result == NULL);
        release(&d);
    }
    trace_close(t);
    engine_stop(en);
    check_nothing_left();
}

TEST(opening_that_was_cancelled_leaves_no_trace)
{
    struct engine *en = start(1);
    job_id id = job_submit_open(en, "x", &(struct trace_options){.keep_going = true});
    struct job_progress p = {0};
    for (int i = 0; i < 5000 && !p.is_running; i++) {
        job_progress(en, &p, 1);
        os_sleep_ms(1);
    }
    job_cancel(en, id);
    struct job_done d = next(en);
    CHECK_EQ_INT(d.status, STATUS_CANCELLED);
    CHECK(d.trace == NULL);
    engine_stop(en);
    check_nothing_left();
}

TEST(stopping_drops_queued_running_and_untaken_jobs)
{
    struct engine *en = start(2);
    struct trace *t = open_trace(en);
    struct gpu g;
    fill_gpu(&g, "h100-pcie");
    job_submit_open(en, "y", NULL);
    job_submit_model(en, t, 1, NULL, &g, &a_model, NULL, 0);
    for (struct job_progress p; job_progress(en, &p, 1) > 0;)
        os_sleep_ms(1);
    model_ms = 100000;
    for (uint32_t i = 0; i < 8; i++)
        job_submit_model(en, t, i, NULL, &g, &a_model, NULL, i);
    wait_until_running(en);
    struct job_progress p[4];
    CHECK_EQ_INT(job_progress(en, p, 4), 8);
    CHECK(p[0].is_running && !p[3].is_running);
    double before_s = os_now_s();
    engine_stop(en);
    CHECK(os_now_s() - before_s < 5); /* of the 100 s asked for */
    trace_close(t);
    check_nothing_left();
}

/* 200 jobs of all kinds with cancels at random: each ends once and nothing is left behind. */
TEST(stress_with_random_cancels)
{
    enum { N = 200 };
    struct engine *en = start(3);
    struct trace *t = open_trace(en);
    struct gpu g;
    fill_gpu(&g, "h100-pcie");
    load_ms = 1;
    model_ms = 3;
    job_id first = 0;
    unsigned seed = 2024;
    for (uint32_t i = 0; i < N; i++) {
        job_id id = i % 5 == 0   ? job_submit_open(en, "z", NULL)
                    : i % 5 == 1 ? job_submit_load(en, t, i % 12)
                                 : job_submit_model(en, t, i % 12, NULL, &g, &a_model, NULL, i);
        first = first == 0 ? id : first;
        seed = seed * 1103515245u + 12345u;
        if ((seed >> 16) % 4 == 0)
            job_cancel(en, first + (seed >> 18) % (i + 1));
    }
    unsigned ended = 0;
    struct job_done d;
    while (ended < N && engine_wait(en, 5000))
        while (engine_next(en, &d)) {
            ended++;
            if (d.trace != NULL)
                trace_close(d.trace);
            release(&d);
        }
    CHECK_EQ_INT(ended, N);
    trace_close(t);
    engine_stop(en);
    check_nothing_left();
}
