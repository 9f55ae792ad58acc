/*
 * script_kernel.c: kernel{...}: executes a SASS listing for every warp of a grid and records what a
 * tracer would have.
 *
 * Every lane has a position in the listing. A step takes the lanes at the lowest position together,
 * so lanes that part at a branch meet again where their paths join. What the listing cannot say,
 * addresses and outcomes of comparisons, comes from Lua functions of the thread and of how often it
 * has been at that instruction. Checked on the way: registers are written before they are read,
 * addresses are aligned and inside a buffer or the shared memory, every thread ends.
 */
#include "script/assemble.h"
#include "script_priv.h"
#include "trace/build.h"

enum {
    MAX_GRID = 1 << 20,
    MAX_BLOCK = 1024,
    MAX_WARP_STEPS = 1 << 22,
    CHECK_STEPS = 4096,
    N_PREDICATES = 16, /* general, then uniform */
    TRACER_VERSION = 5,
};

static const uint64_t SHARED_WINDOW = 0x7f4002000000, LOCAL_WINDOW = 0x7f4000000000;

/* All that a kernel in the making needs; the body of a userdata. */
struct maker {
    lua_State *L;
    struct script_state *s;
    struct build *build;
    struct listing code;
    bool has_marks; /* functions are called, and need threads */
    struct trace_header h;
    uint32_t cta[3];
    uint32_t warp;                /* within the CTA */
    uint32_t n_threads;           /* of a CTA */
    uint32_t pc[SASS_WARP_LANES]; /* index of the next instruction; code.n = ended */
    uint32_t predicate[N_PREDICATES];
    uint32_t known_predicates;           /* bits of those that were set */
    uint64_t written[4];                 /* registers */
    uint32_t (*visits)[SASS_WARP_LANES]; /* by instruction: how often each thread was there */
    uint32_t *ids;                       /* of the instructions in `build` */
    int functions, threads;              /* stack indices: functions by mark; 32 thread tables */
};

static int drop_maker(lua_State *L)
{
    struct maker *m = lua_touserdata(L, 1);
    if (m->build != NULL)
        build_drop(m->build);
    m->build = NULL;
    return 0;
}

static struct maker *push_maker(lua_State *L)
{
    struct maker *m = lua_newuserdatauv(L, sizeof *m, 0);
    *m = (struct maker){.L = L, .s = script_of(L)};
    if (luaL_newmetatable(L, "warpscope.maker")) {
        lua_pushcfunction(L, drop_maker);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return m;
}

/* Scratch that Lua collects; left on the stack for as long as the maker needs it. */
static void *push_zeroed(lua_State *L, size_t n, size_t size_b)
{
    void *p = lua_newuserdatauv(L, n * size_b, 0);
    memset(p, 0, n * size_b);
    return p;
}

/* An error in the listing or in a step: names the line of the listing. */
static int fail_at(const struct maker *m, uint32_t at, const char *what)
{
    const struct listing_inst *i = &m->code.at[at];
    return luaL_error(m->L, "kernel %s, line %d of its code: %s: %s", m->h.name, (int)i->line,
                      i->inst.opcode, what);
}

/* ---- the thread that functions see ---- */

static void set_integer(lua_State *L, const char *key, uint64_t v)
{
    lua_pushinteger(L, (lua_Integer)v);
    lua_setfield(L, -2, key);
}

static uint64_t linear_cta(const struct maker *m)
{
    return ((uint64_t)m->cta[2] * m->h.grid[1] + m->cta[1]) * m->h.grid[0] + m->cta[0];
}

/* Fields of the thread tables, for the warp that comes next. */
static void set_threads(struct maker *m)
{
    lua_State *L = m->L;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        uint32_t tid = m->warp * SASS_WARP_LANES + lane;
        lua_rawgeti(L, m->threads, lane + 1);
        set_integer(L, "lane", lane);
        set_integer(L, "warp", m->warp);
        set_integer(L, "tid", tid);
        set_integer(L, "x", tid % m->h.block[0]);
        set_integer(L, "y", tid / m->h.block[0] % m->h.block[1]);
        set_integer(L, "z", tid / m->h.block[0] / m->h.block[1]);
        set_integer(L, "cta", linear_cta(m));
        set_integer(L, "cx", m->cta[0]);
        set_integer(L, "cy", m->cta[1]);
        set_integer(L, "cz", m->cta[2]);
        set_integer(L, "gid", linear_cta(m) * m->n_threads + tid);
        lua_pop(L, 1);
    }
}

/* Pushes what the function of the mark says for one lane. */
static void call_mark(struct maker *m, uint32_t at, unsigned lane)
{
    lua_State *L = m->L;
    lua_getfield(L, m->functions, m->code.at[at].mark);
    lua_rawgeti(L, m->threads, lane + 1);
    lua_pushinteger(L, m->visits[at][lane]);
    lua_call(L, 2, 1);
}

/* ---- memory ---- */

static bool is_in_buffer(const struct script_state *s, uint64_t address, unsigned width_b)
{
    for (unsigned i = 0; i < s->n_buffers; i++)
        if (address >= s->buffers[i].base &&
            address + width_b <= s->buffers[i].base + s->buffers[i].size_b)
            return true;
    return false;
}

static void check_address(struct maker *m, uint32_t at, uint64_t address)
{
    const struct sass_op *op = &m->code.at[at].inst.op;
    unsigned width_b = op->width_b != 0 ? op->width_b : m->code.at[at].inst.mem_width_b;
    char text[80];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)address);
    if (address % width_b != 0)
        fail_at(m, at, lua_pushfstring(m->L, "address %s is not aligned", text));
    if (op->space == SASS_SPACE_SHARED && address + width_b > m->h.shmem_b)
        fail_at(m, at, lua_pushfstring(m->L, "address %s is beyond the shared memory", text));
    if (op->space == SASS_SPACE_GLOBAL && !is_in_buffer(m->s, address, width_b))
        fail_at(m, at, lua_pushfstring(m->L, "address %s is in no buffer", text));
}

/* Addresses of the active lanes in `out`; returns how many there are. */
static unsigned collect_addresses(struct maker *m, uint32_t at, uint32_t mask, int64_t out[])
{
    unsigned n = 0;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        if ((mask >> lane & 1) == 0)
            continue;
        int is_integer;
        call_mark(m, at, lane);
        out[n] = lua_tointegerx(m->L, -1, &is_integer);
        if (!is_integer)
            fail_at(m, at,
                    lua_pushfstring(m->L, "{%s} must give an address, found a %s",
                                    m->code.at[at].mark, luaL_typename(m->L, -1)));
        lua_pop(m->L, 1);
        check_address(m, at, (uint64_t)out[n++]);
    }
    return n;
}

/* The tracer's rule: a stride needs two or more lanes, side by side, a constant step apart. */
static bool is_strided(const int64_t address[], unsigned n, uint32_t mask)
{
    uint32_t run = mask >> __builtin_ctz(mask);
    if (n < 2 || (run & (run + 1)) != 0)
        return false;
    for (unsigned i = 2; i < n; i++)
        if (address[i] - address[i - 1] != address[1] - address[0])
            return false;
    return true;
}

static void record_access(struct maker *m, uint32_t at, uint32_t mask)
{
    int64_t address[SASS_WARP_LANES], delta[SASS_WARP_LANES];
    if (mask == 0) {
        build_access(m->build, 0, build_pattern_none(m->build));
        return;
    }
    if (m->code.at[at].mark == NULL)
        fail_at(m, at, "needs a mark that gives its addresses");
    unsigned n = collect_addresses(m, at, mask, address);
    if (is_strided(address, n, mask)) {
        build_access(m->build, (uint64_t)address[0],
                     build_pattern_stride(m->build, address[1] - address[0], n));
        return;
    }
    for (unsigned i = 1; i < n; i++)
        delta[i - 1] = address[i] - address[i - 1];
    build_access(m->build, (uint64_t)address[0], build_pattern_deltas(m->build, delta, n));
}

/* ---- predicates and registers ---- */

static uint32_t guard_mask(const struct maker *m, uint32_t at)
{
    const struct listing_inst *i = &m->code.at[at];
    uint32_t mask = i->guard == LISTING_PT ? UINT32_MAX : m->predicate[i->guard];
    if (i->guard != LISTING_PT && (m->known_predicates >> i->guard & 1) == 0)
        fail_at(m, at, "its predicate has no value yet: mark the instruction that sets it");
    return i->is_negated ? ~mask : mask;
}

static void set_predicate(struct maker *m, uint32_t at, uint32_t mask)
{
    const struct listing_inst *i = &m->code.at[at];
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        if ((mask >> lane & 1) == 0)
            continue;
        call_mark(m, at, lane);
        uint32_t bit = (uint32_t)1 << lane;
        if (lua_toboolean(m->L, -1))
            m->predicate[i->predicate] |= bit;
        else
            m->predicate[i->predicate] &= ~bit;
        lua_pop(m->L, 1);
    }
    m->known_predicates |= (uint32_t)1 << i->predicate;
}

static bool is_written(const struct maker *m, unsigned reg)
{
    return (m->written[reg / 64] >> (reg % 64) & 1) != 0;
}

static void check_registers(struct maker *m, uint32_t at)
{
    const struct sass_inst *in = &m->code.at[at].inst;
    for (unsigned u = 0; u < in->n_use; u++)
        for (unsigned r = in->use[u].first; r < in->use[u].first + in->use[u].n; r++)
            if (!is_written(m, r))
                fail_at(m, at, lua_pushfstring(m->L, "R%d is read before it is written", (int)r));
    for (unsigned d = 0; d < in->n_def; d++)
        for (unsigned r = in->def[d].first; r < in->def[d].first + in->def[d].n; r++)
            m->written[r / 64] |= (uint64_t)1 << (r % 64);
}

/* ---- steps ---- */

/* The lanes at the lowest position, which is put in *at; 0 when all have ended. */
static uint32_t next_lanes(const struct maker *m, uint32_t *at)
{
    uint32_t mask = 0;
    *at = (uint32_t)m->code.n;
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++)
        *at = MIN(*at, m->pc[lane]);
    for (unsigned lane = 0; lane < SASS_WARP_LANES && *at < m->code.n; lane++)
        mask |= (uint32_t)(m->pc[lane] == *at) << lane;
    return mask;
}

static void move_lanes(struct maker *m, uint32_t at, uint32_t lanes, uint32_t executing)
{
    const struct listing_inst *i = &m->code.at[at];
    for (unsigned lane = 0; lane < SASS_WARP_LANES; lane++) {
        bool is_executing = (executing >> lane & 1) != 0;
        m->visits[at][lane] += is_executing;
        if (is_executing && i->is_exit)
            m->pc[lane] = (uint32_t)m->code.n;
        else if (is_executing && i->is_branch)
            m->pc[lane] = i->target;
        else if ((lanes >> lane & 1) != 0)
            m->pc[lane] = at + 1;
    }
}

static void run_step(struct maker *m, uint32_t at, uint32_t lanes)
{
    const struct listing_inst *i = &m->code.at[at];
    uint32_t mask = lanes & guard_mask(m, at);
    build_step(m->build, m->ids[at], mask);
    if (mask != 0)
        check_registers(m, at);
    if (i->inst.mem_width_b != 0)
        record_access(m, at, mask);
    else if (i->predicate >= 0 && i->mark != NULL)
        set_predicate(m, at, mask);
    move_lanes(m, at, lanes, mask);
}

static void run_warp(struct maker *m)
{
    uint32_t at, lanes, n_steps = 0;
    uint32_t first = m->warp * SASS_WARP_LANES;
    memset(m->visits, 0, m->code.n * sizeof m->visits[0]);
    memset(m->written, 0, sizeof m->written);
    m->known_predicates = 0;
    for (uint32_t lane = 0; lane < SASS_WARP_LANES; lane++)
        m->pc[lane] = first + lane < m->n_threads ? 0 : (uint32_t)m->code.n;
    if (m->has_marks)
        set_threads(m);
    build_warp(m->build, m->warp);
    while ((lanes = next_lanes(m, &at)) != 0) {
        if (++n_steps > MAX_WARP_STEPS)
            fail_at(m, at, "the warp does not come to an end");
        if (n_steps % CHECK_STEPS == 0)
            script_check_stop(m->L);
        run_step(m, at, lanes);
    }
    build_warp_end(m->build);
}

static void run_cta(struct maker *m)
{
    uint32_t n_warps = (m->n_threads + SASS_WARP_LANES - 1) / SASS_WARP_LANES;
    build_cta(m->build, m->cta[0], m->cta[1], m->cta[2]);
    for (m->warp = 0; m->warp < n_warps; m->warp++)
        run_warp(m);
    script_check_stop(m->L);
}

static void run_grid(struct maker *m)
{
    for (m->cta[2] = 0; m->cta[2] < m->h.grid[2]; m->cta[2]++)
        for (m->cta[1] = 0; m->cta[1] < m->h.grid[1]; m->cta[1]++)
            for (m->cta[0] = 0; m->cta[0] < m->h.grid[0]; m->cta[0]++)
                run_cta(m);
}

/* ---- the specification ---- */

static uint32_t get_count(lua_State *L, const char *key, uint32_t missing, uint32_t max)
{
    lua_Integer v = missing;
    int is_integer = 1;
    if (lua_getfield(L, 1, key) != LUA_TNIL)
        v = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || v < 0 || v > max)
        luaL_error(L, "kernel: %s must be a whole number from 0 to %d", key, (int)max);
    lua_pop(L, 1);
    return (uint32_t)v;
}

/* A number, or a list of up to three. */
static void get_dim(lua_State *L, const char *key, uint32_t max, uint32_t out[3])
{
    out[0] = out[1] = out[2] = 1;
    bool is_list = lua_getfield(L, 1, key) == LUA_TTABLE;
    for (int i = 0; i < (is_list ? MIN((int)luaL_len(L, -1), 3) : 1); i++) {
        int is_integer;
        if (is_list)
            lua_geti(L, -1, i + 1);
        else
            lua_pushvalue(L, -1);
        lua_Integer v = lua_tointegerx(L, -1, &is_integer);
        if (!is_integer || v < 1 || v > max)
            luaL_error(L, "kernel: %s must be whole numbers from 1 to %d", key, (int)max);
        out[i] = (uint32_t)v;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if ((uint64_t)out[0] * out[1] * out[2] > max)
        luaL_error(L, "kernel: %s is more than %d in all", key, (int)max);
}

static const char *made_by(struct script_state *s)
{
    const char *file = strrchr(s->host->file, '/');
    return arena_printf(&s->arena, "%s%s%s", file == NULL ? s->host->file : file + 1,
                        s->params.n == 0 ? "" : " ", text_cstr(&s->params));
}

static void read_header(lua_State *L, struct maker *m)
{
    struct script_state *s = m->s;
    if (lua_getfield(L, 1, "name") != LUA_TSTRING)
        luaL_error(L, "kernel: name must be a text, found a %s", luaL_typename(L, -1));
    m->h = (struct trace_header){.name = arena_strdup(&s->arena, lua_tostring(L, -1)),
                                 .file = s->host->file,
                                 .id = s->n_kernels + 1,
                                 .shmem_base = SHARED_WINDOW,
                                 .local_base = LOCAL_WINDOW,
                                 .nvbit_version = "",
                                 .tracer_version = TRACER_VERSION,
                                 .has_immediate = true,
                                 .has_constants = true,
                                 .is_synthetic = true,
                                 .made_by = made_by(s)};
    lua_pop(L, 1);
    get_dim(L, "grid", MAX_GRID, m->h.grid);
    get_dim(L, "block", MAX_BLOCK, m->h.block);
    m->n_threads = m->h.block[0] * m->h.block[1] * m->h.block[2];
    m->h.shmem_b = get_count(L, "shmem", 0, 1 << 20);
    m->h.n_regs = get_count(L, "regs", 255, 255);
    m->h.isa = get_count(L, "isa", 80, 999);
    if (m->h.isa < 70)
        luaL_error(L, "kernel: instruction sets below 70 are not supported");
}

static void read_code(lua_State *L, struct maker *m)
{
    struct err e = {0};
    if (lua_getfield(L, 1, "code") != LUA_TSTRING)
        luaL_error(L, "kernel: code must be a text, found a %s", luaL_typename(L, -1));
    const char *text = lua_tostring(L, -1);
    if (assemble_listing(&m->code, &m->s->arena, str_from(text), m->h.isa, m->h.n_regs, &e) !=
        STATUS_OK)
        luaL_error(L, "kernel %s, line %d of its code: %s", m->h.name, (int)e.line, e.message);
    lua_pop(L, 1);
}

static bool is_option(const char *key)
{
    static const char *const options[] = {"name",  "grid", "block", "regs",
                                          "shmem", "isa",  "code",  NULL};
    for (size_t i = 0; options[i] != NULL; i++)
        if (strcmp(options[i], key) == 0)
            return true;
    return false;
}

static bool has_mark(const struct maker *m, const char *name)
{
    for (size_t i = 0; i < m->code.n; i++)
        if (m->code.at[i].mark != NULL && strcmp(m->code.at[i].mark, name) == 0)
            return true;
    return false;
}

/* Every mark has its function and every function its mark. */
static void check_marks(lua_State *L, struct maker *m)
{
    for (size_t i = 0; i < m->code.n; i++) {
        const struct listing_inst *inst = &m->code.at[i];
        if (inst->mark == NULL)
            continue;
        m->has_marks = true;
        if (inst->inst.mem_width_b == 0 && inst->predicate < 0)
            fail_at(m, (uint32_t)i, "a mark has no meaning here");
        if (lua_getfield(L, 1, inst->mark) != LUA_TFUNCTION)
            fail_at(m, (uint32_t)i, lua_pushfstring(L, "no function '%s'", inst->mark));
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (!is_option(key) && !has_mark(m, key))
            luaL_error(L, "kernel %s: '%s' is no option and no instruction has that mark",
                       m->h.name, key);
    }
}

static void push_thread_tables(lua_State *L)
{
    lua_createtable(L, SASS_WARP_LANES, 0);
    for (int lane = 1; lane <= SASS_WARP_LANES; lane++) {
        lua_createtable(L, 0, 11);
        lua_rawseti(L, -2, lane);
    }
}

static void start_build(lua_State *L, struct maker *m)
{
    m->visits = push_zeroed(L, m->code.n, sizeof m->visits[0]);
    m->ids = push_zeroed(L, m->code.n, sizeof m->ids[0]);
    push_thread_tables(L);
    m->threads = lua_gettop(L);
    m->functions = 1;
    m->build = build_init(&m->h);
    for (size_t i = 0; i < m->code.n; i++)
        m->ids[i] = build_code(m->build, &m->code.at[i].inst);
}

/* Keeps the kernel for script_build. */
static void keep_kernel(lua_State *L, struct script_state *s)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, SCRIPT_KERNELS_KEY);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (lua_Integer)++s->n_kernels);
    lua_pop(L, 1);
}

static int make_kernel(lua_State *L)
{
    struct script_state *s = script_of(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct maker *m = push_maker(L);
    read_header(L, m);
    read_code(L, m);
    check_marks(L, m);
    start_build(L, m);
    run_grid(m);
    const struct trace_kernel **kernel = script_push_kernel(L);
    *kernel = build_finish(m->build);
    m->build = NULL;
    if (s->is_builder)
        keep_kernel(L, s);
    return 1;
}

/* ---- buffers ---- */

enum { BUFFER_ALIGN_B = 512, BUFFER_MAX_B = INT32_MAX };

static int make_buffer(lua_State *L)
{
    struct script_state *s = script_of(L);
    lua_Integer size_b = luaL_checkinteger(L, 1);
    luaL_argcheck(L, size_b > 0 && size_b <= BUFFER_MAX_B, 1, "not a size in bytes");
    if (s->n_buffers == SCRIPT_MAX_BUFFERS)
        return luaL_error(L, "a script makes at most %d buffers", SCRIPT_MAX_BUFFERS);
    uint64_t base = 0x7f5c00000000;
    if (s->n_buffers != 0) {
        const struct script_buffer *last = &s->buffers[s->n_buffers - 1];
        base = last->base + (last->size_b / BUFFER_ALIGN_B + 2) * BUFFER_ALIGN_B;
    }
    s->buffers[s->n_buffers++] = (struct script_buffer){base, (uint64_t)size_b};
    lua_pushinteger(L, (lua_Integer)base);
    return 1;
}

const struct script_function script_kernel_functions[] = {
    {"kernel", make_kernel,
     "kernel{name=, grid=, block=, regs=, shmem=, isa=, code=[[...]], MARK=function(t, n) ... end}",
     "executes a SASS listing for every warp of the grid and returns the kernel it recorded"},
    {"buffer", make_buffer, "buffer(bytes)", "reserves global memory; returns its first address"},
    {NULL, NULL, NULL, NULL},
};
