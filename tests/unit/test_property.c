/*
 * Properties that must hold for every kernel, tried on kernels made at random: every model, every
 * kernel. PROPERTY_SEED=n tries others; the seed of a kernel that fails is printed.
 *
 * A kernel is a template filled in for every warp: two code paths of arithmetic, loads and stores,
 * in segments that all warps of a CTA end at a barrier. Names (registers, CTAs, warps) enter
 * through struct naming alone, so the same kernel can be made with other names.
 */
#include "model_fixture.h"

enum { MAX_OPS = 12, SEGMENTS = 3, PATHS = 2, KERNELS = 40, OWN_B = 32768 };

static uint64_t state;

static uint64_t next_random(void)
{
    return state = hash_u64(state + UINT64_C(0x9e3779b97f4a7c15));
}

static unsigned below(unsigned n)
{
    return (unsigned)((next_random() >> 33) % n);
}

static uint64_t first_seed(void)
{
    const char *given = getenv("PROPERTY_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : 1;
}

/* ---- kernels ---- */

struct op {
    const char *opcode;
    uint8_t width_b; /* 0 = no memory */
    bool is_shared, is_store;
    unsigned regs; /* of a value: its first register is a multiple of that */
    unsigned dst, src;
    uint64_t offset;
    int64_t stride; /* between lanes */
};

struct recipe {
    uint64_t seed;
    unsigned ctas, warps;
    bool has_barriers, has_own_data; /* each warp reads what no other does */
    struct op ops[PATHS][SEGMENTS][MAX_OPS];
    unsigned n_ops[PATHS][SEGMENTS], rounds[PATHS][SEGMENTS];
};

/* What the things of a kernel are called. */
struct naming {
    unsigned first_reg;
    bool is_cta_reversed; /* CTA i does the work of the CTA i from the end */
    bool is_warp_swapped; /* warps w and w + 4, which share a sub-core, swap their work */
};

static struct op random_op(void)
{
    static const struct op kinds[] = {
        {"FFMA", 0, 0, 0, 1, 0, 0, 0, 0},     {"IADD3", 0, 0, 0, 1, 0, 0, 0, 0},
        {"HFMA2", 0, 0, 0, 1, 0, 0, 0, 0},    {"DFMA", 0, 0, 0, 2, 0, 0, 0, 0},
        {"MUFU.EX2", 0, 0, 0, 1, 0, 0, 0, 0}, {"HMMA.16816.F32", 0, 0, 0, 4, 0, 0, 0, 0},
        {"LDG.E", 4, 0, 0, 1, 0, 0, 0, 0},    {"LDG.E.128", 16, 0, 0, 4, 0, 0, 0, 0},
        {"STG.E", 4, 0, 1, 1, 0, 0, 0, 0},    {"LDS", 4, 1, 0, 1, 0, 0, 0, 0},
        {"STS.64", 8, 1, 1, 2, 0, 0, 0, 0},
    };
    struct op op = kinds[below(ARRAY_LEN(kinds))];
    op.dst = 8 + op.regs * below(24 / op.regs);
    op.src = 8 + op.regs * below(24 / op.regs);
    op.offset = 4096 * (uint64_t)below(4);
    op.stride = (int64_t)op.width_b << (op.is_shared ? 0 : below(4));
    return op;
}

static struct recipe random_recipe(uint64_t seed)
{
    struct recipe r = {.seed = seed};
    state = hash_u64(seed);
    r.ctas = 1 + below(7), r.warps = 4 * (1 + below(3));
    r.has_barriers = below(2) != 0, r.has_own_data = below(2) != 0;
    for (unsigned p = 0; p < PATHS; p++)
        for (unsigned s = 0; s < SEGMENTS; s++) {
            r.n_ops[p][s] = 1 + below(MAX_OPS), r.rounds[p][s] = 1 + below(6);
            for (unsigned i = 0; i < MAX_OPS; i++)
                r.ops[p][s][i] = random_op();
        }
    return r;
}

/* The address of lane 0 where `warp`, counted over the grid, is in its `round`. */
static uint64_t address(const struct recipe *r, const struct op *op, unsigned warp, unsigned round)
{
    if (op->is_shared)
        return op->offset % 2048;
    uint64_t shared = 0x7f0000000000 + op->offset + 512 * (uint64_t)(round + warp % 3);
    return r->has_own_data ? shared + OWN_B * (uint64_t)warp : shared;
}

static void add_op(struct maker *m, const struct recipe *r, const struct naming *n,
                   const struct op *op, uint64_t pc, unsigned warp, unsigned round)
{
    m->pc = pc;
    int dst = (int)(op->dst + n->first_reg), src = (int)(op->src + n->first_reg);
    int pointer = (int)(4 + n->first_reg);
    if (op->width_b == 0)
        make_op(m, op->opcode, dst, src, src, dst);
    else
        make_access(m, op->opcode, op->is_store ? -1 : dst, pointer, op->is_store ? src : -1,
                    op->width_b, address(r, op, warp, round), op->stride);
}

/* Every second warp of a sub-core takes the other path. */
static void add_work(struct maker *m, const struct recipe *r, const struct naming *n, unsigned cta,
                     unsigned warp)
{
    unsigned path = warp / 4 % PATHS;
    for (unsigned s = 0; s < SEGMENTS; s++) {
        uint64_t pc = 16 * (uint64_t)((path * SEGMENTS + s) * (MAX_OPS + 1));
        for (unsigned round = 0; round < r->rounds[path][s]; round++)
            for (unsigned i = 0; i < r->n_ops[path][s]; i++)
                add_op(m, r, n, &r->ops[path][s][i], pc + 16 * (uint64_t)i, cta * r->warps + warp,
                       round);
        m->pc = pc + (uint64_t)16 * MAX_OPS;
        if (r->has_barriers)
            make_op(m, "BAR.SYNC", -1, -1, -1, -1);
    }
    m->pc = (uint64_t)16 * PATHS * SEGMENTS * (MAX_OPS + 1);
    make_warp_end(m);
}

static unsigned working_warp(const struct recipe *r, const struct naming *n, unsigned warp)
{
    unsigned other = warp / 4 % 2 == 0 ? warp + 4 : warp - 4;
    return n->is_warp_swapped && other < r->warps ? other : warp;
}

static const struct trace_kernel *make(const struct recipe *r, const struct naming *n)
{
    struct maker m = make_kernel_with(r->ctas, r->warps, 4096);
    for (unsigned cta = 0; cta < r->ctas; cta++)
        for (unsigned warp = 0; warp < r->warps; warp++) {
            make_warp(&m, cta, warp);
            add_work(&m, r, n, n->is_cta_reversed ? r->ctas - 1 - cta : cta,
                     working_warp(r, n, warp));
        }
    return build_finish(m.b);
}

/* ---- running ---- */

static const struct result *run(const struct trace_kernel *k, const struct gpu *g,
                                const struct model *m)
{
    struct err e = {0};
    const struct result *r = NULL;
    if (model_run(m, k, g, &(struct model_options){0}, NULL, &r, &e) != STATUS_OK)
        T_FAIL("%s: %s", m->name, e.message);
    return r;
}

/* What every property sees: one kernel under one model on one GPU. */
struct trial {
    const struct recipe *recipe;
    const struct trace_kernel *k;
    const struct gpu *g;
    const struct model *m;
    const struct result *r;
};

static void for_all(void (*check)(const struct trial *t))
{
    struct gpu g = round_gpu();
    printf("# PROPERTY_SEED=%llu\n", (unsigned long long)first_seed());
    for (uint64_t i = 0; i < KERNELS && t_failed < 10; i++) {
        struct recipe recipe = random_recipe(first_seed() + i);
        const struct trace_kernel *k = make(&recipe, &(struct naming){0});
        for (size_t m = 0; m < model_count(); m++) {
            struct trial t = {&recipe, k, &g, model_at(m), run(k, &g, model_at(m))};
            if (t.r != NULL)
                check(&t);
            result_release(t.r);
        }
        trace_kernel_release(k);
    }
}

#define SAY(t, ...)                                                                       \
    do {                                                                                  \
        printf("# seed %llu, %s: ", (unsigned long long)(t)->recipe->seed, (t)->m->name); \
        printf(__VA_ARGS__);                                                              \
        putchar('\n');                                                                    \
        t_failed++;                                                                       \
    } while (0)

/* ---- the stack ---- */

static void stack_sums(const struct trial *t)
{
    double sum = 0, insts = 0;
    for (int s = 0; s < STALL_N; s++) {
        sum += t->r->stall[s];
        if (t->r->stall[s] < 0)
            SAY(t, "%s is %g", stall_info[s].name, t->r->stall[s]);
    }
    for (uint32_t c = 0; c < t->r->n_insts; c++)
        insts += t->r->insts[c].cycles;
    if (sum != t->r->cycles)
        SAY(t, "stalls sum to %.17g, the total is %.17g", sum, t->r->cycles);
    double inactive = t->r->stall[STALL_LAUNCH] + t->r->stall[STALL_IDLE];
    if (fabs(insts + inactive - sum) > 1e-9 * sum)
        SAY(t, "instructions, launch and idle sum to %g, the total is %g", insts + inactive, sum);
}

TEST(stalls_sum_to_the_total_and_instructions_to_stalls)
{
    for_all(stack_sums);
}

/* ---- bounds ---- */

/* What no machine can beat: every sub-core issues one instruction a cycle. */
static double issue_bound_cy(const struct trial *t)
{
    const struct gpu_values *v = &t->g->v;
    return (double)t->k->counts.warp_insts / (v->sm_count * v->sub_cores * v->issue_rate);
}

/* Published models let one warp speak for all, whatever the others do: where warps differ, nothing
 * bounds them. Of equally large groups of warps the first speaks, so that names decide. */
static bool one_speaks_for_all(const struct model *m)
{
    return model_has_stages(m) && m->variants[STAGE_WARPS] == WARPS_REPRESENTATIVE;
}

static void bounded(const struct trial *t)
{
    if (one_speaks_for_all(t->m))
        return;
    double running = t->r->cycles - t->r->stall[STALL_LAUNCH];
    if (running < issue_bound_cy(t) * (1 - 1e-9))
        SAY(t, "%g cycles, but issuing alone takes %g", running, issue_bound_cy(t));
}

TEST(no_model_is_faster_than_the_issue_slots)
{
    for_all(bounded);
}

static void above_roofline(const struct trial *t)
{
    struct err e = {0};
    if (one_speaks_for_all(t->m))
        return;
    const struct result *r = run(t->k, t->g, model_find(STR("roofline"), &e));
    double own = t->r->cycles - t->r->stall[STALL_LAUNCH];
    double roof = r->cycles - r->stall[STALL_LAUNCH];
    if (own < roof * (1 - 1e-9))
        SAY(t, "%g cycles, the roofline has %g", own, roof);
    result_release(r);
}

TEST(no_model_is_below_the_roofline)
{
    for_all(above_roofline);
}

/* ---- more of everything is not slower ---- */

/* A schedule made greedily can get worse when a part of it gets faster (Graham's anomaly): sm,
 * which makes one, may lose a quarter. */
static double room_for_anomalies(const struct model *m)
{
    return strcmp(m->name, "sm") == 0 ? 0.25 : 1e-9;
}

static void not_slower_within(const struct trial *t, enum gpu_param_id id, double factor,
                              double room)
{
    struct gpu g = *t->g;
    double *value = (double *)&g.v + id;
    *value *= factor;
    const struct result *r = run(t->k, &g, t->m);
    if (r->time_us > t->r->time_us * (1 + room))
        SAY(t, "%s times %g: %g us instead of %g", gpu_params[id].key, factor, r->time_us,
            t->r->time_us);
    result_release(r);
}

static void not_slower(const struct trial *t, enum gpu_param_id id, double factor)
{
    not_slower_within(t, id, factor, room_for_anomalies(t->m));
}

static void bandwidth(const struct trial *t)
{
    not_slower(t, GPU_dram_gb_s, 2);
    not_slower(t, GPU_l2_b_per_cy, 2);
    not_slower(t, GPU_noc_gb_s, 2);
    not_slower(t, GPU_l1_b_per_cy, 2);
}

TEST(more_bandwidth_is_not_slower)
{
    for_all(bandwidth);
}

static void clock(const struct trial *t)
{
    not_slower(t, GPU_core_clock_mhz, 2);
}

TEST(a_faster_clock_is_not_slower)
{
    for_all(clock);
}

/* An interval model hides part of every stall by an equal part of what other warps issue (GCoM).
 * When a short stall, all of which was hidden, gets shorter, a long one behind it gets longer, of
 * which less is: such models may lose a tenth. */
static const double room_for_hiding = 0.1;

/* The published ones hide by the number of intervals and by the chance to issue, both of which a
 * latency changes by any amount: they are left out. */
static bool hides_by_mean(const struct model *m)
{
    return model_has_stages(m) &&
           (m->variants[STAGE_HIDING] == HIDING_MEAN || m->variants[STAGE_HIDING] == HIDING_SLOTS);
}

static void none_slower(const struct trial *t, const enum gpu_param_id *ids, size_t n,
                        double factor)
{
    if (hides_by_mean(t->m))
        return;
    double room = MAX(room_for_hiding, room_for_anomalies(t->m));
    for (size_t i = 0; i < n; i++)
        not_slower_within(t, ids[i], factor, room);
}

static void latencies(const struct trial *t)
{
    static const enum gpu_param_id ids[] = {GPU_lat_alu_cy,  GPU_lat_fma_cy,     GPU_lat_half_cy,
                                            GPU_lat_fp64_cy, GPU_lat_xu_cy,      GPU_lat_smem_ld_cy,
                                            GPU_lat_l1_cy,   GPU_lat_hmma_k16_cy};
    none_slower(t, ids, ARRAY_LEN(ids), 0.5);
}

TEST(shorter_latencies_are_not_slower)
{
    for_all(latencies);
}

static void pipes(const struct trial *t)
{
    static const enum gpu_param_id ids[] = {GPU_fp32_lanes,    GPU_fp64_lanes, GPU_fp16_lanes,
                                            GPU_int_lanes,     GPU_xu_lanes,   GPU_lsu_lanes,
                                            GPU_tensor_f16_f32};
    none_slower(t, ids, ARRAY_LEN(ids), 2);
}

TEST(wider_pipes_are_not_slower)
{
    for_all(pipes);
}

/* Only where no two warps share data: on more SMs more L1s fetch what is shared. MDM's delays grow
 * with the SMs in use, as published, even where each has less to do. */
static void sms(const struct trial *t)
{
    bool delays_by_sms = t->m->variants[STAGE_QUEUE] == QUEUE_MDM;
    if (t->recipe->has_own_data && !delays_by_sms)
        not_slower(t, GPU_sm_count, 2);
}

TEST(more_sms_are_not_slower)
{
    for_all(sms);
}

/* Doubled by ways, so that a set keeps what it had (LRU). amali-public is left out: it has hits by
 * chance, P(hit) = 1 - Q(|A - 1 - mean| / sd), and the absolute value, as published, lets the
 * chance rise again where the reuse distance is far beyond the cache. */
static void bigger_caches(const struct trial *t)
{
    if (strcmp(t->m->name, "amali-public") == 0)
        return;
    struct gpu g = *t->g;
    g.v.l2_kib = 16, g.v.l1_total_kib = 9, g.n_carveouts = 1;
    for (unsigned i = 0; i < 3; i++) {
        struct gpu l2 = g, l1 = g;
        l2.v.l2_kib *= 2, l2.v.l2_ways *= 2, l1.v.l1_total_kib += 8;
        const struct result *a = run(t->k, &g, t->m), *b = run(t->k, &l2, t->m),
                            *c = run(t->k, &l1, t->m);
        if (b->level[RESULT_L2].hits < a->level[RESULT_L2].hits)
            SAY(t, "an L2 of twice %g KiB has %g hits instead of %g", g.v.l2_kib,
                b->level[RESULT_L2].hits, a->level[RESULT_L2].hits);
        if (c->level[RESULT_L1].hits < a->level[RESULT_L1].hits)
            SAY(t, "8 KiB more of L1 have %g hits instead of %g", c->level[RESULT_L1].hits,
                a->level[RESULT_L1].hits);
        result_release(a), result_release(b), result_release(c);
        g = l2, g.v.l1_total_kib += 8;
    }
}

TEST(a_bigger_cache_never_hits_less)
{
    for_all(bigger_caches);
}

/* ---- names mean nothing ---- */

static void same_time(const struct trial *t, const struct gpu *g, const struct naming *n,
                      const char *what)
{
    const struct trace_kernel *k = make(t->recipe, n);
    const struct result *a = run(t->k, g, t->m), *b = run(k, g, t->m);
    if (fabs(a->cycles - b->cycles) > 1e-9 * a->cycles)
        SAY(t, "%s: %.12g cycles instead of %.12g", what, b->cycles, a->cycles);
    result_release(a), result_release(b);
    trace_kernel_release(k);
}

static void registers(const struct trial *t)
{
    same_time(t, t->g, &(struct naming){.first_reg = 64}, "other registers");
}

TEST(names_of_registers_mean_nothing)
{
    for_all(registers);
}

/* sm: of the warps that are ready the scheduler takes the youngest, so that names decide, as on the
 * chip. */
static bool decides_by_name(const struct model *m)
{
    return one_speaks_for_all(m) || strcmp(m->name, "sm") == 0;
}

/* Only where no two warps share data and L1 holds all: otherwise the order decides who finds what
 * there. */
static void ctas_and_warps(const struct trial *t)
{
    struct gpu g = *t->g;
    g.v.l1_total_kib = 8192;
    if (!t->recipe->has_own_data)
        return;
    same_time(t, &g, &(struct naming){.is_cta_reversed = true}, "CTAs reversed");
    if (!decides_by_name(t->m))
        same_time(t, &g, &(struct naming){.is_warp_swapped = true}, "warps of a sub-core swapped");
}

TEST(names_of_ctas_and_warps_mean_nothing)
{
    for_all(ctas_and_warps);
}

/* ---- the same again ---- */

static bool has_same_stalls(const double *a, const double *b)
{
    for (int s = 0; s < STALL_N; s++)
        if (a[s] != b[s])
            return false;
    return true;
}

/* To the last bit. */
static bool is_same(const struct result *a, const struct result *b)
{
    bool same = a->cycles == b->cycles && a->time_us == b->time_us && a->n_insts == b->n_insts &&
                has_same_stalls(a->stall, b->stall);
    for (uint32_t c = 0; same && c < a->n_insts; c++)
        same = a->insts[c].cycles == b->insts[c].cycles &&
               a->insts[c].latency_cy == b->insts[c].latency_cy &&
               has_same_stalls(a->insts[c].stall, b->insts[c].stall);
    return same;
}

static void repeats(const struct trial *t)
{
    const struct result *r = run(t->k, t->g, t->m);
    if (!is_same(r, t->r))
        SAY(t, "%.17g cycles, then %.17g", t->r->cycles, r->cycles);
    result_release(r);
}

TEST(a_model_says_the_same_twice)
{
    for_all(repeats);
}

static void what_if_nothing(const struct trial *t)
{
    struct gpu g = *t->g;
    struct err e = {0};
    for (unsigned id = 0; id < GPU_N_PARAMS; id++) {
        double value = ((const double *)&g.v)[id];
        if (!isnan(value) && gpu_set(&g, (enum gpu_param_id)id, value * 1, &e) != STATUS_OK)
            SAY(t, "%s refuses its own value: %s", gpu_params[id].key, e.message);
    }
    const struct result *r = run(t->k, &g, t->m);
    if (!is_same(r, t->r))
        SAY(t, "every number times 1: %.17g cycles instead of %.17g", r->cycles, t->r->cycles);
    result_release(r);
}

TEST(a_what_if_by_one_changes_nothing)
{
    for_all(what_if_nothing);
}
