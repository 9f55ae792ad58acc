/*
 * timeline_view_axis.c: what stands around the rows of a timeline: cycles, repeats, the legend.
 */
#include <inttypes.h>

#include "base/units.h"
#include "report_priv.h"
#include "timeline_view_priv.h"

enum { LINE = 0x2500, TICK = 0x252c, JUMP = 0x25b8, OPEN = 0x251c, CLOSE = 0x2524, POINT = 0x2022 };

/* ---- ticks ---- */

static unsigned label_of(char out[32], uint64_t cy)
{
    return (unsigned)strlen(units_group(out, 32, cy));
}

/* 1, 2 or 5 times a power of ten, so that numbers do not touch. */
static uint64_t step_of(const struct timeline_drawing *d)
{
    static const unsigned factors[] = {2, 5, 10};
    enum { GAP_COLS = 3 };
    char text[32];
    uint64_t cols = label_of(text, d->v->to_cy) + GAP_COLS;
    uint64_t least = (cols * (d->to_shown - d->from_shown) + d->n_cols - 1) / d->n_cols;
    uint64_t power = 1;
    while (power < least / 10)
        power *= 10;
    if (power >= least)
        return power;
    for (size_t i = 0; i < ARRAY_LEN(factors); i++)
        if (factors[i] * power >= least)
            return factors[i] * power;
    return 20 * power;
}

/* The repeat whose shown part ends between two columns; NULL when there is none. */
static const struct timeline_repeat *jump_between(const struct timeline *t, uint64_t before,
                                                  uint64_t at)
{
    for (uint32_t i = 0; i < t->n_repeats; i++) {
        const struct timeline_repeat *r = &t->repeats[i];
        uint64_t end = r->shown_cy + (r->to_cy - r->from_cy);
        if (before < end && end <= at)
            return r;
    }
    return NULL;
}

/* The cycle that is named at a column; false when there is none. */
static bool tick_at(const struct timeline_drawing *d, unsigned col, uint64_t step, uint64_t *cy,
                    bool *is_jump)
{
    const struct timeline *t = d->v->t;
    struct timeline_view_bucket b = timeline_view_bucket_at(d, col);
    uint64_t first = timeline_cycle_at(t, b.from);
    if (col > 0) {
        struct timeline_view_bucket before = timeline_view_bucket_at(d, col - 1);
        const struct timeline_repeat *jump = jump_between(t, before.from, b.from);
        *is_jump = jump != NULL;
        if (jump != NULL)
            *cy = timeline_repeat_end_cy(jump);
        if (jump != NULL || before.to > b.from) /* the same cycle as the column before */
            return jump != NULL;
    }
    *cy = (first + step - 1) / step * step;
    uint64_t shown = timeline_shown_cy(t, *cy);
    return shown < b.to && timeline_cycle_at(t, shown) == *cy;
}

static void put_ticks(struct timeline_drawing *d)
{
    uint64_t step = step_of(d);
    unsigned free_at = d->label_cols;
    grid_text(d->g, d->row, 0, d->label_cols - 1, STYLE_DIM, STR("cycle"));
    grid_fill(d->g, d->row + 1, d->label_cols, d->n_cols, STYLE_RULE, LINE);
    for (unsigned col = 0; col < d->n_cols; col++) {
        char text[32];
        uint64_t cy;
        bool is_jump = false;
        if (!tick_at(d, col, step, &cy, &is_jump))
            continue;
        unsigned at = d->label_cols + col, width = label_of(text, cy);
        grid_fill(d->g, d->row + 1, at, 1, is_jump ? STYLE_WARN : STYLE_RULE,
                  is_jump ? JUMP : TICK);
        if (at < free_at || at + width > d->g->cols)
            continue;
        grid_text(d->g, d->row, at, width, is_jump ? STYLE_WARN : STYLE_DIM, str_from(text));
        free_at = at + width + 1;
    }
    d->row += 2;
}

/* ---- repeats ---- */

static unsigned column_of(const struct timeline_drawing *d, uint64_t shown)
{
    uint64_t into = CLAMP(shown, d->from_shown, d->to_shown) - d->from_shown;
    return (unsigned)(into * d->n_cols / (d->to_shown - d->from_shown));
}

static bool is_seen(const struct timeline_drawing *d, const struct timeline_repeat *r)
{
    return r->shown_cy < d->to_shown && r->shown_cy + (r->to_cy - r->from_cy) > d->from_shown;
}

static void put_bracket(struct timeline_drawing *d, const struct timeline_repeat *r)
{
    unsigned from = column_of(d, r->shown_cy);
    unsigned to = column_of(d, r->shown_cy + (r->to_cy - r->from_cy));
    unsigned width = to > from ? to - from : 1, at = d->label_cols + from;
    char number[32], text[64];
    snprintf(text, sizeof text, " %s times more ", units_group(number, sizeof number, r->count));
    grid_fill(d->g, d->row, at, width, STYLE_WARN, width == 1 ? POINT : LINE);
    if (width == 1)
        return;
    grid_fill(d->g, d->row, at, 1, STYLE_WARN, OPEN);
    grid_fill(d->g, d->row, at + width - 1, 1, STYLE_WARN, CLOSE);
    unsigned n = (unsigned)strlen(text);
    if (n + 2 > width)
        n = (unsigned)snprintf(text, sizeof text, "x%" PRIu64, r->count + 1);
    if (n + 2 <= width)
        grid_text(d->g, d->row, at + (width - n) / 2, n, STYLE_WARN, str_from(text));
}

void timeline_view_put_axis(struct timeline_drawing *d)
{
    const struct timeline *t = d->v->t;
    bool has_repeats = false;
    put_ticks(d);
    for (uint32_t i = 0; i < t->n_repeats; i++)
        if (is_seen(d, &t->repeats[i])) {
            put_bracket(d, &t->repeats[i]);
            has_repeats = true;
        }
    d->row += has_repeats;
}

static void put_wrapped(struct timeline_drawing *d, unsigned at, enum style s, const char *text)
{
    str rest = str_from(text), line;
    while (str_wrap(&rest, d->g->cols - at, &line))
        grid_text(d->g, d->row++, at, d->g->cols, s, line);
}

void timeline_view_put_repeats(struct timeline_drawing *d)
{
    const struct timeline *t = d->v->t;
    unsigned n = 0;
    for (uint32_t i = 0; i < t->n_repeats; i++) {
        const struct timeline_repeat *r = &t->repeats[i];
        char from[32], to[32], count[32];
        if (!is_seen(d, r) || ++n > TIMELINE_MOST_REPEATS)
            continue;
        put_wrapped(d, 0, STYLE_NORMAL,
                    arena_printf(d->a, "cycles %s to %s come %s times more",
                                 units_group(from, sizeof from, r->from_cy),
                                 units_group(to, sizeof to, r->to_cy),
                                 units_group(count, sizeof count, r->count)));
    }
    if (n > TIMELINE_MOST_REPEATS)
        put_wrapped(d, 0, STYLE_DIM,
                    arena_printf(d->a, "%u more repeats", n - TIMELINE_MOST_REPEATS));
    d->row += n > 0;
}

/* ---- legend ---- */

enum { NAME_AT = 2, SHARE_AT = 21, SHARE_COLS = 7, HELP_AT = 30, LEAST_HELP_COLS = 40 };

static void put_state(struct timeline_drawing *d, enum stall s, double share)
{
    bool is_block = !d->g->is_mono && d->g->symbols != SYMBOLS_ASCII && s != STALL_NOT_SELECTED;
    grid_printf(d->g, d->row, 0, 1, timeline_view_style(s), "%c", timeline_view_letter(s));
    grid_attr(d->g, d->row, 0, 1, is_block ? CELL_REVERSE : 0);
    grid_text(d->g, d->row, NAME_AT, SHARE_AT - NAME_AT, STYLE_NORMAL,
              str_from(stall_info[s].name));
    grid_right(d->g, d->row, SHARE_AT, SHARE_COLS, STYLE_NORMAL,
               str_from(arena_printf(d->a, "%.1f %%", 100 * share)));
    if (d->g->cols >= HELP_AT + LEAST_HELP_COLS)
        put_wrapped(d, HELP_AT, STYLE_DIM, stall_info[s].help);
    else
        d->row++;
}

void timeline_view_put_legend(struct timeline_drawing *d)
{
    enum stall order[STALL_N];
    double all = 0;
    for (unsigned s = 0; s < STALL_N; s++)
        all += d->state_cy[s];
    report_sort_stalls(d->state_cy, order);
    for (unsigned i = 0; i < STALL_N && d->state_cy[order[i]] > 0; i++)
        put_state(d, order[i], d->state_cy[order[i]] / all);
}
