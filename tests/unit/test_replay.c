/*
 * Replay of made-up runs: one that was recorded at some speed and replayed at another must be the
 * one that was made at that other speed.
 */
#include "prof/replay.h"
#include "t.h"

#include "launch_sim.h"

static struct arena arena;

struct run {
    struct profile *p;
    struct lineage l;
    const struct tklqt_wait *waits;
    struct tklqt_sums t;
};

static void analyse(struct run *r)
{
    lineage_trace(&arena, r->p, &r->l);
    r->waits = tklqt_waits(&arena, r->p, &r->l);
    tklqt_sum(&arena, r->p, &r->l, r->waits, NULL, &r->t);
}

static struct run make(const struct sim *s)
{
    struct run r = {.p = sim_profile(s)};
    analyse(&r);
    return r;
}

static struct run from_events(const char *events)
{
    struct run r = {0};
    struct err e = {0};
    char json[8192];
    snprintf(json, sizeof json, "{\"traceEvents\":[%s]}", events);
    if (profile_open_memory(&r.p, str_from(json), "events", NULL, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    analyse(&r);
    return r;
}

static struct replay play(const struct run *r, struct replay_options o)
{
    struct replay out;
    struct err e = {0};
    if (replay_run(&arena, r->p, &r->l, r->waits, &o, NULL, &out, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    return out;
}

static void start(void)
{
    arena_done(&arena);
    arena_init(&arena, ARENA_LARGE);
}

/* ---- against runs made at the other speed ---- */

static const struct sim base = {
    .n = 400,
    .gap_ns = 6000,
    .call_ns = 4000,
    .launch_ns = 6500,
    .turn_ns = 1200,
    .kernel_ns = 3000,
    .jitter = 0.6,
    .sync_ns = 5000,
};

/* Times are rounded to whole nanoseconds in the trace, so each kernel may be off by some. */
static void check_like(const char *what, const struct replay *have, const struct sim *s)
{
    struct run want = make(s);
    int64_t slack_ns = 4 * (int64_t)s->n;
    if (llabs(have->sums.tklqt_ns - want.t.tklqt_ns) > slack_ns * s->n ||
        llabs(have->sums.il_ns - want.t.il_ns) > slack_ns ||
        have->sums.n_queued > want.t.n_queued + 1 || want.t.n_queued > have->sums.n_queued + 1)
        T_FAIL("%s: TKLQT %lld, expected %lld; IL %lld, expected %lld; queued %u, expected %u",
               what, (long long)have->sums.tklqt_ns, (long long)want.t.tklqt_ns,
               (long long)have->sums.il_ns, (long long)want.t.il_ns, have->sums.n_queued,
               want.t.n_queued);
    if (fabs((double)have->sums.tklqt_ns / (double)want.t.tklqt_ns - 1) > 1e-3)
        T_FAIL("%s: TKLQT %lld, expected %lld", what, (long long)have->sums.tklqt_ns,
               (long long)want.t.tklqt_ns);
    profile_release(want.p);
}

/* One run and a change of it. */
static const struct {
    const char *what;
    double kernel_ns;
    uint32_t n, queue_limit, sync_every;
    double cpu, gpu, launch_change_ns;
    uint32_t new_limit;
} cases[] = {
    {"as it was, GPU waits", 3000, 400, 0, 0, 1, 1, 0, 0},
    {"as it was, host ahead", 15000, 400, 0, 0, 1, 1, 0, 0},
    {"slower GPU: from CPU-bound to GPU-bound", 6000, 400, 0, 0, 1, 4, 0, 0},
    {"faster GPU: from GPU-bound to CPU-bound", 15000, 400, 0, 0, 1, 0.2, 0, 0},
    {"faster CPU: from CPU-bound to GPU-bound", 6000, 400, 0, 0, 0.4, 1, 0, 0},
    {"slower CPU: from GPU-bound to CPU-bound", 15000, 400, 0, 0, 2.5, 1, 0, 0},
    {"another launch latency", 3000, 400, 0, 0, 1, 1, 3000, 0},
    {"synchronising, slower GPU", 8000, 400, 0, 40, 1, 3, 0, 0},
    {"synchronising, faster GPU", 15000, 400, 0, 40, 1, 0.3, 0, 0},
    {"synchronising, faster CPU", 9000, 400, 0, 25, 0.5, 1, -2000, 0},
    {"full queue, as it was", 30000, 400, 33, 0, 1, 1, 0, 33},
    {"full queue, faster GPU", 30000, 400, 33, 0, 1, 0.2, 0, 33},
    {"full queue, slower CPU", 30000, 400, 33, 0, 1.7, 1, 0, 33},
    {"queue that fills only in the replay", 9000, 2000, 33, 0, 0.5, 3, 0, 33},
    {"full queue and synchronisations", 30000, 400, 17, 50, 0.8, 1.4, 500, 17},
};

TEST(replay_is_what_the_other_machine_records)
{
    start();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sim s = base;
        s.kernel_ns = cases[i].kernel_ns;
        s.n = cases[i].n;
        s.queue_limit = cases[i].queue_limit;
        s.sync_every = cases[i].sync_every;
        struct run r = make(&s);
        struct replay replay = play(&r, (struct replay_options){
                                            .cpu = cases[i].cpu,
                                            .gpu = cases[i].gpu,
                                            .launch_change_ns = cases[i].launch_change_ns,
                                            .queue_limit = cases[i].new_limit,
                                        });
        s.cpu = cases[i].cpu;
        s.gpu = cases[i].gpu;
        s.launch_ns += cases[i].launch_change_ns;
        check_like(cases[i].what, &replay, &s);
        profile_release(r.p);
    }
}

TEST(one_launch_latency_is_enough_where_there_is_only_one)
{
    start();
    struct run r = make(&base);
    struct replay m = play(&r, (struct replay_options){.typical = true});
    CHECK_NEAR(m.typical.launch_ns, base.launch_ns, 1e-3);
    check_like("typical", &m, &base);
    profile_release(r.p);
}

TEST(streams_keep_their_own_order)
{
    struct sim s = base;
    start();
    s.n_streams = 3;
    s.kernel_ns = 20000;
    s.sync_every = 60;
    struct run r = make(&s);
    struct replay slower = play(&r, (struct replay_options){.gpu = 2});
    s.gpu = 2;
    check_like("three streams", &slower, &s);
    profile_release(r.p);
}

TEST(verdict_follows_the_speed)
{
    start();
    struct sim s = base;
    s.kernel_ns = 7000;
    struct run r = make(&s);
    CHECK_EQ_INT(play(&r, (struct replay_options){.gpu = 4}).verdict.bound, BOUND_GPU);
    CHECK_EQ_INT(play(&r, (struct replay_options){.cpu = 4}).verdict.bound, BOUND_CPU);
    CHECK_EQ_INT(play(&r, (struct replay_options){.queue_limit = 2, .gpu = 4}).n_blocked > 100, 1);
    profile_release(r.p);
}

TEST(kernels_may_have_factors_of_their_own)
{
    start();
    struct run r = make(&base);
    double *of = ARENA_ARRAY(&arena, double, r.p->n_names);
    for (uint32_t i = 0; i < r.p->n_names; i++)
        of[i] = strcmp(r.p->names[i], "gemm") == 0 ? 2 : 0;
    struct replay m = play(&r, (struct replay_options){.gpu = 1, .gpu_of = of});
    for (uint32_t i = 0; i < r.p->n_works; i++) {
        bool is_gemm = strcmp(r.p->names[r.p->works[i].name], "gemm") == 0;
        CHECK(llabs(m.profile->works[i].dur_ns - (is_gemm ? 2 : 1) * r.p->works[i].dur_ns) <= 1);
    }
    profile_release(r.p);
}

/* ---- single events ---- */

#define KERNEL(corr, stream, ts, dur)                                                           \
    "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"pid\":0,\"tid\":" #stream ",\"ts\":" #ts \
    ",\"dur\":" #dur ",\"args\":{\"correlation\":" #corr ",\"device\":0,\"stream\":" #stream "}}"
#define CALL(name, corr, tid, ts, dur)                                                     \
    "{\"ph\":\"X\",\"cat\":\"cuda_runtime\",\"name\":\"" name "\",\"pid\":1,\"tid\":" #tid \
    ",\"ts\":" #ts ",\"dur\":" #dur ",\"args\":{\"correlation\":" #corr "}}"
#define COPY(corr, ts, dur)                                                               \
    "{\"ph\":\"X\",\"cat\":\"gpu_memcpy\",\"name\":\"c\",\"pid\":0,\"tid\":7,\"ts\":" #ts \
    ",\"dur\":" #dur ",\"args\":{\"correlation\":" #corr ",\"device\":0,\"stream\":7}}"

static int64_t start_of(const struct replay *m, uint32_t work)
{
    return m->profile->works[work].start_ns;
}

TEST(nodes_of_a_graph_follow_one_another)
{
    start();
    struct run r = from_events(CALL("cudaGraphLaunch", 1, 9, 0, 5) "," KERNEL(
        1, 7, 10, 10) "," KERNEL(1, 7, 21, 10) "," KERNEL(1, 8, 25, 4));
    struct replay m = play(&r, (struct replay_options){.gpu = 2});
    CHECK_EQ_INT(start_of(&m, 0), 10000);
    CHECK_EQ_INT(start_of(&m, 1), 31000); /* 20 + 1 behind the first */
    CHECK_EQ_INT(start_of(&m, 2), 39000); /* within the second, as far in as it was */
    profile_release(r.p);
}

TEST(work_from_before_the_recording_holds_the_queue)
{
    start();
    struct run r = from_events(KERNEL(1, 7, 0, 50) "," CALL(
        "cudaLaunchKernel", 5, 9, 10, 5) "," KERNEL(2, 7, 51, 9) "," KERNEL(5, 7, 61, 10));
    struct replay m = play(&r, (struct replay_options){.gpu = 2});
    CHECK_EQ_INT(start_of(&m, 0), 0);
    CHECK_EQ_INT(start_of(&m, 1), 101000);
    CHECK_EQ_INT(start_of(&m, 2), 120000);
    profile_release(r.p);
}

TEST(copies_that_block_wait_for_their_end)
{
    start();
    struct run r = from_events(CALL("cudaMemcpyAsync", 1, 9, 0, 30) "," COPY(1, 5, 20) "," CALL(
        "cudaLaunchKernel", 2, 9, 35, 5) "," KERNEL(2, 7, 41, 10));
    struct replay m = play(&r, (struct replay_options){.copy = 3});
    CHECK_EQ_INT(m.profile->calls[0].dur_ns, 70000); /* 5 + 60, and 5 to return */
    CHECK_EQ_INT(start_of(&m, 1), 81000);
    profile_release(r.p);
}

TEST(thread_that_only_polls_holds_nobody_up)
{
    start();
    struct run r =
        from_events(CALL("cudaLaunchKernel", 1, 9, 0, 5) "," KERNEL(1, 7, 10, 80) "," CALL(
            "cudaStreamSynchronize", 2, 9, 10,
            85) "," CALL("cudaEventQuery", 3, 4, 90, 1) "," CALL("cudaLaunchKernel", 4, 9, 100,
                                                                 5) "," KERNEL(4, 7, 110, 10));
    struct replay m = play(&r, (struct replay_options){.gpu = 0.5});
    CHECK_EQ_INT(m.n_syncs, 1);
    CHECK_EQ_INT(m.profile->calls[1].dur_ns, 45000);
    CHECK_EQ_INT(m.profile->calls[3].start_ns, 60000);
    CHECK_EQ_INT(start_of(&m, 1), 70000);
    profile_release(r.p);
}

TEST(threads_that_launch_follow_one_another)
{
    start();
    struct run r =
        from_events(CALL("cudaLaunchKernel", 1, 9, 0, 5) "," KERNEL(1, 7, 10, 80) "," CALL(
            "cudaStreamSynchronize", 2, 9, 10, 85) "," CALL("cudaLaunchKernel", 4, 8, 100,
                                                            5) "," KERNEL(4, 7, 110, 10));
    struct replay m = play(&r, (struct replay_options){.gpu = 0.5});
    CHECK_EQ_INT(m.profile->calls[2].start_ns, 60000);
    profile_release(r.p);
}

TEST(launch_latency_does_not_become_negative)
{
    start();
    struct run r = from_events(CALL("cudaLaunchKernel", 1, 9, 10, 5) "," KERNEL(
        1, 7, 13, 5) "," CALL("cudaLaunchKernel", 2, 9, 30, 5) "," KERNEL(2, 7, 29, 5));
    struct replay same = play(&r, (struct replay_options){0});
    CHECK_EQ_INT(same.sums.tklqt_ns, 2000); /* 3 and -1: clocks that do not agree stay so */
    struct replay m = play(&r, (struct replay_options){.launch_change_ns = -9000});
    CHECK_EQ_INT(m.sums.tklqt_ns, -1000);
    profile_release(r.p);
}

TEST(profile_without_any_event_is_replayed)
{
    start();
    struct run r = from_events("");
    struct replay m = play(&r, (struct replay_options){.cpu = 2});
    CHECK_EQ_INT(m.sums.n_joined, 0);
    CHECK_EQ_INT(m.verdict.bound, BOUND_UNKNOWN);
    profile_release(r.p);
}

/* ---- options ---- */

static bool never(void *arg, uint64_t done, uint64_t total)
{
    (void)arg, (void)done, (void)total;
    return false;
}

TEST(wrong_factors_and_cancelling_are_told)
{
    static const struct replay_options wrong[] = {{.cpu = -1},
                                                  {.gpu = (double)NAN},
                                                  {.copy = (double)INFINITY},
                                                  {.launch_change_ns = (double)NAN}};
    const struct tick tick = {never, NULL};
    struct replay out;
    start();
    struct run r = make(&base);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err e = {0};
        CHECK_EQ_INT(replay_run(&arena, r.p, &r.l, r.waits, &wrong[i], NULL, &out, &e),
                     STATUS_USAGE);
        CHECK(e.message[0] != '\0');
    }
    struct err e = {0};
    CHECK_EQ_INT(replay_run(&arena, r.p, &r.l, r.waits, NULL, &tick, &out, &e), STATUS_CANCELLED);
    profile_release(r.p);
}

TEST(huge_factors_do_no_harm)
{
    start();
    struct run r = make(&base);
    struct replay m = play(&r, (struct replay_options){.cpu = 1e300, .gpu = 1e300});
    CHECK(m.sums.n_joined == base.n);
    profile_release(r.p);
}

TEST(hosts_give_factors_where_their_numbers_are_known)
{
    static const struct host slow = {
        .name = "slow",
        .file = "slow.json",
        .v = {
            .launch_latency_ns = 3000, .cpu_speed = 0.8, .link_gb_per_s = 25, .queue_limit = 1022}};
    struct host fast = {
        .name = "fast",
        .file = "fast.json",
        .v = {
            .launch_latency_ns = 2000, .cpu_speed = 1.6, .link_gb_per_s = 50, .queue_limit = 512}};
    struct replay_options o = {.gpu = 3};
    struct err e = {0};
    CHECK_EQ_INT(replay_change_host(&o, &slow, &fast, &e), STATUS_OK);
    CHECK_NEAR(o.cpu, 0.5, 1e-12);
    CHECK_NEAR(o.launch_change_ns, -1000, 1e-12);
    CHECK_EQ_INT(o.queue_limit, 512);
    CHECK_NEAR(o.gpu, 3, 0);
    fast.v.cpu_speed = (double)NAN;
    fast.note[HOST_cpu_speed].note = "not measured";
    o.cpu = 7;
    CHECK_EQ_INT(replay_change_host(&o, &slow, &fast, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "cpu_speed") != NULL && strstr(e.message, "fast") != NULL);
    CHECK_EQ_STR(e.found, "not measured");
    CHECK_NEAR(o.cpu, 7, 0);
}
