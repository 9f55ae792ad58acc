/*
 * tui.c: start, the loop of events, end.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "app.h"
#include "base/os.h"

enum { MAX_THREADS = 4, BUSY_MS = 100 };

/* ---- messages ---- */

static void say(struct app *app, bool is_bad, const char *fmt, va_list ap)
{
    vsnprintf(app->message, sizeof app->message, fmt, ap);
    app->is_message_bad = is_bad;
}

void app_say(struct app *app, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(app, false, fmt, ap);
    va_end(ap);
}

void app_complain(struct app *app, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(app, true, fmt, ap);
    va_end(ap);
}

const char *app_err_text(struct arena *a, const struct err *e)
{
    const char *at = e->path[0] == '\0' ? ""
                     : e->line == 0     ? arena_printf(a, "%s: ", e->path)
                     : e->column == 0   ? arena_printf(a, "%s:%u: ", e->path, e->line)
                                      : arena_printf(a, "%s:%u:%u: ", e->path, e->line, e->column);
    const char *names_path = e->path[0] != '\0' ? strstr(e->message, e->path) : NULL;

    return arena_printf(a, "%s%s%s%s%s%s%s%s", names_path != NULL && e->line == 0 ? "" : at,
                        e->message, e->expected[0] != '\0' ? ": expected " : "", e->expected,
                        e->found[0] != '\0' ? ", found " : "", e->found,
                        e->hint[0] != '\0' ? "; " : "", e->hint);
}

void app_complain_err(struct app *app, const struct err *e)
{
    app_complain(app, "%s", app_err_text(&app->frame, e));
}

/* ---- events ---- */

static void on_key(struct app *app, int key)
{
    app->message[0] = '\0';
    if (app->menu.kind != MENU_NONE)
        menu_key(app, key);
    else if (app->prompt.kind != PROMPT_NONE)
        prompt_key(app, key);
    else
        app_act_key(app, key);
}

static void on_click(struct app *app, const struct term_event *ev)
{
    app->message[0] = '\0';
    if (app->menu.kind == MENU_EXPLAIN || app->menu.kind == MENU_NOTE)
        app->menu.kind = MENU_NONE;
    else
        app_click(app, ev->row, ev->col);
}

static void on_event(struct app *app, const struct term_event *ev)
{
    switch (ev->kind) {
    case TERM_EVENT_KEY:
        on_key(app, ev->key);
        break;
    case TERM_EVENT_CLICK:
        on_click(app, ev);
        break;
    case TERM_EVENT_WHEEL:
        if (app->menu.kind == MENU_NONE)
            app_move(app, ev->wheel);
        break;
    case TERM_EVENT_END:
        app->must_quit = true;
        break;
    case TERM_EVENT_RESIZE: /* each drawing asks for the size */
    case TERM_EVENT_NONE:
        break;
    }
}

static void run(struct app *app)
{
    while (!app->must_quit) {
        struct term_event ev;
        app_pump(app);
        app_draw(app);
        bool is_busy = app_is_busy(app);
        struct term_wait w = {engine_fd(app->engine), is_busy ? BUSY_MS : -1, is_busy};
        app->term->wait(app->term, &w, &ev);
        on_event(app, &ev);
        if (ev.kind != TERM_EVENT_NONE)
            app_follow_cursor(app);
    }
}

/* ---- start and end ---- */

static enum status start_choices(struct app *app, struct err *e)
{
    const struct tui_options *o = app->o;

    app->model = model_default();
    TRY(app_find_gpus(app, e));
    if (o->model != NULL)
        TRY(app_choose_model(app, o->model, e));
    if (o->gpu != NULL)
        TRY(app_choose_gpu(app, o->gpu, e));
    if (o->compare != NULL)
        TRY(app_choose_other(app, o->compare, e));
    return STATUS_OK;
}

static enum status start(struct app *app, struct err *e)
{
    const struct tui_options *o = app->o;

    app->gpu_dir = os_join(&app->arena, o->data_dir != NULL ? o->data_dir : "", "gpus");
    for (unsigned t = 0; t < TARGET_N; t++)
        app->epoch[t] = 1;
    app->interrupted_s = -(double)INFINITY;
    view_state_init(&app->state);
    app->last[VIEW_SET_PROFILE] = VIEW_VERDICT;
    TRY(start_choices(app, e));
    app_find_files(app);
    app->n_threads = o->n_threads > 0 ? o->n_threads : CLAMP(os_n_processors(), 2u, MAX_THREADS);
    TRY(engine_start(&app->engine, app->n_threads, e));
    return o->keys != NULL ? term_open_script(&app->term, o, e) : term_open(&app->term, o, e);
}

static void end(struct app *app)
{
    if (app->engine != NULL) {
        app_close_trace(app);
        engine_stop(app->engine);
    }
    app_close_profiles(app);
    if (app->term != NULL)
        app->term->close(app->term);
    arena_done(&app->note_arena);
    arena_done(&app->names);
    arena_done(&app->frame);
    arena_done(&app->arena);
}

/* ---- what to open ---- */

static const char *path_at(const struct tui_options *o, size_t i)
{
    return i == 0 ? o->path : o->also[i - 1];
}

/* One trace, and one profile or two to compare; or any number of ranks. */
static enum status check_paths(const struct tui_options *o, struct err *e)
{
    size_t n_profiles = 0, n = o->path == NULL ? 0 : o->n_also + 1;

    for (size_t i = 0; i < n; i++)
        n_profiles += app_is_profile(path_at(o, i));
    if (o->are_ranks && n_profiles < n) {
        err_set(e, STATUS_USAGE, "--ranks takes profiles only");
        return STATUS_USAGE;
    }
    if (o->are_ranks || (n_profiles <= N_PROFILES && n - n_profiles <= 1))
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "%zu traces and %zu profiles do not go together", n - n_profiles,
            n_profiles);
    err_expected(e, "one trace, one profile or two to compare, or both");
    err_hint(e, "--ranks takes profiles as the ranks of one run");
    return STATUS_USAGE;
}

/* The first path decides what is seen first. */
static void open_paths(struct app *app, const struct tui_options *o)
{
    enum which which = MAIN_PROFILE;

    app->state.set = app_is_profile(o->path) ? VIEW_SET_PROFILE : VIEW_SET_TRACE;
    app->state.view = app->last[app->state.set];
    if (o->are_ranks) {
        const char **paths = ARENA_ARRAY(&app->arena, const char *, o->n_also + 1);
        for (size_t i = 0; i <= o->n_also; i++)
            paths[i] = path_at(o, i);
        app_open_ranks(app, paths, o->n_also + 1, MAIN_PROFILE);
        return;
    }
    for (size_t i = 0; i <= o->n_also; i++) {
        bool is_profile = app_is_profile(path_at(o, i));
        enum view_set set = is_profile ? VIEW_SET_PROFILE : VIEW_SET_TRACE;
        app->is_beside[set] = set != app->state.set;
        if (is_profile)
            app_open_profile(app, path_at(o, i), which++);
        else
            app_open(app, path_at(o, i));
    }
}

enum status tui_main(const struct tui_options *o, struct err *e)
{
    static struct app app; /* large: lines of history and hits */

    app = (struct app){.o = o};
    arena_init(&app.arena, ARENA_SMALL);
    arena_init(&app.frame, ARENA_SMALL);
    arena_init(&app.names, ARENA_SMALL);
    arena_init(&app.note_arena, ARENA_SMALL);
    arena_init(&app.profile_arena, ARENA_LARGE);
    arena_init(&app.fusion_arena, ARENA_LARGE);
    enum status s = check_paths(o, e);
    if (s == STATUS_OK)
        s = start(&app, e);
    if (s == STATUS_OK) {
        if (o->path != NULL)
            open_paths(&app, o);
        run(&app);
    }
    end(&app);
    return s;
}
