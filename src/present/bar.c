/*
 * bar.c: bars of one value and of stacked parts.
 *
 * Whole cells are U+2588 in the part's colour; the end of a single bar is drawn in eighths. Two
 * colours cannot share a cell without a background, so stacked parts take whole cells, rounded by
 * largest remainder so that the sum is right to the cell. Without colour the letters are the fill.
 */
#include <math.h>

#include "present/cell.h"

enum { FULL_BLOCK = 0x2588, MAX_PARTS = 32 };

static bool letters_fill(const struct grid *g)
{
    return g->is_mono || g->symbols == SYMBOLS_ASCII;
}

static unsigned cells_of(double share, unsigned width)
{
    return (unsigned)lround(CLAMP(share, 0.0, 1.0) * width);
}

void grid_bar(struct grid *g, unsigned row, unsigned col, unsigned width, enum style s, char letter,
              double share)
{
    if (isnan(share) || width == 0)
        return;
    if (letters_fill(g)) {
        unsigned n = cells_of(share, width);
        if (n == 0 && share > 0)
            n = 1;
        grid_fill(g, row, col, n, s, (uint32_t)letter);
        return;
    }
    unsigned eighths = cells_of(share, 8 * width);
    if (eighths == 0 && share > 0)
        eighths = 1;
    grid_fill(g, row, col, eighths / 8, s, FULL_BLOCK);
    if (eighths % 8 != 0)
        grid_fill(g, row, col + eighths / 8, 1, s, 0x2590 - eighths % 8);
}

/* Largest remainder: floor all, then give the missing cells to the largest fractions. */
static void round_parts(const struct bar_part *parts, size_t n, unsigned width, unsigned *cells)
{
    double rest[MAX_PARTS], sum = 0;
    unsigned used = 0;

    for (size_t i = 0; i < n; i++) {
        double exact = isnan(parts[i].share) ? 0 : CLAMP(parts[i].share, 0.0, 1.0) * width;
        cells[i] = (unsigned)exact;
        rest[i] = exact - cells[i];
        used += cells[i];
        sum += exact;
    }
    for (unsigned total = MIN(width, (unsigned)lround(sum)); used < total; used++) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++) {
            if (rest[i] > rest[best])
                best = i;
        }
        cells[best]++;
        rest[best] = -1;
    }
}

static void draw_part(struct grid *g, unsigned row, unsigned col, unsigned n,
                      const struct bar_part *p)
{
    if (letters_fill(g)) {
        grid_fill(g, row, col, n, p->style, (uint32_t)p->letter);
        return;
    }
    grid_fill(g, row, col, n, p->style, FULL_BLOCK);
    if (n < 2)
        return;
    unsigned at = col + (n - 1) / 2;
    if (n >= 6) {
        unsigned used =
            grid_printf(g, row, at - 1, 4, p->style, "%c %.0f", p->letter, 100 * p->share);
        grid_attr(g, row, at - 1, used, CELL_REVERSE);
        return;
    }
    grid_fill(g, row, at, 1, p->style, (uint32_t)p->letter);
    grid_attr(g, row, at, 1, CELL_REVERSE);
}

void grid_stack(struct grid *g, unsigned row, unsigned col, unsigned width,
                const struct bar_part *parts, size_t n)
{
    unsigned cells[MAX_PARTS] = {0};

    n = MIN(n, (size_t)MAX_PARTS);
    round_parts(parts, n, width, cells);
    for (size_t i = 0; i < n; i++) {
        draw_part(g, row, col, cells[i], &parts[i]);
        col += cells[i];
    }
}
