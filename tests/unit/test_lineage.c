/* Where each kernel comes from: calls by number, operators by id or by enclosing time. */
#include "base/os.h"
#include "profile_fixture.h"

static const struct lineage_of *of_work(const struct analysis *x, const char *name)
{
    return &x->l->lineage.of[work_named(x->p, name)];
}

static const char *span_name(const struct profile *p, const struct profile_span *all, uint32_t i)
{
    return i == PROFILE_NONE ? "-" : p->names[all[i].name];
}

/* Call, operator, root and module of a kernel, by name. */
static void check_origin(const struct analysis *x, const char *kernel, const char *call,
                         const char *op, const char *root, const char *module)
{
    const struct lineage_of *of = of_work(x, kernel);
    CHECK_EQ_STR(span_name(x->p, x->p->calls, of->call), call);
    CHECK_EQ_STR(span_name(x->p, x->p->ops, of->op), op);
    CHECK_EQ_STR(span_name(x->p, x->p->ops, of->root), root);
    CHECK_EQ_STR(span_name(x->p, x->p->ranges, of->module), module);
}

TEST(any_call_with_the_number_is_the_launch)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "someFutureLaunchCall", "1", "1", 1);
    trace_driver(&t, 1, "cuLaunchKernelEx", "3", "1", 2);
    trace_call(&t, 1, "hipExtModuleLaunchKernel", "5", "1", 3);
    trace_kernel(&t, 0, 7, "a", "10", "1", 1);
    trace_kernel(&t, 0, 7, "b", "12", "1", 2);
    trace_kernel(&t, 0, 7, "c", "14", "1", 3);
    struct analysis x = analyse(&t);
    check_origin(&x, "a", "someFutureLaunchCall", "-", "-", "-");
    check_origin(&x, "b", "cuLaunchKernelEx", "-", "-", "-");
    check_origin(&x, "c", "hipExtModuleLaunchKernel", "-", "-", "-");
    CHECK_EQ_INT(x.l->lineage.n_miss[LINEAGE_JOINED], 3);
    CHECK_EQ_INT(x.l->lineage.n_works_of[0], 1);
    analysis_done(&x);
}

/* Operator 5 launches on thread 2 what thread 1 asked for; its id says so, the time does not. */
static struct analysis era(unsigned id_a, unsigned id_b)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "asked", "0", "100", 5);
    trace_op(&t, 2, "around", "0", "100", 6);
    t.external = id_a;
    trace_call(&t, 2, "cudaLaunchKernel", "10", "5", 11);
    trace_kernel(&t, 0, 7, "a", "20", "1", 11);
    t.external = id_b;
    trace_call(&t, 2, "cudaLaunchKernel", "30", "5", 12);
    trace_kernel(&t, 0, 7, "b", "40", "1", 12);
    return analyse(&t);
}

TEST(external_ids_of_operators_win)
{
    struct analysis x = era(5, 5);
    CHECK(x.l->lineage.is_external_used);
    check_origin(&x, "a", "cudaLaunchKernel", "asked", "asked", "-");
    CHECK_EQ_INT(x.l->lineage.n_ext, 2);
    CHECK_EQ_INT(x.l->lineage.n_enclosed, 2);
    CHECK_EQ_INT(x.l->lineage.n_agree, 0);
    analysis_done(&x);
    x = era(6, 99); /* an id that no operator has */
    check_origin(&x, "a", "cudaLaunchKernel", "around", "around", "-");
    check_origin(&x, "b", "cudaLaunchKernel", "around", "around", "-");
    CHECK_EQ_INT(x.l->lineage.n_ext, 1);
    CHECK_EQ_INT(x.l->lineage.n_agree, 1);
    analysis_done(&x);
}

TEST(external_ids_that_are_correlations_are_ignored)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "by chance", "0", "5", 11);
    trace_op(&t, 1, "around", "8", "100", 5);
    for (unsigned i = 11; i < 31; i++) {
        char ts[8], name[8];
        snprintf(ts, sizeof ts, "%u", i);
        snprintf(name, sizeof name, "k%u", i);
        t.external = i;
        trace_call(&t, 1, "cudaLaunchKernel", ts, "0.5", i);
        t.external = i == 30 ? 11 : i; /* nearly all */
        trace_kernel(&t, 0, 7, name, ts, "0.5", i);
    }
    struct analysis x = analyse(&t);
    CHECK(!x.l->lineage.is_external_used);
    check_origin(&x, "k11", "cudaLaunchKernel", "around", "around", "-");
    check_origin(&x, "k30", "cudaLaunchKernel", "around", "around", "-");
    CHECK_EQ_INT(x.l->lineage.n_ext, 2);
    analysis_done(&x);
}

TEST(without_external_ids_time_decides)
{
    struct analysis x = era(0, 0);
    CHECK(!x.l->lineage.is_external_used);
    check_origin(&x, "a", "cudaLaunchKernel", "around", "around", "-");
    analysis_done(&x);
}

/* Driver calls have no id of their own, but their kernels do, and the other way round. */
TEST(the_id_of_kernel_or_call)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "first", "0", "10", 5);
    trace_op(&t, 1, "second", "20", "10", 6);
    trace_driver(&t, 1, "cuLaunchKernel", "2", "1", 11);
    t.external = 5;
    trace_kernel(&t, 0, 7, "a", "40", "1", 11);
    t.external = 6;
    trace_call(&t, 2, "cudaLaunchKernel", "5", "1", 12);
    t.external = 0;
    trace_kernel(&t, 0, 7, "b", "42", "1", 12);
    trace_driver(&t, 1, "cuLaunchKernel", "22", "1", 13);
    trace_kernel(&t, 0, 7, "c", "44", "1", 13);
    struct analysis x = analyse(&t);
    check_origin(&x, "a", "cuLaunchKernel", "first", "first", "-");
    check_origin(&x, "b", "cudaLaunchKernel", "second", "second", "-");
    check_origin(&x, "c", "cuLaunchKernel", "second", "second", "-");
    analysis_done(&x);
}

TEST(reasons_of_kernels_without_a_call)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "1", 10);
    trace_call(&t, 1, "cudaDeviceSynchronize", "2", "1", 0);
    trace_kernel(&t, 0, 7, "joined", "5", "1", 10);
    trace_kernel(&t, 0, 7, "before", "6", "1", 9);
    trace_kernel(&t, 0, 7, "nobody", "7", "1", 11);
    trace_kernel(&t, 0, 7, "nameless", "8", "1", 0);
    trace_work(&t, "gpu_memcpy", 0, 7, "copy", "9", "1", 12);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(of_work(&x, "joined")->miss, LINEAGE_JOINED);
    CHECK_EQ_INT(of_work(&x, "before")->miss, LINEAGE_BEFORE);
    CHECK_EQ_INT(of_work(&x, "nobody")->miss, LINEAGE_NO_CALL);
    CHECK_EQ_INT(of_work(&x, "nameless")->miss, LINEAGE_NO_NUMBER);
    for (int m = 0; m < LINEAGE_MISS_N; m++) {
        CHECK_EQ_INT(x.l->lineage.n_miss[m], 1);
        CHECK(lineage_miss_name((enum lineage_miss)m)[0] != '\0');
        CHECK(lineage_miss_text((enum lineage_miss)m)[0] != '\0');
    }
    analysis_done(&x);
}

TEST(of_repeated_calls_the_last_counts)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "first", "1", "1", 10);
    trace_call(&t, 1, "second", "2", "1", 10);
    trace_call(&t, 1, "third", "3", "1", 10);
    trace_kernel(&t, 0, 7, "k", "5", "1", 10);
    struct analysis x = analyse(&t);
    check_origin(&x, "k", "third", "-", "-", "-");
    CHECK_EQ_INT(x.l->lineage.n_repeated, 2);
    CHECK_EQ_INT(x.l->lineage.n_uncertain, 0);
    CHECK(!of_work(&x, "k")->is_graph);
    analysis_done(&x);
}

TEST(a_graph_launches_many_kernels)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaGraphLaunch", "1", "1", 10);
    trace_call(&t, 1, "cudaGraphLaunch", "3", "1", 11);
    trace_call(&t, 1, "cudaLaunchKernel", "5", "1", 12);
    trace_kernel(&t, 0, 7, "a", "10", "1", 10);
    trace_kernel(&t, 0, 8, "b", "11", "1", 10);
    trace_work(&t, "gpu_memset", 0, 7, "fill", "11.5", "0.1", 10);
    trace_kernel(&t, 0, 7, "c", "12", "1", 10);
    trace_kernel(&t, 0, 7, "lonely", "13", "1", 11);
    trace_kernel(&t, 0, 7, "plain", "14", "1", 12);
    trace_kernel(&t, 0, 7, "lost", "15", "1", 3); /* a graph whose launch was not recorded */
    trace_kernel(&t, 0, 7, "too", "16", "1", 3);
    struct analysis x = analyse(&t);
    CHECK(of_work(&x, "a")->is_graph && of_work(&x, "b")->is_graph && of_work(&x, "c")->is_graph);
    CHECK(of_work(&x, "lonely")->is_graph && !of_work(&x, "plain")->is_graph);
    CHECK(of_work(&x, "lost")->is_graph && of_work(&x, "too")->is_graph);
    CHECK_EQ_INT(of_work(&x, "lost")->miss, LINEAGE_BEFORE);
    CHECK_EQ_INT(x.l->lineage.n_graph_launches, 3);
    CHECK_EQ_INT(x.l->lineage.n_graph_kernels, 6);
    CHECK_EQ_INT(x.l->lineage.n_shared, 2);
    CHECK_EQ_INT(x.l->lineage.n_most, 4);
    CHECK_EQ_INT(x.l->lineage.n_works_of[0], 4);
    analysis_done(&x);
}

TEST(equal_streams_of_two_devices_are_two_lanes)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "3", "1", 2);
    trace_kernel(&t, 0, 7, "a", "5", "100", 1);
    trace_kernel(&t, 1, 7, "b", "6", "1", 2);
    struct analysis x = analyse(&t);
    CHECK(x.p->works[0].lane != x.p->works[1].lane);
    CHECK_EQ_INT(x.l->waits[1].queue_ns, 0);
    CHECK_EQ_INT(x.l->n_devices, 2);
    analysis_done(&x);
}

/* ---- several processes ---- */

static const char *rank_file(const char *name, const char *call, const char *kernel)
{
    struct trace t;
    struct err e = {0};
    const char *path = t_temp_path(name);
    trace_begin(&t);
    trace_op(&t, 1, call, "0", "9", 3);
    t.external = 3;
    trace_call(&t, 1, call, "1", "1", 10);
    trace_kernel(&t, 0, 7, kernel, "5", "2", 10);
    CHECK_EQ_INT(os_write_file(path, trace_json(&t), &e), STATUS_OK);
    text_done(&t.text);
    return path;
}

TEST(files_join_apart)
{
    const char *paths[2] = {rank_file("rank0.json", "call0", "k0"),
                            rank_file("rank1.json", "call1", "k1")};
    struct analysis x;
    struct err e = {0};
    CHECK_EQ_INT(profile_open(&x.p, paths, 2, NULL, NULL, &e), STATUS_OK);
    CHECK_EQ_INT(launches_make(&x.l, x.p, NULL, NULL, &e), STATUS_OK);
    check_origin(&x, "k0", "call0", "call0", "call0", "-");
    check_origin(&x, "k1", "call1", "call1", "call1", "-");
    CHECK_EQ_INT(x.l->lineage.n_repeated, 0);
    CHECK_EQ_INT(x.l->lineage.n_shared, 0);
    CHECK_EQ_INT(x.l->n_devices, 2);
    CHECK_EQ_INT(x.l->devices[1].file, 1);
    analysis_done(&x);
}

/* Device 0 belongs to process 1, device 1 to process 2; number 10 is of both. */
TEST(a_merged_file_votes_by_stream)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "old of 1", "0", "1", 10);
    trace_call(&t, 1, "of 1", "1", "1", 10);
    trace_call(&t, 1, "only 1", "2", "1", 11);
    t.process = 2;
    trace_call(&t, 1, "of 2", "1", "1", 10);
    trace_call(&t, 1, "only 2", "2", "1", 12);
    trace_kernel(&t, 0, 7, "a", "5", "1", 10);
    trace_kernel(&t, 0, 7, "b", "6", "1", 11);
    trace_kernel(&t, 1, 7, "c", "5", "1", 10);
    trace_kernel(&t, 1, 7, "d", "6", "1", 12);
    trace_kernel(&t, 2, 7, "whose", "5", "1", 10); /* nothing tells */
    struct analysis x = analyse(&t);
    check_origin(&x, "a", "of 1", "-", "-", "-");
    check_origin(&x, "c", "of 2", "-", "-", "-");
    check_origin(&x, "whose", "of 2", "-", "-", "-");
    CHECK_EQ_INT(x.l->lineage.n_uncertain, 1);
    CHECK_EQ_INT(x.l->lineage.n_repeated, 2);
    analysis_done(&x);
}

/* ---- operators and modules around ---- */

TEST(roots_and_modules)
{
    struct trace t;
    trace_begin(&t);
    trace_module(&t, 1, "Model_0", "0", "100");
    trace_module(&t, 1, "Linear_1", "10", "50");
    trace_op(&t, 1, "aten::linear", "20", "30", 1);
    trace_op(&t, 1, "aten::mm", "22", "20", 2);
    trace_call(&t, 1, "cudaLaunchKernel", "25", "5", 1);
    trace_op(&t, 1, "aten::add", "70", "20", 3);
    trace_call(&t, 1, "cudaLaunchKernel", "75", "5", 2);
    trace_call(&t, 2, "cudaLaunchKernel", "76", "5", 3); /* of another thread */
    trace_kernel(&t, 0, 7, "inner", "90", "1", 1);
    trace_kernel(&t, 0, 7, "outer", "92", "1", 2);
    trace_kernel(&t, 0, 7, "other", "94", "1", 3);
    struct analysis x = analyse(&t);
    check_origin(&x, "inner", "cudaLaunchKernel", "aten::mm", "aten::linear", "Linear_1");
    check_origin(&x, "outer", "cudaLaunchKernel", "aten::add", "aten::add", "Model_0");
    check_origin(&x, "other", "cudaLaunchKernel", "-", "-", "-");
    CHECK_EQ_INT(x.l->lineage.op_parent[op_named(x.p, "aten::mm")], op_named(x.p, "aten::linear"));
    CHECK_EQ_INT(x.l->lineage.module_parent[1], 0);
    CHECK_EQ_INT(x.l->lineage.module_parent[0], PROFILE_NONE);
    analysis_done(&x);
}

TEST(a_step_is_nobodys_root)
{
    struct trace t;
    trace_begin(&t);
    trace_span(&t, "Operator", "ProfilerStep#1", 1, 1, "0", "100");
    text_puts(&t.text, "}");
    trace_op(&t, 1, "aten::linear", "20", "30", 0);
    trace_op(&t, 1, "aten::mm", "22", "20", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "25", "5", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "75", "5", 2);
    trace_kernel(&t, 0, 7, "inner", "90", "1", 1);
    trace_kernel(&t, 0, 7, "outer", "92", "1", 2);
    struct analysis x = analyse(&t);
    check_origin(&x, "inner", "cudaLaunchKernel", "aten::mm", "aten::linear", "-");
    check_origin(&x, "outer", "cudaLaunchKernel", "ProfilerStep#1", "-", "-");
    CHECK_EQ_STR(x.p->names[x.p->ops[x.l->sums.first_op].name], "aten::linear");
    analysis_done(&x);
}

TEST(calls_that_wait)
{
    CHECK(lineage_is_sync("cudaDeviceSynchronize"));
    CHECK(lineage_is_sync("hipStreamSynchronize"));
    CHECK(lineage_is_sync("cuCtxSynchronize"));
    CHECK(lineage_is_sync("cudaMemcpy"));
    CHECK(lineage_is_sync("hipMemcpy"));
    CHECK(!lineage_is_sync("cudaMemcpyAsync"));
    CHECK(!lineage_is_sync("cudaLaunchKernel"));
}
