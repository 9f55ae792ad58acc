/*
 * shape.h: how modifiers decide widths and operand registers; private to src/sass.
 *
 * A shape is a rule shared by opcodes of one kind. sass_shape_apply fills width_b, dst_regs,
 * src_regs, the tensor fields and the modifier flags of an op whose table columns are set already.
 */
#ifndef WARPSCOPE_SASS_SHAPE_H
#define WARPSCOPE_SASS_SHAPE_H

#include "sass/sass.h"

/* name, rule, whether missing operands are those on the left (see inst.c) */
#define SASS_SHAPE_LIST(X)                     \
    X(PLAIN, shape_plain, false)               \
    X(SINK, shape_sink, false)                 \
    X(PAIRS, shape_pairs, false)               \
    X(PAIRS_SINK, shape_pairs_sink, false)     \
    X(PAIRS_TO_ONE, shape_pairs_to_one, false) \
    X(SIZED, shape_sized, false)               \
    X(CS2R, shape_cs2r, false)                 \
    X(IMAD, shape_imad, false)                 \
    X(F2F, shape_f2f, false)                   \
    X(F2I, shape_f2i, false)                   \
    X(I2F, shape_i2f, false)                   \
    X(FRND, shape_frnd, false)                 \
    X(LOAD, shape_load, false)                 \
    X(ADDRESS, shape_address, false)           \
    X(LOAD_MATRIX, shape_load_matrix, false)   \
    X(STORE, shape_store, true)                \
    X(STORE_MATRIX, shape_store_matrix, true)  \
    X(ATOMIC, shape_atomic, true)              \
    X(COPY, shape_copy, true)                  \
    X(TEXTURE, shape_texture, false)           \
    X(SURFACE, shape_surface, false)           \
    X(SURFACE_LOAD, shape_surface_load, false) \
    X(MATCH, shape_match, false)               \
    X(JUMP, shape_jump, false)                 \
    X(BAR, shape_bar, false)                   \
    X(DEPBAR, shape_depbar, false)             \
    X(SYNCS, shape_syncs, false)               \
    X(WARPGROUP, shape_warpgroup, false)       \
    X(MMA_HALF, sass_shape_mma_half, true)     \
    X(MMA_INT, sass_shape_mma_int, true)       \
    X(MMA_DOUBLE, sass_shape_mma_double, true) \
    X(MMA_BIT, sass_shape_mma_bit, true)       \
    X(MMA_FP8, sass_shape_mma_fp8, true)

enum sass_shape {
#define X(name, rule, from_right) SASS_SHAPE_##name,
    SASS_SHAPE_LIST(X)
#undef X
        SASS_SHAPE_N
};

/* One line of opcode.def. */
struct sass_row {
    const char *name;
    uint8_t cls, pipe, latency, space, shape;
    uint32_t flags;
};

/* The row of a known opcode, or NULL. */
const struct sass_row *sass_row_of(const struct sass_op *op);

/* False when the modifiers make no sense for the opcode, such as HMMA without a shape. */
bool sass_shape_apply(enum sass_shape shape, struct sass_op *op, str mods, unsigned isa);
bool sass_shape_from_right(enum sass_shape shape);

/* Whether `mods`, modifiers separated by '.', has `name`. */
bool sass_mods_have(str mods, const char *name);

/* tensor.c */
bool sass_shape_mma_half(struct sass_op *op, str mods, unsigned isa);
bool sass_shape_mma_int(struct sass_op *op, str mods, unsigned isa);
bool sass_shape_mma_double(struct sass_op *op, str mods, unsigned isa);
bool sass_shape_mma_bit(struct sass_op *op, str mods, unsigned isa);
bool sass_shape_mma_fp8(struct sass_op *op, str mods, unsigned isa);

#endif
