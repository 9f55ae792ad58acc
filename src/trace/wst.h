/*
 * wst.h: the native container. traces/FORMAT.md describes the bytes.
 *
 * Kernels are found through an index at the end of the file and read one by one; every table is a
 * zstd frame with a checksum. Whatever a file claims is checked before it is used.
 */
#ifndef WARPSCOPE_TRACE_WST_H
#define WARPSCOPE_TRACE_WST_H

#include "base/str.h"
#include "base/tick.h"
#include "trace/trace.h"

#define WST_MAGIC     "\x89WST\r\n\x1a\n"
#define WST_END_MAGIC "\x89WSTEND\n"

enum {
    WST_VERSION = 2,
    WST_HEAD_B = 16,   /* magic, version, flags */
    WST_FOOTER_B = 40, /* place and sizes of the index, hash, magic */
    WST_CODE_B = 32,
    WST_PATTERN_B = 16,
    WST_MAX_TEXT = 1 << 20, /* longest string of a header */
};

/* The tables of a kernel, in the order of the file. */
#define WST_TABLE_LIST(X)                                           \
    X(WST_OPCODES, 1)              /* of WST_CODE, each with NUL */ \
    X(WST_CODE, WST_CODE_B)        /* static instructions */        \
    X(WST_PATTERNS, WST_PATTERN_B) /* address patterns */           \
    X(WST_DELTAS, 1)               /* of the patterns, in order */  \
    X(WST_PATHS, 4)                /* steps of each path */         \
    X(WST_STEPS, 8)                /* instruction and mask */       \
    X(WST_CTAS, 16)                /* x, y, z, warps */             \
    X(WST_WARPS, 8)                /* id and path */                \
    X(WST_BASES, 8)                /* of the accesses, by warp */   \
    X(WST_PATTERN_OF, 4)           /* of the accesses, by warp */   \
    X(WST_WARNINGS, 1)             /* texts, each with NUL */

enum wst_table {
#define X(id, record_b) id,
    WST_TABLE_LIST(X)
#undef X
        WST_TABLES
};

/* Where a table lies. */
struct wst_place {
    uint64_t at, packed_b, plain_b;
};

/* Flags of a kernel in the index. */
enum {
    WST_HAS_IMMEDIATE = 1,
    WST_HAS_SOURCE_LINE = 2,
    WST_IS_SYNTHETIC = 4,
    WST_HAS_CONSTANTS = 8,
    WST_FLAGS = 15,
};

static inline uint32_t wst_get_u32(const void *p)
{
    const unsigned char *b = p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t wst_get_u64(const void *p)
{
    return wst_get_u32(p) | (uint64_t)wst_get_u32((const unsigned char *)p + 4) << 32;
}

static inline uint16_t wst_get_u16(const void *p)
{
    const unsigned char *b = p;
    return (uint16_t)(b[0] | b[1] << 8);
}

static inline void wst_set_u16(void *p, uint16_t v)
{
    unsigned char *b = p;
    b[0] = (unsigned char)v;
    b[1] = (unsigned char)(v >> 8);
}

static inline void wst_set_u32(void *p, uint32_t v)
{
    unsigned char *b = p;
    for (unsigned i = 0; i < 4; i++)
        b[i] = (unsigned char)(v >> 8 * i);
}

static inline void wst_set_u64(void *p, uint64_t v)
{
    wst_set_u32(p, (uint32_t)v);
    wst_set_u32((unsigned char *)p + 4, (uint32_t)(v >> 32));
}

struct wst;

bool wst_is_magic(str head);
enum status wst_open(struct wst **out, const char *path, struct err *e) MUST_USE;
/* Over bytes that stay valid until wst_close; `name` appears in errors. */
enum status wst_open_memory(struct wst **out, str bytes, const char *name, struct err *e) MUST_USE;
void wst_close(struct wst *w);

uint32_t wst_n_kernels(const struct wst *w);
const struct trace_header *wst_header(const struct wst *w, uint32_t i);
/* Thread safe. The caller owns one reference. */
enum status wst_load(const struct wst *w, uint32_t i, const struct trace_options *o,
                     const struct tick *tick, const struct trace_kernel **out,
                     struct err *e) MUST_USE;

#endif
