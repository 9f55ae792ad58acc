/*
 * The tables of what is published: every number has a row, every row says what it is, and every
 * equation that can be computed gives the number that the models published.
 */
#include "model/model.h"
#include "present/report.h"
#include "result/equation.h"
#include "t.h"

static struct arena arena;
static struct err err;

static const char *const traces[] = {"vector_add", "sgemm_tiled",   "hgemm_tensor",
                                     "softmax",    "pointer_chase", "gather_divergent"};
static const char *const gpus[] = {"a100-pcie-80gb", "v100-sxm2", "amali-h100-pcie"};

static const struct trace_kernel *load(const char *name)
{
    char path[64];
    struct trace *t = NULL;
    const struct trace_kernel *k = NULL;
    snprintf(path, sizeof path, "traces/%s.wst", name);
    if (trace_open(&t, path, &(struct trace_options){0}, &err) != STATUS_OK ||
        trace_load(t, 0, NULL, &k, &err) != STATUS_OK)
        T_FAIL("%s: %s", path, err.message);
    trace_close(t);
    return k;
}

static void load_gpu(struct gpu *g, const char *name)
{
    static const char *const dirs[] = {"gpus"};
    if (gpu_load(g, &arena, name, dirs, 1, &err) != STATUS_OK)
        T_FAIL("%s: %s", name, err.message);
}

/* Calls `check` with the result of every model on some GPUs for the shipped traces. A model may
 * refuse a kernel that does not fit a GPU. */
static void for_each_result(void (*check)(const struct trace_kernel *k, struct quantity_values v))
{
    arena_init(&arena, ARENA_SMALL);
    unsigned n = 0;
    for (size_t t = 0; t < ARRAY_LEN(traces); t++) {
        const struct trace_kernel *k = load(traces[t]);
        for (size_t g = 0; g < ARRAY_LEN(gpus); g++)
            for (size_t m = 0; m < model_count(); m++) {
                struct gpu gpu;
                const struct result *r = NULL;
                const struct model_options o = {.ignore_unknown = true};
                load_gpu(&gpu, gpus[g]);
                if (model_run(model_at(m), k, &gpu, &o, NULL, &r, &err) != STATUS_OK)
                    continue;
                check(k, (struct quantity_values){r, &gpu});
                result_release(r);
                n++;
            }
        trace_kernel_release(k);
    }
    CHECK(n >= ARRAY_LEN(traces) * model_count());
    arena_done(&arena);
}

/* ---- what people read ---- */

TEST(a_name_means_one_thing)
{
    for (size_t i = 0; i < quantity_count(); i++) {
        struct quantity q = quantity_at(i), found = quantity_find(str_from(quantity_name(q)));
        if (found.kind != q.kind || found.id != q.id)
            T_FAIL("two quantities are called '%s'", quantity_name(q));
    }
    CHECK_EQ_INT(quantity_find(STR("latency.l1")).id, GPU_lat_l1_cy);
    CHECK_EQ_INT(quantity_find(STR("no_such")).kind, QUANTITY_NONE);
    CHECK_EQ_STR(quantity_nearest(STR("long_scorebord")), "long_scoreboard");
    CHECK_EQ_STR(quantity_nearest(STR("latency.dran")), "latency.dram");
    CHECK(quantity_nearest(STR("xyzzy")) == NULL);
}

static void check_sentence(const char *name, const char *what, const char *text)
{
    size_t n = strlen(text);
    if (n < 10 || text[n - 1] != '.')
        T_FAIL("%s: %s is no sentence: '%s'", name, what, text);
}

static bool has_equation(const char *name)
{
    for (size_t i = 0; i < equation_count(); i++)
        if (strcmp(equation_at(i)->of, name) == 0)
            return true;
    return false;
}

TEST(every_metric_is_explained)
{
    for (size_t m = 0; m < METRIC_N; m++) {
        const struct metric_info *i = &metric_info[m];
        check_sentence(i->id, "help", i->help);
        CHECK(i->title[0] != '\0');
        if ((i->ncu[0] == '\0') != (i->ncu_title[0] == '\0'))
            T_FAIL("%s: the profiler's metric and its title go together", i->id);
    }
}

TEST(every_stall_is_explained)
{
    for (size_t s = 0; s < STALL_N; s++) {
        const struct stall_info *i = &stall_info[s];
        check_sentence(i->name, "about", i->about);
        if (i->advice[0] == '\0' && s != STALL_NOT_SELECTED && s != STALL_MISC)
            T_FAIL("%s: nothing says what helps", i->name);
        if (!has_equation(i->name))
            T_FAIL("%s has no equation", i->name);
    }
}

TEST(equations_belong_to_a_quantity)
{
    for (size_t i = 0; i < equation_count(); i++) {
        const struct equation *q = equation_at(i);
        struct quantity of = quantity_find(str_from(q->of));
        bool is_every_stall = strcmp(q->of, "stall") == 0;
        if (of.kind != QUANTITY_METRIC && of.kind != QUANTITY_STALL && !is_every_stall)
            T_FAIL("there is no '%s'", q->of);
        size_t n = strlen(q->of);
        if (strncmp(q->text, q->of, n) != 0 || strncmp(q->text + n, " = ", 3) != 0)
            T_FAIL("does not begin with '%s = ': %s", q->of, q->text);
        if (q->source[0] == '\0')
            T_FAIL("%s: no source", q->of);
    }
}

/* ---- what programs read ---- */

/* Numbers that say which launch it is, or that have no meaning at their level. */
static const char *const inputs[] = {"id",
                                     "grid",
                                     "block",
                                     "launch.isa",
                                     "clock_mhz",
                                     "unknown_opcodes",
                                     "caches.dram.hits",
                                     "caches.dram.hit_rate",
                                     "caches.shared.hits",
                                     "caches.shared.hit_rate"};

static bool is_input(const char *place)
{
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
        if (strcmp(place, inputs[i]) == 0)
            return true;
    return false;
}

/* The quantity whose number stands at `place`: "stalls.wait", "terms.cpi", "caches.l1.hits". */
static struct quantity quantity_of_place(const char *place)
{
    if (str_starts(str_from(place), STR("stalls.")))
        return quantity_find(str_from(place + strlen("stalls.")));
    for (unsigned m = 0; m < METRIC_N; m++)
        if (strcmp(metric_info[m].json, place) == 0)
            return (struct quantity){QUANTITY_METRIC, m};
    return (struct quantity){QUANTITY_NONE, 0};
}

/* The number of a stall name's row in the profiler's terms: "warp_states.wait". */
static bool check_warp_state(const json *j, const char *place, const struct result *r)
{
    static const str prefix = {"warp_states.", 12};
    if (!str_starts(str_from(place), prefix))
        return false;
    struct quantity q = quantity_find(str_from(place + prefix.n));
    if (q.kind != QUANTITY_STALL || r->warp_state[q.id] != json_number(j))
        T_FAIL("'%s' is no state of a warp or has another value", place);
    return true;
}

static void check_number(const json *j, const char *place, struct quantity_values v)
{
    if (check_warp_state(j, place, v.r))
        return;
    struct quantity q = quantity_of_place(place);
    if (q.kind == QUANTITY_NONE) {
        T_FAIL("metric.def has no row for the number at '%s'", place);
        return;
    }
    double own = quantity_value(q, v);
    bool is_null = json_kind(j) == JSON_NULL;
    if (is_null ? isfinite(own) : own != json_number(j))
        T_FAIL("'%s' is %.17g, the row %s gives %.17g", place, json_number(j), quantity_name(q),
               own);
}

static void check_json(const json *j, const char *place, struct quantity_values v)
{
    for (const json *at = json_child(j); at != NULL; at = json_next(at)) {
        char deeper[160];
        const char *key = json_key(at);
        snprintf(deeper, sizeof deeper, "%s%s%s", place, place[0] == '\0' ? "" : ".",
                 key == NULL ? "" : key);
        if (is_input(deeper))
            continue;
        if (json_kind(at) == JSON_OBJECT)
            check_json(at, deeper, v);
        else if (json_kind(at) == JSON_NUMBER || json_kind(at) == JSON_NULL)
            check_number(at, deeper, v);
    }
}

static void check_report(const struct trace_kernel *k, struct quantity_values v)
{
    struct report_json report = report_json_make("test", "kernels");
    report_json_add(&report, k, v.r, NULL, false);
    check_json(json_child(report.list), "", v);
    json_free(report.doc);
}

TEST(every_published_number_has_a_row_with_its_value)
{
    for_each_result(check_report);
}

/* ---- equations ---- */

static void check_equations(const struct trace_kernel *k, struct quantity_values v)
{
    for (size_t i = 0; i < quantity_count(); i++) {
        struct quantity q = quantity_at(i);
        double own = quantity_value(q, v);
        if (isfinite(own) && has_equation(quantity_name(q)) && equation_of(q, v) == NULL)
            T_FAIL("%s, %s on %s: no equation gives %s = %.17g", k->h.name, v.r->model_name,
                   v.r->gpu_name, quantity_name(q), own);
    }
}

/* "STAGE: VARIANT" names what there is, and stages are named as they are. */
static bool is_stage(str name)
{
    for (size_t s = 0; s < STAGE_N; s++)
        if (str_is(name, stage_info[s].name))
            return true;
    return false;
}

static bool is_variant(str stage, str name)
{
    for (size_t v = 0; v < VARIANT_N; v++)
        if (str_is(name, variant_info[v].name) &&
            str_is(stage, stage_info[variant_info[v].stage].name))
            return true;
    return false;
}

static void check_stages(const char *of, const char *stages)
{
    str rest = str_from(stages), stage;
    while (rest.n > 0 && str_cut(&rest, ' ', &stage))
        if (!is_stage(stage))
            T_FAIL("%s: no model has a stage '%.*s'", of, (int)stage.n, stage.p);
}

TEST(stages_and_variants_are_those_of_the_models)
{
    for (size_t m = 0; m < METRIC_N; m++)
        check_stages(metric_info[m].id, metric_info[m].stages);
    for (size_t s = 0; s < STALL_N; s++)
        check_stages(stall_info[s].name, stall_info[s].stages);
    for (size_t i = 0; i < equation_count(); i++) {
        str rest = str_from(equation_at(i)->when), stage, variant;
        if (!str_cut(&rest, ':', &stage) || rest.n == 0)
            continue;
        rest = str_trim(rest);
        str_cut(&rest, ',', &variant);
        if (!is_variant(stage, variant))
            T_FAIL("%s: no variant '%s'", equation_at(i)->of, equation_at(i)->when);
    }
}

TEST(equations_give_the_published_numbers)
{
    for_each_result(check_equations);
}

TEST(the_calculator_obeys_the_rules_of_arithmetic)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"x = 1 + 2 * 3", 7},          {"x = (1 + 2) * 3", 9},   {"x = 8 / 4 / 2", 1},
        {"x = 7 - 4 - 2", 1},          {"x = -2 + 5", 3},        {"x = 2 * -3", -6},
        {"x = max(1, 3, 2)", 3},       {"x = min(4, 2 + 1)", 3}, {"x = ceil(2.25) + 0.5", 3.5},
        {"x = floor(max(2.5, 1))", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct equation q = {"x", "", cases[i].text, "-"};
        CHECK(equation_is_computed(&q));
        CHECK_NEAR(equation_compute(&q, (struct quantity_values){0}), cases[i].value, 1e-15);
    }
    static const char *const broken[] = {"x = ",       "x = 1 +",      "x = (1",    "x = max(1",
                                         "x = 1 2",    "x = 1)",       "x",         "x = min 1",
                                         "x = cycles", "x = sum of s", "x = 2 ^ 3", "x = max(1,)"};
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct equation q = {"x", "", broken[i], "-"};
        CHECK(isnan(equation_compute(&q, (struct quantity_values){0})));
    }
}
