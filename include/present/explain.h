/*
 * explain.h: what a number means and how it came about, for the `explain` command, its JSON and the
 * explain popup of the explorer.
 *
 * The texts are those of the tables (metric.def, stall.def, variant.def, gpu_param.def and the GPU
 * descriptions); with a result the equations are shown with its numbers as well.
 */
#ifndef WARPSCOPE_PRESENT_EXPLAIN_H
#define WARPSCOPE_PRESENT_EXPLAIN_H

#include "model/model.h"
#include "present/report.h"
#include "result/equation.h"

/* Whose numbers; each may be NULL. A result needs its kernel for the names of instructions, and its
 * description for the constants. */
struct explain_of {
    const struct result *r;
    const struct trace_kernel *k;
    const struct gpu *g;
};

struct explain_equation {
    const struct equation *equation;
    const char *text;    /* in names, of several lines */
    const char *numbers; /* "= 1,536 / 100,352 = 1.5 %", NULL when not known */
};

/* A quantity in an equation, with its own value. */
struct explain_part {
    struct quantity quantity;
    const char *value;   /* "?" when not known */
    const char *numbers; /* its own equation in numbers, NULL when not known */
    str words;           /* and in names: "l1_hits / l1_accesses" */
    const char *source;  /* of a constant: where it was found, with the note; else "" */
    bool is_inferred;
};

/* How the model goes about a stage that decides the number. */
struct explain_stage {
    enum stage stage;
    enum variant variant;
};

struct explain_inst {
    uint32_t code;     /* index into kernel->code */
    uint32_t producer; /* of the register that it waits for, UINT32_MAX = not known */
    double cycles;
};

enum { EXPLAIN_N_TOP = 3, EXPLAIN_MOST_PARTS = 40 };

/* Lists are NULL or of n_ items; texts "" where there is nothing to say. */
struct explanation {
    struct explain_of of;
    struct quantity quantity;
    const char *name, *title, *unit, *group;
    double number;
    const char *value; /* "5,039 cy of 11,073 cy: 45.5 %", NULL when not known */
    const char *about, *advice;
    const char *ncu, *ncu_title; /* metric of Nsight Compute and its title */
    const char *users, *source;  /* of a constant: what it enters; where it was found */
    const struct explain_equation *equations;
    size_t n_equations;
    bool is_certain; /* the first equation is how the value came about, not one of several */
    const struct explain_part *parts; /* of the equations, and the constants that they consist of */
    size_t n_parts;
    const struct explain_stage *stages;
    size_t n_stages;
    struct explain_inst top[EXPLAIN_N_TOP]; /* a stall's costliest instructions */
    size_t n_top;
};

/* `q` is no QUANTITY_NONE; texts live in `a` or in the tables. */
struct explanation explain(struct arena *a, struct quantity q, const struct explain_of *of);

/*
 * What an instruction in state `s` waits for: of the last writers of the registers that it reads,
 * looked for before its first execution by the warp that was modelled, the one of longest latency
 * among those that such a wait can be for. UINT32_MAX when there is none, as for a barrier.
 */
uint32_t explain_producer(const struct explain_of *of, uint32_t code, enum stall s);

/* "4,623 cy", "75.0 %" */
const char *explain_value(struct arena *a, struct quantity q, double v);

void explain_text(struct text *out, const struct explanation *x, const struct report_style *style);
void explain_json(json *to, const struct explanation *x);

/* Everything that can be explained, by group. */
void explain_list_text(struct text *out, const struct report_style *style);
void explain_list_json(json *list);

#endif
