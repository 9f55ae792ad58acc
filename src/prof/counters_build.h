/*
 * counters_build.h: collects what a reader finds into counters.
 *
 * Begin a kernel, add its values and instructions; values may be added to any kernel, instructions
 * to the last one only. The first value of a metric counts. Strings are copied.
 */
#ifndef WARPSCOPE_COUNTERS_BUILD_H
#define WARPSCOPE_COUNTERS_BUILD_H

#include "ncu_value.h"
#include "prof/counters.h"

struct counters_build;

struct counters_build *counters_build_make(void);
void counters_build_drop(struct counters_build *b);

/* Equal texts are one pointer, which lives as long as the counters. */
const char *counters_build_text(struct counters_build *b, str text);
/* For units and what else a reader keeps. */
struct arena *counters_build_arena(struct counters_build *b);

/* A kernel without anything; valid until the next one. STATUS_LIMIT for too many. */
enum status counters_build_kernel(struct counters_build *b, struct counters_kernel **out,
                                  struct err *e) MUST_USE;
/* Forgets the last kernel, which has no values, and its instructions. */
void counters_build_undo_kernel(struct counters_build *b);
uint32_t counters_build_n_kernels(const struct counters_build *b);
struct counters_kernel *counters_build_kernel_at(struct counters_build *b, uint32_t i);

/* The metric of this name: Nsight Compute's, a label of its details page, or ours. `unit` is
 * canonical; a metric that is known has the unit of its row. */
uint32_t counters_build_metric(struct counters_build *b, str name, const char *unit);

/* The text as a number where it is one, else as it stands; nothing where nothing was measured. */
void counters_build_value(struct counters_build *b, uint32_t kernel, uint32_t metric, str text,
                          struct ncu_unit unit);

struct counters_build_inst {
    uint64_t address; /* of any origin: the lowest of the kernel becomes 0 */
    const char *sass;
    double column[CODE_N]; /* NAN = absent */
};
/* An instruction of the last kernel, all of its columns absent; may be changed until the next
 * kernel. */
struct counters_build_inst *counters_build_inst(struct counters_build *b, uint64_t address,
                                                str sass);

void counters_build_warn(struct counters_build *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Moves the instructions of kernels that have no values to the launches of their name that have,
 * the k-th to the k-th, by number and grid where both sides have them (counters_join.c). Returns
 * how many kernels are left; warns where one side has more than the other.
 */
size_t counters_join(struct counters_build *b, struct counters_kernel *k, size_t n);

/* Ends `b`. */
struct counters *counters_build_finish(struct counters_build *b);

#endif
