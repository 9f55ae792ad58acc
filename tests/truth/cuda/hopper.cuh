// The building blocks of Hopper's asynchronous machinery, as thin as can be: mbarriers, bulk copies
// of the copy engine (TMA), tensor maps, and wgmma with its descriptors.
//
// All of it is for sm_90a. In any other pass (sm_80, host) the device functions are empty, so that
// one file builds for both; the cases that use them ask for compute capability 9.0.
//
// Waits are bounded: a wait that takes longer than HOPPER_GIVE_UP_CY sets hopper_late and returns
// false, its caller leaves, and the host sees it through hopper_in_time().
#ifndef HOPPER_CUH
#define HOPPER_CUH

#include "truth.cuh"

#include <type_traits>

#include <cuda.h>

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define HOPPER_CODE 1
#else
#define HOPPER_CODE 0
#endif

static const uint64_t HOPPER_GIVE_UP_CY = uint64_t{1} << 30; // about half a second
static const uint32_t HOPPER_SWIZZLE_ALIGN_B = 1024; // 8 rows of 128 B: one turn of the swizzle
static const uint32_t HOPPER_ROW_B = 128;            // a row of a 128-byte-swizzled tile

static __device__ unsigned int hopper_late;

// --- shared memory -------------------------------------------------------------------------------

// The address in the window of shared memory, which the instructions below take.
static __device__ __forceinline__ uint32_t hopper_shared(const void *at) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(at));
}

// The first address that is aligned for the swizzle. Launch with HOPPER_SWIZZLE_ALIGN_B bytes to
// spare: the start of dynamic shared memory is only promised to be 16-byte aligned.
static __device__ __forceinline__ uint8_t *hopper_align(uint8_t *at) {
    uint32_t misaligned = hopper_shared(at) % HOPPER_SWIZZLE_ALIGN_B;
    return misaligned ? at + (HOPPER_SWIZZLE_ALIGN_B - misaligned) : at;
}

// Where byte `column` (0..127) of `row` lies in a 128-byte-swizzled tile: the 16-byte chunk's
// number is xored with the row's number modulo 8. The same for the copy engine and for wgmma.
static __host__ __device__ __forceinline__ uint32_t hopper_swizzled(uint32_t row, uint32_t column) {
    return row * HOPPER_ROW_B + (column ^ ((row & 7) << 4));
}

// Makes this thread's earlier writes to shared memory (mbarrier.init too) visible to the copy
// engine and to wgmma; a barrier among the threads follows it.
static __device__ __forceinline__ void hopper_fence_async(void) {
#if HOPPER_CODE
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

// True in one lane of the warp, all of whose lanes call it. The assembler then knows that what
// hangs on it runs once, and puts no loop over lanes around instructions with uniform registers.
static __device__ __forceinline__ bool hopper_elect(void) {
    uint32_t chosen = 0;
#if HOPPER_CODE
    asm volatile("{\n\t.reg .pred p;\n\telect.sync _|p, 0xffffffff;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(chosen)::"memory");
#endif
    return chosen != 0;
}

// The value of lane 0, opaque: the assembler cannot compute it anew behind a reading of the clock.
static __device__ __forceinline__ uint32_t hopper_settled(uint32_t value) {
    return __shfl_sync(~0u, value, 0);
}

// --- mbarrier ------------------------------------------------------------------------------------

static __device__ __forceinline__ void hopper_init(uint32_t barrier, uint32_t arrivals) {
#if HOPPER_CODE
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals)
                 : "memory");
#endif
}

// After the inits, in the thread that made them and before the block's barrier.
static __device__ __forceinline__ void hopper_fence_inits(void) {
#if HOPPER_CODE
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    hopper_fence_async();
#endif
}

static __device__ __forceinline__ void hopper_arrive(uint32_t barrier) {
#if HOPPER_CODE
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
#endif
}

// Arrives, and makes the phase wait for `bytes` of copies as well.
static __device__ __forceinline__ void hopper_expect(uint32_t barrier, uint32_t bytes) {
#if HOPPER_CODE
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
                 : "memory");
#endif
}

// Is the phase of this parity over? try_wait may sleep for a while first; test_wait never does.
static __device__ __forceinline__ bool hopper_try(uint32_t barrier, uint32_t parity) {
    uint32_t over = 0;
#if HOPPER_CODE
    asm volatile("{\n\t.reg .pred p;\n\t"
                 "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
#endif
    return over != 0;
}

static __device__ __forceinline__ bool hopper_test(uint32_t barrier, uint32_t parity) {
    uint32_t over = 0;
#if HOPPER_CODE
    asm volatile("{\n\t.reg .pred p;\n\t"
                 "mbarrier.test_wait.parity.shared::cta.b64 p, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(over)
                 : "r"(barrier), "r"(parity)
                 : "memory");
#endif
    return over != 0;
}

// Waits for the end of the phase of this parity. On a fresh barrier parity 1 counts as over.
static __device__ __forceinline__ bool hopper_wait(uint32_t barrier, uint32_t parity) {
    if (hopper_try(barrier, parity)) return true;
    uint64_t start = truth_clock();
    while (!hopper_try(barrier, parity)) {
        if (truth_clock() - start < HOPPER_GIVE_UP_CY) continue;
        atomicOr(&hopper_late, 1u);
        return false;
    }
    return true;
}

// The same by polling without sleep.
static __device__ __forceinline__ bool hopper_spin(uint32_t barrier, uint32_t parity) {
    if (hopper_test(barrier, parity)) return true;
    uint64_t start = truth_clock();
    while (!hopper_test(barrier, parity)) {
        if (truth_clock() - start < HOPPER_GIVE_UP_CY) continue;
        atomicOr(&hopper_late, 1u);
        return false;
    }
    return true;
}

// On the host, after a kernel: did every wait end? Counts as a failed check of the case when not.
static inline bool hopper_in_time(void) {
    unsigned int late = 0, none = 0;
    CU(cudaMemcpyFromSymbol(&late, hopper_late, sizeof late));
    if (late) CU(cudaMemcpyToSymbol(hopper_late, &none, sizeof none));
    return truth_expect(!late, "a wait on an mbarrier gave up");
}

// --- copy engine ---------------------------------------------------------------------------------

// bytes, both addresses: multiples of 16.
static __device__ __forceinline__ void hopper_load(uint32_t to, const void *from, uint32_t bytes,
                                                   uint32_t barrier) {
#if HOPPER_CODE
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
                 "[%0], [%1], %2, [%3];" ::"r"(to),
                 "l"(from), "r"(bytes), "r"(barrier)
                 : "memory");
#endif
}

// The box of the map whose first element is (x, y), x counting along the rows. `map` is a
// __grid_constant__ parameter of the kernel.
static __device__ __forceinline__ void hopper_load_box(uint32_t to, const CUtensorMap *map, int x,
                                                       int y, uint32_t barrier) {
#if HOPPER_CODE
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%2, %3}], [%4];" ::"r"(to),
                 "l"(map), "r"(x), "r"(y), "r"(barrier)
                 : "memory");
#endif
}

static __device__ __forceinline__ void hopper_store(void *to, uint32_t from, uint32_t bytes) {
#if HOPPER_CODE
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from),
                 "r"(bytes)
                 : "memory");
#endif
}

static __device__ __forceinline__ void hopper_store_commit(void) {
#if HOPPER_CODE
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
#endif
}

// Until the sources of all stores of this thread may be written again.
static __device__ __forceinline__ void hopper_store_wait_read(void) {
#if HOPPER_CODE
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
#endif
}

// Until all stores of this thread are done.
static __device__ __forceinline__ void hopper_store_wait(void) {
#if HOPPER_CODE
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
#endif
}

// A map of a row-major matrix of 2-byte elements in boxes of 64 columns (128 bytes, swizzled) by
// box_rows rows (256 at most). cols is a multiple of 8. The encoder lives in the driver and is
// asked for by name, so that programs link without libcuda.
static inline CUtensorMap hopper_map(void *matrix, uint64_t rows, uint64_t cols,
                                     uint32_t box_rows) {
    static decltype(&cuTensorMapEncodeTiled) encode;
    if (!encode) {
        void *found = nullptr;
        cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
        CU(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000,
                                            cudaEnableDefault, &result));
        if (!found || result != cudaDriverEntryPointSuccess) {
            fprintf(stderr, "the driver has no cuTensorMapEncodeTiled\n");
            exit(3);
        }
        encode = reinterpret_cast<decltype(encode)>(found);
    }
    CUtensorMap map;
    const cuuint64_t sizes[2] = {cols, rows}, strides_b[1] = {cols * 2};
    const cuuint32_t box[2] = {HOPPER_ROW_B / 2, box_rows}, steps[2] = {1, 1};
    CUresult status =
        encode(&map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 2, matrix, sizes, strides_b, box, steps,
               CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
               CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    if (status != CUDA_SUCCESS) {
        fprintf(stderr, "cuTensorMapEncodeTiled: error %d\n", static_cast<int>(status));
        exit(3);
    }
    return map;
}

// --- wgmma ---------------------------------------------------------------------------------------

// The matrix descriptor of a K-major tile with 128-byte swizzle: rows of 128 bytes of K, one after
// the other, at an address that is a multiple of 1024. PTX ISA, "Matrix descriptor format":
//   bits  0-13  start address / 16
//   bits 16-29  leading byte offset / 16: of no use in a swizzled K-major layout; 1 by custom
//   bits 32-45  stride byte offset / 16: from one group of 8 rows to the next, 8 * 128 B
//   bits 49-51  base offset: 0, as the swizzle's pattern starts at a multiple of 1024
//   bits 62-63  swizzle: 1 for 128 bytes
// A step of K (32 bytes: 16 halves, 8 tf32, 32 bytes of e4m3 or s8) within the row adds 32 to the
// start address; the hardware swizzles the address that it computes, so nothing else changes.
static __device__ __forceinline__ uint64_t hopper_descriptor(uint32_t tile) {
    return static_cast<uint64_t>((tile & 0x3ffff) >> 4) | uint64_t{1} << 16 |
           static_cast<uint64_t>(8 * HOPPER_ROW_B >> 4) << 32 | uint64_t{1} << 62;
}

static const uint64_t HOPPER_K_STEP = 32 >> 4; // added to a descriptor for the next step of K

// Before the first wgmma, and whenever its registers were written by other instructions.
static __device__ __forceinline__ void hopper_wgmma_fence(void) {
#if HOPPER_CODE
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
}

static __device__ __forceinline__ void hopper_wgmma_commit(void) {
#if HOPPER_CODE
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
}

// Until at most PENDING groups are outstanding.
template <int PENDING> static __device__ __forceinline__ void hopper_wgmma_wait(void) {
#if HOPPER_CODE
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
#endif
}

// A warpgroup gives registers back, or takes up to COUNT a thread; a multiple of 8. For kernels
// whose __launch_bounds__ name a block an SM; each in one branch of the same if.
template <int COUNT> static __device__ __forceinline__ void hopper_fewer_registers(void) {
#if HOPPER_CODE
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT));
#endif
}

template <int COUNT> static __device__ __forceinline__ void hopper_more_registers(void) {
#if HOPPER_CODE
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT));
#endif
}

// Tells the compiler that accumulators may have changed here: keeps its moves of them on their side
// of asynchronous work that it does not see.
template <typename T, int COUNT>
static __device__ __forceinline__ void hopper_touch(T (&d)[COUNT]) {
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
        if constexpr (std::is_same<T, float>::value) asm volatile("" : "+f"(d[i])::"memory");
        else asm volatile("" : "+r"(d[i])::"memory");
    }
}

// The operands of an instruction with 2..128 accumulator registers: their names in the text, their
// constraints, and the numbers of the six operands after them.
#define HOPPER_TEN(t)                                                                              \
    "%" #t "0, %" #t "1, %" #t "2, %" #t "3, %" #t "4, %" #t "5, %" #t "6, %" #t "7, %" #t         \
    "8, %" #t "9"
#define HOPPER_FORTY HOPPER_TEN() ", " HOPPER_TEN(1) ", " HOPPER_TEN(2) ", " HOPPER_TEN(3)
#define HOPPER_NINETY                                                                              \
    HOPPER_FORTY ", " HOPPER_TEN(4) ", " HOPPER_TEN(5) ", " HOPPER_TEN(6) ", " HOPPER_TEN(7)       \
    ", " HOPPER_TEN(8)
#define HOPPER_NAMES_2 "%0, %1"
#define HOPPER_NAMES_4 "%0, %1, %2, %3"
#define HOPPER_NAMES_8 "%0, %1, %2, %3, %4, %5, %6, %7"
#define HOPPER_NAMES_16 HOPPER_TEN() ", %10, %11, %12, %13, %14, %15"
#define HOPPER_NAMES_24 HOPPER_TEN() ", " HOPPER_TEN(1) ", %20, %21, %22, %23"
#define HOPPER_NAMES_32 HOPPER_TEN() ", " HOPPER_TEN(1) ", " HOPPER_TEN(2) ", %30, %31"
#define HOPPER_NAMES_48 HOPPER_FORTY ", %40, %41, %42, %43, %44, %45, %46, %47"
#define HOPPER_NAMES_64                                                                            \
    HOPPER_FORTY ", " HOPPER_TEN(4) ", " HOPPER_TEN(5) ", %60, %61, %62, %63"
#define HOPPER_NAMES_96 HOPPER_NINETY ", %90, %91, %92, %93, %94, %95"
#define HOPPER_NAMES_128                                                                           \
    HOPPER_NINETY ", " HOPPER_TEN(9) ", " HOPPER_TEN(10) ", " HOPPER_TEN(11)                       \
    ", %120, %121, %122, %123, %124, %125, %126, %127"

#define HOPPER_REGS_2(c, i) c(d[i]), c(d[(i) + 1])
#define HOPPER_REGS_4(c, i) HOPPER_REGS_2(c, i), HOPPER_REGS_2(c, (i) + 2)
#define HOPPER_REGS_8(c, i) HOPPER_REGS_4(c, i), HOPPER_REGS_4(c, (i) + 4)
#define HOPPER_REGS_16(c, i) HOPPER_REGS_8(c, i), HOPPER_REGS_8(c, (i) + 8)
#define HOPPER_REGS_24(c, i) HOPPER_REGS_16(c, i), HOPPER_REGS_8(c, (i) + 16)
#define HOPPER_REGS_32(c, i) HOPPER_REGS_16(c, i), HOPPER_REGS_16(c, (i) + 16)
#define HOPPER_REGS_48(c, i) HOPPER_REGS_32(c, i), HOPPER_REGS_16(c, (i) + 32)
#define HOPPER_REGS_64(c, i) HOPPER_REGS_32(c, i), HOPPER_REGS_32(c, (i) + 32)
#define HOPPER_REGS_96(c, i) HOPPER_REGS_64(c, i), HOPPER_REGS_32(c, (i) + 64)
#define HOPPER_REGS_128(c, i) HOPPER_REGS_64(c, i), HOPPER_REGS_64(c, (i) + 64)

#define HOPPER_AFTER_2 2, 3, 4, 5, 6, 7
#define HOPPER_AFTER_4 4, 5, 6, 7, 8, 9
#define HOPPER_AFTER_8 8, 9, 10, 11, 12, 13
#define HOPPER_AFTER_16 16, 17, 18, 19, 20, 21
#define HOPPER_AFTER_24 24, 25, 26, 27, 28, 29
#define HOPPER_AFTER_32 32, 33, 34, 35, 36, 37
#define HOPPER_AFTER_48 48, 49, 50, 51, 52, 53
#define HOPPER_AFTER_64 64, 65, 66, 67, 68, 69
#define HOPPER_AFTER_96 96, 97, 98, 99, 100, 101
#define HOPPER_AFTER_128 128, 129, 130, 131, 132, 133

// Text of the instruction: A by descriptor (operands: a, b, keep) or in four registers (a0..a3, b,
// keep). keep = 0 overwrites the accumulators instead of adding to them.
#define HOPPER_TEXT_SS(what, count, scales, p0, p1, p2, p3, p4, p5)                                \
    "{\n\t.reg .pred keep;\n\tsetp.ne.b32 keep, %" #p2 ", 0;\n\t"                                  \
    "wgmma.mma_async.sync.aligned." what " {" HOPPER_NAMES_##count "}, %" #p0 ", %" #p1            \
    ", keep" scales ";\n\t}"
#define HOPPER_TEXT_RS(what, count, scales, p0, p1, p2, p3, p4, p5)                                \
    "{\n\t.reg .pred keep;\n\tsetp.ne.b32 keep, %" #p5 ", 0;\n\t"                                  \
    "wgmma.mma_async.sync.aligned." what " {" HOPPER_NAMES_##count "}, {%" #p0 ", %" #p1           \
    ", %" #p2 ", %" #p3 "}, %" #p4 ", keep" scales ";\n\t}"
#define HOPPER_APPLY(macro, ...) macro(__VA_ARGS__)

#if HOPPER_CODE
#define HOPPER_ASM(...) asm volatile(__VA_ARGS__)
#else
#define HOPPER_ASM(...)
#endif

// An operation D[64,N] += A[64,K] * B[N,K]^T as a type: NAME::acc, NAME::regs, NAME::n, NAME::ss
// and NAME::rs. `what` is the rest of the mnemonic; scales_ss and scales_rs what follows the
// predicate.
#define HOPPER_WGMMA(NAME, what, N, ACC, constraint, count, scales_ss, scales_rs)                  \
    struct NAME {                                                                                  \
        typedef ACC acc;                                                                           \
        static const int n = N, regs = count;                                                      \
        static __device__ __forceinline__ void ss(ACC (&d)[count], uint64_t a, uint64_t b,         \
                                                  int keep) {                                      \
            HOPPER_ASM(HOPPER_APPLY(HOPPER_TEXT_SS, what, count, scales_ss, HOPPER_AFTER_##count)  \
                       : HOPPER_REGS_##count(constraint, 0)                                        \
                       : "l"(a), "l"(b), "r"(keep)                                                 \
                       : "memory");                                                                \
        }                                                                                          \
        static __device__ __forceinline__ void rs(ACC (&d)[count], const uint32_t (&a)[4],         \
                                                  uint64_t b, int keep) {                          \
            HOPPER_ASM(HOPPER_APPLY(HOPPER_TEXT_RS, what, count, scales_rs, HOPPER_AFTER_##count)  \
                       : HOPPER_REGS_##count(constraint, 0)                                        \
                       : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(keep)             \
                       : "memory");                                                                \
        }                                                                                          \
    };

// The kinds used here; `count` is the number of registers, N/2 or N/4.
#define HOPPER_WGMMA_F16(NAME, N, count)                                                           \
    HOPPER_WGMMA(NAME, "m64n" #N "k16.f32.f16.f16", N, float, "+f", count, ", 1, 1, 0, 0",         \
                 ", 1, 1, 0")
#define HOPPER_WGMMA_BF16(NAME, N, count)                                                          \
    HOPPER_WGMMA(NAME, "m64n" #N "k16.f32.bf16.bf16", N, float, "+f", count, ", 1, 1, 0, 0",       \
                 ", 1, 1, 0")
#define HOPPER_WGMMA_F16_F16(NAME, N, count)                                                       \
    HOPPER_WGMMA(NAME, "m64n" #N "k16.f16.f16.f16", N, uint32_t, "+r", count, ", 1, 1, 0, 0",      \
                 ", 1, 1, 0")
#define HOPPER_WGMMA_TF32(NAME, N, count)                                                          \
    HOPPER_WGMMA(NAME, "m64n" #N "k8.f32.tf32.tf32", N, float, "+f", count, ", 1, 1", ", 1, 1")
#define HOPPER_WGMMA_E4M3(NAME, N, count)                                                          \
    HOPPER_WGMMA(NAME, "m64n" #N "k32.f32.e4m3.e4m3", N, float, "+f", count, ", 1, 1", ", 1, 1")
#define HOPPER_WGMMA_S8(NAME, N, count)                                                            \
    HOPPER_WGMMA(NAME, "m64n" #N "k32.s32.s8.s8", N, uint32_t, "+r", count, "", "")

#endif
