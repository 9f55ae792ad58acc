/*
 * pipes.c: the busiest pipe of a wave.
 *
 * A pipe that all resident warps need for longer than the wave would take without contention makes
 * the wave that long; the rest of its time is charged to the instructions that use it.
 */
#include "wave_cost.h"

static const double lsu_sub_core_cy = 4; /* address unit of a sub-core: MICRO'25, section 5.4 */

struct busy {
    double unit[UNIT_N]; /* of one sub-core; LSU: its address unit */
    double lsu_sm, data_sm;
};

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

static struct busy wave_busy(const struct pipeline *p, const struct path_mix *mix)
{
    struct busy b = {{0}, 0, 0};
    for (uint32_t i = 0; i < mix->n; i++)
        add_busy(p, mix->at[i].path, mix->at[i].on_sub_core, mix->at[i].on_sm, &b);
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

void pipes_charge(struct pipeline *p, const struct wave *w, const struct critical *c,
                  const struct path_mix *mix, double elapsed)
{
    struct busy b = wave_busy(p, mix);
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
