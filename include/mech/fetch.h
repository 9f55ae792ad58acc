/*
 * fetch.h: when an instruction has come from the instruction caches.
 *
 * Each sub-core has its own L0 with a stream buffer in front of the L1 of the SM; behind that is
 * the L2 of the chip. All hold whole lines of instructions.
 *
 *     in L0                     at once, or when its line comes
 *     in the stream buffer      when its line comes; the buffer goes on behind its last line
 *     elsewhere                 now + l0_miss, and l1_miss more beyond L1; the buffer starts anew
 *                               with the lines that follow, one request a cycle
 *
 * Source: Huerta et al., MICRO'25, section 5.2 and its configuration files (39 cycles from L0 to L1
 * and as many back, 8 lines of stream buffer; without one its error on an RTX A6000 is 46 %, with
 * it 13 %, with perfect caches 16 %). What lies beyond L1 is published by nobody: a description
 * without fetch.l1_instruction_miss gets the latency of a load that L2 answers.
 *
 * Assumed: requests for an instruction do not wait behind prefetches, which share one request a
 * cycle; code is in L2, as after an earlier launch. The three instructions that a warp holds in its
 * buffer are not modelled: a miss is asked for when the instruction before it has issued, up to two
 * instructions too late. Lines are told apart by the byte offset that a trace gives, so two
 * functions of one kernel can overlap.
 *
 * Check: kernels of 18 lines of dependent FFMA on an H100 PCIe (ncu rows of sarchlab/mgpusim) have
 * a fixed cost of 4,310 cycles against 3,816 to 4,082 and 1 a CTA for an empty kernel: 230 to 490
 * for their code. This says 196, and 464 if the code came from DRAM, as it may there: ncu empties
 * the caches.
 */
#ifndef WARPSCOPE_MECH_FETCH_H
#define WARPSCOPE_MECH_FETCH_H

#include "base/arena.h"
#include "gpu/gpu.h"

struct fetch;

/* Whether the description has sizes, ways and line of both caches, the miss and the buffer. */
bool fetch_is_known(const struct gpu *g);

/* Empty caches for one SM, in `a`. NULL where fetch_is_known says no: instructions are there. */
struct fetch *fetch_make(struct arena *a, const struct gpu *g, unsigned n_sub_cores);

/*
 * The first line, at `pc`, is in every L0 at `now_cy`, and the lines behind it are on their way as
 * though it had been asked for in time. The launch latency of a GPU is that of empty kernels, which
 * fetch one line, too: a caller that adds launch latency must not pay for that line again.
 */
void fetch_launch(struct fetch *f, uint64_t pc, double now_cy);

/*
 * When the instruction at `pc`, wanted by a warp of `sub_core` at `now_cy`, can issue: now_cy or
 * later. For one sub-core the times of calls should not decrease. A run along a line that is there
 * costs a few nanoseconds. `f` may be NULL.
 */
double fetch_ready_cy(struct fetch *f, unsigned sub_core, uint64_t pc, double now_cy);

/* All that was asked for has come and stays; times may begin at 0 again. */
void fetch_settle(struct fetch *f);

struct fetch_stats {
    uint64_t l0_misses;   /* lines that were not in the L0 when wanted */
    uint64_t buffer_hits; /* of these, in the stream buffer */
    uint64_t l1_misses;   /* requests and prefetches that went to L2 */
    double last_ready_cy; /* when the last line that a warp wanted has come */
};
/* All 0 for NULL. */
struct fetch_stats fetch_stats(const struct fetch *f);

#endif
