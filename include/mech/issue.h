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
    const struct issue_profile *alone; /* the same with less traffic, by the caller; may be NULL */
    uint32_t path;
    const struct profile_group *group; /* by the caller: whom it was profiled with, */
    uint32_t member;                   /* and which of them it is */
    uint32_t n_steps;
    /* Stalls in order; the first interval (before any stall) has cy 0 and step 0. */
    struct issue_stall *stalls;
    uint32_t n_stalls;
    double stall_cy; /* sum */
    double
        queued_cy;   /* of stalls and drain, what L2 and DRAM being busy added; set by the caller */
    double drain_cy; /* from the issue of the last instruction until the last store has left */
    double barrier_cy;   /* of stalls, waits at barriers */
    double in_flight_cy; /* while at least one of its requests is beyond L1 */
    double first_round; /* share of its requests, by service of L2, before it first waits for one */
    double end_cy;      /* issue of the last instruction + 1 */
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

/* One access of the profiled warp: its latency, and how long it keeps L2 and DRAM busy. */
struct issue_access {
    double latency_cy, l2_cy, dram_cy;
};

/* What a warp runs on. */
struct issue_machine {
    const struct trace_kernel *k;
    const struct gpu *g;
    const struct timing *timing;         /* by static instruction */
    const double *latency_cy;            /* the same, memory included */
    const struct issue_access *accesses; /* by access of the warp; NULL = by static instruction */
    const struct issue_traffic *traffic; /* NULL = bandwidth without limit */
    struct fetch *fetch; /* of the warp's sub-core 0, from cycle 0 on; NULL = code is there */
    struct constant *constants; /* of the same sub-core; NULL = they are there */
    struct issue_rules rules;
    const struct tick *tick;
};

/* Profiles path `path` for a warp that nobody makes wait. Allocated in `a`. STATUS_CANCELLED
 * through m->tick. */
enum status issue_run(struct arena *a, const struct issue_machine *m, uint32_t path,
                      struct issue_profile *out) MUST_USE;

/*
 * Profiles the n warps of a CTA, each on its own sub-core, that wait for one another at barriers
 * (barrier.h); machines[i], paths[i] and out[i] belong together. Allocated in `a`.
 */
enum status issue_run_cta(struct arena *a, const struct issue_machine *machines,
                          const uint32_t *paths, uint32_t n,
                          struct issue_profile *const *out) MUST_USE;

#endif
