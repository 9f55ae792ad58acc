/*
 * assign.h: which SM runs which CTA, and in what order.
 *
 * The hardware hands out CTAs in linear order (x fastest). The first go breadth first: CTA i to SM
 * i mod SMs, until every SM holds as many as it can; from then on the next CTA goes to the SM whose
 * slot frees first. How long a CTA holds its slot is estimated from its warp instructions; of slots
 * that free at the same time the one filled first goes first. CTAs of equal work therefore run on
 * SM id mod SMs. So do all where the trace lacks CTAs of the grid, since nothing is known of the
 * absent ones.
 *
 * Known error: SMs of a chip are numbered across its clusters, and a cluster with fewer SMs is
 * served in another order; which SM of the cluster comes first is not published. A CTA's time also
 * depends on what its accesses meet, which is not known here.
 */
#ifndef WARPSCOPE_MECH_ASSIGN_H
#define WARPSCOPE_MECH_ASSIGN_H

#include "base/arena.h"
#include "trace/trace.h"

/* Immutable; lives in the arena that it was made in. */
struct assign {
    unsigned n_sms, resident;
    uint32_t *ctas;  /* indices into kernel->ctas, SM after SM, each in order of start */
    uint32_t *first; /* n_sms + 1 places in ctas[]: where each SM's begin */
    uint32_t sms_used;
};

/* As the hardware does; `resident` (at least 1) is how many CTAs an SM holds at once. Both live in
 * `a`. */
struct assign assign_hardware(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                              unsigned resident);

/* CTA id mod SMs whatever the work, as AMALI and PPT-GPU do. */
struct assign assign_modulo(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                            unsigned resident);

/* The CTAs of one SM in order of start: the first `resident` of them start together. */
static inline const uint32_t *assign_of_sm(const struct assign *s, unsigned sm, uint32_t *n)
{
    *n = s->first[sm + 1] - s->first[sm];
    return s->ctas + s->first[sm];
}

/* Linear CTA id, x fastest. */
uint64_t assign_cta_id(const struct trace_kernel *k, const struct trace_cta *c);

/* Warp instructions of a CTA: the estimate of its time, in units that cancel out. */
uint64_t assign_cta_work(const struct trace_kernel *k, const struct trace_cta *c);

#endif
