/*
 * view_gaps.c: why had the GPU nothing to do? Idle time by class, then the longest gaps.
 */
#include "view_priv.h"

/* Ids: a class, the line between, a gap by its index. */
enum { LINE_ID = 0x1000, GAPS_AT = 0x2000, MOST_GAPS = 200 };

enum { COL_WHAT, COL_TIME, COL_SHARE, COL_AT, COL_CALL, COL_OP, COL_NEXT, COL_N };

static const struct table_column class_columns[COL_N] = {
    [COL_WHAT] = {"Class", 28, 0, false, false, 0}, [COL_TIME] = {"Time", 9, 0, true, false, 0},
    [COL_SHARE] = {"Share", 7, 1, true, false, 0},  [COL_AT] = {"Gaps", 9, 2, true, false, 0},
    [COL_CALL] = {"", 10, 3, false, true, 40},
};

static const struct table_column gap_columns[COL_N] = {
    [COL_WHAT] = {"Longest gaps", 21, 0, false, false, 0},
    [COL_TIME] = {"Length", 8, 0, true, false, 0},
    [COL_SHARE] = {"", 0, UINT8_MAX, true, false, 0},
    [COL_AT] = {"At", 9, 3, true, false, 0},
    [COL_CALL] = {"Call", 21, 2, false, false, 0},
    [COL_OP] = {"Operator", 20, 1, false, true, 34},
    [COL_NEXT] = {"Next", 36, 4, false, false, 0},
};

static bool more_idle(const void *arg, uint32_t a, uint32_t b)
{
    const struct idle *idle = arg;

    return idle->ns[a] > idle->ns[b];
}

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    uint32_t n = 0;

    (void)s;
    *ids = NULL;
    if (d->profile.l == NULL)
        return 0;
    const struct idle *idle = &d->profile.l->idle;
    *ids = ARENA_ARRAY(a, uint32_t, IDLE_N + 1 + MOST_GAPS);
    for (uint32_t w = 0; w < IDLE_N; w++) {
        if (idle->n[w] > 0)
            (*ids)[n++] = w;
    }
    table_sort(*ids, n, ARENA_ARRAY(a, uint32_t, IDLE_N), more_idle, idle);
    uint32_t n_longest = MOST_GAPS;
    const struct idle_gap **longest = idle_longest(a, idle->gaps, idle->n_gaps, &n_longest);
    if (n_longest > 0)
        (*ids)[n++] = LINE_ID;
    for (uint32_t i = 0; i < n_longest; i++)
        (*ids)[n++] = GAPS_AT + (uint32_t)(longest[i] - idle->gaps);
    return n;
}

static const char *gap_op(const struct launches *l, const struct idle_gap *g)
{
    return g->op != PROFILE_NONE ? op_name(l->profile, g->op) : "";
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    const struct launches *l = d->profile.l;

    if (id < IDLE_N)
        return idle_info[id].title;
    if (id == LINE_ID)
        return "";
    const struct idle_gap *g = &l->idle.gaps[id - GAPS_AT];
    return arena_printf(a, "%s %s %s %s", idle_info[g->why].title, call_name(l->profile, g->call),
                        gap_op(l, g), work_name(l->profile, g->next));
}

/* Dependencies are time of streams, which is no part of the devices' idle time. */
static double class_share(const struct idle *idle, uint32_t w)
{
    return w == IDLE_DEPENDENCY ? (double)NAN : ratio((double)idle->ns[w], (double)idle->all_ns);
}

static void draw_class(const struct table_row *r, const struct idle *idle, uint32_t w)
{
    struct arena *a = r->f->a;
    double share = class_share(idle, w);

    row_field(r, COL_WHAT, STYLE_NORMAL, idle_info[w].title);
    row_field(r, COL_TIME, STYLE_BOLD, fmt_ns(a, idle->ns[w]));
    row_field(r, COL_SHARE, STYLE_NORMAL, isnan(share) ? "-" : fmt_percent(a, share));
    row_field(r, COL_AT, STYLE_NORMAL, fmt_count(a, idle->n[w]));
    if (isnan(share))
        row_field(r, COL_CALL, STYLE_DIM, "time of streams");
    else
        grid_bar(r->f->g, r->row, r->at[COL_CALL].col, r->at[COL_CALL].width, STYLE_IDLE, '#',
                 share);
}

static void draw_gap(const struct table_row *r, const struct launches *l, const struct idle_gap *g)
{
    struct arena *a = r->f->a;
    const char *op = gap_op(l, g);

    row_field(r, COL_WHAT, STYLE_NORMAL, idle_info[g->why].title);
    row_field(r, COL_TIME, STYLE_BOLD, fmt_ns(a, g->dur_ns));
    row_field(r, COL_AT, STYLE_DIM, fmt_ns(a, since_start_ns(l, g->start_ns)));
    row_field(r, COL_CALL, STYLE_NORMAL, call_name(l->profile, g->call));
    row_field(r, COL_OP, STYLE_NORMAL, op[0] != '\0' ? op : "(no operator)");
    row_field(r, COL_NEXT, STYLE_DIM, short_name(a, work_name(l->profile, g->next)));
}

/* ---- the row under the cursor ---- */

static void detail_class(struct view_frame *f, const struct idle *idle, uint32_t w)
{
    f->out->detail = idle_info[w].advice;
    explain_title(f, idle_info[w].title);
    explain_add(f, arena_printf(f->a, "%s in %s.", fmt_ns(f->a, idle->ns[w]),
                                fmt_plural(f->a, idle->n[w], "gap")));
    explain_add(f, arena_printf(f->a, "Advice: %s.", idle_info[w].advice));
    explain_number_also(f, FACT_GAPS);
    for (uint32_t i = 0; i < f->n && f->out->follow == VIEW_N; i++) {
        if (f->ids[i] >= GAPS_AT && idle->gaps[f->ids[i] - GAPS_AT].why == w) {
            f->out->follow = VIEW_GAPS;
            f->out->follow_id = f->ids[i];
        }
    }
}

static void detail_gap(struct view_frame *f, const struct launches *l, const struct idle_gap *g)
{
    const char *before = g->before == PROFILE_NONE
                             ? "the start of the run"
                             : short_name(f->a, work_name(l->profile, g->before));
    const char *next = short_name(f->a, work_name(l->profile, g->next));

    f->out->detail = arena_printf(f->a, "host %s, launch %s; before: %s", fmt_ns(f->a, g->host_ns),
                                  fmt_ns(f->a, g->launch_ns), next);
    explain_title(
        f, arena_printf(f->a, "Gap of %s: %s", fmt_ns(f->a, g->dur_ns), idle_info[g->why].title));
    explain_add(f, arena_printf(f->a, "Between %s and %s.", before, next));
    explain_add(f, arena_printf(f->a, "%s until the next work's launch call began, %s from there.",
                                fmt_ns(f->a, g->host_ns), fmt_ns(f->a, g->launch_ns)));
    explain_add(f,
                arena_printf(f->a, "%s: %s.", idle_info[g->why].title, idle_info[g->why].advice));
    follow_work(f, g->next, g->start_ns, g->start_ns + g->dur_ns);
}

static void set_detail(struct view_frame *f, const struct launches *l)
{
    uint32_t id = f->ids[f->cursor];

    if (id < IDLE_N) {
        detail_class(f, &l->idle, id);
    } else if (id >= GAPS_AT) {
        detail_gap(f, l, &l->idle.gaps[id - GAPS_AT]);
    } else {
        explain_number(f, FACT_GAPS, fmt_ns(f->a, l->idle.all_ns));
        f->out->detail = number_equation(f->a, FACT_GAPS);
    }
}

static void draw_rows(struct view_frame *f, const struct launches *l)
{
    struct table_place class_at[COL_N], gap_at[COL_N];
    uint32_t top = frame_window(f, 1);
    /* The titles of the gaps stand on their own line, and on the first one once that is gone. */
    bool is_gap_first = top < f->n && f->ids[top] >= GAPS_AT;

    table_place(class_columns, COL_N, 1, f->cols - 2, class_at);
    table_place(gap_columns, COL_N, 1, f->cols - 2, gap_at);
    table_titles(f->g, f->row, is_gap_first ? gap_columns : class_columns, COL_N,
                 is_gap_first ? gap_at : class_at, COL_N, false);
    for (unsigned i = 0; i + 1 < f->rows && top + i < f->n; i++) {
        uint32_t id = f->ids[top + i];
        unsigned row = f->row + 1 + i;
        struct table_row r = {f, id < IDLE_N ? class_columns : gap_columns,
                              id < IDLE_N ? class_at : gap_at, row};
        if (id < IDLE_N)
            draw_class(&r, &l->idle, id);
        else if (id >= GAPS_AT)
            draw_gap(&r, l, &l->idle.gaps[id - GAPS_AT]);
        else
            table_titles(f->g, row, gap_columns, COL_N, gap_at, COL_N, false);
        frame_row(f, row, top + i);
    }
}

static void draw(struct view_frame *f)
{
    const struct launches *l = f->d->profile.l;

    if (frame_no_profile(f))
        return;
    if (f->n == 0) {
        frame_empty(f, f->s->filter[VIEW_GAPS][0] != '\0'
                           ? "No gap matches the filter."
                           : "There is no gap: something ran all the time.");
        return;
    }
    draw_rows(f, l);
    set_detail(f, l);
}

const struct view_ops view_gaps = {list, text, draw, false};
