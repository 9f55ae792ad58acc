/*
 * timing.h: what each static instruction costs: the pipe it occupies, for how long, and when its
 * result can be used. Latencies of memory instructions are left to the memory stage.
 */
#ifndef WARPSCOPE_MECH_TIMING_H
#define WARPSCOPE_MECH_TIMING_H

#include "base/arena.h"
#include "gpu/gpu.h"
#include "result/result.h"
#include "trace/trace.h"

/* Pipes as far as they can be busy. */
enum unit {
    UNIT_INT,
    UNIT_FP32,
    UNIT_FP16,
    UNIT_FP64,
    UNIT_XU,
    UNIT_TENSOR,
    UNIT_UNIFORM,
    UNIT_BRANCH,
    UNIT_LSU,
    UNIT_NONE,
    UNIT_N
};
const char *unit_name(enum unit u);

/* Cycles a warp instruction keeps a unit of one sub-core busy, by its lanes; 0 for tensor cores and
 * the memory pipe, where the instruction decides. */
double unit_interval_cy(const struct gpu *g, enum unit u);

enum memory_kind {
    MEMORY_NONE,
    MEMORY_LOAD, /* global, generic or local through L1 */
    MEMORY_STORE,
    MEMORY_ASYNC_COPY, /* global to shared */
    MEMORY_ATOMIC,     /* at L2, with or without a result */
    MEMORY_LOCAL_LOAD,
    MEMORY_LOCAL_STORE,
    MEMORY_SHARED_LOAD,
    MEMORY_SHARED_STORE,
    MEMORY_SHARED_ATOMIC,
    MEMORY_CONST,
};

struct timing {
    double latency_cy;  /* issue to use of the result */
    double interval_cy; /* cycles the unit of a sub-core is busy */
    double hold_cy;     /* until its own warp may issue again: fences, sleeps; 0 = at once */
    uint8_t hold;       /* enum stall: what the warp shows meanwhile */
    uint8_t unit;       /* enum unit */
    uint8_t memory;     /* enum memory_kind */
    uint8_t wait;       /* enum stall: what a warp that waits for the result shows */
    bool uses_l1;       /* AMALI: counted as an L1 access */
    /* Registers written and read as the model tracks them. */
    uint8_t n_def, n_use;
    struct sass_range def[2];
    struct sass_range use[SASS_MAX_RANGES];
};

enum timing_classes {
    TIMING_BY_TABLE,      /* the opcode table */
    TIMING_BY_SUBSTRINGS, /* AMALI's ordered tests of the name */
    TIMING_BY_ACCELSIM,   /* the opcode table with the pipes of Accel-Sim */
};

enum timing_operands {
    TIMING_ALL_REGISTERS,    /* of wide operands; RZ is none */
    TIMING_AMALI_REGISTERS,  /* the listed one, RZ included; LDGSTS writes its first */
    TIMING_TRACED_REGISTERS, /* the listed one, RZ included */
};

enum timing_tensor {
    TIMING_RATE_BY_TYPE, /* latency max(interval, pipeline) */
    TIMING_RATE_AMALI,   /* FMA / rate for interval and latency */
    TIMING_RATE_FIXED,   /* that of HMMA.16816 for all */
};

struct timing_rules {
    enum timing_classes classes;
    enum timing_operands operands;
    enum timing_tensor tensor;
    bool fences; /* MEMBAR and NANOSLEEP hold their warp back (fence.h) */
};

/* One record per static instruction of `k`, in `a`. Memory latencies are fixed ones where the
 * description has them (shared, const, atomic); global and local accesses get 0. A kernel with
 * tensor instructions needs a GPU with tensor cores and an FP16 rate. */
struct timing *timing_make(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                           struct timing_rules rules);

/*
 * Dense multiply-adds per cycle of one tensor core by type; NAN where the chip lacks the type. A
 * chip emulates such a type at a rate that nobody published: timing_make takes the FP16 rate.
 */
double timing_tensor_rate(const struct gpu *g, const struct sass_op *op);

/* Whether a step asks the caches for data: global or local memory, by an active lane. */
static inline bool memory_reaches_caches(const struct trace_kernel *k, const struct timing *timing,
                                         const struct trace_step *s)
{
    uint8_t m = timing[s->code].memory;
    return m != MEMORY_NONE && m < MEMORY_SHARED_LOAD && s->mask != 0 &&
           k->code[s->code].mem_width_b != 0;
}

static inline bool memory_is_local(enum memory_kind m)
{
    return m == MEMORY_LOCAL_LOAD || m == MEMORY_LOCAL_STORE;
}

/* An atomic is none: it is done in L2. */
static inline bool memory_is_store(enum memory_kind m)
{
    return m == MEMORY_STORE || m == MEMORY_LOCAL_STORE;
}

/* Whether nobody waits for a register of it: a store, or an atomic without a result. */
static inline bool timing_writes_only(const struct timing *t)
{
    return memory_is_store((enum memory_kind)t->memory) ||
           (t->memory == MEMORY_ATOMIC && t->n_def == 0);
}

static inline bool memory_is_global(enum memory_kind m)
{
    return m == MEMORY_LOAD || m == MEMORY_STORE || m == MEMORY_ASYNC_COPY || m == MEMORY_ATOMIC;
}

#endif
