// A matrix product in the way of Hopper: C[M,N] = A[M,K] * B[N,K]^T, halves in, float sums, halves
// out.
//
// Persistent blocks of three warpgroups. One thread of the first keeps the copy engine busy: a
// stage of the ring is 64 of K of the tile's rows of A and of B, 128-byte swizzled; its `full`
// barrier counts the bytes, its `empty` one the consumers' warps. The two other warpgroups own 64
// rows of the tile each, multiply a stage while the one before drains, and write their sums from
// registers. The reference is a sum in double on the GPU, at all rows or at a sample of them.
#include "hopper.cuh"

#include <cuda_fp16.h>

static const int STAGES = 4;
static const int TILE_M = 128, TILE_K = 64, STEPS = 4;      // a step: 16 of K
static const int WARPGROUP = 128, CONSUMERS = 2, THREADS = (1 + CONSUMERS) * WARPGROUP;
static const int PRODUCER_REGISTERS = 40, CONSUMER_REGISTERS = 232; // 168 each at the start
static const int GROUP_M = 16;                              // tiles down before going right
static const uint32_t A_TILE_B = TILE_M * HOPPER_ROW_B;
static const uint32_t CONSUMER_A_B = A_TILE_B / CONSUMERS;  // 64 rows

HOPPER_WGMMA_F16(wgmma_128, 128, 64)
HOPPER_WGMMA_F16(wgmma_256, 256, 128)

struct problem {
    int m, n, k; // multiples of TILE_M, of the tile's N and of TILE_K
};

template <class OP> struct tiling {
    static const int tile_n = OP::n;
    static const uint32_t stage_b = A_TILE_B + OP::n * HOPPER_ROW_B;
    static const uint32_t shared_b = STAGES * stage_b + HOPPER_SWIZZLE_ALIGN_B;
};

// The ring: stages in turn, and the parity of the phase that a turn fills.
struct cursor {
    uint32_t stage, parity;
    __device__ __forceinline__ void advance(void) {
        if (++stage < STAGES) return;
        stage = 0;
        parity ^= 1;
    }
};

struct pipeline {
    uint32_t tiles, full, empty; // addresses in shared memory
};

// Tiles in an order that keeps those at work near each other: groups of GROUP_M rows of tiles,
// within a group column by column.
struct corner {
    int m, n;
};

static __device__ __forceinline__ struct corner corner_of(int tile, const struct problem &p,
                                                          int tile_n) {
    int tiles_m = p.m / TILE_M, tiles_n = p.n / tile_n;
    int first = tile / (GROUP_M * tiles_n) * GROUP_M, within = tile % (GROUP_M * tiles_n);
    int rows = min(GROUP_M, tiles_m - first);
    return {(first + within % rows) * TILE_M, within / rows * tile_n};
}

template <class OP>
static __device__ __forceinline__ void produce(const CUtensorMap *a_map, const CUtensorMap *b_map,
                                               const struct problem &p,
                                               const struct pipeline &line) {
    struct cursor at = {0, 0};
    int tiles = p.m / TILE_M * (p.n / OP::n);
#pragma unroll 1
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        struct corner corner = corner_of(tile, p, OP::n);
#pragma unroll 1
        for (int k = 0; k < p.k; k += TILE_K) {
            uint32_t full = line.full + at.stage * 8, empty = line.empty + at.stage * 8;
            uint32_t to = line.tiles + at.stage * tiling<OP>::stage_b;
            if (!hopper_wait(empty, at.parity ^ 1)) return;
            hopper_expect(full, tiling<OP>::stage_b);
            hopper_load_box(to, a_map, k, corner.m, full);
            hopper_load_box(to + A_TILE_B, b_map, k, corner.n, full);
            at.advance();
        }
    }
}

// A warp's 16 rows: a lane has two neighbouring columns of every 8, in row lane / 4 and 8 below.
template <int REGS>
static __device__ __forceinline__ void write_sums(const float (&d)[REGS], __half *c, int ld) {
    int lane = threadIdx.x % 32, row = threadIdx.x % WARPGROUP / 32 * 16 + lane / 4;
    __half *at = c + static_cast<size_t>(row) * ld + lane % 4 * 2;
#pragma unroll
    for (int i = 0; i < REGS; i += 4) {
        *reinterpret_cast<__half2 *>(at + i * 2) = __floats2half2_rn(d[i], d[i + 1]);
        *reinterpret_cast<__half2 *>(at + i * 2 + 8 * ld) = __floats2half2_rn(d[i + 2], d[i + 3]);
    }
}

template <class OP>
static __device__ __forceinline__ void consume(int consumer, const struct problem &p,
                                               const struct pipeline &line, __half *c) {
    struct cursor at = {0, 0};
    int tiles = p.m / TILE_M * (p.n / OP::n);
    bool leader = threadIdx.x % 32 == 0;
#pragma unroll 1
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        float d[OP::regs];
        uint32_t before = 0;
#pragma unroll 1
        for (int k = 0; k < p.k; k += TILE_K) {
            uint32_t stage = line.tiles + at.stage * tiling<OP>::stage_b;
            uint64_t a = hopper_descriptor(stage + consumer * CONSUMER_A_B);
            uint64_t b = hopper_descriptor(stage + A_TILE_B);
            if (!hopper_wait(line.full + at.stage * 8, at.parity)) {
                hopper_wgmma_wait<0>();
                return;
            }
            hopper_wgmma_fence();
#pragma unroll
            for (int step = 0; step < STEPS; step++)
                OP::ss(d, a + step * HOPPER_K_STEP, b + step * HOPPER_K_STEP, step || k);
            hopper_wgmma_commit();
            hopper_wgmma_wait<1>(); // so the stage before is read
            if (k && leader) hopper_arrive(line.empty + before * 8);
            before = at.stage;
            at.advance();
        }
        hopper_wgmma_wait<0>();
        if (leader) hopper_arrive(line.empty + before * 8);
        struct corner corner = corner_of(tile, p, OP::n);
        size_t row = static_cast<size_t>(corner.m) + consumer * (TILE_M / CONSUMERS);
        write_sums(d, c + row * p.n + corner.n, p.n);
    }
}

template <class OP>
static __device__ __forceinline__ void gemm(const CUtensorMap *a_map, const CUtensorMap *b_map,
                                            const struct problem &p, __half *c) {
    extern __shared__ uint8_t raw[];
    __shared__ uint64_t full[STAGES], empty[STAGES];
    struct pipeline line = {hopper_settled(hopper_shared(hopper_align(raw))),
                            hopper_settled(hopper_shared(full)),
                            hopper_settled(hopper_shared(empty))};
    if (threadIdx.x == 0) {
        for (int i = 0; i < STAGES; i++) {
            hopper_init(line.full + i * 8, 1);
            hopper_init(line.empty + i * 8, CONSUMERS * WARPGROUP / 32);
        }
        hopper_fence_inits();
    }
    __syncthreads();
    int warp = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 32, 0);
    if (warp < WARPGROUP / 32) {
        hopper_fewer_registers<PRODUCER_REGISTERS>();
        if (warp == 0 && hopper_elect()) produce<OP>(a_map, b_map, p, line);
    } else {
        hopper_more_registers<CONSUMER_REGISTERS>();
        consume<OP>(warp / (WARPGROUP / 32) - 1, p, line, c);
    }
}

#define GEMM_KERNEL(NAME, OP)                                                                      \
    static __global__ void __launch_bounds__(THREADS, 1)                                           \
        NAME(const __grid_constant__ CUtensorMap a_map, const __grid_constant__ CUtensorMap b_map, \
             struct problem p, __half *c) {                                                        \
        if (HOPPER_CODE) gemm<OP>(&a_map, &b_map, p, c);                                           \
    }

// sass90: k_gemm_wgmma_128x128 HGMMA.64x128x16.F32 4
// sass90: k_gemm_wgmma_128x128 UTMALDG.2D 2
// sass90: k_gemm_wgmma_128x128 USETMAXREG 2
GEMM_KERNEL(k_gemm_wgmma_128x128, wgmma_128)
// sass90: k_gemm_wgmma_128x256 HGMMA.64x256x16.F32 4
// sass90: k_gemm_wgmma_128x256 UTMALDG.2D 2
// sass90: k_gemm_wgmma_128x256 USETMAXREG 2
GEMM_KERNEL(k_gemm_wgmma_128x256, wgmma_256)

typedef void (*gemm_kernel)(const CUtensorMap, const CUtensorMap, struct problem, __half *);

// --- reference -----------------------------------------------------------------------------------

// A value in [-1, 1) that hangs on its place alone.
static __global__ void ref_fill(__half *to, size_t count, uint32_t seed) {
    size_t stride = static_cast<size_t>(gridDim.x) * blockDim.x;
    for (size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count;
         i += stride) {
        uint32_t z = (static_cast<uint32_t>(i) + seed) * 0x9e3779b9u;
        z = (z ^ (z >> 16)) * 0x85ebca6bu;
        z = (z ^ (z >> 13)) * 0xc2b2ae35u;
        z ^= z >> 16;
        to[i] = __float2half(static_cast<float>(static_cast<int>(z >> 8) - (1 << 23)) /
                             static_cast<float>(1 << 23));
    }
}

// A warp an element of the row that is row_step times the block's y.
static __global__ void ref_gemm(const __half *a, const __half *b, struct problem p, int row_step,
                                double *out) {
    int lane = threadIdx.x % 32, col = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (col >= p.n) return;
    const __half *a_row = a + static_cast<size_t>(blockIdx.y) * row_step * p.k;
    const __half *b_row = b + static_cast<size_t>(col) * p.k;
    double sum = 0;
    for (int i = lane; i < p.k; i += 32)
        sum += static_cast<double>(__half2float(a_row[i])) * __half2float(b_row[i]);
    for (int other = 16; other; other /= 2) sum += __shfl_xor_sync(~0u, sum, other);
    if (lane == 0) out[static_cast<size_t>(blockIdx.y) * p.n + col] = sum;
}

// --- jobs ----------------------------------------------------------------------------------------

struct matrices {
    truth_buffer<__half> a, b, c;
    explicit matrices(const struct problem &p)
        : a(static_cast<size_t>(p.m) * p.k), b(static_cast<size_t>(p.n) * p.k),
          c(static_cast<size_t>(p.m) * p.n) {
        int blocks = truth.device.multiProcessorCount * 8;
        ref_fill<<<blocks, 256>>>(a.at, a.count, 1);
        TRUTH_LAUNCHED();
        ref_fill<<<blocks, 256>>>(b.at, b.count, 0x40000000);
        TRUTH_LAUNCHED();
    }
};

// Against the reference at every row_step-th row.
static double error_of(const struct problem &p, const struct matrices &on, int row_step) {
    static const int warps = 8;
    int rows = (p.m + row_step - 1) / row_step;
    truth_buffer<double> sums(static_cast<size_t>(rows) * p.n);
    dim3 grid(static_cast<unsigned>((p.n + warps - 1) / warps), static_cast<unsigned>(rows));
    ref_gemm<<<grid, warps * 32>>>(on.a.at, on.b.at, p, row_step, sums.at);
    TRUTH_LAUNCHED();
    std::vector<double> expected = sums.get();
    std::vector<__half> all = on.c.get(), sample;
    for (int row = 0; row < p.m; row += row_step)
        sample.insert(sample.end(), all.begin() + static_cast<ptrdiff_t>(row) * p.n,
                      all.begin() + static_cast<ptrdiff_t>(row + 1) * p.n);
    return hopper_in_time() ? truth_error(sample, expected) : NAN;
}

static void run_gemm(const struct problem &p, gemm_kernel kernel, int tile_n, uint32_t shared_b) {
    static const double tolerance = 5e-4;              // rounding to half is 2e-4 of it
    static const int all_rows = 1024, row_step = 61;   // odd: meets every row of a tile
    struct matrices on(p);
    CUtensorMap a_map = hopper_map(on.a.at, static_cast<uint64_t>(p.m),
                                   static_cast<uint64_t>(p.k), TILE_M);
    CUtensorMap b_map = hopper_map(on.b.at, static_cast<uint64_t>(p.n),
                                   static_cast<uint64_t>(p.k), static_cast<uint32_t>(tile_n));
    CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                            static_cast<int>(shared_b)));
    int tiles = p.m / TILE_M * (p.n / tile_n);
    int blocks = std::min(tiles, truth.device.multiProcessorCount);
    struct truth_job job;
    job.params = truth_format("m=%d n=%d k=%d tile=%dx%dx%d blocks=%d", p.m, p.n, p.k, TILE_M,
                              tile_n, TILE_K, blocks);
    double m = p.m, n = p.n, k = p.k;
    job.flop = 2 * m * n * k;
    job.bytes = 2 * (m * k + n * k + m * n);
    job.kernels = 1;
    job.tolerance = tolerance;
    job.launch = [&] {
        kernel<<<blocks, THREADS, shared_b>>>(a_map, b_map, p, on.c.at);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] { on.c.fill_bytes(0xff); };
    job.error = [&] { return error_of(p, on, p.m > all_rows ? row_step : 1); };
    truth_run(job);
    hopper_in_time();
}

static void run_small_tile(const struct problem &p) {
    run_gemm(p, k_gemm_wgmma_128x128, tiling<wgmma_128>::tile_n, tiling<wgmma_128>::shared_b);
}

static void run_large_tile(const struct problem &p) {
    run_gemm(p, k_gemm_wgmma_128x256, tiling<wgmma_256>::tile_n, tiling<wgmma_256>::shared_b);
}

static void run_square(void) {
    run_small_tile({512, 512, 512});
    run_small_tile({1024, 1024, 1024});
    run_large_tile({1024, 1024, 1024});
    run_large_tile({2048, 2048, 2048});
    run_small_tile({4096, 4096, 4096});
    run_large_tile({4096, 4096, 4096});
}

static void run_skinny(void) {
    run_small_tile({128, 4096, 4096});
}

static const struct truth_case cases[] = {
    {"square", run_square, 90},
    {"skinny", run_skinny, 90},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "gemm_wgmma", TRUTH_CASES(cases));
}
