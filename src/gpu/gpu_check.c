#include "gpu_check.h"

#include <math.h>

/* --- one value ------------------------------------------------------------------------------- */

/* Units of things that come in whole numbers. */
static const char *const counted[] = {"SM",      "sub-core",  "thread", "CTA", "register",
                                      "warp",    "core",      "bank",   "way", "slice",
                                      "channel", "partition", "entry"};

static bool is_counted(const char *unit)
{
    for (size_t i = 0; i < ARRAY_LEN(counted); i++)
        if (strcmp(unit, counted[i]) == 0)
            return true;
    return false;
}

enum status gpu_check_value(enum gpu_param_id id, double value, struct err *e)
{
    const struct gpu_param *p = &gpu_params[id];
    const char *whole = is_counted(p->unit) ? "a whole number" : "a number";
    bool in_range = value >= p->min && value <= p->max; /* false for NAN */
    if (in_range && (!is_counted(p->unit) || value == floor(value)))
        return STATUS_OK;
    err_set(e, STATUS_INPUT, "%s is %s", p->name, in_range ? "not whole" : "out of range");
    err_expected(e, "%s from %.10g to %.10g %s", whole, p->min, p->max, p->unit);
    err_found(e, "%g", value);
    err_hint(e, "%s: %s", p->name, p->help);
    return STATUS_INPUT;
}

/* --- carve-outs ------------------------------------------------------------------------------ */

enum status gpu_check_carveouts(const struct gpu *g, struct err *e)
{
    double last = -1;
    for (unsigned i = 0; i < g->n_carveouts; i++) {
        double kib = g->carveout_kib[i];
        if (!(kib > last)) {
            err_set(e, STATUS_INPUT, "the shared-memory carve-outs do not ascend");
            err_found(e, "%g after %g KiB", kib, last);
            return STATUS_INPUT;
        }
        last = kib;
    }
    if (g->n_carveouts > 0 && last < g->v.l1_total_kib)
        return STATUS_OK;
    err_set(e, STATUS_INPUT, "the shared-memory carve-outs do not fit memory.l1_and_shared");
    err_expected(e, "at least one, all below %g KiB", g->v.l1_total_kib);
    err_found(e, "%u, the largest %g KiB", g->n_carveouts, last);
    return STATUS_INPUT;
}

/* --- two values ------------------------------------------------------------------------------ */

enum relation { BELOW, AT_MOST, MULTIPLE_OF };

static const struct pair {
    enum gpu_param_id a;
    enum relation relation;
    enum gpu_param_id b;
} pairs[] = {
    {GPU_max_threads_per_cta, AT_MOST, GPU_max_threads_per_sm},
    {GPU_regs_per_cta, AT_MOST, GPU_regs_per_sm},
    {GPU_regs_per_sm, MULTIPLE_OF, GPU_reg_alloc_unit},
    {GPU_tensor_cores, MULTIPLE_OF, GPU_sub_cores},
    {GPU_l1_line_b, MULTIPLE_OF, GPU_sector_b},
    {GPU_l2_line_b, MULTIPLE_OF, GPU_sector_b},
    {GPU_l2_slices, MULTIPLE_OF, GPU_l2_partitions},
    {GPU_lat_l1_cy, BELOW, GPU_lat_l2_cy},
    {GPU_lat_const_cy, AT_MOST, GPU_lat_const2_cy},
    {GPU_lat_fence_cta_cy, AT_MOST, GPU_lat_fence_gpu_cy},
    {GPU_lat_fence_gpu_cy, AT_MOST, GPU_lat_fence_sys_cy},
    {GPU_dram_achieved_gb_s, AT_MOST, GPU_dram_gb_s},
};

/* The way to DRAM leads through L2, unless latency.dram counts from L1. */
static const struct pair whole_ways[] = {
    {GPU_lat_l2_cy, AT_MOST, GPU_lat_l2_far_cy},
    {GPU_lat_l2_far_cy, AT_MOST, GPU_lat_dram_cy},
    {GPU_lat_l2_cy, AT_MOST, GPU_lat_dram_cy},
};

/* A value that is not known breaks no rule. */
static bool pair_holds(double a, enum relation relation, double b)
{
    if (isnan(a) || isnan(b))
        return true;
    if (relation == BELOW)
        return a < b;
    return relation == AT_MOST ? a <= b : fmod(a, b) == 0;
}

static enum status check_pairs(const struct gpu *g, const struct pair *pair, size_t n,
                               enum gpu_param_id *culprit, struct err *e)
{
    static const char *const texts[] = {"below", "at most", "a multiple of"};
    for (size_t i = 0; i < n; i++) {
        double a = gpu_value(g, pair[i].a), b = gpu_value(g, pair[i].b);
        const char *name_a = gpu_params[pair[i].a].name, *name_b = gpu_params[pair[i].b].name;
        if (pair_holds(a, pair[i].relation, b))
            continue;
        *culprit = pair[i].a;
        err_set(e, STATUS_INPUT, "%s and %s do not fit together", name_a, name_b);
        err_expected(e, "%s %s %s", name_a, texts[pair[i].relation], name_b);
        err_found(e, "%g and %g %s", a, b, gpu_params[pair[i].b].unit);
        return STATUS_INPUT;
    }
    return STATUS_OK;
}

/* --- other rules ----------------------------------------------------------------------------- */

static bool threads_are_warps(const struct gpu *g)
{
    return fmod(g->v.max_threads_per_sm, 32) == 0 && fmod(g->v.max_threads_per_cta, 32) == 0;
}

static bool smem_of_cta_fits(const struct gpu *g)
{
    double need_kib = g->v.smem_per_cta_kib + g->v.smem_reserved_b / 1024;
    return need_kib <= g->carveout_kib[g->n_carveouts - 1];
}

static bool is_power_of_two(double v)
{
    return v >= 1 && v <= 65536 && ((unsigned)v & ((unsigned)v - 1)) == 0;
}

static bool l1_line_is_power(const struct gpu *g)
{
    return is_power_of_two(g->v.l1_line_b);
}

static bool l2_line_is_power(const struct gpu *g)
{
    return is_power_of_two(g->v.l2_line_b);
}

static bool l2_has_sets(const struct gpu *g)
{
    return g->v.l2_kib * 1024 >= g->v.l2_line_b * g->v.l2_ways;
}

static bool dram_is_behind_l2(const struct gpu *g)
{
    return !g->dram_from_l1 || g->v.lat_dram_cy > g->v.lat_l2_cy - g->v.lat_l1_cy;
}

static bool launch_costs_time(const struct gpu *g)
{
    for (unsigned w = 1; w <= g->v.max_threads_per_cta / 32; w++)
        if ((g->v.kll_alpha * w + g->v.kll_beta) * w + g->v.kll_gamma < 0)
            return false;
    return true;
}

static const struct rule {
    bool (*holds)(const struct gpu *g);
    enum gpu_param_id culprit;
    const char *text;
} rules[] = {
    {threads_are_warps, GPU_max_threads_per_sm,
     "threads of an SM and of a CTA in whole warps of 32"},
    {smem_of_cta_fits, GPU_smem_per_cta_kib,
     "shared_per_cta and shared_reserved_per_cta together within the largest carve-out"},
    {l1_line_is_power, GPU_l1_line_b, "a line of a power of two"},
    {l2_line_is_power, GPU_l2_line_b, "a line of a power of two"},
    {l2_has_sets, GPU_l2_ways, "an L2 of at least one set: l2_line times l2_ways within l2"},
    {dram_is_behind_l2, GPU_lat_dram_cy, "a latency counted from L1 above l2 - l1"},
    {launch_costs_time, GPU_kll_alpha,
     "a cost of a CTA, alpha w^2 + beta w + gamma, that is not negative for any w"},
};

static enum status check_rules(const struct gpu *g, enum gpu_param_id *culprit, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].holds(g))
            continue;
        const struct gpu_param *p = &gpu_params[rules[i].culprit];
        *culprit = rules[i].culprit;
        err_set(e, STATUS_INPUT, "%s does not fit the other values", p->name);
        err_expected(e, "%s", rules[i].text);
        err_found(e, "%s %g %s", p->key, gpu_value(g, rules[i].culprit), p->unit);
        return STATUS_INPUT;
    }
    return STATUS_OK;
}

enum status gpu_check_places(const struct gpu *g, enum gpu_param_id *culprit, struct err *e)
{
    for (unsigned id = 0; id < GPU_N_PARAMS; id++) {
        *culprit = id;
        if (gpu_params[id].is_required || !isnan(gpu_value(g, id)))
            TRY(gpu_check_value(id, gpu_value(g, id), e));
    }
    *culprit = GPU_N_PARAMS;
    TRY(gpu_check_carveouts(g, e));
    TRY(check_pairs(g, pairs, ARRAY_LEN(pairs), culprit, e));
    if (!g->dram_from_l1)
        TRY(check_pairs(g, whole_ways, ARRAY_LEN(whole_ways), culprit, e));
    return check_rules(g, culprit, e);
}

enum status gpu_check(const struct gpu *g, struct err *e)
{
    enum gpu_param_id culprit;
    return gpu_check_places(g, &culprit, e);
}

enum status gpu_set(struct gpu *g, enum gpu_param_id id, double value, struct err *e)
{
    TRY(gpu_check_value(id, value, e));
    struct gpu changed = *g;
    ((double *)&changed.v)[id] = value;
    changed.note[id] = (struct gpu_note){"", "", "", false, GPU_CHANGED};
    TRY(gpu_check(&changed, e));
    *g = changed;
    return STATUS_OK;
}
