#include "present/sentence.h"

#include "t.h"

/* One second of a machine with given use of compute and memory. */
static struct result made(double compute, double dram, double waves)
{
    struct result r = {.cycles = 1000,
                       .time_us = 1,
                       .sol_compute = compute,
                       .sol_l1 = 0.01,
                       .sol_l2 = 0.02,
                       .sol_dram = dram,
                       .waves = waves,
                       .busiest_pipe = "fma"};

    r.stall[STALL_SELECTED] = 200;
    r.stall[STALL_LONG_SCOREBOARD] = 500;
    r.stall[STALL_NOT_SELECTED] = 300;
    return r;
}

static enum verdict_kind kind(double compute, double dram, double waves)
{
    struct result r = made(compute, dram, waves);

    return verdict_of(&r).kind;
}

TEST(six_verdicts_by_the_thresholds)
{
    CHECK_EQ_INT(kind(0.3, 0.2, 0.5), VERDICT_SMALL_GRID);
    CHECK_EQ_INT(kind(0.3, 0.2, 1), VERDICT_LATENCY);
    CHECK_EQ_INT(kind(0.59, 0.59, 4), VERDICT_LATENCY);
    CHECK_EQ_INT(kind(0.75, 0.3, 4), VERDICT_HIGH_COMPUTE);
    CHECK_EQ_INT(kind(0.3, 0.75, 0.5), VERDICT_HIGH_MEMORY);
    CHECK_EQ_INT(kind(0.7, 0.65, 4), VERDICT_BALANCED);
    CHECK_EQ_INT(kind(0.8, 0.75, 4), VERDICT_HIGH_THROUGHPUT);
}

TEST(no_total_no_verdict)
{
    struct result r = made(0.5, 0.5, 1);
    struct arena a;
    struct verdict v;

    arena_init(&a, ARENA_SMALL);
    r.cycles = (double)NAN;
    v = verdict_of(&r);
    CHECK_EQ_INT(v.kind, VERDICT_UNKNOWN);
    CHECK(strstr(verdict_sentence(&a, &v, &r), "unknown opcodes") != NULL);
    CHECK_EQ_STR(verdict_evidence(&a, &v, &r, NULL), "");
    arena_done(&a);
}

TEST(top_stall_and_its_bound)
{
    struct result r = made(0.3, 0.2, 1);
    struct verdict v = verdict_of(&r);

    CHECK_EQ_INT(v.top, STALL_LONG_SCOREBOARD);
    CHECK_NEAR(v.top_share, 0.5, 1e-12);
    CHECK_NEAR(v.top_bound, 2.0, 1e-12);
    CHECK_NEAR(v.issue, 0.2, 1e-12);
}

TEST(busy_issue_slots_name_no_stall)
{
    struct result r = made(0.3, 0.2, 1);
    struct arena a;

    arena_init(&a, ARENA_SMALL);
    r.stall[STALL_SELECTED] = 850;
    r.stall[STALL_LONG_SCOREBOARD] = 150;
    r.stall[STALL_NOT_SELECTED] = 0;
    struct verdict v = verdict_of(&r);
    CHECK(!v.are_slots_lost);
    CHECK(strstr(verdict_evidence(&a, &v, &r, NULL), "Long Scoreboard") == NULL);
    arena_done(&a);
}

TEST(evidence_names_the_instruction)
{
    struct result r = made(0.3, 0.2, 1);
    struct result_inst insts[2] = {0};
    struct sass_inst code[2] = {{.pc = 0x10, .opcode = "LDG.E"}, {.pc = 0x20, .opcode = "FADD"}};
    struct trace_kernel k = {.code = code, .n_code = 2};
    struct arena a;

    arena_init(&a, ARENA_SMALL);
    insts[1].stall[STALL_LONG_SCOREBOARD] = 499;
    r.insts = insts;
    r.n_insts = 2;
    struct verdict v = verdict_of(&r);
    CHECK_EQ_STR(verdict_evidence(&a, &v, &r, &k),
                 "Issue slots are used in 20 % of the cycles; Long Scoreboard takes 50 %, most at "
                 "0x0020 FADD.");
    arena_done(&a);
}
