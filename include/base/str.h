/*
 * str.h: string slices, number parsing and edit distance.
 *
 * A `str` does not own its bytes and is not NUL-terminated. Number parsing never depends on the
 * locale and takes the whole slice or fails.
 */
#ifndef WARPSCOPE_BASE_STR_H
#define WARPSCOPE_BASE_STR_H

#include <string.h>

#include "base/defs.h"

typedef struct {
    const char *p;
    size_t n;
} str;

#define STR(lit) ((str){(lit), sizeof(lit) - 1})

static inline str str_from(const char *s)
{
    return (str){s, strlen(s)};
}

static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(str a, const char *b)
{
    return str_eq(a, str_from(b));
}

bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_has(str s, str needle);
str str_trim(str s);

/* The part of *rest before the first `sep`; *rest moves behind it. False once *rest is used up. */
bool str_cut(str *rest, char sep, str *out);

/* The next line of at most `width` bytes of *rest, broken at blanks; a longer word stays whole.
 * False once *rest is used up. */
bool str_wrap(str *rest, size_t width, str *line);

/* The first code point of *s, which is not empty and moves behind it; U+FFFD for bytes that are
 * none. */
uint32_t str_take_utf8(str *s);

/* Base 10 (optional sign) or, with parse_hex, base 16 with or without 0x. */
bool str_parse_u64(str s, uint64_t *out);
bool str_parse_i64(str s, int64_t *out);
bool str_parse_hex(str s, uint64_t *out);
bool str_parse_double(str s, double *out);

/* Levenshtein distance, capped at `limit` + 1; names over 64 bytes count as far apart. */
unsigned str_distance(str a, str b, unsigned limit);

/*
 * The nearest of `n` candidates to a mistyped name, or NULL when none is near enough to be meant.
 * `name_of(i, arg)` gives candidate i.
 */
const char *str_nearest(str typed, size_t n, const char *(*name_of)(size_t i, void *arg),
                        void *arg);

/* FNV-1a and a 64-bit mixer for hash tables; hash_bytes is stable across runs and machines. */
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);
/* Eight bytes a step, for what is hashed millions of times; differs between machines. */
uint64_t hash_words(const void *p, size_t n, uint64_t seed);
static inline uint64_t hash_u64(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x7fb5d329728ea185u;
    x ^= x >> 27;
    x *= 0x81dadef4bc2dd44du;
    return x ^ (x >> 33);
}

#endif
