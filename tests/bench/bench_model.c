/*
 * bench_model: how fast a loaded kernel is modelled again after one number of the GPU has changed.
 *
 *     bench_model TRACE GPU MODEL REPEATS
 *
 * Prints the median and the best of the repeats. Each repeat has another DRAM bandwidth, so that
 * nothing can be remembered from the one before.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"
#include "model/model.h"

static int fail(const struct err *e)
{
    char text[1600];
    err_format(e, text, sizeof text);
    fprintf(stderr, "bench_model: %s\n", text);
    return status_exit_code(e->status);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum status measure(const struct trace_kernel *k, struct gpu g, const struct model *m,
                           double *seconds, size_t n, struct err *e)
{
    double bandwidth = g.v.dram_achieved_gb_s;
    for (size_t i = 0; i < n; i++) {
        TRY(gpu_set(&g, GPU_dram_achieved_gb_s, bandwidth * (0.5 + 0.5 * (double)i / (double)n),
                    e));
        const struct result *r;
        double start_s = os_now_s();
        TRY(model_run(m, k, &g, &(struct model_options){0}, NULL, &r, e));
        seconds[i] = os_now_s() - start_s;
        result_release(r);
    }
    qsort(seconds, n, sizeof *seconds, compare);
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    static const char *const dirs[] = {"gpus"};
    size_t n = argc == 5 ? (size_t)strtoul(argv[4], NULL, 10) : 0;
    if (n == 0) {
        fprintf(stderr, "usage: bench_model TRACE GPU MODEL REPEATS\n");
        return 2;
    }
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct err e = {0};
    struct gpu g;
    struct trace *t;
    const struct trace_kernel *k;
    const struct model *m = model_find(str_from(argv[3]), &e);
    double *seconds = ARENA_ARRAY(&a, double, n);
    if (m == NULL || gpu_load(&g, &a, argv[2], dirs, 1, &e) != STATUS_OK ||
        trace_open(&t, argv[1], NULL, &e) != STATUS_OK ||
        trace_load(t, 0, NULL, &k, &e) != STATUS_OK ||
        measure(k, g, m, seconds, n, &e) != STATUS_OK)
        return fail(&e);
    printf("%-13s %9llu warp insts  median %8.3f ms  best %8.3f ms  %6.1f M warp insts/s\n",
           m->name, (unsigned long long)k->counts.warp_insts, seconds[n / 2] * 1e3,
           seconds[0] * 1e3, (double)k->counts.warp_insts / seconds[n / 2] / 1e6);
    trace_kernel_release(k);
    trace_close(t);
    arena_done(&a);
    return 0;
}
