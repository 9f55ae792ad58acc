/* Files, lists and folders: what is found, and what is said when nothing is. */
#include <lzma.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/os.h"
#include "base/stream.h"
#include "base/text.h"
#include "t.h"
#include "trace/trace.h"
#include "trace/write.h"

#define KERNEL(name)                                                                        \
    "-kernel name = " name "\n-kernel id = 1\n-grid dim = (1,1,1)\n-block dim = (32,1,1)\n" \
    "-shmem = 0\n-nregs = 8\n-binary version = 80\n-cuda stream id = 0\n"                   \
    "-accelsim tracer version = 5\n#traces format = PC mask immediate\n\n#BEGIN_TB\n"       \
    "thread block = 0,0,0\nwarp = 0\ninsts = 1\n0000 ffffffff 0 EXIT 0 0 0 \n#END_TB\n"

static char folder[400];

/* A fresh folder; files are named relative to it. */
static void make_folder(const char *name)
{
    snprintf(folder, sizeof folder, "%s", t_temp_path(name));
    mkdir(folder, 0777);
}

static const char *in_folder(const char *name)
{
    static char path[800];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, str bytes)
{
    CHECK_EQ_INT(os_write_file(in_folder(name), bytes, NULL), STATUS_OK);
}

static struct trace *open_path(const char *path)
{
    struct trace *t = NULL;
    struct err e = {0};
    if (trace_open(&t, path, NULL, &e) != STATUS_OK)
        T_FAIL("%s: %s; found %s", path, e.message, e.found);
    return t;
}

static void check_names(const struct trace *t, const char *names)
{
    struct text all;
    text_init(&all);
    for (uint32_t i = 0; t != NULL && i < trace_n_kernels(t); i++)
        text_printf(&all, "%s ", trace_header(t, i)->name);
    CHECK_EQ_STR(text_cstr(&all), names);
    text_done(&all);
}

TEST(a_list_names_kernels_in_order)
{
    make_folder("list");
    put("kernel-1.traceg", STR(KERNEL("one")));
    put("kernel-2.traceg", STR(KERNEL("two")));
    put("kernelslist.g", STR("MemcpyHtoD,0x00007fc841500000,32768\nkernel-2.traceg\n\n"
                             "something else\nMemcpyDtoH,0x7f,1,a.trace\nkernel-1.traceg \r\n"));
    struct trace *t = open_path(in_folder("kernelslist.g"));
    check_names(t, "two one ");
    CHECK_EQ_INT(trace_n_warnings(t), 1);
    CHECK_EQ_STR(trace_warning(t, 0), "line 4 of the list names no trace: 'something else'");
    CHECK_EQ_STR(trace_header(t, 1)->file, in_folder("kernel-1.traceg"));
    const struct trace_kernel *k;
    CHECK_EQ_INT(trace_load(t, 1, NULL, &k, NULL), STATUS_OK);
    CHECK_EQ_STR(k->h.name, "one");
    CHECK_EQ_STR(k->h.file, in_folder("kernel-1.traceg"));
    trace_kernel_release(k);
    trace_close(t);
}

TEST(listed_files_may_be_absent_but_not_all)
{
    make_folder("absent");
    put("kernel-2.traceg", STR(KERNEL("two")));
    put("kernelslist.g", STR("kernel-1.traceg\nkernel-2.traceg\n"));
    struct trace *t = open_path(folder);
    check_names(t, "two ");
    CHECK_EQ_INT(trace_n_warnings(t), 1);
    CHECK_EQ_STR(trace_warning(t, 0), "listed file 'kernel-1.traceg' is absent");
    trace_close(t);
    struct err e = {0};
    put("none.g", STR("kernel-7.traceg\n"));
    CHECK_EQ_INT(trace_open(&t, in_folder("none.g"), NULL, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "names no kernel") != NULL);
    CHECK_EQ_STR(e.found, "listed file 'kernel-7.traceg' is absent");
}

TEST(listed_files_may_be_packed_or_unpacked_meanwhile)
{
    make_folder("repacked");
    put("kernel-1.traceg.xz", STR(KERNEL("one"))); /* the bytes count, not the name */
    put("kernel-2.traceg", STR(KERNEL("two")));
    put("kernelslist.g", STR("kernel-1.traceg\nkernel-2.traceg.xz\n"));
    struct trace *t = open_path(folder);
    check_names(t, "one two ");
    CHECK_EQ_INT(trace_n_warnings(t), 0);
    trace_close(t);
}

TEST(the_processed_list_of_a_folder_comes_first)
{
    make_folder("both");
    put("kernel-1.traceg", STR(KERNEL("grouped")));
    put("kernelslist", STR("kernel-1.trace\n"));
    put("kernelslist.g", STR("kernel-1.traceg\n"));
    struct trace *t = open_path(folder);
    check_names(t, "grouped ");
    CHECK_EQ_STR(trace_path_name(t), folder);
    trace_close(t);
}

TEST(a_folder_without_a_list_is_taken_by_number)
{
    make_folder("numbers");
    put("kernel-10.traceg", STR(KERNEL("ten")));
    put("kernel-9.traceg", STR(KERNEL("nine")));
    put("kernel-9.trace", STR("not looked at"));
    put("stats.csv", STR("kernel id"));
    struct trace *t = open_path(folder);
    check_names(t, "nine ten ");
    trace_close(t);
}

TEST(one_bad_kernel_stops_opening_unless_asked_to_go_on)
{
    make_folder("bad");
    put("kernel-1.traceg", STR("-kernel name = k\n-shmem = x\n"));
    put("kernel-2.traceg", STR(KERNEL("two")));
    put("kernelslist.g", STR("kernel-1.traceg\nkernel-2.traceg\n"));
    struct trace *t;
    struct err e = {0};
    CHECK_EQ_INT(trace_open(&t, folder, NULL, &e), STATUS_INPUT);
    CHECK_EQ_STR(e.path, in_folder("kernel-1.traceg"));
    CHECK_EQ_INT(e.line, 2);
    const struct trace_options o = {.keep_going = true};
    CHECK_EQ_INT(trace_open(&t, folder, &o, NULL), STATUS_OK);
    check_names(t, "two ");
    CHECK_EQ_INT(trace_n_warnings(t), 1);
    trace_close(t);
}

TEST(a_list_that_names_itself_does_not_loop)
{
    make_folder("loop");
    put("list.trace", STR("MemcpyHtoD,0,0\nlist.trace\n"));
    struct trace *t;
    CHECK_EQ_INT(trace_open(&t, in_folder("list.trace"), NULL, NULL), STATUS_INPUT);
}

/* ---- packing ---- */

static size_t pack(enum stream_packing how, str s, char *to, size_t n)
{
    size_t used = 0;
    if (how == STREAM_ZSTD)
        return ZSTD_compress(to, n, s.p, s.n, 3);
    if (how == STREAM_XZ) {
        CHECK_EQ_INT(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, (const uint8_t *)s.p, s.n,
                                             (uint8_t *)to, &used, n),
                     LZMA_OK);
        return used;
    }
    z_stream z = {0};
    CHECK_EQ_INT(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)n;
    CHECK_EQ_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return n - z.avail_out;
}

TEST(packed_files_are_read_by_their_first_bytes)
{
    static const enum stream_packing all[] = {STREAM_GZIP, STREAM_XZ, STREAM_ZSTD};
    static char packed[4096];
    make_folder("packed");
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const struct trace_kernel *k;
        size_t n = pack(all[i], STR(KERNEL("packed")), packed, sizeof packed);
        put("kernel-1.traceg", (str){packed, n});
        struct trace *t = open_path(folder);
        CHECK_EQ_INT(trace_load(t, 0, NULL, &k, NULL), STATUS_OK);
        CHECK_EQ_INT(k->counts.text_b, sizeof KERNEL("packed") - 1);
        trace_kernel_release(k);
        trace_close(t);
        /* ... and cut: the error is that of the packing */
        put("kernel-1.traceg", (str){packed, n - 4});
        struct err e = {0};
        enum status s = trace_open(&t, folder, NULL, &e);
        if (s == STATUS_OK) {
            s = trace_load(t, 0, NULL, &k, &e);
            trace_close(t);
        }
        CHECK_EQ_INT(s, STATUS_INPUT);
        CHECK(strstr(e.message, "cannot unpack") != NULL);
    }
}

TEST(a_packed_file_cut_short_gives_its_whole_warps_when_asked)
{
    static char packed[400000];
    struct text t;
    text_init(&t);
    text_puts(&t, "-kernel name = k\n-grid dim = (4000,1,1)\n-block dim = (32,1,1)\n-shmem = 0\n"
                  "-nregs = 8\n-binary version = 80\n-accelsim tracer version = 5\n"
                  "#traces format = PC mask immediate\n");
    for (unsigned i = 0; i < 4000; i++)
        text_printf(&t,
                    "#BEGIN_TB\nthread block = %u,0,0\nwarp = 0\ninsts = 2\n"
                    "0000 ffffffff 1 R4 LDG.E 1 R2 4 1 0x%llx 4 0 \n"
                    "0010 ffffffff 0 EXIT 0 0 0 \n#END_TB\n",
                    i, (unsigned long long)hash_u64(i));
    make_folder("cut");
    size_t n = pack(STREAM_GZIP, text_str(&t), packed, sizeof packed);
    put("kernel-1.traceg.gz", (str){packed, n / 2});
    const struct trace_options o = {.keep_going = true};
    const struct trace_kernel *k = NULL;
    struct trace *trace = NULL;
    struct err e = {0};
    CHECK_EQ_INT(trace_open(&trace, folder, &o, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_load(trace, 0, NULL, &k, &e), STATUS_OK);
    CHECK(k->n_warps > 1000 && k->n_warps < 3000);
    CHECK_EQ_INT(k->counts.warp_insts, 2 * k->n_warps);
    CHECK(strstr(k->warnings[0], "cannot unpack") != NULL);
    trace_kernel_release(k);
    trace_close(trace);
    CHECK_EQ_INT(trace_open(&trace, folder, NULL, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_load(trace, 0, NULL, &k, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "cut short") != NULL);
    trace_close(trace);
    text_done(&t);
}

/* ---- containers ---- */

TEST(a_folder_of_containers_gives_all_their_kernels)
{
    make_folder("text");
    put("kernel-1.traceg", STR(KERNEL("one")));
    struct trace *t = open_path(folder);
    make_folder("containers");
    CHECK_EQ_INT(wst_write(t, in_folder("a1.wst"), NULL, NULL), STATUS_OK);
    CHECK_EQ_INT(wst_write(t, in_folder("a2.wst"), NULL, NULL), STATUS_OK);
    trace_close(t);
    t = open_path(folder);
    check_names(t, "one one ");
    trace_close(t);
}

TEST(a_container_packed_once_more_is_refused_with_advice)
{
    static char packed[4096];
    make_folder("twice");
    put("kernel-1.traceg", STR(KERNEL("one")));
    struct trace *t = open_path(folder);
    struct arena a;
    str bytes;
    struct err e = {0};
    CHECK_EQ_INT(wst_write(t, in_folder("a.wst"), NULL, NULL), STATUS_OK);
    trace_close(t);
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(os_read_file(&a, in_folder("a.wst"), 4096, &bytes, NULL), STATUS_OK);
    put("b.wst", (str){packed, pack(STREAM_GZIP, bytes, packed, sizeof packed)});
    CHECK_EQ_INT(trace_open(&t, in_folder("b.wst"), NULL, &e), STATUS_INPUT);
    CHECK(strstr(e.hint, "unpack it") != NULL);
    arena_done(&a);
}

/* ---- other things ---- */

TEST(other_files_are_named)
{
    static const struct {
        str bytes;
        const char *found;
    } all[] = {
        {{"\x7f"
          "ELF\x02",
          5},
         "a program or cubin"},
        {{"SQLite format 3\0", 16}, "an SQLite database, such as an Nsight Systems export"},
        {{"{\"traceEvents\": []}", 19}, "JSON, perhaps a profile for `warpscope launches`"},
        {{"\"ID\",\"Process ID\"\n", 18}, "an Nsight Compute table"},
        {{"", 0}, "an empty file"},
        {{"hello\n", 6}, "not of a known kind"},
        {{"kernel k\n\0\0\0\0", 13}, "not of a known kind"},
    };
    make_folder("other");
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct trace *t;
        struct err e = {0};
        put("file", all[i].bytes);
        CHECK_EQ_INT(trace_open(&t, in_folder("file"), NULL, &e), STATUS_INPUT);
        CHECK_EQ_STR(e.found, all[i].found);
    }
}

TEST(the_binary_form_of_tracer_6_is_refused_with_advice)
{
    static const char bytes[] = "-kernel name = k\n-grid dim = (1,1,1)\n-block dim = (32,1,1)\n"
                                "-shmem = 0\n-nregs = 8\n-binary version = 90\n"
                                "#traces format = PC mask\n\0\1\2\3";
    struct trace *t;
    struct err e = {0};
    make_folder("binary");
    put("kernel-1.tracez", (str){bytes, sizeof bytes - 1});
    CHECK_EQ_INT(trace_open(&t, in_folder("kernel-1.tracez"), NULL, &e), STATUS_INPUT);
    CHECK(strstr(e.message, ".tracez") != NULL);
    CHECK(e.hint[0] != '\0');
}

TEST(paths_that_do_not_exist_and_empty_folders)
{
    struct trace *t;
    struct err e = {0};
    CHECK_EQ_INT(trace_open(&t, "/no/such/trace", NULL, &e), STATUS_IO);
    e = (struct err){0};
    make_folder("empty");
    CHECK_EQ_INT(trace_open(&t, folder, NULL, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "no trace in the folder") != NULL);
}
