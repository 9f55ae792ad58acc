/*
 * timing_amali.h: the cost of an instruction as the public AMALI code sees it. Private to mech.
 */
#ifndef WARPSCOPE_MECH_TIMING_AMALI_H
#define WARPSCOPE_MECH_TIMING_AMALI_H

#include "mech/timing.h"

/* Unit, latency and memory kind by ordered substring tests of the base name. */
void timing_amali(struct timing *t, const struct gpu *g, const struct sass_inst *in);

/* Latency = interval = FMA count of the shape / rate. */
void timing_amali_tensor(struct timing *t, const struct gpu *g, const struct sass_inst *in);

/* The first listed operand is written unless the class is a store; only listed registers count. */
void timing_amali_operands(struct timing *t, const struct sass_inst *in);

#endif
