/*
 * launch.h: cycles between the launch of a kernel and its first useful instruction.
 */
#ifndef WARPSCOPE_MECH_LAUNCH_H
#define WARPSCOPE_MECH_LAUNCH_H

#include "gpu/gpu.h"

/*
 * The chip starts one CTA every `cta_interval` cycles while an SM has room. Once all places are
 * taken, a CTA comes when another has gone, and even one that does nothing holds its place for a
 * while:
 *
 *     s = max(cta_interval, (cta_turnaround + cta_turnaround_warp w) / (SMs resident))
 *     cycles of an empty kernel = k + s CTAs                         w = warps of a CTA
 *
 * These four numbers give all 175 records of an empty kernel on an H100 PCIe (ncu rows of
 * sarchlab/mgpusim; 8 to 32 warps a CTA, 1,024 to 65,536 CTAs) within 3.3 %. Up to 21 warps three
 * CTAs share an SM and the interval rules, from 22 on two do and their life rules. With the life of
 * H100, s at 32 warps is 1.57 on an A100, where AMALI's fit has 1.56, and 2.12 on a V100, where
 * that of ppt-gpu-subcore on a TITAN V has 2.17.
 *
 * Where the interval is not known, AMALI's fit on empty kernels stands in (ISCA'25 slides;
 * coefficients per GPU in its repository): s = alpha w^2 + beta w + gamma, whatever is resident.
 *
 * k holds constant- and instruction-cache warm-up as well. The numbers are of kernels that do
 * nothing: where CTAs run, later ones are launched meanwhile. On an H100 (ncu rows of
 * sarchlab/mgpusim, ffmakernel) 200 CTAs take 20 to 110 cycles more than one, not 200, and 1,800
 * CTAs about 800 more than what they compute and k, not 1,800. So a model adds the latency of one
 * CTA per SM and takes the rest for a bound of the running time.
 */
double launch_latency_cy(const struct gpu *g, double ctas, double warps_per_cta);
/* s while SMs have room, never below 0. */
double launch_cta_cy(const struct gpu *g, double warps_per_cta);
/* s when each of the chip's SMs holds `resident` CTAs already. */
double launch_refill_cy(const struct gpu *g, double warps_per_cta, double resident);

/*
 * As the public code evaluates it: beta is subtracted although its files store it with its own
 * sign, the result is rounded up, and from 2,048 CTAs on there is no latency at all.
 */
double launch_latency_amali_cy(const struct gpu *g, double ctas, double warps_per_cta);

#endif
