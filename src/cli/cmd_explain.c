/*
 * cmd_explain.c: `explain`: what a number means, and how it came about in a kernel.
 */
#include "base/os.h"
#include "present/explain.h"
#include "present/launch_explain.h"
#include "study.h"

static enum status fail_unknown(const char *name, struct err *e)
{
    const char *near = quantity_nearest(str_from(name));
    if (near == NULL)
        near = launch_fact_nearest(str_from(name));
    err_set(e, STATUS_USAGE, "nothing is called '%.60s'", name);
    err_expected(e, "a stall reason, a metric, a constant of the GPU, or a number of launches");
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
    if (x != NULL) {
        explain_json(json_add_object(j.list, NULL), x);
    } else {
        explain_list_json(j.list);
        launch_explain_list_json(j.list);
    }
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
    if (is_json(c)) {
        print_json(c, NULL);
    } else {
        explain_list_text(&c->out, &style);
        text_putc(&c->out, '\n');
        launch_explain_list_text(&c->out, &style);
    }
    return STATUS_OK;
}

/* ---- numbers of launches ---- */

static void print_fact(struct cli *c, enum launch_fact f, const struct launch_run *run)
{
    struct report_style style = cli_style(c);
    if (!is_json(c)) {
        launch_explain_text(&c->out, f, run, &style);
        return;
    }
    struct report_json j = report_json_make(os_version(), "explained");
    launch_explain_json(json_add_object(j.list, NULL), f, run);
    json_print(j.doc, &c->out);
    json_free(j.doc);
}

static enum status explain_fact(struct cli *c, enum launch_fact f, struct err *e)
{
    static const enum cli_option of_traces[] = {OPT_GPU, OPT_KERNEL, OPT_MODEL, OPT_FIX,
                                                OPT_NO_FIX};
    struct launch_run run;
    TRY(cli_refuse(c, of_traces, ARRAY_LEN(of_traces), "for a number of the launch queue", e));
    if (c->args.n_operands == 1) {
        print_fact(c, f, NULL);
        return STATUS_OK;
    }
    const struct launches_options o = {
        .profile = {.keep_going = cli_has(&c->args, OPT_KEEP_GOING)}};
    TRY(launches_open(&run.l, &c->args.operands[1], 1, &o, NULL, e));
    run.name = launch_run_name(&c->arena, run.l->profile);
    print_fact(c, f, &run);
    launches_release(run.l);
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
    if (c->args.n_operands == 0)
        return list(c);
    str name = str_from(c->args.operands[0]);
    struct quantity q = quantity_find(name);
    if (q.kind == QUANTITY_NONE) {
        enum launch_fact f = launch_fact_find(name);
        return f != FACT_N ? explain_fact(c, f, e) : fail_unknown(c->args.operands[0], e);
    }
    return c->args.n_operands == 1 ? explain_definition(c, q, e) : explain_in_trace(c, q, e);
}
