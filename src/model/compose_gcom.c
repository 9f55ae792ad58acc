/*
 * compose_gcom.c: GCoM's sum (ISCA'22), interval by interval, wave by wave.
 *
 *     cycles = 1 + sum over waves and intervals of
 *              base + data + idle (overlap.h) + struct (dispatch.h) + QNoC + QDRAM + MSHR (mshr.h)
 *
 * Its classes in Nsight Compute's names: base selected; comData wait, short_scoreboard for shared
 * memory; memData long_scoreboard, drain behind the last run; comStruct math_pipe_throttle;
 * memStruct lg_throttle, mio_throttle for shared memory. Tail and unequal SMs: the busiest SM alone
 * counts.
 */
#include <math.h>

#include "alike.h"
#include "compose.h"
#include "mech/dispatch.h"
#include "mech/overlap.h"

/* GCoM's configuration for an RTX 2060; nothing better is known of other chips. */
static const double default_unit_queue = 2, default_collectors = 8;

enum gcom_class { COM_DATA, COM_STRUCT, MEM_DATA, MEM_STRUCT, CLASS_N };

struct sum {
    const struct issue_profile *profile;
    double chance, mean_n; /* P, N / K */
    double queue;
    double of[CLASS_N];
};

/* Instructions of an interval by pipe; a shared access takes one cycle, conflicts or not. */
static struct dispatch dispatch_of(const struct pipeline *p, const struct issue_profile *i,
                                   uint32_t k)
{
    struct dispatch d = {.n = i->stalls[k].length, .stall_cy = interval_stall_cy(i, k)};
    const struct trace_step *steps = &p->k->paths[i->path].steps[i->stalls[k].step];
    for (uint32_t s = 0; s < i->stalls[k].length; s++) {
        const struct timing *t = &p->timing[steps[s].code];
        if (t->unit != UNIT_LSU)
            d.pipe_cy[t->unit] += t->unit == UNIT_NONE ? 0 : t->interval_cy;
        else if (!t->uses_l1)
            d.memory_cy += 1;
        else if (steps[s].mask != 0)
            d.memory_cy += alike_bank_cy(p, steps[s].code);
    }
    return d;
}

static bool uses(const struct timing *t, enum unit u)
{
    return t->unit == u;
}

/* To the instructions of run k that use unit `u`. */
static void charge_unit(struct pipeline *p, const struct issue_profile *i, uint32_t k, enum unit u,
                        double cy)
{
    const struct trace_step *steps = &p->k->paths[i->path].steps[i->stalls[k].step];
    uint32_t n = 0;
    for (uint32_t s = 0; s < i->stalls[k].length; s++)
        n += uses(&p->timing[steps[s].code], u);
    for (uint32_t s = 0; cy > 0 && s < i->stalls[k].length; s++) {
        const struct timing *t = &p->timing[steps[s].code];
        enum stall reason = u != UNIT_LSU ? STALL_MATH_PIPE_THROTTLE
                            : t->uses_l1  ? STALL_LG_THROTTLE
                                          : STALL_MIO_THROTTLE;
        if (uses(t, u))
            pipeline_charge(p, steps[s].code, reason, cy / n);
    }
}

static void add_overlap(struct pipeline *p, struct sum *sum, const struct wave *w, uint32_t k)
{
    const struct issue_profile *i = sum->profile;
    const struct overlap_interval interval = {i->stalls[k].length, interval_stall_cy(i, k),
                                              sum->chance, sum->mean_n};
    struct overlap_share share =
        overlap_gcom(&interval, w->n_warps, p->g->v.sub_cores, p->g->v.issue_rate);
    bool is_last = k + 1 == i->n_stalls;
    enum stall reason = is_last ? STALL_DRAIN : i->stalls[k + 1].reason;
    bool is_memory = is_last || reason == STALL_LONG_SCOREBOARD;
    sum->of[is_memory ? MEM_DATA : COM_DATA] += share.data_cy * w->repeat;
    p->idle_cy += share.idle_cy * w->repeat;
    alike_charge_run(p, i, k, STALL_SELECTED, share.base_cy * w->repeat);
    alike_charge_wait(p, i, k, reason, share.data_cy * w->repeat);
}

static void add_contention(struct pipeline *p, struct sum *sum, const struct wave *w, uint32_t k)
{
    struct dispatch d = dispatch_of(p, sum->profile, k);
    struct dispatch_lost lost = dispatch_contend(&d, w->n_warps, p->g->v.sub_cores, sum->queue);
    sum->of[COM_STRUCT] += lost.compute_cy * w->repeat;
    sum->of[MEM_STRUCT] += lost.memory_cy * w->repeat;
    charge_unit(p, sum->profile, k, lost.busiest, lost.compute_cy * w->repeat);
    charge_unit(p, sum->profile, k, UNIT_LSU, lost.memory_cy * w->repeat);
}

static void add_memory(struct pipeline *p, struct sum *sum, const struct wave *w, uint32_t k)
{
    struct mshr_demand demand = alike_demand(p, sum->profile, k, w->n_warps);
    struct mshr_delay delay = mshr_gcom(p->g, &demand);
    double queue = (delay.noc_cy + delay.dram_cy) * w->repeat, full = delay.mshr_cy * w->repeat;
    sum->of[MEM_DATA] += queue;
    sum->of[MEM_STRUCT] += full;
    p->noc_cy += delay.noc_cy * w->repeat;
    p->dram_cy += delay.dram_cy * w->repeat;
    alike_charge_memory(p, sum->profile, k, STALL_LONG_SCOREBOARD, queue);
    alike_charge_memory(p, sum->profile, k, STALL_LG_THROTTLE, full);
}

/* In Nsight Compute's names base is selected. */
static void publish(struct pipeline *p, const struct sum *sum)
{
    const struct result_term terms[] = {
        {METRIC_com_data_cy, sum->of[COM_DATA]},
        {METRIC_com_struct_cy, sum->of[COM_STRUCT]},
        {METRIC_mem_data_cy, sum->of[MEM_DATA]},
        {METRIC_mem_struct_cy, sum->of[MEM_STRUCT]},
    };
    p->own_terms = arena_memdup(p->scratch, terms, sizeof terms);
    p->n_own_terms = ARRAY_LEN(terms);
}

enum status compose_gcom(struct pipeline *p, struct err *e)
{
    const struct gpu_values *v = &p->g->v;
    double unit_queue = isnan(v->unit_queue) ? default_unit_queue : v->unit_queue;
    double collectors = isnan(v->collectors) ? default_collectors : v->collectors;
    struct sum sum = {.queue = unit_queue + collectors / v->sub_cores + 1};
    TRY(alike_profile(p, &sum.profile, e));
    sum.chance = alike_issue_chance(sum.profile, 1);
    sum.mean_n = (double)sum.profile->n_steps / sum.profile->n_stalls;
    for (uint32_t w = 0; w < p->waves.n_waves; w++)
        for (uint32_t k = 0; k < sum.profile->n_stalls; k++) {
            add_overlap(p, &sum, &p->waves.waves[w], k);
            add_contention(p, &sum, &p->waves.waves[w], k);
            add_memory(p, &sum, &p->waves.waves[w], k);
        }
    alike_charge_run(p, sum.profile, sum.profile->n_stalls - 1, STALL_SELECTED, 1);
    p->stall[STALL_IDLE] = p->idle_cy;
    alike_busy(p);
    publish(p, &sum);
    return STATUS_OK;
}
