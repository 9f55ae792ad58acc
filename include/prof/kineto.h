/*
 * kineto.h: reader of the PyTorch profiler's Chrome traces of every era since 2021.
 */
#ifndef WARPSCOPE_PROF_KINETO_H
#define WARPSCOPE_PROF_KINETO_H

#include "base/stream.h"
#include "prof/record.h"

/*
 * Adds one trace, read by streaming. STATUS_INPUT says what a document that is no such trace seems
 * to be, and where a trace is broken; with `keep_going` a trace that is cut short gives what is
 * whole and a warning.
 */
enum status kineto_read(struct record *r, struct stream *s, const char *path,
                        const struct profile_options *o, const struct tick *tick,
                        struct err *e) MUST_USE;

#endif
