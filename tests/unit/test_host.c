/* Descriptions of hosts: the shipped ones, what is refused and where. */
#include "t.h"
#include "base/os.h"
#include "gpu/gpu.h"
#include "prof/host.h"

static const char *const dirs[] = {"gpus/hosts"};

static struct arena arena;
static struct host h;
static struct err e;

static enum status load_text(const char *text)
{
    arena_done(&arena);
    arena_init(&arena, ARENA_SMALL);
    e = (struct err){0};
    return host_load_text(&h, &arena, str_from(text), "mine.json", &e);
}

static enum status load(const char *name)
{
    arena_done(&arena);
    arena_init(&arena, ARENA_SMALL);
    e = (struct err){0};
    return host_load(&h, &arena, name, dirs, 1, &e);
}

#define HEAD                                                          \
    "{\n\"schema\": 1, \"name\": \"mine\", \"title\": \"My host\",\n" \
    "\"cpu\": \"a CPU\", \"gpu\": \"a GPU\", \"link\": \"a link\",\n" \
    "\"sources\": {\"me\": \"measured\"},\n"
#define LATENCY "\"launch_latency\": {\"value\": 2000, \"unit\": \"ns\", \"source\": \"me\"},\n"
#define SPEED   "\"cpu_speed\": {\"value\": null, \"unit\": \"ratio\", \"note\": \"not measured\"},\n"
#define LINK    "\"link_bandwidth\": {\"value\": 20, \"unit\": \"GB/s\", \"source\": \"me\"},\n"
#define QUEUE   "\"queue_limit\": {\"value\": 1024, \"unit\": \"launch\", \"source\": \"me\"}}\n"

TEST(shipped_descriptions_load_and_say_where_numbers_are_from)
{
    char **names;
    size_t n;
    arena_init(&arena, ARENA_SMALL);
    struct arena list;
    arena_init(&list, ARENA_SMALL);
    CHECK_EQ_INT(host_list(&list, dirs, 1, &names, &n, &e), STATUS_OK);
    CHECK_EQ_INT(n, 3);
    for (size_t i = 0; i < n; i++) {
        if (load(names[i]) != STATUS_OK)
            T_FAIL("%s: %s", names[i], e.message);
        CHECK_EQ_STR(h.name, names[i]);
        for (int id = 0; id < HOST_N_PARAMS; id++) {
            bool is_known = !isnan(host_value(&h, (enum host_param_id)id));
            CHECK(is_known ? h.note[id].source[0] != '\0' : h.note[id].note[0] != '\0');
        }
    }
    arena_done(&list);
}

TEST(published_latencies_are_exact_and_unknown_ones_stay_unknown)
{
    CHECK_EQ_INT(load("epyc-7313-a100"), STATUS_OK);
    CHECK_NEAR(h.v.launch_latency_ns, 2260.5, 0);
    CHECK_NEAR(h.v.cpu_speed, 1, 0);
    CHECK(h.note[HOST_queue_limit].is_inferred);
    CHECK_EQ_INT(load("xeon-8468v-h100"), STATUS_OK);
    CHECK_NEAR(h.v.launch_latency_ns, 2374.6, 0);
    CHECK(isnan(h.v.cpu_speed));
    CHECK_EQ_INT(load("grace-gh200"), STATUS_OK);
    CHECK(isnan(h.v.launch_latency_ns));
}

TEST(folder_of_hosts_is_no_gpu)
{
    static const char *const gpus[] = {"gpus"};
    struct arena a;
    char **names;
    size_t n;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(gpu_list(&a, gpus, 1, &names, &n, &e), STATUS_OK);
    for (size_t i = 0; i < n; i++)
        CHECK(strstr(names[i], "hosts") == NULL && strstr(names[i], "epyc") == NULL);
    arena_done(&a);
}

TEST(complete_description_loads)
{
    CHECK_EQ_INT(load_text(HEAD LATENCY SPEED LINK QUEUE), STATUS_OK);
    CHECK_EQ_STR(h.title, "My host");
    CHECK_EQ_STR(h.remark, "");
    CHECK_NEAR(h.v.launch_latency_ns, 2000, 0);
    CHECK_EQ_STR(h.note[HOST_launch_latency_ns].source, "measured");
    CHECK(isnan(h.v.cpu_speed));
    CHECK_EQ_STR(h.note[HOST_cpu_speed].note, "not measured");
}

/* The parts of a refusal; NULL: any. */
struct refusal {
    const char *text;
    unsigned line;
    const char *message, *expected, *found, *hint;
};

static void check_part(const char *what, const char *have, const char *want)
{
    if (want != NULL && strstr(have, want) == NULL)
        T_FAIL("%s is \"%s\", expected \"%s\" in it", what, have, want);
}

static void check_refusal(const struct refusal *r)
{
    CHECK_EQ_INT(load_text(r->text), STATUS_INPUT);
    CHECK_EQ_STR(e.path, "mine.json");
    if (e.line != r->line)
        T_FAIL("line is %u, expected %u: %s", e.line, r->line, e.message);
    check_part("message", e.message, r->message);
    check_part("expected", e.expected, r->expected);
    check_part("found", e.found, r->found);
    check_part("hint", e.hint, r->hint);
}

TEST(mistakes_are_refused_with_their_line)
{
    static const struct refusal list[] = {
        {"[]", 1, "is an object", NULL, "array", NULL},
        {"{\"schema\": 2}", 1, "'schema'", "the number 1", "number", NULL},
        {"{\n\"nmae\": 1}", 2, "'nmae' is no member", NULL, NULL, "'name'"},
        {"{\"schema\": 1}", 1, "'name' is not a text", NULL, "nothing", NULL},
        {"{\"schema\": 1,\n\"name\": \"a b\"}", 2, "no name", "letters", "a b", NULL},
        {HEAD LATENCY SPEED LINK "\"remark\": \"\"}", 1, "'queue_limit'", NULL, "nothing", "null"},
        {HEAD LATENCY LATENCY SPEED LINK QUEUE, 5, "stands twice", NULL, NULL, NULL},
        {HEAD "\"launch_latency\": 2000}", 5, "'launch_latency'", "an object", "number", "null"},
        {HEAD "\"launch_latency\": {\"value\": 2, \"unit\": \"us\", \"source\": \"me\"}}", 5,
         "wrong unit", "\"ns\"", "\"us\"", NULL},
        {HEAD "\"launch_latency\": {\"value\": 0, \"unit\": \"ns\", \"source\": \"me\"}}", 5,
         "out of range", "1 to 1e+09 ns", "0", NULL},
        {HEAD "\"launch_latency\": {\"value\": 2,\n \"unit\": \"ns\",\n \"source\": \"you\"}}", 7,
         "source that is not described", "\"sources\"", "you", NULL},
        {HEAD "\"launch_latency\": {\"value\": 2, \"unit\": \"ns\"}}", 5, "'source'", "a text",
         "nothing", NULL},
        {HEAD "\"launch_latency\": {\"value\": null, \"unit\": \"ns\"}}", 5, "'note'", "a text",
         "nothing", NULL},
        {HEAD "\"launch_latency\": {\"value\": \"2\", \"unit\": \"ns\"}}", 5, "'value'",
         "a number or null", "string", NULL},
        {HEAD "\"launch_latency\": {\"unit\": \"ns\"}}", 5, "'value'", "a number or null",
         "nothing", NULL},
        {HEAD "\"launch_latency\": {\"value\": 2, \"unit\": \"ns\", \"inferred\": 1}}", 5,
         "'inferred'", "true or false", "number", NULL},
        {HEAD "\"launch_latency\": {\"vlaue\": 2}}", 5, "no member of launch_latency", NULL, NULL,
         "'value'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        check_refusal(&list[i]);
}

TEST(unknown_names_list_what_there_is)
{
    CHECK_EQ_INT(load("epyc-7313-a10"), STATUS_INPUT);
    check_part("hint", e.hint, "'epyc-7313-a100'");
    check_part("expected", e.expected, "epyc-7313-a100, grace-gh200, xeon-8468v-h100");
    CHECK_EQ_INT(load("gpus/hosts/none.json"), STATUS_IO);
}

TEST(file_must_bear_its_name)
{
    const char *path = t_temp_path("other.json");
    const char *dir = os_dirname(&arena, path);
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    e = (struct err){0};
    CHECK_EQ_INT(os_write_file(path, str_from(HEAD LATENCY SPEED LINK QUEUE), &e), STATUS_OK);
    CHECK_EQ_INT(host_load(&h, &a, "other", &dir, 1, &e), STATUS_INPUT);
    check_part("hint", e.hint, "mine.json");
    arena_done(&a);
    (void)remove(path);
}
