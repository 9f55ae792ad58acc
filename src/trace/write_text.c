#include <inttypes.h>

#include "trace/write.h"

/* ---- header ---- */

/* A line of the header cannot hold control characters. */
static void put_value(struct text *out, const char *key, const char *value)
{
    text_printf(out, "-%s = ", key);
    for (const char *p = value; *p != '\0'; p++)
        text_putc(out, (unsigned char)*p < ' ' ? '?' : *p);
    text_putc(out, '\n');
}

static void put_recorded(const struct trace_header *h, struct text *out)
{
    if (h->shmem_base != 0)
        text_printf(out, "-shmem base_addr = 0x%016" PRIx64 "\n", h->shmem_base);
    if (h->local_base != 0)
        text_printf(out, "-local mem base_addr = 0x%016" PRIx64 "\n", h->local_base);
    if (h->nvbit_version[0] != '\0')
        put_value(out, "nvbit version", h->nvbit_version);
}

void trace_text_header(const struct trace_kernel *k, struct text *out)
{
    const struct trace_header *h = &k->h;
    put_value(out, "kernel name", h->name);
    text_printf(out, "-kernel id = %" PRIu32 "\n", h->id);
    text_printf(out, "-grid dim = (%" PRIu32 ",%" PRIu32 ",%" PRIu32 ")\n", h->grid[0], h->grid[1],
                h->grid[2]);
    text_printf(out, "-block dim = (%" PRIu32 ",%" PRIu32 ",%" PRIu32 ")\n", h->block[0],
                h->block[1], h->block[2]);
    text_printf(out, "-shmem = %" PRIu32 "\n-nregs = %" PRIu32 "\n", h->shmem_b, h->n_regs);
    text_printf(out, "-binary version = %" PRIu32 "\n-cuda stream id = %" PRIu64 "\n", h->isa,
                h->stream);
    put_recorded(h, out);
    text_puts(out, "-accelsim tracer version = 5\n");
    text_printf(out, "-enable lineinfo = %d\n", h->has_source_line);
    if (h->is_synthetic)
        text_puts(out, "-synthetic = 1\n");
    if (h->made_by[0] != '\0')
        put_value(out, "made by", h->made_by);
    text_puts(out, "\n#traces format = [line_num] PC mask dest_num [reg_dests] opcode src_num "
                   "[reg_srcs] mem_width [adrrescompress?] [mem_addresses] immediate\n\n");
}

/* ---- numbers ---- */

static void put_u64(struct text *out, uint64_t v)
{
    char digits[20];
    size_t n = sizeof digits;
    do
        digits[--n] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    text_add(out, (str){digits + n, sizeof digits - n});
}

static void put_i64(struct text *out, int64_t v)
{
    if (v < 0)
        text_putc(out, '-');
    put_u64(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void put_hex(struct text *out, uint64_t v, size_t min_digits)
{
    char digits[16];
    size_t n = sizeof digits;
    while (v != 0 || sizeof digits - n < min_digits) {
        digits[--n] = "0123456789abcdef"[v & 15];
        v >>= 4;
    }
    text_add(out, (str){digits + n, sizeof digits - n});
}

/* ---- instructions ---- */

static void put_word(struct text *out, uint64_t v)
{
    put_u64(out, v);
    text_putc(out, ' ');
}

static void put_register(struct text *out, uint8_t number)
{
    text_putc(out, 'R');
    put_word(out, number);
}

static void put_operation(const struct sass_inst *in, struct text *out)
{
    put_word(out, in->n_dst);
    if (in->n_dst > 0)
        put_register(out, in->dst);
    text_puts(out, in->opcode);
    text_putc(out, ' ');
    put_word(out, in->n_src);
    for (unsigned i = 0; i < in->n_src; i++)
        put_register(out, in->src[i]);
    put_word(out, in->mem_width_b);
}

static void put_deltas(const struct trace_pattern *p, unsigned n_active, struct text *out)
{
    for (unsigned i = 1; i < p->n && i < n_active; i++) {
        put_i64(out, trace_pattern_delta(p, i - 1));
        text_putc(out, ' ');
    }
}

static void put_access(const struct trace_kernel *k, uint64_t access, uint32_t mask,
                       struct text *out)
{
    const struct trace_pattern *p = &k->patterns[k->access_pattern[access]];
    text_puts(out, p->kind == TRACE_PATTERN_DELTAS ? "2 0x" : "1 0x");
    put_hex(out, k->access_base[access], 1);
    text_putc(out, ' ');
    if (p->kind == TRACE_PATTERN_DELTAS) {
        put_deltas(p, (unsigned)__builtin_popcount(mask), out);
        return;
    }
    put_i64(out, p->kind == TRACE_PATTERN_STRIDE ? p->stride : 0);
    text_putc(out, ' ');
}

static void put_instruction(const struct trace_kernel *k, const struct trace_step *step,
                            uint64_t access, struct text *out)
{
    const struct sass_inst *in = &k->code[step->code];
    if (k->h.has_source_line)
        put_word(out, in->source_line);
    put_hex(out, in->pc, 4);
    text_putc(out, ' ');
    put_hex(out, step->mask, 8);
    text_putc(out, ' ');
    put_operation(in, out);
    if (access != UINT64_MAX)
        put_access(k, access, step->mask, out);
    put_i64(out, in->immediate);
    text_puts(out, " \n");
}

void trace_text_cta(const struct trace_kernel *k, uint32_t cta, struct text *out)
{
    ASSERT(cta < k->n_ctas);
    const struct trace_cta *c = &k->ctas[cta];
    text_printf(out, "\n#BEGIN_TB\n\nthread block = %" PRIu32 ",%" PRIu32 ",%" PRIu32 "\n", c->x,
                c->y, c->z);
    for (uint32_t w = c->first_warp; w < c->first_warp + c->n_warps; w++) {
        const struct trace_warp *warp = &k->warps[w];
        text_printf(out, "\nwarp = %" PRIu32 "\ninsts = %" PRIu32 "\n", warp->id,
                    k->paths[warp->path].n_steps);
        struct trace_cursor cursor;
        const struct trace_step *step;
        uint64_t access;
        trace_cursor_start(&cursor, k, w);
        while ((step = trace_cursor_next(&cursor, &access)) != NULL)
            put_instruction(k, step, access, out);
    }
    text_puts(out, "\n#END_TB\n");
}

enum status trace_write_text(const struct trace_kernel *k, FILE *f, const struct tick *tick,
                             struct err *e)
{
    struct text out;
    text_init(&out);
    trace_text_header(k, &out);
    enum status s = text_write(&out, f, e);
    for (uint32_t i = 0; i < k->n_ctas && s == STATUS_OK; i++) {
        if (!tick_step(tick, i, k->n_ctas)) {
            s = err_set(e, STATUS_CANCELLED, "cancelled while writing '%s'", k->h.name);
            break;
        }
        text_clear(&out);
        trace_text_cta(k, i, &out);
        s = text_write(&out, f, e);
    }
    text_done(&out);
    return s;
}
