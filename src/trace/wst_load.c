/*
 * The tables of one kernel, read in the order of the file; each is checked against those before it.
 */
#include <stdlib.h>

#include "builder.h"
#include "inst_line.h"
#include "wst_file.h"

enum { CHUNK_ROWS = 4096, MAX_ROW_B = 32, MAX_WARNINGS = 1000 };

struct loading {
    const struct source *source;
    const struct wst_kernel *k;
    const struct tick *tick;
    uint64_t mem_limit_b;
    struct err *e;
    struct build *b;
    struct frame f;               /* the table that is read */
    uint64_t taken_b, total_b;    /* packed bytes of the tables before it, and of all */
    struct arena text;            /* WST_OPCODES or WST_WARNINGS */
    const char *text_at;          /* the next string of it */
    uint64_t n_steps, n_accesses; /* as paths and warps ask for */
    uint32_t cta;                 /* where the next warp goes */
    unsigned char chunk[CHUNK_ROWS * MAX_ROW_B];
};

typedef enum status take_rows(struct loading *l, const unsigned char *rows, size_t n);

/* ---- tables ---- */

static uint64_t rows_of(const struct loading *l, enum wst_table table)
{
    return l->k->place[table].plain_b / wst_record_b[table];
}

static enum status fail(struct loading *l, const char *what)
{
    return source_fail(l->source, l->e, "kernel '%.100s': %s", l->k->h.name, what);
}

/* Between chunks: somebody may want to stop, and memory may run short. */
static enum status pause_between(struct loading *l)
{
    if (!tick_step(l->tick, l->taken_b + l->f.taken, l->total_b))
        return err_set(l->e, STATUS_CANCELLED, "cancelled while reading '%s'", l->source->name);
    if (l->mem_limit_b == 0 || build_memory_b(l->b) + l->text.used <= l->mem_limit_b)
        return STATUS_OK;
    err_set(l->e, STATUS_LIMIT, "'%s' needs more than the memory limit of %llu bytes",
            l->source->name, (unsigned long long)l->mem_limit_b);
    err_hint(l->e, "raise the limit, or load fewer kernels at a time");
    return STATUS_LIMIT;
}

static enum status read_rows(struct loading *l, enum wst_table table, take_rows *take)
{
    size_t row_b = wst_record_b[table];
    uint64_t left = rows_of(l, table);
    while (left > 0) {
        size_t n = (size_t)MIN(left, (uint64_t)CHUNK_ROWS);
        TRY(pause_between(l));
        TRY(frame_read(&l->f, l->chunk, n * row_b, l->e));
        TRY(take(l, l->chunk, n));
        left -= n;
    }
    return STATUS_OK;
}

/* ---- strings ---- */

static enum status take_text(struct loading *l, const unsigned char *rows, size_t n)
{
    memcpy(arena_alloc(&l->text, n, 1, 1), rows, n);
    return STATUS_OK;
}

static enum status read_text(struct loading *l, enum wst_table table)
{
    arena_reset(&l->text, 0);
    l->text_at = l->text.base;
    return read_rows(l, table, take_text);
}

/* The next string of the table read last; false when none is left. */
static bool next_text(struct loading *l, const char **out)
{
    size_t left = l->text.used - (size_t)(l->text_at - l->text.base);
    const char *end = left > 0 ? memchr(l->text_at, '\0', left) : NULL;
    if (end == NULL)
        return false;
    *out = l->text_at;
    l->text_at = end + 1;
    return true;
}

static bool text_is_used_up(const struct loading *l)
{
    return l->text_at == l->text.base + l->text.used;
}

static enum status read_opcodes(struct loading *l)
{
    return read_text(l, WST_OPCODES);
}

static enum status read_warnings(struct loading *l)
{
    const char *line;
    TRY(read_text(l, WST_WARNINGS));
    while (next_text(l, &line)) {
        if (l->b->warnings.n == MAX_WARNINGS)
            return fail(l, "too many warnings");
        build_warn(l->b, "%s", line);
    }
    return text_is_used_up(l) ? STATUS_OK : fail(l, "a warning has no end");
}

/* ---- instructions and patterns ---- */

static enum status take_code(struct loading *l, const unsigned char *rows, size_t n)
{
    for (size_t i = 0; i < n; i++, rows += WST_CODE_B) {
        struct sass_inst in = {.pc = wst_get_u64(rows),
                               .immediate = (int64_t)wst_get_u64(rows + 8),
                               .source_line = wst_get_u32(rows + 16),
                               .n_dst = rows[20],
                               .dst = rows[21],
                               .n_src = rows[22],
                               .mem_width_b = rows[23],
                               .has_const = rows[29] != 0,
                               .const_bank = (uint8_t)(rows[29] != 0 ? rows[29] - 1 : 0),
                               .const_offset = wst_get_u16(rows + 30)};
        memcpy(in.src, rows + 24, SASS_MAX_SRC);
        if (!next_text(l, &in.opcode) || !inst_is_opcode(str_from(in.opcode)) || in.n_dst > 1 ||
            in.n_src > SASS_MAX_SRC || in.const_bank >= SASS_CONST_BANKS ||
            (!in.has_const && in.const_offset != 0))
            return fail(l, "an instruction is not valid");
        size_t id = l->b->code.n;
        if (build_code(l->b, &in) != id)
            return fail(l, "an instruction occurs twice");
    }
    return STATUS_OK;
}

static enum status read_code(struct loading *l)
{
    TRY(read_rows(l, WST_CODE, take_code));
    return text_is_used_up(l) ? STATUS_OK : fail(l, "more opcodes than instructions");
}

static bool pattern_is_valid(const struct trace_pattern *p)
{
    uint8_t b = p->delta_b;
    switch (p->kind) {
    case TRACE_PATTERN_STRIDE:
        return p->n <= SASS_WARP_LANES && b == 0;
    case TRACE_PATTERN_DELTAS:
        return p->n >= 1 && p->n <= SASS_WARP_LANES && p->stride == 0 &&
               (b == 1 || b == 2 || b == 4 || b == 8);
    case TRACE_PATTERN_NONE:
        return p->n == 0 && b == 0 && p->stride == 0;
    default:
        return false;
    }
}

static enum status take_patterns(struct loading *l, const unsigned char *rows, size_t n)
{
    for (size_t i = 0; i < n; i++, rows += WST_PATTERN_B) {
        struct trace_pattern p = {.kind = rows[0],
                                  .n = rows[1],
                                  .delta_b = rows[2],
                                  .stride = (int64_t)wst_get_u64(rows + 8)};
        if (!pattern_is_valid(&p))
            return fail(l, "an address pattern is not valid");
        *VEC_PUSH(&l->b->patterns) = p;
    }
    return STATUS_OK;
}

static enum status read_patterns(struct loading *l)
{
    return read_rows(l, WST_PATTERNS, take_patterns);
}

/* `n` little-endian values of `width` bytes into integers of this machine, in place. */
static void to_native(unsigned char *p, unsigned n, unsigned width)
{
    const uint16_t probe = 1;
    if (*(const unsigned char *)&probe == 1)
        return;
    for (unsigned i = 0; i < n; i++, p += width) {
        for (unsigned j = 0; j < width / 2; j++) {
            unsigned char swap = p[j];
            p[j] = p[width - 1 - j];
            p[width - 1 - j] = swap;
        }
    }
}

static enum status read_deltas(struct loading *l)
{
    for (size_t i = 0; i < l->b->patterns.n; i++) {
        struct trace_pattern *p = &l->b->patterns.at[i];
        if (p->kind != TRACE_PATTERN_DELTAS || p->n < 2)
            continue;
        if (i % CHUNK_ROWS == 0)
            TRY(pause_between(l));
        size_t n = (size_t)(p->n - 1) * p->delta_b;
        unsigned char *delta = arena_alloc(&l->b->store->misc, n, 1, p->delta_b);
        TRY(frame_read(&l->f, delta, n, l->e));
        to_native(delta, p->n - 1u, p->delta_b);
        p->delta = delta;
    }
    return STATUS_OK;
}

/* ---- paths ---- */

static enum status take_paths(struct loading *l, const unsigned char *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t n_steps = wst_get_u32(rows + 4 * i);
        if (n_steps == 0)
            return fail(l, "a path without steps");
        VEC_PUSH(&l->b->paths)->n_steps = n_steps;
        l->n_steps += n_steps;
    }
    return STATUS_OK;
}

static enum status read_paths(struct loading *l)
{
    if (rows_of(l, WST_PATHS) > rows_of(l, WST_STEPS))
        return fail(l, "paths and steps do not agree");
    TRY(read_rows(l, WST_PATHS, take_paths));
    return l->n_steps == rows_of(l, WST_STEPS) ? STATUS_OK
                                               : fail(l, "paths and steps do not agree");
}

static enum status take_steps(struct loading *l, const unsigned char *rows, size_t n)
{
    struct trace_step *steps = VEC_PUSH_N(&l->b->steps, n);
    for (size_t i = 0; i < n; i++) {
        steps[i].code = wst_get_u32(rows + 8 * i);
        steps[i].mask = wst_get_u32(rows + 8 * i + 4);
        if (steps[i].code >= l->b->code.n)
            return fail(l, "a step of no instruction");
    }
    return STATUS_OK;
}

static void fill_path(struct build *b, struct trace_path *p)
{
    for (uint32_t i = 0; i < p->n_steps; i++) {
        p->n_accesses += b->code.at[p->steps[i].code].mem_width_b != 0;
        p->n_thread_insts += (unsigned)__builtin_popcount(p->steps[i].mask);
        p->n_masked_off += p->steps[i].mask == 0;
    }
}

static enum status read_steps(struct loading *l)
{
    TRY(read_rows(l, WST_STEPS, take_steps));
    const struct trace_step *at = l->b->steps.at;
    for (size_t i = 0; i < l->b->paths.n; i++) {
        l->b->paths.at[i].steps = at;
        at += l->b->paths.at[i].n_steps;
        fill_path(l->b, &l->b->paths.at[i]);
    }
    return STATUS_OK;
}

/* ---- CTAs and warps ---- */

static uint64_t linear_id(const struct trace_header *h, const struct trace_cta *c)
{
    return c->x + (uint64_t)h->grid[0] * (c->y + (uint64_t)h->grid[1] * c->z);
}

static bool cta_is_valid(const struct loading *l, const struct trace_cta *c)
{
    const struct trace_header *h = &l->k->h;
    size_t n = l->b->ctas.n;
    return c->x < h->grid[0] && c->y < h->grid[1] && c->z < h->grid[2] && c->n_warps > 0 &&
           c->n_warps <= header_warps(h) &&
           (n == 0 || linear_id(h, &l->b->ctas.at[n - 1]) < linear_id(h, c));
}

static enum status take_ctas(struct loading *l, const unsigned char *rows, size_t n)
{
    for (size_t i = 0; i < n; i++, rows += 16) {
        struct trace_cta c = {.x = wst_get_u32(rows),
                              .y = wst_get_u32(rows + 4),
                              .z = wst_get_u32(rows + 8),
                              .n_warps = wst_get_u32(rows + 12)};
        if (!cta_is_valid(l, &c))
            return fail(l, "a CTA is not valid or out of order");
        size_t before = l->b->ctas.n;
        if (before > 0)
            c.first_warp = l->b->ctas.at[before - 1].first_warp + l->b->ctas.at[before - 1].n_warps;
        if (c.n_warps > rows_of(l, WST_WARPS) - c.first_warp)
            return fail(l, "CTAs and warps do not agree");
        *VEC_PUSH(&l->b->ctas) = c;
    }
    return STATUS_OK;
}

static enum status read_ctas(struct loading *l)
{
    if (rows_of(l, WST_WARPS) > UINT32_MAX)
        return fail(l, "too many warps");
    TRY(read_rows(l, WST_CTAS, take_ctas));
    size_t n = l->b->ctas.n;
    uint64_t warps =
        n == 0 ? 0 : (uint64_t)l->b->ctas.at[n - 1].first_warp + l->b->ctas.at[n - 1].n_warps;
    return warps > 0 && warps == rows_of(l, WST_WARPS) ? STATUS_OK
                                                       : fail(l, "CTAs and warps do not agree");
}

static enum status take_warps(struct loading *l, const unsigned char *rows, size_t n)
{
    struct build *b = l->b;
    for (size_t i = 0; i < n; i++, rows += 8) {
        size_t at = b->warps.n;
        while (at >= b->ctas.at[l->cta].first_warp + (uint64_t)b->ctas.at[l->cta].n_warps)
            l->cta++;
        struct trace_warp w = {.cta = l->cta,
                               .id = wst_get_u32(rows),
                               .path = wst_get_u32(rows + 4),
                               .first_access = l->n_accesses};
        bool is_first = at == b->ctas.at[l->cta].first_warp;
        if (w.id >= header_warps(&l->k->h) || w.path >= b->paths.n ||
            (!is_first && b->warps.at[at - 1].id >= w.id))
            return fail(l, "a warp is not valid or out of order");
        l->n_accesses += b->paths.at[w.path].n_accesses;
        b->paths.at[w.path].n_warps++;
        *VEC_PUSH(&b->warps) = w;
    }
    return STATUS_OK;
}

static enum status read_warps(struct loading *l)
{
    TRY(read_rows(l, WST_WARPS, take_warps));
    bool agree =
        l->n_accesses == rows_of(l, WST_BASES) && l->n_accesses == rows_of(l, WST_PATTERN_OF);
    return agree ? STATUS_OK : fail(l, "warps and accesses do not agree");
}

/* ---- accesses ---- */

static enum status take_bases(struct loading *l, const unsigned char *rows, size_t n)
{
    uint64_t *bases = VEC_PUSH_N(&l->b->bases, n);
    for (size_t i = 0; i < n; i++)
        bases[i] = wst_get_u64(rows + 8 * i);
    return STATUS_OK;
}

static enum status read_bases(struct loading *l)
{
    return read_rows(l, WST_BASES, take_bases);
}

static enum status take_pattern_of(struct loading *l, const unsigned char *rows, size_t n)
{
    uint32_t *ids = VEC_PUSH_N(&l->b->pattern_of, n);
    for (size_t i = 0; i < n; i++) {
        ids[i] = wst_get_u32(rows + 4 * i);
        if (ids[i] >= l->b->patterns.n)
            return fail(l, "an access of no pattern");
    }
    return STATUS_OK;
}

static enum status read_pattern_of(struct loading *l)
{
    return read_rows(l, WST_PATTERN_OF, take_pattern_of);
}

/* ---- the kernel ---- */

static enum status read_tables(struct loading *l)
{
    static enum status (*const read[WST_TABLES])(struct loading *) = {
        [WST_OPCODES] = read_opcodes,   [WST_CODE] = read_code,
        [WST_PATTERNS] = read_patterns, [WST_DELTAS] = read_deltas,
        [WST_PATHS] = read_paths,       [WST_STEPS] = read_steps,
        [WST_CTAS] = read_ctas,         [WST_WARPS] = read_warps,
        [WST_BASES] = read_bases,       [WST_PATTERN_OF] = read_pattern_of,
        [WST_WARNINGS] = read_warnings,
    };
    for (unsigned i = 0; i < WST_TABLES; i++)
        l->total_b += l->k->place[i].packed_b;
    for (unsigned i = 0; i < WST_TABLES; i++) {
        frame_open(&l->f, l->source, &l->k->place[i]);
        enum status s = read[i](l);
        if (s == STATUS_OK)
            s = frame_end(&l->f, l->e);
        frame_close(&l->f);
        TRY(s);
        l->taken_b += l->k->place[i].packed_b;
    }
    return STATUS_OK;
}

/* Of all tables; more than the file has cannot be read from it. */
static uint64_t plain_bytes(const struct wst_kernel *k)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < WST_TABLES; i++)
        sum += MIN(k->place[i].plain_b, (uint64_t)ARENA_LARGE);
    return sum + strlen(k->h.name) + strlen(k->h.made_by);
}

/* What the index says of the whole must come out of its parts. */
static enum status check_counts(struct loading *l)
{
    uint64_t insts = 0, threads = 0, accesses = 0;
    for (size_t i = 0; i < l->b->paths.n; i++) {
        const struct trace_path *p = &l->b->paths.at[i];
        insts += (uint64_t)p->n_steps * p->n_warps;
        threads += p->n_thread_insts * p->n_warps;
    }
    for (unsigned i = 0; i < ARRAY_LEN(l->k->mem_mode); i++)
        accesses += l->k->mem_mode[i];
    if (insts != l->k->warp_insts || threads != l->k->thread_insts || accesses != l->n_accesses)
        return fail(l, "the counts of the index do not agree with the tables");
    memcpy(l->b->mem_mode, l->k->mem_mode, sizeof l->b->mem_mode);
    return STATUS_OK;
}

enum status wst_load_kernel(const struct source *s, const struct wst_kernel *k,
                            const struct trace_options *o, const struct tick *tick,
                            const struct trace_kernel **out, struct err *e)
{
    struct loading *l = calloc(1, sizeof *l);
    if (l == NULL)
        os_fatal("out of memory for reading '%s'", s->name);
    l->source = s;
    l->k = k;
    l->tick = tick;
    l->mem_limit_b = o != NULL ? o->mem_limit_b : 0;
    l->e = e;
    size_t reserve_b = BUILD_RESERVE(plain_bytes(k));
    l->b = build_init_for(&k->h, reserve_b);
    arena_init(&l->text, reserve_b);
    enum status status = read_tables(l);
    if (status == STATUS_OK)
        status = check_counts(l);
    if (status == STATUS_OK)
        *out = build_freeze(l->b);
    else
        build_drop(l->b);
    arena_done(&l->text);
    free(l);
    return status;
}
