/*
 * sm_run.c: the clock of the detailed model: CTAs start and end, sub-cores choose warps.
 *
 * The loop goes from one cycle in which something can happen to the next; what happens in a cycle
 * depends on the order of sub-cores (0 first) only where two of them reach for the same stage.
 */
#include "sm_core.h"

enum { TICK_ISSUES = 4096 };

/* ---- CTAs ---- */

static int64_t next_start_cy(const struct sm *m)
{
    if (m->next_cta == m->s.n_ctas || m->n_free_ctas == 0)
        return SM_NEVER;
    return MAX(m->now_cy, (int64_t)ceil(m->next_cta * m->s.cta_spacing_cy));
}

/* With the fewest warps; of equals the next in turn, so that single warps go round. */
static struct sm_sub_core *emptiest(struct sm *m, uint8_t *index)
{
    unsigned best = m->turn;
    for (unsigned i = 1; i < m->n_sub_cores; i++) {
        unsigned s = (m->turn + i) % m->n_sub_cores;
        if (m->sub_core[s].n_warps < m->sub_core[best].n_warps)
            best = s;
    }
    m->turn = (best + 1) % m->n_sub_cores;
    *index = (uint8_t)best;
    return &m->sub_core[best];
}

static void start_warp(struct sm *m, struct sm_cta *cta, uint32_t warp)
{
    const struct trace_warp *t = &m->s.k->warps[warp];
    const struct trace_path *path = &m->s.k->paths[t->path];
    struct sm_warp *w = m->free_warps[--m->n_free_warps];
    *w = (struct sm_warp){.step = path->steps,
                          .end = path->steps + path->n_steps,
                          .access = t->first_access,
                          .warp = warp,
                          .age = m->n_started++,
                          .cta = cta};
    struct sm_sub_core *c = emptiest(m, &w->sub_core);
    sm_account_wait(m, c, m->now_cy);
    if (m->recorder != NULL)
        w->lane = sm_record_lane(m->recorder, w);
    c->warp[c->n_warps] = w;
    c->try_cy[c->n_warps] = sm_hold_next(m, w, MAX(m->now_cy, c->charged_cy), STALL_SELECTED);
    c->next_cy = MIN(c->next_cy, c->try_cy[c->n_warps]);
    c->n_warps++;
}

static void start_cta(struct sm *m)
{
    uint32_t index = m->s.ctas[m->next_cta++];
    const struct trace_cta *t = &m->s.k->ctas[index];
    struct sm_cta *cta = m->free_ctas[--m->n_free_ctas];
    *cta = (struct sm_cta){.cta = index, .n_alive = t->n_warps, .n_resident = t->n_warps};
    for (uint32_t i = 0; i < t->n_warps; i++)
        start_warp(m, cta, t->first_warp + i);
    if (t->n_warps == 0)
        m->free_ctas[m->n_free_ctas++] = cta;
}

static void retire(struct sm *m, struct sm_sub_core *c, unsigned slot)
{
    struct sm_warp *w = c->warp[slot];
    m->last_path = m->s.k->warps[w->warp].path;
    sm_barrier_leave(m, w, m->now_cy);
    c->n_warps--;
    c->warp[slot] = c->warp[c->n_warps];
    c->try_cy[slot] = c->try_cy[c->n_warps];
    c->last = c->last == w ? NULL : c->last;
    m->leader = m->leader == w ? NULL : m->leader;
    m->free_warps[m->n_free_warps++] = w;
    if (--w->cta->n_resident == 0)
        m->free_ctas[m->n_free_ctas++] = w->cta;
}

/* ---- sub-cores ---- */

static void retire_ended(struct sm *m, struct sm_sub_core *c)
{
    for (unsigned i = 0; i < c->n_warps;)
        if (c->try_cy[i] <= m->now_cy && c->warp[i]->step == c->warp[i]->end)
            retire(m, c, i);
        else
            i++;
}

enum { NOBODY = -1 };

/* The warp to issue now. Looks at all that are ready, so that each knows what it lacks. */
static int choose(struct sm *m, struct sm_sub_core *c)
{
    int best = NOBODY;
    for (unsigned i = 0; i < c->n_warps; i++) {
        struct sm_warp *w = c->warp[i];
        if (c->try_cy[i] > m->now_cy || w->step == w->end)
            continue;
        enum stall lacking = STALL_SELECTED;
        int64_t room_cy = sm_room_cy(m, c, w, m->now_cy, &lacking);
        if (room_cy > m->now_cy) {
            w->hold = (uint8_t)lacking;
            w->hold_cy = c->try_cy[i] = room_cy;
        } else if (best == NOBODY || w == c->last ||
                   (c->warp[best] != c->last && w->age > c->warp[best]->age)) {
            best = (int)i;
        }
    }
    return best;
}

static void issue(struct sm *m, struct sm_sub_core *c, unsigned slot)
{
    struct sm_warp *w = c->warp[slot];
    c->last = w;
    c->issued++;
    m->n_issued++;
    c->try_cy[slot] = sm_commit(m, w, m->now_cy);
}

/* Beside the one that issued `code` in this cycle. */
static void issue_second(struct sm *m, struct sm_sub_core *c, uint32_t code)
{
    int slot = choose(m, c);
    if (slot == NOBODY)
        return;
    sm_account_second(m, c, c->warp[slot], code, m->now_cy);
    issue(m, c, (unsigned)slot);
}

static void step_sub_core(struct sm *m, struct sm_sub_core *c)
{
    sm_account_wait(m, c, m->now_cy);
    retire_ended(m, c);
    int first = choose(m, c);
    if (first != NOBODY) {
        uint32_t code = sm_code_of(c->warp[first]);
        sm_account_issue(m, c, c->warp[first], m->now_cy);
        issue(m, c, (unsigned)first);
        if (m->s.g->v.issue_rate >= 2)
            issue_second(m, c, code);
    }
    c->next_cy = SM_NEVER;
    for (unsigned i = 0; i < c->n_warps; i++)
        c->next_cy = MIN(c->next_cy, c->try_cy[i]);
    c->next_cy = MAX(c->next_cy, m->now_cy + 1);
}

/* ---- the clock ---- */

static int64_t next_cycle(const struct sm *m)
{
    int64_t next = next_start_cy(m);
    for (unsigned s = 0; s < m->n_sub_cores; s++)
        next = MIN(next, m->sub_core[s].next_cy);
    return next;
}

static enum status run(struct sm *m)
{
    uint64_t total = m->s.k->counts.warp_insts, next_tick = 0;
    for (;;) {
        int64_t next = next_cycle(m);
        if (next == SM_NEVER && !sm_barrier_force(m, m->now_cy))
            return STATUS_OK;
        if (next == SM_NEVER)
            continue;
        m->now_cy = next;
        while (next_start_cy(m) <= m->now_cy)
            start_cta(m);
        for (unsigned s = 0; s < m->n_sub_cores; s++)
            if (m->sub_core[s].next_cy <= m->now_cy)
                step_sub_core(m, &m->sub_core[s]);
        if (m->has_looped && m->repeat != NULL)
            sm_repeat_check(m->repeat, m);
        m->has_looped = false;
        if (m->n_issued >= next_tick) {
            next_tick = m->n_issued + TICK_ISSUES;
            if (!tick_step(m->s.tick, MIN(m->n_issued, total), total))
                return STATUS_CANCELLED;
        }
    }
}

static struct sm *make(struct arena *a, const struct sm_setting *s)
{
    struct sm *m = ARENA_NEW(a, struct sm);
    m->s = *s;
    m->n_sub_cores = (unsigned)s->g->v.sub_cores;
    m->banks = bank_make(a, s->k, (unsigned)s->g->v.smem_banks);
    m->constants = constant_make(a, s->g, m->n_sub_cores);
    m->fetch = fetch_make(a, s->g, m->n_sub_cores);
    fetch_launch(m->fetch, s->k->code[0].pc, 0);
    lsu_init(&m->lsu, s->g);
    share_init(&m->share, a, s->g, s->n_sms);
    for (unsigned c = 0; c < m->n_sub_cores; c++) {
        m->sub_core[c].next_cy = SM_NEVER;
        m->sub_core[c].insts = ARENA_ARRAY(a, struct result_inst, s->k->n_code);
    }
    uint32_t most_warps = 0;
    for (uint32_t c = 0; c < s->n_ctas; c++)
        most_warps = MAX(most_warps, s->k->ctas[s->ctas[c]].n_warps);
    m->n_free_ctas = MIN(s->resident, (unsigned)SM_MAX_WARPS);
    m->n_ctas = m->n_free_ctas;
    m->n_free_warps = MIN(m->n_free_ctas * most_warps, (unsigned)SM_MAX_WARPS);
    ASSERT(most_warps <= m->n_free_warps || s->n_ctas == 0);
    for (unsigned i = 0; i < m->n_free_ctas; i++)
        m->ctas[i] = m->free_ctas[i] = ARENA_NEW(a, struct sm_cta);
    for (unsigned i = 0; i < m->n_free_warps; i++)
        m->free_warps[i] = ARENA_NEW(a, struct sm_warp);
    m->recorder = s->with_timeline ? sm_record_init(a) : NULL;
    m->repeat = s->every_cycle ? NULL : sm_repeat_init(a, m);
    return m;
}

static unsigned busiest_sub_core(const struct sm *m)
{
    unsigned best = 0;
    for (unsigned s = 1; s < m->n_sub_cores; s++) {
        const struct sm_sub_core *c = &m->sub_core[s], *b = &m->sub_core[best];
        if (c->resident_cy > b->resident_cy ||
            (c->resident_cy == b->resident_cy && c->issued > b->issued))
            best = s;
    }
    return best;
}

static void conclude(struct sm *m, struct arena *a, struct sm_outcome *out)
{
    unsigned s = busiest_sub_core(m);
    const struct sm_sub_core *c = &m->sub_core[s];
    *out = (struct sm_outcome){.cycles = (double)m->now_cy,
                               .idle_cy = (double)(m->now_cy - c->resident_cy),
                               .sub_core = s,
                               .insts = c->insts,
                               .data_cy = m->lsu.data_cy,
                               .issued = m->n_issued,
                               .forced = m->forced,
                               .skipped_cy = (double)m->skipped_cy,
                               .last_path = m->last_path};
    for (int i = 0; i < STALL_N; i++) {
        out->elapsed[i] = c->elapsed[i];
        out->warp_state_cy[i] = m->warp_state_cy[i];
    }
    for (int u = 0; u < UNIT_N; u++)
        out->unit_busy_cy[u] = c->unit_busy_cy[u];
    if (m->recorder != NULL)
        out->timeline = sm_record_finish(m->recorder, a, m->s.g);
}

enum status sm_run(struct arena *a, const struct sm_setting *s, struct sm_outcome *out)
{
    struct sm *m = make(a, s);
    enum status status = run(m);
    if (status == STATUS_OK)
        conclude(m, a, out);
    else if (m->recorder != NULL)
        sm_record_drop(m->recorder);
    return status;
}
