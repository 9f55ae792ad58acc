/*
 * view_kernels.c: where does the time go? One row per kernel; launches of the same kernel with the
 * same grid and block are one row that opens.
 */
#include "view_priv.h"

enum {
    COL_ID,
    COL_NAME,
    COL_COUNT,
    COL_TIME,
    COL_SHARE,
    COL_BAR,
    COL_BOUND,
    COL_OCC,
    COL_GRID,
    COL_BLOCK,
    COL_REGS,
    COL_VERDICT,
    COL_N
};

static const struct table_column columns[COL_N] = {
    [COL_ID] = {"#", 4, 6, true, false, 0},
    [COL_NAME] = {"Kernel", 18, 0, false, true, 60},
    [COL_COUNT] = {"Runs", 5, 5, true, false, 0},
    [COL_TIME] = {"Time", 9, 0, true, false, 0},
    [COL_SHARE] = {"Share", 7, 0, true, false, 0},
    [COL_BAR] = {"", 8, 7, false, false, 0},
    [COL_BOUND] = {"Largest loss", 20, 3, false, false, 0},
    [COL_OCC] = {"Occup.", 7, 9, true, false, 0},
    [COL_GRID] = {"Grid", 13, 11, true, false, 0},
    [COL_BLOCK] = {"Block", 10, 12, true, false, 0},
    [COL_REGS] = {"Regs", 4, 10, true, false, 0},
    [COL_VERDICT] = {"Verdict", 15, 8, false, false, 0},
};

bool view_in_group(const struct trace_header *a, const struct trace_header *b)
{
    return strcmp(a->name, b->name) == 0 && memcmp(a->grid, b->grid, sizeof a->grid) == 0 &&
           memcmp(a->block, b->block, sizeof a->block) == 0;
}

static uint64_t launch_hash(const struct trace_header *h)
{
    uint64_t x = hash_bytes(h->name, strlen(h->name), 0);

    x = hash_bytes(h->grid, sizeof h->grid, x);
    return hash_bytes(h->block, sizeof h->block, x);
}

/*
 * first[i] is the first launch like i, count[i] how many there are (kept at the first). Open
 * addressing over a table twice the size.
 */
struct groups {
    uint32_t *first, *count;
};

static struct groups find_groups(struct arena *a, const struct view_data *d)
{
    struct groups g = {ARENA_ARRAY(a, uint32_t, d->n_kernels + 1),
                       ARENA_ARRAY(a, uint32_t, d->n_kernels + 1)};
    size_t size = 1;

    while (size < 2 * (size_t)d->n_kernels + 2)
        size *= 2;
    uint32_t *slots = ARENA_ARRAY(a, uint32_t, size); /* kernel + 1, 0 = free */
    for (uint32_t i = 0; i < d->n_kernels; i++) {
        size_t at = launch_hash(d->kernels[i].h) & (size - 1);
        while (slots[at] != 0 && !view_in_group(d->kernels[slots[at] - 1].h, d->kernels[i].h))
            at = (at + 1) & (size - 1);
        if (slots[at] == 0)
            slots[at] = i + 1;
        g.first[i] = slots[at] - 1;
        g.count[g.first[i]]++;
    }
    return g;
}

/* ---- rows ---- */

struct sums {
    uint32_t launches, known;
    double time_us; /* of the launches whose result is known */
};

static double kernel_time_us(const struct view_kernel *k)
{
    return k->result != NULL ? k->result->time_us : (double)NAN;
}

static void add_launch(struct sums *s, const struct view_kernel *k)
{
    double us = kernel_time_us(k);

    s->launches++;
    if (!isnan(us)) {
        s->known++;
        s->time_us += us;
    }
}

static bool in_row(const struct view_data *d, uint32_t id, uint32_t kernel)
{
    uint32_t first = id & ~VIEW_GROUP_BIT;

    return kernel == first ||
           (id & VIEW_GROUP_BIT && view_in_group(d->kernels[first].h, d->kernels[kernel].h));
}

static struct sums sums_of(const struct view_data *d, uint32_t id)
{
    struct sums s = {0};

    if (!(id & VIEW_GROUP_BIT)) {
        add_launch(&s, &d->kernels[id]);
        return s;
    }
    for (uint32_t i = id & ~VIEW_GROUP_BIT; i < d->n_kernels; i++) {
        if (in_row(d, id, i))
            add_launch(&s, &d->kernels[i]);
    }
    return s;
}

/* Sort keys are made once for all rows, so that sorting stays n log n comparisons of numbers. */
struct sort_by {
    const struct view_data *d;
    enum view_sort sort;
    bool is_reversed;
    const double *time_us; /* by first launch */
};

static bool row_less(const void *arg, uint32_t x, uint32_t y)
{
    const struct sort_by *by = arg;
    uint32_t a = x & ~VIEW_GROUP_BIT, b = y & ~VIEW_GROUP_BIT;

    if (by->is_reversed) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    if (by->sort == VIEW_SORT_TIME)
        return by->time_us[a] > by->time_us[b];
    if (by->sort == VIEW_SORT_NAME)
        return strcmp(by->d->kernels[a].h->label, by->d->kernels[b].h->label) < 0;
    return a < b;
}

/* `first` names the row that each launch counts for. */
static void sort_rows(struct arena *a, const struct view_data *d, const struct view_state *s,
                      const uint32_t *first, uint32_t *ids, uint32_t n)
{
    double *time_us = ARENA_ARRAY(a, double, d->n_kernels + 1);
    struct sort_by by = {d, s->sort, s->is_reversed, time_us};

    for (uint32_t i = 0; i < d->n_kernels; i++) {
        double us = kernel_time_us(&d->kernels[i]);
        time_us[first[i]] += isnan(us) ? 0 : us;
    }
    table_sort(ids, n, ARENA_ARRAY(a, uint32_t, n + 1), row_less, &by);
}

/* Puts the launches of the open group behind its row. */
static uint32_t open_group(struct arena *a, const struct view_data *d, const struct view_state *s,
                           uint32_t **ids, uint32_t n)
{
    uint32_t *out = ARENA_ARRAY(a, uint32_t, n + d->n_kernels + 1), k = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = (*ids)[i];
        out[k++] = id;
        if (!(id & VIEW_GROUP_BIT) || (id & ~VIEW_GROUP_BIT) != s->open_group)
            continue;
        for (uint32_t j = s->open_group; j < d->n_kernels; j++) {
            if (in_row(d, id, j))
                out[k++] = j;
        }
    }
    *ids = out;
    return k;
}

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    if (s->is_ungrouped) {
        *ids = list_upto(a, d->n_kernels);
        sort_rows(a, d, s, list_upto(a, d->n_kernels), *ids, d->n_kernels);
        return d->n_kernels;
    }
    struct groups g = find_groups(a, d);
    uint32_t n = 0;
    *ids = ARENA_ARRAY(a, uint32_t, d->n_kernels + 1);
    for (uint32_t i = 0; i < d->n_kernels; i++) {
        if (g.first[i] == i)
            (*ids)[n++] = g.count[i] > 1 ? i | VIEW_GROUP_BIT : i;
    }
    sort_rows(a, d, s, g.first, *ids, n);
    return open_group(a, d, s, ids, n);
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a;
    return d->kernels[id & ~VIEW_GROUP_BIT].h->label;
}

/* ---- drawing ---- */

static double total_us(const struct view_data *d)
{
    struct sums s = {0};

    for (uint32_t i = 0; i < d->n_kernels; i++)
        add_launch(&s, &d->kernels[i]);
    return s.time_us;
}

static const char *work_text(const struct view_kernel *k)
{
    static const char *const texts[] = {
        [VIEW_WORK_NONE] = "-", [VIEW_WORK_QUEUED] = "queued", [VIEW_WORK_RUNNING] = "...",
        [VIEW_WORK_DONE] = "?", [VIEW_WORK_FAILED] = "failed", [VIEW_WORK_CANCELLED] = "cancelled",
    };

    return texts[k->work];
}

static void draw_bound(const struct table_row *r, const struct result *res)
{
    enum stall top = result_top_stall(res);

    if (isnan(res->cycles) || top == STALL_SELECTED)
        return;
    row_field(r, COL_BOUND, stall_style(top),
              arena_printf(r->f->a, "%c %s", stall_letter(top), stall_info[top].ncu));
}

static void draw_result(const struct table_row *r, const struct result *res)
{
    struct arena *a = r->f->a;
    struct verdict v = verdict_of(res);

    draw_bound(r, res);
    row_field(r, COL_OCC, STYLE_NORMAL, fmt_percent(a, res->occupancy.achieved));
    row_field(r, COL_VERDICT, STYLE_NORMAL, verdict_name(v.kind));
}

static const char *dims(struct arena *a, const uint32_t v[3])
{
    if (v[2] > 1)
        return arena_printf(a, "%ux%ux%u", v[0], v[1], v[2]);
    return v[1] > 1 ? arena_printf(a, "%ux%u", v[0], v[1]) : arena_printf(a, "%u", v[0]);
}

static void draw_time(const struct table_row *r, const struct view_kernel *k, const struct sums *s,
                      double total)
{
    struct arena *a = r->f->a;
    double share = ratio(s->time_us, total);

    if (s->known == 0) {
        row_field(r, COL_TIME, k->work == VIEW_WORK_FAILED ? STYLE_BAD : STYLE_DIM, work_text(k));
        return;
    }
    const char *mark = s->known < s->launches ? "~" : "";
    row_field(r, COL_TIME, STYLE_NORMAL,
              arena_printf(a, "%s%s", mark, fmt_unit(a, UNIT_NS, 1000 * s->time_us)));
    row_field(r, COL_SHARE, STYLE_NORMAL, fmt_percent(a, share));
    if (r->at[COL_BAR].width > 0) {
        enum style style = STYLE_KEY;
        grid_bar(r->f->g, r->row, r->at[COL_BAR].col, r->at[COL_BAR].width, style, '#', share);
    }
}

/* In front of the name: a group that is shut or open, or a launch below its group. */
static const char *row_sign(const struct view_frame *f, uint32_t id, bool is_child)
{
    if (id & VIEW_GROUP_BIT)
        return (id & ~VIEW_GROUP_BIT) == f->s->open_group ? "- " : "+ ";
    return is_child ? "  " : "";
}

static void draw_row(const struct table_row *r, uint32_t id, double total)
{
    const struct view_data *d = r->f->d;
    bool is_group = id & VIEW_GROUP_BIT;
    uint32_t i = id & ~VIEW_GROUP_BIT;
    const struct view_kernel *k = &d->kernels[i];
    struct sums s = sums_of(d, id);
    struct arena *a = r->f->a;
    bool is_child = !is_group && !r->f->s->is_ungrouped && r->f->s->open_group != UINT32_MAX &&
                    view_in_group(k->h, d->kernels[r->f->s->open_group].h);

    row_field(r, COL_ID, STYLE_DIM, arena_printf(a, "%u", k->h->id));
    row_field(r, COL_NAME, STYLE_NORMAL,
              arena_printf(a, "%s%s", row_sign(r->f, id, is_child), k->h->label));
    row_field(r, COL_COUNT, is_group ? STYLE_NORMAL : STYLE_DIM, arena_printf(a, "%u", s.launches));
    draw_time(r, k, &s, total);
    if (k->result != NULL)
        draw_result(r, k->result);
    row_field(r, COL_GRID, STYLE_DIM, dims(a, k->h->grid));
    row_field(r, COL_BLOCK, STYLE_DIM, dims(a, k->h->block));
    row_field(r, COL_REGS, STYLE_DIM, arena_printf(a, "%u", k->h->n_regs));
}

static void set_detail(struct view_frame *f)
{
    if (f->n == 0)
        return;
    uint32_t id = f->ids[f->cursor];
    const struct view_kernel *k = &f->d->kernels[id & ~VIEW_GROUP_BIT];
    struct sums s = sums_of(f->d, id);

    f->out->detail = k->h->declaration;
    explain_metric(f, METRIC_time_us,
                   s.known > 0 ? fmt_unit(f->a, UNIT_NS, 1000 * s.time_us) : NULL);
    explain_add(f, arena_printf(f->a, "Declaration: %s", k->h->declaration));
    if (s.launches > 1)
        explain_add(f, arena_printf(f->a, "%u launches, mean %s", s.launches,
                                    fmt_unit(f->a, UNIT_NS, 1000 * s.time_us / s.known)));
    if (k->h->is_synthetic)
        explain_add(f, arena_printf(f->a, "Synthetic, made by: %s", k->h->made_by));
}

/* Below a short list: what limits the kernel under the cursor. */
static void draw_preview(struct view_frame *f, unsigned row, unsigned rows)
{
    enum { PREVIEW_ROWS = 7 };
    const struct view_kernel *k = &f->d->kernels[f->ids[f->cursor] & ~VIEW_GROUP_BIT];
    struct bar_part parts[STALL_GROUP_N];

    bool has_failed = k->work == VIEW_WORK_FAILED && k->error != NULL;
    bool has_result = k->result != NULL && !isnan(k->result->cycles);

    if (rows < PREVIEW_ROWS || !f->has_cursor || (!has_failed && !has_result))
        return;
    row += rows - PREVIEW_ROWS + 1;
    grid_fill(f->g, row, 1, f->cols - 2, STYLE_RULE, 0x2500);
    grid_printf(f->g, row, 3, f->cols - 6, STYLE_BOLD, " %s ", k->h->label);
    if (has_failed) {
        frame_wrap(f, row + 1, 1, f->cols - 2, PREVIEW_ROWS - 1, STYLE_BAD, k->error);
        return;
    }
    frame_verdict(f, row + 1, 3, k->result, k->body);
    size_t n = stack_parts(k->result, k->result->cycles, parts);
    grid_stack(f->g, row + PREVIEW_ROWS - 2, 1, f->cols - 2, parts, n);
}

/* Names get what they need before the bar does: the share stands beside it in figures. */
static void fit_columns(struct view_frame *f, struct table_column cols[COL_N])
{
    enum { DESIGN_COLS = 80, NAME_COLS = 30, BAR_COLS = 4 };
    unsigned name = cols[COL_NAME].width, sign = f->d->n_kernels > 1 ? 2 : 0, fixed = 0;

    if (f->cols < DESIGN_COLS)
        return;
    for (uint32_t i = 0; i < f->d->n_kernels; i++)
        name = MAX(name, grid_width(str_from(f->d->kernels[i].h->label)) + sign);
    cols[COL_NAME].width = (uint8_t)MIN(name, (unsigned)NAME_COLS);
    for (unsigned c = COL_ID; c <= COL_BOUND; c++)
        fixed += c == COL_BAR ? 1 : cols[c].width + 1u;
    unsigned room = f->cols > fixed ? f->cols - fixed : 0;
    cols[COL_BAR].width = (uint8_t)CLAMP(room, (unsigned)BAR_COLS, (unsigned)cols[COL_BAR].width);
}

static void draw(struct view_frame *f)
{
    struct table_column cols[COL_N];
    struct table_place at[COL_N];
    size_t sorted = f->s->sort == VIEW_SORT_TIME   ? COL_TIME
                    : f->s->sort == VIEW_SORT_NAME ? COL_NAME
                                                   : COL_ID;
    bool is_ascending = (f->s->sort != VIEW_SORT_TIME) != f->s->is_reversed;

    if (f->n == 0) {
        frame_empty(f, f->d->trace_name == NULL && f->d->n_jobs > 0 ? "Opening ..."
                       : f->d->trace_name == NULL ? "No trace is open. Press o to choose one."
                       : f->s->filter[VIEW_KERNELS][0] != '\0'
                           ? "No kernel matches the filter. Press & to change it."
                           : "The trace holds no kernel.");
        return;
    }
    uint32_t top = frame_window(f, 1);
    double total = total_us(f->d);
    memcpy(cols, columns, sizeof cols);
    fit_columns(f, cols);
    table_place(cols, COL_N, 0, f->cols, at);
    table_titles(f->g, f->row, cols, COL_N, at, sorted, is_ascending);
    for (unsigned i = 0; i + 1 < f->rows && top + i < f->n; i++) {
        struct table_row r = {f, columns, at, f->row + 1 + i};
        draw_row(&r, f->ids[top + i], total);
        frame_row(f, r.row, top + i);
    }
    unsigned used = 1 + MIN(f->n, f->rows - 1);
    draw_preview(f, f->row + used, f->rows - used);
    set_detail(f);
}

const struct view_ops view_kernels = {list, text, draw, true};
