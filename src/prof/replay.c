#include "prof/replay.h"

#include <math.h>

#include "prof/order.h"
#include "replay_plan.h"

/* ---- what a launch costs ---- */

/* Sorts; NAN of none. */
static double median(int64_t *at, uint32_t n)
{
    if (n == 0)
        return (double)NAN;
    order_times(at, n);
    uint32_t low = (n - 1) / 2, high = n / 2;
    return ((double)at[low] + (double)at[high]) / 2;
}

static bool is_eager_kernel(const struct profile *p, const struct lineage *l, uint32_t work)
{
    const struct lineage_of *of = &l->of[work];
    return of->call != PROFILE_NONE && !of->is_graph && p->works[work].kind == PROFILE_KERNEL;
}

/* Where no launch met a free stream. */
static double least_launch(struct arena *scratch, const struct profile *p, const struct lineage *l,
                           const struct tklqt_wait *waits)
{
    size_t mark = arena_mark(scratch);
    int64_t *durations = ARENA_ARRAY(scratch, int64_t, p->n_calls), least = INT64_MAX;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_calls; i++) {
        if (l->n_works_of[i] > 0)
            durations[n++] = p->calls[i].dur_ns;
    }
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (l->of[i].call != PROFILE_NONE)
            least = MIN(least, MAX(waits[i].latency_ns, 0));
    }
    double ns = n == 0 ? 0 : MIN(median(durations, n), (double)least);
    arena_reset(scratch, mark);
    return ns;
}

static double typical_launch(struct arena *scratch, const struct profile *p,
                             const struct lineage *l, const struct tklqt_wait *waits, uint32_t *n)
{
    size_t mark = arena_mark(scratch);
    int64_t *leads = ARENA_ARRAY(scratch, int64_t, p->n_works);
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (is_eager_kernel(p, l, i) && waits[i].free_ns <= p->calls[l->of[i].call].start_ns)
            leads[(*n)++] = waits[i].latency_ns;
    }
    double ns = *n > 0 ? median(leads, *n) : least_launch(scratch, p, l, waits);
    arena_reset(scratch, mark);
    return ns;
}

/* Only where the launch had long been made: else it may have decided, not the turnaround. */
static double typical_turnaround(struct arena *scratch, const struct profile *p,
                                 const struct lineage *l, const struct tklqt_wait *waits,
                                 double launch_ns, uint32_t *n)
{
    size_t mark = arena_mark(scratch);
    int64_t *turns = ARENA_ARRAY(scratch, int64_t, p->n_works), least = INT64_MAX;
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (!is_eager_kernel(p, l, i) || !waits[i].is_queued)
            continue;
        int64_t turn = p->works[i].start_ns - waits[i].free_ns;
        least = MIN(least, turn);
        if ((double)waits[i].latency_ns > 2 * launch_ns)
            turns[(*n)++] = turn;
    }
    double ns = *n > 0 ? median(turns, *n) : least == INT64_MAX ? 0 : (double)MAX(least, 0);
    arena_reset(scratch, mark);
    return ns;
}

struct replay_typical replay_find_typical(struct arena *scratch, const struct profile *p,
                                          const struct lineage *l, const struct tklqt_wait *waits)
{
    struct replay_typical t = {0};
    t.launch_ns = typical_launch(scratch, p, l, waits, &t.n_free);
    t.turnaround_ns = typical_turnaround(scratch, p, l, waits, t.launch_ns, &t.n_queued);
    return t;
}

/* ---- state ---- */

/* A time as it was recorded and as it is replayed, from the origin on. */
struct moment {
    double was, is;
};

struct stream {
    struct moment free; /* end of its last work */
    uint32_t process;   /* that launched last on it */
    uint32_t n;         /* launches so far */
    bool has_work, is_listed;
};

struct chain {
    struct moment at;
    bool has_begun;
};

/* What a call that is under way waits for. */
struct wait {
    struct moment until;
    bool has;
};

/* Streams beyond these are not waited for: the time of a synchronisation stays bounded. */
enum { MOST_BUSY = 4096, STEP = 1 << 16 };

struct player {
    const struct profile *p;
    const struct lineage *l;
    struct replay_options o;
    struct replay_typical typical;
    struct replay_plan plan;
    struct stream *streams; /* for each of lanes[] */
    struct chain *chains;
    struct wait *waits; /* for each of calls[] */
    uint32_t *busy;     /* lanes of streams that are not known to be empty */
    uint32_t n_busy;
    double *entry_start_ns; /* replayed, for each entry */
    bool *is_sync;          /* for each of names[] */
    struct profile_span *spans[REPLAY_WHAT_N];
    struct replay *out;
};

static double was(const struct player *m, int64_t at_ns)
{
    return (double)(at_ns - m->plan.origin_ns);
}

static int64_t to_ns(const struct player *m, double at)
{
    static const double far_ns = 0x1p61;
    return m->plan.origin_ns + (int64_t)llround(CLAMP(at, -far_ns, far_ns));
}

static void put(const struct player *m, struct profile_span *s, double start, double end)
{
    s->start_ns = to_ns(m, start);
    s->dur_ns = MAX(to_ns(m, end) - s->start_ns, 0);
}

/* ---- works ---- */

static double factor_of(const struct player *m, const struct profile_span *work)
{
    if (work->kind != PROFILE_KERNEL)
        return m->o.copy;
    double own = m->o.gpu_of != NULL ? m->o.gpu_of[work->name] : 0;
    return own != 0 ? own : m->o.gpu;
}

/* Distances that a work keeps: from what lets it go, and from the end of the one before it on its
 * stream. */
struct distance {
    double lead, turn;
};

static struct distance distance_of(const struct player *m, const struct stream *s, double anchor,
                                   double start, double typical_lead)
{
    double lead = start - anchor, turn = s->has_work ? start - s->free.was : 0;
    double typical_turn = m->typical.turnaround_ns;
    if (m->o.typical)
        return (struct distance){typical_lead, typical_turn};
    bool stream_decided = s->has_work && anchor + typical_lead < s->free.was + typical_turn;
    return stream_decided ? (struct distance){MIN(lead, typical_lead), turn}
                          : (struct distance){lead, MIN(turn, typical_turn)};
}

/* The first work of a call at `call`. */
static double start_of_first(const struct player *m, const struct stream *s, struct moment call,
                             double start)
{
    struct distance d = distance_of(m, s, call.was, start, m->typical.launch_ns);
    double lead = MAX(d.lead + m->o.launch_change_ns, MIN(d.lead, 0));
    double launched = call.is + lead;
    return s->has_work ? MAX(launched, s->free.is + d.turn) : launched;
}

struct work_time {
    struct moment start, end;
};

/* One behind `before` of the same call. */
static double start_of_next(const struct player *m, const struct stream *s,
                            const struct work_time *before, double start, double factor)
{
    bool overlaps = before->end.was > start;
    struct moment anchor = overlaps ? before->start : before->end;
    double typical = overlaps ? start - anchor.was : m->typical.turnaround_ns;
    struct distance d = distance_of(m, s, anchor.was, start, typical);
    double let_go = anchor.is + (overlaps ? d.lead * factor : d.lead);
    return s->has_work ? MAX(let_go, s->free.is + d.turn) : let_go;
}

static struct work_time run_work(struct player *m, uint32_t id, double start_is)
{
    const struct profile_span *work = &m->p->works[id];
    struct stream *s = &m->streams[work->lane];
    double start_was = was(m, work->start_ns);
    struct work_time t = {
        .start = {start_was, start_is},
        .end = {start_was + (double)work->dur_ns,
                start_is + (double)work->dur_ns * factor_of(m, work)},
    };
    put(m, &m->spans[REPLAY_WORK][id], t.start.is, t.end.is);
    s->free.was = s->has_work ? MAX(s->free.was, t.end.was) : t.end.was;
    s->free.is = s->has_work ? MAX(s->free.is, t.end.is) : t.end.is;
    s->has_work = true;
    if (!s->is_listed && m->n_busy < MOST_BUSY) {
        m->busy[m->n_busy++] = work->lane;
        s->is_listed = true;
    }
    return t;
}

/* Without a call: a recorded distance behind the one before it. */
static void run_orphan(struct player *m, uint32_t id)
{
    const struct stream *s = &m->streams[m->p->works[id].lane];
    double start = was(m, m->p->works[id].start_ns);
    (void)run_work(m, id, s->has_work ? s->free.is + (start - s->free.was) : start);
}

/* ---- waits of the host ---- */

static void await(struct wait *w, struct moment what)
{
    w->until.was = w->has ? MAX(w->until.was, what.was) : what.was;
    w->until.is = w->has ? MAX(w->until.is, what.is) : what.is;
    w->has = true;
}

/* Streams of the process that were empty when the call ended; they are empty from then on. */
static void await_streams(struct player *m, uint32_t call, double end)
{
    uint32_t process = m->plan.process[m->p->calls[call].lane];
    for (uint32_t i = 0; i < m->n_busy;) {
        struct stream *s = &m->streams[m->busy[i]];
        if (s->process != process || s->free.was > end) {
            i++;
            continue;
        }
        await(&m->waits[call], s->free);
        s->is_listed = false;
        m->busy[i] = m->busy[--m->n_busy];
    }
}

/* A full queue lets a call go when the launch that leaves room for it starts. */
static void await_slot(struct player *m, uint32_t call, struct stream *s, uint32_t lane,
                       double call_is)
{
    const struct replay_queue *q = &m->plan.queues[lane];
    if (m->o.queue_limit == 0)
        return;
    uint32_t held = MAX(MAX(m->o.queue_limit - 1, q->held), 1);
    if (s->n < held)
        return;
    uint32_t slot = q->first + s->n - held;
    struct moment freed = {was(m, m->plan.entries[slot].start_ns), m->entry_start_ns[slot]};
    m->out->n_blocked += freed.is > call_is;
    await(&m->waits[call], freed);
}

/* ---- calls ---- */

static void launch_works(struct player *m, uint32_t call, struct moment at)
{
    const struct profile_span *c = &m->p->calls[call];
    struct work_time before = {0};
    uint32_t first = m->plan.first_of_call[call];
    for (uint32_t k = first; k < m->plan.first_of_call[call + 1]; k++) {
        uint32_t id = m->plan.works[k];
        const struct profile_span *work = &m->p->works[id];
        struct stream *s = &m->streams[work->lane];
        double start = was(m, work->start_ns);
        if (m->plan.is_entry[k])
            await_slot(m, call, s, work->lane, at.is);
        s->process = m->plan.process[c->lane];
        before = run_work(m, id,
                          k == first ? start_of_first(m, s, at, start)
                                     : start_of_next(m, s, &before, start, factor_of(m, work)));
        if (m->plan.is_entry[k])
            m->entry_start_ns[m->plan.queues[work->lane].first + s->n++] = before.start.is;
        if (work->kind != PROFILE_KERNEL && before.end.was > at.was &&
            before.end.was <= was(m, profile_end_ns(c)))
            await(&m->waits[call], before.end);
    }
}

static void begin_call(struct player *m, uint32_t call, struct moment at)
{
    const struct profile_span *c = &m->p->calls[call];
    if (m->is_sync[c->name])
        await_streams(m, call, was(m, profile_end_ns(c)));
    m->out->n_syncs += m->waits[call].has;
    launch_works(m, call, at);
}

/* ---- the host ---- */

/* When an event happens that was recorded at `at`; the end of a call that waits knows which part
 * of the time since its begin was the CPU's. */
static double replay_at(const struct player *m, const struct chain *c, double at,
                        const struct replay_event *ev)
{
    if (!c->has_begun)
        return m->o.cpu * at;
    double passed = at - c->at.was;
    const struct wait *w = ev->what == REPLAY_CALL ? &m->waits[ev->id] : NULL;
    if (w == NULL || !ev->is_end || !w->has)
        return c->at.is + m->o.cpu * passed;
    double busy = at - MAX(w->until.was, was(m, m->p->calls[ev->id].start_ns));
    return MAX(c->at.is + m->o.cpu * MIN(passed, busy), w->until.is + m->o.cpu * busy);
}

static const struct profile_span *recorded(const struct player *m, const struct replay_event *ev)
{
    const struct profile_span *const spans[] = {
        [REPLAY_CALL] = m->p->calls,
        [REPLAY_OP] = m->p->ops,
        [REPLAY_RANGE] = m->p->ranges,
        [REPLAY_WORK] = m->p->works,
    };
    return &spans[ev->what][ev->id];
}

static void run_event(struct player *m, const struct replay_event *ev)
{
    if (ev->what == REPLAY_WORK) {
        run_orphan(m, ev->id);
        return;
    }
    struct profile_span *span = &m->spans[ev->what][ev->id];
    struct chain *c = &m->chains[m->plan.chain[recorded(m, ev)->lane]];
    double at = was(m, ev->at_ns);
    c->at = (struct moment){at, replay_at(m, c, at, ev)};
    c->has_begun = true;
    if (ev->is_end)
        span->dur_ns = MAX(to_ns(m, c->at.is) - span->start_ns, 0);
    else
        span->start_ns = to_ns(m, c->at.is);
    if (ev->what == REPLAY_CALL && !ev->is_end)
        begin_call(m, ev->id, c->at);
}

/* ---- interface ---- */

static enum status check_factor(const char *what, double *factor, struct err *e)
{
    if (*factor == 0)
        *factor = 1;
    if (isfinite(*factor) && *factor > 0)
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "the factor of the %s is not above zero", what);
    err_found(e, "%g", *factor);
    return STATUS_USAGE;
}

static enum status check_options(struct replay_options *o, uint32_t n_names, struct err *e)
{
    TRY(check_factor("CPU", &o->cpu, e));
    TRY(check_factor("GPU", &o->gpu, e));
    TRY(check_factor("copies", &o->copy, e));
    for (uint32_t i = 0; o->gpu_of != NULL && i < n_names; i++) {
        double own = o->gpu_of[i];
        TRY(check_factor("kernel", &own, e));
    }
    if (isfinite(o->launch_change_ns))
        return STATUS_OK;
    return err_set(e, STATUS_USAGE, "the change of the launch latency is no number");
}

static void prepare(struct arena *a, struct player *m)
{
    const struct profile *p = m->p;
    m->streams = ARENA_ARRAY(a, struct stream, p->n_lanes);
    m->chains = ARENA_ARRAY(a, struct chain, m->plan.n_chains);
    m->waits = ARENA_ARRAY(a, struct wait, p->n_calls);
    m->busy = ARENA_ARRAY(a, uint32_t, MIN(p->n_lanes, MOST_BUSY));
    m->entry_start_ns = ARENA_ARRAY(a, double, m->plan.n_entries);
    m->is_sync = ARENA_ARRAY(a, bool, p->n_names);
    for (uint32_t i = 0; i < p->n_names; i++)
        m->is_sync[i] = lineage_is_sync(p->names[i]);
}

/* The profile that is to be filled: a copy, so that what no event moves stays as recorded. */
static const struct profile *copy_profile(struct arena *a, struct player *m)
{
    const struct profile *p = m->p;
    struct profile *copy = ARENA_NEW(a, struct profile);
    m->spans[REPLAY_CALL] = arena_memdup(a, p->calls, p->n_calls * sizeof *p->calls);
    m->spans[REPLAY_OP] = arena_memdup(a, p->ops, p->n_ops * sizeof *p->ops);
    m->spans[REPLAY_RANGE] = arena_memdup(a, p->ranges, p->n_ranges * sizeof *p->ranges);
    m->spans[REPLAY_WORK] = arena_memdup(a, p->works, p->n_works * sizeof *p->works);
    *copy = *p;
    copy->calls = m->spans[REPLAY_CALL];
    copy->ops = m->spans[REPLAY_OP];
    copy->ranges = m->spans[REPLAY_RANGE];
    copy->works = m->spans[REPLAY_WORK];
    return copy;
}

static enum status run_events(struct player *m, const struct tick *tick, struct err *e)
{
    for (size_t i = 0; i < m->plan.n_events; i++) {
        if (i % STEP == 0 && !tick_step(tick, i, m->plan.n_events))
            return err_set(e, STATUS_CANCELLED, "cancelled");
        run_event(m, &m->plan.events[i]);
    }
    return STATUS_OK;
}

enum status replay_run(struct arena *a, const struct profile *p, const struct lineage *l,
                       const struct tklqt_wait *waits, const struct replay_options *o,
                       const struct tick *tick, struct replay *out, struct err *e)
{
    struct player m = {.p = p, .l = l, .out = out};
    *out = (struct replay){0};
    if (o != NULL)
        m.o = *o;
    TRY(check_options(&m.o, p->n_names, e));
    out->typical = m.typical = replay_find_typical(a, p, l, waits);
    out->profile = copy_profile(a, &m);
    size_t mark = arena_mark(a);
    replay_plan_make(a, p, l, &m.plan);
    prepare(a, &m);
    enum status s = run_events(&m, tick, e);
    arena_reset(a, mark);
    TRY(s);
    const struct tklqt_wait *replayed = tklqt_waits(a, out->profile, l);
    tklqt_sum(a, out->profile, l, replayed, NULL, &out->sums);
    out->verdict = bound_of(&out->sums);
    return STATUS_OK;
}

/* ---- hosts ---- */

static enum status check_known(const struct host *h, enum host_param_id id, struct err *e)
{
    if (!isnan(host_value(h, id)))
        return STATUS_OK;
    err_set(e, STATUS_INPUT, "'%s' of host '%s' is not known", host_params[id].key, h->name);
    if (h->note[id].note[0] != '\0')
        err_found(e, "%s", h->note[id].note);
    err_hint(e, "give the number itself, or a description of your own");
    err_at(e, h->file, 0, 0);
    return STATUS_INPUT;
}

enum status replay_change_host(struct replay_options *o, const struct host *from,
                               const struct host *to, struct err *e)
{
    static const enum host_param_id of_both[] = {HOST_cpu_speed, HOST_launch_latency_ns};
    for (size_t i = 0; i < ARRAY_LEN(of_both); i++) {
        TRY(check_known(from, of_both[i], e));
        TRY(check_known(to, of_both[i], e));
    }
    TRY(check_known(to, HOST_queue_limit, e));
    o->cpu = from->v.cpu_speed / to->v.cpu_speed;
    o->launch_change_ns = to->v.launch_latency_ns - from->v.launch_latency_ns;
    o->queue_limit = (uint32_t)to->v.queue_limit;
    return STATUS_OK;
}
