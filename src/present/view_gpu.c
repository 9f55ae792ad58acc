/*
 * view_gpu.c: what is modelled, and what did I change? Every number of the description with unit,
 * origin and source, and what a change does to the kernel.
 */
#include "view_priv.h"

enum { COL_MARK, COL_NAME, COL_VALUE, COL_UNIT, COL_WAS, COL_ORIGIN, COL_SOURCE, COL_N };

static const struct table_column columns[COL_N] = {
    [COL_MARK] = {"", 1, 0, false, false, 0},
    [COL_NAME] = {"Parameter", 32, 0, false, false, 0},
    [COL_VALUE] = {"Value", 10, 0, true, false, 0},
    [COL_UNIT] = {"Unit", 9, 1, false, false, 0},
    [COL_WAS] = {"File says", 9, 4, true, false, 0},
    [COL_ORIGIN] = {"Origin", 9, 2, false, false, 0},
    [COL_SOURCE] = {"Source", 12, 5, false, true, 0},
};

static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    uint32_t n = 0;

    *ids = ARENA_ARRAY(a, uint32_t, GPU_N_PARAMS);
    for (uint32_t i = 0; d->gpu != NULL && i < GPU_N_PARAMS; i++) {
        bool is_changed = d->gpu->note[i].origin == GPU_CHANGED;
        if (is_changed || !s->gpu_only_changed)
            (*ids)[n++] = i;
    }
    return n;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)d;
    return arena_printf(a, "%s %s", gpu_params[id].name, gpu_params[id].help);
}

static const char *value_text(struct arena *a, double v)
{
    return isnan(v) ? "-" : arena_printf(a, "%.6g", v);
}

static const char *origin_text(enum gpu_origin o)
{
    static const char *const texts[] = {"file", "inherited", "changed"};

    return texts[o];
}

/* The source itself where there is room, else its short name. */
static const char *source_text(const struct gpu_note *note, unsigned width)
{
    enum { TEXT_FROM = 30 };
    const char *text = width >= TEXT_FROM ? note->source : note->tag;

    return text != NULL ? text : "";
}

static void draw_row(struct view_frame *f, const struct table_place *at, unsigned row, uint32_t id)
{
    const struct gpu *g = f->d->gpu;
    const struct gpu_note *note = &g->note[id];
    bool is_changed = note->origin == GPU_CHANGED;
    const char *value = value_text(f->a, gpu_value(g, (enum gpu_param_id)id));
    const char *texts[COL_N] = {
        [COL_MARK] = is_changed ? "*" : "",
        [COL_NAME] = gpu_params[id].name,
        [COL_VALUE] =
            note->is_inferred && value[0] != '-' ? arena_printf(f->a, "~%s", value) : value,
        [COL_UNIT] = gpu_params[id].unit,
        [COL_WAS] = "",
        [COL_ORIGIN] = value[0] == '-' ? "" : origin_text(note->origin),
        [COL_SOURCE] = source_text(note, at[COL_SOURCE].width),
    };

    if (is_changed)
        texts[COL_WAS] = value_text(f->a, gpu_value(f->d->gpu_loaded, (enum gpu_param_id)id));
    for (unsigned c = 0; c < COL_N; c++) {
        enum style s = c == COL_NAME ? STYLE_NORMAL : c == COL_VALUE ? STYLE_BOLD : STYLE_DIM;
        table_field(f->g, row, &columns[c], &at[c], is_changed && c <= COL_VALUE ? STYLE_WARN : s,
                    texts[c]);
    }
}

static unsigned count_changes(const struct gpu *g)
{
    unsigned n = 0;

    for (unsigned i = 0; i < GPU_N_PARAMS; i++)
        n += g->note[i].origin == GPU_CHANGED;
    return n;
}

/* "cycles 1,234 cy -> 1,100 cy (-10.9 %)", or what the kernel takes now. */
static const char *effect_text(struct view_frame *f)
{
    const struct view_kernel *k = data_kernel(f->d);
    struct arena *a = f->a;

    if (k == NULL || k->result == NULL)
        return "";
    const char *now = fmt_unit(a, UNIT_CYCLES, k->result->cycles);
    if (k->before == NULL)
        return arena_printf(a, "%s: %s", k->h->label, now);
    return arena_printf(a, "%s -> %s (%s)%s", fmt_unit(a, UNIT_CYCLES, k->before->cycles), now,
                        fmt_change(a, k->before->cycles, k->result->cycles),
                        k->is_stale ? " ..." : "");
}

enum { HEAD_ROWS = 3, NARROW_COLS = 48 };

static void draw_head(struct view_frame *f, unsigned head)
{
    const struct gpu *g = f->d->gpu;
    unsigned n = count_changes(g);
    const char *changes = n == 0 ? "" : arena_printf(f->a, "%u changed", n);
    const char *effect = effect_text(f);
    const char *colon = strstr(effect, ": ");
    if (f->cols < NARROW_COLS && colon != NULL) /* the title bar names the kernel */
        effect = colon + 2;
    unsigned w = grid_width(str_from(effect));
    unsigned room = f->cols > w + 4 ? f->cols - w - 4 : 0;

    unsigned used = grid_text(f->g, f->row, 1, room, STYLE_BOLD, str_from(g->title));
    grid_printf(f->g, f->row, 1 + used, room - used, STYLE_DIM, "  %s", n == 0 ? g->arch : changes);
    grid_right(f->g, f->row, 0, f->cols - 1, n > 0 ? STYLE_WARN : STYLE_NORMAL, str_from(effect));
    if (head == HEAD_ROWS && g->remark != NULL)
        grid_text(f->g, f->row + 1, 1, f->cols - 2, STYLE_DIM, str_from(g->remark));
}

static void set_detail(struct view_frame *f)
{
    if (f->n == 0)
        return;
    uint32_t id = f->ids[f->cursor];
    const struct gpu_param *p = &gpu_params[id];
    const struct gpu_note *note = &f->d->gpu->note[id];
    struct arena *a = f->a;

    const char *why = note->note != NULL && note->note[0] != '\0' ? note->note : note->source;
    f->out->detail =
        why == NULL || why[0] == '\0'
            ? p->help
            : arena_printf(a, "%s; %s%s", p->help, note->is_inferred ? "inferred: " : "", why);
    explain_constant(f, (enum gpu_param_id)id);
    explain_add(f, arena_printf(a,
                                "Origin: %s. Enter edits the value; the kernels are modelled "
                                "again at once.",
                                origin_text(note->origin)));
}

static void draw(struct view_frame *f)
{
    struct table_column cols[COL_N];
    struct table_place at[COL_N];

    if (f->d->gpu == NULL) {
        frame_empty(f, "No GPU description is loaded. Press d to choose one.");
        return;
    }
    unsigned head = f->rows > 10 ? HEAD_ROWS : HEAD_ROWS - 1;
    draw_head(f, head);
    if (f->n == 0) {
        frame_empty(f, f->s->gpu_only_changed ? "No value is changed. Press * to see all."
                                              : "No parameter matches the filter.");
        return;
    }
    memcpy(cols, columns, sizeof cols);
    if (f->cols < NARROW_COLS)
        cols[COL_NAME].width = (uint8_t)(f->cols - cols[COL_VALUE].width - 3);
    if (count_changes(f->d->gpu) == 0)
        cols[COL_WAS] = (struct table_column){"", 0, UINT8_MAX, true, false, 0};
    table_place(cols, COL_N, 0, f->cols, at);
    uint32_t top = frame_window(f, head);
    table_titles(f->g, f->row + head - 1, cols, COL_N, at, COL_N, false);
    for (unsigned i = 0; i + head < f->rows && top + i < f->n; i++) {
        draw_row(f, at, f->row + head + i, f->ids[top + i]);
        frame_row(f, f->row + head + i, top + i);
    }
    set_detail(f);
}

const struct view_ops view_gpu = {list, text, draw, false};
