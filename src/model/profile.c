/*
 * profile.c: which warps are profiled together, and with what.
 *
 * A mean latency hides two things: of several loads in flight the slowest decides, and at a barrier
 * the warp whose loads took longest. Both come out when each warp has the answers that the caches
 * gave to its own accesses, and when the warps of a CTA run to their barriers together, so that
 * what is under way while one waits comes nearer:
 *
 *     latency of an access = latency of the farthest level that had one of its sectors
 *
 * A group is the warps of a CTA, or a single warp where nobody waits for another. Warps on the same
 * path with the same answers are exact duplicates, and so are CTAs of duplicates: a group is
 * profiled once.
 */
#include <string.h>

#include "base/str.h"
#include "code.h"
#include "model/pipeline.h"

struct profile_group {
    const struct wave_warp *warps; /* the first CTA that was met */
    uint32_t n;
    const struct issue_profile **profiles; /* NULL = empty slot */
};

/* Open addressing; at most half full. */
struct profile_table {
    struct profile_group *slots;
    uint64_t mask;
    bool has_barriers;
};

/* Whether the warp has answers of its own: its CTA may be of a wave that was left out. */
static bool by_access(const struct pipeline *p, const struct wave_warp *w)
{
    return pipeline_uses(p, AMAT_BY_ACCESS) && pipeline_uses(p, WARPS_EACH) &&
           p->memory.answers != NULL &&
           (p->memory.has_answers == NULL || p->memory.has_answers[p->k->warps[w->warp].cta]);
}

/* ---- duplicates ---- */

static bool has_barriers(const struct trace_kernel *k)
{
    for (uint32_t c = 0; c < k->n_code; c++)
        if ((k->code[c].op.flags & (SASS_F_CTA_BARRIER | SASS_F_ARRIVE_ONLY)) != 0)
            return true;
    return false;
}

static struct profile_table *make_table(struct pipeline *p)
{
    struct profile_table *t = ARENA_NEW(p->scratch, struct profile_table);
    uint64_t n_warps = 0, n = 16;
    for (uint32_t i = 0; i < p->waves.n_waves; i++)
        n_warps += p->waves.waves[i].n_warps;
    while (n < 4 * n_warps) /* groups of one and of a CTA's warps */
        n *= 2;
    t->slots = ARENA_ARRAY(p->scratch, struct profile_group, n);
    t->mask = n - 1;
    t->has_barriers = has_barriers(p->k);
    return t;
}

static const struct memory_answer *answers_of(const struct pipeline *p, const struct wave_warp *w)
{
    return p->memory.answers + p->k->warps[w->warp].first_access;
}

static size_t answers_b(const struct pipeline *p, const struct wave_warp *w)
{
    return p->k->paths[w->path].n_accesses * sizeof(struct memory_answer);
}

static bool is_duplicate(const struct pipeline *p, const struct wave_warp *a,
                         const struct wave_warp *b)
{
    if (a->path != b->path || by_access(p, a) != by_access(p, b))
        return false;
    return !by_access(p, a) || memcmp(answers_of(p, a), answers_of(p, b), answers_b(p, a)) == 0;
}

static uint64_t hash_group(const struct pipeline *p, const struct wave_warp *w, uint32_t n)
{
    uint64_t h = n;
    for (uint32_t i = 0; i < n; i++) {
        h = hash_u64(h + w[i].path);
        if (by_access(p, &w[i]))
            h = hash_bytes(answers_of(p, &w[i]), answers_b(p, &w[i]), h);
    }
    return h;
}

static bool is_group(const struct pipeline *p, const struct profile_group *g,
                     const struct wave_warp *w, uint32_t n)
{
    if (g->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!is_duplicate(p, &g->warps[i], &w[i]))
            return false;
    return true;
}

/* ---- what a warp runs with ---- */

static struct issue_access access_of(const struct pipeline *p, uint32_t code,
                                     const struct memory_answer *a)
{
    const struct timing *t = &p->timing[code];
    struct issue_access at = {.latency_cy = p->latency_cy[code]};
    if (!t->uses_l1 || a->sectors == 0)
        return at;
    if (t->memory != MEMORY_ATOMIC)
        at.latency_cy += memory_answer_latency_cy(a, p->g) - pipeline_level_latency_cy(p, code);
    bool is_store = memory_is_store((enum memory_kind)t->memory);
    double beyond = (double)a->l2 + a->dram;
    at.l2_cy = beyond * p->l2_sector_cy;
    at.dram_cy = (is_store ? beyond * p->written_share : a->dram) * p->dram_sector_cy;
    return at;
}

/* What each access of a warp takes, in order; NULL where latencies are means. */
static const struct issue_access *accesses_of(const struct pipeline *p, const struct wave_warp *w)
{
    if (!by_access(p, w))
        return NULL;
    const struct trace_path *path = &p->k->paths[w->path];
    const struct memory_answer *answers = answers_of(p, w);
    struct issue_access *all = ARENA_ARRAY(p->scratch, struct issue_access, path->n_accesses + 1);
    uint32_t n = 0;
    for (uint32_t s = 0; s < path->n_steps; s++) {
        uint32_t code = path->steps[s].code;
        if (p->k->code[code].mem_width_b != 0) {
            all[n] = access_of(p, code, &answers[n]);
            n++;
        }
    }
    return all;
}

bool profile_has_barriers(const struct pipeline *p)
{
    return p->table != NULL && p->table->has_barriers;
}

/* What `l2_cy` of service is in units of what a warp of `path` asks for. */
static double crowd_of(const struct pipeline *p, uint32_t path, double l2_cy)
{
    double own = p->demands[path].l2_cy;
    return own > 0 ? MAX(l2_cy / own, 1) : 1;
}

/* Who asks L2 at the same time: all resident warps of the SM, or only those that stay in step. */
static double crowd_cy(const struct pipeline *p, bool in_step)
{
    if (!in_step)
        return p->sm_l2_cy;
    return profile_has_barriers(p) ? p->cta_l2_cy : 0;
}

static struct issue_machine machine_of(struct pipeline *p, const struct issue_traffic *traffic,
                                       struct code code, const struct issue_access *accesses)
{
    return (struct issue_machine){
        .k = p->k,
        .g = p->g,
        .timing = p->timing,
        .latency_cy = p->latency_cy,
        .accesses = accesses,
        .traffic = traffic,
        .fetch = code.fetch,
        .constants = code.constants,
        .rules = {.is_amali = pipeline_uses(p, LATENCY_PLUS_ONE),
                  .guards = pipeline_uses(p, OPERANDS_ALL),
                  .async_groups = pipeline_uses(p, ASYNC_GROUPS),
                  .own_pipes = pipeline_uses(p, PIPES_QUEUES),
                  .branches = pipeline_uses(p, BRANCH_REDIRECT),
                  .drain = pipeline_uses(p, DRAIN_STORES)},
        .tick = p->tick,
    };
}

/* ---- profiles ---- */

struct run {
    bool in_step; /* with the traffic of its own CTA or warp only, else of the SM */
    bool is_cold;
};

static enum status run_group(struct pipeline *p, const struct wave_warp *w, uint32_t n,
                             struct run how, struct issue_profile **out)
{
    struct issue_machine *machines = ARENA_ARRAY(p->scratch, struct issue_machine, n);
    struct issue_traffic *traffic = ARENA_ARRAY(p->scratch, struct issue_traffic, n);
    uint32_t *paths = ARENA_ARRAY(p->scratch, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        paths[i] = w[i].path;
        pipeline_demand(p, w[i].path);
        traffic[i] = (struct issue_traffic){p->l2_service_cy, p->dram_service_cy,
                                            crowd_of(p, w[i].path, crowd_cy(p, how.in_step))};
        struct code code = how.is_cold ? code_cold(p, w[i].path) : code_warm(p, w[i].path);
        machines[i] = machine_of(p, pipeline_uses(p, QUEUE_SHARE) ? &traffic[i] : NULL, code,
                                 accesses_of(p, &w[i]));
        out[i] = ARENA_NEW(p->scratch, struct issue_profile);
    }
    return n == 1 ? issue_run(p->scratch, &machines[0], paths[0], out[0])
                  : issue_run_cta(p->scratch, machines, paths, n, out);
}

static enum status make_group(struct pipeline *p, struct profile_group *g,
                              const struct wave_warp *w, uint32_t n)
{
    struct issue_profile **out = ARENA_ARRAY(p->scratch, struct issue_profile *, n);
    struct issue_profile **alone = ARENA_ARRAY(p->scratch, struct issue_profile *, n);
    g->warps = arena_memdup(p->scratch, w, n * sizeof *w);
    g->n = n;
    p->n_profiled += n;
    g->profiles = ARENA_ARRAY(p->scratch, const struct issue_profile *, n);
    if (pipeline_uses(p, QUEUE_SHARE))
        TRY(run_group(p, w, n, (struct run){.in_step = true}, alone));
    TRY(run_group(p, w, n, (struct run){0}, out));
    for (uint32_t i = 0; i < n; i++) {
        out[i]->alone = alone[i];
        out[i]->group = g;
        out[i]->member = i;
        g->profiles[i] = out[i];
    }
    return STATUS_OK;
}

static enum status find_group(struct pipeline *p, const struct wave_warp *w, uint32_t n,
                              const struct profile_group **out)
{
    struct profile_table *t = p->table;
    uint64_t at = hash_group(p, w, n) & t->mask;
    while (t->slots[at].profiles != NULL && !is_group(p, &t->slots[at], w, n))
        at = (at + 1) & t->mask;
    *out = &t->slots[at];
    return t->slots[at].profiles != NULL ? STATUS_OK : make_group(p, &t->slots[at], w, n);
}

static bool wait_for_one_another(const struct pipeline *p, const struct wave_warp *w, uint32_t n)
{
    if (!pipeline_uses(p, BARRIER_SLOWEST) || !p->table->has_barriers)
        return false;
    for (uint32_t i = 1; i < n; i++)
        if (!is_duplicate(p, &w[0], &w[i]))
            return true;
    return false;
}

enum status pipeline_profile_cta(struct pipeline *p, const struct wave_warp *w, uint32_t n,
                                 const struct issue_profile **out)
{
    if (p->table == NULL)
        p->table = make_table(p);
    uint32_t together = wait_for_one_another(p, w, n) ? n : 1;
    for (uint32_t i = 0; i < n; i += together) {
        const struct profile_group *g;
        TRY(find_group(p, w + i, together, &g));
        for (uint32_t m = 0; m < together; m++)
            out[i + m] = g->profiles[m];
    }
    return STATUS_OK;
}

enum status pipeline_profile(struct pipeline *p, uint32_t path, const struct issue_profile **out)
{
    if (p->profiles[path] == NULL) {
        struct wave_warp w = {.path = path};
        while (w.warp + 1 < p->k->n_warps && p->k->warps[w.warp].path != path)
            w.warp++;
        struct profile_group *g = ARENA_NEW(p->scratch, struct profile_group);
        TRY(make_group(p, g, &w, 1));
        p->profiles[path] = g->profiles[0];
    }
    *out = p->profiles[path];
    return STATUS_OK;
}

enum status pipeline_profile_cold(struct pipeline *p, const struct issue_profile *warm,
                                  const struct issue_profile **out)
{
    *out = NULL;
    struct code code = code_cold(p, warm->path);
    if (code.fetch == NULL && code.constants == NULL)
        return STATUS_OK;
    const struct profile_group *g = warm->group;
    struct issue_profile **all = ARENA_ARRAY(p->scratch, struct issue_profile *, g->n);
    struct run how = {.is_cold = true};
    TRY(run_group(p, g->warps, g->n, how, all));
    *out = all[warm->member];
    return STATUS_OK;
}
