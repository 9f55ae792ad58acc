/*
 * units.h: numbers for people. Four significant digits, SI rates, IEC capacities, fixed width where
 * a table needs it. Machine formats (JSON, CSV) do not use this: they print %.17g and name the
 * unit.
 */
#ifndef WARPSCOPE_BASE_UNITS_H
#define WARPSCOPE_BASE_UNITS_H

#include "base/defs.h"

enum unit_kind {
    UNIT_PLAIN,   /* 1,234 or 1.234M */
    UNIT_CYCLES,  /* 12,345 cy */
    UNIT_BYTES,   /* 1.5 MiB */
    UNIT_RATE,    /* 1.555 TB/s, value in bytes per second */
    UNIT_HZ,      /* 1.41 GHz */
    UNIT_NS,      /* 12.3 us, value in nanoseconds */
    UNIT_PERCENT, /* 12.3 %, value 0..1 */
};

/* Writes into out[n] and returns out. NaN prints "?". */
char *units_format(char *out, size_t n, enum unit_kind kind, double value);

/* 1234567 -> "1,234,567". */
char *units_group(char *out, size_t n, uint64_t value);

#endif
