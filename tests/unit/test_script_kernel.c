/* The kernel builder: operands as a tracer records them, masks, addresses, refusals. */
#include "t.h"

#include "base/os.h"
#include "base/text.h"
#include "script/assemble.h"
#include "script/script.h"
#include "trace/trace.h"
#include "trace/write.h"

static struct err err;

/* ---- operands ---- */

/* "n_dst Rd n_src Rs ... width immediate" of one instruction, before an EXIT. */
static const char *recorded(const char *line)
{
    static struct arena a;
    static char text[200];
    struct listing l;
    if (a.base == NULL)
        arena_init(&a, ARENA_SMALL);
    err = (struct err){0};
    const char *code = arena_printf(&a, "%s\nEXIT", line);
    if (assemble_listing(&l, &a, str_from(code), 80, 255, &err) != STATUS_OK)
        return err.message;
    const struct sass_inst *in = &l.at[0].inst;
    int n = snprintf(text, sizeof text, "%d", in->n_dst);
    if (in->n_dst != 0)
        n += snprintf(text + n, sizeof text - (size_t)n, " R%d", in->dst);
    n += snprintf(text + n, sizeof text - (size_t)n, " %s %d", in->opcode, in->n_src);
    for (int i = 0; i < in->n_src; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " R%d", in->src[i]);
    snprintf(text + n, sizeof text - (size_t)n, " %d %lld", in->mem_width_b,
             (long long)in->immediate);
    return text;
}

/* "bank:offset" of the constant operand of one instruction; "" = none. */
static const char *constant_of(const char *line)
{
    static struct arena a;
    static char text[20];
    struct listing l;
    if (a.base == NULL)
        arena_init(&a, ARENA_SMALL);
    const char *code = arena_printf(&a, "%s\nEXIT", line);
    CHECK(assemble_listing(&l, &a, str_from(code), 80, 255, &err) == STATUS_OK);
    const struct sass_inst *in = &l.at[0].inst;
    text[0] = '\0';
    if (in->has_const)
        snprintf(text, sizeof text, "%u:%x", in->const_bank, in->const_offset);
    return text;
}

TEST(constants_are_read_from_the_listing)
{
    CHECK_EQ_STR(constant_of("MOV R1, c[0x0][0x28]"), "0:28");
    CHECK_EQ_STR(constant_of("FFMA R1, R2, -c[0x3][0x1f40], R4"), "3:1f40");
    CHECK_EQ_STR(constant_of("FADD R1, R2, |c[0x2][0x10]|"), "2:10");
    CHECK_EQ_STR(constant_of("ULDC.64 UR4, c[0x0][0x118]"), "0:118");
    CHECK_EQ_STR(constant_of("LDC R2, c[0x3][R4]"), ""); /* not known before it runs */
    CHECK_EQ_STR(constant_of("MOV R1, c[0x0][0x10000]"), "");
    CHECK_EQ_STR(constant_of("MOV R1, c[0x20][0x0]"), "");
    CHECK_EQ_STR(constant_of("IADD3 R9, R3, R54, RZ"), "");
}

/* Expected texts are those of recorded traces of sm_80. */
TEST(records_what_a_tracer_records)
{
    CHECK_EQ_STR(recorded("MOV R1, c[0x0][0x28]"), "1 R1 MOV 0 0 0");
    CHECK_EQ_STR(recorded("S2UR UR4, SR_CTAID.X"), "0 S2UR 0 0 0");
    CHECK_EQ_STR(recorded("HFMA2.MMA R59, -RZ, RZ, 0, 0"), "1 R59 HFMA2.MMA 2 R255 R255 0 0");
    CHECK_EQ_STR(recorded("ULDC.64 UR4, c[0x0][0x118]"), "0 ULDC.64 0 0 0");
    CHECK_EQ_STR(recorded("IADD3 R9, R3, R54, RZ"), "1 R9 IADD3 3 R3 R54 R255 0 0");
    CHECK_EQ_STR(recorded("SHF.L.U32 R2, R3, 0x3, RZ"), "1 R2 SHF.L.U32 2 R3 R255 0 3");
    CHECK_EQ_STR(recorded("IADD3 R17, R7, 0x1, RZ"), "1 R17 IADD3 2 R7 R255 0 1");
    CHECK_EQ_STR(recorded("IMAD.WIDE.U32 R12, R7, R58, c[0x0][0x160]"),
                 "1 R12 IMAD.WIDE.U32 2 R7 R58 0 0");
    CHECK_EQ_STR(recorded("ISETP.GE.AND P0, PT, R6, c[0x0][0x178], PT"), "0 ISETP.GE.AND 1 R6 0 0");
    CHECK_EQ_STR(recorded("@!PT LDS RZ, [RZ]"), "1 R255 LDS 1 R255 4 0");
    CHECK_EQ_STR(recorded("LDGSTS.E.BYPASS.LTC128B.128 [R4+0x10], [R12.64]"),
                 "0 LDGSTS.E.BYPASS.LTC128B.128 2 R4 R12 16 0");
    CHECK_EQ_STR(recorded("SHFL.BFLY PT, R47, R62, 0x10, 0x1f"), "0 SHFL.BFLY 2 R47 R62 0 31");
    CHECK_EQ_STR(recorded("STG.E.128 [R2.64], R16"), "0 STG.E.128 2 R2 R16 16 0");
    CHECK_EQ_STR(recorded("LDSM.16.M88.4 R92, [R3+0x4000]"), "1 R92 LDSM.16.M88.4 1 R3 2 0");
    CHECK_EQ_STR(recorded("HMMA.16816.F16 R140, R16.reuse, R94, RZ"),
                 "1 R140 HMMA.16816.F16 3 R16 R94 R255 0 0");
    CHECK_EQ_STR(recorded("LOP3.LUT P0, RZ, R13, 0x1, RZ, 0xc0, !PT"),
                 "0 LOP3.LUT 3 R255 R13 R255 0 192");
    CHECK_EQ_STR(recorded("LDG.E.U8 R0, desc[UR4][R4.64+UR6]"), "1 R0 LDG.E.U8 1 R4 1 0");
    CHECK_EQ_STR(recorded("DEPBAR.LE SB0, 0x1"), "0 DEPBAR.LE 0 0 1");
    CHECK_EQ_STR(recorded("BAR.SYNC.DEFER_BLOCKING 0x0"), "0 BAR.SYNC.DEFER_BLOCKING 0 0 0");
    CHECK_EQ_STR(recorded("FMUL R8, |R6|, -1.5"), "1 R8 FMUL 1 R6 0 -1");
    CHECK_EQ_STR(recorded("CS2R R8, SRZ"), "1 R8 CS2R 0 0 0");
    CHECK_EQ_STR(recorded("@P0 BRA there\nNOP\nthere: NOP"), "0 BRA 0 0 32");
    CHECK_EQ_STR(recorded("BSSY B0, there\nthere: BSYNC B0"), "0 BSSY 0 0 16");
}

TEST(listings_that_are_wrong_are_refused)
{
    CHECK_EQ_STR(recorded("FROB R1, R2"), "unknown opcode: 'FROB'");
    CHECK_EQ_STR(recorded("MOV R1, R2 {x"), "no closing brace: 'x'");
    CHECK_EQ_STR(recorded("MOV R1, R2 {x y}"), "not a name: 'x y'");
    CHECK_EQ_STR(recorded("BRA nowhere"), "no instruction has this label: 'nowhere'");
    CHECK_EQ_STR(recorded("BRA 0x10"), "a branch needs a label: 'BRA'");
    CHECK_EQ_STR(recorded("@X0 NOP"), "not a predicate: 'X0'");
    CHECK_EQ_STR(recorded("@P0"), "no opcode: ''");
    CHECK_EQ_STR(recorded("a: NOP\na: NOP"), "label given twice: 'a'");
    CHECK_EQ_STR(recorded("MOV R1, ?"), "not an operand: '?'");
    CHECK_EQ_STR(recorded("CALL.REL.NOINC 0x10"),
                 "only BRA and EXIT change the flow of a builder's kernel: 'CALL'");
    CHECK_EQ_STR(recorded("IADD3 R1, R2, R3, R4, R5, R6, R7"), "too many register operands: 'R7'");
    CHECK_EQ_STR(recorded("NOP\nEXIT\nNOP\n@P0"), "no opcode: ''");
    CHECK_EQ_INT(err.line, 4);
}

/* ---- whole kernels ---- */

/* Builds the script's kernels to FILE in the test's folder; the message of a failure, or "". */
static const char *build(const char *script, const char *file)
{
    static struct text out;
    const char *path = t_temp_path("builder.lua");
    if (out.arena.base == NULL)
        text_init(&out);
    text_clear(&out);
    err = (struct err){0};
    CHECK(os_write_file(path, str_from(script), &err) == STATUS_OK);
    struct script_options o = {.data_dir = ".", .out = &out};
    return script_build(&o, path, t_temp_path(file), &err) == STATUS_OK ? "" : err.message;
}

/* The kernel that the script makes, read back from the file; NULL and a failed check otherwise. */
static const struct trace_kernel *built(const char *script, const char *file)
{
    struct trace *t;
    const struct trace_kernel *k = NULL;
    CHECK_EQ_STR(build(script, file), "");
    if (trace_open(&t, t_temp_path(file), &(struct trace_options){0}, &err) != STATUS_OK) {
        T_FAIL("%s", err.message);
        return NULL;
    }
    CHECK(trace_load(t, 0, NULL, &k, &err) == STATUS_OK);
    trace_close(t);
    return k;
}

static char *dump_cta(const struct trace_kernel *k, uint32_t cta)
{
    static struct text out;
    if (out.arena.base == NULL)
        text_init(&out);
    text_clear(&out);
    trace_text_cta(k, cta, &out);
    return out.arena.base;
}

#define DIVERGENT                                                             \
    "local a = buffer(1024)\n"                                                \
    "kernel{name = 'd', grid = {1, 2}, block = {8, 5}, regs = 8, code = [[\n" \
    "      S2R R0, SR_TID.X\n"                                                \
    "      MOV R2, c[0x0][0x160]\n"                                           \
    "      MOV R3, c[0x0][0x164]\n"                                           \
    "      ISETP.NE.AND P1, PT, R0, RZ, PT {odd}\n"                           \
    "  @P1 BRA other\n"                                                       \
    "loop: ISETP.LT.AND P0, PT, R0, 0x3, PT {more}\n"                         \
    "  @P0 BRA loop\n"                                                        \
    "      BRA join\n"                                                        \
    "other:LDG.E R4, [R2.64] {at}\n"                                          \
    "join: STG.E [R2.64], R0 {all}\n"                                         \
    "      EXIT\n"                                                            \
    "]],\n"                                                                   \
    "odd = function(t) return t.tid % 2 == 1 end,\n"                          \
    "more = function(t, n) return n < t.y end,\n"                             \
    "at = function(t) return a + 4 * t.tid end,\n"                            \
    "all = function(t) return a + 512 * t.cy + 4 * t.tid end}\n"

TEST(lanes_part_and_meet_again)
{
    const struct trace_kernel *k = built(DIVERGENT, "divergent.traceg");
    CHECK_EQ_INT(k->n_ctas, 2);
    CHECK_EQ_INT(k->n_warps, 4);
    const char *cta = dump_cta(k, 1);
    CHECK(strstr(cta, "thread block = 0,1,0") != NULL);
    CHECK(strstr(cta, "0040 aaaaaaaa 0 BRA 0 0 128 \n") != NULL);
    /* Rows of 8 threads loop once more than the one above; even lanes of each alone. */
    CHECK(strstr(cta, "0050 55555555 0 ISETP.LT.AND 1 R0 0 3 \n"
                      "0060 55555500 0 BRA 0 0 80 \n"
                      "0050 55555500 0 ISETP.LT.AND 1 R0 0 3 \n"
                      "0060 55550000 0 BRA 0 0 80 \n"
                      "0050 55550000 0 ISETP.LT.AND 1 R0 0 3 \n"
                      "0060 55000000 0 BRA 0 0 80 \n"
                      "0050 55000000 0 ISETP.LT.AND 1 R0 0 3 \n"
                      "0060 00000000 0 BRA 0 0 80 \n"
                      "0070 55555555 0 BRA 0 0 144 \n"
                      "0080 aaaaaaaa 1 R4 LDG.E 1 R2 4 2 0x7f5c00000004 8 8 8 8") != NULL);
    CHECK(strstr(cta, "0090 ffffffff 0 STG.E 2 R2 R0 4 1 0x7f5c00000200 4 0 \n"
                      "00a0 ffffffff 0 EXIT 0 0 0 \n") != NULL);
    /* The last 8 of 40 threads are a warp of their own. */
    CHECK(strstr(cta, "0000 000000ff 1 R0 S2R 0 0 0 \n") != NULL);
    trace_kernel_release(k);
}

TEST(headers_say_what_was_built)
{
    const struct trace_kernel *k = built(DIVERGENT, "header.traceg");
    CHECK_EQ_STR(k->h.name, "d");
    CHECK(k->h.is_synthetic);
    CHECK_EQ_STR(k->h.made_by, "builder.lua");
    CHECK_EQ_INT(k->h.grid[1], 2);
    CHECK_EQ_INT(k->h.block[0] * k->h.block[1], 40);
    CHECK_EQ_INT(k->h.isa, 80);
    CHECK_EQ_INT(k->h.n_regs, 8);
    CHECK_EQ_INT(k->counts.mem_mode[1], 4);
    CHECK_EQ_INT(k->counts.mem_mode[2], 4);
    CHECK_EQ_INT(k->counts.unknown_insts, 0);
    trace_kernel_release(k);
}

TEST(predicated_off_instructions_are_recorded)
{
    const struct trace_kernel *k =
        built("local a = buffer(4) kernel{name = 'p', regs = 8, block = 1, grid = 1, code = [[\n"
              "ISETP.NE.AND P0, PT, RZ, RZ, PT {never}\n"
              "@P0 LDG.E R2, [R4.64] {at}\n@!PT LDS RZ, [RZ]\nEXIT]],\n"
              "never = function() return false end, at = function() return a end}",
              "off.traceg");
    const char *cta = dump_cta(k, 0);
    CHECK(strstr(cta, "0010 00000000 1 R2 LDG.E 1 R4 4 1 0x0 0 0 \n") != NULL);
    CHECK(strstr(cta, "0020 00000000 1 R255 LDS 1 R255 4 1 0x0 0 0 \n") != NULL);
    CHECK_EQ_INT(k->counts.masked_off, 2);
    trace_kernel_release(k);
}

#define SMALL(code, rest)                                                                  \
    "local a = buffer(64)\nkernel{name = 'k', regs = 8, block = 1, grid = 1, shmem = 64, " \
    "code = [[" code "\nEXIT]], " rest "}"

TEST(mistakes_in_kernels_are_found)
{
    CHECK_EQ_STR(build(SMALL("MOV R1, R2", ""), "x.traceg"),
                 "kernel k, line 1 of its code: MOV: R2 is read before it is written");
    CHECK_EQ_STR(build(SMALL("CS2R R2, SRZ\nLDG.E R1, [R2.64]", ""), "x.traceg"),
                 "kernel k, line 2 of its code: LDG.E: needs a mark that gives its addresses");
    CHECK_EQ_STR(
        build(SMALL("CS2R R2, SRZ\nLDG.E R1, [R2.64] {at}", "at = function() return a + 2 end"),
              "x.traceg"),
        "kernel k, line 2 of its code: LDG.E: address 0x7f5c00000002 is not aligned");
    CHECK_EQ_STR(
        build(SMALL("CS2R R2, SRZ\nLDG.E R1, [R2.64] {at}", "at = function() return a + 64 end"),
              "x.traceg"),
        "kernel k, line 2 of its code: LDG.E: address 0x7f5c00000040 is in no buffer");
    CHECK_EQ_STR(build(SMALL("LDS.128 R4, [RZ] {at}", "at = function() return 64 end"), "x.traceg"),
                 "kernel k, line 1 of its code: LDS.128: address 0x40 is beyond the shared memory");
    CHECK_EQ_STR(build(SMALL("LDS R4, [RZ] {at}", "at = function() return 'x' end"), "x.traceg"),
                 "kernel k, line 1 of its code: LDS: {at} must give an address, found a string");
    CHECK_EQ_STR(build(SMALL("@P0 EXIT", ""), "x.traceg"),
                 "kernel k, line 1 of its code: EXIT: its predicate has no value yet: mark the "
                 "instruction that sets it");
    CHECK_EQ_STR(build(SMALL("NOP {x}", "x = print"), "x.traceg"),
                 "kernel k, line 1 of its code: NOP: a mark has no meaning here");
    CHECK_EQ_STR(build(SMALL("LDS R4, [RZ] {x}", ""), "x.traceg"),
                 "kernel k, line 1 of its code: LDS: no function 'x'");
    CHECK_EQ_STR(build(SMALL("NOP", "y = print"), "x.traceg"),
                 "kernel k: 'y' is no option and no instruction has that mark");
    CHECK_EQ_STR(build(SMALL("l: BRA l", ""), "x.traceg"),
                 "kernel k, line 1 of its code: BRA: the warp does not come to an end");
    CHECK_EQ_STR(
        build(SMALL("MOV R8, RZ", ""), "x.traceg"),
        "kernel k, line 1 of its code: writes registers beyond those of the kernel: 'MOV'");
    CHECK_EQ_STR(build("kernel{name = 'k', grid = 1, block = 2000, code = 'EXIT'}", "x.traceg"),
                 "kernel: block must be whole numbers from 1 to 1024");
    CHECK_EQ_STR(build("print('nothing')", "x.traceg"), "the script made no kernel");
    CHECK_EQ_INT(err.status, STATUS_LUA);
}

TEST(an_error_in_a_mark_names_its_line)
{
    CHECK_EQ_STR(
        build(SMALL("LDS R4, [RZ] {at}", "\nat = function(t) return t.q + 1 end"), "x.traceg"),
        "attempt to perform arithmetic on a nil value (field 'q')");
    CHECK_EQ_INT(err.line, 4);
}
