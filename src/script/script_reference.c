/*
 * script_reference.c: lua/README.md, made of the tables that define the binding.
 */
#include <ctype.h>

#include "script_priv.h"

static const char intro[] =
    "# Lua scripts\n"
    "\n"
    "Made by `script_reference` of src/script from the tables that define the binding; a test "
    "compares\n"
    "the two. Scripts are Lua 5.4.\n"
    "\n"
    "| folder | what | run with |\n"
    "| --- | --- | --- |\n"
    "| `sweeps/` | scripts that run models over traces and print tables | "
    "`warpscope sweep FILE.lua [TRACE...] [name=value...]` |\n"
    "| `kernels/` | builders of the traces in `traces/` | "
    "`warpscope trace build FILE.lua [-o OUT] [name=value...]` |\n"
    "| `lib/` | modules for `require` | |\n"
    "\n"
    "## What a script may do\n"
    "\n"
    "A script has the base, `table`, `string`, `math` and `utf8` libraries, without what reads "
    "files,\n"
    "loads bytecode or starts processes. The only files it can read are the traces named on the "
    "command\n"
    "line or shipped with the program, the GPU descriptions, and the modules of `lib/`. "
    "`--lua-unsafe`\n"
    "adds `io`, `os` and traces by any path. A Lua state may use 512 MiB. `Ctrl-C` stops a "
    "script\n"
    "at its next few thousand steps; a single call of a string function runs to its end.\n"
    "\n"
    "What a script prints is the same each time: `pairs` has a fixed order, `math.random` a fixed "
    "seed.\n"
    "Proxies (traces, kernels, GPU descriptions, models, results) are read-only: assigning to one "
    "is an\n"
    "error, and so is a name that it does not have. `pairs` goes through the names of a record, "
    "`#` and\n"
    "`ipairs` work on lists.\n";

static const char sweeps_text[] =
    "`axes` maps names to lists of values. `{{\"gpu\", {...}}, {\"kernel\", {...}}}` keeps the "
    "order written;\n"
    "`{gpu = {...}, kernel = {...}}` goes by name. The last axis runs fastest. The function gets a "
    "table\n"
    "`p` with the value of each axis, `p.index`, and what the sweep fixes for all points (`gpu`, "
    "`kernel`,\n"
    "`model`). An axis named as a GPU parameter, such as `[\"memory.l2\"]`, changes it: `p.gpu` is "
    "the\n"
    "changed copy. The function returns a table of columns; `columns` gives their order, without "
    "it they\n"
    "are sorted by name.\n"
    "\n"
    "Points are shared among `-j N` workers. Each worker runs the script anew up to the sweep, so "
    "a point\n"
    "must not depend on what other points left in variables. A point that fails becomes a row with "
    "the\n"
    "error's text. `sweep` prints its table unless `print = false` and returns\n"
    "`{name=, columns={...}, rows={{column=value, error=}, ...}}`.\n"
    "\n"
    "```lua\n"
    "sweep{\n"
    "    name = \"L2 size\",\n"
    "    gpu = \"a100-sxm4-40gb\",\n"
    "    kernel = warpscope.trace(warpscope.traces[1]).kernels[1],\n"
    "    axes = {[\"memory.l2\"] = {10240, 20480, 40960}},\n"
    "    columns = {\"cycles\", \"L2 hits\"},\n"
    "    run = function(p)\n"
    "        local r = warpscope.analyze{kernel = p.kernel, gpu = p.gpu}\n"
    "        return {cycles = r.cycles, [\"L2 hits\"] = r.caches.l2.hit_rate}\n"
    "    end,\n"
    "}\n"
    "```\n"
    "\n";

static const char kernels_text[] =
    "`code` is a SASS listing: labels, guards (`@P0`, `@!P0`), opcodes with modifiers, operands, "
    "comments\n"
    "behind `//`. It is executed for every warp: each lane has its own position, lanes at the same "
    "lowest\n"
    "position step together, so diverged lanes meet again where their paths join. What the listing "
    "cannot\n"
    "say comes from functions: a word in braces at the end of a line marks the instruction, and "
    "the\n"
    "kernel has a function of that name. For a load or store it returns the address, for an "
    "instruction\n"
    "that sets a predicate whether the predicate holds. It gets the thread and `n`, how often the "
    "thread\n"
    "has executed this instruction before (0 at first).\n"
    "\n"
    "The thread `t` has `lane`, `warp`, `tid` (linear, in the CTA), `x`, `y`, `z` (threadIdx), "
    "`cta`\n"
    "(linear), `cx`, `cy`, `cz` (blockIdx) and `gid` (`cta` times block size + `tid`). The table "
    "is used\n"
    "again for the next warp.\n"
    "\n"
    "Refused: opcodes that are not in the table, registers beyond `regs` or read before they are "
    "written,\n"
    "addresses that are not aligned, outside every `buffer` or beyond `shmem`, warps that do not "
    "end.\n"
    "\n"
    "```lua\n"
    "local n = param(\"n\", 4096)\n"
    "local a = buffer(4 * n)\n"
    "\n"
    "kernel{\n"
    "    name = \"double\", grid = n // 128, block = 128, regs = 8,\n"
    "    code = [[\n"
    "        S2R R0, SR_TID.X\n"
    "        S2R R1, SR_CTAID.X\n"
    "        IMAD R0, R1, c[0x0][0x0], R0\n"
    "        IMAD.MOV.U32 R2, RZ, RZ, 0x4\n"
    "        IMAD.WIDE R2, R0, R2, c[0x0][0x160]\n"
    "        LDG.E R4, [R2.64]     {at}\n"
    "        FADD R4, R4, R4\n"
    "        STG.E [R2.64], R4     {at}\n"
    "        EXIT\n"
    "    ]],\n"
    "    at = function(t) return a + 4 * t.gid end,\n"
    "}\n"
    "```\n"
    "\n";

static void add_functions(struct text *out, const struct script_function *f)
{
    for (; f->name != NULL; f++)
        text_printf(out, "- `%s`: %s.\n", f->usage, f->help);
}

static void add_proxy(struct text *out, const struct proxy_type *t)
{
    text_printf(out, "\n### %s\n\n%c%s.\n\n", t->name, toupper((unsigned char)t->help[0]),
                t->help + 1);
    for (const struct proxy_field *f = t->fields; f != NULL && f->name != NULL; f++)
        text_printf(out, "- `%s`: %s\n", f->name, f->help);
    for (const struct script_function *f = t->methods; f != NULL && f->name != NULL; f++)
        text_printf(out, "- `%s`: %s\n", f->usage, f->help);
}

static void add_section(struct text *out, const char *title, const struct script_function *f,
                        const struct proxy_type *const *proxies)
{
    text_printf(out, "\n## %s\n\n", title);
    add_functions(out, f);
    for (; proxies != NULL && *proxies != NULL; proxies++)
        add_proxy(out, *proxies);
}

static void add_stalls(struct text *out)
{
    text_puts(out, "\nStalls: ");
    for (size_t i = 0; i < STALL_N; i++)
        text_printf(out, "%s`%s`", i == 0 ? "" : ", ", stall_info[i].name);
    text_puts(out, ".\n\nGroups: ");
    for (size_t i = 0; i < STALL_GROUP_N; i++)
        text_printf(out, "%s`%s`", i == 0 ? "" : ", ", stall_group_name((enum stall_group)i));
    text_puts(out, ".\n\nSwitches for `fix` and `no_fix`: ");
    for (size_t i = 0; i < FIX_N; i++)
        text_printf(out, "%s`%s`", i == 0 ? "" : ", ", fix_info[i].name);
    text_puts(out, ".\n");
}

void script_reference(struct text *out)
{
    text_puts(out, intro);
    add_section(out, "Replaced functions of Lua", script_sandbox_functions, NULL);
    add_section(out, "Parameters and tables", script_param_functions, NULL);
    add_functions(out, script_table_functions);
    text_puts(out, "- `warpscope.traces`: the names given on the command line; without any, those "
                   "of the shipped traces.\n"
                   "- `warpscope.version`: of the program.\n");
    add_section(out, "Traces", script_trace_functions, script_trace_proxies);
    add_section(out, "GPU descriptions", script_gpu_functions, script_gpu_proxies);
    add_section(out, "Models and results", script_model_functions, script_model_proxies);
    add_stalls(out);
    text_puts(out, "\n## Sweeps\n\n");
    add_functions(out, script_sweep_functions);
    text_putc(out, '\n');
    text_puts(out, sweeps_text);
    text_puts(out, "## Kernels\n\n");
    add_functions(out, script_kernel_functions);
    text_putc(out, '\n');
    text_puts(out, kernels_text);
}
