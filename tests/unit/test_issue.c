/*
 * One warp in order: distances, stalls and their names, on hand-written code.
 */
#include "mech/barrier.h"
#include "mech/issue.h"
#include "mech/launch.h"
#include "mech/overlap.h"
#include "t.h"

enum { MAX_CODE = 64 };

struct fixture {
    struct arena arena;
    struct gpu gpu;
    struct sass_inst code[MAX_CODE];
    struct trace_step steps[MAX_CODE];
    struct trace_path path;
    struct trace_kernel kernel;
    double latency_cy[MAX_CODE];
    struct timing *timing;
    struct fetch *fetch;
    struct issue_profile profile;
};

/* Round numbers that are easy to reason with, not a real chip. */
static void plain_gpu(struct gpu *g)
{
    *g = (struct gpu){.name = "plain", .title = "plain", .arch = "sm_80", .isa = 80};
    struct gpu_values *v = &g->v;
    v->sm_count = 4, v->sub_cores = 4, v->issue_rate = 1, v->core_clock_mhz = 1000;
    v->int_lanes = v->fp32_lanes = v->fp16_lanes = 128;
    v->fp64_lanes = 64, v->xu_lanes = 16, v->lsu_lanes = 32, v->tensor_cores = 4;
    v->tensor_f16_f16 = v->tensor_f16_f32 = 256, v->tensor_mma_sync_share = 1;
    v->lat_alu_cy = v->lat_fma_cy = 4, v->lat_half_cy = 5, v->lat_fp64_cy = 8, v->lat_xu_cy = 20;
    v->lat_branch_cy = 10, v->lat_smem_ld_cy = 24, v->lat_smem_st_cy = 12, v->lat_const_cy = 30;
    v->lat_hmma_k16_cy = 18;
}

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    arena_init(&f->arena, ARENA_SMALL);
    plain_gpu(&f->gpu);
    f->kernel.h.isa = 80;
    f->kernel.h.has_immediate = true;
    f->kernel.code = f->code;
    f->kernel.paths = &f->path;
    f->kernel.n_paths = 1;
    f->path.steps = f->steps;
}

/* Appends an instruction: a destination (-1 = none) and up to three sources (-1 ends). */
static struct sass_inst *add(struct fixture *f, const char *opcode, int dst, int s0, int s1, int s2)
{
    uint32_t i = f->kernel.n_code++;
    struct sass_inst *in = &f->code[i];
    in->pc = UINT64_C(16) * i;
    in->opcode = opcode;
    if (dst >= 0) {
        in->n_dst = 1;
        in->dst = (uint8_t)dst;
    }
    const int src[] = {s0, s1, s2};
    for (int s = 0; s < 3 && src[s] >= 0; s++)
        in->src[in->n_src++] = (uint8_t)src[s];
    CHECK(sass_inst_decode(in, 80));
    f->steps[f->path.n_steps++] = (struct trace_step){i, UINT32_MAX};
    return in;
}

static void run(struct fixture *f, struct issue_rules rules)
{
    struct timing_rules t = {TIMING_BY_TABLE, TIMING_ALL_REGISTERS, TIMING_RATE_BY_TYPE, true};
    f->timing = timing_make(&f->arena, &f->kernel, &f->gpu, t);
    for (uint32_t c = 0; c < f->kernel.n_code; c++)
        f->latency_cy[c] += f->timing[c].latency_cy;
    struct issue_machine m = {.k = &f->kernel,
                              .g = &f->gpu,
                              .timing = f->timing,
                              .latency_cy = f->latency_cy,
                              .fetch = f->fetch,
                              .rules = rules};
    CHECK(issue_run(&f->arena, &m, 0, &f->profile) == STATUS_OK);
}

static const struct issue_rules fixed = {
    .guards = true, .async_groups = true, .own_pipes = true, .branches = true, .drain = true};

TEST(dependent_chain_issues_every_latency)
{
    struct fixture f;
    start(&f);
    for (int i = 0; i < 10; i++)
        add(&f, "FFMA", 3, 3, 0, -1);
    run(&f, fixed);
    CHECK_NEAR(f.profile.end_cy, 9 * 4 + 1, 0);
    CHECK_NEAR(f.profile.stall_cy, 9 * 3, 0);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_WAIT);
    arena_done(&f.arena);
}

TEST(integer_multiplies_have_the_rate_of_integers)
{
    struct fixture f;
    start(&f);
    f.gpu.v.int_lanes = 64;
    add(&f, "FFMA", 3, 4, 0, -1);
    add(&f, "IMAD", 5, 3, 0, -1);
    add(&f, "IADD3", 6, 3, 0, -1);
    run(&f, fixed);
    CHECK_EQ_INT(f.timing[1].unit, UNIT_FP32);
    CHECK_NEAR(f.timing[0].interval_cy, 1, 0);
    CHECK_NEAR(f.timing[1].interval_cy, 2, 0);
    CHECK_NEAR(f.timing[2].interval_cy, 2, 0);
    arena_done(&f.arena);
}

TEST(amali_counts_one_cycle_more)
{
    struct fixture f;
    start(&f);
    add(&f, "FFMA", 3, 4, 0, -1);
    add(&f, "FFMA", 5, 3, 0, -1);
    run(&f, (struct issue_rules){.is_amali = true});
    CHECK_NEAR(f.profile.end_cy, 5 + 1, 0);
    CHECK_NEAR(f.profile.stall_cy, 5, 0); /* the issue slot is in it */
    arena_done(&f.arena);
}

TEST(shared_load_waits_on_the_short_scoreboard)
{
    struct fixture f;
    start(&f);
    add(&f, "LDS.128", 8, 2, -1, -1);
    add(&f, "FADD", 1, 11, 0, -1); /* the last of R8..R11 */
    run(&f, fixed);
    CHECK_EQ_INT(f.profile.n_stalls, 2);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_SHORT_SCOREBOARD);
    CHECK_NEAR(f.profile.stall_cy, 23, 0);
    arena_done(&f.arena);
}

TEST(copy_groups_finish_in_order)
{
    struct fixture f;
    start(&f);
    for (int group = 0; group < 2; group++) {
        struct sass_inst *copy = add(&f, "LDGSTS.E.BYPASS.128", -1, 2, 4, -1);
        f.latency_cy[copy - f.code] = group == 0 ? 300 : 500;
        add(&f, "LDGDEPBAR", -1, -1, -1, -1);
    }
    add(&f, "DEPBAR.LE", -1, -1, -1, -1)->immediate = 1;
    add(&f, "DEPBAR.LE", -1, -1, -1, -1)->immediate = 0;
    run(&f, fixed);
    CHECK_EQ_INT(f.profile.n_stalls, 3);
    CHECK_EQ_INT(f.profile.stalls[1].step, 4);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_LONG_SCOREBOARD);
    CHECK_NEAR(f.profile.stalls[1].cy, 300 - 4, 0); /* issued at 0, next slot at 4 */
    CHECK_NEAR(f.profile.end_cy, 502 + 1, 0);       /* second copy issued at 2 */
    arena_done(&f.arena);
}

TEST(memory_queue_takes_five_then_one_in_four)
{
    struct fixture f;
    start(&f);
    for (int i = 0; i < 7; i++) {
        struct sass_inst *ld = add(&f, "LDG.E", 10 + i, 2, -1, -1);
        f.latency_cy[ld - f.code] = 30;
    }
    run(&f, fixed);
    CHECK_EQ_INT(f.profile.n_stalls, 3);
    CHECK_EQ_INT(f.profile.stalls[1].step, 5);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_LG_THROTTLE);
    CHECK_NEAR(f.profile.end_cy, 16 + 1, 0); /* sixth at 12, seventh at 16 */
    arena_done(&f.arena);
}

TEST(tensor_latency_is_the_longer_of_interval_and_pipeline)
{
    struct fixture f;
    start(&f);
    add(&f, "HMMA.16816.F32", 4, 8, 12, 4);
    add(&f, "HMMA.16816.F32", 4, 8, 12, 4);   /* dependent: 18 */
    add(&f, "HMMA.16816.F32", 16, 8, 12, 20); /* independent: pipe busy 8 */
    run(&f, fixed);
    CHECK_NEAR(f.profile.end_cy, 18 + 8 + 1, 0);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_WAIT);
    CHECK_EQ_INT(f.profile.stalls[2].reason, STALL_MATH_PIPE_THROTTLE);
    arena_done(&f.arena);
}

/*
 * A quarter of 64 x 128 x 16 at 256 a cycle: 128 cycles each, one after another from 1 on. Issued
 * at 0 to 4; the wait for all but the last group would issue at 5.
 */
TEST(wgmma_is_waited_for_by_group)
{
    struct fixture f;
    start(&f);
    for (int group = 0; group < 2; group++) {
        add(&f, "WARPGROUP.ARRIVE", -1, -1, -1, -1);
        for (int i = 0; i < 2 - group; i++)
            add(&f, "HGMMA.64x128x16.F32", 24, 24, -1, -1);
    }
    add(&f, "WARPGROUP.DEPBAR.LE", -1, -1, -1, -1)->immediate = 1;
    add(&f, "FADD", 1, 24, 0, -1);
    add(&f, "WARPGROUP.DEPBAR.LE", -1, -1, -1, -1);
    run(&f, fixed);
    CHECK_EQ_INT(f.profile.n_stalls, 3);
    CHECK_EQ_INT(f.profile.stalls[1].step, 5);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_GMMA);
    CHECK_NEAR(f.profile.stalls[1].cy, 1 + 2 * 128 - 5, 0);
    CHECK_EQ_INT(f.profile.stalls[2].reason, STALL_GMMA);
    CHECK_NEAR(f.profile.end_cy, 1 + 3 * 128 + 1, 0);
    arena_done(&f.arena);
}

TEST(masked_off_instruction_takes_its_slot_only)
{
    struct fixture f;
    start(&f);
    struct sass_inst *ld = add(&f, "LDG.E", 8, 2, -1, -1);
    f.latency_cy[ld - f.code] = 400;
    f.steps[0].mask = 0;
    add(&f, "FADD", 1, 8, 0, -1);
    run(&f, fixed);
    CHECK_NEAR(f.profile.end_cy, 2, 0);
    arena_done(&f.arena);
}

TEST(taken_branch_delays_the_next_instruction)
{
    struct fixture f;
    start(&f);
    add(&f, "BRA", -1, -1, -1, -1);
    add(&f, "FADD", 1, 2, 0, -1);
    run(&f, fixed);
    CHECK_NEAR(f.profile.end_cy, 11, 0);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_BRANCH_RESOLVING);
    arena_done(&f.arena);
}

TEST(instruction_is_fetched_while_the_warp_waits_for_data)
{
    struct fixture f;
    start(&f);
    struct gpu_values *v = &f.gpu.v;
    v->iline_b = 16, v->l0_icache_kib = 1, v->l0_iways = 2, v->l1_icache_kib = 8, v->l1_iways = 4;
    v->stream_lines = 0, v->lat_l0_miss_cy = 80, v->lat_l1i_miss_cy = 20;
    f.fetch = fetch_make(&f.arena, &f.gpu, 1);
    fetch_launch(f.fetch, 0, 0);
    struct sass_inst *ld = add(&f, "LDG.E", 8, 2, -1, -1);
    f.latency_cy[ld - f.code] = 300;
    add(&f, "FADD", 1, 8, 0, -1); /* wanted at 1, fetched at 101, its data comes at 300 */
    add(&f, "FADD", 2, 4, 0, -1); /* wanted at 301, fetched at 401 */
    run(&f, fixed);
    CHECK_EQ_INT(f.profile.n_stalls, 3);
    CHECK_EQ_INT(f.profile.stalls[1].reason, STALL_LONG_SCOREBOARD);
    CHECK_NEAR(f.profile.stalls[1].cy, 299, 0);
    CHECK_EQ_INT(f.profile.stalls[2].reason, STALL_NO_INSTRUCTION);
    CHECK_NEAR(f.profile.stalls[2].cy, 100, 0);
    arena_done(&f.arena);
}

TEST(store_drains_after_exit)
{
    struct fixture f;
    start(&f);
    struct sass_inst *st = add(&f, "STG.E", -1, 2, 4, -1);
    f.latency_cy[st - f.code] = 200;
    add(&f, "EXIT", -1, -1, -1, -1);
    run(&f, fixed);
    CHECK_NEAR(f.profile.drain_cy, 200 - 2, 0);
    arena_done(&f.arena);
}

TEST(overlap_hides_at_most_what_others_issue)
{
    double stalls[] = {0, 10, 100};
    double left = overlap_hide(stalls, 3, 50, 150, 1);
    /* P = 50 / 160; per interval 50: hidden 50 * min(s P, 1) */
    CHECK_NEAR(stalls[1], 0, 0);
    CHECK_NEAR(stalls[2], 50, 1e-12);
    CHECK_NEAR(left, 50, 1e-12);
    double alone[] = {0, 10, 100};
    CHECK_NEAR(overlap_hide(alone, 3, 50, 0, 1), 110, 0);
}

/* Barriers of a warp: number or threads, whether it only arrives, and when it comes there if nobody
 * makes it wait. */
struct walker {
    struct barrier list[4];
    double at_cy[4], waits[4];
    uint32_t n;
    double now_cy;
};

static double walk_on(void *arg, uint32_t warp, uint32_t next)
{
    struct walker *w = (struct walker *)arg + warp;
    w->now_cy += w->at_cy[next] - (next > 0 ? w->at_cy[next - 1] : 0);
    return w->now_cy;
}

static void walk_off(void *arg, uint32_t warp, uint32_t at, double now_cy)
{
    struct walker *w = (struct walker *)arg + warp;
    w->waits[at] = now_cy - w->now_cy;
    w->now_cy = now_cy;
}

static void walk_all(struct walker *w, uint32_t n)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct barrier_list lists[4];
    for (uint32_t i = 0; i < n; i++)
        lists[i] = (struct barrier_list){w[i].list, w[i].n};
    barrier_walk(&a, lists, n, &(struct barrier_walk){w, walk_on, walk_off});
    arena_done(&a);
}

TEST(barrier_waits_for_the_slowest)
{
    struct walker w[] = {{.list = {{1, 0, false}, {2, 0, false}}, .at_cy = {10, 30}, .n = 2},
                         {.list = {{1, 0, false}, {2, 0, false}}, .at_cy = {40, 50}, .n = 2}};
    walk_all(w, 2);
    CHECK_NEAR(w[0].waits[0], 30, 0);
    CHECK_NEAR(w[1].waits[0], 0, 0);
    CHECK_NEAR(w[0].waits[1], 0, 0); /* 20 against 10 */
    CHECK_NEAR(w[1].waits[1], 10, 0);
}

/* Barrier 1 is for 64 threads: two consumers, at 10 and 25. Barrier 0 is for all three warps. */
TEST(barrier_of_some_threads_waits_for_these)
{
    struct walker w[] = {{.list = {{1, 64, false}, {2, 0, false}}, .at_cy = {10, 20}, .n = 2},
                         {.list = {{1, 64, false}, {2, 0, false}}, .at_cy = {25, 30}, .n = 2},
                         {.list = {{1, 0, false}}, .at_cy = {100}, .n = 1}};
    walk_all(w, 3);
    CHECK_NEAR(w[0].waits[0], 15, 0);
    CHECK_NEAR(w[1].waits[0], 0, 0);
    CHECK_NEAR(w[0].waits[1], 100 - 35, 0); /* goes on at 25, 10 more to barrier 0 */
    CHECK_NEAR(w[1].waits[1], 100 - 30, 0);
    CHECK_NEAR(w[2].waits[0], 0, 0);
}

/* A producer arrives at 40 and goes on; the consumer comes at 15 and waits for it. */
TEST(arrival_is_waited_for_and_does_not_wait)
{
    struct walker w[] = {{.list = {{1, 64, true}}, .at_cy = {40}, .n = 1},
                         {.list = {{1, 64, false}}, .at_cy = {15}, .n = 1}};
    walk_all(w, 2);
    CHECK_NEAR(w[0].waits[0], 0, 0);
    CHECK_NEAR(w[1].waits[0], 25, 0);
}

/* Nobody else comes to a barrier for 96 threads: it lets go of the one that has. */
TEST(barrier_that_nobody_completes_lets_go)
{
    struct walker w[] = {{.list = {{1, 96, false}}, .at_cy = {5}, .n = 1}, {.n = 0}};
    walk_all(w, 2);
    CHECK_NEAR(w[0].waits[0], 0, 0);
}

TEST(launch_fit_and_its_published_slips)
{
    struct gpu g = {0};
    g.v.kll_k_cy = 2119, g.v.kll_alpha = 1.0956e-3, g.v.kll_beta = -1.5389e-2;
    g.v.kll_gamma = 0.93524, g.v.cta_interval_cy = (double)NAN;
    CHECK_NEAR(launch_latency_amali_cy(&g, 32, 4), 2152, 0);
    CHECK_NEAR(launch_latency_cy(&g, 32, 4), 2147.5, 1e-4);
    CHECK_NEAR(launch_latency_amali_cy(&g, 2048, 4), 0, 0);
    CHECK(launch_latency_cy(&g, 2048, 4) > 2119);
}

/* Two SMs: a CTA that does nothing lives 100 + 10 w cycles. */
TEST(full_sms_take_a_cta_when_one_has_gone)
{
    struct gpu g = {0};
    g.v.sm_count = 2, g.v.cta_interval_cy = 3, g.v.cta_turn_cy = 100, g.v.cta_turn_warp_cy = 10;
    CHECK_NEAR(launch_cta_cy(&g, 8), 3, 0);
    CHECK_NEAR(launch_latency_cy(&g, 2, 8), 6, 0);
    CHECK_NEAR(launch_refill_cy(&g, 8, 30), 3, 0); /* 180 / 60 */
    CHECK_NEAR(launch_refill_cy(&g, 8, 9), 10, 0); /* 180 / 18 */
    g.v.cta_turn_warp_cy = (double)NAN;
    CHECK_NEAR(launch_refill_cy(&g, 8, 5), 10, 0);
    g.v.cta_turn_cy = (double)NAN;
    CHECK_NEAR(launch_refill_cy(&g, 8, 5), 3, 0);
}
