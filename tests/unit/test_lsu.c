/*
 * The memory pipe against the published measurements, and the parts beside it.
 */
#include "mech/lsu.h"
#include "mech/regfile.h"
#include "mech/share.h"
#include "model_fixture.h"

/* Huerta et al. (MICRO'25), table 1: five go in at one a cycle, the sixth 12 cycles after the
 * first. */
TEST(five_instructions_queue_and_the_sixth_waits)
{
    struct gpu g = round_gpu();
    struct lsu l;
    lsu_init(&l, &g);
    double at = 0;
    for (unsigned i = 0; i < 5; i++, at++) {
        CHECK(lsu_room_cy(&l, 0) <= at);
        CHECK_NEAR(lsu_push(&l, 0, at, 0), 11 + 4.0 * i, 0);
    }
    CHECK_NEAR(lsu_room_cy(&l, 0), 12, 0);
}

/* The same table: cycles between instructions of a sub-core, by how many sub-cores send. */
TEST(sub_cores_share_the_stage)
{
    static const double steady_cy[] = {4, 4, 6, 8};
    struct gpu g = round_gpu();
    g.v.mem_ii_cy = 2;
    for (unsigned n = 1; n <= 4; n++) {
        struct lsu l;
        lsu_init(&l, &g);
        double issue[4] = {0}, before = 0, last = 0;
        for (unsigned i = 0; i < 40; i++)
            for (unsigned s = 0; s < n; s++) {
                issue[s] = MAX(issue[s] + 1, lsu_room_cy(&l, s));
                (void)lsu_push(&l, s, issue[s], 0);
                before = s == 0 ? last : before;
                last = s == 0 ? issue[0] : last;
            }
        CHECK_NEAR(last - before, steady_cy[n - 1], 0);
    }
}

TEST(wide_data_keeps_the_stage)
{
    struct gpu g = round_gpu();
    struct lsu l;
    lsu_init(&l, &g);
    CHECK_NEAR(lsu_push(&l, 0, 0, 8), 11, 0);
    CHECK_NEAR(lsu_push(&l, 1, 0, 8), 19, 0);
    CHECK_NEAR(l.data_cy, 16, 0);
}

TEST(l2_and_dram_serve_one_after_another)
{
    struct gpu g = round_gpu(); /* 2 SMs: L1 takes 128 B/cy, less than half of 1,000 */
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct share s;
    share_init(&s, &a, &g, 20);                        /* 50 B/cy each: 0.64 cycles a sector */
    CHECK_NEAR(share_serve(&s, 10, 0, 0), 10, 0);      /* L1 has it */
    CHECK_NEAR(share_serve(&s, 10, 100, 0), 74, 1e-9); /* 10 + 64 */
    CHECK_NEAR(share_serve(&s, 20, 100, 50), 138, 1e-9);
    CHECK_NEAR(share_serve(&s, 1000, 1, 1), 1000.64, 1e-9);
    arena_done(&a);
}

TEST(misses_in_flight_are_limited)
{
    struct gpu g = round_gpu();
    g.v.mshr_per_sm = 4;
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct share s;
    share_init(&s, &a, &g, 1);
    share_hold(&s, 3, 500);
    CHECK_NEAR(share_room_cy(&s, 1), 0, 0);
    CHECK_NEAR(share_room_cy(&s, 2), 500, 0);
    share_hold(&s, 1, 600);
    CHECK_NEAR(share_room_cy(&s, 1), 500, 0);
    CHECK_NEAR(share_room_cy(&s, 4), 600, 0);
    arena_done(&a);
}

/* 16 lines in flight for 500 cycles each: 4.096 B/cy, far below the share; the queue agrees. */
TEST(misses_in_flight_bound_the_bandwidth)
{
    enum { LINES = 2000 };
    struct gpu g = round_gpu();
    g.v.mshr_per_sm = 16;
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    double bound = share_in_flight_b_per_cy(&g, 500);
    CHECK_NEAR(bound, 16 * 128 / 500.0, 1e-12);
    CHECK_NEAR(share_dram_b_per_cy(&g, 2), 128, 0);  /* what L1 takes in */
    CHECK_NEAR(share_dram_b_per_cy(&g, 100), 10, 0); /* 1,000 B/cy over 100 */
    CHECK_NEAR(share_l2_b_per_cy(&g, 50), 20, 0);
    struct share s;
    share_init(&s, &a, &g, 2);
    double at_cy = 0, done_cy = 0;
    for (unsigned i = 0; i < LINES; i++) {
        at_cy = MAX(at_cy, share_room_cy(&s, 1));
        done_cy = share_serve(&s, at_cy, SHARE_LINE_SECTORS, SHARE_LINE_SECTORS) + 500;
        share_hold(&s, 1, done_cy);
    }
    double reached = LINES * 128 / done_cy;
    CHECK(reached <= bound);
    CHECK(reached > 0.97 * bound);
    arena_done(&a);
}

static struct timing reads(uint8_t a, uint8_t b, uint8_t c)
{
    return (struct timing){.n_use = 3, .use = {{a, 1}, {b, 1}, {c, 1}}};
}

TEST(registers_of_one_bank_are_read_one_a_cycle)
{
    struct regfile r = {0};
    struct timing even = reads(2, 4, 6), mixed = reads(3, 4, 5), odd = reads(1, 3, 5);
    regfile_read(&r, &even, 0, 100);
    CHECK_EQ_INT(regfile_free_cy(&r, &even, 1), 103); /* another warp: nothing to reuse */
    CHECK_EQ_INT(regfile_free_cy(&r, &mixed, 1), 103);
    CHECK_EQ_INT(regfile_free_cy(&r, &odd, 1), 0);
    regfile_read(&r, &mixed, 1, 103);
    CHECK_EQ_INT(regfile_free_cy(&r, &odd, 0), 105);
}

TEST(registers_in_the_same_place_are_reused)
{
    struct regfile r = {0};
    struct timing first = reads(2, 4, 6), next = reads(2, 4, 8);
    regfile_read(&r, &first, 7, 10);
    unsigned n[REGFILE_BANKS];
    regfile_reads(&r, &next, 7, n);
    CHECK_EQ_INT(n[0], 1);
    CHECK_EQ_INT(n[1], 0);
}
