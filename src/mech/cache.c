/*
 * cache.c: two stores of lines, one for few and one for many ways.
 *
 * Few ways (L2): the lines of a set lie side by side in order of use, the newest first. A search is
 * a scan of a few neighbouring words, and the last line is the victim.
 *
 * Many ways (GPU L1 caches have few sets of hundreds): chained hash buckets find the line. The
 * order of use is a log for each set to which every use appends, so that a use costs one write and
 * no neighbours in a list have to be visited. An entry of the log counts as long as its line has
 * not been used again since; the victim is the line of the oldest entry that counts. A full log is
 * packed: it is twice as long as the set has ways, so half of it no longer counted. Lines are taken
 * in order of first use, so that a small kernel touches little memory.
 */
#include "mech/cache.h"

#include <string.h>

#include "base/str.h"

enum { FEW_WAYS = 32, HOST_LINE_B = 64 };

/* Lines are numbered from 1 and tags are the line's number + 1, so that fresh (zeroed) memory is an
 * empty cache and stays untouched. */
#define NONE 0u

struct line {
    uint64_t tag;
    uint16_t valid, dirty; /* bit per sector */
};

struct chained {
    struct line line;
    uint32_t bucket_next;
    uint32_t used_at; /* position of its latest entry in the log */
};

/* Positions count up without end; the log is a ring. */
struct log {
    uint32_t begin, end;
    uint32_t n_lines; /* in the set */
};

struct cache {
    unsigned line_shift; /* sectors of a line: 1 << line_shift */
    unsigned ways;
    uint64_t n_sets, inverse; /* 2^64 / n_sets */
    bool is_write_back;
    struct line *sets; /* few ways; NULL with many */
    struct chained *lines;
    uint32_t n_lines; /* in use */
    uint32_t *buckets;
    uint64_t bucket_mask;
    struct log *logs;
    uint32_t *entries; /* of the logs of all sets, log_mask + 1 each: lines */
    uint32_t log_mask;
    uint64_t n_dirty;
    struct cache_stats stats;
};

static uint64_t power_of_two_from(uint64_t n)
{
    uint64_t p = 16;
    while (p < n)
        p *= 2;
    return p;
}

static void make_chained(struct cache *c, struct arena *a)
{
    uint64_t n_lines = c->n_sets * c->ways, log = power_of_two_from(2 * (uint64_t)c->ways);
    c->lines = ARENA_ARRAY(a, struct chained, n_lines + 1);
    c->bucket_mask = power_of_two_from(2 * n_lines) - 1;
    c->buckets = ARENA_ARRAY(a, uint32_t, c->bucket_mask + 1);
    c->logs = ARENA_ARRAY(a, struct log, c->n_sets);
    c->entries = ARENA_ARRAY(a, uint32_t, c->n_sets * log);
    c->log_mask = (uint32_t)(log - 1);
}

struct cache *cache_make(struct arena *a, const struct cache_shape *shape)
{
    struct cache *c = ARENA_NEW(a, struct cache);
    uint64_t n_lines = (uint64_t)(shape->size_b / shape->line_b);
    while (shape->sector_b << c->line_shift < shape->line_b)
        c->line_shift++;
    ASSERT(shape->sector_b << c->line_shift == shape->line_b);
    ASSERT(1u << c->line_shift <= CACHE_MAX_SECTORS);
    c->is_write_back = shape->is_write_back;
    uint64_t ways = shape->ways == 0 ? n_lines : MIN((uint64_t)shape->ways, n_lines);
    c->ways = (unsigned)ways;
    if (ways == 0)
        return c;
    c->n_sets = n_lines / ways;
    c->inverse = UINT64_MAX / c->n_sets;
    if (ways > FEW_WAYS)
        make_chained(c, a);
    else
        c->sets = arena_alloc(a, c->n_sets * ways, sizeof *c->sets, HOST_LINE_B);
    return c;
}

/* Where in its line a sector lies. */
static unsigned sector_of(const struct cache *c, uint64_t sector)
{
    return (unsigned)sector & ((1u << c->line_shift) - 1);
}

struct cache_place cache_place_of(const struct cache *c, uint64_t first)
{
    if (c->ways == 0)
        return (struct cache_place){0};
    uint64_t number = first >> c->line_shift;
    uint64_t block = (uint64_t)((unsigned __int128)number * c->inverse >> 64); /* or one less */
    uint64_t set = number - block * c->n_sets;
    if (set >= c->n_sets) {
        set -= c->n_sets;
        block++;
    }
    set += (hash_u64(block) >> 32) * c->n_sets >> 32;
    return (struct cache_place){set < c->n_sets ? set : set - c->n_sets, block};
}

static void forget(struct cache *c, const struct line *l)
{
    c->stats.evicted++;
    if (l->dirty == 0)
        return;
    unsigned dirty = count_bits(l->dirty);
    c->stats.written_back += dirty;
    c->n_dirty -= dirty;
}

/* ---- few ways ---- */

static struct line *scan(const struct cache *c, struct line *set, uint64_t tag)
{
    struct line *l = set, *end = set + c->ways;
    while (l < end && l->tag != tag && l->tag != 0)
        l++;
    return l;
}

static struct line *use_scanned(struct cache *c, struct line *set, uint64_t tag)
{
    struct line *l = scan(c, set, tag);
    struct line found = {.tag = tag};
    if (l == set + c->ways)
        forget(c, --l);
    else if (l->tag == tag)
        found = *l;
    memmove(set + 1, set, (size_t)(l - set) * sizeof *set);
    *set = found;
    return set;
}

/* ---- many ways ---- */

static uint32_t *bucket_of(const struct cache *c, uint64_t tag)
{
    return &c->buckets[hash_u64(tag - 1) & c->bucket_mask];
}

static uint32_t find(const struct cache *c, uint64_t tag)
{
    uint32_t i = *bucket_of(c, tag);
    while (i != NONE && c->lines[i].line.tag != tag)
        i = c->lines[i].bucket_next;
    return i;
}

static void leave_bucket(struct cache *c, uint32_t i)
{
    uint32_t *at = bucket_of(c, c->lines[i].line.tag);
    while (*at != i)
        at = &c->lines[*at].bucket_next;
    *at = c->lines[i].bucket_next;
}

static uint32_t evict_oldest(struct cache *c, struct log *g, const uint32_t *entries)
{
    uint32_t i;
    do
        i = entries[g->begin & c->log_mask];
    while (c->lines[i].used_at != g->begin++);
    forget(c, &c->lines[i].line);
    leave_bucket(c, i);
    return i;
}

static void pack_log(struct cache *c, struct log *g, uint32_t *entries)
{
    uint32_t to = g->begin;
    for (uint32_t at = g->begin; at != g->end; at++) {
        uint32_t i = entries[at & c->log_mask];
        if (c->lines[i].used_at != at)
            continue;
        entries[to & c->log_mask] = i;
        c->lines[i].used_at = to++;
    }
    g->end = to;
}

static uint32_t allocate(struct cache *c, struct log *g, const uint32_t *entries, uint64_t tag)
{
    bool is_full = g->n_lines == c->ways;
    uint32_t i = is_full ? evict_oldest(c, g, entries) : ++c->n_lines;
    uint32_t *bucket = bucket_of(c, tag);
    g->n_lines += !is_full;
    c->lines[i] = (struct chained){.line = {.tag = tag}, .bucket_next = *bucket};
    *bucket = i;
    return i;
}

static struct line *use_chained(struct cache *c, uint64_t set, uint64_t tag)
{
    struct log *g = &c->logs[set];
    uint32_t *entries = &c->entries[set * ((uint64_t)c->log_mask + 1)];
    uint32_t i = find(c, tag);
    if (i != NONE && c->lines[i].used_at == g->end - 1)
        return &c->lines[i].line;
    if (g->end - g->begin == c->log_mask + 1)
        pack_log(c, g, entries);
    if (i == NONE)
        i = allocate(c, g, entries, tag);
    c->lines[i].used_at = g->end;
    entries[g->end++ & c->log_mask] = i;
    return &c->lines[i].line;
}

/* ---- both ---- */

/* The line of sector `first`, now the newest of its set; allocated when absent. */
static struct line *use_line(struct cache *c, uint64_t set, uint64_t first)
{
    uint64_t number = first >> c->line_shift;
    return c->sets != NULL ? use_scanned(c, &c->sets[set * c->ways], number + 1)
                           : use_chained(c, set, number + 1);
}

uint32_t cache_read_at(struct cache *c, uint64_t set, uint64_t first, uint32_t mask)
{
    if (c->ways == 0)
        return 0;
    unsigned shift = sector_of(c, first);
    struct line *l = use_line(c, set, first);
    uint32_t hits = (uint32_t)l->valid >> shift & mask;
    l->valid |= (uint16_t)(mask << shift);
    return hits;
}

uint32_t cache_write_at(struct cache *c, uint64_t set, uint64_t first, uint32_t mask)
{
    if (c->ways == 0)
        return 0;
    unsigned shift = sector_of(c, first);
    struct line *l = use_line(c, set, first);
    uint32_t hits = (uint32_t)l->valid >> shift & mask;
    l->valid |= (uint16_t)(mask << shift);
    if (c->is_write_back) {
        c->n_dirty += count_bits(mask & ~((uint32_t)l->dirty >> shift));
        l->dirty |= (uint16_t)(mask << shift);
    }
    return hits;
}

/* NULL when absent. */
static struct line *find_line(const struct cache *c, uint64_t set, uint64_t first)
{
    uint64_t number = first >> c->line_shift;
    if (c->sets == NULL) {
        uint32_t i = find(c, number + 1);
        return i != NONE ? &c->lines[i].line : NULL;
    }
    struct line *lines = &c->sets[set * c->ways], *l = scan(c, lines, number + 1);
    return l < lines + c->ways && l->tag != 0 ? l : NULL;
}

void cache_drop_at(struct cache *c, uint64_t set, uint64_t first, uint32_t mask)
{
    if (c->ways == 0)
        return;
    struct line *l = find_line(c, set, first);
    if (l == NULL)
        return;
    uint32_t bits = mask << sector_of(c, first);
    c->n_dirty -= count_bits(l->dirty & bits);
    l->valid &= (uint16_t)~bits;
    l->dirty &= (uint16_t)~bits;
}

void cache_expect_at(const struct cache *c, uint64_t set, uint64_t first)
{
    if (c->sets == NULL) {
        if (c->ways > 0)
            __builtin_prefetch(bucket_of(c, (first >> c->line_shift) + 1), 1);
        return;
    }
    const char *lines = (const char *)&c->sets[set * c->ways];
    for (size_t b = 0; b < c->ways * sizeof(struct line); b += HOST_LINE_B)
        __builtin_prefetch(lines + b, 1);
}

void cache_expect_again(const struct cache *c, uint64_t first)
{
    if (c->sets == NULL && c->ways > 0)
        __builtin_prefetch(&c->lines[*bucket_of(c, (first >> c->line_shift) + 1)], 1);
}

void cache_expect_victims(const struct cache *c, uint64_t n, bool again)
{
    if (c->sets != NULL || c->ways == 0)
        return;
    uint32_t of_set = (uint32_t)MIN(n / c->n_sets + 1, (uint64_t)c->ways);
    for (uint64_t set = 0; set < c->n_sets; set++) {
        const struct log *g = &c->logs[set];
        const uint32_t *entries = &c->entries[set * ((uint64_t)c->log_mask + 1)];
        for (uint32_t i = 0; g->n_lines == c->ways && i < of_set; i++) {
            const struct chained *l = &c->lines[entries[(g->begin + i) & c->log_mask]];
            __builtin_prefetch(again ? (const void *)bucket_of(c, l->line.tag) : l, 1);
        }
    }
}

const struct cache_stats *cache_stats(const struct cache *c)
{
    return &c->stats;
}

uint64_t cache_dirty(const struct cache *c)
{
    return c->n_dirty;
}
