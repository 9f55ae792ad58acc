/*
 * sm_account.c: states of warps become cycles.
 *
 * Two views of the same states. In warp_state_cy every warp counts every cycle, which Nsight
 * Compute's warp state statistics average. In elapsed every cycle of the sub-core counts once: an
 * issue is "selected", any other cycle is shared equally among the states of the resident warps.
 */
#include "sm_core.h"

static void record(struct sm *m, const struct sm_warp *w, int64_t from, int64_t to,
                   enum stall state, uint32_t code)
{
    if (m->recorder != NULL)
        sm_record(m->recorder, w->lane, from, to, state, code);
}

uint32_t sm_code_of(const struct sm_warp *w)
{
    return w->step == w->end ? w->step[-1].code : w->step->code;
}

static void charge(struct sm_sub_core *c, uint32_t code, enum stall s, double cy)
{
    c->elapsed[s] += cy;
    c->insts[code].stall[s] += cy;
}

void sm_account_wait(struct sm *m, struct sm_sub_core *c, int64_t now_cy)
{
    int64_t n = now_cy - c->charged_cy;
    if (n <= 0)
        return;
    if (c->n_warps > 0) {
        c->resident_cy += n;
        double each = (double)n / c->n_warps;
        for (unsigned i = 0; i < c->n_warps; i++) {
            const struct sm_warp *w = c->warp[i];
            ASSERT(w->hold_cy >= now_cy);
            m->warp_state_cy[w->hold] += (double)n;
            charge(c, sm_code_of(w), (enum stall)w->hold, each);
            record(m, w, c->charged_cy, now_cy, (enum stall)w->hold, sm_code_of(w));
        }
    }
    c->charged_cy = now_cy;
}

void sm_account_issue(struct sm *m, struct sm_sub_core *c, const struct sm_warp *issues,
                      int64_t now_cy)
{
    for (unsigned i = 0; i < c->n_warps; i++) {
        const struct sm_warp *w = c->warp[i];
        enum stall s = w == issues           ? STALL_SELECTED
                       : w->hold_cy > now_cy ? (enum stall)w->hold
                                             : STALL_NOT_SELECTED;
        m->warp_state_cy[s] += 1;
        record(m, w, now_cy, now_cy + 1, s, sm_code_of(w));
    }
    charge(c, sm_code_of(issues), STALL_SELECTED, 1);
    c->resident_cy++;
    c->charged_cy = now_cy + 1;
}

void sm_account_second(struct sm *m, struct sm_sub_core *c, const struct sm_warp *w, uint32_t code,
                       int64_t now_cy)
{
    m->warp_state_cy[STALL_NOT_SELECTED] -= 1;
    m->warp_state_cy[STALL_SELECTED] += 1;
    record(m, w, now_cy, now_cy + 1, STALL_SELECTED, sm_code_of(w));
    charge(c, code, STALL_SELECTED, -0.5);
    charge(c, sm_code_of(w), STALL_SELECTED, 0.5);
}
