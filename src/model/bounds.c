/*
 * bounds.c: a kernel cannot be faster than its traffic or than its CTAs come, whatever one SM says.
 *
 *     T >= bytes(L2) / bandwidth(L2) + latency(L2)
 *     T >= bytes(DRAM) / bandwidth(DRAM) + latency(DRAM)
 *     T >= sum over levels of the bytes an SM reads / what its misses in flight allow (share.h)
 *     T >= turns on the sector with most atomics * interval + latency(atomic)
 *     T >= launch of a CTA * CTAs after the first of each SM
 *
 * The latency is that of the first answer. What is missing is charged to the instructions whose
 * sectors the level moved: loads wait on the long scoreboard, stores fill the queue. What CTAs lack
 * is launch.
 */
#include "mech/launch.h"
#include "mech/share.h"
#include "model/pipeline.h"

struct level_bound {
    double cy;
    bool is_dram;
};

/* Little's law for the loads of an SM: each line waits for its level, so many at a time. */
static struct level_bound in_flight(const struct pipeline *p)
{
    const struct memory *m = &p->memory;
    double l2 = 0, dram = 0; /* sectors */
    for (uint32_t c = 0; c < p->k->n_code; c++) {
        enum memory_kind kind = (enum memory_kind)p->timing[c].memory;
        if (kind != MEMORY_LOAD && kind != MEMORY_LOCAL_LOAD && kind != MEMORY_ASYNC_COPY)
            continue;
        l2 += m->code[c].l2_hits;
        dram += m->code[c].dram;
    }
    double sector_b = p->g->v.sector_b / p->sharing_sms;
    double l2_cy = l2 * sector_b / share_in_flight_b_per_cy(p->g, memory_l2_mean_cy(m, p->g));
    double dram_cy = dram * sector_b / share_in_flight_b_per_cy(p->g, memory_dram_latency_cy(p->g));
    return (struct level_bound){l2_cy + dram_cy, dram_cy > l2_cy};
}

static struct level_bound slowest_level(const struct pipeline *p)
{
    const struct result_level *l2 = &p->memory.level[RESULT_L2];
    const struct result_level *dram = &p->memory.level[RESULT_DRAM];
    struct level_bound b = {0, false};
    if (l2->bytes > 0)
        b.cy = l2->bytes / p->g->v.l2_b_per_cy + memory_l2_latency_cy(p->g);
    double cy = dram->bytes / gpu_dram_b_per_cy(p->g) + memory_dram_latency_cy(p->g);
    if (dram->bytes > 0 && cy > b.cy)
        b = (struct level_bound){cy, true};
    struct level_bound misses = in_flight(p);
    return misses.cy > b.cy ? misses : b;
}

static void charge_traffic(struct pipeline *p, double missing, bool is_dram)
{
    const double *service_cy = is_dram ? p->dram_service_cy : p->l2_service_cy;
    double sum = 0;
    for (uint32_t c = 0; c < p->k->n_code; c++)
        sum += service_cy[c] * p->memory.code[c].executions;
    for (uint32_t c = 0; c < p->k->n_code && sum > 0; c++) {
        double share = service_cy[c] * p->memory.code[c].executions / sum;
        enum memory_kind kind = (enum memory_kind)p->timing[c].memory;
        bool is_store = memory_is_store(kind);
        if (share > 0)
            pipeline_charge(p, c, is_store ? STALL_LG_THROTTLE : STALL_LONG_SCOREBOARD,
                            missing * share);
    }
}

static double running_cy(const struct pipeline *p)
{
    return pipeline_cycles(p) - p->launch_cy;
}

static void bound_traffic(struct pipeline *p)
{
    struct level_bound b = slowest_level(p);
    double running = running_cy(p);
    if (b.cy > running)
        charge_traffic(p, b.cy - running, b.is_dram);
}

/* What is missing is shared by turns; a reduction, whose result nobody waits for, fills the queue.
 */
static void bound_atomics(struct pipeline *p)
{
    double missing =
        p->atomics.busiest * p->g->v.atomic_ii_cy + p->g->v.lat_atomic_cy - running_cy(p);
    double turns = 0;
    for (uint32_t c = 0; c < p->k->n_code; c++)
        turns += p->atomics.code[c].turns;
    for (uint32_t c = 0; c < p->k->n_code && turns > 0 && missing > 0; c++) {
        bool has_result = p->timing[c].n_def > 0;
        double share = missing * p->atomics.code[c].turns / turns;
        if (share > 0)
            pipeline_charge(p, c, has_result ? STALL_LONG_SCOREBOARD : STALL_LG_THROTTLE, share);
    }
}

static void bound_launch(struct pipeline *p)
{
    double later = p->k->n_ctas - MIN(p->k->n_ctas, p->n_sms);
    double s = launch_refill_cy(p->g, p->occupancy.warps_per_cta, p->occupancy.ctas_per_sm);
    double missing = later * s - running_cy(p);
    p->launch_cy += MAX(missing, 0);
    p->stall[STALL_LAUNCH] = p->launch_cy;
}

enum status pipeline_bounds(struct pipeline *p, struct err *e)
{
    (void)e;
    if (pipeline_uses(p, QUEUE_SHARE))
        bound_traffic(p);
    if (p->atomics.code != NULL)
        bound_atomics(p);
    if (pipeline_uses(p, LAUNCH_FITTED))
        bound_launch(p);
    return STATUS_OK;
}
