/*
 * Turns of atomics that meet, counted on paper.
 */
#include "mech/atomic.h"
#include "model_fixture.h"

static const uint64_t memory = 0x7f0000000000;

static unsigned turns(int64_t stride, uint32_t mask, unsigned *most)
{
    struct maker m = make_kernel(1, 1);
    make_warp(&m, 0, 0);
    make_access(&m, "RED.E.ADD", -1, 2, 4, 4, memory, stride);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    uint64_t sector[SASS_WARP_LANES];
    unsigned of[SASS_WARP_LANES], n = atomic_turns(k, 0, mask, sector, of);
    *most = 0;
    for (unsigned i = 0; i < n; i++)
        *most = of[i] > *most ? of[i] : *most;
    trace_kernel_release(k);
    return n;
}

TEST(lanes_at_one_word_take_turns)
{
    unsigned most;
    CHECK_EQ_INT(turns(0, UINT32_MAX, &most), 1);
    CHECK_EQ_INT(most, 32);
    CHECK_EQ_INT(turns(0, 0xf0, &most), 1);
    CHECK_EQ_INT(most, 4);
    CHECK_EQ_INT(turns(2, UINT32_MAX, &most), 2); /* two lanes a word, 16 words */
    CHECK_EQ_INT(most, 2);
}

TEST(words_of_a_sector_go_together)
{
    unsigned most;
    CHECK_EQ_INT(turns(4, UINT32_MAX, &most), 4);
    CHECK_EQ_INT(most, 1);
    CHECK_EQ_INT(turns(32, UINT32_MAX, &most), 32);
    CHECK_EQ_INT(most, 1);
    CHECK_EQ_INT(turns(4, 0, &most), 0);
}

/* Two CTAs: 32 turns on the first word of each one's own kilobyte, 32 + 32 on a common one. */
TEST(busiest_sector_is_found_over_the_grid)
{
    struct maker m = make_kernel(2, 1);
    struct arena a;
    struct atomics found;
    arena_init(&a, ARENA_SMALL);
    for (unsigned cta = 0; cta < 2; cta++) {
        make_warp(&m, cta, 0);
        make_access(&m, "LDG.E", 8, 2, -1, 4, memory, 0);
        make_access(&m, "RED.E.ADD", -1, 2, 4, 4, memory + UINT64_C(1024) * (cta + 1), 0);
        make_access(&m, "ATOMG.E.ADD", 8, 2, 4, 4, memory, 0);
        make_access(&m, "ATOMS.ADD", 8, 2, 4, 4, 0, 0);
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    CHECK(atomic_count(&a, k, NULL, &found) == STATUS_OK);
    CHECK_NEAR(found.busiest, 64, 0);
    CHECK_NEAR(found.code[0].executions, 0, 0);
    CHECK_NEAR(found.code[1].turns, 64, 0);
    CHECK_NEAR(found.code[2].executions, 2, 0);
    CHECK_NEAR(found.code[3].turns, 0, 0);
    trace_kernel_release(k);
    arena_done(&a);
}

/* More sectors than the table begins with. */
TEST(many_sectors_are_kept_apart)
{
    struct maker m = make_kernel(1, 1);
    struct arena a;
    struct atomics found;
    arena_init(&a, ARENA_SMALL);
    make_warp(&m, 0, 0);
    for (unsigned i = 0; i < 100; i++)
        make_access(&m, "RED.E.ADD", -1, 2, 4, 4, memory + UINT64_C(1024) * i, 32);
    make_access(&m, "RED.E.ADD", -1, 2, 4, 4, memory + UINT64_C(1024) * 50, 0);
    make_warp_end(&m);
    const struct trace_kernel *k = build_finish(m.b);
    CHECK(atomic_count(&a, k, NULL, &found) == STATUS_OK);
    CHECK_NEAR(found.busiest, 33, 0);
    trace_kernel_release(k);
    arena_done(&a);
}
