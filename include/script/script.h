/*
 * script.h: Lua 5.4 scripts: plain scripts, parameter sweeps and kernel builders.
 *
 * A script sees the same parameters, stalls and models as the program, through read-only proxies
 * made from the registries of the layers below. It runs in a sandbox: no files, no processes, no
 * clock, no bytecode, a memory limit, a time budget, and a cancel flag looked at every few thousand
 * VM instructions. The only files it may read are the traces and profiles named in `traces`, those
 * shipped with the program, the descriptions of GPUs and hosts, and the modules of lua/lib.
 *
 * Every function here runs one script from start to end and keeps nothing: what it prints is added
 * to the two texts of struct script_options. A failing script is STATUS_LUA with file and line in
 * `e`. Not thread safe for one struct script_options; independent ones may run at the same time.
 */
#ifndef WARPSCOPE_SCRIPT_SCRIPT_H
#define WARPSCOPE_SCRIPT_SCRIPT_H

#include "base/err.h"
#include "base/text.h"
#include "base/tick.h"

enum script_format { SCRIPT_TEXT, SCRIPT_CSV, SCRIPT_JSON };

/* A zeroed struct with `data_dir` and `out` set is a complete, sandboxed set of options. */
struct script_options {
    const char *data_dir;        /* holds gpus/, lua/ and traces/ (os_data_dir) */
    const char *const *gpu_dirs; /* folders of GPU descriptions; none = data_dir/gpus */
    size_t n_gpu_dirs;
    const char *const *traces; /* and profiles: warpscope.traces; none = the shipped ones */
    size_t n_traces;
    const char *const *args; /* "name=value" texts, which param() gives to the script */
    size_t n_args;
    bool is_unsafe;  /* --lua-unsafe: io, os, traces and profiles by any path */
    bool is_exact;   /* analyze{} simulates the caches for every wave, unless it says otherwise */
    bool is_verbose; /* adds the traceback of an error to `log` */
    unsigned n_threads; /* workers of a sweep; 0 = 1 */
    double budget_s;    /* running time of one script or of one point; 0 = none */
    size_t mem_limit_b; /* of one Lua state; 0 = SCRIPT_MEM_LIMIT_B */
    enum script_format format;
    char csv_sep;            /* 0 = ',' */
    const struct tick *tick; /* called on the caller's thread; units: points of the sweep */
    struct text *out;        /* tables, and in SCRIPT_TEXT what the script prints */
    struct text *log;        /* tracebacks, and in CSV and JSON what it prints; NULL = dropped */
};

#define SCRIPT_MEM_LIMIT_B ((size_t)512 << 20)

/*
 * Runs a script: what it prints, its tables (`warpscope.table`) and its sweeps (`sweep{...}`) go to
 * o->out. `file` is a path, or the name of a shipped sweep ("l2_size"). A point that fails is a row
 * with the error text and does not stop the others. STATUS_CHECK when every point failed.
 */
enum status script_sweep(const struct script_options *o, const char *file, struct err *e) MUST_USE;

/*
 * Runs a kernel builder (`kernel{...}`, see lua/README.md) and writes what it makes, marked
 * synthetic, to `out_path`: text by the ending .traceg, else a .wst container. `file` is a path or
 * the name of a shipped builder ("vector_add"); `out_path` NULL = FILE's base name + ".wst" in the
 * current folder. o->out gets one line that says what was written.
 */
enum status script_build(const struct script_options *o, const char *file, const char *out_path,
                         struct err *e) MUST_USE;

/* "Lua 5.4.4". */
const char *script_lua_version(void);

/* The end of lua/README.md: every name a script may use, from the tables that define them. */
void script_reference(struct text *out);

#endif
