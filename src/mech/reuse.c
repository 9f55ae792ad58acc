/*
 * reuse.c: reuse distances with a Fenwick tree over access times.
 *
 * Every block has a mark at the time of its last access; the distance is the number of marks behind
 * the block's own. Both the prefix sum and the update take log2(n) steps.
 */
#include "mech/reuse.h"

#include <math.h>

#include "base/str.h"

struct entry {
    uint64_t block;
    uint64_t time; /* 1-based time of the last access, 0 = empty */
};

struct reuse {
    uint64_t now, max;
    uint64_t n_blocks; /* distinct so far = marks in the tree */
    uint32_t *tree;    /* Fenwick, 1-based */
    struct entry *table;
    uint64_t mask;
};

struct reuse *reuse_make(struct arena *a, uint64_t max_accesses)
{
    struct reuse *r = ARENA_NEW(a, struct reuse);
    uint64_t slots = 16;
    while (slots < 2 * max_accesses)
        slots *= 2;
    r->max = max_accesses;
    r->mask = slots - 1;
    r->tree = ARENA_ARRAY(a, uint32_t, max_accesses + 1);
    r->table = ARENA_ARRAY(a, struct entry, slots);
    return r;
}

static struct entry *find_entry(struct reuse *r, uint64_t block)
{
    uint64_t i = hash_u64(block) & r->mask;
    while (r->table[i].time != 0 && r->table[i].block != block)
        i = (i + 1) & r->mask;
    return &r->table[i];
}

static void tree_add(struct reuse *r, uint64_t time, int delta)
{
    for (; time <= r->max; time += time & -time)
        r->tree[time] += (uint32_t)delta;
}

static uint64_t tree_prefix(const struct reuse *r, uint64_t time)
{
    uint64_t sum = 0;
    for (; time > 0; time -= time & -time)
        sum += r->tree[time];
    return sum;
}

uint64_t reuse_access(struct reuse *r, uint64_t block)
{
    ASSERT(r->now < r->max);
    r->now++;
    struct entry *e = find_entry(r, block);
    uint64_t distance = REUSE_COLD;
    if (e->time != 0) {
        distance = r->n_blocks - tree_prefix(r, e->time);
        tree_add(r, e->time, -1);
    } else {
        e->block = block;
        r->n_blocks++;
    }
    e->time = r->now;
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
