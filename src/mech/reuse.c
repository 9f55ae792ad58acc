/*
 * reuse.c: reuse distances with a Fenwick tree over access times.
 *
 * Every block has a mark at the time of its last access; the distance is the number of marks behind
 * the block's own. Both the prefix sum and the update take log2(n) steps.
 *
 * Times are handed out until the tree is full; then the marks are moved together, in order, which
 * keeps every distance. So memory follows the number of distinct blocks, not that of accesses.
 */
#include "mech/reuse.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

enum { FIRST_TIMES = 1024 };

struct entry {
    uint64_t block;
    uint32_t time; /* of the last access, from 1; 0 = empty */
};

struct reuse {
    struct arena *arena;
    uint32_t now, n_times; /* times used, times there are */
    uint32_t n_blocks;     /* distinct so far = marks in the tree */
    uint32_t *tree;        /* Fenwick, from 1 */
    uint32_t *slot;        /* by time: the entry that had its last access then, if it still is so */
    struct entry *table;   /* open addressing, at most half full */
    uint64_t mask;
};

static void make_times(struct reuse *r, uint32_t n)
{
    r->n_times = n;
    r->tree = ARENA_ARRAY(r->arena, uint32_t, (size_t)n + 1);
    r->slot = ARENA_ARRAY(r->arena, uint32_t, (size_t)n + 1);
}

struct reuse *reuse_make(struct arena *a)
{
    struct reuse *r = ARENA_NEW(a, struct reuse);
    r->arena = a;
    r->mask = FIRST_TIMES - 1;
    r->table = ARENA_ARRAY(a, struct entry, FIRST_TIMES);
    make_times(r, FIRST_TIMES);
    return r;
}

static uint64_t find_slot(const struct reuse *r, uint64_t block)
{
    uint64_t i = hash_u64(block) & r->mask;
    while (r->table[i].time != 0 && r->table[i].block != block)
        i = (i + 1) & r->mask;
    return i;
}

static void tree_add(struct reuse *r, uint32_t time, uint32_t delta)
{
    for (; time <= r->n_times; time += time & -time)
        r->tree[time] += delta;
}

static uint32_t tree_prefix(const struct reuse *r, uint32_t time)
{
    uint32_t sum = 0;
    for (; time > 0; time -= time & -time)
        sum += r->tree[time];
    return sum;
}

/* Twice the table; entries keep their times, so the slots are noted anew. */
static void grow_table(struct reuse *r)
{
    const struct entry *old = r->table;
    uint64_t n = r->mask + 1;
    r->mask = 2 * n - 1;
    r->table = ARENA_ARRAY(r->arena, struct entry, 2 * n);
    for (uint64_t i = 0; i < n; i++)
        if (old[i].time != 0) {
            uint64_t slot = find_slot(r, old[i].block);
            r->table[slot] = old[i];
            r->slot[old[i].time] = (uint32_t)slot;
        }
}

/* Moves the marks together, in place: a mark never gets a later time. Doubles the times first when
 * the marks alone take half of them. */
static void compact_times(struct reuse *r)
{
    const uint32_t *old = r->slot;
    uint32_t last = r->now;
    if (2 * (uint64_t)r->n_blocks > r->n_times)
        make_times(r, 2 * r->n_times);
    else
        memset(r->tree, 0, ((size_t)r->n_times + 1) * sizeof *r->tree);
    r->now = 0;
    for (uint32_t t = 1; t <= last; t++) {
        uint32_t slot = old[t];
        if (r->table[slot].time != t)
            continue; /* accessed again since */
        r->table[slot].time = ++r->now;
        r->slot[r->now] = slot;
        tree_add(r, r->now, 1);
    }
}

uint64_t reuse_access(struct reuse *r, uint64_t block)
{
    if (r->now == r->n_times)
        compact_times(r);
    if (2 * (uint64_t)(r->n_blocks + 1) > r->mask)
        grow_table(r);
    uint64_t slot = find_slot(r, block);
    struct entry *e = &r->table[slot];
    uint64_t distance = REUSE_COLD;
    if (e->time != 0) {
        distance = r->n_blocks - tree_prefix(r, e->time);
        tree_add(r, e->time, UINT32_MAX); /* minus one */
    } else {
        e->block = block;
        r->n_blocks++;
    }
    e->time = ++r->now;
    r->slot[r->now] = (uint32_t)slot;
    tree_add(r, r->now, 1);
    return distance;
}

static double upper_tail(double x)
{
    return 0.5 - 0.5 * erf(x / 1.41421);
}

double reuse_hit_chance(uint64_t distance, double blocks, double ways)
{
    if (distance == REUSE_COLD)
        return 0;
    if (distance == 0)
        return 1;
    double mean = (double)distance * ways / blocks;
    double variance = mean * (blocks - ways) / blocks;
    if (!(variance > 0)) /* fully associative: the distance alone decides */
        return (double)distance < blocks ? 1 : 0;
    return 1 - upper_tail(fabs(ways - 1 - mean) / sqrt(variance));
}
