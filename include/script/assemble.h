/*
 * assemble.h: SASS listings, as the kernel builders write them, turned into what a trace
 * records of each instruction.
 *
 *     loop:  LDG.E R8, [R2.64]                    {a}      // comment
 *            ISETP.LT.AND P0, PT, R4, 0x10, PT    {more}
 *        @P0 BRA loop
 *
 * A word in braces marks the instruction: the builder has a function of that name, which gives the
 * addresses or the predicate. Knows nothing of Lua.
 */
#ifndef WARPSCOPE_SCRIPT_ASSEMBLE_H
#define WARPSCOPE_SCRIPT_ASSEMBLE_H

#include "base/arena.h"
#include "base/err.h"
#include "sass/sass.h"

enum { LISTING_PT = 7, LISTING_MAX = 65536, LISTING_NO_TARGET = UINT32_MAX };

struct listing_inst {
    struct sass_inst inst;
    unsigned line;    /* 1-based, in the listing */
    int8_t guard;     /* predicate, LISTING_PT without one; uniform ones are 8 + n */
    bool is_negated;  /* the guard is */
    int8_t predicate; /* first destination predicate, -1 = none */
    bool is_memory;   /* names an address of each lane */
    const char *mark; /* NULL = none */
    uint32_t target;  /* of a branch: index of the instruction */
    bool is_branch, is_exit;
};

struct listing {
    struct listing_inst *at;
    size_t n;
};

/* All memory is of `a`. Errors have the line of the listing and no path. */
enum status assemble_listing(struct listing *l, struct arena *a, str text, unsigned isa,
                             unsigned n_regs, struct err *e) MUST_USE;

#endif
