/*
 * atomic.h: atomics on global memory that meet at one address.
 *
 * L2 does an atomic where the data lies, a sector at a time: lanes with different words of a sector
 * are done together, lanes with the same word one after another, and so are instructions of any SM
 * that come to the same sector:
 *
 *     turns of an access on a sector = most lanes that name one of its words
 *     latency                        = latency.atomic + (most turns of its sectors - 1) * interval
 *     T of the kernel               >= turns on the busiest sector * interval + latency.atomic
 *
 * with interval = memory.atomic_interval: one a cycle to a common address by NVIDIA's white paper
 * of Kepler GK110, taken for later chips; nobody published a newer figure. RED, which returns
 * nothing, counts the same. Atomics on shared memory are bank.h's.
 */
#ifndef WARPSCOPE_MECH_ATOMIC_H
#define WARPSCOPE_MECH_ATOMIC_H

#include "base/arena.h"
#include "base/tick.h"
#include "trace/trace.h"

struct atomic_code {
    double executions; /* with an active lane whose address the trace has */
    double turns;      /* sum over them of the most that one sector takes */
};

struct atomics {
    struct atomic_code *code; /* by static instruction */
    double busiest;           /* turns on the sector that has most of them, over the whole grid */
};

/* Goes through every atomic of `k`; allocated in `a`. STATUS_CANCELLED through `tick` (units:
 * warps). */
enum status atomic_count(struct arena *a, const struct trace_kernel *k, const struct tick *tick,
                         struct atomics *out) MUST_USE;

/* Sectors of one access and the turns on each, into sector[] and turns[] (32 of each); returns how
 * many. */
unsigned atomic_turns(const struct trace_kernel *k, uint64_t access, uint32_t mask,
                      uint64_t sector[SASS_WARP_LANES], unsigned turns[SASS_WARP_LANES]);

#endif
