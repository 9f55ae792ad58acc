/*
 * timing_accelsim.h: the pipe of an instruction as Accel-Sim and GCoM have it. Private to mech.
 */
#ifndef WARPSCOPE_MECH_TIMING_ACCELSIM_H
#define WARPSCOPE_MECH_TIMING_ACCELSIM_H

#include "mech/timing.h"

/* Changes unit, interval and latency of a record that the opcode table has filled. */
void timing_accelsim(struct timing *t, const struct gpu *g, const struct sass_inst *in);

/* Every shape takes the interval and latency of HMMA.16816. */
void timing_fixed_tensor(struct timing *t, const struct gpu *g);

/* Registers as the trace lists them: destinations are written, sources read, RZ is a register. */
void timing_traced_operands(struct timing *t, const struct sass_inst *in);

#endif
