/*
 * Exports of any bytes must be read or refused. What was read must hold together, and what is
 * written of it must read back equal.
 */
#include <math.h>

#include "prof/counters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool is_equal(double a, double b)
{
    return isnan(a) ? isnan(b) : a >= b && a <= b;
}

static void check_values(const struct counters *c, const struct counters_kernel *k)
{
    for (uint32_t i = 0; i < k->n_values; i++) {
        const struct counters_value *v = &k->values[i];
        ASSERT(v->metric < c->n_metrics && (v->text != NULL) == isnan(v->number));
        ASSERT(i == 0 || v->metric > k->values[i - 1].metric);
        ASSERT(v->text != NULL || isfinite(v->number));
    }
}

static void check(const struct counters *c)
{
    for (uint32_t m = 1; m < c->n_metrics; m++)
        ASSERT(c->metrics[m].known >= c->metrics[m - 1].known);
    for (uint32_t i = 0; i < c->n_kernels; i++) {
        const struct counters_kernel *k = &c->kernels[i];
        check_values(c, k);
        double share = counters_stall_share(c, k, STALL_WAIT);
        ASSERT(isnan(share) || share <= 1 || counters_stall(c, k, STALL_WAIT) > 1e300);
        for (unsigned column = CODE_STALLS; column < CODE_N; column++)
            ASSERT(k->code.column[column] == NULL || k->code.n > 0);
    }
}

/* Sorted once, the order stays. */
static void check_equal(const struct counters *a, const struct counters *b)
{
    ASSERT(a->n_kernels == b->n_kernels);
    for (uint32_t i = 0; i < a->n_kernels; i++) {
        const struct counters_kernel *x = &a->kernels[i], *y = &b->kernels[i];
        ASSERT(strcmp(x->name, y->name) == 0 && x->code.n == y->code.n);
        for (unsigned m = 0; m < COUNTER_N; m++)
            ASSERT(
                is_equal(counters_get(a, x, (enum counter)m), counters_get(b, y, (enum counter)m)));
    }
}

static struct counters *write_and_read(const struct counters *c, bool has_all)
{
    const struct counters_write_options o = {has_all};
    struct counters *back = NULL;
    struct text t;
    struct err e = {0};
    text_init(&t);
    counters_write(&t, c, &o);
    ASSERT(counters_open_memory(&back, text_str(&t), "fuzz", NULL, &e) == STATUS_OK);
    text_done(&t);
    check(back);
    return back;
}

static void read_file(str bytes, bool keep_going)
{
    const struct counters_options o = {.keep_going = keep_going};
    struct counters *c;
    struct err e = {0};
    enum status s = counters_open_memory(&c, bytes, "fuzz", &o, &e);
    if (s != STATUS_OK) {
        ASSERT(e.status == s && e.message[0] != '\0');
        return;
    }
    check(c);
    struct counters *once = write_and_read(c, keep_going),
                    *twice = write_and_read(once, keep_going);
    ASSERT(once->n_kernels == c->n_kernels);
    check_equal(once, twice);
    counters_close(twice);
    counters_close(once);
    counters_close(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    str bytes = {(const char *)data, n};
    read_file(bytes, false);
    read_file(bytes, true);
    return 0;
}
