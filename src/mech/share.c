/*
 * share.c: see the equation in the header.
 */
#include "mech/share.h"

double share_l2_b_per_cy(const struct gpu *g, double n_sms)
{
    return MIN(g->v.l2_b_per_cy / n_sms, g->v.l1_b_per_cy);
}

double share_dram_b_per_cy(const struct gpu *g, double n_sms)
{
    return MIN(gpu_dram_b_per_cy(g) / n_sms, g->v.l1_b_per_cy);
}

double share_in_flight_b_per_cy(const struct gpu *g, double latency_cy)
{
    return g->v.mshr_per_sm * SHARE_LINE_SECTORS * g->v.sector_b / latency_cy;
}

void share_init(struct share *s, struct arena *a, const struct gpu *g, double n_sms)
{
    const struct gpu_values *v = &g->v;
    *s = (struct share){.l2_sector_cy = v->sector_b / share_l2_b_per_cy(g, n_sms),
                        .dram_sector_cy = v->sector_b / share_dram_b_per_cy(g, n_sms),
                        .n_entries = (unsigned)v->mshr_per_sm};
    s->in_flight_cy = ARENA_ARRAY(a, double, s->n_entries);
}

double share_room_cy(const struct share *s, unsigned lines)
{
    if (lines == 0)
        return 0;
    unsigned last = (s->at + MIN(lines, s->n_entries) - 1) % s->n_entries;
    return s->in_flight_cy[last];
}

double share_serve(struct share *s, double ask_cy, unsigned l2, unsigned dram)
{
    double until = ask_cy;
    if (l2 > 0) {
        s->l2_served_cy = MAX(s->l2_served_cy, ask_cy) + l2 * s->l2_sector_cy;
        until = s->l2_served_cy;
    }
    if (dram > 0) {
        s->dram_served_cy = MAX(s->dram_served_cy, ask_cy) + dram * s->dram_sector_cy;
        until = MAX(until, s->dram_served_cy);
    }
    return until;
}

void share_hold(struct share *s, unsigned lines, double done_cy)
{
    for (unsigned i = 0; i < MIN(lines, s->n_entries); i++) {
        s->in_flight_cy[s->at] = MAX(s->in_flight_cy[s->at], done_cy);
        s->at = s->at + 1 < s->n_entries ? s->at + 1 : 0;
    }
}
