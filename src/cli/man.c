/*
 * man.c: the manual page warpscope(1) in mdoc, made from the tables.
 *
 * Text becomes mdoc line by line: a backslash is escaped, a leading dot or quote is protected.
 */
#include "base/str.h"
#include "cli_priv.h"
#include "engine/action.h"
#include "result/result.h"

/* A byte within a line of text or a macro's argument. */
static void put_byte(struct text *out, char c)
{
    if (c == '\\')
        text_puts(out, "\\e");
    else if (c == '"')
        text_puts(out, "\\(dq");
    else if (c == '~')
        text_puts(out, "\\(ti");
    else if (c == '^')
        text_puts(out, "\\(ha");
    else if (c == '-')
        text_puts(out, "\\-");
    else
        text_putc(out, c);
}

static void put_text(struct text *out, str s)
{
    for (size_t i = 0; i < s.n; i++)
        put_byte(out, s.p[i]);
}

enum { WIDTH = 72 };

/* A sentence in lines of a width. A line that begins like a macro is protected. */
static void put_sentence(struct text *out, str s)
{
    str line;
    while (str_wrap(&s, WIDTH, &line)) {
        if (line.p[0] == '.' || line.p[0] == '\'')
            text_puts(out, "\\&");
        put_text(out, line);
        text_putc(out, '\n');
    }
}

/* Running text: every sentence starts on a line of its own, as mdoc wants. */
static void put_line(struct text *out, str s)
{
    size_t start = 0;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] == ' ' && s.p[i - 1] == '.') {
            put_sentence(out, (str){s.p + start, i - start});
            start = i + 1;
        }
    put_sentence(out, (str){s.p + start, s.n - start});
}

static void put_paragraphs(struct text *out, const char *text)
{
    str rest = str_from(text), paragraph;
    bool is_first = true;
    while (str_cut(&rest, '\n', &paragraph)) {
        if (!is_first)
            text_puts(out, ".Pp\n");
        put_line(out, paragraph);
        is_first = false;
    }
}

/* Words as arguments of one macro: each quoted, since "-" or "." alone may mean something. */
static void put_macro(struct text *out, const char *macro, const char *words)
{
    text_printf(out, ".%s", macro);
    str rest = str_from(words), word;
    while (str_cut(&rest, ' ', &word)) {
        text_puts(out, word.n == 1 ? " \"\\&" : " \""); /* ":" alone would be a delimiter */
        put_text(out, word);
        text_puts(out, "\"");
    }
    text_putc(out, '\n');
}

static void put_option(struct text *out, const struct cli_option_info *o)
{
    text_puts(out, ".It ");
    if (o->letter != 0)
        text_printf(out, "Fl %c , ", o->letter);
    text_puts(out, "Fl \"\\-");
    put_text(out, str_from(o->name));
    text_puts(out, "\"");
    if (o->value != NULL) {
        text_puts(out, " Ar \"");
        put_text(out, str_from(o->value));
        text_puts(out, "\"");
    }
    text_putc(out, '\n');
    put_line(out, str_from(o->help));
}

static void put_options(struct text *out, uint64_t options)
{
    text_puts(out, ".Bl -tag -width indent -compact\n");
    for (size_t i = 0; i < OPT_N; i++)
        if ((options & CLI_BIT(i)) != 0)
            put_option(out, &cli_options[i]);
    text_puts(out, ".El\n");
}

static void put_examples(struct text *out, const char *examples)
{
    text_puts(out, ".Bd -literal -offset indent -compact\n");
    str rest = str_from(examples), line;
    while (str_cut(&rest, '\n', &line)) {
        put_text(out, line);
        text_putc(out, '\n');
    }
    text_puts(out, ".Ed\n");
}

static void put_synopsis(struct text *out)
{
    text_puts(out, ".Sh SYNOPSIS\n");
    for (size_t i = 0; i < cli_n_commands(); i++) {
        const struct cli_command *c = cli_command_at(i);
        text_puts(out, ".Nm\n");
        if (c->name[0] != '\0')
            put_macro(out, "Cm", c->name);
        text_puts(out, ".Op Ar options\n");
        if (c->operands[0] != '\0')
            put_macro(out, "Ar", c->operands);
    }
}

static void put_command(struct text *out, const struct cli_command *c)
{
    text_puts(out, ".Ss ");
    put_text(out, str_from(c->name[0] == '\0' ? "warpscope" : c->name));
    text_putc(out, '\n');
    text_putc(out, (char)(c->summary[0] - 'a' + 'A'));
    put_text(out, str_from(c->summary + 1));
    text_puts(out, ".\n.Pp\n");
    put_paragraphs(out, c->about);
    text_puts(out, ".Pp\n");
    put_options(out, c->options & ~(CLI_BIT(OPT_HELP) | CLI_BIT(OPT_VERSION)));
    text_puts(out, ".Pp\nExamples:\n");
    put_examples(out, c->example);
}

static void put_keys(struct text *out)
{
    text_puts(out,
              ".Sh KEYS\nKeys of the explorer, with the name of the command behind a colon and\n"
              "the views that have it:\n.Bl -tag -width Backspace -compact\n");
    for (size_t i = 0; i < ACTION_N; i++) {
        const struct action_info *a = &action_info[i];
        put_macro(out, "It", a->keys[0] == '\0' ? ":" : a->keys);
        put_macro(out, "Cm", a->name);
        if (a->views[0] != '\0') {
            text_puts(out, ".Pq ");
            put_text(out, str_from(a->views));
            text_putc(out, '\n');
        }
        put_line(out, str_from(a->help));
    }
    text_puts(out, ".El\n");
}

static void put_stalls(struct text *out)
{
    text_puts(out, ".Sh STALL REASONS\nCycles of a kernel are shared out to:\n"
                   ".Bl -tag -width math_pipe_throttle -compact\n");
    for (size_t i = 0; i < STALL_N; i++) {
        const struct stall_info *s = &stall_info[i];
        text_printf(out, ".It %s\n", s->name);
        put_line(out, str_from(s->help));
    }
    text_puts(out, ".El\n");
}

static void put_variant(struct text *out, const char *label, enum variant v)
{
    text_printf(out, ".br\n%s", label);
    put_line(out, str_from(variant_info[v].equation));
}

static void put_metrics(struct text *out)
{
    text_puts(out, ".Sh METRICS\nNumbers that\n.Nm Cm explain\nexplains besides stall reasons and "
                   "the constants of GPU descriptions:\n"
                   ".Bl -tag -width smem_carveout_kib -compact\n");
    for (size_t i = 0; i < METRIC_N; i++) {
        text_printf(out, ".It %s\n", metric_info[i].id);
        put_line(out, str_from(metric_info[i].title));
    }
    text_puts(out, ".El\n");
}

static void put_fixes(struct text *out)
{
    text_puts(out, ".Sh MODEL FIXES\nNames behind\n.Fl \\-fix\nand\n.Fl \\-no\\-fix :\n"
                   ".Bl -tag -width occupancy -compact\n");
    for (int i = 0; i < STAGE_N; i++) {
        enum stage s = (enum stage)i;
        if (!fix_exists(s))
            continue;
        text_printf(out, ".It %s\n", stage_info[s].name);
        put_line(out, str_from(stage_info[s].summary));
        put_variant(out, "on: ", fix_variant(s, true));
        put_variant(out, "off: ", fix_variant(s, false));
    }
    text_puts(out, ".El\n");
}

static void put_formats(struct text *out)
{
    text_puts(out, ".Sh FORMATS\n");
    put_paragraphs(
        out,
        "JSON documents have the members schema, tool and version, and one list. The order of "
        "members is fixed. Numbers are in the unit that the member names, shares are from 0 to "
        "1, and what is not known is null. Addresses of instructions are hexadecimal strings. "
        "The stalls of a kernel are cycles that add up to its cycles to the last digit.\n"
        "CSV has one head with units in brackets, such as cycles[cy], and quotes by RFC 4180. "
        "What is not known is an empty field.\n"
        "Text is for people and may change. Bars are filled with the letter of the reason "
        "where there is no colour.");
}

static void put_exit_codes(struct text *out)
{
    static const struct {
        int code;
        const char *meaning;
    } codes[] = {{0, "The command did what was asked."},
                 {1, "The run failed, or its result cannot be written."},
                 {2, "An option, operand, name or command is wrong."},
                 {3, "A trace, GPU description or file is not valid, or cannot be read."},
                 {4, "A Lua script failed."},
                 {5, "A check did not hold."},
                 {130, "The run was cancelled."}};
    text_puts(out, ".Sh EXIT STATUS\n.Bl -tag -width 130 -compact\n");
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        text_printf(out, ".It %d\n%s\n", codes[i].code, codes[i].meaning);
    text_puts(out, ".El\n");
}

static void put_surroundings(struct text *out)
{
    text_puts(out, ".Sh ENVIRONMENT\n.Bl -tag -width WARPSCOPE_DATA\n"
                   ".It Ev WARPSCOPE_DATA\nFolder that holds\n.Pa gpus , lua\nand\n.Pa traces .\n"
                   ".It Ev NO_COLOR\nWhen not empty, text is printed without colour unless\n"
                   ".Fl \\-color Cm always\nis given.\n.El\n"
                   ".Sh FILES\n.Bl -tag -width indent\n"
                   ".It Pa PREFIX/share/warpscope/gpus/*.json\nDescriptions of GPUs.\n"
                   ".It Pa PREFIX/share/warpscope/lua\nSweeps, kernel builders and their library.\n"
                   ".It Pa PREFIX/share/warpscope/traces\nTraces to try the program on.\n.El\n");
}

void cli_print_man(struct text *out)
{
    text_puts(out, ".\\\" Made from the tables of the program by \"warpscope man\".\n"
                   ".Dd $Mdocdate$\n.Dt WARPSCOPE 1\n.Os\n"
                   ".Sh NAME\n.Nm warpscope\n"
                   ".Nd explain where the time of a GPU kernel goes\n");
    put_synopsis(out);
    text_puts(out, ".Sh DESCRIPTION\n.Nm\n");
    put_paragraphs(out, "reads recorded SASS instruction traces of GPU kernels, models them on "
                        "described GPUs, and says where their time goes and what they would cost "
                        "on another GPU. Results go to standard output, progress and errors to "
                        "standard error. Every command explains itself with --help.");
    text_puts(out, ".Sh COMMANDS\n");
    for (size_t i = 0; i < cli_n_commands(); i++)
        put_command(out, cli_command_at(i));
    put_keys(out);
    put_stalls(out);
    put_metrics(out);
    put_fixes(out);
    put_formats(out);
    put_surroundings(out);
    put_exit_codes(out);
}

enum status run_man(struct cli *c, struct err *e)
{
    (void)e;
    cli_print_man(&c->out);
    return STATUS_OK;
}
