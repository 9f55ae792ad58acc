/*
 * counter_pages.h: the tables of `counters show --show PAGE`.
 */
#ifndef WARPSCOPE_CLI_COUNTER_PAGES_H
#define WARPSCOPE_CLI_COUNTER_PAGES_H

#include "listing.h"
#include "prof/counters.h"

struct counter_query {
    const struct counters *c;
    const char **metrics; /* only metrics with one of these texts in a name; none = all */
    size_t n_metrics;
    bool is_text;    /* for people: what is 0 or of no use is left out */
    bool by_samples; /* instructions with most samples first */
    uint32_t n;      /* rows of a kernel, or kernels, at most; 0 = all */
};

struct counter_page {
    const char *name; /* of --show */
    const struct listing_column *columns;
    size_t n_columns;
    void (*fill)(struct listing *t, const struct counter_query *q, const struct counters_kernel *k);
    bool is_per_kernel; /* in text a table for each kernel */
    uint32_t n_default; /* rows of a kernel in text, 0 = all */
    /* A line in text between the name of a kernel and its table, in `a`; NULL = there is none. */
    const char *(*summary)(struct arena *a, const struct counter_query *q,
                           const struct counters_kernel *k);
};

enum { COUNTER_NAME_COLS = 40 }; /* for the name of a kernel */

/* NULL when there is no page of this name. */
const struct counter_page *counter_page_find(const char *name);

/* "24x16x1", "384" where only the product is known, "?" where nothing is. In `a`. */
const char *counter_extent(struct arena *a, const uint32_t v[3], double n);

#endif
