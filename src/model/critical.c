/*
 * critical.c: which warp of a sub-core decides when a wave ends there, and who runs beside it.
 */
#include <math.h>
#include <string.h>

#include "wave_cost.h"

/* Warps that meet at a last barrier end together: the one that others waited for is the slower. */
static bool is_slower(const struct issue_profile *p, const struct issue_profile *than)
{
    double own = p->n_steps + p->stall_cy + p->drain_cy;
    double other = than->n_steps + than->stall_cy + than->drain_cy;
    bool is_tie = fabs(own - other) <= 1e-9 * own;
    return is_tie ? p->barrier_cy < than->barrier_cy * (1 - 1e-9) : own > other;
}

static void note_spread(struct pipeline *p, const struct issue_profile *profile)
{
    struct warp_spread *s = &p->spread;
    double cy = profile->n_steps + profile->stall_cy + profile->drain_cy;
    s->shortest_cy = s->n == 0 ? cy : MIN(s->shortest_cy, cy);
    s->longest_cy = MAX(s->longest_cy, cy);
    s->sum_cy += cy;
    s->n++;
}

/* Looks through the warps of one CTA; replaces the best of their sub-cores by slower warps. */
static enum status consider_cta(struct pipeline *p, const struct wave *w, uint32_t first,
                                uint32_t n, struct critical best[WAVE_MAX_SUB_CORES])
{
    const struct issue_profile **profiles =
        ARENA_ARRAY(p->wave_scratch, const struct issue_profile *, n);
    TRY(pipeline_profile_cta(p, &w->warps[first], n, profiles));
    for (uint32_t i = 0; i < n; i++) {
        if (w == &p->waves.waves[0])
            note_spread(p, profiles[i]);
        struct critical *b = &best[w->warps[first + i].sub_core];
        if (b->profile == NULL || is_slower(profiles[i], b->profile))
            *b = (struct critical){profiles[i], w->warps[first + i].sub_core};
    }
    return STATUS_OK;
}

enum status critical_find(struct pipeline *p, const struct wave *w,
                          struct critical best[WAVE_MAX_SUB_CORES])
{
    memset(best, 0, WAVE_MAX_SUB_CORES * sizeof *best);
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

struct stall_list critical_stalls(struct pipeline *p, const struct critical *c)
{
    const struct issue_profile *profile = c->profile;
    const struct trace_step *steps = p->k->paths[profile->path].steps;
    size_t room = (size_t)profile->n_stalls + 1;
    struct stall_list l = {0, ARENA_ARRAY(p->wave_scratch, uint32_t, room),
                           ARENA_ARRAY(p->wave_scratch, double, room),
                           ARENA_ARRAY(p->wave_scratch, enum stall, room)};
    for (uint32_t i = 0; i < profile->n_stalls; i++) {
        const struct issue_stall *s = &profile->stalls[i];
        push_stall(&l, steps[s->step].code, s->reason, s->cy);
    }
    if (profile->drain_cy > 0 && profile->n_steps > 0)
        push_stall(&l, steps[profile->n_steps - 1].code, STALL_DRAIN, profile->drain_cy);
    return l;
}

static struct path_share *share_of(struct path_mix *mix, uint32_t path)
{
    for (uint32_t i = 0; i < mix->n; i++)
        if (mix->at[i].path == path)
            return &mix->at[i];
    mix->at[mix->n] = (struct path_share){.path = path};
    return &mix->at[mix->n++];
}

struct path_mix path_mix_make(struct pipeline *p, const struct wave *w, const struct critical *c)
{
    struct path_mix mix = {ARENA_ARRAY(p->wave_scratch, struct path_share, w->n_warps), 0};
    for (uint32_t i = 0; i < w->n_warps; i++) {
        struct path_share *s = share_of(&mix, w->warps[i].path);
        s->on_sm++;
        s->on_sub_core += w->warps[i].sub_core == c->sub_core;
    }
    if (pipeline_uses(p, WAVES_FLOOR)) /* AMALI: warps / sub-cores, rounded down, at least one */
        mix.at[0].on_sub_core = MAX(floor(w->n_warps / p->g->v.sub_cores), 1);
    return mix;
}
