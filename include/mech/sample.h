/*
 * sample.h: a large grid by some of its waves.
 *
 * Wave w of an SM is its CTAs w * resident to (w + 1) * resident - 1 in order of start; wave w of
 * the grid is that of all SMs, since L2 is theirs together. Simulated are the first waves, with the
 * caches filling up, and then pairs spread evenly over the rest: one wave to put the caches into
 * their state, one that is measured. What was measured stands for the waves left out, instruction
 * by instruction, each in proportion to its executions there, which are known exactly.
 *
 * The bound on the error is no proof. It has two parts: the share of sectors that another level
 * would answer if all waves left out were like the measured wave farthest from the mean; and the
 * misses of which nobody can say whether a wave left out had brought the line. Those are lines new
 * to the simulation on pages that earlier waves were on. A page that waves left out had to
 * themselves escapes it.
 */
#ifndef WARPSCOPE_MECH_SAMPLE_H
#define WARPSCOPE_MECH_SAMPLE_H

#include "mech/assign.h"
#include "mech/memory.h"

enum sample_role {
    SAMPLE_LEFT_OUT,
    SAMPLE_WARMS,    /* simulated for the state of the caches; counts for itself alone */
    SAMPLE_MEASURED, /* stands for waves left out, too */
};

struct sample {
    bool is_exact; /* all waves are simulated; `with` is the given assignment */
    struct assign with;
    uint32_t n_waves, n_simulated;
    uint32_t head;     /* first waves, all simulated */
    uint8_t *role;     /* by wave: enum sample_role */
    uint32_t *wave_of; /* by CTA */
};

/*
 * Plans for at most about `max_accesses` warp accesses (0 = no limit), but whole waves and never
 * fewer than eight of them. Allocated in `a`; keeps `with`.
 */
struct sample sample_plan(struct arena *a, const struct trace_kernel *k,
                          const struct timing *timing, const struct assign *with,
                          uint64_t max_accesses);

/* What the accesses of one instruction met. */
struct sample_tally {
    struct memory_code answers;
    double l1_write_hits; /* sectors that a store found in L1 */
    double l2_found;      /* sectors that were in L2, stores included */
};

/* Sectors of one measured wave by level; doubtful ones are of dram. */
struct sample_wave {
    double l1, l2, dram, doubtful;
};

/* Pages that simulated waves have been on, and which of their lines. */
struct sample_seen;
struct sample_seen *sample_seen_make(struct arena *a);

/* Notes that `wave` fetched the line of sector `first` (any of a page's lines of 128 bytes) into L2
 * or wrote it. True when a wave left out may have had it there before. */
bool sample_doubts(struct sample_seen *seen, const struct sample *s, uint64_t first, uint32_t wave);

struct sample_error {
    double simulated; /* share of the warp accesses */
    double bound;     /* share of the sectors that another level may answer */
};

/*
 * Adds to `all` (by instruction, of the simulated waves) what the waves left out come to by
 * `measured`. `waves` has a row for each wave; only those of measured waves are looked at.
 */
struct sample_error sample_extrapolate(struct arena *a, const struct sample *s,
                                       const struct trace_kernel *k, const struct timing *timing,
                                       struct sample_tally *all,
                                       const struct sample_tally *measured,
                                       const struct sample_wave *waves);

#endif
