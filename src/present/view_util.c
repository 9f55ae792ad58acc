/*
 * view_util.c: what several views need: rows, wrapping, numbers, stall parts.
 */
#include "view_priv.h"

void frame_hit(struct view_out *out, enum view_hit_kind kind, unsigned row, unsigned col,
               unsigned width, uint32_t arg)
{
    if (out->n_hits == VIEW_MAX_HITS)
        return;
    out->hits[out->n_hits++] =
        (struct view_hit){kind, (uint16_t)row, (uint16_t)col, (uint16_t)width, arg};
}

uint32_t frame_window(struct view_frame *f, unsigned head)
{
    struct scroll *at = &f->s->at[f->s->view];
    uint32_t height = f->rows > head ? f->rows - head : 0;

    scroll_fit(at, f->n, height);
    f->cursor = at->cursor;
    f->out->page = height;
    return at->top;
}

/* Whole bars keep their colour under the cursor; all else takes the cursor's. */
static bool is_bar(const struct cell *c)
{
    return c->cp >= 0x2588 && c->cp <= 0x258f;
}

void frame_cursor(struct view_frame *f, unsigned row, unsigned col, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        struct cell *c = grid_at(f->g, row, col + i);
        if (c != NULL && !is_bar(c))
            c->style = STYLE_CURSOR;
    }
}

void frame_row(struct view_frame *f, unsigned row, uint32_t index)
{
    frame_hit(f->out, VIEW_HIT_ROW, row, 0, f->cols, index);
    if (f->has_cursor && index == f->cursor)
        frame_cursor(f, row, 0, f->cols);
}

unsigned frame_wrap(struct view_frame *f, unsigned row, unsigned col, unsigned width, unsigned max,
                    enum style s, const char *text)
{
    str rest = str_from(text), paragraph, line;
    unsigned used = 0;
    bool is_cut = false;

    while (width > 0 && str_cut(&rest, '\n', &paragraph)) {
        while (used < max && str_wrap(&paragraph, width, &line))
            grid_text(f->g, row + used++, col, width, s, line);
        is_cut |= str_trim(paragraph).n > 0;
    }
    if (is_cut && used > 0)
        grid_text(f->g, row + used - 1, col + width - 1, 1, s, STR("\xe2\x80\xa6"));
    return used;
}

void frame_empty(struct view_frame *f, const char *text)
{
    unsigned width = MIN(f->cols > 4 ? f->cols - 4 : 0, 72u);

    f->out->page = f->rows;
    frame_wrap(f, f->row + MIN(f->rows / 4, 4u), 2, width, f->rows, STYLE_DIM, text);
}

const char *advice_line(struct arena *a, enum stall s)
{
    const char *advice = stall_info[s].advice;
    return advice[0] == '\0' ? stall_info[s].help : arena_strndup(a, advice, strcspn(advice, ";"));
}

unsigned frame_rows_of(const struct view_frame *f, const char *text, unsigned max)
{
    struct grid probe;
    struct view_frame measure = *f;

    grid_init(&probe, f->a, max, f->cols);
    measure.g = &probe;
    return frame_wrap(&measure, 0, 1, f->cols - 2, max, STYLE_NORMAL, text);
}

unsigned frame_verdict(struct view_frame *f, unsigned row, unsigned max, const struct result *r,
                       const struct trace_kernel *k)
{
    struct verdict v = verdict_of(r);
    const char *name = verdict_name(v.kind);
    const char *first = arena_printf(f->a, "%s: %s", name, verdict_sentence(f->a, &v, r));
    const char *all = arena_printf(f->a, "%s %s", first, verdict_evidence(f->a, &v, r, k));

    if (frame_rows_of(f, all, max + 1) > max) /* whole sentences only */
        all = first;
    unsigned used = frame_wrap(f, row, 1, f->cols - 2, max, STYLE_NORMAL, all);

    for (unsigned i = 0; i < strlen(name) && grid_at(f->g, row, 1 + i) != NULL; i++)
        grid_at(f->g, row, 1 + i)->style = STYLE_WARN;
    return used;
}

const struct view_kernel *data_kernel(const struct view_data *d)
{
    return d->kernel < d->n_kernels ? &d->kernels[d->kernel] : NULL;
}

const struct result *data_result(const struct view_data *d)
{
    const struct view_kernel *k = data_kernel(d);

    return k != NULL ? k->result : NULL;
}

const char *no_result_text(struct arena *a, const struct view_data *d)
{
    const struct view_kernel *k = data_kernel(d);

    if (d->trace_name == NULL)
        return "No trace is open. Press o to choose one.";
    if (k == NULL)
        return "The trace holds no kernel.";
    switch (k->work) {
    case VIEW_WORK_FAILED:
        return arena_printf(a, "This kernel could not be modelled:\n%s", k->error);
    case VIEW_WORK_CANCELLED:
        return "Cancelled. Press r to model this kernel again.";
    case VIEW_WORK_NONE:
    case VIEW_WORK_QUEUED:
    case VIEW_WORK_RUNNING:
    case VIEW_WORK_DONE:
        break;
    }
    return "Modelling this kernel ...";
}

const char *fmt_unit(struct arena *a, enum unit_kind k, double v)
{
    char buf[64];

    return arena_strdup(a, units_format(buf, sizeof buf, k, v));
}

const char *fmt_percent(struct arena *a, double share)
{
    return isnan(share) ? "?" : arena_printf(a, "%.1f %%", 100 * share);
}

const char *fmt_change(struct arena *a, double from, double to)
{
    double change = 100 * (to / from - 1);

    if (isnan(from) || isnan(to))
        return "?";
    if (from == to || fabs(change) < 0.05)
        return "=";
    if (from == 0)
        return "new";
    if (fabs(change) >= 1000)
        return arena_printf(a, "x%.3g", to / from);
    return arena_printf(a, "%+.1f %%", change);
}

double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

char group_letter(enum stall_group g)
{
    static const char letters[STALL_GROUP_N] = {'.', 'M', 'S', 'C', 'B', 'F', 'D', 'n', 'o', 'L'};

    return letters[g];
}

char stall_letter(enum stall s)
{
    return group_letter(stall_info[s].group);
}

size_t stack_parts(const struct result *r, double whole, struct bar_part out[STALL_GROUP_N])
{
    for (unsigned g = 0; g < STALL_GROUP_N; g++)
        out[g] = (struct bar_part){0, group_style((enum stall_group)g),
                                   group_letter((enum stall_group)g)};
    for (unsigned s = 0; s < STALL_N; s++)
        out[stall_info[s].group].share += ratio(r->stall[s], whole);
    return STALL_GROUP_N;
}

static bool counts_bytes(const struct view_job *j)
{
    return strcmp(j->unit, "B") == 0;
}

const char *job_amount(struct arena *a, const struct view_job *j)
{
    enum unit_kind kind = counts_bytes(j) ? UNIT_BYTES : UNIT_PLAIN;
    const char *done = fmt_unit(a, kind, (double)j->done);
    const char *total = fmt_unit(a, kind, (double)j->total);

    if (j->total > 0)
        done = arena_printf(a, "%s/%s", done, total);
    return counts_bytes(j) ? done : arena_printf(a, "%s %s", done, j->unit);
}

const char *job_speed(struct arena *a, const struct view_job *j)
{
    double rate = ratio((double)j->done, j->elapsed_s);

    if (isnan(rate))
        rate = 0;
    if (counts_bytes(j))
        return fmt_unit(a, UNIT_RATE, rate);
    return arena_printf(a, "%s/s", fmt_unit(a, UNIT_PLAIN, rate));
}

uint32_t *list_upto(struct arena *a, uint32_t n)
{
    uint32_t *ids = ARENA_ARRAY(a, uint32_t, n + 1);

    for (uint32_t i = 0; i < n; i++)
        ids[i] = i;
    return ids;
}

void row_field(const struct table_row *r, unsigned col, enum style s, const char *text)
{
    table_field(r->f->g, r->row, &r->columns[col], &r->at[col], s, text);
}
