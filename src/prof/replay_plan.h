/*
 * replay_plan.h: a recorded profile as a program to replay: events of the host in order, the works
 * of each call, the launches of each stream.
 */
#ifndef WARPSCOPE_PROF_REPLAY_PLAN_H
#define WARPSCOPE_PROF_REPLAY_PLAN_H

#include "prof/lineage.h"

enum replay_what { REPLAY_CALL, REPLAY_OP, REPLAY_RANGE, REPLAY_WORK, REPLAY_WHAT_N };

/* A begin or an end on the host, or a work without a call, which is there before the launch that
 * follows it on its stream. */
struct replay_event {
    int64_t at_ns;
    uint32_t id;
    uint8_t what; /* enum replay_what */
    bool is_end;
    uint8_t rank; /* among those of one time */
};

/* One launch on one stream. */
struct replay_entry {
    int64_t start_ns; /* of its first work there */
    uint32_t call;
};

struct replay_queue {
    uint32_t first, n; /* entries of the stream, in order of the launches */
    uint32_t held;     /* the most launches that waited when a call returned */
};

struct replay_plan {
    int64_t origin_ns; /* first event of the host, else the first work */
    const struct replay_event *events;
    size_t n_events;
    const uint32_t *works;         /* that have a call: by call, then by start */
    const uint32_t *first_of_call; /* for each of calls[], and one more: position in works */
    const bool *is_entry;          /* for each position in works: first of its call on its stream */
    const uint32_t *process;       /* for each of lanes[]: number of file and process */
    const uint32_t *chain;         /* for each of lanes[]: threads that launch are one a process,
                                      others one each */
    uint32_t n_chains;
    const struct replay_queue *queues; /* for each of lanes[] */
    const struct replay_entry *entries;
    uint32_t n_entries;
};

/* In `a`. */
void replay_plan_make(struct arena *a, const struct profile *p, const struct lineage *l,
                      struct replay_plan *out);

#endif
