/* How many launches wait, over time and in equal pieces of it. */
#include "profile_fixture.h"

/* depth  0 1 2     1   0
 * at     . 1 2     4   8       a: 1 to 4, b: 2 to 8 on another stream */
static struct analysis two(void)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "0.5", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "2", "0.5", 2);
    trace_kernel(&t, 0, 7, "a", "4", "1", 1);
    trace_kernel(&t, 0, 8, "b", "8", "1", 2);
    trace_kernel(&t, 0, 8, "lost", "9", "1", 0);
    return analyse(&t);
}

static void check_step(const struct depth *d, uint32_t i, int64_t at_ns, uint32_t depth)
{
    CHECK(i < d->n_steps);
    if (i >= d->n_steps)
        return;
    CHECK_EQ_INT(d->steps[i].at_ns, at_ns);
    CHECK_EQ_INT(d->steps[i].depth, depth);
}

TEST(depth_rises_with_calls_and_falls_with_starts)
{
    struct analysis x = two();
    const struct depth *d = &x.l->depth;
    CHECK_EQ_INT(d->n_steps, 4);
    check_step(d, 0, 1000, 1);
    check_step(d, 1, 2000, 2);
    check_step(d, 2, 4000, 1);
    check_step(d, 3, 8000, 0);
    CHECK_EQ_INT(d->most, 2);
    CHECK_NEAR(d->mean, 9.0 / 7, 1e-12);
    analysis_done(&x);
}

TEST(depth_of_one_stream)
{
    struct analysis x = two();
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct depth d = depth_make(&a, x.p, &x.l->lineage, x.p->works[work_named(x.p, "b")].lane);
    CHECK_EQ_INT(d.n_steps, 2);
    check_step(&d, 0, 2000, 1);
    check_step(&d, 1, 8000, 0);
    CHECK_NEAR(d.mean, 1, 1e-12);
    d = depth_make(&a, x.p, &x.l->lineage, x.p->calls[0].lane);
    CHECK_EQ_INT(d.n_steps, 0);
    CHECK_EQ_INT(d.mean == 0, 1);
    arena_done(&a);
    analysis_done(&x);
}

TEST(a_graph_raises_it_by_all_its_kernels)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaGraphLaunch", "1", "1", 1);
    for (unsigned i = 0; i < 5; i++)
        trace_kernel(&t, 0, 7, "k", "4", "0", 1);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->depth.most, 5);
    CHECK_NEAR(x.l->depth.mean, 5, 1e-12);
    check_step(&x.l->depth, 9, 4000, 0);
    analysis_done(&x);
}

/* A start at the time of its own call, and one before it. */
TEST(depth_never_falls_below_zero)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaLaunchKernel", "5", "1", 1);
    trace_call(&t, 1, "cudaLaunchKernel", "9", "1", 2);
    trace_kernel(&t, 0, 7, "a", "5", "1", 1);
    trace_kernel(&t, 0, 7, "b", "7", "1", 2);
    struct analysis x = analyse(&t);
    for (uint32_t i = 0; i < x.l->depth.n_steps; i++)
        CHECK(x.l->depth.steps[i].depth <= 1);
    check_step(&x.l->depth, 3, 7000, 0);
    analysis_done(&x);
}

static void check_bin(const struct depth_bin *b, uint32_t most, double mean, uint32_t n_calls)
{
    CHECK_EQ_INT(b->most, most);
    CHECK(fabs(b->mean - mean) < 1e-9);
    CHECK_EQ_INT(b->n_calls, n_calls);
}

TEST(pieces_of_a_window)
{
    struct analysis x = two();
    struct depth_bin bins[4];
    depth_bins(&x.l->depth, 0, 8000, bins, 4);
    check_bin(&bins[0], 1, 0.5, 1);
    check_bin(&bins[1], 2, 2, 1);
    check_bin(&bins[2], 1, 1, 0); /* from 4 on it is 1: what was there before does not count */
    check_bin(&bins[3], 1, 1, 0);
    depth_bins(&x.l->depth, 2500, 3500, bins, 1); /* within a step */
    check_bin(&bins[0], 2, 2, 0);
    depth_bins(&x.l->depth, 20000, 30000, bins, 2);
    check_bin(&bins[0], 0, 0, 0);
    check_bin(&bins[1], 0, 0, 0);
    depth_bins(&x.l->depth, 5, 5, bins, 1);
    check_bin(&bins[0], 0, 0, 0);
    depth_bins(&x.l->depth, 0, 16000, bins, 2);
    check_bin(&bins[0], 2, 9.0 / 8, 2);
    check_bin(&bins[1], 0, 0, 0);
    analysis_done(&x);
}

/* All that waits does so for a moment only, which still is the deepest of its piece. */
TEST(a_peak_without_length)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaGraphLaunch", "5", "1", 1);
    trace_kernel(&t, 0, 7, "a", "5", "1", 1);
    trace_kernel(&t, 0, 7, "b", "5", "1", 1);
    struct analysis x = analyse(&t);
    struct depth_bin bins[2];
    depth_bins(&x.l->depth, 0, 10000, bins, 2);
    check_bin(&bins[0], 0, 0, 0);
    check_bin(&bins[1], 2, 0, 2);
    analysis_done(&x);
}
