/*
 * citation.h: sources that a page refers to by number and tells once each, at its end.
 */
#ifndef WARPSCOPE_PRESENT_CITATION_H
#define WARPSCOPE_PRESENT_CITATION_H

#include "base/arena.h"
#include "gpu/gpu.h"

/* A page cites one source per parameter of a GPU, and one of its shared-memory sizes, at most. */
enum { CITATION_MOST = GPU_N_PARAMS + 1 };

struct citations {
    const char *at[CITATION_MOST]; /* in order of their first use; not owned */
    size_t n;
};

/* "[3]" for the third different source, in `a`; "" for the source "". */
const char *citation_of(struct citations *c, struct arena *a, const char *source);
/* The same for the source at place `i`. */
const char *citation_mark(struct arena *a, size_t i);

#endif
