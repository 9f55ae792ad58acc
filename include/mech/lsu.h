/*
 * lsu.h: the path of memory instructions from the sub-cores into L1 and shared memory of one SM,
 * cycle by cycle.
 *
 * Each sub-core has a queue of five entries and an address unit that passes one instruction every
 * four cycles; behind them one stage of the SM takes an instruction of any sub-core every
 * pipes.memory_interval cycles, or as long as its data occupies the data path. Measured by Huerta
 * et al. (MICRO'25, section 5.4 and table 1) on GA102: five instructions issue at one a cycle, the
 * sixth 12 cycles after the first.
 *
 *     book[i] = max(issue[i] + 11, stage free)         stage free = book[i] + max(interval, data)
 *     take[i] = max(book[i], take[i-1] of the sub-core + 4)          leave[i] = take[i] + 1
 *
 * The stage is booked in order of issue, over all sub-cores: an instruction that its own address
 * unit holds back does not keep others from the stage meanwhile. Instructions must be pushed in
 * order of time.
 */
#ifndef WARPSCOPE_MECH_LSU_H
#define WARPSCOPE_MECH_LSU_H

#include "base/defs.h"
#include "gpu/gpu.h"

enum { LSU_QUEUE = 5, LSU_MAX_SUB_CORES = 8, LSU_THROUGH_CY = 11 };

struct lsu {
    double interval_cy; /* of the stage that the sub-cores share */
    double stage_free_cy;
    double data_cy; /* data path busy so far */
    struct lsu_queue {
        double leave_cy[LSU_QUEUE]; /* ring: when the last instructions left or will leave */
        double taken_cy;
        unsigned at;
    } queue[LSU_MAX_SUB_CORES];
};

void lsu_init(struct lsu *l, const struct gpu *g);

/* From when on the queue of a sub-core has room. */
static inline double lsu_room_cy(const struct lsu *l, unsigned sub_core)
{
    const struct lsu_queue *q = &l->queue[sub_core];
    return q->leave_cy[q->at];
}

/* Pushes an instruction that occupies the data path for `data_cy`; returns when the stage of the SM
 * takes it. Without contention that is LSU_THROUGH_CY after `now_cy`. */
double lsu_push(struct lsu *l, unsigned sub_core, double now_cy, double data_cy);

#endif
