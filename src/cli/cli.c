/*
 * cli.c: from argv to the exit code.
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "base/stream.h"
#include "cli_priv.h"
#include "present/cell.h"
#include "prof/nsys.h"
#include "script/script.h"

/* The line of progress may be there still. */
static void start_line(void)
{
    fputs(os_is_tty(STDERR_FILENO) ? "\r\033[Kwarpscope: " : "warpscope: ", stderr);
}

/* Messages quote what stands in files: lines are kept, other controls replaced. */
static void tell(const char *message)
{
    struct text shown;
    str rest = str_from(message), line;
    text_init(&shown);
    while (str_cut(&rest, '\n', &line)) {
        grid_put_text(&shown, line);
        text_putc(&shown, '\n');
    }
    start_line();
    fputs(text_cstr(&shown), stderr);
    text_done(&shown);
}

void cli_note(const struct cli *c, const char *fmt, ...)
{
    if (cli_has(&c->args, OPT_QUIET))
        return;
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    tell(text);
}

void cli_print_error(const struct err *e)
{
    char text[sizeof *e];
    err_format(e, text, sizeof text);
    tell(text);
}

enum cli_format cli_format(const struct cli *c)
{
    const char *name = cli_text(&c->args, OPT_FORMAT, "text");
    return name[0] == 'j' ? FORMAT_JSON : name[0] == 'c' ? FORMAT_CSV : FORMAT_TEXT;
}

enum status cli_refuse(const struct cli *c, const enum cli_option *options, size_t n,
                       const char *where, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (cli_has(&c->args, options[i]))
            return err_set(e, STATUS_USAGE, "--%s has no meaning %s", cli_options[options[i]].name,
                           where);
    }
    return STATUS_OK;
}

enum status cli_need_data(struct cli *c, struct err *e)
{
    if (c->n_gpu_dirs > 0)
        return STATUS_OK;
    c->data_dir = os_data_dir(&c->arena);
    if (c->data_dir == NULL) {
        err_set(e, STATUS_IO, "cannot find the folder with the GPU descriptions");
        err_hint(e, "set WARPSCOPE_DATA to the folder that holds gpus/, lua/ and traces/");
        return STATUS_IO;
    }
    c->gpu_dirs[c->n_gpu_dirs++] = os_join(&c->arena, c->data_dir, "gpus");
    return STATUS_OK;
}

static void print_version(struct cli *c)
{
    const char *curses = c->hooks->curses_version == NULL ? "" : c->hooks->curses_version();
    text_printf(&c->out, "warpscope %s\n%s, %s%s%s, %s, %s\n", os_version(), script_lua_version(),
                curses, curses[0] == '\0' ? "" : ", ", json_library(), nsys_library(),
                stream_libraries());
}

static enum status run_command(struct cli *c, int argc, char *const *argv, struct err *e)
{
    const struct cli_command *command;
    int n_words;
    TRY(cli_find_command(argc, argv, &command, &n_words, e));
    TRY(cli_parse(&c->args, &c->arena, command, argc - n_words, argv + n_words, e));
    if (cli_has(&c->args, OPT_VERSION))
        print_version(c);
    else if (command->name[0] == '\0' && n_words > 0)
        cli_print_group_help(&c->out, argv[0]);
    else if (cli_has(&c->args, OPT_HELP) && c->args.is_short_help)
        cli_print_short_help(&c->out, command);
    else if (cli_has(&c->args, OPT_HELP))
        cli_print_help(&c->out, command);
    else
        return command->run(c, e);
    return STATUS_OK;
}

/* The result in one write. A reader that went away has what it wanted: that is no failure. */
static enum status write_result(const struct cli *c, struct err *e)
{
    const char *path = c->args.n_values == 0 ? NULL : cli_text(&c->args, OPT_OUTPUT, NULL);
    if (c->out.n == 0)
        return STATUS_OK;
    if (path != NULL)
        return os_write_file(path, text_str(&c->out), e);
    struct err err = {0};
    if (text_write(&c->out, stdout, &err) == STATUS_OK || errno == EPIPE)
        return STATUS_OK;
    *e = err;
    return err.status;
}

int cli_main(int argc, char *const *argv, const struct cli_hooks *hooks)
{
    os_guard_streams();
    signal(SIGPIPE, SIG_IGN);
    struct cli c = {.hooks = hooks};
    arena_init(&c.arena, ARENA_SMALL);
    text_init(&c.out);
    struct err e = {0};
    enum status s = run_command(&c, argc - 1, argv + 1, &e);
    struct err write_error = {0};
    enum status written = write_result(&c, &write_error);
    if (s != STATUS_OK)
        cli_print_error(&e);
    if (written != STATUS_OK)
        cli_print_error(&write_error);
    text_done(&c.out);
    arena_done(&c.arena);
    return status_exit_code(s != STATUS_OK ? s : written);
}
