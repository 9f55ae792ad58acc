/* The shipped descriptions. */
#include "gpu/gpu.h"

#include "base/os.h"
#include "t.h"

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

static bool load(const char *name)
{
    char text[2000];
    e = (struct err){0};
    if (gpu_load(&g, &arena, name, dirs, 1, &e) == STATUS_OK)
        return true;
    err_format(&e, text, sizeof text);
    T_FAIL("%s: %s", name, text);
    return false;
}

static const char *const shipped[] = {
    "a100-pcie-80gb", "a100-sxm4-40gb", "amali-a100", "amali-h100-pcie", "gcom-a100",
    "gcom-rtx2060",   "h100-pcie",      "h100-sxm",   "h200-sxm",        "l40s",
    "ppt-titan-v",    "rtx-3090",       "rtx-4090",   "v100-sxm2",
};

TEST(lists_the_shipped_descriptions)
{
    char **names;
    size_t n;
    start();
    CHECK_EQ_INT(gpu_list(&arena, dirs, 1, &names, &n, &e), STATUS_OK);
    CHECK_EQ_INT(n, ARRAY_LEN(shipped));
    for (size_t i = 0; i < MIN(n, ARRAY_LEN(shipped)); i++)
        CHECK_EQ_STR(names[i], shipped[i]);
}

TEST(loads_and_checks_every_description)
{
    for (size_t i = 0; i < ARRAY_LEN(shipped); i++) {
        start();
        if (!load(shipped[i]))
            continue;
        CHECK_EQ_STR(g.name, shipped[i]);
        CHECK(g.title[0] != '\0');
        CHECK_EQ_INT(gpu_check(&g, &e), STATUS_OK);
    }
}

/* A value without a source, or an estimate that does not say from what, would be an invention. */
TEST(every_value_has_a_source)
{
    for (size_t i = 0; i < ARRAY_LEN(shipped); i++) {
        start();
        if (!load(shipped[i]))
            continue;
        for (unsigned id = 0; id < GPU_N_PARAMS; id++) {
            if (isnan(gpu_value(&g, id)))
                continue;
            if (g.note[id].source[0] == '\0' || g.note[id].tag[0] == '\0')
                T_FAIL("%s: %s has no source", g.name, gpu_params[id].name);
            if (g.note[id].is_inferred && g.note[id].note[0] == '\0')
                T_FAIL("%s: %s does not say what it is inferred from", g.name, gpu_params[id].name);
        }
        CHECK(g.carveout_note.source[0] != '\0');
    }
}

struct golden {
    enum gpu_param_id id;
    double a100, h100;
};

TEST(amali_values_are_those_of_its_files)
{
    static const struct golden goldens[] = {
        {GPU_core_clock_mhz, 1065, 1755},
        {GPU_sm_count, 108, 114},
        {GPU_sub_cores, 4, 4},
        {GPU_max_threads_per_sm, 1536, 1536},
        {GPU_max_ctas_per_sm, 24, 24},
        {GPU_regs_per_sm, 65536, 65536},
        {GPU_regs_per_cta, 65536, 65536},
        {GPU_reg_alloc_unit, 256, 256},
        {GPU_smem_alloc_unit_b, 256, 256},
        {GPU_smem_reserved_b, 0, 0},
        {GPU_uniform_ii_cy, 0.5, 0.5},
        {GPU_branch_ii_cy, 0, 0},
        {GPU_tensor_cores, 4, 4},
        {GPU_tensor_f16_f16, 256, 512},
        {GPU_tensor_f16_f32, 256, 512},
        {GPU_tensor_int8, (double)NAN, 512},
        {GPU_tensor_fp64, 64, 512},
        {GPU_lat_alu_cy, 4, 4},
        {GPU_lat_fma_cy, 4, 4},
        {GPU_lat_half_cy, 4, 4},
        {GPU_lat_fp64_cy, 4, 8},
        {GPU_lat_xu_cy, 23, 23},
        {GPU_lat_uniform_cy, 2, 2},
        {GPU_lat_branch_cy, 4, 1},
        {GPU_lat_l1_cy, 37, 40},
        {GPU_lat_l2_cy, 224, 225},
        {GPU_lat_dram_cy, 290, 192},
        {GPU_lat_local_cy, 290, 192},
        {GPU_lat_const_cy, 290, 192},
        {GPU_lat_smem_ld_cy, 23, 23},
        {GPU_lat_smem_st_cy, 19, 19},
        {GPU_lat_atomic_cy, 245, 325},
        {GPU_l1_total_kib, 192, 256},
        {GPU_l1_line_b, 32, 32},
        {GPU_l1_banks, 4, 4},
        {GPU_l1_b_per_cy, 110.507, 120.353},
        {GPU_l2_kib, 40960, 51200},
        {GPU_l2_line_b, 32, 32},
        {GPU_l2_ways, 16, 16},
        {GPU_l2_slices, 80, 80},
        {GPU_dram_channels, 40, 40},
        {GPU_noc_gb_s, 1200, 1200},
        {GPU_dram_gb_s, 1940, 2009},
        {GPU_dram_clock_mhz, 1512, 1593},
        {GPU_mshr_per_sm, 4096, 4096},
        {GPU_kll_k_cy, 2119, 4166.61},
        {GPU_kll_alpha, 1.0956e-3, 4.9561e-4},
        {GPU_kll_beta, -1.5389e-2, -1.3946e-3},
        {GPU_kll_gamma, 0.93524, 1.0081},
    };
    static const char *const names[] = {"amali-a100", "amali-h100-pcie"};
    for (size_t chip = 0; chip < 2; chip++) {
        start();
        if (!load(names[chip]))
            continue;
        CHECK(g.dram_from_l1);
        for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
            double want = chip == 0 ? goldens[i].a100 : goldens[i].h100;
            double have = gpu_value(&g, goldens[i].id);
            if (have != want && !(isnan(have) && isnan(want)))
                T_FAIL("%s: %s is %.17g, not %.17g", names[chip], gpu_params[goldens[i].id].name,
                       have, want);
        }
    }
}

/* Initiation intervals that AMALI computes as 32 / (lanes / 4). */
TEST(amali_intervals_follow_from_the_lanes)
{
    static const struct golden lanes[] = {
        {GPU_int_lanes, 2, 2},  {GPU_fp32_lanes, 2, 1}, {GPU_fp16_lanes, 2, 1},
        {GPU_fp64_lanes, 4, 2}, {GPU_xu_lanes, 8, 8},
    };
    start();
    for (size_t i = 0; load("amali-a100") && i < ARRAY_LEN(lanes); i++)
        CHECK_NEAR(gpu_pipe_interval_cy(&g, gpu_value(&g, lanes[i].id)), lanes[i].a100, 0);
    for (size_t i = 0; load("amali-h100-pcie") && i < ARRAY_LEN(lanes); i++)
        CHECK_NEAR(gpu_pipe_interval_cy(&g, gpu_value(&g, lanes[i].id)), lanes[i].h100, 0);
}

TEST(amali_carveouts_are_those_of_its_files)
{
    static const double sizes[] = {32, 64, 96, 100, 132, 164, 196, 228};
    static const char *const names[] = {"amali-a100", "amali-h100-pcie"};
    static const unsigned n[] = {6, 8};
    start();
    for (size_t chip = 0; chip < 2; chip++) {
        if (!load(names[chip]))
            continue;
        CHECK_EQ_INT(g.n_carveouts, n[chip]);
        for (unsigned i = 0; i < MIN(g.n_carveouts, n[chip]); i++)
            CHECK_NEAR(g.carveout_kib[i], sizes[i], 0);
    }
}

TEST(derived_numbers_match_the_data_sheets)
{
    start();
    if (load("a100-pcie-80gb")) {
        CHECK_NEAR(gpu_peak_fp32_flops(&g), 19.5e12, 0.005);
        CHECK_NEAR(gpu_peak_tensor_flops(&g), 312e12, 0.005);
        CHECK_NEAR(gpu_dram_b_per_cy(&g), 1765e9 / 1410e6, 1e-12);
    }
    if (load("rtx-4090")) {
        CHECK_NEAR(gpu_peak_fp32_flops(&g), 82.6e12, 0.005);
        CHECK_NEAR(gpu_peak_tensor_flops(&g), 165.2e12, 0.005);
    }
    if (load("l40s"))
        CHECK_NEAR(gpu_peak_tensor_flops(&g), 362e12, 0.02);
    if (load("amali-a100")) /* achieved bandwidth not known: that of the data sheet */
        CHECK_NEAR(gpu_dram_b_per_cy(&g), 1940e9 / 1065e6, 1e-12);
    g.v.tensor_f16_f32 = (double)NAN;
    CHECK_NEAR(gpu_peak_tensor_flops(&g), 0, 0);
}

/* Lines of the document that give a value: "| `section.key` | ...". */
static size_t count_values(str text)
{
    size_t n = 0;
    str line;
    while (str_cut(&text, '\n', &line))
        n += str_starts(line, STR("| `"));
    return n;
}

/* A missing row is printed as it must stand in the document. */
TEST(schema_document_lists_exactly_the_parameters)
{
    char row[500];
    str text;
    start();
    CHECK_EQ_INT(os_read_file(&arena, "gpus/SCHEMA.md", 1 << 20, &text, &e), STATUS_OK);
    for (size_t id = 0; id < GPU_N_PARAMS; id++) {
        const struct gpu_param *p = &gpu_params[id];
        snprintf(row, sizeof row, "\n| `%s` | %s | %g | %g | %s | %s |\n", p->name, p->unit, p->min,
                 p->max, p->is_required ? "required" : "optional", p->help);
        if (!str_has(text, str_from(row)))
            T_FAIL("gpus/SCHEMA.md lacks: %s", row + 1);
    }
    CHECK_EQ_INT(count_values(text), GPU_N_PARAMS);
}

/* ---- where numbers come from ---- */

static bool says(const char *text, const char *words)
{
    return text != NULL && strstr(text, words) != NULL;
}

/* Whether the source looked at one card, which may be another one than the description's. */
static bool is_of_one_card(const struct gpu_note *n)
{
    return says(n->source, "measured") || says(n->source, "run on") ||
           says(n->source, "records of");
}

static void check_origin(const struct gpu *chip, const char *name, const struct gpu_note *n)
{
    /* A file of a published model describes that model, and no card. */
    bool describes_model =
        strncmp(chip->name, "amali-", 6) == 0 || strncmp(chip->name, "gcom-", 5) == 0;
    if (n->source == NULL || n->source[0] == '\0')
        T_FAIL("%s: %s has no source", chip->name, name);
    bool is_borrowed = says(n->note, "same die") || says(n->note, "as modelled for") ||
                       (n->note != NULL && strncmp(n->note, "from ", 5) == 0);
    if (is_borrowed && !n->is_inferred)
        T_FAIL("%s: %s is not marked as inferred, but: %s", chip->name, name, n->note);
    if (n->origin == GPU_INHERITED && is_of_one_card(n) && !n->is_inferred && !describes_model &&
        !says(n->note, "every NVIDIA GPU"))
        T_FAIL("%s: %s was measured on the base: the file must say that it is inferred", chip->name,
               name);
    if (n->is_inferred && (n->note == NULL || n->note[0] == '\0'))
        T_FAIL("%s: %s does not say from what it is inferred", chip->name, name);
}

TEST(every_constant_has_a_source_and_says_when_it_is_inferred)
{
    char **names;
    size_t n;
    start();
    CHECK_EQ_INT(gpu_list(&arena, dirs, 1, &names, &n, &e), STATUS_OK);
    CHECK(n >= 8);
    for (size_t i = 0; i < n; i++) {
        struct gpu chip;
        CHECK_EQ_INT(gpu_load(&chip, &arena, names[i], dirs, 1, &e), STATUS_OK);
        for (unsigned id = 0; id < GPU_N_PARAMS; id++)
            if (!isnan(gpu_value(&chip, (enum gpu_param_id)id)))
                check_origin(&chip, gpu_params[id].name, &chip.note[id]);
        check_origin(&chip, "memory.shared_carveouts", &chip.carveout_note);
    }
}

TEST(a_trace_has_a_default_gpu)
{
    bool is_exact;

    CHECK_EQ_STR(gpu_name_of_isa(80, &is_exact), "a100-pcie-80gb");
    CHECK(is_exact);
    CHECK_EQ_STR(gpu_name_of_isa(75, &is_exact), "v100-sxm2");
    CHECK(!is_exact);
    CHECK_EQ_STR(gpu_name_of_isa(61, &is_exact), "v100-sxm2");
    CHECK_EQ_STR(gpu_name_of_isa(120, &is_exact), "h100-pcie");
    CHECK(!is_exact);
}
