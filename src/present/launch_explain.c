#include "present/launch_explain.h"

#include <math.h>

#include "report_priv.h"

/* ---- names ---- */

static const char *key_at(size_t i, void *arg)
{
    (void)arg;
    return launch_fact_info[i].key;
}

enum launch_fact launch_fact_find(str name)
{
    int f = 0;
    for (; f < FACT_N; f++) {
        str key = str_from(launch_fact_info[f].key);
        bool has_unit = str_ends(key, STR("_ns"));
        if (str_eq(name, key) || (has_unit && str_eq(name, (str){key.p, key.n - 3})))
            break;
    }
    return (enum launch_fact)f;
}

const char *launch_fact_nearest(str typed)
{
    return str_nearest(typed, FACT_N, key_at, NULL);
}

/* ---- equations in numbers ---- */

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The equation with each key replaced by its value; NULL where it has other words than keys. */
static const char *in_numbers(struct arena *a, enum launch_fact f, const struct launches *l)
{
    struct text text;
    bool is_whole = launch_fact_info[f].equation[0] != '\0';
    text_init(&text);
    for (str rest = str_from(launch_fact_info[f].equation); rest.n > 0;) {
        size_t n = 0;
        while (n < rest.n && is_key_char(rest.p[n]))
            n++;
        str word = {rest.p, MAX(n, (size_t)1)};
        enum launch_fact of = n > 0 ? launch_fact_find(word) : FACT_N;
        if (of != FACT_N)
            text_puts(&text, launch_fact_text(a, of, launch_fact(l, of)));
        else
            text_add(&text, word);
        is_whole = is_whole && (n == 0 || of != FACT_N);
        rest.p += word.n, rest.n -= word.n;
    }
    const char *copy = is_whole ? arena_strdup(a, text_cstr(&text)) : NULL;
    text_done(&text);
    return copy;
}

static const char *unit_name(enum launch_fact f)
{
    static const char *const names[] = {
        [LAUNCH_UNIT_NS] = "ns",
        [LAUNCH_UNIT_COUNT] = "count",
        [LAUNCH_UNIT_SHARE] = "share, 0 to 1",
        [LAUNCH_UNIT_FACTOR] = "number",
    };
    return names[launch_fact_info[f].unit];
}

/* ---- one number ---- */

static void put_value(struct page *p, enum launch_fact f, const struct launch_run *run)
{
    page_wrap(p, 0, STYLE_DIM, arena_printf(&p->a, "%s, %s", run->name, run->l->window));
    p->row++;
    page_wrap(p, REPORT_INDENT, STYLE_BOLD, launch_fact_text(&p->a, f, launch_fact(run->l, f)));
}

static void put_equation(struct page *p, enum launch_fact f, const struct launch_run *run)
{
    const struct launch_fact_info *i = &launch_fact_info[f];
    if (i->equation[0] == '\0')
        return;
    p->row++;
    page_title(p, "Equation", "");
    page_wrap(p, REPORT_INDENT, STYLE_NORMAL, arena_printf(&p->a, "%s = %s", i->key, i->equation));
    const char *numbers = run != NULL ? in_numbers(&p->a, f, run->l) : NULL;
    if (numbers != NULL)
        page_wrap(p, REPORT_INDENT, STYLE_DIM,
                  arena_printf(&p->a, "= %s = %s", numbers,
                               launch_fact_text(&p->a, f, launch_fact(run->l, f))));
}

void launch_explain_text(struct text *out, enum launch_fact f, const struct launch_run *run,
                         const struct report_style *style)
{
    const struct launch_fact_info *i = &launch_fact_info[f];
    struct page p;
    page_start(&p, style, REPORT_COLS);
    page_title(&p, arena_printf(&p.a, "%s: %s", i->key, i->title),
               arena_printf(&p.a, "launch queue, %s", launch_group_title(i->group)));
    if (run != NULL)
        put_value(&p, f, run);
    p.row++;
    page_wrap(&p, 0, STYLE_NORMAL, i->about);
    put_equation(&p, f, run);
    p.row++;
    page_wrap(&p, 0, STYLE_DIM, arena_printf(&p.a, "unit: %s", unit_name(f)));
    page_print(&p, out);
}

static void add_identity(json *to, enum launch_fact f)
{
    const struct launch_fact_info *i = &launch_fact_info[f];
    json_add_string(to, "name", i->key);
    json_add_string(to, "title", i->title);
    json_add_string(to, "kind", "launch queue");
    json_add_string(to, "group", launch_group_title(i->group));
    json_add_string(to, "unit", unit_name(f));
    json_add_string(to, "about", i->about);
}

void launch_explain_json(json *to, enum launch_fact f, const struct launch_run *run)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    add_identity(to, f);
    json_add_string(to, "equation", launch_fact_info[f].equation);
    if (run != NULL) {
        const char *numbers = in_numbers(&a, f, run->l);
        json_add_string(to, "run", run->name);
        json_add_number(to, "value", launch_fact(run->l, f));
        json_add_string(to, "numbers", numbers != NULL ? numbers : "");
    }
    arena_done(&a);
}

/* ---- all ---- */

void launch_explain_list_text(struct text *out, const struct report_style *style)
{
    enum { NAME_COLS = 28 };
    struct page p;
    page_start(&p, style, REPORT_COLS);
    page_title(&p, "Launch queue of a profile", "");
    for (int f = 0; f < FACT_N; f++) {
        const struct launch_fact_info *i = &launch_fact_info[f];
        grid_text(&p.g, p.row, REPORT_INDENT, NAME_COLS, STYLE_NORMAL, str_from(i->key));
        grid_text(&p.g, p.row++, REPORT_INDENT + NAME_COLS, REPORT_COLS, STYLE_DIM,
                  str_from(i->title));
    }
    page_print(&p, out);
}

void launch_explain_list_json(json *list)
{
    for (int f = 0; f < FACT_N; f++)
        add_identity(json_add_object(list, NULL), (enum launch_fact)f);
}
