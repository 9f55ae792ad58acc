#include "base/err.h"
#include "t.h"

TEST(the_first_error_wins)
{
    struct err e = {0};
    CHECK_EQ_INT(err_set(&e, STATUS_IO, "cannot open '%s'", "a"), STATUS_IO);
    CHECK_EQ_INT(err_set(&e, STATUS_USAGE, "later"), STATUS_USAGE);
    CHECK_EQ_INT(e.status, STATUS_IO);
    CHECK_EQ_STR(e.message, "cannot open 'a'");
}

TEST(no_record_is_fine)
{
    CHECK_EQ_INT(err_set(NULL, STATUS_LIMIT, "too large"), STATUS_LIMIT);
    err_at(NULL, "a", 1, 1);
    err_expected(NULL, "a");
    err_found(NULL, "a");
    err_hint(NULL, "a");
}

TEST(details_need_an_error_and_stay)
{
    struct err e = {0};
    err_hint(&e, "too early");
    err_at(&e, "early", 1, 1);
    CHECK_EQ_STR(e.hint, "");
    CHECK_EQ_STR(e.path, "");
    err_set(&e, STATUS_INPUT, "bad");
    err_at(&e, "a.json", 3, 14);
    err_at(&e, "b.json", 9, 9);
    err_hint(&e, "first");
    err_hint(&e, "second");
    CHECK_EQ_STR(e.path, "a.json");
    CHECK_EQ_INT(e.line, 3);
    CHECK_EQ_INT(e.column, 14);
    CHECK_EQ_STR(e.hint, "first");
}

TEST(a_place_can_come_in_two_steps)
{
    struct err e = {0};
    err_set(&e, STATUS_INPUT, "bad");
    err_at(&e, NULL, 7, 2);
    err_at(&e, "a.json", 0, 0);
    CHECK_EQ_STR(e.path, "a.json");
    CHECK_EQ_INT(e.line, 7);
}

TEST(format_shows_what_is_known)
{
    char out[1000];
    struct err e = {0};
    err_set(&e, STATUS_INPUT, "not a number");
    err_format(&e, out, sizeof out);
    CHECK_EQ_STR(out, "not a number");
    err_at(&e, "gpus/a100.json", 12, 5);
    err_expected(&e, "a number of at least %d", 1);
    err_found(&e, "\"x\"");
    err_hint(&e, "see --help");
    err_format(&e, out, sizeof out);
    CHECK_EQ_STR(out, "gpus/a100.json:12:5: not a number\n  expected: a number of at least 1\n"
                      "  found: \"x\"\n  hint: see --help");
}

TEST(format_without_column_or_path)
{
    char out[100];
    struct err e = {0};
    err_set(&e, STATUS_INPUT, "bad");
    err_at(&e, NULL, 4, 0);
    err_format(&e, out, sizeof out);
    CHECK_EQ_STR(out, "line 4: bad");
    err_at(&e, "f", 0, 0);
    err_format(&e, out, sizeof out);
    CHECK_EQ_STR(out, "f:4: bad");
}

TEST(long_texts_are_clipped)
{
    char long_text[1000], out[8];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    struct err e = {0};
    err_set(&e, STATUS_INPUT, "%s", long_text);
    err_at(&e, long_text, 1, 1);
    CHECK_EQ_INT(strlen(e.message), sizeof e.message - 1);
    CHECK_EQ_INT(strlen(e.path), sizeof e.path - 1);
    err_format(&e, out, sizeof out);
    CHECK_EQ_STR(out, "xxxxxxx");
    err_format(&e, out, 1);
    CHECK_EQ_STR(out, "");
    err_format(&e, NULL, 0);
}

TEST(statuses_have_names_and_codes)
{
    CHECK_EQ_STR(status_name(STATUS_LUA), "STATUS_LUA");
    CHECK_EQ_STR(status_text(STATUS_OK), "ok");
    CHECK_EQ_INT(status_exit_code(STATUS_OK), 0);
    CHECK_EQ_INT(status_exit_code(STATUS_INPUT), 3);
    CHECK_EQ_INT(status_exit_code(STATUS_CANCELLED), 130);
}

static enum status fails(struct err *e)
{
    TRY(STATUS_OK);
    TRY(err_set(e, STATUS_LIMIT, "first"));
    return err_set(e, STATUS_IO, "not reached");
}

TEST(try_returns_the_failure)
{
    struct err e = {0};
    CHECK_EQ_INT(fails(&e), STATUS_LIMIT);
    CHECK_EQ_STR(e.message, "first");
}
