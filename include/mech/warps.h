/*
 * warps.h: one warp to stand for all, where a model wants one.
 */
#ifndef WARPSCOPE_MECH_WARPS_H
#define WARPSCOPE_MECH_WARPS_H

#include "base/arena.h"
#include "base/tick.h"
#include "mech/timing.h"

/*
 * The path whose counts of instructions per unit are shared by most warps; ties go to the first.
 * AMALI clusters these counts with k-means (4 clusters) and takes the warp nearest to the centre of
 * the largest; for kernels whose warps do equal work both give the same. Memory and tensor
 * instructions do not enter the counts.
 */
enum status warps_representative(struct arena *a, const struct trace_kernel *k,
                                 const struct timing *timing, const struct tick *tick,
                                 uint32_t *path) MUST_USE;

#endif
