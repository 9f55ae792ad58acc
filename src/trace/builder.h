/*
 * builder.h: the inside of struct build, for the readers of this layer.
 *
 * A reader fills the builder's warp buffer directly, since a call per instruction would cost more
 * than reading it; build_end_warp interns what the buffer holds.
 */
#ifndef WARPSCOPE_TRACE_BUILDER_H
#define WARPSCOPE_TRACE_BUILDER_H

#include "base/index.h"
#include "kernel.h"
#include "trace/build.h"

/* One warp while it is read. Reused, so it stays in the cache. */
struct warp_buf {
    struct trace_step *steps;
    uint64_t *bases;
    uint32_t *patterns;
    size_t n_steps, cap_steps;
    size_t n_accesses, cap_accesses;
};

void warp_buf_grow_steps(struct warp_buf *w);
void warp_buf_grow_accesses(struct warp_buf *w);

static inline void warp_buf_step(struct warp_buf *w, uint32_t code, uint32_t mask)
{
    if (UNLIKELY(w->n_steps == w->cap_steps))
        warp_buf_grow_steps(w);
    w->steps[w->n_steps++] = (struct trace_step){code, mask};
}

static inline void warp_buf_access(struct warp_buf *w, uint64_t base, uint32_t pattern)
{
    if (UNLIKELY(w->n_accesses == w->cap_accesses))
        warp_buf_grow_accesses(w);
    w->bases[w->n_accesses] = base;
    w->patterns[w->n_accesses++] = pattern;
}

/* clang-format off */
struct vec_code { VEC(struct sass_inst); };
struct vec_path { VEC(struct trace_path); };
struct vec_step { VEC(struct trace_step); };
struct vec_warp { VEC(struct trace_warp); };
struct vec_cta { VEC(struct trace_cta); };
struct vec_u64 { VEC(uint64_t); };
struct vec_u32 { VEC(uint32_t); };
struct vec_pattern { VEC(struct trace_pattern); };
struct vec_text { VEC(const char *); };
/* clang-format on */

struct build {
    struct kernel_store *store;
    struct vec_code code;
    struct vec_path paths;
    struct vec_step steps;
    struct vec_warp warps;
    struct vec_cta ctas;
    struct vec_u64 bases;
    struct vec_u32 pattern_of;
    struct vec_pattern patterns;
    struct vec_text opcodes, warnings;
    struct index code_ix, opcode_ix, path_ix, pattern_ix, cta_ix;
    struct warp_buf warp;
    uint32_t cta, warp_id; /* where the next warp goes */
    uint64_t mem_mode[5];  /* as the text has it; counted by whole warps */
    uint64_t text_b;
};

/*
 * As build_init, for a source of known size: `reserve_b` of address space for each table. Reserving
 * little makes small kernels cheaper to load; BUILD_RESERVE is enough for `n` bytes of text, since
 * no table grows by more than 8 bytes for each of them.
 */
struct build *build_init_for(const struct trace_header *h, size_t reserve_b);
#define BUILD_RESERVE(n) \
    ((n) >= ARENA_LARGE / 8 ? ARENA_LARGE : MAX((size_t)(n)*8, (size_t)1 << 20))

/* Index of the CTA and whether it is new. */
uint32_t build_find_cta(struct build *b, uint32_t x, uint32_t y, uint32_t z, bool *is_new);

/* Ends the warp in `w` and empties it; a warp without steps leaves nothing. */
void build_end_warp(struct build *b, uint32_t cta, uint32_t id, struct warp_buf *w);

/* Counts and freezes what is in order already; adds no warnings. `b` is gone afterwards. */
const struct trace_kernel *build_freeze(struct build *b);

size_t build_memory_b(const struct build *b);

#endif
