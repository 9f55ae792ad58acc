/*
 * quantity.c: one name space over three tables.
 */
#include "result/quantity.h"

#include <math.h>

size_t quantity_count(void)
{
    return METRIC_N + STALL_N + GPU_N_PARAMS;
}

struct quantity quantity_at(size_t i)
{
    ASSERT(i < quantity_count());
    if (i < METRIC_N)
        return (struct quantity){QUANTITY_METRIC, (unsigned)i};
    if (i < METRIC_N + STALL_N)
        return (struct quantity){QUANTITY_STALL, (unsigned)(i - METRIC_N)};
    return (struct quantity){QUANTITY_CONSTANT, (unsigned)(i - METRIC_N - STALL_N)};
}

const char *quantity_name(struct quantity q)
{
    switch (q.kind) {
    case QUANTITY_METRIC:
        return metric_info[q.id].id;
    case QUANTITY_STALL:
        return stall_info[q.id].name;
    case QUANTITY_CONSTANT:
        return gpu_params[q.id].field;
    case QUANTITY_NONE:
        break;
    }
    return "";
}

const char *quantity_title(struct quantity q)
{
    return q.kind == QUANTITY_CONSTANT ? gpu_params[q.id].name : quantity_name(q);
}

struct quantity quantity_find(str name)
{
    for (size_t i = 0; i < quantity_count(); i++) {
        struct quantity q = quantity_at(i);
        if (str_is(name, quantity_name(q)) ||
            (q.kind == QUANTITY_CONSTANT && str_is(name, gpu_params[q.id].name)))
            return q;
    }
    return (struct quantity){QUANTITY_NONE, 0};
}

static const char *name_at(size_t i, void *arg)
{
    (void)arg;
    return quantity_name(quantity_at(i));
}

static const char *constant_at(size_t i, void *arg)
{
    (void)arg;
    return gpu_params[i].name;
}

const char *quantity_nearest(str typed)
{
    const char *near = str_nearest(typed, quantity_count(), name_at, NULL);
    return near != NULL ? near : str_nearest(typed, GPU_N_PARAMS, constant_at, NULL);
}

double quantity_value(struct quantity q, struct quantity_values v)
{
    if (q.kind == QUANTITY_CONSTANT)
        return v.g == NULL ? (double)NAN : gpu_value(v.g, (enum gpu_param_id)q.id);
    if (q.kind == QUANTITY_NONE || v.r == NULL)
        return (double)NAN;
    return q.kind == QUANTITY_METRIC ? metric_value((enum metric)q.id, v.r) : v.r->stall[q.id];
}
