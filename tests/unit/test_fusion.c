/* Chains of launches: what is looked at, what fusing saves, where they come from. */
#include "profile_fixture.h"

/* Kernels named by letters, launched 10 us apart on one stream, each waited for by the GPU. */
static void launch_letters(struct trace *t, const char *letters, unsigned stream, unsigned first)
{
    for (unsigned i = 0; letters[i] != '\0'; i++) {
        char call[16], start[16], name[2] = {letters[i], '\0'};
        snprintf(call, sizeof call, "%u", (first + i) * 10);
        snprintf(start, sizeof start, "%u", (first + i) * 10 + 5);
        trace_call(t, 1, "cudaLaunchKernel", call, "2", first + i);
        trace_kernel(t, 0, stream, name, start, "3", first + i);
    }
}

TEST(chains_save_launches)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::all", "0", "200", 0);
    launch_letters(&t, "ABCABCABC", 7, 1);
    struct analysis x = analyse(&t);
    const struct fusion *f = &x.l->fusion;
    CHECK_EQ_INT(f->n_kernels, 9);
    CHECK_EQ_INT(f->n_lengths, 8);
    const struct fusion_length *three = &f->lengths[1];
    CHECK_EQ_INT(three->length, 3);
    CHECK_EQ_INT(three->n_fused, 3);
    CHECK_EQ_INT(three->n_launches, 3);
    CHECK_NEAR(three->ideal, 3, 1e-12);
    CHECK_EQ_INT(three->saved_ns, 12000); /* two calls of 2 us, three times */
    CHECK_EQ_INT(x.l->sums.il_joined_ns, 98000);
    CHECK_NEAR(three->conservative, 98.0 / 86, 1e-12);
    CHECK_EQ_INT(f->best, 1);
    CHECK_EQ_INT(f->n_chains, 1);
    CHECK_EQ_INT(f->chains[0].n_saved, 6);
    CHECK_EQ_INT(f->chains[0].saved_ns, 12000);
    CHECK_EQ_INT(f->chains[0].kernel_ns, 27000);
    CHECK_EQ_INT(f->chains[0].chain->length, 3);
    CHECK_EQ_STR(x.p->names[x.p->works[f->chains[0].works[1]].name], "B");
    CHECK_EQ_STR(f->chains[0].places, "aten::all x3");
    CHECK_EQ_STR(f->chains[0].module, "");
    analysis_done(&x);
}

TEST(chains_lie_within_a_stream)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < 4; i++) {
        launch_letters(&t, "A", 7, 1 + 2 * i);
        launch_letters(&t, "B", 8, 2 + 2 * i);
    }
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->fusion.n_kernels, 8);
    CHECK_EQ_INT(x.l->fusion.n_lengths, 3);
    CHECK_EQ_INT(x.l->fusion.lengths[0].n_distinct, 2); /* AA and BB, no AB */
    CHECK(isnan(x.l->fusion.lengths[0].conservative));
    analysis_done(&x);
}

TEST(graphs_and_lost_kernels_are_left_out)
{
    struct trace t;
    trace_begin(&t);
    launch_letters(&t, "AB", 7, 10);
    trace_kernel(&t, 0, 7, "A", "130", "1", 1);
    trace_call(&t, 1, "cudaGraphLaunch", "140", "1", 50);
    trace_kernel(&t, 0, 7, "A", "150", "1", 50);
    trace_kernel(&t, 0, 7, "B", "152", "1", 50);
    launch_letters(&t, "AB", 7, 20);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->fusion.n_kernels, 4);
    CHECK_EQ_INT(x.l->fusion.n_graph, 2);
    CHECK_EQ_INT(x.l->fusion.n_unjoined, 1);
    CHECK_EQ_INT(x.l->fusion.lengths[0].n_fused, 2);
    analysis_done(&x);
}

/* Launches that the GPU did not wait for cost nothing. */
TEST(queued_launches_save_no_time)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::all", "0", "50", 0);
    for (unsigned i = 0; i < 4; i++) {
        char call[8], start[8];
        snprintf(call, sizeof call, "%u", 1 + 3 * i);
        snprintf(start, sizeof start, "%u", 20 + 10 * i);
        trace_call(&t, 1, "cudaLaunchKernel", call, "2", i + 1);
        trace_kernel(&t, 0, 7, i % 2 == 0 ? "A" : "B", start, "10", i + 1);
    }
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->fusion.lengths[0].n_fused, 2);
    CHECK_EQ_INT(x.l->fusion.lengths[0].saved_ns, 0);
    CHECK_NEAR(x.l->fusion.lengths[0].conservative, 1, 1e-12);
    CHECK_NEAR(x.l->fusion.lengths[0].ideal, 2, 1e-12);
    analysis_done(&x);
}

TEST(options)
{
    struct trace t;
    trace_begin(&t);
    launch_letters(&t, "ABCABCABC", 7, 1);
    const struct launches_options o = {.fusion = {.longest = 4, .min_n = 1, .length = 2}};
    struct analysis x = analyse_with(&t, &o);
    const struct fusion *f = &x.l->fusion;
    CHECK_EQ_INT(f->n_lengths, 3);
    CHECK(f->n_chains > 0 && f->chains[0].chain->length == 2);
    CHECK_EQ_INT(f->lengths[f->listed].length, 2);
    for (uint32_t i = 0; i < f->n_chains; i++)
        CHECK(f->chains[i].works != NULL && f->chains[i].places != NULL);
    analysis_done(&x);
}

TEST(a_length_that_no_chain_has)
{
    const uint32_t lengths[] = {0, 1, 100, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct trace t;
        trace_begin(&t);
        launch_letters(&t, "ABCABCABC", 7, 1);
        const struct launches_options o = {.fusion = {.length = lengths[i]}};
        struct analysis x = analyse_with(&t, &o);
        const struct fusion *f = &x.l->fusion;
        CHECK_EQ_INT(f->listed, f->best);
        CHECK(f->n_chains > 0 && f->chains[0].chain->length == f->lengths[f->best].length);
        analysis_done(&x);
    }
}

/* Two layers, each a norm of two kernels and a linear of one. */
TEST(modules_around_and_places)
{
    struct trace t;
    trace_begin(&t);
    trace_module(&t, 1, "Model_0", "0", "100");
    for (unsigned i = 0; i < 2; i++) {
        char at[3][8], name[3][16];
        const char *const class[] = {"Layer", "Norm", "Linear"};
        const unsigned from[] = {8, 9, 28};
        for (unsigned k = 0; k < 3; k++) {
            snprintf(at[k], sizeof at[k], "%u", i * 40 + from[k]);
            snprintf(name[k], sizeof name[k], "%s_%u", class[k], i);
        }
        trace_module(&t, 1, name[0], at[0], "35");
        trace_module(&t, 1, name[1], at[1], "18");
        trace_module(&t, 1, name[2], at[2], "12");
        launch_letters(&t, "ABC", 7, 1 + 4 * i);
    }
    struct analysis x = analyse(&t);
    const struct fusion *f = &x.l->fusion;
    CHECK_EQ_INT(f->lengths[f->best].length, 3);
    CHECK_EQ_INT(f->n_chains, 1);
    CHECK_EQ_STR(f->chains[0].module, "Layer");
    CHECK_EQ_INT(f->chains[0].n_modules, 2);
    CHECK_EQ_STR(f->chains[0].places, "Norm x2 > Linear");
    analysis_done(&x);
}

TEST(nothing_to_fuse)
{
    struct trace t;
    trace_begin(&t);
    launch_letters(&t, "A", 7, 1);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->fusion.n_lengths, 0);
    CHECK_EQ_INT(x.l->fusion.n_chains, 0);
    CHECK_EQ_INT(x.l->fusion.best, 0);
    analysis_done(&x);
}
