/*
 * sm_barrier.c: CTA barriers. The warp that completes one lets all go in the next cycle.
 *
 * The trace holds one immediate: BAR.SYNC id has the number of the barrier, which waits for all
 * warps that have not ended; BAR.SYNC id, threads has the threads, which are a multiple of 32, and
 * the number is lost: barriers with equal counts are taken for the same one.
 */
#include <string.h>

#include "sm_core.h"

static bool counts_threads(int64_t key)
{
    return key >= SASS_WARP_LANES && key % SASS_WARP_LANES == 0;
}

static struct sm_barrier *barrier_of(struct sm_cta *cta, int64_t key)
{
    struct sm_barrier *unused = &cta->barrier[0];
    for (unsigned i = 0; i < SM_BARRIERS; i++) {
        if (cta->barrier[i].is_used && cta->barrier[i].key == key)
            return &cta->barrier[i];
        if (!cta->barrier[i].is_used)
            unused = &cta->barrier[i];
    }
    *unused = (struct sm_barrier){.key = key, .is_used = true};
    return unused;
}

static int64_t key_of(const struct sm *m, const struct sass_inst *in)
{
    return m->s.k->h.has_immediate ? in->immediate : 0;
}

static bool waits_at(const struct sm *m, const struct sm_warp *w, const struct sm_cta *cta,
                     int64_t key)
{
    return w->cta == cta && w->hold == STALL_BARRIER && w->hold_cy == SM_NEVER &&
           key_of(m, &m->s.k->code[w->step[-1].code]) == key;
}

static void let_go(struct sm *m, struct sm_sub_core *c, unsigned slot, int64_t now_cy)
{
    sm_account_wait(m, c, now_cy);
    c->try_cy[slot] = sm_hold_next(m, c->warp[slot], now_cy + 1, STALL_BARRIER);
    c->next_cy = MIN(c->next_cy, c->try_cy[slot]);
}

static void open_barrier(struct sm *m, struct sm_cta *cta, struct sm_barrier *b, int64_t now_cy)
{
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        struct sm_sub_core *c = &m->sub_core[s];
        for (unsigned i = 0; i < c->n_warps; i++)
            if (waits_at(m, c->warp[i], cta, b->key))
                let_go(m, c, i, now_cy);
    }
    b->is_used = false;
}

static bool is_complete(const struct sm_cta *cta, const struct sm_barrier *b)
{
    if (counts_threads(b->key))
        return b->arrived * (int64_t)SASS_WARP_LANES >= b->key;
    return b->arrived >= cta->n_alive;
}

bool sm_barrier_arrive(struct sm *m, struct sm_warp *w, const struct sass_inst *in, int64_t now_cy)
{
    struct sm_barrier *b = barrier_of(w->cta, key_of(m, in));
    b->arrived++;
    if (is_complete(w->cta, b)) {
        open_barrier(m, w->cta, b, now_cy);
        return false;
    }
    return !(in->op.flags & SASS_F_ARRIVE_ONLY);
}

void sm_barrier_leave(struct sm *m, struct sm_warp *w, int64_t now_cy)
{
    struct sm_cta *cta = w->cta;
    if (w->has_left)
        return;
    w->has_left = true;
    cta->n_alive--;
    for (unsigned i = 0; i < SM_BARRIERS; i++) {
        struct sm_barrier *b = &cta->barrier[i];
        if (b->is_used && !counts_threads(b->key) && is_complete(cta, b))
            open_barrier(m, cta, b, now_cy);
    }
}

bool sm_barrier_force(struct sm *m, int64_t now_cy)
{
    bool any = false;
    for (unsigned s = 0; s < m->n_sub_cores; s++) {
        struct sm_sub_core *c = &m->sub_core[s];
        for (unsigned i = 0; i < c->n_warps; i++)
            if (c->try_cy[i] == SM_NEVER) {
                memset(c->warp[i]->cta->barrier, 0, sizeof c->warp[i]->cta->barrier);
                let_go(m, c, i, now_cy);
                any = true;
            }
    }
    m->forced += any;
    return any;
}
