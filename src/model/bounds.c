/*
 * bounds.c: a kernel cannot be faster than its traffic, whatever one SM says.
 *
 *     T >= bytes(L2) / bandwidth(L2) + latency(L2)
 *     T >= bytes(DRAM) / bandwidth(DRAM) + latency(DRAM)
 *
 * The latency is that of the first answer. What is missing is charged to the instructions whose
 * sectors the level moved: loads wait on the long scoreboard, stores fill the queue.
 */
#include <math.h>

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

static double sectors_moved(const struct pipeline *p, uint32_t code, bool is_dram)
{
    const struct memory_code *c = &p->memory.code[code];
    return is_dram && c->dram > 0 ? c->dram : c->l2_hits + c->dram;
}

static void charge_traffic(struct pipeline *p, double missing, bool is_dram)
{
    double sum = 0;
    for (uint32_t c = 0; c < p->k->n_code; c++)
        sum += sectors_moved(p, c, is_dram);
    for (uint32_t c = 0; c < p->k->n_code && sum > 0; c++) {
        double share = sectors_moved(p, c, is_dram) / sum;
        bool is_store = p->timing[c].memory == MEMORY_STORE;
        if (share > 0)
            pipeline_charge(p, c, is_store ? STALL_LG_THROTTLE : STALL_LONG_SCOREBOARD,
                            missing * share);
    }
}

enum status pipeline_bounds(struct pipeline *p, struct err *e)
{
    (void)e;
    if (!pipeline_has(p, FIX_QUEUE))
        return STATUS_OK;
    struct level_bound b = slowest_level(p);
    double running = pipeline_cycles(p) - p->launch_cy;
    if (b.cy > running)
        charge_traffic(p, b.cy - running, b.is_dram);
    return STATUS_OK;
}
