/*
 * warps.c: the representative path, by exact equality of unit counts instead of k-means: the result
 * does not depend on a random seed.
 */
#include "mech/warps.h"

#include <stdlib.h>
#include <string.h>

struct features {
    uint32_t count[UNIT_N];
    uint32_t path;
};

static struct features features_of(const struct trace_kernel *k, uint32_t path,
                                   const struct timing *timing)
{
    struct features f = {.path = path};
    for (uint32_t s = 0; s < k->paths[path].n_steps; s++)
        f.count[timing[k->paths[path].steps[s].code].unit]++;
    f.count[UNIT_TENSOR] = f.count[UNIT_LSU] = f.count[UNIT_NONE] = 0;
    return f;
}

static int compare_features(const void *x, const void *y)
{
    const struct features *f = x, *g = y;
    int order = memcmp(f->count, g->count, sizeof f->count);
    return order != 0 ? order : (f->path > g->path) - (f->path < g->path);
}

enum status warps_representative(struct arena *a, const struct trace_kernel *k,
                                 const struct timing *timing, const struct tick *tick,
                                 uint32_t *path)
{
    struct features *f = ARENA_ARRAY(a, struct features, k->n_paths);
    for (uint32_t p = 0; p < k->n_paths; p++) {
        if (!tick_step(tick, p, k->n_paths))
            return STATUS_CANCELLED;
        f[p] = features_of(k, p, timing);
    }
    qsort(f, k->n_paths, sizeof *f, compare_features);
    uint64_t most = 0, weight = 0;
    for (uint32_t p = 0, first = 0; p < k->n_paths; p++) {
        if (memcmp(f[first].count, f[p].count, sizeof f[p].count) != 0) {
            first = p;
            weight = 0;
        }
        weight += k->paths[f[p].path].n_warps;
        if (weight > most || (weight == most && f[first].path < *path)) {
            most = weight;
            *path = f[first].path;
        }
    }
    return STATUS_OK;
}
