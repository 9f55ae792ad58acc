/*
 * Wavefronts of shared-memory accesses, each counted on paper.
 */
#include "mech/bank.h"
#include "model_fixture.h"

struct fixture {
    struct maker m;
    const struct trace_kernel *k;
    struct arena a;
    struct bank_table *t;
};

static struct fixture start(void)
{
    struct fixture f = {.m = make_kernel(1, 1)};
    arena_init(&f.a, ARENA_SMALL);
    make_warp(&f.m, 0, 0);
    return f;
}

static void finish_kernel(struct fixture *f)
{
    make_warp_end(&f->m);
    f->k = build_finish(f->m.b);
    f->t = bank_make(&f->a, f->k, 32);
}

static void stop(struct fixture *f)
{
    trace_kernel_release(f->k);
    arena_done(&f->a);
}

/* Wavefronts of one access of `opcode` by the lanes of `mask` at base, base + stride, ... */
static unsigned wavefronts(const char *opcode, unsigned width, uint64_t base, int64_t stride,
                           uint32_t mask)
{
    struct fixture f = start();
    make_access(&f.m, opcode, 8, 2, -1, width, base, stride);
    finish_kernel(&f);
    unsigned n = bank_wavefronts(f.t, 0, mask, &f.k->code[0]);
    CHECK_EQ_INT(bank_wavefronts(f.t, 0, mask, &f.k->code[0]), n); /* now from memory */
    stop(&f);
    return n;
}

TEST(stride_of_words_is_the_greatest_common_divisor_with_32)
{
    for (int stride = 1; stride <= 32; stride++) {
        int a = stride, b = 32;
        while (b != 0) {
            int rest = a % b;
            a = b;
            b = rest;
        }
        CHECK_EQ_INT(wavefronts("LDS", 4, 0x400, (int64_t)stride * 4, UINT32_MAX), a);
    }
}

TEST(one_word_for_all_is_one_wavefront)
{
    CHECK_EQ_INT(wavefronts("LDS", 4, 0x404, 0, UINT32_MAX), 1);
    CHECK_EQ_INT(wavefronts("LDS.U8", 1, 0x404, 1, UINT32_MAX), 1); /* 8 words of 4 lanes */
    CHECK_EQ_INT(wavefronts("LDS.128", 16, 0x400, 0, UINT32_MAX), 4);
}

TEST(wide_accesses_go_in_passes)
{
    CHECK_EQ_INT(wavefronts("LDS.64", 8, 0, 8, UINT32_MAX), 2);
    CHECK_EQ_INT(wavefronts("LDS.128", 16, 0, 16, UINT32_MAX), 4);
    CHECK_EQ_INT(wavefronts("LDS.128", 16, 0, 16, 0xff), 1);       /* one quarter is active */
    CHECK_EQ_INT(wavefronts("STS.128", 16, 0, 32, UINT32_MAX), 8); /* 8 lanes on half the banks */
    CHECK_EQ_INT(wavefronts("STS.128", 16, 0, 128, UINT32_MAX), 32);
    CHECK_EQ_INT(wavefronts("LDS.64", 8, 4, 136, UINT32_MAX), 2); /* rows skewed by 2 banks */
}

TEST(matrix_rows_count_by_eight_lanes)
{
    CHECK_EQ_INT(wavefronts("LDSM.16.M88.4", 16, 0, 16, UINT32_MAX), 4); /* rows side by side */
    CHECK_EQ_INT(wavefronts("LDSM.16.M88.4", 16, 0, 128, UINT32_MAX), 32);
    CHECK_EQ_INT(wavefronts("LDSM.16.M88.2", 16, 0, 128, UINT32_MAX), 16);
    CHECK_EQ_INT(wavefronts("LDSM.16.M88", 16, 0, 144, UINT32_MAX), 1);   /* padded by 16 B */
    CHECK_EQ_INT(wavefronts("STSM.16.M88.4", 16, 0, 64, UINT32_MAX), 16); /* 8 rows in 2 places */
}

TEST(atomics_take_turns_at_a_word)
{
    CHECK_EQ_INT(wavefronts("ATOMS.ADD", 4, 0x400, 0, UINT32_MAX), 32);
    CHECK_EQ_INT(wavefronts("ATOMS.ADD", 4, 0x400, 4, UINT32_MAX), 1);
    CHECK_EQ_INT(wavefronts("ATOMS.ADD", 4, 0x400, 0, 0x7), 3);
}

TEST(no_lanes_no_wavefronts)
{
    CHECK_EQ_INT(wavefronts("LDS", 4, 0, 4, 0), 0);
}

TEST(passes_are_what_is_left_without_conflicts)
{
    struct fixture f = start();
    make_access(&f.m, "LDS.64", 8, 2, -1, 8, 0, 256);
    make_access(&f.m, "LDSM.16.M88.2", 8, 2, -1, 16, 0, 16);
    make_access(&f.m, "STS.U8", -1, 2, 4, 1, 0, 1);
    finish_kernel(&f);
    CHECK_EQ_INT(bank_passes(UINT32_MAX, &f.k->code[0]), 2);
    CHECK_EQ_INT(bank_passes(0x0000ffff, &f.k->code[0]), 1);
    CHECK_EQ_INT(bank_passes(UINT32_MAX, &f.k->code[1]), 2);
    CHECK_EQ_INT(bank_passes(UINT32_MAX, &f.k->code[2]), 1);
    CHECK_EQ_INT(bank_passes(0, &f.k->code[2]), 0);
    CHECK_EQ_INT(bank_wavefronts(f.t, 0, UINT32_MAX, &f.k->code[0]), 32);
    stop(&f);
}

/* Two warps of one path: 1 + 32 wavefronts at 1 + 1 passes; nothing of a masked-off access. */
TEST(sums_over_the_grid_by_instruction)
{
    struct maker m = make_kernel(2, 1);
    for (unsigned cta = 0; cta < 2; cta++) {
        make_warp(&m, cta, 0);
        make_access(&m, "LDG.E", 4, 2, -1, 4, 0x7f0000000000, 4);
        make_access(&m, "LDS", 8, 2, -1, 4, 0, cta == 0 ? 4 : 128);
        struct sass_inst off = made_inst(&m, "STS", -1, 2, 4, -1);
        off.mem_width_b = 4;
        build_step(m.b, build_code(m.b, &off), 0);
        build_access(m.b, 0, build_pattern_none(m.b));
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    struct arena a;
    struct bank_code *c;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(k->n_paths, 1);
    CHECK(bank_count(&a, k, 32, NULL, &c) == STATUS_OK);
    CHECK_NEAR(c[0].executions, 0, 0);
    CHECK_NEAR(c[1].executions, 2, 0);
    CHECK_NEAR(c[1].wavefronts, 33, 0);
    CHECK_NEAR(c[1].passes, 2, 0);
    CHECK_NEAR(c[2].executions, 0, 0);
    arena_done(&a);
    trace_kernel_release(k);
}

TEST(same_pattern_elsewhere_in_the_row_is_told_apart)
{
    struct fixture f = start();
    make_access(&f.m, "LDS.U16", 8, 2, -1, 2, 0, 2);  /* words 0 to 15 */
    make_access(&f.m, "LDS.U16", 8, 2, -1, 2, 62, 2); /* the last half of word 15 to word 31 */
    make_access(&f.m, "LDS.U16", 8, 2, -1, 2, 126, 66);
    finish_kernel(&f);
    CHECK_EQ_INT(bank_wavefronts(f.t, 0, UINT32_MAX, &f.k->code[0]), 1);
    CHECK_EQ_INT(bank_wavefronts(f.t, 1, UINT32_MAX, &f.k->code[1]), 1);
    /* word (126 + 66 i) / 4: lane 0 in word 31, lane 31 in word 543, both of bank 31 */
    CHECK_EQ_INT(bank_wavefronts(f.t, 2, UINT32_MAX, &f.k->code[2]), 2);
    stop(&f);
}
