/*
 * cmd_show.c: `show`: a view of the explorer, printed in full.
 */
#include "base/os.h"
#include "present/lanes_view.h"
#include "present/launch_report.h"
#include "present/view.h"
#include "study.h"

struct show {
    struct study study;
    enum view_id view;
    struct view_kernel *kernels; /* hold references until they were drawn */
    uint32_t n_kernels;
};

/* Views that need nothing but a trace, its models and its GPUs, or one profile. */
static const enum view_id views[] = {
    VIEW_KERNELS,  VIEW_OVERVIEW, VIEW_STALLS, VIEW_SASS, VIEW_COMPARE, VIEW_GPU,   VIEW_VERDICT,
    VIEW_TIMELINE, VIEW_QUEUE,    VIEW_TALLY,  VIEW_GAPS, VIEW_TREE,    VIEW_FUSION};

static const char *view_name(size_t i, void *arg)
{
    (void)arg;
    return view_info[views[i]].name;
}

static enum status find_view(const char *name, enum view_id *out, struct err *e)
{
    char list[160] = "";
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i == 0 ? "" : ", ", view_name(i, NULL));
        *out = views[i];
        if (strcmp(name, view_name(i, NULL)) == 0)
            return STATUS_OK;
    }
    err_set(e, STATUS_USAGE, "there is no view '%s' to print", name);
    err_expected(e, "%s", list);
    const char *near = str_nearest(str_from(name), ARRAY_LEN(views), view_name, NULL);
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    return STATUS_USAGE;
}

static void keep(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    struct show *s = arg;
    size_t n = s->study.n_gpus;
    s->kernels[s->n_kernels++] = (struct view_kernel){
        .h = &k->h,
        .body = trace_kernel_retain(k),
        .result = r[0] == NULL ? NULL : result_retain(r[0]),
        .other = n < 2 || r[1] == NULL ? NULL : result_retain(r[1]),
        .work = VIEW_WORK_DONE,
    };
}

static void release(struct show *s)
{
    for (uint32_t i = 0; i < s->n_kernels; i++) {
        const struct view_kernel *k = &s->kernels[i];
        trace_kernel_release(k->body);
        if (k->result != NULL)
            result_release(k->result);
        if (k->other != NULL)
            result_release(k->other);
    }
}

/* ---- drawing ---- */

/* Rows for the text around the list, and for a list that takes two rows an item. */
enum { MORE_ROWS = 80, ROWS_PER_ITEM = 2, LEAST_COLS = 40, PICTURE_ROWS = 24 };

/* Pictures are as high as one wants; lists as high as they are long. */
static bool is_picture(enum view_id v)
{
    return v == VIEW_TIMELINE || v == VIEW_QUEUE;
}

static void draw(struct cli *c, const struct view_data *d, struct view_state *state,
                 struct arena *frame, struct grid *g)
{
    struct cli_screen size = cli_screen(&c->args, OPT_SIZE, (struct cli_screen){80, PICTURE_ROWS});
    static struct view_out out; /* large */
    const uint32_t *ids;
    unsigned rows = is_picture(state->view)
                        ? size.rows
                        : view_list(frame, d, state, &ids) * ROWS_PER_ITEM + MORE_ROWS;
    grid_init(g, frame, rows, MAX(size.cols, (unsigned)LEAST_COLS));
    g->symbols = cli_style(c).symbols;
    g->is_mono = cli_text(&c->args, OPT_PICTURE, "text")[0] == 't';
    view_draw_body(g, frame, d, state, &out);
    grid_trim(g);
}

static void print(struct cli *c, const struct view_data *d, struct view_state *state)
{
    const char *format = cli_text(&c->args, OPT_PICTURE, "text");
    const char *theme = cli_text(&c->args, OPT_THEME, "auto");
    struct arena frame;
    struct grid g;
    arena_init(&frame, ARENA_SMALL);
    draw(c, d, state, &frame, &g);
    if (format[0] == 's')
        grid_to_svg(&g, &c->out, theme[0] == 'l');
    else if (format[0] == 'a')
        grid_to_ansi(&g, &c->out, true,
                     theme[0] == 'l'   ? THEME_LIGHT
                     : theme[0] == 'd' ? THEME_DARK
                                       : THEME_AUTO);
    else
        grid_to_text(&g, &c->out);
    arena_done(&frame);
}

/* ---- views of a trace ---- */

static void print_trace(const struct show *s)
{
    const struct study *study = &s->study;
    const struct view_data d = {
        .trace_name = trace_path_name(study->trace),
        .kernels = s->kernels,
        .n_kernels = s->n_kernels,
        .gpu = &study->gpus[0],
        .gpu_loaded = &study->gpus[0],
        .other_gpu = study->n_gpus > 1 ? &study->gpus[1] : NULL,
        .model_name = study->model->name,
    };
    struct view_state state;
    view_state_init(&state);
    state.view = s->view;
    print(study->c, &d, &state);
}

static enum status model_and_print(struct show *s, struct err *e)
{
    struct study *study = &s->study;
    if (s->view != VIEW_KERNELS)
        study->n_kernels = 1; /* the others would not be seen */
    s->kernels = ARENA_ARRAY(&study->c->arena, struct view_kernel, study->n_kernels);
    enum status status = study_run(study, keep, s, e);
    if (status == STATUS_OK || (status != STATUS_CANCELLED && s->n_kernels > 0))
        print_trace(s);
    release(s);
    return status;
}

static enum status show_trace(struct cli *c, enum view_id view, struct err *e)
{
    static const enum cli_option of_profiles[] = {OPT_STEP};
    struct show s = {.view = view};
    TRY(cli_refuse(c, of_profiles, ARRAY_LEN(of_profiles), "for a view of a trace", e));
    enum status status = study_open(&s.study, c, view == VIEW_COMPARE ? 2 : 1, false, e);
    if (status == STATUS_OK)
        status = model_and_print(&s, e);
    study_close(&s.study);
    return status;
}

/* ---- views of a profile ---- */

static enum status show_profile(struct cli *c, enum view_id view, struct err *e)
{
    const struct launches_options o = {
        .profile = {.keep_going = cli_has(&c->args, OPT_KEEP_GOING)},
        .step = cli_text(&c->args, OPT_STEP, NULL),
    };
    static const enum cli_option of_traces[] = {OPT_GPUS, OPT_KERNEL, OPT_MODEL, OPT_FIX,
                                                OPT_NO_FIX};
    const struct launches *l;
    struct view_data d = {.model_name = ""};
    struct view_state state;
    TRY(cli_refuse(c, of_traces, ARRAY_LEN(of_traces), "for a view of a profile", e));
    TRY(launches_open(&l, &c->args.operands[1], 1, &o, NULL, e));
    d.profile.l = l;
    d.profile.name = launch_run_name(&c->arena, l->profile);
    view_state_init(&state);
    view_state_begin_profile(&state, l, lanes_index_make(&c->arena, l),
                             ARENA_ARRAY(&c->arena, bool, l->tree.n_nodes + 1));
    state.view = view;
    print(c, &d, &state);
    launches_release(l);
    return STATUS_OK;
}

enum status run_show(struct cli *c, struct err *e)
{
    enum view_id view;
    TRY(find_view(c->args.operands[0], &view, e));
    return view_info[view].set == VIEW_SET_PROFILE ? show_profile(c, view, e)
                                                   : show_trace(c, view, e);
}
