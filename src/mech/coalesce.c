/*
 * coalesce.c: distinct blocks of a warp access, with a memory of recent patterns.
 *
 * Two accesses with the same pattern, mask, width and offset within a group touch the same blocks
 * relative to the group of their base: that is the key of the table. A collision just computes
 * again.
 */
#include "mech/coalesce.h"

enum { TABLE_SLOTS = 512, MAX_GLOBAL = 2 * SASS_WARP_LANES };

struct slot {
    uint32_t pattern, mask;
    uint32_t offset; /* of the base within its group */
    uint16_t width_b;
    uint16_t n; /* 0 = empty slot: an access without blocks is never stored */
    struct coalesce_group group[MAX_GLOBAL]; /* `first` relative to the group of the base */
};

struct coalescer {
    const struct trace_kernel *kernel;
    struct coalesce_shape shape;
    struct slot *slots;
};

struct coalescer *coalesce_make(struct arena *a, const struct trace_kernel *k,
                                struct coalesce_shape shape)
{
    ASSERT(shape.group_shift >= shape.block_shift && shape.group_shift - shape.block_shift <= 5);
    struct coalescer *c = ARENA_NEW(a, struct coalescer);
    *c = (struct coalescer){k, shape, ARENA_ARRAY(a, struct slot, TABLE_SLOTS)};
    return c;
}

/* Adds a block to the groups of out[n]; returns how many there are then. */
static unsigned add_block(struct coalesce_group *out, unsigned n, uint64_t block, unsigned shift)
{
    uint64_t first = block >> shift << shift;
    uint32_t bit = 1u << (block - first);
    for (unsigned i = n; i-- > 0;)
        if (out[i].first == first) {
            out[i].mask |= bit;
            return n;
        }
    out[n] = (struct coalesce_group){first, bit};
    return n + 1;
}

static unsigned blocks_shift(const struct coalescer *c)
{
    return c->shape.group_shift - c->shape.block_shift;
}

static void fill_slot(const struct coalescer *c, struct slot *s, uint64_t access, unsigned width_b)
{
    uint64_t lane_addr[SASS_WARP_LANES];
    uint32_t set = trace_access_lanes(c->kernel, access, s->mask, lane_addr);
    uint64_t base = c->kernel->access_base[access] >> c->shape.group_shift << c->shape.group_shift;
    unsigned last = c->shape.whole_width && width_b > 0 ? width_b - 1 : 0;
    unsigned shift = c->shape.block_shift, n = 0;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        if (!(set >> lane & 1))
            continue;
        uint64_t first = (lane_addr[lane] >> shift) - (base >> shift);
        n = add_block(s->group, n, first, blocks_shift(c));
        uint64_t end = ((lane_addr[lane] + last) >> shift) - (base >> shift);
        if (end != first)
            n = add_block(s->group, n, end, blocks_shift(c));
    }
    s->n = (uint16_t)n;
}

static bool slot_matches(const struct slot *s, const struct slot *key)
{
    return s->n > 0 && s->pattern == key->pattern && s->mask == key->mask &&
           s->offset == key->offset && s->width_b == key->width_b;
}

unsigned coalesce_global(struct coalescer *c, uint64_t access, uint32_t mask, unsigned width_b,
                         struct coalesce_group out[COALESCE_MAX_GROUPS])
{
    uint64_t base = c->kernel->access_base[access];
    uint64_t in_group = ((uint64_t)1 << c->shape.group_shift) - 1;
    struct slot key = {
        .pattern = c->kernel->access_pattern[access],
        .mask = mask,
        .offset = (uint32_t)(base & in_group),
        .width_b = (uint16_t)width_b,
    };
    uint64_t h = hash_u64(((uint64_t)key.pattern << 32 | mask) + key.offset * 0x9e3779b97f4a7c15u);
    struct slot *s = &c->slots[h % TABLE_SLOTS];
    if (!slot_matches(s, &key)) {
        s->pattern = key.pattern;
        s->mask = key.mask;
        s->offset = key.offset;
        s->width_b = key.width_b;
        fill_slot(c, s, access, width_b);
    }
    uint64_t base_block = (base & ~in_group) >> c->shape.block_shift;
    for (unsigned i = 0; i < s->n; i++)
        out[i] = (struct coalesce_group){base_block + s->group[i].first, s->group[i].mask};
    return s->n;
}

unsigned coalesce_local(const struct coalescer *c, uint64_t access, uint32_t warp, uint32_t mask,
                        unsigned width_b, struct coalesce_group out[COALESCE_MAX_GROUPS])
{
    enum { WORD_BITS = 22, LANES_A_SECTOR = 8, SECTORS_A_WORD = 4, MAX_WORDS = 4 };
    uint64_t lane_addr[SASS_WARP_LANES];
    uint32_t set = trace_access_lanes(c->kernel, access, mask, lane_addr);
    uint64_t memory = (uint64_t)1 << 63 | (uint64_t)warp << (WORD_BITS + 2);
    unsigned words = CLAMP((width_b + 3) / 4, 1u, (unsigned)MAX_WORDS), n = 0;
    for (unsigned w = 0; w < words; w++)
        for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
            if (!(set >> lane & 1))
                continue;
            uint64_t word = (lane_addr[lane] / 4 + w) % (1u << WORD_BITS);
            uint64_t sector = memory | (word * SECTORS_A_WORD + lane / LANES_A_SECTOR);
            n = add_block(out, n, sector, blocks_shift(c));
        }
    return n;
}
