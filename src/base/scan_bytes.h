/*
 * scan_bytes.h: runs of bytes of one kind, sixteen at a time where the machine can.
 *
 * Every function needs SCAN_PAD_B readable bytes behind the end of the text and a NUL at the end:
 * NUL ends all runs, so that nobody counts what is left.
 */
#ifndef WARPSCOPE_BASE_SCAN_BYTES_H
#define WARPSCOPE_BASE_SCAN_BYTES_H

#include <string.h>

#include "base/defs.h"

enum { SCAN_PAD_B = 16 };

#ifdef __SSE2__
#include <emmintrin.h>

static inline __m128i scan_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Bit i stands for byte i of sixteen. */
static inline unsigned scan_bits(__m128i bytes)
{
    return (unsigned)_mm_movemask_epi8(bytes);
}

static inline unsigned scan_equal(__m128i bytes, char c)
{
    return scan_bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline unsigned scan_ends_plain(const char *p)
{
    __m128i x = scan_load(p);
    __m128i ends =
        _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
    return scan_bits(_mm_or_si128(ends, control));
}

static inline unsigned scan_ends_blanks(const char *p)
{
    __m128i x = scan_load(p);
    unsigned blanks =
        scan_equal(x, ' ') | scan_equal(x, '\n') | scan_equal(x, '\t') | scan_equal(x, '\r');
    return ~blanks & 0xffff;
}

#define SCAN_RUN(p, ends)                      \
    for (;; (p) += 16) {                       \
        unsigned found = ends(p);              \
        if (LIKELY(found != 0))                \
            return (p) + __builtin_ctz(found); \
    }

/* A bit in each of eight bytes that is no digit; behind the first of them bits mean nothing.
 * Numbers are short: this is done sooner than sixteen bytes are. */
static inline uint64_t scan_no_digits(const char *p)
{
    const uint64_t feet = UINT64_C(0x0101010101010101);
    uint64_t x;
    memcpy(&x, p, sizeof x);
    x ^= feet * '0';
    return (x | (x + feet * (0x80 - 10))) & feet * 0x80;
}

static inline const char *scan_digits_end(const char *p)
{
    for (;; p += 8) {
        uint64_t found = scan_no_digits(p);
        if (LIKELY(found != 0))
            return p + (__builtin_ctzll(found) >> 3);
    }
}

#else

static inline bool scan_ends_plain(const char *p)
{
    return (unsigned char)*p < ' ' || *p == '"' || *p == '\\';
}

static inline bool scan_ends_digits(const char *p)
{
    return *p < '0' || *p > '9';
}

static inline bool scan_ends_blanks(const char *p)
{
    return *p != ' ' && *p != '\n' && *p != '\t' && *p != '\r';
}

#define SCAN_RUN(p, ends) \
    for (;; (p)++)        \
        if (ends(p))      \
            return p;

static inline const char *scan_digits_end(const char *p)
{
    SCAN_RUN(p, scan_ends_digits)
}

#endif

/* Up to the first quote, backslash or control byte. */
static inline const char *scan_plain_end(const char *p)
{
    SCAN_RUN(p, scan_ends_plain)
}

static inline const char *scan_blank_run_end(const char *p)
{
    SCAN_RUN(p, scan_ends_blanks)
}

/* Nearly always there is no blank or a single one. */
static inline const char *scan_blanks_end(const char *p)
{
    if (LIKELY((unsigned char)*p > ' '))
        return p;
    if (LIKELY(*p == ' ' && (unsigned char)p[1] > ' '))
        return p + 1;
    return scan_blank_run_end(p);
}

#endif
