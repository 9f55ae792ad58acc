/*
 * view_explain.c: paragraphs for the explain popup: the short form of what `explain` prints.
 */
#include "view_priv.h"

void explain_add(struct view_frame *f, const char *text)
{
    if (f->out->n_explain < ARRAY_LEN(f->out->explain) && text[0] != '\0')
        f->out->explain[f->out->n_explain++] = text;
}

static struct explain_of current(const struct view_data *d)
{
    const struct view_kernel *k = data_kernel(d);
    if (k == NULL)
        return (struct explain_of){.g = d->gpu};
    return (struct explain_of){k->result, k->body, d->gpu};
}

static const char *inst_at(struct view_frame *f, const struct trace_kernel *k, uint32_t code)
{
    return arena_printf(f->a, "%04llx %s", (unsigned long long)k->code[code].pc,
                        inst_text(f->a, &k->code[code]));
}

/* " (for 00b0 LDG.E.128)", "" when it is not known. */
static const char *waits_text(struct arena *a, const struct trace_kernel *k, uint32_t producer)
{
    if (producer == UINT32_MAX)
        return "";
    return arena_printf(a, " (for %04llx %s)", (unsigned long long)k->code[producer].pc,
                        k->code[producer].opcode);
}

static void add_top(struct view_frame *f, const struct explanation *x)
{
    const char *all = "";
    for (size_t i = 0; x->of.k != NULL && i < x->n_top; i++) {
        const struct explain_inst *in = &x->top[i];
        all = arena_printf(f->a, "%s%s%s  %s%s", all, i == 0 ? "" : "\n",
                           fmt_percent(f->a, in->cycles / x->number), inst_at(f, x->of.k, in->code),
                           waits_text(f->a, x->of.k, in->producer));
    }
    explain_add(f, all);
}

/* What the equation's metrics are in turn: "l2_latency_cy = ~280 + ... = 373 cy". */
static void add_parts(struct view_frame *f, const struct explanation *x)
{
    const char *parts = "";
    for (size_t i = 0; i < x->n_parts; i++)
        if (x->parts[i].numbers != NULL)
            parts = arena_printf(f->a, "%s%s%s %s", parts, parts[0] == '\0' ? "" : "\n",
                                 quantity_name(x->parts[i].quantity), x->parts[i].numbers);
    explain_add(f, parts);
}

static void add_equation(struct view_frame *f, const struct explanation *x)
{
    size_t n = x->is_certain ? x->n_equations : MIN(x->n_equations, (size_t)1);
    for (size_t i = 0; i < n; i++) {
        const struct explain_equation *e = &x->equations[i];
        explain_add(f, e->numbers == NULL ? e->text
                                          : arena_printf(f->a, "%s\n%s", e->text, e->numbers));
    }
    add_parts(f, x);
}

/* Constants that were not measured on this chip. */
static void add_inferred(struct view_frame *f, const struct explanation *x)
{
    const char *list = "";
    for (size_t i = 0; i < x->n_parts; i++) {
        const struct explain_part *part = &x->parts[i];
        if (part->is_inferred && part->quantity.kind == QUANTITY_CONSTANT)
            list = arena_printf(f->a, "%s%s%s ~%s", list, list[0] == '\0' ? "" : ", ",
                                quantity_title(part->quantity), part->value);
    }
    if (list[0] != '\0')
        explain_add(f, arena_printf(f->a, "Inferred, not measured on this chip: %s.", list));
}

static void start(struct view_frame *f, const struct explanation *x, const char *value)
{
    f->out->explain_title = x->title;
    f->out->explain_name = quantity_title(x->quantity);
    f->out->n_explain = 0;
    if (value != NULL)
        explain_add(f, arena_printf(f->a, "Value here: %s", value));
}

static void add_explanation(struct view_frame *f, const struct explanation *x)
{
    explain_add(f, x->about);
    add_top(f, x);
    add_equation(f, x);
    add_inferred(f, x);
    if (x->advice[0] != '\0')
        explain_add(f, arena_printf(f->a, "What helps: %s.", x->advice));
    if (x->ncu[0] != '\0')
        explain_add(f, arena_printf(f->a, "Nsight Compute: %s\n%s", x->ncu_title, x->ncu));
}

void explain_metric(struct view_frame *f, enum metric m, const char *value)
{
    struct explain_of of = current(f->d);
    struct explanation x = explain(f->a, (struct quantity){QUANTITY_METRIC, m}, &of);
    start(f, &x, value != NULL ? value : x.value);
    add_explanation(f, &x);
}

void explain_stall(struct view_frame *f, enum stall s)
{
    struct explain_of of = current(f->d);
    struct explanation x = explain(f->a, (struct quantity){QUANTITY_STALL, s}, &of);
    start(f, &x, x.value);
    add_explanation(f, &x);
    explain_add(f,
                arena_printf(f->a, "Group: %s. Who can mend it: %s.", x.group, stall_info[s].who));
}

/* "TITLE: value" and its equation in numbers. */
static void add_short(struct view_frame *f, const char *title, struct quantity q,
                      const struct explain_of *of)
{
    struct explanation x = explain(f->a, q, of);
    bool has_numbers = x.n_equations > 0 && x.equations[0].numbers != NULL;
    if (x.value != NULL)
        explain_add(f, arena_printf(f->a, "%s: %s%s%s", title, x.value, has_numbers ? "\n" : "",
                                    has_numbers ? x.equations[0].numbers : ""));
}

void explain_also(struct view_frame *f, enum metric m)
{
    struct explain_of of = current(f->d);
    add_short(f, metric_info[m].title, (struct quantity){QUANTITY_METRIC, m}, &of);
}

void explain_other(struct view_frame *f, struct quantity q)
{
    const struct view_kernel *k = data_kernel(f->d);
    struct explain_of of = {k->other, k->body, f->d->other_gpu};
    if (of.r != NULL && of.g != NULL)
        add_short(f, arena_printf(f->a, "On %s", of.g->name), q, &of);
}

static void add_wait(struct view_frame *f, const struct explain_of *of, uint32_t code,
                     enum stall reason)
{
    uint32_t producer = explain_producer(of, code, reason);
    explain_add(
        f, arena_printf(f->a, "Mostly %s: %s.", stall_info[reason].ncu, stall_info[reason].help));
    if (producer != UINT32_MAX)
        explain_add(f,
                    arena_printf(f->a, "It waits for %s, whose latency is %.4g cy.",
                                 inst_at(f, of->k, producer), of->r->insts[producer].latency_cy));
}

void explain_inst(struct view_frame *f, uint32_t code, enum stall reason)
{
    struct explain_of of = current(f->d);
    if (of.r == NULL || of.k == NULL)
        return;
    const struct result_inst *in = &of.r->insts[code];
    struct explanation x =
        explain(f->a, (struct quantity){QUANTITY_METRIC, METRIC_inst_share}, &of);
    start(f, &x, fmt_percent(f->a, ratio(in->cycles, of.r->cycles)));
    if (in->cycles > 0)
        add_wait(f, &of, code, reason);
    add_explanation(f, &x);
}

void explain_constant(struct view_frame *f, enum gpu_param_id id)
{
    struct explain_of of = current(f->d);
    struct explanation x = explain(f->a, (struct quantity){QUANTITY_CONSTANT, id}, &of);
    const struct gpu_param *p = &gpu_params[id];
    start(f, &x, x.value);
    add_explanation(f, &x);
    explain_add(f, arena_printf(f->a, "Range %.6g to %.6g %s.", p->min, p->max, p->unit));
    if (x.source[0] != '\0')
        explain_add(f, arena_printf(f->a, "%s: %s.",
                                    f->d->gpu->note[id].is_inferred ? "Inferred" : "Source",
                                    x.source));
    if (x.users[0] != '\0')
        explain_add(f, arena_printf(f->a, "Enters the equations of %s.", x.users));
}
