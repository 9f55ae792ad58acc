/*
 * tui.h: the explorer as one call.
 *
 * tui_main runs until the user leaves. With `keys` it runs without a terminal: it reads the keys
 * from the text, waits before each one until no job runs, and hands out the last screen; tests and
 * pictures are made this way. The grammar of `keys`: words parted by blanks, each a key name of
 * action.h ("j", "Enter", "^P") or one of
 *
 *     "text"        the characters one by one, as if typed
 *     @100x30       the terminal gets this size
 *     @click:R,C    mouse button at row R, column C
 *     @now          the next key does not wait for the jobs
 *
 * and '#' starts a comment that ends with the line.
 */
#ifndef WARPSCOPE_TUI_TUI_H
#define WARPSCOPE_TUI_TUI_H

#include "base/err.h"
#include "base/text.h"
#include "model/model.h"
#include "present/cell.h"
#include "prof/launches.h"
#include "trace/trace.h"

enum tui_colour { TUI_COLOUR_AUTO, TUI_COLOUR_ALWAYS, TUI_COLOUR_NEVER };
enum tui_symbols { TUI_SYMBOLS_AUTO, TUI_SYMBOLS_ASCII, TUI_SYMBOLS_BLOCK, TUI_SYMBOLS_BRAILLE };
enum tui_format { TUI_FORMAT_TEXT, TUI_FORMAT_ANSI, TUI_FORMAT_SVG };

struct tui_options {
    const char *path; /* trace or profile; NULL = the picker */
    const char *const
        *also; /* more: a trace beside a profile, a profile to compare with, or ranks */
    size_t n_also;
    bool are_ranks;       /* all paths are the ranks of one run */
    const char *gpu;      /* name or file; NULL = by the trace's ISA */
    const char *compare;  /* second GPU, NULL = none */
    const char *model;    /* NULL = the default */
    const char *data_dir; /* folder with gpus/ and traces/ */
    struct trace_options trace_options;
    struct launches_options launches_options; /* of profiles */
    struct model_options model_options;
    unsigned n_threads; /* 0 = by the processors */
    enum theme theme;
    enum tui_colour colour;
    enum tui_symbols symbols;
    bool no_mouse;

    /* without a terminal */
    const char *keys;    /* NULL = on the terminal */
    unsigned rows, cols; /* 0 = 24 x 80 */
    enum tui_format format;
    struct text *screen; /* receives the last screen; may be NULL */
};

/* STATUS_USAGE when there is no terminal to run on, for an unknown word in `keys`, and for paths
 * that do not go together. */
enum status tui_main(const struct tui_options *o, struct err *e) MUST_USE;

/* "ncurses 6.4.20221231" */
const char *tui_curses_version(void);

#endif
