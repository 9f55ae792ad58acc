/*
 * batch.h: a sweep over batch size: from which batch on the GPU is the limit.
 *
 * Each point of a sweep is one run. Small batches leave the GPU waiting for launches, and the wait
 * of a launch, TKLQT / n, stays that of a launch on a free stream; large ones fill the queue. The
 * transition is found twice:
 *
 *   rule    the first batch whose TKLQT / n is above twice the least of the sweep; interpolated
 *           linearly from the point before it to where it crosses twice the least
 *   model   where g(b) = c
 *             c     host time of a launch: median over the launches of (begin of the launch call
 *                   32 launches later - begin of this one) / 32, on one thread and with no wait of
 *                   the host between (no synchronisation, no full queue). The median distance of
 *                   two launches would be too little, for operators launch in bursts, and the mean
 *                   too much, for a pause empties the queue only once. Median of the points
 *             g(b)  device time of a launch, g0 + g1 b by least squares over the points: mean
 *                   duration of its work, weighted by the launches that come behind it until the
 *                   host waits, since these are what it delays; + turnaround of the stream
 *           With b above it kernel k of a run of n launches that the host makes without waiting
 *           finds k (g - c) of work ahead; a full queue blocks the host, so that
 *             wait(k) = min(t0 + k (g - c), limit g - c)        k = 0 .. n - 1, never below t0
 *             TKLQT / n = mean of wait(k) = t0 + (g - c)(n - 1) / 2 while the queue is not full
 *             t0    mean wait of the kernels that met a free stream, at the point with the least
 *                   TKLQT / n; the typical launch of replay.h where none did
 *             n     launches from one wait of the host to the next, mean over the launches
 *
 * The rule needs a sweep that reaches beyond the transition; the model also tells of batches that
 * nobody ran, and of other hosts and GPUs. With a single batch size g0 = 0 is assumed, which is
 * said. The model knows one stream and kernels of one length: it is one of means.
 */
#ifndef WARPSCOPE_PROF_BATCH_H
#define WARPSCOPE_PROF_BATCH_H

#include "prof/launches.h"
#include "prof/replay.h"

enum {
    BATCH_QUEUE_LIMIT = 1022, /* of a V100; see gpus/hosts */
    BATCH_WINDOW = 32, /* launches that c is measured over; fewer where there are not so many */
};

struct batch_input {
    uint32_t batch; /* 0 = not known */
    const struct launches *launches;
};

struct batch_point {
    uint32_t batch;
    const struct launches *launches;
    uint32_t n_kernels;                   /* that have a launch call; the rest is of them */
    double tklqt_ns, launch_ns, queue_ns; /* of a launch; NAN without one */
    double akd_ns;
    int64_t il_ns; /* -1 = no operator */
    struct bound_verdict verdict;
    double host_ns;   /* c; NAN = no two launches in a row */
    uint32_t n_host;  /* stretches of launches it is the median of */
    double device_ns; /* g */
    double free_ns;   /* mean wait on a free stream; NAN = there was none */
    double n_run;     /* launches from one wait of the host to the next, mean over launches */
};

struct batch_model {
    double launch_ns;               /* t0 */
    double host_ns;                 /* c; NAN = not known, then nothing can be predicted */
    double device_ns, per_batch_ns; /* g0, g1 */
    double turnaround_ns;           /* part of g0 */
    double n_run;                   /* n: median of the points */
    double queue_limit;
    bool is_assumed; /* g0 = 0, because all points have one batch size */
};

struct batch_sweep {
    const struct batch_point *points; /* by batch */
    uint32_t n_points;
    uint32_t least;          /* point with the least TKLQT / n */
    uint32_t transition;     /* point by the rule; PROFILE_NONE = all are below twice the least */
    double transition_batch; /* interpolated; NAN = none */
    struct batch_model model;
};

/* The batch size that a file's name tells: "x_bs8.json", "batch_8", "batch-size=8", "b8" as words
 * of their own, in upper or lower case, the longest word if they differ. 0 = none, or two sizes by
 * the same word. */
uint32_t batch_find_size(const char *path);

/* STATUS_USAGE without a point, or where a batch size is not known, naming the file. The launches
 * must live as long as the sweep, which is in `a`. */
enum status batch_make_sweep(struct arena *a, const struct batch_input *in, size_t n,
                             struct batch_sweep *out, struct err *e) MUST_USE;

/* Where g(b) = c: 0 = every batch is GPU-bound; INFINITY = none is; NAN = c is not known. */
double batch_find_transition(const struct batch_model *m);
/* TKLQT / n at a batch; NAN where c is not known. */
double batch_predict_ns(const struct batch_model *m, double batch);
/* The model on another host or GPU: c x cpu, g x gpu without the turnaround, t0 + the change of the
 * launch latency (not below 0), the queue limit where there is one. Factors of 0 are 1; kernels of
 * their own factor and `typical` mean nothing here. */
struct batch_model batch_move_model(const struct batch_model *m, const struct replay_options *o);

#endif
