/*
 * view_versus.c: what differs between two runs? The numbers of the verdict side by side.
 */
#include "view_priv.h"

static const enum launch_fact numbers[] = {
    FACT_IL_JOINED,
    FACT_CPU_BOUND,
    FACT_BUSY,
    FACT_TKLQT,
    FACT_LAUNCH,
    FACT_QUEUE,
    FACT_TKLQT_EACH,
    FACT_WAIT_MIN,
    FACT_WAIT_MEDIAN,
    FACT_WAIT_P95,
    FACT_WAIT_MAX,
    FACT_AKD,
    FACT_KERNEL_SUM,
    FACT_IDLE_JOINED,
    FACT_IDLE_JOINED_UNION,
    FACT_CPU_IDLE,
    FACT_GAPS,
    FACT_KERNELS,
    FACT_JOINED,
    FACT_GRAPH_LAUNCHES,
    FACT_GRAPH_KERNELS,
    FACT_DEPTH_MOST,
    FACT_DEPTH_MEAN,
    FACT_FUSION_IDEAL,
    FACT_FUSION_CONSERVATIVE,
};

enum { COL_NAME, COL_A, COL_B, COL_RATIO, COL_ABOUT, COL_N };

static const struct table_column columns[COL_N] = {
    [COL_NAME] = {"", 18, 0, false, true, 30},  [COL_A] = {"A", 12, 0, true, false, 0},
    [COL_B] = {"B", 12, 0, true, false, 0},     [COL_RATIO] = {"B / A", 8, 1, true, false, 0},
    [COL_ABOUT] = {"", 50, 2, false, false, 0},
};

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    (void)s;
    *ids = NULL;
    if (d->profile.l == NULL || d->other_profile.l == NULL)
        return 0;
    *ids = list_upto(a, ARRAY_LEN(numbers));
    return ARRAY_LEN(numbers);
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a, (void)d;
    return launch_fact_info[numbers[id]].title;
}

static const char *ratio_text(struct arena *a, double from, double to)
{
    if (from == to)
        return "=";
    if (!(from > 0 && to >= 0))
        return "-";
    double times = to / from;
    return arena_printf(a, times < 0.01 ? "%.2gx" : times < 999.5 ? "%.3gx" : "%.0fx", times);
}

static const char *verdict_line(struct arena *a, const char *letter, const struct view_profile *p)
{
    return arena_printf(a, "%s  %-9s  %s%s%s", letter, bound_title(p->l->verdict.bound), p->name,
                        p->l->devices[0].name[0] != '\0' ? ", " : "", p->l->devices[0].name);
}

static bool is_missing(struct view_frame *f)
{
    const struct view_profile *other = &f->d->other_profile;

    if (frame_no_profile(f))
        return true;
    if (other->l != NULL)
        return false;
    frame_empty(
        f, other->error != NULL
               ? arena_printf(f->a, "The second profile could not be opened:\n%s", other->error)
           : other->is_coming ? arena_printf(f->a, "Reading %s ...", other->name)
                              : "Choose a second profile to compare with: c, or :against PATH.");
    return true;
}

static void set_detail(struct view_frame *f)
{
    if (f->n == 0)
        return;
    enum launch_fact n = numbers[f->ids[f->cursor]];
    const char *a = number_shown(f->a, n, launch_fact(f->d->profile.l, n));
    const char *b = number_shown(f->a, n, launch_fact(f->d->other_profile.l, n));
    f->out->detail = number_equation(f->a, n);
    explain_number(f, n, arena_printf(f->a, "%s in A, %s in B", a, b));
}

static void draw_row(const struct table_row *w, const struct launches *la,
                     const struct launches *lb, enum launch_fact n)
{
    struct arena *a = w->f->a;
    double va = launch_fact(la, n), vb = launch_fact(lb, n);

    row_field(w, COL_NAME, STYLE_NORMAL, number_title(a, n));
    row_field(w, COL_A, STYLE_NORMAL, number_shown(a, n, va));
    row_field(w, COL_B, STYLE_NORMAL, number_shown(a, n, vb));
    row_field(w, COL_RATIO, STYLE_BOLD, ratio_text(a, va, vb));
    row_field(w, COL_ABOUT, STYLE_DIM, launch_fact_info[n].equation);
}

static void draw(struct view_frame *f)
{
    struct table_place at[COL_N];
    unsigned head = f->rows >= 12 ? 4 : 1;

    if (is_missing(f))
        return;
    if (head > 1) {
        grid_text(f->g, f->row, 1, f->cols - 2, STYLE_BOLD,
                  str_from(verdict_line(f->a, "A", &f->d->profile)));
        grid_text(f->g, f->row + 1, 1, f->cols - 2, STYLE_BOLD,
                  str_from(verdict_line(f->a, "B", &f->d->other_profile)));
    }
    table_place(columns, COL_N, 1, f->cols - 2, at);
    table_titles(f->g, f->row + head - 1, columns, COL_N, at, COL_N, false);
    uint32_t top = frame_window(f, head);
    for (unsigned i = 0; i + head < f->rows && top + i < f->n; i++) {
        struct table_row w = {f, columns, at, f->row + head + i};
        draw_row(&w, f->d->profile.l, f->d->other_profile.l, numbers[f->ids[top + i]]);
        frame_row(f, w.row, top + i);
    }
    set_detail(f);
}

const struct view_ops view_versus = {list, text, draw, false};
