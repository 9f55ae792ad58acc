#include "ncu_value.h"

#include <ctype.h>
#include <stdio.h>

/* ---- units ---- */

/* The long prefixes are Nsight Compute's, the short ones those of other tools' files. */
static const struct {
    const char *text;
    int exponent;
} prefixes[] = {
    {"", 0},   {"K", 3},  {"k", 3},  {"M", 6},   {"G", 9},         {"T", 12},        {"P", 15},
    {"m", -3}, {"u", -6}, {"n", -9}, {"p", -12}, {"\xc2\xb5", -6}, {"\xce\xbc", -6},
};

/* What may have a prefix; everything else is taken as it stands. */
static const struct {
    const char *text, *name;
} scaled[] = {
    {"byte", "B"}, {"B", "B"},      {"second", "s"},  {"s", "s"},           {"hz", "Hz"},
    {"Hz", "Hz"},  {"cycle", "cy"}, {"inst", "inst"}, {"sector", "sector"},
};

/* The name of one side of a unit; *exponent is that of its prefix. */
static const char *side(struct arena *a, str text, int *exponent)
{
    *exponent = 0;
    for (size_t s = 0; s < ARRAY_LEN(scaled); s++) {
        str base = str_from(scaled[s].text);
        if (!str_ends(text, base))
            continue;
        str prefix = {text.p, text.n - base.n};
        for (size_t p = 0; p < ARRAY_LEN(prefixes); p++) {
            if (!str_is(prefix, prefixes[p].text))
                continue;
            *exponent = prefixes[p].exponent;
            return scaled[s].name;
        }
    }
    return arena_strndup(a, text.p, text.n);
}

/* Times are kept in nanoseconds, rates by the second. */
struct ncu_unit ncu_unit(struct arena *a, str text)
{
    int above_exponent, below_exponent;
    str rest = str_trim(text), first = {"", 0};
    (void)str_cut(&rest, '/', &first);
    const char *above = side(a, first, &above_exponent);
    if (rest.n == 0) {
        bool is_time = strcmp(above, "s") == 0;
        return (struct ncu_unit){is_time ? "ns" : above, above_exponent + (is_time ? 9 : 0)};
    }
    const char *below = side(a, rest, &below_exponent);
    struct ncu_unit u = {NULL, above_exponent - below_exponent};
    bool is_clock = strcmp(above, "cy") == 0 && strcmp(below, "s") == 0;
    u.name = is_clock ? "Hz" : arena_printf(a, "%s/%s", above, below);
    return u;
}

/* ---- numbers ---- */

static bool is_digits(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.p[i]))
            return false;
    return s.n > 0;
}

/* Copies `text` without its separators; false when they are none or it does not fit. */
static bool ungroup(str text, char *out, size_t n)
{
    str rest = {text.p, 0}, group;
    while (rest.n < text.n && strchr(".eE", text.p[rest.n]) == NULL)
        rest.n++;
    str tail = {text.p + rest.n, text.n - rest.n};
    size_t at = 0, groups = 0;
    if (text.n >= n)
        return false;
    for (; str_cut(&rest, ',', &group); groups++) {
        str digits = group;
        if (groups == 0 && digits.n > 0 && (digits.p[0] == '-' || digits.p[0] == '+'))
            digits = (str){digits.p + 1, digits.n - 1};
        bool is_whole = groups > 0 ? digits.n == 3 : digits.n <= 3;
        if (memchr(text.p, ',', text.n) != NULL && (!is_whole || !is_digits(digits)))
            return false;
        memcpy(out + at, group.p, group.n);
        at += group.n;
    }
    if (tail.n > 0)
        memcpy(out + at, tail.p, tail.n);
    out[at + tail.n] = '\0';
    return true;
}

/* What stands before " (1; 2)". */
static str without_instances(str text)
{
    const char *open = memchr(text.p, '(', text.n);
    if (open == NULL || open == text.p || text.p[text.n - 1] != ')')
        return text;
    return str_trim((str){text.p, (size_t)(open - text.p)});
}

/* The scale becomes the exponent of the digits, so that 1.23 Kbyte is 1230 and nothing near it. */
bool ncu_number(str text, struct ncu_unit unit, double *out)
{
    char digits[96], scaled_digits[120];
    text = str_trim(text);
    if (text.n == 0 || !ungroup(without_instances(text), digits, sizeof digits))
        return false;
    if (unit.exponent == 0)
        return str_parse_double(str_from(digits), out);
    if (strpbrk(digits, "eE") == NULL) {
        snprintf(scaled_digits, sizeof scaled_digits, "%se%d", digits, unit.exponent);
        return str_parse_double(str_from(scaled_digits), out);
    }
    double scale = 0;
    snprintf(scaled_digits, sizeof scaled_digits, "1e%d", unit.exponent);
    if (!str_parse_double(str_from(digits), out) ||
        !str_parse_double(str_from(scaled_digits), &scale))
        return false;
    *out *= scale;
    return *out - *out == 0; /* still finite */
}

bool ncu_is_absent(str text)
{
    static const char *const words[] = {"",    "n/a",  "N/A",   "nan",     "-nan", "NaN",
                                        "inf", "-inf", "(nan)", "no data", "-",    "<error>"};
    text = str_trim(text);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_is(text, words[i]))
            return true;
    return false;
}

bool ncu_extent(str text, uint32_t out[3])
{
    text = str_trim(text);
    bool has_brackets = text.n > 1 && text.p[0] == '(' && text.p[text.n - 1] == ')';
    str rest = has_brackets ? (str){text.p + 1, text.n - 2} : text, part;
    uint64_t v[3];
    size_t n = 0;
    for (; str_cut(&rest, has_brackets ? ',' : 'x', &part); n++) {
        if (n == 3 || !str_parse_u64(str_trim(part), &v[n]) || v[n] > UINT32_MAX)
            return false;
    }
    for (size_t i = 0; n == 3 && i < 3; i++)
        out[i] = (uint32_t)v[i];
    return n == 3;
}
