/* Text that is not valid: the place, what was expected, and what is left when loading goes on. */
#include "base/os.h"
#include "base/text.h"
#include "t.h"
#include "trace/trace.h"

/* 11 lines and a blank one: bodies begin on line 13. */
#define HEAD                                                                             \
    "-kernel name = k\n"                                                                 \
    "-kernel id = 1\n"                                                                   \
    "-grid dim = (2,1,1)\n"                                                              \
    "-block dim = (64,1,1)\n"                                                            \
    "-shmem = 0\n"                                                                       \
    "-nregs = 16\n"                                                                      \
    "-binary version = 80\n"                                                             \
    "-cuda stream id = 0\n"                                                              \
    "-accelsim tracer version = 5\n"                                                     \
    "-enable lineinfo = 0\n"                                                             \
    "#traces format = [line_num] PC mask dest_num [reg_dests] opcode src_num [reg_srcs]" \
    " mem_width [adrrescompress?] [mem_addresses] immediate\n\n"
#define RAW                                                                          \
    "-kernel name = k\n-kernel id = 1\n-grid dim = (2,1,1)\n-block dim = (64,1,1)\n" \
    "-shmem = 0\n-nregs = 16\n-binary version = 61\n-accelsim tracer version = 3\n"  \
    "#traces format = threadblock_x threadblock_y threadblock_z warpid_tb PC mask\n\n"
#define CTA  "#BEGIN_TB\nthread block = 0,0,0\n"
#define EXIT "0010 ffffffff 0 EXIT 0 0 0 \n"
#define WARP "warp = 0\ninsts = 2\n"
#define REST EXIT "#END_TB\n"

struct bad {
    const char *text;
    unsigned line, column;
    const char *message, *expected, *found;
};

/* Instruction lines stand on line 17 of these. */
#define INST(line) HEAD CTA WARP line "\n" REST

static const struct bad bad_lines[] = {
    {INST("00x0 ffffffff 1 R1 MOV 0 0 0 "), 17, 1, "the PC of an instruction", "hex digits",
     "'00x0'"},
    {INST("0000 fffffff 1 R1 MOV 0 0 0 "), 17, 6, "the mask", "8 hex digits", "'fffffff'"},
    {INST("0000 ffffffff 2 R1 R2 MOV 0 0 0 "), 17, 15, "number of destinations", "in range", "'2'"},
    {INST("0000 ffffffff 1 Q1 MOV 0 0 0 "), 17, 17, "the register", "R0 to R255", "'Q1'"},
    {INST("0000 ffffffff 1 R256 MOV 0 0 0 "), 17, 17, "the register", "R0 to R255", "'R256'"},
    {INST("0000 ffffffff 1 R1 mov 0 0 0 "), 17, 20, "the opcode", "a SASS opcode", "'mov'"},
    {INST("0000 ffffffff 1 R1 MOV 6 R1 R1 R1 R1 R1 R1 0 0 "), 17, 24, "number of sources",
     "in range", "'6'"},
    {INST("0000 ffffffff 1 R1 MOV 1 0 0 "), 17, 26, "the register", "R0 to R255", "'0'"},
    {INST("0000 ffffffff 1 R4 LDG.E 1 R2 300 1 0x0 4 0 "), 17, 31, "memory width", "in range",
     "'300'"},
    {INST("0000 ffffffff 1 R4 LDG.E 1 R2 4 3 0x0 4 0 "), 17, 33, "address mode", "in range", "'3'"},
    {INST("0000 ffffffff 1 R4 LDG.E 1 R2 4 1 7f00 4 0 "), 17, 35, "the address", "0x", "'7f00'"},
    {INST("0000 ffffffff 1 R4 LDG.E 1 R2 4 1 0x12345678901234567 4 0 "), 17, 35, "the address",
     "0x", "'0x12345678901234567'"},
    {INST("0000 ffffffff 1 R4 LDG.E 1 R2 4 1 0x7f00 4.5 0 "), 17, 42, "address stride", "decimal",
     "'4.5'"},
    {INST("0000 00000007 1 R4 LDG.E 1 R2 4 2 0x7f00 0 "), 17, 42, "does not fit the mask",
     "2 deltas for 3 active lanes", "0"},
    {INST("0000 00000007 1 R4 LDG.E 1 R2 4 2 0x7f00 1 2 3 0 "), 17, 42, "does not fit the mask",
     "2 deltas for 3 active lanes", "3"},
    {INST("0000 00000003 1 R4 LDG.E 1 R2 4 0 0x7f00 0 "), 17, 42, "the address", "0x", "'0'"},
    {INST("0000 ffffffff 1 R1 MOV 0 0 "), 17, 28, "the immediate", "decimal",
     "the end of the line"},
    {INST("0000 ffffffff 1 R1 MOV 0 0 99999999999999999999 "), 17, 28, "the immediate", "decimal",
     "'99999999999999999999'"},
    {INST("0000 ffffffff 1 R1 MOV 0 0 0 1 "), 17, 30, "the end", "the end of the line", "'1'"},
    {INST("0000 ffffffff "), 17, 15, "number of destinations", "in range", "the end of the line"},
    {INST("0000 ffffffff 1 R1 M\x01V 0 0 0 "), 17, 20, "the opcode", "a SASS opcode", "'M"},
};

static const struct bad bad_frames[] = {
    {HEAD "warp = 0\n", 13, 8, "a warp is out of place", "thread block", "'0'"},
    {HEAD "thread block = 0,0,0\n", 13, 16, "thread block is out of place", "#BEGIN_TB", "'0,0,0'"},
    {HEAD "#END_TB\n", 13, 1, "#END_TB is out of place", "a CTA", "'#END_TB'"},
    {HEAD "hello\n", 13, 1, "out of place", "#BEGIN_TB", "'hello'"},
    {HEAD "#BEGIN_TB\n#BEGIN_TB\n", 14, 1, "within another", "#END_TB", "'#BEGIN_TB'"},
    {HEAD "#BEGIN_TB\nwarp = 0\n", 14, 8, "a warp is out of place", "thread block", "'0'"},
    {HEAD "#BEGIN_TB\nthread block = 2,0,0\n", 14, 16, "block id is not valid", "(2,1,1)",
     "'2,0,0'"},
    {HEAD "#BEGIN_TB\nthread block = 0,0\n", 14, 16, "block id is not valid", "x,y,z", "'0,0'"},
    {HEAD "#BEGIN_TB\nthread block = 0,0,0,0\n", 14, 16, "block id is not valid", "x,y,z",
     "'0,0,0,0'"},
    {HEAD CTA WARP EXIT REST CTA, 21, 16, "was there before", "each once", "'0,0,0'"},
    {HEAD CTA "warp = 2\n", 15, 8, "the warp id", "0 to 1", "'2'"},
    {HEAD CTA "warp = -1\n", 15, 8, "the warp id", "0 to 1", "'-1'"},
    {HEAD CTA "warp = 0\ninsts = 0\nwarp = 0\n", 17, 8, "the warp id", "each once", "'0'"},
    {HEAD CTA "insts = 1\n", 15, 9, "count is out of place", "warp =", "'1'"},
    {HEAD CTA "warp = 0\ninsts = 4294967296\n", 16, 9, "count is not valid", "2^32",
     "'4294967296'"},
    {HEAD CTA "warp = 0\n" EXIT, 16, 1, "out of place", "insts =", "'0010'"},
    {HEAD CTA "warp = 0\nwarp = 1\n", 16, 8, "a warp is out of place", "insts", "'1'"},
    {HEAD CTA WARP EXIT "#END_TB\n", 18, 1, "is not whole", "2 instruction lines", "1"},
    {HEAD CTA WARP EXIT EXIT EXIT "#END_TB\n", 19, 1, "out of place", "no more lines", "'0010'"},
    {HEAD CTA WARP EXIT, 17, 1, "ends within CTA 0,0,0", "#END_TB", "end of the file"},
    {HEAD CTA WARP EXIT EXIT, 18, 1, "ends within CTA 0,0,0", "#END_TB", "end of the file"},
    {HEAD, 12, 0, "has no instructions", "", ""},
    {HEAD CTA "#END_TB\n", 15, 0, "has no instructions", "", ""},
};

static const struct bad bad_heads[] = {
    {"", 0, 1, "the header has no '#traces format' line", "#traces format", ""},
    {"-kernel name = k\n#BEGIN_TB\n", 2, 1, "the header has no '#traces format' line", "",
     "'#BEGIN_TB'"},
    {"-kernel name\n", 1, 1, "has no value", "-key = value", "'-kernel'"},
    {"-grid dim = (1,1)\n", 1, 13, "header value", "(x,y,z)", "'(1,1)'"},
    {"-grid dim = (1,1,1,)\n", 1, 13, "header value", "(x,y,z)", "'(1,1,1,)'"},
    {"-grid dim = (0,1,1)\n", 1, 13, "header value", "from 1", "'(0,1,1)'"},
    {"-grid dim = 1\n", 1, 13, "header value", "(x,y,z)", "'1'"},
    {"-shmem = -1\n", 1, 10, "header value", "2^32", "'-1'"},
    {"-nregs = many\n", 1, 10, "header value", "2^32", "'many'"},
    {"-enable lineinfo = 2\n", 1, 20, "header value", "0 or 1", "'2'"},
    {"-shmem base_addr = 0xg\n", 1, 20, "header value", "a number", "'0xg'"},
    {"-kernel name = k\n#traces format = PC\n", 2, 1, "the header has no '-grid dim'",
     "above this line", ""},
};

static void check_bad(const struct bad *b, size_t i)
{
    const struct trace_kernel *k;
    struct err e = {0};
    unsigned failed = t_failed;
    CHECK_EQ_INT(trace_load_text(str_from(b->text), "bad.traceg", NULL, &k, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.path, "bad.traceg");
    CHECK_EQ_INT(e.line, b->line);
    CHECK_EQ_INT(e.column, b->column);
    CHECK(strstr(e.message, b->message) != NULL);
    CHECK(strstr(e.expected, b->expected) != NULL);
    CHECK(strstr(e.found, b->found) != NULL);
    if (t_failed != failed)
        printf("# ... case %zu (%s): %u:%u %s; expected %s, found %s\n", i, b->message, e.line,
               e.column, e.message, e.expected, e.found);
}

TEST(bad_instruction_lines)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_lines); i++)
        check_bad(&bad_lines[i], i);
}

TEST(bad_frames_of_ctas_and_warps)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_frames); i++)
        check_bad(&bad_frames[i], i);
}

TEST(bad_headers)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_heads); i++)
        check_bad(&bad_heads[i], i);
}

TEST(bad_raw_lines)
{
    static const struct bad all[] = {
        {RAW "0 0 0 2 0008 ffffffff 0 EXIT 0 0 \n", 11, 1, "does not exist", "warp from 0 to 1",
         ""},
        {RAW "2 0 0 0 0008 ffffffff 0 EXIT 0 0 \n", 11, 1, "does not exist", "(2,1,1)", ""},
        {RAW "0 0 x 0 0008 ffffffff 0 EXIT 0 0 \n", 11, 5, "CTA or warp id", "in range", "'x'"},
        {RAW "0 0 0 0 0008 ffffffff 0 EXIT 0 0 \n0 0 0 0 0010 ffffffff 0 NOP 0 0 \n", 12, 1,
         "have all left", "", ""},
        {RAW "0 0 0 0 0008 ffffffff 0 EXIT 0 0 ", 11, 1, "has no line feed", "", ""},
        {RAW "0 0 0 0 0008 ffffffff 0 EXIT 0 0\n0 0 0 1 0008 ff 0 EXIT 0 0\n", 12, 14, "the mask",
         "8 hex", "'ff'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        check_bad(&all[i], i);
}

/* A line that was recognised once must not make a damaged copy of it pass. */
TEST(every_changed_byte_of_a_known_line_is_seen)
{
    static const char line[] = "0000 0000000f 1 R4 LDG.E.64 1 R2 8 2 0x7f00 8 8 8 0 \n";
    char text[sizeof HEAD CTA REST + 8 * sizeof line];
    for (size_t i = 0; i + 2 < sizeof line; i++) {
        char bad[sizeof line];
        memcpy(bad, line, sizeof line);
        bad[i] = '\x7f';
        snprintf(text, sizeof text, "%s%swarp = 0\ninsts = 5\n%s%s%s%s%s", HEAD, CTA, line, line,
                 line, bad, REST);
        const struct trace_kernel *k;
        struct err e = {0};
        CHECK_EQ_INT(trace_load_text(str_from(text), "t", NULL, &k, &e), STATUS_INPUT);
        CHECK_EQ_INT(e.line, 20);
    }
}

/* ---- limits ---- */

static enum status load_status(str text, const struct trace_options *o, struct err *e)
{
    const struct trace_kernel *k = NULL;
    enum status s = trace_load_text(text, "t", o, &k, e);
    if (s == STATUS_OK)
        trace_kernel_release(k);
    return s;
}

TEST(sizes_have_limits)
{
    struct err e = {0};
    CHECK_EQ_INT(
        load_status(STR("-kernel name = k\n-grid dim = (1,1,1)\n-block dim = (64,64,1)\n"
                        "-shmem = 0\n-nregs = 1\n-binary version = 80\n#traces format = PC\n"),
                    NULL, &e),
        STATUS_LIMIT);
    CHECK(strstr(e.message, "2048 threads") != NULL);
    e = (struct err){0};
    CHECK_EQ_INT(
        load_status(STR("-kernel name = k\n-block dim = (1,1,1)\n"
                        "-grid dim = (2147483647,2147483647,2147483647)\n"
                        "-shmem = 0\n-nregs = 1\n-binary version = 80\n#traces format = PC\n"),
                    NULL, &e),
        STATUS_LIMIT);
    CHECK(strstr(e.message, "2^48 CTAs") != NULL);
}

TEST(a_header_has_a_limit)
{
    struct err e = {0};
    struct text t;
    text_init(&t);
    while (t.n < 17 << 20)
        text_puts(&t,
                  "-kernel name = a name that is given again and again, as no tracer would do\n");
    CHECK_EQ_INT(load_status(text_str(&t), NULL, &e), STATUS_LIMIT);
    CHECK(strstr(e.message, "header is longer") != NULL);
    text_done(&t);
}

/* More distinct lines than are remembered are read all the same. */
TEST(any_number_of_distinct_lines)
{
    enum { LINES = 120000 };
    struct text t;
    text_init(&t);
    text_puts(&t, HEAD CTA);
    for (unsigned w = 0; w < 2; w++) {
        text_printf(&t, "warp = %u\ninsts = %d\n", w, LINES + 1);
        for (unsigned i = 0; i < LINES; i++)
            text_printf(&t, "%04x ffffffff 0 NOP 0 0 %u\n", i * 16, i);
        text_puts(&t, "ffff0 ffffffff 0 EXIT 0 0 0\n");
    }
    text_puts(&t, "#END_TB\n");
    const struct trace_kernel *k;
    CHECK_EQ_INT(trace_load_text(text_str(&t), "t", NULL, &k, NULL), STATUS_OK);
    CHECK_EQ_INT(k->n_code, LINES + 1);
    CHECK_EQ_INT(k->n_paths, 1);
    trace_kernel_release(k);
    text_done(&t);
}

TEST(a_line_has_a_limit)
{
    struct err e = {0};
    size_t n = 3 << 20;
    char *text = malloc(n);
    memset(text, '-', n);
    CHECK_EQ_INT(load_status((str){text, n}, NULL, &e), STATUS_LIMIT);
    CHECK_EQ_INT(e.line, 1);
    free(text);
}

TEST(memory_can_be_limited)
{
    struct trace_options o = {.mem_limit_b = 1000};
    struct err e = {0};
    CHECK_EQ_INT(load_status(str_from(HEAD CTA WARP EXIT REST), NULL, &e), STATUS_OK);
    enum { LINES = 100000 };
    struct text t;
    text_init(&t);
    text_puts(&t, HEAD CTA);
    text_printf(&t, "warp = 0\ninsts = %d\n", LINES);
    for (unsigned i = 0; i < LINES; i++)
        text_printf(&t, "%04x ffffffff 0 NOP 0 0 0\n", i * 16);
    text_puts(&t, "#END_TB\n");
    CHECK_EQ_INT(load_status(text_str(&t), &o, &e), STATUS_LIMIT);
    CHECK(e.hint[0] != '\0');
    text_done(&t);
}

/* ---- cancelling ---- */

static bool stop_at_once(void *arg, uint64_t done, uint64_t total)
{
    (void)done;
    ++*(unsigned *)arg;
    return total == 0;
}

TEST(loading_stops_when_asked)
{
    const char *path = t_temp_path("stop.traceg");
    struct trace *t;
    const struct trace_kernel *k;
    unsigned calls = 0;
    struct tick tick = {stop_at_once, &calls};
    CHECK_EQ_INT(os_write_file(path, str_from(HEAD CTA WARP EXIT REST), NULL), STATUS_OK);
    CHECK_EQ_INT(trace_open(&t, path, NULL, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_load(t, 0, &tick, &k, NULL), STATUS_CANCELLED);
    CHECK_EQ_INT(calls, 1);
    trace_close(t);
}

/* ---- going on regardless ---- */

static const struct trace_kernel *salvage(const char *text)
{
    const struct trace_options o = {.keep_going = true};
    const struct trace_kernel *k = NULL;
    struct err e = {0};
    if (trace_load_text(str_from(text), "t", &o, &k, &e) != STATUS_OK)
        T_FAIL("%u:%u: %s", e.line, e.column, e.message);
    return k;
}

static bool has_warning(const struct trace_kernel *k, const char *part)
{
    for (uint32_t i = 0; i < k->n_warnings; i++) {
        if (strstr(k->warnings[i], part) != NULL)
            return true;
    }
    return false;
}

TEST(whole_warps_are_kept)
{
    const struct trace_kernel *k = salvage(HEAD CTA "warp = 0\ninsts = 2\n0000 bad\n" EXIT
                                                    "warp = 1\ninsts = 1\n" EXIT "#END_TB\n");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK_EQ_INT(k->warps[0].id, 1);
    CHECK(has_warning(k, "line 17, column 6"));
    CHECK(has_warning(k, "1 warp was left out"));
    trace_kernel_release(k);
}

TEST(warps_with_wrong_counts_are_left_out)
{
    const struct trace_kernel *k =
        salvage(HEAD CTA "warp = 0\ninsts = 3\n" EXIT "warp = 1\ninsts = 1\n" EXIT EXIT "#END_TB\n"
                         "#BEGIN_TB\nthread block = 1,0,0\nwarp = 1\ninsts = 1\n" EXIT "#END_TB\n");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK_EQ_INT(k->ctas[0].x, 1);
    trace_kernel_release(k);
}

TEST(a_bad_cta_does_not_take_the_next_with_it)
{
    const struct trace_kernel *k =
        salvage(HEAD "#BEGIN_TB\nthread block = 7,0,0\nwarp = 0\ninsts = 1\n" EXIT "#END_TB\n"
                     "#BEGIN_TB\nthread block = 1,0,0\nwarp = 1\ninsts = 1\n" EXIT "#END_TB\n");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_ctas, 1);
    CHECK_EQ_INT(k->ctas[0].x, 1);
    CHECK(has_warning(k, "line 14, column 16"));
    trace_kernel_release(k);
}

TEST(a_cut_file_gives_its_whole_warps)
{
    const struct trace_kernel *k =
        salvage(HEAD CTA "warp = 0\ninsts = 1\n" EXIT "warp = 1\ninsts = 1\n0010 ffffffff 0 EX");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK_EQ_INT(k->warps[0].id, 0);
    trace_kernel_release(k);
    k = salvage(HEAD CTA "warp = 0\ninsts = 1\n" EXIT "warp = 1\ninsts = 1\n"
                         "0010 ffffffff 0 EXIT 0 0 0"); /* the number may be cut */
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK(has_warning(k, "ends within CTA"));
    trace_kernel_release(k);
}

TEST(raw_warps_with_bad_lines_are_left_out)
{
    const struct trace_kernel *k = salvage(RAW "0 0 0 0 0008 ffffffff 0 NOP 0 0\n"
                                               "0 0 0 1 0008 ffffffff 0 NOP 0 0\n"
                                               "0 0 0 1 0010 xx 0 NOP 0 0\n"
                                               "0 0 0 1 0018 ffffffff 0 EXIT 0 0\n"
                                               "0 0 0 0 0010 ffffffff 0 EXIT 0 0\n"
                                               "1 0 0 0 0010 ffffffff 0 EXI");
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_warps, 1);
    CHECK_EQ_INT(k->warps[0].id, 0);
    CHECK_EQ_INT(k->counts.warp_insts, 2);
    CHECK(has_warning(k, "1 warp was left out"));
    trace_kernel_release(k);
}

TEST(nothing_whole_is_an_error_still)
{
    const struct trace_options o = {.keep_going = true};
    struct err e = {0};
    CHECK_EQ_INT(load_status(str_from(HEAD CTA "warp = 0\ninsts = 2\n" REST), &o, &e),
                 STATUS_INPUT);
    CHECK(strstr(e.message, "no usable instructions") != NULL);
}

/* A shorter file is an error or, cut between CTAs, a valid trace of fewer. */
TEST(a_file_cut_anywhere_is_no_crash_and_no_wrong_number)
{
    static const char text[] =
        HEAD CTA "warp = 0\ninsts = 2\n"
                 "0000 00000007 1 R4 LDG.E 1 R2 4 2 0x7f00 4 12 9 \n" EXIT "#END_TB\n"
                 "#BEGIN_TB\nthread block = 1,0,0\nwarp = 1\ninsts = 1\n" EXIT "#END_TB\n";
    size_t whole = sizeof text - 1;
    size_t first_cta = (size_t)(strstr(text, "#END_TB") - text) + 7;
    for (size_t n = 0; n < whole; n++) {
        struct err e = {0};
        char *copy = malloc(n + 1); /* exact size: reading beyond it is seen by the checks */
        memcpy(copy, text, n);
        enum status s = load_status((str){copy, n}, NULL, &e);
        bool between = n >= first_cta && n <= first_cta + 1;
        bool but_feed = n == whole - 1;
        CHECK_EQ_INT(s, between || but_feed ? STATUS_OK : STATUS_INPUT);
        const struct trace_options o = {.keep_going = true};
        s = load_status((str){copy, n}, &o, NULL);
        CHECK(s == STATUS_OK || s == STATUS_INPUT);
        free(copy);
    }
}
