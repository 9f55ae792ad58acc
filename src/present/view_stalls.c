/*
 * view_stalls.c: which reason costs how much? One row per reason, largest first.
 */
#include "view_priv.h"

enum { COL_LETTER, COL_NAME, COL_VALUE, COL_BAR, COL_BEFORE, COL_CHANGE, COL_WHO, COL_HOT, COL_N };

static const struct table_column columns[COL_N] = {
    [COL_LETTER] = {"", 1, 0, false, false, 0},
    [COL_NAME] = {"Reason", 18, 0, false, false, 0},
    [COL_VALUE] = {"Share", 9, 0, true, false, 0},
    [COL_BAR] = {"", 6, 1, false, true, 48},
    [COL_BEFORE] = {"Before", 9, 4, true, false, 0},
    [COL_CHANGE] = {"cy change", 9, 5, true, false, 0},
    [COL_WHO] = {"Who can mend", 12, 3, false, false, 0},
    [COL_HOT] = {"Hottest instruction", 24, 2, false, false, 0},
};

struct by_cycles {
    const struct result *r;
};

static bool more_cycles(const void *arg, uint32_t a, uint32_t b)
{
    const struct by_cycles *by = arg;

    return by->r->stall[a] > by->r->stall[b];
}

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    const struct result *r = data_result(d);
    struct by_cycles by = {r};
    uint32_t n = 0;

    *ids = ARENA_ARRAY(a, uint32_t, STALL_N);
    if (r == NULL || isnan(r->cycles))
        return 0;
    for (uint32_t i = 0; i < STALL_N; i++) {
        if (s->stalls_all || r->stall[i] > 0)
            (*ids)[n++] = i;
    }
    table_sort(*ids, n, ARENA_ARRAY(a, uint32_t, STALL_N), more_cycles, &by);
    return n;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a, (void)d;
    return stall_info[id].ncu;
}

static const char *value_text(struct view_frame *f, const struct result *r, double cy)
{
    switch (f->s->units) {
    case VIEW_UNITS_CYCLES:
        return fmt_unit(f->a, UNIT_PLAIN, cy);
    case VIEW_UNITS_EACH:
        /* cycles of a sub-core for each warp instruction it issued */
        return arena_printf(f->a, "%.3f", ratio(cy, r->stall[STALL_SELECTED]));
    case VIEW_UNITS_PERCENT:
    case VIEW_UNITS_N:
        break;
    }
    return fmt_percent(f->a, ratio(cy, r->cycles));
}

static const char *hot_text(struct view_frame *f, const struct result *r, enum stall s)
{
    const struct trace_kernel *k = data_kernel(f->d)->body;
    uint32_t i = result_hottest(r, s);

    if (k == NULL || i >= k->n_code)
        return "-";
    return arena_printf(f->a, "0x%04llx %s", (unsigned long long)k->code[i].pc, k->code[i].opcode);
}

static void draw_row(const struct table_row *w, const struct result *r, const struct result *before,
                     enum stall s, double most)
{
    struct arena *a = w->f->a;
    double cy = r->stall[s];

    row_field(w, COL_LETTER, stall_style(s), arena_printf(a, "%c", stall_letter(s)));
    grid_attr(w->f->g, w->row, w->at[COL_LETTER].col, 1, CELL_BOLD);
    row_field(w, COL_NAME, STYLE_NORMAL, stall_info[s].ncu);
    row_field(w, COL_VALUE, STYLE_NORMAL, value_text(w->f, r, cy));
    grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, stall_style(s),
             stall_letter(s), ratio(cy, most));
    row_field(w, COL_WHO, STYLE_DIM, stall_info[s].who);
    row_field(w, COL_HOT, STYLE_NORMAL, hot_text(w->f, r, s));
    if (before != NULL) {
        row_field(w, COL_BEFORE, STYLE_DIM, value_text(w->f, before, before->stall[s]));
        row_field(w, COL_CHANGE, STYLE_NORMAL, fmt_change(a, before->stall[s], cy));
    }
}

static void set_detail(struct view_frame *f, const struct result *r)
{
    if (f->n == 0)
        return;
    enum stall s = (enum stall)f->ids[f->cursor];
    double rest = r->cycles - r->stall[s];

    explain_stall(f, s);
    f->out->follow = VIEW_SASS;
    f->out->follow_id = result_hottest(r, s);
    if (stall_info[s].group == STALL_GROUP_ISSUE || stall_info[s].group == STALL_GROUP_HEALTHY ||
        rest <= 0)
        f->out->detail = stall_info[s].help;
    else
        f->out->detail =
            arena_printf(f->a, "at most %.2fx: %s", r->cycles / rest, advice_line(f->a, s));
}

static void draw(struct view_frame *f)
{
    static const char *const titles[VIEW_UNITS_N] = {"Share", "Cycles", "cy/inst"};
    const struct result *r = data_result(f->d);
    struct table_column cols[COL_N];
    struct table_place at[COL_N];

    if (r == NULL || isnan(r->cycles)) {
        frame_empty(f, r == NULL ? no_result_text(f->a, f->d)
                                 : "The total is withheld: too many unknown opcodes.");
        return;
    }
    const struct result *before = data_kernel(f->d)->before;
    memcpy(cols, columns, sizeof cols);
    cols[COL_VALUE].title = titles[f->s->units];
    if (before == NULL)
        cols[COL_BEFORE].rank = cols[COL_CHANGE].rank = UINT8_MAX;
    table_place(cols, COL_N, 1, f->cols - 1, at);
    if (before == NULL)
        at[COL_BEFORE].width = at[COL_CHANGE].width = 0;

    struct bar_part parts[STALL_GROUP_N];
    size_t n_parts = stack_parts(r, r->cycles, parts);
    grid_stack(f->g, f->row, 1, f->cols - 2, parts, n_parts);
    uint32_t top = frame_window(f, 3);
    table_titles(f->g, f->row + 2, cols, COL_N, at, COL_N, false);
    double most = f->n > 0 ? r->stall[f->ids[0]] : 0;
    for (unsigned i = 0; i + 3 < f->rows && top + i < f->n; i++) {
        struct table_row w = {f, columns, at, f->row + 3 + i};
        draw_row(&w, r, before, (enum stall)f->ids[top + i], most);
        frame_row(f, w.row, top + i);
    }
    set_detail(f, r);
}

const struct view_ops view_stalls = {list, text, draw, true};
