/*
 * script_proxy.c: read-only proxies. One metatable serves every type; what a key means is data.
 *
 * A proxy either borrows its subject and keeps the owner's userdata alive through its user value,
 * or holds the subject itself and gives back what that refers to in __gc.
 */
#include <math.h>
#include <stddef.h>

#include "script_priv.h"

#define PROXY_META "warpscope.proxy"

struct proxy {
    const struct proxy_type *type;
    const void *p;
    void (*release)(void *p);
    uint64_t own[]; /* Lua aligns userdata to 8 bytes */
};

static const struct proxy *proxy_at(lua_State *L, int index)
{
    return luaL_testudata(L, index, PROXY_META);
}

static size_t field_count(const struct proxy_type *t)
{
    size_t n = 0;
    while (t->fields != NULL && t->fields[n].name != NULL)
        n++;
    return n;
}

static size_t element_count(const struct proxy *v)
{
    return v->type->count == NULL ? 0 : v->type->count(v->p);
}

/* ---- values ---- */

static void push_dim(lua_State *L, const uint32_t dim[3])
{
    lua_createtable(L, 3, 0);
    for (int i = 0; i < 3; i++) {
        lua_pushinteger(L, dim[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

void proxy_push_field(lua_State *L, const struct proxy_field *f, const void *p)
{
    const void *at = (const char *)p + f->offset;
    switch (f->kind) {
    case FIELD_DOUBLE:
        lua_pushnumber(L, *(const double *)at);
        break;
    case FIELD_U64:
        lua_pushinteger(L, (lua_Integer) * (const uint64_t *)at);
        break;
    case FIELD_U32:
        lua_pushinteger(L, *(const uint32_t *)at);
        break;
    case FIELD_UNSIGNED:
        lua_pushinteger(L, *(const unsigned *)at);
        break;
    case FIELD_U8:
        lua_pushinteger(L, *(const uint8_t *)at);
        break;
    case FIELD_I64:
        lua_pushinteger(L, *(const int64_t *)at);
        break;
    case FIELD_STRING:
        lua_pushstring(L, *(const char *const *)at);
        break;
    case FIELD_BOOL:
        lua_pushboolean(L, *(const bool *)at);
        break;
    case FIELD_DIM3:
        push_dim(L, at);
        break;
    case FIELD_CALL:
        f->push(L, p);
        break;
    }
}

static bool push_named(lua_State *L, const struct proxy *v, const char *key)
{
    for (const struct proxy_field *f = v->type->fields; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, key) == 0) {
            proxy_push_field(L, f, v->p);
            return true;
        }
    for (size_t i = 0, n = v->type->name_at == NULL ? 0 : element_count(v); i < n; i++)
        if (strcmp(v->type->name_at(v->p, i), key) == 0) {
            v->type->push_at(L, v->p, i);
            return true;
        }
    for (const struct script_function *f = v->type->methods; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, key) == 0) {
            lua_pushcfunction(L, f->fn);
            return true;
        }
    return false;
}

/* ---- metamethods ---- */

static const char *candidate(size_t i, void *arg)
{
    const struct proxy *v = arg;
    size_t n = field_count(v->type);
    return i < n ? v->type->fields[i].name : v->type->name_at(v->p, i - n);
}

static int unknown_name(lua_State *L, const struct proxy *v, const char *key)
{
    size_t n = field_count(v->type) + (v->type->name_at == NULL ? 0 : element_count(v));
    const char *near = str_nearest(str_from(key), n, candidate, (void *)(uintptr_t)v);
    if (near == NULL)
        return luaL_error(L, "a %s has no '%s'", v->type->name, key);
    return luaL_error(L, "a %s has no '%s': did you mean '%s'?", v->type->name, key, near);
}

static int meta_index(lua_State *L)
{
    const struct proxy *v = proxy_at(L, 1);
    if (lua_type(L, 2) == LUA_TSTRING) {
        const char *key = lua_tostring(L, 2);
        return push_named(L, v, key) ? 1 : unknown_name(L, v, key);
    }
    lua_Integer i = luaL_checkinteger(L, 2);
    if (v->type->name_at != NULL || i < 1 || (uint64_t)i > element_count(v))
        lua_pushnil(L);
    else
        v->type->push_at(L, v->p, (size_t)i - 1);
    return 1;
}

static int meta_newindex(lua_State *L)
{
    return luaL_error(L, "a %s is read-only", proxy_at(L, 1)->type->name);
}

static int meta_len(lua_State *L)
{
    const struct proxy *v = proxy_at(L, 1);
    if (v->type->count == NULL || v->type->name_at != NULL)
        return luaL_error(L, "a %s is not a list", v->type->name);
    lua_pushinteger(L, (lua_Integer)element_count(v));
    return 1;
}

/* The next name and value; upvalue 1 counts. */
static int next_pair(lua_State *L)
{
    const struct proxy *v = luaL_checkudata(L, 1, PROXY_META);
    size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(1));
    size_t n_fields = field_count(v->type);
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_replace(L, lua_upvalueindex(1));
    if (i < n_fields) {
        lua_pushstring(L, v->type->fields[i].name);
        proxy_push_field(L, &v->type->fields[i], v->p);
        return 2;
    }
    i -= n_fields;
    if (i >= element_count(v)) {
        lua_pushnil(L);
        return 1;
    }
    if (v->type->name_at != NULL)
        lua_pushstring(L, v->type->name_at(v->p, i));
    else
        lua_pushinteger(L, (lua_Integer)i + 1);
    v->type->push_at(L, v->p, i);
    return 2;
}

static int meta_pairs(lua_State *L)
{
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 1);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int meta_tostring(lua_State *L)
{
    const struct proxy *v = proxy_at(L, 1);
    lua_pushstring(L, v->type->title != NULL ? v->type->title(v->p) : v->type->name);
    return 1;
}

static int meta_eq(lua_State *L)
{
    const struct proxy *a = proxy_at(L, 1), *b = proxy_at(L, 2);
    lua_pushboolean(L, a != NULL && b != NULL && a->type == b->type && a->p == b->p);
    return 1;
}

static int meta_gc(lua_State *L)
{
    struct proxy *v = luaL_checkudata(L, 1, PROXY_META);
    if (v->release != NULL)
        v->release(v->own);
    v->release = NULL;
    return 0;
}

static void set_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"__index", meta_index}, {"__newindex", meta_newindex},
        {"__len", meta_len},     {"__pairs", meta_pairs},
        {"__eq", meta_eq},       {"__tostring", meta_tostring},
        {"__gc", meta_gc},       {NULL, NULL},
    };
    if (luaL_newmetatable(L, PROXY_META)) {
        luaL_setfuncs(L, methods, 0);
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2);
}

/* ---- for the binding ---- */

static struct proxy *push_proxy(lua_State *L, const struct proxy_type *t, size_t own_b)
{
    struct proxy *v = lua_newuserdatauv(L, sizeof *v + own_b, 1);
    memset(v, 0, sizeof *v + own_b);
    v->type = t;
    set_metatable(L);
    return v;
}

void proxy_keep(lua_State *L, int index)
{
    lua_pushvalue(L, index);
    lua_setiuservalue(L, -2, 1);
}

void proxy_push_kept(lua_State *L, int index)
{
    lua_getiuservalue(L, index, 1);
}

void proxy_push(lua_State *L, const struct proxy_type *t, const void *p, int owner)
{
    owner = owner == 0 ? 0 : lua_absindex(L, owner);
    push_proxy(L, t, 0)->p = p;
    if (owner != 0)
        proxy_keep(L, owner);
}

void script_push_number(lua_State *L, double v)
{
    const double exact = 9007199254740992; /* 2^53: doubles below hold every integer */
    if (isnan(v))
        lua_pushnil(L);
    else if (v == floor(v) && fabs(v) < exact)
        lua_pushinteger(L, (lua_Integer)v);
    else
        lua_pushnumber(L, v);
}

/* Kernels and results live outside Lua, which would let thousands of them gather before it looks.
 */
enum { OUTSIDE_KIB = 256 };

void *proxy_push_own(lua_State *L, const struct proxy_type *t, size_t size_b,
                     void (*release)(void *p))
{
    if (release != NULL)
        lua_gc(L, LUA_GCSTEP, OUTSIDE_KIB);
    struct proxy *v = push_proxy(L, t, size_b);
    v->p = v->own;
    v->release = release;
    return v->own;
}

const struct proxy_type *proxy_type_of(lua_State *L, int index, const void **p)
{
    const struct proxy *v = proxy_at(L, index);
    if (v == NULL)
        return NULL;
    *p = v->p;
    return v->type;
}

const void *proxy_test(lua_State *L, int index, const struct proxy_type *t)
{
    const struct proxy *v = proxy_at(L, index);
    return v != NULL && v->type == t ? v->p : NULL;
}

const void *proxy_check(lua_State *L, int index, const struct proxy_type *t)
{
    const void *p = proxy_test(L, index, t);
    if (p == NULL)
        luaL_typeerror(L, index, t->name);
    return p;
}
