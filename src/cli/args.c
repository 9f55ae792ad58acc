#include "cli/args.h"

#include "base/str.h"

const struct cli_option_info cli_options[OPT_N] = {
#define OPTION(id, name, letter, value, kind, is_repeated, help) \
    [id] = {name, value, help, letter, kind, is_repeated},
#include "cli/option.def"
#undef OPTION
};

struct parser {
    struct cli_args *out;
    struct cli_value *values;
    const char **operands;
    char *const *argv;
    int argc, at; /* next word */
    struct err *e;
};

/* --- values ---------------------------------------------------------------------------------- */

static bool parse_count(const char *text, uint64_t *out)
{
    return str_parse_u64(str_from(text), out) && *out >= 1;
}

static bool parse_count_or_all(const char *text, uint64_t *out)
{
    *out = UINT64_MAX;
    return strcmp(text, "all") == 0 || parse_count(text, out);
}

/* "512M": binary multiples, as everywhere where capacities are meant. */
static bool parse_size(const char *text, uint64_t *out)
{
    static const char letters[] = "KMGT";
    str s = str_from(text);
    unsigned shift = 0;
    const char *letter = s.n > 1 ? strchr(letters, s.p[s.n - 1]) : NULL;
    if (letter != NULL) {
        shift = 10 * (unsigned)(letter - letters + 1);
        s.n--;
    }
    if (!str_parse_u64(s, out) || *out == 0 || *out > UINT64_MAX >> shift)
        return false;
    *out <<= shift;
    return true;
}

enum { SCREEN_MAX = 1000 };

static bool parse_screen(const char *text, struct cli_screen *out)
{
    str rest = str_from(text), cols;
    uint64_t n_cols, n_rows;
    if (!str_cut(&rest, 'x', &cols) || !str_parse_u64(cols, &n_cols) ||
        !str_parse_u64(rest, &n_rows))
        return false;
    *out =
        (struct cli_screen){(unsigned)MIN(n_cols, SCREEN_MAX), (unsigned)MIN(n_rows, SCREEN_MAX)};
    return n_cols >= 1 && n_rows >= 1 && n_cols <= SCREEN_MAX && n_rows <= SCREEN_MAX;
}

static bool parse_factor(const char *text, double *out)
{
    return str_parse_double(str_from(text), out) && *out > 0 && *out <= 1e6;
}

struct choices {
    str words[24];
    size_t n;
};

static struct choices split_choices(const char *value)
{
    struct choices c = {.n = 0};
    str rest = str_from(value);
    while (c.n < ARRAY_LEN(c.words) && str_cut(&rest, '|', &c.words[c.n]))
        c.n++;
    return c;
}

static bool is_choice(const char *value, const char *text)
{
    struct choices c = split_choices(value);
    for (size_t i = 0; i < c.n; i++)
        if (str_is(c.words[i], text))
            return true;
    return false;
}

static enum status bad_value(struct parser *p, const struct cli_option_info *o, const char *text,
                             const char *expected)
{
    err_set(p->e, STATUS_USAGE, "--%s does not take '%s'", o->name, text);
    err_expected(p->e, "%s", expected);
    return STATUS_USAGE;
}

static enum status check_value(struct parser *p, const struct cli_option_info *o, const char *text)
{
    uint64_t number;
    double factor;
    struct cli_screen screen;
    if (o->kind == CLI_SCREEN && !parse_screen(text, &screen))
        return bad_value(p, o, text, "columns x rows, such as 100x30");
    if (o->kind == CLI_COUNT && !parse_count(text, &number))
        return bad_value(p, o, text, "a whole number from 1 on");
    if (o->kind == CLI_COUNT_OR_ALL && !parse_count_or_all(text, &number))
        return bad_value(p, o, text, "a whole number from 1 on, or all");
    if (o->kind == CLI_CYCLE && !str_parse_u64(str_from(text), &number))
        return bad_value(p, o, text, "a whole number of cycles");
    if (o->kind == CLI_FACTOR && !parse_factor(text, &factor))
        return bad_value(p, o, text, "a number above 0, such as 0.5");
    if (o->kind == CLI_SIZE && !parse_size(text, &number))
        return bad_value(p, o, text, "bytes, or a number with K, M, G or T, such as 16G");
    if (o->kind == CLI_CHOICE && !is_choice(o->value, text))
        return bad_value(p, o, text, o->value);
    if (text[0] == '\0')
        return bad_value(p, o, text, o->value);
    return STATUS_OK;
}

/* --- options --------------------------------------------------------------------------------- */

static bool takes(const struct parser *p, size_t option)
{
    return (p->out->command->options & CLI_BIT(option)) != 0;
}

/* Option of the command by its long name, or OPT_N. */
static enum cli_option find_long(const struct parser *p, str name)
{
    for (size_t i = 0; i < OPT_N; i++)
        if (takes(p, i) && str_is(name, cli_options[i].name))
            return (enum cli_option)i;
    return OPT_N;
}

static enum cli_option find_short(const struct parser *p, char letter)
{
    for (size_t i = 0; i < OPT_N; i++)
        if (takes(p, i) && cli_options[i].letter == letter)
            return (enum cli_option)i;
    return OPT_N;
}

static const char *option_name(size_t i, void *arg)
{
    return takes(arg, i) ? cli_options[i].name : "";
}

/* The full line that shows the command's own help. */
static void hint_help(struct parser *p)
{
    const char *name = p->out->command->name;
    err_hint(p->e, "warpscope %s%s--help lists the options", name, name[0] == '\0' ? "" : " ");
}

/* A command with the option, when this one has it not: "--fix" with `gpu list`. */
static enum status unknown_option(struct parser *p, const char *word, str name)
{
    err_set(p->e, STATUS_USAGE, "unknown option '%s'", word);
    const char *near = str_nearest(name, OPT_N, option_name, p);
    if (near != NULL)
        err_hint(p->e, "did you mean --%s?", near);
    hint_help(p);
    return STATUS_USAGE;
}

static enum status add(struct parser *p, enum cli_option option, const char *text)
{
    const struct cli_option_info *o = &cli_options[option];
    if (!o->is_repeated && o->kind != CLI_FLAG && cli_has(p->out, option))
        return err_set(p->e, STATUS_USAGE, "--%s is given twice", o->name);
    if (text != NULL)
        TRY(check_value(p, o, text));
    p->values[p->out->n_values++] = (struct cli_value){option, text};
    return STATUS_OK;
}

/* `attached` is the text behind '=' or behind the letter, NULL if there is none. */
static enum status take_option(struct parser *p, enum cli_option option, const char *word,
                               const char *attached)
{
    const struct cli_option_info *o = &cli_options[option];
    if (o->kind == CLI_FLAG && attached != NULL)
        return err_set(p->e, STATUS_USAGE, "--%s takes no value", o->name);
    if (o->kind == CLI_FLAG)
        return add(p, option, NULL);
    if (attached != NULL)
        return add(p, option, attached);
    if (p->at == p->argc) {
        err_set(p->e, STATUS_USAGE, "%s needs a value", word);
        err_expected(p->e, "%s", o->value);
        return STATUS_USAGE;
    }
    return add(p, option, p->argv[p->at++]);
}

static enum status take_long(struct parser *p, const char *word)
{
    str name = str_from(word + 2);
    const char *equals = strchr(word, '=');
    if (equals != NULL)
        name.n = (size_t)(equals - name.p);
    enum cli_option option = find_long(p, name);
    if (option == OPT_N)
        return unknown_option(p, word, name);
    return take_option(p, option, word, equals == NULL ? NULL : equals + 1);
}

/* Flags may be bundled: -qh. */
static enum status take_short(struct parser *p, const char *word)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        enum cli_option option = find_short(p, *letter);
        if (option == OPT_N)
            return unknown_option(p, word, str_from(word + 1));
        if (option == OPT_HELP)
            p->out->is_short_help = true;
        if (cli_options[option].kind != CLI_FLAG)
            return take_option(p, option, word, letter[1] == '\0' ? NULL : letter + 1);
        TRY(add(p, option, NULL));
    }
    return STATUS_OK;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static enum status take_words(struct parser *p)
{
    bool may_be_option = true;
    while (p->at < p->argc) {
        const char *word = p->argv[p->at++];
        if (may_be_option && strcmp(word, "--") == 0)
            may_be_option = false;
        else if (may_be_option && is_option(word))
            TRY(word[1] == '-' ? take_long(p, word) : take_short(p, word));
        else
            p->operands[p->out->n_operands++] = word;
    }
    return STATUS_OK;
}

static enum status check_operands(struct parser *p)
{
    const struct cli_command *c = p->out->command;
    size_t n = p->out->n_operands;
    if (n > c->n_max)
        err_set(p->e, STATUS_USAGE, "one operand too many: '%s'", p->out->operands[c->n_max]);
    else if (n < c->n_min)
        err_set(p->e, STATUS_USAGE, "an operand is missing");
    else
        return STATUS_OK;
    err_expected(p->e, "warpscope %s%s%s", c->name, c->operands[0] == '\0' ? "" : " ", c->operands);
    hint_help(p);
    return STATUS_USAGE;
}

enum status cli_parse(struct cli_args *out, struct arena *a, const struct cli_command *command,
                      int argc, char *const *argv, struct err *e)
{
    /* Bundled flags make more values than words: never more than characters. */
    size_t n = 1;
    for (int i = 0; i < argc; i++)
        n += strlen(argv[i]);
    struct parser p = {.out = out,
                       .values = ARENA_ARRAY(a, struct cli_value, n),
                       .operands = ARENA_ARRAY(a, const char *, (size_t)argc + 1),
                       .argv = argv,
                       .argc = argc,
                       .e = e};
    *out = (struct cli_args){.command = command, .values = p.values, .operands = p.operands};
    TRY(take_words(&p));
    if (cli_has(out, OPT_HELP) || cli_has(out, OPT_VERSION) || cli_has(out, OPT_LIST))
        return STATUS_OK;
    return check_operands(&p);
}

/* --- reading what was parsed ----------------------------------------------------------------- */

static const struct cli_value *find_value(const struct cli_args *args, enum cli_option o)
{
    for (size_t i = 0; i < args->n_values; i++)
        if (args->values[i].option == o)
            return &args->values[i];
    return NULL;
}

bool cli_has(const struct cli_args *args, enum cli_option o)
{
    return find_value(args, o) != NULL;
}

const char *cli_text(const struct cli_args *args, enum cli_option o, const char *fallback)
{
    const struct cli_value *v = find_value(args, o);
    return v == NULL ? fallback : v->text;
}

uint64_t cli_count(const struct cli_args *args, enum cli_option o, uint64_t fallback)
{
    const struct cli_value *v = find_value(args, o);
    uint64_t number = fallback;
    ASSERT(v == NULL || parse_count_or_all(v->text, &number));
    return number;
}

uint64_t cli_cycle(const struct cli_args *args, enum cli_option o, uint64_t fallback)
{
    const struct cli_value *v = find_value(args, o);
    uint64_t number = fallback;
    ASSERT(v == NULL || str_parse_u64(str_from(v->text), &number));
    return number;
}

double cli_factor(const struct cli_args *args, enum cli_option o, double fallback)
{
    double v = fallback;
    const char *text = cli_text(args, o, NULL);
    if (text != NULL)
        (void)parse_factor(text, &v);
    return v;
}

uint64_t cli_size_b(const struct cli_args *args, enum cli_option o, uint64_t fallback)
{
    const struct cli_value *v = find_value(args, o);
    uint64_t number = fallback;
    ASSERT(v == NULL || parse_size(v->text, &number));
    return number;
}

struct cli_screen cli_screen(const struct cli_args *args, enum cli_option o,
                             struct cli_screen fallback)
{
    const struct cli_value *v = find_value(args, o);
    struct cli_screen screen = fallback;
    ASSERT(v == NULL || parse_screen(v->text, &screen));
    return screen;
}

const char **cli_list(const struct cli_args *args, struct arena *a, enum cli_option o, size_t *n)
{
    const char **list = ARENA_ARRAY(a, const char *, args->n_values);
    *n = 0;
    for (size_t i = 0; i < args->n_values; i++)
        if (args->values[i].option == o)
            list[(*n)++] = args->values[i].text;
    return list;
}
