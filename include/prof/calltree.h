/*
 * calltree.h: modules, operators and kernels as one tree, with what each cost on CPU and GPU.
 *
 * A module or operator hangs below the innermost module or operator around it on its thread, a
 * kernel below the operator (else the module) that launched it. Siblings of one name are one node;
 * modules count by class, so that 24 decoder layers are one line:
 *
 *     Qwen2Model                        1 time   22.0 ms CPU   31.8 ms GPU   1,029 kernels
 *       Qwen2DecoderLayer              24        20.6          29.0            960
 *         Qwen2RMSNorm                 48         ...
 *           aten::mul                  96
 *             vectorized_elementwise   96
 */
#ifndef WARPSCOPE_PROF_CALLTREE_H
#define WARPSCOPE_PROF_CALLTREE_H

#include "prof/tklqt.h"

struct calltree_node {
    const char *name;
    uint8_t kind;                 /* enum profile_kind: MODULE, OP, or KERNEL; NOTE for the root
                                     and for "(no operator)" */
    uint32_t parent;              /* index; the root is node 0, its own parent */
    uint32_t first_child, next;   /* PROFILE_NONE = none; children with most GPU time first */
    uint32_t n;                   /* times it ran */
    uint32_t n_kernels, n_queued; /* below it, or itself */
    int64_t cpu_ns, cpu_self_ns;  /* its spans; without those of its children. 0 for kernels */
    int64_t gpu_ns;               /* kernels below it, or itself: sum of durations */
    int64_t latency_ns;           /* TKLQT of those */
    uint32_t example;             /* its first span: index into ranges[], ops[] or works[] */
};

struct calltree {
    const struct calltree_node *nodes; /* a parent comes before its children */
    uint32_t n_nodes;
};

/* `s` NULL = the whole profile. In `a`. */
void calltree_make(struct arena *a, const struct profile *p, const struct lineage *l,
                   const struct tklqt_wait *waits, const struct tklqt_select *s,
                   struct calltree *out);

#endif
