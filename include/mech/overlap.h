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

/* An interval of one warp, and what all its intervals have in common. */
struct overlap_interval {
    double n, stall_cy; /* of this interval */
    double chance;      /* P */
    double mean_n;      /* N / K */
};

struct overlap_share {
    double base_cy, data_cy, idle_cy; /* of the elapsed time, mean over sub-cores */
};

/*
 * GCoM as published, all warps alike (yonsei-hpcp/gcom @ce033b1, greedy-then-oldest). W warps over
 * S sub-cores: W mod S of them (or all) have scW = ceil(W / S), the others scW - 1; w counts the
 * other warps of a sub-core:
 *
 *     oth(w) = w mean_n / IR         issued(w) = min(s P, 1) oth(w)       left(w) = max(s - issued,
 * 0) base   = mean over sub-cores of n / IR + oth         data = mean of left idle   = what
 * sub-cores with fewer warps wait for the others
 */
struct overlap_share overlap_gcom(const struct overlap_interval *k, double warps, double sub_cores,
                                  double issue_rate);

/*
 * MDM (MICRO'20; wanglu1991/MDM-instrumentation @a280641, GTO): instruction slots of the other
 * warps of a scheduler that the stall does not hide,
 *
 *     max(min(P s, 1) (w - 1) mean_n - s IR, 0)        with P s = 1 where s = 0
 */
double overlap_mdm_slots(const struct overlap_interval *k, double warps_of_scheduler,
                         double issue_rate);

#endif
