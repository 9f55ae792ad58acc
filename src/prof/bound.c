#include "prof/bound.h"

#include <math.h>

static const struct {
    const char *name, *title;
} bounds[BOUND_N] = {
#define X(id, name, title) {name, title},
    BOUND_LIST(X)
#undef X
};

const char *bound_name(enum bound b)
{
    return bounds[b].name;
}

const char *bound_title(enum bound b)
{
    return bounds[b].title;
}

/* Where the witnesses change their mind; see bound.h. */
static const double WAITS_FROM = 0.5, BUSY_FROM = 0.8;

struct bound_verdict bound_of(const struct tklqt_sums *t)
{
    struct bound_verdict v = {.cpu_bound_fraction = tklqt_cpu_bound_fraction(t),
                              .has_latency = t->il_joined_ns > 0};
    v.window_ns = v.has_latency ? t->il_joined_ns : t->span_ns;
    v.busy_fraction =
        v.window_ns > 0 ? (double)t->joined.union_ns / (double)v.window_ns : (double)NAN;
    if (t->n_joined == 0 || isnan(v.busy_fraction))
        return v;
    bool waits_for_cpu = v.cpu_bound_fraction >= WAITS_FROM, is_busy = v.busy_fraction >= BUSY_FROM;
    v.bound = waits_for_cpu == is_busy ? BOUND_MIXED : waits_for_cpu ? BOUND_CPU : BOUND_GPU;
    return v;
}
