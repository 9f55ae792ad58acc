/*
 * memory_amali.c: cache hit rates from reuse distances, as the public AMALI code has them.
 *
 * Lines are counted by the first byte of each lane; they have 32 B, as in every configuration of
 * the public code, whatever the lines of the chip are. Every line goes to the reuse trace of its SM
 * and to that of L2 (no filtering by L1); atomics are counted but not cached. Hit rates are means
 * of the chances of all accesses. `LDGSTS` has "ST" in its name and counts among the stores, whose
 * misses are not filtered by the L1 hit rate.
 *
 * AMALI inherited this from PPT-GPU (NMSU-PEARL/PPT-GPU @0351db7), which takes means over SMs and
 * has a hit rate of loads from reuse distances among loads alone:
 *
 *     L2 loads = floor(load lines * (1 - hit_loads))    DRAM = floor((L2 loads + stores) * (1 -
 * hit_L2))
 */
#include <math.h>

#include "mech/coalesce.h"
#include "mech/interleave.h"
#include "mech/memory.h"
#include "mech/reuse.h"

enum { TICK_ITEMS = 256, LINE_SHIFT = 5, LINE_B = 32 };

/* Of one SM: all its lines, and its loads alone. */
struct sm {
    struct reuse *all, *loads; /* made when the SM has its first access */
    double cached, hits;
    double n_loads, load_hits;
};

struct run {
    const struct trace_kernel *k;
    const struct timing *timing;
    struct coalescer *lines;
    struct arena *arena;
    struct sm *sms;
    struct reuse *l2;
    double l1_blocks, l1_ways, l2_blocks, l2_ways;
    double l1_hits, l2_hits, cached;
    struct memory *out;
};

static bool is_cached_kind(enum memory_kind m)
{
    return m == MEMORY_LOAD || m == MEMORY_STORE || m == MEMORY_ASYNC_COPY || memory_is_local(m);
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

static void make_sm(struct run *r, struct sm *sm)
{
    sm->all = reuse_make(r->arena);
    sm->loads = reuse_make(r->arena);
}

static void access_line(struct run *r, const struct interleave_item *it, enum memory_kind kind,
                        uint64_t line)
{
    struct sm *sm = &r->sms[it->sm];
    struct memory_code *c = &r->out->code[it->code];
    if (sm->all == NULL)
        make_sm(r, sm);
    double l1 = reuse_hit_chance(reuse_access(sm->all, line), r->l1_blocks, r->l1_ways);
    double l2 = reuse_hit_chance(reuse_access(r->l2, line), r->l2_blocks, r->l2_ways);
    sm->cached++;
    sm->hits += l1;
    r->l2_hits += l2;
    if (kind == MEMORY_LOAD) {
        r->out->load_l1_hits += l1;
        sm->n_loads++;
        sm->load_hits += reuse_hit_chance(reuse_access(sm->loads, line), r->l1_blocks, r->l1_ways);
    }
    c->l1_hits += l1;
    c->l2_hits += (1 - l1) * l2;
    c->dram += (1 - l1) * (1 - l2);
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
    for (unsigned i = 0; i < n; i++)
        access_line(r, it, kind, line[i].first);
}

/* PPT-GPU counts accesses without an active lane as requests, too. */
static void count_requests(const struct run *r, struct memory_ppt *ppt)
{
    for (uint32_t p = 0; p < r->k->n_paths; p++)
        for (uint32_t s = 0; s < r->k->paths[p].n_steps; s++) {
            uint32_t code = r->k->paths[p].steps[s].code;
            enum memory_kind kind = (enum memory_kind)r->timing[code].memory;
            if (!memory_is_global(kind) || r->k->code[code].mem_width_b == 0)
                continue;
            *(kind == MEMORY_LOAD ? &ppt->load_requests : &ppt->store_requests) +=
                r->k->paths[p].n_warps;
        }
}

static void fill_ppt(const struct run *r)
{
    const struct memory *m = r->out;
    struct memory_ppt p = {.l2_hit_rate = m->l2_hit_rate,
                           .load_sectors = m->load_sectors,
                           .store_sectors = m->transactions - m->load_sectors};
    double n_all = 0, n_loads = 0;
    count_requests(r, &p);
    for (unsigned i = 0; i < m->assign->n_sms; i++) {
        const struct sm *sm = &r->sms[i];
        n_all += sm->cached > 0;
        n_loads += sm->n_loads > 0;
        p.l1_hit_rate += sm->cached > 0 ? sm->hits / sm->cached : 0;
        p.load_hit_rate += sm->n_loads > 0 ? sm->load_hits / sm->n_loads : 0;
    }
    p.l1_hit_rate /= MAX(n_all, 1);
    p.load_hit_rate /= MAX(n_loads, 1);
    p.l2_loads = floor(p.load_sectors * (1 - p.load_hit_rate));
    p.l2_stores = p.store_sectors;
    p.dram_total = floor((p.l2_loads + p.l2_stores) * (1 - p.l2_hit_rate));
    r->out->ppt = p;
}

static void fill_levels(struct run *r)
{
    struct memory *m = r->out;
    for (unsigned i = 0; i < m->assign->n_sms; i++) {
        r->cached += r->sms[i].cached;
        r->l1_hits += r->sms[i].hits;
    }
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
        .l1_ways = isnan(g->v.l1_ways) ? l1_blocks / g->v.l1_banks : g->v.l1_ways,
        .l2_blocks = g->v.l2_kib * 1024 / LINE_B,
        .l2_ways = g->v.l2_ways,
        .arena = a,
        .l2 = reuse_make(a),
        .out = out,
    };
    r.sms = ARENA_ARRAY(a, struct sm, shape.assign->n_sms);
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
    fill_ppt(&r);
    return STATUS_OK;
}
