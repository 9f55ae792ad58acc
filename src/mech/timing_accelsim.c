/*
 * timing_accelsim.c: opcode classes of Accel-Sim's tables (accel-sim-framework @73f9fac), which
 * GCoM uses.
 *
 * Moves, conversions, shuffles, special registers and synchronisation run in the integer pipe with
 * its latency; packed half runs in the FP32 pipe, one instruction in max(interval / 2, 1) cycles;
 * tensor instructions have one interval and latency whatever their shape.
 */
#include "timing_accelsim.h"

/* By class where Accel-Sim's tables go by the type of the operands, by pipe for the rest. */
static enum unit unit_of(const struct sass_op *op)
{
    switch ((enum sass_class)op->cls) {
    case SASS_FP32:
    case SASS_FP16:
        return UNIT_FP32;
    case SASS_FP64:
        return UNIT_FP64;
    case SASS_SFU:
        return UNIT_XU;
    default:
        return op->pipe == SASS_PIPE_UNIFORM ? UNIT_UNIFORM
               : op->pipe == SASS_PIPE_CBU   ? UNIT_BRANCH
                                             : UNIT_INT;
    }
}

static double latency_of(const struct gpu *g, enum unit u, bool is_half)
{
    const struct gpu_values *v = &g->v;
    const double cy[UNIT_N] = {
        [UNIT_INT] = v->lat_alu_cy,         [UNIT_FP32] = is_half ? v->lat_half_cy : v->lat_fma_cy,
        [UNIT_FP64] = v->lat_fp64_cy,       [UNIT_XU] = v->lat_xu_cy,
        [UNIT_UNIFORM] = v->lat_uniform_cy, [UNIT_BRANCH] = v->lat_branch_cy,
    };
    return cy[u];
}

void timing_accelsim(struct timing *t, const struct gpu *g, const struct sass_inst *in)
{
    if (t->memory != MEMORY_NONE) {
        t->unit = UNIT_LSU;
        return;
    }
    bool is_half = in->op.cls == SASS_FP16;
    t->unit = (uint8_t)unit_of(&in->op);
    t->interval_cy = unit_interval_cy(g, (enum unit)t->unit);
    if (is_half)
        t->interval_cy = MAX(t->interval_cy / 2, 1);
    t->latency_cy = latency_of(g, (enum unit)t->unit, is_half);
    t->wait = STALL_WAIT;
}

void timing_fixed_tensor(struct timing *t, const struct gpu *g)
{
    enum { FMA = 16 * 8 * 16 };
    double cores = MAX(g->v.tensor_cores / g->v.sub_cores, 1);
    t->unit = UNIT_TENSOR;
    t->memory = MEMORY_NONE;
    t->uses_l1 = false;
    t->wait = STALL_WAIT;
    t->interval_cy = FMA / (g->v.tensor_f16_f32 * g->v.tensor_mma_sync_share * cores);
    t->latency_cy = MAX(t->interval_cy, g->v.lat_hmma_k16_cy);
}

void timing_traced_operands(struct timing *t, const struct sass_inst *in)
{
    t->n_def = t->n_use = 0;
    if (in->n_dst > 0)
        t->def[t->n_def++] = (struct sass_range){in->dst, 1};
    for (unsigned i = 0; i < in->n_src; i++)
        t->use[t->n_use++] = (struct sass_range){in->src[i], 1};
}
