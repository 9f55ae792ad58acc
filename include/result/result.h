/*
 * result.h: what a model says of one kernel on one GPU. Immutable once published.
 *
 * All numbers refer to the kernel's critical SM (the busiest) seen from one sub-core, so that
 * stall[] is cycles of elapsed time and sums to `cycles` exactly (the last bit included:
 * result_seal enforces it). Shares are stall / cycles. The arena that the model worked in becomes
 * the result's. Reference-counted and thread safe.
 */
#ifndef WARPSCOPE_RESULT_RESULT_H
#define WARPSCOPE_RESULT_RESULT_H

#include "base/arena.h"
#include "base/defs.h"
#include "result/metric.h"
#include "result/timeline.h"

enum stall_group {
    STALL_GROUP_ISSUE,
    STALL_GROUP_MEMORY,
    STALL_GROUP_SHARED,
    STALL_GROUP_COMPUTE,
    STALL_GROUP_SYNC,
    STALL_GROUP_FETCH,
    STALL_GROUP_DEPENDENCY,
    STALL_GROUP_HEALTHY,
    STALL_GROUP_OTHER,
    STALL_GROUP_IDLE,
    STALL_GROUP_N
};

enum stall {
#define STALL(id, name, ncu, group, letter, colour, who, help, about, advice, stages) id,
#define EQUATION(of, when, text, source)
#include "result/stall.def"
#undef EQUATION
#undef STALL
    STALL_N
};

struct stall_info {
    const char *name; /* JSON key */
    const char *ncu;  /* title in Nsight Compute */
    enum stall_group group;
    char letter; /* drawn where colour is not to be had */
    uint8_t colour;
    const char *who;    /* who can mend it */
    const char *help;   /* one line, no full stop */
    const char *about;  /* what happens in the machine, in sentences */
    const char *advice; /* what usually helps; "" where nothing can be done */
    const char *stages; /* stages of a model that decide it, parted by blanks */
    bool is_warp_state; /* false: launch, idle */
};
extern const struct stall_info stall_info[STALL_N];
const char *stall_group_name(enum stall_group g);

enum limiter {
    LIMITER_WARPS,
    LIMITER_CTAS,
    LIMITER_REGISTERS,
    LIMITER_SHARED,
    LIMITER_GRID,
    LIMITER_N
};
const char *limiter_name(enum limiter l); /* "registers" */

struct result_occupancy {
    unsigned warps_per_cta;
    unsigned ctas_per_sm; /* resident at once by the limits */
    unsigned
        limit[LIMITER_N];  /* CTAs an SM could hold by each limit; GRID: CTAs there are for an SM */
    enum limiter limiter;  /* the smallest */
    unsigned warps_per_sm; /* resident on the busiest SM */
    double theoretical;    /* resident warps by the limits / warps an SM can hold */
    double achieved;       /* the same with the CTAs that there really are */
    double smem_carveout_kib; /* chosen shared-memory size */
    double l1_kib;            /* what is left for L1 */
};

enum { RESULT_L1, RESULT_L2, RESULT_DRAM, RESULT_SMEM, RESULT_N_LEVELS };

/* Traffic over the whole grid. An access is a 32-byte sector; DRAM has no hits. */
struct result_level {
    double accesses, hits;
    double bytes;
    double hit_rate;      /* NAN when there was no access */
    double peak_b_per_cy; /* of the chip; NAN when not known */
};

/* Instructions that the representative warp issues back to back. */
struct result_interval {
    uint32_t first_step, n_steps; /* in the representative warp's path */
    double issue_cy;              /* its own issue slots */
    double stall_cy;              /* its stall before the first, alone: nothing hidden */
    enum stall reason;
    uint32_t code; /* instruction that waited, index into kernel->code */
};

struct result_inst {
    uint64_t executions; /* warp instructions over all CTAs */
    double thread_executions;
    double cycles; /* all states, so that the sum over instructions + launch + idle = cycles */
    double stall[STALL_N]; /* includes STALL_SELECTED: its issue slots */
    double latency_cy;     /* mean latency the model gave it */
};

/* A number that only some models have, such as AMAT; metric.def says what it means. */
struct result_term {
    enum metric metric;
    double value;
};

struct result {
    const char *kernel_name;  /* as in the trace */
    const char *kernel_label; /* bare function name */
    const char *gpu_name, *gpu_title, *model_name;
    uint32_t kernel_id;
    uint64_t fixes; /* switches in force, bits of enum stage (model/stage.h) */
    /* "STAGE: VARIANT" of every stage, NULL where the model has none (model/stage.h). */
    const char *const *stages;
    uint32_t n_stages;
    uint32_t grid[3], block[3];
    uint32_t n_ctas; /* that the trace holds */
    uint32_t n_regs, shmem_b;

    uint64_t warp_insts, thread_insts;
    double cycles, time_us;
    double ipc;        /* warp instructions per cycle of the whole chip */
    double ipc_per_sm; /* of the SMs in use */
    double clock_mhz;

    struct result_occupancy occupancy;
    double waves;                  /* CTAs of the busiest SM / resident CTAs */
    unsigned sms_used, ctas_on_sm; /* of the busiest */

    double stall[STALL_N]; /* cycles; sums to `cycles` */

    struct result_level level[RESULT_N_LEVELS];
    double sol_compute, sol_l1, sol_l2, sol_dram; /* share of peak over `cycles`, 0..1 */
    const char *busiest_pipe;                     /* pipe behind sol_compute */

    const struct result_interval *intervals;
    uint32_t n_intervals;
    uint32_t path;                   /* representative warp's path in the kernel */
    const struct result_inst *insts; /* parallel to kernel->code */
    uint32_t n_insts;

    const struct result_term *terms;
    uint32_t n_terms;

    /* Models that follow warps (NULL otherwise): warp cycles in each state per issued instruction,
     * the profiler's smsp__average_warps_issue_stalled_*_per_issue_active. */
    const double *warp_state;
    const struct timeline *timeline; /* states over time; NULL unless asked for */

    uint64_t unknown_insts; /* dynamic instructions with unknown opcode */
    double unknown_share;
    bool is_withheld;  /* too many unknown: cycles, stalls and what follows of them are NAN */
    bool is_partial;   /* the trace lacks CTAs of the grid; all numbers are of those it has */
    double error_band; /* validated relative error of the model, NAN = not validated */

    const char *const *notes; /* assumptions and warnings for people */
    uint32_t n_notes;

    struct arena arena; /* owns everything above */
    _Atomic unsigned refs;
};

/* A result in an arena of its own, with one reference. Strings it points to must live in r->arena.
 */
struct result *result_make(void);
const struct result *result_retain(const struct result *r);
void result_release(const struct result *r);

/* The value of a term, NAN if the model has none. */
double result_term(const struct result *r, enum metric m);

/* Largest stall that is a loss (never selected or not_selected); STALL_SELECTED if there is none.
 */
enum stall result_top_stall(const struct result *r);

/*
 * Makes `cycles` the sum of stall[], added in order, to the last bit. A difference above 1e-9 of
 * the cycles before that is a bug of the model: ASSERT.
 */
void result_seal(struct result *r);

#endif
