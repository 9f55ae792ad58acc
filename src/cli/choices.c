/*
 * choices.c: options that several commands read in the same way.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/os.h"
#include "cli_priv.h"

enum { MAX_THREADS = 256, TOP_DEFAULT = 5, TOP_MAX = 1000 };

static enum status find_fixes(struct cli *c, enum cli_option o, uint64_t *out, struct err *e)
{
    size_t n;
    const char **names = cli_list(&c->args, &c->arena, o, &n);
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        int fix = fix_find(str_from(names[i]), e);
        if (fix < 0)
            return STATUS_USAGE;
        *out |= (uint64_t)1 << fix;
    }
    return STATUS_OK;
}

static enum status check_contradiction(const struct model_options *o, struct err *e)
{
    uint64_t both = o->fixes_on & o->fixes_off;
    for (size_t i = 0; i < STAGE_N; i++)
        if ((both >> i & 1) != 0)
            return err_set(e, STATUS_USAGE, "--fix and --no-fix both name '%s'",
                           stage_info[i].name);
    return STATUS_OK;
}

enum status cli_model_options(struct cli *c, struct model_options *out, struct err *e)
{
    TRY(find_fixes(c, OPT_FIX, &out->fixes_on, e));
    TRY(find_fixes(c, OPT_NO_FIX, &out->fixes_off, e));
    out->is_exact = cli_has(&c->args, OPT_EXACT);
    out->ignore_unknown = cli_has(&c->args, OPT_IGNORE_UNKNOWN);
    return check_contradiction(out, e);
}

struct trace_options cli_trace_options(const struct cli *c)
{
    return (struct trace_options){cli_has(&c->args, OPT_KEEP_GOING),
                                  cli_size_b(&c->args, OPT_MEM_LIMIT, 0)};
}

unsigned cli_threads(const struct cli *c)
{
    return (unsigned)MIN(cli_count(&c->args, OPT_THREADS, os_n_processors()), MAX_THREADS);
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0';
}

static bool wants_colour(const struct cli *c)
{
    const char *choice = cli_text(&c->args, OPT_COLOR, "auto");
    if (strcmp(choice, "auto") != 0)
        return strcmp(choice, "always") == 0;
    const char *terminal = getenv("TERM");
    bool is_dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    return !cli_has(&c->args, OPT_OUTPUT) && os_is_tty(STDOUT_FILENO) && !is_set("NO_COLOR") &&
           !is_dumb;
}

struct report_style cli_style(const struct cli *c)
{
    setlocale(LC_CTYPE, "");
    bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    return (struct report_style){
        .has_colour = wants_colour(c),
        .symbols = is_utf8 ? SYMBOLS_BLOCK : SYMBOLS_ASCII,
        .n_top = (unsigned)MIN(cli_count(&c->args, OPT_TOP, TOP_DEFAULT), TOP_MAX)};
}
