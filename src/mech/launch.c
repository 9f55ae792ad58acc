/*
 * launch.c: the launch fit, with and without the slips of the public code.
 */
#include "mech/launch.h"

#include <math.h>

static const double amali_cutoff_ctas = 2048;

static double fit(const struct gpu_values *v, double beta, double ctas, double w)
{
    return (v->kll_alpha * w * w + beta * w + v->kll_gamma) * ctas + v->kll_k_cy;
}

double launch_latency_cy(const struct gpu *g, double ctas, double warps_per_cta)
{
    return fit(&g->v, g->v.kll_beta, ctas, warps_per_cta);
}

double launch_latency_amali_cy(const struct gpu *g, double ctas, double warps_per_cta)
{
    if (ctas >= amali_cutoff_ctas)
        return 0;
    return ceil(fit(&g->v, -g->v.kll_beta, ctas, warps_per_cta));
}
