/*
 * contention.c: AMALI's per-interval bounds; equations in the header.
 *
 * Known error: every L1 access is charged 128 B whatever its width; the sum of bounds per interval
 * supposes that all warps are in the same interval at the same time.
 */
#include "mech/contention.h"

#include <math.h>

struct demand {
    double unit[UNIT_N]; /* sum of initiation intervals */
    double accesses;
};

static struct demand interval_demand(const struct trace_kernel *k, const struct issue_profile *p,
                                     const struct timing *timing, const struct issue_stall *at)
{
    struct demand d = {{0}, 0};
    const struct trace_step *steps = k->paths[p->path].steps;
    for (uint32_t s = at->step; s < at->step + at->length; s++) {
        const struct timing *t = &timing[steps[s].code];
        d.unit[t->unit] += t->interval_cy;
        d.accesses += t->uses_l1;
    }
    return d;
}

static void bound_pipes(struct contention *c, const struct demand *d, double n, const struct gpu *g,
                        double warps)
{
    double spread = warps / (MIN(warps, g->v.sub_cores) * g->v.issue_rate);
    double base = n * spread;
    double unit = 0;
    for (int u = 0; u < UNIT_N; u++)
        if (u != UNIT_NONE && u != UNIT_LSU)
            unit = MAX(unit, d->unit[u] * spread);
    double l1 = ceil(d->accesses * 4 * g->v.sector_b / g->v.l1_b_per_cy * warps);
    double lost = MAX(base, MAX(unit, l1)) - base;
    if (l1 > base && l1 > unit)
        c->lg_cy = lost;
    else
        c->math_cy = lost;
}

static void bound_memory(struct contention *c, const struct demand *d, const struct gpu *g,
                         const struct contention_setting *s)
{
    const struct gpu_values *v = &g->v;
    double half = 0.5 * s->n_sms * d->accesses * s->warps;
    c->noc_cy = half * (v->core_clock_mhz * 1e6 * (32 / (v->noc_gb_s * 1e9)) * s->miss);
    c->dram_cy = half * (v->dram_clock_mhz * 1e6 * (32 / (v->dram_gb_s * 1e9)) * s->miss);
}

struct contention *contention_amali(struct arena *a, const struct trace_kernel *k,
                                    const struct issue_profile *p, const struct timing *timing,
                                    const struct gpu *g, struct contention_setting s)
{
    struct contention *all = ARENA_ARRAY(a, struct contention, p->n_stalls);
    for (uint32_t i = 0; i < p->n_stalls; i++) {
        struct demand d = interval_demand(k, p, timing, &p->stalls[i]);
        if (s.with_pipes)
            bound_pipes(&all[i], &d, p->stalls[i].length, g, s.warps);
        if (s.with_queue)
            bound_memory(&all[i], &d, g, &s);
    }
    return all;
}
