/*
 * compose.c: from single-warp profiles to the elapsed cycles of an SM.
 *
 * For each wave of resident warps and each sub-core: the critical warp is the one that takes
 * longest on its own (with its waits at barriers). The sub-core's issue slots are all of its warps'
 * instructions; the critical warp's stalls are shortened by what the other warps issue meanwhile;
 * busy pipes can only make it longer:
 *
 *     T(sub-core) = max(issue slots / IR + sum of stalls left, busiest pipe)
 *     T(wave)     = max over sub-cores
 *
 * Every cycle is charged to a static instruction and a reason, so that the instructions' sums,
 * launch and idle give the total.
 */
#include <math.h>

#include "compose.h"
#include "mech/contention.h"
#include "mech/launch.h"
#include "mech/occupancy.h"
#include "mech/overlap.h"
#include "wave_cost.h"

/* What a wave takes on one sub-core. */
struct cost {
    struct critical critical;
    struct path_mix mix;
    struct stall_list stalls; /* what is left of them */
    struct busy busy;
    double missing_cy; /* for the busiest pipe */
    double elapsed_cy;
};

/* Charges the issue slots of all warps of the sub-core. */
static enum status charge_issue(struct pipeline *p, const struct path_mix *mix, double repeat)
{
    for (uint32_t i = 0; i < mix->n; i++) {
        const struct trace_path *t = &p->k->paths[mix->at[i].path];
        double cy = mix->at[i].on_sub_core * repeat / p->g->v.issue_rate;
        if (!tick_step(p->tick, i, mix->n))
            return STATUS_CANCELLED;
        for (uint32_t s = 0; cy > 0 && s < t->n_steps; s++)
            pipeline_charge(p, t->steps[s].code, STALL_SELECTED, cy);
    }
    return STATUS_OK;
}

static void charge_contention(struct pipeline *p, const struct wave *w,
                              const struct issue_profile *profile)
{
    struct contention_setting setting = {
        .warps = w->n_warps,
        .n_sms = p->sms_used,
        .miss = 1 - p->memory.l1_hit_rate,
        .with_pipes = pipeline_uses(p, PIPES_INTERVAL),
        .with_queue = pipeline_uses(p, QUEUE_HALF),
    };
    const struct contention *lost =
        contention_amali(p->wave_scratch, p->k, profile, p->timing, p->g, setting);
    const struct trace_step *steps = p->k->paths[profile->path].steps;
    for (uint32_t i = 0; i < profile->n_stalls; i++) {
        const struct issue_stall *at = &profile->stalls[i];
        double each = w->repeat / at->length;
        for (uint32_t s = at->step; s < at->step + at->length; s++) {
            uint32_t code = steps[s].code;
            pipeline_charge(p, code, STALL_MATH_PIPE_THROTTLE, lost[i].math_cy * each);
            pipeline_charge(p, code, STALL_LG_THROTTLE, lost[i].lg_cy * each);
            pipeline_charge(p, code, STALL_MIO_THROTTLE, (lost[i].noc_cy + lost[i].dram_cy) * each);
        }
        p->noc_cy += lost[i].noc_cy * w->repeat;
        p->dram_cy += lost[i].dram_cy * w->repeat;
    }
}

/* Shortens the stalls by what other warps issue meanwhile; returns what is left of them. */
static double hide_stalls(struct pipeline *p, struct stall_list *l, double n_steps, double slots)
{
    if (pipeline_uses(p, HIDING_OTHERS))
        return overlap_hide(l->cy, l->n, n_steps, slots - n_steps, p->g->v.issue_rate);
    double left = 0;
    for (uint32_t i = 0; i < l->n; i++)
        left += l->cy[i];
    return left;
}

static struct cost cost_of(struct pipeline *p, const struct wave *w, const struct critical *c)
{
    struct cost cost = {.critical = *c, .mix = path_mix_make(p, w, c)};
    double slots = 0;
    for (uint32_t i = 0; i < cost.mix.n; i++)
        slots += cost.mix.at[i].on_sub_core * p->k->paths[cost.mix.at[i].path].n_steps;
    cost.stalls = critical_stalls(p, c);
    double left = hide_stalls(p, &cost.stalls, c->profile->n_steps, slots);
    cost.busy = pipes_busy(p, &cost.mix);
    cost.elapsed_cy = slots / p->g->v.issue_rate + left;
    if (pipeline_uses(p, PIPES_QUEUES) && cost.busy.bound_cy > cost.elapsed_cy) {
        cost.missing_cy = cost.busy.bound_cy - cost.elapsed_cy;
        cost.elapsed_cy = cost.busy.bound_cy;
    }
    return cost;
}

static enum status charge_wave(struct pipeline *p, const struct wave *w, const struct cost *cost)
{
    TRY(charge_issue(p, &cost->mix, w->repeat));
    const struct stall_list *l = &cost->stalls;
    for (uint32_t i = 0; i < l->n; i++)
        pipeline_charge(p, l->code[i], l->reason[i], l->cy[i] * w->repeat);
    if (pipeline_uses(p, PIPES_INTERVAL) || pipeline_uses(p, QUEUE_HALF))
        charge_contention(p, w, cost->critical.profile);
    for (int u = 0; u < UNIT_N; u++)
        p->busy_cy[u] += cost->busy.unit[u] * w->repeat;
    p->l1_data_cy += cost->busy.data_sm * w->repeat;
    return cost->missing_cy > 0
               ? pipes_charge(p, &cost->mix, cost->busy.busiest, cost->missing_cy * w->repeat)
               : STATUS_OK;
}

/* The same warp as if nobody but those in step with it asked L2 and DRAM. */
static double alone_cy(struct pipeline *p, const struct wave *w, const struct cost *cost)
{
    struct critical alone = cost->critical;
    if (alone.profile->alone == NULL)
        return cost->elapsed_cy;
    alone.profile = alone.profile->alone;
    return MIN(cost->elapsed_cy, cost_of(p, w, &alone).elapsed_cy);
}

/* Of the wave alone, the time in which its critical warp has nothing under way beyond L1. */
static double apart_cy(const struct cost *cost, double wave_alone_cy)
{
    const struct issue_profile *alone = cost->critical.profile->alone;
    return alone == NULL ? wave_alone_cy : MAX(wave_alone_cy - alone->in_flight_cy, 0);
}

/* How much longer stall `i` of `cold` is than that of the same step and reason in `warm`, in which
 * *at moves on. */
static double excess_cy(const struct issue_profile *cold, uint32_t i,
                        const struct issue_profile *warm, uint32_t *at)
{
    const struct issue_stall *s = &cold->stalls[i];
    while (*at < warm->n_stalls && warm->stalls[*at].step < s->step)
        ++*at;
    double before = 0;
    for (uint32_t w = *at; w < warm->n_stalls && warm->stalls[w].step == s->step; w++)
        before += warm->stalls[w].reason == s->reason ? warm->stalls[w].cy : 0;
    return MAX(s->cy - before, 0);
}

/* What the first wave loses while its code and constants come, to where it waits longer for it. */
static enum status charge_cold(struct pipeline *p, const struct wave *w, const struct cost *warm)
{
    struct critical c = warm->critical;
    TRY(pipeline_profile_cold(p, c.profile, &c.profile));
    if (c.profile == NULL)
        return STATUS_OK;
    double lost = cost_of(p, w, &c).elapsed_cy - warm->elapsed_cy, sum = 0;
    double *excess = ARENA_ARRAY(p->wave_scratch, double, c.profile->n_stalls);
    for (uint32_t i = 0, at = 0; i < c.profile->n_stalls; i++)
        sum += excess[i] = excess_cy(c.profile, i, warm->critical.profile, &at);
    if (lost <= 0 || sum <= 0)
        return STATUS_OK;
    const struct trace_step *steps = p->k->paths[c.profile->path].steps;
    for (uint32_t i = 0; i < c.profile->n_stalls; i++)
        if (excess[i] > 0)
            pipeline_charge(p, steps[c.profile->stalls[i].step].code, c.profile->stalls[i].reason,
                            lost * excess[i] / sum);
    p->running_cy += lost;
    p->alone_cy += lost;
    p->first_apart_cy += lost;
    return STATUS_OK;
}

static enum status compose_wave(struct pipeline *p, const struct wave *w)
{
    struct critical by_sub_core[WAVE_MAX_SUB_CORES];
    TRY(critical_find(p, w, by_sub_core));
    struct cost slowest = {.elapsed_cy = -1};
    double longest_alone = 0, sum_cy = 0;
    for (unsigned s = 0; s < WAVE_MAX_SUB_CORES; s++) {
        if (by_sub_core[s].profile == NULL)
            continue;
        struct cost cost = cost_of(p, w, &by_sub_core[s]);
        longest_alone = MAX(longest_alone, alone_cy(p, w, &cost));
        sum_cy += cost.elapsed_cy;
        if (cost.elapsed_cy > slowest.elapsed_cy)
            slowest = cost;
    }
    p->sub_core_gap_cy += (slowest.elapsed_cy - sum_cy / p->g->v.sub_cores) * w->repeat;
    p->running_cy += slowest.elapsed_cy * w->repeat;
    p->alone_cy += longest_alone * w->repeat;
    TRY(charge_wave(p, w, &slowest));
    if (w != &p->waves.waves[0])
        return STATUS_OK;
    p->critical_path = slowest.critical.profile->path;
    p->profiles[p->critical_path] = slowest.critical.profile;
    p->first_apart_cy = apart_cy(&slowest, longest_alone);
    const struct issue_profile *alone = slowest.critical.profile->alone;
    p->first_round = alone == NULL ? 1 : alone->first_round;
    p->n_in_step = profile_has_barriers(p) ? w->n_ctas : w->n_warps;
    return charge_cold(p, w, &slowest);
}

static void make_waves(struct pipeline *p)
{
    unsigned sub_cores = (unsigned)p->g->v.sub_cores;
    unsigned resident = p->occupancy.ctas_per_sm;
    if (pipeline_uses(p, WAVES_FLOOR)) {
        p->waves =
            waves_amali(p->scratch, p->k, &p->assign, resident, sub_cores, p->representative);
        return;
    }
    p->waves = waves_busiest_sm(p->scratch, p->k, &p->assign, sub_cores);
    if (pipeline_uses(p, WARPS_REPRESENTATIVE))
        waves_uniform(&p->waves, p->representative);
}

/* Of the first CTA of each SM; bounds.c sees to the others. AMALI: of all CTAs of the grid. */
static void compose_launch(struct pipeline *p)
{
    double first = MIN(p->k->n_ctas, p->n_sms), w = p->occupancy.warps_per_cta;
    if (pipeline_uses(p, LAUNCH_NONE))
        return;
    p->launch_cy = pipeline_uses(p, LAUNCH_FITTED)
                       ? launch_latency_cy(p->g, first, w)
                       : launch_latency_amali_cy(p->g, (double)p->k->counts.ctas_in_grid, w);
    p->stall[STALL_LAUNCH] = p->launch_cy;
}

/* With real waves the slowest sub-core is followed from first to last, so it is never idle. */
static void compose_idle(struct pipeline *p)
{
    if (pipeline_uses(p, WAVES_BUSIEST) && pipeline_uses(p, IDLE_FOLLOWED))
        return;
    double n = p->k->paths[p->representative].n_steps;
    double most = waves_max_instructions_amali(p->k, &p->assign, (unsigned)p->g->v.sub_cores, n,
                                               p->occupancy.warps_per_cta);
    p->idle_cy = MAX(0, most - p->stall[STALL_SELECTED]);
    p->stall[STALL_IDLE] = p->idle_cy;
}

void pipeline_waves(struct pipeline *p)
{
    make_waves(p);
    double of_grid = floor((double)p->k->counts.ctas_in_grid / p->n_sms);
    occupancy_apply_grid(&p->occupancy, p->g, p->waves.ctas_on_sm,
                         (unsigned)MIN(of_grid, UINT32_MAX));
}

static void tell_spread(struct pipeline *p)
{
    const struct result_term terms[] = {
        {METRIC_warps_profiled, p->n_profiled},
        {METRIC_warp_shortest_cy, p->spread.shortest_cy},
        {METRIC_warp_mean_cy, p->spread.sum_cy / p->spread.n},
        {METRIC_warp_longest_cy, p->spread.longest_cy},
        {METRIC_sub_core_gap_cy, p->sub_core_gap_cy},
    };
    p->own_terms = arena_memdup(p->scratch, terms, sizeof terms);
    p->n_own_terms = ARRAY_LEN(terms);
}

static enum status compose_critical(struct pipeline *p, struct err *e)
{
    for (uint32_t i = 0; i < p->waves.n_waves; i++) {
        if (!tick_step(p->tick, i, p->waves.n_waves) ||
            compose_wave(p, &p->waves.waves[i]) != STATUS_OK)
            return err_set(e, STATUS_CANCELLED, "cancelled while composing waves");
        arena_reset(p->wave_scratch, 0);
    }
    compose_idle(p);
    if (pipeline_uses(p, WARPS_EACH))
        tell_spread(p);
    return STATUS_OK;
}

enum status pipeline_compose(struct pipeline *p, struct err *e)
{
    static const struct {
        enum variant variant;
        enum status (*compose)(struct pipeline *p, struct err *e);
    } ways[] = {
        {COMPOSE_CRITICAL, compose_critical},
        {COMPOSE_SUM, compose_gcom},
        {COMPOSE_MDM, compose_mdm},
        {COMPOSE_MAXIMUM, compose_roofline},
    };
    pipeline_waves(p);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (pipeline_uses(p, ways[i].variant))
            TRY(ways[i].compose(p, e));
    compose_launch(p);
    return STATUS_OK;
}
