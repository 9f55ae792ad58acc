/*
 * view_tally.c: which kernels, launched by what? One row for each kernel, operator, module or
 * launch call.
 */
#include "view_priv.h"

enum {
    COL_NAME,
    COL_COUNT,
    COL_TIME,
    COL_SHARE,
    COL_BAR,
    COL_WAIT,
    COL_QUEUED,
    COL_MEAN,
    COL_LONGEST,
    COL_GRAPH,
    COL_N
};

static const struct table_column columns[COL_N] = {
    [COL_NAME] = {"", 12, 0, false, true, 0},
    [COL_COUNT] = {"Count", 7, 1, true, false, 0},
    [COL_TIME] = {"Time", 8, 0, true, false, 0},
    [COL_SHARE] = {"Share", 7, 2, true, false, 0},
    [COL_BAR] = {"", 10, 5, false, false, 0},
    [COL_WAIT] = {"Wait", 8, 0, true, false, 0},
    [COL_QUEUED] = {"Queued", 7, 3, true, false, 0},
    [COL_MEAN] = {"Mean", 8, 6, true, false, 0},
    [COL_LONGEST] = {"Longest", 8, 7, true, false, 0},
    [COL_GRAPH] = {"Graph", 6, 8, true, false, 0},
};

/* An id is a row of one of the groupings. */
enum { BY_SHIFT = 28, ROW_MASK = (1 << BY_SHIFT) - 1 };

static enum tally_by by_of(uint32_t id)
{
    return (enum tally_by)(id >> BY_SHIFT);
}

static const struct tally_row *row_of(const struct view_data *d, uint32_t id)
{
    return &d->profile.l->tally[by_of(id)][id & ROW_MASK];
}

static double wait_ns(const struct tally_row *r)
{
    return ratio((double)r->latency_ns, r->n_joined);
}

struct order {
    const struct tally_row *rows;
    enum view_rank rank;
};

static double key_of(const struct order *o, uint32_t i)
{
    const struct tally_row *r = &o->rows[i & ROW_MASK];

    if (o->rank == VIEW_RANK_COUNT)
        return r->n;
    if (o->rank == VIEW_RANK_WAIT)
        return r->n_joined > 0 ? wait_ns(r) : -1;
    return (double)r->dur_ns;
}

static bool comes_first(const void *arg, uint32_t a, uint32_t b)
{
    return key_of(arg, a) > key_of(arg, b);
}

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    const struct launches *l = d->profile.l;

    *ids = NULL;
    if (l == NULL)
        return 0;
    uint32_t n = MIN(l->n_tally[s->tally_by], (uint32_t)ROW_MASK);
    struct order o = {l->tally[s->tally_by], s->rank};
    *ids = list_upto(a, n);
    for (uint32_t i = 0; i < n; i++)
        (*ids)[i] |= (uint32_t)s->tally_by << BY_SHIFT;
    table_sort(*ids, n, ARENA_ARRAY(a, uint32_t, n), comes_first, &o);
    return n;
}

static const char *name_of(struct arena *a, const struct tally_row *r, enum tally_by by)
{
    if (r->name == NULL)
        return arena_printf(a, "(no %s)", tally_info[by].title);
    return by == TALLY_KERNEL ? short_name(a, r->name) : r->name;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    const struct tally_row *r = row_of(d, id);

    return r->name != NULL ? r->name : name_of(a, r, by_of(id));
}

static void draw_row(const struct table_row *w, const struct tally_row *r, double all_ns)
{
    struct arena *a = w->f->a;
    double share = ratio((double)r->dur_ns, all_ns);
    bool is_joined = r->n_joined > 0;

    row_field(w, COL_NAME, r->name == NULL ? STYLE_DIM : STYLE_NORMAL,
              name_of(a, r, w->f->s->tally_by));
    row_field(w, COL_COUNT, STYLE_NORMAL, fmt_count(a, r->n));
    row_field(w, COL_TIME, STYLE_NORMAL, fmt_ns(a, r->dur_ns));
    row_field(w, COL_SHARE, STYLE_NORMAL, fmt_percent(a, share));
    grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, STYLE_KEY, '#', share);
    row_field(w, COL_WAIT, STYLE_NORMAL, is_joined ? fmt_unit(a, UNIT_NS, wait_ns(r)) : "-");
    row_field(w, COL_QUEUED, STYLE_NORMAL,
              is_joined ? fmt_percent(a, ratio(r->n_queued, r->n_joined)) : "-");
    row_field(w, COL_MEAN, STYLE_DIM, fmt_ns(a, r->n > 0 ? r->dur_ns / r->n : 0));
    row_field(w, COL_LONGEST, STYLE_DIM, fmt_ns(a, r->longest_ns));
    row_field(w, COL_GRAPH, STYLE_DIM, r->n_graph > 0 ? fmt_count(a, r->n_graph) : "");
}

static void explain_row(struct view_frame *f, const struct tally_row *r)
{
    enum tally_by by = f->s->tally_by;

    explain_title(f, name_of(f->a, r, by));
    if (r->name != NULL)
        explain_add(f, r->name);
    explain_add(f, arena_printf(f->a,
                                "%s, %s: %s in all, %s to %s each; %s have a launch call, and %s "
                                "of those queued behind earlier work of their stream.",
                                tally_info[by].about, fmt_plural(f->a, r->n, "kernel"),
                                fmt_ns(f->a, r->dur_ns), fmt_ns(f->a, r->shortest_ns),
                                fmt_ns(f->a, r->longest_ns), fmt_count(f->a, r->n_joined),
                                fmt_count(f->a, r->n_queued)));
    explain_add(f, "Share is of the durations of all kernels; Wait is TKLQT for each launch.");
    explain_number_also(f, FACT_TKLQT_EACH);
}

static void set_detail(struct view_frame *f)
{
    const struct launches *l = f->d->profile.l;

    if (f->n == 0)
        return;
    const struct tally_row *r = row_of(f->d, f->ids[f->cursor]);
    const struct profile_span *w = &l->profile->works[r->first];
    follow_work(f, r->first, w->start_ns, profile_end_ns(w));
    explain_row(f, r);
    const char *graph =
        r->n_graph > 0 ? arena_printf(f->a, "%s of graphs; ", fmt_count(f->a, r->n_graph)) : "";
    f->out->detail = arena_printf(f->a, "%s%s to %s each: %s", graph, fmt_ns(f->a, r->shortest_ns),
                                  fmt_ns(f->a, r->longest_ns),
                                  r->name != NULL ? r->name : name_of(f->a, r, f->s->tally_by));
}

static void draw(struct view_frame *f)
{
    static const unsigned sorted_by[VIEW_RANK_N] = {COL_TIME, COL_COUNT, COL_WAIT};
    struct table_column cols[COL_N];
    struct table_place at[COL_N];

    if (frame_no_profile(f))
        return;
    memcpy(cols, columns, sizeof cols);
    cols[COL_NAME].width = (uint8_t)MIN(f->cols * 3 / 7, 40u);
    cols[COL_NAME].title = tally_info[f->s->tally_by].about;
    table_place(cols, COL_N, 1, f->cols - 2, at);
    table_titles(f->g, f->row, cols, COL_N, at, sorted_by[f->s->rank], false);
    uint32_t top = frame_window(f, 1);
    double all_ns = (double)f->d->profile.l->sums.kernels.sum_ns;
    for (unsigned i = 0; i + 1 < f->rows && top + i < f->n; i++) {
        struct table_row w = {f, cols, at, f->row + 1 + i};
        draw_row(&w, row_of(f->d, f->ids[top + i]), all_ns);
        frame_row(f, w.row, top + i);
    }
    set_detail(f);
}

const struct view_ops view_tally = {list, text, draw, false};
