/*
 * timeline_view_priv.h: a timeline while it is being drawn.
 */
#ifndef WARPSCOPE_PRESENT_TIMELINE_VIEW_PRIV_H
#define WARPSCOPE_PRESENT_TIMELINE_VIEW_PRIV_H

#include "present/timeline_view.h"

/* Repeats that are named one by one. */
enum { TIMELINE_MOST_REPEATS = 4 };

struct timeline_drawing {
    const struct timeline_view *v;
    struct grid *g;
    struct arena *a;
    unsigned row;                  /* the next one */
    unsigned label_cols, n_cols;   /* columns of time behind those of labels */
    uint64_t from_shown, to_shown; /* the window in shown time */
    uint32_t *n_there, *n_drawn;   /* warps by sub-core */
    uint64_t *issued;              /* issue slots used by sub-core, repetitions included */
    uint64_t *issue_cy;            /* those shown, by sub-core and column */
    uint64_t (*lane_cy)[STALL_N];  /* of the warp being drawn, by column */
    double state_cy[STALL_N];      /* of all warps, repetitions included */
};

/* Shown time of a column. */
struct timeline_view_bucket {
    uint64_t from, to;
};
struct timeline_view_bucket timeline_view_bucket_at(const struct timeline_drawing *d, unsigned col);

static inline enum style timeline_view_style(enum stall s)
{
    return (enum style)((unsigned)STYLE_ISSUE + (unsigned)stall_info[s].group);
}

/* ---- timeline_view_axis.c ---- */

/* Numbers, ticks and a bracket for every repeat. */
void timeline_view_put_axis(struct timeline_drawing *d);
/* "cycles 731 to 1,248 come 28 times more" */
void timeline_view_put_repeats(struct timeline_drawing *d);
/* The states of the window with their shares of the warps' cycles. */
void timeline_view_put_legend(struct timeline_drawing *d);

#endif
