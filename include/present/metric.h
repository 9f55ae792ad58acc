/*
 * metric.h: what the numbers on the screen mean, as data for the explain popup and the manual.
 */
#ifndef WARPSCOPE_PRESENT_METRIC_H
#define WARPSCOPE_PRESENT_METRIC_H

#include "base/str.h"

enum metric {
#define METRIC(id, title, unit, ncu, help) METRIC_##id,
#include "present/metric.def"
#undef METRIC
    METRIC_N
};

struct metric_info {
    const char *id, *title, *unit, *ncu, *help;
};
extern const struct metric_info metric_info[METRIC_N];

#endif
