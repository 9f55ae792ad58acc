/*
 * dispatch.h: cycles that an interval loses because the pipes of the SM are shared, after GCoM.
 *
 * As coded in yonsei-hpcp/gcom @ce033b1 (ISCA'22); W warps of the SM, A sub-cores with a warp, n
 * instructions and stall s of the interval, II initiation intervals:
 *
 *     least = n W / A             memory = W sum II              pipe = W / A sum II
 *     raw   = max(least, memory, pipes) - least
 *     late  = max(n W - queue, 0) / (n W)                        queue: instructions that may wait
 *     lost  = raw late + max(raw (1 - late) - (s + 1), 0)
 *
 * and lost goes to memory and compute as max(memory - least, 0) to max(pipes - least, 0).
 */
#ifndef WARPSCOPE_MECH_DISPATCH_H
#define WARPSCOPE_MECH_DISPATCH_H

#include "mech/timing.h"

struct dispatch {
    double n;               /* instructions of the interval */
    double stall_cy;        /* what follows them */
    double pipe_cy[UNIT_N]; /* sum of intervals by pipe of a sub-core */
    double memory_cy;       /* of the memory pipe, one for the SM */
};

struct dispatch_lost {
    double compute_cy, memory_cy;
    enum unit busiest; /* among the pipes of a sub-core */
};

struct dispatch_lost dispatch_contend(const struct dispatch *d, double warps, double sub_cores,
                                      double queue);

#endif
