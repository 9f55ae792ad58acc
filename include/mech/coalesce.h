/*
 * coalesce.h: the lanes of one warp memory instruction become sectors, line by line.
 *
 * Warps repeat address patterns, so the blocks relative to the base are kept in a small
 * direct-mapped table and only the base changes. Not thread safe: one table per model run.
 */
#ifndef WARPSCOPE_MECH_COALESCE_H
#define WARPSCOPE_MECH_COALESCE_H

#include "base/arena.h"
#include "trace/trace.h"

/* Blocks of one group: those numbered first + i for the bits i of mask. */
struct coalesce_group {
    uint64_t first;
    uint32_t mask;
};

struct coalescer;

struct coalesce_shape {
    unsigned block_shift; /* blocks of 1 << block_shift bytes, such as sectors */
    unsigned group_shift; /* blocks that share 1 << group_shift bytes go together, such as lines;
                             at most 32 blocks */
    bool whole_width;     /* a lane touches the blocks of its first and of its last byte; otherwise
                             of its first byte only (as AMALI counts lines) */
};

struct coalescer *coalesce_make(struct arena *a, const struct trace_kernel *k,
                                struct coalesce_shape shape);

/*
 * The distinct blocks (address >> block_shift) of an access into out[], groups in the order in
 * which lanes first touch them; returns how many groups. `width_b` is what a lane moves.
 */
enum { COALESCE_MAX_GROUPS = 4 * SASS_WARP_LANES };
unsigned coalesce_global(struct coalescer *c, uint64_t access, uint32_t mask, unsigned width_b,
                         struct coalesce_group out[COALESCE_MAX_GROUPS]);

/*
 * The same for a local access, in sectors (address / 32). A trace gives each thread's own offset,
 * while the hardware interleaves the threads of a warp word by word: the same word of 32 lanes
 * fills 128 bytes. Every warp has its own memory, apart from global addresses; what a finished warp
 * leaves is not used again.
 */
unsigned coalesce_local(const struct coalescer *c, uint64_t access, uint32_t warp, uint32_t mask,
                        unsigned width_b, struct coalesce_group out[COALESCE_MAX_GROUPS]);

#endif
