/*
 * lines.h: whole lines of a text file, plain or packed, in blocks.
 *
 * The readers walk the bytes themselves: `p` moves from line to line up to `end`, which is always
 * behind a line feed, and lines_fill brings the next block. LINES_PAD bytes behind `end` may be
 * read (not trusted), so that comparing may overshoot a line.
 */
#ifndef WARPSCOPE_TRACE_LINES_H
#define WARPSCOPE_TRACE_LINES_H

#include "base/err.h"
#include "base/stream.h"
#include "base/tick.h"

enum {
    LINES_BLOCK_B = 256 << 10,
    LINES_FIRST_B = 16 << 10, /* enough for a header: opening a trace reads no more */
    LINES_MAX_B = 1 << 20,    /* longest line */
    LINES_PAD = 512,
};

struct lines {
    struct stream *stream;
    const struct tick *tick;
    const char *path; /* for errors */
    char *buf;
    const char *p, *end;
    const char *start; /* of the line that an error is about */
    size_t filled;     /* bytes in buf, the incomplete last line included */
    size_t block_b;
    uint64_t line;     /* number of the line at `start` */
    struct err broken; /* found by unpacking, not yet returned */
    uint64_t text_b;
    bool at_eof;
    bool is_cut; /* the last line had no line feed */
};

enum status lines_open(struct lines *l, const char *path, const struct tick *tick,
                       struct err *e) MUST_USE;
enum status lines_open_memory(struct lines *l, str bytes, const char *name, struct err *e) MUST_USE;
void lines_close(struct lines *l);

/* Call with p == end. *more is false at the end of the file. Reports progress. */
enum status lines_fill(struct lines *l, bool *more, struct err *e) MUST_USE;

/* The line at p without its line feed and a carriage return; p moves behind it. */
enum status lines_next(struct lines *l, str *line, bool *more, struct err *e) MUST_USE;

/* STATUS_INPUT at a place within the line that begins at `start`. */
enum status lines_fail(const struct lines *l, const char *at, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Adds what stands at `at`: the word there, made printable. */
void lines_found(const struct lines *l, const char *at, struct err *e);

#endif
