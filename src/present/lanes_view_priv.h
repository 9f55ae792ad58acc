/*
 * lanes_view_priv.h: the sorted spans, and a picture while it is being drawn.
 */
#ifndef WARPSCOPE_PRESENT_LANES_VIEW_PRIV_H
#define WARPSCOPE_PRESENT_LANES_VIEW_PRIV_H

#include "present/lanes_view.h"
#include "time_axis.h"

/* Spans of one lane in order of their starts. */
struct lanes_track {
    const struct profile_span *spans;
    const uint32_t *ids;
    const int64_t *ended_ns; /* of each: when it and all before are over */
    uint32_t n;
};

enum lanes_row_kind {
    LANES_RANGES, /* steps and annotations of a thread */
    LANES_OPS,
    LANES_CALLS,
    LANES_WIRE,   /* between threads and devices of a file */
    LANES_DEVICE, /* busy or why not */
    LANES_STREAM,
};

struct lanes_row {
    uint8_t kind;
    uint8_t level;            /* of ranges and operators: 0 = outermost */
    bool is_first;            /* of its lane */
    uint32_t lane;            /* of a device: its first lane */
    struct lanes_track track; /* devices: merged works */
    struct lanes_track gaps;  /* devices: why they wait; streams: dependencies */
};

struct lanes_index {
    const struct launches *l;
    const struct lanes_row *rows;
    uint32_t n_rows;
    const char *const *short_names; /* of each of names[] */
    const bool *is_sync;            /* for each of names[]: a call that waits */
    const uint32_t *work_of_call;   /* the first, or PROFILE_NONE */
    const struct lanes_track *works_of_lane;
    const uint32_t *place; /* of each of works[]: where it stands in its lane's track */
    int64_t from_ns, to_ns;
    unsigned label_cols;
    const char *const *file_names; /* "rank 0 ", "" with one file */
    bool has_kind[PROFILE_OP + 1];
};

/* The first span that is not over before `at_ns`, or n. */
uint32_t lanes_track_first(const struct lanes_track *t, int64_t at_ns);

static inline bool lanes_row_is_shown(const struct lanes_row *r, const struct lanes_view *v)
{
    return r->level <= v->n_levels;
}
static inline struct time_axis lanes_view_axis(const struct lanes_view *v, unsigned cols)
{
    return time_axis_make(v->from_ns, v->to_ns, lanes_view_zero_ns(v->ix->l),
                          lanes_view_label_cols(v->ix, cols), cols);
}

/* ---- what spans look like ---- */

struct lanes_look {
    enum style style;
    char letter, fill; /* without colour or blocks */
};
struct lanes_look lanes_look_of(const struct lanes_index *ix, const struct lanes_row *r,
                                uint32_t id);
struct lanes_look lanes_look_of_gap(enum idle_why why);

/* ---- lanes_paint.c ---- */

struct lanes_paint {
    struct grid *g;
    const struct lanes_index *ix;
    struct time_axis axis;
    struct lanes_cell *cells; /* one a column, scratch */
    double (*why_ns)[IDLE_N]; /* the same */
    unsigned row;
};

/* What spans shorter than a column leave in one. */
struct lanes_cell {
    double busy_ns, most_ns;
    uint32_t most; /* that takes most of it; PROFILE_NONE = none */
};

/* Columns [from, to) of a span in the window, at least one; false outside. */
bool lanes_paint_columns(const struct time_axis *x, const struct profile_span *s, unsigned *from,
                         unsigned *to);
/* How much of a column a span takes: INFINITY for a bar, which is drawn over all others, -1 where
 * it is not drawn. */
double lanes_paint_weight(const struct time_axis *x, const struct profile_span *s, unsigned col);
void lanes_paint_spans(struct lanes_paint *d, const struct lanes_row *r);
/* Letters and dots, over what is there. */
void lanes_paint_gaps(struct lanes_paint *d, const struct lanes_track *gaps);
/* How busy a device was; returns the share of the window. */
double lanes_paint_busy(struct lanes_paint *d, const struct lanes_row *r);
/* One span, over what is there; `attrs` come on top. */
void lanes_paint_mark(struct lanes_paint *d, const struct lanes_row *r, uint32_t id,
                      enum style style, unsigned attrs);

#endif
