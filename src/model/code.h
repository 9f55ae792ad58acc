/*
 * code.h: the instruction and constant caches that a profile runs with. Private to model.
 */
#ifndef WARPSCOPE_MODEL_CODE_H
#define WARPSCOPE_MODEL_CODE_H

#include "model/pipeline.h"

/* NULL = what it would hold is always there, or is not modelled. */
struct code {
    struct fetch *fetch;
    struct constant *constants;
};

/* Which of the two hold all that the kernel names, so that they matter to the first wave only. */
void code_measure(struct pipeline *p);

/* Caches as a warp of `path` has left them; NULL where all stays in them. In p->scratch. */
struct code code_warm(struct pipeline *p, uint32_t path);

/* Empty but for what launch latency has paid for; NULL where nothing is modelled. */
struct code code_cold(struct pipeline *p, uint32_t path);

#endif
