/*
 * interval.h: one warp alone as the published interval models cut it: runs of instructions, and
 * after each run a stall.
 *
 *     issue[i] = max(issue[i-1] + 1, max done[src])          done = issue + latency + result_gap
 *     a new interval begins where issue[i] - issue[i-1] > merge_cy; s = issue[i] - issue[i-1] - 1
 *
 * GCoM (ISCA'22, yonsei-hpcp/gcom @ce033b1 interval_model.cc): gap 0, merge 1; the last interval
 * stalls until the last of its results is there. MDM and GPUMech (wanglu1991/MDM-instrumentation
 * @a280641): gap 1, merge 9, so shorter stalls are lost; the last interval has no stall.
 */
#ifndef WARPSCOPE_MECH_INTERVAL_H
#define WARPSCOPE_MECH_INTERVAL_H

#include "mech/issue.h"

struct interval_rules {
    double result_gap_cy, merge_cy;
    double no_lane_cy;      /* latency of an instruction without an active lane; NAN = its own */
    bool ends_with_results; /* drain_cy: from the last issue to the last result of the last run */
};

/*
 * Profiles `path`; `latency_cy` by static instruction. The stall after run k is stalls[k + 1].cy,
 * after the last one drain_cy. Allocated in `a`. STATUS_CANCELLED through `tick`.
 */
enum status interval_run(struct arena *a, const struct trace_kernel *k, uint32_t path,
                         const struct timing *timing, const double *latency_cy,
                         struct interval_rules rules, const struct tick *tick,
                         struct issue_profile *out) MUST_USE;

/* Run and stall of interval k. */
static inline double interval_stall_cy(const struct issue_profile *p, uint32_t k)
{
    return k + 1 < p->n_stalls ? p->stalls[k + 1].cy : p->drain_cy;
}

#endif
