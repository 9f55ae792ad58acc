/*
 * interval.c: the rules of the header, register by register.
 *
 * Known error: one warp, in order, with the latency of each instruction known beforehand; nothing
 * but registers makes it wait.
 */
#include "mech/interval.h"

#include <math.h>

enum { REGS = 256, TICK_STEPS = 4096 };

struct registers {
    double done[REGS]; /* 0 = long ago */
    uint8_t wait[REGS];
};

static double ready(const struct registers *r, const struct timing *t, double earliest,
                    enum stall *reason)
{
    double at = earliest;
    for (unsigned u = 0; u < t->n_use; u++)
        for (unsigned i = t->use[u].first, end = i + t->use[u].n; i < end && i < REGS; i++)
            if (r->done[i] > at) {
                at = r->done[i];
                *reason = (enum stall)r->wait[i];
            }
    return at;
}

static void write(struct registers *r, const struct timing *t, double done)
{
    for (unsigned d = 0; d < t->n_def; d++)
        for (unsigned i = t->def[d].first, end = i + t->def[d].n; i < end && i < REGS; i++) {
            r->done[i] = done;
            r->wait[i] = t->wait;
        }
}

static void begin_interval(struct issue_profile *out, uint32_t step, double cy, enum stall reason)
{
    out->stalls[out->n_stalls++] = (struct issue_stall){.step = step, .cy = cy, .reason = reason};
    out->stall_cy += cy;
}

static void end_profile(struct issue_profile *out, double last_issue, double last_result,
                        bool ends_with_results)
{
    for (uint32_t k = 0; k < out->n_stalls; k++) {
        uint32_t end = k + 1 < out->n_stalls ? out->stalls[k + 1].step : out->n_steps;
        out->stalls[k].length = end - out->stalls[k].step;
    }
    out->end_cy = last_issue + 1;
    if (ends_with_results)
        out->drain_cy = MAX(last_result - last_issue - 1, 0);
}

enum status interval_run(struct arena *a, const struct trace_kernel *k, uint32_t path,
                         const struct timing *timing, const double *latency_cy,
                         struct interval_rules rules, const struct tick *tick,
                         struct issue_profile *out)
{
    const struct trace_path *p = &k->paths[path];
    struct registers *regs = ARENA_NEW(a, struct registers);
    *out = (struct issue_profile){.path = path, .n_steps = p->n_steps};
    out->stalls = ARENA_ARRAY(a, struct issue_stall, (size_t)p->n_steps + 1);
    begin_interval(out, 0, 0, STALL_SELECTED);
    double last = -1, last_result = 0;
    for (uint32_t s = 0; s < p->n_steps; s++) {
        if (s % TICK_STEPS == 0 && !tick_step(tick, s, p->n_steps))
            return STATUS_CANCELLED;
        const struct trace_step *step = &p->steps[s];
        const struct timing *t = &timing[step->code];
        enum stall reason = STALL_WAIT;
        double at = ready(regs, t, last + 1, &reason);
        if (s > 0 && at - last > rules.merge_cy) {
            begin_interval(out, s, at - last - 1, reason);
            last_result = 0;
        }
        bool is_off = step->mask == 0 && !isnan(rules.no_lane_cy);
        double latency = is_off ? rules.no_lane_cy : latency_cy[step->code];
        double done = at + latency + rules.result_gap_cy;
        write(regs, t, done);
        last_result = MAX(last_result, done);
        last = at;
    }
    end_profile(out, last, last_result, rules.ends_with_results);
    return STATUS_OK;
}
