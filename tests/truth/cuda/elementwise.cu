// Kernels that stream: a vector sum, one element and four elements a thread; the gated SiLU of a
// Llama MLP in f16 and bf16; rotary embedding in place.
//
// Each at three sizes: one wave, resident in the L2 cache, and streaming from DRAM.
#include "kernels.cuh"

static const int threads = 256;

// --- vector sum ----------------------------------------------------------------------------------

// sass: k_vector_addP LDG.E 2
// sass: k_vector_addP FADD 1
// sass: k_vector_addP STG.E 1
__global__ void k_vector_add(const float *__restrict__ a, const float *__restrict__ b,
                             float *__restrict__ c, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) c[i] = a[i] + b[i];
}

// sass: k_vector_add4P LDG.E.128 2
// sass: k_vector_add4P FADD 4
// sass: k_vector_add4P STG.E.128 1
__global__ void k_vector_add4(const float4 *__restrict__ a, const float4 *__restrict__ b,
                              float4 *__restrict__ c, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    float4 x = a[i], y = b[i];
    c[i] = make_float4(x.x + y.x, x.y + y.y, x.z + y.z, x.w + y.w);
}

static void vector_add(const char *size, int count, int per_thread) {
    truth_buffer<float> a(count), b(count), c(count);
    kernel_numbers<float> source_a = {1, 1, 0}, source_b = {2, 1, 0};
    kernel_fill(a, source_a);
    kernel_fill(b, source_b);
    int vectors = count / per_thread;
    struct truth_job job;
    job.params = truth_format("size=%s count=%d", size, count);
    job.flop = count;
    job.bytes = 3.0 * sizeof(float) * count;
    job.kernels = 1;
    job.tolerance = 1e-6;
    job.launch = [&] {
        if (per_thread == 1)
            k_vector_add<<<kernel_ctas(vectors, threads), threads>>>(a.at, b.at, c.at, vectors);
        else
            k_vector_add4<<<kernel_ctas(vectors, threads), threads>>>(
                reinterpret_cast<const float4 *>(a.at), reinterpret_cast<const float4 *>(b.at),
                reinterpret_cast<float4 *>(c.at), vectors);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] { c.fill_bytes(kernel_poison); };
    job.error = [&] {
        return kernel_error(c, 1, [&](size_t i, double *out) {
            *out = source_a.exact(i) + source_b.exact(i);
        });
    };
    truth_run(job);
}

static const struct {
    const char *size;
    int count;
} vector_sizes[] = {{"small", 1 << 16}, {"medium", 1 << 20}, {"large", 1 << 25}};

static void run_vector_add(void) {
    for (const auto &one : vector_sizes) vector_add(one.size, one.count, 1);
}

static void run_vector_add4(void) {
    for (const auto &one : vector_sizes) vector_add(one.size, one.count, 4);
}

// --- SiLU(gate) * up -----------------------------------------------------------------------------

// A CTA a token: in is [tokens, 2 * width] with the gates first, out is [tokens, width].
template <typename T>
static __device__ __forceinline__ void silu_mul(T *__restrict__ out, const T *__restrict__ in,
                                                int width) {
    const T *gate = in + static_cast<size_t>(blockIdx.x) * 2 * width;
    const T *up = gate + width;
    T *to = out + static_cast<size_t>(blockIdx.x) * width;
    for (int i = threadIdx.x; i < width / kernel_wide<T>::count; i += blockDim.x) {
        kernel_wide<T> x = kernel_load(gate, i), y = kernel_load(up, i);
#pragma unroll
        for (int k = 0; k < kernel_wide<T>::count; k++)
            x.at[k] = __fdividef(x.at[k], 1.0f + __expf(-x.at[k])) * y.at[k];
        kernel_store(to, i, x);
    }
}

// sass: k_silu_mul_f16 LDG.E.128 2
// sass: k_silu_mul_f16 MUFU.EX2 8
// sass: k_silu_mul_f16 MUFU.RCP 8
// sass: k_silu_mul_f16 STG.E.128 1
__global__ void k_silu_mul_f16(__half *__restrict__ out, const __half *__restrict__ in, int width) {
    silu_mul(out, in, width);
}

// sass: k_silu_mul_bf16 LDG.E.128 2
// sass: k_silu_mul_bf16 MUFU.EX2 8
// sass: k_silu_mul_bf16 MUFU.RCP 8
// sass: k_silu_mul_bf16 STG.E.128 1
__global__ void k_silu_mul_bf16(__nv_bfloat16 *__restrict__ out,
                                const __nv_bfloat16 *__restrict__ in, int width) {
    silu_mul(out, in, width);
}

template <typename T>
static void silu_mul_of(const char *size, int tokens, void (*kernel)(T *, const T *, int),
                        double tolerance) {
    const int width = 14336; // of the MLP of Llama 3 8B
    size_t count = static_cast<size_t>(tokens) * width;
    truth_buffer<T> in(2 * count), out(count);
    kernel_numbers<T> source = {3, 4, 0};
    kernel_fill(in, source);
    struct truth_job job;
    job.params = truth_format("size=%s tokens=%d width=%d", size, tokens, width);
    job.flop = 5.0 * static_cast<double>(count); // exp, add, divide, multiply, negate
    job.bytes = 3.0 * sizeof(T) * static_cast<double>(count);
    job.kernels = 1;
    job.tolerance = tolerance;
    job.launch = [&] {
        kernel<<<tokens, threads>>>(out.at, in.at, width);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] { out.fill_bytes(kernel_poison); };
    job.error = [&] {
        return kernel_error(out, 1, [&](size_t i, double *ref) {
            size_t gate = i / width * 2 * width + i % width;
            double x = source.exact(gate);
            *ref = x / (1 + std::exp(-x)) * source.exact(gate + width);
        });
    };
    truth_run(job);
}

static const struct {
    const char *size;
    int tokens;
} silu_sizes[] = {{"small", 16}, {"medium", 128}, {"large", 4096}};

static void run_silu_mul_f16(void) {
    for (const auto &one : silu_sizes) silu_mul_of(one.size, one.tokens, k_silu_mul_f16, 1e-3);
}

static void run_silu_mul_bf16(void) {
    for (const auto &one : silu_sizes) silu_mul_of(one.size, one.tokens, k_silu_mul_bf16, 8e-3);
}

// --- rotary embedding ----------------------------------------------------------------------------

static const int head = 128, q_heads = 32, k_heads = 8, positions = 4096;

// A CTA a token, a warp a head. Element i is rotated with element i + 64 (as in GPT-NeoX and
// Llama); a lane takes two neighbours of each half. A row of the table is 64 cosines, then 64
// sines.
// sass: k_rotary LDG.E 4
// sass: k_rotary FFMA 4
// sass: k_rotary STG.E 2
__global__ void k_rotary(__half2 *__restrict__ q, __half2 *__restrict__ k,
                         const float2 *__restrict__ table, const int *__restrict__ position) {
    const int pairs = head / 2, half = pairs / 2;
    int token = blockIdx.x, lane = threadIdx.x % kernel_warp, warp = threadIdx.x / kernel_warp;
    const float2 *row = table + position[token] * pairs;
    float2 c = row[lane], s = row[lane + half];
    for (int i = warp; i < q_heads + k_heads; i += blockDim.x / kernel_warp) {
        __half2 *at = i < q_heads
                          ? q + (static_cast<size_t>(token) * q_heads + i) * pairs
                          : k + (static_cast<size_t>(token) * k_heads + i - q_heads) * pairs;
        float2 x = __half22float2(at[lane]), y = __half22float2(at[lane + half]);
        at[lane] = __floats2half2_rn(x.x * c.x - y.x * s.x, x.y * c.y - y.y * s.y);
        at[lane + half] = __floats2half2_rn(y.x * c.x + x.x * s.x, y.y * c.y + x.y * s.y);
    }
}

static std::vector<float> rotary_table(void) {
    std::vector<float> table(static_cast<size_t>(positions) * head);
    for (int i = 0; i < head / 2; i++) {
        double frequency = std::pow(500000.0, -2.0 * i / head);
        for (int p = 0; p < positions; p++) {
            table[static_cast<size_t>(p) * head + i] = static_cast<float>(std::cos(p * frequency));
            table[static_cast<size_t>(p) * head + head / 2 + i] =
                static_cast<float>(std::sin(p * frequency));
        }
    }
    return table;
}

static int rotary_position(size_t token) { // never 0, which rotates nothing
    return static_cast<int>(1 + token % (positions - 1));
}

static double rotary_error(const truth_buffer<__half> &out, const kernel_numbers<__half> &source,
                           int heads, const std::vector<float> &table) {
    return kernel_error(out, head, [&](size_t row, double *ref) {
        int position = rotary_position(row / heads);
        for (int i = 0; i < head / 2; i++) {
            double c = table[static_cast<size_t>(position) * head + i];
            double s = table[static_cast<size_t>(position) * head + head / 2 + i];
            double x = source.exact(row * head + i), y = source.exact(row * head + head / 2 + i);
            ref[i] = x * c - y * s;
            ref[i + head / 2] = y * c + x * s;
        }
    });
}

// In place: launches in a row go on turning the same vectors, which changes no length. The same
// memory is read and written by each.
static void rotary(const char *size, int tokens, const std::vector<float> &table) {
    size_t q_count = static_cast<size_t>(tokens) * q_heads * head;
    size_t k_count = static_cast<size_t>(tokens) * k_heads * head;
    truth_buffer<__half> q(q_count), k(k_count);
    truth_buffer<float> on_gpu(table.size());
    truth_buffer<int> position(tokens);
    on_gpu.set(table);
    std::vector<int> at(tokens);
    for (int i = 0; i < tokens; i++) at[i] = rotary_position(i);
    position.set(at);
    kernel_numbers<__half> source_q = {4, 1, 0}, source_k = {5, 1, 0};
    double vectors = static_cast<double>(q_count + k_count);
    struct truth_job job;
    job.params = truth_format("size=%s tokens=%d q_heads=%d k_heads=%d head=%d", size, tokens,
                              q_heads, k_heads, head);
    job.flop = 3 * vectors; // two products and a sum for each element
    job.bytes = 2.0 * sizeof(__half) * vectors + sizeof(int) * tokens +
                static_cast<double>(sizeof(float)) * head * std::min(tokens, positions - 1);
    job.kernels = 1;
    job.tolerance = 1e-3;
    job.launch = [&] {
        k_rotary<<<tokens, threads>>>(reinterpret_cast<__half2 *>(q.at),
                                      reinterpret_cast<__half2 *>(k.at),
                                      reinterpret_cast<const float2 *>(on_gpu.at), position.at);
        TRUTH_LAUNCHED();
    };
    job.poison = [&] {
        kernel_fill(q, source_q);
        kernel_fill(k, source_k);
    };
    job.error = [&] {
        return rotary_error(q, source_q, q_heads, table) +
               rotary_error(k, source_k, k_heads, table); // NaN if either is
    };
    truth_run(job);
}

static void run_rotary(void) {
    static const struct {
        const char *size;
        int tokens;
    } sizes[] = {{"small", 16}, {"medium", 512}, {"large", 16384}};
    std::vector<float> table = rotary_table();
    for (const auto &one : sizes) rotary(one.size, one.tokens, table);
}

static const struct truth_case cases[] = {
    {"vector_add", run_vector_add, 80},       {"vector_add4", run_vector_add4, 80},
    {"silu_mul_f16", run_silu_mul_f16, 80},   {"silu_mul_bf16", run_silu_mul_bf16, 80},
    {"rotary", run_rotary, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "elementwise", TRUTH_CASES(cases));
}
