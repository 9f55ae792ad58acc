/*
 * timeline.h: what each warp of the followed SM did when, as runs of one state.
 *
 * A lane is a warp; its spans follow one another without gaps from its start to its end. Selected
 * spans are the issue slots of its sub-core. Lives in the result's arena, immutable.
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
};

struct timeline {
    const struct timeline_lane *lanes; /* by start, then by warp */
    uint32_t n_lanes;
    const struct timeline_span *spans; /* by lane, then by time */
    uint32_t n_spans;
    const struct timeline_repeat *repeats;
    uint32_t n_repeats;
    uint32_t n_sub_cores;
    bool is_cut; /* room for spans ran out: later times are missing */
};

#endif
