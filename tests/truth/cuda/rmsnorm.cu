// RMSNorm of f16 rows as in a Llama layer, alone and fused with the sum of the residual stream: a
// CTA a row of 4096, eight elements a thread that stay in registers between the two passes.
#include "kernels.cuh"

static const int hidden = 4096, threads = hidden / kernel_wide<__half>::count;
static const float epsilon = 1e-5f;

static __device__ __forceinline__ float scale_of(const kernel_wide<__half> &x) {
    float squares = 0;
#pragma unroll
    for (int k = 0; k < kernel_wide<__half>::count; k++) squares += x.at[k] * x.at[k];
    return rsqrtf(kernel_cta_sum(squares) / hidden + epsilon);
}

static __device__ __forceinline__ void normalise(__half *to, const __half *weight,
                                                 kernel_wide<__half> x) {
    float scale = scale_of(x);
    kernel_wide<__half> w = kernel_load(weight, threadIdx.x);
#pragma unroll
    for (int k = 0; k < kernel_wide<__half>::count; k++) x.at[k] *= scale * w.at[k];
    kernel_store(to, threadIdx.x, x);
}

// sass: k_rmsnorm LDG.E.128 2
// sass: k_rmsnorm SHFL.BFLY 10
// sass: k_rmsnorm BAR.SYNC 1
// sass: k_rmsnorm MUFU.RSQ 1
// sass: k_rmsnorm STG.E.128 1
__global__ void __launch_bounds__(threads)
    k_rmsnorm(__half *__restrict__ out, const __half *__restrict__ in,
              const __half *__restrict__ weight) {
    size_t row = static_cast<size_t>(blockIdx.x) * hidden;
    normalise(out + row, weight, kernel_load(in + row, threadIdx.x));
}

// sum = in + residual in f16; out = its norm. An engine writes both over its inputs; here they are
// arrays of their own, so that each launch finds the same inputs.
// sass: k_add_rmsnorm LDG.E.128 3
// sass: k_add_rmsnorm SHFL.BFLY 10
// sass: k_add_rmsnorm BAR.SYNC 1
// sass: k_add_rmsnorm MUFU.RSQ 1
// sass: k_add_rmsnorm STG.E.128 2
__global__ void __launch_bounds__(threads)
    k_add_rmsnorm(__half *__restrict__ out, __half *__restrict__ sum, const __half *__restrict__ in,
                  const __half *__restrict__ residual, const __half *__restrict__ weight) {
    size_t row = static_cast<size_t>(blockIdx.x) * hidden;
    kernel_wide<__half> x = kernel_load(in + row, threadIdx.x);
    kernel_wide<__half> y = kernel_load(residual + row, threadIdx.x);
#pragma unroll
    for (int k = 0; k < kernel_wide<__half>::count; k++)
        x.at[k] = __half2float(__float2half_rn(x.at[k] + y.at[k]));
    kernel_store(sum + row, threadIdx.x, x);
    normalise(out + row, weight, x);
}

static const struct {
    const char *size;
    int rows;
} sizes[] = {{"small", 64}, {"medium", 512}, {"large", 16384}};

static const kernel_numbers<__half> source = {1, 2, 0}, source_residual = {2, 4, 0},
                                    source_weight = {3, 0.25f, 1};

static double sum_of(size_t i, bool add) {
    double x = source.exact(i);
    if (!add) return x;
    return static_cast<double>(
        __half2float(__float2half(static_cast<float>(x + source_residual.exact(i)))));
}

static void norm_row(size_t row, bool add, double *ref) {
    double squares = 0;
    for (int i = 0; i < hidden; i++) {
        ref[i] = sum_of(row * hidden + i, add);
        squares += ref[i] * ref[i];
    }
    double scale = 1 / std::sqrt(squares / hidden + static_cast<double>(epsilon));
    for (int i = 0; i < hidden; i++) ref[i] *= scale * source_weight.exact(i);
}

static void rmsnorm(const char *size, int rows, bool add) {
    size_t count = static_cast<size_t>(rows) * hidden;
    truth_buffer<__half> in(count), out(count), weight(hidden);
    truth_buffer<__half> residual(add ? count : 1), sum(add ? count : 1);
    kernel_fill(in, source);
    kernel_fill(residual, source_residual);
    kernel_fill(weight, source_weight);
    struct truth_job job;
    job.params = truth_format("size=%s rows=%d hidden=%d", size, rows, hidden);
    job.flop = (add ? 5.0 : 4.0) * static_cast<double>(count); // square, add, two products; the sum
    job.bytes = sizeof(__half) * ((add ? 4.0 : 2.0) * static_cast<double>(count) + hidden);
    job.kernels = 1;
    job.tolerance = 1e-3;
    job.launch = [&] {
        if (add)
            k_add_rmsnorm<<<rows, threads>>>(out.at, sum.at, in.at, residual.at, weight.at);
        else
            k_rmsnorm<<<rows, threads>>>(out.at, in.at, weight.at);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] {
        out.fill_bytes(kernel_poison);
        sum.fill_bytes(kernel_poison);
    };
    job.error = [&] {
        double of_sum = 0;
        if (add)
            of_sum = kernel_error(sum, 1, [&](size_t i, double *ref) { *ref = sum_of(i, true); });
        double of_out = kernel_error(
            out, hidden, [&](size_t row, double *ref) { norm_row(row, add, ref); });
        return of_sum + of_out; // NaN if either is
    };
    truth_run(job);
}

static void run_rmsnorm(void) {
    for (const auto &one : sizes) rmsnorm(one.size, one.rows, false);
}

static void run_add_rmsnorm(void) {
    for (const auto &one : sizes) rmsnorm(one.size, one.rows, true);
}

static const struct truth_case cases[] = {
    {"rmsnorm", run_rmsnorm, 80},
    {"add_rmsnorm", run_add_rmsnorm, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "rmsnorm", TRUTH_CASES(cases));
}
