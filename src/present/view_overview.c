/*
 * view_overview.c: what limits this kernel, and what would help? A sentence, speed of light, the
 * cycle stack, launch and occupancy, and upper bounds. The cursor walks over the numbers.
 */
#include "view_priv.h"

enum item {
    CYCLES,
    TIME,
    IPC,
    BAND,
    SOL_COMPUTE,
    SOL_L1,
    SOL_L2,
    SOL_DRAM,
    STACK,
    WAVES,
    OCCUPANCY,
    ACHIEVED,
    BOUND_1,
    BOUND_2,
    BOUND_3,
    ITEM_N
};

enum { N_BOUNDS = 3, TWO_COLUMNS_FROM = 76, HITS_FROM = 92 };

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    (void)s;
    *ids = list_upto(a, ITEM_N);
    return data_result(d) != NULL ? ITEM_N : 0;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    static const enum metric metrics[ITEM_N] = {
        METRIC_cycles,    METRIC_time_us,  METRIC_ipc_per_sm, METRIC_error_band, METRIC_sol_compute,
        METRIC_sol_l1,    METRIC_sol_l2,   METRIC_sol_dram,   METRIC_stack,      METRIC_waves,
        METRIC_occupancy, METRIC_achieved, METRIC_bound,      METRIC_bound,      METRIC_bound};

    (void)a, (void)d;
    return metric_info[metrics[id]].title;
}

struct page {
    struct view_frame *f;
    const struct result *r;
    const struct trace_kernel *k;
    unsigned row, end;
    bool is_airy; /* blank lines between the parts */
    uint32_t ids_n;
};

/* The place of an item: clickable, and marked when the cursor is on it. */
static void place(struct page *p, enum item id, unsigned row, unsigned col, unsigned width)
{
    for (uint32_t i = 0; i < p->f->n; i++) {
        if (p->f->ids[i] != (uint32_t)id)
            continue;
        frame_hit(p->f->out, VIEW_HIT_ROW, row, col, width, i);
        if (p->f->has_cursor && i == p->f->cursor)
            frame_cursor(p->f, row, col, width);
    }
}

static bool has_room(const struct page *p, unsigned rows)
{
    return p->row + rows <= p->end;
}

static void gap(struct page *p)
{
    if (p->is_airy)
        p->row++;
}

static void draw_sentence(struct page *p)
{
    unsigned max = MIN(p->end - p->row, p->is_airy ? 3u : 2u);

    unsigned used = frame_verdict(p->f, p->row, max, p->r, p->k);
    p->row += p->is_airy ? max : used; /* what follows keeps its place from kernel to kernel */
    gap(p);
}

/* One of the numbers in a line: "Cycles 1,234 cy"; returns the column behind it. */
static unsigned draw_number(struct page *p, enum item id, unsigned col, const char *label,
                            const char *value)
{
    unsigned label_w = grid_width(str_from(label)), value_w = grid_width(str_from(value));

    if (col + label_w + value_w + 1 >= p->f->cols)
        return col;
    grid_text(p->f->g, p->row, col, label_w, STYLE_DIM, str_from(label));
    grid_text(p->f->g, p->row, col + label_w + 1, value_w, STYLE_BOLD, str_from(value));
    place(p, id, p->row, col, label_w + 1 + value_w);
    return col + label_w + value_w + 4;
}

static void draw_numbers(struct page *p)
{
    struct arena *a = p->f->a;
    const struct result *r = p->r;
    const char *mark = r->is_partial ? "~" : "";
    unsigned col = 1;

    if (!has_room(p, 1))
        return;
    col = draw_number(p, CYCLES, col, "Cycles",
                      arena_printf(a, "%s%s", mark, fmt_unit(a, UNIT_CYCLES, r->cycles)));
    col = draw_number(p, TIME, col, "Time",
                      arena_printf(a, "%s%s", mark, fmt_unit(a, UNIT_NS, 1000 * r->time_us)));
    col = draw_number(p, IPC, col, "IPC",
                      isnan(r->ipc_per_sm) ? "?" : arena_printf(a, "%.2f an SM", r->ipc_per_sm));
    draw_number(p, BAND, col, "Error band",
                isnan(r->error_band) ? "-" : arena_printf(a, "%.0f %%", 100 * r->error_band));
    p->row++;
    gap(p);
}

static void draw_heading(struct page *p, const char *title, const char *of_what)
{
    struct grid *g = p->f->g;
    unsigned col = 3 + grid_text(g, p->row, 1, p->f->cols - 1, STYLE_HEADER, str_from(title));

    grid_text(g, p->row++, col, p->f->cols - col, STYLE_DIM, str_from(of_what));
}

/* ---- speed of light ---- */

/* Share of peak and peak give the rate while the kernel runs, without its launch. */
static const char *level_text(struct page *p, unsigned level, double share)
{
    const struct result_level *l = &p->r->level[level];
    struct arena *a = p->f->a;
    double peak = l->peak_b_per_cy * p->r->clock_mhz * 1e6;
    const char *hits = isnan(l->hit_rate) || level == RESULT_DRAM
                           ? ""
                           : arena_printf(a, "hits %s", fmt_percent(a, l->hit_rate));

    if (level == RESULT_L1)
        return arena_printf(a, "of the busiest SM%s%s", hits[0] != '\0' ? ", " : "", hits);
    if (isnan(peak) || isnan(share))
        return hits;
    const char *rate = arena_printf(a, "%s of %s", fmt_unit(a, UNIT_RATE, share * peak),
                                    fmt_unit(a, UNIT_RATE, peak));
    return hits[0] == '\0' || p->f->cols < HITS_FROM ? rate : arena_printf(a, "%s, %s", rate, hits);
}

static void draw_sol_row(struct page *p, enum item id, const char *name, enum style s, char letter,
                         double share, const char *right)
{
    struct grid *g = p->f->g;
    unsigned cols = p->f->cols, bar = cols >= 96 ? 36 : cols >= 60 ? 24 : MIN(cols - 26, 24u);

    if (!has_room(p, 1))
        return;
    grid_printf(g, p->row, 1, 1, s, "%c", letter);
    grid_text(g, p->row, 3, 8, STYLE_NORMAL, str_from(name));
    grid_right(g, p->row, 11, 7, isnan(share) ? STYLE_DIM : STYLE_BOLD,
               str_from(fmt_percent(p->f->a, share)));
    if (!g->is_mono && g->symbols != SYMBOLS_ASCII)
        grid_fill(g, p->row, 19, bar, STYLE_RULE, 0xb7);
    grid_bar(g, p->row, 19, bar, s, letter, share);
    if (19 + bar + 2 + grid_width(str_from(right)) < cols)
        grid_text(g, p->row, 19 + bar + 2, cols - 19 - bar - 3, STYLE_DIM, str_from(right));
    place(p, id, p->row, 1, 17);
    p->row++;
}

static void draw_sol(struct page *p)
{
    const struct result *r = p->r;
    const char *pipe = r->busiest_pipe != NULL ? r->busiest_pipe : "?";

    if (has_room(p, 5) && p->f->rows > 8)
        draw_heading(p, "Speed of light", "share of the peak, in the time after the launch");
    draw_sol_row(p, SOL_COMPUTE, "Compute", STYLE_COMPUTE, 'C', r->sol_compute,
                 strcmp(pipe, "issue") == 0 ? "issue slots"
                                            : arena_printf(p->f->a, "%s pipe", pipe));
    draw_sol_row(p, SOL_L1, "L1", STYLE_MEMORY, 'M', r->sol_l1,
                 level_text(p, RESULT_L1, r->sol_l1));
    draw_sol_row(p, SOL_L2, "L2", STYLE_MEMORY, 'M', r->sol_l2,
                 level_text(p, RESULT_L2, r->sol_l2));
    draw_sol_row(p, SOL_DRAM, "DRAM", STYLE_MEMORY, 'M', r->sol_dram,
                 level_text(p, RESULT_DRAM, r->sol_dram));
    gap(p);
}

static void draw_stack(struct page *p)
{
    struct bar_part parts[STALL_GROUP_N];
    size_t n = stack_parts(p->r, p->r->cycles, parts);

    if (isnan(p->r->cycles) || !has_room(p, 1))
        return;
    if (has_room(p, 2) && p->f->rows > 8) {
        draw_heading(p, "Cycle stack", "share of all cycles in %, letters below");
        place(p, STACK, p->row - 1, 1, 11);
    }
    grid_stack(p->f->g, p->row, 1, p->f->cols - 2, parts, n);
    p->row++;
    gap(p);
}

/* ---- launch, occupancy and bounds ---- */

/* What bounds the theoretical occupancy; a small grid lowers only the achieved one. */
static enum limiter limiter_of_sm(const struct result_occupancy *o)
{
    enum limiter best = LIMITER_WARPS;

    if (o->limiter != LIMITER_GRID)
        return o->limiter;
    for (unsigned l = 0; l < LIMITER_GRID; l++) {
        if (o->limit[l] < o->limit[best])
            best = (enum limiter)l;
    }
    return best;
}

static void draw_launch(struct page *p, unsigned col, unsigned width, unsigned rows)
{
    const struct result *r = p->r;
    const struct result_occupancy *o = &r->occupancy;
    struct arena *a = p->f->a;
    struct grid *g = p->f->g;
    unsigned ctas = r->grid[0] * r->grid[1] * r->grid[2];
    unsigned fit = o->warps_per_cta * o->ctas_per_sm;

    if (rows < 4)
        return;
    grid_text(g, p->row, col, width, STYLE_HEADER, STR("Launch and occupancy"));
    grid_printf(g, p->row + 1, col, width, STYLE_NORMAL, "Waves %.2f, %s CTAs on %u SMs", r->waves,
                fmt_unit(a, UNIT_PLAIN, ctas), r->sms_used);
    place(p, WAVES, p->row + 1, col, width);
    grid_printf(g, p->row + 2, col, width, STYLE_NORMAL, "Occupancy %s, limited by %s",
                fmt_percent(a, o->theoretical), limiter_name(limiter_of_sm(o)));
    place(p, OCCUPANCY, p->row + 2, col, width);
    grid_printf(g, p->row + 3, col, width, STYLE_NORMAL, "Achieved %s, %u of %u warps%s",
                fmt_percent(a, o->achieved), o->warps_per_sm, fit,
                o->limiter == LIMITER_GRID ? ": few CTAs" : " an SM");
    place(p, ACHIEVED, p->row + 3, col, width);
}

/* The i-th largest loss, or STALL_N: what is issued or merely waits its turn is none. */
static enum stall nth_loss(const struct result *r, unsigned nth)
{
    double below = (double)INFINITY;
    enum stall found = STALL_N;

    for (unsigned i = 0; i <= nth; i++) {
        found = STALL_N;
        for (unsigned s = 0; s < STALL_N; s++) {
            enum stall_group g = stall_info[s].group;
            bool is_loss = g != STALL_GROUP_ISSUE && g != STALL_GROUP_HEALTHY;
            if (is_loss && r->stall[s] > 0 && r->stall[s] < below &&
                (found == STALL_N || r->stall[s] > r->stall[found]))
                found = (enum stall)s;
        }
        if (found == STALL_N)
            return found;
        below = r->stall[found];
    }
    return found;
}

static void draw_bounds(struct page *p, unsigned col, unsigned width, unsigned rows)
{
    struct grid *g = p->f->g;

    if (rows < 2 || isnan(p->r->cycles))
        return;
    grid_text(g, p->row, col, width, STYLE_HEADER, STR("At most faster without ..."));
    for (unsigned i = 0; i < N_BOUNDS && i + 1 < rows; i++) {
        enum stall s = nth_loss(p->r, i);
        if (s == STALL_N)
            return;
        double rest = p->r->cycles - p->r->stall[s];
        unsigned row = p->row + 1 + i;
        grid_right(g, row, col, 7, STYLE_BOLD,
                   str_from(rest > 0 ? arena_printf(p->f->a, "%.2fx", p->r->cycles / rest) : "-"));
        grid_printf(g, row, col + 9, 1, stall_style(s), "%c", stall_letter(s));
        grid_text(g, row, col + 11, width > 11 ? width - 11 : 0, STYLE_NORMAL,
                  str_from(stall_info[s].ncu));
        place(p, (enum item)(BOUND_1 + (int)i), row, col, MIN(width, 30u));
    }
}

static void draw_bottom(struct page *p)
{
    unsigned rows = p->end - p->row, cols = p->f->cols;

    if (cols >= TWO_COLUMNS_FROM) {
        unsigned half = cols / 2 + 3;
        draw_launch(p, 1, half - 2, rows);
        draw_bounds(p, half, cols - half - 1, rows);
        p->row += MIN(rows, 4u);
        return;
    }
    draw_launch(p, 1, cols - 2, rows);
    p->row += MIN(rows, 4u);
    if (rows >= 8) {
        draw_bounds(p, 1, cols - 2, rows - 4);
        p->row += 4;
    }
}

/* On high screens: the instructions that take most cycles. */
static void draw_hottest(struct page *p)
{
    enum { MOST = 8 };
    const struct result *r = p->r;
    double below = (double)INFINITY;

    if (p->k == NULL || isnan(r->cycles) || !has_room(p, 5))
        return;
    grid_text(p->f->g, ++p->row, 1, p->f->cols - 2, STYLE_HEADER, STR("Hottest instructions"));
    for (unsigned shown = 0; shown < MOST && has_room(p, 3); shown++) {
        uint32_t best = UINT32_MAX;
        for (uint32_t i = 0; i < r->n_insts && i < p->k->n_code; i++) {
            double cy = r->insts[i].cycles;
            if (cy > 0 && cy < below && (best == UINT32_MAX || cy > r->insts[best].cycles))
                best = i;
        }
        if (best == UINT32_MAX)
            break;
        below = r->insts[best].cycles;
        enum stall s = inst_reason(&r->insts[best]);
        struct grid *g = p->f->g;
        p->row++;
        grid_right(g, p->row, 1, 7, STYLE_BOLD, str_from(fmt_percent(p->f->a, below / r->cycles)));
        grid_printf(g, p->row, 10, 20, stall_style(s), "%c %s", stall_letter(s), stall_info[s].ncu);
        grid_printf(g, p->row, 31, p->f->cols - 32, STYLE_NORMAL, "%04llx  %s",
                    (unsigned long long)p->k->code[best].pc, inst_text(p->f->a, &p->k->code[best]));
    }
    p->row++;
}

static void draw_notes(struct page *p)
{
    for (uint32_t i = 0; i < p->r->n_notes && has_room(p, 2); i++) {
        p->row += i == 0;
        p->row +=
            frame_wrap(p->f, p->row, 1, p->f->cols - 2, p->end - p->row, STYLE_DIM, p->r->notes[i]);
    }
}

/* ---- detail ---- */

static void explain_bound(struct view_frame *f, const struct result *r, unsigned nth)
{
    enum stall s = nth_loss(r, nth);

    explain_metric(f, METRIC_bound, NULL);
    if (s == STALL_N)
        return;
    explain_stall(f, s);
    explain_add(f, metric_info[METRIC_bound].help);
    f->out->follow = VIEW_SASS;
    f->out->follow_id = result_hottest(r, s);
    f->out->detail = arena_printf(f->a, "%s: %s", stall_info[s].ncu, advice_line(f->a, s));
}

static void explain_limits(struct view_frame *f, const struct result *r)
{
    const unsigned *l = r->occupancy.limit;

    explain_metric(f, METRIC_occupancy, NULL);
    f->out->detail =
        arena_printf(f->a,
                     "CTAs an SM by limit: warps %u, CTAs %u, registers %u, "
                     "shared memory %u",
                     l[LIMITER_WARPS], l[LIMITER_CTAS], l[LIMITER_REGISTERS], l[LIMITER_SHARED]);
    explain_also(f, METRIC_ctas_per_sm);
}

static void set_detail(struct view_frame *f, const struct result *r)
{
    enum item id = (enum item)f->ids[f->cursor];
    static const struct {
        enum metric m, also; /* METRIC_N = nothing more */
    } simple[ITEM_N] = {
        [CYCLES] = {METRIC_cycles, METRIC_kll_cy},
        [TIME] = {METRIC_time_us, METRIC_N},
        [IPC] = {METRIC_ipc_per_sm, METRIC_cpi},
        [BAND] = {METRIC_error_band, METRIC_N},
        [SOL_COMPUTE] = {METRIC_sol_compute, METRIC_N},
        [SOL_L1] = {METRIC_sol_l1, METRIC_l1_hit_rate},
        [SOL_L2] = {METRIC_sol_l2, METRIC_l2_hit_rate},
        [SOL_DRAM] = {METRIC_sol_dram, METRIC_dram_bytes},
        [STACK] = {METRIC_stack, METRIC_cycles},
        [WAVES] = {METRIC_waves, METRIC_ctas_per_sm},
        [ACHIEVED] = {METRIC_achieved, METRIC_warps_per_sm},
    };

    f->out->follow = VIEW_STALLS;
    if (id >= BOUND_1)
        explain_bound(f, r, id - BOUND_1);
    else if (id == OCCUPANCY)
        explain_limits(f, r);
    else {
        explain_metric(f, simple[id].m, id == BAND && isnan(r->error_band) ? "-" : NULL);
        f->out->detail = metric_info[simple[id].m].help;
        if (simple[id].also != METRIC_N)
            explain_also(f, simple[id].also);
    }
}

static void draw(struct view_frame *f)
{
    enum { FULL_ROWS = 18 };
    const struct view_kernel *k = data_kernel(f->d);
    const struct result *r = data_result(f->d);

    if (r == NULL) {
        frame_empty(f, no_result_text(f->a, f->d));
        return;
    }
    struct page p = {.f = f, .r = r, .k = k->body};
    p.row = f->row;
    p.end = f->row + f->rows;
    p.is_airy = f->rows >= FULL_ROWS;
    f->out->page = f->n;
    draw_sentence(&p);
    draw_numbers(&p);
    draw_sol(&p);
    draw_stack(&p);
    draw_bottom(&p);
    draw_hottest(&p);
    draw_notes(&p);
    set_detail(f, r);
}

const struct view_ops view_overview = {list, text, draw, true};
