/*
 * interleave.h: in which order the memory instructions of a grid reach the caches.
 *
 * A trace has an order within each warp only; across warps the order is a model. CTA b runs on SM
 * b mod SMs. In each round every SM sends the next memory instruction of its next slot; what a slot
 * is, is the choice of the model:
 *
 *   RESIDENT  a slot is a warp of a resident CTA; a new wave begins when the old has ended on all
 * SMs AMALI     a slot is a CTA (its warps one after another), all CTAs of the SM at once
 */
#ifndef WARPSCOPE_MECH_INTERLEAVE_H
#define WARPSCOPE_MECH_INTERLEAVE_H

#include "base/arena.h"
#include "base/tick.h"
#include "trace/trace.h"

enum interleave_order { INTERLEAVE_RESIDENT, INTERLEAVE_AMALI };

/* One warp memory instruction. */
struct interleave_item {
    uint32_t sm, warp;
    uint32_t code, mask;
    uint64_t access;
};

struct interleave;

/* `resident` CTAs an SM holds at once (RESIDENT only). Allocated in `a`; NULL when cancelled. */
struct interleave *interleave_make(struct arena *a, const struct trace_kernel *k,
                                   enum interleave_order order, unsigned n_sms, unsigned resident,
                                   const struct tick *tick);

/* The next instruction; false at the end. */
bool interleave_next(struct interleave *it, struct interleave_item *out);

/* Linear CTA id, x fastest. */
uint64_t interleave_cta_id(const struct trace_kernel *k, const struct trace_cta *c);

#endif
