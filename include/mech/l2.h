/*
 * l2.h: the L2 of a chip, one cache or several partitions with a link between them.
 *
 * An address has one home partition, by a hash; an SM belongs to one partition, the near one. What
 * is homed elsewhere is kept in the near partition, too, as a copy. So one SM sees the near latency
 * as long as its data fit one partition, and data that SMs of both sides read take up room twice.
 */
#ifndef WARPSCOPE_MECH_L2_H
#define WARPSCOPE_MECH_L2_H

#include "base/arena.h"
#include "gpu/gpu.h"

struct l2;

/* Sectors of an access by the place that answers, as masks; the others come from DRAM. `found` are
 * those that were there: all of these, but of a write only what had been there before. */
struct l2_answer {
    uint32_t near, far, found;
};

/* The L2 of `g`, empty. Allocated in `a`. */
struct l2 *l2_make(struct arena *a, const struct gpu *g);

/* Where a line goes: its set in any partition, and its home. */
struct l2_place {
    uint32_t set, home;
};
struct l2_place l2_place_of(const struct l2 *l, uint64_t first);

/* Sectors of one line: see cache.h for `first` and `mask`. */
struct l2_line {
    struct l2_place at;
    uint64_t first;
    uint32_t mask;
};

/* `sm` asks for sectors. */
struct l2_answer l2_read(struct l2 *l, unsigned sm, struct l2_line line);
/* At the home partition; other partitions lose their copy. `near` or `far` by the home of the line,
 * whether or not it was there: a write fetches nothing. */
struct l2_answer l2_write(struct l2 *l, unsigned sm, struct l2_line line);
/* Reads and writes at the home partition. */
struct l2_answer l2_atomic(struct l2 *l, unsigned sm, struct l2_line line);

/* Tells the machine that this line will be asked for soon; changes nothing. */
void l2_expect(const struct l2 *l, unsigned sm, struct l2_place at);

struct l2_stats {
    uint64_t written_back; /* sectors to DRAM */
    uint64_t dirty;        /* sectors still inside */
    uint64_t evicted;      /* lines, of all partitions */
};
struct l2_stats l2_stats(const struct l2 *l);

/* Whether `g` has partitions of different latency: several, and a known far latency. */
bool l2_is_split(const struct gpu *g);

#endif
