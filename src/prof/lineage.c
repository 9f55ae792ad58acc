#include "prof/lineage.h"

#include "base/index.h"
#include "prof/order.h"

/* ---- texts ---- */

static const struct {
    const char *name, *text;
} misses[LINEAGE_MISS_N] = {
#define X(id, name, text) {name, text},
    LINEAGE_MISS_LIST(X)
#undef X
};

const char *lineage_miss_name(enum lineage_miss m)
{
    return misses[m].name;
}

const char *lineage_miss_text(enum lineage_miss m)
{
    return misses[m].text;
}

bool lineage_is_sync(const char *call_name)
{
    return strstr(call_name, "Synchronize") != NULL || strcmp(call_name, "cudaMemcpy") == 0 ||
           strcmp(call_name, "hipMemcpy") == 0;
}

/* ---- domains ---- */

/* Numbers count within a file; Nsight Systems tells processes apart as well. */
struct domains {
    uint32_t *of_lane;
    uint32_t n;
};

struct domain_key {
    const struct profile *p;
    const struct profile_lane *lane;
};

static int64_t domain_process(const struct profile *p, const struct profile_lane *lane)
{
    return p->files[lane->file].format == PROFILE_NSYS ? lane->process : 0;
}

static bool domain_equal(const void *ctx, uint32_t id)
{
    const struct domain_key *k = ctx;
    const struct profile_lane *other = &k->p->lanes[id];
    return other->file == k->lane->file &&
           domain_process(k->p, other) == domain_process(k->p, k->lane);
}

static struct domains domains_make(struct arena *a, const struct profile *p)
{
    struct domains d = {ARENA_ARRAY(a, uint32_t, p->n_lanes), 0};
    struct index ix;
    index_init(&ix);
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        struct domain_key k = {p, &p->lanes[i]};
        uint64_t hash = hash_u64(hash_u64(k.lane->file) ^ (uint64_t)domain_process(p, k.lane));
        uint32_t first = index_find(&ix, hash, domain_equal, &k);
        if (first == INDEX_NONE)
            index_put(&ix, hash, i);
        d.of_lane[i] = first == INDEX_NONE ? d.n++ : d.of_lane[first];
    }
    index_done(&ix);
    return d;
}

/* ---- joining by number ---- */

/* Spans by a number that counts within a domain. Of equal ones the last in the file is found; the
 * others hang behind it, from the back to the front. */
struct numbered {
    const struct profile_span *spans;
    const struct domains *domains;
    bool by_external;
    struct index ix;  /* of the first one */
    uint32_t *last;   /* of first ones */
    uint32_t *behind; /* PROFILE_NONE = none */
    uint32_t n_repeated;
};

struct number_key {
    const struct numbered *table;
    uint64_t number;
    uint32_t domain;
};

static struct number_key key_of(const struct numbered *t, const struct profile_span *s)
{
    return (struct number_key){t, t->by_external ? s->external : s->correlation,
                               t->domains->of_lane[s->lane]};
}

static bool number_equal(const void *ctx, uint32_t id)
{
    const struct number_key *k = ctx;
    struct number_key other = key_of(k->table, &k->table->spans[id]);
    return other.number == k->number && other.domain == k->domain;
}

static uint64_t number_hash(const struct number_key *k)
{
    return hash_u64(hash_u64(k->number) ^ k->domain);
}

static uint32_t find_first(const struct numbered *t, const struct number_key *k)
{
    return k->number == 0 ? INDEX_NONE : index_find(&t->ix, number_hash(k), number_equal, k);
}

static uint32_t number_find(const struct numbered *t, const struct profile_span *of)
{
    struct number_key k = key_of(t, of);
    uint32_t first = find_first(t, &k);
    return first == INDEX_NONE ? PROFILE_NONE : t->last[first];
}

static void number_all(struct arena *a, struct numbered *t, uint32_t n)
{
    index_init(&t->ix);
    t->last = ARENA_ARRAY(a, uint32_t, n);
    t->behind = ARENA_ARRAY(a, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        struct number_key k = key_of(t, &t->spans[i]);
        uint32_t first = find_first(t, &k);
        t->behind[i] = PROFILE_NONE;
        if (first != INDEX_NONE) {
            t->behind[i] = t->last[first];
            t->last[first] = i;
            t->n_repeated++;
        } else if (k.number != 0) {
            t->last[i] = i;
            index_put(&t->ix, number_hash(&k), i);
        }
    }
}

/* ---- calls of works ---- */

struct join {
    const struct profile *p;
    struct lineage *out;
    struct lineage_of *of;
    struct domains domains;
    struct numbered calls, ops;
    uint64_t *least;    /* by domain: smallest number of a call */
    int64_t *favourite; /* by device lane: the process whose calls most of its kernels have */
    uint32_t *n_works;  /* by call */
};

static int64_t process_of_call(const struct join *j, uint32_t call)
{
    return j->p->lanes[j->p->calls[call].lane].process;
}

enum { MOST_REPEATS = 64 }; /* looked at for one number */

static bool is_mixed(const struct join *j, uint32_t call)
{
    uint32_t next = j->calls.behind[call];
    for (unsigned i = 0; next != PROFILE_NONE && i < MOST_REPEATS; i++) {
        if (process_of_call(j, next) != process_of_call(j, call))
            return true;
        next = j->calls.behind[next];
    }
    return false;
}

/* Majority by Boyer and Moore: a candidate and its lead. */
static void vote(const struct join *j, uint32_t *lead)
{
    for (uint32_t i = 0; i < j->p->n_works; i++) {
        uint32_t lane = j->p->works[i].lane, call = number_find(&j->calls, &j->p->works[i]);
        if (call == PROFILE_NONE || is_mixed(j, call))
            continue;
        if (lead[lane] == 0)
            j->favourite[lane] = process_of_call(j, call);
        if (process_of_call(j, call) == j->favourite[lane])
            lead[lane]++;
        else
            lead[lane]--;
    }
}

/* A file that was merged from several processes: the number alone does not say whose call it was.
 */
static uint32_t settle(struct join *j, uint32_t call, const struct profile_span *work)
{
    uint32_t next = call;
    for (unsigned i = 0; next != PROFILE_NONE && i <= MOST_REPEATS; i++) {
        if (process_of_call(j, next) == j->favourite[work->lane])
            return next;
        next = j->calls.behind[next];
    }
    j->out->n_uncertain += work->kind == PROFILE_KERNEL;
    return call;
}

static enum lineage_miss miss_of(const struct join *j, const struct profile_span *work)
{
    if (work->correlation == 0)
        return LINEAGE_NO_NUMBER;
    uint64_t least = j->least[j->domains.of_lane[work->lane]];
    return work->correlation < least ? LINEAGE_BEFORE : LINEAGE_NO_CALL;
}

static void join_calls(struct arena *a, struct join *j)
{
    const struct profile *p = j->p;
    for (uint32_t i = 0; i < j->domains.n; i++)
        j->least[i] = UINT64_MAX;
    for (uint32_t i = 0; i < p->n_lanes; i++)
        j->favourite[i] = INT64_MIN;
    for (uint32_t i = 0; i < p->n_calls; i++) {
        uint64_t *least = &j->least[j->domains.of_lane[p->calls[i].lane]];
        if (p->calls[i].correlation != 0)
            *least = MIN(*least, p->calls[i].correlation);
    }
    number_all(a, &j->calls, p->n_calls);
    if (j->calls.n_repeated > 0)
        vote(j, ARENA_ARRAY(a, uint32_t, p->n_lanes));
    for (uint32_t i = 0; i < p->n_works; i++) {
        const struct profile_span *work = &p->works[i];
        uint32_t call = number_find(&j->calls, work);
        if (call != PROFILE_NONE && j->calls.n_repeated > 0 && is_mixed(j, call))
            call = settle(j, call, work);
        j->of[i] = (struct lineage_of){call, PROFILE_NONE, PROFILE_NONE, PROFILE_NONE, 0, false};
        if (call != PROFILE_NONE)
            j->n_works[call]++;
        else
            j->of[i].miss = (uint8_t)miss_of(j, work);
    }
    j->out->n_repeated = j->calls.n_repeated;
}

/* ---- graphs ---- */

static bool launches_graph(const struct profile *p, uint32_t call)
{
    return call != PROFILE_NONE && strstr(p->names[p->calls[call].name], "GraphLaunch") != NULL;
}

/* A number that several works have is a graph's, also where its call was not recorded. */
static void count_shared(const struct join *j, const struct numbered *works)
{
    for (uint32_t i = 0; i < j->p->n_works; i++) {
        if (number_find(works, &j->p->works[i]) != i)
            continue;
        uint32_t n = 0;
        for (uint32_t w = i; w != PROFILE_NONE; w = works->behind[w])
            n++;
        bool is_graph = n > 1 || launches_graph(j->p, j->of[i].call);
        for (uint32_t w = i; w != PROFILE_NONE; w = works->behind[w])
            j->of[w].is_graph = is_graph;
        j->out->n_shared += n > 1;
        j->out->n_most = MAX(j->out->n_most, n);
        j->out->n_graph_launches += is_graph;
    }
}

static void mark_graphs(struct arena *a, struct join *j)
{
    struct numbered works = {.spans = j->p->works, .domains = &j->domains};
    number_all(a, &works, j->p->n_works);
    count_shared(j, &works);
    index_done(&works.ix);
    for (uint32_t i = 0; i < j->p->n_works; i++) {
        j->of[i].is_graph |= j->p->works[i].is_graph_node;
        j->out->n_graph_kernels += j->of[i].is_graph && j->p->works[i].kind == PROFILE_KERNEL;
    }
}

/* ---- operators and modules ---- */

/* In 2021 a step of the profiler was an operator, around all others: it is nobody's root. */
static bool is_step(const struct profile *p, uint32_t op)
{
    return str_starts(str_from(p->names[p->ops[op].name]), STR("ProfilerStep#"));
}

static uint32_t *find_roots(struct arena *a, const struct profile *p, const struct order_spans *ops,
                            const uint32_t *parent)
{
    uint32_t *root = ARENA_ARRAY(a, uint32_t, p->n_ops);
    for (uint32_t i = 0; i < ops->n; i++) {
        uint32_t op = ops->ids[i], up = parent[op];
        bool is_outermost = up == PROFILE_NONE || root[up] == PROFILE_NONE;
        root[op] = is_step(p, op) ? PROFILE_NONE : is_outermost ? op : root[up];
    }
    return root;
}

/* In some years the External id of nearly every kernel is its correlation: no operator's id. */
static bool externals_are_operators(const struct profile *p)
{
    uint32_t n = 0, n_equal = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        const struct profile_span *w = &p->works[i];
        n += w->kind == PROFILE_KERNEL && w->external != 0;
        n_equal += w->kind == PROFILE_KERNEL && w->external != 0 && w->external == w->correlation;
    }
    return n > 0 && n_equal < n - n / 10;
}

static void join_op(struct join *j, uint32_t i, const uint32_t *call_op)
{
    struct lineage_of *of = &j->of[i];
    struct lineage *out = j->out;
    uint32_t named = number_find(&j->ops, &j->p->works[i]);
    uint32_t around = of->call != PROFILE_NONE ? call_op[of->call] : PROFILE_NONE;
    if (j->p->works[i].kind == PROFILE_KERNEL) {
        out->n_ext += named != PROFILE_NONE;
        out->n_enclosed += around != PROFILE_NONE;
        out->n_agree += named != PROFILE_NONE && named == around;
    }
    if (named == PROFILE_NONE && of->call != PROFILE_NONE)
        named = number_find(&j->ops, &j->p->calls[of->call]);
    of->op = out->is_external_used && named != PROFILE_NONE ? named : around;
}

static void join_ops(struct arena *a, struct join *j)
{
    const struct profile *p = j->p;
    struct order_spans ops = {p->ops, order_by_lane(a, p->ops, p->n_ops), p->n_ops};
    struct order_spans calls = {p->calls, order_by_lane(a, p->calls, p->n_calls), p->n_calls};
    struct order_spans modules = order_modules(a, p);
    uint32_t *op_parent = ARENA_ARRAY(a, uint32_t, p->n_ops);
    uint32_t *module_parent = ARENA_ARRAY(a, uint32_t, p->n_ranges);
    uint32_t *call_op = ARENA_ARRAY(a, uint32_t, p->n_calls);
    uint32_t *call_module = ARENA_ARRAY(a, uint32_t, p->n_calls);
    order_nest(a, &ops, &ops, op_parent);
    order_nest(a, &modules, &modules, module_parent);
    order_nest(a, &ops, &calls, call_op);
    order_nest(a, &modules, &calls, call_module);
    uint32_t *root = find_roots(a, p, &ops, op_parent);
    number_all(a, &j->ops, p->n_ops);
    j->out->is_external_used = externals_are_operators(p);
    for (uint32_t i = 0; i < p->n_works; i++) {
        struct lineage_of *of = &j->of[i];
        join_op(j, i, call_op);
        of->root = of->op != PROFILE_NONE ? root[of->op] : PROFILE_NONE;
        of->module = of->call != PROFILE_NONE ? call_module[of->call] : PROFILE_NONE;
    }
    j->out->op_parent = op_parent;
    j->out->module_parent = module_parent;
    j->out->call_op = call_op;
}

void lineage_trace(struct arena *a, const struct profile *p, struct lineage *out)
{
    *out = (struct lineage){0};
    struct join j = {.p = p, .out = out, .domains = domains_make(a, p)};
    j.of = ARENA_ARRAY(a, struct lineage_of, p->n_works);
    j.least = ARENA_ARRAY(a, uint64_t, j.domains.n);
    j.favourite = ARENA_ARRAY(a, int64_t, p->n_lanes);
    j.n_works = ARENA_ARRAY(a, uint32_t, p->n_calls);
    j.calls = (struct numbered){.spans = p->calls, .domains = &j.domains};
    j.ops = (struct numbered){.spans = p->ops, .domains = &j.domains, .by_external = true};
    join_calls(a, &j);
    mark_graphs(a, &j);
    join_ops(a, &j);
    for (uint32_t i = 0; i < p->n_works; i++)
        out->n_miss[j.of[i].miss] += p->works[i].kind == PROFILE_KERNEL;
    out->of = j.of;
    out->n_works_of = j.n_works;
    index_done(&j.calls.ix);
    index_done(&j.ops.ix);
}
