/*
 * bank.c: the rules of the header, with a memory of recent patterns.
 *
 * The result depends on the pattern, the lanes, how the instruction goes in passes, and the base
 * within a row of all banks: that is the key of the table. A collision just computes again.
 */
#include "mech/bank.h"

enum { TABLE_SLOTS = 512, WORD_B = 4, PASS_B = 128, ROW_B = 16 };

struct slot {
    uint32_t pattern, mask;
    uint16_t base; /* within a row of banks */
    uint8_t how;   /* the request in one byte; 0 = empty slot */
    uint16_t wavefronts;
};

struct bank_table {
    const struct trace_kernel *kernel;
    unsigned n_banks;
    struct slot *slots;
};

/* Bytes that a lane names at its address, lanes that count, whether equal words take turns. */
struct request {
    unsigned lane_b, n_lanes;
    bool takes_turns;
};

static struct request request_of(const struct sass_inst *in)
{
    unsigned width_b = in->op.width_b ? in->op.width_b : in->mem_width_b;
    if (in->op.flags & SASS_F_MATRIX_ROWS)
        return (struct request){ROW_B, MIN(width_b / 4 * 8, (unsigned)SASS_WARP_LANES), false};
    bool takes_turns = in->op.cls == SASS_ATOMIC || in->op.cls == SASS_REDUCTION;
    return (struct request){CLAMP(width_b, (unsigned)WORD_B, (unsigned)ROW_B), SASS_WARP_LANES,
                            takes_turns};
}

static unsigned lanes_a_pass(const struct request *r)
{
    return PASS_B / r->lane_b;
}

struct bank_table *bank_make(struct arena *a, const struct trace_kernel *k, unsigned n_banks)
{
    ASSERT(n_banks >= 1 && n_banks <= BANK_MAX);
    struct bank_table *t = ARENA_NEW(a, struct bank_table);
    *t = (struct bank_table){k, n_banks, ARENA_ARRAY(a, struct slot, TABLE_SLOTS)};
    return t;
}

static bool has_word(const uint64_t *words, unsigned n, uint64_t word)
{
    for (unsigned i = 0; i < n; i++)
        if (words[i] == word)
            return true;
    return false;
}

static unsigned pass_wavefronts(const struct bank_table *t, const struct request *r,
                                const uint64_t *addr, uint32_t lanes)
{
    uint64_t words[PASS_B / WORD_B];
    unsigned in_bank[BANK_MAX] = {0}, n = 0, most = 0;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        if (!(lanes >> lane & 1))
            continue;
        for (unsigned w = 0; w < r->lane_b / WORD_B; w++) {
            uint64_t word = addr[lane] / WORD_B + w;
            if (!r->takes_turns && has_word(words, n, word))
                continue;
            words[n++] = word;
            unsigned count = ++in_bank[word % t->n_banks];
            most = MAX(most, count);
        }
    }
    return most;
}

/* Lanes of pass `i` among those of `mask`. */
static uint32_t pass_lanes(const struct request *r, unsigned i, uint32_t mask)
{
    unsigned n = lanes_a_pass(r);
    uint32_t lanes = n == SASS_WARP_LANES ? UINT32_MAX : ((1u << n) - 1) << (i * n);
    return mask & lanes;
}

static unsigned count_wavefronts(const struct bank_table *t, const struct request *r,
                                 uint64_t access, uint32_t mask)
{
    uint64_t addr[SASS_WARP_LANES];
    uint32_t set = trace_access_lanes(t->kernel, access, mask, addr);
    unsigned sum = 0;
    for (unsigned i = 0; i * lanes_a_pass(r) < r->n_lanes; i++)
        sum += pass_wavefronts(t, r, addr, pass_lanes(r, i, set));
    return sum;
}

static uint8_t pack(const struct request *r)
{
    return (uint8_t)(r->lane_b | (r->n_lanes / 8 - 1) << 5 | (unsigned)r->takes_turns << 7);
}

static bool slot_matches(const struct slot *s, const struct slot *key)
{
    return s->how == key->how && s->pattern == key->pattern && s->mask == key->mask &&
           s->base == key->base;
}

unsigned bank_wavefronts(struct bank_table *t, uint64_t access, uint32_t mask,
                         const struct sass_inst *in)
{
    struct request r = request_of(in);
    struct slot key = {
        .pattern = t->kernel->access_pattern[access],
        .mask = mask,
        .base = (uint16_t)(t->kernel->access_base[access] % ((uint64_t)t->n_banks * WORD_B)),
        .how = pack(&r),
    };
    uint64_t h =
        hash_u64(((uint64_t)key.pattern << 32 | mask) ^ (uint64_t)key.base << 24 ^ key.how);
    struct slot *s = &t->slots[h % TABLE_SLOTS];
    if (!slot_matches(s, &key)) {
        key.wavefronts = (uint16_t)count_wavefronts(t, &r, access, mask);
        *s = key;
    }
    return s->wavefronts;
}

unsigned bank_passes(uint32_t mask, const struct sass_inst *in)
{
    struct request r = request_of(in);
    unsigned n = 0;
    for (unsigned i = 0; i * lanes_a_pass(&r) < r.n_lanes; i++)
        n += pass_lanes(&r, i, mask) != 0;
    return n;
}

struct shared_step {
    uint32_t code, mask;
    uint32_t access; /* within the path */
};

struct shared_steps {
    struct shared_step *at;
    uint32_t n;
    bool is_listed;
};

static bool is_shared(const struct sass_inst *in)
{
    bool moves = in->op.cls == SASS_LOAD || in->op.cls == SASS_STORE || in->op.cls == SASS_ATOMIC ||
                 in->op.cls == SASS_REDUCTION;
    return moves && in->op.space == SASS_SPACE_SHARED && in->mem_width_b != 0;
}

static void list_steps(struct arena *a, const struct trace_kernel *k, uint32_t path,
                       struct shared_steps *out)
{
    const struct trace_path *p = &k->paths[path];
    out->at = ARENA_ARRAY(a, struct shared_step, p->n_accesses);
    out->is_listed = true;
    uint32_t access = 0;
    for (uint32_t s = 0; s < p->n_steps; s++) {
        const struct trace_step *step = &p->steps[s];
        if (is_shared(&k->code[step->code]) && step->mask != 0)
            out->at[out->n++] = (struct shared_step){step->code, step->mask, access};
        access += k->code[step->code].mem_width_b != 0;
    }
}

enum status bank_count(struct arena *a, const struct trace_kernel *k, unsigned n_banks,
                       const struct tick *tick, struct bank_code **out)
{
    struct bank_table *t = bank_make(a, k, n_banks);
    struct shared_steps *by_path = ARENA_ARRAY(a, struct shared_steps, k->n_paths);
    *out = ARENA_ARRAY(a, struct bank_code, k->n_code);
    for (uint32_t w = 0; w < k->n_warps; w++) {
        struct shared_steps *steps = &by_path[k->warps[w].path];
        if (!tick_step(tick, w, k->n_warps))
            return STATUS_CANCELLED;
        if (!steps->is_listed)
            list_steps(a, k, k->warps[w].path, steps);
        for (uint32_t i = 0; i < steps->n; i++) {
            const struct shared_step *s = &steps->at[i];
            uint64_t access = k->warps[w].first_access + s->access;
            unsigned n = bank_wavefronts(t, access, s->mask, &k->code[s->code]);
            struct bank_code *c = &(*out)[s->code];
            c->executions += n > 0;
            c->wavefronts += n;
            c->passes += n > 0 ? bank_passes(s->mask, &k->code[s->code]) : 0;
        }
    }
    return STATUS_OK;
}
