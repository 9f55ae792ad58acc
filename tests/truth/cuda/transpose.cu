// The transposition of a matrix of f32 in three ways: straight from memory to memory (reads
// coalesced, writes strided), through a tile in shared memory padded by one column (no bank
// conflicts), and through a tile without the padding (each read of a column meets one bank 32
// times).
//
// A CTA of 32 x 8 threads moves a tile of 32 x 32; the sides are multiples of 32.
#include "kernels.cuh"

static const int tile = 32, tile_rows = 8;

// sass: k_transpose_naive LDG.E 4
// sass: k_transpose_naive STG.E 4
__global__ void k_transpose_naive(float *__restrict__ out, const float *__restrict__ in, int rows,
                                  int columns) {
    int x = blockIdx.x * tile + threadIdx.x, y = blockIdx.y * tile + threadIdx.y;
#pragma unroll
    for (int j = 0; j < tile; j += tile_rows) out[x * rows + y + j] = in[(y + j) * columns + x];
}

template <int PAD>
static __device__ __forceinline__ void transpose(float *__restrict__ out,
                                                 const float *__restrict__ in, int rows,
                                                 int columns) {
    __shared__ float block[tile][tile + PAD];
    int x = blockIdx.x * tile + threadIdx.x, y = blockIdx.y * tile + threadIdx.y;
#pragma unroll
    for (int j = 0; j < tile; j += tile_rows)
        block[threadIdx.y + j][threadIdx.x] = in[(y + j) * columns + x];
    __syncthreads();
    x = blockIdx.y * tile + threadIdx.x;
    y = blockIdx.x * tile + threadIdx.y;
#pragma unroll
    for (int j = 0; j < tile; j += tile_rows)
        out[(y + j) * rows + x] = block[threadIdx.x][threadIdx.y + j];
}

// sass: k_transpose_tiled LDG.E 4
// sass: k_transpose_tiled STS 4
// sass: k_transpose_tiled BAR.SYNC 1
// sass: k_transpose_tiled LDS 4
// sass: k_transpose_tiled STG.E 4
__global__ void k_transpose_tiled(float *__restrict__ out, const float *__restrict__ in, int rows,
                                  int columns) {
    transpose<1>(out, in, rows, columns);
}

// sass: k_transpose_conflict LDG.E 4
// sass: k_transpose_conflict STS 4
// sass: k_transpose_conflict BAR.SYNC 1
// sass: k_transpose_conflict LDS 4
// sass: k_transpose_conflict STG.E 4
__global__ void k_transpose_conflict(float *__restrict__ out, const float *__restrict__ in,
                                     int rows, int columns) {
    transpose<0>(out, in, rows, columns);
}

static void transpose_with(void (*kernel)(float *, const float *, int, int)) {
    static const struct {
        const char *size;
        int rows, columns;
    } sizes[] = {{"small", 256, 512}, {"medium", 1024, 2048}, {"large", 4096, 8192}};
    for (const auto &one : sizes) {
        int rows = one.rows, columns = one.columns;
        size_t count = static_cast<size_t>(rows) * columns;
        truth_buffer<float> in(count), out(count);
        kernel_numbers<float> source = {1, 1, 0};
        kernel_fill(in, source);
        struct truth_job job;
        job.params = truth_format("size=%s rows=%d columns=%d", one.size, rows, columns);
        job.flop = 0;
        job.bytes = 2.0 * sizeof(float) * static_cast<double>(count);
        job.kernels = 1;
        job.tolerance = 0;
        job.launch = [&] {
            dim3 grid(columns / tile, rows / tile), cta(tile, tile_rows);
            kernel<<<grid, cta>>>(out.at, in.at, rows, columns);
            TRUTH_LAUNCHED();
        };
        job.poison = [&] { out.fill_bytes(kernel_poison); };
        job.error = [&] {
            return kernel_error(out, 1, [&](size_t i, double *ref) {
                *ref = source.exact(i % rows * columns + i / rows);
            });
        };
        truth_run(job);
    }
}

static void run_naive(void) {
    transpose_with(k_transpose_naive);
}

static void run_tiled(void) {
    transpose_with(k_transpose_tiled);
}

static void run_conflict(void) {
    transpose_with(k_transpose_conflict);
}

static const struct truth_case cases[] = {
    {"transpose_naive", run_naive, 80},
    {"transpose_tiled", run_tiled, 80},
    {"transpose_conflict", run_conflict, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "transpose", TRUTH_CASES(cases));
}
