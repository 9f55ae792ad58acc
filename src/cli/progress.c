#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "base/units.h"

#define FIRST_S      0.3
#define EVERY_TTY_S  0.1
#define EVERY_FILE_S 5.0
#define RATE_FROM_S  1.0

void progress_start(struct progress *p, bool is_quiet, size_t n_all)
{
    *p = (struct progress){.is_quiet = is_quiet,
                           .is_tty = os_is_tty(STDERR_FILENO),
                           .started_s = os_now_s(),
                           .n_all = n_all};
}

static int put(char *out, size_t n, int at, const char *fmt, ...) PRINTF_LIKE(4, 5);

static int put(char *out, size_t n, int at, const char *fmt, ...)
{
    if (at < 0 || (size_t)at >= n)
        return at;
    va_list ap;
    va_start(ap, fmt);
    int step = vsnprintf(out + at, n - (size_t)at, fmt, ap);
    va_end(ap);
    return at + step;
}

static enum unit_kind unit_kind(const char *unit)
{
    return strcmp(unit, "B") == 0 ? UNIT_BYTES : UNIT_PLAIN;
}

static int put_counts(char *out, size_t n, int at, const struct job_progress *j)
{
    enum unit_kind kind = unit_kind(j->unit);
    const char *unit = kind == UNIT_BYTES ? "" : j->unit;
    char done[32], total[32], rate[32];
    if (j->total > 0)
        at = put(out, n, at, "%3.0f %%  ", 100 * fmin(1, (double)j->done / (double)j->total));
    at = put(out, n, at, "%s", units_format(done, sizeof done, kind, (double)j->done));
    if (j->total > 0)
        at = put(out, n, at, "/%s", units_format(total, sizeof total, kind, (double)j->total));
    at = put(out, n, at, "%s%s", unit[0] == '\0' ? "" : " ", unit);
    if (j->elapsed_s >= RATE_FROM_S)
        at = put(out, n, at, "  %s%s%s/s",
                 units_format(rate, sizeof rate, kind, (double)j->done / j->elapsed_s),
                 unit[0] == '\0' ? "" : " ", unit);
    return at;
}

void progress_format(char *out, size_t n, const struct job_progress *j, size_t n_done, size_t n_all)
{
    int at = 0;
    out[0] = '\0';
    if (j->unit[0] != '\0')
        at = put_counts(out, n, at, j);
    if (!isnan(j->eta_s)) {
        uint64_t eta = (uint64_t)ceil(j->eta_s);
        at = put(out, n, at, "  ETA %u:%02u", (unsigned)(eta / 60), (unsigned)(eta % 60));
    }
    at = put(out, n, at, "%s%s", at == 0 ? "" : "  ", j->what);
    if (n_all > 1)
        put(out, n, at, "  (%zu of %zu)", MIN(n_done + 1, n_all), n_all);
}

bool progress_is_due(const struct progress *p)
{
    double now_s = os_now_s();
    double first_s = p->started_s + (p->is_tty ? FIRST_S : EVERY_FILE_S);
    double next_s = p->shown_s + (p->is_tty ? EVERY_TTY_S : EVERY_FILE_S);
    return !p->is_quiet && now_s >= first_s && (p->shown_s <= 0 || now_s >= next_s);
}

void progress_show(struct progress *p, const struct job_progress *job)
{
    char line[160];
    progress_format(line, sizeof line, job, p->n_done, p->n_all);
    if (p->is_tty)
        fprintf(stderr, "\r%.79s\033[K", line);
    else
        fprintf(stderr, "%s\n", line);
    fflush(stderr);
    p->shown_s = os_now_s();
}

void progress_work(struct progress *p, const char *what, const char *unit, uint64_t done,
                   uint64_t total)
{
    if (!progress_is_due(p))
        return;
    struct job_progress j = {.is_running = true, .done = done, .total = total, .unit = unit};
    j.elapsed_s = os_now_s() - p->started_s;
    bool is_known = j.elapsed_s >= 1 && done > 0;
    j.eta_s = is_known ? j.elapsed_s * (double)(total - done) / (double)done : (double)NAN;
    snprintf(j.what, sizeof j.what, "%s", what);
    progress_show(p, &j);
}

void progress_end(struct progress *p)
{
    if (p->is_tty && p->shown_s > 0)
        fputs("\r\033[K", stderr);
    p->shown_s = 0;
}
