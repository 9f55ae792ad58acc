/*
 * barrier.h: waits at CTA barriers, from the profiles of the warps that meet there.
 *
 * Warp w takes d[w][i] cycles from barrier i-1 to barrier i when nobody makes it wait. All leave
 * barrier i together (the i-th of each warp is taken for the same one: named barriers of a part of
 * the CTA are not told apart):
 *
 *     T[i] = max over w of (T[i-1] + d[w][i])        wait[w][i] = T[i] - (T[i-1] + d[w][i])
 */
#ifndef WARPSCOPE_MECH_BARRIER_H
#define WARPSCOPE_MECH_BARRIER_H

#include "mech/issue.h"

/*
 * Waits of each of the n warps' barriers: waits[w][i] for i < warps[w]->n_barriers. A warp with
 * fewer barriers than others has left early and is no longer waited for. Allocated in `a`.
 */
double **barrier_waits(struct arena *a, const struct issue_profile *const *warps, uint32_t n);

#endif
