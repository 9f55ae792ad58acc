/*
 * args.h: the words behind the command's name, taken apart and checked by the tables.
 *
 * Options may stand anywhere: --name value, --name=value, -l value, -lvalue; "--" ends them.
 * Values are checked as far as text alone allows (numbers, sizes, choices). Strings are argv's.
 */
#ifndef WARPSCOPE_CLI_ARGS_H
#define WARPSCOPE_CLI_ARGS_H

#include "base/arena.h"
#include "cli/command.h"

struct cli_value {
    enum cli_option option;
    const char *text; /* NULL for a flag */
};

struct cli_args {
    const struct cli_command *command;
    const struct cli_value *values; /* in the order given */
    size_t n_values;
    const char *const *operands;
    size_t n_operands;
    bool is_short_help; /* -h and not --help */
};

/* `argv` starts behind the command's name. Lists are allocated in `a`. */
enum status cli_parse(struct cli_args *out, struct arena *a, const struct cli_command *command,
                      int argc, char *const *argv, struct err *e) MUST_USE;

bool cli_has(const struct cli_args *args, enum cli_option o);
/* The option's value, or `fallback` when it was not given. */
const char *cli_text(const struct cli_args *args, enum cli_option o, const char *fallback);
/* UINT64_MAX for "all". */
uint64_t cli_count(const struct cli_args *args, enum cli_option o, uint64_t fallback);
uint64_t cli_cycle(const struct cli_args *args, enum cli_option o, uint64_t fallback);
double cli_factor(const struct cli_args *args, enum cli_option o, double fallback);
uint64_t cli_size_b(const struct cli_args *args, enum cli_option o, uint64_t fallback);
struct cli_screen {
    unsigned cols, rows;
};
struct cli_screen cli_screen(const struct cli_args *args, enum cli_option o,
                             struct cli_screen fallback);
/* All values of a repeated option, in `a`. */
const char **cli_list(const struct cli_args *args, struct arena *a, enum cli_option o, size_t *n);

#endif
