/* Kernels grouped by what they are and where they come from. */
#include "profile_fixture.h"

static struct analysis sample(void)
{
    struct trace t;
    trace_begin(&t);
    trace_module(&t, 1, "Model_0", "0", "90");
    trace_module(&t, 1, "Linear_0", "1", "20");
    trace_module(&t, 1, "Linear_1", "30", "20");
    trace_op(&t, 1, "aten::linear", "2", "18", 0);
    trace_op(&t, 1, "aten::mm", "3", "10", 0);
    trace_op(&t, 1, "aten::linear", "31", "18", 0);
    trace_op(&t, 1, "aten::mm", "32", "10", 0);
    trace_op(&t, 1, "aten::add", "60", "10", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "5", "2", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "35", "2", 2);
    trace_call(&t, 1, "cuLaunchKernel", "65", "2", 3);
    trace_call(&t, 1, "cudaGraphLaunch", "95", "2", 4);
    trace_kernel(&t, 0, 7, "gemm", "100", "10", 1);
    trace_kernel(&t, 0, 7, "gemm", "110", "30", 2);
    trace_kernel(&t, 0, 7, "add", "145", "5", 3);
    trace_kernel(&t, 0, 7, "add", "150", "35", 4);
    trace_kernel(&t, 0, 7, "add", "190", "5", 4);
    trace_kernel(&t, 0, 7, "lost", "200", "1", 99);
    trace_work(&t, "gpu_memcpy", 0, 7, "copy", "210", "100", 0);
    return analyse(&t);
}

static void check_row(const struct analysis *x, enum tally_by by, uint32_t i, const char *name,
                      uint32_t n, int64_t dur_us)
{
    CHECK(i < x->l->n_tally[by]);
    if (i >= x->l->n_tally[by])
        return;
    const struct tally_row *r = &x->l->tally[by][i];
    CHECK_EQ_STR(r->name, name);
    CHECK_EQ_INT(r->n, n);
    CHECK_EQ_INT(r->dur_ns, dur_us * 1000);
}

TEST(groups_of_every_kind)
{
    struct analysis x = sample();
    CHECK_EQ_INT(x.l->n_tally[TALLY_KERNEL], 3);
    check_row(&x, TALLY_KERNEL, 0, "add", 3, 45);
    check_row(&x, TALLY_KERNEL, 1, "gemm", 2, 40);
    check_row(&x, TALLY_KERNEL, 2, "lost", 1, 1);
    CHECK_EQ_INT(x.l->n_tally[TALLY_OP], 3);
    check_row(&x, TALLY_OP, 0, NULL, 3, 41);
    check_row(&x, TALLY_OP, 1, "aten::mm", 2, 40);
    check_row(&x, TALLY_OP, 2, "aten::add", 1, 5);
    check_row(&x, TALLY_ROOT, 1, "aten::linear", 2, 40);
    check_row(&x, TALLY_MODULE, 1, "Linear", 2, 40);
    check_row(&x, TALLY_MODULE, 2, "Model", 1, 5);
    check_row(&x, TALLY_CALL, 0, "cudaLaunchKernel", 2, 40);
    check_row(&x, TALLY_CALL, 1, "cudaGraphLaunch", 2, 40);
    check_row(&x, TALLY_CALL, 2, "cuLaunchKernel", 1, 5);
    check_row(&x, TALLY_CALL, 3, NULL, 1, 1);
    analysis_done(&x);
}

TEST(what_a_row_holds)
{
    struct analysis x = sample();
    const struct tally_row *gemm = &x.l->tally[TALLY_KERNEL][1];
    CHECK_EQ_INT(gemm->n_joined, 2);
    CHECK_EQ_INT(gemm->n_queued, 1);
    CHECK_EQ_INT(gemm->n_graph, 0);
    CHECK_EQ_INT(gemm->first, 0);
    CHECK_EQ_INT(gemm->shortest_ns, 10000);
    CHECK_EQ_INT(gemm->longest_ns, 30000);
    CHECK_EQ_INT(gemm->latency_ns, 95000 + 75000);
    CHECK_EQ_INT(gemm->queue_ns, 75000);
    CHECK_EQ_INT(x.l->tally[TALLY_KERNEL][0].n_graph, 2);
    CHECK_EQ_INT(x.l->tally[TALLY_KERNEL][2].n_joined, 0);
    analysis_done(&x);
}

TEST(rows_by_count_and_of_a_window)
{
    struct analysis x = sample();
    struct arena a;
    uint32_t n;
    arena_init(&a, ARENA_SMALL);
    struct tally_row *rows =
        tally_make(&a, x.p, &x.l->lineage, x.l->waits, NULL, TALLY_CALL, TALLY_BY_COUNT, &n);
    CHECK_EQ_INT(n, 4);
    CHECK_EQ_STR(rows[0].name, "cudaLaunchKernel");
    CHECK_EQ_STR(rows[2].name, "cuLaunchKernel"); /* equal ones in order of first sight */
    CHECK_EQ_STR(rows[3].name, NULL);
    const struct tklqt_select s = {.has_window = true, .from_ns = 60000, .to_ns = 96000};
    rows = tally_make(&a, x.p, &x.l->lineage, x.l->waits, &s, TALLY_KERNEL, TALLY_BY_TIME, &n);
    CHECK_EQ_INT(n, 1);
    CHECK_EQ_INT(rows[0].n, 3);
    arena_done(&a);
    analysis_done(&x);
}

TEST(classes_of_modules)
{
    static const char *const all[][2] = {
        {"Linear_3", "Linear"}, {"Linear", "Linear"}, {"Conv2d_12", "Conv2d"}, {"Conv2d", "Conv2d"},
        {"_3", "_3"},           {"A_", "A_"},         {"A_b_07", "A_b"},       {"", ""},
        {"42", "42"},           {"A__1", "A_"},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        CHECK(str_is(tally_module_class(all[i][0]), all[i][1]));
}
