/*
 * script_trace.c: traces and kernels as scripts see them.
 *
 * A kernel proxy of a trace file knows its header at once and loads its body when a field first
 * needs it; the body belongs to the host. A kernel made by the script brings its body along.
 */
#include <stddef.h>

#include "base/os.h"
#include "script_priv.h"

/* Subject of proxy_kernel. */
struct kernel_ref {
    struct host_trace *trace; /* NULL: made by the script, `own` is set */
    uint32_t index;
    const struct trace_kernel *own;
};

static const struct trace_header *header(const struct kernel_ref *r)
{
    return r->own != NULL ? &r->own->h : trace_header(r->trace->trace, r->index);
}

static void release_kernel(void *p)
{
    const struct kernel_ref *r = p;
    if (r->own != NULL)
        trace_kernel_release(r->own);
}

static const struct trace_kernel *body(lua_State *L, const struct kernel_ref *r)
{
    if (r->own != NULL)
        return r->own;
    struct err e = {0};
    struct tick tick = script_tick(script_of(L));
    const struct trace_kernel *k;
    if (host_load_kernel(r->trace, r->index, &tick, &k, &e) != STATUS_OK)
        script_raise(L, &e);
    return k;
}

const struct trace_kernel *script_check_kernel(lua_State *L, int index)
{
    return body(L, proxy_check(L, index, &proxy_kernel));
}

/* ---- instructions ---- */

static void push_class(lua_State *L, const void *p)
{
    lua_pushstring(L, sass_class_name(((const struct sass_inst *)p)->op.cls));
}

static void push_pipe(lua_State *L, const void *p)
{
    lua_pushstring(L, sass_pipe_name(((const struct sass_inst *)p)->op.pipe));
}

static void push_inst_text(lua_State *L, const void *p)
{
    char text[160];
    lua_pushstring(L, sass_inst_text(p, text, sizeof text));
}

static const struct proxy_field inst_fields[] = {
    {"pc", FIELD_U64, offsetof(struct sass_inst, pc), "byte offset in the function", NULL},
    {"opcode", FIELD_STRING, offsetof(struct sass_inst, opcode), "full opcode", NULL},
    {"text", FIELD_CALL, 0, "opcode and registers", push_inst_text},
    {"class", FIELD_CALL, 0, "what it is for", push_class},
    {"pipe", FIELD_CALL, 0, "pipe that executes it", push_pipe},
    {"immediate", FIELD_I64, offsetof(struct sass_inst, immediate),
     "last immediate operand or branch target", NULL},
    {"width", FIELD_U8, offsetof(struct sass_inst, mem_width_b), "bytes a lane, 0 = no memory",
     NULL},
    {"line", FIELD_U32, offsetof(struct sass_inst, source_line), "source line, 0 = not known",
     NULL},
    {0},
};

static const struct proxy_type proxy_inst = {
    .name = "instruction", .help = "a static instruction of a kernel", .fields = inst_fields};

static size_t code_count(const void *p)
{
    return ((const struct trace_kernel *)p)->n_code;
}

static void push_code_at(lua_State *L, const void *p, size_t i)
{
    proxy_push(L, &proxy_inst, &((const struct trace_kernel *)p)->code[i], 1);
}

static const struct proxy_type proxy_code = {.name = "list of instructions",
                                             .help = "the static instructions of a kernel",
                                             .count = code_count,
                                             .push_at = push_code_at};

/* ---- kernels ---- */

#define HEADER_FIELD(NAME, lua_name, KIND, member, help)                                         \
    static void push_##NAME(lua_State *L, const void *p)                                         \
    {                                                                                            \
        const struct trace_header *h = header(p);                                                \
        static const struct proxy_field f = {lua_name, KIND,                                     \
                                             offsetof(struct trace_header, member), help, NULL}; \
        proxy_push_field(L, &f, h);                                                              \
    }
#define COUNT_FIELD(NAME, lua_name, KIND, member, help)                                          \
    static void push_##NAME(lua_State *L, const void *p)                                         \
    {                                                                                            \
        static const struct proxy_field f = {lua_name, KIND,                                     \
                                             offsetof(struct trace_kernel, member), help, NULL}; \
        proxy_push_field(L, &f, body(L, p));                                                     \
    }

/* function suffix, name in Lua, kind, member, help */
#define HEADER_FIELDS(X)                                                                       \
    X(name, "name", FIELD_STRING, name, "as in the trace: mangled or full text")               \
    X(label, "label", FIELD_STRING, label, "bare function name, which tables show")            \
    X(declaration, "declaration", FIELD_STRING, declaration, "demangled, with its parameters") \
    X(file, "file", FIELD_STRING, file, "file that holds it")                                  \
    X(id, "id", FIELD_U32, id, "launch number in the application")                             \
    X(grid, "grid", FIELD_DIM3, grid, "CTAs in x, y, z")                                       \
    X(block, "block", FIELD_DIM3, block, "threads of a CTA in x, y, z")                        \
    X(regs, "regs", FIELD_U32, n_regs, "registers a thread")                                   \
    X(shmem, "shmem", FIELD_U32, shmem_b, "shared memory of a CTA, in bytes")                  \
    X(isa, "isa", FIELD_U32, isa, "instruction set, such as 80")                               \
    X(stream, "stream", FIELD_U64, stream, "CUDA stream")                                      \
    X(synthetic, "synthetic", FIELD_BOOL, is_synthetic, "made by a builder, not recorded")     \
    X(made_by, "made_by", FIELD_STRING, made_by, "builder and arguments of a synthetic one")
#define COUNT_FIELDS(X)                                                                        \
    X(warp_insts, "warp_insts", FIELD_U64, counts.warp_insts, "warp instructions executed")    \
    X(thread_insts, "thread_insts", FIELD_U64, counts.thread_insts,                            \
      "thread instructions executed")                                                          \
    X(mem_insts, "mem_insts", FIELD_U64, counts.mem_insts, "warp instructions with addresses") \
    X(masked_off, "masked_off", FIELD_U64, counts.masked_off,                                  \
      "warp instructions without an active lane")                                              \
    X(unknown_insts, "unknown_insts", FIELD_U64, counts.unknown_insts,                         \
      "warp instructions with an opcode that is not in the table")                             \
    X(opcodes, "opcodes", FIELD_U32, counts.opcodes, "distinct opcodes")                       \
    X(ctas, "ctas", FIELD_U32, n_ctas, "CTAs recorded")                                        \
    X(warps, "warps", FIELD_U32, n_warps, "warps recorded")                                    \
    X(paths, "paths", FIELD_U32, n_paths, "distinct warp behaviours")

HEADER_FIELDS(HEADER_FIELD)
COUNT_FIELDS(COUNT_FIELD)

static void push_code(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_code, body(L, p), 1);
}

#define CALL_FIELD(NAME, lua_name, KIND, member, help) {lua_name, FIELD_CALL, 0, help, push_##NAME},

static const struct proxy_field kernel_fields[] = {
    HEADER_FIELDS(CALL_FIELD) COUNT_FIELDS(CALL_FIELD){
        "code", FIELD_CALL, 0, "list of its static instructions", push_code},
    {0},
};

static const char *kernel_title(const void *p)
{
    return header(p)->label;
}

const struct proxy_type proxy_kernel = {
    .name = "kernel",
    .help = "a kernel of a trace; its body is loaded when asked for",
    .fields = kernel_fields,
    .title = kernel_title};

const struct trace_kernel **script_push_kernel(lua_State *L)
{
    struct kernel_ref *r = proxy_push_own(L, &proxy_kernel, sizeof *r, release_kernel);
    return &r->own;
}

/* ---- traces ---- */

static size_t kernel_count(const void *p)
{
    return trace_n_kernels(((const struct host_trace *)p)->trace);
}

static void push_kernel_at(lua_State *L, const void *p, size_t i)
{
    struct kernel_ref *r = proxy_push_own(L, &proxy_kernel, sizeof *r, release_kernel);
    r->trace = (struct host_trace *)(uintptr_t)p;
    r->index = (uint32_t)i;
}

static const struct proxy_type proxy_kernels = {.name = "list of kernels",
                                                .help = "the kernels of a trace in launch order",
                                                .count = kernel_count,
                                                .push_at = push_kernel_at};

static void push_kernels(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_kernels, p, 0);
}

static const struct proxy_field trace_fields[] = {
    {"path", FIELD_STRING, offsetof(struct host_trace, path), "where it was opened", NULL},
    {"kernels", FIELD_CALL, 0, "list of its kernels in launch order", push_kernels},
    {0},
};

static const char *trace_title(const void *p)
{
    return ((const struct host_trace *)p)->path;
}

const struct proxy_type proxy_trace = {
    .name = "trace", .help = "an open trace", .fields = trace_fields, .title = trace_title};

static int open_trace(lua_State *L)
{
    struct script_state *s = script_of(L);
    struct err e = {0};
    struct host_trace *t;
    const char *path = host_find_trace(s->host, &s->arena, luaL_checkstring(L, 1), &e);
    if (path == NULL || host_open_trace(s->host, path, &t, &e) != STATUS_OK)
        return script_raise(L, &e);
    proxy_push(L, &proxy_trace, t, 0);
    return 1;
}

const struct proxy_type *const script_trace_proxies[] = {&proxy_trace, &proxy_kernel, &proxy_inst,
                                                         NULL};

const struct script_function script_trace_functions[] = {
    {"trace", open_trace, "warpscope.trace(name)",
     "opens a trace: one given on the command line (by path or file name) or a shipped one (by "
     "name)"},
    {NULL, NULL, NULL, NULL},
};
