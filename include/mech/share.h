/*
 * share.h: the memory beyond L1 as one SM meets it: its share of the bandwidth of L2 and of DRAM,
 * as two queues, and a limit on the misses in flight.
 *
 *     served = max(served, ask) + sectors * 32 B / share          for L2 and DRAM each
 *     share  = bandwidth of the chip / SMs that work, at most what L1 can take in
 *
 * All SMs are taken to ask for as much as this one. A miss holds one of memory.l1_mshr entries
 * until its data has come; the oldest entry is freed first. An entry is of a line of 128 B, whose
 * sectors come together, so that one SM cannot get more than
 *
 *     entries * 128 B / latency
 *
 * (Little's law), whatever bandwidth the chip has left.
 */
#ifndef WARPSCOPE_MECH_SHARE_H
#define WARPSCOPE_MECH_SHARE_H

#include "base/arena.h"
#include "gpu/gpu.h"

struct share {
    double l2_sector_cy, dram_sector_cy; /* service of one sector */
    double l2_served_cy, dram_served_cy;
    double *in_flight_cy; /* ring: when the entry is free again */
    unsigned n_entries, at;
};

enum { SHARE_LINE_SECTORS = 4 }; /* that one entry waits for at most */

/* Bandwidth in B/cy that an SM gets of L2 and of DRAM when `n_sms` share them. */
double share_l2_b_per_cy(const struct gpu *g, double n_sms);
double share_dram_b_per_cy(const struct gpu *g, double n_sms);
/* What misses in flight allow one SM, B/cy, when each takes `latency_cy`. */
double share_in_flight_b_per_cy(const struct gpu *g, double latency_cy);

/* `n_sms` share the chip's bandwidth. The ring is allocated in `a`. */
void share_init(struct share *s, struct arena *a, const struct gpu *g, double n_sms);

/* From when on `lines` more can be in flight. */
double share_room_cy(const struct share *s, unsigned lines);

/*
 * Asks at `ask_cy` for `l2` sectors of L2, `dram` of which come from DRAM. Returns when the last
 * has been served; the latency of the level counts from there.
 */
double share_serve(struct share *s, double ask_cy, unsigned l2, unsigned dram);

/* `lines` with misses are in flight until `done_cy`. */
void share_hold(struct share *s, unsigned lines, double done_cy);

#endif
