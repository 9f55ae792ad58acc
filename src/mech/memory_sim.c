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
#include "mech/sample.h"

enum {
    SECTOR_SHIFT = 5,
    SECTOR_B = 32,
    VOLTA = 70,
    BATCH_ACCESSES = 4096,
    BATCH_GROUPS = 16384,
    ITEMS = 16,
    AHEAD = 16, /* groups for which the lines of L2 are fetched ahead */
};

/* Sectors of one line: those that a warp asks for, and those that L1 has. */
struct group {
    uint64_t first;
    uint32_t mask, in_l1;
    struct l2_place at;
};

/* One warp access and where its groups lie in the batch. */
struct request {
    struct interleave_item item;
    uint8_t kind; /* enum memory_kind */
    uint32_t first, end;
    uint32_t next_of_sm; /* the next request that L1 of the same SM takes part in */
};

struct batch {
    struct request *request;
    struct group *group;
    uint32_t n, n_groups;
    /* By SM: the first and last request of its L1; NONE without any. */
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
    double l2_sectors; /* that L2 holds */
    struct cache **l1; /* by SM; made when the SM has its first access */
    struct l2 *l2;
    bool global_in_l1;
    struct memory *out;
    struct sample sample;
    struct sample_tally *all, *measured; /* by instruction */
    struct sample_wave *waves;
    struct sample_seen *seen;
    double smem_b;
    struct batch batch;
};

static bool uses_l1(const struct run *r, uint32_t code)
{
    enum memory_kind kind = (enum memory_kind)r->timing[code].memory;
    return kind != MEMORY_ATOMIC && (r->global_in_l1 || memory_is_local(kind)) &&
           !(r->k->code[code].op.flags & SASS_F_BYPASS_L1);
}

/* Adds the groups of an access; returns how many. */
static uint32_t push_groups(struct run *r, const struct interleave_item *it, enum memory_kind kind)
{
    struct coalesce_group found[COALESCE_MAX_GROUPS];
    const struct sass_inst *in = &r->k->code[it->code];
    unsigned width = in->op.width_b ? in->op.width_b : in->mem_width_b;
    unsigned n = memory_is_local(kind)
                     ? coalesce_local(r->sectors, it->access, it->warp, it->mask, width, found)
                     : coalesce_global(r->sectors, it->access, it->mask, width, found);
    struct group *out = r->batch.group + r->batch.n_groups;
    for (unsigned i = 0; i < n; i++)
        out[i] = (struct group){.first = found[i].first, .mask = found[i].mask};
    r->batch.n_groups += n;
    return n;
}

/* Hangs the last request on the list of its SM. */
static void link_to_sm(struct batch *b, uint32_t sm)
{
    if (b->first_of_sm[sm] == NONE)
        b->first_of_sm[sm] = b->n;
    else
        b->request[b->last_of_sm[sm]].next_of_sm = b->n;
    b->last_of_sm[sm] = b->n;
}

static void push_request(struct run *r, const struct interleave_item *it)
{
    struct batch *b = &r->batch;
    enum memory_kind kind = (enum memory_kind)r->timing[it->code].memory;
    uint32_t first = b->n_groups;
    if (push_groups(r, it, kind) == 0)
        return;
    b->request[b->n] = (struct request){
        .item = *it,
        .kind = (uint8_t)kind,
        .first = first,
        .end = b->n_groups,
        .next_of_sm = NONE,
    };
    if (kind == MEMORY_ATOMIC || uses_l1(r, it->code))
        link_to_sm(b, it->sm);
    b->n++;
}

/* A few accesses of the grid, whose records are fetched while the order is made. */
static unsigned next_items(struct run *r, struct interleave_item item[ITEMS])
{
    unsigned n = 0;
    for (; n < ITEMS && interleave_next(r->order, &item[n]); n++) {
        __builtin_prefetch(&r->k->access_base[item[n].access]);
        __builtin_prefetch(&r->k->access_pattern[item[n].access]);
    }
    return n;
}

/* The next accesses of the grid; false at the end. */
static bool fill_batch(struct run *r)
{
    struct batch *b = &r->batch;
    struct interleave_item item[ITEMS];
    unsigned n;
    b->n = b->n_groups = 0;
    for (unsigned sm = 0; sm < r->n_sms; sm++)
        b->first_of_sm[sm] = NONE;
    do {
        n = next_items(r, item);
        for (unsigned i = 0; i < n; i++)
            push_request(r, &item[i]);
    } while (n == ITEMS && b->n <= BATCH_ACCESSES - ITEMS && b->n_groups < BATCH_GROUPS);
    return b->n > 0;
}

static void expect_in_l1(const struct run *r, const struct cache *l1, uint32_t first, bool again)
{
    uint64_t n = 0;
    for (uint32_t i = first; i != NONE; i = r->batch.request[i].next_of_sm) {
        const struct request *q = &r->batch.request[i];
        n += q->end - q->first;
        for (uint32_t g = q->first; g < q->end; g++)
            if (again)
                cache_expect_again(l1, r->batch.group[g].first);
            else
                cache_expect_at(l1, 0, r->batch.group[g].first);
    }
    cache_expect_victims(l1, n, again);
}

/* What L1 does with an access, whatever L2 will answer. */
static void ask_l1(struct run *r, struct cache *l1, const struct request *q)
{
    for (uint32_t i = q->first; i < q->end; i++) {
        struct group *g = &r->batch.group[i];
        if (q->kind == MEMORY_ATOMIC)
            cache_drop(l1, g->first, g->mask);
        else
            g->in_l1 = memory_is_store((enum memory_kind)q->kind)
                           ? cache_write(l1, g->first, g->mask)
                           : cache_read(l1, g->first, g->mask);
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
        expect_in_l1(r, r->l1[sm], first, false);
        expect_in_l1(r, r->l1[sm], first, true);
        for (uint32_t i = first; i != NONE; i = r->batch.request[i].next_of_sm)
            ask_l1(r, r->l1[sm], &r->batch.request[i]);
    }
}

/* What one access met. */
struct outcome {
    struct memory_answer answer;
    unsigned l1_written, l2_found; /* sectors that a store found in L1; that L2 had */
    unsigned doubtful;             /* sectors from DRAM that L2 may have had: sample.h */
};

/* The line comes into L2: by a wave left out before? */
static bool is_doubtful(struct run *r, const struct request *q, uint64_t first)
{
    uint32_t wave = r->sample.wave_of[r->k->warps[q->item.warp].cta];
    return sample_doubts(r->seen, &r->sample, first, wave);
}

static struct l2_answer ask_l2(struct run *r, const struct request *q, const struct group *g)
{
    struct l2_line line = {g->at, g->first, g->mask};
    if (q->kind == MEMORY_ATOMIC)
        return l2_atomic(r->l2, q->item.sm, line);
    if (memory_is_store((enum memory_kind)q->kind))
        return l2_write(r->l2, q->item.sm, line);
    line.mask &= ~g->in_l1;
    return line.mask != 0 ? l2_read(r->l2, q->item.sm, line) : (struct l2_answer){0};
}

/* Adds the answer for one group. */
static void answer_group(struct run *r, const struct request *q, const struct group *g,
                         struct outcome *o)
{
    struct memory_answer *a = &o->answer;
    struct l2_answer at = ask_l2(r, q, g);
    bool stores = memory_is_store((enum memory_kind)q->kind);
    unsigned n = count_bits(g->mask), in_l1 = count_bits(g->in_l1), far = count_bits(at.far);
    unsigned l1 = stores ? 0 : in_l1, l2 = count_bits(at.near) + far, dram = n - l1 - l2;
    a->sectors = (uint8_t)(a->sectors + n);
    a->l1 = (uint8_t)(a->l1 + l1);
    a->l2 = (uint8_t)(a->l2 + l2);
    a->far = (uint8_t)(a->far + far);
    a->dram = (uint8_t)(a->dram + dram);
    a->lines = (uint8_t)(a->lines + (l2 + dram > 0));
    o->l1_written += in_l1 - l1;
    o->l2_found += stores ? count_bits(at.found) : l2;
    if (r->seen != NULL && (dram > 0 || stores) && is_doubtful(r, q, g->first))
        o->doubtful += dram;
}

static struct outcome answer_request(struct run *r, const struct request *q)
{
    struct outcome o = {0};
    for (uint32_t i = q->first; i < q->end; i++)
        answer_group(r, q, &r->batch.group[i], &o);
    return o;
}

static void count_outcome(struct sample_tally *t, const struct outcome *o)
{
    const struct memory_answer *a = &o->answer;
    struct memory_code *c = &t->answers;
    c->executions++;
    c->sectors += a->sectors;
    c->l1_hits += a->l1;
    c->l2_hits += a->l2;
    c->far_hits += a->far;
    c->dram += a->dram;
    if (a->dram > 0)
        c->by_dram++;
    else if (a->l2 > 0)
        c->by_l2++;
    else
        c->by_l1++;
    c->by_far += a->dram == 0 && a->far > 0;
    t->l1_write_hits += o->l1_written;
    t->l2_found += o->l2_found;
}

static void measure_outcome(struct run *r, const struct request *q, const struct outcome *o)
{
    uint32_t wave = r->sample.wave_of[r->k->warps[q->item.warp].cta];
    if (r->sample.role[wave] != SAMPLE_MEASURED)
        return;
    count_outcome(&r->measured[q->item.code], o);
    r->waves[wave].l1 += o->answer.l1;
    r->waves[wave].l2 += o->answer.l2;
    r->waves[wave].dram += o->answer.dram;
    r->waves[wave].doubtful += o->doubtful;
}

/* Fetches the lines of L2 for the requests from *next on, up to group `end`. */
static void expect_in_l2(struct run *r, uint32_t *next, uint32_t end)
{
    struct batch *b = &r->batch;
    for (; *next < b->n && b->request[*next].first < end; ++*next) {
        const struct request *q = &b->request[*next];
        for (uint32_t i = q->first; i < q->end; i++) {
            struct group *g = &b->group[i];
            if (g->mask == g->in_l1 && !memory_is_store((enum memory_kind)q->kind))
                continue;
            g->at = l2_place_of(r->l2, g->first);
            l2_expect(r->l2, q->item.sm, g->at);
        }
    }
}

static void answer_batch(struct run *r)
{
    uint32_t ahead = 0;
    ask_l1s(r);
    for (uint32_t i = 0; i < r->batch.n; i++) {
        const struct request *q = &r->batch.request[i];
        expect_in_l2(r, &ahead, q->end + AHEAD);
        struct outcome o = answer_request(r, q);
        count_outcome(&r->all[q->item.code], &o);
        if (!r->sample.is_exact)
            measure_outcome(r, q, &o);
        if (r->out->answers != NULL)
            r->out->answers[q->item.access] = o.answer;
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

/* Totals over the grid, from the tallies by instruction. */
struct totals {
    double l1_accesses, l1_hits, l2_accesses, l2_hits, far_hits, dram_reads;
};

static struct totals add_up(struct run *r)
{
    struct totals t = {0};
    struct memory *m = r->out;
    for (uint32_t i = 0; i < r->k->n_code; i++) {
        enum memory_kind kind = (enum memory_kind)r->timing[i].memory;
        const struct sample_tally *from = &r->all[i];
        const struct memory_code *c = &from->answers;
        if (c->executions == 0)
            continue;
        m->code[i] = *c;
        t.l1_accesses += uses_l1(r, i) ? c->sectors : 0;
        t.l1_hits += c->l1_hits + from->l1_write_hits;
        t.l2_accesses += c->sectors - c->l1_hits;
        t.l2_hits += from->l2_found;
        t.far_hits += c->far_hits;
        t.dram_reads += c->dram;
        m->store_sectors += memory_is_store(kind) ? c->sectors : 0;
        m->requests += memory_is_global(kind) ? c->executions : 0;
        m->transactions += memory_is_global(kind) ? c->sectors : 0;
        m->load_sectors += kind == MEMORY_LOAD ? c->sectors : 0;
        m->load_l1_hits += kind == MEMORY_LOAD ? c->l1_hits : 0;
    }
    return t;
}

static double sum_stores(const struct run *r)
{
    double n = 0;
    for (uint32_t i = 0; i < r->k->n_code; i++)
        if (memory_is_store((enum memory_kind)r->timing[i].memory))
            n += r->all[i].answers.sectors;
    return n;
}

/*
 * Sectors written back by the whole grid, when `simulated` of its `all` stored sectors were: those
 * made dirty grow with the stores, but no more of them stay in L2 at the end. An L2 that has not
 * evicted yet may take in all.
 */
static double scale_written(const struct run *r, double simulated, double all)
{
    struct l2_stats l2 = l2_stats(r->l2);
    if (simulated <= 0)
        return (double)l2.written_back;
    double made_dirty = (double)(l2.written_back + l2.dirty) / simulated * all;
    double stays = l2.evicted > 0 ? (double)l2.dirty : MIN(made_dirty, r->l2_sectors);
    return MAX(made_dirty - stays, 0);
}

static void extrapolate(struct run *r)
{
    struct memory *m = r->out;
    const struct sample *s = &r->sample;
    m->simulated = 1;
    m->dram_write_sectors = (double)l2_stats(r->l2).written_back;
    if (s->is_exact)
        return;
    double stores = sum_stores(r);
    struct sample_error e =
        sample_extrapolate(r->arena, s, r->k, r->timing, r->all, r->measured, r->waves);
    m->simulated = e.simulated;
    m->error_bound = e.bound;
    m->n_waves = s->n_waves;
    m->n_simulated = s->n_simulated;
    m->dram_write_sectors = scale_written(r, stores, sum_stores(r));
}

static void fill_levels(struct run *r)
{
    struct memory *m = r->out;
    struct totals t = add_up(r);
    double dram = t.dram_reads + m->dram_write_sectors;
    m->l1_hit_rate = t.l1_accesses > 0 ? t.l1_hits / t.l1_accesses : 0;
    m->l2_hit_rate = t.l2_accesses > 0 ? t.l2_hits / t.l2_accesses : 0;
    double answered = t.l2_accesses - t.dram_reads;
    m->far_share = answered > 0 ? t.far_hits / answered : 0;
    m->level[RESULT_L1] = level_of(t.l1_accesses, t.l1_hits);
    m->level[RESULT_L2] = level_of(t.l2_accesses, t.l2_hits);
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
    r->l2_sectors = v->l2_kib * 1024 / SECTOR_B;
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
        .group = ARENA_ARRAY(a, struct group, BATCH_GROUPS + ITEMS * COALESCE_MAX_GROUPS),
        .first_of_sm = ARENA_ARRAY(a, uint32_t, n_sms),
        .last_of_sm = ARENA_ARRAY(a, uint32_t, n_sms),
    };
}

static void make_tallies(struct run *r, struct arena *a, uint64_t max_accesses)
{
    r->sample = sample_plan(a, r->k, r->timing, r->out->assign, max_accesses);
    r->all = ARENA_ARRAY(a, struct sample_tally, r->k->n_code);
    if (r->sample.is_exact)
        return;
    r->measured = ARENA_ARRAY(a, struct sample_tally, r->k->n_code);
    r->waves = ARENA_ARRAY(a, struct sample_wave, r->sample.n_waves);
    r->seen = sample_seen_make(a);
}

static const bool *simulated_ctas(const struct run *r, struct arena *a)
{
    bool *is = ARENA_ARRAY(a, bool, r->k->n_ctas);
    for (uint32_t c = 0; c < r->k->n_ctas; c++)
        is[c] = r->sample.role[r->sample.wave_of[c]] != SAMPLE_LEFT_OUT;
    return is;
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
    make_tallies(&r, a, shape.max_accesses);
    if (shape.with_answers && !r.sample.is_exact)
        out->has_answers = simulated_ctas(&r, a);
    r.order = interleave_make(a, k, timing, &r.sample.with, INTERLEAVE_RESIDENT, tick);
    if (r.order == NULL)
        return STATUS_CANCELLED;
    for (uint64_t n = 0; fill_batch(&r); n += r.batch.n) {
        if (!tick_step(tick, n, k->n_accesses))
            return STATUS_CANCELLED;
        answer_batch(&r);
    }
    extrapolate(&r);
    count_shared(&r);
    fill_levels(&r);
    return STATUS_OK;
}
