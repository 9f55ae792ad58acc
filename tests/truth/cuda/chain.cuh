// Dependent chains of one instruction, timed inside one CTA: what pipes.cu and tensor.cu share.
//
// A kernel runs two loops of the same number of rounds, one of `SHORT` steps a round and one of
// `LONG`, on `CHAINS` independent states a thread. What the long loop takes more, over the steps
// that it has more, is the cost of a step: loop, clock reads and the first wait drop out. The loops
// run twice and the second pass counts, so the instruction cache is warm.
//
// An operation is a struct: types `state` and `operands`, and static device functions
// `load(state &, operands &, args, chain)`, `step(state &, const operands &)` and
// `store(const state &, args, chain)`.
#ifndef TRUTH_CHAIN_CUH
#define TRUTH_CHAIN_CUH

#include "truth.cuh"

enum {
    CHAIN_THREADS = 1024, // most threads of the CTA
    CHAIN_WARPS = CHAIN_THREADS / 32,
    CHAIN_IN = 20,        // 64-bit words a thread that an operation may read: [word][thread]
    CHAIN_OUT = 64,       // likewise written
    CHAIN_CLOCKS = 4,     // a warp: start and end of the short loop, of the long loop
    CHAIN_PASSES = 2,
    CHAIN_ROUNDS = 64,
    CHAIN_SAMPLES = 9,
};

struct chain_args {
    const uint64_t *in;
    uint64_t *out;
    uint64_t *clocks;
    int rounds;       // at least 1
    uint32_t uniform; // any number: operand of the uniform datapath
};

static __device__ __forceinline__ uint64_t chain_in(const struct chain_args &args, int word) {
    return args.in[word * CHAIN_THREADS + threadIdx.x];
}

static __device__ __forceinline__ void chain_out(const struct chain_args &args, int word,
                                                 uint64_t value) {
    args.out[word * CHAIN_THREADS + threadIdx.x] = value;
}

template <class OP, int CHAINS, int STEPS>
static __device__ __forceinline__ void
chain_loop(typename OP::state *states, const typename OP::operands &operands, int rounds) {
    int left = rounds;
#pragma unroll 1
    do {
#pragma unroll
        for (int step = 0; step < STEPS; step++)
#pragma unroll
            for (int chain = 0; chain < CHAINS; chain++) OP::step(states[chain], operands);
    } while (--left > 0);
}

template <class OP, int CHAINS, int SHORT, int LONG>
static __device__ __forceinline__ void chain_run(const struct chain_args &args) {
    typename OP::state states[CHAINS];
    typename OP::operands operands;
#pragma unroll
    for (int chain = 0; chain < CHAINS; chain++) OP::load(states[chain], operands, args, chain);
    uint64_t at[CHAIN_CLOCKS];
#pragma unroll 1
    for (int pass = 0; pass < CHAIN_PASSES; pass++) {
        __syncthreads();
        at[0] = truth_clock();
        chain_loop<OP, CHAINS, SHORT>(states, operands, args.rounds);
        at[1] = truth_clock();
        __syncthreads();
        at[2] = truth_clock();
        chain_loop<OP, CHAINS, LONG>(states, operands, args.rounds);
        at[3] = truth_clock();
    }
#pragma unroll
    for (int chain = 0; chain < CHAINS; chain++) OP::store(states[chain], args, chain);
    if (threadIdx.x % 32 == 0)
        for (int i = 0; i < CHAIN_CLOCKS; i++)
            args.clocks[threadIdx.x / 32 * CHAIN_CLOCKS + i] = at[i];
}

// --- host ----------------------------------------------------------------------------------------

typedef void (*chain_kernel)(const struct chain_args args);

struct chain_bench {
    truth_buffer<uint64_t> in, out, clocks;
    chain_bench()
        : in(CHAIN_IN * CHAIN_THREADS), out(CHAIN_OUT * CHAIN_THREADS),
          clocks(CHAIN_WARPS * CHAIN_CLOCKS) {
    }
};

static inline void chain_launch(const struct chain_bench &bench, chain_kernel kernel, int threads,
                                int rounds, uint32_t uniform = 12345) {
    struct chain_args args = {bench.in.at, bench.out.at, bench.clocks.at, rounds, uniform};
    kernel<<<1, threads>>>(args);
    TRUTH_LAUNCHED();
}

// Cycles from the last start to the last end of a loop over the warps; `loop` 0 is the short one. A
// warp that comes early reads the clock before the barrier holds it (BAR.SYNC.DEFER_BLOCKING), while
// others are still in the loop before; the last one reads it when all are there.
static inline double chain_span(const std::vector<uint64_t> &clocks, int warps, int loop) {
    uint64_t start = 0, end = 0;
    for (int warp = 0; warp < warps; warp++) {
        start = std::max(start, clocks[warp * CHAIN_CLOCKS + 2 * loop]);
        end = std::max(end, clocks[warp * CHAIN_CLOCKS + 2 * loop + 1]);
    }
    return static_cast<double>(end - start);
}

// Samples of the cycles that one step more a round takes, whole CTA.
static inline std::vector<double> chain_step_cy(const struct chain_bench &bench,
                                                chain_kernel kernel, int threads,
                                                int extra_steps) {
    std::vector<double> samples;
    int count = truth_repeats(CHAIN_SAMPLES) + 1; // the first warms up
    for (int i = 0; i < count; i++) {
        chain_launch(bench, kernel, threads, CHAIN_ROUNDS);
        std::vector<uint64_t> clocks = bench.clocks.get();
        double extra_cy = chain_span(clocks, threads / 32, 1) - chain_span(clocks, threads / 32, 0);
        if (i > 0) samples.push_back(extra_cy / (CHAIN_ROUNDS * extra_steps));
    }
    return samples;
}

static inline std::vector<double> chain_scaled(std::vector<double> samples, double factor) {
    for (double &one : samples) one *= factor;
    return samples;
}

// factor / sample: a rate from a time.
static inline std::vector<double> chain_rate(std::vector<double> samples, double factor) {
    for (double &one : samples) one = factor / one;
    return samples;
}

#endif
