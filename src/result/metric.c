/*
 * metric.c: the table of metrics.
 */
#include "result/metric.h"

#include <math.h>

#include "result/result.h"

#define EQUATION(of, when, text, source)

const struct metric_info metric_info[METRIC_N] = {
#define METRIC(id, title, unit, group, json, ncu, ncu_title, value, help, advice, stages) \
    {#id, title, unit, METRIC_GROUP_##group, json, ncu, ncu_title, help, advice, stages},
#include "result/metric.def"
#undef METRIC
};

const char *metric_group_name(enum metric_group g)
{
    static const char *const names[METRIC_GROUP_N] = {
        [METRIC_GROUP_TIME] = "time",           [METRIC_GROUP_THROUGHPUT] = "throughput",
        [METRIC_GROUP_OCCUPANCY] = "occupancy", [METRIC_GROUP_MEMORY] = "memory",
        [METRIC_GROUP_LAUNCH] = "launch",       [METRIC_GROUP_MODEL] = "model",
    };
    return names[g];
}

/* How the rows of the table say where a value stands. */
#define UNKNOWN  ((double)NAN)
#define TERM(id) result_term(r, METRIC_##id)
#define LEVEL(l) r->level[RESULT_##l]
#define LIMIT(l) (double)r->occupancy.limit[LIMITER_##l]
#define METRIC(id, title, unit, group, json, ncu, ncu_title, value, help, advice, stages) \
    static double value_of_##id(const struct result *r)                                   \
    {                                                                                     \
        (void)r;                                                                          \
        return value;                                                                     \
    }
#include "result/metric.def"
#undef METRIC

double metric_value(enum metric m, const struct result *r)
{
    static double (*const value_of[METRIC_N])(const struct result *r) = {
#define METRIC(id, title, unit, group, json, ncu, ncu_title, value, help, advice, stages) \
    value_of_##id,
#include "result/metric.def"
#undef METRIC
    };
    return value_of[m](r);
}
