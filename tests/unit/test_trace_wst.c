/* The native container: what goes in comes out, and damage is seen. */
#include "t.h"
#include "base/os.h"
#include "trace/build.h"
#include "trace/write.h"

static const char *const DATA = "../shared/data/sass";

/* ---- kernels ---- */

static struct trace_header header_of(const char *name, uint32_t ctas)
{
    return (struct trace_header){.name = name,
                                 .id = 7,
                                 .grid = {ctas, 1, 1},
                                 .block = {64, 1, 1},
                                 .shmem_b = 1024,
                                 .n_regs = 40,
                                 .isa = 80,
                                 .stream = 5,
                                 .shmem_base = UINT64_C(0x7ff97b000000),
                                 .nvbit_version = "1.7",
                                 .tracer_version = 5,
                                 .has_immediate = true,
                                 .has_constants = true,
                                 .is_synthetic = true,
                                 .made_by = "test"};
}

/* Every kind of pattern, shared and unshared paths, a warp that is absent. */
static const struct trace_kernel *small_kernel(const char *name)
{
    const struct trace_header h = header_of(name, 3);
    const int64_t deltas[] = {4, 70000, -1};
    struct build *b = build_init(&h);
    uint32_t load = build_code(b, &(struct sass_inst){.pc = 0,
                                                      .opcode = "LDG.E.64",
                                                      .n_dst = 1,
                                                      .dst = 4,
                                                      .n_src = 1,
                                                      .src = {2},
                                                      .mem_width_b = 8});
    uint32_t add = build_code(b, &(struct sass_inst){.pc = 8,
                                                     .opcode = "IADD3",
                                                     .has_const = true,
                                                     .const_bank = 3,
                                                     .const_offset = 0xfffc});
    uint32_t leave = build_code(b, &(struct sass_inst){.pc = 16, .opcode = "EXIT"});
    uint32_t stride = build_pattern_stride(b, 8, 0), none = build_pattern_none(b);
    uint32_t scattered = build_pattern_deltas(b, deltas, 4);
    for (uint32_t cta = 0; cta < 3; cta++) {
        build_cta(b, cta, 0, 0);
        for (uint32_t warp = cta == 1; warp < 2; warp++) {
            build_warp(b, warp);
            build_step(b, load, 0xffffffff);
            build_access(b, 4096 * cta + 256 * warp, stride);
            build_step(b, load, 0xf0);
            build_access(b, UINT64_C(0x7f0000000000) + cta, scattered);
            build_step(b, load, 0);
            build_access(b, 0, none);
            build_step(b, add, 0xffffffff);
            build_step(b, leave, warp == 0 ? 0xffffffff : 0xffff);
            build_warp_end(b);
        }
    }
    return build_finish(b);
}

static void print_kernel(const struct trace_kernel *k, struct text *out)
{
    text_printf(out, "isa %u tracer %u immediate %d constants %d\n", k->h.isa, k->h.tracer_version,
                k->h.has_immediate, k->h.has_constants);
    for (uint32_t i = 0; i < k->n_code; i++)
        text_printf(out, "%d %u %u\n", k->code[i].has_const, k->code[i].const_bank,
                    k->code[i].const_offset);
    trace_text_header(k, out);
    for (uint32_t i = 0; i < k->n_ctas; i++)
        trace_text_cta(k, i, out);
    for (uint32_t i = 0; i < k->n_warnings; i++)
        text_printf(out, "%s\n", k->warnings[i]);
}

static void check_same(const struct trace_kernel *a, const struct trace_kernel *b)
{
    struct text x, y;
    struct trace_counts m = a->counts, n = b->counts;
    text_init(&x);
    text_init(&y);
    print_kernel(a, &x);
    print_kernel(b, &y);
    CHECK(str_eq(text_str(&x), text_str(&y)));
    m.text_b = n.text_b = 0;
    CHECK(memcmp(&m, &n, sizeof m) == 0);
    CHECK_EQ_INT(a->n_paths, b->n_paths);
    CHECK_EQ_INT(a->n_patterns, b->n_patterns);
    CHECK_EQ_INT(a->n_code, b->n_code);
    text_done(&x);
    text_done(&y);
}

static void write_small(const char *path)
{
    const struct trace_kernel *a = small_kernel("first"), *b = small_kernel("second");
    struct wst_writer *w;
    struct err e = {0};
    CHECK_EQ_INT(wst_begin(&w, path, &e), STATUS_OK);
    CHECK_EQ_INT(wst_add(w, a, &e), STATUS_OK);
    CHECK_EQ_INT(wst_add(w, b, &e), STATUS_OK);
    CHECK_EQ_INT(wst_end(w, &e), STATUS_OK);
    trace_kernel_release(a);
    trace_kernel_release(b);
}

/* ---- round trips ---- */

TEST(a_container_gives_its_kernels_back)
{
    const char *path = t_temp_path("two.wst");
    const struct trace_kernel *a = small_kernel("second"), *k;
    struct trace *t;
    struct err e = {0};
    write_small(path);
    CHECK_EQ_INT(trace_open(&t, path, NULL, &e), STATUS_OK);
    CHECK_EQ_INT(trace_n_kernels(t), 2);
    CHECK_EQ_STR(trace_header(t, 0)->name, "first");
    CHECK_EQ_INT(trace_header(t, 1)->format, TRACE_FORMAT_WST);
    CHECK_EQ_STR(trace_header(t, 1)->file, path);
    CHECK_EQ_INT(trace_load(t, 1, NULL, &k, &e), STATUS_OK);
    check_same(a, k);
    CHECK_EQ_INT(k->counts.warp_insts, 25);
    CHECK_EQ_INT(k->counts.mem_mode[1], 10);
    CHECK_EQ_INT(k->counts.mem_mode[2], 5);
    CHECK(k->h.is_synthetic);
    CHECK_EQ_STR(k->h.made_by, "test");
    trace_kernel_release(k);
    trace_kernel_release(a);
    trace_close(t);
}

TEST(recorded_traces_survive_the_container)
{
    static const char *const folders[] = {"a100-bfs-1", "gp10x-vecadd-raw", "h100-btree",
                                          "a100-flashinfer-prefill", "v100-wmma"};
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        char from[256];
        const char *to = t_temp_path("recorded.wst");
        struct trace *text, *packed;
        snprintf(from, sizeof from, "%s/%s", DATA, folders[i]);
        CHECK_EQ_INT(trace_open(&text, from, NULL, NULL), STATUS_OK);
        CHECK_EQ_INT(wst_write(text, to, NULL, NULL), STATUS_OK);
        CHECK_EQ_INT(trace_open(&packed, to, NULL, NULL), STATUS_OK);
        CHECK_EQ_INT(trace_n_kernels(packed), trace_n_kernels(text));
        for (uint32_t j = 0; j < trace_n_kernels(text); j++) {
            const struct trace_kernel *a, *b;
            CHECK_EQ_INT(trace_load(text, j, NULL, &a, NULL), STATUS_OK);
            CHECK_EQ_INT(trace_load(packed, j, NULL, &b, NULL), STATUS_OK);
            check_same(a, b);
            trace_kernel_release(a);
            trace_kernel_release(b);
        }
        trace_close(text);
        trace_close(packed);
    }
}

/* ---- damage ---- */

/* Opens and loads all; STATUS_OK only when everything is as it was. */
static enum status try_bytes(str bytes, const char *path)
{
    struct trace *t;
    struct err e = {0};
    CHECK_EQ_INT(os_write_file(path, bytes, NULL), STATUS_OK);
    enum status s = trace_open(&t, path, NULL, &e);
    if (s != STATUS_OK) {
        CHECK(e.message[0] != '\0');
        return s;
    }
    for (uint32_t i = 0; i < trace_n_kernels(t) && s == STATUS_OK; i++) {
        const struct trace_kernel *k;
        s = trace_load(t, i, NULL, &k, &e);
        if (s != STATUS_OK)
            break;
        const struct trace_kernel *whole = small_kernel(i == 0 ? "first" : "second");
        check_same(whole, k);
        trace_kernel_release(whole);
        trace_kernel_release(k);
    }
    trace_close(t);
    return s;
}

static str read_small(struct arena *a)
{
    const char *path = t_temp_path("whole.wst");
    str bytes = {0};
    write_small(path);
    CHECK_EQ_INT(os_read_file(a, path, 1 << 20, &bytes, NULL), STATUS_OK);
    return bytes;
}

TEST(a_container_cut_anywhere_is_refused)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    str whole = read_small(&a);
    for (size_t n = 0; n < whole.n; n++)
        CHECK_EQ_INT(try_bytes((str){whole.p, n}, t_temp_path("cut.wst")), STATUS_INPUT);
    arena_done(&a);
}

/* A few bits of a zstd frame say nothing of its content: then the kernels are as they were. */
TEST(every_changed_byte_is_seen_or_changes_nothing)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    str whole = read_small(&a);
    char *bytes = arena_memdup(&a, whole.p, whole.n);
    size_t passed = 0;
    for (size_t i = 0; i < whole.n; i++) {
        bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
        passed += try_bytes((str){bytes, whole.n}, t_temp_path("bad.wst")) == STATUS_OK;
        bytes[i] = whole.p[i];
    }
    CHECK(passed * 20 < whole.n);
    arena_done(&a);
}

TEST(other_versions_are_told_apart)
{
    struct arena a;
    struct trace *t;
    struct err e = {0};
    const char *path = t_temp_path("new.wst");
    arena_init(&a, ARENA_SMALL);
    str whole = read_small(&a);
    char *bytes = arena_memdup(&a, whole.p, whole.n);
    bytes[8] = 9;
    CHECK_EQ_INT(os_write_file(path, (str){bytes, whole.n}, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_open(&t, path, NULL, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.expected, "version 2");
    CHECK_EQ_STR(e.found, "version 9");
    arena_done(&a);
}

/* ---- writing ---- */

TEST(a_container_that_is_not_finished_leaves_nothing)
{
    const char *path = t_temp_path("never.wst");
    struct wst_writer *w;
    const struct trace_kernel *k = small_kernel("k");
    CHECK_EQ_INT(wst_begin(&w, path, NULL), STATUS_OK);
    CHECK_EQ_INT(wst_add(w, k, NULL), STATUS_OK);
    wst_abandon(w);
    trace_kernel_release(k);
    CHECK(!os_is_file(path));
    CHECK(!os_is_file(t_temp_path("never.wst.tmp0")));
}

TEST(a_folder_that_is_not_there_is_an_error)
{
    struct wst_writer *w;
    struct err e = {0};
    CHECK_EQ_INT(wst_begin(&w, "/no/such/folder/x.wst", &e), STATUS_WRITE);
    CHECK(strstr(e.message, "cannot write") != NULL);
}

TEST(a_container_respects_the_memory_limit)
{
    const char *path = t_temp_path("limit.wst");
    const struct trace_options o = {.mem_limit_b = 10};
    const struct trace_kernel *k;
    struct trace *t;
    write_small(path);
    CHECK_EQ_INT(trace_open(&t, path, &o, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_load(t, 0, NULL, &k, NULL), STATUS_LIMIT);
    trace_close(t);
}

static bool stop(void *arg, uint64_t done, uint64_t total)
{
    (void)arg;
    return done * 2 < total;
}

TEST(writing_and_reading_stop_when_asked)
{
    const char *path = t_temp_path("stop.wst"), *other = t_temp_path("other.wst");
    const struct tick tick = {stop, NULL};
    const struct trace_kernel *k;
    struct trace *t;
    write_small(path);
    CHECK_EQ_INT(trace_open(&t, path, NULL, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_load(t, 0, &tick, &k, NULL), STATUS_CANCELLED);
    CHECK_EQ_INT(wst_write(t, other, &tick, NULL), STATUS_CANCELLED);
    CHECK(!os_is_file(other));
    trace_close(t);
}
