/*
 * script_state.c: a Lua state with its memory limit, its count hook and its error reports.
 */
#include <math.h>
#include <stdlib.h>

#include "base/os.h"
#include "script_priv.h"

enum { HOOK_COUNT = 10000 };

struct script_state *script_of(lua_State *L)
{
    return *(struct script_state **)lua_getextraspace(L);
}

/* ---- memory ---- */

/* lua_Alloc. A NULL makes Lua collect garbage, try again, then raise "not enough memory". */
static void *allocate(void *ud, void *old, size_t old_b, size_t new_b)
{
    struct script_state *s = ud;
    if (old == NULL)
        old_b = 0; /* Lua passes the type of the object there */
    if (new_b == 0) {
        free(old);
        s->mem_b -= old_b;
        return NULL;
    }
    if (new_b > old_b && s->mem_b - old_b + new_b > s->mem_limit_b)
        return NULL;
    void *p = realloc(old, new_b);
    if (p != NULL)
        s->mem_b = s->mem_b - old_b + new_b;
    return p;
}

/* ---- stopping ---- */

void script_start_clock(struct script_state *s)
{
    s->deadline_s = s->o->budget_s > 0 ? os_now_s() + s->o->budget_s : (double)INFINITY;
}

/* Only the state that owns the script runs on the thread that may call the tick. */
static bool is_cancelled(struct script_state *s)
{
    if (!s->is_worker && !tick_step(s->o->tick, 0, 0))
        atomic_store(&s->host->is_cancelled, true);
    return atomic_load(&s->host->is_cancelled);
}

static bool must_stop(struct script_state *s)
{
    if (s->stop == STATUS_OK && is_cancelled(s))
        s->stop = STATUS_CANCELLED;
    if (s->stop == STATUS_OK && s->deadline_s < (double)INFINITY && os_now_s() > s->deadline_s)
        s->stop = STATUS_LIMIT;
    return s->stop != STATUS_OK;
}

/* `level` of the stack is the function that is stopped. */
static void stop_at(lua_State *L, int level)
{
    struct script_state *s = script_of(L);
    if (!must_stop(s))
        return;
    luaL_where(L, level);
    if (s->stop == STATUS_CANCELLED)
        lua_pushliteral(L, "cancelled");
    else
        lua_pushfstring(L, "took longer than the time budget of %f s", s->o->budget_s);
    lua_concat(L, 2);
    lua_error(L);
}

void script_check_stop(lua_State *L)
{
    stop_at(L, 1);
}

static void on_count(lua_State *L, lua_Debug *where)
{
    (void)where;
    stop_at(L, 0);
}

static bool report(void *arg, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return !must_stop(arg);
}

struct tick script_tick(struct script_state *s)
{
    return (struct tick){report, s};
}

/* ---- failures ---- */

/* The part of `message` behind "PLACE:LINE: ", or NULL when it does not begin with that. */
static const char *behind_place(const char *message, const char *place, int line)
{
    char prefix[LUA_IDSIZE + 16];
    int n = snprintf(prefix, sizeof prefix, "%s:%d: ", place, line);
    return strncmp(message, prefix, (size_t)n) == 0 ? message + n : NULL;
}

static void set_place(struct err *e, const lua_Debug *at)
{
    err_at(e, at->source[0] == '@' ? at->source + 1 : at->source, (unsigned)at->currentline, 0);
}

/* Finds the frame that the message names; lua_Debug has its whole path, the message may not. */
static bool note_frame(struct err *e, lua_State *L, const char *message)
{
    lua_Debug at;
    for (int level = 0; lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sl", &at);
        const char *rest =
            at.currentline > 0 ? behind_place(message, at.short_src, at.currentline) : NULL;
        if (rest == NULL)
            continue;
        err_set(e, STATUS_LUA, "%s", rest);
        set_place(e, &at);
        return true;
    }
    return false;
}

/* A syntax error has no frame: the text begins with the file, of which Lua may cut the front. */
static void note_syntax(struct err *e, const struct script_state *s, const char *message)
{
    const char *file = s->host->file;
    const char *tail = file + strlen(file) - MIN(strlen(file), (size_t)20);
    const char *at = strstr(message, tail);
    char *end = NULL;
    unsigned long line = at == NULL ? 0 : strtoul(at + strlen(tail) + 1, &end, 10);
    if (line == 0 || *end != ':') {
        err_set(e, STATUS_LUA, "%s", message);
        err_at(e, file, 0, 0);
        return;
    }
    err_set(e, STATUS_LUA, "%s", end + 1 + (end[1] == ' '));
    err_at(e, file, (unsigned)line, 0);
}

/* What the sandbox leaves out looks to Lua like any other nil. */
static void hint_at_sandbox(struct err *e, const struct script_state *s, const char *message)
{
    bool is_left_out =
        strstr(message, "global 'io'") != NULL || strstr(message, "global 'os'") != NULL;
    if (is_left_out && !s->host->o->is_unsafe)
        err_hint(e, "scripts may not use files or processes; --lua-unsafe lets this one");
}

/* The message is on top of the stack of `L`, whose frames are those of the error. Allocates nothing
 * in Lua. */
static void note_failure(struct script_state *s, lua_State *L)
{
    s->failure = (struct err){0};
    if (lua_type(L, -1) != LUA_TSTRING) {
        err_set(&s->failure, STATUS_LUA, "error value is a %s", luaL_typename(L, -1));
        err_at(&s->failure, s->host->file, 0, 0);
        return;
    }
    const char *message = lua_tostring(L, -1);
    if (!note_frame(&s->failure, L, message))
        note_syntax(&s->failure, s, message);
    hint_at_sandbox(&s->failure, s, message);
}

/* Message handler of script_call. */
static int on_error(lua_State *L)
{
    struct script_state *s = script_of(L);
    note_failure(s, L);
    if (s->o->is_verbose && !s->is_worker && s->o->log != NULL) {
        luaL_traceback(L, L, NULL, 1);
        text_puts(s->o->log, lua_tostring(L, -1));
        text_putc(s->o->log, '\n');
        lua_pop(L, 1);
    }
    return 1;
}

static enum status end_failure(struct script_state *s, struct err *e)
{
    if (s->stop == STATUS_CANCELLED)
        return err_set(e, STATUS_CANCELLED, "cancelled");
    if (e != NULL && e->status == STATUS_OK)
        *e = s->failure;
    return s->failure.status;
}

enum status script_failure(struct script_state *s, lua_State *L, struct err *e)
{
    note_failure(s, L);
    return end_failure(s, e);
}

enum status script_call(struct script_state *s, int n_args, int n_results, struct err *e)
{
    lua_State *L = s->L;
    int base = lua_gettop(L) - n_args;
    lua_pushcfunction(L, on_error);
    lua_insert(L, base);
    s->failure = (struct err){0};
    int rc = lua_pcall(L, n_args, n_results, base);
    lua_remove(L, base);
    if (rc == LUA_OK)
        return STATUS_OK;
    lua_pop(L, 1);
    if (s->failure.status == STATUS_OK) {
        err_set(&s->failure, STATUS_LUA, "needs more than %zu MiB of memory", s->mem_limit_b >> 20);
        err_at(&s->failure, s->host->file, 0, 0);
    }
    return end_failure(s, e);
}

/* One of the two alone is a list of names: a nearest name, which is the hint, says more. */
static void push_range(lua_State *L, const struct err *e)
{
    bool has_expected = e->expected[0] != 0, has_found = e->found[0] != 0;
    if (has_expected && has_found)
        lua_pushfstring(L, ": expected %s, found %s", e->expected, e->found);
    else if ((has_expected || has_found) && e->hint[0] == 0)
        lua_pushfstring(L, ": %s %s", has_expected ? "expected" : "found",
                        has_expected ? e->expected : e->found);
    else
        lua_pushliteral(L, "");
}

int script_raise(lua_State *L, const struct err *e)
{
    char text[1200];
    struct err plain = *e;
    plain.hint[0] = 0;
    err_format(&plain, text, sizeof text);
    text[strcspn(text, "\n")] = 0;
    luaL_where(L, 1);
    lua_pushstring(L, text);
    push_range(L, e);
    lua_pushfstring(L, e->hint[0] != 0 ? " (%s)" : "", e->hint);
    lua_concat(L, 4);
    return lua_error(L);
}

/* ---- life cycle ---- */

static int open_protected(lua_State *L)
{
    script_open_sandbox(L);
    return 0;
}

enum status script_open(struct script_state *s, struct script_host *h, bool is_worker,
                        struct err *e)
{
    *s = (struct script_state){.host = h, .o = h->o, .is_worker = is_worker};
    s->print = h->o->format == SCRIPT_TEXT ? h->o->out : h->o->log;
    s->mem_limit_b = h->o->mem_limit_b != 0 ? h->o->mem_limit_b : SCRIPT_MEM_LIMIT_B;
    arena_init(&s->arena, ARENA_SMALL);
    text_init(&s->params);
    script_start_clock(s);
    s->L = lua_newstate(allocate, s);
    if (s->L == NULL)
        return err_set(e, STATUS_LIMIT, "no memory for a Lua state within %zu MiB",
                       s->mem_limit_b >> 20);
    *(struct script_state **)lua_getextraspace(s->L) = s;
    lua_sethook(s->L, on_count, LUA_MASKCOUNT, HOOK_COUNT);
    lua_pushcfunction(s->L, open_protected);
    return script_call(s, 0, 0, e);
}

void script_close(struct script_state *s)
{
    if (s->L != NULL)
        lua_close(s->L);
    text_done(&s->params);
    arena_done(&s->arena);
}

enum status script_load(struct script_state *s, struct err *e)
{
    const struct script_host *h = s->host;
    char chunk[600];
    snprintf(chunk, sizeof chunk, "@%s", h->file);
    s->failure = (struct err){0};
    if (luaL_loadbufferx(s->L, h->source.p, h->source.n, chunk, "t") == LUA_OK)
        return STATUS_OK;
    enum status status = script_failure(s, s->L, e);
    lua_pop(s->L, 1);
    return status;
}
