/* Parsing by the tables, and the tables themselves. */
#include "t.h"

#include "cli/args.h"

struct parsed {
    struct arena arena;
    struct cli_args args;
    struct err err;
    enum status status;
};

/* Words parted by blanks, the command's name among them. */
static struct parsed parse(const char *line)
{
    static char copy[200];
    static char *argv[32];
    int argc = 0, n_words = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    struct parsed p = {.status = STATUS_OK};
    const struct cli_command *command = NULL;
    arena_init(&p.arena, ARENA_SMALL);
    p.status = cli_find_command(argc, argv, &command, &n_words, &p.err);
    if (p.status == STATUS_OK)
        p.status = cli_parse(&p.args, &p.arena, command, argc - n_words, argv + n_words, &p.err);
    return p;
}

static void check_fails(const char *line, const char *message)
{
    struct parsed p = parse(line);
    CHECK_EQ_INT(p.status, STATUS_USAGE);
    CHECK_EQ_STR(p.err.message, message);
    arena_done(&p.arena);
}

TEST(options_stand_anywhere_in_every_form)
{
    struct parsed p = parse("analyze --gpu a100 x.traceg --kernel=3 -o out -j4 --kernel b -q");
    CHECK_EQ_INT(p.status, STATUS_OK);
    CHECK_EQ_STR(p.args.command->name, "analyze");
    CHECK_EQ_INT(p.args.n_operands, 1);
    CHECK_EQ_STR(p.args.operands[0], "x.traceg");
    CHECK_EQ_STR(cli_text(&p.args, OPT_GPU, NULL), "a100");
    CHECK_EQ_STR(cli_text(&p.args, OPT_OUTPUT, NULL), "out");
    CHECK_EQ_STR(cli_text(&p.args, OPT_MODEL, "none"), "none");
    CHECK_EQ_INT(cli_count(&p.args, OPT_THREADS, 1), 4);
    CHECK_EQ_INT(cli_count(&p.args, OPT_TOP, 5), 5);
    CHECK(cli_has(&p.args, OPT_QUIET) && !cli_has(&p.args, OPT_KEEP_GOING));
    size_t n;
    const char **kernels = cli_list(&p.args, &p.arena, OPT_KERNEL, &n);
    CHECK_EQ_INT(n, 2);
    CHECK_EQ_STR(kernels[0], "3");
    CHECK_EQ_STR(kernels[1], "b");
    arena_done(&p.arena);
}

TEST(two_dashes_end_the_options)
{
    struct parsed p = parse("analyze -- --gpu");
    CHECK_EQ_INT(p.status, STATUS_OK);
    CHECK_EQ_STR(p.args.operands[0], "--gpu");
    arena_done(&p.arena);
    p = parse("analyze -");
    CHECK_EQ_STR(p.args.operands[0], "-");
    arena_done(&p.arena);
}

TEST(sizes_are_binary)
{
    struct parsed p = parse("analyze x --mem-limit 3G");
    CHECK_EQ_INT(cli_size_b(&p.args, OPT_MEM_LIMIT, 0), (long long)3 << 30);
    arena_done(&p.arena);
    p = parse("analyze x --mem-limit 77");
    CHECK_EQ_INT(cli_size_b(&p.args, OPT_MEM_LIMIT, 0), 77);
    arena_done(&p.arena);
    check_fails("analyze x --mem-limit 99999999999999999999G",
                "--mem-limit does not take '99999999999999999999G'");
    check_fails("analyze x --mem-limit 99999999999T", "--mem-limit does not take '99999999999T'");
    check_fails("analyze x --mem-limit G", "--mem-limit does not take 'G'");
    check_fails("analyze x --mem-limit 0", "--mem-limit does not take '0'");
}

TEST(short_help_is_told_from_long)
{
    struct parsed p = parse("analyze -qh");
    CHECK_EQ_INT(p.status, STATUS_OK);
    CHECK(cli_has(&p.args, OPT_HELP) && p.args.is_short_help);
    arena_done(&p.arena);
    p = parse("analyze --help");
    CHECK(cli_has(&p.args, OPT_HELP) && !p.args.is_short_help);
    arena_done(&p.arena);
}

TEST(mistakes_are_usage_errors)
{
    check_fails("analyze", "an operand is missing");
    check_fails("analyze a b", "one operand too many: 'b'");
    check_fails("analyze a --gpu", "--gpu needs a value");
    check_fails("analyze a -o", "-o needs a value");
    check_fails("analyze a --gpu x --gpu y", "--gpu is given twice");
    check_fails("analyze a --quiet=1", "--quiet takes no value");
    check_fails("analyze a -qx", "unknown option '-qx'");
    check_fails("gpu list --gpu x", "unknown option '--gpu'");
    check_fails("gpu", "'gpu' needs a subcommand");
    check_fails("gpu shwo", "unknown command 'gpu shwo'");
    check_fails("analyse", "'analyse' is neither a command nor a file");
}

TEST(what_is_no_command_is_a_path)
{
    struct parsed p = parse("some/file.traceg --gpu h100-pcie");
    CHECK_EQ_INT(p.status, STATUS_OK);
    CHECK_EQ_STR(p.args.command->name, "");
    CHECK_EQ_STR(p.args.operands[0], "some/file.traceg");
    arena_done(&p.arena);
}

/* ---- the tables ---- */

TEST(no_command_has_two_options_of_one_name)
{
    for (size_t i = 0; i < cli_n_commands(); i++) {
        uint64_t options = cli_command_at(i)->options;
        for (size_t a = 0; a < OPT_N; a++)
            for (size_t b = a + 1; b < OPT_N; b++) {
                bool are_both = (options & CLI_BIT(a)) != 0 && (options & CLI_BIT(b)) != 0;
                bool are_same =
                    strcmp(cli_options[a].name, cli_options[b].name) == 0 ||
                    (cli_options[a].letter != 0 && cli_options[a].letter == cli_options[b].letter);
                CHECK(!are_both || !are_same);
            }
    }
}

TEST(every_command_is_explained)
{
    for (size_t i = 0; i < cli_n_commands(); i++) {
        const struct cli_command *c = cli_command_at(i);
        CHECK(c->summary[0] >= 'a' && c->summary[0] <= 'z');
        CHECK(c->summary[strlen(c->summary) - 1] != '.');
        CHECK(strlen(c->summary) <= 56);
        CHECK(c->about[strlen(c->about) - 1] == '.');
        CHECK(strstr(c->example, c->name) != NULL);
        CHECK(c->n_min <= c->n_max);
        CHECK((c->n_max > 0) == (c->operands[0] != '\0'));
        CHECK((c->options & CLI_BIT(OPT_HELP)) != 0);
        CHECK(c->run != NULL);
    }
}

TEST(members_of_a_group_stand_together)
{
    for (size_t i = 2; i < cli_n_commands(); i++) {
        str group = str_from(cli_command_at(i)->name), last = str_from(cli_command_at(i - 1)->name);
        str first, before;
        str_cut(&group, ' ', &first);
        str_cut(&last, ' ', &before);
        for (size_t j = 1; !str_eq(first, before) && j < i - 1; j++) {
            str other = str_from(cli_command_at(j)->name), word;
            str_cut(&other, ' ', &word);
            CHECK(!str_eq(word, first));
        }
    }
}
