/*
 * main.c: the command line with the explorer behind its hook.
 */
#include <string.h>

#include "cli/cli.h"
#include "tui/tui.h"

/* Position of `word` in `words`; the first where it is NULL. */
static unsigned position(const char *word, const char *const *words, unsigned n)
{
    for (unsigned i = 0; word != NULL && i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return 0;
}

/* In the order of the enums of tui.h and cell.h. */
static const char *const colours[] = {"auto", "always", "never"};
static const char *const themes[] = {"auto", "dark", "light"};
static const char *const symbols[] = {"auto", "ascii", "block", "braille"};
static const char *const formats[] = {"text", "ansi", "svg"};

static enum status explore(const struct cli_explore *x, struct err *e)
{
    struct tui_options o = {
        .path = x->n_paths > 0 ? x->paths[0] : NULL,
        .also = x->n_paths > 0 ? x->paths + 1 : NULL,
        .n_also = x->n_paths > 0 ? x->n_paths - 1 : 0,
        .are_ranks = x->are_ranks,
        .launches_options = {.profile = {.keep_going = x->trace_options.keep_going},
                             .step = x->step},
        .gpu = x->gpu,
        .compare = x->compare,
        .model = x->model,
        .data_dir = x->data_dir,
        .trace_options = x->trace_options,
        .model_options = x->model_options,
        .n_threads = x->n_threads,
        .theme = (enum theme)position(x->theme, themes, ARRAY_LEN(themes)),
        .colour = (enum tui_colour)position(x->colour, colours, ARRAY_LEN(colours)),
        .symbols = (enum tui_symbols)position(x->symbols, symbols, ARRAY_LEN(symbols)),
        .no_mouse = x->no_mouse,
        .keys = x->keys,
        .rows = x->rows,
        .cols = x->cols,
        .format = (enum tui_format)position(x->format, formats, ARRAY_LEN(formats)),
        .screen = x->screen,
    };
    return tui_main(&o, e);
}

int main(int argc, char **argv)
{
    static const struct cli_hooks hooks = {explore, tui_curses_version};
    return cli_main(argc, argv, &hooks);
}
