/*
 * app_move.c: going from view to view and from row to row.
 */
#include "app.h"

enum { FRAME_ROWS = 6 }; /* title, tabs, column titles, detail, legend, keys */

/* ---- rows ---- */

static struct scroll *scroll_of(struct app *app)
{
    return &app->state.at[app->state.view];
}

void app_move(struct app *app, int64_t rows)
{
    scroll_move(scroll_of(app), app->out.n_rows, rows);
}

/* Puts the cursor on the row that stands for `id`, if it is listed. */
void app_put_cursor(struct app *app, uint32_t id)
{
    struct view_data d;
    const uint32_t *ids;

    unsigned screen_rows, cols;

    app_fill(app, &d);
    app->term->size(app->term, &screen_rows, &cols);
    /* the view may be another than the one drawn last: its height is estimated */
    uint32_t rows = screen_rows > FRAME_ROWS ? screen_rows - FRAME_ROWS : 1;
    uint32_t n = view_list(&app->frame, &d, &app->state, &ids);
    for (uint32_t i = 0; i < n; i++) {
        if (ids[i] == id)
            scroll_jump(scroll_of(app), i, rows);
    }
}

/* Whether a row of the list of kernels is the kernel's own, or that of its group. */
static bool is_row_of(const struct app *app, uint32_t id, uint32_t kernel)
{
    const struct trace *t = app->trace;

    return id == kernel ||
           (id & VIEW_GROUP_BIT &&
            view_in_group(trace_header(t, id & ~VIEW_GROUP_BIT), trace_header(t, kernel)));
}

void app_hold_kernel(struct app *app)
{
    struct view_data d;
    const uint32_t *ids;

    if (app->state.view != VIEW_KERNELS || app->n_kernels == 0)
        return;
    app_fill(app, &d);
    uint32_t n = view_list(&app->frame, &d, &app->state, &ids);
    for (uint32_t i = 0; i < n; i++) { /* a launch comes behind its group and is the better row */
        if (is_row_of(app, ids[i], app->kernel))
            scroll_jump(scroll_of(app), i, app->out.page);
    }
}

void app_follow_cursor(struct app *app)
{
    struct view_data d;
    const uint32_t *ids;

    if (app->state.view != VIEW_KERNELS || app->n_kernels == 0)
        return;
    app_fill(app, &d);
    uint32_t n = view_list(&app->frame, &d, &app->state, &ids);
    uint32_t at = scroll_of(app)->cursor;
    if (at < n && (app->state.open_group != UINT32_MAX || !is_row_of(app, ids[at], app->kernel)))
        app->kernel = ids[at] & ~VIEW_GROUP_BIT;
}

/* ---- going from view to view ---- */

/* The view that Esc leads to; the others lead back to where they were called from. */
static enum view_id parent_of(enum view_id v)
{
    static const enum view_id parents[VIEW_N] = {
        [VIEW_KERNELS] = VIEW_KERNELS, [VIEW_OVERVIEW] = VIEW_KERNELS,
        [VIEW_STALLS] = VIEW_OVERVIEW, [VIEW_SASS] = VIEW_STALLS,
        [VIEW_COMPARE] = VIEW_N,       [VIEW_GPU] = VIEW_N,
        [VIEW_VERDICT] = VIEW_VERDICT, [VIEW_TIMELINE] = VIEW_N,
        [VIEW_QUEUE] = VIEW_VERDICT,   [VIEW_TALLY] = VIEW_VERDICT,
        [VIEW_GAPS] = VIEW_VERDICT,    [VIEW_TREE] = VIEW_VERDICT,
        [VIEW_FUSION] = VIEW_VERDICT,  [VIEW_VERSUS] = VIEW_VERDICT,
        [VIEW_JOBS] = VIEW_N,          [VIEW_HELP] = VIEW_N,
        [VIEW_PICKER] = VIEW_N,
    };

    return parents[v];
}

/* The list of kernels comes up with the cursor on the kernel of the other views. */
static void enter(struct app *app, enum view_id v)
{
    enum view_set set = view_info[v].set;

    app->state.view = v;
    if (set != VIEW_SET_BOTH) {
        app->state.set = set;
        app->last[set] = v;
    }
    app_hold_kernel(app);
}

void app_go(struct app *app, enum view_id v)
{
    enum view_id from = app->state.view;

    if (v == from)
        return;
    if (v == VIEW_HELP)
        app->state.help_of = from;
    if (app->n_back == MAX_BACK)
        memmove(&app->back[0], &app->back[1], --app->n_back * sizeof app->back[0]);
    app->back[app->n_back++] = from;
    enter(app, v);
}

void app_arrive(struct app *app, enum view_id v)
{
    bool *is_beside = &app->is_beside[view_info[v].set];

    if (*is_beside) {
        app->last[view_info[v].set] = v;
    } else {
        app_go(app, v);
        app->n_back = 0;
    }
    *is_beside = false;
}

static void go_previous(struct app *app)
{
    if (app->n_back > 0)
        enter(app, app->back[--app->n_back]);
}

/* False at the first view, which has nothing above it. */
bool app_go_up(struct app *app)
{
    enum view_id up = parent_of(app->state.view);

    if (up == VIEW_N && app->n_back > 0) {
        go_previous(app);
        return true;
    }
    if (app->state.view == VIEW_TIMELINE) /* shown before anything else of the profile */
        up = VIEW_VERDICT;
    if (up == VIEW_N || up == app->state.view)
        return false;
    enter(app, up);
    return true;
}

void app_go_by(struct app *app, unsigned step)
{
    unsigned v = app->state.view;
    enum view_set set;

    do {
        v = (v + step) % VIEW_N;
        set = view_info[v].set;
    } while (set != app->state.set && set != VIEW_SET_BOTH);
    app_go(app, (enum view_id)v);
}

void app_go_other_set(struct app *app)
{
    app_go(app, app->last[app->state.set == VIEW_SET_TRACE ? VIEW_SET_PROFILE : VIEW_SET_TRACE]);
}

void app_go_kernel(struct app *app, uint32_t kernel)
{
    app->kernel = kernel;
    for (unsigned t = 0; t < TARGET_N; t++)
        app->slots[kernel].on[t].is_cancelled = false;
    app_go(app, VIEW_OVERVIEW);
}

/* ---- finding rows ---- */

/* The timeline has kernels in place of rows. */
static bool is_in_time(const struct app *app)
{
    return app->state.view == VIEW_TIMELINE || app->state.view == VIEW_QUEUE;
}

void app_search(struct app *app, int step)
{
    struct view_data d;
    const uint32_t *ids;
    uint32_t at = scroll_of(app)->cursor;

    if (is_in_time(app) && app->search[0] != '\0' && app_next_work(app, step, app->search))
        return;
    app_fill(app, &d);
    uint32_t n = view_list(&app->frame, &d, &app->state, &ids);
    for (uint32_t i = 0; i < n && app->search[0] != '\0'; i++) {
        at = (at + n + (uint32_t)step) % n;
        if (table_match(view_row_text(&app->frame, &d, &app->state, ids[at]), app->search)) {
            scroll_jump(scroll_of(app), at, app->out.page);
            return;
        }
    }
    if (app->search[0] != '\0')
        app_complain(app, "'%s' is not here", app->search);
}

/* ---- hot instructions: ranks by cycles, ties by row ---- */

static const struct result *current_result(const struct app *app)
{
    return app->n_kernels > 0 ? app->slots[app->kernel].on[TARGET_MAIN].result : NULL;
}

static bool is_hotter(const struct result *r, uint32_t a, uint32_t b)
{
    double x = r->insts[a].cycles, y = r->insts[b].cycles;

    return x > y || (x == y && a < b);
}

/* The instruction next in rank to `from` (UINT32_MAX: none yet), colder or hotter. */
static uint32_t next_in_rank(const struct result *r, uint32_t from, bool is_colder)
{
    uint32_t best = UINT32_MAX;

    for (uint32_t i = 0; i < r->n_insts; i++) {
        if (i == from || (from < r->n_insts && is_hotter(r, from, i) != is_colder))
            continue;
        if (best == UINT32_MAX || is_hotter(r, i, best) == is_colder)
            best = i;
    }
    return best;
}

void app_go_hot(struct app *app, uint32_t from, bool is_colder)
{
    const struct result *r = current_result(app);
    uint32_t to = r != NULL ? next_in_rank(r, from, is_colder) : UINT32_MAX;

    if (to != UINT32_MAX)
        app_put_cursor(app, to);
}
