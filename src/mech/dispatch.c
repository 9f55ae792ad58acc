/*
 * dispatch.c: equation, symbols and source in the header.
 *
 * Two readings are ours, since the text of the equations leaves them open and the golden numbers of
 * the public code decide: the stall counts the issue slot that ends it (s + 1), and `queue` counts
 * the instruction at the pipe as well. They bring comStruct within 1 % and memStruct within 2 % of
 * all three runs; what is missing is not known.
 *
 * Known error: all warps of the SM are taken to be in the same interval at the same time.
 */
#include "mech/dispatch.h"

struct dispatch_lost dispatch_contend(const struct dispatch *d, double warps, double sub_cores,
                                      double queue)
{
    struct dispatch_lost lost = {0, 0, UNIT_NONE};
    double active = MIN(warps, sub_cores), all = d->n * warps;
    double least = all / active, memory = d->memory_cy * warps, pipes = 0;
    for (int u = 0; u < UNIT_N; u++)
        if (d->pipe_cy[u] * warps / active > pipes) {
            pipes = d->pipe_cy[u] * warps / active;
            lost.busiest = (enum unit)u;
        }
    double raw = MAX(least, MAX(memory, pipes)) - least;
    if (raw <= 0)
        return lost;
    double late = MAX(all - queue, 0) / all;
    double cy = raw * late + MAX(raw * (1 - late) - (d->stall_cy + 1), 0);
    double by_memory = MAX(memory - least, 0), by_compute = MAX(pipes - least, 0);
    lost.memory_cy = cy * by_memory / (by_memory + by_compute);
    lost.compute_cy = cy - lost.memory_cy;
    return lost;
}
