/*
 * lsu.c: see the equation in the header.
 */
#include "mech/lsu.h"

static const double address_unit_cy = 4; /* MICRO'25, section 5.4 */

void lsu_init(struct lsu *l, const struct gpu *g)
{
    *l = (struct lsu){.interval_cy = g->v.mem_ii_cy};
    for (unsigned s = 0; s < LSU_MAX_SUB_CORES; s++)
        l->queue[s].taken_cy = -address_unit_cy;
}

double lsu_push(struct lsu *l, unsigned sub_core, double now_cy, double data_cy)
{
    struct lsu_queue *q = &l->queue[sub_core];
    double book = MAX(now_cy + LSU_THROUGH_CY, l->stage_free_cy);
    double take = MAX(book, q->taken_cy + address_unit_cy);
    l->stage_free_cy = book + MAX(l->interval_cy, data_cy);
    l->data_cy += data_cy;
    q->taken_cy = take;
    q->leave_cy[q->at] = take + 1;
    q->at = (q->at + 1) % LSU_QUEUE;
    return take;
}
