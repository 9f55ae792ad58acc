/*
 * sm_timeline.c: runs of one state become spans; sorted by warp at the end.
 */
#include "sm_core.h"

/* Each takes 80 bytes at the end: 32 as it was recorded, 24 by lane, 24 in the result. */
enum { MAX_SPANS = 5 * 1000 * 1000 };

struct open_span {
    struct timeline_span span;
    uint32_t lane;
};

struct sm_recorder {
    struct {
        VEC(struct open_span);
    } done;
    struct {
        VEC(struct timeline_lane);
    } lanes;
    struct {
        VEC(struct timeline_span);
    } open; /* the last span of each lane */
    struct {
        VEC(struct timeline_repeat);
    } repeats;
    bool is_cut;
};

struct sm_recorder *sm_record_init(struct arena *a)
{
    struct sm_recorder *r = ARENA_NEW(a, struct sm_recorder);
    VEC_INIT(&r->done, ARENA_LARGE);
    VEC_INIT(&r->lanes, ARENA_SMALL);
    VEC_INIT(&r->open, ARENA_SMALL);
    VEC_INIT(&r->repeats, ARENA_SMALL);
    return r;
}

void sm_record_drop(struct sm_recorder *r)
{
    VEC_DONE(&r->done);
    VEC_DONE(&r->lanes);
    VEC_DONE(&r->open);
    VEC_DONE(&r->repeats);
}

uint32_t sm_record_lane(struct sm_recorder *r, const struct sm_warp *w)
{
    *VEC_PUSH(&r->lanes) =
        (struct timeline_lane){.cta = w->cta->cta, .warp = w->warp, .sub_core = w->sub_core};
    *VEC_PUSH(&r->open) = (struct timeline_span){0};
    return (uint32_t)r->lanes.n - 1;
}

static void close_span(struct sm_recorder *r, uint32_t lane)
{
    const struct timeline_span *s = &r->open.at[lane];
    if (s->to_cy == s->from_cy)
        return;
    if (r->done.n >= MAX_SPANS) {
        r->is_cut = true;
        return;
    }
    *VEC_PUSH(&r->done) = (struct open_span){*s, lane};
    r->lanes.at[lane].n_spans++;
}

void sm_record(struct sm_recorder *r, uint32_t lane, int64_t from_cy, int64_t to_cy,
               enum stall state, uint32_t code)
{
    struct timeline_span *s = &r->open.at[lane];
    s->to_cy = MIN(s->to_cy, (uint64_t)from_cy); /* what is said later counts */
    bool goes_on = s->state == state && s->to_cy == (uint64_t)from_cy &&
                   (s->code == code || state == STALL_SELECTED);
    if (goes_on) {
        s->to_cy = (uint64_t)to_cy;
        return;
    }
    close_span(r, lane);
    *s = (struct timeline_span){(uint64_t)from_cy, (uint64_t)to_cy, code, (uint8_t)state};
}

void sm_record_repeat(struct sm_recorder *r, int64_t from_cy, int64_t to_cy, uint64_t count)
{
    uint64_t from = (uint64_t)from_cy, left_out = 0;
    if (r->repeats.n > 0) {
        const struct timeline_repeat *last = &r->repeats.at[r->repeats.n - 1];
        left_out = timeline_repeat_end_cy(last) - last->shown_cy - (last->to_cy - last->from_cy);
    }
    *VEC_PUSH(&r->repeats) =
        (struct timeline_repeat){from, (uint64_t)to_cy, count, from - left_out};
}

struct timeline *sm_record_finish(struct sm_recorder *r, struct arena *a, const struct gpu *g)
{
    for (uint32_t l = 0; l < r->lanes.n; l++)
        close_span(r, l);
    struct timeline_lane *lanes = arena_memdup(a, r->lanes.at, r->lanes.n * sizeof *lanes);
    struct timeline_span *spans = ARENA_ARRAY(a, struct timeline_span, r->done.n);
    for (uint32_t l = 1; l < r->lanes.n; l++)
        lanes[l].first_span = lanes[l - 1].first_span + lanes[l - 1].n_spans;
    uint32_t *at = ARENA_ARRAY(a, uint32_t, r->lanes.n);
    for (size_t i = 0; i < r->done.n; i++) {
        uint32_t lane = r->done.at[i].lane;
        spans[lanes[lane].first_span + at[lane]++] = r->done.at[i].span;
    }
    struct timeline *t = ARENA_NEW(a, struct timeline);
    *t = (struct timeline){.lanes = lanes,
                           .n_lanes = (uint32_t)r->lanes.n,
                           .spans = spans,
                           .n_spans = (uint32_t)r->done.n,
                           .repeats =
                               arena_memdup(a, r->repeats.at, r->repeats.n * sizeof *r->repeats.at),
                           .n_repeats = (uint32_t)r->repeats.n,
                           .n_sub_cores = (uint32_t)g->v.sub_cores,
                           .issue_rate = (uint32_t)g->v.issue_rate,
                           .is_cut = r->is_cut};
    sm_record_drop(r);
    return t;
}
