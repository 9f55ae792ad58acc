#include "base/index.h"

#include <stdlib.h>

#include "base/os.h"

enum { FIRST_SLOTS = 64 };

static struct index_slot *new_slots(uint32_t n)
{
    struct index_slot *slots = calloc(n, sizeof *slots);
    if (slots == NULL)
        os_fatal("out of memory for an index of %u slots", n);
    return slots;
}

void index_init(struct index *ix)
{
    *ix = (struct index){.slots = new_slots(FIRST_SLOTS), .mask = FIRST_SLOTS - 1};
}

void index_done(struct index *ix)
{
    free(ix->slots);
    *ix = (struct index){0};
}

static uint32_t fold(uint64_t hash)
{
    return (uint32_t)(hash ^ (hash >> 32));
}

uint32_t index_find(const struct index *ix, uint64_t hash, index_equal *equal, const void *ctx)
{
    uint32_t tag = fold(hash);
    for (uint32_t i = tag & ix->mask; ix->slots[i].id != 0; i = (i + 1) & ix->mask) {
        if (ix->slots[i].tag == tag && equal(ctx, ix->slots[i].id - 1))
            return ix->slots[i].id - 1;
    }
    return INDEX_NONE;
}

static void place(struct index *ix, struct index_slot slot)
{
    uint32_t i = slot.tag & ix->mask;
    while (ix->slots[i].id != 0)
        i = (i + 1) & ix->mask;
    ix->slots[i] = slot;
}

static void grow(struct index *ix)
{
    struct index old = *ix;
    ASSERT(old.mask < UINT32_MAX / 2);
    ix->mask = old.mask * 2 + 1;
    ix->slots = new_slots(ix->mask + 1);
    for (uint32_t i = 0; i <= old.mask; i++) {
        if (old.slots[i].id != 0)
            place(ix, old.slots[i]);
    }
    free(old.slots);
}

void index_put(struct index *ix, uint64_t hash, uint32_t id)
{
    ASSERT(id < UINT32_MAX - 1);
    if (ix->n >= ix->mask / 4 * 3)
        grow(ix);
    place(ix, (struct index_slot){id + 1, fold(hash)});
    ix->n++;
}
