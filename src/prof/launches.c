#include "prof/launches.h"

#include <stdlib.h>

#include "base/os.h"

struct store {
    struct launches l;       /* first: what users hold */
    struct profile *profile; /* recorded: of a replay the one it was played from */
    struct arena arena;
};

/* ---- life ---- */

static struct store *store_of(const struct launches *l)
{
    union {
        const struct launches *l;
        struct store *store;
    } u = {.l = l};
    return u.store;
}

void launches_release(const struct launches *l)
{
    if (l == NULL)
        return;
    struct store *s = store_of(l);
    profile_release(s->profile);
    arena_done(&s->arena);
    free(s);
}

size_t launches_memory_b(const struct launches *l)
{
    return profile_memory_b(l->profile) + store_of(l)->arena.used;
}

/* ---- a profile without kernels ---- */

/* What to do about a profile that has none, by what it has instead. */
static const struct {
    const char *category, *what, *hint;
} absences[] = {
    {"cuda_profiler_range", "counters of a CUPTI profiler session",
     "kernel activities are not recorded together with counters: profile without them"},
    {"mtia_ccp_events", "events of an MTIA accelerator, which is no GPU", ""},
    {"cuda_runtime", "runtime calls, but no work of a GPU",
     "add ProfilerActivity.CUDA to the activities of torch.profiler"},
    {"Runtime", "runtime calls, but no work of a GPU",
     "add ProfilerActivity.CUDA to the activities of torch.profiler"},
    {"cpu_op", "operators of the CPU only",
     "add ProfilerActivity.CUDA to the activities of torch.profiler"},
    {"Operator", "operators of the CPU only",
     "add ProfilerActivity.CUDA to the activities of torch.profiler"},
};

static enum status fail_without_kernels(const struct profile *p, struct err *e)
{
    const char *what = NULL, *hint = "";
    uint64_t n = 0;
    for (uint32_t i = 0; i < p->n_files; i++)
        n += p->files[i].n_events;
    for (size_t i = 0; i < ARRAY_LEN(absences) && what == NULL; i++) {
        if (profile_category_n(p, absences[i].category, 'X') > 0) {
            what = absences[i].what;
            hint = absences[i].hint;
        }
    }
    err_set(e, STATUS_INPUT, "'%s' holds no GPU kernel", p->files[0].path);
    err_at(e, p->files[0].path, 0, 0);
    if (n == 0)
        err_found(e, "an empty list of events");
    else
        err_found(e, "%llu event%s: %s", (unsigned long long)n, n == 1 ? "" : "s",
                  what != NULL ? what : "none of a kind that PyTorch's profiler writes");
    if (hint[0] != '\0')
        err_hint(e, "%s", hint);
    return STATUS_INPUT;
}

/* ---- the window ---- */

static bool is_step(const struct profile *p, const struct profile_span *r, str wanted)
{
    str name = str_from(p->names[r->name]), prefix = STR("ProfilerStep#");
    if (r->kind != PROFILE_STEP)
        return false;
    return str_eq(name, wanted) || (str_starts(name, prefix) &&
                                    str_eq((str){name.p + prefix.n, name.n - prefix.n}, wanted));
}

static const char *step_list(struct arena *a, const struct profile *p)
{
    enum { MOST_TOLD = 7 };
    const char *list = "";
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_ranges; i++) {
        if (p->ranges[i].kind == PROFILE_STEP && n++ < MOST_TOLD)
            list = arena_printf(a, "%s%s%s", list, n > 1 ? ", " : "", p->names[p->ranges[i].name]);
    }
    return n == 0 ? "no step at all" : n > MOST_TOLD ? arena_printf(a, "%s, ...", list) : list;
}

/* Steps of one name on several ranks: from the first begin to the last end. */
static enum status select_step(struct arena *a, struct launches *l, const char *step, struct err *e)
{
    const struct profile *p = l->profile;
    l->window = "the whole run";
    if (step == NULL)
        return STATUS_OK;
    for (uint32_t i = 0; i < p->n_ranges; i++) {
        const struct profile_span *r = &p->ranges[i];
        if (!is_step(p, r, str_from(step)))
            continue;
        l->select.from_ns =
            l->select.has_window ? MIN(l->select.from_ns, r->start_ns) : r->start_ns;
        l->select.to_ns =
            l->select.has_window ? MAX(l->select.to_ns, profile_end_ns(r)) : profile_end_ns(r);
        l->select.has_window = true;
        l->window = p->names[r->name];
    }
    if (l->select.has_window)
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "the profile has no step '%s'", step);
    err_found(e, "%s", step_list(a, p));
    return STATUS_USAGE;
}

/* ---- devices ---- */

static int compare_lane(const void *pa, const void *pb)
{
    const struct profile_lane *a = *(const struct profile_lane *const *)pa;
    const struct profile_lane *b = *(const struct profile_lane *const *)pb;
    return a->file != b->file ? (a->file > b->file) - (a->file < b->file)
                              : (a->device > b->device) - (a->device < b->device);
}

/* Lanes of devices, by device. */
static const struct profile_lane **device_lanes(struct arena *scratch, const struct profile *p,
                                                uint32_t *n)
{
    const struct profile_lane **all = ARENA_ARRAY(scratch, const struct profile_lane *, p->n_lanes);
    *n = 0;
    for (uint32_t i = 0; i < p->n_lanes; i++) {
        if (p->lanes[i].is_device)
            all[(*n)++] = &p->lanes[i];
    }
    qsort(all, *n, sizeof(const struct profile_lane *), compare_lane);
    return all;
}

static const char *device_name(const struct profile *p, const struct launches_device *d)
{
    for (uint32_t i = 0; i < p->n_devices; i++) {
        if (p->devices[i].file == d->file && p->devices[i].id == d->id)
            return p->devices[i].name;
    }
    return "";
}

static void sum_devices(struct arena *a, struct arena *scratch, struct launches *l)
{
    const struct profile *p = l->profile;
    size_t mark = arena_mark(scratch);
    uint32_t n_lanes, n = 0;
    const struct profile_lane **lanes = device_lanes(scratch, p, &n_lanes);
    struct tklqt_device *sums = ARENA_ARRAY(scratch, struct tklqt_device, n_lanes);
    uint32_t *n_streams = ARENA_ARRAY(scratch, uint32_t, n_lanes);
    for (uint32_t i = 0; i < n_lanes; i++) {
        if (i == 0 || compare_lane(&lanes[i - 1], &lanes[i]) != 0)
            sums[n++] = (struct tklqt_device){.file = lanes[i]->file, .id = lanes[i]->device};
        n_streams[n - 1]++;
    }
    if (n == 1)
        sums[0].sums = l->sums;
    else
        tklqt_sum_devices(scratch, p, &l->lineage, l->waits, &l->select, sums, n);
    struct launches_device *all = ARENA_ARRAY(a, struct launches_device, n);
    for (uint32_t i = 0; i < n; i++) {
        all[i] = (struct launches_device){.file = sums[i].file,
                                          .id = sums[i].id,
                                          .n_streams = n_streams[i],
                                          .sums = sums[i].sums};
        all[i].name = device_name(p, &all[i]);
    }
    l->devices = all;
    l->n_devices = n;
    arena_reset(scratch, mark);
}

/* ---- all ---- */

/* Where the inference latency begins. */
static int64_t run_start(const struct launches *l)
{
    return l->sums.first_aten == PROFILE_NONE ? INT64_MAX
                                              : l->profile->ops[l->sums.first_aten].start_ns;
}

static enum status analyse(struct arena *a, struct arena *scratch, struct launches *l,
                           const struct launches_options *o, const struct tick *tick, struct err *e)
{
    const struct profile *p = l->profile;
    if (p->n_kernels == 0)
        return fail_without_kernels(p, e);
    TRY(select_step(a, l, o->step, e));
    const struct tklqt_select *s = &l->select;
    lineage_trace(a, p, &l->lineage);
    l->waits = tklqt_waits(a, p, &l->lineage);
    tklqt_sum(scratch, p, &l->lineage, l->waits, s, &l->sums);
    l->verdict = bound_of(&l->sums);
    sum_devices(a, scratch, l);
    for (int by = 0; by < TALLY_N; by++)
        l->tally[by] = tally_make(a, p, &l->lineage, l->waits, s, (enum tally_by)by, TALLY_BY_TIME,
                                  &l->n_tally[by]);
    idle_find(a, p, &l->lineage, l->waits, s, run_start(l), &l->idle);
    l->depth = depth_make(a, p, &l->lineage, PROFILE_NONE);
    calltree_make(a, p, &l->lineage, l->waits, s, &l->tree);
    return fusion_find(a, p, &l->lineage, l->waits, s, l->sums.il_joined_ns, &o->fusion, tick,
                       &l->fusion, e);
}

static struct store *store_make(struct profile *p)
{
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL)
        os_fatal("out of memory for an analysis");
    arena_init(&s->arena, ARENA_LARGE);
    s->profile = profile_retain(p);
    s->l.profile = p;
    return s;
}

/* Hands out the analysis, or drops it where something before failed or fails. */
static enum status finish(struct store *s, enum status st, const struct launches_options *o,
                          const struct tick *tick, const struct launches **out, struct err *e)
{
    static const struct launches_options defaults;
    struct arena scratch;
    arena_init(&scratch, ARENA_LARGE);
    if (st == STATUS_OK)
        st = analyse(&s->arena, &scratch, &s->l, o != NULL ? o : &defaults, tick, e);
    arena_done(&scratch);
    arena_trim(&s->arena);
    if (st == STATUS_OK)
        *out = &s->l;
    else
        launches_release(&s->l);
    return st;
}

enum status launches_make(const struct launches **out, struct profile *p,
                          const struct launches_options *o, const struct tick *tick, struct err *e)
{
    return finish(store_make(p), STATUS_OK, o, tick, out, e);
}

enum status launches_replay(const struct launches **out, const struct launches *of,
                            const struct replay_options *r, const struct launches_options *o,
                            const struct tick *tick, struct err *e)
{
    struct store *s = store_make(store_of(of)->profile);
    struct replay replay;
    enum status st =
        replay_run(&s->arena, of->profile, &of->lineage, of->waits, r, tick, &replay, e);
    s->l.profile = replay.profile;
    return finish(s, st, o, tick, out, e);
}

enum status launches_open(const struct launches **out, const char *const *paths, size_t n,
                          const struct launches_options *o, const struct tick *tick, struct err *e)
{
    struct profile *p;
    TRY(profile_open(&p, paths, n, o != NULL ? &o->profile : NULL, tick, e));
    enum status s = launches_make(out, p, o, NULL, e);
    profile_release(p);
    return s;
}
