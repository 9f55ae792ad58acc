/*
 * header.h: the "-key = value" lines at the top of a text trace.
 */
#ifndef WARPSCOPE_TRACE_HEADER_H
#define WARPSCOPE_TRACE_HEADER_H

#include "lines.h"
#include "trace/trace.h"

enum { HEADER_MAX_THREADS = 2048, HEADER_MAX_WARPS = HEADER_MAX_THREADS / SASS_WARP_LANES };

enum { HEADER_MAX_B = 16 << 20 };

#define HEADER_MAX_CTAS (UINT64_C(1) << 48)

/* How an instruction line is laid out in this file. */
struct line_layout {
    unsigned n_ids;     /* numbers in front that name CTA and warp: 0, 4 or (v6 raw) 11 */
    unsigned warp_at;   /* which of them is the warp */
    unsigned n_core;    /* 0 or 2: SM and its warp slot */
    bool has_line;      /* source line number */
    bool has_immediate; /* one at the end, two from v6 on */
    bool is_v6;
};

/*
 * Reads up to the first line of the body, which stays unread. Strings of `h` go to `a`.
 * `h->file` is left alone.
 */
enum status header_read(struct lines *l, struct arena *a, struct trace_header *h,
                        struct line_layout *layout, struct err *e) MUST_USE;

/* False when a dimension is 0 or the product is above `limit`. */
bool header_dims_fit(const uint32_t d[3], uint64_t limit);
unsigned header_threads(const struct trace_header *h);
/* Warps of a CTA by the block dimensions. */
unsigned header_warps(const struct trace_header *h);

#endif
