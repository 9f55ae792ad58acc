/*
 * job.c: what the tasks of the queue do. A job lives in an arena of its own together with copies of
 * all that its caller might drop meanwhile.
 */
#include "engine/job.h"

#include <stdio.h>

#include "engine/queue.h"

struct engine {
    struct queue *queue;
    struct arena arena; /* holds the engine itself */
};

struct job {
    struct task task; /* first: the queue hands out tasks */
    struct arena arena;
    enum job_kind kind;
    uint64_t tag;
    char what[JOB_WHAT_B];

    const char *path;
    struct trace_options trace_options;
    const struct trace *source;
    uint32_t kernel_index;
    struct gpu gpu;
    const struct model *model;
    struct model_options model_options;
    const char *const *paths;
    size_t n_paths;
    struct launches_options launches_options;

    struct trace *trace;
    const struct trace_kernel *kernel;
    const struct result *result;
    const struct launches *launches;
};

#define JOB_ARENA_B ((size_t)16 << 20) /* address space: paths and the strings of one GPU */

/* --- on the worker --------------------------------------------------------------------------- */

static enum status run_open(struct task *t, const struct tick *tick, struct err *e)
{
    struct job *j = (struct job *)t;
    TRY(trace_open(&j->trace, j->path, &j->trace_options, e));
    if (tick_step(tick, 0, 0))
        return STATUS_OK;
    trace_close(j->trace);
    j->trace = NULL;
    return STATUS_CANCELLED;
}

static enum status run_load(struct task *t, const struct tick *tick, struct err *e)
{
    struct job *j = (struct job *)t;
    task_begin_phase(t, "B");
    return trace_load(j->source, j->kernel_index, tick, &j->kernel, e);
}

static enum status run_model(struct task *t, const struct tick *tick, struct err *e)
{
    struct job *j = (struct job *)t;
    if (j->kernel == NULL)
        TRY(run_load(t, tick, e));
    task_begin_phase(t, "inst");
    return model_run(j->model, j->kernel, &j->gpu, &j->model_options, tick, &j->result, e);
}

static enum status run_launches(struct task *t, const struct tick *tick, struct err *e)
{
    struct job *j = (struct job *)t;
    task_begin_phase(t, "B");
    return launches_open(&j->launches, j->paths, j->n_paths, &j->launches_options, tick, e);
}

/* --- jobs ------------------------------------------------------------------------------------ */

static void free_job(struct job *j)
{
    struct arena arena = arena_take(&j->arena);
    arena_done(&arena);
}

static void drop_job(struct task *t)
{
    struct job *j = (struct job *)t;
    if (j->trace != NULL)
        trace_close(j->trace);
    if (j->kernel != NULL)
        trace_kernel_release(j->kernel);
    if (j->result != NULL)
        result_release(j->result);
    launches_release(j->launches);
    free_job(j);
}

static struct job *make_job(enum job_kind kind,
                            enum status (*run)(struct task *t, const struct tick *tick,
                                               struct err *e))
{
    struct arena arena;
    arena_init(&arena, JOB_ARENA_B);
    struct job *j = ARENA_NEW(&arena, struct job);
    j->task.run = run;
    j->task.drop = drop_job;
    j->kind = kind;
    j->arena = arena_take(&arena);
    return j;
}

static void copy_gpu(struct job *j, const struct gpu *from)
{
    struct gpu *g = &j->gpu;
    struct arena *a = &j->arena;
    *g = *from;
    g->name = arena_strdup(a, g->name);
    g->title = arena_strdup(a, g->title);
    g->arch = arena_strdup(a, g->arch);
    g->file = arena_strdup(a, g->file);
    g->base = arena_strdup(a, g->base);
    g->remark = arena_strdup(a, g->remark);
    g->carveout_note.source = arena_strdup(a, g->carveout_note.source);
    for (size_t i = 0; i < GPU_N_PARAMS; i++)
        g->note[i].source = arena_strdup(a, g->note[i].source);
}

static uint32_t launch_id(const struct trace *t, uint32_t kernel, const struct trace_kernel *k)
{
    return k != NULL ? k->h.id : trace_header(t, kernel)->id;
}

job_id job_submit_open(struct engine *en, const char *path, const struct trace_options *o)
{
    struct job *j = make_job(JOB_OPEN, run_open);
    j->path = arena_strdup(&j->arena, path);
    if (o != NULL)
        j->trace_options = *o;
    snprintf(j->what, sizeof j->what, "open %s", path);
    return queue_add(en->queue, &j->task);
}

job_id job_submit_load(struct engine *en, const struct trace *t, uint32_t kernel)
{
    struct job *j = make_job(JOB_LOAD, run_load);
    j->source = t;
    j->kernel_index = kernel;
    snprintf(j->what, sizeof j->what, "load kernel %u", (unsigned)launch_id(t, kernel, NULL));
    return queue_add(en->queue, &j->task);
}

job_id job_submit_model(struct engine *en, const struct trace *t, uint32_t kernel,
                        const struct trace_kernel *k, const struct gpu *g, const struct model *m,
                        const struct model_options *o, uint64_t tag)
{
    struct job *j = make_job(JOB_MODEL, run_model);
    j->source = t;
    j->kernel_index = kernel;
    j->kernel = k == NULL ? NULL : trace_kernel_retain(k);
    copy_gpu(j, g);
    j->model = m;
    if (o != NULL)
        j->model_options = *o;
    j->tag = tag;
    snprintf(j->what, sizeof j->what, "model kernel %u on %s", (unsigned)launch_id(t, kernel, k),
             g->name);
    return queue_add(en->queue, &j->task);
}

job_id job_submit_launches(struct engine *en, const char *const *paths, size_t n,
                           const struct launches_options *o, uint64_t tag)
{
    struct job *j = make_job(JOB_LAUNCHES, run_launches);
    const char **copies = ARENA_ARRAY(&j->arena, const char *, n);
    for (size_t i = 0; i < n; i++)
        copies[i] = arena_strdup(&j->arena, paths[i]);
    j->paths = copies;
    j->n_paths = n;
    if (o != NULL)
        j->launches_options = *o;
    if (o != NULL && o->step != NULL)
        j->launches_options.step = arena_strdup(&j->arena, o->step);
    j->tag = tag;
    if (n == 1)
        snprintf(j->what, sizeof j->what, "read %s", paths[0]);
    else
        snprintf(j->what, sizeof j->what, "read %zu profiles", n);
    return queue_add(en->queue, &j->task);
}

/* --- the engine ------------------------------------------------------------------------------ */

enum status engine_start(struct engine **out, unsigned n_threads, struct err *e)
{
    struct queue *queue;
    TRY(queue_start(&queue, n_threads, e));
    struct arena arena;
    arena_init(&arena, sizeof(struct engine));
    struct engine *en = ARENA_NEW(&arena, struct engine);
    en->queue = queue;
    en->arena = arena_take(&arena);
    *out = en;
    return STATUS_OK;
}

void engine_stop(struct engine *en)
{
    queue_stop(en->queue);
    struct arena arena = arena_take(&en->arena);
    arena_done(&arena);
}

int engine_fd(const struct engine *en)
{
    return queue_fd(en->queue);
}

bool engine_wait(struct engine *en, int ms)
{
    return queue_wait(en->queue, ms);
}

void job_cancel(struct engine *en, job_id id)
{
    queue_cancel(en->queue, id);
}

struct listing {
    struct job_progress *out;
    size_t n, max;
};

static void list_job(void *arg, const struct task *t, bool is_running)
{
    struct listing *l = arg;
    if (l->n == l->max)
        return;
    const struct job *j = (const struct job *)t;
    struct task_progress p = task_progress(t, is_running);
    struct job_progress *out = &l->out[l->n++];
    *out = (struct job_progress){t->id,  j->kind,     is_running, p.done, p.total,
                                 p.unit, p.elapsed_s, p.eta_s,    ""};
    memcpy(out->what, j->what, sizeof out->what);
}

size_t job_progress(const struct engine *en, struct job_progress *out, size_t max)
{
    struct listing l = {out, 0, max};
    return queue_visit(en->queue, list_job, &l);
}

bool engine_next(struct engine *en, struct job_done *out)
{
    struct task *t = queue_take(en->queue);
    if (t == NULL)
        return false;
    struct job *j = (struct job *)t;
    *out = (struct job_done){.id = t->id,
                             .kind = j->kind,
                             .tag = j->tag,
                             .status = t->status,
                             .err = t->err,
                             .trace = j->trace,
                             .kernel_index = j->kernel_index,
                             .kernel = j->kernel,
                             .result = j->result,
                             .launches = j->launches,
                             .elapsed_s = t->elapsed_s};
    free_job(j);
    return true;
}
