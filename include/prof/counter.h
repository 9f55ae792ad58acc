/*
 * counter.h: the counters that warpscope knows: what a profiler calls them, what they mean. Rows
 * stand in counter.def and code.def; each warp state of result/stall.def is a counter as well.
 *
 * A counter of a stall reason is cycles of a warp for each instruction that its scheduler issued;
 * the reasons sum to warp_cycles_per_issue.
 */
#ifndef WARPSCOPE_PROF_COUNTER_H
#define WARPSCOPE_PROF_COUNTER_H

#include "base/str.h"
#include "result/result.h"

enum { COUNTER_N_STALLS = STALL_LAUNCH }; /* the warp states come first in enum stall */

enum counter {
#define COUNTER(id, ncu, label, unit, group, help) COUNTER_##id,
#define ALIAS(of, ncu)
#include "prof/counter.def"
#undef ALIAS
#undef COUNTER
    COUNTER_STALLS, /* and on, in the order of enum stall */
    COUNTER_N = COUNTER_STALLS + COUNTER_N_STALLS
};

enum counter_group {
    COUNTER_GROUP_LAUNCH,
    COUNTER_GROUP_TIME,
    COUNTER_GROUP_STALL,
    COUNTER_GROUP_PIPE,
    COUNTER_GROUP_MEMORY,
    COUNTER_GROUP_OCCUPANCY,
    COUNTER_GROUP_INSTRUCTION,
    COUNTER_GROUP_N
};
const char *counter_group_name(enum counter_group g); /* "memory" */

struct counter_info {
    const char *name;  /* "dram_bytes", "stall_barrier" */
    const char *ncu;   /* "dram__bytes.sum" */
    const char *label; /* of the details page, "" = not there */
    const char *unit;  /* "B" */
    enum counter_group group;
    const char *help; /* one line, no full stop */
};
const struct counter_info *counter_info(enum counter c);

/* The counter that has this metric, alias, label or name of ours; COUNTER_N when none has. `unit`
 * is the unit it comes with, of which only the per cent matters: it parts two labels. */
enum counter counter_find(str name, str unit);
/* Whether the name is one of an ALIAS row. */
bool counter_is_alias(str name);

/* Columns of instructions. */
enum code {
#define CODE(id, ncu, help) CODE_##id,
#define ALIAS(of, ncu)
#include "prof/code.def"
#undef ALIAS
#undef CODE
    CODE_STALLS, /* samples by reason, and on, in the order of enum stall */
    CODE_STALLS_NOT_ISSUED = CODE_STALLS + COUNTER_N_STALLS,
    CODE_N = CODE_STALLS_NOT_ISSUED + COUNTER_N_STALLS
};

struct code_info {
    const char *name; /* "executed"; "stall_barrier", "not_issued_barrier": samples by reason */
    const char *help; /* one line, no full stop */
};
const struct code_info *code_info(enum code c);
/* By our name or the title of Nsight Compute, whose names for stall reasons differ by version;
 * CODE_N when none has it. */
enum code code_find(str title);

#endif
