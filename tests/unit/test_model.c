/*
 * Properties that every interval model must have, on seeded random kernels.
 */
#include "base/os.h"
#include "model/model.h"
#include "t.h"
#include "trace/build.h"

enum { ROUNDS = 12 };

struct setup {
    struct arena arena;
    struct gpu gpu;
};

static void load_gpu(struct setup *s, const char *name)
{
    static const char *const dirs[] = {"gpus"};
    struct err e = {0};
    arena_init(&s->arena, ARENA_SMALL);
    if (gpu_load(&s->gpu, &s->arena, name, dirs, 1, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
}

static uint32_t next_random(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

static const struct pick {
    const char *opcode;
    bool has_dst;
    uint8_t n_src, width_b;
} picks[] = {
    {"FFMA", true, 3, 0},
    {"IADD3", true, 3, 0},
    {"IMAD.WIDE", true, 3, 0},
    {"MUFU.EX2", true, 1, 0},
    {"DFMA", true, 3, 0},
    {"HMMA.16816.F32", true, 3, 0},
    {"LDG.E", true, 1, 4},
    {"LDG.E.128", true, 1, 16},
    {"STG.E", false, 2, 4},
    {"LDS", true, 1, 4},
    {"STS.64", false, 2, 8},
    {"BAR.SYNC", false, 0, 0},
    {"LDGSTS.E.BYPASS.128", false, 2, 16},
    {"LDGDEPBAR", false, 0, 0},
    {"DEPBAR.LE", false, 0, 0},
    {"BRA", false, 0, 0},
    {"SHFL.BFLY", false, 2, 0},
    {"RED.E.ADD", false, 2, 4},
    {"LDL", true, 1, 4},
    {"S2R", true, 0, 0},
};

static uint32_t add_code(struct build *b, uint64_t *seed, unsigned i)
{
    const struct pick *p = &picks[next_random(seed, ARRAY_LEN(picks))];
    struct sass_inst in = {.pc = UINT64_C(16) * i, .opcode = p->opcode, .mem_width_b = p->width_b};
    in.n_dst = p->has_dst;
    in.dst = p->has_dst ? (uint8_t)(4 * next_random(seed, 16)) : 0;
    in.n_src = p->n_src;
    for (unsigned s = 0; s < p->n_src; s++)
        in.src[s] = (uint8_t)(4 * next_random(seed, 16));
    return build_code(b, &in);
}

/* A few CTAs of warps that run the same random code under random masks; some leave early. */
static const struct trace_kernel *random_kernel(uint64_t seed)
{
    struct trace_header h = {.name = "random",
                             .file = "random",
                             .id = 1,
                             .isa = 80,
                             .n_regs = 40,
                             .has_immediate = true,
                             .nvbit_version = "",
                             .made_by = "test"};
    h.grid[0] = 1 + next_random(&seed, 300);
    h.grid[1] = h.grid[2] = h.block[1] = h.block[2] = 1;
    unsigned warps = 1 + next_random(&seed, 6);
    h.block[0] = 32 * warps;
    h.shmem_b = 1024 * next_random(&seed, 30);
    struct build *b = build_init(&h);
    uint32_t code[40], n = 5 + next_random(&seed, 35);
    bool has_access[40];
    for (uint32_t i = 0; i < n; i++) {
        uint64_t before = seed;
        code[i] = add_code(b, &seed, i);
        has_access[i] = picks[next_random(&before, ARRAY_LEN(picks))].width_b != 0;
    }
    uint32_t stride = build_pattern_stride(b, 4 << next_random(&seed, 4), 0);
    for (uint32_t c = 0; c < h.grid[0]; c++) {
        build_cta(b, c, 0, 0);
        for (unsigned w = 0; w < warps; w++) {
            build_warp(b, w);
            uint32_t end = next_random(&seed, 4) == 0 ? n / 2 + 1 : n;
            for (uint32_t i = 0; i < end; i++) {
                build_step(b, code[i], next_random(&seed, 8) == 0 ? 0 : UINT32_MAX);
                if (has_access[i])
                    build_access(b, 0x7f0000000000u + UINT64_C(128) * next_random(&seed, 4096),
                                 stride);
            }
            build_warp_end(b);
        }
    }
    return build_finish(b);
}

static const struct result *run(const struct model *m, const struct trace_kernel *k,
                                const struct gpu *g, uint64_t off)
{
    struct err e = {0};
    const struct result *r = NULL;
    struct model_options o = {.fixes_off = off};
    if (model_run(m, k, g, &o, NULL, &r, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    return r;
}

static void check_sums(const struct result *r)
{
    double sum = 0, by_inst = r->stall[STALL_LAUNCH] + r->stall[STALL_IDLE];
    for (int s = 0; s < STALL_N; s++) {
        CHECK(r->stall[s] >= 0);
        sum += r->stall[s];
    }
    CHECK(sum == r->cycles);
    for (uint32_t c = 0; c < r->n_insts; c++)
        by_inst += r->insts[c].cycles;
    CHECK_NEAR(by_inst, r->cycles, 1e-9);
    CHECK(r->cycles > 0);
}

TEST(stack_sums_to_the_total_whatever_is_switched_off)
{
    struct setup s;
    load_gpu(&s, "a100-pcie-80gb");
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        const struct trace_kernel *k = random_kernel(seed);
        for (size_t m = 0; m < model_count(); m++)
            for (int fix = -1; fix < STAGE_N; fix++) {
                if (fix >= 0 && !model_has_switch(model_at(m), (enum stage)fix))
                    continue;
                const struct result *r =
                    run(model_at(m), k, &s.gpu, fix < 0 ? 0 : (uint64_t)1 << fix);
                check_sums(r);
                result_release(r);
            }
        trace_kernel_release(k);
    }
    arena_done(&s.arena);
}

TEST(same_input_same_result)
{
    struct setup s;
    load_gpu(&s, "h100-sxm");
    const struct trace_kernel *k = random_kernel(99);
    const struct result *a = run(model_default(), k, &s.gpu, 0);
    const struct result *b = run(model_default(), k, &s.gpu, 0);
    CHECK(a->cycles == b->cycles);
    for (int i = 0; i < STALL_N; i++)
        CHECK(a->stall[i] == b->stall[i]);
    result_release(a);
    result_release(b);
    trace_kernel_release(k);
    arena_done(&s.arena);
}

static double cycles_with(const struct trace_kernel *k, struct gpu g, enum gpu_param_id id,
                          double factor)
{
    struct err e = {0};
    if (gpu_set(&g, id, gpu_value(&g, id) * factor, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    const struct result *r = run(model_default(), k, &g, 0);
    double cycles = r->cycles;
    result_release(r);
    return cycles;
}

/* A better part never makes the default model slower. */
TEST(more_bandwidth_or_less_latency_is_never_slower)
{
    static const struct {
        enum gpu_param_id id;
        double factor;
    } better[] = {
        {GPU_dram_achieved_gb_s, 1.05}, {GPU_l2_b_per_cy, 2}, {GPU_lat_dram_cy, 0.9},
        {GPU_lat_fma_cy, 0.5},          {GPU_lat_l1_cy, 0.5}, {GPU_xu_lanes, 2},
    };
    struct setup s;
    load_gpu(&s, "a100-pcie-80gb");
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        const struct trace_kernel *k = random_kernel(seed);
        double base = cycles_with(k, s.gpu, GPU_dram_achieved_gb_s, 1);
        for (size_t i = 0; i < ARRAY_LEN(better); i++) {
            double now = cycles_with(k, s.gpu, better[i].id, better[i].factor);
            if (now > base * (1 + 1e-3))
                T_FAIL("seed %u: %s x %g takes %g cycles instead of %g", (unsigned)seed,
                       gpu_params[better[i].id].name, better[i].factor, now, base);
        }
        trace_kernel_release(k);
    }
    arena_done(&s.arena);
}

TEST(kernel_that_does_not_fit_is_an_error_in_words)
{
    struct setup s;
    load_gpu(&s, "v100-sxm2");
    struct trace_header h = {.name = "big",
                             .file = "",
                             .id = 7,
                             .isa = 80,
                             .n_regs = 32,
                             .grid = {1, 1, 1},
                             .block = {32, 1, 1},
                             .shmem_b = 120 * 1024,
                             .nvbit_version = "",
                             .made_by = ""};
    struct build *b = build_init(&h);
    build_cta(b, 0, 0, 0);
    build_warp(b, 0);
    build_step(b, build_code(b, &(struct sass_inst){.opcode = "EXIT"}), UINT32_MAX);
    build_warp_end(b);
    const struct trace_kernel *k = build_finish(b);
    struct err e = {0};
    const struct result *r = NULL;
    CHECK(model_run(model_default(), k, &s.gpu, &(struct model_options){0}, NULL, &r, &e) ==
          STATUS_INPUT);
    CHECK(strstr(e.message, "does not fit on v100-sxm2") != NULL);
    CHECK(strstr(e.message, "shared memory") != NULL);
    trace_kernel_release(k);
    arena_done(&s.arena);
}

TEST(names_are_found_or_suggested)
{
    struct err e = {0};
    CHECK(model_find(STR("warpscope"), &e) == model_default());
    CHECK(model_find(STR("amali-pubic"), &e) == NULL);
    CHECK_EQ_STR(e.hint, "did you mean 'amali-public'?");
    struct err f = {0};
    CHECK_EQ_INT(fix_find(STR("hiding"), &f), STAGE_HIDING);
    CHECK_EQ_INT(fix_find(STR("hidin"), &f), -1);
    CHECK_EQ_STR(f.hint, "did you mean 'hiding'?");
}
