/*
 * view_fixture.h: a trace, a description and results with values of a real size, for tests of
 * screens. Built in C, so that screens do not depend on readers, descriptions and models.
 */
#ifndef WARPSCOPE_TESTS_VIEW_FIXTURE_H
#define WARPSCOPE_TESTS_VIEW_FIXTURE_H

#include <math.h>

#include "base/symbol.h"
#include "engine/action.h"
#include "present/view.h"

enum { FIX_KERNELS = 6, FIX_CODE = 22 };

struct fixture {
    struct arena arena;
    struct trace_header headers[FIX_KERNELS];
    struct sass_inst code[FIX_CODE];
    struct trace_kernel body;
    struct result results[3], before, other;
    struct result_inst insts[FIX_CODE];
    struct view_kernel kernels[FIX_KERNELS];
    struct gpu gpu, gpu_loaded, gpu_other;
    struct view_key keys[ACTION_N];
    struct view_job jobs[2];
    struct view_file files[4];
    const char *log[2];
    struct view_data data;
    struct view_state state;
    struct view_out out;
};

static const struct {
    uint64_t pc;
    const char *opcode;
    int dst, src[3];
    double cycles;
    enum stall reason;
    int64_t target;
} fix_code[FIX_CODE] = {
    {0x0000, "IMAD.MOV.U32", 1, {255, 255, -1}, 310, STALL_WAIT, 0},
    {0x0010, "S2R", 0, {-1, -1, -1}, 2900, STALL_SHORT_SCOREBOARD, 0},
    {0x0020, "S2R", 3, {-1, -1, -1}, 420, STALL_SHORT_SCOREBOARD, 0},
    {0x0030, "IMAD", 0, {0, 3, -1}, 1210, STALL_WAIT, 0},
    {0x0040, "ISETP.GE.AND", 255, {0, -1, -1}, 640, STALL_WAIT, 0},
    {0x0050, "EXIT", -1, {-1, -1, -1}, 120, STALL_BRANCH_RESOLVING, 0},
    {0x0060, "MOV", 13, {-1, -1, -1}, 96, STALL_SELECTED, 0},
    {0x0070, "IMAD.WIDE", 2, {0, 13, -1}, 380, STALL_WAIT, 0},
    {0x0080, "LDG.E.128", 4, {2, -1, -1}, 8200, STALL_LG_THROTTLE, 0},
    {0x0090, "STS.128", -1, {12, 4, -1}, 221300, STALL_LONG_SCOREBOARD, 0},
    {0x00a0, "BAR.SYNC", -1, {-1, -1, -1}, 61400, STALL_BARRIER, 0},
    {0x00b0, "LDS.128", 8, {12, -1, -1}, 5100, STALL_MIO_THROTTLE, 0},
    {0x00c0, "LDS.128", 16, {14, -1, -1}, 3900, STALL_MIO_THROTTLE, 0},
    {0x00d0, "FFMA", 20, {8, 16, 20}, 48700, STALL_SHORT_SCOREBOARD, 0},
    {0x00e0, "FFMA", 21, {9, 17, 21}, 9100, STALL_MATH_PIPE_THROTTLE, 0},
    {0x00f0, "FFMA", 22, {10, 18, 22}, 8800, STALL_MATH_PIPE_THROTTLE, 0},
    {0x0100, "FFMA", 23, {11, 19, 23}, 9600, STALL_MATH_PIPE_THROTTLE, 0},
    {0x0110, "ISETP.NE.AND", 255, {24, -1, -1}, 2100, STALL_WAIT, 0},
    {0x0120, "BRA", -1, {-1, -1, -1}, 4600, STALL_BRANCH_RESOLVING, 0xb0},
    {0x0130, "BRA", -1, {-1, -1, -1}, 1900, STALL_BRANCH_RESOLVING, 0x80},
    {0x0140, "STG.E.128", -1, {2, 20, -1}, 2410, STALL_LG_THROTTLE, 0},
    {0x0150, "EXIT", -1, {-1, -1, -1}, 3800, STALL_DRAIN, 0},
};

static void fix_make_code(struct fixture *f)
{
    for (unsigned i = 0; i < FIX_CODE; i++) {
        struct sass_inst *in = &f->code[i];
        in->pc = fix_code[i].pc;
        in->opcode = fix_code[i].opcode;
        in->immediate = fix_code[i].target;
        in->n_dst = fix_code[i].dst >= 0;
        in->dst = (uint8_t)(fix_code[i].dst >= 0 ? fix_code[i].dst : 0);
        for (unsigned s = 0; s < 3 && fix_code[i].src[s] >= 0; s++)
            in->src[in->n_src++] = (uint8_t)fix_code[i].src[s];
        sass_inst_decode(in, 80);
    }
    f->body = (struct trace_kernel){.h = f->headers[1], .code = f->code, .n_code = FIX_CODE};
}

/* Spreads the cycles of fix_code over reasons; the rest of the time is launch and idle. */
static void fix_make_result(struct fixture *f, struct result *r, double scale)
{
    double sum = 0;

    *r = (struct result){.kernel_name = f->headers[1].name,
                         .gpu_name = "a100-pcie-40gb",
                         .gpu_title = f->gpu.title,
                         .model_name = "warpscope",
                         .grid = {512, 4, 1},
                         .block = {256, 1, 1},
                         .clock_mhz = 1410,
                         .ipc_per_sm = 1.31,
                         .ipc = 141.5,
                         .warp_insts = 57344000,
                         .waves = 2.37,
                         .sms_used = 108,
                         .sol_compute = 0.412,
                         .sol_l1 = 0.187,
                         .sol_l2 = 0.338,
                         .sol_dram = 0.576,
                         .busiest_pipe = "fma",
                         .insts = f->insts,
                         .n_insts = FIX_CODE,
                         .error_band = 0.12};
    for (unsigned i = 0; i < FIX_CODE; i++) {
        double issue = 0.12 * fix_code[i].cycles + 64;
        double cy = fix_code[i].cycles * scale;
        struct result_inst *in = &f->insts[i];
        memset(in->stall, 0, sizeof in->stall);
        in->stall[STALL_SELECTED] += issue;
        in->stall[fix_code[i].reason] += cy;
        in->stall[STALL_NOT_SELECTED] += 0.05 * cy;
        in->cycles = issue + 1.05 * cy;
        in->executions = i < 8 ? 16384 : 16384 * 128;
        in->thread_executions = 32.0 * (double)in->executions - (i == 5 ? 200000 : 0);
        in->latency_cy = i == 8 ? 612.4 : 4;
        for (unsigned s = 0; s < STALL_N; s++)
            r->stall[s] += in->stall[s];
        sum += in->cycles;
    }
    r->stall[STALL_LAUNCH] = 4100;
    r->stall[STALL_IDLE] = 38200;
    r->cycles = sum + 4100 + 38200;
    r->time_us = r->cycles / r->clock_mhz;
    r->occupancy = (struct result_occupancy){.warps_per_cta = 8,
                                             .ctas_per_sm = 4,
                                             .limit = {8, 32, 4, 5, 19},
                                             .limiter = LIMITER_REGISTERS,
                                             .warps_per_sm = 32,
                                             .theoretical = 0.5,
                                             .achieved = 0.462};
    r->level[RESULT_L1] = (struct result_level){8.1e6, 4.4e6, 8.1e6 * 32, 0.543, 108 * 128};
    r->level[RESULT_L2] = (struct result_level){3.7e6, 1.2e6, 3.7e6 * 32, 0.324, 5120};
    r->level[RESULT_DRAM] = (struct result_level){2.5e6, 0, 2.5e6 * 32, (double)NAN, 1102.8};
}

static void fix_make_headers(struct fixture *f)
{
    static const struct {
        const char *name;
        uint32_t grid_x, block_x, regs;
    } h[FIX_KERNELS] = {
        {"_Z10initKernelPfi", 432, 256, 12},
        {"void cutlass::gemm_tile<float, 128, 64>(float const*, float const*, float*, int)", 512,
         256, 62},
        {"_ZN7softmax6rowMaxEPKfPfi", 128, 128, 24},
        {"void cutlass::gemm_tile<float, 128, 64>(float const*, float const*, float*, int)", 512,
         256, 62},
        {"saxpy", 2048, 256, 16},
        {"reduceTree", 64, 512, 20},
    };

    for (unsigned i = 0; i < FIX_KERNELS; i++) {
        f->headers[i] = (struct trace_header){.name = h[i].name,
                                              .declaration = symbol_demangle(&f->arena, h[i].name),
                                              .label = symbol_short(&f->arena, h[i].name),
                                              .id = i + 1,
                                              .grid = {h[i].grid_x, i % 2 == 1 ? 4 : 1, 1},
                                              .block = {h[i].block_x, 1, 1},
                                              .n_regs = h[i].regs,
                                              .isa = 80,
                                              .made_by = ""};
    }
}

static void fix_make_gpus(struct fixture *f)
{
    double *v = (double *)&f->gpu.v;

    f->gpu.name = "a100-pcie-40gb";
    f->gpu.title = "NVIDIA A100 40 GB PCIe";
    f->gpu.arch = "sm_80";
    for (unsigned i = 0; i < GPU_N_PARAMS; i++) {
        v[i] =
            gpu_params[i].is_required ? MIN(gpu_params[i].min * 4, gpu_params[i].max) : (double)NAN;
        f->gpu.note[i] = (struct gpu_note){"white-paper", "vendor's white paper of the chip", "",
                                           i % 7 == 3, i % 3 == 0 ? GPU_INHERITED : GPU_GIVEN};
    }
    f->gpu.v.sm_count = 108;
    f->gpu.v.core_clock_mhz = 1410;
    f->gpu.v.l2_kib = 40960;
    f->gpu_loaded = f->gpu;
    f->gpu_other = f->gpu;
    f->gpu_other.name = "h100-pcie";
}

static void fix_make_data(struct fixture *f)
{
    for (unsigned i = 0; i < FIX_KERNELS; i++)
        f->kernels[i] = (struct view_kernel){.h = &f->headers[i], .work = VIEW_WORK_QUEUED};
    fix_make_result(f, &f->results[0], 0.1);
    fix_make_result(f, &f->results[2], 0.2);
    fix_make_result(f, &f->other, 0.55);
    fix_make_result(f, &f->before, 1.2);
    fix_make_result(f, &f->results[1], 1);
    f->results[0].waves = 0.5;
    f->results[0].sol_dram = 0.22;
    f->other.gpu_name = "h100-pcie";
    f->other.clock_mhz = 1755;
    f->other.time_us = f->other.cycles / 1755;
    f->kernels[0].result = &f->results[0];
    f->kernels[1].result = f->kernels[3].result = &f->results[1];
    f->kernels[2].result = &f->results[2];
    f->kernels[0].work = f->kernels[1].work = f->kernels[2].work = f->kernels[3].work =
        VIEW_WORK_DONE;
    f->kernels[1].body = &f->body;
    f->kernels[1].other = &f->other;
    f->kernels[4].work = VIEW_WORK_RUNNING;
    f->kernels[5].work = VIEW_WORK_FAILED;
    f->kernels[5].error = "the CTA needs 96 KiB of shared memory, the GPU gives 48 KiB";
    for (unsigned i = 0; i < ACTION_N; i++)
        f->keys[i] =
            (struct view_key){action_info[i].keys, action_info[i].name, action_info[i].views,
                              action_info[i].hint, action_info[i].help};
    f->jobs[0] = (struct view_job){
        "model kernel 5 on a100-pcie-40gb", "inst", true, 1300000, 4100000, 2.1, 4.5};
    f->jobs[1] =
        (struct view_job){"model kernel 6 on a100-pcie-40gb", "", false, 0, 0, 0, (double)NAN};
    f->files[0] = (struct view_file){"/usr/share/warpscope/traces/gemm.wst",
                                     "gemm.wst",
                                     "shipped",
                                     "traces/gemm.wst",
                                     20480,
                                     false};
    f->files[1] = (struct view_file){"/usr/share/warpscope/traces/saxpy.wst",
                                     "saxpy.wst",
                                     "shipped",
                                     "traces/saxpy.wst",
                                     1234,
                                     false};
    f->files[2] = (struct view_file){"/data/run7", "run7", "recent", "/data/run7", -1, false};
    f->files[3] = (struct view_file){"/data/bert.json.gz", "bert.json.gz", "here",
                                     "bert.json.gz",       71680,          true};
    f->log[0] = "kernel 4 on a100-pcie-40gb: 0.41 s";
    f->log[1] = "kernel 3 on a100-pcie-40gb: 0.22 s";
    f->data = (struct view_data){.trace_name = "training.wst",
                                 .kernels = f->kernels,
                                 .n_kernels = FIX_KERNELS,
                                 .kernel = 1,
                                 .gpu = &f->gpu,
                                 .gpu_loaded = &f->gpu_loaded,
                                 .other_gpu = &f->gpu_other,
                                 .model_name = "warpscope",
                                 .jobs = f->jobs,
                                 .log = f->log,
                                 .keys = f->keys,
                                 .n_keys = ACTION_N,
                                 .files = f->files,
                                 .n_files = 4};
}

static void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    arena_init(&f->arena, ARENA_SMALL);
    fix_make_headers(f);
    fix_make_gpus(f);
    fix_make_code(f);
    fix_make_data(f);
    view_state_init(&f->state);
}

static void fixture_done(struct fixture *f)
{
    arena_done(&f->arena);
}

/* Draws the whole screen of a view. */
static struct grid fixture_draw(struct fixture *f, enum view_id v, unsigned rows, unsigned cols,
                                enum symbols symbols, bool is_mono)
{
    struct grid g;

    grid_init(&g, &f->arena, rows, cols);
    g.symbols = symbols;
    g.is_mono = is_mono;
    f->state.view = v;
    view_draw(&g, &f->arena, &f->data, &f->state, &f->out);
    return g;
}

#endif
