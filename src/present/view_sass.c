/*
 * view_sass.c: which instruction? The code in order of its addresses with the share of each
 * instruction, the reason that takes most of it, and loops as arrows.
 */
#include "view_priv.h"

enum {
    COL_LOOP,
    COL_ADDR,
    COL_VALUE,
    COL_BAR,
    COL_REASON,
    COL_TEXT,
    COL_LAT,
    COL_EXEC,
    COL_LANES,
    COL_N
};

static const struct table_column columns[COL_N] = {
    [COL_LOOP] = {"", 3, 4, false, false, 0},
    [COL_ADDR] = {"Addr", 6, 3, true, false, 0},
    [COL_VALUE] = {"Share", 8, 0, true, false, 0},
    [COL_BAR] = {"", 8, 2, false, false, 0},
    [COL_REASON] = {"Reason", 20, 1, false, false, 0},
    [COL_TEXT] = {"Instruction", 30, 0, false, true, 60},
    [COL_LAT] = {"Lat. cy", 7, 7, true, false, 0},
    [COL_EXEC] = {"Executed", 9, 5, true, false, 0},
    [COL_LANES] = {"Lanes", 5, 6, true, false, 0},
};

/* ---- rows: indices of code[], by address ---- */

static bool lower_pc(const void *arg, uint32_t a, uint32_t b)
{
    const struct trace_kernel *k = arg;

    return k->code[a].pc < k->code[b].pc;
}

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    const struct view_kernel *vk = data_kernel(d);
    const struct trace_kernel *k = vk != NULL ? vk->body : NULL;

    (void)s;
    if (k == NULL)
        return 0;
    *ids = list_upto(a, k->n_code);
    table_sort(*ids, k->n_code, ARENA_ARRAY(a, uint32_t, k->n_code + 1), lower_pc, k);
    return k->n_code;
}

enum { TEXT_B = 256 };

const char *inst_text(struct arena *a, const struct sass_inst *in)
{
    char buf[TEXT_B];

    return arena_strdup(a, sass_inst_text(in, buf, sizeof buf));
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    const struct sass_inst *in = &data_kernel(d)->body->code[id];

    return arena_printf(a, "%04llx %s", (unsigned long long)in->pc, inst_text(a, in));
}

/* ---- loops ---- */

struct loop {
    uint32_t first, last; /* rows of target and branch */
    unsigned depth;       /* 0 = innermost, drawn nearest to the code */
};

enum { MAX_LOOPS = 64, MAX_DEPTH = 3 };

static uint32_t row_of_pc(const struct view_frame *f, const struct trace_kernel *k, uint64_t pc)
{
    uint32_t lo = 0, hi = f->n;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (k->code[f->ids[mid]].pc < pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->n && k->code[f->ids[lo]].pc == pc ? lo : f->n;
}

/* 0 is what a trace without immediates has; no loop starts at a kernel's first instruction. */
static bool is_backward_branch(const struct sass_inst *in)
{
    return in->op.cls == SASS_BRANCH && in->immediate > 0 && (uint64_t)in->immediate < in->pc &&
           !(in->op.flags & SASS_F_EXIT) && str_starts(str_from(in->opcode), STR("BRA"));
}

/* Branches are met in order of address, so an inner loop comes before the one around it. */
static size_t find_loops(const struct view_frame *f, const struct trace_kernel *k,
                         struct loop out[MAX_LOOPS])
{
    size_t n = 0;

    for (uint32_t i = 0; i < f->n && n < MAX_LOOPS; i++) {
        const struct sass_inst *in = &k->code[f->ids[i]];
        if (!is_backward_branch(in))
            continue;
        struct loop l = {row_of_pc(f, k, (uint64_t)in->immediate), i, 0};
        if (l.first >= i)
            continue;
        for (size_t j = 0; j < n; j++) {
            if (out[j].first >= l.first && out[j].depth >= l.depth)
                l.depth = out[j].depth + 1;
        }
        out[n++] = l;
    }
    return n;
}

static void draw_loops(struct view_frame *f, unsigned row, unsigned col, uint32_t index,
                       const struct loop *loops, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct loop *l = &loops[i];
        if (l->depth >= MAX_DEPTH || index < l->first || index > l->last)
            continue;
        unsigned at = col + MAX_DEPTH - 1 - l->depth;
        uint32_t cp = index == l->first ? 0x250c : index == l->last ? 0x2514 : 0x2502;
        grid_fill(f->g, row, at, 1, STYLE_KEY, cp);
    }
}

/* ---- drawing ---- */

enum stall inst_reason(const struct result_inst *in)
{
    unsigned best = STALL_SELECTED;

    for (unsigned s = 0; s < STALL_N; s++) {
        if (in->stall[s] > in->stall[best])
            best = s;
    }
    return (enum stall)best;
}

static const char *value_text(struct view_frame *f, const struct result *r,
                              const struct result_inst *in)
{
    switch (f->s->units) {
    case VIEW_UNITS_CYCLES:
        return fmt_unit(f->a, UNIT_PLAIN, in->cycles);
    case VIEW_UNITS_EACH:
        return arena_printf(f->a, "%.4g", ratio(in->cycles, (double)in->executions));
    case VIEW_UNITS_PERCENT:
    case VIEW_UNITS_N:
        break;
    }
    return fmt_percent(f->a, ratio(in->cycles, r->cycles));
}

/* Where an instruction counts as hot: the thresholds of perf annotate. */
#define HOT_SHARE  0.05
#define WARM_SHARE 0.005

static void draw_cost(const struct table_row *w, const struct result *r,
                      const struct result_inst *in, double most)
{
    double share = ratio(in->cycles, r->cycles);
    enum stall s = inst_reason(in);
    struct arena *a = w->f->a;

    row_field(w, COL_VALUE, share >= WARM_SHARE ? STYLE_NORMAL : STYLE_DIM,
              value_text(w->f, r, in));
    if (share >= HOT_SHARE)
        grid_attr(w->f->g, w->row, w->at[COL_VALUE].col, w->at[COL_VALUE].width, CELL_BOLD);
    if (share >= WARM_SHARE)
        grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, stall_style(s),
                 stall_letter(s), ratio(in->cycles, most));
    if (in->cycles > 0)
        row_field(w, COL_REASON, share >= WARM_SHARE ? stall_style(s) : STYLE_DIM,
                  arena_printf(a, "%c %s", stall_letter(s),
                               s == STALL_SELECTED ? "issue" : stall_info[s].ncu));
    row_field(w, COL_EXEC, STYLE_DIM, fmt_unit(a, UNIT_PLAIN, (double)in->executions));
    if (in->executions > 0)
        row_field(w, COL_LANES, STYLE_DIM,
                  arena_printf(a, "%.1f", in->thread_executions / (double)in->executions));
    if (in->latency_cy > 0)
        row_field(w, COL_LAT, STYLE_DIM, arena_printf(a, "%.4g", in->latency_cy));
}

static void draw_row(const struct table_row *w, const struct trace_kernel *k,
                     const struct result *r, uint32_t i, double most)
{
    const struct sass_inst *in = &k->code[i];
    bool is_unknown = in->op.cls == SASS_UNKNOWN;

    row_field(w, COL_ADDR, STYLE_DIM, arena_printf(w->f->a, "%04llx", (unsigned long long)in->pc));
    if (r != NULL && i < r->n_insts)
        draw_cost(w, r, &r->insts[i], most);
    row_field(w, COL_TEXT, is_unknown ? STYLE_BAD : STYLE_NORMAL,
              arena_printf(w->f->a, "%s%s", is_unknown ? "X " : "", inst_text(w->f->a, in)));
}

static void add_reasons(struct text *t, const struct result_inst *in)
{
    double done = 0;

    for (unsigned shown = 0; shown < 3; shown++) {
        unsigned best = STALL_N;
        for (unsigned s = 0; s < STALL_N; s++) {
            bool is_smaller = done == 0 || in->stall[s] < done;
            if (is_smaller && in->stall[s] > 0 &&
                (best == STALL_N || in->stall[s] > in->stall[best]))
                best = s;
        }
        if (best == STALL_N)
            return;
        done = in->stall[best];
        text_printf(t, "%s%s %.0f %%", shown > 0 ? ", " : "", stall_info[best].ncu,
                    100 * in->stall[best] / in->cycles);
    }
}

static void set_detail(struct view_frame *f, const struct trace_kernel *k, const struct result *r)
{
    uint32_t i = f->ids[f->cursor];
    const struct sass_inst *in = &k->code[i];
    struct text t;

    text_init(&t);
    text_printf(&t, "0x%04llx  ", (unsigned long long)in->pc);
    if (in->op.cls == SASS_UNKNOWN)
        text_printf(&t, "not in the opcode table");
    else
        text_printf(&t, "%s, %s pipe", sass_class_name((enum sass_class)in->op.cls),
                    sass_pipe_name((enum sass_pipe)in->op.pipe));
    if (in->source_line > 0)
        text_printf(&t, ", line %u", in->source_line);
    if (r != NULL && i < r->n_insts && r->insts[i].cycles > 0) {
        text_puts(&t, ": ");
        add_reasons(&t, &r->insts[i]);
    }
    if (r != NULL && i < r->n_insts)
        explain_inst(f, i, inst_reason(&r->insts[i]));
    f->out->detail = arena_strdup(f->a, text_cstr(&t));
    text_done(&t);
}

static void draw(struct view_frame *f)
{
    static const char *const titles[VIEW_UNITS_N] = {"Share", "Cycles", "cy/exec"};
    const struct view_kernel *vk = data_kernel(f->d);
    struct table_column cols[COL_N];
    struct table_place at[COL_N];
    struct loop loops[MAX_LOOPS];

    if (f->n == 0) {
        frame_empty(f, vk != NULL && vk->body != NULL ? "No instruction matches the filter."
                                                      : no_result_text(f->a, f->d));
        return;
    }
    const struct trace_kernel *k = vk->body;
    const struct result *r = vk->result;
    memcpy(cols, columns, sizeof cols);
    cols[COL_VALUE].title = titles[f->s->units];
    uint32_t top = frame_window(f, 1);
    table_place(cols, COL_N, 0, f->cols, at);
    table_titles(f->g, f->row, cols, COL_N, at, COL_N, false);
    size_t n_loops = find_loops(f, k, loops);
    uint32_t hot = r != NULL ? result_hottest(r, STALL_N) : UINT32_MAX;
    double most = hot != UINT32_MAX ? r->insts[hot].cycles : 0;
    for (unsigned i = 0; i + 1 < f->rows && top + i < f->n; i++) {
        struct table_row w = {f, columns, at, f->row + 1 + i};
        draw_row(&w, k, r, f->ids[top + i], most);
        if (at[COL_LOOP].width > 0)
            draw_loops(f, w.row, at[COL_LOOP].col, top + i, loops, n_loops);
        frame_row(f, w.row, top + i);
    }
    set_detail(f, k, r);
}

const struct view_ops view_sass = {list, text, draw, true};
