/*
 * code.c: instruction caches, cold for the first wave and warm for the others.
 *
 * The warps of an SM run the same code at about the same time: what one has fetched is there for
 * the others, and every later wave finds it in L1 or L0. So the way from L2 is paid once, by the
 * first wave, and a loop that is larger than L0 is paid for by each warp. One warp stands for all
 * of a sub-core: that several of them share an L0 neither helps nor hurts it.
 */
#include "code.h"

static struct fetch *make_caches(struct pipeline *p)
{
    return pipeline_uses(p, FETCH_CACHES) ? fetch_make(p->scratch, p->g, 1) : NULL;
}

bool code_fits(struct pipeline *p)
{
    size_t mark = arena_mark(p->scratch);
    struct fetch *f = make_caches(p);
    uint64_t cold = 0, all = 0;
    for (unsigned round = 0; f != NULL && round < 2; round++) {
        for (uint32_t c = 0; c < p->k->n_code; c++)
            (void)fetch_ready_cy(f, 0, p->k->code[c].pc, 0);
        cold = round == 0 ? fetch_stats(f).l0_misses : cold;
        all = fetch_stats(f).l0_misses;
    }
    arena_reset(p->scratch, mark);
    return cold == all;
}

struct fetch *code_warm(struct pipeline *p, uint32_t path)
{
    struct fetch *f = p->code_fits ? NULL : make_caches(p);
    const struct trace_path *t = &p->k->paths[path];
    for (uint32_t s = 0; f != NULL && s < t->n_steps; s++)
        (void)fetch_ready_cy(f, 0, p->k->code[t->steps[s].code].pc, 0);
    if (f != NULL)
        fetch_settle(f);
    return f;
}

struct fetch *code_cold(struct pipeline *p, uint32_t path)
{
    struct fetch *f = make_caches(p);
    const struct trace_path *t = &p->k->paths[path];
    if (t->n_steps > 0)
        fetch_launch(f, p->k->code[t->steps[0].code].pc, 0);
    return f;
}
