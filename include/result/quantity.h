/*
 * quantity.h: whatever has a name and a number: a metric, a stall reason, or a constant of the GPU
 * description. Names are one name space, so equations and people need not say which it is.
 */
#ifndef WARPSCOPE_RESULT_QUANTITY_H
#define WARPSCOPE_RESULT_QUANTITY_H

#include "gpu/gpu.h"
#include "result/result.h"

enum quantity_kind { QUANTITY_NONE, QUANTITY_METRIC, QUANTITY_STALL, QUANTITY_CONSTANT };

struct quantity {
    enum quantity_kind kind;
    unsigned id; /* enum metric, enum stall or enum gpu_param_id */
};

/* All of them: metrics, then stalls, then constants. */
size_t quantity_count(void);
struct quantity quantity_at(size_t i);
/* As equations have it: "l1_hit_rate", "long_scoreboard", "lat_l1_cy". */
const char *quantity_name(struct quantity q);
/* As people write it: the same, but "latency.l1" for a constant. */
const char *quantity_title(struct quantity q);

/* QUANTITY_NONE when nothing has this name. A constant also goes by its name in the description
 * ("latency.l1"). */
struct quantity quantity_find(str name);
/* The name nearest to a mistyped one, NULL when none is near enough to be meant. */
const char *quantity_nearest(str typed);

/* A result and the description it was made on; either may be NULL: its numbers are not known. */
struct quantity_values {
    const struct result *r;
    const struct gpu *g;
};
/* NAN when not known. */
double quantity_value(struct quantity q, struct quantity_values v);

#endif
