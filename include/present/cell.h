/*
 * cell.h: a grid of character cells that every view draws into.
 *
 * A cell has a code point and a style; a style is a meaning (STYLE_TITLE, a stall group), never a
 * colour. Back ends (curses, text, ANSI, SVG) decide what a style looks like, so screens are the
 * same everywhere and are tested without a terminal. Drawing outside the grid is clipped, never an
 * error. User text is clipped by display width; wide and combining characters take the cells they
 * need.
 */
#ifndef WARPSCOPE_PRESENT_CELL_H
#define WARPSCOPE_PRESENT_CELL_H

#include "base/arena.h"
#include "base/str.h"
#include "base/text.h"

/*
 * id, name, 256-colour index legible on both backgrounds, on dark, on light (-1 = the terminal's
 * own), 8-colour index (-1), attributes
 */
#define STYLE_LIST(X)                                       \
    X(STYLE_NORMAL, "normal", -1, -1, -1, -1, 0)            \
    X(STYLE_DIM, "dim", 244, 245, 242, -1, 0)               \
    X(STYLE_BOLD, "bold", -1, -1, -1, -1, CELL_BOLD)        \
    X(STYLE_TITLE, "title", -1, -1, -1, -1, CELL_REVERSE)   \
    X(STYLE_TAB, "tab", -1, -1, -1, -1, 0)                  \
    X(STYLE_TAB_ON, "tab-on", -1, -1, -1, -1, CELL_REVERSE) \
    X(STYLE_HEADER, "header", -1, -1, -1, -1, CELL_BOLD)    \
    X(STYLE_CURSOR, "cursor", -1, -1, -1, -1, CELL_REVERSE) \
    X(STYLE_KEY, "key", 37, 80, 30, 6, CELL_BOLD)           \
    X(STYLE_GOOD, "good", 71, 114, 28, 2, 0)                \
    X(STYLE_WARN, "warn", 172, 221, 130, 3, CELL_BOLD)      \
    X(STYLE_BAD, "bad", 167, 203, 160, 1, CELL_BOLD)        \
    X(STYLE_LINK, "link", 33, 75, 25, 4, CELL_UNDER)        \
    X(STYLE_RULE, "rule", 243, 240, 248, -1, 0)             \
    X(STYLE_ISSUE, "issue", 246, 252, 244, -1, 0)           \
    X(STYLE_MEMORY, "memory", 33, 39, 26, 4, 0)             \
    X(STYLE_SHARED, "shared", 37, 43, 30, 6, 0)             \
    X(STYLE_COMPUTE, "compute", 208, 208, 166, 1, 0)        \
    X(STYLE_SYNC, "sync", 170, 177, 127, 5, 0)              \
    X(STYLE_FETCH, "fetch", 178, 185, 136, 3, 0)            \
    X(STYLE_DEPENDENCY, "dependency", 71, 113, 64, 2, 0)    \
    X(STYLE_HEALTHY, "healthy", 243, 242, 248, -1, 0)       \
    X(STYLE_OTHER, "other", 242, 241, 245, -1, 0)           \
    X(STYLE_IDLE, "idle", 97, 103, 97, 5, 0)

enum cell_attr { CELL_BOLD = 1, CELL_DIM = 2, CELL_REVERSE = 4, CELL_UNDER = 8 };

enum style {
#define X(id, name, both, dark, light, c8, attrs) id,
    STYLE_LIST(X)
#undef X
        STYLE_N
};

enum theme { THEME_AUTO, THEME_DARK, THEME_LIGHT, THEME_N };

struct style_info {
    const char *name;
    int c256[THEME_N];
    int c8;
    unsigned attrs;
};
extern const struct style_info style_info[STYLE_N];

struct cell {
    uint32_t cp;   /* 0 = right half of a wide character */
    uint8_t style; /* enum style */
    uint8_t attrs; /* added to the style's */
};

enum symbols { SYMBOLS_ASCII, SYMBOLS_BLOCK, SYMBOLS_BRAILLE };

struct grid {
    unsigned rows, cols;
    struct cell *cells;   /* rows * cols */
    enum symbols symbols; /* what bars and plots may use */
    bool is_mono;         /* no colour: bars fill with the category's letter */
};

void grid_init(struct grid *g, struct arena *a, unsigned rows, unsigned cols);
void grid_clear(struct grid *g);
/* Drops blank rows at the end. */
void grid_trim(struct grid *g);
static inline struct cell *grid_at(struct grid *g, unsigned row, unsigned col)
{
    return row < g->rows && col < g->cols ? &g->cells[(size_t)row * g->cols + col] : NULL;
}
/* The cells of a row that exists. */
static inline const struct cell *grid_line(const struct grid *g, unsigned row)
{
    return &g->cells[(size_t)row * g->cols];
}

/* Draw text from (row, col) in at most `width` columns; returns the columns used. */
unsigned grid_text(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
                   str text);
unsigned grid_printf(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
                     const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The same, flush right in `width`. */
unsigned grid_right(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
                    str text);
void grid_fill(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
               uint32_t cp);
/* Sets attributes of a run of cells without touching the text (cursor line). */
void grid_attr(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned attrs);

/* An empty frame with a title; what was below is blanked. */
void grid_box(struct grid *g, unsigned row, unsigned col, unsigned height, unsigned width,
              const char *title);

/* Columns that `text` takes when drawn without clipping. */
unsigned grid_width(str text);
/* `text` as a grid shows it: what could drive a terminal or is no UTF-8 is replaced. */
void grid_put_text(struct text *out, str text);

/* A horizontal bar of `share` (0..1) of `width` columns, in eighths where the symbols allow.
 * `letter` fills it in monochrome. */
void grid_bar(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s, char letter,
              double share);
/*
 * Bars one behind another, each with its letter inside; letters alone in monochrome. Shares are of
 * the whole width; the widths are rounded so that their sum is right to the cell.
 */
struct bar_part {
    double share;
    enum style style;
    char letter;
};
void grid_stack(struct grid *g, unsigned row, unsigned col, unsigned width,
                const struct bar_part *parts, size_t n);

/* ---- back ends that need no terminal ---- */

void grid_to_text(const struct grid *g, struct text *out); /* trailing blanks cut */
void grid_to_ansi(const struct grid *g, struct text *out, bool colour, enum theme theme);
void grid_to_svg(const struct grid *g, struct text *out, bool is_light);

#endif
