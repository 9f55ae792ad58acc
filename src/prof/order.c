#include "prof/order.h"

#include <stdlib.h>

struct key {
    int64_t start_ns, dur_ns;
    uint32_t lane, id;
};

static int compare(const void *pa, const void *pb)
{
    const struct key *a = pa, *b = pb;
    if (a->lane != b->lane)
        return a->lane < b->lane ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    if (a->dur_ns != b->dur_ns)
        return a->dur_ns > b->dur_ns ? -1 : 1;
    return a->id < b->id ? -1 : 1;
}

static int compare_ns(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

uint32_t *order_by_lane(struct arena *a, const struct profile_span *spans, uint32_t n)
{
    uint32_t *ids = ARENA_ARRAY(a, uint32_t, n);
    size_t mark = arena_mark(a);
    struct key *keys = ARENA_ARRAY(a, struct key, n);
    bool is_sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        keys[i] = (struct key){spans[i].start_ns, spans[i].dur_ns, spans[i].lane, i};
        is_sorted = is_sorted && (i == 0 || compare(&keys[i - 1], &keys[i]) < 0);
    }
    if (!is_sorted)
        qsort(keys, n, sizeof *keys, compare);
    for (uint32_t i = 0; i < n; i++)
        ids[i] = keys[i].id;
    arena_reset(a, mark);
    return ids;
}

struct order_spans order_modules(struct arena *a, const struct profile *p)
{
    struct order_spans s = {p->ranges, NULL, 0};
    uint32_t *ids = order_by_lane(a, p->ranges, p->n_ranges);
    for (uint32_t i = 0; i < p->n_ranges; i++) {
        if (p->ranges[ids[i]].kind == PROFILE_MODULE)
            ids[s.n++] = ids[i];
    }
    s.ids = ids;
    return s;
}

void order_times(int64_t *at, uint32_t n)
{
    qsort(at, n, sizeof *at, compare_ns);
}

uint32_t *order_devices(struct arena *a, const struct profile *p)
{
    uint32_t *first = ARENA_ARRAY(a, uint32_t, p->n_lanes);
    struct profile_span *keys = ARENA_ARRAY(a, struct profile_span, p->n_lanes);
    for (uint32_t i = 0; i < p->n_lanes; i++)
        keys[i] = (struct profile_span){
            .start_ns = p->lanes[i].is_device ? (int64_t)p->lanes[i].device : -1,
            .lane = p->lanes[i].file};
    const uint32_t *ids = order_by_lane(a, keys, p->n_lanes);
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        const struct profile_span *now = &keys[ids[i]], *last = i > 0 ? &keys[ids[i - 1]] : NULL;
        bool is_same = last != NULL && last->lane == now->lane && last->start_ns == now->start_ns;
        first[ids[i]] = is_same ? first[ids[i - 1]] : ids[i];
    }
    return first;
}

/* ---- nesting ---- */

/* Outer spans that have begun and may reach behind what is to come, the latest on top. One that
 * ends no later than a later one is never the innermost again, so ends fall towards the top. */
struct nest {
    const struct profile_span *spans;
    uint32_t *stack;
    uint32_t n;
};

static void nest_push(struct nest *s, uint32_t id)
{
    int64_t end_ns = profile_end_ns(&s->spans[id]);
    while (s->n > 0 && profile_end_ns(&s->spans[s->stack[s->n - 1]]) <= end_ns)
        s->n--;
    s->stack[s->n++] = id;
}

/* The nearest to the top that ends late enough. */
static uint32_t find_around(const struct nest *s, int64_t end_ns)
{
    uint32_t low = 0, high = s->n; /* those below `low` end late enough, those from `high` on not */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (profile_end_ns(&s->spans[s->stack[middle]]) >= end_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? s->stack[low - 1] : PROFILE_NONE;
}

void order_nest(struct arena *scratch, const struct order_spans *outer,
                const struct order_spans *inner, uint32_t *outer_of)
{
    size_t mark = arena_mark(scratch);
    struct nest s = {outer->spans, ARENA_ARRAY(scratch, uint32_t, outer->n), 0};
    bool is_same = outer->spans == inner->spans;
    uint32_t next = 0, lane = PROFILE_NONE;
    for (uint32_t i = 0; i < inner->n; i++) {
        const struct profile_span *in = &inner->spans[inner->ids[i]];
        if (in->lane != lane) {
            lane = in->lane;
            s.n = 0;
            while (next < outer->n && outer->spans[outer->ids[next]].lane < lane)
                next++;
        }
        for (; next < outer->n; next++) {
            const struct profile_span *out = &outer->spans[outer->ids[next]];
            if (out->lane != lane || out->start_ns > in->start_ns || (is_same && out == in))
                break;
            nest_push(&s, outer->ids[next]);
        }
        outer_of[inner->ids[i]] = find_around(&s, profile_end_ns(in));
    }
    arena_reset(scratch, mark);
}
