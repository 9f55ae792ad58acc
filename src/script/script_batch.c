/*
 * script_batch.c: sweeps over batch size as scripts see them: points, where the GPU becomes the
 * limit, and the model behind that.
 */
#include <math.h>

#include "script_profile.h"

/* ---- the model ---- */

static const struct proxy_type proxy_batch_model;
static const struct proxy_type proxy_batch_sweep;

/* Subject of proxy_batch_sweep; keeps the list of its profiles. */
struct sweep_ref {
    struct arena arena;
    bool has_arena;
    struct batch_sweep s;
};

static const struct batch_model *check_model(lua_State *L)
{
    const struct sweep_ref *ref = proxy_test(L, 1, &proxy_batch_sweep);
    return ref != NULL ? &ref->s.model : proxy_check(L, 1, &proxy_batch_model);
}

static int predict(lua_State *L)
{
    const struct batch_model *m = check_model(L);
    double batch = luaL_checknumber(L, 2);
    luaL_argcheck(L, isfinite(batch) && batch > 0, 2, "a batch size above 0 is expected");
    script_push_number(L, batch_predict_ns(m, batch));
    return 1;
}

static int moved(lua_State *L)
{
    const struct batch_model *m = check_model(L);
    struct replay_options o;
    luaL_checktype(L, 2, LUA_TTABLE);
    script_read_replay(L, 2, "moved", &o);
    struct batch_model *to = proxy_push_own(L, &proxy_batch_model, sizeof *to, NULL);
    *to = batch_move_model(m, &o);
    return 1;
}

#define MODEL_NUMBER(name, expression, help)              \
    static void model_##name(lua_State *L, const void *p) \
    {                                                     \
        const struct batch_model *m = p;                  \
        script_push_number(L, expression);                \
    }

/* name, expression, help */
#define MODEL_NUMBERS(X)                                                                        \
    X(launch_ns, m->launch_ns, "wait of a launch on a free stream")                             \
    X(host_ns, m->host_ns, "time of the host for a launch; nil when not known")                 \
    X(device_ns, m->device_ns, "time of the GPU for a launch at batch 0")                       \
    X(per_batch_ns, m->per_batch_ns, "what each further sample adds to it")                     \
    X(turnaround_ns, m->turnaround_ns, "the part of device_ns between two kernels")             \
    X(launches, m->n_run, "launches from one wait of the host to the next")                     \
    X(queue_limit, m->queue_limit, "waiting launches at which a call blocks")                   \
    X(transition, batch_find_transition(m),                                                     \
      "batch from which on the GPU is the limit: 0 = every one, infinite = none; nil when not " \
      "known")
MODEL_NUMBERS(MODEL_NUMBER)

static void model_is_assumed(lua_State *L, const void *p)
{
    lua_pushboolean(L, ((const struct batch_model *)p)->is_assumed);
}

#define MODEL_ENTRY(name, expression, help) {#name, FIELD_CALL, 0, help, model_##name},
static const struct proxy_field model_fields[] = {
    MODEL_NUMBERS(MODEL_ENTRY){"is_assumed", FIELD_CALL, 0,
                               "device_ns is assumed 0, because all points have one batch size",
                               model_is_assumed},
    {0},
};

static const struct script_function model_methods[] = {
    {"predict", predict, "model:predict(batch)",
     "mean wait of a launch in ns at a batch that nobody need have run"},
    {"moved", moved, "model:moved{cpu=, gpu=, ...}",
     "the model on another host or GPU; takes what `profile:replay` takes"},
    {NULL, NULL, NULL, NULL},
};

static const struct proxy_type proxy_batch_model = {.name = "batch model",
                                                    .help = "host and device time of a launch",
                                                    .fields = model_fields,
                                                    .methods = model_methods};

/* ---- points ---- */

static const struct batch_point *point_of(const void *p)
{
    return ((const struct script_part *)p)->at;
}

/* The list of profiles hangs on the sweep, on which the point hangs. */
static void push_profile(lua_State *L, const void *p)
{
    const struct launches *l = point_of(p)->launches;
    proxy_push_kept(L, 1); /* the list of points, or the sweep */
    if (proxy_test(L, -1, &proxy_batch_sweep) == NULL)
        proxy_push_kept(L, -1);
    proxy_push_kept(L, -1);
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        const struct host_profile *h = proxy_test(L, -1, &proxy_profile);
        if (h != NULL && h->launches == l)
            return;
        lua_pop(L, 1);
    }
}

#define POINT_FIELDS(X)                                                                \
    X(batch, script_push_number, r->batch, "batch size")                               \
    X(launches, script_push_number, r->n_kernels, "kernels that have a launch call")   \
    X(tklqt_per_launch_ns, script_push_ns, r->tklqt_ns, "mean wait of a launch")       \
    X(launch_per_launch_ns, script_push_ns, r->launch_ns, "the launch part of it")     \
    X(queue_per_launch_ns, script_push_ns, r->queue_ns, "the queue part of it")        \
    X(akd_ns, script_push_ns, r->akd_ns, "mean duration of a kernel")                  \
    X(il_ns, script_push_ns, r->il_ns < 0 ? (double)NAN : (double)r->il_ns,            \
      "inference latency; nil without an operator")                                    \
    X(cpu_bound_fraction, script_push_number, r->verdict.cpu_bound_fraction,           \
      "share of kernels that found their stream empty")                                \
    X(verdict, script_push_text, bound_name(r->verdict.bound),                         \
      "cpu-bound, gpu-bound, mixed or unknown")                                        \
    X(host_per_launch_ns, script_push_ns, r->host_ns, "time of the host for a launch") \
    X(device_per_launch_ns, script_push_ns, r->device_ns, "time of the GPU for a launch")

#define POINT_PUSH(name, push, expression, help) \
    PART_PUSH(point, struct batch_point, name, push, expression)
#define POINT_ENTRY(name, push, expression, help) PART_ENTRY(point, name, help)
POINT_FIELDS(POINT_PUSH)
static const struct proxy_field point_fields[] = {
    POINT_FIELDS(POINT_ENTRY){"profile", FIELD_CALL, 0, "the profile that was given", push_profile},
    {0},
};

static const struct proxy_type proxy_point = {
    .name = "batch point", .help = "a profile of a batch sweep", .fields = point_fields};

static const struct batch_sweep *sweep_of(const void *p)
{
    return &((const struct sweep_ref *)p)->s;
}

static size_t points_count(const void *p)
{
    return sweep_of(p)->n_points;
}

static void points_at(lua_State *L, const void *p, size_t i)
{
    const struct batch_point *point = &sweep_of(p)->points[i];
    script_push_part(L, &proxy_point, point->launches, point);
}

static const struct proxy_type proxy_points = {
    .name = "list of batch points", .count = points_count, .push_at = points_at};

/* ---- sweeps ---- */

static void push_points(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_points, p, 1);
}

static void push_least(lua_State *L, const void *p)
{
    const struct batch_sweep *s = sweep_of(p);
    lua_pushinteger(L, s->points[s->least].batch);
}

static void push_transition(lua_State *L, const void *p)
{
    const struct batch_sweep *s = sweep_of(p);
    script_push_number(L, s->transition == PROFILE_NONE ? (double)NAN
                                                        : s->points[s->transition].batch);
}

static void push_transition_batch(lua_State *L, const void *p)
{
    script_push_number(L, sweep_of(p)->transition_batch);
}

static void push_model(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_batch_model, &sweep_of(p)->model, 1);
}

static const struct proxy_field sweep_fields[] = {
    {"points", FIELD_CALL, 0, "list of the profiles' numbers, by batch", push_points},
    {"least", FIELD_CALL, 0, "the batch with the shortest mean wait of a launch", push_least},
    {"transition", FIELD_CALL, 0,
     "the first batch that was run whose launches wait more than twice the least; nil = none",
     push_transition},
    {"transition_batch", FIELD_CALL, 0,
     "where twice the least is crossed, interpolated; nil = never", push_transition_batch},
    {"model", FIELD_CALL, 0, "what the points say of other batches", push_model},
    {0},
};

static const struct script_function sweep_methods[] = {
    {"predict", predict, "sweep:predict(batch)", "as of its model"},
    {"moved", moved, "sweep:moved{cpu=, gpu=, ...}", "as of its model"},
    {NULL, NULL, NULL, NULL},
};

static const struct proxy_type proxy_batch_sweep = {.name = "batch sweep",
                                                    .help = "one workload at several batch sizes",
                                                    .fields = sweep_fields,
                                                    .methods = sweep_methods};

static void release_sweep(void *p)
{
    struct sweep_ref *ref = p;
    if (ref->has_arena)
        arena_done(&ref->arena);
}

/* ---- making one ---- */

enum { MAX_POINTS = 4096 };

/* The batch size of the entry on top of the stack, 0 = not given. */
static uint32_t read_size(lua_State *L)
{
    lua_Integer size = 0;
    if (lua_getfield(L, -1, "batch") != LUA_TNIL) {
        size = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
        if (size < 1 || size > UINT32_MAX)
            luaL_error(L, "batch: batch must be a whole number from 1 on, found %s",
                       luaL_tolstring(L, -1, NULL));
    }
    lua_pop(L, 1);
    return (uint32_t)size;
}

/* Entry `i` of the table at 1 is a profile, or {batch=, profile=}; the profile goes into the list
 * at 2. */
static struct batch_input read_entry(lua_State *L, lua_Integer i)
{
    static const char *const keys[] = {"batch", "profile", NULL};
    struct batch_input in = {0};
    lua_rawgeti(L, 1, i);
    if (lua_istable(L, -1)) {
        script_check_keys(L, lua_gettop(L), "batch", keys);
        in.batch = read_size(L);
        lua_getfield(L, -1, "profile");
        lua_remove(L, -2);
    }
    const struct host_profile *h = proxy_test(L, -1, &proxy_profile);
    if (h == NULL) {
        luaL_error(L, "batch: profile %d must be a profile, found a %s", (int)i,
                   luaL_typename(L, -1));
        return in;
    }
    in.launches = h->launches;
    if (in.batch == 0)
        in.batch = batch_find_size(h->launches->profile->files[0].path);
    lua_rawseti(L, 2, i);
    return in;
}

/* The inputs are memory of Lua, at 3. */
static struct batch_input *read_entries(lua_State *L, lua_Integer *n)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    *n = (lua_Integer)lua_rawlen(L, 1);
    if (*n > MAX_POINTS)
        luaL_error(L, "batch: more than %d profiles", MAX_POINTS);
    lua_createtable(L, (int)*n, 0);
    struct batch_input *in = lua_newuserdatauv(L, ((size_t)*n + 1) * sizeof *in, 0);
    for (lua_Integer i = 1; i <= *n; i++)
        in[i - 1] = read_entry(L, i);
    return in;
}

static int make_sweep(lua_State *L)
{
    lua_Integer n;
    struct err e = {0};
    struct batch_input *in = read_entries(L, &n);
    struct sweep_ref *ref = proxy_push_own(L, &proxy_batch_sweep, sizeof *ref, release_sweep);
    proxy_keep(L, 2);
    arena_init(&ref->arena, ARENA_LARGE);
    ref->has_arena = true;
    enum status s = batch_make_sweep(&ref->arena, in, (size_t)n, &ref->s, &e);
    arena_trim(&ref->arena);
    return s == STATUS_OK ? 1 : script_raise(L, &e);
}

const struct proxy_type *const script_batch_proxies[] = {&proxy_batch_sweep, &proxy_point,
                                                         &proxy_batch_model, NULL};

const struct script_function script_batch_functions[] = {
    {"batch", make_sweep, "warpscope.batch{{batch=, profile=}, ...}",
     "a sweep over batch size; an entry may be the profile alone, and the size is left out where "
     "the file's name has it"},
    {NULL, NULL, NULL, NULL},
};
