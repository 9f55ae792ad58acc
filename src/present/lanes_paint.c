/*
 * lanes_paint.c: spans as bars.
 *
 * A span of a column or more is a bar with its name, its ends rounded to whole columns, so that
 * bars never run into each other; the last cell is a little narrower, so that neighbours stay
 * apart. Shorter spans share cells: the one that takes most of a cell gives the colour, all
 * together the height.
 */
#include <ctype.h>
#include <math.h>

#include "base/units.h"
#include "lanes_view_priv.h"

enum {
    FULL_BLOCK = 0x2588,
    LOWER_BLOCK = 0x2580,
    EDGE_BLOCK = 0x2589,
    DOT = 0x00b7,
    LEAST_NAME = 3, /* cells of a name that is cut */
};

static bool letters_fill(const struct grid *g)
{
    return g->is_mono || g->symbols == SYMBOLS_ASCII;
}

/* ---- looks ---- */

static const struct lanes_look work_looks[] = {
    [PROFILE_KERNEL] = {STYLE_COMPUTE, 'K', '='},
    [PROFILE_MEMCPY] = {STYLE_MEMORY, 'C', '='},
    [PROFILE_MEMSET] = {STYLE_MEMORY, 'F', '='},
};
static const struct lanes_look host_looks[] = {
    [LANES_RANGES] = {STYLE_RULE, 'R', '-'},
    [LANES_OPS] = {STYLE_DIM, 'O', '-'},
};

struct lanes_look lanes_look_of(const struct lanes_index *ix, const struct lanes_row *r,
                                uint32_t id)
{
    const struct profile_span *s = &r->track.spans[id];
    if (r->kind == LANES_STREAM)
        return work_looks[s->kind];
    if (r->kind != LANES_CALLS)
        return host_looks[r->kind];
    if (ix->is_sync[s->name])
        return (struct lanes_look){STYLE_SYNC, 'S', '-'};
    if (ix->l->lineage.n_works_of[id] > 0)
        return (struct lanes_look){STYLE_SHARED, 'L', '-'};
    return (struct lanes_look){STYLE_OTHER, 'A', '-'};
}

struct lanes_look lanes_look_of_gap(enum idle_why why)
{
    static const struct lanes_look looks[IDLE_N] = {
        [IDLE_SYNC] = {STYLE_SYNC, 'S', '.'},      [IDLE_HOST] = {STYLE_FETCH, 'H', '.'},
        [IDLE_LAUNCH] = {STYLE_SHARED, 'L', '.'},  [IDLE_DEPENDENCY] = {STYLE_DEPENDENCY, 'D', '.'},
        [IDLE_READY] = {STYLE_HEALTHY, '.', '.'},  [IDLE_BLOCKED] = {STYLE_BAD, 'B', '.'},
        [IDLE_UNKNOWN] = {STYLE_HEALTHY, '?', '.'}};
    return looks[why];
}

/* ---- columns ---- */

static bool is_bar(const struct time_axis *x, const struct profile_span *s)
{
    return (double)s->dur_ns * x->n_cols >= (double)(x->to_ns - x->from_ns);
}

bool lanes_paint_columns(const struct time_axis *x, const struct profile_span *s, unsigned *from,
                         unsigned *to)
{
    if (s->start_ns >= x->to_ns || profile_end_ns(s) < x->from_ns)
        return false;
    *from = time_axis_column(x, s->start_ns);
    *to = *from + 1;
    if (!is_bar(x, s))
        return true;
    *from = MIN((unsigned)lround(time_axis_place(x, s->start_ns)), x->n_cols - 1);
    *to = MAX((unsigned)lround(time_axis_place(x, profile_end_ns(s))), *from + 1);
    return true;
}

static void clear_cells(struct lanes_paint *d)
{
    for (unsigned col = 0; col < d->axis.n_cols; col++)
        d->cells[col] = (struct lanes_cell){.most = PROFILE_NONE, .most_ns = -1};
}

/* Of a span within a column. */
static double covered_ns(const struct time_axis *x, const struct profile_span *s, unsigned col)
{
    double ns_per_col = (double)(x->to_ns - x->from_ns) / x->n_cols;
    double from = (double)(MAX(s->start_ns, x->from_ns) - x->from_ns);
    double to = (double)(MIN(profile_end_ns(s), x->to_ns) - x->from_ns);
    return MAX(MIN(to, ns_per_col * (col + 1)) - MAX(from, ns_per_col * col), 0.0);
}

double lanes_paint_weight(const struct time_axis *x, const struct profile_span *s, unsigned col)
{
    unsigned from, to;
    if (is_bar(x, s))
        return lanes_paint_columns(x, s, &from, &to) && from <= col && col < to ? INFINITY : -1;
    if (profile_end_ns(s) < x->from_ns || time_axis_column(x, s->start_ns) > col ||
        time_axis_column(x, profile_end_ns(s)) < col)
        return -1;
    double ns = covered_ns(x, s, col);
    return ns > 0 || s->dur_ns == 0 ? ns : -1;
}

/* Shares a span out to the cells that it touches. */
static void add_to_cells(struct lanes_paint *d, const struct profile_span *s, uint32_t id)
{
    const struct time_axis *x = &d->axis;
    unsigned last = time_axis_column(x, profile_end_ns(s));
    if (profile_end_ns(s) < x->from_ns)
        return;
    for (unsigned col = time_axis_column(x, s->start_ns); col <= last; col++) {
        double ns = covered_ns(x, s, col);
        struct lanes_cell *c = &d->cells[col];
        if (ns <= 0 && s->dur_ns > 0)
            continue;
        c->busy_ns += ns;
        if (ns > c->most_ns) {
            c->most_ns = ns;
            c->most = id;
        }
    }
}

static double share_of(const struct lanes_paint *d, double busy_ns)
{
    return busy_ns * d->axis.n_cols / (double)(d->axis.to_ns - d->axis.from_ns);
}

/* ---- bars ---- */

static str strip(str name, const char *prefix)
{
    str p = str_from(prefix);
    return str_starts(name, p) && name.n > p.n ? (str){name.p + p.n, name.n - p.n} : name;
}

/* A name for so many columns: whole, or without what all have in front, or cut; empty if little
 * would be left. */
static str name_for(const struct lanes_paint *d, const struct lanes_row *r, uint32_t id,
                    unsigned cols)
{
    static const char *const prefixes[] = {
        "aten::", "autograd::engine::evaluate_function: ", "torch::", "cuda", "hip", "cu"};
    str name = str_from(d->ix->short_names[r->track.spans[id].name]);
    if (r->kind != LANES_STREAM && grid_width(name) > cols) {
        for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
            name = strip(name, prefixes[i]);
    }
    return grid_width(name) > cols && cols < LEAST_NAME ? STR("") : name;
}

static void put_bar_letters(struct lanes_paint *d, const struct lanes_row *r, uint32_t id,
                            unsigned at, unsigned n, struct lanes_look look)
{
    struct grid *g = d->g;
    if (n == 1) {
        grid_fill(g, d->row, at, 1, look.style, (uint32_t)look.letter);
        return;
    }
    grid_fill(g, d->row, at, n, look.style, (uint32_t)look.fill);
    grid_fill(g, d->row, at, 1, look.style, '[');
    grid_text(g, d->row, at + 1, n - 2, look.style, name_for(d, r, id, n - 2));
    grid_fill(g, d->row, at + n - 1, 1, look.style, ']');
}

static void put_bar(struct lanes_paint *d, const struct lanes_row *r, uint32_t id, unsigned from,
                    unsigned to, struct lanes_look look)
{
    struct grid *g = d->g;
    unsigned at = d->axis.label_cols + from, n = to - from;
    if (letters_fill(g)) {
        put_bar_letters(d, r, id, at, n, look);
        return;
    }
    grid_fill(g, d->row, at, n, look.style, FULL_BLOCK);
    grid_fill(g, d->row, at + n - 1, 1, look.style, EDGE_BLOCK);
    unsigned used = grid_text(g, d->row, at, n - 1, look.style, name_for(d, r, id, n - 1));
    grid_attr(g, d->row, at, used, CELL_REVERSE);
}

static void put_cells(struct lanes_paint *d, const struct lanes_row *r)
{
    for (unsigned col = 0; col < d->axis.n_cols; col++) {
        const struct lanes_cell *c = &d->cells[col];
        if (c->most == PROFILE_NONE)
            continue;
        struct lanes_look look = lanes_look_of(d->ix, r, c->most);
        double share = share_of(d, c->busy_ns);
        uint32_t eighths = (uint32_t)CLAMP(lround(8 * share), 1L, 8L);
        int letter = share < 0.5 ? tolower((unsigned char)look.letter) : look.letter;
        grid_fill(d->g, d->row, d->axis.label_cols + col, 1, look.style,
                  letters_fill(d->g) ? (uint32_t)letter : LOWER_BLOCK + eighths);
    }
}

void lanes_paint_spans(struct lanes_paint *d, const struct lanes_row *r)
{
    const struct lanes_track *t = &r->track;
    uint32_t first = lanes_track_first(t, d->axis.from_ns);
    unsigned from, to;
    clear_cells(d);
    for (uint32_t i = first; i < t->n && t->spans[t->ids[i]].start_ns < d->axis.to_ns; i++) {
        const struct profile_span *s = &t->spans[t->ids[i]];
        if (!is_bar(&d->axis, s))
            add_to_cells(d, s, t->ids[i]);
    }
    put_cells(d, r);
    for (uint32_t i = first; i < t->n && t->spans[t->ids[i]].start_ns < d->axis.to_ns; i++) {
        const struct profile_span *s = &t->spans[t->ids[i]];
        if (is_bar(&d->axis, s) && lanes_paint_columns(&d->axis, s, &from, &to))
            put_bar(d, r, t->ids[i], from, to, lanes_look_of(d->ix, r, t->ids[i]));
    }
}

void lanes_paint_mark(struct lanes_paint *d, const struct lanes_row *r, uint32_t id,
                      enum style style, unsigned attrs)
{
    struct lanes_look look = lanes_look_of(d->ix, r, id);
    unsigned from, to;
    if (!lanes_paint_columns(&d->axis, &r->track.spans[id], &from, &to))
        return;
    if (style != STYLE_NORMAL) {
        look.style = style;
        look.fill = '#';
        attrs |= letters_fill(d->g) ? CELL_REVERSE : 0;
    }
    put_bar(d, r, id, from, to, look);
    grid_attr(d->g, d->row, d->axis.label_cols + from, to - from, attrs);
}

/* ---- gaps ---- */

/* "H slow CPU 1.25 ms", or less of it; returns the columns used. */
static unsigned put_why(struct lanes_paint *d, const struct profile_span *s, unsigned at,
                        unsigned n)
{
    struct lanes_look look = lanes_look_of_gap(s->kind);
    char time[32], all[96], brief[48];
    units_format(time, sizeof time, UNIT_NS, (double)s->dur_ns);
    snprintf(all, sizeof all, "%c %s %s", look.letter, idle_info[s->kind].title, time);
    snprintf(brief, sizeof brief, "%c %s", look.letter, time);
    const char *text = strlen(all) < n ? all : strlen(brief) < n ? brief : NULL;
    if (text != NULL)
        return grid_text(d->g, d->row, at, n, look.style, str_from(text));
    grid_fill(d->g, d->row, at, 1, look.style, (uint32_t)look.letter);
    return 1;
}

static void put_gap(struct lanes_paint *d, const struct profile_span *s)
{
    unsigned from, to;
    if (!lanes_paint_columns(&d->axis, s, &from, &to))
        return;
    unsigned at = d->axis.label_cols + from, n = to - from, used = put_why(d, s, at, n);
    grid_fill(d->g, d->row, at + used, n - used, lanes_look_of_gap(s->kind).style, DOT);
}

/* Where short gaps together take half a cell, the reason of most of them; its letter where it
 * begins. */
static void put_gap_cells(struct lanes_paint *d)
{
    unsigned before = IDLE_N;
    for (unsigned col = 0; col < d->axis.n_cols; col++) {
        const double *ns = d->why_ns[col];
        unsigned most = 0;
        double sum = 0;
        for (unsigned why = 0; why < IDLE_N; why++) {
            most = ns[why] > ns[most] ? why : most;
            sum += ns[why];
        }
        bool is_idle = share_of(d, sum) >= 0.5;
        if (is_idle) {
            struct lanes_look look = lanes_look_of_gap((enum idle_why)most);
            grid_fill(d->g, d->row, d->axis.label_cols + col, 1, look.style,
                      most != before ? (uint32_t)look.letter : (uint32_t)DOT);
        }
        before = is_idle ? most : IDLE_N;
    }
}

void lanes_paint_gaps(struct lanes_paint *d, const struct lanes_track *gaps)
{
    const struct time_axis *x = &d->axis;
    uint32_t first = lanes_track_first(gaps, x->from_ns);
    memset(d->why_ns, 0, x->n_cols * sizeof *d->why_ns);
    for (uint32_t i = first; i < gaps->n && gaps->spans[gaps->ids[i]].start_ns < x->to_ns; i++) {
        const struct profile_span *s = &gaps->spans[gaps->ids[i]];
        unsigned last = time_axis_column(x, profile_end_ns(s));
        for (unsigned col = time_axis_column(x, s->start_ns); !is_bar(x, s) && col <= last; col++)
            d->why_ns[col][s->kind] += covered_ns(x, s, col);
    }
    put_gap_cells(d);
    for (uint32_t i = first; i < gaps->n && gaps->spans[gaps->ids[i]].start_ns < x->to_ns; i++) {
        const struct profile_span *s = &gaps->spans[gaps->ids[i]];
        if (is_bar(x, s))
            put_gap(d, s);
    }
}

/* ---- devices ---- */

/* Eighths of the height; in ASCII tenths as digits. */
static void put_busy_cell(struct lanes_paint *d, unsigned col)
{
    double share = share_of(d, d->cells[col].busy_ns);
    uint32_t eighths = (uint32_t)CLAMP(lround(8 * share), 1L, 8L);
    uint32_t digit = '0' + (uint32_t)CLAMP(10 * share, 0.0, 9.0);
    if (d->cells[col].most != PROFILE_NONE)
        grid_fill(d->g, d->row, d->axis.label_cols + col, 1, STYLE_GOOD,
                  d->g->symbols == SYMBOLS_ASCII ? digit : LOWER_BLOCK + eighths);
}

double lanes_paint_busy(struct lanes_paint *d, const struct lanes_row *r)
{
    const struct lanes_track *t = &r->track;
    double busy_ns = 0;
    clear_cells(d);
    for (uint32_t i = lanes_track_first(t, d->axis.from_ns);
         i < t->n && t->spans[t->ids[i]].start_ns < d->axis.to_ns; i++)
        add_to_cells(d, &t->spans[t->ids[i]], t->ids[i]);
    for (unsigned col = 0; col < d->axis.n_cols; col++) {
        busy_ns += d->cells[col].busy_ns;
        put_busy_cell(d, col);
    }
    lanes_paint_gaps(d, &r->gaps);
    return busy_ns / (double)(d->axis.to_ns - d->axis.from_ns);
}
