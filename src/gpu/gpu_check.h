/*
 * gpu_check.h: the checks of single values and between values, shared by loading and gpu_set.
 */
#ifndef WARPSCOPE_GPU_CHECK_H
#define WARPSCOPE_GPU_CHECK_H

#include "gpu/gpu.h"

/* Range, and wholeness of what is counted. */
enum status gpu_check_value(enum gpu_param_id id, double value, struct err *e) MUST_USE;

/* All checks of gpu_check; *culprit is the parameter to name the line of, GPU_N_PARAMS for the
 * carve-outs. */
enum status gpu_check_places(const struct gpu *g, enum gpu_param_id *culprit,
                             struct err *e) MUST_USE;

/* Carve-outs alone: ascending, within l1_and_shared when that is known. */
enum status gpu_check_carveouts(const struct gpu *g, struct err *e) MUST_USE;

#endif
