/*
 * depth_view.h: launches that were waiting and launches per second, over time, as a plot.
 *
 * Columns of a plot in eighth blocks, braille or ASCII: as high as the deepest moment of their
 * piece of time, in full colour (ASCII: #) up to its mean. The axes are labelled in round numbers,
 * the deepest place is bold and named, and a line marks where calls begin to block (about 1,024
 * launches) when the plot reaches near it. A pure function of its input.
 */
#ifndef WARPSCOPE_PRESENT_DEPTH_VIEW_H
#define WARPSCOPE_PRESENT_DEPTH_VIEW_H

#include "present/cell.h"
#include "prof/launches.h"

struct depth_view {
    const struct launches *l;
    const struct depth *depth; /* of all streams or of one */
    int64_t from_ns, to_ns;
    int64_t mark_ns;     /* a cursor of time, INT64_MIN = none */
    unsigned label_cols; /* before the plots, such as lanes_view_label_cols; 0 = as few as needed */
};

/* Draws both plots one above the other into rows [row, row + height), in all columns of `g`; below
 * 9 rows only the first, below 3 none. Scratch comes from `frame`. */
void depth_view_draw(struct grid *g, struct arena *frame, unsigned row, unsigned height,
                     const struct depth_view *v);

#endif
