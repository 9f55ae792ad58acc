/*
 * wst_file.h: the bytes of a .wst file: where they come from, and its packed tables.
 *
 * Sizes come from the file and are not trusted: nothing is allocated by them, and a table must be
 * exactly as long, packed and unpacked, as the index says.
 */
#ifndef WARPSCOPE_TRACE_WST_FILE_H
#define WARPSCOPE_TRACE_WST_FILE_H

#include "base/os.h"
#include "wst.h"

/* Where the bytes come from: a file, or memory when `bytes.p` is set. */
struct source {
    struct os_file file;
    str bytes;
    const char *name;
};

uint64_t source_size(const struct source *s);
/* Exactly n bytes. */
enum status source_read(const struct source *s, uint64_t at, void *buf, size_t n,
                        struct err *e) MUST_USE;

struct frame {
    const struct source *source;
    struct wst_place place;
    uint64_t taken; /* packed bytes read */
    uint64_t given; /* plain bytes handed out */
    bool is_done;   /* zstd has seen the end and its checksum */
    void *zstd;
    char *in;
    size_t in_at, in_n;
};

void frame_open(struct frame *f, const struct source *s, const struct wst_place *place);
void frame_close(struct frame *f);

/* Exactly n bytes of the table; STATUS_INPUT where it is damaged or ends before. */
enum status frame_read(struct frame *f, void *to, size_t n, struct err *e) MUST_USE;
/* Checks that the table ends here. */
enum status frame_end(struct frame *f, struct err *e) MUST_USE;

/* A kernel as the index has it. */
struct wst_kernel {
    struct trace_header h;
    uint64_t warp_insts, thread_insts, mem_mode[5];
    struct wst_place place[WST_TABLES];
};

extern const unsigned wst_record_b[WST_TABLES];

enum status wst_load_kernel(const struct source *s, const struct wst_kernel *k,
                            const struct trace_options *o, const struct tick *tick,
                            const struct trace_kernel **out, struct err *e) MUST_USE;

/* STATUS_INPUT for a file whose content does not hold together. */
enum status source_fail(const struct source *s, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
