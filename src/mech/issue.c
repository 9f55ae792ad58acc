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
 * cp.async groups: LDGSTS belongs to the open group, LDGDEPBAR closes it, DEPBAR.LE n waits until
 * at most n closed groups are unfinished. Groups finish in order.
 */
#include "mech/issue.h"

enum { REGS = 256, QUEUE = 5, MAX_GROUPS = 64, TICK_STEPS = 4096 };
static const double queue_through_cy = 12, queue_interval_cy = 4;

/* The state of the warp. */
struct warp {
    const struct issue_machine *on;
    double now;         /* issue time of the previous instruction */
    double next;        /* earliest time by branch redirection */
    double done[REGS];  /* when the register can be read; 0 = long ago */
    uint8_t wait[REGS]; /* enum stall shown while waiting for it */
    double unit_free[UNIT_N];
    double queue_leave[QUEUE]; /* ring of the last memory instructions */
    unsigned queue_at;
    double group_open; /* completion of the latest copy in the open group, 0 = none */
    double group_done[MAX_GROUPS];
    unsigned n_groups;
    double stores_done;
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

static void wait_for_pipe(const struct warp *w, const struct timing *t, struct verdict *v)
{
    if (in_memory_queue(t))
        delay(v, w->queue_leave[w->queue_at], queue_stall(t));
    else if (t->unit != UNIT_NONE)
        delay(v, w->unit_free[t->unit], STALL_MATH_PIPE_THROTTLE);
}

static void wait_for_groups(const struct warp *w, const struct sass_inst *in, struct verdict *v)
{
    if (in->op.cls != SASS_ASYNC_WAIT || (in->op.flags & SASS_F_WARPGROUP_WAIT))
        return;
    uint64_t open = w->on->k->h.has_immediate && in->immediate > 0 ? (uint64_t)in->immediate : 0;
    for (unsigned g = 0; g + open < w->n_groups; g++)
        delay(v, w->group_done[g], STALL_LONG_SCOREBOARD);
}

static struct verdict when_ready(const struct warp *w, const struct sass_inst *in,
                                 const struct timing *t)
{
    struct verdict v = {w->now + 1, STALL_SELECTED};
    wait_for_registers(w, t, &v);
    delay(&v, w->next, STALL_BRANCH_RESOLVING);
    double wanted = MAX(w->now + 1, w->next); /* a branch is taken before its target is fetched */
    delay(&v, fetch_ready_cy(w->on->fetch, 0, in->pc, wanted), STALL_NO_INSTRUCTION);
    if (w->on->rules.async_groups)
        wait_for_groups(w, in, &v);
    if (w->on->rules.own_pipes)
        wait_for_pipe(w, t, &v);
    return v;
}

static void occupy_pipe(struct warp *w, const struct timing *t)
{
    if (!in_memory_queue(t)) {
        w->unit_free[t->unit] = w->now + t->interval_cy;
        return;
    }
    unsigned last = (w->queue_at + QUEUE - 1) % QUEUE;
    double leave = w->now + queue_through_cy;
    double after = w->queue_leave[last] + MAX(queue_interval_cy, t->interval_cy);
    w->queue_leave[w->queue_at] = MAX(leave, after);
    w->queue_at = (w->queue_at + 1) % QUEUE;
}

static void track_groups(struct warp *w, const struct sass_inst *in, double done)
{
    if (in->op.cls == SASS_ASYNC_COPY) {
        w->group_open = MAX(w->group_open, done);
    } else if (in->op.cls == SASS_ASYNC_COMMIT) {
        if (w->n_groups == MAX_GROUPS) { /* the oldest is long finished */
            for (unsigned g = 1; g < MAX_GROUPS; g++)
                w->group_done[g - 1] = w->group_done[g];
            w->n_groups--;
        }
        double before = w->n_groups > 0 ? w->group_done[w->n_groups - 1] : 0;
        w->group_done[w->n_groups++] = MAX(before, w->group_open);
        w->group_open = 0;
    }
}

static void write_registers(struct warp *w, const struct timing *t, double done)
{
    for (unsigned d = 0; d < t->n_def; d++)
        for (unsigned r = t->def[d].first, end = r + t->def[d].n; r < end && r < REGS; r++) {
            w->done[r] = done;
            w->wait[r] = t->wait;
        }
}

static bool is_store(const struct timing *t)
{
    return t->memory == MEMORY_STORE || t->memory == MEMORY_LOCAL_STORE ||
           (t->memory == MEMORY_ATOMIC && t->n_def == 0);
}

/* Time from which the latency counts: now, or when the requests before have been served. A store is
 * done in L2; that it will be written to DRAM only keeps DRAM from others. */
static double serve(struct warp *w, uint32_t code, double at, bool store)
{
    const struct issue_traffic *t = w->on->traffic;
    if (t == NULL || t->l2_cy[code] == 0)
        return at;
    w->l2_served = MAX(w->l2_served, at) + t->crowd * t->l2_cy[code];
    double until = w->l2_served;
    if (t->dram_cy[code] > 0) {
        w->dram_served = MAX(w->dram_served, at) + t->crowd * t->dram_cy[code];
        until = store ? until : MAX(until, w->dram_served);
    }
    return until;
}

static void commit(struct warp *w, const struct trace_step *step, double at)
{
    const struct sass_inst *in = &w->on->k->code[step->code];
    const struct timing *t = &w->on->timing[step->code];
    w->now = at;
    w->next = 0;
    if (w->on->rules.guards && step->mask == 0 && in->op.cls != SASS_ASYNC_COMMIT)
        return;
    double done = serve(w, step->code, at, is_store(t)) + w->on->latency_cy[step->code];
    write_registers(w, t, done);
    if (w->on->rules.own_pipes)
        occupy_pipe(w, t);
    if (w->on->rules.async_groups)
        track_groups(w, in, done);
    if (is_store(t))
        w->stores_done = MAX(w->stores_done, done);
    bool is_taken = in->op.cls == SASS_BRANCH && step->mask != 0 && !(in->op.flags & SASS_F_EXIT);
    if (is_taken && w->on->rules.branches)
        w->next = at + w->on->g->v.lat_branch_cy;
}

static void note_stall(struct issue_profile *out, uint32_t step, double cy, enum stall reason)
{
    out->stalls[out->n_stalls++] = (struct issue_stall){.step = step, .cy = cy, .reason = reason};
    out->stall_cy += cy;
}

static void measure_intervals(struct issue_profile *out)
{
    for (uint32_t i = 0; i < out->n_stalls; i++) {
        uint32_t end = i + 1 < out->n_stalls ? out->stalls[i + 1].step : out->n_steps;
        out->stalls[i].length = end - out->stalls[i].step;
    }
}

enum status issue_run(struct arena *a, const struct issue_machine *m, uint32_t path,
                      struct issue_profile *out)
{
    const struct trace_path *p = &m->k->paths[path];
    struct warp w = {.on = m, .now = -1};
    *out = (struct issue_profile){.path = path, .n_steps = p->n_steps};
    out->stalls = ARENA_ARRAY(a, struct issue_stall, (size_t)p->n_steps + 1);
    out->barriers = ARENA_ARRAY(a, struct issue_barrier, p->n_steps);
    note_stall(out, 0, 0, STALL_SELECTED);

    for (uint32_t s = 0; s < p->n_steps; s++) {
        if (s % TICK_STEPS == 0 && !tick_step(m->tick, s, p->n_steps))
            return STATUS_CANCELLED;
        const struct trace_step *step = &p->steps[s];
        const struct sass_inst *in = &m->k->code[step->code];
        struct verdict v = when_ready(&w, in, &m->timing[step->code]);
        if (v.at > w.now + 1)
            note_stall(out, s, v.at - w.now - (m->rules.is_amali ? 0 : 1), v.reason);
        commit(&w, step, v.at);
        bool is_off = m->rules.guards && step->mask == 0;
        if ((in->op.flags & SASS_F_CTA_BARRIER) && !is_off)
            out->barriers[out->n_barriers++] = (struct issue_barrier){s, v.at};
    }
    out->end_cy = w.now + 1;
    if (m->rules.drain)
        out->drain_cy = MAX(0, w.stores_done - out->end_cy);
    measure_intervals(out);
    return STATUS_OK;
}
