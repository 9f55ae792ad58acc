/*
 * cmd_gpu.c: `gpu list`, `gpu show`, `gpu check`, `gpu diff`.
 */
#include <math.h>

#include "base/json.h"
#include "base/os.h"
#include "base/units.h"
#include "gpu/gpu.h"
#include "listing.h"
#include "present/citation.h"
#include "present/report.h"

static const char *shown(struct cli *c, enum unit_kind kind, double v)
{
    char text[32];
    return arena_strdup(&c->arena, units_format(text, sizeof text, kind, v));
}

static enum status load(struct cli *c, struct gpu *g, const char *name, struct err *e)
{
    TRY(cli_need_data(c, e));
    return gpu_load(g, &c->arena, name, c->gpu_dirs, c->n_gpu_dirs, e);
}

/* --- list ------------------------------------------------------------------------------------ */

static const struct listing_column list_columns[] = {
    {"name", "", "name", false},
    {"title", "", NULL, false},
    {"arch", "", "arch", false},
    {"sm_count", "SM", "SMs", true},
    {"core_clock", "MHz", "clock", true},
    {"fp32_peak", "FLOP/s", "FP32", true},
    {"tensor_fp16_peak", "FLOP/s", "FP16 tensor", true},
    {"l2", "KiB", "L2", true},
    {"dram_bandwidth", "GB/s", "DRAM", true},
    {"dram", "GiB", NULL, true},
};

static const char *shown_flops(struct cli *c, double flops)
{
    return flops > 0 ? arena_printf(&c->arena, "%.1f T", flops / 1e12) : "-";
}

static void add_gpu(struct cli *c, struct listing *l, const struct gpu *g)
{
    const struct gpu_values *v = &g->v;
    double fp32 = gpu_peak_fp32_flops(g), tensor = gpu_peak_tensor_flops(g);
    listing_text(l, g->name);
    listing_text(l, g->title);
    listing_text(l, g->arch);
    listing_number(l, v->sm_count);
    listing_shown(l, v->core_clock_mhz, arena_printf(&c->arena, "%.0f MHz", v->core_clock_mhz));
    listing_shown(l, fp32, shown_flops(c, fp32));
    listing_shown(l, tensor, shown_flops(c, tensor));
    listing_shown(l, v->l2_kib, shown(c, UNIT_BYTES, v->l2_kib * 1024));
    listing_shown(l, v->dram_gb_s, shown(c, UNIT_RATE, v->dram_gb_s * 1e9));
    listing_shown(l, v->dram_gib, arena_printf(&c->arena, "%.0f GiB", v->dram_gib));
}

static enum status add_gpus(struct cli *c, struct listing *l, struct err *e)
{
    char **names;
    size_t n;
    TRY(cli_need_data(c, e));
    TRY(gpu_list(&c->arena, c->gpu_dirs, c->n_gpu_dirs, &names, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct gpu g;
        TRY(load(c, &g, names[i], e));
        add_gpu(c, l, &g);
    }
    return STATUS_OK;
}

enum status run_gpu_list(struct cli *c, struct err *e)
{
    struct listing l;
    listing_start(&l, &c->arena, list_columns, ARRAY_LEN(list_columns));
    enum status s = add_gpus(c, &l, e);
    if (s == STATUS_OK)
        listing_print(&l, cli_format(c), "gpus", &c->out);
    listing_end(&l);
    return s;
}

static const char inferred_means[] = "inferred from a sister chip or derived";

/* --- show ------------------------------------------------------------------------------------ */

static const char *origin_name(const struct gpu_note *note)
{
    static const char *const names[] = {
        [GPU_GIVEN] = "given", [GPU_INHERITED] = "inherited", [GPU_CHANGED] = "changed"};
    return names[note->origin];
}

enum { NAME_COLS = 25, VALUE_COLS = 17, HELP_COLUMN = 53, SOURCE_COLUMN = 7 };

static void print_sources(struct cli *c, const struct citations *s)
{
    struct text *out = &c->out;
    text_printf(out, "\nsources (~ %s)\n", inferred_means);
    for (size_t i = 0; i < s->n; i++) {
        text_printf(out, "  %*s ", SOURCE_COLUMN - 3, citation_mark(&c->arena, i));
        cli_print_wrapped(out, str_from(s->at[i]), SOURCE_COLUMN);
    }
}

static const char *carveouts(struct cli *c, const struct gpu *g)
{
    const char *all = "";
    for (unsigned i = 0; i < g->n_carveouts; i++)
        all = arena_printf(&c->arena, "%s%s%g", all, i == 0 ? "" : ", ", g->carveout_kib[i]);
    return all;
}

static void show_parameter(struct cli *c, const struct gpu *g, size_t i, struct citations *sources)
{
    const struct gpu_param *p = &gpu_params[i];
    double v = gpu_value(g, (enum gpu_param_id)i);
    const char *value =
        isnan(v) ? "?" : arena_printf(&c->arena, "%s %s", shown(c, UNIT_PLAIN, v), p->unit);
    text_printf(&c->out, "  %-*s %*s %c%-5s ", NAME_COLS, p->key, VALUE_COLS, value,
                g->note[i].is_inferred ? '~' : ' ',
                citation_of(sources, &c->arena, g->note[i].source));
    cli_print_wrapped(&c->out, str_from(p->help), HELP_COLUMN);
}

static void show_text(struct cli *c, const struct gpu *g)
{
    struct text *out = &c->out;
    struct citations sources = {.n = 0};
    text_printf(out, "%s (%s)\n%s, %s%s%s\n", g->title, g->name, g->arch, os_basename(g->file),
                g->base[0] == '\0' ? "" : ", inherits from ", g->base);
    if (g->remark[0] != '\0')
        cli_print_wrapped(out, str_from(g->remark), 0);
    const char *section = "";
    for (size_t i = 0; i < GPU_N_PARAMS; i++) {
        if (strcmp(section, gpu_params[i].section) != 0)
            text_printf(out, "\n%s\n", section = gpu_params[i].section);
        show_parameter(c, g, i, &sources);
    }
    text_printf(out, "\nshared-memory sizes: %s KiB %s\n", carveouts(c, g),
                citation_of(&sources, &c->arena, g->carveout_note.source));
    print_sources(c, &sources);
}

static const struct listing_column show_columns[] = {
    {"parameter", "", "parameter", false}, {"value", "", "value", true},
    {"unit", "", "unit", false},           {"inferred", "", "inferred", false},
    {"origin", "", "origin", false},       {"source", "", "source", false},
    {"help", "", "meaning", false},
};

static void show_csv(struct cli *c, const struct gpu *g)
{
    struct listing l;
    listing_start(&l, &c->arena, show_columns, ARRAY_LEN(show_columns));
    for (size_t i = 0; i < GPU_N_PARAMS; i++) {
        listing_text(&l, gpu_params[i].name);
        listing_number(&l, gpu_value(g, (enum gpu_param_id)i));
        listing_text(&l, gpu_params[i].unit);
        listing_bool(&l, g->note[i].is_inferred);
        listing_text(&l, origin_name(&g->note[i]));
        listing_text(&l, g->note[i].source);
        listing_text(&l, gpu_params[i].help);
    }
    listing_print(&l, FORMAT_CSV, "parameters", &c->out);
    listing_end(&l);
}

static void add_note(json *to, const struct gpu_note *note)
{
    json_add_bool(to, "inferred", note->is_inferred);
    json_add_string(to, "origin", origin_name(note));
    json_add_string(to, "source", note->source);
}

static void show_json(struct cli *c, const struct gpu *g)
{
    struct report_json j = report_json_make(os_version(), "parameters");
    for (size_t i = 0; i < GPU_N_PARAMS; i++) {
        json *p = json_add_object(j.list, NULL);
        json_add_string(p, "parameter", gpu_params[i].name);
        json_add_number(p, "value", gpu_value(g, (enum gpu_param_id)i));
        json_add_string(p, "unit", gpu_params[i].unit);
        add_note(p, &g->note[i]);
    }
    json *sizes = json_add_object(j.doc, "shared_sizes");
    json *list = json_add_array(sizes, "value");
    for (unsigned i = 0; i < g->n_carveouts; i++)
        json_add_number(list, NULL, g->carveout_kib[i]);
    json_add_string(sizes, "unit", "KiB");
    add_note(sizes, &g->carveout_note);
    json_add_string(j.doc, "name", g->name);
    json_add_string(j.doc, "title", g->title);
    json_add_string(j.doc, "arch", g->arch);
    json_add_string(j.doc, "base", g->base);
    json_add_string(j.doc, "remark", g->remark);
    json_print(j.doc, &c->out);
    json_free(j.doc);
}

enum status run_gpu_show(struct cli *c, struct err *e)
{
    static void (*const show[])(struct cli * c, const struct gpu *g) = {
        [FORMAT_TEXT] = show_text, [FORMAT_JSON] = show_json, [FORMAT_CSV] = show_csv};
    struct gpu g;
    TRY(load(c, &g, c->args.operands[0], e));
    show[cli_format(c)](c, &g);
    return STATUS_OK;
}

/* --- check ----------------------------------------------------------------------------------- */

/* Every description is looked at, so that one run shows all faults. */
enum status run_gpu_check(struct cli *c, struct err *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < c->args.n_operands; i++) {
        struct gpu g;
        struct err why = {0};
        enum status s = load(c, &g, c->args.operands[i], &why);
        if (s == STATUS_OK) {
            text_printf(&c->out, "%s: ok, %s\n", g.name, g.title);
            continue;
        }
        if (status != STATUS_OK)
            cli_print_error(e);
        *e = why;
        status = s;
    }
    return status;
}

/* --- diff ------------------------------------------------------------------------------------ */

static const struct listing_column diff_columns[] = {
    {"parameter", "", "parameter", false},
    {"a", "", "a", true},
    {"b", "", "b", true},
    {"unit", "", "unit", false},
    {"ratio", "", "b / a", true},
    {"a_inferred", "", NULL, false},
    {"b_inferred", "", NULL, false},
};

/* "~680" where it is inferred. */
static void add_side(struct cli *c, struct listing *l, const struct gpu *g, enum gpu_param_id id)
{
    double v = gpu_value(g, id);
    const char *text = shown(c, UNIT_PLAIN, v);
    bool is_marked = g->note[id].is_inferred && !isnan(v);
    listing_shown(l, v, is_marked ? arena_printf(&c->arena, "~%s", text) : text);
}

static void add_difference(struct cli *c, struct listing *l, const struct gpu *a,
                           const struct gpu *b, enum gpu_param_id id)
{
    double va = gpu_value(a, id), vb = gpu_value(b, id), ratio = vb / va;
    listing_text(l, gpu_params[id].name);
    add_side(c, l, a, id);
    add_side(c, l, b, id);
    listing_text(l, gpu_params[id].unit);
    listing_shown(l, ratio, isfinite(ratio) ? arena_printf(&c->arena, "%.3f", ratio) : "-");
    listing_bool(l, a->note[id].is_inferred);
    listing_bool(l, b->note[id].is_inferred);
}

static bool any_inferred(const struct gpu *a, const struct gpu *b, const enum gpu_param_id *ids,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a->note[ids[i]].is_inferred || b->note[ids[i]].is_inferred)
            return true;
    return false;
}

enum status run_gpu_diff(struct cli *c, struct err *e)
{
    struct gpu a, b;
    TRY(load(c, &a, c->args.operands[0], e));
    TRY(load(c, &b, c->args.operands[1], e));
    struct listing_column columns[ARRAY_LEN(diff_columns)];
    memcpy(columns, diff_columns, sizeof columns);
    columns[1].title = a.name;
    columns[2].title = b.name;
    enum gpu_param_id ids[GPU_N_PARAMS];
    size_t n = gpu_diff(&a, &b, ids);
    enum cli_format format = cli_format(c);
    if (n == 0 && gpu_same_carveouts(&a, &b) && format == FORMAT_TEXT) {
        text_printf(&c->out, "%s and %s have the same values\n", a.name, b.name);
        return STATUS_OK;
    }
    struct listing l;
    listing_start(&l, &c->arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++)
        add_difference(c, &l, &a, &b, ids[i]);
    listing_print(&l, format, "differences", &c->out);
    listing_end(&l);
    if (format == FORMAT_TEXT && any_inferred(&a, &b, ids, n))
        text_printf(&c->out, "~ %s\n", inferred_means);
    if (format == FORMAT_TEXT && !gpu_same_carveouts(&a, &b))
        text_printf(&c->out, "shared-memory sizes: %s KiB against %s KiB\n", carveouts(c, &a),
                    carveouts(c, &b));
    return STATUS_OK;
}
