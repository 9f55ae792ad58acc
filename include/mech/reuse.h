/*
 * reuse.h: reuse distances of a stream of block numbers, and the chance that a set-associative
 * cache still holds a block after a given distance.
 *
 * The distance of an access is the number of distinct other blocks since the last access to the
 * same block; a first access has none (cold).
 */
#ifndef WARPSCOPE_MECH_REUSE_H
#define WARPSCOPE_MECH_REUSE_H

#include "base/arena.h"
#include "base/defs.h"

#define REUSE_COLD UINT64_MAX

struct reuse;

/* Grows as needed in `a`; at most 2^31 distinct blocks. */
struct reuse *reuse_make(struct arena *a);

/* The distance of this access. */
uint64_t reuse_access(struct reuse *r, uint64_t block);

/*
 * Chance of a hit at `distance` in a cache of `blocks` blocks and `ways` ways. The stack-distance
 * cache model of PPT-GPU-Mem (ICS'20) as AMALI codes it:
 *
 *     mean = D * A / B      var = mean * (B - A) / B
 *     P    = 1 - Q(|A - 1 - mean| / sqrt(var)),  Q(x) = 0.5 - 0.5 erf(x / 1.41421)
 *
 * with P(cold) = 0 and P(0) = 1. The absolute value keeps P at 0.5 or more where mean exceeds A -
 * 1: a defect of the original that is kept, since this function exists to reproduce it.
 */
double reuse_hit_chance(uint64_t distance, double blocks, double ways);

#endif
