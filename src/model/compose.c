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

#include "mech/barrier.h"
#include "mech/contention.h"
#include "mech/launch.h"
#include "mech/occupancy.h"
#include "mech/overlap.h"
#include "model/pipeline.h"

/* Stalls of the critical warp with the instruction that each is charged to. */
struct stall_list {
    uint32_t n;
    uint32_t *code;
    double *cy;
    enum stall *reason;
};

struct critical {
    const struct issue_profile *profile;
    const double *barrier_waits; /* NULL = none */
    uint32_t warp;               /* in the wave */
};

static double own_time_cy(const struct issue_profile *p, const double *waits)
{
    double cy = p->n_steps + p->stall_cy + p->drain_cy;
    for (uint32_t b = 0; waits != NULL && b < p->n_barriers; b++)
        cy += waits[b];
    return cy;
}

/* Looks through the warps of one CTA; replaces *best by a slower warp. */
static enum status consider_cta(struct pipeline *p, const struct wave *w, uint32_t first,
                                uint32_t n, struct critical *best)
{
    const struct issue_profile **profiles =
        ARENA_ARRAY(p->scratch, const struct issue_profile *, n);
    bool alike = true;
    for (uint32_t i = 0; i < n; i++) {
        TRY(pipeline_profile(p, w->warps[first + i].path, &profiles[i]));
        alike = alike && profiles[i] == profiles[0];
    }
    double **waits = NULL;
    if (pipeline_has(p, FIX_BARRIER) && !alike)
        waits = barrier_waits(p->scratch, profiles, n);
    for (uint32_t i = 0; i < n; i++) {
        const double *own = waits ? waits[i] : NULL;
        if (best->profile == NULL ||
            own_time_cy(profiles[i], own) > own_time_cy(best->profile, best->barrier_waits))
            *best = (struct critical){profiles[i], own, first + i};
    }
    return STATUS_OK;
}

static enum status find_critical(struct pipeline *p, const struct wave *w, struct critical *best)
{
    *best = (struct critical){0};
    for (uint32_t first = 0; first < w->n_warps;) {
        uint32_t end = first + 1;
        while (end < w->n_warps && w->warps[end].cta == w->warps[first].cta)
            end++;
        TRY(consider_cta(p, w, first, end - first, best));
        first = end;
    }
    return STATUS_OK;
}

static void push_stall(struct stall_list *l, uint32_t code, enum stall reason, double cy)
{
    l->code[l->n] = code;
    l->reason[l->n] = reason;
    l->cy[l->n++] = cy;
}

static struct stall_list list_stalls(struct pipeline *p, const struct critical *c)
{
    const struct issue_profile *profile = c->profile;
    const struct trace_step *steps = p->k->paths[profile->path].steps;
    size_t room = (size_t)profile->n_stalls + profile->n_barriers + 1;
    struct stall_list l = {0, ARENA_ARRAY(p->scratch, uint32_t, room),
                           ARENA_ARRAY(p->scratch, double, room),
                           ARENA_ARRAY(p->scratch, enum stall, room)};
    for (uint32_t i = 0; i < profile->n_stalls; i++) {
        const struct issue_stall *s = &profile->stalls[i];
        push_stall(&l, steps[s->step].code, s->reason, s->cy);
    }
    for (uint32_t b = 0; c->barrier_waits != NULL && b < profile->n_barriers; b++)
        if (c->barrier_waits[b] > 0)
            push_stall(&l, steps[profile->barriers[b].step].code, STALL_BARRIER,
                       c->barrier_waits[b]);
    if (profile->drain_cy > 0 && profile->n_steps > 0)
        push_stall(&l, steps[profile->n_steps - 1].code, STALL_DRAIN, profile->drain_cy);
    return l;
}

/* Warps of each path on the sub-core of the critical warp, by path. */
static double *paths_on_sub_core(struct pipeline *p, const struct wave *w, const struct critical *c)
{
    double *count = ARENA_ARRAY(p->scratch, double, p->k->n_paths);
    uint32_t sub_core = w->warps[c->warp].sub_core;
    if (!pipeline_has(p, FIX_WAVES)) { /* AMALI: warps / sub-cores, rounded down, at least one */
        count[c->profile->path] = MAX(floor(w->n_warps / p->g->v.sub_cores), 1);
        return count;
    }
    for (uint32_t i = 0; i < w->n_warps; i++)
        if (w->warps[i].sub_core == sub_core)
            count[w->warps[i].path]++;
    return count;
}

/* Charges the issue slots of all warps of the sub-core; returns their number. */
static double charge_issue(struct pipeline *p, const double *warps_of_path, double repeat)
{
    double slots = 0;
    for (uint32_t path = 0; path < p->k->n_paths; path++) {
        if (warps_of_path[path] == 0)
            continue;
        const struct trace_path *t = &p->k->paths[path];
        double cy = warps_of_path[path] * repeat / p->g->v.issue_rate;
        for (uint32_t s = 0; s < t->n_steps; s++)
            pipeline_charge(p, t->steps[s].code, STALL_SELECTED, cy);
        slots += warps_of_path[path] * t->n_steps;
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
        contention_amali(p->scratch, p->k, profile, p->timing, p->g, setting);
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

struct busy {
    double unit[UNIT_N]; /* of one sub-core; LSU: its address unit */
    double lsu_sm, data_sm;
};

static const double lsu_sub_core_cy = 4; /* address unit of a sub-core: MICRO'25, section 5.4 */

static void add_busy(const struct pipeline *p, uint32_t path, double on_sub_core, double on_sm,
                     struct busy *b)
{
    const struct trace_path *t = &p->k->paths[path];
    for (uint32_t s = 0; s < t->n_steps; s++) {
        uint32_t code = t->steps[s].code;
        const struct timing *time = &p->timing[code];
        if (t->steps[s].mask == 0)
            continue;
        if (time->unit != UNIT_LSU) {
            b->unit[time->unit] += on_sub_core * time->interval_cy;
            continue;
        }
        b->unit[UNIT_LSU] += on_sub_core * lsu_sub_core_cy;
        b->lsu_sm += on_sm * p->g->v.mem_ii_cy;
        b->data_sm += on_sm * time->interval_cy;
    }
}

static struct busy wave_busy(const struct pipeline *p, const struct wave *w,
                             const double *on_sub_core)
{
    struct busy b = {{0}, 0, 0};
    double *on_sm = ARENA_ARRAY(p->scratch, double, p->k->n_paths);
    for (uint32_t i = 0; i < w->n_warps; i++)
        on_sm[w->warps[i].path]++;
    for (uint32_t path = 0; path < p->k->n_paths; path++)
        if (on_sm[path] > 0)
            add_busy(p, path, on_sub_core[path], on_sm[path], &b);
    b.unit[UNIT_NONE] = 0;
    return b;
}

static enum stall throttle_of(const struct timing *t)
{
    if (t->unit != UNIT_LSU)
        return STALL_MATH_PIPE_THROTTLE;
    return t->uses_l1 ? STALL_LG_THROTTLE : STALL_MIO_THROTTLE;
}

/* Spreads `cy` over the instructions of `path` that use the unit. */
static void charge_unit(struct pipeline *p, uint32_t path, enum unit unit, double cy)
{
    const struct trace_path *t = &p->k->paths[path];
    double n = 0;
    for (uint32_t s = 0; s < t->n_steps; s++)
        n += t->steps[s].mask != 0 && p->timing[t->steps[s].code].unit == unit;
    for (uint32_t s = 0; s < t->n_steps; s++) {
        const struct timing *time = &p->timing[t->steps[s].code];
        if (t->steps[s].mask != 0 && time->unit == unit)
            pipeline_charge(p, t->steps[s].code, throttle_of(time), cy / n);
    }
}

/* A wave cannot be shorter than its busiest pipe; what is missing waits for that pipe. */
static void charge_pipes(struct pipeline *p, const struct wave *w, const struct critical *c,
                         const double *on_sub_core, double elapsed)
{
    struct busy b = wave_busy(p, w, on_sub_core);
    enum unit busiest = UNIT_LSU;
    double bound = MAX(b.unit[UNIT_LSU], MAX(b.lsu_sm, b.data_sm));
    for (int u = 0; u < UNIT_N; u++) {
        p->busy_cy[u] += b.unit[u] * w->repeat;
        if (b.unit[u] > bound) {
            bound = b.unit[u];
            busiest = (enum unit)u;
        }
    }
    p->l1_data_cy += b.data_sm * w->repeat;
    if (bound > elapsed)
        charge_unit(p, c->profile->path, busiest, (bound - elapsed) * w->repeat);
}

static enum status compose_wave(struct pipeline *p, const struct wave *w)
{
    struct critical c;
    TRY(find_critical(p, w, &c));
    double *on_sub_core = paths_on_sub_core(p, w, &c);
    double slots = charge_issue(p, on_sub_core, w->repeat);
    struct stall_list stalls = list_stalls(p, &c);
    double left = 0;
    if (pipeline_has(p, FIX_HIDING))
        left = overlap_hide(stalls.cy, stalls.n, c.profile->n_steps, slots - c.profile->n_steps,
                            p->g->v.issue_rate);
    else
        for (uint32_t i = 0; i < stalls.n; i++)
            left += stalls.cy[i];
    for (uint32_t i = 0; i < stalls.n; i++)
        pipeline_charge(p, stalls.code[i], stalls.reason[i], stalls.cy[i] * w->repeat);
    charge_contention(p, w, &c);
    if (pipeline_has(p, FIX_PIPES))
        charge_pipes(p, w, &c, on_sub_core, slots / p->g->v.issue_rate + left);
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
    for (uint32_t i = 0; i < p->waves.n_waves; i++)
        if (compose_wave(p, &p->waves.waves[i]) != STATUS_OK)
            return err_set(e, STATUS_CANCELLED, "cancelled while composing waves");
    compose_launch(p);
    compose_idle(p);
    return STATUS_OK;
}
