/*
 * l2.c: L2 partitions, by function.
 *
 *     read    near partition -> home partition, if that is another -> DRAM; fills all on the way
 *     write   home partition, dirty there; copies elsewhere are dropped
 *     atomic  home partition; copies elsewhere are dropped
 *
 * Symbols: P partitions of size L2 / P; home = (set + block) mod P (see cache_place), so that the
 * lines of a set are homed by turns; SM s is near partition (s / 2) mod P, since the two SMs of a
 * TPC share their way into the network.
 *
 * Source: no vendor document describes the policy. It is the simplest that explains pointer chases
 * of one SM on an A100 (RRZE-HPC/gpu-benches @1038c5d; HPMLL/NVIDIA-Hopper-Benchmark @ded6f57): 205
 * cycles up to 16 MB, 270 at 20, 406 at 24, 460 at 40, 550 from DRAM. Near latency to half the
 * capacity means that far data are kept near, too; a plateau between the far latency and DRAM
 * beyond means that lines homed near fall out to make room for such copies.
 *
 * Known error: the measured rise is softer. The model stays at 205 cycles to 20 MB and has 480 from
 * there to 40 MB, 18 % above the measured 406 at 24 MB and 4 % above 460 at 40. Which address bits
 * choose the home, which SMs sit at which side, and what a write does to copies is assumed. The
 * bandwidth of the link between partitions is not modelled: none is published.
 */
#include "mech/l2.h"

#include <math.h>

#include "mech/cache.h"

enum { MAX_PARTITIONS = 8, SMS_OF_TPC = 2, SECTOR_B = 32 };

struct l2 {
    unsigned n;
    struct cache *part[MAX_PARTITIONS];
};

bool l2_is_split(const struct gpu *g)
{
    return g->v.l2_partitions > 1 && !isnan(g->v.lat_l2_far_cy);
}

struct l2 *l2_make(struct arena *a, const struct gpu *g)
{
    struct l2 *l = ARENA_NEW(a, struct l2);
    l->n = l2_is_split(g) ? (unsigned)g->v.l2_partitions : 1;
    ASSERT(l->n <= MAX_PARTITIONS);
    struct cache_shape shape = {
        .size_b = g->v.l2_kib * 1024 / l->n,
        .line_b = (unsigned)g->v.l2_line_b,
        .sector_b = SECTOR_B,
        .ways = (unsigned)g->v.l2_ways,
        .is_write_back = true,
    };
    for (unsigned p = 0; p < l->n; p++)
        l->part[p] = cache_make(a, &shape);
    return l;
}

static unsigned near_of(const struct l2 *l, unsigned sm)
{
    return l->n == 1 ? 0 : sm / SMS_OF_TPC % l->n;
}

static unsigned home_of(const struct l2 *l, uint64_t first)
{
    if (l->n == 1)
        return 0;
    struct cache_place at = cache_place_of(l->part[0], first);
    return (unsigned)((at.set + at.block) % l->n);
}

struct l2_answer l2_read(struct l2 *l, unsigned sm, uint64_t first, uint32_t mask)
{
    unsigned near = near_of(l, sm), home = home_of(l, first);
    struct l2_answer at = {.near = cache_read(l->part[near], first, mask)};
    uint32_t left = mask & ~at.near;
    if (left != 0 && home != near)
        at.far = cache_read(l->part[home], first, left);
    at.found = at.near | at.far;
    return at;
}

static void drop_copies(struct l2 *l, unsigned home, uint64_t first, uint32_t mask)
{
    for (unsigned p = 0; p < l->n; p++)
        if (p != home)
            cache_drop(l->part[p], first, mask);
}

static struct l2_answer answer_of_home(const struct l2 *l, unsigned sm, unsigned home,
                                       uint32_t mask, uint32_t found)
{
    bool is_near = home == near_of(l, sm);
    return (struct l2_answer){is_near ? mask : 0, is_near ? 0 : mask, found};
}

struct l2_answer l2_write(struct l2 *l, unsigned sm, uint64_t first, uint32_t mask)
{
    unsigned home = home_of(l, first);
    uint32_t found = cache_write(l->part[home], first, mask);
    drop_copies(l, home, first, mask);
    return answer_of_home(l, sm, home, mask, found);
}

struct l2_answer l2_atomic(struct l2 *l, unsigned sm, uint64_t first, uint32_t mask)
{
    unsigned home = home_of(l, first);
    uint32_t found = cache_read(l->part[home], first, mask);
    (void)cache_write(l->part[home], first, mask); /* the sum stays in L2 */
    drop_copies(l, home, first, mask);
    return answer_of_home(l, sm, home, found, found);
}

void l2_expect(const struct l2 *l, unsigned sm, uint64_t first)
{
    unsigned near = near_of(l, sm), home = home_of(l, first);
    cache_expect(l->part[near], first);
    if (home != near)
        cache_expect(l->part[home], first);
}

struct l2_stats l2_stats(const struct l2 *l)
{
    struct l2_stats s = {0};
    for (unsigned p = 0; p < l->n; p++) {
        s.dirty += cache_dirty(l->part[p]);
        s.written_back += cache_stats(l->part[p])->written_back;
        s.evicted += cache_stats(l->part[p])->evicted;
    }
    return s;
}
