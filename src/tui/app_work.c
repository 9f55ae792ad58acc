/*
 * app_work.c: which job comes next, and what becomes of those that ended.
 *
 * The engine starts jobs in order of submission, so only as many are handed to it as its threads
 * can run at once; what is on the screen is submitted first, then the other kernels in order. One
 * thread is kept free of those, so that opening a kernel never waits for one that nobody looks at.
 */
#include <math.h>

#include "app.h"
#include "base/os.h"

/* Bodies of kernels that nobody looks at are dropped above this. */
#define BODIES_MAX_B ((size_t)2 << 30)

/* ---- tags: which target, and of which inputs ---- */

static uint64_t tag_of(const struct app *app, enum target t)
{
    return (uint64_t)app->epoch[t] << 8 | (uint64_t)t;
}

static enum target tag_target(uint64_t tag)
{
    return (enum target)(tag & 0xff);
}

static uint32_t tag_epoch(uint64_t tag)
{
    return (uint32_t)(tag >> 8);
}

bool app_has_changes(const struct app *app)
{
    return app->n_changes > 0;
}

/* ---- what is needed ---- */

static const struct gpu *target_gpu(const struct app *app, enum target t)
{
    return t == TARGET_MAIN ? &app->gpu : t == TARGET_BASE ? &app->gpu_loaded : &app->other;
}

static bool is_due(const struct app *app, const struct slot *s, enum target t)
{
    const struct outcome *o = &s->on[t];

    return o->job == 0 && !o->is_cancelled && o->tried != app->epoch[t];
}

/* Whether a kernel that is looked at needs this target now. */
static bool is_wanted(const struct app *app, enum target t)
{
    if (t == TARGET_BASE)
        return app_has_changes(app);
    return t == TARGET_MAIN || app->has_other;
}

enum view_work slot_work(const struct app *app, const struct slot *s, enum target t)
{
    const struct outcome *o = &s->on[t];

    if (o->job != 0)
        return VIEW_WORK_RUNNING;
    if (o->is_cancelled)
        return VIEW_WORK_CANCELLED;
    if (o->tried != app->epoch[t])
        return VIEW_WORK_QUEUED;
    return o->error != NULL ? VIEW_WORK_FAILED : VIEW_WORK_DONE;
}

static void submit_model(struct app *app, uint32_t kernel, enum target t)
{
    struct slot *s = &app->slots[kernel];

    s->on[t].job = job_submit_model(app->engine, app->trace, kernel, s->body, target_gpu(app, t),
                                    app->model, &app->o->model_options, tag_of(app, t));
    app->in_flight++;
}

/* Submits one job for the kernel on the screen; false when it needs none. */
static bool submit_current(struct app *app)
{
    struct slot *s = &app->slots[app->kernel];

    for (unsigned t = 0; t < TARGET_N; t++) {
        if (is_wanted(app, (enum target)t) && is_due(app, s, (enum target)t)) {
            submit_model(app, app->kernel, (enum target)t);
            return true;
        }
    }
    bool has_body_coming = s->load != 0 || s->on[TARGET_MAIN].job != 0;
    if (s->body != NULL || has_body_coming || s->load_failed || s->on[TARGET_MAIN].is_cancelled)
        return false;
    s->load = job_submit_load(app->engine, app->trace, app->kernel);
    app->in_flight++;
    return true;
}

static bool submit_any(struct app *app)
{
    for (uint32_t i = 0; i < app->n_kernels; i++) {
        if (is_due(app, &app->slots[i], TARGET_MAIN)) {
            submit_model(app, i, TARGET_MAIN);
            return true;
        }
    }
    return false;
}

static void submit_next(struct app *app)
{
    uint32_t background = MAX(app->n_threads, 2u) - 1;

    if (app->trace == NULL || !app->has_gpu || app->n_kernels == 0)
        return;
    while (app->in_flight < background + 1 && submit_current(app))
        ;
    while (app->in_flight < background && submit_any(app))
        ;
}

/* ---- what has ended ---- */

void app_log(struct app *app, const char *line)
{
    uint32_t keep = MIN(app->n_log, (uint32_t)MAX_LOG - 1);

    memmove(&app->log[1], &app->log[0], keep * sizeof app->log[0]);
    app->log[0] = line;
    app->n_log = keep + 1;
}

static void log_job(struct app *app, const struct job_done *j, const char *gpu)
{
    const char *name = trace_header(app->trace, j->kernel_index)->label;
    const char *how = j->status == STATUS_OK ? "done" : j->err.message;

    if (j->status == STATUS_CANCELLED)
        how = "cancelled";
    app_log(app, arena_printf(&app->arena, "%s on %s, %.2f s: %s", name, gpu, j->elapsed_s, how));
}

static void drop_body(struct app *app, struct slot *s)
{
    if (s->body == NULL)
        return;
    app->bodies_b -= trace_kernel_memory_b(s->body);
    trace_kernel_release(s->body);
    s->body = NULL;
}

static void keep_body(struct app *app, struct slot *s, const struct trace_kernel *k)
{
    if (k == NULL)
        return;
    if (s->body != NULL) {
        trace_kernel_release(k);
        return;
    }
    s->body = k;
    app->bodies_b += trace_kernel_memory_b(k);
    for (uint32_t i = 0; i < app->n_kernels && app->bodies_b > BODIES_MAX_B; i++) {
        if (&app->slots[i] != s && i != app->kernel)
            drop_body(app, &app->slots[i]);
    }
}

static void take_model(struct app *app, struct job_done *j)
{
    struct slot *s = &app->slots[j->kernel_index];
    enum target t = tag_target(j->tag);
    struct outcome *o = &s->on[t];

    log_job(app, j, target_gpu(app, t)->name);
    keep_body(app, s, j->kernel);
    if (o->job == j->id)
        o->job = 0;
    if (tag_epoch(j->tag) != app->epoch[t]) {
        if (j->result != NULL)
            result_release(j->result);
        return;
    }
    o->error = NULL;
    o->is_cancelled = j->status == STATUS_CANCELLED;
    if (!o->is_cancelled)
        o->tried = app->epoch[t];
    if (j->result == NULL) {
        o->error = o->is_cancelled ? NULL : app_err_text(&app->names, &j->err);
        return;
    }
    if (o->result != NULL)
        result_release(o->result);
    o->result = j->result;
    o->made = app->epoch[t];
}

static void take_load(struct app *app, struct job_done *j)
{
    struct slot *s = &app->slots[j->kernel_index];

    s->load = 0;
    s->load_failed = j->status != STATUS_OK;
    keep_body(app, s, j->kernel);
}

/* The GPU that the trace was recorded on, unless the user has named one. */
static void choose_default_gpu(struct app *app)
{
    bool is_exact;
    struct err e = {0};

    if (app->is_gpu_chosen || app->n_kernels == 0)
        return;
    const char *name = gpu_name_of_isa(trace_header(app->trace, 0)->isa, &is_exact);
    if (app_choose_gpu(app, name, &e) != STATUS_OK)
        app_complain_err(app, &e);
    app->is_gpu_chosen = false;
}

static void show_trace(struct app *app, struct trace *t)
{
    app_close_trace(app);
    app->trace = t;
    app->n_kernels = trace_n_kernels(t);
    app->trace_name = arena_strdup(&app->names, os_basename(trace_path_name(t)));
    app->slots = ARENA_ARRAY(&app->names, struct slot, app->n_kernels + 1);
    app->kernel = 0;
    app->state.open_group = UINT32_MAX;
    app->state.at[VIEW_KERNELS] = (struct scroll){0, 0};
    app_arrive(app, VIEW_KERNELS);
    app->message[0] = '\0';
    choose_default_gpu(app);
    app_remember(app, trace_path_name(t));
    if (trace_n_warnings(t) > 0)
        app_complain(app, "%s", trace_warning(t, 0));
}

static void take_open(struct app *app, struct job_done *j)
{
    if (j->id != app->opening) {
        if (j->trace != NULL)
            trace_close(j->trace);
        return;
    }
    app->opening = 0;
    if (j->trace != NULL)
        show_trace(app, j->trace);
    else
        app_complain_err(app, &j->err);
}

static void take_done(struct app *app, struct job_done *j)
{
    if (j->kind == JOB_LAUNCHES) {
        app_take_launches(app, j);
        return;
    }
    app->in_flight--;
    if (j->kind == JOB_OPEN)
        take_open(app, j);
    else if (j->kind == JOB_LOAD)
        take_load(app, j);
    else
        take_model(app, j);
}

void app_pump(struct app *app)
{
    struct job_done j;

    bool has_news = false;

    for (; engine_next(app->engine, &j); has_news = true)
        take_done(app, &j);
    if (has_news)
        app_hold_kernel(app);
    submit_next(app);
}

bool app_is_busy(const struct app *app)
{
    return app->in_flight + app->n_reading > 0;
}

/* ---- changes from outside ---- */

void app_open(struct app *app, const char *path)
{
    if (app_is_profile(path)) {
        app_open_profile(app, path, MAIN_PROFILE);
        return;
    }
    if (app->opening != 0)
        job_cancel(app->engine, app->opening);
    app->opening = job_submit_open(app->engine, path, &app->o->trace_options);
    app->in_flight++;
    app_say(app, "opening %s", path);
}

void app_cancel_all(struct app *app)
{
    job_cancel(app->engine, 0);
    for (uint32_t i = 0; i < app->n_kernels; i++) {
        for (unsigned t = 0; t < TARGET_N; t++) {
            struct outcome *o = &app->slots[i].on[t];
            o->is_cancelled |= o->job == 0 && o->tried != app->epoch[t];
        }
    }
}

void app_rerun(struct app *app)
{
    for (uint32_t i = 0; i < app->n_kernels; i++) {
        struct slot *s = &app->slots[i];
        s->load_failed = false;
        for (unsigned t = 0; t < TARGET_N; t++) {
            s->on[t].is_cancelled = false;
            s->on[t].tried = s->on[t].error != NULL ? 0 : s->on[t].tried;
        }
    }
}

void app_renew(struct app *app, enum target t)
{
    app->epoch[t]++;
    for (uint32_t i = 0; i < app->n_kernels; i++) {
        struct outcome *o = &app->slots[i].on[t];
        if (o->job != 0)
            job_cancel(app->engine, o->job);
        o->job = 0;
        o->is_cancelled = false;
        o->error = NULL;
    }
}

static void cancel_slot(struct app *app, const struct slot *s)
{
    if (s->load != 0)
        job_cancel(app->engine, s->load);
    for (unsigned t = 0; t < TARGET_N; t++) {
        if (s->on[t].job != 0)
            job_cancel(app->engine, s->on[t].job);
    }
}

/* Jobs read the trace: they are cancelled, and end within 50 ms, before it is closed. Those that
 * read profiles go on. */
static void wait_for_jobs(struct app *app)
{
    struct job_done j;

    if (app->opening != 0)
        job_cancel(app->engine, app->opening);
    for (uint32_t i = 0; i < app->n_kernels; i++)
        cancel_slot(app, &app->slots[i]);
    app->opening = 0;
    while (app->in_flight > 0) {
        engine_wait(app->engine, -1);
        while (engine_next(app->engine, &j))
            take_done(app, &j);
    }
}

static void release_slot(struct app *app, struct slot *s)
{
    drop_body(app, s);
    for (unsigned t = 0; t < TARGET_N; t++) {
        if (s->on[t].result != NULL)
            result_release(s->on[t].result);
    }
}

void app_close_trace(struct app *app)
{
    wait_for_jobs(app);
    for (uint32_t i = 0; i < app->n_kernels; i++)
        release_slot(app, &app->slots[i]);
    if (app->trace != NULL)
        trace_close(app->trace);
    app->trace = NULL;
    app->trace_name = NULL;
    app->n_kernels = app->kernel = 0;
    arena_reset(&app->names, 0);
}
