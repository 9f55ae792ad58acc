/*
 * timing.c: cost of each static instruction by the opcode table and the GPU description.
 *
 *     interval        = 32 / (lanes of the pipe / sub-cores); IMAD at the rate of the INT lanes:
 *                       126.5 operations a cycle and SM on GA102 and AD102, which have 128 FMA
 *                       lanes (Accel-Sim microbenchmarks)
 *     tensor interval = m n k / (rate of one tensor core by type * cores of a sub-core)
 *                       (AMALI, ISCA'25: II = FMA_count / TP)
 *     tensor latency  = max(interval, pipeline latency of the shape): a dependent HMMA on A100
 *                       waits 17 to 18 cycles while the next independent one issues after 8
 *
 * Known error: predicates and uniform registers are not in text traces up to v5, so waits on them
 * are not seen. Textures take the latency of L2.
 */
#include "mech/timing.h"

#include <math.h>

#include "mech/fence.h"
#include "timing_accelsim.h"
#include "timing_amali.h"

static enum unit unit_of(const struct sass_op *op)
{
    static const uint8_t units[SASS_PIPE_N] = {
        [SASS_PIPE_ALU] = UNIT_INT,    [SASS_PIPE_FMA] = UNIT_FP32,
        [SASS_PIPE_FP16] = UNIT_FP16,  [SASS_PIPE_FP64] = UNIT_FP64,
        [SASS_PIPE_XU] = UNIT_XU,      [SASS_PIPE_TENSOR] = UNIT_TENSOR,
        [SASS_PIPE_LSU] = UNIT_LSU,    [SASS_PIPE_TEX] = UNIT_LSU,
        [SASS_PIPE_TMA] = UNIT_NONE,   [SASS_PIPE_UNIFORM] = UNIT_UNIFORM,
        [SASS_PIPE_CBU] = UNIT_BRANCH, [SASS_PIPE_ADU] = UNIT_NONE,
        [SASS_PIPE_NONE] = UNIT_NONE,
    };
    return (enum unit)units[op->pipe];
}

double timing_tensor_rate(const struct gpu *g, const struct sass_op *op)
{
    const struct gpu_values *v = &g->v;
    double f16 = op->acc_type == SASS_TYPE_F32 ? v->tensor_f16_f32 : v->tensor_f16_f16;
    const struct {
        enum sass_type type;
        double rate;
    } rates[] = {
        {SASS_TYPE_F16, f16},
        {SASS_TYPE_BF16, v->tensor_f16_f32},
        {SASS_TYPE_TF32, v->tensor_tf32},
        {SASS_TYPE_F64, v->tensor_fp64},
        {SASS_TYPE_FP8, v->tensor_fp8},
        {SASS_TYPE_INT8, v->tensor_int8},
        {SASS_TYPE_INT4, 2 * v->tensor_int8},
        {SASS_TYPE_BIT, 8 * v->tensor_int8},
    };
    for (size_t i = 0; i < ARRAY_LEN(rates); i++)
        if (rates[i].type == op->in_type)
            return rates[i].rate;
    return (double)NAN;
}

static double shape_latency_cy(const struct gpu_values *v, const struct sass_op *op)
{
    if (op->in_type == SASS_TYPE_F64)
        return v->lat_dmma_cy;
    if (op->in_type == SASS_TYPE_INT8 || op->in_type == SASS_TYPE_INT4 ||
        op->in_type == SASS_TYPE_BIT)
        return v->lat_imma_cy;
    return op->k <= 4 ? v->lat_hmma_884_cy : op->k <= 8 ? v->lat_hmma_k8_cy : v->lat_hmma_k16_cy;
}

/* A shape that the chip's code does not use has no latency: the longest known one stands in. */
static double tensor_pipeline_cy(const struct gpu *g, const struct sass_op *op)
{
    const struct gpu_values *v = &g->v;
    double cy = shape_latency_cy(v, op);
    if (!isnan(cy))
        return cy;
    const double others[] = {v->lat_hmma_k16_cy, v->lat_hmma_k8_cy, v->lat_hmma_884_cy,
                             v->lat_imma_cy};
    double longest = 0;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        longest = others[i] > longest ? others[i] : longest; /* false for NAN */
    return longest;
}

static void time_tensor(struct timing *t, const struct gpu *g, const struct sass_op *op)
{
    double cores = MAX(g->v.tensor_cores / g->v.sub_cores, 1);
    double share = op->cls == SASS_WGMMA ? 1 : g->v.tensor_mma_sync_share;
    double known = timing_tensor_rate(g, op);
    double dense = isnan(known) ? g->v.tensor_f16_f32 : known;
    double rate = dense * share * ((op->flags & SASS_F_SPARSE) ? 2 : 1);
    t->unit = UNIT_TENSOR;
    t->interval_cy = sass_tensor_fma(op) / (rate * cores);
    t->latency_cy = MAX(t->interval_cy, tensor_pipeline_cy(g, op));
    t->wait = op->cls == SASS_WGMMA ? STALL_GMMA : STALL_WAIT;
}

static enum memory_kind memory_of(const struct sass_inst *in)
{
    const struct sass_op *op = &in->op;
    bool is_shared = op->space == SASS_SPACE_SHARED;
    bool is_local = op->space == SASS_SPACE_LOCAL;
    switch ((enum sass_class)op->cls) {
    case SASS_LOAD:
        if (op->space == SASS_SPACE_CONST)
            return MEMORY_CONST;
        return is_shared ? MEMORY_SHARED_LOAD : is_local ? MEMORY_LOCAL_LOAD : MEMORY_LOAD;
    case SASS_STORE:
        return is_shared ? MEMORY_SHARED_STORE : is_local ? MEMORY_LOCAL_STORE : MEMORY_STORE;
    case SASS_ATOMIC:
    case SASS_REDUCTION:
        return is_shared ? MEMORY_SHARED_ATOMIC : MEMORY_ATOMIC;
    case SASS_ASYNC_COPY:
        return (op->flags & SASS_F_COPY_OUT) ? MEMORY_STORE : MEMORY_ASYNC_COPY;
    default:
        return MEMORY_NONE;
    }
}

static double fixed_latency_cy(const struct gpu *g, enum sass_latency l)
{
    const struct gpu_values *v = &g->v;
    switch (l) {
    case SASS_LAT_ALU:
        return v->lat_alu_cy;
    case SASS_LAT_FMA:
        return v->lat_fma_cy;
    case SASS_LAT_HALF:
        return v->lat_half_cy;
    case SASS_LAT_FP64:
        return v->lat_fp64_cy;
    case SASS_LAT_XU:
        return v->lat_xu_cy;
    case SASS_LAT_CONVERT:
        return v->lat_convert_cy;
    case SASS_LAT_SHUFFLE:
        return v->lat_shuffle_cy;
    case SASS_LAT_SPECIAL:
        return v->lat_special_cy;
    case SASS_LAT_UNIFORM:
        return v->lat_uniform_cy;
    case SASS_LAT_BRANCH:
        return v->lat_branch_cy;
    case SASS_LAT_CONST:
        return v->lat_const_cy;
    case SASS_LAT_TEXTURE:
        return v->lat_l2_cy; /* no texture cache is modelled */
    default:
        return 0;
    }
}

static double memory_latency_cy(const struct gpu *g, enum memory_kind m)
{
    const struct gpu_values *v = &g->v;
    switch (m) {
    case MEMORY_SHARED_LOAD:
        return v->lat_smem_ld_cy;
    case MEMORY_SHARED_STORE:
        return v->lat_smem_st_cy;
    case MEMORY_SHARED_ATOMIC:
        return v->lat_smem_ld_cy + v->lat_smem_st_cy;
    case MEMORY_CONST:
        return v->lat_const_cy;
    case MEMORY_ATOMIC:
        return v->lat_atomic_cy;
    default:
        return 0;
    }
}

/* What Nsight Compute calls the wait of a consumer: fixed latencies are in the encoding ("wait"),
 * the rest is a scoreboard, long for L1TEX and short for the other variable-latency pipes. */
static enum stall wait_of(const struct sass_op *op, enum memory_kind m)
{
    if (m != MEMORY_NONE && m != MEMORY_CONST && m < MEMORY_SHARED_LOAD)
        return STALL_LONG_SCOREBOARD;
    if (m != MEMORY_NONE)
        return STALL_SHORT_SCOREBOARD;
    switch ((enum sass_latency)op->latency) {
    case SASS_LAT_TEXTURE:
    case SASS_LAT_MEMORY:
        return STALL_LONG_SCOREBOARD;
    case SASS_LAT_XU:
    case SASS_LAT_CONVERT:
    case SASS_LAT_SHUFFLE:
    case SASS_LAT_SPECIAL:
    case SASS_LAT_SHARED:
    case SASS_LAT_CONST:
        return STALL_SHORT_SCOREBOARD;
    default:
        return STALL_WAIT;
    }
}

static void time_by_table(struct timing *t, const struct gpu *g, const struct sass_inst *in)
{
    t->unit = (uint8_t)unit_of(&in->op);
    t->memory = (uint8_t)memory_of(in);
    t->wait = (uint8_t)wait_of(&in->op, (enum memory_kind)t->memory);
    t->uses_l1 = t->memory != MEMORY_NONE && t->memory < MEMORY_SHARED_LOAD;
    t->interval_cy = unit_interval_cy(g, (enum unit)t->unit);
    if (t->unit == UNIT_FP32 && in->op.cls == SASS_INT) /* only some FMA lanes multiply integers */
        t->interval_cy = MAX(t->interval_cy, unit_interval_cy(g, UNIT_INT));
    t->latency_cy = t->memory == MEMORY_NONE
                        ? fixed_latency_cy(g, (enum sass_latency)in->op.latency)
                        : memory_latency_cy(g, (enum memory_kind)t->memory);
}

static void wide_operands(struct timing *t, const struct sass_inst *in)
{
    t->n_def = in->n_def;
    t->n_use = in->n_use;
    for (unsigned i = 0; i < in->n_def; i++)
        t->def[i] = in->def[i];
    for (unsigned i = 0; i < in->n_use; i++)
        t->use[i] = in->use[i];
}

static void time_class(struct timing *t, const struct gpu *g, const struct sass_inst *in,
                       enum timing_classes classes)
{
    if (classes == TIMING_BY_SUBSTRINGS) {
        timing_amali(t, g, in);
        return;
    }
    time_by_table(t, g, in);
    if (classes == TIMING_BY_ACCELSIM)
        timing_accelsim(t, g, in);
}

static void time_matrix(struct timing *t, const struct gpu *g, const struct sass_inst *in,
                        enum timing_tensor rule)
{
    if (rule == TIMING_RATE_BY_TYPE)
        time_tensor(t, g, &in->op);
    else if (rule == TIMING_RATE_AMALI)
        timing_amali_tensor(t, g, in);
    else
        timing_fixed_tensor(t, g);
}

struct timing *timing_make(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                           struct timing_rules rules)
{
    static void (*const operands[])(struct timing * t, const struct sass_inst *in) = {
        [TIMING_ALL_REGISTERS] = wide_operands,
        [TIMING_AMALI_REGISTERS] = timing_amali_operands,
        [TIMING_TRACED_REGISTERS] = timing_traced_operands,
    };
    struct timing *all = ARENA_ARRAY(a, struct timing, k->n_code);
    for (uint32_t i = 0; i < k->n_code; i++) {
        const struct sass_inst *in = &k->code[i];
        time_class(&all[i], g, in, rules.classes);
        enum stall hold = STALL_SELECTED;
        all[i].hold_cy = rules.fences ? fence_hold_cy(g, in, k->h.has_immediate, &hold) : 0;
        all[i].hold = (uint8_t)hold;
        if (in->op.m != 0)
            time_matrix(&all[i], g, in, rules.tensor);
        operands[rules.operands](&all[i], in);
    }
    return all;
}
