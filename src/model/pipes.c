/*
 * pipes.c: the busiest pipe of a wave.
 *
 * A pipe that all resident warps need for longer than the wave would take without contention makes
 * the wave that long; the rest of its time is charged to the instructions that use it, whatever
 * warps they are of.
 */
#include "wave_cost.h"

static const double lsu_sub_core_cy = 4; /* address unit of a sub-core: MICRO'25, section 5.4 */

struct busy pipes_busy(const struct pipeline *p, const struct path_mix *mix)
{
    struct busy b = {.busiest = UNIT_LSU};
    double lsu_sm = 0;
    for (uint32_t i = 0; i < mix->n; i++) {
        const struct path_share *s = &mix->at[i];
        const struct path_demand *d = &p->demands[s->path];
        for (int u = 0; u < UNIT_LSU; u++)
            b.unit[u] += s->on_sub_core * d->busy_cy[u];
        b.unit[UNIT_LSU] += s->on_sub_core * d->uses[UNIT_LSU] * lsu_sub_core_cy;
        lsu_sm += s->on_sm * d->uses[UNIT_LSU] * p->g->v.mem_ii_cy;
        b.data_sm += s->on_sm * d->busy_cy[UNIT_LSU];
    }
    b.bound_cy = MAX(lsu_sm, b.data_sm);
    for (int u = 0; u < UNIT_N; u++)
        if (b.unit[u] > b.bound_cy) {
            b.bound_cy = b.unit[u];
            b.busiest = (enum unit)u;
        }
    return b;
}

static enum stall throttle_of(const struct timing *t)
{
    if (t->unit != UNIT_LSU)
        return STALL_MATH_PIPE_THROTTLE;
    return t->uses_l1 ? STALL_LG_THROTTLE : STALL_MIO_THROTTLE;
}

/* Warps whose use of the unit counts: the path to memory is one per SM. */
static double users(const struct path_share *s, enum unit u)
{
    return u == UNIT_LSU ? s->on_sm : s->on_sub_core;
}

enum status pipes_charge(struct pipeline *p, const struct path_mix *mix, enum unit u, double cy)
{
    double uses = 0;
    for (uint32_t i = 0; i < mix->n; i++)
        uses += users(&mix->at[i], u) * p->demands[mix->at[i].path].uses[u];
    for (uint32_t i = 0; i < mix->n; i++) {
        const struct trace_path *t = &p->k->paths[mix->at[i].path];
        double each = cy * users(&mix->at[i], u) / uses;
        if (!tick_step(p->tick, i, mix->n))
            return STATUS_CANCELLED;
        for (uint32_t s = 0; each > 0 && s < t->n_steps; s++) {
            const struct timing *time = &p->timing[t->steps[s].code];
            if (t->steps[s].mask != 0 && time->unit == u)
                pipeline_charge(p, t->steps[s].code, throttle_of(time), each);
        }
    }
    return STATUS_OK;
}
