/*
 * memory_latency.c: from levels that answered to cycles.
 *
 * AMALI (public code), per global request; transactions are lines:
 *
 *     par    = max(int(round(transactions / requests, 2)), 1)
 *     c_L1   = transactions per SM * lat_L1
 *     c_L2   = L2 transactions * (lat_L2 - lat_L1) / par     loads filtered by the L1 hit rate
 *     c_DRAM = DRAM transactions * (lat_DRAM - (lat_L2 - lat_L1)) / par     lat_DRAM from L1
 *     AMAT   = ceil(ceil(max(c_L1, c_L2, c_DRAM)) / requests)
 *
 * PPT-GPU (SC'21, NMSU-PEARL/PPT-GPU @0351db7), from which this comes, has other parallelism and
 * adds queueing:
 *
 *     par    = 1, but min(transactions / requests, channels) where loads or stores have as many
 *              transactions a request as there are channels, or both together 17
 *     queue  = DRAM transactions * clock_DRAM * 32 B / BW_DRAM / par
 *            + L2 transactions * clock_DRAM * 32 B / BW_NoC / par    if above lat_DRAM
 *     AMAT   = ceil(ceil(ceil(max(c_L1, c_L2, c_DRAM)) + ceil(queue)) / requests)
 *
 * The maximum never adds levels up, so an all-L2-hit kernel gets exactly lat_L2 - lat_L1: a defect
 * (switch "amat").
 */
#include <math.h>

#include "mech/l2.h"
#include "mech/memory.h"

static double far_latency_cy(const struct gpu *g)
{
    return l2_is_split(g) ? g->v.lat_l2_far_cy : g->v.lat_l2_cy;
}

double memory_l2_mean_cy(const struct memory *m, const struct gpu *g)
{
    return g->v.lat_l2_cy + (far_latency_cy(g) - g->v.lat_l2_cy) * m->far_share;
}

/* Addresses are hashed over the partitions: all but one in P are homed far. */
double memory_l2_latency_cy(const struct gpu *g)
{
    double far = l2_is_split(g) ? 1 - 1 / g->v.l2_partitions : 0;
    return g->v.lat_l2_cy + (far_latency_cy(g) - g->v.lat_l2_cy) * far;
}

double memory_dram_latency_cy(const struct gpu *g)
{
    double l2 = memory_l2_latency_cy(g);
    /* AMALI's sets count DRAM from L1 on; the whole way is L2 plus what is left of it. */
    return g->dram_from_l1 ? l2 + g->v.lat_dram_cy - (g->v.lat_l2_cy - g->v.lat_l1_cy)
                           : MAX(g->v.lat_dram_cy, l2);
}

double memory_amat_amali(const struct memory *m, const struct gpu *g, unsigned n_sms_used)
{
    if (m->requests == 0)
        return 0;
    const struct gpu_values *v = &g->v;
    double to_l2 = v->lat_l2_cy - v->lat_l1_cy;
    double spread = round(m->transactions / m->requests * 100) / 100;
    double par = MAX(floor(spread), 1);
    double hit_ld = m->load_sectors > 0 ? m->load_l1_hits / m->load_sectors : 0;
    double l2 = floor(m->load_sectors * (1 - hit_ld)) + (m->transactions - m->load_sectors);
    double dram = floor(l2 * (1 - m->l2_hit_rate));
    double c_l1 = m->transactions / n_sms_used * v->lat_l1_cy;
    double c_l2 = l2 * to_l2 / par;
    double c_dram = dram * (memory_dram_latency_cy(g) - memory_l2_latency_cy(g)) / par;
    return ceil(ceil(MAX(c_l1, MAX(c_l2, c_dram))) / m->requests);
}

/* Cycles that `n` lines of 32 bytes take at `gb_s`, as PPT-GPU has them: of the DRAM clock. */
static double lines_cy(double n, double clock_mhz, double gb_s)
{
    return n * clock_mhz * 1e6 * 32 / (gb_s * 1e9);
}

static double ratio(double n, double of)
{
    return of > 0 ? n / of : 0;
}

static double ppt_parallelism(const struct memory_ppt *p, double channels)
{
    const double many = 17;
    double spread = ratio(p->load_sectors + p->store_sectors, p->load_requests + p->store_requests);
    bool is_parallel = ratio(p->load_sectors, p->load_requests) >= channels ||
                       ratio(p->store_sectors, p->store_requests) >= channels || spread >= many;
    return is_parallel ? MIN(spread, channels) : 1;
}

double memory_amat_ppt(const struct memory *m, const struct gpu *g, unsigned n_sms_used)
{
    const struct memory_ppt *p = &m->ppt;
    const struct gpu_values *v = &g->v;
    double requests = p->load_requests + p->store_requests;
    if (requests == 0)
        return 0;
    double par = ppt_parallelism(p, isnan(v->dram_channels) ? 1 : v->dram_channels);
    double l2 = p->l2_loads + p->l2_stores, to_l2 = v->lat_l2_cy - v->lat_l1_cy;
    double c_l1 = (p->load_sectors + p->store_sectors) / n_sms_used * v->lat_l1_cy;
    double c_l2 = l2 * to_l2 / par;
    double beyond = memory_dram_latency_cy(g) - memory_l2_latency_cy(g);
    double c_dram = p->dram_total * beyond / par;
    double queue = lines_cy(p->dram_total, v->dram_clock_mhz, v->dram_gb_s) / par;
    double noc = lines_cy(l2, v->dram_clock_mhz, v->noc_gb_s) / par;
    if (noc > to_l2 + beyond)
        queue += noc;
    return ceil((ceil(MAX(c_l1, MAX(c_l2, c_dram))) + ceil(queue)) / requests);
}

double memory_amat_sum(const struct memory *m, const struct gpu *g)
{
    if (m->requests == 0)
        return 0;
    double l1 = g->v.lat_l1_cy, l2 = memory_l2_mean_cy(m, g), dram = memory_dram_latency_cy(g);
    return l1 + (1 - m->l1_hit_rate) * ((l2 - l1) + (1 - m->l2_hit_rate) * (dram - l2));
}

double memory_answer_latency_cy(const struct memory_answer *a, const struct gpu *g)
{
    if (a->dram > 0)
        return memory_dram_latency_cy(g);
    if (a->far > 0)
        return far_latency_cy(g);
    return a->l2 > 0 ? g->v.lat_l2_cy : g->v.lat_l1_cy;
}

double memory_code_latency_cy(const struct memory_code *c, const struct gpu *g)
{
    double n = c->by_l1 + c->by_l2 + c->by_dram;
    if (n == 0)
        return g->v.lat_l1_cy;
    return (c->by_l1 * g->v.lat_l1_cy + (c->by_l2 - c->by_far) * g->v.lat_l2_cy +
            c->by_far * far_latency_cy(g) + c->by_dram * memory_dram_latency_cy(g)) /
           n;
}

double memory_copy_latency_cy(const struct gpu *g, const struct sass_op *op)
{
    bool is_tma = op->pipe == SASS_PIPE_TMA && !isnan(g->v.lat_tma_extra_cy);
    if (is_tma)
        return g->v.lat_tma_extra_cy;
    return isnan(g->v.lat_copy_extra_cy) ? g->v.lat_smem_st_cy : g->v.lat_copy_extra_cy;
}
