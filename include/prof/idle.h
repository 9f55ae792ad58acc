/*
 * idle.h: why a device had nothing to do.
 *
 * A gap is a stretch between works during which nothing runs on a device. It is charged whole to
 * the work that ends it, by what that work waited for:
 *
 *     device  ==work A==|......... gap .........|==work B==
 *     host        sync------| op    |call|                     host: until B's call begins
 *                       |<--- host --->|<launch>|              launch: from there on
 *
 *   sync    the thread that launched B was in a call that waits for the GPU when the gap began
 *   host    the thread was busy with other things until it launched B: operators, Python, calls
 *   launch  most of the gap lies between the begin of B's launch call and B's start
 *   ready   B had been launched before the gap began, which is short: the GPU's own pause
 *   blocked the same, and the gap is long: B waited for something that the profile does not show
 *   unknown B has no launch call
 *
 * The time from the first operator to the first work is a gap as well: it has no work A.
 *
 * Streams of one device wait for one another behind events: such a stretch of one stream is no gap
 * of the device and is listed as a dependency, with the stream that it waited for.
 */
#ifndef WARPSCOPE_PROF_IDLE_H
#define WARPSCOPE_PROF_IDLE_H

#include "prof/tklqt.h"

/* id, name, title, advice */
#define IDLE_LIST(X)                                                                              \
    X(IDLE_SYNC, "sync", "synchronisation drain",                                                 \
      "the host waited for the GPU and launched only then: drop the synchronisation, or copy "    \
      "results asynchronously")                                                                   \
    X(IDLE_HOST, "host", "slow CPU",                                                              \
      "the host was busy between launches: record a CUDA graph, compile the model, or raise the " \
      "batch")                                                                                    \
    X(IDLE_LAUNCH, "launch", "launch-bound",                                                      \
      "the launch itself took most of the gap: fewer, larger kernels, or a CUDA graph")           \
    X(IDLE_DEPENDENCY, "dependency", "dependency on another stream",                              \
      "the stream waited for another one: let them overlap, or order the work differently")       \
    X(IDLE_READY, "ready", "pause between works",                                                 \
      "the next work was there already: the GPU's own turnaround; fusing saves it")               \
    X(IDLE_BLOCKED, "blocked", "held back",                                                       \
      "launched long before, and yet not started: it waits for an event, another GPU or the "     \
      "profiler")                                                                                 \
    X(IDLE_UNKNOWN, "unknown", "launch not recorded",                                             \
      "the work behind the gap has no recorded launch")

enum idle_why {
#define X(id, name, title, advice) id,
    IDLE_LIST(X)
#undef X
        IDLE_N
};

struct idle_info {
    const char *name, *title, *advice;
};
extern const struct idle_info idle_info[IDLE_N];

struct idle_gap {
    int64_t start_ns, dur_ns;
    int64_t host_ns, launch_ns; /* before and from the begin of the next work's launch call */
    uint32_t before, next;      /* indices into works[]; before: PROFILE_NONE at the start */
    uint32_t call;      /* responsible: the waiting call, or else the launch call; PROFILE_NONE */
    uint32_t op;        /* the operator around `call`, PROFILE_NONE */
    uint32_t waits_for; /* dependency: the work of another stream that ended last; PROFILE_NONE */
    uint8_t why;        /* enum idle_why */
};

struct idle {
    const struct idle_gap *gaps; /* by device, then by start; no dependencies */
    uint32_t n_gaps;
    const struct idle_gap *dependencies; /* by device, then by start of the work */
    uint32_t n_dependencies;
    uint32_t n[IDLE_N];
    int64_t ns[IDLE_N]; /* of devices; of streams for dependencies */
    int64_t all_ns;     /* sum over the devices, without dependencies */
};

/* `s` NULL = all works. The run begins at `from_ns`; INT64_MAX = with the first work of each
 * device. In `a`. */
void idle_find(struct arena *a, const struct profile *p, const struct lineage *l,
               const struct tklqt_wait *waits, const struct tklqt_select *s, int64_t from_ns,
               struct idle *out);

/* The class with most time of devices; IDLE_SYNC where there is none. */
enum idle_why idle_main(const struct idle *idle);

/* The n longest of `gaps`, the longest first; fewer where there are not so many. In `a`. */
const struct idle_gap **idle_longest(struct arena *a, const struct idle_gap *gaps, uint32_t n_gaps,
                                     uint32_t *n);

#endif
