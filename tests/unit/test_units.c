#include "base/units.h"
#include "t.h"

static const char *shown(enum unit_kind kind, double value)
{
    static char out[64];
    return units_format(out, sizeof out, kind, value);
}

TEST(plain_numbers)
{
    CHECK_EQ_STR(shown(UNIT_PLAIN, 0), "0");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 12.3456), "12.35");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 999.9), "999.9");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 999.99), "1,000");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 1234), "1,234");
    CHECK_EQ_STR(shown(UNIT_PLAIN, -1234), "-1,234");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 999999), "999,999");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 999999.9), "1M");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 1234567), "1.235M");
    CHECK_EQ_STR(shown(UNIT_PLAIN, -2.5e9), "-2.5G");
    CHECK_EQ_STR(shown(UNIT_PLAIN, 999.97e6), "1G");
}

TEST(cycles_stay_whole)
{
    CHECK_EQ_STR(shown(UNIT_CYCLES, 12345), "12,345 cy");
    CHECK_EQ_STR(shown(UNIT_CYCLES, 1234567890), "1,234,567,890 cy");
    CHECK_EQ_STR(shown(UNIT_CYCLES, 4.5), "4.5 cy");
}

TEST(bytes_count_in_1024)
{
    CHECK_EQ_STR(shown(UNIT_BYTES, 0), "0 B");
    CHECK_EQ_STR(shown(UNIT_BYTES, 1023), "1,023 B");
    CHECK_EQ_STR(shown(UNIT_BYTES, 1024), "1 KiB");
    CHECK_EQ_STR(shown(UNIT_BYTES, 1.5 * 1024 * 1024), "1.5 MiB");
    CHECK_EQ_STR(shown(UNIT_BYTES, 1024.0 * 1024 - 1), "1 MiB");
    CHECK_EQ_STR(shown(UNIT_BYTES, 80.0 * (1 << 30)), "80 GiB");
}

TEST(rates_count_in_1000)
{
    CHECK_EQ_STR(shown(UNIT_RATE, 1.555e12), "1.555 TB/s");
    CHECK_EQ_STR(shown(UNIT_RATE, 999.96e9), "1 TB/s");
    CHECK_EQ_STR(shown(UNIT_HZ, 1.41e9), "1.41 GHz");
    CHECK_EQ_STR(shown(UNIT_HZ, 50), "50 Hz");
}

TEST(times)
{
    CHECK_EQ_STR(shown(UNIT_NS, 0.5), "0.5 ns");
    CHECK_EQ_STR(shown(UNIT_NS, 12300), "12.3 us");
    CHECK_EQ_STR(shown(UNIT_NS, 999960), "1 ms");
    CHECK_EQ_STR(shown(UNIT_NS, 12345e9), "12,345 s");
}

TEST(shares)
{
    CHECK_EQ_STR(shown(UNIT_PERCENT, 0.123), "12.3 %");
    CHECK_EQ_STR(shown(UNIT_PERCENT, 1), "100 %");
    CHECK_EQ_STR(shown(UNIT_PERCENT, 0.33333333), "33.33 %");
}

TEST(values_that_are_no_numbers)
{
    CHECK_EQ_STR(shown(UNIT_BYTES, NAN), "?");
    CHECK_EQ_STR(shown(UNIT_RATE, INFINITY), "inf PB/s");
    CHECK_EQ_STR(shown(UNIT_CYCLES, -INFINITY), "-inf cy");
    CHECK_EQ_STR(shown(UNIT_CYCLES, 1e300), "1e+300 cy");
}

TEST(grouping)
{
    char out[32];
    CHECK_EQ_STR(units_group(out, sizeof out, 0), "0");
    CHECK_EQ_STR(units_group(out, sizeof out, 999), "999");
    CHECK_EQ_STR(units_group(out, sizeof out, 1234567), "1,234,567");
    CHECK_EQ_STR(units_group(out, sizeof out, UINT64_MAX), "18,446,744,073,709,551,615");
    CHECK_EQ_STR(units_group(out, 4, 1234567), "1,2");
}
