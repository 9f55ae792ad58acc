/*
 * metric.h: every number a result publishes: its name, meaning, unit and value, and the metric of
 * Nsight Compute to compare it with. Rows stand in metric.def, stall reasons in stall.def.
 *
 * A model cannot publish a term without a row here: struct result_term is keyed by enum metric, and
 * tests fail for a number of `analyze --format json` that no row claims, and for a row whose value
 * is not that number. To add one: a METRIC row, an EQUATION row below it, and the value.
 */
#ifndef WARPSCOPE_RESULT_METRIC_H
#define WARPSCOPE_RESULT_METRIC_H

#include "base/str.h"

struct result;

enum metric_group {
    METRIC_GROUP_TIME,
    METRIC_GROUP_THROUGHPUT,
    METRIC_GROUP_OCCUPANCY,
    METRIC_GROUP_MEMORY,
    METRIC_GROUP_LAUNCH,
    METRIC_GROUP_MODEL,
    METRIC_GROUP_N
};
const char *metric_group_name(enum metric_group g); /* "time" */

enum metric {
#define METRIC(id, title, unit, group, json, ncu, ncu_title, value, help, advice, stages) \
    METRIC_##id,
#define EQUATION(of, when, text, source)
#include "result/metric.def"
#undef EQUATION
#undef METRIC
    METRIC_N
};

struct metric_info {
    const char *id;    /* "l1_hit_rate": the key in JSON and Lua where it is a term */
    const char *title; /* "L1 hit rate" */
    const char
        *unit; /* "cy"; "ratio" is 0..1 and shown in %; "" = a count of what the title says */
    enum metric_group group;
    const char *json;      /* place in a kernel of `analyze --format json`; "" = not there */
    const char *ncu;       /* metric of Nsight Compute, "" = it has none */
    const char *ncu_title; /* what its report calls it */
    const char *help;      /* what it is, in sentences */
    const char *advice;    /* what usually helps, "" where nothing does */
    const char *stages;    /* stages of a model that decide it, parted by blanks */
};
extern const struct metric_info metric_info[METRIC_N];

/* NAN where the result does not have it. */
double metric_value(enum metric m, const struct result *r);

#endif
