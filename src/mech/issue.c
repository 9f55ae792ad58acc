/*
 * issue.c: in-order issue of one warp.
 *
 *     ready[i]  = max over registers read of done[register]
 *     issue[i]  = max(issue[i-1] + 1, ready[i], pipe free)          done = issue + latency
 *
 * AMALI's variant (public code): issue[i] = d + 1 where d = max done > issue[i-1], so a latency of
 * 4 gives a distance of 5, and the stall counted is issue[i] - issue[i-1], its own slot included.
 *
 * Memory pipe of a sub-core, after the measurements of Huerta et al. (MICRO'25, section 5.4 and
 * table 1): five instructions are taken at one per cycle, the sixth waits until the first has left
 * 12 cycles after it came, then one leaves every 4 cycles (more when the data is wide:
 * interval_cy).
 *
 * Memory beyond L1 serves one request after another: an access that comes while earlier ones are
 * still being served completes that much later,
 *
 *     served[i] = max(served[i-1], issue[i]) + crowd * service      done = latency + served
 *
 * for L2 and DRAM each, the later of the two.
 *
 * Copies and wgmma: groups and mbarriers of async.h. A wgmma issues at once and is served when the
 * tensor core is free; what reads its registers has waited for its group. What other warps start is
 * not seen: a consumer of a producer warp's TMA loads does not wait here.
 */
#include "mech/issue.h"

#include "mech/async.h"
#include "mech/barrier.h"

enum { REGS = 256, QUEUE = 5, TICK_STEPS = 4096 };
static const double queue_through_cy = 12, queue_interval_cy = 4;

/* The state of the warp. */
struct warp {
    const struct issue_machine *on;
    uint32_t path;
    double now;         /* issue time of the previous instruction */
    double next;        /* earliest time by branch redirection */
    double hold;        /* earliest time after a fence or a sleep ... */
    enum stall held_by; /* ... and what the warp shows until then */
    double done[REGS];  /* when the register can be read; 0 = long ago */
    uint8_t wait[REGS]; /* enum stall shown while waiting for it */
    double unit_free[UNIT_N];
    double queue_leave[QUEUE]; /* ring of the last memory instructions */
    unsigned queue_at;
    struct async_warp async;
    struct async_cta barriers;     /* as this warp knows them */
    const uint64_t *mbarrier_base; /* addresses of its accesses; NULL = not looked for yet */
    uint32_t n_accesses;
    double stores_done;
    double in_flight, in_flight_until; /* while a request is beyond L1 */
    double requested, first_round;     /* service of L2: all, and before the first wait */
    bool has_waited;
    double l2_served, dram_served; /* when the last request will have been served */
};

struct verdict {
    double at;
    enum stall reason;
};

static void delay(struct verdict *v, double until, enum stall reason)
{
    if (until > v->at) {
        v->at = until;
        v->reason = reason;
    }
}

static void wait_for_registers(const struct warp *w, const struct timing *t, struct verdict *v)
{
    double lost = w->on->rules.is_amali ? 1 : 0;
    for (unsigned u = 0; u < t->n_use; u++)
        for (unsigned r = t->use[u].first, end = r + t->use[u].n; r < end && r < REGS; r++)
            if (w->done[r] > 0)
                delay(v, w->done[r] + lost, (enum stall)w->wait[r]);
}

static bool in_memory_queue(const struct timing *t)
{
    return t->unit == UNIT_LSU;
}

static enum stall queue_stall(const struct timing *t)
{
    return t->uses_l1 ? STALL_LG_THROTTLE : STALL_MIO_THROTTLE;
}

static bool is_async_matrix(const struct warp *w, const struct sass_inst *in)
{
    return in->op.cls == SASS_WGMMA && w->on->rules.async_groups;
}

static void wait_for_pipe(const struct warp *w, const struct timing *t, struct verdict *v)
{
    if (in_memory_queue(t))
        delay(v, w->queue_leave[w->queue_at], queue_stall(t));
    else if (t->unit != UNIT_NONE)
        delay(v, w->unit_free[t->unit], STALL_MATH_PIPE_THROTTLE);
}

/* Addresses of the first warp on this path. */
static const uint64_t *find_addresses(const struct trace_kernel *k, uint32_t path)
{
    static const uint64_t none;
    for (uint32_t i = 0; i < k->n_warps; i++)
        if (k->warps[i].path == path)
            return &k->access_base[k->warps[i].first_access];
    return &none;
}

/* Address of an mbarrier instruction; 0 where the trace has none. */
static uint64_t mbarrier_of(struct warp *w, const struct sass_inst *in)
{
    if (in->op.cls != SASS_MBARRIER || in->mem_width_b == 0 || w->on->k->n_warps == 0)
        return 0;
    if (w->mbarrier_base == NULL)
        w->mbarrier_base = find_addresses(w->on->k, w->path);
    return w->mbarrier_base[w->n_accesses];
}

static void wait_for_async(struct warp *w, const struct sass_inst *in, struct verdict *v)
{
    enum stall reason;
    double ready = async_ready_cy(&w->async, &w->barriers, in, w->on->k->h.has_immediate,
                                  mbarrier_of(w, in), &reason);
    delay(v, ready, reason);
}

static struct verdict when_ready(struct warp *w, const struct sass_inst *in, const struct timing *t)
{
    struct verdict v = {w->now + 1, STALL_SELECTED};
    wait_for_registers(w, t, &v);
    delay(&v, w->next, STALL_BRANCH_RESOLVING);
    delay(&v, w->hold, w->held_by);
    double wanted = MAX(w->now + 1, w->next); /* a branch is taken before its target is fetched */
    delay(&v, fetch_ready_cy(w->on->fetch, 0, in->pc, wanted), STALL_NO_INSTRUCTION);
    if (w->on->rules.async_groups)
        wait_for_async(w, in, &v);
    if (w->on->rules.own_pipes && !is_async_matrix(w, in))
        wait_for_pipe(w, t, &v);
    return v;
}

static void occupy_pipe(struct warp *w, const struct timing *t)
{
    if (!in_memory_queue(t)) {
        w->unit_free[t->unit] = MAX(w->now, w->unit_free[t->unit]) + t->interval_cy;
        return;
    }
    unsigned last = (w->queue_at + QUEUE - 1) % QUEUE;
    double leave = w->now + queue_through_cy;
    double after = w->queue_leave[last] + MAX(queue_interval_cy, t->interval_cy);
    w->queue_leave[w->queue_at] = MAX(leave, after);
    w->queue_at = (w->queue_at + 1) % QUEUE;
}

static void write_registers(struct warp *w, const struct timing *t, double done)
{
    for (unsigned d = 0; d < t->n_def; d++)
        for (unsigned r = t->def[d].first, end = r + t->def[d].n; r < end && r < REGS; r++) {
            w->done[r] = done;
            w->wait[r] = t->wait;
        }
}

/* What the access of the next step takes, if it has one. */
static struct issue_access access_of(const struct warp *w, uint32_t code)
{
    const struct issue_machine *m = w->on;
    if (m->accesses != NULL && m->k->code[code].mem_width_b != 0)
        return m->accesses[w->n_accesses];
    struct issue_access a = {.latency_cy = m->latency_cy[code]};
    if (m->traffic != NULL) {
        a.l2_cy = m->traffic->l2_cy[code];
        a.dram_cy = m->traffic->dram_cy[code];
    }
    return a;
}

/* Time from which the latency counts: now, or when the requests before have been served. A store is
 * done in L2; that it will be written to DRAM only keeps DRAM from others. */
static double serve(struct warp *w, const struct issue_access *a, double at, bool store)
{
    const struct issue_traffic *t = w->on->traffic;
    if (t == NULL || a->l2_cy == 0)
        return at;
    w->requested += a->l2_cy;
    w->first_round += w->has_waited ? 0 : a->l2_cy;
    w->l2_served = MAX(w->l2_served, at) + t->crowd * a->l2_cy;
    double until = w->l2_served;
    if (a->dram_cy > 0) {
        w->dram_served = MAX(w->dram_served, at) + t->crowd * a->dram_cy;
        until = store ? until : MAX(until, w->dram_served);
    }
    return until;
}

static void commit(struct warp *w, const struct trace_step *step, double at)
{
    const struct sass_inst *in = &w->on->k->code[step->code];
    const struct timing *t = &w->on->timing[step->code];
    w->now = at;
    w->next = w->hold = 0;
    if (w->on->rules.guards && step->mask == 0 && in->op.cls != SASS_ASYNC_COMMIT)
        return;
    bool is_matrix = is_async_matrix(w, in);
    double begin = is_matrix ? MAX(at, w->unit_free[t->unit]) : at;
    struct issue_access access = access_of(w, step->code);
    double done = serve(w, &access, begin, timing_writes_only(t)) + access.latency_cy +
                  constant_load_miss_cy(w->on->constants, in);
    if (access.l2_cy > 0) {
        w->in_flight += MAX(done - MAX(at, w->in_flight_until), 0);
        w->in_flight_until = MAX(w->in_flight_until, done);
    }
    if (!is_matrix)
        write_registers(w, t, done);
    if (w->on->rules.own_pipes)
        occupy_pipe(w, t);
    if (w->on->rules.async_groups)
        async_start(&w->async, &w->barriers, in, mbarrier_of(w, in), done);
    if (timing_writes_only(t))
        w->stores_done = MAX(w->stores_done, done);
    if (t->hold_cy > 0) {
        bool is_fence = t->hold == STALL_MEMBAR; /* its warp's stores must be seen, too */
        w->hold = MAX(at + t->hold_cy, is_fence ? w->stores_done : 0);
        w->held_by = (enum stall)t->hold;
    }
    bool is_taken = in->op.cls == SASS_BRANCH && step->mask != 0 && !(in->op.flags & SASS_F_EXIT);
    if (is_taken && w->on->rules.branches)
        w->next = at + w->on->g->v.lat_branch_cy;
}

static void note_stall(struct issue_profile *out, uint32_t step, double cy, enum stall reason)
{
    out->stalls[out->n_stalls++] = (struct issue_stall){.step = step, .cy = cy, .reason = reason};
    out->stall_cy += cy;
}

static bool is_cta_barrier(const struct sass_inst *in)
{
    return (in->op.flags & (SASS_F_CTA_BARRIER | SASS_F_ARRIVE_ONLY)) != 0 &&
           in->op.pipe == SASS_PIPE_ADU; /* not the barriers of a cluster */
}

static void measure_intervals(struct issue_profile *out)
{
    for (uint32_t i = 0; i < out->n_stalls; i++) {
        uint32_t end = i + 1 < out->n_stalls ? out->stalls[i + 1].step : out->n_steps;
        out->stalls[i].length = end - out->stalls[i].step;
    }
}

/* A warp on its way. */
struct runner {
    struct warp w;
    const struct trace_path *path;
    struct issue_profile *out;
    uint32_t step; /* the next one */
    enum status status;
};

static void start(struct runner *r, struct arena *a, const struct issue_machine *m, uint32_t path,
                  struct issue_profile *out)
{
    const struct trace_path *p = &m->k->paths[path];
    *r = (struct runner){.w = {.on = m, .path = path, .now = -1}, .path = p, .out = out};
    *out = (struct issue_profile){.path = path, .n_steps = p->n_steps};
    /* one for each step, one for a constant that it lacks, one at a barrier; the first interval */
    out->stalls = ARENA_ARRAY(a, struct issue_stall, 3 * (size_t)p->n_steps + 1);
    note_stall(out, 0, 0, STALL_SELECTED);
}

static void issue_step(struct runner *r)
{
    const struct issue_machine *m = r->w.on;
    const struct trace_step *step = &r->path->steps[r->step];
    const struct sass_inst *in = &m->k->code[step->code];
    struct verdict v = when_ready(&r->w, in, &m->timing[step->code]);
    if (v.at > r->w.now + 1)
        note_stall(r->out, r->step, v.at - r->w.now - (m->rules.is_amali ? 0 : 1), v.reason);
    r->w.has_waited = r->w.has_waited || (v.reason == STALL_LONG_SCOREBOARD && r->w.requested > 0);
    double missing = constant_operand_miss_cy(m->constants, 0, in);
    if (missing > 0)
        note_stall(r->out, r->step, missing, STALL_IMC_MISS);
    commit(&r->w, step, v.at + missing);
    r->w.n_accesses += in->mem_width_b != 0;
    r->step++;
}

/* Runs until `end` steps are done. */
static void run_until(struct runner *r, uint32_t end)
{
    for (; r->step < end && r->status == STATUS_OK; issue_step(r))
        if (r->step % TICK_STEPS == 0 && !tick_step(r->w.on->tick, r->step, r->path->n_steps))
            r->status = STATUS_CANCELLED;
}

static enum status finish(struct runner *r)
{
    run_until(r, r->path->n_steps);
    r->out->end_cy = r->w.now + 1;
    r->out->in_flight_cy = r->w.in_flight;
    r->out->first_round = r->w.requested > 0 ? r->w.first_round / r->w.requested : 0;
    if (r->w.on->rules.drain)
        r->out->drain_cy = MAX(0, r->w.stores_done - r->out->end_cy);
    measure_intervals(r->out);
    return r->status;
}

enum status issue_run(struct arena *a, const struct issue_machine *m, uint32_t path,
                      struct issue_profile *out)
{
    struct runner r;
    start(&r, a, m, path, out);
    return finish(&r);
}

/* ---- warps that wait for one another ---- */

static struct barrier_list list_barriers(struct arena *a, const struct runner *r)
{
    const struct issue_machine *m = r->w.on;
    uint32_t n = 0;
    for (uint32_t s = 0; s < r->path->n_steps; s++)
        n += is_cta_barrier(&m->k->code[r->path->steps[s].code]);
    struct barrier *at = ARENA_ARRAY(a, struct barrier, n);
    struct barrier_list list = {at, 0};
    for (uint32_t s = 0; n > 0 && s < r->path->n_steps; s++) {
        const struct sass_inst *in = &m->k->code[r->path->steps[s].code];
        if (is_cta_barrier(in) && !(m->rules.guards && r->path->steps[s].mask == 0))
            at[list.n++] = (struct barrier){
                .step = s,
                .key = m->k->h.has_immediate ? in->immediate : 0,
                .arrives_only = (in->op.flags & SASS_F_ARRIVE_ONLY) != 0,
            };
    }
    return list;
}

struct cta {
    struct runner *runners;
    struct barrier_list *lists;
};

static double advance_to(void *arg, uint32_t warp, uint32_t next)
{
    struct cta *c = arg;
    run_until(&c->runners[warp], c->lists[warp].at[next].step + 1);
    return c->runners[warp].w.now;
}

static void go_on(void *arg, uint32_t warp, uint32_t at, double now_cy)
{
    struct cta *c = arg;
    struct runner *r = &c->runners[warp];
    double waited = now_cy - r->w.now;
    if (waited <= 0)
        return;
    note_stall(r->out, c->lists[warp].at[at].step, waited, STALL_BARRIER);
    r->out->barrier_cy += waited;
    r->w.now = now_cy;
}

enum status issue_run_cta(struct arena *a, const struct issue_machine *machines,
                          const uint32_t *paths, uint32_t n, struct issue_profile *const *out)
{
    struct cta c = {ARENA_ARRAY(a, struct runner, n), ARENA_ARRAY(a, struct barrier_list, n)};
    for (uint32_t i = 0; i < n; i++) {
        start(&c.runners[i], a, &machines[i], paths[i], out[i]);
        c.lists[i] = list_barriers(a, &c.runners[i]);
    }
    barrier_walk(a, c.lists, n, &(struct barrier_walk){&c, advance_to, go_on});
    for (uint32_t i = 0; i < n; i++)
        TRY(finish(&c.runners[i]));
    return STATUS_OK;
}
