/*
 * view_tree.c: which module costs what? Modules, operators and kernels below one another.
 */
#include "view_priv.h"

enum { COL_NAME, COL_TIMES, COL_CPU, COL_GPU, COL_BAR, COL_WAIT, COL_KERNELS, COL_N };

static const struct table_column columns[COL_N] = {
    [COL_NAME] = {"Module, operator, kernel", 14, 0, false, true, 0},
    [COL_TIMES] = {"Times", 6, 4, true, false, 0},
    [COL_CPU] = {"CPU", 8, 1, true, false, 0},
    [COL_GPU] = {"GPU", 8, 0, true, false, 0},
    [COL_BAR] = {"", 16, 5, false, false, 0},
    [COL_WAIT] = {"TKLQT", 8, 2, true, false, 0},
    [COL_KERNELS] = {"Kernels", 7, 3, true, false, 0},
};

static bool is_open(const struct view_state *s, uint32_t node)
{
    return node == 0 || (s->is_open != NULL && s->is_open[node]);
}

/* Nodes in the order in which they stand below one another, those above open. The root itself is no
 * row: what it holds is. */
static uint32_t list(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids)
{
    uint32_t n = 0;

    *ids = NULL;
    if (d->profile.l == NULL || d->profile.l->tree.n_nodes == 0)
        return 0;
    const struct calltree *t = &d->profile.l->tree;
    *ids = ARENA_ARRAY(a, uint32_t, t->n_nodes);
    for (uint32_t node = t->nodes[0].first_child; node != PROFILE_NONE;) {
        (*ids)[n++] = node;
        if (t->nodes[node].first_child != PROFILE_NONE && is_open(s, node)) {
            node = t->nodes[node].first_child;
            continue;
        }
        while (node != 0 && t->nodes[node].next == PROFILE_NONE)
            node = t->nodes[node].parent;
        node = node == 0 ? (uint32_t)PROFILE_NONE : t->nodes[node].next;
    }
    return n;
}

static const char *text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a;
    return d->profile.l->tree.nodes[id].name;
}

static unsigned depth_of(const struct calltree *t, uint32_t node)
{
    unsigned depth = 0;

    for (node = t->nodes[node].parent; node != 0; node = t->nodes[node].parent)
        depth++;
    return depth;
}

static const char *name_of(struct arena *a, const struct calltree_node *n)
{
    return n->kind == PROFILE_KERNEL ? short_name(a, n->name) : n->name;
}

/* "  - aten::linear": deep rows keep room for their names. */
static const char *label(struct arena *a, const struct view_state *s, const struct calltree *t,
                         uint32_t id)
{
    enum { DEEPEST = 12 };
    const struct calltree_node *n = &t->nodes[id];
    const char *sign = n->first_child == PROFILE_NONE ? " " : is_open(s, id) ? "-" : "+";

    return arena_printf(a, "%*s%s %s", (int)MIN(2 * depth_of(t, id), 2u * DEEPEST), "", sign,
                        name_of(a, n));
}

static enum style style_of(const struct calltree_node *n)
{
    static const enum style styles[] = {
        [PROFILE_KERNEL] = STYLE_DIM, [PROFILE_MODULE] = STYLE_BOLD, [PROFILE_NOTE] = STYLE_DIM};

    return n->kind < ARRAY_LEN(styles) ? styles[n->kind] : STYLE_NORMAL;
}

/* Kernels, and the groups of those whose operators are not known, take no time on the CPU. */
static bool has_cpu(const struct calltree_node *n)
{
    return n->kind != PROFILE_KERNEL && n->kind != PROFILE_NOTE;
}

static void draw_row(const struct table_row *w, const struct calltree *t, uint32_t id)
{
    struct arena *a = w->f->a;
    const struct calltree_node *n = &t->nodes[id];

    row_field(w, COL_NAME, style_of(n), label(a, w->f->s, t, id));
    row_field(w, COL_TIMES, STYLE_NORMAL, n->n > 0 ? fmt_count(a, n->n) : "-");
    row_field(w, COL_CPU, STYLE_NORMAL, has_cpu(n) ? fmt_ns(a, n->cpu_ns) : "-");
    row_field(w, COL_GPU, STYLE_NORMAL, n->n_kernels > 0 ? fmt_ns(a, n->gpu_ns) : "-");
    grid_bar(w->f->g, w->row, w->at[COL_BAR].col, w->at[COL_BAR].width, STYLE_KEY, '#',
             ratio((double)n->gpu_ns, (double)t->nodes[0].gpu_ns));
    row_field(w, COL_WAIT, STYLE_NORMAL, n->latency_ns > 0 ? fmt_ns(a, n->latency_ns) : "-");
    row_field(w, COL_KERNELS, STYLE_NORMAL, fmt_count(a, n->n_kernels));
}

static void set_detail(struct view_frame *f, const struct launches *l)
{
    const struct calltree_node *n = &l->tree.nodes[f->ids[f->cursor]];
    struct arena *a = f->a;

    const char *cpu = has_cpu(n) ? arena_printf(a, "CPU %s, itself %s; ", fmt_ns(a, n->cpu_ns),
                                                fmt_ns(a, n->cpu_self_ns))
                                 : "";
    f->out->detail = arena_printf(a, "%s of %s queued; %s%s", fmt_count(a, n->n_queued),
                                  fmt_plural(a, n->n_kernels, "kernel"), cpu, n->name);
    explain_title(f, name_of(a, n));
    explain_add(f, "CPU is the time between begin and end on its thread, GPU the durations of the "
                   "kernels that it launched, Kernels their number. Siblings of one name are one "
                   "row; modules count by class.");
    explain_add(f, arena_printf(a, "%sGPU %s in %s.", cpu, fmt_ns(a, n->gpu_ns),
                                fmt_plural(a, n->n_kernels, "kernel")));
    explain_number_also(f, FACT_TKLQT);
    if (n->kind == PROFILE_KERNEL) {
        const struct profile_span *w = &l->profile->works[n->example];
        follow_work(f, n->example, w->start_ns, profile_end_ns(w));
    }
}

static void draw(struct view_frame *f)
{
    struct table_column cols[COL_N];
    struct table_place at[COL_N];

    if (frame_no_profile(f))
        return;
    if (f->n == 0) {
        frame_empty(f, "Nothing here matches the filter; rows that are not shown are not searched. "
                       "* shows all rows.");
        return;
    }
    memcpy(cols, columns, sizeof cols);
    cols[COL_NAME].width = (uint8_t)MIN(f->cols * 3 / 7, 60u);
    table_place(cols, COL_N, 1, f->cols - 2, at);
    table_titles(f->g, f->row, cols, COL_N, at, COL_N, false);
    uint32_t top = frame_window(f, 1);
    for (unsigned i = 0; i + 1 < f->rows && top + i < f->n; i++) {
        struct table_row w = {f, cols, at, f->row + 1 + i};
        draw_row(&w, &f->d->profile.l->tree, f->ids[top + i]);
        frame_row(f, w.row, top + i);
    }
    set_detail(f, f->d->profile.l);
}

const struct view_ops view_tree = {list, text, draw, false};
