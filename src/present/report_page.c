/*
 * report_page.c: what all printed reports share.
 */
#include <inttypes.h>
#include <math.h>

#include "base/symbol.h"
#include "report_priv.h"

/* Notes and instructions are few: a page that is longer is cut, never wrong. */
enum { MAX_ROWS = 1000 };

void page_start_rows(struct page *p, const struct report_style *style, unsigned cols, unsigned rows)
{
    *p = (struct page){.style = style, .n_rows = rows};
    arena_init(&p->a, ARENA_SMALL);
    grid_init(&p->g, &p->a, rows, cols);
    p->g.symbols = style->symbols;
    p->g.is_mono = !style->has_colour;
}

void page_start(struct page *p, const struct report_style *style, unsigned cols)
{
    page_start_rows(p, style, cols, MAX_ROWS);
}

void page_print(struct page *p, struct text *out)
{
    p->g.rows = MIN(p->row, p->n_rows);
    grid_trim(&p->g);
    if (p->style->has_colour)
        grid_to_ansi(&p->g, out, true, THEME_AUTO);
    else
        grid_to_text(&p->g, out);
    arena_done(&p->a);
}

void page_wrap(struct page *p, unsigned indent, enum style s, const char *text)
{
    str rest = str_from(text), line;
    while (str_wrap(&rest, p->g.cols - indent, &line))
        grid_text(&p->g, p->row++, indent, p->g.cols, s, line);
}

void page_title(struct page *p, const char *left, const char *right)
{
    unsigned used = grid_text(&p->g, p->row, 0, p->g.cols, STYLE_BOLD, str_from(left));
    grid_right(&p->g, p->row++, used, p->g.cols - used, STYLE_DIM, str_from(right));
}

void page_kernel(struct page *p, const struct trace_kernel *k)
{
    grid_text(&p->g, p->row++, 0, p->g.cols, STYLE_BOLD,
              str_from(symbol_demangle(&p->a, k->h.name)));
    grid_printf(&p->g, p->row++, REPORT_INDENT, p->g.cols, STYLE_DIM,
                "kernel %u  grid %s  block %s  sm_%u", (unsigned)k->h.id, page_triple(p, k->h.grid),
                page_triple(p, k->h.block), (unsigned)k->h.isa);
}

const char *page_number(struct page *p, enum unit_kind kind, double v)
{
    char text[32];
    return arena_strdup(&p->a, units_format(text, sizeof text, kind, v));
}

const char *page_cycles(struct page *p, double cy)
{
    return page_number(p, UNIT_PLAIN, fabs(cy) < 1e6 ? round(cy) : cy);
}

const char *page_share(struct page *p, double share)
{
    return isnan(share) ? "-" : arena_printf(&p->a, "%.1f %%", 100 * share);
}

const char *page_triple(struct page *p, const uint32_t v[3])
{
    return arena_printf(&p->a, "%" PRIu32 "x%" PRIu32 "x%" PRIu32, v[0], v[1], v[2]);
}

enum style report_stall_style(enum stall s)
{
    return (enum style)((unsigned)STYLE_ISSUE + (unsigned)stall_info[s].group);
}

void report_sort_stalls(const double stall[STALL_N], enum stall order[STALL_N])
{
    for (size_t i = 0; i < STALL_N; i++) {
        size_t at = i;
        for (; at > 0 && stall[order[at - 1]] < stall[i]; at--)
            order[at] = order[at - 1];
        order[at] = (enum stall)i;
    }
}
