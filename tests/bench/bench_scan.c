/*
 * bench_scan: how fast a JSON document is read, in memory and by the processor's own time.
 *
 *     bench_scan REPEATS [FILE]
 *
 * Without FILE on a document like those of profilers, made here. Prints the best of the repeats for
 * handing out every token and for passing over the values of the outermost object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/scan.h"

enum { EVENTS = 200000 };

static int fail(const struct err *e)
{
    char text[1600];
    err_format(e, text, sizeof text);
    fprintf(stderr, "bench_scan: %s\n", text);
    return status_exit_code(e->status);
}

static void put_event(struct text *t, unsigned i)
{
    text_printf(t, "  {\"ph\": \"X\", \"cat\": \"%s\", \"name\": \"%s\",\n",
                i % 2 == 0 ? "kernel" : "cpu_op",
                i % 4 == 0   ? "void at::native::vectorized_elementwise_kernel<4, at::native::"
                               "CUDAFunctor_add<float>, std::array<char*, 3> >(int)"
                : i % 4 == 2 ? "ampere_sgemm_128x64_tn"
                             : "aten::add_");
    text_printf(t, "   \"pid\": %u, \"tid\": %u, \"ts\": %u.%03u, \"dur\": %u.%u,\n", i % 8,
                7 + i % 3, 2915000 + 17 * i, i % 1000, i % 977, i % 10);
    text_printf(
        t,
        "   \"args\": {\"External id\": %u, \"device\": 0, \"stream\": 7, \"grid\": [%u, 1, "
        "1], \"block\": [128, 1, 1], \"correlation\": %u, \"Input Dims\": [[%u, 4096], "
        "[]], \"est. achieved occupancy %%\": %u}}",
        i, 1 + i % 4000, 3 * i, 1 + i % 64, i % 100);
}

static void make_document(struct text *t)
{
    text_puts(t, "{\"schemaVersion\": 1, \"traceEvents\": [\n");
    for (unsigned i = 0; i < EVENTS; i++) {
        text_puts(t, i == 0 ? "" : ",\n");
        put_event(t, i);
    }
    text_puts(t, "\n]}\n");
}

static enum status read_file(struct text *t, const char *path, struct err *e)
{
    static char piece[1 << 16];
    struct stream *s;
    size_t got = 0;
    TRY(stream_open(&s, path, e));
    enum status status;
    while ((status = stream_read(s, piece, sizeof piece, &got, e)) == STATUS_OK && got > 0)
        text_add(t, (str){piece, got});
    stream_close(s);
    return status;
}

static enum status pull(struct scan *s, uint64_t *n, struct err *e)
{
    struct scan_token t;
    do {
        TRY(scan_next(s, &t, e));
        ++*n;
    } while (t.kind != SCAN_END);
    return STATUS_OK;
}

static enum status pass_over(struct scan *s, uint64_t *n, struct err *e)
{
    struct scan_token t;
    TRY(scan_next(s, &t, e));
    for (;;) {
        TRY(scan_next(s, &t, e));
        ++*n;
        if (t.kind != SCAN_KEY)
            return STATUS_OK;
        TRY(scan_skip(s, e));
    }
}

static enum status measure(const char *what,
                           enum status (*run)(struct scan *, uint64_t *, struct err *), str bytes,
                           size_t repeats, struct err *e)
{
    double best_s = 1e9;
    uint64_t n = 0;
    for (size_t i = 0; i < repeats; i++) {
        struct stream *stream;
        struct scan *s;
        clock_t start = clock();
        TRY(stream_open_memory(&stream, bytes, what, e));
        TRY(scan_open(&s, stream, what, SCAN_STRICT, e));
        n = 0;
        TRY(run(s, &n, e));
        best_s = MIN(best_s, (double)(clock() - start) / CLOCKS_PER_SEC);
        scan_close(s);
        stream_close(stream);
    }
    printf("%-34s %10llu tokens %8.1f MB %8.2f ms %6.0f MB/s\n", what, (unsigned long long)n,
           (double)bytes.n / 1e6, best_s * 1e3, (double)bytes.n / best_s / 1e6);
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    size_t repeats = argc == 2 || argc == 3 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    if (repeats == 0) {
        fprintf(stderr, "usage: bench_scan REPEATS [FILE]\n");
        return 2;
    }
    struct err e = {0};
    struct text t;
    text_init(&t);
    if (argc == 2)
        make_document(&t);
    else if (read_file(&t, argv[2], &e) != STATUS_OK)
        return fail(&e);
    if (measure("every token", pull, text_str(&t), repeats, &e) != STATUS_OK ||
        measure("values passed over", pass_over, text_str(&t), repeats, &e) != STATUS_OK)
        return fail(&e);
    text_done(&t);
    return 0;
}
