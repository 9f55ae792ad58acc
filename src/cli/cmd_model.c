/*
 * cmd_model.c: `model list` and `model show`.
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

static bool has_fix(const struct model *m, size_t fix)
{
    return (m->fixes >> fix & 1) != 0;
}

enum { FIX_COLUMN = 14 };

static void show_text(struct cli *c, const struct model *m)
{
    struct text *out = &c->out;
    text_printf(out, "%s: %s\n\n%s\n\nFixes (+ on by default):\n", m->name, m->summary, m->about);
    for (size_t i = 0; i < FIX_N; i++) {
        text_printf(out, "%c %-*s", has_fix(m, i) ? '+' : '-', FIX_COLUMN - 2, fix_info[i].name);
        cli_print_wrapped(out, str_from(fix_info[i].summary), FIX_COLUMN);
    }
    text_printf(out, "\nerror band when validated: %s\n",
                isnan(m->error_band) ? "not validated" : shown_band(c, m));
}

static void show_json(struct cli *c, const struct model *m)
{
    struct report_json j = report_json_make(os_version(), "fixes");
    for (size_t i = 0; i < FIX_N; i++) {
        json *fix = json_add_object(j.list, NULL);
        json_add_string(fix, "name", fix_info[i].name);
        json_add_bool(fix, "is_on", has_fix(m, i));
        json_add_string(fix, "summary", fix_info[i].summary);
    }
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
        {"fix", "", "fix", false}, {"is_on", "", "on", false}, {"summary", "", "summary", false}};
    struct listing l;
    listing_start(&l, &c->arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < FIX_N; i++) {
        listing_text(&l, fix_info[i].name);
        listing_bool(&l, has_fix(m, i));
        listing_text(&l, fix_info[i].summary);
    }
    listing_print(&l, FORMAT_CSV, "fixes", &c->out);
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
