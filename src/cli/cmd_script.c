/*
 * cmd_script.c: `sweep` and `trace build`: what Lua scripts do on the command line.
 */
#include "base/os.h"
#include "batch.h"
#include "cli_priv.h"
#include "script/script.h"

struct watcher {
    struct progress progress;
    const char *what;
};

/* Called by the script on this thread. */
static bool watch(void *arg, uint64_t done, uint64_t total)
{
    struct watcher *w = arg;
    progress_work(&w->progress, w->what, "points", done, total);
    return !batch_is_interrupted();
}

static enum script_format format_of(const struct cli *c)
{
    static const enum script_format formats[] = {
        [FORMAT_TEXT] = SCRIPT_TEXT, [FORMAT_JSON] = SCRIPT_JSON, [FORMAT_CSV] = SCRIPT_CSV};
    const char *path = cli_text(&c->args, OPT_OUTPUT, "");
    if (cli_has(&c->args, OPT_FORMAT))
        return formats[cli_format(c)];
    if (str_ends(str_from(path), STR(".csv")))
        return SCRIPT_CSV;
    return str_ends(str_from(path), STR(".json")) ? SCRIPT_JSON : SCRIPT_TEXT;
}

static struct script_options options(struct cli *c, const struct tick *tick, struct text *log)
{
    size_t n_traces;
    const char **traces = cli_list(&c->args, &c->arena, OPT_TRACE, &n_traces);
    return (struct script_options){.data_dir = c->data_dir,
                                   .traces = traces,
                                   .n_traces = n_traces,
                                   .is_unsafe = cli_has(&c->args, OPT_UNSAFE),
                                   .is_exact = cli_has(&c->args, OPT_EXACT),
                                   .is_verbose = cli_has(&c->args, OPT_TRACEBACK),
                                   .gpu_dirs = c->gpu_dirs,
                                   .n_gpu_dirs = c->n_gpu_dirs,
                                   .args = c->args.operands + 1,
                                   .n_args = c->args.n_operands - 1,
                                   .n_threads = cli_threads(c),
                                   .format = format_of(c),
                                   .tick = tick,
                                   .out = &c->out,
                                   .log = log};
}

static enum status check_args(const struct cli *c, struct err *e)
{
    for (size_t i = 1; i < c->args.n_operands; i++)
        if (strchr(c->args.operands[i], '=') == NULL) {
            err_set(e, STATUS_USAGE, "'%s' sets no parameter", c->args.operands[i]);
            err_expected(e, "NAME=VALUE");
            err_hint(e, "a trace for the script is given with --trace PATH");
            return STATUS_USAGE;
        }
    return STATUS_OK;
}

enum { SCRIPT_MAX_B = 1 << 20 };

/* What the first line says behind the name: "-- l2_size.lua: how much L2 does a kernel need?" */
static const char *subject(struct arena *a, const char *path)
{
    str source, line;
    if (os_read_file(a, path, SCRIPT_MAX_B, &source, NULL) != STATUS_OK ||
        !str_cut(&source, '\n', &line) || !str_starts(line, STR("-- ")))
        return "";
    str behind = line, name;
    return str_cut(&behind, ':', &name) && behind.p != NULL
               ? arena_strndup(a, str_trim(behind).p, str_trim(behind).n)
               : "";
}

/* The scripts of a folder below lua/, by the names that the command takes. */
static enum status list_scripts(struct cli *c, const char *folder, struct err *e)
{
    struct arena *a = &c->arena;
    char **names;
    size_t n;
    TRY(cli_need_data(c, e));
    const char *dir = arena_printf(a, "%s/lua/%s", c->data_dir, folder);
    TRY(os_list_dir(a, dir, &names, &n, e));
    for (size_t i = 0; i < n; i++) {
        str name = str_from(names[i]);
        if (!str_ends(name, STR(".lua")))
            continue;
        text_printf(&c->out, "%-18.*s %s\n", (int)(name.n - strlen(".lua")), name.p,
                    subject(a, os_join(a, dir, names[i])));
    }
    return STATUS_OK;
}

typedef enum status script_runner(const struct script_options *o, struct cli *c, struct err *e);

static enum status run(struct cli *c, script_runner *runner, struct err *e)
{
    TRY(check_args(c, e));
    TRY(cli_need_data(c, e));
    batch_catch_interrupt();
    struct watcher w = {.what = c->args.operands[0]};
    progress_start(&w.progress, cli_has(&c->args, OPT_QUIET), 0);
    struct text log;
    text_init(&log);
    struct tick tick = {watch, &w};
    struct script_options o = options(c, &tick, &log);
    enum status s = runner(&o, c, e);
    progress_end(&w.progress);
    if (text_write(&log, stderr, NULL) != STATUS_OK)
        log.n = 0; /* nothing is left that could say so */
    text_done(&log);
    return s;
}

static enum status sweep(const struct script_options *o, struct cli *c, struct err *e)
{
    return script_sweep(o, c->args.operands[0], e);
}

static enum status build(const struct script_options *o, struct cli *c, struct err *e)
{
    return script_build(o, c->args.operands[0], cli_text(&c->args, OPT_TARGET, NULL), e);
}

enum status run_sweep(struct cli *c, struct err *e)
{
    return cli_has(&c->args, OPT_LIST) ? list_scripts(c, "sweeps", e) : run(c, sweep, e);
}

enum status run_trace_build(struct cli *c, struct err *e)
{
    return cli_has(&c->args, OPT_LIST) ? list_scripts(c, "kernels", e) : run(c, build, e);
}
