/*
 * script_sandbox.c: which parts of Lua's own libraries a script gets.
 *
 * Left out: loading of bytecode and files, package, debug, coroutine, io and os (the last two come
 * with --lua-unsafe). Replaced: what could escape the limits (finalisers run without hooks, pcall
 * could swallow a cancellation, some string and table functions loop in C) and what could make two
 * runs of one script differ (the order of pairs, the seed of math.random).
 */
#include <lualib.h>

#include "base/os.h"
#include "script_priv.h"

enum { MODULE_MAX_B = 1 << 20, MOVE_MAX = 10000000 };

/* ---- base ---- */

static int sandbox_load(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    const char *name = luaL_optstring(L, 2, "=(load)");
    bool has_env = !lua_isnone(L, 4);
    if (luaL_loadbufferx(L, text, n, name, "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_env) {
        lua_pushvalue(L, 4);
        lua_setupvalue(L, -2, 1);
    }
    return 1;
}

/* After the protected call: a script that must stop is not kept alive by catching that. */
static int finish_pcall(lua_State *L, int rc, lua_KContext context)
{
    (void)context;
    if (rc == LUA_OK || rc == LUA_YIELD)
        return lua_gettop(L);
    if (script_of(L)->stop != STATUS_OK)
        return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int sandbox_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

static int sandbox_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "finalisers (__gc) are not available to scripts");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int sandbox_print(lua_State *L)
{
    struct script_state *s = script_of(L);
    int n = lua_gettop(L);
    for (int i = 1; i <= n; i++) {
        size_t length;
        const char *text = luaL_tolstring(L, i, &length);
        if (s->print != NULL) {
            text_puts(s->print, i == 1 ? "" : "\t");
            text_add(s->print, (str){text, length});
        }
        lua_pop(L, 1);
    }
    if (s->print != NULL)
        text_putc(s->print, '\n');
    return 0;
}

/* ---- pairs in a fixed order: numbers, then texts, then the rest as it comes ---- */

static int key_rank(lua_State *L, int index)
{
    int type = lua_type(L, index);
    return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

static int key_less(lua_State *L)
{
    int a = key_rank(L, 1), b = key_rank(L, 2);
    lua_pushboolean(L, a != b ? a < b : a < 2 && lua_compare(L, 1, 2, LUA_OPLT));
    return 1;
}

/* Upvalues: the sorted keys, the position. A key whose value has become nil is passed over. */
static int next_sorted(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        int type = lua_rawgeti(L, lua_upvalueindex(1), ++i);
        lua_pushinteger(L, i);
        lua_replace(L, lua_upvalueindex(2));
        if (type == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL)
            return 2;
        lua_pop(L, 2);
    }
}

static bool push_keys(lua_State *L)
{
    lua_Integer n = 0;
    bool is_list = true;
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
        lua_pop(L, 1);
        is_list = is_list && lua_isinteger(L, -1) && lua_tointeger(L, -1) == n + 1;
        lua_pushvalue(L, -1);
        lua_rawseti(L, 2, ++n);
    }
    return is_list;
}

static int sandbox_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (!push_keys(L)) {
        lua_pushvalue(L, lua_upvalueindex(1)); /* table.sort */
        lua_pushvalue(L, 2);
        lua_pushcfunction(L, key_less);
        lua_call(L, 2, 0);
    }
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_sorted, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* ---- functions of C that could loop for ever without a hook ---- */

static int sandbox_rep(lua_State *L)
{
    size_t n, n_sep = 0;
    luaL_checklstring(L, 1, &n);
    luaL_optlstring(L, 3, "", &n_sep);
    if (n + n_sep == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int sandbox_move(lua_State *L)
{
    lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3);
    lua_Unsigned n = to < from ? 0 : (lua_Unsigned)to - (lua_Unsigned)from;
    luaL_argcheck(L, n < MOVE_MAX, 3, "too many elements to move");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* Replaces field `name` of the global table `library` by `fn` with the original as upvalue. */
static void wrap(lua_State *L, const char *library, const char *name, lua_CFunction fn)
{
    lua_getglobal(L, library);
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, fn, 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void remove_field(lua_State *L, const char *library, const char *name)
{
    lua_getglobal(L, library);
    lua_pushnil(L);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* ---- require: modules of lua/lib alone ---- */

static bool is_module_name(const char *name)
{
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return name[0] != 0 && name[strspn(name, allowed)] == 0;
}

/* Pushes the module as a function. The text is of the state's arena for as long as Lua reads it. */
static void load_module(lua_State *L, const char *name)
{
    struct script_state *s = script_of(L);
    struct err e = {0};
    char path[1024];
    snprintf(path, sizeof path, "%s/lua/lib/%s.lua", s->o->data_dir, name);
    str text;
    if (os_read_file(&s->arena, path, MODULE_MAX_B, &text, &e) != STATUS_OK)
        script_raise(L, &e);
    if (luaL_loadbufferx(L, text.p, text.n, lua_pushfstring(L, "@%s", path), "t") != LUA_OK)
        lua_error(L);
}

static int sandbox_require(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    if (!is_module_name(name))
        return luaL_error(L, "'%s' is no module name: only modules of lua/lib can be loaded", name);
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1)); /* modules loaded so far */
    if (lua_getfield(L, 2, name) != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    load_module(L, name);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
}

/* ---- the whole ---- */

const struct script_function script_sandbox_functions[] = {
    {"print", sandbox_print, "print(...)",
     "adds a line to the output; with CSV and JSON, to the log"},
    {"pcall", sandbox_pcall, "pcall(f, ...)", "as in Lua; cannot catch a cancellation"},
    {"load", sandbox_load, "load(text, name, mode, env)", "as in Lua, of source text alone"},
    {"setmetatable", sandbox_setmetatable, "setmetatable(t, mt)", "as in Lua, without `__gc`"},
    {"pairs", NULL, "pairs(t)",
     "as in Lua, in a fixed order: numbers ascending, then texts ascending"},
    {"require", NULL, "require(name)", "a module of lua/lib"},
    {NULL, NULL, NULL, NULL},
};

static void open_libraries(lua_State *L, bool is_unsafe)
{
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},        {LUA_TABLIBNAME, luaopen_table},
        {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},
        {LUA_UTF8LIBNAME, luaopen_utf8},  {LUA_IOLIBNAME, luaopen_io},
        {LUA_OSLIBNAME, luaopen_os},
    };
    for (size_t i = 0; i < ARRAY_LEN(libraries) - (is_unsafe ? 0 : 2); i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
}

static void remove_unsafe(lua_State *L)
{
    static const char *const gone[] = {"dofile", "loadfile", "collectgarbage", "xpcall", "warn"};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        remove_field(L, LUA_GNAME, gone[i]);
    remove_field(L, "string", "dump");
}

static bool is_key(const char *const *keys, const char *key)
{
    while (*keys != NULL && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

void script_check_keys(lua_State *L, int index, const char *what, const char *const *keys)
{
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        lua_pop(L, 1);
        const char *key = luaL_tolstring(L, -1, NULL);
        if (!is_key(keys, key))
            luaL_error(L, "%s has no option '%s'", what, key);
    }
}

void script_set_functions(lua_State *L, const struct script_function *f)
{
    for (; f->name != NULL; f++) {
        if (f->fn == NULL)
            continue;
        lua_pushcfunction(L, f->fn);
        lua_setfield(L, -2, f->name);
    }
}

static void set_pairs_and_require(lua_State *L)
{
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushcclosure(L, sandbox_pairs, 1);
    lua_setglobal(L, "pairs");
    lua_newtable(L);
    lua_pushcclosure(L, sandbox_require, 1);
    lua_setglobal(L, "require");
    lua_pop(L, 1);
}

static void seed_random(lua_State *L)
{
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, 1);
    lua_call(L, 1, 0);
    lua_pop(L, 1);
}

/* warpscope.*; the last three groups are global as well, since scripts are made of them. */
static void set_warpscope(lua_State *L)
{
    static const struct script_function *const groups[] = {
        script_trace_functions,   script_gpu_functions,    script_model_functions,
        script_profile_functions, script_replay_functions, script_batch_functions,
        script_table_functions,   script_param_functions,  script_sweep_functions,
        script_kernel_functions,
    };
    lua_newtable(L);
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        script_set_functions(L, groups[i]);
    script_set_values(L);
    lua_setglobal(L, "warpscope");
    lua_pushglobaltable(L);
    for (size_t i = ARRAY_LEN(groups) - 3; i < ARRAY_LEN(groups); i++)
        script_set_functions(L, groups[i]);
    lua_pop(L, 1);
}

void script_open_sandbox(lua_State *L)
{
    open_libraries(L, script_of(L)->o->is_unsafe);
    remove_unsafe(L);
    wrap(L, "string", "rep", sandbox_rep);
    wrap(L, "table", "move", sandbox_move);
    lua_pushglobaltable(L);
    script_set_functions(L, script_sandbox_functions);
    lua_pop(L, 1);
    set_pairs_and_require(L);
    seed_random(L);
    set_warpscope(L);
}
