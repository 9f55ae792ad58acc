// Shared memory: latency, bandwidth, bank conflicts, matrix loads and stores, atomics, round trips.
//
// Latencies are chains: each load's result is the next load's address (cells hold their own), each
// atomic's result the next one's operand. Intervals are independent instructions from 1, 4 and 32
// warps, in cycles of the SM per warp instruction. Both are slopes between two lengths of a loop
// (probe.cuh). Plain loads and stores are volatile, so that none is merged, hoisted or narrowed.
#include "probe.cuh"

enum {
    SHARED_B = 32768,
    STEPS = 8,        // instructions of an iteration
    FEW_STEPS = 4,    // of the iteration that a stream is compared with
    STEP_B = 4096,    // from one of them to the next: what 32 lanes span at most
    LANE_B_MAX = 128, // from a lane to the next; lanes 128 B apart lie in the same banks
    CHAIN_BRIEF = 20,
    CHAIN_LENGTHY = 320,
    STREAM_BRIEF = 20,
    STREAM_LENGTHY = 220,
};

struct __align__(128) arena {
    unsigned char at[SHARED_B];
};

static __device__ __forceinline__ uint32_t address_of(const void *shared) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}

static __device__ __forceinline__ void put32(uint32_t at, uint32_t value) {
    asm volatile("st.volatile.shared.u32 [%0], %1;" ::"r"(at), "r"(value) : "memory");
}

static __device__ __forceinline__ void put16(uint32_t at, uint32_t value) {
    uint16_t half = static_cast<uint16_t>(value);
    asm volatile("st.volatile.shared.u16 [%0], %1;" ::"r"(at), "h"(half) : "memory");
}

// The arena's address, when it holds zeros alone.
static __device__ __forceinline__ uint32_t cleared(struct arena *arena) {
    uint32_t base = address_of(arena);
    for (uint32_t i = threadIdx.x * 4; i < SHARED_B; i += blockDim.x * 4) put32(base + i, 0);
    __syncthreads();
    return base;
}

// --- what is measured ----------------------------------------------------------------------------

struct words {
    uint32_t a, b, c, d; // zeros behind the width
};

static __device__ __forceinline__ uint32_t rest_of(const struct words &words) {
    return words.b ^ words.c ^ words.d;
}

struct lds32 {
    static __device__ __forceinline__ struct words load(uint32_t at) {
        struct words v = {};
        asm volatile("ld.volatile.shared.u32 %0, [%1];" : "=r"(v.a) : "r"(at) : "memory");
        return v;
    }
    static __device__ __forceinline__ void store(uint32_t at, const struct words &v) {
        put32(at, v.a);
    }
};

struct lds64 {
    static __device__ __forceinline__ struct words load(uint32_t at) {
        struct words v = {};
        asm volatile("ld.volatile.shared.v2.u32 {%0, %1}, [%2];"
                     : "=r"(v.a), "=r"(v.b)
                     : "r"(at)
                     : "memory");
        return v;
    }
    static __device__ __forceinline__ void store(uint32_t at, const struct words &v) {
        asm volatile("st.volatile.shared.v2.u32 [%0], {%1, %2};" ::"r"(at), "r"(v.a), "r"(v.b)
                     : "memory");
    }
};

struct lds128 {
    static __device__ __forceinline__ struct words load(uint32_t at) {
        struct words v;
        asm volatile("ld.volatile.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(v.a), "=r"(v.b), "=r"(v.c), "=r"(v.d)
                     : "r"(at)
                     : "memory");
        return v;
    }
    static __device__ __forceinline__ void store(uint32_t at, const struct words &v) {
        asm volatile("st.volatile.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(at), "r"(v.a),
                     "r"(v.b), "r"(v.c), "r"(v.d)
                     : "memory");
    }
};

#define LDMATRIX1(way, v, at)                                                                      \
    asm volatile("ldmatrix.sync.aligned.m8n8.x1" way ".shared.b16 {%0}, [%1];"                     \
                 : "=r"(v.a)                                                                       \
                 : "r"(at)                                                                         \
                 : "memory")
#define LDMATRIX2(way, v, at)                                                                      \
    asm volatile("ldmatrix.sync.aligned.m8n8.x2" way ".shared.b16 {%0, %1}, [%2];"                 \
                 : "=r"(v.a), "=r"(v.b)                                                            \
                 : "r"(at)                                                                         \
                 : "memory")
#define LDMATRIX4(way, v, at)                                                                      \
    asm volatile("ldmatrix.sync.aligned.m8n8.x4" way ".shared.b16 {%0, %1, %2, %3}, [%4];"         \
                 : "=r"(v.a), "=r"(v.b), "=r"(v.c), "=r"(v.d)                                      \
                 : "r"(at)                                                                         \
                 : "memory")

// Matrices lie one after the other: lane i gives the address of the i-th 16 bytes, its row.
template <int matrices, bool transposed> struct ldsm {
    static __device__ __forceinline__ struct words load(uint32_t at) {
        struct words v = {};
        if constexpr (matrices == 1 && !transposed) LDMATRIX1("", v, at);
        if constexpr (matrices == 2 && !transposed) LDMATRIX2("", v, at);
        if constexpr (matrices == 4 && !transposed) LDMATRIX4("", v, at);
        if constexpr (matrices == 1 && transposed) LDMATRIX1(".trans", v, at);
        if constexpr (matrices == 2 && transposed) LDMATRIX2(".trans", v, at);
        if constexpr (matrices == 4 && transposed) LDMATRIX4(".trans", v, at);
        return v;
    }
    // So that each lane receives `mine` in its first register: lane i's is word i % 4 of row i / 4,
    // or transposed the halves of rows 2 (i % 4) and 2 (i % 4) + 1 in column i / 4.
    static __device__ __forceinline__ void lay(uint32_t base, uint32_t mine) {
        uint32_t lane = probe_lane(), row_b = 16, half_b = 2;
        if (!transposed) {
            put32(base + lane * 4, mine);
        } else {
            uint32_t low = base + 2 * (lane % 4) * row_b + lane / 4 * half_b;
            put16(low, mine & 0xffff);
            put16(low + row_b, mine >> 16);
        }
        __syncthreads();
    }
};

// Stores of matrices (sm_90); nothing elsewhere.
template <int matrices> struct stsm {
    static __device__ __forceinline__ void store(uint32_t at, const struct words &v) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
        if constexpr (matrices == 1)
            asm volatile("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%0], {%1};" ::"r"(at),
                         "r"(v.a)
                         : "memory");
        if constexpr (matrices == 2)
            asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};" ::"r"(at),
                         "r"(v.a), "r"(v.b)
                         : "memory");
        if constexpr (matrices == 4)
            asm volatile(
                "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(at),
                "r"(v.a), "r"(v.b), "r"(v.c), "r"(v.d)
                : "memory");
#endif
    }
};

struct atoms_add {
    static __device__ __forceinline__ uint32_t swap(uint32_t at, uint32_t value, uint32_t) {
        asm volatile("atom.shared.add.u32 %0, [%1], %0;" : "+r"(value) : "r"(at) : "memory");
        return value;
    }
};

struct atoms_exch {
    static __device__ __forceinline__ uint32_t swap(uint32_t at, uint32_t value, uint32_t) {
        asm volatile("atom.shared.exch.b32 %0, [%1], %0;" : "+r"(value) : "r"(at) : "memory");
        return value;
    }
};

struct atoms_cas {
    static __device__ __forceinline__ uint32_t swap(uint32_t at, uint32_t value, uint32_t other) {
        asm volatile("atom.shared.cas.b32 %0, [%1], %0, %2;"
                     : "+r"(value)
                     : "r"(at), "r"(other)
                     : "memory");
        return value;
    }
};

// No instruction adds floats in shared memory: a loop of compare and swap does.
struct atoms_add_f32 {
    static __device__ __forceinline__ uint32_t swap(uint32_t at, uint32_t value, uint32_t) {
        float sum = __uint_as_float(value);
        asm volatile("atom.shared.add.f32 %0, [%1], %0;" : "+f"(sum) : "r"(at) : "memory");
        return __float_as_uint(sum);
    }
};

// --- kernels -------------------------------------------------------------------------------------

// sass: k_chainI5lds32E LDS 8
// sass: k_chainI5lds64E LDS.64 8
// sass: k_chainI6lds128E LDS.128 8
template <typename Load> __global__ void k_chain(struct probe_run run, uint32_t lane_b) {
    __shared__ struct arena arena;
    uint32_t first = cleared(&arena) + probe_lane() * lane_b, at = first, rest = 0;
    put32(first, first);
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
            struct words got = Load::load(at);
            at = got.a;
            rest |= rest_of(got);
        }
    });
    run.sink[probe_thread()] = (at - first) | rest; // 0
}

// sass: k_matrix_chainI4ldsmILi1ELb0EEE LDSM.16.M88 8
// sass: k_matrix_chainI4ldsmILi2ELb0EEE LDSM.16.M88.2 8
// sass: k_matrix_chainI4ldsmILi4ELb0EEE LDSM.16.M88.4 8
// sass: k_matrix_chainI4ldsmILi1ELb1EEE LDSM.16.MT88 8
// sass: k_matrix_chainI4ldsmILi2ELb1EEE LDSM.16.MT88.2 8
// sass: k_matrix_chainI4ldsmILi4ELb1EEE LDSM.16.MT88.4 8
template <typename Load> __global__ void k_matrix_chain(struct probe_run run, uint32_t lane_b) {
    __shared__ struct arena arena;
    uint32_t base = cleared(&arena), first = base + probe_lane() * lane_b, at = first, rest = 0;
    Load::lay(base, first);
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
            struct words got = Load::load(at);
            at = got.a;
            rest |= rest_of(got);
        }
    });
    run.sink[probe_thread()] = (at - first) | rest; // 0
}

// sass: k_streamI5lds32Li8EE LDS 8
// sass: k_streamI5lds64Li8EE LDS.64 8
// sass: k_streamI6lds128Li8EE LDS.128 8
// sass: k_streamI4ldsmILi1ELb0EELi8EE LDSM.16.M88 8
// sass: k_streamI4ldsmILi2ELb0EELi8EE LDSM.16.M88.2 8
// sass: k_streamI4ldsmILi4ELb0EELi8EE LDSM.16.M88.4 8
// sass: k_streamI4ldsmILi1ELb1EELi8EE LDSM.16.MT88 8
// sass: k_streamI4ldsmILi2ELb1EELi8EE LDSM.16.MT88.2 8
// sass: k_streamI4ldsmILi4ELb1EELi8EE LDSM.16.MT88.4 8
template <typename Load, int steps>
__global__ __launch_bounds__(PROBE_CTA) void k_stream(struct probe_run run, uint32_t lane_b) {
    __shared__ struct arena arena;
    uint32_t at = cleared(&arena) + probe_lane() * lane_b, sum = 0;
    probe_passes(run, [&] {
        struct words got[steps];
#pragma unroll
        for (int i = 0; i < steps; i++) got[i] = Load::load(at + i * STEP_B);
#pragma unroll
        for (int i = 0; i < steps; i++) sum ^= got[i].a ^ rest_of(got[i]);
        at ^= run.zero; // a new address as far as the compiler knows
    });
    run.sink[probe_thread()] = sum; // 0
}

// sass: k_fillI5lds32E STS 8
// sass: k_fillI5lds64E STS.64 8
// sass: k_fillI6lds128E STS.128 8
// sass90: k_fillI4stsmILi1EEE STSM.16.M88 8
// sass90: k_fillI4stsmILi2EEE STSM.16.M88.2 8
// sass90: k_fillI4stsmILi4EEE STSM.16.M88.4 8
template <typename Store>
__global__ __launch_bounds__(PROBE_CTA) void k_fill(struct probe_run run, uint32_t lane_b) {
    __shared__ struct arena arena;
    uint32_t base = cleared(&arena), at = base + probe_lane() * lane_b;
    struct words zeros = lds128::load(base); // in registers side by side, as STS.128 wants them
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) Store::store(at + i * STEP_B, zeros);
    });
    __syncthreads();
    run.sink[probe_thread()] = lds32::load(base + threadIdx.x * 4).a; // 0
}

// A store and a load of what it stored, whose result is stored next.
// sass: k_round_tripI5lds32S0_E STS 8
// sass: k_round_tripI5lds32S0_E LDS 8
// sass: k_round_tripI6lds128S0_E STS.128 8
// sass: k_round_tripI6lds128S0_E LDS.128 8
// sass90: k_round_tripI4stsmILi1EE4ldsmILi1ELb0EEE STSM.16.M88 8
// sass90: k_round_tripI4stsmILi1EE4ldsmILi1ELb0EEE LDSM.16.M88 8
template <typename Store, typename Load>
__global__ void k_round_trip(struct probe_run run, uint32_t lane_b) {
    __shared__ struct arena arena;
    uint32_t at = cleared(&arena) + probe_lane() * lane_b;
    struct words value = Load::load(at);
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
            Store::store(at, value);
            value = Load::load(at);
        }
    });
    run.sink[probe_thread()] = value.a | rest_of(value); // 0
}

// sass: k_atomic_chainI9atoms_addE ATOMS.ADD 8
// sass: k_atomic_chainI10atoms_exchE ATOMS.EXCH 8
// sass: k_atomic_chainI9atoms_casE ATOMS.CAS 8
// sass: k_atomic_chainI13atoms_add_f32E ATOMS.CAS 8
template <typename Atomic>
__global__ void k_atomic_chain(struct probe_run run, uint32_t lanes_per_word) {
    __shared__ struct arena arena;
    uint32_t at = cleared(&arena) + probe_lane() / lanes_per_word * 4;
    uint32_t value = lds32::load(at).a, other = value; // 0
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) value = Atomic::swap(at, value, other);
    });
    run.sink[probe_thread()] = value; // 0
}

// Each warp has words of its own.
// sass: k_atomic_streamI9atoms_addLi8EE ATOMS.ADD 8
// sass: k_atomic_streamI10atoms_exchLi8EE ATOMS.EXCH 8
// sass: k_atomic_streamI9atoms_casLi8EE ATOMS.CAS 8
// sass: k_atomic_streamI13atoms_add_f32Li8EE ATOMS.CAS 8
template <typename Atomic, int steps>
__global__ __launch_bounds__(PROBE_CTA) void k_atomic_stream(struct probe_run run,
                                                             uint32_t lanes_per_word) {
    __shared__ struct arena arena;
    uint32_t step_b = PROBE_LANES * 4, own_b = STEPS * step_b, sum = 0;
    uint32_t at = cleared(&arena) + threadIdx.x / PROBE_LANES * own_b;
    at += probe_lane() / lanes_per_word * 4;
    uint32_t value = lds32::load(at).a; // 0
    probe_passes(run, [&] {
        uint32_t got[steps];
#pragma unroll
        for (int i = 0; i < steps; i++) got[i] = Atomic::swap(at + i * step_b, value, value);
#pragma unroll
        for (int i = 0; i < steps; i++) sum ^= got[i];
        at ^= run.zero;
    });
    run.sink[probe_thread()] = sum; // 0
}

// --- rows ----------------------------------------------------------------------------------------

typedef void (*strided_kernel)(struct probe_run run, uint32_t lane_b);

// Independent instructions. The results of an iteration are awaited at its end; the difference
// between a long and a short iteration leaves the wait out. Stores await nothing: `few` is null.
struct stream {
    strided_kernel all, few;
};

static const struct probe_plan chain_plan = {1, PROBE_LANES, CHAIN_BRIEF, CHAIN_LENGTHY, 1};
static const int stream_warps[] = {1, 4, 32};

// Cycles per instruction, of `steps` in an iteration.
static std::vector<double> cycles_of(strided_kernel kernel, const struct probe_plan &plan,
                                     int steps, uint32_t lane_b) {
    return probe_zero_slopes(plan, steps, [=](const struct probe_run &run) {
        kernel<<<plan.grid, plan.threads>>>(run, lane_b);
    });
}

static std::vector<double> stream_cycles(const struct stream &stream, int warps, uint32_t lane_b) {
    struct probe_plan plan = {1, warps * PROBE_LANES, STREAM_BRIEF, STREAM_LENGTHY, 1};
    std::vector<double> cycles = cycles_of(stream.all, plan, STEPS, lane_b);
    if (!stream.few) return cycles;
    std::vector<double> few = cycles_of(stream.few, plan, FEW_STEPS, lane_b);
    for (size_t i = 0; i < cycles.size(); i++)
        cycles[i] = (cycles[i] * STEPS - few[i] * FEW_STEPS) / (STEPS - FEW_STEPS);
    return cycles;
}

static void stream_rows(const struct stream &stream, const std::string &params, uint32_t lane_b,
                        uint32_t bytes) {
    for (int warps : stream_warps) {
        std::vector<double> cycles = stream_cycles(stream, warps, lane_b), intervals;
        for (double one : cycles) intervals.push_back(one / warps);
        std::string all = params + truth_format(" warps=%d", warps);
        probe_row("interval", all, "cy", intervals,
                  stream.few ? "per warp instruction of the SM; slope; 8 against 4 an iteration"
                             : "per warp instruction of the SM; slope");
        double moved_b = static_cast<double>(bytes) * warps;
        if (bytes) probe_row("bandwidth", all, "B/cy/SM", probe_over(moved_b, cycles));
    }
}

static const struct width {
    uint32_t bits, bytes;
    strided_kernel chain;
    struct stream load, store;
} widths[] = {
    {32, 4, k_chain<lds32>, {k_stream<lds32, STEPS>, k_stream<lds32, FEW_STEPS>},
     {k_fill<lds32>, nullptr}},
    {64, 8, k_chain<lds64>, {k_stream<lds64, STEPS>, k_stream<lds64, FEW_STEPS>},
     {k_fill<lds64>, nullptr}},
    {128, 16, k_chain<lds128>, {k_stream<lds128, STEPS>, k_stream<lds128, FEW_STEPS>},
     {k_fill<lds128>, nullptr}},
};

static void run_latency(void) {
    for (const struct width &width : widths)
        probe_row("latency", truth_format("op=lds bits=%u", width.bits), "cy",
                  cycles_of(width.chain, chain_plan, STEPS, width.bytes),
                  "lanes side by side; slope of a chain of loads");
}

static void run_bandwidth(void) {
    for (const struct width &width : widths) {
        std::string bits = truth_format("bits=%u", width.bits);
        stream_rows(width.load, "op=lds " + bits, width.bytes, width.bytes * PROBE_LANES);
        stream_rows(width.store, "op=sts " + bits, width.bytes, width.bytes * PROBE_LANES);
    }
}

// Lanes lie ways * width apart: the lanes of a bank (for 64 bits among 16 lanes, for 128 among 8)
// want different words. ways=0: all lanes want the same.
static void run_conflicts(void) {
    static const uint32_t ways[] = {0, 1, 2, 4, 8, 16, 32};
    for (const struct width &width : widths)
        for (uint32_t way : ways) {
            uint32_t lane_b = way * width.bytes;
            if (lane_b > LANE_B_MAX) continue;
            std::string params = truth_format("bits=%u ways=%u", width.bits, way);
            probe_row("latency", "op=lds " + params, "cy",
                      cycles_of(width.chain, chain_plan, STEPS, lane_b),
                      way ? "slope of a chain of loads" : "broadcast; slope of a chain of loads");
            stream_rows(width.load, "op=lds " + params, lane_b, 0);
            if (way) stream_rows(width.store, "op=sts " + params, lane_b, 0);
        }
}

template <int matrices, bool transposed> static void ldsm_rows(void) {
    typedef ldsm<matrices, transposed> load;
    std::string params = truth_format("op=ldsm x=%d trans=%d", matrices, transposed);
    probe_row("latency", params, "cy", cycles_of(k_matrix_chain<load>, chain_plan, STEPS, 16),
              "to the first register; slope of a chain");
    struct stream stream = {k_stream<load, STEPS>, k_stream<load, FEW_STEPS>};
    stream_rows(stream, params, 16, matrices * 128);
}

static void run_ldsm(void) {
    ldsm_rows<1, false>();
    ldsm_rows<2, false>();
    ldsm_rows<4, false>();
    ldsm_rows<1, true>();
    ldsm_rows<2, true>();
    ldsm_rows<4, true>();
}

static void run_stsm(void) {
    stream_rows({k_fill<stsm<1>>, nullptr}, "op=stsm x=1", 16, 128);
    stream_rows({k_fill<stsm<2>>, nullptr}, "op=stsm x=2", 16, 256);
    stream_rows({k_fill<stsm<4>>, nullptr}, "op=stsm x=4", 16, 512);
    probe_row("round_trip", "op=stsm.ldsm x=1", "cy",
              cycles_of(k_round_trip<stsm<1>, ldsm<1, false>>, chain_plan, STEPS, 16),
              "STSM; then LDSM of it; slope of a chain");
}

static void run_round_trip(void) {
    probe_row("round_trip", "op=sts.lds bits=32", "cy",
              cycles_of(k_round_trip<lds32, lds32>, chain_plan, STEPS, 4),
              "STS; then LDS of it; slope of a chain");
    probe_row("round_trip", "op=sts.lds bits=128", "cy",
              cycles_of(k_round_trip<lds128, lds128>, chain_plan, STEPS, 16),
              "STS; then LDS of it; slope of a chain");
}

template <typename Atomic> static void atomic_rows(const char *name) {
    struct stream stream = {k_atomic_stream<Atomic, STEPS>, k_atomic_stream<Atomic, FEW_STEPS>};
    for (uint32_t lanes = 1; lanes <= PROBE_LANES; lanes *= 2) {
        std::string params = truth_format("op=atoms.%s lanes_per_word=%u", name, lanes);
        probe_row("latency", params, "cy",
                  cycles_of(k_atomic_chain<Atomic>, chain_plan, STEPS, lanes),
                  "one warp; slope of a chain");
        stream_rows(stream, params, lanes, 0);
    }
}

static void run_atomics(void) {
    atomic_rows<atoms_add>("add");
    atomic_rows<atoms_exch>("exch");
    atomic_rows<atoms_cas>("cas");
    atomic_rows<atoms_add_f32>("add_f32");
}

static const struct truth_case cases[] = {
    {"latency", run_latency, 80},
    {"bandwidth", run_bandwidth, 80},
    {"conflicts", run_conflicts, 80},
    {"ldsm", run_ldsm, 80},
    {"stsm", run_stsm, 90},
    {"round_trip", run_round_trip, 80},
    {"atomics", run_atomics, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "shared", TRUTH_CASES(cases));
}
