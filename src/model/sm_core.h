/*
 * sm_core.h: the state of the detailed model. Private to model.
 *
 * Time is in whole cycles since the first CTA of the SM started. A sub-core is looked at only in
 * cycles in which something can happen there; what its warps do in between is charged when the
 * next such cycle comes (sm_account.c). A resident warp has at any time
 *
 *     hold     why it may not issue, and until when (SM_NEVER: until another warp acts)
 *     try_cy   the first cycle in which it is worth looking at again
 *
 * and is "not selected" when it is held by nothing.
 */
#ifndef WARPSCOPE_MODEL_SM_CORE_H
#define WARPSCOPE_MODEL_SM_CORE_H

#include <math.h>

#include "mech/async.h"
#include "mech/bank.h"
#include "mech/constant.h"
#include "mech/fetch.h"
#include "mech/lsu.h"
#include "mech/regfile.h"
#include "mech/share.h"
#include "model/sm.h"

enum { SM_REGS = 256, SM_BARRIERS = 16, SM_MAX_WARPS = 128 };
#define SM_NEVER INT64_MAX

/* Sums of fractions miss a whole number by less than this. */
#define SM_ROUNDING 1e-6

/* The first whole cycle that is not before `cy`. */
static inline int64_t sm_cycle(double cy)
{
    return (int64_t)ceil(cy - SM_ROUNDING);
}

struct sm_warp {
    const struct trace_step *step, *end; /* the next instruction */
    uint64_t access;                     /* record of the next access */
    uint32_t warp;                       /* index into kernel->warps */
    uint32_t lane;                       /* of the timeline */
    uint64_t age;                        /* order of start: higher = younger */
    struct sm_cta *cta;
    uint8_t sub_core;
    bool has_left; /* its CTA does not wait for it any more */

    int64_t hold_cy; /* until then ... */
    uint8_t hold;    /* ... this enum stall */
    int64_t redirect_cy;
    int64_t fence_cy; /* held back by a fence or a sleep until then, ... */
    uint8_t fence;    /* ... enum stall */
    int64_t stores_done_cy;
    struct async_warp async;
    int64_t done_cy[SM_REGS]; /* when the register can be read */
    uint8_t wait[SM_REGS];    /* enum stall of a warp that waits for it */
};

/* Warps that have come to one barrier of a CTA. */
struct sm_barrier {
    int64_t key;      /* number of the barrier, or the threads it waits for */
    unsigned arrived; /* warps */
    bool is_used;
};

struct sm_cta {
    uint32_t cta;        /* index into kernel->ctas */
    unsigned n_alive;    /* warps that have not ended */
    unsigned n_resident; /* warps whose stores have not left either */
    struct sm_barrier barrier[SM_BARRIERS];
    struct async_cta async;
};

struct sm_sub_core {
    struct sm_warp *warp[SM_MAX_WARPS];
    int64_t try_cy[SM_MAX_WARPS]; /* beside warp[]: the scan reads nothing else */
    unsigned n_warps;
    const struct sm_warp *last; /* issued last: it goes on first (greedy) */
    int64_t next_cy;            /* next cycle to look at */
    int64_t charged_cy;         /* up to here all cycles are accounted for */
    double unit_free_cy[UNIT_N];
    struct regfile regfile;

    /* Elapsed cycles by state, each cycle once: issue, or shared among the waiting warps. */
    double elapsed[STALL_N];
    struct result_inst *insts; /* stall[] of the same, by static instruction */
    double unit_busy_cy[UNIT_N];
    uint64_t issued;
    int64_t resident_cy; /* cycles with a resident warp */
};

struct sm {
    struct sm_setting s;
    struct sm_sub_core sub_core[LSU_MAX_SUB_CORES];
    unsigned n_sub_cores;
    struct lsu lsu;
    struct share share;
    struct bank_table *banks;
    struct fetch *fetch; /* NULL: instructions are always there */
    struct constant *constants;
    struct sm_warp *free_warps[SM_MAX_WARPS]; /* slots without a warp */
    unsigned n_free_warps;
    struct sm_cta *ctas[SM_MAX_WARPS]; /* room for all that can be resident, and ... */
    unsigned n_ctas;
    struct sm_cta *free_ctas[SM_MAX_WARPS]; /* ... which of it is free */
    unsigned n_free_ctas;                   /* CTAs that could still start now */
    uint32_t next_cta;                      /* index into s.ctas of the next one to start */
    unsigned turn; /* sub-core that the next warp goes to unless another is emptier */
    uint64_t n_started, n_issued;
    int64_t now_cy;
    double warp_state_cy[STALL_N];
    uint64_t forced; /* barriers that only let go because nothing else could happen */
    uint32_t last_path;
    struct sm_recorder *recorder; /* NULL = no timeline wanted */
    struct sm_repeat *repeat;     /* NULL = every cycle is followed */
    const struct sm_warp *leader; /* whose backward branches are looked at */
    bool has_looped;              /* the leader took one in this cycle */
    int64_t skipped_cy;
};

/* ---- sm_ready.c: when a warp's next instruction may issue, by the warp's own means ---- */

/* Sets the hold of `w` for its next instruction, looked for from `from_cy` on, and returns the
 * cycle to try it in. */
int64_t sm_hold_next(struct sm *m, struct sm_warp *w, int64_t from_cy, enum stall otherwise);

/* Address of an mbarrier instruction with record `access`; 0 where the trace has none. */
uint64_t sm_mbarrier_of(const struct sm *m, const struct sass_inst *in, uint64_t access);

/* The cycle from which on the sub-core has room for the next instruction, and what it lacks. */
int64_t sm_room_cy(const struct sm *m, const struct sm_sub_core *c, const struct sm_warp *w,
                   int64_t now_cy, enum stall *lacking);

/* ---- sm_commit.c: what an instruction changes when it issues ---- */

/* Issues the next instruction of `w` in cycle `now_cy`; the warp's hold is set anew. Returns the
 * cycle to try the warp in again. */
int64_t sm_commit(struct sm *m, struct sm_warp *w, int64_t now_cy);

/* ---- sm_barrier.c ---- */

/* `w` comes to the barrier of instruction `in`. True when it has to wait there. */
bool sm_barrier_arrive(struct sm *m, struct sm_warp *w, const struct sass_inst *in, int64_t now_cy);
/* `w` has no instruction left: those of its CTA who wait for all may go on. Once is enough. */
void sm_barrier_leave(struct sm *m, struct sm_warp *w, int64_t now_cy);
/* Lets go every warp that waits, since nothing else can happen; false when there is none. */
bool sm_barrier_force(struct sm *m, int64_t now_cy);

/* ---- sm_account.c: every cycle of every warp is in one state ---- */

/* Charges the cycles of the sub-core up to `now_cy`, in which nothing issued. */
void sm_account_wait(struct sm *m, struct sm_sub_core *c, int64_t now_cy);
/* Charges cycle `now_cy`, in which warp `w` issues. */
void sm_account_issue(struct sm *m, struct sm_sub_core *c, const struct sm_warp *w, int64_t now_cy);
/* `w` issues in the same cycle as `first`, which was charged already for `code`. */
void sm_account_second(struct sm *m, struct sm_sub_core *c, const struct sm_warp *w, uint32_t code,
                       int64_t now_cy);
/* The instruction that a warp waits to issue; at the end, the one that ended it. */
uint32_t sm_code_of(const struct sm_warp *w);

/* ---- sm_repeat.c: loops that come back to the same state are skipped ahead ---- */

struct sm_repeat *sm_repeat_init(struct arena *a, const struct sm *m);
/* To be called when the leader has taken a backward branch and the cycle is over. */
void sm_repeat_check(struct sm_repeat *r, struct sm *m);

/* ---- sm_timeline.c ---- */

struct sm_recorder *sm_record_init(struct arena *a);
uint32_t sm_record_lane(struct sm_recorder *r, const struct sm_warp *w);
void sm_record(struct sm_recorder *r, uint32_t lane, int64_t from_cy, int64_t to_cy,
               enum stall state, uint32_t code);
/* Cycles [from, to) come `count` times more behind `to`; nothing of that is recorded. */
void sm_record_repeat(struct sm_recorder *r, int64_t from_cy, int64_t to_cy, uint64_t count);
/* The finished timeline, in `a`; the recorder is gone. */
struct timeline *sm_record_finish(struct sm_recorder *r, struct arena *a, const struct gpu *g);
void sm_record_drop(struct sm_recorder *r);

#endif
