// What the tensor-core kernels that run from sm_80 on are made of: asynchronous copies into
// shared memory, ldmatrix, mma.sync, and the layouts of tiles; and how their inputs and samples are
// chosen.
//
// The lane maps of m16n8k16, with group = lane / 4 and member = lane % 4:
//   A, 4 registers of two along k: rows group and group + 8 at 2 member, then both at 2 member + 8
//   B, 2 registers of two along k: 2 member and 2 member + 8, of n = group
//   C and D, 4 floats: row group at 2 member and 2 member + 1, then row group + 8
// ldmatrix gives lane l the halves 2 (l % 4) and the next of row l / 4 of each 8x8 matrix; lanes
// 8 i to 8 i + 7 hold the addresses of the rows of matrix i.
#ifndef MMA_CUH
#define MMA_CUH

#include <cuda_fp16.h>

#include "truth.cuh"

enum {
    LANES = 32,
    CHUNK_B = 16,     // of one cp.async, and of one row of an 8x8 matrix
    CHUNK_HALVES = 8,
};

// --- tiles ---------------------------------------------------------------------------------------

// Where a chunk lies in a tile with rows of 64 B (4 chunks). Eight rows of one column of chunks,
// which ldmatrix reads at a time, fall on different banks; so do those of two neighbouring rows.
static __host__ __device__ __forceinline__ uint32_t tile_64(uint32_t row, uint32_t chunk) {
    return row * 64 + ((chunk ^ (row >> 1)) & 3) * CHUNK_B;
}

// The same for rows of 256 B (16 chunks).
static __host__ __device__ __forceinline__ uint32_t tile_256(uint32_t row, uint32_t chunk) {
    return row * 256 + (chunk ^ (row & 7)) * CHUNK_B;
}

// The address as many chunks further along its row, for a number of chunks that is even (the lowest
// bit is the caller's) and a tile that lies at a multiple of 256 B.
static __host__ __device__ __forceinline__ uint32_t along_256(uint32_t address, uint32_t chunks) {
    return address ^ chunks * CHUNK_B;
}

// The row and chunk whose address a lane gives to an ldmatrix of four matrices, from the corner of
// a 16x16 block. A, and B that is stored as k rows of n (ldmatrix_trans), are numbered down, then
// right; B that is stored as n rows of k is numbered right, then down: the registers of one mma
// are neighbours.
static __host__ __device__ __forceinline__ uint32_t down_row(uint32_t lane) {
    return lane & 15;
}
static __host__ __device__ __forceinline__ uint32_t down_chunk(uint32_t lane) {
    return lane >> 4;
}
static __host__ __device__ __forceinline__ uint32_t right_row(uint32_t lane) {
    return (lane & 7) + (lane >> 4) * 8;
}
static __host__ __device__ __forceinline__ uint32_t right_chunk(uint32_t lane) {
    return lane >> 3 & 1;
}

// --- instructions --------------------------------------------------------------------------------

static __device__ __forceinline__ uint32_t shared_address(const void *at) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(at));
}

static __device__ __forceinline__ void copy_chunk(uint32_t to, const void *from) {
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(to), "l"(from)
                 : "memory");
}

// Zeros where the chunk is not wanted: nothing is read then, wherever `from` points.
static __device__ __forceinline__ void copy_chunk_if(bool wanted, uint32_t to, const void *from) {
    int bytes = wanted ? CHUNK_B : 0;
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
                 "r"(bytes)
                 : "memory");
}

static __device__ __forceinline__ void copy_commit(void) {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

// Until at most the `pending` youngest groups of this thread are under way.
template <int pending> static __device__ __forceinline__ void copy_wait(void) {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

static __device__ __forceinline__ void ldmatrix(uint32_t (&to)[4], uint32_t from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}

static __device__ __forceinline__ void ldmatrix_trans(uint32_t (&to)[4], uint32_t from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}

// d += a b
static __device__ __forceinline__ void mma_16816(float (&d)[4], const uint32_t (&a)[4], uint32_t b0,
                                                 uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// 2^x in one MUFU; 0 for minus infinity.
static __device__ __forceinline__ float exp2_fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// Two floats as the halves of a register, the first in the low half.
static __device__ __forceinline__ uint32_t pack_halves(float low, float high) {
    __half2 pair = __floats2half2_rn(low, high);
    uint32_t bits;
    memcpy(&bits, &pair, sizeof bits);
    return bits;
}

// --- inputs and samples --------------------------------------------------------------------------

enum { RANDOM_POOL = 1000003 }; // prime: no two rows of a matrix are the same numbers

template <typename T>
static __global__ void fill_from_pool(T *to, size_t count, const float *pool, size_t first,
                                      float scale) {
    size_t step = size_t{gridDim.x} * blockDim.x;
    for (size_t i = size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step)
        to[i] = static_cast<T>(scale * pool[(first + i) % RANDOM_POOL]);
}

// Random numbers in [-scale, scale), made on the host once and repeated on the device.
template <typename T>
static inline void fill_random(truth_buffer<T> &to, size_t first, float scale) {
    static float *pool;
    if (!pool) {
        truth_random random(20);
        std::vector<float> numbers(RANDOM_POOL);
        for (float &number : numbers) number = random.symmetric();
        CU(cudaMalloc(reinterpret_cast<void **>(&pool), numbers.size() * sizeof(float)));
        CU(cudaMemcpy(pool, numbers.data(), numbers.size() * sizeof(float),
                      cudaMemcpyHostToDevice));
    }
    fill_from_pool<<<1024, 256>>>(to.at, to.count, pool, first, scale);
    TRUTH_LAUNCHED();
}

// Of every `stride` neighbours one is compared with the reference: which one, of the i-th group.
static __host__ __device__ __forceinline__ size_t sampled(size_t i, size_t stride) {
    return i * stride + (i * 2654435761u >> 7) % stride;
}

static inline size_t sample_stride(size_t all, size_t most) {
    return (all + most - 1) / most;
}

// Sizes are for every run, left out of a quick one, or for checks alone (edges that nobody times).
enum job_use { JOB_ALWAYS, JOB_FULL, JOB_CHECK };

static inline bool job_wanted(enum job_use use) {
    if (use == JOB_CHECK) return truth.mode == TRUTH_CHECK;
    return use == JOB_ALWAYS || !truth.quick;
}

#endif
