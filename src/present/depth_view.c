/*
 * depth_view.c: two plots above one axis of time.
 *
 * A plot has two values for each of its pieces of time, of which braille has two a column. Heights
 * are counted in steps: eight to a row, four in braille.
 */
#include "present/depth_view.h"

#include <math.h>

#include "base/units.h"
#include "present/lanes_view.h"
#include "time_axis.h"

enum { LEAST_LABEL = 9, BLOCKING = 1024, NEAR_BLOCKING = 700, BOTH_ROWS = 9, STEPS = 8, DOTS = 4 };
enum { LOWER_BLOCK = 0x2580, BRAILLE = 0x2800, LINE = 0x2500, CURSOR = 0x2502 };

struct drawing {
    const struct depth_view *v;
    struct grid *g;
    struct arena *a;
    struct time_axis axis;
    struct depth_bin *bins;
    unsigned n_bins, per_col; /* bins */
    int64_t deepest_ns;
    uint32_t deepest;
};

struct plot {
    unsigned row, rows;   /* of the grid */
    double *high, *solid; /* of each bin; solid: the part in full colour */
    double top;           /* value at the upper edge */
    enum style style;
    unsigned bold_col; /* of time; n_cols = none */
};

static bool is_ascii(const struct grid *g)
{
    return g->is_mono || g->symbols == SYMBOLS_ASCII;
}

/* ---- axes ---- */

/* The next round number at or above; whole. */
static double round_up(double v)
{
    static const double factors[] = {1, 1.5, 2, 3, 4, 5, 6, 8};
    double power = 1;
    while (10 * power < v)
        power *= 10;
    for (size_t i = 0; i < ARRAY_LEN(factors); i++) {
        if (factors[i] * power >= v && factors[i] * power >= ceil(factors[i]))
            return ceil(factors[i] * power);
    }
    return 10 * power;
}

static void put_number(const struct drawing *d, unsigned row, enum style s, double v)
{
    char text[32];
    unsigned width = MAX(d->axis.label_cols, 1U) - 1;
    grid_right(d->g, row, 0, width, s, str_from(units_format(text, sizeof text, UNIT_PLAIN, v)));
}

static void put_numbers(const struct drawing *d, const struct plot *p)
{
    put_number(d, p->row, STYLE_DIM, p->top);
    if (p->rows > 1)
        put_number(d, p->row + p->rows - 1, STYLE_DIM, 0);
    if (p->rows >= 4 && p->rows % 2 == 0 && fmod(p->top, 2) == 0)
        put_number(d, p->row + p->rows / 2, STYLE_DIM, p->top / 2);
}

/* ---- columns ---- */

static unsigned steps_of(const struct plot *p, double v, unsigned per_row)
{
    double steps = v * p->rows * per_row / p->top;
    return v > 0 ? (unsigned)CLAMP(lround(steps), 1L, (long)(p->rows * per_row)) : 0;
}

/* Of `steps` in all those in the row that is number `up` from below. */
static unsigned steps_in(unsigned steps, unsigned up, unsigned per_row)
{
    return CLAMP(steps, up * per_row, (up + 1) * per_row) - up * per_row;
}

/* Steps of a bin that fall into the row that is number `up` from below. */
static unsigned steps_at(const struct plot *p, double v, unsigned up, unsigned per_row)
{
    return steps_in(steps_of(p, v, per_row), up, per_row);
}

static uint32_t braille_at(const struct plot *p, unsigned bin, unsigned up)
{
    static const uint32_t left[] = {0, 0x40, 0x44, 0x46, 0x47},
                          right[] = {0, 0x80, 0xa0, 0xb0, 0xb8};
    return BRAILLE + left[steps_at(p, p->high[bin], up, DOTS)] +
           right[steps_at(p, p->high[bin + 1], up, DOTS)];
}

/* Whether most of what is seen in a cell lies below the solid value. */
static bool is_solid(const struct drawing *d, const struct plot *p, unsigned bin, unsigned up)
{
    unsigned high = 0, solid = 0;
    for (unsigned i = bin; i < bin + d->per_col; i++) {
        high += steps_at(p, p->high[i], up, STEPS);
        solid += steps_at(p, p->solid[i], up, STEPS);
    }
    return 2 * solid >= high;
}

static void put_cell(const struct drawing *d, const struct plot *p, unsigned col, unsigned up)
{
    unsigned bin = col * d->per_col, steps = steps_at(p, p->high[bin], up, STEPS);
    bool solid = is_solid(d, p, bin, up);
    enum style s = col == p->bold_col ? STYLE_BOLD : solid ? p->style : STYLE_DIM;
    uint32_t cp = LOWER_BLOCK + steps;
    if (is_ascii(d->g))
        cp = steps == 0 || (up > 0 && steps < STEPS / 2) ? ' ' : solid ? '#' : ':';
    else if (d->g->symbols == SYMBOLS_BRAILLE)
        cp = braille_at(p, bin, up);
    if (cp != ' ' && cp != LOWER_BLOCK && cp != BRAILLE)
        grid_fill(d->g, p->row + p->rows - 1 - up, d->axis.label_cols + col, 1, s, cp);
}

static void put_cursor(const struct drawing *d, const struct plot *p)
{
    if (d->v->mark_ns < d->axis.from_ns || d->v->mark_ns >= d->axis.to_ns)
        return;
    unsigned col = d->axis.label_cols + time_axis_column(&d->axis, d->v->mark_ns);
    for (unsigned row = p->row; row < p->row + p->rows; row++) {
        const struct cell *c = grid_at(d->g, row, col);
        if (c != NULL && (c->cp == ' ' || c->cp == LINE || c->cp == '-'))
            grid_fill(d->g, row, col, 1, STYLE_KEY, CURSOR);
    }
}

static void put_plot(const struct drawing *d, const struct plot *p)
{
    put_numbers(d, p);
    for (unsigned col = 0; col < d->axis.n_cols; col++) {
        for (unsigned up = 0; up < p->rows; up++)
            put_cell(d, p, col, up);
    }
    put_cursor(d, p);
}

/* ---- launches that wait ---- */

static uint32_t depth_at(const struct depth *d, int64_t at_ns)
{
    uint32_t lo = 0, hi = d->n_steps;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (d->steps[mid].at_ns <= at_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 ? d->steps[lo - 1].depth : 0;
}

static void find_deepest(struct drawing *d)
{
    const struct depth *depth = d->v->depth;
    d->deepest_ns = d->axis.from_ns;
    d->deepest = depth_at(depth, d->axis.from_ns);
    for (uint32_t i = 0; i < depth->n_steps; i++) {
        const struct depth_step *s = &depth->steps[i];
        if (s->at_ns >= d->axis.from_ns && s->at_ns < d->axis.to_ns && s->depth > d->deepest) {
            d->deepest = s->depth;
            d->deepest_ns = s->at_ns;
        }
    }
}

static void put_depth_title(const struct drawing *d, unsigned row, double mean)
{
    char n[32], at[32], average[32], mark[32] = "";
    double deepest_ns = (double)(d->deepest_ns - d->axis.zero_ns);
    units_format(average, sizeof average, UNIT_PLAIN, mean);
    if (d->v->mark_ns != INT64_MIN)
        snprintf(mark, sizeof mark, ", %u at cursor", depth_at(d->v->depth, d->v->mark_ns));
    unsigned col = grid_text(d->g, row, 0, d->g->cols, STYLE_BOLD, STR("launches waiting")) + 2;
    if (d->deepest == 0) {
        grid_text(d->g, row, col, d->g->cols, STYLE_DIM, STR("none in this window"));
        return;
    }
    grid_printf(d->g, row, col, d->g->cols, STYLE_DIM, "most %s at %s, mean %s%s",
                units_group(n, sizeof n, d->deepest),
                units_format(at, sizeof at, UNIT_NS, deepest_ns), average, mark);
}

/* Calls block when one stream is full: with several the sum says nothing of it. */
static bool is_one_stream(const struct profile *p)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_lanes; i++)
        n += p->lanes[i].is_device;
    return n == 1;
}

/* The row of the plot in which calls begin to block; false if it is far above what is drawn. */
static bool limit_row(const struct drawing *d, const struct plot *p, unsigned *row)
{
    unsigned up = (unsigned)(BLOCKING * (double)p->rows / p->top);
    *row = p->row + p->rows - 1 - MIN(up, p->rows - 1);
    return d->deepest >= NEAR_BLOCKING && up < p->rows && is_one_stream(d->v->l->profile);
}

static bool is_line(const struct drawing *d, unsigned row, unsigned col, unsigned n)
{
    for (unsigned i = col; i < col + n; i++) {
        const struct cell *c = grid_at(d->g, row, i);
        if (c == NULL || c->style != STYLE_WARN)
            return false;
    }
    return true;
}

/* Words on the line, left or right, wherever the plot leaves room. */
static void put_limit(const struct drawing *d, const struct plot *p)
{
    const str text = STR(" calls begin to block ");
    unsigned row, n = (unsigned)text.n, first = d->axis.label_cols + 1;
    unsigned last = d->axis.label_cols + MAX(d->axis.n_cols, n + 1) - n - 1;
    if (!limit_row(d, p, &row))
        return;
    put_number(d, row, STYLE_WARN, BLOCKING);
    if (is_line(d, row, first, n))
        grid_text(d->g, row, first, n, STYLE_WARN, text);
    else if (is_line(d, row, last, n))
        grid_text(d->g, row, last, n, STYLE_WARN, text);
}

static void put_depth(struct drawing *d, unsigned row, unsigned rows)
{
    struct plot p = {.row = row + 1, .rows = rows, .style = STYLE_IDLE};
    double mean = 0;
    unsigned line;
    find_deepest(d);
    p.high = ARENA_ARRAY(d->a, double, d->n_bins);
    p.solid = ARENA_ARRAY(d->a, double, d->n_bins);
    for (unsigned i = 0; i < d->n_bins; i++) {
        p.high[i] = d->bins[i].most;
        p.solid[i] = d->bins[i].mean;
        mean += d->bins[i].mean / d->n_bins;
    }
    double most = MAX(d->deepest, 1);
    p.top = round_up(d->deepest >= NEAR_BLOCKING ? MAX(most, BLOCKING + 1.0) : most);
    p.bold_col = d->deepest > 0 ? time_axis_column(&d->axis, d->deepest_ns) : d->axis.n_cols;
    put_depth_title(d, row, mean);
    if (limit_row(d, &p, &line))
        grid_fill(d->g, line, d->axis.label_cols, d->axis.n_cols, STYLE_WARN, LINE);
    put_plot(d, &p);
    put_limit(d, &p);
}

/* ---- launches per second ---- */

static void put_rate(struct drawing *d, unsigned row, unsigned rows)
{
    struct plot p = {.row = row + 1, .rows = rows, .style = STYLE_SHARED};
    double window_s = (double)(d->axis.to_ns - d->axis.from_ns) / 1e9, most = 0, n_calls = 0;
    p.high = p.solid = ARENA_ARRAY(d->a, double, d->n_bins);
    p.bold_col = d->axis.n_cols;
    for (unsigned i = 0; i < d->n_bins; i++) {
        p.high[i] = d->bins[i].n_calls * (double)d->n_bins / window_s;
        most = MAX(most, p.high[i]);
        n_calls += d->bins[i].n_calls;
    }
    p.top = round_up(MAX(most, 1));
    char mean[32];
    unsigned col = grid_text(d->g, row, 0, d->g->cols, STYLE_BOLD, STR("launches per second")) + 2;
    grid_printf(d->g, row, col, d->g->cols, STYLE_DIM, "mean %s",
                units_format(mean, sizeof mean, UNIT_PLAIN, round(n_calls / window_s)));
    put_plot(d, &p);
}

void depth_view_draw(struct grid *g, struct arena *frame, unsigned row, unsigned height,
                     const struct depth_view *v)
{
    struct drawing d = {.v = v, .g = g, .a = frame};
    unsigned label_cols =
        v->label_cols > 0 ? v->label_cols : MIN((unsigned)LEAST_LABEL, g->cols / 3);
    d.axis = time_axis_make(v->from_ns, v->to_ns, lanes_view_zero_ns(v->l), label_cols, g->cols);
    d.per_col = g->symbols == SYMBOLS_BRAILLE ? 2 : 1;
    d.n_bins = d.axis.n_cols * d.per_col;
    if (height < 3)
        return;
    d.bins = ARENA_ARRAY(frame, struct depth_bin, d.n_bins);
    depth_bins(v->depth, d.axis.from_ns, d.axis.to_ns, d.bins, d.n_bins);
    unsigned rows = height - 2, below = height >= BOTH_ROWS ? (height - 3) / 3 : 0;
    if (below > 0)
        rows = height - 3 - below;
    put_depth(&d, row, rows);
    if (below > 0)
        put_rate(&d, row + 1 + rows, below);
    time_axis_draw(g, row + height - 1, &d.axis);
}
