/*
 * report_models.c: one kernel by several models on one GPU. First a row a model, with the groups of
 * stall reasons as shares of the cycles without launch, which only some models know; then the
 * reasons in cycles, a column a model.
 */
#include <math.h>

#include "report_priv.h"

enum { NAME_COLS = 14, CYCLES_COLS = 11, GROUP_COLS = 7, LABEL_COLS = 24, VALUE_COLS = 14 };
enum { GROUPS_AT = REPORT_INDENT + NAME_COLS + 2 * CYCLES_COLS, TOP_COLS = 22 };

struct view {
    struct page page;
    const struct report_answer *answers;
    size_t n;
};

static const struct {
    const char *title;
    uint32_t groups; /* bits of enum stall_group */
} columns[] = {
    {"issue", 1u << STALL_GROUP_ISSUE},
    {"memory", 1u << STALL_GROUP_MEMORY},
    {"MIO", 1u << STALL_GROUP_SHARED},
    {"math", 1u << STALL_GROUP_COMPUTE},
    {"sync", 1u << STALL_GROUP_SYNC},
    {"fetch", 1u << STALL_GROUP_FETCH},
    {"wait", 1u << STALL_GROUP_DEPENDENCY},
    {"other", 1u << STALL_GROUP_HEALTHY | 1u << STALL_GROUP_OTHER},
    {"idle", 1u << STALL_GROUP_IDLE},
};

enum { TOP_AT = GROUPS_AT + (int)ARRAY_LEN(columns) * GROUP_COLS + 2 };

static double running_cy(const struct result *r)
{
    return r->cycles - r->stall[STALL_LAUNCH];
}

/* Of the cycles without launch. */
static double group_share(const struct result *r, uint32_t groups)
{
    double sum = 0;
    for (int s = 0; s < STALL_N; s++)
        if (s != STALL_LAUNCH && (groups >> stall_info[s].group & 1) != 0)
            sum += r->stall[s];
    return sum / running_cy(r);
}

/* The largest loss while warps run; NULL = none. */
static const struct stall_info *top_of(const struct result *r)
{
    int top = STALL_SELECTED;
    double most = 0;
    for (int s = 0; s < STALL_N; s++)
        if (s != STALL_SELECTED && s != STALL_NOT_SELECTED && s != STALL_LAUNCH &&
            r->stall[s] > most) {
            most = r->stall[s];
            top = s;
        }
    return top == STALL_SELECTED ? NULL : &stall_info[top];
}

static void put_right(struct page *p, unsigned at, unsigned cols, enum style s, const char *text)
{
    grid_right(&p->g, p->row, at, cols, s, str_from(text));
}

static void put_titles(struct page *p)
{
    grid_text(&p->g, p->row, REPORT_INDENT, NAME_COLS, STYLE_DIM, str_from("model"));
    put_right(p, REPORT_INDENT + NAME_COLS, CYCLES_COLS, STYLE_DIM, "cycles");
    put_right(p, REPORT_INDENT + NAME_COLS + CYCLES_COLS, CYCLES_COLS, STYLE_DIM, "no launch");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        put_right(p, GROUPS_AT + (unsigned)i * GROUP_COLS, GROUP_COLS, STYLE_DIM, columns[i].title);
    grid_text(&p->g, p->row++, TOP_AT, TOP_COLS, STYLE_DIM, str_from("top stall"));
}

static void put_row(struct page *p, const struct result *r)
{
    put_right(p, REPORT_INDENT + NAME_COLS, CYCLES_COLS, STYLE_NORMAL, page_cycles(p, r->cycles));
    put_right(p, REPORT_INDENT + NAME_COLS + CYCLES_COLS, CYCLES_COLS, STYLE_NORMAL,
              page_cycles(p, running_cy(r)));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        double share = group_share(r, columns[i].groups);
        put_right(p, GROUPS_AT + (unsigned)i * GROUP_COLS, GROUP_COLS, STYLE_NORMAL,
                  isnan(share) ? "?" : arena_printf(&p->a, "%.0f %%", 100 * share));
    }
    const struct stall_info *top = top_of(r);
    enum style style =
        top == NULL ? STYLE_NORMAL : report_stall_style((enum stall)(top - stall_info));
    grid_text(&p->g, p->row++, TOP_AT, TOP_COLS, style,
              str_from(r->is_withheld ? "?"
                       : top == NULL  ? "-"
                                      : top->name));
}

static void put_answer(struct page *p, const struct report_answer *a)
{
    grid_text(&p->g, p->row, REPORT_INDENT, NAME_COLS, STYLE_BOLD, str_from(a->model));
    if (a->r != NULL)
        put_row(p, a->r);
    else
        grid_printf(&p->g, p->row++, REPORT_INDENT + NAME_COLS, p->g.cols, STYLE_BAD, "refused: %s",
                    a->refusal == NULL ? "?" : a->refusal);
}

/* --- reasons in columns ---------------------------------------------------------------------- */

static double stall_cy(const struct report_answer *a, enum stall s)
{
    return a->r == NULL ? (double)NAN : a->r->stall[s];
}

static void put_stall(struct view *v, enum stall s)
{
    struct page *p = &v->page;
    grid_printf(&p->g, p->row, REPORT_INDENT, LABEL_COLS - REPORT_INDENT, report_stall_style(s),
                "%c %s", stall_info[s].letter, stall_info[s].name);
    for (size_t i = 0; i < v->n; i++) {
        double cy = stall_cy(&v->answers[i], s);
        put_right(p, LABEL_COLS + (unsigned)i * VALUE_COLS, VALUE_COLS, STYLE_NORMAL,
                  cy > 0      ? page_cycles(p, cy)
                  : isnan(cy) ? "?"
                              : "-");
    }
    p->row++;
}

/* The largest share of a reason in any model decides the order and whether it is shown. */
static void put_stalls(struct view *v)
{
    struct page *p = &v->page;
    double most[STALL_N] = {0};
    enum stall order[STALL_N];
    for (size_t i = 0; i < v->n; i++)
        for (int s = 0; s < STALL_N && v->answers[i].r != NULL; s++)
            most[s] = fmax(most[s], v->answers[i].r->stall[s] / v->answers[i].r->cycles);
    report_sort_stalls(most, order);
    page_title(p, "Where the cycles go", "");
    for (size_t i = 0; i < v->n; i++)
        put_right(p, LABEL_COLS + (unsigned)i * VALUE_COLS, VALUE_COLS, STYLE_BOLD,
                  v->answers[i].model);
    p->row++;
    for (size_t i = 0; i < STALL_N; i++)
        if (most[order[i]] > REPORT_LEAST_SHARE)
            put_stall(v, order[i]);
    p->row++;
}

static const char *gpu_of(struct view *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->answers[i].r != NULL)
            return arena_printf(&v->page.a, "%s (%s)", v->answers[i].r->gpu_title,
                                v->answers[i].r->gpu_name);
    return "?";
}

static void put_head(struct view *v, const struct trace_kernel *k)
{
    struct page *p = &v->page;
    page_kernel(p, k);
    grid_text(&p->g, p->row++, REPORT_INDENT, p->g.cols, STYLE_DIM, str_from(gpu_of(v)));
    p->row++;
}

void report_models_text(struct text *out, const struct trace_kernel *k,
                        const struct report_answer *answers, size_t n,
                        const struct report_style *style)
{
    struct view v = {.answers = answers, .n = n};
    page_start(&v.page, style,
               MAX((unsigned)(TOP_AT + TOP_COLS), LABEL_COLS + (unsigned)n * VALUE_COLS));
    put_head(&v, k);
    put_titles(&v.page);
    for (size_t i = 0; i < n; i++)
        put_answer(&v.page, &answers[i]);
    v.page.row++;
    put_stalls(&v);
    page_print(&v.page, out);
}
