/* Large grids by some of their waves, against all of them. */
#include "mech/sample.h"

#include <math.h>

#include "model_fixture.h"

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* What a load of warp accesses meets; `i` counts the loads of a CTA, `n` those of the grid. */
struct pattern {
    const char *name;
    uint64_t (*line)(uint64_t cta, uint64_t i, uint64_t *seed);
};

static uint64_t stream_line(uint64_t cta, uint64_t i, uint64_t *seed)
{
    (void)seed;
    return 1 << 20 | (cta * 16 + i);
}

static uint64_t shared_line(uint64_t cta, uint64_t i, uint64_t *seed)
{
    (void)cta, (void)seed;
    return i % 8;
}

/* Half of a table of 2 MiB at random, half of it a stream: L2 gets warm over many waves. */
static uint64_t table_line(uint64_t cta, uint64_t i, uint64_t *seed)
{
    return next_random(seed) % 2 ? stream_line(cta, i, seed) : next_random(seed) % 16384;
}

/* Some CTAs reuse, some stream. */
static uint64_t mixed_line(uint64_t cta, uint64_t i, uint64_t *seed)
{
    bool is_stream = (cta * 0x9e3779b97f4a7c15u >> 61) < 3;
    return is_stream ? stream_line(cta, i, seed) : shared_line(cta, i, seed);
}

static const struct pattern patterns[] = {
    {"stream", stream_line}, {"shared", shared_line}, {"table", table_line}, {"mixed", mixed_line}};

static const struct trace_kernel *make_grid(const struct pattern *p, unsigned ctas, uint64_t seed)
{
    struct maker m = make_kernel(ctas, 2);
    for (unsigned c = 0; c < ctas; c++)
        for (unsigned w = 0; w < 2; w++) {
            make_warp(&m, c, w);
            for (unsigned i = 0; i < 8; i++)
                make_access(&m, "LDG.E", 4, 2, -1, 4, p->line(c, w * 8 + i, &seed) * 128, 4);
            make_access(&m, "STG.E", -1, 2, 4, 4, ((uint64_t)1 << 33) + (c * 2 + w) * UINT64_C(128),
                        4);
            make_warp_end(&m);
        }
    return build_finish(m.b);
}

static struct memory simulate(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                              const struct assign *with, uint64_t max_accesses)
{
    struct timing_rules rules = {.classes = TIMING_BY_TABLE};
    struct timing *t = timing_make(a, k, g, rules);
    struct memory_shape shape = {.assign = with, .l1_kib = 64, .max_accesses = max_accesses};
    struct memory m;
    CHECK_EQ_INT(memory_simulate(a, k, g, t, shape, NULL, &m), STATUS_OK);
    return m;
}

/* Shares of all sectors by level. */
static struct sample_wave shares(const struct trace_kernel *k, const struct memory *m)
{
    struct sample_wave s = {0};
    double n = 0;
    for (uint32_t c = 0; c < k->n_code; c++) {
        s.l1 += m->code[c].l1_hits;
        s.l2 += m->code[c].l2_hits;
        s.dram += m->code[c].dram;
        n += m->code[c].sectors;
    }
    return (struct sample_wave){s.l1 / n, s.l2 / n, s.dram / n, 0};
}

static void check_pattern(const struct pattern *p, uint64_t seed)
{
    const unsigned resident = 8, ctas = 2 * 8 * 60; /* 60 waves on 2 SMs */
    const uint64_t all = (uint64_t)ctas * 18;
    const struct trace_kernel *k = make_grid(p, ctas, seed);
    struct gpu g = round_gpu();
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign with = assign_hardware(&a, k, 2, resident);
    struct memory exact = simulate(&a, k, &g, &with, 0);
    struct memory some = simulate(&a, k, &g, &with, all / 4);
    struct sample_wave e = shares(k, &exact), s = shares(k, &some);
    double off = 0.5 * (fabs(e.l1 - s.l1) + fabs(e.l2 - s.l2) + fabs(e.dram - s.dram));
    printf("# %-6s %2u of %u waves, off by %.4f, bound %.4f\n", p->name, some.n_simulated,
           some.n_waves, off, some.error_bound);
    CHECK_EQ_INT(some.n_waves, 60);
    CHECK(some.n_simulated < 30);
    CHECK_NEAR(some.simulated, some.n_simulated / 60.0, 1e-9);
    CHECK(off <= some.error_bound + 1e-9);
    CHECK_NEAR(some.requests, exact.requests, 1e-6); /* executions are known */
    CHECK_NEAR(some.transactions, exact.transactions, 1e-6);
    CHECK_NEAR(exact.simulated, 1, 0);
    CHECK_NEAR(exact.error_bound, 0, 0);
    arena_done(&a);
    trace_kernel_release(k);
}

TEST(sample_stays_within_its_bound)
{
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
        for (uint64_t seed = 1; seed <= 5; seed++)
            check_pattern(&patterns[i], seed);
}

/* A stream that is evicted again and again writes all it stored but what L2 keeps. */
TEST(written_back_sectors_are_scaled)
{
    const struct trace_kernel *k = make_grid(&patterns[0], 960, 1);
    struct gpu g = round_gpu();
    g.v.l2_kib = 64; /* 2,048 sectors, less than a wave's */
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign with = assign_hardware(&a, k, 2, 8);
    struct memory exact = simulate(&a, k, &g, &with, 0), some = simulate(&a, k, &g, &with, 4000);
    CHECK(exact.dram_write_sectors > 7000);
    CHECK(fabs(some.dram_write_sectors / exact.dram_write_sectors - 1) < 0.02);
    arena_done(&a);
    trace_kernel_release(k);
}

TEST(small_grids_are_exact_and_answers_are_of_what_was_simulated)
{
    const struct trace_kernel *k = make_grid(&patterns[0], 64, 1);
    struct gpu g = round_gpu();
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign with = assign_hardware(&a, k, 2, 8);
    struct timing *t = timing_make(&a, k, &g, (struct timing_rules){.classes = TIMING_BY_TABLE});
    CHECK(sample_plan(&a, k, t, &with, k->n_accesses).is_exact);
    CHECK(sample_plan(&a, k, t, &with, 1).is_exact); /* four waves: none to spare */
    trace_kernel_release(k);
    k = make_grid(&patterns[0], 960, 1);
    with = assign_hardware(&a, k, 2, 8);
    struct memory_shape shape = {
        .assign = &with, .l1_kib = 64, .with_answers = true, .max_accesses = 1000};
    struct memory m;
    t = timing_make(&a, k, &g, (struct timing_rules){.classes = TIMING_BY_TABLE});
    CHECK_EQ_INT(memory_simulate(&a, k, &g, t, shape, NULL, &m), STATUS_OK);
    CHECK(m.simulated < 1);
    for (uint32_t w = 0; w < k->n_warps; w++)
        CHECK_EQ_INT(m.answers[k->warps[w].first_access].sectors > 0,
                     m.has_answers[k->warps[w].cta]);
    shape.max_accesses = 0;
    CHECK_EQ_INT(memory_simulate(&a, k, &g, t, shape, NULL, &m), STATUS_OK);
    CHECK(m.has_answers == NULL);
    for (uint64_t i = 0; i < k->n_accesses; i++)
        CHECK(m.answers[i].sectors > 0);
    arena_done(&a);
    trace_kernel_release(k);
}

/* The first waves are simulated, and the measured ones reach to the end of the grid. */
TEST(plan_covers_the_grid)
{
    const struct trace_kernel *k = make_grid(&patterns[0], 1600, 1);
    struct gpu g = round_gpu();
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign with = assign_hardware(&a, k, 2, 8);
    struct timing *t = timing_make(&a, k, &g, (struct timing_rules){.classes = TIMING_BY_TABLE});
    struct sample s = sample_plan(&a, k, t, &with, 3000); /* 288 accesses a wave */
    CHECK(!s.is_exact);
    CHECK_EQ_INT(s.n_waves, 100);
    CHECK_EQ_INT(s.role[0], SAMPLE_WARMS);
    uint32_t last = 0, measured = 0;
    for (uint32_t w = 0; w < s.n_waves; w++) {
        measured += s.role[w] == SAMPLE_MEASURED;
        last = s.role[w] == SAMPLE_MEASURED ? w : last;
        CHECK(s.role[w] != SAMPLE_MEASURED || s.role[w - 1] != SAMPLE_LEFT_OUT);
    }
    CHECK(measured >= 4);
    CHECK(last > 80);
    uint32_t n = s.with.first[2];
    CHECK_EQ_INT(n, s.n_simulated * 16);
    arena_done(&a);
    trace_kernel_release(k);
}

/* Half a million warps of ten loads each: more than MEMORY_SAMPLE_ABOVE. */
static const struct trace_kernel *make_large(void)
{
    const unsigned ctas = 1 << 15, warps = 16, loads = 10;
    struct maker m = make_kernel(ctas, warps);
    for (unsigned c = 0; c < ctas; c++)
        for (unsigned w = 0; w < warps; w++) {
            make_warp(&m, c, w);
            for (unsigned i = 0; i < loads; i++)
                make_access(&m, "LDG.E", 4, 2, -1, 4,
                            ((uint64_t)(c * warps + w) * loads + i) / 2 * 128, 4);
            make_warp_end(&m);
        }
    return build_finish(m.b);
}

static const struct result *run_large(const struct trace_kernel *k, bool is_exact)
{
    struct gpu g = round_gpu();
    const struct result *r = NULL;
    struct err e = {0};
    struct model_options o = {.is_exact = is_exact};
    CHECK_EQ_INT(model_run(model_default(), k, &g, &o, NULL, &r, &e), STATUS_OK);
    return r;
}

TEST(large_grid_is_sampled_and_says_so)
{
    const struct trace_kernel *k = make_large();
    const struct result *some = run_large(k, false), *all = run_large(k, true);
    CHECK(result_term(some, METRIC_cache_simulated) < 0.9);
    CHECK_NEAR(result_term(all, METRIC_cache_simulated), 1, 0);
    CHECK_NEAR(result_term(all, METRIC_cache_error), 0, 0);
    CHECK_EQ_INT(some->n_notes, all->n_notes + 1);
    const char *note = some->notes[some->n_notes - 1];
    CHECK(strstr(note, "--exact simulates all") != NULL);
    double off = some->level[RESULT_DRAM].bytes / all->level[RESULT_DRAM].bytes - 1;
    printf("# %s; off by %.4f\n", note, off);
    CHECK(fabs(off) <= result_term(some, METRIC_cache_error) + 1e-6);
    result_release(some);
    result_release(all);
    trace_kernel_release(k);
}
