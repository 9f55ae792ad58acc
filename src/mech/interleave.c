/*
 * interleave.c: round-robin over SMs, then over the slots of an SM.
 *
 * The slots of an SM form a ring of indices; an empty slot leaves the ring. Only steps with
 * addresses are visited: each path's memory steps are listed once.
 */
#include "mech/interleave.h"

#define NO_SLOT UINT32_MAX

struct slot {
    uint32_t warp, warp_end; /* warps walked one after another */
    uint32_t pos;            /* memory steps of `warp` that are done */
    uint32_t next;           /* ring */
};

struct sm {
    uint32_t *ctas; /* indices, in order of launch */
    uint32_t n_ctas, n_launched;
    uint32_t last; /* slot before the next one, NO_SLOT = nothing to do */
};

struct interleave {
    const struct trace_kernel *k;
    enum interleave_order order;
    unsigned n_sms, resident;
    uint32_t **mem_steps; /* by path: step indices with addresses */
    struct sm *sms;
    struct slot *slots;
    uint32_t n_slots;
    uint32_t sm;      /* whose turn it is */
    uint32_t n_alive; /* SMs with slots */
};

uint64_t interleave_cta_id(const struct trace_kernel *k, const struct trace_cta *c)
{
    return c->x + (uint64_t)k->h.grid[0] * (c->y + (uint64_t)k->h.grid[1] * c->z);
}

static bool list_memory_steps(struct interleave *it, struct arena *a, const struct tick *tick)
{
    it->mem_steps = ARENA_ARRAY(a, uint32_t *, it->k->n_paths);
    for (uint32_t p = 0; p < it->k->n_paths; p++) {
        const struct trace_path *path = &it->k->paths[p];
        if (!tick_step(tick, p, it->k->n_paths))
            return false;
        uint32_t *list = ARENA_ARRAY(a, uint32_t, path->n_accesses);
        uint32_t n = 0;
        for (uint32_t s = 0; s < path->n_steps; s++)
            if (it->k->code[path->steps[s].code].mem_width_b != 0)
                list[n++] = s;
        ASSERT(n == path->n_accesses);
        it->mem_steps[p] = list;
    }
    return true;
}

static void assign_ctas(struct interleave *it, struct arena *a)
{
    const struct trace_kernel *k = it->k;
    it->sms = ARENA_ARRAY(a, struct sm, it->n_sms);
    for (uint32_t c = 0; c < k->n_ctas; c++)
        it->sms[interleave_cta_id(k, &k->ctas[c]) % it->n_sms].n_ctas++;
    for (unsigned s = 0; s < it->n_sms; s++) {
        it->sms[s].ctas = ARENA_ARRAY(a, uint32_t, it->sms[s].n_ctas);
        it->sms[s].n_ctas = 0;
        it->sms[s].last = NO_SLOT;
    }
    for (uint32_t c = 0; c < k->n_ctas; c++) {
        struct sm *sm = &it->sms[interleave_cta_id(k, &k->ctas[c]) % it->n_sms];
        sm->ctas[sm->n_ctas++] = c;
    }
}

static uint32_t accesses_of(const struct interleave *it, uint32_t warp)
{
    return it->k->paths[it->k->warps[warp].path].n_accesses;
}

/* Moves the slot to its next warp with something to do; false when it has none. */
static bool slot_settle(const struct interleave *it, struct slot *s)
{
    while (s->warp < s->warp_end && s->pos >= accesses_of(it, s->warp)) {
        s->warp++;
        s->pos = 0;
    }
    return s->warp < s->warp_end;
}

static void add_slot(struct interleave *it, struct sm *sm, uint32_t warp, uint32_t warp_end)
{
    struct slot *s = &it->slots[it->n_slots];
    *s = (struct slot){.warp = warp, .warp_end = warp_end};
    if (!slot_settle(it, s))
        return;
    uint32_t index = it->n_slots++;
    if (sm->last == NO_SLOT) {
        s->next = index;
    } else {
        s->next = it->slots[sm->last].next;
        it->slots[sm->last].next = index;
    }
    sm->last = index;
}

static void launch_cta(struct interleave *it, struct sm *sm, uint32_t cta)
{
    const struct trace_cta *c = &it->k->ctas[cta];
    if (it->order == INTERLEAVE_AMALI) {
        add_slot(it, sm, c->first_warp, c->first_warp + c->n_warps);
        return;
    }
    for (uint32_t w = 0; w < c->n_warps; w++)
        add_slot(it, sm, c->first_warp + w, c->first_warp + w + 1);
}

/* Launches CTAs until some SM has work; false when all CTAs have been launched. */
static bool next_wave(struct interleave *it)
{
    bool any = true;
    while (any && it->n_alive == 0) {
        any = false;
        it->n_slots = 0;
        for (unsigned s = 0; s < it->n_sms; s++) {
            struct sm *sm = &it->sms[s];
            unsigned n = it->order == INTERLEAVE_AMALI ? sm->n_ctas : it->resident;
            for (; n > 0 && sm->n_launched < sm->n_ctas; n--, any = true)
                launch_cta(it, sm, sm->ctas[sm->n_launched++]);
            it->n_alive += sm->last != NO_SLOT;
        }
    }
    it->sm = 0;
    return it->n_alive > 0;
}

struct interleave *interleave_make(struct arena *a, const struct trace_kernel *k,
                                   enum interleave_order order, unsigned n_sms, unsigned resident,
                                   const struct tick *tick)
{
    struct interleave *it = ARENA_NEW(a, struct interleave);
    it->k = k;
    it->order = order;
    it->n_sms = n_sms;
    it->resident = MAX(resident, 1u);
    it->slots = ARENA_ARRAY(a, struct slot, (size_t)k->n_warps + 1);
    if (!list_memory_steps(it, a, tick))
        return NULL;
    assign_ctas(it, a);
    return it;
}

static void unlink_next(struct interleave *it, struct sm *sm, uint32_t index)
{
    if (index == sm->last) {
        sm->last = NO_SLOT;
        it->n_alive--;
    } else {
        it->slots[sm->last].next = it->slots[index].next;
    }
}

bool interleave_next(struct interleave *it, struct interleave_item *out)
{
    if (it->n_alive == 0 && !next_wave(it))
        return false;
    while (it->sms[it->sm].last == NO_SLOT)
        it->sm = it->sm + 1 < it->n_sms ? it->sm + 1 : 0;

    struct sm *sm = &it->sms[it->sm];
    uint32_t index = it->slots[sm->last].next;
    struct slot *s = &it->slots[index];
    const struct trace_warp *warp = &it->k->warps[s->warp];
    const struct trace_path *path = &it->k->paths[warp->path];
    const struct trace_step *step = &path->steps[it->mem_steps[warp->path][s->pos]];
    *out = (struct interleave_item){
        .sm = it->sm,
        .warp = s->warp,
        .code = step->code,
        .mask = step->mask,
        .access = warp->first_access + s->pos,
    };
    s->pos++;
    if (slot_settle(it, s))
        sm->last = index;
    else
        unlink_next(it, sm, index);
    it->sm = it->sm + 1 < it->n_sms ? it->sm + 1 : 0;
    return true;
}
