/*
 * publish.c: a finished pipeline becomes a result.
 */
#include <math.h>
#include <string.h>

#include "mech/launch.h"
#include "model/pipeline.h"

static void publish_cycles(const struct pipeline *p, struct result *r)
{
    for (int s = 0; s < STALL_N; s++)
        r->stall[s] = r->is_withheld ? (double)NAN : p->stall[s];
    r->cycles = r->is_withheld ? (double)NAN : pipeline_cycles(p);
    r->time_us = r->cycles / r->clock_mhz;
    r->ipc = (double)r->warp_insts / r->cycles;
    r->ipc_per_sm = r->ipc / p->waves.sms_used;
    r->occupancy = p->occupancy;
    r->waves = p->waves.count;
    r->sms_used = p->waves.sms_used;
    r->ctas_on_sm = p->waves.ctas_on_sm;
    r->is_partial = p->k->n_ctas < p->k->counts.ctas_in_grid;
}

static void publish_levels(const struct pipeline *p, struct result *r)
{
    for (int l = 0; l < RESULT_N_LEVELS; l++)
        r->level[l] = p->memory.level[l];
    const struct gpu_values *v = &p->g->v;
    r->level[RESULT_L1].peak_b_per_cy = v->l1_b_per_cy * v->sm_count;
    r->level[RESULT_L2].peak_b_per_cy = v->l2_b_per_cy;
    r->level[RESULT_DRAM].peak_b_per_cy = gpu_dram_b_per_cy(p->g);
    r->level[RESULT_SMEM].peak_b_per_cy = v->smem_b_per_cy * v->sm_count;
}

/* Issue slots count as a pipe, UNIT_N here; the memory pipe stands under L1. */
static double pipe_cy(const struct pipeline *p, unsigned u)
{
    return u == UNIT_N ? p->stall[STALL_SELECTED] : p->busy_cy[u];
}

static unsigned busiest_pipe(const struct pipeline *p)
{
    unsigned best = UNIT_N;
    for (unsigned u = 0; u < UNIT_N; u++)
        if (u != UNIT_LSU && pipe_cy(p, u) > pipe_cy(p, best))
            best = u;
    return best;
}

/* Shares of peak over the time after launch, as the profiler would see the kernel running. */
static void publish_speed_of_light(const struct pipeline *p, struct result *r)
{
    double running = r->cycles - p->launch_cy;
    unsigned u = busiest_pipe(p);
    r->busiest_pipe = u == UNIT_N ? "issue" : unit_name((enum unit)u);
    r->sol_compute = pipe_cy(p, u) / running;
    r->sol_l1 = p->l1_data_cy / running;
    r->sol_l2 = r->level[RESULT_L2].bytes / r->level[RESULT_L2].peak_b_per_cy / running;
    r->sol_dram = r->level[RESULT_DRAM].bytes / r->level[RESULT_DRAM].peak_b_per_cy / running;
}

/* NULL where the model follows no warp. */
static const struct issue_profile *shown_profile(const struct pipeline *p)
{
    return p->profiles[p->critical_path];
}

static void publish_intervals(const struct pipeline *p, struct result *r)
{
    const struct issue_profile *profile = shown_profile(p);
    if (profile == NULL)
        return;
    const struct trace_step *steps = p->k->paths[p->critical_path].steps;
    struct result_interval *all = ARENA_ARRAY(&r->arena, struct result_interval, profile->n_stalls);
    for (uint32_t i = 0; i < profile->n_stalls; i++) {
        const struct issue_stall *s = &profile->stalls[i];
        all[i] = (struct result_interval){
            .first_step = s->step,
            .n_steps = s->length,
            .issue_cy = s->length / p->g->v.issue_rate,
            .stall_cy = s->cy,
            .reason = s->reason,
            .code = profile->n_steps > 0 ? steps[s->step].code : 0,
        };
    }
    r->intervals = all;
    r->n_intervals = profile->n_stalls;
    r->path = p->critical_path;
}

static void count_executions(const struct pipeline *p, struct result_inst *insts)
{
    for (uint32_t i = 0; i < p->k->n_paths; i++) {
        const struct trace_path *t = &p->k->paths[i];
        for (uint32_t s = 0; s < t->n_steps; s++) {
            struct result_inst *in = &insts[t->steps[s].code];
            in->executions += t->n_warps;
            in->thread_executions += (double)t->n_warps * __builtin_popcount(t->steps[s].mask);
        }
    }
}

static void publish_insts(const struct pipeline *p, struct result *r)
{
    size_t n_b = p->k->n_code * sizeof(struct result_inst);
    struct result_inst *insts = arena_memdup(&r->arena, p->insts, n_b);
    for (uint32_t c = 0; c < p->k->n_code; c++) {
        insts[c].latency_cy = p->latency_cy[c];
        for (int s = 0; s < STALL_N; s++)
            insts[c].cycles += insts[c].stall[s];
    }
    count_executions(p, insts);
    r->insts = insts;
    r->n_insts = p->k->n_code;
}

/* NAN where the model does not look at banks. */
static struct bank_code sum_banks(const struct pipeline *p)
{
    struct bank_code sum = {.wavefronts = p->banks != NULL ? 0 : (double)NAN};
    for (uint32_t c = 0; p->banks != NULL && c < p->k->n_code; c++) {
        sum.executions += p->banks[c].executions;
        sum.wavefronts += p->banks[c].wavefronts;
        sum.passes += p->banks[c].passes;
    }
    return sum;
}

static void publish_terms(const struct pipeline *p, struct result *r)
{
    const struct gpu *g = p->g;
    struct bank_code banks = sum_banks(p);
    bool has_sample = pipeline_uses(p, CACHE_SECTORED);
    bool has_fit = pipeline_uses(p, LAUNCH_FITTED);
    double w = p->occupancy.warps_per_cta, resident = p->occupancy.ctas_per_sm;
    const struct result_term terms[] = {
        {METRIC_amat_cy, p->amat_cy},
        {METRIC_l2_far_share, p->memory.far_share},
        {METRIC_l2_latency_cy, memory_l2_mean_cy(&p->memory, g)},
        {METRIC_dram_latency_cy, memory_dram_latency_cy(g)},
        {METRIC_cache_simulated, has_sample ? p->memory.simulated : (double)NAN},
        {METRIC_cache_error, has_sample ? p->memory.error_bound : (double)NAN},
        {METRIC_ppt_amat_cy,
         has_sample ? (double)NAN : memory_amat_ppt(&p->memory, g, p->sms_used)},
        {METRIC_kll_cy, p->launch_cy},
        {METRIC_launch_cta_cy, has_fit ? launch_cta_cy(g, w) : (double)NAN},
        {METRIC_launch_refill_cy, has_fit ? launch_refill_cy(g, w, resident) : (double)NAN},
        {METRIC_noc_cy, p->noc_cy},
        {METRIC_dram_cy, p->dram_cy},
        {METRIC_id_cy, p->idle_cy},
        {METRIC_cpi, r->cycles / (double)r->warp_insts},
        {METRIC_busiest_pipe_cy, pipe_cy(p, busiest_pipe(p))},
        {METRIC_l1_data_cy, p->l1_data_cy},
        {METRIC_shared_wavefronts, banks.wavefronts},
        {METRIC_bank_conflicts, banks.wavefronts - banks.passes},
        {METRIC_smem_max_kib, g->n_carveouts > 0 ? g->carveout_kib[g->n_carveouts - 1] : 0},
        {METRIC_warp_alone_cy, shown_profile(p) ? shown_profile(p)->end_cy : (double)NAN},
    };
    r->n_terms = ARRAY_LEN(terms) + p->n_own_terms;
    struct result_term *all = ARENA_ARRAY(&r->arena, struct result_term, r->n_terms);
    memcpy(all, terms, sizeof terms);
    for (uint32_t i = 0; i < p->n_own_terms; i++)
        all[ARRAY_LEN(terms) + i] = p->own_terms[i];
    r->terms = all;
}

static void note_sample(const struct pipeline *p, struct result *r)
{
    const struct memory *m = &p->memory;
    if (!pipeline_uses(p, CACHE_SECTORED) || m->n_simulated == m->n_waves)
        return;
    model_add_note(
        r, arena_printf(&r->arena,
                        "caches: %u of %u waves simulated (%.1f %% of the accesses), at most about "
                        "%.1f %% of the sectors answered by another level; --exact simulates all",
                        m->n_simulated, m->n_waves, 100 * m->simulated, 100 * m->error_bound));
}

void pipeline_publish(const struct pipeline *p, struct result *r)
{
    publish_cycles(p, r);
    publish_levels(p, r);
    publish_speed_of_light(p, r);
    publish_intervals(p, r);
    publish_insts(p, r);
    publish_terms(p, r);
    note_sample(p, r);
    if (p->note != NULL)
        model_add_note(r, arena_strdup(&r->arena, p->note));
}
