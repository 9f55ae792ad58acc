/*
 * Constant caches: 512 bytes in 2 ways for operands (4 sets of 64-byte lines), 1 KiB in 8 ways for
 * loads (2 sets), misses of 79 and 106 - 17 cycles.
 */
#include "t.h"
#include "mech/constant.h"

static struct arena arena;
static struct gpu gpu;

static struct constant *start(void)
{
    arena_init(&arena, ARENA_SMALL);
    gpu = (struct gpu){.name = "plain"};
    gpu.v.imc_b = 512, gpu.v.lat_imc_miss_cy = 79;
    gpu.v.const_cache_kib = 1, gpu.v.lat_const_cy = 17, gpu.v.lat_const2_cy = 106;
    return constant_make(&arena, &gpu, 2);
}

static struct sass_inst inst(const char *opcode, uint8_t bank, uint16_t offset)
{
    struct sass_inst in = {
        .opcode = opcode, .has_const = true, .const_bank = bank, .const_offset = offset};
    CHECK(sass_inst_decode(&in, 90));
    return in;
}

static double operand(struct constant *c, unsigned sub_core, uint8_t bank, uint16_t offset)
{
    struct sass_inst in = inst("IADD3", bank, offset);
    CHECK_NEAR(constant_load_miss_cy(c, &in), 0, 0);
    return constant_operand_miss_cy(c, sub_core, &in);
}

static double load(struct constant *c, const char *opcode, uint8_t bank, uint16_t offset)
{
    struct sass_inst in = inst(opcode, bank, offset);
    CHECK_NEAR(constant_operand_miss_cy(c, 0, &in), 0, 0);
    return constant_load_miss_cy(c, &in);
}

TEST(line_misses_once_in_each_sub_core)
{
    struct constant *c = start();
    CHECK_NEAR(operand(c, 0, 0, 0x28), 0, 0); /* the stack pointer: there at the start */
    CHECK_NEAR(operand(c, 0, 0, 0x160), 79, 0);
    CHECK_NEAR(operand(c, 0, 0, 0x17c), 0, 0);
    CHECK_NEAR(operand(c, 0, 0, 0x180), 79, 0); /* the next line */
    CHECK_NEAR(operand(c, 1, 0, 0x160), 79, 0);
    CHECK_NEAR(operand(c, 0, 3, 0x160), 79, 0); /* another bank */
    arena_done(&arena);
}

TEST(more_lines_than_fit_miss_again)
{
    struct constant *c = start();
    for (int round = 0; round < 2; round++)
        for (unsigned line = 0; line < 64; line++)
            CHECK_NEAR(operand(c, 0, 3, (uint16_t)(64 * line)), 79, 0);
    arena_done(&arena);
}

TEST(loads_have_a_cache_of_their_own)
{
    struct constant *c = start();
    CHECK_NEAR(operand(c, 0, 0, 0x160), 79, 0);
    CHECK_NEAR(load(c, "LDC", 0, 0x160), 89, 0);
    CHECK_NEAR(load(c, "ULDC.64", 0, 0x168), 0, 0);
    CHECK_EQ_INT(constant_misses(c), 2);
    arena_done(&arena);
}

TEST(instruction_without_a_constant_misses_nothing)
{
    struct constant *c = start();
    struct sass_inst in = {.opcode = "FADD"};
    CHECK(sass_inst_decode(&in, 90));
    CHECK_NEAR(constant_operand_miss_cy(c, 0, &in), 0, 0);
    CHECK_NEAR(constant_operand_miss_cy(NULL, 0, &in), 0, 0);
    CHECK_NEAR(constant_load_miss_cy(NULL, &in), 0, 0);
    arena_done(&arena);
}

TEST(cache_that_is_not_described_always_hits)
{
    (void)start();
    gpu.v.imc_b = (double)NAN;
    gpu.v.lat_const2_cy = (double)NAN;
    struct constant *c = constant_make(&arena, &gpu, 1);
    CHECK_NEAR(operand(c, 0, 0, 0x160), 0, 0);
    CHECK_NEAR(load(c, "LDC", 0, 0x160), 0, 0);
    arena_done(&arena);
}
