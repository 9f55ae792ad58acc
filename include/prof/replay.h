/*
 * replay.h: the launches of a profile, played again on another host and GPU.
 *
 * What was recorded becomes a program: calls in their order, and what each of them and each work
 * waited for. Playing it with other speeds gives another profile. Recorded times are t, replayed
 * ones t', both from the first event of the profile on.
 *
 *     host     events of a process are begins and ends of its calls, operators and ranges, in
 *              recorded order, whatever the thread. Without a wait
 *                  t'(event) = t'(event before) + cpu (t(event) - t(event before))
 *     waits    a call that synchronises ends no sooner than all work launched before on streams
 *              that were empty when it ended; a call that copies and had to wait, than its copy;
 *              a launch on a full queue, than the start of the launch that leaves room for it:
 *                  t'(end) >= t'(awaited) + cpu (t(end) - max(t(awaited), t(begin)))
 *              and the recorded wait itself is no work of the CPU
 *     work     t'(start) = max(t'(call) + lead, free' + turn), free' = end of the stream's work
 *              before it;  duration' = duration x gpu
 *
 * lead and turn are those recorded where they decided, and at most typical ones where they did not:
 * the launch decided where
 *     t(call) + launch >= free + turnaround
 * with launch = median of start - call over kernels that met a free stream, and turnaround = median
 * of start - free over kernels that waited twice as long. Another launch latency moves every lead
 * by the difference of the two typical ones. With `typical` all leads and turns are the typical
 * ones: what is left of the recording are gaps of the host and durations, so the error of such a
 * replay at factors of 1 is that of the model.
 *
 * Works behind the first of one call (graphs) follow the work before them of that call at the
 * recorded distance: from its end, or from its start where they overlapped, then times gpu.
 * Works without a call keep their distance to the work before them on the stream.
 *
 * A recording in which the GPU always waited does not show the turnaround: a replay of it on a much
 * slower GPU may be short of one turnaround a kernel.
 *
 * Not modelled: events between streams (such a wait is part of lead and keeps its recorded length),
 * waits of threads for one another (the recorded order stays), other ranks and processes, implicit
 * waits of calls such as cudaFree, sharing of the GPU by streams.
 */
#ifndef WARPSCOPE_PROF_REPLAY_H
#define WARPSCOPE_PROF_REPLAY_H

#include "prof/bound.h"
#include "prof/host.h"

/* What the recording says a launch costs on its own. */
struct replay_typical {
    double launch_ns;     /* call to start on a free stream; median */
    double turnaround_ns; /* end of one kernel to start of the next, launched long before; median */
    uint32_t n_free;      /* kernels the first is of; 0 = none: the least wait, or the median
                             duration of a launch call where that is less */
    uint32_t n_queued;    /* kernels the second is of, that waited twice as long as a launch; 0 =
                             none: the least turnaround of a queued kernel, else 0 ns */
};

struct replay_options {
    double cpu;              /* time of the host x this; 0 = 1 */
    double gpu;              /* durations of kernels x this; 0 = 1 */
    double copy;             /* durations of copies and fills x this; 0 = 1 */
    const double *gpu_of;    /* for each of names[]: instead of gpu; 0 = gpu. May be NULL */
    double launch_change_ns; /* typical launch latency of the new host - that of the recorded one */
    uint32_t queue_limit;    /* waiting launches of a stream, with its own, at which a call blocks;
                                0 = none. A stream that held more when calls returned keeps that */
    bool typical;            /* forget what is particular to one kernel */
};

struct replay {
    const struct profile *profile; /* replayed times, same indices; lives as long as `a` and the
                                      recorded one. The lineage of the recorded one fits */
    struct replay_typical typical;
    struct tklqt_sums sums; /* of the whole profile */
    struct bound_verdict verdict;
    uint32_t n_syncs;   /* calls that were seen to wait for work */
    uint32_t n_blocked; /* launches that met a full queue in the replay */
};

struct replay_typical replay_find_typical(struct arena *scratch, const struct profile *p,
                                          const struct lineage *l, const struct tklqt_wait *waits);

/* `o` may be NULL: as recorded. Ticks count events. STATUS_USAGE where a factor is negative or not
 * finite. In `a`. */
enum status replay_run(struct arena *a, const struct profile *p, const struct lineage *l,
                       const struct tklqt_wait *waits, const struct replay_options *o,
                       const struct tick *tick, struct replay *out, struct err *e) MUST_USE;

/*
 * Sets what the change of host makes of *o: cpu = speed of `from` / speed of `to`, the change of
 * launch latency, the queue limit of `to`. STATUS_INPUT naming a number that is not known; *o is
 * untouched then.
 */
enum status replay_change_host(struct replay_options *o, const struct host *from,
                               const struct host *to, struct err *e) MUST_USE;

#endif
