// The histogram of bytes in 256 bins: shared-memory atomics and one flush a CTA, and global atomics
// alone; on uniform bytes and on skewed ones, half of which are 0 (lanes of a warp meet in one
// bin).
//
// The counts add to those of earlier launches: only the first launch after the poison, which clears
// them, gives the histogram. Atomics on 256 addresses are slow, so the largest of the global ones
// stays small enough to lie in the L2 cache.
#include "kernels.cuh"

static const int bins = 256, threads = 256; // a thread a bin

// f(byte) for each of the 16 bytes.
template <typename F> static __device__ __forceinline__ void each_byte(uint4 bytes, F f) {
    const uint32_t words[] = {bytes.x, bytes.y, bytes.z, bytes.w};
#pragma unroll
    for (int i = 0; i < 16; i++) f((words[i / 4] >> (i % 4 * 8)) & 0xff);
}

// sass: k_histogramP LDG.E.128 1
// sass: k_histogramP ATOMS 16
// sass: k_histogramP BAR.SYNC 2
// sass: k_histogramP RED 1
__global__ void __launch_bounds__(threads)
    k_histogram(const uint4 *__restrict__ in, int vectors, uint32_t *__restrict__ counts) {
    __shared__ uint32_t mine[bins];
    mine[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * threads + threadIdx.x; i < vectors; i += gridDim.x * threads)
        each_byte(in[i], [&](uint32_t byte) { atomicAdd(&mine[byte], 1u); });
    __syncthreads();
    uint32_t count = mine[threadIdx.x];
    if (count) atomicAdd(&counts[threadIdx.x], count);
}

// sass: k_histogram_global LDG.E.128 1
// sass: k_histogram_global RED 16
__global__ void __launch_bounds__(threads)
    k_histogram_global(const uint4 *__restrict__ in, int vectors, uint32_t *__restrict__ counts) {
    for (int i = blockIdx.x * threads + threadIdx.x; i < vectors; i += gridDim.x * threads)
        each_byte(in[i], [&](uint32_t byte) { atomicAdd(&counts[byte], 1u); });
}

struct byte_source {
    bool skewed;
    __host__ __device__ __forceinline__ uint8_t operator()(uint64_t i) const {
        uint32_t u = kernel_bits(1, i) >> 16; // a fraction of 16 bits
        if (skewed) // to the 8th power, which is below 1/256 for half of them
            for (int k = 0; k < 3; k++) u = u * u >> 16;
        return static_cast<uint8_t>(u >> 8);
    }
};

// The largest difference over all bins, as a part of the bytes.
static double count_error(const truth_buffer<uint32_t> &counts, const struct byte_source &source,
                          size_t count) {
    std::vector<uint32_t> got = counts.get(), ref(bins);
    for (size_t i = 0; i < count; i++) ref[source(i)]++;
    double worst = 0;
    for (int i = 0; i < bins; i++)
        worst = std::max(worst, std::fabs(static_cast<double>(got[i]) - ref[i]));
    return worst / static_cast<double>(count);
}

struct histogram_size {
    const char *size;
    int count;
};

static void histogram(const struct histogram_size &size, bool skewed,
                      void (*kernel)(const uint4 *, int, uint32_t *)) {
    truth_buffer<uint8_t> in(size.count);
    truth_buffer<uint32_t> counts(bins);
    struct byte_source source = {skewed};
    kernel_fill(in, source);
    int vectors = size.count / 16, ctas = kernel_wave(vectors);
    struct truth_job job;
    job.params = truth_format("size=%s count=%d data=%s ctas=%d", size.size, size.count,
                              skewed ? "skewed" : "uniform", ctas);
    job.flop = 0;
    job.bytes = static_cast<double>(size.count) + bins * sizeof(uint32_t);
    job.kernels = 1;
    job.tolerance = 0;
    job.launch = [&] {
        kernel<<<ctas, threads>>>(reinterpret_cast<const uint4 *>(in.at), vectors, counts.at);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] { counts.fill_bytes(0); };
    job.error = [&] { return count_error(counts, source, size.count); };
    truth_run(job);
}

static void run_shared(void) {
    static const struct histogram_size sizes[] = {
        {"small", 1 << 18}, {"medium", 1 << 23}, {"large", 1 << 27}};
    for (const auto &size : sizes)
        for (bool skewed : {false, true}) histogram(size, skewed, k_histogram);
}

static void run_global(void) {
    static const struct histogram_size sizes[] = {
        {"small", 1 << 14}, {"medium", 1 << 18}, {"large", 1 << 22}};
    for (const auto &size : sizes)
        for (bool skewed : {false, true}) histogram(size, skewed, k_histogram_global);
}

static const struct truth_case cases[] = {
    {"histogram", run_shared, 80},
    {"histogram_global", run_global, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "histogram", TRUTH_CASES(cases));
}
