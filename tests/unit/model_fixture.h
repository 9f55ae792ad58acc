/*
 * model_fixture.h: hand-made kernels on a GPU of round numbers, for tests that are worked out on
 * paper.
 */
#ifndef WARPSCOPE_TESTS_MODEL_FIXTURE_H
#define WARPSCOPE_TESTS_MODEL_FIXTURE_H

#include "model/model.h"
#include "t.h"
#include "trace/build.h"

/* Not a real chip: two SMs at 1 GHz, so that 1 GB/s is 1 B/cy. Launching takes 1000 cycles. */
static inline struct gpu round_gpu(void)
{
    struct gpu g = {.name = "round", .title = "round", .arch = "sm_80", .isa = 80};
    struct gpu_values *v = &g.v;
    for (unsigned i = 0; i < GPU_N_PARAMS; i++)
        ((double *)v)[i] = (double)NAN;
    v->sm_count = 2, v->sub_cores = 4, v->core_clock_mhz = 1000, v->issue_rate = 1;
    v->max_threads_per_sm = 2048, v->max_ctas_per_sm = 32, v->max_threads_per_cta = 1024;
    v->regs_per_sm = v->regs_per_cta = 65536, v->reg_alloc_unit = 256, v->warp_alloc_unit = 4;
    v->smem_alloc_unit_b = 128, v->smem_reserved_b = 1024, v->smem_per_cta_kib = 99;
    v->int_lanes = v->fp32_lanes = v->fp16_lanes = 128, v->fp64_lanes = 64, v->xu_lanes = 16;
    v->lsu_lanes = 32, v->mem_ii_cy = 2, v->tensor_cores = 4;
    v->uniform_ii_cy = v->branch_ii_cy = 1;
    v->tensor_f16_f16 = v->tensor_f16_f32 = 256, v->tensor_mma_sync_share = 1;
    v->lat_alu_cy = v->lat_fma_cy = v->lat_uniform_cy = 4, v->lat_half_cy = 5;
    v->lat_predicate_cy = 12, v->lat_fp64_cy = 8, v->lat_xu_cy = 20, v->lat_convert_cy = 10;
    v->lat_shuffle_cy = v->lat_special_cy = 20, v->lat_branch_cy = 10;
    v->lat_hmma_k8_cy = 14, v->lat_hmma_k16_cy = 18, v->lat_const_cy = 30;
    v->lat_smem_ld_cy = 24, v->lat_smem_st_cy = 12;
    v->lat_l1_cy = 40, v->lat_l2_cy = 200, v->lat_dram_cy = 500, v->lat_atomic_cy = 300;
    v->lat_texture_cy = 90;
    v->l1_total_kib = 128, v->l1_line_b = 128, v->l1_banks = 4, v->sector_b = 32;
    v->l1_b_per_cy = v->smem_b_per_cy = 128, v->smem_banks = 32;
    v->l2_kib = 4096, v->l2_line_b = 128, v->l2_ways = 16, v->l2_partitions = 1;
    v->l2_b_per_cy = v->noc_gb_s = v->dram_gb_s = v->dram_clock_mhz = 1000;
    v->dram_gib = 1, v->mshr_per_sm = 256;
    v->kll_k_cy = 1000, v->kll_alpha = v->kll_beta = v->kll_gamma = 0;
    g.n_carveouts = 2, g.carveout_kib[0] = 8, g.carveout_kib[1] = 100;
    return g;
}

struct maker {
    struct build *b;
    uint64_t pc;
};

/* `ctas` CTAs of `warps` warps and `shmem_b` bytes of shared memory. */
static inline struct maker make_kernel_with(unsigned ctas, unsigned warps, unsigned shmem_b)
{
    struct trace_header h = {.name = "made",
                             .file = "made",
                             .id = 1,
                             .isa = 80,
                             .grid = {ctas, 1, 1},
                             .block = {32 * warps, 1, 1},
                             .n_regs = 32,
                             .shmem_b = shmem_b,
                             .has_immediate = true,
                             .nvbit_version = "",
                             .made_by = "test"};
    return (struct maker){build_init(&h), 0};
}

static inline struct maker make_kernel(unsigned ctas, unsigned warps)
{
    return make_kernel_with(ctas, warps, 0);
}

static inline void make_warp(struct maker *m, unsigned cta, unsigned warp)
{
    build_cta(m->b, cta, 0, 0);
    build_warp(m->b, warp);
    m->pc = 0;
}

static inline struct sass_inst made_inst(struct maker *m, const char *opcode, int dst, int s0,
                                         int s1, int s2)
{
    struct sass_inst in = {.pc = m->pc, .opcode = opcode};
    m->pc += 16;
    in.n_dst = dst >= 0;
    in.dst = dst >= 0 ? (uint8_t)dst : 0;
    const int src[] = {s0, s1, s2};
    for (int s = 0; s < 3 && src[s] >= 0; s++)
        in.src[in.n_src++] = (uint8_t)src[s];
    return in;
}

/* An instruction of all lanes; -1 = no register. */
static inline void make_op(struct maker *m, const char *opcode, int dst, int s0, int s1, int s2)
{
    struct sass_inst in = made_inst(m, opcode, dst, s0, s1, s2);
    build_step(m->b, build_code(m->b, &in), UINT32_MAX);
}

/* n instructions, each of which needs the one before. */
static inline void make_chain(struct maker *m, const char *opcode, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        make_op(m, opcode, 3, 3, 3, -1);
}

static inline void make_wait(struct maker *m, int64_t groups)
{
    struct sass_inst in = made_inst(m, "DEPBAR.LE", -1, -1, -1, -1);
    in.immediate = groups;
    build_step(m->b, build_code(m->b, &in), UINT32_MAX);
}

/* A memory instruction of `width` bytes a lane at base, base + stride, ... */
static inline void make_access(struct maker *m, const char *opcode, int dst, int s0, int s1,
                               unsigned width, uint64_t base, int64_t stride)
{
    struct sass_inst in = made_inst(m, opcode, dst, s0, s1, -1);
    in.mem_width_b = (uint8_t)width;
    build_step(m->b, build_code(m->b, &in), UINT32_MAX);
    build_access(m->b, base, build_pattern_stride(m->b, stride, 0));
}

static inline void make_warp_end(struct maker *m)
{
    make_op(m, "EXIT", -1, -1, -1, -1);
    build_warp_end(m->b);
}

static inline uint64_t bit(enum stage s)
{
    return (uint64_t)1 << s;
}

/* The default model with some fixes off; NULL with `e` filled when it refuses. */
static inline const struct result *try_model(const struct trace_kernel *k, const struct gpu *g,
                                             const char *model, uint64_t off, struct err *e)
{
    const struct result *r = NULL;
    struct model_options o = {.fixes_off = off};
    const struct model *m = model_find(str_from(model), e);
    return model_run(m, k, g, &o, NULL, &r, e) == STATUS_OK ? r : NULL;
}

static inline const struct result *run_off(const struct trace_kernel *k, const struct gpu *g,
                                           uint64_t off)
{
    struct err e = {0};
    const struct result *r = try_model(k, g, "warpscope", off, &e);
    if (r == NULL)
        T_FAIL("%s", e.message);
    return r;
}

#endif
