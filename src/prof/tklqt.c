#include "prof/tklqt.h"

#include <math.h>
#include <stdlib.h>

#include "prof/order.h"

/* ---- waits ---- */

static void wait_of(const struct profile_span *work, const struct profile_span *call,
                    struct tklqt_wait *w)
{
    int64_t busy_until = MIN(w->free_ns, work->start_ns);
    w->latency_ns = work->start_ns - call->start_ns;
    w->queue_ns = MAX(busy_until, call->start_ns) - call->start_ns;
    w->is_queued = w->free_ns > profile_end_ns(call);
}

struct tklqt_wait *tklqt_waits(struct arena *a, const struct profile *p, const struct lineage *l)
{
    struct tklqt_wait *waits = ARENA_ARRAY(a, struct tklqt_wait, p->n_works);
    size_t mark = arena_mark(a);
    const uint32_t *ids = order_by_lane(a, p->works, p->n_works);
    int64_t free_ns = INT64_MIN;
    for (uint32_t i = 0; i < p->n_works; i++) {
        const struct profile_span *work = &p->works[ids[i]];
        if (i == 0 || p->works[ids[i - 1]].lane != work->lane)
            free_ns = INT64_MIN;
        waits[ids[i]].free_ns = free_ns;
        if (l->of[ids[i]].call != PROFILE_NONE)
            wait_of(work, &p->calls[l->of[ids[i]].call], &waits[ids[i]]);
        free_ns = MAX(free_ns, profile_end_ns(work));
    }
    arena_reset(a, mark);
    return waits;
}

/* ---- selection ---- */

static bool in_window(const struct tklqt_select *s, int64_t at_ns)
{
    return !s->has_window || (at_ns >= s->from_ns && at_ns < s->to_ns);
}

bool tklqt_selects(const struct tklqt_select *s, const struct profile *p, const struct lineage *l,
                   uint32_t i)
{
    const struct profile_span *w = &p->works[i];
    const struct profile_lane *lane = &p->lanes[w->lane];
    if (s == NULL)
        return true;
    if ((s->has_file && lane->file != s->file) || (s->has_device && lane->device != s->device))
        return false;
    return in_window(s, l->of[i].call != PROFILE_NONE ? p->calls[l->of[i].call].start_ns
                                                      : w->start_ns);
}

bool tklqt_selects_span(const struct tklqt_select *s, const struct profile *p,
                        const struct profile_span *x)
{
    return s == NULL ||
           ((!s->has_file || p->lanes[x->lane].file == s->file) && in_window(s, x->start_ns));
}

/* ---- sums ---- */

void tklqt_add(int64_t *sum, int64_t v)
{
    if (__builtin_add_overflow(*sum, v, sum))
        *sum = v < 0 ? INT64_MIN : INT64_MAX;
}

struct interval {
    int64_t start_ns, end_ns;
};

static int compare_interval(const void *pa, const void *pb)
{
    const struct interval *a = pa, *b = pb;
    return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

/* Sorts the intervals. */
static struct tklqt_busy busy_of(struct interval *at, uint32_t n)
{
    struct tklqt_busy b = {.n = n};
    int64_t covered = INT64_MIN;
    qsort(at, n, sizeof *at, compare_interval);
    for (uint32_t i = 0; i < n; i++) {
        tklqt_add(&b.sum_ns, at[i].end_ns - at[i].start_ns);
        int64_t from = MAX(at[i].start_ns, covered);
        if (at[i].end_ns > from)
            b.union_ns += at[i].end_ns - from;
        covered = MAX(covered, at[i].end_ns);
    }
    return b;
}

/* Spans of the files that are selected: a table goes file by file. */
struct slice {
    const struct profile_span *spans;
    uint32_t n, first; /* first: index of spans[0] in its table */
};

struct sum {
    struct arena *scratch;
    const struct profile *p;
    const struct lineage *l;
    const struct tklqt_wait *waits;
    const struct tklqt_select *s;
    const uint32_t *works; /* selected */
    uint32_t n_works;
    struct slice ops, calls;
    struct tklqt_sums *out;
};

/* The first span of the file or of one behind it. */
static uint32_t find_file(const struct profile *p, const struct profile_span *spans, uint32_t n,
                          uint32_t file)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->lanes[spans[middle].lane].file < file)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct slice slice_of(const struct profile *p, const struct tklqt_select *s,
                             const struct profile_span *spans, uint32_t n)
{
    if (s == NULL || !s->has_file)
        return (struct slice){spans, n, 0};
    uint32_t from = find_file(p, spans, n, s->file), to = find_file(p, spans, n, s->file + 1);
    return (struct slice){&spans[from], to - from, from};
}

/* What a mask of kinds selects, as intervals; `joined` only those with a launch call. */
static struct tklqt_busy busy(struct sum *m, unsigned kinds, bool joined)
{
    size_t mark = arena_mark(m->scratch);
    struct interval *at = ARENA_ARRAY(m->scratch, struct interval, m->n_works);
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n_works; i++) {
        const struct profile_span *w = &m->p->works[m->works[i]];
        if ((kinds >> w->kind & 1) != 0 && (!joined || m->l->of[m->works[i]].call != PROFILE_NONE))
            at[n++] = (struct interval){w->start_ns, profile_end_ns(w)};
    }
    struct tklqt_busy b = busy_of(at, n);
    arena_reset(m->scratch, mark);
    return b;
}

static void sum_busy(struct sum *m)
{
    enum { KERNEL = 1 << PROFILE_KERNEL, COPY = 1 << PROFILE_MEMCPY, FILL = 1 << PROFILE_MEMSET };
    m->out->kernels = busy(m, KERNEL, false);
    m->out->joined = busy(m, KERNEL, true);
    m->out->copies = busy(m, COPY, false);
    m->out->fills = busy(m, FILL, false);
    m->out->works = busy(m, KERNEL | COPY | FILL, false);
}

/* sorted[floor(p (n - 1) + 0.5)] */
static int64_t quantile(const int64_t *sorted, uint32_t n, double p)
{
    return sorted[(uint32_t)floor(p * (double)(n - 1) + 0.5)];
}

static void spread(struct tklqt_sums *out, int64_t *latency, uint32_t n)
{
    if (n == 0)
        return;
    order_times(latency, n);
    out->min_ns = latency[0];
    out->median_ns = quantile(latency, n, 0.5);
    out->p95_ns = quantile(latency, n, 0.95);
    out->max_ns = latency[n - 1];
}

static void add_wait(struct sum *m, uint32_t i)
{
    struct tklqt_sums *out = m->out;
    const struct tklqt_wait *w = &m->waits[i];
    const struct profile_span *call = &m->p->calls[m->l->of[i].call];
    out->n_joined++;
    out->n_queued += w->is_queued;
    out->n_negative += w->latency_ns < 0;
    tklqt_add(&out->tklqt_ns, w->latency_ns);
    tklqt_add(&out->queue_ns, w->queue_ns);
    tklqt_add(&out->launch_ns, w->latency_ns - w->queue_ns);
    tklqt_add(&out->clamped_ns, w->latency_ns > 0 ? w->latency_ns : 0);
    if (!m->l->of[i].is_graph)
        tklqt_add(&out->eager_ns, w->latency_ns);
    tklqt_add(&out->call_ns, call->dur_ns);
    tklqt_add(&out->after_call_ns, m->p->works[i].start_ns - profile_end_ns(call));
}

struct graph_wait {
    uint32_t call;
    int64_t latency_ns;
};

static int compare_graph_wait(const void *pa, const void *pb)
{
    const struct graph_wait *a = pa, *b = pb;
    return a->call != b->call ? (a->call > b->call) - (a->call < b->call)
                              : (a->latency_ns > b->latency_ns) - (a->latency_ns < b->latency_ns);
}

/* Each graph launch up to the first of its kernels. */
static void sum_graphs(struct sum *m)
{
    size_t mark = arena_mark(m->scratch);
    struct graph_wait *all = ARENA_ARRAY(m->scratch, struct graph_wait, m->n_works);
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n_works; i++) {
        const struct lineage_of *of = &m->l->of[m->works[i]];
        if (of->is_graph && of->call != PROFILE_NONE &&
            m->p->works[m->works[i]].kind == PROFILE_KERNEL)
            all[n++] = (struct graph_wait){of->call, m->waits[m->works[i]].latency_ns};
    }
    qsort(all, n, sizeof *all, compare_graph_wait);
    m->out->graph_once_ns = m->out->eager_ns;
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || all[i].call != all[i - 1].call)
            tklqt_add(&m->out->graph_once_ns, all[i].latency_ns);
    }
    arena_reset(m->scratch, mark);
}

static void sum_waits(struct sum *m)
{
    size_t mark = arena_mark(m->scratch);
    int64_t *latency = ARENA_ARRAY(m->scratch, int64_t, m->n_works);
    for (uint32_t i = 0; i < m->n_works; i++) {
        uint32_t id = m->works[i];
        if (m->l->of[id].call == PROFILE_NONE)
            continue;
        tklqt_add(&m->out->all_ns, m->waits[id].latency_ns);
        if (m->p->works[id].kind != PROFILE_KERNEL)
            continue;
        latency[m->out->n_joined] = m->waits[id].latency_ns;
        add_wait(m, id);
    }
    spread(m->out, latency, m->out->n_joined);
    arena_reset(m->scratch, mark);
    sum_graphs(m);
}

/* ---- the window ---- */

static bool starts_before(const struct profile *p, uint32_t op, uint32_t best)
{
    return best == PROFILE_NONE || p->ops[op].start_ns < p->ops[best].start_ns;
}

static void find_first_ops(struct sum *m)
{
    const struct profile *p = m->p;
    m->out->first_op = m->out->first_aten = PROFILE_NONE;
    for (uint32_t i = m->ops.first; i < m->ops.first + m->ops.n; i++) {
        str name = str_from(p->names[p->ops[i].name]);
        if (!tklqt_selects_span(m->s, p, &p->ops[i]) || str_starts(name, STR("ProfilerStep#")))
            continue;
        if (starts_before(p, i, m->out->first_op))
            m->out->first_op = i;
        if (str_starts(name, STR("aten::")) && starts_before(p, i, m->out->first_aten))
            m->out->first_aten = i;
    }
}

static int64_t until(const struct profile *p, uint32_t op, int64_t end_ns)
{
    return op == PROFILE_NONE || end_ns == INT64_MIN ? -1 : end_ns - p->ops[op].start_ns;
}

static void sum_window(struct sum *m)
{
    struct tklqt_sums *out = m->out;
    int64_t from = INT64_MAX, to = INT64_MIN, last = INT64_MIN, last_joined = INT64_MIN;
    for (uint32_t i = 0; i < m->n_works; i++) {
        const struct profile_span *w = &m->p->works[m->works[i]];
        from = MIN(from, w->start_ns);
        to = MAX(to, profile_end_ns(w));
        if (w->kind != PROFILE_KERNEL)
            continue;
        last = MAX(last, profile_end_ns(w));
        if (m->l->of[m->works[i]].call != PROFILE_NONE)
            last_joined = MAX(last_joined, profile_end_ns(w));
        out->n_before +=
            out->first_aten != PROFILE_NONE && w->start_ns < m->p->ops[out->first_aten].start_ns;
    }
    out->span_ns = m->n_works > 0 ? to - from : 0;
    out->il_ns = until(m->p, out->first_aten, last);
    out->il_joined_ns = until(m->p, out->first_aten, last_joined);
    out->il_first_op_ns = until(m->p, out->first_op, last);
    if (out->first_op != PROFILE_NONE)
        from = MIN(from, m->p->ops[out->first_op].start_ns);
    out->from_ns = from;
    out->to_ns = to;
}

/* ---- the CPU ---- */

/* Outermost: starts at or behind the end of the outermost one before. */
static void sum_top_ops(struct sum *m)
{
    const struct profile *p = m->p;
    struct tklqt_sums *out = m->out;
    size_t mark = arena_mark(m->scratch);
    const uint32_t *ids = order_by_lane(m->scratch, m->ops.spans, m->ops.n);
    uint32_t lane = PROFILE_NONE;
    int64_t end = INT64_MIN, sum = 0;
    out->main_lane = PROFILE_NONE;
    for (uint32_t i = 0; i < m->ops.n; i++) {
        const struct profile_span *op = &m->ops.spans[ids[i]];
        if (!tklqt_selects_span(m->s, p, op))
            continue;
        if (op->lane != lane) {
            lane = op->lane;
            end = INT64_MIN;
            sum = 0;
            out->n_op_lanes++;
        }
        if (op->start_ns < end)
            continue;
        end = profile_end_ns(op);
        out->n_top_ops++;
        tklqt_add(&out->top_ops_ns, op->dur_ns);
        tklqt_add(&sum, op->dur_ns);
        if (sum > out->top_ops_main_ns || out->main_lane == PROFILE_NONE) {
            out->top_ops_main_ns = sum;
            out->main_lane = lane;
        }
    }
    arena_reset(m->scratch, mark);
}

static void sum_syncs(struct sum *m)
{
    for (uint32_t i = 0; i < m->calls.n; i++) {
        const struct profile_span *c = &m->calls.spans[i];
        if (tklqt_selects_span(m->s, m->p, c) && lineage_is_sync(m->p->names[c->name])) {
            m->out->n_syncs++;
            tklqt_add(&m->out->sync_ns, c->dur_ns);
        }
    }
}

static void sum_host(struct sum *m)
{
    m->ops = slice_of(m->p, m->s, m->p->ops, m->p->n_ops);
    m->calls = slice_of(m->p, m->s, m->p->calls, m->p->n_calls);
    find_first_ops(m);
    sum_top_ops(m);
    sum_syncs(m);
}

static void sum_works(struct sum *m)
{
    sum_waits(m);
    sum_busy(m);
    sum_window(m);
}

/* ---- whole selections ---- */

void tklqt_sum(struct arena *scratch, const struct profile *p, const struct lineage *l,
               const struct tklqt_wait *waits, const struct tklqt_select *s, struct tklqt_sums *out)
{
    size_t mark = arena_mark(scratch);
    uint32_t *works = ARENA_ARRAY(scratch, uint32_t, p->n_works);
    *out = (struct tklqt_sums){0};
    struct sum m = {
        .scratch = scratch, .p = p, .l = l, .waits = waits, .s = s, .works = works, .out = out};
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (tklqt_selects(s, p, l, i))
            works[m.n_works++] = i;
    }
    sum_host(&m);
    sum_works(&m);
    arena_reset(scratch, mark);
}

static int compare_place(const void *pa, const void *pb)
{
    const struct tklqt_device *a = pa, *b = pb;
    return a->file != b->file ? (a->file > b->file) - (a->file < b->file)
                              : (a->id > b->id) - (a->id < b->id);
}

/* For each lane its device's place in `all`; `n` = it has none there. */
static uint32_t *places_of_lanes(struct arena *scratch, const struct profile *p,
                                 const struct tklqt_device *all, uint32_t n)
{
    uint32_t *place = ARENA_ARRAY(scratch, uint32_t, p->n_lanes);
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        struct tklqt_device key = {.file = p->lanes[i].file, .id = p->lanes[i].device};
        const struct tklqt_device *found =
            p->lanes[i].is_device ? bsearch(&key, all, n, sizeof *all, compare_place) : NULL;
        place[i] = found != NULL ? (uint32_t)(found - all) : n;
    }
    return place;
}

/* Indices of the selected works, device by device; those of device i end before ends[i]. */
static uint32_t *works_by_device(const struct sum *m, const uint32_t *place_of, uint32_t n,
                                 uint32_t *ends)
{
    uint32_t *works = ARENA_ARRAY(m->scratch, uint32_t, m->p->n_works);
    uint32_t *place = ARENA_ARRAY(m->scratch, uint32_t, m->p->n_works);
    for (uint32_t i = 0; i < m->p->n_works; i++) {
        place[i] = tklqt_selects(m->s, m->p, m->l, i) ? place_of[m->p->works[i].lane] : (uint32_t)n;
        if (place[i] < n)
            ends[place[i]]++;
    }
    for (uint32_t i = 0, sum = 0; i < n; i++) {
        uint32_t count = ends[i];
        ends[i] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < m->p->n_works; i++) {
        if (place[i] < n)
            works[ends[place[i]]++] = i;
    }
    return works;
}

void tklqt_sum_devices(struct arena *scratch, const struct profile *p, const struct lineage *l,
                       const struct tklqt_wait *waits, const struct tklqt_select *s,
                       struct tklqt_device *all, uint32_t n)
{
    size_t mark = arena_mark(scratch);
    struct sum m = {.scratch = scratch, .p = p, .l = l, .waits = waits, .s = s};
    uint32_t *ends = ARENA_ARRAY(scratch, uint32_t, n);
    const uint32_t *works = works_by_device(&m, places_of_lanes(scratch, p, all, n), n, ends);
    struct tklqt_select of_file = s != NULL ? *s : (struct tklqt_select){0};
    struct tklqt_sums host;
    of_file.has_file = true;
    m.s = &of_file;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = i > 0 ? ends[i - 1] : 0;
        if (i == 0 || all[i].file != all[i - 1].file) {
            host = (struct tklqt_sums){0};
            of_file.file = all[i].file;
            m.out = &host;
            sum_host(&m);
        }
        all[i].sums = host;
        m.out = &all[i].sums;
        m.works = &works[from];
        m.n_works = ends[i] - from;
        sum_works(&m);
    }
    arena_reset(scratch, mark);
}

double tklqt_cpu_bound_fraction(const struct tklqt_sums *t)
{
    return t->n_joined == 0 ? (double)NAN : 1 - (double)t->n_queued / (double)t->n_joined;
}

double tklqt_akd_ns(const struct tklqt_busy *kernels)
{
    return kernels->n == 0 ? (double)NAN : (double)kernels->sum_ns / (double)kernels->n;
}
