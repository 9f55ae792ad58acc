#include "present/table.h"

#include "t.h"

static const struct table_column columns[] = {
    {"name", 6, 0, false, true, 20},
    {"a", 5, 1, true, false, 0},
    {"b", 5, 2, true, false, 0},
};

TEST(all_columns_fit)
{
    struct table_place at[3];

    table_place(columns, 3, 1, 30, at);
    CHECK_EQ_INT(at[0].col, 1);
    CHECK_EQ_INT(at[0].width, 18);
    CHECK_EQ_INT(at[1].col, 20);
    CHECK_EQ_INT(at[2].col, 26);
}

TEST(highest_rank_goes_first)
{
    struct table_place at[3];

    table_place(columns, 3, 0, 17, at);
    CHECK_EQ_INT(at[2].width, 0);
    CHECK_EQ_INT(at[1].width, 5);
    CHECK_EQ_INT(at[0].width, 11);
    table_place(columns, 3, 0, 4, at);
    CHECK_EQ_INT(at[1].width, 0);
    CHECK_EQ_INT(at[0].width, 6);
}

TEST(elastic_column_has_a_limit)
{
    struct table_place at[3];

    table_place(columns, 3, 0, 100, at);
    CHECK_EQ_INT(at[0].width, 20);
}

TEST(scroll_keeps_the_cursor_visible)
{
    struct scroll s = {0, 0};

    scroll_move(&s, 100, 30);
    scroll_fit(&s, 100, 10);
    CHECK_EQ_INT(s.top, 21);
    scroll_move(&s, 100, -1000);
    scroll_fit(&s, 100, 10);
    CHECK_EQ_INT(s.top, 0);
    scroll_move(&s, 100, INT64_C(1) << 40);
    scroll_fit(&s, 100, 10);
    CHECK_EQ_INT(s.cursor, 99);
    CHECK_EQ_INT(s.top, 90);
    scroll_fit(&s, 5, 10);
    CHECK_EQ_INT(s.cursor, 4);
    CHECK_EQ_INT(s.top, 0);
    scroll_fit(&s, 0, 0);
    CHECK_EQ_INT(s.cursor, 0);
}

TEST(jumps_show_what_is_around)
{
    struct scroll s = {0, 0};

    scroll_jump(&s, 50, 10);
    CHECK_EQ_INT(s.top, 45);
    scroll_jump(&s, 51, 10);
    CHECK_EQ_INT(s.top, 45);
    scroll_jump(&s, 54, 10); /* seen, but as the last row */
    CHECK_EQ_INT(s.top, 49);
    scroll_jump(&s, 2, 10);
    CHECK_EQ_INT(s.top, 0);
    CHECK_EQ_INT(s.cursor, 2);
}

static bool tens_less(const void *arg, uint32_t a, uint32_t b)
{
    (void)arg;
    return a / 10 < b / 10;
}

TEST(sort_is_stable)
{
    uint32_t ids[] = {31, 12, 35, 11, 22, 30}, scratch[6];

    table_sort(ids, 6, scratch, tens_less, NULL);
    CHECK_EQ_INT(ids[0], 12);
    CHECK_EQ_INT(ids[1], 11);
    CHECK_EQ_INT(ids[2], 22);
    CHECK_EQ_INT(ids[3], 31);
    CHECK_EQ_INT(ids[5], 30);
}

TEST(match_ignores_case_and_inverts)
{
    CHECK(table_match("LDG.E.128", "ldg"));
    CHECK(!table_match("LDG.E.128", "!ldg"));
    CHECK(table_match("LDG", ""));
    CHECK(table_match("LDG", "!"));
    CHECK(!table_match("", "x"));
    CHECK(table_match("", "!x"));
}
