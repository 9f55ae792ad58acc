/*
 * cmd_model.c: `model list`, `model show` and `model diff`.
 */
#include <math.h>

#include "base/json.h"
#include "base/os.h"
#include "listing.h"
#include "model/model.h"
#include "present/report.h"

static const char *shown_band(struct cli *c, const struct model *m)
{
    return isnan(m->error_band) ? "?" : arena_printf(&c->arena, "%.0f %%", 100 * m->error_band);
}

enum status run_model_list(struct cli *c, struct err *e)
{
    static const struct listing_column columns[] = {
        {"name", "", "name", false},
        {"error_band", "", "error", true},
        {"summary", "", "summary", false},
    };
    (void)e;
    struct listing l;
    listing_start(&l, &c->arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < model_count(); i++) {
        const struct model *m = model_at(i);
        listing_text(&l, m->name);
        listing_shown(&l, m->error_band, shown_band(c, m));
        listing_text(&l, m->summary);
    }
    listing_print(&l, cli_format(c), "models", &c->out);
    listing_end(&l);
    return STATUS_OK;
}

enum { STAGE_COLUMN = 16 };

static bool is_on(const struct model *m, enum stage s)
{
    return (model_fixes(m, m->variants) >> s & 1) != 0;
}

static char switch_mark(const struct model *m, enum stage s)
{
    return !model_has_switch(m, s) ? ' ' : is_on(m, s) ? '+' : '-';
}

static void print_indented(struct text *out, const char *text)
{
    text_pad(out, ' ', STAGE_COLUMN);
    cli_print_wrapped(out, str_from(text), STAGE_COLUMN);
}

/* `mark` and `name` stand in the left column. */
static void print_variant(struct text *out, char mark, const char *name, enum variant id)
{
    const struct variant_info *v = &variant_info[id];
    text_printf(out, "%c %-*s %s\n", mark, STAGE_COLUMN - 3, name, v->name);
    print_indented(out, v->equation);
    print_indented(out, v->source);
}

static void show_text(struct cli *c, const struct model *m)
{
    struct text *out = &c->out;
    text_printf(out, "%s: %s\n\n%s\n", m->name, m->summary, m->about);
    if (model_has_stages(m))
        text_puts(out, "\nStages, each with its variant, equation and source (+ fix on, - fix off, "
                       "see --fix):\n");
    for (int s = 0; model_has_stages(m) && s < STAGE_N; s++)
        print_variant(out, switch_mark(m, (enum stage)s), stage_info[s].name, m->variants[s]);
    text_printf(out, "\nerror band when validated: %s\n",
                isnan(m->error_band) ? "not validated" : shown_band(c, m));
}

static void add_stage_json(json *list, const struct model *m, enum stage s)
{
    const struct variant_info *v = &variant_info[m->variants[s]];
    json *j = json_add_object(list, NULL);
    json_add_string(j, "stage", stage_info[s].name);
    json_add_string(j, "decides", stage_info[s].summary);
    json_add_string(j, "variant", v->name);
    json_add_string(j, "equation", v->equation);
    json_add_string(j, "source", v->source);
    json_add_bool(j, "is_fix", model_has_switch(m, s));
    json_add_bool(j, "is_on", is_on(m, s));
}

static void show_json(struct cli *c, const struct model *m)
{
    struct report_json j = report_json_make(os_version(), "stages");
    for (int s = 0; model_has_stages(m) && s < STAGE_N; s++)
        add_stage_json(j.list, m, (enum stage)s);
    json_add_string(j.doc, "name", m->name);
    json_add_string(j.doc, "summary", m->summary);
    json_add_string(j.doc, "about", m->about);
    json_add_number(j.doc, "error_band", m->error_band);
    json_print(j.doc, &c->out);
    json_free(j.doc);
}

static void show_csv(struct cli *c, const struct model *m)
{
    static const struct listing_column columns[] = {
        {"stage", "", "stage", false},       {"variant", "", "variant", false},
        {"is_fix", "", "fix", false},        {"is_on", "", "on", false},
        {"equation", "", "equation", false}, {"source", "", "source", false}};
    struct listing l;
    listing_start(&l, &c->arena, columns, ARRAY_LEN(columns));
    for (int s = 0; model_has_stages(m) && s < STAGE_N; s++) {
        const struct variant_info *v = &variant_info[m->variants[s]];
        listing_text(&l, stage_info[s].name);
        listing_text(&l, v->name);
        listing_bool(&l, model_has_switch(m, (enum stage)s));
        listing_bool(&l, is_on(m, (enum stage)s));
        listing_text(&l, v->equation);
        listing_text(&l, v->source);
    }
    listing_print(&l, FORMAT_CSV, "stages", &c->out);
    listing_end(&l);
}

enum status run_model_show(struct cli *c, struct err *e)
{
    static void (*const show[])(struct cli * c, const struct model *m) = {
        [FORMAT_TEXT] = show_text, [FORMAT_JSON] = show_json, [FORMAT_CSV] = show_csv};
    const struct model *m = model_find(str_from(c->args.operands[0]), e);
    if (m == NULL)
        return STATUS_USAGE;
    show[cli_format(c)](c, m);
    return STATUS_OK;
}

/* --- model diff ------------------------------------------------------------------------------ */

struct pair {
    const struct model *a, *b;
};

static bool differ(struct pair p, int stage)
{
    return p.a->variants[stage] != p.b->variants[stage];
}

static void diff_text(struct cli *c, struct pair p)
{
    bool any = false;
    for (int s = 0; s < STAGE_N; s++) {
        if (!differ(p, s))
            continue;
        text_printf(&c->out, "%s%s: %s\n", any ? "\n" : "", stage_info[s].name,
                    stage_info[s].summary);
        print_variant(&c->out, ' ', p.a->name, p.a->variants[s]);
        print_variant(&c->out, ' ', p.b->name, p.b->variants[s]);
        any = true;
    }
    if (!any)
        text_printf(&c->out, "%s and %s have the same stages\n", p.a->name, p.b->name);
}

static void diff_table(struct cli *c, struct pair p)
{
    const struct listing_column columns[] = {
        {"stage", "", "stage", false},   {"a", "", p.a->name, false},
        {"b", "", p.b->name, false},     {"a_equation", "", NULL, false},
        {"b_equation", "", NULL, false}, {"a_source", "", NULL, false},
        {"b_source", "", NULL, false},
    };
    struct listing l;
    listing_start(&l, &c->arena, columns, ARRAY_LEN(columns));
    for (int s = 0; s < STAGE_N; s++) {
        if (!differ(p, s))
            continue;
        const struct variant_info *a = &variant_info[p.a->variants[s]];
        const struct variant_info *b = &variant_info[p.b->variants[s]];
        const char *const cells[] = {stage_info[s].name, a->name,   b->name,  a->equation,
                                     b->equation,        a->source, b->source};
        for (size_t i = 0; i < ARRAY_LEN(cells); i++)
            listing_text(&l, cells[i]);
    }
    listing_print(&l, cli_format(c), "differences", &c->out);
    listing_end(&l);
}

static enum status find_with_stages(const char *name, const struct model **m, struct err *e)
{
    *m = model_find(str_from(name), e);
    if (*m == NULL)
        return STATUS_USAGE;
    return model_has_stages(*m) ? STATUS_OK
                                : err_set(e, STATUS_USAGE, "%s is not made of stages", name);
}

enum status run_model_diff(struct cli *c, struct err *e)
{
    struct pair p;
    TRY(find_with_stages(c->args.operands[0], &p.a, e));
    TRY(find_with_stages(c->args.operands[1], &p.b, e));
    if (cli_format(c) == FORMAT_TEXT)
        diff_text(c, p);
    else
        diff_table(c, p);
    return STATUS_OK;
}
