/* view_priv.h: what the files view_*.c share. */
#ifndef WARPSCOPE_PRESENT_VIEW_PRIV_H
#define WARPSCOPE_PRESENT_VIEW_PRIV_H

#include <math.h>

#include "base/units.h"
#include "present/explain.h"
#include "present/launch_fact.h"
#include "present/sentence.h"
#include "present/view.h"

/* One drawing of one view: the part of the grid that is the view's own, and its rows. */
struct view_frame {
    struct grid *g;
    struct arena *a;
    unsigned row, rows, cols; /* rows `row` .. `row + rows - 1` */
    const struct view_data *d;
    struct view_state *s;
    struct view_out *out;
    const uint32_t *ids;
    uint32_t n;
    uint32_t cursor;
    bool has_cursor; /* false: printed, not browsed */
};

struct view_ops {
    /* Rows before filtering, allocated in `a`. */
    uint32_t (*list)(struct arena *a, const struct view_data *d, const struct view_state *s,
                     uint32_t **ids);
    /* Text to filter and search in. */
    const char *(*text)(struct arena *a, const struct view_data *d, uint32_t id);
    /* Draws, sets detail and explain of the row under the cursor. */
    void (*draw)(struct view_frame *f);

    bool has_stall_legend;
};

extern const struct view_ops view_kernels, view_overview, view_stalls, view_sass, view_compare,
    view_gpu, view_verdict, view_timeline, view_queue, view_tally, view_gaps, view_tree,
    view_fusion, view_versus, view_jobs, view_help, view_picker;

/* Rows of the list that fit below `head` rows; fits the scroll and returns the first row. */
uint32_t frame_window(struct view_frame *f, unsigned head);
/* Marks the row under the cursor and makes the line clickable. */
void frame_row(struct view_frame *f, unsigned row, uint32_t index);
/* Draws cells as being under the cursor. */
void frame_cursor(struct view_frame *f, unsigned row, unsigned col, unsigned width);
void frame_hit(struct view_out *out, enum view_hit_kind kind, unsigned row, unsigned col,
               unsigned width, uint32_t arg);
/* In place of rows: what to do when there are none; broken to the width. */
void frame_empty(struct view_frame *f, const char *text);
/* Text broken at blanks into lines of the view; returns the lines used, at most `max`. */
unsigned frame_wrap(struct view_frame *f, unsigned row, unsigned col, unsigned width, unsigned max,
                    enum style s, const char *text);
/* The lines that text takes over the whole width, counted up to `max`. */
unsigned frame_rows_of(const struct view_frame *f, const char *text, unsigned max);
/* "1.2M/4.1M inst" and "3.1M/s", or "338 MiB/1006 MiB" and "704 MB/s". */
const char *job_amount(struct arena *a, const struct view_job *j);
const char *job_speed(struct arena *a, const struct view_job *j);
/* What helps against a reason, in one line: its advice up to the first ';'. */
const char *advice_line(struct arena *a, enum stall s);
/* Paragraphs of the explain popup, for the current kernel; `value` NULL = the result's own. */
void explain_metric(struct view_frame *f, enum metric m, const char *value);
void explain_stall(struct view_frame *f, enum stall s);
void explain_constant(struct view_frame *f, enum gpu_param_id id);
/* An instruction of the current result and what it waits for; `reason` takes most of its cycles. */
void explain_inst(struct view_frame *f, uint32_t code, enum stall reason);
/* Adds another metric in short. */
void explain_also(struct view_frame *f, enum metric m);
/* Adds what the same is on the GPU to compare with. */
void explain_other(struct view_frame *f, struct quantity q);
void explain_add(struct view_frame *f, const char *text);

/* "Verdict: sentence and evidence" broken to the width, at most `max` lines; returns them. */
unsigned frame_verdict(struct view_frame *f, unsigned row, unsigned max, const struct result *r,
                       const struct trace_kernel *k);

/* The kernel that is looked at and its result; NULL when there is none. */
const struct view_kernel *data_kernel(const struct view_data *d);
const struct result *data_result(const struct view_data *d);
/* Why there is no result yet, for frame_empty. */
const char *no_result_text(struct arena *a, const struct view_data *d);

const char *fmt_unit(struct arena *a, enum unit_kind k, double v);
const char *fmt_percent(struct arena *a, double share); /* "12.3 %" with one decimal, "?" for NAN */
/* "-12.3 %" from a to b; "=" when they agree to 0.05 %. */
const char *fmt_change(struct arena *a, double from, double to);
double ratio(double part, double whole); /* NAN when whole is 0 or not known */

static inline enum style group_style(enum stall_group g)
{
    return (enum style)((unsigned)STYLE_ISSUE + (unsigned)g);
}
static inline enum style stall_style(enum stall s)
{
    return group_style(stall_info[s].group);
}
char group_letter(enum stall_group g);
/* The letter of a reason; not_selected has its group's own. */
char stall_letter(enum stall s);

/* Sums of the groups, issue first, as parts of `whole` cycles. */
size_t stack_parts(const struct result *r, double whole, struct bar_part out[STALL_GROUP_N]);

/* An instruction as text, in `a`; the reason that takes most of its cycles. */
const char *inst_text(struct arena *a, const struct sass_inst *in);
enum stall inst_reason(const struct result_inst *in);

uint32_t *list_upto(struct arena *a, uint32_t n); /* 0 .. n-1 */

/* A line of a table while it is drawn. */
struct table_row {
    struct view_frame *f;
    const struct table_column *columns;
    const struct table_place *at; /* by column */
    unsigned row;                 /* of the grid */
};

void row_field(const struct table_row *r, unsigned col, enum style s, const char *text);

/* ---- views of a profile (view_profile.c) ---- */

/* The value; "-" where it is not known. */
const char *number_shown(struct arena *a, enum launch_fact number, double v);
/* The title; parts of another number stand to the right. */
const char *number_title(struct arena *a, enum launch_fact number);

/* Draws that there is no analysis yet, and why; false when there is one. */
bool frame_no_profile(struct view_frame *f);
const char *fmt_ns(struct arena *a, int64_t ns);
const char *fmt_count(struct arena *a, uint64_t n); /* "1,029" */
/* "1 kernel", "1,029 kernels" */
const char *fmt_plural(struct arena *a, uint64_t n, const char *what);
/* What a table calls a kernel; of other names, such as those of copies, the same. */
const char *short_name(struct arena *a, const char *name);
const char *work_name(const struct profile *p, uint32_t work);
const char *op_name(const struct profile *p, uint32_t op);     /* "" for PROFILE_NONE */
const char *call_name(const struct profile *p, uint32_t call); /* likewise */
/* Since the first event of the analysis. */
int64_t since_start_ns(const struct launches *l, int64_t at_ns);
/* How long launches wait, from `row` down to the end of the view, when there is room for it. */
void frame_waits(struct view_frame *f, unsigned row, const struct launches *l);
/* Enter shows the work in the timeline, in a window around the span. */
void follow_work(struct view_frame *f, uint32_t work, int64_t from_ns, int64_t to_ns);
/* "akd_ns = kernel_sum_ns / kernels", or what the number means where it has no equation. */
const char *number_equation(struct arena *a, enum launch_fact number);
/* Paragraphs of the explain popup; `value` NULL = none. */
void explain_number(struct view_frame *f, enum launch_fact number, const char *value);
void explain_number_also(struct view_frame *f, enum launch_fact number);
void explain_title(struct view_frame *f, const char *title);

#endif
