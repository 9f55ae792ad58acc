/* Traces of the PyTorch profiler of every era, read span by span; times; what is left out. */
#include <zlib.h>
#include <zstd.h>

#include "base/os.h"
#include "profile_fixture.h"

/* ---- profiles as text, to compare them ---- */

static void dump_spans(struct text *out, const struct profile *p, const struct profile_span *all,
                       uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct profile_span *s = &all[i];
        const struct profile_lane *l = &p->lanes[s->lane];
        text_printf(out, "%d '%s' %lld+%lld corr %llu ext %llu %s%u/%lld/%lld%s%s", s->kind,
                    p->names[s->name], (long long)s->start_ns, (long long)s->dur_ns,
                    (unsigned long long)s->correlation, (unsigned long long)s->external,
                    l->is_device ? "dev" : "cpu", l->device, (long long)l->process,
                    (long long)l->thread, s->is_driver ? " driver" : "",
                    s->is_graph_node ? " node" : "");
        if (s->shape != PROFILE_NONE) {
            const struct profile_shape *h = &p->shapes[s->shape];
            text_printf(out, " grid %u,%u,%u block %u,%u,%u regs %u shmem %u", h->grid[0],
                        h->grid[1], h->grid[2], h->block[0], h->block[1], h->block[2], h->n_regs,
                        h->shmem_b);
        }
        text_putc(out, '\n');
    }
}

/* Releases the profile. */
static void dump(struct text *out, struct profile *p)
{
    text_clear(out);
    if (p == NULL)
        return;
    dump_spans(out, p, p->works, p->n_works);
    dump_spans(out, p, p->calls, p->n_calls);
    dump_spans(out, p, p->ops, p->n_ops);
    dump_spans(out, p, p->ranges, p->n_ranges);
    profile_release(p);
}

static void check_dump(str json, const char *wanted)
{
    struct text got;
    text_init(&got);
    dump(&got, profile_of(json));
    CHECK_EQ_STR(text_cstr(&got), wanted);
    text_done(&got);
}

static const char today[] =
    "{\n"
    "  \"schemaVersion\": 1,\n"
    "  \"deviceProperties\": [\n"
    "    {\"id\": 0, \"name\": \"NVIDIA H100 PCIe\", \"numSms\": 114, \"computeMajor\": 9,"
    " \"computeMinor\": 0, \"maxThreadsPerBlock\": 1024}\n"
    "  ],\n"
    "  \"distributedInfo\": {\"backend\": \"nccl\", \"rank\": 3, \"world_size\": 8,"
    " \"pg_config\": [{\"rank\": 9}]},\n"
    "  \"traceEvents\": [\n"
    "  {\"ph\": \"X\", \"cat\": \"cpu_op\", \"name\": \"aten::mm\", \"pid\": 10, \"tid\": 11,\n"
    "   \"ts\": 100.5, \"dur\": 40.25, \"args\": {\"External id\": 5, \"Input Dims\": [[1, 2], "
    "[]]}},\n"
    "  {\"ph\": \"X\", \"cat\": \"cuda_runtime\", \"name\": \"cudaLaunchKernel\", \"pid\": 10,"
    " \"tid\": 11, \"ts\": 110, \"dur\": 8,\n"
    "   \"args\": {\"External id\": 5, \"cbid\": 211, \"correlation\": 77}},\n"
    "  {\"ph\": \"X\", \"cat\": \"cuda_driver\", \"name\": \"cuLaunchKernel\", \"pid\": 10,"
    " \"tid\": 11, \"ts\": 120, \"dur\": 3, \"args\": {\"correlation\": 78}},\n"
    "  {\"ph\": \"X\", \"cat\": \"kernel\", \"name\": \"gemm<float>\", \"pid\": 0, \"tid\": 7,\n"
    "   \"ts\": 130.001, \"dur\": 2.5,\n"
    "   \"args\": {\"External id\": 5, \"device\": 1, \"stream\": 9, \"correlation\": 77,\n"
    "    \"registers per thread\": 32, \"shared memory\": 4096, \"grid\": [4, 2, 1],"
    " \"block\": [128, 1, 1], \"graph node id\": 0}},\n"
    "  {\"ph\": \"s\", \"id\": 77, \"pid\": 10, \"tid\": 11, \"ts\": 110, \"cat\": \"ac2g\","
    " \"name\": \"ac2g\"},\n"
    "  {\"ph\": \"X\", \"cat\": \"gpu_memcpy\", \"name\": \"Memcpy HtoD\", \"pid\": 1, \"tid\": 9,"
    " \"ts\": 140, \"dur\": 1, \"args\": {\"correlation\": 79}},\n"
    "  {\"ph\": \"X\", \"cat\": \"gpu_memset\", \"name\": \"Memset\", \"pid\": 1, \"tid\": 9,"
    " \"ts\": 142, \"dur\": 1, \"args\": {\"correlation\": 80, \"graph node id\": 4}},\n"
    "  {\"ph\": \"X\", \"cat\": \"user_annotation\", \"name\": \"ProfilerStep#6\", \"pid\": 10,"
    " \"tid\": 11, \"ts\": 90, \"dur\": 100},\n"
    "  {\"ph\": \"X\", \"cat\": \"user_annotation\", \"name\": \"my step\", \"pid\": 10,"
    " \"tid\": 11, \"ts\": 91, \"dur\": 9},\n"
    "  {\"ph\": \"X\", \"cat\": \"gpu_user_annotation\", \"name\": \"ProfilerStep#6\", \"pid\": 1,"
    " \"tid\": 9, \"ts\": 91, \"dur\": 9},\n"
    "  {\"ph\": \"X\", \"cat\": \"python_function\", \"name\": \"nn.Module: Linear_3\","
    " \"pid\": 10, \"tid\": 11, \"ts\": 95, \"dur\": 60},\n"
    "  {\"ph\": \"X\", \"cat\": \"python_function\", \"name\": \"a.py(3): f\", \"pid\": 10,"
    " \"tid\": 11, \"ts\": 95, \"dur\": 60},\n"
    "  {\"name\": \"process_name\", \"ph\": \"M\", \"ts\": 0, \"pid\": 10, \"tid\": 0,"
    " \"args\": {\"name\": \"python\"}},\n"
    "  {\"ph\": \"X\", \"cat\": \"Trace\", \"name\": \"PyTorch Profiler (0)\", \"pid\": \"Spans\","
    " \"tid\": \"PyTorch Profiler\", \"ts\": 80, \"dur\": 200}\n"
    "  ],\n"
    "  \"traceName\": \"x.json\"\n"
    "}\n";

static const char today_spans[] = "0 'gemm<float>' 130001+2500 corr 77 ext 5 dev1/-1/9"
                                  " grid 4,2,1 block 128,1,1 regs 32 shmem 4096\n"
                                  "1 'Memcpy HtoD' 140000+1000 corr 79 ext 0 dev1/-1/9\n"
                                  "2 'Memset' 142000+1000 corr 80 ext 0 dev1/-1/9 node\n"
                                  "3 'cudaLaunchKernel' 110000+8000 corr 77 ext 5 cpu0/10/11\n"
                                  "3 'cuLaunchKernel' 120000+3000 corr 78 ext 0 cpu0/10/11 driver\n"
                                  "4 'aten::mm' 100500+40250 corr 0 ext 5 cpu0/10/11\n"
                                  "6 'ProfilerStep#6' 90000+100000 corr 0 ext 0 cpu0/10/11\n"
                                  "7 'my step' 91000+9000 corr 0 ext 0 cpu0/10/11\n"
                                  "5 'Linear_3' 95000+60000 corr 0 ext 0 cpu0/10/11\n";

TEST(a_trace_of_today)
{
    check_dump(STR(today), today_spans);
    struct profile *p = profile_of(STR(today));
    CHECK_EQ_STR(p->files[0].producer, "PyTorch profiler, schema 1");
    CHECK_EQ_INT(p->files[0].format, PROFILE_KINETO);
    CHECK_EQ_INT(p->files[0].rank, 3);
    CHECK_EQ_INT(p->files[0].world_size, 8);
    CHECK_EQ_INT(p->files[0].n_events, 14);
    CHECK_EQ_INT(p->files[0].size_b, sizeof today - 1);
    CHECK_EQ_INT(p->n_kernels, 1);
    CHECK_EQ_INT(p->n_devices, 1);
    CHECK_EQ_STR(p->devices[0].name, "NVIDIA H100 PCIe");
    CHECK_EQ_INT(p->devices[0].n_sms, 114);
    CHECK_EQ_INT(p->devices[0].cc_x10, 90);
    CHECK_EQ_INT(p->n_warnings, 0);
    CHECK_EQ_STR(p->lanes[p->works[0].lane].label, "stream 9");
    CHECK_EQ_STR(p->lanes[p->ops[0].lane].label, "thread 11");
    CHECK_EQ_INT(profile_category_n(p, "python_function", 'X'), 2);
    CHECK_EQ_INT(profile_category_n(p, "ac2g", 's'), 1);
    CHECK_EQ_INT(profile_category_n(p, "", 'M'), 1);
    uint64_t n = 0;
    for (uint32_t i = 0; i < p->files[0].n_categories; i++)
        n += p->files[0].categories[i].n;
    CHECK_EQ_INT(n, 14);
    profile_release(p);
}

TEST(a_trace_of_2021)
{
    static const char text[] =
        "{\"schemaVersion\": 1, \"traceEvents\": ["
        "{\"ph\": \"X\", \"cat\": \"Operator\", \"name\": \"ProfilerStep#2\", \"pid\": 24572,"
        " \"tid\": \"24572\", \"ts\": 1623143089861, \"dur\": 900, \"args\": {\"external id\": 8}},"
        "{\"ph\": \"X\", \"cat\": \"Operator\", \"name\": \"aten::add\", \"pid\": 24572,"
        " \"tid\": \"24572\", \"ts\": 1623143089870, \"dur\": 90,"
        " \"args\": {\"Device\": 24572, \"external id\": 2}},"
        "{\"ph\": \"X\", \"cat\": \"Runtime\", \"name\": \"cudaLaunchKernel\", \"pid\": 24572,"
        " \"tid\": \"24601\", \"ts\": 1623143089880, \"dur\": 9,"
        " \"args\": {\"correlation\": 335, \"external id\": 2}},"
        "{\"ph\": \"X\", \"cat\": \"Kernel\", \"name\": \"add\", \"pid\": 0, \"tid\": \"stream 7\","
        " \"ts\": 1623143089895, \"dur\": 3, \"args\": {\"correlation id\": 335}},"
        "{\"ph\": \"X\", \"cat\": \"Memset\", \"name\": \"Memset (Device)\", \"pid\": 0,"
        " \"tid\": \"stream 7\", \"ts\": 1623143089899, \"dur\": 1,"
        " \"args\": {\"stream\": 7, \"correlation\": 336}}]}";
    check_dump(STR(text), "0 'add' 1623143089895000+3000 corr 335 ext 0 dev0/-1/7\n"
                          "2 'Memset (Device)' 1623143089899000+1000 corr 336 ext 0 dev0/-1/7\n"
                          "3 'cudaLaunchKernel' 1623143089880000+9000 corr 335 ext 2"
                          " cpu0/24572/24601\n"
                          "4 'ProfilerStep#2' 1623143089861000+900000 corr 0 ext 8"
                          " cpu0/24572/24572\n"
                          "4 'aten::add' 1623143089870000+90000 corr 0 ext 2 cpu0/24572/24572\n"
                          "6 'ProfilerStep#2' 1623143089861000+900000 corr 0 ext 8"
                          " cpu0/24572/24572\n");
}

/* ---- forms ---- */

static const char *const forms[] = {
    "[{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"pid\":0,\"tid\":7,\"ts\":1.5,\"dur\":2,"
    "\"args\":{\"device\":0,\"stream\":7,\"correlation\":3}},"
    "{\"ph\":\"X\",\"cat\":\"cpu_op\",\"name\":\"op\",\"pid\":1,\"tid\":2,\"ts\":1,\"dur\":2,"
    "\"args\":{\"External id\":4}}]",
    "{\"traceEvents\":[{\"args\":{\"correlation\":3,\"stream\":7,\"device\":0},\"dur\":2,"
    "\"ts\":1.5,\"tid\":7,\"pid\":0,\"name\":\"k\",\"cat\":\"kernel\",\"ph\":\"X\"},"
    "{\"name\":\"op\",\"args\":{\"x\":[1,{\"External id\":9}],\"External id\":4,\"y\":{}},"
    "\"cat\":\"cpu_op\",\"dur\":2,\"pid\":1,\"ts\":1,\"tid\":2,\"ph\":\"X\"}]}",
    " \t{\r\n\"other\" : { \"traceEvents\" : [ 1 ] } ,\n \"traceEvents\" : [\n\n"
    " { \"ts\" : \"1.5\" , \"ph\" : \"X\" , \"name\" : \"k\" , \"args\" : { } , \"dur\" : \"2\" ,"
    " \"args\" : { \"correlation\" : \"3\" } , \"pid\" : \"0\" , \"tid\" : \"stream 7\" ,"
    " \"cat\" : \"kernel\" } , 7 , [ { } ] , null ,\n"
    " { \"cat\" : \"cpu_op\" , \"ph\" : \"X\" , \"ts\" : 1.000 , \"dur\" : 2.0 , \"pid\" : 1 ,"
    " \"tid\" : \"2\" , \"name\" : \"o\\u0070\" , \"args\" : { \"external id\" : 4 } } ] }\n ",
};

TEST(any_form_of_the_same_trace)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        check_dump(str_from(forms[i]), "0 'k' 1500+2000 corr 3 ext 0 dev0/-1/7\n"
                                       "4 'op' 1000+2000 corr 0 ext 4 cpu0/1/2\n");
}

TEST(names_with_escapes)
{
    static const char text[] =
        "[{\"ph\":\"X\",\"cat\":\"cpu_op\",\"name\":\"a\\\"b\\\\c\\u00e9\\ud83d\\ude00\\n\","
        "\"pid\":1,\"tid\":2,\"ts\":1,\"dur\":2},"
        "{\"ph\":\"X\",\"cat\":\"cpu_op\",\"name\":\"line\n\tfeed\",\"pid\":1,\"tid\":2,\"ts\":1,"
        "\"dur\":3},"
        "{\"ph\":\"X\",\"cat\":\"python_function\",\"name\":\"nn.Module: \\u0041_1\",\"pid\":1,"
        "\"tid\":2,\"ts\":1,\"dur\":3},"
        "{\"ph\":\"X\",\"cat\":\"cpu_op\",\"pid\":\"a thread\",\"tid\":\"of its own\",\"ts\":1,"
        "\"dur\":4}]";
    struct profile *p = profile_of(STR(text));
    CHECK_EQ_STR(p->names[p->ops[0].name], "a\"b\\c\xc3\xa9\xf0\x9f\x98\x80\n");
    CHECK_EQ_STR(p->names[p->ops[1].name], "line\n\tfeed");
    CHECK_EQ_STR(p->names[p->ops[2].name], "");
    CHECK_EQ_STR(p->names[p->ranges[0].name], "A_1");
    CHECK(p->lanes[p->ops[2].lane].thread < -1);
    CHECK_EQ_INT(p->n_warnings, 1);
    CHECK_EQ_STR(p->warnings[0], "places that are not quite JSON (control characters, NaN): 2");
    profile_release(p);
}

/* ---- times ---- */

/* The start of one kernel whose time is written so; -1 = it is left out with a warning. */
static int64_t start_of(const char *ts)
{
    struct text json;
    text_init(&json);
    text_printf(&json,
                "[{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k\",\"pid\":0,\"tid\":7,"
                "\"ts\":%s,\"dur\":1}]",
                ts);
    struct profile *p = profile_of(text_str(&json));
    int64_t start_ns = p->n_works == 1 ? p->works[0].start_ns : -1;
    CHECK_EQ_INT(p->n_works + (p->n_warnings > 0), 1);
    profile_release(p);
    text_done(&json);
    return start_ns;
}

TEST(times_are_exact)
{
    static const struct {
        const char *ts;
        int64_t ns;
    } all[] = {
        {"1712166711123456.789", 1712166711123456789},
        {"\"1712166711123456.789\"", 1712166711123456789},
        {"1712166711123456.001", 1712166711123456001},
        {"1712166711123456", 1712166711123456000},
        {"0", 0},
        {"0.1", 100},
        {"0.12", 120},
        {"0.0004999", 0},
        {"0.0005", 1},
        {"1.9995", 2000},
        {"1.99949", 1999},
        {"-2.5", -2500},
        {"-0.001", -1},
        {"1e3", 1000000},
        {"1.5E-1", 150},
        {"-25e-2", -250},
        {"2305843009213693.951", 2305843009213693951},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        CHECK_EQ_INT(start_of(all[i].ts), all[i].ns);
}

TEST(times_that_cannot_be)
{
    static const char *const all[] = {
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        "[1]",
        "{}",
        "\"soon\"",
        "\"\"",
        "\"1.\"",
        "\"+1\"",
        "\" 1\"",
        "1e300",
        "9223372036854775",
        "2305843009213694",
        "8e15",
        "-8e15",
        "\"1e\"",
        "99999999999999999999999",
        "\"-\"",
        "\"1.5.5\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        CHECK_EQ_INT(start_of(all[i]), -1);
}

TEST(events_that_are_left_out_are_counted)
{
    static const char text[] =
        "[{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"no ts\",\"dur\":1},"
        "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"no dur\",\"ts\":1},"
        "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"backwards\",\"ts\":1,\"dur\":-0.001},"
        "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"lost\",\"ts\":0,\"dur\":0},"
        "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"8 days\",\"ts\":1,\"dur\":691200000000},"
        "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"nan\",\"ts\":NaN,\"dur\":1},"
        "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"ok\",\"ts\":0,\"dur\":604800000000},"
        "{\"ph\":\"X\",\"cat\":\"python_function\",\"name\":\"f\",\"ts\":NaN}]";
    static const char *const warnings[] = {
        "events left out: 2, without a start or a duration",
        "events left out: 1, with neither time nor duration, which the profiler lost",
        "events left out: 1, with a time that is no number or cannot be",
        "events left out: 1, with a negative duration",
        "events left out: 1, longer than seven days",
        "places that are not quite JSON (control characters, NaN): 2",
    };
    struct profile *p = profile_of(STR(text));
    CHECK_EQ_INT(p->n_works, 1);
    CHECK_EQ_STR(p->names[p->works[0].name], "ok");
    CHECK_EQ_INT(p->n_warnings, ARRAY_LEN(warnings));
    for (size_t i = 0; i < MIN(p->n_warnings, ARRAY_LEN(warnings)); i++)
        CHECK_EQ_STR(p->warnings[i], warnings[i]);
    CHECK_EQ_INT(profile_category_n(p, "kernel", 'X'), 7);
    profile_release(p);
}

/* ---- packing ---- */

static const char *write_temp(const char *name, str bytes)
{
    const char *path = t_temp_path(name);
    CHECK_EQ_INT(os_write_file(path, bytes, NULL), STATUS_OK);
    return path;
}

static str pack_gzip(char *out, size_t n, str bytes)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.p,
                  .avail_in = (uInt)bytes.n,
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)n};
    CHECK_EQ_INT(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    CHECK_EQ_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return (str){out, n - z.avail_out};
}

static struct profile *open_one(const char *path, bool keep_going, enum status *s, struct err *e)
{
    const struct profile_options o = {.keep_going = keep_going};
    struct profile *p = NULL;
    *e = (struct err){0};
    *s = profile_open(&p, &path, 1, &o, NULL, e);
    return p;
}

TEST(packed_or_not)
{
    char gz[4096], zst[4096];
    str packed[3] = {STR(today), pack_gzip(gz, sizeof gz, STR(today))};
    packed[2] = (str){zst, ZSTD_compress(zst, sizeof zst, today, sizeof today - 1, 3)};
    for (size_t i = 0; i < ARRAY_LEN(packed); i++) {
        struct text got;
        struct err e;
        enum status s;
        struct profile *p = open_one(write_temp("packed.json", packed[i]), false, &s, &e);
        CHECK_EQ_INT(s, STATUS_OK);
        if (p == NULL)
            continue;
        CHECK_EQ_INT(p->files[0].size_b, packed[i].n);
        text_init(&got);
        dump(&got, p);
        CHECK_EQ_STR(text_cstr(&got), today_spans);
        text_done(&got);
    }
}

/* ---- broken files ---- */

static const char two_kernels[] =
    "{\"traceEvents\": [\n"
    "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"a\",\"pid\":0,\"tid\":7,\"ts\":1,\"dur\":2},\n"
    "{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"b\",\"pid\":0,\"tid\":7,\"ts\":4,\"dur\":2}\n"
    "]}";

TEST(a_trace_that_breaks_off)
{
    struct err e;
    enum status s;
    const char *path = write_temp("cut.json", (str){two_kernels, sizeof two_kernels - 12});
    CHECK(open_one(path, false, &s, &e) == NULL);
    CHECK_EQ_INT(s, STATUS_INPUT);
    CHECK_EQ_STR(e.path, path);
    CHECK_EQ_INT(e.line, 3);
    CHECK_EQ_STR(e.hint, "copy the file again, or take the 1 events before with --keep-going");
    struct profile *p = open_one(path, true, &s, &e);
    CHECK_EQ_INT(s, STATUS_OK);
    CHECK_EQ_INT(p->n_works, 1);
    CHECK_EQ_INT(p->files[0].n_events, 1);
    CHECK_EQ_INT(profile_category_n(p, "kernel", 'X'), 1);
    CHECK_EQ_INT(p->n_warnings, 1);
    CHECK(strstr(p->warnings[0], "left out from line 3 on") != NULL);
    profile_release(p);
}

TEST(a_packed_trace_that_breaks_off)
{
    struct text json;
    struct err e;
    enum status s;
    char *gz = malloc(1 << 20);
    text_init(&json);
    text_puts(&json, "{\"traceEvents\": [");
    uint64_t seed = 7;
    for (unsigned i = 0; i < 3000; i++) {
        seed = hash_u64(seed + i);
        text_printf(&json, "%s\n{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"k%llu\",", i ? "," : "",
                    (unsigned long long)seed);
        text_printf(&json, "\"pid\":0,\"tid\":7,\"ts\":%u,\"dur\":2}", 1 + i * 4);
    }
    text_puts(&json, "]}");
    str packed = pack_gzip(gz, 1 << 20, text_str(&json));
    const char *path = write_temp("cut.json.gz", (str){packed.p, packed.n / 2});
    CHECK(open_one(path, false, &s, &e) == NULL);
    CHECK_EQ_INT(s, STATUS_INPUT);
    CHECK(strstr(e.hint, "events before with --keep-going") != NULL);
    struct profile *p = open_one(path, true, &s, &e);
    CHECK_EQ_INT(s, STATUS_OK);
    CHECK(p != NULL && p->n_works > 500 && p->n_works < 2500 && p->n_warnings == 1);
    profile_release(p);
    text_done(&json);
    free(gz);
}

/* ---- something else ---- */

#define BYTES(text)              \
    {                            \
        (text), sizeof(text) - 1 \
    }

TEST(documents_that_are_something_else)
{
    static const struct {
        str bytes;
        const char *message, *found, *hint;
    } all[] = {
        {BYTES("{\"schema\": \"1.1\", \"pid\": 3, \"nodes\": [{\"id\": 1}]}"),
         "is not a PyTorch profiler trace",
         "a PyTorch execution trace: it has operators and no times, members: schema, pid, nodes",
         "record with torch.profiler and export_chrome_trace"},
        {BYTES("{\"rocprofiler-sdk-tool\": [{}]}"), "is not a PyTorch profiler trace",
         "an output of rocprofv3, members: rocprofiler-sdk-tool",
         "record with torch.profiler instead"},
        {BYTES("{}"), "is not a PyTorch profiler trace", "JSON without 'traceEvents'", ""},
        {BYTES("{\"traceEvents\": 3"), "the file ends", "", ""},
        {BYTES("42"), "is not a profile", "neither JSON nor an SQLite database", ""},
        {BYTES(""), "is not a profile", "an empty file", ""},
        {BYTES("\x7f"
               "ELF\2\1\1"),
         "is not a profile", "a program or library", ""},
        {BYTES("NSYS\1\2"), "is not a profile", "an Nsight Systems report",
         "make one with: nsys export --type sqlite FILE"},
        {BYTES("-kernel name = x\n"), "is not a profile", "a SASS trace", ""},
        {BYTES("SQLite format 3\0junk"), "", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct err e;
        enum status s;
        CHECK(open_one(write_temp("other", all[i].bytes), false, &s, &e) == NULL);
        CHECK(s == STATUS_INPUT);
        if (strstr(e.message, all[i].message) == NULL)
            T_FAIL("%zu: message is '%s', expected '%s'", i, e.message, all[i].message);
        if (all[i].found[0] != '\0')
            CHECK_EQ_STR(e.found, all[i].found);
        if (all[i].hint[0] != '\0')
            CHECK_EQ_STR(e.hint, all[i].hint);
    }
}

TEST(lists_without_events)
{
    static const char *const all[] = {"[]", "[1,2]", "{\"traceEvents\": []}",
                                      "{\"traceEvents\": {}}", "{\"traceEvents\": 1}"};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const char *path = write_temp("empty.json", str_from(all[i]));
        const struct launches *l;
        struct err e = {0};
        CHECK_EQ_INT(launches_open(&l, &path, 1, NULL, NULL, &e), STATUS_INPUT);
        CHECK(i < 3 ? strstr(e.message, "holds no GPU kernel") != NULL
                    : strstr(e.message, "is not a PyTorch profiler trace") != NULL);
        CHECK(i >= 3 || strcmp(e.found, "an empty list of events") == 0);
    }
}

TEST(more_categories_than_are_counted)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < 300; i++) {
        char name[20];
        snprintf(name, sizeof name, "category %u", i);
        trace_span(&t, name, "x", 1, 1, "1", "1");
        text_puts(&t.text, "}");
    }
    trace_call(&t, 1, "cudaLaunchKernel", "5", "1", 1);
    trace_kernel(&t, 0, 7, "k", "9", "1", 1);
    struct profile *p = profile_of(trace_json(&t));
    CHECK_EQ_INT(p->n_works, 1);
    CHECK_EQ_INT(p->n_calls, 1);
    CHECK_EQ_INT(profile_category_n(p, "kernel", 'X'), 1);
    uint64_t n = 0;
    for (uint32_t i = 0; i < p->files[0].n_categories; i++)
        n += p->files[0].categories[i].n;
    CHECK_EQ_INT(n, p->files[0].n_events);
    CHECK(profile_category_n(p, "(others)", '?') > 200);
    profile_release(p);
    text_done(&t.text);
}

/* ---- several files ---- */

TEST(files_of_different_bases_come_to_one_clock)
{
    static const char *const texts[] = {
        "{\"baseTimeNanoseconds\": 1700000000000000000, \"traceEvents\": [{\"ph\":\"X\","
        "\"cat\":\"kernel\",\"name\":\"a\",\"pid\":0,\"tid\":7,\"ts\":10,\"dur\":1}],"
        "\"distributedInfo\": {\"rank\": 0}}",
        "{\"traceEvents\": [{\"ph\":\"X\",\"cat\":\"kernel\",\"name\":\"b\",\"pid\":0,\"tid\":7,"
        "\"ts\":10,\"dur\":1}], \"distributedInfo\": {\"rank\": 1},"
        " \"baseTimeNanoseconds\": 1700000000000005000}",
    };
    const char *paths[2] = {write_temp("rank0.json", str_from(texts[0])),
                            write_temp("rank1.json", str_from(texts[1]))};
    struct profile *p;
    struct err e = {0};
    CHECK_EQ_INT(profile_open(&p, paths, 2, NULL, NULL, &e), STATUS_OK);
    CHECK_EQ_INT(p->works[0].start_ns, 10000);
    CHECK_EQ_INT(p->works[1].start_ns, 15000);
    CHECK_EQ_INT(p->files[0].shift_ns, 0);
    CHECK_EQ_INT(p->files[1].shift_ns, 5000);
    CHECK_EQ_INT(p->files[1].rank, 1);
    CHECK(p->works[0].lane != p->works[1].lane);
    CHECK_EQ_INT(p->lanes[p->works[1].lane].file, 1);
    profile_release(p);
}

static bool stop(void *arg, uint64_t done, uint64_t total)
{
    unsigned *calls = arg;
    CHECK(done <= total);
    (*calls)++;
    return false;
}

TEST(reading_can_be_cancelled)
{
    struct text json;
    text_init(&json);
    text_puts(&json, "[0");
    for (unsigned i = 0; i < 20000; i++)
        text_puts(&json, ",{\"ph\":\"i\",\"cat\":\"x\",\"name\":\"y\"}");
    text_puts(&json, "]");
    const char *path = write_temp("long.json", text_str(&json));
    struct profile *p;
    struct err e = {0};
    unsigned calls = 0;
    const struct tick tick = {stop, &calls};
    CHECK_EQ_INT(profile_open(&p, &path, 1, NULL, &tick, &e), STATUS_CANCELLED);
    CHECK_EQ_INT(calls, 1);
    CHECK_EQ_INT(e.status, STATUS_CANCELLED);
    text_done(&json);
}

TEST(recorded_traces_without_a_kernel)
{
    static const struct {
        const char *path, *found, *hint;
    } all[] = {
        {"../shared/data/kineto/hta/rank_non_gpu__rank_non_gpu.json.gz",
         "2467 events: operators of the CPU only", "add ProfilerActivity.CUDA"},
        {"../shared/data/kineto/hta/"
         "cupti_profiler__benchmark_result_924719_1679055439_trace.json.gz",
         "4222 events: counters of a CUPTI profiler session",
         "kernel activities are not recorded together with counters"},
        {"../shared/data/kineto/hta/mtia_inference_trace__mtia_inference_rank_0.json.gz",
         "16158 events: events of an MTIA accelerator, which is no GPU", ""},
    };
    if (!os_is_file(all[0].path))
        SKIP("../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const struct launches *l;
        struct err e = {0};
        CHECK_EQ_INT(launches_open(&l, &all[i].path, 1, NULL, NULL, &e), STATUS_INPUT);
        CHECK(strstr(e.message, "holds no GPU kernel") != NULL);
        CHECK_EQ_STR(e.path, all[i].path);
        CHECK_EQ_STR(e.found, all[i].found);
        CHECK(strstr(e.hint, all[i].hint) == e.hint);
    }
}
