/*
 * term.c: the terminal through curses; the only file that knows it.
 *
 * Curses compares each screen with the one before and sends the difference. Colours are pairs of a
 * foreground and the terminal's own background. Keys come raw, so that ^C and ^Z are keys like
 * others; signals from outside (TERM, HUP) end the event loop, which restores the terminal.
 */
#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/os.h"
#include "engine/action.h"

enum { ESC_DELAY_MS = 25, WHEEL_ROWS = 3, MIN_COLOURS = 8, ALL_COLOURS = 256 };

struct screen {
    struct term term; /* first */
    SCREEN *curses;
    int pair[STYLE_N];
    cchar_t *line; /* one row of cells */
    unsigned line_cols;
    enum theme theme;
};

static struct screen screen;
static volatile sig_atomic_t must_end;

static void on_end(int signal_number)
{
    (void)signal_number;
    must_end = 1;
}

static void give_back(void)
{
    if (screen.curses != NULL && !isendwin())
        endwin();
}

/* A crash must not leave a terminal that shows no cursor and echoes nothing. */
static void on_crash(int signal_number)
{
    give_back();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* ---- looks ---- */

static attr_t attr_of(unsigned attrs)
{
    attr_t a = A_NORMAL;

    a |= attrs & CELL_BOLD ? A_BOLD : 0;
    a |= attrs & CELL_DIM ? A_DIM : 0;
    a |= attrs & CELL_REVERSE ? A_REVERSE : 0;
    return a | (attrs & CELL_UNDER ? A_UNDERLINE : 0);
}

static void make_pairs(struct screen *s)
{
    for (unsigned i = 0; i < STYLE_N; i++) {
        const struct style_info *info = &style_info[i];
        int colour = COLORS >= ALL_COLOURS ? info->c256[s->theme] : info->c8;
        int pair = s->term.is_mono || colour < 0 ? 0 : alloc_pair(colour, -1);
        s->pair[i] = pair < 0 ? 0 : pair;
    }
}

static void start_colours(struct screen *s, const struct tui_options *o)
{
    const char *no_color = getenv("NO_COLOR");
    bool is_refused = no_color != NULL && no_color[0] != '\0';
    bool is_wanted =
        o->colour == TUI_COLOUR_ALWAYS || (o->colour == TUI_COLOUR_AUTO && !is_refused);

    s->term.is_mono = true;
    if (is_wanted && has_colors() && start_color() != ERR && use_default_colors() != ERR)
        s->term.is_mono = COLORS < MIN_COLOURS;
    make_pairs(s);
}

static enum symbols symbols_of(const struct tui_options *o)
{
    const char *name = getenv("TERM");
    bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

    if (o->symbols != TUI_SYMBOLS_AUTO)
        return (enum symbols)(o->symbols - TUI_SYMBOLS_ASCII);
    if (!is_utf8)
        return SYMBOLS_ASCII;
    return name != NULL && strcmp(name, "linux") == 0 ? SYMBOLS_BLOCK : SYMBOLS_BRAILLE;
}

/* ---- drawing ---- */

static void term_size(struct term *t, unsigned *rows, unsigned *cols)
{
    (void)t;
    *rows = (unsigned)MAX(LINES, 1);
    *cols = (unsigned)MAX(COLS, 1);
}

static unsigned fill_line(struct screen *s, const struct grid *g, unsigned row)
{
    unsigned n = 0;

    for (unsigned col = 0; col < g->cols; col++) {
        const struct cell *c = &grid_line(g, row)[col];
        wchar_t text[2] = {(wchar_t)c->cp, 0};
        if (c->cp == 0)
            continue;
        attr_t attrs = attr_of(c->attrs | style_info[c->style].attrs);
        setcchar(&s->line[n++], text, attrs, 0, &s->pair[c->style]);
    }
    return n;
}

static void term_show(struct term *t, const struct grid *g, const struct term_caret *caret)
{
    struct screen *s = (struct screen *)t;

    if (s->line_cols < g->cols) {
        s->line = realloc(s->line, g->cols * sizeof *s->line);
        ASSERT(s->line != NULL);
        s->line_cols = g->cols;
    }
    erase();
    for (unsigned row = 0; row < g->rows; row++) {
        unsigned n = fill_line(s, g, row);
        mvadd_wchnstr((int)row, 0, s->line, (int)n);
    }
    curs_set(caret->is_shown);
    move((int)caret->row, (int)caret->col);
    refresh();
}

static void term_redraw(struct term *t)
{
    (void)t;
    clearok(curscr, TRUE);
}

/* Curses' own handler gives the terminal back, stops, and takes it again. */
static void term_suspend(struct term *t)
{
    (void)t;
    kill(getpid(), SIGTSTP);
    clearok(curscr, TRUE);
}

/* ---- events ---- */

static int key_of_code(wint_t code)
{
    static const struct {
        wint_t code;
        int key;
    } map[] = {{KEY_UP, KEY_CODE_UP},
               {KEY_DOWN, KEY_CODE_DOWN},
               {KEY_LEFT, KEY_CODE_LEFT},
               {KEY_RIGHT, KEY_CODE_RIGHT},
               {KEY_PPAGE, KEY_CODE_PAGE_UP},
               {KEY_NPAGE, KEY_CODE_PAGE_DOWN},
               {KEY_HOME, KEY_CODE_HOME},
               {KEY_END, KEY_CODE_END},
               {KEY_DC, KEY_CODE_DELETE},
               {KEY_BTAB, KEY_CODE_SHIFT_TAB},
               {KEY_F(1), KEY_CODE_F1},
               {KEY_ENTER, KEY_CODE_ENTER},
               {KEY_BACKSPACE, KEY_CODE_BACKSPACE}};

    for (size_t i = 0; i < ARRAY_LEN(map); i++) {
        if (map[i].code == code)
            return map[i].key;
    }
    return -1;
}

static void take_mouse(struct term_event *out)
{
    MEVENT m;

    if (getmouse(&m) != OK)
        return;
    out->row = (unsigned)MAX(m.y, 0);
    out->col = (unsigned)MAX(m.x, 0);
    if (m.bstate & BUTTON1_PRESSED)
        out->kind = TERM_EVENT_CLICK;
    if (m.bstate & BUTTON4_PRESSED)
        *out = (struct term_event){.kind = TERM_EVENT_WHEEL, .wheel = -WHEEL_ROWS};
    if (m.bstate & BUTTON5_PRESSED)
        *out = (struct term_event){.kind = TERM_EVENT_WHEEL, .wheel = WHEEL_ROWS};
}

/* One event that curses holds; false when there is none. */
static bool take_event(struct term_event *out)
{
    wint_t code;
    int kind = get_wch(&code);

    *out = (struct term_event){.kind = TERM_EVENT_NONE};
    if (kind == ERR)
        return false;
    if (kind != KEY_CODE_YES) {
        int key = code == '\n' ? KEY_CODE_ENTER : code == 8 ? KEY_CODE_BACKSPACE : (int)code;
        *out = (struct term_event){.kind = TERM_EVENT_KEY, .key = key};
    } else if (code == KEY_RESIZE) {
        out->kind = TERM_EVENT_RESIZE;
    } else if (code == KEY_MOUSE) {
        take_mouse(out);
    } else if (key_of_code(code) >= 0) {
        *out = (struct term_event){.kind = TERM_EVENT_KEY, .key = key_of_code(code)};
    }
    return true;
}

static void term_wait(struct term *t, const struct term_wait *w, struct term_event *out)
{
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = w->fd, .events = POLLIN}};

    (void)t;
    if (!must_end && take_event(out))
        return;
    int n = must_end ? 0 : poll(fds, 2, w->ms);
    *out = (struct term_event){.kind = TERM_EVENT_NONE};
    if (must_end || (n > 0 && fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
        out->kind = TERM_EVENT_END;
    else if (n < 0 || fds[0].revents & POLLIN)
        take_event(out);
}

static void term_close(struct term *t)
{
    struct screen *s = (struct screen *)t;

    give_back();
    delscreen(s->curses);
    free(s->line);
    s->curses = NULL;
    s->line = NULL;
    s->line_cols = 0;
}

/* ---- opening ---- */

static void catch_signals(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct sigaction end = {.sa_handler = on_end}, crash = {.sa_handler = on_crash};

    sigemptyset(&end.sa_mask);
    sigemptyset(&crash.sa_mask);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
        sigaction(crashes[i], &crash, NULL);
    must_end = 0;
}

static void set_modes(const struct tui_options *o)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESC_DELAY_MS);
    if (!o->no_mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
}

static enum status no_terminal(struct err *e, const char *why)
{
    err_set(e, STATUS_USAGE, "the explorer needs a terminal: %s", why);
    err_hint(e, "warpscope analyze PATH prints the same numbers without one");
    return STATUS_USAGE;
}

enum status term_open(struct term **out, const struct tui_options *o, struct err *e)
{
    const char *name = getenv("TERM");

    if (!os_is_tty(STDIN_FILENO) || !os_is_tty(STDOUT_FILENO))
        return no_terminal(e, "standard input or output is none");
    if (name == NULL || name[0] == '\0' || strcmp(name, "dumb") == 0)
        return no_terminal(e, "TERM says that the cursor cannot be moved");
    setlocale(LC_CTYPE, "");
    screen = (struct screen){.theme = o->theme};
    screen.curses = newterm(NULL, stdout, stdin);
    if (screen.curses == NULL)
        return no_terminal(e, "TERM names none that is known");
    os_on_fatal(give_back);
    catch_signals();
    set_modes(o);
    start_colours(&screen, o);
    screen.term.symbols = symbols_of(o);
    screen.term.size = term_size;
    screen.term.show = term_show;
    screen.term.wait = term_wait;
    screen.term.redraw = term_redraw;
    screen.term.suspend = term_suspend;
    screen.term.close = term_close;
    *out = &screen.term;
    return STATUS_OK;
}

const char *tui_curses_version(void)
{
    return curses_version();
}
