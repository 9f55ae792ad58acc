/*
 * sm_ready.c: when a warp may issue, by what it waits for itself and by what its sub-core has free.
 *
 *     ready = max(registers read, registers written that a load still owes, branch resolved,
 *                 fence done, groups of copies there)
 *
 * The wait is charged to what ends last.
 */
#include "sm_core.h"

struct verdict {
    int64_t at;
    enum stall reason;
};

static void delay(struct verdict *v, int64_t until, enum stall reason)
{
    if (until > v->at) {
        v->at = until;
        v->reason = reason;
    }
}

static void wait_for_reads(const struct sm_warp *w, const struct timing *t, struct verdict *v)
{
    for (unsigned u = 0; u < t->n_use; u++)
        for (unsigned r = t->use[u].first, end = r + t->use[u].n; r < end && r < SM_REGS; r++)
            delay(v, w->done_cy[r], (enum stall)w->wait[r]);
}

/* A register that a scoreboard guards must not be written before the load has. */
static void wait_for_writes(const struct sm_warp *w, const struct timing *t, struct verdict *v)
{
    for (unsigned d = 0; d < t->n_def; d++)
        for (unsigned r = t->def[d].first, end = r + t->def[d].n; r < end && r < SM_REGS; r++)
            if (w->wait[r] != STALL_WAIT)
                delay(v, w->done_cy[r], (enum stall)w->wait[r]);
}

static void wait_for_async(const struct sm *m, const struct sm_warp *w, const struct sass_inst *in,
                           struct verdict *v)
{
    enum stall reason;
    double ready = async_ready_cy(&w->async, &w->cta->async, in, m->s.k->h.has_immediate,
                                  sm_mbarrier_of(m, in, w->access), &reason);
    delay(v, sm_cycle(ready), reason);
}

/* The line of the operand is asked for when the instruction could issue otherwise. */
static void wait_for_constant(const struct sm *m, const struct sm_warp *w,
                              const struct sass_inst *in, struct verdict *v)
{
    double missing = constant_operand_miss_cy(m->constants, w->sub_core, in);
    if (missing > 0)
        delay(v, v->at + sm_cycle(missing), STALL_IMC_MISS);
}

uint64_t sm_mbarrier_of(const struct sm *m, const struct sass_inst *in, uint64_t access)
{
    return in->op.cls == SASS_MBARRIER && in->mem_width_b != 0 ? m->s.k->access_base[access] : 0;
}

int64_t sm_hold_next(struct sm *m, struct sm_warp *w, int64_t from_cy, enum stall otherwise)
{
    struct verdict v = {from_cy, otherwise};
    if (w->step == w->end) {
        delay(&v, w->stores_done_cy, STALL_DRAIN);
    } else {
        const struct sass_inst *in = &m->s.k->code[w->step->code];
        const struct timing *t = &m->s.timing[w->step->code];
        double fetched = fetch_ready_cy(m->fetch, w->sub_core, in->pc, (double)from_cy);
        delay(&v, sm_cycle(fetched), STALL_NO_INSTRUCTION);
        wait_for_reads(w, t, &v);
        wait_for_writes(w, t, &v);
        delay(&v, w->redirect_cy, STALL_BRANCH_RESOLVING);
        delay(&v, w->fence_cy, (enum stall)w->fence);
        wait_for_async(m, w, in, &v);
        wait_for_constant(m, w, in, &v);
    }
    w->hold_cy = v.at;
    w->hold = (uint8_t)v.reason;
    return v.at;
}

static void need(int64_t *until, enum stall *lacking, double free_cy, enum stall reason)
{
    if (sm_cycle(free_cy) > *until) {
        *until = sm_cycle(free_cy);
        *lacking = reason;
    }
}

/* Misses that the next access will have in flight once it reaches L1. */
static double misses_room_cy(const struct sm *m, const struct sm_warp *w, const struct timing *t)
{
    if (!t->uses_l1 || m->s.k->code[w->step->code].mem_width_b == 0)
        return 0;
    const struct memory_answer *a = &m->s.answers[w->access];
    return share_room_cy(&m->share, a->lines) - LSU_THROUGH_CY;
}

static bool is_wgmma(const struct sm *m, const struct sm_warp *w, const struct timing *t)
{
    return t->unit == UNIT_TENSOR && m->s.k->code[w->step->code].op.cls == SASS_WGMMA;
}

int64_t sm_room_cy(const struct sm *m, const struct sm_sub_core *c, const struct sm_warp *w,
                   int64_t now_cy, enum stall *lacking)
{
    const struct timing *t = &m->s.timing[w->step->code];
    int64_t until = now_cy;
    if (w->step->mask == 0)
        return until;
    if (t->unit == UNIT_LSU) {
        enum stall throttle = t->uses_l1 ? STALL_LG_THROTTLE : STALL_MIO_THROTTLE;
        need(&until, lacking, lsu_room_cy(&m->lsu, w->sub_core), throttle);
        need(&until, lacking, misses_room_cy(m, w, t), throttle);
    } else if (t->unit != UNIT_NONE && !is_wgmma(m, w, t)) {
        /* A unit with an interval of 6.7 cycles takes one after 6, 7 and 7. A wgmma does not wait.
         */
        need(&until, lacking, floor(c->unit_free_cy[t->unit] + SM_ROUNDING),
             STALL_MATH_PIPE_THROTTLE);
    }
    if (regfile_is_busy(&c->regfile, until))
        need(&until, lacking, (double)regfile_free_cy(&c->regfile, t, w->warp), STALL_DISPATCH);
    return until;
}
