/*
 * interleave.c: round-robin over SMs, then over the slots of an SM.
 *
 * The slots of an SM form a ring of indices; an empty slot leaves the ring and is used again. Only
 * accesses are visited: each path's are listed once.
 */
#include "mech/interleave.h"

#define NO_SLOT UINT32_MAX

/* An access of a path. */
struct ref {
    uint32_t code, mask;
    uint32_t access; /* relative to the warp's first */
};

struct refs {
    const struct ref *at;
    uint32_t n;
};

struct slot {
    struct refs refs;        /* of `warp` */
    uint64_t first_access;   /* of `warp` */
    uint32_t pos;            /* accesses of `warp` that are done */
    uint32_t warp, warp_end; /* warps walked one after another */
    uint32_t cta;
    uint32_t next; /* ring, or list of the free */
};

struct sm {
    const uint32_t *ctas; /* in order of start */
    uint32_t n_ctas, n_started;
    uint32_t last; /* slot before the next one, NO_SLOT = nothing to do */
};

struct interleave {
    const struct trace_kernel *k;
    enum interleave_order order;
    unsigned n_sms;
    struct refs *refs; /* by path */
    struct sm *sms;
    struct slot *slots;
    uint32_t n_slots, free;
    uint32_t *alive;  /* by CTA: slots of it that are in a ring */
    uint32_t sm;      /* whose turn it is */
    uint32_t n_alive; /* SMs with slots */
};

static struct refs list_accesses(struct arena *a, const struct trace_kernel *k,
                                 const struct timing *timing, const struct trace_path *path)
{
    struct ref *list = ARENA_ARRAY(a, struct ref, path->n_accesses);
    uint32_t n = 0, access = 0;
    for (uint32_t i = 0; i < path->n_steps; i++) {
        const struct trace_step *s = &path->steps[i];
        if (k->code[s->code].mem_width_b == 0)
            continue;
        if (memory_reaches_caches(k, timing, s))
            list[n++] = (struct ref){s->code, s->mask, access};
        access++;
    }
    ASSERT(access == path->n_accesses);
    return (struct refs){list, n};
}

/* Moves the slot to its next warp with something to do; false when it has none. */
static bool slot_settle(const struct interleave *it, struct slot *s)
{
    while (s->pos >= s->refs.n && ++s->warp != s->warp_end) {
        const struct trace_warp *w = &it->k->warps[s->warp];
        s->refs = it->refs[w->path];
        s->first_access = w->first_access;
        s->pos = 0;
    }
    return s->warp != s->warp_end;
}

static uint32_t take_slot(struct interleave *it)
{
    uint32_t index = it->free;
    if (index == NO_SLOT)
        return it->n_slots++;
    it->free = it->slots[index].next;
    return index;
}

static void add_slot(struct interleave *it, struct sm *sm, struct slot s)
{
    if (!slot_settle(it, &s))
        return;
    uint32_t index = take_slot(it);
    s.next = sm->last == NO_SLOT ? index : it->slots[sm->last].next;
    it->slots[index] = s;
    if (sm->last != NO_SLOT)
        it->slots[sm->last].next = index;
    else
        it->n_alive++;
    sm->last = index;
    it->alive[s.cta]++;
}

static void start_cta(struct interleave *it, struct sm *sm, uint32_t cta)
{
    const struct trace_cta *c = &it->k->ctas[cta];
    uint32_t warps = it->order == INTERLEAVE_AMALI ? c->n_warps : 1;
    for (uint32_t w = 0; w < c->n_warps; w += warps)
        add_slot(it, sm,
                 (struct slot){.warp = c->first_warp + w - 1, /* slot_settle begins behind it */
                               .warp_end = c->first_warp + w + warps,
                               .cta = cta});
}

/* Starts CTAs until one has something to do. */
static void start_next(struct interleave *it, struct sm *sm)
{
    bool has_work = false;
    while (!has_work && sm->n_started < sm->n_ctas) {
        uint32_t cta = sm->ctas[sm->n_started++];
        start_cta(it, sm, cta);
        has_work = it->alive[cta] > 0;
    }
}

struct interleave *interleave_make(struct arena *a, const struct trace_kernel *k,
                                   const struct timing *timing, const struct assign *with,
                                   enum interleave_order order, const struct tick *tick)
{
    struct interleave *it = ARENA_NEW(a, struct interleave);
    *it = (struct interleave){.k = k, .order = order, .n_sms = with->n_sms, .free = NO_SLOT};
    it->slots = ARENA_ARRAY(a, struct slot, (size_t)k->n_warps + 1);
    it->alive = ARENA_ARRAY(a, uint32_t, k->n_ctas);
    it->sms = ARENA_ARRAY(a, struct sm, with->n_sms);
    it->refs = ARENA_ARRAY(a, struct refs, k->n_paths);
    for (uint32_t p = 0; p < k->n_paths; p++) {
        if (!tick_step(tick, p, k->n_paths))
            return NULL;
        it->refs[p] = list_accesses(a, k, timing, &k->paths[p]);
    }
    for (unsigned s = 0; s < with->n_sms; s++) {
        struct sm *sm = &it->sms[s];
        sm->last = NO_SLOT;
        sm->ctas = assign_of_sm(with, s, &sm->n_ctas);
        uint32_t together = order == INTERLEAVE_AMALI ? sm->n_ctas : with->resident;
        for (uint32_t n = 0; n < together; n++)
            start_next(it, sm);
    }
    return it;
}

/* Takes the slot behind `last` out of the ring. */
static void remove_next(struct interleave *it, struct sm *sm, uint32_t index)
{
    struct slot *s = &it->slots[index];
    uint32_t cta = s->cta;
    if (index == sm->last) {
        sm->last = NO_SLOT;
        it->n_alive--;
    } else {
        it->slots[sm->last].next = s->next;
    }
    s->next = it->free;
    it->free = index;
    if (--it->alive[cta] == 0)
        start_next(it, sm);
}

bool interleave_next(struct interleave *it, struct interleave_item *out)
{
    if (it->n_alive == 0)
        return false;
    while (it->sms[it->sm].last == NO_SLOT)
        it->sm = it->sm + 1 < it->n_sms ? it->sm + 1 : 0;

    struct sm *sm = &it->sms[it->sm];
    uint32_t index = it->slots[sm->last].next;
    struct slot *s = &it->slots[index];
    const struct ref *ref = &s->refs.at[s->pos];
    *out = (struct interleave_item){
        .sm = it->sm,
        .warp = s->warp,
        .code = ref->code,
        .mask = ref->mask,
        .access = s->first_access + ref->access,
    };
    s->pos++;
    if (slot_settle(it, s))
        sm->last = index;
    else
        remove_next(it, sm, index);
    it->sm = it->sm + 1 < it->n_sms ? it->sm + 1 : 0;
    return true;
}
