/*
 * contention.h: cycles lost because pipes and memory are busy, per interval of one warp, as AMALI's
 * interval parser counts them (its GCoM and MDM parts).
 */
#ifndef WARPSCOPE_MECH_CONTENTION_H
#define WARPSCOPE_MECH_CONTENTION_H

#include "mech/issue.h"

struct contention {
    double math_cy; /* a math pipe is the bottleneck of the interval */
    double lg_cy;   /* L1 is */
    double noc_cy, dram_cy;
};

struct contention_setting {
    double warps;    /* of the SM */
    double n_sms;    /* in use */
    double miss;     /* of the last-level cache; AMALI takes the L1 hit rate for it */
    bool with_pipes; /* compute math_cy and lg_cy */
    bool with_queue; /* compute noc_cy and dram_cy */
};

/*
 * One record per stall of `p` (p->n_stalls of them), in `a`:
 *
 *     base = n * x / (min(x, S) * IR)                  x = warps, S = sub-cores, IR = issue rate
 *     unit = max over pipes of count * II * x / (min(x, S) * IR)
 *     L1   = ceil(accesses * 4 * 32 B / B_L1 * x)      lines of all its configurations: 32 B
 *     lost = max(base, unit, L1) - base                to lg if L1 is the strict maximum, else math
 *     M    = accesses * x                              all as writes: the public code loses reads
 *     NoC  = 0.5 * SMs * M * clock_core * 32 / BW_NoC * miss
 *     DRAM = 0.5 * SMs * M * clock_DRAM * 32 / BW_DRAM * miss
 */
struct contention *contention_amali(struct arena *a, const struct trace_kernel *k,
                                    const struct issue_profile *p, const struct timing *timing,
                                    const struct gpu *g, struct contention_setting s);

#endif
