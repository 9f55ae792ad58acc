/*
 * wave_cost.h: parts of the compose stage. Private to model.
 */
#ifndef WARPSCOPE_MODEL_WAVE_COST_H
#define WARPSCOPE_MODEL_WAVE_COST_H

#include "model/pipeline.h"

enum { WAVE_MAX_SUB_CORES = 8 }; /* what gpu_param.def allows */

/* The warp of a sub-core that takes longest on its own. */
struct critical {
    const struct issue_profile *profile; /* NULL = the sub-core has no warp */
    uint32_t sub_core;
};

/* Profiles the warps of the wave, CTA by CTA, and finds the slowest of each sub-core. */
enum status critical_find(struct pipeline *p, const struct wave *w,
                          struct critical out[WAVE_MAX_SUB_CORES]) MUST_USE;

/* Stalls of the critical warp with the instruction that each is charged to; in p->wave_scratch. */
struct stall_list {
    uint32_t n;
    uint32_t *code;
    double *cy;
    enum stall *reason;
};
struct stall_list critical_stalls(struct pipeline *p, const struct critical *c);

/* How many warps follow each path that occurs in a wave. */
struct path_share {
    uint32_t path;
    double on_sub_core; /* of the critical warp */
    double on_sm;
};
struct path_mix {
    struct path_share *at;
    uint32_t n;
};
struct path_mix path_mix_make(struct pipeline *p, const struct wave *w, const struct critical *c);

/* How long the pipes of a sub-core, and the SM's path to memory, are needed in a wave. */
struct busy {
    double unit[UNIT_N]; /* of the sub-core; LSU: its address unit */
    double data_sm;      /* data path of L1 and shared memory */
    enum unit busiest;   /* and the cycles that it needs, be it of the sub-core or of the SM */
    double bound_cy;
};
struct busy pipes_busy(const struct pipeline *p, const struct path_mix *mix);

/* Charges `cy` to the instructions of the wave that use `u`. */
enum status pipes_charge(struct pipeline *p, const struct path_mix *mix, enum unit u,
                         double cy) MUST_USE;

#endif
