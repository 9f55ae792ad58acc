/*
 * compose_mdm.c: MDM's sum (MICRO'20), wave by wave.
 *
 *     cycles = N / IR + sum over intervals of s_k + slots left / IR (overlap.h) + MSHR + NoC
 * (mshr.h)
 *
 * with the warps of one scheduler. In Nsight Compute's names: N / IR and slots selected; s_k by
 * what the warp waits for; the delays, which the model adds to memory, long_scoreboard (NoC and
 * DRAM) and lg_throttle (MSHR). MDM counts an SM at a time, all SMs alike: the busiest SM stands
 * for all.
 */
#include <math.h>

#include "alike.h"
#include "compose.h"
#include "mech/overlap.h"

static void add_interval(struct pipeline *p, const struct issue_profile *i, const struct wave *w,
                         uint32_t k)
{
    double rate = p->g->v.issue_rate, stall = interval_stall_cy(i, k);
    const struct overlap_interval interval = {
        i->stalls[k].length, stall, alike_issue_chance(i, rate), (double)i->n_steps / i->n_stalls};
    double slots = overlap_mdm_slots(&interval, ceil(w->n_warps / p->g->v.sub_cores), rate);
    struct mshr_demand demand = alike_demand(p, i, k, w->n_warps);
    struct mshr_delay delay = mshr_mdm(p->g, &demand);
    p->noc_cy += delay.noc_cy * w->repeat;
    alike_charge_run(p, i, k, STALL_SELECTED, (i->stalls[k].length + slots) / rate * w->repeat);
    if (k + 1 < i->n_stalls)
        alike_charge_wait(p, i, k, i->stalls[k + 1].reason, stall * w->repeat);
    alike_charge_memory(p, i, k, STALL_LONG_SCOREBOARD, delay.noc_cy * w->repeat);
    alike_charge_memory(p, i, k, STALL_LG_THROTTLE, delay.mshr_cy * w->repeat);
}

enum status compose_mdm(struct pipeline *p, struct err *e)
{
    const struct issue_profile *i;
    TRY(alike_profile(p, &i, e));
    for (uint32_t w = 0; w < p->waves.n_waves; w++)
        for (uint32_t k = 0; k < i->n_stalls; k++)
            add_interval(p, i, &p->waves.waves[w], k);
    alike_busy(p);
    return STATUS_OK;
}
