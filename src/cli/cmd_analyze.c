/*
 * cmd_analyze.c: `analyze` and `compare`: the same study, printed kernel by kernel.
 */
#include "base/os.h"
#include "present/report.h"
#include "study.h"

enum { MAX_MODELS = 32 };

struct printer {
    struct study study;
    struct report_style style;
    enum cli_format format;
    bool is_compare, is_family, has_instructions;
    struct report_json json;
    struct text *out;
    bool is_first;
};

/* Every model beside the others, those that refused with the reason. */
static void print_family(struct printer *p, const struct trace_kernel *k,
                         const struct result *const *r)
{
    struct report_answer answers[MAX_MODELS];
    size_t n = MIN(p->study.n_cases, (size_t)MAX_MODELS);
    for (size_t i = 0; i < n; i++)
        answers[i] = (struct report_answer){
            p->study.cases[i].model->name, r[i],
            p->study.failures[i] == NULL ? NULL : p->study.failures[i]->message};
    report_models_text(p->out, k, answers, n, &p->style);
}

static void print_text(struct printer *p, const struct trace_kernel *k,
                       const struct result *const *r)
{
    if (!p->is_first)
        text_putc(p->out, '\n');
    p->is_first = false;
    if (p->is_compare)
        report_compare_text(p->out, k, r, p->study.n_cases, &p->style);
    else if (p->is_family)
        print_family(p, k, r);
    else
        report_text(p->out, k, r[0], &p->style);
}

static void print_refusal(struct printer *p, const struct trace_kernel *k, size_t i)
{
    const struct study_case *c = &p->study.cases[i];
    const struct err *e = p->study.failures[i];
    if (p->format == FORMAT_JSON)
        report_json_add_refusal(&p->json, k, c->gpu->name, c->model->name, e->message);
    else
        cli_note(p->study.c, "kernel %u, %s: %s", (unsigned)k->h.id, c->model->name, e->message);
}

static void print_kernel(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    struct printer *p = arg;
    if (p->format == FORMAT_TEXT) {
        print_text(p, k, r);
        return;
    }
    const struct result *baseline = p->is_compare ? r[0] : NULL;
    for (size_t i = 0; i < p->study.n_cases; i++) {
        if (r[i] == NULL && p->is_family)
            print_refusal(p, k, i);
        if (r[i] == NULL)
            continue;
        if (p->format == FORMAT_JSON)
            report_json_add(&p->json, k, r[i], baseline, p->has_instructions);
        else
            report_csv_row(p->out, r[i], p->is_compare, baseline);
    }
}

static enum status run(struct cli *c, bool is_compare, struct err *e)
{
    struct printer p = {.style = cli_style(c),
                        .format = cli_format(c),
                        .is_compare = is_compare,
                        .has_instructions = cli_has(&c->args, OPT_INSTRUCTIONS),
                        .out = &c->out,
                        .is_first = true};
    enum status s = study_open(&p.study, c, is_compare ? 2 : 1, !is_compare, e);
    p.is_family = s == STATUS_OK && p.study.model == NULL;
    if (s == STATUS_OK) {
        p.json = report_json_make(os_version(), "kernels");
        if (p.format == FORMAT_CSV)
            report_csv_head(p.out, is_compare);
        s = study_run(&p.study, print_kernel, &p, e);
        if (p.format == FORMAT_JSON)
            json_print(p.json.doc, p.out);
        json_free(p.json.doc);
    }
    study_close(&p.study);
    if (s != STATUS_OK && !cli_has(&c->args, OPT_KEEP_GOING))
        text_clear(p.out); /* a half result would pass for a whole one */
    return s;
}

enum status run_analyze(struct cli *c, struct err *e)
{
    return run(c, false, e);
}

enum status run_compare(struct cli *c, struct err *e)
{
    if (!cli_has(&c->args, OPT_GPUS)) {
        err_set(e, STATUS_USAGE, "there is no GPU to compare with");
        err_expected(e, "--gpu NAME|FILE, once or more");
        err_hint(e, "warpscope gpu list names them");
        return STATUS_USAGE;
    }
    return run(c, true, e);
}
