#include "present/metric.h"

const struct metric_info metric_info[METRIC_N] = {
#define METRIC(id, title, unit, ncu, help) {#id, title, unit, ncu, help},
#include "present/metric.def"
#undef METRIC
};
