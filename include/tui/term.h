/*
 * term.h: where the explorer shows its screen and gets its keys from: a terminal, or a text of
 * keys.
 *
 * A terminal belongs to one thread. Only src/tui/term.c knows curses.
 */
#ifndef WARPSCOPE_TUI_TERM_H
#define WARPSCOPE_TUI_TERM_H

#include "present/cell.h"
#include "tui/tui.h"

enum term_event_kind {
    TERM_EVENT_NONE, /* time is up, or the descriptor can be read */
    TERM_EVENT_KEY,
    TERM_EVENT_CLICK,
    TERM_EVENT_WHEEL,
    TERM_EVENT_RESIZE,
    TERM_EVENT_END, /* no more keys will come: leave */
};

struct term_event {
    enum term_event_kind kind;
    int key; /* as in engine/action.h */
    unsigned row, col;
    int wheel; /* rows to move */
};

struct term_caret {
    bool is_shown;
    unsigned row, col;
};

struct term_wait {
    int fd;       /* also wait until this can be read, -1 = none */
    int ms;       /* at most this long, negative = no limit */
    bool is_busy; /* jobs run: a script holds its next key back */
};

struct term {
    enum symbols symbols; /* what may be drawn */
    bool is_mono;
    void (*size)(struct term *t, unsigned *rows, unsigned *cols);
    void (*show)(struct term *t, const struct grid *g, const struct term_caret *caret);
    void (*wait)(struct term *t, const struct term_wait *w, struct term_event *out);
    void (*redraw)(struct term *t);  /* forget what is on the screen */
    void (*suspend)(struct term *t); /* to the shell and back */
    void (*close)(struct term *t);
};

/* A real terminal on standard input and output. */
enum status term_open(struct term **out, const struct tui_options *o, struct err *e) MUST_USE;
/* Keys from o->keys; close writes the last grid to o->screen. */
enum status term_open_script(struct term **out, const struct tui_options *o,
                             struct err *e) MUST_USE;

#endif
