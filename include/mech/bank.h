/*
 * bank.h: wavefronts of a shared-memory access, from its addresses.
 *
 * Shared memory has banks of 4 bytes; in one wavefront each bank gives one word to any number of
 * lanes. A request goes in passes of 128 bytes, and every pass takes as many wavefronts as its
 * fullest bank has different words:
 *
 *     up to 32 bits a lane    one pass of 32 lanes
 *     64 bits                 two passes of 16 lanes
 *     128 bits                four passes of 8 lanes
 *     LDSM, STSM              a pass for each 8x8 matrix: lanes 8i to 8i + 7 name its rows of 16 B
 *     ATOMS                   as a load, but lanes that share a word take turns, too
 *
 * Sources: CUDA C++ programming guide (banks, broadcast); passes of wide accesses as NVIDIA staff
 * describe them in its forums; matrix rows from the PTX manual (ldmatrix). Nsight Compute counts
 * the same as l1tex__data_pipe_lsu_wavefronts_mem_shared and, above bank_passes, as bank conflicts.
 * Known error: passes of a wide access that together need one word of each bank are not merged.
 * What LDGSTS and TMA write to shared memory is not counted: traces have its global addresses
 * alone.
 *
 * Warps repeat patterns, so recent results are kept. Not thread safe: one table per model run.
 */
#ifndef WARPSCOPE_MECH_BANK_H
#define WARPSCOPE_MECH_BANK_H

#include "base/arena.h"
#include "base/tick.h"
#include "trace/trace.h"

enum { BANK_MAX = 64 };

struct bank_table;

/* For the accesses of `k`; n_banks is 1 to BANK_MAX. Allocated in `a`. */
struct bank_table *bank_make(struct arena *a, const struct trace_kernel *k, unsigned n_banks);

/*
 * Wavefronts of access record `access` of instruction `in`, executed by the lanes of `mask`; 0
 * without an active lane whose address the trace has.
 */
unsigned bank_wavefronts(struct bank_table *t, uint64_t access, uint32_t mask,
                         const struct sass_inst *in);

/* Passes with an active lane: what the access takes when no bank has a conflict. */
unsigned bank_passes(uint32_t mask, const struct sass_inst *in);

/* Sums over a grid, by static instruction. */
struct bank_code {
    double executions; /* with an active lane whose address the trace has */
    double wavefronts;
    double passes; /* what is above them are conflicts */
};

/*
 * Counts every load, store and atomic of shared memory in `k`; one record per static instruction,
 * in `a`. Accesses through generic addresses are not told apart from global ones and left out.
 * STATUS_CANCELLED through `tick` (units: warps).
 */
enum status bank_count(struct arena *a, const struct trace_kernel *k, unsigned n_banks,
                       const struct tick *tick, struct bank_code **out) MUST_USE;

#endif
