/* What must hold of every recorded profile, whatever it is of. */
#include "base/json.h"
#include "base/os.h"
#include "prof/launches.h"
#include "t.h"

#define DATA "../shared/data/kineto"

static void check_sums(const struct launches *l)
{
    const struct tklqt_sums *s = &l->sums;
    CHECK_EQ_INT(s->launch_ns + s->queue_ns, s->tklqt_ns);
    CHECK_EQ_INT(s->call_ns + s->after_call_ns, s->tklqt_ns);
    CHECK(s->eager_ns <= s->graph_once_ns && s->graph_once_ns <= s->tklqt_ns);
    CHECK(s->min_ns <= s->median_ns && s->median_ns <= s->p95_ns && s->p95_ns <= s->max_ns);
    CHECK(s->kernels.union_ns <= s->kernels.sum_ns && s->works.union_ns <= s->span_ns);
    CHECK_EQ_INT(s->works.n, l->profile->n_works);
    uint32_t n_misses = 0;
    for (int m = 0; m < LINEAGE_MISS_N; m++)
        n_misses += l->lineage.n_miss[m];
    CHECK_EQ_INT(n_misses, s->kernels.n);
    CHECK_EQ_INT(l->lineage.n_miss[LINEAGE_JOINED], s->n_joined);
}

static void check_devices(const struct launches *l)
{
    int64_t kernel_ns = 0, tklqt_ns = 0;
    uint32_t n = 0, n_joined = 0;
    for (uint32_t i = 0; i < l->n_devices; i++) {
        const struct tklqt_sums *s = &l->devices[i].sums;
        n += s->kernels.n;
        n_joined += s->n_joined;
        kernel_ns += s->kernels.sum_ns;
        tklqt_ns += s->tklqt_ns;
    }
    CHECK_EQ_INT(n, l->sums.kernels.n);
    CHECK_EQ_INT(n_joined, l->sums.n_joined);
    CHECK_EQ_INT(kernel_ns, l->sums.kernels.sum_ns);
    CHECK_EQ_INT(tklqt_ns, l->sums.tklqt_ns);
}

static void check_tally(const struct launches *l, enum tally_by by)
{
    struct tally_row sum = {0};
    int64_t last_ns = INT64_MAX;
    for (uint32_t i = 0; i < l->n_tally[by]; i++) {
        const struct tally_row *r = &l->tally[by][i];
        sum.n += r->n;
        sum.n_joined += r->n_joined;
        sum.n_queued += r->n_queued;
        sum.n_graph += r->n_graph;
        sum.dur_ns += r->dur_ns;
        sum.latency_ns += r->latency_ns;
        sum.queue_ns += r->queue_ns;
        CHECK(r->dur_ns <= last_ns);
        CHECK(r->shortest_ns <= r->longest_ns && r->longest_ns <= r->dur_ns);
        last_ns = r->dur_ns;
    }
    CHECK_EQ_INT(sum.n, l->sums.kernels.n);
    CHECK_EQ_INT(sum.n_joined, l->sums.n_joined);
    CHECK_EQ_INT(sum.n_queued, l->sums.n_queued);
    CHECK_EQ_INT(sum.n_graph, l->lineage.n_graph_kernels);
    CHECK_EQ_INT(sum.dur_ns, l->sums.kernels.sum_ns);
    CHECK_EQ_INT(sum.latency_ns, l->sums.tklqt_ns);
    CHECK_EQ_INT(sum.queue_ns, l->sums.queue_ns);
}

static void check_tree(const struct launches *l)
{
    const struct calltree_node *nodes = l->tree.nodes;
    CHECK_EQ_INT(nodes[0].gpu_ns, l->sums.kernels.sum_ns);
    CHECK_EQ_INT(nodes[0].latency_ns, l->sums.tklqt_ns);
    CHECK_EQ_INT(nodes[0].n_kernels, l->sums.kernels.n);
    CHECK_EQ_INT(nodes[0].n_queued, l->sums.n_queued);
    for (uint32_t i = 0; i < l->tree.n_nodes; i++) {
        uint32_t n = 0;
        CHECK(i == 0 || nodes[i].parent < i);
        for (uint32_t c = nodes[i].first_child; c != PROFILE_NONE; c = nodes[c].next)
            n += nodes[c].n_kernels;
        CHECK_EQ_INT(nodes[i].n_kernels, nodes[i].kind == PROFILE_KERNEL ? nodes[i].n : n);
    }
}

/* Of each device the gaps and the time that any work ran make up the time from the first operator,
 * or from its first work if that is earlier, to the end of its last. */
static void check_idle(const struct launches *l)
{
    const struct idle *d = &l->idle;
    int64_t by_why = 0, rest_ns = 0;
    uint32_t n = 0;
    for (int why = 0; why < IDLE_N; why++) {
        by_why += why == IDLE_DEPENDENCY ? 0 : d->ns[why];
        n += why == IDLE_DEPENDENCY ? 0 : d->n[why];
    }
    CHECK_EQ_INT(by_why, d->all_ns);
    CHECK_EQ_INT(n, d->n_gaps);
    CHECK_EQ_INT(d->n[IDLE_DEPENDENCY], d->n_dependencies);
    for (uint32_t i = 0; i < l->n_devices; i++) {
        const struct tklqt_sums *s = &l->devices[i].sums;
        int64_t from_ns = s->to_ns - s->span_ns;
        if (l->sums.first_aten != PROFILE_NONE)
            from_ns = MIN(from_ns, l->profile->ops[l->sums.first_aten].start_ns);
        rest_ns += s->to_ns - from_ns - s->works.union_ns;
    }
    CHECK_EQ_INT(d->all_ns, rest_ns);
    for (uint32_t i = 0; i < d->n_gaps; i++)
        CHECK(d->gaps[i].dur_ns > 0 && d->gaps[i].host_ns >= 0 && d->gaps[i].launch_ns >= 0);
}

static void check_depth(const struct launches *l)
{
    const struct depth *d = &l->depth;
    enum { N_BINS = 100 };
    struct depth_bin bins[N_BINS];
    uint32_t n_calls = 0;
    if (d->n_steps == 0)
        return;
    const struct depth_step *first = &d->steps[0], *last = &d->steps[d->n_steps - 1];
    CHECK_EQ_INT(last->depth, 0);
    CHECK_EQ_INT(d->n_steps % 2, 0);
    double mean = 0;
    uint32_t most = 0;
    depth_bins(d, first->at_ns, last->at_ns, bins, N_BINS);
    for (size_t i = 0; i < N_BINS; i++) {
        CHECK(bins[i].mean <= bins[i].most + 1e-6);
        mean += bins[i].mean / N_BINS;
        most = MAX(most, bins[i].most);
        n_calls += bins[i].n_calls;
    }
    CHECK_NEAR(mean, d->mean, 1e-9);
    CHECK_EQ_INT(most, d->most);
    CHECK_EQ_INT(n_calls, d->n_steps / 2);
}

static void check_fusion(const struct launches *l)
{
    const struct fusion *f = &l->fusion;
    uint32_t n_saved = 0;
    CHECK_EQ_INT(f->n_kernels + f->n_graph + f->n_unjoined, l->sums.kernels.n);
    for (uint32_t i = 0; i < f->n_lengths; i++) {
        const struct fusion_length *len = &f->lengths[i];
        CHECK_EQ_INT(len->n_launches, f->n_kernels - len->n_fused * (len->length - 1));
        CHECK(len->ideal >= 1 && len->ideal <= f->lengths[f->best].ideal);
        CHECK(isnan(len->conservative) || len->conservative >= 1);
    }
    for (uint32_t i = 0; i < f->n_chains; i++)
        n_saved += f->chains[i].n_saved;
    if (f->n_lengths > 0)
        CHECK_EQ_INT(n_saved, f->n_kernels - f->lengths[f->best].n_launches);
}

static void check_profile(const char *path)
{
    const struct launches *l;
    struct err e = {0};
    if (launches_open(&l, &path, 1, NULL, NULL, &e) != STATUS_OK) {
        T_FAIL("%s: %s", path, e.message);
        return;
    }
    check_sums(l);
    check_devices(l);
    for (int by = 0; by < TALLY_N; by++)
        check_tally(l, (enum tally_by)by);
    check_tree(l);
    check_idle(l);
    check_depth(l);
    check_fusion(l);
    if (t_failed > 0)
        printf("# the checks above failed in %s\n", path);
    launches_release(l);
}

TEST(every_recorded_profile_holds_together)
{
    struct arena a;
    struct err e = {0};
    str bytes;
    json *all;
    if (!os_is_file(DATA "/reference.json"))
        SKIP("../shared/data absent");
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(os_read_file(&a, DATA "/reference.json", 1 << 24, &bytes, &e), STATUS_OK);
    CHECK_EQ_INT(json_parse(&all, bytes, "reference.json", &e), STATUS_OK);
    for (const json *j = json_child(all); j != NULL; j = json_next(j))
        check_profile(os_join(&a, DATA, json_string(json_get(j, "file"))));
    json_free(all);
    check_profile(DATA "/nsys/h100_2gpu_1s.sqlite");
    arena_done(&a);
}
