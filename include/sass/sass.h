/*
 * sass.h: what a SASS instruction does, decoded once per distinct opcode text.
 *
 * One table, opcode.def, names every base opcode of sm_6x to sm_90 with its class, pipe, latency
 * class, memory space and operand roles; sass_decode adds what the modifiers say (widths, tensor
 * shape and types). Everything here is a pure function of text; nothing knows of GPUs or traces.
 *
 * Register widths matter because a text trace lists only the first register of each operand:
 * `LDG.E.128 R8` writes R8..R11 and `HMMA.16816.F32 R4, R8, R12, R4` reads ten registers.
 */
#ifndef WARPSCOPE_SASS_SASS_H
#define WARPSCOPE_SASS_SASS_H

#include "base/defs.h"
#include "base/str.h"

enum {
    SASS_WARP_LANES = 32,
    SASS_RZ = 255,
    SASS_CONST_BANKS = 32,
    SASS_MAX_SRC = 5,
    SASS_MAX_RANGES = 6
};

/* Execution pipes as Nsight Compute names them. */
#define SASS_PIPE_LIST(X)                                              \
    X(SASS_PIPE_ALU, "alu", "integer, logic, compare")                 \
    X(SASS_PIPE_FMA, "fma", "FP32 and integer multiply-add")           \
    X(SASS_PIPE_FP16, "fp16", "packed half precision")                 \
    X(SASS_PIPE_FP64, "fp64", "double precision")                      \
    X(SASS_PIPE_XU, "xu", "transcendental, conversion")                \
    X(SASS_PIPE_TENSOR, "tensor", "matrix multiply-add")               \
    X(SASS_PIPE_LSU, "lsu", "load, store, shuffle, shared memory")     \
    X(SASS_PIPE_TEX, "tex", "texture and surface")                     \
    X(SASS_PIPE_TMA, "tma", "tensor memory accelerator")               \
    X(SASS_PIPE_UNIFORM, "uniform", "uniform data path")               \
    X(SASS_PIPE_CBU, "cbu", "branch, barrier, convergence")            \
    X(SASS_PIPE_ADU, "adu", "address divergence: constants, barriers") \
    X(SASS_PIPE_NONE, "none", "issue slot only")

enum sass_pipe {
#define X(id, name, help) id,
    SASS_PIPE_LIST(X)
#undef X
        SASS_PIPE_N
};

/* What the instruction is for; the unit in which mixes are reported. */
#define SASS_CLASS_LIST(X)                                                  \
    X(SASS_UNKNOWN, "unknown")                                              \
    X(SASS_INT, "integer")                                                  \
    X(SASS_FP32, "fp32")                                                    \
    X(SASS_FP16, "fp16")                                                    \
    X(SASS_FP64, "fp64")                                                    \
    X(SASS_SFU, "sfu")             /* MUFU */                               \
    X(SASS_CONVERT, "convert")     /* F2I, I2F, F2F, FRND */                \
    X(SASS_MOVE, "move")           /* MOV, SEL, PRMT, CS2R, S2R */          \
    X(SASS_PREDICATE, "predicate") /* PLOP3, P2R, VOTE */                   \
    X(SASS_TENSOR, "tensor")       /* HMMA, IMMA, DMMA, BMMA, QMMA */       \
    X(SASS_WGMMA, "wgmma")         /* HGMMA, IGMMA, QGMMA, BGMMA */         \
    X(SASS_LOAD, "load")                                                    \
    X(SASS_STORE, "store")                                                  \
    X(SASS_ATOMIC, "atomic")             /* ATOM, ATOMG, ATOMS: returns */  \
    X(SASS_REDUCTION, "reduction")       /* RED: does not return */         \
    X(SASS_ASYNC_COPY, "async copy")     /* LDGSTS, UBLKCP, UTMALDG, ... */ \
    X(SASS_ASYNC_COMMIT, "async commit") /* LDGDEPBAR, UTMACMDFLUSH */      \
    X(SASS_ASYNC_WAIT, "async wait")     /* DEPBAR, WARPGROUP.DEPBAR */     \
    X(SASS_MBARRIER, "mbarrier")         /* SYNCS */                        \
    X(SASS_BARRIER, "barrier")           /* BAR, WARPSYNC, UCGABAR */       \
    X(SASS_FENCE, "fence")               /* MEMBAR, ERRBAR, CCTL, FENCE */  \
    X(SASS_SHUFFLE, "shuffle")           /* SHFL, REDUX, MATCH */           \
    X(SASS_TEXTURE, "texture")                                              \
    X(SASS_UNIFORM, "uniform")                                              \
    X(SASS_BRANCH, "branch")   /* BRA, BRX, CALL, RET, EXIT */              \
    X(SASS_CONTROL, "control") /* BSSY, BSYNC, NANOSLEEP, NOP */

enum sass_class {
#define X(id, name) id,
    SASS_CLASS_LIST(X)
#undef X
        SASS_CLASS_N
};

enum sass_space {
    SASS_SPACE_NONE,
    SASS_SPACE_GLOBAL,
    SASS_SPACE_LOCAL,
    SASS_SPACE_SHARED,
    SASS_SPACE_GENERIC, /* LD, ST, ATOM: decided by the address window */
    SASS_SPACE_CONST,
    SASS_SPACE_TEXTURE,
};

/* Where the latency of the result comes from; the GPU description has the cycles. */
#define SASS_LATENCY_LIST(X)                                     \
    X(SASS_LAT_NONE)    /* nothing waits for it */               \
    X(SASS_LAT_ALU)     /* fixed */                              \
    X(SASS_LAT_FMA)     /* fixed */                              \
    X(SASS_LAT_HALF)    /* fixed */                              \
    X(SASS_LAT_FP64)    /* fixed on full-rate chips */           \
    X(SASS_LAT_XU)      /* scoreboard */                         \
    X(SASS_LAT_CONVERT) /* scoreboard */                         \
    X(SASS_LAT_SHUFFLE) /* scoreboard, shared-memory crossbar */ \
    X(SASS_LAT_SPECIAL) /* S2R: scoreboard */                    \
    X(SASS_LAT_UNIFORM) /* fixed */                              \
    X(SASS_LAT_TENSOR)  /* by shape */                           \
    X(SASS_LAT_BRANCH)  /* to the next issue of the warp */      \
    X(SASS_LAT_CONST)   /* LDC */                                \
    X(SASS_LAT_SHARED)                                           \
    X(SASS_LAT_MEMORY) /* by the cache level that answers */     \
    X(SASS_LAT_TEXTURE)

enum sass_latency {
#define X(id) id,
    SASS_LATENCY_LIST(X)
#undef X
        SASS_LATENCY_N
};

enum sass_type {
    SASS_TYPE_NONE,
    SASS_TYPE_F16,
    SASS_TYPE_BF16,
    SASS_TYPE_TF32,
    SASS_TYPE_F32,
    SASS_TYPE_F64,
    SASS_TYPE_FP8,
    SASS_TYPE_INT8,
    SASS_TYPE_INT4,
    SASS_TYPE_BIT,
    SASS_TYPE_INT32, /* accumulator of integer and bit products */
};

enum sass_flag {
    /* The trace hides the destination and lists it as first source (SHFL, ATOM: the first operand
     * of the instruction is a predicate). */
    SASS_F_HIDDEN_DST = 1u << 0,
    SASS_F_EXIT = 1u << 1,
    SASS_F_CTA_BARRIER = 1u << 2,   /* BAR.SYNC, BAR.RED: waits for the CTA */
    SASS_F_ARRIVE_ONLY = 1u << 3,   /* BAR.ARV */
    SASS_F_BYPASS_L1 = 1u << 4,     /* LDGSTS...BYPASS, .STRONG.GPU, ... */
    SASS_F_SPARSE = 1u << 5,        /* structured-sparse tensor operand */
    SASS_F_CONST_OPERAND = 1u << 6, /* reads the constant bank (LDC, ULDC) */
    SASS_F_WARPGROUP_WAIT = 1u << 7,
    SASS_F_WARPGROUP_ARRIVE = 1u << 9,
    SASS_F_EXPECT_TX = 1u << 10,     /* SYNCS.ARRIVE that may name bytes for an mbarrier */
    SASS_F_COPIES_ARRIVE = 1u << 11, /* ARRIVES: an mbarrier hears of the copies so far */
    SASS_F_PHASE_WAIT = 1u << 12,    /* SYNCS.PHASECHK, TRYWAIT */
    SASS_F_COPY_OUT = 1u << 13,      /* TMA from shared memory to global: UTMASTG, UTMAREDG, ... */
    SASS_F_PREFETCH = 1u << 14,      /* TMA into L2: nothing waits for it */
    SASS_F_MATRIX_ROWS = 1u << 8,    /* LDSM, STSM: eight lanes name the rows of a matrix */
};

/* A run of consecutive registers. RZ is never part of one. */
struct sass_range {
    uint8_t first;
    uint8_t n;
};

/* A decoded opcode: base name and modifiers. */
struct sass_op {
    uint16_t row; /* row of opcode.def, or SASS_ROW_UNKNOWN */
    uint8_t cls;  /* enum sass_class */
    uint8_t pipe;
    uint8_t latency;
    uint8_t space;
    uint8_t in_type, acc_type; /* enum sass_type, tensor only */
    /* Tensor shape of one warp instruction (wgmma: of the warpgroup), else 0; a sparse one counts
     * its zeros. */
    uint16_t m, n, k;
    uint8_t width_b;  /* bytes a lane by the modifiers; LDSM.M88.x: 16-byte rows, so 16 * x / 4 */
    uint8_t dst_regs; /* consecutive general registers written, 0 = none */
    /* Consecutive registers read, by operand in SASS order without destinations, 0 = no operand;
     * sass_inst_decode matches the sources that a trace lists. */
    uint8_t src_regs[SASS_MAX_SRC];
    uint32_t flags;
};

#define SASS_ROW_UNKNOWN 0xffffu

/*
 * Decodes `text`, such as "LDG.E.128.SYS", for ISA version `isa` (61, 70, 75, 80, 86, 89, 90).
 * An opcode that is not in the table gives cls SASS_UNKNOWN, pipe ALU, latency ALU and returns
 * false.
 */
bool sass_decode(struct sass_op *op, str text, unsigned isa);

/* The part of an opcode before the first '.'. */
str sass_base_name(str text);

/* Multiply-adds of one warp instruction (a warp's quarter for wgmma): m*n*k, or 0. */
double sass_tensor_fma(const struct sass_op *op);

/*
 * One static instruction: what a trace says of it. Strings live as long as the kernel that owns it.
 * `def` and `use` are the registers truly written and read, after widths and hidden destinations.
 */
struct sass_inst {
    uint64_t pc;        /* byte offset in its function */
    const char *opcode; /* full text with modifiers */
    struct sass_op op;
    int64_t immediate;    /* last immediate operand or branch target; 0 where the trace has none */
    uint32_t source_line; /* 0 = not recorded */
    uint8_t n_dst, n_src; /* as listed in the trace */
    uint8_t dst;
    uint8_t src[SASS_MAX_SRC];
    uint8_t mem_width_b; /* as listed; 0 = no addresses follow */
    bool has_const;      /* reads c[const_bank][const_offset]; text traces do not say */
    uint8_t const_bank;
    uint16_t const_offset;
    uint8_t n_def, n_use;
    struct sass_range def[2];
    struct sass_range use[SASS_MAX_RANGES];
};

/* Fills op, def and use from opcode, dst and src. False for an opcode that is not in the table. */
bool sass_inst_decode(struct sass_inst *in, unsigned isa);

/* "LDG.E.128 R8, R2" into out[n]: registers as ranges where wider than one. Returns out. */
char *sass_inst_text(const struct sass_inst *in, char *out, size_t n);

const char *sass_class_name(enum sass_class c);
const char *sass_pipe_name(enum sass_pipe p);
const char *sass_space_name(enum sass_space s);
const char *sass_type_name(enum sass_type t);

#endif
