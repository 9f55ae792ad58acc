/*
 * overlap.c: latency hiding; equations and source in the header.
 */
#include "mech/overlap.h"

#include <math.h>

double overlap_hide(double *stall_cy, uint32_t n, double n_steps, double others, double issue_rate)
{
    double sum = 0;
    for (uint32_t k = 0; k < n; k++)
        sum += stall_cy[k];
    double chance = n_steps / (n_steps + sum);
    double per_interval = others / n;
    double left = 0;
    for (uint32_t k = 0; k < n; k++) {
        double hidden = MIN(stall_cy[k] * chance, 1) * per_interval / issue_rate;
        stall_cy[k] = MAX(stall_cy[k] - hidden, 0);
        left += stall_cy[k];
    }
    return left;
}

struct group { /* sub-cores with equally many warps */
    double base_cy, left_cy;
};

static struct group group_of(const struct overlap_interval *k, double others, double issue_rate)
{
    double slots = others * k->mean_n / issue_rate;
    double issued = MIN(k->stall_cy * k->chance, 1) * slots;
    return (struct group){k->n / issue_rate + slots, MAX(k->stall_cy - issued, 0)};
}

struct overlap_share overlap_gcom(const struct overlap_interval *k, double warps, double sub_cores,
                                  double issue_rate)
{
    double most = ceil(warps / sub_cores), rest = fmod(warps, sub_cores);
    double share = (rest > 0 ? rest : sub_cores) / sub_cores;
    struct group full = group_of(k, most - 1, issue_rate), less = {0, 0};
    if (most > 1)
        less = group_of(k, most - 2, issue_rate);
    double elapsed = full.base_cy + full.left_cy;
    return (struct overlap_share){
        .base_cy = full.base_cy * share + less.base_cy * (1 - share),
        .data_cy = full.left_cy * share + less.left_cy * (1 - share),
        .idle_cy = MAX(elapsed - less.base_cy - less.left_cy, 0) * (1 - share),
    };
}

double overlap_mdm_slots(const struct overlap_interval *k, double warps_of_scheduler,
                         double issue_rate)
{
    double chance = k->stall_cy > 0 ? MIN(k->chance * k->stall_cy, 1) : 1;
    double slots = chance * MAX(warps_of_scheduler - 1, 0) * k->mean_n;
    return MAX(slots - k->stall_cy * issue_rate, 0);
}
