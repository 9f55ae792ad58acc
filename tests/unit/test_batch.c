/*
 * Sweeps over batch size. There is no public one, so a made-up host and GPU run batches of 1 to
 * 128: the transition that rule and model find is held against the one that was put in. Real runs
 * are only single points.
 */
#include "base/os.h"
#include "prof/batch.h"
#include "t.h"

#include "launch_sim.h"

#define DATA "../shared/data/kineto/tracelens/"

static struct arena arena;
static struct err e;

static void start(void)
{
    arena_done(&arena);
    arena_init(&arena, ARENA_LARGE);
    e = (struct err){0};
}

/* ---- names ---- */

TEST(batch_size_is_read_from_the_name_of_the_file)
{
    static const struct {
        const char *path;
        uint32_t size;
    } names[] = {
        {"bert_bs8.json", 8},
        {"/data/b4/llama-BS16.json.gz", 16},
        {"run_batch_32.pt.trace.json", 32},
        {"run-batch64-h100.json", 64},
        {"batch=2.json", 2},
        {"gpt2_batch_size_128.json", 128},
        {"gpt2_batch-size-1.json", 1},
        {"b8", 8},
        {"Qwen1.5-0.5B_b16_bs2.json", 2},
        {"Qwen1.5-0.5B-Chat__1016005.json.gz", 0},
        {"llama-8b.json", 0},
        {"bsd8.json", 0},
        {"abs8.json", 0},
        {"b8k.json", 0},
        {"bs8_bs16.json", 0},
        {"bs8_bs8.json", 8},
        {"bs0.json", 0},
        {"bs_.json", 0},
        {"bs99999999.json", 0},
        {"", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (batch_find_size(names[i].path) != names[i].size)
            T_FAIL("%s: %u, expected %u", names[i].path, batch_find_size(names[i].path),
                   names[i].size);
    }
}

/* ---- made-up sweeps ---- */

enum { MOST = 128, FIXED_NS = 2500, PER_BATCH_NS = 600 };

/* A host of 10 us a launch: the GPU takes over where 2,500 + 600 b + 1,200 ns reach that, at b =
 * 10.5. */
static const struct sim base = {
    .n = 300,
    .gap_ns = 6000,
    .call_ns = 4000,
    .launch_ns = 6500,
    .turn_ns = 1200,
    .jitter = 0.1,
    .queue_limit = 1022,
    .sync_ns = 5000,
};
#define TRANSITION ((base.gap_ns + base.call_ns - base.turn_ns - FIXED_NS) / PER_BATCH_NS)

struct sweep {
    struct batch_input in[MOST];
    size_t n;
    struct batch_sweep s;
};

static void run(struct sweep *w, const struct sim *base_sim, uint32_t batch)
{
    struct sim s = *base_sim;
    s.kernel_ns = FIXED_NS + PER_BATCH_NS * (double)batch;
    w->in[w->n++] = (struct batch_input){batch, sim_launches(&s)};
}

static void make(struct sweep *w)
{
    if (batch_make_sweep(&arena, w->in, w->n, &w->s, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
}

static void done(struct sweep *w)
{
    for (size_t i = 0; i < w->n; i++)
        launches_release(w->in[i].launches);
    w->n = 0;
}

/* Powers of two in falling order: a sweep sorts its points. */
static void run_powers(struct sweep *w, const struct sim *s, uint32_t most)
{
    for (uint32_t b = most; b > 0; b /= 2)
        run(w, s, b);
    make(w);
}

static double worst_prediction(const struct sweep *w, const struct batch_model *m, double from)
{
    double worst = 0;
    printf("# %6s %12s %12s %8s\n", "batch", "TKLQT/n ns", "predicted", "error %");
    for (uint32_t i = 0; i < w->s.n_points; i++) {
        const struct batch_point *p = &w->s.points[i];
        double off = batch_predict_ns(m, p->batch) / p->tklqt_ns - 1;
        printf("# %6u %12.0f %12.0f %8.2f %s\n", p->batch, p->tklqt_ns,
               batch_predict_ns(m, p->batch), 100 * off, bound_name(p->verdict.bound));
        if (p->batch >= from)
            worst = MAX(worst, fabs(off));
    }
    return worst;
}

TEST(transition_of_a_sweep_is_the_one_put_in)
{
    struct sweep w = {0};
    start();
    run_powers(&w, &base, 128);
    CHECK_EQ_INT(w.s.n_points, 8);
    CHECK_EQ_INT(w.s.points[0].batch, 1);
    CHECK_EQ_INT(w.s.points[w.s.transition].batch, 16);
    CHECK(w.s.transition_batch > 8 && w.s.transition_batch < 16);
    CHECK_NEAR(batch_find_transition(&w.s.model), TRANSITION, 0.03);
    CHECK_NEAR(w.s.model.per_batch_ns, PER_BATCH_NS, 0.01);
    CHECK_NEAR(w.s.model.host_ns, 10000, 0.01);
    CHECK_NEAR(w.s.model.launch_ns, base.launch_ns, 0.01);
    CHECK_NEAR(w.s.model.n_run, base.n, 1e-9);
    CHECK(!w.s.model.is_assumed);
    printf("# put in %.2f, model %.2f, rule %u, interpolated %.2f\n", TRANSITION,
           batch_find_transition(&w.s.model), w.s.points[w.s.transition].batch,
           w.s.transition_batch);
    CHECK(worst_prediction(&w, &w.s.model, 1) < 0.03);
    CHECK_EQ_INT(w.s.points[0].verdict.bound, BOUND_CPU);
    CHECK_EQ_INT(w.s.points[7].verdict.bound, BOUND_GPU);
    done(&w);
}

TEST(fine_sweep_gives_the_same_transition_by_rule_and_model)
{
    struct sweep w = {0};
    start();
    for (uint32_t b = 1; b <= 20; b++)
        run(&w, &base, b);
    make(&w);
    CHECK_EQ_INT(w.s.points[w.s.transition].batch, 11);
    CHECK_NEAR(batch_find_transition(&w.s.model), TRANSITION, 0.03);
    done(&w);
}

TEST(small_batches_tell_of_large_ones)
{
    struct sweep small = {0}, all = {0};
    start();
    for (uint32_t b = 10; b <= 12; b += 2)
        run(&small, &base, b);
    run(&small, &base, 4);
    make(&small);
    run_powers(&all, &base, 128);
    CHECK_NEAR(batch_find_transition(&small.s.model), TRANSITION, 0.05);
    CHECK(worst_prediction(&all, &small.s.model, 1) < 0.05);
    done(&small);
    done(&all);
}

TEST(cpu_bound_sweep_has_a_transition_by_the_model_only)
{
    struct sweep w = {0};
    start();
    run_powers(&w, &base, 4);
    CHECK_EQ_INT(w.s.transition, PROFILE_NONE);
    CHECK(isnan(w.s.transition_batch));
    /* no queued kernel shows the turnaround: two batches late at most */
    CHECK(batch_find_transition(&w.s.model) >= TRANSITION * 0.97);
    CHECK(batch_find_transition(&w.s.model) <= TRANSITION + 1.03 * base.turn_ns / PER_BATCH_NS);
    done(&w);
}

TEST(full_queue_bounds_the_wait)
{
    struct sweep w = {0};
    struct sim s = base;
    start();
    s.n = 4000;
    run(&w, &s, 8);
    run(&w, &s, 64);
    run(&w, &s, 128);
    make(&w);
    CHECK_NEAR(w.s.model.host_ns, 10000, 0.02);
    CHECK(worst_prediction(&w, &w.s.model, 64) < 0.03);
    done(&w);
}

TEST(waits_of_the_host_cut_runs)
{
    struct sweep w = {0};
    struct sim s = base;
    start();
    s.sync_every = 50;
    run_powers(&w, &s, 128);
    CHECK_NEAR(w.s.model.n_run, 50, 1e-9);
    CHECK_NEAR(w.s.model.host_ns, 10000, 0.01);
    CHECK(worst_prediction(&w, &w.s.model, 1) < 0.05);
    done(&w);
}

TEST(model_moves_to_another_machine)
{
    struct sweep here = {0}, there = {0};
    struct sim s = base;
    const struct replay_options o = {.cpu = 0.5, .gpu = 0.8, .launch_change_ns = -1500};
    start();
    run_powers(&here, &base, 64);
    s.cpu = o.cpu;
    s.gpu = o.gpu;
    s.launch_ns += o.launch_change_ns;
    run_powers(&there, &s, 64);
    struct batch_model moved = batch_move_model(&here.s.model, &o);
    double put_in = (5000 - base.turn_ns - 0.8 * FIXED_NS) / (0.8 * PER_BATCH_NS);
    CHECK_NEAR(batch_find_transition(&moved), put_in, 0.05);
    CHECK_NEAR(batch_find_transition(&there.s.model), put_in, 0.05);
    CHECK(worst_prediction(&there, &moved, 1) < 0.05);
    done(&here);
    done(&there);
}

/* ---- few points ---- */

TEST(one_point_assumes_that_time_is_proportional_to_batch)
{
    struct sweep w = {0};
    start();
    run(&w, &base, 32);
    make(&w);
    CHECK(w.s.model.is_assumed);
    CHECK_NEAR(w.s.model.device_ns, 0, 0);
    CHECK_EQ_INT(w.s.transition, PROFILE_NONE);
    CHECK_NEAR(batch_find_transition(&w.s.model),
               10000.0 * 32 / (FIXED_NS + PER_BATCH_NS * 32 + base.turn_ns), 0.02);
    done(&w);
}

TEST(model_of_kernels_that_do_not_grow)
{
    const struct batch_model slow = {.host_ns = 10, .device_ns = 20},
                             fast = {.host_ns = 10, .device_ns = 5},
                             dark = {.host_ns = (double)NAN, .device_ns = 5};
    CHECK_NEAR(batch_find_transition(&slow), 0, 0);
    CHECK(isinf(batch_find_transition(&fast)));
    CHECK(isnan(batch_find_transition(&dark)));
    CHECK(isnan(batch_predict_ns(&dark, 1)));
    const struct batch_model line = {.launch_ns = 100,
                                     .host_ns = 10,
                                     .device_ns = 4,
                                     .per_batch_ns = 8,
                                     .n_run = 11,
                                     .queue_limit = 1022};
    CHECK_NEAR(batch_predict_ns(&line, 0.5), 100, 0);
    CHECK_NEAR(batch_predict_ns(&line, 2), 100 + 10 * (11 - 1) / 2.0, 1e-12);
}

TEST(unknown_batch_sizes_are_asked_for)
{
    struct sweep w = {0};
    start();
    CHECK_EQ_INT(batch_make_sweep(&arena, w.in, 0, &w.s, &e), STATUS_USAGE);
    e = (struct err){0};
    run(&w, &base, 1);
    w.in[0].batch = 0;
    CHECK_EQ_INT(batch_make_sweep(&arena, w.in, 1, &w.s, &e), STATUS_USAGE);
    CHECK(strstr(e.message, "made up") != NULL && strstr(e.hint, "bs8") != NULL);
    done(&w);
}

/* ---- real runs ---- */

TEST(real_runs_are_points)
{
    static const struct {
        const char *path;
        uint32_t batch;
        enum bound bound;
    } files[] = {
        {DATA "h100__gaunernst_bert-small-uncased__1016001.json.gz", 1, BOUND_CPU},
        {DATA "mi300__gaunernst_bert-small-uncased__1016001.json.gz", 1, BOUND_CPU},
        {DATA "h100__Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", 16, BOUND_GPU},
        {DATA "mi300__Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", 16, BOUND_GPU},
    };
    if (!os_is_file(files[0].path))
        SKIP("../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct sweep w = {0};
        start();
        const struct launches *l = NULL;
        CHECK_EQ_INT(launches_open(&l, &files[i].path, 1, NULL, NULL, &e), STATUS_OK);
        w.in[w.n++] = (struct batch_input){files[i].batch, l};
        make(&w);
        const struct batch_point *p = w.s.points;
        if (p == NULL)
            continue;
        double transition = batch_find_transition(&w.s.model);
        printf("# %-52.52s bs %2u: TKLQT/n %.0f, predicted %.0f; c %.0f (%u), g %.0f, "
               "transition %.2f\n",
               os_basename(files[i].path), p->batch, p->tklqt_ns,
               batch_predict_ns(&w.s.model, p->batch), p->host_ns, p->n_host, p->device_ns,
               transition);
        CHECK_EQ_INT(p->verdict.bound, files[i].bound);
        CHECK_NEAR(p->tklqt_ns, p->launch_ns + p->queue_ns, 1e-9);
        CHECK_NEAR(batch_predict_ns(&w.s.model, p->batch), p->tklqt_ns, 0.1);
        CHECK(files[i].bound == BOUND_CPU ? transition > p->batch : transition < p->batch);
        done(&w);
    }
}
