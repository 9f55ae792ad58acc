#include "base/err.h"

#include <stdio.h>

enum status err_vset(struct err *e, enum status s, const char *fmt, va_list ap)
{
    if (e == NULL || e->status != STATUS_OK)
        return s;
    e->status = s;
    vsnprintf(e->message, sizeof e->message, fmt, ap);
    return s;
}

enum status err_set(struct err *e, enum status s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err_vset(e, s, fmt, ap);
    va_end(ap);
    return s;
}

static bool holds_error(const struct err *e)
{
    return e != NULL && e->status != STATUS_OK;
}

void err_at(struct err *e, const char *path, unsigned line, unsigned column)
{
    if (!holds_error(e))
        return;
    if (e->path[0] == '\0' && path != NULL)
        snprintf(e->path, sizeof e->path, "%s", path);
    if (e->line == 0) {
        e->line = line;
        e->column = column;
    }
}

static void fill(char *out, size_t n, const char *fmt, va_list ap)
{
    if (out[0] == '\0')
        vsnprintf(out, n, fmt, ap);
}

void err_expected(struct err *e, const char *fmt, ...)
{
    if (!holds_error(e))
        return;
    va_list ap;
    va_start(ap, fmt);
    fill(e->expected, sizeof e->expected, fmt, ap);
    va_end(ap);
}

void err_found(struct err *e, const char *fmt, ...)
{
    if (!holds_error(e))
        return;
    va_list ap;
    va_start(ap, fmt);
    fill(e->found, sizeof e->found, fmt, ap);
    va_end(ap);
}

void err_hint(struct err *e, const char *fmt, ...)
{
    if (!holds_error(e))
        return;
    va_list ap;
    va_start(ap, fmt);
    fill(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
}

struct cursor {
    char *at;
    size_t left; /* with the NUL */
};

static void PRINTF_LIKE(2, 3) put(struct cursor *c, const char *fmt, ...)
{
    if (c->left == 0)
        return;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(c->at, c->left, fmt, ap);
    va_end(ap);
    size_t step = n < 0 ? 0 : MIN((size_t)n, c->left - 1);
    c->at += step;
    c->left -= step;
}

static void put_place(struct cursor *c, const struct err *e)
{
    if (e->path[0] != '\0')
        put(c, "%s:", e->path);
    if (e->line != 0)
        put(c, e->path[0] != '\0' ? "%u:" : "line %u:", e->line);
    if (e->line != 0 && e->column != 0)
        put(c, "%u:", e->column);
    if (e->path[0] != '\0' || e->line != 0)
        put(c, " ");
}

void err_format(const struct err *e, char *out, size_t n)
{
    struct cursor c = {out, n};
    put_place(&c, e);
    put(&c, "%s", e->message);
    if (e->expected[0] != '\0')
        put(&c, "\n  expected: %s", e->expected);
    if (e->found[0] != '\0')
        put(&c, "\n  found: %s", e->found);
    if (e->hint[0] != '\0')
        put(&c, "\n  hint: %s", e->hint);
}

const char *status_name(enum status s)
{
    static const char *const names[] = {
#define X(name, code, text) [name] = #name,
        STATUS_LIST(X)
#undef X
    };
    return names[s];
}

const char *status_text(enum status s)
{
    static const char *const texts[] = {
#define X(name, code, text) [name] = text,
        STATUS_LIST(X)
#undef X
    };
    return texts[s];
}

int status_exit_code(enum status s)
{
    static const int codes[] = {
#define X(name, code, text) [name] = code,
        STATUS_LIST(X)
#undef X
    };
    return codes[s];
}
