/*
 * cmd_explain.c: `explain`: what a number means, and how it came about in a kernel.
 */
#include "base/os.h"
#include "present/explain.h"
#include "study.h"

static enum status find(const char *name, struct quantity *out, struct err *e)
{
    *out = quantity_find(str_from(name));
    if (out->kind != QUANTITY_NONE)
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "nothing is called '%.60s'", name);
    err_expected(e, "a stall reason, a metric or a constant of the GPU");
    const char *near = quantity_nearest(str_from(name));
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "`warpscope explain` lists them");
    return STATUS_USAGE;
}

static bool is_json(const struct cli *c)
{
    return cli_text(&c->args, OPT_DOCUMENT, "text")[0] == 'j';
}

static void print_json(struct cli *c, const struct explanation *x)
{
    struct report_json j = report_json_make(os_version(), "explained");
    if (x == NULL)
        explain_list_json(j.list);
    else
        explain_json(json_add_object(j.list, NULL), x);
    json_print(j.doc, &c->out);
    json_free(j.doc);
}

static void print(struct cli *c, struct quantity q, const struct explain_of *of)
{
    struct report_style style = cli_style(c);
    struct explanation x = explain(&c->arena, q, of);
    if (is_json(c))
        print_json(c, &x);
    else
        explain_text(&c->out, &x, &style);
}

static enum status list(struct cli *c)
{
    struct report_style style = cli_style(c);
    if (is_json(c))
        print_json(c, NULL);
    else
        explain_list_text(&c->out, &style);
    return STATUS_OK;
}

/* Options that say which number of a trace: without one they would be passed over in silence. */
static enum status refuse_without_trace(const struct cli *c, struct err *e)
{
    static const enum cli_option options[] = {OPT_KERNEL, OPT_MODEL, OPT_FIX, OPT_NO_FIX};
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (cli_has(&c->args, options[i])) {
            err_set(e, STATUS_USAGE, "--%s needs a trace", cli_options[options[i]].name);
            err_hint(e, "warpscope explain %s PATH", c->args.operands[0]);
            return STATUS_USAGE;
        }
    return STATUS_OK;
}

/* The constants of one description, where --gpu names it. */
static enum status explain_definition(struct cli *c, struct quantity q, struct err *e)
{
    struct gpu g;
    struct explain_of of = {.g = NULL};
    const char *name = cli_text(&c->args, OPT_GPU, NULL);
    TRY(refuse_without_trace(c, e));
    if (name != NULL) {
        TRY(cli_need_data(c, e));
        TRY(gpu_load(&g, &c->arena, name, c->gpu_dirs, c->n_gpu_dirs, e));
        of.g = &g;
    }
    print(c, q, &of);
    return STATUS_OK;
}

struct explainer {
    struct study study;
    struct quantity quantity;
};

static void explain_kernel(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    struct explainer *x = arg;
    if (r[0] != NULL)
        print(x->study.c, x->quantity, &(struct explain_of){r[0], k, &x->study.gpus[0]});
}

/* One kernel: the first of those that were asked for. */
static enum status explain_in_trace(struct cli *c, struct quantity q, struct err *e)
{
    struct explainer x = {.quantity = q};
    enum status s = study_open(&x.study, c, 1, false, e);
    if (s == STATUS_OK) {
        if (x.study.n_kernels > 1)
            cli_note(c, "kernel %u, the first of %zu; --kernel chooses another",
                     (unsigned)trace_header(x.study.trace, x.study.kernels[0])->id,
                     x.study.n_kernels);
        x.study.n_kernels = 1;
        s = study_run(&x.study, explain_kernel, &x, e);
    }
    study_close(&x.study);
    return s;
}

enum status run_explain(struct cli *c, struct err *e)
{
    struct quantity q;
    if (c->args.n_operands == 0)
        return list(c);
    TRY(find(c->args.operands[0], &q, e));
    return c->args.n_operands == 1 ? explain_definition(c, q, e) : explain_in_trace(c, q, e);
}
