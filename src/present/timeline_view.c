/*
 * timeline_view.c: warps in rows, time in columns.
 *
 * Column i of n is the shown time [W i / n, W (i + 1) / n) of a window of W cycles, at least one
 * cycle. With colour a run of one state is a bar with its letter in front; without, every cell has
 * its letter.
 */
#include "present/timeline_view.h"

#include <ctype.h>

#include "timeline_view_priv.h"

enum { INDENT = 2, LEAST_LABEL = 17, MOST_LABEL = 24, FULL_BLOCK = 0x2588, LOWER_BLOCK = 0x2580 };

char timeline_view_letter(enum stall s)
{
    char letter = stall_info[s].letter;
    if (s == STALL_NOT_SELECTED)
        return '-';
    for (unsigned before = 0; before < s; before++)
        if (stall_info[before].letter == letter)
            return (char)tolower((unsigned char)letter);
    return letter;
}

struct timeline_view_bucket timeline_view_bucket_at(const struct timeline_drawing *d, unsigned col)
{
    uint64_t shown = d->to_shown - d->from_shown;
    uint64_t from = shown * col / d->n_cols, to = shown * (col + 1) / d->n_cols;
    return (struct timeline_view_bucket){d->from_shown + from, d->from_shown + MAX(to, from + 1)};
}

/* ---- cycles by column ---- */

/* Adds the shown cycles of a span to the columns that they fall into. */
static void add_span(const struct timeline_drawing *d, const struct timeline_span *s,
                     uint64_t *by_col, unsigned stride)
{
    uint64_t from = timeline_shown_cy(d->v->t, s->from_cy);
    uint64_t to = timeline_shown_cy(d->v->t, s->to_cy);
    if (from >= d->to_shown || to <= d->from_shown)
        return;
    uint64_t shown = d->to_shown - d->from_shown;
    uint64_t into = MAX(from, d->from_shown) - d->from_shown;
    for (unsigned col = (unsigned)(into * d->n_cols / shown); col < d->n_cols; col++) {
        struct timeline_view_bucket b = timeline_view_bucket_at(d, col);
        if (b.from >= to)
            return;
        uint64_t at = MAX(from, b.from), end = MIN(to, b.to);
        if (at < end)
            by_col[(size_t)col * stride] += end - at;
    }
}

/* Every warp of the window, drawn or not: issue slots by column, cycles by state. */
static void count_lane(struct timeline_drawing *d, const struct timeline_lane *l)
{
    const struct timeline_span *s = &d->v->t->spans[l->first_span];
    for (const struct timeline_span *end = s + l->n_spans; s < end; s++) {
        uint64_t cy = timeline_span_cy(d->v->t, s, d->v->from_cy, d->v->to_cy);
        d->state_cy[s->state] += (double)cy;
        if (s->state != STALL_SELECTED)
            continue;
        d->issued[l->sub_core] += cy;
        add_span(d, s, &d->issue_cy[(size_t)l->sub_core * d->n_cols], 1);
    }
}

static bool is_in_window(const struct timeline_view *v, const struct timeline_lane *l)
{
    const struct timeline_span *s = &v->t->spans[l->first_span];
    return l->n_spans > 0 && s->from_cy < v->to_cy && s[l->n_spans - 1].to_cy > v->from_cy;
}

/* ---- which warps ---- */

static const char *warp_name(struct arena *a, const struct timeline_view *v,
                             const struct timeline_lane *l)
{
    const struct trace_cta *c = &v->k->ctas[l->cta];
    const char *y = v->k->h.grid[1] > 1 || v->k->h.grid[2] > 1 ? arena_printf(a, ",%u", c->y) : "";
    const char *z = v->k->h.grid[2] > 1 ? arena_printf(a, ",%u", c->z) : "";
    return arena_printf(a, "cta %u%s%s w%u", c->x, y, z, v->k->warps[l->warp].id);
}

/* The same number of each sub-core, as long as it has some. */
static void share_rows(struct timeline_drawing *d, uint32_t n)
{
    bool is_given = true;
    while (n > 0 && is_given) {
        is_given = false;
        for (unsigned s = 0; s < d->v->t->n_sub_cores && n > 0; s++)
            if (d->n_drawn[s] < d->n_there[s]) {
                d->n_drawn[s]++;
                n--;
                is_given = true;
            }
    }
}

static void choose_lanes(struct timeline_drawing *d)
{
    const struct timeline *t = d->v->t;
    unsigned widest = 0;
    for (uint32_t l = 0; l < t->n_lanes; l++)
        if (is_in_window(d->v, &t->lanes[l])) {
            d->n_there[t->lanes[l].sub_core]++;
            widest = MAX(widest, grid_width(str_from(warp_name(d->a, d->v, &t->lanes[l]))));
        }
    share_rows(d, d->v->n_lanes);
    d->label_cols = CLAMP(widest + INDENT + 1, (unsigned)LEAST_LABEL, (unsigned)MOST_LABEL);
}

/* ---- rows ---- */

static void put_cell(struct timeline_drawing *d, unsigned col, enum stall s, bool is_first)
{
    enum style style = timeline_view_style(s);
    unsigned at = d->label_cols + col;
    char letter = timeline_view_letter(s);
    bool is_letter = d->g->is_mono || d->g->symbols == SYMBOLS_ASCII || s == STALL_NOT_SELECTED;
    grid_fill(d->g, d->row, at, 1, style,
              is_letter || is_first ? (uint32_t)(unsigned char)letter : (uint32_t)FULL_BLOCK);
    if (is_first && !is_letter)
        grid_attr(d->g, d->row, at, 1, CELL_REVERSE);
}

/* STALL_N where the warp was not there. */
static enum stall most_of(const uint64_t cy[STALL_N])
{
    unsigned best = 0;
    for (unsigned s = 1; s < STALL_N; s++)
        if (cy[s] > cy[best])
            best = s;
    return cy[best] == 0 ? STALL_N : (enum stall)best;
}

static void put_lane(struct timeline_drawing *d, const struct timeline_lane *l)
{
    const struct timeline *t = d->v->t;
    const struct timeline_span *end = &t->spans[l->first_span] + l->n_spans;
    memset(d->lane_cy, 0, d->n_cols * sizeof *d->lane_cy);
    for (const struct timeline_span *s = timeline_first_span(t, l, d->v->from_cy);
         s < end && s->from_cy < d->v->to_cy; s++)
        add_span(d, s, &d->lane_cy[0][s->state], STALL_N);
    grid_text(d->g, d->row, INDENT, d->label_cols - INDENT - 1, STYLE_NORMAL,
              str_from(warp_name(d->a, d->v, l)));
    enum stall before = STALL_N;
    for (unsigned col = 0; col < d->n_cols; col++) {
        enum stall s = most_of(d->lane_cy[col]);
        if (s != STALL_N)
            put_cell(d, col, s, s != before);
        before = s;
    }
    d->row++;
}

/* Eighths of the height; in ASCII tenths as digits. */
static void put_slots(struct timeline_drawing *d, unsigned sub_core)
{
    for (unsigned col = 0; col < d->n_cols; col++) {
        struct timeline_view_bucket b = timeline_view_bucket_at(d, col);
        uint64_t used = d->issue_cy[(size_t)sub_core * d->n_cols + col],
                 all = (b.to - b.from) * d->v->t->issue_rate;
        uint32_t eighths = (uint32_t)MIN((8 * used + all - 1) / all, (uint64_t)8);
        uint32_t digit = '0' + (uint32_t)MIN(10 * used / all, (uint64_t)9);
        if (used > 0)
            grid_fill(d->g, d->row, d->label_cols + col, 1, STYLE_ISSUE,
                      d->g->symbols == SYMBOLS_ASCII ? digit : LOWER_BLOCK + eighths);
    }
}

static void put_sub_core(struct timeline_drawing *d, unsigned sub_core)
{
    const struct timeline *t = d->v->t;
    double slots = (double)(d->v->to_cy - d->v->from_cy) * t->issue_rate;
    double share = (double)d->issued[sub_core] / slots;
    grid_printf(d->g, d->row, 0, d->label_cols - 1, STYLE_BOLD, "sub-core %u %.0f %%", sub_core,
                100 * share);
    put_slots(d, sub_core);
    d->row++;
    uint32_t n = d->n_drawn[sub_core], all = d->n_there[sub_core], drawn = 0, seen = 0;
    for (uint32_t l = 0; l < t->n_lanes && drawn < n; l++) {
        if (t->lanes[l].sub_core != sub_core || !is_in_window(d->v, &t->lanes[l]))
            continue;
        if (seen++ == (uint64_t)drawn * all / n) { /* evenly from the first to the last */
            put_lane(d, &t->lanes[l]);
            drawn++;
        }
    }
    if (n < all)
        grid_printf(d->g, d->row++, INDENT, d->g->cols, STYLE_DIM, "%u more", all - n);
}

/* ---- */

static void make(struct timeline_drawing *d)
{
    const struct timeline_view *v = d->v;
    unsigned n = v->t->n_sub_cores;
    d->n_there = ARENA_ARRAY(d->a, uint32_t, n);
    d->n_drawn = ARENA_ARRAY(d->a, uint32_t, n);
    d->issued = ARENA_ARRAY(d->a, uint64_t, n);
    choose_lanes(d);
    d->from_shown = timeline_shown_cy(v->t, v->from_cy);
    d->to_shown = timeline_shown_cy(v->t, v->to_cy);
    d->n_cols = d->g->cols > d->label_cols ? d->g->cols - d->label_cols : 1;
    d->issue_cy = ARENA_ARRAY(d->a, uint64_t, (size_t)n * d->n_cols);
    d->lane_cy = (void *)ARENA_ARRAY(d->a, uint64_t, (size_t)d->n_cols * STALL_N);
}

unsigned timeline_view_draw(struct grid *g, struct arena *frame, unsigned row,
                            const struct timeline_view *v)
{
    struct timeline_drawing d = {.v = v, .g = g, .a = frame, .row = row};
    make(&d);
    if (d.from_shown >= d.to_shown) {
        grid_text(g, row, 0, g->cols, STYLE_DIM, STR("no cycle of this window is shown"));
        return 1;
    }
    for (uint32_t l = 0; l < v->t->n_lanes; l++)
        if (is_in_window(v, &v->t->lanes[l]))
            count_lane(&d, &v->t->lanes[l]);
    timeline_view_put_axis(&d);
    for (unsigned s = 0; s < v->t->n_sub_cores; s++)
        put_sub_core(&d, s);
    d.row++;
    timeline_view_put_repeats(&d);
    timeline_view_put_legend(&d);
    return d.row - row;
}

unsigned timeline_view_most_rows(const struct timeline_view *v)
{
    enum { AXIS = 3, PER_SUB_CORE = 2, PER_STATE = 2, REPEATS = 3 * (TIMELINE_MOST_REPEATS + 1) };
    return AXIS + PER_SUB_CORE * v->t->n_sub_cores + MIN(v->n_lanes, v->t->n_lanes) + 2 + REPEATS +
           PER_STATE * STALL_N;
}
