/*
 * help.c: -h and --help, made from the tables.
 */
#include "base/str.h"
#include "cli_priv.h"

enum { WIDTH = 80, NAME_COLUMN = 2, TEXT_COLUMN = 24 };

void cli_print_wrapped(struct text *out, str paragraph, size_t column)
{
    str line;
    bool is_first = true;
    for (; str_wrap(&paragraph, WIDTH - column, &line); is_first = false) {
        text_pad(out, ' ', is_first ? 0 : column);
        text_add(out, line);
        text_putc(out, '\n');
    }
    if (is_first)
        text_putc(out, '\n');
}

static void put_paragraphs(struct text *out, const char *text)
{
    str rest = str_from(text), paragraph;
    while (str_cut(&rest, '\n', &paragraph))
        cli_print_wrapped(out, paragraph, 0);
}

/* The bytes of a name that fit a line: up to a '|' where it is too long for one. */
static size_t name_line_n(str name, size_t width)
{
    if (name.n <= width)
        return name.n;
    size_t n = width;
    while (n > 0 && name.p[n - 1] != '|')
        n--;
    return n > 0 ? n : name.n;
}

/* A name with long lists of values broken between them; returns the bytes of the last line. */
static size_t put_name(struct text *out, str name)
{
    for (;;) {
        size_t n = name_line_n(name, WIDTH - NAME_COLUMN);
        text_pad(out, ' ', NAME_COLUMN);
        text_add(out, (str){name.p, n});
        if (n == name.n)
            return n;
        text_putc(out, '\n');
        name = (str){name.p + n, name.n - n};
    }
}

/* A name, and from TEXT_COLUMN on what it means; a long name has its lines for itself. */
static void put_entry(struct text *out, const char *name, const char *text)
{
    size_t n = put_name(out, str_from(name));
    if (NAME_COLUMN + n + 2 > TEXT_COLUMN || n < strlen(name)) {
        text_putc(out, '\n');
        n = 0;
        text_pad(out, ' ', NAME_COLUMN);
    }
    text_pad(out, ' ', TEXT_COLUMN - NAME_COLUMN - n);
    cli_print_wrapped(out, str_from(text), TEXT_COLUMN);
}

static void put_usage(struct text *out, const struct cli_command *c)
{
    text_printf(out, "usage: warpscope%s%s [options]%s%s\n", c->name[0] == '\0' ? "" : " ", c->name,
                c->operands[0] == '\0' ? "" : " ", c->operands);
    if (c->name[0] == '\0')
        text_puts(out, "       warpscope COMMAND [options] ...\n");
}

static void put_option(struct text *out, const struct cli_option_info *o)
{
    struct text name;
    text_init(&name);
    if (o->letter != 0)
        text_printf(&name, "-%c, ", o->letter);
    text_printf(&name, "--%s%s%s", o->name, o->value == NULL ? "" : " ",
                o->value == NULL ? "" : o->value);
    put_entry(out, text_cstr(&name), o->help);
    text_done(&name);
}

static void put_options(struct text *out, const struct cli_command *c)
{
    text_puts(out, "\noptions:\n");
    for (size_t i = 0; i < OPT_N; i++)
        if ((c->options & CLI_BIT(i)) != 0)
            put_option(out, &cli_options[i]);
}

static void put_commands(struct text *out)
{
    text_puts(out, "\ncommands:\n");
    for (size_t i = 1; i < cli_n_commands(); i++)
        put_entry(out, cli_command_at(i)->name, cli_command_at(i)->summary);
}

void cli_print_short_help(struct text *out, const struct cli_command *c)
{
    put_usage(out, c);
    if (c->name[0] == '\0') {
        put_commands(out);
        text_puts(out, "\nwarpscope COMMAND --help explains a command, --help all of them\n");
        return;
    }
    text_printf(out, "%s\n", c->summary);
    put_options(out, c);
}

static void put_examples(struct text *out, const struct cli_command *c)
{
    text_puts(out, "\nexamples:\n");
    str rest = str_from(c->example), line;
    while (str_cut(&rest, '\n', &line)) {
        text_pad(out, ' ', NAME_COLUMN);
        text_add(out, line);
        text_putc(out, '\n');
    }
}

void cli_print_help(struct text *out, const struct cli_command *c)
{
    bool is_program = c->name[0] == '\0';
    put_usage(out, c);
    text_putc(out, '\n');
    text_printf(out, "%s\n\n", c->summary);
    put_paragraphs(out, c->about);
    if (is_program)
        put_commands(out);
    put_options(out, c);
    put_examples(out, c);
    if (is_program)
        text_puts(out, "\nexit codes: 0 ok, 1 the run failed, 2 wrong use, 3 input not valid,\n"
                       "  4 a Lua script failed, 5 a check did not hold, 130 cancelled\n");
}

static bool is_in_group(const struct cli_command *c, const char *group)
{
    str prefix = str_from(group), name = str_from(c->name);
    return name.n > prefix.n && str_starts(name, prefix) && name.p[prefix.n] == ' ';
}

static bool is_group(const char *word)
{
    for (size_t i = 1; i < cli_n_commands(); i++)
        if (is_in_group(cli_command_at(i), word))
            return true;
    return false;
}

void cli_print_group_help(struct text *out, const char *group)
{
    text_printf(out, "usage: warpscope %s COMMAND [options] ...\n\ncommands:\n", group);
    for (size_t i = 1; i < cli_n_commands(); i++)
        if (is_in_group(cli_command_at(i), group))
            put_entry(out, cli_command_at(i)->name, cli_command_at(i)->summary);
    text_printf(out, "\nwarpscope %s COMMAND --help explains a command\n", group);
}

static enum status fail_no_command(const char *word, struct err *e)
{
    err_set(e, STATUS_USAGE, "there is no command '%s'", word);
    err_hint(e, "warpscope help lists the commands");
    return STATUS_USAGE;
}

enum status run_help(struct cli *c, struct err *e)
{
    const struct cli_args *args = &c->args;
    const struct cli_command *command = cli_command_at(0);
    int n = (int)args->n_operands, n_words = 0;
    char *argv[2] = {NULL, NULL};
    for (int i = 0; i < n; i++)
        argv[i] = arena_strdup(&c->arena, args->operands[i]);
    if (n == 1 && is_group(argv[0])) {
        cli_print_group_help(&c->out, argv[0]);
        return STATUS_OK;
    }
    if (n > 0)
        TRY(cli_find_command(n, argv, &command, &n_words, e));
    if (n_words < n)
        return fail_no_command(argv[n_words], e);
    cli_print_help(&c->out, command);
    return STATUS_OK;
}
