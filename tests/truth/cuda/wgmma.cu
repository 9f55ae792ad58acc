// wgmma.mma_async: latency of one, interval of a chain on one accumulator, rate of a full SM, and
// what waiting costs.
//
// A tile of A (64 rows) and one of B (N rows), both with 128 bytes of K a row and 128-byte swizzle,
// lie in shared memory; the kernels step through the four steps of K in a row again and again, as
// the main loop of a matrix product does. A chain is timed at two lengths from its fence to the end
// of wait_group 0: interval and throughput are slopes between the two. Latency is the mean of a few
// that are each waited for before the next goes out. --check compares every kernel's sums with the
// CPU: they are of small integers, so exact in every type.
#include "hopper.cuh"

static const int STEPS = 4;              // of K in a tile's row
static const int UNROLLED = 2 * STEPS;   // operations a turn of the loop: the unit of `turns`
static const int SHORT_TURNS = 2, LONG_TURNS = 34;
static const int WAITED = 4;             // operations that are waited for one by one
static const int ROUNDS = 2;             // in a launch: the first warms the instruction caches
static const int WARPGROUP = 128;
static const int MAX_WARPGROUPS = 2;
static const int A_ROWS = 64, MAX_N = 256;
static const uint32_t A_TILE_B = A_ROWS * HOPPER_ROW_B, B_TILE_B = MAX_N * HOPPER_ROW_B;
static const uint32_t SHARED_B = MAX_WARPGROUPS * A_TILE_B + B_TILE_B + HOPPER_SWIZZLE_ALIGN_B;

struct chain_times {                      // of one warp, the last round
    uint64_t waited, clock;               // durations: WAITED operations, reading the clock
    uint64_t start, issued, end;          // of the chain: points in time on the SM's clock
};

struct chain_args {
    const uint8_t *a, *b;                 // rows of 128 bytes, not swizzled
    int turns;
    uint32_t *out;                        // block 0: [thread][register]
    struct chain_times *times;            // [block][warp]
};

// A row-major tile from global memory, swizzled on its way.
static __device__ __forceinline__ void fill_tile(uint8_t *tile, const uint8_t *from, int rows) {
    for (int i = threadIdx.x; i < rows * 8; i += blockDim.x)
        *reinterpret_cast<uint4 *>(tile + hopper_swizzled(i / 8, i % 8 * 16)) =
            *reinterpret_cast<const uint4 *>(from + i * 16);
}

// The registers of A: row lane/4 of the warp's 16 and the row 8 below; in a step's 32 bytes the
// four at 4 * (lane % 4) and the four 16 bytes on. The same in bytes for every type.
static __device__ __forceinline__ void load_fragments(uint32_t (&a)[STEPS][4],
                                                      const uint8_t *from) {
    int lane = threadIdx.x % 32, row = threadIdx.x % WARPGROUP / 32 * 16 + lane / 4;
    const uint8_t *at = from + row * HOPPER_ROW_B + lane % 4 * 4;
#pragma unroll
    for (int step = 0; step < STEPS; step++)
#pragma unroll
        for (int i = 0; i < 4; i++)
            a[step][i] = *reinterpret_cast<const uint32_t *>(
                at + i % 2 * 8 * HOPPER_ROW_B + step * 32 + i / 2 * 16);
}

template <class OP, bool FROM_REGISTERS> struct operands {
    uint64_t a_tile, b_tile;
    uint32_t a[STEPS][4];

    __device__ __forceinline__ void multiply(typename OP::acc (&d)[OP::regs], int step) const {
        uint64_t b = b_tile + step * HOPPER_K_STEP;
        if constexpr (FROM_REGISTERS) OP::rs(d, a[step], b, 1);
        else OP::ss(d, a_tile + step * HOPPER_K_STEP, b, 1);
    }
    __device__ __forceinline__ void multiply_and_wait(typename OP::acc (&d)[OP::regs]) const {
        hopper_wgmma_fence();
        multiply(d, 0);
        hopper_wgmma_commit();
        hopper_wgmma_wait<0>();
    }
    __device__ __forceinline__ void multiply_group(typename OP::acc (&d)[OP::regs]) const {
#pragma unroll
        for (int step = 0; step < STEPS; step++) multiply(d, step);
        hopper_wgmma_commit();
    }
};

template <typename T, int COUNT> static __device__ __forceinline__ void clear(T (&d)[COUNT]) {
#pragma unroll
    for (int i = 0; i < COUNT; i++) d[i] = 0;
    hopper_touch(d);
}

// The same in every thread of the warp, and the compiler knows it: descriptors made of it stay in
// uniform registers, where wgmma wants them.
static __device__ __forceinline__ int warpgroup_of_thread(void) {
    return __shfl_sync(~0u, static_cast<int>(threadIdx.x) / WARPGROUP, 0);
}

static __device__ __forceinline__ uint32_t bits_of(float sum) {
    return __float_as_uint(sum);
}
static __device__ __forceinline__ uint32_t bits_of(uint32_t sum) {
    return sum;
}

// CHAINS accumulators take turns. They are cleared once alone: the assembler removes operations
// whose sums are overwritten, volatile or not. So after all rounds the first holds the first step
// of K WAITED + 1 times a round on top of its share of the chains. The commit stays next to the
// last operation because the assembler makes a dummy operation out of one that stands alone.
template <class OP, bool FROM_REGISTERS, int CHAINS>
static __device__ __forceinline__ void chain(const struct chain_args &args) {
    extern __shared__ uint8_t raw[];
    uint8_t *shared = hopper_align(raw);
    for (int i = 0; i < MAX_WARPGROUPS; i++) fill_tile(shared + i * A_TILE_B, args.a, A_ROWS);
    fill_tile(shared + MAX_WARPGROUPS * A_TILE_B, args.b, OP::n);
    hopper_fence_async();
    struct operands<OP, FROM_REGISTERS> operands;
    uint32_t tiles = hopper_shared(shared);
    operands.a_tile = hopper_descriptor(tiles + warpgroup_of_thread() * A_TILE_B);
    operands.b_tile = hopper_descriptor(tiles + MAX_WARPGROUPS * A_TILE_B);
    if constexpr (FROM_REGISTERS) load_fragments(operands.a, args.a);

    typename OP::acc d[CHAINS][OP::regs];
#pragma unroll
    for (int i = 0; i < CHAINS; i++) clear(d[i]);
    struct chain_times t;
#pragma unroll 1
    for (int round = 0; round < ROUNDS; round++) {
        __syncthreads();
        operands.multiply_and_wait(d[0]);
        uint64_t t0 = truth_clock();
#pragma unroll
        for (int i = 0; i < WAITED; i++) operands.multiply_and_wait(d[0]);
        uint64_t t1 = truth_clock();
        uint64_t t2 = truth_clock();
        t.waited = t1 - t0;
        t.clock = t2 - t1;

        __syncthreads();
        t.start = truth_clock();
#pragma unroll 1
        for (int turn = 0; turn < args.turns; turn++) {
            hopper_wgmma_fence();
#pragma unroll
            for (int i = 0; i < UNROLLED; i++) operands.multiply(d[i % CHAINS], i % STEPS);
            hopper_wgmma_commit();
        }
        t.issued = truth_clock();
        hopper_wgmma_wait<0>();
        t.end = truth_clock();
    }
    if (threadIdx.x % 32 == 0)
        args.times[blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32] = t;
    if (blockIdx.x) return;
#pragma unroll
    for (int c = 0; c < CHAINS; c++)
#pragma unroll
        for (int i = 0; i < OP::regs; i++) {
            uint32_t *to = args.out + (threadIdx.x * CHAINS + c) * OP::regs + i;
            *to = bits_of(d[c][i]);
        }
}

typedef void (*chain_kernel)(struct chain_args);

#define CHAIN_KERNEL(NAME, OP, FROM_REGISTERS, CHAINS)                                             \
    static __global__ void __launch_bounds__(MAX_WARPGROUPS *WARPGROUP, 1)                         \
        NAME(struct chain_args args) {                                                             \
        if (HOPPER_CODE) chain<OP, FROM_REGISTERS, CHAINS>(args);                                  \
    }
#define CHAIN_KERNELS(NAME, OP)                                                                    \
    CHAIN_KERNEL(NAME##_ss, OP, false, 1)                                                          \
    CHAIN_KERNEL(NAME##_rs, OP, true, 1)

HOPPER_WGMMA_F16(f16_n8, 8, 4)
HOPPER_WGMMA_F16(f16_n16, 16, 8)
HOPPER_WGMMA_F16(f16_n32, 32, 16)
HOPPER_WGMMA_F16(f16_n64, 64, 32)
HOPPER_WGMMA_F16(f16_n96, 96, 48)
HOPPER_WGMMA_F16(f16_n128, 128, 64)
HOPPER_WGMMA_F16(f16_n192, 192, 96)
HOPPER_WGMMA_F16(f16_n256, 256, 128)
HOPPER_WGMMA_F16_F16(half_n8, 8, 2)
HOPPER_WGMMA_F16_F16(half_n16, 16, 4)
HOPPER_WGMMA_F16_F16(half_n32, 32, 8)
HOPPER_WGMMA_F16_F16(half_n64, 64, 16)
HOPPER_WGMMA_F16_F16(half_n96, 96, 24)
HOPPER_WGMMA_F16_F16(half_n128, 128, 32)
HOPPER_WGMMA_F16_F16(half_n192, 192, 48)
HOPPER_WGMMA_F16_F16(half_n256, 256, 64)
HOPPER_WGMMA_BF16(bf16_n64, 64, 32)
HOPPER_WGMMA_BF16(bf16_n128, 128, 64)
HOPPER_WGMMA_BF16(bf16_n256, 256, 128)
HOPPER_WGMMA_TF32(tf32_n64, 64, 32)
HOPPER_WGMMA_TF32(tf32_n128, 128, 64)
HOPPER_WGMMA_TF32(tf32_n256, 256, 128)
HOPPER_WGMMA_E4M3(e4m3_n64, 64, 32)
HOPPER_WGMMA_E4M3(e4m3_n128, 128, 64)
HOPPER_WGMMA_E4M3(e4m3_n256, 256, 128)
HOPPER_WGMMA_S8(s8_n64, 64, 32)
HOPPER_WGMMA_S8(s8_n128, 128, 64)
HOPPER_WGMMA_S8(s8_n256, 256, 128)

// sass90: k_f16_n8_ HGMMA.64x8x16.F32 13
CHAIN_KERNELS(k_f16_n8, f16_n8)
// sass90: k_f16_n16_ HGMMA.64x16x16.F32 13
CHAIN_KERNELS(k_f16_n16, f16_n16)
// sass90: k_f16_n32_ HGMMA.64x32x16.F32 13
CHAIN_KERNELS(k_f16_n32, f16_n32)
// sass90: k_f16_n64_ HGMMA.64x64x16.F32 13
CHAIN_KERNELS(k_f16_n64, f16_n64)
// sass90: k_f16_n96_ HGMMA.64x96x16.F32 13
CHAIN_KERNELS(k_f16_n96, f16_n96)
// sass90: k_f16_n128_ HGMMA.64x128x16.F32 13
CHAIN_KERNELS(k_f16_n128, f16_n128)
// sass90: k_f16_n192_ HGMMA.64x192x16.F32 13
CHAIN_KERNELS(k_f16_n192, f16_n192)
// sass90: k_f16_n256_ HGMMA.64x256x16.F32 13
CHAIN_KERNELS(k_f16_n256, f16_n256)
// sass90: k_half_n8_ HGMMA.64x8x16.F16 13
CHAIN_KERNELS(k_half_n8, half_n8)
// sass90: k_half_n16_ HGMMA.64x16x16.F16 13
CHAIN_KERNELS(k_half_n16, half_n16)
// sass90: k_half_n32_ HGMMA.64x32x16.F16 13
CHAIN_KERNELS(k_half_n32, half_n32)
// sass90: k_half_n64_ HGMMA.64x64x16.F16 13
CHAIN_KERNELS(k_half_n64, half_n64)
// sass90: k_half_n96_ HGMMA.64x96x16.F16 13
CHAIN_KERNELS(k_half_n96, half_n96)
// sass90: k_half_n128_ HGMMA.64x128x16.F16 13
CHAIN_KERNELS(k_half_n128, half_n128)
// sass90: k_half_n192_ HGMMA.64x192x16.F16 13
CHAIN_KERNELS(k_half_n192, half_n192)
// sass90: k_half_n256_ HGMMA.64x256x16.F16 13
CHAIN_KERNELS(k_half_n256, half_n256)
// sass90: k_bf16_n64_ HGMMA.64x64x16.F32.BF16 13
CHAIN_KERNELS(k_bf16_n64, bf16_n64)
// sass90: k_bf16_n128_ HGMMA.64x128x16.F32.BF16 13
CHAIN_KERNELS(k_bf16_n128, bf16_n128)
// sass90: k_bf16_n256_ HGMMA.64x256x16.F32.BF16 13
CHAIN_KERNELS(k_bf16_n256, bf16_n256)
// sass90: k_tf32_n64_ HGMMA.64x64x8.F32.TF32 13
CHAIN_KERNELS(k_tf32_n64, tf32_n64)
// sass90: k_tf32_n128_ HGMMA.64x128x8.F32.TF32 13
CHAIN_KERNELS(k_tf32_n128, tf32_n128)
// sass90: k_tf32_n256_ HGMMA.64x256x8.F32.TF32 13
CHAIN_KERNELS(k_tf32_n256, tf32_n256)
// sass90: k_e4m3_n64_ QGMMA.64x64x32.F32.E4M3.E4M3 13
CHAIN_KERNELS(k_e4m3_n64, e4m3_n64)
// sass90: k_e4m3_n128_ QGMMA.64x128x32.F32.E4M3.E4M3 13
CHAIN_KERNELS(k_e4m3_n128, e4m3_n128)
// sass90: k_e4m3_n256_ QGMMA.64x256x32.F32.E4M3.E4M3 13
CHAIN_KERNELS(k_e4m3_n256, e4m3_n256)
// sass90: k_s8_n64_ IGMMA.64x64x32.S8.S8 13
CHAIN_KERNELS(k_s8_n64, s8_n64)
// sass90: k_s8_n128_ IGMMA.64x128x32.S8.S8 13
CHAIN_KERNELS(k_s8_n128, s8_n128)
// sass90: k_s8_n256_ IGMMA.64x256x32.S8.S8 13
CHAIN_KERNELS(k_s8_n256, s8_n256)
// sass90: k_two_n8 HGMMA.64x8x16.F32 13
CHAIN_KERNEL(k_two_n8, f16_n8, false, 2)
// sass90: k_two_n32 HGMMA.64x32x16.F32 13
CHAIN_KERNEL(k_two_n32, f16_n32, false, 2)
// sass90: k_two_n64 HGMMA.64x64x16.F32 13
CHAIN_KERNEL(k_two_n64, f16_n64, false, 2)
// sass90: k_two_n128 HGMMA.64x128x16.F32 13
CHAIN_KERNEL(k_two_n128, f16_n128, false, 2)

// --- the table of variants -----------------------------------------------------------------------

// A type: how the integers of the check look in it, and how many make a row of 128 bytes.
struct element {
    const char *name, *acc;
    int bytes;
    bool half_sums; // two 16-bit sums in a register
    bool int_sums;
    void (*encode)(int value, uint8_t *to);
};

// The sign and the bit pattern of a magnitude of 1 or 2.
template <typename T, unsigned SIGN, unsigned ONE, unsigned TWO>
static void encode_small(int value, uint8_t *to) {
    T bits = static_cast<T>((value < 0 ? SIGN : 0u) | (std::abs(value) == 1 ? ONE : TWO));
    memcpy(to, &bits, sizeof bits);
}

static void encode_s8(int value, uint8_t *to) {
    *to = static_cast<uint8_t>(value);
}

static const struct element
    f16 = {"f16", "f32", 2, false, false, encode_small<uint16_t, 0x8000, 0x3c00, 0x4000>},
    half = {"f16", "f16", 2, true, false, encode_small<uint16_t, 0x8000, 0x3c00, 0x4000>},
    bf16 = {"bf16", "f32", 2, false, false, encode_small<uint16_t, 0x8000, 0x3f80, 0x4000>},
    tf32 = {"tf32", "f32", 4, false, false,
            encode_small<uint32_t, 0x80000000, 0x3f800000, 0x40000000>},
    e4m3 = {"e4m3", "f32", 1, false, false, encode_small<uint8_t, 0x80, 0x38, 0x40>},
    s8 = {"s8", "s32", 1, false, true, encode_s8};

struct variant {
    const struct element *type;
    const char *source; // of A
    int n, chains;
    chain_kernel kernel;
};

#define BOTH(TYPE, N) {&TYPE, "shared", N, 1, k_##TYPE##_n##N##_ss}, \
                      {&TYPE, "registers", N, 1, k_##TYPE##_n##N##_rs}

static const struct variant variants[] = {
    BOTH(f16, 8),     BOTH(f16, 16),    BOTH(f16, 32),    BOTH(f16, 64),
    BOTH(f16, 96),    BOTH(f16, 128),   BOTH(f16, 192),   BOTH(f16, 256),
    BOTH(half, 8),    BOTH(half, 16),   BOTH(half, 32),   BOTH(half, 64),
    BOTH(half, 96),   BOTH(half, 128),  BOTH(half, 192),  BOTH(half, 256),
    BOTH(bf16, 64),   BOTH(bf16, 128),  BOTH(bf16, 256),
    BOTH(tf32, 64),   BOTH(tf32, 128),  BOTH(tf32, 256),
    BOTH(e4m3, 64),   BOTH(e4m3, 128),  BOTH(e4m3, 256),
    BOTH(s8, 64),     BOTH(s8, 128),    BOTH(s8, 256),
    {&f16, "shared", 8, 2, k_two_n8},   {&f16, "shared", 32, 2, k_two_n32},
    {&f16, "shared", 64, 2, k_two_n64}, {&f16, "shared", 128, 2, k_two_n128},
};

// Values of the rows of a tile: 1 and 2 of either sign, and their bytes.
struct tile {
    std::vector<int> values;
    std::vector<uint8_t> bytes;
};

static struct tile make_tile(const struct element *type, int rows, uint64_t seed) {
    static const int choice[4] = {-2, -1, 1, 2};
    struct tile made;
    struct truth_random random(seed);
    int count = rows * static_cast<int>(HOPPER_ROW_B) / type->bytes;
    made.bytes.resize(static_cast<size_t>(rows) * HOPPER_ROW_B);
    for (int i = 0; i < count; i++) {
        made.values.push_back(choice[random.below(4)]);
        type->encode(made.values.back(), &made.bytes[static_cast<size_t>(i) * type->bytes]);
    }
    return made;
}

// --- running -------------------------------------------------------------------------------------

struct bench { // the device memory of a variant
    struct tile a, b;
    truth_buffer<uint8_t> a_at, b_at;
    truth_buffer<uint32_t> out;
    truth_buffer<struct chain_times> times;

    explicit bench(const struct variant &v)
        : a(make_tile(v.type, A_ROWS, 1)), b(make_tile(v.type, v.n, 2)), a_at(a.bytes.size()),
          b_at(b.bytes.size()), out(size_t{MAX_WARPGROUPS} * WARPGROUP * 128),
          times(static_cast<size_t>(truth.device.multiProcessorCount) * MAX_WARPGROUPS * 4) {
        a_at.set(a.bytes);
        b_at.set(b.bytes);
        out.fill_bytes(0xff);
        CU(cudaFuncSetAttribute(v.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, SHARED_B));
    }
};

struct chain_result { // medians over the blocks: cycles
    double one, chain, issue;
};

static double median(const std::vector<double> &samples) {
    return truth_spread_of(samples).median;
}

// A block's chain runs from the first warp's start to the last one's end.
static struct chain_result launch(const struct variant &v, struct bench &bench, int blocks,
                                  int warpgroups, int turns) {
    struct chain_args args = {bench.a_at.at, bench.b_at.at, turns, bench.out.at, bench.times.at};
    v.kernel<<<blocks, warpgroups * WARPGROUP, SHARED_B>>>(args);
    TRUTH_LAUNCHED();
    std::vector<struct chain_times> times = bench.times.get();
    std::vector<double> one, chain, issue;
    int warps = warpgroups * 4;
    for (int block = 0; block < blocks; block++) {
        const struct chain_times *t = &times[static_cast<size_t>(block) * warps];
        uint64_t start = t->start, issued = t->issued, end = t->end;
        for (int i = 1; i < warps; i++) {
            start = std::min(start, t[i].start);
            issued = std::max(issued, t[i].issued);
            end = std::max(end, t[i].end);
        }
        one.push_back((static_cast<double>(t->waited) - static_cast<double>(t->clock)) / WAITED);
        chain.push_back(static_cast<double>(end - start));
        issue.push_back(static_cast<double>(issued - start));
    }
    return {median(one), median(chain), median(issue)};
}

static std::string params_of(const struct variant &v) {
    return truth_format("type=%s acc=%s m=64 n=%d k=%d a=%s accumulators=%d", v.type->name,
                        v.type->acc, v.n, 32 / v.type->bytes, v.source, v.chains);
}

static void measure_one_sm(const struct variant &v, struct bench &bench) {
    static const double operations = (LONG_TURNS - SHORT_TURNS) * UNROLLED;
    std::vector<double> latency, interval, issue;
    for (int i = -1; i < truth_repeats(11); i++) {
        struct chain_result s = launch(v, bench, 1, 1, SHORT_TURNS);
        struct chain_result l = launch(v, bench, 1, 1, LONG_TURNS);
        if (i < 0) continue;
        latency.push_back(s.one);
        interval.push_back((l.chain - s.chain) / operations);
        issue.push_back((l.issue - s.issue) / operations);
    }
    std::string params = params_of(v);
    truth_row("latency", params, "cy", latency,
              "fence + one + commit + wait 0: mean of four in a row; less the clock");
    truth_row("interval", params, "cy/inst", interval, "slope between 16 and 272; one warpgroup");
    truth_row("interval_issue", params, "cy/inst", issue,
              "the same slope up to the last issue; before the wait");
}

static void measure_all_sms(const struct variant &v, struct bench &bench, int warpgroups) {
    double fma = static_cast<double>((LONG_TURNS - SHORT_TURNS) * UNROLLED) * warpgroups * A_ROWS *
                 v.n * (32.0 / v.type->bytes);
    std::vector<double> rate;
    for (int i = -1; i < truth_repeats(11); i++) {
        int sms = truth.device.multiProcessorCount;
        struct chain_result s = launch(v, bench, sms, warpgroups, SHORT_TURNS);
        struct chain_result l = launch(v, bench, sms, warpgroups, LONG_TURNS);
        if (i >= 0) rate.push_back(fma / (l.chain - s.chain));
    }
    truth_row("throughput", params_of(v) + truth_format(" warpgroups=%d", warpgroups), "FMA/cy/SM",
              rate, "slope between 16 and 272 a warpgroup; all SMs; median SM");
}

// --- check ---------------------------------------------------------------------------------------

static double half_value(uint32_t bits) {
    int exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
    double size = exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    return bits & 0x8000 ? -size : size;
}

// The sum that a thread's register holds. Of D a warp has 16 rows; a lane has its pairs of columns
// 2 * (lane % 4) of every 8, in row lane / 4 and in the row 8 below.
static double sum_at(const struct variant &v, const uint32_t *regs, int i) {
    if (v.type->half_sums) return half_value(regs[i / 2] >> i % 2 * 16 & 0xffff);
    if (v.type->int_sums) return static_cast<int32_t>(regs[i]);
    float value;
    memcpy(&value, &regs[i], sizeof value);
    return value;
}

// After one turn a round.
static int64_t expected_sum(const struct variant &v, const struct bench &bench, int row, int col,
                            int chain) {
    int elements = static_cast<int>(HOPPER_ROW_B) / v.type->bytes, step = elements / STEPS;
    const int *a = &bench.a.values[static_cast<size_t>(row) * elements];
    const int *b = &bench.b.values[static_cast<size_t>(col) * elements];
    int64_t sum = 0;
    for (int i = 0; i < elements; i++) {
        int times = i / step % v.chains == chain ? UNROLLED / STEPS : 0;
        if (chain == 0 && i < step) times += WAITED + 1;
        sum += times * a[i] * b[i];
    }
    return ROUNDS * sum;
}

static int count_wrong(const struct variant &v, const struct bench &bench) {
    std::vector<uint32_t> out = bench.out.get();
    int sums = v.n / 2, regs = v.type->half_sums ? sums / 2 : sums, wrong = 0;
    for (int thread = 0; thread < MAX_WARPGROUPS * WARPGROUP; thread++)
        for (int chain = 0; chain < v.chains; chain++)
            for (int i = 0; i < sums; i++) {
                int lane = thread % 32;
                int row = thread % WARPGROUP / 32 * 16 + lane / 4 + i / 2 % 2 * 8;
                int col = i / 4 * 8 + lane % 4 * 2 + i % 2;
                const uint32_t *of = &out[(static_cast<size_t>(thread) * v.chains + chain) * regs];
                double expected = static_cast<double>(expected_sum(v, bench, row, col, chain));
                wrong += sum_at(v, of, i) != expected;
            }
    return wrong;
}

static void check_variant(const struct variant &v, struct bench &bench) {
    launch(v, bench, 1, MAX_WARPGROUPS, 1);
    int wrong = count_wrong(v, bench);
    truth_row("wrong", params_of(v), "1", {static_cast<double>(wrong)},
              wrong ? "FAILED" : "passed");
    truth_expect(wrong == 0, params_of(v).c_str());
}

static void run_variants(const struct element *type, int chains) {
    for (const struct variant &v : variants) {
        if (v.type != type || v.chains != chains) continue;
        struct bench bench(v);
        if (truth.mode == TRUTH_CHECK) check_variant(v, bench);
        if (truth.mode == TRUTH_ONCE) launch(v, bench, 1, 1, SHORT_TURNS);
        if (truth.mode != TRUTH_MEASURE) continue;
        measure_one_sm(v, bench);
        for (int warpgroups = 1; warpgroups <= MAX_WARPGROUPS; warpgroups++)
            measure_all_sms(v, bench, warpgroups);
    }
}

static void run_f16(void) {
    run_variants(&f16, 1);
}
static void run_half(void) {
    run_variants(&half, 1);
}
static void run_bf16(void) {
    run_variants(&bf16, 1);
}
static void run_tf32(void) {
    run_variants(&tf32, 1);
}
static void run_e4m3(void) {
    run_variants(&e4m3, 1);
}
static void run_s8(void) {
    run_variants(&s8, 1);
}
static void run_two(void) {
    run_variants(&f16, 2);
}

// --- waiting -------------------------------------------------------------------------------------

enum { WAIT_POINTS = 8 };

// Two groups of four go out; then waits for at most 2, 1 and 0 groups, and one with nothing left.
// sass90: k_wait HGMMA.64x128x16.F32 12
// sass90: k_wait WARPGROUP.DEPBAR 3
static __global__ void __launch_bounds__(WARPGROUP, 1)
    k_wait(struct chain_args args, uint64_t *out) {
#if HOPPER_CODE
    extern __shared__ uint8_t raw[];
    uint8_t *shared = hopper_align(raw);
    fill_tile(shared, args.a, A_ROWS);
    fill_tile(shared + A_TILE_B, args.b, f16_n128::n);
    hopper_fence_async();
    struct operands<f16_n128, false> operands;
    operands.a_tile = hopper_descriptor(hopper_shared(shared));
    operands.b_tile = hopper_descriptor(hopper_shared(shared + A_TILE_B));
    float d[2][f16_n128::regs];
    uint64_t t[WAIT_POINTS];
    clear(d[0]);
    clear(d[1]);
#pragma unroll 1
    for (int round = 0; round < ROUNDS; round++) {
        __syncthreads();
        hopper_wgmma_fence();
        operands.multiply_group(d[0]); // brings the descriptors into uniform registers
        hopper_wgmma_wait<0>();
        hopper_wgmma_fence();
        t[0] = truth_clock();
        operands.multiply_group(d[0]);
        t[1] = truth_clock();
        operands.multiply_group(d[1]);
        t[2] = truth_clock();
        hopper_wgmma_wait<2>();
        t[3] = truth_clock();
        hopper_wgmma_wait<1>();
        t[4] = truth_clock();
        hopper_wgmma_wait<0>();
        t[5] = truth_clock();
        hopper_wgmma_wait<0>();
        t[6] = truth_clock();
        t[7] = truth_clock();
    }
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
        for (int j = 0; j < f16_n128::regs; j++)
            args.out[(threadIdx.x * 2 + i) * f16_n128::regs + j] = __float_as_uint(d[i][j]);
    if (threadIdx.x) return;
#pragma unroll
    for (int i = 0; i < WAIT_POINTS; i++) out[i] = t[i];
#endif
}

static void run_wait(void) {
    static const struct {
        const char *quantity, *note;
    } rows[] = {
        {"issue_first", "four and commit; nothing outstanding before"},
        {"issue_second", "four on other accumulators and commit; behind the first four"},
        {"wait_2_of_2", "wait_group 2 with two groups outstanding: nothing to wait for"},
        {"wait_1_of_2", "wait_group 1 right after: until the first group is done"},
        {"wait_0_of_1", "wait_group 0 right after: until the second group is done"},
        {"wait_0_of_0", "wait_group 0 with nothing outstanding"},
    };
    static const struct variant v = {&f16, "shared", f16_n128::n, 2, nullptr};
    if (truth.mode == TRUTH_CHECK) return;
    struct tile a = make_tile(v.type, A_ROWS, 1), b = make_tile(v.type, v.n, 2);
    truth_buffer<uint8_t> a_at(a.bytes.size()), b_at(b.bytes.size());
    truth_buffer<uint32_t> sums(size_t{WARPGROUP} * 2 * f16_n128::regs);
    truth_buffer<uint64_t> out(WAIT_POINTS);
    a_at.set(a.bytes);
    b_at.set(b.bytes);
    CU(cudaFuncSetAttribute(k_wait, cudaFuncAttributeMaxDynamicSharedMemorySize, SHARED_B));
    std::vector<double> samples[WAIT_POINTS - 2];
    for (int i = -1; i < truth_repeats(11); i++) {
        k_wait<<<1, WARPGROUP, SHARED_B>>>({a_at.at, b_at.at, 0, sums.at, nullptr}, out.at);
        TRUTH_LAUNCHED();
        std::vector<uint64_t> t = out.get();
        double clock = static_cast<double>(t[WAIT_POINTS - 1] - t[WAIT_POINTS - 2]);
        for (int j = 0; i >= 0 && j < WAIT_POINTS - 2; j++)
            samples[j].push_back(static_cast<double>(t[j + 1] - t[j]) - clock);
        if (truth.mode == TRUTH_ONCE) return;
    }
    for (int j = 0; j < WAIT_POINTS - 2; j++)
        truth_row(rows[j].quantity, "type=f16 acc=f32 m=64 n=128 k=16 group=4", "cy", samples[j],
                  rows[j].note);
}

static const struct truth_case cases[] = {
    {"f16", run_f16, 90},   {"f16_acc16", run_half, 90}, {"bf16", run_bf16, 90},
    {"tf32", run_tf32, 90}, {"e4m3", run_e4m3, 90},      {"s8", run_s8, 90},
    {"two", run_two, 90},   {"wait", run_wait, 90},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "wgmma", TRUTH_CASES(cases));
}
