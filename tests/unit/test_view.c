/*
 * Every view drawn from one fixture and compared with tests/tui/NAME.screen. UPDATE_SCREENS=1
 * writes the files instead, to be looked at before they are committed.
 */
#include "screen.h"
#include "t.h"
#include "view_fixture.h"

static struct fixture fix;

static void check_view(const char *name, enum view_id v, unsigned rows, unsigned cols,
                       enum symbols symbols)
{
    struct grid g = fixture_draw(&fix, v, rows, cols, symbols, symbols == SYMBOLS_ASCII);

    compare_screen(&fix.arena, name, &g);
}

#define SIZES(test, name, view)                                       \
    TEST(test)                                                        \
    {                                                                 \
        fixture_init(&fix);                                           \
        check_view(name "-80x24", view, 24, 80, SYMBOLS_BRAILLE);     \
        check_view(name "-120x40", view, 40, 120, SYMBOLS_BRAILLE);   \
        check_view(name "-40x10-ascii", view, 10, 40, SYMBOLS_ASCII); \
        fixture_done(&fix);                                           \
    }

SIZES(kernels, "kernels", VIEW_KERNELS)
SIZES(overview, "overview", VIEW_OVERVIEW)
SIZES(stalls, "stalls", VIEW_STALLS)
SIZES(sass, "sass", VIEW_SASS)
SIZES(compare, "compare", VIEW_COMPARE)
SIZES(gpu, "gpu", VIEW_GPU)
SIZES(help, "help", VIEW_HELP)
SIZES(picker, "open", VIEW_PICKER)

TEST(jobs)
{
    fixture_init(&fix);
    fix.data.n_jobs = 2;
    fix.data.n_log = 2;
    check_view("jobs-80x24", VIEW_JOBS, 24, 80, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

TEST(overview_in_ascii)
{
    fixture_init(&fix);
    check_view("overview-80x24-ascii", VIEW_OVERVIEW, 24, 80, SYMBOLS_ASCII);
    fixture_done(&fix);
}

/* Too narrow for two columns: the parts at the bottom stand below each other, none over another. */
TEST(overview_in_one_column)
{
    fixture_init(&fix);
    check_view("overview-60x24", VIEW_OVERVIEW, 24, 60, SYMBOLS_BLOCK);
    check_view("overview-60x40", VIEW_OVERVIEW, 40, 60, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

/* What does not fit one line is read whole, over the view. */
TEST(long_messages_wrap)
{
    fixture_init(&fix);
    fix.data.message = "cannot read 'big.traceg:7:3': expected a hexadecimal pc of four digits or "
                       "more, found 'zz'; is the file cut short?";
    fix.data.is_message_bad = true;
    check_view("message-80x24", VIEW_STALLS, 24, 80, SYMBOLS_BLOCK);
    check_view("message-40x10", VIEW_STALLS, 10, 40, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

TEST(group_opens)
{
    fixture_init(&fix);
    fix.state.open_group = 1;
    fix.state.sort = VIEW_SORT_TIME;
    check_view("kernels-open", VIEW_KERNELS, 24, 80, SYMBOLS_BLOCK);
    CHECK_EQ_INT(fix.out.n_rows, 7);
    fixture_done(&fix);
}

TEST(change_shows_old_and_new)
{
    fixture_init(&fix);
    fix.gpu.v.l2_kib = 81920;
    fix.gpu.note[GPU_l2_kib] = (struct gpu_note){"", "", "", false, GPU_CHANGED};
    fix.kernels[1].before = &fix.before;
    fix.state.gpu_only_changed = true;
    check_view("gpu-changed", VIEW_GPU, 24, 80, SYMBOLS_BLOCK);
    check_view("stalls-changed", VIEW_STALLS, 24, 120, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

TEST(old_numbers_are_marked)
{
    struct grid g;
    struct text t;

    fixture_init(&fix);
    fix.kernels[1].is_stale = true;
    g = fixture_draw(&fix, VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK, false);
    text_init(&t);
    grid_to_text(&g, &t);
    CHECK(strstr(text_cstr(&t), "outdated") != NULL);
    text_done(&t);
    fixture_done(&fix);
}

TEST(unknown_opcodes_withhold_the_total)
{
    struct result *r;

    fixture_init(&fix);
    r = &fix.results[1];
    r->is_withheld = true;
    r->cycles = r->time_us = r->ipc = r->ipc_per_sm = (double)NAN;
    r->unknown_insts = 5;
    r->unknown_share = 0.0123;
    fix.body.counts.unknown_opcodes = 2;
    fix.headers[1].is_synthetic = true;
    fix.headers[1].made_by = "gemm.lua n=512";
    check_view("overview-withheld", VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK);
    check_view("stalls-withheld", VIEW_STALLS, 24, 80, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

TEST(no_result_says_why)
{
    fixture_init(&fix);
    fix.data.kernel = 5;
    check_view("overview-failed", VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK);
    fix.data.kernel = 4;
    check_view("stalls-running", VIEW_STALLS, 24, 80, SYMBOLS_BLOCK);
    fix.data.n_kernels = 0;
    fix.data.trace_name = NULL;
    check_view("kernels-none", VIEW_KERNELS, 24, 80, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

TEST(filter_and_inverse)
{
    fixture_init(&fix);
    strcpy(fix.state.filter[VIEW_KERNELS], "GEMM");
    fixture_draw(&fix, VIEW_KERNELS, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_INT(fix.out.n_rows, 1);
    strcpy(fix.state.filter[VIEW_KERNELS], "!gemm");
    fixture_draw(&fix, VIEW_KERNELS, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_INT(fix.out.n_rows, 4);
    fixture_done(&fix);
}

TEST(popups_and_prompt)
{
    static const struct view_menu_item items[] = {{"sort", "s"}, {"units", "t"}};
    static const char *const lines[] = {"Time from launch to the end of the busiest SM.",
                                        "Unit: cy"};
    static const char *const completions[] = {"gpu a100-pcie-40gb", "gpu h100-pcie"};
    struct view_popup_data menu = {
        .kind = VIEW_POPUP_MENU, .title = "Actions", .typed = "t", .items = items, .n_items = 2};
    struct view_popup_data about = {
        .kind = VIEW_POPUP_TEXT, .title = "Cycles", .lines = lines, .n_lines = 2};
    struct view_prompt prompt = {":", "gpu ", 4, completions, 2, "choose the GPU to model"};

    fixture_init(&fix);
    fix.data.popup = &menu;
    check_view("popup-menu", VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK);
    CHECK_EQ_INT(fix.out.n_hits, 2);
    fix.data.popup = &about;
    check_view("popup-text", VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK);
    fix.data.popup = NULL;
    fix.data.prompt = &prompt;
    check_view("prompt", VIEW_KERNELS, 24, 80, SYMBOLS_BLOCK);
    CHECK(fix.out.has_caret);
    fixture_done(&fix);
}

/* No size may crash, and below 40x10 one line says what is needed. */
TEST(every_size_draws)
{
    for (unsigned rows = 1; rows <= 50; rows += 3) {
        for (unsigned cols = 1; cols <= 140; cols += 7) {
            fixture_init(&fix);
            for (unsigned v = 0; v < VIEW_N; v++)
                fixture_draw(&fix, (enum view_id)v, rows, cols, SYMBOLS_BLOCK, false);
            fixture_done(&fix);
        }
    }
    fixture_init(&fix);
    check_view("too-small", VIEW_OVERVIEW, 9, 40, SYMBOLS_BLOCK);
    fixture_done(&fix);
}

static bool is_explained_by(const char *words)
{
    for (uint32_t i = 0; i < fix.out.n_explain; i++)
        if (strstr(fix.out.explain[i], words) != NULL)
            return true;
    return false;
}

TEST(explain_names_the_metric_of_the_profiler)
{
    fixture_init(&fix);
    fix.state.at[VIEW_OVERVIEW].cursor = 7;
    fixture_draw(&fix, VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_STR(fix.out.explain_title, "DRAM, speed of light");
    CHECK_EQ_STR(fix.out.explain_name, "sol_dram");
    CHECK(is_explained_by("dram__throughput"));
    CHECK(is_explained_by("sol_dram = dram_bytes / dram_peak_b_per_cy / running_cy"));
    fixture_done(&fix);
}

/* The number under the cursor, wherever there are numbers. */
TEST(every_row_of_numbers_can_be_explained)
{
    static const enum view_id views[] = {VIEW_KERNELS, VIEW_OVERVIEW, VIEW_STALLS,
                                         VIEW_SASS,    VIEW_COMPARE,  VIEW_GPU};
    fixture_init(&fix);
    for (size_t v = 0; v < ARRAY_LEN(views); v++) {
        fix.state.at[views[v]].cursor = 0;
        fixture_draw(&fix, views[v], 24, 80, SYMBOLS_BLOCK, false);
        uint32_t n = fix.out.n_rows;
        CHECK(n > 0);
        for (uint32_t row = 0; row < n; row++) {
            fix.state.at[views[v]].cursor = row;
            fixture_draw(&fix, views[v], 24, 80, SYMBOLS_BLOCK, false);
            if (fix.out.n_explain == 0 || fix.out.explain_title == NULL ||
                fix.out.explain_name == NULL)
                T_FAIL("%s: nothing explains row %u", view_info[views[v]].name, row);
        }
    }
    fixture_done(&fix);
}

TEST(a_long_explanation_scrolls)
{
    static const char *lines[40];
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        lines[i] = i == 39 ? "the end" : "a line";
    struct view_popup_data popup = {.kind = VIEW_POPUP_TEXT,
                                    .title = "Long",
                                    .footer = " footer ",
                                    .lines = lines,
                                    .n_lines = ARRAY_LEN(lines)};
    fixture_init(&fix);
    fix.data.popup = &popup;
    check_view("popup-long", VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK);
    CHECK_EQ_INT(fix.out.popup_top, 0);
    popup.cursor = 1000;
    check_view("popup-long-end", VIEW_OVERVIEW, 24, 80, SYMBOLS_BLOCK);
    CHECK_EQ_INT(fix.out.popup_top, 79 - 21);
    fixture_done(&fix);
}
