/*
 * time_axis.h: time in columns, and the ruler above or below.
 */
#ifndef WARPSCOPE_PRESENT_TIME_AXIS_H
#define WARPSCOPE_PRESENT_TIME_AXIS_H

#include "present/cell.h"

struct time_axis {
    int64_t from_ns, to_ns; /* [from, to), not empty */
    int64_t zero_ns;        /* what the ruler calls 0 */
    unsigned label_cols;    /* before the first column of time */
    unsigned n_cols;        /* of time, at least 1 */
};

/* Of a grid of `cols`; an empty window becomes one nanosecond. */
struct time_axis time_axis_make(int64_t from_ns, int64_t to_ns, int64_t zero_ns,
                                unsigned label_cols, unsigned cols);

/* Columns from the first one of time; times outside the window are taken to its edge. */
static inline double time_axis_place(const struct time_axis *x, int64_t at_ns)
{
    int64_t into = CLAMP(at_ns, x->from_ns, x->to_ns) - x->from_ns;
    return (double)into * x->n_cols / (double)(x->to_ns - x->from_ns);
}
/* The column that holds a time, 0 .. n_cols - 1. */
static inline unsigned time_axis_column(const struct time_axis *x, int64_t at_ns)
{
    return MIN((unsigned)time_axis_place(x, at_ns), x->n_cols - 1);
}

/* A row with round times; "time", or the time that they count from, before. */
void time_axis_draw(struct grid *g, unsigned row, const struct time_axis *x);

#endif
