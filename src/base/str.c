/* strtod_l is how a number is read the same way under every locale. */
#define _GNU_SOURCE
#include "base/str.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

bool str_starts(str s, str prefix)
{
    return s.n >= prefix.n && str_eq((str){s.p, prefix.n}, prefix);
}

bool str_ends(str s, str suffix)
{
    return s.n >= suffix.n && str_eq((str){s.p + (s.n - suffix.n), suffix.n}, suffix);
}

bool str_has(str s, str needle)
{
    return needle.n == 0 || (s.n > 0 && memmem(s.p, s.n, needle.p, needle.n) != NULL);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_cut(str *rest, char sep, str *out)
{
    if (rest->p == NULL)
        return false;
    const char *end = rest->n == 0 ? NULL : memchr(rest->p, sep, rest->n);
    if (end == NULL) {
        *out = *rest;
        *rest = (str){NULL, 0};
        return true;
    }
    *out = (str){rest->p, (size_t)(end - rest->p)};
    *rest = (str){end + 1, rest->n - out->n - 1};
    return true;
}

bool str_wrap(str *rest, size_t width, str *line)
{
    *rest = str_trim(*rest);
    if (rest->n == 0)
        return false;
    size_t end = 0;
    for (size_t i = 1; i <= rest->n && (i <= width || end == 0); i++)
        if (i == rest->n || rest->p[i] == ' ')
            end = i;
    *line = str_trim((str){rest->p, end});
    *rest = (str){rest->p + end, rest->n - end};
    return true;
}

static bool digit_of(char c, unsigned base, unsigned *out)
{
    if (c >= '0' && c <= '9')
        *out = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *out = (unsigned)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        *out = (unsigned)(c - 'A') + 10;
    else
        return false;
    return *out < base;
}

static bool parse_digits(str s, unsigned base, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit;
        if (!digit_of(s.p[i], base, &digit) || __builtin_mul_overflow(v, base, &v) ||
            __builtin_add_overflow(v, digit, &v))
            return false;
    }
    if (s.n > 0)
        *out = v;
    return s.n > 0;
}

static bool take_char(str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

bool str_parse_u64(str s, uint64_t *out)
{
    take_char(&s, '+');
    return parse_digits(s, 10, out);
}

bool str_parse_i64(str s, int64_t *out)
{
    bool negative = take_char(&s, '-');
    if (!negative)
        take_char(&s, '+');
    uint64_t v;
    if (!parse_digits(s, 10, &v) || v > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool str_parse_hex(str s, uint64_t *out)
{
    if (str_starts(s, STR("0x")) || str_starts(s, STR("0X")))
        s = (str){s.p + 2, s.n - 2};
    return parse_digits(s, 16, out);
}

/* Decimal notation only: strtod alone would take blanks, hexadecimal, "nan" and "inf" too. */
static bool looks_decimal(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.p[i]) && memchr("+-.eE", s.p[i], 5) == NULL)
            return false;
    return s.n > 0;
}

bool str_parse_double(str s, double *out)
{
    char copy[128];
    if (s.n >= sizeof copy || !looks_decimal(s))
        return false;
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    /* glibc hands out a static object for "C": nothing is allocated. */
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *end;
    double v = strtod_l(copy, &end, c_locale);
    freelocale(c_locale);
    if (end != copy + s.n || !isfinite(v))
        return false;
    *out = v;
    return true;
}

enum { NAME_MAX_B = 64 };

unsigned str_distance(str a, str b, unsigned limit)
{
    if (a.n > NAME_MAX_B || b.n > NAME_MAX_B)
        return limit + 1;
    unsigned row[NAME_MAX_B + 1]; /* distances of a[0..i) to every prefix of b */
    for (unsigned j = 0; j <= b.n; j++)
        row[j] = j;
    for (unsigned i = 0; i < a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (unsigned j = 0; j < b.n; j++) {
            unsigned change = diagonal + (a.p[i] != b.p[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(change, MIN(row[j], diagonal) + 1);
        }
    }
    return MIN(row[b.n], limit + 1);
}

const char *str_nearest(str typed, size_t n, const char *(*name_of)(size_t i, void *arg), void *arg)
{
    if (typed.n == 0)
        return NULL;
    /* Less than the whole name may differ, or every short name would be near. */
    unsigned limit = (unsigned)MIN(1 + typed.n / 4, typed.n - 1);
    unsigned best = limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        const char *name = name_of(i, arg);
        unsigned distance = str_distance(typed, str_from(name), limit);
        if (distance < best) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *bytes = p;
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* Bytes of a code point by its first; 0: begins none. */
static size_t utf8_length(unsigned char c)
{
    return c < 0x80 ? 1 : c >= 0xf5 ? 0 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
}

uint32_t str_take_utf8(str *s)
{
    enum { REPLACEMENT = 0xfffd };
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)s->p[0];
    size_t n = utf8_length(c), i = 1;
    uint32_t cp = n < 2 ? c : c & (0xffu >> (n + 1));
    if (n > s->n)
        n = 0;
    for (; i < n && ((unsigned char)s->p[i] & 0xc0) == 0x80; i++)
        cp = cp << 6 | ((unsigned char)s->p[i] & 0x3fu);
    s->p += i, s->n -= i;
    if (n == 0 || i < n || cp > 0x10ffff || cp < least[n] || (cp >= 0xd800 && cp < 0xe000))
        return REPLACEMENT;
    return cp;
}

uint64_t hash_words(const void *p, size_t n, uint64_t seed)
{
    uint64_t h = seed ^ n, word;
    for (; n >= sizeof word; n -= sizeof word, p = (const char *)p + sizeof word) {
        memcpy(&word, p, sizeof word);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, p, n);
    return hash_u64(h ^ word);
}
