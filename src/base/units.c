#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

char *units_group(char *out, size_t n, uint64_t value)
{
    char digits[24], grouped[32];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            grouped[at++] = ',';
        grouped[at++] = digits[i];
    }
    grouped[at] = '\0';
    snprintf(out, n, "%s", grouped);
    return out;
}

/* Four significant digits of a number that rounds to 1000 or more are whole: they are grouped. */
#define GROUP_FROM 999.95

/* The largest double below which a whole number is exact and fits an integer. */
#define WHOLE_MAX 9007199254740992.0

static char *number(char *out, size_t n, double v)
{
    double size = fabs(v);
    if (size < GROUP_FROM || size >= WHOLE_MAX) {
        snprintf(out, n, "%.4g", v);
        return out;
    }
    char grouped[32];
    units_group(grouped, sizeof grouped, (uint64_t)llround(size));
    snprintf(out, n, "%s%s", v < 0 ? "-" : "", grouped);
    return out;
}

/* Prefixes are taken while the rounded number would still need the next one: 999.97 k is 1 M. */
static const char *scale(double *v, double step, double next, const char *const *names)
{
    while (fabs(*v) >= next && names[1] != NULL) {
        *v /= step;
        names++;
    }
    return *names;
}

static char *scaled(char *out, size_t n, double v, double step, double next,
                    const char *const *names)
{
    char digits[40];
    const char *name = scale(&v, step, next, names);
    snprintf(out, n, "%s%s", number(digits, sizeof digits, v), name);
    return out;
}

#define SI_STEP  1000.0
#define SI_NEXT  999.95
#define IEC_STEP 1024.0
#define IEC_NEXT 1023.5

/* Counts stay whole as long as they are easy to read. */
#define PLAIN_SCALED_FROM 999999.5

static char *plain(char *out, size_t n, double v)
{
    static const char *const names[] = {"M", "G", "T", "P", "E", NULL};
    if (fabs(v) < PLAIN_SCALED_FROM)
        return number(out, n, v);
    return scaled(out, n, v / 1e6, SI_STEP, SI_NEXT, names);
}

static char *with_unit(char *out, size_t n, double v, const char *unit)
{
    const char *const names[] = {unit, NULL};
    return scaled(out, n, v, SI_STEP, SI_NEXT, names);
}

char *units_format(char *out, size_t n, enum unit_kind kind, double value)
{
    static const char *const bytes[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", NULL};
    static const char *const rates[] = {" B/s", " kB/s", " MB/s", " GB/s", " TB/s", " PB/s", NULL};
    static const char *const hertz[] = {" Hz", " kHz", " MHz", " GHz", " THz", NULL};
    static const char *const times[] = {" ns", " us", " ms", " s", NULL};
    if (isnan(value)) {
        snprintf(out, n, "?");
        return out;
    }
    switch (kind) {
    case UNIT_PLAIN:
        return plain(out, n, value);
    case UNIT_CYCLES:
        return with_unit(out, n, value, " cy");
    case UNIT_BYTES:
        return scaled(out, n, value, IEC_STEP, IEC_NEXT, bytes);
    case UNIT_RATE:
        return scaled(out, n, value, SI_STEP, SI_NEXT, rates);
    case UNIT_HZ:
        return scaled(out, n, value, SI_STEP, SI_NEXT, hertz);
    case UNIT_NS:
        return scaled(out, n, value, SI_STEP, SI_NEXT, times);
    case UNIT_PERCENT:
        return with_unit(out, n, value * 100, " %");
    }
    UNREACHABLE();
}
