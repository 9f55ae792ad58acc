/*
 * Explanations: everything can be explained, with and without numbers, and what is said is of the
 * result at hand.
 */
#include "model_fixture.h"
#include "present/explain.h"

static struct arena arena;

/* Two warps that load, wait for the load, and compute. */
static const struct trace_kernel *make_load_and_use(void)
{
    struct maker m = make_kernel(2, 2);
    for (unsigned cta = 0; cta < 2; cta++)
        for (unsigned w = 0; w < 2; w++) {
            make_warp(&m, cta, w);
            make_op(&m, "MOV", 2, -1, -1, -1);
            /* code 1 */
            make_access(&m, "LDG.E", 4, 2, -1, 4, 0x1000, 4);
            make_op(&m, "MOV", 5, -1, -1, -1);
            make_op(&m, "FADD", 6, 4, 5, -1);
            make_op(&m, "FADD", 7, 6, 6, -1);
            make_warp_end(&m);
        }
    return build_finish(m.b);
}

static const struct result *run_model(const struct trace_kernel *k, const struct gpu *g,
                                      const char *model, uint64_t off)
{
    struct err e = {0};
    const struct result *r = try_model(k, g, model, off, &e);
    if (r == NULL)
        T_FAIL("%s", e.message);
    return r;
}

static struct quantity named(const char *name)
{
    return quantity_find(str_from(name));
}

TEST(everything_can_be_explained_without_a_result)
{
    struct explain_of nothing = {0};
    arena_init(&arena, ARENA_SMALL);
    for (size_t i = 0; i < quantity_count(); i++) {
        struct explanation x = explain(&arena, quantity_at(i), &nothing);
        if (x.about[0] == '\0' || x.title[0] == '\0' || x.group[0] == '\0')
            T_FAIL("%s is not explained", x.name);
        CHECK(x.value == NULL && x.n_top == 0);
    }
    arena_done(&arena);
}

TEST(numbers_are_those_of_the_result)
{
    arena_init(&arena, ARENA_SMALL);
    struct gpu g = round_gpu();
    const struct trace_kernel *k = make_load_and_use();
    const struct result *r = run_model(k, &g, "warpscope", 0);
    struct explain_of of = {r, k, &g};
    struct explanation x = explain(&arena, named("l1_hit_rate"), &of);
    CHECK_EQ_STR(x.value, "50.0 %");
    CHECK_EQ_INT(x.n_equations, 1);
    CHECK_EQ_STR(x.equations[0].numbers, "= 8 / 16 = 50.0 %");
    CHECK_EQ_INT(x.n_parts, 2);
    CHECK_EQ_STR(x.parts[0].value, "8 sector");
    x = explain(&arena, named("warps_per_sm"), &of);
    CHECK_EQ_STR(x.equations[0].numbers, "= 2 * min(32, 1) = 2 warp");
    result_release(r);
    trace_kernel_release(k);
    arena_done(&arena);
}

TEST(a_stall_names_its_instructions_and_what_they_wait_for)
{
    arena_init(&arena, ARENA_SMALL);
    struct gpu g = round_gpu();
    const struct trace_kernel *k = make_load_and_use();
    const struct result *r = run_model(k, &g, "warpscope", 0);
    struct explain_of of = {r, k, &g};
    struct explanation x = explain(&arena, named("long_scoreboard"), &of);
    unsigned n_uses = 0;
    for (size_t i = 0; i < x.n_top; i++) { /* the load itself is charged what its traffic needs */
        bool is_use = strcmp(k->code[x.top[i].code].opcode, "FADD") == 0;
        CHECK_EQ_INT(x.top[i].producer, is_use ? 1 : UINT32_MAX);
        CHECK(i == 0 || x.top[i].cycles <= x.top[i - 1].cycles);
        n_uses += is_use;
    }
    CHECK_EQ_INT(n_uses, 1);
    x = explain(&arena, named("wait"), &of);
    CHECK(x.n_top > 0);
    for (size_t i = 0; i < x.n_top; i++) /* never the load: that would be long_scoreboard */
        CHECK(x.top[i].producer == UINT32_MAX ||
              strcmp(k->code[x.top[i].producer].opcode, "LDG.E") != 0);
    result_release(r);
    trace_kernel_release(k);
    arena_done(&arena);
}

static const char *variant_in_force(const char *model, uint64_t off, const char *quantity,
                                    const char *stage)
{
    struct gpu g = round_gpu();
    const struct trace_kernel *k = make_load_and_use();
    const struct result *r = run_model(k, &g, model, off);
    struct explanation x = explain(&arena, named(quantity), &(struct explain_of){r, k, &g});
    const char *name = "-";
    for (size_t i = 0; i < x.n_stages; i++)
        if (strcmp(stage_info[x.stages[i].stage].name, stage) == 0)
            name = variant_info[x.stages[i].variant].name;
    result_release(r);
    trace_kernel_release(k);
    return name;
}

TEST(stages_are_those_in_force)
{
    arena_init(&arena, ARENA_SMALL);
    CHECK_EQ_STR(variant_in_force("warpscope", 0, "wait", "hiding"), "others");
    CHECK_EQ_STR(variant_in_force("warpscope", bit(STAGE_HIDING), "wait", "hiding"), "none");
    CHECK_EQ_STR(variant_in_force("amali-public", 0, "wait", "hiding"), "none");
    CHECK_EQ_STR(variant_in_force("sm", 0, "wait", "hiding"), "-");
    arena_done(&arena);
}

TEST(inferred_constants_mark_what_hangs_on_them)
{
    arena_init(&arena, ARENA_SMALL);
    struct gpu g = round_gpu();
    g.note[GPU_lat_dram_cy].is_inferred = true;
    const struct trace_kernel *k = make_load_and_use();
    const struct result *r = run_model(k, &g, "warpscope", 0);
    struct explanation x = explain(&arena, named("amat_cy"), &(struct explain_of){r, k, &g});
    unsigned n = 0;
    for (size_t i = 0; i < x.n_parts; i++) {
        const char *name = quantity_name(x.parts[i].quantity);
        bool hangs = strcmp(name, "lat_dram_cy") == 0 || strcmp(name, "dram_latency_cy") == 0;
        CHECK_EQ_INT(x.parts[i].is_inferred, hangs);
        n += hangs;
    }
    CHECK_EQ_INT(n, 2);
    CHECK_EQ_INT(gpu_count_params(&g).inferred, 1);
    bool is_noted = false;
    for (uint32_t i = 0; i < r->n_notes; i++)
        is_noted |= strncmp(r->notes[i], "1 of the ", 9) == 0;
    CHECK(is_noted);
    result_release(r);
    trace_kernel_release(k);
    arena_done(&arena);
}
