/* The shipped traces are what their builders make; the shipped sweeps run over them. */
#include "t.h"

#include <zstd.h>

#include "base/os.h"
#include "base/text.h"
#include "script/script.h"
#include "trace/trace.h"
#include "trace/write.h"

static struct err err;
static struct text out;

static struct script_options options(void)
{
    if (out.arena.base == NULL)
        text_init(&out);
    text_clear(&out);
    err = (struct err){0};
    return (struct script_options){.data_dir = ".", .out = &out, .n_threads = 2};
}

static bool is_same_file(const char *a, const char *b)
{
    struct os_map x, y;
    CHECK(os_map_file(&x, a, &err) == STATUS_OK);
    CHECK(os_map_file(&y, b, &err) == STATUS_OK);
    bool is_same = str_eq(x.bytes, y.bytes);
    os_unmap_file(&x);
    os_unmap_file(&y);
    return is_same;
}

static const struct trace_kernel *load(const char *path)
{
    struct trace *t;
    const struct trace_kernel *k = NULL;
    CHECK(trace_open(&t, path, &(struct trace_options){0}, &err) == STATUS_OK);
    CHECK(trace_load(t, 0, NULL, &k, &err) == STATUS_OK);
    CHECK_EQ_STR(err.message, "");
    trace_close(t);
    return k;
}

static void check_counts(const struct trace_kernel *a, const struct trace_kernel *b)
{
    CHECK_EQ_INT(a->counts.warp_insts, b->counts.warp_insts);
    CHECK_EQ_INT(a->counts.thread_insts, b->counts.thread_insts);
    CHECK_EQ_INT(a->counts.masked_off, b->counts.masked_off);
    CHECK_EQ_INT(a->counts.mem_insts, b->counts.mem_insts);
    CHECK_EQ_INT(a->n_warps, b->n_warps);
    CHECK_EQ_INT(a->n_ctas, b->n_ctas);
    CHECK_EQ_STR(a->h.name, b->h.name);
    CHECK_EQ_STR(a->h.made_by, b->h.made_by);
    CHECK(b->h.is_synthetic);
    CHECK_EQ_INT(b->counts.unknown_insts, 0);
}

static void check_text(const struct trace_kernel *a, const struct trace_kernel *b)
{
    struct text x, y;
    text_init(&x);
    text_init(&y);
    for (uint32_t i = 0; i < a->n_ctas; i += MAX(1, a->n_ctas / 4)) {
        trace_text_cta(a, i, &x);
        trace_text_cta(b, i, &y);
    }
    CHECK(str_eq(text_str(&x), text_str(&y)));
    text_done(&x);
    text_done(&y);
}

/* Other versions of zstd may pack the same content into other bytes. */
static bool packs_alike(void)
{
    return ZSTD_versionNumber() == 10504;
}

static void check_shipped(const char *name, uint64_t warp_insts)
{
    char shipped[64];
    struct script_options o = options();
    snprintf(shipped, sizeof shipped, "traces/%s.wst", name);
    const char *made = t_temp_path("made.wst");
    CHECK_EQ_INT(script_build(&o, name, made, &err), STATUS_OK);
    CHECK_EQ_STR(err.message, "");
    const struct trace_kernel *a = load(made), *b = load(shipped);
    if (packs_alike() && !is_same_file(made, shipped))
        T_FAIL("%s differs from what is made now: 'make traces' makes it anew", shipped);
    check_counts(a, b);
    check_text(a, b);
    CHECK_EQ_INT(b->counts.warp_insts, warp_insts);
    CHECK(os_file_size(shipped) < 100 << 10);
    trace_kernel_release(a);
    trace_kernel_release(b);
}

TEST(vector_add_is_what_its_builder_makes)
{
    check_shipped("vector_add", 250042);
}

TEST(sgemm_tiled_is_what_its_builder_makes)
{
    check_shipped("sgemm_tiled", 1313792);
}

TEST(hgemm_tensor_is_what_its_builder_makes)
{
    check_shipped("hgemm_tensor", 497664);
}

TEST(softmax_is_what_its_builder_makes)
{
    check_shipped("softmax", 428032);
}

TEST(pointer_chase_is_what_its_builder_makes)
{
    check_shipped("pointer_chase", 14345);
}

TEST(gather_divergent_is_what_its_builder_makes)
{
    check_shipped("gather_divergent", 18348);
}

/* Through the text that other tools read, and back. */
TEST(built_kernels_survive_the_text_format)
{
    struct script_options o = options();
    const char *args[] = {"rows=64"};
    o.args = args;
    o.n_args = 1;
    const char *text = t_temp_path("softmax.traceg"), *wst = t_temp_path("softmax.wst");
    CHECK_EQ_INT(script_build(&o, "softmax", text, &err), STATUS_OK);
    CHECK_EQ_INT(script_build(&o, "softmax", wst, &err), STATUS_OK);
    const struct trace_kernel *a = load(wst), *b = load(text);
    check_counts(a, b);
    check_text(a, b);
    CHECK_EQ_INT(b->counts.warp_insts, 64 * 209);
    trace_kernel_release(a);
    trace_kernel_release(b);
}

static void check_sweep(const char *name, const char *const *expected)
{
    struct script_options o = options();
    o.format = SCRIPT_CSV;
    CHECK_EQ_INT(script_sweep(&o, name, &err), STATUS_OK);
    CHECK_EQ_STR(err.message, "");
    for (; *expected != NULL; expected++)
        if (strstr(text_cstr(&out), *expected) == NULL)
            T_FAIL("%s does not print '%s'", name, *expected);
    CHECK(strstr(text_cstr(&out), "error") == NULL);
}

TEST(a100_to_h100_compares_every_kernel)
{
    check_sweep("a100_to_h100",
                (const char *const[]){"kernel,gpu,id,time[us],cycles,IPC/SM,top stall,",
                                      "\nvector_add,a100-sxm4-40gb,1,", "\nvector_add,h100-sxm,1,",
                                      "\nhgemm_tensor,h100-sxm,1,",
                                      "\nkernel,id,before[us],after[us],speedup,", NULL});
}

TEST(l2_size_goes_over_a_range)
{
    check_sweep("l2_size",
                (const char *const[]){"kernel,memory.l2,id,time[us],L2 hits[%]",
                                      "\npointer_chase,160,1,", "\nsoftmax,81920,1,", NULL});
}

TEST(launch_batch_finds_the_transition)
{
    check_sweep("launch_batch",
                (const char *const[]){"batch,launches,wait[us],launch[us],queue[us],model[us],",
                                      "\n1,166,6.593,", ",cpu-bound\n", "\n64,166,3407.705,",
                                      "\nby,from batch\nrule,8.1", "\nmodel,12.2", NULL});
}

TEST(launch_hosts_finds_where_the_verdict_changes)
{
    check_sweep("launch_hosts",
                (const char *const[]){"kernels x,host x,verdict,CPU-bound[%],GPU busy[%],",
                                      "\n0.25,4,cpu-bound,100,", "\n8,0.25,gpu-bound,",
                                      "\nkernels x,GPU-bound up to,CPU-bound from\n",
                                      "\n2,0.5,0.75\n", NULL});
}

/* The Lua blocks of lua/README.md are scripts that run. */
TEST(examples_of_the_reference_run)
{
    struct arena a;
    str file;
    int n = 0;
    arena_init(&a, ARENA_SMALL);
    CHECK(os_read_file(&a, "lua/README.md", 1 << 20, &file, &err) == STATUS_OK);
    const char *begin = file.p, *end;
    while ((begin = strstr(begin, "```lua\n")) != NULL) {
        begin += strlen("```lua\n");
        end = strstr(begin, "```");
        struct script_options o = options();
        const char *path = t_temp_path("example.lua");
        CHECK(os_write_file(path, (str){begin, (size_t)(end - begin)}, &err) == STATUS_OK);
        CHECK_EQ_INT(script_sweep(&o, path, &err), STATUS_OK);
        CHECK_EQ_STR(err.message, "");
        begin = end + 1;
        n++;
    }
    CHECK_EQ_INT(n, 3);
    arena_done(&a);
}
