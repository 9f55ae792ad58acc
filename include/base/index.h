/*
 * index.h: an open-addressing hash table of 32-bit ids whose keys the caller holds.
 *
 * Interning asks with index_find and an equality test, then index_put on a miss. Each slot keeps
 * a fold of the hash: it gives the place and spares most tests.
 */
#ifndef WARPSCOPE_BASE_INDEX_H
#define WARPSCOPE_BASE_INDEX_H

#include "base/defs.h"

#define INDEX_NONE UINT32_MAX

struct index_slot {
    uint32_t id; /* + 1; 0 = free */
    uint32_t tag;
};

struct index {
    struct index_slot *slots;
    uint32_t n, mask; /* entries; slots - 1 */
};

typedef bool index_equal(const void *ctx, uint32_t id);

void index_init(struct index *ix);
void index_done(struct index *ix);

/* The id put under `hash` that `equal` accepts, or INDEX_NONE. */
uint32_t index_find(const struct index *ix, uint64_t hash, index_equal *equal, const void *ctx);
void index_put(struct index *ix, uint64_t hash, uint32_t id);

#endif
