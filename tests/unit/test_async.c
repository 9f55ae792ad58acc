/*
 * Groups and barriers of asynchronous work, instruction by instruction.
 */
#include "mech/async.h"
#include "t.h"

struct fixture {
    struct async_warp warp;
    struct async_cta cta;
};

static struct sass_inst inst(const char *opcode, int64_t immediate)
{
    struct sass_inst in = {.opcode = opcode, .immediate = immediate};
    CHECK(sass_inst_decode(&in, 90));
    return in;
}

static void begin(struct fixture *f, const char *opcode, uint64_t address, double done_cy)
{
    struct sass_inst in = inst(opcode, 0);
    async_start(&f->warp, &f->cta, &in, address, done_cy);
}

/* SYNCS.ARRIVE [address], `reg` */
static void arrive(struct fixture *f, const char *opcode, uint64_t address, uint8_t reg)
{
    struct sass_inst in = {.opcode = opcode, .n_src = 1, .src = {reg}};
    CHECK(sass_inst_decode(&in, 90));
    async_start(&f->warp, &f->cta, &in, address, 0);
}

static double ready(const struct fixture *f, const char *opcode, int64_t immediate,
                    uint64_t address, enum stall expected)
{
    struct sass_inst in = inst(opcode, immediate);
    enum stall reason;
    double cy = async_ready_cy(&f->warp, &f->cta, &in, true, address, &reason);
    CHECK_EQ_INT(reason, expected);
    return cy;
}

static double copies(const struct fixture *f, int64_t allowed)
{
    return ready(f, "DEPBAR.LE", allowed, 0, STALL_LONG_SCOREBOARD);
}

static double matrices(const struct fixture *f, int64_t allowed)
{
    return ready(f, "WARPGROUP.DEPBAR.LE", allowed, 0, STALL_GMMA);
}

static double phase(const struct fixture *f, uint64_t address)
{
    return ready(f, "SYNCS.PHASECHK.TRANS64.TRYWAIT", 0, address, STALL_LONG_SCOREBOARD);
}

TEST(nothing_started_is_nothing_to_wait_for)
{
    struct fixture f = {0};
    CHECK_NEAR(copies(&f, 0), 0, 0);
    CHECK_NEAR(matrices(&f, 0), 0, 0);
    CHECK_NEAR(phase(&f, 0x40), 0, 0);
}

TEST(copy_groups_finish_in_order)
{
    struct fixture f = {0};
    begin(&f, "LDGSTS.E.BYPASS.128", 0, 500);
    begin(&f, "LDGDEPBAR", 0, 0);
    begin(&f, "LDGSTS.E.BYPASS.128", 0, 300);
    CHECK_NEAR(copies(&f, 0), 500, 0); /* the open group is no group yet */
    begin(&f, "LDGDEPBAR", 0, 0);
    begin(&f, "LDGDEPBAR", 0, 0); /* an empty group */
    CHECK_NEAR(copies(&f, 0), 500, 0);
    CHECK_NEAR(copies(&f, 2), 500, 0);
    CHECK_NEAR(copies(&f, 3), 0, 0);
}

TEST(more_groups_than_are_kept_lose_the_oldest)
{
    struct fixture f = {0};
    for (int g = 1; g <= ASYNC_GROUPS + 5; g++) {
        begin(&f, "LDGSTS.E", 0, 10 * g);
        begin(&f, "LDGDEPBAR", 0, 0);
    }
    CHECK_NEAR(copies(&f, 0), 10 * (ASYNC_GROUPS + 5), 0);
    CHECK_NEAR(copies(&f, 3), 10 * (ASYNC_GROUPS + 2), 0);
}

TEST(stores_by_tma_are_groups_of_copies)
{
    struct fixture f = {0};
    begin(&f, "UTMASTG.2D", 0, 700);
    begin(&f, "UTMACMDFLUSH", 0, 0);
    CHECK_NEAR(copies(&f, 0), 700, 0);
    begin(&f, "UTMAPF.L2.2D", 0, 9000); /* into L2, nobody waits */
    begin(&f, "UTMACMDFLUSH", 0, 0);
    CHECK_NEAR(copies(&f, 0), 700, 0);
}

TEST(warpgroup_arrive_begins_a_matrix_group)
{
    struct fixture f = {0};
    begin(&f, "WARPGROUP.ARRIVE", 0, 0); /* nothing is open */
    begin(&f, "HGMMA.64x128x16.F32", 0, 128);
    begin(&f, "HGMMA.64x128x16.F32", 0, 256);
    CHECK_NEAR(matrices(&f, 0), 256, 0);
    CHECK_NEAR(matrices(&f, 1), 0, 0);
    begin(&f, "WARPGROUP.ARRIVE", 0, 0);
    begin(&f, "HGMMA.64x128x16.F32", 0, 384);
    CHECK_NEAR(matrices(&f, 0), 384, 0);
    CHECK_NEAR(matrices(&f, 1), 256, 0);
    CHECK_NEAR(matrices(&f, 2), 0, 0);
}

TEST(tma_load_completes_the_mbarrier_armed_last)
{
    struct fixture f = {0};
    arrive(&f, "SYNCS.ARRIVE.TRANS64", 0x40, 9);
    begin(&f, "UTMALDG.2D", 0, 600);
    begin(&f, "UTMALDG.2D", 0, 650);
    arrive(&f, "SYNCS.ARRIVE.TRANS64", 0x48, 9);
    begin(&f, "UBLKCP", 0, 900);
    arrive(&f, "SYNCS.ARRIVE.TRANS64", 0x50, SASS_RZ); /* counted arrivals expect no bytes */
    arrive(&f, "SYNCS.ARRIVE.TRANS64.A1T0", 0x58, 9);
    begin(&f, "UTMALDG.2D", 0, 950);
    CHECK_NEAR(phase(&f, 0x40), 650, 0);
    CHECK_NEAR(phase(&f, 0x48), 950, 0);
    CHECK_NEAR(phase(&f, 0x50), 0, 0);
    CHECK_NEAR(phase(&f, 0x58), 0, 0);
    CHECK_NEAR(copies(&f, 0), 0, 0);
}

TEST(copies_arrive_on_an_mbarrier)
{
    struct fixture f = {0};
    begin(&f, "LDGSTS.E.BYPASS.128", 0, 420);
    begin(&f, "LDGSTS.E.BYPASS.128", 0, 400);
    begin(&f, "ARRIVES.LDGSTSBAR.64", 0x80, 0);
    begin(&f, "LDGSTS.E.BYPASS.128", 0, 800);
    CHECK_NEAR(phase(&f, 0x80), 420, 0);
}

/* Two warps of a CTA: one loads, the other waits. */
TEST(warps_of_a_cta_share_its_mbarriers)
{
    struct fixture producer = {0};
    arrive(&producer, "SYNCS.ARRIVE.TRANS64", 0x40, 9);
    begin(&producer, "UTMALDG.2D", 0, 600);
    struct fixture consumer = {.cta = producer.cta};
    CHECK_NEAR(phase(&consumer, 0x40), 600, 0);
}

TEST(mbarriers_beyond_the_room_share_the_last)
{
    struct fixture f = {0};
    for (uint64_t i = 1; i <= ASYNC_BARRIERS + 3; i++) {
        arrive(&f, "SYNCS.ARRIVE.TRANS64", 8 * i, 9);
        begin(&f, "UTMALDG.2D", 0, (double)(100 * i));
    }
    CHECK_NEAR(phase(&f, 8), 100, 0);
    CHECK_NEAR(phase(&f, UINT64_C(8) * (ASYNC_BARRIERS + 3)), 100 * (ASYNC_BARRIERS + 3), 0);
}

TEST(trace_without_immediates_waits_for_all)
{
    struct fixture f = {0};
    begin(&f, "LDGSTS.E", 0, 300);
    begin(&f, "LDGDEPBAR", 0, 0);
    struct sass_inst in = inst("DEPBAR.LE", 1);
    enum stall reason;
    CHECK_NEAR(async_ready_cy(&f.warp, &f.cta, &in, false, 0, &reason), 300, 0);
}
