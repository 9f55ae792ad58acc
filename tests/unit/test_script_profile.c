/* Profiles as scripts see them: numbers, lists, replays, batch sweeps, and what is refused. */
#include <math.h>

#include "base/os.h"
#include "present/launch_fact.h"
#include "profile_fixture.h"
#include "script/script.h"

#define DATA "../shared/data/kineto/tracelens/"

static struct text out;
static struct err err;

static enum status run_with(struct script_options o, const char *script)
{
    const char *path = t_temp_path("script.lua");
    if (out.arena.base == NULL)
        text_init(&out);
    text_clear(&out);
    err = (struct err){0};
    CHECK(os_write_file(path, str_from(script), &err) == STATUS_OK);
    o.data_dir = ".";
    o.out = &out;
    return script_sweep(&o, path, &err);
}

static void check_prints_with(struct script_options o, const char *script, const char *expected)
{
    CHECK_EQ_INT(run_with(o, script), STATUS_OK);
    CHECK_EQ_STR(err.message, "");
    CHECK_EQ_STR(text_cstr(&out), expected);
}

static void check_prints(const char *script, const char *expected)
{
    check_prints_with((struct script_options){0}, script, expected);
}

static void check_fails(const char *script, unsigned line, const char *message)
{
    CHECK_EQ_INT(run_with((struct script_options){0}, script), STATUS_LUA);
    CHECK_EQ_STR(err.message, message);
    CHECK_EQ_INT(err.line, line);
}

/* Writes a trace made by hand, which scripts open as "small.json". */
static struct script_options given(struct trace *t)
{
    static const char *paths[1];
    paths[0] = t_temp_path("small.json");
    CHECK(os_write_file(paths[0], trace_json(t), &err) == STATUS_OK);
    text_done(&t->text);
    return (struct script_options){.traces = paths, .n_traces = 1};
}

/* A kernel with a call, an operator, a module and a step, then one that waits on another stream,
 * then one without any. */
static struct script_options small(void)
{
    struct trace t;
    trace_begin(&t);
    trace_step(&t, 1, 6, "0", "40");
    trace_module(&t, 1, "Linear_3", "1", "20");
    trace_op(&t, 1, "aten::linear", "2", "15", 0);
    trace_op(&t, 1, "aten::mm", "3", "10", 0);
    trace_call(&t, 1, "cudaLaunchKernel", "5", "4", 11);
    trace_kernel(&t, 0, 7, "void gemm<float>(float*)", "12.5", "20", 11);
    trace_call(&t, 1, "cudaLaunchKernel", "22", "3", 12);
    trace_kernel(&t, 0, 7, "add", "33", "4", 12);
    trace_kernel(&t, 0, 9, "lost", "60", "2", 99);
    return given(&t);
}

/* ---- fields ---- */

TEST(numbers_are_those_of_the_table_of_facts)
{
    const char *path = "traces/transformer-b8.json.gz";
    const struct launches *l;
    struct text script;
    CHECK(launches_open(&l, &path, 1, NULL, NULL, &err) == STATUS_OK);
    text_init(&script);
    text_puts(&script, "local p = warpscope.profile('transformer-b8')\n");
    for (int f = 0; f < FACT_N; f++) {
        double v = launch_fact(l, (enum launch_fact)f);
        const char *key = launch_fact_info[f].key;
        if (launch_fact_info[f].unit == LAUNCH_UNIT_NS)
            v = round(v);
        text_printf(&script, isnan(v) ? "assert(p.%s == nil)\n" : "assert(p.%s == %.17g)\n", key,
                    v);
    }
    text_puts(&script, "print(p.verdict, p.window, p, math.type(p.akd_ns), math.type(p.tklqt_ns))");
    check_prints(text_cstr(&script),
                 "cpu-bound\tthe whole run\ttransformer-b8.json.gz\tinteger\tinteger\n");
    text_done(&script);
    launches_release(l);
}

TEST(what_is_not_known_is_nil)
{
    struct trace t;
    trace_begin(&t);
    trace_kernel(&t, 0, 7, "add", "5", "4", 7);
    check_prints_with(given(&t),
                      "local p = warpscope.profile('small.json')\n"
                      "print(p.verdict, p.tklqt_ns, p.il_ns, p.kernels, p.fusion_length)\n"
                      "print(#p.evidence, p.evidence[1], #p.fusion.lengths, #p.fusion.chains)\n",
                      "unknown\tnil\tnil\t1\tnil\n"
                      "1\tno kernel has a recorded launch call\t0\t0\n");
}

TEST(launches_say_where_they_come_from)
{
    check_prints_with(small(),
                      "local p = warpscope.profile('small.json')\n"
                      "for _, l in ipairs(p.launches) do\n"
                      "  print(l.label, l.start_ns, l.dur_ns, l.wait_ns, l.queue_ns, l.is_queued,\n"
                      "        l.is_graph, l.device, l.stream, l.correlation)\n"
                      "  print(l.call, l.call_start_ns, l.call_ns, l.thread, l.operator, l.root,\n"
                      "        l.module, l.grid)\n"
                      "end\n"
                      "print(#p.launches, p.launches[4], p.launches[0], p.launches[1])\n",
                      "gemm\t10500\t20000\t7500\t0\tfalse\tfalse\t0\t7\t11\n"
                      "cudaLaunchKernel\t3000\t4000\t1\taten::mm\taten::linear\tLinear_3\tnil\n"
                      "add\t31000\t4000\t11000\t10500\ttrue\tfalse\t0\t7\t12\n"
                      "cudaLaunchKernel\t20000\t3000\t1\tnil\tnil\tnil\tnil\n"
                      "lost\t58000\t2000\tnil\tnil\tfalse\tfalse\t0\t9\t99\n"
                      "nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\n"
                      "3\tnil\tnil\tvoid gemm<float>(float*)\n");
}

TEST(gaps_and_idle_times_agree)
{
    check_prints_with(small(),
                      "local p = warpscope.profile('small.json')\n"
                      "local of = {}\n"
                      "for _, g in ipairs(p.gaps) do of[g.why] = (of[g.why] or 0) + g.dur_ns end\n"
                      "for why, i in pairs(p.idle) do assert(i.ns == (of[why] or 0)) end\n"
                      "local g = p.gaps[#p.gaps]\n"
                      "print(g.start_ns, g.dur_ns, g.why, g.before, g.next, g.call, g.waits_for)\n"
                      "print(#p.dependencies, p.idle.unknown.gaps, p.idle.unknown.title)\n",
                      "35000\t23000\tunknown\tadd\tlost\tnil\tnil\n"
                      "0\t1\tlaunch not recorded\n");
}

TEST(tallies_sum_to_the_whole)
{
    check_prints("local p = warpscope.profile('transformer-b16')\n"
                 "for name, rows in pairs(p.tally) do\n"
                 "  local n, ns, share, waits = 0, 0, 0, 0\n"
                 "  for _, r in ipairs(rows) do\n"
                 "    n, ns, share = n + r.kernels, ns + r.time_ns, share + r.share\n"
                 "    waits = waits + r.tklqt_ns\n"
                 "  end\n"
                 "  print(name, n == p.kernels, ns == p.kernel_sum_ns, waits == p.tklqt_ns,\n"
                 "        math.abs(share - 1) < 1e-9)\n"
                 "end\n"
                 "print(p.tally['outer-operators'][1].name, p.tally.modules[99])\n",
                 "kernels\ttrue\ttrue\ttrue\ttrue\n"
                 "operators\ttrue\ttrue\ttrue\ttrue\n"
                 "outer-operators\ttrue\ttrue\ttrue\ttrue\n"
                 "modules\ttrue\ttrue\ttrue\ttrue\n"
                 "calls\ttrue\ttrue\ttrue\ttrue\n"
                 "aten::linear\tnil\n");
}

TEST(the_tree_sums_to_the_whole)
{
    check_prints("local p = warpscope.profile('transformer-b1')\n"
                 "local function leaves(n)\n"
                 "  if n.kind == 'kernel' then\n"
                 "    assert(n.cpu_ns == nil and #n.children == 0)\n"
                 "    return n.kernels, n.gpu_ns\n"
                 "  end\n"
                 "  local k, ns = 0, 0\n"
                 "  for _, c in ipairs(n.children) do\n"
                 "    local a, b = leaves(c)\n"
                 "    k, ns = k + a, ns + b\n"
                 "  end\n"
                 "  assert(k == n.kernels and ns == n.gpu_ns)\n"
                 "  return k, ns\n"
                 "end\n"
                 "local k, ns = leaves(p.tree)\n"
                 "print(k == p.kernels, ns == p.kernel_sum_ns, p.tree.children[1])\n",
                 "true\ttrue\tTransformer\n");
}

TEST(chains_list_their_kernels)
{
    check_prints(
        "local p = warpscope.profile{'transformer-b1', length = 3, min_count = 4}\n"
        "local c = p.fusion.chains[1]\n"
        "print(c.length, #c.kernels, #c.labels, #c.operators, c.kernels[1], c.operators[1])\n"
        "print(c.launches_saved == c.fused * 2, p.fusion.lengths[2].length)\n"
        "local q = warpscope.profile('transformer-b1')\n"
        "print(q == p, q.fusion.chains[1].length == q.fusion_length, #q.fusion.lengths > 9)\n",
        "3\t3\t3\t3\tsample_elementwise_pow\taten::pow\n"
        "true\t3\n"
        "false\ttrue\ttrue\n");
}

TEST(the_queue_is_cut_into_pieces)
{
    check_prints("local p = warpscope.profile('transformer-b16')\n"
                 "local most, n = 0, 0\n"
                 "for _, s in ipairs(p.depth) do most = math.max(most, s.depth) end\n"
                 "local bins = p:queue(7)\n"
                 "local deepest = 0\n"
                 "for _, b in ipairs(bins) do\n"
                 "  n, deepest = n + b.launches, math.max(deepest, b.depth_max)\n"
                 "end\n"
                 "print(most == p.queue_depth_max, deepest == most, n == p.kernels_joined, #bins)\n"
                 "print(bins[1].start_ns, bins[7].start_ns == bins[6].end_ns)\n",
                 "true\ttrue\ttrue\t7\n0\ttrue\n");
    check_fails("warpscope.profile('transformer-b1'):queue(0)", 1,
                "bad argument #1 to 'queue' (a number of pieces from 1 to 100000 is expected)");
}

TEST(files_and_devices_are_listed)
{
    check_prints("local p = warpscope.profile{'transformer-b1', 'transformer-b2.json.gz'}\n"
                 "print(#p.files, p.files[2].path:match('[^/]*$'), p.files[1].rank, #p.warnings)\n"
                 "print(#p.devices, p.devices[2].file, p.devices[1].name, p.devices[1].rank)\n"
                 "print(p.devices[1].tklqt_ns + p.devices[2].tklqt_ns == p.tklqt_ns)\n",
                 "2\ttransformer-b2.json.gz\tnil\t0\n2\t2\tsynthetic GPU\tnil\ntrue\n");
}

TEST(a_step_alone_is_analysed)
{
    check_prints_with(small(),
                      "local p = warpscope.profile{'small.json', step = 6}\n"
                      "local q = warpscope.profile{'small.json', step = 'ProfilerStep#6'}\n"
                      "print(p.window, #p.launches, p.kernels, q.window, p == q)\n"
                      "print(p == warpscope.profile{'small.json', step = '6'})\n",
                      "ProfilerStep#6\t2\t2\tProfilerStep#6\tfalse\ntrue\n");
}

TEST(a_step_without_kernels_is_empty)
{
    struct trace t;
    trace_begin(&t);
    trace_step(&t, 1, 1, "100", "10");
    trace_call(&t, 1, "cudaLaunchKernel", "5", "4", 11);
    trace_kernel(&t, 0, 7, "add", "12", "3", 11);
    check_prints_with(given(&t),
                      "local p = warpscope.profile{'small.json', step = 1}\n"
                      "print(p.verdict, #p.launches, #p.gaps, #p.tally.kernels, p.tree.kernels,\n"
                      "      #p.tree.children, p:replay{gpu = 2}.verdict, #p:queue(2))\n",
                      "unknown\t0\t0\t0\t0\t0\tunknown\t2\n");
}

/* ---- replays ---- */

TEST(replays_are_profiles)
{
    check_prints("local p = warpscope.profile('transformer-b1')\n"
                 "local r = p:replay{}\n"
                 "print(r.verdict, r.il_ns == p.il_ns, r == p, #r.launches == #p.launches, r)\n"
                 "local slow = p:replay{gpu = 4}\n"
                 "print(slow.verdict, slow.kernel_sum_ns == 4 * p.kernel_sum_ns, #slow.gaps > 0)\n"
                 "print(slow:replay{gpu = 0.25}.verdict, p:replay{typical = true}.kernels)\n"
                 "print(p:replay{launch_change_ns = 1000}.wait_median_ns - p.wait_median_ns)\n",
                 "cpu-bound\ttrue\tfalse\ttrue\ttransformer-b1.json.gz\n"
                 "gpu-bound\ttrue\ttrue\n"
                 "cpu-bound\t166\n"
                 "1000\n");
}

TEST(parts_keep_their_profile)
{
    check_prints("local p = warpscope.profile('transformer-b1')\n"
                 "local launch = p:replay{gpu = 2}.launches[166]\n"
                 "local node = p:replay{gpu = 2}.tree.children[1].children[1]\n"
                 "local point = warpscope.batch{p:replay{gpu = 2}, p}.points[2]\n"
                 "local list = {}\n"
                 "for i = 1, 20 do list[i % 2] = p:replay{gpu = i}.tally.kernels end\n"
                 "print(launch.operator, node.name, point.profile.kernels, list[0][1].name)\n",
                 "aten::mm\tDecoderLayer\t166\tsample_gemm_bf16_128x128\n");
}

TEST(hosts_give_what_is_known)
{
    check_prints("local h = warpscope.host('epyc-7313-a100')\n"
                 "print(h, h.cpu_speed, math.type(h.queue_limit), warpscope.hosts[1])\n"
                 "local g = warpscope.host('grace-gh200')\n"
                 "print(g.cpu_speed, g.link_bandwidth, g.sources.cpu_speed)\n"
                 "print(h == warpscope.host('epyc-7313-a100'))\n"
                 "local p = warpscope.profile('transformer-b1')\n"
                 "local r = p:replay{from_host = h, host = 'grace-gh200', cpu = 2}\n"
                 "print(r.il_ns == p:replay{cpu = 2, queue_limit = g.queue_limit}.il_ns)\n",
                 "epyc-7313-a100\t1\tinteger\tepyc-7313-a100\n"
                 "nil\t450\tno measured comparison with an EPYC 7313 at hand\n"
                 "true\n"
                 "true\n");
}

/* ---- batch sweeps ---- */

#define OPEN_ALL                                                                  \
    "local all = {}\n"                                                            \
    "for i, b in ipairs{1, 2, 4, 8, 16, 32, 64} do\n"                             \
    "  all[i] = {batch = b, profile = warpscope.profile('transformer-b' .. b)}\n" \
    "end\n"

TEST(batch_sweeps_find_the_transition)
{
    check_prints(OPEN_ALL "local s = warpscope.batch(all)\n"
                          "print(#s.points, s.points[5].batch, s.points[5].verdict, s.least)\n"
                          "print(s.points[5].profile == all[5].profile, s.transition)\n"
                          "print(s.transition_batch > 8 and s.transition_batch < 16)\n"
                          "local t = s.model.transition\n"
                          "print(t > 8 and t < 16, s:predict(1) == s.model.launch_ns)\n"
                          "print(s:predict(64) == s.model:predict(64), s.model.is_assumed)\n"
                          "local m = s:moved{gpu = 0.5}\n"
                          "print(m.transition > t, m:moved{cpu = 2}.host_ns == 2 * m.host_ns)\n",
                 "7\t16\tgpu-bound\t1\n"
                 "true\t16\n"
                 "true\n"
                 "true\ttrue\n"
                 "true\tfalse\n"
                 "true\ttrue\n");
}

TEST(batch_sizes_come_from_file_names)
{
    check_prints("local a, b = warpscope.profile('transformer-b64'), warpscope.profile("
                 "'transformer-b2')\n"
                 "local s = warpscope.batch{a, {profile = b}}\n"
                 "print(s.points[1].batch, s.points[2].batch, s.points[1].profile)\n",
                 "2\t64\ttransformer-b2.json.gz\n");
    CHECK_EQ_INT(run_with(small(), "warpscope.batch{warpscope.profile('small.json')}"), STATUS_LUA);
    CHECK(strstr(err.message, "small.json' is not known (give it, or name the file") != NULL);
}

/* ---- refusals ---- */

TEST(only_given_and_shipped_profiles_open)
{
    check_fails("\nwarpscope.profile('/etc/passwd')", 2,
                "no profile '/etc/passwd' was given and none of that name is shipped (name it with "
                "--trace)");
    check_fails("warpscope.profile('../traces/transformer-b1.json.gz')", 1,
                "no profile '../traces/transformer-b1.json.gz' was given and none of that name is "
                "shipped (name it with --trace)");
    check_fails("warpscope.host('gpus/hosts/grace-gh200.json')", 1,
                "'gpus/hosts/grace-gh200.json' is a path: scripts name hosts without folder and "
                "ending");
    check_prints_with((struct script_options){.is_unsafe = true},
                      "print(warpscope.profile('traces/transformer-b1.json.gz').kernels)", "166\n");
    CHECK_EQ_INT(run_with((struct script_options){0}, "warpscope.profile('vector_add.wst')"),
                 STATUS_LUA);
    CHECK(strstr(err.message, "expected a PyTorch profiler trace") != NULL);
}

TEST(wrong_arguments_are_errors)
{
    static const struct {
        const char *script, *message;
    } cases[] = {
        {"warpscope.profile(7)",
         "bad argument #1 to 'profile' (name or table expected, got number)"},
        {"warpscope.profile{}", "profile: no file is named"},
        {"warpscope.profile{true}", "profile: a file must be a name, found a boolean"},
        {"warpscope.profile{'transformer-b1', steps = 1}", "profile has no option 'steps'"},
        {"warpscope.profile{'transformer-b1', step = {}}",
         "profile: step must be a name or a number, found a table"},
        {"warpscope.profile{'transformer-b1', step = 9}",
         "the profile has no step '9': found ProfilerStep#0"},
        {"warpscope.profile{'transformer-b1', length = 1}",
         "profile: length must be a whole number from 2 on, found 1"},
        {"warpscope.profile{'transformer-b1', min_count = 0.5}",
         "profile: min_count must be a whole number from 1 on, found 0.5"},
        {"print(warpscope.profile('transformer-b1').tklqt_n)",
         "a profile has no 'tklqt_n': did you mean 'tklqt_ns'?"},
        {"warpscope.profile('transformer-b1').tklqt_ns = 0", "a profile is read-only"},
        {"warpscope.profile('transformer-b1').launches[1].name = ''", "a launch is read-only"},
        {"warpscope.profile('transformer-b1'):replay()",
         "bad argument #1 to 'replay' (table expected, got no value)"},
        {"warpscope.profile('transformer-b1'):replay{cpu = -1}",
         "replay: cpu must be a factor above 0, found -1.0"},
        {"warpscope.profile('transformer-b1'):replay{gpu = '2'}",
         "replay: gpu must be a number, found a string"},
        {"warpscope.profile('transformer-b1'):replay{gpu = 1 / 0}", "replay: gpu must be finite"},
        {"warpscope.profile('transformer-b1'):replay{gpus = 2}", "replay has no option 'gpus'"},
        {"warpscope.profile('transformer-b1'):replay{queue_limit = 1.5}",
         "replay: queue_limit must be a whole number, 0 for none, found 1.5"},
        {"warpscope.profile('transformer-b1'):replay{host = 'grace-gh200'}",
         "replay: host and from_host belong together"},
        {"warpscope.profile('transformer-b1'):replay{host = 1, from_host = 'grace-gh200'}",
         "replay: host must be a host or its name, found a number"},
        {"warpscope.profile('transformer-b1'):replay{host = 'grace-gh200', from_host = "
         "'epyc-7313-a100'}",
         "replay: the CPU speed of host 'grace-gh200' is not known (cpu= gives it: time of the "
         "host there / time here)"},
        {"warpscope.batch{}", "a sweep needs at least one run"},
        {"warpscope.batch{1}", "batch: profile 1 must be a profile, found a number"},
        {"warpscope.batch{{profil = 1}}", "batch has no option 'profil'"},
        {"warpscope.batch{{batch = 0, profile = warpscope.profile('transformer-b1')}}",
         "batch: batch must be a whole number from 1 on, found 0"},
        {"warpscope.batch{warpscope.profile('transformer-b1')}:predict(0)",
         "bad argument #1 to 'predict' (a batch size above 0 is expected)"},
        {"local p = warpscope.profile('transformer-b1') p.replay(1, {})",
         "bad argument #1 to 'replay' (profile expected, got number)"},
        {"local s = warpscope.batch{warpscope.profile('transformer-b1')} s.predict({}, 1)",
         "bad argument #1 to 'predict' (batch model expected, got table)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_fails(cases[i].script, 1, cases[i].message);
}

static bool stop_at_once(void *arg, uint64_t done, uint64_t total)
{
    (void)arg;
    (void)done;
    (void)total;
    return false;
}

TEST(opening_is_cancelled)
{
    struct tick tick = {stop_at_once, NULL};
    CHECK_EQ_INT(
        run_with((struct script_options){.tick = &tick}, "warpscope.profile('transformer-b64')"),
        STATUS_CANCELLED);
}

/* Names of the recording, files and devices over and over must not fill the state's memory. */
TEST(reading_again_and_again_needs_no_memory)
{
    check_prints_with((struct script_options){.mem_limit_b = 8 << 20},
                      "local p = warpscope.profile('transformer-b1')\n"
                      "for i = 1, 3000 do\n"
                      "  local q = warpscope.profile{'transformer-b1', step = 0}\n"
                      "  local n = #q.evidence + #q.launches[1].label + #q.tree.children[1].name\n"
                      "  pcall(warpscope.profile, 'absent')\n"
                      "end\n"
                      "for i = 1, 100 do p:replay{gpu = i} warpscope.batch{p} end\n"
                      "print(p.kernels)\n",
                      "166\n");
}

/* ---- sweeps ---- */

TEST(workers_share_profiles)
{
    const char *script =
        "sweep{axes = {{'profile', warpscope.profiles}, {'x', {1, 4}}},\n"
        "  run = function(p)\n"
        "    local r = warpscope.profile(p.profile):replay{gpu = p.x}\n"
        "    return {verdict = r.verdict, wait = r.tklqt_per_launch_ns, gaps = #r.gaps}\n"
        "  end}\n";
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(run_with((struct script_options){.n_threads = 1}, script), STATUS_OK);
    const char *one = arena_strdup(&a, text_cstr(&out));
    CHECK(strstr(one, "error") == NULL);
    check_prints_with((struct script_options){.n_threads = 4}, script, one);
    arena_done(&a);
}

/* ---- recorded profiles ---- */

TEST(recorded_profiles_can_be_read_through)
{
    static const char *const paths[] = {
        DATA "h100__gaunernst_bert-small-uncased__1016001.json.gz",
        DATA "inference__vllm_decode_full__graph_execution.json.gz",
        DATA "mi210__gpu_only_trace__gpu_only_trace.json.gz",
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (!os_is_file(paths[i]))
            SKIP("skipped: ../shared/data absent");
    struct script_options o = {.traces = paths, .n_traces = ARRAY_LEN(paths)};
    check_prints_with(o,
                      "local n = 0\n"
                      "local function read(v, depth)\n"
                      "  n = n + 1\n"
                      "  if type(v) ~= 'userdata' or depth > 12 then return end\n"
                      "  for k, w in pairs(v) do\n"
                      "    if math.type(k) and k > 50 then return end\n"
                      "    if k ~= 'profile' then read(w, depth + 1) end\n"
                      "  end\n"
                      "end\n"
                      "for _, name in ipairs(warpscope.profiles) do\n"
                      "  local p = warpscope.profile(name)\n"
                      "  read(p, 1)\n"
                      "  assert(#p.launches == p.kernels)\n"
                      "  local waits = 0\n"
                      "  for _, l in ipairs(p.launches) do waits = waits + (l.wait_ns or 0) end\n"
                      "  assert(waits == (p.tklqt_ns or 0))\n"
                      "end\n"
                      "print(n > 10000)\n",
                      "true\n");
}
