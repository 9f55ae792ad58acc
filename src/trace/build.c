#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"
#include "builder.h"

/* ---- the warp buffer ---- */

/* Small: a raw trace has thousands of warps open at a time. */
enum { FIRST_STEPS = 64, FIRST_ACCESSES = 16 };

static void *grown(void *p, size_t n, size_t size_b)
{
    void *q = realloc(p, n * size_b);
    if (q == NULL)
        os_fatal("out of memory for a warp of %zu records", n);
    return q;
}

void warp_buf_grow_steps(struct warp_buf *w)
{
    w->cap_steps = MAX(w->cap_steps * 2, FIRST_STEPS);
    w->steps = grown(w->steps, w->cap_steps, sizeof *w->steps);
}

void warp_buf_grow_accesses(struct warp_buf *w)
{
    w->cap_accesses = MAX(w->cap_accesses * 2, FIRST_ACCESSES);
    w->bases = grown(w->bases, w->cap_accesses, sizeof *w->bases);
    w->patterns = grown(w->patterns, w->cap_accesses, sizeof *w->patterns);
}

static void warp_buf_done(struct warp_buf *w)
{
    free(w->steps);
    free(w->bases);
    free(w->patterns);
}

/* ---- beginning and ending ---- */

struct build *build_init(const struct trace_header *h)
{
    return build_init_for(h, ARENA_LARGE);
}

struct build *build_init_for(const struct trace_header *h, size_t reserve_b)
{
    struct build *b = calloc(1, sizeof *b);
    if (b == NULL)
        os_fatal("out of memory for a kernel");
    b->store = kernel_store_new(h, reserve_b);
    VEC_INIT(&b->code, reserve_b);
    VEC_INIT(&b->paths, reserve_b);
    VEC_INIT(&b->steps, reserve_b);
    VEC_INIT(&b->warps, reserve_b);
    VEC_INIT(&b->ctas, reserve_b);
    VEC_INIT(&b->bases, reserve_b);
    VEC_INIT(&b->pattern_of, reserve_b);
    VEC_INIT(&b->patterns, reserve_b);
    VEC_INIT(&b->opcodes, reserve_b);
    VEC_INIT(&b->warnings, ARENA_SMALL);
    struct index *const all[] = {&b->code_ix, &b->opcode_ix, &b->path_ix, &b->pattern_ix,
                                 &b->cta_ix};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        index_init(all[i]);
    return b;
}

/* Frees what only building needs. */
static void drop_scratch(struct build *b)
{
    struct index *const all[] = {&b->code_ix, &b->opcode_ix, &b->path_ix, &b->pattern_ix,
                                 &b->cta_ix};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        index_done(all[i]);
    warp_buf_done(&b->warp);
    VEC_DONE(&b->opcodes);
    VEC_DONE(&b->warnings);
    free(b);
}

static struct arena *table_arena(struct build *b, size_t i)
{
    struct arena *const all[] = {&b->code.arena,     &b->paths.arena,     &b->steps.arena,
                                 &b->warps.arena,    &b->ctas.arena,      &b->bases.arena,
                                 &b->patterns.arena, &b->pattern_of.arena};
    return i < ARRAY_LEN(all) ? all[i] : NULL;
}

void build_drop(struct build *b)
{
    if (b == NULL)
        return;
    struct arena *a;
    for (size_t i = 0; (a = table_arena(b, i)) != NULL; i++)
        arena_done(a);
    trace_kernel_release(&b->store->kernel);
    drop_scratch(b);
}

size_t build_memory_b(const struct build *b)
{
    return b->store->misc.used + b->code.arena.used + b->paths.arena.used + b->steps.arena.used +
           b->warps.arena.used + b->ctas.arena.used + b->bases.arena.used +
           b->pattern_of.arena.used + b->patterns.arena.used;
}

void build_warn(struct build *b, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    *VEC_PUSH(&b->warnings) = arena_strdup(&b->store->misc, line);
}

/* ---- static instructions ---- */

struct opcode_key {
    const struct build *b;
    const char *text;
};

static bool opcode_equal(const void *ctx, uint32_t id)
{
    const struct opcode_key *k = ctx;
    return strcmp(k->b->opcodes.at[id], k->text) == 0;
}

static const char *intern_opcode(struct build *b, const char *text)
{
    uint64_t hash = hash_bytes(text, strlen(text), 0);
    uint32_t id = index_find(&b->opcode_ix, hash, opcode_equal, &(struct opcode_key){b, text});
    if (id == INDEX_NONE) {
        id = (uint32_t)b->opcodes.n;
        *VEC_PUSH(&b->opcodes) = arena_strdup(&b->store->misc, text);
        index_put(&b->opcode_ix, hash, id);
    }
    return b->opcodes.at[id];
}

struct code_key {
    const struct build *b;
    const struct sass_inst *in;
};

static bool code_equal(const void *ctx, uint32_t id)
{
    const struct code_key *k = ctx;
    const struct sass_inst *x = &k->b->code.at[id], *y = k->in;
    return x->pc == y->pc && x->opcode == y->opcode && x->immediate == y->immediate &&
           x->source_line == y->source_line && x->n_dst == y->n_dst && x->n_src == y->n_src &&
           x->dst == y->dst && x->mem_width_b == y->mem_width_b && x->has_const == y->has_const &&
           x->const_bank == y->const_bank && x->const_offset == y->const_offset &&
           memcmp(x->src, y->src, sizeof x->src) == 0;
}

static uint64_t code_hash(const struct sass_inst *in)
{
    uint64_t h = hash_u64(in->pc ^ (uintptr_t)in->opcode);
    h = hash_u64(h ^ (uint64_t)in->immediate);
    h = hash_u64(h ^ in->source_line ^ (uint64_t)in->mem_width_b << 32 ^ (uint64_t)in->dst << 40 ^
                 (uint64_t)in->n_dst << 48 ^ (uint64_t)in->n_src << 56);
    h ^= (uint64_t)in->has_const << 24 ^ (uint64_t)in->const_bank << 16 ^ in->const_offset;
    return hash_bytes(in->src, sizeof in->src, h);
}

uint32_t build_code(struct build *b, const struct sass_inst *in)
{
    struct sass_inst copy = {.pc = in->pc,
                             .opcode = intern_opcode(b, in->opcode),
                             .immediate = in->immediate,
                             .source_line = in->source_line,
                             .n_dst = in->n_dst,
                             .n_src = in->n_src,
                             .dst = in->n_dst != 0 ? in->dst : 0,
                             .mem_width_b = in->mem_width_b,
                             .has_const = in->has_const,
                             .const_bank = in->const_bank,
                             .const_offset = in->const_offset};
    ASSERT(in->n_src <= SASS_MAX_SRC);
    memcpy(copy.src, in->src, in->n_src);
    uint64_t hash = code_hash(&copy);
    uint32_t id = index_find(&b->code_ix, hash, code_equal, &(struct code_key){b, &copy});
    if (id != INDEX_NONE)
        return id;
    sass_inst_decode(&copy, b->store->kernel.h.isa);
    id = (uint32_t)b->code.n;
    *VEC_PUSH(&b->code) = copy;
    index_put(&b->code_ix, hash, id);
    return id;
}

/* ---- patterns ---- */

struct pattern_key {
    const struct build *b;
    struct trace_pattern p;
};

static size_t deltas_b(const struct trace_pattern *p)
{
    return p->kind == TRACE_PATTERN_DELTAS && p->n > 0 ? (size_t)(p->n - 1) * p->delta_b : 0;
}

static bool pattern_equal(const void *ctx, uint32_t id)
{
    const struct pattern_key *k = ctx;
    const struct trace_pattern *x = &k->b->patterns.at[id], *y = &k->p;
    size_t n = deltas_b(x);
    return x->kind == y->kind && x->n == y->n && x->delta_b == y->delta_b &&
           x->stride == y->stride && (n == 0 || memcmp(x->delta, y->delta, n) == 0);
}

static uint32_t intern_pattern(struct build *b, struct trace_pattern p)
{
    size_t n = deltas_b(&p);
    uint64_t hash = hash_u64((uint64_t)p.stride ^ (uint64_t)p.kind << 56 ^ (uint64_t)p.n << 48);
    if (n > 0)
        hash = hash_words(p.delta, n, hash);
    uint32_t id = index_find(&b->pattern_ix, hash, pattern_equal, &(struct pattern_key){b, p});
    if (id != INDEX_NONE)
        return id;
    if (n > 0)
        p.delta = memcpy(arena_alloc(&b->store->misc, n, 1, p.delta_b), p.delta, n);
    id = (uint32_t)b->patterns.n;
    *VEC_PUSH(&b->patterns) = p;
    index_put(&b->pattern_ix, hash, id);
    return id;
}

uint32_t build_pattern_stride(struct build *b, int64_t stride, unsigned n)
{
    ASSERT(n <= SASS_WARP_LANES);
    return intern_pattern(
        b, (struct trace_pattern){.kind = TRACE_PATTERN_STRIDE, .n = (uint8_t)n, .stride = stride});
}

uint32_t build_pattern_none(struct build *b)
{
    return intern_pattern(b, (struct trace_pattern){.kind = TRACE_PATTERN_NONE});
}

/* Bytes that hold every one of the `n` values. */
static uint8_t narrowest(const int64_t *v, unsigned n)
{
    uint64_t bits = 0; /* of the values, negative ones complemented */
    for (unsigned i = 0; i < n; i++)
        bits |= (uint64_t)(v[i] < 0 ? ~v[i] : v[i]);
    if (bits <= INT8_MAX)
        return 1;
    if (bits <= INT16_MAX)
        return 2;
    return bits <= INT32_MAX ? 4 : 8;
}

uint32_t build_pattern_deltas(struct build *b, const int64_t *delta, unsigned n)
{
    ASSERT(n >= 1 && n <= SASS_WARP_LANES);
    uint8_t width = narrowest(delta, n - 1);
    union {
        int8_t b1[SASS_WARP_LANES];
        int16_t b2[SASS_WARP_LANES];
        int32_t b4[SASS_WARP_LANES];
        int64_t b8[SASS_WARP_LANES];
    } packed;
    for (unsigned i = 0; i + 1 < n; i++) {
        if (width == 1)
            packed.b1[i] = (int8_t)delta[i];
        else if (width == 2)
            packed.b2[i] = (int16_t)delta[i];
        else if (width == 4)
            packed.b4[i] = (int32_t)delta[i];
        else
            packed.b8[i] = delta[i];
    }
    return intern_pattern(
        b, (struct trace_pattern){
               .kind = TRACE_PATTERN_DELTAS, .n = (uint8_t)n, .delta_b = width, .delta = &packed});
}

/* ---- CTAs ---- */

struct cta_key {
    const struct build *b;
    uint32_t x, y, z;
};

static bool cta_equal(const void *ctx, uint32_t id)
{
    const struct cta_key *k = ctx;
    const struct trace_cta *c = &k->b->ctas.at[id];
    return c->x == k->x && c->y == k->y && c->z == k->z;
}

uint32_t build_find_cta(struct build *b, uint32_t x, uint32_t y, uint32_t z, bool *is_new)
{
    uint64_t hash = hash_u64(hash_u64((uint64_t)x << 32 | y) ^ z);
    uint32_t id = index_find(&b->cta_ix, hash, cta_equal, &(struct cta_key){b, x, y, z});
    *is_new = id == INDEX_NONE;
    if (*is_new) {
        id = (uint32_t)b->ctas.n;
        *VEC_PUSH(&b->ctas) = (struct trace_cta){.x = x, .y = y, .z = z};
        index_put(&b->cta_ix, hash, id);
    }
    return id;
}

void build_cta(struct build *b, uint32_t x, uint32_t y, uint32_t z)
{
    bool is_new;
    b->cta = build_find_cta(b, x, y, z, &is_new);
}

/* ---- warps ---- */

struct path_key {
    const struct build *b;
    const struct warp_buf *w;
};

static bool path_equal(const void *ctx, uint32_t id)
{
    const struct path_key *k = ctx;
    const struct trace_path *p = &k->b->paths.at[id];
    return p->n_steps == k->w->n_steps &&
           memcmp(p->steps, k->w->steps, p->n_steps * sizeof *p->steps) == 0;
}

static uint32_t add_path(struct build *b, const struct warp_buf *w)
{
    struct trace_step *steps = VEC_PUSH_N(&b->steps, w->n_steps);
    memcpy(steps, w->steps, w->n_steps * sizeof *steps);
    struct trace_path p = {
        .steps = steps, .n_steps = (uint32_t)w->n_steps, .n_accesses = (uint32_t)w->n_accesses};
    for (size_t i = 0; i < w->n_steps; i++) {
        p.n_thread_insts += (unsigned)__builtin_popcount(steps[i].mask);
        p.n_masked_off += steps[i].mask == 0;
    }
    *VEC_PUSH(&b->paths) = p;
    return (uint32_t)(b->paths.n - 1);
}

/* Most warps repeat the one before them; those need no hash. */
static uint32_t intern_path(struct build *b, const struct warp_buf *w)
{
    struct path_key key = {b, w};
    if (b->warps.n > 0 && path_equal(&key, b->warps.at[b->warps.n - 1].path))
        return b->warps.at[b->warps.n - 1].path;
    uint64_t hash = hash_words(w->steps, w->n_steps * sizeof *w->steps, 0);
    uint32_t id = index_find(&b->path_ix, hash, path_equal, &key);
    if (id == INDEX_NONE) {
        id = add_path(b, w);
        index_put(&b->path_ix, hash, id);
    }
    return id;
}

void build_end_warp(struct build *b, uint32_t cta, uint32_t id, struct warp_buf *w)
{
    if (w->n_steps == 0)
        return;
    uint32_t path = intern_path(b, w);
    ASSERT(b->paths.at[path].n_accesses == w->n_accesses);
    b->paths.at[path].n_warps++;
    *VEC_PUSH(&b->warps) =
        (struct trace_warp){.cta = cta, .id = id, .path = path, .first_access = b->bases.n};
    if (w->n_accesses > 0) {
        memcpy(VEC_PUSH_N(&b->bases, w->n_accesses), w->bases, w->n_accesses * sizeof *w->bases);
        memcpy(VEC_PUSH_N(&b->pattern_of, w->n_accesses), w->patterns,
               w->n_accesses * sizeof *w->patterns);
    }
    w->n_steps = w->n_accesses = 0;
}

void build_warp(struct build *b, uint32_t id)
{
    ASSERT(b->ctas.n > 0);
    b->warp_id = id;
    b->warp.n_steps = b->warp.n_accesses = 0;
}

void build_step(struct build *b, uint32_t code, uint32_t mask)
{
    ASSERT(code < b->code.n);
    warp_buf_step(&b->warp, code, mask);
}

void build_access(struct build *b, uint64_t base, uint32_t pattern)
{
    ASSERT(pattern < b->patterns.n);
    warp_buf_access(&b->warp, base, pattern);
    b->mem_mode[b->patterns.at[pattern].kind == TRACE_PATTERN_DELTAS ? 2 : 1]++;
}

void build_warp_end(struct build *b)
{
    build_end_warp(b, b->cta, b->warp_id, &b->warp);
}

/* ---- finishing ---- */

struct cta_order {
    struct trace_cta cta;
    uint32_t old;
};

static int compare_ctas(const struct trace_cta *a, const struct trace_cta *b)
{
    if (a->z != b->z)
        return a->z < b->z ? -1 : 1;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return a->x < b->x ? -1 : a->x > b->x;
}

static int by_place(const void *a, const void *b)
{
    return compare_ctas(&((const struct cta_order *)a)->cta, &((const struct cta_order *)b)->cta);
}

static bool ctas_sorted(const struct build *b)
{
    for (size_t i = 1; i < b->ctas.n; i++) {
        if (compare_ctas(&b->ctas.at[i - 1], &b->ctas.at[i]) > 0)
            return false;
    }
    return true;
}

static void sort_ctas(struct build *b)
{
    if (ctas_sorted(b))
        return;
    size_t n = b->ctas.n;
    struct cta_order *order = grown(NULL, n, sizeof *order);
    uint32_t *now = grown(NULL, n, sizeof *now);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct cta_order){b->ctas.at[i], (uint32_t)i};
    qsort(order, n, sizeof *order, by_place);
    for (size_t i = 0; i < n; i++) {
        b->ctas.at[i] = order[i].cta;
        now[order[i].old] = (uint32_t)i;
    }
    for (size_t i = 0; i < b->warps.n; i++)
        b->warps.at[i].cta = now[b->warps.at[i].cta];
    free(order);
    free(now);
}

static int by_cta_and_id(const void *a, const void *b)
{
    const struct trace_warp *x = a, *y = b;
    if (x->cta != y->cta)
        return x->cta < y->cta ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void sort_warps(struct build *b)
{
    for (size_t i = 1; i < b->warps.n; i++) {
        if (by_cta_and_id(&b->warps.at[i - 1], &b->warps.at[i]) > 0) {
            qsort(b->warps.at, b->warps.n, sizeof *b->warps.at, by_cta_and_id);
            return;
        }
    }
}

/* Counts each CTA's warps, closes the gaps of CTAs without one and renumbers. */
static void fill_ctas(struct build *b)
{
    size_t kept = 0, w = 0;
    for (size_t i = 0; i < b->ctas.n; i++) {
        struct trace_cta c = b->ctas.at[i];
        c.first_warp = (uint32_t)w;
        while (w < b->warps.n && b->warps.at[w].cta == i)
            b->warps.at[w++].cta = (uint32_t)kept;
        c.n_warps = (uint32_t)w - c.first_warp;
        if (c.n_warps > 0)
            b->ctas.at[kept++] = c;
    }
    VEC_RESIZE_DOWN(&b->ctas, kept);
}

/* Dynamic executions of each static instruction; the caller frees it. */
static uint64_t *count_code(const struct build *b)
{
    uint64_t *n = calloc(b->code.n + 1, sizeof *n);
    if (n == NULL)
        os_fatal("out of memory for counts");
    for (size_t i = 0; i < b->paths.n; i++) {
        const struct trace_path *p = &b->paths.at[i];
        for (uint32_t s = 0; s < p->n_steps; s++)
            n[p->steps[s].code] += p->n_warps;
    }
    return n;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct texts among `n`; `base` compares the parts before the first '.'. */
static uint32_t count_distinct(const char **text, size_t n, bool base)
{
    qsort(text, n, sizeof *text, by_text);
    uint32_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        str x = str_from(text[i]), y = i > 0 ? str_from(text[i - 1]) : STR("");
        distinct += i == 0 || !(base ? str_eq(sass_base_name(x), sass_base_name(y)) : str_eq(x, y));
    }
    return distinct;
}

static void count_opcodes(struct build *b, struct trace_counts *c)
{
    uint64_t *n = count_code(b);
    const char **all = grown(NULL, b->code.n + 1, sizeof *all);
    const char **unknown = grown(NULL, b->code.n + 1, sizeof *unknown);
    size_t n_all = 0, n_unknown = 0;
    for (size_t i = 0; i < b->code.n; i++) {
        const struct sass_inst *in = &b->code.at[i];
        if (n[i] == 0)
            continue;
        all[n_all++] = in->opcode;
        if (in->op.row == SASS_ROW_UNKNOWN) {
            unknown[n_unknown++] = in->opcode;
            c->unknown_insts += n[i];
        }
    }
    c->opcodes = count_distinct(all, n_all, false);
    c->unknown_opcodes = count_distinct(unknown, n_unknown, true);
    free(unknown);
    free(all);
    free(n);
}

static void count_all(struct build *b, struct trace_counts *c)
{
    for (size_t i = 0; i < b->paths.n; i++) {
        const struct trace_path *p = &b->paths.at[i];
        c->warp_insts += (uint64_t)p->n_steps * p->n_warps;
        c->thread_insts += p->n_thread_insts * p->n_warps;
        c->masked_off += (uint64_t)p->n_masked_off * p->n_warps;
        c->mem_insts += (uint64_t)p->n_accesses * p->n_warps;
    }
    memcpy(c->mem_mode, b->mem_mode, sizeof c->mem_mode);
    const struct trace_header *h = &b->store->kernel.h;
    c->ctas_in_grid = (uint64_t)h->grid[0] * h->grid[1] * h->grid[2];
    c->text_b = b->text_b;
    count_opcodes(b, c);
}

static void warn_of_ends(struct build *b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < b->paths.n; i++) {
        const struct trace_path *p = &b->paths.at[i];
        const struct sass_inst *last = &b->code.at[p->steps[p->n_steps - 1].code];
        n += last->op.flags & SASS_F_EXIT ? 0 : p->n_warps;
    }
    if (n > 0)
        build_warn(b, "%llu of %zu warps end without EXIT", (unsigned long long)n, b->warps.n);
}

static void freeze(struct build *b)
{
    struct trace_kernel *k = &b->store->kernel;
    k->code = b->code.at;
    k->n_code = (uint32_t)b->code.n;
    k->paths = b->paths.at;
    k->n_paths = (uint32_t)b->paths.n;
    k->warps = b->warps.at;
    k->n_warps = (uint32_t)b->warps.n;
    k->ctas = b->ctas.at;
    k->n_ctas = (uint32_t)b->ctas.n;
    k->access_base = b->bases.at;
    k->access_pattern = b->pattern_of.at;
    k->n_accesses = b->bases.n;
    k->patterns = b->patterns.at;
    k->n_patterns = (uint32_t)b->patterns.n;
    k->warnings =
        arena_memdup(&b->store->misc, b->warnings.at, b->warnings.n * sizeof *b->warnings.at);
    k->n_warnings = (uint32_t)b->warnings.n;
    struct arena *a;
    for (size_t i = 0; (a = table_arena(b, i)) != NULL; i++)
        kernel_store_keep(b->store, a);
    arena_trim(&b->store->misc);
}

const struct trace_kernel *build_freeze(struct build *b)
{
    struct trace_kernel *k = &b->store->kernel;
    count_all(b, &k->counts);
    freeze(b);
    drop_scratch(b);
    return k;
}

static void warn_of_gaps(struct build *b)
{
    const uint32_t *grid = b->store->kernel.h.grid;
    uint64_t in_grid = (uint64_t)grid[0] * grid[1] * grid[2];
    if (b->ctas.n < in_grid)
        build_warn(b, "%llu of %llu CTAs of the grid have no record",
                   (unsigned long long)(in_grid - b->ctas.n), (unsigned long long)in_grid);
}

const struct trace_kernel *build_finish(struct build *b)
{
    sort_ctas(b);
    sort_warps(b);
    fill_ctas(b);
    warn_of_ends(b);
    warn_of_gaps(b);
    return build_freeze(b);
}
