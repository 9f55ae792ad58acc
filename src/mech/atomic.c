/*
 * atomic.c: turns per access, and per sector over the grid in a hash table that grows.
 */
#include "mech/atomic.h"

#include "base/str.h"

enum { SECTOR_B = 32, WORD_B = 4, FIRST_SLOTS = 1024 };

struct slot {
    uint64_t sector; /* + 1; 0 = empty */
    double turns;
};

struct table {
    struct arena *a;
    struct slot *slots;
    uint64_t n_slots, n_used;
};

static struct slot *find_slot(const struct table *t, uint64_t sector)
{
    uint64_t i = hash_u64(sector) & (t->n_slots - 1);
    while (t->slots[i].sector != 0 && t->slots[i].sector != sector + 1)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slots[i];
}

static void grow(struct table *t)
{
    struct table larger = {t->a, NULL, t->n_slots > 0 ? 2 * t->n_slots : FIRST_SLOTS, t->n_used};
    larger.slots = ARENA_ARRAY(t->a, struct slot, larger.n_slots);
    for (uint64_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].sector != 0)
            *find_slot(&larger, t->slots[i].sector - 1) = t->slots[i];
    *t = larger;
}

/* Turns on the sector so far, these included. */
static double add_turns(struct table *t, uint64_t sector, unsigned turns)
{
    if (2 * t->n_used >= t->n_slots)
        grow(t);
    struct slot *s = find_slot(t, sector);
    t->n_used += s->sector == 0;
    s->sector = sector + 1;
    s->turns += turns;
    return s->turns;
}

/* Lanes of `set` from `lane` on that name the same word. */
static unsigned lanes_at_word(const uint64_t *addr, uint32_t set, unsigned lane)
{
    unsigned n = 0;
    for (unsigned other = lane; other < SASS_WARP_LANES; other++)
        n += (set >> other & 1) && addr[other] / WORD_B == addr[lane] / WORD_B;
    return n;
}

unsigned atomic_turns(const struct trace_kernel *k, uint64_t access, uint32_t mask,
                      uint64_t sector[SASS_WARP_LANES], unsigned turns[SASS_WARP_LANES])
{
    uint64_t addr[SASS_WARP_LANES];
    uint32_t set = trace_access_lanes(k, access, mask, addr);
    unsigned n = 0;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        if (!(set >> lane & 1))
            continue;
        unsigned i = 0;
        while (i < n && sector[i] != addr[lane] / SECTOR_B)
            i++;
        if (i == n) {
            sector[n] = addr[lane] / SECTOR_B;
            turns[n++] = 0;
        }
        turns[i] = MAX(turns[i], lanes_at_word(addr, set, lane));
    }
    return n;
}

static bool is_atomic(const struct sass_inst *in)
{
    return (in->op.cls == SASS_ATOMIC || in->op.cls == SASS_REDUCTION) &&
           in->op.space != SASS_SPACE_SHARED && in->mem_width_b != 0;
}

static void count_access(const struct trace_kernel *k, uint64_t access,
                         const struct trace_step *step, struct table *t, struct atomics *out)
{
    uint64_t sector[SASS_WARP_LANES];
    unsigned turns[SASS_WARP_LANES], most = 0;
    unsigned n = atomic_turns(k, access, step->mask, sector, turns);
    for (unsigned i = 0; i < n; i++) {
        double so_far = add_turns(t, sector[i], turns[i]);
        most = MAX(most, turns[i]);
        out->busiest = MAX(out->busiest, so_far);
    }
    out->code[step->code].executions += n > 0;
    out->code[step->code].turns += most;
}

static bool has_atomics(const struct trace_kernel *k)
{
    for (uint32_t c = 0; c < k->n_code; c++)
        if (is_atomic(&k->code[c]))
            return true;
    return false;
}

enum status atomic_count(struct arena *a, const struct trace_kernel *k, const struct tick *tick,
                         struct atomics *out)
{
    struct table t = {.a = a};
    *out = (struct atomics){.code = ARENA_ARRAY(a, struct atomic_code, k->n_code)};
    if (!has_atomics(k))
        return STATUS_OK;
    for (uint32_t w = 0; w < k->n_warps; w++) {
        if (!tick_step(tick, w, k->n_warps))
            return STATUS_CANCELLED;
        struct trace_cursor cursor;
        uint64_t access;
        trace_cursor_start(&cursor, k, w);
        for (const struct trace_step *s; (s = trace_cursor_next(&cursor, &access)) != NULL;)
            if (is_atomic(&k->code[s->code]))
                count_access(k, access, s, &t, out);
    }
    return STATUS_OK;
}
