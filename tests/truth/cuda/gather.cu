// Gathers by random indices: rows of an embedding table (a CTA a token, 16 bytes a thread), and
// single words (a sector of 32 bytes moves for each 4).
#include "kernels.cuh"

static const int threads = 256;

// --- rows ----------------------------------------------------------------------------------------

static const int row_width = 4096, vocabulary = 32000;

// sass: k_gather_rows LDG.E.128 1
// sass: k_gather_rows STG.E.128 1
__global__ void k_gather_rows(uint4 *__restrict__ out, const uint4 *__restrict__ table,
                              const int *__restrict__ index, int vectors) {
    const uint4 *from = table + static_cast<size_t>(index[blockIdx.x]) * vectors;
    uint4 *to = out + static_cast<size_t>(blockIdx.x) * vectors;
    for (int i = threadIdx.x; i < vectors; i += blockDim.x) to[i] = from[i];
}

static void gather_rows(const char *size, int tokens, const truth_buffer<__half> &table,
                        const kernel_numbers<__half> &source) {
    const size_t width = row_width;
    truth_buffer<__half> out(tokens * width);
    truth_buffer<int> index(tokens);
    struct kernel_indices indices = {2, vocabulary};
    kernel_fill(index, indices);
    struct truth_job job;
    job.params = truth_format("size=%s tokens=%d width=%d rows=%d", size, tokens, row_width,
                              vocabulary);
    job.flop = 0;
    job.bytes = tokens * (2.0 * sizeof(__half) * row_width + sizeof(int));
    job.kernels = 1;
    job.tolerance = 0;
    job.launch = [&] {
        k_gather_rows<<<tokens, threads>>>(reinterpret_cast<uint4 *>(out.at),
                                           reinterpret_cast<const uint4 *>(table.at), index.at,
                                           row_width / 8);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] { out.fill_bytes(kernel_poison); };
    job.error = [&] {
        return kernel_error(out, 1, [&](size_t i, double *ref) {
            *ref = source.exact(indices(i / width) * width + i % width);
        });
    };
    truth_run(job);
}

static void run_gather_rows(void) {
    static const struct {
        const char *size;
        int tokens;
    } sizes[] = {{"small", 64}, {"medium", 1024}, {"large", 16384}};
    truth_buffer<__half> table(static_cast<size_t>(vocabulary) * row_width);
    kernel_numbers<__half> source = {1, 1, 0};
    kernel_fill(table, source);
    for (const auto &one : sizes) gather_rows(one.size, one.tokens, table, source);
}

// --- words ---------------------------------------------------------------------------------------

// sass: k_gather_words LDG.E 2
// sass: k_gather_words STG.E 1
__global__ void k_gather_words(float *__restrict__ out, const float *__restrict__ table,
                               const int *__restrict__ index, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) out[i] = table[index[i]];
}

static void run_gather_words(void) {
    static const struct {
        const char *size;
        int words, count;
    } sizes[] = {
        {"small", 1 << 16, 1 << 15}, {"medium", 1 << 21, 1 << 19}, {"large", 1 << 26, 1 << 22}};
    for (const auto &one : sizes) {
        truth_buffer<float> table(one.words), out(one.count);
        truth_buffer<int> index(one.count);
        kernel_numbers<float> source = {1, 1, 0};
        struct kernel_indices indices = {2, static_cast<uint32_t>(one.words)};
        kernel_fill(table, source);
        kernel_fill(index, indices);
        struct truth_job job;
        job.params = truth_format("size=%s words=%d count=%d", one.size, one.words, one.count);
        job.flop = 0;
        job.bytes = static_cast<double>(one.count) * (2 * sizeof(float) + sizeof(int));
        job.kernels = 1;
        job.tolerance = 0;
        job.launch = [&] {
            k_gather_words<<<kernel_ctas(one.count, threads), threads>>>(out.at, table.at, index.at,
                                                                        one.count);
            TRUTH_LAUNCHED();
        };
        job.poison = [&] { out.fill_bytes(kernel_poison); };
        job.error = [&] {
            return kernel_error(
                out, 1, [&](size_t i, double *ref) { *ref = source.exact(indices(i)); });
        };
        truth_run(job);
    }
}

static const struct truth_case cases[] = {
    {"gather_rows", run_gather_rows, 80},
    {"gather_words", run_gather_words, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "gather", TRUTH_CASES(cases));
}
