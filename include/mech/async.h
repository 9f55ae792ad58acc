/*
 * async.h: work that a warp starts and waits for later, by group or by barrier.
 *
 *     started by               joins                        waited for by
 *     LDGSTS                   the open group of copies     DEPBAR.LE n: all but n closed groups
 *     UTMASTG and the like     the same                     the same
 *     LDGDEPBAR, UTMACMDFLUSH  close the group of copies
 *     HGMMA and the like       the open matrix group        WARPGROUP.DEPBAR.LE n: all but n
 *     WARPGROUP.ARRIVE         closes the matrix group
 *     SYNCS.ARRIVE, expect-tx  arms an mbarrier
 *     UTMALDG, UBLKCP          the mbarrier armed last      SYNCS.PHASECHK, TRYWAIT on it
 *     ARRIVES.LDGSTSBAR        all copies so far arrive     the same
 *
 * Groups finish in order: done[g] = max(done[g-1], members). Sources: PTX ISA (cp.async groups,
 * mbarrier, wgmma.fence, commit_group, wait_group); what SASS makes of them from CUTLASS kernels.
 * `.A1T0` of SYNCS.ARRIVE and a source RZ are plain arrivals: nothing is expected.
 *
 * A waiting warp shows long_scoreboard for copies and for an mbarrier: the H200 profiles of TMA
 * kernels that load over PCIe (AsymGEMM, Nsight Compute) have 90.9 of their warps there. It shows
 * gmma for matrix groups.
 *
 * Assumed: text traces up to v5 do not say which wgmma commits, so every WARPGROUP.ARRIVE begins a
 * group, as compilers emit it; nor which mbarrier a TMA load completes, so it is the one its warp
 * armed last. Only transactions are waited for, not the arrivals of other warps. An mbarrier has
 * one phase open at a time, so a wait is for the latest.
 */
#ifndef WARPSCOPE_MECH_ASYNC_H
#define WARPSCOPE_MECH_ASYNC_H

#include "result/result.h"
#include "sass/sass.h"

enum { ASYNC_GROUPS = 64, ASYNC_BARRIERS = 64 };

/* Closed groups that may be unfinished, the oldest first, and the open one. All zero = none. */
struct async_queue {
    double done_cy[ASYNC_GROUPS];
    unsigned n;
    double open_cy; /* when the open group is done so far; 0 = it is empty */
};

/* The mbarriers of a CTA, by shared address; shared by its warps. All zero = none. */
struct async_cta {
    struct async_barrier {
        uint64_t address;
        double done_cy;
    } barrier[ASYNC_BARRIERS];
    unsigned n;
};

/* What one warp has under way. All zero = nothing. */
struct async_warp {
    struct async_queue copies, matrices;
    double copied_cy; /* when all copies so far are done */
    uint64_t armed;   /* address of the mbarrier that a TMA load completes */
};

/*
 * `in` has issued with an active lane (or is a commit) and its own work, if any, is done at
 * `done_cy`. `address` is that of the first lane, 0 where the trace has none.
 */
void async_start(struct async_warp *w, struct async_cta *c, const struct sass_inst *in,
                 uint64_t address, double done_cy);

/*
 * From when on `in` may issue as far as it waits for such work, 0 = at once; *reason is what its
 * warp shows until then. Without immediates in the trace a wait is for all groups.
 */
double async_ready_cy(const struct async_warp *w, const struct async_cta *c,
                      const struct sass_inst *in, bool has_immediate, uint64_t address,
                      enum stall *reason);

#endif
