#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"

enum { PAGE_B = 4096, COMMIT_MIN_B = 64 << 10, COMMIT_MAX_B = 2 << 20, ALIGN_MAX_B = 64 };

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) & ~(to - 1);
}

void arena_init(struct arena *a, size_t reserve_b)
{
    size_t reserved = MAX(round_up(reserve_b, PAGE_B), (size_t)PAGE_B);
    *a = (struct arena){.base = os_reserve(reserved), .reserved = reserved};
}

void arena_done(struct arena *a)
{
    if (a->base != NULL)
        os_release(a->base, a->reserved);
    *a = (struct arena){0};
}

/* Steps grow with the arena: small ones stay small, large ones seldom enter the kernel. */
static void commit(struct arena *a, size_t end)
{
    size_t step = COMMIT_MIN_B;
    while (step < COMMIT_MAX_B && step < a->committed)
        step *= 2;
    size_t target = MIN(round_up(end, step), a->reserved);
    os_commit(a->base + a->committed, target - a->committed);
    a->committed = target;
}

void *arena_alloc(struct arena *a, size_t n, size_t size_b, size_t align_b)
{
    ASSERT(a->base != NULL && align_b <= ALIGN_MAX_B);
    size_t start = round_up(a->used, align_b);
    size_t bytes, end;
    if (UNLIKELY(!size_mul(n, size_b, &bytes) || !size_add(start, bytes, &end) ||
                 end > a->reserved))
        os_fatal("out of reserved memory: %zu x %zu bytes asked, %zu of %zu left", n, size_b,
                 arena_room(a), a->reserved);
    if (UNLIKELY(end > a->committed))
        commit(a, end);
    char *p = a->base + start;
    if (start < a->high)
        memset(p, 0, MIN(end, a->high) - start);
    a->used = end;
    a->high = MAX(a->high, end);
    return p;
}

size_t arena_room(const struct arena *a)
{
    return a->reserved - a->used;
}

void arena_reset(struct arena *a, size_t mark)
{
    ASSERT(mark <= a->used);
    a->used = mark;
}

void arena_trim(struct arena *a)
{
    size_t keep = MAX(round_up(a->used, PAGE_B), (size_t)PAGE_B);
    if (keep >= a->reserved)
        return;
    os_release(a->base + keep, a->reserved - keep);
    a->reserved = keep;
    a->committed = MIN(a->committed, keep);
    a->high = MIN(a->high, keep);
}

struct arena arena_take(struct arena *from)
{
    struct arena taken = *from;
    *from = (struct arena){0};
    return taken;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *copy = ARENA_ARRAY(a, char, n + 1);
    if (n > 0)
        memcpy(copy, s, n);
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    ASSERT(n >= 0);
    char *out = ARENA_ARRAY(a, char, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(out, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return out;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    void *copy = arena_alloc(a, n, 1, _Alignof(max_align_t));
    if (n > 0)
        memcpy(copy, p, n);
    return copy;
}
