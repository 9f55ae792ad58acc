/*
 * barrier.c: see the equation in the header.
 */
#include "mech/barrier.h"

static double segment_cy(const struct issue_profile *p, uint32_t i)
{
    return p->barriers[i].at_cy - (i > 0 ? p->barriers[i - 1].at_cy : 0);
}

double **barrier_waits(struct arena *a, const struct issue_profile *const *warps, uint32_t n)
{
    double **waits = ARENA_ARRAY(a, double *, n);
    uint32_t most = 0;
    for (uint32_t w = 0; w < n; w++) {
        waits[w] = ARENA_ARRAY(a, double, warps[w]->n_barriers);
        most = MAX(most, warps[w]->n_barriers);
    }
    for (uint32_t i = 0; i < most; i++) {
        double longest = 0;
        for (uint32_t w = 0; w < n; w++)
            if (i < warps[w]->n_barriers)
                longest = MAX(longest, segment_cy(warps[w], i));
        for (uint32_t w = 0; w < n; w++)
            if (i < warps[w]->n_barriers)
                waits[w][i] = longest - segment_cy(warps[w], i);
    }
    return waits;
}
