/*
 * sm_commit.c: what an instruction changes when it issues: registers, pipes, memory, groups of
 * copies, barriers.
 *
 * Memory: the instruction passes the queue of its sub-core and the stage of the SM (lsu.h), which
 * is where its latency is shifted to. What L1 does not have is served by the share of L2 and DRAM
 * (share.h) and comes with the latency of the farthest level.
 *
 *     done = take - through + latency(level) + wide                    without misses
 *     done = served - through + latency(level) + wide                  with
 *     wide = max(0, bytes of the warp / 64 - 2)                        global and local loads
 *     wide = max(0, passes - 2) + (wavefronts - passes)                shared memory
 *
 * Widths after MICRO'25, table 2: +0, +2, +6 cycles for 32, 64, 128 bits of a global load, +0, +0,
 * +2 of a shared one.
 */
#include "sm_core.h"

static unsigned width_b(const struct sass_inst *in)
{
    return in->op.width_b ? in->op.width_b : in->mem_width_b;
}

static double return_cy(const struct sass_inst *in, uint32_t mask)
{
    enum { RETURN_B = 64, INCLUDED_CY = 2 };
    double bytes = (double)__builtin_popcount(mask) * width_b(in);
    return MAX(bytes / RETURN_B - INCLUDED_CY, 0);
}

/* When an access that reaches L1 in cycle `take` is done; `past` of its latency has gone by then.
 */
static double access_levels(struct sm *m, const struct trace_step *step, uint64_t access,
                            double take, double past)
{
    const struct sass_inst *in = &m->s.k->code[step->code];
    const struct timing *t = &m->s.timing[step->code];
    const struct memory_answer *a = &m->s.answers[access];
    unsigned beyond = (unsigned)a->l2 + a->dram;
    double served = share_serve(&m->share, take, beyond, a->dram);
    bool is_load = t->n_def > 0; /* a copy takes the same whatever its width: MICRO'25, table 2 */
    double latency = t->memory == MEMORY_ATOMIC ? m->s.latency_cy[step->code]
                                                : memory_answer_latency_cy(a, m->s.g);
    double done = served - past + latency + (is_load ? return_cy(in, step->mask) : 0);
    share_hold(&m->share, a->lines, done);
    return t->memory == MEMORY_ASYNC_COPY ? done + memory_copy_latency_cy(m->s.g, &in->op) : done;
}

static double access_l1(struct sm *m, const struct sm_warp *w, const struct trace_step *step,
                        uint64_t access, int64_t now_cy)
{
    double data = m->s.answers[access].sectors * m->s.g->v.sector_b / m->s.g->v.l1_b_per_cy;
    double take = lsu_push(&m->lsu, w->sub_core, (double)now_cy, data);
    return access_levels(m, step, access, take, LSU_THROUGH_CY);
}

static double access_shared(struct sm *m, const struct sm_warp *w, const struct trace_step *step,
                            uint64_t access, int64_t now_cy)
{
    const struct sass_inst *in = &m->s.k->code[step->code];
    const struct timing *t = &m->s.timing[step->code];
    double wavefronts = bank_wavefronts(m->banks, access, step->mask, in);
    double passes = bank_passes(step->mask, in);
    double each_cy = 4 * m->s.g->v.smem_banks / m->s.g->v.smem_b_per_cy;
    double data = wavefronts * each_cy;
    double take = lsu_push(&m->lsu, w->sub_core, (double)now_cy, data);
    double wide = MAX(passes - 2, 0), conflicts = MAX(wavefronts - passes, 0);
    return take - LSU_THROUGH_CY + t->latency_cy + (wide + conflicts) * each_cy;
}

static double through_lsu(struct sm *m, const struct sm_warp *w, const struct trace_step *step,
                          uint64_t access, int64_t now_cy)
{
    const struct timing *t = &m->s.timing[step->code];
    bool has_address = m->s.k->code[step->code].mem_width_b != 0;
    if (has_address && t->uses_l1)
        return access_l1(m, w, step, access, now_cy);
    if (has_address && t->memory != MEMORY_NONE)
        return access_shared(m, w, step, access, now_cy);
    return lsu_push(&m->lsu, w->sub_core, (double)now_cy, 0) - LSU_THROUGH_CY + t->latency_cy;
}

/* What the tensor memory accelerator moves goes past the sub-core's queue. */
static bool is_bulk_copy(const struct sm *m, const struct trace_step *step)
{
    const struct timing *t = &m->s.timing[step->code];
    return t->uses_l1 && t->unit != UNIT_LSU && m->s.k->code[step->code].mem_width_b != 0;
}

/* When the result is there. */
static int64_t execute(struct sm *m, const struct sm_warp *w, const struct trace_step *step,
                       uint64_t access, int64_t now_cy)
{
    struct sm_sub_core *c = &m->sub_core[w->sub_core];
    const struct timing *t = &m->s.timing[step->code];
    regfile_read(&c->regfile, t, w->warp, now_cy);
    if (t->unit == UNIT_LSU)
        return sm_cycle(through_lsu(m, w, step, access, now_cy));
    if (is_bulk_copy(m, step))
        return sm_cycle(access_levels(m, step, access, (double)now_cy, 0));
    double free_cy = c->unit_free_cy[t->unit];
    double start = free_cy > (double)now_cy - 1 + SM_ROUNDING ? free_cy : (double)now_cy;
    c->unit_free_cy[t->unit] = start + t->interval_cy;
    c->unit_busy_cy[t->unit] += t->interval_cy;
    const struct sass_inst *in = &m->s.k->code[step->code];
    double begin = in->op.cls == SASS_WGMMA ? start : (double)now_cy;
    return sm_cycle(begin + t->latency_cy + constant_load_miss_cy(m->constants, in));
}

static void write_registers(struct sm_warp *w, const struct timing *t, int64_t done)
{
    for (unsigned d = 0; d < t->n_def; d++)
        for (unsigned r = t->def[d].first, end = r + t->def[d].n; r < end && r < SM_REGS; r++) {
            w->done_cy[r] = done;
            w->wait[r] = t->wait;
        }
}

/* Behind a fence the warp's stores must have been seen, too. */
static void hold_back(struct sm_warp *w, const struct timing *t, int64_t now_cy)
{
    w->fence = t->hold;
    w->fence_cy = now_cy + sm_cycle(t->hold_cy);
    if (t->hold == STALL_MEMBAR)
        w->fence_cy = MAX(w->fence_cy, w->stores_done_cy);
}

/* The first warp to go back in its code leads until it ends. */
static void note_loop(struct sm *m, const struct sm_warp *w, const struct sass_inst *branch)
{
    if (w->step == w->end || m->s.k->code[w->step->code].pc > branch->pc)
        return;
    if (m->leader == NULL)
        m->leader = w;
    m->has_looped = m->has_looped || m->leader == w;
}

static void apply(struct sm *m, struct sm_warp *w, const struct trace_step *step, uint64_t access,
                  int64_t now_cy)
{
    const struct sass_inst *in = &m->s.k->code[step->code];
    const struct timing *t = &m->s.timing[step->code];
    bool is_off = step->mask == 0;
    int64_t done = is_off ? 0 : execute(m, w, step, access, now_cy);
    if (!is_off || in->op.cls == SASS_ASYNC_COMMIT)
        async_start(&w->async, &w->cta->async, in, sm_mbarrier_of(m, in, access), (double)done);
    if (is_off)
        return;
    if (in->op.cls != SASS_WGMMA) /* who reads its registers has waited for its group */
        write_registers(w, t, done);
    if (timing_writes_only(t))
        w->stores_done_cy = MAX(w->stores_done_cy, done);
    if (t->hold_cy > 0)
        hold_back(w, t, now_cy);
    if (in->op.cls == SASS_BRANCH && !(in->op.flags & SASS_F_EXIT)) {
        w->redirect_cy = now_cy + sm_cycle(m->s.g->v.lat_branch_cy);
        note_loop(m, w, in);
    }
}

int64_t sm_commit(struct sm *m, struct sm_warp *w, int64_t now_cy)
{
    const struct trace_step *step = w->step++;
    const struct sass_inst *in = &m->s.k->code[step->code];
    apply(m, w, step, w->access, now_cy);
    w->access += in->mem_width_b != 0;
    bool is_barrier = (in->op.flags & (SASS_F_CTA_BARRIER | SASS_F_ARRIVE_ONLY)) != 0 &&
                      step->mask != 0 && in->op.pipe == SASS_PIPE_ADU;
    if (is_barrier && sm_barrier_arrive(m, w, in, now_cy)) {
        w->hold = STALL_BARRIER;
        w->hold_cy = SM_NEVER;
        return SM_NEVER;
    }
    if (w->step == w->end)
        sm_barrier_leave(m, w, now_cy);
    return sm_hold_next(m, w, now_cy + 1, STALL_SELECTED);
}
