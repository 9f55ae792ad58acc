/*
 * alike.h: what the compositions share that take all warps to be alike: one profile in the manner
 * of mech/interval.h, whose intervals are charged one by one. Private to model.
 */
#ifndef WARPSCOPE_MODEL_ALIKE_H
#define WARPSCOPE_MODEL_ALIKE_H

#include "mech/interval.h"
#include "mech/mshr.h"
#include "model/pipeline.h"

/* Profiles the representative path by the LATENCY variant and notes it as the critical one. */
enum status alike_profile(struct pipeline *p, const struct issue_profile **out,
                          struct err *e) MUST_USE;

/* N / (N / IR + sum of all stalls, the last one included). */
double alike_issue_chance(const struct issue_profile *i, double issue_rate);

/* GCoM's latencies of all static instructions (AMAT_MISS_RATES), in place of those there are. */
void alike_latencies(struct pipeline *p);

/* Cycles that an access keeps the banks of L1 busy: its sectors over the banks, at least one. */
double alike_bank_cy(const struct pipeline *p, uint32_t code);

/* What interval k of the profile asks of the memory beyond L1. */
struct mshr_demand alike_demand(const struct pipeline *p, const struct issue_profile *i, uint32_t k,
                                double warps);

/* Charge `cy` to the instructions of run k, to the one that waits behind it, to the accesses in it
 * that leave L1. */
void alike_charge_run(struct pipeline *p, const struct issue_profile *i, uint32_t k, enum stall s,
                      double cy);
void alike_charge_wait(struct pipeline *p, const struct issue_profile *i, uint32_t k, enum stall s,
                       double cy);
void alike_charge_memory(struct pipeline *p, const struct issue_profile *i, uint32_t k,
                         enum stall s, double cy);

/* How long pipes and the data path of L1 are needed over all waves, for the speed of light. */
void alike_busy(struct pipeline *p);

#endif
