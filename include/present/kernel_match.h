/*
 * kernel_match.h: which kernel of a trace is the one that a profile saw.
 *
 * Profiles name kernels by their declaration, traces by the mangled or the declared name, and each
 * tool spells declarations in its own way. So the full name counts first, then the declaration,
 * then the bare name; of several candidates the one with the same grid and block is taken.
 */
#ifndef WARPSCOPE_PRESENT_KERNEL_MATCH_H
#define WARPSCOPE_PRESENT_KERNEL_MATCH_H

#include "prof/profile.h"
#include "trace/trace.h"

struct kernel_wanted {
    const char *name;
    const struct profile_shape *shape; /* NULL = not recorded */
};

/* Index of the best of `n` headers, the first of equals; UINT32_MAX when no name matches. */
uint32_t kernel_match(struct arena *scratch, const struct kernel_wanted *w,
                      const struct trace_header *const *h, uint32_t n);

#endif
