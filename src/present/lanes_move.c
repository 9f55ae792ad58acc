/*
 * lanes_move.c: where a picture of lanes looks, and what lies where in it.
 */
#include <math.h>

#include "lanes_view_priv.h"

#define ROOM 0.02 /* of the run, on both sides */

/* ---- the window ---- */

static int64_t room_ns(const struct lanes_index *ix)
{
    return (int64_t)(ROOM * (double)(ix->to_ns - ix->from_ns)) + 1;
}

static void set_window(struct lanes_view *v, int64_t from_ns, int64_t width_ns)
{
    int64_t least = v->ix->from_ns - room_ns(v->ix), most = v->ix->to_ns + room_ns(v->ix);
    width_ns = CLAMP(width_ns, 1, most - least);
    v->from_ns = CLAMP(from_ns, least, most - width_ns);
    v->to_ns = v->from_ns + width_ns;
}

void lanes_view_fit(struct lanes_view *v)
{
    const struct tklqt_select *s = &v->ix->l->select;
    int64_t from = s->has_window ? s->from_ns : v->ix->from_ns;
    int64_t width = (s->has_window ? s->to_ns : v->ix->to_ns) - from;
    int64_t room = (int64_t)(ROOM * (double)width) + 1;
    set_window(v, from - room, width + 2 * room);
}

void lanes_view_zoom(struct lanes_view *v, double factor, int64_t at_ns, unsigned cols)
{
    struct time_axis x = lanes_view_axis(v, cols);
    double all = (double)(v->ix->to_ns - v->ix->from_ns + 2 * room_ns(v->ix));
    double width = (double)(x.to_ns - x.from_ns) * (factor > 0 ? factor : 1);
    int64_t width_ns = llround(CLAMP(width, (double)MIN((double)x.n_cols, all), all));
    double into = time_axis_place(&x, at_ns) / x.n_cols * (double)width_ns;
    int64_t col = time_axis_column(&x, at_ns);
    double ns_per_col = (double)width_ns / x.n_cols;
    double first = ceil((double)col * ns_per_col), last = ceil((double)(col + 1) * ns_per_col) - 1;
    set_window(v, CLAMP(at_ns, x.from_ns, x.to_ns) - llround(CLAMP(into, first, MAX(first, last))),
               width_ns);
}

void lanes_view_pan(struct lanes_view *v, double share)
{
    int64_t width_ns = v->to_ns - v->from_ns;
    int64_t by_ns = llround((double)width_ns * CLAMP(share, -1e6, 1e6));
    int64_t from_ns;
    if (__builtin_add_overflow(v->from_ns, by_ns, &from_ns))
        from_ns = share < 0 ? v->ix->from_ns - room_ns(v->ix) : v->ix->to_ns;
    set_window(v, from_ns, width_ns);
}

void lanes_view_show(struct lanes_view *v, int64_t from_ns, int64_t to_ns)
{
    int64_t width_ns = v->to_ns - v->from_ns, margin_ns = width_ns / 10;
    if (from_ns >= v->from_ns + margin_ns && to_ns <= v->to_ns - margin_ns)
        return;
    int64_t span_ns = MAX(to_ns - from_ns, 0);
    width_ns = MAX(width_ns, span_ns + span_ns / 2);
    set_window(v, from_ns + span_ns / 2 - width_ns / 2, width_ns);
}

/* ---- rows ---- */

unsigned lanes_view_levels(const struct lanes_index *ix)
{
    unsigned most = 0;
    for (uint32_t i = 0; i < ix->n_rows; i++)
        most = MAX(most, (unsigned)ix->rows[i].level);
    return most;
}

/* The row that is drawn as number `n` of the lanes; NULL behind the last. */
static const struct lanes_row *shown_row(const struct lanes_view *v, uint64_t n)
{
    for (uint32_t i = 0; i < v->ix->n_rows; i++) {
        if (lanes_row_is_shown(&v->ix->rows[i], v) && n-- == 0)
            return &v->ix->rows[i];
    }
    return NULL;
}

void lanes_view_scroll(struct lanes_view *v, unsigned height)
{
    const struct profile *p = v->ix->l->profile;
    uint32_t at = 0;
    if (v->selected >= p->n_works || height < 2)
        return;
    for (uint32_t i = 0; i < v->ix->n_rows; i++) {
        const struct lanes_row *r = &v->ix->rows[i];
        if (r->kind == LANES_STREAM && r->lane == p->works[v->selected].lane)
            break;
        at += lanes_row_is_shown(r, v);
    }
    uint32_t lanes = height - 1;
    v->top_lane = CLAMP(v->top_lane, at + 1 > lanes ? at + 1 - lanes : 0, at);
}

/* ---- works ---- */

static bool is_match(const struct lanes_index *ix, uint32_t work, str text)
{
    const struct profile *p = ix->l->profile;
    const struct lineage_of *of = &ix->l->lineage.of[work];
    return p->works[work].kind == PROFILE_KERNEL &&
           (str_has(str_from(p->names[p->works[work].name]), text) ||
            (of->op != PROFILE_NONE && str_has(str_from(p->names[p->ops[of->op].name]), text)) ||
            (of->module != PROFILE_NONE &&
             str_has(str_from(p->names[p->ranges[of->module].name]), text)));
}

/* The nearest match before or behind a place of a track, without it. */
static uint32_t find_in_track(const struct lanes_index *ix, const struct lanes_track *t, int64_t at,
                              int step, str text)
{
    for (at += step; at >= 0 && at < t->n; at += step) {
        if (is_match(ix, t->ids[at], text))
            return t->ids[at];
    }
    return PROFILE_NONE;
}

uint32_t lanes_view_next(const struct lanes_index *ix, uint32_t selected, int step,
                         const char *text)
{
    const struct profile *p = ix->l->profile;
    uint32_t best = PROFILE_NONE;
    step = step < 0 ? -1 : 1;
    if (selected < p->n_works)
        return find_in_track(ix, &ix->works_of_lane[p->works[selected].lane], ix->place[selected],
                             step, str_from(text));
    for (uint32_t lane = 0; lane < p->n_lanes; lane++) {
        const struct lanes_track *t = &ix->works_of_lane[lane];
        uint32_t found = find_in_track(ix, t, step > 0 ? -1 : (int64_t)t->n, step, str_from(text));
        if (found == PROFILE_NONE)
            continue;
        if (best == PROFILE_NONE || (step > 0 ? p->works[found].start_ns < p->works[best].start_ns
                                              : p->works[found].start_ns > p->works[best].start_ns))
            best = found;
    }
    return best;
}

uint32_t lanes_view_beside(const struct lanes_index *ix, uint32_t selected, int step)
{
    const struct profile *p = ix->l->profile;
    int64_t at = 0;
    if (selected >= p->n_works)
        return PROFILE_NONE;
    step = step < 0 ? -1 : 1;
    while (at < ix->n_rows &&
           (ix->rows[at].kind != LANES_STREAM || ix->rows[at].lane != p->works[selected].lane))
        at++;
    for (at += step; at >= 0 && at < ix->n_rows; at += step) {
        const struct lanes_track *t = &ix->rows[at].track;
        if (ix->rows[at].kind == LANES_STREAM)
            return t->ids[MIN(lanes_track_first(t, p->works[selected].start_ns), t->n - 1)];
    }
    return PROFILE_NONE;
}

/* ---- cells ---- */

/* The span that takes most of a column, as it is drawn: those of a column or more come first. */
static uint32_t span_at(const struct lanes_row *r, const struct time_axis *x, unsigned col)
{
    const struct lanes_track *t = &r->track;
    uint32_t best = PROFILE_NONE;
    double most_ns = -1;
    for (uint32_t i = lanes_track_first(t, x->from_ns);
         i < t->n && t->spans[t->ids[i]].start_ns < x->to_ns; i++) {
        double ns = lanes_paint_weight(x, &t->spans[t->ids[i]], col);
        if (ns > most_ns || isinf(ns)) {
            most_ns = ns;
            best = t->ids[i];
        }
    }
    return best;
}

uint32_t lanes_view_at(const struct lanes_view *v, unsigned cols, unsigned row, unsigned col)
{
    struct time_axis x = lanes_view_axis(v, cols);
    if (row < 1 || col < x.label_cols || col >= cols)
        return PROFILE_NONE;
    const struct lanes_row *r = shown_row(v, (uint64_t)row - 1 + v->top_lane);
    if (r == NULL || (r->kind != LANES_STREAM && r->kind != LANES_CALLS))
        return PROFILE_NONE;
    uint32_t id = span_at(r, &x, col - x.label_cols);
    return r->kind == LANES_STREAM || id == PROFILE_NONE ? id : v->ix->work_of_call[id];
}
