/*
 * compose.c: from single-warp profiles to the elapsed cycles of an SM.
 *
 * For each wave of resident warps: the critical warp is the one that takes longest on its own (with
 * its waits at barriers). Its sub-core's issue slots are all of its warps' instructions; its stalls
 * are shortened by what the other warps issue meanwhile; busy pipes can only make it longer:
 *
 *     T(wave) = issue slots / IR + sum of stalls left + max(0, busiest pipe - the two before)
 *
 * Every cycle is charged to a static instruction and a reason, so that the instructions' sums,
 * launch and idle give the total.
 */
#include <math.h>

#include "mech/contention.h"
#include "mech/launch.h"
#include "mech/occupancy.h"
#include "mech/overlap.h"
#include "wave_cost.h"

/* Charges the issue slots of all warps of the sub-core; returns their number. */
static double charge_issue(struct pipeline *p, const struct path_mix *mix, double repeat)
{
    double slots = 0;
    for (uint32_t i = 0; i < mix->n; i++) {
        const struct trace_path *t = &p->k->paths[mix->at[i].path];
        double warps = mix->at[i].on_sub_core;
        double cy = warps * repeat / p->g->v.issue_rate;
        for (uint32_t s = 0; warps > 0 && s < t->n_steps; s++)
            pipeline_charge(p, t->steps[s].code, STALL_SELECTED, cy);
        slots += warps * t->n_steps;
    }
    return slots;
}

static void charge_contention(struct pipeline *p, const struct wave *w, const struct critical *c)
{
    struct contention_setting setting = {
        .warps = w->n_warps,
        .n_sms = p->sms_used,
        .miss = 1 - p->memory.l1_hit_rate,
        .with_pipes = !pipeline_has(p, FIX_PIPES),
        .with_queue = !pipeline_has(p, FIX_QUEUE),
    };
    const struct issue_profile *profile = c->profile;
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
    if (pipeline_has(p, FIX_HIDING))
        return overlap_hide(l->cy, l->n, n_steps, slots - n_steps, p->g->v.issue_rate);
    double left = 0;
    for (uint32_t i = 0; i < l->n; i++)
        left += l->cy[i];
    return left;
}

static enum status compose_wave(struct pipeline *p, const struct wave *w)
{
    struct critical c;
    TRY(critical_find(p, w, &c));
    struct path_mix mix = path_mix_make(p, w, &c);
    double slots = charge_issue(p, &mix, w->repeat);
    struct stall_list stalls = critical_stalls(p, &c);
    double left = hide_stalls(p, &stalls, c.profile->n_steps, slots);
    for (uint32_t i = 0; i < stalls.n; i++)
        pipeline_charge(p, stalls.code[i], stalls.reason[i], stalls.cy[i] * w->repeat);
    charge_contention(p, w, &c);
    if (pipeline_has(p, FIX_PIPES))
        pipes_charge(p, w, &c, &mix, slots / p->g->v.issue_rate + left);
    if (w == &p->waves.waves[0])
        p->critical_path = c.profile->path;
    return STATUS_OK;
}

static void make_waves(struct pipeline *p)
{
    unsigned sub_cores = (unsigned)p->g->v.sub_cores;
    unsigned resident = p->occupancy.ctas_per_sm;
    if (!pipeline_has(p, FIX_WAVES)) {
        p->waves = waves_amali(p->scratch, p->k, p->n_sms, resident, sub_cores, p->representative);
        return;
    }
    p->waves = waves_busiest_sm(p->scratch, p->k, p->n_sms, resident, sub_cores);
    if (!pipeline_has(p, FIX_WARPS))
        waves_uniform(&p->waves, p->representative);
}

static void compose_launch(struct pipeline *p)
{
    double ctas = (double)p->k->counts.ctas_in_grid, w = p->occupancy.warps_per_cta;
    p->launch_cy = pipeline_has(p, FIX_LAUNCH) ? launch_latency_cy(p->g, ctas, w)
                                               : launch_latency_amali_cy(p->g, ctas, w);
    p->stall[STALL_LAUNCH] = p->launch_cy;
}

/* With real waves the fullest sub-core is followed from first to last, so it is never idle. */
static void compose_idle(struct pipeline *p)
{
    if (pipeline_has(p, FIX_WAVES) && pipeline_has(p, FIX_IDLE))
        return;
    double n = p->k->paths[p->representative].n_steps;
    double most = waves_max_instructions_amali(
        p->scratch, p->k, p->n_sms, (unsigned)p->g->v.sub_cores, n, p->occupancy.warps_per_cta);
    p->idle_cy = MAX(0, most - p->stall[STALL_SELECTED]);
    p->stall[STALL_IDLE] = p->idle_cy;
}

enum status pipeline_compose(struct pipeline *p, struct err *e)
{
    make_waves(p);
    occupancy_apply_grid(&p->occupancy, p->g, p->waves.ctas_on_sm);
    for (uint32_t i = 0; i < p->waves.n_waves; i++) {
        if (!tick_step(p->tick, i, p->waves.n_waves) ||
            compose_wave(p, &p->waves.waves[i]) != STATUS_OK)
            return err_set(e, STATUS_CANCELLED, "cancelled while composing waves");
        arena_reset(p->wave_scratch, 0);
    }
    compose_launch(p);
    compose_idle(p);
    return STATUS_OK;
}
