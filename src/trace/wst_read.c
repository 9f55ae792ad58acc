#include <stdlib.h>

#include "header.h"
#include "wst_file.h"

struct wst {
    struct arena arena;
    struct source source;
    struct wst_kernel *kernels;
    uint32_t n_kernels;
};

const unsigned wst_record_b[WST_TABLES] = {
#define X(id, record_b) [id] = (record_b),
    WST_TABLE_LIST(X)
#undef X
};

/* ---- index ---- */

/* The plain index, read from front to back. */
struct index_text {
    struct wst *w;
    struct err *e;
    str rest;
};

static bool take(struct index_text *t, size_t n, const char **out)
{
    if (t->rest.n < n)
        return false;
    *out = t->rest.p;
    t->rest = (str){t->rest.p + n, t->rest.n - n};
    return true;
}

static enum status fail_index(struct index_text *t)
{
    source_fail(&t->w->source, t->e, "the index is damaged");
    return STATUS_INPUT;
}

static enum status take_u32(struct index_text *t, uint32_t *out)
{
    const char *p;
    if (!take(t, 4, &p))
        return fail_index(t);
    *out = wst_get_u32(p);
    return STATUS_OK;
}

static enum status take_u64(struct index_text *t, uint64_t *out)
{
    const char *p;
    if (!take(t, 8, &p))
        return fail_index(t);
    *out = wst_get_u64(p);
    return STATUS_OK;
}

static enum status take_text(struct index_text *t, struct arena *a, const char **out)
{
    uint32_t n;
    const char *p;
    TRY(take_u32(t, &n));
    if (n > WST_MAX_TEXT || !take(t, n, &p) || memchr(p, '\0', n) != NULL)
        return fail_index(t);
    *out = arena_strndup(a, p, n);
    return STATUS_OK;
}

static enum status take_header(struct index_text *t, struct arena *a, struct trace_header *h)
{
    uint32_t flags;
    uint32_t *const numbers[] = {&h->id,       &h->grid[0],  &h->grid[1],        &h->grid[2],
                                 &h->block[0], &h->block[1], &h->block[2],       &h->shmem_b,
                                 &h->n_regs,   &h->isa,      &h->tracer_version, &flags};
    TRY(take_text(t, a, &h->name));
    TRY(take_text(t, a, &h->nvbit_version));
    TRY(take_text(t, a, &h->made_by));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        TRY(take_u32(t, numbers[i]));
    TRY(take_u64(t, &h->stream));
    TRY(take_u64(t, &h->shmem_base));
    TRY(take_u64(t, &h->local_base));
    if (!header_dims_fit(h->grid, HEADER_MAX_CTAS) ||
        !header_dims_fit(h->block, HEADER_MAX_THREADS) || (flags & ~(uint32_t)WST_FLAGS) != 0)
        return fail_index(t);
    h->has_immediate = (flags & WST_HAS_IMMEDIATE) != 0;
    h->has_constants = (flags & WST_HAS_CONSTANTS) != 0;
    h->has_source_line = (flags & WST_HAS_SOURCE_LINE) != 0;
    h->is_synthetic = (flags & WST_IS_SYNTHETIC) != 0;
    h->format = TRACE_FORMAT_WST;
    h->file = t->w->source.name;
    return STATUS_OK;
}

/* A table lies between the head of the file and its index and holds whole rows. */
static bool place_is_valid(const struct wst_place *p, unsigned row_b, uint64_t index_at)
{
    return p->at >= WST_HEAD_B && p->at <= index_at && p->packed_b <= index_at - p->at &&
           p->plain_b % row_b == 0;
}

static enum status take_kernel(struct index_text *t, struct arena *a, uint64_t index_at,
                               struct wst_kernel *k)
{
    TRY(take_header(t, a, &k->h));
    TRY(take_u64(t, &k->warp_insts));
    TRY(take_u64(t, &k->thread_insts));
    for (unsigned i = 0; i < ARRAY_LEN(k->mem_mode); i++)
        TRY(take_u64(t, &k->mem_mode[i]));
    for (unsigned i = 0; i < WST_TABLES; i++) {
        TRY(take_u64(t, &k->place[i].at));
        TRY(take_u64(t, &k->place[i].packed_b));
        TRY(take_u64(t, &k->place[i].plain_b));
        if (!place_is_valid(&k->place[i], wst_record_b[i], index_at))
            return fail_index(t);
    }
    return STATUS_OK;
}

/* The number of kernels is a claim: an entry is made only when its bytes are there. */
static enum status take_kernels(struct index_text *t, struct arena *a, uint64_t index_at)
{
    struct wst *w = t->w;
    uint32_t n;
    TRY(take_u32(t, &n));
    if (n > t->rest.n / (WST_TABLES * sizeof(struct wst_place)))
        return fail_index(t);
    w->kernels = ARENA_ARRAY(a, struct wst_kernel, n);
    for (; w->n_kernels < n; w->n_kernels++)
        TRY(take_kernel(t, a, index_at, &w->kernels[w->n_kernels]));
    return t->rest.n == 0 ? STATUS_OK : fail_index(t);
}

static enum status read_index(struct wst *w, const struct wst_place *place, struct err *e)
{
    enum { STEP_B = 64 << 10 };
    struct arena plain;
    arena_init(&plain, ARENA_SMALL);
    struct frame f;
    frame_open(&f, &w->source, place);
    enum status s = STATUS_OK;
    while (s == STATUS_OK && f.given < place->plain_b) {
        size_t n = (size_t)MIN(place->plain_b - f.given, (uint64_t)STEP_B);
        s = frame_read(&f, arena_alloc(&plain, n, 1, 1), n, e);
    }
    if (s == STATUS_OK)
        s = frame_end(&f, e);
    frame_close(&f);
    struct index_text t = {w, e, {plain.base, plain.used}};
    if (s == STATUS_OK)
        s = take_kernels(&t, &w->arena, place->at);
    arena_done(&plain);
    return s;
}

/* ---- opening ---- */

bool wst_is_magic(str head)
{
    return str_starts(head, STR(WST_MAGIC));
}

static enum status check_head(struct wst *w, struct err *e)
{
    unsigned char head[WST_HEAD_B];
    TRY(source_read(&w->source, 0, head, sizeof head, e));
    if (!wst_is_magic((str){(const char *)head, sizeof head}))
        return source_fail(&w->source, e, "not a .wst file");
    uint32_t version = wst_get_u32(head + 8);
    if (version == WST_VERSION && wst_get_u32(head + 12) == 0)
        return STATUS_OK;
    err_set(e, STATUS_INPUT, "the file is of another version of the container");
    err_at(e, w->source.name, 0, 0);
    err_expected(e, "version %d", WST_VERSION);
    err_found(e, "version %u", version);
    err_hint(e, "convert the trace again with this program");
    return STATUS_INPUT;
}

static enum status read_footer(struct wst *w, struct wst_place *index, struct err *e)
{
    enum { MAX_INDEX_B = 512 << 20 };
    unsigned char footer[WST_FOOTER_B];
    uint64_t size = source_size(&w->source);
    if (size < WST_HEAD_B + WST_FOOTER_B)
        return source_fail(&w->source, e, "the file is cut short");
    TRY(source_read(&w->source, size - WST_FOOTER_B, footer, sizeof footer, e));
    if (memcmp(footer + 32, WST_END_MAGIC, sizeof WST_END_MAGIC - 1) != 0)
        return source_fail(&w->source, e, "the file is cut short: its end mark is missing");
    *index =
        (struct wst_place){wst_get_u64(footer), wst_get_u64(footer + 8), wst_get_u64(footer + 16)};
    if (wst_get_u64(footer + 24) != hash_bytes(footer, 24, WST_VERSION) || index->at < WST_HEAD_B ||
        index->at > size - WST_FOOTER_B || index->packed_b != size - WST_FOOTER_B - index->at ||
        index->plain_b > MAX_INDEX_B)
        return source_fail(&w->source, e, "the footer is damaged");
    return STATUS_OK;
}

static enum status open_source(struct wst **out, struct wst *w, struct err *e)
{
    struct wst_place index = {0};
    enum status s = check_head(w, e);
    if (s == STATUS_OK)
        s = read_footer(w, &index, e);
    if (s == STATUS_OK)
        s = read_index(w, &index, e);
    if (s == STATUS_OK)
        *out = w;
    else
        wst_close(w);
    return s;
}

static struct wst *new_wst(const char *name)
{
    struct wst *w = calloc(1, sizeof *w);
    if (w == NULL)
        os_fatal("out of memory for opening '%s'", name);
    arena_init(&w->arena, ARENA_LARGE);
    w->source.file.fd = -1;
    w->source.name = arena_strdup(&w->arena, name);
    return w;
}

enum status wst_open(struct wst **out, const char *path, struct err *e)
{
    struct wst *w = new_wst(path);
    enum status s = os_open_file(&w->source.file, path, e);
    if (s == STATUS_OK)
        return open_source(out, w, e);
    wst_close(w);
    return s;
}

enum status wst_open_memory(struct wst **out, str bytes, const char *name, struct err *e)
{
    struct wst *w = new_wst(name);
    w->source.bytes = (str){bytes.p != NULL ? bytes.p : "", bytes.n};
    return open_source(out, w, e);
}

void wst_close(struct wst *w)
{
    if (w == NULL)
        return;
    os_close_file(&w->source.file);
    arena_done(&w->arena);
    free(w);
}

uint32_t wst_n_kernels(const struct wst *w)
{
    return w->n_kernels;
}

const struct trace_header *wst_header(const struct wst *w, uint32_t i)
{
    ASSERT(i < w->n_kernels);
    return &w->kernels[i].h;
}

enum status wst_load(const struct wst *w, uint32_t i, const struct trace_options *o,
                     const struct tick *tick, const struct trace_kernel **out, struct err *e)
{
    ASSERT(i < w->n_kernels);
    return wst_load_kernel(&w->source, &w->kernels[i], o, tick, out, e);
}
