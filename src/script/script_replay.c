/*
 * script_replay.c: descriptions of hosts as scripts see them, and the options of a replay.
 */
#include <math.h>
#include <stddef.h>

#include "base/os.h"
#include "script_profile.h"

/* ---- hosts ---- */

/* hosts/ in every folder of GPU descriptions; in the state's arena. */
static const char **host_dirs(struct script_state *s, size_t *n)
{
    const struct script_options *o = s->o;
    *n = MAX(o->n_gpu_dirs, (size_t)1);
    const char **dirs = ARENA_ARRAY(&s->arena, const char *, *n);
    dirs[0] = arena_printf(&s->arena, "%s/gpus/hosts", o->data_dir);
    for (size_t i = 0; i < o->n_gpu_dirs; i++)
        dirs[i] = os_join(&s->arena, o->gpu_dirs[i], "hosts");
    return dirs;
}

static size_t param_count(const void *p)
{
    (void)p;
    return HOST_N_PARAMS;
}

static const char *param_name(const void *p, size_t i)
{
    (void)p;
    return host_params[i].key;
}

static void push_param(lua_State *L, const void *p, size_t i)
{
    script_push_number(L, host_value(p, (enum host_param_id)i));
}

/* Where a number is from, or why nobody knows it. */
static void push_source(lua_State *L, const void *p, size_t i)
{
    const struct host_note *n = &((const struct host *)p)->note[i];
    bool has_both = n->source[0] != 0 && n->note[0] != 0;
    lua_pushfstring(L, "%s%s%s", n->source, has_both ? "; " : "", n->note);
}

static const struct proxy_type proxy_sources = {
    .name = "set of sources", .count = param_count, .name_at = param_name, .push_at = push_source};

static void push_sources(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_sources, p, 1);
}

#define HOST_TEXT(name, help)                                        \
    {                                                                \
#name, FIELD_STRING, offsetof(struct host, name), help, NULL \
    }
static const struct proxy_field host_fields[] = {
    HOST_TEXT(name, "name of the description"),
    HOST_TEXT(title, "full name"),
    HOST_TEXT(cpu, "its CPU"),
    HOST_TEXT(gpu, "the GPU that usually stands beside it"),
    HOST_TEXT(link, "what lies between them"),
    HOST_TEXT(remark, "what else there is to say"),
    {"sources", FIELD_CALL, 0, "where each number is from, or why nobody knows it, by its name",
     push_sources},
    {0},
};

static const char *host_title(const void *p)
{
    return ((const struct host *)p)->name;
}

static const struct proxy_type proxy_host = {
    .name = "host",
    .help = "a machine that launches kernels: `launch_latency` in ns, `cpu_speed` as a ratio, "
            "`link_bandwidth` in GB/s and `queue_limit` in launches, nil where not known; and",
    .fields = host_fields,
    .count = param_count,
    .name_at = param_name,
    .push_at = push_param,
    .title = host_title};

/* Once a state, for its texts are in the state's arena. */
static void push_host(lua_State *L, const char *name)
{
    struct script_state *s = script_of(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "warpscope.hosts");
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        script_check_plain_name(L, name, "hosts");
        struct err e = {0};
        size_t n;
        struct host *h = proxy_push_own(L, &proxy_host, sizeof *h, NULL);
        const char **dirs = host_dirs(s, &n);
        if (host_load(h, &s->arena, name, dirs, n, &e) != STATUS_OK)
            script_raise(L, &e);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    lua_remove(L, -2);
}

static int open_host(lua_State *L)
{
    push_host(L, luaL_checkstring(L, 1));
    return 1;
}

void script_push_hosts(lua_State *L)
{
    struct script_state *s = script_of(L);
    struct err e = {0};
    char **names;
    size_t n, n_dirs;
    lua_newtable(L);
    const char **dirs = host_dirs(s, &n_dirs);
    if (host_list(&s->arena, dirs, n_dirs, &names, &n, &e) != STATUS_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* ---- options of a replay ---- */

/* Field `key` of the table at `index`, NAN when it is not there. */
static double number_of(lua_State *L, int index, const char *what, const char *key)
{
    double v = (double)NAN;
    if (lua_getfield(L, index, key) != LUA_TNIL) {
        if (lua_type(L, -1) != LUA_TNUMBER)
            luaL_error(L, "%s: %s must be a number, found a %s", what, key, luaL_typename(L, -1));
        v = lua_tonumber(L, -1);
        if (!isfinite(v))
            luaL_error(L, "%s: %s must be finite", what, key);
    }
    lua_pop(L, 1);
    return v;
}

/* A factor of 0 would mean 1 to a replay. */
static void read_factor(lua_State *L, int index, const char *what, const char *key, double *out)
{
    double v = number_of(L, index, what, key);
    if (v <= 0)
        luaL_error(L, "%s: %s must be a factor above 0, found %f", what, key, v);
    if (!isnan(v))
        *out = v;
}

static void read_queue_limit(lua_State *L, int index, const char *what, uint32_t *out)
{
    double v = number_of(L, index, what, "queue_limit");
    if (isnan(v))
        return;
    if (v < 0 || v > UINT32_MAX || v != floor(v))
        luaL_error(L, "%s: queue_limit must be a whole number, 0 for none, found %f", what, v);
    *out = (uint32_t)v;
}

/* The host in field `key`, which stays on the stack; NULL when there is none. */
static const struct host *read_host(lua_State *L, int index, const char *what, const char *key)
{
    int type = lua_getfield(L, index, key);
    if (type == LUA_TNIL)
        return NULL;
    if (type == LUA_TSTRING)
        push_host(L, lua_tostring(L, -1));
    const struct host *h = proxy_test(L, -1, &proxy_host);
    if (h == NULL)
        luaL_error(L, "%s: %s must be a host or its name, found a %s", what, key,
                   luaL_typename(L, -1));
    return h;
}

static void fill_speed(lua_State *L, const char *what, double cpu, struct host *from,
                       struct host *to)
{
    if (!isnan(cpu)) {
        from->v.cpu_speed = 1;
        to->v.cpu_speed = 1 / cpu;
    }
    const struct host *unknown = isnan(to->v.cpu_speed)     ? to
                                 : isnan(from->v.cpu_speed) ? from
                                                            : NULL;
    if (unknown != NULL)
        luaL_error(L,
                   "%s: the CPU speed of host '%s' is not known (cpu= gives it: time of the "
                   "host there / time here)",
                   what, unknown->name);
}

static void read_hosts(lua_State *L, int index, const char *what, struct replay_options *out)
{
    const struct host *from = read_host(L, index, what, "from_host");
    const struct host *to = read_host(L, index, what, "host");
    struct err e = {0};
    if ((from == NULL) != (to == NULL))
        luaL_error(L, "%s: host and from_host belong together", what);
    if (from == NULL || to == NULL)
        return;
    struct host a = *from, b = *to;
    fill_speed(L, what, number_of(L, index, what, "cpu"), &a, &b);
    if (isnan(a.v.launch_latency_ns) || isnan(b.v.launch_latency_ns))
        a.v.launch_latency_ns = b.v.launch_latency_ns = 1;
    if (replay_change_host(out, &a, &b, &e) != STATUS_OK)
        script_raise(L, &e);
}

void script_read_replay(lua_State *L, int index, const char *what, struct replay_options *out)
{
    static const char *const keys[] = {"cpu",         "gpu",     "copy",      "launch_change_ns",
                                       "queue_limit", "typical", "from_host", "host",
                                       NULL};
    int top = lua_gettop(L);
    script_check_keys(L, index, what, keys);
    *out = (struct replay_options){.cpu = 1, .gpu = 1, .copy = 1};
    read_hosts(L, index, what, out);
    read_factor(L, index, what, "cpu", &out->cpu);
    read_factor(L, index, what, "gpu", &out->gpu);
    read_factor(L, index, what, "copy", &out->copy);
    double change_ns = number_of(L, index, what, "launch_change_ns");
    if (!isnan(change_ns))
        out->launch_change_ns = change_ns;
    read_queue_limit(L, index, what, &out->queue_limit);
    lua_getfield(L, index, "typical");
    out->typical = lua_toboolean(L, -1);
    lua_settop(L, top);
}

const struct proxy_type *const script_replay_proxies[] = {&proxy_host, NULL};

const struct script_function script_replay_functions[] = {
    {"host", open_host, "warpscope.host(name)", "a description of a host, of gpus/hosts/"},
    {NULL, NULL, NULL, NULL},
};
