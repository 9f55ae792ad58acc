/*
 * command.h: the one table of commands. Parsing, help, manual page and completion are all made from
 * it and from option.def, so that they cannot drift apart.
 */
#ifndef WARPSCOPE_CLI_COMMAND_H
#define WARPSCOPE_CLI_COMMAND_H

#include "base/err.h"
#include "base/text.h"

enum cli_option {
#define OPTION(id, name, letter, value, kind, is_repeated, help) id,
#include "cli/option.def"
#undef OPTION
    OPT_N
};

enum cli_kind {
    CLI_FLAG, /* no value */
    CLI_TEXT,
    CLI_COUNT,        /* a whole number from 1 on */
    CLI_COUNT_OR_ALL, /* the same, or "all" */
    CLI_CYCLE,        /* a whole number */
    CLI_FACTOR,       /* a number above 0 */
    CLI_SIZE,         /* bytes, with K, M, G or T */
    CLI_SCREEN,       /* columns x rows */
    CLI_CHOICE,
    CLI_FILE,
    CLI_GPU,
    CLI_HOST,
    CLI_MODEL,
    CLI_MODELS, /* or "all" */
    CLI_FIX,
    CLI_SWEEP,   /* a script, or the name of one that was installed */
    CLI_BUILDER, /* the same */
    CLI_COMMAND,
};

struct cli_option_info {
    const char *name, *value, *help;
    char letter; /* 0 = none */
    enum cli_kind kind;
    bool is_repeated;
};
extern const struct cli_option_info cli_options[OPT_N];

_Static_assert(OPT_N <= 64, "options are bits of 64");
#define CLI_BIT(option) ((uint64_t)1 << (option))

struct cli;

struct cli_command {
    const char *name;           /* "trace info"; "" = the explorer */
    const char *operands;       /* as shown in usage */
    unsigned n_min, n_max;      /* operands taken */
    enum cli_kind operand_kind; /* offered by completion */
    const char *first_values;   /* words offered for the first operand instead */
    uint64_t options;           /* CLI_BITs */
    const char *summary;        /* one line, no full stop */
    const char *about;          /* paragraphs, parted by '\n' */
    const char *example;        /* command lines, parted by '\n' */
    enum status (*run)(struct cli *c, struct err *e);
};

size_t cli_n_commands(void);
const struct cli_command *cli_command_at(size_t i); /* 0 is the explorer */

/*
 * The command that argv names, and the number of words that its name takes; words that name none
 * are the explorer's operands. "trace --help" is the explorer with one word: help for the group is
 * wanted. Fails with a suggestion on "trace" alone, on "trace inof", and on a
 * first word that names no file but looks like a command.
 */
enum status cli_find_command(int argc, char *const *argv, const struct cli_command **out,
                             int *n_words, struct err *e) MUST_USE;

#endif
