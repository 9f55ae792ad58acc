/*
 * app.h: the state of the explorer and the parts that change it.
 *
 *     events (tui.c) -> actions (app_act.c) -> moves, prompts, menus, descriptions, jobs -> drawing
 *
 * All on one thread. What takes time is a job of the engine; its result replaces the old one when
 * it arrives. Every result carries the number of the inputs it was made from; one that is out of
 * date is dropped, and the kernel is submitted again.
 */
#ifndef WARPSCOPE_TUI_APP_H
#define WARPSCOPE_TUI_APP_H

#include "engine/action.h"
#include "engine/job.h"
#include "present/view.h"
#include "tui/term.h"

/* What a kernel is modelled on; each is worked off by itself. */
enum target { TARGET_MAIN, TARGET_BASE, TARGET_OTHER, TARGET_N };

struct outcome {
    const struct result *result; /* of epoch `made`, or older */
    uint32_t made;               /* 0 = never */
    uint32_t tried;              /* epoch of the last job that ended, however */
    job_id job;                  /* on its way, 0 = none */
    bool is_cancelled;
    const char *error; /* of the last job, NULL = none; in the trace's arena */
};

struct slot {
    const struct trace_kernel *body;
    job_id load;
    bool load_failed;
    struct outcome on[TARGET_N];
};

struct change {
    enum gpu_param_id id;
    double from, to;
};

enum { MAX_CHANGES = 256, MAX_BACK = 32, MAX_LOG = 64, MAX_HISTORY = 32, MESSAGE_B = 1024 };

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_COMMAND,
    PROMPT_SEARCH,
    PROMPT_FILTER,
    PROMPT_VALUE,
    PROMPT_EXPORT
};

struct prompt {
    enum prompt_kind kind;
    char text[VIEW_TYPED_MAX];
    unsigned cursor;
    enum gpu_param_id param; /* PROMPT_VALUE */
    unsigned history_at;     /* steps back, 0 = what is typed */
};

struct history {
    char line[MAX_HISTORY][VIEW_TYPED_MAX];
    unsigned n;
};

enum menu_kind {
    MENU_NONE,
    MENU_PALETTE,
    MENU_GPU,
    MENU_COMPARE,
    MENU_MODEL,
    MENU_AGAINST,
    MENU_EXPLAIN,
    MENU_NOTE
};

/* What MENU_NOTE says. */
struct note {
    const char *title, *lines[6];
    uint32_t n;
};

/* The profile that is looked at, and the one to compare it with. */
enum which { MAIN_PROFILE, OTHER_PROFILE, N_PROFILES };

struct profile_slot {
    const struct launches *l;
    const char *name;                 /* of `l` */
    const char *coming, *coming_path; /* of the last one that was asked for */
    job_id job;
    const char *error; /* of the last job, NULL = none */
};

struct menu {
    enum menu_kind kind;
    char typed[VIEW_TYPED_MAX];
    uint32_t cursor;
    uint32_t chosen; /* what the cursor stood on when it was last drawn, UINT32_MAX = nothing */
};

struct app {
    const struct tui_options *o;
    struct term *term;
    struct engine *engine;
    unsigned n_threads;
    bool must_quit;

    struct arena arena; /* for the whole run */
    struct arena frame; /* for one drawing and the keys until the next */
    struct arena names; /* of the trace: messages of its kernels */

    struct trace *trace;
    const char *trace_name;
    job_id opening;
    struct slot *slots; /* in `names` */
    uint32_t n_kernels, kernel;
    size_t bodies_b;    /* memory of the bodies held */
    uint32_t in_flight; /* jobs of traces whose end was not seen yet */

    struct profile_slot profiles[N_PROFILES];
    struct arena profile_arena; /* what is made for the main one */
    struct fusion fusion;       /* chains of a length that was asked for */
    bool has_fusion;
    struct arena fusion_arena;
    uint32_t next_gap;  /* rank of the gap that is shown next */
    uint32_t n_reading; /* jobs of profiles whose end was not seen yet */
    struct note note;
    struct arena note_arena;

    const char *gpu_dir;
    char **gpu_names;
    size_t n_gpu_names;
    struct gpu gpu, gpu_loaded, other;
    bool has_gpu, is_gpu_chosen, has_other;
    struct change changes[MAX_CHANGES];
    unsigned n_changes, n_undone; /* changes[n_changes ..] can be made again */
    const struct model *model;
    uint32_t epoch[TARGET_N];

    struct view_state state;
    struct view_out out;
    enum view_id last[VIEW_SET_N]; /* the view of each set that was shown last */
    bool is_beside[VIEW_SET_N];    /* what comes next into this set is not shown at once */
    enum view_id back[MAX_BACK];
    unsigned n_back;
    struct prompt prompt;
    struct history history[2]; /* commands, searches */
    struct menu menu;
    char search[VIEW_TYPED_MAX];
    char message[MESSAGE_B];
    bool is_message_bad;
    bool has_asked;       /* whether to quit although jobs run */
    double interrupted_s; /* when ^C was pressed last */

    struct view_file *files;
    uint32_t n_files;
    const char *log[MAX_LOG];
    uint32_t n_log;
};

/* ---- messages (tui.c) ---- */

void app_say(struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
void app_complain(struct app *app, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "path:line:column: message: expected x, found y; hint" */
const char *app_err_text(struct arena *a, const struct err *e);
void app_complain_err(struct app *app, const struct err *e);

/* ---- jobs (app_work.c) ---- */

void app_open(struct app *app, const char *path);
/* A line of what has ended, which stays as it is. */
void app_log(struct app *app, const char *line);
/* Takes what has ended and submits what is needed next. */
void app_pump(struct app *app);
bool app_is_busy(const struct app *app);
void app_cancel_all(struct app *app);
/* Makes kernels whose jobs were cancelled or failed wait for a job again. */
void app_rerun(struct app *app);
/* Inputs of a target changed: its results are out of date. */
void app_renew(struct app *app, enum target t);
void app_close_trace(struct app *app);
enum view_work slot_work(const struct app *app, const struct slot *s, enum target t);
bool app_has_changes(const struct app *app);

/* ---- profiles (app_launches.c) ---- */

/* Whether a path is to be opened as a profile; whether it is worth a place in the picker. */
bool app_is_profile(const char *path);
bool app_is_listed_profile(const char *path);
void app_open_profile(struct app *app, const char *path, enum which which);
/* Several files as the ranks of one run, n > 0. */
void app_open_ranks(struct app *app, const char *const *paths, size_t n, enum which which);
void app_take_launches(struct app *app, struct job_done *j);
void app_close_profiles(struct app *app);
void app_fill_profiles(struct app *app, struct view_data *d);
/* Lists the chains of another length than the best; `index` into the lengths. */
void app_find_chains(struct app *app, uint32_t index);
/* The window of time: by a share of itself; by a factor, below 1 = closer; all of the run. */
void app_pan(struct app *app, double share);
void app_zoom(struct app *app, double factor);
void app_fit(struct app *app);
void app_select_work(struct app *app, uint32_t work);
/* Goes to the timeline, where the work is selected and the span in sight. */
void app_show_work(struct app *app, uint32_t work, int64_t from_ns, int64_t to_ns);
/* The next kernel of the stream that has `text` to do with it; false when there is none. */
bool app_next_work(struct app *app, int step, const char *text);
void app_longest_gap(struct app *app);
/* The kernel of the next stream that ran at the same time. */
void app_next_stream(struct app *app);
/* The rows of lanes, by half a page down or up. */
void app_scroll_lanes(struct app *app, int pages);
void app_next_levels(struct app *app);
void app_click_lanes(struct app *app, unsigned row, unsigned col);
void app_toggle_node(struct app *app, uint32_t node);
void app_toggle_all_nodes(struct app *app);
/* To the model of the kernel that the row stands for. */
void app_go_model(struct app *app);

/* ---- descriptions (app_gpu.c) ---- */

enum status app_find_gpus(struct app *app, struct err *e) MUST_USE;
enum status app_choose_gpu(struct app *app, const char *name, struct err *e) MUST_USE;
enum status app_choose_other(struct app *app, const char *name, struct err *e) MUST_USE;
enum status app_choose_model(struct app *app, const char *name, struct err *e) MUST_USE;
enum status app_set_param(struct app *app, enum gpu_param_id id, double value,
                          struct err *e) MUST_USE;
void app_undo(struct app *app);
void app_redo(struct app *app);
void app_reset(struct app *app);
void app_swap(struct app *app);

/* ---- traces to open (app_files.c) ---- */

void app_find_files(struct app *app);
void app_remember(struct app *app, const char *path);

/* ---- drawing (app_draw.c) ---- */

void app_fill(struct app *app, struct view_data *d);
void app_draw(struct app *app);
/* The screen of now in a file whose ending says how. */
enum status app_export(struct app *app, const char *path, struct err *e) MUST_USE;

/* ---- prompts and menus (app_prompt.c, app_menu.c) ---- */

void prompt_start(struct app *app, enum prompt_kind kind, const char *text);
void prompt_key(struct app *app, int key);
void prompt_fill(struct app *app, struct view_prompt *p);
void menu_start(struct app *app, enum menu_kind kind);
void menu_key(struct app *app, int key);
void menu_click(struct app *app, uint32_t item);
void menu_fill(struct app *app, struct view_popup_data *p);

/* ---- views and rows (app_move.c) ---- */

void app_go(struct app *app, enum view_id v);
/* To the first view of what was just opened, unless it was opened beside what is looked at. */
void app_arrive(struct app *app, enum view_id v);
/* To the overview of a kernel of the trace. */
void app_go_kernel(struct app *app, uint32_t kernel);
/* To the view of the other set that was shown last. */
void app_go_other_set(struct app *app);
/* To the view above; false at the first one. */
bool app_go_up(struct app *app);
/* To the view `step` tabs to the right. */
void app_go_by(struct app *app, unsigned step);
void app_move(struct app *app, int64_t rows);
/*
 * In the list of kernels the one under the cursor is the one that other views show: after a key the
 * kernel follows the cursor, after a change of order the cursor follows the kernel.
 */
void app_follow_cursor(struct app *app);
void app_hold_kernel(struct app *app);
/* Puts the cursor on the row that stands for `id`, if it is listed. */
void app_put_cursor(struct app *app, uint32_t id);
/* The next row whose text holds app->search, `step` 1 or -1. */
void app_search(struct app *app, int step);
/* To the instruction next in rank to `from` (UINT32_MAX: none yet), colder or hotter. */
void app_go_hot(struct app *app, uint32_t from, bool is_colder);

/* ---- actions (app_act.c) ---- */

/* `arg` is NULL or what was typed behind the command. */
void app_act(struct app *app, enum action a, const char *arg);
/* What the key does in the view that is shown. */
void app_act_key(struct app *app, int key);
void app_command(struct app *app, const char *line);
void app_click(struct app *app, unsigned row, unsigned col);

#endif
