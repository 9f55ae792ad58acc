/*
 * timeline_view.h: what the warps of an SM did when, drawn.
 *
 * A row is a warp, a column a piece of time, a cell the state with most cycles of the warp in it;
 * above the warps of each sub-core stands how many of its issue slots were used. Repetitions that
 * the timeline leaves out take no room: the axis jumps there and says how often they come. Shares
 * are of the whole window and count every repetition.
 *
 * A pure function of its input, for reports and for the explorer.
 */
#ifndef WARPSCOPE_PRESENT_TIMELINE_VIEW_H
#define WARPSCOPE_PRESENT_TIMELINE_VIEW_H

#include "present/cell.h"
#include "result/result.h"
#include "trace/trace.h"

struct timeline_view {
    const struct trace_kernel *k; /* that the timeline is of */
    const struct timeline *t;
    uint64_t from_cy, to_cy; /* the window, [from, to) */
    uint32_t n_lanes;        /* warps drawn at most, the same number of each sub-core */
};

/* Letter of a state in a cell: that of its group, a small one unless it is the first of the group.
 */
char timeline_view_letter(enum stall s);

/* Draws from `row` on, in all columns of `g`; returns the rows used. Scratch comes from `frame`. */
unsigned timeline_view_draw(struct grid *g, struct arena *frame, unsigned row,
                            const struct timeline_view *v);
/* Never less than what it will use. */
unsigned timeline_view_most_rows(const struct timeline_view *v);

#endif
