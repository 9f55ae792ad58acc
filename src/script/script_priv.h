/*
 * script_priv.h: what the files of the binding share.
 *
 * A Lua error leaves a C function by longjmp. So no function of the binding holds memory, a file or
 * a reference in a C variable while it calls into Lua: such things belong to a userdata (freed by
 * its __gc), to the state (freed by script_close) or to the host, which outlives all states.
 */
#ifndef WARPSCOPE_SCRIPT_PRIV_H
#define WARPSCOPE_SCRIPT_PRIV_H

#include <lauxlib.h>
#include <lua.h>
#include <stdatomic.h>

#include "gpu/gpu.h"
#include "model/model.h"
#include "result/result.h"
#include "script/script.h"
#include "trace/trace.h"

/* ---- the host: what all states of one run share; safe for many threads ---- */

struct host_trace {
    struct trace *trace;
    char *path;
    _Atomic(const struct trace_kernel *) *kernels; /* NULL until loaded */
    struct host_trace *next;
};

struct script_host {
    const struct script_options *o;
    _Atomic(struct host_trace *) traces;
    _Atomic(struct host_run *) runs; /* profiles: script_profile.h */
    atomic_bool is_cancelled;        /* set by the thread that calls the tick */
    const char *file;                /* of the script */
    str source;
    const struct sheet **sweeps; /* that have ended; workers replay the script up to the next one */
    unsigned n_sweeps;
};

void host_init(struct script_host *h, const struct script_options *o);
void host_done(struct script_host *h);

/* Opens at the first use and keeps it. */
enum status host_open_trace(struct script_host *h, const char *path, struct host_trace **out,
                            struct err *e) MUST_USE;
/* Borrowed from the host. */
enum status host_load_kernel(struct host_trace *t, uint32_t i, const struct tick *tick,
                             const struct trace_kernel **out, struct err *e) MUST_USE;
/* The path that `name` stands for, in `a`, or NULL and an error when a script may not open it. */
const char *host_find_trace(const struct script_host *h, struct arena *a, const char *name,
                            struct err *e);
/* The same for a profile. */
const char *host_find_profile(const struct script_host *h, struct arena *a, const char *name,
                              struct err *e);

/* ---- tables that scripts print ---- */

enum cell_kind { SHEET_NONE, SHEET_INTEGER, SHEET_NUMBER, SHEET_TEXT, SHEET_BOOL };

struct sheet_cell {
    enum cell_kind kind;
    int64_t i;
    double v;
    const char *text;
};

/* Rows of equal length; all memory is of the arena given to sheet_init. */
struct sheet {
    struct arena *arena;
    const char *name; /* "" = none */
    const char **columns;
    size_t n_columns;
    struct sheet_cell **rows; /* n_columns cells; NULL = not made */
    const char **errors;      /* a row's error text, NULL where it is whole */
    size_t n_rows, max_rows;
};

void sheet_init(struct sheet *s, struct arena *a, const char *name, size_t n_columns,
                size_t max_rows);
void sheet_print(const struct sheet *s, enum script_format f, char sep, struct text *out);
/* All tables of a script as one JSON document. */
void sheet_print_json(const struct sheet *const *sheets, size_t n, const char *file,
                      struct text *out);

/* ---- one Lua state ---- */

enum {
    SCRIPT_MAX_ARGS = 64,
    SCRIPT_MAX_SHEETS = 256,
    SCRIPT_MAX_SWEEPS = 64,
    SCRIPT_MAX_BUFFERS = 64,
};

/* Registry: list of the kernels that a builder made. */
#define SCRIPT_KERNELS_KEY "warpscope.kernels"

/* Global memory that the kernels of a script may touch. */
struct script_buffer {
    uint64_t base, size_b;
};

struct script_state {
    lua_State *L;
    struct script_host *host;
    const struct script_options *o;
    struct arena arena; /* names and descriptions that proxies point to */
    size_t mem_b, mem_limit_b;
    double deadline_s;  /* INFINITY = none */
    enum status stop;   /* why the script must end; STATUS_OK = it need not */
    struct err failure; /* of the call that failed last */
    struct text *print;

    bool is_worker;              /* takes part in a sweep of the state that owns the script */
    unsigned worker_sweep;       /* which */
    size_t worker_points;        /* points that sweep has */
    unsigned n_sweeps;           /* sweeps met so far */
    const struct sheet **sheets; /* of JSON output, oldest first */
    size_t n_sheets;
    unsigned n_failed_points, n_points; /* of all sweeps */

    unsigned n_kernels; /* made by kernel{} so far; they are in the registry */
    struct text params; /* "n=65536 seed=1": parameters that the script asked for */
    uint64_t args_used; /* bits of o->args */
    bool is_builder;    /* kernels are kept to be written */
    struct script_buffer buffers[SCRIPT_MAX_BUFFERS];
    unsigned n_buffers;
};

enum status script_open(struct script_state *s, struct script_host *h, bool is_worker,
                        struct err *e) MUST_USE;
void script_close(struct script_state *s);
struct script_state *script_of(lua_State *L);

/* Runs the function and arguments on top of the stack; the outcome of a failure is in `e`. */
enum status script_call(struct script_state *s, int n_args, int n_results, struct err *e) MUST_USE;
/* The failure whose message is on top of the stack of `L`. */
enum status script_failure(struct script_state *s, lua_State *L, struct err *e);
/* Pushes the host's script as a function. */
enum status script_load(struct script_state *s, struct err *e) MUST_USE;
/* Starts the time budget anew. */
void script_start_clock(struct script_state *s);
/* Raises a Lua error when the script was cancelled or has used up its time. */
void script_check_stop(lua_State *L);
/* For C functions that take long: reports nothing and stops when the script must. */
struct tick script_tick(struct script_state *s);
/* Raises `e` as a Lua error with the script's line. */
int script_raise(lua_State *L, const struct err *e);

/* ---- what scripts see ---- */

/* One function with its documentation; a NULL function documents a name made elsewhere. */
struct script_function {
    const char *name;
    lua_CFunction fn;
    const char *usage; /* "warpscope.gpu(name)" */
    const char *help;
};

extern const struct script_function script_sandbox_functions[];
extern const struct script_function script_trace_functions[];
extern const struct script_function script_gpu_functions[];
extern const struct script_function script_model_functions[];
extern const struct script_function script_profile_functions[];
extern const struct script_function script_replay_functions[];
extern const struct script_function script_batch_functions[];
extern const struct script_function script_table_functions[];
extern const struct script_function script_param_functions[];
extern const struct script_function script_sweep_functions[];
extern const struct script_function script_kernel_functions[];

/* Raises an error for a key of the table at `index` that is not in `keys`, which NULL ends. */
void script_check_keys(lua_State *L, int index, const char *what, const char *const *keys);

/* Adds the functions to the table on top of the stack. */
void script_set_functions(lua_State *L, const struct script_function *f);

/* Sets the constants of the table on top of the stack: traces, profiles, hosts, version. */
void script_set_values(lua_State *L);

/* Opens the libraries and installs the replacements; the globals table is all a script gets. */
void script_open_sandbox(lua_State *L);

/* ---- read-only proxies ---- */

enum field_kind {
    FIELD_DOUBLE,
    FIELD_U64,
    FIELD_U32,
    FIELD_UNSIGNED,
    FIELD_U8,
    FIELD_I64,
    FIELD_STRING,
    FIELD_BOOL,
    FIELD_DIM3, /* uint32_t[3] as a list */
    FIELD_CALL, /* made by a function */
};

struct proxy_field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    const char *help;
    void (*push)(lua_State *L, const void *p); /* FIELD_CALL; the proxy is at index 1 */
};

/*
 * A kind of proxy. A key is looked up in the field table, then among the names that `name_at` gives
 * (of a registry), then among the methods; without `name_at`, `count` and `push_at` make a list.
 */
struct proxy_type {
    const char *name; /* "result" */
    const char *help;
    const struct proxy_field *fields; /* ends with a NULL name; NULL = none */
    size_t (*count)(const void *p);   /* NULL = neither names nor elements */
    const char *(*name_at)(const void *p, size_t i);
    void (*push_at)(lua_State *L, const void *p, size_t i); /* the proxy is at index 1 */
    const struct script_function *methods; /* called as proxy:method(); NULL = none */
    const char *(*title)(const void *p);   /* what tostring and tables show; NULL = the type */
};

/* Pushes a proxy of `p`, which lives as long as the value at index `owner` (0 = for ever). */
void proxy_push(lua_State *L, const struct proxy_type *t, const void *p, int owner);
/* Pushes a proxy with `size_b` zeroed bytes of its own; `release` is called on them by __gc. */
void *proxy_push_own(lua_State *L, const struct proxy_type *t, size_t size_b,
                     void (*release)(void *p));
/* The value of one field of a record at `p`. */
void proxy_push_field(lua_State *L, const struct proxy_field *f, const void *p);
/* Makes the proxy on top of the stack keep the value at `index` alive. */
void proxy_keep(lua_State *L, int index);
/* Pushes what the proxy at `index` keeps alive, nil for nothing. */
void proxy_push_kept(lua_State *L, int index);
/* nil for NAN, else an integer where the number is whole. */
void script_push_number(lua_State *L, double v);
/* NULL when the value at `index` is no proxy of that type. */
const void *proxy_test(lua_State *L, int index, const struct proxy_type *t);
const void *proxy_check(lua_State *L, int index, const struct proxy_type *t);
/* The type and subject of any proxy, NULL for other values. */
const struct proxy_type *proxy_type_of(lua_State *L, int index, const void **p);

extern const struct proxy_type proxy_trace, proxy_kernel, proxy_gpu, proxy_model, proxy_result;
/* script_timeline.c */
extern const struct proxy_type proxy_timeline, proxy_lane, proxy_span, proxy_repeat;

/* All types, for the reference. */
extern const struct proxy_type *const script_trace_proxies[];
extern const struct proxy_type *const script_gpu_proxies[];
extern const struct proxy_type *const script_model_proxies[];
extern const struct proxy_type *const script_profile_proxies[];
extern const struct proxy_type *const script_replay_proxies[];
extern const struct proxy_type *const script_batch_proxies[];

/* Raises an error where `name` is a path and the script is not unsafe; `what` in the plural. */
void script_check_plain_name(lua_State *L, const char *name, const char *what);
/* Pushes the list of names of the hosts that are described. */
void script_push_hosts(lua_State *L);
/* Pushes the proxy of a GPU description loaded by name (once a state). */
void script_push_gpu(lua_State *L, const char *name);
/* Pushes a copy of `g` that scripts may not change; returns it for the caller to. */
struct gpu *script_push_gpu_copy(lua_State *L, const struct gpu *g);
const struct gpu *script_check_gpu(lua_State *L, int index);
void script_push_model(lua_State *L, const char *name);
/* Pushes the proxy of a kernel made by the script. The caller stores its reference in what is
 * returned and calls no Lua function before. */
const struct trace_kernel **script_push_kernel(lua_State *L);
/* The loaded kernel of a proxy. */
const struct trace_kernel *script_check_kernel(lua_State *L, int index);

/* What a table shows for the value at `index`; text is allocated in `a`. */
struct sheet_cell script_cell(lua_State *L, int index, struct arena *a);
/* Prints now, or keeps for the JSON document. */
void script_emit_sheet(struct script_state *s, const struct sheet *sheet);

#endif
