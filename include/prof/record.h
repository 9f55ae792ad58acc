/*
 * record.h: collects what a reader finds into a profile.
 *
 * Begin a file, add its spans, end it; after the last file record_finish makes the immutable
 * profile. Names, lanes, shapes and categories are interned. Not thread safe.
 */
#ifndef WARPSCOPE_PROF_RECORD_H
#define WARPSCOPE_PROF_RECORD_H

#include "base/str.h"
#include "prof/profile.h"

struct record;

struct record *record_make(void);
void record_drop(struct record *r);

/* The file that follows; producer, rank and the like are set through the pointer, whose strings
 * must live in record_arena. Valid until the next record_begin_file. */
struct profile_file *record_begin_file(struct record *r, const char *path);
/* `base_ns` is what the file's times count from, 0 where it does not say. */
void record_end_file(struct record *r, int64_t base_ns);

struct arena *record_arena(struct record *r);
uint32_t record_name(struct record *r, str text);
/* Equal file, process, thread and device are one lane; `label` may be NULL: made from the numbers.
 * A label given later replaces it. `file` is set by the call. */
uint32_t record_lane(struct record *r, struct profile_lane lane);
uint32_t record_shape(struct record *r, const struct profile_shape *s);
void record_device(struct record *r, const struct profile_device *d);
void record_count(struct record *r, str category, char phase, uint64_t n);
void record_warn(struct record *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A zeroed span of this kind with shape PROFILE_NONE, to be filled before the next call. */
struct profile_span *record_span(struct record *r, enum profile_kind kind);

/* Ends `r`. Files with different bases are shifted to the earliest; one without stays as it is. */
struct profile *record_finish(struct record *r);

#endif
