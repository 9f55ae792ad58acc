/*
 * cmd_explore.c: the explorer.
 */
#include "base/os.h"
#include "cli_priv.h"

enum { KEYS_MAX_B = 1 << 20 };

static enum status read_keys(struct cli *c, const char **out, struct err *e)
{
    const char *path = cli_text(&c->args, OPT_KEYS, NULL);
    str keys = {NULL, 0};
    if (path != NULL)
        TRY(os_read_file(&c->arena, path, KEYS_MAX_B, &keys, e));
    *out = keys.p;
    return STATUS_OK;
}

/* A mistyped path is better told on the command line than in the explorer. */
static enum status check_path(const char *path, struct err *e)
{
    if (os_is_file(path) || os_is_dir(path))
        return STATUS_OK;
    err_set(e, STATUS_IO, "cannot open '%s': there is no such file or folder", path);
    err_hint(e, "warpscope --help lists the commands");
    return STATUS_IO;
}

enum status run_explore(struct cli *c, struct err *e)
{
    const struct cli_args *args = &c->args;
    for (size_t i = 0; i < args->n_operands; i++)
        TRY(check_path(args->operands[i], e));
    if (c->hooks->explore == NULL)
        return err_set(e, STATUS_USAGE, "this build has no explorer");
    TRY(cli_need_data(c, e));
    struct cli_screen size = cli_screen(args, OPT_SIZE, (struct cli_screen){80, 24});
    struct cli_explore x = {
        .paths = args->operands,
        .n_paths = args->n_operands,
        .are_ranks = cli_has(args, OPT_RANKS),
        .step = cli_text(args, OPT_STEP, NULL),
        .gpu = cli_text(args, OPT_GPU, NULL),
        .compare = cli_text(args, OPT_COMPARE, NULL),
        .model = cli_text(args, OPT_MODEL, NULL),
        .data_dir = c->data_dir,
        .colour = cli_text(args, OPT_COLOR, NULL),
        .theme = cli_text(args, OPT_THEME, NULL),
        .symbols = cli_text(args, OPT_SYMBOLS, NULL),
        .no_mouse = cli_has(args, OPT_NO_MOUSE),
        .n_threads = cli_has(args, OPT_THREADS) ? cli_threads(c) : 0,
        .trace_options = cli_trace_options(c),
        .rows = size.rows,
        .cols = size.cols,
        .format = cli_text(args, OPT_PICTURE, NULL),
        .screen = &c->out,
    };
    TRY(cli_model_options(c, &x.model_options, e));
    TRY(read_keys(c, &x.keys, e));
    return c->hooks->explore(&x, e);
}
