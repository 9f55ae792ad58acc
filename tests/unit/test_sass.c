/* What an opcode text means: class, widths, registers, tensor shapes. */
#include "base/str.h"
#include "sass/sass.h"
#include "t.h"

static struct sass_op decode(const char *text, unsigned isa)
{
    struct sass_op op;
    if (!sass_decode(&op, str_from(text), isa))
        T_FAIL("%s (sm_%u) is not known", text, isa);
    return op;
}

static uint8_t parse_reg(str token)
{
    uint64_t v = 0;
    if (token.n < 2 || token.p[0] != 'R' || !str_parse_u64((str){token.p + 1, token.n - 1}, &v) ||
        v > SASS_RZ)
        T_FAIL("bad register %.*s", (int)token.n, token.p);
    return (uint8_t)v;
}

/* "1 R8 LDG.E 1 R2 -264": the part of a trace line between mask and width, then an immediate. */
static struct sass_inst parse(const char *line, char *opcode, size_t n)
{
    struct sass_inst in = {0};
    str rest = str_from(line), token;
    uint64_t v = 0;
    str_cut(&rest, ' ', &token);
    if (str_is(token, "1")) {
        str_cut(&rest, ' ', &token);
        in.dst = parse_reg(token);
        in.n_dst = 1;
    }
    str_cut(&rest, ' ', &token);
    snprintf(opcode, n, "%.*s", (int)token.n, token.p);
    in.opcode = opcode;
    str_cut(&rest, ' ', &token);
    CHECK(str_parse_u64(token, &v));
    for (uint64_t i = 0; i < v && str_cut(&rest, ' ', &token); i++)
        in.src[in.n_src++] = parse_reg(token);
    if (str_cut(&rest, ' ', &token))
        CHECK(str_parse_i64(token, &in.immediate));
    return in;
}

static size_t add_ranges(char *out, size_t n, const struct sass_range *r, size_t count)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *gap = i == 0 ? "" : " ";
        used += (size_t)snprintf(out + used, n - used, r[i].n == 1 ? "%s%u" : "%s%u-%u", gap,
                                 r[i].first, r[i].first + r[i].n - 1u);
    }
    return used;
}

/* Checks that `line` writes and reads `expected`, such as "8-11 : 2-3". */
static void check_regs(unsigned isa, const char *line, const char *expected)
{
    char opcode[80], got[200];
    struct sass_inst in = parse(line, opcode, sizeof opcode);
    if (!sass_inst_decode(&in, isa))
        T_FAIL("%s is not known", opcode);
    size_t used = add_ranges(got, sizeof got, in.def, in.n_def);
    used += (size_t)snprintf(got + used, sizeof got - used, " :%s", in.n_use != 0 ? " " : "");
    add_ranges(got + used, sizeof got - used, in.use, in.n_use);
    if (strcmp(got, expected) != 0)
        T_FAIL("sm_%u %s: \"%s\", expected \"%s\"", isa, line, got, expected);
}

TEST(base_name_ends_at_the_first_dot)
{
    CHECK(str_is(sass_base_name(STR("LDG.E.128.SYS")), "LDG"));
    CHECK(str_is(sass_base_name(STR("EXIT")), "EXIT"));
    CHECK(str_is(sass_base_name(STR("")), ""));
    CHECK(str_is(sass_base_name(STR(".E")), ""));
}

TEST(every_class_has_its_opcodes)
{
    static const struct {
        const char *text;
        unsigned isa;
        uint8_t cls, pipe, latency;
    } rows[] = {
        {"IADD3", 80, SASS_INT, SASS_PIPE_ALU, SASS_LAT_ALU},
        {"IMAD.MOV.U32", 80, SASS_INT, SASS_PIPE_FMA, SASS_LAT_FMA},
        {"POPC", 80, SASS_INT, SASS_PIPE_XU, SASS_LAT_XU},
        {"VIADDMNMX", 90, SASS_INT, SASS_PIPE_ALU, SASS_LAT_ALU},
        {"XMAD.PSL.CBCC", 61, SASS_INT, SASS_PIPE_FMA, SASS_LAT_FMA},
        {"FFMA.FTZ", 80, SASS_FP32, SASS_PIPE_FMA, SASS_LAT_FMA},
        {"FMNMX.FTZ", 80, SASS_FP32, SASS_PIPE_ALU, SASS_LAT_ALU},
        {"HFMA2.MMA", 80, SASS_FP16, SASS_PIPE_FP16, SASS_LAT_HALF},
        {"DFMA", 80, SASS_FP64, SASS_PIPE_FP64, SASS_LAT_FP64},
        {"MUFU.EX2.F16", 80, SASS_SFU, SASS_PIPE_XU, SASS_LAT_XU},
        {"I2F.U32.RP", 80, SASS_CONVERT, SASS_PIPE_XU, SASS_LAT_CONVERT},
        {"F2FP.PACK_AB", 80, SASS_CONVERT, SASS_PIPE_ALU, SASS_LAT_ALU},
        {"MOV", 80, SASS_MOVE, SASS_PIPE_ALU, SASS_LAT_ALU},
        {"S2R", 80, SASS_MOVE, SASS_PIPE_LSU, SASS_LAT_SPECIAL},
        {"PLOP3.LUT", 80, SASS_PREDICATE, SASS_PIPE_ALU, SASS_LAT_ALU},
        {"HMMA.16816.F32", 80, SASS_TENSOR, SASS_PIPE_TENSOR, SASS_LAT_TENSOR},
        {"HGMMA.64x128x16.F32.BF16", 90, SASS_WGMMA, SASS_PIPE_TENSOR, SASS_LAT_TENSOR},
        {"LDG.E.128", 80, SASS_LOAD, SASS_PIPE_LSU, SASS_LAT_MEMORY},
        {"LDS.64", 80, SASS_LOAD, SASS_PIPE_LSU, SASS_LAT_SHARED},
        {"LDC.64", 90, SASS_LOAD, SASS_PIPE_ADU, SASS_LAT_CONST},
        {"STG.E", 80, SASS_STORE, SASS_PIPE_LSU, SASS_LAT_NONE},
        {"ATOMG.E.ADD.STRONG.GPU", 80, SASS_ATOMIC, SASS_PIPE_LSU, SASS_LAT_MEMORY},
        {"ATOMS.ADD", 80, SASS_ATOMIC, SASS_PIPE_LSU, SASS_LAT_SHARED},
        {"RED.E.ADD.STRONG.GPU", 80, SASS_REDUCTION, SASS_PIPE_LSU, SASS_LAT_NONE},
        {"LDGSTS.E.BYPASS.LTC128B.128", 80, SASS_ASYNC_COPY, SASS_PIPE_LSU, SASS_LAT_MEMORY},
        {"UTMALDG.2D", 90, SASS_ASYNC_COPY, SASS_PIPE_TMA, SASS_LAT_MEMORY},
        {"UBLKCP.S.G", 90, SASS_ASYNC_COPY, SASS_PIPE_TMA, SASS_LAT_MEMORY},
        {"LDGDEPBAR", 80, SASS_ASYNC_COMMIT, SASS_PIPE_LSU, SASS_LAT_NONE},
        {"UTMACMDFLUSH", 90, SASS_ASYNC_COMMIT, SASS_PIPE_TMA, SASS_LAT_NONE},
        {"DEPBAR.LE", 80, SASS_ASYNC_WAIT, SASS_PIPE_ADU, SASS_LAT_NONE},
        {"DEPBAR.LE", 70, SASS_CONTROL, SASS_PIPE_ADU, SASS_LAT_NONE},
        {"WARPGROUP.DEPBAR.LE", 90, SASS_ASYNC_WAIT, SASS_PIPE_ADU, SASS_LAT_NONE},
        {"WARPGROUP.ARRIVE", 90, SASS_FENCE, SASS_PIPE_ADU, SASS_LAT_NONE},
        {"SYNCS.PHASECHK.TRANS64.TRYWAIT", 90, SASS_MBARRIER, SASS_PIPE_LSU, SASS_LAT_SHARED},
        {"BAR.SYNC.DEFER_BLOCKING", 80, SASS_BARRIER, SASS_PIPE_ADU, SASS_LAT_NONE},
        {"MEMBAR.SC.GPU", 80, SASS_FENCE, SASS_PIPE_LSU, SASS_LAT_MEMORY},
        {"SHFL.BFLY", 80, SASS_SHUFFLE, SASS_PIPE_LSU, SASS_LAT_SHUFFLE},
        {"TEX.SCR.LL.NODEP", 75, SASS_TEXTURE, SASS_PIPE_TEX, SASS_LAT_TEXTURE},
        {"ULDC.64", 80, SASS_UNIFORM, SASS_PIPE_UNIFORM, SASS_LAT_UNIFORM},
        {"BRA", 80, SASS_BRANCH, SASS_PIPE_CBU, SASS_LAT_BRANCH},
        {"BSSY", 80, SASS_CONTROL, SASS_PIPE_CBU, SASS_LAT_NONE},
        {"NOP", 80, SASS_CONTROL, SASS_PIPE_NONE, SASS_LAT_NONE},
    };
    bool seen[SASS_CLASS_N] = {[SASS_UNKNOWN] = true};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sass_op op = decode(rows[i].text, rows[i].isa);
        seen[op.cls] = true;
        if (op.cls != rows[i].cls || op.pipe != rows[i].pipe || op.latency != rows[i].latency)
            T_FAIL("%s is %s on %s, latency %d", rows[i].text, sass_class_name(op.cls),
                   sass_pipe_name(op.pipe), op.latency);
    }
    for (int c = 0; c < SASS_CLASS_N; c++) {
        if (!seen[c])
            T_FAIL("no opcode of class %s", sass_class_name((enum sass_class)c));
    }
}

TEST(unknown_opcodes_say_so)
{
    static const char *const texts[] = {"",         ".",      "FROB.E",      "ldg.e",
                                        "HMMA",     "LDGX.E", "HMMA.F32",    "HMMA.12816.F32",
                                        "IMMA.881", "@P0",    "HGMMA.16816", "HGMMA.64x0x16.F32"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct sass_op op;
        CHECK(!sass_decode(&op, str_from(texts[i]), 80));
        CHECK_EQ_INT(op.row, SASS_ROW_UNKNOWN);
        CHECK_EQ_INT(op.cls, SASS_UNKNOWN);
        CHECK_EQ_INT(op.pipe, SASS_PIPE_ALU);
        CHECK_EQ_INT(op.latency, SASS_LAT_ALU);
        CHECK_EQ_INT(op.m * op.n * op.k, 0);
    }
}

TEST(unknown_instruction_uses_what_is_listed)
{
    struct sass_inst in = {.opcode = "FROB.128", .n_dst = 1, .dst = 4, .n_src = 2, .src = {7, 255}};
    CHECK(!sass_inst_decode(&in, 80));
    CHECK_EQ_INT(in.n_def, 1);
    CHECK_EQ_INT(in.def[0].n, 1);
    CHECK_EQ_INT(in.n_use, 1);
    CHECK_EQ_INT(in.use[0].first, 7);
}

TEST(plain_arithmetic)
{
    check_regs(80, "1 R9 IADD3 3 R3 R54 R255", "9 : 3 54");
    check_regs(80, "1 R59 HFMA2.MMA 2 R255 R255", "59 :");
    check_regs(80, "1 R1 MOV 0", "1 :");
    check_regs(80, "1 R255 S2R 0", " :");
    check_regs(80, "0 ISETP.GE.AND 1 R27", " : 27");
    check_regs(80, "1 R31 SHF.L.U64.HI 2 R12 R13 1", "31 : 12 13");
    check_regs(80, "1 R6 LEA.HI 3 R5 R6 R7", "6 : 5 6 7");
    check_regs(90, "1 R1 VIADD 1 R1 -264", "1 : 1");
    check_regs(61, "1 R6 XMAD.PSL.CBCC 3 R3 R5 R6", "6 : 3 5 6");
    check_regs(80, "1 R108 MUFU.EX2.F16 1 R96", "108 : 96");
    check_regs(80, "1 R5 MUFU.RCP64H 1 R3", "5 : 3");
    check_regs(80, "1 R4 HADD2.F32 2 R255 R4", "4 : 4");
}

TEST(wide_multiply_add)
{
    check_regs(80, "1 R12 IMAD.WIDE.U32 3 R7 R58 R14", "12-13 : 7 58 14-15");
    /* a multiplier and a constant addend */
    check_regs(80, "1 R12 IMAD.WIDE.U32 2 R7 R58", "12-13 : 7 58");
    /* a running sum, and an immediate multiplier */
    check_regs(80, "1 R12 IMAD.WIDE.U32 2 R54 R12", "12-13 : 54 12-13");
    check_regs(90, "1 R4 IMAD.WIDE 2 R5 R2 4", "4-5 : 5 2-3");
    check_regs(90, "1 R4 IMAD.WIDE 1 R6 4", "4-5 : 6");
    check_regs(80, "1 R3 IMAD.HI.U32 3 R3 R7 R2", "3 : 3 7 2-3");
    check_regs(80, "1 R49 IMAD.HI.U32 2 R49 R100", "49 : 49 100-101");
    check_regs(80, "1 R3 IMAD.HI.U32 2 R0 R255", "3 : 0");
    check_regs(80, "1 R7 IMAD 2 R7 R2", "7 : 7 2");
}

TEST(double_precision)
{
    check_regs(61, "1 R4 DADD 2 R4 R6", "4-5 : 4-5 6-7");
    check_regs(80, "1 R8 DFMA 3 R2 R4 R8", "8-9 : 2-3 4-5 8-9");
    check_regs(80, "0 DSETP.GT.AND 1 R2", " : 2-3");
    check_regs(80, "1 R4 CS2R 0", "4-5 :");
    check_regs(80, "1 R4 CS2R.32 0", "4 :");
}

TEST(conversions)
{
    check_regs(80, "1 R2 F2F.F64.F32 1 R7", "2-3 : 7");
    check_regs(80, "1 R7 F2F.F32.F64 1 R2", "7 : 2-3");
    check_regs(80, "1 R7 F2F.FTZ.F16.F32 1 R2", "7 : 2");
    check_regs(80, "1 R2 I2F.F64 1 R7", "2-3 : 7");
    check_regs(80, "1 R2 I2F.F64.S64 1 R4", "2-3 : 4-5");
    check_regs(80, "1 R7 I2F.U64.RP 1 R4", "7 : 4-5");
    check_regs(80, "1 R7 F2I.F64.TRUNC 1 R4", "7 : 4-5");
    check_regs(80, "1 R2 F2I.S64.F64.TRUNC 1 R4", "2-3 : 4-5");
    check_regs(80, "1 R7 F2I.FTZ.U32.TRUNC.NTZ 1 R4", "7 : 4");
    check_regs(80, "1 R2 FRND.F64.FLOOR 1 R4", "2-3 : 4-5");
}

TEST(loads_and_stores)
{
    check_regs(80, "1 R4 LDG.E 1 R28", "4 : 28-29");
    check_regs(70, "1 R72 LDG.E.128.SYS 1 R4", "72-75 : 4-5");
    check_regs(61, "1 R4 LDG.E.64 1 R4", "4-5 : 4-5");
    check_regs(80, "1 R0 LDG.E.U8 1 R4", "0 : 4-5");
    check_regs(90, "1 R0 LDG.E 1 R5", "0 : 5");
    check_regs(80, "1 R2 LDL.64 1 R1", "2-3 : 1");
    check_regs(80, "1 R8 LDS.128 1 R0", "8-11 : 0");
    check_regs(80, "1 R8 LDC.64 1 R2", "8-9 : 2");
    check_regs(80, "1 R8 LD.E.64 1 R2", "8-9 : 2-3");
    check_regs(80, "0 STG.E.128 2 R2 R16", " : 2-3 16-19");
    check_regs(80, "0 STG.E.U8 2 R4 R255", " : 4-5");
    check_regs(90, "0 STG.E.128 1 R16", " : 16-19");
    check_regs(80, "0 STS.64 2 R25 R8", " : 25 8-9");
    check_regs(80, "0 STS.64 1 R8", " : 8-9");
    check_regs(80, "0 STL.64 2 R1 R8", " : 1 8-9");
    check_regs(80, "1 R255 LDS 1 R255", " :");
}

TEST(matrix_loads_and_async_copies)
{
    check_regs(80, "1 R92 LDSM.16.M88.4 1 R3", "92-95 : 3");
    check_regs(80, "1 R92 LDSM.16.MT88.2 1 R4", "92-93 : 4");
    check_regs(80, "1 R92 LDSM.16.MT88 1 R4", "92 : 4");
    check_regs(90, "0 STSM.16.M88.4 2 R3 R8", " : 3 8-11");
    check_regs(80, "0 LDGSTS.E.BYPASS.LTC128B.128 2 R4 R12", " : 4 12-13");
    check_regs(90, "0 LDGSTS.E.BYPASS.LTC128B.128 1 R12", " : 12-13");
}

TEST(atomics_and_hidden_destinations)
{
    check_regs(80, "0 SHFL.BFLY 2 R47 R62 31", "47 : 62");
    check_regs(70, "0 SHFL.IDX 4 R255 R255 R255 R255", " :");
    check_regs(80, "0 SHFL.IDX 4 R3 R4 R5 R6", "3 : 4 5 6");
    check_regs(80, "0 ATOMG.E.ADD.STRONG.GPU 3 R5 R2 R7", "5 : 2-3 7");
    check_regs(80, "0 ATOMG.E.ADD.64.STRONG.GPU 3 R4 R2 R6", "4-5 : 2-3 6-7");
    check_regs(80, "0 ATOMG.E.ADD.F64.RN.STRONG.GPU 2 R4 R6", "4-5 : 6-7");
    check_regs(80, "0 ATOM.E.CAS.STRONG.GPU 4 R5 R2 R6 R7", "5 : 2-3 6 7");
    check_regs(80, "0 ATOM.E.CAS.64.STRONG.GPU 4 R8 R2 R4 R6", "8-9 : 2-3 4-5 6-7");
    check_regs(61, "1 R0 ATOM.E.CAS 2 R2 R4", "0 : 2-3 4-5");
    check_regs(80, "1 R5 ATOMS.ADD 2 R2 R7", "5 : 2 7");
    check_regs(90, "0 ATOMS.CAST.SPIN 3 R2 R6 R7", " : 2 6 7");
    check_regs(80, "0 RED.E.ADD.F32.FTZ.RN.STRONG.GPU 2 R2 R5", " : 2-3 5");
    check_regs(80, "0 LOP3.LUT 3 R255 R13 R255", " : 13");
    check_regs(80, "1 R4 LOP3.LUT 3 R4 R13 R255", "4 : 4 13");
    check_regs(80, "0 MATCH.ALL 2 R4 R2", "4 : 2");
    check_regs(80, "1 R4 MATCH.ANY.U64 1 R2", "4 : 2-3");
    check_regs(80, "0 REDUX.SUM 1 R4", " : 4");
    check_regs(80, "0 FCHK 2 R4 R5", " : 4 5");
}

TEST(instructions_without_result_only_read)
{
    check_regs(80, "0 CCTL.E.PF2 1 R4", " : 4-5");
    check_regs(80, "0 R2P 1 R4 127", " : 4");
    check_regs(80, "0 BAR.SYNC 2 R4 R5", " : 4 5");
    check_regs(80, "0 R2UR 1 R4", " : 4");
    CHECK_EQ_INT(decode("ISETP.GE.AND", 80).dst_regs, 0);
    CHECK_EQ_INT(decode("ULDC.64", 80).dst_regs, 0);
    CHECK_EQ_INT(decode("STG.E", 80).dst_regs, 0);
    /* what the trace lists counts, whatever the table says */
    check_regs(80, "1 R4 ISETP.GE.AND 1 R5", "4 : 5");
}

TEST(branches_read_addresses)
{
    check_regs(80, "0 BRA 0 3088", " :");
    check_regs(80, "0 RET.REL.NODEC 1 R20", " : 20-21");
    check_regs(80, "0 BRX 1 R4", " : 4-5");
    check_regs(61, "0 BRX 1 R4", " : 4");
}

TEST(matrix_multiply_registers)
{
    check_regs(80, "1 R140 HMMA.16816.F16 3 R16 R94 R255", "140-141 : 16-19 94-95");
    check_regs(80, "1 R4 HMMA.16816.F32 3 R8 R12 R4", "4-7 : 8-11 12-13 4-7");
    check_regs(75, "1 R4 HMMA.1688.F32 3 R8 R12 R4", "4-7 : 8-9 12 4-7");
    check_regs(80, "1 R4 HMMA.1688.F32.TF32 3 R8 R12 R4", "4-7 : 8-11 12-13 4-7");
    check_regs(80, "1 R4 HMMA.SP.16832.F32 4 R8 R12 R4 R20", "4-7 : 8-11 12-15 4-7 20");
    check_regs(70, "1 R8 HMMA.884.F32.F32.STEP0 3 R72 R64 R8", "8-9 : 72-73 64-65 8-9");
    check_regs(70, "1 R10 HMMA.884.F32.F32.STEP1 3 R72 R64 R10", "10-11 : 72-73 64-65 10-11");
    check_regs(80, "1 R4 IMMA.16832.S8.S8 3 R8 R12 R4", "4-7 : 8-11 12-13 4-7");
    check_regs(75, "1 R4 IMMA.8816.S8.S8 3 R8 R12 R4", "4-5 : 8 12 4-5");
    check_regs(80, "1 R4 IMMA.16864.S4.S4 3 R8 R12 R4", "4-7 : 8-11 12-13 4-7");
    check_regs(80, "1 R4 BMMA.168256.XOR.POPC 3 R8 R12 R4", "4-7 : 8-11 12-13 4-7");
    check_regs(80, "1 R4 DMMA.884 3 R8 R12 R4", "4-7 : 8-9 12-13 4-7");
    check_regs(89, "1 R4 QMMA.16832.F32.E4M3.E4M3 3 R8 R12 R4", "4-7 : 8-11 12-13 4-7");
    check_regs(80, "1 R4 MOVM.16.MT88 1 R8", "4 : 8");
}

TEST(warpgroup_multiply_registers)
{
    check_regs(90, "1 R24 HGMMA.64x128x16.F32.BF16 1 R24", "24-87 : 24-87");
    check_regs(90, "1 R24 HGMMA.64x128x16.F32.BF16 1 R255", "24-87 :");
    check_regs(90, "1 R24 HGMMA.64x64x16.F32 2 R4 R24", "24-55 : 4-7 24-55");
    check_regs(90, "1 R24 HGMMA.64x256x16.F16 1 R24", "24-87 : 24-87");
    check_regs(90, "1 R24 QGMMA.64x64x32.F32.E4M3.E4M3 2 R4 R24", "24-55 : 4-7 24-55");
    check_regs(90, "1 R24 IGMMA.64x8x32.S8.S8 1 R24", "24-27 : 24-27");
}

TEST(tensor_shapes_and_types)
{
    static const struct {
        const char *text;
        unsigned m, n, k;
        uint8_t in, acc;
        double fma;
    } rows[] = {
        {"HMMA.884.F32.F32.STEP3", 8, 8, 4, SASS_TYPE_F16, SASS_TYPE_F32, 256},
        {"HMMA.884.F16.F16.STEP1", 16, 8, 4, SASS_TYPE_F16, SASS_TYPE_F16, 512},
        {"HMMA.884.F32.F32", 16, 16, 4, SASS_TYPE_F16, SASS_TYPE_F32, 1024},
        {"HMMA.1688.F16", 16, 8, 8, SASS_TYPE_F16, SASS_TYPE_F16, 1024},
        {"HMMA.16816.F16", 16, 8, 16, SASS_TYPE_F16, SASS_TYPE_F16, 2048},
        {"HMMA.16816.F32.BF16", 16, 8, 16, SASS_TYPE_BF16, SASS_TYPE_F32, 2048},
        {"HMMA.1684.F32.TF32", 16, 8, 4, SASS_TYPE_TF32, SASS_TYPE_F32, 512},
        {"HMMA.SP.16832.F32", 16, 8, 32, SASS_TYPE_F16, SASS_TYPE_F32, 4096},
        {"IMMA.16832.S8.S8.SAT", 16, 8, 32, SASS_TYPE_INT8, SASS_TYPE_INT32, 4096},
        {"IMMA.8832.U4.U4", 8, 8, 32, SASS_TYPE_INT4, SASS_TYPE_INT32, 2048},
        {"BMMA.88128.AND.POPC", 8, 8, 128, SASS_TYPE_BIT, SASS_TYPE_INT32, 8192},
        {"DMMA.884", 8, 8, 4, SASS_TYPE_F64, SASS_TYPE_F64, 256},
        {"HGMMA.64x128x16.F32.BF16", 64, 128, 16, SASS_TYPE_BF16, SASS_TYPE_F32, 32768},
        {"QGMMA.64x256x32.F16.E5M2.E4M3", 64, 256, 32, SASS_TYPE_FP8, SASS_TYPE_F16, 131072},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sass_op op = decode(rows[i].text, 90);
        if (op.m != rows[i].m || op.n != rows[i].n || op.k != rows[i].k)
            T_FAIL("%s is %ux%ux%u", rows[i].text, op.m, op.n, op.k);
        if (op.in_type != rows[i].in || op.acc_type != rows[i].acc)
            T_FAIL("%s multiplies %s into %s", rows[i].text, sass_type_name(op.in_type),
                   sass_type_name(op.acc_type));
        CHECK_NEAR(sass_tensor_fma(&op), rows[i].fma, 0);
    }
    struct sass_op plain = decode("FFMA", 80);
    CHECK_NEAR(sass_tensor_fma(&plain), 0, 0);
    CHECK((decode("HMMA.SP.16832.F32", 80).flags & SASS_F_SPARSE) != 0);
}

TEST(widths_in_bytes)
{
    static const struct {
        const char *text;
        unsigned width_b;
    } rows[] = {
        {"LDG.E", 4},
        {"LDG.E.U8", 1},
        {"LDG.E.S8", 1},
        {"LDG.E.U16", 2},
        {"LDG.E.S16", 2},
        {"LDG.E.64.SYS", 8},
        {"STG.E.128", 16},
        {"LDSM.16.M88.4", 16},
        {"LDSM.16.MT88.2", 8},
        {"LDSM.16.M88", 4},
        {"LDS.U.128", 16},
        {"LDGSTS.E.BYPASS.LTC128B.128", 16},
        {"LDGSTS.E.LTC128B", 4},
        {"ATOMG.E.ADD.F16x2.RN", 4},
        {"RED.E.MIN.S64", 8},
        {"FADD", 0},
        {"STSM.16.M88.4", 16},
        {"ULDC.U8", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sass_op op = decode(rows[i].text, 90);
        if (op.width_b != rows[i].width_b)
            T_FAIL("%s moves %u bytes a lane", rows[i].text, op.width_b);
    }
}

TEST(flags_of_modifiers)
{
    CHECK(decode("BAR.SYNC", 80).flags & SASS_F_CTA_BARRIER);
    CHECK(decode("BAR.RED.POPC", 80).flags & SASS_F_CTA_BARRIER);
    CHECK_EQ_INT(decode("BAR.ARV", 80).flags, SASS_F_ARRIVE_ONLY);
    CHECK(decode("LDGSTS.E.BYPASS.128", 80).flags & SASS_F_BYPASS_L1);
    CHECK(!(decode("LDGSTS.E.128", 80).flags & SASS_F_BYPASS_L1));
    CHECK(decode("LDG.E.STRONG.GPU", 80).flags & SASS_F_BYPASS_L1);
    CHECK(decode("LDG.E.CG", 80).flags & SASS_F_BYPASS_L1);
    CHECK(!(decode("LDG.E.SYS", 70).flags & SASS_F_BYPASS_L1));
    CHECK(!(decode("LDG.E.CONSTANT", 80).flags & SASS_F_BYPASS_L1));
    CHECK(decode("WARPGROUP.DEPBAR.LE", 90).flags & SASS_F_WARPGROUP_WAIT);
    CHECK(decode("EXIT", 80).flags & SASS_F_EXIT);
    CHECK(decode("LDC", 80).flags & SASS_F_CONST_OPERAND);
}

TEST(spaces)
{
    CHECK_EQ_INT(decode("LDG.E", 80).space, SASS_SPACE_GLOBAL);
    CHECK_EQ_INT(decode("LD.E", 80).space, SASS_SPACE_GENERIC);
    CHECK_EQ_INT(decode("STL", 80).space, SASS_SPACE_LOCAL);
    CHECK_EQ_INT(decode("LDSM.16.M88.4", 80).space, SASS_SPACE_SHARED);
    CHECK_EQ_INT(decode("LDC", 80).space, SASS_SPACE_CONST);
    CHECK_EQ_INT(decode("TLD.LZ", 80).space, SASS_SPACE_TEXTURE);
    CHECK_EQ_INT(decode("FADD", 80).space, SASS_SPACE_NONE);
}

TEST(text_shows_ranges)
{
    char opcode[80], out[120], tiny[8];
    struct sass_inst in = parse("1 R8 LDG.E.128 1 R2", opcode, sizeof opcode);
    sass_inst_decode(&in, 80);
    CHECK_EQ_STR(sass_inst_text(&in, out, sizeof out), "LDG.E.128 R8..R11, R2..R3");
    CHECK_EQ_STR(sass_inst_text(&in, tiny, sizeof tiny), "LDG.E.1");
    in = parse("0 SHFL.BFLY 2 R47 R62 31", opcode, sizeof opcode);
    sass_inst_decode(&in, 80);
    CHECK_EQ_STR(sass_inst_text(&in, out, sizeof out), "SHFL.BFLY R47, R62, 31");
    in = parse("0 BRA 0 3088", opcode, sizeof opcode);
    sass_inst_decode(&in, 80);
    CHECK_EQ_STR(sass_inst_text(&in, out, sizeof out), "BRA 0xc10");
    in = parse("1 R255 LDS 1 R255", opcode, sizeof opcode);
    sass_inst_decode(&in, 80);
    CHECK_EQ_STR(sass_inst_text(&in, out, sizeof out), "LDS RZ, RZ");
}

TEST(ranges_never_hold_rz)
{
    check_regs(80, "1 R252 LDG.E.128 1 R254", "252-254 : 254");
    check_regs(90, "1 R200 HGMMA.64x256x16.F32 1 R200", "200-254 : 200-254");
}

TEST(names_of_values_out_of_range)
{
    CHECK_EQ_STR(sass_class_name((enum sass_class)99), "unknown");
    CHECK_EQ_STR(sass_pipe_name((enum sass_pipe)99), "unknown");
    CHECK_EQ_STR(sass_space_name((enum sass_space)99), "unknown");
    CHECK_EQ_STR(sass_type_name((enum sass_type)99), "unknown");
    CHECK_EQ_STR(sass_type_name(SASS_TYPE_BIT), "bit");
    CHECK_EQ_STR(sass_type_name(SASS_TYPE_INT32), "int32");
    CHECK_EQ_STR(sass_space_name(SASS_SPACE_TEXTURE), "texture");
}
