#include "prof/counters.h"

#include <math.h>

#define UNKNOWN ((double)NAN)

/* ---- single values ---- */

/* Values are in the order of the metrics, which is that of the table: the first one of `which`. */
static const struct counters_value *find(const struct counters *c, const struct counters_kernel *k,
                                         enum counter which)
{
    uint32_t lo = 0, hi = k->n_values;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (c->metrics[k->values[mid].metric].known < which)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool is_found = lo < k->n_values && c->metrics[k->values[lo].metric].known == which;
    return is_found ? &k->values[lo] : NULL;
}

double counters_get(const struct counters *c, const struct counters_kernel *k, enum counter which)
{
    const struct counters_value *v = find(c, k, which);
    return v != NULL ? v->number : UNKNOWN;
}

const char *counters_get_text(const struct counters *c, const struct counters_kernel *k,
                              enum counter which)
{
    const struct counters_value *v = find(c, k, which);
    return v != NULL ? v->text : NULL;
}

/* ---- quantities that several metrics tell ---- */

static double first_of(const struct counters *c, const struct counters_kernel *k,
                       const enum counter *which, size_t n)
{
    double v = UNKNOWN;
    for (size_t i = 0; isnan(v) && i < n; i++)
        v = counters_get(c, k, which[i]);
    return v;
}

#define FIRST_OF(c, k, ...)                             \
    first_of(c, k, (const enum counter[]){__VA_ARGS__}, \
             sizeof((enum counter[]){__VA_ARGS__}) / sizeof(enum counter))

double counters_cycles(const struct counters *c, const struct counters_kernel *k)
{
    return FIRST_OF(c, k, COUNTER_cycles_max, COUNTER_gpc_cycles_max, COUNTER_cycles_avg,
                    COUNTER_gpc_cycles_avg);
}

/* Those that clocks count: in the mean over the SMs. */
static double mean_cycles(const struct counters *c, const struct counters_kernel *k)
{
    return FIRST_OF(c, k, COUNTER_cycles_avg, COUNTER_gpc_cycles_avg, COUNTER_cycles_max,
                    COUNTER_gpc_cycles_max);
}

static double ratio(double above, double below)
{
    return below > 0 ? above / below : UNKNOWN;
}

double counters_clock_hz(const struct counters *c, const struct counters_kernel *k)
{
    double hz = FIRST_OF(c, k, COUNTER_sm_clock, COUNTER_gpc_clock);
    return !isnan(hz) ? hz : ratio(mean_cycles(c, k), counters_get(c, k, COUNTER_duration)) * 1e9;
}

double counters_time_ns(const struct counters *c, const struct counters_kernel *k)
{
    double ns = counters_get(c, k, COUNTER_duration);
    double hz = FIRST_OF(c, k, COUNTER_sm_clock, COUNTER_gpc_clock);
    return !isnan(ns) ? ns : ratio(mean_cycles(c, k), hz) * 1e9;
}

double counters_dram_b(const struct counters *c, const struct counters_kernel *k)
{
    double sum = counters_get(c, k, COUNTER_dram_bytes);
    return !isnan(sum) ? sum
                       : counters_get(c, k, COUNTER_dram_bytes_read) +
                             counters_get(c, k, COUNTER_dram_bytes_write);
}

double counters_dram_b_per_s(const struct counters *c, const struct counters_kernel *k)
{
    double rate = counters_get(c, k, COUNTER_dram_rate);
    return !isnan(rate) ? rate : ratio(counters_dram_b(c, k), counters_time_ns(c, k)) * 1e9;
}

double counters_l2_b(const struct counters *c, const struct counters_kernel *k)
{
    enum { SECTOR_B = 32 };
    double bytes = counters_get(c, k, COUNTER_l2_bytes);
    return !isnan(bytes) ? bytes : counters_get(c, k, COUNTER_l2_sectors) * SECTOR_B;
}

static double product(const uint32_t v[3])
{
    return (double)v[0] * v[1] * v[2];
}

double counters_n_ctas(const struct counters *c, const struct counters_kernel *k)
{
    return k->grid[0] != 0 ? product(k->grid) : counters_get(c, k, COUNTER_grid_size);
}

double counters_n_threads(const struct counters *c, const struct counters_kernel *k)
{
    return k->block[0] != 0 ? product(k->block) : counters_get(c, k, COUNTER_block_size);
}

/* ---- stall reasons ---- */

double counters_stall(const struct counters *c, const struct counters_kernel *k, enum stall s)
{
    return (unsigned)s < COUNTER_N_STALLS ? counters_get(c, k, (enum counter)(COUNTER_STALLS + s))
                                          : UNKNOWN;
}

double counters_stall_share(const struct counters *c, const struct counters_kernel *k, enum stall s)
{
    double sum = 0;
    for (unsigned i = 0; i < COUNTER_N_STALLS; i++) {
        double v = counters_stall(c, k, (enum stall)i);
        sum += isnan(v) ? 0 : v;
    }
    return sum > 0 ? counters_stall(c, k, s) / sum : UNKNOWN;
}

enum stall counters_top_stall(const struct counters *c, const struct counters_kernel *k)
{
    enum stall top = STALL_N;
    double most = 0;
    for (unsigned i = 0; i < COUNTER_N_STALLS; i++) {
        double v = counters_stall(c, k, (enum stall)i);
        if (i != STALL_SELECTED && v > most) {
            top = (enum stall)i;
            most = v;
        }
    }
    return top;
}

double counters_code_sum(const struct counters_kernel *k, enum code column)
{
    const double *v = k->code.column[column];
    double sum = v != NULL ? 0 : UNKNOWN;
    for (uint32_t i = 0; v != NULL && i < k->code.n; i++)
        sum += isnan(v[i]) ? 0 : v[i];
    return sum;
}
