/*
 * cell_out.c: a grid as plain text and as text with SGR sequences.
 */
#include "present/cell.h"

static unsigned row_end(const struct grid *g, unsigned row)
{
    unsigned end = g->cols;

    while (end > 0) {
        const struct cell *c = &grid_line(g, row)[end - 1];
        if (c->cp != ' ' || c->attrs != 0 || style_info[c->style].attrs != 0)
            break;
        end--;
    }
    return end;
}

void grid_to_text(const struct grid *g, struct text *out)
{
    for (unsigned row = 0; row < g->rows; row++) {
        unsigned end = g->cols;
        while (end > 0 && grid_line(g, row)[end - 1].cp == ' ')
            end--;
        for (unsigned col = 0; col < end; col++) {
            uint32_t cp = grid_line(g, row)[col].cp;
            if (cp != 0)
                text_put_utf8(out, cp);
        }
        text_putc(out, '\n');
    }
}

static void put_sgr(struct text *out, const struct cell *c, bool colour, enum theme theme)
{
    static const struct {
        unsigned attr;
        char code;
    } codes[] = {{CELL_BOLD, '1'}, {CELL_DIM, '2'}, {CELL_UNDER, '4'}, {CELL_REVERSE, '7'}};
    unsigned attrs = c->attrs | style_info[c->style].attrs;

    text_puts(out, "\x1b[0");
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (attrs & codes[i].attr)
            text_printf(out, ";%c", codes[i].code);
    }
    int c256 = style_info[c->style].c256[theme];
    if (colour && c256 >= 0)
        text_printf(out, ";38;5;%d", c256);
    text_putc(out, 'm');
}

static bool same_look(const struct cell *a, const struct cell *b)
{
    return a->style == b->style && a->attrs == b->attrs;
}

void grid_to_ansi(const struct grid *g, struct text *out, bool colour, enum theme theme)
{
    static const struct cell plain = {.cp = ' ', .style = STYLE_NORMAL};

    for (unsigned row = 0; row < g->rows; row++) {
        struct cell last = plain;
        unsigned end = row_end(g, row);
        for (unsigned col = 0; col < end; col++) {
            struct cell c = grid_line(g, row)[col];
            if (c.cp == 0)
                continue;
            if (!same_look(&c, &last))
                put_sgr(out, &c, colour, theme);
            text_put_utf8(out, c.cp);
            last = c;
        }
        text_puts(out, same_look(&last, &plain) ? "\n" : "\x1b[0m\n");
    }
}
