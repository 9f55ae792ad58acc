/*
 * refill.c: warps drift apart, and waves are not launched together.
 *
 * compose.c lets all resident warps ask for memory at the same time, again and again, and every
 * wave anew. On the chip those that are served first go on first, and a CTA takes the slot of one
 * that has ended: while some compute, memory serves others.
 *
 *     T = max(S + apart, A + S1 first (1 - 1 / n))
 *
 *     S      memory service of the SM's CTAs, S1 of those of the first wave
 *     apart  of the first wave, the time in which its critical warp has no request under way
 *     A      sum over waves of T with the queueing of those in step alone
 *     n      groups of warps that stay in step: CTAs where there are barriers, else warps
 *     first  share of a warp's requests that it makes before it first waits for one
 *
 * The first round of requests meets all others of its kind; behind it warps are staggered, and
 * either the server is never idle any more (the left bound) or nobody queues again but behind those
 * it is in step with (the right one). T is never more than the sum with all queueing. What is saved
 * comes off the waits for memory in proportion.
 *
 * Source: the two asymptotic bounds of a closed queueing network (Denning and Buzen, 1978), with a
 * start in step.
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
    double service = p->cta_service_cy * ctas;
    double first = p->cta_service_cy * MIN(ctas, (double)p->occupancy.ctas_per_sm);
    double bound = MAX(service + p->first_apart_cy,
                       p->alone_cy + first * p->first_round * (1 - 1 / p->n_in_step));
    double saved = p->running_cy - bound;
    double waiting = 0;
    for (size_t i = 0; i < ARRAY_LEN(waits); i++)
        waiting += p->stall[waits[i]];
    if (saved <= 0 || waiting <= 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(waits); i++)
        shorten(p, waits[i], MIN(saved / waiting, 1));
}
