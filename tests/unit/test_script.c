/* The sandbox, errors, proxies and sweeps, seen from outside: scripts in, output and errors out. */
#include "t.h"

#include "base/os.h"
#include "base/text.h"
#include "script/script.h"

static struct text out, log_text;
static struct err err;

/* Runs a script given as text. What it printed is in `out`, how it failed in `err`. */
static enum status run_with(struct script_options o, const char *script)
{
    const char *path = t_temp_path("script.lua");
    if (out.arena.base == NULL) {
        text_init(&out);
        text_init(&log_text);
    }
    text_clear(&out);
    text_clear(&log_text);
    err = (struct err){0};
    CHECK(os_write_file(path, str_from(script), &err) == STATUS_OK);
    o.data_dir = ".";
    o.out = &out;
    o.log = &log_text;
    return script_sweep(&o, path, &err);
}

static enum status run(const char *script)
{
    return run_with((struct script_options){0}, script);
}

static void check_prints(const char *script, const char *expected)
{
    CHECK_EQ_INT(run(script), STATUS_OK);
    CHECK_EQ_STR(err.message, "");
    CHECK_EQ_STR(text_cstr(&out), expected);
}

static void check_fails(const char *script, unsigned line, const char *message)
{
    CHECK_EQ_INT(run(script), STATUS_LUA);
    CHECK_EQ_STR(err.message, message);
    CHECK_EQ_INT(err.line, line);
    CHECK_EQ_STR(os_basename(err.path), "script.lua");
}

/* A small kernel for what needs one. */
#define KERNEL                                                                 \
    "local a = buffer(4096)\n"                                                 \
    "local k = kernel{name = 'k', grid = 4, block = 64, regs = 8, code = [[\n" \
    "  S2R R0, SR_TID.X\n"                                                     \
    "  MOV R3, 0x4\n"                                                          \
    "  IMAD.WIDE R4, R0, R3, c[0x0][0x160]\n"                                  \
    "  LDG.E R2, [R4.64] {at}\n"                                               \
    "  STG.E [R4.64], R2 {at}\n"                                               \
    "  EXIT\n"                                                                 \
    "]], at = function(t) return a + 4 * t.gid end}\n"

/* ---- the sandbox ---- */

TEST(prints_what_the_script_prints)
{
    check_prints("print('a', 1, nil, true) print(2.5)", "a\t1\tnil\ttrue\n2.5\n");
}

TEST(has_no_files_processes_or_debug)
{
    check_prints("print(io, os, debug, package, coroutine, dofile, loadfile, collectgarbage)",
                 "nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\n");
    check_prints("print(string.dump, xpcall, warn)", "nil\tnil\tnil\n");
    check_prints("print(getmetatable('').__index == string)", "true\n");
}

TEST(loads_text_and_no_bytecode)
{
    check_prints("print(load('return 1 + 1')())", "2\n");
    check_prints("print(load('\\27Lua'))", "nil\tattempt to load a binary chunk (mode is 't')\n");
    check_prints("print(load('return x', 'c', 't', {x = 5})())", "5\n");
    CHECK_EQ_INT(run("\33Lua"), STATUS_LUA);
}

TEST(unsafe_scripts_have_io_and_os)
{
    struct script_options o = {.is_unsafe = true};
    CHECK_EQ_INT(run_with(o, "print(io ~= nil, os ~= nil, debug)"), STATUS_OK);
    CHECK_EQ_STR(text_cstr(&out), "true\ttrue\tnil\n");
}

TEST(refuses_finalisers)
{
    check_fails("setmetatable({}, {__gc = function() while true do end end})", 1,
                "finalisers (__gc) are not available to scripts");
    check_prints("print(getmetatable(setmetatable({}, {__index = {}})) ~= nil)", "true\n");
}

TEST(functions_of_c_do_not_loop_for_ever)
{
    check_prints("print(#string.rep('', 1e18 // 1 | 0))", "0\n");
    CHECK_EQ_INT(run("table.move({}, 1, math.maxinteger - 1, 2)"), STATUS_LUA);
    check_prints("print(#table.move({1, 2}, 1, 2, 3))", "4\n");
    check_prints("print(('ab'):rep(2, '-'))", "ab-ab\n");
}

TEST(require_knows_only_the_library)
{
    check_prints("print(#require('breakdown').columns > 3)", "true\n");
    check_prints("print(require('kernels') == require('kernels'))", "true\n");
    check_fails("\nrequire('../sweeps/l2_size')", 2,
                "'../sweeps/l2_size' is no module name: only modules of lua/lib can be loaded");
    CHECK_EQ_INT(run("require('absent')"), STATUS_LUA);
}

static unsigned n_ticks;

static bool cancel_at_third(void *arg, uint64_t done, uint64_t total)
{
    (void)arg;
    (void)done;
    (void)total;
    return ++n_ticks < 3;
}

TEST(an_endless_loop_is_cancelled)
{
    struct tick tick = {cancel_at_third, NULL};
    n_ticks = 0;
    CHECK_EQ_INT(run_with((struct script_options){.tick = &tick}, "while true do end"),
                 STATUS_CANCELLED);
    n_ticks = 0;
    CHECK_EQ_INT(run_with((struct script_options){.tick = &tick},
                          "while true do pcall(function() while true do end end) end"),
                 STATUS_CANCELLED);
    CHECK_EQ_INT(n_ticks, 3);
}

TEST(a_time_budget_ends_the_script)
{
    struct script_options o = {.budget_s = 0.05};
    CHECK_EQ_INT(run_with(o, "\nwhile true do end"), STATUS_LUA);
    CHECK_EQ_STR(err.message, "took longer than the time budget of 0.05 s");
    CHECK_EQ_INT(err.line, 2);
}

TEST(memory_is_limited)
{
    struct script_options o = {.mem_limit_b = 8 << 20};
    CHECK_EQ_INT(run_with(o, "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"),
                 STATUS_LUA);
    CHECK_EQ_STR(err.message, "needs more than 8 MiB of memory");
    CHECK_EQ_INT(run_with(o, "print(pcall(string.rep, 'x', 1 << 40))"), STATUS_OK);
    CHECK_EQ_INT(run_with((struct script_options){.mem_limit_b = 4096}, ""), STATUS_LIMIT);
}

TEST(pairs_has_an_order)
{
    check_prints("local t = {b = 1, a = 2, [10] = 3, [2] = 4, 5} local s = ''\n"
                 "for k in pairs(t) do s = s .. k .. ' ' end print(s)",
                 "1 2 10 a b \n");
    check_prints("local t = {1, 2, 3} for k in pairs(t) do t[k] = nil end print(next(t))", "nil\n");
    check_prints("for k in pairs{x = 1} do print(k) end", "x\n");
    check_fails("pairs(nil)", 1, "bad argument #1 to 'pairs' (table expected, got nil)");
}

TEST(random_numbers_are_the_same_each_time)
{
    CHECK_EQ_INT(run("print(math.random(1 << 40))"), STATUS_OK);
    char first[64];
    snprintf(first, sizeof first, "%s", text_cstr(&out));
    check_prints("print(math.random(1 << 40))", first);
}

/* ---- errors ---- */

TEST(errors_have_file_and_line)
{
    check_fails("local x = 1\nerror('no luck')", 2, "no luck");
    check_fails("\n\nlocal y = nil + 1", 3, "attempt to perform arithmetic on a nil value");
    check_fails("local x =\n= 2", 2, "unexpected symbol near '='");
    check_fails("error({})", 0, "error value is a table");
    check_fails("local function f() error('at the caller', 2) end\nf()", 2, "at the caller");
}

TEST(verbose_adds_a_traceback)
{
    CHECK_EQ_INT(run_with((struct script_options){.is_verbose = true}, "error('x')"), STATUS_LUA);
    CHECK(strstr(text_cstr(&log_text), "stack traceback:") != NULL);
    CHECK_EQ_INT(run("error('x')"), STATUS_LUA);
    CHECK_EQ_STR(text_cstr(&log_text), "");
}

TEST(an_absent_script_is_an_error)
{
    struct script_options o = {.data_dir = ".", .out = &out};
    err = (struct err){0};
    CHECK_EQ_INT(script_sweep(&o, "no_such_sweep", &err), STATUS_IO);
    CHECK_EQ_STR(err.message, "cannot open 'no_such_sweep': no such file");
}

/* ---- parameters ---- */

TEST(parameters_have_the_type_of_their_default)
{
    const char *args[] = {"n=12", "name=x"};
    struct script_options o = {.args = args, .n_args = 2};
    CHECK_EQ_INT(run_with(o, "print(param('n', 1) + 1, param('name', 'y'), param('z', 0.5))"),
                 STATUS_OK);
    CHECK_EQ_STR(text_cstr(&out), "13\tx\t0.5\n");
    CHECK_EQ_INT(run_with(o, "param('n', 1)"), STATUS_USAGE);
    CHECK_EQ_STR(err.message, "the script has no parameter 'name'");
    CHECK_EQ_STR(err.hint, "it has: n=12");
    args[0] = "n=1.5";
    CHECK_EQ_INT(run_with(o, "param('n', 1)"), STATUS_LUA);
    CHECK_EQ_STR(err.message, "parameter n must be a whole number, found '1.5'");
    args[0] = "n";
    CHECK_EQ_INT(run_with(o, ""), STATUS_USAGE);
}

/* ---- proxies ---- */

TEST(proxies_are_read_only)
{
    check_fails(KERNEL "k.name = 'x'", 10, "a kernel is read-only");
    check_fails("warpscope.gpu('h100-sxm')['memory.l2'] = 1", 1, "a GPU description is read-only");
    check_fails(KERNEL "warpscope.analyze{kernel = k, gpu = 'h100-sxm'}.stalls.wait = 0", 10,
                "a set of stalls is read-only");
    check_prints("print(getmetatable(warpscope.gpu('h100-sxm')))", "false\n");
}

TEST(unknown_names_are_errors)
{
    check_fails(KERNEL "print(k.nam)", 10, "a kernel has no 'nam': did you mean 'name'?");
    check_fails("print(warpscope.gpu('h100-sxm')['memory.l3'])", 1,
                "a GPU description has no 'memory.l3': did you mean 'memory.l2'?");
    check_fails("warpscope.gpu('h100-pcie'):with{['chip.sm_count'] = 0}", 1,
                "chip.sm_count is out of range: expected a whole number from 1 to 1024 SM, found 0 "
                "(chip.sm_count: streaming multiprocessors enabled)");
    CHECK_EQ_INT(run("warpscope.gpu('h100-smx')"), STATUS_LUA);
    CHECK(strstr(err.message, "h100-smx") != NULL);
    CHECK_EQ_INT(run("warpscope.model('amali-pubic')"), STATUS_LUA);
    check_fails("warpscope.gpu('gpus/h100-sxm.json')", 1,
                "'gpus/h100-sxm.json' is a path: scripts name GPU descriptions without folder and "
                "ending");
    check_fails(KERNEL "warpscope.analyze{kernel = k, gpus = 'x'}", 10,
                "analyze has no option 'gpus'");
    check_fails("warpscope.analyze{kernel = 1, gpu = 'x'}", 1,
                "analyze: kernel must be a kernel, found a number");
}

TEST(kernels_have_header_and_counts)
{
    check_prints(KERNEL "print(k, k.grid[1], k.block[1], k.regs, k.isa, k.synthetic, k.made_by)",
                 "k\t4\t64\t8\t80\ttrue\tscript.lua\n");
    check_prints(KERNEL
                 "print(k.warp_insts, k.thread_insts, k.mem_insts, k.ctas, k.warps, k.paths)",
                 "48\t1536\t16\t4\t8\t1\n");
    check_prints(KERNEL "print(#k.code, k.code[4].opcode, k.code[4].pc, k.code[7])",
                 "6\tLDG.E\t48\tnil\n");
    check_prints(KERNEL "for i, inst in ipairs(k.code) do if inst.width > 0 then print(i) end end",
                 "4\n5\n");
}

TEST(every_gpu_parameter_can_be_read_and_changed)
{
    check_prints(
        "local g = warpscope.gpu('a100-sxm4-40gb')\n"
        "local n = 0 for name, v in pairs(g) do n = n + 1 end\n"
        "local h = g:with{['memory.l2'] = 20480}\n"
        "print(n > 80, g['memory.l2'], h['memory.l2'], g == h, g == warpscope.gpu(g.name))",
        "true\t40960\t20480\tfalse\ttrue\n");
    CHECK_EQ_INT(run("warpscope.gpu('a100-sxm4-40gb'):with{['memory.l2'] = -1}"), STATUS_LUA);
    CHECK_EQ_INT(run("warpscope.gpu('a100-sxm4-40gb'):with{['memory.l3'] = 1}"), STATUS_LUA);
    check_fails("warpscope.gpu('a100-sxm4-40gb'):with{['memory.l2'] = 'x'}", 1,
                "memory.l2 must be a number, found a string");
}

TEST(stalls_sum_to_the_cycles)
{
    check_prints(KERNEL "local r = warpscope.analyze{kernel = k, gpu = 'h100-sxm'}\n"
                        "local sum, groups = 0, 0\n"
                        "for _, v in pairs(r.stalls) do sum = sum + v end\n"
                        "for _, v in pairs(r.groups) do groups = groups + v end\n"
                        "print(math.abs(sum / r.cycles - 1) < 1e-9, math.abs(groups / r.cycles - 1)"
                        " < 1e-9, r.cycles > 0, r.model_name, #r.insts == #k.code)",
                 "true\ttrue\ttrue\twarpscope\ttrue\n");
}

TEST(a_timeline_is_there_when_asked_for)
{
    check_prints(KERNEL
                 "local o = {kernel = k, gpu = 'h100-sxm', model = 'sm'}\n"
                 "print(warpscope.analyze(o).timeline)\n"
                 "o.timeline = true\n"
                 "local r = warpscope.analyze(o)\n"
                 "local t, issued, gaps = r.timeline, 0, 0\n"
                 "for _, l in ipairs(t.lanes) do\n"
                 "  for i = l.first_span, l.first_span + l.n_spans - 1 do\n"
                 "    local s = t.spans[i]\n"
                 "    if s.state == 'selected' then issued = issued + s.to_cy - s.from_cy end\n"
                 "    if i > l.first_span and t.spans[i - 1].to_cy ~= s.from_cy then\n"
                 "      gaps = gaps + 1 end\n"
                 "    assert(k.code[s.code].opcode)\n"
                 "  end\n"
                 "end\n"
                 "print(issued > 0, issued <= r.warp_insts, gaps, #t.repeats, t.is_cut,\n"
                 "      t.spans[#t.spans].to_cy <= t.end_cy)\n"
                 "o.model = 'warpscope'\n"
                 "print(warpscope.analyze(o).timeline)\n",
                 "nil\ntrue\ttrue\t0\t0\tfalse\ttrue\nnil\n");
}

TEST(switches_change_the_result)
{
    check_prints(KERNEL "local function t(o) o.kernel, o.gpu = k, 'a100-sxm4-40gb'\n"
                        "return warpscope.analyze(o).cycles end\n"
                        "print(t{} ~= t{no_fix = {'launch'}}, t{no_fix = {'launch'}, fix = {}} == "
                        "t{no_fix = {'launch'}}, t{model = 'amali-public'} == "
                        "t{model = warpscope.model('amali-public')})",
                 "true\ttrue\ttrue\n");
    CHECK_EQ_INT(run(KERNEL "warpscope.analyze{kernel = k, gpu = 'h100-sxm', fix = {'lunch'}}"),
                 STATUS_LUA);
}

TEST(only_given_and_shipped_traces_open)
{
    check_fails(
        "warpscope.trace('/etc/passwd')", 1,
        "no trace '/etc/passwd' was given and none of that name is shipped (name it with --trace)");
    CHECK_EQ_INT(run("warpscope.trace('../gpus/h100-sxm.json')"), STATUS_LUA);
    const char *given[] = {"gpus/h100-sxm.json"};
    struct script_options o = {.traces = given, .n_traces = 1};
    CHECK_EQ_INT(run_with(o, "print(#warpscope.traces, warpscope.traces[1])\n"
                             "print(pcall(warpscope.trace, 'h100-sxm.json'))"),
                 STATUS_OK); /* it may be opened; that it is no trace is another matter */
    CHECK(strstr(text_cstr(&out), "1\tgpus/h100-sxm.json\nfalse\t") != NULL);
    CHECK(strstr(text_cstr(&out), "was given") == NULL);
}

/* ---- explanations ---- */

TEST(numbers_explain_themselves)
{
    check_prints(
        "local k = warpscope.trace('softmax').kernels[1]\n"
        "local r = warpscope.analyze{kernel = k, gpu = 'amali-a100', model = 'amali-public'}\n"
        "local x = warpscope.explain('ipc', r)\n"
        "print(x.name, x.title, x.unit, x.value == r.ipc, #x.equations)\n"
        "print(x.equations[1].text, x.equations[1].numbers ~= nil)\n"
        "print(warpscope.explain('ipc').equations[1].numbers)\n"
        "print(warpscope.explain('wait', r).value == r.stalls.wait)\n"
        "print(warpscope.explain('latency.l1', nil, 'amali-a100').value)\n",
        "ipc\tInstructions per cycle\tinst/cy\ttrue\t1\n"
        "ipc = warp_insts / cycles\ttrue\n"
        "nil\n"
        "true\n"
        "37.0\n");
    check_fails("warpscope.explain('long_scorebord')", 1,
                "explain: nothing is called 'long_scorebord'; did you mean 'long_scoreboard'?");
    check_fails("warpscope.explain('wait', 3)", 1,
                "explain: result must be a result, found a number");
}

/* ---- tables ---- */

#define TABLE                                                              \
    "warpscope.table{name = 'T', columns = {'n', 'text', 'x'}, rows = {\n" \
    "{1, 'plain', 0.5}, {n = 1234567, text = 'a \"q\", b', x = 1 / 3}, {3, true, 0 / 0}}}"

TEST(tables_are_aligned_text)
{
    check_prints(TABLE, "T\n"
                        "      n  text           x\n"
                        "      1  plain     0.5000\n"
                        "1234567  a \"q\", b  0.3333\n"
                        "      3  yes            ?\n");
}

TEST(tables_are_csv)
{
    CHECK_EQ_INT(
        run_with((struct script_options){.format = SCRIPT_CSV}, "print('to the log')" TABLE),
        STATUS_OK);
    CHECK_EQ_STR(text_cstr(&out), "n,text,x\n"
                                  "1,plain,0.5\n"
                                  "1234567,\"a \"\"q\"\", b\",0.3333333333333333\n"
                                  "3,true,\n");
    CHECK_EQ_STR(text_cstr(&log_text), "to the log\n");
    CHECK_EQ_INT(run_with((struct script_options){.format = SCRIPT_CSV, .csv_sep = ';'}, TABLE),
                 STATUS_OK);
    CHECK(strstr(text_cstr(&out), "1;plain;0.5\n") != NULL);
}

TEST(tables_are_json)
{
    CHECK_EQ_INT(run_with((struct script_options){.format = SCRIPT_JSON}, TABLE TABLE), STATUS_OK);
    const char *text = text_cstr(&out);
    CHECK(strstr(text, "\"schema\": 1") != NULL || strstr(text, "\"schema\":\t1") != NULL);
    CHECK(strstr(text, "1234567") != NULL);
    CHECK(strstr(text, "\"a \\\"q\\\", b\"") != NULL);
    CHECK(strstr(text, "null") != NULL);
}

TEST(control_characters_stay_out_of_text)
{
    check_prints("warpscope.table{columns = {'c'}, rows = {{'\\27[31mred'}}}", "c\n?[31mred\n");
}

/* ---- sweeps ---- */

#define SWEEP                                                                                   \
    KERNEL                                                                                      \
    "local t = sweep{name = 'S', kernel = k,\n"                                                 \
    "axes = {{'gpu', {'a100-sxm4-40gb', 'h100-sxm'}}, {'memory.l2', {10240, 20480, 40960}}},\n" \
    "run = function(p)\n"                                                                       \
    "  print('point', p.index)\n"                                                               \
    "  if p.index == 4 then error('point four') end\n"                                          \
    "  local r = warpscope.analyze{kernel = p.kernel, gpu = p.gpu}\n"                           \
    "  return {cycles = r.cycles, l2 = p.gpu['memory.l2'], random = math.random(1000)}\n"       \
    "end}\n"                                                                                    \
    "print(#t.rows, #t.columns, t.rows[6].l2, t.rows[4].error)\n"                               \
    "sweep{axes = {x = {1, 2}, a = {t.rows[1].l2}}, run = function(p) return {y = p.x + p.a} end}"

TEST(sweeps_are_the_same_for_any_number_of_workers)
{
    static const enum script_format formats[] = {SCRIPT_TEXT, SCRIPT_CSV, SCRIPT_JSON};
    struct text first;
    text_init(&first);
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        CHECK_EQ_INT(run_with((struct script_options){.format = formats[f], .n_threads = 1}, SWEEP),
                     STATUS_OK);
        text_clear(&first);
        text_add(&first, text_str(&out));
        for (unsigned n = 2; n <= 5; n++) {
            struct script_options o = {.format = formats[f], .n_threads = n};
            CHECK_EQ_INT(run_with(o, SWEEP), STATUS_OK);
            CHECK_EQ_STR(text_cstr(&out), text_cstr(&first));
        }
    }
    text_done(&first);
}

TEST(a_point_that_fails_is_a_row)
{
    CHECK_EQ_INT(run(SWEEP), STATUS_OK);
    const char *text = text_cstr(&out);
    CHECK(strstr(text, "point\t1\npoint\t2\n") == text);
    CHECK(strstr(text, "script.lua:14: point four\n") != NULL);
    CHECK(strstr(text, "6\t5\t40960\tscript.lua:14: point four\n") != NULL);
    CHECK(strstr(text, "10240  1  10241\n10240  2  10242\n") != NULL);
    CHECK_EQ_INT(run("sweep{axes = {x = {1, 2}}, run = function(p) error('bad') end}"),
                 STATUS_CHECK);
    CHECK_EQ_STR(err.message, "all 2 points of the sweep failed");
}

TEST(a_sweep_says_what_is_wrong_with_it)
{
    check_fails("sweep{axes = {}, run = print}", 1, "sweep: axes is empty");
    check_fails("sweep{axes = {x = {}}, run = print}", 1, "sweep: axis 'x' has no values");
    check_fails("sweep{axes = {x = 3}, run = print}", 1,
                "sweep: axis 'x' must be a list, found a number");
    check_fails("sweep{axes = {x = {1}}, run = 3}", 1,
                "sweep: run must be a function, found a number");
    check_fails("sweep{axis = {x = {1}}, run = print}", 1, "sweep has no option 'axis'");
    CHECK_EQ_INT(run("sweep{axes = {x = {1}}, run = function() return 3 end}"), STATUS_CHECK);
    CHECK(strstr(text_cstr(&out), "run must return a table of columns, found a number") != NULL);
    CHECK_EQ_INT(run("sweep{axes = {x = {1}}, run = function(p)\n"
                     "return sweep{axes = {y = {1}}, run = print} end}"),
                 STATUS_CHECK);
    CHECK(strstr(text_cstr(&out), "a sweep cannot start another one") != NULL);
}

TEST(a_sweep_can_be_cancelled)
{
    struct tick tick = {cancel_at_third, NULL};
    n_ticks = 0;
    struct script_options o = {.tick = &tick, .n_threads = 2};
    CHECK_EQ_INT(run_with(o, "sweep{axes = {x = {1, 2, 3}}, run = function(p)\n"
                             "while true do pcall(function() while true do end end) end end}"),
                 STATUS_CANCELLED);
    CHECK(strstr(text_cstr(&out), "cancelled") != NULL);
}

TEST(the_time_budget_of_a_sweep_is_per_point)
{
    CHECK_EQ_INT(run_with((struct script_options){.budget_s = 0.1},
                          "sweep{axes = {x = {1, 2, 3}}, run = function(p)\n"
                          "while p.x == 2 do end return {y = p.x} end}"),
                 STATUS_OK);
    CHECK(strstr(text_cstr(&out), "3  3\n") != NULL);
    CHECK(strstr(text_cstr(&out), "time budget") != NULL);
}

/* ---- models ---- */

TEST(a_model_shows_its_stages)
{
    check_prints("local g = warpscope.model('gcom') print(g.stages.hiding, g.stages.compose)",
                 "mean\tsum\n");
    check_prints(
        "local n = 0 for _ in pairs(warpscope.model('sm').stages) do n = n + 1 end print(n)",
        "0\n");
}

/* ---- the reference ---- */

/* UPDATE=1 in the environment writes it anew. */
TEST(the_reference_is_up_to_date)
{
    const char *path = "lua/README.md", *heading = "# Reference\n";
    struct arena a;
    struct text made;
    str file;
    arena_init(&a, ARENA_SMALL);
    text_init(&made);
    err = (struct err){0};
    CHECK(os_read_file(&a, path, 1 << 20, &file, &err) == STATUS_OK);
    const char *reference = strstr(file.p, heading);
    CHECK(reference != NULL);
    text_add(&made, (str){file.p, (size_t)(reference - file.p) + strlen(heading)});
    script_reference(&made);
    if (getenv("UPDATE") != NULL)
        CHECK(os_write_file(path, text_str(&made), &err) == STATUS_OK);
    else if (!str_eq(file, text_str(&made)))
        T_FAIL("%s is out of date: UPDATE=1 build/tests/test_script makes it anew", path);
    text_done(&made);
    arena_done(&a);
}
