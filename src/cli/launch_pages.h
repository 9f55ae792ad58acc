/*
 * launch_pages.h: the tables of `launches --show PAGE`.
 */
#ifndef WARPSCOPE_CLI_LAUNCH_PAGES_H
#define WARPSCOPE_CLI_LAUNCH_PAGES_H

#include "listing.h"
#include "present/launch_report.h"

struct launch_query {
    uint32_t n;             /* rows at most; 0 = all */
    enum tally_order order; /* of tallies */
};

struct launch_page {
    const char *name; /* of --show */
    const struct listing_column *columns;
    size_t n_columns;
    void (*fill)(struct listing *t, const struct launch_run *run, const struct launch_query *q);
    uint32_t n_default; /* rows in text, 0 = all */
};

/* NULL when there is no page of this name. */
const struct launch_page *launch_page_find(const char *name);

#endif
