/*
 * coalesce.h: the lanes of one warp memory instruction become sectors or lines.
 *
 * Warps repeat address patterns, so the block numbers relative to the base are kept in a small
 * direct-mapped table and only the base changes. Not thread safe: one table per model run.
 */
#ifndef WARPSCOPE_MECH_COALESCE_H
#define WARPSCOPE_MECH_COALESCE_H

#include "base/arena.h"
#include "trace/trace.h"

enum { COALESCE_MAX_BLOCKS = 2 * SASS_WARP_LANES };

struct coalescer;

/*
 * Blocks of 1 << block_shift bytes. With `whole_width` a lane touches the blocks of its first and
 * of its last byte, otherwise of its first byte only (as AMALI counts lines).
 */
struct coalescer *coalesce_make(struct arena *a, const struct trace_kernel *k, unsigned block_shift,
                                bool whole_width);

/*
 * Distinct blocks (address >> block_shift) of an access, in lane order, into out[]; returns how
 * many. `width_b` is what a lane moves.
 */
unsigned coalesce_blocks(struct coalescer *c, uint64_t access, uint32_t mask, unsigned width_b,
                         uint64_t out[COALESCE_MAX_BLOCKS]);

#endif
