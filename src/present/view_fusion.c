/*
 * view_fusion.c: which launches could be one? A row for each length of chain, and the chains of the
 * length under the cursor.
 */
#include "prof/tally.h"
#include "view_priv.h"

enum {
    COL_LENGTH,
    COL_CHAINS,
    COL_FUSED,
    COL_LEFT,
    COL_IDEAL,
    COL_BAR,
    COL_CAREFUL,
    COL_SAVED,
    COL_DISTINCT,
    COL_N
};

static const struct table_column columns[COL_N] = {
    [COL_LENGTH] = {"Length", 7, 0, true, false, 0},
    [COL_CHAINS] = {"Chains", 7, 2, true, false, 0},
    [COL_FUSED] = {"Fused", 7, 3, true, false, 0},
    [COL_LEFT] = {"Launches", 9, 1, true, false, 0},
    [COL_IDEAL] = {"Ideal", 8, 0, true, false, 0},
    [COL_BAR] = {"", 10, 6, false, true, 40},
    [COL_CAREFUL] = {"Conservative", 12, 0, true, false, 0},
    [COL_SAVED] = {"Saved", 9, 4, true, false, 0},
    [COL_DISTINCT] = {"Distinct", 9, 5, true, false, 0},
};

/* Lengths at which something can be fused. */
static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    uint32_t n = 0;

    (void)s;
    *ids = NULL;
    if (d->profile.l == NULL)
        return 0;
    const struct fusion *f = &d->profile.l->fusion;
    *ids = ARENA_ARRAY(a, uint32_t, f->n_lengths);
    for (uint32_t i = 0; i < f->n_lengths; i++) {
        if (f->lengths[i].n_fused > 0)
            (*ids)[n++] = i;
    }
    return n;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    return arena_printf(a, "%u", d->profile.l->fusion.lengths[id].length);
}

static void draw_length(const struct table_row *w, const struct fusion *f, uint32_t id)
{
    struct arena *a = w->f->a;
    const struct fusion_length *l = &f->lengths[id];
    double most = f->lengths[f->best].ideal;

    row_field(w, COL_LENGTH, STYLE_NORMAL, arena_printf(a, "%u", l->length));
    row_field(w, COL_CHAINS, STYLE_NORMAL, fmt_count(a, l->n_deterministic));
    row_field(w, COL_FUSED, STYLE_NORMAL, fmt_count(a, l->n_fused));
    row_field(w, COL_LEFT, STYLE_NORMAL, fmt_count(a, l->n_launches));
    row_field(w, COL_IDEAL, id == f->best ? STYLE_GOOD : STYLE_NORMAL,
              number_shown(a, FACT_FUSION_IDEAL, l->ideal));
    grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, STYLE_KEY, '#',
             ratio(l->ideal - 1, most - 1));
    row_field(w, COL_CAREFUL, STYLE_NORMAL,
              number_shown(a, FACT_FUSION_CONSERVATIVE, l->conservative));
    row_field(w, COL_SAVED, STYLE_NORMAL, fmt_ns(a, l->saved_ns));
    row_field(w, COL_DISTINCT, STYLE_DIM, fmt_count(a, l->n_distinct));
}

/* ---- chains ---- */

typedef const char *name_kernel(struct arena *a, const struct launches *l, uint32_t work);

static const char *name_itself(struct arena *a, const struct launches *l, uint32_t work)
{
    return short_name(a, work_name(l->profile, work));
}

static const char *name_op(struct arena *a, const struct launches *l, uint32_t work)
{
    uint32_t op = l->lineage.of[work].op;

    (void)a;
    return op != PROFILE_NONE ? op_name(l->profile, op) : "(no operator)";
}

/* The module if it is known, else the operator. */
static const char *name_origin(struct arena *a, const struct launches *l, uint32_t work)
{
    uint32_t module = l->lineage.of[work].module;

    if (module == PROFILE_NONE)
        return name_op(a, l, work);
    str class = tally_module_class(l->profile->names[l->profile->ranges[module].name]);
    return arena_strndup(a, class.p, class.n);
}

/* "Linear x3, RMSNorm"; as many as somebody would read. */
static const char *name_sequence(struct arena *a, const struct launches *l,
                                 const struct fusion_chain *c, name_kernel *name, const char *gap)
{
    enum { MOST = 24 };
    const char *all = "";
    uint32_t n = c->chain->length, i = 0;

    for (uint32_t shown = 0; i < n && shown < MOST; shown++) {
        const char *one = name(a, l, c->works[i]);
        uint32_t times = 1;
        while (i + times < n && strcmp(name(a, l, c->works[i + times]), one) == 0)
            times++;
        const char *count = times > 1 ? arena_printf(a, " x%u", times) : "";
        all = arena_printf(a, "%s%s%s%s", all, i > 0 ? gap : "", one, count);
        i += times;
    }
    return i < n ? arena_printf(a, "%s%s...", all, gap) : all;
}

/* Whether all kernels come from the module itself, not from modules within. */
static bool is_of_one_module(struct arena *a, const struct launches *l,
                             const struct fusion_chain *c)
{
    uint32_t i = 0;

    while (i < c->chain->length && strcmp(name_origin(a, l, c->works[i]), c->module) == 0)
        i++;
    return i == c->chain->length;
}

/* "Linear x3 in 24 Qwen2Attention" */
static const char *chain_origin(struct arena *a, const struct launches *l,
                                const struct fusion_chain *c)
{
    name_kernel *name = is_of_one_module(a, l, c) ? name_op : name_origin;
    const char *what = name_sequence(a, l, c, name, ", ");

    if (c->n_modules == 0 || c->module[0] == '\0')
        return what;
    return arena_printf(a, "%s in %s %s", what, fmt_count(a, c->n_modules), c->module);
}

/* What it saves and where it lies; below, its kernels; in at most `max` lines. */
static unsigned draw_chain(struct view_frame *f, unsigned row, unsigned max,
                           const struct launches *l, const struct fusion_chain *c)
{
    enum { LEFT = 20, INDENT = 4 };
    const char *saves = arena_printf(f->a, "%sx saves %s", fmt_count(f->a, c->chain->n_fused),
                                     fmt_count(f->a, c->n_saved));
    const char *kernels = name_sequence(f->a, l, c, name_itself, " > ");
    unsigned left = MIN((unsigned)LEFT, f->cols / 3);

    grid_text(f->g, row, 2, left - 3, STYLE_BOLD, str_from(saves));
    unsigned used = frame_wrap(f, row, left, f->cols - left - 1, MAX(max / 2, 1u), STYLE_NORMAL,
                               chain_origin(f->a, l, c));
    return used +
           frame_wrap(f, row + used, INDENT, f->cols - INDENT - 1, max - used, STYLE_DIM, kernels);
}

/* The analysis whose chains are those of the length under the cursor; NULL = none was made. */
static const struct fusion *chains_of(const struct view_frame *f, uint32_t length)
{
    const struct fusion *all[] = {f->d->fusion, &f->d->profile.l->fusion};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i] != NULL && all[i]->n_chains > 0 && all[i]->chains[0].chain->length == length)
            return all[i];
    }
    return NULL;
}

static void draw_chains(struct view_frame *f, unsigned row, const struct fusion_length *at)
{
    const unsigned MOST_LINES = 8;
    const struct launches *l = f->d->profile.l;
    const struct fusion *of = chains_of(f, at->length);
    unsigned end = f->row + f->rows;

    if (row + 1 >= end)
        return;
    grid_printf(f->g, row, 1, f->cols - 2, STYLE_HEADER, "Chains of %u kernels%s", at->length,
                of == NULL ? ": Enter lists them" : ", most launches saved first");
    row++;
    if (of == NULL)
        return;
    unsigned each = CLAMP((end - row) / of->n_chains, 2u, MOST_LINES);
    for (uint32_t i = 0; i < of->n_chains && row < end; i++)
        row += draw_chain(f, row, MIN(each, end - row), l, &of->chains[i]);
}

/* ---- the view ---- */

static void set_detail(struct view_frame *f, const struct launches *l,
                       const struct fusion_length *at)
{
    const struct fusion *of = chains_of(f, at->length);

    f->out->detail =
        arena_printf(f->a, "of %s; left out: %s of graphs, %s without a launch call",
                     fmt_plural(f->a, l->fusion.n_kernels, "kernel"),
                     fmt_count(f->a, l->fusion.n_graph), fmt_count(f->a, l->fusion.n_unjoined));
    explain_number(f, FACT_FUSION_IDEAL, number_shown(f->a, FACT_FUSION_IDEAL, at->ideal));
    explain_title(f, arena_printf(f->a, "Chains of %u kernels", at->length));
    explain_number_also(f, FACT_FUSION_CONSERVATIVE);
    explain_add(f,
                "A chain counts where its proximity score PS = f(chain) / f(first kernel) is 1, "
                "so that the rest always follows (SKIP, ISPASS'25), and where it occurs twice or "
                "more (ours). Occurrences that overlap count once.");
    if (of == NULL)
        return;
    const struct profile_span *works = l->profile->works;
    const struct fusion_chain *c = &of->chains[0];
    follow_work(f, c->works[0], works[c->works[0]].start_ns,
                profile_end_ns(&works[c->works[at->length - 1]]));
}

static void draw(struct view_frame *f)
{
    struct table_place at[COL_N];

    if (frame_no_profile(f))
        return;
    const struct launches *l = f->d->profile.l;
    if (f->n == 0) {
        frame_empty(f, "No chain of kernels always follows its first one and occurs twice: fusing "
                       "would need knowledge of the model, not of the order.");
        return;
    }
    unsigned half = f->rows >= 10 ? f->rows / 2 : f->rows;
    struct view_frame lengths = *f;
    lengths.rows = MIN(half, f->n + 1);
    table_place(columns, COL_N, 1, f->cols - 2, at);
    table_titles(f->g, f->row, columns, COL_N, at, COL_N, false);
    uint32_t top = frame_window(&lengths, 1);
    f->cursor = lengths.cursor;
    for (unsigned i = 0; i + 1 < lengths.rows && top + i < f->n; i++) {
        struct table_row w = {f, columns, at, f->row + 1 + i};
        draw_length(&w, &l->fusion, f->ids[top + i]);
        frame_row(f, w.row, top + i);
    }
    const struct fusion_length *on = &l->fusion.lengths[f->ids[f->cursor]];
    if (half < f->rows)
        draw_chains(f, f->row + lengths.rows + 1, on);
    set_detail(f, l, on);
}

const struct view_ops view_fusion = {list, text, draw, false};
