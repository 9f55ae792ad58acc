/*
 * report_priv.h: a page of text that grows downwards, on the cell grid.
 */
#ifndef WARPSCOPE_PRESENT_REPORT_PRIV_H
#define WARPSCOPE_PRESENT_REPORT_PRIV_H

#include "base/units.h"
#include "present/report.h"

enum { REPORT_COLS = 80, REPORT_INDENT = 2 };

/* Shares below this are not worth a row of their own. */
#define REPORT_LEAST_SHARE 0.001

struct page {
    struct grid g;
    struct arena a; /* texts of this page */
    unsigned row;   /* the next one */
    unsigned n_rows;
    const struct report_style *style;
};

void page_start(struct page *p, const struct report_style *style, unsigned cols);
/* The same, of `rows` rows at most. */
void page_start_rows(struct page *p, const struct report_style *style, unsigned cols,
                     unsigned rows);
/* Ends the page. */
void page_print(struct page *p, struct text *out);

void page_wrap(struct page *p, unsigned indent, enum style s, const char *text);
/* Name, grid and block of `k`. */
void page_kernel(struct page *p, const struct trace_kernel *k);
void page_title(struct page *p, const char *left, const char *right);

/* Texts in p->a; "?" for what is not known. */
const char *page_number(struct page *p, enum unit_kind kind, double v);
const char *page_cycles(struct page *p, double cy);
/* "-" for NAN: there was nothing to share. */
const char *page_share(struct page *p, double share);
const char *page_triple(struct page *p, const uint32_t v[3]);

enum style report_stall_style(enum stall s);
/* By falling cycles; equal ones stay in the order of the table. */
void report_sort_stalls(const double stall[STALL_N], enum stall order[STALL_N]);

#endif
