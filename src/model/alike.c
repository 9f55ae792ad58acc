/*
 * alike.c: profile, demands and charges of models with one warp for all.
 */
#include "alike.h"

#include <math.h>

static double or_none(double v)
{
    return isnan(v) ? 0 : v;
}

/* Operands are collected at a limited rate: ceil((2 + has sources) / rate). */
static double register_read_cy(const struct pipeline *p, uint32_t code)
{
    double rate = p->g->v.reg_reads_per_cy;
    return isnan(rate) ? 0 : ceil((2 + (p->k->code[code].n_src > 0)) / rate);
}

double alike_bank_cy(const struct pipeline *p, uint32_t code)
{
    const struct memory_code *c = &p->memory.code[code];
    double sectors = c->executions > 0 ? c->sectors / c->executions : 0;
    return MAX(ceil(sectors / p->g->v.l1_banks), 1);
}

static double load_latency_cy(const struct pipeline *p, uint32_t code)
{
    const struct memory_code *c = &p->memory.code[code];
    double l1 = p->g->v.lat_l1_cy, l2 = memory_l2_latency_cy(p->g);
    double beyond = memory_dram_latency_cy(p->g) - l2, missed = c->l2_hits + c->dram;
    double m1 = c->sectors > 0 ? missed / c->sectors : 0;
    double m2 = missed > 0 ? c->dram / missed : 0;
    return l1 + m1 * (l2 - l1) + m1 * m2 * beyond;
}

static double latency_cy(const struct pipeline *p, uint32_t code)
{
    const struct timing *t = &p->timing[code];
    switch ((enum memory_kind)t->memory) {
    case MEMORY_LOAD:
    case MEMORY_LOCAL_LOAD:
    case MEMORY_ASYNC_COPY:
        return load_latency_cy(p, code) + alike_bank_cy(p, code) + register_read_cy(p, code);
    case MEMORY_STORE:
    case MEMORY_LOCAL_STORE:
        return memory_l2_latency_cy(p->g) + or_none(p->g->v.store_stages_cy) +
               alike_bank_cy(p, code) + register_read_cy(p, code);
    case MEMORY_NONE:
        return t->latency_cy + or_none(p->g->v.pipe_stages_cy) + register_read_cy(p, code);
    default:
        return t->latency_cy;
    }
}

void alike_latencies(struct pipeline *p)
{
    for (uint32_t c = 0; c < p->k->n_code; c++)
        p->latency_cy[c] = latency_cy(p, c);
}

static struct interval_rules rules_of(const struct pipeline *p)
{
    if (pipeline_uses(p, LATENCY_MERGED))
        return (struct interval_rules){.result_gap_cy = 1, .merge_cy = 9, .no_lane_cy = NAN};
    double stages = p->g->v.pipe_stages_cy;
    return (struct interval_rules){
        .merge_cy = 1,
        .no_lane_cy = isnan(stages) ? p->g->v.lat_alu_cy : stages,
        .ends_with_results = pipeline_uses(p, DRAIN_RESULTS),
    };
}

enum status alike_profile(struct pipeline *p, const struct issue_profile **out, struct err *e)
{
    struct issue_profile *i = ARENA_NEW(p->scratch, struct issue_profile);
    p->critical_path = p->representative;
    p->profiles[p->critical_path] = i;
    *out = i;
    if (interval_run(p->scratch, p->k, p->critical_path, p->timing, p->latency_cy, rules_of(p),
                     p->tick, i) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while profiling a warp");
    return STATUS_OK;
}

double alike_issue_chance(const struct issue_profile *i, double issue_rate)
{
    return i->n_steps / (i->n_steps / issue_rate + i->stall_cy + i->drain_cy);
}

static const struct trace_step *run_steps(const struct pipeline *p, const struct issue_profile *i,
                                          uint32_t k)
{
    return &p->k->paths[i->path].steps[i->stalls[k].step];
}

/* Sectors of one execution that leave L1; stores are written through. */
static double beyond_l1(const struct pipeline *p, const struct trace_step *s)
{
    const struct memory_code *c = &p->memory.code[s->code];
    if (s->mask == 0 || c->executions == 0)
        return 0;
    return (memory_is_store((enum memory_kind)p->timing[s->code].memory) ? c->sectors
                                                                         : c->l2_hits + c->dram) /
           c->executions;
}

struct mshr_demand alike_demand(const struct pipeline *p, const struct issue_profile *i, uint32_t k,
                                double warps)
{
    struct mshr_demand d = {.warps = warps, .n_sms = p->sms_used};
    const struct trace_step *steps = run_steps(p, i, k);
    double missed = 0;
    for (uint32_t s = 0; s < i->stalls[k].length; s++) {
        const struct memory_code *c = &p->memory.code[steps[s].code];
        double requests = beyond_l1(p, &steps[s]);
        if (memory_is_store((enum memory_kind)p->timing[steps[s].code].memory)) {
            d.writes += requests;
        } else if (requests > 0) {
            d.reads += requests;
            missed += c->dram / c->executions;
        }
    }
    d.l2_miss = d.reads > 0 ? missed / d.reads : 0;
    return d;
}

void alike_charge_run(struct pipeline *p, const struct issue_profile *i, uint32_t k, enum stall s,
                      double cy)
{
    const struct trace_step *steps = run_steps(p, i, k);
    for (uint32_t n = 0; n < i->stalls[k].length; n++)
        pipeline_charge(p, steps[n].code, s, cy / i->stalls[k].length);
}

void alike_charge_wait(struct pipeline *p, const struct issue_profile *i, uint32_t k, enum stall s,
                       double cy)
{
    const struct trace_step *steps = p->k->paths[i->path].steps;
    uint32_t step = k + 1 < i->n_stalls ? i->stalls[k + 1].step : i->n_steps - 1;
    pipeline_charge(p, steps[step].code, s, cy);
}

void alike_charge_memory(struct pipeline *p, const struct issue_profile *i, uint32_t k,
                         enum stall s, double cy)
{
    const struct trace_step *steps = run_steps(p, i, k);
    double sum = 0;
    for (uint32_t n = 0; n < i->stalls[k].length; n++)
        sum += beyond_l1(p, &steps[n]);
    for (uint32_t n = 0; cy > 0 && n < i->stalls[k].length; n++)
        pipeline_charge(p, steps[n].code, s, cy * beyond_l1(p, &steps[n]) / sum);
}

void alike_busy(struct pipeline *p)
{
    pipeline_demand(p, p->critical_path);
    const struct path_demand *d = &p->demands[p->critical_path];
    for (uint32_t w = 0; w < p->waves.n_waves; w++) {
        const struct wave *wave = &p->waves.waves[w];
        for (int u = 0; u < UNIT_LSU; u++)
            p->busy_cy[u] += d->busy_cy[u] * ceil(wave->n_warps / p->g->v.sub_cores) * wave->repeat;
        p->l1_data_cy += d->busy_cy[UNIT_LSU] * wave->n_warps * wave->repeat;
    }
}
