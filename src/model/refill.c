/*
 * refill.c: waves are not launched together but one CTA at a time, as slots become free.
 *
 * compose.c adds up waves, and in each the resident warps queue for memory as if nothing had been
 * fetched before. On the chip the CTAs of an SM drift apart, so that memory works through the gaps:
 *
 *     T = max(sum over waves of T without queueing,
 *             memory service of all CTAs of the SM + the first wave without queueing)
 *
 * and never more than the sum with queueing. What is saved comes off the waits for memory in
 * proportion.
 */
#include "model/pipeline.h"

static void shorten(struct pipeline *p, enum stall s, double share)
{
    p->stall[s] = 0;
    for (uint32_t c = 0; c < p->k->n_code; c++) {
        p->insts[c].stall[s] *= 1 - share;
        p->stall[s] += p->insts[c].stall[s];
    }
}

void pipeline_refill(struct pipeline *p)
{
    bool applies = pipeline_has(p, FIX_REFILL) && pipeline_has(p, FIX_WAVES) &&
                   pipeline_has(p, FIX_QUEUE) && p->waves.count > 1;
    if (!applies)
        return;
    double chain = p->running_cy - p->queued_cy;
    double service = p->cta_service_cy * p->waves.ctas_on_sm + p->first_alone_cy;
    double saved = p->running_cy - MAX(chain, service);
    double waits = p->stall[STALL_LONG_SCOREBOARD] + p->stall[STALL_DRAIN];
    if (saved <= 0 || waits <= 0)
        return;
    double share = MIN(saved / waits, 1);
    shorten(p, STALL_LONG_SCOREBOARD, share);
    shorten(p, STALL_DRAIN, share);
}
