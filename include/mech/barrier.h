/*
 * barrier.h: waits at CTA barriers, from the profiles of the warps that meet there.
 *
 * Warp w takes d[w][i] cycles from its barrier i-1 to its barrier i when nobody makes it wait. When
 * the last of those that meet has come, at T, all go on:
 *
 *     T = max over the warps that meet of (time left off + d)      wait = T - (time left off + d)
 *
 * BAR.SYNC id waits for all warps of the CTA that still come to that barrier; BAR.SYNC id, threads
 * for threads / 32 of them, of which BAR.ARV are some that do not wait. The trace has one
 * immediate, so barriers of equal thread counts are taken for the same one. If nobody could go on,
 * the barrier at which most have come lets go.
 *
 * Source: PTX ISA, bar and barrier.
 */
#ifndef WARPSCOPE_MECH_BARRIER_H
#define WARPSCOPE_MECH_BARRIER_H

#include "mech/issue.h"

/*
 * Waits of each of the n warps' barriers: waits[w][i] for i < warps[w]->n_barriers, 0 at those
 * where a warp only arrives. Allocated in `a`.
 */
double **barrier_waits(struct arena *a, const struct issue_profile *const *warps, uint32_t n);

#endif
