/* Plots of launches that wait, of made-up profiles. */
#include "launch_fixture.h"
#include "present/depth_view.h"
#include "present/lanes_view.h"

enum { COLS = 60, LABEL = 9 };

static struct arena arena, frame;

/* n launches one a microsecond, which a stream begins `from_us` later and works off twice as fast.
 */
static const struct launches *make_queue(unsigned n, double from_us)
{
    struct made m;
    made_begin(&m);
    for (unsigned i = 0; i < n; i++) {
        made_call(&m, 1, "cudaLaunchKernel", i + 1, i, 0.5);
        made_work(&m, "kernel", "k", 0, 7, i + 1, from_us + i * 0.5, 0.4);
    }
    return made_end(&m);
}

static struct depth_view view_of(const struct launches *l, double from_us, double to_us)
{
    return (struct depth_view){.l = l,
                               .depth = &l->depth,
                               .from_ns = lanes_view_zero_ns(l) + (int64_t)(1000 * from_us),
                               .to_ns = lanes_view_zero_ns(l) + (int64_t)(1000 * to_us),
                               .mark_ns = INT64_MIN};
}

static struct grid draw(const struct depth_view *v, unsigned rows, enum symbols symbols)
{
    struct grid g;
    arena_init(&arena, ARENA_SMALL);
    arena_init(&frame, ARENA_SMALL);
    grid_init(&g, &arena, rows, COLS);
    g.symbols = symbols;
    depth_view_draw(&g, &frame, 0, rows, v);
    arena_done(&frame);
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

TEST(a_queue_that_fills_and_drains)
{
    const struct launches *l = make_queue(40, 25);
    struct depth_view v = view_of(l, 0, 51);
    v.mark_ns = v.from_ns + 45000;
    struct grid g = draw(&v, 13, SYMBOLS_ASCII);
    check_picture(&g, "launches waiting  most 26 at 25 us, mean 11.96, 0 at cursor\n"
                      "      30                                              |\n"
                      "                                ####:                 |\n"
                      "                            #############             |\n"
                      "                       ######################:        |\n"
                      "                   ##############################     |\n"
                      "               ####################################   |\n"
                      "       0 #############################################|\n"
                      "launches per second  mean 784,314\n"
                      "      1M ########################################     |\n"
                      "         ########################################     |\n"
                      "       0 ########################################     |\n"
                      "time     |0 ns     |10 us    |20 us    |30 us    |40 us    |\n");
    CHECK_EQ_INT(grid_at(&g, 2, LABEL + 25)->style, STYLE_BOLD);
    arena_done(&arena);
    g = draw(&v, 13, SYMBOLS_BLOCK);
    check_picture(&g, "launches waiting  most 26 at 25 us, mean 11.96, 0 at cursor\n"
                      "      30                          ▁                   │\n"
                      "                              ▁▃▅▇█▇▅▃▁               │\n"
                      "                          ▂▃▅▇█████████▇▅▃▂           │\n"
                      "                      ▂▄▆███████████████████▆▄▂       │\n"
                      "                 ▁▃▅▆███████████████████████████▆▁    │\n"
                      "             ▁▃▅▇█████████████████████████████████▅▁  │\n"
                      "       0 ▂▄▆▇███████████████████████████████████████▆▂│\n"
                      "launches per second  mean 784,314\n"
                      "      1M ████████████████████████████████████████     │\n"
                      "         ████████████████████████████████████████     │\n"
                      "       0 ████████████████████████████████████████     │\n"
                      "time     │0 ns     │10 us    │20 us    │30 us    │40 us    │\n");
    arena_done(&arena);
    g = draw(&v, 8, SYMBOLS_BRAILLE);
    check_picture(&g, "launches waiting  most 26 at 25 us, mean 11.96, 0 at cursor\n"
                      "      30                          ⡀                   │\n"
                      "                             ⣀⣤⣤⣶⣿⣷⣧⣦⣄⡄⡀              │\n"
                      "                        ⣀⣤⣤⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣧⣦⣄⡄⡀         │\n"
                      "      15           ⣀⣤⣤⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣧⣦⣄⡄     │\n"
                      "              ⣀⣤⣤⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣦⣄   │\n"
                      "       0 ⣀⣤⣤⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣤⡀│\n"
                      "time     │0 ns     │10 us    │20 us    │30 us    │40 us    │\n");
    arena_done(&arena);
    launches_release(l);
}

TEST(a_line_shows_where_calls_begin_to_block)
{
    const struct launches *l = make_queue(1500, 1100);
    struct depth_view v = view_of(l, 0, 2000);
    struct grid g = draw(&v, 10, SYMBOLS_ASCII);
    check_picture(&g, "launches waiting  most 1,101 at 1.1 ms, mean 543.9\n"
                      "   1,500\n"
                      "   1,024 - calls begin to block ---####---------------------\n"
                      "                           ####################\n"
                      "                   ################################\n"
                      "       0 ################################################\n"
                      "launches per second  mean 750,000\n"
                      "    1.5M\n"
                      "       0 #######################################\n"
                      "time     |0 ns       |500 us      |1 ms        |1.5 ms\n");
    arena_done(&arena);
    launches_release(l);
    l = make_queue(650, 650);
    v = view_of(l, 0, 1000);
    g = draw(&v, 6, SYMBOLS_ASCII);
    check_picture(&g, "launches waiting  most 650 at 649 us, mean 317\n"
                      "     800\n"
                      "                                 ##############\n"
                      "     400               #############################\n"
                      "       0 ##################################################\n"
                      "time     |0 ns     |200 us   |400 us   |600 us   |800 us\n");
    arena_done(&arena);
    launches_release(l);
}

TEST(windows_without_launches_and_small_ones)
{
    const struct launches *l = make_queue(10, 5);
    struct depth_view v = view_of(l, 20, 21);
    struct grid g = draw(&v, 5, SYMBOLS_ASCII);
    check_picture(&g, "launches waiting  none in this window\n"
                      "       1\n"
                      "\n"
                      "       0\n"
                      "time     |20 us    |20.2 us  |20.4 us  |20.6 us  |20.8 us\n");
    arena_done(&arena);
    v = view_of(l, 3.5, 3.501);
    g = draw(&v, 9, SYMBOLS_ASCII);
    check_picture(&g, "launches waiting  most 4 at 3.5 us, mean 4\n"
                      "       4 ###################################################\n"
                      "         ###################################################\n"
                      "       2 ###################################################\n"
                      "       0 ###################################################\n"
                      "launches per second  mean 0\n"
                      "       1\n"
                      "       0\n"
                      "3.500 us |+0 ns\n");
    arena_done(&arena);
    v.to_ns = v.from_ns;
    for (unsigned rows = 0; rows < 12; rows++) {
        for (unsigned symbols = 0; symbols < 3; symbols++) {
            draw(&v, rows, (enum symbols)symbols);
            arena_done(&arena);
        }
    }
    launches_release(l);
}

TEST(names_take_as_many_columns_as_in_the_lanes_above)
{
    const struct launches *l = make_queue(10, 5);
    struct depth_view v = view_of(l, 0, 10);
    v.label_cols = 20;
    struct grid g = draw(&v, 5, SYMBOLS_ASCII);
    CHECK_EQ_INT(grid_at(&g, 4, 20)->cp, '|');
    CHECK_EQ_INT(grid_at(&g, 3, 18)->cp, '0');
    arena_done(&arena);
    launches_release(l);
}
