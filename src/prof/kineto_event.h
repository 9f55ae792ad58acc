/*
 * kineto_event.h: one event of a PyTorch trace, from its opening bracket to a span of the record.
 */
#ifndef WARPSCOPE_PROF_KINETO_EVENT_H
#define WARPSCOPE_PROF_KINETO_EVENT_H

#include "base/scan.h"
#include "prof/record.h"

enum { KINETO_CATEGORIES = 80 };

/* A category and phase seen in the file, and what becomes of its events. */
struct kineto_category {
    char name[40];
    size_t length;
    char phase;
    uint8_t use; /* enum use of kineto_event.c */
    uint64_t n;
};

/* Events that were left out, by reason. */
enum kineto_flaw {
    KINETO_NO_TIME,   /* without a time */
    KINETO_UNSTAMPED, /* time and duration 0: the profiler lost them */
    KINETO_BAD_TIME,  /* a time that cannot be, or that is no number */
    KINETO_NEGATIVE,  /* a negative duration */
    KINETO_TOO_LONG,  /* more than seven days */
    KINETO_FLAWS,
};

struct kineto_events {
    struct record *record;
    struct scan *scan;
    struct text name;
    struct kineto_category categories[KINETO_CATEGORIES];
    size_t n_categories, last; /* the last one is the most likely next one */
    size_t n_others;           /* categories of no use here */
    uint64_t n_events, n_uncounted;
    uint64_t flaws[KINETO_FLAWS];
};

/* The opening bracket was taken. */
enum status kineto_event_read(struct kineto_events *k, struct err *e) MUST_USE;

/* A scalar of any kind; objects and arrays are passed over and become SCAN_NULL. */
enum status kineto_scalar(struct scan *s, struct scan_token *t, struct err *e) MUST_USE;
/* Behind a key: enters its value where that is an object or an array as wanted, passes over
 * anything else. */
enum status kineto_enter(struct scan *s, enum scan_kind wanted, bool *is_in,
                         struct err *e) MUST_USE;
/* A whole number, also in quotes; false for everything else. */
bool kineto_integer(const struct scan_token *t, int64_t *out);

/* Counts of categories and warnings about flaws go to the record. */
void kineto_events_finish(struct kineto_events *k);

#endif
