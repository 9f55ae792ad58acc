/*
 * bench_chain: how long the chains of every length from 2 to 256 take.
 *
 *     bench_chain KERNELS REPEATS
 *
 * Four inputs of KERNELS kernels are made here: `transformer` repeats 24 layers of 40 kernels, the
 * kernels of a layer chosen anew now and then, as libraries do; `random` has 8 names; `equal` has
 * one and `different` a name for each kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "prof/chain.h"

enum { LAYERS = 24, LAYER_KERNELS = 40, VARIANTS = 3, LONGEST = 256 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* One kernel in 500 is another variant of the one that stands there. */
static uint32_t name_transformer(uint32_t i, uint64_t *seed)
{
    uint32_t layer = i / LAYER_KERNELS % LAYERS, place = i % LAYER_KERNELS;
    uint32_t usual = layer == 0 ? 1 : 0;
    uint32_t variant = next_random(seed) % 500 == 0 ? VARIANTS - 1 : usual;
    return place % 25 * VARIANTS + variant;
}

static uint32_t name_random(uint32_t i, uint64_t *seed)
{
    (void)i;
    return (uint32_t)(next_random(seed) % 8);
}

static uint32_t name_equal(uint32_t i, uint64_t *seed)
{
    (void)i;
    (void)seed;
    return 0;
}

static uint32_t name_different(uint32_t i, uint64_t *seed)
{
    (void)seed;
    return i;
}

static const struct {
    const char *name;
    uint32_t (*name_of)(uint32_t i, uint64_t *seed);
} inputs[] = {{"transformer", name_transformer},
              {"random", name_random},
              {"equal", name_equal},
              {"different", name_different}};

/* Seconds of this process, for others may keep the machine busy; *best is that of the headline. */
static double measure(const struct chain_input *in, double *best)
{
    struct arena a;
    struct err e = {0};
    const struct chain_length *lengths;
    uint32_t n;
    arena_init(&a, ARENA_LARGE);
    clock_t start = clock();
    if (chain_find(&a, in, 2, LONGEST, 1, NULL, &lengths, &n, &e) != STATUS_OK) {
        fprintf(stderr, "bench_chain: %s\n", e.message);
        exit(status_exit_code(e.status));
    }
    double took_s = (double)(clock() - start) / CLOCKS_PER_SEC;
    for (uint32_t i = 0; i < n; i++)
        *best = MAX(*best, chain_ideal(in, &lengths[i]));
    arena_done(&a);
    return took_s;
}

int main(int argc, char **argv)
{
    uint32_t n = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    size_t repeats = argc == 3 ? (size_t)strtoul(argv[2], NULL, 10) : 0;
    if (n == 0 || repeats == 0) {
        fprintf(stderr, "usage: bench_chain KERNELS REPEATS\n");
        return 2;
    }
    struct arena a;
    arena_init(&a, ARENA_LARGE);
    uint32_t *names = ARENA_ARRAY(&a, uint32_t, n);
    const uint32_t start = 0;
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        uint64_t seed = 1;
        for (uint32_t k = 0; k < n; k++)
            names[k] = inputs[i].name_of(k, &seed);
        struct chain_input in = {names, n, MAX(n, LAYER_KERNELS * VARIANTS), &start, 1};
        double best_s = 1e9, best = 1;
        for (size_t r = 0; r < repeats; r++)
            best_s = MIN(best_s, measure(&in, &best));
        printf("%-12s %8u kernels %8.2f ms %6.2f ns a kernel and length   ideal %7.3f\n",
               inputs[i].name, n, best_s * 1e3, best_s * 1e9 / n / (LONGEST - 1), best);
    }
    arena_done(&a);
    return 0;
}
