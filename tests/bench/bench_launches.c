/*
 * bench_launches: how long a profile takes from the file to the verdict, all analyses included.
 *
 *     bench_launches PROFILE REPEATS
 *
 * Prints the best time, the rate and the peak memory of the process, and what was counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/os.h"
#include "prof/launches.h"

static double run(const char *path, bool has_line)
{
    struct err e = {0};
    const struct launches *l;
    double start = os_now_s();
    if (launches_open(&l, &path, 1, NULL, NULL, &e) != STATUS_OK) {
        fprintf(stderr, "bench_launches: %s\n", e.message);
        exit(status_exit_code(e.status));
    }
    double seconds = os_now_s() - start;
    if (has_line)
        printf("%7u kernels %7u joined ", l->profile->n_kernels, l->sums.n_joined);
    launches_release(l);
    return seconds;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bench_launches PROFILE REPEATS\n", stderr);
        return 2;
    }
    double best = run(argv[1], true);
    for (int i = 1; i < atoi(argv[2]); i++)
        best = MIN(best, run(argv[1], false));
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%7.3f s  %6.0f MB/s  %4ld MB\n", best, (double)os_file_size(argv[1]) / 1e6 / best,
           used.ru_maxrss / 1024);
    return 0;
}
