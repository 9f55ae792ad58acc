/*
 * cmd_timeline.c: `timeline`: what the warps of one SM do, as the detailed model follows them.
 */
#include <inttypes.h>

#include "base/os.h"
#include "base/units.h"
#include "study.h"

enum { WARPS_DEFAULT = 32, COLS_DEFAULT = 80, LEAST_COLS = 40 };
enum { MOST_JSON_SPANS = 1000 * 1000 };

struct timeline_printer {
    struct study study;
    enum status status;
    struct err *e;
};

static enum status check_order(const struct cli *c, struct err *e)
{
    uint64_t from = cli_cycle(&c->args, OPT_FROM, 0);
    uint64_t to = cli_cycle(&c->args, OPT_TO, UINT64_MAX);
    if (from < to)
        return STATUS_OK;
    return err_set(e, STATUS_USAGE, "--from %" PRIu64 " is not before --to %" PRIu64, from, to);
}

/* A window behind the end, or within repetitions that are not followed, shows nothing. */
static enum status check_window(const struct timeline *t, const struct report_window *w,
                                struct err *e)
{
    uint64_t end = timeline_end_cy(t);
    if (w->from_cy >= end) {
        err_set(e, STATUS_USAGE, "the SM has no cycle %" PRIu64, w->from_cy);
        err_expected(e, "--from below %" PRIu64, end);
        return STATUS_USAGE;
    }
    for (uint32_t i = 0; i < t->n_repeats; i++) {
        const struct timeline_repeat *r = &t->repeats[i];
        if (w->from_cy < r->to_cy || w->to_cy > timeline_repeat_end_cy(r))
            continue;
        err_set(e, STATUS_USAGE, "cycles %" PRIu64 " to %" PRIu64 " are a repetition", w->from_cy,
                w->to_cy);
        err_hint(e, "--from %" PRIu64 " --to %" PRIu64 " shows what repeats", r->from_cy, r->to_cy);
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

/* A JSON document is built in memory. */
static enum status check_size(const struct cli *c, const struct result *r,
                              const struct report_window *w, struct err *e)
{
    if (cli_format(c) != FORMAT_JSON || report_timeline_n_spans(r, w) <= MOST_JSON_SPANS)
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "more than %d spans are too many for JSON", MOST_JSON_SPANS);
    err_hint(e, "choose a part with --from and --to, or --format csv");
    return STATUS_USAGE;
}

static void note_left_out(const struct cli *c, const struct timeline *t)
{
    uint64_t left_out = 0;
    char text[32];
    for (uint32_t i = 0; i < t->n_repeats; i++)
        left_out += timeline_repeat_end_cy(&t->repeats[i]) - t->repeats[i].to_cy;
    if (left_out > 0)
        cli_note(c, "%s cycles that repeat others are no rows; --format json lists them",
                 units_group(text, sizeof text, left_out));
}

static void print(struct cli *c, const struct trace_kernel *k, const struct result *r,
                  const struct report_window *w)
{
    struct report_style style = cli_style(c);
    struct report_json j;
    switch (cli_format(c)) {
    case FORMAT_TEXT:
        report_timeline_text(&c->out, k, r, w, &style);
        break;
    case FORMAT_CSV:
        report_timeline_csv(&c->out, k, r, w);
        note_left_out(c, r->timeline);
        break;
    case FORMAT_JSON:
        j = report_json_make(os_version(), "timelines");
        report_timeline_json(j.list, k, r, w);
        json_print(j.doc, &c->out);
        json_free(j.doc);
        break;
    }
}

static enum status check(const struct cli *c, const struct result *r, const struct report_window *w,
                         struct err *e)
{
    if (r->is_withheld) {
        err_set(e, STATUS_INPUT, "there is no timeline where totals are withheld");
        err_hint(e, "--ignore-unknown draws one all the same");
        return STATUS_INPUT;
    }
    TRY(check_window(r->timeline, w, e));
    return check_size(c, r, w, e);
}

static void print_kernel(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    struct timeline_printer *p = arg;
    struct cli *c = p->study.c;
    if (r[0] == NULL)
        return;
    struct cli_screen size = cli_screen(&c->args, OPT_SIZE, (struct cli_screen){COLS_DEFAULT, 1});
    uint64_t end = timeline_end_cy(r[0]->timeline);
    struct report_window w = {
        .from_cy = cli_cycle(&c->args, OPT_FROM, 0),
        .to_cy = MIN(cli_cycle(&c->args, OPT_TO, end), end),
        .cols = MAX(size.cols, (unsigned)LEAST_COLS),
        .n_lanes = (uint32_t)MIN(cli_count(&c->args, OPT_WARPS, WARPS_DEFAULT), UINT32_MAX),
    };
    p->status = check(c, r[0], &w, p->e);
    if (p->status == STATUS_OK)
        print(c, k, r[0], &w);
}

/* One kernel: the first of those that were asked for. */
static enum status run_first(struct timeline_printer *p, struct err *e)
{
    struct study *s = &p->study;
    if (s->n_kernels > 1)
        cli_note(s->c, "kernel %u, the first of %zu; --kernel chooses another",
                 (unsigned)trace_header(s->trace, s->kernels[0])->id, s->n_kernels);
    s->n_kernels = 1;
    s->options.with_timeline = true;
    s->model = s->cases[0].model = model_find(STR("sm"), e);
    TRY(study_run(s, print_kernel, p, e));
    return p->status;
}

enum status run_timeline(struct cli *c, struct err *e)
{
    struct timeline_printer p = {.e = e};
    TRY(check_order(c, e));
    enum status s = study_open(&p.study, c, 1, false, e);
    if (s == STATUS_OK)
        s = run_first(&p, e);
    study_close(&p.study);
    return s;
}
