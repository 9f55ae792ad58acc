/*
 * cache.c: lines in chained hash buckets, one recency list per set.
 *
 * GPU L1 caches have few sets of very many ways, so a search through a set would dominate; a hash
 * finds the line in constant time whatever the associativity, and the recency list of the set gives
 * the victim. Lines are taken from one array in order of first use, whatever their set, so that a
 * kernel that touches little of a large L2 touches little memory here.
 */
#include "mech/cache.h"

#include "base/str.h"

/* Lines are numbered from 1, so that fresh (zeroed) memory is an empty cache and stays untouched.
 */
#define NIL 0u

struct line {
    uint64_t number;
    uint32_t bucket_next;
    uint32_t newer, older; /* recency list of the set */
    uint32_t valid, dirty; /* bit per sector */
};

struct set {
    uint32_t newest, oldest;
    uint32_t n;
};

struct cache {
    unsigned sectors_per_line, ways;
    uint64_t n_sets;
    bool is_write_back;
    struct set *sets;
    struct line *lines;
    uint32_t n_lines; /* in use */
    uint32_t *buckets;
    uint64_t bucket_mask;
    uint64_t n_dirty;
    /* The sectors of a warp come line by line, so most find their line where the last one did. */
    uint64_t last_number;
    uint32_t last_line;
    struct cache_stats stats;
};

struct cache *cache_make(struct arena *a, const struct cache_shape *shape)
{
    struct cache *c = ARENA_NEW(a, struct cache);
    uint64_t n_lines = (uint64_t)(shape->size_b / shape->line_b);
    c->sectors_per_line = shape->line_b / shape->sector_b;
    ASSERT(c->sectors_per_line >= 1 && c->sectors_per_line <= 32);
    c->is_write_back = shape->is_write_back;
    uint64_t ways = shape->ways == 0 ? n_lines : MIN((uint64_t)shape->ways, n_lines);
    c->ways = (unsigned)ways;
    if (ways == 0)
        return c;
    c->n_sets = n_lines / ways;
    c->sets = ARENA_ARRAY(a, struct set, c->n_sets);
    c->lines = ARENA_ARRAY(a, struct line, c->n_sets * ways + 1);
    uint64_t buckets = 16;
    uint64_t most = shape->max_accesses > 0 ? MIN(n_lines, shape->max_accesses) : n_lines;
    while (buckets < most)
        buckets *= 2;
    c->bucket_mask = buckets - 1;
    c->buckets = ARENA_ARRAY(a, uint32_t, buckets);
    return c;
}

static uint32_t find_line(const struct cache *c, uint64_t number, uint64_t hash)
{
    uint32_t i = c->buckets[hash & c->bucket_mask];
    while (i != NIL && c->lines[i].number != number)
        i = c->lines[i].bucket_next;
    return i;
}

static void list_remove(struct cache *c, struct set *s, uint32_t i)
{
    struct line *l = &c->lines[i];
    if (l->newer != NIL)
        c->lines[l->newer].older = l->older;
    else
        s->newest = l->older;
    if (l->older != NIL)
        c->lines[l->older].newer = l->newer;
    else
        s->oldest = l->newer;
}

static void list_push(struct cache *c, struct set *s, uint32_t i)
{
    struct line *l = &c->lines[i];
    l->newer = NIL;
    l->older = s->newest;
    if (s->newest != NIL)
        c->lines[s->newest].newer = i;
    else
        s->oldest = i;
    s->newest = i;
}

static void bucket_remove(struct cache *c, uint32_t i)
{
    uint32_t *at = &c->buckets[hash_u64(c->lines[i].number) & c->bucket_mask];
    while (*at != i)
        at = &c->lines[*at].bucket_next;
    *at = c->lines[i].bucket_next;
}

static uint32_t evict_oldest(struct cache *c, struct set *s)
{
    uint32_t i = s->oldest;
    unsigned dirty = (unsigned)__builtin_popcount(c->lines[i].dirty);
    c->stats.written_back += dirty;
    c->n_dirty -= dirty;
    list_remove(c, s, i);
    bucket_remove(c, i);
    return i;
}

static uint32_t allocate_line(struct cache *c, uint64_t number, uint64_t hash, uint64_t set_index)
{
    struct set *s = &c->sets[set_index];
    uint32_t i = s->n < c->ways ? ++c->n_lines : evict_oldest(c, s);
    s->n += s->n < c->ways;
    uint32_t *bucket = &c->buckets[hash & c->bucket_mask];
    c->lines[i] = (struct line){.number = number, .bucket_next = *bucket};
    *bucket = i;
    list_push(c, s, i);
    return i;
}

/* The line of `sector`, now the newest of its set; allocated when absent. */
static struct line *touch_line(struct cache *c, uint64_t sector)
{
    uint64_t number = sector / c->sectors_per_line;
    if (c->last_line != NIL && c->last_number == number)
        return &c->lines[c->last_line];
    uint64_t hash = hash_u64(number);
    /* Other bits of the hash than the bucket's spread lines over sets, as hardware does. */
    uint64_t set_index = ((hash >> 32) * c->n_sets) >> 32;
    uint32_t i = find_line(c, number, hash);
    struct set *s = &c->sets[set_index];
    if (i == NIL) {
        i = allocate_line(c, number, hash, set_index);
    } else if (s->newest != i) {
        list_remove(c, s, i);
        list_push(c, s, i);
    }
    c->last_number = number;
    c->last_line = i;
    return &c->lines[i];
}

bool cache_read(struct cache *c, uint64_t sector)
{
    c->stats.reads++;
    if (c->ways == 0)
        return false;
    struct line *l = touch_line(c, sector);
    uint32_t bit = 1u << (sector % c->sectors_per_line);
    bool is_hit = (l->valid & bit) != 0;
    l->valid |= bit;
    c->stats.read_hits += is_hit;
    return is_hit;
}

bool cache_write(struct cache *c, uint64_t sector)
{
    c->stats.writes++;
    if (c->ways == 0)
        return false;
    struct line *l = touch_line(c, sector);
    uint32_t bit = 1u << (sector % c->sectors_per_line);
    bool is_hit = (l->valid & bit) != 0;
    l->valid |= bit;
    if (c->is_write_back && !(l->dirty & bit)) {
        l->dirty |= bit;
        c->n_dirty++;
    }
    c->stats.write_hits += is_hit;
    return is_hit;
}

void cache_drop(struct cache *c, uint64_t sector)
{
    if (c->ways == 0)
        return;
    uint64_t number = sector / c->sectors_per_line;
    uint32_t i = find_line(c, number, hash_u64(number));
    if (i == NIL)
        return;
    uint32_t bit = 1u << (sector % c->sectors_per_line);
    c->n_dirty -= (c->lines[i].dirty & bit) != 0;
    c->lines[i].valid &= ~bit;
    c->lines[i].dirty &= ~bit;
}

const struct cache_stats *cache_stats(const struct cache *c)
{
    return &c->stats;
}

uint64_t cache_dirty(const struct cache *c)
{
    return c->n_dirty;
}
