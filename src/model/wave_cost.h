/*
 * wave_cost.h: parts of the compose stage. Private to model.
 */
#ifndef WARPSCOPE_MODEL_WAVE_COST_H
#define WARPSCOPE_MODEL_WAVE_COST_H

#include "model/pipeline.h"

/* The warp that takes longest on its own. */
struct critical {
    const struct issue_profile *profile;
    const double *barrier_waits; /* by barrier of the profile; NULL = none */
    uint32_t warp;               /* in the wave */
};

/* Profiles every warp of the wave and lines them up at their barriers. */
enum status critical_find(struct pipeline *p, const struct wave *w, struct critical *out) MUST_USE;

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

/* Charges what a wave of `elapsed` cycles lacks to serve its busiest pipe. */
void pipes_charge(struct pipeline *p, const struct wave *w, const struct critical *c,
                  const struct path_mix *mix, double elapsed);

#endif
