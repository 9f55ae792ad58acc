#include "base/str.h"
#include "t.h"

#include <float.h>
#include <locale.h>

TEST(comparing)
{
    CHECK(str_eq(STR("sm"), STR("sm")));
    CHECK(!str_eq(STR("sm"), STR("smem")));
    CHECK(str_eq((str){NULL, 0}, STR("")));
    CHECK(str_is(STR("sm"), "sm"));
    CHECK(str_starts(STR("kernel.cu"), STR("kernel")));
    CHECK(!str_starts(STR("ker"), STR("kernel")));
    CHECK(str_ends(STR("kernel.cu"), STR(".cu")));
    CHECK(!str_ends(STR("u"), STR(".cu")));
    CHECK(str_has(STR("kernel.cu"), STR("nel.")));
    CHECK(str_has(STR("a"), STR("")));
    CHECK(!str_has((str){NULL, 0}, STR("a")));
}

TEST(trimming)
{
    CHECK(str_is(str_trim(STR(" \t a b\r\n")), "a b"));
    CHECK(str_is(str_trim(STR("  ")), ""));
    CHECK(str_is(str_trim((str){NULL, 0}), ""));
}

TEST(cutting)
{
    str rest = STR("a,,b,"), part = {0};
    const char *expected[] = {"a", "", "b", ""};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        CHECK(str_cut(&rest, ',', &part));
        CHECK(str_is(part, expected[i]));
    }
    CHECK(!str_cut(&rest, ',', &part));
}

TEST(cutting_an_empty_text_gives_one_empty_part)
{
    str rest = STR(""), part = {0};
    CHECK(str_cut(&rest, ',', &part));
    CHECK_EQ_INT(part.n, 0);
    CHECK(!str_cut(&rest, ',', &part));
}

TEST(whole_numbers)
{
    uint64_t u = 5;
    CHECK(str_parse_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(str_parse_u64(STR("+007"), &u) && u == 7);
    CHECK(!str_parse_u64(STR("18446744073709551616"), &u));
    CHECK(!str_parse_u64(STR("99999999999999999999"), &u));
    CHECK(!str_parse_u64(STR(""), &u));
    CHECK(!str_parse_u64(STR("+"), &u));
    CHECK(!str_parse_u64(STR("-1"), &u));
    CHECK(!str_parse_u64(STR(" 1"), &u));
    CHECK(!str_parse_u64(STR("1a"), &u));
    CHECK_EQ_INT(u, 7);
}

TEST(signed_numbers)
{
    int64_t i = 5;
    CHECK(str_parse_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(str_parse_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
    CHECK(str_parse_i64(STR("-0"), &i) && i == 0);
    CHECK(!str_parse_i64(STR("9223372036854775808"), &i));
    CHECK(!str_parse_i64(STR("-9223372036854775809"), &i));
    CHECK(!str_parse_i64(STR("-+1"), &i));
    CHECK(!str_parse_i64(STR("-"), &i));
}

TEST(hexadecimal_numbers)
{
    uint64_t u = 5;
    CHECK(str_parse_hex(STR("0x7fFF"), &u) && u == 0x7fff);
    CHECK(str_parse_hex(STR("7f0000000010"), &u) && u == 0x7f0000000010);
    CHECK(str_parse_hex(STR("0xffffffffffffffff"), &u) && u == UINT64_MAX);
    CHECK(!str_parse_hex(STR("0x10000000000000000"), &u));
    CHECK(!str_parse_hex(STR("0x"), &u));
    CHECK(!str_parse_hex(STR("g"), &u));
}

TEST(fractions)
{
    double d = 5;
    CHECK(str_parse_double(STR("1.5e3"), &d) && d == 1500);
    CHECK(str_parse_double(STR("-.25"), &d) && d == -0.25);
    CHECK(str_parse_double((str){"12345", 2}, &d) && d == 12);
    CHECK(str_parse_double(STR("1.7976931348623157e308"), &d) && d == DBL_MAX);
    const char *wrong[] = {"",   " 1",    "1 ",  "nan",   "inf", "0x10",
                           "1e", "1e999", "1,5", "1.2.3", "-"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK(!str_parse_double(str_from(wrong[i]), &d));
    CHECK(d == DBL_MAX);
}

TEST(fractions_under_a_locale_with_a_comma)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
        SKIP("no German locale here");
    double d = 0;
    CHECK(str_parse_double(STR("1.5"), &d) && d == 1.5);
    setlocale(LC_NUMERIC, "C");
}

TEST(distances)
{
    CHECK_EQ_INT(str_distance(STR("kitten"), STR("sitting"), 9), 3);
    CHECK_EQ_INT(str_distance(STR(""), STR("abc"), 9), 3);
    CHECK_EQ_INT(str_distance(STR("abc"), STR(""), 9), 3);
    CHECK_EQ_INT(str_distance(STR("abc"), STR("abc"), 0), 0);
    CHECK_EQ_INT(str_distance(STR("abcdef"), STR("uvwxyz"), 2), 3);
    char name[65];
    memset(name, 'a', sizeof name);
    CHECK_EQ_INT(str_distance((str){name, 64}, (str){name, 64}, 3), 0);
    CHECK_EQ_INT(str_distance((str){name, 65}, (str){name, 65}, 3), 4);
}

static const char *const gpu_names[] = {"a100", "h100-sxm", "h100-pcie", "v100", "rtx-4090"};

static const char *gpu_name(size_t i, void *arg)
{
    (void)arg;
    return gpu_names[i];
}

static const char *nearest(const char *typed)
{
    return str_nearest(str_from(typed), ARRAY_LEN(gpu_names), gpu_name, NULL);
}

TEST(nearest_names)
{
    CHECK_EQ_STR(nearest("a100"), "a100");
    CHECK_EQ_STR(nearest("b100"), "a100");
    CHECK_EQ_STR(nearest("h100-smx"), "h100-sxm");
    CHECK_EQ_STR(nearest("rtx4090"), "rtx-4090");
    CHECK_EQ_STR(nearest("mi300x"), NULL);
    CHECK_EQ_STR(nearest("x"), NULL);
    CHECK_EQ_STR(nearest(""), NULL);
}

TEST(hashes_are_stable)
{
    CHECK(hash_bytes("", 0, 0) == UINT64_C(0xcbf29ce484222325));
    CHECK(hash_bytes("foobar", 6, 0) == UINT64_C(0x85944171f73967e8));
    CHECK(hash_bytes("foobar", 6, 1) != hash_bytes("foobar", 6, 0));
    CHECK(hash_u64(1) != hash_u64(2));
}

static void check_wrap(const char *text, size_t width, const char *expected)
{
    char got[200] = "";
    str rest = str_from(text), line;
    for (size_t n = 0; str_wrap(&rest, width, &line); n = strlen(got))
        snprintf(got + n, sizeof got - n, "%.*s|", (int)line.n, line.p);
    CHECK_EQ_STR(got, expected);
}

TEST(bytes_that_are_no_utf8_are_replaced)
{
    static const struct {
        const char *bytes;
        uint32_t first;
        size_t left;
    } list[] = {{"a", 'a', 0},
                {"\xc3\xa4", 0xe4, 0},
                {"\xf0\x9f\x98\x80z", 0x1f600, 1},
                {"\x80z", 0xfffd, 1},
                {"\xff", 0xfffd, 0},
                {"\xc3", 0xfffd, 0},
                {"\xc3z", 0xfffd, 1},
                {"\xc0\x80", 0xfffd, 1},
                {"\xe0\x80\x80", 0xfffd, 0},
                {"\xed\xa0\x80", 0xfffd, 0},
                {"\xf4\x90\x80\x80", 0xfffd, 0}};
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        str s = str_from(list[i].bytes);
        CHECK_EQ_INT(str_take_utf8(&s), list[i].first);
        CHECK_EQ_INT(s.n, list[i].left);
    }
}

TEST(wrapping_breaks_at_blanks)
{
    check_wrap("one two three", 7, "one two|three|");
    check_wrap("one two three", 6, "one|two|three|");
    check_wrap("one two three", 100, "one two three|");
    check_wrap("  a   b ", 1, "a|b|");
    check_wrap("much-too-long word", 4, "much-too-long|word|");
    check_wrap("", 4, "");
    check_wrap("   ", 4, "");
}
