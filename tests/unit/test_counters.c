/* Readers of Nsight Compute's exports: on samples made by hand, whose numbers no GPU measured, and
 * on a run of an H200. */
#include "prof/counters.h"
#include "t.h"

#define SAMPLES     "tests/cli/data/"
#define RAW         SAMPLES "ncu_raw.csv"
#define SOURCE      SAMPLES "ncu_source.csv"

#define H200_RAW    "traces/counters-raw.csv.gz"
#define H200_SOURCE "traces/counters-source.csv.gz"

/* ---- files ---- */

static struct counters *read_text(const char *text)
{
    struct counters *c = NULL;
    struct err e = {0};
    if (counters_open_memory(&c, str_from(text), "x.csv", NULL, &e) != STATUS_OK)
        T_FAIL("%s (line %u)", e.message, e.line);
    return c;
}

static struct counters *read_files(const char *a, const char *b)
{
    const char *const paths[] = {a, b};
    struct counters *c = NULL;
    struct err e = {0};
    if (counters_open(&c, paths, b != NULL ? 2 : 1, NULL, &e) != STATUS_OK)
        T_FAIL("%s: %s (line %u)", a, e.message, e.line);
    return c;
}

TEST(a_wide_page)
{
    struct counters *c = read_files(RAW, NULL);
    const struct counters_kernel *k = &c->kernels[0];
    CHECK_EQ_INT(c->n_kernels, 3);
    CHECK_EQ_STR(k->name,
                 "void tile_gemm<64, 128, true>(const __half *, const __half *, float *, int)");
    CHECK_EQ_STR(k->source, "ncu_raw.csv");
    CHECK_EQ_STR(k->device, "Sample GPU, \"made up\"");
    CHECK_EQ_STR(k->stream, "7");
    CHECK_EQ_INT(k->grid[0] * 100 + k->grid[1] * 10 + k->grid[2], 24 * 100 + 160 + 1);
    CHECK_EQ_INT(k->process, 4711);
    CHECK_EQ_INT(k->cc_x10, 90);
    CHECK_NEAR(counters_get(c, k, COUNTER_dram_bytes_read), 7864320, 0);
    CHECK_NEAR(counters_dram_b(c, k), 7864320 + 3145728, 0);
    CHECK_NEAR(counters_get(c, k, COUNTER_shared_dynamic), 65536, 0);
    CHECK_NEAR(counters_time_ns(c, k), 84000, 0);
    CHECK_NEAR(counters_clock_hz(c, k), 141312 / 84e-6, 1e-12);
    CHECK_EQ_STR(counters_get_text(c, k, COUNTER_cache_config), "CachePreferNone");
    CHECK_EQ_INT(counters_top_stall(c, k), STALL_GMMA);
    CHECK(isnan(counters_get(c, &c->kernels[2], COUNTER_warp_cycles_per_issue)));
    CHECK_EQ_INT(counters_top_stall(c, &c->kernels[2]), STALL_N);
    counters_close(c);
}

static void check_equal(const struct counters *a, const struct counters *b)
{
    CHECK_EQ_INT(a->n_kernels, b->n_kernels);
    for (uint32_t i = 0; i < a->n_kernels; i++)
        for (unsigned m = 0; m < COUNTER_N; m++) {
            double v = counters_get(a, &a->kernels[i], (enum counter)m);
            double w = counters_get(b, &b->kernels[i], (enum counter)m);
            if (!(isnan(v) ? isnan(w) : v >= w && v <= w))
                T_FAIL("%s: %.17g, %.17g", counter_info((enum counter)m)->name, v, w);
        }
}

TEST(line_ends_and_scales_do_not_matter)
{
    struct counters *a = read_files(RAW, NULL);
    struct counters *b = read_files(SAMPLES "ncu_raw_crlf.csv", NULL);
    check_equal(a, b);
    counters_close(a);
    counters_close(b);
}

TEST(a_details_page)
{
    struct counters *c = read_files(SAMPLES "ncu_details.csv", NULL);
    const struct counters_kernel *k = &c->kernels[1];
    CHECK_EQ_INT(c->n_kernels, 2);
    CHECK_NEAR(counters_get(c, k, COUNTER_mem_throughput), 41.5, 0);
    CHECK_NEAR(counters_get(c, k, COUNTER_dram_rate), 1.89e12, 0);
    CHECK_NEAR(counters_get(c, k, COUNTER_dram_throughput), 56.4, 0);
    CHECK_NEAR(counters_clock_hz(c, k), 1.68e9, 0);
    CHECK_NEAR(counters_cycles(c, k), 236900, 0);
    CHECK_EQ_INT(c->metrics[c->n_metrics - 1].known, COUNTER_N);
    CHECK_EQ_STR(c->metrics[c->n_metrics - 1].name, "Uses Green Context");
    counters_close(c);
}

#define LONG \
    "\"ID\",\"Kernel Name\",\"Section Name\",\"Metric Name\",\"Metric Unit\",\"Metric Value\"\n"

TEST(rows_of_launches_may_be_mixed)
{
    struct counters *c = read_text(LONG "0,f,,launch__grid_size,,\"1,024\"\n"
                                        "1,f,,launch__grid_size,,8\n"
                                        "0,f,,gpu__time_duration.sum,usecond,2\n"
                                        "\n"
                                        "==PROF== again\n" LONG "0,f,,launch__grid_size,,16\n");
    CHECK_EQ_INT(c->n_kernels, 3);
    CHECK_NEAR(counters_n_ctas(c, &c->kernels[0]), 1024, 0);
    CHECK_NEAR(counters_time_ns(c, &c->kernels[0]), 2000, 0);
    CHECK_NEAR(counters_n_ctas(c, &c->kernels[2]), 16, 0);
    counters_close(c);
}

TEST(the_first_value_and_the_true_name_count)
{
    struct counters *c = read_text(LONG "0,f,A,sm__inst_executed.sum,inst,7\n"
                                        "0,f,A,smsp__inst_executed.sum,inst,8\n"
                                        "0,f,B,smsp__inst_executed.sum,inst,9\n");
    CHECK_EQ_INT(c->n_metrics, 2);
    CHECK_EQ_INT(c->kernels[0].n_values, 2);
    CHECK_NEAR(counters_get(c, &c->kernels[0], COUNTER_inst_executed), 8, 0);
    counters_close(c);
}

TEST(a_wide_page_without_units)
{
    struct counters *c = read_text("ID,Kernel Name,launch__grid_size\n0,f,12\n1,g,13\n");
    CHECK_EQ_INT(c->n_kernels, 2);
    CHECK_NEAR(counters_n_ctas(c, &c->kernels[1]), 13, 0);
    counters_close(c);
}

/* ---- source pages ---- */

static enum code samples_of(enum stall s, bool is_not_issued)
{
    return (enum code)((is_not_issued ? CODE_STALLS_NOT_ISSUED : CODE_STALLS) + s);
}

TEST(a_source_page)
{
    struct counters *c = read_files(SOURCE, NULL);
    const struct counters_code *code = &c->kernels[0].code;
    CHECK_EQ_INT(c->n_kernels, 2);
    CHECK_EQ_INT(code->n, 6);
    CHECK_EQ_INT(code->pc_b[5], 0x50);
    CHECK_EQ_STR(code->sass[2], "HGMMA.64x128x16.F32 R24, gdesc[UR4], R24, !UPT");
    CHECK_NEAR(code->column[CODE_executed][0], 1536, 0);
    CHECK_NEAR(code->column[samples_of(STALL_GMMA, false)][2], 268, 0);
    CHECK_NEAR(code->column[samples_of(STALL_BARRIER, true)][3], 85, 0);
    CHECK(code->column[samples_of(STALL_LONG_SCOREBOARD, false)] != NULL);
    CHECK(c->kernels[1].code.column[samples_of(STALL_GMMA, false)] == NULL); /* 0 throughout */
    CHECK_NEAR(counters_code_sum(&c->kernels[0], CODE_samples), 434, 0);
    counters_close(c);
}

TEST(instructions_join_their_kernels)
{
    struct counters *c = read_files(RAW, SOURCE);
    CHECK_EQ_INT(c->n_kernels, 3);
    CHECK_EQ_INT(c->kernels[0].code.n, 6);
    CHECK_EQ_INT(c->kernels[1].code.n, 3);
    CHECK_EQ_INT(c->kernels[2].code.n, 0);
    counters_close(c);
}

static uint64_t last_pc(const char *first, const char *second, const char *third)
{
    char text[256];
    snprintf(text, sizeof text, "\"Kernel Name\",f\n#,Address,Source\n0,%s,A\n1,%s,B\n2,%s,C\n",
             first, second, third);
    struct counters *c = read_text(text);
    CHECK_EQ_INT(c->kernels[0].code.n, 3);
    uint64_t pc_b = c->kernels[0].code.pc_b[2];
    counters_close(c);
    return pc_b;
}

TEST(addresses_in_both_bases)
{
    CHECK_EQ_INT(last_pc("7f00", "7f10", "7f20"), 32);
    CHECK_EQ_INT(last_pc("0x100", "0x110", "0x120"), 32);
    CHECK_EQ_INT(last_pc("100", "110", "120"), 32);
    CHECK_EQ_INT(last_pc("0", "16", "32"), 32);
    CHECK_EQ_INT(last_pc("140445012345600", "140445012345616", "140445012345632"), 32);
    CHECK_EQ_INT(last_pc("96", "112", "128"), 32);
}

TEST(kernels_in_columns_of_a_source_page)
{
    struct counters *c = read_text("ID,Kernel Name,Address,Source,# Samples\n"
                                   "0,f,0,A,1\n0,f,10,B,2\n1,f,0,A,3\n1,g,0,C,4\n");
    CHECK_EQ_INT(c->n_kernels, 3);
    CHECK_EQ_INT(c->kernels[0].code.n, 2);
    CHECK_EQ_INT(c->kernels[1].id, 1);
    CHECK_EQ_STR(c->kernels[2].name, "g");
    counters_close(c);
}

/* ---- source pages of Nsight Compute 2025 ---- */

TEST(kernels_that_come_twice_are_one)
{
    struct counters *c = read_files(H200_SOURCE, NULL);
    CHECK_EQ_INT(c->n_kernels, 3);
    CHECK_EQ_INT(c->kernels[0].code.n, 48);
    CHECK_EQ_STR(c->kernels[2].name, "k_gather_words(float *, const float *, const int *, int)");
    CHECK_EQ_INT(c->n_warnings, 1);
    CHECK_EQ_STR(c->warnings[0],
                 "counters-source.csv.gz has kernels twice in a row: 3 repeats are left out");
    counters_close(c);
}

TEST(launches_of_a_kernel_join_in_order)
{
    static const char *const paths[] = {H200_SOURCE, H200_RAW};
    for (unsigned first = 0; first < 2; first++) {
        struct counters *c = read_files(paths[first], paths[!first]);
        CHECK_EQ_INT(c->n_kernels, 3);
        for (uint32_t i = 0; i < c->n_kernels; i++)
            CHECK_NEAR(counters_code_sum(&c->kernels[i], CODE_executed),
                       counters_get(c, &c->kernels[i], COUNTER_inst_executed), 0);
        CHECK_EQ_INT(c->kernels[0].grid[0], 64);
        CHECK_EQ_INT(c->kernels[1].grid[0], 16384);
        CHECK(c->kernels[0].code.sass[4] == c->kernels[1].code.sass[4]);
        counters_close(c);
    }
}

static double sum_of_reasons(const struct counters_code *code, unsigned first, uint32_t at)
{
    double sum = 0;
    for (unsigned s = 0; s < COUNTER_N_STALLS; s++)
        sum += code->column[first + s] != NULL ? code->column[first + s][at] : 0;
    return sum;
}

static void check_reasons(const struct counters *c)
{
    for (uint32_t k = 0; k < c->n_kernels; k++) {
        const struct counters_code *code = &c->kernels[k].code;
        for (uint32_t i = 0; i < code->n; i++) {
            CHECK_NEAR(sum_of_reasons(code, CODE_STALLS, i), code->column[CODE_samples][i], 0);
            CHECK_NEAR(sum_of_reasons(code, CODE_STALLS_NOT_ISSUED, i),
                       code->column[CODE_not_issued][i], 0);
        }
    }
}

TEST(reasons_sum_to_the_samples)
{
    struct counters *c = read_files(H200_SOURCE, NULL);
    check_reasons(c);
    counters_close(c);
}

#define TITLES                                                                            \
    "\"Address\",\"Source\",\"Warp Stall Sampling (All Samples)\",\"Warp Stall Sampling " \
    "(Not-issued Samples)\",\"stall_mio\",\"stall_wait\",\"stall_wait (Not Issued)\"\n"

TEST(samples_without_a_column_are_those_of_gmma)
{
    struct counters *c =
        read_text("\"Kernel Name\",\"f\",\n" TITLES
                  "\"0x7f0000000000\",\"      HGMMA.64x256x16.F32 R24\",9,7,3,1,1\n"
                  "\"0x7f0000000010\",\"@!P0  BRA 0x7f0000000000\",2,2,0,2,2\n"
                  "\"0x7f0000000020\",\"      CALL.REL 0x7effffffff00\",0,0,0,0,0\n");
    const struct counters_code *code = &c->kernels[0].code;
    check_reasons(c);
    CHECK_NEAR(code->column[samples_of(STALL_GMMA, false)][0], 5, 0);
    CHECK_NEAR(code->column[samples_of(STALL_GMMA, true)][0], 6, 0);
    CHECK_EQ_STR(code->sass[0], "HGMMA.64x256x16.F32 R24");
    CHECK_EQ_STR(code->sass[1], "@!P0 BRA 0x0");
    CHECK_EQ_STR(code->sass[2], "CALL.REL -0x100");
    counters_close(c);
}

#define PAGE(name, samples) \
    "Kernel Name," name ",\nAddress,Source,# Samples\n0x10,MOV R1," samples "\n"

TEST(only_a_second_time_is_a_repeat)
{
    struct counters *c = read_text(PAGE("f", "1") PAGE("f", "1") PAGE("f", "1") PAGE("f", "1")
                                       PAGE("f", "2") PAGE("g", "2"));
    CHECK_EQ_INT(c->n_kernels, 4);
    CHECK_NEAR(counters_code_sum(&c->kernels[2], CODE_samples), 2, 0);
    CHECK_EQ_STR(c->kernels[3].name, "g");
    counters_close(c);
    c = read_text(PAGE("f", "1") PAGE("f", "1") "ID,Kernel Name,launch__grid_size\n0,f,12\n");
    CHECK_EQ_INT(c->n_kernels, 1);
    CHECK_EQ_INT(c->kernels[0].code.n, 1);
    counters_close(c);
}

TEST(a_repeat_that_is_cut_short_is_none_either)
{
    const struct counters_options o = {.keep_going = true};
    struct counters *c = NULL;
    struct err e = {0};
    str text = STR(PAGE("f", "1") "0x20,EXIT,3\n" PAGE("f", "1") "0x20,EX");
    CHECK(counters_open_memory(&c, text, "x.csv", &o, &e) == STATUS_OK);
    CHECK_EQ_INT(c->n_kernels, 1);
    CHECK_EQ_INT(c->kernels[0].code.n, 2);
    counters_close(c);
}

TEST(launches_that_one_side_lacks_are_said)
{
    struct counters *c =
        read_text(PAGE("f", "1") "ID,Kernel Name,launch__grid_size\n0,f,12\n1,g,13\n2,f,14\n");
    CHECK_EQ_INT(c->n_kernels, 3);
    CHECK_EQ_INT(c->kernels[0].code.n, 1);
    CHECK_EQ_STR(c->warnings[0],
                 "f: 2 launches with metrics, 1 with instructions; they are joined in order");
    counters_close(c);
}

/* ---- what is broken ---- */

static struct err failure(const char *text, bool keep_going)
{
    const struct counters_options o = {.keep_going = keep_going};
    struct counters *c = NULL;
    struct err e = {0};
    if (counters_open_memory(&c, str_from(text), "x.csv", &o, &e) == STATUS_OK)
        counters_close(c);
    return e;
}

TEST(errors_have_a_place)
{
    struct err e = failure("", false);
    CHECK_EQ_STR(e.found, "an empty file");
    e = failure("hello \"world\n", false);
    CHECK_EQ_STR(e.found, "text without such a table");
    e = failure("{\"traceEvents\": []}", false);
    CHECK_EQ_STR(e.found, "JSON");
    e = failure("ID,Kernel Name,m__x\n,,byte\n0,f\n1,g,2\n", false);
    CHECK_EQ_STR(e.message, "a row of 2 fields");
    CHECK_EQ_STR(e.expected, "3, as in the heading");
    CHECK_EQ_INT(e.line, 3);
    CHECK_EQ_STR(e.hint, "");
    e = failure("\"Kernel Name\",f\n#,Source,# Samples\n0,x = 1;,3\n", false);
    CHECK(strstr(e.hint, "--print-source sass") != NULL);
    e = failure("#,Address,Source\n0,zz,MOV\n", false);
    CHECK_EQ_STR(e.message, "an instruction without an address");
    e = failure("counters,1\n", false);
    CHECK_EQ_STR(e.message, "a compact file of another version");
    e = failure("counters,2\nkernel,1\n", false);
    CHECK_EQ_INT(e.line, 2);
    e = failure("counters,2\ninst,0,MOV\n", false);
    CHECK_EQ_INT(e.line, 2);
}

TEST(a_file_cut_short)
{
    static const char in_row[] = "ID,Kernel Name,m__x\n,,byte\n0,f,1\n1,g";
    static const char in_field[] = "\"ID\",\"Kernel Name\",\"m__x\"\n\"\",\"\",\"\"\n\"0\",\"f";
    CHECK(strstr(failure(in_row, false).hint, "--keep-going") != NULL);
    CHECK(strstr(failure(in_field, false).hint, "--keep-going") != NULL);
    CHECK_EQ_STR(failure(in_row, true).message, "");
    CHECK_EQ_STR(failure(in_field, true).message, "");
    const struct counters_options o = {.keep_going = true};
    struct counters *c;
    struct err e = {0};
    CHECK(counters_open_memory(&c, str_from(in_row), "x.csv", &o, &e) == STATUS_OK);
    CHECK_EQ_INT(c->n_kernels, 1);
    CHECK_EQ_STR(c->warnings[0], "x.csv ends within line 4; what is before is taken");
    counters_close(c);
}

/* ---- the compact file ---- */

static void write_and_read(const struct counters *c, bool has_all, struct text *t,
                           struct counters **back)
{
    const struct counters_write_options o = {has_all};
    struct err e = {0};
    text_clear(t);
    counters_write(t, c, &o);
    if (counters_open_memory(back, text_str(t), "y.csv", NULL, &e) != STATUS_OK)
        T_FAIL("%s (line %u)", e.message, e.line);
}

TEST(the_compact_file_reads_back)
{
    struct counters *c = read_files(RAW, SOURCE), *back, *again;
    struct text one, two;
    text_init(&one);
    text_init(&two);
    for (unsigned has_all = 0; has_all < 2; has_all++) {
        write_and_read(c, has_all, &one, &back);
        check_equal(c, back);
        CHECK_EQ_STR(back->kernels[0].source, "ncu_raw.csv");
        CHECK_EQ_STR(back->kernels[0].device, c->kernels[0].device);
        CHECK_EQ_INT(back->kernels[0].code.n, 6);
        CHECK_EQ_INT(back->n_metrics, c->n_metrics - !has_all);
        write_and_read(back, has_all, &two, &again);
        CHECK_EQ_STR(text_cstr(&one), text_cstr(&two));
        counters_close(again);
        counters_close(back);
    }
    text_done(&one);
    text_done(&two);
    counters_close(c);
}

static void check_equal_code(const struct counters_code *a, const struct counters_code *b)
{
    CHECK_EQ_INT(a->n, b->n);
    for (uint32_t i = 0; i < a->n; i++) {
        CHECK_EQ_INT(a->pc_b[i], b->pc_b[i]);
        CHECK_EQ_STR(a->sass[i], b->sass[i]);
    }
    for (unsigned c = 0; c < CODE_N; c++) {
        CHECK((a->column[c] != NULL) == (b->column[c] != NULL));
        for (uint32_t i = 0; a->column[c] != NULL && b->column[c] != NULL && i < a->n; i++)
            CHECK(isnan(a->column[c][i]) ? isnan(b->column[c][i])
                                         : !(a->column[c][i] < b->column[c][i]) &&
                                               !(a->column[c][i] > b->column[c][i]));
    }
}

TEST(launches_of_a_kernel_share_its_listing)
{
    struct counters *c = read_files(H200_RAW, H200_SOURCE), *back;
    struct text t;
    text_init(&t);
    write_and_read(c, false, &t, &back);
    check_equal(c, back);
    for (uint32_t i = 0; i < c->n_kernels; i++)
        check_equal_code(&c->kernels[i].code, &back->kernels[i].code);
    CHECK(str_has(text_str(&t), STR("\ncode,1\n")));
    CHECK(!str_has(text_str(&t), STR("\ncode,2\n")));
    CHECK(t.n < 17000); /* of 194 KB */
    counters_close(back);
    counters_close(c);
    text_done(&t);
}

TEST(broken_listings_are_refused)
{
    static const char head[] = "counters,2\nkernels,source,id,process,name,grid,block,context,"
                               "stream,device,cc\nkernel,x,0,,f,,,,,,\n";
    static const struct {
        const char *rows;
        unsigned line;
    } cases[] = {{"code,1\n", 4},
                 {"code,0\ncode,1\n", 5},
                 {"code,0\ncounts,samples\n", 5},
                 {"code,0\ninst,0,A\ncount,1\n", 6},
                 {"code,0\ninst,0,A\ncounts,samples\ncount,1,2\n", 7},
                 {"code,0\ninst,0,A\ncounts,samples\ncount,1\ncount,1\n", 8},
                 {"code,0\ninst,0,A\ncounts,samples=1\ncount\ninst,0,A\n", 8}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s", head, cases[i].rows);
        CHECK_EQ_INT(failure(text, false).line, cases[i].line);
    }
}

TEST(the_compact_file_is_in_order)
{
    struct counters *c = read_files(SAMPLES "ncu_raw_crlf.csv", RAW), *back;
    struct text t;
    text_init(&t);
    write_and_read(c, false, &t, &back);
    CHECK_EQ_STR(c->kernels[0].source, "ncu_raw_crlf.csv");
    CHECK_EQ_STR(back->kernels[0].source, "ncu_raw.csv");
    CHECK_EQ_INT(back->n_kernels, 6);
    counters_close(back);
    counters_close(c);
    text_done(&t);
}
