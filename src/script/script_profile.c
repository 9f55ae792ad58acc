/*
 * script_profile.c: profiles of whole runs as scripts see them: every number of launch_fact.def by
 * its key, and the lists and sets of the other files.
 */
#include <math.h>
#include <stddef.h>

#include "base/os.h"
#include "present/launch_fact.h"
#include "script_profile.h"

static const struct launches *launches_of(const void *p)
{
    return ((const struct host_profile *)p)->launches;
}

/* ---- files and devices ---- */

static double if_recorded(int32_t number)
{
    return number < 0 ? (double)NAN : number;
}

#define FILE_FIELDS(X)                                                                        \
    X(path, script_push_text, r->path, "where it was opened")                                 \
    X(producer, script_push_text, r->producer, "what wrote it")                               \
    X(rank, script_push_number, if_recorded(r->rank),                                         \
      "of a distributed run; nil when not recorded")                                          \
    X(world_size, script_push_number, if_recorded(r->world_size), "how many ranks there are") \
    X(size_b, script_push_number, (double)r->size_b, "bytes on the disk")                     \
    X(events, script_push_number, (double)r->n_events, "how many the profiler wrote")

#define FILE_PUSH(name, push, expression, help) \
    PART_PUSH(file, struct profile_file, name, push, expression)
#define FILE_ENTRY(name, push, expression, help) PART_ENTRY(file, name, help)
FILE_FIELDS(FILE_PUSH)
static const struct proxy_field file_fields[] = {FILE_FIELDS(FILE_ENTRY){0}};

static const char *file_title(const void *p)
{
    return ((const struct profile_file *)((const struct script_part *)p)->at)->path;
}

static const struct proxy_type proxy_file = {
    .name = "file", .help = "a file of a profile", .fields = file_fields, .title = file_title};

PART_LIST(files, proxy_file, l->profile->files, l->profile->n_files, "files")

#define DEVICE_FIELDS(X)                                                                         \
    X(file, script_push_number, r->file + 1, "which of the files it is of")                      \
    X(rank, script_push_number, if_recorded(l->profile->files[r->file].rank),                    \
      "rank of that file; nil when not recorded")                                                \
    X(device, script_push_number, r->id, "number of the GPU")                                    \
    X(name, script_push_text, r->name, "what it is; empty when not recorded")                    \
    X(streams, script_push_number, r->n_streams, "streams with work")                            \
    X(kernels, script_push_number, r->sums.kernels.n, "kernels in the window")                   \
    X(kernels_joined, script_push_number, r->sums.n_joined, "those that have a launch call")     \
    X(tklqt_ns, script_push_ns, (double)r->sums.tklqt_ns, "sum of their waits")                  \
    X(kernel_sum_ns, script_push_ns, (double)r->sums.kernels.sum_ns, "durations of the kernels") \
    X(kernel_union_ns, script_push_ns, (double)r->sums.kernels.union_ns,                         \
      "time during which at least one ran")

#define DEVICE_PUSH(name, push, expression, help) \
    PART_PUSH(device, struct launches_device, name, push, expression)
#define DEVICE_ENTRY(name, push, expression, help) PART_ENTRY(device, name, help)
DEVICE_FIELDS(DEVICE_PUSH)
static const struct proxy_field device_fields[] = {DEVICE_FIELDS(DEVICE_ENTRY){0}};

static const struct proxy_type proxy_device = {
    .name = "device", .help = "a GPU of a profile", .fields = device_fields};

PART_LIST(devices, proxy_device, l->devices, l->n_devices, "devices")

/* ---- queue depth ---- */

#define STEP_FIELDS(X)                                                               \
    X(at_ns, script_push_ns, script_since_start(l, r->at_ns), "since the run began") \
    X(depth, script_push_number, r->depth, "launches that wait from then on")

#define STEP_PUSH(name, push, expression, help) \
    PART_PUSH(step, struct depth_step, name, push, expression)
#define STEP_ENTRY(name, push, expression, help) PART_ENTRY(step, name, help)
STEP_FIELDS(STEP_PUSH)
static const struct proxy_field step_fields[] = {STEP_FIELDS(STEP_ENTRY){0}};

static const struct proxy_type proxy_step = {
    .name = "step", .help = "a change of the queue's depth", .fields = step_fields};

PART_LIST(steps, proxy_step, l->depth.steps, l->depth.n_steps, "steps")

enum { MAX_BINS = 100000 };

static void set_number(lua_State *L, const char *key, double v)
{
    script_push_number(L, v);
    lua_setfield(L, -2, key);
}

static void push_bin(lua_State *L, const struct depth_bin *bin, double from_ns, double width_ns)
{
    lua_createtable(L, 0, 6);
    set_number(L, "start_ns", round(from_ns));
    set_number(L, "end_ns", round(from_ns + width_ns));
    set_number(L, "launches", bin->n_calls);
    set_number(L, "launches_per_s", width_ns > 0 ? bin->n_calls * 1e9 / width_ns : (double)NAN);
    set_number(L, "depth_max", bin->most);
    set_number(L, "depth_mean", bin->mean);
}

/* The pieces are memory of Lua, which frees it. */
static int profile_queue(lua_State *L)
{
    const struct launches *l = launches_of(proxy_check(L, 1, &proxy_profile));
    lua_Integer n = luaL_checkinteger(L, 2);
    luaL_argcheck(L, n >= 1 && n <= MAX_BINS, 2, "a number of pieces from 1 to 100000 is expected");
    struct depth_bin *bins = lua_newuserdatauv(L, (size_t)n * sizeof *bins, 0);
    double width_ns = ((double)l->sums.to_ns - (double)l->sums.from_ns) / (double)n;
    memset(bins, 0, (size_t)n * sizeof *bins);
    depth_bins(&l->depth, l->sums.from_ns, l->sums.to_ns, bins, (uint32_t)n);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 0; i < n; i++) {
        push_bin(L, &bins[i], (double)i * width_ns, width_ns);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* ---- profiles ---- */

static void push_verdict(lua_State *L, const void *p)
{
    lua_pushstring(L, bound_name(launches_of(p)->verdict.bound));
}

static void push_evidence(lua_State *L, const void *p)
{
    struct arena *a = &script_of(L)->arena;
    const char *sentences[LAUNCH_MOST_EVIDENCE];
    size_t mark = arena_mark(a);
    uint32_t n = launch_evidence(a, launches_of(p), sentences);
    lua_createtable(L, (int)n, 0);
    for (uint32_t i = 0; i < n; i++) {
        lua_pushstring(L, sentences[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    arena_reset(a, mark);
}

static void push_window(lua_State *L, const void *p)
{
    lua_pushstring(L, launches_of(p)->window);
}

static size_t warnings_count(const void *p)
{
    return ((const struct launches *)p)->profile->n_warnings;
}

static void warnings_at(lua_State *L, const void *p, size_t i)
{
    lua_pushstring(L, ((const struct launches *)p)->profile->warnings[i]);
}

static const struct proxy_type proxy_warnings = {
    .name = "list of warnings", .count = warnings_count, .push_at = warnings_at};

#define PUSH_LIST(name, type)                            \
    static void push_##name(lua_State *L, const void *p) \
    {                                                    \
        proxy_push(L, &(type), launches_of(p), 1);       \
    }
PUSH_LIST(files, proxy_files)
PUSH_LIST(devices, proxy_devices)
PUSH_LIST(warnings, proxy_warnings)
PUSH_LIST(depth, proxy_steps)

#define PUSH_PART(name)                                  \
    static void push_##name(lua_State *L, const void *p) \
    {                                                    \
        script_push_##name(L, launches_of(p));           \
    }
PUSH_PART(gaps)
PUSH_PART(dependencies)
PUSH_PART(idle)
PUSH_PART(tally)
PUSH_PART(fusion)
PUSH_PART(tree)

static void push_launches(lua_State *L, const void *p)
{
    script_push_launches(L, p);
}

static const struct proxy_field profile_fields[] = {
    {"verdict", FIELD_CALL, 0, "cpu-bound, gpu-bound, mixed or unknown", push_verdict},
    {"evidence", FIELD_CALL, 0, "list of sentences: what the verdict rests on", push_evidence},
    {"window", FIELD_CALL, 0, "the whole run, or the step", push_window},
    {"files", FIELD_CALL, 0, "list of its files", push_files},
    {"devices", FIELD_CALL, 0, "list of its GPUs", push_devices},
    {"warnings", FIELD_CALL, 0, "list of what is wrong with the files", push_warnings},
    {"launches", FIELD_CALL, 0, "list of the kernels of the window, in file order", push_launches},
    {"gaps", FIELD_CALL, 0, "list of the times without work, by GPU, then by time", push_gaps},
    {"dependencies", FIELD_CALL, 0, "list of the times a stream waited for another one",
     push_dependencies},
    {"idle", FIELD_CALL, 0, "idle time by reason", push_idle},
    {"tally", FIELD_CALL, 0,
     "lists of rows, most time first: kernels, operators, outer-operators, modules and calls",
     push_tally},
    {"fusion", FIELD_CALL, 0, "which launches could be one", push_fusion},
    {"tree", FIELD_CALL, 0, "modules, operators and kernels: the outermost node", push_tree},
    {"depth", FIELD_CALL, 0, "list of steps: how many launches waited, over time", push_depth},
    {0},
};

static size_t fact_count(const void *p)
{
    (void)p;
    return FACT_N;
}

static const char *fact_name(const void *p, size_t i)
{
    (void)p;
    return launch_fact_info[i].key;
}

/* Nanoseconds are whole, as in JSON. */
static void push_fact(lua_State *L, const void *p, size_t i)
{
    double v = launch_fact(launches_of(p), (enum launch_fact)i);
    if (launch_fact_info[i].unit == LAUNCH_UNIT_NS)
        script_push_ns(L, v);
    else
        script_push_number(L, v);
}

static const char *profile_title(const void *p)
{
    return os_basename(launches_of(p)->profile->files[0].path);
}

/* ---- replays ---- */

static void release_replay(void *p)
{
    host_profile_done(p);
}

/* A profile and what is left of earlier replays are large, and Lua does not see it. */
static int profile_replay(lua_State *L)
{
    const struct host_profile *of = proxy_check(L, 1, &proxy_profile);
    struct replay_options o;
    struct err e = {0};
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    script_read_replay(L, 2, "replay", &o);
    lua_gc(L, LUA_GCCOLLECT);
    struct host_profile *made = proxy_push_own(L, &proxy_profile, sizeof *made, release_replay);
    struct tick tick = script_tick(script_of(L));
    made->options = of->options;
    if (launches_replay(&made->launches, of->launches, &o, &of->options, &tick, &e) != STATUS_OK)
        return script_raise(L, &e);
    host_profile_list(made);
    return 1;
}

static const struct script_function profile_methods[] = {
    {"queue", profile_queue, "profile:queue(n)",
     "the run in n equal pieces: a list of tables of start_ns, end_ns, launches, launches_per_s, "
     "depth_max and depth_mean"},
    {"replay", profile_replay,
     "profile:replay{cpu=, gpu=, copy=, launch_change_ns=, queue_limit=, typical=, from_host=, "
     "host=}",
     "the same launches on another host and GPU, as another profile: times of the host `cpu` times "
     "as long, kernels `gpu` times, copies `copy` times, launches longer by `launch_change_ns`, "
     "`queue_limit` waiting launches at which a call blocks; `typical` forgets what is particular "
     "to one kernel; `from_host` and `host` are descriptions or their names and give what is not "
     "given; a launch latency that one of them lacks stays as recorded"},
    {NULL, NULL, NULL, NULL},
};

const struct proxy_type proxy_profile = {
    .name = "profile",
    .help = "a run as a profiler recorded it: the numbers listed below, nil where not known; and",
    .fields = profile_fields,
    .count = fact_count,
    .name_at = fact_name,
    .push_at = push_fact,
    .methods = profile_methods,
    .title = profile_title};

/* ---- opening ---- */

enum { MAX_FILES = 4096 };

static bool is_open_option(const char *key)
{
    static const char *const options[] = {"step", "min_count", "length"};
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (strcmp(options[i], key) == 0)
            return true;
    return false;
}

/* Names of files are at 1 to n of the table at 1, all else has a key. */
static size_t check_table(lua_State *L)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    if (n == 0)
        luaL_error(L, "profile: no file is named");
    if (n > MAX_FILES)
        luaL_error(L, "profile: more than %d files", MAX_FILES);
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        bool is_file =
            lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= n;
        if (is_file && lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "profile: a file must be a name, found a %s", luaL_typename(L, -1));
        if (is_file)
            continue;
        lua_pop(L, 1);
        const char *key = luaL_tolstring(L, -1, NULL);
        if (!is_open_option(key))
            luaL_error(L, "profile has no option '%s'", key);
    }
    return (size_t)n;
}

static uint32_t count_option(lua_State *L, const char *key, uint32_t least)
{
    uint32_t n = 0;
    if (lua_getfield(L, 1, key) != LUA_TNIL) {
        lua_Integer v = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
        if (v < (lua_Integer)least || v > UINT32_MAX)
            luaL_error(L, "profile: %s must be a whole number from %d on, found %s", key,
                       (int)least, luaL_tolstring(L, -1, NULL));
        n = (uint32_t)v;
    }
    lua_pop(L, 1);
    return n;
}

/* The step stays on the stack, which keeps its text. */
static struct launches_options read_options(lua_State *L)
{
    struct launches_options o = {.fusion = {.min_n = count_option(L, "min_count", 1),
                                            .length = count_option(L, "length", 2)}};
    int type = lua_getfield(L, 1, "step");
    if (type != LUA_TNIL && type != LUA_TSTRING && !lua_isinteger(L, -1))
        luaL_error(L, "profile: step must be a name or a number, found a %s", luaL_typename(L, -1));
    o.step = lua_tostring(L, -1);
    return o;
}

/* Calls nothing of Lua that can fail, for the paths are in the arena. */
static enum status open_files(lua_State *L, size_t n, const struct launches_options *o,
                              const struct host_profile **out, struct err *e)
{
    struct script_state *s = script_of(L);
    const char **paths = ARENA_ARRAY(&s->arena, const char *, n);
    struct tick tick = script_tick(s);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        paths[i] = host_find_profile(s->host, &s->arena, lua_tostring(L, -1), e);
        lua_pop(L, 1);
        if (paths[i] == NULL)
            return STATUS_INPUT;
    }
    return host_open_profile(s->host, &s->arena, paths, n, o, &tick, out, e);
}

static void wrap_name(lua_State *L)
{
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 1);
}

static int open_profile(lua_State *L)
{
    struct arena *a = &script_of(L)->arena;
    lua_settop(L, 1);
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING || lua_istable(L, 1), 1, "name or table");
    if (!lua_istable(L, 1))
        wrap_name(L);
    size_t n = check_table(L);
    struct launches_options o = read_options(L);
    const struct host_profile *p;
    struct err e = {0};
    size_t mark = arena_mark(a);
    enum status s = open_files(L, n, &o, &p, &e);
    arena_reset(a, mark);
    if (s != STATUS_OK)
        return script_raise(L, &e);
    proxy_push(L, &proxy_profile, p, 0);
    return 1;
}

const struct proxy_type *const script_profile_proxies[] = {
    &proxy_profile, &proxy_launch,        &proxy_gap,   &proxy_idle_reason, &proxy_tally_row,
    &proxy_fusion,  &proxy_fusion_length, &proxy_chain, &proxy_node,        &proxy_step,
    &proxy_device,  &proxy_file,          NULL};

const struct script_function script_profile_functions[] = {
    {"profile", open_profile, "warpscope.profile(name)",
     "opens a profile: one given on the command line (by path or file name) or a shipped one (by "
     "name)"},
    {"profile", NULL, "warpscope.profile{name, ..., step=, min_count=, length=}",
     "the same; several names are the ranks of one run. `step` analyses that step alone, "
     "`min_count` is how often a chain must occur (2), `length` lists the chains of that length "
     "instead of the best"},
    {NULL, NULL, NULL, NULL},
};
