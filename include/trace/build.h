/*
 * build.h: makes a trace kernel step by step; every reader and the Lua builder end here.
 *
 * Interns static instructions, address patterns and whole warps, so that equal ones share memory.
 * Call order: build_init; per CTA build_cta; per warp build_warp, then build_step (and build_access
 * right behind a step whose instruction has a memory width), build_warp_end; build_finish.
 * Warps may come in any order (raw traces interleave them: their reader sorts first); build_finish
 * sorts CTAs and warps.
 */
#ifndef WARPSCOPE_TRACE_BUILD_H
#define WARPSCOPE_TRACE_BUILD_H

#include "trace/trace.h"

struct build;

struct build *build_init(const struct trace_header *h);
void build_drop(struct build *b);

/* A static instruction: opcode, dst, src, immediate, width, pc are given, the rest is decoded here.
 * Returns its index; equal instructions give equal indices. */
uint32_t build_code(struct build *b, const struct sass_inst *in);

/* Shared patterns. `delta` has n - 1 values. */
uint32_t build_pattern_stride(struct build *b, int64_t stride, unsigned n);
uint32_t build_pattern_deltas(struct build *b, const int64_t *delta, unsigned n);
uint32_t build_pattern_none(struct build *b);

void build_cta(struct build *b, uint32_t x, uint32_t y, uint32_t z);
void build_warp(struct build *b, uint32_t id);
void build_step(struct build *b, uint32_t code, uint32_t mask);
void build_access(struct build *b, uint64_t base, uint32_t pattern);
void build_warp_end(struct build *b);

void build_warn(struct build *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Sorts, counts and freezes. `b` is gone afterwards; the caller owns one reference of the kernel.
 */
const struct trace_kernel *build_finish(struct build *b);

#endif
