/*
 * explain_text.c: explanations as a page of 80 columns, and as JSON.
 */
#include <inttypes.h>
#include <math.h>

#include "present/citation.h"
#include "present/explain.h"
#include "report_priv.h"

/* ---- head ---- */

static const char *kind_name(struct quantity q)
{
    static const char *const names[] = {[QUANTITY_NONE] = "",
                                        [QUANTITY_METRIC] = "metric",
                                        [QUANTITY_STALL] = "stall reason",
                                        [QUANTITY_CONSTANT] = "constant of the GPU"};
    return names[q.kind];
}

static void put_head(struct page *p, const struct explanation *x)
{
    const struct result *r = x->of.r;
    page_title(p, arena_printf(&p->a, "%s: %s", x->name, x->title),
               arena_printf(&p->a, "%s, %s", kind_name(x->quantity), x->group));
    if (r != NULL)
        page_wrap(p, 0, STYLE_DIM,
                  arena_printf(&p->a, "%s on %s (%s), model %s", r->kernel_label, r->gpu_title,
                               r->gpu_name, r->model_name));
    else if (x->of.g != NULL)
        page_wrap(p, 0, STYLE_DIM, arena_printf(&p->a, "%s (%s)", x->of.g->title, x->of.g->name));
    p->row++;
    if (x->value != NULL) {
        page_wrap(p, REPORT_INDENT, STYLE_BOLD, x->value);
        p->row++;
    }
    page_wrap(p, 0, STYLE_NORMAL, x->about);
    p->row++;
}

/* Clauses of the advice, one a line. */
static void put_advice(struct page *p, const struct explanation *x)
{
    str rest = str_from(x->advice), clause;
    if (rest.n == 0)
        return;
    page_title(p, "What helps", "");
    while (str_cut(&rest, ';', &clause)) {
        clause = str_trim(clause);
        grid_text(&p->g, p->row, REPORT_INDENT, 1, STYLE_NORMAL, STR("-"));
        page_wrap(p, REPORT_INDENT + 2, STYLE_NORMAL, arena_strndup(&p->a, clause.p, clause.n));
    }
    p->row++;
}

/* ---- equations ---- */

static void put_lines(struct page *p, unsigned indent, enum style s, const char *text)
{
    str rest = str_from(text), line;
    while (str_cut(&rest, '\n', &line))
        page_wrap(p, indent, s, arena_strndup(&p->a, line.p, line.n));
}

static void put_equation(struct page *p, const struct explain_equation *e, bool is_certain)
{
    const struct equation *q = e->equation;
    page_title(p, "Equation", is_certain ? "" : q->when);
    put_lines(p, REPORT_INDENT, STYLE_NORMAL, e->text);
    if (e->numbers != NULL)
        page_wrap(p, REPORT_INDENT, STYLE_BOLD, e->numbers);
    page_wrap(p, REPORT_INDENT, STYLE_DIM, arena_printf(&p->a, "source: %s", q->source));
    p->row++;
}

_Static_assert((int)EXPLAIN_MOST_PARTS <= (int)CITATION_MOST,
               "each part may cite a source of its own");

static void put_sources(struct page *p, const struct citations *s)
{
    enum { TEXT = 7 };
    for (size_t i = 0; i < s->n; i++) {
        grid_right(&p->g, p->row, 0, TEXT - 1, STYLE_DIM, str_from(citation_mark(&p->a, i)));
        page_wrap(p, TEXT, STYLE_DIM, s->at[i]);
    }
}

static const char *part_title(struct quantity q)
{
    return q.kind == QUANTITY_METRIC  ? metric_info[q.id].title
           : q.kind == QUANTITY_STALL ? stall_info[q.id].help
                                      : gpu_params[q.id].help;
}

static void put_part(struct page *p, const struct explain_part *part, struct citations *sources)
{
    enum { VALUE = 20, VALUE_COLS = 19, REFERENCE = 40, TITLE = 45 };
    const char *name = quantity_name(part->quantity);
    bool is_known = strcmp(part->value, "?") != 0;
    const char *mark = part->is_inferred ? "~" : "";
    grid_text(&p->g, p->row, REPORT_INDENT, VALUE - REPORT_INDENT, STYLE_NORMAL, str_from(name));
    grid_right(&p->g, p->row, VALUE, VALUE_COLS, STYLE_NORMAL,
               str_from(is_known ? arena_printf(&p->a, "%s%s", mark, part->value) : ""));
    grid_text(&p->g, p->row, REFERENCE, TITLE - REFERENCE, STYLE_DIM,
              str_from(citation_of(sources, &p->a, part->source)));
    page_wrap(p, TITLE, STYLE_DIM, part_title(part->quantity));
    if (part->numbers != NULL)
        page_wrap(
            p, REPORT_INDENT + 2, STYLE_DIM,
            arena_printf(&p->a, "= %.*s %s", (int)part->words.n, part->words.p, part->numbers));
}

static void put_parts(struct page *p, const struct explanation *x)
{
    struct citations sources = {.n = 0};
    unsigned n_inferred = 0;
    if (x->n_parts == 0)
        return;
    page_title(p, "Its parts", "");
    for (size_t i = 0; i < x->n_parts; i++) {
        put_part(p, &x->parts[i], &sources);
        n_inferred += x->parts[i].is_inferred;
    }
    put_sources(p, &sources);
    if (n_inferred > 0)
        page_wrap(p, REPORT_INDENT, STYLE_DIM,
                  "~ inferred from another chip or by calculation, not measured on this one");
    p->row++;
}

static void put_stages(struct page *p, const struct explanation *x)
{
    if (x->n_stages == 0)
        return;
    page_title(p, "How the model does it",
               x->of.r == NULL ? model_default()->name : x->of.r->model_name);
    for (size_t i = 0; i < x->n_stages; i++) {
        const struct variant_info *v = &variant_info[x->stages[i].variant];
        const struct stage_info *s = &stage_info[x->stages[i].stage];
        page_wrap(p, REPORT_INDENT, STYLE_NORMAL,
                  arena_printf(&p->a, "%s, %s: %s", s->name, v->name, s->summary));
        page_wrap(p, REPORT_INDENT + 2, STYLE_NORMAL, v->equation);
        page_wrap(p, REPORT_INDENT + 2, STYLE_DIM, arena_printf(&p->a, "source: %s", v->source));
    }
    p->row++;
}

/* ---- where it comes from, whom it goes to ---- */

static const char *inst_line(struct page *p, const struct trace_kernel *k, uint32_t code)
{
    char text[160];
    return arena_printf(&p->a, "%04" PRIx64 "  %s", k->code[code].pc,
                        sass_inst_text(&k->code[code], text, sizeof text));
}

static void put_top(struct page *p, const struct explanation *x)
{
    if (x->n_top == 0)
        return;
    page_title(p, "Costliest instructions", "cycles    share");
    for (size_t i = 0; i < x->n_top; i++) {
        const struct explain_inst *in = &x->top[i];
        grid_text(&p->g, p->row, REPORT_INDENT, 56, STYLE_NORMAL,
                  str_from(inst_line(p, x->of.k, in->code)));
        grid_right(&p->g, p->row, 59, 12, STYLE_NORMAL, str_from(page_cycles(p, in->cycles)));
        grid_right(&p->g, p->row++, 72, 8, STYLE_NORMAL,
                   str_from(page_share(p, in->cycles / x->number)));
        if (in->producer != UINT32_MAX)
            page_wrap(p, REPORT_INDENT + 2, STYLE_DIM,
                      arena_printf(
                          &p->a, "waits for %s, latency %s cy", inst_line(p, x->of.k, in->producer),
                          page_number(p, UNIT_PLAIN, x->of.r->insts[in->producer].latency_cy)));
    }
    p->row++;
}

static void put_profiler(struct page *p, const struct explanation *x)
{
    const struct result *r = x->of.r;
    bool is_stall = x->quantity.kind == QUANTITY_STALL;
    if (x->ncu[0] == '\0')
        return;
    page_title(p, arena_printf(&p->a, "Nsight Compute: %s", x->ncu_title), "");
    page_wrap(p, REPORT_INDENT, STYLE_NORMAL, x->ncu);
    if (is_stall)
        page_wrap(p, REPORT_INDENT, STYLE_DIM,
                  "There: warps in this state for each instruction issued, whether others hide it "
                  "or not. Here: elapsed cycles that nobody hid.");
    if (is_stall && r != NULL && r->warp_state != NULL)
        page_wrap(p, REPORT_INDENT, STYLE_BOLD,
                  arena_printf(&p->a, "The profiler's ratio, as this model has it: %.4g",
                               r->warp_state[x->quantity.id]));
    p->row++;
}

static void put_constant(struct page *p, const struct explanation *x)
{
    if (x->source[0] != '\0') {
        page_title(p, "Source", "");
        page_wrap(p, REPORT_INDENT, STYLE_NORMAL, x->source);
        p->row++;
    }
    if (x->users[0] != '\0') {
        page_title(p, "Enters the equations of", "");
        page_wrap(p, REPORT_INDENT, STYLE_NORMAL, x->users);
        p->row++;
    }
}

void explain_text(struct text *out, const struct explanation *x, const struct report_style *style)
{
    struct page p;
    page_start(&p, style, REPORT_COLS);
    put_head(&p, x);
    put_top(&p, x);
    put_advice(&p, x);
    for (size_t i = 0; i < x->n_equations; i++)
        put_equation(&p, &x->equations[i], x->is_certain);
    put_parts(&p, x);
    put_stages(&p, x);
    put_constant(&p, x);
    put_profiler(&p, x);
    page_print(&p, out);
}

/* ---- JSON ---- */

static void add_equations(json *to, const struct explanation *x)
{
    json *list = json_add_array(to, "equations");
    for (size_t i = 0; i < x->n_equations; i++) {
        const struct explain_equation *e = &x->equations[i];
        json *j = json_add_object(list, NULL);
        json_add_string(j, "text", e->text);
        json_add_string(j, "when", e->equation->when);
        if (e->numbers != NULL)
            json_add_string(j, "numbers", e->numbers);
        else
            json_add_null(j, "numbers");
        json_add_string(j, "source", e->equation->source);
    }
}

static void add_parts(json *to, const struct explanation *x)
{
    struct quantity_values v = {x->of.r, x->of.g};
    json *list = json_add_array(to, "parts");
    for (size_t i = 0; i < x->n_parts; i++) {
        const struct explain_part *part = &x->parts[i];
        json *j = json_add_object(list, NULL);
        json_add_string(j, "name", quantity_name(part->quantity));
        json_add_number(j, "value", quantity_value(part->quantity, v));
        json_add_string(j, "title", part_title(part->quantity));
        json_add_bool(j, "inferred", part->is_inferred);
        json_add_string(j, "source", part->source);
    }
}

static void add_stages(json *to, const struct explanation *x)
{
    json *list = json_add_array(to, "stages");
    for (size_t i = 0; i < x->n_stages; i++) {
        const struct variant_info *v = &variant_info[x->stages[i].variant];
        json *j = json_add_object(list, NULL);
        json_add_string(j, "stage", stage_info[x->stages[i].stage].name);
        json_add_string(j, "variant", v->name);
        json_add_string(j, "equation", v->equation);
        json_add_string(j, "source", v->source);
    }
}

static void add_instructions(json *to, const struct explanation *x)
{
    json *list = json_add_array(to, "instructions");
    for (size_t i = 0; i < x->n_top; i++) {
        char pc[24];
        const struct explain_inst *in = &x->top[i];
        json *j = json_add_object(list, NULL);
        snprintf(pc, sizeof pc, "0x%" PRIx64, x->of.k->code[in->code].pc);
        json_add_string(j, "pc", pc);
        char text[160];
        json_add_string(j, "text", sass_inst_text(&x->of.k->code[in->code], text, sizeof text));
        json_add_number(j, "cycles", in->cycles);
        if (in->producer == UINT32_MAX)
            continue;
        snprintf(pc, sizeof pc, "0x%" PRIx64, x->of.k->code[in->producer].pc);
        json_add_string(j, "waits_for", pc);
    }
}

static void add_identity(json *j, const struct explanation *x)
{
    json_add_string(j, "name", x->name);
    json_add_string(j, "kind", kind_name(x->quantity));
    json_add_string(j, "title", x->title);
    json_add_string(j, "group", x->group);
    json_add_string(j, "unit", x->unit);
}

void explain_json(json *to, const struct explanation *x)
{
    add_identity(to, x);
    json_add_number(to, "value", x->number);
    json_add_string(to, "about", x->about);
    json_add_string(to, "advice", x->advice);
    json_add_string(to, "profiler_metric", x->ncu);
    json_add_string(to, "profiler_title", x->ncu_title);
    json_add_string(to, "source", x->source);
    json_add_string(to, "enters", x->users);
    add_equations(to, x);
    add_parts(to, x);
    add_stages(to, x);
    add_instructions(to, x);
}

/* ---- the list ---- */

static void put_name(struct page *p, const char *name, const char *title)
{
    enum { TITLE = 34 };
    grid_text(&p->g, p->row, REPORT_INDENT, TITLE - REPORT_INDENT - 1, STYLE_NORMAL,
              str_from(name));
    page_wrap(p, TITLE, STYLE_DIM, title);
}

/* Rows of a kind stand group by group in the tables. */
static void put_names(struct page *p, enum quantity_kind kind, const char *title)
{
    struct explain_of nothing = {0};
    const char *group = "";
    for (size_t i = 0; i < quantity_count(); i++) {
        struct quantity q = quantity_at(i);
        if (q.kind != kind)
            continue;
        struct explanation x = explain(&p->a, q, &nothing);
        if (strcmp(group, x.group) != 0)
            page_title(p, arena_printf(&p->a, "%s: %s", title, x.group), "");
        group = x.group;
        put_name(p, quantity_title(q), part_title(q));
    }
    p->row++;
}

void explain_list_text(struct text *out, const struct report_style *style)
{
    struct page p;
    page_start(&p, style, REPORT_COLS);
    put_names(&p, QUANTITY_STALL, "Stall reasons");
    put_names(&p, QUANTITY_METRIC, "Metrics");
    put_names(&p, QUANTITY_CONSTANT, "Constants of a GPU");
    page_wrap(&p, 0, STYLE_NORMAL,
              "warpscope explain NAME explains one of them, with a trace behind it also with the "
              "numbers of a kernel.");
    page_print(&p, out);
}

void explain_list_json(json *list)
{
    struct arena a;
    struct explain_of nothing = {0};
    arena_init(&a, ARENA_SMALL);
    for (size_t i = 0; i < quantity_count(); i++) {
        struct explanation x = explain(&a, quantity_at(i), &nothing);
        json *j = json_add_object(list, NULL);
        add_identity(j, &x);
        json_add_string(j, "about", x.about);
    }
    arena_done(&a);
}
