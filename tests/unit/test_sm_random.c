/*
 * The detailed model on loops made at random: skipping what repeats must change nothing, and what
 * it says must add up. SM_SEED=n tries others; the seed of a kernel that fails is printed.
 *
 * Warps of a CTA go round the same loop or round different ones; a barrier can stand at its end. An
 * access goes to one address, to two in turn, on to new data, or about at random. Some warps have
 * nothing to do, some end without EXIT, and CTAs differ in size.
 */
#include "model_fixture.h"

enum { MAX_OPS = 14, MAX_KINDS = 3, KERNELS = 150 };

static uint64_t state;

static unsigned below(unsigned n)
{
    state = hash_u64(state + UINT64_C(0x9e3779b97f4a7c15));
    return (unsigned)((state >> 33) % n);
}

static bool one_in(unsigned n)
{
    return below(n) == 0;
}

static uint64_t first_seed(void)
{
    const char *given = getenv("SM_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : 1;
}

/* ---- kernels ---- */

enum walk { WALK_STAYS, WALK_ALTERNATES, WALK_GOES_ON, WALK_RANDOM, WALK_N };

struct op {
    const char *opcode;
    uint8_t width_b; /* 0 = no memory */
    bool is_shared, is_store, has_const;
    int dst, src[3];
    int64_t immediate, stride;
    uint32_t mask;
    uint16_t offset;
    enum walk walk;
};

struct recipe {
    uint64_t seed;
    unsigned ctas, warps, n_kinds;
    unsigned n_ops[MAX_KINDS], turns[MAX_KINDS], lead[MAX_KINDS];
    struct op ops[MAX_KINDS][MAX_OPS];
    bool has_barrier, has_exit;
    bool is_ragged;      /* every CTA has a warp less than the one before */
    bool has_empty_warp; /* the last of a CTA does nothing */
};

static struct op random_op(void)
{
    static const struct op kinds[] = {
        {.opcode = "FFMA"},
        {.opcode = "FADD"},
        {.opcode = "IMAD"},
        {.opcode = "DFMA"},
        {.opcode = "MUFU.RCP"},
        {.opcode = "HMMA.16816.F32"},
        {.opcode = "FADD", .has_const = true},
        {.opcode = "LDC", .has_const = true},
        {.opcode = "S2R"},
        {.opcode = "LDS", .width_b = 4, .is_shared = true},
        {.opcode = "LDS.128", .width_b = 16, .is_shared = true},
        {.opcode = "STS", .width_b = 4, .is_shared = true, .is_store = true},
        {.opcode = "LDG.E", .width_b = 4},
        {.opcode = "LDG.E.128", .width_b = 16},
        {.opcode = "STG.E", .width_b = 4, .is_store = true},
        {.opcode = "ATOMG.E.ADD.STRONG.GPU", .width_b = 4},
        {.opcode = "LDGSTS.E.BYPASS.128", .width_b = 16, .is_store = true},
        {.opcode = "LDGDEPBAR"},
        {.opcode = "DEPBAR.LE", .immediate = 1},
        {.opcode = "SYNCS.ARRIVE.TRANS64", .width_b = 8, .is_shared = true, .is_store = true},
        {.opcode = "UTMALDG.2D", .width_b = 16},
        {.opcode = "UTMASTG.2D", .width_b = 16, .is_store = true},
        {.opcode = "SYNCS.PHASECHK.TRANS64.TRYWAIT", .width_b = 8, .is_shared = true},
        {.opcode = "HGMMA.64x64x16.F32"},
        {.opcode = "WARPGROUP.ARRIVE"},
        {.opcode = "WARPGROUP.DEPBAR.LE", .immediate = 1},
        {.opcode = "MEMBAR.SC.GPU"},
        {.opcode = "NANOSLEEP", .immediate = 20},
    };
    struct op op = kinds[below(one_in(2) ? ARRAY_LEN(kinds) : 16)];
    op.dst = 8 + (int)below(12);
    for (unsigned i = 0; i < 3; i++)
        op.src[i] = 4 + (int)below(16);
    op.mask = one_in(10) ? 0 : one_in(4) ? UINT32_MAX >> below(32) : UINT32_MAX;
    op.stride = op.is_shared ? 4 << below(4) : (int64_t)op.width_b << below(4);
    op.offset = (uint16_t)(op.is_shared ? 16 * below(16) : 64 * below(64));
    op.walk = (enum walk)below(one_in(2) ? WALK_N : WALK_ALTERNATES);
    return op;
}

static struct recipe random_recipe(uint64_t seed)
{
    static const unsigned warps[] = {1, 2, 4, 5, 8, 12, 32};
    struct recipe r = {.seed = seed};
    state = hash_u64(seed);
    r.ctas = 1 + below(5), r.warps = warps[below(ARRAY_LEN(warps))];
    r.n_kinds = 1 + below(MAX_KINDS), r.has_barrier = one_in(2), r.has_exit = !one_in(4);
    r.is_ragged = r.warps > 1 && one_in(5), r.has_empty_warp = r.warps > 1 && one_in(5);
    unsigned turns = 1 + below(120);
    for (unsigned k = 0; k < r.n_kinds; k++) {
        r.n_ops[k] = 1 + below(MAX_OPS), r.lead[k] = below(9);
        r.turns[k] = one_in(3) ? 1 + below(120) : turns;
        for (unsigned i = 0; i < MAX_OPS; i++)
            r.ops[k][i] = random_op();
    }
    return r;
}

static uint64_t address(const struct op *op, unsigned warp, unsigned turn)
{
    static const unsigned steps[WALK_N] = {[WALK_ALTERNATES] = 1, [WALK_GOES_ON] = 1};
    uint64_t n = op->walk == WALK_ALTERNATES ? turn % 2 : (uint64_t)steps[op->walk] * turn;
    if (op->walk == WALK_RANDOM)
        n = hash_u64(op->offset + turn + 1000 * (uint64_t)warp) % 64;
    if (op->is_shared)
        return (op->offset + 8 * n) % 2048;
    return 0x7f0000000000 + UINT64_C(64) * op->offset + 0x10000 * (uint64_t)warp + 512 * n;
}

static void add_op(struct maker *m, const struct op *op, unsigned warp, unsigned turn)
{
    struct sass_inst in =
        made_inst(m, op->opcode, op->is_store ? -1 : op->dst, op->src[0], op->src[1], op->src[2]);
    in.mem_width_b = op->width_b;
    in.immediate = op->immediate;
    in.has_const = op->has_const;
    in.const_offset = op->offset;
    build_step(m->b, build_code(m->b, &in), op->mask);
    if (op->width_b != 0)
        build_access(m->b, address(op, warp, turn), build_pattern_stride(m->b, op->stride, 0));
}

static void add_warp(struct maker *m, const struct recipe *r, unsigned cta, unsigned warp)
{
    unsigned kind = warp % r->n_kinds;
    make_warp(m, cta, warp);
    if (r->has_empty_warp && warp + 1 == r->warps) {
        build_warp_end(m->b);
        return;
    }
    m->pc = UINT64_C(0x4000) * kind;
    make_chain(m, "FADD", r->lead[kind] + warp % 3);
    uint64_t loop_pc = m->pc = UINT64_C(0x4000) * kind + 0x400;
    for (unsigned turn = 0; turn < r->turns[kind]; turn++) {
        m->pc = loop_pc;
        for (unsigned i = 0; i < r->n_ops[kind]; i++)
            add_op(m, &r->ops[kind][i], cta * r->warps + warp, turn);
        if (r->has_barrier)
            make_op(m, "BAR.SYNC", -1, -1, -1, -1);
        make_op(m, "BRA", -1, -1, -1, -1);
    }
    make_chain(m, "FADD", warp % 4);
    make_op(m, "MUFU.RCP", 5, 3, -1, -1);
    if (r->has_exit || r->has_barrier) /* a trace can end at a barrier */
        make_op(m, r->has_exit ? "EXIT" : "BAR.SYNC", -1, -1, -1, -1);
    build_warp_end(m->b);
}

static const struct trace_kernel *make(const struct recipe *r)
{
    struct maker m = make_kernel_with(r->ctas, r->warps, 4096);
    for (unsigned cta = 0; cta < r->ctas; cta++)
        for (unsigned warp = r->is_ragged ? MIN(cta, r->warps - 2) : 0; warp < r->warps; warp++)
            add_warp(&m, r, cta, warp);
    return build_finish(m.b);
}

/* Chips of all shapes, with rates that are no whole numbers. */
static struct gpu random_gpu(void)
{
    struct gpu g = round_gpu();
    g.v.sub_cores = 1 << below(4);
    g.v.issue_rate = 1 + one_in(4);
    g.v.sm_count = 1 + below(3);
    g.v.mshr_per_sm = one_in(3) ? 1 + below(16) : 256;
    g.v.l2_b_per_cy = one_in(2) ? 1000 : 70.1;
    g.v.dram_gb_s = one_in(2) ? 1000 : 33.3;
    g.v.mem_ii_cy = one_in(2) ? 2 : 1.7;
    g.v.xu_lanes = one_in(2) ? 16 : 19;
    g.v.int_lanes = one_in(2) ? 128 : 60;
    g.v.max_ctas_per_sm = 1 + below(4);
    g.v.kll_gamma = one_in(2) ? 0 : 37.3;
    g.v.lat_fence_gpu_cy = 186;
    if (one_in(2))
        g.v.imc_b = 128 << below(4), g.v.lat_imc_miss_cy = 79;
    if (one_in(2))
        g.v.const_cache_kib = 0.5, g.v.lat_const2_cy = 97;
    if (one_in(2)) {
        g.v.l0_icache_kib = g.v.l1_icache_kib = 1 << below(3), g.v.l0_iways = g.v.l1_iways = 4;
        g.v.iline_b = 128, g.v.stream_lines = below(9);
        g.v.lat_l0_miss_cy = 20;
    }
    return g;
}

/* ---- running ---- */

static const struct result *follow(const struct trace_kernel *k, const struct gpu *g,
                                   struct model_options o)
{
    struct err e = {0};
    const struct result *r = NULL;
    if (model_run(model_find(STR("sm"), &e), k, g, &o, NULL, &r, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    return r;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b) + 1e-6;
}

/* What two results differ in; NULL for nothing. */
static const char *difference(const struct result *a, const struct result *b)
{
    if (!is_near(a->cycles, b->cycles))
        return "cycles";
    if (!is_near(result_term(a, METRIC_l1_data_cy), result_term(b, METRIC_l1_data_cy)))
        return "cycles of the data path";
    for (int s = 0; s < STALL_N; s++) {
        if (!is_near(a->stall[s], b->stall[s]) || !is_near(a->warp_state[s], b->warp_state[s]))
            return stall_info[s].name;
        for (uint32_t i = 0; i < a->n_insts; i++)
            if (!is_near(a->insts[i].stall[s], b->insts[i].stall[s]))
                return "stalls of an instruction";
    }
    return NULL;
}

static void say(const struct recipe *r, const char *what, double a, double b)
{
    T_FAIL("seed %llu: %s: %.12g, %.12g", (unsigned long long)r->seed, what, a, b);
}

/* Lanes without a gap, as much "selected" as was issued, and an end where the result has it. */
static void check_timeline(const struct recipe *recipe, const struct result *r)
{
    const struct timeline *t = r->timeline;
    double states[STALL_N] = {0}, end_cy = 0, issued = 0;
    for (uint32_t l = 0; l < t->n_lanes; l++)
        for (uint32_t i = 0; i < t->lanes[l].n_spans; i++) {
            const struct timeline_span *s = &t->spans[t->lanes[l].first_span + i];
            states[s->state] += (double)(s->to_cy - s->from_cy);
            end_cy = MAX(end_cy, (double)s->to_cy);
            if (i > 0 && s->from_cy != s[-1].to_cy)
                say(recipe, "a gap in a lane", (double)s[-1].to_cy, (double)s->from_cy);
        }
    issued = states[STALL_SELECTED];
    if (issued == 0)
        return;
    for (int s = 0; s < STALL_N; s++)
        if (!is_near(states[s] / issued, r->warp_state[s]))
            say(recipe, stall_info[s].name, states[s] / issued, r->warp_state[s]);
    if (!is_near(r->warp_state[STALL_SELECTED], 1))
        say(recipe, "selected per issue", r->warp_state[STALL_SELECTED], 1);
    if (!is_near(end_cy, r->cycles - r->stall[STALL_LAUNCH]))
        say(recipe, "end of the timeline", end_cy, r->cycles - r->stall[STALL_LAUNCH]);
}

TEST(skipping_what_repeats_changes_nothing)
{
    double skipped = 0, cycles = 0;
    printf("# SM_SEED=%llu\n", (unsigned long long)first_seed());
    for (uint64_t i = 0; i < KERNELS && t_failed < 10; i++) {
        struct recipe recipe = random_recipe(first_seed() + i);
        struct gpu g = random_gpu();
        const struct trace_kernel *k = make(&recipe);
        const struct result *r = follow(k, &g, (struct model_options){0});
        const struct result *each =
            follow(k, &g, (struct model_options){.every_cycle = true, .with_timeline = true});
        if (r == NULL || each == NULL)
            return;
        const char *what = difference(r, each);
        if (what != NULL)
            say(&recipe, what, r->cycles, each->cycles);
        if (each->n_notes != 0)
            say(&recipe, each->notes[0], 0, 0);
        check_timeline(&recipe, each);
        skipped += result_term(r, METRIC_skipped_cy), cycles += r->cycles;
        result_release(r), result_release(each);
        trace_kernel_release(k);
    }
    printf("# %.0f of %.0f cycles were skipped\n", skipped, cycles);
    CHECK(skipped > cycles / 10);
}
