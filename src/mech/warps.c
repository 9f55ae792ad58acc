/*
 * warps.c: the representative path, by exact equality of unit counts instead of k-means: the result
 * does not depend on a random seed.
 */
#include "mech/warps.h"

#include <string.h>

struct features {
    uint32_t count[UNIT_N];
};

static struct features features_of(const struct trace_kernel *k, uint32_t path,
                                   const struct timing *timing)
{
    struct features f = {{0}};
    for (uint32_t s = 0; s < k->paths[path].n_steps; s++)
        f.count[timing[k->paths[path].steps[s].code].unit]++;
    f.count[UNIT_TENSOR] = f.count[UNIT_LSU] = f.count[UNIT_NONE] = 0;
    return f;
}

uint32_t warps_representative(struct arena *a, const struct trace_kernel *k,
                              const struct timing *timing)
{
    struct features *f = ARENA_ARRAY(a, struct features, k->n_paths);
    uint32_t *first = ARENA_ARRAY(a, uint32_t, k->n_paths); /* distinct vectors: their first path */
    uint64_t *weight = ARENA_ARRAY(a, uint64_t, k->n_paths);
    uint32_t n = 0;
    for (uint32_t p = 0; p < k->n_paths; p++) {
        f[p] = features_of(k, p, timing);
        uint32_t c = 0;
        while (c < n && memcmp(&f[first[c]], &f[p], sizeof f[p]) != 0)
            c++;
        if (c == n)
            first[n++] = p;
        weight[c] += k->paths[p].n_warps;
    }
    uint32_t best = 0;
    for (uint32_t c = 1; c < n; c++)
        if (weight[c] > weight[best])
            best = c;
    return first[best];
}
