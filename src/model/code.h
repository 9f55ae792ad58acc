/*
 * code.h: the instruction caches that a profile runs with. Private to model.
 */
#ifndef WARPSCOPE_MODEL_CODE_H
#define WARPSCOPE_MODEL_CODE_H

#include "model/pipeline.h"

/* Whether an L0 holds all instructions of the kernel, or none is modelled. */
bool code_fits(struct pipeline *p);

/* Caches as a warp of `path` has left them; NULL where its code stays in L0. In p->scratch. */
struct fetch *code_warm(struct pipeline *p, uint32_t path);

/* Empty but for the first line, which launch latency has paid for; NULL where none are modelled. */
struct fetch *code_cold(struct pipeline *p, uint32_t path);

#endif
