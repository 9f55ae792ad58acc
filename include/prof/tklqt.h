/*
 * tklqt.h: how long kernels waited between their launch call and their start, and how busy that
 * left GPU and CPU.
 *
 *     call   |----launch call----|
 *     work                 |=earlier work on the stream=|    |===kernel===|
 *            <---------- queue ------------------------><-launch->             sum: t_l
 *
 *     t_l    = kernel start - launch call start
 *     TKLQT  = sum of t_l over the kernels that have a launch call
 *     AKD    = mean kernel duration
 *     IL     = end of the last kernel - start of the first aten:: operator
 *
 * from SKIP (ISPASS'25; arXiv 2504.11750). The split into launch and queue is ours: queue is the
 * part of t_l during which the stream was still busy; work of other streams that a kernel waits for
 * counts as launch. TKLQT adds up waits that overlap: it may exceed the run by orders of magnitude
 * and is never a share of it.
 */
#ifndef WARPSCOPE_PROF_TKLQT_H
#define WARPSCOPE_PROF_TKLQT_H

#include "prof/lineage.h"

/* Of one piece of work; zero where it has no launch call. */
struct tklqt_wait {
    int64_t latency_ns, queue_ns; /* launch part: latency - queue */
    int64_t free_ns;              /* since when its stream was free; INT64_MIN = from the start */
    bool is_queued;               /* its stream was busy when the call returned */
};

/* One record for each of works[], in `a`. */
struct tklqt_wait *tklqt_waits(struct arena *a, const struct profile *p, const struct lineage *l);

/* Which work is summed; zero-initialised it takes all. */
struct tklqt_select {
    bool has_file, has_device, has_window;
    uint32_t file, device;
    int64_t from_ns, to_ns; /* by the start of the launch call; of the work where it has none */
};

/* A sum over intervals that may overlap, and the time at least one of them covers. */
struct tklqt_busy {
    uint32_t n;
    int64_t sum_ns, union_ns;
};

struct tklqt_sums {
    uint32_t n_joined, n_queued, n_negative;
    int64_t tklqt_ns, launch_ns, queue_ns;
    int64_t clamped_ns;             /* negative waits count 0, as in the authors' later tool SODA */
    int64_t all_ns;                 /* with copies and fills */
    int64_t eager_ns;               /* without the kernels of graphs */
    int64_t graph_once_ns;          /* each graph launch counted once, up to its first kernel */
    int64_t call_ns, after_call_ns; /* the calls' durations; their ends to the kernels' starts */
    int64_t min_ns, median_ns, p95_ns, max_ns;

    struct tklqt_busy kernels, joined; /* of all kernels; of those with a launch call */
    struct tklqt_busy copies, fills, works;
    int64_t span_ns; /* first start to last end of any work */

    uint32_t first_op, first_aten;               /* by start; PROFILE_NONE = none */
    int64_t il_ns, il_joined_ns, il_first_op_ns; /* -1 = no such operator */
    uint32_t n_before;                           /* kernels that start before first_aten */
    int64_t from_ns, to_ns;                      /* of works and operators together */

    uint32_t n_top_ops, n_op_lanes,
        main_lane; /* outermost operators; the thread with most of them */
    int64_t top_ops_ns, top_ops_main_ns;
    uint32_t n_syncs;
    int64_t sync_ns;
};

/* `s` NULL = all. Every sum saturates instead of overflowing. */
void tklqt_sum(struct arena *scratch, const struct profile *p, const struct lineage *l,
               const struct tklqt_wait *waits, const struct tklqt_select *s,
               struct tklqt_sums *out);

/* Sums of single devices, as tklqt_sum with their file and device selected in `s`. */
struct tklqt_device {
    uint32_t file, id;
    struct tklqt_sums sums;
};
/* `all` by file, then by number, which alone are set. Costs one pass over each table, however many
 * devices there are. */
void tklqt_sum_devices(struct arena *scratch, const struct profile *p, const struct lineage *l,
                       const struct tklqt_wait *waits, const struct tklqt_select *s,
                       struct tklqt_device *all, uint32_t n);

/* Whether work `i` is in the selection. */
bool tklqt_selects(const struct tklqt_select *s, const struct profile *p, const struct lineage *l,
                   uint32_t i);
/* Whether a call, operator or range is. Threads belong to no device: they count for every one. */
bool tklqt_selects_span(const struct tklqt_select *s, const struct profile *p,
                        const struct profile_span *x);

/* *sum += v; stays at the end of the range instead of overflowing. */
void tklqt_add(int64_t *sum, int64_t v);

/* Kernels whose stream was already free when their call returned: 1 = the GPU always waited. NAN
 * without a joined kernel. */
double tklqt_cpu_bound_fraction(const struct tklqt_sums *t);
/* Mean duration of all kernels, and of those with a launch call; NAN without one. */
double tklqt_akd_ns(const struct tklqt_busy *kernels);

#endif
