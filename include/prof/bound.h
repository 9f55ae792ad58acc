/*
 * bound.h: does the run wait for the CPU or for the GPU, and what says so.
 *
 * Two witnesses, each of one number:
 *   queue  the share of kernels whose stream was already free when their launch call returned: the
 *          GPU had nothing to do and got the kernel at once
 *   busy   the share of the inference latency during which some kernel ran
 * CPU-bound is a run of which half of the kernels or more found their stream free, and that kept
 * the GPU busy for less than four fifths; GPU-bound one that queued most and kept the GPU busy for
 * longer. A full queue on an idle GPU happens where the host waits for results or streams wait for
 * one another: then it is mixed, and the idle gaps (idle.h) say why. The limits are ours: the runs
 * that the reference analysis judges lie far from them (1.00 and 0.92 of the kernels, 8 and 11 %
 * busy; 0.00 to 0.03, 89 to 98 % busy).
 */
#ifndef WARPSCOPE_PROF_BOUND_H
#define WARPSCOPE_PROF_BOUND_H

#include "prof/tklqt.h"

/* id, name, title */
#define BOUND_LIST(X)                        \
    X(BOUND_UNKNOWN, "unknown", "not known") \
    X(BOUND_CPU, "cpu-bound", "CPU-bound")   \
    X(BOUND_GPU, "gpu-bound", "GPU-bound")   \
    X(BOUND_MIXED, "mixed", "mixed")

enum bound {
#define X(id, name, title) id,
    BOUND_LIST(X)
#undef X
        BOUND_N
};

struct bound_verdict {
    enum bound bound;
    double cpu_bound_fraction; /* queue; NAN = no joined kernel */
    double busy_fraction;      /* of the window below; NAN = none */
    int64_t window_ns;         /* inference latency of joined kernels, else the span of the GPU */
    bool has_latency;          /* false: no operator was recorded, the window is the GPU's span */
};

struct bound_verdict bound_of(const struct tklqt_sums *t);

const char *bound_name(enum bound b);
const char *bound_title(enum bound b);

#endif
