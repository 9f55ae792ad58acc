/*
 * Functional cache and reuse distances, checked against slow and obvious versions.
 */
#include "mech/cache.h"
#include "mech/reuse.h"
#include "t.h"

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Distinct blocks since the last access to stream[at], by looking back. */
static uint64_t slow_distance(const uint64_t *stream, size_t at)
{
    size_t back = at;
    while (back > 0 && stream[back - 1] != stream[at])
        back--;
    if (back == 0)
        return REUSE_COLD;
    uint64_t n = 0;
    for (size_t i = back; i < at; i++) {
        bool seen = false;
        for (size_t j = back; j < i; j++)
            seen = seen || stream[j] == stream[i];
        n += !seen;
    }
    return n;
}

TEST(reuse_distance_equals_looking_back)
{
    enum { N = 5000 };
    uint64_t stream[N], seed = 7;
    for (size_t i = 0; i < N; i++)
        stream[i] = next_random(&seed) % 60 * 977;
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct reuse *r = reuse_make(&a);
    for (size_t i = 0; i < N; i++)
        CHECK_EQ_INT(reuse_access(r, stream[i]), slow_distance(stream, i));
    arena_done(&a);
}

TEST(reuse_hit_chance_at_its_ends)
{
    CHECK_NEAR(reuse_hit_chance(REUSE_COLD, 1024, 4), 0, 0);
    CHECK_NEAR(reuse_hit_chance(0, 1024, 4), 1, 0);
    CHECK(reuse_hit_chance(3, 1024, 64) > 0.999);
    CHECK(reuse_hit_chance(400, 1024, 256) > 0.999);
    /* fully associative: the distance alone decides */
    CHECK_NEAR(reuse_hit_chance(99, 100, 100), 1, 0);
    CHECK_NEAR(reuse_hit_chance(100, 100, 100), 0, 0);
}

/* One sector at a time. */
static bool reads(struct cache *c, uint64_t sector)
{
    return cache_read(c, sector, 1) != 0;
}

static bool writes(struct cache *c, uint64_t sector)
{
    return cache_write(c, sector, 1) != 0;
}

static struct cache *make_cache(struct arena *a, double size_b, unsigned ways)
{
    struct cache_shape shape = {
        .size_b = size_b, .line_b = 128, .sector_b = 32, .ways = ways, .is_write_back = true};
    return cache_make(a, &shape);
}

TEST(cache_brings_sectors_not_lines)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct cache *c = make_cache(&a, 4096, 0);
    CHECK(!reads(c, 8));
    CHECK(reads(c, 8));
    CHECK(!reads(c, 9)); /* the same line, another sector */
    CHECK(!writes(c, 10));
    CHECK(reads(c, 10)); /* written whole: valid without a fetch */
    arena_done(&a);
}

TEST(cache_evicts_the_least_recently_used_line)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct cache *c = make_cache(&a, 4 * 128, 0); /* four lines */
    for (uint64_t line = 0; line < 4; line++)
        CHECK(!reads(c, line * 4));
    CHECK(reads(c, 0)); /* line 1 is now the oldest */
    CHECK(!reads(c, 16));
    CHECK(reads(c, 0));
    CHECK(!reads(c, 4));
    arena_done(&a);
}

TEST(cache_counts_dirty_sectors_written_back)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct cache *c = make_cache(&a, 2 * 128, 0);
    writes(c, 0);
    writes(c, 1);
    writes(c, 1);
    CHECK_EQ_INT(cache_dirty(c), 2);
    reads(c, 4);
    reads(c, 8); /* line 0 goes */
    CHECK_EQ_INT(cache_stats(c)->written_back, 2);
    CHECK_EQ_INT(cache_dirty(c), 0);
    writes(c, 4);
    cache_drop(c, 4, 1);
    CHECK_EQ_INT(cache_dirty(c), 0);
    CHECK(!reads(c, 4));
    arena_done(&a);
}

TEST(cache_without_room_never_hits)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct cache *c = make_cache(&a, 0, 4);
    CHECK(!writes(c, 5));
    CHECK(!reads(c, 5));
    CHECK(!reads(c, 5));
    CHECK_EQ_INT(cache_stats(c)->evicted, 0);
    arena_done(&a);
}

/* LRU inclusion: with full associativity a larger cache holds all that a smaller one holds. */
TEST(cache_larger_never_misses_more)
{
    for (uint64_t round = 0; round < 50; round++) {
        struct arena a;
        arena_init(&a, ARENA_SMALL);
        struct cache *small = make_cache(&a, 8 * 128, 0), *large = make_cache(&a, 24 * 128, 0);
        uint64_t seed = round;
        for (int i = 0; i < 2000; i++) {
            uint64_t sector = next_random(&seed) % 160;
            bool in_small = reads(small, sector), in_large = reads(large, sector);
            CHECK(!in_small || in_large);
        }
        arena_done(&a);
    }
}
