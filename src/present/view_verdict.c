/*
 * view_verdict.c: what does the run wait for? The verdict in a sentence, then the numbers behind
 * it.
 */
#include "view_priv.h"

/* ---- the rows, and what stands beside each number ---- */

typedef const char *make_note(struct arena *a, const struct launches *l);

static const char *note_free(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s of %s got the GPU at once",
                        fmt_count(a, l->sums.n_joined - l->sums.n_queued),
                        fmt_plural(a, l->sums.n_joined, "kernel"));
}

static const char *note_busy(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s of %s%s", fmt_ns(a, l->sums.joined.union_ns),
                        fmt_ns(a, l->verdict.window_ns),
                        l->verdict.has_latency ? "" : ", the GPU's own span");
}

static const char *note_gaps(struct arena *a, const struct launches *l)
{
    enum idle_why w = idle_main(&l->idle);

    if (l->idle.all_ns == 0)
        return "";
    return arena_printf(a, "%s of it: %s", fmt_ns(a, l->idle.ns[w]), idle_info[w].title);
}

static const char *note_tklqt(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s; overlapping waits add up",
                        fmt_plural(a, l->sums.n_joined, "launch"));
}

static const char *each(struct arena *a, const struct launches *l, int64_t ns)
{
    return l->sums.n_joined == 0 ? "" : fmt_ns(a, ns / l->sums.n_joined);
}

static const char *note_launch(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s a kernel", each(a, l, l->sums.launch_ns));
}

static const char *note_queue(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s a kernel, %s queued", each(a, l, l->sums.queue_ns),
                        fmt_count(a, l->sums.n_queued));
}

static const char *note_wait(struct arena *a, const struct launches *l)
{
    const struct tklqt_sums *t = &l->sums;

    return arena_printf(a, "%s to %s, 95 %% < %s", fmt_ns(a, t->min_ns), fmt_ns(a, t->max_ns),
                        fmt_ns(a, t->p95_ns));
}

static const char *note_latency(struct arena *a, const struct launches *l)
{
    if (l->sums.n_before == 0)
        return "";
    return arena_printf(a, "%s started before the first operator",
                        fmt_plural(a, l->sums.n_before, "kernel"));
}

static const char *note_akd(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s, %s in all", fmt_plural(a, l->sums.kernels.n, "kernel"),
                        fmt_ns(a, l->sums.kernels.sum_ns));
}

static const char *note_idle(struct arena *a, const struct launches *l)
{
    (void)a;
    if (l->sums.copies.sum_ns + l->sums.fills.sum_ns > l->sums.kernels.sum_ns)
        return "copies count as idle here";
    return l->sums.joined.sum_ns > l->sums.joined.union_ns ? "kernels overlap: the union is better"
                                                           : "";
}

static const char *note_cpu(struct arena *a, const struct launches *l)
{
    if (l->sums.n_top_ops == 0)
        return "";
    return arena_printf(a, "%s of operators on one thread", fmt_ns(a, l->sums.top_ops_main_ns));
}

static const char *note_joined(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "of %s", fmt_plural(a, l->sums.kernels.n, "kernel"));
}

static const char *note_graphs(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s of them; TKLQT without: %s",
                        fmt_plural(a, l->lineage.n_graph_kernels, "kernel"),
                        fmt_ns(a, l->sums.eager_ns));
}

static const char *note_depth(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%.3g on average; a stream takes 1,024", l->depth.mean);
}

static const char *note_fusion(struct arena *a, const struct launches *l)
{
    const struct fusion *f = &l->fusion;

    if (f->n_lengths == 0 || f->lengths[f->best].n_fused == 0)
        return "no chain of kernels occurs twice";
    const struct fusion_length *best = &f->lengths[f->best];
    return arena_printf(a, "chains of %u: %s to %s", best->length,
                        fmt_plural(a, f->n_kernels, "launch"), fmt_count(a, best->n_launches));
}

static const char *note_careful(struct arena *a, const struct launches *l)
{
    const struct fusion *f = &l->fusion;

    return f->n_lengths == 0 ? ""
                             : arena_printf(a, "%s of launch calls saved",
                                            fmt_ns(a, f->lengths[f->best].saved_ns));
}

static const struct {
    enum launch_fact number;
    make_note *note;
    enum view_id follow; /* where the evidence lies */
    bool is_optional;    /* left out when 0 */
} rows[] = {
    {FACT_CPU_BOUND, note_free, VIEW_TALLY, false},
    {FACT_BUSY, note_busy, VIEW_TIMELINE, false},
    {FACT_GAPS, note_gaps, VIEW_GAPS, false},
    {FACT_FUSION_IDEAL, note_fusion, VIEW_FUSION, false},
    {FACT_FUSION_CONSERVATIVE, note_careful, VIEW_FUSION, false},
    {FACT_TKLQT, note_tklqt, VIEW_TALLY, false},
    {FACT_LAUNCH, note_launch, VIEW_TALLY, false},
    {FACT_QUEUE, note_queue, VIEW_QUEUE, false},
    {FACT_WAIT_MEDIAN, note_wait, VIEW_TALLY, false},
    {FACT_DEPTH_MOST, note_depth, VIEW_QUEUE, false},
    {FACT_IL_JOINED, note_latency, VIEW_TREE, false},
    {FACT_AKD, note_akd, VIEW_TALLY, false},
    {FACT_IDLE_JOINED, note_idle, VIEW_GAPS, false},
    {FACT_IDLE_JOINED_UNION, NULL, VIEW_GAPS, false},
    {FACT_CPU_IDLE, note_cpu, VIEW_TREE, false},
    {FACT_JOINED, note_joined, VIEW_TALLY, false},
    {FACT_UNJOINED, launch_unjoined_text, VIEW_TALLY, true},
    {FACT_GRAPH_LAUNCHES, note_graphs, VIEW_TALLY, true},
};

enum { DEVICES_AT = 0x1000 }; /* ids from here on: devices */

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    const struct launches *l = d->profile.l;

    uint32_t n = 0;

    (void)s;
    *ids = NULL;
    if (l == NULL)
        return 0;
    *ids = ARENA_ARRAY(a, uint32_t, ARRAY_LEN(rows) + l->n_devices);
    for (uint32_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].is_optional || launch_fact(l, rows[i].number) > 0)
            (*ids)[n++] = i;
    }
    for (uint32_t i = 0; i < l->n_devices && l->n_devices > 1; i++)
        (*ids)[n++] = DEVICES_AT + i;
    return n;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    return id < DEVICES_AT ? launch_fact_info[rows[id].number].title
                           : launch_device_title(a, d->profile.l, id - DEVICES_AT);
}

/* ---- the sentence ---- */

static const struct {
    const char *what, *hence;
} sentences[BOUND_N] = {
    [BOUND_UNKNOWN] = {"nothing can be said", ""},
    [BOUND_CPU] = {"the GPU waits for launches", ""},
    [BOUND_GPU] = {"launches wait for the GPU",
                   ": faster launches would not help, faster kernels would"},
    [BOUND_MIXED] = {"queue and use of the GPU disagree", ": look at why the GPU is idle"},
};

static const char *verdict_name_of(enum bound b)
{
    return b == BOUND_UNKNOWN ? "Not known" : bound_title(b);
}

#define WORTH_A_SENTENCE 0.2

/* What to do about the gaps; silent where they are a small part of the run. */
static const char *advice(struct arena *a, const struct launches *l)
{
    double share = ratio((double)l->idle.all_ns, (double)l->verdict.window_ns * l->n_devices);

    if (!(share >= WORTH_A_SENTENCE))
        return "";
    return arena_printf(a, "; %s", idle_info[idle_main(&l->idle)].advice);
}

/* "CPU-bound: the GPU waits for launches", and as much of the evidence as fits `max` lines. */
static const char *verdict_text(struct view_frame *f, const struct launches *l, unsigned max)
{
    enum bound b = l->verdict.bound;
    const char *more[LAUNCH_MOST_EVIDENCE + 2], *found[LAUNCH_MOST_EVIDENCE];
    uint32_t n = 0, n_found = launch_evidence(f->a, l, found);
    const char *text = arena_printf(f->a, "%s: %s", verdict_name_of(b), sentences[b].what);

    more[n++] = sentences[b].hence;
    for (uint32_t i = 0; i < n_found; i++)
        more[n++] = arena_printf(f->a, "; %s", found[i]);
    more[n++] = advice(f->a, l);
    for (uint32_t i = 0; i < n; i++) {
        const char *longer = arena_printf(f->a, "%s%s", text, more[i]);
        if (frame_rows_of(f, longer, max + 1) <= max)
            text = longer;
    }
    return arena_printf(f->a, "%s.", text);
}

static unsigned draw_sentence(struct view_frame *f, const struct launches *l)
{
    unsigned max = f->rows >= 19 ? 5 : f->rows >= 12 ? 4 : 2;
    size_t name_n = strlen(verdict_name_of(l->verdict.bound));
    unsigned used =
        frame_wrap(f, f->row, 1, f->cols - 2, max, STYLE_NORMAL, verdict_text(f, l, max));

    for (unsigned i = 0; i < name_n && grid_at(f->g, f->row, 1 + i) != NULL; i++)
        grid_at(f->g, f->row, 1 + i)->style = STYLE_WARN;
    return used + (f->rows >= 12);
}

/* ---- the table ---- */

enum { COL_NAME, COL_VALUE, COL_BAR, COL_NOTE, COL_N };

static const struct table_column columns[COL_N] = {
    [COL_NAME] = {"", 26, 0, false, false, 0},
    [COL_VALUE] = {"", 10, 0, true, false, 0},
    [COL_BAR] = {"", 20, 2, false, false, 0},
    [COL_NOTE] = {"", 20, 1, false, true, 0},
};

/* Shares have a bar of the whole; the two parts of TKLQT one of TKLQT. */
static double bar_of(const struct launches *l, enum launch_fact number, double v)
{
    if (number == FACT_LAUNCH || number == FACT_QUEUE)
        return ratio(v, launch_fact(l, FACT_TKLQT));
    return launch_fact_info[number].unit == LAUNCH_UNIT_SHARE ? v : (double)NAN;
}

static void draw_number(const struct table_row *w, const struct launches *l, uint32_t id)
{
    struct arena *a = w->f->a;
    enum launch_fact number = rows[id].number;
    double v = launch_fact(l, number), bar = bar_of(l, number, v);

    row_field(w, COL_NAME, STYLE_NORMAL, number_title(a, number));
    row_field(w, COL_VALUE, STYLE_BOLD, number_shown(a, number, v));
    if (!isnan(bar))
        grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, STYLE_KEY, '#', bar);
    if (rows[id].note != NULL)
        row_field(w, COL_NOTE, STYLE_DIM, rows[id].note(a, l));
}

static const char *device_note(struct arena *a, const struct tklqt_sums *t)
{
    const struct bound_verdict v = bound_of(t);

    return arena_printf(a, "%s; %s, AKD %s, TKLQT %s", bound_title(v.bound),
                        fmt_plural(a, t->kernels.n, "kernel"),
                        fmt_unit(a, UNIT_NS, tklqt_akd_ns(&t->kernels)), fmt_ns(a, t->tklqt_ns));
}

static void draw_device(const struct table_row *w, const struct launches *l, uint32_t i)
{
    const struct tklqt_sums *t = &l->devices[i].sums;
    const struct bound_verdict v = bound_of(t);
    struct arena *a = w->f->a;

    row_field(w, COL_NAME, STYLE_NORMAL, launch_device_title(a, l, i));
    row_field(w, COL_VALUE, STYLE_BOLD, fmt_percent(a, v.busy_fraction));
    if (!isnan(v.busy_fraction))
        grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, STYLE_KEY, '#',
                 v.busy_fraction);
    row_field(w, COL_NOTE, STYLE_DIM, device_note(a, t));
}

static void set_detail(struct view_frame *f, const struct launches *l)
{
    uint32_t id = f->n > 0 ? f->ids[f->cursor] : UINT32_MAX;

    if (id == UINT32_MAX)
        return;
    if (id >= DEVICES_AT) {
        f->out->detail = device_note(f->a, &l->devices[id - DEVICES_AT].sums);
        explain_number(f, FACT_BUSY, NULL);
        explain_title(f, launch_device_title(f->a, l, id - DEVICES_AT));
        return;
    }
    enum launch_fact number = rows[id].number;
    explain_number(f, number, number_shown(f->a, number, launch_fact(l, number)));
    f->out->detail =
        number == FACT_GAPS ? idle_info[idle_main(&l->idle)].advice : number_equation(f->a, number);
    f->out->follow = rows[id].follow;
}

static void draw(struct view_frame *f)
{
    const struct launches *l = f->d->profile.l;
    struct table_place at[COL_N];

    if (frame_no_profile(f))
        return;
    unsigned head = draw_sentence(f, l);
    uint32_t top = frame_window(f, head);
    table_place(columns, COL_N, 1, f->cols - 2, at);
    for (unsigned i = 0; i + head < f->rows && top + i < f->n; i++) {
        struct table_row w = {f, columns, at, f->row + head + i};
        uint32_t id = f->ids[top + i];
        if (id < DEVICES_AT)
            draw_number(&w, l, id);
        else
            draw_device(&w, l, id - DEVICES_AT);
        frame_row(f, w.row, top + i);
    }
    frame_waits(f, f->row + head + f->n + 1, l);
    set_detail(f, l);
}

const struct view_ops view_verdict = {list, text, draw, false};
