/*
 * Every model on chips one number of which is at an end of its range, or not known: an answer that
 * adds up, or an error with words.
 */
#include "model_fixture.h"

/* Arithmetic, matrices, shared and global memory, atomics, copies, barriers: CTAs of three
 * warps, one of which has another path. */
static const struct trace_kernel *make_everything(void)
{
    struct maker m = make_kernel_with(5, 3, 2048);
    for (unsigned cta = 0; cta < 5; cta++)
        for (unsigned w = 0; w < 3; w++) {
            make_warp(&m, cta, w);
            for (unsigned turn = 0; turn < 6; turn++) {
                m.pc = 0;
                make_op(&m, "FFMA", 8, 8, 9, 10);
                make_op(&m, "DFMA", 10, 10, 12, 14);
                make_op(&m, "MUFU.RCP", 8, 8, -1, -1);
                make_op(&m, "HMMA.16816.F32", 16, 16, 20, 24);
                make_access(&m, "LDG.E.128", 20, 2, -1, 16, 0x10000 * (cta + 1) + 0x800 * turn, 16);
                make_access(&m, "LDS", 24, 4, -1, 4, UINT64_C(64) * w, 8);
                make_access(&m, "LDGSTS.E.BYPASS.128", -1, 2, 4, 16, 0x90000 + 0x100 * turn, 16);
                make_op(&m, "LDGDEPBAR", -1, -1, -1, -1);
                make_wait(&m, 1);
                make_access(&m, "ATOMG.E.ADD.STRONG.GPU", 8, 2, 5, 4, 0x40000, 0);
                make_access(&m, "STG.E", -1, 2, 24, 4, 0x200000 + 0x1000 * cta, 4);
                make_op(&m, "BAR.SYNC", -1, -1, -1, -1);
                make_op(&m, "BRA", -1, -1, -1, -1);
            }
            m.pc = UINT64_C(16) * 13;
            make_chain(&m, "FADD", w == 1 ? 40 : 2);
            make_warp_end(&m);
        }
    return build_finish(m.b);
}

static bool adds_up(const struct result *r)
{
    double sum = 0;
    for (int s = 0; s < STALL_N; s++) {
        if (!(r->stall[s] >= 0))
            return false;
        sum += r->stall[s];
    }
    return sum == r->cycles && sum > 0 && isfinite(sum);
}

static void try_gpu(const struct trace_kernel *k, const struct gpu *g, enum gpu_param_id id)
{
    for (size_t m = 0; m < model_count(); m++) {
        struct err e = {0};
        const struct result *r = NULL;
        if (model_run(model_at(m), k, g, &(struct model_options){0}, NULL, &r, &e) != STATUS_OK) {
            if (e.message[0] == '\0')
                T_FAIL("%s = %g, %s: no words", gpu_params[id].name, gpu_value(g, id),
                       model_at(m)->name);
            continue;
        }
        if (!adds_up(r))
            T_FAIL("%s = %g, %s: %g cycles", gpu_params[id].name, gpu_value(g, id),
                   model_at(m)->name, r->cycles);
        result_release(r);
    }
}

static void try_ends(const char *name)
{
    static const char *const dirs[] = {"gpus"};
    const struct trace_kernel *k = make_everything();
    struct arena a;
    struct gpu chip;
    struct err e = {0};
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(gpu_load(&chip, &a, name, dirs, 1, &e), STATUS_OK);
    for (unsigned id = 0; id < GPU_N_PARAMS; id++) {
        const double values[] = {gpu_params[id].min, gpu_params[id].max, (double)NAN};
        for (unsigned i = 0; i < (gpu_params[id].is_required ? 2 : 3); i++) {
            struct gpu g = chip;
            double *value = (double *)&g.v + id;
            *value = values[i];
            if (gpu_check(&g, &e) == STATUS_OK)
                try_gpu(k, &g, (enum gpu_param_id)id);
        }
    }
    arena_done(&a);
    trace_kernel_release(k);
}

TEST(ends_of_an_a100_have_an_answer)
{
    try_ends("a100-pcie-80gb");
}

TEST(ends_of_an_h100_have_an_answer)
{
    try_ends("h100-pcie");
}
