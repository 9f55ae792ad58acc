/*
 * result.c: tables of stall reasons and the life of a result.
 */
#include "result/result.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

const struct stall_info stall_info[STALL_N] = {
#define STALL(id, name, ncu, group, letter, colour, who, help, about, advice, stages) \
    [id] = {name,                                                                     \
            ncu,                                                                      \
            group,                                                                    \
            letter,                                                                   \
            colour,                                                                   \
            who,                                                                      \
            help,                                                                     \
            about,                                                                    \
            advice,                                                                   \
            stages,                                                                   \
            (group) != STALL_GROUP_IDLE},
#define EQUATION(of, when, text, source)
#include "result/stall.def"
#undef EQUATION
#undef STALL
};

const char *stall_group_name(enum stall_group g)
{
    static const char *const names[STALL_GROUP_N] = {
        [STALL_GROUP_ISSUE] = "issue",
        [STALL_GROUP_MEMORY] = "memory",
        [STALL_GROUP_SHARED] = "shared/MIO",
        [STALL_GROUP_COMPUTE] = "compute",
        [STALL_GROUP_SYNC] = "sync",
        [STALL_GROUP_FETCH] = "fetch",
        [STALL_GROUP_DEPENDENCY] = "dependency",
        [STALL_GROUP_HEALTHY] = "healthy",
        [STALL_GROUP_OTHER] = "other",
        [STALL_GROUP_IDLE] = "inactive",
    };
    return names[g];
}

const char *limiter_name(enum limiter l)
{
    static const char *const names[LIMITER_N] = {
        [LIMITER_WARPS] = "warps",         [LIMITER_CTAS] = "CTAs",
        [LIMITER_REGISTERS] = "registers", [LIMITER_SHARED] = "shared memory",
        [LIMITER_GRID] = "grid size",
    };
    return names[l];
}

struct result *result_make(void)
{
    struct arena arena;
    arena_init(&arena, ARENA_SMALL);
    struct result *r = ARENA_NEW(&arena, struct result);
    r->error_band = NAN;
    r->arena = arena;
    atomic_init(&r->refs, 1);
    return r;
}

const struct result *result_retain(const struct result *r)
{
    struct result *counted = (struct result *)(uintptr_t)r;
    atomic_fetch_add_explicit(&counted->refs, 1, memory_order_relaxed);
    return r;
}

void result_release(const struct result *r)
{
    if (r == NULL)
        return;
    struct result *counted = (struct result *)(uintptr_t)r;
    if (atomic_fetch_sub_explicit(&counted->refs, 1, memory_order_acq_rel) != 1)
        return;
    struct arena arena = arena_take(&counted->arena); /* the arena holds the result itself */
    arena_done(&arena);
}

double result_term(const struct result *r, enum metric m)
{
    for (uint32_t i = 0; i < r->n_terms; i++)
        if (r->terms[i].metric == m)
            return r->terms[i].value;
    return NAN;
}

enum stall result_top_stall(const struct result *r)
{
    enum stall top = STALL_SELECTED;
    for (int s = 0; s < STALL_N; s++) {
        if (s == STALL_SELECTED || s == STALL_NOT_SELECTED || !(r->stall[s] > 0))
            continue;
        if (top == STALL_SELECTED || r->stall[s] > r->stall[top])
            top = (enum stall)s;
    }
    return top;
}

static double stall_sum(const double stall[STALL_N])
{
    double sum = 0;
    for (int s = 0; s < STALL_N; s++)
        sum += stall[s];
    return sum;
}

void result_seal(struct result *r)
{
    if (r->is_withheld)
        return;
    double rest = r->cycles - stall_sum(r->stall);
    ASSERT(fabs(rest) <= 1e-9 * fabs(r->cycles) + 1e-9);
    /* The sum itself is what readers add up, so it defines the total. */
    r->cycles = stall_sum(r->stall);
}
