/*
 * ncu_value.h: units and numbers as Nsight Compute writes them.
 *
 * By default it scales every value by itself, so that one column of a report has Kbyte and the next
 * one Mbyte; numbers have thousands separators in some exports and none in others.
 */
#ifndef WARPSCOPE_NCU_VALUE_H
#define WARPSCOPE_NCU_VALUE_H

#include "base/arena.h"
#include "base/str.h"

struct ncu_unit {
    const char *name; /* canonical: "B/s" */
    int exponent;     /* a value times ten to this is in the canonical unit */
};

/*
 * "Gbyte/second" is 9 and "B/s", "usecond" 3 and "ns", "cycle/nsecond" 9 and "Hz"; bytes are
 * decimal. What is not known stays as it is. `name` in `a` or static.
 */
struct ncu_unit ncu_unit(struct arena *a, str text);

/*
 * A finite number in the canonical unit, rounded once; thousands separators are taken where they
 * stand every three digits, and instances behind it, "12 (4; 8)", are passed over.
 */
bool ncu_number(str text, struct ncu_unit unit, double *out);

/* "", "n/a", "nan", "inf" and the like: nothing was measured. */
bool ncu_is_absent(str text);

/* "(12, 1, 1)", "12x1x1" */
bool ncu_extent(str text, uint32_t out[3]);

#endif
