#include "gpu/gpu.h"

#include <math.h>

#define REQUIRED true
#define OPTIONAL false
#define GPU_PARAM(field, section, key, unit, min, max, need, help) \
    {section "." key, #field, section, key, unit, help, min, max, need},
const struct gpu_param gpu_params[GPU_N_PARAMS] = {
#include "gpu/gpu_param.def"
};
#undef GPU_PARAM
#undef OPTIONAL
#undef REQUIRED

static const char *name_at(size_t i, void *arg)
{
    (void)arg;
    return gpu_params[i].name;
}

static const char *key_at(size_t i, void *arg)
{
    (void)arg;
    return gpu_params[i].key;
}

/* The parameter meant by a mistyped name; a key without its section is the likeliest slip. */
static const char *suggest(str typed)
{
    const char *key = str_nearest(typed, GPU_N_PARAMS, key_at, NULL);
    for (size_t i = 0; key != NULL && i < GPU_N_PARAMS; i++)
        if (gpu_params[i].key == key)
            return gpu_params[i].name;
    return str_nearest(typed, GPU_N_PARAMS, name_at, NULL);
}

int gpu_find_param(str name, struct err *e)
{
    for (int i = 0; i < GPU_N_PARAMS; i++)
        if (str_is(name, gpu_params[i].name))
            return i;
    err_set(e, STATUS_USAGE, "no parameter of a GPU is called '%.*s'", (int)MIN(name.n, 80),
            name.p);
    const char *nearest = suggest(name);
    if (nearest != NULL)
        err_hint(e, "did you mean '%s'?", nearest);
    return -1;
}

struct gpu_count gpu_count_params(const struct gpu *g)
{
    struct gpu_count n = {0, 0};
    for (unsigned id = 0; id < GPU_N_PARAMS; id++)
        if (!isnan(gpu_value(g, (enum gpu_param_id)id))) {
            n.known++;
            n.inferred += g->note[id].is_inferred;
        }
    return n;
}

double gpu_pipe_interval_cy(const struct gpu *g, double lanes)
{
    return 32 * g->v.sub_cores / lanes;
}

double gpu_peak_fp32_flops(const struct gpu *g)
{
    return g->v.sm_count * g->v.fp32_lanes * 2 * g->v.core_clock_mhz * 1e6;
}

double gpu_peak_tensor_flops(const struct gpu *g)
{
    double fma_per_cy = g->v.tensor_cores * g->v.tensor_f16_f32;
    return fma_per_cy > 0 ? g->v.sm_count * fma_per_cy * 2 * g->v.core_clock_mhz * 1e6 : 0;
}

double gpu_dram_b_per_cy(const struct gpu *g)
{
    double gb_s = isnan(g->v.dram_achieved_gb_s) ? g->v.dram_gb_s : g->v.dram_achieved_gb_s;
    return gb_s * 1e3 / g->v.core_clock_mhz;
}

static bool same_value(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

size_t gpu_diff(const struct gpu *a, const struct gpu *b, enum gpu_param_id out[GPU_N_PARAMS])
{
    size_t n = 0;
    for (unsigned id = 0; id < GPU_N_PARAMS; id++)
        if (!same_value(gpu_value(a, id), gpu_value(b, id)))
            out[n++] = id;
    return n;
}

bool gpu_same_carveouts(const struct gpu *a, const struct gpu *b)
{
    if (a->n_carveouts != b->n_carveouts)
        return false;
    for (unsigned i = 0; i < a->n_carveouts; i++)
        if (!same_value(a->carveout_kib[i], b->carveout_kib[i]))
            return false;
    return true;
}
