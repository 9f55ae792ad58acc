/*
 * shape.c: widths and operand registers of everything but tensor instructions.
 *
 * src_regs follows the operands of the instruction as SASS writes them, without destinations, as
 * though all were general registers. The trace leaves out uniform registers, constants and
 * immediates; inst.c matches the listed ones.
 */
#include "shape.h"

static uint8_t regs_of_bytes(unsigned width_b)
{
    return (uint8_t)MAX(1, (width_b + 3) / 4);
}

static void set_regs(struct sass_op *op, uint8_t dst, uint8_t src)
{
    op->dst_regs = dst;
    memset(op->src_regs, src, sizeof op->src_regs);
}

static uint8_t pair_if(bool c)
{
    return c ? 2 : 1;
}

static bool shape_plain(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods, (void)isa;
    set_regs(op, 1, 1);
    return true;
}

/* Writes predicates, uniform registers, barriers or nothing. */
static bool shape_sink(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods, (void)isa;
    set_regs(op, 0, 1);
    return true;
}

static bool shape_pairs(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods, (void)isa;
    set_regs(op, 2, 2);
    return true;
}

static bool shape_pairs_sink(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods, (void)isa;
    set_regs(op, 0, 2);
    return true;
}

static bool shape_pairs_to_one(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods, (void)isa;
    set_regs(op, 1, 2);
    return true;
}

/* BMOV.64 B0, R2 */
static bool shape_sized(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    uint8_t n = pair_if(sass_mods_have(mods, "64"));
    set_regs(op, n, n);
    return true;
}

/* CS2R R4, SRZ clears a pair; CS2R.32 writes one register. */
static bool shape_cs2r(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, pair_if(!sass_mods_have(mods, "32")), 1);
    return true;
}

/*
 * IMAD.WIDE d2, a, b, c2 adds a 64-bit c; IMAD.HI d, a, b, c2 takes the upper half of the same sum,
 * which division by a constant relies on (c = quotient estimate << 32).
 */
static bool shape_imad(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    bool is_wide = sass_mods_have(mods, "WIDE");
    set_regs(op, pair_if(is_wide), 1);
    op->src_regs[2] = pair_if(is_wide || sass_mods_have(mods, "HI"));
    return true;
}

static bool is_int64(str mods)
{
    return sass_mods_have(mods, "S64") || sass_mods_have(mods, "U64");
}

/* F2F.to.from; the other float types have at most 32 bits. */
static bool shape_f2f(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    str token;
    set_regs(op, 1, 1);
    for (unsigned n = 0; n < 2 && str_cut(&mods, '.', &token);) {
        if (!str_starts(token, STR("F")) && !str_starts(token, STR("BF")) && !str_is(token, "TF32"))
            continue;
        if (str_is(token, "FTZ"))
            continue;
        *(n == 0 ? &op->dst_regs : &op->src_regs[0]) = pair_if(str_is(token, "F64"));
        n++;
    }
    return true;
}

static bool shape_f2i(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, pair_if(is_int64(mods)), pair_if(sass_mods_have(mods, "F64")));
    return true;
}

static bool shape_i2f(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, pair_if(sass_mods_have(mods, "F64")), pair_if(is_int64(mods)));
    return true;
}

static bool shape_frnd(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    uint8_t n = pair_if(sass_mods_have(mods, "F64"));
    set_regs(op, n, n);
    return true;
}

/* Bytes a lane: the first modifier that names a size, else 4. "LTC128B" and ".16" of LDSM do not.
 */
static uint8_t memory_width_b(str mods)
{
    static const struct {
        const char *name;
        uint8_t width_b;
    } sizes[] = {
        {"U8", 1},   {"S8", 1},     {"U16", 2},    {"S16", 2},     {"32", 4},      {"U32", 4},
        {"S32", 4},  {"F32", 4},    {"F16x2", 4},  {"BF16x2", 4},  {"BF16_V2", 4}, {"64", 8},
        {"U64", 8},  {"S64", 8},    {"F64", 8},    {"F32x2", 8},   {"F16x4", 8},   {"BF16x4", 8},
        {"128", 16}, {"F32x4", 16}, {"F16x8", 16}, {"BF16x8", 16},
    };
    str token;
    while (str_cut(&mods, '.', &token)) {
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
            if (str_is(token, sizes[i].name))
                return sizes[i].width_b;
        }
    }
    return 4;
}

/*
 * Global and generic addresses of an .E access have 64 bits: a pair, unless a uniform base is added
 * to a 32-bit offset, which the opcode does not show (inst.c: a pair never starts at an odd
 * register). Shared, local and constant addresses have 32.
 */
static uint8_t address_regs(const struct sass_op *op, str mods)
{
    bool is_far = op->space != SASS_SPACE_SHARED && op->space != SASS_SPACE_LOCAL &&
                  op->space != SASS_SPACE_CONST;
    return pair_if(is_far && sass_mods_have(mods, "E"));
}

/* Answered by the L2: the L1 is not coherent with other SMs. */
static bool bypasses_l1(const struct sass_op *op, str mods)
{
    if (op->space != SASS_SPACE_GLOBAL && op->space != SASS_SPACE_GENERIC)
        return false;
    bool is_strong = sass_mods_have(mods, "STRONG") || sass_mods_have(mods, "MMIO");
    bool is_far =
        sass_mods_have(mods, "GPU") || sass_mods_have(mods, "SYS") || sass_mods_have(mods, "VC");
    return (is_strong && is_far) || sass_mods_have(mods, "BYPASS") || sass_mods_have(mods, "CG") ||
           sass_mods_have(mods, "CV");
}

static void set_memory(struct sass_op *op, str mods)
{
    op->width_b = memory_width_b(mods);
    if (bypasses_l1(op, mods))
        op->flags |= SASS_F_BYPASS_L1;
}

static bool shape_load(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_memory(op, mods);
    set_regs(op, regs_of_bytes(op->width_b), 1);
    op->src_regs[0] = address_regs(op, mods);
    return true;
}

/* ULDC, CCTL: an address, and no general register written. */
static bool shape_address(struct sass_op *op, str mods, unsigned isa)
{
    shape_load(op, mods, isa);
    op->dst_regs = 0;
    return true;
}

/* address, data */
static bool shape_store(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_memory(op, mods);
    op->src_regs[0] = address_regs(op, mods);
    op->src_regs[1] = regs_of_bytes(op->width_b);
    return true;
}

/*
 * LDSM.16.M88.4: each 8x8 matrix of 16-bit elements is one register of every lane, and eight lanes
 * name its 16-byte rows: 128 bytes a matrix, 4 a lane.
 */
static uint8_t matrix_count(str mods)
{
    return sass_mods_have(mods, "4") ? 4 : sass_mods_have(mods, "2") ? 2 : 1;
}

static bool shape_load_matrix(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, matrix_count(mods), 1);
    op->width_b = (uint8_t)(4 * op->dst_regs);
    return true;
}

static bool shape_store_matrix(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    op->src_regs[0] = 1;
    op->src_regs[1] = matrix_count(mods);
    op->width_b = (uint8_t)(4 * op->src_regs[1]);
    return true;
}

/* address, data; CAS has a value to compare before the data, up to sm_6x in one wider operand. */
static bool shape_atomic(struct sass_op *op, str mods, unsigned isa)
{
    set_memory(op, mods);
    uint8_t n = regs_of_bytes(op->width_b);
    op->dst_regs = n;
    op->src_regs[0] = address_regs(op, mods);
    op->src_regs[1] = n;
    if (sass_mods_have(mods, "CAS") || sass_mods_have(mods, "CAST")) {
        if (isa < 70)
            op->src_regs[1] = (uint8_t)(2 * n);
        else
            op->src_regs[2] = n;
    }
    return true;
}

/* LDGSTS [shared], [global] */
static bool shape_copy(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_memory(op, mods);
    op->src_regs[0] = 1;
    op->src_regs[1] = address_regs(op, mods);
    return true;
}

/*
 * The number of components is an operand that traces drop. Since Volta a result has two pairs, the
 * second listed behind the first destination; coordinates are mostly two. Two registers each is
 * exact for two components and the middle otherwise.
 */
static bool shape_texture(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods, (void)isa;
    set_regs(op, 2, 2);
    return true;
}

static uint8_t surface_data_regs(str mods)
{
    static const struct {
        const char *name;
        uint8_t n;
    } masks[] = {{"RG", 2}, {"RGBA", 4}};
    for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
        if (sass_mods_have(mods, masks[i].name))
            return masks[i].n;
    }
    return regs_of_bytes(memory_width_b(mods));
}

static uint8_t surface_coordinates(str mods)
{
    static const struct {
        const char *name;
        uint8_t n;
    } dims[] = {{"2D", 2},       {"3D", 3},       {"1D_ARRAY", 2},
                {"2D_ARRAY", 3}, {"ARRAY_1D", 2}, {"ARRAY_2D", 3}};
    for (size_t i = 0; i < ARRAY_LEN(dims); i++) {
        if (sass_mods_have(mods, dims[i].name))
            return dims[i].n;
    }
    return 1;
}

/* coordinates, data, handle */
static bool shape_surface(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    uint8_t n = surface_data_regs(mods);
    op->width_b = (uint8_t)(4 * n);
    op->src_regs[0] = surface_coordinates(mods);
    op->src_regs[1] = n;
    op->src_regs[2] = 1;
    return true;
}

static bool shape_surface_load(struct sass_op *op, str mods, unsigned isa)
{
    shape_surface(op, mods, isa);
    op->dst_regs = op->src_regs[1];
    op->src_regs[1] = 1;
    return true;
}

/* MATCH.ALL P0, R4, R2 but MATCH.ANY R4, R2; both compare 64-bit values with .U64. */
static bool shape_match(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, 1, pair_if(sass_mods_have(mods, "U64")));
    if (sass_mods_have(mods, "ALL"))
        op->flags |= SASS_F_HIDDEN_DST;
    return true;
}

static bool shape_jump(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods;
    set_regs(op, 0, pair_if(isa >= 70));
    return true;
}

static bool shape_bar(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, 0, 1);
    if (sass_mods_have(mods, "ARV"))
        op->flags |= SASS_F_ARRIVE_ONLY;
    else if (sass_mods_have(mods, "SYNC") || sass_mods_have(mods, "SYNCALL") ||
             sass_mods_have(mods, "RED") || sass_mods_have(mods, "SCAN"))
        op->flags |= SASS_F_CTA_BARRIER;
    return true;
}

/* Before cp.async existed (sm_80) DEPBAR waited for register scoreboards only. */
static bool shape_depbar(struct sass_op *op, str mods, unsigned isa)
{
    (void)mods;
    set_regs(op, 0, 1);
    if (isa < 80)
        op->cls = SASS_CONTROL;
    return true;
}

/* The phase that SYNCS.ARRIVE.TRANS64 returns has 64 bits. */
static bool shape_syncs(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    bool is_64 = sass_mods_have(mods, "64") || sass_mods_have(mods, "TRANS64");
    set_regs(op, pair_if(is_64), 1);
    if (sass_mods_have(mods, "PHASECHK") || sass_mods_have(mods, "TRYWAIT"))
        op->flags |= SASS_F_PHASE_WAIT;
    else if (sass_mods_have(mods, "ARRIVE") && !sass_mods_have(mods, "A1T0"))
        op->flags |= SASS_F_EXPECT_TX;
    return true;
}

/* WARPGROUP.ARRIVE orders register writes before wgmma; WARPGROUP.DEPBAR waits for its groups. */
static bool shape_warpgroup(struct sass_op *op, str mods, unsigned isa)
{
    (void)isa;
    set_regs(op, 0, 1);
    if (sass_mods_have(mods, "DEPBAR")) {
        op->cls = SASS_ASYNC_WAIT;
        op->flags |= SASS_F_WARPGROUP_WAIT;
    } else if (sass_mods_have(mods, "ARRIVE")) {
        op->flags |= SASS_F_WARPGROUP_ARRIVE;
    }
    return true;
}

static const struct {
    bool (*rule)(struct sass_op *op, str mods, unsigned isa);
    bool from_right;
} SHAPES[SASS_SHAPE_N] = {
#define X(name, rule, from_right) {rule, from_right},
    SASS_SHAPE_LIST(X)
#undef X
};

bool sass_shape_apply(enum sass_shape shape, struct sass_op *op, str mods, unsigned isa)
{
    return SHAPES[shape].rule(op, mods, isa);
}

bool sass_shape_from_right(enum sass_shape shape)
{
    return SHAPES[shape].from_right;
}
