/*
 * memory_amali.c: cache hit rates from reuse distances, as the public AMALI code has them.
 *
 * Lines are counted by the first byte of each lane; they have 32 B, as in every configuration of
 * the public code, whatever the lines of the chip are. Every line goes to the reuse trace of its SM
 * and to that of L2 (no filtering by L1); atomics are counted but not cached. Hit rates are means
 * of the chances of all accesses. `LDGSTS` has "ST" in its name and counts among the stores, whose
 * misses are not filtered by the L1 hit rate.
 */
#include <math.h>

#include "mech/coalesce.h"
#include "mech/interleave.h"
#include "mech/memory.h"
#include "mech/reuse.h"

enum { TICK_ITEMS = 256, LINE_SHIFT = 5, LINE_B = 32 };

struct run {
    const struct trace_kernel *k;
    const struct timing *timing;
    struct coalescer *lines;
    struct arena *arena;
    struct reuse **l1; /* by SM; made when the SM has its first access */
    struct reuse *l2;
    double l1_blocks, l1_ways, l2_blocks, l2_ways;
    double l1_hits, l2_hits, cached;
    struct memory *out;
};

static bool is_cached_kind(enum memory_kind m)
{
    return m == MEMORY_LOAD || m == MEMORY_STORE || m == MEMORY_ASYNC_COPY ||
           m == MEMORY_LOCAL_LOAD || m == MEMORY_LOCAL_STORE;
}

static void count_request(struct run *r, const struct interleave_item *it, unsigned n)
{
    enum memory_kind kind = (enum memory_kind)r->timing[it->code].memory;
    struct memory_code *c = &r->out->code[it->code];
    c->executions++;
    c->sectors += n;
    if (memory_is_global(kind)) {
        r->out->requests++;
        r->out->transactions += n;
        if (kind == MEMORY_LOAD)
            r->out->load_sectors += n;
    }
}

static void access_lines(struct run *r, const struct interleave_item *it)
{
    enum memory_kind kind = (enum memory_kind)r->timing[it->code].memory;
    struct coalesce_group line[COALESCE_MAX_GROUPS];
    unsigned n =
        coalesce_global(r->lines, it->access, it->mask, r->k->code[it->code].mem_width_b, line);
    if (n == 0)
        return;
    count_request(r, it, n);
    if (!is_cached_kind(kind))
        return;
    if (r->l1[it->sm] == NULL)
        r->l1[it->sm] = reuse_make(r->arena);
    struct memory_code *c = &r->out->code[it->code];
    for (unsigned i = 0; i < n; i++) {
        double l1 =
            reuse_hit_chance(reuse_access(r->l1[it->sm], line[i].first), r->l1_blocks, r->l1_ways);
        double l2 = reuse_hit_chance(reuse_access(r->l2, line[i].first), r->l2_blocks, r->l2_ways);
        r->cached++;
        r->l1_hits += l1;
        r->l2_hits += l2;
        if (kind == MEMORY_LOAD)
            r->out->load_l1_hits += l1;
        c->l1_hits += l1;
        c->l2_hits += (1 - l1) * l2;
        c->dram += (1 - l1) * (1 - l2);
    }
}

static void fill_levels(const struct run *r)
{
    struct memory *m = r->out;
    m->l1_hit_rate = r->cached > 0 ? r->l1_hits / r->cached : 0;
    m->l2_hit_rate = r->cached > 0 ? r->l2_hits / r->cached : 0;
    double l2 = r->cached - r->l1_hits;
    double dram = l2 * (1 - m->l2_hit_rate);
    m->level[RESULT_L1] =
        (struct result_level){r->cached, r->l1_hits, r->cached * LINE_B,
                              r->cached > 0 ? m->l1_hit_rate : (double)NAN, (double)NAN};
    m->level[RESULT_L2] =
        (struct result_level){l2, l2 * m->l2_hit_rate, l2 * LINE_B,
                              r->cached > 0 ? m->l2_hit_rate : (double)NAN, (double)NAN};
    m->level[RESULT_SMEM] = (struct result_level){.hit_rate = (double)NAN};
    m->level[RESULT_DRAM] = (struct result_level){dram, 0, dram * LINE_B, (double)NAN, (double)NAN};
}

enum status memory_amali(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                         const struct timing *timing, struct memory_shape shape,
                         const struct tick *tick, struct memory *out)
{
    *out = (struct memory){
        .code = ARENA_ARRAY(a, struct memory_code, k->n_code),
        .assign = shape.assign,
    };
    double l1_blocks = shape.l1_kib * 1024 / LINE_B;
    struct run r = {
        .k = k,
        .timing = timing,
        .lines = coalesce_make(a, k, (struct coalesce_shape){LINE_SHIFT, LINE_SHIFT, false}),
        .l1_blocks = l1_blocks,
        .l1_ways = l1_blocks / g->v.l1_banks,
        .l2_blocks = g->v.l2_kib * 1024 / LINE_B,
        .l2_ways = g->v.l2_ways,
        .arena = a,
        .l2 = reuse_make(a),
        .out = out,
    };
    r.l1 = ARENA_ARRAY(a, struct reuse *, shape.assign->n_sms);
    struct interleave *order = interleave_make(a, k, timing, out->assign, INTERLEAVE_AMALI, tick);
    if (order == NULL)
        return STATUS_CANCELLED;
    struct interleave_item item;
    for (uint64_t n = 0; interleave_next(order, &item); n++) {
        if (n % TICK_ITEMS == 0 && !tick_step(tick, n, k->n_accesses))
            return STATUS_CANCELLED;
        access_lines(&r, &item);
    }
    fill_levels(&r);
    return STATUS_OK;
}
