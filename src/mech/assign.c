/*
 * assign.c: CTAs to SMs, with the slots of all SMs in a heap by the time at which they free.
 *
 *     start(CTA) = the least time in the heap      time of its slot += work(CTA)
 *
 * Ties go to the slot that was filled first. Assumes that resident CTAs advance alike, so that a
 * CTA's time is in proportion to its own instructions.
 */
#include "mech/assign.h"

#include <string.h>

uint64_t assign_cta_id(const struct trace_kernel *k, const struct trace_cta *c)
{
    return c->x + (uint64_t)k->h.grid[0] * (c->y + (uint64_t)k->h.grid[1] * c->z);
}

uint64_t assign_cta_work(const struct trace_kernel *k, const struct trace_cta *c)
{
    uint64_t n = 0;
    for (uint32_t w = 0; w < c->n_warps; w++)
        n += k->paths[k->warps[c->first_warp + w].path].n_steps;
    return n;
}

/* A slot of an SM, busy with its `order`-th CTA until `free_at`. */
struct slot {
    uint64_t free_at;
    uint32_t order, sm;
};

static bool is_before(const struct slot *x, const struct slot *y)
{
    return x->free_at != y->free_at ? x->free_at < y->free_at : x->order < y->order;
}

/* Lets heap[0], which may have become late, sink to its place. */
static void sink_first(struct slot *heap, uint32_t n)
{
    struct slot s = heap[0];
    uint32_t at = 0;
    for (uint32_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (is_before(&s, &heap[child]))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = s;
}

/* Slots in the order in which they are filled first, which is a heap: all are free. */
static struct slot *make_slots(struct arena *a, unsigned n_sms, uint32_t n)
{
    struct slot *heap = ARENA_ARRAY(a, struct slot, n);
    for (uint32_t i = 0; i < n; i++)
        heap[i] = (struct slot){.order = i, .sm = i % n_sms};
    return heap;
}

static void assign_by_work(struct arena *a, const struct trace_kernel *k, const uint64_t *work,
                           unsigned n_sms, unsigned resident, uint32_t *sm_of)
{
    uint32_t n = (uint32_t)MIN((uint64_t)n_sms * resident, (uint64_t)k->n_ctas);
    struct slot *heap = make_slots(a, n_sms, n);
    for (uint32_t c = 0; c < k->n_ctas; c++) {
        sm_of[c] = heap[0].sm;
        heap[0].free_at += work[c];
        heap[0].order = n + c;
        sink_first(heap, n);
    }
}

/* From the SM of each CTA to the CTAs of each SM. */
static struct assign list_by_sm(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                                unsigned resident, const uint32_t *sm_of)
{
    struct assign s = {.n_sms = n_sms, .resident = resident};
    s.ctas = ARENA_ARRAY(a, uint32_t, k->n_ctas);
    s.first = ARENA_ARRAY(a, uint32_t, (size_t)n_sms + 2);
    uint32_t *end = s.first + 1; /* where the next CTA of each SM goes; its end at last */
    for (uint32_t c = 0; c < k->n_ctas; c++)
        end[sm_of[c] + 1]++;
    for (unsigned sm = 0; sm < n_sms; sm++) {
        s.sms_used += end[sm + 1] > 0;
        end[sm + 1] += end[sm];
    }
    for (uint32_t c = 0; c < k->n_ctas; c++)
        s.ctas[end[sm_of[c]]++] = c;
    return s;
}

struct assign assign_modulo(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                            unsigned resident)
{
    uint32_t *sm_of = ARENA_ARRAY(a, uint32_t, k->n_ctas);
    for (uint32_t c = 0; c < k->n_ctas; c++)
        sm_of[c] = (uint32_t)(assign_cta_id(k, &k->ctas[c]) % n_sms);
    return list_by_sm(a, k, n_sms, resident, sm_of);
}

struct assign assign_hardware(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                              unsigned resident)
{
    uint64_t *work = ARENA_ARRAY(a, uint64_t, k->n_ctas);
    bool is_equal = true;
    for (uint32_t c = 0; c < k->n_ctas; c++) {
        work[c] = assign_cta_work(k, &k->ctas[c]);
        is_equal = is_equal && work[c] == work[0];
    }
    if (is_equal || k->n_ctas < k->counts.ctas_in_grid)
        return assign_modulo(a, k, n_sms, resident);
    uint32_t *sm_of = ARENA_ARRAY(a, uint32_t, k->n_ctas);
    assign_by_work(a, k, work, n_sms, resident, sm_of);
    return list_by_sm(a, k, n_sms, resident, sm_of);
}
