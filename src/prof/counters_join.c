/*
 * counters_join.c: which launch the instructions of a source page belong to. Pages of Nsight
 * Compute 2025 say the name only; both of them have the launches in order.
 */
#include "base/index.h"
#include "counters_build.h"

enum { NO_KERNEL = UINT32_MAX };

/* The kernels of a name; names are interned. */
struct namesake {
    const char *name;
    uint32_t first, last; /* with values, linked by next[]; those in front that are full are cut
                             off */
    uint32_t n_counted, n_code; /* with values; with instructions alone */
};

struct join {
    struct counters_kernel *k;
    uint32_t *next;
    struct index by_name;
    struct namesakes {
        VEC(struct namesake);
    } names;
};

static bool is_name(const void *ctx, uint32_t id)
{
    const void *const *wanted = ctx;
    const struct join *j = wanted[0];
    return j->names.at[id].name == wanted[1];
}

static struct namesake *namesake(struct join *j, const char *name)
{
    const void *const wanted[] = {j, name};
    uint64_t hash = hash_u64((uint64_t)(uintptr_t)name);
    uint32_t id = index_find(&j->by_name, hash, is_name, wanted);
    if (id != INDEX_NONE)
        return &j->names.at[id];
    index_put(&j->by_name, hash, (uint32_t)j->names.n);
    struct namesake *s = VEC_PUSH(&j->names);
    *s = (struct namesake){.name = name, .first = NO_KERNEL, .last = NO_KERNEL};
    return s;
}

static bool is_code_alone(const struct counters_kernel *k)
{
    return k->code.n > 0 && k->n_values == 0;
}

static void add(struct join *j, uint32_t i)
{
    struct namesake *s = namesake(j, j->k[i].name);
    j->next[i] = NO_KERNEL;
    s->n_code += is_code_alone(&j->k[i]);
    if (j->k[i].n_values == 0)
        return;
    s->n_counted++;
    if (s->first == NO_KERNEL)
        s->first = i;
    else
        j->next[s->last] = i;
    s->last = i;
}

static bool may_be_same(const struct counters_kernel *k, const struct counters_kernel *code)
{
    bool has_grids = k->grid[0] != 0 && code->grid[0] != 0;
    bool has_ids = k->id != COUNTERS_NO_ID && code->id != COUNTERS_NO_ID;
    return k->code.n == 0 && (!has_ids || k->id == code->id) &&
           (!has_grids || memcmp(k->grid, code->grid, sizeof k->grid) == 0);
}

static bool join(struct join *j, uint32_t i)
{
    const struct counters_kernel *code = &j->k[i];
    struct namesake *s = namesake(j, code->name);
    while (s->first != NO_KERNEL && j->k[s->first].code.n > 0)
        s->first = j->next[s->first];
    for (uint32_t at = s->first; at != NO_KERNEL; at = j->next[at]) {
        if (!may_be_same(&j->k[at], code))
            continue;
        j->k[at].code = code->code;
        return true;
    }
    return false;
}

static void warn(struct counters_build *b, const struct join *j)
{
    for (size_t i = 0; i < j->names.n; i++) {
        const struct namesake *s = &j->names.at[i];
        if (s->n_code > 0 && s->n_counted > 0 && s->n_code != s->n_counted)
            counters_build_warn(b,
                                "%.200s: %u launches with metrics, %u with instructions; they are "
                                "joined in order",
                                s->name, (unsigned)s->n_counted, (unsigned)s->n_code);
    }
}

size_t counters_join(struct counters_build *b, struct counters_kernel *k, size_t n)
{
    struct arena *a = counters_build_arena(b);
    struct join j = {.k = k, .next = ARENA_ARRAY(a, uint32_t, n)};
    bool *is_joined = ARENA_ARRAY(a, bool, n);
    size_t kept = 0;
    index_init(&j.by_name);
    VEC_INIT(&j.names, ARENA_LARGE);
    for (uint32_t i = 0; i < n; i++)
        add(&j, i);
    for (uint32_t i = 0; i < n; i++)
        is_joined[i] = is_code_alone(&k[i]) && join(&j, i);
    for (size_t i = 0; i < n; i++)
        if (!is_joined[i])
            k[kept++] = k[i];
    warn(b, &j);
    VEC_DONE(&j.names);
    index_done(&j.by_name);
    return kept;
}
