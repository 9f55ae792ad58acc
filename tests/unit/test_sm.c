/*
 * The detailed model on kernels that can be followed on paper: an ALU result after 4 cycles, one
 * instruction a cycle, 1,000 cycles of launch.
 */
#include "model_fixture.h"

enum { LAUNCH = 1000 };

static const struct result *follow_with(const struct trace_kernel *k, const struct gpu *g,
                                        struct model_options o)
{
    struct err e = {0};
    const struct result *r = NULL;
    if (model_run(model_find(str_from("sm"), &e), k, g, &o, NULL, &r, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    return r;
}

static const struct result *follow(const struct trace_kernel *k, const struct gpu *g)
{
    return follow_with(k, g, (struct model_options){.with_timeline = true});
}

static double running(const struct result *r)
{
    return r->cycles - LAUNCH;
}

/* Cycles that all warps together spent in a state. */
static double state_cy(const struct result *r, enum stall s, unsigned issued)
{
    return r->warp_state[s] * issued;
}

static void chains(struct maker *m, unsigned warps, unsigned n)
{
    for (unsigned w = 0; w < warps; w++) {
        make_warp(m, 0, w);
        make_chain(m, "FADD", n);
        make_warp_end(m);
    }
}

static void drop(const struct result *r, const struct trace_kernel *k)
{
    result_release(r);
    trace_kernel_release(k);
}

TEST(a_chain_waits_for_each_result)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 1);
    chains(&m, 1, 10);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 38, 0); /* 0, 4, ... 36, EXIT at 37 */
    CHECK_NEAR(r->stall[STALL_SELECTED], 11, 0);
    CHECK_NEAR(r->stall[STALL_WAIT], 27, 0);
    CHECK_NEAR(r->stall[STALL_LAUNCH], LAUNCH, 0);
    drop(r, k);
}

/* Warps 0 and 4 share sub-core 0: while one waits the other issues. */
TEST(warps_of_a_sub_core_hide_each_other)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 5);
    chains(&m, 5, 10);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 40, 0);
    CHECK_NEAR(r->stall[STALL_SELECTED], 22, 0);
    CHECK_NEAR(r->stall[STALL_WAIT], 18, 1e-12);
    CHECK_NEAR(state_cy(r, STALL_SELECTED, 55), 55, 1e-12);
    CHECK_NEAR(state_cy(r, STALL_NOT_SELECTED, 55), 2, 1e-12); /* at 0, and when EXIT goes first */
    drop(r, k);
}

TEST(the_youngest_goes_first_and_goes_on)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 5);
    for (unsigned w = 0; w < 5; w++) {
        make_warp(&m, 0, w);
        for (int i = 0; i < 10; i++)
            make_op(&m, "FADD", 10 + i, 1, 2, -1);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 22, 0);
    const struct timeline *t = r->timeline;
    const struct timeline_lane *young = &t->lanes[4], *old = &t->lanes[0];
    CHECK_EQ_INT(young->n_spans, 1);
    CHECK_EQ_INT(t->spans[young->first_span].state, STALL_SELECTED);
    CHECK_EQ_INT(t->spans[young->first_span].to_cy, 11);
    CHECK_EQ_INT(t->spans[old->first_span].state, STALL_NOT_SELECTED);
    CHECK_EQ_INT(t->spans[old->first_span + 1].from_cy, 11);
    drop(r, k);
}

TEST(the_memory_queue_holds_five)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel_with(1, 1, 1024);
    make_warp(&m, 0, 0);
    for (int i = 0; i < 6; i++)
        make_access(&m, "LDS", 10 + i, 1, -1, 4, 0, 4);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 14, 0); /* 0..4, 12, EXIT at 13 */
    CHECK_NEAR(r->stall[STALL_MIO_THROTTLE], 7, 0);
    drop(r, k);
}

/* 32 words of one bank: 32 wavefronts. */
TEST(bank_conflicts_keep_the_data_path_and_the_result)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel_with(1, 1, 8192);
    make_warp(&m, 0, 0);
    make_access(&m, "LDS", 4, 1, -1, 4, 0, 128);
    make_op(&m, "FADD", 5, 4, 4, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 24 + 31 + 2, 0);
    CHECK_NEAR(r->stall[STALL_SHORT_SCOREBOARD], 24 + 31 - 1, 0);
    drop(r, k);
}

/* Lines of 8 instructions; what lies behind the first comes from L2 after 10 + 200 cycles. */
TEST(code_that_is_new_is_waited_for)
{
    struct gpu g = round_gpu();
    g.v.l0_icache_kib = g.v.l1_icache_kib = 1, g.v.l0_iways = g.v.l1_iways = 4;
    g.v.iline_b = 128, g.v.stream_lines = 0;
    g.v.lat_l0_miss_cy = 10;
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    for (int i = 0; i < 8; i++)
        make_op(&m, "FADD", 10 + i, 1, 2, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(r->stall[STALL_NO_INSTRUCTION], 210, 0);
    CHECK_NEAR(running(r), 9 + 210, 0);
    drop(r, k);
}

TEST(loads_come_after_the_latency_of_their_level)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_access(&m, "LDG.E", 4, 2, -1, 4, 0x10000, 4);
    make_op(&m, "FADD", 5, 4, 4, -1);
    make_access(&m, "LDG.E", 6, 2, -1, 4, 0x10000, 4);
    make_op(&m, "FADD", 7, 6, 6, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    /* DRAM: 500 and 1 for four sectors at 128 B/cy; then L1: 40 from cycle 502 on. */
    CHECK_NEAR(running(r), 501 + 1 + 40 + 2, 0);
    CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD], 500 + 39, 0);
    drop(r, k);
}

TEST(a_warp_stays_until_its_stores_have_left)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_access(&m, "STG.E", -1, 2, 3, 4, 0x10000, 4);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 201, 0);
    CHECK_NEAR(r->stall[STALL_DRAIN], 199, 0);
    drop(r, k);
}

static void make_barrier(struct maker *m, const char *opcode, int64_t immediate)
{
    struct sass_inst in = made_inst(m, opcode, -1, -1, -1, -1);
    in.immediate = immediate;
    build_step(m->b, build_code(m->b, &in), UINT32_MAX);
}

TEST(a_barrier_waits_for_the_slowest_warp)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 2);
    for (unsigned w = 0; w < 2; w++) {
        make_warp(&m, 0, w);
        make_chain(&m, "FADD", w == 0 ? 1 : 10);
        make_barrier(&m, "BAR.SYNC", 0);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 39, 0);
    CHECK_NEAR(state_cy(r, STALL_BARRIER, 15), 36, 1e-12);
    drop(r, k);
}

TEST(a_barrier_of_some_threads_lets_the_others_be)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 3);
    for (unsigned w = 0; w < 3; w++) {
        make_warp(&m, 0, w);
        make_chain(&m, "FADD", w == 2 ? 100 : 1);
        if (w < 2)
            make_barrier(&m, w == 0 ? "BAR.SYNC" : "BAR.ARV", 64);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(state_cy(r, STALL_BARRIER, 107), 0, 0); /* both come in cycle 1 */
    CHECK_EQ_INT(r->n_notes, 0);
    drop(r, k);
}

TEST(a_barrier_that_never_fills_is_told)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 2);
    for (unsigned w = 0; w < 2; w++) {
        make_warp(&m, 0, w);
        make_barrier(&m, "BAR.SYNC", 96); /* three warps, of two */
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_EQ_INT(r->n_notes, 1);
    CHECK(running(r) < 10);
    drop(r, k);
}

TEST(the_next_cta_starts_when_a_slot_is_free)
{
    struct gpu g = round_gpu();
    struct maker m =
        make_kernel_with(3, 1, 60000); /* one at a time; SM 0 gets the first and third */
    for (unsigned c = 0; c < 3; c++) {
        make_warp(&m, c, 0);
        make_chain(&m, "FADD", 10);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 76, 0);
    CHECK_EQ_INT(r->timeline->n_lanes, 2);
    drop(r, k);
}

/* 20 CTAs of one warp on each of two SMs, one every 50 cycles of the chip, so 100 of an SM. */
TEST(what_cta_launch_takes_is_launch)
{
    struct gpu g = round_gpu();
    g.v.kll_gamma = 50;
    struct maker m = make_kernel(40, 1);
    for (unsigned c = 0; c < 40; c++) {
        make_warp(&m, c, 0);
        make_chain(&m, "FADD", 10);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(r->cycles, LAUNCH + 2 * 50 + 19 * 100 + 38, 1e-12);
    CHECK(r->cycles - r->stall[STALL_LAUNCH] < 100); /* 5 warps a sub-core hide one another */
    CHECK_NEAR(r->stall[STALL_SELECTED], 5 * 11, 0);
    drop(r, k);
}

TEST(every_warp_is_in_one_state_in_every_cycle)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel_with(4, 6, 1024);
    for (unsigned c = 0; c < 4; c++)
        for (unsigned w = 0; w < 6; w++) {
            make_warp(&m, c, w);
            for (unsigned i = 0; i < 20; i++) {
                make_access(&m, "LDG.E", 4, 2, -1, 4, 0x10000 + 0x1000 * (c + w) + 128 * i, 4);
                make_chain(&m, "FADD", 1 + w);
                make_access(&m, "STS", -1, 2, 3, 4, 0, 4);
                make_barrier(&m, "BAR.SYNC", 0);
            }
            make_warp_end(&m);
        }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g), *again = follow(k, &g);
    double resident = 0, states = 0;
    const struct timeline *t = r->timeline;
    for (uint32_t l = 0; l < t->n_lanes; l++) {
        const struct timeline_span *s = &t->spans[t->lanes[l].first_span];
        for (uint32_t i = 1; i < t->lanes[l].n_spans; i++)
            CHECK_EQ_INT(s[i].from_cy, s[i - 1].to_cy);
        resident += (double)(s[t->lanes[l].n_spans - 1].to_cy - s->from_cy);
    }
    unsigned issued = 0;
    for (uint32_t c = 0; c < 2; c++) /* SM 0 has CTAs 0 and 2 */
        for (uint32_t w = 0; w < 6; w++)
            issued += k->paths[k->warps[k->ctas[(size_t)2 * c].first_warp + w].path].n_steps;
    for (int s = 0; s < STALL_N; s++)
        states += state_cy(r, (enum stall)s, issued);
    CHECK_NEAR(states, resident, 1e-12);
    CHECK_NEAR(r->cycles, again->cycles, 0);
    result_release(again);
    drop(r, k);
}

TEST(warp_states_are_cycles_per_issue)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 1);
    chains(&m, 1, 10);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(r->warp_state[STALL_SELECTED], 1, 0);
    CHECK_NEAR(r->warp_state[STALL_WAIT], 27.0 / 11, 1e-12);
    CHECK(run_off(k, &g, 0)->warp_state == NULL);
    drop(r, k);
}

/* Warps that go `turns` times around a loop with arithmetic, shared memory, loads and a barrier. */
static const struct trace_kernel *make_loops(unsigned warps, unsigned turns, bool with_loads)
{
    struct maker m = make_kernel_with(1, warps, 4096);
    for (unsigned w = 0; w < warps; w++) {
        make_warp(&m, 0, w);
        make_chain(&m, "FADD", 3 + w);
        uint64_t loop_pc = m.pc;
        for (unsigned i = 0; i < turns; i++) {
            m.pc = loop_pc;
            make_chain(&m, "FFMA", 5);
            make_access(&m, "LDS", 5, 1, -1, 4, UINT64_C(64) * (i % 2), 8);
            if (with_loads)
                make_access(&m, "LDG.E", 6, 2, -1, 4, 0x100000 + 0x1000 * w + 4096 * 8 * i, 4);
            make_op(&m, "FADD", 7, 5, 6, -1);
            make_barrier(&m, "BAR.SYNC", 0);
            make_op(&m, "BRA", -1, -1, -1, -1);
        }
        make_chain(&m, "FADD", 2);
        make_warp_end(&m);
    }
    return build_finish(m.b);
}

static void check_same(const struct result *a, const struct result *b)
{
    CHECK_NEAR(a->cycles, b->cycles, 1e-12); /* sums of shares */
    for (int s = 0; s < STALL_N; s++) {
        CHECK_NEAR(a->stall[s], b->stall[s], 1e-9);
        CHECK_NEAR(a->warp_state[s], b->warp_state[s], 1e-9);
    }
    for (uint32_t i = 0; i < a->n_insts; i++)
        CHECK_NEAR(a->insts[i].cycles, b->insts[i].cycles, 1e-9);
}

TEST(loops_that_repeat_are_skipped_and_nothing_changes)
{
    static const struct {
        unsigned warps, turns;
        bool with_loads;
    } cases[] = {{1, 100, false}, {4, 400, false}, {7, 300, false}, {5, 300, true}, {12, 99, true}};
    struct gpu g = round_gpu();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct trace_kernel *k =
            make_loops(cases[i].warps, cases[i].turns, cases[i].with_loads);
        const struct result *r = follow_with(k, &g, (struct model_options){0});
        const struct result *each = follow_with(k, &g, (struct model_options){.every_cycle = true});
        check_same(r, each);
        CHECK(result_term(r, METRIC_skipped_cy) > 0.5 * r->cycles - LAUNCH);
        CHECK_NEAR(result_term(each, METRIC_skipped_cy), 0, 0);
        result_release(each);
        drop(r, k);
    }
}

/* The timeline says what it leaves out, and its lanes still end at the end. */
TEST(a_timeline_names_what_repeats)
{
    struct gpu g = round_gpu();
    const struct trace_kernel *k = make_loops(2, 200, false);
    const struct result *r = follow(k, &g);
    const struct timeline *t = r->timeline;
    CHECK_EQ_INT(t->n_repeats, 1);
    uint64_t left_out = t->repeats->count * (t->repeats->to_cy - t->repeats->from_cy);
    CHECK_NEAR((double)left_out, result_term(r, METRIC_skipped_cy), 0);
    const struct timeline_span *last = &t->spans[t->lanes[1].first_span + t->lanes[1].n_spans - 1];
    CHECK_NEAR((double)last->to_cy, running(r), 0);
    drop(r, k);
}

/* No issue slot of a sub-core is taken twice. */
static void check_slots(const struct timeline *t)
{
    uint64_t end = timeline_end_cy(t);
    unsigned *taken = calloc((size_t)t->n_sub_cores * end, sizeof *taken);
    for (uint32_t l = 0; l < t->n_lanes; l++)
        for (uint32_t i = 0; i < t->lanes[l].n_spans; i++) {
            const struct timeline_span *s = &t->spans[t->lanes[l].first_span + i];
            for (uint64_t cy = s->from_cy; s->state == STALL_SELECTED && cy < s->to_cy; cy++)
                if (++taken[t->lanes[l].sub_core * end + cy] > t->issue_rate)
                    T_FAIL("cycle %u is taken too often", (unsigned)cy);
        }
    free(taken);
}

/* Its spans, with the repetitions that they stand for, are the result's warp states. */
static void check_sums(const struct result *r, uint64_t issued)
{
    const struct timeline *t = r->timeline;
    double states[STALL_N] = {0};
    for (uint32_t i = 0; i < t->n_spans; i++)
        states[t->spans[i].state] +=
            (double)timeline_span_cy(t, &t->spans[i], 0, timeline_end_cy(t));
    for (int s = 0; s < STALL_N; s++)
        CHECK_NEAR(states[s] / states[STALL_SELECTED], r->warp_state[s], 1e-12);
    CHECK_NEAR(states[STALL_SELECTED], (double)issued, 0);
}

TEST(a_timeline_sums_to_the_warp_states)
{
    struct gpu g = round_gpu();
    for (unsigned warps = 1; warps < 12; warps++) {
        g.v.issue_rate = 1 + warps / 3 % 2;
        const struct trace_kernel *k = make_loops(warps, 150, warps % 2 == 0);
        const struct result *r = follow(k, &g);
        CHECK(r->timeline->n_repeats > 0);
        check_sums(r, k->counts.warp_insts);
        check_slots(r->timeline);
        drop(r, k);
    }
}

/* A copy of 512 B from DRAM: 500 + 4 for its sectors + 12 into shared memory; nobody waits for the
 * second, which is in the group that may stay open. */
TEST(copies_are_waited_for_by_group)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel_with(1, 1, 4096);
    make_warp(&m, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        make_access(&m, "LDGSTS.E.BYPASS.128", -1, 2, 4, 16, 0x10000 + 0x1000 * i, 16);
        make_op(&m, "LDGDEPBAR", -1, -1, -1, -1);
    }
    make_wait(&m, 1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 504 + 12 + 2, 0);
    CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD], 504 + 12 - 4, 0);
    drop(r, k);
}

TEST(a_fence_holds_its_warp_back)
{
    struct gpu g = round_gpu();
    g.v.lat_fence_gpu_cy = 186;
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_op(&m, "MEMBAR.SC.GPU", -1, -1, -1, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(r->stall[STALL_MEMBAR], 185, 0);
    drop(r, k);
}

/* The second reads the line that the first had to wait for. */
TEST(a_constant_operand_is_waited_for_once)
{
    struct gpu g = round_gpu();
    g.v.imc_b = 512, g.v.lat_imc_miss_cy = 79;
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        struct sass_inst in = made_inst(&m, "FADD", 4 + (int)i, 1, -1, -1);
        in.has_const = true;
        in.const_offset = (uint16_t)(0x200 + 4 * i);
        build_step(m.b, build_code(m.b, &in), UINT32_MAX);
    }
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(r->stall[STALL_IMC_MISS], 79, 0);
    CHECK_NEAR(running(r), 3 + 79, 0);
    drop(r, k);
}

/* They read no registers, so that ports do not keep them apart. */
TEST(two_warps_can_issue_in_one_cycle)
{
    struct gpu g = round_gpu();
    g.v.sub_cores = 1, g.v.issue_rate = 2;
    struct maker m = make_kernel(1, 2);
    for (unsigned w = 0; w < 2; w++) {
        make_warp(&m, 0, w);
        for (int i = 0; i < 10; i++)
            make_op(&m, "FADD", 10 + i, -1, -1, -1);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(running(r), 12, 0); /* there is one branch unit for EXIT */
    CHECK_NEAR(r->stall[STALL_SELECTED], 12, 0);
    CHECK_NEAR(state_cy(r, STALL_SELECTED, 22), 22, 1e-12);
    drop(r, k);
}

/* What the tensor memory accelerator writes has to arrive like any store. */
TEST(a_bulk_store_is_waited_for)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel_with(1, 1, 1024);
    make_warp(&m, 0, 0);
    make_access(&m, "UTMASTG.2D", -1, 2, 4, 4, 0x10000, 4);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_NEAR(r->stall[STALL_DRAIN], 199, 0.02);
    drop(r, k);
}

/* Warp 1 has nothing to do, warp 2 ends at the barrier. */
TEST(nobody_waits_for_warps_that_have_ended)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 3);
    for (unsigned w = 0; w < 3; w++) {
        make_warp(&m, 0, w);
        for (unsigned i = 0; w != 1 && i < (w == 0 ? 2 : 1); i++)
            make_barrier(&m, "BAR.SYNC", 0);
        if (w == 0)
            make_op(&m, "EXIT", -1, -1, -1, -1);
        build_warp_end(m.b);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = follow(k, &g);
    CHECK_EQ_INT(r->n_notes, 0);
    CHECK_NEAR(running(r), 3, 0);
    drop(r, k);
}

/* Numbers that no compiler writes: nothing overflows, and a sleep ends after 1 ms. */
TEST(odd_immediates_are_survived)
{
    static const char *const opcodes[] = {"BAR.SYNC", "BAR.ARV", "DEPBAR.LE", "NANOSLEEP"};
    static const int64_t values[] = {INT64_MIN, -1, 0, 31, 4096, INT64_MAX};
    struct gpu g = round_gpu();
    for (size_t o = 0; o < ARRAY_LEN(opcodes); o++)
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
            struct maker m = make_kernel(1, 2);
            for (unsigned w = 0; w < 2; w++) {
                make_warp(&m, 0, w);
                make_barrier(&m, opcodes[o], values[i]);
                make_warp_end(&m);
            }
            const struct trace_kernel *k = build_finish(m.b);
            const struct result *r = follow(k, &g);
            CHECK(running(r) > 0 && running(r) < 1e6 + 10);
            drop(r, k);
        }
}
