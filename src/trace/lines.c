#include "lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"

enum { CAPACITY_B = LINES_MAX_B + LINES_BLOCK_B };

static void start(struct lines *l, const struct tick *tick, const char *path)
{
    *l = (struct lines){.tick = tick, .path = path, .block_b = LINES_FIRST_B};
    l->buf = malloc(CAPACITY_B + LINES_PAD);
    if (l->buf == NULL)
        os_fatal("out of memory for reading '%s'", path);
    l->p = l->end = l->start = l->buf;
}

enum status lines_open(struct lines *l, const char *path, const struct tick *tick, struct err *e)
{
    start(l, tick, path);
    enum status s = stream_open(&l->stream, path, e);
    if (s != STATUS_OK)
        lines_close(l);
    return s;
}

enum status lines_open_memory(struct lines *l, str bytes, const char *name, struct err *e)
{
    start(l, NULL, name);
    return stream_open_memory(&l->stream, bytes, name, e);
}

void lines_close(struct lines *l)
{
    if (l->stream != NULL)
        stream_close(l->stream);
    free(l->buf);
    *l = (struct lines){0};
}

static enum status fail_broken(const struct lines *l, struct err *e)
{
    if (e != NULL && e->status == STATUS_OK)
        *e = l->broken;
    return l->broken.status;
}

/* Bytes unpacked before a damaged place are used first; the error comes at the next call. */
static enum status read_block(struct lines *l, struct err *e)
{
    if (l->broken.status != STATUS_OK)
        return fail_broken(l, e);
    size_t left = CAPACITY_B - l->filled, got = 0;
    struct err own = {0};
    if (!l->at_eof &&
        stream_read(l->stream, l->buf + l->filled, MIN(left, l->block_b), &got, &own) != STATUS_OK)
        l->broken = own;
    if (own.status != STATUS_OK && got == 0)
        return fail_broken(l, e);
    l->at_eof = got == 0;
    l->filled += got;
    l->text_b += got;
    l->block_b = LINES_BLOCK_B;
    return STATUS_OK;
}

/* Behind the last line feed among the bytes from `from` on, or NULL. */
static const char *behind_last_feed(const struct lines *l, size_t from)
{
    const char *first = l->buf + from, *p = l->buf + l->filled;
    while (p > first && p[-1] != '\n')
        p--;
    return p > first ? p : NULL;
}

/* A file may end without a line feed. */
static const char *close_last_line(struct lines *l)
{
    l->is_cut = true;
    l->buf[l->filled++] = '\n';
    return l->buf + l->filled;
}

static enum status fail_too_long(const struct lines *l, struct err *e)
{
    err_set(e, STATUS_LIMIT, "a line is longer than %d bytes", LINES_MAX_B);
    err_at(e, l->path, (unsigned)l->line + 1, 0);
    err_hint(e, "the file may not be a text trace");
    return STATUS_LIMIT;
}

enum status lines_fill(struct lines *l, bool *more, struct err *e)
{
    ASSERT(l->p == l->end);
    size_t carry = l->filled - (size_t)(l->end - l->buf);
    memmove(l->buf, l->end, carry);
    l->filled = carry;
    l->p = l->end = l->start = l->buf;
    const char *end = NULL;
    while (end == NULL) {
        if (!tick_step(l->tick, stream_taken(l->stream), stream_size(l->stream)))
            return err_set(e, STATUS_CANCELLED, "cancelled while reading '%s'", l->path);
        if (l->filled >= LINES_MAX_B)
            return fail_too_long(l, e);
        size_t from = l->filled;
        TRY(read_block(l, e));
        end = behind_last_feed(l, from);
        if (l->at_eof)
            break;
    }
    if (end == NULL && l->filled > 0)
        end = close_last_line(l);
    *more = end != NULL;
    if (*more)
        l->end = end;
    return STATUS_OK;
}

enum status lines_next(struct lines *l, str *line, bool *more, struct err *e)
{
    *more = true;
    if (l->p == l->end)
        TRY(lines_fill(l, more, e));
    if (!*more)
        return STATUS_OK;
    l->start = l->p;
    l->line++;
    const char *feed = memchr(l->p, '\n', (size_t)(l->end - l->p));
    *line = (str){l->p, (size_t)(feed - l->p)};
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    l->p = feed + 1;
    return STATUS_OK;
}

enum status lines_fail(const struct lines *l, const char *at, struct err *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err_vset(e, STATUS_INPUT, fmt, ap);
    va_end(ap);
    err_at(e, l->path, (unsigned)l->line, (unsigned)(at - l->start) + 1);
    return STATUS_INPUT;
}

void lines_found(const struct lines *l, const char *at, struct err *e)
{
    char word[48];
    size_t n = 0;
    while (n < sizeof word - 4 && at + n < l->end && (unsigned char)at[n] > ' ') {
        word[n] = at[n] < 0x7f && at[n] > 0 ? at[n] : '?';
        n++;
    }
    if (n == sizeof word - 4)
        n += (size_t)snprintf(word + n, 4, "...");
    word[n] = '\0';
    err_found(e, n > 0 ? "'%s'" : "the end of the line%s", word);
}
