/*
 * launches.h: everything that is known of the launches of one run, in one place.
 *
 * A profile is opened and analysed once; commands, scripts and the explorer read the result. It is
 * immutable, so threads share it without locks; who opened it releases it when all are done.
 */
#ifndef WARPSCOPE_PROF_LAUNCHES_H
#define WARPSCOPE_PROF_LAUNCHES_H

#include "prof/bound.h"
#include "prof/calltree.h"
#include "prof/depth.h"
#include "prof/fusion.h"
#include "prof/idle.h"
#include "prof/replay.h"
#include "prof/tally.h"

/* A device of a file: the works that ran on it. */
struct launches_device {
    uint32_t file, id;
    const char *name; /* "" = not recorded */
    uint32_t n_streams;
    struct tklqt_sums sums; /* of the window */
};

struct launches {
    const struct profile *profile;
    struct tklqt_select select; /* what the rest is of */
    const char *window;         /* "the whole run", "ProfilerStep#6" */
    struct lineage lineage;     /* of the whole profile, as are the waits */
    const struct tklqt_wait *waits;
    struct tklqt_sums sums;
    struct bound_verdict verdict;
    const struct launches_device *devices; /* with at least one work, by file and number */
    uint32_t n_devices;
    const struct tally_row *tally[TALLY_N]; /* by time */
    uint32_t n_tally[TALLY_N];
    struct idle idle;
    struct depth depth; /* of all streams together */
    struct calltree tree;
    struct fusion fusion;
};

struct launches_options {
    struct profile_options profile;
    const char *step; /* only this step: "6" or "ProfilerStep#6"; NULL = the whole run */
    struct fusion_options fusion;
};

/* Opens and analyses; several files are the ranks of one run. `o` may be NULL. STATUS_INPUT also
 * where the profile holds no kernel, saying what it holds instead. */
enum status launches_open(const struct launches **out, const char *const *paths, size_t n,
                          const struct launches_options *o, const struct tick *tick,
                          struct err *e) MUST_USE;
/* Analyses a profile, of which it becomes a user. */
enum status launches_make(const struct launches **out, struct profile *p,
                          const struct launches_options *o, const struct tick *tick,
                          struct err *e) MUST_USE;
/* Analyses what replay.h makes of the run on another host and GPU. STATUS_USAGE for factors that
 * are none. */
enum status launches_replay(const struct launches **out, const struct launches *of,
                            const struct replay_options *r, const struct launches_options *o,
                            const struct tick *tick, struct err *e) MUST_USE;
void launches_release(const struct launches *l);

size_t launches_memory_b(const struct launches *l);

#endif
