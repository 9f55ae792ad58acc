#include "replay_plan.h"

#include <stdlib.h>

#include "prof/order.h"

struct planner {
    struct arena *a;
    const struct profile *p;
    const struct lineage *l;
    struct replay_plan *out;
};

/* ---- processes and chains ---- */

struct owner {
    uint32_t file, lane;
    int64_t process;
};

static int compare_owner(const void *pa, const void *pb)
{
    const struct owner *a = pa, *b = pb;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return (a->lane > b->lane) - (a->lane < b->lane);
}

static uint32_t number_processes(struct planner *m, uint32_t *process)
{
    const struct profile *p = m->p;
    size_t mark = arena_mark(m->a);
    struct owner *all = ARENA_ARRAY(m->a, struct owner, p->n_lanes);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_lanes; i++)
        all[i] = (struct owner){p->lanes[i].file, i, p->lanes[i].process};
    qsort(all, p->n_lanes, sizeof *all, compare_owner);
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        n += i == 0 || all[i].file != all[i - 1].file || all[i].process != all[i - 1].process;
        process[all[i].lane] = n - 1;
    }
    arena_reset(m->a, mark);
    return n;
}

/* A thread that only waits or polls keeps its own time: it must not hold up those that launch. */
static void make_chains(struct planner *m)
{
    const struct profile *p = m->p;
    uint32_t *process = ARENA_ARRAY(m->a, uint32_t, p->n_lanes);
    uint32_t *chain = ARENA_ARRAY(m->a, uint32_t, p->n_lanes);
    uint32_t n = number_processes(m, process);
    for (uint32_t i = 0; i < p->n_lanes; i++)
        chain[i] = n + i;
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (m->l->of[i].call != PROFILE_NONE) {
            uint32_t lane = p->calls[m->l->of[i].call].lane;
            chain[lane] = process[lane];
        }
    }
    m->out->process = process;
    m->out->chain = chain;
    m->out->n_chains = n + p->n_lanes;
}

/* ---- works ---- */

struct started {
    int64_t start_ns;
    uint32_t id;
};

static int compare_started(const void *pa, const void *pb)
{
    const struct started *a = pa, *b = pb;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static struct started *sort_works(struct planner *m)
{
    struct started *all = ARENA_ARRAY(m->a, struct started, m->p->n_works);
    for (uint32_t i = 0; i < m->p->n_works; i++)
        all[i] = (struct started){m->p->works[i].start_ns, i};
    qsort(all, m->p->n_works, sizeof *all, compare_started);
    return all;
}

static void group_works(struct planner *m, const struct started *sorted)
{
    const struct profile *p = m->p;
    uint32_t *first = ARENA_ARRAY(m->a, uint32_t, (size_t)p->n_calls + 1);
    uint32_t *works = ARENA_ARRAY(m->a, uint32_t, p->n_works);
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (m->l->of[i].call != PROFILE_NONE)
            first[m->l->of[i].call + 1]++;
    }
    for (uint32_t i = 0; i < p->n_calls; i++)
        first[i + 1] += first[i];
    size_t mark = arena_mark(m->a);
    uint32_t *next = arena_memdup(m->a, first, ((size_t)p->n_calls + 1) * sizeof *first);
    for (uint32_t i = 0; i < p->n_works; i++) {
        uint32_t call = m->l->of[sorted[i].id].call;
        if (call != PROFILE_NONE)
            works[next[call]++] = sorted[i].id;
    }
    arena_reset(m->a, mark);
    m->out->works = works;
    m->out->first_of_call = first;
}

/* ---- events ---- */

enum { RANK_WORK, RANK_CALL_END, RANK_END, RANK_BEGIN, RANK_EMPTY_CALL_END, RANK_EMPTY_END };

static int compare_event(const void *pa, const void *pb)
{
    const struct replay_event *a = pa, *b = pb;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->what != b->what)
        return a->what < b->what ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* A span that ends where another begins comes first, unless it begins there itself; a wait ends
 * before the operator around it. */
static uint8_t end_rank(const struct profile_span *s, enum replay_what what)
{
    if (s->dur_ns == 0)
        return what == REPLAY_CALL ? RANK_EMPTY_CALL_END : RANK_EMPTY_END;
    return what == REPLAY_CALL ? RANK_CALL_END : RANK_END;
}

static size_t add_spans(const struct planner *m, const struct profile_span *spans, uint32_t n,
                        enum replay_what what, struct replay_event *events)
{
    size_t n_events = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (m->p->lanes[spans[i].lane].is_device)
            continue;
        events[n_events++] =
            (struct replay_event){spans[i].start_ns, i, (uint8_t)what, false, RANK_BEGIN};
        events[n_events++] = (struct replay_event){profile_end_ns(&spans[i]), i, (uint8_t)what,
                                                   true, end_rank(&spans[i], what)};
    }
    return n_events;
}

/* A work without a call goes before the launch whose work follows it on its stream. */
static size_t add_orphans(const struct planner *m, const struct started *sorted,
                          struct replay_event *events)
{
    const struct profile *p = m->p;
    size_t mark = arena_mark(m->a), n = 0;
    int64_t *before = ARENA_ARRAY(m->a, int64_t, p->n_lanes);
    for (uint32_t i = 0; i < p->n_lanes; i++)
        before[i] = INT64_MAX;
    for (uint32_t i = p->n_works; i-- > 0;) {
        uint32_t id = sorted[i].id, call = m->l->of[id].call;
        int64_t *limit = &before[p->works[id].lane];
        *limit =
            MIN(*limit, call != PROFILE_NONE ? p->calls[call].start_ns : p->works[id].start_ns);
        if (call == PROFILE_NONE)
            events[n++] = (struct replay_event){*limit, id, REPLAY_WORK, false, RANK_WORK};
    }
    arena_reset(m->a, mark);
    return n;
}

static void make_events(struct planner *m, const struct started *sorted)
{
    const struct profile *p = m->p;
    size_t most = 2 * ((size_t)p->n_calls + p->n_ops + p->n_ranges) + p->n_works;
    struct replay_event *events = ARENA_ARRAY(m->a, struct replay_event, most);
    size_t n = add_spans(m, p->calls, p->n_calls, REPLAY_CALL, events);
    n += add_spans(m, p->ops, p->n_ops, REPLAY_OP, events + n);
    n += add_spans(m, p->ranges, p->n_ranges, REPLAY_RANGE, events + n);
    int64_t origin = INT64_MAX;
    for (size_t i = 0; i < n; i++)
        origin = MIN(origin, events[i].at_ns);
    if (n == 0 && p->n_works > 0)
        origin = sorted[0].start_ns;
    n += add_orphans(m, sorted, events + n);
    qsort(events, n, sizeof *events, compare_event);
    m->out->origin_ns = n > 0 ? origin : 0;
    m->out->events = events;
    m->out->n_events = n;
}

/* ---- queues ---- */

/* Marks the first work of each call on each stream and counts them. */
static void mark_entries(struct planner *m, struct replay_queue *queues)
{
    const struct profile *p = m->p;
    struct replay_plan *out = m->out;
    bool *is_entry = ARENA_ARRAY(m->a, bool, p->n_works);
    size_t mark = arena_mark(m->a);
    uint32_t *last_call = ARENA_ARRAY(m->a, uint32_t, p->n_lanes); /* + 1 */
    for (uint32_t call = 0; call < p->n_calls; call++) {
        for (uint32_t k = out->first_of_call[call]; k < out->first_of_call[call + 1]; k++) {
            uint32_t lane = p->works[out->works[k]].lane;
            is_entry[k] = last_call[lane] != call + 1;
            last_call[lane] = call + 1;
            queues[lane].n += is_entry[k];
        }
    }
    arena_reset(m->a, mark);
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        queues[i].first = out->n_entries;
        out->n_entries += queues[i].n;
        queues[i].n = 0;
    }
    out->is_entry = is_entry;
}

static void fill_entries(struct planner *m, struct replay_queue *queues,
                         struct replay_entry *entries)
{
    const struct replay_plan *out = m->out;
    for (size_t i = 0; i < out->n_events; i++) {
        const struct replay_event *ev = &out->events[i];
        if (ev->what != REPLAY_CALL || ev->is_end)
            continue;
        for (uint32_t k = out->first_of_call[ev->id]; k < out->first_of_call[ev->id + 1]; k++) {
            const struct profile_span *work = &m->p->works[out->works[k]];
            struct replay_queue *q = &queues[work->lane];
            if (out->is_entry[k])
                entries[q->first + q->n++] = (struct replay_entry){work->start_ns, ev->id};
        }
    }
}

/* How many of `sorted` are at most `at`. */
static uint32_t n_until(const int64_t *sorted, uint32_t n, int64_t at)
{
    uint32_t low = 0;
    while (low < n) {
        uint32_t middle = low + (n - low) / 2;
        if (sorted[middle] <= at)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

static uint32_t most_held(struct planner *m, const struct replay_entry *at, uint32_t n)
{
    size_t mark = arena_mark(m->a);
    int64_t *starts = ARENA_ARRAY(m->a, int64_t, n);
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        starts[i] = at[i].start_ns;
    order_times(starts, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t started = n_until(starts, n, profile_end_ns(&m->p->calls[at[i].call]));
        most = MAX(most, i + 1 > started ? i + 1 - started : 0);
    }
    arena_reset(m->a, mark);
    return most;
}

static void make_queues(struct planner *m)
{
    struct replay_queue *queues = ARENA_ARRAY(m->a, struct replay_queue, m->p->n_lanes);
    mark_entries(m, queues);
    struct replay_entry *entries = ARENA_ARRAY(m->a, struct replay_entry, m->out->n_entries);
    fill_entries(m, queues, entries);
    for (uint32_t i = 0; i < m->p->n_lanes; i++)
        queues[i].held = most_held(m, entries + queues[i].first, queues[i].n);
    m->out->queues = queues;
    m->out->entries = entries;
}

void replay_plan_make(struct arena *a, const struct profile *p, const struct lineage *l,
                      struct replay_plan *out)
{
    *out = (struct replay_plan){0};
    struct planner m = {a, p, l, out};
    make_chains(&m);
    struct started *sorted = sort_works(&m);
    group_works(&m, sorted);
    make_events(&m, sorted);
    make_queues(&m);
}
