/* Reports of one made-up result: every format, word by word. */
#include "t.h"

#include "model/model.h"
#include "present/report.h"

static struct sass_inst code[3] = {
    {.pc = 0x0, .opcode = "MOV"}, {.pc = 0x10, .opcode = "LDG.E"}, {.pc = 0x1f0, .opcode = "EXIT"}};
static struct result_inst insts[3];
static const char *const notes[] = {"an assumption that is told"};
static const struct result_term terms[] = {{METRIC_amat_cy, 412.5}};

static struct trace_kernel kernel(void)
{
    struct trace_kernel k = {.code = code, .n_code = 3};
    k.h = (struct trace_header){.name = "say \"hi\", twice",
                                .id = 4,
                                .grid = {12, 2, 1},
                                .block = {256, 1, 1},
                                .n_regs = 40,
                                .shmem_b = 2048,
                                .isa = 80};
    k.counts.unknown_opcodes = 1;
    return k;
}

static void fill_insts(void)
{
    memset(insts, 0, sizeof insts);
    insts[0].cycles = insts[0].stall[STALL_SELECTED] = 100;
    insts[1].cycles = 650;
    insts[1].stall[STALL_LONG_SCOREBOARD] = 600;
    insts[1].stall[STALL_SELECTED] = 50;
    insts[1].executions = 24;
    insts[2].cycles = insts[2].stall[STALL_DRAIN] = 50;
}

static void fill_result(struct result *r)
{
    fill_insts();
    r->kernel_name = "say \"hi\", twice";
    r->gpu_name = "some-gpu";
    r->gpu_title = "Some GPU";
    r->model_name = "some-model";
    r->kernel_id = 4;
    r->fixes = (uint64_t)1 << STAGE_CACHE;
    memcpy(r->grid, (uint32_t[3]){12, 2, 1}, sizeof r->grid);
    memcpy(r->block, (uint32_t[3]){256, 1, 1}, sizeof r->block);
    r->warp_insts = 4800;
    r->thread_insts = 153600;
    r->cycles = 1000;
    r->time_us = 0.5;
    r->ipc = 4.8;
    r->ipc_per_sm = 0.2;
    r->clock_mhz = 2000;
    r->occupancy = (struct result_occupancy){.warps_per_cta = 8,
                                             .ctas_per_sm = 4,
                                             .limit = {8, 32, 4, 16, 1},
                                             .limiter = LIMITER_REGISTERS,
                                             .warps_per_sm = 32,
                                             .theoretical = 0.5,
                                             .achieved = 0.125,
                                             .smem_carveout_kib = 32,
                                             .l1_kib = 160};
    r->waves = 0.25;
    r->sms_used = 24;
    r->stall[STALL_SELECTED] = 150;
    r->stall[STALL_LONG_SCOREBOARD] = 600;
    r->stall[STALL_DRAIN] = 50;
    r->stall[STALL_LAUNCH] = 199.5;
    r->stall[STALL_WAIT] = 0.5;
    r->level[RESULT_L1] = (struct result_level){1000, 250, 32000, 0.25, 128};
    r->level[RESULT_L2] = (struct result_level){750, 0, 24000, 0, 5120};
    r->level[RESULT_DRAM] = (struct result_level){750, 0, 24000, (double)NAN, (double)NAN};
    r->level[RESULT_SMEM].hit_rate = (double)NAN;
    r->sol_compute = 0.1;
    r->sol_l1 = 0.2;
    r->sol_l2 = 0.3;
    r->sol_dram = 0.9;
    r->busiest_pipe = "fma";
    r->insts = insts;
    r->n_insts = 3;
    r->terms = terms;
    r->n_terms = 1;
    r->unknown_insts = 3;
    r->unknown_share = 0.000625;
    r->error_band = 0.12;
    r->notes = notes;
    r->n_notes = 1;
}

/* Lines of `text` from `first` (0-based), `n` of them. */
static const char *lines(struct text *t, size_t first, size_t n)
{
    static char out[2000];
    str rest = text_str(t), line;
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; str_cut(&rest, '\n', &line); i++)
        if (i >= first && i < first + n)
            at += (size_t)snprintf(out + at, sizeof out - at, "%.*s\n", (int)line.n, line.p);
    return out;
}

static const struct report_style plain = {false, SYMBOLS_BLOCK, 2};

TEST(text_tells_head_and_summary)
{
    struct result r = {0};
    struct text t;
    struct trace_kernel k = kernel();
    fill_result(&r);
    text_init(&t);
    report_text(&t, &k, &r, &plain);
    CHECK_EQ_STR(lines(&t, 0, 12),
                 "say \"hi\", twice\n"
                 "  kernel 4  grid 12x2x1  block 256x1x1  40 regs  2 KiB shared  sm_80\n"
                 "  Some GPU (some-gpu), model some-model, within 12 % when validated\n"
                 "\n"
                 "  cycles      1,000          time        500 ns        clock       2 GHz\n"
                 "  warp insts  4,800          IPC         4.8           IPC per SM  0.2\n"
                 "  occupancy   50.0 %         achieved    12.5 %        limited by  registers\n"
                 "  waves       0.25           SMs used    24            warps an SM 32\n"
                 "\n"
                 "Notes\n"
                 "  - an assumption that is told\n"
                 "\n");
    text_done(&t);
}

static size_t line_of(struct text *t, const char *start)
{
    str rest = text_str(t), line;
    size_t i = 0;
    while (str_cut(&rest, '\n', &line) && !str_starts(line, str_from(start)))
        i++;
    return i;
}

TEST(text_sorts_stalls_and_instructions)
{
    struct result r = {0};
    struct text t;
    struct trace_kernel k = kernel();
    fill_result(&r);
    text_init(&t);
    report_text(&t, &k, &r, &plain);
    CHECK_EQ_STR(
        lines(&t, line_of(&t, "Where the cycles go") + 1, 6),
        "  M long_scoreboard      MMMMMMMMMMMMMMMMMMMM                      600    60.0 %\n"
        "  L launch               LLLLLLL                                   200    20.0 %\n"
        "  . selected             .....                                     150    15.0 %\n"
        "  M drain                MM                                         50     5.0 %\n"
        "    1 more                                                           1     0.1 %\n"
        "\n");
    CHECK_EQ_STR(
        lines(&t, line_of(&t, "Throughput") + 1, 5),
        "  fma      CC                     10.0 %\n"
        "  L1       MMMM                   20.0 %     25.0 %         1,000      31.25 KiB\n"
        "  L2       MMMMMM                 30.0 %      0.0 %           750      23.44 KiB\n"
        "  DRAM     MMMMMMMMMMMMMMMMMM     90.0 %          -           750      23.44 KiB\n"
        "\n");
    CHECK_EQ_STR(
        lines(&t, line_of(&t, "Hottest instructions") + 1, 9),
        "  0010  LDG.E                           M long_scoreboard          650    65.0 %\n"
        "  0000  MOV                             . selected                 100    10.0 %\n"
        "\n");
    text_done(&t);
}

TEST(colour_changes_no_word)
{
    struct result r = {0};
    struct text with, without;
    struct trace_kernel k = kernel();
    fill_result(&r);
    text_init(&with);
    text_init(&without);
    report_text(&with, &k, &r, &(struct report_style){true, SYMBOLS_ASCII, 2});
    report_text(&without, &k, &r, &(struct report_style){false, SYMBOLS_ASCII, 2});
    struct text bare;
    text_init(&bare);
    for (const char *p = text_cstr(&with); *p != '\0'; p++) {
        if (*p == '\033')
            p += strcspn(p, "m");
        else
            text_putc(&bare, *p);
    }
    CHECK(with.n > without.n);
    CHECK_EQ_STR(text_cstr(&bare), text_cstr(&without));
    text_done(&bare);
    text_done(&without);
    text_done(&with);
}

TEST(withheld_totals_are_question_marks)
{
    struct result r = {0};
    struct text t;
    struct trace_kernel k = kernel();
    fill_result(&r);
    r.is_withheld = true;
    r.cycles = r.time_us = r.ipc = r.ipc_per_sm = (double)NAN;
    for (size_t i = 0; i < STALL_N; i++)
        r.stall[i] = (double)NAN;
    text_init(&t);
    report_text(&t, &k, &r, &plain);
    CHECK_EQ_STR(lines(&t, 4, 1),
                 "  cycles      ?              time        ?             clock       2 GHz\n");
    CHECK(strstr(text_cstr(&t), "Where the cycles go") == NULL);
    CHECK(strstr(text_cstr(&t), "Hottest") == NULL);
    CHECK(strstr(text_cstr(&t), "nan") == NULL);
    text_done(&t);
}

/* ---- JSON ---- */

static json *parse(struct text *t)
{
    json *j = NULL;
    struct err e = {0};
    CHECK_EQ_INT(json_parse(&j, text_str(t), "report", &e), STATUS_OK);
    return j;
}

static json *report(const struct result *r, const struct result *baseline, bool has_instructions)
{
    struct text t;
    struct trace_kernel k = kernel();
    struct report_json j = report_json_make("1.2", "kernels");
    report_json_add(&j, &k, r, baseline, has_instructions);
    text_init(&t);
    json_print(j.doc, &t);
    json_free(j.doc);
    json *back = parse(&t);
    text_done(&t);
    return back;
}

TEST(json_has_its_keys_in_order)
{
    static const char *const head[] = {"schema", "tool", "version", "kernels"};
    static const char *const keys[] = {
        "id",     "name",    "gpu", "model",     "grid",   "block",  "warp_instructions",
        "cycles", "time_us", "ipc", "occupancy", "stalls", "caches", "unknown_opcodes"};
    struct result r = {0};
    fill_result(&r);
    json *doc = report(&r, NULL, false);
    const json *at = json_child(doc);
    for (size_t i = 0; i < ARRAY_LEN(head); i++, at = json_next(at))
        CHECK_EQ_STR(json_key(at), head[i]);
    CHECK_EQ_INT(json_number(json_get(doc, "schema")), 1);
    CHECK_EQ_STR(json_string(json_get(doc, "tool")), "warpscope");
    CHECK_EQ_STR(json_string(json_get(doc, "version")), "1.2");
    const json *k = json_child(json_get(doc, "kernels"));
    at = json_child(k);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++, at = json_next(at))
        CHECK_EQ_STR(json_key(at), keys[i]);
    CHECK(json_get(k, "speedup") == NULL);
    CHECK(json_get(k, "instructions") == NULL);
    CHECK_EQ_STR(json_string(json_child(json_get(k, "fixes"))), "cache");
    CHECK_NEAR(json_number(json_get(json_get(k, "terms"), "amat_cy")), 412.5, 0);
    json_free(doc);
}

TEST(json_stalls_sum_to_the_cycles)
{
    struct result r = {0};
    fill_result(&r);
    json *doc = report(&r, NULL, false);
    const json *k = json_child(json_get(doc, "kernels"));
    double sum = 0;
    size_t n = 0;
    for (const json *s = json_child(json_get(k, "stalls")); s != NULL; s = json_next(s), n++)
        sum += json_number(s);
    CHECK_EQ_INT(n, STALL_N);
    CHECK_NEAR(sum, json_number(json_get(k, "cycles")), 0);
    json_free(doc);
}

TEST(json_tells_unknown_from_nothing)
{
    struct result r = {0};
    fill_result(&r);
    r.cycles = (double)NAN;
    json *doc = report(&r, NULL, false);
    const json *k = json_child(json_get(doc, "kernels"));
    const json *caches = json_get(k, "caches");
    CHECK_EQ_INT(json_kind(json_get(k, "cycles")), JSON_NULL);
    CHECK_EQ_INT(json_kind(json_get(json_get(caches, "dram"), "hit_rate")), JSON_NULL);
    CHECK_EQ_INT(json_kind(json_get(json_get(caches, "l2"), "hit_rate")), JSON_NUMBER);
    json_free(doc);
}

TEST(json_lists_instructions_and_speedup_when_asked)
{
    struct result r = {0}, baseline = {.time_us = 0.75};
    fill_result(&r);
    json *doc = report(&r, &baseline, true);
    const json *k = json_child(json_get(doc, "kernels"));
    CHECK_NEAR(json_number(json_get(k, "speedup")), 1.5, 0);
    const json *second = json_next(json_child(json_get(k, "instructions")));
    CHECK_EQ_STR(json_string(json_get(second, "pc")), "0x10");
    CHECK_EQ_INT(json_number(json_get(second, "executions")), 24);
    const json *stalls = json_get(second, "stalls");
    CHECK_NEAR(json_number(json_get(stalls, "long_scoreboard")), 600, 0);
    CHECK(json_get(stalls, "drain") == NULL);
    json_free(doc);
}

/* ---- CSV ---- */

static size_t n_fields(str line)
{
    size_t n = 1;
    bool is_quoted = false;
    for (size_t i = 0; i < line.n; i++) {
        is_quoted ^= line.p[i] == '"';
        n += line.p[i] == ',' && !is_quoted;
    }
    return n;
}

TEST(csv_rows_fit_the_head)
{
    struct result r = {0};
    struct text t;
    fill_result(&r);
    text_init(&t);
    for (int has_speedup = 0; has_speedup < 2; has_speedup++) {
        text_clear(&t);
        report_csv_head(&t, has_speedup != 0);
        report_csv_row(&t, &r, has_speedup != 0, &r);
        report_csv_row(&t, &r, has_speedup != 0, NULL);
        str rest = text_str(&t), head, row, other;
        str_cut(&rest, '\n', &head);
        str_cut(&rest, '\n', &row);
        str_cut(&rest, '\n', &other);
        CHECK(str_has(head, STR(",cycles[cy],time[us],")));
        CHECK(str_starts(row, STR("\"say \"\"hi\"\", twice\",some-gpu,some-model,registers,4,")));
        CHECK(str_has(row, STR(",4800,153600,1000,0.5,2000,")));
        CHECK_EQ_INT(n_fields(row), n_fields(head));
        CHECK_EQ_INT(n_fields(other), n_fields(head));
        CHECK_EQ_INT(str_ends(row, STR(",1")), has_speedup);
        CHECK_EQ_INT(str_ends(other, STR(",")), has_speedup);
    }
    text_done(&t);
}

/* ---- comparison ---- */

TEST(comparison_names_the_largest_change)
{
    struct result a = {0}, b = {0};
    struct text t;
    struct trace_kernel k = kernel();
    fill_result(&a);
    fill_result(&b);
    b.gpu_name = "other-gpu";
    b.time_us = 0.25; /* at half the time a reason takes half as long, long_scoreboard most of it */
    text_init(&t);
    report_compare_text(&t, &k, (const struct result *[]){&a, &b, NULL}, 3, &plain);
    const char *text = text_cstr(&t);
    CHECK(strstr(text,
                 "                                some-gpu         other-gpu                 ?\n"));
    CHECK(strstr(
        text,
        "  speed-up                             1.00x             2.00x                 ?\n"));
    CHECK(strstr(
        text,
        "  M long_scoreboard                   300 ns            150 ns                 ?\n"));
    CHECK(strstr(text, "other-gpu takes 250 ns less than some-gpu (2.00x); the largest part is\n"
                       "long_scoreboard with -150 ns.\n"));
    text_done(&t);
}

TEST(comparison_without_a_baseline_still_shows_the_rest)
{
    struct result b = {0};
    struct text t;
    struct trace_kernel k = kernel();
    fill_result(&b);
    text_init(&t);
    report_compare_text(&t, &k, (const struct result *[]){NULL, &b}, 2, &plain);
    CHECK(
        strstr(text_cstr(&t), "  speed-up                                 ?                 ?\n"));
    CHECK(
        strstr(text_cstr(&t), "  time                                     ?            500 ns\n"));
    text_done(&t);
}
