/*
 * interleave.h: in which order the memory instructions of a grid reach the caches.
 *
 * A trace has an order within each warp only; across warps the order is a model. In each round
 * every SM sends the next access of its next slot; what a slot is, is the choice of the model:
 *
 *   RESIDENT  a slot is a warp of a resident CTA; when a CTA has ended, the next of its SM starts
 *   AMALI     a slot is a CTA (its warps one after another), all CTAs of the SM at once
 *
 * Accesses are those to global and local memory: shared memory and constants do not reach the
 * caches. Known error: warps are taken to advance by one access each, however long they compute or
 * wait in between.
 */
#ifndef WARPSCOPE_MECH_INTERLEAVE_H
#define WARPSCOPE_MECH_INTERLEAVE_H

#include "base/arena.h"
#include "base/tick.h"
#include "mech/assign.h"
#include "mech/timing.h"

enum interleave_order { INTERLEAVE_RESIDENT, INTERLEAVE_AMALI };

/* One warp memory instruction. */
struct interleave_item {
    uint32_t sm, warp;
    uint32_t code, mask;
    uint64_t access;
};

struct interleave;

/*
 * `with` stays the caller's and must outlive the order. Its `resident` counts in RESIDENT only.
 * Allocated in `a`; NULL when cancelled.
 */
struct interleave *interleave_make(struct arena *a, const struct trace_kernel *k,
                                   const struct timing *timing, const struct assign *with,
                                   enum interleave_order order, const struct tick *tick);

/* The next instruction; false at the end. */
bool interleave_next(struct interleave *it, struct interleave_item *out);

#endif
