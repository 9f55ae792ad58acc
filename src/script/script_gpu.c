/*
 * script_gpu.c: GPU descriptions as scripts see them: every parameter of gpu_param.def by the name
 * that the command line uses, and copies with changed values.
 */
#include <stddef.h>

#include "script_priv.h"

static size_t param_count(const void *p)
{
    (void)p;
    return GPU_N_PARAMS;
}

static const char *param_name(const void *p, size_t i)
{
    (void)p;
    return gpu_params[i].name;
}

/* A value that the description lacks is nil, so that scripts can say `or`; most are whole. */
static void push_param(lua_State *L, const void *p, size_t i)
{
    script_push_number(L, gpu_value(p, (enum gpu_param_id)i));
}

#define DERIVED(NAME, expression)                        \
    static void push_##NAME(lua_State *L, const void *p) \
    {                                                    \
        lua_pushnumber(L, expression(p));                \
    }
DERIVED(fp32, gpu_peak_fp32_flops)
DERIVED(tensor, gpu_peak_tensor_flops)
DERIVED(dram, gpu_dram_b_per_cy)

static const struct proxy_field gpu_fields[] = {
    {"name", FIELD_STRING, offsetof(struct gpu, name), "name of the description", NULL},
    {"title", FIELD_STRING, offsetof(struct gpu, title), "full name", NULL},
    {"arch", FIELD_STRING, offsetof(struct gpu, arch), "such as sm_80", NULL},
    {"isa", FIELD_UNSIGNED, offsetof(struct gpu, isa), "such as 80", NULL},
    {"fp32_flops", FIELD_CALL, 0, "FP32 peak a second, FMA counts 2", push_fp32},
    {"tensor_flops", FIELD_CALL, 0, "dense FP16 tensor peak a second, FP32 accumulate",
     push_tensor},
    {"dram_b_per_cy", FIELD_CALL, 0, "DRAM bytes per core cycle, achieved where known", push_dram},
    {0},
};

/* Values are set one after another, and cross-checks look at the whole: what is refused alone may
 * pass once its partner has changed, so the list is gone through until nothing more goes in. */
static size_t set_values(lua_State *L, struct gpu *g, int changes, struct err *e)
{
    size_t n_refused = 0;
    lua_pushnil(L);
    while (lua_next(L, changes) != 0) {
        const char *name = lua_tostring(L, -2);
        int id = gpu_find_param(str_from(name), e);
        double value = lua_tonumber(L, -1);
        struct err one = {0};
        lua_pop(L, 1);
        if (gpu_value(g, (enum gpu_param_id)id) != value &&
            gpu_set(g, (enum gpu_param_id)id, value, &one) != STATUS_OK) {
            n_refused++;
            *e = one;
        }
    }
    return n_refused;
}

static void check_changes(lua_State *L, int changes)
{
    lua_pushnil(L);
    while (lua_next(L, changes) != 0) {
        struct err e = {0};
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "a parameter name is expected, found a %s", luaL_typename(L, -2));
        if (gpu_find_param(str_from(lua_tostring(L, -2)), &e) < 0)
            script_raise(L, &e);
        if (lua_type(L, -1) != LUA_TNUMBER)
            luaL_error(L, "%s must be a number, found a %s", lua_tostring(L, -2),
                       luaL_typename(L, -1));
        lua_pop(L, 1);
    }
}

static int gpu_with(lua_State *L)
{
    const struct gpu *g = proxy_check(L, 1, &proxy_gpu);
    luaL_checktype(L, 2, LUA_TTABLE);
    check_changes(L, 2);
    struct gpu *copy = script_push_gpu_copy(L, g);
    struct err e = {0};
    size_t refused = SIZE_MAX, before;
    do {
        before = refused;
        e = (struct err){0};
        refused = set_values(L, copy, 2, &e);
    } while (refused != 0 && refused < before);
    if (refused != 0)
        return script_raise(L, &e);
    return 1;
}

static const struct script_function gpu_methods[] = {
    {"with", gpu_with, "gpu:with{[\"memory.l2\"] = 20480}", "a copy with some parameters changed"},
    {NULL, NULL, NULL, NULL},
};

static const char *gpu_name(const void *p)
{
    return ((const struct gpu *)p)->name;
}

const struct proxy_type proxy_gpu = {.name = "GPU description",
                                     .help = "every parameter by \"section.key\", nil where not "
                                             "known; and",
                                     .fields = gpu_fields,
                                     .count = param_count,
                                     .name_at = param_name,
                                     .push_at = push_param,
                                     .methods = gpu_methods,
                                     .title = gpu_name};

struct gpu *script_push_gpu_copy(lua_State *L, const struct gpu *g)
{
    struct gpu *copy = proxy_push_own(L, &proxy_gpu, sizeof *copy, NULL);
    *copy = *g;
    return copy;
}

/* The folders of the options, or gpus/ of the data folder. */
static enum status load_gpu(struct script_state *s, struct gpu *g, const char *name, struct err *e)
{
    const char *shipped = arena_printf(&s->arena, "%s/gpus", s->o->data_dir);
    const char *const *dirs = s->o->n_gpu_dirs != 0 ? s->o->gpu_dirs : &shipped;
    size_t n_dirs = s->o->n_gpu_dirs != 0 ? s->o->n_gpu_dirs : 1;
    return gpu_load(g, &s->arena, name, dirs, n_dirs, e);
}

void script_check_plain_name(lua_State *L, const char *name, const char *what)
{
    bool is_path = strchr(name, '/') != NULL || str_ends(str_from(name), STR(".json"));
    if (is_path && !script_of(L)->o->is_unsafe)
        luaL_error(L, "'%s' is a path: scripts name %s without folder and ending", name, what);
}

void script_push_gpu(lua_State *L, const char *name)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "warpscope.gpus");
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        script_check_plain_name(L, name, "GPU descriptions");
        struct err e = {0};
        struct gpu *g = proxy_push_own(L, &proxy_gpu, sizeof *g, NULL);
        if (load_gpu(script_of(L), g, name, &e) != STATUS_OK)
            script_raise(L, &e);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    lua_remove(L, -2);
}

const struct gpu *script_check_gpu(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TSTRING) {
        script_push_gpu(L, lua_tostring(L, index));
        lua_replace(L, index);
    }
    return proxy_check(L, index, &proxy_gpu);
}

static int open_gpu(lua_State *L)
{
    script_push_gpu(L, luaL_checkstring(L, 1));
    return 1;
}

const struct proxy_type *const script_gpu_proxies[] = {&proxy_gpu, NULL};

const struct script_function script_gpu_functions[] = {
    {"gpu", open_gpu, "warpscope.gpu(name)", "a GPU description of gpus/"},
    {NULL, NULL, NULL, NULL},
};
