/*
 * cell.c: the grid and the primitives that put text into it.
 *
 * Invariant: every cell holds a printable code point of one column, or the left half of a wide one
 * followed by a cell with cp == 0. Control characters of user text never reach a cell, so nothing
 * that a file says can move a terminal's cursor.
 */
#include "present/cell.h"

#include <stdarg.h>
#include <stdio.h>

const struct style_info style_info[STYLE_N] = {
#define X(id, name, both, dark, light, c8, attrs) {name, {both, dark, light}, c8, attrs},
    STYLE_LIST(X)
#undef X
};

enum { REPLACEMENT = 0xfffd, LINE_MAX_B = 1024 };

struct range {
    uint32_t first, last;
};

/* Unicode blocks whose characters take no column, or two. Coarse on purpose: kernel names are
 * ASCII, file names may hold anything. */
static const struct range zero_width[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},
                                          {0x0610, 0x061a}, {0x064b, 0x065f}, {0x200b, 0x200f},
                                          {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20f0},
                                          {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};
static const struct range double_width[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
    for (size_t i = 0; i < n; i++) {
        if (cp >= r[i].first && cp <= r[i].last)
            return true;
    }
    return false;
}

static unsigned cp_width(uint32_t cp)
{
    if (cp < 0x300)
        return 1;
    if (in_ranges(zero_width, ARRAY_LEN(zero_width), cp))
        return 0;
    return in_ranges(double_width, ARRAY_LEN(double_width), cp) ? 2 : 1;
}

/* What a character becomes where only ASCII can be shown. */
static uint32_t cp_ascii(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        char c;
    } map[] = {{0x2026, '>'}, {0x2192, '>'}, {0x2190, '<'}, {0x2191, '^'}, {0x2193, 'v'},
               {0x00b7, '.'}, {0x00d7, 'x'}, {0x2502, '|'}, {0x2500, '-'}, {0x250c, '+'},
               {0x2510, '+'}, {0x2514, '+'}, {0x2518, '+'}, {0x251c, '+'}, {0x2524, '+'},
               {0x252c, '+'}, {0x2534, '+'}, {0x2588, '#'}, {0x25b8, '>'}, {0x25be, 'v'},
               {0x25b2, '^'}, {0x25bc, 'v'}, {0x2591, '.'}, {0x2022, '*'}, {0x2581, '_'}};

    if (cp < 0x7f)
        return cp;
    for (size_t i = 0; i < ARRAY_LEN(map); i++) {
        if (map[i].cp == cp)
            return (uint32_t)map[i].c;
    }
    return '?';
}

/* The next code point of *s, which moves behind it; invalid bytes and controls are replaced. */
static uint32_t next_cp(str *s)
{
    uint32_t cp = str_take_utf8(s);
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? REPLACEMENT : cp;
}

void grid_init(struct grid *g, struct arena *a, unsigned rows, unsigned cols)
{
    *g = (struct grid){.rows = rows, .cols = cols, .symbols = SYMBOLS_BRAILLE};
    g->cells = ARENA_ARRAY(a, struct cell, (size_t)rows * cols);
    grid_clear(g);
}

void grid_clear(struct grid *g)
{
    for (size_t i = 0; i < (size_t)g->rows * g->cols; i++)
        g->cells[i] = (struct cell){.cp = ' ', .style = STYLE_NORMAL};
}

static bool is_blank(struct grid *g, unsigned row)
{
    for (unsigned col = 0; col < g->cols; col++) {
        if (grid_at(g, row, col)->cp != ' ')
            return false;
    }
    return true;
}

void grid_trim(struct grid *g)
{
    while (g->rows > 0 && is_blank(g, g->rows - 1))
        g->rows--;
}

/* Overwriting half of a wide character leaves a blank in the other half. */
static void heal(struct grid *g, unsigned row, unsigned col)
{
    struct cell *c = grid_at(g, row, col);
    struct cell *right = grid_at(g, row, col + 1);

    if (c->cp == 0 && col > 0)
        grid_at(g, row, col - 1)->cp = ' ';
    if (right != NULL && right->cp == 0)
        right->cp = ' ';
}

static void put(struct grid *g, unsigned row, unsigned col, enum style s, uint32_t cp)
{
    struct cell *c = grid_at(g, row, col);

    if (c == NULL)
        return;
    heal(g, row, col);
    *c = (struct cell){.cp = g->symbols == SYMBOLS_ASCII ? cp_ascii(cp) : cp, .style = (uint8_t)s};
}

unsigned grid_text(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
                   str text)
{
    unsigned used = 0;

    while (text.n > 0) {
        uint32_t cp = next_cp(&text);
        unsigned w = cp_width(cp);
        if (w == 0)
            continue;
        if (used + w > width || col + used + w > g->cols)
            break;
        put(g, row, col + used, s, cp);
        if (w == 2 && row < g->rows) {
            put(g, row, col + used + 1, s, ' ');
            grid_at(g, row, col + used + 1)->cp = g->symbols == SYMBOLS_ASCII ? ' ' : 0;
        }
        used += w;
    }
    return used;
}

unsigned grid_printf(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
                     const char *fmt, ...)
{
    char line[LINE_MAX_B];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    return grid_text(g, row, col, width, s, str_from(line));
}

unsigned grid_width(str text)
{
    unsigned w = 0;

    while (text.n > 0)
        w += cp_width(next_cp(&text));
    return w;
}

void grid_put_text(struct text *out, str text)
{
    while (text.n > 0)
        text_put_utf8(out, next_cp(&text));
}

unsigned grid_right(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
                    str text)
{
    unsigned w = grid_width(text);
    unsigned gap = w < width ? width - w : 0;

    return gap + grid_text(g, row, col + gap, width - gap, s, text);
}

void grid_fill(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s,
               uint32_t cp)
{
    for (unsigned i = 0; i < width && col + i < g->cols; i++)
        put(g, row, col + i, s, cp);
}

void grid_attr(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned attrs)
{
    for (unsigned i = 0; i < width && grid_at(g, row, col + i) != NULL; i++)
        grid_at(g, row, col + i)->attrs |= (uint8_t)attrs;
}

void grid_box(struct grid *g, unsigned row, unsigned col, unsigned height, unsigned width,
              const char *title)
{
    if (height < 2 || width < 4)
        return;
    unsigned last = row + height - 1, right = col + width - 1;

    for (unsigned r = row; r <= last; r++) {
        grid_fill(g, r, col, width, STYLE_NORMAL, ' ');
        put(g, r, col, STYLE_RULE, 0x2502);
        put(g, r, right, STYLE_RULE, 0x2502);
    }
    grid_fill(g, row, col, width, STYLE_RULE, 0x2500);
    grid_fill(g, last, col, width, STYLE_RULE, 0x2500);
    put(g, row, col, STYLE_RULE, 0x250c);
    put(g, row, right, STYLE_RULE, 0x2510);
    put(g, last, col, STYLE_RULE, 0x2514);
    put(g, last, right, STYLE_RULE, 0x2518);
    grid_printf(g, row, col + 2, width - 4, STYLE_BOLD, " %s ", title);
}
