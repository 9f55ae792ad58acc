/*
 * cmd_counters.c: `counters show`, `counters import`: what a profiler measured of kernels.
 */
#include <math.h>
#include <stdlib.h>

#include "batch.h"
#include "counter_pages.h"
#include "present/launch_fact.h"

static bool watch(void *arg, uint64_t done, uint64_t total)
{
    progress_work(arg, "read counters", "B", done, total);
    return !batch_is_interrupted();
}

static enum status open_files(struct cli *c, struct counters **out, struct err *e)
{
    struct progress progress;
    const struct tick tick = {watch, &progress};
    const struct counters_options o = {.keep_going = cli_has(&c->args, OPT_KEEP_GOING),
                                       .tick = &tick};
    batch_catch_interrupt();
    progress_start(&progress, cli_has(&c->args, OPT_QUIET), 0);
    enum status s = counters_open(out, c->args.operands, c->args.n_operands, &o, e);
    progress_end(&progress);
    for (uint32_t i = 0; s == STATUS_OK && i < (*out)->n_warnings; i++)
        cli_note(c, "%s", (*out)->warnings[i]);
    return s;
}

/* ---- which kernels, in which order ---- */

static bool is_asked_for(const struct counters_kernel *k, const char *what)
{
    uint64_t id;
    if (str_parse_u64(str_from(what), &id))
        return k->id == id;
    return str_has(str_from(k->name), str_from(what));
}

struct names {
    struct arena *a;
    const struct counters *c;
};

static const char *kernel_name(size_t i, void *arg)
{
    enum { NAME_COLS = 64 };
    const struct names *n = arg;
    return launch_short_name(n->a, n->c->kernels[i].name, NAME_COLS);
}

static enum status no_such_kernel(struct cli *c, const struct counters *from, const char *what,
                                  struct err *e)
{
    struct names names = {&c->arena, from};
    err_set(e, STATUS_USAGE, "no kernel has the number '%s' or that in its name", what);
    const char *near = str_nearest(str_from(what), from->n_kernels, kernel_name, &names);
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "without --kernel all are listed");
    return STATUS_USAGE;
}

struct chosen {
    const struct counters_kernel *k;
    double key;
    uint32_t at;
};

/* The largest first; equal ones, and those without a value, as they were recorded. */
static int compare_keys(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    double v = isnan(x->key) ? -1 : x->key, w = isnan(y->key) ? -1 : y->key;
    if (v > w || v < w)
        return v > w ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int compare_names(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    int by_name = strcmp(x->k->name, y->k->name);
    return by_name != 0 ? by_name : x->at < y->at ? -1 : x->at > y->at;
}

static double key_of(const struct counters *c, const struct counters_kernel *k, char order)
{
    switch (order) {
    case 't':
        return counters_time_ns(c, k);
    case 'c':
        return counters_cycles(c, k);
    case 's':
        return counters_code_sum(k, CODE_samples);
    default:
        return 0;
    }
}

static enum status choose(struct cli *c, const struct counters *from, struct chosen **out,
                          uint32_t *n, struct err *e)
{
    size_t n_asked;
    const char **asked = cli_list(&c->args, &c->arena, OPT_KERNEL, &n_asked);
    const char order = cli_text(&c->args, OPT_COUNTER_SORT, "recorded")[0];
    bool *is_taken = ARENA_ARRAY(&c->arena, bool, from->n_kernels);
    for (size_t a = 0; a < n_asked; a++) {
        bool is_found = false;
        for (uint32_t i = 0; i < from->n_kernels; i++)
            if (is_asked_for(&from->kernels[i], asked[a]))
                is_found = is_taken[i] = true;
        if (!is_found)
            return no_such_kernel(c, from, asked[a], e);
    }
    *out = ARENA_ARRAY(&c->arena, struct chosen, from->n_kernels);
    *n = 0;
    for (uint32_t i = 0; i < from->n_kernels; i++)
        if (n_asked == 0 || is_taken[i])
            (*out)[(*n)++] =
                (struct chosen){&from->kernels[i], key_of(from, &from->kernels[i], order), i};
    if (*n > 0)
        qsort(*out, *n, sizeof **out, order == 'n' ? compare_names : compare_keys);
    return STATUS_OK;
}

/* ---- printing ---- */

/* People see where the time goes, programs everything as it stands. */
static struct counter_query query(struct cli *c, const struct counter_page *page,
                                  const struct counters *from)
{
    const bool is_text = cli_format(c) == FORMAT_TEXT;
    const char *order = cli_text(&c->args, OPT_COUNTER_SORT, is_text ? "samples" : "recorded");
    bool is_recorded = strcmp(order, "recorded") == 0;
    uint64_t n_default =
        is_text && !is_recorded && page->n_default > 0 ? page->n_default : UINT64_MAX;
    uint64_t n = cli_count(&c->args, OPT_MOST, n_default);
    struct counter_query q = {.c = from,
                              .is_text = is_text,
                              .by_samples = is_text ? !is_recorded : strcmp(order, "samples") == 0,
                              .n = n >= UINT32_MAX ? 0 : (uint32_t)n};
    q.metrics = cli_list(&c->args, &c->arena, OPT_METRIC, &q.n_metrics);
    return q;
}

static void print_all(struct cli *c, const struct counter_page *page, const struct chosen *k,
                      uint32_t n, const struct counter_query *q)
{
    struct listing t;
    uint32_t most = !page->is_per_kernel && q->n > 0 ? MIN(n, q->n) : n;
    listing_start(&t, &c->arena, page->columns, page->n_columns);
    for (uint32_t i = 0; i < most; i++)
        page->fill(&t, q, k[i].k);
    if (t.cells.n == 0 && q->is_text)
        text_puts(&c->out, "none\n");
    listing_print(&t, cli_format(c), page->name, &c->out);
    listing_end(&t);
}

static void print_title(struct cli *c, const struct counters *from, const struct counters_kernel *k)
{
    if (k->id != COUNTERS_NO_ID)
        text_printf(&c->out, "%u  ", (unsigned)k->id);
    text_printf(&c->out, "%s, grid %s, block %s\n",
                launch_short_name(&c->arena, k->name, COUNTER_NAME_COLS),
                counter_extent(&c->arena, k->grid, counters_n_ctas(from, k)),
                counter_extent(&c->arena, k->block, counters_n_threads(from, k)));
}

/* A kernel of which the page says nothing is left out. */
static void print_each(struct cli *c, const struct counter_page *page, const struct chosen *k,
                       uint32_t n, const struct counter_query *q)
{
    bool is_first = true;
    for (uint32_t i = 0; i < n; i++) {
        struct listing t;
        listing_start(&t, &c->arena, page->columns, page->n_columns);
        page->fill(&t, q, k[i].k);
        if (t.cells.n > 0) {
            if (!is_first)
                text_putc(&c->out, '\n');
            print_title(c, q->c, k[i].k);
            if (page->summary != NULL)
                text_printf(&c->out, "%s\n", page->summary(&c->arena, q, k[i].k));
            listing_print(&t, FORMAT_TEXT, page->name, &c->out);
            is_first = false;
        }
        listing_end(&t);
    }
    if (is_first)
        text_puts(&c->out, "none\n");
}

static enum status show(struct cli *c, const struct counters *from, struct err *e)
{
    const struct counter_page *page =
        counter_page_find(cli_text(&c->args, OPT_COUNTER_PAGE, "kernels"));
    const struct counter_query q = query(c, page, from);
    struct chosen *k;
    uint32_t n;
    TRY(choose(c, from, &k, &n, e));
    if (q.is_text && page->is_per_kernel)
        print_each(c, page, k, n, &q);
    else
        print_all(c, page, k, n, &q);
    return STATUS_OK;
}

enum status run_counters_show(struct cli *c, struct err *e)
{
    static const enum cli_option of_metrics[] = {OPT_METRIC};
    struct counters *from;
    if (strcmp(cli_text(&c->args, OPT_COUNTER_PAGE, ""), "metrics") != 0)
        TRY(cli_refuse(c, of_metrics, ARRAY_LEN(of_metrics), "without --show metrics", e));
    TRY(open_files(c, &from, e));
    enum status s = show(c, from, e);
    counters_close(from);
    return s;
}

/* ---- importing ---- */

static enum status check_target(const struct cli *c, struct err *e)
{
    const char *target = cli_text(&c->args, OPT_OUTPUT, "");
    for (size_t i = 0; i < c->args.n_operands; i++)
        if (strcmp(target, c->args.operands[i]) == 0)
            return err_set(e, STATUS_USAGE, "'%s' would be written over what it is made from",
                           target);
    return STATUS_OK;
}

static void note_unknown(struct cli *c, const struct counters *from, bool has_all)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < from->n_metrics; i++)
        n += from->metrics[i].known == COUNTER_N;
    if (n > 0 && !has_all)
        cli_note(c, "%u metric%s left out; --all keeps what is not known", (unsigned)n,
                 n == 1 ? " is" : "s are");
}

enum status run_counters_import(struct cli *c, struct err *e)
{
    const struct counters_write_options o = {.has_all = cli_has(&c->args, OPT_ALL)};
    struct counters *from;
    TRY(check_target(c, e));
    TRY(open_files(c, &from, e));
    note_unknown(c, from, o.has_all);
    counters_write(&c->out, from, &o);
    counters_close(from);
    return STATUS_OK;
}
