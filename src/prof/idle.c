#include "prof/idle.h"

#include <stdlib.h>

#include "prof/order.h"

const struct idle_info idle_info[IDLE_N] = {
#define X(id, name, title, advice) {name, title, advice},
    IDLE_LIST(X)
#undef X
};

enum { PAUSE_NS = 1000, TURNAROUND_NS = 10000, LOOK_BACK = 64, NESTED_CALLS = 8 };

/* clang-format off */
struct vec_gap { VEC(struct idle_gap); };
/* clang-format on */

struct find {
    const struct profile *p;
    const struct lineage *l;
    const struct tklqt_wait *waits;
    struct profile_span *works; /* selected; `lane` is their device's first lane */
    uint32_t *id_of;            /* of each: index into the profile's works */
    uint32_t n_works;
    const uint32_t *ids;   /* of works[], by device and start */
    const uint32_t *calls; /* by lane and start */
    uint32_t *call_at;     /* of each call: its place in calls[] */
    struct vec_gap gaps, dependencies;
    struct idle *out;
};

/* ---- devices ---- */

static void select_works(struct arena *a, struct find *f, const struct tklqt_select *s)
{
    const uint32_t *device = order_devices(a, f->p);
    f->works = ARENA_ARRAY(a, struct profile_span, f->p->n_works);
    f->id_of = ARENA_ARRAY(a, uint32_t, f->p->n_works);
    for (uint32_t i = 0; i < f->p->n_works; i++) {
        if (!tklqt_selects(s, f->p, f->l, i))
            continue;
        f->works[f->n_works] = f->p->works[i];
        f->works[f->n_works].lane = device[f->p->works[i].lane];
        f->id_of[f->n_works++] = i;
    }
    f->ids = order_by_lane(a, f->works, f->n_works);
}

/* ---- what the host did ---- */

static bool is_sync(const struct find *f, uint32_t call)
{
    return lineage_is_sync(f->p->names[f->p->calls[call].name]);
}

/* Of the calls that begin by then on the thread of `launch` and before it, the last one that takes
 * more than `least_ns` of the time from `from_ns` to `to_ns` and goes on until `from_ns`. */
static uint32_t find_call(const struct find *f, uint32_t launch, int64_t begin_ns, int64_t from_ns,
                          int64_t to_ns, int64_t least_ns)
{
    const struct profile *p = f->p;
    uint32_t lane = p->calls[launch].lane, low = 0, high = f->call_at[launch];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct profile_span *c = &p->calls[f->calls[middle]];
        if (c->lane < lane || (c->lane == lane && c->start_ns <= begin_ns))
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t n = 0; low-- > 0 && n < NESTED_CALLS; n++) {
        const struct profile_span *c = &p->calls[f->calls[low]];
        if (c->lane != lane)
            break;
        if (profile_end_ns(c) >= from_ns &&
            MIN(profile_end_ns(c), to_ns) - MAX(c->start_ns, from_ns) >= least_ns)
            return f->calls[low];
    }
    return PROFILE_NONE;
}

/*
 * Among the calls of the launching thread between the begin of the gap and the launch: one that
 * waits for the GPU when the gap begins, else one that takes most of that time, which must run in
 * the middle of it.
 */
static uint32_t find_cause(const struct find *f, const struct idle_gap *g, uint32_t launch)
{
    int64_t to_ns = g->start_ns + g->host_ns;
    uint32_t call = find_call(f, launch, g->start_ns, g->start_ns, to_ns, 0);
    if (call != PROFILE_NONE && is_sync(f, call))
        return call;
    call =
        find_call(f, launch, g->start_ns + g->host_ns / 2, g->start_ns, to_ns, g->host_ns / 2 + 1);
    return call != PROFILE_NONE ? call : launch;
}

static void explain_gap(const struct find *f, struct idle_gap *g)
{
    const struct profile *p = f->p;
    uint32_t launch = f->l->of[g->next].call;
    g->call = launch;
    g->op = PROFILE_NONE;
    g->why = IDLE_UNKNOWN;
    if (launch == PROFILE_NONE)
        return;
    const struct profile_span *call = &p->calls[launch];
    g->host_ns = CLAMP(call->start_ns - g->start_ns, 0, g->dur_ns);
    g->launch_ns = g->dur_ns - g->host_ns;
    if (profile_end_ns(call) <= g->start_ns) {
        g->why = g->dur_ns <= TURNAROUND_NS ? IDLE_READY : IDLE_BLOCKED;
    } else if (g->launch_ns >= g->host_ns) {
        g->why = IDLE_LAUNCH;
    } else {
        g->call = find_cause(f, g, launch);
        g->why = is_sync(f, g->call) ? IDLE_SYNC : IDLE_HOST;
    }
    g->op = f->l->call_op[g->call];
}

static void add_gap(struct find *f, uint32_t before, uint32_t next, int64_t from_ns)
{
    struct idle_gap *g = VEC_PUSH(&f->gaps);
    *g = (struct idle_gap){.start_ns = from_ns,
                           .dur_ns = f->works[next].start_ns - from_ns,
                           .before = before == PROFILE_NONE ? PROFILE_NONE : f->id_of[before],
                           .next = f->id_of[next],
                           .waits_for = PROFILE_NONE};
    explain_gap(f, g);
    f->out->n[g->why]++;
    tklqt_add(&f->out->ns[g->why], g->dur_ns);
    tklqt_add(&f->out->all_ns, g->dur_ns);
}

static void find_gaps(struct find *f, int64_t from_ns)
{
    uint32_t latest = 0; /* the work that ends last so far */
    for (uint32_t i = 0; i < f->n_works; i++) {
        const struct profile_span *w = &f->works[f->ids[i]];
        bool is_first = i == 0 || f->works[f->ids[i - 1]].lane != w->lane;
        if (is_first && from_ns < w->start_ns)
            add_gap(f, PROFILE_NONE, f->ids[i], from_ns);
        if (!is_first && w->start_ns > profile_end_ns(&f->works[latest]))
            add_gap(f, latest, f->ids[i], profile_end_ns(&f->works[latest]));
        if (is_first || profile_end_ns(w) > profile_end_ns(&f->works[latest]))
            latest = f->ids[i];
    }
}

/* ---- streams that wait for one another ---- */

/* Among the works that started lately on other streams of the device: one that was running at
 * `ready_ns` and ended just before `start_ns`. */
static uint32_t find_waited_for(const struct find *f, uint32_t place, int64_t ready_ns)
{
    const struct profile_span *w = &f->works[f->ids[place]];
    uint32_t lane = f->p->works[f->id_of[f->ids[place]]].lane;
    for (uint32_t at = place, n = 0; at-- > 0 && n < LOOK_BACK; n++) {
        const struct profile_span *other = &f->works[f->ids[at]];
        int64_t end_ns = profile_end_ns(other);
        if (other->lane != w->lane)
            break;
        if (f->p->works[f->id_of[f->ids[at]]].lane != lane && other->start_ns <= ready_ns &&
            end_ns >= ready_ns && end_ns <= w->start_ns && w->start_ns - end_ns <= TURNAROUND_NS)
            return f->id_of[f->ids[at]];
    }
    return PROFILE_NONE;
}

static void find_dependency(struct find *f, uint32_t place)
{
    uint32_t work = f->id_of[f->ids[place]], call = f->l->of[work].call;
    if (call == PROFILE_NONE)
        return;
    int64_t start_ns = f->p->works[work].start_ns;
    int64_t ready_ns = MAX(f->waits[work].free_ns, profile_end_ns(&f->p->calls[call]));
    if (start_ns - ready_ns < PAUSE_NS)
        return;
    uint32_t other = find_waited_for(f, place, ready_ns);
    if (other == PROFILE_NONE)
        return;
    *VEC_PUSH(&f->dependencies) = (struct idle_gap){.start_ns = ready_ns,
                                                    .dur_ns = start_ns - ready_ns,
                                                    .before = other,
                                                    .next = work,
                                                    .call = call,
                                                    .op = f->l->of[work].op,
                                                    .waits_for = other,
                                                    .why = IDLE_DEPENDENCY};
    f->out->n[IDLE_DEPENDENCY]++;
    tklqt_add(&f->out->ns[IDLE_DEPENDENCY], start_ns - ready_ns);
}

void idle_find(struct arena *a, const struct profile *p, const struct lineage *l,
               const struct tklqt_wait *waits, const struct tklqt_select *s, int64_t from_ns,
               struct idle *out)
{
    struct arena scratch;
    struct find f = {.p = p, .l = l, .waits = waits, .out = out};
    *out = (struct idle){0};
    arena_init(&scratch, ARENA_LARGE);
    VEC_INIT(&f.gaps, ARENA_LARGE);
    VEC_INIT(&f.dependencies, ARENA_LARGE);
    select_works(&scratch, &f, s);
    f.calls = order_by_lane(&scratch, p->calls, p->n_calls);
    f.call_at = ARENA_ARRAY(&scratch, uint32_t, p->n_calls);
    for (uint32_t i = 0; i < p->n_calls; i++)
        f.call_at[f.calls[i]] = i;
    find_gaps(&f, from_ns);
    for (uint32_t i = 0; i < f.n_works; i++)
        find_dependency(&f, i);
    out->n_gaps = (uint32_t)f.gaps.n;
    out->gaps = arena_memdup(a, f.gaps.at, f.gaps.n * sizeof *f.gaps.at);
    out->n_dependencies = (uint32_t)f.dependencies.n;
    out->dependencies =
        arena_memdup(a, f.dependencies.at, f.dependencies.n * sizeof *f.dependencies.at);
    VEC_DONE(&f.gaps);
    VEC_DONE(&f.dependencies);
    arena_done(&scratch);
}

enum idle_why idle_main(const struct idle *idle)
{
    enum idle_why most = IDLE_SYNC;
    for (int w = 0; w < IDLE_N; w++) {
        if (w != (int)IDLE_DEPENDENCY && idle->ns[w] > idle->ns[most])
            most = (enum idle_why)w;
    }
    return most;
}

static int compare_longest(const void *pa, const void *pb)
{
    const struct idle_gap *a = *(const struct idle_gap *const *)pa;
    const struct idle_gap *b = *(const struct idle_gap *const *)pb;
    if (a->dur_ns != b->dur_ns)
        return a->dur_ns > b->dur_ns ? -1 : 1;
    return (a > b) - (a < b);
}

static int compare_shortest(const void *pa, const void *pb)
{
    return compare_longest(pb, pa);
}

/* A heap whose root is the shortest of the gaps that were kept. */
static void sink_root(const struct idle_gap **heap, size_t n)
{
    for (size_t at = 0, child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && compare_shortest(&heap[child + 1], &heap[child]) < 0)
            child++;
        if (compare_shortest(&heap[at], &heap[child]) < 0)
            return;
        const struct idle_gap *up = heap[child];
        heap[child] = heap[at];
        heap[at] = up;
    }
}

const struct idle_gap **idle_longest(struct arena *a, const struct idle_gap *gaps, uint32_t n_gaps,
                                     uint32_t *n)
{
    *n = MIN(*n, n_gaps);
    const struct idle_gap **kept = ARENA_ARRAY(a, const struct idle_gap *, *n);
    for (uint32_t i = 0; i < *n; i++)
        kept[i] = &gaps[i];
    qsort(kept, *n, sizeof(const struct idle_gap *), compare_shortest);
    for (uint32_t i = *n; i<n_gaps && * n> 0; i++) {
        const struct idle_gap *gap = &gaps[i];
        if (compare_longest(&gap, &kept[0]) < 0) {
            kept[0] = gap;
            sink_root(kept, *n);
        }
    }
    qsort(kept, *n, sizeof(const struct idle_gap *), compare_longest);
    return kept;
}
