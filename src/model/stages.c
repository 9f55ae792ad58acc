/*
 * stages.c: timing, occupancy and memory of the interval models, and profiles on demand.
 */
#include <math.h>

#include "mech/occupancy.h"
#include "mech/warps.h"
#include "model/pipeline.h"

enum status pipeline_timing(struct pipeline *p, struct err *e)
{
    (void)e;
    struct timing_rules rules = {
        .by_table = pipeline_has(p, FIX_CLASSES),
        .wide_operands = pipeline_has(p, FIX_OPERANDS),
        .tensor_rates = pipeline_has(p, FIX_TENSOR),
    };
    p->timing = timing_make(p->scratch, p->k, p->g, rules);
    p->representative = warps_representative(p->scratch, p->k, p->timing);
    p->profiles = ARENA_ARRAY(p->scratch, struct issue_profile *, p->k->n_paths);
    p->insts = ARENA_ARRAY(p->scratch, struct result_inst, p->k->n_code);
    return STATUS_OK;
}

enum status pipeline_occupancy(struct pipeline *p, struct err *e)
{
    p->n_sms = (unsigned)p->g->v.sm_count;
    p->sms_used = waves_sms_used(p->k, p->n_sms);
    return pipeline_has(p, FIX_OCCUPANCY)
               ? occupancy_architectural(&p->k->h, p->g, &p->occupancy, e)
               : occupancy_amali(&p->k->h, p->g, &p->occupancy, e);
}

/* Latency of one static memory instruction on top of what its class always takes. */
static double access_latency_cy(const struct pipeline *p, uint32_t code)
{
    if (!pipeline_has(p, FIX_AMAT))
        return floor(p->amat_cy);
    const struct memory_code *c = &p->memory.code[code];
    return pipeline_has(p, FIX_CACHE) ? memory_code_latency_cy(c, p->g) : p->amat_cy;
}

static void fill_latencies(struct pipeline *p)
{
    p->latency_cy = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    for (uint32_t c = 0; c < p->k->n_code; c++) {
        const struct timing *t = &p->timing[c];
        enum memory_kind m = (enum memory_kind)t->memory;
        bool by_cache = m == MEMORY_LOAD || m == MEMORY_STORE || m == MEMORY_ASYNC_COPY;
        bool is_local = m == MEMORY_LOCAL_LOAD || m == MEMORY_LOCAL_STORE;
        p->latency_cy[c] = t->latency_cy;
        if (by_cache || (is_local && pipeline_has(p, FIX_AMAT)))
            p->latency_cy[c] = t->latency_cy + access_latency_cy(p, c);
        if (m == MEMORY_ASYNC_COPY && pipeline_has(p, FIX_CLASSES))
            p->latency_cy[c] += p->g->v.lat_smem_st_cy;
    }
}

enum status pipeline_memory(struct pipeline *p, struct err *e)
{
    struct memory_shape shape = {p->n_sms, p->occupancy.ctas_per_sm, p->occupancy.l1_kib};
    enum status s =
        pipeline_has(p, FIX_CACHE)
            ? memory_simulate(p->scratch, p->k, p->g, p->timing, shape, p->tick, &p->memory)
            : memory_amali(p->scratch, p->k, p->g, p->timing, shape, p->tick, &p->memory);
    if (s != STATUS_OK)
        return err_set(e, s, "cancelled while simulating the caches");
    p->amat_cy = pipeline_has(p, FIX_AMAT) ? memory_amat_sum(&p->memory, p->g)
                                           : memory_amat_amali(&p->memory, p->g, p->sms_used);
    fill_latencies(p);
    return STATUS_OK;
}

enum status pipeline_profile(struct pipeline *p, uint32_t path, const struct issue_profile **out)
{
    if (p->profiles[path] == NULL) {
        struct issue_rules rules = {
            .is_amali = !pipeline_has(p, FIX_LATENCY),
            .guards = pipeline_has(p, FIX_OPERANDS),
            .async_groups = pipeline_has(p, FIX_ASYNC),
            .own_pipes = pipeline_has(p, FIX_PIPES),
            .branches = pipeline_has(p, FIX_BRANCH),
            .drain = pipeline_has(p, FIX_DRAIN),
        };
        struct issue_profile *profile = ARENA_NEW(p->scratch, struct issue_profile);
        TRY(issue_run(p->scratch, p->k, path, p->timing, p->latency_cy, p->g, rules, p->tick,
                      profile));
        p->profiles[path] = profile;
    }
    *out = p->profiles[path];
    return STATUS_OK;
}

double pipeline_cycles(const struct pipeline *p)
{
    double sum = 0;
    for (int s = 0; s < STALL_N; s++)
        sum += p->stall[s];
    return sum;
}

void pipeline_charge(struct pipeline *p, uint32_t code, enum stall s, double cy)
{
    p->stall[s] += cy;
    p->insts[code].stall[s] += cy;
}
