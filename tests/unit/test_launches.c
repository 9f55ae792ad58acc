/* The whole analysis: steps, devices, what a profile without kernels is told. */
#include "base/os.h"
#include "profile_fixture.h"

static void two_steps(struct trace *t)
{
    trace_begin(t);
    trace_step(t, 1, 5, "0", "50");
    trace_step(t, 1, 6, "50", "50");
    trace_op(t, 1, "aten::add", "10", "10", 0);
    trace_op(t, 1, "aten::mul", "60", "10", 0);
    trace_call(t, 1, "cudaLaunchKernel", "15", "1", 1);
    trace_call(t, 1, "cudaLaunchKernel", "65", "1", 2);
    trace_kernel(t, 0, 7, "a", "55", "3", 1); /* launched in step 5, runs in step 6 */
    trace_kernel(t, 0, 7, "b", "80", "4", 2);
}

TEST(the_whole_run)
{
    struct trace t;
    two_steps(&t);
    struct analysis x = analyse(&t);
    CHECK_EQ_STR(x.l->window, "the whole run");
    CHECK(!x.l->select.has_window);
    CHECK_EQ_INT(x.l->sums.kernels.n, 2);
    CHECK_EQ_INT(x.l->n_devices, 1);
    CHECK_EQ_STR(x.l->devices[0].name, "");
    CHECK(launches_memory_b(x.l) > profile_memory_b(x.p));
    analysis_done(&x);
}

TEST(one_step)
{
    static const char *const names[] = {"6", "ProfilerStep#6"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct trace t;
        two_steps(&t);
        const struct launches_options o = {.step = names[i]};
        struct analysis x = analyse_with(&t, &o);
        CHECK_EQ_STR(x.l->window, "ProfilerStep#6");
        CHECK_EQ_INT(x.l->select.from_ns, 50000);
        CHECK_EQ_INT(x.l->select.to_ns, 100000);
        CHECK_EQ_INT(x.l->sums.kernels.n, 1);
        CHECK_EQ_INT(x.l->sums.il_ns, 24000);
        CHECK_EQ_INT(x.l->devices[0].sums.kernels.n, 1);
        CHECK_EQ_INT(x.l->fusion.n_kernels, 1);
        analysis_done(&x);
    }
}

static enum status make(struct trace *t, const char *step, struct err *e)
{
    const struct launches_options o = {.step = step};
    const struct launches *l = NULL;
    struct profile *p = profile_of(trace_json(t));
    *e = (struct err){0};
    enum status s = launches_make(&l, p, &o, NULL, e);
    launches_release(l);
    profile_release(p);
    text_done(&t->text);
    return s;
}

TEST(a_step_that_is_not_there)
{
    struct trace t;
    struct err e;
    two_steps(&t);
    CHECK_EQ_INT(make(&t, "7", &e), STATUS_USAGE);
    CHECK_EQ_STR(e.message, "the profile has no step '7'");
    CHECK_EQ_STR(e.found, "ProfilerStep#5, ProfilerStep#6");
    trace_begin(&t);
    trace_kernel(&t, 0, 7, "k", "1", "1", 1);
    CHECK_EQ_INT(make(&t, "7", &e), STATUS_USAGE);
    CHECK_EQ_STR(e.found, "no step at all");
    trace_begin(&t);
    for (unsigned i = 0; i < 12; i++)
        trace_step(&t, 1, i, "1", "1");
    trace_kernel(&t, 0, 7, "k", "1", "1", 1);
    CHECK_EQ_INT(make(&t, "ProfilerStep", &e), STATUS_USAGE);
    CHECK(str_ends(str_from(e.found), STR("ProfilerStep#6, ...")));
}

TEST(a_step_of_several_ranks_spans_all_of_them)
{
    const char *paths[2];
    for (unsigned i = 0; i < 2; i++) {
        struct trace t;
        trace_begin(&t);
        trace_step(&t, 1, 3, i == 0 ? "10" : "14", "20");
        trace_call(&t, 1, "cudaLaunchKernel", "15", "1", 1);
        trace_kernel(&t, 0, 7, "k", "20", "1", 1);
        paths[i] = t_temp_path(i == 0 ? "a.json" : "b.json");
        CHECK_EQ_INT(os_write_file(paths[i], trace_json(&t), NULL), STATUS_OK);
        text_done(&t.text);
    }
    const struct launches_options o = {.step = "3"};
    const struct launches *l;
    struct err e = {0};
    CHECK_EQ_INT(launches_open(&l, paths, 2, &o, NULL, &e), STATUS_OK);
    CHECK_EQ_INT(l->select.from_ns, 10000);
    CHECK_EQ_INT(l->select.to_ns, 34000);
    CHECK_EQ_INT(l->n_devices, 2);
    launches_release(l);
}

TEST(files_that_are_no_ranks_of_one_run)
{
    const char *paths[3];
    for (unsigned i = 0; i < 3; i++) {
        struct trace t;
        trace_begin(&t);
        trace_call(&t, 1, "cudaLaunchKernel", i == 0 ? "15" : "1000", "1", 1);
        if (i < 2)
            trace_kernel(&t, 0, 7, "k", i == 0 ? "20" : "1005", "1", 1);
        paths[i] = t_temp_path(i == 0 ? "a.json" : i == 1 ? "b.json" : "c.json");
        CHECK_EQ_INT(os_write_file(paths[i], trace_json(&t), NULL), STATUS_OK);
        text_done(&t.text);
    }
    const struct launches *l;
    struct err e = {0};
    CHECK_EQ_INT(launches_open(&l, paths, 3, NULL, NULL, &e), STATUS_OK);
    CHECK_EQ_INT(l->profile->n_warnings, 2);
    CHECK_EQ_STR(l->profile->warnings[0], "'c.json' holds no work of a GPU");
    CHECK_EQ_STR(l->profile->warnings[1],
                 "the files do not overlap in time: ranks of one run would");
    launches_release(l);
}

TEST(profiles_without_a_kernel)
{
    static const struct {
        const char *category, *found, *hint;
    } all[] = {
        {"cpu_op", "1 event: operators of the CPU only", "add ProfilerActivity.CUDA"},
        {"Operator", "1 event: operators of the CPU only", "add ProfilerActivity.CUDA"},
        {"cuda_runtime", "1 event: runtime calls, but no work of a GPU",
         "add ProfilerActivity.CUDA"},
        {"Runtime", "1 event: runtime calls, but no work of a GPU", "add ProfilerActivity.CUDA"},
        {"mtia_ccp_events", "1 event: events of an MTIA accelerator", ""},
        {"cuda_profiler_range", "1 event: counters of a CUPTI profiler session",
         "kernel activities are not recorded"},
        {"whatever", "1 event: none of a kind that PyTorch's profiler writes", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct trace t;
        struct err e;
        trace_begin(&t);
        trace_span(&t, all[i].category, "x", 1, 1, "1", "1");
        text_puts(&t.text, "}");
        CHECK_EQ_INT(make(&t, NULL, &e), STATUS_INPUT);
        CHECK_EQ_STR(e.message, "'trace.json' holds no GPU kernel");
        CHECK(strstr(e.found, all[i].found) == e.found);
        CHECK(all[i].hint[0] == '\0' ? e.hint[0] == '\0' : strstr(e.hint, all[i].hint) == e.hint);
    }
}

static bool stop(void *arg, uint64_t done, uint64_t total)
{
    (void)arg, (void)done, (void)total;
    return false;
}

TEST(the_analysis_can_be_cancelled)
{
    struct trace t;
    two_steps(&t);
    struct profile *p = profile_of(trace_json(&t));
    const struct tick tick = {stop, NULL};
    const struct launches *l = NULL;
    struct err e = {0};
    CHECK_EQ_INT(launches_make(&l, p, NULL, &tick, &e), STATUS_CANCELLED);
    CHECK(l == NULL);
    profile_release(p);
    text_done(&t.text);
}

TEST(files_that_are_not_there)
{
    const char *path = t_temp_path("nothing.json");
    const struct launches *l;
    struct err e = {0};
    CHECK_EQ_INT(launches_open(&l, &path, 1, NULL, NULL, &e), STATUS_IO);
    CHECK(strstr(e.message, path) != NULL);
}

TEST(devices_by_file_and_number)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < 3000; i++)
        trace_kernel(&t, (i * 7) % 1500, i % 4, "k", "5", "1", 0);
    struct analysis x = analyse(&t);
    CHECK_EQ_INT(x.l->n_devices, 1500);
    uint32_t n = 0, n_streams = 0;
    for (uint32_t i = 0; i < x.l->n_devices; i++) {
        CHECK_EQ_INT(x.l->devices[i].id, i);
        n += x.l->devices[i].sums.kernels.n;
        n_streams += x.l->devices[i].n_streams;
    }
    CHECK_EQ_INT(n, 3000);
    CHECK_EQ_INT(n_streams, x.p->n_lanes);
    analysis_done(&x);
}

TEST(a_replay_is_analysed_like_a_recording)
{
    struct trace t;
    struct err e = {0};
    const struct launches *same = NULL, *slow = NULL;
    two_steps(&t);
    struct analysis x = analyse(&t);
    CHECK(launches_replay(&same, x.l, NULL, NULL, NULL, &e) == STATUS_OK);
    CHECK_EQ_INT(same->sums.tklqt_ns, x.l->sums.tklqt_ns);
    CHECK_EQ_INT(same->sums.il_ns, x.l->sums.il_ns);
    CHECK_EQ_INT(same->idle.all_ns, x.l->idle.all_ns);
    CHECK(launches_replay(&slow, same, &(struct replay_options){.gpu = 3}, NULL, NULL, &e) ==
          STATUS_OK);
    launches_release(same); /* a replay of a replay outlives it */
    CHECK_EQ_INT(slow->sums.kernels.sum_ns, 3 * x.l->sums.kernels.sum_ns);
    CHECK_EQ_STR(slow->profile->names[slow->profile->works[0].name], "a");
    launches_release(slow);
    same = NULL;
    CHECK(launches_replay(&same, x.l, &(struct replay_options){.cpu = -1}, NULL, NULL, &e) ==
          STATUS_USAGE);
    CHECK(same == NULL);
    analysis_done(&x);
}
