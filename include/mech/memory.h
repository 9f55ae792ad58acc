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
#include "mech/assign.h"
#include "mech/timing.h"

struct memory_code {
    double executions; /* with at least one active lane */
    double sectors;    /* of 32 bytes */
    /* Sectors by the level that answered; l2_hits counts both partitions, far_hits those of them
     * that came from the far one. */
    double l1_hits, l2_hits, far_hits, dram;
    /* Warp instructions by the farthest level that any of their sectors needed: what a warp waits
     * for. by_l2 counts both partitions, by_far those of them that needed the far one. */
    double by_l1, by_l2, by_far, by_dram;
};

/* What the caches answered to one access: its sectors by the level that had them, l1 + l2 + dram =
 * sectors. The warp waits for the farthest. */
struct memory_answer {
    uint8_t sectors; /* 0 = no active lane */
    uint8_t l1, l2;  /* l2: of either partition */
    uint8_t far;     /* those of l2 that came from the far partition */
    uint8_t dram;
    uint8_t lines; /* that had a sector beyond L1 */
};

/* What PPT-GPU's memory model makes of the same streams (memory_amali only). Hit rates are plain
 * means over the SMs in use, and that of loads is of a stream of loads alone. */
struct memory_ppt {
    double l1_hit_rate, load_hit_rate, l2_hit_rate;
    double load_requests, store_requests;   /* without an active lane as well */
    double load_sectors, store_sectors;     /* lines of 32 bytes */
    double l2_loads, l2_stores, dram_total; /* whole transactions */
};

struct memory {
    struct memory_code *code;      /* by static instruction */
    struct memory_answer *answers; /* by access record of the trace; NULL unless asked for */
    const bool *has_answers;       /* by CTA; NULL = all CTAs were simulated */
    const struct assign *assign;   /* which CTAs ran on which SM, in order of start */
    struct result_level level[RESULT_N_LEVELS];
    double requests;                   /* warp global accesses with an active lane */
    double transactions;               /* their sectors */
    double load_sectors, load_l1_hits; /* AMALI: plain loads only, LDGSTS counts as a store */
    double l1_hit_rate;                /* 0 without accesses */
    double l2_hit_rate;
    double far_share;          /* of the hits of L2: from the far partition */
    double dram_write_sectors; /* written back from L2 during the kernel */
    double store_sectors;
    struct memory_ppt ppt;
    /* Of the waves: 1 and 0 where all were simulated. */
    double simulated;              /* share of the warp accesses */
    double error_bound;            /* share of sectors that another level may answer: sample.h */
    uint32_t n_waves, n_simulated; /* 0 = not counted, since all were simulated */
};

struct memory_shape {
    const struct assign *assign; /* must outlive the answer */
    double l1_kib;
    bool with_answers; /* memory_simulate: keep what each access was answered */
    /* memory_simulate: warp accesses above which waves are left out (sample.h); 0 = none. */
    uint64_t max_accesses;
};

/* A tenth of a second of simulation, and many times what fills an L2 of today. */
#define MEMORY_SAMPLE_ABOVE ((uint64_t)4 << 20)

/*
 * Reuse distances of every SM's line stream and of the interleaved L2 stream, turned into hit
 * chances (reuse.h); all CTAs of an SM at once. Allocated in `a`.
 */
enum status memory_amali(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                         const struct timing *timing, struct memory_shape shape,
                         const struct tick *tick, struct memory *out) MUST_USE;

/*
 * Functional simulation, resident CTAs only, on the SMs of shape.assign: an L1 for each SM
 * (see memory_sim.c for what passes it by) before the partitions of L2 (l2.h). Caches start empty;
 * the TLB is left out. Accesses of SM s are those of the CTAs that assign_of_sm(out->assign, s)
 * lists, and answers[] says what each of them met.
 */
enum status memory_simulate(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                            const struct timing *timing, struct memory_shape shape,
                            const struct tick *tick, struct memory *out) MUST_USE;

/*
 * AMALI's average cycles per global request, from total transactions (see memory_latency.c).
 */
double memory_amat_amali(const struct memory *m, const struct gpu *g, unsigned n_sms_used);

/* PPT-GPU's, from the same streams (see memory_latency.c). */
double memory_amat_ppt(const struct memory *m, const struct gpu *g, unsigned n_sms_used);

/* lat_L1 + miss_L1 * ((lat_L2 - lat_L1) + miss_L2 * (lat_DRAM - lat_L2)), means over all sectors;
 * lat_L2 by the share of hits that were far. */
double memory_amat_sum(const struct memory *m, const struct gpu *g);

/* Latency of what L2 answered, by the share that was far. */
double memory_l2_mean_cy(const struct memory *m, const struct gpu *g);

/* From global data at L1 until a copy has it in shared memory, or a TMA load has told its mbarrier.
 */
double memory_copy_latency_cy(const struct gpu *g, const struct sass_op *op);

/* Latency of an access that L2 answers when half of it is far (without partitions: lat_L2), and of
 * one that DRAM answers. */
double memory_l2_latency_cy(const struct gpu *g);
double memory_dram_latency_cy(const struct gpu *g);

/* Latency of an access by the farthest level that answered it. */
double memory_answer_latency_cy(const struct memory_answer *a, const struct gpu *g);

/* Mean latency of each static global or local access by the farthest level that answered it. */
double memory_code_latency_cy(const struct memory_code *c, const struct gpu *g);

#endif
