/*
 * app_draw.c: the state of the explorer as the plain data that views read.
 */
#include "app.h"
#include "base/os.h"

static void fill_kernels(struct app *app, struct view_data *d)
{
    struct view_kernel *k = ARENA_ARRAY(&app->frame, struct view_kernel, app->n_kernels + 1);

    for (uint32_t i = 0; i < app->n_kernels; i++) {
        const struct slot *s = &app->slots[i];
        const struct outcome *main = &s->on[TARGET_MAIN], *other = &s->on[TARGET_OTHER];
        const struct outcome *base = &s->on[TARGET_BASE];
        k[i] = (struct view_kernel){
            .h = trace_header(app->trace, i),
            .body = s->body,
            .result = main->result,
            .work = slot_work(app, s, TARGET_MAIN),
            .is_stale = main->result != NULL && main->made != app->epoch[TARGET_MAIN],
            .error = main->error,
            .other_error = other->error,
        };
        if (app_has_changes(app) && base->made == app->epoch[TARGET_BASE])
            k[i].before = base->result;
        if (app->has_other && other->made == app->epoch[TARGET_OTHER])
            k[i].other = other->result;
        if (k[i].work == VIEW_WORK_FAILED)
            k[i].result = NULL;
    }
    d->kernels = k;
    d->n_kernels = app->n_kernels;
    d->kernel = app->kernel;
}

enum { MAX_JOBS_SHOWN = 64 };

/* Whether the user sees nothing new until the job ends. In the list of kernels that is any job. */
static bool is_waited_for(const struct app *app, job_id id)
{
    if (id == app->profiles[MAIN_PROFILE].job || id == app->profiles[OTHER_PROFILE].job)
        return true;
    if (id == app->opening || app->state.view == VIEW_KERNELS || app->state.view == VIEW_JOBS)
        return true;
    if (app->n_kernels == 0)
        return false;
    const struct slot *s = &app->slots[app->kernel];
    bool is_of_kernel = id == s->load;
    for (unsigned t = 0; t < TARGET_N; t++)
        is_of_kernel |= id == s->on[t].job;
    return is_of_kernel;
}

static void fill_jobs(struct app *app, struct view_data *d)
{
    struct job_progress *p = ARENA_ARRAY(&app->frame, struct job_progress, MAX_JOBS_SHOWN);
    struct view_job *jobs = ARENA_ARRAY(&app->frame, struct view_job, MAX_JOBS_SHOWN);
    size_t n = job_progress(app->engine, p, MAX_JOBS_SHOWN);

    d->n_jobs = (uint32_t)MIN(n, (size_t)MAX_JOBS_SHOWN);
    for (uint32_t i = 0; i < d->n_jobs; i++)
        jobs[i] = (struct view_job){p[i].what,  p[i].unit,      p[i].is_running, p[i].done,
                                    p[i].total, p[i].elapsed_s, p[i].eta_s};
    d->jobs = jobs;
    d->log = app->log;
    d->n_log = app->n_log;
    d->foreground = UINT32_MAX;
    for (uint32_t i = 0; i < d->n_jobs; i++) {
        if (p[i].is_running && is_waited_for(app, p[i].id) && d->foreground == UINT32_MAX)
            d->foreground = i;
    }
    for (uint32_t i = 0; i < app->n_kernels; i++) {
        enum view_work work = slot_work(app, &app->slots[i], TARGET_MAIN);
        d->n_left += work == VIEW_WORK_QUEUED || work == VIEW_WORK_RUNNING;
    }
}

static void fill_keys(struct app *app, struct view_data *d)
{
    struct view_key *keys = ARENA_ARRAY(&app->frame, struct view_key, ACTION_N);

    for (unsigned i = 0; i < ACTION_N; i++)
        keys[i] = (struct view_key){action_info[i].keys, action_info[i].name, action_info[i].views,
                                    action_info[i].hint, action_info[i].help};
    d->keys = keys;
    d->n_keys = ACTION_N;
}

void app_fill(struct app *app, struct view_data *d)
{
    *d = (struct view_data){
        .trace_name = app->trace_name,
        .gpu = app->has_gpu ? &app->gpu : NULL,
        .gpu_loaded = &app->gpu_loaded,
        .other_gpu = app->has_other ? &app->other : NULL,
        .model_name = app->model->name,
        .files = app->files,
        .n_files = app->n_files,
        .message = app->message[0] != '\0' ? app->message : NULL,
        .is_message_bad = app->is_message_bad,
    };
    app_fill_profiles(app, d);
    fill_kernels(app, d);
    fill_jobs(app, d);
    fill_keys(app, d);
}

static struct grid make_grid(struct app *app)
{
    struct grid g;
    unsigned rows, cols;

    app->term->size(app->term, &rows, &cols);
    grid_init(&g, &app->frame, rows, cols);
    g.symbols = app->term->symbols;
    g.is_mono = app->term->is_mono;
    return g;
}

static struct grid draw_grid(struct app *app)
{
    struct view_data d;
    struct view_prompt prompt;
    struct view_popup_data popup;
    struct grid g = make_grid(app);

    app_fill(app, &d);
    if (app->prompt.kind != PROMPT_NONE) {
        prompt_fill(app, &prompt);
        d.prompt = &prompt;
    }
    if (app->menu.kind == MENU_EXPLAIN) { /* drawing finds out what there is to explain */
        view_draw(&g, &app->frame, &d, &app->state, &app->out);
        grid_clear(&g);
    }
    if (app->menu.kind != MENU_NONE) {
        menu_fill(app, &popup);
        d.popup = &popup;
    }
    view_draw(&g, &app->frame, &d, &app->state, &app->out);
    return g;
}

void app_draw(struct app *app)
{
    arena_reset(&app->frame, 0);
    struct grid g = draw_grid(app);
    struct term_caret caret = {app->out.has_caret, app->out.caret_row, app->out.caret_col};
    app->term->show(app->term, &g, &caret);
}

enum status app_export(struct app *app, const char *path, struct err *e)
{
    str name = str_from(path);
    struct text t;

    text_init(&t);
    struct grid g = draw_grid(app);
    if (str_ends(name, STR(".svg")))
        grid_to_svg(&g, &t, app->o->theme == THEME_LIGHT);
    else if (str_ends(name, STR(".ansi")))
        grid_to_ansi(&g, &t, !g.is_mono, app->o->theme);
    else if (str_ends(name, STR(".txt")))
        grid_to_text(&g, &t);
    else
        err_set(e, STATUS_USAGE, "'%s' must end in .txt, .ansi or .svg", path);
    enum status s = t.n > 0 ? os_write_file(path, text_str(&t), e) : STATUS_USAGE;
    text_done(&t);
    return s;
}
