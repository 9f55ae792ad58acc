/*
 * issue.h: one warp alone on a sub-core, instruction by instruction, in order.
 *
 * The result is the interval profile: runs of instructions that issue back to back, separated by
 * stalls with a reason. What other warps do is added later (overlap.h).
 */
#ifndef WARPSCOPE_MECH_ISSUE_H
#define WARPSCOPE_MECH_ISSUE_H

#include "base/arena.h"
#include "base/tick.h"
#include "mech/constant.h"
#include "mech/fetch.h"
#include "mech/timing.h"

struct issue_rules {
    bool is_amali; /* a dependent issues at completion + 1 and the stall includes its slot */
    bool guards;   /* an instruction without active lanes waits, takes its slot and does nothing */
    bool async_groups; /* DEPBAR.LE waits for committed groups */
    bool own_pipes;    /* the warp's own instructions keep pipes and the memory queue busy */
    bool branches;     /* a taken branch delays the next instruction */
    bool drain;        /* EXIT waits for stores */
};

struct issue_stall {
    uint32_t step;   /* instruction that waited */
    uint32_t length; /* instructions from this one to the next stall */
    double cy;
    enum stall reason;
};

struct issue_profile {
    const struct issue_profile *alone; /* the same without traffic, by the caller; may be NULL */
    uint32_t path;
    uint32_t n_steps;
    /* Stalls in order; the first interval (before any stall) has cy 0 and step 0. */
    struct issue_stall *stalls;
    uint32_t n_stalls;
    double stall_cy; /* sum */
    double
        queued_cy;   /* of stalls and drain, what L2 and DRAM being busy added; set by the caller */
    double drain_cy; /* from the issue of the last instruction until the last store has left */
    /* Issue time of each barrier instruction, counted without barrier waits. */
    struct issue_barrier {
        uint32_t step;
        double at_cy;
        int64_t key;       /* immediate: number of the barrier, or the threads that meet there */
        bool arrives_only; /* BAR.ARV */
    } * barriers;
    uint32_t n_barriers;
    double end_cy; /* issue of the last instruction + 1 */
};

/*
 * Bandwidth of the memory beyond L1, as one SM sees it: cycles that one execution of each static
 * instruction keeps this SM's share of L2 and of DRAM busy. `crowd` is how much the SM's resident
 * warps ask for together, in units of what the profiled warp asks for: they queue at the same time.
 */
struct issue_traffic {
    const double *l2_cy, *dram_cy;
    double crowd;
};

/* What a warp runs on. */
struct issue_machine {
    const struct trace_kernel *k;
    const struct gpu *g;
    const struct timing *timing;         /* by static instruction */
    const double *latency_cy;            /* the same, memory included */
    const struct issue_traffic *traffic; /* NULL = bandwidth without limit */
    struct fetch *fetch; /* of the warp's sub-core 0, from cycle 0 on; NULL = code is there */
    struct constant *constants; /* of the same sub-core; NULL = they are there */
    struct issue_rules rules;
    const struct tick *tick;
};

/* Profiles path `path`. Allocated in `a`. STATUS_CANCELLED through m->tick. */
enum status issue_run(struct arena *a, const struct issue_machine *m, uint32_t path,
                      struct issue_profile *out) MUST_USE;

#endif
