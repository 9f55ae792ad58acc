/*
 * sm.h: one SM with all its resident warps, cycle by cycle.
 *
 * Every sub-core issues one instruction a cycle: of the warp that issued last if it can go on, else
 * of the youngest that can (greedy then youngest; Huerta et al., MICRO'25, section 5.1). A warp can
 * when its registers are ready, its groups of copies are there, its barrier has let go, its last
 * branch is resolved, its pipe, the read ports and the memory queue have room. What comes from
 * beyond L1 has the level that the cache simulation found for this very access, that level's
 * latency, and the SM's share of the bandwidth.
 *
 * Each warp is in one of Nsight Compute's states in every cycle. Cycles of a sub-core in which
 * nothing issues are shared equally among the states of its resident warps.
 *
 * Deterministic. Times that this model has no opinion of: the launch (launch.h), other SMs.
 */
#ifndef WARPSCOPE_MODEL_SM_H
#define WARPSCOPE_MODEL_SM_H

#include "base/tick.h"
#include "gpu/gpu.h"
#include "mech/memory.h"
#include "mech/timing.h"
#include "result/timeline.h"

struct sm_setting {
    const struct trace_kernel *k;
    const struct gpu *g;
    const struct timing *timing;         /* by static instruction */
    const double *latency_cy;            /* the same, with what atomics wait for one another */
    const struct memory_answer *answers; /* by access record */
    const uint32_t *ctas;                /* of this SM, in order of start: indices into k->ctas */
    uint32_t n_ctas;
    unsigned resident;     /* CTAs at once */
    double n_sms;          /* that share L2 and DRAM: waves_sharing_sms */
    double cta_spacing_cy; /* a CTA starts at least this much after the one before */
    bool with_timeline;
    bool every_cycle; /* loops that repeat the same state are not skipped: the result is the same */
    const struct tick *tick; /* units: warp instructions */
};

struct sm_outcome {
    double cycles; /* from the start of the first CTA to the end of the last */
    /* As the busiest sub-core passed them; sums to `cycles` with `idle_cy`. */
    double elapsed[STALL_N];
    double idle_cy; /* no resident warp */
    unsigned sub_core;
    struct result_inst *insts; /* stall[] parallel to k->code, of the same sub-core */
    double unit_busy_cy[UNIT_N];
    double data_cy; /* data path of L1 and shared memory */
    /* Warp cycles by state over all warps of the SM; the sum is the cycles that warps were
     * resident. */
    double warp_state_cy[STALL_N];
    uint64_t issued;                 /* warp instructions */
    double skipped_cy;               /* of `cycles`, what was not followed but known to repeat */
    uint64_t forced;                 /* barriers that would never have let go */
    uint32_t last_path;              /* of the warp that ended last */
    const struct timeline *timeline; /* NULL unless wanted */
};

/* Follows the SM to its end. Everything in `out` is allocated in `a`. STATUS_CANCELLED by tick. */
enum status sm_run(struct arena *a, const struct sm_setting *s, struct sm_outcome *out) MUST_USE;

#endif
