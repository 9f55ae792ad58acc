/*
 * view_compare.c: the current kernel on two GPUs: metrics side by side, two cycle stacks on one
 * axis of time, and the reasons that differ most.
 */
#include "view_priv.h"

enum { COL_LETTER, COL_NAME, COL_A, COL_B, COL_CHANGE, COL_BAR, COL_N };

static const struct table_column columns[COL_N] = {
    [COL_LETTER] = {"", 1, 2, false, false, 0},      [COL_NAME] = {"", 20, 0, false, false, 0},
    [COL_A] = {"A", 13, 0, true, false, 0},          [COL_B] = {"B", 13, 0, true, false, 0},
    [COL_CHANGE] = {"A to B", 9, 1, true, false, 0}, [COL_BAR] = {"", 17, 3, false, true, 41},
};

/* Rows: fixed metrics first, then the reasons. */
enum row { TIME, CYCLES, IPC, COMPUTE, L1, L2, DRAM, OCCUPANCY, ACHIEVED, WAVES, ROW_STALLS };

static const struct {
    const char *name;
    enum metric m;
} metrics[ROW_STALLS] = {
    {"Time", METRIC_time_us},           {"Cycles", METRIC_cycles},
    {"IPC an SM", METRIC_ipc_per_sm},   {"Compute, of peak", METRIC_sol_compute},
    {"L1, of peak", METRIC_sol_l1},     {"L2, of peak", METRIC_sol_l2},
    {"DRAM, of peak", METRIC_sol_dram}, {"Occupancy", METRIC_occupancy},
    {"Achieved", METRIC_achieved},      {"Waves", METRIC_waves},
};

struct pair {
    const struct result *a, *b;
};

static struct pair pair_of(const struct view_data *d)
{
    const struct view_kernel *k = data_kernel(d);

    return k != NULL ? (struct pair){k->result, k->other} : (struct pair){NULL, NULL};
}

/* Microseconds of a reason: cycles of two clocks cannot be compared. */
static double stall_us(const struct result *r, uint32_t s)
{
    return r->clock_mhz > 0 ? r->stall[s] / r->clock_mhz : (double)NAN;
}

static bool differs_more(const void *arg, uint32_t x, uint32_t y)
{
    const struct pair *p = arg;
    uint32_t s = x - ROW_STALLS, t = y - ROW_STALLS;

    return fabs(stall_us(p->a, s) - stall_us(p->b, s)) >
           fabs(stall_us(p->a, t) - stall_us(p->b, t));
}

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    struct pair p = pair_of(d);
    uint32_t n = ROW_STALLS;

    (void)s;
    if (p.a == NULL || p.b == NULL)
        return 0;
    *ids = list_upto(a, ROW_STALLS + STALL_N);
    for (uint32_t i = 0; i < STALL_N; i++) {
        if (p.a->stall[i] > 0 || p.b->stall[i] > 0)
            (*ids)[n++] = ROW_STALLS + i;
    }
    table_sort(*ids + ROW_STALLS, n - ROW_STALLS, ARENA_ARRAY(a, uint32_t, STALL_N + 1),
               differs_more, &p);
    return n;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a, (void)d;
    return id < ROW_STALLS ? metrics[id].name : stall_info[id - ROW_STALLS].ncu;
}

static double number_of(const struct result *r, uint32_t id)
{
    switch ((enum row)id) {
    case TIME:
        return r->time_us * 1000;
    case CYCLES:
        return r->cycles;
    case IPC:
        return r->ipc_per_sm;
    case COMPUTE:
        return r->sol_compute;
    case L1:
        return r->sol_l1;
    case L2:
        return r->sol_l2;
    case DRAM:
        return r->sol_dram;
    case OCCUPANCY:
        return r->occupancy.theoretical;
    case ACHIEVED:
        return r->occupancy.achieved;
    case WAVES:
        return r->waves;
    case ROW_STALLS:
        break;
    }
    return 1000 * stall_us(r, id - ROW_STALLS);
}

static const char *number_text(struct arena *a, uint32_t id, double v)
{
    if (id == CYCLES)
        return fmt_unit(a, UNIT_CYCLES, v);
    if (id == IPC || id == WAVES)
        return isnan(v) ? "?" : arena_printf(a, "%.4g", v);
    if (id >= COMPUTE && id < WAVES)
        return fmt_percent(a, v);
    return fmt_unit(a, UNIT_NS, v);
}

/* A bar from the middle: to the left what B needs less, to the right what it needs more, in shares
 * of A's time. */
static void draw_delta(struct view_frame *f, const struct table_place *at, unsigned row,
                       const struct pair *p, enum stall s)
{
    unsigned half = at->width / 2;
    double delta = (stall_us(p->b, s) - stall_us(p->a, s)) / p->a->time_us;
    unsigned n = (unsigned)lround(MIN(fabs(delta), 1.0) * half);

    if (at->width == 0 || isnan(delta))
        return;
    grid_fill(f->g, row, at->col + half, 1, STYLE_RULE, 0x2502);
    uint32_t cp =
        f->g->is_mono || f->g->symbols == SYMBOLS_ASCII ? (uint32_t)stall_letter(s) : 0x2588;
    unsigned col = delta < 0 ? at->col + half - n : at->col + half + 1;
    grid_fill(f->g, row, col, n, stall_style(s), cp);
}

static void draw_bar_title(struct view_frame *f, unsigned row, const struct table_place *at)
{
    unsigned half = at->width / 2;

    if (at->width == 0)
        return;
    grid_right(f->g, row, at->col, half - 1, STYLE_HEADER, STR("less"));
    grid_text(f->g, row, at->col + half + 2, half - 1, STYLE_HEADER, STR("more"));
}

static void draw_row(struct view_frame *f, const struct table_place *at, unsigned row, uint32_t id,
                     const struct pair *p)
{
    double a = number_of(p->a, id), b = number_of(p->b, id);
    bool is_stall = id >= ROW_STALLS;
    enum stall s = is_stall ? (enum stall)(id - ROW_STALLS) : STALL_SELECTED;
    const char *change = fmt_change(f->a, a, b);
    double band = p->a->error_band;
    bool is_noise = !isnan(band) && fabs(b / a - 1) < band;

    if (is_stall)
        table_field(f->g, row, &columns[COL_LETTER], &at[COL_LETTER], stall_style(s),
                    arena_printf(f->a, "%c", stall_letter(s)));
    table_field(f->g, row, &columns[COL_NAME], &at[COL_NAME], STYLE_NORMAL, text(f->a, f->d, id));
    table_field(f->g, row, &columns[COL_A], &at[COL_A], STYLE_NORMAL, number_text(f->a, id, a));
    table_field(f->g, row, &columns[COL_B], &at[COL_B], STYLE_NORMAL, number_text(f->a, id, b));
    table_field(f->g, row, &columns[COL_CHANGE], &at[COL_CHANGE], is_noise ? STYLE_DIM : STYLE_BOLD,
                change);
    if (is_stall)
        draw_delta(f, &at[COL_BAR], row, p, s);
}

static void draw_axis(struct view_frame *f, unsigned row, const char *name, const char *letter,
                      const struct result *r, double most_us)
{
    struct bar_part parts[STALL_GROUP_N];
    size_t n = stack_parts(r, r->cycles, parts);
    unsigned left = MIN(f->cols / 4, 22u), width = f->cols - left - 12;
    double share = ratio(r->time_us, most_us);

    grid_text(f->g, row, 1, 1, STYLE_KEY, str_from(letter));
    grid_text(f->g, row, 3, left - 4, STYLE_NORMAL, str_from(name));
    unsigned cells = isnan(share) ? 0 : (unsigned)lround(share * width);
    grid_stack(f->g, row, left, cells, parts, n);
    grid_text(f->g, row, left + cells + 1, 11, STYLE_BOLD,
              str_from(fmt_unit(f->a, UNIT_NS, 1000 * r->time_us)));
}

static void draw_nothing(struct view_frame *f)
{
    const struct view_kernel *k = data_kernel(f->d);

    if (k == NULL || k->result == NULL)
        frame_empty(f, no_result_text(f->a, f->d));
    else if (f->d->other_gpu == NULL)
        frame_empty(f, "Choose a second GPU to compare with: press c.");
    else if (k->other_error != NULL)
        frame_empty(f, arena_printf(f->a, "On %s this kernel could not be modelled:\n%s",
                                    f->d->other_gpu->name, k->other_error));
    else
        frame_empty(f,
                    arena_printf(f->a, "Modelling this kernel on %s ...", f->d->other_gpu->name));
}

static void set_detail(struct view_frame *f, const struct pair *p)
{
    if (f->n == 0)
        return;
    uint32_t id = f->ids[f->cursor];

    if (id >= ROW_STALLS) {
        explain_stall(f, (enum stall)(id - ROW_STALLS));
        explain_other(f, (struct quantity){QUANTITY_STALL, id - ROW_STALLS});
        f->out->detail = stall_info[id - ROW_STALLS].help;
    } else {
        explain_metric(f, metrics[id].m, NULL);
        explain_other(f, (struct quantity){QUANTITY_METRIC, metrics[id].m});
        f->out->detail = metric_info[metrics[id].m].help;
    }
    if (id == TIME)
        f->out->detail = arena_printf(f->a, "%s is %.2fx as fast as %s", p->b->gpu_name,
                                      p->a->time_us / p->b->time_us, p->a->gpu_name);
}

enum { NARROW_COLS = 48 };

static void draw(struct view_frame *f)
{
    struct pair p = pair_of(f->d);
    struct table_column cols[COL_N];
    struct table_place at[COL_N];

    if (p.a == NULL || p.b == NULL || isnan(p.a->cycles) || isnan(p.b->cycles)) {
        draw_nothing(f);
        return;
    }
    double most_us = MAX(p.a->time_us, p.b->time_us);
    draw_axis(f, f->row, p.a->gpu_name, "A", p.a, most_us);
    draw_axis(f, f->row + 1, p.b->gpu_name, "B", p.b, most_us);
    memcpy(cols, columns, sizeof cols);
    if (f->cols < NARROW_COLS) {
        cols[COL_NAME].width = 16;
        cols[COL_A].width = cols[COL_B].width = 10;
    }
    table_place(cols, COL_N, 1, f->cols - 1, at);
    unsigned head = f->rows > 10 ? 4 : 3;
    uint32_t top = frame_window(f, head);
    table_titles(f->g, f->row + head - 1, cols, COL_N, at, COL_N, false);
    draw_bar_title(f, f->row + head - 1, &at[COL_BAR]);
    for (unsigned i = 0; i + head < f->rows && top + i < f->n; i++) {
        draw_row(f, at, f->row + head + i, f->ids[top + i], &p);
        frame_row(f, f->row + head + i, top + i);
    }
    set_detail(f, &p);
}

const struct view_ops view_compare = {list, text, draw, true};
