/* Lanes of made-up profiles: pictures, and where the window goes. */
#include "base/os.h"
#include "launch_fixture.h"
#include "present/lanes_view.h"

enum { COLS = 80, LABEL = 14 };

static struct arena arena, frame;

struct look {
    enum symbols symbols;
    bool is_mono;
    unsigned rows;
};
static const struct look ascii = {SYMBOLS_ASCII, false, 16};

static struct lanes_view view_of(const struct launches *l)
{
    arena_init(&arena, ARENA_LARGE);
    struct lanes_view v = {.ix = lanes_index_make(&arena, l), .selected = PROFILE_NONE};
    lanes_view_fit(&v);
    return v;
}

static void done(const struct launches *l)
{
    launches_release(l);
    arena_done(&arena);
}

static struct grid draw(const struct lanes_view *v, struct look look)
{
    struct grid g;
    grid_init(&g, &arena, look.rows, COLS);
    g.symbols = look.symbols;
    g.is_mono = look.is_mono;
    arena_init(&frame, ARENA_SMALL);
    unsigned needed = lanes_view_draw(&g, &frame, 0, g.rows, v);
    arena_done(&frame);
    CHECK(needed > 1);
    grid_trim(&g);
    return g;
}

static void check_picture(const struct grid *g, const char *expected)
{
    struct text t;
    text_init(&t);
    grid_to_text(g, &t);
    CHECK_EQ_STR(text_cstr(&t), expected);
    text_done(&t);
}

static int64_t us(const struct launches *l, double at)
{
    return lanes_view_zero_ns(l) + (int64_t)(1000 * at);
}

/* One microsecond a column. */
static struct lanes_view window_of(const struct launches *l, double from_us)
{
    struct lanes_view v = view_of(l);
    v.from_ns = us(l, from_us);
    v.to_ns = us(l, from_us + COLS - LABEL);
    return v;
}

/* An operator of two levels, a queued kernel, a stretch of host time, a copy on another stream, a
 * wait for the device. */
static const struct launches *make_run(void)
{
    struct made m;
    made_begin(&m);
    made_op(&m, 1, "aten::linear", 100, 24);
    made_op(&m, 1, "aten::addmm", 104, 18);
    made_call(&m, 1, "cudaLaunchKernel", 1, 106, 6);
    made_call(&m, 1, "cudaLaunchKernel", 2, 113, 6);
    made_work(&m, "kernel", "void cutlass::Kernel<sm80_gemm<4> >(int)", 0, 7, 1, 115, 14);
    made_work(&m, "kernel", "epilogue(float*)", 0, 7, 2, 129, 8);
    made_op(&m, 1, "aten::copy_", 150, 10);
    made_call(&m, 1, "cudaMemcpyAsync", 3, 154, 4);
    made_work(&m, "gpu_memcpy", "Memcpy DtoH", 0, 9, 3, 159, 5.4);
    made_call(&m, 1, "cudaDeviceSynchronize", 0, 160, 6);
    return made_end(&m);
}

TEST(lanes_show_who_called_whom)
{
    const struct launches *l = make_run();
    struct lanes_view v = window_of(l, 0);
    v.n_levels = 1;
    v.selected = 1;
    struct grid g = draw(&v, ascii);
    check_picture(
        &g, "time          |0 ns     |10 us    |20 us    |30 us    |40 us    |50 us    |60 us\n"
            "thread 1      [aten::linear##########]                          [copy_---]\n"
            "                  [aten::addmm#####]\n"
            "  calls             [Laun] [Laun]                                   [--]  [Devi]\n"
            "                           +- waits 16 us -+\n"
            "GPU 0    42 % L 15 us........9999999999999999999999H slow CPU 22 us......999994\n"
            "  stream 7                   [sm80_gemm===][epilog]\n"
            "  stream 9                                                               [Mem]\n");
    CHECK_EQ_INT(grid_at(&g, 6, LABEL + 29)->style, STYLE_BOLD);
    CHECK_EQ_INT(grid_at(&g, 6, LABEL + 20)->style, STYLE_COMPUTE);
    CHECK_EQ_INT(grid_at(&g, 6, LABEL + 20)->attrs, CELL_UNDER);
    done(l);
}

TEST(bars_of_blocks_have_names_and_edges)
{
    const struct launches *l = make_run();
    struct lanes_view v = window_of(l, 0);
    struct grid g = draw(&v, (struct look){SYMBOLS_BLOCK, false, 16});
    check_picture(
        &g, "time          │0 ns     │10 us    │20 us    │30 us    │40 us    │50 us    │60 us\n"
            "thread 1      aten::linear███████████▉                          copy_████▉\n"
            "  calls             Launc▉ Launc▉                                   Mem▉  Devic▉\n"
            "\n"
            "GPU 0    42 % L 15 us········██████████████████████H slow CPU 22 us······█████▃\n"
            "  stream 7                   sm80_gemm████▉epilogu▉\n"
            "  stream 9                                                               Memc▉\n");
    CHECK_EQ_INT(grid_at(&g, 5, LABEL + 15)->attrs, CELL_REVERSE);
    CHECK_EQ_INT(grid_at(&g, 5, LABEL + 28)->attrs, 0);
    g = draw(&v, (struct look){SYMBOLS_BRAILLE, true, 16});
    check_picture(
        &g, "time          │0 ns     │10 us    │20 us    │30 us    │40 us    │50 us    │60 us\n"
            "thread 1      [aten::linear----------]                          [copy_---]\n"
            "  calls             [Laun] [Laun]                                   [--]  [Devi]\n"
            "\n"
            "GPU 0    42 % L 15 us········██████████████████████H slow CPU 22 us······█████▃\n"
            "  stream 7                   [sm80_gemm===][epilog]\n"
            "  stream 9                                                               [Mem]\n");
    done(l);
}

TEST(the_line_leaves_the_window)
{
    const struct launches *l = make_run();
    struct lanes_view v = window_of(l, 20);
    v.selected = 1;
    struct grid g = draw(&v, ascii);
    check_picture(
        &g, "time          |20 us    |30 us    |40 us    |50 us    |60 us    |70 us    |80 us\n"
            "thread 1      [##]                          [copy_---]\n"
            "  calls                                         [--]  [Devi]\n"
            "              <--------+ waits 16 us\n"
            "GPU 0    34 % 99999999999999999H slow CPU 22 us......999994\n"
            "  stream 7    [sm80_ge][epilog]\n"
            "  stream 9                                           [Mem]\n");
    done(l);
}

TEST(the_legend_names_what_occurs)
{
    const struct launches *l = make_run();
    struct lanes_view v = window_of(l, 0);
    struct grid g;
    grid_init(&g, &arena, 4, COLS);
    CHECK_EQ_INT(lanes_view_legend(&g, 0, v.ix), 2);
    grid_trim(&g);
    check_picture(&g, "█ operator  █ launch  █ sync  █ other call  █ kernel  █ copy\n"
                      "idle: H host  L launch\n");
    grid_init(&g, &arena, 4, 40);
    g.is_mono = true;
    CHECK_EQ_INT(lanes_view_legend(&g, 0, v.ix), 3);
    grid_trim(&g);
    check_picture(&g, "O operator  L launch  S sync\n"
                      "A other call  K kernel  C copy\n"
                      "idle: H host  L launch\n");
    done(l);
}

/* ---- rows ---- */

/* Two devices, a stream that waits for another one, threads that launch nothing. */
static void add_two_devices(struct made *m)
{
    made_op(m, 5, "aten::load", 0, 20);
    made_call(m, 6, "cudaEventSynchronize", 9, 0, 30);
    made_call(m, 2, "cudaLaunchKernel", 1, 0, 2);
    made_call(m, 1, "cudaLaunchKernel", 2, 0, 2);
    made_call(m, 1, "cudaLaunchKernel", 3, 3, 2);
    made_call(m, 1, "cudaLaunchKernel", 4, 6, 2);
    made_work(m, "kernel", "a", 1, 7, 1, 5, 20);
    made_work(m, "kernel", "b", 0, 7, 2, 5, 5);
    made_work(m, "kernel", "c", 0, 8, 3, 6, 34);
    made_work(m, "kernel", "d", 0, 7, 4, 41, 9);
}

TEST(threads_that_launch_stand_above_devices_and_others_below)
{
    struct made m;
    made_begin(&m);
    add_two_devices(&m);
    const struct launches *l = made_end(&m);
    struct lanes_view v = window_of(l, 0);
    struct grid g = draw(&v, ascii);
    check_picture(
        &g, "time          |0 ns     |10 us    |20 us    |30 us    |40 us    |50 us    |60 us\n"
            "thread 1      [] [] []\n"
            "thread 2      []\n"
            "\n"
            "GPU 0    67 % L....99999999999999999999999999999999999.999999999\n"
            "  stream 7         [b==]D 31 us........................[d======]\n"
            "  stream 8          [c===============================]\n"
            "GPU 1    30 % L....99999999999999999999\n"
            "  stream 7         [a=================]\n"
            "thread 5      [aten::load--------]\n"
            "thread 6      [cudaEventSynchronize--------]\n");
    v.top_lane = 4;
    g = draw(&v, (struct look){SYMBOLS_ASCII, false, 4});
    check_picture(
        &g, "time          |0 ns     |10 us    |20 us    |30 us    |40 us    |50 us    |60 us\n"
            "  stream 7         [b==]D 31 us........................[d======]\n"
            "  stream 8          [c===============================]\n"
            "GPU 1    30 % L....99999999999999999999\n");
    v.top_lane = 0;
    v.selected = 2;
    lanes_view_scroll(&v, 4);
    CHECK_EQ_INT(v.top_lane, 3);
    lanes_view_scroll(&v, 40);
    CHECK_EQ_INT(v.top_lane, 3);
    done(l);
}

static void write_rank(const char *path, unsigned rank)
{
    struct made m;
    struct err e = {0};
    struct text t;
    made_begin(&m);
    add_two_devices(&m);
    text_init(&t);
    text_printf(&t, "{\"distributedInfo\":{\"rank\":%u,\"world_size\":2},%s]}", rank,
                text_cstr(&m.json) + 1);
    CHECK_EQ_INT(os_write_file(path, text_str(&t), &e), STATUS_OK);
    text_done(&t);
    text_done(&m.json);
}

TEST(ranks_stand_one_below_the_other)
{
    const char *paths[] = {t_temp_path("rank0.json"), t_temp_path("rank1.json")};
    const struct launches *l;
    struct err e = {0};
    write_rank(paths[0], 0);
    write_rank(paths[1], 1);
    if (launches_open(&l, paths, 2, NULL, NULL, &e) != STATUS_OK) {
        T_FAIL("%s", e.message);
        return;
    }
    struct lanes_view v = view_of(l);
    struct grid g = draw(&v, (struct look){SYMBOLS_ASCII, false, 24});
    check_picture(
        &g, "time                |0 ns      |10 us      |20 us      |30 us      |40 us     |\n"
            "rank 0 thread 1     [-] [] [-]\n"
            "rank 0 thread 2     [-]\n"
            "\n"
            "rank 0 GPU 0  85 %  L.....99999999999999999999999999999999999999999.79999999998\n"
            "  stream 7                [b===]D 31 us.............................[d========]\n"
            "  stream 8                 [c=====================================]\n"
            "rank 0 GPU 1  38 %  L.....999999999999999999999994\n"
            "  stream 7                [a=====================]\n"
            "rank 0 thread 5     [aten::load------------]\n"
            "rank 0 thread 6     [cudaEventSynchronize-------------]\n"
            "rank 1 thread 1     [-] [] [-]\n"
            "rank 1 thread 2     [-]\n"
            "\n"
            "rank 1 GPU 0  85 %  L.....99999999999999999999999999999999999999999.79999999998\n"
            "  stream 7                [b===]D 31 us.............................[d========]\n"
            "  stream 8                 [c=====================================]\n"
            "rank 1 GPU 1  38 %  L.....999999999999999999999994\n"
            "  stream 7                [a=====================]\n"
            "rank 1 thread 5     [aten::load------------]\n"
            "rank 1 thread 6     [cudaEventSynchronize-------------]\n");
    done(l);
}

/* ---- many spans ---- */

/* Kernels of `dur_us` every `step_us`, each with its call and operator, on two streams in turn. */
static const struct launches *make_many(unsigned n, double step_us, double dur_us)
{
    struct made m;
    made_begin(&m);
    for (unsigned i = 0; i < n; i++) {
        double at = i * step_us;
        made_op(&m, 1, i % 3 == 0 ? "aten::mul" : "aten::add", at, step_us / 2);
        made_call(&m, 1, "cudaLaunchKernel", i + 1, at, step_us / 4);
        made_work(&m, "kernel", "k", 0, 7 + i % 2, i + 1, at + step_us / 2, dur_us);
    }
    return made_end(&m);
}

TEST(cells_that_spans_share_show_how_busy_they_are)
{
    const struct launches *l = make_many(1000, 2, 0.6);
    struct lanes_view v = view_of(l);
    struct grid g = draw(&v, ascii);
    check_picture(
        &g, "time           |0 ns           |500 us         |1 ms          |1.5 ms         |\n"
            "thread 1       oooOOooOOooOOooOOooOOooOOoooOOooOOooOOooOOooOOooOOooOOooOOooOOoo\n"
            "  calls        llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll\n"
            "\n"
            "GPU 0    29 %  L...............................................................\n"
            "  stream 7     kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n"
            "  stream 8     kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n");
    g = draw(&v, (struct look){SYMBOLS_BLOCK, false, 16});
    CHECK_EQ_INT(grid_at(&g, 5, LABEL + 30)->cp, 0x2580 + 1);
    done(l);
}

TEST(a_redraw_is_fast)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    const double limit_s = 0.1;
#else
    const double limit_s = 0.005;
#endif
    const struct launches *l = make_many(20000, 2, 0.6);
    struct lanes_view v = view_of(l);
    double best_s = INFINITY;
    for (unsigned i = 0; i < 20; i++) {
        double start_s = os_now_s();
        draw(&v, ascii);
        best_s = MIN(best_s, os_now_s() - start_s);
    }
    printf("# 60,000 spans: %.3f ms\n", 1000 * best_s);
    CHECK(best_s < limit_s);
    done(l);
}

TEST(windows_of_nothing_and_of_a_nanosecond)
{
    const struct launches *l = make_run();
    struct lanes_view v = window_of(l, 0);
    v.from_ns = us(l, 40);
    v.to_ns = us(l, 45);
    struct grid g = draw(&v, ascii);
    check_picture(
        &g, "time          |40 us       |41 us       |42 us       |43 us       |44 us\n"
            "thread 1\n"
            "  calls\n"
            "\n"
            "GPU 0     0 % H slow CPU 22 us..................................................\n"
            "  stream 7\n"
            "  stream 9\n");
    v.from_ns = us(l, 20);
    v.to_ns = v.from_ns + 1;
    g = draw(&v, ascii);
    check_picture(
        &g, "20.000 us     |+0 ns\n"
            "thread 1      [aten::linear----------------------------------------------------]\n"
            "  calls\n"
            "\n"
            "GPU 0   100 % 999999999999999999999999999999999999999999999999999999999999999999\n"
            "  stream 7    [sm80_gemm=======================================================]\n"
            "  stream 9\n");
    v.to_ns = v.from_ns;
    draw(&v, ascii);
    done(l);
}

TEST(deep_windows_count_from_a_round_time)
{
    const struct launches *l = make_many(2, 2e6, 0.6);
    struct lanes_view v = view_of(l);
    struct grid g;
    static const struct {
        double from_us;
        const char *ruler;
    } cases[] = {{1500.05, "1.5000 ms           |+60 ns       |+80 ns      |+100 ns"},
                 {1500000.5, "1.5000005 s   |+0 ns       |+20 ns      |+40 ns"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;
        v.from_ns = us(l, cases[i].from_us);
        v.to_ns = v.from_ns + 99;
        g = draw(&v, ascii);
        g.rows = 1;
        text_init(&t);
        grid_to_text(&g, &t);
        CHECK(str_starts(text_str(&t), str_from(cases[i].ruler)));
        text_done(&t);
    }
    done(l);
}

/* ---- the window ---- */

static uint64_t seed = 1;

static double random_share(void)
{
    seed = hash_u64(seed + 0x9e3779b97f4a7c15u);
    return (double)(seed >> 11) / 9007199254740992.0;
}

static unsigned column_of(const struct lanes_view *v, int64_t at_ns)
{
    return (unsigned)((double)(at_ns - v->from_ns) * (COLS - LABEL) /
                      (double)(v->to_ns - v->from_ns));
}

TEST(zoom_keeps_the_column_under_the_pointer)
{
    const struct launches *l = make_many(1000, 2, 0.6);
    struct lanes_view v = view_of(l), all = v;
    for (unsigned i = 0; i < 2000; i++) {
        unsigned col = (unsigned)(random_share() * (COLS - LABEL));
        double share = (col + 0.5) / (COLS - LABEL);
        int64_t at_ns = v.from_ns + (int64_t)((double)(v.to_ns - v.from_ns) * share);
        struct lanes_view before = v;
        lanes_view_zoom(&v, i % 3 == 0 ? 1.9 : 0.6 + 0.3 * random_share(), at_ns, COLS);
        bool is_at_edge = v.from_ns <= all.from_ns || v.to_ns >= all.to_ns;
        CHECK_EQ_INT(column_of(&before, at_ns), col);
        CHECK(is_at_edge || column_of(&v, at_ns) == col);
        CHECK(v.from_ns >= all.from_ns && v.to_ns <= all.to_ns);
        CHECK(v.to_ns - v.from_ns >= COLS - LABEL);
    }
    for (unsigned i = 0; i < 100; i++)
        lanes_view_zoom(&v, 0.5, v.from_ns, COLS);
    CHECK_EQ_INT(v.to_ns - v.from_ns, COLS - LABEL);
    for (unsigned i = 0; i < 100; i++)
        lanes_view_zoom(&v, 2, v.from_ns, COLS);
    CHECK(v.from_ns == all.from_ns && v.to_ns == all.to_ns);
    done(l);
}

TEST(pan_and_show_stay_within_the_run)
{
    const struct launches *l = make_many(100, 2, 0.6);
    struct lanes_view v = view_of(l), all = v;
    lanes_view_zoom(&v, 0.1, v.from_ns, COLS);
    int64_t width_ns = v.to_ns - v.from_ns, from_ns = v.from_ns;
    lanes_view_pan(&v, 0.5);
    CHECK_EQ_INT(v.from_ns, from_ns + llround(0.5 * (double)width_ns));
    lanes_view_pan(&v, 1e300);
    CHECK_EQ_INT(v.to_ns, all.to_ns);
    lanes_view_pan(&v, -1e300);
    CHECK_EQ_INT(v.from_ns, all.from_ns);
    CHECK_EQ_INT(v.to_ns - v.from_ns, width_ns);
    lanes_view_show(&v, us(l, 100), us(l, 101));
    CHECK(v.from_ns < us(l, 100) && v.to_ns > us(l, 101) && v.to_ns - v.from_ns == width_ns);
    struct lanes_view still = v;
    lanes_view_show(&v, us(l, 99), us(l, 101));
    CHECK(v.from_ns == still.from_ns);
    lanes_view_show(&v, us(l, 50), us(l, 150));
    CHECK(v.from_ns < us(l, 50) && v.to_ns > us(l, 150));
    done(l);
}

/* ---- works ---- */

TEST(next_visits_each_kernel_of_a_stream_once)
{
    const struct launches *l = make_many(1000, 2, 0.6);
    struct lanes_view v = view_of(l);
    uint32_t n = 0, last = PROFILE_NONE, id = lanes_view_next(v.ix, PROFILE_NONE, 1, "");
    CHECK_EQ_INT(id, 0);
    for (; id != PROFILE_NONE; id = lanes_view_next(v.ix, id, 1, "")) {
        CHECK(last == PROFILE_NONE || id == last + 2);
        last = id;
        n++;
    }
    CHECK_EQ_INT(n, 500);
    CHECK_EQ_INT(lanes_view_next(v.ix, PROFILE_NONE, -1, ""), 999);
    CHECK_EQ_INT(lanes_view_next(v.ix, 998, -1, ""), 996);
    CHECK_EQ_INT(lanes_view_next(v.ix, 0, 1, "mul"), 6);
    CHECK_EQ_INT(lanes_view_next(v.ix, 0, 1, "nothing"), PROFILE_NONE);
    CHECK_EQ_INT(lanes_view_beside(v.ix, 4, 1), 5);
    CHECK_EQ_INT(lanes_view_beside(v.ix, 4, -1), PROFILE_NONE);
    CHECK_EQ_INT(lanes_view_beside(v.ix, 999, -1), 998);
    done(l);
}

TEST(what_is_drawn_can_be_clicked)
{
    const struct launches *l = make_run();
    struct lanes_view v = window_of(l, 0);
    struct grid g = draw(&v, ascii);
    unsigned n = 0;
    for (unsigned row = 0; row < g.rows; row++) {
        for (unsigned col = LABEL; col < COLS; col++) {
            uint32_t id = lanes_view_at(&v, COLS, row, col);
            bool is_work = row >= 5 && grid_at(&g, row, col)->cp != ' ';
            CHECK(!is_work || id != PROFILE_NONE);
            n += id != PROFILE_NONE && row >= 5;
        }
    }
    CHECK_EQ_INT(n, 14 + 8 + 5);
    CHECK_EQ_INT(lanes_view_at(&v, COLS, 5, LABEL + 15), 0);
    CHECK_EQ_INT(lanes_view_at(&v, COLS, 5, LABEL + 29), 1);
    CHECK_EQ_INT(lanes_view_at(&v, COLS, 2, LABEL + 14), 1);
    CHECK_EQ_INT(lanes_view_at(&v, COLS, 2, LABEL + 62), PROFILE_NONE);
    CHECK_EQ_INT(lanes_view_at(&v, COLS, 0, LABEL + 15), PROFILE_NONE);
    CHECK_EQ_INT(lanes_view_at(&v, COLS, 5, 3), PROFILE_NONE);
    done(l);
}

TEST(any_window_of_any_size_can_be_drawn)
{
    const struct launches *l = make_many(300, 2, 3.5);
    struct lanes_view v = view_of(l);
    for (unsigned i = 0; i < 500; i++) {
        struct grid g;
        size_t mark = arena_mark(&arena);
        grid_init(&g, &arena, (unsigned)(random_share() * 12), (unsigned)(random_share() * 100));
        g.symbols = (enum symbols)(i % 3);
        g.is_mono = i % 2 == 0;
        lanes_view_fit(&v);
        lanes_view_zoom(&v, random_share() * random_share(), us(l, random_share() * 600), COLS);
        v.selected = (uint32_t)(random_share() * 310);
        v.top_lane = (uint32_t)(random_share() * 5);
        v.n_levels = i % 4;
        arena_init(&frame, ARENA_SMALL);
        lanes_view_draw(&g, &frame, 1, (unsigned)(random_share() * 12), &v);
        lanes_view_at(&v, g.cols, i % 8, i % 90);
        arena_done(&frame);
        arena_reset(&arena, mark);
    }
    done(l);
}
