/*
 * overlap.c: latency hiding; equations and source in the header.
 */
#include "mech/overlap.h"

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
