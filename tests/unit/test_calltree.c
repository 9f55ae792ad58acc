/* Modules, operators and kernels as a tree. */
#include "profile_fixture.h"

static const struct calltree_node *child(const struct calltree *t, const struct calltree_node *of,
                                         const char *name)
{
    for (uint32_t i = of->first_child; i != PROFILE_NONE; i = t->nodes[i].next) {
        if (strcmp(t->nodes[i].name, name) == 0)
            return &t->nodes[i];
    }
    T_FAIL("'%s' has no child '%s'", of->name, name);
    return of;
}

static void check_node(const struct calltree_node *n, enum profile_kind kind, uint32_t times,
                       uint32_t n_kernels, int64_t gpu_us, int64_t cpu_us, int64_t self_us)
{
    CHECK_EQ_INT(n->kind, kind);
    CHECK_EQ_INT(n->n, times);
    CHECK_EQ_INT(n->n_kernels, n_kernels);
    CHECK_EQ_INT(n->gpu_ns, gpu_us * 1000);
    CHECK_EQ_INT(n->cpu_ns, cpu_us * 1000);
    CHECK_EQ_INT(n->cpu_self_ns, self_us * 1000);
}

/* Sums of the children, order of siblings, parents before children. */
static void check_sums(const struct calltree *t)
{
    for (uint32_t i = 0; i < t->n_nodes; i++) {
        const struct calltree_node *n = &t->nodes[i];
        int64_t gpu_ns = 0, latency_ns = 0, cpu_ns = 0, last_gpu_ns = INT64_MAX;
        uint32_t n_kernels = 0, n_queued = 0;
        CHECK(i == 0 ? n->parent == 0 : n->parent < i);
        for (uint32_t c = n->first_child; c != PROFILE_NONE; c = t->nodes[c].next) {
            const struct calltree_node *kid = &t->nodes[c];
            CHECK_EQ_INT(kid->parent, i);
            CHECK(kid->gpu_ns <= last_gpu_ns);
            last_gpu_ns = kid->gpu_ns;
            gpu_ns += kid->gpu_ns;
            cpu_ns += kid->cpu_ns;
            latency_ns += kid->latency_ns;
            n_kernels += kid->n_kernels;
            n_queued += kid->n_queued;
        }
        if (n->kind == PROFILE_KERNEL) {
            CHECK_EQ_INT(n->first_child, PROFILE_NONE);
            CHECK_EQ_INT(n->n_kernels, n->n);
            continue;
        }
        CHECK_EQ_INT(n->gpu_ns, gpu_ns);
        CHECK_EQ_INT(n->latency_ns, latency_ns);
        CHECK_EQ_INT(n->n_kernels, n_kernels);
        CHECK_EQ_INT(n->n_queued, n_queued);
        if (n->kind != PROFILE_NOTE)
            CHECK_EQ_INT(n->cpu_self_ns, n->cpu_ns - cpu_ns);
    }
}

TEST(modules_operators_and_kernels)
{
    struct trace t;
    trace_begin(&t);
    trace_module(&t, 1, "Model_0", "0", "100");
    for (unsigned i = 0; i < 3; i++) {
        char at[4][8], module[16];
        for (unsigned k = 0; k < 4; k++)
            snprintf(at[k], sizeof at[k], "%u", i * 30 + 1 + k);
        snprintf(module, sizeof module, "Linear_%u", i);
        trace_module(&t, 1, module, at[0], "25");
        trace_op(&t, 1, "aten::linear", at[1], "20", 0);
        trace_op(&t, 1, "aten::mm", at[2], "10", 0);
        trace_call(&t, 1, "cudaLaunchKernel", at[3], "2", i + 1);
        trace_kernel(&t, 0, 7, "gemm", at[3], "7", i + 1);
    }
    trace_op(&t, 1, "aten::add", "95", "4", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "96", "1", 9);
    trace_kernel(&t, 0, 7, "add", "110", "5", 9);
    struct analysis x = analyse(&t);
    const struct calltree *tree = &x.l->tree;
    const struct calltree_node *root = &tree->nodes[0], *model = child(tree, root, "Model");
    const struct calltree_node *linear = child(tree, model, "Linear");
    const struct calltree_node *op = child(tree, linear, "aten::linear");
    const struct calltree_node *mm = child(tree, op, "aten::mm");
    check_node(root, PROFILE_NOTE, 1, 4, 26, 100, 0);
    check_node(model, PROFILE_MODULE, 1, 4, 26, 100, 21);
    check_node(linear, PROFILE_MODULE, 3, 3, 21, 75, 15);
    check_node(op, PROFILE_OP, 3, 3, 21, 60, 30);
    check_node(mm, PROFILE_OP, 3, 3, 21, 30, 30);
    check_node(child(tree, mm, "gemm"), PROFILE_KERNEL, 3, 3, 21, 0, 0);
    CHECK_EQ_INT(child(tree, child(tree, model, "aten::add"), "add")->n, 1);
    CHECK_EQ_INT(linear->example, 1);
    CHECK_EQ_INT(tree->n_nodes, 8);
    check_sums(tree);
    analysis_done(&x);
}

TEST(kernels_that_hang_nowhere)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaGraphLaunch", "1", "1", 10);
    trace_call(&t, 1, "cudaLaunchKernel", "3", "1", 11);
    trace_kernel(&t, 0, 7, "g", "10", "1", 10);
    trace_kernel(&t, 0, 7, "g", "12", "1", 10);
    trace_kernel(&t, 0, 7, "alone", "14", "1", 11);
    trace_kernel(&t, 0, 7, "old", "16", "1", 3);
    trace_kernel(&t, 0, 7, "lost", "18", "1", 12);
    struct analysis x = analyse(&t);
    const struct calltree *tree = &x.l->tree;
    const struct calltree_node *root = &tree->nodes[0];
    check_node(child(tree, root, "(graph)"), PROFILE_NOTE, 0, 2, 2, 0, 0);
    check_node(child(tree, root, "(no operator)"), PROFILE_NOTE, 0, 1, 1, 0, 0);
    check_node(child(tree, root, "(launched before the recording)"), PROFILE_NOTE, 0, 1, 1, 0, 0);
    check_node(child(tree, root, "(no launch call)"), PROFILE_NOTE, 0, 1, 1, 0, 0);
    check_sums(tree);
    analysis_done(&x);
}

/* Whole microseconds make equal starts: the longer is around, of equal ones the module. */
TEST(an_operator_and_a_module_that_start_together)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "outer op", "0", "50", 0);
    trace_module(&t, 1, "Inner_0", "0", "20");
    trace_op(&t, 1, "inner op", "0", "20", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "5", "1", 1);
    trace_kernel(&t, 0, 7, "k", "10", "1", 1);
    struct analysis x = analyse(&t);
    const struct calltree *tree = &x.l->tree;
    const struct calltree_node *op = child(tree, &tree->nodes[0], "outer op");
    const struct calltree_node *module = child(tree, op, "Inner");
    check_node(op, PROFILE_OP, 1, 1, 1, 50, 30);
    check_node(module, PROFILE_MODULE, 1, 1, 1, 20, 0);
    CHECK_EQ_INT(child(tree, child(tree, module, "inner op"), "k")->n, 1);
    CHECK_EQ_INT(tree->nodes[0].cpu_ns, 50000);
    check_sums(tree);
    analysis_done(&x);
}

TEST(only_what_a_window_selects)
{
    struct trace t;
    trace_begin(&t);
    trace_step(&t, 1, 1, "0", "50");
    trace_step(&t, 1, 2, "50", "50");
    trace_op(&t, 1, "first", "10", "20", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "15", "1", 1);
    trace_op(&t, 1, "second", "60", "20", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "65", "1", 2);
    trace_kernel(&t, 0, 7, "k", "70", "3", 1);
    trace_kernel(&t, 0, 7, "k", "80", "4", 2);
    const struct launches_options o = {.step = "2"};
    struct analysis x = analyse_with(&t, &o);
    const struct calltree *tree = &x.l->tree;
    check_node(&tree->nodes[0], PROFILE_NOTE, 1, 1, 4, 20, 0);
    CHECK_EQ_INT(child(tree, &tree->nodes[0], "second")->n_kernels, 1);
    CHECK_EQ_INT(tree->n_nodes, 3);
    analysis_done(&x);
}

TEST(deep_trees)
{
    enum { N = 20000 };
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < N; i++) {
        char ts[16], dur[16];
        snprintf(ts, sizeof ts, "%u", i);
        snprintf(dur, sizeof dur, "%u", 2 * (N - i));
        trace_op(&t, 1, "nested", ts, dur, 0);
    }
    for (unsigned i = 0; i < N; i++) {
        char ts[16];
        snprintf(ts, sizeof ts, "%u.%05u", N, i);
        trace_call(&t, 1, "cudaLaunchKernel", ts, "0", i + 1);
        trace_kernel(&t, 0, 7, "k", ts, "1", i + 1);
    }
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->tree.n_nodes, N + 2);
    CHECK_EQ_INT(x.l->tree.nodes[0].n_kernels, N);
    check_sums(&x.l->tree);
    analysis_done(&x);
}
