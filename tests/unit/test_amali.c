/*
 * amali-public against the numbers of the public AMALI code (repository ShihengCao/AMALi, commit
 * 8e10694) on the two FlashInfer traces: every column, 1e-6 relative.
 */
#include "base/os.h"
#include "model/model.h"
#include "t.h"

#define DATA "../shared/data/sass/"

struct golden {
    const char *trace, *gpu;
    double cycles, selected, wait, long_sb, short_sb, math, lg, noc, dram, kll, id, amat, cpi;
};

static const struct golden rows[] = {
    {"a100-flashinfer-prefill", "amali-a100", 6821.224818, 1814, 994, 11, 267, 1583, 13, 8.106171,
     7.118647, 2124, 0, 187, 0.23502015},
    {"a100-flashinfer-prefill", "amali-h100-pcie", 8449.600469, 1814, 994, 9, 267, 1157, 17,
     13.358057, 7.242412, 4171, 0, 185, 0.29112460},
    {"a100-flashinfer-singledecode", "amali-a100", 5538.752596, 1597, 664, 0, 349, 470, 58,
     132.443690, 116.308906, 2152, 0, 194, 0.02709549},
};

static const struct result *run_model(const struct golden *g)
{
    static const char *const dirs[] = {"gpus"};
    struct err e = {0};
    char path[200];
    snprintf(path, sizeof path, DATA "%s", g->trace);
    struct trace *t = NULL;
    struct trace_options o = {0};
    const struct trace_kernel *k = NULL;
    const struct result *r = NULL;
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct gpu gpu;
    const struct model *m = model_find(STR("amali-public"), &e);
    if (trace_open(&t, path, &o, &e) != STATUS_OK || trace_load(t, 0, NULL, &k, &e) != STATUS_OK ||
        gpu_load(&gpu, &a, g->gpu, dirs, 1, &e) != STATUS_OK ||
        model_run(m, k, &gpu, &(struct model_options){0}, NULL, &r, &e) != STATUS_OK)
        printf("# %s\n", e.message);
    trace_kernel_release(k);
    trace_close(t);
    arena_done(&a);
    return r;
}

static void check_row(const struct golden *g)
{
    const struct result *r = run_model(g);
    CHECK(r != NULL);
    if (r == NULL)
        return;
    const double rel = 1e-6;
    CHECK_NEAR(r->cycles, g->cycles, rel);
    CHECK_NEAR(r->stall[STALL_SELECTED], g->selected, rel);
    CHECK_NEAR(r->stall[STALL_WAIT], g->wait, rel);
    CHECK_NEAR(r->stall[STALL_LONG_SCOREBOARD], g->long_sb, rel);
    CHECK_NEAR(r->stall[STALL_SHORT_SCOREBOARD], g->short_sb, rel);
    CHECK_NEAR(r->stall[STALL_MATH_PIPE_THROTTLE], g->math, rel);
    CHECK_NEAR(r->stall[STALL_LG_THROTTLE], g->lg, rel);
    CHECK_NEAR(result_term(r, METRIC_noc_cy), g->noc, rel);
    CHECK_NEAR(result_term(r, METRIC_dram_cy), g->dram, rel);
    CHECK_NEAR(r->stall[STALL_MIO_THROTTLE], g->noc + g->dram, rel);
    CHECK_NEAR(r->stall[STALL_LAUNCH], g->kll, rel);
    CHECK_NEAR(r->stall[STALL_IDLE], g->id, rel);
    CHECK_NEAR(result_term(r, METRIC_amat_cy), g->amat, rel);
    CHECK_NEAR(result_term(r, METRIC_cpi), g->cpi, rel);
    result_release(r);
}

static bool has_data(void)
{
    return os_is_dir(DATA);
}

TEST(amali_prefill_a100)
{
    if (!has_data())
        SKIP("../shared/data absent");
    check_row(&rows[0]);
}

TEST(amali_prefill_h100)
{
    if (!has_data())
        SKIP("../shared/data absent");
    check_row(&rows[1]);
}

TEST(amali_single_decode_a100)
{
    if (!has_data())
        SKIP("../shared/data absent");
    check_row(&rows[2]);
}
