/*
 * mshr.c: equations, symbols and sources in the header.
 *
 * Both papers count lines of 128 B; the GPUs described here move sectors, so a request is one.
 * Known error: requests of an interval come at once from all warps of all SMs in use.
 */
#include "mech/mshr.h"

#include <math.h>

#include "mech/memory.h"

struct service {
    double noc_cy, dram_cy; /* of a sector */
    double l2_cy, beyond_cy;
};

static struct service service_of(const struct gpu *g)
{
    const struct gpu_values *v = &g->v;
    double l2 = memory_l2_latency_cy(g);
    return (struct service){
        .noc_cy = v->sector_b / (v->noc_gb_s * 1e3 / v->core_clock_mhz),
        .dram_cy = v->sector_b / gpu_dram_b_per_cy(g),
        .l2_cy = l2 - v->lat_l1_cy,
        .beyond_cy = memory_dram_latency_cy(g) - l2,
    };
}

struct mshr_delay mshr_gcom(const struct gpu *g, const struct mshr_demand *d)
{
    struct service s = service_of(g);
    double entries = g->v.mshr_per_sm, asked = d->reads * d->warps;
    double reads = MIN(asked, entries), writes = d->writes * d->warps;
    bool is_full = asked > entries;
    bool is_saturated = s.noc_cy * (reads + writes) * d->n_sms > s.l2_cy + s.beyond_cy;
    double all = (is_full && is_saturated ? 1 : 0.5) * d->n_sms;
    double read_cy = all * reads * (s.noc_cy + d->l2_miss * s.dram_cy);
    double latency = s.l2_cy + d->l2_miss * s.beyond_cy;
    return (struct mshr_delay){
        .noc_cy = all * (reads + writes) * s.noc_cy,
        .dram_cy = all * reads * d->l2_miss * s.dram_cy,
        .mshr_cy = is_full ? (latency + read_cy) * (ceil(asked / entries) - 1) : 0,
    };
}

struct mshr_delay mshr_mdm(const struct gpu *g, const struct mshr_demand *d)
{
    struct service s = service_of(g);
    double entries = g->v.mshr_per_sm, asked = d->reads * d->warps, writes = d->writes * d->warps;
    double service = s.noc_cy + d->l2_miss * s.dram_cy;
    bool is_full = asked > entries;
    double queue = d->n_sms * service * (is_full ? entries + writes : 0.5 * (asked + writes));
    double latency = g->v.lat_l1_cy + s.l2_cy + d->l2_miss * s.beyond_cy;
    return (struct mshr_delay){
        .noc_cy = queue,
        .mshr_cy = is_full ? (latency + queue) * (asked / entries - 1) : 0,
    };
}
