/*
 * sm_repeat.c: loops that come back to the same state are skipped ahead.
 *
 * When the warp that leads takes a backward branch, the state of the whole SM is written down
 * relative to the present cycle: what every warp waits for and until when, registers on their way,
 * pipes, queues, barriers. If an earlier state was the same (times to a millionth of a cycle, which
 * is rounding) and every warp will execute the instructions of the time between once more, with the
 * same answers from the caches and the same bank conflicts, then that time repeats exactly:
 *
 *     n = least over warps of how often its coming steps repeat those since then
 *     counts += n * (counts - counts then)        all times += n * (now - then)
 *
 * The earlier state is renewed at the 4th, 8th, 16th ... such branch (Brent's search for cycles),
 * so a period of any number of iterations is found; the count begins again when a warp starts or
 * ends.
 *
 * Not skipped: while a CTA is about to start, and when an instruction or a constant came in
 * between.
 */
#include <math.h>
#include <string.h>

#include "sm_core.h"

/* Places of a state; and how often the leader goes back before its first state is remembered, since
 * that costs as much as a short loop. */
enum { MAX_STATE = 1 << 16, FIRST_CHECK = 4 };

struct progress {
    const struct sm_warp *w;
    const struct trace_step *step;
    uint64_t access;
};

struct counts {
    double elapsed[STALL_N], unit_busy_cy[UNIT_N];
    struct result_inst *insts;
    uint64_t issued;
    int64_t resident_cy;
};

struct sm_repeat {
    double *then, *now; /* states, in MAX_STATE places each */
    size_t n_then, n_now;
    uint64_t n_checks, renew_at;
    int64_t then_cy;
    struct progress progress[SM_MAX_WARPS];
    unsigned n_progress;
    struct counts counts[LSU_MAX_SUB_CORES];
    double warp_state_cy[STALL_N], data_cy;
    uint64_t n_issued, l0_misses, constant_misses;
    unsigned n_failures; /* how often that state came again and nothing repeated */
    uint32_t next_cta;
    unsigned n_free_warps;
};

struct sm_repeat *sm_repeat_init(struct arena *a, const struct sm *m)
{
    struct sm_repeat *r = ARENA_NEW(a, struct sm_repeat);
    r->then = ARENA_ARRAY(a, double, MAX_STATE);
    r->now = ARENA_ARRAY(a, double, MAX_STATE);
    r->renew_at = FIRST_CHECK;
    for (unsigned s = 0; s < m->n_sub_cores; s++)
        r->counts[s].insts = ARENA_ARRAY(a, struct result_inst, m->s.k->n_code);
    return r;
}

/* ---- the state, relative to now ---- */

static void put(struct sm_repeat *r, double x)
{
    if (r->n_now < MAX_STATE)
        r->now[r->n_now++] = x;
}

/* A time; what is past by more than `least` does not matter. */
static void put_time(struct sm_repeat *r, const struct sm *m, double cy, double least)
{
    put(r, MAX(cy - (double)m->now_cy, least));
}

static void put_cycle(struct sm_repeat *r, const struct sm *m, int64_t cy)
{
    if (cy == SM_NEVER)
        put(r, (double)INFINITY);
    else
        put_time(r, m, (double)cy, 0);
}

/* Groups finish in order: those still under way are the last ones. */
static void put_queue(struct sm_repeat *r, const struct sm *m, const struct async_queue *q)
{
    put_time(r, m, q->open_cy, 0);
    put(r, q->open_cy > 0);
    for (unsigned g = q->n; g-- > 0 && q->done_cy[g] > (double)m->now_cy;)
        put_time(r, m, q->done_cy[g], 0);
    put(r, -1);
}

static void put_warp(struct sm_repeat *r, const struct sm *m, const struct sm_warp *w)
{
    put(r, w->warp);
    put(r, w->hold_cy > m->now_cy ? w->hold : STALL_N);
    put_cycle(r, m, w->hold_cy);
    const int64_t times[] = {w->redirect_cy, w->fence_cy, w->stores_done_cy};
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        put_cycle(r, m, times[i]);
    put(r, w->fence_cy > m->now_cy ? w->fence : STALL_N);
    put_queue(r, m, &w->async.copies);
    put_queue(r, m, &w->async.matrices);
    put_time(r, m, w->async.copied_cy, 0);
    put(r, (double)w->async.armed);
    for (unsigned i = 0; i < SM_REGS; i++)
        if (w->done_cy[i] > m->now_cy) {
            put(r, i);
            put(r, w->wait[i]);
            put_cycle(r, m, w->done_cy[i]);
        }
}

static void put_sub_core(struct sm_repeat *r, const struct sm *m, const struct sm_sub_core *c)
{
    put_cycle(r, m, c->charged_cy);
    put(r, c->last == NULL ? -1 : (double)c->last->warp);
    for (int u = 0; u < UNIT_N; u++)
        put_time(r, m, c->unit_free_cy[u], -1);
    for (unsigned b = 0; b < REGFILE_BANKS; b++)
        put_cycle(r, m, c->regfile.free_cy[b]);
    put(r, c->regfile.last_warp);
    put(r, c->regfile.last == NULL ? -1 : (double)(c->regfile.last - m->s.timing));
}

static void put_memory(struct sm_repeat *r, const struct sm *m)
{
    put_time(r, m, m->lsu.stage_free_cy, 0);
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        const struct lsu_queue *q = &m->lsu.queue[s];
        put_time(r, m, q->taken_cy, 0);
        for (unsigned i = 0; i < LSU_QUEUE; i++)
            put_time(r, m, q->leave_cy[(q->at + i) % LSU_QUEUE], 0);
    }
    put_time(r, m, m->share.l2_served_cy, 0);
    put_time(r, m, m->share.dram_served_cy, 0);
    for (unsigned i = 0; i < m->share.n_entries; i++)
        put_time(r, m, m->share.in_flight_cy[(m->share.at + i) % m->share.n_entries], 0);
}

static void put_barriers(struct sm_repeat *r, const struct sm *m, const struct sm_cta *cta)
{
    put(r, cta->n_alive);
    for (unsigned b = 0; b < SM_BARRIERS; b++)
        if (cta->barrier[b].is_used) {
            put(r, (double)cta->barrier[b].key);
            put(r, cta->barrier[b].arrived);
        }
    for (unsigned b = 0; b < cta->async.n; b++) {
        put(r, (double)cta->async.barrier[b].address);
        put_time(r, m, cta->async.barrier[b].done_cy, 0);
    }
}

/* What tells most states apart, and costs little. */
static void write_outline(struct sm_repeat *r, const struct sm *m)
{
    r->n_now = 0;
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        const struct sm_sub_core *c = &m->sub_core[s];
        put(r, c->n_warps);
        for (unsigned i = 0; i < c->n_warps; i++) {
            put_cycle(r, m, c->try_cy[i]);
            put(r, c->warp[i]->step == c->warp[i]->end ? -1 : (double)c->warp[i]->step->code);
        }
    }
}

static void write_rest(struct sm_repeat *r, const struct sm *m)
{
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        const struct sm_sub_core *c = &m->sub_core[s];
        put_sub_core(r, m, c);
        for (unsigned i = 0; i < c->n_warps; i++) {
            put_warp(r, m, c->warp[i]);
            put_barriers(r, m, c->warp[i]->cta);
        }
    }
    put_memory(r, m);
}

static bool equals_then(const struct sm_repeat *r, size_t from)
{
    for (size_t i = from; i < r->n_now; i++)
        if (i >= r->n_then ||
            !(r->now[i] == r->then[i] || fabs(r->now[i] - r->then[i]) < SM_ROUNDING))
            return false;
    return true;
}

/* ---- what is remembered beside the state ---- */

static void remember_counts(struct sm_repeat *r, const struct sm *m)
{
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        const struct sm_sub_core *c = &m->sub_core[s];
        struct counts *t = &r->counts[s];
        memcpy(t->elapsed, c->elapsed, sizeof t->elapsed);
        memcpy(t->unit_busy_cy, c->unit_busy_cy, sizeof t->unit_busy_cy);
        memcpy(t->insts, c->insts, m->s.k->n_code * sizeof *t->insts);
        t->issued = c->issued;
        t->resident_cy = c->resident_cy;
    }
    memcpy(r->warp_state_cy, m->warp_state_cy, sizeof r->warp_state_cy);
    r->data_cy = m->lsu.data_cy;
    r->n_issued = m->n_issued;
    r->l0_misses = fetch_stats(m->fetch).l0_misses;
    r->constant_misses = constant_misses(m->constants);
}

static void remember(struct sm_repeat *r, const struct sm *m)
{
    double *state = r->then;
    r->then = r->now;
    r->now = state;
    r->n_then = r->n_now;
    r->n_failures = 0;
    r->then_cy = m->now_cy;
    r->n_progress = 0;
    for (unsigned s = 0; s < m->n_sub_cores; s++)
        for (unsigned i = 0; i < m->sub_core[s].n_warps; i++) {
            const struct sm_warp *w = m->sub_core[s].warp[i];
            r->progress[r->n_progress++] = (struct progress){w, w->step, w->access};
        }
    remember_counts(r, m);
}

/* ---- how often it repeats ---- */

static bool same_access(const struct sm *m, uint32_t code, uint32_t mask, uint64_t a, uint64_t b)
{
    const struct sass_inst *in = &m->s.k->code[code];
    if (in->op.cls == SASS_MBARRIER)
        return sm_mbarrier_of(m, in, a) == sm_mbarrier_of(m, in, b);
    if (m->s.timing[code].uses_l1)
        return memcmp(&m->s.answers[a], &m->s.answers[b], sizeof m->s.answers[a]) == 0;
    return m->s.timing[code].memory == MEMORY_NONE ||
           bank_wavefronts(m->banks, a, mask, in) == bank_wavefronts(m->banks, b, mask, in);
}

/*
 * Whole repetitions, ahead of the warp, of what it has executed since then; looks for no more than
 * `most`. What comes behind the last one must be the same, too: the warp waits for it already.
 */
static uint64_t repetitions(const struct sm *m, const struct progress *then, uint64_t most)
{
    const struct sm_warp *w = then->w;
    size_t period = (size_t)(w->step - then->step), n = 0;
    if (period == 0)
        return most;
    uint64_t before = then->access, ahead = w->access;
    for (const struct trace_step *s = w->step; s < w->end && n <= most * period; s++, n++) {
        const struct trace_step *p = s - period;
        if (s->code != p->code || s->mask != p->mask)
            break;
        if (m->s.k->code[s->code].mem_width_b == 0)
            continue;
        if (!same_access(m, s->code, s->mask, before++, ahead++))
            break;
    }
    return n > 0 ? (n - 1) / period : 0;
}

/* Of all warps. Looks twice as far each time, so that a warp with few does not cost the search
 * through all of another's. */
static uint64_t least_repetitions(const struct sm_repeat *r, const struct sm *m)
{
    uint64_t most = 1, n;
    for (;; most *= 2) {
        n = most;
        for (unsigned i = 0; i < r->n_progress && n > 0; i++)
            n = MIN(n, repetitions(m, &r->progress[i], most));
        if (n < most || most > UINT32_MAX)
            break;
    }
    return n;
}

/* ---- skipping ---- */

static void add_counts(const struct sm_repeat *r, struct sm *m, double n)
{
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        struct sm_sub_core *c = &m->sub_core[s];
        const struct counts *t = &r->counts[s];
        for (int i = 0; i < STALL_N; i++)
            c->elapsed[i] += n * (c->elapsed[i] - t->elapsed[i]);
        for (int u = 0; u < UNIT_N; u++)
            c->unit_busy_cy[u] += n * (c->unit_busy_cy[u] - t->unit_busy_cy[u]);
        for (uint32_t k = 0; k < m->s.k->n_code; k++)
            for (int i = 0; i < STALL_N; i++)
                c->insts[k].stall[i] += n * (c->insts[k].stall[i] - t->insts[k].stall[i]);
        c->issued += (uint64_t)n * (c->issued - t->issued);
        c->resident_cy += (int64_t)n * (c->resident_cy - t->resident_cy);
    }
    for (int i = 0; i < STALL_N; i++)
        m->warp_state_cy[i] += n * (m->warp_state_cy[i] - r->warp_state_cy[i]);
    m->lsu.data_cy += n * (m->lsu.data_cy - r->data_cy);
    m->n_issued += (uint64_t)n * (m->n_issued - r->n_issued);
}

static void shift(int64_t *cy, int64_t by)
{
    if (*cy != SM_NEVER)
        *cy += by;
}

static void shift_queue(struct async_queue *q, double by)
{
    q->open_cy += q->open_cy > 0 ? by : 0;
    for (unsigned g = 0; g < q->n; g++)
        q->done_cy[g] += by;
}

static void shift_warp(struct sm_warp *w, int64_t by)
{
    int64_t *times[] = {&w->hold_cy, &w->redirect_cy, &w->fence_cy, &w->stores_done_cy};
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        shift(times[i], by);
    shift_queue(&w->async.copies, (double)by);
    shift_queue(&w->async.matrices, (double)by);
    w->async.copied_cy += (double)by;
    for (unsigned i = 0; i < SM_REGS; i++)
        shift(&w->done_cy[i], by);
}

static void shift_sub_core(struct sm_sub_core *c, int64_t by)
{
    shift(&c->next_cy, by);
    shift(&c->charged_cy, by);
    for (int u = 0; u < UNIT_N; u++)
        c->unit_free_cy[u] += (double)by;
    for (unsigned b = 0; b < REGFILE_BANKS; b++)
        shift(&c->regfile.free_cy[b], by);
    for (unsigned i = 0; i < c->n_warps; i++) {
        shift(&c->try_cy[i], by);
        shift_warp(c->warp[i], by);
    }
}

static void shift_times(struct sm *m, int64_t by)
{
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        shift_sub_core(&m->sub_core[s], by);
        m->lsu.queue[s].taken_cy += (double)by;
        for (unsigned i = 0; i < LSU_QUEUE; i++)
            m->lsu.queue[s].leave_cy[i] += (double)by;
    }
    for (unsigned i = 0; i < m->n_ctas; i++)
        for (unsigned b = 0; b < m->ctas[i]->async.n; b++)
            m->ctas[i]->async.barrier[b].done_cy += (double)by;
    m->lsu.stage_free_cy += (double)by;
    m->share.l2_served_cy += (double)by;
    m->share.dram_served_cy += (double)by;
    for (unsigned i = 0; i < m->share.n_entries; i++)
        m->share.in_flight_cy[i] += (double)by;
    m->now_cy += by;
}

static void advance_warps(const struct sm_repeat *r, uint64_t n)
{
    for (unsigned i = 0; i < r->n_progress; i++) {
        const struct progress *then = &r->progress[i];
        struct sm_warp *w = (struct sm_warp *)then->w;
        w->access += n * (w->access - then->access);
        w->step += n * (uint64_t)(w->step - then->step);
    }
}

static void skip(struct sm_repeat *r, struct sm *m, uint64_t n)
{
    int64_t period = m->now_cy - r->then_cy;
    if (m->recorder != NULL)
        sm_record_repeat(m->recorder, r->then_cy, m->now_cy, n);
    add_counts(r, m, (double)n);
    advance_warps(r, n);
    shift_times(m, period * (int64_t)n);
    m->skipped_cy += period * (int64_t)n;
}

/* ---- */

/* Whether what happened since then can happen again, as far as the state does not say. */
static bool may_skip(const struct sm_repeat *r, const struct sm *m)
{
    struct fetch_stats fetched = fetch_stats(m->fetch);
    bool may_start = m->next_cta < m->s.n_ctas && m->n_free_ctas > 0;
    return r->n_then > 0 && !may_start && r->l0_misses == fetched.l0_misses &&
           fetched.last_ready_cy <= (double)r->then_cy &&
           r->constant_misses == constant_misses(m->constants);
}

static void start_search(struct sm_repeat *r, const struct sm *m, uint64_t first)
{
    r->n_then = 0;
    r->n_checks = 0;
    r->renew_at = first;
    r->next_cta = m->next_cta;
    r->n_free_warps = m->n_free_warps;
}

/* Skips what repeats of the time since then, which ends in the state that it began in. */
static void try_skip(struct sm_repeat *r, struct sm *m)
{
    enum { MOST_FAILURES = 8 };
    uint64_t n = least_repetitions(r, m);
    if (n > 0) {
        skip(r, m, n);
        start_search(r, m, 1);
    } else if (++r->n_failures == MOST_FAILURES) {
        r->n_then = 0;
    }
}

void sm_repeat_check(struct sm_repeat *r, struct sm *m)
{
    for (unsigned s = 0; s < m->n_sub_cores; s++)
        sm_account_wait(m, &m->sub_core[s], m->now_cy);
    if (r->next_cta != m->next_cta || r->n_free_warps != m->n_free_warps)
        start_search(r, m, FIRST_CHECK);
    write_outline(r, m);
    size_t n_outline = r->n_now;
    bool is_renewed = ++r->n_checks == r->renew_at;
    bool is_same = may_skip(r, m) && equals_then(r, 0);
    if (is_same || is_renewed)
        write_rest(r, m);
    bool is_whole = r->n_now < MAX_STATE;
    if (is_renewed)
        r->renew_at *= 2;
    if (is_same && is_whole && r->n_now == r->n_then && equals_then(r, n_outline))
        try_skip(r, m);
    else if (is_renewed && is_whole)
        remember(r, m);
}
