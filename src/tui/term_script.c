/*
 * term_script.c: a terminal made of a text of keys and a grid in memory.
 */
#include <poll.h>
#include <stdlib.h>

#include "engine/action.h"
#include "tui/term.h"

enum { DEFAULT_ROWS = 24, DEFAULT_COLS = 80, MAX_SIDE = 1000 };

struct script {
    struct term term; /* first */
    struct arena arena;
    str rest;
    bool in_quotes, is_hasty;
    unsigned rows, cols;
    struct grid last;
    size_t empty; /* mark of the arena without a grid */
    const struct tui_options *o;
};

static void script_size(struct term *t, unsigned *rows, unsigned *cols)
{
    struct script *s = (struct script *)t;

    *rows = s->rows;
    *cols = s->cols;
}

static void script_show(struct term *t, const struct grid *g, const struct term_caret *caret)
{
    struct script *s = (struct script *)t;
    size_t n = (size_t)g->rows * g->cols;

    arena_reset(&s->arena, s->empty);
    s->last = *g;
    s->last.cells = arena_memdup(&s->arena, g->cells, n * sizeof *g->cells);
    if (caret->is_shown)
        grid_attr(&s->last, caret->row, caret->col, 1, CELL_REVERSE);
}

/* ---- words ---- */

static void skip_blanks(str *s)
{
    for (bool in_comment = false; s->n > 0; s->p++, s->n--) {
        if (*s->p == '#' && (s->n < 2 || s->p[1] == ' '))
            in_comment = true;
        if (*s->p == '\n')
            in_comment = false;
        else if (!in_comment && *s->p != ' ' && *s->p != '\t' && *s->p != '\r')
            return;
    }
}

/* A quotation mark ends a word, so that :"text" is a key and a text. */
static str take_word(str *s)
{
    size_t n = 1;

    while (n < s->n && strchr(" \n\t\r\"", s->p[n]) == NULL)
        n++;
    str word = {s->p, n};
    *s = (str){s->p + n, s->n - n};
    return word;
}

/* "100x30" or "3,17". */
static bool parse_pair(str s, char sep, unsigned *a, unsigned *b)
{
    str first;
    uint64_t x, y;

    if (!str_cut(&s, sep, &first) || !str_parse_u64(first, &x) || !str_parse_u64(s, &y) ||
        x > MAX_SIDE || y > MAX_SIDE)
        return false;
    *a = (unsigned)x;
    *b = (unsigned)y;
    return true;
}

/* What an @ word does; false when it is none. */
static bool run_directive(struct script *s, str word, struct term_event *out)
{
    unsigned a, b;

    *out = (struct term_event){.kind = TERM_EVENT_NONE};
    if (str_is(word, "@now")) {
        s->is_hasty = true;
        return true;
    }
    if (str_starts(word, STR("@click:")) &&
        parse_pair((str){word.p + 7, word.n - 7}, ',', &a, &b)) {
        *out = (struct term_event){.kind = TERM_EVENT_CLICK, .row = a, .col = b};
        return true;
    }
    if (!parse_pair((str){word.p + 1, word.n - 1}, 'x', &a, &b) || a == 0 || b == 0)
        return false;
    s->cols = a;
    s->rows = b;
    out->kind = TERM_EVENT_RESIZE;
    return true;
}

static bool take_quoted(struct script *s, struct term_event *out)
{
    char c = s->rest.p[0];

    s->rest = (str){s->rest.p + 1, s->rest.n - 1};
    *out = (struct term_event){.kind = TERM_EVENT_KEY, .key = (unsigned char)c};
    if (c == '"') {
        s->in_quotes = false;
        out->kind = TERM_EVENT_NONE;
    }
    return true;
}

/* The next event; false on a word that is none. */
static bool next_event(struct script *s, struct term_event *out)
{
    if (s->in_quotes && s->rest.n > 0)
        return take_quoted(s, out);
    skip_blanks(&s->rest);
    if (s->rest.n == 0) {
        *out = (struct term_event){.kind = TERM_EVENT_END};
        return true;
    }
    if (s->rest.p[0] == '"' && s->rest.n > 1) {
        s->rest = (str){s->rest.p + 1, s->rest.n - 1};
        s->in_quotes = true;
        return take_quoted(s, out);
    }
    str word = take_word(&s->rest);
    if (word.p[0] == '@' && word.n > 1)
        return run_directive(s, word, out);
    int key = key_parse(word);
    *out = (struct term_event){.kind = TERM_EVENT_KEY, .key = key};
    return key > 0;
}

static void script_wait(struct term *t, const struct term_wait *w, struct term_event *out)
{
    struct script *s = (struct script *)t;
    struct pollfd fd = {.fd = w->fd, .events = POLLIN};

    *out = (struct term_event){.kind = TERM_EVENT_NONE};
    if (w->is_busy && !s->is_hasty) {
        poll(&fd, 1, w->ms);
        return;
    }
    s->is_hasty = false;
    bool is_known = next_event(s, out);
    ASSERT(is_known); /* term_open_script has read them all */
}

static void script_nothing(struct term *t)
{
    (void)t;
}

static void script_close(struct term *t)
{
    struct script *s = (struct script *)t;

    if (s->o->screen != NULL && s->last.cells != NULL) {
        if (s->o->format == TUI_FORMAT_SVG)
            grid_to_svg(&s->last, s->o->screen, s->o->theme == THEME_LIGHT);
        else if (s->o->format == TUI_FORMAT_ANSI)
            grid_to_ansi(&s->last, s->o->screen, !s->term.is_mono, s->o->theme);
        else
            grid_to_text(&s->last, s->o->screen);
    }
    struct arena arena = arena_take(&s->arena);
    arena_done(&arena);
}

/* Reads all words once, so that a mistake is told before anything runs. */
static enum status check_keys(struct script *s, struct err *e)
{
    struct script probe = *s;
    struct term_event ev;
    unsigned line = 1;

    do {
        str before = probe.rest;
        if (!next_event(&probe, &ev)) {
            skip_blanks(&before);
            for (const char *p = s->o->keys; p < before.p; p++)
                line += *p == '\n';
            str word = take_word(&before);
            err_set(e, STATUS_USAGE, "unknown key '%.*s'", (int)word.n, word.p);
            err_at(e, "", line, 0);
            err_hint(e, "keys are single characters, ^X, or names such as Enter, Down, S-Tab");
            return STATUS_USAGE;
        }
    } while (ev.kind != TERM_EVENT_END);
    return STATUS_OK;
}

enum status term_open_script(struct term **out, const struct tui_options *o, struct err *e)
{
    struct arena arena;

    arena_init(&arena, ARENA_SMALL);
    struct script *s = ARENA_NEW(&arena, struct script);
    s->o = o;
    s->rest = str_from(o->keys);
    s->rows = o->rows > 0 ? o->rows : DEFAULT_ROWS;
    s->cols = o->cols > 0 ? o->cols : DEFAULT_COLS;
    s->term = (struct term){
        .symbols = o->symbols == TUI_SYMBOLS_AUTO ? SYMBOLS_BRAILLE
                                                  : (enum symbols)(o->symbols - TUI_SYMBOLS_ASCII),
        .is_mono = o->colour == TUI_COLOUR_NEVER,
        .size = script_size,
        .show = script_show,
        .wait = script_wait,
        .redraw = script_nothing,
        .suspend = script_nothing,
        .close = script_close,
    };
    enum status status = check_keys(s, e);
    if (status != STATUS_OK) {
        arena_done(&arena);
        return status;
    }
    s->arena = arena_take(&arena);
    s->empty = arena_mark(&s->arena);
    *out = &s->term;
    return STATUS_OK;
}
