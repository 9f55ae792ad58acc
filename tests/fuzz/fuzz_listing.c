/* Any text as a listing: what is accepted has its operands and targets in range. */
#include "script/assemble.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_inst(const struct listing *l, size_t at)
{
    const struct listing_inst *i = &l->at[at];
    ASSERT(i->inst.n_src <= SASS_MAX_SRC);
    ASSERT(i->inst.pc == 16 * at);
    ASSERT(i->guard >= 0 && i->guard < 16 && i->predicate < 16);
    ASSERT(i->target == LISTING_NO_TARGET || i->target < l->n);
    ASSERT(!i->is_branch || i->target != LISTING_NO_TARGET);
    ASSERT((i->inst.mem_width_b != 0) == i->is_memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    struct listing l;
    struct err e = {0};
    arena_init(&a, ARENA_SMALL);
    str text = {(const char *)data, n};
    if (assemble_listing(&l, &a, text, 80, 255, &e) == STATUS_OK) {
        ASSERT(l.n > 0);
        for (size_t i = 0; i < l.n; i++)
            check_inst(&l, i);
    } else {
        ASSERT(e.status == STATUS_INPUT && e.message[0] != 0);
    }
    arena_done(&a);
    return 0;
}
