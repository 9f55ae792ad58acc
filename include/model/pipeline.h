/*
 * pipeline.h: the stages of an interval model with their inputs and outputs spelled out.
 *
 *     timing -> occupancy -> memory -> issue -> compose -> refill -> bounds -> publish
 *
 * Each part reads what earlier ones left in struct pipeline and fills its own. `variants` says
 * which variant of a stage runs (stage.h). Scratch memory lives in `scratch`; what is published
 * lives in the result's arena.
 */
#ifndef WARPSCOPE_MODEL_PIPELINE_H
#define WARPSCOPE_MODEL_PIPELINE_H

#include "mech/assign.h"
#include "mech/atomic.h"
#include "mech/bank.h"
#include "mech/issue.h"
#include "mech/memory.h"
#include "mech/timing.h"
#include "mech/waves.h"
#include "model/model.h"

/* What one warp of a path asks of the units and of L2. */
struct path_demand {
    bool is_measured;
    double uses[UNIT_N];    /* instructions with an active lane */
    double busy_cy[UNIT_N]; /* sum of their intervals; LSU: data path of the SM */
    double l2_cy;           /* service at this SM's share */
};

struct pipeline {
    /* given */
    const struct trace_kernel *k;
    const struct gpu *g;
    const enum variant *variants; /* by stage */
    const struct tick *tick;
    struct arena *scratch;
    struct arena *wave_scratch; /* emptied after each wave */

    /* timing */
    struct timing *timing;
    /* occupancy */
    struct result_occupancy occupancy;
    unsigned n_sms;       /* of the GPU */
    struct assign assign; /* of CTAs to SMs */
    uint32_t sms_used;
    double sharing_sms; /* that share L2 and DRAM with the busiest: waves_sharing_sms */
    /* memory */
    bool is_exact;     /* set before: no waves are left out of the cache simulation */
    bool with_answers; /* set before: the memory stage keeps each access's answer */
    struct memory memory;
    struct atomics atomics;  /* code NULL = they do not wait for each other */
    struct bank_code *banks; /* by static instruction; NULL = conflicts are not looked at */
    double *lanes;           /* active ones, mean by static instruction */
    double amat_cy;
    double *latency_cy;                      /* by static instruction */
    double l2_sector_cy, dram_sector_cy;     /* service of a sector at this SM's share */
    double written_share;                    /* of stored sectors, what L2 wrote to DRAM */
    double *l2_service_cy, *dram_service_cy; /* by static instruction, at this SM's share */
    double cta_service_cy; /* of L2 or DRAM, the longer, for one CTA in the mean */
    double cta_l2_cy;      /* service that L2 gives a CTA, in the mean */
    double sm_l2_cy;       /* service that L2 gives an SM's resident warps, mean over CTAs */
    /* issue */
    bool code_stays, constants_stay; /* in the first caches, or these are not modelled */
    /* by path, made when the profile is first asked for */
    const struct issue_profile **profiles;
    struct profile_table *table; /* of groups of warps: profile.c */
    struct path_demand *demands;
    uint32_t representative; /* where a switch that is off wants one */
    /* compose: elapsed cycles of the busiest SM's slowest sub-core */
    struct waves waves;
    struct result_inst *insts; /* stalls by static instruction */
    double stall[STALL_N];
    double noc_cy, dram_cy;      /* AMALI's parts of mio_throttle */
    double busy_cy[UNIT_N];      /* of the busiest sub-core or, LSU, of the SM */
    double l1_data_cy;           /* data cycles of L1 and shared memory on the busiest SM */
    double running_cy, alone_cy; /* sum over waves, as composed and without queueing */
    double first_apart_cy;       /* of the first wave, with no request beyond L1 under way */
    double n_in_step;            /* groups of its warps that stay in step, each for itself */
    double first_round;          /* share of its requests before it first waits for one */
    double launch_cy, idle_cy;
    /* Warps of the first wave on their own, with the queueing of the SM. */
    struct warp_spread {
        double shortest_cy, longest_cy, sum_cy;
        uint32_t n;
    } spread;
    uint32_t n_profiled;    /* warps that no other is an exact duplicate of */
    double sub_core_gap_cy; /* slowest sub-core less the mean of all, over the waves */
    uint32_t critical_path; /* path whose intervals are shown, where it has a profile */
    /* What only one composition has to say; in scratch. */
    struct result_term *own_terms;
    uint32_t n_own_terms;
    const char *note; /* NULL = none */
};

static inline bool pipeline_uses(const struct pipeline *p, enum variant v)
{
    return p->variants[variant_info[v].stage] == v;
}

/* Stages in order; each may assume that the ones before have run. */
enum status pipeline_timing(struct pipeline *p, struct err *e) MUST_USE;
enum status pipeline_occupancy(struct pipeline *p, struct err *e) MUST_USE;
enum status pipeline_memory(struct pipeline *p, struct err *e) MUST_USE;
/* The waves of the busiest SM and the occupancy that they reach; compose begins with it. */
void pipeline_waves(struct pipeline *p);
enum status pipeline_compose(struct pipeline *p, struct err *e) MUST_USE;
void pipeline_refill(struct pipeline *p);
enum status pipeline_bounds(struct pipeline *p, struct err *e) MUST_USE;

/* The profiles of the n warps of a CTA of a wave, in out[n]: together where they wait for one
 * another at barriers, each with what the caches answered it. Duplicates are profiled once. */
enum status pipeline_profile_cta(struct pipeline *p, const struct wave_warp *w, uint32_t n,
                                 const struct issue_profile **out) MUST_USE;

/* Whether the kernel has CTA barriers. */
bool profile_has_barriers(const struct pipeline *p);

/* Fills demands[path]; the profile functions do it too. */
void pipeline_demand(struct pipeline *p, uint32_t path);

/* The part of latency_cy[code] that the caches decide: a mean over executions. */
double pipeline_level_latency_cy(const struct pipeline *p, uint32_t code);

/* The profile of the first warp of a path, alone; made on first use, together with its demand. */
enum status pipeline_profile(struct pipeline *p, uint32_t path,
                             const struct issue_profile **out) MUST_USE;

/* The profile of the same warp among the same others with empty instruction and constant caches;
 * NULL where neither is modelled. */
enum status pipeline_profile_cold(struct pipeline *p, const struct issue_profile *warm,
                                  const struct issue_profile **out) MUST_USE;

/* Cycles so far, launch and idle included. */
double pipeline_cycles(const struct pipeline *p);

/* Adds cycles of reason `s` to the total and to the instruction. */
void pipeline_charge(struct pipeline *p, uint32_t code, enum stall s, double cy);

/* Fills a result from the finished pipeline; r->is_withheld says whether it may have a total. */
void pipeline_publish(const struct pipeline *p, struct result *r);

/* What a model does with a pipeline of no stage yet, to fill `r`. */
typedef enum status pipeline_steps(struct pipeline *p, const struct model_case *c, struct result *r,
                                   struct err *e);
/* Makes the pipeline of a case, lends it its arenas for the time of `steps`. */
enum status pipeline_with(pipeline_steps *steps, const struct model_case *c, struct result *r,
                          struct err *e) MUST_USE;

/* The run function of the models that are made of stages. */
enum status pipeline_run(const struct model_case *c, struct result *r, struct err *e) MUST_USE;

#endif
