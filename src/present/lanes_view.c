/*
 * lanes_view.c: rows of lanes, and what belongs to the selected kernel.
 */
#include "present/lanes_view.h"

#include "base/units.h"
#include "lanes_view_priv.h"

enum { INDENT = 2, AXIS_ROWS = 1, SHARE_COLS = 6, NOWHERE = -1 };

enum {
    DOT = 0x00b7,
    BLOCK = 0x2588,
    ACROSS = 0x2500,
    DOWN = 0x2502,
    FROM_LEFT = 0x2510,
    FROM_RIGHT = 0x250c,
    TO_LEFT = 0x2518,
    TO_RIGHT = 0x2514,
    OUT_LEFT = 0x2190,
    OUT_RIGHT = 0x2192,
};

struct drawing {
    const struct lanes_view *v;
    const struct lanes_index *ix;
    const struct launches *l;
    struct lanes_paint paint;
    unsigned top, bottom;                 /* rows of the grid for lanes, [top, bottom) */
    int64_t call_row, wire_row, work_row; /* of the selected kernel; may lie outside */
};

static const struct lineage_of *selected_of(const struct drawing *d)
{
    return d->v->selected < d->l->profile->n_works ? &d->l->lineage.of[d->v->selected] : NULL;
}

static const struct profile_span *selected_call(const struct drawing *d)
{
    const struct lineage_of *of = selected_of(d);
    return of != NULL && of->call != PROFILE_NONE ? &d->l->profile->calls[of->call] : NULL;
}

/* ---- labels ---- */

static void put_label(const struct drawing *d, const struct lanes_row *r, double share)
{
    const struct profile_lane *lane = &d->l->profile->lanes[r->lane];
    const char *file = d->ix->file_names[lane->file];
    struct grid *g = d->paint.g;
    unsigned width = MAX(d->paint.axis.label_cols, 1U) - 1, row = d->paint.row;
    if (r->kind == LANES_DEVICE) {
        unsigned used = grid_printf(g, row, 0, width, STYLE_BOLD, "%sGPU %u", file, lane->device);
        char text[16];
        int n = snprintf(text, sizeof text, "%.0f %%", 100 * share);
        if (used + (unsigned)n < width)
            grid_right(g, row, used, width - used, STYLE_BOLD, str_from(text));
    } else if (r->kind == LANES_STREAM) {
        grid_text(g, row, INDENT, width - MIN(width, (unsigned)INDENT), STYLE_NORMAL,
                  str_from(lane->label));
    } else if (r->kind != LANES_WIRE && r->is_first) {
        grid_printf(g, row, 0, width, STYLE_NORMAL, "%s%s", file, lane->label);
    } else if (r->kind == LANES_CALLS) {
        grid_text(g, row, INDENT, width - MIN(width, (unsigned)INDENT), STYLE_DIM, STR("calls"));
    }
}

/* ---- what belongs to the selected kernel ---- */

/* The operator around `op` at a level, or itself; PROFILE_NONE if it lies less deep. */
static uint32_t op_at_level(const struct drawing *d, uint32_t op, uint32_t level)
{
    const uint32_t *parent = d->l->lineage.op_parent;
    uint32_t depth = 0;
    if (op == PROFILE_NONE)
        return PROFILE_NONE;
    for (uint32_t up = parent[op]; up != PROFILE_NONE; up = parent[up])
        depth++;
    for (; depth > level; depth--)
        op = parent[op];
    return depth == level ? op : PROFILE_NONE;
}

static void mark_stream(struct drawing *d, const struct lanes_row *r)
{
    uint32_t place = d->ix->place[d->v->selected];
    if (place > 0 && d->l->waits[d->v->selected].is_queued)
        lanes_paint_mark(&d->paint, r, r->track.ids[place - 1], STYLE_NORMAL, CELL_UNDER);
    lanes_paint_mark(&d->paint, r, d->v->selected, STYLE_BOLD, 0);
}

static void mark_row(struct drawing *d, const struct lanes_row *r)
{
    const struct profile_span *call = selected_call(d);
    const struct lineage_of *of = selected_of(d);
    if (r->kind == LANES_STREAM && of != NULL &&
        d->l->profile->works[d->v->selected].lane == r->lane)
        mark_stream(d, r);
    if (call == NULL || call->lane != r->lane)
        return;
    uint32_t op = op_at_level(d, of->op, r->level);
    if (r->kind == LANES_CALLS)
        lanes_paint_mark(&d->paint, r, of->call, STYLE_BOLD, 0);
    if (r->kind == LANES_OPS && op != PROFILE_NONE)
        lanes_paint_mark(&d->paint, r, op, STYLE_BOLD, 0);
}

/* ---- from the call to the kernel ---- */

static void note_row(struct drawing *d, const struct lanes_row *r, int64_t at)
{
    const struct profile_span *call = selected_call(d);
    const struct profile_lane *lanes = d->l->profile->lanes;
    if (call == NULL)
        return;
    if (r->kind == LANES_CALLS && r->lane == call->lane)
        d->call_row = at;
    if (r->kind == LANES_WIRE && lanes[r->lane].file == lanes[call->lane].file)
        d->wire_row = at;
    if (r->kind == LANES_STREAM && r->lane == d->l->profile->works[d->v->selected].lane)
        d->work_row = at;
}

/* Rows (from, to), where nothing but dots is in the way. */
static void put_down(const struct drawing *d, unsigned col, int64_t from, int64_t to)
{
    for (int64_t row = MAX(from + 1, (int64_t)d->top); row < MIN(to, (int64_t)d->bottom); row++) {
        const struct cell *c = grid_at(d->paint.g, (unsigned)row, col);
        if (c != NULL && (c->cp == ' ' || c->cp == DOT || c->cp == '.'))
            grid_fill(d->paint.g, (unsigned)row, col, 1, STYLE_BOLD, DOWN);
    }
}

static void put_wait(const struct drawing *d, unsigned left, unsigned right)
{
    const struct time_axis *x = &d->paint.axis;
    char time[32], text[64];
    double wait_ns = (double)d->l->waits[d->v->selected].latency_ns;
    units_format(time, sizeof time, UNIT_NS, wait_ns);
    unsigned n = (unsigned)snprintf(text, sizeof text, " waits %s ", time);
    unsigned at = right - left > n             ? left + (right - left + 1 - n) / 2
                  : right + 1 + n <= x->n_cols ? right + 1
                                               : left - MIN(left, n);
    grid_text(d->paint.g, (unsigned)d->wire_row, x->label_cols + at, n, STYLE_BOLD, str_from(text));
}

/* Where a span is drawn to begin, in or beside the window. */
static unsigned column_of(const struct time_axis *x, const struct profile_span *s)
{
    unsigned from, to;
    return lanes_paint_columns(x, s, &from, &to) ? from : time_axis_column(x, s->start_ns);
}

static bool is_within(const struct time_axis *x, int64_t at_ns)
{
    return at_ns >= x->from_ns && at_ns < x->to_ns;
}

/* An end of the line: a corner, or an arrow where the time lies outside of the window. */
static void put_end(const struct drawing *d, unsigned col, int64_t at_ns, uint32_t corner)
{
    const struct time_axis *x = &d->paint.axis;
    uint32_t cp = is_within(x, at_ns) ? corner : at_ns < x->from_ns ? OUT_LEFT : OUT_RIGHT;
    grid_fill(d->paint.g, (unsigned)d->wire_row, x->label_cols + col, 1, STYLE_BOLD, cp);
}

/* The row between threads and devices: a line from the column of the call to that of the kernel. */
static void put_across(const struct drawing *d, const struct profile_span *call,
                       const struct profile_span *work)
{
    const struct time_axis *x = &d->paint.axis;
    unsigned from = column_of(x, call), to = column_of(x, work);
    unsigned left = MIN(from, to), right = MAX(from, to);
    if (d->wire_row < d->top || d->wire_row >= d->bottom)
        return;
    grid_fill(d->paint.g, (unsigned)d->wire_row, x->label_cols + left, right - left + 1, STYLE_BOLD,
              ACROSS);
    put_end(d, from, call->start_ns, from == to ? DOWN : from < to ? TO_RIGHT : TO_LEFT);
    put_end(d, to, work->start_ns, from == to ? DOWN : from < to ? FROM_LEFT : FROM_RIGHT);
    put_wait(d, left, right);
}

static void put_wire(const struct drawing *d)
{
    const struct time_axis *x = &d->paint.axis;
    const struct profile_span *call = selected_call(d);
    if (call == NULL || d->call_row == NOWHERE || d->work_row == NOWHERE)
        return;
    const struct profile_span *work = &d->l->profile->works[d->v->selected];
    if (MAX(call->start_ns, work->start_ns) < x->from_ns ||
        MIN(call->start_ns, work->start_ns) >= x->to_ns)
        return;
    if (is_within(x, call->start_ns))
        put_down(d, x->label_cols + column_of(x, call), d->call_row, d->wire_row);
    if (is_within(x, work->start_ns))
        put_down(d, x->label_cols + column_of(x, work), d->wire_row, d->work_row);
    put_across(d, call, work);
}

/* ---- all ---- */

static void draw_row(struct drawing *d, const struct lanes_row *r)
{
    double share = 0;
    if (r->kind == LANES_DEVICE) {
        share = lanes_paint_busy(&d->paint, r);
    } else if (r->kind != LANES_WIRE) {
        lanes_paint_gaps(&d->paint, &r->gaps);
        lanes_paint_spans(&d->paint, r);
        mark_row(d, r);
    }
    put_label(d, r, share);
}

unsigned lanes_view_draw(struct grid *g, struct arena *frame, unsigned row, unsigned height,
                         const struct lanes_view *v)
{
    struct drawing d = {.v = v,
                        .ix = v->ix,
                        .l = v->ix->l,
                        .paint = {.g = g, .ix = v->ix, .axis = lanes_view_axis(v, g->cols)},
                        .top = row + AXIS_ROWS,
                        .bottom = MIN(row + height, g->rows),
                        .call_row = NOWHERE,
                        .wire_row = NOWHERE,
                        .work_row = NOWHERE};
    unsigned n = 0;
    d.paint.cells = ARENA_ARRAY(frame, struct lanes_cell, d.paint.axis.n_cols);
    d.paint.why_ns = (void *)ARENA_ARRAY(frame, double, (size_t)d.paint.axis.n_cols *IDLE_N);
    for (uint32_t i = 0; i < v->ix->n_rows; i++) {
        if (!lanes_row_is_shown(&v->ix->rows[i], v))
            continue;
        int64_t at = (int64_t)d.top + n++ - v->top_lane;
        note_row(&d, &v->ix->rows[i], at);
        d.paint.row = (unsigned)at;
        if (at >= d.top && at < d.bottom)
            draw_row(&d, &v->ix->rows[i]);
    }
    if (height > 0)
        time_axis_draw(g, row, &d.paint.axis);
    put_wire(&d);
    return n + AXIS_ROWS;
}

/* ---- legend ---- */

struct legend {
    struct grid *g;
    unsigned row, col;
};

static void make_room(struct legend *at, unsigned width)
{
    if (at->col > 0 && at->col + width > at->g->cols) {
        at->row++;
        at->col = 0;
    }
}

static void put_word(struct legend *at, const char *word)
{
    enum { NEXT_ITEM = 14 }; /* stays with the word */
    make_room(at, grid_width(str_from(word)) + NEXT_ITEM);
    at->col += grid_text(at->g, at->row, at->col, at->g->cols, STYLE_DIM, str_from(word)) + 1;
}

static void put_item(struct legend *at, struct lanes_look look, bool is_letter, const char *word)
{
    struct grid *g = at->g;
    unsigned width = 2 + grid_width(str_from(word));
    make_room(at, width);
    is_letter = is_letter || g->is_mono || g->symbols == SYMBOLS_ASCII;
    grid_fill(g, at->row, at->col, 1, look.style,
              is_letter ? (uint32_t)look.letter : (uint32_t)BLOCK);
    grid_text(g, at->row, at->col + 2, width, STYLE_DIM, str_from(word));
    at->col += width + 2;
}

unsigned lanes_view_legend(struct grid *g, unsigned row, const struct lanes_index *ix)
{
    static const struct {
        enum profile_kind kind;
        struct lanes_look look;
        const char *word;
    } items[] = {
        {PROFILE_OP, {STYLE_DIM, 'O', '-'}, "operator"},
        {PROFILE_CALL, {STYLE_SHARED, 'L', '-'}, "launch"},
        {PROFILE_CALL, {STYLE_SYNC, 'S', '-'}, "sync"},
        {PROFILE_CALL, {STYLE_OTHER, 'A', '-'}, "other call"},
        {PROFILE_KERNEL, {STYLE_COMPUTE, 'K', '='}, "kernel"},
        {PROFILE_MEMCPY, {STYLE_MEMORY, 'C', '='}, "copy"},
        {PROFILE_MEMSET, {STYLE_MEMORY, 'F', '='}, "fill"},
    };
    struct legend at = {g, row, 0};
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        if (ix->has_kind[items[i].kind])
            put_item(&at, items[i].look, false, items[i].word);
    }
    if (ix->l->idle.n_gaps > 0)
        put_word(&at, "idle:");
    for (unsigned why = 0; why < IDLE_N; why++) {
        if (ix->l->idle.n[why] > 0)
            put_item(&at, lanes_look_of_gap((enum idle_why)why), true, idle_info[why].name);
    }
    return at.row - row + 1;
}
