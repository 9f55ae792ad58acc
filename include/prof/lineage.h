/*
 * lineage.h: where each piece of GPU work comes from.
 *
 *     work --correlation--> call --External id, else enclosing interval--> operator --> outermost
 *                             \--enclosing interval--> module                           operator
 *
 * A launch is any call that holds the work's correlation, whatever its name: lists of names lost
 * kernels in every tool that had one. A call may launch many kernels (CUDA and HIP graphs). What
 * cannot be joined is counted by reason, never dropped silently.
 */
#ifndef WARPSCOPE_PROF_LINEAGE_H
#define WARPSCOPE_PROF_LINEAGE_H

#include "prof/profile.h"

/* id, name, text */
#define LINEAGE_MISS_LIST(X)                                                             \
    X(LINEAGE_JOINED, "joined", "has its launch call")                                   \
    X(LINEAGE_BEFORE, "before-window", "launched before the recording began")            \
    X(LINEAGE_NO_NUMBER, "no-correlation", "the profiler gave it no correlation number") \
    X(LINEAGE_NO_CALL, "no-call", "no recorded call has its correlation number")

enum lineage_miss {
#define X(id, name, text) id,
    LINEAGE_MISS_LIST(X)
#undef X
        LINEAGE_MISS_N
};

const char *lineage_miss_name(enum lineage_miss m);
const char *lineage_miss_text(enum lineage_miss m);

/* Of one piece of work; indices into the profile's tables, PROFILE_NONE = none. */
struct lineage_of {
    uint32_t call, op, root, module; /* root: outermost operator; module: innermost module */
    uint8_t miss;                    /* enum lineage_miss */
    bool is_graph;                   /* launched by a call that launches a graph */
};

struct lineage {
    const struct lineage_of *of;   /* for each of works[] */
    const uint32_t *op_parent;     /* for each of ops[]: the operator around it */
    const uint32_t *module_parent; /* for each of ranges[], of modules: the module around it */
    const uint32_t *call_op;       /* for each of calls[]: the innermost operator around it */
    const uint32_t *n_works_of;    /* for each of calls[]: works it launched */

    uint32_t n_miss[LINEAGE_MISS_N]; /* kernels by miss */
    uint32_t n_graph_launches, n_graph_kernels;
    uint32_t n_shared;     /* correlation numbers that several works have */
    uint32_t n_most;       /* works of one number, the most */
    uint32_t n_repeated;   /* calls whose number an earlier call had: the last one is taken */
    uint32_t n_uncertain;  /* kernels whose number calls of several processes have */
    uint32_t n_ext;        /* kernels with an External id that some operator has */
    uint32_t n_enclosed;   /* joined kernels whose call lies within an operator */
    uint32_t n_agree;      /* kernels for which both ways lead to the same operator */
    bool is_external_used; /* false: External ids are correlations (2022-2023), or there are none */
};

/* All memory is of `a`. */
void lineage_trace(struct arena *a, const struct profile *p, struct lineage *out);

/* A call that waits for the device or a stream, or copies and waits. */
bool lineage_is_sync(const char *call_name);

#endif
