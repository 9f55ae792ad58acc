/*
 * inst.c: the registers that a traced instruction truly writes and reads.
 *
 * A trace lists the first register of each general-register operand and leaves out uniform
 * registers, constants and immediates, so a listed position is not an operand position. The widths
 * of sass_op.src_regs belong to operands; matching the two:
 *   - loads, stores, atomics, copies and matrix instructions: from the right. What is missing there
 *     is an address or descriptor in uniform registers, which comes first.
 *   - IMAD.WIDE and IMAD.HI: the third operand is the 64-bit addend. It is listed where there are
 *     three sources, and with two for IMAD.HI, whose addend is RZ (which is listed) or a register.
 *     With two for IMAD.WIDE it is the addend if the multiplier is an immediate, which the trace
 *     records, or if the last source is the destination as well, as in a running sum. Otherwise it
 *     is taken for a multiplier of one register: were it an addend after all, its upper half mostly
 *     has the producer of its lower half, while a register too many could wait for a stranger.
 *   - everything else: from the left; nearly all widths are equal.
 * A pair never starts at an odd register: such a source is one register, a 32-bit offset beside a
 * uniform base.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sass/sass.h"
#include "shape.h"

static unsigned operand_count(const struct sass_op *op)
{
    unsigned n = 0;
    while (n < SASS_MAX_SRC && op->src_regs[n] != 0)
        n++;
    return n;
}

static bool has_hidden_dst(const struct sass_inst *in)
{
    return (in->op.flags & SASS_F_HIDDEN_DST) != 0 && in->n_dst == 0 && in->n_src != 0;
}

/* The addend of IMAD.WIDE and IMAD.HI is the last of `n` listed sources. */
static bool has_wide_addend(const struct sass_inst *in, unsigned n)
{
    if (n != 2)
        return n > 2;
    if (in->op.dst_regs == 1)
        return true;
    return in->immediate != 0 || (in->n_dst != 0 && in->src[1] == in->dst);
}

static unsigned operand_shift(const struct sass_inst *in, unsigned n_listed)
{
    const struct sass_row *row = sass_row_of(&in->op);
    unsigned n = row != NULL && row->shape == SASS_SHAPE_IMAD ? 3 : operand_count(&in->op);
    if (row == NULL || n_listed >= n)
        return 0;
    if (row->shape == SASS_SHAPE_IMAD)
        return has_wide_addend(in, n_listed) ? n - n_listed : 0;
    return sass_shape_from_right((enum sass_shape)row->shape) ? n - n_listed : 0;
}

/* Registers of listed source i; 0 = it is a hidden destination. */
static unsigned source_regs(const struct sass_inst *in, unsigned i)
{
    unsigned hidden = has_hidden_dst(in) ? 1 : 0;
    if (i < hidden)
        return 0;
    unsigned at = i - hidden + operand_shift(in, in->n_src - hidden);
    unsigned n = at < operand_count(&in->op) ? in->op.src_regs[at] : 1;
    return n == 2 && in->src[i] % 2 != 0 ? 1 : n;
}

static void push_range(struct sass_range *ranges, uint8_t *count, uint8_t first, unsigned n)
{
    if (first == SASS_RZ || n == 0)
        return;
    ranges[(*count)++] = (struct sass_range){first, (uint8_t)MIN(n, (unsigned)SASS_RZ - first)};
}

bool sass_inst_decode(struct sass_inst *in, unsigned isa)
{
    bool is_known = sass_decode(&in->op, str_from(in->opcode), isa);
    in->n_src = (uint8_t)MIN(in->n_src, (unsigned)SASS_MAX_SRC);
    in->n_def = in->n_use = 0;
    if (in->n_dst != 0)
        push_range(in->def, &in->n_def, in->dst, MAX(1, in->op.dst_regs));
    else if (has_hidden_dst(in))
        push_range(in->def, &in->n_def, in->src[0], in->op.dst_regs);
    for (unsigned i = 0; i < in->n_src; i++)
        push_range(in->use, &in->n_use, in->src[i], source_regs(in, i));
    return is_known;
}

/* Appends to out[size], which stays terminated when it is too small. */
PRINTF_LIKE(4, 5)
static void add_text(char *out, size_t size, size_t *used, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(out + *used, size - *used, fmt, ap);
    va_end(ap);
    if (n > 0)
        *used = MIN(*used + (size_t)n, size - 1);
}

static void add_reg(char *out, size_t size, size_t *used, uint8_t reg, unsigned n)
{
    if (reg == SASS_RZ)
        add_text(out, size, used, "RZ");
    else if (n > 1)
        add_text(out, size, used, "R%u..R%u", reg, MIN(reg + n, (unsigned)SASS_RZ) - 1);
    else
        add_text(out, size, used, "R%u", reg);
}

char *sass_inst_text(const struct sass_inst *in, char *out, size_t n)
{
    size_t used = 0;
    const char *separator = " ";
    if (n == 0)
        return out;
    out[0] = '\0';
    add_text(out, n, &used, "%s", in->opcode);
    if (in->n_dst != 0) {
        add_text(out, n, &used, "%s", separator);
        add_reg(out, n, &used, in->dst, in->op.dst_regs);
        separator = ", ";
    }
    for (unsigned i = 0; i < in->n_src; i++) {
        unsigned width = source_regs(in, i);
        add_text(out, n, &used, "%s", separator);
        add_reg(out, n, &used, in->src[i], width != 0 ? width : in->op.dst_regs);
        separator = ", ";
    }
    if (in->immediate != 0)
        add_text(out, n, &used, in->op.cls == SASS_BRANCH ? "%s0x%" PRIx64 : "%s%" PRId64,
                 separator, in->immediate);
    return out;
}
