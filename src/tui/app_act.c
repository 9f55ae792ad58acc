/*
 * app_act.c: what each action does, as a table of small functions.
 */
#include "app.h"
#include "base/os.h"

/* ---- actions of views ---- */

static void open_kernel_row(struct app *app)
{
    uint32_t id = app->out.id;

    if (id == UINT32_MAX)
        return;
    if (id & VIEW_GROUP_BIT) {
        uint32_t first = id & ~VIEW_GROUP_BIT;
        app->state.open_group = app->state.open_group == first ? UINT32_MAX : first;
        app->kernel = first;
        return;
    }
    app_go_kernel(app, id);
}

static void follow(struct app *app)
{
    uint32_t id = app->out.follow_id;

    app_go(app, app->out.follow);
    if (id != UINT32_MAX)
        app_put_cursor(app, id);
}

static void do_open_row(struct app *app, const char *arg)
{
    (void)arg;
    if (app->state.view == VIEW_KERNELS) {
        open_kernel_row(app);
    } else if (app->state.view == VIEW_PICKER) {
        if (app->out.id < app->n_files)
            app_open(app, app->files[app->out.id].path);
    } else if (app->state.view == VIEW_TIMELINE) {
        app_go_model(app);
    } else if (app->out.follow == VIEW_TIMELINE && app->out.work != PROFILE_NONE) {
        app_show_work(app, app->out.work, app->out.show_from_ns, app->out.show_to_ns);
    } else if (app->out.follow < VIEW_N) {
        follow(app);
    } else if (app->state.view == VIEW_FUSION) {
        app_find_chains(app, app->out.id);
    } else if (app->out.n_explain > 0) {
        menu_start(app, MENU_EXPLAIN);
    }
}

static void do_sort(struct app *app, const char *arg)
{
    static const char *const names[VIEW_SORT_N] = {"launch", "time", "name"};

    (void)arg;
    app->state.sort = (enum view_sort)((app->state.sort + 1) % VIEW_SORT_N);
    app_hold_kernel(app);
    app_say(app, "sorted by %s", names[app->state.sort]);
}

static void do_reverse(struct app *app, const char *arg)
{
    (void)arg;
    app->state.is_reversed = !app->state.is_reversed;
    app_hold_kernel(app);
}

static void do_group(struct app *app, const char *arg)
{
    (void)arg;
    app->state.is_ungrouped = !app->state.is_ungrouped;
    app_hold_kernel(app);
    app_say(app,
            app->state.is_ungrouped ? "every launch on its own row" : "equal launches together");
}

static void do_units(struct app *app, const char *arg)
{
    (void)arg;
    app->state.units = (enum view_units)((app->state.units + 1) % VIEW_UNITS_N);
}

static void do_all(struct app *app, const char *arg)
{
    (void)arg;
    app->state.stalls_all = !app->state.stalls_all;
}

static void do_hottest(struct app *app, const char *arg)
{
    (void)arg;
    app_go_hot(app, UINT32_MAX, true);
}

static void do_next_hot(struct app *app, const char *arg)
{
    (void)arg;
    app_go_hot(app, app->out.id, true);
}

static void do_previous_hot(struct app *app, const char *arg)
{
    (void)arg;
    app_go_hot(app, app->out.id, false);
}

static void do_edit(struct app *app, const char *arg)
{
    (void)arg;
    if (app->out.id >= GPU_N_PARAMS)
        return;
    prompt_start(app, PROMPT_VALUE, "");
    app->prompt.param = (enum gpu_param_id)app->out.id;
}

static void do_undo(struct app *app, const char *arg)
{
    (void)arg;
    app_undo(app);
}

static void do_redo(struct app *app, const char *arg)
{
    (void)arg;
    app_redo(app);
}

static void do_only_changed(struct app *app, const char *arg)
{
    (void)arg;
    app->state.gpu_only_changed = !app->state.gpu_only_changed;
}

static void do_swap(struct app *app, const char *arg)
{
    (void)arg;
    app_swap(app);
}

/* ---- actions of the views of a profile ---- */

#define DO(name, call)                                      \
    static void do_##name(struct app *app, const char *arg) \
    {                                                       \
        (void)arg;                                          \
        call;                                               \
    }
DO(left, app_pan(app, -0.25))
DO(right, app_pan(app, 0.25))
DO(zoom_in, app_zoom(app, 0.5))
DO(zoom_out, app_zoom(app, 2))
DO(fit, app_fit(app))
DO(next_work, (void)app_next_work(app, 1, ""))
DO(previous_work, (void)app_next_work(app, -1, ""))
DO(longest_gap, app_longest_gap(app))
DO(stream, app_next_stream(app))
DO(lanes_down, app_scroll_lanes(app, 1))
DO(lanes_up, app_scroll_lanes(app, -1))
DO(levels, app_next_levels(app))
DO(toggle, app_toggle_node(app, app->out.id))
DO(expand_all, app_toggle_all_nodes(app))
DO(to_model, app_go_model(app))
DO(other_set, app_go_other_set(app))

static void do_by(struct app *app, const char *arg)
{
    (void)arg;
    app->state.tally_by = (enum tally_by)((app->state.tally_by + 1) % TALLY_N);
    app->state.at[VIEW_TALLY] = (struct scroll){0, 0};
    app_say(app, "%s", tally_info[app->state.tally_by].about);
}

static void do_rank(struct app *app, const char *arg)
{
    static const char *const names[VIEW_RANK_N] = {"time", "count", "wait of a launch"};

    (void)arg;
    app->state.rank = (enum view_rank)((app->state.rank + 1) % VIEW_RANK_N);
    app_say(app, "sorted by %s", names[app->state.rank]);
}

static void do_against(struct app *app, const char *arg)
{
    if (arg == NULL) {
        app_find_files(app);
        menu_start(app, MENU_AGAINST);
        return;
    }
    app_open_profile(app, arg, OTHER_PROFILE);
    app_go(app, VIEW_VERSUS);
}

/* ---- choices ---- */

static void do_description(struct app *app, const char *arg)
{
    struct err e = {0};

    if (arg == NULL)
        menu_start(app, MENU_GPU);
    else if (app_choose_gpu(app, arg, &e) != STATUS_OK)
        app_complain_err(app, &e);
    else
        app_say(app, "modelled on %s", app->gpu.title);
}

static void do_compare(struct app *app, const char *arg)
{
    struct err e = {0};

    if (arg == NULL)
        menu_start(app, MENU_COMPARE);
    else if (app_choose_other(app, arg, &e) != STATUS_OK)
        app_complain_err(app, &e);
    else
        app_go(app, VIEW_COMPARE);
}

static void do_model(struct app *app, const char *arg)
{
    struct err e = {0};

    if (arg == NULL)
        menu_start(app, MENU_MODEL);
    else if (app_choose_model(app, arg, &e) != STATUS_OK)
        app_complain_err(app, &e);
    else
        app_say(app, "%s: %s", app->model->name, app->model->summary);
}

static void do_explain(struct app *app, const char *arg)
{
    (void)arg;
    if (app->out.n_explain > 0)
        menu_start(app, MENU_EXPLAIN);
    else
        app_say(app, "nothing to explain here");
}

static void do_palette(struct app *app, const char *arg)
{
    (void)arg;
    menu_start(app, MENU_PALETTE);
}

static void do_command(struct app *app, const char *arg)
{
    (void)arg;
    prompt_start(app, PROMPT_COMMAND, "");
}

/* "memory.l2 81920" */
static enum status set_param(struct app *app, const char *arg, struct err *e)
{
    str rest = str_from(arg != NULL ? arg : ""), name;
    double v = 0;

    str_cut(&rest, ' ', &name);
    int id = gpu_find_param(name, e);
    if (id < 0)
        return STATUS_USAGE;
    rest = str_trim(rest);
    if (!str_parse_double(rest, &v)) {
        err_set(e, STATUS_USAGE, "'%.*s' is not a number", (int)MIN(rest.n, (size_t)80), rest.p);
        err_hint(e, "write: set memory.l2 81920");
        return STATUS_USAGE;
    }
    if (!app->has_gpu)
        return err_set(e, STATUS_USAGE, "no GPU is chosen yet");
    return app_set_param(app, (enum gpu_param_id)id, v, e);
}

static void do_set(struct app *app, const char *arg)
{
    struct err e = {0};

    if (set_param(app, arg, &e) != STATUS_OK)
        app_complain_err(app, &e);
}

static void do_reset(struct app *app, const char *arg)
{
    (void)arg;
    app_reset(app);
}

static void do_export(struct app *app, const char *arg)
{
    struct err e = {0};

    if (arg == NULL)
        prompt_start(app, PROMPT_EXPORT, "");
    else if (app_export(app, arg, &e) != STATUS_OK)
        app_complain_err(app, &e);
    else
        app_say(app, "written: %s", arg);
}

/* ---- views ---- */

#define GO(name, view)                                    \
    static void do_##name(struct app *app, const char *a) \
    {                                                     \
        (void)a;                                          \
        app_go(app, view);                                \
    }
GO(kernels, VIEW_KERNELS)
GO(overview, VIEW_OVERVIEW)
GO(stalls, VIEW_STALLS)
GO(sass, VIEW_SASS)
GO(gpu, VIEW_GPU)
GO(differences, VIEW_COMPARE)
GO(jobs, VIEW_JOBS)
GO(help, VIEW_HELP)
GO(verdict, VIEW_VERDICT)
GO(timeline, VIEW_TIMELINE)
GO(queue, VIEW_QUEUE)
GO(tally, VIEW_TALLY)
GO(gaps, VIEW_GAPS)
GO(tree, VIEW_TREE)
GO(fusion, VIEW_FUSION)
GO(versus, VIEW_VERSUS)

static void do_open(struct app *app, const char *arg)
{
    if (arg != NULL) {
        app_open(app, arg);
        return;
    }
    app_find_files(app);
    app_go(app, VIEW_PICKER);
}

static void do_previous_view(struct app *app, const char *arg)
{
    (void)arg;
    if (app->n_back > 0)
        app_go(app, app->back[app->n_back - 1]);
}

static void do_next_view(struct app *app, const char *arg)
{
    (void)arg;
    app_go_by(app, 1);
}

static void do_left_view(struct app *app, const char *arg)
{
    (void)arg;
    app_go_by(app, VIEW_N - 1);
}

/* ---- moving ---- */

#define MOVE(name, rows)                                  \
    static void do_##name(struct app *app, const char *a) \
    {                                                     \
        (void)a;                                          \
        app_move(app, rows);                              \
    }
MOVE(down, 1)
MOVE(up, -1)
MOVE(page_down, (int64_t)app->out.page)
MOVE(page_up, -(int64_t)app->out.page)
MOVE(half_down, (int64_t)app->out.page / 2)
MOVE(half_up, -(int64_t)app->out.page / 2)
MOVE(first, -(int64_t)UINT32_MAX)
MOVE(last, (int64_t)UINT32_MAX)

static void go_kernel(struct app *app, int64_t by)
{
    int64_t to = (int64_t)app->kernel + by;

    if (to >= 0 && to < (int64_t)app->n_kernels)
        app->kernel = (uint32_t)to;
}

static void do_next_kernel(struct app *app, const char *arg)
{
    (void)arg;
    go_kernel(app, 1);
}

static void do_previous_kernel(struct app *app, const char *arg)
{
    (void)arg;
    go_kernel(app, -1);
}

/* ---- finding ---- */

static void do_search(struct app *app, const char *arg)
{
    if (arg == NULL) {
        prompt_start(app, PROMPT_SEARCH, "");
        return;
    }
    snprintf(app->search, sizeof app->search, "%s", arg);
    app_search(app, 1);
}

static void do_search_next(struct app *app, const char *arg)
{
    (void)arg;
    app_search(app, 1);
}

static void do_search_previous(struct app *app, const char *arg)
{
    (void)arg;
    app_search(app, -1);
}

static void do_filter(struct app *app, const char *arg)
{
    char *filter = app->state.filter[app->state.view];

    if (arg == NULL)
        prompt_start(app, PROMPT_FILTER, filter);
    else
        snprintf(filter, VIEW_TYPED_MAX, "%s", arg);
}

/* ---- ending things ---- */

/* A job that the user waits for is what Esc means first. */
static bool cancel_foreground(struct app *app)
{
    struct view_data d;

    app_fill(app, &d);
    if (d.foreground >= d.n_jobs)
        return false;
    app_cancel_all(app);
    app_say(app, "cancelled; r models what is left");
    return true;
}

static void do_back(struct app *app, const char *arg)
{
    char *filter = app->state.filter[app->state.view];

    (void)arg;
    if (cancel_foreground(app))
        return;
    if (filter[0] != '\0')
        filter[0] = '\0';
    else
        app_go_up(app);
}

#define TWICE_WITHIN_S 1.0

static void do_cancel(struct app *app, const char *arg)
{
    double now = os_now_s();

    (void)arg;
    if (now - app->interrupted_s < TWICE_WITHIN_S)
        app->must_quit = true;
    app->interrupted_s = now;
    app_cancel_all(app);
    app_say(app, "cancelled; ^C again quits");
}

static void do_close(struct app *app, const char *arg)
{
    (void)arg;
    if (app_go_up(app))
        return;
    if (app_is_busy(app) && !app->has_asked) {
        app->has_asked = true;
        app_say(app, "jobs run; q again quits all the same");
        return;
    }
    app->must_quit = true;
}

static void do_quit(struct app *app, const char *arg)
{
    (void)arg;
    app->must_quit = true;
}

static void do_rerun(struct app *app, const char *arg)
{
    (void)arg;
    app_rerun(app);
}

static void do_redraw(struct app *app, const char *arg)
{
    (void)arg;
    app->term->redraw(app->term);
}

static void do_suspend(struct app *app, const char *arg)
{
    (void)arg;
    app->term->suspend(app->term);
}

static void (*const handlers[ACTION_N])(struct app *app, const char *arg) = {
    [ACTION_OPEN_ROW] = do_open_row,
    [ACTION_SORT] = do_sort,
    [ACTION_REVERSE] = do_reverse,
    [ACTION_GROUP] = do_group,
    [ACTION_UNITS] = do_units,
    [ACTION_ALL] = do_all,
    [ACTION_HOTTEST] = do_hottest,
    [ACTION_NEXT_HOT] = do_next_hot,
    [ACTION_PREVIOUS_HOT] = do_previous_hot,
    [ACTION_EDIT] = do_edit,
    [ACTION_UNDO] = do_undo,
    [ACTION_REDO] = do_redo,
    [ACTION_ONLY_CHANGED] = do_only_changed,
    [ACTION_SWAP] = do_swap,
    [ACTION_LEFT] = do_left,
    [ACTION_RIGHT] = do_right,
    [ACTION_ZOOM_IN] = do_zoom_in,
    [ACTION_ZOOM_OUT] = do_zoom_out,
    [ACTION_FIT] = do_fit,
    [ACTION_NEXT_WORK] = do_next_work,
    [ACTION_PREVIOUS_WORK] = do_previous_work,
    [ACTION_LONGEST_GAP] = do_longest_gap,
    [ACTION_STREAM] = do_stream,
    [ACTION_LANES_DOWN] = do_lanes_down,
    [ACTION_LANES_UP] = do_lanes_up,
    [ACTION_LEVELS] = do_levels,
    [ACTION_TALLY_BY] = do_by,
    [ACTION_RANK] = do_rank,
    [ACTION_TOGGLE] = do_toggle,
    [ACTION_EXPAND_ALL] = do_expand_all,
    [ACTION_AGAINST] = do_against,
    [ACTION_TO_MODEL] = do_to_model,
    [ACTION_OTHER_SET] = do_other_set,
    [ACTION_VIEW_VERDICT] = do_verdict,
    [ACTION_VIEW_TIMELINE] = do_timeline,
    [ACTION_VIEW_QUEUE] = do_queue,
    [ACTION_VIEW_TALLY] = do_tally,
    [ACTION_VIEW_GAPS] = do_gaps,
    [ACTION_VIEW_TREE] = do_tree,
    [ACTION_VIEW_FUSION] = do_fusion,
    [ACTION_VIEW_VERSUS] = do_versus,
    [ACTION_DESCRIPTION] = do_description,
    [ACTION_COMPARE] = do_compare,
    [ACTION_MODEL] = do_model,
    [ACTION_EXPLAIN] = do_explain,
    [ACTION_PALETTE] = do_palette,
    [ACTION_COMMAND] = do_command,
    [ACTION_VIEW_HELP] = do_help,
    [ACTION_CLOSE] = do_close,
    [ACTION_VIEW_KERNELS] = do_kernels,
    [ACTION_VIEW_OVERVIEW] = do_overview,
    [ACTION_VIEW_STALLS] = do_stalls,
    [ACTION_VIEW_SASS] = do_sass,
    [ACTION_VIEW_COMPARE] = do_differences,
    [ACTION_VIEW_GPU] = do_gpu,
    [ACTION_VIEW_JOBS] = do_jobs,
    [ACTION_VIEW_OPEN] = do_open,
    [ACTION_PREVIOUS_VIEW] = do_previous_view,
    [ACTION_NEXT_VIEW] = do_next_view,
    [ACTION_LEFT_VIEW] = do_left_view,
    [ACTION_DOWN] = do_down,
    [ACTION_UP] = do_up,
    [ACTION_PAGE_DOWN] = do_page_down,
    [ACTION_PAGE_UP] = do_page_up,
    [ACTION_HALF_DOWN] = do_half_down,
    [ACTION_HALF_UP] = do_half_up,
    [ACTION_FIRST] = do_first,
    [ACTION_LAST] = do_last,
    [ACTION_NEXT_KERNEL] = do_next_kernel,
    [ACTION_PREVIOUS_KERNEL] = do_previous_kernel,
    [ACTION_SEARCH] = do_search,
    [ACTION_SEARCH_NEXT] = do_search_next,
    [ACTION_SEARCH_PREVIOUS] = do_search_previous,
    [ACTION_FILTER] = do_filter,
    [ACTION_BACK] = do_back,
    [ACTION_CANCEL] = do_cancel,
    [ACTION_RERUN] = do_rerun,
    [ACTION_SET] = do_set,
    [ACTION_RESET] = do_reset,
    [ACTION_EXPORT] = do_export,
    [ACTION_REDRAW] = do_redraw,
    [ACTION_SUSPEND] = do_suspend,
    [ACTION_QUIT] = do_quit,
};

void app_act(struct app *app, enum action a, const char *arg)
{
    if (a == ACTION_N)
        return;
    app->has_asked &= a == ACTION_CLOSE;
    handlers[a](app, arg);
}

void app_act_key(struct app *app, int key)
{
    const struct view_state *s = &app->state;

    app_act(app, action_of_key(key, view_info[s->view].name, view_set_name[s->set]), NULL);
}

static const char *action_name(size_t i, void *arg)
{
    (void)arg;
    return action_info[i].name;
}

void app_command(struct app *app, const char *line)
{
    str rest = str_trim(str_from(line)), name;
    uint64_t row;

    if (rest.n == 0)
        return;
    if (str_parse_u64(rest, &row)) {
        app_move(app, -(int64_t)UINT32_MAX);
        app_move(app, (int64_t)MIN(row, (uint64_t)UINT32_MAX) - 1);
        return;
    }
    str_cut(&rest, ' ', &name);
    rest = str_trim(rest);
    enum action a = action_find(name);
    if (a == ACTION_N) {
        const char *near = str_nearest(name, ACTION_N, action_name, NULL);
        app_complain(app, "no command '%.*s'%s%s%s", (int)MIN(name.n, (size_t)60), name.p,
                     near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                     near != NULL ? "'?" : "");
    } else if (!action_is_in(a, view_info[app->state.view].name, view_set_name[app->state.set])) {
        app_complain(app, "'%s' belongs to: %s", action_info[a].name, action_info[a].views);
    } else {
        app_act(app, a, rest.n > 0 ? arena_strndup(&app->frame, rest.p, rest.n) : NULL);
    }
}

void app_click(struct app *app, unsigned row, unsigned col)
{
    for (uint32_t i = app->out.n_hits; i-- > 0;) {
        const struct view_hit *h = &app->out.hits[i];
        if (h->row != row || col < h->col || col >= (unsigned)h->col + h->width)
            continue;
        if (h->kind == VIEW_HIT_ITEM)
            menu_click(app, h->arg);
        else if (h->kind == VIEW_HIT_TAB && h->arg == VIEW_PICKER)
            do_open(app, NULL);
        else if (h->kind == VIEW_HIT_TAB)
            app_go(app, (enum view_id)h->arg);
        else if (h->kind == VIEW_HIT_KEY)
            app_act(app, (enum action)h->arg, NULL);
        else if (app->state.at[app->state.view].cursor != h->arg)
            app->state.at[app->state.view].cursor = h->arg;
        else
            app_act_key(app, KEY_CODE_ENTER);
        return;
    }
    if (app->state.view == VIEW_TIMELINE && app->menu.kind == MENU_NONE)
        app_click_lanes(app, row, col);
}
