/*
 * One small kernel for each switch of fix.def: what the default model says with it and without it,
 * worked out by hand on the GPU of model_fixture.h. EXIT ends every warp and takes one slot.
 */
#include "model_fixture.h"

static const uint64_t no_queue = (uint64_t)1 << STAGE_QUEUE;

/* Cycles of one reason with the switch on and off; `also` is off in both. */
static void check_stall_on(const struct trace_kernel *k, struct gpu g, enum stage f, uint64_t also,
                           enum stall s, double with, double without)
{
    const struct result *on = run_off(k, &g, also), *off = run_off(k, &g, also | bit(f));
    CHECK_NEAR(on->stall[s], with, 1e-12);
    CHECK_NEAR(off->stall[s], without, 1e-12);
    result_release(on);
    result_release(off);
    trace_kernel_release(k);
}

static void check_stall(const struct trace_kernel *k, enum stage f, uint64_t also, enum stall s,
                        double with, double without)
{
    check_stall_on(k, round_gpu(), f, also, s, with, without);
}

static void check_cycles(const struct trace_kernel *k, struct gpu g, enum stage f, double with,
                         double without)
{
    const struct result *on = run_off(k, &g, 0), *off = run_off(k, &g, bit(f));
    CHECK_NEAR(on->cycles, 1000 + with, 1e-12);
    CHECK_NEAR(off->cycles, 1000 + without, 1e-12);
    result_release(on);
    result_release(off);
    trace_kernel_release(k);
}

static struct maker one_warp(void)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    return m;
}

static const struct trace_kernel *finish(struct maker *m)
{
    make_warp_end(m);
    return build_finish(m->b);
}

/* 4 KiB a CTA and 1 KiB that the system keeps: 100 / 5 = 20 CTAs; published: 100 / 4 = 25. */
TEST(occupancy)
{
    struct maker m = make_kernel_with(1, 1, 4096);
    make_warp(&m, 0, 0);
    const struct trace_kernel *k = finish(&m);
    struct gpu g = round_gpu();
    const struct result *on = run_off(k, &g, 0), *off = run_off(k, &g, bit(STAGE_OCCUPANCY));
    CHECK_EQ_INT(on->occupancy.ctas_per_sm, 20);
    CHECK_EQ_INT(off->occupancy.ctas_per_sm, 25);
    CHECK_NEAR(on->occupancy.l1_kib, 28, 0);
    CHECK_NEAR(off->occupancy.l1_kib, 128, 0); /* no carve-out above 100 KiB */
    result_release(on);
    result_release(off);
    trace_kernel_release(k);
}

/* POPC is one of the XU, 20 cycles; published: an integer instruction of 4. */
TEST(classes)
{
    struct maker m = one_warp();
    make_op(&m, "POPC", 3, 4, -1, -1);
    make_op(&m, "FADD", 5, 3, 3, -1);
    check_stall(finish(&m), STAGE_CLASSES, 0, STALL_SHORT_SCOREBOARD, 19, 0);
}

/* R11 is the last of four registers loaded, 24 cycles and 2 for their width; published: R8 alone
 * is.
 */
TEST(operands)
{
    struct maker m = one_warp();
    make_access(&m, "LDS.128", 8, 2, -1, 16, 0, 16);
    make_op(&m, "FADD", 1, 11, 11, -1);
    check_stall(finish(&m), STAGE_OPERANDS, 0, STALL_SHORT_SCOREBOARD, 23 + 2, 0);
}

/* 4 cycles from issue to issue, 3 of them lost; published: 5, all counted. */
TEST(latency)
{
    struct maker m = one_warp();
    make_chain(&m, "FADD", 2);
    check_stall(finish(&m), STAGE_LATENCY, 0, STALL_WAIT, 3, 5);
}

/* A dependent HMMA waits 18 cycles; published: 2048 / 256 = 8. */
TEST(tensor)
{
    struct maker m = one_warp();
    make_op(&m, "HMMA.16816.F32", 4, 8, 12, 4);
    make_op(&m, "HMMA.16816.F32", 4, 8, 12, 4);
    check_stall(finish(&m), STAGE_TENSOR, 0, STALL_WAIT, 17, 7);
}

/* The second load hits L1, so L2 sees four sectors, all cold; published: L2 sees all eight. */
TEST(cache)
{
    struct maker m = one_warp();
    make_access(&m, "LDG.E", 4, 2, -1, 4, 0x7f0000000000, 4);
    make_access(&m, "LDG.E", 5, 2, -1, 4, 0x7f0000000000, 4);
    const struct trace_kernel *k = finish(&m);
    struct gpu g = round_gpu();
    const struct result *on = run_off(k, &g, 0), *off = run_off(k, &g, bit(STAGE_CACHE));
    CHECK_NEAR(on->level[RESULT_L1].hit_rate, 0.5, 0);
    CHECK_NEAR(off->level[RESULT_L1].hit_rate, 0.5, 1e-9);
    CHECK_NEAR(on->level[RESULT_L2].hit_rate, 0, 0);
    CHECK_NEAR(off->level[RESULT_L2].hit_rate, 0.5, 1e-9);
    result_release(on);
    result_release(off);
    trace_kernel_release(k);
}

/*
 * DRAM answers the first load after 500 cycles, L1 the second after 40: 499 + 39. Published: 8
 * transactions of 2 requests, c_L1 = 8 * 40 = 320 the largest, so both take 320 / 2 = 160.
 */
TEST(amat)
{
    struct maker m = one_warp();
    for (int i = 0; i < 2; i++) {
        make_access(&m, "LDG.E", 4, 2, -1, 4, 0x7f0000000000, 4);
        make_op(&m, "FADD", 5, 4, 4, -1);
    }
    check_stall(finish(&m), STAGE_AMAT, no_queue, STALL_LONG_SCOREBOARD, 499 + 39, 2 * 159);
}

/* 32 lanes add to one word: 300 cycles and 31 more turns; published: 300. */
TEST(atomics)
{
    struct gpu g = round_gpu();
    g.v.atomic_ii_cy = 1;
    struct maker m = one_warp();
    make_access(&m, "ATOMG.E.ADD", 8, 2, 4, 4, 0x7f0000000000, 0);
    make_op(&m, "FADD", 1, 8, 8, -1);
    check_stall_on(finish(&m), g, STAGE_ATOMICS, no_queue, STALL_LONG_SCOREBOARD, 299 + 31, 299);
}

/*
 * 128 warps on two SMs, each with 32 lanes at one word: 4,096 turns of two cycles and the latency
 * of the last one.
 */
TEST(atomics_at_one_address)
{
    struct gpu g = round_gpu();
    g.v.atomic_ii_cy = 2;
    struct maker m = make_kernel(128, 1);
    for (unsigned cta = 0; cta < 128; cta++) {
        make_warp(&m, cta, 0);
        make_access(&m, "RED.E.ADD", -1, 2, 4, 4, 0x7f0000000000, 0);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->cycles, 1000 + 4096 * 2 + 300, 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

/* All 32 lanes read bank 0: 24 cycles and 31 more wavefronts; published: 24. */
TEST(banks)
{
    struct maker m = one_warp();
    make_access(&m, "LDS", 8, 2, -1, 4, 0, 128);
    make_op(&m, "FADD", 1, 8, 8, -1);
    check_stall(finish(&m), STAGE_BANKS, 0, STALL_SHORT_SCOREBOARD, 23 + 31, 23);
}

static const struct trace_kernel *chains_of_25(unsigned ctas)
{
    struct maker m = make_kernel(ctas, 1);
    for (unsigned c = 0; c < ctas; c++) {
        make_warp(&m, c, 0);
        make_chain(&m, "FADD", 25);
        make_warp_end(&m);
    }
    return build_finish(m.b);
}

/* 40 cycles from L0 to L1, 200 more to L2, 8 lines of 8 instructions in L0. */
static struct gpu fetching_gpu(double stream_lines)
{
    struct gpu g = round_gpu();
    g.v.iline_b = 128, g.v.l0_icache_kib = 1, g.v.l0_iways = 2, g.v.l1_icache_kib = 8;
    g.v.l1_iways = 4, g.v.stream_lines = stream_lines, g.v.lat_l0_miss_cy = 80;
    g.v.lat_l1i_miss_cy = 200;
    return g;
}

/*
 * 25 dependent instructions and EXIT, four lines. Launch brings the first, and with it come the two
 * of the stream buffer. The fourth is asked for at 29, when the second is taken, and comes at 309;
 * its first instruction would issue at 96.
 */
TEST(fetch)
{
    check_cycles(chains_of_25(1), fetching_gpu(2), STAGE_FETCH, 98 + 309 - 96, 98);
}

/*
 * 97 independent instructions on 13 lines, five more than L0 holds: each warp waits 80 cycles for
 * each. The first wave has its first line from launch and waits 280 for each of the other 12.
 */
TEST(fetch_of_code_larger_than_l0)
{
    struct gpu g = fetching_gpu(0);
    g.v.max_ctas_per_sm = 1;
    struct maker m = make_kernel(4, 1);
    for (unsigned cta = 0; cta < 4; cta++) {
        make_warp(&m, cta, 0);
        for (unsigned i = 0; i < 96; i++)
            make_op(&m, "FADD", 3, 4, 5, -1);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->stall[STALL_SELECTED], 2 * 97, 0);
    CHECK_NEAR(r->stall[STALL_NO_INSTRUCTION], 13 * 80 + 12 * 280, 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

/* The line is fetched once: the first instruction waits 79 cycles for it, the second does not. */
TEST(constants)
{
    struct gpu g = round_gpu();
    g.v.imc_b = 512, g.v.lat_imc_miss_cy = 79;
    struct maker m = one_warp();
    for (int i = 0; i < 2; i++) {
        struct sass_inst in = made_inst(&m, "FADD", 3, 4, -1, -1);
        in.has_const = true, in.const_offset = 0x160;
        build_step(m.b, build_code(m.b, &in), UINT32_MAX);
    }
    check_cycles(finish(&m), g, STAGE_CONSTANTS, 3 + 79, 3);
}

/* One line of operands in a cache that holds none other: both waves of warps wait for each. */
TEST(constants_beyond_their_cache)
{
    struct gpu g = round_gpu();
    g.v.imc_b = 128, g.v.lat_imc_miss_cy = 79, g.v.max_ctas_per_sm = 1;
    struct maker m = make_kernel(4, 1);
    for (unsigned cta = 0; cta < 4; cta++) {
        make_warp(&m, cta, 0);
        for (unsigned i = 1; i <= 4; i++) {
            struct sass_inst in = made_inst(&m, "FADD", 3, 4, -1, -1);
            in.has_const = true, in.const_offset = (uint16_t)(64 * i);
            build_step(m.b, build_code(m.b, &in), UINT32_MAX);
        }
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *r = run_off(k, &g, 0);
    CHECK_NEAR(r->stall[STALL_IMC_MISS], 2 * 4 * 79, 1e-12);
    CHECK_NEAR(r->cycles, 1000 + 2 * (5 + 4 * 79), 1e-12);
    result_release(r);
    trace_kernel_release(k);
}

/* LDC at 0 misses its cache: 106 cycles in place of 30. */
TEST(constant_loads)
{
    struct gpu g = round_gpu();
    g.v.const_cache_kib = 2, g.v.lat_const2_cy = 106;
    struct maker m = one_warp();
    struct sass_inst in = made_inst(&m, "LDC", 3, -1, -1, -1);
    in.has_const = true, in.const_bank = 3;
    build_step(m.b, build_code(m.b, &in), UINT32_MAX);
    make_op(&m, "FADD", 4, 3, 3, -1);
    check_stall_on(finish(&m), g, STAGE_CONSTANTS, 0, STALL_SHORT_SCOREBOARD, 105, 29);
}

/* Copied at 0, in shared memory at 500 + 12; the wait would issue at 2. */
TEST(async)
{
    struct maker m = one_warp();
    make_access(&m, "LDGSTS.E.BYPASS.128", -1, 2, 4, 16, 0x7f0000000000, 16);
    make_op(&m, "LDGDEPBAR", -1, -1, -1, -1);
    make_wait(&m, 0);
    check_stall(finish(&m), STAGE_ASYNC, no_queue, STALL_LONG_SCOREBOARD, 512 - 2, 0);
}

/* A fence of GPU scope takes 150 cycles; L2 has the store 200 cycles after 0. */
TEST(fence)
{
    struct gpu g = round_gpu();
    g.v.lat_fence_gpu_cy = 150;
    for (int with_store = 0; with_store < 2; with_store++) {
        struct maker m = one_warp();
        if (with_store)
            make_access(&m, "STG.E", -1, 2, 4, 4, 0x7f0000000000, 4);
        make_op(&m, "MEMBAR.SC.GPU", -1, -1, -1, -1);
        const struct trace_kernel *k = finish(&m);
        uint64_t rest = no_queue | bit(STAGE_DRAIN);
        const struct result *on = run_off(k, &g, rest);
        const struct result *off = run_off(k, &g, rest | bit(STAGE_FENCE));
        CHECK_NEAR(on->stall[STALL_MEMBAR], with_store ? 200 - 2 : 150 - 1, 0);
        CHECK_NEAR(off->stall[STALL_MEMBAR], 0, 0);
        result_release(on);
        result_release(off);
        trace_kernel_release(k);
    }
}

/* 100 ns at 1 GHz. */
TEST(sleep)
{
    struct maker m = one_warp();
    struct sass_inst in = made_inst(&m, "NANOSLEEP", -1, -1, -1, -1);
    in.immediate = 100;
    build_step(m.b, build_code(m.b, &in), UINT32_MAX);
    check_stall(finish(&m), STAGE_FENCE, 0, STALL_SLEEPING, 99, 0);
}

/* Warp 0 issues at 0, 4, .. 36 and reaches the barrier at 37, warp 1 at 0. */
TEST(barrier)
{
    struct maker m = make_kernel(1, 2);
    make_warp(&m, 0, 0);
    make_chain(&m, "FADD", 10);
    make_op(&m, "BAR.SYNC", -1, -1, -1, -1);
    make_warp_end(&m);
    make_warp(&m, 0, 1);
    make_op(&m, "BAR.SYNC", -1, -1, -1, -1);
    make_chain(&m, "FADD", 10);
    check_stall(finish(&m), STAGE_BARRIER, 0, STALL_BARRIER, 37, 0);
}

/*
 * Warps 0 and 4 share a sub-core: 6 slots. Each stalls 3 cycles after the first of N = 3
 * instructions: P = 3 / 6, K = 2, hidden min(3 P, 1) * 3 / 2 = 1.5.
 */
TEST(hiding)
{
    struct maker m = make_kernel(1, 5);
    for (unsigned w = 0; w < 5; w++) {
        make_warp(&m, 0, w);
        make_chain(&m, "FADD", 2);
        make_warp_end(&m);
    }
    check_cycles(build_finish(m.b), round_gpu(), STAGE_HIDING, 6 + 1.5, 6 + 3);
}

/*
 * Six loads: five fill the queue, the sixth waits 7 cycles, until 12; the address unit needs 6 * 4
 * = 24 cycles for them, of which 7 slots and 7 stalls are 14. Published: 6 * 128 B / 128 = 6 cycles
 * are fewer than the slots.
 */
TEST(pipes)
{
    struct maker m = one_warp();
    for (int i = 0; i < 6; i++)
        make_access(&m, "LDG.E", 10 + i, 2, -1, 4, 0x7f0000000000, 4);
    check_stall(finish(&m), STAGE_PIPES, no_queue, STALL_LG_THROTTLE, 7 + 10, 0);
}

static struct maker load_and_use(void)
{
    struct maker m = one_warp();
    make_access(&m, "LDG.E", 4, 2, -1, 4, 0x7f0000000000, 4);
    make_op(&m, "FADD", 5, 4, 4, -1);
    return m;
}

/*
 * 128 bytes at 128 a cycle: DRAM's answer after 500 cycles takes one more. Published: NoC and DRAM
 * 0.5 * 1 SM * 1 access * 1e9 * 32 / 1e12 each.
 */
TEST(queue)
{
    struct maker m = load_and_use();
    check_stall(finish(&m), STAGE_QUEUE, 0, STALL_LONG_SCOREBOARD, 500, 499);
    m = load_and_use();
    check_stall(finish(&m), STAGE_QUEUE, 0, STALL_MIO_THROTTLE, 0, 2 * 0.016);
}

/* s = 1 - 0.25: the first CTA of two SMs; published: s = 1 + 0.25, four CTAs. A warp runs 98. */
TEST(launch)
{
    struct gpu g = round_gpu();
    g.v.kll_gamma = 1;
    g.v.kll_beta = -0.25;
    check_cycles(chains_of_25(4), g, STAGE_LAUNCH, 98 + 1.5, 98 + 5);
}

/* Five CTAs, one at a time on two SMs: three waves of 98; published: floor(5 / 2) = 2. */
TEST(waves)
{
    struct gpu g = round_gpu();
    g.v.max_ctas_per_sm = 1;
    check_cycles(chains_of_25(5), g, STAGE_WAVES, 3 * 98, 2 * 98);
}

/*
 * Four CTAs of eight warps on each of two SMs, one at a time: in every wave a warp queues behind
 * the loads of seven others, 7 * 512 B / 128 B = 28 cycles. Behind the first wave they are
 * staggered and nobody queues again.
 */
TEST(refill)
{
    struct gpu g = round_gpu();
    g.v.max_ctas_per_sm = 1;
    struct maker m = make_kernel(8, 8);
    for (unsigned c = 0; c < 8; c++)
        for (unsigned w = 0; w < 8; w++) {
            make_warp(&m, c, w);
            make_access(&m, "LDG.E.128", 8, 2, -1, 16, 0x100000 + 4096 * c + 512 * w, 16);
            make_op(&m, "FADD", 5, 8, 8, -1);
            make_warp_end(&m);
        }
    const struct trace_kernel *k = build_finish(m.b);
    const struct result *on = run_off(k, &g, 0), *off = run_off(k, &g, bit(STAGE_REFILL));
    CHECK_NEAR(off->cycles - on->cycles, 3 * 28, 1e-9);
    CHECK_EQ_INT(on->waves, 4);
    result_release(on);
    result_release(off);
    trace_kernel_release(k);
}

/* Two warps of three slots and one that takes 98; published: all are like the two. */
TEST(warps)
{
    struct maker m = make_kernel(1, 3);
    for (unsigned w = 0; w < 3; w++) {
        make_warp(&m, 0, w);
        make_chain(&m, "FADD", w == 2 ? 25 : 1);
        make_op(&m, "FADD", 4, 5, 6, -1);
        make_warp_end(&m);
    }
    check_cycles(build_finish(m.b), round_gpu(), STAGE_WARPS, 98 + 1, 3);
}

/* The slowest sub-core issues 26 instructions in 98 cycles, the fullest 60: not a loss of time.
 * Published: 60 - 26 idle cycles on top. */
TEST(idle)
{
    struct maker m = make_kernel(1, 4);
    for (unsigned w = 0; w < 4; w++) {
        make_warp(&m, 0, w);
        if (w == 0)
            make_chain(&m, "FADD", 25);
        for (unsigned i = 0; w > 0 && i < 59; i++)
            make_op(&m, "FADD", 3, 4, 5, -1);
        make_warp_end(&m);
    }
    check_stall(build_finish(m.b), STAGE_IDLE, 0, STALL_IDLE, 0, 60 - 26);
}

/* L2 has the store 200 cycles after 0; EXIT ends at 2. */
TEST(drain)
{
    struct maker m = one_warp();
    make_access(&m, "STG.E", -1, 2, 4, 4, 0x7f0000000000, 4);
    check_stall(finish(&m), STAGE_DRAIN, no_queue, STALL_DRAIN, 198, 0);
}

/* The next instruction after 10 cycles. */
TEST(branch)
{
    struct maker m = one_warp();
    make_op(&m, "BRA", -1, -1, -1, -1);
    check_stall(finish(&m), STAGE_BRANCH, 0, STALL_BRANCH_RESOLVING, 9, 0);
}
