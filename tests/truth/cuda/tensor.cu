// Latency and throughput of warp-level mma.sync, by shape and type.
//
// latency: one warp, each mma adds to the accumulator of the last (via=c) or takes its result as
// operand A (via=a). interval: cycles per mma and sub-core, of warps that run 1 to 8 independent
// accumulators each. throughput: the same as FMA of a whole SM. The method is that of chain.cuh.
// The check sums products of matrices of -1, 0 and 1 in the same kernels, exact in every type.
#include <cuda_fp16.h>

#include "chain.cuh"

enum {
    MMA_THREADS = 512,
    MMA_SHORT = 8, // mma a round in the short loop, over all accumulators
    MMA_LONG = 24,
    IN_A = 0, // words of an operation's input
    IN_B = 8,
    IN_C = 16,
    IN_MIX = 4,   // factor and addend of the FFMA of a mix, behind its four words of A
    MIX_OUT = 32, // first word of output that holds them
    CHECK_ROUNDS = 1, // 64 mma: sums stay below 2,048, where f16 stops being exact
    SPARSE_META = 0x44444444, // of every four, elements 0 and 1 are kept
};

template <class WORD, int A, int B, int C> struct mma_op {
    struct state {
        WORD c[C];
    };
    struct operands {
        WORD a[A], b[B];
    };
    static __device__ __forceinline__ void load(state &s, operands &o,
                                                const struct chain_args &args, int) {
        for (int i = 0; i < A; i++) o.a[i] = static_cast<WORD>(chain_in(args, IN_A + i));
        for (int i = 0; i < B; i++) o.b[i] = static_cast<WORD>(chain_in(args, IN_B + i));
        for (int i = 0; i < C; i++) s.c[i] = static_cast<WORD>(chain_in(args, IN_C + i));
    }
    static __device__ __forceinline__ void store(const state &s, const struct chain_args &args,
                                                 int chain) {
        for (int i = 0; i < C; i++) chain_out(args, C * chain + i, s.c[i]);
    }
};

// "instruction {d}, {a}, {b}, {c};" for each count of words of A, B and C. CON is the constraint of
// a word: "r" of 32 bits, "l" of 64.
#define MMA_1_1_2(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1}, {%2}, {%3}, {%0, %1};"                                            \
                 : "+" CON(s.c[0]), "+" CON(s.c[1])                                                \
                 : CON(o.a[0]), CON(o.b[0]))
#define MMA_2_1_2(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1}, {%2, %3}, {%4}, {%0, %1};"                                        \
                 : "+" CON(s.c[0]), "+" CON(s.c[1])                                                \
                 : CON(o.a[0]), CON(o.a[1]), CON(o.b[0]))
#define MMA_4_2_2(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1}, {%2, %3, %4, %5}, {%6, %7}, {%0, %1};"                            \
                 : "+" CON(s.c[0]), "+" CON(s.c[1])                                                \
                 : CON(o.a[0]), CON(o.a[1]), CON(o.a[2]), CON(o.a[3]), CON(o.b[0]), CON(o.b[1]))
#define MMA_C4(CON) "+" CON(s.c[0]), "+" CON(s.c[1]), "+" CON(s.c[2]), "+" CON(s.c[3])
#define MMA_2_1_4(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"                        \
                 : MMA_C4(CON)                                                                     \
                 : CON(o.a[0]), CON(o.a[1]), CON(o.b[0]))
#define MMA_4_2_4(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"            \
                 : MMA_C4(CON)                                                                     \
                 : CON(o.a[0]), CON(o.a[1]), CON(o.a[2]), CON(o.a[3]), CON(o.b[0]), CON(o.b[1]))
#define MMA_8_4_4(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1, %2, %3}, {%4, %5, %6, %7, %8, %9, %10, %11},"                      \
                     " {%12, %13, %14, %15}, {%0, %1, %2, %3};"                                    \
                 : MMA_C4(CON)                                                                     \
                 : CON(o.a[0]), CON(o.a[1]), CON(o.a[2]), CON(o.a[3]), CON(o.a[4]), CON(o.a[5]),   \
                   CON(o.a[6]), CON(o.a[7]), CON(o.b[0]), CON(o.b[1]), CON(o.b[2]), CON(o.b[3]))
// Sparse: the fifth word of B holds the metadata.
#define MMA_4_5_4(CON, PTX)                                                                        \
    asm volatile(PTX " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%0, %1, %2, %3},"  \
                     " %12, 0x0;"                                                                  \
                 : MMA_C4(CON)                                                                     \
                 : CON(o.a[0]), CON(o.a[1]), CON(o.a[2]), CON(o.a[3]), CON(o.b[0]), CON(o.b[1]),   \
                   CON(o.b[2]), CON(o.b[3]), CON(o.b[4]))

// Name, case, M, N, K, in, acc, words of A, B, C, PTX up to the operands.
#define MMAS32(OP)                                                                                 \
    OP(f16_f16_k8, f16, 16, 8, 8, f16, f16, 2, 1, 2, "m16n8k8.row.col.f16.f16.f16.f16")            \
    OP(f16_f16_k16, f16, 16, 8, 16, f16, f16, 4, 2, 2, "m16n8k16.row.col.f16.f16.f16.f16")         \
    OP(f16_f32_k8, f16, 16, 8, 8, f16, f32, 2, 1, 4, "m16n8k8.row.col.f32.f16.f16.f32")            \
    OP(f16_f32_k16, f16, 16, 8, 16, f16, f32, 4, 2, 4, "m16n8k16.row.col.f32.f16.f16.f32")         \
    OP(bf16_f32_k8, bf16, 16, 8, 8, bf16, f32, 2, 1, 4, "m16n8k8.row.col.f32.bf16.bf16.f32")       \
    OP(bf16_f32_k16, bf16, 16, 8, 16, bf16, f32, 4, 2, 4, "m16n8k16.row.col.f32.bf16.bf16.f32")    \
    OP(tf32_f32_k4, tf32, 16, 8, 4, tf32, f32, 2, 1, 4, "m16n8k4.row.col.f32.tf32.tf32.f32")       \
    OP(tf32_f32_k8, tf32, 16, 8, 8, tf32, f32, 4, 2, 4, "m16n8k8.row.col.f32.tf32.tf32.f32")       \
    OP(s8_s32_m8, int8, 8, 8, 16, s8, s32, 1, 1, 2, "m8n8k16.row.col.s32.s8.s8.s32")               \
    OP(s8_s32_k16, int8, 16, 8, 16, s8, s32, 2, 1, 4, "m16n8k16.row.col.s32.s8.s8.s32")            \
    OP(s8_s32_k32, int8, 16, 8, 32, s8, s32, 4, 2, 4, "m16n8k32.row.col.s32.s8.s8.s32")
#define MMAS64(OP)                                                                                 \
    OP(f64_m8, fp64, 8, 8, 4, f64, f64, 1, 1, 2, "m8n8k4.row.col.f64.f64.f64.f64")
#define MMAS64_SM90(OP)                                                                            \
    OP(f64_k4, fp64_m16, 16, 8, 4, f64, f64, 2, 1, 4, "m16n8k4.row.col.f64.f64.f64.f64")           \
    OP(f64_k8, fp64_m16, 16, 8, 8, f64, f64, 4, 2, 4, "m16n8k8.row.col.f64.f64.f64.f64")           \
    OP(f64_k16, fp64_m16, 16, 8, 16, f64, f64, 8, 4, 4, "m16n8k16.row.col.f64.f64.f64.f64")
#define MMAS32_SPARSE(OP)                                                                          \
    OP(sparse_f16_f32_k32, sparse, 16, 8, 32, f16, f32, 4, 5, 4,                                   \
       "m16n8k32.row.col.f32.f16.f16.f32")

#define DEFINE(NAME, WORD, A, B, C, STEP)                                                          \
    struct op_##NAME : mma_op<WORD, A, B, C> {                                                     \
        static __device__ __forceinline__ void step(state &s, const operands &o) {                 \
            STEP;                                                                                  \
        }                                                                                          \
    };                                                                                             \
    KERNEL(NAME, 1)                                                                                \
    KERNEL(NAME, 2)                                                                                \
    KERNEL(NAME, 4)                                                                                \
    KERNEL(NAME, 8)
#define KERNEL(NAME, ACC)                                                                          \
    static __global__ void __launch_bounds__(MMA_THREADS)                                          \
        k_mma_##NAME##_acc##ACC(const struct chain_args args) {                                    \
        chain_run<op_##NAME, ACC, MMA_SHORT / ACC, MMA_LONG / ACC>(args);                          \
    }
#define DEFINE32(NAME, CASE, M, N, K, IN, ACC, A, B, C, PTX)                                       \
    DEFINE(NAME, uint32_t, A, B, C, MMA_##A##_##B##_##C("r", "mma.sync.aligned." PTX))
#define DEFINE64(NAME, CASE, M, N, K, IN, ACC, A, B, C, PTX)                                       \
    DEFINE(NAME, uint64_t, A, B, C, MMA_##A##_##B##_##C("l", "mma.sync.aligned." PTX))
#define DEFINE_SPARSE(NAME, CASE, M, N, K, IN, ACC, A, B, C, PTX)                                  \
    DEFINE(NAME, uint32_t, A, B, C,                                                                \
           MMA_##A##_##B##_##C("r", "mma.sp::ordered_metadata.sync.aligned." PTX))
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
#define IF_SM90(...) __VA_ARGS__
#else
#define IF_SM90(...) (void)s, (void)o, __trap()
#endif
#define DEFINE64_SM90(NAME, CASE, M, N, K, IN, ACC, A, B, C, PTX)                                  \
    DEFINE(NAME, uint64_t, A, B, C, IF_SM90(MMA_##A##_##B##_##C("l", "mma.sync.aligned." PTX)))
MMAS32(DEFINE32)
MMAS32_SPARSE(DEFINE_SPARSE)
MMAS64(DEFINE64)
MMAS64_SM90(DEFINE64_SM90)

// The result of one mma is operand A of the next; the words of A serve as the fixed C.
struct op_via_a : mma_op<uint32_t, 4, 2, 4> {
    static __device__ __forceinline__ void step(state &s, const operands &o) {
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3},"
                     " {%0, %1, %2, %3}, {%4, %5}, {%6, %7, %8, %9};"
                     : MMA_C4("r")
                     : "r"(o.b[0]), "r"(o.b[1]), "r"(o.a[0]), "r"(o.a[1]), "r"(o.a[2]),
                       "r"(o.a[3]));
    }
};
KERNEL(via_a, 1)

// An mma and four FFMA that need nothing of it.
enum { MIX_FFMA = 4 };
struct op_mix {
    typedef mma_op<uint32_t, 4, 2, 4> mma;
    struct state {
        mma::state mma;
        float x[MIX_FFMA];
    };
    struct operands {
        mma::operands mma;
        float factor, addend;
    };
    static __device__ __forceinline__ void load(state &s, operands &o,
                                                const struct chain_args &args, int chain) {
        mma::load(s.mma, o.mma, args, chain);
        o.factor = __uint_as_float(static_cast<uint32_t>(chain_in(args, IN_MIX)));
        o.addend = __uint_as_float(static_cast<uint32_t>(chain_in(args, IN_MIX + 1)));
        for (int i = 0; i < MIX_FFMA; i++) s.x[i] = static_cast<float>(chain + i);
    }
    static __device__ __forceinline__ void step(state &all, const operands &values) {
        mma::state &s = all.mma;
        const mma::operands &o = values.mma;
        MMA_4_2_4("r", "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
#pragma unroll
        for (int i = 0; i < MIX_FFMA; i++)
            asm volatile("fma.rn.f32 %0, %0, %1, %2;"
                         : "+f"(all.x[i])
                         : "f"(values.factor), "f"(values.addend));
    }
    static __device__ __forceinline__ void store(const state &s, const struct chain_args &args,
                                                 int chain) {
        mma::store(s.mma, args, chain);
        for (int i = 0; i < MIX_FFMA; i++)
            chain_out(args, MIX_OUT + MIX_FFMA * chain + i, __float_as_uint(s.x[i]));
    }
};
KERNEL(mix, 1)
KERNEL(mix, 2)
KERNEL(mix, 4)

// FP8, which sm_90 emulates for mma.sync: it unpacks A and B to f16, multiplies with HMMA and adds
// with FADD. A is made anew by four IMAD (times one plus nought), so that no product is taken out
// of the loop; B is unpacked before it.
struct op_e4m3_f32_k32 {
    typedef mma_op<uint32_t, 4, 4, 4> mma; // B has two words more: one and nought
    struct state {
        uint32_t c[4], a[4];
    };
    typedef mma::operands operands;
    static __device__ __forceinline__ void load(state &s, operands &o,
                                                const struct chain_args &args, int chain) {
        mma::state c;
        mma::load(c, o, args, chain);
        for (int i = 0; i < 4; i++) {
            s.c[i] = c.c[i];
            s.a[i] = o.a[i];
        }
    }
    static __device__ __forceinline__ void step(state &s, const operands &o) {
#pragma unroll
        for (int i = 0; i < 4; i++)
            asm volatile("mad.lo.s32 %0, %0, %1, %2;" : "+r"(s.a[i]) : "r"(o.b[2]), "r"(o.b[3]));
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
        asm volatile("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0, %1, %2, %3},"
                     " {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : MMA_C4("r")
                     : "r"(s.a[0]), "r"(s.a[1]), "r"(s.a[2]), "r"(s.a[3]), "r"(o.b[0]),
                       "r"(o.b[1]));
#else
        __trap();
#endif
    }
    static __device__ __forceinline__ void store(const state &s, const struct chain_args &args,
                                                 int chain) {
        for (int i = 0; i < 4; i++) chain_out(args, 4 * chain + i, s.c[i]);
    }
};
KERNEL(e4m3_f32_k32, 1)
KERNEL(e4m3_f32_k32, 2)
KERNEL(e4m3_f32_k32, 4)
KERNEL(e4m3_f32_k32, 8)

// sass: k_mma_f16_f16_k8_ HMMA.1688.F16 32
// sass: k_mma_f16_f16_k16_ HMMA.16816.F16 32
// sass: k_mma_f16_f32_k8_ HMMA.1688.F32 32
// sass: k_mma_f16_f32_k16_ HMMA.16816.F32 32
// sass: k_mma_bf16_f32_k8_ HMMA.1688.F32.BF16 32
// sass: k_mma_bf16_f32_k16_ HMMA.16816.F32.BF16 32
// sass: k_mma_tf32_f32_k4_ HMMA.1684.F32.TF32 32
// sass: k_mma_tf32_f32_k8_ HMMA.1688.F32.TF32 32
// sass: k_mma_s8_s32_m8_ IMMA.8816.S8 32
// sass: k_mma_s8_s32_k16_ IMMA.16816.S8 32
// sass: k_mma_s8_s32_k32_ IMMA.16832.S8 32
// sass: k_mma_sparse_f16_f32_k32_ HMMA.SP.16832.F32 32
// sass: k_mma_via_a_ HMMA.16816.F32 32
// sass: k_mma_mix_ HMMA.16816.F32 32
// sass: k_mma_mix_ FFMA 128
// sass80: k_mma_f64_m8_ DMMA.884 32
// sass90: k_mma_f64_m8_ DMMA.8x8x4 32
// sass90: k_mma_f64_k4_ DMMA.16x8x4 32
// sass90: k_mma_f64_k8_ DMMA.16x8x8 32
// sass90: k_mma_f64_k16_ DMMA.16x8x16 32
// sass90: k_mma_e4m3_f32_k32_ HMMA.16816.F32 64
// sass90: k_mma_e4m3_f32_k32_ F2FP 128

// --- the table ----------------------------------------------------------------------------------

struct mma {
    const char *case_name;
    int m, n, k;
    const char *in, *acc;
    int a_words, b_words, c_words;
    bool sparse;             // half of A's elements are stored
    const char *extra;       // more params of the rows
    chain_kernel kernels[4]; // with 1, 2, 4 and 8 accumulators; NULL: none
};

#define ENTRY_OF(NAME, CASE, M, N, K, IN, ACC, A, B, C, SPARSE)                                    \
    {#CASE,                                                                                        \
     M,                                                                                            \
     N,                                                                                            \
     K,                                                                                            \
     #IN,                                                                                          \
     #ACC,                                                                                         \
     A,                                                                                            \
     B,                                                                                            \
     C,                                                                                            \
     SPARSE,                                                                                       \
     "",                                                                                           \
     {k_mma_##NAME##_acc1, k_mma_##NAME##_acc2, k_mma_##NAME##_acc4, k_mma_##NAME##_acc8}},
#define ENTRY(NAME, CASE, M, N, K, IN, ACC, A, B, C, PTX)                                          \
    ENTRY_OF(NAME, CASE, M, N, K, IN, ACC, A, B, C, false)
#define ENTRY_SPARSE(NAME, CASE, M, N, K, IN, ACC, A, B, C, PTX)                                   \
    ENTRY_OF(NAME, CASE, M, N, K, IN, ACC, A, 4, C, true)
static const struct mma mmas[] = {
    MMAS32(ENTRY) MMAS32_SPARSE(ENTRY_SPARSE) MMAS64(ENTRY) MMAS64_SM90(ENTRY)
    ENTRY_OF(e4m3_f32_k32, fp8, 16, 8, 32, e4m3, f32, 4, 2, 4, false)
    {"mix", 16, 8, 16, "f16", "f32", 4, 2, 4, false, " ffma=4",
     {k_mma_mix_acc1, k_mma_mix_acc2, k_mma_mix_acc4, nullptr}},
    {"via_a", 16, 8, 16, "f16", "f32", 4, 2, 4, false, " via=a",
     {k_mma_via_a_acc1, nullptr, nullptr, nullptr}},
};

// --- fragments ----------------------------------------------------------------------------------

static const struct element {
    const char *name;
    int bits;
    uint64_t one, minus_one;
} elements[] = {
    {"f16", 16, 0x3c00, 0xbc00},
    {"bf16", 16, 0x3f80, 0xbf80},
    {"tf32", 32, 0x3f800000, 0xbf800000},
    {"s8", 8, 0x01, 0xff},
    {"e4m3", 8, 0x38, 0xb8},
    {"f64", 64, 0x3ff0000000000000, 0xbff0000000000000},
};

static const struct element &element_of(const char *name) {
    for (const struct element &one : elements)
        if (strcmp(one.name, name) == 0) return one;
    return elements[0];
}

struct matrices {
    std::vector<int> a, b; // [m][stored k], [k][n], of -1, 0 and 1
    int a_k;               // elements a row of A stores
    explicit matrices(const struct mma &mma) : a_k(mma.sparse ? mma.k / 2 : mma.k) {
        struct truth_random random(11);
        for (int i = 0; i < mma.m * a_k; i++) a.push_back(static_cast<int>(random.below(3)) - 1);
        for (int i = 0; i < mma.k * mma.n; i++) b.push_back(static_cast<int>(random.below(3)) - 1);
    }
    int product(const struct mma &mma, int row, int col) const {
        int sum = 0;
        for (int i = 0; i < a_k; i++) { // sparse: the first two of every four are stored
            int k = mma.sparse ? i / 2 * 4 + i % 2 : i;
            sum += a[row * a_k + i] * b[k * mma.n + col];
        }
        return sum;
    }
};

static uint64_t encode(const struct element &type, int value) {
    return value == 0 ? 0 : value > 0 ? type.one : type.minus_one;
}

// Lane 4 g + t holds of A, in word r, rows g and g + 8 by turns and E elements from column
// E t + 4 E (r / 2) on; of B, column g and E elements from row E t + 4 E r on.
static std::vector<uint64_t> input_of(const struct mma &mma, const struct matrices &x) {
    const struct element &type = element_of(mma.in);
    const int per_word = std::max(32, type.bits) / type.bits;
    const int row_groups = mma.m / 8;
    std::vector<uint64_t> in(CHAIN_IN * CHAIN_THREADS);
    for (int thread = 0; thread < MMA_THREADS; thread++) {
        const int g = thread % 32 / 4, t = thread % 4;
        for (int word = 0; word < mma.a_words; word++)
            for (int e = 0; e < per_word; e++) {
                int row = g + word % row_groups * 8;
                int k = per_word * t + e + word / row_groups * 4 * per_word;
                in[(IN_A + word) * CHAIN_THREADS + thread] |= encode(type, x.a[row * x.a_k + k])
                                                              << e * type.bits;
            }
        for (int word = 0; word < mma.b_words; word++)
            for (int e = 0; e < per_word; e++) {
                int k = per_word * t + e + word * 4 * per_word;
                in[(IN_B + word) * CHAIN_THREADS + thread] |= encode(type, x.b[k * mma.n + g])
                                                              << e * type.bits;
            }
        if (mma.sparse) in[(IN_B + 4) * CHAIN_THREADS + thread] = SPARSE_META;
        if (type.bits == 8) in[(IN_B + 2) * CHAIN_THREADS + thread] = 1; // see op_e4m3_f32_k32
    }
    return in;
}

static double decode(const char *type, uint64_t word, int index) {
    if (strcmp(type, "f16") == 0) {
        __half_raw raw;
        raw.x = static_cast<unsigned short>(word >> 16 * index);
        return static_cast<double>(__half2float(__half(raw)));
    }
    uint32_t low = static_cast<uint32_t>(word);
    if (strcmp(type, "s32") == 0) return static_cast<int32_t>(low);
    float single;
    memcpy(&single, &low, sizeof single);
    double wide;
    memcpy(&wide, &word, sizeof wide);
    return strcmp(type, "f64") == 0 ? wide : static_cast<double>(single);
}

// Lane 4 g + t holds of C columns 2 t and 2 t + 1 of row g, then of row g + 8.
static int wrong_elements(const struct mma &mma, const struct matrices &x,
                          const std::vector<uint64_t> &out, int thread, int chain, int count) {
    const int g = thread % 32 / 4, t = thread % 4;
    const bool packed = strcmp(mma.acc, "f16") == 0;
    int wrong = 0;
    for (int i = 0; i < mma.m / 4; i++) {
        int word = mma.c_words * chain + (packed ? i / 2 : i);
        double got = decode(mma.acc, out[word * CHAIN_THREADS + thread], packed ? i % 2 : 0);
        wrong += got != count * x.product(mma, g + i / 2 * 8, 2 * t + i % 2);
    }
    return wrong;
}

// --- running them -------------------------------------------------------------------------------

static std::string params_of(const struct mma &mma) {
    return truth_format("shape=m%dn%dk%d in=%s acc=%s%s", mma.m, mma.n, mma.k, mma.in, mma.acc,
                        mma.extra);
}

static void check_mma(struct chain_bench &bench, const struct mma &mma, int index) {
    const int accumulators = 1 << index, threads = 64;
    const int count = CHAIN_PASSES * CHECK_ROUNDS * (MMA_SHORT + MMA_LONG) / accumulators;
    struct matrices x(mma);
    CU(cudaMemset(bench.out.at, 0xff, bench.out.count * sizeof(uint64_t)));
    bench.in.set(input_of(mma, x));
    chain_launch(bench, mma.kernels[index], threads, CHECK_ROUNDS);
    std::vector<uint64_t> out = bench.out.get();
    if (strstr(mma.extra, "via=a")) return; // its products are no sums
    int wrong = 0;
    for (int thread = 0; thread < threads; thread++)
        for (int chain = 0; chain < accumulators; chain++)
            wrong += wrong_elements(mma, x, out, thread, chain, count);
    std::string params = params_of(mma) + truth_format(" accumulators=%d", accumulators);
    truth_row("wrong", params, "element", {static_cast<double>(wrong)},
              wrong ? "FAILED" : "passed");
    truth_expect(wrong == 0, params.c_str());
}

static void measure_mma(const struct chain_bench &bench, const struct mma &mma, int index,
                        int warps) {
    const int accumulators = 1 << index;
    std::vector<double> step_cy = chain_step_cy(bench, mma.kernels[index], 32 * warps,
                                                (MMA_LONG - MMA_SHORT) / accumulators);
    std::string params =
        params_of(mma) + truth_format(" warps=%d accumulators=%d", warps, accumulators);
    if (warps == 1 && accumulators == 1)
        truth_row("latency", params_of(mma) + (strstr(mma.extra, "via=") ? "" : " via=c"), "cy",
                  step_cy, "dependent mma of one warp; slope of 24 against 8 a round");
    const double mma_per_step = static_cast<double>(accumulators) * warps;
    truth_row("interval", params, "cy",
              chain_scaled(step_cy, std::min(4, warps) / mma_per_step), "per mma and sub-core");
    if (warps < 4) return;
    truth_row("throughput", params, "FMA/cy/SM",
              chain_rate(step_cy, mma_per_step * mma.m * mma.n * mma.k),
              mma.sparse ? "zeros of A counted" : "");
}

static void run_case(void) {
    static const int warps[] = {1, 4, 8, 16};
    struct chain_bench bench;
    for (const struct mma &mma : mmas) {
        if (strcmp(mma.case_name, truth.case_name) != 0) continue;
        bench.in.set(input_of(mma, matrices(mma)));
        for (int index = 0; index < 4 && mma.kernels[index]; index++) {
            if (truth.mode == TRUTH_CHECK) check_mma(bench, mma, index);
            if (truth.mode != TRUTH_MEASURE) continue;
            for (int count : warps) measure_mma(bench, mma, index, count);
        }
        if (truth.mode != TRUTH_ONCE) continue;
        chain_launch(bench, mma.kernels[0], MMA_THREADS, CHAIN_ROUNDS);
        CU(cudaDeviceSynchronize());
        truth_row("kernels", params_of(mma), "launch", {1});
    }
}

static const struct truth_case cases[] = {
    {"f16", run_case, 80},      {"bf16", run_case, 80},   {"tf32", run_case, 80},
    {"int8", run_case, 80},     {"sparse", run_case, 80}, {"fp64", run_case, 80},
    {"fp64_m16", run_case, 90}, {"fp8", run_case, 90},    {"mix", run_case, 80},
    {"via_a", run_case, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "tensor", TRUTH_CASES(cases));
}
