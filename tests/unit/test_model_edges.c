/*
 * Kernels at the edges of what the models expect: every number must stay finite and mean something.
 */
#include "mech/coalesce.h"
#include "model_fixture.h"

TEST(matrices_need_tensor_cores)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_op(&m, "HMMA.16816.F32", 4, 8, 12, 4);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    for (size_t i = 0; i < model_count(); i++) {
        struct gpu g = round_gpu();
        struct err e = {0};
        g.v.tensor_cores = 0;
        CHECK(try_model(k, &g, model_at(i)->name, 0, &e) == NULL);
        CHECK(strstr(e.message, "no tensor cores") != NULL);
        g.v.tensor_cores = 4;
        g.v.tensor_f16_f16 = (double)NAN; /* the other FP16 rate stands in */
        const struct result *r = try_model(k, &g, model_at(i)->name, 0, &e);
        CHECK(r != NULL && isfinite(r->cycles));
        result_release(r);
    }
    trace_kernel_release(k);
}

/* A shape without a latency of its own takes the longest known one: 18 to the dependent, not 0. */
TEST(tensor_type_without_a_rate_is_noted)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_op(&m, "IMMA.16832.S8.S8", 4, 8, 12, 4);
    make_op(&m, "IMMA.16832.S8.S8", 4, 8, 12, 4);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    struct gpu g = round_gpu();
    const struct result *r = run_off(k, &g, 0);
    CHECK_EQ_INT(r->n_notes, 2); /* the other: no instruction caches */
    CHECK(strstr(r->notes[0], "round has no tensor rate for") != NULL);
    CHECK_NEAR(r->stall[STALL_WAIT], 18 - 1, 0); /* 16 x 8 x 32 / 256 = 16 < 18 */
    result_release(r);
    trace_kernel_release(k);
}

static void check_local_groups(const struct trace_kernel *k)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct coalesce_group g[COALESCE_MAX_GROUPS];
    struct coalescer *c =
        coalesce_make(&a, k, (struct coalesce_shape){.block_shift = 5, .group_shift = 7});
    CHECK_EQ_INT(coalesce_local(c, 0, 0, UINT32_MAX, 8, g), 2); /* two words, a line each */
    CHECK_EQ_INT(g[0].mask, 0xf);
    CHECK_EQ_INT(coalesce_local(c, 0, 0, 0x1ff, 8, g), 2);
    CHECK_EQ_INT(g[1].mask, 0x3); /* nine lanes are two sectors of each word */
    arena_done(&a);
}

/* Threads of a warp share no local memory: 32 words at the same offset are 128 bytes, and another
 * warp's are elsewhere. */
TEST(local_memory_is_interleaved_and_private)
{
    struct maker m = make_kernel(1, 2);
    for (unsigned w = 0; w < 2; w++) {
        make_warp(&m, 0, w);
        make_access(&m, "STL.64", -1, 1, 4, 8, 0xfffbd0, 0);
        make_access(&m, "LDL", 6, 1, -1, 4, 0xfffbd4, 0);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    check_local_groups(k);
    struct gpu g = round_gpu();
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->level[RESULT_L1].accesses, 2 * (8 + 4), 0);
    CHECK_NEAR(r->level[RESULT_L1].hits, 2 * 4, 0);     /* the loads read what was stored */
    CHECK_NEAR(r->level[RESULT_L2].accesses, 2 * 8, 0); /* written through */
    CHECK_NEAR(r->level[RESULT_DRAM].accesses, 0, 0);   /* and still dirty there at the end */
    result_release(r);
    trace_kernel_release(k);
}

/* Without the switch "amat" local memory has a fixed latency, that of DRAM where none is known. */
TEST(local_latency_is_never_free)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_access(&m, "LDL", 6, 1, -1, 4, 0xfffbd0, 0);
    make_op(&m, "FADD", 7, 6, 6, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    struct gpu g = round_gpu();
    static const enum stage off[] = {STAGE_AMAT, STAGE_CLASSES};
    for (size_t i = 0; i < ARRAY_LEN(off); i++) {
        const struct result *r = run_off(k, &g, bit(STAGE_AMAT) | bit(off[i]) | bit(STAGE_QUEUE));
        CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD], 500 - 1, 0);
        result_release(r);
    }
    trace_kernel_release(k);
}

/*
 * Warp 3 takes longest on its own: 20 dependent FADD and EXIT, 21 + 19 * 3 = 78 cycles. But it
 * shares sub-core 3 with one warp, while sub-core 0 issues two times 61 instructions: 122 cycles.
 */
TEST(fullest_sub_core_may_outlast_the_slowest_warp)
{
    struct maker m = make_kernel(1, 8);
    for (unsigned w = 0; w < 8; w++) {
        make_warp(&m, 0, w);
        if (w == 3)
            make_chain(&m, "FADD", 20);
        for (unsigned i = 0; w != 3 && i < 60; i++)
            make_op(&m, "FADD", 3, 4, 5, -1);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    struct gpu g = round_gpu();
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles, 1000 + 122, 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

/*
 * Warp 0 is the slowest alone (10 dependent MUFU of 20 cycles: 182), but warps 4 and 8 of its
 * sub-core need the tensor core for 30 products of 8 cycles: 240.
 */
TEST(busy_pipe_counts_though_the_critical_warp_does_not_use_it)
{
    struct maker m = make_kernel(1, 12);
    for (unsigned w = 0; w < 12; w++) {
        make_warp(&m, 0, w);
        if (w == 0)
            make_chain(&m, "MUFU.EX2", 10);
        for (unsigned i = 0; w > 0 && w % 4 == 0 && i < 15; i++)
            make_op(&m, "HMMA.16816.F32", 16, 4, 8, 12);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    struct gpu g = round_gpu();
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles, 1000 + 240, 1e-12);
    for (uint32_t c = 0; c < r->n_insts; c++)
        CHECK(r->insts[c].stall[STALL_MATH_PIPE_THROTTLE] == 0 || k->code[c].opcode[0] == 'H');
    CHECK_EQ_STR(r->busiest_pipe, "tensor");
    CHECK_NEAR(r->sol_compute, 1, 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

static const struct trace_kernel *ctas_of_one_warp(unsigned grid, const unsigned *ids, unsigned n)
{
    struct maker m = make_kernel(grid, 1);
    for (unsigned i = 0; i < n; i++) {
        make_warp(&m, ids != NULL ? ids[i] : i, 0);
        make_chain(&m, "FADD", 25);
        make_warp_end(&m);
    }
    return build_finish(m.b);
}

/*
 * 26 + 24 * 3 = 98 cycles for a warp alone. The first CTA of both SMs takes 2 * s to launch, the
 * others come meanwhile: with s = 1 none of 10 is late; with s = 100 the eight others take 800.
 */
TEST(launching_later_ctas_overlaps_with_running)
{
    const struct trace_kernel *k = ctas_of_one_warp(10, NULL, 10);
    struct gpu g = round_gpu();
    g.v.max_ctas_per_sm = 4; /* one warp per sub-core: waves of 98 cycles, the second of one CTA */
    g.v.kll_gamma = 1;
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->stall[STALL_LAUNCH], 1000 + 2, 1e-12);
    CHECK_NEAR(r->cycles, 1000 + 2 + 2 * 98, 1e-12);
    result_release(r);
    g.v.kll_gamma = 100;
    r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles, 1000 + 200 + 800, 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

/*
 * One warp arms an mbarrier at 0, loads by TMA at 1 and waits at 2. L1 is passed over, DRAM answers
 * after 500 cycles, the mbarrier hears of it 100 later.
 */
TEST(tma_load_is_waited_for_at_its_mbarrier)
{
    struct maker m = make_kernel(1, 1);
    struct gpu g = round_gpu();
    g.v.lat_tma_extra_cy = 100;
    make_warp(&m, 0, 0);
    make_access(&m, "SYNCS.ARRIVE.TRANS64", -1, 9, -1, 8, 0x40, 0);
    make_access(&m, "UTMALDG.2D", -1, -1, -1, 16, 0x7f0000000000, 16);
    make_access(&m, "SYNCS.PHASECHK.TRANS64.TRYWAIT", -1, 9, -1, 8, 0x40, 0);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, bit(STAGE_QUEUE));
    CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD], 1 + 600 - 2, 0);
    CHECK_NEAR(r->level[RESULT_L1].accesses, 0, 0);
    result_release(r);
    trace_kernel_release(k);
}

/* 64 and 128 bits of 32 lanes come 2 and 6 cycles after 32, of one lane with them; of shared memory
 * 0 and 2. DRAM takes 500 cycles, the dependent instruction one more slot. */
TEST(wide_loads_take_longer_to_come_back)
{
    static const struct {
        const char *opcode;
        unsigned width;
        uint32_t mask;
        double cy;
    } loads[] = {
        {"LDG.E", 4, UINT32_MAX, 500},      {"LDG.E.64", 8, UINT32_MAX, 502},
        {"LDG.E.128", 16, UINT32_MAX, 506}, {"LDG.E.128", 16, 1, 500},
        {"LDS.64", 8, UINT32_MAX, 24},      {"LDS.128", 16, UINT32_MAX, 26},
    };
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct maker m = make_kernel(1, 1);
        struct gpu g = round_gpu();
        make_warp(&m, 0, 0);
        struct sass_inst in = made_inst(&m, loads[i].opcode, 8, 2, -1, -1);
        in.mem_width_b = (uint8_t)loads[i].width;
        build_step(m.b, build_code(m.b, &in), loads[i].mask);
        build_access(m.b, 0, build_pattern_stride(m.b, loads[i].width, 0));
        make_op(&m, "FADD", 1, 8, 8, -1);
        make_warp_end(&m);
        const struct trace_kernel *k = build_finish(m.b);
        const struct result *r = run_off(k, &g, bit(STAGE_QUEUE));
        CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD] + r->stall[STALL_SHORT_SCOREBOARD],
                   loads[i].cy - 1, 0);
        result_release(r);
        trace_kernel_release(k);
    }
}

/* A trace of some CTAs of a grid: the result is of these alone, and says so. */
TEST(part_of_a_grid_is_marked)
{
    static const unsigned ids[] = {4, 8, 1000}; /* all on SM 0 */
    const struct trace_kernel *k = ctas_of_one_warp(100000, ids, 3);
    struct gpu g = round_gpu();
    for (size_t i = 0; i < model_count(); i++) {
        struct err e = {0};
        const struct result *r = try_model(k, &g, model_at(i)->name, 0, &e);
        CHECK(r != NULL && r->is_partial && isfinite(r->cycles));
        CHECK_EQ_INT(r->sms_used, 1);
        CHECK(strstr(r->notes[0], "holds 3 of 100000 CTAs") != NULL);
        CHECK(r->occupancy.limiter != LIMITER_GRID);
        result_release(r);
    }
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles, 1000 + 98, 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

static bool stop_after(void *arg, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    return --*(int *)arg >= 0;
}

/* Thirty thousand warps that all do different work; every stage can be stopped. */
TEST(many_paths_are_quick_and_can_be_cancelled)
{
    enum { CTAS = 1000, WARPS = 30 };
    struct maker m = make_kernel(CTAS, WARPS);
    for (unsigned c = 0; c < CTAS; c++)
        for (unsigned w = 0; w < WARPS; w++) {
            make_warp(&m, c, w);
            unsigned kind = c * WARPS + w;
            for (unsigned i = 0; i < 15; i++)
                for (unsigned n = 0; n <= (kind >> i & 1); n++)
                    make_op(&m,
                            i % 3 == 0   ? "FADD"
                            : i % 3 == 1 ? "IADD3"
                                         : "DADD",
                            (int)i, 40, 42, -1);
            make_warp_end(&m);
        }
    const struct trace_kernel *k = build_finish(m.b);
    CHECK(k->n_paths > 20000);
    struct gpu g = round_gpu();
    static const char *const names[] = {"warpscope", "amali-public"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct err e = {0};
        const struct result *r = try_model(k, &g, names[i], 0, &e);
        CHECK(r != NULL);
        result_release(r);
        int left = 3;
        struct tick tick = {stop_after, &left};
        CHECK(model_run(model_find(str_from(names[i]), &e), k, &g, &(struct model_options){0},
                        &tick, &r, &e) == STATUS_CANCELLED);
    }
    trace_kernel_release(k);
}

/* A total withheld cannot be had from what is derived of it. */
TEST(withheld_total_does_not_leak)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_op(&m, "FROB", 3, 4, 5, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    struct gpu g = round_gpu();
    const struct result *r = run_off(k, &g, 0);
    CHECK(r->is_withheld && isnan(r->cycles) && isnan(r->time_us) && isnan(r->stall[STALL_LAUNCH]));
    CHECK(isnan(result_term(r, METRIC_cpi)) && isnan(r->sol_compute));
    result_release(r);
    trace_kernel_release(k);
}

/* Warp 0 has a load on its way while it waits for warp 1: 397 of its 500 cycles are gone then. */
TEST(what_is_under_way_comes_nearer_at_a_barrier)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 2);
    make_warp(&m, 0, 0);
    make_access(&m, "LDG.E", 8, 2, -1, 4, 0x10000, 4);
    make_op(&m, "BAR.SYNC", -1, -1, -1, -1);
    make_op(&m, "FADD", 1, 8, 8, -1);
    make_warp_end(&m);
    make_warp(&m, 0, 1);
    make_chain(&m, "FADD", 100);
    make_op(&m, "BAR.SYNC", -1, -1, -1, -1);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles - 1000, 501 + 2, 0);
    CHECK_NEAR(r->stall[STALL_BARRIER], 397 - 1, 0);
    result_release(r);
    trace_kernel_release(k);
}

/* A barrier under a false guard is none: nobody waits there. */
TEST(masked_off_barrier_is_none)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 2);
    for (unsigned w = 0; w < 2; w++) {
        make_warp(&m, 0, w);
        make_chain(&m, "FADD", w == 0 ? 1 : 100);
        struct sass_inst in = made_inst(&m, "BAR.SYNC", -1, -1, -1, -1);
        build_step(m.b, build_code(m.b, &in), 0);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->stall[STALL_BARRIER], 0, 0);
    result_release(r);
    trace_kernel_release(k);
}

/* Two loads in flight, one of which comes from DRAM: the slower decides, not their mean. */
TEST(each_access_has_its_own_latency)
{
    struct gpu g = round_gpu();
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    uint64_t pc = m.pc;
    for (unsigned i = 0; i < 2; i++) {
        m.pc = pc; /* the same instruction meets DRAM, then L1 */
        make_access(&m, "LDG.E", 8, 2, -1, 4, 0x10000, 4);
        make_op(&m, "FADD", 1, 8, 8, -1);
    }
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles - 1000, 501 + 1 + 40 + 2, 0);
    result_release(r);
    trace_kernel_release(k);
}

/* 64 lines from DRAM, 500 cycles each, two in flight: 16,000 cycles whatever the bandwidth. */
TEST(misses_in_flight_bound_an_sm)
{
    struct maker m = make_kernel(1, 8);
    for (unsigned w = 0; w < 8; w++) {
        make_warp(&m, 0, w);
        for (unsigned i = 0; i < 8; i++)
            make_access(&m, "LDG.E", (int)(8 + i), 2, -1, 4, (w * 8 + i + 1) * UINT64_C(4096), 4);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    struct gpu g = round_gpu();
    const struct result *free = run_off(k, &g, 0);
    g.v.mshr_per_sm = 2;
    const struct result *bound = run_off(k, &g, 0);
    CHECK(free->cycles < 3000);
    CHECK_NEAR(bound->cycles - 1000, 16000, 1e-6);
    result_release(free);
    result_release(bound);
    trace_kernel_release(k);
}
