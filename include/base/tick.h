/*
 * tick.h: progress and cancellation as data, so that low layers need not know who watches.
 *
 * Work is counted in units known beforehand (bytes of a file, warp instructions). Long loops call
 * tick_step every few thousand units and stop with STATUS_CANCELLED when it says so.
 */
#ifndef WARPSCOPE_BASE_TICK_H
#define WARPSCOPE_BASE_TICK_H

#include "base/defs.h"
#include "base/err.h"

struct tick {
    /* Returns false to cancel. `total` 0 = not known. May be NULL: nobody watches. */
    bool (*report)(void *arg, uint64_t done, uint64_t total);
    void *arg;
};

static inline bool tick_step(const struct tick *t, uint64_t done, uint64_t total)
{
    return t == NULL || t->report == NULL || t->report(t->arg, done, total);
}

#endif
