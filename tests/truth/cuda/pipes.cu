// Latency and throughput of the arithmetic pipes, one instruction at a time, and of pairs.
//
// latency: one warp runs a chain in which each instruction needs the last; method in chain.cuh.
// interval: cycles per warp instruction and sub-core of one CTA whose threads run 8 independent
// chains each; with 32 warps the pipe is full. A step of several instructions and one link gives
// the latency of the whole round. The sass lines below check what each PTX text becomes. Run with
// --once, each throughput kernel runs once on 32 warps, for a profiler to count by pipe.
#include "chain.cuh"
#include "pipes_check.cuh"

enum {
    CHAIN_SHORT = 16, // steps a round on one chain
    CHAIN_LONG = 48,
    MANY = 8, // independent chains a thread
    MANY_SHORT = 2,
    MANY_LONG = 8,
    CHECK_ROUNDS = 2,
};

// What the registers of an operation hold at the start.
enum pipe_data { D_INT, D_F32, D_F16, D_BF16, D_F64, D_SHARED, D_UNIFORM };

// 32-bit operations: %0 x, %1 y, %2 z are written; %3 a, %4 b only read.
struct state32 {
    uint32_t x, y, z;
};
struct operands32 {
    uint32_t a, b;
};
// 64-bit operations: %0 x (64-bit) and %1 y (32-bit) are written; %2 a, %3 b (64-bit) only read.
struct state64 {
    uint64_t x;
    uint32_t y;
};
struct operands64 {
    uint64_t a, b;
};

template <int DATA> struct op32 {
    typedef struct state32 state;
    typedef struct operands32 operands;
    static __device__ __forceinline__ void load(state &s, operands &o,
                                                const struct chain_args &args, int chain) {
        uint32_t add = static_cast<uint32_t>(chain);
        if (DATA == D_UNIFORM) {
            s = {args.uniform + add, args.uniform ^ 77, args.uniform * 3};
            o = {args.uniform * 5, args.uniform + 99};
            return;
        }
        s.x = static_cast<uint32_t>(chain_in(args, 0)) + add;
        s.y = static_cast<uint32_t>(chain_in(args, 1)) + add;
        s.z = static_cast<uint32_t>(chain_in(args, 2)) + add;
        o.a = static_cast<uint32_t>(chain_in(args, 3));
        o.b = static_cast<uint32_t>(chain_in(args, 4));
        if constexpr (DATA == D_SHARED) { // y points at itself
            __shared__ uint32_t self[CHAIN_THREADS];
            s.y = static_cast<uint32_t>(__cvta_generic_to_shared(&self[threadIdx.x]));
            self[threadIdx.x] = s.y;
        }
    }
    static __device__ __forceinline__ void store(const state &s, const struct chain_args &args,
                                                 int chain) {
        chain_out(args, 3 * chain, s.x);
        chain_out(args, 3 * chain + 1, s.y);
        chain_out(args, 3 * chain + 2, s.z);
    }
};

struct op64 {
    typedef struct state64 state;
    typedef struct operands64 operands;
    static __device__ __forceinline__ void load(state &s, operands &o,
                                                const struct chain_args &args, int chain) {
        s.x = chain_in(args, 0) + static_cast<uint64_t>(chain);
        s.y = static_cast<uint32_t>(chain_in(args, 1)) + static_cast<uint32_t>(chain);
        o.a = chain_in(args, 3);
        o.b = chain_in(args, 4);
    }
    static __device__ __forceinline__ void store(const state &s, const struct chain_args &args,
                                                 int chain) {
        chain_out(args, 3 * chain, s.x);
        chain_out(args, 3 * chain + 1, s.y);
        chain_out(args, 3 * chain + 2, 0);
    }
};

// --- the operations ------------------------------------------------------------------------------
//
// Name, case, data, SASS instructions a step (0: no throughput, since ptxas pairs the chains),
// links of the chain a step (0: no chain), the SASS of a step, PTX. Sums of three registers are
// used since an add of two turns into IMAD.IADD every other time; two states that feed each other
// keep ptxas from joining successive steps.

#define PIPES32(OP)                                                                                \
    OP(iadd3, int, D_INT, 2, 2, "IADD3 IADD3",                                                     \
       "add.s32 %0, %0, %1; add.s32 %0, %0, %2; "                                                  \
       "add.s32 %1, %1, %0; add.s32 %1, %1, %2;")                                                  \
    OP(iadd2, int, D_INT, 2, 2, "IADD3 IMAD.IADD", "add.s32 %0, %0, %1; add.s32 %1, %1, %0;")      \
    OP(lop3, int, D_INT, 2, 2, "LOP3.LUT LOP3.LUT",                                                \
       "lop3.b32 %0, %0, %1, %3, 0xe8; lop3.b32 %1, %1, %0, %4, 0xca;")                            \
    OP(shf, int, D_INT, 1, 1, "SHF.L", "shf.l.wrap.b32 %0, %0, %3, %4;")                           \
    OP(lea_hi, int, D_INT, 2, 2, "LEA.HI LEA.HI",                                                  \
       "{.reg .b32 t; shr.u32 t, %0, 27; add.s32 %0, t, %1; "                                      \
       "shr.u32 t, %1, 25; add.s32 %1, t, %0;}")                                                   \
    OP(imad_lo, int, D_INT, 1, 1, "IMAD", "mad.lo.s32 %0, %0, %3, %4;")                            \
    OP(imad_hi, int, D_INT, 1, 1, "IMAD.HI", "mad.hi.u32 %0, %0, %3, %4;")                         \
    OP(dp4a, int, D_INT, 1, 1, "IDP.4A", "dp4a.s32.s32 %0, %0, %3, %4;")                           \
    OP(imnmx, int, D_INT, 2, 2, "IMNMX IMNMX on sm_80; VIMNMX VIMNMX on sm_90",                    \
       "min.s32 %0, %0, %3; max.s32 %0, %0, %4;")                                                  \
    OP(isetp_sel, int, D_INT, 2, 1, "ISETP SEL",                                                   \
       "{.reg .pred p; setp.lt.s32 p, %0, %3; selp.b32 %0, %1, %4, p;}")                           \
    OP(isetp_guard, int, D_INT, 2, 1, "ISETP IMAD",                                                \
       "{.reg .pred p; setp.ne.s32 p, %0, %3; @p mad.lo.s32 %0, %0, %4, %1;}")                     \
    OP(fadd, fp32, D_F32, 1, 1, "FADD", "add.rn.f32 %0, %0, %3;")                                  \
    OP(fmul, fp32, D_F32, 1, 1, "FMUL", "mul.rn.f32 %0, %0, %3;")                                  \
    OP(ffma, fp32, D_F32, 1, 1, "FFMA", "fma.rn.f32 %0, %0, %3, %4;")                              \
    OP(fmnmx, fp32, D_F32, 2, 2, "FMNMX FMNMX", "min.f32 %0, %0, %3; max.f32 %0, %0, %4;")         \
    OP(fsetp_fsel, fp32, D_F32, 2, 1, "FSETP FSEL",                                                \
       "{.reg .pred p; setp.lt.f32 p, %0, %3; selp.f32 %0, %1, %4, p;}")                           \
    OP(hadd2, half, D_F16, 1, 1, "HADD2 or HFMA2.MMA by turns", "add.rn.f16x2 %0, %0, %3;")        \
    OP(hmul2, half, D_F16, 1, 1, "HMUL2 or HFMA2.MMA by turns", "mul.rn.f16x2 %0, %0, %3;")        \
    OP(hfma2_f16, half, D_F16, 1, 1, "HFMA2 or HFMA2.MMA by turns",                                \
       "fma.rn.f16x2 %0, %0, %3, %4;")                                                             \
    OP(hfma2_one, half, D_F16, 0, 1, "HFMA2",                                                      \
       "{.reg .b16 l, h, m, n; mov.b32 {l, h}, %0; mov.b32 {m, n}, %3; "                           \
       "fma.rn.f16 l, l, m, n; mov.b32 %0, {l, h};}")                                              \
    OP(hfma2_bf16, half, D_BF16, 1, 1, "HFMA2.BF16; on sm_90 HFMA2.MMA.BF16 by turns",  \
       "fma.rn.bf16x2 %0, %0, %3, %4;")                                                            \
    OP(hmnmx2, half, D_F16, 2, 2, "HMNMX2 HMNMX2", "min.f16x2 %0, %0, %3; max.f16x2 %0, %0, %4;")  \
    OP(mufu_rcp, mufu, D_F32, 2, 2, "MUFU.RCP MUFU.TANH",                                          \
       "rcp.approx.ftz.f32 %0, %0; tanh.approx.f32 %0, %0;")                                       \
    OP(mufu_rsq, mufu, D_F32, 1, 1, "MUFU.RSQ", "rsqrt.approx.ftz.f32 %0, %0;")                    \
    OP(mufu_sqrt, mufu, D_F32, 1, 1, "MUFU.SQRT", "sqrt.approx.ftz.f32 %0, %0;")                   \
    OP(mufu_ex2, mufu, D_F32, 1, 1, "MUFU.EX2", "ex2.approx.ftz.f32 %0, %0;")                      \
    OP(mufu_ex2_f16, mufu, D_F16, 2, 1, "MUFU.EX2.F16 MUFU.EX2.F16", "ex2.approx.f16x2 %0, %0;")   \
    OP(mufu_lg2, mufu, D_F32, 1, 1, "MUFU.LG2", "lg2.approx.ftz.f32 %0, %0;")                      \
    OP(mufu_sin, mufu, D_F32, 2, 1, "FMUL MUFU.SIN", "sin.approx.ftz.f32 %0, %0;")                 \
    OP(mufu_tanh, mufu, D_F32, 1, 1, "MUFU.TANH", "tanh.approx.f32 %0, %0;")                       \
    OP(i2f_s32, convert, D_INT, 1, 1, "I2F; on sm_90 I2FP", "cvt.rn.f32.s32 %0, %0;")              \
    OP(i2f_u8, convert, D_INT, 1, 1, "I2F.U8",                                                     \
       "{.reg .b32 t; and.b32 t, %0, 255; cvt.rn.f32.u32 %0, t;}")                                 \
    OP(f2i, convert, D_F32, 1, 1, "F2I", "cvt.rzi.s32.f32 %0, %0;")                                \
    OP(frnd, convert, D_F32, 1, 1, "FRND", "cvt.rni.f32.f32 %0, %0;")                              \
    OP(f2fp_f16, convert, D_F32, 1, 1, "F2FP", "cvt.rn.f16x2.f32 %0, %0, %3;")                     \
    OP(f2fp_bf16, convert, D_F32, 1, 1, "F2FP.BF16", "cvt.rn.bf16x2.f32 %0, %0, %3;")              \
    OP(f16_to_f32, convert, D_F16, 1, 1, "HADD2.F32",                                              \
       "{.reg .b16 l, h; mov.b32 {l, h}, %0; cvt.f32.f16 %0, l;}")                                 \
    OP(popc, bits, D_INT, 1, 1, "POPC", "popc.b32 %0, %0;")                                        \
    OP(flo, bits, D_INT, 1, 1, "FLO", "bfind.u32 %0, %0;")                                         \
    OP(brev, bits, D_INT, 1, 1, "BREV", "brev.b32 %0, %0;")                                        \
    OP(prmt, bits, D_INT, 1, 1, "PRMT", "prmt.b32 %0, %0, %3, %4;")                                \
    OP(shfl_idx, warp, D_INT, 1, 1, "SHFL.IDX", "shfl.sync.idx.b32 %0, %0, %3, 0x1f, -1;")         \
    OP(shfl_bfly, warp, D_INT, 1, 1, "SHFL.BFLY", "shfl.sync.bfly.b32 %0, %0, %3, 0x1f, -1;")      \
    OP(ballot, warp, D_INT, 2, 1, "ISETP VOTE",                                                    \
       "{.reg .pred p; setp.ne.s32 p, %0, %3; vote.sync.ballot.b32 %0, p, -1;}")                   \
    OP(vote_any, warp, D_INT, 3, 1, "ISETP VOTE SEL",                                              \
       "{.reg .pred p, q; setp.lt.s32 p, %0, %3; vote.sync.any.pred q, p, -1; "                    \
       "selp.b32 %0, %1, %4, q;}")                                                                 \
    OP(redux_add, warp, D_INT, 2, 1, "REDUX.SUM MOV", "redux.sync.add.s32 %0, %0, -1;")            \
    OP(redux_max, warp, D_INT, 2, 1, "REDUX.MAX MOV", "redux.sync.max.s32 %0, %0, -1;")            \
    OP(match_any, warp, D_INT, 2, 1, "MATCH.ANY IMAD",                                             \
       "match.any.sync.b32 %0, %0, -1; mad.lo.s32 %0, %0, %3, %4;")                                \
    OP(s2ur, special, D_INT, 2, 0, "S2UR IMAD",                                                    \
       "{.reg .b32 t; mov.u32 t, %%smid; mad.lo.s32 %0, %0, t, %1;}")                              \
    OP(uniform_add, uniform, D_UNIFORM, 2, 2, "UIADD3 UIADD3",                                     \
       "add.s32 %0, %0, %1; add.s32 %0, %0, %2; "                                                  \
       "add.s32 %1, %1, %0; add.s32 %1, %1, %2;")                                                  \
    OP(uniform_lop, uniform, D_UNIFORM, 2, 2, "ULOP3 ULOP3",                                       \
       "lop3.b32 %0, %0, %1, %3, 0xe8; lop3.b32 %1, %1, %0, %4, 0xca;")                            \
    OP(uniform_mad, uniform, D_UNIFORM, 1, 1, "UIMAD", "mad.lo.s32 %0, %0, %3, %4;")               \
    OP(x_iadd3_lop3, cross, D_INT, 2, 1, "IADD3 LOP3",                                             \
       "add.s32 %0, %0, %1; add.s32 %0, %0, %2; lop3.b32 %0, %0, %3, %4, 0xe8;")                   \
    OP(x_ffma_iadd3, cross, D_F32, 2, 1, "FFMA IADD3",                                             \
       "fma.rn.f32 %0, %0, %3, %4; add.s32 %0, %0, %1; add.s32 %0, %0, %2;")                       \
    OP(x_imad_iadd3, cross, D_INT, 2, 1, "IMAD IADD3",                                             \
       "mad.lo.s32 %0, %0, %3, %4; add.s32 %0, %0, %1; add.s32 %0, %0, %2;")                       \
    OP(x_imad_ffma, cross, D_F32, 2, 1, "IMAD FFMA",                                               \
       "mad.lo.s32 %0, %0, %3, %4; fma.rn.f32 %0, %0, %3, %4;")                                    \
    OP(x_ffma_hfma2, cross, D_F16, 2, 1, "FFMA and HFMA2 or HFMA2.MMA by turns",                   \
       "fma.rn.f32 %0, %0, %3, %4; fma.rn.f16x2 %0, %0, %3, %4;")                                  \
    OP(x_lop3_hfma2, cross, D_F16, 2, 1, "LOP3 and HFMA2 or HFMA2.MMA by turns",                   \
       "lop3.b32 %0, %0, %1, %3, 0xe8; fma.rn.f16x2 %0, %0, %3, %4;")                              \
    OP(x_ffma_mufu, cross, D_F32, 2, 1, "FFMA MUFU.RCP",                                           \
       "fma.rn.f32 %0, %0, %3, %4; rcp.approx.ftz.f32 %0, %0;")                                    \
    OP(x_lop3_mufu, cross, D_F32, 2, 1, "LOP3 MUFU.RCP",                                           \
       "lop3.b32 %0, %0, %1, %3, 0xe8; rcp.approx.ftz.f32 %0, %0;")                                \
    OP(x_lop3_shfl, cross, D_INT, 2, 1, "LOP3 SHFL",                                               \
       "lop3.b32 %0, %0, %1, %3, 0xe8; shfl.sync.bfly.b32 %0, %0, %4, 0x1f, -1;")                  \
    OP(m_ffma_iadd3, mix, D_F32, 2, 0, "FFMA IADD3",                                               \
       "fma.rn.f32 %2, %2, %3, %4; add.s32 %0, %0, %1; add.s32 %0, %0, %3;")                       \
    OP(m_ffma_lop3, mix, D_F32, 2, 0, "FFMA LOP3",                                                 \
       "fma.rn.f32 %2, %2, %3, %4; lop3.b32 %0, %0, %1, %2, 0xe8;")                                \
    OP(m_ffma_fmnmx, mix, D_F32, 4, 0, "FFMA FFMA FMNMX FMNMX",                                    \
       "fma.rn.f32 %2, %2, %3, %4; min.f32 %0, %0, %3; "                                           \
       "fma.rn.f32 %1, %1, %3, %4; max.f32 %0, %0, %4;")                                           \
    OP(m_ffma_imad, mix, D_F32, 2, 0, "FFMA IMAD",                                                 \
       "fma.rn.f32 %0, %0, %3, %4; mad.lo.s32 %1, %1, %3, %4;")                                    \
    OP(m_ffma_hfma2, mix, D_F16, 2, 0, "FFMA and HFMA2 or HFMA2.MMA by turns",                     \
       "fma.rn.f32 %0, %0, %3, %4; fma.rn.f16x2 %1, %1, %3, %4;")                                  \
    OP(m_imad_iadd3, mix, D_INT, 2, 0, "IMAD IADD3",                                               \
       "mad.lo.s32 %2, %2, %3, %4; add.s32 %0, %0, %1; add.s32 %0, %0, %3;")                       \
    OP(m_ffma4_mufu, mix, D_F32, 5, 0, "FFMA FFMA FFMA FFMA MUFU.EX2",                             \
       "fma.rn.f32 %0, %0, %3, %4; fma.rn.f32 %1, %1, %3, %4; ex2.approx.ftz.f32 %2, %2; "         \
       "fma.rn.f32 %0, %0, %3, %4; fma.rn.f32 %1, %1, %3, %4;")                                    \
    OP(m_mufu_popc, mix, D_F32, 2, 0, "MUFU.EX2 POPC",                                             \
       "ex2.approx.ftz.f32 %0, %0; popc.b32 %1, %1;")                                              \
    OP(m_mufu_shfl, mix, D_F32, 2, 0, "MUFU.EX2 SHFL",                                             \
       "ex2.approx.ftz.f32 %0, %0; shfl.sync.bfly.b32 %1, %1, %3, 0x1f, -1;")                      \
    OP(m_ffma_lds, mix, D_SHARED, 2, 0, "FFMA LDS",                                                \
       "fma.rn.f32 %0, %0, %3, %4; ld.shared.u32 %1, [%1];")

#define PIPES64(OP)                                                                                \
    OP(iadd64, int, D_INT, 2, 1, "IADD3 IADD3.X", "add.u64 %0, %0, %2; add.u64 %0, %0, %3;")       \
    OP(imad_wide, int, D_INT, 1, 1, "IMAD.WIDE",                                                   \
       "{.reg .b32 l, h; mov.b64 {l, h}, %0; mul.wide.u32 %0, l, h;}")                             \
    OP(dadd, fp64, D_F64, 1, 1, "DADD", "add.rn.f64 %0, %0, %2;")                                  \
    OP(dmul, fp64, D_F64, 1, 1, "DMUL", "mul.rn.f64 %0, %0, %2;")                                  \
    OP(dfma, fp64, D_F64, 1, 1, "DFMA", "fma.rn.f64 %0, %0, %2, %3;")                              \
    OP(f32_to_f64, convert, D_F64, 1, 1, "F2F.F64.F32",                                            \
       "{.reg .b32 l, h; mov.b64 {l, h}, %0; cvt.f64.f32 %0, h;}")                                 \
    OP(f64_to_f32, convert, D_F64, 1, 1, "F2F.F32.F64",                                            \
       "{.reg .b32 t; cvt.rn.f32.f64 t, %0; mov.b64 %0, {%1, t};}")                                \
    OP(s32_to_f64, convert, D_F64, 1, 1, "I2F.F64",                                                \
       "{.reg .b32 l, h; mov.b64 {l, h}, %0; cvt.rn.f64.s32 %0, h;}")                              \
    OP(f64_to_s32, convert, D_F64, 1, 1, "F2I.F64",                                                \
       "{.reg .b32 t; cvt.rzi.s32.f64 t, %0; mov.b64 %0, {%1, t};}")                               \
    OP(cs2r_64, special, D_INT, 2, 0, "CS2R LOP3",                                                 \
       "{.reg .b64 t; mov.u64 t, %%clock64; xor.b64 %0, %0, t;}")                                  \
    OP(m_ffma_dfma, mix, D_F64, 2, 0, "DFMA FFMA",                                                 \
       "fma.rn.f64 %0, %0, %2, %3; fma.rn.f32 %1, %1, %1, %1;")

// What a step must have become, 64 steps in each kernel:
// sass: k_iadd3_ IADD3 128
// sass: k_iadd2_ IADD3 32
// sass: k_iadd2_ IMAD.IADD 32
// sass: k_lop3_ LOP3.LUT 128
// sass: k_shf_ SHF.L 64
// sass: k_lea_hi_ LEA.HI 128
// sass: k_imad_lo_ IMAD 64
// sass: k_imad_hi_ IMAD.HI 64
// sass: k_dp4a_ IDP.4A 64
// sass80: k_imnmx_ IMNMX 128
// sass90: k_imnmx_ VIMNMX 128
// sass: k_isetp_sel_ ISETP 64
// sass: k_isetp_sel_ SEL 64
// sass: k_isetp_guard_ ISETP 64
// sass: k_isetp_guard_ IMAD 64
// sass: k_fadd_ FADD 64
// sass: k_fmul_ FMUL 64
// sass: k_ffma_ FFMA 64
// sass: k_fmnmx_ FMNMX 128
// sass: k_fsetp_fsel_ FSETP 64
// sass: k_fsetp_fsel_ FSEL 64
// sass: k_hadd2_ HADD2 32
// sass: k_hadd2_ HFMA2.MMA 32
// sass: k_hmul2_ HMUL2 32
// sass: k_hmul2_ HFMA2.MMA 32
// sass: k_hfma2_f16_ HFMA2 32
// sass: k_hfma2_f16_ HFMA2.MMA 32
// sass: k_hfma2_one_chain HFMA2 64
// sass80: k_hfma2_bf16_ HFMA2.BF16 64
// sass90: k_hfma2_bf16_ HFMA2.BF16 32
// sass90: k_hfma2_bf16_ HFMA2.MMA.BF16 32
// sass: k_hmnmx2_ HMNMX2 128
// sass: k_mufu_rcp_ MUFU.RCP 64
// sass: k_mufu_rcp_ MUFU.TANH 64
// sass: k_mufu_rsq_ MUFU.RSQ 64
// sass: k_mufu_sqrt_ MUFU.SQRT 64
// sass: k_mufu_ex2_ MUFU.EX2 64
// sass: k_mufu_ex2_f16_ MUFU.EX2.F16 128
// sass: k_mufu_lg2_ MUFU.LG2 64
// sass: k_mufu_sin_ FMUL 64
// sass: k_mufu_sin_ MUFU.SIN 64
// sass: k_mufu_tanh_ MUFU.TANH 64
// sass80: k_i2f_s32_ I2F 64
// sass90: k_i2f_s32_ I2FP 64
// sass: k_i2f_u8_ I2F.U8 64
// sass: k_f2i_ F2I 64
// sass: k_frnd_ FRND 64
// sass: k_f2fp_f16_ F2FP 64
// sass: k_f2fp_bf16_ F2FP.BF16 64
// sass: k_f16_to_f32_ HADD2.F32 64
// sass: k_popc_ POPC 64
// sass: k_flo_ FLO 64
// sass: k_brev_ BREV 64
// sass: k_prmt_ PRMT 64
// sass: k_shfl_idx_ SHFL.IDX 64
// sass: k_shfl_bfly_ SHFL.BFLY 64
// sass: k_ballot_ ISETP 64
// sass: k_ballot_ VOTE 64
// sass: k_vote_any_ ISETP 64
// sass: k_vote_any_ VOTE 64
// sass: k_vote_any_ SEL 64
// sass: k_redux_add_ REDUX.SUM 64
// sass: k_redux_max_ REDUX.MAX 64
// sass: k_match_any_ MATCH.ANY 64
// sass: k_match_any_ IMAD 64
// sass: k_s2ur_ S2UR 64
// sass: k_s2ur_ IMAD 64
// sass: k_uniform_add_ UIADD3 128
// sass: k_uniform_lop_ ULOP3 128
// sass: k_uniform_mad_ UIMAD 64
// sass: k_x_iadd3_lop3_ IADD3 64
// sass: k_x_iadd3_lop3_ LOP3 64
// sass: k_x_ffma_iadd3_ FFMA 64
// sass: k_x_ffma_iadd3_ IADD3 64
// sass: k_x_imad_iadd3_ IMAD 64
// sass: k_x_imad_iadd3_ IADD3 64
// sass: k_x_imad_ffma_ IMAD 64
// sass: k_x_imad_ffma_ FFMA 64
// sass: k_x_ffma_hfma2_ FFMA 64
// sass: k_x_ffma_hfma2_ HFMA2 32
// sass: k_x_ffma_hfma2_ HFMA2.MMA 32
// sass: k_x_lop3_hfma2_ LOP3 64
// sass: k_x_lop3_hfma2_ HFMA2 32
// sass: k_x_lop3_hfma2_ HFMA2.MMA 32
// sass: k_x_ffma_mufu_ FFMA 64
// sass: k_x_ffma_mufu_ MUFU.RCP 64
// sass: k_x_lop3_mufu_ LOP3 64
// sass: k_x_lop3_mufu_ MUFU.RCP 64
// sass: k_x_lop3_shfl_ LOP3 64
// sass: k_x_lop3_shfl_ SHFL 64
// sass: k_m_ffma_iadd3_ FFMA 64
// sass: k_m_ffma_iadd3_ IADD3 64
// sass: k_m_ffma_lop3_ FFMA 64
// sass: k_m_ffma_lop3_ LOP3 64
// sass: k_m_ffma_fmnmx_ FFMA 128
// sass: k_m_ffma_fmnmx_ FMNMX 128
// sass: k_m_ffma_imad_ FFMA 64
// sass: k_m_ffma_imad_ IMAD 64
// sass: k_m_ffma_hfma2_ FFMA 64
// sass: k_m_ffma_hfma2_ HFMA2 32
// sass: k_m_ffma_hfma2_ HFMA2.MMA 32
// sass: k_m_imad_iadd3_ IMAD 64
// sass: k_m_imad_iadd3_ IADD3 64
// sass: k_m_ffma4_mufu_ FFMA 256
// sass: k_m_ffma4_mufu_ MUFU.EX2 64
// sass: k_m_mufu_popc_ MUFU.EX2 64
// sass: k_m_mufu_popc_ POPC 64
// sass: k_m_mufu_shfl_ MUFU.EX2 64
// sass: k_m_mufu_shfl_ SHFL 64
// sass: k_m_ffma_lds_ FFMA 64
// sass: k_m_ffma_lds_ LDS 64
// sass: k_iadd64_ IADD3 64
// sass: k_iadd64_ IADD3.X 64
// sass: k_imad_wide_ IMAD.WIDE 64
// sass: k_dadd_ DADD 64
// sass: k_dmul_ DMUL 64
// sass: k_dfma_ DFMA 64
// sass: k_f32_to_f64_ F2F.F64.F32 64
// sass: k_f64_to_f32_ F2F.F32.F64 60
// sass: k_s32_to_f64_ I2F.F64 64
// sass: k_f64_to_s32_ F2I.F64 60
// sass: k_cs2r_64_ CS2R 64
// sass: k_cs2r_64_ LOP3 64
// sass: k_m_ffma_dfma_ DFMA 64
// sass: k_m_ffma_dfma_ FFMA 64

#define KERNELS(NAME)                                                                              \
    static __global__ void __launch_bounds__(CHAIN_THREADS)                                        \
        k_##NAME##_chain(const struct chain_args args) {                                           \
        chain_run<op_##NAME, 1, CHAIN_SHORT, CHAIN_LONG>(args);                                    \
    }                                                                                              \
    static __global__ void __launch_bounds__(CHAIN_THREADS)                                        \
        k_##NAME##_many(const struct chain_args args) {                                            \
        chain_run<op_##NAME, MANY, MANY_SHORT, MANY_LONG>(args);                                   \
    }
#define DEFINE32(NAME, GROUP, DATA, INSTS, LINKS, SASS, PTX)                                       \
    struct op_##NAME : op32<DATA> {                                                                \
        static __device__ __forceinline__ void step(state &s, const operands &o) {                 \
            asm volatile(PTX : "+r"(s.x), "+r"(s.y), "+r"(s.z) : "r"(o.a), "r"(o.b));              \
        }                                                                                          \
    };                                                                                             \
    KERNELS(NAME)
#define DEFINE64(NAME, GROUP, DATA, INSTS, LINKS, SASS, PTX)                                       \
    struct op_##NAME : op64 {                                                                      \
        static __device__ __forceinline__ void step(state &s, const operands &o) {                 \
            asm volatile(PTX : "+l"(s.x), "+r"(s.y) : "l"(o.a), "l"(o.b));                         \
        }                                                                                          \
    };                                                                                             \
    KERNELS(NAME)
PIPES32(DEFINE32)
PIPES64(DEFINE64)

struct pipe {
    const char *name, *group;
    enum pipe_data data;
    int insts, links; // a step
    const char *sass;
    chain_kernel chain, many;
};

#define ENTRY(NAME, GROUP, DATA, INSTS, LINKS, SASS, PTX)                                          \
    {#NAME, #GROUP, DATA, INSTS, LINKS, SASS, k_##NAME##_chain, k_##NAME##_many},
static const struct pipe pipes[] = {PIPES32(ENTRY) PIPES64(ENTRY)};

// --- running them --------------------------------------------------------------------------------

static const int input_words = 5;

// Small positive numbers, on which no checked chain meets a NaN: x, y, z in [1, 1.5), a in
// [0.5, 0.75), b in [0.25, 0.375).
static uint64_t input_word(enum pipe_data data, int word, uint64_t random) {
    uint64_t down = word < 3 ? 0 : static_cast<uint64_t>(word - 2); // subtracted from the exponent
    uint64_t half;
    switch (data) {
    case D_F32:
    case D_SHARED: return ((127 - down) << 23) + (random & 0x3fffff);
    case D_F16: half = ((15 - down) << 10) + (random & 0x1ff); return half << 16 | half;
    case D_BF16: half = ((127 - down) << 7) + (random & 0x1f); return half << 16 | half;
    case D_F64:
        if (word == 1) return (126u << 23) + (random & 0x3fffff); // y is a float
        return ((1023 - down) << 52) + (random & 0xfffffffffff);
    default: return random;
    }
}

static std::vector<uint64_t> input_of(const struct pipe &pipe) {
    std::vector<uint64_t> in(CHAIN_IN * CHAIN_THREADS);
    struct truth_random random(7);
    for (int word = 0; word < input_words; word++)
        for (int thread = 0; thread < CHAIN_THREADS; thread++)
            in[word * CHAIN_THREADS + thread] = input_word(pipe.data, word, random.next());
    return in;
}

static bool is_wide(const struct pipe &pipe) {
#define NAME_OF(NAME, GROUP, DATA, INSTS, LINKS, SASS, PTX) #NAME,
    static const char *const wide[] = {PIPES64(NAME_OF)};
    return std::any_of(std::begin(wide), std::end(wide),
                       [&](const char *name) { return strcmp(name, pipe.name) == 0; });
}

static void check_kernel(const struct chain_bench &bench, const struct pipe &pipe,
                         void (*step)(struct words &), bool many) {
    const int threads = 64, chains = many ? MANY : 1;
    const int steps = CHAIN_PASSES * CHECK_ROUNDS *
                      (many ? MANY_SHORT + MANY_LONG : CHAIN_SHORT + CHAIN_LONG);
    const bool wide = is_wide(pipe);
    const uint64_t mask = wide ? UINT64_MAX : UINT32_MAX;
    std::vector<uint64_t> in = input_of(pipe);
    CU(cudaMemset(bench.out.at, 0xff, bench.out.count * sizeof(uint64_t)));
    chain_launch(bench, many ? pipe.many : pipe.chain, threads, CHECK_ROUNDS);
    std::vector<uint64_t> out = bench.out.get();
    int wrong = 0;
    for (int chain = 0; chain < chains; chain++)
        for (int thread = 0; thread < threads; thread++) {
            uint64_t start[input_words];
            for (int word = 0; word < input_words; word++)
                start[word] = in[word * CHAIN_THREADS + thread] +
                              (word < 3 ? static_cast<uint64_t>(chain) : 0);
            struct words w = {start[0] & mask, low32(start[1]), low32(start[2]), start[3] & mask,
                              start[4] & mask};
            for (int i = 0; i < steps; i++) step(w);
            wrong += out[3 * chain * CHAIN_THREADS + thread] != w.x ||
                     out[(3 * chain + 1) * CHAIN_THREADS + thread] != w.y;
        }
    truth_row("wrong", truth_format("op=%s chains=%d", pipe.name, chains), "thread",
              {static_cast<double>(wrong)}, wrong ? "FAILED" : "passed");
    truth_expect(wrong == 0, pipe.name);
}

static void check_pipe(const struct chain_bench &bench, const struct pipe &pipe) {
    chain_launch(bench, pipe.chain, CHAIN_THREADS, CHECK_ROUNDS); // for a memory checker
    chain_launch(bench, pipe.many, CHAIN_THREADS, CHECK_ROUNDS);
    CU(cudaDeviceSynchronize());
    for (const auto &reference : pipe_references) {
        if (strcmp(reference.name, pipe.name) != 0) continue;
        check_kernel(bench, pipe, reference.step, false);
        check_kernel(bench, pipe, reference.step, true);
    }
}

static void measure_latency(const struct chain_bench &bench, const struct pipe &pipe) {
    std::vector<double> step_cy = chain_step_cy(bench, pipe.chain, 32, CHAIN_LONG - CHAIN_SHORT);
    std::string note = truth_format("%s: %s; slope of %d against %d steps a round",
                                    pipe.insts > pipe.links ? "whole round" : "one instruction",
                                    pipe.sass, CHAIN_LONG, CHAIN_SHORT);
    truth_row("latency", truth_format("op=%s", pipe.name), "cy",
              chain_scaled(step_cy, 1.0 / pipe.links), note.c_str());
}

// A step of the CTA is `MANY` chains of `insts` on each warp; warps sit on the sub-cores by turns.
static void measure_throughput(const struct chain_bench &bench, const struct pipe &pipe,
                               int warps) {
    std::vector<double> step_cy =
        chain_step_cy(bench, pipe.many, 32 * warps, MANY_LONG - MANY_SHORT);
    const double insts = static_cast<double>(MANY) * pipe.insts;
    std::string params = truth_format("op=%s warps=%d chains=%d", pipe.name, warps, MANY);
    std::string note = truth_format("per warp instruction and sub-core: %s", pipe.sass);
    truth_row("interval", params, "cy",
              chain_scaled(step_cy, 1 / (insts * std::max(1.0, warps / 4.0))), note.c_str());
    if (warps < CHAIN_WARPS) return;
    note = truth_format("thread instructions: %s", pipe.sass);
    truth_row("throughput", params, "inst/cy/SM", chain_rate(step_cy, insts * 32 * warps),
              note.c_str());
}

static void measure_pipe(const struct chain_bench &bench, const struct pipe &pipe) {
    static const int warps[] = {1, 4, 8, 16, CHAIN_WARPS};
    if (pipe.links > 0) measure_latency(bench, pipe);
    if (pipe.insts == 0) return;
    for (int count : warps) measure_throughput(bench, pipe, count);
}

static void profile_pipe(const struct chain_bench &bench, const struct pipe &pipe) {
    if (pipe.insts == 0) return;
    chain_launch(bench, pipe.many, CHAIN_THREADS, CHAIN_ROUNDS);
    CU(cudaDeviceSynchronize());
    truth_row("kernels", truth_format("op=%s", pipe.name), "launch", {1}, pipe.sass);
}

// Every pipe whose group is the name of the case.
static void run_group(void) {
    struct chain_bench bench;
    for (const struct pipe &pipe : pipes) {
        if (strcmp(pipe.group, truth.case_name) != 0) continue;
        bench.in.set(input_of(pipe));
        if (truth.mode == TRUTH_CHECK) check_pipe(bench, pipe);
        if (truth.mode == TRUTH_MEASURE) measure_pipe(bench, pipe);
        if (truth.mode == TRUTH_ONCE) profile_pipe(bench, pipe);
    }
}

// --- branches ------------------------------------------------------------------------------------

enum {
    LOOP_SHORT = 64, // rounds
    LOOP_LONG = 192,
    SKIPS = 8, // branches a round
    SKIPPED = 8, // FFMA that each jumps over
    REGIONS = 4, // divergent regions a round
    REGION = 16, // FFMA in each
};

struct loop_operands {
    float a, b;
    uint32_t lane_mask, uniform_mask;
};

template <int COUNT>
static __device__ __forceinline__ void ffmas(float &x, const struct loop_operands &o) {
#pragma unroll
    for (int i = 0; i < COUNT; i++)
        asm volatile("fma.rn.f32 %0, %0, %1, %2;" : "+f"(x) : "f"(o.a), "f"(o.b));
}

template <int COUNT> struct body_ffma {
    static __device__ __forceinline__ void run(float &x, const struct loop_operands &o) {
        ffmas<COUNT>(x, o);
    }
};
struct body_skip { // each an FFMA and a branch that all lanes take where the bit is clear
    static __device__ __forceinline__ void run(float &x, const struct loop_operands &o) {
#pragma unroll
        for (int i = 0; i < SKIPS; i++) {
            ffmas<1>(x, o);
            if (o.uniform_mask >> i & 1) ffmas<SKIPPED>(x, o);
        }
    }
};
struct body_diverge { // the lanes whose bit is set go through a region
    static __device__ __forceinline__ void run(float &x, const struct loop_operands &o) {
#pragma unroll
        for (int i = 0; i < REGIONS; i++)
            if (o.lane_mask >> i & 1) ffmas<REGION>(x, o);
    }
};

template <class BODY>
static __device__ __forceinline__ void loop_run(const struct chain_args &args) {
    float x = __uint_as_float(static_cast<uint32_t>(chain_in(args, 0)));
    struct loop_operands o = {__uint_as_float(static_cast<uint32_t>(chain_in(args, 3))),
                              __uint_as_float(static_cast<uint32_t>(chain_in(args, 4))),
                              static_cast<uint32_t>(chain_in(args, 1)), args.uniform};
    uint64_t start = 0, end = 0;
#pragma unroll 1
    for (int pass = 0; pass < CHAIN_PASSES; pass++) {
        int left = args.rounds;
        __syncthreads();
        start = truth_clock();
#pragma unroll 1
        do BODY::run(x, o);
        while (--left > 0);
        end = truth_clock();
    }
    chain_out(args, 0, __float_as_uint(x));
    if (threadIdx.x % 32 != 0) return;
    args.clocks[threadIdx.x / 32 * CHAIN_CLOCKS] = start;
    args.clocks[threadIdx.x / 32 * CHAIN_CLOCKS + 1] = end;
}

#define LOOP(NAME, ...)                                                                            \
    static __global__ void __launch_bounds__(CHAIN_THREADS)                                        \
        k_loop_##NAME(const struct chain_args args) {                                              \
        loop_run<__VA_ARGS__>(args);                                                               \
    }
// sass: k_loop_ffma1_ FFMA 1
// sass: k_loop_ffma8_ FFMA 8
// sass: k_loop_ffma72_ FFMA 72
// sass: k_loop_ BRA 2
// sass: k_loop_skip BRA 10
// sass: k_loop_diverge BSSY 4
// sass: k_loop_diverge BSYNC 4
LOOP(ffma1_, body_ffma<1>)
LOOP(ffma2_, body_ffma<2>)
LOOP(ffma4_, body_ffma<4>)
LOOP(ffma8_, body_ffma<8>)
LOOP(ffma16_, body_ffma<16>)
LOOP(ffma32_, body_ffma<32>)
LOOP(ffma72_, body_ffma<SKIPS *(1 + SKIPPED)>)
LOOP(skip, body_skip)
LOOP(diverge, body_diverge)

// Lanes below `lanes` carry a mask with all bits set.
static void set_loop_input(struct chain_bench &bench, int lanes) {
    std::vector<uint64_t> in(CHAIN_IN * CHAIN_THREADS);
    for (int thread = 0; thread < CHAIN_THREADS; thread++) {
        in[thread] = f32_bits(1.5f);
        in[CHAIN_THREADS + thread] = thread % 32 < lanes ? UINT32_MAX : 0;
        in[3 * CHAIN_THREADS + thread] = f32_bits(0.75f);
        in[4 * CHAIN_THREADS + thread] = f32_bits(0.25f);
    }
    bench.in.set(in);
}

static std::vector<double> loop_round_cy(const struct chain_bench &bench, chain_kernel kernel,
                                         int warps, uint32_t mask) {
    std::vector<double> samples;
    int count = truth_repeats(CHAIN_SAMPLES) + 1; // the first warms up
    for (int i = 0; i < count; i++) {
        chain_launch(bench, kernel, 32 * warps, LOOP_SHORT, mask);
        double short_cy = chain_span(bench.clocks.get(), warps, 0);
        chain_launch(bench, kernel, 32 * warps, LOOP_LONG, mask);
        double long_cy = chain_span(bench.clocks.get(), warps, 0);
        if (i > 0) samples.push_back((long_cy - short_cy) / (LOOP_LONG - LOOP_SHORT));
    }
    return samples;
}

// A round in cycles: loops of dependent FFMA, loops of taken or untaken branches, and loops of
// regions that all, half or none of the lanes enter.
static void run_branch(void) {
    static const struct {
        const char *params;
        chain_kernel kernel;
        uint32_t mask; // of skip: set bits fall through
        int lanes;     // of diverge: that enter the regions
    } loops[] = {
        {"body=ffma ffma=1", k_loop_ffma1_, 0, 0},
        {"body=ffma ffma=2", k_loop_ffma2_, 0, 0},
        {"body=ffma ffma=4", k_loop_ffma4_, 0, 0},
        {"body=ffma ffma=8", k_loop_ffma8_, 0, 0},
        {"body=ffma ffma=16", k_loop_ffma16_, 0, 0},
        {"body=ffma ffma=32", k_loop_ffma32_, 0, 0},
        {"body=ffma ffma=72", k_loop_ffma72_, 0, 0},
        {"body=skip branches=8 taken=8 ffma=8", k_loop_skip, 0, 0},
        {"body=skip branches=8 taken=0 ffma=72", k_loop_skip, 0xff, 0},
        {"body=diverge regions=4 lanes=0 ffma=0", k_loop_diverge, 0, 0},
        {"body=diverge regions=4 lanes=16 ffma=64", k_loop_diverge, 0, 16},
        {"body=diverge regions=4 lanes=32 ffma=64", k_loop_diverge, 0, 32},
    };
    struct chain_bench bench;
    for (const auto &loop : loops) {
        set_loop_input(bench, loop.lanes);
        if (truth.mode != TRUTH_MEASURE) {
            chain_launch(bench, loop.kernel, CHAIN_THREADS, LOOP_SHORT, loop.mask);
            CU(cudaDeviceSynchronize());
            if (truth.mode == TRUTH_ONCE) truth_row("kernels", loop.params, "launch", {1});
            continue;
        }
        for (int warps : {1, 32}) {
            std::string params = truth_format("%s warps=%d", loop.params, warps);
            truth_row("iteration", params, "cy",
                      loop_round_cy(bench, loop.kernel, warps, loop.mask),
                      "a round of the whole CTA; slope of 192 against 64 rounds");
        }
    }
}

static const struct truth_case cases[] = {
    {"int", run_group, 80},
    {"fp32", run_group, 80},
    {"half", run_group, 80},
    {"fp64", run_group, 80},
    {"mufu", run_group, 80},
    {"convert", run_group, 80},
    {"bits", run_group, 80},
    {"warp", run_group, 80},
    {"special", run_group, 80},
    {"uniform", run_group, 80},
    {"cross", run_group, 80},
    {"mix", run_group, 80},
    {"branch", run_branch, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "pipes", TRUTH_CASES(cases));
}
