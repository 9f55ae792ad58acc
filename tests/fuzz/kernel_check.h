/* What must hold for every kernel that a reader returns. */
#ifndef WARPSCOPE_FUZZ_KERNEL_CHECK_H
#define WARPSCOPE_FUZZ_KERNEL_CHECK_H

#include "trace/write.h"

/* Walks all of it: every index is in range, and the counts come out again. */
static inline void kernel_check(const struct trace_kernel *k)
{
    uint64_t insts = 0, threads = 0, accesses = 0, lane[SASS_WARP_LANES];
    uint32_t warps = 0;
    for (uint32_t c = 0; c < k->n_ctas; c++) {
        ASSERT(k->ctas[c].first_warp == warps && k->ctas[c].n_warps > 0);
        warps += k->ctas[c].n_warps;
    }
    ASSERT(warps == k->n_warps && warps > 0);
    for (uint32_t w = 0; w < k->n_warps; w++) {
        struct trace_cursor cursor;
        const struct trace_step *step;
        uint64_t access;
        ASSERT(k->warps[w].cta < k->n_ctas && k->warps[w].path < k->n_paths);
        trace_cursor_start(&cursor, k, w);
        while ((step = trace_cursor_next(&cursor, &access)) != NULL) {
            ASSERT(step->code < k->n_code);
            insts++;
            threads += (unsigned)__builtin_popcount(step->mask);
            if (access == UINT64_MAX)
                continue;
            accesses++;
            ASSERT((trace_access_lanes(k, access, step->mask, lane) & ~step->mask) == 0);
        }
    }
    ASSERT(insts == k->counts.warp_insts && threads == k->counts.thread_insts);
    ASSERT(accesses == k->counts.mem_insts && accesses == k->n_accesses);
}

static inline void kernel_print(const struct trace_kernel *k, struct text *out)
{
    trace_text_header(k, out);
    for (uint32_t i = 0; i < k->n_ctas; i++)
        trace_text_cta(k, i, out);
}

/* Reads `bytes` strictly and going on regardless. */
static inline void kernel_try(str bytes)
{
    const struct trace_options go_on = {.keep_going = true, .mem_limit_b = 64 << 20};
    const struct trace_options strict = {.mem_limit_b = 64 << 20};
    const struct trace_kernel *k, *again;
    struct err e = {0};
    if (trace_load_text(bytes, "fuzz", &go_on, &k, &e) == STATUS_OK) {
        kernel_check(k);
        trace_kernel_release(k);
    } else {
        ASSERT(e.message[0] != '\0');
    }
    if (trace_load_text(bytes, "fuzz", &strict, &k, NULL) != STATUS_OK)
        return;
    struct text first, second;
    text_init(&first);
    text_init(&second);
    kernel_check(k);
    kernel_print(k, &first);
    if (trace_load_text(text_str(&first), "printed", &strict, &again, NULL) == STATUS_OK) {
        kernel_print(again, &second);
        ASSERT(str_eq(text_str(&first), text_str(&second)));
        trace_kernel_release(again);
    }
    trace_kernel_release(k);
    text_done(&first);
    text_done(&second);
}

#endif
