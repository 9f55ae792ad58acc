/*
 * launch.h: cycles between the launch of a kernel and its first useful instruction.
 */
#ifndef WARPSCOPE_MECH_LAUNCH_H
#define WARPSCOPE_MECH_LAUNCH_H

#include "gpu/gpu.h"

/*
 * AMALI's fit on empty kernels (ISCA'25 slides; coefficients per GPU in its repository):
 *
 *     cycles = s * CTAs + k      s = alpha * w^2 + beta * w + gamma      w = warps of a CTA
 *
 * It holds constant- and instruction-cache warm-up as well, which it does not tell apart. The fit
 * is of kernels that do nothing: where CTAs run, later ones are launched meanwhile. On an H100 (ncu
 * rows of sarchlab/mgpusim, ffmakernel) 200 CTAs take 20 to 110 cycles more than one, not 200, and
 * 1,800 CTAs about 800 more than what they compute and k, not 1,800. So a model adds the latency of
 * one CTA per SM and takes the rest, s a CTA, for a bound of the running time.
 */
double launch_latency_cy(const struct gpu *g, double ctas, double warps_per_cta);
double launch_cta_cy(const struct gpu *g, double warps_per_cta); /* s, never below 0 */

/*
 * As the public code evaluates it: beta is subtracted although its files store it with its own
 * sign, the result is rounded up, and from 2,048 CTAs on there is no latency at all.
 */
double launch_latency_amali_cy(const struct gpu *g, double ctas, double warps_per_cta);

#endif
