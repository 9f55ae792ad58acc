#include "t.h"

#include "../../src/cli/progress.h"
#include "base/os.h"

static const char *line(const struct job_progress *j, size_t n_done, size_t n_all)
{
    static char out[160];
    progress_format(out, sizeof out, j, n_done, n_all);
    return out;
}

TEST(counts_rate_and_time_left)
{
    struct job_progress j = {.is_running = true,
                             .done = 12000000,
                             .total = 48000000,
                             .unit = "inst",
                             .elapsed_s = 2,
                             .eta_s = 65.2,
                             .what = "model kernel 3 on h100-pcie"};
    CHECK_EQ_STR(line(&j, 2, 12), " 25 %  12M/48M inst  6M inst/s  ETA 1:06  "
                                  "model kernel 3 on h100-pcie  (3 of 12)");
    CHECK_EQ_STR(line(&j, 0, 1), " 25 %  12M/48M inst  6M inst/s  ETA 1:06  "
                                 "model kernel 3 on h100-pcie");
}

TEST(bytes_have_their_own_unit)
{
    struct job_progress j = {.done = 1 << 20,
                             .total = 3 << 20,
                             .unit = "B",
                             .elapsed_s = 0.5,
                             .eta_s = (double)NAN,
                             .what = "load kernel 1"};
    CHECK_EQ_STR(line(&j, 0, 0), " 33 %  1 MiB/3 MiB  load kernel 1");
    j.total = 0;
    CHECK_EQ_STR(line(&j, 0, 0), "1 MiB  load kernel 1");
}

TEST(without_counts_only_the_work_is_named)
{
    struct job_progress j = {.unit = "", .eta_s = (double)NAN, .what = "open x.traceg"};
    CHECK_EQ_STR(line(&j, 0, 0), "open x.traceg");
}

TEST(never_writes_behind_the_end)
{
    struct job_progress j = {.done = 1, .total = 2, .unit = "inst", .eta_s = 7, .elapsed_s = 3};
    char out[64];
    memset(j.what, 'x', sizeof j.what - 1);
    for (size_t n = 1; n <= sizeof out; n++) {
        memset(out, '#', sizeof out);
        progress_format(out, n, &j, 0, 5);
        CHECK(strnlen(out, n) < n);
        CHECK(n == sizeof out || out[n] == '#');
    }
}

TEST(a_terminal_sees_progress_early_and_often)
{
    double now_s = os_now_s();
    struct progress p = {.is_tty = true, .started_s = now_s - 0.1};
    CHECK(!progress_is_due(&p));
    p.started_s = now_s - 0.4;
    CHECK(progress_is_due(&p));
    p.shown_s = now_s;
    CHECK(!progress_is_due(&p));
    p.shown_s = now_s - 0.2;
    CHECK(progress_is_due(&p));
    p.is_quiet = true;
    CHECK(!progress_is_due(&p));
}

TEST(a_file_sees_progress_every_five_seconds)
{
    double now_s = os_now_s();
    struct progress p = {.started_s = now_s - 4};
    CHECK(!progress_is_due(&p));
    p.started_s = now_s - 6;
    CHECK(progress_is_due(&p));
    p.shown_s = now_s - 4;
    CHECK(!progress_is_due(&p));
    p.shown_s = now_s - 6;
    CHECK(progress_is_due(&p));
}
