/*
 * bench_cache: how many sector accesses a second the cache simulation answers.
 *
 *     bench_cache GPU REPEATS TRACE|stream|gather|tile ...
 *
 * A sector that a warp asks for counts once, however many levels it visits. The three named grids
 * are made here: `stream` reads 64 MiB once, a line a warp; `gather` reads sectors spread over 64
 * MiB at random, 32 a warp; `tile` reads the same 64 KiB in every CTA.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mech/memory.h"
#include "trace/build.h"

enum { CTAS = 512, WARPS = 8, LOADS = 128, GATHERS = 16 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static const uint64_t BASE = (uint64_t)1 << 40;

/* 32 lanes, each in a sector of its own somewhere in 64 MiB. */
static void add_gather(struct build *b, uint64_t *seed)
{
    int64_t at = 0, delta[SASS_WARP_LANES - 1];
    for (unsigned i = 0; i < SASS_WARP_LANES - 1; i++) {
        int64_t next = (int64_t)(next_random(seed) % (2u << 20) * 32);
        delta[i] = next - at;
        at = next;
    }
    build_access(b, BASE, build_pattern_deltas(b, delta, SASS_WARP_LANES));
}

static void add_load(struct build *b, const char *grid, uint64_t n, uint64_t *seed)
{
    const uint64_t line_b = 128, tile_lines = 512;
    if (strcmp(grid, "gather") == 0)
        add_gather(b, seed);
    else if (strcmp(grid, "stream") == 0)
        build_access(b, BASE + n * line_b, build_pattern_stride(b, 4, 0));
    else
        build_access(b, BASE + n % tile_lines * line_b, build_pattern_stride(b, 4, 0));
}

static const struct trace_kernel *make_grid(const char *grid)
{
    struct trace_header h = {.name = grid,
                             .file = grid,
                             .id = 1,
                             .isa = 80,
                             .grid = {CTAS, 1, 1},
                             .block = {32 * WARPS, 1, 1},
                             .n_regs = 32,
                             .nvbit_version = "",
                             .made_by = "bench_cache"};
    struct build *b = build_init(&h);
    struct sass_inst load = {
        .opcode = "LDG.E", .n_dst = 1, .dst = 4, .n_src = 1, .src = {2}, .mem_width_b = 4};
    uint64_t n = 0, seed = 1;
    unsigned loads = strcmp(grid, "gather") == 0 ? GATHERS : LOADS;
    for (unsigned c = 0; c < CTAS; c++) {
        build_cta(b, c, 0, 0);
        for (unsigned w = 0; w < WARPS; w++) {
            build_warp(b, w);
            for (unsigned i = 0; i < loads; i++) {
                build_step(b, build_code(b, &load), UINT32_MAX);
                add_load(b, grid, n++, &seed);
            }
            build_warp_end(b);
        }
    }
    return build_finish(b);
}

static int fail(const struct err *e)
{
    char text[1600];
    err_format(e, text, sizeof text);
    fprintf(stderr, "bench_cache: %s\n", text);
    return status_exit_code(e->status);
}

/* The best of the repeats. */
static void measure(const struct trace_kernel *k, const struct gpu *g, size_t repeats,
                    const char *name)
{
    struct timing_rules rules = {TIMING_BY_TABLE, TIMING_ALL_REGISTERS, TIMING_RATE_BY_TYPE, true};
    const unsigned resident = 8;
    double best_s = 1e9, sectors = 0;
    for (size_t i = 0; i < repeats; i++) {
        struct arena a;
        arena_init(&a, ARENA_LARGE);
        struct memory m;
        struct timing *timing = timing_make(&a, k, g, rules);
        clock_t start = clock(); /* of this process: others may keep the machine busy */
        struct assign assign = assign_hardware(&a, k, (unsigned)g->v.sm_count, resident);
        struct memory_shape shape = {.assign = &assign,
                                     .l1_kib = g->v.l1_total_kib - g->carveout_kib[1]};
        if (memory_simulate(&a, k, g, timing, shape, NULL, &m) != STATUS_OK)
            exit(1);
        best_s = MIN(best_s, (double)(clock() - start) / CLOCKS_PER_SEC);
        sectors = 0;
        for (uint32_t c = 0; c < k->n_code; c++)
            sectors += m.code[c].sectors;
        arena_done(&a);
    }
    printf("%-34.34s %10.0f sectors %8.2f ms %7.1f M sectors/s\n", name, sectors, best_s * 1e3,
           sectors / best_s / 1e6);
}

static enum status measure_trace(const char *path, const struct gpu *g, size_t repeats,
                                 struct err *e)
{
    struct trace *t;
    const struct trace_kernel *k;
    TRY(trace_open(&t, path, NULL, e));
    enum status s = trace_load(t, 0, NULL, &k, e);
    if (s == STATUS_OK) {
        measure(k, g, repeats, path);
        trace_kernel_release(k);
    }
    trace_close(t);
    return s;
}

static bool is_made_here(const char *name)
{
    return strcmp(name, "stream") == 0 || strcmp(name, "gather") == 0 || strcmp(name, "tile") == 0;
}

int main(int argc, char **argv)
{
    static const char *const dirs[] = {"gpus"};
    size_t repeats = argc > 3 ? (size_t)strtoul(argv[2], NULL, 10) : 0;
    if (repeats == 0) {
        fprintf(stderr, "usage: bench_cache GPU REPEATS TRACE|stream|gather|tile ...\n");
        return 2;
    }
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct err e = {0};
    struct gpu g;
    if (gpu_load(&g, &a, argv[1], dirs, 1, &e) != STATUS_OK)
        return fail(&e);
    for (int i = 3; i < argc; i++) {
        if (is_made_here(argv[i])) {
            const struct trace_kernel *k = make_grid(argv[i]);
            measure(k, &g, repeats, argv[i]);
            trace_kernel_release(k);
        } else if (measure_trace(argv[i], &g, repeats, &e) != STATUS_OK) {
            return fail(&e);
        }
    }
    arena_done(&a);
    return 0;
}
