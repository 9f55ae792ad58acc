/*
 * overlap.h: what is left of one warp's stalls when the other warps of its sub-core issue
 * meanwhile.
 */
#ifndef WARPSCOPE_MECH_OVERLAP_H
#define WARPSCOPE_MECH_OVERLAP_H

#include "mech/issue.h"

/*
 * GCoM's estimate (ISCA'22, public code, greedy-then-oldest), with the other warps' instructions
 * given as a total so that they need not be like this one:
 *
 *     P        = N / (N + S)                     chance that a warp can issue in a cycle
 *     hidden_k = min(s_k P, 1) * others / K      K = intervals of this warp
 *     left_k   = max(s_k - hidden_k / IR, 0)
 *
 * `stall_cy[k]` (n of them) is replaced by what is left. Returns the sum of what is left. The
 * elapsed time others / IR + N / IR + sum is never below this warp alone.
 */
double overlap_hide(double *stall_cy, uint32_t n, double n_steps, double others, double issue_rate);

#endif
