/*
 * launch_sim.h: a host and a GPU made up for tests, which write the Kineto trace of a run.
 *
 * It computes a run forwards from its parameters and shares no code with the product: what the
 * product says about the trace can be held against what the parameters say.
 */
#ifndef WARPSCOPE_TESTS_LAUNCH_SIM_H
#define WARPSCOPE_TESTS_LAUNCH_SIM_H

#include "base/text.h"
#include "prof/launches.h"

struct sim {
    uint32_t n;             /* kernels */
    double gap_ns, call_ns; /* end of a call to begin of the next; a call that does not block */
    double launch_ns;       /* begin of a call to start of its kernel on a free stream */
    double turn_ns;         /* end of a kernel to start of the next */
    double kernel_ns;       /* mean duration */
    double jitter;          /* gaps and durations vary by this share, the same in every run */
    uint32_t queue_limit;   /* 0 = none: a call that is the limit-th waiting one blocks */
    uint32_t sync_every;    /* kernels between synchronisations; 0 = none */
    double sync_ns;         /* return of a synchronisation once the stream is empty */
    uint32_t n_streams;     /* kernels take turns; 0 = 1 */
    double cpu, gpu;        /* factors on gaps and calls, on kernels; 0 = 1 */
};

enum { SIM_MOST_STREAMS = 4 };

struct sim_state {
    const struct sim *s;
    struct text *out;
    double now, end[SIM_MOST_STREAMS];
    double *start;
    uint32_t correlation;
};

/* From 1 - jitter to 1 + jitter, by number. */
static inline double sim_vary(const struct sim *s, uint32_t i, uint32_t salt)
{
    uint64_t r = hash_u64(((uint64_t)salt << 32) + i + 1) >> 11;
    return 1 + s->jitter * ((double)r * 0x1p-52 - 1);
}

static inline void sim_put(const struct sim_state *m, const char *cat, const char *name, int tid,
                           double start, double end)
{
    long long from = llround(start), dur = llround(end) - from;
    text_printf(m->out,
                ",\n{\"ph\":\"X\",\"cat\":\"%s\",\"name\":\"%s\",\"pid\":%d,\"tid\":%d,"
                "\"ts\":%lld.%03lld,\"dur\":%lld.%03lld,\"args\":{\"correlation\":%u",
                cat, name, tid < 100 ? 0 : 100, tid, from / 1000, from % 1000, dur / 1000,
                dur % 1000, m->correlation);
    if (tid < 100)
        text_printf(m->out, ",\"device\":0,\"stream\":%d", tid);
    text_puts(m->out, "}}");
}

static inline void sim_sync(struct sim_state *m, uint32_t n_streams, double cpu)
{
    double begin = m->now, empty = begin;
    for (uint32_t i = 0; i < n_streams; i++)
        empty = MAX(empty, m->end[i]);
    m->now = empty + m->s->sync_ns * cpu;
    m->correlation++;
    sim_put(m, "cuda_runtime", "cudaDeviceSynchronize", 100, begin, m->now);
}

static inline void sim_launch(struct sim_state *m, uint32_t i, uint32_t n_streams, double cpu)
{
    const struct sim *s = m->s;
    uint32_t stream = i % n_streams, held = n_streams * (s->queue_limit - 1);
    double gpu = s->gpu != 0 ? s->gpu : 1, begin = m->now, free_at = begin;
    if (s->queue_limit > 0 && i >= held)
        free_at = MAX(begin, m->start[i - held]);
    m->now = free_at + s->call_ns * cpu;
    double start = begin + s->launch_ns;
    if (i >= n_streams)
        start = MAX(start, m->end[stream] + s->turn_ns);
    m->start[i] = start;
    m->end[stream] = start + s->kernel_ns * sim_vary(s, i, 2) * gpu;
    m->correlation++;
    sim_put(m, "cuda_runtime", "cudaLaunchKernel", 100, begin, m->now);
    sim_put(m, "kernel", i % 3 == 0 ? "gemm" : "add", 7 + (int)stream, start, m->end[stream]);
}

static inline void sim_write(const struct sim *s, struct text *out)
{
    struct sim_state m = {.s = s, .out = out, .now = 1e6};
    uint32_t n_streams = MAX(s->n_streams, 1);
    double cpu = s->cpu != 0 ? s->cpu : 1;
    m.start = calloc(s->n, sizeof *m.start);
    text_puts(out, "{\"schemaVersion\":1,\"traceEvents\":[\n"
                   "{\"ph\":\"X\",\"cat\":\"cpu_op\",\"name\":\"aten::linear\",\"pid\":100,"
                   "\"tid\":100,\"ts\":1000.000,\"dur\":0.100,\"args\":{}}");
    for (uint32_t i = 0; i < s->n; i++) {
        m.now += s->gap_ns * sim_vary(s, i, 1) * cpu;
        sim_launch(&m, i, n_streams, cpu);
        if (s->sync_every > 0 && (i + 1) % s->sync_every == 0) {
            m.now += s->gap_ns * cpu;
            sim_sync(&m, n_streams, cpu);
        }
    }
    text_puts(out, "\n]}\n");
    free(m.start);
}

/* The run as a profile; to be released. */
static inline struct profile *sim_profile(const struct sim *s)
{
    struct text json;
    struct profile *p = NULL;
    struct err e = {0};
    text_init(&json);
    sim_write(s, &json);
    if (profile_open_memory(&p, text_str(&json), "made up", NULL, &e) != STATUS_OK)
        T_FAIL("the made-up trace: %s", e.message);
    text_done(&json);
    return p;
}

static inline const struct launches *sim_launches(const struct sim *s)
{
    const struct launches *l = NULL;
    struct err e = {0};
    struct profile *p = sim_profile(s);
    if (launches_make(&l, p, NULL, NULL, &e) != STATUS_OK)
        T_FAIL("the made-up run: %s", e.message);
    profile_release(p);
    return l;
}

#endif
