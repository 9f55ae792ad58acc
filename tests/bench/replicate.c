/*
 * replicate: makes a large trace out of a small one by repeating its CTAs.
 *
 *     replicate TRACE KERNEL COPIES OUT.traceg
 *
 * Copy c gets its own layer of the grid (z) and its global addresses moved by c times the extent
 * of those of the original, so that copies touch different memory and their text differs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "trace/build.h"
#include "trace/write.h"

/* Global addresses, and generic ones that lie outside the shared and local windows. */
static const uint64_t FIRST_GLOBAL = UINT64_C(1) << 32;

static void fail(const struct err *e)
{
    char text[1600];
    err_format(e, text, sizeof text);
    fprintf(stderr, "replicate: %s\n", text);
    exit(status_exit_code(e->status));
}

static uint64_t extent_of(const struct trace_kernel *k)
{
    const uint64_t page = UINT64_C(2) << 20;
    uint64_t low = UINT64_MAX, high = 0;
    for (uint64_t i = 0; i < k->n_accesses; i++) {
        if (k->access_base[i] < FIRST_GLOBAL)
            continue;
        low = MIN(low, k->access_base[i]);
        high = MAX(high, k->access_base[i]);
    }
    return high < low ? 0 : (high - low) / page * page + page;
}

static void put_copy(const struct trace_kernel *k, struct trace_header h, uint32_t copy,
                     uint64_t shift, struct text *out)
{
    struct build *b = build_init(&h);
    for (uint32_t i = 0; i < k->n_code; i++)
        build_code(b, &k->code[i]);
    for (uint32_t w = 0; w < k->n_warps; w++) {
        const struct trace_cta *c = &k->ctas[k->warps[w].cta];
        struct trace_cursor cursor;
        const struct trace_step *step;
        uint64_t access;
        build_cta(b, c->x, c->y, c->z + copy * k->h.grid[2]);
        build_warp(b, k->warps[w].id);
        trace_cursor_start(&cursor, k, w);
        while ((step = trace_cursor_next(&cursor, &access)) != NULL) {
            build_step(b, step->code, step->mask);
            if (access == UINT64_MAX)
                continue;
            const struct trace_pattern *p = &k->patterns[k->access_pattern[access]];
            int64_t delta[SASS_WARP_LANES];
            for (unsigned i = 0; p->kind == TRACE_PATTERN_DELTAS && i + 1u < p->n; i++)
                delta[i] = trace_pattern_delta(p, i);
            uint64_t base = k->access_base[access];
            build_access(b, base >= FIRST_GLOBAL ? base + shift : base,
                         p->kind == TRACE_PATTERN_DELTAS ? build_pattern_deltas(b, delta, p->n)
                         : p->kind == TRACE_PATTERN_STRIDE
                             ? build_pattern_stride(b, p->stride, p->n)
                             : build_pattern_none(b));
        }
        build_warp_end(b);
    }
    const struct trace_kernel *made = build_finish(b);
    if (copy == 0)
        trace_text_header(made, out);
    for (uint32_t i = 0; i < made->n_ctas; i++)
        trace_text_cta(made, i, out);
    trace_kernel_release(made);
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct trace *t;
    const struct trace_kernel *k;
    if (argc != 5) {
        fprintf(stderr, "usage: replicate TRACE KERNEL COPIES OUT.traceg\n");
        return 2;
    }
    uint32_t number = (uint32_t)strtoul(argv[2], NULL, 10);
    uint32_t copies = (uint32_t)strtoul(argv[3], NULL, 10);
    if (trace_open(&t, argv[1], NULL, &e) != STATUS_OK)
        fail(&e);
    if (number >= trace_n_kernels(t) || copies == 0) {
        fprintf(stderr, "replicate: kernel 0 to %u, copies from 1\n", trace_n_kernels(t) - 1);
        return 2;
    }
    if (trace_load(t, number, NULL, &k, &e) != STATUS_OK)
        fail(&e);
    FILE *f = fopen(argv[4], "w");
    if (f == NULL) {
        perror(argv[4]);
        return 3;
    }
    struct trace_header h = k->h;
    h.grid[2] *= copies;
    struct text out;
    text_init(&out);
    for (uint32_t i = 0; i < copies; i++) {
        text_clear(&out);
        put_copy(k, h, i, i * extent_of(k), &out);
        if (text_write(&out, f, &e) != STATUS_OK)
            fail(&e);
    }
    text_done(&out);
    if (fclose(f) != 0) {
        perror(argv[4]);
        return 3;
    }
    trace_kernel_release(k);
    trace_close(t);
    return 0;
}
