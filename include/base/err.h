/*
 * err.h: the one status type of warpscope and the record that explains a failure.
 *
 * Every function that can fail in an expected way returns `enum status` and takes a `struct err *`
 * as its last argument. The first error wins: a record that already holds one is left alone.
 * A record is caller storage, initialised with {0}; it owns its text (fixed buffers, clipped).
 * Wording follows git: "cannot open 'x': reason", lower case, no full stop.
 */
#ifndef WARPSCOPE_BASE_ERR_H
#define WARPSCOPE_BASE_ERR_H

#include <stdarg.h>

#include "base/defs.h"

/* name, exit code of the program, short text */
#define STATUS_LIST(X)                                           \
    X(STATUS_OK, 0, "ok")                                        \
    X(STATUS_FAILED, 1, "the run failed")                        \
    X(STATUS_WRITE, 1, "the result cannot be written")           \
    X(STATUS_USAGE, 2, "wrong use of a command or option")       \
    X(STATUS_INPUT, 3, "an input file is not valid")             \
    X(STATUS_IO, 3, "a file cannot be read")                     \
    X(STATUS_LIMIT, 3, "an input is larger than a stated limit") \
    X(STATUS_LUA, 4, "a Lua script failed")                      \
    X(STATUS_CHECK, 5, "a check did not hold")                   \
    X(STATUS_CANCELLED, 130, "cancelled")

enum status {
#define X(name, code, text) name,
    STATUS_LIST(X)
#undef X
};

struct err {
    enum status status;
    char message[400]; /* what went wrong, one line */
    char path[300];    /* file concerned, or "" */
    unsigned line;     /* 1-based, 0 = none */
    unsigned column;   /* 1-based, 0 = none */
    char expected[160];
    char found[160];
    char hint[240]; /* what the user can do, or "" */
};

/* Stores the message unless `e` already holds an error; returns `s`. `e` may be NULL. */
enum status err_set(struct err *e, enum status s, const char *fmt, ...) PRINTF_LIKE(3, 4);
enum status err_vset(struct err *e, enum status s, const char *fmt, va_list ap);

/* Add details to the error that `e` holds; no effect on fields that are already set. */
void err_at(struct err *e, const char *path, unsigned line, unsigned column);
void err_expected(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_found(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Writes "path:line:col: message" with expected, found and hint on lines of their own; clipped to
 * n. */
void err_format(const struct err *e, char *out, size_t n);

const char *status_name(enum status s);
const char *status_text(enum status s);
int status_exit_code(enum status s);

/* Returns from the calling function when `call` fails; only where nothing needs undoing. */
#define TRY(call)                        \
    do {                                 \
        enum status try_status = (call); \
        if (try_status != STATUS_OK)     \
            return try_status;           \
    } while (0)

#endif
