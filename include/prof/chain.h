/*
 * chain.h: kernels that always follow one another.
 *
 * A chain is a run of L consecutive kernel names. Its proximity score is
 *
 *     PS(chain) = f(chain) / f(first kernel of the chain)        f = occurrences, overlaps included
 *
 * (SKIP, ISPASS'25); PS = 1 makes it deterministic: whenever the first kernel runs, the rest
 * follows. The first kernel counts wherever it runs, also where a sequence ends before the chain
 * could. Fusing a chain saves L - 1 launches each time. Occurrences that overlap cannot all be
 * fused, so a cover is taken: from left to right, the first deterministic chain that fits, then on
 * behind it.
 *
 *     A B C A B C A D        L=2: AB 2/3, BC 2/2 deterministic, CA 2/2 deterministic, AD 1/3
 *                            cover: A [B C] A [B C] A D: two fused, 8 -> 6 launches
 */
#ifndef WARPSCOPE_PROF_CHAIN_H
#define WARPSCOPE_PROF_CHAIN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/tick.h"

/* Kernel names in order of their starts, one or more sequences behind one another; a chain never
 * reaches from one into the next. */
struct chain_input {
    const uint32_t *names; /* numbers below n_names */
    uint32_t n, n_names;
    const uint32_t *starts; /* position of the first kernel of each sequence, ascending from 0 */
    uint32_t n_starts;
};

struct chain {
    uint32_t at; /* position of its first occurrence: names[at] .. names[at + length - 1] */
    uint32_t length;
    uint32_t n;       /* occurrences, overlaps included */
    uint32_t n_first; /* occurrences of its first kernel; PS = n / n_first */
    uint32_t n_fused; /* occurrences in the cover */
};

/* What fusing chains of one length gives. */
struct chain_length {
    uint32_t length;
    uint32_t n_distinct;
    uint32_t n_deterministic;   /* distinct chains with PS = 1 and at least min_n occurrences */
    uint32_t n_fused;           /* occurrences in the cover */
    uint32_t n_launches;        /* left of n: n - n_fused * (length - 1) */
    const struct chain *chains; /* the deterministic ones, in order of first occurrence */
};

/*
 * Every length from `shortest` (at least 2) to `longest` that fits into a sequence; *out has one
 * record a length, in `a`. Chains that occur less than `min_n` times are no candidates: SKIP's own
 * rule is 1, which calls what happens once deterministic. O(n) a length; the arena's own room
 * bounds the memory. STATUS_CANCELLED through `tick`, which counts lengths.
 */
enum status chain_find(struct arena *a, const struct chain_input *in, uint32_t shortest,
                       uint32_t longest, uint32_t min_n, const struct tick *tick,
                       const struct chain_length **out, uint32_t *n_out, struct err *e) MUST_USE;

/* Ideal speed-up where launches alone cost time: launches before / launches after. */
static inline double chain_ideal(const struct chain_input *in, const struct chain_length *l)
{
    return in->n == 0 ? 1 : (double)in->n / (double)l->n_launches;
}

#endif
