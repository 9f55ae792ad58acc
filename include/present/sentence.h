/*
 * sentence.h: what limits a kernel, in Nsight Compute's words and order: utilisation, launch, issue
 * slots, occupancy, stall reason, instruction.
 *
 * A verdict is derived from a result alone; texts are made in the caller's arena.
 */
#ifndef WARPSCOPE_PRESENT_SENTENCE_H
#define WARPSCOPE_PRESENT_SENTENCE_H

#include "base/arena.h"
#include "result/result.h"
#include "trace/trace.h"

/* id, name */
#define VERDICT_LIST(X)                     \
    X(VERDICT_UNKNOWN, "Not Known")         \
    X(VERDICT_SMALL_GRID, "Small Grid")     \
    X(VERDICT_LATENCY, "Latency Issue")     \
    X(VERDICT_HIGH_COMPUTE, "High Compute") \
    X(VERDICT_HIGH_MEMORY, "High Memory")   \
    X(VERDICT_BALANCED, "Balanced")         \
    X(VERDICT_HIGH_THROUGHPUT, "High Throughput")

enum verdict_kind {
#define X(id, name) id,
    VERDICT_LIST(X)
#undef X
        VERDICT_N
};

struct verdict {
    enum verdict_kind kind;
    double compute, memory;   /* share of peak, the largest of each side */
    const char *memory_level; /* "DRAM": the level behind `memory` */
    double issue;             /* share of cycles in which a sub-core issues */
    bool are_slots_lost;      /* issue slots are free often enough to ask for the stall */
    enum stall top;           /* largest loss; STALL_SELECTED when there is none */
    double top_share;         /* of all cycles */
    double top_bound;         /* speed-up when it went away altogether: an upper bound */
    uint32_t hottest;         /* instruction with most cycles of `top`, UINT32_MAX = none */
    bool is_occupancy_low;    /* theoretical occupancy below 80 % */
    bool is_occupancy_missed; /* achieved 10 points or more below theoretical */
    double tail_share;        /* of the last, partial wave, 0 when it is full */
};

const char *verdict_name(enum verdict_kind k);
struct verdict verdict_of(const struct result *r);

/* One or two sentences without line breaks. `k` may be NULL: instructions are not named then. */
char *verdict_sentence(struct arena *a, const struct verdict *v, const struct result *r);
char *verdict_evidence(struct arena *a, const struct verdict *v, const struct result *r,
                       const struct trace_kernel *k);

/* The instruction with most cycles of stall `s` (STALL_N: of all), UINT32_MAX when there is none.
 */
uint32_t result_hottest(const struct result *r, enum stall s);

#endif
