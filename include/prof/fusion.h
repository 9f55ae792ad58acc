/*
 * fusion.h: which launches could be one, and what that would save.
 *
 * Chains (chain.h) are looked for in the launches of each stream, in order of their kernels'
 * starts; kernels of graphs and kernels without a launch call are left out, since fusing them saves
 * no launch. Two speed-ups stand beside each length:
 *
 *   ideal         launches before / launches after (SKIP): what fusing would give if launches were
 *                 all that costs time
 *   conservative  IL / (IL - saved): saved are the durations of the launch calls that go away, and
 *                 only of kernels that the GPU was waiting for
 */
#ifndef WARPSCOPE_PROF_FUSION_H
#define WARPSCOPE_PROF_FUSION_H

#include "prof/chain.h"
#include "prof/tklqt.h"

enum { FUSION_LONGEST = 256 };

struct fusion_chain {
    const struct chain *chain;
    const uint32_t *works; /* its first occurrence: chain->length indices into works[] */
    uint32_t n_saved;      /* launches, over the cover */
    int64_t saved_ns;      /* as conservative counts */
    int64_t kernel_ns;     /* durations of the covered kernels */
    uint32_t n_modules;    /* different modules around its occurrences; 0 = none known */
    const char *module;    /* class of the innermost module around a whole occurrence; "" = none
                              known, or not always the same */
    const char *places;    /* where its kernels come from, module by module or else operator by
                              operator: "Qwen2RMSNorm x6 > Linear x3" */
};

struct fusion_length {
    uint32_t length, n_distinct, n_deterministic, n_fused, n_launches;
    int64_t saved_ns;
    double ideal, conservative; /* conservative: NAN without an inference latency */
};

struct fusion {
    uint32_t n_kernels;           /* that were looked at */
    uint32_t n_graph, n_unjoined; /* left out */
    const struct fusion_length *lengths;
    uint32_t n_lengths;
    uint32_t best;                     /* index of the highest ideal speed-up; 0 where none helps */
    uint32_t listed;                   /* index of the length that was asked for, else the best */
    const struct fusion_chain *chains; /* fused at the listed length, most launches saved first */
    uint32_t n_chains;
};

struct fusion_options {
    uint32_t longest; /* 0 = FUSION_LONGEST */
    uint32_t min_n;   /* occurrences that a chain needs; 0 = 2 */
    uint32_t length;  /* list the chains of this one instead of the best; 0, or one that no chain
                         has:  the best */
};

/* `il_ns` is the inference latency that what is saved is set against, -1 = not known. `o`, `s` and
 * `tick` may be NULL. In `a`. */
enum status fusion_find(struct arena *a, const struct profile *p, const struct lineage *l,
                        const struct tklqt_wait *waits, const struct tklqt_select *s, int64_t il_ns,
                        const struct fusion_options *o, const struct tick *tick, struct fusion *out,
                        struct err *e) MUST_USE;

#endif
