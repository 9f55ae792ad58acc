/*
 * nsys_seen.h: numbers remembered under keys of up to four numbers, so that a row asks the database
 * only what no row before it did.
 */
#ifndef WARPSCOPE_PROF_NSYS_SEEN_H
#define WARPSCOPE_PROF_NSYS_SEEN_H

#include "base/arena.h"
#include "base/index.h"

struct seen_key {
    int64_t kind, a, b, c;
};

struct seen_entry {
    struct seen_key key;
    int64_t value;
};

struct seen {
    VEC(struct seen_entry);
    struct index index;
};

void seen_init(struct seen *s);
void seen_done(struct seen *s);

bool seen_get(const struct seen *s, struct seen_key key, int64_t *value);
/* The first value put under a key stays. */
void seen_put(struct seen *s, struct seen_key key, int64_t value);

#endif
