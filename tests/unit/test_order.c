/* Spans in order, and which lie within which, against a count by force. */
#include "prof/order.h"

#include "base/os.h"
#include "t.h"

static uint32_t random_next(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static void fill(struct profile_span *spans, uint32_t n, uint64_t *seed, uint32_t n_lanes,
                 uint32_t reach)
{
    for (uint32_t i = 0; i < n; i++) {
        spans[i] = (struct profile_span){.start_ns = random_next(seed, reach) - reach / 4,
                                         .dur_ns = random_next(seed, reach / 2 + 1),
                                         .lane = random_next(seed, n_lanes)};
        if (random_next(seed, 4) == 0)
            spans[i].dur_ns = 0;
    }
}

/* Whether a comes before b. */
static bool comes_before(const struct profile_span *spans, uint32_t a, uint32_t b)
{
    if (spans[a].lane != spans[b].lane)
        return spans[a].lane < spans[b].lane;
    if (spans[a].start_ns != spans[b].start_ns)
        return spans[a].start_ns < spans[b].start_ns;
    if (spans[a].dur_ns != spans[b].dur_ns)
        return spans[a].dur_ns > spans[b].dur_ns;
    return a < b;
}

/* The enclosing outer span that comes last in order. */
static uint32_t by_force(const struct order_spans *outer, const struct profile_span *in,
                         bool is_same)
{
    uint32_t best = PROFILE_NONE;
    for (uint32_t i = 0; i < outer->n; i++) {
        uint32_t id = outer->ids[i];
        const struct profile_span *out = &outer->spans[id];
        if (is_same && !comes_before(outer->spans, id, (uint32_t)(in - outer->spans)))
            continue;
        if (out->lane == in->lane && out->start_ns <= in->start_ns &&
            profile_end_ns(out) >= profile_end_ns(in) &&
            (best == PROFILE_NONE || comes_before(outer->spans, best, id)))
            best = id;
    }
    return best;
}

enum { MOST = 64 };

static void check_random(struct arena *a, uint64_t *seed)
{
    struct profile_span outer[MOST], inner[MOST];
    uint32_t n_outer = random_next(seed, MOST), n_inner = random_next(seed, MOST);
    uint32_t reach = 2 + random_next(seed, 60), n_lanes = 1 + random_next(seed, 4);
    uint32_t of[MOST];
    size_t mark = arena_mark(a);
    fill(outer, n_outer, seed, n_lanes, reach);
    fill(inner, n_inner, seed, n_lanes, reach);
    struct order_spans o = {outer, order_by_lane(a, outer, n_outer), n_outer};
    struct order_spans i = {inner, order_by_lane(a, inner, n_inner), n_inner};
    for (uint32_t k = 1; k < n_outer; k++)
        CHECK(comes_before(outer, o.ids[k - 1], o.ids[k]));
    order_nest(a, &o, &i, of);
    for (uint32_t k = 0; k < n_inner; k++)
        CHECK_EQ_INT(of[k], by_force(&o, &inner[k], false));
    order_nest(a, &o, &o, of);
    for (uint32_t k = 0; k < n_outer; k++)
        CHECK_EQ_INT(of[k], by_force(&o, &outer[k], true));
    arena_reset(a, mark);
}

TEST(random_spans_as_by_force)
{
    struct arena a;
    uint64_t seed = 20250411;
    arena_init(&a, ARENA_SMALL);
    for (unsigned i = 0; i < 2000; i++)
        check_random(&a, &seed);
    arena_done(&a);
}

TEST(nothing_to_order)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct order_spans none = {NULL, order_by_lane(&a, NULL, 0), 0};
    order_nest(&a, &none, &none, NULL);
    arena_done(&a);
}

/* Each begins before the one before it ends and ends behind it: none lies within another. */
TEST(spans_that_overlap_without_nesting_cost_no_square)
{
    enum { N = 200000 };
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct profile_span *spans = ARENA_ARRAY(&a, struct profile_span, N);
    uint32_t *of = ARENA_ARRAY(&a, uint32_t, N);
    for (uint32_t i = 0; i < N; i++)
        spans[i] = (struct profile_span){.start_ns = i, .dur_ns = N};
    struct order_spans s = {spans, order_by_lane(&a, spans, N), N};
    double start_s = os_now_s();
    order_nest(&a, &s, &s, of);
    CHECK(os_now_s() - start_s < 2);
    for (uint32_t i = 0; i < N; i++)
        CHECK_EQ_INT(of[i], PROFILE_NONE);
    arena_done(&a);
}
