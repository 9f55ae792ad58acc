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
    uint8_t *near; /* by SM */
};

bool l2_is_split(const struct gpu *g)
{
    return g->v.l2_partitions > 1 && !isnan(g->v.lat_l2_far_cy);
}

struct l2 *l2_make(struct arena *a, const struct gpu *g)
{
    struct l2 *l = ARENA_NEW(a, struct l2);
    l->n = l2_is_split(g) ? (unsigned)g->v.l2_partitions : 1;
    ASSERT(l->n >= 1 && l->n <= MAX_PARTITIONS);
    struct cache_shape shape = {
        .size_b = g->v.l2_kib * 1024 / l->n,
        .line_b = (unsigned)g->v.l2_line_b,
        .sector_b = SECTOR_B,
        .ways = (unsigned)g->v.l2_ways,
        .is_write_back = true,
    };
    for (unsigned p = 0; p < l->n; p++)
        l->part[p] = cache_make(a, &shape);
    unsigned n_sms = (unsigned)g->v.sm_count;
    l->near = ARENA_ARRAY(a, uint8_t, n_sms);
    for (unsigned sm = 0; sm < n_sms; sm++)
        l->near[sm] = (uint8_t)(sm / SMS_OF_TPC % l->n);
    return l;
}

struct l2_place l2_place_of(const struct l2 *l, uint64_t first)
{
    struct cache_place at = cache_place_of(l->part[0], first);
    uint32_t turn = (uint32_t)(at.set + at.block);
    bool is_power = (l->n & (l->n - 1)) == 0; /* saves a division */
    return (struct l2_place){(uint32_t)at.set, is_power ? turn & (l->n - 1) : turn % l->n};
}

struct l2_answer l2_read(struct l2 *l, unsigned sm, struct l2_line line)
{
    unsigned near = l->near[sm];
    struct l2_answer a = {.near = cache_read_at(l->part[near], line.at.set, line.first, line.mask)};
    uint32_t left = line.mask & ~a.near;
    if (left != 0 && line.at.home != near)
        a.far = cache_read_at(l->part[line.at.home], line.at.set, line.first, left);
    a.found = a.near | a.far;
    return a;
}

static void drop_copies(struct l2 *l, struct l2_line line)
{
    for (unsigned p = 0; p < l->n; p++)
        if (p != line.at.home)
            cache_drop_at(l->part[p], line.at.set, line.first, line.mask);
}

static struct l2_answer answer_of_home(const struct l2 *l, unsigned sm, unsigned home,
                                       uint32_t mask, uint32_t found)
{
    bool is_near = home == l->near[sm];
    return (struct l2_answer){is_near ? mask : 0, is_near ? 0 : mask, found};
}

struct l2_answer l2_write(struct l2 *l, unsigned sm, struct l2_line line)
{
    struct cache *home = l->part[line.at.home];
    uint32_t found = cache_write_at(home, line.at.set, line.first, line.mask);
    drop_copies(l, line);
    return answer_of_home(l, sm, line.at.home, line.mask, found);
}

struct l2_answer l2_atomic(struct l2 *l, unsigned sm, struct l2_line line)
{
    struct cache *home = l->part[line.at.home];
    uint32_t found = cache_read_at(home, line.at.set, line.first, line.mask);
    (void)cache_write_at(home, line.at.set, line.first, line.mask); /* the sum stays in L2 */
    drop_copies(l, line);
    return answer_of_home(l, sm, line.at.home, found, found);
}

void l2_expect(const struct l2 *l, unsigned sm, struct l2_place at)
{
    unsigned near = l->near[sm];
    cache_expect_at(l->part[near], at.set, 0);
    if (at.home != near)
        cache_expect_at(l->part[at.home], at.set, 0);
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
