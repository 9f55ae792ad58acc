/*
 * profile_fixture.h: traces of the PyTorch profiler made by hand, and what the analysis says of
 * them.
 *
 *     struct trace t;
 *     trace_begin(&t);
 *     trace_op(&t, 1, "aten::add", "0", "20", 0);
 *     trace_call(&t, 1, "cudaLaunchKernel", "5", "5", 7);
 *     trace_kernel(&t, 0, 7, "add", "12.5", "4", 7);
 *     struct analysis x = analyse(&t);
 *     CHECK_EQ_INT(x.l->sums.tklqt_ns, 7500);
 *     analysis_done(&x);
 *
 * Times are microseconds as text, as a trace writes them.
 */
#ifndef WARPSCOPE_TESTS_PROFILE_FIXTURE_H
#define WARPSCOPE_TESTS_PROFILE_FIXTURE_H

#include "base/text.h"
#include "prof/launches.h"
#include "t.h"

struct trace {
    struct text text;
    unsigned n;
    unsigned process;  /* of the threads that follow */
    unsigned external; /* "External id" of calls and works that follow, 0 = none */
};

static inline void trace_begin(struct trace *t)
{
    *t = (struct trace){.process = 1};
    text_init(&t->text);
    text_puts(&t->text, "{\"schemaVersion\": 1, \"traceEvents\": [");
}

/* One event as it stands. */
static inline void trace_event(struct trace *t, const char *event)
{
    text_puts(&t->text, t->n++ > 0 ? ",\n" : "\n");
    text_puts(&t->text, event);
}

static inline void trace_span(struct trace *t, const char *category, const char *name, unsigned pid,
                              unsigned tid, const char *ts, const char *dur)
{
    trace_event(t, "{\"ph\": \"X\", \"cat\": \"");
    text_printf(&t->text, "%s\", \"name\": \"%s\", \"pid\": %u, \"tid\": %u, ", category, name, pid,
                tid);
    text_printf(&t->text, "\"ts\": %s, \"dur\": %s", ts, dur);
}

static inline void trace_numbers(struct trace *t, unsigned correlation, unsigned external)
{
    text_puts(&t->text, ", \"args\": {");
    if (external != 0)
        text_printf(&t->text, "\"External id\": %u%s", external, correlation != 0 ? ", " : "");
    if (correlation != 0)
        text_printf(&t->text, "\"correlation\": %u", correlation);
    text_puts(&t->text, "}}");
}

static inline void trace_op(struct trace *t, unsigned thread, const char *name, const char *ts,
                            const char *dur, unsigned external)
{
    trace_span(t, "cpu_op", name, t->process, thread, ts, dur);
    trace_numbers(t, 0, external);
}

static inline void trace_call(struct trace *t, unsigned thread, const char *name, const char *ts,
                              const char *dur, unsigned correlation)
{
    trace_span(t, "cuda_runtime", name, t->process, thread, ts, dur);
    trace_numbers(t, correlation, t->external);
}

static inline void trace_driver(struct trace *t, unsigned thread, const char *name, const char *ts,
                                const char *dur, unsigned correlation)
{
    trace_span(t, "cuda_driver", name, t->process, thread, ts, dur);
    trace_numbers(t, correlation, 0);
}

static inline void trace_work(struct trace *t, const char *category, unsigned device,
                              unsigned stream, const char *name, const char *ts, const char *dur,
                              unsigned correlation)
{
    trace_span(t, category, name, device, stream, ts, dur);
    trace_numbers(t, correlation, t->external);
}

static inline void trace_kernel(struct trace *t, unsigned device, unsigned stream, const char *name,
                                const char *ts, const char *dur, unsigned correlation)
{
    trace_work(t, "kernel", device, stream, name, ts, dur, correlation);
}

static inline void trace_module(struct trace *t, unsigned thread, const char *name, const char *ts,
                                const char *dur)
{
    char full[256];
    snprintf(full, sizeof full, "nn.Module: %s", name);
    trace_span(t, "python_function", full, t->process, thread, ts, dur);
    text_puts(&t->text, "}");
}

static inline void trace_step(struct trace *t, unsigned thread, unsigned number, const char *ts,
                              const char *dur)
{
    char name[40];
    snprintf(name, sizeof name, "ProfilerStep#%u", number);
    trace_span(t, "user_annotation", name, t->process, thread, ts, dur);
    text_puts(&t->text, "}");
}

/* The trace as it stands so far; valid until the next call that adds. */
static inline str trace_json(struct trace *t)
{
    static const char end[] = "\n]}\n";
    if (!str_ends(text_str(&t->text), str_from(end)))
        text_puts(&t->text, end);
    return text_str(&t->text);
}

static inline struct profile *profile_of(str bytes)
{
    struct profile *p = NULL;
    struct err e = {0};
    if (profile_open_memory(&p, bytes, "trace.json", NULL, &e) != STATUS_OK)
        T_FAIL("%s (%s)", e.message, e.found);
    return p;
}

struct analysis {
    struct profile *p;
    const struct launches *l;
};

/* Ends the trace. A failure ends the program: nothing that follows could be checked. */
static inline struct analysis analyse_with(struct trace *t, const struct launches_options *o)
{
    struct analysis x = {profile_of(trace_json(t)), NULL};
    struct err e = {0};
    text_done(&t->text);
    if (x.p == NULL || launches_make(&x.l, x.p, o, NULL, &e) != STATUS_OK) {
        T_FAIL("%s (%s)", e.message, e.found);
        printf("not ok - a trace of the test cannot be analysed\n");
        exit(1);
    }
    return x;
}

static inline struct analysis analyse(struct trace *t)
{
    return analyse_with(t, NULL);
}

static inline void analysis_done(struct analysis *x)
{
    launches_release(x->l);
    profile_release(x->p);
}

/* The first span of a name; the test fails without one. */
static inline uint32_t span_named(const struct profile *p, const struct profile_span *spans,
                                  uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(p->names[spans[i].name], name) == 0)
            return i;
    }
    T_FAIL("there is no span '%s'", name);
    return 0;
}

static inline uint32_t work_named(const struct profile *p, const char *name)
{
    return span_named(p, p->works, p->n_works, name);
}

static inline uint32_t op_named(const struct profile *p, const char *name)
{
    return span_named(p, p->ops, p->n_ops, name);
}

#endif
