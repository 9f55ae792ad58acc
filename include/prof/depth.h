/*
 * depth.h: how many launches were waiting, over time.
 *
 * The depth rises by one when a launch call begins and falls by one when its work starts; only work
 * that has a launch call counts. A CUDA stream takes about a thousand launches before the next call
 * blocks: a depth that stays there means that the host is far ahead.
 */
#ifndef WARPSCOPE_PROF_DEPTH_H
#define WARPSCOPE_PROF_DEPTH_H

#include "prof/tklqt.h"

struct depth_step {
    int64_t at_ns;
    uint32_t depth; /* from then on */
};

struct depth {
    const struct depth_step *steps; /* ascending; times may repeat */
    uint32_t n_steps;
    uint32_t most;
    double mean; /* over time, from the first step to the last; 0 without steps */
};

/* Of one stream (a device lane), or of all with PROFILE_NONE. In `a`. */
struct depth depth_make(struct arena *a, const struct profile *p, const struct lineage *l,
                        uint32_t lane);

/* One of n equal pieces of a window. */
struct depth_bin {
    uint32_t most;    /* deepest within */
    double mean;      /* over the time of the piece */
    uint32_t n_calls; /* launches that begin within */
};
void depth_bins(const struct depth *d, int64_t from_ns, int64_t to_ns, struct depth_bin *bins,
                uint32_t n);

#endif
