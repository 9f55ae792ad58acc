/* Units and numbers as Nsight Compute writes them. */
#include "../../src/prof/ncu_value.h"
#include "t.h"

static struct arena arena;

static double in_unit(const char *text, const char *unit, const char *canonical)
{
    double v = (double)NAN;
    if (arena.base == NULL)
        arena_init(&arena, ARENA_SMALL);
    struct ncu_unit u = ncu_unit(&arena, str_from(unit));
    CHECK_EQ_STR(u.name, canonical);
    CHECK(ncu_number(str_from(text), u, &v));
    return v;
}

#define CHECK_IS(text, unit, v, canonical)                                  \
    do {                                                                    \
        double t_got = in_unit(text, unit, canonical), t_want = (v);        \
        if (!(t_got >= t_want && t_got <= t_want))                          \
            T_FAIL("%s %s is %.17g, not %.17g", text, unit, t_got, t_want); \
    } while (0)

TEST(units_are_converted_exactly)
{
    CHECK_IS("1.23", "Kbyte", 1230, "B");
    CHECK_IS("7.864320", "Mbyte", 7864320, "B");
    CHECK_IS("96.4", "usecond", 96400, "ns");
    CHECK_IS("96.4", "us", 96400, "ns");
    CHECK_IS("96.4", "\xc2\xb5s", 96400, "ns");
    CHECK_IS("96,352", "ns", 96352, "ns");
    CHECK_IS("0.5", "second", 500000000, "ns");
    CHECK_IS("1.3", "msecond", 1300000, "ns");
    CHECK_IS("1.98", "Gbyte/second", 1980000000, "B/s");
    CHECK_IS("1.98", "Gbyte/s", 1980000000, "B/s");
    CHECK_IS("1.47", "cycle/nsecond", 1470000000, "Hz");
    CHECK_IS("999,845,384.51", "cycle/second", 999845384.51, "Hz");
    CHECK_IS("1.47", "Ghz", 1470000000, "Hz");
    CHECK_IS("1472688683.16", "hz", 1472688683.16, "Hz");
    CHECK_IS("12", "byte/cycle", 12, "B/cy");
    CHECK_IS("65.5", "Kbyte/block", 65500, "B/block");
    CHECK_IS("248", "register/thread", 248, "register/thread");
    CHECK_IS("3", "%", 3, "%");
    CHECK_IS("3", "", 3, "");
    CHECK_IS("3", "inst", 3, "inst");
    CHECK_IS("3", "warp", 3, "warp");
    CHECK_IS("1.5e+03", "Kbyte", 1500000, "B");
}

static bool is_number(const char *text)
{
    double v;
    return ncu_number(str_from(text), (struct ncu_unit){"", 0}, &v);
}

TEST(numbers_with_separators_and_instances)
{
    CHECK_IS("1,683,528", "", 1683528, "");
    CHECK_IS("-1,234.5", "", -1234.5, "");
    CHECK_IS("12 (4; 8)", "", 12, "");
    CHECK(!is_number("1,23"));
    CHECK(!is_number(",123"));
    CHECK(!is_number("1234,567"));
    CHECK(!is_number("1,2x3"));
    CHECK(!is_number("(12, 1, 1)"));
    CHECK(!is_number("CachePreferNone"));
    CHECK(!is_number("1e999"));
    CHECK(!is_number(""));
    CHECK(ncu_is_absent(STR(" n/a ")) && ncu_is_absent(STR("")) && ncu_is_absent(STR("nan")));
    CHECK(!ncu_is_absent(STR("0")));
}

TEST(extents)
{
    uint32_t v[3] = {0};
    CHECK(ncu_extent(STR("(12, 1, 3)"), v) && v[0] == 12 && v[1] == 1 && v[2] == 3);
    CHECK(ncu_extent(STR("4x5x6"), v) && v[0] == 4 && v[1] == 5 && v[2] == 6);
    CHECK(!ncu_extent(STR("384"), v) && !ncu_extent(STR("(1, 2)"), v));
    CHECK(!ncu_extent(STR("(1, 2, 3, 4)"), v) && !ncu_extent(STR("(1, 2, 5000000000)"), v));
}
