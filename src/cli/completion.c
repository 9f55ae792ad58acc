/*
 * completion.c: the completion script for bash, made from the tables.
 *
 * Names of commands, options, models and fixes are written into the script; GPUs are asked of the
 * program, since the user may have added some.
 */
#include "base/str.h"
#include "cli_priv.h"
#include "present/launch_fact.h"
#include "result/quantity.h"

/* "trace" and "info" of "trace info"; "analyze" and "" of "analyze". */
struct words {
    str group, member;
};

static struct words words_of(size_t command)
{
    struct words w = {.member = str_from(cli_command_at(command)->name)};
    str_cut(&w.member, ' ', &w.group);
    return w;
}

/* Members of the group `of`, or the first words of all commands where `of` is empty. */
static void put_words(struct text *out, str of)
{
    str last = {NULL, 0};
    const char *space = "";
    for (size_t i = 1; i < cli_n_commands(); i++) {
        struct words w = words_of(i);
        str word = of.n == 0 ? w.group : str_eq(w.group, of) ? w.member : (str){NULL, 0};
        if (word.n == 0 || str_eq(word, last))
            continue;
        text_printf(out, "%s%.*s", space, (int)word.n, word.p);
        space = " ";
        last = word;
    }
}

static void put_command_words(struct text *out)
{
    str last = {NULL, 0};
    text_puts(out, "    case $1 in\n    '') echo \"");
    put_words(out, last);
    text_puts(out, "\" ;;\n");
    for (size_t i = 1; i < cli_n_commands(); i++) {
        struct words w = words_of(i);
        if (w.member.n == 0 || str_eq(w.group, last))
            continue;
        last = w.group;
        text_printf(out, "    %.*s) echo \"", (int)w.group.n, w.group.p);
        put_words(out, w.group);
        text_puts(out, "\" ;;\n");
    }
    text_puts(out, "    esac\n");
}

static void put_option_words(struct text *out)
{
    text_puts(out, "    case $1 in\n");
    for (size_t i = 0; i < cli_n_commands(); i++) {
        const struct cli_command *c = cli_command_at(i);
        text_printf(out, "    '%s') echo \"", c->name);
        const char *space = "";
        for (size_t o = 0; o < OPT_N; o++)
            if ((c->options & CLI_BIT(o)) != 0) {
                text_printf(out, "%s--%s", space, cli_options[o].name);
                space = " ";
            }
        text_puts(out, "\" ;;\n");
    }
    text_puts(out, "    esac\n");
}

static const char *const kind_words[] = {
    [CLI_COUNT_OR_ALL] = "none", [CLI_CYCLE] = "none",      [CLI_TEXT] = "none",
    [CLI_COUNT] = "none",        [CLI_SIZE] = "none",       [CLI_SCREEN] = "none",
    [CLI_FILE] = "file",         [CLI_MODEL] = "model",     [CLI_MODELS] = "models",
    [CLI_GPU] = "gpu",           [CLI_FIX] = "fix",         [CLI_SWEEP] = "sweep",
    [CLI_BUILDER] = "builder",   [CLI_COMMAND] = "command", [CLI_HOST] = "host",
    [CLI_FACTOR] = "none",
};

/* "words text json csv" for a choice, else the kind's name. */
static void put_values(struct text *out, const struct cli_option_info *o)
{
    if (o->kind != CLI_CHOICE) {
        text_puts(out, kind_words[o->kind]);
        return;
    }
    text_puts(out, "words ");
    for (const char *p = o->value; *p != '\0'; p++)
        text_putc(out, *p == '|' ? ' ' : *p);
}

/* Options may mean different things to different commands, so each has its own line. */
static void put_value_kinds(struct text *out)
{
    text_puts(out, "    case \"$1 $2\" in\n");
    for (size_t i = 0; i < cli_n_commands(); i++)
        for (size_t o = 0; o < OPT_N; o++) {
            const struct cli_command *c = cli_command_at(i);
            const struct cli_option_info *info = &cli_options[o];
            if ((c->options & CLI_BIT(o)) == 0 || info->kind == CLI_FLAG)
                continue;
            text_printf(out, "    '%s --%s'", c->name, info->name);
            if (info->letter != 0)
                text_printf(out, " | '%s -%c'", c->name, info->letter);
            text_puts(out, ") echo \"");
            put_values(out, info);
            text_puts(out, "\" ;;\n");
        }
    text_puts(out, "    esac\n");
}

static void put_operand_kinds(struct text *out)
{
    text_puts(out, "    case $1 in\n");
    for (size_t i = 0; i < cli_n_commands(); i++) {
        const struct cli_command *c = cli_command_at(i);
        if (c->n_max == 0)
            continue;
        text_printf(out, "    '%s') echo \"", c->name);
        if (c->first_values != NULL)
            text_printf(out, "first %s", c->first_values);
        else
            text_puts(out, kind_words[c->operand_kind]);
        text_puts(out, "\" ;;\n");
    }
    text_puts(out, "    esac\n");
}

static void put_names(struct text *out)
{
    text_puts(out, "_warpscope_models=\"");
    for (size_t i = 0; i < model_count(); i++)
        text_printf(out, "%s%s", i == 0 ? "" : " ", model_at(i)->name);
    text_puts(out, "\"\n_warpscope_fixes=\"");
    const char *space = "";
    for (int i = 0; i < STAGE_N; i++) {
        if (!fix_exists((enum stage)i))
            continue;
        text_printf(out, "%s%s", space, stage_info[i].name);
        space = " ";
    }
    text_puts(out, "\"\n_warpscope_quantities=\"");
    for (size_t i = 0; i < quantity_count(); i++)
        text_printf(out, "%s%s", i == 0 ? "" : " ", quantity_title(quantity_at(i)));
    for (int i = 0; i < FACT_N; i++)
        text_printf(out, " %s", launch_fact_info[i].key);
    text_puts(out, "\"\n");
}

static void put_function(struct text *out, const char *comment, const char *name,
                         void (*body)(struct text *out))
{
    text_printf(out, "\n# %s\n%s() {\n", comment, name);
    body(out);
    text_puts(out, "}\n");
}

/* Finds the command in the words before the cursor, then offers what the tables say. */
static const char engine[] =
    "\n_warpscope() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command= first=${COMP_WORDS[1]} second=${COMP_WORDS[2]} kind= words=\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD > 2)) && [[ \" $(_warpscope_commands \"$first\") \" == *\" $second \"* "
    "]]; "
    "then\n"
    "        command=\"$first $second\"\n"
    "    elif ((COMP_CWORD > 1)) && [[ \" $(_warpscope_commands '') \" == *\" $first \"* ]]; then\n"
    "        command=$first\n"
    "    fi\n"
    "    kind=$(_warpscope_value \"$command\" \"$prev\")\n"
    "    if [[ -z $kind && $cur == -* ]]; then\n"
    "        kind=\"words $(_warpscope_options \"$command\")\"\n"
    "    elif [[ -z $kind && $COMP_CWORD == 1 ]]; then\n"
    "        words=$(_warpscope_commands '')\n"
    "        kind=file\n"
    "    elif [[ -z $kind && $COMP_CWORD == 2 && -n $(_warpscope_commands \"$first\") ]]; then\n"
    "        kind=\"words $(_warpscope_commands \"$first\")\"\n"
    "    elif [[ -z $kind ]]; then\n"
    "        kind=$(_warpscope_operand \"$command\")\n"
    "    fi\n"
    "    if [[ $kind == first* && $prev == \"${command##* }\" ]]; then\n"
    "        kind=\"words ${kind#first }\"\n"
    "    elif [[ $kind == first* ]]; then\n"
    "        kind=file\n"
    "    fi\n"
    "    case $kind in\n"
    "    words*) words=${kind#words } ;;\n"
    "    model) words=$_warpscope_models ;;\n"
    "    models) words=\"all $_warpscope_models\" ;;\n"
    "    fix) words=$_warpscope_fixes ;;\n"
    "    gpu) words=$(\"${COMP_WORDS[0]}\" gpu list --format csv 2>/dev/null | sed '1d;s/,.*//') "
    ";;\n"
    "    host) words=$(\"${COMP_WORDS[0]}\" host list --format csv 2>/dev/null | sed '1d;s/,.*//') "
    ";;\n"
    "    sweep) words=$(\"${COMP_WORDS[0]}\" sweep --list 2>/dev/null | cut -d' ' -f1) ;;\n"
    "    builder) words=$(\"${COMP_WORDS[0]}\" trace build --list 2>/dev/null | cut -d' ' -f1) ;;\n"
    "    command) words=$(_warpscope_commands \"${prev/#help/}\") ;;\n"
    "    esac\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "    if [[ $kind =~ ^(file|gpu|sweep|builder)$ ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        local IFS=$'\\n'\n"
    "        COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
    "    fi\n"
    "}\n"
    "\ncomplete -F _warpscope warpscope\n";

void cli_print_completion(struct text *out)
{
    text_puts(out,
              "# Completion of warpscope for bash; made by \"warpscope completion bash\".\n\n");
    put_names(out);
    put_function(out, "Commands, or the subcommands of a group.", "_warpscope_commands",
                 put_command_words);
    put_function(out, "Options of a command.", "_warpscope_options", put_option_words);
    put_function(out, "What follows an option.", "_warpscope_value", put_value_kinds);
    put_function(out, "What the operands of a command are.", "_warpscope_operand",
                 put_operand_kinds);
    text_puts(out, engine);
}

static enum status check_shell(const char *shell, struct err *e)
{
    if (strcmp(shell, "bash") == 0)
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "no completion for '%s'", shell);
    err_expected(e, "bash");
    return STATUS_USAGE;
}

enum status run_completion(struct cli *c, struct err *e)
{
    TRY(check_shell(c->args.operands[0], e));
    cli_print_completion(&c->out);
    return STATUS_OK;
}
