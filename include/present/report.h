/*
 * report.h: results as text for people, JSON and CSV for programs.
 *
 * JSON and CSV print numbers as numbers, in base units that the key or the header names; what is
 * not known is null or an empty field. The order of members is fixed. Text goes through the cell
 * grid, so that it looks like the views of the explorer.
 */
#ifndef WARPSCOPE_PRESENT_REPORT_H
#define WARPSCOPE_PRESENT_REPORT_H

#include "base/json.h"
#include "base/text.h"
#include "present/cell.h"
#include "result/result.h"
#include "trace/trace.h"

/* How text looks; also fit for other tables. */
struct report_style {
    bool has_colour;
    enum symbols symbols; /* SYMBOLS_ASCII where the locale is not UTF-8 */
    unsigned n_top;       /* instructions listed */
};

/* One kernel on one GPU: about 30 lines of 80 columns. */
void report_text(struct text *out, const struct trace_kernel *k, const struct result *r,
                 const struct report_style *style);
/* One kernel on `n` GPUs in columns; r[0] is the baseline, NULL where modelling failed. */
void report_compare_text(struct text *out, const struct trace_kernel *k,
                         const struct result *const *r, size_t n, const struct report_style *style);

/* What a model says of a kernel, or why it says nothing. */
struct report_answer {
    const char *model;
    const struct result *r; /* NULL: refused */
    const char *refusal;
};
/* One kernel by several models on one GPU: a row each, then the stall reasons in columns. */
void report_models_text(struct text *out, const struct trace_kernel *k,
                        const struct report_answer *answers, size_t n,
                        const struct report_style *style);

/* What the warps of an SM did from cycle `from_cy` to `to_cy`; `r` has a timeline. */
struct report_window {
    uint64_t from_cy, to_cy;
    unsigned cols;    /* text */
    uint32_t n_lanes; /* text: warps drawn at most */
};
void report_timeline_text(struct text *out, const struct trace_kernel *k, const struct result *r,
                          const struct report_window *w, const struct report_style *style);

/* {"schema": 1, "tool": "warpscope", "version": ..., NAME: []}, the head of every document. */
struct report_json {
    json *doc, *list;
};
struct report_json report_json_make(const char *version, const char *list);
/* A kernel for the list "kernels". */
/* `baseline` NULL: without "speedup". */
void report_json_add(const struct report_json *to, const struct trace_kernel *k,
                     const struct result *r, const struct result *baseline, bool has_instructions);

/* A kernel that a model refused: its name and "error". */
void report_json_add_refusal(const struct report_json *to, const struct trace_kernel *k,
                             const char *gpu, const char *model, const char *message);

/* Spans that the next two write. */
uint64_t report_timeline_n_spans(const struct result *r, const struct report_window *w);
/* The warps of the window with their spans, which are whole, and all repeats. */
void report_timeline_json(json *to, const struct trace_kernel *k, const struct result *r,
                          const struct report_window *w);
/* A row for each span, with its head. */
void report_timeline_csv(struct text *out, const struct trace_kernel *k, const struct result *r,
                         const struct report_window *w);

void report_csv_head(struct text *out, bool has_speedup);
/* `baseline` may be NULL: the speed-up is not known then. */
void report_csv_row(struct text *out, const struct result *r, bool has_speedup,
                    const struct result *baseline);

#endif
