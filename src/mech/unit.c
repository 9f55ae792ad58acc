/*
 * unit.c: pipes that can be busy, and for how long a warp instruction keeps them so.
 */
#include "mech/timing.h"

const char *unit_name(enum unit u)
{
    static const char *const names[UNIT_N] = {
        [UNIT_INT] = "alu",         [UNIT_FP32] = "fma",   [UNIT_FP16] = "fp16",
        [UNIT_FP64] = "fp64",       [UNIT_XU] = "xu",      [UNIT_TENSOR] = "tensor",
        [UNIT_UNIFORM] = "uniform", [UNIT_BRANCH] = "cbu", [UNIT_LSU] = "lsu",
        [UNIT_NONE] = "issue",
    };
    return names[u];
}

double unit_interval_cy(const struct gpu *g, enum unit u)
{
    const struct gpu_values *v = &g->v;
    switch (u) {
    case UNIT_INT:
        return gpu_pipe_interval_cy(g, v->int_lanes);
    case UNIT_FP32:
        return gpu_pipe_interval_cy(g, v->fp32_lanes);
    case UNIT_FP16:
        return gpu_pipe_interval_cy(g, v->fp16_lanes);
    case UNIT_FP64:
        return gpu_pipe_interval_cy(g, v->fp64_lanes);
    case UNIT_XU:
        return gpu_pipe_interval_cy(g, v->xu_lanes);
    case UNIT_UNIFORM:
        return v->uniform_ii_cy;
    case UNIT_BRANCH:
        return v->branch_ii_cy;
    case UNIT_TENSOR:
    case UNIT_LSU:
    case UNIT_NONE:
    case UNIT_N:
        break;
    }
    return 0;
}
