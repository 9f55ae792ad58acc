/*
 * The interval family: mechanisms of GCoM, MDM and the roofline worked out on paper, and what must
 * hold between models.
 */
#include "mech/dispatch.h"
#include "mech/interval.h"
#include "mech/mshr.h"
#include "mech/overlap.h"
#include "model_fixture.h"

static const double rel = 1e-12;

/* Greedy-then-oldest: the other warps issue their mean interval each once the stall is long enough.
 */
TEST(gcom_hides_by_chance)
{
    const struct overlap_interval k = {.n = 4, .stall_cy = 20, .chance = 0.25, .mean_n = 5};
    struct overlap_share s = overlap_gcom(&k, 8, 4, 1); /* two warps a sub-core */
    CHECK_NEAR(s.base_cy, 4 + 5, rel);
    CHECK_NEAR(s.data_cy, 20 - 5, rel);
    CHECK_NEAR(s.idle_cy, 0, rel);
}

/* Five warps on four sub-cores: one has two, three have one. */
TEST(gcom_counts_sub_cores_that_wait)
{
    const struct overlap_interval k = {.n = 4, .stall_cy = 2, .chance = 0.5, .mean_n = 6};
    struct overlap_share s = overlap_gcom(&k, 5, 4, 1);
    CHECK_NEAR(s.base_cy, (10 + 3 * 4) / 4.0, rel);
    CHECK_NEAR(s.data_cy, (0 + 3 * 2) / 4.0, rel);
    CHECK_NEAR(s.idle_cy, (10 - 6) * 3 / 4.0, rel);
    CHECK_NEAR(s.base_cy + s.data_cy + s.idle_cy, 10, rel);
}

/* Two warps on four sub-cores: two sub-cores have none. */
TEST(gcom_counts_empty_sub_cores)
{
    const struct overlap_interval k = {.n = 4, .stall_cy = 2, .chance = 0.5, .mean_n = 6};
    struct overlap_share s = overlap_gcom(&k, 2, 4, 1);
    CHECK_NEAR(s.base_cy, 2, rel);
    CHECK_NEAR(s.data_cy, 1, rel);
    CHECK_NEAR(s.idle_cy, 3, rel);
}

TEST(mdm_counts_slots_that_no_stall_hides)
{
    const struct overlap_interval k = {.n = 4, .stall_cy = 3, .chance = 0.5, .mean_n = 5};
    CHECK_NEAR(overlap_mdm_slots(&k, 4, 1), 3 * 5 - 3, rel);
    const struct overlap_interval long_stall = {.n = 4, .stall_cy = 90, .chance = 0.5, .mean_n = 5};
    CHECK_NEAR(overlap_mdm_slots(&long_stall, 4, 1), 0, rel);
    CHECK_NEAR(overlap_mdm_slots(&k, 1, 1), 0, rel);
}

/* Ten instructions of four warps, one a sub-core; the pipe needs 30 cycles: 20 too many. A queue of
 * 5 lets 5 of 40 wait: their eighth of the loss hides behind the stall. */
TEST(gcom_pipes_lose_what_neither_queue_nor_stall_hides)
{
    struct dispatch d = {.n = 10, .stall_cy = 0};
    d.pipe_cy[UNIT_INT] = 30;
    struct dispatch_lost lost = dispatch_contend(&d, 4, 4, 5);
    CHECK_NEAR(lost.compute_cy, 20 * 35 / 40.0 + (20 * 5 / 40.0 - 1), rel);
    CHECK_NEAR(lost.memory_cy, 0, rel);
    CHECK_EQ_INT(lost.busiest, UNIT_INT);
    d.stall_cy = 9;
    lost = dispatch_contend(&d, 4, 4, 5);
    CHECK_NEAR(lost.compute_cy, 20 * 35 / 40.0, rel);
}

/* Memory 4 * 5 = 20 and pipe 15 against 10: the loss of 10 is split 10 to 5. */
TEST(gcom_splits_a_loss_between_memory_and_compute)
{
    struct dispatch d = {.n = 10, .stall_cy = 0, .memory_cy = 5};
    d.pipe_cy[UNIT_XU] = 15;
    struct dispatch_lost lost = dispatch_contend(&d, 4, 4, 0);
    CHECK_NEAR(lost.memory_cy, 10 * 10 / 15.0, rel);
    CHECK_NEAR(lost.compute_cy, 10 * 5 / 15.0, rel);
}

TEST(gcom_pipes_lose_nothing_where_none_is_busy)
{
    struct dispatch d = {.n = 10, .stall_cy = 5};
    d.pipe_cy[UNIT_FP32] = 10;
    struct dispatch_lost lost = dispatch_contend(&d, 4, 4, 4);
    CHECK_NEAR(lost.compute_cy + lost.memory_cy, 0, rel);
}

/* 1000 B/cy for network and DRAM, 256 entries; L1 40, L2 200, DRAM 500. */
TEST(gcom_queues_and_miss_registers)
{
    struct gpu g = round_gpu();
    struct mshr_demand d = {.reads = 10, .writes = 5, .l2_miss = 0.5, .warps = 4, .n_sms = 2};
    struct mshr_delay few = mshr_gcom(&g, &d);
    CHECK_NEAR(few.noc_cy, 0.5 * 2 * (40 + 20) * 0.032, rel);
    CHECK_NEAR(few.dram_cy, 0.5 * 2 * 40 * 0.5 * 0.032, rel);
    CHECK_NEAR(few.mshr_cy, 0, rel);
    d.reads = 150; /* 600 asked for: three rounds */
    struct mshr_delay many = mshr_gcom(&g, &d);
    CHECK_NEAR(many.noc_cy, 0.5 * 2 * (256 + 20) * 0.032, rel);
    CHECK_NEAR(many.mshr_cy, (160 + 0.5 * 300 + 0.5 * 2 * 256 * 0.032 * 1.5) * 2, rel);
    g.v.noc_gb_s = 10; /* 3.2 cycles a sector: saturated, so no half */
    struct mshr_delay slow = mshr_gcom(&g, &d);
    CHECK_NEAR(slow.noc_cy, 2 * (256 + 20) * 3.2, rel);
}

TEST(mdm_queues_and_miss_registers)
{
    struct gpu g = round_gpu();
    struct mshr_demand d = {.reads = 10, .writes = 5, .l2_miss = 0.5, .warps = 4, .n_sms = 2};
    struct mshr_delay few = mshr_mdm(&g, &d);
    CHECK_NEAR(few.noc_cy, 0.5 * 2 * (40 + 20) * 0.048, rel);
    CHECK_NEAR(few.mshr_cy, 0, rel);
    d.reads = 128; /* 512 asked for: once more than fit */
    struct mshr_delay many = mshr_mdm(&g, &d);
    double noc = 2 * (256 + 20) * 0.048;
    CHECK_NEAR(many.noc_cy, noc, rel);
    CHECK_NEAR(many.mshr_cy, 200 + 0.5 * 300 + noc, rel);
}

static const struct trace_kernel *finish(struct maker *m)
{
    make_warp_end(m);
    return build_finish(m->b);
}

/* A chain of three at latency 4, then EXIT. */
static const struct trace_kernel *chain_of_3(void)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_chain(&m, "IADD3", 3);
    return finish(&m);
}

static void profile(const struct trace_kernel *k, struct interval_rules rules, struct arena *a,
                    struct issue_profile *out)
{
    struct gpu g = round_gpu();
    struct timing_rules t = {TIMING_BY_TABLE, TIMING_ALL_REGISTERS, TIMING_RATE_BY_TYPE, true};
    const struct timing *timing = timing_make(a, k, &g, t);
    double *latency = ARENA_ARRAY(a, double, k->n_code);
    for (uint32_t c = 0; c < k->n_code; c++)
        latency[c] = timing[c].latency_cy;
    CHECK(interval_run(a, k, 0, timing, latency, rules, NULL, out) == STATUS_OK);
}

TEST(intervals_of_gcom_end_where_an_instruction_waits)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    const struct trace_kernel *k = chain_of_3();
    struct issue_profile p;
    profile(k, (struct interval_rules){.merge_cy = 1, .no_lane_cy = 3, .ends_with_results = true},
            &a, &p);
    CHECK_EQ_INT(p.n_stalls, 3);
    CHECK_NEAR(interval_stall_cy(&p, 0), 3, rel);
    CHECK_NEAR(interval_stall_cy(&p, 1), 3, rel);
    CHECK_NEAR(interval_stall_cy(&p, 2), 9, rel); /* EXIT: 10 cycles, one of them its slot */
    CHECK_EQ_INT(p.stalls[2].length, 2);
    trace_kernel_release(k);
    arena_done(&a);
}

/* With the gap of 1 they issue 5 apart, less than 10: one interval. */
TEST(intervals_of_mdm_swallow_short_stalls)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    const struct trace_kernel *k = chain_of_3();
    struct issue_profile p;
    profile(k, (struct interval_rules){.merge_cy = 9, .result_gap_cy = 1, .no_lane_cy = NAN}, &a,
            &p);
    CHECK_EQ_INT(p.n_stalls, 1);
    CHECK_NEAR(p.stall_cy + p.drain_cy, 0, rel);
    CHECK_NEAR(p.end_cy, 0 + 5 + 5 + 1 + 1, rel);
    trace_kernel_release(k);
    arena_done(&a);
}

static const struct result *run(const char *model, const struct trace_kernel *k,
                                const struct gpu *g)
{
    struct err e = {0};
    const struct result *r = try_model(k, g, model, 0, &e);
    if (r == NULL)
        T_FAIL("%s", e.message);
    return r;
}

/* Forty MUFU of one warp: 8 cycles each on 4 lanes of the sub-core. */
TEST(roofline_names_the_busiest_pipe)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    for (int i = 0; i < 40; i++)
        make_op(&m, "MUFU.EX2", 3, 4, -1, -1);
    const struct trace_kernel *k = finish(&m);
    const struct result *r = run("roofline", k, &g);
    CHECK_NEAR(r->cycles, 320, rel);
    CHECK_NEAR(r->stall[STALL_SELECTED], 41, rel);
    CHECK_NEAR(r->stall[STALL_MATH_PIPE_THROTTLE], 320 - 41, rel);
    CHECK_NEAR(result_term(r, METRIC_roof_xu_cy), 320, rel);
    CHECK_NEAR(result_term(r, METRIC_roof_issue_cy), 41, rel);
    CHECK_NEAR(result_term(r, METRIC_roof_dram_cy), 0, rel);
    bool is_named = false;
    for (uint32_t i = 0; i < r->n_notes; i++)
        is_named = is_named || strstr(r->notes[i], "roof is xu") != NULL;
    CHECK(is_named);
    result_release(r);
    trace_kernel_release(k);
}

/* 32 lanes 128 B apart: 32 sectors a load; the slow DRAM needs 1024 B / 1 B/cy each. */
TEST(roofline_of_dram)
{
    struct gpu g = round_gpu();
    g.v.dram_gb_s = 1;
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_access(&m, "LDG.E", 8, 2, -1, 4, 0x7f0000000000u, 128);
    const struct trace_kernel *k = finish(&m);
    const struct result *r = run("roofline", k, &g);
    CHECK_NEAR(r->cycles, 1024, rel);
    CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD], 1024 - 2, rel);
    result_release(r);
    trace_kernel_release(k);
}

/* A switch exchanges a variant in every model that has the stage, and is refused elsewhere. */
TEST(switches_of_published_models)
{
    struct gpu g = round_gpu();
    const struct trace_kernel *k = chain_of_3();
    struct err e = {0};
    const struct result *without = run("gcom", k, &g), *with = NULL;
    struct model_options o = {.fixes_on = bit(STAGE_LAUNCH)};
    CHECK(model_run(model_find(STR("gcom"), &e), k, &g, &o, NULL, &with, &e) == STATUS_OK);
    CHECK_NEAR(with->cycles, without->cycles + 1000, rel);
    CHECK_NEAR(with->stall[STALL_LAUNCH], 1000, rel);
    result_release(with);
    o.fixes_on = bit(STAGE_HIDING);
    CHECK(model_run(model_find(STR("gcom"), &e), k, &g, &o, NULL, &with, &e) == STATUS_USAGE);
    CHECK(strstr(e.message, "hiding") != NULL);
    result_release(without);
    trace_kernel_release(k);
}
