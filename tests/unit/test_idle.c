/* Gaps of a device, one small trace for each cause. */
#include "profile_fixture.h"

/* Kernel a from 10 to 20; what follows is the case. */
static void begin(struct trace *t)
{
    trace_begin(t);
    trace_call(t, 1, "cudaLaunchKernel", "0", "1", 1);
    trace_kernel(t, 0, 7, "a", "10", "10", 1);
}

/* The only gap, from the end of a to the start of b; ends the trace. */
static struct analysis one_gap(struct trace *t, enum idle_why why, int64_t dur_ns, int64_t host_ns)
{
    struct analysis x = analyse(t);
    const struct idle *d = &x.l->idle;
    CHECK_EQ_INT(d->n_gaps, 1);
    if (d->n_gaps != 1)
        return x;
    CHECK_EQ_STR(idle_info[d->gaps[0].why].name, idle_info[why].name);
    CHECK_EQ_INT(d->gaps[0].start_ns, 20000);
    CHECK_EQ_INT(d->gaps[0].dur_ns, dur_ns);
    CHECK_EQ_INT(d->gaps[0].host_ns, host_ns);
    if (why != IDLE_UNKNOWN)
        CHECK_EQ_INT(d->gaps[0].launch_ns, dur_ns - host_ns);
    CHECK_EQ_INT(d->gaps[0].before, work_named(x.p, "a"));
    CHECK_EQ_INT(d->gaps[0].next, work_named(x.p, "b"));
    CHECK_EQ_INT(d->n[why], 1);
    CHECK_EQ_INT(d->ns[why], dur_ns);
    CHECK_EQ_INT(d->all_ns, dur_ns);
    return x;
}

static void check_call(const struct analysis *x, const char *name)
{
    uint32_t call = x->l->idle.n_gaps > 0 ? x->l->idle.gaps[0].call : PROFILE_NONE;
    CHECK_EQ_STR(call == PROFILE_NONE ? "-" : x->p->names[x->p->calls[call].name], name);
}

TEST(a_wait_for_the_gpu_drains_it)
{
    struct trace t;
    begin(&t);
    trace_call(&t, 1, "cudaDeviceSynchronize", "5", "16", 0);
    trace_op(&t, 1, "item", "4", "18", 0);
    trace_call(&t, 1, "cudaMalloc", "23", "2", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "40", "2", 2);
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    struct analysis x = one_gap(&t, IDLE_SYNC, 25000, 20000);
    check_call(&x, "cudaDeviceSynchronize");
    CHECK_EQ_INT(x.l->idle.gaps[0].op, op_named(x.p, "item"));
    analysis_done(&x);
}

/* The wait itself calls the driver, and that is what begins last before the gap. */
TEST(a_wait_with_a_call_within)
{
    struct trace t;
    begin(&t);
    trace_call(&t, 1, "cudaStreamSynchronize", "5", "16", 0);
    trace_driver(&t, 1, "cuStreamSynchronize", "6", "14.5", 0);
    trace_driver(&t, 1, "cuEventQuery", "7", "1", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "40", "2", 2);
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    struct analysis x = one_gap(&t, IDLE_SYNC, 25000, 20000);
    check_call(&x, "cuStreamSynchronize");
    analysis_done(&x);
}

TEST(a_wait_of_another_thread_is_none)
{
    struct trace t;
    begin(&t);
    trace_call(&t, 2, "cudaDeviceSynchronize", "5", "16", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "40", "2", 2);
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    struct analysis x = one_gap(&t, IDLE_HOST, 25000, 20000);
    check_call(&x, "cudaLaunchKernel");
    analysis_done(&x);
}

TEST(a_busy_host)
{
    struct trace t;
    begin(&t);
    trace_op(&t, 1, "aten::add", "35", "10", 0);
    trace_call(&t, 1, "cudaMalloc", "22", "9", 0); /* less than half of the time */
    trace_call(&t, 1, "cudaLaunchKernel", "40", "2", 2);
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    trace_op(&t, 1, "aten::first", "10", "1", 0); /* the run begins with work a */
    struct analysis x = one_gap(&t, IDLE_HOST, 25000, 20000);
    check_call(&x, "cudaLaunchKernel");
    CHECK_EQ_INT(x.l->idle.gaps[0].op, op_named(x.p, "aten::add"));
    analysis_done(&x);
}

TEST(a_call_that_takes_most_of_the_time)
{
    struct trace t;
    begin(&t);
    trace_call(&t, 1, "cudaEventRecord", "21", "1", 0);
    trace_call(&t, 1, "cudaMalloc", "23", "12", 0);
    trace_call(&t, 1, "cudaEventRecord", "36", "1", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "40", "2", 2);
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    struct analysis x = one_gap(&t, IDLE_HOST, 25000, 20000);
    check_call(&x, "cudaMalloc");
    analysis_done(&x);
}

TEST(a_slow_launch)
{
    struct trace t;
    begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "22", "5", 2);
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    struct analysis x = one_gap(&t, IDLE_LAUNCH, 25000, 2000);
    check_call(&x, "cudaLaunchKernel");
    analysis_done(&x);
    begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "15", "6", 2); /* still being called as the gap begins */
    trace_kernel(&t, 0, 7, "b", "45", "1", 2);
    x = one_gap(&t, IDLE_LAUNCH, 25000, 0);
    analysis_done(&x);
}

TEST(work_that_was_there)
{
    struct trace t;
    begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "15", "5", 2);
    trace_kernel(&t, 0, 7, "b", "30", "1", 2);
    struct analysis x = one_gap(&t, IDLE_READY, 10000, 0);
    analysis_done(&x);
    begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "15", "5", 2);
    trace_kernel(&t, 0, 7, "b", "30.001", "1", 2);
    x = one_gap(&t, IDLE_BLOCKED, 10001, 0);
    analysis_done(&x);
}

TEST(work_without_a_call)
{
    struct trace t;
    begin(&t);
    trace_kernel(&t, 0, 7, "b", "45", "1", 9);
    struct analysis x = one_gap(&t, IDLE_UNKNOWN, 25000, 0);
    check_call(&x, "-");
    analysis_done(&x);
}

TEST(the_run_begins_with_its_first_operator)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::add", "-30", "5", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 1);
    trace_kernel(&t, 0, 7, "a", "10", "10", 1);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->idle.n_gaps, 1);
    CHECK_EQ_INT(x.l->idle.gaps[0].before, PROFILE_NONE);
    CHECK_EQ_INT(x.l->idle.gaps[0].start_ns, -30000);
    CHECK_EQ_INT(x.l->idle.gaps[0].dur_ns, 40000);
    CHECK_EQ_INT(x.l->idle.gaps[0].why, IDLE_HOST);
    analysis_done(&x);
}

/* b of stream 8 was launched at 12 and starts as a of stream 7 ends. */
TEST(a_stream_that_waits_for_another)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "12", "1", 2);
    trace_kernel(&t, 0, 7, "a", "10", "40", 1);
    trace_kernel(&t, 0, 8, "b", "51", "1", 2);
    struct analysis x = analyse(&t);
    const struct idle *d = &x.l->idle;
    CHECK_EQ_INT(d->n_dependencies, 1);
    CHECK_EQ_INT(d->dependencies[0].start_ns, 13000);
    CHECK_EQ_INT(d->dependencies[0].dur_ns, 38000);
    CHECK_EQ_INT(d->dependencies[0].waits_for, work_named(x.p, "a"));
    CHECK_EQ_INT(d->dependencies[0].next, work_named(x.p, "b"));
    CHECK_EQ_INT(d->n[IDLE_DEPENDENCY], 1);
    CHECK_EQ_INT(d->ns[IDLE_DEPENDENCY], 38000);
    CHECK_EQ_INT(d->n_gaps, 1);
    CHECK_EQ_INT(d->gaps[0].why, IDLE_READY);
    CHECK_EQ_INT(d->all_ns, 1000);
    analysis_done(&x);
}

/* Nothing of another stream ended before b, or what ended was not there when b could start. */
TEST(a_stream_that_waits_for_nobody)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "0", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "12", "1", 2);
    trace_kernel(&t, 0, 7, "a", "10", "100", 1);
    trace_kernel(&t, 0, 8, "b", "51", "1", 2);
    trace_kernel(&t, 1, 7, "of another device", "10", "41", 9);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->idle.n_dependencies, 0);
    analysis_done(&x);
}

TEST(devices_are_idle_by_themselves)
{
    struct trace t;
    trace_begin(&t);
    trace_kernel(&t, 1, 7, "c", "100", "10", 9);
    trace_kernel(&t, 0, 7, "a", "10", "10", 9);
    trace_kernel(&t, 0, 8, "a2", "15", "10", 9);
    trace_kernel(&t, 1, 8, "d", "120", "10", 9);
    trace_kernel(&t, 0, 7, "b", "50", "10", 9);
    struct analysis x = analyse(&t);
    const struct idle *d = &x.l->idle;
    CHECK_EQ_INT(d->n_gaps, 2);
    int64_t sum = 0;
    for (uint32_t i = 0; i < d->n_gaps; i++)
        sum += d->gaps[i].dur_ns;
    CHECK_EQ_INT(sum, 35000);
    CHECK_EQ_INT(d->all_ns, 35000);
    uint32_t n = 1;
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    const struct idle_gap **longest = idle_longest(&a, d->gaps, d->n_gaps, &n);
    CHECK_EQ_INT(n, 1);
    CHECK_EQ_INT(longest[0]->dur_ns, 25000);
    CHECK_EQ_INT(longest[0]->before, work_named(x.p, "a2"));
    n = 9;
    longest = idle_longest(&a, d->gaps, d->n_gaps, &n);
    CHECK_EQ_INT(n, 2);
    CHECK_EQ_INT(longest[1]->dur_ns, 10000);
    arena_done(&a);
    analysis_done(&x);
}

TEST(the_longest_of_many)
{
    enum { N = 500 };
    struct idle_gap gaps[N];
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    for (uint32_t i = 0; i < N; i++)
        gaps[i] = (struct idle_gap){.dur_ns = (int64_t)(hash_u64(i + 1) % 97)};
    for (uint32_t wanted = 0; wanted <= N; wanted += 50) {
        uint32_t n = wanted, n_all = N;
        const struct idle_gap **some = idle_longest(&a, gaps, N, &n);
        const struct idle_gap **all = idle_longest(&a, gaps, N, &n_all);
        CHECK_EQ_INT(n, wanted);
        for (uint32_t i = 0; i < n; i++)
            CHECK(some[i] == all[i]);
        for (uint32_t i = 1; i < n_all; i++)
            CHECK(all[i - 1]->dur_ns > all[i]->dur_ns ||
                  (all[i - 1]->dur_ns == all[i]->dur_ns && all[i - 1] < all[i]));
    }
    arena_done(&a);
}

TEST(gaps_and_work_make_up_the_run)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::add", "0", "5", 0);
    for (unsigned i = 1; i <= 40; i++) {
        char call[16], start[16];
        snprintf(call, sizeof call, "%u", i * 20);
        snprintf(start, sizeof start, "%u", i * 20 + 10 + i * i % 37);
        trace_call(&t, 1, "cudaLaunchKernel", call, "4", i % 9 == 0 ? 0 : i);
        trace_kernel(&t, 0, 7 + i % 3, "k", start, "9", i);
    }
    struct analysis x = analyse(&t);
    const struct idle *d = &x.l->idle;
    int64_t by_why = 0;
    for (int why = 0; why < IDLE_N; why++)
        by_why += why == IDLE_DEPENDENCY ? 0 : d->ns[why];
    CHECK_EQ_INT(by_why, d->all_ns);
    CHECK_EQ_INT(d->all_ns, x.l->sums.il_ns - x.l->sums.works.union_ns);
    analysis_done(&x);
}
