/*
 * app_launches.c: profiles: opening them, moving in their time, and the way from a kernel of a
 * profile to its model in the trace.
 */
#include <stdio.h>

#include "app.h"
#include "base/os.h"
#include "present/kernel_match.h"

/* ---- opening ---- */

static bool has_profile_name(const char *path)
{
    static const char *const endings[] = {".json", ".json.gz", ".json.xz", ".json.zst", ".sqlite"};
    bool is_found = false;

    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        is_found |= str_ends(str_from(path), str_from(endings[i]));
    return is_found;
}

bool app_is_listed_profile(const char *path)
{
    return has_profile_name(path) && profile_seems(path);
}

/* A file of such a name that is none is best told so by the reader of profiles. */
bool app_is_profile(const char *path)
{
    return os_is_file(path) && (has_profile_name(path) || profile_seems(path));
}

void app_open_ranks(struct app *app, const char *const *paths, size_t n, enum which which)
{
    struct profile_slot *s = &app->profiles[which];
    const char *name = os_basename(paths[0]);

    if (s->job != 0)
        job_cancel(app->engine, s->job);
    s->job = job_submit_launches(app->engine, paths, n, &app->o->launches_options, which);
    s->coming = n == 1 ? arena_strdup(&app->arena, name)
                       : arena_printf(&app->arena, "%zu ranks, %s ...", n, name);
    s->coming_path = n == 1 ? arena_strdup(&app->arena, paths[0]) : NULL;
    s->error = NULL;
    app->n_reading++;
    app_say(app, "reading %s", s->coming);
}

void app_open_profile(struct app *app, const char *path, enum which which)
{
    app_open_ranks(app, &path, 1, which);
}

static void forget_fusion(struct app *app)
{
    app->has_fusion = false;
    arena_reset(&app->fusion_arena, 0);
}

static void begin_main(struct app *app)
{
    const struct launches *l = app->profiles[MAIN_PROFILE].l;

    arena_reset(&app->profile_arena, 0);
    forget_fusion(app);
    app->next_gap = 0;
    view_state_begin_profile(&app->state, l, lanes_index_make(&app->profile_arena, l),
                             ARENA_ARRAY(&app->profile_arena, bool, l->tree.n_nodes + 1));
    app_arrive(app, VIEW_VERDICT);
}

static void take_new(struct app *app, struct profile_slot *s, struct job_done *j)
{
    const struct profile *p = j->launches->profile;

    launches_release(s->l);
    s->l = j->launches;
    s->name = s->coming;
    app->message[0] = '\0';
    if (s == &app->profiles[MAIN_PROFILE])
        begin_main(app);
    if (s->coming_path != NULL)
        app_remember(app, s->coming_path);
    if (p->n_warnings > 0)
        app_complain(app, "%s", p->warnings[0]);
}

void app_take_launches(struct app *app, struct job_done *j)
{
    struct profile_slot *s = &app->profiles[j->tag];

    app->n_reading--;
    app_log(app, arena_printf(&app->arena, "%s, %.2f s: %s", s->coming, j->elapsed_s,
                              j->status == STATUS_OK          ? "read"
                              : j->status == STATUS_CANCELLED ? "cancelled"
                                                              : j->err.message));
    if (j->id != s->job) {
        launches_release(j->launches);
        return;
    }
    s->job = 0;
    if (j->launches != NULL) {
        take_new(app, s, j);
    } else if (j->status == STATUS_CANCELLED) {
        s->error = "cancelled";
    } else {
        s->error = arena_strdup(&app->arena, app_err_text(&app->frame, &j->err));
        if (s->l != NULL || view_info[app->state.view].set != VIEW_SET_PROFILE)
            app_complain(app, "%s", s->error);
        else /* the view has it in full */
            app->message[0] = '\0';
    }
}

void app_close_profiles(struct app *app)
{
    for (unsigned w = 0; w < N_PROFILES; w++)
        launches_release(app->profiles[w].l);
    arena_done(&app->fusion_arena);
    arena_done(&app->profile_arena);
}

static struct view_profile shown(const struct profile_slot *s)
{
    return (struct view_profile){.name = s->l != NULL || s->coming == NULL ? s->name : s->coming,
                                 .l = s->l,
                                 .is_coming = s->job != 0,
                                 .error = s->error};
}

void app_fill_profiles(struct app *app, struct view_data *d)
{
    d->profile = shown(&app->profiles[MAIN_PROFILE]);
    d->other_profile = shown(&app->profiles[OTHER_PROFILE]);
    d->fusion = app->has_fusion ? &app->fusion : NULL;
}

/* ---- chains of another length than the best ---- */

void app_find_chains(struct app *app, uint32_t index)
{
    const struct launches *l = app->profiles[MAIN_PROFILE].l;
    struct err e = {0};

    if (l == NULL || index >= l->fusion.n_lengths)
        return;
    uint32_t length = l->fusion.lengths[index].length;
    const struct fusion_options o = {.longest = length, .length = length};
    forget_fusion(app);
    app->has_fusion = fusion_find(&app->fusion_arena, l->profile, &l->lineage, l->waits, &l->select,
                                  l->sums.il_joined_ns, &o, NULL, &app->fusion, &e) == STATUS_OK;
    if (!app->has_fusion)
        app_complain_err(app, &e);
}

/* ---- moving in time ---- */

static struct lanes_view *window(struct app *app)
{
    return app->profiles[MAIN_PROFILE].l != NULL ? &app->state.lanes : NULL;
}

void app_pan(struct app *app, double share)
{
    if (window(app) != NULL)
        lanes_view_pan(window(app), share);
}

/* Around the selected kernel while it is in sight, else around the middle. */
void app_zoom(struct app *app, double factor)
{
    struct lanes_view *v = window(app);
    unsigned rows, cols;

    if (v == NULL)
        return;
    int64_t at_ns = v->from_ns + (v->to_ns - v->from_ns) / 2;
    if (v->selected != PROFILE_NONE) {
        const struct profile_span *w = &app->profiles[MAIN_PROFILE].l->profile->works[v->selected];
        if (w->start_ns >= v->from_ns && w->start_ns < v->to_ns)
            at_ns = w->start_ns;
    }
    app->term->size(app->term, &rows, &cols);
    lanes_view_zoom(v, factor, at_ns, cols);
}

void app_fit(struct app *app)
{
    app->next_gap = 0;
    if (window(app) != NULL)
        lanes_view_fit(window(app));
}

/* The height of the picture is that of the last one. */
static void scroll_to_selected(struct app *app)
{
    if (app->state.view == VIEW_TIMELINE)
        lanes_view_scroll(&app->state.lanes, app->out.page);
}

void app_select_work(struct app *app, uint32_t work)
{
    struct lanes_view *v = window(app);

    if (v == NULL || work == PROFILE_NONE)
        return;
    const struct profile_span *w = &app->profiles[MAIN_PROFILE].l->profile->works[work];
    v->selected = work;
    lanes_view_show(v, w->start_ns, profile_end_ns(w));
    scroll_to_selected(app);
}

/* A window around the span, closer if the span would be small in the one of now. */
void app_show_work(struct app *app, uint32_t work, int64_t from_ns, int64_t to_ns)
{
    enum { LEAST_NS = 200, CLOSER = 10, AROUND = 3 };
    struct lanes_view *v = window(app);

    if (v == NULL)
        return;
    int64_t span_ns = MAX(to_ns - from_ns, (int64_t)LEAST_NS);
    v->selected = work;
    if ((v->to_ns - v->from_ns) / CLOSER > span_ns) {
        v->from_ns = MAX(from_ns - AROUND * span_ns, v->from_ns);
        v->to_ns = v->from_ns + (2 * AROUND + 1) * span_ns;
    }
    lanes_view_show(v, from_ns, to_ns);
    app_go(app, VIEW_TIMELINE);
    scroll_to_selected(app);
}

bool app_next_work(struct app *app, int step, const char *text)
{
    struct lanes_view *v = window(app);

    if (v == NULL)
        return false;
    uint32_t to = lanes_view_next(v->ix, v->selected, step, text);
    app_select_work(app, to);
    return to != PROFILE_NONE;
}

void app_longest_gap(struct app *app)
{
    const struct launches *l = app->profiles[MAIN_PROFILE].l;
    uint32_t n = app->next_gap + 1;

    if (l == NULL || l->idle.n_gaps == 0) {
        app_say(app, "there is no gap");
        return;
    }
    const struct idle_gap *const *all = idle_longest(&app->frame, l->idle.gaps, l->idle.n_gaps, &n);
    const struct idle_gap *g = all[n - 1];
    enum view_id view = app->state.view;
    app_show_work(app, g->next, g->start_ns, g->start_ns + g->dur_ns);
    app_go(app, view);
    app_say(app, "gap %u of %u, %.4g us: %s", n, l->idle.n_gaps, (double)g->dur_ns / 1000,
            idle_info[g->why].title);
    app->next_gap = n < l->idle.n_gaps ? n : 0;
}

void app_next_stream(struct app *app)
{
    struct lanes_view *v = window(app);

    if (v == NULL)
        return;
    uint32_t to = v->selected == PROFILE_NONE ? lanes_view_next(v->ix, PROFILE_NONE, 1, "")
                                              : lanes_view_beside(v->ix, v->selected, 1);
    if (to == PROFILE_NONE)
        app_say(app, "there is no other stream");
    app_select_work(app, to);
}

void app_scroll_lanes(struct app *app, int pages)
{
    struct lanes_view *v = window(app);
    uint32_t page = MAX(app->out.page / 2, 1u), most = app->out.n_lane_rows;

    if (v == NULL)
        return;
    if (pages < 0)
        v->top_lane -= MIN(v->top_lane, page);
    else if (v->top_lane + app->out.page < most)
        v->top_lane += page;
}

void app_next_levels(struct app *app)
{
    enum { MOST_LEVELS = 3 };
    struct lanes_view *v = window(app);
    unsigned most = MIN(app->out.most_levels, (unsigned)MOST_LEVELS);

    if (v == NULL)
        return;
    v->n_levels = v->n_levels < most ? v->n_levels + 1 : 0;
    app_say(app, "%u level%s of operators", v->n_levels + 1, v->n_levels > 0 ? "s" : "");
}

void app_click_lanes(struct app *app, unsigned row, unsigned col)
{
    struct lanes_view *v = window(app);
    unsigned rows, cols;

    if (v == NULL || row < app->out.body_row)
        return;
    app->term->size(app->term, &rows, &cols);
    uint32_t work = lanes_view_at(v, cols, row - app->out.body_row, col);
    if (work != PROFILE_NONE)
        v->selected = work;
}

/* ---- the tree ---- */

void app_toggle_node(struct app *app, uint32_t node)
{
    const struct launches *l = app->profiles[MAIN_PROFILE].l;

    if (l == NULL || node >= l->tree.n_nodes)
        return;
    if (l->tree.nodes[node].first_child != PROFILE_NONE)
        app->state.is_open[node] = !app->state.is_open[node];
    else if (app->out.work != PROFILE_NONE)
        app_show_work(app, app->out.work, app->out.show_from_ns, app->out.show_to_ns);
}

void app_toggle_all_nodes(struct app *app)
{
    const struct launches *l = app->profiles[MAIN_PROFILE].l;
    bool is_any_closed = false;

    if (l == NULL)
        return;
    for (uint32_t i = 0; i < l->tree.n_nodes; i++)
        is_any_closed |= l->tree.nodes[i].first_child != PROFILE_NONE && !app->state.is_open[i];
    for (uint32_t i = 0; i < l->tree.n_nodes; i++)
        app->state.is_open[i] = is_any_closed;
}

/* ---- from a kernel to its model ---- */

static void say_no_model(struct app *app, const char *name, const struct profile_shape *s)
{
    struct note *n = &app->note;
    struct arena *a = &app->note_arena;

    arena_reset(a, 0);
    *n = (struct note){.title = "No model of this kernel"};
    n->lines[n->n++] = arena_strdup(a, name);
    n->lines[n->n++] = app->trace == NULL
                           ? "No SASS trace is open, and a profile does not hold instructions."
                           : arena_printf(a, "%s has no kernel of this name.", app->trace_name);
    n->lines[n->n++] = "Record one where the profile was made, with a tracer built on NVBit such "
                       "as Accel-Sim's, restricted to this kernel's name: one launch is enough.";
    if (s != NULL)
        n->lines[n->n++] =
            arena_printf(a, "It ran with grid %ux%ux%u and block %ux%ux%u.", s->grid[0], s->grid[1],
                         s->grid[2], s->block[0], s->block[1], s->block[2]);
    n->lines[n->n++] = "Then press o here and open the trace beside this profile; M on the kernel "
                       "leads to its model, and L back.";
    menu_start(app, MENU_NOTE);
}

void app_go_model(struct app *app)
{
    const struct launches *l = app->profiles[MAIN_PROFILE].l;
    uint32_t work = app->out.work;

    if (l == NULL || work == PROFILE_NONE) {
        app_say(app, "no kernel is selected here");
        return;
    }
    const struct profile *p = l->profile;
    uint32_t shape = p->works[work].shape;
    struct kernel_wanted w = {p->names[p->works[work].name],
                              shape != PROFILE_NONE ? &p->shapes[shape] : NULL};
    const struct trace_header **h =
        ARENA_ARRAY(&app->frame, const struct trace_header *, app->n_kernels + 1);
    for (uint32_t i = 0; i < app->n_kernels; i++)
        h[i] = trace_header(app->trace, i);
    uint32_t found = kernel_match(&app->frame, &w, h, app->n_kernels);
    if (found == UINT32_MAX) {
        say_no_model(app, w.name, w.shape);
        return;
    }
    app_go_kernel(app, found);
    app_say(app, "the model of %s; L leads back to the profile", h[found]->label);
}
