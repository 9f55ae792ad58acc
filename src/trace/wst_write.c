#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/os.h"
#include "trace/write.h"
#include "wst.h"

/*
 * Level 6 of zstd makes files of recorded traces a tenth smaller than level 3; reading is as fast,
 * and levels above save less than they cost.
 */
enum { LEVEL = 6, OUT_B = 128 << 10 };

struct wst_writer {
    FILE *f;
    char *path, *temp;
    uint64_t at; /* bytes written */
    ZSTD_CCtx *zstd;
    struct text index; /* of the kernels so far */
    struct text plain; /* one table */
    uint32_t n_kernels;
    char out[OUT_B];
};

/* ---- bytes ---- */

static void put_u32(struct text *t, uint32_t v)
{
    char b[4];
    wst_set_u32(b, v);
    text_add(t, (str){b, sizeof b});
}

static void put_u64(struct text *t, uint64_t v)
{
    char b[8];
    wst_set_u64(b, v);
    text_add(t, (str){b, sizeof b});
}

static void put_text(struct text *t, const char *s)
{
    str text = str_from(s);
    text.n = MIN(text.n, WST_MAX_TEXT);
    put_u32(t, (uint32_t)text.n);
    text_add(t, text);
}

static enum status fail_write(const struct wst_writer *w, struct err *e)
{
    return err_set(e, STATUS_WRITE, "cannot write '%s': %s", w->path, strerror(errno));
}

static enum status write_bytes(struct wst_writer *w, const void *p, size_t n, struct err *e)
{
    if (n > 0 && fwrite(p, 1, n, w->f) != n)
        return fail_write(w, e);
    w->at += n;
    return STATUS_OK;
}

/* ---- frames ---- */

/* Packs `n` bytes more of the open frame; `end` closes it. */
static enum status pack(struct wst_writer *w, const void *p, size_t n, bool end, struct err *e)
{
    ZSTD_inBuffer in = {p, n, 0};
    size_t left;
    do {
        ZSTD_outBuffer out = {w->out, sizeof w->out, 0};
        left = ZSTD_compressStream2(w->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            os_fatal("zstd: %s", ZSTD_getErrorName(left));
        TRY(write_bytes(w, w->out, out.pos, e));
    } while (end ? left > 0 : in.pos < in.size);
    return STATUS_OK;
}

/* ---- tables ---- */

/* Rows gather in `plain` and are packed in larger pieces. */
static enum status flush(struct wst_writer *w, bool end, struct wst_place *place, struct err *e)
{
    str rows = text_str(&w->plain);
    TRY(pack(w, rows.p, rows.n, end, e));
    place->plain_b += rows.n;
    text_clear(&w->plain);
    return STATUS_OK;
}

/* Writes the rows 0 to n - 1 that `put` adds to w->plain. */
static enum status write_table(struct wst_writer *w, const struct trace_kernel *k, uint64_t n,
                               void (*put)(const struct trace_kernel *k, uint64_t i,
                                           struct text *out),
                               struct wst_place *place, struct err *e)
{
    *place = (struct wst_place){.at = w->at};
    text_clear(&w->plain);
    for (uint64_t i = 0; i < n; i++) {
        put(k, i, &w->plain);
        if (w->plain.n >= OUT_B)
            TRY(flush(w, false, place, e));
    }
    TRY(flush(w, true, place, e));
    place->packed_b = w->at - place->at;
    return STATUS_OK;
}

/* ---- rows ---- */

static void put_string(struct text *out, const char *s)
{
    text_add(out, (str){s, strlen(s) + 1});
}

static void put_opcode(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    put_string(out, k->code[i].opcode);
}

static void put_code(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    const struct sass_inst *in = &k->code[i];
    unsigned char b[WST_CODE_B] = {0};
    wst_set_u64(b, in->pc);
    wst_set_u64(b + 8, (uint64_t)in->immediate);
    wst_set_u32(b + 16, in->source_line);
    b[20] = in->n_dst;
    b[21] = in->dst;
    b[22] = in->n_src;
    b[23] = in->mem_width_b;
    memcpy(b + 24, in->src, SASS_MAX_SRC);
    b[29] = in->has_const ? (unsigned char)(in->const_bank + 1) : 0;
    wst_set_u16(b + 30, in->const_offset);
    text_add(out, (str){(const char *)b, sizeof b});
}

static void put_pattern(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    const struct trace_pattern *p = &k->patterns[i];
    unsigned char b[WST_PATTERN_B] = {p->kind, p->n, p->delta_b};
    wst_set_u64(b + 8, (uint64_t)p->stride);
    text_add(out, (str){(const char *)b, sizeof b});
}

static void put_deltas(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    const struct trace_pattern *p = &k->patterns[i];
    for (unsigned d = 0; p->kind == TRACE_PATTERN_DELTAS && d + 1u < p->n; d++) {
        char b[8];
        wst_set_u64(b, (uint64_t)trace_pattern_delta(p, d));
        text_add(out, (str){b, p->delta_b});
    }
}

static void put_path(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    put_u32(out, k->paths[i].n_steps);
}

static void put_steps(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    for (uint32_t s = 0; s < k->paths[i].n_steps; s++) {
        put_u32(out, k->paths[i].steps[s].code);
        put_u32(out, k->paths[i].steps[s].mask);
    }
}

static void put_cta(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    const struct trace_cta *c = &k->ctas[i];
    put_u32(out, c->x);
    put_u32(out, c->y);
    put_u32(out, c->z);
    put_u32(out, c->n_warps);
}

static void put_warp(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    put_u32(out, k->warps[i].id);
    put_u32(out, k->warps[i].path);
}

/* Accesses follow the order of the warps, which may differ from that of a raw trace. */
static void put_bases(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    const struct trace_warp *w = &k->warps[i];
    for (uint32_t a = 0; a < k->paths[w->path].n_accesses; a++)
        put_u64(out, k->access_base[w->first_access + a]);
}

static void put_pattern_of(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    const struct trace_warp *w = &k->warps[i];
    for (uint32_t a = 0; a < k->paths[w->path].n_accesses; a++)
        put_u32(out, k->access_pattern[w->first_access + a]);
}

static void put_warning(const struct trace_kernel *k, uint64_t i, struct text *out)
{
    put_string(out, k->warnings[i]);
}

static enum status write_tables(struct wst_writer *w, const struct trace_kernel *k,
                                struct wst_place place[WST_TABLES], struct err *e)
{
    const struct {
        uint64_t n;
        void (*put)(const struct trace_kernel *k, uint64_t i, struct text *out);
    } tables[WST_TABLES] = {
        [WST_OPCODES] = {k->n_code, put_opcode},
        [WST_CODE] = {k->n_code, put_code},
        [WST_PATTERNS] = {k->n_patterns, put_pattern},
        [WST_DELTAS] = {k->n_patterns, put_deltas},
        [WST_PATHS] = {k->n_paths, put_path},
        [WST_STEPS] = {k->n_paths, put_steps},
        [WST_CTAS] = {k->n_ctas, put_cta},
        [WST_WARPS] = {k->n_warps, put_warp},
        [WST_BASES] = {k->n_warps, put_bases},
        [WST_PATTERN_OF] = {k->n_warps, put_pattern_of},
        [WST_WARNINGS] = {k->n_warnings, put_warning},
    };
    for (unsigned i = 0; i < WST_TABLES; i++)
        TRY(write_table(w, k, tables[i].n, tables[i].put, &place[i], e));
    return STATUS_OK;
}

/* ---- index ---- */

static uint32_t flags_of(const struct trace_header *h)
{
    return (h->has_immediate ? WST_HAS_IMMEDIATE : 0u) |
           (h->has_source_line ? WST_HAS_SOURCE_LINE : 0u) |
           (h->is_synthetic ? WST_IS_SYNTHETIC : 0u) | (h->has_constants ? WST_HAS_CONSTANTS : 0u);
}

static void put_header(const struct trace_header *h, struct text *out)
{
    put_text(out, h->name);
    put_text(out, h->nvbit_version);
    put_text(out, h->made_by);
    put_u32(out, h->id);
    for (unsigned i = 0; i < 3; i++)
        put_u32(out, h->grid[i]);
    for (unsigned i = 0; i < 3; i++)
        put_u32(out, h->block[i]);
    put_u32(out, h->shmem_b);
    put_u32(out, h->n_regs);
    put_u32(out, h->isa);
    put_u32(out, h->tracer_version);
    put_u32(out, flags_of(h));
    put_u64(out, h->stream);
    put_u64(out, h->shmem_base);
    put_u64(out, h->local_base);
}

static void put_counts(const struct trace_counts *c, struct text *out)
{
    put_u64(out, c->warp_insts);
    put_u64(out, c->thread_insts);
    for (unsigned i = 0; i < ARRAY_LEN(c->mem_mode); i++)
        put_u64(out, c->mem_mode[i]);
}

enum status wst_add(struct wst_writer *w, const struct trace_kernel *k, struct err *e)
{
    struct wst_place place[WST_TABLES];
    TRY(write_tables(w, k, place, e));
    put_header(&k->h, &w->index);
    put_counts(&k->counts, &w->index);
    for (unsigned i = 0; i < WST_TABLES; i++) {
        put_u64(&w->index, place[i].at);
        put_u64(&w->index, place[i].packed_b);
        put_u64(&w->index, place[i].plain_b);
    }
    w->n_kernels++;
    return STATUS_OK;
}

/* ---- files ---- */

static void free_writer(struct wst_writer *w)
{
    if (w->f != NULL)
        fclose(w->f);
    ZSTD_freeCCtx(w->zstd);
    text_done(&w->index);
    text_done(&w->plain);
    free(w->path);
    free(w->temp);
    free(w);
}

void wst_abandon(struct wst_writer *w)
{
    if (w == NULL)
        return;
    remove(w->temp);
    free_writer(w);
}

/* A name beside the target that is not taken: the file appears whole or not at all. */
static FILE *open_temp(struct wst_writer *w)
{
    enum { TRIES = 100, TAIL = 16 };
    size_t n = strlen(w->path) + TAIL;
    for (unsigned i = 0; i < TRIES && w->f == NULL; i++) {
        snprintf(w->temp, n, "%s.tmp%u", w->path, i);
        w->f = fopen(w->temp, "wbx");
        if (w->f == NULL && errno != EEXIST)
            break;
    }
    return w->f;
}

static struct wst_writer *new_writer(const char *path)
{
    struct wst_writer *w = calloc(1, sizeof *w);
    if (w == NULL || (w->path = strdup(path)) == NULL ||
        (w->temp = malloc(strlen(path) + 16)) == NULL || (w->zstd = ZSTD_createCCtx()) == NULL)
        os_fatal("out of memory for writing '%s'", path);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    text_init(&w->index);
    text_init(&w->plain);
    return w;
}

enum status wst_begin(struct wst_writer **out, const char *path, struct err *e)
{
    struct wst_writer *w = new_writer(path);
    *out = NULL;
    if (open_temp(w) == NULL) {
        fail_write(w, e);
        free_writer(w);
        return STATUS_WRITE;
    }
    unsigned char head[WST_HEAD_B] = {0};
    memcpy(head, WST_MAGIC, sizeof WST_MAGIC - 1);
    wst_set_u32(head + 8, WST_VERSION);
    enum status s = write_bytes(w, head, sizeof head, e);
    if (s == STATUS_OK)
        *out = w;
    else
        wst_abandon(w);
    return s;
}

static enum status write_index(struct wst_writer *w, struct err *e)
{
    struct wst_place place = {0};
    text_clear(&w->plain);
    put_u32(&w->plain, w->n_kernels);
    text_add(&w->plain, text_str(&w->index));
    place.at = w->at;
    TRY(flush(w, true, &place, e));
    unsigned char footer[WST_FOOTER_B];
    wst_set_u64(footer, place.at);
    wst_set_u64(footer + 8, w->at - place.at);
    wst_set_u64(footer + 16, place.plain_b);
    wst_set_u64(footer + 24, hash_bytes(footer, 24, WST_VERSION));
    memcpy(footer + 32, WST_END_MAGIC, sizeof WST_END_MAGIC - 1);
    return write_bytes(w, footer, sizeof footer, e);
}

static enum status close_and_rename(struct wst_writer *w, struct err *e)
{
    int closed = fclose(w->f);
    w->f = NULL;
    if (closed != 0)
        return fail_write(w, e);
    if (rename(w->temp, w->path) != 0)
        return err_set(e, STATUS_WRITE, "cannot write '%s': %s", w->path, strerror(errno));
    return STATUS_OK;
}

enum status wst_end(struct wst_writer *w, struct err *e)
{
    enum status s = write_index(w, e);
    if (s == STATUS_OK)
        s = close_and_rename(w, e);
    if (s == STATUS_OK)
        free_writer(w);
    else
        wst_abandon(w);
    return s;
}

/* Progress within the whole file, in thousandths of a kernel. */
struct part {
    const struct tick *whole;
    uint32_t i, n;
};

static bool report_part(void *arg, uint64_t done, uint64_t total)
{
    const struct part *p = arg;
    uint64_t within = total == 0 ? 0 : done * 1000 / total;
    return tick_step(p->whole, p->i * UINT64_C(1000) + within, p->n * UINT64_C(1000));
}

static enum status add_all(struct wst_writer *w, const struct trace *t, const struct tick *tick,
                           struct err *e)
{
    struct part part = {.whole = tick, .n = trace_n_kernels(t)};
    for (; part.i < part.n; part.i++) {
        const struct trace_kernel *k;
        struct tick load = {.report = report_part, .arg = &part};
        TRY(trace_load(t, part.i, &load, &k, e));
        enum status s = wst_add(w, k, e);
        trace_kernel_release(k);
        TRY(s);
    }
    return STATUS_OK;
}

enum status wst_write(const struct trace *t, const char *path, const struct tick *tick,
                      struct err *e)
{
    struct wst_writer *w = NULL;
    TRY(wst_begin(&w, path, e));
    enum status s = add_all(w, t, tick, e);
    if (s == STATUS_OK)
        return wst_end(w, e);
    wst_abandon(w);
    return s;
}
