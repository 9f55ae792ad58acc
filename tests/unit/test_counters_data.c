/* Real exports of Nsight Compute: the figures that are cited of them. */
#include "base/os.h"
#include "prof/counters.h"
#include "t.h"

#define DATA "../shared/data/counters"
#define A100 DATA "/a100-ncu-attention/"
#define H200 DATA "/h200-ncu-asymgemm/"

static const char *const a100_files[] = {
    A100 "bert_flashattn_nsight.csv",  A100 "bert_torch_nsight.csv",
    A100 "gpt2_flashattn_nsight.csv",  A100 "gpt2_torch_nsight.csv",
    A100 "sam4096-7_torch_nsight.csv", A100 "sam7-4096_torch_nsight.csv",
    A100 "sam_flashattn_nsight.csv",   A100 "sam_torch_nsight.csv"};

static struct counters *open_files(const char *const *paths, size_t n)
{
    struct counters *c = NULL;
    struct err e = {0};
    if (counters_open(&c, paths, n, NULL, &e) != STATUS_OK)
        T_FAIL("%s: %s (%u)", paths[0], e.message, e.line);
    return c;
}

static bool is_pair(const struct counters *c, uint32_t i, uint32_t j)
{
    const struct counters_kernel *a = &c->kernels[i], *b = &c->kernels[j];
    return strcmp(a->name, b->name) == 0 &&
           (uint64_t)counters_n_ctas(c, a) == (uint64_t)counters_n_ctas(c, b);
}

static const struct counters_kernel *find(const struct counters *c, const char *name, double n_ctas)
{
    for (uint32_t i = 0; i < c->n_kernels; i++)
        if (strstr(c->kernels[i].name, name) != NULL &&
            fabs(counters_n_ctas(c, &c->kernels[i]) - n_ctas) < 0.5)
            return &c->kernels[i];
    T_FAIL("no kernel %s of %g CTAs", name, n_ctas);
    return &c->kernels[0];
}

TEST(records_of_a_long_page)
{
    if (!os_is_dir(A100))
        SKIP("../shared/data absent");
    struct counters *c = open_files(a100_files, ARRAY_LEN(a100_files));
    if (c == NULL)
        return;
    CHECK_EQ_INT(c->n_kernels, 153);
    uint32_t n_pairs = 0;
    for (uint32_t i = 0; i < c->n_kernels; i++) {
        uint32_t j = 0;
        while (!is_pair(c, j, i))
            j++;
        n_pairs += j == i;
    }
    CHECK_EQ_INT(n_pairs, 75);
    for (uint32_t i = 0; i < c->n_kernels; i++)
        CHECK(c->kernels[i].n_values >= 58 && c->kernels[i].n_values <= 61);
    counters_close(c);
}

TEST(values_of_a_long_page)
{
    if (!os_is_dir(A100))
        SKIP("../shared/data absent");
    struct counters *c = open_files(a100_files, ARRAY_LEN(a100_files));
    if (c == NULL)
        return;
    const struct counters_kernel *k = find(c, "fmha_fwd_loop_kernel", 416);
    CHECK_NEAR(counters_cycles(c, k), 7355.7, 1e-5);
    CHECK_EQ_INT((int)counters_n_threads(c, k), 128);
    CHECK_EQ_INT((int)counters_get(c, k, COUNTER_registers), 125);
    CHECK_NEAR(counters_cycles(c, find(c, "ampere_fp16_s16816gemm", 36)), 12580, 1e-4);
    k = find(c, "softmax_warp_forward", 65536);
    CHECK_NEAR(counters_cycles(c, k), 122760, 1e-5);
    CHECK_NEAR(counters_dram_b(c, k), 101e6, 0.01);
    CHECK_NEAR(counters_cycles(c, find(c, "ampere_sgemm_128x128_tn", 16384)), 1683528, 1e-6);
    double clock_hz = counters_clock_hz(c, k);
    CHECK(clock_hz > 0.78e9 && clock_hz < 1.16e9);
    CHECK_NEAR(counters_time_ns(c, k), 122760 / clock_hz * 1e9, 1e-5);
    counters_close(c);
}

TEST(records_of_a_wide_page)
{
    static const struct {
        const char *path;
        uint32_t n;
    } files[] = {{H200 "matrix_1b.raw.csv", 2},
                 {H200 "mlp_1b.raw.csv", 4},
                 {H200 "qwen3_14b.raw.csv", 14},
                 {H200 "qwen3_30b_a3b.raw.csv", 32}};
    if (!os_is_dir(H200))
        SKIP("../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct counters *c = open_files(&files[i].path, 1);
        if (c == NULL)
            continue;
        CHECK_EQ_INT(c->n_kernels, files[i].n);
        CHECK_EQ_INT(c->n_metrics, 1783 - 11); /* what is left are columns that name the kernel */
        counters_close(c);
    }
}

TEST(values_of_a_wide_page)
{
    if (!os_is_dir(H200))
        SKIP("../shared/data absent");
    const char *path = H200 "qwen3_30b_a3b.raw.csv";
    struct counters *c = open_files(&path, 1);
    if (c == NULL)
        return;
    const struct counters_kernel *k = find(c, "sm90_bf16_asym_gemm_impl", 12);
    CHECK_EQ_INT(k->grid[0], 12);
    CHECK_EQ_INT(k->block[0], 256);
    CHECK_EQ_STR(k->device, "NVIDIA H200");
    CHECK_EQ_INT(k->cc_x10, 90);
    CHECK_EQ_INT((int)counters_cycles(c, k), 144476);
    CHECK_NEAR(counters_time_ns(c, k), 96.4e3, 1e-3);
    CHECK_NEAR(counters_stall(c, k, STALL_LONG_SCOREBOARD), 90.9, 1e-3);
    CHECK_EQ_INT(counters_top_stall(c, k), STALL_LONG_SCOREBOARD);
    CHECK_EQ_INT((int)counters_get(c, k, COUNTER_registers), 248);
    double sum = 0;
    for (unsigned s = 0; s < COUNTER_N_STALLS; s++) {
        CHECK(!isnan(counters_stall(c, k, (enum stall)s)));
        sum += counters_stall(c, k, (enum stall)s);
    }
    CHECK_NEAR(sum, counters_get(c, k, COUNTER_warp_cycles_per_issue), 1e-3);
    counters_close(c);
}

static void check_equal(const struct counters *a, const struct counters *b)
{
    CHECK_EQ_INT(a->n_kernels, b->n_kernels);
    for (uint32_t i = 0; i < a->n_kernels && i < b->n_kernels; i++) {
        const struct counters_kernel *x = &a->kernels[i], *y = &b->kernels[i];
        CHECK_EQ_STR(x->name, y->name);
        CHECK(memcmp(x->grid, y->grid, sizeof x->grid) == 0 && x->id == y->id);
        for (unsigned m = 0; m < COUNTER_N; m++) {
            double v = counters_get(a, x, (enum counter)m), w = counters_get(b, y, (enum counter)m);
            if (!(isnan(v) ? isnan(w) : v >= w && v <= w))
                T_FAIL("%s of kernel %u: %.17g, %.17g", counter_info((enum counter)m)->name, i, v,
                       w);
        }
    }
}

static void check_round_trip(const char *const *paths, size_t n, bool has_all, size_t most_b)
{
    struct counters *c = open_files(paths, n), *back = NULL;
    const struct counters_write_options o = {has_all};
    struct err e = {0};
    struct text t;
    if (c == NULL)
        return;
    text_init(&t);
    counters_write(&t, c, &o);
    CHECK(t.n < most_b);
    if (counters_open_memory(&back, text_str(&t), "x", NULL, &e) != STATUS_OK)
        T_FAIL("%s: %s (%u)", paths[0], e.message, e.line);
    check_equal(c, back);
    CHECK(!has_all || back->n_metrics == c->n_metrics);
    counters_close(back);
    counters_close(c);
    text_done(&t);
}

/* 60 records in 150 KB. */
#define RECORD_MOST_B ((size_t)2500)

TEST(the_compact_file_has_equal_numbers)
{
    const char *path = H200 "qwen3_30b_a3b.raw.csv";
    if (!os_is_dir(H200))
        SKIP("../shared/data absent");
    check_round_trip(&path, 1, false, 32 * RECORD_MOST_B);
    check_round_trip(&path, 1, true, SIZE_MAX);
    check_round_trip(a100_files, ARRAY_LEN(a100_files), false, 153 * RECORD_MOST_B);
}

TEST(a_report_is_refused)
{
    const char *path = H200 "TMACopyCheck.ncu-rep";
    struct counters *c;
    struct err e = {0};
    if (!os_is_file(path))
        SKIP("../shared/data absent");
    CHECK(counters_open(&c, &path, 1, NULL, &e) == STATUS_INPUT);
    CHECK_EQ_STR(e.found, "an Nsight Compute report");
    CHECK_EQ_STR(e.hint, "export it with: ncu --import FILE --page raw --csv");
}
