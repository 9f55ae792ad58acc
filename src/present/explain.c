/*
 * explain.c: gathers what the tables say of a number, and fills its equations in.
 */
#include "present/explain.h"

#include <ctype.h>
#include <math.h>

#include "base/units.h"
#include "present/sentence.h"

/* ---- values ---- */

static const char *unit_of(struct quantity q)
{
    switch (q.kind) {
    case QUANTITY_METRIC:
        return metric_info[q.id].unit;
    case QUANTITY_CONSTANT:
        return gpu_params[q.id].unit;
    case QUANTITY_STALL:
    case QUANTITY_NONE:
        break;
    }
    return "cy";
}

static const char *formatted(struct arena *a, enum unit_kind kind, double v)
{
    char text[40];
    return arena_strdup(a, units_format(text, sizeof text, kind, v));
}

const char *explain_value(struct arena *a, struct quantity q, double v)
{
    const char *unit = unit_of(q);
    if (isnan(v))
        return "?";
    if (strcmp(unit, "ratio") == 0 && q.kind == QUANTITY_METRIC)
        return arena_printf(a, "%.1f %%", 100 * v);
    if (strcmp(unit, "us") == 0)
        return formatted(a, UNIT_NS, 1000 * v);
    if (strcmp(unit, "B") == 0)
        return formatted(a, UNIT_BYTES, v);
    const char *number = formatted(a, UNIT_PLAIN, v);
    return unit[0] == '\0' ? number : arena_printf(a, "%s %s", number, unit);
}

static bool is_inferred(struct quantity q, const struct gpu *g)
{
    return q.kind == QUANTITY_CONSTANT && g != NULL && g->note[q.id].is_inferred;
}

/* ---- equations in numbers ---- */

/* Before a number that was inferred; nothing else in an equation is written so. */
enum { INFERRED = '~' };

static void put_stalls(struct text *t, const struct result *r)
{
    enum stall order[STALL_N];
    unsigned n = 0;
    for (unsigned s = 0; s < STALL_N; s++) {
        unsigned at = n++;
        for (; at > 0 && r->stall[order[at - 1]] < r->stall[s]; at--)
            order[at] = order[at - 1];
        order[at] = (enum stall)s;
    }
    char number[40];
    for (unsigned i = 0; i < n && r->stall[order[i]] > 0; i++)
        text_printf(t, "%s%s %s", i == 0 ? "" : " + ",
                    units_format(number, sizeof number, UNIT_PLAIN, r->stall[order[i]]),
                    stall_info[order[i]].name);
}

static void put_word(struct text *t, const struct equation_word *w, struct quantity_values v)
{
    char number[40];
    if (w->kind == EQUATION_STALLS)
        put_stalls(t, v.r);
    else if (w->kind == EQUATION_QUANTITY)
        text_printf(
            t, "%s%s", is_inferred(w->quantity, v.g) ? "~" : "",
            units_format(number, sizeof number, UNIT_PLAIN, quantity_value(w->quantity, v)));
    else
        text_add(t, w->text);
}

/* Words keep the blanks between them. */
static const char *in_numbers(struct arena *a, const struct equation *q, struct quantity of,
                              struct quantity_values v)
{
    double value = equation_compute(q, v);
    if (isnan(value))
        return NULL;
    struct text t;
    text_init(&t);
    str rest = equation_right(q);
    bool is_sum = false;
    unsigned n_words = 0; /* one alone says no more than the value does */
    for (struct equation_word w; (w = equation_next(&rest)).kind != EQUATION_END; n_words++) {
        put_word(&t, &w, v);
        text_puts(&t, rest.n > 0 && isspace((unsigned char)rest.p[0]) ? " " : "");
        is_sum |= w.kind == EQUATION_STALLS;
    }
    const char *shown = explain_value(a, of, value), *words = text_cstr(&t);
    const char *mark = words[0] == INFERRED ? "~" : "";
    const char *text = n_words == 1 && !is_sum ? arena_printf(a, "= %s%s", mark, shown)
                                               : arena_printf(a, "= %s = %s", words, shown);
    text_done(&t);
    return text;
}

/* ---- gathering ---- */

enum { MOST_EQUATIONS = 6, MOST_STAGES = 8 };

struct gatherer {
    struct arena *a;
    struct quantity_values v;
    struct explanation *x;
    struct explain_equation *equations;
    struct explain_part *parts;
};

/* "every" for a stall: its own name in place of "stall". */
static const char *text_of(struct arena *a, const struct equation *q, const char *name)
{
    bool is_every = strcmp(q->of, "stall") == 0;
    return is_every ? arena_printf(a, "%s%s", name, q->text + strlen("stall")) : q->text;
}

/* In numbers only where they give the value. */
static void add_equation(struct gatherer *g, const struct equation *q, struct quantity of)
{
    bool gives_value = g->v.r != NULL && equation_holds(q, g->v);
    if (g->x->n_equations < MOST_EQUATIONS)
        g->equations[g->x->n_equations++] =
            (struct explain_equation){q, text_of(g->a, q, quantity_name(of)),
                                      gives_value ? in_numbers(g->a, q, of, g->v) : NULL};
}

/* "launch = kll_cy": the metric that the right side is, or none. */
static struct quantity alias_of(const struct equation *q)
{
    str rest = equation_right(q);
    struct equation_word first = equation_next(&rest);
    bool is_alone = equation_next(&rest).kind == EQUATION_END;
    bool is_metric = first.kind == EQUATION_QUANTITY && first.quantity.kind == QUANTITY_METRIC;
    return is_alone && is_metric ? first.quantity : (struct quantity){QUANTITY_NONE, 0};
}

static void add_alias(struct gatherer *g, const struct equation *q, struct quantity_values v)
{
    struct quantity alias = alias_of(q);
    if (alias.kind == QUANTITY_NONE)
        return;
    const struct equation *of_alias = v.r != NULL ? equation_of(alias, v) : NULL;
    for (size_t i = 0; of_alias == NULL && i < equation_count(); i++)
        if (equation_may_be(equation_at(i), alias, (struct quantity_values){0}))
            add_equation(g, equation_at(i), alias);
    if (of_alias != NULL)
        add_equation(g, of_alias, alias);
}

/* With a result the one that gives its value; else, and where none does, all there are. */
static void add_equations(struct gatherer *g)
{
    struct quantity of = g->x->quantity;
    const struct equation *q = g->v.r != NULL ? equation_of(of, g->v) : NULL;
    g->x->is_certain = q != NULL;
    if (q != NULL) {
        add_equation(g, q, of);
        add_alias(g, q, g->v);
        return;
    }
    for (size_t i = 0; i < equation_count(); i++)
        if (equation_may_be(equation_at(i), of, (struct quantity_values){0})) {
            add_equation(g, equation_at(i), of);
            add_alias(g, equation_at(i), (struct quantity_values){0});
        }
}

static const char *source_of(struct arena *a, struct quantity q, const struct gpu *g)
{
    if (q.kind != QUANTITY_CONSTANT || g == NULL)
        return "";
    const struct gpu_note *n = &g->note[q.id];
    const char *source = n->source == NULL ? "" : n->source;
    if (n->origin == GPU_CHANGED)
        source = "changed by hand";
    bool has_note = n->note != NULL && n->note[0] != '\0';
    return has_note ? arena_printf(a, "%s; %s", source, n->note) : source;
}

static bool is_known(const struct gatherer *g, struct quantity q)
{
    if (q.kind == g->x->quantity.kind && q.id == g->x->quantity.id)
        return true;
    for (size_t i = 0; i < g->x->n_parts; i++)
        if (g->parts[i].quantity.kind == q.kind && g->parts[i].quantity.id == q.id)
            return true;
    return false;
}

static void add_part(struct gatherer *g, struct quantity q)
{
    if (g->x->n_parts == EXPLAIN_MOST_PARTS || is_known(g, q))
        return;
    g->parts[g->x->n_parts++] = (struct explain_part){
        .quantity = q,
        .value = explain_value(g->a, q, quantity_value(q, g->v)),
        .source = source_of(g->a, q, g->v.g),
        .is_inferred = is_inferred(q, g->v.g),
    };
}

/* What the equation names behind its '='; a description's "cycles" is a common word. */
static void add_parts_of(struct gatherer *g, const struct equation *q, bool only_constants)
{
    str rest = str_from(q->text), left;
    struct equation_word w;
    bool is_description = !equation_is_computed(q);
    str_cut(&rest, '=', &left);
    while ((w = equation_next(&rest)).kind != EQUATION_END) {
        bool is_name = w.kind == EQUATION_QUANTITY &&
                       (!is_description || memchr(w.text.p, '_', w.text.n) != NULL);
        if (is_name && (!only_constants || w.quantity.kind == QUANTITY_CONSTANT))
            add_part(g, w.quantity);
    }
}

static bool is_shown(const struct gatherer *g, const struct equation *q)
{
    for (size_t i = 0; i < g->x->n_equations; i++)
        if (g->equations[i].equation == q)
            return true;
    return false;
}

/* The parts, and the constants that they consist of in turn. */
static void add_parts(struct gatherer *g)
{
    for (size_t i = 0; i < g->x->n_equations; i++)
        add_parts_of(g, g->equations[i].equation, false);
    for (size_t i = 0, n = g->x->n_parts; i < n; i++) {
        struct quantity q = g->parts[i].quantity;
        const struct equation *of = q.kind == QUANTITY_METRIC ? equation_of(q, g->v) : NULL;
        if (of == NULL || !equation_is_computed(of))
            continue;
        const char *numbers = in_numbers(g->a, of, q, g->v);
        g->parts[i].is_inferred = numbers != NULL && strchr(numbers, INFERRED) != NULL;
        if (!is_shown(g, of)) {
            g->parts[i].numbers = numbers;
            g->parts[i].words = equation_right(of);
        }
        add_parts_of(g, of, true);
    }
}

/* The variant in force: the model's own, switches applied. */
static enum variant variant_of(const struct result *r, const struct model *m, enum stage s)
{
    bool is_switched_off =
        r != NULL && fix_exists(s) && (r->fixes >> s & 1) == 0 && model_has_switch(m, s);
    if (is_switched_off && m->variants[s] == fix_variant(s, true))
        return fix_variant(s, false);
    bool is_switched_on = r != NULL && fix_exists(s) && (r->fixes >> s & 1) != 0;
    return is_switched_on ? fix_variant(s, true) : m->variants[s];
}

static void add_stages(struct gatherer *g, const char *names)
{
    struct err e = {0};
    const struct result *r = g->v.r;
    const struct model *m = r == NULL ? model_default() : model_find(str_from(r->model_name), &e);
    struct explain_stage *stages = ARENA_ARRAY(g->a, struct explain_stage, MOST_STAGES);
    str rest = str_from(names), name;
    g->x->stages = stages;
    if (m == NULL || !model_has_stages(m))
        return;
    while (rest.n > 0 && str_cut(&rest, ' ', &name))
        for (unsigned s = 0; s < STAGE_N; s++)
            if (str_is(name, stage_info[s].name) && g->x->n_stages < MOST_STAGES)
                stages[g->x->n_stages++] =
                    (struct explain_stage){(enum stage)s, variant_of(r, m, (enum stage)s)};
}

/* The next instruction of a stall below (cycles, index) of the one before. */
static uint32_t next_costly(const struct result *r, enum stall s, double below_cy, uint32_t before)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < r->n_insts; i++) {
        double cy = r->insts[i].stall[s];
        bool is_later = cy < below_cy || (cy == below_cy && i > before);
        if (cy > 0 && is_later && (best == UINT32_MAX || cy > r->insts[best].stall[s]))
            best = i;
    }
    return best;
}

enum { N_REGS = 256, WINDOW = 512 };

static void mark_uses(const struct sass_inst *in, bool is_open[N_REGS])
{
    for (unsigned u = 0; u < in->n_use; u++)
        for (unsigned r = 0; r < in->use[u].n; r++)
            is_open[(in->use[u].first + r) % N_REGS] = true;
}

/* Whether the instruction writes a register that is open; what it writes is open no more. */
static bool close_defs(const struct sass_inst *in, bool is_open[N_REGS])
{
    bool is_writer = false;
    for (unsigned d = 0; d < in->n_def; d++)
        for (unsigned r = 0; r < in->def[d].n; r++) {
            bool *open = &is_open[(in->def[d].first + r) % N_REGS];
            is_writer |= *open;
            *open = false;
        }
    return is_writer;
}

/* Whether who waits for this instruction's result can be in state `s`. */
static bool may_cause(enum stall s, const struct sass_op *op)
{
    enum sass_latency l = (enum sass_latency)op->latency;
    bool is_long = l == SASS_LAT_MEMORY || l == SASS_LAT_TEXTURE;
    bool is_fixed = l == SASS_LAT_ALU || l == SASS_LAT_FMA || l == SASS_LAT_HALF ||
                    l == SASS_LAT_FP64 || l == SASS_LAT_UNIFORM || l == SASS_LAT_TENSOR;
    if (s == STALL_LONG_SCOREBOARD)
        return is_long;
    return s == STALL_WAIT ? is_fixed : s == STALL_SHORT_SCOREBOARD && !is_long && !is_fixed;
}

uint32_t explain_producer(const struct explain_of *of, uint32_t code, enum stall s)
{
    if (of->k == NULL || of->r->path >= of->k->n_paths || of->r->n_insts < of->k->n_code)
        return UINT32_MAX;
    const struct trace_path *path = &of->k->paths[of->r->path];
    bool is_open[N_REGS] = {false};
    uint32_t best = UINT32_MAX, at = 0;
    while (at < path->n_steps && path->steps[at].code != code)
        at++;
    mark_uses(&of->k->code[code], is_open);
    for (uint32_t i = at; at < path->n_steps && i > 0 && at - i < WINDOW; i--) {
        uint32_t c = path->steps[i - 1].code;
        if (close_defs(&of->k->code[c], is_open) && may_cause(s, &of->k->code[c].op) &&
            (best == UINT32_MAX || of->r->insts[c].latency_cy > of->r->insts[best].latency_cy))
            best = c;
    }
    return best;
}

static void add_top(struct gatherer *g, enum stall s)
{
    const struct explain_of *of = &g->x->of;
    const struct result *r = of->r;
    double below_cy = (double)INFINITY;
    uint32_t at = 0;
    if (r == NULL || of->k == NULL || r->is_withheld)
        return;
    while (g->x->n_top < EXPLAIN_N_TOP) {
        at = next_costly(r, s, below_cy, at);
        if (at == UINT32_MAX || at >= of->k->n_code)
            return;
        below_cy = r->insts[at].stall[s];
        g->x->top[g->x->n_top++] = (struct explain_inst){at, explain_producer(of, at, s), below_cy};
    }
}

/* ---- the three kinds ---- */

static void fill_metric(struct gatherer *g, const struct metric_info *info)
{
    struct explanation *x = g->x;
    x->title = info->title;
    x->group = metric_group_name(info->group);
    x->about = info->help;
    x->advice = info->advice;
    x->ncu = info->ncu;
    x->ncu_title = info->ncu_title;
    if (!isnan(x->number))
        x->value = explain_value(g->a, x->quantity, x->number);
    add_stages(g, info->stages);
}

static const char *stall_value(struct arena *a, const struct result *r, double cy)
{
    double share = cy / r->cycles;
    const char *text = arena_printf(a, "%s of %s: %.1f %%", formatted(a, UNIT_CYCLES, cy),
                                    formatted(a, UNIT_CYCLES, r->cycles), 100 * share);
    return share < 1 && share >= 0.005
               ? arena_printf(a, "%s; without it at most %.2fx as fast", text, 1 / (1 - share))
               : text;
}

static void fill_stall(struct gatherer *g, enum stall s)
{
    struct explanation *x = g->x;
    const struct stall_info *info = &stall_info[s];
    bool is_loss = s != STALL_SELECTED && s != STALL_NOT_SELECTED;
    x->title = info->ncu;
    x->group = stall_group_name(info->group);
    x->about = info->about;
    x->advice = info->advice;
    if (info->is_warp_state) {
        x->ncu = arena_printf(g->a, "smsp__average_warps_issue_stalled_%s_per_issue_active.ratio",
                              info->name);
        x->ncu_title = arena_printf(g->a, "%s%s", is_loss ? "Stall " : "", info->ncu);
    }
    if (!isnan(x->number))
        x->value = stall_value(g->a, g->v.r, x->number);
    add_stages(g, info->stages);
    add_top(g, s);
}

/* Quantities whose equations name the constant. */
static const char *users_of(struct arena *a, struct quantity constant)
{
    const char *list = "", *last = "";
    for (size_t i = 0; i < equation_count(); i++) {
        const struct equation *q = equation_at(i);
        str rest = str_from(q->text);
        struct equation_word w;
        bool is_user = false;
        if (strstr(q->text, quantity_name(constant)) == NULL)
            continue; /* most: words need not be looked at */
        while ((w = equation_next(&rest)).kind != EQUATION_END)
            is_user |= w.quantity.kind == constant.kind && w.quantity.id == constant.id;
        if (!is_user || strcmp(q->of, last) == 0)
            continue;
        list = arena_printf(a, "%s%s%s", list, list[0] == '\0' ? "" : ", ", q->of);
        last = q->of;
    }
    return list;
}

static void fill_constant(struct gatherer *g, enum gpu_param_id id)
{
    struct explanation *x = g->x;
    const struct gpu_param *p = &gpu_params[id];
    x->title = p->name;
    x->group = p->section;
    x->about = arena_printf(g->a, "%c%s.", toupper((unsigned char)p->help[0]), p->help + 1);
    x->users = users_of(g->a, x->quantity);
    x->source = source_of(g->a, x->quantity, g->v.g);
    if (g->v.g == NULL)
        return;
    const char *value = explain_value(g->a, x->quantity, x->number);
    x->value = is_inferred(x->quantity, g->v.g) ? arena_printf(g->a, "~%s", value) : value;
}

struct explanation explain(struct arena *a, struct quantity q, const struct explain_of *of)
{
    struct explanation x = {.of = *of, .quantity = q, .name = quantity_name(q), .unit = unit_of(q)};
    x.title = x.group = x.about = x.advice = x.ncu = x.ncu_title = x.users = x.source = "";
    struct gatherer g = {.a = a, .v = {of->r, of->g}, .x = &x};
    g.equations = ARENA_ARRAY(a, struct explain_equation, MOST_EQUATIONS);
    g.parts = ARENA_ARRAY(a, struct explain_part, EXPLAIN_MOST_PARTS);
    x.number = quantity_value(q, g.v);
    if (q.kind == QUANTITY_METRIC)
        fill_metric(&g, &metric_info[q.id]);
    else if (q.kind == QUANTITY_STALL)
        fill_stall(&g, (enum stall)q.id);
    else
        fill_constant(&g, (enum gpu_param_id)q.id);
    add_equations(&g);
    add_parts(&g);
    x.equations = g.equations;
    x.parts = g.parts;
    return x;
}
