// Matrix products as an inference engine runs them, from the plainest to tensor cores:
//   k_gemm_naive  f32, one output a thread, straight from global memory
//   k_gemm_ffma   f32, 128x128x8 tiles in shared memory, 8x8 outputs a thread, double-buffered
//   k_gemm_hmma   f16 with f32 sums, 128x128x32 tiles, cp.async in four stages, ldmatrix, mma.sync
// The f32 kernels compute C[m,n] = A[m,k] B[k,n], the f16 kernel C[m,n] = A[m,k] B[n,k]^T (weights
// as they are stored); all row-major. Results are compared with sums in double.
//
// sass: k_gemm_naive FFMA 4
// sass: k_gemm_naive LDG.E 8
// sass: k_gemm_ffma FFMA 512
// sass: k_gemm_ffma LDS.128 32
// sass: k_gemm_ffma LDG.E.128 2
// sass: k_gemm_hmma HMMA.16816.F32 64
// sass: k_gemm_hmma LDSM.16.M88.4 16
// sass: k_gemm_hmma LDGSTS.E.BYPASS 8
// sass: k_gemm_hmma STG.E.128 4
#include "mma.cuh"

// --- f32, one output a thread --------------------------------------------------------------------

enum { NAIVE_COLS = 32, NAIVE_ROWS = 8 }; // threads of a CTA

__global__ void k_gemm_naive(float *c, const float *a, const float *b, int m, int n, int k) {
    int col = blockIdx.x * NAIVE_COLS + threadIdx.x;
    int row = blockIdx.y * NAIVE_ROWS + threadIdx.y;
    if (row >= m || col >= n) return;
    float sum = 0;
    for (int i = 0; i < k; i++) sum += a[row * k + i] * b[i * n + col];
    c[row * n + col] = sum;
}

// --- f32, tiles in shared memory -----------------------------------------------------------------

enum {
    FFMA_TILE = 128, // rows and columns of a CTA's tile
    FFMA_K = 8,      // of one step
    FFMA_THREADS = 256,
    FFMA_A_STRIDE = FFMA_TILE + 4, // of A's transposed tile: its stores meet no bank conflicts
};

struct ffma_shared {
    float a[2][FFMA_K][FFMA_A_STRIDE]; // transposed
    float b[2][FFMA_K][FFMA_TILE];
};

// Each thread brings four neighbours of one row of A and four of one row of B.
static __device__ __forceinline__ void ffma_store(struct ffma_shared &tile, int buffer, float4 a,
                                                  float4 b) {
    int a_row = threadIdx.x / 2, a_k = threadIdx.x % 2 * 4;
    int b_k = threadIdx.x / 32, b_col = threadIdx.x % 32 * 4;
    tile.a[buffer][a_k + 0][a_row] = a.x;
    tile.a[buffer][a_k + 1][a_row] = a.y;
    tile.a[buffer][a_k + 2][a_row] = a.z;
    tile.a[buffer][a_k + 3][a_row] = a.w;
    *reinterpret_cast<float4 *>(&tile.b[buffer][b_k][b_col]) = b;
}

// Eight values: four from `from` and four from `apart` further on.
static __device__ __forceinline__ void ffma_fragment(float (&to)[8], const float *from, int apart) {
    float4 low = *reinterpret_cast<const float4 *>(from);
    float4 high = *reinterpret_cast<const float4 *>(from + apart);
    to[0] = low.x, to[1] = low.y, to[2] = low.z, to[3] = low.w;
    to[4] = high.x, to[5] = high.y, to[6] = high.z, to[7] = high.w;
}

// m and n are multiples of 128, k of 8. A warp computes 32x64 outputs, its lanes 4x8 pieces of 8x8:
// two times four rows, 16 apart, and two times four columns, 32 apart.
__global__ void __launch_bounds__(FFMA_THREADS, 2)
    k_gemm_ffma(float *c, const float *a, const float *b, int n, int k) {
    __shared__ __align__(16) struct ffma_shared tile;
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int row = warp / 2 * 32 + lane / 8 * 4, col = warp % 2 * 64 + lane % 8 * 4;
    int row_0 = blockIdx.y * FFMA_TILE, col_0 = blockIdx.x * FFMA_TILE;
    const float *a_from = a + (row_0 + threadIdx.x / 2) * k + threadIdx.x % 2 * 4;
    const float *b_from = b + threadIdx.x / 32 * n + col_0 + threadIdx.x % 32 * 4;
    float sum[8][8] = {};

    float4 a_next = *reinterpret_cast<const float4 *>(a_from);
    float4 b_next = *reinterpret_cast<const float4 *>(b_from);
    ffma_store(tile, 0, a_next, b_next);
    __syncthreads();
    int steps = k / FFMA_K;
    for (int step = 0; step < steps; step++) {
        int buffer = step & 1;
        bool more = step + 1 < steps;
        if (more) {
            a_next = *reinterpret_cast<const float4 *>(a_from + (step + 1) * FFMA_K);
            b_next = *reinterpret_cast<const float4 *>(b_from + (step + 1) * FFMA_K * n);
        }
#pragma unroll
        for (int i = 0; i < FFMA_K; i++) {
            float left[8], right[8];
            ffma_fragment(left, &tile.a[buffer][i][row], 16);
            ffma_fragment(right, &tile.b[buffer][i][col], 32);
#pragma unroll
            for (int y = 0; y < 8; y++)
#pragma unroll
                for (int x = 0; x < 8; x++) sum[y][x] += left[y] * right[x];
        }
        // The other buffer was last read before the barrier that ended the step before this one.
        if (more) ffma_store(tile, buffer ^ 1, a_next, b_next);
        __syncthreads();
    }

#pragma unroll
    for (int y = 0; y < 8; y++) {
        float *to = c + (row_0 + row + y / 4 * 16 + y % 4) * n + col_0 + col;
        *reinterpret_cast<float4 *>(to) = make_float4(sum[y][0], sum[y][1], sum[y][2], sum[y][3]);
        *reinterpret_cast<float4 *>(to + 32) =
            make_float4(sum[y][4], sum[y][5], sum[y][6], sum[y][7]);
    }
}

// --- f16 on tensor cores -------------------------------------------------------------------------

enum {
    HMMA_TILE = 128, // rows and columns of a CTA's tile
    HMMA_K = 32,     // of one stage: rows of 64 B
    HMMA_STAGES = 4,
    HMMA_THREADS = 128,
    HMMA_WARP = 64, // rows and columns of a warp's tile: two by two warps
    HMMA_TILE_B = HMMA_TILE * HMMA_K * 2,
    HMMA_STAGE_B = 2 * HMMA_TILE_B, // A, then B
    HMMA_SHARED_B = HMMA_STAGES * HMMA_STAGE_B,
    HMMA_COPIES = HMMA_TILE_B / CHUNK_B / HMMA_THREADS, // a thread's, of each of A and B
    HMMA_COPY_ROWS = HMMA_TILE / HMMA_COPIES,
    HMMA_C_STRIDE = HMMA_TILE + 8, // halves of a row of C in shared memory: no bank conflicts
};
static_assert(HMMA_TILE * HMMA_C_STRIDE * 2 <= HMMA_SHARED_B, "C is staged where A and B were");

// What one thread copies: in every stage the same chunks of the tiles, 32 further along k.
struct hmma_source {
    const half *a, *b; // of the next stage
    int a_at[HMMA_COPIES], b_at, b_step; // in halves
    bool a_wanted[HMMA_COPIES];          // a row of C is there
    uint32_t to;                         // within a tile, in bytes
};

static __device__ __forceinline__ struct hmma_source hmma_source_of(const half *a, const half *b,
                                                                    int m, int k) {
    int row = threadIdx.x / 4, chunk = threadIdx.x % 4;
    struct hmma_source from;
    from.a = a;
    from.b = b;
    from.b_at = (blockIdx.x * HMMA_TILE + row) * k + chunk * CHUNK_HALVES;
    from.b_step = HMMA_COPY_ROWS * k;
    from.to = tile_64(row, chunk);
#pragma unroll
    for (int i = 0; i < HMMA_COPIES; i++) {
        int a_row = blockIdx.y * HMMA_TILE + row + i * HMMA_COPY_ROWS;
        from.a_wanted[i] = a_row < m;
        from.a_at[i] = min(a_row, m - 1) * k + chunk * CHUNK_HALVES;
    }
    return from;
}

static __device__ __forceinline__ void hmma_copy(struct hmma_source &from, uint32_t stage) {
#pragma unroll
    for (int i = 0; i < HMMA_COPIES; i++) {
        // Rows that are 32 apart have the same swizzle.
        uint32_t to = stage + from.to + i * HMMA_COPY_ROWS * 64;
        copy_chunk_if(from.a_wanted[i], to, from.a + from.a_at[i]);
        copy_chunk(to + HMMA_TILE_B, from.b + (from.b_at + i * from.b_step));
    }
    from.a += HMMA_K;
    from.b += HMMA_K;
}

// What a warp multiplies in 16 steps along k: 64 rows of A, 64 rows of B.
struct hmma_fragment {
    uint32_t a[4][4], b[4][4]; // four m16k16 blocks; four n16k16 blocks: two B operands each
};

static __device__ __forceinline__ void hmma_fetch(struct hmma_fragment &to, uint32_t stage,
                                                  uint32_t row_a, uint32_t row_b, int half_k) {
    uint32_t lane = threadIdx.x % LANES;
    uint32_t a = stage + tile_64(row_a + down_row(lane), half_k * 2 + down_chunk(lane));
    uint32_t b = stage + HMMA_TILE_B +
                 tile_64(row_b + right_row(lane), half_k * 2 + right_chunk(lane));
#pragma unroll
    for (int i = 0; i < 4; i++) {
        ldmatrix(to.a[i], a + i * 16 * 64);
        ldmatrix(to.b[i], b + i * 16 * 64);
    }
}

static __device__ __forceinline__ void hmma_multiply(float (&sum)[4][8][4],
                                                     const struct hmma_fragment &of) {
#pragma unroll
    for (int y = 0; y < 4; y++)
#pragma unroll
        for (int x = 0; x < 8; x++)
            mma_16816(sum[y][x], of.a[y], of.b[x / 2][x % 2 * 2], of.b[x / 2][x % 2 * 2 + 1]);
}

// Through shared memory, so that the stores to global memory are whole rows.
static __device__ __forceinline__ void hmma_write(half *c, const float (&sum)[4][8][4], half *tile,
                                                  int row_0, int col_0, int m, int n) {
    int lane = threadIdx.x % LANES, warp = threadIdx.x / LANES;
    int row = warp / 2 * HMMA_WARP + lane / 4, col = warp % 2 * HMMA_WARP + lane % 4 * 2;
#pragma unroll
    for (int y = 0; y < 4; y++)
#pragma unroll
        for (int x = 0; x < 8; x++) {
            half *to = tile + (row + y * 16) * HMMA_C_STRIDE + col + x * 8;
            const float(&from)[4] = sum[y][x];
            *reinterpret_cast<half2 *>(to) = __floats2half2_rn(from[0], from[1]);
            *reinterpret_cast<half2 *>(to + 8 * HMMA_C_STRIDE) =
                __floats2half2_rn(from[2], from[3]);
        }
    __syncthreads();
    int chunk = threadIdx.x % 16;
#pragma unroll 4
    for (int i = 0; i < HMMA_TILE * 16 / HMMA_THREADS; i++) {
        int y = threadIdx.x / 16 + i * (HMMA_THREADS / 16);
        if (row_0 + y >= m) continue;
        const half *from = tile + y * HMMA_C_STRIDE + chunk * CHUNK_HALVES;
        half *to = c + size_t(row_0 + y) * n + col_0 + chunk * CHUNK_HALVES;
        *reinterpret_cast<uint4 *>(to) = *reinterpret_cast<const uint4 *>(from);
    }
}

// n is a multiple of 128, k of 32; m is what it is.
__global__ void __launch_bounds__(HMMA_THREADS, 2)
    k_gemm_hmma(half *c, const half *a, const half *b, int m, int n, int k) {
    extern __shared__ __align__(128) unsigned char shared[];
    uint32_t base = shared_address(shared);
    int warp = threadIdx.x / LANES;
    uint32_t row_a = warp / 2 * HMMA_WARP, row_b = warp % 2 * HMMA_WARP;
    struct hmma_source from = hmma_source_of(a, b, m, k);
    int tiles = k / HMMA_K;
    float sum[4][8][4] = {};
    struct hmma_fragment fragment[2];

    // Group i of the copies is tile i, also where no such tile is left: an empty group keeps count.
#pragma unroll
    for (int i = 0; i < HMMA_STAGES - 1; i++) {
        if (i < tiles) hmma_copy(from, base + i * HMMA_STAGE_B);
        copy_commit();
    }
    copy_wait<HMMA_STAGES - 2>();
    __syncthreads();
    hmma_fetch(fragment[0], base, row_a, row_b, 0);

    uint32_t stage = 0;
    for (int tile = 0; tile < tiles; tile++) {
        hmma_fetch(fragment[1], base + stage * HMMA_STAGE_B, row_a, row_b, 1);
        // Into the stage of the tile before this one, which nobody reads since the last barrier.
        uint32_t unread = (stage + HMMA_STAGES - 1) % HMMA_STAGES;
        if (tile + HMMA_STAGES - 1 < tiles) hmma_copy(from, base + unread * HMMA_STAGE_B);
        copy_commit();
        hmma_multiply(sum, fragment[0]);

        copy_wait<HMMA_STAGES - 2>();
        __syncthreads();
        stage = (stage + 1) % HMMA_STAGES;
        // After the last tile this fetches what is not used.
        hmma_fetch(fragment[0], base + stage * HMMA_STAGE_B, row_a, row_b, 0);
        hmma_multiply(sum, fragment[1]);
    }
    copy_wait<0>();
    __syncthreads();
    hmma_write(c, sum, reinterpret_cast<half *>(shared), blockIdx.y * HMMA_TILE,
               blockIdx.x * HMMA_TILE, m, n);
}

// --- reference -----------------------------------------------------------------------------------

enum { SAMPLES_MOST = 1 << 18, REF_THREADS = 128 };

// b_k and b_n: how far apart neighbours along k and n lie in B.
template <typename T>
__global__ void ref_gemm(double *out, size_t count, size_t stride, const T *a, const T *b, int n,
                         int k, int b_k, int b_n) {
    size_t i = size_t{blockIdx.x} * REF_THREADS + threadIdx.x;
    if (i >= count) return;
    size_t at = sampled(i, stride), row = at / n, col = at % n;
    double sum = 0;
    for (size_t j = 0; j < size_t(k); j++)
        sum += double(float(a[row * k + j])) * double(float(b[j * b_k + col * b_n]));
    out[i] = sum;
}

struct gemm_size {
    int m, n, k;
    enum job_use use;
};

template <typename T>
static double gemm_error(const struct gemm_size &size, const truth_buffer<T> &c,
                         const truth_buffer<T> &a, const truth_buffer<T> &b, int b_k, int b_n) {
    size_t stride = sample_stride(c.count, SAMPLES_MOST), count = c.count / stride;
    truth_buffer<double> ref(count);
    ref_gemm<<<unsigned((count + REF_THREADS - 1) / REF_THREADS), REF_THREADS>>>(
        ref.at, count, stride, a.at, b.at, size.n, size.k, b_k, b_n);
    TRUTH_LAUNCHED();
    std::vector<T> all = c.get(), some(count);
    for (size_t i = 0; i < count; i++) some[i] = all[sampled(i, stride)];
    return truth_error(some, ref.get());
}

// --- cases ---------------------------------------------------------------------------------------

template <typename T> using gemm_launch = void (*)(T *c, const T *a, const T *b, struct gemm_size);

template <typename T>
static void run_gemm(const struct gemm_size *sizes, size_t count, gemm_launch<T> launch,
                     bool transposed, double tolerance) {
    for (size_t i = 0; i < count; i++) {
        struct gemm_size size = sizes[i];
        if (!job_wanted(size.use)) continue;
        size_t m = size.m, n = size.n, k = size.k;
        truth_buffer<T> a(m * k), b(n * k), c(m * n);
        fill_random(a, 0, 1);
        fill_random(b, RANDOM_POOL / 3, 1);
        int b_k = transposed ? 1 : size.n, b_n = transposed ? size.k : 1;
        struct truth_job job;
        job.params = truth_format("m=%d n=%d k=%d", size.m, size.n, size.k);
        job.flop = 2.0 * double(m) * double(n) * double(k);
        job.bytes = double(sizeof(T)) * double(m * k + n * k + m * n);
        job.kernels = 1;
        job.tolerance = tolerance;
        job.launch = [&]() {
            launch(c.at, a.at, b.at, size);
            TRUTH_LAUNCHED();
        };
        job.poison = [&]() { c.fill_bytes(0xff); };
        job.error = [&]() { return gemm_error(size, c, a, b, b_k, b_n); };
        truth_run(job);
    }
}

#define RUN_GEMM(sizes, ...) run_gemm(sizes, sizeof(sizes) / sizeof((sizes)[0]), __VA_ARGS__)

static void launch_naive(float *c, const float *a, const float *b, struct gemm_size s) {
    dim3 grid((s.n + NAIVE_COLS - 1) / NAIVE_COLS, (s.m + NAIVE_ROWS - 1) / NAIVE_ROWS);
    k_gemm_naive<<<grid, dim3(NAIVE_COLS, NAIVE_ROWS)>>>(c, a, b, s.m, s.n, s.k);
}

static void launch_ffma(float *c, const float *a, const float *b, struct gemm_size s) {
    dim3 grid(s.n / FFMA_TILE, s.m / FFMA_TILE);
    k_gemm_ffma<<<grid, FFMA_THREADS>>>(c, a, b, s.n, s.k);
}

static void launch_hmma(half *c, const half *a, const half *b, struct gemm_size s) {
    dim3 grid(s.n / HMMA_TILE, (s.m + HMMA_TILE - 1) / HMMA_TILE);
    k_gemm_hmma<<<grid, HMMA_THREADS, HMMA_SHARED_B>>>(c, a, b, s.m, s.n, s.k);
}

static const double f32_tolerance = 1e-5, f16_tolerance = 2e-3;

static void run_naive(void) {
    static const struct gemm_size sizes[] = {
        {256, 256, 256, JOB_ALWAYS},
        {512, 512, 512, JOB_FULL},
        {1024, 1024, 1024, JOB_ALWAYS},
        {100, 75, 33, JOB_CHECK},
    };
    RUN_GEMM(sizes, launch_naive, false, f32_tolerance);
}

static void run_ffma(void) {
    static const struct gemm_size sizes[] = {
        {256, 256, 256, JOB_ALWAYS},
        {1024, 1024, 1024, JOB_ALWAYS},
        {2048, 2048, 2048, JOB_FULL},
        {128, 256, 8, JOB_CHECK}, // one step
        {256, 128, 24, JOB_CHECK},
    };
    RUN_GEMM(sizes, launch_ffma, false, f32_tolerance);
}

static void run_hmma_sizes(const struct gemm_size *sizes, size_t count) {
    CU(cudaFuncSetAttribute(k_gemm_hmma, cudaFuncAttributeMaxDynamicSharedMemorySize,
                            HMMA_SHARED_B));
    run_gemm(sizes, count, launch_hmma, true, f16_tolerance);
}

static void run_hmma(void) {
    static const struct gemm_size sizes[] = {
        {256, 256, 256, JOB_ALWAYS},
        {512, 512, 512, JOB_FULL},
        {1024, 1024, 1024, JOB_ALWAYS},
        {2048, 2048, 2048, JOB_FULL},
        {4096, 4096, 4096, JOB_FULL},
        {128, 128, 32, JOB_CHECK}, // fewer tiles along k than stages
        {256, 128, 96, JOB_CHECK},
        {200, 256, 160, JOB_CHECK}, // a tile of which some rows are missing
    };
    run_hmma_sizes(sizes, sizeof sizes / sizeof sizes[0]);
}

// As few rows as there are sequences in a batch that decodes.
static void run_hmma_skinny(void) {
    static const struct gemm_size sizes[] = {
        {16, 4096, 4096, JOB_ALWAYS},
        {64, 4096, 4096, JOB_FULL},
        {128, 4096, 4096, JOB_FULL},
        {1, 128, 64, JOB_CHECK},
    };
    run_hmma_sizes(sizes, sizeof sizes / sizeof sizes[0]);
}

static const struct truth_case cases[] = {
    {"naive", run_naive, 80},
    {"ffma", run_ffma, 80},
    {"hmma", run_hmma, 80},
    {"hmma_skinny", run_hmma_skinny, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "gemm", TRUTH_CASES(cases));
}
