/*
 * time_axis.c: the ruler.
 *
 * Steps are 1, 2 or 5 times a power of ten. Numbers have four digits: where that is too coarse to
 * tell ticks apart they count from a round time that stands in front.
 */
#include "time_axis.h"

#include <inttypes.h>

#include "base/units.h"

enum { TICK = 0x2502, LABEL_COLS = 10, DIGITS = 1000 };

struct time_axis time_axis_make(int64_t from_ns, int64_t to_ns, int64_t zero_ns,
                                unsigned label_cols, unsigned cols)
{
    return (struct time_axis){.from_ns = from_ns,
                              .to_ns = MAX(to_ns, from_ns + 1),
                              .zero_ns = zero_ns,
                              .label_cols = label_cols,
                              .n_cols = cols > label_cols ? cols - label_cols : 1};
}

static int64_t step_of(const struct time_axis *x)
{
    double least = (double)(x->to_ns - x->from_ns) * LABEL_COLS / x->n_cols;
    int64_t power = 1;
    while (10 * (double)power < least)
        power *= 10;
    int64_t factor = (double)power >= least       ? 1
                     : 2 * (double)power >= least ? 2
                     : 5 * (double)power >= least ? 5
                                                  : 10;
    return factor * power;
}

/* The multiple of `step` at or before a time that may be negative. */
static int64_t round_down(int64_t v, int64_t step)
{
    return v - ((v % step) + step) % step;
}

/* A round time at or before the window, with the digits that it needs. */
static int64_t put_base(struct grid *g, unsigned row, const struct time_axis *x, int64_t from)
{
    static const struct {
        double ns;
        int less; /* digits than in seconds */
        const char *name;
    } units[] = {{1e9, 0, "s"}, {1e6, 3, "ms"}, {1e3, 6, "us"}};
    int64_t unit = 1;
    int digits = 9;
    while (unit < x->to_ns - x->from_ns && digits > 0) {
        unit *= 10;
        digits--;
    }
    int64_t base = round_down(from, unit);
    size_t u = 0;
    while (u + 1 < ARRAY_LEN(units) && (double)MAX(base, -base) < units[u].ns)
        u++;
    grid_printf(g, row, 0, x->label_cols - 1, STYLE_DIM, "%.*f %s", MAX(digits - units[u].less, 0),
                (double)base / units[u].ns, units[u].name);
    return base;
}

void time_axis_draw(struct grid *g, unsigned row, const struct time_axis *x)
{
    int64_t step = step_of(x), from = x->from_ns - x->zero_ns, to = x->to_ns - x->zero_ns, base = 0;
    unsigned free_at = 0;
    bool has_base = x->label_cols > 0 && MAX(from, -from) / DIGITS >= step;
    if (has_base)
        base = put_base(g, row, x, from);
    else if (x->label_cols > 0)
        grid_text(g, row, 0, x->label_cols - 1, STYLE_DIM, STR("time"));
    for (int64_t at = round_down(from - base + step - 1, step); at < to - base; at += step) {
        char text[40] = "+";
        unsigned col = time_axis_column(x, at + base + x->zero_ns);
        units_format(text + has_base, sizeof text - has_base, UNIT_NS, (double)at);
        str label = str_from(text);
        if (col < free_at || at + base < from)
            continue;
        grid_fill(g, row, x->label_cols + col, 1, STYLE_RULE, TICK);
        if (x->label_cols + col + 1 + label.n <= g->cols)
            grid_text(g, row, x->label_cols + col + 1, LABEL_COLS, STYLE_DIM, label);
        free_at = col + (unsigned)label.n + 2;
    }
}
