#include "present/cell.h"

#include "t.h"

static struct arena arena;

static struct grid make(unsigned rows, unsigned cols)
{
    struct grid g;

    arena_init(&arena, ARENA_SMALL);
    grid_init(&g, &arena, rows, cols);
    return g;
}

static void check_text(const struct grid *g, const char *expected)
{
    struct text t;

    text_init(&t);
    grid_to_text(g, &t);
    CHECK_EQ_STR(text_cstr(&t), expected);
    text_done(&t);
}

TEST(text_is_clipped)
{
    struct grid g = make(2, 8);

    CHECK_EQ_INT(grid_text(&g, 0, 2, 4, STYLE_BOLD, STR("abcdef")), 4);
    CHECK_EQ_INT(grid_text(&g, 1, 6, 9, STYLE_BOLD, STR("xyz")), 2);
    CHECK_EQ_INT(grid_text(&g, 7, 0, 9, STYLE_BOLD, STR("off the grid")), 8);
    check_text(&g, "  abcd\n      xy\n");
    arena_done(&arena);
}

TEST(right_is_flush)
{
    struct grid g = make(1, 8);

    CHECK_EQ_INT(grid_right(&g, 0, 1, 6, STYLE_NORMAL, STR("12")), 6);
    check_text(&g, "     12\n");
    arena_done(&arena);
}

TEST(controls_never_reach_a_cell)
{
    struct grid g = make(1, 8);

    grid_text(&g, 0, 0, 8, STYLE_NORMAL, STR("a\x1b[2\x7f\n"));
    check_text(&g, "a\xef\xbf\xbd[2\xef\xbf\xbd\xef\xbf\xbd\n");
    arena_done(&arena);
}

TEST(broken_utf8_is_replaced)
{
    struct grid g = make(1, 8);

    g.symbols = SYMBOLS_ASCII;
    grid_text(&g, 0, 0, 8, STYLE_NORMAL, STR("\xff\xc3(\xe2\x82|\xc0\x80"));
    check_text(&g, "??"
                   "(?|??\n");
    arena_done(&arena);
}

TEST(wide_characters_take_two_cells)
{
    struct grid g = make(1, 6);

    CHECK_EQ_INT(grid_text(&g, 0, 0, 6, STYLE_NORMAL, STR("\xe6\xbc\xa2\xe5\xad\x97!")), 5);
    CHECK_EQ_INT(grid_at(&g, 0, 1)->cp, 0);
    CHECK_EQ_INT(grid_width(STR("\xe6\xbc\xa2\xe5\xad\x97!")), 5);
    CHECK_EQ_INT(grid_width(STR("e\xcc\x81")), 1);
    check_text(&g, "\xe6\xbc\xa2\xe5\xad\x97!\n");
    grid_text(&g, 0, 1, 1, STYLE_NORMAL, STR("x"));
    check_text(&g, " x\xe5\xad\x97!\n");
    grid_text(&g, 0, 2, 1, STYLE_NORMAL, STR("y"));
    check_text(&g, " xy !\n");
    arena_done(&arena);
}

TEST(wide_character_does_not_fit_half)
{
    struct grid g = make(1, 3);

    CHECK_EQ_INT(grid_text(&g, 0, 2, 5, STYLE_NORMAL, STR("\xe6\xbc\xa2")), 0);
    check_text(&g, "\n");
    arena_done(&arena);
}

TEST(ascii_symbols_have_no_other_bytes)
{
    struct grid g = make(4, 12);

    g.symbols = SYMBOLS_ASCII;
    grid_box(&g, 0, 0, 3, 12, "a");
    grid_text(&g, 3, 0, 12, STYLE_NORMAL, STR("\xe2\x86\x92 \xe2\x80\xa6 \xc3\xa9"));
    check_text(&g, "+- a ------+\n|          |\n+----------+\n> > ?\n");
    arena_done(&arena);
}

TEST(bar_in_eighths)
{
    struct grid g = make(1, 8);

    grid_bar(&g, 0, 0, 4, STYLE_MEMORY, 'M', 0.53125);
    check_text(&g, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x8f\n");
    grid_bar(&g, 0, 5, 3, STYLE_MEMORY, 'M', (double)NAN);
    grid_bar(&g, 0, 5, 3, STYLE_MEMORY, 'M', 1e-9);
    check_text(&g, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x8f  \xe2\x96\x8f\n");
    arena_done(&arena);
}

TEST(bar_of_letters_without_colour)
{
    struct grid g = make(1, 8);

    g.is_mono = true;
    grid_bar(&g, 0, 0, 8, STYLE_MEMORY, 'M', 0.5);
    check_text(&g, "MMMM\n");
    arena_done(&arena);
}

TEST(stack_sums_to_the_width)
{
    struct bar_part parts[] = {{1 / 3.0, STYLE_ISSUE, '.'},
                               {1 / 3.0, STYLE_MEMORY, 'M'},
                               {1 / 3.0, STYLE_COMPUTE, 'C'},
                               {(double)NAN, STYLE_SYNC, 'B'}};
    struct grid g = make(1, 12);

    g.is_mono = true;
    grid_stack(&g, 0, 0, 10, parts, ARRAY_LEN(parts));
    check_text(&g, "....MMMCCC\n");
    arena_done(&arena);
}

TEST(ansi_uses_no_background)
{
    struct grid g = make(2, 8);
    struct text t;

    grid_text(&g, 0, 0, 8, STYLE_MEMORY, STR("ab"));
    grid_text(&g, 1, 0, 8, STYLE_TITLE, STR("t"));
    text_init(&t);
    grid_to_ansi(&g, &t, true, THEME_AUTO);
    CHECK_EQ_STR(text_cstr(&t), "\x1b[0;38;5;33mab\x1b[0m\n\x1b[0;7mt\x1b[0m\n");
    text_clear(&t);
    grid_to_ansi(&g, &t, false, THEME_AUTO);
    CHECK_EQ_STR(text_cstr(&t), "\x1b[0mab\x1b[0m\n\x1b[0;7mt\x1b[0m\n");
    text_done(&t);
    arena_done(&arena);
}

TEST(svg_escapes_and_closes)
{
    struct grid g = make(1, 8);
    struct text t;

    grid_text(&g, 0, 0, 8, STYLE_BOLD, STR("a<&b"));
    grid_bar(&g, 0, 5, 2, STYLE_MEMORY, 'M', 1);
    text_init(&t);
    grid_to_svg(&g, &t, false);
    CHECK(strstr(text_cstr(&t), "a&lt;&amp;b</text>") != NULL);
    CHECK(strstr(text_cstr(&t), "fill=\"#00afff\"") != NULL);
    CHECK(str_ends(text_str(&t), STR("</svg>\n")));
    text_done(&t);
    arena_done(&arena);
}

/* A style must be seen on both backgrounds: no default palette entry, no pure black or white. */
TEST(styles_avoid_the_first_sixteen)
{
    for (unsigned s = 0; s < STYLE_N; s++) {
        for (unsigned t = 0; t < THEME_N; t++) {
            int c = style_info[s].c256[t];
            CHECK(c == -1 || (c > 16 && c != 231 && c < 256));
        }
    }
}
