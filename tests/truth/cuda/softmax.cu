// Softmax over the rows of a matrix, f32 and f16: a warp a row with the row in registers (attention
// scores, up to 1024 columns), and a CTA a row that reads the row twice (logits of a vocabulary).
// Both keep a maximum and a sum relative to it, merged by shuffles.
#include "kernels.cuh"

struct running { // sum of exp(x - high)
    float high, sum;
};

// -FLT_MAX, not -inf, stands for no element: the difference of two of them is 0 and not a NaN.
static __device__ __forceinline__ struct running merge(struct running a, struct running b) {
    float high = fmaxf(a.high, b.high);
    return {high, a.sum * __expf(a.high - high) + b.sum * __expf(b.high - high)};
}

static __device__ __forceinline__ struct running warp_merge(struct running mine) {
#pragma unroll
    for (int offset = kernel_warp / 2; offset > 0; offset /= 2) {
        struct running other;
        other.high = __shfl_xor_sync(0xffffffffu, mine.high, offset);
        other.sum = __shfl_xor_sync(0xffffffffu, mine.sum, offset);
        mine = merge(mine, other);
    }
    return mine;
}

// --- a warp a row --------------------------------------------------------------------------------

static const int warp_threads = 128, warp_columns = 1024;

template <typename T>
static __device__ __forceinline__ void softmax_warp(T *__restrict__ out, const T *__restrict__ in,
                                                    int rows, int columns) {
    const int wide = kernel_wide<T>::count, vectors = warp_columns / kernel_warp / wide;
    int row = blockIdx.x * (warp_threads / kernel_warp) + threadIdx.x / kernel_warp;
    int lane = threadIdx.x % kernel_warp;
    if (row >= rows) return;
    const T *from = in + static_cast<size_t>(row) * columns;
    T *to = out + static_cast<size_t>(row) * columns;
    kernel_wide<T> x[vectors];
    struct running mine = {-FLT_MAX, 0};
#pragma unroll
    for (int v = 0; v < vectors; v++) {
        int i = v * kernel_warp + lane;
        if (i * wide < columns) {
            x[v] = kernel_load(from, i);
        } else {
#pragma unroll
            for (int k = 0; k < wide; k++) x[v].at[k] = -FLT_MAX;
        }
#pragma unroll
        for (int k = 0; k < wide; k++) mine.high = fmaxf(mine.high, x[v].at[k]);
    }
#pragma unroll
    for (int v = 0; v < vectors; v++) {
#pragma unroll
        for (int k = 0; k < wide; k++) {
            x[v].at[k] = __expf(x[v].at[k] - mine.high);
            mine.sum += x[v].at[k];
        }
    }
    struct running all = warp_merge(mine);
    float scale = __fdividef(__expf(mine.high - all.high), all.sum);
#pragma unroll
    for (int v = 0; v < vectors; v++) {
        int i = v * kernel_warp + lane;
#pragma unroll
        for (int k = 0; k < wide; k++) x[v].at[k] *= scale;
        if (i * wide < columns) kernel_store(to, i, x[v]);
    }
}

// sass: k_softmax_warp_f32 LDG.E.128 8
// sass: k_softmax_warp_f32 MUFU.EX2 42
// sass: k_softmax_warp_f32 SHFL.BFLY 10
// sass: k_softmax_warp_f32 STG.E.128 8
__global__ void k_softmax_warp_f32(float *__restrict__ out, const float *__restrict__ in, int rows,
                                   int columns) {
    softmax_warp(out, in, rows, columns);
}

// sass: k_softmax_warp_f16 LDG.E.128 4
// sass: k_softmax_warp_f16 MUFU.EX2 42
// sass: k_softmax_warp_f16 SHFL.BFLY 10
// sass: k_softmax_warp_f16 STG.E.128 4
__global__ void k_softmax_warp_f16(__half *__restrict__ out, const __half *__restrict__ in,
                                   int rows, int columns) {
    softmax_warp(out, in, rows, columns);
}

// --- a CTA a row ---------------------------------------------------------------------------------

static const int cta_threads = kernel_warp * kernel_warp; // a warp merges one value a warp

template <typename T>
static __device__ __forceinline__ void softmax_cta(T *__restrict__ out, const T *__restrict__ in,
                                                   int columns) {
    const int wide = kernel_wide<T>::count;
    __shared__ struct running of_warp[kernel_warp];
    const T *from = in + static_cast<size_t>(blockIdx.x) * columns;
    T *to = out + static_cast<size_t>(blockIdx.x) * columns;
    struct running mine = {-FLT_MAX, 0};
    for (int i = threadIdx.x; i < columns / wide; i += cta_threads) {
        kernel_wide<T> x = kernel_load(from, i);
        float high = mine.high;
#pragma unroll
        for (int k = 0; k < wide; k++) high = fmaxf(high, x.at[k]);
        mine.sum *= __expf(mine.high - high);
        mine.high = high;
#pragma unroll
        for (int k = 0; k < wide; k++) mine.sum += __expf(x.at[k] - high);
    }
    mine = warp_merge(mine);
    if (threadIdx.x % kernel_warp == 0) of_warp[threadIdx.x / kernel_warp] = mine;
    __syncthreads();
    mine = warp_merge(of_warp[threadIdx.x % kernel_warp]);
    float scale = __fdividef(1.0f, mine.sum);
    for (int i = threadIdx.x; i < columns / wide; i += cta_threads) {
        kernel_wide<T> x = kernel_load(from, i);
#pragma unroll
        for (int k = 0; k < wide; k++) x.at[k] = __expf(x.at[k] - mine.high) * scale;
        kernel_store(to, i, x);
    }
}

// sass: k_softmax_cta_f32 LDG.E.128 2
// sass: k_softmax_cta_f32 MUFU.EX2 20
// sass: k_softmax_cta_f32 SHFL.BFLY 20
// sass: k_softmax_cta_f32 BAR.SYNC 1
// sass: k_softmax_cta_f32 STG.E.128 1
__global__ void __launch_bounds__(cta_threads)
    k_softmax_cta_f32(float *__restrict__ out, const float *__restrict__ in, int columns) {
    softmax_cta(out, in, columns);
}

// sass: k_softmax_cta_f16 LDG.E.128 2
// sass: k_softmax_cta_f16 MUFU.EX2 20
// sass: k_softmax_cta_f16 SHFL.BFLY 20
// sass: k_softmax_cta_f16 BAR.SYNC 1
// sass: k_softmax_cta_f16 STG.E.128 1
__global__ void __launch_bounds__(cta_threads)
    k_softmax_cta_f16(__half *__restrict__ out, const __half *__restrict__ in, int columns) {
    softmax_cta(out, in, columns);
}

// --- cases ---------------------------------------------------------------------------------------

struct softmax_size {
    const char *size;
    int rows, columns; // columns: a multiple of 8, so that rows are aligned to 16 bytes
};

static const struct softmax_size warp_sizes[] = {
    {"small", 256, 512}, {"medium", 2048, 1024}, {"large", 32768, 1024}};
static const struct softmax_size cta_sizes[] = {
    {"small", 64, 8192}, {"medium", 128, 16384}, {"large", 512, 128256}};

template <typename T>
static void softmax_row(const kernel_numbers<T> &source, size_t row, size_t columns, double *ref) {
    double high = -INFINITY, sum = 0;
    for (size_t i = 0; i < columns; i++) {
        ref[i] = source.exact(row * columns + i);
        high = std::max(high, ref[i]);
    }
    for (size_t i = 0; i < columns; i++) sum += ref[i] = std::exp(ref[i] - high);
    for (size_t i = 0; i < columns; i++) ref[i] /= sum;
}

template <typename T>
static void softmax(const struct softmax_size &size, double tolerance,
                    void (*launch)(T *out, const T *in, int rows, int columns)) {
    size_t rows = size.rows, columns = size.columns, count = rows * columns;
    truth_buffer<T> in(count), out(count);
    kernel_numbers<T> source = {1, 8, 0};
    kernel_fill(in, source);
    struct truth_job job;
    job.params = truth_format("size=%s rows=%zu columns=%zu", size.size, rows, columns);
    job.flop = 5.0 * static_cast<double>(count); // maximum, subtract, exp, add, multiply
    job.bytes = 2.0 * sizeof(T) * static_cast<double>(count);
    job.kernels = 1;
    job.tolerance = tolerance;
    job.launch = [&] {
        launch(out.at, in.at, size.rows, size.columns);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] { out.fill_bytes(kernel_poison); };
    job.error = [&] {
        return kernel_error(out, columns, [&](size_t row, double *ref) {
            softmax_row(source, row, columns, ref);
        });
    };
    truth_run(job);
}

// Of f16 results most are below its normal numbers in the longest rows: half an ulp is 3e-8 there,
// of a root mean square of 2e-5.
static const double tolerance_f32 = 1e-5, tolerance_f16 = 3e-3;

static void warp_f32(float *out, const float *in, int rows, int columns) {
    int ctas = kernel_ctas(rows, warp_threads / kernel_warp);
    k_softmax_warp_f32<<<ctas, warp_threads>>>(out, in, rows, columns);
}

static void warp_f16(__half *out, const __half *in, int rows, int columns) {
    int ctas = kernel_ctas(rows, warp_threads / kernel_warp);
    k_softmax_warp_f16<<<ctas, warp_threads>>>(out, in, rows, columns);
}

static void cta_f32(float *out, const float *in, int rows, int columns) {
    k_softmax_cta_f32<<<rows, cta_threads>>>(out, in, columns);
}

static void cta_f16(__half *out, const __half *in, int rows, int columns) {
    k_softmax_cta_f16<<<rows, cta_threads>>>(out, in, columns);
}

static void run_warp_f32(void) {
    for (const auto &size : warp_sizes) softmax<float>(size, tolerance_f32, warp_f32);
}

static void run_warp_f16(void) {
    for (const auto &size : warp_sizes) softmax<__half>(size, tolerance_f16, warp_f16);
}

static void run_cta_f32(void) {
    for (const auto &size : cta_sizes) softmax<float>(size, tolerance_f32, cta_f32);
}

static void run_cta_f16(void) {
    for (const auto &size : cta_sizes) softmax<__half>(size, tolerance_f16, cta_f16);
}

static const struct truth_case cases[] = {
    {"softmax_warp_f32", run_warp_f32, 80},
    {"softmax_warp_f16", run_warp_f16, 80},
    {"softmax_cta_f32", run_cta_f32, 80},
    {"softmax_cta_f16", run_cta_f16, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "softmax", TRUTH_CASES(cases));
}
