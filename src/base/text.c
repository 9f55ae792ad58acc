#include "base/text.h"

#include <errno.h>
#include <stdarg.h>

void text_init(struct text *t)
{
    arena_init(&t->arena, ARENA_SMALL);
    t->n = 0;
}

void text_done(struct text *t)
{
    arena_done(&t->arena);
    t->n = 0;
}

void text_cut(struct text *t, size_t n)
{
    ASSERT(n <= t->n);
    arena_reset(&t->arena, n);
    t->n = n;
}

void text_clear(struct text *t)
{
    text_cut(t, 0);
}

static char *grow(struct text *t, size_t n)
{
    t->n += n;
    return arena_alloc(&t->arena, n, 1, 1);
}

void text_add(struct text *t, str s)
{
    if (s.n > 0)
        memcpy(grow(t, s.n), s.p, s.n);
}

void text_puts(struct text *t, const char *s)
{
    text_add(t, str_from(s));
}

void text_putc(struct text *t, char c)
{
    *grow(t, 1) = c;
}

void text_pad(struct text *t, char c, size_t n)
{
    memset(grow(t, n), c, n);
}

void text_printf(struct text *t, const char *fmt, ...)
{
    char small[256]; /* nearly every call fits and is formatted once */
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    ASSERT(n >= 0);
    size_t len = (size_t)n;
    if (len < sizeof small) {
        text_add(t, (str){small, len});
        return;
    }
    char *out = grow(t, len + 1);
    va_start(ap, fmt);
    vsnprintf(out, len + 1, fmt, ap);
    va_end(ap);
    t->n--; /* the NUL */
    arena_reset(&t->arena, t->n);
}

const char *text_cstr(struct text *t)
{
    *(char *)arena_alloc(&t->arena, 1, 1, 1) = '\0';
    arena_reset(&t->arena, t->n);
    return t->arena.base;
}

void text_put_utf8(struct text *t, uint32_t cp)
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = 0xfffd; /* no character */
    if (cp < 0x80) {
        text_putc(t, (char)cp);
        return;
    }
    unsigned tail = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    text_putc(t, (char)(lead[tail] | (cp >> (6 * tail))));
    while (tail-- > 0)
        text_putc(t, (char)(0x80 | ((cp >> (6 * tail)) & 0x3f)));
}

enum status text_write(const struct text *t, FILE *f, struct err *e)
{
    errno = 0;
    if (fwrite(t->arena.base, 1, t->n, f) != t->n || fflush(f) != 0)
        return err_set(e, STATUS_WRITE, "cannot write the output: %s", strerror(errno));
    return STATUS_OK;
}
