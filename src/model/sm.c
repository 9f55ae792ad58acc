/*
 * sm.c: the detailed model as a model: the pipeline's stages up to the caches, then one SM followed
 * cycle by cycle instead of profiles and their composition.
 */
#include "model/sm.h"

#include "mech/launch.h"
#include "model/pipeline.h"
#include "sm_model.h"

static void charge_outcome(struct pipeline *p, const struct sm_outcome *o)
{
    p->insts = o->insts;
    for (int s = 0; s < STALL_N; s++)
        p->stall[s] = o->elapsed[s];
    p->stall[STALL_IDLE] = p->idle_cy = o->idle_cy;
    p->stall[STALL_LAUNCH] = p->launch_cy;
    for (int u = 0; u < UNIT_N; u++)
        p->busy_cy[u] = o->unit_busy_cy[u];
    p->l1_data_cy = o->data_cy;
    p->critical_path = o->last_path;
}

static const struct timeline *copy_timeline(struct arena *a, const struct timeline *t)
{
    if (t == NULL)
        return NULL;
    struct timeline *copy = arena_memdup(a, t, sizeof *t);
    copy->lanes = arena_memdup(a, t->lanes, t->n_lanes * sizeof *t->lanes);
    copy->spans = arena_memdup(a, t->spans, t->n_spans * sizeof *t->spans);
    copy->repeats = arena_memdup(a, t->repeats, t->n_repeats * sizeof *t->repeats);
    return copy;
}

static void publish_states(const struct sm_outcome *o, struct result *r)
{
    double *state = ARENA_ARRAY(&r->arena, double, STALL_N);
    for (int s = 0; s < STALL_N; s++)
        state[s] = o->issued > 0 ? o->warp_state_cy[s] / (double)o->issued : 0;
    r->warp_state = state;
    r->timeline = copy_timeline(&r->arena, o->timeline);
}

/*
 * Where the coming of the SM's CTAs takes most of the time, warps look as though they waited for
 * their registers while in truth others are missing. Then the SM is followed once more with all
 * CTAs there at once: what it takes less is launch.
 */
static enum status set_launch_apart(struct pipeline *p, struct sm_setting s, struct sm_outcome *out)
{
    double last_start_cy = (s.n_ctas - 1) * s.cta_spacing_cy;
    if (last_start_cy < out->cycles / 2)
        return STATUS_OK;
    double cycles = out->cycles;
    s.cta_spacing_cy = 0;
    TRY(sm_run(p->scratch, &s, out));
    p->launch_cy += MAX(cycles - out->cycles, 0);
    return STATUS_OK;
}

static enum status follow(struct pipeline *p, const struct model_case *c, struct sm_outcome *out,
                          struct err *e)
{
    double warps = p->occupancy.warps_per_cta;
    double first = MIN(p->k->n_ctas, p->n_sms);
    p->launch_cy = launch_latency_cy(p->g, first, warps);
    struct sm_setting s = {
        .k = p->k,
        .g = p->g,
        .timing = p->timing,
        .latency_cy = p->latency_cy,
        .answers = p->memory.answers,
        .ctas = p->waves.ctas,
        .n_ctas = p->waves.ctas_on_sm,
        .resident = p->occupancy.ctas_per_sm,
        .n_sms = p->sharing_sms,
        .cta_spacing_cy = launch_refill_cy(p->g, warps, p->occupancy.ctas_per_sm) * p->n_sms,
        .with_timeline = c->with_timeline,
        .every_cycle = c->every_cycle,
        .tick = p->tick,
    };
    if (sm_run(p->scratch, &s, out) != STATUS_OK || set_launch_apart(p, s, out) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while following the SM");
    return STATUS_OK;
}

static enum status run_stages(struct pipeline *p, const struct model_case *c, struct result *r,
                              struct err *e)
{
    TRY(pipeline_timing(p, e));
    TRY(pipeline_occupancy(p, e));
    p->with_answers = p->is_exact = true;
    TRY(pipeline_memory(p, e));
    pipeline_waves(p);
    struct sm_outcome out;
    TRY(follow(p, c, &out, e));
    charge_outcome(p, &out);
    const struct issue_profile *alone;
    if (pipeline_profile(p, p->critical_path, &alone) != STATUS_OK)
        return err_set(e, STATUS_CANCELLED, "cancelled while profiling a warp");
    pipeline_publish(p, r);
    publish_states(&out, r);
    model_add_term(r, METRIC_skipped_cy, out.skipped_cy);
    if (out.forced > 0)
        model_add_note(r, "warps waited at a barrier that the others never reached: let go");
    return STATUS_OK;
}

enum status sm_model_run(const struct model_case *c, struct result *r, struct err *e)
{
    return pipeline_with(run_stages, c, r, e);
}
