/*
 * A command line, one word a line: it is refused with a reason, or every option that was taken has
 * a value that can be read and the operands are as many as the command wants.
 */
#include "cli/args.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX_WORDS = 64 };

static int split(struct arena *a, str text, char **argv)
{
    str word;
    int argc = 0;
    while (argc < MAX_WORDS && str_cut(&text, '\n', &word))
        argv[argc++] = arena_strndup(a, word.p == NULL ? "" : word.p, word.n);
    return argc;
}

static void check_taken(const struct cli_args *args, struct arena *a)
{
    const struct cli_command *c = args->command;
    bool is_free = cli_has(args, OPT_HELP) || cli_has(args, OPT_VERSION) || cli_has(args, OPT_LIST);
    ASSERT(is_free || (args->n_operands >= c->n_min && args->n_operands <= c->n_max));
    for (size_t i = 0; i < args->n_values; i++) {
        enum cli_option o = args->values[i].option;
        const struct cli_option_info *info = &cli_options[o];
        ASSERT((c->options & CLI_BIT(o)) != 0);
        ASSERT((info->kind == CLI_FLAG) == (args->values[i].text == NULL));
        ASSERT(info->kind != CLI_COUNT || cli_count(args, o, 0) >= 1);
        ASSERT(info->kind != CLI_SIZE || cli_size_b(args, o, 0) >= 1);
        ASSERT(info->kind != CLI_SCREEN ||
               cli_screen(args, o, (struct cli_screen){0, 0}).cols >= 1);
        size_t n;
        ASSERT(cli_list(args, a, o, &n) != NULL && n >= 1);
        ASSERT(info->is_repeated || info->kind == CLI_FLAG || n == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    char *argv[MAX_WORDS];
    arena_init(&a, ARENA_SMALL);
    int argc = split(&a, (str){(const char *)data, n}, argv), n_words;
    const struct cli_command *command;
    struct cli_args args;
    struct err e = {0};
    if (cli_find_command(argc, argv, &command, &n_words, &e) == STATUS_OK &&
        cli_parse(&args, &a, command, argc - n_words, argv + n_words, &e) == STATUS_OK)
        check_taken(&args, &a);
    else
        ASSERT(e.status == STATUS_USAGE && e.message[0] != '\0');
    arena_done(&a);
    return 0;
}
