// The sum of f32: in one pass with an atomic a CTA, in two passes over partial sums, and the second
// of those passes alone (one CTA, so that latency counts and not bandwidth).
//
// The atomics add to what earlier launches left: only the first launch after the poison, which
// clears it, gives the sum.
#include "kernels.cuh"

static const int threads = 256, final_threads = 1024;

static __device__ __forceinline__ float thread_sum(const float4 *__restrict__ in, int vectors) {
    float sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < vectors; i += gridDim.x * blockDim.x) {
        float4 x = in[i];
        sum += (x.x + x.y) + (x.z + x.w);
    }
    return sum;
}

// sass: k_reduceP LDG.E.128 1
// sass: k_reduceP FADD 4
// sass: k_reduceP SHFL.BFLY 10
// sass: k_reduceP BAR.SYNC 1
// sass: k_reduceP RED 1
__global__ void k_reduce(const float4 *__restrict__ in, int vectors, float *__restrict__ out) {
    float sum = kernel_cta_sum(thread_sum(in, vectors));
    if (threadIdx.x == 0) atomicAdd(out, sum);
}

// sass: k_reduce_partial LDG.E.128 1
// sass: k_reduce_partial SHFL.BFLY 10
// sass: k_reduce_partial BAR.SYNC 1
__global__ void k_reduce_partial(const float4 *__restrict__ in, int vectors,
                                 float *__restrict__ partial) {
    float sum = kernel_cta_sum(thread_sum(in, vectors));
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// sass: k_reduce_final LDG.E 1
// sass: k_reduce_final SHFL.BFLY 10
// sass: k_reduce_final BAR.SYNC 1
__global__ void __launch_bounds__(final_threads)
    k_reduce_final(const float *__restrict__ partial, int count, float *__restrict__ out) {
    float sum = 0;
    for (int i = threadIdx.x; i < count; i += final_threads) sum += partial[i];
    sum = kernel_cta_sum(sum);
    if (threadIdx.x == 0) *out = sum;
}

// In [0, 1), so that the sum is no small difference of large ones.
static const kernel_numbers<float> source = {1, 0.5f, 0.5f};

static double sum_error(const truth_buffer<float> &out, size_t count) {
    return kernel_error(out, 1, [&](size_t, double *ref) {
        *ref = 0;
        for (size_t i = 0; i < count; i++) *ref += source.exact(i);
    });
}

static struct truth_job sum_job(const char *size, int count, int ctas, int kernels) {
    struct truth_job job;
    job.params = truth_format("size=%s count=%d ctas=%d", size, count, ctas);
    job.flop = count - 1;
    job.bytes = static_cast<double>(sizeof(float)) * count;
    job.kernels = kernels;
    job.tolerance = 1e-5;
    return job;
}

static const struct {
    const char *size;
    int count;
} sizes[] = {{"small", 1 << 16}, {"medium", 1 << 22}, {"large", 1 << 26}};

static void run_reduce(void) {
    for (const auto &one : sizes) {
        truth_buffer<float> in(one.count), out(1);
        kernel_fill(in, source);
        int vectors = one.count / 4, ctas = kernel_wave(vectors);
        struct truth_job job = sum_job(one.size, one.count, ctas, 1);
        job.launch = [&] {
            k_reduce<<<ctas, threads>>>(reinterpret_cast<const float4 *>(in.at), vectors, out.at);
            TRUTH_LAUNCHED();
        };
        job.poison = [&] { out.fill_bytes(0); };
        job.error = [&] { return sum_error(out, one.count); };
        truth_run(job);
    }
}

static void run_two_pass(void) {
    for (const auto &one : sizes) {
        int vectors = one.count / 4, ctas = kernel_wave(vectors);
        truth_buffer<float> in(one.count), partial(ctas), out(1);
        kernel_fill(in, source);
        struct truth_job job = sum_job(one.size, one.count, ctas, 2);
        job.launch = [&] {
            k_reduce_partial<<<ctas, threads>>>(reinterpret_cast<const float4 *>(in.at), vectors,
                                                partial.at);
            TRUTH_LAUNCHED();
            k_reduce_final<<<1, final_threads>>>(partial.at, ctas, out.at);
            TRUTH_LAUNCHED();
        };
        job.poison = [&] {
            partial.fill_bytes(kernel_poison);
            out.fill_bytes(kernel_poison);
        };
        job.error = [&] { return sum_error(out, one.count); };
        truth_run(job);
    }
}

static void run_final(void) {
    static const struct {
        const char *size;
        int count;
    } counts[] = {{"small", 1 << 10}, {"medium", 1 << 14}, {"large", 1 << 18}};
    for (const auto &one : counts) {
        truth_buffer<float> in(one.count), out(1);
        kernel_fill(in, source);
        struct truth_job job = sum_job(one.size, one.count, 1, 1);
        job.launch = [&] {
            k_reduce_final<<<1, final_threads>>>(in.at, one.count, out.at);
            TRUTH_LAUNCHED();
        };
        job.poison = [&] { out.fill_bytes(kernel_poison); };
        job.error = [&] { return sum_error(out, one.count); };
        truth_run(job);
    }
}

static const struct truth_case cases[] = {
    {"reduce", run_reduce, 80},
    {"reduce_two_pass", run_two_pass, 80},
    {"reduce_final", run_final, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "reduction", TRUTH_CASES(cases));
}
