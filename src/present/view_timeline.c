/*
 * view_timeline.c: what ran when, and for whom? Lanes of threads and streams; and how far the CPU
 * was ahead of the GPU, over the same window of time.
 */
#include "present/depth_view.h"
#include "view_priv.h"

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    (void)a, (void)d, (void)s;
    *ids = NULL;
    return 0;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a, (void)d, (void)id;
    return "";
}

/* ---- the selected kernel in words ---- */

static const char *when_text(struct arena *a, const struct launches *l, uint32_t work)
{
    const struct profile_span *w = &l->profile->works[work];
    const struct tklqt_wait *wait = &l->waits[work];
    const char *waited = "no launch call is known";

    if (l->lineage.of[work].call != PROFILE_NONE)
        waited =
            arena_printf(a, "waited %s: launch %s, queue %s", fmt_ns(a, wait->latency_ns),
                         fmt_ns(a, wait->latency_ns - wait->queue_ns), fmt_ns(a, wait->queue_ns));
    return arena_printf(a, "%s at %s on %s; %s", fmt_ns(a, w->dur_ns),
                        fmt_ns(a, since_start_ns(l, w->start_ns)), l->profile->lanes[w->lane].label,
                        waited);
}

static const char *origin_text(struct arena *a, const struct launches *l, uint32_t work)
{
    const struct lineage_of *of = &l->lineage.of[work];
    const struct profile *p = l->profile;
    const char *op = of->op == PROFILE_NONE ? "no operator" : op_name(p, of->op);
    const char *module = of->module == PROFILE_NONE
                             ? ""
                             : arena_printf(a, " in %s", p->names[p->ranges[of->module].name]);

    if (of->call == PROFILE_NONE)
        return lineage_miss_text((enum lineage_miss)of->miss);
    return arena_printf(a, "launched by %s of %s%s", call_name(p, of->call), op, module);
}

static const char *shape_text(struct arena *a, const struct profile *p, uint32_t work)
{
    uint32_t shape = p->works[work].shape;

    if (shape == PROFILE_NONE)
        return "";
    const struct profile_shape *s = &p->shapes[shape];
    return arena_printf(a, "grid %ux%ux%u, block %ux%ux%u", s->grid[0], s->grid[1], s->grid[2],
                        s->block[0], s->block[1], s->block[2]);
}

enum { WORDS_ROWS = 3, WORDS_FROM_ROWS = 12, LEGEND_FROM_ROWS = 16 };

static void draw_words(struct view_frame *f, unsigned row, const struct launches *l)
{
    uint32_t work = f->s->lanes.selected;
    unsigned cols = f->cols - 2;

    if (work == PROFILE_NONE) {
        grid_text(f->g, row, 1, cols, STYLE_DIM,
                  STR("j selects a kernel, / looks for one, + and _ zoom, g leads to the longest "
                      "gap"));
        return;
    }
    const char *name = short_name(f->a, work_name(l->profile, work));
    const char *shape = shape_text(f->a, l->profile, work);
    unsigned shape_w = grid_width(str_from(shape));
    if (shape_w + 30 > cols)
        shape_w = 0;
    grid_text(f->g, row, 1, cols - shape_w - (shape_w > 0 ? 2 : 0), STYLE_BOLD, str_from(name));
    if (shape_w > 0)
        grid_right(f->g, row, cols + 1 - shape_w, shape_w, STYLE_DIM, str_from(shape));
    grid_text(f->g, row + 1, 1, cols, STYLE_NORMAL, str_from(when_text(f->a, l, work)));
    grid_text(f->g, row + 2, 1, cols, STYLE_DIM, str_from(origin_text(f->a, l, work)));
}

static const char *window_text(struct arena *a, const struct launches *l,
                               const struct lanes_view *v)
{
    return arena_printf(a, "%s from %s on, of %s", fmt_ns(a, v->to_ns - v->from_ns),
                        fmt_ns(a, since_start_ns(l, v->from_ns)),
                        fmt_ns(a, l->sums.to_ns - l->sums.from_ns));
}

static void set_work(struct view_frame *f, const struct launches *l)
{
    uint32_t work = f->s->lanes.selected;

    f->out->work = work;
    if (work == PROFILE_NONE) {
        explain_number(f, FACT_TKLQT, NULL);
        return;
    }
    explain_title(f, short_name(f->a, work_name(l->profile, work)));
    explain_add(f, work_name(l->profile, work));
    explain_add(f, when_text(f->a, l, work));
    explain_add(f, origin_text(f->a, l, work));
    explain_number_also(f, FACT_TKLQT);
    explain_number_also(f, FACT_QUEUE);
}

/* How many launches waited, in the window of the lanes. */
static struct depth_view queue_of(const struct view_frame *f)
{
    const struct launches *l = f->d->profile.l;
    const struct lanes_view *v = &f->s->lanes;

    return (struct depth_view){.l = l,
                               .depth = &l->depth,
                               .from_ns = v->from_ns,
                               .to_ns = v->to_ns,
                               .mark_ns = v->selected == PROFILE_NONE
                                              ? INT64_MIN
                                              : l->profile->works[v->selected].start_ns};
}

/* In the rows that the lanes leave, below them and on the same axis. */
static void draw_queue_below(struct view_frame *f, unsigned used, unsigned height)
{
    enum { LEAST_ROWS = 5, MOST_ROWS = 16 };
    struct depth_view depth = queue_of(f);

    if (used + 1 + LEAST_ROWS > height)
        return;
    unsigned rows = MIN(height - used - 1, (unsigned)MOST_ROWS);
    depth.label_cols = lanes_view_label_cols(f->s->lanes.ix, f->cols);
    depth_view_draw(f->g, f->a, f->row + height - rows, rows, &depth);
}

/* Levels of operators that leave room for the streams of a run with one thread. */
static unsigned levels_of(unsigned height)
{
    enum { OTHER_ROWS = 4, ROWS_PER_LEVEL = 5 };

    return height > OTHER_ROWS ? (height - OTHER_ROWS) / ROWS_PER_LEVEL : 0;
}

/* Rows of the legend at this width, drawn where nobody sees it. */
static unsigned legend_rows(struct view_frame *f)
{
    enum { MOST_ROWS = 8 };
    struct grid probe;

    grid_init(&probe, f->a, MOST_ROWS, f->cols);
    probe.symbols = f->g->symbols;
    probe.is_mono = f->g->is_mono;
    return MIN(lanes_view_legend(&probe, 0, f->s->lanes.ix), (unsigned)MOST_ROWS);
}

static void draw_timeline(struct view_frame *f)
{
    const struct launches *l = f->d->profile.l;
    struct lanes_view *v = &f->s->lanes;

    if (frame_no_profile(f))
        return;
    unsigned words = f->rows >= WORDS_FROM_ROWS ? WORDS_ROWS : 0;
    unsigned legend = f->rows >= LEGEND_FROM_ROWS ? legend_rows(f) : 0;
    unsigned height = f->rows - words - legend;
    f->out->page = height;
    f->out->most_levels = MIN(levels_of(height), lanes_view_levels(v->ix));
    v->n_levels = MIN(v->n_levels, f->out->most_levels);
    f->out->n_lane_rows = lanes_view_draw(f->g, f->a, f->row, height, v);
    draw_queue_below(f, f->out->n_lane_rows, height);
    if (legend > 0)
        lanes_view_legend(f->g, f->row + height, v->ix);
    if (words > 0)
        draw_words(f, f->row + height + legend, l);
    set_work(f, l);
    f->out->detail = words == 0 && v->selected != PROFILE_NONE ? when_text(f->a, l, v->selected)
                                                               : window_text(f->a, l, v);
}

const struct view_ops view_timeline = {list, text, draw_timeline, false};

/* ---- the queue ---- */

static void draw_queue(struct view_frame *f)
{
    const struct launches *l = f->d->profile.l;
    const struct lanes_view *v = &f->s->lanes;

    if (frame_no_profile(f))
        return;
    struct depth_view depth = queue_of(f);
    f->out->page = f->rows;
    depth_view_draw(f->g, f->a, f->row, f->rows, &depth);
    explain_number(f, FACT_DEPTH_MOST, fmt_count(f->a, l->depth.most));
    explain_number_also(f, FACT_DEPTH_MEAN);
    f->out->work = v->selected;
    f->out->detail = arena_printf(f->a, "at most %s waiting, %.3g on average; %s",
                                  fmt_plural(f->a, l->depth.most, "launch"), l->depth.mean,
                                  window_text(f->a, l, v));
}

const struct view_ops view_queue = {list, text, draw_queue, false};
