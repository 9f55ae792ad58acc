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

/*
 * Sectors (address / 32) of a local access into out[]; returns how many. A trace gives each
 * thread's own offset, while the hardware interleaves the threads of a warp word by word: the same
 * word of 32 lanes fills 128 bytes. Every warp has its own memory, apart from global addresses;
 * what a finished warp leaves is not used again.
 */
enum { COALESCE_MAX_LOCAL = 4 * SASS_WARP_LANES };
unsigned coalesce_local(const struct trace_kernel *k, uint64_t access, uint32_t warp, uint32_t mask,
                        unsigned width_b, uint64_t out[COALESCE_MAX_LOCAL]);

#endif
