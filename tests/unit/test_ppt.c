/* PPT-GPU folders: configuration, lines, the choice of the CTA, and the recorded BFS. */
#include <sys/stat.h>

#include "base/os.h"
#include "t.h"
#include "trace/ppt.h"

#define DATA "../shared/data/sass/pptgpu-bfs"

#define KERNEL                                                                             \
    "{ \"kernel_name\" : \"Kernel\",\n\t\"num_registers\": 18, \"shared_mem_bytes\": 0,\n" \
    "\"grid_size\": 8, \"block_size\": 512, \"cuda_stream_id\": 0 }\n"

static enum status parse(struct arena *a, const char *text, struct ppt_list *list, struct err *e)
{
    *e = (struct err){0};
    return ppt_parse_config(a, str_from(text), "app_config.py", list, e);
}

TEST(configuration_gives_headers)
{
    struct arena a;
    struct ppt_list list;
    struct err e;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(parse(&a,
                       "# a comment\nkernel_7 = " KERNEL "other = ['x', {}, -1,]\n"
                       "app_kernels_id = [7, 7] # twice",
                       &list, &e),
                 STATUS_OK);
    CHECK_EQ_INT(list.n, 2);
    const struct trace_header *h = &list.headers[1];
    CHECK_EQ_STR(h->name, "Kernel");
    CHECK_EQ_INT(h->id, 7);
    CHECK_EQ_INT(h->grid[0] * h->grid[1] * h->grid[2], 8);
    CHECK_EQ_INT(h->block[0] * h->block[1] * h->block[2], 512);
    CHECK_EQ_INT(h->n_regs, 18);
    CHECK_EQ_INT(h->format, TRACE_FORMAT_PPT);
    arena_done(&a);
}

TEST(configuration_errors_have_a_place)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *expected;
    } cases[] = {
        {"", 1, 1, "a list"},
        {"app_kernels_id = [1", 1, 20, "','"},
        {"app_kernels_id = [1]", 1, 19, "kernel_1"},
        {"app_kernels_id = 1", 1, 18, "a list"},
        {"kernel_1 = {}\napp_kernels_id = [1]", 1, 12, "a text"},
        {"kernel_1 = 3\napp_kernels_id = [1]", 1, 12, "a dict"},
        {"kernel_1\n  {}", 2, 3, "'='"},
        {"1 = 2", 1, 1, "a name"},
        {"a = \"x\n", 1, 7, "a closing \""},
        {"a = {b: 1}", 1, 6, "a key in quotes"},
        {"a = open('x')", 1, 5, "a whole number, a text, a list or a dict"},
        {"a = 99999999999999999999", 1, 5, "a whole number, a text, a list or a dict"},
        {"a = [[[[[[[[[1]]]]]]]]]", 1, 13, "less nesting"},
        {"app_kernels_id = ['a']", 1, 19, "0 to 4294967295"},
        {"kernel_1 = {'kernel_name': 'k', 'grid_size': 0}\napp_kernels_id = [1]", 1, 46,
         "1 to 4294967295"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena a;
        struct ppt_list list;
        struct err e;
        arena_init(&a, ARENA_SMALL);
        CHECK_EQ_INT(parse(&a, cases[i].text, &list, &e), STATUS_INPUT);
        if (e.line != cases[i].line || e.column != cases[i].column)
            T_FAIL("%s: %u:%u, expected %u:%u", cases[i].text, e.line, e.column, cases[i].line,
                   cases[i].column);
        CHECK_EQ_STR(e.expected, cases[i].expected);
        CHECK_EQ_STR(e.path, "app_config.py");
        arena_done(&a);
    }
}

TEST(instruction_lines)
{
    struct ppt_inst in;
    CHECK_EQ_INT(ppt_parse_inst(STR("11 ISETP.GE.AND P0 P7 R0 P7 "), "f", 1, &in, NULL), STATUS_OK);
    CHECK_EQ_INT(in.warp, 11);
    CHECK(str_is(in.opcode, "ISETP.GE.AND"));
    CHECK(str_is(in.text, "ISETP.GE.AND P0 P7 R0 P7"));
    CHECK(!in.begins_with_r);
    CHECK_EQ_INT(in.n_reg, 1);
    CHECK_EQ_INT(ppt_parse_inst(STR("0 IADD R4 RZ UR4 UP0 PT"), "f", 1, &in, NULL), STATUS_OK);
    CHECK(in.begins_with_r);
    CHECK_EQ_INT(in.n_reg, 2);
    CHECK_EQ_INT(in.reg[1], SASS_RZ);
    CHECK_EQ_INT(ppt_parse_inst(STR("0 EXIT"), "f", 1, &in, NULL), STATUS_OK);
    CHECK_EQ_INT(ppt_parse_inst(STR("0 FOO R1 R2 R3 R4 R5 R6 R7"), "f", 1, &in, NULL), STATUS_OK);
    CHECK_EQ_INT(in.n_reg, 6);
    CHECK(in.lost_regs);
}

TEST(line_errors_have_a_place)
{
    static const struct {
        const char *line;
        unsigned column;
        const char *expected, *found;
    } cases[] = {
        {"MOV R1", 1, "the number of a warp", "'MOV'"},
        {"1", 2, "an opcode", "the end of the line"},
        {"1 0 0 0 2 MOV R1", 3, "an opcode", "'0'"},
        {" 1 MOV R300", 8, "a register, such as R4 or P0", "'R300'"},
        {"1 MOV R-1", 7, "a register, such as R4 or P0", "'R-1'"},
        {"1 MOV 0x10", 7, "a register, such as R4 or P0", "'0x10'"},
        {"1 MOV R", 7, "a register, such as R4 or P0", "'R'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ppt_inst in;
        struct err e = {0};
        CHECK_EQ_INT(ppt_parse_inst(str_from(cases[i].line), "k.sass", 5, &in, &e), STATUS_INPUT);
        CHECK_EQ_INT(e.line, 5);
        CHECK_EQ_INT(e.column, cases[i].column);
        CHECK_EQ_STR(e.expected, cases[i].expected);
        CHECK_EQ_STR(e.found, cases[i].found);
    }
}

TEST(access_lines)
{
    struct ppt_access a;
    struct err e = {0};
    char many[33 * 5 + 10] = "LDG.E";
    CHECK_EQ_INT(ppt_parse_access(STR("LDG.E 0x7f00 0x7f04 "), "f", 1, &a, NULL), STATUS_OK);
    CHECK_EQ_INT(a.n, 2);
    CHECK_EQ_INT(a.address[1], 0x7f04);
    CHECK_EQ_INT(ppt_parse_access(STR("STG.E"), "f", 1, &a, NULL), STATUS_OK);
    CHECK_EQ_INT(a.n, 0);
    CHECK_EQ_INT(ppt_parse_access(STR("LDG.E 7f00"), "f", 2, &a, &e), STATUS_INPUT);
    CHECK_EQ_INT(e.column, 7);
    for (size_t i = 0; i < 33; i++)
        memcpy(many + 5 + 4 * i, " 0x1", 5);
    e = (struct err){0};
    CHECK_EQ_INT(ppt_parse_access(str_from(many), "f", 2, &a, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.expected, "at most 32 addresses");
}

/* ---- folders made here ---- */

static void put(const char *dir, const char *name, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    CHECK_EQ_INT(os_write_file(path, str_from(text), NULL), STATUS_OK);
}

/* One kernel of two CTAs of 128 threads. */
static const char *make_folder(const char *name, const char *sass, const char *mem0,
                               const char *mem1)
{
    static char dir[512];
    char path[600];
    snprintf(dir, sizeof dir, "%s", t_temp_path(name));
    mkdir(dir, 0777);
    snprintf(path, sizeof path, "%s/sass_traces", dir);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/memory_traces", dir);
    mkdir(path, 0777);
    put(dir, "app_config.py",
        "k = {}\napp_kernels_id = [1, 2]\n"
        "kernel_1 = {'kernel_name': 'k', 'num_registers': 8, 'shared_mem_bytes': 64,\n"
        "            'grid_size': 2, 'block_size': 128, 'cuda_stream_id': 3}\n"
        "kernel_2 = {'kernel_name': 'l', 'num_registers': 8, 'shared_mem_bytes': 64,\n"
        "            'grid_size': 2, 'block_size': 128, 'cuda_stream_id': 3}\n");
    put(dir, "sass_traces/kernel_1.sass", sass);
    if (mem0 != NULL)
        put(dir, "memory_traces/kernel_1_block_0.mem", mem0);
    if (mem1 != NULL)
        put(dir, "memory_traces/kernel_1_block_1.mem", mem1);
    return dir;
}

static const struct trace_kernel *load(const char *dir, const struct trace_options *o,
                                       struct err *e)
{
    struct trace *t;
    const struct trace_kernel *k = NULL;
    *e = (struct err){0};
    if (trace_open(&t, dir, o, e) != STATUS_OK)
        return NULL;
    CHECK_EQ_INT(trace_n_kernels(t), 1);
    CHECK_EQ_INT(trace_n_warnings(t), 1);
    if (trace_load(t, 0, NULL, &k, e) != STATUS_OK)
        k = NULL;
    trace_close(t);
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

static const char SASS[] = "0 MOV R1 \n1 MOV R1 \n2 MOV R1 \n"
                           "1 LDG.E R4 R2 \n0 LDG.E R4 R2 \n2 LDG.E R4 R2 \n"
                           "0 STS R1 R4 \n0 XMAD R1 R4 R4 \n0 EXIT \n1 EXIT \n2 EXIT \n";

static const char IN_ORDER[] = "\n=====\nLDG.E 0x1080 0x1084 \n=====\nLDG.E 0x1000 0x1004 0x1010 "
                               "\n=====\nLDG.E 0x1100 \n=====\n";
static const char OUT_OF_ORDER[] = "\n=====\nLDG.E 0x5100 0x5104 \n=====\nLDG.E 0x5000 \n"
                                   "=====\nLDG.E 0x5080 \n=====\n";

TEST(the_cta_with_evenly_spaced_warps_is_chosen)
{
    struct err e;
    uint64_t lanes[SASS_WARP_LANES];
    const struct trace_kernel *k =
        load(make_folder("even", SASS, OUT_OF_ORDER, IN_ORDER), NULL, &e);
    CHECK(k != NULL);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->ctas[0].x, 1);
    CHECK_EQ_INT(k->h.isa, 61);
    CHECK_EQ_INT(k->counts.warp_insts, 11);
    CHECK_EQ_INT(k->counts.mem_insts, 3);
    CHECK_EQ_INT(k->n_warps, 3);
    CHECK_EQ_INT(k->h.stream, 3);
    /* warp 0: MOV, LDG with three addresses */
    const struct trace_step *s = &k->paths[k->warps[0].path].steps[1];
    CHECK_EQ_STR(k->code[s->code].opcode, "LDG.E");
    CHECK_EQ_INT(s->mask, 7);
    CHECK_EQ_INT(trace_access_lanes(k, k->warps[0].first_access, s->mask, lanes), 7);
    CHECK_EQ_INT(lanes[0], 0x1000);
    CHECK_EQ_INT(lanes[2], 0x1010);
    CHECK_EQ_INT(trace_access_lanes(k, k->warps[1].first_access, 3, lanes), 3);
    CHECK_EQ_INT(lanes[1], 0x1084);
    CHECK(has_warning(k, "taken for those of CTA 1"));
    CHECK(has_warning(k, "no shared-memory addresses"));
    CHECK(has_warning(k, "no masks"));
    trace_kernel_release(k);
}

TEST(without_a_decision_the_lowest_cta_is_taken)
{
    struct err e;
    const struct trace_kernel *k =
        load(make_folder("both", SASS, OUT_OF_ORDER, OUT_OF_ORDER), NULL, &e);
    CHECK(k != NULL && k->ctas[0].x == 0);
    CHECK(k != NULL && has_warning(k, "accesses of 2 CTAs fit"));
    trace_kernel_release(k);
}

TEST(traces_that_do_not_fit_give_no_addresses)
{
    struct err e;
    const struct trace_kernel *k =
        load(make_folder("none", SASS, "=====\nSTG.E 0x10\n", "LDG.E 0x1000\n"), NULL, &e);
    CHECK(k != NULL && k->counts.mem_insts == 0 && k->counts.warp_insts == 11);
    CHECK(k != NULL && has_warning(k, "none of 2 memory traces fits"));
    trace_kernel_release(k);
}

TEST(roles_follow_the_opcode_table)
{
    struct err e;
    const struct trace_kernel *k = load(
        make_folder("roles", "0 STG.E R2 R4 \n0 LDG.E.64 R6 R2 \n0 ISETP.GE.AND P0 P7 R0 P7 \n",
                    NULL, NULL),
        NULL, &e);
    CHECK(k != NULL && k->n_code == 3);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->code[0].n_dst, 0);
    CHECK_EQ_INT(k->code[0].n_use, 2);
    CHECK_EQ_INT(k->code[1].def[0].n, 2);
    CHECK_EQ_INT(k->code[1].pc, 16);
    CHECK_EQ_INT(k->code[2].n_def, 0);
    CHECK_EQ_INT(k->code[2].use[0].first, 0);
    trace_kernel_release(k);
}

TEST(bad_lines_fail_with_a_place)
{
    struct err e;
    struct trace_options keep_going = {.keep_going = true};
    CHECK(load(make_folder("bad", "0 MOV R1\n0 MOV Q\n", NULL, NULL), NULL, &e) == NULL);
    CHECK_EQ_INT(e.status, STATUS_INPUT);
    CHECK_EQ_INT(e.line, 2);
    CHECK_EQ_INT(e.column, 7);
    const struct trace_kernel *k =
        load(make_folder("bad", "0 MOV R1\n0 MOV Q\n", NULL, NULL), &keep_going, &e);
    CHECK(k != NULL && has_warning(k, "1 lines cannot be read"));
    trace_kernel_release(k);
    CHECK(load(make_folder("warp", "7 MOV R1\n", NULL, NULL), NULL, &e) == NULL);
    CHECK_EQ_STR(e.message, "warp 7 in a CTA of 128 threads");
    CHECK(load(make_folder("empty", "\n", NULL, NULL), NULL, &e) == NULL);
    CHECK(load(make_folder("badmem", SASS, "LDG.E 12\n", NULL), NULL, &e) == NULL);
    CHECK_EQ_INT(e.line, 1);
    k = load(make_folder("badmem", SASS, "LDG.E 12\n", NULL), &keep_going, &e);
    CHECK(k != NULL && has_warning(k, "memory trace of CTA 0 is left out"));
    trace_kernel_release(k);
}

/* ---- the recorded folder ---- */

TEST(recorded_bfs)
{
    /* found from the order of the warps, which no two CTAs share */
    static const uint32_t cta[] = {5, 2, 5, 2, 6, 0, 3, 5, 5, 2, 0, 6, 2, 6, 1, 0};
    struct trace *t;
    struct err e = {0};
    uint64_t insts = 0, accesses = 0;
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    CHECK_EQ_INT(trace_open(&t, DATA, NULL, &e), STATUS_OK);
    CHECK_EQ_INT(trace_n_kernels(t), ARRAY_LEN(cta));
    CHECK_EQ_INT(trace_n_warnings(t), 0);
    for (uint32_t i = 0; i < trace_n_kernels(t); i++) {
        const struct trace_kernel *k;
        CHECK_EQ_INT(trace_load(t, i, NULL, &k, &e), STATUS_OK);
        CHECK_EQ_INT(k->ctas[0].x, cta[i]);
        CHECK_EQ_INT(k->h.isa, 61);
        CHECK_EQ_INT(k->n_warps, 16);
        CHECK_EQ_INT(k->counts.unknown_insts, 0);
        CHECK(has_warning(k, "whose accesses fit"));
        insts += k->counts.warp_insts;
        accesses += k->n_accesses;
        trace_kernel_release(k);
    }
    trace_close(t);
    CHECK_EQ_INT(insts, 22135);
    CHECK_EQ_INT(accesses, 835 + 2454 + 579 + 916);
}
