/*
 * mshr.h: cycles that an interval loses to the network, to DRAM and to a full set of miss
 * registers, as GCoM (ISCA'22) and MDM (MICRO'20) count them.
 *
 * R, V: read and write requests of one warp in the interval that leave L1; W warps, M SMs, r miss
 * rate of L2 for reads, N entries of the miss registers. A request is a sector of 32 B; service
 * times are core cycles per sector: noc = f 32 / BW_NoC, dram = f 32 / BW_DRAM.
 *
 * GCoM (yonsei-hpcp/gcom @ce033b1):
 *     full = R W > N        c = 1 if full and noc (min(R W, N) + V W) M > L, else 0.5
 *     L    = lat_L2 - lat_L1 + lat_DRAM - lat_L2
 *     QNoC = c M (min(R W, N) + V W) noc           QDRAM = c M min(R W, N) r dram
 *     MSHR = (L_r + c M min(R W, N) (noc + r dram)) (ceil(R W / N) - 1) if full, L_r: L with r
 *
 * MDM (wanglu1991/MDM-instrumentation @a280641):
 *     service = noc + r dram                       L_r as above, from the SM
 *     QNoC = M (N + V W) service if R W > N, else half of M (R W + V W) service
 *     MSHR = (L_r + QNoC) (R W / N - 1) if R W > N
 */
#ifndef WARPSCOPE_MECH_MSHR_H
#define WARPSCOPE_MECH_MSHR_H

#include "gpu/gpu.h"

struct mshr_demand {
    double reads, writes; /* requests of one warp that leave L1 */
    double l2_miss;       /* share of the reads that L2 misses, 0..1 */
    double warps;         /* of an SM */
    double n_sms;         /* in use */
};

struct mshr_delay {
    double noc_cy, dram_cy; /* queueing; MDM does not tell them apart: noc_cy has both */
    double mshr_cy;         /* rounds through a full set of miss registers */
};

struct mshr_delay mshr_gcom(const struct gpu *g, const struct mshr_demand *d);
struct mshr_delay mshr_mdm(const struct gpu *g, const struct mshr_demand *d);

#endif
