/*
 * timeline.c: the two scales of time, and what spans stand for.
 *
 * A repeat [from, to) of period P = to - from that comes `count` times more stands for the cycles
 * [from + j P, to + j P), j = 0 ... count.
 */
#include "result/timeline.h"

uint64_t timeline_end_cy(const struct timeline *t)
{
    uint64_t end = 0;
    for (uint32_t l = 0; l < t->n_lanes; l++) {
        const struct timeline_lane *lane = &t->lanes[l];
        if (lane->n_spans > 0)
            end = MAX(end, t->spans[lane->first_span + lane->n_spans - 1].to_cy);
    }
    return end;
}

static uint64_t start_cy(const struct timeline_repeat *r, bool is_shown)
{
    return is_shown ? r->shown_cy : r->from_cy;
}

/* The last repeat that begins at or before a time; NULL when there is none. */
static const struct timeline_repeat *repeat_before(const struct timeline *t, uint64_t time,
                                                   bool is_shown)
{
    uint32_t lo = 0, hi = t->n_repeats;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (start_cy(&t->repeats[mid], is_shown) <= time)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo == 0 ? NULL : &t->repeats[lo - 1];
}

uint64_t timeline_shown_cy(const struct timeline *t, uint64_t cy)
{
    const struct timeline_repeat *r = repeat_before(t, cy, false);
    if (r == NULL)
        return cy;
    uint64_t end = timeline_repeat_end_cy(r);
    uint64_t behind = cy > end ? cy - end : 0;
    return r->shown_cy + MIN(cy, r->to_cy) - r->from_cy + behind;
}

uint64_t timeline_cycle_at(const struct timeline *t, uint64_t shown_cy)
{
    const struct timeline_repeat *r = repeat_before(t, shown_cy, true);
    if (r == NULL)
        return shown_cy;
    uint64_t into = shown_cy - r->shown_cy, period = r->to_cy - r->from_cy;
    return r->from_cy + into + (into < period ? 0 : r->count * period);
}

/* Cycles before `cy` of n ranges of `len` cycles, the first at `at`, one every `period`. */
static uint64_t before(uint64_t cy, uint64_t at, uint64_t len, uint64_t period, uint64_t n)
{
    if (cy <= at)
        return 0;
    uint64_t whole = MIN((cy - at) / period, n);
    uint64_t rest = cy - at - whole * period;
    return whole * len + (whole < n ? MIN(rest, len) : 0);
}

static uint64_t repeated_cy(const struct timeline_repeat *r, const struct timeline_span *s,
                            uint64_t from_cy, uint64_t to_cy)
{
    uint64_t at = MAX(s->from_cy, r->from_cy), end = MIN(s->to_cy, r->to_cy);
    uint64_t period = r->to_cy - r->from_cy;
    if (at >= end)
        return 0;
    return before(to_cy, at + period, end - at, period, r->count) -
           before(from_cy, at + period, end - at, period, r->count);
}

uint64_t timeline_span_cy(const struct timeline *t, const struct timeline_span *s, uint64_t from_cy,
                          uint64_t to_cy)
{
    uint64_t at = MAX(s->from_cy, from_cy), end = MIN(s->to_cy, to_cy);
    uint64_t cy = at < end ? end - at : 0;
    const struct timeline_repeat *last = repeat_before(t, s->from_cy, false);
    uint32_t i = last == NULL ? 0 : (uint32_t)(last - t->repeats);
    for (; i < t->n_repeats && t->repeats[i].from_cy < s->to_cy; i++)
        cy += repeated_cy(&t->repeats[i], s, from_cy, to_cy);
    return cy;
}

const struct timeline_span *timeline_first_span(const struct timeline *t,
                                                const struct timeline_lane *l, uint64_t cy)
{
    uint32_t lo = 0, hi = l->n_spans;
    const struct timeline_span *spans = &t->spans[l->first_span];
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (spans[mid].to_cy <= cy)
            lo = mid + 1;
        else
            hi = mid;
    }
    return &spans[lo];
}
