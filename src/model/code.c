/*
 * code.c: instruction and constant caches, cold for the first wave and warm for the others.
 *
 * The warps of an SM run the same code at about the same time: what one has fetched is there for
 * the others, and every later wave finds it in L1 or L0. So the way from L2 is paid once, by the
 * first wave, and a loop that is larger than L0 is paid for by each warp; constants likewise. One
 * warp stands for all of a sub-core: that several of them share a cache neither helps nor hurts it.
 */
#include "code.h"

static struct fetch *make_fetch(struct pipeline *p)
{
    return pipeline_uses(p, FETCH_CACHES) ? fetch_make(p->scratch, p->g, 1) : NULL;
}

static bool names_constants(const struct trace_kernel *k)
{
    for (uint32_t c = 0; c < k->n_code; c++)
        if (k->code[c].has_const)
            return true;
    return false;
}

static struct constant *make_constants(struct pipeline *p)
{
    return pipeline_uses(p, CONSTANTS_CACHES) && names_constants(p->k)
               ? constant_make(p->scratch, p->g, 1)
               : NULL;
}

/* Whether a second walk over all instructions misses nothing. */
static bool code_stays(const struct trace_kernel *k, struct fetch *f)
{
    uint64_t before = 0;
    for (unsigned round = 0; f != NULL && round < 2; round++) {
        before = fetch_stats(f).l0_misses;
        for (uint32_t c = 0; c < k->n_code; c++)
            (void)fetch_ready_cy(f, 0, k->code[c].pc, 0);
    }
    return f == NULL || fetch_stats(f).l0_misses == before;
}

static bool constants_stay(const struct trace_kernel *k, struct constant *constants)
{
    double missing = 0;
    for (unsigned round = 0; round < 2; round++) {
        missing = 0;
        for (uint32_t c = 0; c < k->n_code; c++)
            missing += constant_operand_miss_cy(constants, 0, &k->code[c]) +
                       constant_load_miss_cy(constants, &k->code[c]);
    }
    return missing == 0;
}

void code_measure(struct pipeline *p)
{
    size_t mark = arena_mark(p->scratch);
    p->code_stays = code_stays(p->k, make_fetch(p));
    p->constants_stay = constants_stay(p->k, make_constants(p));
    arena_reset(p->scratch, mark);
}

struct code code_warm(struct pipeline *p, uint32_t path)
{
    struct code code = {p->code_stays ? NULL : make_fetch(p),
                        p->constants_stay ? NULL : make_constants(p)};
    const struct trace_path *t = &p->k->paths[path];
    bool is_needed = code.fetch != NULL || code.constants != NULL;
    for (uint32_t s = 0; is_needed && s < t->n_steps; s++) {
        const struct sass_inst *in = &p->k->code[t->steps[s].code];
        (void)fetch_ready_cy(code.fetch, 0, in->pc, 0);
        (void)constant_operand_miss_cy(code.constants, 0, in);
        (void)constant_load_miss_cy(code.constants, in);
    }
    if (code.fetch != NULL)
        fetch_settle(code.fetch);
    return code;
}

struct code code_cold(struct pipeline *p, uint32_t path)
{
    struct code code = {make_fetch(p), make_constants(p)};
    const struct trace_path *t = &p->k->paths[path];
    if (t->n_steps > 0)
        fetch_launch(code.fetch, p->k->code[t->steps[0].code].pc, 0);
    return code;
}
