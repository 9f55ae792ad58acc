/*
 * cmd_show.c: the explorer, and `show`: a view of it, printed in full.
 */
#include "base/os.h"
#include "present/view.h"
#include "study.h"

enum { KEYS_MAX_B = 1 << 20 };

static enum status read_keys(struct cli *c, const char **out, struct err *e)
{
    const char *path = cli_text(&c->args, OPT_KEYS, NULL);
    str keys = {NULL, 0};
    if (path != NULL)
        TRY(os_read_file(&c->arena, path, KEYS_MAX_B, &keys, e));
    *out = keys.p;
    return STATUS_OK;
}

/* A mistyped path is better told on the command line than in the explorer. */
static enum status check_path(const char *path, struct err *e)
{
    if (os_is_file(path) || os_is_dir(path))
        return STATUS_OK;
    err_set(e, STATUS_IO, "cannot open '%s': there is no such file or folder", path);
    err_hint(e, "warpscope --help lists the commands");
    return STATUS_IO;
}

enum status run_explore(struct cli *c, struct err *e)
{
    const struct cli_args *args = &c->args;
    for (size_t i = 0; i < args->n_operands; i++)
        TRY(check_path(args->operands[i], e));
    if (c->hooks->explore == NULL)
        return err_set(e, STATUS_USAGE, "this build has no explorer");
    TRY(cli_need_data(c, e));
    struct cli_screen size = cli_screen(args, OPT_SIZE, (struct cli_screen){80, 24});
    struct cli_explore x = {
        .paths = args->operands,
        .n_paths = args->n_operands,
        .are_ranks = cli_has(args, OPT_RANKS),
        .step = cli_text(args, OPT_STEP, NULL),
        .gpu = cli_text(args, OPT_GPU, NULL),
        .compare = cli_text(args, OPT_COMPARE, NULL),
        .model = cli_text(args, OPT_MODEL, NULL),
        .data_dir = c->data_dir,
        .colour = cli_text(args, OPT_COLOR, NULL),
        .theme = cli_text(args, OPT_THEME, NULL),
        .symbols = cli_text(args, OPT_SYMBOLS, NULL),
        .no_mouse = cli_has(args, OPT_NO_MOUSE),
        .n_threads = cli_has(args, OPT_THREADS) ? cli_threads(c) : 0,
        .trace_options = cli_trace_options(c),
        .rows = size.rows,
        .cols = size.cols,
        .format = cli_text(args, OPT_PICTURE, NULL),
        .screen = &c->out,
    };
    TRY(cli_model_options(c, &x.model_options, e));
    TRY(read_keys(c, &x.keys, e));
    return c->hooks->explore(&x, e);
}

/* --- show ------------------------------------------------------------------------------------ */

struct show {
    struct study study;
    enum view_id view;
    struct view_kernel *kernels; /* hold references until they were drawn */
    uint32_t n_kernels;
};

/* Views that need nothing but a trace, its models and its GPUs. */
static const enum view_id views[] = {VIEW_KERNELS, VIEW_OVERVIEW, VIEW_STALLS,
                                     VIEW_SASS,    VIEW_COMPARE,  VIEW_GPU};

static const char *view_name(size_t i, void *arg)
{
    (void)arg;
    return view_info[views[i]].name;
}

static enum status find_view(const char *name, enum view_id *out, struct err *e)
{
    char list[80] = "";
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

/* Rows for the text around the list, and for a list that takes two rows an item. */
enum { MORE_ROWS = 80, ROWS_PER_ITEM = 2, LEAST_COLS = 40 };

static void draw(const struct show *s, struct arena *frame, struct grid *g)
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
    struct cli_screen size = cli_screen(&study->c->args, OPT_SIZE, (struct cli_screen){80, 1});
    struct view_state state;
    static struct view_out out; /* large */
    const uint32_t *ids;
    view_state_init(&state);
    state.view = s->view;
    unsigned n = view_list(frame, &d, &state, &ids);
    grid_init(g, frame, n * ROWS_PER_ITEM + MORE_ROWS, MAX(size.cols, (unsigned)LEAST_COLS));
    g->symbols = cli_style(study->c).symbols;
    g->is_mono = cli_text(&study->c->args, OPT_PICTURE, "text")[0] == 't';
    view_draw_body(g, frame, &d, &state, &out);
    grid_trim(g);
}

static void print(const struct show *s, struct text *out)
{
    const struct cli_args *args = &s->study.c->args;
    const char *format = cli_text(args, OPT_PICTURE, "text");
    const char *theme = cli_text(args, OPT_THEME, "auto");
    struct arena frame;
    struct grid g;
    arena_init(&frame, ARENA_SMALL);
    draw(s, &frame, &g);
    if (format[0] == 's')
        grid_to_svg(&g, out, theme[0] == 'l');
    else if (format[0] == 'a')
        grid_to_ansi(&g, out, true,
                     theme[0] == 'l'   ? THEME_LIGHT
                     : theme[0] == 'd' ? THEME_DARK
                                       : THEME_AUTO);
    else
        grid_to_text(&g, out);
    arena_done(&frame);
}

static enum status model_and_print(struct show *s, struct err *e)
{
    struct study *study = &s->study;
    if (s->view != VIEW_KERNELS)
        study->n_kernels = 1; /* the others would not be seen */
    s->kernels = ARENA_ARRAY(&study->c->arena, struct view_kernel, study->n_kernels);
    enum status status = study_run(study, keep, s, e);
    if (status == STATUS_OK || (status != STATUS_CANCELLED && s->n_kernels > 0))
        print(s, &study->c->out);
    release(s);
    return status;
}

enum status run_show(struct cli *c, struct err *e)
{
    struct show s = {.n_kernels = 0};
    TRY(find_view(c->args.operands[0], &s.view, e));
    enum status status = study_open(&s.study, c, s.view == VIEW_COMPARE ? 2 : 1, false, e);
    if (status == STATUS_OK)
        status = model_and_print(&s, e);
    study_close(&s.study);
    return status;
}
