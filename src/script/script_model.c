/*
 * script_model.c: models and their results as scripts see them. Stalls, levels, limits and terms
 * come from the registries of the layers below.
 */
#include <math.h>
#include <stddef.h>

#include "present/explain.h"
#include "script_priv.h"

/* ---- models ---- */

static size_t stage_count(const void *p)
{
    return model_has_stages(p) ? STAGE_N : 0;
}

static const char *stage_name(const void *p, size_t i)
{
    (void)p;
    return stage_info[i].name;
}

static void push_variant(lua_State *L, const void *p, size_t i)
{
    lua_pushstring(L, variant_info[((const struct model *)p)->variants[i]].name);
}

static const struct proxy_type proxy_stages = {.name = "set of stages",
                                               .help = "names of variants by name of stage",
                                               .count = stage_count,
                                               .name_at = stage_name,
                                               .push_at = push_variant};

static void push_stages(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_stages, p, 1);
}

static const struct proxy_field model_fields[] = {
    {"name", FIELD_STRING, offsetof(struct model, name), "name", NULL},
    {"summary", FIELD_STRING, offsetof(struct model, summary), "one line", NULL},
    {"about", FIELD_STRING, offsetof(struct model, about), "equations and sources", NULL},
    {"error_band", FIELD_DOUBLE, offsetof(struct model, error_band),
     "validated relative error, NaN = not validated", NULL},
    {"stages", FIELD_CALL, 0, "the variant of each stage, by name; empty for `sm`", push_stages},
    {0},
};

static const char *model_title(const void *p)
{
    return ((const struct model *)p)->name;
}

const struct proxy_type proxy_model = {
    .name = "model", .help = "a model", .fields = model_fields, .title = model_title};

void script_push_model(lua_State *L, const char *name)
{
    struct err e = {0};
    const struct model *m = name == NULL ? model_default() : model_find(str_from(name), &e);
    if (m == NULL)
        script_raise(L, &e);
    proxy_push(L, &proxy_model, m, 0);
}

static int open_model(lua_State *L)
{
    script_push_model(L, luaL_optstring(L, 1, NULL));
    return 1;
}

static int list_models(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < model_count(); i++) {
        proxy_push(L, &proxy_model, model_at(i), 0);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int list_groups(lua_State *L)
{
    lua_newtable(L);
    for (int i = 0; i < STALL_GROUP_N; i++) {
        lua_pushstring(L, stall_group_name((enum stall_group)i));
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* ---- parts of a result; the subject of each is the array or struct inside struct result ---- */

static size_t stall_count(const void *p)
{
    (void)p;
    return STALL_N;
}

static const char *stall_name(const void *p, size_t i)
{
    (void)p;
    return stall_info[i].name;
}

static void push_stall(lua_State *L, const void *p, size_t i)
{
    lua_pushnumber(L, ((const double *)p)[i]);
}

static const struct proxy_type proxy_stalls = {.name = "set of stalls",
                                               .help =
                                                   "cycles by stall name; they sum to the cycles",
                                               .count = stall_count,
                                               .name_at = stall_name,
                                               .push_at = push_stall};

static size_t group_count(const void *p)
{
    (void)p;
    return STALL_GROUP_N;
}

static const char *group_name(const void *p, size_t i)
{
    (void)p;
    return stall_group_name((enum stall_group)i);
}

static void push_group(lua_State *L, const void *p, size_t i)
{
    double sum = 0;
    for (size_t s = 0; s < STALL_N; s++)
        if (stall_info[s].group == (enum stall_group)i)
            sum += ((const double *)p)[s];
    lua_pushnumber(L, sum);
}

static const struct proxy_type proxy_groups = {.name = "set of stall groups",
                                               .help = "cycles by group of stalls",
                                               .count = group_count,
                                               .name_at = group_name,
                                               .push_at = push_group};

static const struct proxy_field level_fields[] = {
    {"accesses", FIELD_DOUBLE, offsetof(struct result_level, accesses), "32-byte sectors", NULL},
    {"hits", FIELD_DOUBLE, offsetof(struct result_level, hits), "sectors that hit", NULL},
    {"bytes", FIELD_DOUBLE, offsetof(struct result_level, bytes), "bytes moved", NULL},
    {"hit_rate", FIELD_DOUBLE, offsetof(struct result_level, hit_rate),
     "hits / accesses, NaN without an access", NULL},
    {"peak_b_per_cy", FIELD_DOUBLE, offsetof(struct result_level, peak_b_per_cy),
     "peak of the chip, NaN = not known", NULL},
    {0},
};

static const struct proxy_type proxy_level = {
    .name = "memory level", .help = "traffic over the whole grid", .fields = level_fields};

static size_t level_count(const void *p)
{
    (void)p;
    return RESULT_N_LEVELS;
}

static const char *level_name(const void *p, size_t i)
{
    static const char *const names[RESULT_N_LEVELS] = {
        [RESULT_L1] = "l1", [RESULT_L2] = "l2", [RESULT_DRAM] = "dram", [RESULT_SMEM] = "shared"};
    (void)p;
    return names[i];
}

static void push_level(lua_State *L, const void *p, size_t i)
{
    proxy_push(L, &proxy_level, (const struct result_level *)p + i, 1);
}

static const struct proxy_type proxy_levels = {.name = "set of memory levels",
                                               .help = "the levels l1, l2, dram and shared",
                                               .count = level_count,
                                               .name_at = level_name,
                                               .push_at = push_level};

static size_t limit_count(const void *p)
{
    (void)p;
    return LIMITER_N;
}

static const char *limit_name(const void *p, size_t i)
{
    (void)p;
    return limiter_name((enum limiter)i);
}

static void push_limit(lua_State *L, const void *p, size_t i)
{
    lua_pushinteger(L, ((const unsigned *)p)[i]);
}

static const struct proxy_type proxy_limits = {.name = "set of limits",
                                               .help = "CTAs that an SM could hold by each limit",
                                               .count = limit_count,
                                               .name_at = limit_name,
                                               .push_at = push_limit};

static void push_limits(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_limits, ((const struct result_occupancy *)p)->limit, 1);
}

static void push_limiter(lua_State *L, const void *p)
{
    lua_pushstring(L, limiter_name(((const struct result_occupancy *)p)->limiter));
}

#define OCCUPANCY(name, KIND, help)                                      \
    {                                                                    \
#name, KIND, offsetof(struct result_occupancy, name), help, NULL \
    }
static const struct proxy_field occupancy_fields[] = {
    OCCUPANCY(warps_per_cta, FIELD_UNSIGNED, "warps of a CTA"),
    OCCUPANCY(ctas_per_sm, FIELD_UNSIGNED, "CTAs resident at once by the limits"),
    OCCUPANCY(warps_per_sm, FIELD_UNSIGNED, "warps resident on the busiest SM"),
    OCCUPANCY(theoretical, FIELD_DOUBLE, "resident warps by the limits / warps an SM can hold"),
    OCCUPANCY(achieved, FIELD_DOUBLE, "the same with the CTAs that there really are"),
    OCCUPANCY(smem_carveout_kib, FIELD_DOUBLE, "chosen shared-memory size"),
    OCCUPANCY(l1_kib, FIELD_DOUBLE, "what is left for L1"),
    {"limiter", FIELD_CALL, 0, "the smallest limit", push_limiter},
    {"limits", FIELD_CALL, 0, "CTAs an SM could hold by each limit", push_limits},
    {0},
};

static const struct proxy_type proxy_occupancy = {.name = "set of occupancy figures",
                                                  .help = "how many warps fit and why not more",
                                                  .fields = occupancy_fields};

static void push_inst_stalls(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_stalls, ((const struct result_inst *)p)->stall, 1);
}

static const struct proxy_field inst_result_fields[] = {
    {"executions", FIELD_U64, offsetof(struct result_inst, executions),
     "warp instructions over the whole grid", NULL},
    {"cycles", FIELD_DOUBLE, offsetof(struct result_inst, cycles), "all its cycles", NULL},
    {"latency_cy", FIELD_DOUBLE, offsetof(struct result_inst, latency_cy), "mean latency", NULL},
    {"stalls", FIELD_CALL, 0, "its cycles by stall name", push_inst_stalls},
    {0},
};

static const struct proxy_type proxy_inst_result = {
    .name = "instruction's result",
    .help = "what the model says of one static instruction",
    .fields = inst_result_fields};

#define RESULT_LIST(NAME, count_member, title)                              \
    static size_t NAME##_count(const void *p)                               \
    {                                                                       \
        return ((const struct result *)p)->count_member;                    \
    }                                                                       \
    static void push_##NAME##_at(lua_State *L, const void *p, size_t i);    \
    static const struct proxy_type proxy_##NAME = {                         \
        .name = title, .count = NAME##_count, .push_at = push_##NAME##_at}; \
    static void push_##NAME##_at(lua_State *L, const void *p, size_t i)
RESULT_LIST(insts, n_insts, "list of instruction results")
{
    proxy_push(L, &proxy_inst_result, &((const struct result *)p)->insts[i], 1);
}
RESULT_LIST(notes, n_notes, "list of notes")
{
    lua_pushstring(L, ((const struct result *)p)->notes[i]);
}

static size_t term_count(const void *p)
{
    return ((const struct result *)p)->n_terms;
}

static const char *term_name(const void *p, size_t i)
{
    return metric_info[((const struct result *)p)->terms[i].metric].id;
}

static void push_term(lua_State *L, const void *p, size_t i)
{
    lua_pushnumber(L, ((const struct result *)p)->terms[i].value);
}

static const struct proxy_type proxy_terms = {.name = "set of terms",
                                              .help = "numbers that only this model has",
                                              .count = term_count,
                                              .name_at = term_name,
                                              .push_at = push_term};

/* ---- results ---- */

/* Subject of proxy_result. */
struct result_ref {
    const struct result *r;
};

static void release_result(void *p)
{
    const struct result_ref *ref = p;
    if (ref->r != NULL)
        result_release(ref->r);
}

static const struct result *result_at(const void *p)
{
    return ((const struct result_ref *)p)->r;
}

#define RESULT_FIELD(name, KIND, help)                                                         \
    static void push_##name(lua_State *L, const void *p)                                       \
    {                                                                                          \
        static const struct proxy_field f = {#name, KIND, offsetof(struct result, name), help, \
                                             NULL};                                            \
        proxy_push_field(L, &f, result_at(p));                                                 \
    }

#define RESULT_FIELDS(X)                                                        \
    X(kernel_name, FIELD_STRING, "name of the kernel")                          \
    X(kernel_label, FIELD_STRING, "its bare function name")                     \
    X(gpu_name, FIELD_STRING, "name of the GPU description")                    \
    X(model_name, FIELD_STRING, "name of the model")                            \
    X(cycles, FIELD_DOUBLE, "cycles of the kernel; NaN when withheld")          \
    X(time_us, FIELD_DOUBLE, "the same in microseconds")                        \
    X(ipc, FIELD_DOUBLE, "warp instructions per cycle of the whole chip")       \
    X(ipc_per_sm, FIELD_DOUBLE, "the same of an SM in use")                     \
    X(clock_mhz, FIELD_DOUBLE, "core clock")                                    \
    X(warp_insts, FIELD_U64, "warp instructions executed")                      \
    X(thread_insts, FIELD_U64, "thread instructions executed")                  \
    X(waves, FIELD_DOUBLE, "CTAs of the busiest SM / CTAs resident")            \
    X(sms_used, FIELD_UNSIGNED, "SMs with work")                                \
    X(sol_compute, FIELD_DOUBLE, "share of the busiest pipe's peak, 0..1")      \
    X(sol_l1, FIELD_DOUBLE, "share of the L1 peak, 0..1")                       \
    X(sol_l2, FIELD_DOUBLE, "share of the L2 peak, 0..1")                       \
    X(sol_dram, FIELD_DOUBLE, "share of the DRAM peak, 0..1")                   \
    X(busiest_pipe, FIELD_STRING, "pipe behind sol_compute")                    \
    X(unknown_share, FIELD_DOUBLE, "share of instructions with unknown opcode") \
    X(is_withheld, FIELD_BOOL, "too many unknown opcodes: no total")            \
    X(is_partial, FIELD_BOOL, "cancelled or sampled")                           \
    X(error_band, FIELD_DOUBLE, "validated relative error, NaN = not validated")
RESULT_FIELDS(RESULT_FIELD)

#define RESULT_PART(name, type, expression)              \
    static void push_##name(lua_State *L, const void *p) \
    {                                                    \
        const struct result *r = result_at(p);           \
        proxy_push(L, &type, expression, 1);             \
    }
RESULT_PART(stalls, proxy_stalls, r->stall)
static const struct proxy_type proxy_warp_states = {
    .name = "set of warp states",
    .help = "warp cycles by state for each issued instruction, as the profiler gives them",
    .count = stall_count,
    .name_at = stall_name,
    .push_at = push_stall};

static void push_warp_states(lua_State *L, const void *p)
{
    const struct result *r = result_at(p);
    if (r->warp_state == NULL)
        lua_pushnil(L);
    else
        proxy_push(L, &proxy_warp_states, r->warp_state, 1);
}

static void push_timeline(lua_State *L, const void *p)
{
    const struct result *r = result_at(p);
    if (r->timeline == NULL)
        lua_pushnil(L);
    else
        proxy_push(L, &proxy_timeline, r->timeline, 1);
}

RESULT_PART(groups, proxy_groups, r->stall)
RESULT_PART(occupancy, proxy_occupancy, &r->occupancy)
RESULT_PART(caches, proxy_levels, r->level)
RESULT_PART(terms, proxy_terms, r)
RESULT_PART(insts, proxy_insts, r)
RESULT_PART(notes, proxy_notes, r)

static void push_top_stall(lua_State *L, const void *p)
{
    lua_pushstring(L, stall_info[result_top_stall(result_at(p))].name);
}

#define RESULT_ENTRY(name, KIND, help) {#name, FIELD_CALL, 0, help, push_##name},
static const struct proxy_field result_fields[] = {
    RESULT_FIELDS(RESULT_ENTRY){"top_stall", FIELD_CALL, 0, "name of the largest stall",
                                push_top_stall},
    {"stalls", FIELD_CALL, 0, "cycles by stall name; they sum to `cycles`", push_stalls},
    {"groups", FIELD_CALL, 0, "cycles by group of stalls", push_groups},
    {"warp_states", FIELD_CALL, 0,
     "warp cycles by state per issued instruction; nil unless the model follows warps",
     push_warp_states},
    {"timeline", FIELD_CALL, 0,
     "states of warps over time; nil unless asked for and the model follows warps", push_timeline},
    {"occupancy", FIELD_CALL, 0, "how many warps fit and why not more", push_occupancy},
    {"caches", FIELD_CALL, 0, "traffic of l1, l2, dram and shared", push_caches},
    {"terms", FIELD_CALL, 0, "numbers that only this model has, by id", push_terms},
    {"insts", FIELD_CALL, 0, "list parallel to kernel.code", push_insts},
    {"notes", FIELD_CALL, 0, "list of assumptions and warnings", push_notes},
    {0},
};

static const char *result_title(const void *p)
{
    return result_at(p)->kernel_name;
}

const struct proxy_type proxy_result = {.name = "result",
                                        .help = "what a model says of one kernel on one GPU",
                                        .fields = result_fields,
                                        .title = result_title};

/* ---- analyze ---- */

static uint64_t check_fix(lua_State *L)
{
    struct err e = {0};
    size_t n;
    const char *name = luaL_checklstring(L, -1, &n);
    int fix = fix_find((str){name, n}, &e);
    if (fix < 0)
        script_raise(L, &e);
    return (uint64_t)1 << fix;
}

/* The switches of the list in field `key` of the table at 1. */
static uint64_t fixes_of(lua_State *L, const char *key)
{
    uint64_t fixes = 0;
    if (lua_getfield(L, 1, key) != LUA_TNIL) {
        luaL_checktype(L, -1, LUA_TTABLE);
        for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
            fixes |= check_fix(L);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return fixes;
}

static const struct model *check_model(lua_State *L)
{
    if (lua_getfield(L, 1, "model") == LUA_TNIL)
        return model_default();
    if (lua_type(L, -1) == LUA_TSTRING)
        script_push_model(L, lua_tostring(L, -1));
    const struct model *m = proxy_test(L, -1, &proxy_model);
    if (m == NULL)
        luaL_error(L, "analyze: model must be a model or its name, found a %s",
                   luaL_typename(L, -1));
    return m;
}

/* kernel, gpu and model stay on the stack, so that what they own lives while the model runs. */
static int analyze(lua_State *L)
{
    static const char *const options[] = {"kernel",         "gpu",   "model",    "fix", "no_fix",
                                          "ignore_unknown", "exact", "timeline", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    script_check_keys(L, 1, "analyze", options);
    struct model_options o = {.fixes_on = fixes_of(L, "fix"), .fixes_off = fixes_of(L, "no_fix")};
    lua_getfield(L, 1, "ignore_unknown");
    o.ignore_unknown = lua_toboolean(L, -1);
    lua_getfield(L, 1, "exact");
    o.is_exact = lua_isnil(L, -1) ? script_of(L)->o->is_exact : lua_toboolean(L, -1);
    lua_getfield(L, 1, "timeline");
    o.with_timeline = lua_toboolean(L, -1);
    lua_getfield(L, 1, "kernel");
    if (proxy_test(L, -1, &proxy_kernel) == NULL)
        return luaL_error(L, "analyze: kernel must be a kernel, found a %s", luaL_typename(L, -1));
    const struct trace_kernel *k = script_check_kernel(L, -1);
    if (lua_getfield(L, 1, "gpu") == LUA_TNIL)
        return luaL_error(L, "analyze: gpu is missing");
    const struct gpu *g = script_check_gpu(L, -1);
    const struct model *m = check_model(L);
    struct result_ref *ref = proxy_push_own(L, &proxy_result, sizeof *ref, release_result);
    struct tick tick = script_tick(script_of(L));
    struct err e = {0};
    if (model_run(m, k, g, &o, &tick, &ref->r, &e) != STATUS_OK)
        return script_raise(L, &e);
    return 1;
}

/* ---- explain ---- */

static void set_text(lua_State *L, const char *key, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

static void push_equation(lua_State *L, const struct explain_equation *e)
{
    lua_newtable(L);
    set_text(L, "text", e->text);
    set_text(L, "when", e->equation->when);
    set_text(L, "source", e->equation->source);
    if (e->numbers != NULL)
        set_text(L, "numbers", e->numbers);
}

static void push_explanation(lua_State *L, const struct explanation *x)
{
    lua_newtable(L);
    set_text(L, "name", x->name);
    set_text(L, "title", x->title);
    set_text(L, "unit", x->unit);
    set_text(L, "group", x->group);
    set_text(L, "about", x->about);
    set_text(L, "advice", x->advice);
    set_text(L, "profiler_metric", x->ncu);
    set_text(L, "profiler_title", x->ncu_title);
    lua_pushnumber(L, x->number);
    lua_setfield(L, -2, "value");
    lua_newtable(L);
    for (size_t i = 0; i < x->n_equations; i++) {
        push_equation(L, &x->equations[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "equations");
}

static struct quantity check_quantity(lua_State *L, int at)
{
    size_t n;
    const char *name = luaL_checklstring(L, at, &n);
    struct quantity q = quantity_find((str){name, n});
    const char *near = q.kind == QUANTITY_NONE ? quantity_nearest((str){name, n}) : NULL;
    if (q.kind == QUANTITY_NONE)
        luaL_error(L, "explain: nothing is called '%s'%s%s%s", name,
                   near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                   near == NULL ? "" : "'?");
    return q;
}

static int explain_name(lua_State *L)
{
    struct explain_of of = {0};
    struct quantity q = check_quantity(L, 1);
    if (!lua_isnoneornil(L, 2)) {
        const struct result_ref *ref = proxy_test(L, 2, &proxy_result);
        if (ref == NULL)
            return luaL_error(L, "explain: result must be a result, found a %s",
                              luaL_typename(L, 2));
        of.r = ref->r;
    }
    if (!lua_isnoneornil(L, 3))
        of.g = script_check_gpu(L, 3);
    struct explanation x = explain(&script_of(L)->arena, q, &of);
    push_explanation(L, &x);
    return 1;
}

const struct proxy_type *const script_model_proxies[] = {
    &proxy_model,    &proxy_result, &proxy_occupancy, &proxy_level,  &proxy_inst_result,
    &proxy_timeline, &proxy_lane,   &proxy_span,      &proxy_repeat, NULL};

const struct script_function script_model_functions[] = {
    {"model", open_model, "warpscope.model(name)", "a model; without a name the default one"},
    {"models", list_models, "warpscope.models()", "a list of all models"},
    {"explain", explain_name, "warpscope.explain(name, result, gpu)",
     "what a stall, metric or constant is: a table of name, title, unit, group, about, advice, "
     "profiler_metric, profiler_title, value and equations, each with text, when, source and "
     "numbers; without a result there are no numbers, without its gpu none that need constants"},
    {"stall_groups", list_groups, "warpscope.stall_groups()", "the names of the groups of stalls"},
    {"analyze", analyze,
     "warpscope.analyze{kernel=, gpu=, model=, fix={}, no_fix={}, ignore_unknown=, exact=, "
     "timeline=}",
     "runs a model and returns its result; `gpu` and `model` may be names, `fix` and `no_fix` list "
     "switches of the model, `exact` simulates the caches for every wave of a large grid, "
     "`timeline` keeps what each warp did when, if the model follows warps"},
    {NULL, NULL, NULL, NULL},
};
