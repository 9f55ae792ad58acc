/*
 * order.h: spans sorted, and which of them lie within which.
 */
#ifndef WARPSCOPE_PROF_ORDER_H
#define WARPSCOPE_PROF_ORDER_H

#include "prof/profile.h"

/* Indices of n spans by lane, then by start, then the longer first, then in file order. In `a`. */
uint32_t *order_by_lane(struct arena *a, const struct profile_span *spans, uint32_t n);

/*
 * Spans of one profile from two tables, or twice the same, each in the order of order_by_lane:
 * outer_of[i] is the innermost outer span of the same lane that reaches from the start of inner[i]
 * or before to its end or behind, PROFILE_NONE if there is none. A span does not lie within itself.
 */
struct order_spans {
    const struct profile_span *spans;
    const uint32_t *ids;
    uint32_t n;
};
void order_nest(struct arena *scratch, const struct order_spans *outer,
                const struct order_spans *inner, uint32_t *outer_of);

/* The modules among a profile's ranges[], in the order of order_by_lane; ids in `a`. */
struct order_spans order_modules(struct arena *a, const struct profile *p);

/* For each lane of a device the first lane of that device. In `a`. */
uint32_t *order_devices(struct arena *a, const struct profile *p);

/* Times ascending. */
void order_times(int64_t *at, uint32_t n);

#endif
