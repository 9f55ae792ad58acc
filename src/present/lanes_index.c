/*
 * lanes_index.c: the rows of a picture of lanes, with their spans sorted.
 */
#include <inttypes.h>

#include "base/symbol.h"
#include "lanes_view_priv.h"
#include "prof/order.h"

enum { MAX_LEVELS = 16, LEAST_LABEL = 14, MOST_LABEL = 22, INDENT = 2 };

/* clang-format off */
struct vec_row { VEC(struct lanes_row); };
/* clang-format on */

struct make {
    struct arena *a;
    struct arena scratch;
    const struct launches *l;
    const struct profile *p;
    struct lanes_index *ix;
    const uint32_t *first_lane;        /* of the device, by lane */
    struct lanes_track *calls, *works; /* by lane */
    struct lanes_track *ops, *ranges;  /* by lane and level */
    struct lanes_track *gaps, *busy;   /* by the first lane of their device */
    struct lanes_track *waits;         /* on other streams, by lane */
    uint32_t *n_launches;              /* works, by lane */
    struct vec_row rows;
};

/* ---- tracks ---- */

uint32_t lanes_track_first(const struct lanes_track *t, int64_t at_ns)
{
    uint32_t lo = 0, hi = t->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (t->ended_ns[mid] < at_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Spans in the order of `ids`; those of group[i] next to one another become a track. */
static void fill_tracks(struct make *m, struct lanes_track *tracks, const uint32_t *group,
                        const struct profile_span *spans, const uint32_t *ids, uint32_t n)
{
    int64_t *ended = ARENA_ARRAY(m->a, int64_t, n);
    for (uint32_t i = 0; i < n; i++) {
        struct lanes_track *t = &tracks[group[ids[i]]];
        bool is_first = t->n++ == 0;
        ended[i] = profile_end_ns(&spans[ids[i]]);
        if (is_first)
            *t = (struct lanes_track){spans, &ids[i], &ended[i], 1};
        else
            ended[i] = MAX(ended[i], ended[i - 1]);
    }
}

static struct lanes_track *track_lanes(struct make *m, const struct profile_span *spans, uint32_t n)
{
    struct lanes_track *tracks = ARENA_ARRAY(m->a, struct lanes_track, m->p->n_lanes);
    const uint32_t *ids = order_by_lane(m->a, spans, n);
    uint32_t *lane = ARENA_ARRAY(&m->scratch, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        lane[i] = spans[i].lane;
    fill_tracks(m, tracks, lane, spans, ids, n);
    return tracks;
}

/* Indices by group, otherwise in the order that they have. */
static uint32_t *sort_by_group(struct make *m, const uint32_t *ids, uint32_t n,
                               const uint32_t *group, uint32_t n_groups)
{
    uint32_t *sorted = ARENA_ARRAY(m->a, uint32_t, n);
    uint32_t *at = ARENA_ARRAY(&m->scratch, uint32_t, (size_t)n_groups + 1);
    for (uint32_t i = 0; i < n; i++)
        at[group[ids[i]] + 1]++;
    for (uint32_t g = 0; g < n_groups; g++)
        at[g + 1] += at[g];
    for (uint32_t i = 0; i < n; i++)
        sorted[at[group[ids[i]]]++] = ids[i];
    return sorted;
}

/* One track for each depth of nesting, the deepest together. `ids` in the order of order_by_lane.
 */
static struct lanes_track *track_levels(struct make *m, const struct profile_span *spans,
                                        uint32_t n_spans, const uint32_t *ids, uint32_t n)
{
    uint32_t n_groups = m->p->n_lanes * MAX_LEVELS;
    struct lanes_track *tracks = ARENA_ARRAY(m->a, struct lanes_track, n_groups);
    uint32_t *parent = ARENA_ARRAY(&m->scratch, uint32_t, n_spans);
    uint32_t *group = ARENA_ARRAY(&m->scratch, uint32_t, n_spans);
    const struct order_spans all = {spans, ids, n};
    order_nest(&m->scratch, &all, &all, parent);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = ids[i], up = parent[id];
        uint32_t level = up == PROFILE_NONE ? 0 : MIN(group[up] % MAX_LEVELS + 1, MAX_LEVELS - 1);
        group[id] = spans[id].lane * MAX_LEVELS + level;
    }
    fill_tracks(m, tracks, group, spans, sort_by_group(m, ids, n, group, n_groups), n);
    return tracks;
}

static uint32_t *ranges_to_draw(struct make *m, uint32_t *n)
{
    const uint32_t *ids = order_by_lane(&m->scratch, m->p->ranges, m->p->n_ranges);
    uint32_t *kept = ARENA_ARRAY(&m->scratch, uint32_t, m->p->n_ranges);
    *n = 0;
    for (uint32_t i = 0; i < m->p->n_ranges; i++) {
        if (m->p->ranges[ids[i]].kind != PROFILE_MODULE)
            kept[(*n)++] = ids[i];
    }
    return kept;
}

/* ---- devices ---- */

/* Gaps as spans of the first lane of their device, or of the lane of the work behind. */
static struct lanes_track *track_gaps(struct make *m, const struct idle_gap *gaps, uint32_t n,
                                      const uint32_t *device)
{
    struct profile_span *spans = ARENA_ARRAY(m->a, struct profile_span, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t lane = m->p->works[gaps[i].next].lane;
        spans[i] = (struct profile_span){.start_ns = gaps[i].start_ns,
                                         .dur_ns = gaps[i].dur_ns,
                                         .kind = gaps[i].why,
                                         .lane = device != NULL ? device[lane] : lane};
    }
    return track_lanes(m, spans, n);
}

/* Works that touch or overlap become one span. */
static struct lanes_track *track_busy(struct make *m, const uint32_t *device)
{
    const struct profile *p = m->p;
    struct profile_span *works = ARENA_ARRAY(&m->scratch, struct profile_span, p->n_works);
    struct profile_span *busy = ARENA_ARRAY(m->a, struct profile_span, p->n_works);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        works[i] = p->works[i];
        works[i].lane = device[works[i].lane];
    }
    const uint32_t *ids = order_by_lane(&m->scratch, works, p->n_works);
    for (uint32_t i = 0; i < p->n_works; i++) {
        const struct profile_span *w = &works[ids[i]];
        struct profile_span *last = &busy[n > 0 ? n - 1 : 0];
        if (n == 0 || last->lane != w->lane || profile_end_ns(last) < w->start_ns)
            busy[n++] = *w;
        else
            last->dur_ns = MAX(profile_end_ns(last), profile_end_ns(w)) - last->start_ns;
    }
    return track_lanes(m, busy, n);
}

static void track_all(struct make *m)
{
    const struct profile *p = m->p;
    const uint32_t *device = m->first_lane = order_devices(&m->scratch, m->l->profile);
    uint32_t n;
    m->calls = track_lanes(m, p->calls, p->n_calls);
    m->works = track_lanes(m, p->works, p->n_works);
    m->ops =
        track_levels(m, p->ops, p->n_ops, order_by_lane(&m->scratch, p->ops, p->n_ops), p->n_ops);
    const uint32_t *ranges = ranges_to_draw(m, &n);
    m->ranges = track_levels(m, p->ranges, p->n_ranges, ranges, n);
    m->gaps = track_gaps(m, m->l->idle.gaps, m->l->idle.n_gaps, device);
    m->waits = track_gaps(m, m->l->idle.dependencies, m->l->idle.n_dependencies, NULL);
    m->busy = track_busy(m, device);
    for (uint32_t i = 0; i < p->n_calls; i++)
        m->n_launches[p->calls[i].lane] += m->l->lineage.n_works_of[i];
}

/* ---- rows ---- */

static struct lanes_row *add_row(struct make *m, enum lanes_row_kind kind, uint32_t lane,
                                 const struct lanes_track *t)
{
    struct lanes_row *last = m->rows.n > 0 ? &m->rows.at[m->rows.n - 1] : NULL;
    bool is_first = last == NULL || last->lane != lane || last->kind >= LANES_WIRE;
    struct lanes_row *r = VEC_PUSH(&m->rows);
    *r = (struct lanes_row){.kind = (uint8_t)kind, .lane = lane, .is_first = is_first};
    if (t != NULL)
        r->track = *t;
    return r;
}

static void add_levels(struct make *m, enum lanes_row_kind kind, uint32_t lane,
                       const struct lanes_track *tracks)
{
    for (uint32_t level = 0; level < MAX_LEVELS; level++) {
        const struct lanes_track *t = &tracks[(size_t)lane * MAX_LEVELS + level];
        if (t->n > 0)
            add_row(m, kind, lane, t)->level = (uint8_t)level;
    }
}

static bool is_drawn(const struct make *m, uint32_t lane)
{
    return m->calls[lane].n > 0 || m->ops[(size_t)lane * MAX_LEVELS].n > 0;
}

static void add_thread(struct make *m, uint32_t lane)
{
    add_levels(m, LANES_RANGES, lane, m->ranges);
    add_levels(m, LANES_OPS, lane, m->ops);
    if (m->calls[lane].n > 0)
        add_row(m, LANES_CALLS, lane, &m->calls[lane]);
}

/* Threads of a file that launch work or not, those first that launch most. */
static void add_threads(struct make *m, uint32_t file, bool is_launching)
{
    const struct profile *p = m->p;
    struct profile_span *keys = ARENA_ARRAY(&m->scratch, struct profile_span, p->n_lanes);
    uint32_t *lanes = ARENA_ARRAY(&m->scratch, uint32_t, p->n_lanes), n = 0;
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        const struct profile_lane *lane = &p->lanes[i];
        if (lane->is_device || lane->file != file || !is_drawn(m, i) ||
            (m->n_launches[i] > 0) != is_launching)
            continue;
        lanes[n] = i;
        keys[n++].start_ns = -(int64_t)m->n_launches[i];
    }
    const uint32_t *ids = order_by_lane(&m->scratch, keys, n);
    for (uint32_t i = 0; i < n; i++)
        add_thread(m, lanes[ids[i]]);
}

static void add_device(struct make *m, const struct launches_device *d)
{
    bool has_row = false;
    for (uint32_t i = 0; i < m->p->n_lanes; i++) {
        const struct profile_lane *lane = &m->p->lanes[i];
        if (!lane->is_device || lane->file != d->file || lane->device != d->id ||
            m->works[i].n == 0)
            continue;
        if (!has_row) {
            uint32_t first = m->first_lane[i];
            add_row(m, LANES_DEVICE, first, &m->busy[first])->gaps = m->gaps[first];
            has_row = true;
        }
        add_row(m, LANES_STREAM, i, &m->works[i])->gaps = m->waits[i];
    }
}

static void add_file(struct make *m, uint32_t file)
{
    size_t before = m->rows.n;
    add_threads(m, file, true);
    if (m->rows.n > before)
        add_row(m, LANES_WIRE, m->rows.at[before].lane, NULL);
    for (uint32_t i = 0; i < m->l->n_devices; i++) {
        if (m->l->devices[i].file == file)
            add_device(m, &m->l->devices[i]);
    }
    add_threads(m, file, false);
}

/* ---- names ---- */

/* Templates of CUTLASS are all called alike: what they are is their first argument. */
static char *name_kernel(struct make *m, const char *name)
{
    static const char *const alike[] = {"Kernel", "Kernel2", "device_kernel"};
    char *bare = symbol_short(&m->scratch, name);
    const char *argument = strchr(symbol_demangle(&m->scratch, name), '<');
    if (argument == NULL)
        return arena_strdup(m->a, bare);
    for (size_t i = 0; i < ARRAY_LEN(alike); i++) {
        size_t n = strcspn(argument + 1, "<,>");
        if (n > 0 && strcmp(bare, alike[i]) == 0)
            bare = symbol_short(&m->scratch, arena_strndup(&m->scratch, argument + 1, n));
    }
    return arena_strdup(m->a, bare);
}

static void name_spans(struct make *m)
{
    const struct profile *p = m->p;
    const char **names = ARENA_ARRAY(m->a, const char *, p->n_names);
    bool *is_sync = ARENA_ARRAY(m->a, bool, p->n_names);
    memcpy(names, p->names, p->n_names * sizeof *names);
    for (uint32_t i = 0; i < p->n_works; i++) {
        uint32_t name = p->works[i].name;
        if (p->works[i].kind == PROFILE_KERNEL && names[name] == p->names[name])
            names[name] = name_kernel(m, p->names[name]);
    }
    for (uint32_t i = 0; i < p->n_names; i++)
        is_sync[i] = lineage_is_sync(p->names[i]);
    m->ix->short_names = names;
    m->ix->is_sync = is_sync;
}

static void name_files(struct make *m)
{
    const struct profile *p = m->p;
    const char **names = ARENA_ARRAY(m->a, const char *, p->n_files);
    for (uint32_t i = 0; i < p->n_files; i++)
        names[i] = p->n_files == 1        ? ""
                   : p->files[i].rank < 0 ? arena_printf(m->a, "file %u ", i + 1)
                                          : arena_printf(m->a, "rank %d ", p->files[i].rank);
    m->ix->file_names = names;
}

static void measure_labels(struct make *m)
{
    enum { SHARE = 6 }; /* " 100 %" */
    unsigned widest = LEAST_LABEL;
    for (size_t i = 0; i < m->rows.n; i++) {
        const struct lanes_row *r = &m->rows.at[i];
        const struct profile_lane *lane = &m->p->lanes[r->lane];
        unsigned file = grid_width(str_from(m->ix->file_names[lane->file]));
        unsigned label = grid_width(str_from(lane->label));
        unsigned cols = r->kind == LANES_DEVICE   ? file + (lane->device < 10 ? 5 : 6) + SHARE
                        : r->kind == LANES_STREAM ? INDENT + label
                                                  : file + label;
        widest = MAX(widest, cols + 1);
    }
    m->ix->label_cols = MIN(widest, (unsigned)MOST_LABEL);
}

/* ---- the rest ---- */

static void link_works(struct make *m)
{
    const struct profile *p = m->p;
    uint32_t *of_call = ARENA_ARRAY(m->a, uint32_t, p->n_calls);
    uint32_t *place = ARENA_ARRAY(m->a, uint32_t, p->n_works);
    for (uint32_t i = 0; i < p->n_calls; i++)
        of_call[i] = PROFILE_NONE;
    for (uint32_t i = p->n_works; i-- > 0;) {
        if (m->l->lineage.of[i].call != PROFILE_NONE)
            of_call[m->l->lineage.of[i].call] = i;
    }
    for (uint32_t i = 0; i < p->n_works; i++)
        m->ix->has_kind[p->works[i].kind] = true;
    m->ix->has_kind[PROFILE_CALL] = p->n_calls > 0;
    m->ix->has_kind[PROFILE_OP] = p->n_ops > 0;
    for (uint32_t lane = 0; lane < p->n_lanes; lane++) {
        for (uint32_t i = 0; i < m->works[lane].n; i++)
            place[m->works[lane].ids[i]] = i;
    }
    m->ix->work_of_call = of_call;
    m->ix->works_of_lane = m->works;
    m->ix->place = place;
}

static void measure_run(struct make *m)
{
    struct lanes_index *ix = m->ix;
    ix->from_ns = INT64_MAX;
    ix->to_ns = INT64_MIN;
    for (uint32_t i = 0; i < ix->n_rows; i++) {
        const struct lanes_track *t = &ix->rows[i].track;
        if (t->n == 0)
            continue;
        ix->from_ns = MIN(ix->from_ns, t->spans[t->ids[0]].start_ns);
        ix->to_ns = MAX(ix->to_ns, t->ended_ns[t->n - 1]);
    }
    ix->to_ns = MAX(ix->to_ns, ix->from_ns + 1);
}

const struct lanes_index *lanes_index_make(struct arena *a, const struct launches *l)
{
    struct lanes_index *ix = ARENA_NEW(a, struct lanes_index);
    struct make m = {.a = a, .l = l, .p = l->profile, .ix = ix};
    ix->l = l;
    arena_init(&m.scratch, ARENA_LARGE);
    VEC_INIT(&m.rows, ARENA_SMALL);
    m.n_launches = ARENA_ARRAY(&m.scratch, uint32_t, m.p->n_lanes);
    track_all(&m);
    for (uint32_t file = 0; file < m.p->n_files; file++)
        add_file(&m, file);
    ix->n_rows = (uint32_t)m.rows.n;
    ix->rows = arena_memdup(a, m.rows.at, m.rows.n * sizeof *m.rows.at);
    name_spans(&m);
    name_files(&m);
    measure_labels(&m);
    link_works(&m);
    measure_run(&m);
    VEC_DONE(&m.rows);
    arena_done(&m.scratch);
    return ix;
}

unsigned lanes_view_label_cols(const struct lanes_index *ix, unsigned cols)
{
    return MIN(ix->label_cols, cols / 3);
}

int64_t lanes_view_zero_ns(const struct launches *l)
{
    if (l->select.has_window || l->depth.n_steps == 0)
        return l->sums.from_ns;
    return MIN(l->sums.from_ns, l->depth.steps[0].at_ns);
}
