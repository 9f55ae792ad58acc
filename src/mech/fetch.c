/*
 * fetch.c: set-associative caches of lines, least recently used first out, and one stream buffer a
 * sub-core. Equations, sources and assumptions are in the header.
 *
 * A line is placed when it is asked for and remembers when it comes, so that a second request for
 * it waits for the same moment. Each sub-core remembers its last lines by number, which makes runs
 * along a line and warps that alternate between lines cheap.
 */
#include "mech/fetch.h"

#include <math.h>

#include "mech/memory.h"

enum { MAX_STREAM = 64, RECENT = 16 };

struct line {
    uint64_t number; /* 0 = empty */
    uint64_t used;   /* the larger, the later */
    double ready_cy;
};

struct lines {
    struct line *at;
    unsigned n_sets, ways;
    uint64_t clock;
};

struct sub_core {
    struct lines l0;
    struct line *recent[RECENT]; /* by number; may have been given to another line since */
    uint64_t stream_first;       /* lines stream_first ... of the stream buffer */
    unsigned n_stream;
    double stream_ready[MAX_STREAM]; /* ring by line number */
    double next_prefetch_cy;
};

struct fetch {
    struct lines l1;
    struct sub_core *sub_cores;
    unsigned n_sub_cores;
    unsigned line_b, stream_lines;
    double way_cy, l2_cy; /* L0 to L1, one way; L1 to L2 and back */
    double port_free_cy;  /* next prefetch that L1 takes */
    struct fetch_stats stats;
};

static struct lines make_lines(struct arena *a, double size_b, double line_b, double ways)
{
    double n = MAX(floor(size_b / line_b), 1);
    struct lines l = {.ways = (unsigned)MIN(ways, n)};
    l.n_sets = (unsigned)(n / l.ways);
    l.at = ARENA_ARRAY(a, struct line, (size_t)l.n_sets * l.ways);
    return l;
}

bool fetch_is_known(const struct gpu *g)
{
    const struct gpu_values *v = &g->v;
    const double needed[] = {v->l0_icache_kib, v->l1_icache_kib, v->l0_iways,      v->l1_iways,
                             v->iline_b,       v->stream_lines,  v->lat_l0_miss_cy};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (isnan(needed[i]))
            return false;
    return true;
}

struct fetch *fetch_make(struct arena *a, const struct gpu *g, unsigned n_sub_cores)
{
    const struct gpu_values *v = &g->v;
    if (!fetch_is_known(g))
        return NULL;
    struct fetch *f = ARENA_NEW(a, struct fetch);
    f->n_sub_cores = n_sub_cores;
    f->line_b = (unsigned)v->iline_b;
    f->stream_lines = (unsigned)MIN(v->stream_lines, MAX_STREAM);
    f->way_cy = v->lat_l0_miss_cy / 2;
    f->l2_cy = isnan(v->lat_l1i_miss_cy) ? memory_l2_latency_cy(g) : v->lat_l1i_miss_cy;
    f->port_free_cy = (double)-INFINITY;
    f->l1 = make_lines(a, v->l1_icache_kib * 1024, v->iline_b, v->l1_iways);
    f->sub_cores = ARENA_ARRAY(a, struct sub_core, n_sub_cores);
    for (unsigned s = 0; s < n_sub_cores; s++) {
        f->sub_cores[s].l0 = make_lines(a, v->l0_icache_kib * 1024, v->iline_b, v->l0_iways);
        f->sub_cores[s].next_prefetch_cy = (double)-INFINITY;
    }
    return f;
}

/* The line, or the one that it takes the place of, which still has the old number. */
static struct line *look_up(struct lines *l, uint64_t number)
{
    struct line *set = &l->at[number % l->n_sets * l->ways];
    struct line *oldest = set;
    for (unsigned w = 0; w < l->ways; w++) {
        if (set[w].number == number)
            return &set[w];
        if (set[w].used < oldest->used)
            oldest = &set[w];
    }
    return oldest;
}

static void touch(struct lines *l, struct line *line)
{
    line->used = ++l->clock;
}

static void place(struct lines *l, struct line *line, uint64_t number, double ready_cy)
{
    line->number = number;
    line->ready_cy = ready_cy;
    touch(l, line);
}

/* When the line arrives at a sub-core that asks for it at `at_cy`. */
static double ask_l1(struct fetch *f, uint64_t number, double at_cy)
{
    struct line *line = look_up(&f->l1, number);
    double there = at_cy + f->way_cy;
    if (line->number == number) {
        touch(&f->l1, line);
    } else {
        place(&f->l1, line, number, there + f->l2_cy);
        f->stats.l1_misses++;
    }
    return MAX(there, line->ready_cy) + f->way_cy;
}

/* Lets the stream buffer run ahead as far as it may. */
static void prefetch(struct fetch *f, struct sub_core *s, double now_cy)
{
    while (s->n_stream < f->stream_lines) {
        double at = MAX(MAX(now_cy, s->next_prefetch_cy), f->port_free_cy);
        uint64_t number = s->stream_first + s->n_stream++;
        s->stream_ready[number % MAX_STREAM] = ask_l1(f, number, at);
        s->next_prefetch_cy = f->port_free_cy = at + 1;
    }
}

/* A line that is not in L0: when it comes. */
static double miss(struct fetch *f, struct sub_core *s, uint64_t number, double now_cy)
{
    uint64_t ahead = number - s->stream_first; /* wraps for a line before the buffer */
    double ready;
    f->stats.l0_misses++;
    if (ahead < s->n_stream) {
        ready = s->stream_ready[number % MAX_STREAM];
        s->n_stream -= (unsigned)ahead + 1;
        f->stats.buffer_hits++;
    } else {
        ready = ask_l1(f, number, now_cy);
        s->n_stream = 0;
        now_cy += 1;
    }
    f->stats.last_ready_cy = MAX(f->stats.last_ready_cy, ready);
    s->stream_first = number + 1;
    prefetch(f, s, now_cy);
    return ready;
}

double fetch_ready_cy(struct fetch *f, unsigned sub_core, uint64_t pc, double now_cy)
{
    if (f == NULL)
        return now_cy;
    struct sub_core *s = &f->sub_cores[sub_core];
    uint64_t number = pc / f->line_b + 1;
    struct line **recent = &s->recent[number % RECENT];
    if (*recent == NULL || (*recent)->number != number) {
        struct line *line = look_up(&s->l0, number);
        if (line->number != number)
            place(&s->l0, line, number, miss(f, s, number, now_cy));
        *recent = line;
    }
    touch(&s->l0, *recent);
    return MAX(now_cy, (*recent)->ready_cy);
}

void fetch_launch(struct fetch *f, uint64_t pc, double now_cy)
{
    if (f == NULL)
        return;
    double asked = now_cy - (2 * f->way_cy + f->l2_cy);
    for (unsigned s = 0; s < f->n_sub_cores; s++)
        (void)fetch_ready_cy(f, s, pc, asked);
}

static void settle_lines(struct lines *l)
{
    for (size_t i = 0; i < (size_t)l->n_sets * l->ways; i++)
        l->at[i].ready_cy = (double)-INFINITY;
}

void fetch_settle(struct fetch *f)
{
    settle_lines(&f->l1);
    f->port_free_cy = f->stats.last_ready_cy = (double)-INFINITY;
    for (unsigned i = 0; i < f->n_sub_cores; i++) {
        struct sub_core *s = &f->sub_cores[i];
        settle_lines(&s->l0);
        s->next_prefetch_cy = (double)-INFINITY;
        for (unsigned b = 0; b < MAX_STREAM; b++)
            s->stream_ready[b] = (double)-INFINITY;
    }
}

struct fetch_stats fetch_stats(const struct fetch *f)
{
    return f == NULL ? (struct fetch_stats){0} : f->stats;
}
