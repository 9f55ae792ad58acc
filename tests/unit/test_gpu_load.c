/* Loading, inheritance, changing, comparing and writing of descriptions, and what is refused. */
#include "base/os.h"
#include "gpu/gpu.h"
#include "t.h"

#define HEAD                                                         \
    "{\n"                                                            \
    "  \"schema\": 1, \"name\": \"mine\", \"base\": \"h100-sxm\",\n" \
    "  \"sources\": {\"me\": \"measured by me\"},\n"

static const char *const dirs[] = {"gpus"};

static struct arena arena;
static struct gpu g;
static struct err e;

static void start(void)
{
    arena_done(&arena);
    arena_init(&arena, ARENA_SMALL);
    e = (struct err){0};
}

static enum status load_text(const char *text)
{
    start();
    return gpu_load_text(&g, &arena, str_from(text), "mine.json", dirs, 1, &e);
}

static void load(struct gpu *into, const char *name)
{
    CHECK_EQ_INT(gpu_load(into, &arena, name, dirs, 1, &e), STATUS_OK);
}

static void check_part(const char *what, const char *have, const char *want)
{
    if (want != NULL && strstr(have, want) == NULL)
        T_FAIL("%s is \"%s\", expected \"%s\" in it", what, have, want);
}

/* The parts of a refusal; NULL: any. */
struct refusal {
    const char *text;
    unsigned line, column;
    const char *message, *expected, *found, *hint;
};

static void check_refusal(const struct refusal *r)
{
    unsigned failed = t_failed;
    CHECK_EQ_INT(load_text(r->text), STATUS_INPUT);
    CHECK_EQ_STR(e.path, "mine.json");
    CHECK_EQ_INT(e.line, r->line);
    CHECK_EQ_INT(e.column, r->column);
    check_part("message", e.message, r->message);
    check_part("expected", e.expected, r->expected);
    check_part("found", e.found, r->found);
    check_part("hint", e.hint, r->hint);
    if (t_failed != failed)
        printf("# that was: %s\n", r->message);
}

static void check_refusals(const struct refusal *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_refusal(&list[i]);
}

/* --- what is accepted ------------------------------------------------------------------------- */

TEST(file_gives_only_what_differs)
{
    struct gpu base;
    CHECK_EQ_INT(load_text(HEAD "  \"chip\": {\"core_clock\": {\"value\": 1500, \"unit\": \"MHz\","
                                " \"source\": \"me\", \"note\": \"power limit\"}}\n}\n"),
                 STATUS_OK);
    load(&base, "h100-sxm");
    CHECK_EQ_STR(g.name, "mine");
    CHECK_EQ_STR(g.title, "mine");
    CHECK_EQ_STR(g.base, "h100-sxm");
    CHECK_EQ_STR(g.file, "mine.json");
    CHECK_EQ_STR(g.arch, "sm_90");
    CHECK_EQ_INT(g.isa, 90);
    CHECK_NEAR(g.v.core_clock_mhz, 1500, 0);
    CHECK_EQ_INT(g.note[GPU_core_clock_mhz].origin, GPU_GIVEN);
    CHECK_EQ_STR(g.note[GPU_core_clock_mhz].source, "measured by me");
    CHECK_EQ_STR(g.note[GPU_core_clock_mhz].note, "power limit");
    CHECK(!g.note[GPU_core_clock_mhz].is_inferred);
    CHECK_NEAR(g.v.sm_count, 132, 0);
    CHECK_EQ_INT(g.note[GPU_sm_count].origin, GPU_INHERITED);
    CHECK_EQ_STR(g.note[GPU_sm_count].source, base.note[GPU_sm_count].source);
    CHECK_EQ_INT(g.carveout_note.origin, GPU_INHERITED);
    CHECK(gpu_same_carveouts(&g, &base));
}

TEST(source_of_the_base_may_be_named)
{
    CHECK_EQ_INT(load_text(HEAD "  \"chip\": {\"core_clock\": {\"value\": 1830, \"unit\": \"MHz\","
                                " \"source\": \"pipeweave\", \"inferred\": true}}\n}\n"),
                 STATUS_OK);
    CHECK(strstr(g.note[GPU_core_clock_mhz].source, "zksainx/pipeweave") != NULL);
    CHECK(g.note[GPU_core_clock_mhz].is_inferred);
}

TEST(null_takes_a_value_of_the_base_away)
{
    CHECK_EQ_INT(load_text(HEAD "  \"latency\": {\"l2_far\": null}\n}\n"), STATUS_OK);
    CHECK(isnan(g.v.lat_l2_far_cy));
    CHECK_EQ_INT(g.note[GPU_lat_l2_far_cy].origin, GPU_GIVEN);
}

TEST(carveouts_may_be_given)
{
    CHECK_EQ_INT(load_text(HEAD "  \"memory\": {\"shared_carveouts\": {\"value\": [0, 100, 228],"
                                " \"unit\": \"KiB\", \"source\": \"me\"}}\n}\n"),
                 STATUS_OK);
    CHECK_EQ_INT(g.n_carveouts, 3);
    CHECK_NEAR(g.carveout_kib[1], 100, 0);
    CHECK_EQ_INT(g.carveout_note.origin, GPU_GIVEN);
}

TEST(latency_from_l1_is_inherited)
{
    CHECK_EQ_INT(load_text("{\"schema\": 1, \"name\": \"mine\", \"base\": \"amali-h100-pcie\"}"),
                 STATUS_OK);
    CHECK(g.dram_from_l1);
    CHECK(g.v.lat_dram_cy < g.v.lat_l2_cy);
}

/* --- refusals: the document ------------------------------------------------------------------- */

TEST(refuses_a_broken_document)
{
    static const struct refusal list[] = {
        {"{\n  \"schema\": 1,\n  \"name\" 5\n}", 3, 10, "not valid JSON", NULL, "'5'", NULL},
        {"[1]", 1, 1, "the description", "an object", "array", NULL},
        {"{\"name\": \"mine\"}", 0, 0, "has no \"schema\"", "\"schema\": 1", NULL, NULL},
        {"{\n\"schema\": 2}", 2, 1, "schema", "\"schema\": 1", "2", NULL},
        {"{\n\"schema\": \"1\"}", 2, 1, "schema", "\"schema\": 1", NULL, NULL},
        {"{\"schema\": 1}", 0, 0, "has no \"name\"", "\"name\"", NULL, NULL},
        {"{\"schema\": 1,\n \"name\": 7}", 2, 2, "'name' is not a string", "a string", "number",
         NULL},
        {"{\"schema\": 1,\n \"name\": \"a/b\"}", 2, 2, "no name", "letters", "\"a/b\"", NULL},
        {"{\"schema\": 1, \"name\": \"x\",\n \"bse\": \"h100-sxm\"}", 2, 2,
         "'bse' is no member of a description", NULL, NULL, "did you mean 'base'?"},
        {"{\"schema\": 1, \"name\": \"x\",\n \"latencies\": {}}", 2, 2, "'latencies'", NULL, NULL,
         "did you mean 'latency'?"},
        {"{\"schema\": 1, \"name\": \"x\",\n \"name\": \"y\"}", 1, 15, "'name' stands twice", NULL,
         NULL, NULL},
        {"{\"schema\": 1, \"name\": \"x\",\n \"base\": \"h100-sxn\"}", 2, 2, "'h100-sxn'",
         "one of a100-pcie-80gb, ", NULL, "did you mean 'h100-sxm'?"},
        {"{\"schema\": 1, \"name\": \"x\"}", 0, 0, "has no \"arch\"", "sm_80", NULL, NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"arch\": \"sm_80\"}", 0, 0, "has no \"isa\"", "80",
         NULL, NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"arch\": \"sm_80\", \"isa\": 90}", 1, 28,
         "do not fit together", "sm_80", "\"sm_80\" and 90", NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"arch\": \"sm_80\", \"isa\": 80.5}", 1, 45,
         "'isa' is not a whole number", NULL, "number", NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"arch\": \"sm_80\", \"isa\": 80}", 1, 1,
         "'x' has no value for chip.sm_count", NULL, "required values missing", "\"base\""},
        {"{\"schema\": 1, \"name\": \"x\", \"base\": \"l40s\",\n\"sources\": [\"me\"]}", 2, 1,
         "'sources' is not an object", "an object of texts", "array", NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"base\": \"l40s\",\n\"sources\": {\"me\": 1}}", 2, 13,
         "'me' is not a text", NULL, "number", NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"base\": \"l40s\",\n\"dram_latency_from_l1\": 1}", 2, 1,
         "is not true or false", NULL, "number", NULL},
        {"{\"schema\": 1, \"name\": \"x\", \"base\": \"l40s\",\n\"chip\": [1]}", 2, 1,
         "'chip' is not an object of values", NULL, "array", NULL},
    };
    check_refusals(list, ARRAY_LEN(list));
}

/* --- refusals: one value ---------------------------------------------------------------------- */

#define CLOCK(members) HEAD "  \"chip\": {\n    \"core_clock\": {" members "}\n  }\n}\n"

TEST(refuses_a_broken_value)
{
    static const struct refusal list[] = {
        {HEAD "\"chip\": {\n  \"core_clok\": 1}}", 5, 3, "'core_clok' is no member of 'chip'", NULL,
         NULL, "did you mean 'core_clock'?"},
        {HEAD "\"chip\": {\n  \"dram_clock\": 1}}", 5, 3, "'dram_clock' is no member of 'chip'",
         NULL, NULL, "'dram_clock' belongs to \"memory\""},
        {HEAD "\"chip\": {\n  \"core_clock\": 1500}}", 5, 3, "'core_clock' is not an object",
         "\"value\", \"unit\" and \"source\"", "number", NULL},
        {HEAD "\"chip\": {\n  \"core_clock\": null}}", 5, 3, "'core_clock' is null",
         "a number of MHz", NULL, NULL},
        {CLOCK("\"unit\": \"MHz\", \"source\": \"me\""), 5, 5, "'core_clock' has no \"value\"",
         "a number", NULL, NULL},
        {CLOCK("\"value\": \"1500\", \"unit\": \"MHz\", \"source\": \"me\""), 5, 20,
         "'value' is not a number", "a number", "string", NULL},
        {CLOCK("\"value\": null, \"unit\": \"MHz\", \"source\": \"me\""), 5, 20,
         "'value' is not a number", "a number", "null", NULL},
        {CLOCK("\"value\": 1500, \"source\": \"me\""), 5, 5, "'core_clock' has no \"unit\"",
         "\"unit\": \"MHz\"", NULL, NULL},
        {CLOCK("\"value\": 1.5, \"unit\": \"GHz\", \"source\": \"me\""), 5, 34,
         "'core_clock' has the wrong unit", "\"unit\": \"MHz\"", "\"GHz\"", NULL},
        {CLOCK("\"value\": 1500, \"unit\": 3, \"source\": \"me\""), 5, 35, "'unit' is not a string",
         NULL, "number", NULL},
        {CLOCK("\"value\": 1500, \"unit\": \"MHz\""), 5, 5, "'core_clock' has no \"source\"",
         "a member of \"sources\"", NULL, NULL},
        {CLOCK("\"value\": 1500,\n\"unit\": \"MHz\",\n \"source\": \"mee\""), 7, 2,
         "source 'mee' of 'core_clock' is not known", "of this file or of its base", NULL,
         "did you mean 'me'?"},
        {CLOCK("\"value\": 99, \"unit\": \"MHz\", \"source\": \"me\""), 5, 20,
         "chip.core_clock is out of range", "a number from 100 to 5000 MHz", "99", "SM clock"},
        {CLOCK("\"value\": 1e999, \"unit\": \"MHz\", \"source\": \"me\""), 5, 29, "not valid JSON",
         "a double", "'1'", NULL},
        {CLOCK("\"value\": 1500, \"unit\": \"MHz\", \"source\": \"me\", \"infered\": true"), 5, 66,
         "'infered' is no member of 'core_clock'", NULL, NULL, "did you mean 'inferred'?"},
        {CLOCK("\"value\": 1500, \"unit\": \"MHz\", \"source\": \"me\", \"inferred\": 1"), 5, 66,
         "'inferred' is not true or false", NULL, "number", NULL},
        {CLOCK("\"value\": 1500, \"value\": 1501, \"unit\": \"MHz\", \"source\": \"me\""), 5, 20,
         "'value' stands twice in 'core_clock'", NULL, NULL, NULL},
        {HEAD "\"chip\": {\"sm_count\": {\"value\": 3.5, \"unit\": \"SM\", \"source\": \"me\"}}}",
         4, 23, "chip.sm_count is not whole", "a whole number from 1 to 1024 SM", "3.5", NULL},
    };
    check_refusals(list, ARRAY_LEN(list));
}

#define CARVEOUTS(value)                                                                       \
    HEAD "  \"memory\": {\n    \"shared_carveouts\": {\"unit\": \"KiB\", \"source\": \"me\", " \
         "\"value\": " value "}}}\n"

TEST(refuses_broken_carveouts)
{
    static const struct refusal list[] = {
        {CARVEOUTS("8"), 5, 57, "'value' is not an array", NULL, "number", NULL},
        {CARVEOUTS("[]"), 5, 57, "do not fit memory.l1_and_shared", "all below 256 KiB", "0, ",
         NULL},
        {CARVEOUTS("[0, 100, 100]"), 5, 57, "do not ascend", NULL, "100 after 100 KiB", NULL},
        {CARVEOUTS("[0, -8]"), 5, 57, "'value' is not an array of sizes", NULL, NULL, NULL},
        {CARVEOUTS("[0, \"8\"]"), 5, 57, "'value' is not an array of sizes", NULL, "string", NULL},
        {CARVEOUTS("[0, 256]"), 5, 57, "do not fit memory.l1_and_shared", "all below 256 KiB",
         "the largest 256 KiB", NULL},
        {CARVEOUTS("[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]"), 5, 57, "at most 16", NULL, NULL,
         NULL},
        {HEAD "\"memory\": {\n\"shared_carveouts\": [8]}}", 5, 1,
         "'shared_carveouts' is not an"
         " object",
         NULL, "array", NULL},
        {HEAD "\"latency\": {\n\"shared_carveouts\": [8]}}", 5, 1,
         "'shared_carveouts' is no member of 'latency'", NULL, NULL,
         "`warpscope gpu show NAME` has all"},
    };
    check_refusals(list, ARRAY_LEN(list));
}

/* --- refusals: values against one another ----------------------------------------------------- */

#define ONE(section, key, value, unit)                                                        \
    HEAD "\"" section "\": {\n  \"" key "\": {\"value\": " value ", \"unit\": \"" unit "\", " \
         "\"source\": \"me\"}}}"

TEST(refuses_values_that_do_not_fit_together)
{
    static const struct refusal list[] = {
        {ONE("limits", "threads_per_sm", "2040", "thread"), 5, 22, "limits.threads_per_sm",
         "whole warps of 32", "2040", NULL},
        {ONE("limits", "threads_per_sm", "512", "thread"), 4, 1, "limits.threads_per_cta",
         "at most limits.threads_per_sm", "1024 and 512", NULL},
        {ONE("limits", "shared_per_cta", "228", "KiB"), 5, 22, "limits.shared_per_cta",
         "within the largest carve-out", "228", NULL},
        {ONE("limits", "registers_per_cta", "131072", "register"), 5, 25, "registers",
         "at most limits.registers_per_sm", NULL, NULL},
        {ONE("limits", "register_allocation_unit", "100", "register"), 4, 1, "registers",
         "a multiple of limits.register_allocation_unit", NULL, NULL},
        {ONE("pipes", "tensor_cores_per_sm", "6", "core"), 5, 27, "pipes.tensor_cores_per_sm",
         "a multiple of chip.sub_cores_per_sm", "6 and 4", NULL},
        {ONE("latency", "l1", "300", "cy"), 5, 10, "latency.l1 and latency.l2",
         "latency.l1 below latency.l2", "300 and 276", NULL},
        {ONE("latency", "l2", "500", "cy"), 5, 10, "latency.l2 and latency.l2_far",
         "latency.l2 at most latency.l2_far", "500 and 474", NULL},
        {ONE("latency", "l2_far", "700", "cy"), 5, 14, "latency.l2_far and latency.dram",
         "latency.l2_far at most latency.dram", "700 and 685", NULL},
        {ONE("latency", "const", "200", "cy"), 5, 13, "latency.const", "latency.const_second", NULL,
         NULL},
        {ONE("memory", "dram_bandwidth_achieved", "3400", "GB/s"), 5, 31, "memory.dram_bandwidth",
         "at most memory.dram_bandwidth", NULL, NULL},
        {ONE("memory", "l1_line", "96", "B"), 5, 15, "memory.l1_line", "a power of two", NULL,
         NULL},
        {ONE("memory", "l2_line", "96", "B"), 5, 15, "memory.l2_line", "a power of two", NULL,
         NULL},
        {HEAD "\"memory\": {\n"
              "\"l2_ways\": {\"value\": 4096, \"unit\": \"way\", \"source\": \"me\"},\n"
              "\"l2\": {\"value\": 256, \"unit\": \"KiB\", \"source\": \"me\"}}}",
         5, 13, "memory.l2_ways", "at least one set", "l2_ways 4096 way", NULL},
        {ONE("launch", "kernel_beta", "-1", "cy/warp"), 4, 1, "launch.kernel_alpha", "not negative",
         NULL, NULL},
    };
    check_refusals(list, ARRAY_LEN(list));
}

TEST(latency_from_l1_must_exceed_the_way_to_l2)
{
    static const struct refusal refusal = {
        "{\"schema\": 1, \"name\": \"mine\", \"base\": \"amali-h100-pcie\",\n"
        "\"latency\": {\"l2\": {\"value\": 232, \"unit\": \"cy\", \"source\": \"amali\"}}}",
        2,
        1,
        "latency.dram",
        "above l2 - l1",
        "192",
        NULL};
    check_refusal(&refusal);
    CHECK_EQ_INT(load_text("{\"schema\": 1, \"name\": \"mine\", \"base\": \"amali-h100-pcie\",\n"
                           "\"dram_latency_from_l1\": false}"),
                 STATUS_INPUT);
}

/* --- files ------------------------------------------------------------------------------------ */

static const char *write_description(const char *name, const char *base, const char *rest)
{
    char text[1000];
    const char *path = t_temp_path(name);
    snprintf(text, sizeof text, "{\"schema\": 1, \"name\": \"%.*s\", \"base\": \"%s\"%s}",
             (int)strlen(name) - 5, name, base, rest);
    CHECK_EQ_INT(os_write_file(path, str_from(text), &e), STATUS_OK);
    return path;
}

static const char *temp_dir(void)
{
    return os_dirname(&arena, t_temp_path("x"));
}

TEST(bases_are_looked_up_beside_the_file)
{
    start();
    const char *path = write_description("child.json", "parent", "");
    write_description("parent.json", "l40s", ",\"remark\": \"mine\"");
    CHECK_EQ_INT(gpu_load(&g, &arena, path, dirs, 1, &e), STATUS_OK);
    CHECK_EQ_STR(g.name, "child");
    CHECK_EQ_STR(g.base, "parent");
    CHECK_EQ_STR(g.remark, "");
    CHECK_EQ_STR(g.arch, "sm_89");
    CHECK_NEAR(g.v.sm_count, 142, 0);
}

TEST(first_folder_wins)
{
    start();
    const char *both[] = {temp_dir(), "gpus"};
    write_description("v100-sxm2.json", "l40s", "");
    CHECK_EQ_INT(gpu_load(&g, &arena, "v100-sxm2", both, 2, &e), STATUS_OK);
    CHECK_EQ_INT(g.isa, 89);
}

TEST(refuses_bases_in_a_circle)
{
    start();
    const char *path = write_description("one.json", "two", "");
    const char *other = write_description("two.json", "one", "");
    CHECK_EQ_INT(gpu_load(&g, &arena, path, dirs, 1, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.path, other);
    CHECK_EQ_INT(e.line, 1);
    CHECK_EQ_STR(e.message, "base 'one' inherits from this description");
    start();
    path = write_description("self.json", "self", "");
    CHECK_EQ_INT(gpu_load(&g, &arena, path, dirs, 1, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.message, "base 'self' inherits from this description");
}

TEST(limits_the_chain_of_bases)
{
    char name[20], base[20];
    start();
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "chain%d.json", i);
        snprintf(base, sizeof base, i == 0 ? "l40s" : "chain%d", i - 1);
        write_description(name, base, "");
    }
    const char *folders[] = {temp_dir(), "gpus"};
    CHECK_EQ_INT(gpu_load(&g, &arena, "chain6", folders, 2, &e), STATUS_OK);
    CHECK_EQ_INT(gpu_load(&g, &arena, "chain11", folders, 2, &e), STATUS_INPUT);
    check_part("message", e.message, "is the ninth of a chain of bases");
}

TEST(error_in_a_base_names_the_file_of_the_base)
{
    start();
    const char *bad = write_description("bad.json", "l40s", ",\n\"chp\": {}");
    const char *path = write_description("heir.json", "bad", "");
    CHECK_EQ_INT(gpu_load(&g, &arena, path, dirs, 1, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.path, bad);
    CHECK_EQ_INT(e.line, 2);
}

TEST(name_must_be_that_of_the_file)
{
    start();
    const char *folder[] = {temp_dir(), "gpus"};
    const char *text = "{\"schema\": 1, \"name\": \"this\", \"base\": \"l40s\"}";
    CHECK_EQ_INT(os_write_file(t_temp_path("that.json"), str_from(text), &e), STATUS_OK);
    CHECK_EQ_INT(gpu_load(&g, &arena, "that", folder, 2, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.message, "the file of 'that' describes 'this'");
    CHECK_EQ_STR(e.hint, "call the file 'this.json'");
    e = (struct err){0};
    CHECK_EQ_INT(gpu_load(&g, &arena, t_temp_path("that.json"), folder, 2, &e), STATUS_OK);
}

TEST(unknown_name_suggests_the_nearest)
{
    start();
    CHECK_EQ_INT(gpu_load(&g, &arena, "a100-pcie", dirs, 1, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.message, "no GPU description is called 'a100-pcie'");
    CHECK_EQ_STR(e.hint, "did you mean 'h100-pcie'?");
    check_part("expected", e.expected, "one of a100-pcie-80gb, a100-sxm4-40gb");
    start();
    const char *nowhere[] = {"/nonexistent"};
    CHECK_EQ_INT(gpu_load(&g, &arena, "h100-pcie", nowhere, 1, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.hint, "there are no descriptions in /nonexistent");
    start();
    CHECK_EQ_INT(gpu_load(&g, &arena, "h100-pcie", NULL, 0, &e), STATUS_INPUT);
    start();
    CHECK_EQ_INT(gpu_load(&g, &arena, "./none.json", dirs, 1, &e), STATUS_IO);
}

TEST(lists_each_name_once)
{
    char **names;
    size_t n, n_shipped;
    start();
    const char *folders[] = {temp_dir(), "/nonexistent", "gpus"};
    write_description("l40s.json", "l40s", "");
    write_description("zz.json", "l40s", "");
    CHECK_EQ_INT(gpu_list(&arena, dirs, 1, &names, &n_shipped, &e), STATUS_OK);
    CHECK_EQ_INT(gpu_list(&arena, folders, 3, &names, &n, &e), STATUS_OK);
    CHECK(n > n_shipped);
    for (size_t i = 1; i < n; i++)
        CHECK(strcmp(names[i - 1], names[i]) < 0);
    CHECK_EQ_INT(gpu_list(&arena, NULL, 0, &names, &n, &e), STATUS_OK);
    CHECK_EQ_INT(n, 0);
}

/* --- changing --------------------------------------------------------------------------------- */

TEST(set_changes_one_value)
{
    start();
    load(&g, "h100-sxm");
    CHECK_EQ_INT(gpu_set(&g, GPU_core_clock_mhz, 1500, &e), STATUS_OK);
    CHECK_NEAR(g.v.core_clock_mhz, 1500, 0);
    CHECK_EQ_INT(g.note[GPU_core_clock_mhz].origin, GPU_CHANGED);
    CHECK_EQ_STR(g.note[GPU_core_clock_mhz].source, "");
    CHECK_EQ_INT(g.note[GPU_sm_count].origin, GPU_GIVEN);
}

TEST(set_leaves_all_alone_on_failure)
{
    struct gpu before;
    start();
    load(&g, "h100-sxm");
    before = g;
    CHECK_EQ_INT(gpu_set(&g, GPU_core_clock_mhz, 9e9, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.message, "chip.core_clock is out of range");
    e = (struct err){0};
    CHECK_EQ_INT(gpu_set(&g, GPU_core_clock_mhz, (double)NAN, &e), STATUS_INPUT);
    e = (struct err){0};
    CHECK_EQ_INT(gpu_set(&g, GPU_sm_count, 1.5, &e), STATUS_INPUT);
    e = (struct err){0};
    CHECK_EQ_INT(gpu_set(&g, GPU_lat_l1_cy, 300, &e), STATUS_INPUT);
    check_part("expected", e.expected, "latency.l1 below latency.l2");
    enum gpu_param_id ids[GPU_N_PARAMS];
    CHECK_EQ_INT(gpu_diff(&g, &before, ids), 0);
    for (size_t id = 0; id < GPU_N_PARAMS; id++)
        CHECK_EQ_INT(g.note[id].origin, before.note[id].origin);
}

TEST(finds_parameters_and_suggests)
{
    start();
    CHECK_EQ_INT(gpu_find_param(STR("memory.l2_bandwidth"), &e), GPU_l2_b_per_cy);
    CHECK_EQ_INT(gpu_find_param(STR("memory.l2_bandwith"), &e), -1);
    CHECK_EQ_STR(e.message, "no parameter of a GPU is called 'memory.l2_bandwith'");
    CHECK_EQ_STR(e.hint, "did you mean 'memory.l2_bandwidth'?");
    e = (struct err){0};
    CHECK_EQ_INT(gpu_find_param(STR("core_clock"), &e), -1);
    CHECK_EQ_STR(e.hint, "did you mean 'chip.core_clock'?");
    e = (struct err){0};
    CHECK_EQ_INT(gpu_find_param(STR("xyzzy"), &e), -1);
    CHECK_EQ_STR(e.hint, "");
}

TEST(table_is_consistent)
{
    for (unsigned id = 0; id < GPU_N_PARAMS; id++) {
        const struct gpu_param *p = &gpu_params[id];
        CHECK_EQ_INT(gpu_find_param(str_from(p->name), NULL), (int)id);
        CHECK(p->min < p->max || strcmp(p->key, "sector") == 0);
        CHECK(strlen(p->name) == strlen(p->section) + 1 + strlen(p->key));
        for (unsigned k = 0; k < id; k++) /* gpu_find_param gives the first of a name */
            CHECK(strcmp(gpu_params[k].field, p->field) != 0);
    }
}

/* --- comparing and writing -------------------------------------------------------------------- */

TEST(diff_names_what_differs)
{
    enum gpu_param_id ids[GPU_N_PARAMS];
    struct gpu other;
    start();
    load(&g, "h100-sxm");
    other = g;
    CHECK_EQ_INT(gpu_diff(&g, &other, ids), 0);
    CHECK_EQ_INT(gpu_set(&other, GPU_lat_l1_cy, 40, &e), STATUS_OK);
    CHECK_EQ_INT(gpu_set(&other, GPU_sm_count, 144, &e), STATUS_OK);
    other.v.lat_l2_far_cy = (double)NAN;
    CHECK_EQ_INT(gpu_diff(&g, &other, ids), 3);
    CHECK_EQ_INT(ids[0], GPU_sm_count);
    CHECK_EQ_INT(ids[1], GPU_lat_l1_cy);
    CHECK_EQ_INT(ids[2], GPU_lat_l2_far_cy);
    CHECK(gpu_same_carveouts(&g, &other));
    load(&other, "l40s");
    CHECK(!gpu_same_carveouts(&g, &other));
    CHECK(gpu_diff(&g, &other, ids) > 20);
}

/* Written as `name` on top of `base` and loaded again: equal values, notes of what differs. */
static void check_round_trip(const struct gpu *from, const struct gpu *base)
{
    enum gpu_param_id ids[GPU_N_PARAMS], given[GPU_N_PARAMS];
    struct text text;
    struct gpu back;
    text_init(&text);
    gpu_to_json(from, base, "copy", "changed by hand", &text);
    CHECK_EQ_INT(gpu_load_text(&back, &arena, text_str(&text), "copy.json", dirs, 1, &e),
                 STATUS_OK);
    CHECK_EQ_STR(e.message, "");
    CHECK_EQ_INT(gpu_diff(from, &back, ids), 0);
    CHECK(gpu_same_carveouts(from, &back));
    CHECK_EQ_STR(back.base, base->name);
    CHECK_EQ_STR(back.arch, from->arch);
    CHECK_EQ_INT(back.dram_from_l1, from->dram_from_l1);
    size_t n = gpu_diff(from, base, given);
    for (size_t i = 0; i < n; i++) {
        const struct gpu_note *a = &from->note[given[i]], *b = &back.note[given[i]];
        CHECK_EQ_STR(b->source, a->origin == GPU_CHANGED ? "changed by hand" : a->source);
        CHECK_EQ_STR(b->note, a->note);
        CHECK_EQ_INT(b->is_inferred, a->is_inferred);
    }
    text_done(&text);
}

TEST(written_description_holds_only_what_differs)
{
    static const char want[] = "{\n"
                               "  \"schema\": 1,\n"
                               "  \"name\": \"slow\",\n"
                               "  \"base\": \"h100-sxm\",\n"
                               "  \"chip\": {\n"
                               "    \"core_clock\": {\n"
                               "      \"value\": 1500.5,\n"
                               "      \"unit\": \"MHz\",\n"
                               "      \"source\": \"edit\"\n"
                               "    }\n"
                               "  },\n"
                               "  \"sources\": {\n"
                               "    \"edit\": \"changed by hand\"\n"
                               "  }\n"
                               "}\n";
    struct gpu base;
    struct text text;
    start();
    load(&base, "h100-sxm");
    g = base;
    CHECK_EQ_INT(gpu_set(&g, GPU_core_clock_mhz, 1500.5, &e), STATUS_OK);
    text_init(&text);
    gpu_to_json(&g, &base, "slow", "changed by hand", &text);
    CHECK_EQ_STR(text_cstr(&text), want);
    text_done(&text);
    check_round_trip(&g, &base);
}

TEST(written_descriptions_load_back)
{
    static const char *const pairs[][2] = {
        {"amali-a100", "a100-pcie-80gb"}, {"amali-h100-pcie", "h100-pcie"}, {"l40s", "v100-sxm2"},
        {"v100-sxm2", "h200-sxm"},        {"h200-sxm", "amali-a100"},       {"l40s", "l40s"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct gpu base;
        start();
        load(&g, pairs[i][0]);
        load(&base, pairs[i][1]);
        check_round_trip(&g, &base);
        CHECK_EQ_INT(gpu_set(&g, GPU_sm_count, 77, &e), STATUS_OK);
        CHECK_EQ_INT(gpu_set(&g, GPU_kll_k_cy, 1234.567, &e), STATUS_OK);
        check_round_trip(&g, &base);
    }
}

/* A tag means what the nearest file says; a copy must keep both texts apart. */
TEST(written_sources_keep_tags_apart)
{
    struct gpu base;
    CHECK_EQ_INT(
        load_text("{\"schema\": 1, \"name\": \"mine\", \"base\": \"h100-sxm\",\n"
                  "\"sources\": {\"edit\": \"first\", \"amali\": \"not theirs\"},\n"
                  "\"chip\": {\"core_clock\": {\"value\": 1500, \"unit\": \"MHz\","
                  " \"source\": \"edit\"}, \"sm_count\": {\"value\": 100, \"unit\": \"SM\","
                  " \"source\": \"amali\"}}}"),
        STATUS_OK);
    load(&base, "v100-sxm2");
    CHECK_EQ_INT(gpu_set(&g, GPU_lat_l1_cy, 31, &e), STATUS_OK);
    check_round_trip(&g, &base);
}
