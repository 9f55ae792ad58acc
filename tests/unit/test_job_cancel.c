/* Cancelling the real readers and models in the middle of their work. */
#include "t.h"

#include "base/os.h"
#include "engine/job.h"
#include "trace/build.h"
#include "trace/write.h"

enum { N_CTAS = 2000, N_WARPS = 8, N_LOADS = 24 };

struct codes {
    uint32_t load, add, exit;
};

static struct codes add_codes(struct build *b)
{
    struct sass_inst load = {.pc = 0x10, .opcode = "LDG.E", .n_dst = 1, .dst = 4, .n_src = 1};
    struct sass_inst add = {.pc = 0x20, .opcode = "FADD", .n_dst = 1, .dst = 5, .n_src = 2};
    struct sass_inst exit = {.pc = 0x30, .opcode = "EXIT"};
    load.src[0] = 2;
    load.mem_width_b = 4;
    add.src[0] = 4;
    add.src[1] = 5;
    return (struct codes){build_code(b, &load), build_code(b, &add), build_code(b, &exit)};
}

/* Paths of many lengths and scattered addresses: nothing is shared that could be short-cut. */
static void add_warp(struct build *b, struct codes c, uint32_t pattern, uint64_t n)
{
    for (uint64_t i = 0; i < N_LOADS + n % 7; i++) {
        build_step(b, c.load, UINT32_MAX);
        build_access(b, 0x7f0000000000 + hash_u64(n * 64 + i) % (64 << 20) * 4, pattern);
        build_step(b, c.add, UINT32_MAX);
    }
    build_step(b, c.exit, UINT32_MAX);
}

static const struct trace_kernel *large_kernel(void)
{
    struct trace_header h = {.name = "large",
                             .file = "large",
                             .id = 1,
                             .grid = {N_CTAS, 1, 1},
                             .block = {N_WARPS * 32, 1, 1},
                             .n_regs = 16,
                             .isa = 80,
                             .nvbit_version = "",
                             .made_by = "",
                             .has_immediate = true};
    struct build *b = build_init(&h);
    struct codes c = add_codes(b);
    uint32_t pattern = build_pattern_stride(b, 4, 0);
    for (uint32_t cta = 0; cta < N_CTAS; cta++) {
        build_cta(b, cta, 0, 0);
        for (uint32_t w = 0; w < N_WARPS; w++) {
            build_warp(b, w);
            add_warp(b, c, pattern, (uint64_t)cta * N_WARPS + w);
            build_warp_end(b);
        }
    }
    return build_finish(b);
}

static void write_both(const struct trace_kernel *k, const char *text, const char *container)
{
    struct err e = {0};
    FILE *f = fopen(text, "w");
    struct wst_writer *w = NULL;
    CHECK(f != NULL && trace_write_text(k, f, NULL, &e) == STATUS_OK);
    CHECK(fclose(f) == 0);
    CHECK_EQ_INT(wst_begin(&w, container, &e), STATUS_OK);
    CHECK_EQ_INT(wst_add(w, k, &e), STATUS_OK);
    CHECK_EQ_INT(wst_end(w, &e), STATUS_OK);
}

/* Waits until the job is `share` done; false when it has ended before. */
static bool wait_for_share(struct engine *en, double share)
{
    struct job_progress p;
    while (job_progress(en, &p, 1) > 0) {
        if (p.is_running && p.total > 0 && (double)p.done >= share * (double)p.total)
            return true;
        if (engine_wait(en, 1))
            return false;
    }
    return false;
}

static void release(struct job_done *d)
{
    if (d->kernel != NULL)
        trace_kernel_release(d->kernel);
    if (d->result != NULL)
        result_release(d->result);
}

/* Seconds from the cancel to the end of the job; NAN when it ended of itself. */
static double cancel_latency_s(struct engine *en, job_id id, double share)
{
    struct job_done d = {0};
    bool is_running = wait_for_share(en, share);
    double before_s = os_now_s();
    job_cancel(en, id);
    CHECK(engine_wait(en, 20000) && engine_next(en, &d));
    double latency_s = os_now_s() - before_s;
    is_running = is_running && d.status == STATUS_CANCELLED;
    CHECK(d.status == STATUS_CANCELLED || d.status == STATUS_OK);
    release(&d);
    return is_running ? latency_s : (double)NAN;
}

static struct trace *open_trace(struct engine *en, const char *path)
{
    struct job_done d = {0};
    job_submit_open(en, path, NULL);
    CHECK(engine_wait(en, 5000) && engine_next(en, &d));
    return d.trace;
}

static const double shares[] = {0, 0.1, 0.3, 0.5, 0.7, 0.9};

/* Times are printed for `make bench`; on a busy machine they decide nothing. */
static void check_latencies(const char *what, const double *latency_s, size_t n)
{
    size_t n_cancelled = 0;
    for (size_t i = 0; i < n; i++) {
        n_cancelled += isnan(latency_s[i]) ? 0 : 1;
        printf("# %s cancelled at %.0f %%: %.1f ms\n", what, 100 * shares[i], 1e3 * latency_s[i]);
    }
    CHECK(n_cancelled > 0);
}

static void check_loading(const char *what, const char *path)
{
    struct engine *en = NULL;
    struct err e = {0};
    double latency_s[ARRAY_LEN(shares)];
    CHECK_EQ_INT(engine_start(&en, 1, &e), STATUS_OK);
    struct trace *t = open_trace(en, path);
    for (size_t i = 0; t != NULL && i < ARRAY_LEN(shares); i++)
        latency_s[i] = cancel_latency_s(en, job_submit_load(en, t, 0), shares[i]);
    CHECK(t != NULL);
    if (t != NULL) {
        check_latencies(what, latency_s, ARRAY_LEN(shares));
        trace_close(t);
    }
    engine_stop(en);
}

static void check_modelling(const struct trace_kernel *k, const struct gpu *g,
                            const struct model *m)
{
    struct engine *en = NULL;
    struct err e = {0};
    double latency_s[ARRAY_LEN(shares)];
    CHECK_EQ_INT(engine_start(&en, 1, &e), STATUS_OK);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        job_id id = job_submit_model(en, NULL, 0, k, g, m, NULL, 0);
        latency_s[i] = cancel_latency_s(en, id, shares[i]);
    }
    check_latencies(m->name, latency_s, ARRAY_LEN(shares));
    engine_stop(en);
}

TEST(real_loads_and_models_end_when_cancelled)
{
    char text[600], container[600];
    struct arena a;
    struct gpu g;
    struct err e = {0};
    const char *const dirs[] = {"gpus"};
    const struct trace_kernel *k = large_kernel();
    snprintf(text, sizeof text, "%s", t_temp_path("large.traceg"));
    snprintf(container, sizeof container, "%s", t_temp_path("large.wst"));
    write_both(k, text, container);
    check_loading("text", text);
    check_loading("container", container);
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(gpu_load(&g, &a, "a100-pcie-80gb", dirs, 1, &e), STATUS_OK);
    for (size_t m = 0; m < model_count(); m++)
        check_modelling(k, &g, model_at(m));
    arena_done(&a);
    trace_kernel_release(k);
}
