/*
 * Instruction fetch with round numbers: 40 cycles from L0 to L1, 200 more beyond L1, lines of 128
 * bytes, two lines of stream buffer, an L0 of 8 lines.
 */
#include "mech/fetch.h"
#include "t.h"

static const uint64_t LINE = 128;

static struct arena arena;
static struct gpu gpu;

static struct fetch *start(double stream_lines)
{
    arena_init(&arena, ARENA_SMALL);
    gpu = (struct gpu){.name = "plain"};
    struct gpu_values *v = &gpu.v;
    v->iline_b = 128, v->l0_icache_kib = 1, v->l0_iways = 2, v->l1_icache_kib = 8;
    v->l1_iways = 4, v->stream_lines = stream_lines, v->lat_l0_miss_cy = 80;
    v->lat_l1i_miss_cy = 200, v->lat_l2_cy = 999;
    return fetch_make(&arena, &gpu, 2);
}

TEST(first_line_comes_from_beyond_l1)
{
    struct fetch *f = start(2);
    CHECK_NEAR(fetch_ready_cy(f, 0, 0, 0), 280, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 16, 10), 280, 0); /* the same line, still under way */
    CHECK_NEAR(fetch_ready_cy(f, 0, 32, 300), 300, 0);
    CHECK_NEAR(fetch_stats(f).last_ready_cy, 280, 0);
    arena_done(&arena);
}

TEST(stream_buffer_asks_for_the_next_lines_one_a_cycle)
{
    struct fetch *f = start(2);
    CHECK_NEAR(fetch_ready_cy(f, 0, 0, 0), 280, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 1 * LINE, 280), 281, 0); /* asked for at 1 */
    CHECK_NEAR(fetch_ready_cy(f, 0, 2 * LINE, 281), 282, 0); /* at 2 */
    CHECK_NEAR(fetch_ready_cy(f, 0, 3 * LINE, 282), 560, 0); /* when line 1 was taken, at 280 */
    CHECK_EQ_INT(fetch_stats(f).l0_misses, 4);
    CHECK_EQ_INT(fetch_stats(f).buffer_hits, 3);
    arena_done(&arena);
}

TEST(other_sub_cores_find_the_line_in_l1)
{
    struct fetch *f = start(0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 0, 0), 280, 0);
    CHECK_NEAR(fetch_ready_cy(f, 1, 0, 100), 280, 0); /* in L1 at 240, 40 back */
    CHECK_NEAR(fetch_ready_cy(f, 1, LINE, 500), 780, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, LINE, 900), 980, 0);
    CHECK_EQ_INT(fetch_stats(f).l1_misses, 2);
    arena_done(&arena);
}

TEST(jump_starts_the_buffer_anew)
{
    struct fetch *f = start(2);
    CHECK_NEAR(fetch_ready_cy(f, 0, 0, 0), 280, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 8 * LINE, 1000), 1280, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 10 * LINE, 1280), 1282, 0); /* skips line 9 of the buffer */
    CHECK_NEAR(fetch_ready_cy(f, 0, 1 * LINE, 2000), 2080, 0);  /* dropped, but L1 had it */
    arena_done(&arena);
}

TEST(launch_has_paid_for_the_first_line)
{
    struct fetch *f = start(2);
    fetch_launch(f, 0, 0);
    for (unsigned s = 0; s < 2; s++) {
        CHECK_NEAR(fetch_ready_cy(f, s, 0, 0), 0, 0);
        CHECK_NEAR(fetch_ready_cy(f, s, LINE, 0), 1, 0);
        CHECK_NEAR(fetch_ready_cy(f, s, 3 * LINE, 5), 280, 0); /* asked for at 0 */
    }
    arena_done(&arena);
}

/* Twelve lines do not fit an L0 of eight, least recently used: all miss again and again. */
TEST(loop_larger_than_l0_misses_every_time)
{
    struct fetch *f = start(0);
    double now = 0;
    for (int round = 0; round < 3; round++) {
        double before = now;
        for (uint64_t line = 0; line < 12; line++)
            now = fetch_ready_cy(f, 0, line * LINE, now);
        CHECK_NEAR(now - before, 12 * (round == 0 ? 280 : 80), 0);
    }
    arena_done(&arena);
}

TEST(loop_that_fits_comes_once)
{
    struct fetch *f = start(2);
    double now = 0;
    for (uint64_t line = 0; line < 8; line++)
        now = fetch_ready_cy(f, 0, line * LINE, now);
    for (int round = 0; round < 3; round++)
        for (uint64_t line = 0; line < 8; line++)
            CHECK_NEAR(fetch_ready_cy(f, 0, line * LINE, now), now, 0);
    arena_done(&arena);
}

TEST(settled_caches_hold_what_they_held)
{
    struct fetch *f = start(2);
    CHECK_NEAR(fetch_ready_cy(f, 0, 0, 5000), 5280, 0);
    fetch_settle(f);
    CHECK_NEAR(fetch_ready_cy(f, 0, 0, 0), 0, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 2 * LINE, 0), 0, 0); /* was in the stream buffer */
    CHECK_NEAR(fetch_ready_cy(f, 1, 0, 7), 7 + 80, 0);   /* L1 has it */
    CHECK_NEAR(fetch_ready_cy(f, 0, 9 * LINE, 7), 287, 0);
    arena_done(&arena);
}

TEST(description_without_caches_never_waits)
{
    (void)start(2);
    gpu.v.stream_lines = (double)NAN;
    struct fetch *f = fetch_make(&arena, &gpu, 2);
    CHECK(f == NULL);
    fetch_launch(f, 0, 0);
    CHECK_NEAR(fetch_ready_cy(f, 0, 4096, 7), 7, 0);
    gpu.v.stream_lines = 2, gpu.v.lat_l1i_miss_cy = (double)NAN; /* then as a load from L2 */
    CHECK_NEAR(fetch_ready_cy(fetch_make(&arena, &gpu, 2), 0, 0, 0), 80 + 999, 0);
    arena_done(&arena);
}
