/*
 * text.h: a growing text in memory, for everything that is printed.
 *
 * A text owns its bytes (an arena of its own). All writers to stdout build a text first and write
 * it once, so that half a table never reaches a pipe.
 */
#ifndef WARPSCOPE_BASE_TEXT_H
#define WARPSCOPE_BASE_TEXT_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct text {
    struct arena arena;
    size_t n;
};

void text_init(struct text *t);
void text_done(struct text *t);
void text_clear(struct text *t);
/* Forgets what comes behind the first n bytes. */
void text_cut(struct text *t, size_t n);

void text_add(struct text *t, str s);
void text_puts(struct text *t, const char *s);
void text_putc(struct text *t, char c);
void text_pad(struct text *t, char c, size_t n);
void text_printf(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The bytes so far, NUL-terminated; valid until the next call that adds. */
const char *text_cstr(struct text *t);
static inline str text_str(const struct text *t)
{
    return (str){t->arena.base, t->n};
}

/* A code point as UTF-8; what is none becomes U+FFFD. */
void text_put_utf8(struct text *t, uint32_t cp);

/* Writes all bytes; STATUS_WRITE on a full disk or a closed pipe. */
enum status text_write(const struct text *t, FILE *f, struct err *e) MUST_USE;

#endif
