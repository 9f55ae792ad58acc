#include "launch_pages.h"

#include <math.h>
#include <string.h>

/* The first column of every page: shown in text only where there are several runs. */
#define FILE_COLUMN             \
    {                           \
        "file", "", NULL, false \
    }

static const char *ns(struct listing *t, double v)
{
    return launch_fact_text(t->a, FACT_TKLQT, v);
}

static void put_ns(struct listing *t, double v)
{
    listing_shown(t, isnan(v) ? v : round(v), ns(t, v));
}

static void put_count(struct listing *t, double v)
{
    listing_shown(t, v, launch_fact_text(t->a, FACT_KERNELS, v));
}

static void put_share(struct listing *t, double v)
{
    listing_shown(t, v, launch_fact_text(t->a, FACT_BUSY, v));
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

static uint32_t n_rows(uint32_t n, uint32_t most)
{
    return most > 0 ? MIN(n, most) : n;
}

/* Times of a table count from the begin of the run. */
static double since_start(const struct launches *l, int64_t at_ns)
{
    return (double)(at_ns - l->sums.from_ns);
}

static const char *name_of(const struct profile *p, const struct profile_span *spans, uint32_t id)
{
    return id == PROFILE_NONE ? "" : p->names[spans[id].name];
}

static const char *short_of(struct listing *t, const char *name)
{
    enum { NAME_COLS = 44 };
    return launch_short_name(t->a, name, NAME_COLS);
}

static void put_name(struct listing *t, const char *name)
{
    listing_brief(t, name, short_of(t, name));
}

/* ---- tallies ---- */

static const struct listing_column tally_columns[] = {
    FILE_COLUMN,
    {"name", "", "Name", false},
    {"kernels", "", "Kernels", true},
    {"kernels_joined", "", NULL, true},
    {"kernels_of_graphs", "", NULL, true},
    {"time_ns", "", "Time", true},
    {"share", "", "Share", true},
    {"mean_ns", "", "Mean", true},
    {"min_ns", "", NULL, true},
    {"max_ns", "", NULL, true},
    {"tklqt_ns", "", "TKLQT", true},
    {"wait_mean_ns", "", "a launch", true},
    {"queue_ns", "", NULL, true},
    {"queued_share", "", "queued", true},
};

static void fill_tally(struct listing *t, const struct launch_run *run, enum tally_by by,
                       const struct launch_query *q)
{
    const struct launches *l = run->l;
    struct tally_row *rows =
        arena_memdup(t->a, l->tally[by], l->n_tally[by] * sizeof *l->tally[by]);
    tally_sort(rows, l->n_tally[by], q->order);
    for (uint32_t i = 0; i < n_rows(l->n_tally[by], q->n); i++) {
        const struct tally_row *r = &rows[i];
        listing_text(t, run->name);
        put_name(t, r->name == NULL ? "(none)" : r->name);
        put_count(t, r->n);
        put_count(t, r->n_joined);
        put_count(t, r->n_graph);
        put_ns(t, (double)r->dur_ns);
        put_share(t, ratio((double)r->dur_ns, (double)l->sums.kernels.sum_ns));
        put_ns(t, ratio((double)r->dur_ns, r->n));
        put_ns(t, (double)r->shortest_ns);
        put_ns(t, (double)r->longest_ns);
        put_ns(t, r->n_joined > 0 ? (double)r->latency_ns : (double)NAN);
        put_ns(t, ratio((double)r->latency_ns, r->n_joined));
        put_ns(t, (double)r->queue_ns);
        put_share(t, ratio(r->n_queued, r->n_joined));
    }
}

#define FILL_TALLY(name, by)                                                 \
    static void fill_##name(struct listing *t, const struct launch_run *run, \
                            const struct launch_query *q)                    \
    {                                                                        \
        fill_tally(t, run, by, q);                                           \
    }
FILL_TALLY(kernels, TALLY_KERNEL)
FILL_TALLY(operators, TALLY_OP)
FILL_TALLY(outer, TALLY_ROOT)
FILL_TALLY(modules, TALLY_MODULE)
FILL_TALLY(calls, TALLY_CALL)

/* ---- single launches, as Nsight Systems lists them ---- */

static const struct listing_column launch_columns[] = {
    FILE_COLUMN,
    {"start_ns", "", "Start", true},
    {"api_ns", "", "API", true},
    {"queue_ns", "", "Queue", true},
    {"kernel_ns", "", "Kernel", true},
    {"total_ns", "", "Total", true},
    {"wait_ns", "", "Wait", true},
    {"device", "", "GPU", true},
    {"stream", "", "Stream", true},
    {"thread", "", NULL, true},
    {"correlation", "", NULL, true},
    {"call", "", NULL, false},
    {"operator", "", "Operator", false},
    {"module", "", NULL, false},
    {"kernel", "", "Kernel name", false},
    {"grid", "", NULL, false},
    {"block", "", NULL, false},
    {"is_graph", "", NULL, false},
};

static const char *extent(struct listing *t, const uint32_t v[3])
{
    return arena_printf(t->a, "%ux%ux%u", v[0], v[1], v[2]);
}

static void put_launch_times(struct listing *t, const struct launches *l, uint32_t id)
{
    const struct profile_span *w = &l->profile->works[id];
    uint32_t call_id = l->lineage.of[id].call;
    if (call_id == PROFILE_NONE) {
        put_ns(t, since_start(l, w->start_ns));
        put_ns(t, (double)NAN);
        put_ns(t, (double)NAN);
        put_ns(t, (double)w->dur_ns);
        put_ns(t, (double)NAN);
        put_ns(t, (double)NAN);
        return;
    }
    const struct profile_span *call = &l->profile->calls[call_id];
    int64_t queue = w->start_ns - profile_end_ns(call);
    put_ns(t, since_start(l, call->start_ns));
    put_ns(t, (double)call->dur_ns);
    put_ns(t, queue > 0 ? (double)queue : (double)NAN); /* only where there is one, as in nsys */
    put_ns(t, (double)w->dur_ns);
    put_ns(t, (double)(MAX(profile_end_ns(call), profile_end_ns(w)) - call->start_ns));
    put_ns(t, (double)l->waits[id].latency_ns);
}

static void put_launch(struct listing *t, const struct launch_run *run, uint32_t id)
{
    const struct launches *l = run->l;
    const struct profile *p = l->profile;
    const struct profile_span *w = &p->works[id];
    const struct lineage_of *of = &l->lineage.of[id];
    static const struct profile_shape none;
    const struct profile_shape *s = w->shape == PROFILE_NONE ? &none : &p->shapes[w->shape];
    listing_text(t, run->name);
    put_launch_times(t, l, id);
    put_count(t, p->lanes[w->lane].device);
    put_count(t, (double)p->lanes[w->lane].thread);
    put_count(t, of->call == PROFILE_NONE ? (double)NAN
                                          : (double)p->lanes[p->calls[of->call].lane].thread);
    put_count(t, (double)w->correlation);
    listing_text(t, name_of(p, p->calls, of->call));
    listing_text(t, name_of(p, p->ops, of->op));
    listing_text(t, name_of(p, p->ranges, of->module));
    put_name(t, p->names[w->name]);
    listing_text(t, w->shape == PROFILE_NONE ? "" : extent(t, s->grid));
    listing_text(t, w->shape == PROFILE_NONE ? "" : extent(t, s->block));
    listing_bool(t, of->is_graph);
}

static void fill_launches(struct listing *t, const struct launch_run *run,
                          const struct launch_query *q)
{
    const struct launches *l = run->l;
    uint32_t left = n_rows(l->profile->n_works, q->n);
    for (uint32_t i = 0; i < l->profile->n_works && left > 0; i++) {
        if (l->profile->works[i].kind != PROFILE_KERNEL ||
            !tklqt_selects(&l->select, l->profile, &l->lineage, i))
            continue;
        put_launch(t, run, i);
        left--;
    }
}

/* ---- gaps ---- */

static const struct listing_column gap_columns[] = {
    FILE_COLUMN,
    {"start_ns", "", "Start", true},
    {"duration_ns", "", "Idle", true},
    {"why", "", "Why", false},
    {"host_ns", "", "Host", true},
    {"launch_ns", "", "Launch", true},
    {"device", "", "GPU", true},
    {"call", "", "Responsible call", false},
    {"operator", "", "Operator", false},
    {"before", "", NULL, false},
    {"next", "", "Then", false},
};

static void fill_gap_list(struct listing *t, const struct launch_run *run,
                          const struct idle_gap *gaps, uint32_t n_gaps, uint32_t n)
{
    const struct launches *l = run->l;
    const struct profile *p = l->profile;
    n = n_rows(n_gaps, n);
    const struct idle_gap **longest = idle_longest(t->a, gaps, n_gaps, &n);
    for (uint32_t i = 0; i < n; i++) {
        const struct idle_gap *g = longest[i];
        listing_text(t, run->name);
        put_ns(t, since_start(l, g->start_ns));
        put_ns(t, (double)g->dur_ns);
        listing_text(t, idle_info[g->why].name);
        put_ns(t, (double)g->host_ns);
        put_ns(t, (double)g->launch_ns);
        put_count(t, p->lanes[p->works[g->next].lane].device);
        listing_text(t, name_of(p, p->calls, g->call));
        listing_text(t, name_of(p, p->ops, g->op));
        listing_text(t, name_of(p, p->works, g->before));
        put_name(t, name_of(p, p->works, g->next));
    }
}

static void fill_gaps(struct listing *t, const struct launch_run *run, const struct launch_query *q)
{
    fill_gap_list(t, run, run->l->idle.gaps, run->l->idle.n_gaps, q->n);
}

static void fill_dependencies(struct listing *t, const struct launch_run *run,
                              const struct launch_query *q)
{
    fill_gap_list(t, run, run->l->idle.dependencies, run->l->idle.n_dependencies, q->n);
}

/* ---- fusion ---- */

static const struct listing_column length_columns[] = {
    FILE_COLUMN,
    {"length", "", "Length", true},
    {"distinct", "", "Chains", true},
    {"deterministic", "", "Always", true},
    {"fused", "", "Fused", true},
    {"launches", "", "Launches", true},
    {"ideal", "", "Ideal", true},
    {"saved_ns", "", "Saved", true},
    {"conservative", "", "Conservative", true},
};

static void put_factor(struct listing *t, double v)
{
    listing_shown(t, v, launch_fact_text(t->a, FACT_FUSION_IDEAL, v));
}

static void fill_lengths(struct listing *t, const struct launch_run *run,
                         const struct launch_query *q)
{
    const struct fusion *x = &run->l->fusion;
    for (uint32_t i = 0; i < n_rows(x->n_lengths, q->n); i++) {
        const struct fusion_length *f = &x->lengths[i];
        listing_text(t, run->name);
        put_count(t, f->length);
        put_count(t, f->n_distinct);
        put_count(t, f->n_deterministic);
        put_count(t, f->n_fused);
        put_count(t, f->n_launches);
        put_factor(t, f->ideal);
        put_ns(t, (double)f->saved_ns);
        put_factor(t, f->conservative);
    }
}

static const struct listing_column chain_columns[] = {
    FILE_COLUMN,
    {"length", "", "Length", true},
    {"occurrences", "", "Times", true},
    {"fused", "", "Fused", true},
    {"launches_saved", "", "Saves", true},
    {"saved_ns", "", NULL, true},
    {"kernel_ns", "", "Kernel time", true},
    {"modules", "", NULL, true},
    {"module", "", "Module", false},
    {"places", "", "Launched by", false},
    {"operators", "", NULL, false},
    {"kernels", "", NULL, false},
};

/* "a > b > c", each by its short name. */
static const char *path_of(struct listing *t, const struct profile *p,
                           const struct profile_span *spans, const uint32_t *ids, uint32_t n)
{
    struct text text;
    text_init(&text);
    for (uint32_t i = 0; i < n; i++)
        text_printf(&text, "%s%s", i > 0 ? " > " : "",
                    ids[i] == PROFILE_NONE ? "?" : short_of(t, name_of(p, spans, ids[i])));
    const char *copy = arena_strdup(t->a, text_cstr(&text));
    text_done(&text);
    return copy;
}

/* "24 Qwen2Attention"; modules of several classes have no name in common. */
static const char *module_text(struct listing *t, const struct fusion_chain *c)
{
    if (c->n_modules <= 1)
        return c->module;
    return arena_printf(t->a, "%u %s", c->n_modules,
                        c->module[0] != '\0' ? c->module : "different ones");
}

static void put_chain(struct listing *t, const struct launch_run *run, const struct fusion_chain *c)
{
    enum { MOST_PLACES = 8 };
    const struct launches *l = run->l;
    uint32_t length = c->chain->length;
    uint32_t *ops = ARENA_ARRAY(t->a, uint32_t, length);
    for (uint32_t i = 0; i < length; i++)
        ops[i] = l->lineage.of[c->works[i]].op;
    listing_text(t, run->name);
    put_count(t, length);
    put_count(t, c->chain->n);
    put_count(t, c->chain->n_fused);
    put_count(t, c->n_saved);
    put_ns(t, (double)c->saved_ns);
    put_ns(t, (double)c->kernel_ns);
    put_count(t, c->n_modules);
    listing_brief(t, c->module, module_text(t, c));
    listing_brief(t, c->places, launch_short_places(t->a, c->places, MOST_PLACES));
    listing_text(t, path_of(t, l->profile, l->profile->ops, ops, length));
    listing_text(t, path_of(t, l->profile, l->profile->works, c->works, length));
}

static void fill_chains(struct listing *t, const struct launch_run *run,
                        const struct launch_query *q)
{
    for (uint32_t i = 0; i < n_rows(run->l->fusion.n_chains, q->n); i++)
        put_chain(t, run, &run->l->fusion.chains[i]);
}

/* ---- over time ---- */

static const struct listing_column queue_columns[] = {
    FILE_COLUMN,
    {"start_ns", "", "Start", true},
    {"end_ns", "", "End", true},
    {"launches", "", "Launches", true},
    {"launches_per_s", "", "a second", true},
    {"depth_max", "", "Deepest", true},
    {"depth_mean", "", "Mean depth", true},
};

enum { QUEUE_BINS = 40 };

static void fill_queue(struct listing *t, const struct launch_run *run,
                       const struct launch_query *q)
{
    const struct launches *l = run->l;
    uint32_t bins = q->n > 0 ? MIN(q->n, 100000) : QUEUE_BINS;
    struct depth_bin *bin = ARENA_ARRAY(t->a, struct depth_bin, bins);
    int64_t from = l->sums.from_ns, to = l->sums.to_ns;
    double width = (double)(to - from) / bins;
    depth_bins(&l->depth, from, to, bin, bins);
    for (uint32_t i = 0; i < bins; i++) {
        listing_text(t, run->name);
        put_ns(t, i * width);
        put_ns(t, (i + 1) * width);
        put_count(t, bin[i].n_calls);
        listing_number(t, ratio(bin[i].n_calls * 1e9, width));
        put_count(t, bin[i].most);
        listing_number(t, bin[i].mean);
    }
}

/* ---- the tree ---- */

static const struct listing_column tree_columns[] = {
    FILE_COLUMN,
    {"name", "", "Module, operator, kernel", false},
    {"path", "", NULL, false},
    {"kind", "", NULL, false},
    {"times", "", "Times", true},
    {"cpu_ns", "", "CPU", true},
    {"cpu_self_ns", "", "itself", true},
    {"gpu_ns", "", "GPU", true},
    {"kernels", "", "Kernels", true},
    {"tklqt_ns", "", "TKLQT", true},
};

struct tree_print {
    struct listing *t;
    const struct launch_run *run;
    uint32_t left;
};

/* A kernel has no time on the CPU. */
static void put_cpu(struct listing *t, const struct calltree_node *n, int64_t v)
{
    if (n->kind == PROFILE_KERNEL)
        listing_shown(t, (double)NAN, "-");
    else
        put_ns(t, (double)v);
}

static void put_node(struct tree_print *p, uint32_t id, unsigned depth, const char *path)
{
    static const char *const kinds[] = {[PROFILE_KERNEL] = "kernel",
                                        [PROFILE_OP] = "operator",
                                        [PROFILE_MODULE] = "module",
                                        [PROFILE_NOTE] = "group"};
    const struct calltree_node *n = &p->run->l->tree.nodes[id];
    const char *name = n->kind == PROFILE_KERNEL ? short_of(p->t, n->name) : n->name;
    struct listing *t = p->t;
    listing_text(t, p->run->name);
    listing_brief(t, n->name, arena_printf(t->a, "%*s%s", (int)MIN(2 * depth, 40), "", name));
    listing_text(t, path);
    listing_text(t, kinds[n->kind]);
    put_count(t, n->n);
    put_cpu(t, n, n->cpu_ns);
    put_cpu(t, n, n->cpu_self_ns);
    put_ns(t, (double)n->gpu_ns);
    put_count(t, n->n_kernels);
    put_ns(t, (double)n->latency_ns);
}

/* Operators may call themselves without end; a path is not followed deeper than this. */
enum { DEEPEST = 64 };

static void put_subtree(struct tree_print *p, uint32_t id, unsigned depth, const char *above)
{
    const struct calltree_node *nodes = p->run->l->tree.nodes;
    for (uint32_t c = nodes[id].first_child; c != PROFILE_NONE && p->left > 0; c = nodes[c].next) {
        if (nodes[c].n_kernels == 0)
            continue;
        const char *path =
            arena_printf(p->t->a, "%s%s%s", above, above[0] != '\0' ? " > " : "", nodes[c].name);
        put_node(p, c, depth, path);
        p->left--;
        if (depth < DEEPEST)
            put_subtree(p, c, depth + 1, path);
    }
}

static void fill_tree(struct listing *t, const struct launch_run *run, const struct launch_query *q)
{
    struct tree_print p = {t, run, q->n > 0 ? q->n : UINT32_MAX};
    put_subtree(&p, 0, 0, "");
}

/* ---- the table of pages ---- */

#define PAGE(name, columns, fill, n)               \
    {                                              \
        name, columns, ARRAY_LEN(columns), fill, n \
    }

static const struct launch_page pages[] = {
    PAGE("kernels", tally_columns, fill_kernels, 20),
    PAGE("operators", tally_columns, fill_operators, 20),
    PAGE("outer-operators", tally_columns, fill_outer, 20),
    PAGE("modules", tally_columns, fill_modules, 20),
    PAGE("calls", tally_columns, fill_calls, 20),
    PAGE("tree", tree_columns, fill_tree, 60),
    PAGE("gaps", gap_columns, fill_gaps, 20),
    PAGE("dependencies", gap_columns, fill_dependencies, 20),
    PAGE("fusion", chain_columns, fill_chains, 20),
    PAGE("lengths", length_columns, fill_lengths, 40),
    PAGE("queue", queue_columns, fill_queue, 0),
    PAGE("launches", launch_columns, fill_launches, 40),
};

const struct launch_page *launch_page_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (strcmp(pages[i].name, name) == 0)
            return &pages[i];
    }
    return NULL;
}
