/* Does the run wait for the CPU or for the GPU: the limits, and recorded runs. */
#include "base/os.h"
#include "profile_fixture.h"

static enum bound bound_at(uint32_t n_queued, int64_t busy_ns)
{
    const struct tklqt_sums t = {.n_joined = 100,
                                 .n_queued = n_queued,
                                 .il_joined_ns = 1000,
                                 .joined = {.n = 100, .union_ns = busy_ns}};
    return bound_of(&t).bound;
}

TEST(both_witnesses_must_agree)
{
    CHECK_EQ_INT(bound_at(0, 100), BOUND_CPU);
    CHECK_EQ_INT(bound_at(50, 799), BOUND_CPU);
    CHECK_EQ_INT(bound_at(51, 800), BOUND_GPU);
    CHECK_EQ_INT(bound_at(100, 1000), BOUND_GPU);
    CHECK_EQ_INT(bound_at(51, 799), BOUND_MIXED);
    CHECK_EQ_INT(bound_at(50, 800), BOUND_MIXED);
}

TEST(without_operators_the_span_of_the_gpu_counts)
{
    struct tklqt_sums t = {
        .n_joined = 4, .il_joined_ns = -1, .span_ns = 2000, .joined = {.n = 4, .union_ns = 500}};
    struct bound_verdict v = bound_of(&t);
    CHECK(!v.has_latency);
    CHECK_EQ_INT(v.window_ns, 2000);
    CHECK_NEAR(v.busy_fraction, 0.25, 1e-12);
    CHECK_EQ_INT(v.bound, BOUND_CPU);
    t.span_ns = 0;
    v = bound_of(&t);
    CHECK(isnan(v.busy_fraction));
    CHECK_EQ_INT(v.bound, BOUND_UNKNOWN);
    t = (struct tklqt_sums){.il_joined_ns = -1, .span_ns = 10};
    v = bound_of(&t);
    CHECK(isnan(v.cpu_bound_fraction));
    CHECK_EQ_INT(v.bound, BOUND_UNKNOWN);
    CHECK_EQ_STR(bound_name(BOUND_CPU), "cpu-bound");
    CHECK_EQ_STR(bound_title(BOUND_GPU), "GPU-bound");
}

#define DATA "../shared/data/kineto/"

TEST(verdicts_of_recorded_runs)
{
    static const struct {
        const char *path;
        enum bound bound;
        double fraction;
    } all[] = {
        {DATA "tracelens/h100__gaunernst_bert-small-uncased__1016001.json.gz", BOUND_CPU, 1},
        {DATA "tracelens/mi300__gaunernst_bert-small-uncased__1016001.json.gz", BOUND_CPU,
         1 - 5.0 / 60},
        {DATA "tracelens/h100__Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", BOUND_GPU,
         1 - 1001.0 / 1029},
        {DATA "tracelens/h100__facebook_timesformer-base-finetuned-k400__1016002.json.gz",
         BOUND_GPU, 1 - 443.0 / 446},
        {DATA "tracelens/mi300__Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", BOUND_GPU,
         1 - 1025.0 / 1053},
        {DATA "hta/ns_resolution_trace__rank-0.Apr_03_18_51_38.1102.pt.trace.json.gz", BOUND_GPU,
         1 - 4346.0 / 4350},
    };
    if (!os_is_file(all[0].path))
        SKIP("../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const struct launches *l;
        struct err e = {0};
        if (launches_open(&l, &all[i].path, 1, NULL, NULL, &e) != STATUS_OK) {
            T_FAIL("%s", e.message);
            continue;
        }
        if (l->verdict.bound != all[i].bound)
            T_FAIL("%s: is %s", all[i].path, bound_name(l->verdict.bound));
        CHECK_NEAR(l->verdict.cpu_bound_fraction, all[i].fraction, 1e-12);
        if (i + 1 == ARRAY_LEN(all)) /* the stream takes no more: the host is far ahead */
            CHECK(l->depth.most >= 1000 && l->depth.most <= 1030);
        launches_release(l);
    }
}
