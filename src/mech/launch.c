/*
 * launch.c: launch by mechanism, and the launch fit with and without the slips of the public code.
 */
#include "mech/launch.h"

#include <math.h>

static const double amali_cutoff_ctas = 2048;

static double slope(const struct gpu_values *v, double beta, double w)
{
    return v->kll_alpha * w * w + beta * w + v->kll_gamma;
}

double launch_cta_cy(const struct gpu *g, double warps_per_cta)
{
    if (!isnan(g->v.cta_interval_cy))
        return g->v.cta_interval_cy;
    return MAX(slope(&g->v, g->v.kll_beta, warps_per_cta), 0);
}

double launch_refill_cy(const struct gpu *g, double warps_per_cta, double resident)
{
    double cy = launch_cta_cy(g, warps_per_cta);
    if (isnan(g->v.cta_interval_cy) || isnan(g->v.cta_turn_cy))
        return cy;
    double by_warps = isnan(g->v.cta_turn_warp_cy) ? 0 : g->v.cta_turn_warp_cy * warps_per_cta;
    return MAX(cy, (g->v.cta_turn_cy + by_warps) / (g->v.sm_count * resident));
}

double launch_latency_cy(const struct gpu *g, double ctas, double warps_per_cta)
{
    return launch_cta_cy(g, warps_per_cta) * ctas + g->v.kll_k_cy;
}

double launch_latency_amali_cy(const struct gpu *g, double ctas, double warps_per_cta)
{
    if (ctas >= amali_cutoff_ctas)
        return 0;
    double cy = slope(&g->v, -g->v.kll_beta, warps_per_cta) * ctas + g->v.kll_k_cy;
    return MAX(ceil(cy), 0);
}
