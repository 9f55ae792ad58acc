/*
 * compose_roofline.c: how long each resource is needed at least; the longest is the time.
 *
 *     issue   instructions of the fullest sub-core / IR
 *     pipe    sum of intervals on the fullest sub-core, tensor by type
 *     memory  memory instructions of the busiest SM * memory_interval
 *     l1      sectors of the busiest SM * 32 B / B_L1            shared: bytes / B_shared
 *     l2      sectors of the grid * 32 B / B_L2                  dram: the same
 *
 * After Williams, Waterman and Patterson (Roofline, CACM 2009), one roof for each resource. A bound
 * from below: nothing waits, caches answer as simulated. What the highest roof takes above issue is
 * charged to the instructions that use it.
 */
#include <math.h>

#include "compose.h"
#include "wave_cost.h"

enum kind { BY_ISSUE, BY_PIPE, BY_MEMORY, BY_L1, BY_SHARED, BY_L2, BY_DRAM };

struct roof {
    enum metric metric;
    const char *name;
    enum kind kind;
    enum unit unit; /* BY_PIPE */
    double cy;
};

enum { MAX_ROOFS = UNIT_N + 6, MAX_TYPES = SASS_TYPE_INT32 + 1 };

static const enum metric unit_metric[UNIT_LSU] = {
    [UNIT_INT] = METRIC_roof_int_cy,         [UNIT_FP32] = METRIC_roof_fp32_cy,
    [UNIT_FP16] = METRIC_roof_fp16_cy,       [UNIT_FP64] = METRIC_roof_fp64_cy,
    [UNIT_XU] = METRIC_roof_xu_cy,           [UNIT_TENSOR] = METRIC_roof_tensor_cy,
    [UNIT_UNIFORM] = METRIC_roof_uniform_cy, [UNIT_BRANCH] = METRIC_roof_branch_cy,
};

static const struct {
    enum sass_type type;
    enum metric metric;
} types[] = {
    {SASS_TYPE_F16, METRIC_roof_tensor_f16_cy},   {SASS_TYPE_BF16, METRIC_roof_tensor_bf16_cy},
    {SASS_TYPE_TF32, METRIC_roof_tensor_tf32_cy}, {SASS_TYPE_F32, METRIC_roof_tensor_f32_cy},
    {SASS_TYPE_F64, METRIC_roof_tensor_f64_cy},   {SASS_TYPE_FP8, METRIC_roof_tensor_fp8_cy},
    {SASS_TYPE_INT8, METRIC_roof_tensor_int8_cy}, {SASS_TYPE_INT4, METRIC_roof_tensor_int4_cy},
    {SASS_TYPE_BIT, METRIC_roof_tensor_bit_cy},
};

/* Needs of one warp of a path. */
struct need {
    double steps, pipe[UNIT_N], tensor[MAX_TYPES];
    double accesses, l1_cy, shared_cy;
};

struct survey {
    struct need *paths; /* by path */
    struct need sub_core[WAVE_MAX_SUB_CORES];
    double *executions; /* by static instruction, over the grid */
};

static struct need need_of(const struct pipeline *p, const struct trace_path *path)
{
    struct need n = {.steps = path->n_steps};
    for (uint32_t s = 0; s < path->n_steps; s++) {
        const struct timing *t = &p->timing[path->steps[s].code];
        if (path->steps[s].mask == 0)
            continue;
        if (t->unit == UNIT_TENSOR)
            n.tensor[p->k->code[path->steps[s].code].op.in_type] += t->interval_cy;
        if (t->unit < UNIT_LSU)
            n.pipe[t->unit] += t->interval_cy;
        n.accesses += t->unit == UNIT_LSU;
        *(t->uses_l1 ? &n.l1_cy : &n.shared_cy) += t->unit == UNIT_LSU ? t->interval_cy : 0;
    }
    return n;
}

static void add_need(struct need *sum, const struct need *n, double times)
{
    sum->steps += n->steps * times;
    sum->accesses += n->accesses * times;
    sum->l1_cy += n->l1_cy * times;
    sum->shared_cy += n->shared_cy * times;
    for (int u = 0; u < UNIT_N; u++)
        sum->pipe[u] += n->pipe[u] * times;
    for (int t = 0; t < MAX_TYPES; t++)
        sum->tensor[t] += n->tensor[t] * times;
}

static enum status survey_make(struct pipeline *p, struct survey *s)
{
    s->paths = ARENA_ARRAY(p->scratch, struct need, p->k->n_paths);
    s->executions = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    for (uint32_t i = 0; i < p->k->n_paths; i++) {
        const struct trace_path *path = &p->k->paths[i];
        if (!tick_step(p->tick, i, p->k->n_paths))
            return STATUS_CANCELLED;
        s->paths[i] = need_of(p, path);
        for (uint32_t n = 0; n < path->n_steps; n++)
            s->executions[path->steps[n].code] += path->steps[n].mask != 0 ? path->n_warps : 0;
    }
    for (uint32_t w = 0; w < p->waves.n_waves; w++)
        for (uint32_t i = 0; i < p->waves.waves[w].n_warps; i++) {
            const struct wave_warp *warp = &p->waves.waves[w].warps[i];
            add_need(&s->sub_core[warp->sub_core], &s->paths[warp->path], p->waves.waves[w].repeat);
        }
    return STATUS_OK;
}

/* Fills roofs[], issue first; returns how many. */
static unsigned raise_roofs(struct pipeline *p, const struct survey *s,
                            struct roof roofs[MAX_ROOFS])
{
    struct need sm = {0}, most = {0};
    for (unsigned c = 0; c < WAVE_MAX_SUB_CORES; c++) {
        add_need(&sm, &s->sub_core[c], 1);
        most.steps = MAX(most.steps, s->sub_core[c].steps);
        for (int u = 0; u < UNIT_LSU; u++)
            most.pipe[u] = MAX(most.pipe[u], s->sub_core[c].pipe[u]);
    }
    unsigned n = 0;
    roofs[n++] = (struct roof){METRIC_roof_issue_cy, "issue", BY_ISSUE, UNIT_NONE,
                               most.steps / p->g->v.issue_rate};
    for (int u = 0; u < UNIT_LSU; u++) {
        roofs[n++] = (struct roof){unit_metric[u], unit_name((enum unit)u), BY_PIPE, (enum unit)u,
                                   most.pipe[u]};
        p->busy_cy[u] = most.pipe[u];
    }
    const struct result_level *level = p->memory.level;
    const struct roof memory[] = {
        {METRIC_roof_memory_pipe_cy, "memory pipe", BY_MEMORY, UNIT_LSU,
         sm.accesses * p->g->v.mem_ii_cy},
        {METRIC_roof_l1_cy, "l1", BY_L1, UNIT_LSU, sm.l1_cy},
        {METRIC_roof_shared_cy, "shared", BY_SHARED, UNIT_LSU, sm.shared_cy},
        {METRIC_roof_l2_cy, "l2", BY_L2, UNIT_LSU, level[RESULT_L2].bytes / p->g->v.l2_b_per_cy},
        {METRIC_roof_dram_cy, "dram", BY_DRAM, UNIT_LSU,
         level[RESULT_DRAM].bytes / gpu_dram_b_per_cy(p->g)},
    };
    for (size_t i = 0; i < ARRAY_LEN(memory); i++)
        roofs[n++] = memory[i];
    p->l1_data_cy = sm.l1_cy + sm.shared_cy;
    return n;
}

static bool is_shared(const struct timing *t)
{
    return t->unit == UNIT_LSU && !t->uses_l1;
}

/* How much static instruction `c` uses the roof, all its executions together. */
static double use_of(const struct pipeline *p, const struct survey *s, const struct roof *r,
                     uint32_t c)
{
    const struct timing *t = &p->timing[c];
    switch (r->kind) {
    case BY_PIPE:
        return t->unit == r->unit ? t->interval_cy * s->executions[c] : 0;
    case BY_MEMORY:
        return t->unit == UNIT_LSU ? s->executions[c] : 0;
    case BY_L1:
        return t->unit == UNIT_LSU && t->uses_l1 ? t->interval_cy * s->executions[c] : 0;
    case BY_SHARED:
        return is_shared(t) ? t->interval_cy * s->executions[c] : 0;
    case BY_L2:
        return p->l2_service_cy[c] * p->memory.code[c].executions;
    case BY_DRAM:
        return p->dram_service_cy[c] * p->memory.code[c].executions;
    case BY_ISSUE:
        break;
    }
    return 0;
}

static enum stall reason_of(const struct roof *r, const struct timing *t)
{
    if (r->kind == BY_PIPE)
        return STALL_MATH_PIPE_THROTTLE;
    if (r->kind == BY_L2 || r->kind == BY_DRAM)
        return STALL_LONG_SCOREBOARD;
    return is_shared(t) ? STALL_MIO_THROTTLE : STALL_LG_THROTTLE;
}

static void charge_roof(struct pipeline *p, const struct survey *s, const struct roof *r, double cy)
{
    double sum = 0;
    for (uint32_t c = 0; c < p->k->n_code; c++)
        sum += use_of(p, s, r, c);
    for (uint32_t c = 0; sum > 0 && c < p->k->n_code; c++) {
        double use = use_of(p, s, r, c);
        if (use > 0)
            pipeline_charge(p, c, reason_of(r, &p->timing[c]), cy * use / sum);
    }
}

static void charge_path(struct pipeline *p, const struct trace_path *path, double cy)
{
    for (uint32_t s = 0; s < path->n_steps; s++)
        pipeline_charge(p, path->steps[s].code, STALL_SELECTED, cy);
}

/* The issue slots of the fullest sub-core. */
static void charge_issue(struct pipeline *p, const struct survey *s)
{
    unsigned fullest = 0;
    for (unsigned c = 1; c < WAVE_MAX_SUB_CORES; c++)
        if (s->sub_core[c].steps > s->sub_core[fullest].steps)
            fullest = c;
    double *warps = ARENA_ARRAY(p->scratch, double, p->k->n_paths);
    for (uint32_t w = 0; w < p->waves.n_waves; w++)
        for (uint32_t i = 0; i < p->waves.waves[w].n_warps; i++)
            if (p->waves.waves[w].warps[i].sub_core == fullest)
                warps[p->waves.waves[w].warps[i].path] += p->waves.waves[w].repeat;
    for (uint32_t i = 0; i < p->k->n_paths; i++)
        if (warps[i] > 0)
            charge_path(p, &p->k->paths[i], warps[i] / p->g->v.issue_rate);
}

static double most_of_type(const struct survey *s, enum sass_type type)
{
    double most = 0;
    for (unsigned c = 0; c < WAVE_MAX_SUB_CORES; c++)
        most = MAX(most, s->sub_core[c].tensor[type]);
    return most;
}

static void publish(struct pipeline *p, const struct survey *s, const struct roof *roofs,
                    unsigned n, const struct roof *top)
{
    p->own_terms = ARENA_ARRAY(p->scratch, struct result_term, n + ARRAY_LEN(types));
    for (unsigned i = 0; i < n; i++)
        p->own_terms[p->n_own_terms++] = (struct result_term){roofs[i].metric, roofs[i].cy};
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        double cy = most_of_type(s, types[t].type);
        if (cy > 0)
            p->own_terms[p->n_own_terms++] = (struct result_term){types[t].metric, cy};
    }
    p->note = arena_printf(p->scratch, "the highest roof is %s: %.6g cy", top->name, top->cy);
}

enum status compose_roofline(struct pipeline *p, struct err *e)
{
    struct survey s = {0};
    struct roof roofs[MAX_ROOFS];
    if (survey_make(p, &s) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while counting uses");
    unsigned n = raise_roofs(p, &s, roofs);
    const struct roof *top = &roofs[0];
    for (unsigned i = 1; i < n; i++)
        if (roofs[i].cy > top->cy)
            top = &roofs[i];
    charge_issue(p, &s);
    charge_roof(p, &s, top, top->cy - roofs[0].cy);
    publish(p, &s, roofs, n, top);
    return STATUS_OK;
}
