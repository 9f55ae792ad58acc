#include "wst_file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <zstd.h>

enum { IN_B = 128 << 10 };

/* ---- bytes ---- */

enum status source_fail(const struct source *s, struct err *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err_vset(e, STATUS_INPUT, fmt, ap);
    va_end(ap);
    err_at(e, s->name, 0, 0);
    err_hint(e, "copy the file again, or convert the trace again");
    return STATUS_INPUT;
}

uint64_t source_size(const struct source *s)
{
    return s->bytes.p != NULL ? s->bytes.n : s->file.size;
}

enum status source_read(const struct source *s, uint64_t at, void *buf, size_t n, struct err *e)
{
    uint64_t size = source_size(s);
    if (at > size || n > size - at)
        return source_fail(s, e, "the file is cut short");
    if (s->bytes.p != NULL) {
        memcpy(buf, s->bytes.p + at, n);
        return STATUS_OK;
    }
    size_t got;
    enum status status = os_read_at(&s->file, at, buf, n, &got, e);
    if (status != STATUS_OK)
        err_at(e, s->name, 0, 0);
    else if (got < n)
        status = source_fail(s, e, "the file became shorter while it was read");
    return status;
}

/* ---- frames ---- */

void frame_open(struct frame *f, const struct source *s, const struct wst_place *place)
{
    *f = (struct frame){.source = s, .place = *place};
    f->zstd = ZSTD_createDStream();
    f->in = malloc(IN_B);
    if (f->zstd == NULL || f->in == NULL)
        os_fatal("out of memory for unpacking");
}

void frame_close(struct frame *f)
{
    ZSTD_freeDStream(f->zstd);
    free(f->in);
}

static enum status refill(struct frame *f, struct err *e)
{
    size_t n = (size_t)MIN(f->place.packed_b - f->taken, (uint64_t)IN_B);
    TRY(source_read(f->source, f->place.at + f->taken, f->in, n, e));
    f->taken += n;
    f->in_at = 0;
    f->in_n = n;
    return STATUS_OK;
}

/* One call of zstd: at most n bytes to `to`. */
static enum status unpack(struct frame *f, void *to, size_t n, size_t *made, struct err *e)
{
    *made = 0;
    if (f->is_done)
        return source_fail(f->source, e, "a table is shorter than the index says");
    bool was_empty = f->in_at == f->in_n;
    if (was_empty)
        TRY(refill(f, e));
    ZSTD_inBuffer in = {f->in, f->in_n, f->in_at};
    ZSTD_outBuffer out = {to, n, 0};
    size_t left = ZSTD_decompressStream(f->zstd, &out, &in);
    if (ZSTD_isError(left))
        return source_fail(f->source, e, "a table is damaged: %s", ZSTD_getErrorName(left));
    if (left != 0 && out.pos == 0 && in.pos == f->in_at && f->taken == f->place.packed_b)
        return source_fail(f->source, e, "a table is damaged: its end is missing");
    f->in_at = in.pos;
    f->is_done = left == 0;
    *made = out.pos;
    return STATUS_OK;
}

enum status frame_read(struct frame *f, void *to, size_t n, struct err *e)
{
    if (n > f->place.plain_b - f->given)
        return source_fail(f->source, e, "a table has fewer rows than another asks for");
    f->given += n;
    while (n > 0) {
        size_t made;
        TRY(unpack(f, to, n, &made, e));
        to = (char *)to + made;
        n -= made;
    }
    return STATUS_OK;
}

enum status frame_end(struct frame *f, struct err *e)
{
    if (f->given != f->place.plain_b)
        return source_fail(f->source, e, "a table has more rows than the others ask for");
    while (!f->is_done) {
        char more;
        size_t made;
        TRY(unpack(f, &more, 1, &made, e));
        if (made > 0)
            return source_fail(f->source, e, "a table is longer than the index says");
    }
    if (f->taken != f->place.packed_b || f->in_at != f->in_n)
        return source_fail(f->source, e, "bytes follow a table");
    return STATUS_OK;
}
