/*
 * stages.c: timing, occupancy and memory of the interval models, and profiles on demand.
 */
#include <math.h>

#include "alike.h"
#include "code.h"
#include "mech/occupancy.h"
#include "mech/share.h"
#include "mech/warps.h"
#include "model/pipeline.h"

static enum status check_tensor(const struct trace_kernel *k, const struct gpu *g, struct err *e)
{
    bool has_tensor = g->v.tensor_cores > 0 && !isnan(g->v.tensor_f16_f32);
    for (uint32_t c = 0; c < k->n_code && !has_tensor; c++)
        if (k->code[c].op.m != 0) {
            err_set(e, STATUS_INPUT, "kernel %u multiplies matrices, %s has no tensor cores",
                    k->h.id, g->name);
            err_found(e, "%s", k->code[c].opcode);
            err_expected(e, "pipes.tensor_cores_per_sm and tensor.f16_acc_f32 above 0");
            return STATUS_INPUT;
        }
    return STATUS_OK;
}

enum status pipeline_timing(struct pipeline *p, struct err *e)
{
    TRY(check_tensor(p->k, p->g, e));
    struct timing_rules rules = {
        .classes = pipeline_uses(p, CLASSES_TABLE)      ? TIMING_BY_TABLE
                   : pipeline_uses(p, CLASSES_ACCELSIM) ? TIMING_BY_ACCELSIM
                                                        : TIMING_BY_SUBSTRINGS,
        .operands = pipeline_uses(p, OPERANDS_ALL)     ? TIMING_ALL_REGISTERS
                    : pipeline_uses(p, OPERANDS_TRACE) ? TIMING_TRACED_REGISTERS
                                                       : TIMING_AMALI_REGISTERS,
        .tensor = pipeline_uses(p, TENSOR_BY_TYPE) ? TIMING_RATE_BY_TYPE
                  : pipeline_uses(p, TENSOR_FMA)   ? TIMING_RATE_AMALI
                                                   : TIMING_RATE_FIXED,
        .fences = pipeline_uses(p, FENCE_SCOPE),
    };
    p->timing = timing_make(p->scratch, p->k, p->g, rules);
    bool one_for_all = pipeline_uses(p, WAVES_FLOOR) || pipeline_uses(p, WARPS_REPRESENTATIVE) ||
                       pipeline_uses(p, IDLE_DIVERGENCE);
    if (one_for_all &&
        warps_representative(p->scratch, p->k, p->timing, p->tick, &p->representative) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while comparing warps");
    p->profiles = ARENA_ARRAY(p->scratch, const struct issue_profile *, p->k->n_paths);
    p->demands = ARENA_ARRAY(p->scratch, struct path_demand, p->k->n_paths);
    code_measure(p);
    p->insts = ARENA_ARRAY(p->scratch, struct result_inst, p->k->n_code);
    return STATUS_OK;
}

enum status pipeline_occupancy(struct pipeline *p, struct err *e)
{
    p->n_sms = (unsigned)p->g->v.sm_count;
    TRY(pipeline_uses(p, OCCUPANCY_ARCHITECTURE)
            ? occupancy_architectural(&p->k->h, p->g, &p->occupancy, e)
            : occupancy_amali(&p->k->h, p->g, &p->occupancy, e));
    unsigned resident = p->occupancy.ctas_per_sm;
    p->assign = pipeline_uses(p, WAVES_BUSIEST)
                    ? assign_hardware(p->scratch, p->k, p->n_sms, resident)
                    : assign_modulo(p->scratch, p->k, p->n_sms, resident);
    p->sms_used = p->assign.sms_used;
    p->sharing_sms = waves_sharing_sms(&p->assign);
    return STATUS_OK;
}

/* AMALI's fixed latency of local memory; its files repeat that of DRAM there. */
static double local_latency_cy(const struct gpu *g)
{
    return isnan(g->v.lat_local_cy) ? g->v.lat_dram_cy : g->v.lat_local_cy;
}

double pipeline_level_latency_cy(const struct pipeline *p, uint32_t code)
{
    enum memory_kind m = (enum memory_kind)p->timing[code].memory;
    if (pipeline_uses(p, AMAT_MAXIMUM))
        return memory_is_local(m) ? local_latency_cy(p->g) : floor(p->amat_cy);
    const struct memory_code *c = &p->memory.code[code];
    return pipeline_uses(p, CACHE_SECTORED) ? memory_code_latency_cy(c, p->g) : p->amat_cy;
}

static bool is_shared(enum memory_kind m)
{
    return m == MEMORY_SHARED_LOAD || m == MEMORY_SHARED_STORE || m == MEMORY_SHARED_ATOMIC;
}

/* How long shared memory gives one wavefront: 4 bytes of each bank. */
static double wavefront_cy(const struct gpu *g)
{
    return 4 * g->v.smem_banks / g->v.smem_b_per_cy;
}

/* Mean wavefronts above those of an access without conflicts. */
static double conflict_cy(const struct pipeline *p, uint32_t code)
{
    if (p->banks == NULL || p->banks[code].executions == 0)
        return 0;
    const struct bank_code *b = &p->banks[code];
    return (b->wavefronts - b->passes) / b->executions * wavefront_cy(p->g);
}

static double shared_data_cy(const struct pipeline *p, uint32_t code)
{
    const struct sass_inst *in = &p->k->code[code];
    if (p->banks != NULL && p->banks[code].executions > 0)
        return p->banks[code].wavefronts / p->banks[code].executions * wavefront_cy(p->g);
    unsigned width_b = in->op.width_b ? in->op.width_b : in->mem_width_b;
    return (double)SASS_WARP_LANES * width_b / p->g->v.smem_b_per_cy;
}

/*
 * Cycles that a memory instruction keeps the data path of L1 and shared memory busy; known only
 * now, since it depends on the sectors. The path is one per SM.
 */
static double data_cycles(const struct pipeline *p, uint32_t code)
{
    const struct gpu_values *v = &p->g->v;
    const struct memory_code *c = &p->memory.code[code];
    if (is_shared((enum memory_kind)p->timing[code].memory))
        return shared_data_cy(p, code);
    return c->executions > 0 ? c->sectors / c->executions * v->sector_b / v->l1_b_per_cy : 0;
}

static void fill_data_cycles(struct pipeline *p)
{
    for (uint32_t c = 0; c < p->k->n_code; c++)
        if (p->timing[c].unit == UNIT_LSU)
            p->timing[c].interval_cy = data_cycles(p, c);
}

/*
 * How much later the last register of a wide access comes than that of 32 bits a lane: 64 bytes a
 * cycle come back from L1, +2 and +6 cycles for 64 and 128 bits, and two wavefronts of shared
 * memory are hidden, +0 and +2 (Huerta et al., MICRO'25, section 5.4 and table 2).
 */
static double width_cy(const struct pipeline *p, uint32_t code, enum memory_kind m)
{
    enum { RETURN_B = 64, HIDDEN = 2, PASS_B = 128 };
    const struct sass_inst *in = &p->k->code[code];
    unsigned width_b = in->op.width_b ? in->op.width_b : in->mem_width_b;
    double bytes = p->lanes[code] * width_b;
    if (!pipeline_uses(p, PIPES_QUEUES) || p->timing[code].n_def == 0)
        return 0;
    if (m == MEMORY_SHARED_LOAD)
        return MAX(bytes / PASS_B - HIDDEN, 0) * wavefront_cy(p->g);
    bool is_load = m == MEMORY_LOAD || m == MEMORY_LOCAL_LOAD;
    return is_load ? MAX(bytes / RETURN_B - HIDDEN, 0) : 0;
}

/* What atomics at one address wait for each other, mean over their executions. */
static double turns_cy(const struct pipeline *p, uint32_t code)
{
    if (p->atomics.code == NULL || p->atomics.code[code].executions == 0)
        return 0;
    const struct atomic_code *a = &p->atomics.code[code];
    return (a->turns / a->executions - 1) * p->g->v.atomic_ii_cy;
}

/* Mean active lanes of each instruction, over the executions that have any. */
static double *mean_lanes(const struct pipeline *p)
{
    double *lanes = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    double *executions = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    for (uint32_t i = 0; i < p->k->n_paths; i++) {
        const struct trace_path *t = &p->k->paths[i];
        for (uint32_t s = 0; s < t->n_steps; s++) {
            lanes[t->steps[s].code] += (double)t->n_warps * __builtin_popcount(t->steps[s].mask);
            executions[t->steps[s].code] += t->steps[s].mask != 0 ? t->n_warps : 0;
        }
    }
    for (uint32_t c = 0; c < p->k->n_code; c++)
        lanes[c] = executions[c] > 0 ? lanes[c] / executions[c] : 0;
    return lanes;
}

static void fill_latencies(struct pipeline *p)
{
    p->latency_cy = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    p->lanes = mean_lanes(p);
    for (uint32_t c = 0; c < p->k->n_code; c++) {
        const struct timing *t = &p->timing[c];
        enum memory_kind m = (enum memory_kind)t->memory;
        bool is_global = m == MEMORY_LOAD || m == MEMORY_STORE || m == MEMORY_ASYNC_COPY;
        p->latency_cy[c] = t->latency_cy + (is_shared(m) ? conflict_cy(p, c) : 0) + turns_cy(p, c) +
                           width_cy(p, c, m);
        if (is_global || memory_is_local(m))
            p->latency_cy[c] += pipeline_level_latency_cy(p, c);
        if (m == MEMORY_ASYNC_COPY && pipeline_uses(p, CLASSES_TABLE))
            p->latency_cy[c] += memory_copy_latency_cy(p->g, &p->k->code[c].op);
    }
}

/* One SM's share of a level. Written sectors reach DRAM in proportion to what L2 wrote back. */
static void fill_services(struct pipeline *p)
{
    const struct memory *m = &p->memory;
    double sector_b = p->g->v.sector_b;
    double written = m->store_sectors > 0 ? MIN(m->dram_write_sectors / m->store_sectors, 1) : 0;
    p->written_share = written;
    p->l2_sector_cy = sector_b / share_l2_b_per_cy(p->g, p->sharing_sms);
    p->dram_sector_cy = sector_b / share_dram_b_per_cy(p->g, p->sharing_sms);
    p->l2_service_cy = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    p->dram_service_cy = ARENA_ARRAY(p->scratch, double, p->k->n_code);
    double all_l2 = 0, all_dram = 0;
    for (uint32_t c = 0; c < p->k->n_code; c++) {
        const struct memory_code *mc = &m->code[c];
        if (mc->executions == 0)
            continue;
        enum memory_kind kind = (enum memory_kind)p->timing[c].memory;
        bool is_store = memory_is_store(kind);
        double l2 = mc->l2_hits + mc->dram;
        double dram = is_store ? l2 * written : mc->dram;
        p->l2_service_cy[c] = l2 / mc->executions * p->l2_sector_cy;
        p->dram_service_cy[c] = dram / mc->executions * p->dram_sector_cy;
        all_l2 += p->l2_service_cy[c] * mc->executions;
        all_dram += p->dram_service_cy[c] * mc->executions;
    }
    double on_sm = (double)p->k->n_ctas / p->sharing_sms;
    p->cta_service_cy = MAX(all_l2, all_dram) / p->k->n_ctas;
    p->cta_l2_cy = all_l2 / p->k->n_ctas;
    p->sm_l2_cy = p->cta_l2_cy * MIN((double)p->occupancy.ctas_per_sm, on_sm);
}

enum status pipeline_memory(struct pipeline *p, struct err *e)
{
    struct memory_shape shape = {
        .assign = &p->assign,
        .l1_kib = p->occupancy.l1_kib,
        .with_answers = p->with_answers || pipeline_uses(p, AMAT_BY_ACCESS),
        .max_accesses = p->is_exact ? 0 : MEMORY_SAMPLE_ABOVE,
    };
    enum status s =
        pipeline_uses(p, CACHE_SECTORED)
            ? memory_simulate(p->scratch, p->k, p->g, p->timing, shape, p->tick, &p->memory)
            : memory_amali(p->scratch, p->k, p->g, p->timing, shape, p->tick, &p->memory);
    if (s != STATUS_OK)
        return err_set(e, s, "cancelled while simulating the caches");
    p->amat_cy = pipeline_uses(p, AMAT_MAXIMUM) ? memory_amat_amali(&p->memory, p->g, p->sms_used)
                                                : memory_amat_sum(&p->memory, p->g);
    unsigned n_banks = (unsigned)p->g->v.smem_banks;
    if (pipeline_uses(p, BANKS_ADDRESSES) &&
        bank_count(p->scratch, p->k, n_banks, p->tick, &p->banks) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while counting bank conflicts");
    if (pipeline_uses(p, ATOMICS_SECTORS) && !isnan(p->g->v.atomic_ii_cy) &&
        atomic_count(p->scratch, p->k, p->tick, &p->atomics) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while counting atomics");
    fill_data_cycles(p);
    fill_latencies(p);
    if (pipeline_uses(p, AMAT_MISS_RATES))
        alike_latencies(p);
    fill_services(p);
    return STATUS_OK;
}

void pipeline_demand(struct pipeline *p, uint32_t path)
{
    const struct trace_path *t = &p->k->paths[path];
    struct path_demand *d = &p->demands[path];
    if (d->is_measured)
        return;
    d->is_measured = true;
    for (uint32_t s = 0; s < t->n_steps; s++) {
        uint32_t code = t->steps[s].code;
        if (t->steps[s].mask == 0)
            continue;
        d->uses[p->timing[code].unit]++;
        d->busy_cy[p->timing[code].unit] += p->timing[code].interval_cy;
        d->l2_cy += p->l2_service_cy[code];
    }
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

enum status pipeline_with(pipeline_steps *steps, const struct model_case *c, struct result *r,
                          struct err *e)
{
    struct arena scratch, wave_scratch;
    arena_init(&scratch, ARENA_LARGE);
    arena_init(&wave_scratch, ARENA_LARGE);
    struct pipeline p = {
        .k = c->k,
        .g = c->g,
        .variants = c->variants,
        .is_exact = c->is_exact,
        .tick = c->tick,
        .scratch = &scratch,
        .wave_scratch = &wave_scratch,
    };
    enum status s = steps(&p, c, r, e);
    arena_done(&wave_scratch);
    arena_done(&scratch);
    return s;
}

static enum status run_stages(struct pipeline *p, const struct model_case *c, struct result *r,
                              struct err *e)
{
    (void)c;
    TRY(pipeline_timing(p, e));
    TRY(pipeline_occupancy(p, e));
    TRY(pipeline_memory(p, e));
    TRY(pipeline_compose(p, e));
    pipeline_refill(p);
    TRY(pipeline_bounds(p, e));
    pipeline_publish(p, r);
    return STATUS_OK;
}

enum status pipeline_run(const struct model_case *c, struct result *r, struct err *e)
{
    return pipeline_with(run_stages, c, r, e);
}
