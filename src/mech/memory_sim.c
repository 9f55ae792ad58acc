/*
 * memory_sim.c: functional simulation of the caches a grid meets.
 *
 * One L1 per SM in use and one L2. An L1 is sectored, writes through and allocates on writes (Volta
 * and later; Accel-Sim's configurations agree). Copies with .BYPASS and atomics go past it; an
 * atomic makes L1's copy of its sector stale. L2 writes back; a write does not fetch. Every L1
 * starts empty at the kernel; so does L2, since nothing is known of what ran before.
 *
 * Left out: TLB, capacity of L2 partitions, compression, persisting lines, shared or local memory
 * through generic addresses (taken as global). An access whose addresses the trace lacks moves
 * nothing and takes the latency of L1.
 */
#include <math.h>

#include "mech/cache.h"
#include "mech/coalesce.h"
#include "mech/interleave.h"
#include "mech/memory.h"

enum { TICK_ITEMS = 256, SECTOR_SHIFT = 5, SECTOR_B = 32 };

enum answer { BY_L1, BY_L2, BY_DRAM };

struct run {
    const struct trace_kernel *k;
    const struct timing *timing;
    struct coalescer *sectors;
    struct arena *arena;
    struct cache_shape l1_shape;
    struct cache **l1; /* by SM; made when the SM has its first access */
    struct cache *l2;
    struct memory *out;
    double l1_accesses, l1_hits, l2_accesses, l2_hits, dram_reads;
    double smem_b;
};

static enum answer access_l2(struct run *r, uint64_t sector, bool is_write)
{
    bool is_hit = is_write ? cache_write(r->l2, sector) : cache_read(r->l2, sector);
    r->l2_accesses++;
    r->l2_hits += is_hit;
    if (!is_hit && !is_write)
        r->dram_reads++;
    return is_hit || is_write ? BY_L2 : BY_DRAM;
}

static enum answer access_sector(struct run *r, struct cache *l1, enum memory_kind kind,
                                 bool bypass, uint64_t sector)
{
    bool is_write = kind == MEMORY_STORE || kind == MEMORY_LOCAL_STORE;
    if (kind == MEMORY_ATOMIC) {
        cache_drop(l1, sector);
        enum answer by = access_l2(r, sector, false);
        (void)cache_write(r->l2, sector); /* the sum stays in L2 */
        return by;
    }
    if (bypass)
        return access_l2(r, sector, is_write);
    bool is_hit = is_write ? cache_write(l1, sector) : cache_read(l1, sector);
    r->l1_accesses++;
    r->l1_hits += is_hit;
    if (is_write)
        return access_l2(r, sector, true);
    return is_hit ? BY_L1 : access_l2(r, sector, false);
}

static void count_answers(struct memory_code *c, const unsigned by[3], unsigned n)
{
    c->executions++;
    c->sectors += n;
    c->l1_hits += by[BY_L1];
    c->l2_hits += by[BY_L2];
    c->dram += by[BY_DRAM];
    c->by_dram += by[BY_DRAM] > 0;
    c->by_l2 += by[BY_DRAM] == 0 && by[BY_L2] > 0;
    c->by_l1 += by[BY_DRAM] == 0 && by[BY_L2] == 0;
}

static void access_global(struct run *r, const struct interleave_item *it, enum memory_kind kind)
{
    const struct sass_inst *in = &r->k->code[it->code];
    uint64_t sector[COALESCE_MAX_LOCAL];
    unsigned width = in->op.width_b ? in->op.width_b : in->mem_width_b;
    unsigned n = kind == MEMORY_LOCAL_LOAD || kind == MEMORY_LOCAL_STORE
                     ? coalesce_local(r->k, it->access, it->warp, it->mask, width, sector)
                     : coalesce_blocks(r->sectors, it->access, it->mask, width, sector);
    if (n == 0)
        return;
    if (r->l1[it->sm] == NULL)
        r->l1[it->sm] = cache_make(r->arena, &r->l1_shape);
    bool bypass = (in->op.flags & SASS_F_BYPASS_L1) != 0;
    unsigned by[3] = {0};
    for (unsigned i = 0; i < n; i++)
        by[access_sector(r, r->l1[it->sm], kind, bypass, sector[i])]++;
    count_answers(&r->out->code[it->code], by, n);
    if (r->out->answers != NULL)
        r->out->answers[it->access] = (struct memory_answer){
            (uint8_t)n, (uint8_t)by[BY_L1], (uint8_t)by[BY_L2], (uint8_t)by[BY_DRAM]};
    if (kind == MEMORY_STORE || kind == MEMORY_LOCAL_STORE)
        r->out->store_sectors += n;
    if (memory_is_global(kind)) {
        r->out->requests++;
        r->out->transactions += n;
        if (kind == MEMORY_LOAD) {
            r->out->load_sectors += n;
            r->out->load_l1_hits += by[BY_L1];
        }
    }
}

static void access_item(struct run *r, const struct interleave_item *it)
{
    enum memory_kind kind = (enum memory_kind)r->timing[it->code].memory;
    if (it->mask == 0 || kind == MEMORY_NONE || kind == MEMORY_CONST)
        return;
    if (kind < MEMORY_SHARED_LOAD) {
        access_global(r, it, kind);
        return;
    }
    const struct sass_inst *in = &r->k->code[it->code];
    unsigned width = in->op.width_b ? in->op.width_b : in->mem_width_b;
    r->smem_b += (double)__builtin_popcount(it->mask) * width;
    r->out->code[it->code].executions++;
}

static void fill_levels(struct run *r)
{
    struct memory *m = r->out;
    double written = (double)cache_stats(r->l2)->written_back;
    double dram = r->dram_reads + written;
    m->dram_write_sectors = written;
    m->l1_hit_rate = r->l1_accesses > 0 ? r->l1_hits / r->l1_accesses : 0;
    m->l2_hit_rate = r->l2_accesses > 0 ? r->l2_hits / r->l2_accesses : 0;
    m->level[RESULT_L1] =
        (struct result_level){r->l1_accesses, r->l1_hits, r->l1_accesses * SECTOR_B,
                              r->l1_accesses > 0 ? m->l1_hit_rate : (double)NAN, (double)NAN};
    m->level[RESULT_L2] =
        (struct result_level){r->l2_accesses, r->l2_hits, r->l2_accesses * SECTOR_B,
                              r->l2_accesses > 0 ? m->l2_hit_rate : (double)NAN, (double)NAN};
    m->level[RESULT_DRAM] =
        (struct result_level){dram, 0, dram * SECTOR_B, (double)NAN, (double)NAN};
    m->level[RESULT_SMEM] =
        (struct result_level){r->smem_b / SECTOR_B, 0, r->smem_b, (double)NAN, (double)NAN};
}

static void make_caches(struct run *r, struct arena *a, const struct gpu *g,
                        struct memory_shape shape)
{
    const struct gpu_values *v = &g->v;
    double l1_lines = shape.l1_kib * 1024 / v->l1_line_b;
    struct cache_shape l1 = {
        .size_b = shape.l1_kib * 1024,
        .line_b = (unsigned)v->l1_line_b,
        .sector_b = SECTOR_B,
        .ways = isnan(v->l1_ways) ? (unsigned)(l1_lines / v->l1_banks) : (unsigned)v->l1_ways,
        .max_accesses = r->k->n_accesses * COALESCE_MAX_LOCAL,
    };
    struct cache_shape l2 = {
        .size_b = v->l2_kib * 1024,
        .line_b = (unsigned)v->l2_line_b,
        .sector_b = SECTOR_B,
        .ways = (unsigned)v->l2_ways,
        .max_accesses = r->k->n_accesses * COALESCE_MAX_LOCAL,
        .is_write_back = true,
    };
    r->l1_shape = l1;
    r->l1 = ARENA_ARRAY(a, struct cache *, shape.n_sms);
    r->l2 = cache_make(a, &l2);
}

enum status memory_simulate(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                            const struct timing *timing, struct memory_shape shape,
                            const struct tick *tick, struct memory *out)
{
    *out = (struct memory){.code = ARENA_ARRAY(a, struct memory_code, k->n_code)};
    if (shape.with_answers)
        out->answers = ARENA_ARRAY(a, struct memory_answer, k->n_accesses);
    struct run r = {
        .k = k,
        .arena = a,
        .timing = timing,
        .sectors = coalesce_make(a, k, SECTOR_SHIFT, true),
        .out = out,
    };
    make_caches(&r, a, g, shape);
    struct interleave *order =
        interleave_make(a, k, INTERLEAVE_RESIDENT, shape.n_sms, shape.resident, tick);
    if (order == NULL)
        return STATUS_CANCELLED;
    struct interleave_item item;
    for (uint64_t n = 0; interleave_next(order, &item); n++) {
        if (n % TICK_ITEMS == 0 && !tick_step(tick, n, k->n_accesses))
            return STATUS_CANCELLED;
        access_item(&r, &item);
    }
    fill_levels(&r);
    return STATUS_OK;
}
