/*
 * bounds.c: a kernel cannot be faster than its traffic or than its CTAs come, whatever one SM says.
 *
 *     T >= bytes(L2) / bandwidth(L2) + latency(L2)
 *     T >= bytes(DRAM) / bandwidth(DRAM) + latency(DRAM)
 *     T >= turns on the sector with most atomics * interval + latency(atomic)
 *     T >= launch of a CTA * CTAs after the first of each SM
 *
 * The latency is that of the first answer. What is missing is charged to the instructions whose
 * sectors the level moved: loads wait on the long scoreboard, stores fill the queue. What CTAs lack
 * is launch.
 */
#include "mech/launch.h"
#include "model/pipeline.h"

struct level_bound {
    double cy;
    bool is_dram;
};

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
    return b;
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
        bool is_store = kind == MEMORY_STORE || kind == MEMORY_LOCAL_STORE;
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
