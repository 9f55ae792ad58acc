/*
 * view.h: every screen as a pure function: data and state in, cells out.
 *
 * A view lists rows (ids), gives each row a text to search in, and draws. The frame around it
 * (title, tabs, detail, legend, keys) is the same for all. Views come in two sets, of a trace and
 * of a profile; the tabs show one of them. Views read `struct view_data`, which the caller fills
 * and owns; they write cells, and `struct view_out`: what the caller needs to act on a key or a
 * click. Nothing here knows of terminals, threads or keys, so screens are tested in process and
 * `show` prints what the explorer shows. Memory made while drawing lives in the frame's arena.
 */
#ifndef WARPSCOPE_PRESENT_VIEW_H
#define WARPSCOPE_PRESENT_VIEW_H

#include "gpu/gpu.h"
#include "present/cell.h"
#include "present/lanes_view.h"
#include "present/table.h"
#include "prof/launches.h"
#include "result/result.h"
#include "trace/trace.h"

/* Views of a trace, of a profile, and those that stand beside either. */
enum view_set { VIEW_SET_TRACE, VIEW_SET_PROFILE, VIEW_SET_N, VIEW_SET_BOTH = VIEW_SET_N };

/* "trace", "profile": what keys and help call a set. */
extern const char *const view_set_name[VIEW_SET_N];

/* id, command name, title, key, set, the question it answers */
#define VIEW_LIST(X)                                                                             \
    X(VIEW_KERNELS, "kernels", "Kernels", "1", VIEW_SET_TRACE, "where does the time go?")        \
    X(VIEW_OVERVIEW, "overview", "Overview", "2", VIEW_SET_TRACE,                                \
      "what limits this kernel, what would help?")                                               \
    X(VIEW_STALLS, "stalls", "Stalls", "3", VIEW_SET_TRACE, "which reason costs how much?")      \
    X(VIEW_SASS, "sass", "SASS", "4", VIEW_SET_TRACE, "which instruction?")                      \
    X(VIEW_COMPARE, "compare", "Compare", "9", VIEW_SET_TRACE, "what changes on another GPU?")   \
    X(VIEW_GPU, "gpu", "GPU", "g", VIEW_SET_TRACE, "what is modelled, and what did I change?")   \
    X(VIEW_VERDICT, "verdict", "Verdict", "1", VIEW_SET_PROFILE, "what does the run wait for?")  \
    X(VIEW_TIMELINE, "timeline", "Timeline", "2", VIEW_SET_PROFILE,                              \
      "what ran when, and for whom?")                                                            \
    X(VIEW_QUEUE, "queue", "Queue", "3", VIEW_SET_PROFILE, "how far is the CPU ahead?")          \
    X(VIEW_TALLY, "tally", "Kernels", "4", VIEW_SET_PROFILE, "which kernels, launched by what?") \
    X(VIEW_GAPS, "gaps", "Gaps", "5", VIEW_SET_PROFILE, "why had the GPU nothing to do?")        \
    X(VIEW_TREE, "tree", "Tree", "6", VIEW_SET_PROFILE, "which module costs what?")              \
    X(VIEW_FUSION, "fusion", "Fusion", "7", VIEW_SET_PROFILE, "which launches could be one?")    \
    X(VIEW_VERSUS, "versus", "Compare", "9", VIEW_SET_PROFILE, "what differs between two runs?") \
    X(VIEW_JOBS, "jobs", "Jobs", "J", VIEW_SET_BOTH, "what runs now?")                           \
    X(VIEW_HELP, "help", "Help", "?", VIEW_SET_BOTH, "what can I press?")                        \
    X(VIEW_PICKER, "open", "Open", "o", VIEW_SET_BOTH, "which trace, which profile?")

enum view_id {
#define X(id, name, title, key, set, question) id,
    VIEW_LIST(X)
#undef X
        VIEW_N
};

struct view_info {
    const char *name, *title, *key;
    enum view_set set;
    const char *question;
};
extern const struct view_info view_info[VIEW_N];
/* VIEW_N when there is no view of this name. */
enum view_id view_find(str name);

/* ---- input ---- */

enum view_work {
    VIEW_WORK_NONE,
    VIEW_WORK_QUEUED,
    VIEW_WORK_RUNNING,
    VIEW_WORK_DONE,
    VIEW_WORK_FAILED,
    VIEW_WORK_CANCELLED
};

struct view_kernel {
    const struct trace_header *h;
    const struct trace_kernel *body; /* NULL until loaded */
    const struct result *result;     /* NULL until modelled; may be of an older description */
    const struct result *before;     /* on the unchanged description; NULL unless values changed */
    const struct result *other;      /* on the GPU to compare with; NULL = none */
    enum view_work work;
    bool is_stale;     /* `result` is of an older description or model */
    const char *error; /* of VIEW_WORK_FAILED */
    const char *other_error;
};

struct view_job {
    const char *what, *unit;
    bool is_running;
    uint64_t done, total; /* total 0 = not known */
    double elapsed_s, eta_s;
};

/* One line of the table of actions. */
struct view_key {
    const char *keys;  /* "j Down" */
    const char *name;  /* "move-down" */
    const char *views; /* names of views and sets, "" = everywhere */
    const char *hint;  /* one word for the key bar, "" = not there */
    const char *help;
};

struct view_file {
    const char *path, *name, *kind; /* "shipped", "recent", "here" */
    const char *shown;              /* path for people */
    int64_t size_b;
    bool is_profile;
};

enum view_popup { VIEW_POPUP_NONE, VIEW_POPUP_MENU, VIEW_POPUP_TEXT };

struct view_menu_item {
    const char *text, *right;
};

/* A list to choose from, or a text to read, above the view. */
struct view_popup_data {
    enum view_popup kind;
    const char *title;
    const char *typed; /* MENU: what was typed to narrow the list */
    const struct view_menu_item *items;
    uint32_t n_items, cursor; /* TEXT: cursor = the first line to show, as far as there is more */
    const char *footer;       /* TEXT: in the lower edge, NULL = nothing */
    const char *const *lines; /* TEXT: paragraphs */
    uint32_t n_lines;
};

/* The line that is being typed, drawn over the key bar. */
struct view_prompt {
    const char *label, *text;
    unsigned cursor_b; /* byte offset */
    const char *const *completions;
    uint32_t n_completions;
    const char *preview;
};

/* A profile that is open or being opened. */
struct view_profile {
    const char *name;         /* NULL = none */
    const struct launches *l; /* NULL until analysed */
    bool is_coming;
    const char *error; /* why it could not be opened, NULL = it could */
};

struct view_data {
    const char *trace_name; /* NULL = none open */
    const struct view_kernel *kernels;
    uint32_t n_kernels, kernel; /* the current one */
    const struct gpu *gpu, *gpu_loaded;
    const struct gpu *other_gpu; /* NULL = nothing to compare with */
    const char *model_name;
    struct view_profile profile, other_profile;
    const struct fusion *fusion; /* with the chains of the chosen length; NULL = the profile's */
    const struct view_job *jobs;
    uint32_t n_jobs;
    uint32_t foreground;    /* the job that the user waits for, UINT32_MAX = none */
    uint32_t n_left;        /* kernels without an up-to-date result that will get one */
    const char *const *log; /* what ended lately, newest first */
    uint32_t n_log;
    const struct view_key *keys;
    uint32_t n_keys;
    const struct view_file *files;
    uint32_t n_files;
    const char *message; /* NULL or shown instead of the detail line */
    bool is_message_bad;
    const struct view_prompt *prompt; /* NULL = none */
    const struct view_popup_data *popup;
};

enum view_sort { VIEW_SORT_LAUNCH, VIEW_SORT_TIME, VIEW_SORT_NAME, VIEW_SORT_N };
enum view_units { VIEW_UNITS_PERCENT, VIEW_UNITS_CYCLES, VIEW_UNITS_EACH, VIEW_UNITS_N };

enum view_rank { VIEW_RANK_TIME, VIEW_RANK_COUNT, VIEW_RANK_WAIT, VIEW_RANK_N };

enum { VIEW_TYPED_MAX = 128 };

struct view_state {
    enum view_id view;
    enum view_set set;    /* whose tabs are shown: that of `view`, or the last one */
    enum view_id help_of; /* the view that help was called from */
    struct scroll at[VIEW_N];
    enum view_sort sort;
    bool is_reversed;
    bool is_ungrouped;   /* kernels: every launch on its own row */
    uint32_t open_group; /* kernels: first launch of the group shown open, UINT32_MAX = none */
    bool stalls_all;     /* also the reasons without a cycle */
    bool gpu_only_changed;
    enum view_units units;
    enum tally_by tally_by;
    enum view_rank rank;     /* tally */
    struct lanes_view lanes; /* timeline and queue: the window and the selected work */
    bool *is_open;           /* tree: by node, those that show what is below; NULL = none does */
    char filter[VIEW_N][VIEW_TYPED_MAX];
};

/* ---- output ---- */

enum view_hit_kind { VIEW_HIT_ROW, VIEW_HIT_TAB, VIEW_HIT_KEY, VIEW_HIT_ITEM };

struct view_hit {
    enum view_hit_kind kind;
    uint16_t row, col, width;
    uint32_t arg; /* row number, view, index of keys[], menu item */
};

enum { VIEW_MAX_HITS = 512 };

struct view_out {
    uint32_t n_rows, page; /* rows of the view and how many fit */
    uint32_t id;           /* row under the cursor, UINT32_MAX = none */
    const uint32_t *ids;
    enum view_id follow; /* where Enter leads; VIEW_N = nowhere */
    uint32_t follow_id;  /* row there, UINT32_MAX = any */
    uint32_t work;       /* work of the profile that the row stands for, PROFILE_NONE = none */
    int64_t show_from_ns, show_to_ns; /* with `work`: what the timeline should show of it */
    unsigned body_row;                /* first row of the view's own part */
    unsigned n_lane_rows;             /* timeline: rows that all lanes need */
    unsigned most_levels; /* timeline: levels of operators that there are and that fit, 0 = one */
    const char *detail;   /* one line about the row under the cursor */
    const char *explain_title;
    const char *explain_name; /* for `warpscope explain NAME`, which says more */
    const char *explain[16];  /* paragraphs for the explain popup */
    uint32_t n_explain;
    uint32_t popup_top; /* TEXT: the first line that was shown */
    bool has_caret;
    unsigned caret_row, caret_col; /* where the terminal's cursor belongs */
    struct view_hit hits[VIEW_MAX_HITS];
    uint32_t n_hits;
};

/* Kernels: an id with this bit is a group, named by its first launch. */
#define VIEW_GROUP_BIT 0x80000000u
/* Whether two launches are rows of one group. */
bool view_in_group(const struct trace_header *a, const struct trace_header *b);

void view_state_init(struct view_state *s);
/* Forgets what the state holds of a profile. `ix` are the lanes of the new one; `is_open` is for
 * the nodes of its tree, whose dearest ones are opened. */
void view_state_begin_profile(struct view_state *s, const struct launches *l,
                              const struct lanes_index *ix, bool *is_open);

/* Draws the whole screen. Scroll positions of `s` are brought into range. */
void view_draw(struct grid *g, struct arena *frame, const struct view_data *d, struct view_state *s,
               struct view_out *out);

/* Only the view's own rows, for printing: `g` should be high enough for all of them. */
void view_draw_body(struct grid *g, struct arena *frame, const struct view_data *d,
                    struct view_state *s, struct view_out *out);

/* Rows that the view lists now, and the text of one, to search in. */
uint32_t view_list(struct arena *frame, const struct view_data *d, const struct view_state *s,
                   const uint32_t **ids);
const char *view_row_text(struct arena *frame, const struct view_data *d,
                          const struct view_state *s, uint32_t id);

/* Smallest size with a usable screen; below it one line says so. */
enum { VIEW_MIN_ROWS = 10, VIEW_MIN_COLS = 40 };

#endif
