/* Sentences and short texts about the numbers of the launch queue. */
#include "present/launch_fact.h"
#include "profile_fixture.h"

TEST(long_paths_are_cut)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_STR(launch_short_places(&a, "Norm x2 > Linear > MLP", 2), "Norm x2 > Linear > ...");
    CHECK_EQ_STR(launch_short_places(&a, "Norm x2 > Linear", 2), "Norm x2 > Linear");
    CHECK_EQ_STR(launch_short_places(&a, "Linear", 1), "Linear");
    CHECK_EQ_STR(launch_short_places(&a, "", 3), "");
    arena_done(&a);
}

/* Two kernels within 10 ms, and a graph of two more on a second device. */
TEST(evidence_counts_and_names)
{
    struct trace t;
    struct arena a;
    const char *found[LAUNCH_MOST_EVIDENCE];
    trace_begin(&t);
    arena_init(&a, ARENA_SMALL);
    trace_op(&t, 1, "aten::all", "0", "10000", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "1", "1", 1);
    trace_kernel(&t, 0, 7, "k", "3", "1", 1);
    trace_call(&t, 1, "cudaGraphLaunch", "9990", "2", 2);
    trace_kernel(&t, 1, 7, "k", "9995", "1", 2);
    trace_kernel(&t, 1, 7, "k", "9997", "1", 2);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(launch_evidence(&a, x.l, found), 4);
    CHECK_EQ_STR(found[1], "kernels ran under 0.1 % of the inference latency of 9.998 ms");
    CHECK(str_starts(str_from(found[2]), STR("the 2 GPUs together had nothing to do for ")));
    CHECK(str_ends(str_from(found[2]), STR(" of it: slow CPU")));
    CHECK_EQ_STR(launch_unjoined_text(&a, x.l), "");
    CHECK(str_starts(str_from(launch_device_title(&a, x.l, 1)), STR("GPU 1")));
    CHECK_EQ_STR(found[3], "2 of 3 kernels come from 1 graph launch: they queue by design");
    analysis_done(&x);
    arena_done(&a);
}
