/*
 * cmd_launches.c: `launches`: why the GPU waits, and which launches are worth fusing.
 */
#include "base/os.h"
#include "batch.h"
#include "launch_batch.h"
#include "launch_pages.h"
#include "launch_replay.h"

/* ---- opening ---- */

struct opening {
    struct progress progress;
    const char *path;
};

static bool watch(void *arg, uint64_t done, uint64_t total)
{
    struct opening *o = arg;
    char what[JOB_WHAT_B];
    snprintf(what, sizeof what, "read %s", os_basename(o->path));
    progress_work(&o->progress, what, "B", done, total);
    return !batch_is_interrupted();
}

static struct launches_options options(const struct cli *c)
{
    return (struct launches_options){
        .profile = {.keep_going = cli_has(&c->args, OPT_KEEP_GOING)},
        .step = cli_text(&c->args, OPT_STEP, NULL),
        .fusion = {.length = (uint32_t)MIN(cli_count(&c->args, OPT_LENGTH, 0), FUSION_LONGEST),
                   .min_n = (uint32_t)MIN(cli_count(&c->args, OPT_MIN_COUNT, 2), UINT32_MAX)},
    };
}

/* A list of other chains than those that were asked for, or of none, needs a reason. */
static void note_length(struct cli *c, const struct launch_run *run, uint32_t wanted)
{
    const struct fusion *f = &run->l->fusion;
    uint32_t listed = f->n_chains > 0 ? f->chains[0].chain->length : 0;
    if (wanted == 0 || listed == wanted)
        return;
    if (listed == 0)
        cli_note(c, "%s: no chain of length %u repeats", run->name, wanted);
    else
        cli_note(c, "%s: no chain of length %u repeats; those of %u are listed", run->name, wanted,
                 listed);
}

static enum status open_run(struct cli *c, struct opening *o, const char *const *paths, size_t n,
                            struct launch_run *run, struct err *e)
{
    const struct launches_options options_now = options(c);
    const struct tick tick = {watch, o};
    o->path = paths[0];
    TRY(launches_open(&run->l, paths, n, &options_now, &tick, e));
    run->name = launch_run_name(&c->arena, run->l->profile);
    for (uint32_t i = 0; i < run->l->profile->n_warnings; i++)
        cli_note(c, "%s: %s", run->name, run->l->profile->warnings[i]);
    note_length(c, run, options_now.fusion.length);
    return STATUS_OK;
}

static enum status open_files(struct cli *c, struct launch_run *runs, size_t *n, struct err *e)
{
    struct opening o = {.path = ""};
    const char *const *paths = c->args.operands;
    enum status s = STATUS_OK;
    bool is_one = cli_has(&c->args, OPT_RANKS);
    batch_catch_interrupt();
    progress_start(&o.progress, cli_has(&c->args, OPT_QUIET), 0);
    for (*n = 0; s == STATUS_OK && *n < (is_one ? 1 : c->args.n_operands);) {
        s = open_run(c, &o, paths + *n, is_one ? c->args.n_operands : 1, &runs[*n], e);
        *n += s == STATUS_OK;
    }
    progress_end(&o.progress);
    return s;
}

/* Each run once more, as another machine would have done it. */
static enum status add_replays(struct cli *c, struct launch_run *runs, size_t *n, struct err *e)
{
    const struct launches_options options_now = options(c);
    struct replay_options replay;
    const char *what;
    size_t n_files = *n;
    if (!launch_replay_is_wanted(c))
        return STATUS_OK;
    TRY(launch_replay_options(c, &replay, &what, e));
    for (size_t i = 0; i < n_files; i++) {
        struct launch_run *run = &runs[*n];
        TRY(launches_replay(&run->l, runs[i].l, &replay, &options_now, NULL, e));
        run->name = arena_printf(&c->arena, "%s, %s", runs[i].name, what);
        ++*n;
    }
    return STATUS_OK;
}

/* ---- printing ---- */

static void print_summary_text(struct cli *c, const struct launch_run *runs, size_t n)
{
    struct report_style style = cli_style(c);
    if (n > LAUNCH_MOST_COMPARED)
        cli_note(c, "the first %d of %zu runs; --format csv has all", LAUNCH_MOST_COMPARED, n);
    if (n == 1)
        launch_report_text(&c->out, &runs[0], &style);
    else
        launch_report_compare_text(&c->out, runs, n, &style);
}

static void print_summary(struct cli *c, const struct launch_run *runs, size_t n)
{
    struct report_json j;
    switch (cli_format(c)) {
    case FORMAT_TEXT:
        print_summary_text(c, runs, n);
        break;
    case FORMAT_CSV:
        launch_report_csv_head(&c->out);
        for (size_t i = 0; i < n; i++)
            launch_report_csv_row(&c->out, &runs[i]);
        break;
    case FORMAT_JSON:
        j = report_json_make(os_version(), "profiles");
        for (size_t i = 0; i < n; i++)
            launch_report_json(json_add_object(j.list, NULL), &runs[i]);
        json_print(j.doc, &c->out);
        json_free(j.doc);
        break;
    }
}

static struct launch_query query(const struct cli *c, uint32_t n_default)
{
    static const enum tally_order orders[] = {
        ['t'] = TALLY_BY_TIME, ['c'] = TALLY_BY_COUNT, ['w'] = TALLY_BY_WAIT};
    uint64_t n = cli_count(&c->args, OPT_ROWS, n_default);
    const char *order = cli_text(&c->args, OPT_SORT, "time");
    return (struct launch_query){n >= UINT32_MAX ? 0 : (uint32_t)n,
                                 orders[(unsigned char)order[0]]};
}

/* In text each run is a table of its own, and long names are cut to the bare ones. */
static void print_page_text(struct cli *c, const struct launch_page *page,
                            const struct launch_run *run, bool has_title)
{
    struct listing t;
    struct launch_query q = query(c, page->n_default);
    if (has_title)
        text_printf(&c->out, "%s\n", run->name);
    listing_start(&t, &c->arena, page->columns, page->n_columns);
    page->fill(&t, run, &q);
    if (t.cells.n == 0)
        text_puts(&c->out, "none\n");
    listing_print(&t, FORMAT_TEXT, "rows", &c->out);
    if (has_title)
        text_putc(&c->out, '\n');
    listing_end(&t);
}

static void print_page(struct cli *c, const struct launch_page *page, const struct launch_run *runs,
                       size_t n)
{
    if (cli_format(c) == FORMAT_TEXT) {
        for (size_t i = 0; i < n; i++)
            print_page_text(c, page, &runs[i], n > 1);
        return;
    }
    struct listing t;
    struct launch_query q = query(c, 0);
    listing_start(&t, &c->arena, page->columns, page->n_columns);
    for (size_t i = 0; i < n; i++)
        page->fill(&t, &runs[i], &q);
    listing_print(&t, cli_format(c), page->name, &c->out);
    listing_end(&t);
}

enum status run_launches(struct cli *c, struct err *e)
{
    static const enum cli_option of_batches[] = {OPT_BATCHES};
    const char *shown = cli_text(&c->args, OPT_PAGE, "summary");
    const struct launch_page *page = launch_page_find(shown);
    struct launch_run *runs = ARENA_ARRAY(&c->arena, struct launch_run, 2 * c->args.n_operands);
    size_t n;
    if (strcmp(shown, "batch") != 0)
        TRY(cli_refuse(c, of_batches, ARRAY_LEN(of_batches), "without --show batch", e));
    enum status s = open_files(c, runs, &n, e);
    if (s == STATUS_OK && strcmp(shown, "batch") == 0)
        s = launch_batch_print(c, runs, n, e);
    else if (s == STATUS_OK)
        s = add_replays(c, runs, &n, e);
    if (s == STATUS_OK && strcmp(shown, "summary") == 0)
        print_summary(c, runs, n);
    else if (s == STATUS_OK && page != NULL)
        print_page(c, page, runs, n);
    for (size_t i = 0; i < n; i++)
        launches_release(runs[i].l);
    return s;
}
