/*
 * tally.h: kernels grouped by what they are and where they come from, with their times.
 */
#ifndef WARPSCOPE_PROF_TALLY_H
#define WARPSCOPE_PROF_TALLY_H

#include "prof/tklqt.h"

/* id, name, title, about */
#define TALLY_LIST(X)                                                                             \
    X(TALLY_KERNEL, "kernels", "kernel", "by kernel")                                             \
    X(TALLY_OP, "operators", "operator", "by the operator that launched it")                      \
    X(TALLY_ROOT, "outer-operators", "outermost operator", "by the outermost operator around it") \
    X(TALLY_MODULE, "modules", "module", "by the class of the innermost nn.Module around it")     \
    X(TALLY_CALL, "calls", "launch call", "by the name of the launch call")

enum tally_by {
#define X(id, name, title, about) id,
    TALLY_LIST(X)
#undef X
        TALLY_N
};

struct tally_info {
    const char *name, *title, *about;
};
extern const struct tally_info tally_info[TALLY_N];

struct tally_row {
    const char *name; /* NULL: kernels without one, such as those of graphs */
    uint32_t n, n_joined, n_queued, n_graph;
    uint32_t first; /* index into works[] of the first one in the file */
    int64_t dur_ns, shortest_ns, longest_ns;
    int64_t latency_ns, queue_ns; /* of the joined ones */
};

enum tally_order { TALLY_BY_TIME, TALLY_BY_COUNT, TALLY_BY_WAIT };

/*
 * Rows in descending order, equal ones by the other measure, then in order of first sight; in `a`.
 * `s` NULL = all kernels. Modules are grouped by class: "Linear_3" counts as "Linear".
 */
struct tally_row *tally_make(struct arena *a, const struct profile *p, const struct lineage *l,
                             const struct tklqt_wait *waits, const struct tklqt_select *s,
                             enum tally_by by, enum tally_order order, uint32_t *n);

void tally_sort(struct tally_row *rows, uint32_t n, enum tally_order order);

/* The class of a module's name: "Linear_3" -> "Linear". */
str tally_module_class(const char *module);

#endif
