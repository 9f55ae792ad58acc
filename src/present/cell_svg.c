/*
 * cell_svg.c: a grid as SVG, one rectangle of 9 x 19 per cell.
 *
 * Blocks, braille and box lines become geometry, so the picture does not depend on a font that has
 * them; words are text elements with their length given, so any monospaced font keeps the columns.
 */
#include <math.h>

#include "present/cell.h"

enum { CELL_W = 9, CELL_H = 19, MARGIN = 8 };

struct paper {
    const char *fg, *bg;
};
static const struct paper papers[2] = {{"#d8dee9", "#10141c"}, {"#24292f", "#ffffff"}};

/* The xterm colour cube and grey ramp; the first 16 are never used by styles. */
static uint32_t rgb_of(int n)
{
    static const uint8_t level[6] = {0, 95, 135, 175, 215, 255};

    if (n >= 232) {
        uint32_t v = (uint32_t)(8 + 10 * (n - 232));
        return v << 16 | v << 8 | v;
    }
    n -= 16;
    return (uint32_t)level[n / 36] << 16 | (uint32_t)level[n / 6 % 6] << 8 | level[n % 6];
}

struct svg {
    struct text *out;
    const struct grid *g;
    const struct paper *paper;
    enum theme theme;
};

static unsigned attrs_of(const struct cell *c)
{
    return c->attrs | style_info[c->style].attrs;
}

static const char *ink(const struct svg *v, const struct cell *c, char buf[8])
{
    int c256 = style_info[c->style].c256[v->theme];

    if (v->g->is_mono || c256 < 16)
        return v->paper->fg;
    snprintf(buf, 8, "#%06x", rgb_of(c256));
    return buf;
}

/* Fill of the glyph: the paper's own colour in reverse video. */
static const char *glyph_ink(const struct svg *v, const struct cell *c, char buf[8])
{
    return attrs_of(c) & CELL_REVERSE ? v->paper->bg : ink(v, c, buf);
}

static void rect(const struct svg *v, double x, double y, double w, double h, const char *fill)
{
    text_printf(v->out, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"%s\"/>\n", x, y,
                w, h, fill);
}

static void draw_backgrounds(const struct svg *v, unsigned row)
{
    const struct cell *line = grid_line(v->g, row);
    char buf[8];

    for (unsigned col = 0; col < v->g->cols;) {
        unsigned end = col + 1;
        if (!(attrs_of(&line[col]) & CELL_REVERSE)) {
            col = end;
            continue;
        }
        while (end < v->g->cols && attrs_of(&line[end]) & CELL_REVERSE &&
               line[end].style == line[col].style)
            end++;
        rect(v, col * CELL_W, row * CELL_H, (end - col) * CELL_W, CELL_H, ink(v, &line[col], buf));
        col = end;
    }
}

/* Which half lines a box character has: left, right, up, down. */
static unsigned box_arms(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        unsigned arms;
    } map[] = {{0x2500, 3},  {0x2502, 12}, {0x250c, 10}, {0x2510, 9}, {0x2514, 6}, {0x2518, 5},
               {0x251c, 14}, {0x2524, 13}, {0x252c, 11}, {0x2534, 7}, {0x253c, 15}};

    for (size_t i = 0; i < ARRAY_LEN(map); i++) {
        if (map[i].cp == cp)
            return map[i].arms;
    }
    return 0;
}

static void draw_box(const struct svg *v, double x, double y, unsigned arms, const char *fill)
{
    double mx = x + CELL_W / 2.0, my = y + CELL_H / 2.0;
    const double end[4][2] = {{x, my}, {x + CELL_W, my}, {mx, y}, {mx, y + CELL_H}};

    text_puts(v->out, "<path d=\"");
    for (unsigned i = 0; i < 4; i++) {
        if (arms >> i & 1)
            text_printf(v->out, "M%g %gL%g %g", mx, my, end[i][0], end[i][1]);
    }
    text_printf(v->out, "\" stroke=\"%s\" stroke-width=\"1.2\"/>\n", fill);
}

static void draw_braille(const struct svg *v, double x, double y, uint32_t bits, const char *fill)
{
    static const uint8_t dot[8][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 0},
                                      {1, 1}, {1, 2}, {0, 3}, {1, 3}};

    for (unsigned i = 0; i < 8; i++) {
        if (bits >> i & 1)
            text_printf(v->out, "<circle cx=\"%g\" cy=\"%g\" r=\"1.4\" fill=\"%s\"/>\n",
                        x + CELL_W * (0.25 + 0.5 * dot[i][0]),
                        y + CELL_H * (0.125 + 0.25 * dot[i][1]), fill);
    }
}

/* Draws characters that are shapes; false for those that are text. */
static bool draw_shape(const struct svg *v, double x, double y, const struct cell *c)
{
    char buf[8];
    const char *fill = glyph_ink(v, c, buf);

    if (c->cp >= 0x2588 && c->cp <= 0x258f)
        rect(v, x, y, CELL_W * (0x2590 - c->cp) / 8.0, CELL_H, fill);
    else if (c->cp >= 0x2581 && c->cp <= 0x2587)
        rect(v, x, y + CELL_H * (0x2588 - c->cp) / 8.0, CELL_W, CELL_H * (c->cp - 0x2580) / 8.0,
             fill);
    else if (c->cp >= 0x2800 && c->cp <= 0x28ff)
        draw_braille(v, x, y, c->cp - 0x2800, fill);
    else if (box_arms(c->cp) != 0)
        draw_box(v, x, y, box_arms(c->cp), fill);
    else
        return c->cp == ' ' || c->cp == 0;
    return true;
}

static bool is_shape(uint32_t cp)
{
    return cp == ' ' || cp == 0 || (cp >= 0x2581 && cp <= 0x258f) ||
           (cp >= 0x2800 && cp <= 0x28ff) || box_arms(cp) != 0;
}

static void put_escaped(struct text *out, uint32_t cp)
{
    if (cp == '<')
        text_puts(out, "&lt;");
    else if (cp == '&')
        text_puts(out, "&amp;");
    else
        text_put_utf8(out, cp);
}

static void draw_word(const struct svg *v, unsigned row, unsigned col, unsigned end)
{
    const struct cell *line = grid_line(v->g, row);
    char buf[8];

    text_printf(v->out, "<text x=\"%u\" y=\"%g\" textLength=\"%u\" fill=\"%s\"%s>", col * CELL_W,
                row * CELL_H + CELL_H * 0.76, (end - col) * CELL_W, glyph_ink(v, &line[col], buf),
                attrs_of(&line[col]) & CELL_BOLD ? " font-weight=\"bold\"" : "");
    for (unsigned i = col; i < end; i++) {
        if (line[i].cp != 0)
            put_escaped(v->out, line[i].cp);
    }
    text_puts(v->out, "</text>\n");
}

static void draw_row(const struct svg *v, unsigned row)
{
    const struct cell *line = grid_line(v->g, row);
    char buf[8];

    for (unsigned col = 0; col < v->g->cols;) {
        unsigned end = col + 1;
        if (!draw_shape(v, col * CELL_W, row * CELL_H, &line[col])) {
            while (end < v->g->cols && line[end].style == line[col].style &&
                   line[end].attrs == line[col].attrs &&
                   (line[end].cp == 0 || !is_shape(line[end].cp)))
                end++;
            draw_word(v, row, col, end);
        }
        col = end;
    }
    for (unsigned col = 0; col < v->g->cols; col++) {
        if (attrs_of(&line[col]) & CELL_UNDER)
            rect(v, col * CELL_W, row * CELL_H + CELL_H - 2, CELL_W, 1,
                 glyph_ink(v, &line[col], buf));
    }
}

void grid_to_svg(const struct grid *g, struct text *out, bool is_light)
{
    struct svg v = {out, g, &papers[is_light], is_light ? THEME_LIGHT : THEME_DARK};
    unsigned w = g->cols * CELL_W + 2 * MARGIN, h = g->rows * CELL_H + 2 * MARGIN;

    text_printf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
                "viewBox=\"-%d -%d %u %u\" font-family=\"'DejaVu Sans Mono', monospace\" "
                "font-size=\"14.95\" shape-rendering=\"crispEdges\">\n",
                w, h, MARGIN, MARGIN, w, h);
    rect(&v, -MARGIN, -MARGIN, w, h, v.paper->bg);
    for (unsigned row = 0; row < g->rows; row++) {
        draw_backgrounds(&v, row);
        draw_row(&v, row);
    }
    text_puts(out, "</svg>\n");
}
