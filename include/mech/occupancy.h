/*
 * occupancy.h: how many CTAs an SM holds at once, and what stops it from holding more.
 */
#ifndef WARPSCOPE_MECH_OCCUPANCY_H
#define WARPSCOPE_MECH_OCCUPANCY_H

#include "base/err.h"
#include "gpu/gpu.h"
#include "result/result.h"
#include "trace/trace.h"

/*
 * By the architecture: registers are given to warps in allocation units and divided over sub-cores,
 * shared memory to CTAs with the system's reserve, L1 gets what the smallest sufficient carve-out
 * leaves. STATUS_INPUT when one CTA does not fit; the message names the limit.
 */
enum status occupancy_architectural(const struct trace_header *h, const struct gpu *g,
                                    struct result_occupancy *o, struct err *e) MUST_USE;

/* As the public AMALI code counts: see occupancy.c. Same errors. */
enum status occupancy_amali(const struct trace_header *h, const struct gpu *g,
                            struct result_occupancy *o, struct err *e) MUST_USE;

/*
 * Fills warps_per_sm and achieved from the CTAs that the busiest SM gets in the trace, and
 * limit[GRID]; `ctas_of_grid` is what it gets of the whole grid where the trace lacks CTAs.
 */
void occupancy_apply_grid(struct result_occupancy *o, const struct gpu *g, unsigned ctas_on_sm,
                          unsigned ctas_of_grid);

#endif
