/*
 * script.c: one run of a script from file to output.
 */
#include "script/script.h"

#include "base/os.h"
#include "base/units.h"
#include "script_priv.h"
#include "trace/write.h"

enum { SCRIPT_MAX_B = 4 << 20 };

const char *script_lua_version(void)
{
    return LUA_RELEASE;
}

/* A path as given, or the name of a script in lua/FOLDER. */
static enum status find_script(const struct script_options *o, struct arena *a, const char *file,
                               const char *folder, const char **path, struct err *e)
{
    *path = file;
    if (os_is_file(file))
        return STATUS_OK;
    if (strchr(file, '/') == NULL) {
        *path = arena_printf(a, "%s/lua/%s/%s%s", o->data_dir, folder, file,
                             str_ends(str_from(file), STR(".lua")) ? "" : ".lua");
        if (os_is_file(*path))
            return STATUS_OK;
    }
    err_set(e, STATUS_IO, "cannot open '%s': no such file", file);
    err_hint(e, "give a path, or a name that --list shows, of %s/lua/%s", o->data_dir, folder);
    return STATUS_IO;
}

static enum status check_args(const struct script_options *o, struct err *e)
{
    if (o->n_args > SCRIPT_MAX_ARGS)
        return err_set(e, STATUS_LIMIT, "more than %d parameters", SCRIPT_MAX_ARGS);
    for (size_t i = 0; i < o->n_args; i++)
        if (strchr(o->args[i], '=') == NULL)
            return err_set(e, STATUS_USAGE, "'%s' is not of the form name=value", o->args[i]);
    return STATUS_OK;
}

static enum status check_args_used(struct script_state *s, struct err *e)
{
    for (size_t i = 0; i < s->o->n_args; i++) {
        if ((s->args_used >> i & 1) != 0)
            continue;
        err_set(e, STATUS_USAGE, "the script has no parameter '%.*s'",
                (int)strcspn(s->o->args[i], "="), s->o->args[i]);
        err_hint(e, "it has: %s", s->params.n == 0 ? "none" : text_cstr(&s->params));
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

static enum status run_state(struct script_state *s, struct script_host *h, bool is_builder,
                             struct err *e)
{
    TRY(script_open(s, h, false, e));
    s->is_builder = is_builder;
    s->sheets = ARENA_ARRAY(&s->arena, const struct sheet *, SCRIPT_MAX_SHEETS);
    h->sweeps = ARENA_ARRAY(&s->arena, const struct sheet *, SCRIPT_MAX_SWEEPS);
    TRY(script_load(s, e));
    TRY(script_call(s, 0, 0, e));
    return check_args_used(s, e);
}

/* ---- sweeps ---- */

static enum status end_sweep(struct script_state *s, const char *path, struct err *e)
{
    if (s->o->format == SCRIPT_JSON)
        sheet_print_json(s->sheets, s->n_sheets, path, s->o->out);
    if (s->n_points > 0 && s->n_failed_points == s->n_points)
        return err_set(e, STATUS_CHECK, "all %u points of the sweep failed", s->n_points);
    return STATUS_OK;
}

static enum status sweep_file(const struct script_options *o, struct script_host *h,
                              struct arena *a, const char *file, struct err *e)
{
    TRY(check_args(o, e));
    TRY(find_script(o, a, file, "sweeps", &h->file, e));
    TRY(os_read_file(a, h->file, SCRIPT_MAX_B, &h->source, e));
    struct script_state s;
    enum status status = run_state(&s, h, false, e);
    if (status == STATUS_OK)
        status = end_sweep(&s, h->file, e);
    script_close(&s);
    return status;
}

enum status script_sweep(const struct script_options *o, const char *file, struct err *e)
{
    struct arena a;
    struct script_host h;
    arena_init(&a, ARENA_SMALL);
    host_init(&h, o);
    enum status status = sweep_file(o, &h, &a, file, e);
    host_done(&h);
    arena_done(&a);
    return status;
}

/* ---- builders ---- */

enum { MAX_KERNELS = 256 };

/* The kernels that the script made, borrowed from its proxies. */
static int collect_kernels(lua_State *L)
{
    const struct trace_kernel **kernels = lua_touserdata(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, SCRIPT_KERNELS_KEY);
    for (lua_Integer i = 1, n = luaL_len(L, -1); i <= n; i++, lua_pop(L, 1)) {
        lua_rawgeti(L, -1, i);
        kernels[i - 1] = script_check_kernel(L, -1);
    }
    return 0;
}

static enum status write_text(const struct trace_kernel *k, const char *path, struct err *e)
{
    struct text out;
    text_init(&out);
    trace_text_header(k, &out);
    for (uint32_t i = 0; i < k->n_ctas; i++)
        trace_text_cta(k, i, &out);
    enum status status = os_write_file(path, text_str(&out), e);
    text_done(&out);
    return status;
}

static enum status add_all(struct wst_writer *w, const struct trace_kernel *const *kernels,
                           size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        TRY(wst_add(w, kernels[i], e));
    return STATUS_OK;
}

static enum status write_wst(const struct trace_kernel *const *kernels, size_t n, const char *path,
                             struct err *e)
{
    struct wst_writer *w;
    TRY(wst_begin(&w, path, e));
    enum status status = add_all(w, kernels, n, e);
    if (status == STATUS_OK)
        return wst_end(w, e);
    wst_abandon(w);
    return status;
}

static enum status write_kernels(const struct trace_kernel *const *kernels, size_t n,
                                 const char *path, struct err *e)
{
    bool is_text = str_ends(str_from(path), STR(".traceg"));
    if (n == 0)
        return err_set(e, STATUS_LUA, "the script made no kernel");
    if (!is_text)
        return write_wst(kernels, n, path, e);
    if (n == 1)
        return write_text(kernels[0], path, e);
    err_set(e, STATUS_USAGE, "a text trace holds one kernel, the script made %zu", n);
    err_hint(e, "name the output .wst");
    return STATUS_USAGE;
}

static void report_written(const struct script_options *o, const char *path,
                           const struct trace_kernel *const *kernels, size_t n)
{
    char insts[32], bytes[32];
    uint64_t n_insts = 0;
    for (size_t i = 0; i < n; i++)
        n_insts += kernels[i]->counts.warp_insts;
    units_group(insts, sizeof insts, n_insts);
    units_format(bytes, sizeof bytes, UNIT_BYTES, (double)os_file_size(path));
    text_printf(o->out, "%s: %zu kernel%s, %s warp instructions, %s\n", path, n, n == 1 ? "" : "s",
                insts, bytes);
}

static enum status build_and_write(struct script_state *s, struct script_host *h, struct arena *a,
                                   const char *path, struct err *e)
{
    TRY(run_state(s, h, true, e));
    if (s->n_kernels > MAX_KERNELS)
        return err_set(e, STATUS_LIMIT, "more than %d kernels", MAX_KERNELS);
    const struct trace_kernel **kernels = ARENA_ARRAY(a, const struct trace_kernel *, MAX_KERNELS);
    lua_pushcfunction(s->L, collect_kernels);
    lua_pushlightuserdata(s->L, kernels);
    TRY(script_call(s, 1, 0, e));
    TRY(write_kernels(kernels, s->n_kernels, path, e));
    report_written(s->o, path, kernels, s->n_kernels);
    return STATUS_OK;
}

/* "lua/kernels/softmax.lua" -> "softmax.wst". */
static const char *default_output(struct arena *a, const char *script)
{
    str name = str_from(os_basename(script));
    if (str_ends(name, STR(".lua")))
        name.n -= strlen(".lua");
    return arena_printf(a, "%.*s.wst", (int)name.n, name.p);
}

static enum status build_file(const struct script_options *o, struct script_host *h,
                              struct arena *a, const char *file, const char *out_path,
                              struct err *e)
{
    TRY(check_args(o, e));
    TRY(find_script(o, a, file, "kernels", &h->file, e));
    TRY(os_read_file(a, h->file, SCRIPT_MAX_B, &h->source, e));
    struct script_state s;
    enum status status =
        build_and_write(&s, h, a, out_path != NULL ? out_path : default_output(a, h->file), e);
    script_close(&s);
    return status;
}

enum status script_build(const struct script_options *o, const char *file, const char *out_path,
                         struct err *e)
{
    struct arena a;
    struct script_host h;
    arena_init(&a, ARENA_SMALL);
    host_init(&h, o);
    enum status status = build_file(o, &h, &a, file, out_path, e);
    host_done(&h);
    arena_done(&a);
    return status;
}
