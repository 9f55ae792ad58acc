/*
 * scan.h: a JSON document read once, from front to back, in constant memory.
 *
 * A scanner hands out tokens; it checks the whole grammar of RFC 8259, also of what is skipped, and
 * never converts a number: a reader takes the digits as they stand, so that no nanosecond is lost
 * in a double. Memory is one window plus the longest string or number.
 *
 *     {"dur": 1.5, "a": []}  ->  OBJECT KEY"dur" NUMBER"1.5" KEY"a" ARRAY ARRAY_END OBJECT_END END
 */
#ifndef WARPSCOPE_BASE_SCAN_H
#define WARPSCOPE_BASE_SCAN_H

#include "base/err.h"
#include "base/stream.h"
#include "base/text.h"

enum scan_kind {
    SCAN_END, /* the document is over and nothing but blanks came behind it */
    SCAN_OBJECT,
    SCAN_OBJECT_END,
    SCAN_ARRAY,
    SCAN_ARRAY_END,
    SCAN_KEY, /* member name; its value comes next */
    SCAN_STRING,
    SCAN_NUMBER,
    SCAN_TRUE,
    SCAN_FALSE,
    SCAN_NULL,
};

struct scan_token {
    enum scan_kind kind;
    str text;        /* KEY, STRING: between the quotes, escapes as written; NUMBER: its digits.
                        Valid until the next call */
    bool has_escape; /* KEY, STRING: take it through scan_unescape */
};

/*
 * What profilers of past years wrote is not always JSON. SCAN_TOLERANT also takes control
 * characters in strings and NaN and Infinity (any case; inf too; with or without a minus) as
 * numbers, and counts them. Neither grammar looks at UTF-8: a string may hold any byte from 0x20
 * on.
 */
enum scan_grammar { SCAN_STRICT, SCAN_TOLERANT };

struct scan;

enum { SCAN_DEEPEST = 512, SCAN_LONGEST_B = 1 << 26 };

/* Reads from `s`, which stays the caller's and open; `name` appears in errors. */
enum status scan_open(struct scan **out, struct stream *s, const char *name, enum scan_grammar g,
                      struct err *e) MUST_USE;
void scan_close(struct scan *s);

/*
 * STATUS_INPUT with line and column where the grammar is broken or the document ends too early;
 * STATUS_LIMIT for nesting beyond SCAN_DEEPEST and tokens beyond SCAN_LONGEST_B. After an error
 * every call fails.
 */
enum status scan_next(struct scan *s, struct scan_token *t, struct err *e) MUST_USE;

/* Behind a KEY, or in an array: passes over the value that comes next, whole, whatever its length.
 * In an array without a further value it passes over nothing and fails with STATUS_INPUT. */
enum status scan_skip(struct scan *s, struct err *e) MUST_USE;

/* Passes over the rest of the innermost open object or array, its end included. */
enum status scan_leave(struct scan *s, struct err *e) MUST_USE;

/* Whether the error was the end of the file inside the document: what came before is whole. */
bool scan_is_cut_short(const struct scan *s);

/* Deviations that SCAN_TOLERANT let pass. */
uint64_t scan_n_deviations(const struct scan *s);

/* 1-based line of the token handed out last. */
unsigned scan_line(const struct scan *s);

/* Adds the text that `raw` stands for; a lone surrogate becomes U+FFFD. */
void scan_unescape(struct text *out, str raw);

#endif
