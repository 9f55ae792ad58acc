/*
 * fence.h: how long an instruction holds back its own warp, whatever that warp does next.
 *
 *     MEMBAR, by scope       latency.fence_cta, fence_gpu or fence_system
 *     NANOSLEEP of t ns      min(t, 1 ms) * core clock
 *
 * Fences: configuration of the simulator of Huerta et al. (MICRO'25), 53, 186 and 2,900 cycles on
 * GA102. A sleep lasts 0 to 2 t, at most 1 ms (PTX ISA): t in the mean. A duration in a register is
 * not in a trace and counts 0, as do fences without a published latency: FENCE.VIEW.ASYNC, ERRBAR,
 * CCTL.
 */
#ifndef WARPSCOPE_MECH_FENCE_H
#define WARPSCOPE_MECH_FENCE_H

#include "gpu/gpu.h"
#include "result/result.h"
#include "sass/sass.h"

/* Cycles from the issue of `in` until its warp may issue again, 0 = not held back; *state is what
 * the warp shows. `has_immediate`: the trace records them. */
double fence_hold_cy(const struct gpu *g, const struct sass_inst *in, bool has_immediate,
                     enum stall *state);

#endif
