#include "prof/depth.h"

#include <stdlib.h>

struct change {
    int64_t at_ns;
    int32_t by;
};

/* At one time launches come first: work never starts before its own. */
static int compare(const void *pa, const void *pb)
{
    const struct change *a = pa, *b = pb;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return b->by - a->by;
}

static uint32_t collect(const struct profile *p, const struct lineage *l, uint32_t lane,
                        struct change *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (l->of[i].call == PROFILE_NONE || (lane != PROFILE_NONE && p->works[i].lane != lane))
            continue;
        int64_t called_ns = p->calls[l->of[i].call].start_ns;
        out[n++] = (struct change){MIN(called_ns, p->works[i].start_ns), 1};
        out[n++] = (struct change){p->works[i].start_ns, -1};
    }
    return n;
}

struct depth depth_make(struct arena *a, const struct profile *p, const struct lineage *l,
                        uint32_t lane)
{
    struct depth_step *steps = ARENA_ARRAY(a, struct depth_step, 2 * (size_t)p->n_works);
    size_t mark = arena_mark(a);
    struct change *changes = ARENA_ARRAY(a, struct change, 2 * (size_t)p->n_works);
    uint32_t n = collect(p, l, lane, changes), depth = 0;
    struct depth d = {.steps = steps, .n_steps = n};
    double area = 0;
    qsort(changes, n, sizeof *changes, compare);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            area += depth * (double)(changes[i].at_ns - changes[i - 1].at_ns);
        depth += (uint32_t)changes[i].by;
        d.most = MAX(d.most, depth);
        steps[i] = (struct depth_step){changes[i].at_ns, depth};
    }
    if (n > 0 && changes[n - 1].at_ns > changes[0].at_ns)
        d.mean = area / (double)(changes[n - 1].at_ns - changes[0].at_ns);
    arena_reset(a, mark);
    return d;
}

/* Adds a depth that lasted from `from` to `to` to the pieces it touches. */
static void spread(struct depth_bin *bins, uint32_t n, int64_t start_ns, double width_ns,
                   int64_t from_ns, int64_t to_ns, uint32_t depth)
{
    double from = (double)(from_ns - start_ns) / width_ns,
           to = (double)(to_ns - start_ns) / width_ns;
    uint32_t first = (uint32_t)from;
    for (uint32_t i = first; i < n && (i < to || i == first); i++) {
        double covered = MIN(to, i + 1.0) - MAX(from, (double)i);
        bins[i].most = MAX(bins[i].most, depth);
        bins[i].mean += depth * MAX(covered, 0.0);
    }
}

void depth_bins(const struct depth *d, int64_t from_ns, int64_t to_ns, struct depth_bin *bins,
                uint32_t n)
{
    memset(bins, 0, n * sizeof *bins);
    if (n == 0 || to_ns <= from_ns)
        return;
    double width_ns = (double)(to_ns - from_ns) / n;
    for (uint32_t i = 0; i < d->n_steps; i++) {
        int64_t at = d->steps[i].at_ns;
        int64_t next = i + 1 < d->n_steps ? d->steps[i + 1].at_ns : at;
        bool is_call = d->steps[i].depth > (i > 0 ? d->steps[i - 1].depth : 0);
        if (at < to_ns && next >= from_ns && (next > at || d->steps[i].depth > 0))
            spread(bins, n, from_ns, width_ns, MAX(at, from_ns), MIN(next, to_ns),
                   d->steps[i].depth);
        if (is_call && at >= from_ns && at < to_ns)
            bins[MIN((uint32_t)((double)(at - from_ns) / width_ns), n - 1)].n_calls++;
    }
}
