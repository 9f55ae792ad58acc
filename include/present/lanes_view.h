/*
 * lanes_view.h: what threads and streams did when, drawn.
 *
 * On top the axis of time; below, for each file, the threads that launch work with their ranges,
 * operators and calls, then each device with its streams, then the other threads. Where
 * many spans share a cell the one that takes most of it is drawn, and how busy the cell is shows in
 * its height, or in monochrome in a capital or small letter. A device's own row is how busy it is,
 * and where it waits, why (idle.h). The selected kernel is joined to its launch call by a line that
 * tells how long it waited; it, its call and its operator are bold, the work of its stream that it
 * queued behind is underlined.
 *
 *     time            |0        |20 us       |40 us
 *     thread 25286    [aten::linear------]   [aten::gelu]
 *       calls          [launch][launch]       [launch]
 *                         +------ waits 14.2 us ------+
 *     GPU 0  62 %     H slow CPU.....9999999999999999999L.999
 *       stream 7                     [sm90_gemm==][gemm2]  [gelu]
 *
 * A pure function of its input, for reports and for the explorer.
 */
#ifndef WARPSCOPE_PRESENT_LANES_VIEW_H
#define WARPSCOPE_PRESENT_LANES_VIEW_H

#include "present/cell.h"
#include "prof/launches.h"

/* Spans sorted once for a profile, so that drawing a window is fast. In `a`. */
struct lanes_index;
const struct lanes_index *lanes_index_make(struct arena *a, const struct launches *l);

struct lanes_view {
    const struct lanes_index *ix;
    int64_t from_ns, to_ns; /* the window, [from, to) */
    uint32_t selected;      /* index into works[], PROFILE_NONE = none */
    uint32_t top_lane;      /* rows of lanes scrolled away, 0 = none */
    unsigned n_levels;      /* of operators below the outermost that are drawn: 0, 1, ... */
};

/* Draws rows [row, row + height) in all columns of `g`; returns the rows that the whole picture
 * would need. Scratch comes from `frame`. O(log n + what is in the window) after lanes_index. */
unsigned lanes_view_draw(struct grid *g, struct arena *frame, unsigned row, unsigned height,
                         const struct lanes_view *v);
/* Colours and letters that this profile needs, in all columns from `row` on; returns the rows. */
unsigned lanes_view_legend(struct grid *g, unsigned row, const struct lanes_index *ix);

/* Levels of ranges and operators below the outermost. */
unsigned lanes_view_levels(const struct lanes_index *ix);
/* The time that axes call 0: the first operator, launch or work. */
int64_t lanes_view_zero_ns(const struct launches *l);
/* Columns of `cols` that names of lanes take, so that other pictures can stand below. */
unsigned lanes_view_label_cols(const struct lanes_index *ix, unsigned cols);

/* The whole run, or the step that was asked for, with a little room on both sides. */
void lanes_view_fit(struct lanes_view *v);
/* Zooms by `factor` (below 1 = closer) around `at_ns`, which keeps its column of `cols`; stays
 * within the run and never below 1 ns a column. */
void lanes_view_zoom(struct lanes_view *v, double factor, int64_t at_ns, unsigned cols);
/* Moves by a share of the window: -0.5 = half a screen to the left; stays within the run. */
void lanes_view_pan(struct lanes_view *v, double share);
/* Moves, and zooms out if need be, so that the span from `from_ns` to `to_ns` is well in sight. */
void lanes_view_show(struct lanes_view *v, int64_t from_ns, int64_t to_ns);
/* Scrolls so that the lane of the selected work is among `height` rows. */
void lanes_view_scroll(struct lanes_view *v, unsigned height);

/* The next or previous kernel of the selected one's stream (of any without a selection) whose name,
 * operator or module contains `text` ("" = any); PROFILE_NONE if there is none. */
uint32_t lanes_view_next(const struct lanes_index *ix, uint32_t selected, int step,
                         const char *text);
/* The work of the next or previous stream that runs when the selected one starts, or else the first
 * behind; PROFILE_NONE if there is none. */
uint32_t lanes_view_beside(const struct lanes_index *ix, uint32_t selected, int step);
/* The work drawn at a cell of the picture, or launched by the call there; rows count from the top
 * of the picture. PROFILE_NONE where there is none. */
uint32_t lanes_view_at(const struct lanes_view *v, unsigned cols, unsigned row, unsigned col);

#endif
