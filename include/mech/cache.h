/*
 * cache.h: a sectored, set-associative cache with least-recently-used replacement, by function.
 *
 * Addresses are sector numbers (byte address / 32). A line is allocated on any miss; a miss brings
 * one sector. Writes make the sector valid without fetching it (GPU stores cover whole sectors when
 * they coalesce) and dirty when the cache writes back. No timing here: that is for the model.
 */
#ifndef WARPSCOPE_MECH_CACHE_H
#define WARPSCOPE_MECH_CACHE_H

#include "base/arena.h"
#include "base/defs.h"

struct cache;

struct cache_shape {
    double size_b;
    unsigned line_b, sector_b;
    unsigned ways;         /* 0 = fully associative */
    uint64_t max_accesses; /* how many will come at most: sizes the index; 0 = not known */
    bool is_write_back;    /* false: writes go through, lines are never dirty */
};

/* Allocated in `a`. A size below one line gives a cache that never hits. */
struct cache *cache_make(struct arena *a, const struct cache_shape *shape);

struct cache_stats {
    uint64_t reads, read_hits, writes, write_hits;
    uint64_t written_back; /* dirty sectors that were evicted */
};

/* True on a hit. */
bool cache_read(struct cache *c, uint64_t sector);
bool cache_write(struct cache *c, uint64_t sector);

/* Drops a sector without writing it back (an atomic made it stale). */
void cache_drop(struct cache *c, uint64_t sector);

const struct cache_stats *cache_stats(const struct cache *c);
/* Dirty sectors still inside: they are written back after the kernel. */
uint64_t cache_dirty(const struct cache *c);

#endif
