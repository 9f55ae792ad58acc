/*
 * timeline.h: what each warp of the followed SM did when, as runs of one state.
 *
 * A lane is a warp; its spans follow one another from its start to its end, without gaps but for
 * what repeats leave out. Selected spans are the issue slots of its sub-core. Lives in the result's
 * arena, immutable.
 *
 * Time has two scales. Cycles count all that passes; the shown time leaves out the repetitions that
 * no span shows, so that a drawing has no holes.
 */
#ifndef WARPSCOPE_RESULT_TIMELINE_H
#define WARPSCOPE_RESULT_TIMELINE_H

#include "base/defs.h"

struct timeline_span {
    uint64_t from_cy, to_cy; /* [from, to) since the start of the SM's first CTA */
    uint32_t code;           /* instruction that issued (the first of the run) or waited */
    uint8_t state;           /* enum stall */
};

struct timeline_lane {
    uint32_t cta;  /* index into kernel->ctas */
    uint32_t warp; /* index into kernel->warps */
    uint32_t sub_core;
    uint32_t first_span, n_spans; /* into spans[] */
};

/* Cycles [from, to) repeated `count` times more behind `to`, which no span shows. */
struct timeline_repeat {
    uint64_t from_cy, to_cy;
    uint64_t count;
    uint64_t shown_cy; /* shown time of from_cy */
};

struct timeline {
    const struct timeline_lane *lanes; /* by start, then by warp */
    uint32_t n_lanes;
    const struct timeline_span *spans; /* by lane, then by time */
    uint32_t n_spans;
    const struct timeline_repeat *repeats; /* by time, apart from one another */
    uint32_t n_repeats;
    uint32_t n_sub_cores;
    uint32_t issue_rate; /* issue slots of a sub-core in a cycle */
    bool is_cut;         /* room for spans ran out: later times are missing */
};

/* When the last warp ends. */
uint64_t timeline_end_cy(const struct timeline *t);

/* The end of the last repetition. */
static inline uint64_t timeline_repeat_end_cy(const struct timeline_repeat *r)
{
    return r->to_cy + r->count * (r->to_cy - r->from_cy);
}

/* Shown time of a cycle; within what a repeat leaves out, that of its `to_cy`. */
uint64_t timeline_shown_cy(const struct timeline *t, uint64_t cy);
/* The first cycle at or behind a shown time that is not left out. */
uint64_t timeline_cycle_at(const struct timeline *t, uint64_t shown_cy);

/* Cycles in [from, to) that the warp of `s` spends as the span says, repetitions included. */
uint64_t timeline_span_cy(const struct timeline *t, const struct timeline_span *s, uint64_t from_cy,
                          uint64_t to_cy);
/* The first span of a lane that ends behind `cy`; its end when there is none. */
const struct timeline_span *timeline_first_span(const struct timeline *t,
                                                const struct timeline_lane *l, uint64_t cy);

#endif
