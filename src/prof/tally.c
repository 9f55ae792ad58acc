#include "prof/tally.h"

#include <stdlib.h>

#include "base/index.h"

const struct tally_info tally_info[TALLY_N] = {
#define X(id, name, title, about) {name, title, about},
    TALLY_LIST(X)
#undef X
};

str tally_module_class(const char *module)
{
    size_t n = strlen(module);
    while (n > 0 && module[n - 1] >= '0' && module[n - 1] <= '9')
        n--;
    bool has_number = module[n] != '\0' && n > 1 && module[n - 1] == '_';
    return (str){module, has_number ? n - 1 : strlen(module)};
}

struct tally {
    const struct profile *p;
    const struct lineage *l;
    enum tally_by by;
    struct tally_row *rows;
    str *keys;
    uint32_t n;
    struct index ix;
};

static const struct profile_span *origin_of(const struct tally *t, uint32_t work)
{
    const struct lineage_of *of = &t->l->of[work];
    const struct {
        const struct profile_span *spans;
        uint32_t id;
    } origins[TALLY_N] = {
        [TALLY_KERNEL] = {t->p->works, work},   [TALLY_OP] = {t->p->ops, of->op},
        [TALLY_ROOT] = {t->p->ops, of->root},   [TALLY_MODULE] = {t->p->ranges, of->module},
        [TALLY_CALL] = {t->p->calls, of->call},
    };
    return origins[t->by].id == PROFILE_NONE ? NULL : &origins[t->by].spans[origins[t->by].id];
}

static str key_of(const struct tally *t, uint32_t work)
{
    const struct profile_span *origin = origin_of(t, work);
    if (origin == NULL)
        return (str){"", 0};
    const char *name = t->p->names[origin->name];
    return t->by == TALLY_MODULE ? tally_module_class(name) : str_from(name);
}

struct row_key {
    const struct tally *t;
    str text;
};

static bool row_equal(const void *ctx, uint32_t id)
{
    const struct row_key *k = ctx;
    return str_eq(k->t->keys[id], k->text);
}

static struct tally_row *row_of(struct tally *t, struct arena *a, uint32_t work)
{
    str key = key_of(t, work);
    uint64_t hash = hash_words(key.p, key.n, 0);
    uint32_t id = index_find(&t->ix, hash, row_equal, &(struct row_key){t, key});
    if (id != INDEX_NONE)
        return &t->rows[id];
    id = t->n++;
    index_put(&t->ix, hash, id);
    t->keys[id] = key;
    t->rows[id] = (struct tally_row){
        .name = key.n == 0 ? NULL : arena_strndup(a, key.p, key.n),
        .first = work,
        .shortest_ns = INT64_MAX,
    };
    return &t->rows[id];
}

static void add_work(struct tally_row *r, const struct tally *t, const struct tklqt_wait *w,
                     uint32_t work)
{
    int64_t dur_ns = t->p->works[work].dur_ns;
    r->n++;
    tklqt_add(&r->dur_ns, dur_ns);
    r->shortest_ns = MIN(r->shortest_ns, dur_ns);
    r->longest_ns = MAX(r->longest_ns, dur_ns);
    r->n_graph += t->l->of[work].is_graph;
    if (t->l->of[work].call == PROFILE_NONE)
        return;
    r->n_joined++;
    r->n_queued += w->is_queued;
    tklqt_add(&r->latency_ns, w->latency_ns);
    tklqt_add(&r->queue_ns, w->queue_ns);
}

static int compare_first(const struct tally_row *a, const struct tally_row *b)
{
    return (a->first > b->first) - (a->first < b->first);
}

static int by_time(const struct tally_row *a, const struct tally_row *b)
{
    return (a->dur_ns < b->dur_ns) - (a->dur_ns > b->dur_ns);
}

static int by_count(const struct tally_row *a, const struct tally_row *b)
{
    return (a->n < b->n) - (a->n > b->n);
}

static int compare_time(const void *pa, const void *pb)
{
    int c = by_time(pa, pb);
    c = c != 0 ? c : by_count(pa, pb);
    return c != 0 ? c : compare_first(pa, pb);
}

static int compare_count(const void *pa, const void *pb)
{
    int c = by_count(pa, pb);
    c = c != 0 ? c : by_time(pa, pb);
    return c != 0 ? c : compare_first(pa, pb);
}

static int compare_wait(const void *pa, const void *pb)
{
    const struct tally_row *a = pa, *b = pb;
    return a->latency_ns != b->latency_ns
               ? (a->latency_ns < b->latency_ns) - (a->latency_ns > b->latency_ns)
               : compare_time(a, b);
}

void tally_sort(struct tally_row *rows, uint32_t n, enum tally_order order)
{
    static int (*const compare[])(const void *, const void *) = {
        [TALLY_BY_TIME] = compare_time,
        [TALLY_BY_COUNT] = compare_count,
        [TALLY_BY_WAIT] = compare_wait,
    };
    qsort(rows, n, sizeof *rows, compare[order]);
}

struct tally_row *tally_make(struct arena *a, const struct profile *p, const struct lineage *l,
                             const struct tklqt_wait *waits, const struct tklqt_select *s,
                             enum tally_by by, enum tally_order order, uint32_t *n)
{
    struct tally t = {.p = p, .l = l, .by = by};
    struct arena scratch;
    arena_init(&scratch, ARENA_LARGE);
    t.rows = ARENA_ARRAY(&scratch, struct tally_row, p->n_kernels);
    t.keys = ARENA_ARRAY(&scratch, str, p->n_kernels);
    index_init(&t.ix);
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (p->works[i].kind == PROFILE_KERNEL && tklqt_selects(s, p, l, i))
            add_work(row_of(&t, a, i), &t, &waits[i], i);
    }
    index_done(&t.ix);
    tally_sort(t.rows, t.n, order);
    *n = t.n;
    struct tally_row *rows = arena_memdup(a, t.rows, t.n * sizeof *t.rows);
    arena_done(&scratch);
    return rows;
}
