/*
 * ppt.h: folders of PPT-GPU (app_config.py, sass_traces/, memory_traces/).
 */
#ifndef WARPSCOPE_TRACE_PPT_H
#define WARPSCOPE_TRACE_PPT_H

#include "base/arena.h"
#include "base/tick.h"
#include "trace/trace.h"

/* The kernels that app_config.py in `dir` names. Headers and their strings are made in `a`. */
enum status ppt_list(const char *dir, struct arena *a, struct trace_header **headers, uint32_t *n,
                     struct err *e) MUST_USE;

/* Loads the body of a kernel that ppt_list gave. The caller owns one reference. */
enum status ppt_load(const char *dir, const struct trace_header *h, const struct trace_options *o,
                     const struct tick *tick, const struct trace_kernel **out,
                     struct err *e) MUST_USE;

#endif
