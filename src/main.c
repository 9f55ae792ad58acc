/*
 * main.c: the command line with the explorer behind its hook.
 */
#include "cli/cli.h"
#include "tui/tui.h"

/* The place of `name` in a list; the command line lets no other through. */
static int place(const char *name, const char *const *names)
{
    int i = 0;
    while (names[i] != NULL && strcmp(name, names[i]) != 0)
        i++;
    return i;
}

static enum status explore(const struct cli_explore *x, struct err *e)
{
    static const char *const themes[] = {"auto", "dark", "light", NULL};
    static const char *const symbols[] = {"auto", "ascii", "block", "braille", NULL};
    static const char *const colours[] = {"auto", "always", "never", NULL};
    static const char *const formats[] = {"text", "ansi", "svg", NULL};
    struct tui_options o = {.path = x->path,
                            .gpu = x->gpu,
                            .compare = x->compare,
                            .model = x->model,
                            .data_dir = x->data_dir,
                            .trace_options = x->options,
                            .model_options = {.ignore_unknown = x->ignore_unknown},
                            .n_threads = x->n_threads,
                            .theme = (enum theme)place(x->theme, themes),
                            .colour = (enum tui_colour)place(x->color, colours),
                            .symbols = (enum tui_symbols)place(x->symbols, symbols),
                            .no_mouse = x->no_mouse,
                            .keys = x->keys,
                            .rows = x->rows,
                            .cols = x->cols,
                            .format = (enum tui_format)place(x->format, formats),
                            .screen = x->screen};
    return tui_main(&o, e);
}

int main(int argc, char **argv)
{
    static const struct cli_hooks hooks = {explore, tui_curses_version};
    return cli_main(argc, argv, &hooks);
}
