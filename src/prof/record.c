#include "prof/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/index.h"
#include "base/os.h"
#include "profile_store.h"

/* clang-format off */
struct vec_span { VEC(struct profile_span); };
struct vec_file { VEC(struct profile_file); };
struct vec_lane { VEC(struct profile_lane); };
struct vec_shape { VEC(struct profile_shape); };
struct vec_device { VEC(struct profile_device); };
struct vec_category { VEC(struct profile_category); };
struct vec_name { VEC(const char *); };
struct vec_length { VEC(size_t); };
struct vec_base { VEC(int64_t); };
/* clang-format on */

enum table { TABLE_WORKS, TABLE_CALLS, TABLE_OPS, TABLE_RANGES, TABLE_N };

struct record {
    struct arena arena; /* strings and categories */
    struct vec_span spans[TABLE_N];
    uint32_t first[TABLE_N]; /* spans of earlier files */
    struct vec_file files;
    struct vec_base bases; /* of each file, 0 = not said */
    struct vec_lane lanes;
    struct vec_shape shapes;
    struct vec_device devices;
    struct vec_category categories; /* of the open file */
    struct vec_name names, warnings;
    struct vec_length name_lengths;
    struct index name_ix, lane_ix, shape_ix;
};

/* ---- beginning and ending ---- */

struct record *record_make(void)
{
    struct record *r = calloc(1, sizeof *r);
    if (r == NULL)
        os_fatal("out of memory for a profile");
    arena_init(&r->arena, ARENA_LARGE);
    for (size_t i = 0; i < TABLE_N; i++)
        VEC_INIT(&r->spans[i], ARENA_LARGE);
    VEC_INIT(&r->files, ARENA_SMALL);
    VEC_INIT(&r->bases, ARENA_SMALL);
    VEC_INIT(&r->lanes, ARENA_LARGE);
    VEC_INIT(&r->shapes, ARENA_LARGE);
    VEC_INIT(&r->devices, ARENA_SMALL);
    VEC_INIT(&r->categories, ARENA_SMALL);
    VEC_INIT(&r->names, ARENA_LARGE);
    VEC_INIT(&r->warnings, ARENA_SMALL);
    VEC_INIT(&r->name_lengths, ARENA_LARGE);
    index_init(&r->name_ix);
    index_init(&r->lane_ix);
    index_init(&r->shape_ix);
    return r;
}

/* What only recording needs. */
static void drop_scratch(struct record *r)
{
    VEC_DONE(&r->bases);
    VEC_DONE(&r->categories);
    VEC_DONE(&r->name_lengths);
    index_done(&r->name_ix);
    index_done(&r->lane_ix);
    index_done(&r->shape_ix);
    free(r);
}

/* The arenas that the profile takes over. */
static struct arena *kept_arena(struct record *r, size_t i)
{
    struct arena *const all[PROFILE_ARENAS] = {
        &r->arena,
        &r->spans[TABLE_WORKS].arena,
        &r->spans[TABLE_CALLS].arena,
        &r->spans[TABLE_OPS].arena,
        &r->spans[TABLE_RANGES].arena,
        &r->files.arena,
        &r->lanes.arena,
        &r->shapes.arena,
        &r->devices.arena,
        &r->names.arena,
        &r->warnings.arena,
    };
    return all[i];
}

void record_drop(struct record *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < PROFILE_ARENAS; i++)
        arena_done(kept_arena(r, i));
    drop_scratch(r);
}

struct arena *record_arena(struct record *r)
{
    return &r->arena;
}

/* ---- files ---- */

static uint32_t file_now(const struct record *r)
{
    ASSERT(r->files.n > 0);
    return (uint32_t)r->files.n - 1;
}

struct profile_file *record_begin_file(struct record *r, const char *path)
{
    for (size_t i = 0; i < TABLE_N; i++)
        r->first[i] = (uint32_t)r->spans[i].n;
    VEC_RESIZE_DOWN(&r->categories, 0);
    struct profile_file *f = VEC_PUSH(&r->files);
    *f = (struct profile_file){
        .path = arena_strdup(&r->arena, path), .producer = "", .rank = -1, .world_size = -1};
    return f;
}

void record_end_file(struct record *r, int64_t base_ns)
{
    struct profile_file *f = &r->files.at[file_now(r)];
    f->categories =
        arena_memdup(&r->arena, r->categories.at, r->categories.n * sizeof *r->categories.at);
    f->n_categories = (uint32_t)r->categories.n;
    *VEC_PUSH(&r->bases) = base_ns;
}

void record_count(struct record *r, str category, char phase, uint64_t n)
{
    for (size_t i = 0; i < r->categories.n; i++) {
        struct profile_category *c = &r->categories.at[i];
        if (c->phase == phase && str_is(category, c->name)) {
            c->n += n;
            return;
        }
    }
    *VEC_PUSH(&r->categories) =
        (struct profile_category){arena_strndup(&r->arena, category.p, category.n), phase, n};
}

void record_device(struct record *r, const struct profile_device *d)
{
    struct profile_device *copy = VEC_PUSH(&r->devices);
    *copy = *d;
    copy->file = file_now(r);
}

void record_warn(struct record *r, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    *VEC_PUSH(&r->warnings) = arena_strdup(&r->arena, line);
}

/* ---- names, lanes, shapes ---- */

struct name_key {
    const struct record *r;
    str text;
};

static bool name_equal(const void *ctx, uint32_t id)
{
    const struct name_key *k = ctx;
    return str_eq(k->text, (str){k->r->names.at[id], k->r->name_lengths.at[id]});
}

uint32_t record_name(struct record *r, str text)
{
    uint64_t hash = hash_words(text.p, text.n, 0);
    uint32_t id = index_find(&r->name_ix, hash, name_equal, &(struct name_key){r, text});
    if (id != INDEX_NONE)
        return id;
    id = (uint32_t)r->names.n;
    *VEC_PUSH(&r->names) = arena_strndup(&r->arena, text.p, text.n);
    *VEC_PUSH(&r->name_lengths) = text.n;
    index_put(&r->name_ix, hash, id);
    return id;
}

struct lane_key {
    const struct record *r;
    const struct profile_lane *lane;
};

static bool lane_equal(const void *ctx, uint32_t id)
{
    const struct lane_key *k = ctx;
    const struct profile_lane *a = &k->r->lanes.at[id], *b = k->lane;
    return a->file == b->file && a->is_device == b->is_device && a->process == b->process &&
           a->thread == b->thread && a->device == b->device;
}

static const char *lane_label(struct record *r, const struct profile_lane *lane)
{
    return arena_printf(&r->arena, "%s %lld", lane->is_device ? "stream" : "thread",
                        (long long)lane->thread);
}

uint32_t record_lane(struct record *r, struct profile_lane lane)
{
    lane.file = file_now(r);
    uint64_t hash = hash_u64((uint64_t)lane.process) ^ lane.file;
    hash = hash_u64(hash_u64(hash) ^ ((uint64_t)lane.device << 1 | lane.is_device));
    hash = hash_u64(hash ^ (uint64_t)lane.thread);
    uint32_t id = index_find(&r->lane_ix, hash, lane_equal, &(struct lane_key){r, &lane});
    if (id == INDEX_NONE) {
        id = (uint32_t)r->lanes.n;
        index_put(&r->lane_ix, hash, id);
        *VEC_PUSH(&r->lanes) = lane;
        if (lane.label == NULL)
            r->lanes.at[id].label = lane_label(r, &lane);
    }
    if (lane.label != NULL)
        r->lanes.at[id].label = arena_strdup(&r->arena, lane.label);
    return id;
}

struct shape_key {
    const struct record *r;
    const struct profile_shape *shape;
};

static bool shape_equal(const void *ctx, uint32_t id)
{
    const struct shape_key *k = ctx;
    return memcmp(&k->r->shapes.at[id], k->shape, sizeof *k->shape) == 0;
}

uint32_t record_shape(struct record *r, const struct profile_shape *s)
{
    _Static_assert(sizeof *s == 8 * sizeof(uint32_t), "shapes are compared as bytes");
    uint64_t hash = hash_words(s, sizeof *s, 0);
    uint32_t id = index_find(&r->shape_ix, hash, shape_equal, &(struct shape_key){r, s});
    if (id == INDEX_NONE) {
        id = (uint32_t)r->shapes.n;
        *VEC_PUSH(&r->shapes) = *s;
        index_put(&r->shape_ix, hash, id);
    }
    return id;
}

/* ---- spans ---- */

static enum table table_of(enum profile_kind kind)
{
    return (int)kind <= (int)PROFILE_MEMSET ? TABLE_WORKS
           : kind == PROFILE_CALL           ? TABLE_CALLS
           : kind == PROFILE_OP             ? TABLE_OPS
                                            : TABLE_RANGES;
}

struct profile_span *record_span(struct record *r, enum profile_kind kind)
{
    struct vec_span *v = &r->spans[table_of(kind)];
    ASSERT(v->n < PROFILE_NONE);
    struct profile_span *s = VEC_PUSH(v);
    s->kind = (uint8_t)kind;
    s->shape = PROFILE_NONE;
    return s;
}

/* ---- the profile ---- */

/* Files count from bases of their own: all are brought to the earliest. One that does not say its
 * base stays on its own clock. */
static void align_files(struct record *r)
{
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < r->files.n; i++) {
        if (r->bases.at[i] != 0)
            earliest = MIN(earliest, r->bases.at[i]);
    }
    for (size_t i = 0; i < r->files.n; i++) {
        if (r->bases.at[i] != 0)
            r->files.at[i].shift_ns = r->bases.at[i] - earliest;
    }
    for (size_t t = 0; t < TABLE_N; t++) {
        for (size_t i = 0; i < r->spans[t].n; i++) {
            struct profile_span *s = &r->spans[t].at[i];
            s->start_ns += r->files.at[r->lanes.at[s->lane].file].shift_ns;
        }
    }
}

static void check_numbers(struct record *r)
{
    const struct profile_file *f = r->files.at;
    for (size_t i = 1; i < r->files.n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (f[i].rank >= 0 && f[i].rank == f[k].rank) {
                record_warn(r, "'%s' and '%s' are both of rank %d", os_basename(f[k].path),
                            os_basename(f[i].path), (int)f[i].rank);
                return;
            }
        }
    }
}

/* Sums over files of different runs would be nonsense. */
static void check_times(struct record *r)
{
    const struct vec_span *works = &r->spans[TABLE_WORKS];
    int64_t *end_ns = ARENA_ARRAY(&r->arena, int64_t, r->files.n);
    int64_t *start_ns = ARENA_ARRAY(&r->arena, int64_t, r->files.n);
    int64_t last_start_ns = INT64_MIN, first_end_ns = INT64_MAX;
    for (size_t i = 0; i < r->files.n; i++) {
        start_ns[i] = INT64_MAX;
        end_ns[i] = INT64_MIN;
    }
    for (size_t i = 0; i < works->n; i++) {
        uint32_t file = r->lanes.at[works->at[i].lane].file;
        start_ns[file] = MIN(start_ns[file], works->at[i].start_ns);
        end_ns[file] = MAX(end_ns[file], profile_end_ns(&works->at[i]));
    }
    for (size_t i = 0; i < r->files.n; i++) {
        if (start_ns[i] > end_ns[i]) {
            record_warn(r, "'%s' holds no work of a GPU", os_basename(r->files.at[i].path));
            continue;
        }
        last_start_ns = MAX(last_start_ns, start_ns[i]);
        first_end_ns = MIN(first_end_ns, end_ns[i]);
    }
    if (last_start_ns > first_end_ns)
        record_warn(r, "the files do not overlap in time: ranks of one run would");
}

static uint32_t count_kernels(const struct vec_span *works)
{
    uint32_t n = 0;
    for (size_t i = 0; i < works->n; i++)
        n += works->at[i].kind == PROFILE_KERNEL;
    return n;
}

struct profile *record_finish(struct record *r)
{
    if (r->files.n > 1) {
        align_files(r);
        check_numbers(r);
        check_times(r);
    }
    struct profile_store *store = profile_store_new();
    store->profile = (struct profile){
        .files = r->files.at,
        .n_files = (uint32_t)r->files.n,
        .works = r->spans[TABLE_WORKS].at,
        .calls = r->spans[TABLE_CALLS].at,
        .ops = r->spans[TABLE_OPS].at,
        .ranges = r->spans[TABLE_RANGES].at,
        .n_works = (uint32_t)r->spans[TABLE_WORKS].n,
        .n_calls = (uint32_t)r->spans[TABLE_CALLS].n,
        .n_ops = (uint32_t)r->spans[TABLE_OPS].n,
        .n_ranges = (uint32_t)r->spans[TABLE_RANGES].n,
        .n_kernels = count_kernels(&r->spans[TABLE_WORKS]),
        .lanes = r->lanes.at,
        .n_lanes = (uint32_t)r->lanes.n,
        .shapes = r->shapes.at,
        .n_shapes = (uint32_t)r->shapes.n,
        .devices = r->devices.at,
        .n_devices = (uint32_t)r->devices.n,
        .names = r->names.at,
        .n_names = (uint32_t)r->names.n,
        .warnings = r->warnings.at,
        .n_warnings = (uint32_t)r->warnings.n,
    };
    for (size_t i = 0; i < PROFILE_ARENAS; i++) {
        arena_trim(kept_arena(r, i));
        store->arenas[i] = arena_take(kept_arena(r, i));
    }
    drop_scratch(r);
    return &store->profile;
}
