/*
 * Timelines made by hand: the two scales of time, and the drawing.
 */
#include "model_fixture.h"
#include "present/timeline_view.h"

/* Two sub-cores, three warps; cycles 20 to 30 come 4 times more, so 30 is followed by 70. */
static const struct timeline_span spans[] = {
    {0, 10, 0, STALL_LONG_SCOREBOARD},  {10, 20, 0, STALL_SELECTED},
    {20, 25, 0, STALL_SELECTED},        {25, 30, 0, STALL_WAIT},
    {70, 100, 0, STALL_BARRIER},        {0, 20, 0, STALL_BARRIER},
    {20, 30, 0, STALL_LONG_SCOREBOARD}, {70, 80, 0, STALL_DRAIN},
    {5, 15, 0, STALL_NOT_SELECTED},
};
static const struct timeline_lane lanes[] = {{0, 0, 0, 0, 5}, {0, 1, 1, 5, 3}, {1, 2, 0, 8, 1}};
static const struct timeline_repeat repeats[] = {{20, 30, 4, 20}};
static const struct timeline made = {.lanes = lanes,
                                     .n_lanes = 3,
                                     .spans = spans,
                                     .n_spans = 9,
                                     .repeats = repeats,
                                     .n_repeats = 1,
                                     .n_sub_cores = 2,
                                     .issue_rate = 1};

static const struct trace_kernel *make_two_ctas(void)
{
    struct maker m = make_kernel(2, 2);
    for (unsigned i = 0; i < 4; i++) {
        make_warp(&m, i / 2, i % 2);
        make_warp_end(&m);
    }
    return build_finish(m.b);
}

struct look {
    unsigned cols;
    enum symbols symbols;
    bool is_mono;
};

static struct arena arena;

static struct grid draw(const struct timeline *t, uint64_t from, uint64_t to, uint32_t n,
                        struct look look)
{
    const struct trace_kernel *k = make_two_ctas();
    const struct timeline_view v = {k, t, from, to, n};
    struct grid g;
    arena_init(&arena, ARENA_SMALL);
    grid_init(&g, &arena, timeline_view_most_rows(&v), look.cols);
    g.symbols = look.symbols;
    g.is_mono = look.is_mono;
    unsigned rows = timeline_view_draw(&g, &arena, 0, &v);
    CHECK(rows <= g.rows);
    g.rows = rows;
    trace_kernel_release(k);
    return g;
}

static void check_text(const struct grid *g, const char *expected)
{
    struct text t;
    text_init(&t);
    grid_to_text(g, &t);
    CHECK_EQ_STR(text_cstr(&t), expected);
    text_done(&t);
    arena_done(&arena);
}

TEST(shown_time_leaves_out_repetitions)
{
    static const struct {
        uint64_t cy, shown;
    } cases[] = {{0, 0}, {20, 20}, {30, 30}, {31, 30}, {70, 30}, {71, 31}, {100, 60}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_EQ_INT(timeline_shown_cy(&made, cases[i].cy), cases[i].shown);
    CHECK_EQ_INT(timeline_cycle_at(&made, 29), 29);
    CHECK_EQ_INT(timeline_cycle_at(&made, 30), 70);
    CHECK_EQ_INT(timeline_cycle_at(&made, 60), 100);
    CHECK_EQ_INT(timeline_end_cy(&made), 100);
}

TEST(spans_stand_for_their_repetitions)
{
    CHECK_EQ_INT(timeline_span_cy(&made, &spans[0], 0, 100), 10);
    CHECK_EQ_INT(timeline_span_cy(&made, &spans[2], 0, 100), 25);
    CHECK_EQ_INT(timeline_span_cy(&made, &spans[3], 0, 100), 25);
    CHECK_EQ_INT(timeline_span_cy(&made, &spans[3], 33, 58), 13); /* 35-40, 45-50, 55-58 */
    CHECK_EQ_INT(timeline_span_cy(&made, &spans[4], 80, 90), 10);
    const struct timeline_span across = {10, 25, 0, STALL_WAIT};
    CHECK_EQ_INT(timeline_span_cy(&made, &across, 0, 100), 10 + 5 * 5);
    CHECK(timeline_first_span(&made, &lanes[0], 20) == &spans[2]);
    CHECK(timeline_first_span(&made, &lanes[0], 200) == &spans[5]);
}

/* 43 columns of time for 60 shown cycles. */
TEST(a_row_is_a_warp_and_a_cell_its_longest_state)
{
    struct grid g = draw(&made, 0, 100, 9, (struct look){60, SYMBOLS_BLOCK, true});
    check_text(&g, "cycle            0      10      20     70     80     90\n"
                   "                 ┬──────┬───────┬──────▸──────┬──────┬──────\n"
                   "                               ├─x5──┤\n"
                   "sub-core 0 35 %         ▄██████████\n"
                   "  cta 0 w0       MMMMMMM...........DDDDBBBBBBBBBBBBBBBBBBBBB\n"
                   "  cta 1 w0           -------\n"
                   "sub-core 1 0 %\n"
                   "  cta 0 w1       BBBBBBBBBBBBBBBMMMMMMMmmmmmmm\n"
                   "\n"
                   "cycles 20 to 30 come 4 times more\n"
                   "\n"
                   "M long_scoreboard     31.6 %\n"
                   "B barrier             26.3 %\n"
                   ". selected            18.4 %\n"
                   "D wait                13.2 %\n"
                   "m drain                5.3 %\n"
                   "- not_selected         5.3 %\n");
}

TEST(states_of_a_group_differ_in_case)
{
    CHECK_EQ_INT(timeline_view_letter(STALL_LONG_SCOREBOARD), 'M');
    CHECK_EQ_INT(timeline_view_letter(STALL_DRAIN), 'm');
    CHECK_EQ_INT(timeline_view_letter(STALL_SELECTED), '.');
    CHECK_EQ_INT(timeline_view_letter(STALL_NOT_SELECTED), '-');
    CHECK_EQ_INT(timeline_view_letter(STALL_WAIT), 'D');
}

TEST(ascii_has_digits_for_the_slots)
{
    struct grid g = draw(&made, 0, 100, 1, (struct look){40, SYMBOLS_ASCII, true});
    check_text(&g, "cycle            0       20  70 80\n"
                   "                 +-------+--->--+-------\n"
                   "                        +x5+\n"
                   "sub-core 0 35 %      999996\n"
                   "  cta 0 w0       MMMM......DDBBBBBBBBBBB\n"
                   "  1 more\n"
                   "sub-core 1 0 %\n"
                   "  1 more\n"
                   "\n"
                   "cycles 20 to 30 come 4 times more\n"
                   "\n"
                   "M long_scoreboard     31.6 %\n"
                   "B barrier             26.3 %\n"
                   ". selected            18.4 %\n"
                   "D wait                13.2 %\n"
                   "m drain                5.3 %\n"
                   "- not_selected         5.3 %\n");
}

TEST(a_window_is_of_cycles)
{
    struct grid g = draw(&made, 12, 30, 9, (struct look){40, SYMBOLS_BLOCK, true});
    check_text(&g, "cycle                15     20    25\n"
                   "                 ────┬──────┬─────┬─────\n"
                   "                           ├────x5─────┤\n"
                   "sub-core 0 72 %  █████████████████\n"
                   "  cta 0 w0       .................DDDDDD\n"
                   "  cta 1 w0       ----\n"
                   "sub-core 1 0 %\n"
                   "  cta 0 w1       BBBBBBBBBBBMMMMMMMMMMMM\n"
                   "\n"
                   "cycles 20 to 30 come 4 times more\n"
                   "\n"
                   ". selected            33.3 %\n"
                   "M long_scoreboard     25.6 %\n"
                   "B barrier             20.5 %\n"
                   "D wait                12.8 %\n"
                   "- not_selected         7.7 %\n");
}

TEST(colour_draws_bars_with_a_letter_in_front)
{
    struct grid g = draw(&made, 0, 100, 9, (struct look){77, SYMBOLS_BLOCK, false});
    const struct cell *row = grid_line(&g, 4);
    CHECK_EQ_INT(row[17].cp, 'M');
    CHECK_EQ_INT(row[17].attrs, CELL_REVERSE);
    CHECK_EQ_INT(row[18].cp, 0x2588);
    CHECK_EQ_INT(row[18].style, STYLE_MEMORY);
    CHECK_EQ_INT(row[27].style, STYLE_ISSUE);
    CHECK_EQ_INT(grid_line(&g, 5)[22].cp, '-');
    arena_done(&arena);
}

TEST(nothing_shown_is_said)
{
    struct grid g = draw(&made, 30, 70, 9, (struct look){40, SYMBOLS_BLOCK, true});
    check_text(&g, "no cycle of this window is shown\n");
    g = draw(&(struct timeline){.n_sub_cores = 2}, 0, 0, 9, (struct look){40, SYMBOLS_ASCII, true});
    check_text(&g, "no cycle of this window is shown\n");
    g = draw(&made, 90, 100, 9, (struct look){18, SYMBOLS_BLOCK, true});
    arena_done(&arena);
}
