/*
 * report_compare.c: one kernel on several GPUs, a column each. Stall reasons are shown in time,
 * which adds up across chips of different clocks, where cycles and shares do not.
 */
#include <math.h>
#include <stddef.h>

#include "report_priv.h"

enum { LABEL_COLS = 26, VALUE_COLS = 18 };

struct view {
    struct page page;
    const struct result *const *r;
    size_t n;
};

static void put_cell(struct view *v, size_t column, enum style s, const char *text)
{
    unsigned at = LABEL_COLS + (unsigned)column * VALUE_COLS;
    grid_right(&v->page.g, v->page.row, at + 1, VALUE_COLS - 1, s, str_from(text));
}

static void put_label(struct view *v, enum style s, const char *text)
{
    grid_text(&v->page.g, v->page.row, REPORT_INDENT, LABEL_COLS - REPORT_INDENT, s,
              str_from(text));
}

/* --- facts ----------------------------------------------------------------------------------- */

enum show { SHOW_US, SHOW_CYCLES, SHOW_PLAIN, SHOW_SHARE, SHOW_BYTES };

struct fact {
    const char *label;
    size_t at; /* of a double in struct result */
    enum show show;
};

#define FACT(label, member, show)                    \
    {                                                \
        label, offsetof(struct result, member), show \
    }

static const struct fact facts[] = {
    FACT("time", time_us, SHOW_US),
    FACT("cycles", cycles, SHOW_CYCLES),
    FACT("IPC per SM", ipc_per_sm, SHOW_PLAIN),
    FACT("occupancy", occupancy.theoretical, SHOW_SHARE),
    FACT("achieved occupancy", occupancy.achieved, SHOW_SHARE),
    FACT("waves", waves, SHOW_PLAIN),
    FACT("compute, of peak", sol_compute, SHOW_SHARE),
    FACT("L1, of peak", sol_l1, SHOW_SHARE),
    FACT("L2, of peak", sol_l2, SHOW_SHARE),
    FACT("DRAM, of peak", sol_dram, SHOW_SHARE),
    FACT("L1 hit rate", level[RESULT_L1].hit_rate, SHOW_SHARE),
    FACT("L2 hit rate", level[RESULT_L2].hit_rate, SHOW_SHARE),
    FACT("DRAM traffic", level[RESULT_DRAM].bytes, SHOW_BYTES),
};

static const char *show(struct page *p, enum show how, double v)
{
    switch (how) {
    case SHOW_US:
        return page_number(p, UNIT_NS, 1e3 * v);
    case SHOW_CYCLES:
        return page_cycles(p, v);
    case SHOW_SHARE:
        return page_share(p, v);
    case SHOW_BYTES:
        return page_number(p, UNIT_BYTES, v);
    case SHOW_PLAIN:
        break;
    }
    return page_number(p, UNIT_PLAIN, v);
}

static void put_fact(struct view *v, const struct fact *f)
{
    put_label(v, STYLE_NORMAL, f->label);
    for (size_t i = 0; i < v->n; i++) {
        const char *at = (const char *)v->r[i] + f->at;
        double number = v->r[i] == NULL ? (double)NAN : *(const double *)(const void *)at;
        put_cell(v, i, STYLE_NORMAL, show(&v->page, f->show, number));
    }
    v->page.row++;
}

static double speedup(const struct view *v, size_t i)
{
    return v->r[0] == NULL || v->r[i] == NULL ? (double)NAN : v->r[0]->time_us / v->r[i]->time_us;
}

static void put_speedup(struct view *v)
{
    put_label(v, STYLE_NORMAL, "speed-up");
    for (size_t i = 0; i < v->n; i++) {
        double s = speedup(v, i);
        enum style style = i == 0 || isnan(s) ? STYLE_NORMAL : s >= 1 ? STYLE_GOOD : STYLE_BAD;
        put_cell(v, i, style, isnan(s) ? "?" : arena_printf(&v->page.a, "%.2fx", s));
    }
    v->page.row++;
}

static void put_limiter(struct view *v)
{
    put_label(v, STYLE_NORMAL, "limited by");
    for (size_t i = 0; i < v->n; i++)
        put_cell(v, i, STYLE_NORMAL,
                 v->r[i] == NULL ? "?" : limiter_name(v->r[i]->occupancy.limiter));
    v->page.row++;
}

/* --- stalls ---------------------------------------------------------------------------------- */

static double stall_us(const struct result *r, enum stall s)
{
    return r == NULL ? (double)NAN : r->time_us * (r->stall[s] / r->cycles);
}

/* The largest time of a reason over all GPUs decides the order and whether it is shown. */
static double largest_us(const struct view *v, enum stall s)
{
    double most = 0;
    for (size_t i = 0; i < v->n; i++)
        most = fmax(most, stall_us(v->r[i], s));
    return most;
}

static void put_stall(struct view *v, enum stall s)
{
    enum style style = report_stall_style(s);
    grid_printf(&v->page.g, v->page.row, REPORT_INDENT, LABEL_COLS - REPORT_INDENT, style, "%c %s",
                stall_info[s].letter, stall_info[s].name);
    for (size_t i = 0; i < v->n; i++)
        put_cell(v, i, STYLE_NORMAL, show(&v->page, SHOW_US, stall_us(v->r[i], s)));
    v->page.row++;
}

static void put_stalls(struct view *v)
{
    double most[STALL_N], longest = 0;
    enum stall order[STALL_N];
    for (size_t s = 0; s < STALL_N; s++)
        most[s] = largest_us(v, (enum stall)s);
    for (size_t i = 0; i < v->n; i++)
        longest = v->r[i] == NULL ? longest : fmax(longest, v->r[i]->time_us);
    report_sort_stalls(most, order);
    page_title(&v->page, "Where the time goes", "");
    for (size_t i = 0; i < STALL_N; i++)
        if (most[order[i]] > REPORT_LEAST_SHARE * longest)
            put_stall(v, order[i]);
    v->page.row++;
}

/* The reason whose time changes most, in the direction in which the whole changes. */
static enum stall main_change(const struct result *base, const struct result *r)
{
    double sign = r->time_us < base->time_us ? -1 : 1;
    enum stall most = STALL_SELECTED;
    double largest = -(double)INFINITY;
    for (size_t s = 0; s < STALL_N; s++) {
        double change = sign * (stall_us(r, (enum stall)s) - stall_us(base, (enum stall)s));
        if (change > largest) {
            largest = change;
            most = (enum stall)s;
        }
    }
    return most;
}

static void put_sentence(struct view *v, size_t i)
{
    const struct result *base = v->r[0], *r = v->r[i];
    struct page *p = &v->page;
    double s = speedup(v, i);
    if (isnan(s))
        return;
    enum stall most = main_change(base, r);
    double change_us = stall_us(r, most) - stall_us(base, most);
    double whole_us = r->time_us - base->time_us;
    const char *change = page_number(p, UNIT_NS, 1e3 * fabs(change_us));
    const char *whole = page_number(p, UNIT_NS, 1e3 * fabs(whole_us));
    page_wrap(p, 0, STYLE_NORMAL,
              arena_printf(&p->a,
                           "%s takes %s %s than %s (%.2fx); the largest part is %s with %s%s.",
                           r->gpu_name, whole, whole_us < 0 ? "less" : "more", base->gpu_name, s,
                           stall_info[most].name, change_us < 0 ? "-" : "+", change));
}

/* Whether an earlier GPU has the same note, such as that the trace is synthetic. */
static bool is_told(const struct view *v, size_t i, const char *note)
{
    for (size_t g = 0; g < i; g++)
        for (uint32_t j = 0; v->r[g] != NULL && j < v->r[g]->n_notes; j++)
            if (strcmp(v->r[g]->notes[j], note) == 0)
                return true;
    return false;
}

static void put_notes(struct view *v)
{
    bool is_first = true;
    for (size_t i = 0; i < v->n; i++)
        for (uint32_t j = 0; v->r[i] != NULL && j < v->r[i]->n_notes; j++) {
            if (is_told(v, i, v->r[i]->notes[j]))
                continue;
            v->page.row += is_first;
            if (is_first)
                page_title(&v->page, "Notes", "");
            is_first = false;
            grid_text(&v->page.g, v->page.row, REPORT_INDENT, 1, STYLE_DIM, STR("-"));
            page_wrap(&v->page, REPORT_INDENT + 2, STYLE_DIM, v->r[i]->notes[j]);
        }
}

static void put_head(struct view *v, const struct trace_kernel *k)
{
    struct page *p = &v->page;
    page_kernel(p, k);
    p->row++;
    for (size_t i = 0; i < v->n; i++)
        put_cell(v, i, STYLE_BOLD, v->r[i] == NULL ? "?" : v->r[i]->gpu_name);
    p->row++;
}

void report_compare_text(struct text *out, const struct trace_kernel *k,
                         const struct result *const *r, size_t n, const struct report_style *style)
{
    struct view v = {.r = r, .n = n};
    page_start(&v.page, style, MAX(REPORT_COLS, LABEL_COLS + (unsigned)n * VALUE_COLS));
    put_head(&v, k);
    put_speedup(&v);
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        put_fact(&v, &facts[i]);
    put_limiter(&v);
    v.page.row++;
    put_stalls(&v);
    for (size_t i = 1; i < n; i++)
        put_sentence(&v, i);
    put_notes(&v);
    v.page.row++;
    page_print(&v.page, out);
}
