/*
 * Any trace that can be read is replayed: as recorded it comes back to the nanosecond, and with
 * other factors every duration stays a duration.
 */
#include "prof/batch.h"
#include "prof/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_spans(const struct profile_span *was, const struct profile_span *is, uint32_t n,
                        bool same)
{
    for (uint32_t i = 0; i < n; i++) {
        ASSERT(is[i].dur_ns >= 0);
        ASSERT(!same || (is[i].start_ns == was[i].start_ns && is[i].dur_ns == was[i].dur_ns));
    }
}

static void check(struct arena *a, const struct profile *p, const struct lineage *l,
                  const struct replay_options *o, bool same)
{
    struct replay r;
    struct err e = {0};
    const struct tklqt_wait *waits = tklqt_waits(a, p, l);
    ASSERT(replay_run(a, p, l, waits, o, NULL, &r, &e) == STATUS_OK);
    check_spans(p->works, r.profile->works, p->n_works, same);
    check_spans(p->calls, r.profile->calls, p->n_calls, same);
    check_spans(p->ops, r.profile->ops, p->n_ops, same);
    check_spans(p->ranges, r.profile->ranges, p->n_ranges, same);
}

/* Beyond these a double has no whole nanoseconds. */
static bool are_near(const struct profile_span *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (s[i].start_ns < 0 || profile_end_ns(&s[i]) > (int64_t)1 << 50)
            return false;
    }
    return true;
}

static void check_batch(struct arena *a, struct profile *p)
{
    const struct launches *l = NULL;
    struct batch_sweep s;
    if (launches_make(&l, p, NULL, NULL, NULL) != STATUS_OK)
        return;
    const struct batch_input in[] = {{8, l}, {4, l}};
    ASSERT(batch_make_sweep(a, in, 2, &s, NULL) == STATUS_OK);
    ASSERT(!(batch_find_transition(&s.model) < 0));
    (void)batch_predict_ns(&s.model, 16);
    launches_release(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct replay_options others[] = {
        {.queue_limit = 2},
        {.typical = true, .queue_limit = 3},
        {.cpu = 1e9, .gpu = 1e-3, .launch_change_ns = -1e4},
        {.cpu = 0.3, .gpu = 1e12, .copy = 2, .queue_limit = 1},
    };
    struct arena a;
    struct profile *p = NULL;
    struct profile_options o = {.keep_going = true};
    if (profile_open_memory(&p, (str){(const char *)data, n}, "fuzz", &o, NULL) != STATUS_OK)
        return 0;
    arena_init(&a, ARENA_LARGE);
    struct lineage l;
    lineage_trace(&a, p, &l);
    bool same = are_near(p->works, p->n_works) && are_near(p->calls, p->n_calls) &&
                are_near(p->ops, p->n_ops) && are_near(p->ranges, p->n_ranges);
    check(&a, p, &l, NULL, same);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        check(&a, p, &l, &others[i], false);
    check_batch(&a, p);
    profile_release(p);
    arena_done(&a);
    return 0;
}
