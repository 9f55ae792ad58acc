/*
 * scan_dump.h: what a scanner makes of a text, as one line: its tokens, then "." or "!" with the
 * place and the message of the error.
 *
 *     {"a": [1, "\n"]}  ->  { a: [ 1 ~"\n" ] } .
 */
#ifndef WARPSCOPE_TESTS_SCAN_DUMP_H
#define WARPSCOPE_TESTS_SCAN_DUMP_H

#include "../../src/base/scan_priv.h"

struct dump_how {
    enum scan_grammar grammar;
    size_t window_b;
    void (*first)(struct scan *s, struct text *out,
                  struct err *e); /* NULL: tokens from the start */
};

static inline void dump_token(const struct scan_token *t, struct text *out)
{
    static const char *const marks[] = {
        [SCAN_END] = ".",        [SCAN_OBJECT] = "{ ",    [SCAN_OBJECT_END] = "} ",
        [SCAN_ARRAY] = "[ ",     [SCAN_ARRAY_END] = "] ", [SCAN_TRUE] = "true ",
        [SCAN_FALSE] = "false ", [SCAN_NULL] = "null ",   [SCAN_STRING] = "\" ",
        [SCAN_KEY] = ": ",       [SCAN_NUMBER] = " "};
    if (t->has_escape)
        text_putc(out, '~');
    if (t->kind == SCAN_STRING)
        text_putc(out, '"');
    if (t->kind == SCAN_STRING || t->kind == SCAN_KEY || t->kind == SCAN_NUMBER)
        text_add(out, t->text);
    text_puts(out, marks[t->kind]);
}

static inline void dump_error(const struct err *e, struct text *out)
{
    static const char prefix[] = "not valid JSON: ";
    bool has_prefix = strncmp(e->message, prefix, sizeof prefix - 1) == 0;
    text_printf(out, "!%u:%u %s", e->line, e->column,
                e->message + (has_prefix ? sizeof prefix - 1 : 0));
}

/* True when the document is over or failed. */
static inline bool dump_next(struct scan *s, struct text *out, struct err *e)
{
    struct scan_token t;
    if (scan_next(s, &t, e) != STATUS_OK)
        return true;
    dump_token(&t, out);
    return t.kind == SCAN_END;
}

/* Replaces `out`; the error, if any, is left in `e`. Returns whether the text was cut short. */
static inline bool dump_bytes(str bytes, struct dump_how how, struct text *out, struct err *e)
{
    struct stream *stream;
    struct scan *s;
    text_clear(out);
    *e = (struct err){0};
    ASSERT(stream_open_memory(&stream, bytes, "doc", e) == STATUS_OK);
    ASSERT(scan_open_window(&s, stream, "doc", how.grammar, how.window_b, e) == STATUS_OK);
    if (how.first != NULL)
        how.first(s, out, e);
    while (e->status == STATUS_OK && !dump_next(s, out, e))
        ;
    if (e->status != STATUS_OK)
        dump_error(e, out);
    bool cut_short = scan_is_cut_short(s);
    scan_close(s);
    stream_close(stream);
    return cut_short;
}

/* Passes the document over as one value. */
static inline void dump_by_skip(struct scan *s, struct text *out, struct err *e)
{
    (void)out;
    if (scan_skip(s, e) != STATUS_OK)
        ASSERT(e->status != STATUS_OK);
}

/* Passes over what is behind the first token. */
static inline void dump_by_leave(struct scan *s, struct text *out, struct err *e)
{
    struct scan_token t;
    (void)out;
    if (scan_next(s, &t, e) == STATUS_OK && (t.kind == SCAN_OBJECT || t.kind == SCAN_ARRAY) &&
        scan_leave(s, e) != STATUS_OK)
        ASSERT(e->status != STATUS_OK);
}

#endif
