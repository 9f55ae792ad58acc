/*
 * memory.h: what the caches answer to a grid's memory instructions, and how long that takes.
 *
 * Two ways: memory_amali (reuse-distance probabilities and one average latency, as the public code)
 * and memory_simulate (functional sectored L1 and L2). Both fill the same record.
 */
#ifndef WARPSCOPE_MECH_MEMORY_H
#define WARPSCOPE_MECH_MEMORY_H

#include "base/arena.h"
#include "base/tick.h"
#include "mech/timing.h"

struct memory_code {
    double executions;             /* with at least one active lane */
    double sectors;                /* of 32 bytes */
    double l1_hits, l2_hits, dram; /* sectors by the level that answered */
    /* Warp instructions by the farthest level that any of their sectors needed. */
    double by_l1, by_l2, by_dram;
};

/* What the caches answered to one access: its sectors by the level that had them. */
struct memory_answer {
    uint8_t sectors; /* 0 = no active lane */
    uint8_t l1, l2, dram;
};

struct memory {
    struct memory_code *code;      /* by static instruction */
    struct memory_answer *answers; /* by access record of the trace; NULL unless asked for */
    struct result_level level[RESULT_N_LEVELS];
    double requests;                   /* warp global accesses with an active lane */
    double transactions;               /* their sectors */
    double load_sectors, load_l1_hits; /* AMALI: plain loads only, LDGSTS counts as a store */
    double l1_hit_rate;                /* 0 without accesses */
    double l2_hit_rate;
    double dram_write_sectors; /* written back from L2 during the kernel */
    double store_sectors;
};

struct memory_shape {
    unsigned n_sms;
    unsigned resident; /* CTAs an SM holds at once */
    double l1_kib;
    bool with_answers; /* memory_simulate: keep what each access was answered */
};

/*
 * Reuse distances of every SM's line stream and of the interleaved L2 stream, turned into hit
 * chances (reuse.h). CTA b runs on SM b mod n_sms, all CTAs of an SM at once. Allocated in `a`.
 */
enum status memory_amali(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                         const struct timing *timing, struct memory_shape shape,
                         const struct tick *tick, struct memory *out) MUST_USE;

/*
 * Functional simulation, resident CTAs only: L1 writes through and is bypassed by LDGSTS.BYPASS and
 * atomics; L2 writes back and sees what L1 lets through. Caches start empty; the TLB is left out.
 */
enum status memory_simulate(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                            const struct timing *timing, struct memory_shape shape,
                            const struct tick *tick, struct memory *out) MUST_USE;

/*
 * AMALI's average cycles per global request, from total transactions (see memory_latency.c).
 */
double memory_amat_amali(const struct memory *m, const struct gpu *g, unsigned n_sms_used);

/* lat_L1 + miss_L1 * ((lat_L2 - lat_L1) + miss_L2 * (lat_DRAM - lat_L2)), means over all sectors.
 */
double memory_amat_sum(const struct memory *m, const struct gpu *g);

/* Latency of an access that a level answers, near and far L2 partition averaged. */
double memory_l2_latency_cy(const struct gpu *g);
double memory_dram_latency_cy(const struct gpu *g);

/* Mean latency of each static global or local access by the levels that answered it. */
double memory_code_latency_cy(const struct memory_code *c, const struct gpu *g);

#endif
