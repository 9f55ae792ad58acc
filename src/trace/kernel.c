#include "kernel.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/symbol.h"

struct trace_header header_copy(struct arena *a, const struct trace_header *h)
{
    struct trace_header copy = *h;
    copy.name = arena_strdup(a, h->name != NULL ? h->name : "");
    copy.declaration = symbol_demangle(a, copy.name);
    copy.label = symbol_short(a, copy.name);
    copy.file = arena_strdup(a, h->file != NULL ? h->file : "");
    copy.nvbit_version = arena_strdup(a, h->nvbit_version != NULL ? h->nvbit_version : "");
    copy.made_by = arena_strdup(a, h->made_by != NULL ? h->made_by : "");
    return copy;
}

struct kernel_store *kernel_store_new(const struct trace_header *h, size_t reserve_b)
{
    struct kernel_store *s = calloc(1, sizeof *s);
    if (s == NULL)
        os_fatal("out of memory for a kernel");
    atomic_init(&s->references, 1);
    arena_init(&s->misc, reserve_b);
    s->kernel.h = header_copy(&s->misc, h);
    return s;
}

void kernel_store_keep(struct kernel_store *s, struct arena *a)
{
    ASSERT(s->n_tables < KERNEL_ARENAS);
    arena_trim(a);
    s->tables[s->n_tables++] = arena_take(a);
}

/* The store begins with the kernel; only the builder made it, so it may be written again. */
static struct kernel_store *store_of(const struct trace_kernel *k)
{
    union {
        const struct trace_kernel *kernel;
        struct kernel_store *store;
    } u = {.kernel = k};
    return u.store;
}

const struct trace_kernel *trace_kernel_retain(const struct trace_kernel *k)
{
    atomic_fetch_add_explicit(&store_of(k)->references, 1, memory_order_relaxed);
    return k;
}

void trace_kernel_release(const struct trace_kernel *k)
{
    if (k == NULL)
        return;
    struct kernel_store *s = store_of(k);
    if (atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) > 1)
        return;
    for (unsigned i = 0; i < s->n_tables; i++)
        arena_done(&s->tables[i]);
    arena_done(&s->misc);
    free(s);
}

size_t trace_kernel_memory_b(const struct trace_kernel *k)
{
    const struct kernel_store *s = store_of(k);
    size_t sum = sizeof *s + s->misc.used;
    for (unsigned i = 0; i < s->n_tables; i++)
        sum += s->tables[i].used;
    return sum;
}

/* ---- addresses ---- */

int64_t trace_pattern_delta(const struct trace_pattern *p, unsigned i)
{
    switch (p->delta_b) {
    case 1:
        return ((const int8_t *)p->delta)[i];
    case 2:
        return ((const int16_t *)p->delta)[i];
    case 4:
        return ((const int32_t *)p->delta)[i];
    default:
        return ((const int64_t *)p->delta)[i];
    }
}

/* What lies between active lane `i` and the one before it. */
static uint64_t step_to(const struct trace_pattern *p, unsigned i)
{
    if (i == 0)
        return 0;
    return (uint64_t)(p->kind == TRACE_PATTERN_STRIDE ? p->stride : trace_pattern_delta(p, i - 1));
}

static unsigned described(const struct trace_pattern *p)
{
    if (p->kind == TRACE_PATTERN_NONE)
        return 0;
    return p->kind == TRACE_PATTERN_STRIDE && p->n == 0 ? SASS_WARP_LANES : p->n;
}

uint32_t trace_access_lanes(const struct trace_kernel *k, uint64_t access, uint32_t mask,
                            uint64_t out[SASS_WARP_LANES])
{
    ASSERT(access < k->n_accesses);
    const struct trace_pattern *p = &k->patterns[k->access_pattern[access]];
    uint64_t address = k->access_base[access];
    uint32_t set = 0;
    unsigned n = described(p);
    for (unsigned i = 0; i < n && mask != 0; i++, mask &= mask - 1) {
        address += step_to(p, i);
        unsigned lane = (unsigned)__builtin_ctz(mask);
        out[lane] = address;
        set |= UINT32_C(1) << lane;
    }
    return set;
}

/* ---- walking ---- */

void trace_cursor_start(struct trace_cursor *c, const struct trace_kernel *k, uint32_t warp)
{
    ASSERT(warp < k->n_warps);
    const struct trace_path *path = &k->paths[k->warps[warp].path];
    *c = (struct trace_cursor){.step = path->steps,
                               .end = path->steps + path->n_steps,
                               .kernel = k,
                               .access = k->warps[warp].first_access};
}

const struct trace_step *trace_cursor_next(struct trace_cursor *c, uint64_t *access)
{
    if (c->step == c->end)
        return NULL;
    const struct trace_step *step = c->step++;
    *access = c->kernel->code[step->code].mem_width_b != 0 ? c->access++ : UINT64_MAX;
    return step;
}

static bool is_among(const str *names, unsigned n, str name)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

const char *trace_unknown_names(struct arena *a, const struct trace_kernel *k)
{
    enum { MAX_SHOWN = 8 };
    str names[MAX_SHOWN];
    const char *list = "";
    unsigned n = 0;
    for (uint32_t i = 0; i < k->n_code; i++) {
        str name = sass_base_name(str_from(k->code[i].opcode));
        if (k->code[i].op.row != SASS_ROW_UNKNOWN || is_among(names, n, name))
            continue;
        if (n == MAX_SHOWN)
            return arena_printf(a, "%s, ...", list);
        list = arena_printf(a, "%s%s%.*s", list, n == 0 ? "" : ", ", (int)MIN(name.n, (size_t)40),
                            name.p);
        names[n++] = name;
    }
    return list;
}
