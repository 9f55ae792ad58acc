// What the plain kernels share: inputs that the GPU fills and the CPU can name by index, 16-byte
// loads and stores as floats, sums over a warp, and the comparison of results with a reference.
//
// An input is a source: a function of the index that gives the same bits on host and device, so
// that no reference needs a copy of the input. Results are compared as a sample of elements or
// rows; of the rest it is checked that they are finite, which says that they were written where the
// poison is all ones (a NaN in every format).
#ifndef KERNELS_CUH
#define KERNELS_CUH

#include "truth.cuh"

#include <cfloat>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

static const int kernel_warp = 32;
static const int kernel_poison = 0xff;

static inline int kernel_ctas(size_t count, size_t per_cta) {
    return static_cast<int>((count + per_cta - 1) / per_cta);
}

// The grid of a grid-stride loop: as many CTAs of 256 threads as the SMs hold at once, or fewer.
static inline int kernel_wave(size_t count) {
    const int threads = 256;
    int resident = truth.device.multiProcessorCount * truth.device.maxThreadsPerMultiProcessor;
    return std::min(kernel_ctas(count, threads), resident / threads);
}

// --- inputs --------------------------------------------------------------------------------------

static __host__ __device__ __forceinline__ uint32_t kernel_bits(uint32_t seed, uint64_t i) {
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u + seed * 0xd1b54a32d192ed03u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<uint32_t>((z ^ (z >> 31)) >> 32);
}

// offset + scale * [-1, 1). With a scale that is a power of two there is one rounding, so that it
// does not matter whether a compiler makes the sum an FMA.
template <typename T> struct kernel_numbers {
    uint32_t seed;
    float scale, offset;
    __host__ __device__ __forceinline__ T operator()(uint64_t i) const {
        float unit = static_cast<float>(kernel_bits(seed, i) >> 8) * (1.0f / 8388608) - 1.0f;
        return static_cast<T>(scale * unit + offset);
    }
    double exact(uint64_t i) const {
        return static_cast<double>(static_cast<float>((*this)(i)));
    }
};

struct kernel_indices { // in [0, limit)
    uint32_t seed, limit;
    __host__ __device__ __forceinline__ int operator()(uint64_t i) const {
        return static_cast<int>((static_cast<uint64_t>(kernel_bits(seed, i)) * limit) >> 32);
    }
};

template <typename T, typename S> __global__ void ref_fill(T *out, size_t count, S source) {
    size_t first = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    size_t step = static_cast<size_t>(gridDim.x) * blockDim.x;
    for (size_t i = first; i < count; i += step) out[i] = source(i);
}

template <typename T, typename S>
static inline void kernel_fill(const truth_buffer<T> &buffer, const S &source) {
    ref_fill<<<kernel_wave(buffer.count), 256>>>(buffer.at, buffer.count, source);
    TRUTH_LAUNCHED();
}

// --- 16 bytes as floats --------------------------------------------------------------------------

template <typename T> struct kernel_wide {
    static const int count = 16 / sizeof(T);
    float at[count];
};

static __device__ __forceinline__ void kernel_unpack(float2 *to, __half2 from) {
    *to = __half22float2(from);
}
static __device__ __forceinline__ void kernel_unpack(float2 *to, __nv_bfloat162 from) {
    *to = __bfloat1622float2(from);
}
static __device__ __forceinline__ void kernel_pack(__half2 *to, float x, float y) {
    *to = __floats2half2_rn(x, y);
}
static __device__ __forceinline__ void kernel_pack(__nv_bfloat162 *to, float x, float y) {
    *to = __floats2bfloat162_rn(x, y);
}

template <typename T> struct kernel_pair;
template <> struct kernel_pair<__half> {
    typedef __half2 type;
};
template <> struct kernel_pair<__nv_bfloat16> {
    typedef __nv_bfloat162 type;
};

// Vector i of `from`, which is aligned to 16 bytes.
template <typename T>
static __device__ __forceinline__ kernel_wide<T> kernel_load(const T *__restrict__ from, int i) {
    typedef typename kernel_pair<T>::type pair;
    uint4 bits = reinterpret_cast<const uint4 *>(from)[i];
    const pair *pairs = reinterpret_cast<const pair *>(&bits);
    kernel_wide<T> wide;
#pragma unroll
    for (int k = 0; k < kernel_wide<T>::count / 2; k++) {
        float2 two;
        kernel_unpack(&two, pairs[k]);
        wide.at[2 * k] = two.x;
        wide.at[2 * k + 1] = two.y;
    }
    return wide;
}
template <>
__device__ __forceinline__ kernel_wide<float> kernel_load(const float *__restrict__ from, int i) {
    float4 four = reinterpret_cast<const float4 *>(from)[i];
    return {{four.x, four.y, four.z, four.w}};
}

template <typename T>
static __device__ __forceinline__ void kernel_store(T *to, int i, const kernel_wide<T> &wide) {
    typedef typename kernel_pair<T>::type pair;
    uint4 bits;
    pair *pairs = reinterpret_cast<pair *>(&bits);
#pragma unroll
    for (int k = 0; k < kernel_wide<T>::count / 2; k++)
        kernel_pack(&pairs[k], wide.at[2 * k], wide.at[2 * k + 1]);
    reinterpret_cast<uint4 *>(to)[i] = bits;
}
template <>
__device__ __forceinline__ void kernel_store(float *to, int i, const kernel_wide<float> &wide) {
    reinterpret_cast<float4 *>(to)[i] =
        make_float4(wide.at[0], wide.at[1], wide.at[2], wide.at[3]);
}

// --- sums ----------------------------------------------------------------------------------------

// The sum over the warp, in every lane.
static __device__ __forceinline__ float kernel_warp_sum(float value) {
#pragma unroll
    for (int offset = kernel_warp / 2; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

// The sum over a CTA of whole warps, in every thread; once in a kernel, since nothing guards the
// shared partial sums against a second use.
static __device__ __forceinline__ float kernel_cta_sum(float value) {
    __shared__ float partial[32];
    int lane = threadIdx.x % kernel_warp, warp = threadIdx.x / kernel_warp;
    value = kernel_warp_sum(value);
    if (lane == 0) partial[warp] = value;
    __syncthreads();
    value = lane < static_cast<int>(blockDim.x) / kernel_warp ? partial[lane] : 0.0f;
    return kernel_warp_sum(value);
}

// --- comparison ----------------------------------------------------------------------------------

// About as many elements of a result are compared.
static const size_t kernel_sample = size_t{1} << 20;

static inline bool kernel_finite(float value) {
    return std::isfinite(value);
}
static inline bool kernel_finite(__half value) {
    return (static_cast<__half_raw>(value).x & 0x7c00) != 0x7c00;
}
static inline bool kernel_finite(__nv_bfloat16 value) {
    return (static_cast<__nv_bfloat16_raw>(value).x & 0x7f80) != 0x7f80;
}

// The error over a sample of rows; reference(row, out) gives the `columns` elements of a row. Rows
// of one element sample the elements. The stride is odd, to meet every lane and every slot of a
// vector.
template <typename T, typename R>
static inline double kernel_error(const truth_buffer<T> &buffer, size_t columns, R reference) {
    std::vector<T> out = buffer.get();
    if (!std::all_of(out.begin(), out.end(), [](T one) { return kernel_finite(one); })) return NAN;
    size_t rows = out.size() / columns, wanted = std::max<size_t>(1, kernel_sample / columns);
    size_t stride = rows <= wanted ? 1 : (rows / wanted) | 1;
    std::vector<T> picked;
    std::vector<double> ref;
    for (size_t row = 0; row < rows; row += stride) {
        const T *from = &out[row * columns];
        picked.insert(picked.end(), from, from + columns);
        ref.resize(picked.size());
        reference(row, &ref[picked.size() - columns]);
    }
    return truth_error(picked, ref);
}

#endif
