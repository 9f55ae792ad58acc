/*
 * cache.h: a sectored, set-associative cache with least-recently-used replacement, by function.
 *
 * Addresses are sector numbers (byte address / 32). One call answers for several sectors of one
 * line, which is how a warp asks: `first` is the number of some sector and bit i of a mask stands
 * for sector first + i. A line is allocated on any miss; a miss brings one sector. Writes make the
 * sector valid without fetching it (GPU stores cover whole sectors when they coalesce) and dirty
 * when the cache writes back. No timing here: that is for the model.
 */
#ifndef WARPSCOPE_MECH_CACHE_H
#define WARPSCOPE_MECH_CACHE_H

#include "base/arena.h"
#include "base/defs.h"

struct cache;

enum { CACHE_MAX_SECTORS = 16 }; /* of a line */

struct cache_shape {
    double size_b;
    unsigned line_b, sector_b;
    unsigned ways;      /* 0 = fully associative */
    bool is_write_back; /* false: writes go through, lines are never dirty */
};

/*
 * Where a line goes: blocks of as many lines as there are sets, each rotated by a hash of the
 * block. A run of memory fills all sets alike, as the hashes of GPU caches are built to do, and no
 * stride falls on a few sets only.
 */
struct cache_place {
    uint64_t set, block;
};

/* Allocated in `a`. A size below one line gives a cache that never hits. */
struct cache *cache_make(struct arena *a, const struct cache_shape *shape);

struct cache_stats {
    uint64_t written_back; /* dirty sectors that were evicted */
    uint64_t evicted;      /* lines */
};

/* Block 0, set 0 in a cache without room. */
struct cache_place cache_place_of(const struct cache *c, uint64_t first);

/* The bits of `mask` that hit. All sectors must lie in one line; `set` is where it goes. */
uint32_t cache_read_at(struct cache *c, uint64_t set, uint64_t first, uint32_t mask);
uint32_t cache_write_at(struct cache *c, uint64_t set, uint64_t first, uint32_t mask);
/* Drops sectors without writing them back (a write elsewhere made them stale). */
void cache_drop_at(struct cache *c, uint64_t set, uint64_t first, uint32_t mask);
/* Tells the machine that this line will be asked for soon; changes nothing. */
void cache_expect_at(const struct cache *c, uint64_t set, uint64_t first);
/* The same a while later, with what the first call fetched. */
void cache_expect_again(const struct cache *c, uint64_t first);
/* The same for what about `n` misses will evict, and again a while later. */
void cache_expect_victims(const struct cache *c, uint64_t n, bool again);

static inline uint32_t cache_read(struct cache *c, uint64_t first, uint32_t mask)
{
    return cache_read_at(c, cache_place_of(c, first).set, first, mask);
}

static inline uint32_t cache_write(struct cache *c, uint64_t first, uint32_t mask)
{
    return cache_write_at(c, cache_place_of(c, first).set, first, mask);
}

static inline void cache_drop(struct cache *c, uint64_t first, uint32_t mask)
{
    cache_drop_at(c, cache_place_of(c, first).set, first, mask);
}

const struct cache_stats *cache_stats(const struct cache *c);
/* Dirty sectors still inside: they are written back after the kernel. */
uint64_t cache_dirty(const struct cache *c);

#endif
