/*
 * defs.h: compiler attributes, assertions and small integer helpers used everywhere.
 *
 * Depends on nothing. ASSERT stays on in every build: a broken invariant stops the program with the
 * place, after the fatal hook (see os.h) has given the terminal back.
 */
#ifndef WARPSCOPE_BASE_DEFS_H
#define WARPSCOPE_BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE               __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN               __attribute__((noreturn))

#define LIKELY(c)              __builtin_expect(!!(c), 1)
#define UNLIKELY(c)            __builtin_expect(!!(c), 0)

#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)              ((a) < (b) ? (a) : (b))
#define MAX(a, b)              ((a) > (b) ? (a) : (b))
#define CLAMP(v, lo, hi)       MIN(MAX(v, lo), hi)

/* Stops the program after the fatal hook; never returns. */
NORETURN void assert_fail(const char *expr, const char *file, int line);
#define ASSERT(c)     (LIKELY(c) ? (void)0 : assert_fail(#c, __FILE__, __LINE__))
#define UNREACHABLE() assert_fail("never reached", __FILE__, __LINE__)

/* Sums and products of sizes that come from a file: false on overflow, *out untouched then. */
static inline bool size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Bits that are set; the compiler's own asks a library where the machine need not have it. */
static inline unsigned count_bits(uint32_t mask)
{
    static const uint8_t of_nibble[] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    unsigned n = 0;
    for (; mask != 0; mask >>= 4)
        n += of_nibble[mask & 15];
    return n;
}

#endif
