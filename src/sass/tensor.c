/*
 * tensor.c: shapes, types and registers of matrix multiply-adds.
 *
 * A warp spreads each matrix evenly over its 32 lanes, a warpgroup over its 128 threads, so that an
 * operand of rows * columns elements takes rows * columns * bits / (threads * 32) registers:
 * HMMA.16816.F32 has A 16x16 in 4, B 16x8 in 2, C and D 16x8 in 4 registers. A sparse A keeps half
 * its elements, with a register of metadata behind C. m, n, k are the logical shape then.
 *
 * HMMA.884 of sm_70 is issued in steps. All steps together multiply 8x8x4 in each of the four quad
 * pairs of the warp: 1024 multiply-adds. With FP32 accumulators there are four steps of 256
 * (reported as 8x8x4), with FP16 two of 512 (16x8x4); each step reads and writes one pair of
 * accumulators and reads pairs of A and B.
 */
#include "shape.h"

enum { WARP_THREADS = 32, WARPGROUP_THREADS = 128, REG_BITS = 32 };

static unsigned type_bits(enum sass_type t)
{
    static const uint8_t bits[] = {
        [SASS_TYPE_NONE] = 32, [SASS_TYPE_F16] = 16, [SASS_TYPE_BF16] = 16, [SASS_TYPE_TF32] = 32,
        [SASS_TYPE_F32] = 32,  [SASS_TYPE_F64] = 64, [SASS_TYPE_FP8] = 8,   [SASS_TYPE_INT8] = 8,
        [SASS_TYPE_INT4] = 4,  [SASS_TYPE_BIT] = 1,  [SASS_TYPE_INT32] = 32};
    return bits[t];
}

/* "16816": m is 16 or 8, n is 8, the rest is k. */
static bool shape_parse_packed(struct sass_op *op, str token)
{
    bool is_16 = str_starts(token, STR("16"));
    size_t skip = is_16 ? 2 : 1;
    uint64_t k;
    if (token.n < skip + 2 || token.p[skip] != '8' || (!is_16 && token.p[0] != '8'))
        return false;
    if (!str_parse_u64((str){token.p + skip + 1, token.n - skip - 1}, &k))
        return false;
    if (k < 4 || k > 256 || (k & (k - 1)) != 0)
        return false;
    op->m = is_16 ? 16 : 8;
    op->n = 8;
    op->k = (uint16_t)k;
    return true;
}

/* "64x128x16" */
static bool shape_parse_group(struct sass_op *op, str token)
{
    str m, n;
    uint64_t um, un, uk;
    if (!str_cut(&token, 'x', &m) || !str_cut(&token, 'x', &n))
        return false;
    if (!str_parse_u64(m, &um) || !str_parse_u64(n, &un) || !str_parse_u64(token, &uk))
        return false;
    if (um != 64 || un < 8 || un > 256 || un % 8 != 0 || uk < 8 || uk > 512)
        return false;
    op->m = (uint16_t)um;
    op->n = (uint16_t)un;
    op->k = (uint16_t)uk;
    return true;
}

static bool find_shape(struct sass_op *op, str mods)
{
    str token;
    while (str_cut(&mods, '.', &token)) {
        if (op->cls == SASS_WGMMA ? shape_parse_group(op, token) : shape_parse_packed(op, token))
            return true;
    }
    return false;
}

static uint8_t fragment_regs(const struct sass_op *op, unsigned rows, unsigned cols, unsigned bits)
{
    unsigned threads = op->cls == SASS_WGMMA ? WARPGROUP_THREADS : WARP_THREADS;
    return (uint8_t)MAX(1, rows * cols * bits / (threads * REG_BITS));
}

/* Types and shape are known: A, B, C and, for a sparse A, its metadata. B of wgmma is in shared
 * memory, where A is too when only C is listed. */
static void set_fragments(struct sass_op *op)
{
    unsigned bits = type_bits((enum sass_type)op->in_type);
    unsigned kept = (op->flags & SASS_F_SPARSE) != 0 ? op->k / 2u : op->k;
    uint8_t *src = op->src_regs;
    op->dst_regs = fragment_regs(op, op->m, op->n, type_bits((enum sass_type)op->acc_type));
    *src++ = fragment_regs(op, op->m, kept, bits);
    if (op->cls != SASS_WGMMA)
        *src++ = fragment_regs(op, op->n, op->k, bits);
    *src++ = op->dst_regs;
    if ((op->flags & SASS_F_SPARSE) != 0)
        *src = 1;
}

static void set_volta(struct sass_op *op, bool is_step)
{
    bool is_f32 = op->acc_type == SASS_TYPE_F32;
    op->m = is_step && is_f32 ? 8 : 16;
    op->n = is_step ? 8 : 16;
    op->dst_regs = is_step ? 2 : is_f32 ? 8 : 4;
    op->src_regs[0] = op->src_regs[1] = 2;
    op->src_regs[2] = op->dst_regs;
}

static bool set_mma(struct sass_op *op, str mods, enum sass_type in, enum sass_type acc)
{
    op->in_type = (uint8_t)in;
    op->acc_type = (uint8_t)acc;
    if (sass_mods_have(mods, "SP"))
        op->flags |= SASS_F_SPARSE;
    if (!find_shape(op, mods))
        return false;
    set_fragments(op);
    return true;
}

/* The accumulator type comes first: HMMA.16816.F32.BF16. */
static enum sass_type float_accumulator(str mods)
{
    str token;
    while (str_cut(&mods, '.', &token)) {
        if (str_is(token, "F16"))
            return SASS_TYPE_F16;
        if (str_is(token, "F32"))
            break;
    }
    return SASS_TYPE_F32;
}

static bool has_step(str mods)
{
    str token;
    while (str_cut(&mods, '.', &token)) {
        if (str_starts(token, STR("STEP")))
            return true;
    }
    return false;
}

bool sass_shape_mma_half(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    enum sass_type in = sass_mods_have(mods, "BF16")   ? SASS_TYPE_BF16
                        : sass_mods_have(mods, "TF32") ? SASS_TYPE_TF32
                                                       : SASS_TYPE_F16;
    if (!set_mma(op, mods, in, float_accumulator(mods)))
        return false;
    if (op->m == 8 && op->k == 4)
        set_volta(op, has_step(mods));
    return true;
}

bool sass_shape_mma_int(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    bool is_4 = sass_mods_have(mods, "S4") || sass_mods_have(mods, "U4");
    return set_mma(op, mods, is_4 ? SASS_TYPE_INT4 : SASS_TYPE_INT8, SASS_TYPE_INT32);
}

bool sass_shape_mma_double(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    return set_mma(op, mods, SASS_TYPE_F64, SASS_TYPE_F64);
}

bool sass_shape_mma_bit(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    return set_mma(op, mods, SASS_TYPE_BIT, SASS_TYPE_INT32);
}

bool sass_shape_mma_fp8(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    return set_mma(op, mods, SASS_TYPE_FP8, float_accumulator(mods));
}
