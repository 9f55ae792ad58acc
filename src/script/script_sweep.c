/*
 * script_sweep.c: sweep{...}: one function called for every combination of axis values.
 *
 * The state that owns the script counts the points and hands them out by index. Every worker has a
 * state of its own: it runs the same script from the start in a coroutine until that meets the same
 * sweep, yields there, and then calls the sweep's function for the indices it draws. Rows are kept
 * by index, so the table is the same for any number of workers.
 *
 *      owner   script ---- sweep{} ................................. table ----> rest of the script
 *                             | starts                                  ^ merges
 *      worker               script -- sweep{} yields -- run(p3) -- run(p5) --
 */
#include <stdlib.h>

#include "base/os.h"
#include "engine/queue.h"
#include "script_priv.h"

enum { MAX_AXES = 16, MAX_POINTS = 1000000, MAX_THREADS = 256 };

#define SPEC_KEY "warpscope.spec"

/* ---- axes: names and lengths; the values stay in the Lua tables ---- */

struct axis {
    const char *name; /* of the state's arena */
    size_t n;
    int param; /* GPU parameter that the axis changes, or -1 */
};

struct axes {
    struct axis at[MAX_AXES];
    size_t n, n_points;
    bool is_list; /* written as {name, values} pairs */
};

/* The list of values on top of the stack belongs to axis `name`. */
static void add_axis(lua_State *L, struct axes *axes, const char *name)
{
    struct script_state *s = script_of(L);
    if (axes->n == MAX_AXES)
        luaL_error(L, "sweep: more than %d axes", MAX_AXES);
    if (!lua_istable(L, -1) && !lua_isuserdata(L, -1))
        luaL_error(L, "sweep: axis '%s' must be a list, found a %s", name, luaL_typename(L, -1));
    size_t n = (size_t)luaL_len(L, -1);
    if (n == 0)
        luaL_error(L, "sweep: axis '%s' has no values", name);
    if (!size_mul(axes->n_points, n, &axes->n_points) || axes->n_points > MAX_POINTS)
        luaL_error(L, "sweep: more than %d points", MAX_POINTS);
    axes->at[axes->n++] =
        (struct axis){arena_strdup(&s->arena, name), n, gpu_find_param(str_from(name), NULL)};
}

/* axes = {{"gpu", {...}}, {"kernel", {...}}}, in this order. */
static void read_axis_list(lua_State *L, struct axes *axes, lua_Integer n)
{
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_geti(L, -1, i) != LUA_TTABLE || lua_geti(L, -1, 1) != LUA_TSTRING)
            luaL_error(L, "sweep: axis %d must be {name, values}", (int)i);
        lua_geti(L, -2, 2);
        add_axis(L, axes, lua_tostring(L, -2));
        lua_pop(L, 3);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct axis *)a)->name, ((const struct axis *)b)->name);
}

/* axes = {gpu = {...}, kernel = {...}}, in the order of the names. */
static void read_axis_map(lua_State *L, struct axes *axes)
{
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "sweep: the name of an axis must be a text");
        add_axis(L, axes, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    qsort(axes->at, axes->n, sizeof axes->at[0], by_name);
}

static void read_axes(lua_State *L, int spec, struct axes *axes)
{
    *axes = (struct axes){.n_points = 1};
    if (lua_getfield(L, spec, "axes") != LUA_TTABLE)
        luaL_error(L, "sweep: axes must be a table, found a %s", luaL_typename(L, -1));
    lua_Integer n = luaL_len(L, -1);
    axes->is_list = n > 0;
    if (axes->is_list)
        read_axis_list(L, axes, n);
    else
        read_axis_map(L, axes);
    lua_pop(L, 1);
    if (axes->n == 0)
        luaL_error(L, "sweep: axes is empty");
}

/* Position on axis `a` of point `i`: the last axis runs fastest. */
static size_t axis_index(const struct axes *axes, size_t a, size_t i)
{
    for (size_t k = axes->n - 1; k > a; k--)
        i /= axes->at[k].n;
    return i % axes->at[a].n;
}

static void push_axis_value(lua_State *L, int spec, const struct axes *axes, size_t a, size_t point)
{
    int top = lua_gettop(L);
    lua_getfield(L, spec, "axes");
    if (axes->is_list) {
        lua_geti(L, -1, (lua_Integer)a + 1);
        lua_geti(L, -1, 2);
    } else {
        lua_getfield(L, -1, axes->at[a].name);
    }
    lua_geti(L, -1, (lua_Integer)axis_index(axes, a, point) + 1);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

/* ---- points ---- */

/* What the sweep fixes for all points, such as gpu = "a100-sxm4-40gb". */
static void set_default(lua_State *L, int spec, int point, const char *key)
{
    if (lua_getfield(L, point, key) == LUA_TNIL) {
        lua_getfield(L, spec, key);
        lua_setfield(L, point, key);
    }
    lua_pop(L, 1);
}

/* The description with the parameters that are axes. */
static void set_gpu(lua_State *L, int point, const struct axes *axes)
{
    size_t n_params = 0;
    if (lua_getfield(L, point, "gpu") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    script_check_gpu(L, -1);
    lua_getfield(L, -1, "with");
    lua_pushvalue(L, -2);
    lua_newtable(L);
    for (size_t a = 0; a < axes->n; a++)
        if (axes->at[a].param >= 0) {
            lua_getfield(L, point, axes->at[a].name);
            lua_setfield(L, -2, axes->at[a].name);
            n_params++;
        }
    if (n_params != 0)
        lua_call(L, 2, 1);
    else
        lua_pop(L, 3);
    lua_setfield(L, point, "gpu");
    lua_settop(L, point);
}

static void push_point(lua_State *L, int spec, const struct axes *axes, size_t i)
{
    lua_newtable(L);
    int point = lua_gettop(L);
    for (size_t a = 0; a < axes->n; a++) {
        push_axis_value(L, spec, axes, a, i);
        lua_setfield(L, point, axes->at[a].name);
    }
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_setfield(L, point, "index");
    set_default(L, spec, point, "kernel");
    set_default(L, spec, point, "gpu");
    set_default(L, spec, point, "model");
    set_gpu(L, point, axes);
    if (lua_getfield(L, point, "model") == LUA_TSTRING) {
        script_push_model(L, lua_tostring(L, -1));
        lua_setfield(L, point, "model");
    }
    lua_settop(L, point);
}

/* ---- workers ---- */

/* The outcome of a point; all text is of the worker's arena. */
struct row {
    const char **names;
    struct sheet_cell *cells;
    size_t n;
    const char *error; /* NULL = whole */
    const char *print; /* NULL = nothing */
    bool is_done;
};

struct sweep_run {
    struct script_host *host;
    unsigned index; /* among the sweeps of the script */
    const struct axes *axes;
    atomic_size_t next, n_done;
    struct row *rows;
    struct err err; /* of a worker that could not start */
};

struct worker {
    struct task task;
    struct sweep_run *run;
    struct script_state state;
    struct arena arena;
    struct text print;
    struct err err;
};

/* Argument 1 is the script, 2 the worker. Returns whether the sweep was met. */
static int replay(lua_State *L)
{
    struct worker *w = lua_touserdata(L, 2);
    lua_State *co = lua_newthread(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "warpscope.replay");
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    int n;
    int rc = lua_resume(co, L, 0, &n);
    if (rc == LUA_YIELD) {
        lua_xmove(co, L, 1);
        lua_setfield(L, LUA_REGISTRYINDEX, SPEC_KEY);
    } else if (rc == LUA_OK) {
        err_set(&w->err, STATUS_LUA,
                "the script met its sweep once and not again: it must do the "
                "same each time it runs");
    } else {
        (void)script_failure(&w->state, co, &w->err);
    }
    lua_pushboolean(L, rc == LUA_YIELD);
    return 1;
}

static enum status start_script(struct worker *w, struct err *e)
{
    struct script_state *s = &w->state;
    TRY(script_open(s, w->run->host, true, e));
    s->worker_sweep = w->run->index;
    s->worker_points = w->run->axes->n_points;
    s->print = NULL;
    lua_pushcfunction(s->L, replay);
    TRY(script_load(s, e));
    lua_pushlightuserdata(s->L, w);
    TRY(script_call(s, 2, 1, e));
    if (!lua_toboolean(s->L, -1) && e->status == STATUS_OK)
        *e = w->err;
    lua_settop(s->L, 0);
    return e->status;
}

static void keep_row(lua_State *L, int result, struct worker *w, struct row *row)
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, result) != 0; lua_pop(L, 1))
        n++;
    row->names = ARENA_ARRAY(&w->arena, const char *, n + 1);
    row->cells = ARENA_ARRAY(&w->arena, struct sheet_cell, n + 1);
    for (lua_pushnil(L); lua_next(L, result) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "run must return columns by name, found a %s", luaL_typename(L, -2));
        row->names[row->n] = arena_strdup(&w->arena, lua_tostring(L, -2));
        row->cells[row->n] = script_cell(L, -1, &w->arena);
        row->n++;
    }
}

/* Arguments: worker, point. */
static int run_point(lua_State *L)
{
    struct worker *w = lua_touserdata(L, 1);
    size_t i = (size_t)lua_tointeger(L, 2);
    struct row *row = &w->run->rows[i];
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, (lua_Integer)i);
    lua_call(L, 1, 0);
    lua_getfield(L, LUA_REGISTRYINDEX, SPEC_KEY);
    int spec = lua_gettop(L);
    lua_getfield(L, spec, "run");
    push_point(L, spec, w->run->axes, i);
    lua_call(L, 1, 1);
    if (!lua_istable(L, -1))
        luaL_error(L, "run must return a table of columns, found a %s", luaL_typename(L, -1));
    keep_row(L, lua_gettop(L), w, row);
    return 0;
}

static enum status finish_point(struct worker *w, size_t i)
{
    struct script_state *s = &w->state;
    struct row *row = &w->run->rows[i];
    struct err e = {0};
    script_start_clock(s);
    s->stop = STATUS_OK;
    lua_pushcfunction(s->L, run_point);
    lua_pushlightuserdata(s->L, w);
    lua_pushinteger(s->L, (lua_Integer)i);
    enum status status = script_call(s, 2, 0, &e);
    if (status == STATUS_CANCELLED)
        return status;
    if (status != STATUS_OK)
        row->error = e.line == 0 ? arena_strdup(&w->arena, e.message)
                                 : arena_printf(&w->arena, "%s:%u: %s", os_basename(e.path), e.line,
                                                e.message);
    if (w->print.n != 0)
        row->print = arena_strdup(&w->arena, text_cstr(&w->print));
    text_clear(&w->print);
    row->is_done = true;
    return STATUS_OK;
}

static enum status run_worker(struct task *t, const struct tick *tick, struct err *e)
{
    struct worker *w = (struct worker *)t;
    size_t i;
    (void)tick; /* the host's flag cancels all workers at once */
    enum status status = start_script(w, e);
    w->state.print = &w->print;
    while (status == STATUS_OK &&
           (i = atomic_fetch_add(&w->run->next, 1)) < w->run->axes->n_points) {
        status = finish_point(w, i);
        atomic_fetch_add(&w->run->n_done, 1);
    }
    script_close(&w->state);
    return status;
}

static void drop_nothing(struct task *t)
{
    (void)t;
}

/* ---- the owner's side; from here to the end of run_workers nothing calls Lua ---- */

static void await_workers(struct sweep_run *run, struct queue *q, size_t n_workers)
{
    const struct tick *tick = run->host->o->tick;
    while (n_workers > 0) {
        if (!tick_step(tick, atomic_load(&run->n_done), run->axes->n_points))
            atomic_store(&run->host->is_cancelled, true);
        if (!queue_wait(q, 50))
            continue;
        const struct task *t = queue_take(q);
        n_workers--;
        if (t->status != STATUS_OK && run->err.status == STATUS_OK)
            run->err = t->err;
    }
}

static struct sheet_cell copy_cell(struct sheet_cell c, struct arena *a)
{
    if (c.kind == SHEET_TEXT)
        c.text = arena_strdup(a, c.text);
    return c;
}

static void merge_row(const struct row *row, const struct axes *axes, struct sheet *s, size_t i)
{
    for (size_t c = axes->n; c < s->n_columns; c++)
        for (size_t k = 0; k < row->n; k++)
            if (strcmp(row->names[k], s->columns[c]) == 0)
                s->rows[i][c] = copy_cell(row->cells[k], s->arena);
    if (row->error != NULL)
        s->errors[i] = arena_strdup(s->arena, row->error);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns that points returned, sorted, behind those of the axes. */
static void find_columns(const struct sweep_run *run, struct sheet *s)
{
    size_t n = 0, n_unique = 0;
    for (size_t i = 0; i < run->axes->n_points; i++)
        n += run->rows[i].n;
    const char **names = ARENA_ARRAY(s->arena, const char *, s->n_columns + n + 1);
    const char **found = names + s->n_columns;
    memcpy(names, s->columns, s->n_columns * sizeof names[0]);
    n = 0;
    for (size_t i = 0; i < run->axes->n_points; i++)
        for (size_t k = 0; k < run->rows[i].n; k++)
            found[n++] = run->rows[i].names[k];
    qsort(found, n, sizeof found[0], compare_names);
    for (size_t i = 0; i < n; i++)
        if (n_unique == 0 || strcmp(found[n_unique - 1], found[i]) != 0)
            found[n_unique++] = found[i];
    for (size_t i = 0; i < n_unique; i++)
        found[i] = arena_strdup(s->arena, found[i]);
    s->columns = names;
    s->n_columns += n_unique;
}

/* Puts what the points gave into the sheet, whose rows hold the axis values so far. */
static void merge(struct sweep_run *run, struct sheet *s, bool has_columns, struct text *print)
{
    const struct axes *axes = run->axes;
    size_t n_before = s->n_columns;
    if (!has_columns)
        find_columns(run, s);
    for (size_t i = 0; i < axes->n_points; i++) {
        struct sheet_cell *cells = ARENA_ARRAY(s->arena, struct sheet_cell, s->n_columns);
        memcpy(cells, s->rows[i], n_before * sizeof cells[0]);
        s->rows[i] = cells;
        merge_row(&run->rows[i], axes, s, i);
        if (!run->rows[i].is_done)
            s->errors[i] = run->err.status != STATUS_OK && run->err.status != STATUS_CANCELLED
                               ? arena_strdup(s->arena, run->err.message)
                               : "cancelled";
        if (run->rows[i].print != NULL && print != NULL)
            text_puts(print, run->rows[i].print);
    }
}

static enum status run_workers(struct sweep_run *run, struct sheet *s, bool has_columns,
                               struct text *print, struct err *e)
{
    size_t n_points = MAX(run->axes->n_points, (size_t)1);
    size_t n =
        CLAMP((size_t)run->host->o->n_threads, (size_t)1, MIN(n_points, (size_t)MAX_THREADS));
    struct worker *workers = calloc(n, sizeof *workers);
    run->rows = calloc(n_points, sizeof run->rows[0]);
    if (workers == NULL || run->rows == NULL)
        os_fatal("out of memory");
    struct queue *q;
    enum status status = queue_start(&q, (unsigned)n, e);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        workers[i].run = run;
        workers[i].task.run = run_worker;
        workers[i].task.drop = drop_nothing;
        arena_init(&workers[i].arena, ARENA_SMALL);
        text_init(&workers[i].print);
        queue_add(q, &workers[i].task);
    }
    if (status == STATUS_OK) {
        await_workers(run, q, n);
        queue_stop(q);
        merge(run, s, has_columns, print);
        for (size_t i = 0; i < n; i++) {
            arena_done(&workers[i].arena);
            text_done(&workers[i].print);
        }
    }
    free(workers);
    free(run->rows);
    return status;
}

/* ---- the binding ---- */

static void push_cell(lua_State *L, struct sheet_cell c)
{
    if (c.kind == SHEET_INTEGER)
        lua_pushinteger(L, c.i);
    else if (c.kind == SHEET_NUMBER)
        lua_pushnumber(L, c.v);
    else if (c.kind == SHEET_TEXT)
        lua_pushstring(L, c.text);
    else if (c.kind == SHEET_BOOL)
        lua_pushboolean(L, c.i != 0);
    else
        lua_pushnil(L);
}

/* {name=, columns={...}, rows={{column=value, ...}, ...}}; a failed row has `error`. */
static void push_sheet(lua_State *L, const struct sheet *s)
{
    lua_newtable(L);
    lua_pushstring(L, s->name);
    lua_setfield(L, -2, "name");
    lua_newtable(L);
    for (size_t c = 0; c < s->n_columns; c++) {
        lua_pushstring(L, s->columns[c]);
        lua_rawseti(L, -2, (lua_Integer)c + 1);
    }
    lua_setfield(L, -2, "columns");
    lua_newtable(L);
    for (size_t r = 0; r < s->n_rows; r++) {
        lua_newtable(L);
        for (size_t c = 0; c < s->n_columns; c++) {
            push_cell(L, s->rows[r][c]);
            lua_setfield(L, -2, s->columns[c]);
        }
        lua_pushstring(L, s->errors[r]);
        lua_setfield(L, -2, "error");
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
    lua_setfield(L, -2, "rows");
}

static void check_spec(lua_State *L)
{
    static const char *const options[] = {"name",  "axes",   "run",   "columns", "gpu",
                                          "model", "kernel", "print", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    script_check_keys(L, 1, "sweep", options);
    if (lua_getfield(L, 1, "run") != LUA_TFUNCTION)
        luaL_error(L, "sweep: run must be a function, found a %s", luaL_typename(L, -1));
    lua_pop(L, 1);
}

/* The columns of the axes and those that the script names. */
static bool read_columns(lua_State *L, const struct axes *axes, struct sheet *s)
{
    size_t n = axes->n;
    if (lua_getfield(L, 1, "columns") == LUA_TTABLE) {
        lua_Integer n_named = luaL_len(L, -1);
        s->columns = ARENA_ARRAY(s->arena, const char *, axes->n + (size_t)n_named + 1);
        for (lua_Integer i = 1; i <= n_named; i++, lua_pop(L, 1)) {
            if (lua_geti(L, -1, i) != LUA_TSTRING)
                luaL_error(L, "sweep: columns must be a list of names");
            s->columns[n++] = arena_strdup(s->arena, lua_tostring(L, -1));
        }
    }
    lua_pop(L, 1);
    for (size_t a = 0; a < axes->n; a++)
        s->columns[a] = axes->at[a].name;
    s->n_columns = n;
    return n > axes->n;
}

static struct sheet *make_sheet(lua_State *L, const struct axes *axes, bool *has_columns)
{
    struct script_state *st = script_of(L);
    struct sheet *s = ARENA_NEW(&st->arena, struct sheet);
    lua_getfield(L, 1, "name");
    sheet_init(s, &st->arena, arena_strdup(&st->arena, luaL_optstring(L, -1, "")), axes->n,
               axes->n_points);
    lua_pop(L, 1);
    *has_columns = read_columns(L, axes, s);
    for (; s->n_rows < axes->n_points; s->n_rows++) {
        s->rows[s->n_rows] = ARENA_ARRAY(s->arena, struct sheet_cell, s->n_columns);
        for (size_t a = 0; a < axes->n; a++) {
            push_axis_value(L, 1, axes, a, s->n_rows);
            s->rows[s->n_rows][a] = script_cell(L, -1, s->arena);
            lua_pop(L, 1);
        }
    }
    return s;
}

/* In a worker: earlier sweeps give their results again; at the worker's own one it yields. */
static int meet_again(lua_State *L, const struct axes *axes)
{
    struct script_state *s = script_of(L);
    unsigned met = s->n_sweeps++;
    if (met > s->worker_sweep)
        return luaL_error(L, "a sweep cannot start another one");
    if (met < s->worker_sweep) {
        push_sheet(L, s->host->sweeps[met]);
        return 1;
    }
    if (axes->n_points != s->worker_points)
        return luaL_error(L, "sweep: %d points at first and %d when the script ran again",
                          (int)s->worker_points, (int)axes->n_points);
    lua_settop(L, 1);
    return lua_yield(L, 1);
}

static void count_failed(struct script_state *s, const struct sheet *sheet)
{
    s->n_points += (unsigned)sheet->n_rows;
    for (size_t i = 0; i < sheet->n_rows; i++)
        s->n_failed_points += sheet->errors[i] != NULL;
}

static int sweep(lua_State *L)
{
    struct script_state *s = script_of(L);
    struct axes axes;
    check_spec(L);
    read_axes(L, 1, &axes);
    if (s->is_worker)
        return meet_again(L, &axes);
    if (s->host->n_sweeps == SCRIPT_MAX_SWEEPS)
        return luaL_error(L, "a script runs at most %d sweeps", SCRIPT_MAX_SWEEPS);
    bool has_columns;
    struct sheet *sheet = make_sheet(L, &axes, &has_columns);
    struct sweep_run run = {.host = s->host, .index = s->host->n_sweeps, .axes = &axes};
    struct err e = {0};
    if (run_workers(&run, sheet, has_columns, s->print, &e) != STATUS_OK)
        return script_raise(L, &e);
    s->host->sweeps[s->host->n_sweeps++] = sheet;
    count_failed(s, sheet);
    lua_getfield(L, 1, "print");
    if (lua_isnil(L, -1) || lua_toboolean(L, -1))
        script_emit_sheet(s, sheet);
    script_start_clock(s);
    script_check_stop(L);
    push_sheet(L, sheet);
    return 1;
}

const struct script_function script_sweep_functions[] = {
    {"sweep", sweep,
     "sweep{name=, axes={...}, run=function(p) ... end, columns={...}, gpu=, kernel=, model=, "
     "print=}",
     "calls `run` for every combination of axis values and prints a row for each"},
    {NULL, NULL, NULL, NULL},
};
