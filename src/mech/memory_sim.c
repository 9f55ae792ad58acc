/*
 * memory_sim.c: functional simulation of the caches a grid meets.
 *
 * One L1 per SM in use before one L2 (l2.h). From Volta on an L1 is sectored, writes through and
 * allocates on writes; on Pascal and before, global accesses go past it (Accel-Sim's configurations
 * have both). Copies with .BYPASS, loads and stores of GPU or system scope and atomics go past it
 * on every chip; an atomic makes L1's copy of its sectors stale. Every cache starts empty at the
 * kernel, since nothing is known of what ran before.
 *
 * Left out: TLB, compression, persisting lines, shared or local memory through generic addresses
 * (taken as global), Pascal's write-back of local memory (taken as written through). An access
 * whose addresses the trace lacks moves nothing and takes the latency of L1.
 *
 * The order of accesses does not depend on the answers, and no L1 depends on another cache. So they
 * come in batches: the L1s answer first, SM after SM, then L2 answers what is left in the order of
 * the grid. That is the same result with fewer changes of place in this machine's own caches.
 */
#include <math.h>

#include "mech/cache.h"
#include "mech/coalesce.h"
#include "mech/interleave.h"
#include "mech/l2.h"
#include "mech/memory.h"

enum {
    SECTOR_SHIFT = 5,
    SECTOR_B = 32,
    VOLTA = 70,
    BATCH_ACCESSES = 2048,
    BATCH_GROUPS = 4096,
    AHEAD = 16, /* groups for which the lines of L2 are fetched ahead */
};

/* Sectors of one line: those that a warp asks for, and those that L1 has. */
struct group {
    uint64_t first;
    uint32_t mask, in_l1;
};

/* One warp access and where its groups lie in the batch. */
struct request {
    struct interleave_item item;
    uint8_t kind; /* enum memory_kind */
    bool uses_l1;
    uint32_t first, end;
    uint32_t next_of_sm; /* the next request of the same SM */
};

struct batch {
    struct request *request;
    struct group *group;
    uint32_t n, n_groups;
    /* By SM: its first and last request; NONE without any. */
    uint32_t *first_of_sm, *last_of_sm;
};

#define NONE UINT32_MAX

struct run {
    const struct trace_kernel *k;
    const struct timing *timing;
    struct coalescer *sectors;
    struct interleave *order;
    struct arena *arena;
    struct cache_shape l1_shape;
    unsigned n_sms;
    struct cache **l1; /* by SM; made when the SM has its first access */
    struct l2 *l2;
    bool global_in_l1;
    struct memory *out;
    double l1_accesses, l1_hits, far_hits, dram_reads;
    double smem_b;
    struct batch batch;
};

static bool is_local(enum memory_kind kind)
{
    return kind == MEMORY_LOCAL_LOAD || kind == MEMORY_LOCAL_STORE;
}

static bool is_store(enum memory_kind kind)
{
    return kind == MEMORY_STORE || kind == MEMORY_LOCAL_STORE;
}

/* Adds the groups of an access; returns how many. */
static uint32_t push_groups(struct run *r, const struct interleave_item *it, enum memory_kind kind)
{
    struct coalesce_group found[COALESCE_MAX_GROUPS];
    const struct sass_inst *in = &r->k->code[it->code];
    unsigned width = in->op.width_b ? in->op.width_b : in->mem_width_b;
    unsigned n = is_local(kind)
                     ? coalesce_local(r->sectors, it->access, it->warp, it->mask, width, found)
                     : coalesce_global(r->sectors, it->access, it->mask, width, found);
    struct group *out = r->batch.group + r->batch.n_groups;
    for (unsigned i = 0; i < n; i++)
        out[i] = (struct group){found[i].first, found[i].mask, 0};
    r->batch.n_groups += n;
    return n;
}

static void push_request(struct run *r, const struct interleave_item *it)
{
    struct batch *b = &r->batch;
    enum memory_kind kind = (enum memory_kind)r->timing[it->code].memory;
    bool passes_by = kind == MEMORY_ATOMIC || !(r->global_in_l1 || is_local(kind)) ||
                     (r->k->code[it->code].op.flags & SASS_F_BYPASS_L1) != 0;
    uint32_t first = b->n_groups;
    if (push_groups(r, it, kind) == 0)
        return;
    b->request[b->n] = (struct request){
        .item = *it,
        .kind = (uint8_t)kind,
        .uses_l1 = !passes_by,
        .first = first,
        .end = b->n_groups,
        .next_of_sm = NONE,
    };
    if (b->first_of_sm[it->sm] == NONE)
        b->first_of_sm[it->sm] = b->n;
    else
        b->request[b->last_of_sm[it->sm]].next_of_sm = b->n;
    b->last_of_sm[it->sm] = b->n++;
}

/* The next accesses of the grid; false at the end. */
static bool fill_batch(struct run *r)
{
    struct batch *b = &r->batch;
    struct interleave_item item;
    b->n = b->n_groups = 0;
    for (unsigned sm = 0; sm < r->n_sms; sm++)
        b->first_of_sm[sm] = NONE;
    while (b->n < BATCH_ACCESSES && b->n_groups < BATCH_GROUPS && interleave_next(r->order, &item))
        push_request(r, &item);
    return b->n > 0;
}

static void expect_in_l1(const struct run *r, const struct cache *l1, uint32_t first)
{
    for (uint32_t i = first; i != NONE; i = r->batch.request[i].next_of_sm) {
        const struct request *q = &r->batch.request[i];
        for (uint32_t g = q->first; g < q->end; g++)
            cache_expect(l1, r->batch.group[g].first);
    }
}

/* What L1 does with an access, whatever L2 will answer. */
static void ask_l1(struct run *r, struct cache *l1, const struct request *q)
{
    for (uint32_t i = q->first; i < q->end; i++) {
        struct group *g = &r->batch.group[i];
        if (q->kind == MEMORY_ATOMIC)
            cache_drop(l1, g->first, g->mask);
        if (!q->uses_l1)
            continue;
        g->in_l1 = is_store((enum memory_kind)q->kind) ? cache_write(l1, g->first, g->mask)
                                                       : cache_read(l1, g->first, g->mask);
        r->l1_accesses += count_bits(g->mask);
        r->l1_hits += count_bits(g->in_l1);
    }
}

static void ask_l1s(struct run *r)
{
    for (unsigned sm = 0; sm < r->n_sms; sm++) {
        uint32_t first = r->batch.first_of_sm[sm];
        if (first == NONE)
            continue;
        if (r->l1[sm] == NULL)
            r->l1[sm] = cache_make(r->arena, &r->l1_shape);
        expect_in_l1(r, r->l1[sm], first);
        for (uint32_t i = first; i != NONE; i = r->batch.request[i].next_of_sm)
            ask_l1(r, r->l1[sm], &r->batch.request[i]);
    }
}

/* Adds the answer for one group to `a`. */
static void answer_group(struct run *r, const struct request *q, const struct group *g,
                         struct memory_answer *a)
{
    uint32_t l1 = 0, left = g->mask;
    struct l2_answer at = {0};
    if (q->kind == MEMORY_ATOMIC) {
        at = l2_atomic(r->l2, q->item.sm, g->first, g->mask);
    } else if (is_store((enum memory_kind)q->kind)) {
        at = l2_write(r->l2, q->item.sm, g->first, g->mask);
    } else {
        l1 = g->in_l1;
        left &= ~l1;
        if (left != 0)
            at = l2_read(r->l2, q->item.sm, g->first, left);
    }
    unsigned far = count_bits(at.far);
    a->sectors = (uint8_t)(a->sectors + count_bits(g->mask));
    a->l1 = (uint8_t)(a->l1 + count_bits(l1));
    a->l2 = (uint8_t)(a->l2 + count_bits(at.near) + far);
    a->far = (uint8_t)(a->far + far);
    a->dram = (uint8_t)(a->dram + count_bits(left & ~(at.near | at.far)));
}

static struct memory_answer answer_request(struct run *r, const struct request *q)
{
    struct memory_answer a = {0};
    for (uint32_t i = q->first; i < q->end; i++)
        answer_group(r, q, &r->batch.group[i], &a);
    return a;
}

static void count_answer(struct memory_code *c, struct memory_answer a)
{
    c->executions++;
    c->sectors += a.sectors;
    c->l1_hits += a.l1;
    c->l2_hits += a.l2;
    c->far_hits += a.far;
    c->dram += a.dram;
    if (a.dram > 0)
        c->by_dram++;
    else if (a.l2 > 0)
        c->by_l2++;
    else
        c->by_l1++;
    c->by_far += a.dram == 0 && a.far > 0;
}

static void count_totals(struct run *r, enum memory_kind kind, struct memory_answer a)
{
    struct memory *m = r->out;
    r->far_hits += a.far;
    r->dram_reads += a.dram;
    if (is_store(kind))
        m->store_sectors += a.sectors;
    if (memory_is_global(kind)) {
        m->requests++;
        m->transactions += a.sectors;
    }
    if (kind == MEMORY_LOAD) {
        m->load_sectors += a.sectors;
        m->load_l1_hits += a.l1;
    }
}

/* Fetches the lines of L2 for the requests from *next on, up to group `end`. */
static void expect_in_l2(const struct run *r, uint32_t *next, uint32_t end)
{
    const struct batch *b = &r->batch;
    for (; *next < b->n && b->request[*next].first < end; ++*next) {
        const struct request *q = &b->request[*next];
        for (uint32_t i = q->first; i < q->end; i++)
            if ((b->group[i].mask & ~b->group[i].in_l1) != 0)
                l2_expect(r->l2, q->item.sm, b->group[i].first);
    }
}

static void answer_batch(struct run *r)
{
    uint32_t ahead = 0;
    ask_l1s(r);
    for (uint32_t i = 0; i < r->batch.n; i++) {
        const struct request *q = &r->batch.request[i];
        expect_in_l2(r, &ahead, q->end + AHEAD);
        struct memory_answer a = answer_request(r, q);
        count_answer(&r->out->code[q->item.code], a);
        count_totals(r, (enum memory_kind)q->kind, a);
        if (r->out->answers != NULL)
            r->out->answers[q->item.access] = a;
    }
}

/* Shared memory has no hits and misses: what moves follows from the code alone. */
static void count_shared(struct run *r)
{
    for (uint32_t p = 0; p < r->k->n_paths; p++) {
        const struct trace_path *path = &r->k->paths[p];
        for (uint32_t i = 0; i < path->n_steps; i++) {
            const struct trace_step *s = &path->steps[i];
            const struct sass_inst *in = &r->k->code[s->code];
            enum memory_kind kind = (enum memory_kind)r->timing[s->code].memory;
            if (in->mem_width_b == 0 || s->mask == 0 || kind < MEMORY_SHARED_LOAD ||
                kind == MEMORY_CONST)
                continue;
            unsigned width = in->op.width_b ? in->op.width_b : in->mem_width_b;
            r->smem_b += (double)path->n_warps * count_bits(s->mask) * width;
            r->out->code[s->code].executions += path->n_warps;
        }
    }
}

static struct result_level level_of(double accesses, double hits)
{
    double rate = accesses > 0 ? hits / accesses : (double)NAN;
    return (struct result_level){accesses, hits, accesses * SECTOR_B, rate, (double)NAN};
}

static void fill_levels(struct run *r)
{
    struct memory *m = r->out;
    struct l2_stats l2 = l2_stats(r->l2);
    double hits = (double)l2.hits, dram = r->dram_reads + (double)l2.written_back;
    m->dram_write_sectors = (double)l2.written_back;
    m->l1_hit_rate = r->l1_accesses > 0 ? r->l1_hits / r->l1_accesses : 0;
    m->l2_hit_rate = l2.accesses > 0 ? hits / (double)l2.accesses : 0;
    m->far_share = hits > 0 ? MIN(r->far_hits / hits, 1) : 0;
    m->level[RESULT_L1] = level_of(r->l1_accesses, r->l1_hits);
    m->level[RESULT_L2] = level_of((double)l2.accesses, hits);
    m->level[RESULT_DRAM] =
        (struct result_level){dram, 0, dram * SECTOR_B, (double)NAN, (double)NAN};
    m->level[RESULT_SMEM] =
        (struct result_level){r->smem_b / SECTOR_B, 0, r->smem_b, (double)NAN, (double)NAN};
}

static unsigned log2_of(double v)
{
    unsigned shift = 0;
    while ((1u << shift) < (unsigned)v)
        shift++;
    return shift;
}

static void make_caches(struct run *r, struct arena *a, const struct gpu *g,
                        struct memory_shape shape)
{
    const struct gpu_values *v = &g->v;
    double l1_lines = shape.l1_kib * 1024 / v->l1_line_b;
    r->l1_shape = (struct cache_shape){
        .size_b = shape.l1_kib * 1024,
        .line_b = (unsigned)v->l1_line_b,
        .sector_b = SECTOR_B,
        .ways = isnan(v->l1_ways) ? (unsigned)(l1_lines / v->l1_banks) : (unsigned)v->l1_ways,
    };
    r->l1 = ARENA_ARRAY(a, struct cache *, r->n_sms);
    r->l2 = l2_make(a, g);
    r->global_in_l1 = g->isa >= VOLTA;
    struct coalesce_shape lines = {
        .block_shift = SECTOR_SHIFT,
        .group_shift = log2_of(MIN(v->l1_line_b, v->l2_line_b)),
        .whole_width = true,
    };
    r->sectors = coalesce_make(a, r->k, lines);
}

static struct batch make_batch(struct arena *a, unsigned n_sms)
{
    return (struct batch){
        .request = ARENA_ARRAY(a, struct request, BATCH_ACCESSES),
        .group = ARENA_ARRAY(a, struct group, BATCH_GROUPS + COALESCE_MAX_GROUPS),
        .first_of_sm = ARENA_ARRAY(a, uint32_t, n_sms),
        .last_of_sm = ARENA_ARRAY(a, uint32_t, n_sms),
    };
}

enum status memory_simulate(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                            const struct timing *timing, struct memory_shape shape,
                            const struct tick *tick, struct memory *out)
{
    *out = (struct memory){
        .code = ARENA_ARRAY(a, struct memory_code, k->n_code),
        .assign = shape.assign,
    };
    if (shape.with_answers)
        out->answers = ARENA_ARRAY(a, struct memory_answer, k->n_accesses);
    struct run r = {
        .k = k,
        .arena = a,
        .timing = timing,
        .out = out,
        .n_sms = shape.assign->n_sms,
        .batch = make_batch(a, shape.assign->n_sms),
    };
    make_caches(&r, a, g, shape);
    r.order = interleave_make(a, k, timing, out->assign, INTERLEAVE_RESIDENT, tick);
    if (r.order == NULL)
        return STATUS_CANCELLED;
    for (uint64_t n = 0; fill_batch(&r); n += r.batch.n) {
        if (!tick_step(tick, n, k->n_accesses))
            return STATUS_CANCELLED;
        answer_batch(&r);
    }
    count_shared(&r);
    fill_levels(&r);
    return STATUS_OK;
}
