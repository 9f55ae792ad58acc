/*
 * refill.c: warps drift apart, and waves are not launched together.
 *
 * compose.c lets all resident warps ask for memory at the same time, again and again, and every
 * wave anew. On the chip those that are served first go on first, and a CTA takes the slot of one
 * that has ended: while some compute, memory serves others.
 *
 *     T = max(sum over waves of T without queueing,
 *             memory service of the SM's CTAs + the first wave without queueing)
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

/* Where queueing for memory shows: in the wait itself, and in those who wait for the waiting warp.
 */
static const enum stall waits[] = {STALL_LONG_SCOREBOARD, STALL_DRAIN, STALL_BARRIER};

void pipeline_refill(struct pipeline *p)
{
    if (pipeline_uses(p, REFILL_NONE) || pipeline_uses(p, WAVES_FLOOR) ||
        pipeline_uses(p, QUEUE_HALF))
        return;
    double ctas = (double)p->k->n_ctas / p->sharing_sms;
    double service = p->cta_service_cy * ctas + p->first_alone_cy;
    double saved = p->running_cy - MAX(p->alone_cy, service);
    double waiting = 0;
    for (size_t i = 0; i < ARRAY_LEN(waits); i++)
        waiting += p->stall[waits[i]];
    if (saved <= 0 || waiting <= 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(waits); i++)
        shorten(p, waits[i], MIN(saved / waiting, 1));
}
