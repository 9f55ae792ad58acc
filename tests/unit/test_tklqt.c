/* Waits, sums and windows, against values worked out on paper. */
#include "base/os.h"
#include "profile_fixture.h"

static const struct tklqt_wait *wait_of(const struct analysis *x, const char *kernel)
{
    return &x->l->waits[work_named(x->p, kernel)];
}

/*
 * stream 7       |==a 10-40==|==b 45-50==|   |=c 60-61=|
 * calls     a 0-5  b 20-24                 c 55-58
 */
static void three_kernels(struct trace *t)
{
    trace_begin(t);
    trace_op(t, 1, "outer", "-2", "1", 0);
    trace_op(t, 1, "aten::add", "-1", "60", 0);
    trace_call(t, 1, "cudaLaunchKernel", "0", "5", 1);
    trace_call(t, 1, "cudaLaunchKernel", "20", "4", 2);
    trace_call(t, 1, "cudaLaunchKernel", "55", "3", 3);
    trace_kernel(t, 0, 7, "a", "10", "30", 1);
    trace_kernel(t, 0, 7, "b", "45", "5", 2);
    trace_kernel(t, 0, 7, "c", "60", "1", 3);
}

TEST(waits_split_into_launch_and_queue)
{
    struct trace t;
    three_kernels(&t);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(wait_of(&x, "a")->latency_ns, 10000);
    CHECK_EQ_INT(wait_of(&x, "a")->queue_ns, 0);
    CHECK(wait_of(&x, "a")->free_ns == INT64_MIN);
    CHECK_EQ_INT(wait_of(&x, "b")->latency_ns, 25000);
    CHECK_EQ_INT(wait_of(&x, "b")->queue_ns, 20000); /* until a ends at 40 */
    CHECK_EQ_INT(wait_of(&x, "b")->free_ns, 40000);
    CHECK(wait_of(&x, "b")->is_queued && !wait_of(&x, "a")->is_queued);
    CHECK_EQ_INT(wait_of(&x, "c")->latency_ns, 5000);
    CHECK_EQ_INT(wait_of(&x, "c")->queue_ns, 0);
    const struct tklqt_sums *s = &x.l->sums;
    CHECK_EQ_INT(s->n_joined, 3);
    CHECK_EQ_INT(s->n_queued, 1);
    CHECK_EQ_INT(s->tklqt_ns, 40000);
    CHECK_EQ_INT(s->queue_ns, 20000);
    CHECK_EQ_INT(s->launch_ns, 20000);
    CHECK_EQ_INT(s->call_ns, 12000);
    CHECK_EQ_INT(s->after_call_ns, 28000);
    CHECK_EQ_INT(s->min_ns, 5000);
    CHECK_EQ_INT(s->median_ns, 10000);
    CHECK_EQ_INT(s->max_ns, 25000);
    CHECK_EQ_INT(s->kernels.sum_ns, 36000);
    CHECK_EQ_INT(s->kernels.union_ns, 36000);
    CHECK_EQ_INT(s->span_ns, 51000);
    CHECK_EQ_INT(s->il_ns, 62000);
    CHECK_EQ_INT(s->il_joined_ns, 62000);
    CHECK_EQ_INT(s->il_first_op_ns, 63000);
    CHECK_EQ_INT(s->from_ns, -2000);
    CHECK_EQ_INT(s->to_ns, 61000);
    CHECK_EQ_INT(s->n_before, 0);
    CHECK_EQ_INT(s->n_top_ops, 2);
    CHECK_EQ_INT(s->top_ops_ns, 61000);
    CHECK_NEAR(tklqt_cpu_bound_fraction(s), 2.0 / 3, 1e-12);
    CHECK_NEAR(tklqt_akd_ns(&s->kernels), 12000, 1e-12);
    analysis_done(&x);
}

TEST(waits_below_zero_keep_their_sign)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "105", "3", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "200", "3", 2);
    trace_call(&t, 1, "cudaLaunchKernel", "300", "3", 3);
    trace_kernel(&t, 0, 7, "early", "100", "10", 1);
    trace_kernel(&t, 0, 7, "earlier", "150", "10", 2);
    trace_kernel(&t, 0, 7, "plain", "310", "1", 3);
    struct analysis x = analyse(&t);
    const struct tklqt_sums *s = &x.l->sums;
    CHECK_EQ_INT(wait_of(&x, "early")->latency_ns, -5000);
    CHECK_EQ_INT(wait_of(&x, "earlier")->latency_ns, -50000);
    CHECK_EQ_INT(wait_of(&x, "earlier")->queue_ns, 0);
    CHECK_EQ_INT(s->n_negative, 2);
    CHECK_EQ_INT(s->tklqt_ns, -45000);
    CHECK_EQ_INT(s->launch_ns, -45000);
    CHECK_EQ_INT(s->queue_ns, 0);
    CHECK_EQ_INT(s->clamped_ns, 10000);
    CHECK_EQ_INT(s->min_ns, -50000);
    CHECK_EQ_INT(x.l->depth.most, 1);
    analysis_done(&x);
}

TEST(kernels_without_length_and_with_equal_starts)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "2", "1", 2);
    trace_call(&t, 1, "cudaLaunchKernel", "3", "1", 3);
    trace_kernel(&t, 0, 7, "none", "10", "0", 1);
    trace_kernel(&t, 0, 7, "long", "10", "5", 2);
    trace_kernel(&t, 0, 7, "same", "10", "5", 3);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(wait_of(&x, "long")->queue_ns, 0); /* the first of them: nothing before */
    CHECK_EQ_INT(wait_of(&x, "same")->queue_ns, 7000);
    CHECK_EQ_INT(wait_of(&x, "none")->queue_ns, 9000);
    CHECK_EQ_INT(x.l->sums.kernels.n, 3);
    CHECK_EQ_INT(x.l->sums.kernels.sum_ns, 10000);
    CHECK_EQ_INT(x.l->sums.kernels.union_ns, 5000);
    CHECK_EQ_INT(x.l->sums.n_queued, 2);
    analysis_done(&x);
}

/* A later start with an earlier end does not make the stream free. */
TEST(overlap_on_one_stream)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "2", "1", 2);
    trace_call(&t, 1, "cudaLaunchKernel", "4", "1", 3);
    trace_kernel(&t, 0, 7, "a", "10", "20", 1);
    trace_kernel(&t, 0, 7, "b", "15", "5", 2);
    trace_kernel(&t, 0, 7, "c", "31", "1", 3);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(wait_of(&x, "b")->queue_ns, 13000); /* up to its own start */
    CHECK_EQ_INT(wait_of(&x, "c")->queue_ns, 26000); /* until a ends */
    CHECK_EQ_INT(x.l->sums.kernels.sum_ns, 26000);
    CHECK_EQ_INT(x.l->sums.kernels.union_ns, 21000);
    analysis_done(&x);
}

TEST(two_streams_make_idle_by_sum_negative)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::add", "0", "5", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "3", "1", 2);
    trace_kernel(&t, 0, 7, "a", "10", "90", 1);
    trace_kernel(&t, 0, 8, "b", "12", "88", 2);
    struct analysis x = analyse(&t);
    const struct tklqt_sums *s = &x.l->sums;
    CHECK_EQ_INT(s->il_ns, 100000);
    CHECK_EQ_INT(s->il_ns - s->kernels.sum_ns, -78000);
    CHECK_EQ_INT(s->il_ns - s->kernels.union_ns, 10000);
    CHECK_EQ_INT(wait_of(&x, "b")->queue_ns, 0); /* another stream's work is launch */
    CHECK_EQ_INT(x.l->devices[0].n_streams, 2);
    analysis_done(&x);
}

TEST(copies_and_fills_keep_a_stream_busy)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaMemcpyAsync", "0", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "2", "1", 2);
    trace_call(&t, 1, "cudaMemsetAsync", "4", "1", 3);
    trace_call(&t, 1, "cudaLaunchKernel", "6", "1", 4);
    trace_work(&t, "gpu_memcpy", 0, 7, "copy", "5", "20", 1);
    trace_kernel(&t, 0, 7, "a", "27", "1", 2);
    trace_work(&t, "gpu_memset", 0, 7, "fill", "30", "2", 3);
    trace_kernel(&t, 0, 7, "b", "33", "1", 4);
    struct analysis x = analyse(&t);
    const struct tklqt_sums *s = &x.l->sums;
    CHECK_EQ_INT(wait_of(&x, "a")->queue_ns, 23000);
    CHECK_EQ_INT(wait_of(&x, "b")->queue_ns, 26000);
    CHECK_EQ_INT(s->n_joined, 2);
    CHECK_EQ_INT(s->tklqt_ns, 52000);
    CHECK_EQ_INT(s->all_ns, 52000 + 5000 + 26000);
    CHECK_EQ_INT(s->copies.n, 1);
    CHECK_EQ_INT(s->fills.sum_ns, 2000);
    CHECK_EQ_INT(s->works.n, 4);
    CHECK_EQ_INT(s->works.union_ns, 24000);
    analysis_done(&x);
}

/* sorted[floor(p (n - 1) + 0.5)]: of 20 values the 11th and the 19th. */
TEST(quantiles_as_the_reference_takes_them)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 1; i <= 20; i++) {
        char call[16], start[16];
        snprintf(call, sizeof call, "%u", i * 1000);
        snprintf(start, sizeof start, "%u", i * 1000 + 10 * (21 - i));
        trace_call(&t, 1, "cudaLaunchKernel", call, "1", i);
        trace_kernel(&t, 0, 7, "k", start, "1", i);
    }
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->sums.min_ns, 10000);
    CHECK_EQ_INT(x.l->sums.median_ns, 110000);
    CHECK_EQ_INT(x.l->sums.p95_ns, 190000);
    CHECK_EQ_INT(x.l->sums.max_ns, 200000);
    analysis_done(&x);
}

TEST(a_graph_counts_once_up_to_its_first_kernel)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 1);
    trace_call(&t, 1, "cudaGraphLaunch", "10", "1", 2);
    trace_kernel(&t, 0, 7, "plain", "5", "1", 1);
    trace_kernel(&t, 0, 7, "n2", "40", "1", 2);
    trace_kernel(&t, 0, 7, "n1", "20", "1", 2);
    trace_kernel(&t, 0, 8, "n3", "60", "1", 2);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->sums.tklqt_ns, 95000);
    CHECK_EQ_INT(x.l->sums.eager_ns, 5000);
    CHECK_EQ_INT(x.l->sums.graph_once_ns, 15000);
    analysis_done(&x);
}

/* ---- selections ---- */

static struct tklqt_sums sum_of(const struct analysis *x, const struct tklqt_select *s)
{
    struct tklqt_sums out;
    struct arena scratch;
    arena_init(&scratch, ARENA_SMALL);
    tklqt_sum(&scratch, x->p, &x->l->lineage, x->l->waits, s, &out);
    arena_done(&scratch);
    return out;
}

TEST(a_window_goes_by_the_begin_of_the_call)
{
    struct trace t;
    three_kernels(&t);
    trace_kernel(&t, 0, 7, "lost", "20", "1", 0);
    struct analysis x = analyse(&t);
    struct tklqt_sums s =
        sum_of(&x, &(struct tklqt_select){.has_window = true, .from_ns = 20000, .to_ns = 55000});
    CHECK_EQ_INT(s.n_joined, 1);
    CHECK_EQ_INT(s.tklqt_ns, 25000);
    CHECK_EQ_INT(s.queue_ns, 20000); /* a still counts as earlier work */
    CHECK_EQ_INT(s.kernels.n, 2);    /* without a call by its own start */
    CHECK_EQ_INT(s.first_aten, PROFILE_NONE);
    CHECK_EQ_INT(s.il_ns, -1);
    analysis_done(&x);
}

static void check_busy(const struct tklqt_busy *a, const struct tklqt_busy *b)
{
    CHECK_EQ_INT(a->n, b->n);
    CHECK_EQ_INT(a->sum_ns, b->sum_ns);
    CHECK_EQ_INT(a->union_ns, b->union_ns);
}

static void check_same(const struct tklqt_sums *a, const struct tklqt_sums *b)
{
    const int64_t of_a[] = {a->n_joined,        a->n_queued,      a->n_negative, a->tklqt_ns,
                            a->launch_ns,       a->queue_ns,      a->clamped_ns, a->all_ns,
                            a->eager_ns,        a->graph_once_ns, a->call_ns,    a->after_call_ns,
                            a->min_ns,          a->median_ns,     a->p95_ns,     a->max_ns,
                            a->span_ns,         a->first_op,      a->first_aten, a->il_ns,
                            a->il_joined_ns,    a->n_before,      a->from_ns,    a->to_ns,
                            a->n_top_ops,       a->n_op_lanes,    a->main_lane,  a->top_ops_ns,
                            a->top_ops_main_ns, a->n_syncs,       a->sync_ns,    a->il_first_op_ns};
    const int64_t of_b[] = {b->n_joined,        b->n_queued,      b->n_negative, b->tklqt_ns,
                            b->launch_ns,       b->queue_ns,      b->clamped_ns, b->all_ns,
                            b->eager_ns,        b->graph_once_ns, b->call_ns,    b->after_call_ns,
                            b->min_ns,          b->median_ns,     b->p95_ns,     b->max_ns,
                            b->span_ns,         b->first_op,      b->first_aten, b->il_ns,
                            b->il_joined_ns,    b->n_before,      b->from_ns,    b->to_ns,
                            b->n_top_ops,       b->n_op_lanes,    b->main_lane,  b->top_ops_ns,
                            b->top_ops_main_ns, b->n_syncs,       b->sync_ns,    b->il_first_op_ns};
    for (size_t i = 0; i < ARRAY_LEN(of_a); i++)
        CHECK_EQ_INT(of_a[i], of_b[i]);
    check_busy(&a->kernels, &b->kernels);
    check_busy(&a->joined, &b->joined);
    check_busy(&a->works, &b->works);
}

TEST(a_device_and_a_file)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::add", "0", "5", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "3", "1", 2);
    trace_call(&t, 1, "cudaStreamSynchronize", "5", "7", 0);
    trace_kernel(&t, 0, 7, "a", "10", "4", 1);
    trace_kernel(&t, 3, 7, "b", "20", "6", 2);
    struct analysis x = analyse(&t);
    struct tklqt_sums s = sum_of(&x, &(struct tklqt_select){.has_device = true, .device = 3});
    CHECK_EQ_INT(s.n_joined, 1);
    CHECK_EQ_INT(s.tklqt_ns, 17000);
    CHECK_EQ_INT(s.il_ns, 26000);
    CHECK_EQ_INT(s.n_syncs, 1);
    CHECK_EQ_INT(s.sync_ns, 7000);
    CHECK_EQ_INT(x.l->devices[1].id, 3);
    check_same(&x.l->devices[1].sums, &s);
    s = sum_of(&x, &(struct tklqt_select){.has_file = true, .file = 1});
    CHECK_EQ_INT(s.works.n, 0);
    CHECK_EQ_INT(s.n_top_ops, 0);
    analysis_done(&x);
}

/* Single devices summed together or one by one, of two files, in a window. */
TEST(devices_together_as_one_by_one)
{
    const char *paths[2];
    for (unsigned f = 0; f < 2; f++) {
        struct trace t;
        trace_begin(&t);
        trace_op(&t, 1, "aten::add", f == 0 ? "0" : "3", "5", 0);
        trace_op(&t, 2, "aten::mul", "40", "5", 0);
        for (unsigned i = 1; i <= 60; i++) {
            char call[16], start[16];
            snprintf(call, sizeof call, "%u", i * 3);
            snprintf(start, sizeof start, "%u", i * 5 + f);
            trace_call(&t, i % 2, i % 7 == 0 ? "cudaGraphLaunch" : "cudaLaunchKernel", call, "2",
                       i);
            trace_kernel(&t, i % 3, i % 5, "k", start, "6", i % 11 == 0 ? i + 1 : i);
        }
        paths[f] = t_temp_path(f == 0 ? "d0.json" : "d1.json");
        CHECK_EQ_INT(os_write_file(paths[f], trace_json(&t), NULL), STATUS_OK);
        text_done(&t.text);
    }
    struct analysis x;
    struct err e = {0};
    CHECK_EQ_INT(launches_open(&x.l, paths, 2, NULL, NULL, &e), STATUS_OK);
    x.p = profile_retain((struct profile *)(uintptr_t)x.l->profile);
    for (int windowed = 0; windowed < 2; windowed++) {
        struct tklqt_select s = {.has_window = windowed == 1, .from_ns = 30000, .to_ns = 99000};
        struct tklqt_device all[6] = {{0}};
        struct arena scratch;
        for (uint32_t i = 0; i < 6; i++)
            all[i].file = i / 3, all[i].id = i % 3;
        arena_init(&scratch, ARENA_SMALL);
        tklqt_sum_devices(&scratch, x.p, &x.l->lineage, x.l->waits, &s, all, 6);
        arena_done(&scratch);
        for (uint32_t i = 0; i < 6; i++) {
            s.has_file = s.has_device = true;
            s.file = all[i].file, s.device = all[i].id;
            struct tklqt_sums one = sum_of(&x, &s);
            check_same(&all[i].sums, &one);
        }
    }
    analysis_done(&x);
}

/* ---- edges ---- */

TEST(kernels_before_the_first_operator)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 5);
    trace_kernel(&t, 0, 7, "warm", "5", "100", 4);
    trace_op(&t, 1, "ProfilerStep#1", "1", "50", 0);
    trace_op(&t, 1, "forward", "10", "50", 0);
    trace_op(&t, 1, "aten::add", "20", "5", 0);
    trace_kernel(&t, 0, 7, "k", "105", "2", 5);
    struct analysis x = analyse(&t);
    const struct tklqt_sums *s = &x.l->sums;
    CHECK_EQ_INT(s->n_before, 1);
    CHECK_EQ_INT(s->il_ns, 87000);
    CHECK_EQ_INT(s->il_first_op_ns, 97000);
    CHECK_EQ_INT(s->il_ns - s->kernels.sum_ns, -15000);
    CHECK_EQ_INT(s->joined.sum_ns, 2000);
    analysis_done(&x);
}

TEST(no_operator_no_latency)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 5);
    trace_kernel(&t, 0, 7, "k", "5", "2", 5);
    struct analysis x = analyse(&t);
    const struct tklqt_sums *s = &x.l->sums;
    CHECK_EQ_INT(s->first_op, PROFILE_NONE);
    CHECK_EQ_INT(s->first_aten, PROFILE_NONE);
    CHECK_EQ_INT(s->il_ns, -1);
    CHECK_EQ_INT(s->il_joined_ns, -1);
    CHECK_EQ_INT(s->il_first_op_ns, -1);
    CHECK_EQ_INT(s->main_lane, PROFILE_NONE);
    CHECK_EQ_INT(s->from_ns, 5000);
    analysis_done(&x);
}

TEST(nothing_joined)
{
    struct trace t;
    trace_begin(&t);
    trace_kernel(&t, 0, 7, "k", "5", "2", 5);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->sums.n_joined, 0);
    CHECK(isnan(tklqt_cpu_bound_fraction(&x.l->sums)));
    CHECK(isnan(tklqt_akd_ns(&x.l->sums.joined)));
    CHECK_EQ_INT(x.l->sums.median_ns, 0);
    analysis_done(&x);
}

/* 3,000 waits of 73 years each are more than 64 bits of nanoseconds hold. */
TEST(sums_stop_at_their_limit)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaGraphLaunch", "-2300000000000000", "1", 1);
    trace_op(&t, 1, "aten::add", "-2300000000000000", "604800000000", 0);
    for (unsigned i = 0; i < 20000; i++)
        trace_kernel(&t, 0, 7, "k", "2300000000000000", "604800000000", 1);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->sums.tklqt_ns, INT64_MAX);
    CHECK_EQ_INT(x.l->sums.kernels.sum_ns, INT64_MAX);
    CHECK_EQ_INT(x.l->sums.kernels.union_ns, INT64_C(604800000000000));
    CHECK_EQ_INT(x.l->tally[TALLY_KERNEL][0].dur_ns, INT64_MAX);
    CHECK_EQ_INT(x.l->tree.nodes[0].gpu_ns, INT64_MAX);
    int64_t sum = INT64_MIN + 1;
    tklqt_add(&sum, -2);
    CHECK(sum == INT64_MIN);
    analysis_done(&x);
}
