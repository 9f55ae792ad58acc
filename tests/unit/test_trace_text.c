/* Text of every tracer version: what it means, and where it is wrong. */
#include "t.h"
#include "trace/trace.h"
#include "trace/write.h"

/* ---- making text ---- */

#define HEAD_OF(version, isa, format)    \
    "-kernel name = k\n"                 \
    "-kernel id = 3\n"                   \
    "-grid dim = (2,1,1)\n"              \
    "-block dim = (64,1,1)\n"            \
    "-shmem = 0\n"                       \
    "-nregs = 16\n"                      \
    "-binary version = " isa "\n"        \
    "-cuda stream id = 0\n" version "\n" \
    "#traces format = " format "\n\n"

#define IDS           "threadblock_x threadblock_y threadblock_z warpid_tb "
#define FIELDS        "PC mask dest_num [reg_dests] opcode src_num [reg_srcs] mem_width [mem_addresses]"
#define V2            HEAD_OF("", "70", IDS FIELDS)
#define V3            HEAD_OF("-accelsim tracer version = 3\n", "80", IDS FIELDS)
#define V4            HEAD_OF("-accelsim tracer version = 4\n", "70", "[line_num] " FIELDS)
#define V5            HEAD_OF("-accelsim tracer version = 5\n", "80", "[line_num] " FIELDS " immediate")
#define V6            HEAD_OF("-accelsim tracer version = 6\n", "90", "[line_num] " FIELDS " immediate")
#define RAW           HEAD_OF("-accelsim tracer version = 3\n", "61", IDS FIELDS)

#define CTA           "#BEGIN_TB\n\nthread block = 0,0,0\n\n"
#define WARP(id, n)   "warp = " #id "\ninsts = " #n "\n"
#define END           "\n#END_TB\n"
#define EXIT          "0ff0 ffffffff 0 EXIT 0 0 0 \n"
#define EXIT_OLD      "0ff0 ffffffff 0 EXIT 0 0 \n"
#define EXIT_V6       "0ff0 ffffffff 0 EXIT 0 0 0 0 NoVal \n"
#define ONE(line)     V5 CTA WARP(0, 2) line "\n" EXIT END
#define ONE_OLD(line) V3 CTA WARP(0, 2) line "\n" EXIT_OLD END
#define ONE_V6(line)  V6 CTA WARP(0, 2) line "\n" EXIT_V6 END

static const struct trace_kernel *load_with(const char *text, bool keep_going)
{
    const struct trace_kernel *k = NULL;
    struct trace_options o = {.keep_going = keep_going};
    struct err e = {0};
    if (trace_load_text(str_from(text), "test", &o, &k, &e) != STATUS_OK)
        T_FAIL("%u:%u: %s; expected %s, found %s", e.line, e.column, e.message, e.expected,
               e.found);
    return k;
}

static const struct trace_kernel *load(const char *text)
{
    return load_with(text, false);
}

static bool has_warning(const struct trace_kernel *k, const char *part)
{
    for (uint32_t i = 0; i < k->n_warnings; i++) {
        if (strstr(k->warnings[i], part) != NULL)
            return true;
    }
    return false;
}

/* The first step's addresses as text: "lane:address ...", only lanes set. */
static const char *addresses(const struct trace_kernel *k)
{
    static char out[2000];
    uint64_t lane[SASS_WARP_LANES];
    size_t n = 0;
    uint32_t set = trace_access_lanes(k, 0, k->paths[0].steps[0].mask, lane);
    out[0] = '\0';
    for (unsigned i = 0; i < SASS_WARP_LANES; i++) {
        if (set >> i & 1)
            n += (size_t)snprintf(out + n, sizeof out - n, "%u:%llx ", i,
                                  (unsigned long long)lane[i]);
    }
    return out;
}

#define CHECK_ADDRESSES(text, expected)              \
    do {                                             \
        const struct trace_kernel *t_k = load(text); \
        if (t_k == NULL)                             \
            break;                                   \
        CHECK_EQ_STR(addresses(t_k), expected);      \
        trace_kernel_release(t_k);                   \
    } while (0)

/* ---- the form ---- */

TEST(warps_that_do_the_same_share_a_path)
{
    const struct trace_kernel *k =
        load(V5 CTA WARP(0, 2) "0000 ffffffff 1 R1 IMAD.MOV.U32 2 R255 R255 0 -7 \n" EXIT  //
                 WARP(1, 2) "0000 ffffffff 1 R1 IMAD.MOV.U32 2 R255 R255 0 -7 \n" EXIT END //
                            "#BEGIN_TB\nthread block = 1,0,0\n"                            //
             WARP(0, 1) EXIT END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_ctas, 2);
    CHECK_EQ_INT(k->n_warps, 3);
    CHECK_EQ_INT(k->n_paths, 2);
    CHECK_EQ_INT(k->paths[0].n_warps, 2);
    CHECK_EQ_INT(k->ctas[1].first_warp, 2);
    CHECK_EQ_INT(k->warps[2].cta, 1);
    CHECK_EQ_INT(k->n_code, 2);
    CHECK_EQ_STR(k->code[0].opcode, "IMAD.MOV.U32");
    CHECK_EQ_INT(k->code[0].immediate, -7);
    CHECK_EQ_INT(k->code[0].n_src, 2);
    CHECK_EQ_INT(k->code[1].op.cls, SASS_BRANCH);
    CHECK_EQ_INT(k->counts.warp_insts, 5);
    CHECK_EQ_INT(k->counts.thread_insts, 160);
    CHECK_EQ_INT(k->counts.opcodes, 2);
    CHECK_EQ_INT(k->counts.ctas_in_grid, 2);
    CHECK_EQ_INT(k->n_warnings, 0);
    CHECK(trace_kernel_memory_b(k) > 0);
    CHECK(trace_kernel_retain(k) == k);
    trace_kernel_release(k);
    trace_kernel_release(k);
}

TEST(one_pc_may_stand_for_several_instructions)
{
    const struct trace_kernel *k =
        load(V5 CTA WARP(0, 5) "0000 ffffffff 0 NOP 0 0 0 \n"
                               "0000 ffffffff 1 R2 MOV 1 R3 0 0 \n"
                               "0000 ffffffff 0 NOP 0 0 0 \n"
                               "0000 ffffffff 1 R2 MOV 1 R3 0 4 \n" EXIT END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_code, 4);
    CHECK_EQ_INT(k->paths[0].steps[2].code, k->paths[0].steps[0].code);
    CHECK(k->paths[0].steps[3].code != k->paths[0].steps[1].code);
    trace_kernel_release(k);
}

TEST(the_cursor_gives_accesses_to_the_steps_that_have_them)
{
    const struct trace_kernel *k =
        load(V5 CTA WARP(0, 3) "0000 ffffffff 0 NOP 0 0 0 \n"
                               "0010 ffffffff 1 R4 LDG.E 1 R2 4 1 0x100 4 0 \n" EXIT END);
    struct trace_cursor c;
    uint64_t access;
    if (k == NULL)
        return;
    trace_cursor_start(&c, k, 0);
    CHECK(trace_cursor_next(&c, &access) == &k->paths[0].steps[0]);
    CHECK(access == UINT64_MAX);
    CHECK(trace_cursor_next(&c, &access) != NULL);
    CHECK_EQ_INT(access, 0);
    CHECK(trace_cursor_next(&c, &access) != NULL);
    CHECK(access == UINT64_MAX);
    CHECK(trace_cursor_next(&c, &access) == NULL);
    trace_kernel_release(k);
}

/* ---- address modes ---- */

TEST(mode_0_lists_addresses)
{
    const char *text = ONE_OLD("0000 0000000d 1 R4 LDG.E 1 R2 4 0 0x100 0x300 0x200 ");
    CHECK_ADDRESSES(text, "0:100 2:300 3:200 ");
    const struct trace_kernel *k = load(text);
    CHECK_EQ_INT(k->counts.mem_mode[0], 1);
    trace_kernel_release(k);
}

TEST(mode_1_is_base_and_stride)
{
    CHECK_ADDRESSES(ONE("0000 0000000f 1 R4 LDG.E 1 R2 4 1 0x7f00 -4 0 "),
                    "0:7f00 1:7efc 2:7ef8 3:7ef4 ");
    CHECK_ADDRESSES(ONE("0000 00000030 1 R4 LDG.E 1 R2 4 1 0x7f00 0 0 "), "4:7f00 5:7f00 ");
}

TEST(mode_2_deltas_count_from_the_active_lane_before)
{
    CHECK_ADDRESSES(ONE("0000 80010001 1 R4 LDG.E 1 R2 4 2 0x1000 16 -32 0 "),
                    "0:1000 16:1010 31:ff0 ");
    CHECK_ADDRESSES(ONE_OLD("0000 80010001 1 R4 LDG.E 1 R2 4 2 0x1000 16 -32 "),
                    "0:1000 16:1010 31:ff0 ");
    CHECK_ADDRESSES(ONE("0000 00000100 1 R4 LDG.E 1 R2 4 2 0x1000 9 "), "8:1000 ");
    CHECK_ADDRESSES(ONE_OLD("0000 00000100 1 R4 LDG.E 1 R2 4 2 0x1000 "), "8:1000 ");
}

TEST(deltas_of_every_width_survive)
{
    CHECK_ADDRESSES(ONE("0000 0000000f 1 R4 LDG.E 1 R2 4 2 0x10 127 -128 1 0 "),
                    "0:10 1:8f 2:f 3:10 ");
    CHECK_ADDRESSES(ONE("0000 0000000f 1 R4 LDG.E 1 R2 4 2 0x100000 128 -32768 32767 0 "),
                    "0:100000 1:100080 2:f8080 3:10007f ");
    CHECK_ADDRESSES(
        ONE("0000 0000000f 1 R4 LDG.E 1 R2 4 2 0x100000000 -2147483648 2147483647 0 0 "),
        "0:100000000 1:80000000 2:ffffffff 3:ffffffff ");
    CHECK_ADDRESSES(
        ONE("0000 0000000f 1 R4 LDG.E 1 R2 4 2 0x0 140737488355327 -1 -140737488355326 0 "),
        "0:0 1:7fffffffffff 2:7ffffffffffe 3:0 ");
}

TEST(a_missing_last_delta_is_noted_and_its_lane_left_out)
{
    const struct trace_kernel *k = load(ONE("0000 00000007 1 R4 LDG.E 1 R2 4 2 0x1000 16 0 "));
    if (k == NULL)
        return;
    CHECK_EQ_STR(addresses(k), "0:1000 1:1010 ");
    CHECK(has_warning(k, "lacks its last delta"));
    trace_kernel_release(k);
}

TEST(an_access_without_lanes_has_no_address)
{
    CHECK_ADDRESSES(ONE("0000 00000000 1 R255 LDS 1 R255 4 1 0x0 0 0 "), "");
    CHECK_ADDRESSES(ONE_OLD("0000 00000000 1 R255 LDS 1 R255 4 1 0x0 0 "), "");
    CHECK_ADDRESSES(ONE("0000 00000000 1 R255 LDS 1 R255 4 2 0x0 0 "), "");
    const struct trace_kernel *k = load(ONE("0000 00000000 1 R255 LDS 1 R255 4 1 0x0 0 0 "));
    CHECK_EQ_INT(k->counts.masked_off, 1);
    CHECK_EQ_INT(k->counts.mem_insts, 1);
    CHECK_EQ_INT(k->patterns[k->access_pattern[0]].kind, TRACE_PATTERN_NONE);
    trace_kernel_release(k);
}

/* The same text behind the base may mean other lanes when the mask differs. */
TEST(recognised_lines_mind_the_mask)
{
    const struct trace_kernel *k =
        load(V5 CTA WARP(0, 5) "0000 00000007 1 R4 LDG.E 1 R2 4 2 0x10 4 8 0 \n"
                               "0000 00000007 1 R4 LDG.E 1 R2 4 2 0x20 4 8 0 \n"
                               "0000 00000070 1 R4 LDG.E 1 R2 4 2 0x30 4 8 0 \n"
                               "0000 00000001 1 R4 LDG.E 1 R2 4 1 0x40 0 0 \n" EXIT END);
    uint64_t out[SASS_WARP_LANES];
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_code, 2);
    CHECK_EQ_INT(k->n_patterns, 2);
    CHECK_EQ_INT(trace_access_lanes(k, 2, 0x70, out), 0x70);
    CHECK_EQ_INT(out[6], 0x3c);
    CHECK_EQ_INT(k->counts.mem_mode[1], 1);
    CHECK_EQ_INT(k->counts.mem_mode[2], 3);
    trace_kernel_release(k);
}

TEST(old_addresses_have_sixteen_digits)
{
    CHECK_ADDRESSES(ONE_OLD("0000 00000003 1 R8 LDG.E.SYS 1 R2 4 1 0x00007fe033702880 4 "),
                    "0:7fe033702880 1:7fe033702884 ");
}

/* ---- versions ---- */

TEST(v2_repeats_ids_on_every_line)
{
    const struct trace_kernel *k = load(
        V2 CTA WARP(0, 3) "0 0 0 0 0000 00000000 0 SHFL.IDX 4 R255 R255 R255 R255 0 \n"
                          "0 0 0 0 0290 ffff0000 1 R8 LDG.E.SYS 1 R2 4 1 0x00007fe033702880 4 \n"
                          "0 0 0 0 0ff0 ffffffff 0 EXIT 0 0 \n" END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->h.tracer_version, 0);
    CHECK(!k->h.has_immediate);
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK_EQ_INT(k->code[1].pc, 0x290);
    trace_kernel_release(k);
}

TEST(the_oldest_lists_have_no_mode)
{
    CHECK_ADDRESSES(ONE_OLD("0000 00000003 1 R4 LDG.E 1 R2 4 0x100 0x120 "), "0:100 1:120 ");
}

TEST(the_format_line_and_not_the_version_tells_of_immediates)
{
    const struct trace_kernel *k =
        load(V4 CTA WARP(0, 2) "0000 ffffffff 1 R1 MOV 0 0 \n" EXIT_OLD END);
    if (k == NULL)
        return;
    CHECK(!k->h.has_immediate);
    trace_kernel_release(k);
    k = load(HEAD_OF("-accelsim tracer version = 4\n", "80", "[line_num] " FIELDS " immediate")
                 CTA WARP(0, 2) "0000 ffffffff 0 DEPBAR.LE 0 0 3 \n" EXIT END);
    if (k == NULL)
        return;
    CHECK(k->h.has_immediate);
    CHECK_EQ_INT(k->code[0].immediate, 3);
    trace_kernel_release(k);
}

#define LINEINFO \
    HEAD_OF("-accelsim tracer version = 5\n-enable lineinfo = 1\n", "80", FIELDS " immediate")

TEST(source_lines_stand_in_front)
{
    const struct trace_kernel *k = load(LINEINFO CTA WARP(
        0, 4) "12 0000 ffffffff 1 R1 MOV 0 0 0 \n"
              "12 0010 ffffffff 1 R1 MOV 0 0 0 \n"
              "13 0000 ffffffff 1 R1 MOV 0 0 0 \n"
              "0 0ff0 ffffffff 0 EXIT 0 0 0 \n" WARP(1, 1) "0 0ff0 ffffffff 0 EXIT 0 0 0 \n" END);
    if (k == NULL)
        return;
    CHECK(k->h.has_source_line);
    CHECK_EQ_INT(k->n_code, 4);
    CHECK_EQ_INT(k->code[0].source_line, 12);
    CHECK_EQ_INT(k->code[2].source_line, 13);
    trace_kernel_release(k);
}

TEST(core_numbers_in_front_are_passed)
{
    const struct trace_kernel *k = load(V5 CTA WARP(0, 2) "17 3 0000 ffffffff 1 R1 MOV 0 0 0 \n"
                                                          "17 3 0ff0 ffffffff 0 EXIT 0 0 0 \n" END);
    CHECK(k != NULL && k->code[0].pc == 0 && k->n_code == 2);
    trace_kernel_release(k);
    k = load(RAW "0 0 0 0 17 3 0000 ffffffff 1 R1 MOV 0 0 \n"
                 "0 0 0 0 17 3 0ff0 ffffffff 0 EXIT 0 0 \n");
    CHECK(k != NULL && k->n_warps == 1 && k->paths[0].n_steps == 2);
    trace_kernel_release(k);
}

TEST(v6_names_more_registers_and_values)
{
    const struct trace_kernel *k = load(
        V6 "#BEGIN_TB\nthread block = 0,0,0\ncluster id = 0,0,0\ncluster cta = 0,0,0\n"
           "cluster rank = 0\n" WARP(0, 7) //
        "0000 ffffffff 1 UR4 UMOV 1 UR6 0 5 0 NoVal \n"
        "0010 ffffffff 1 R4 IADD3 4 R2 UR6 P0 R3 0 0 0 Val 32 0 1 2 3 4 5 6 7 8 9 a b c d e f "
        "0 1 2 3 4 5 6 7 8 9 a b c d e f 1 ff \n"
        "0010 ffffffff 1 R4 IADD3 4 R2 UR6 P0 R3 0 0 0 Val 32 1 1 2 3 4 5 6 7 8 9 a b c d e f "
        "0 1 2 3 4 5 6 7 8 9 a b c d e f 1 ff \n"
        "0020 ffffffff 1 R24 HGMMA.64x64x16.F32 2 UR4 R24 1 0 0 0 NoVal \n"
        "0030 00000001 0 UTMALDG.2D 2 UR8 UR4 16 ff00 1 3 4096 0 4 0x7f00 3 128 128 0 0 NoVal \n"
        "0030 00000001 0 UTMALDG.2D 2 UR8 UR4 16 ff00 0 4096 0 3 2 0x8f00 0x9f00 0 0 NoVal \n" //
        EXIT_V6 END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_code, 5);
    CHECK_EQ_INT(k->code[0].n_dst, 0);
    CHECK_EQ_INT(k->code[0].immediate, 5);
    CHECK_EQ_INT(k->code[1].n_src, 2);
    CHECK_EQ_INT(k->code[1].src[1], 3);
    CHECK_EQ_INT(k->paths[0].steps[2].code, 1);
    CHECK_EQ_INT(k->counts.mem_mode[3], 1);
    CHECK_EQ_INT(k->counts.mem_mode[4], 1);
    CHECK_EQ_INT(k->access_base[0], 0x7f00);
    CHECK_EQ_INT(k->access_base[1], 0x8f00);
    CHECK_EQ_INT(k->patterns[k->access_pattern[0]].n, 3);
    trace_kernel_release(k);
}

TEST(v6_accesses_end_with_two_immediates)
{
    CHECK_ADDRESSES(ONE_V6("0000 00000007 1 R4 LDG.E 1 R2 4 2 0x1000 16 -32 0 0 NoVal "),
                    "0:1000 1:1010 2:ff0 ");
    CHECK_ADDRESSES(ONE_V6("0000 00000007 1 R4 LDG.E 1 R2 4 1 0x1000 4 0 0 Val 32 0 1 "),
                    "0:1000 1:1004 2:1008 ");
}

TEST(replay_markers_are_no_instructions)
{
    const struct trace_kernel *k = load(V6 CTA WARP(0, 2) "REPLAY_START\n"
                                                          "0000 ffffffff 0 NOP 0 0 0 0 NoVal \n"
                                                          "REPLAY_END\nREPLAY_START\n" EXIT_V6 END);
    CHECK(k != NULL && k->counts.warp_insts == 2 && has_warning(k, "3 replay markers"));
    trace_kernel_release(k);
    /* ... also when the tracer counts them, and when they look like instructions */
    k = load(V6 CTA WARP(0, 4) "0000 ffffffff 0 REPLAY_START 0 0 0 0 NoVal \n"
                               "0000 ffffffff 0 NOP 0 0 0 0 NoVal \n"
                               "REPLAY_END\n" EXIT_V6 END);
    CHECK(k != NULL && k->counts.warp_insts == 2);
    trace_kernel_release(k);
}

/* ---- traps ---- */

TEST(an_ldgsts_written_twice_counts_once_with_its_global_half)
{
    const struct trace_kernel *k = load(
        V3 CTA WARP(0, 5) "0000 0000000f 0 LDGSTS.E.128 2 R4 R12 16 1 0x400 16 \n"
                          "0000 0000000f 0 LDGSTS.E.128 2 R4 R12 16 1 0x7ff800000000 32 \n"
                          "0010 0000000f 0 LDGSTS.E.128 2 R4 R12 16 1 0x7ff800001000 32 \n"
                          "0010 0000000f 0 LDGSTS.E.128 2 R4 R12 16 1 0x800 16 \n" EXIT_OLD END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->counts.warp_insts, 3);
    CHECK_EQ_INT(k->n_accesses, 2);
    CHECK(k->access_base[0] == 0x7ff800000000);
    CHECK(k->access_base[1] == 0x7ff800001000);
    CHECK_EQ_INT(k->patterns[k->access_pattern[0]].stride, 32);
    CHECK_EQ_INT(k->access_pattern[0], k->access_pattern[1]);
    CHECK(has_warning(k, "2 LDGSTS were written twice"));
    trace_kernel_release(k);
}

TEST(a_loop_over_one_ldgsts_is_not_merged)
{
    const struct trace_kernel *k = load(V5 CTA WARP(
        0, 4) "0000 0000000f 0 LDGSTS.E.128 2 R4 R12 16 1 0x7ff800000000 16 0 \n"
              "0010 0000000f 0 BRA 0 0 0 \n"
              "0000 0000000f 0 LDGSTS.E.128 2 R4 R12 16 1 0x7ff800000400 16 0 \n" EXIT END);
    CHECK(k != NULL && k->counts.warp_insts == 4 && k->n_warnings == 1);
    trace_kernel_release(k);
}

TEST(hidden_destinations_are_found)
{
    const struct trace_kernel *k = load(ONE("15a0 ffffffff 0 SHFL.BFLY 2 R47 R62 0 31 "));
    CHECK(k != NULL && k->code[0].n_def == 1 && k->code[0].def[0].first == 47);
    trace_kernel_release(k);
}

TEST(absent_ctas_and_empty_warps_are_told_from_whole_ones)
{
    const struct trace_kernel *k = load(V5 CTA WARP(0, 0) "\n" WARP(1, 1) EXIT END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_ctas, 1);
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK_EQ_INT(k->warps[0].id, 1);
    CHECK_EQ_INT(k->counts.ctas_in_grid, 2);
    CHECK(has_warning(k, "1 of 2 CTAs"));
    trace_kernel_release(k);
}

TEST(ctas_and_warps_are_sorted)
{
    const struct trace_kernel *k = load(V5 "#BEGIN_TB\nthread block = 1,0,0\n" WARP(
        0, 1) EXIT END CTA WARP(1, 1) EXIT WARP(0, 2) "0000 ffffffff 0 NOP 0 0 0 \n" EXIT END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->ctas[0].x, 0);
    CHECK_EQ_INT(k->ctas[0].n_warps, 2);
    CHECK_EQ_INT(k->ctas[1].first_warp, 2);
    CHECK_EQ_INT(k->warps[0].id, 0);
    CHECK_EQ_INT(k->paths[k->warps[0].path].n_steps, 2);
    CHECK_EQ_INT(k->warps[2].cta, 1);
    trace_kernel_release(k);
}

TEST(warps_that_never_leave_are_noted)
{
    const struct trace_kernel *k = load(V5 CTA WARP(0, 1) "0000 ffffffff 0 BRA 0 0 0 \n" END);
    CHECK(k != NULL && has_warning(k, "1 of 1 warps end without EXIT"));
    trace_kernel_release(k);
}

TEST(opcodes_that_are_not_known_are_counted)
{
    const struct trace_kernel *k =
        load(V5 CTA WARP(0, 4) "0000 ffffffff 0 ZZTOP.A 0 0 0 \n"
                               "0010 ffffffff 0 ZZTOP.B 0 0 0 \n"
                               "0010 ffffffff 0 ZZTOP.B 0 0 0 \n" EXIT END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->counts.unknown_insts, 3);
    CHECK_EQ_INT(k->counts.unknown_opcodes, 1);
    CHECK_EQ_INT(k->counts.opcodes, 3);
    trace_kernel_release(k);
}

TEST(lines_may_end_in_many_ways)
{
    const struct trace_kernel *k = load(V5 "\r\n#BEGIN_TB\r\n\r\nthread block = 0,0,0  \r\n"
                                           "warp = 0\r\n\r\ninsts = 4\r\n\r\n"
                                           "0000 ffffffff 0 NOP 0 0 0\r\n\r\n"
                                           "0000 ffffffff 0 NOP 0 0 0 \r\n"
                                           "0000 ffffffff 0 NOP 0 0 0\n"
                                           "0ff0 ffffffff 0 EXIT 0 0 0\n"
                                           "#END_TB");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->counts.warp_insts, 4);
    CHECK_EQ_INT(k->n_code, 2);
    trace_kernel_release(k);
}

TEST(header_keys_come_in_any_order)
{
    const struct trace_kernel *k =
        load("\n-nregs=255\n-future key = 9\n-block dim = ( 64 , 1 , 1 )\n-binary version = 90\n"
             "-shmem base_addr = 0x00007ff97b000000\n-cuda stream id = 0x7f12\n"
             "-made by = lua/gemm.lua m=64 = n\n-synthetic = 1\n-shmem = 65600\n"
             "-grid dim = (1,1,1)\n-kernel name = void f<int>(int, char = 'x')\n"
             "-nvbit version = 1.7.4\n#traces format = PC mask\n#BEGIN_TB\n"
             "thread block = 0,0,0\nwarp = 0\ninsts = 1\n" EXIT_OLD "#END_TB\n");
    if (k == NULL)
        return;
    CHECK_EQ_STR(k->h.name, "void f<int>(int, char = 'x')");
    CHECK_EQ_STR(k->h.made_by, "lua/gemm.lua m=64 = n");
    CHECK_EQ_STR(k->h.nvbit_version, "1.7.4");
    CHECK_EQ_STR(k->h.file, "test");
    CHECK(k->h.is_synthetic);
    CHECK_EQ_INT(k->h.n_regs, 255);
    CHECK_EQ_INT(k->h.shmem_b, 65600);
    CHECK_EQ_INT(k->h.stream, 0x7f12);
    CHECK(k->h.shmem_base == 0x7ff97b000000);
    CHECK_EQ_INT(k->h.isa, 90);
    trace_kernel_release(k);
}

TEST(names_have_no_length_limit)
{
    struct text t;
    text_init(&t);
    text_puts(&t, "-kernel name = ");
    text_pad(&t, 'x', 300000);
    text_puts(&t, strchr(V5, '\n'));
    text_puts(&t, CTA WARP(0, 1) EXIT END);
    const struct trace_kernel *k = load(text_cstr(&t));
    CHECK(k != NULL && strlen(k->h.name) == 300000);
    trace_kernel_release(k);
    text_done(&t);
}

/* Blocks of the reader end anywhere in a line. */
TEST(long_bodies_are_read_across_blocks)
{
    enum { LINES = 40000 };
    struct text t;
    text_init(&t);
    text_puts(&t, V5 CTA);
    text_printf(&t, "warp = 0\ninsts = %d\n", LINES + 1);
    for (unsigned i = 0; i < LINES; i++)
        text_printf(&t, "%04x ffffffff 1 R4 LDG.E 1 R2 4 1 0x%x 4 0 \n", i % 7 * 16, i * 128);
    text_puts(&t, EXIT END);
    const struct trace_kernel *k = load(text_cstr(&t));
    if (k != NULL) {
        CHECK_EQ_INT(k->paths[0].n_steps, LINES + 1);
        CHECK_EQ_INT(k->n_code, 8);
        CHECK_EQ_INT(k->n_patterns, 1);
        CHECK_EQ_INT(k->access_base[LINES - 1], (LINES - 1) * 128);
        CHECK_EQ_INT(k->counts.text_b, t.n);
    }
    trace_kernel_release(k);
    text_done(&t);
}

/* ---- raw files ---- */

TEST(raw_warps_are_put_together)
{
    const struct trace_kernel *k = load(RAW "1 0 0 0 0008 ffffffff 1 R1 MOV 0 0 \n"
                                            "0 0 0 1 0008 ffffffff 1 R1 MOV 0 0 \n"
                                            "1 0 0 0 0010 0000ffff 0 EXIT 0 0 \n"
                                            "0 0 0 1 0010 ffffffff 0 EXIT 0 0 \n"
                                            "1 0 0 0 0018 ffff0000 1 R4 LDG.E 1 R2 4 1 0x100 4 \n"
                                            "1 0 0 0 0020 ffff0000 0 EXIT 0 0 \n");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->h.format, TRACE_FORMAT_RAW);
    CHECK_EQ_INT(k->n_ctas, 2);
    CHECK_EQ_INT(k->n_warps, 2);
    CHECK_EQ_INT(k->warps[0].id, 1);
    CHECK_EQ_INT(k->paths[k->warps[0].path].n_steps, 2);
    CHECK_EQ_INT(k->paths[k->warps[1].path].n_steps, 4);
    CHECK_EQ_INT(k->n_warnings, 0);
    trace_kernel_release(k);
}

TEST(raw_v6_lines_name_clusters_too)
{
    const struct trace_kernel *k =
        load(V6 "1 0 0 0 0 0 0 0 0 0 1 0000 ffffffff 0 EXIT 0 0 0 0 NoVal \n");
    CHECK(k != NULL && k->n_warps == 1 && k->warps[0].id == 1 && k->ctas[0].x == 1);
    trace_kernel_release(k);
    k = load(HEAD_OF("-accelsim tracer version = 6\n", "90",
                     IDS
                     "cx cy cz dx dy dz rank " FIELDS
                     " immediate") "1 0 0 1 0 0 0 0 0 0 7 0000 ffffffff 0 EXIT 0 0 0 0 NoVal \n");
    CHECK(k != NULL && k->n_warps == 1 && k->warps[0].id == 1);
    trace_kernel_release(k);
}

TEST(raw_warps_without_exit_are_kept_and_noted)
{
    const struct trace_kernel *k = load(RAW "0 0 0 0 0008 ffffffff 1 R1 MOV 0 0 \n"
                                            "1 0 0 0 0008 ffffffff 0 EXIT 0 0 \n");
    CHECK(k != NULL && k->n_warps == 2 && has_warning(k, "1 of 2 warps end without EXIT"));
    trace_kernel_release(k);
}

/* ---- writing ---- */

TEST(what_is_written_reads_back)
{
    const char *text = ONE("0000 80010001 1 R4 LDG.E 1 R2 4 2 0x1000 16 -32 0 ");
    const struct trace_kernel *a = load(text);
    struct text first, second;
    text_init(&first);
    text_init(&second);
    trace_text_header(a, &first);
    trace_text_cta(a, 0, &first);
    const struct trace_kernel *b = load(text_cstr(&first));
    if (b != NULL) {
        trace_text_header(b, &second);
        trace_text_cta(b, 0, &second);
        CHECK(str_eq(text_str(&first), text_str(&second)));
        CHECK_EQ_STR(addresses(b), "0:1000 16:1010 31:ff0 ");
    }
    trace_kernel_release(a);
    trace_kernel_release(b);
    text_done(&first);
    text_done(&second);
}
