/*
 * cli.h: the program without its explorer: everything that prints and ends.
 *
 * Results go to standard output in one write once they are complete, progress and errors to
 * standard error. Exit codes are those of base/err.h. Interrupting (SIGINT) cancels the running
 * work within 50 ms and leaves no half result behind. The explorer is reached through hooks, since
 * the terminal interface is no layer below this one.
 */
#ifndef WARPSCOPE_CLI_CLI_H
#define WARPSCOPE_CLI_CLI_H

#include "base/err.h"
#include "base/text.h"
#include "model/model.h"
#include "trace/trace.h"

/* What the explorer is to open and how; NULL where nothing was said. */
struct cli_explore {
    const char *const *paths; /* a trace, a profile, two profiles, or ranks of one */
    size_t n_paths;
    bool are_ranks;
    const char *step; /* of the profiles */
    const char *gpu, *compare, *model;
    const char *data_dir;
    const char *colour, *theme, *symbols; /* values of --color, --theme, --symbols */
    bool no_mouse;
    unsigned n_threads; /* 0 = by the processors */
    struct trace_options trace_options;
    struct model_options model_options;

    const char *keys; /* run these without a terminal and print the last screen */
    unsigned rows, cols;
    const char *format; /* of that screen: value of --format */
    struct text *screen;
};

struct cli_hooks {
    /* Runs the explorer until the user leaves it; NULL: this build has none. */
    enum status (*explore)(const struct cli_explore *x, struct err *e);
    const char *(*curses_version)(void);
};

/* Returns the exit code. */
int cli_main(int argc, char *const *argv, const struct cli_hooks *hooks);

#endif
