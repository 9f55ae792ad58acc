/*
 * coalesce.c: distinct blocks of a warp access, with a memory of recent patterns.
 *
 * Two accesses with the same pattern, mask, width and offset within a block touch the same blocks
 * relative to that of their base: that is the key of the table. A collision just computes again.
 */
#include "mech/coalesce.h"

enum { TABLE_SLOTS = 512 };

struct slot {
    uint32_t pattern, mask;
    uint32_t offset; /* of the base within its block */
    uint16_t width_b;
    uint16_t n; /* 0 = empty slot: an access without blocks is never stored */
    int64_t block[COALESCE_MAX_BLOCKS];
};

struct coalescer {
    const struct trace_kernel *kernel;
    unsigned shift;
    bool whole_width;
    struct slot *slots;
};

struct coalescer *coalesce_make(struct arena *a, const struct trace_kernel *k, unsigned block_shift,
                                bool whole_width)
{
    struct coalescer *c = ARENA_NEW(a, struct coalescer);
    *c = (struct coalescer){k, block_shift, whole_width, ARENA_ARRAY(a, struct slot, TABLE_SLOTS)};
    return c;
}

static void add_block(struct slot *s, int64_t block)
{
    for (unsigned i = s->n; i-- > 0;)
        if (s->block[i] == block)
            return;
    s->block[s->n++] = block;
}

static void fill_slot(const struct coalescer *c, struct slot *s, uint64_t access, unsigned width_b)
{
    uint64_t lane_addr[SASS_WARP_LANES];
    uint32_t set = trace_access_lanes(c->kernel, access, s->mask, lane_addr);
    uint64_t base_block = c->kernel->access_base[access] >> c->shift;
    unsigned last = c->whole_width && width_b > 0 ? width_b - 1 : 0;
    s->n = 0;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        if (!(set >> lane & 1))
            continue;
        add_block(s, (int64_t)((lane_addr[lane] >> c->shift) - base_block));
        if (last > 0)
            add_block(s, (int64_t)(((lane_addr[lane] + last) >> c->shift) - base_block));
    }
}

static bool slot_matches(const struct slot *s, const struct slot *key)
{
    return s->n > 0 && s->pattern == key->pattern && s->mask == key->mask &&
           s->offset == key->offset && s->width_b == key->width_b;
}

unsigned coalesce_blocks(struct coalescer *c, uint64_t access, uint32_t mask, unsigned width_b,
                         uint64_t out[COALESCE_MAX_BLOCKS])
{
    uint64_t base = c->kernel->access_base[access];
    struct slot key = {
        .pattern = c->kernel->access_pattern[access],
        .mask = mask,
        .offset = (uint32_t)(base & (((uint64_t)1 << c->shift) - 1)),
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
    uint64_t base_block = base >> c->shift;
    for (unsigned i = 0; i < s->n; i++)
        out[i] = base_block + (uint64_t)s->block[i];
    return s->n;
}

static unsigned add_sector(uint64_t *sectors, unsigned n, uint64_t sector)
{
    for (unsigned i = n; i-- > 0;)
        if (sectors[i] == sector)
            return n;
    sectors[n] = sector;
    return n + 1;
}

unsigned coalesce_local(const struct trace_kernel *k, uint64_t access, uint32_t warp, uint32_t mask,
                        unsigned width_b, uint64_t out[COALESCE_MAX_LOCAL])
{
    enum { WORD_BITS = 22, LANES_A_SECTOR = 8, SECTORS_A_WORD = 4, MAX_WORDS = 4 };
    uint64_t lane_addr[SASS_WARP_LANES];
    uint32_t set = trace_access_lanes(k, access, mask, lane_addr);
    uint64_t memory = (uint64_t)1 << 63 | (uint64_t)warp << (WORD_BITS + 2);
    unsigned words = CLAMP((width_b + 3) / 4, 1u, (unsigned)MAX_WORDS), n = 0;
    for (unsigned w = 0; w < words; w++)
        for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
            if (!(set >> lane & 1))
                continue;
            uint64_t word = (lane_addr[lane] / 4 + w) % (1u << WORD_BITS);
            n = add_sector(out, n, memory | (word * SECTORS_A_WORD + lane / LANES_A_SECTOR));
        }
    return n;
}
