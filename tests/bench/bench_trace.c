/*
 * bench_trace: how fast a trace is opened and loaded, and what memory that takes.
 *
 *     bench_trace TRACE [REPEATS [OUT.wst]]
 *
 * Prints the best of the repeats; peak memory is that of the whole process. With OUT.wst the trace
 * is written as a container instead of being loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/os.h"
#include "trace/write.h"

struct best {
    double open_s, load_s;
    uint64_t text_b, insts;
    size_t memory_b;
};

static bool run(const char *path, struct best *best, struct err *e)
{
    struct trace *t;
    double start_s = os_now_s();
    if (trace_open(&t, path, NULL, e) != STATUS_OK)
        return false;
    double opened_s = os_now_s();
    best->text_b = best->insts = best->memory_b = 0;
    for (uint32_t i = 0; i < trace_n_kernels(t); i++) {
        const struct trace_kernel *k;
        if (trace_load(t, i, NULL, &k, e) != STATUS_OK)
            return false;
        best->text_b += k->counts.text_b;
        best->insts += k->counts.warp_insts;
        best->memory_b += trace_kernel_memory_b(k);
        trace_kernel_release(k);
    }
    best->open_s = MIN(best->open_s, opened_s - start_s);
    best->load_s = MIN(best->load_s, os_now_s() - opened_s);
    trace_close(t);
    return true;
}

static int fail(const struct err *e)
{
    char text[1600];
    err_format(e, text, sizeof text);
    fprintf(stderr, "bench_trace: %s\n", text);
    return status_exit_code(e->status);
}

static int convert(const char *from, const char *to)
{
    struct err e = {0};
    struct trace *t;
    double start_s = os_now_s();
    if (trace_open(&t, from, NULL, &e) != STATUS_OK || wst_write(t, to, NULL, &e) != STATUS_OK)
        return fail(&e);
    trace_close(t);
    printf("read and written in %.2f s, %.3f MB\n", os_now_s() - start_s,
           (double)os_file_size(to) / 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct best best = {.open_s = 1e9, .load_s = 1e9};
    struct rusage usage;
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: bench_trace TRACE [REPEATS [OUT.wst]]\n");
        return 2;
    }
    if (argc == 4)
        return convert(argv[1], argv[3]);
    unsigned long repeats = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    for (unsigned long i = 0; i < repeats; i++) {
        if (!run(argv[1], &best, &e))
            return fail(&e);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("open %6.2f ms  load %7.1f ms  text %7.1f MB %5.0f MB/s  %6.1f M inst/s  "
           "kernels %6.1f MB  peak %6.1f MB\n",
           best.open_s * 1e3, best.load_s * 1e3, (double)best.text_b / 1e6,
           (double)best.text_b / best.load_s / 1e6, (double)best.insts / best.load_s / 1e6,
           (double)best.memory_b / 1e6, (double)usage.ru_maxrss * 1024 / 1e6);
    return 0;
}
