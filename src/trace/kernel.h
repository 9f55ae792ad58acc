/*
 * kernel.h: who owns the memory of a loaded kernel.
 *
 * Every table of a kernel grows in an arena of its own while it is built and stays there: nothing
 * is copied when the kernel is finished, and releasing it gives the arenas back.
 */
#ifndef WARPSCOPE_TRACE_KERNEL_H
#define WARPSCOPE_TRACE_KERNEL_H

#include <stdatomic.h>

#include "trace/trace.h"

enum { KERNEL_ARENAS = 9 };

struct kernel_store {
    struct trace_kernel kernel; /* first: the public pointer is also that of the store */
    atomic_uint references;
    struct arena misc; /* header, strings, deltas, warnings */
    struct arena tables[KERNEL_ARENAS];
    unsigned n_tables;
};

/* One reference, `misc` ready, a copy of the header with its strings. */
struct kernel_store *kernel_store_new(const struct trace_header *h, size_t reserve_b);

/* Copies what `h` points to into `a`. */
struct trace_header header_copy(struct arena *a, const struct trace_header *h);

/* Takes the arena over and gives its unused address space back. */
void kernel_store_keep(struct kernel_store *s, struct arena *a);

#endif
