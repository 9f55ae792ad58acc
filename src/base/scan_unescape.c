#include "base/scan.h"

/* The unit of a "\uXXXX" that *raw begins with. */
static bool take_unit(str *raw, uint64_t *unit)
{
    if (raw->n < 6 || raw->p[0] != '\\' || raw->p[1] != 'u' ||
        !str_parse_hex((str){raw->p + 2, 4}, unit))
        return false;
    *raw = (str){raw->p + 6, raw->n - 6};
    return true;
}

static bool is_high(uint64_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(uint64_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* What a unit stands for, with the one behind it where the two are a pair. */
static uint32_t code_point(uint64_t unit, str *raw)
{
    str rest = *raw;
    uint64_t low;
    if (!is_high(unit) || !take_unit(&rest, &low) || !is_low(low))
        return (uint32_t)unit;
    *raw = rest;
    return (uint32_t)(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

static char meaning(char escape)
{
    static const char of[256] = {
        ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    char c = of[(unsigned char)escape];
    return c != 0 ? c : escape;
}

void scan_unescape(struct text *out, str raw)
{
    while (raw.n > 0) {
        const char *escape = memchr(raw.p, '\\', raw.n);
        size_t plain = escape == NULL ? raw.n : (size_t)(escape - raw.p);
        uint64_t unit;
        text_add(out, (str){raw.p, plain});
        raw = (str){raw.p + plain, raw.n - plain};
        if (take_unit(&raw, &unit)) {
            text_put_utf8(out, code_point(unit, &raw));
        } else if (raw.n > 1) {
            text_putc(out, meaning(raw.p[1]));
            raw = (str){raw.p + 2, raw.n - 2};
        } else {
            raw.n = 0;
        }
    }
}
