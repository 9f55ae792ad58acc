/*
 * sentence.c: thresholds and wording of the verdict.
 *
 * The thresholds are those of the rules that ship with Nsight Compute: 80 % of a peak is "used up",
 * below 60 % on both sides latency is the subject, 10 points decide which side leads; issue slots
 * below 60 % count as lost, above 80 % as busy; a stall counts from 30 % of the cycles on;
 * occupancy below 80 %, or achieved 10 points below theoretical; a tail from 20 % on.
 */
#include "present/sentence.h"

#include <math.h>
#include <string.h>

#define SOL_HIGH      0.80
#define SOL_LATENCY   0.60
#define SOL_BALANCED  0.10
#define ISSUE_BUSY    0.80
#define STALL_LARGE   0.30
#define OCCUPANCY_LOW 0.80
#define OCCUPANCY_GAP 0.10
#define TAIL_LARGE    0.20

static const char *const names[VERDICT_N] = {
#define X(id, name) name,
    VERDICT_LIST(X)
#undef X
};

const char *verdict_name(enum verdict_kind k)
{
    return names[k];
}

static double known(double v)
{
    return isnan(v) ? 0 : v;
}

static void find_memory(struct verdict *v, const struct result *r)
{
    v->memory = known(r->sol_dram);
    v->memory_level = "DRAM";
    if (known(r->sol_l2) > v->memory) {
        v->memory = r->sol_l2;
        v->memory_level = "L2";
    }
    if (known(r->sol_l1) > v->memory) {
        v->memory = r->sol_l1;
        v->memory_level = "L1";
    }
}

static enum verdict_kind kind_of(const struct verdict *v, const struct result *r)
{
    double high = MAX(v->compute, v->memory);

    if (isnan(r->cycles) || r->cycles <= 0)
        return VERDICT_UNKNOWN;
    if (high >= SOL_HIGH)
        return VERDICT_HIGH_THROUGHPUT;
    if (high < SOL_LATENCY)
        return r->waves < 1 ? VERDICT_SMALL_GRID : VERDICT_LATENCY;
    if (fabs(v->compute - v->memory) < SOL_BALANCED)
        return VERDICT_BALANCED;
    return v->compute > v->memory ? VERDICT_HIGH_COMPUTE : VERDICT_HIGH_MEMORY;
}

uint32_t result_hottest(const struct result *r, enum stall s)
{
    uint32_t best = UINT32_MAX;
    double most = 0;

    for (uint32_t i = 0; i < r->n_insts; i++) {
        double cy = s == STALL_N ? r->insts[i].cycles : r->insts[i].stall[s];
        if (cy > most) {
            most = cy;
            best = i;
        }
    }
    return best;
}

/* A partial last wave takes as long as a full one: its share of all waves is the tail. */
static double tail_of(const struct result *r)
{
    double full = floor(r->waves);

    return r->waves > full && full >= 1 ? 1 / (full + 1) : 0;
}

struct verdict verdict_of(const struct result *r)
{
    struct verdict v = {.compute = known(r->sol_compute), .hottest = UINT32_MAX};

    find_memory(&v, r);
    v.kind = kind_of(&v, r);
    if (v.kind == VERDICT_UNKNOWN)
        return v;
    v.issue = r->stall[STALL_SELECTED] / r->cycles;
    v.are_slots_lost = v.issue < ISSUE_BUSY;
    v.top = result_top_stall(r);
    if (v.top != STALL_SELECTED) {
        double cy = r->stall[v.top];
        v.top_share = cy / r->cycles;
        v.top_bound = cy < r->cycles ? r->cycles / (r->cycles - cy) : (double)NAN;
        v.hottest = result_hottest(r, v.top);
    }
    v.is_occupancy_low = r->occupancy.theoretical < OCCUPANCY_LOW;
    v.is_occupancy_missed = r->occupancy.theoretical - r->occupancy.achieved >= OCCUPANCY_GAP;
    v.tail_share = tail_of(r);
    return v;
}

static double percent(double share)
{
    return 100 * share;
}

static const char *unit_phrase(struct arena *a, const char *pipe)
{
    if (pipe == NULL)
        return "busiest pipe is";
    return strcmp(pipe, "issue") == 0 ? "issue slots are" : arena_printf(a, "%s pipe is", pipe);
}

char *verdict_sentence(struct arena *a, const struct verdict *v, const struct result *r)
{
    double c = percent(v->compute), m = percent(v->memory);
    const char *level = v->memory_level;
    const char *pipe = unit_phrase(a, r->busiest_pipe);

    switch (v->kind) {
    case VERDICT_UNKNOWN:
    case VERDICT_N:
        break;
    case VERDICT_SMALL_GRID:
        return arena_printf(a,
                            "the grid is %.2f of a wave on %u SM%s: compute reaches %.0f %% and "
                            "%s %.0f %% of its peak.",
                            r->waves, r->sms_used, r->sms_used == 1 ? "" : "s", c, level, m);
    case VERDICT_LATENCY:
        return arena_printf(a,
                            "compute reaches %.0f %% and %s %.0f %% of its peak: warps wait for "
                            "results and too few others hide it.",
                            c, level, m);
    case VERDICT_HIGH_COMPUTE:
        return arena_printf(a, "the %s at %.0f %% of peak, %s at %.0f %%.", pipe, c, level, m);
    case VERDICT_HIGH_MEMORY:
        return arena_printf(a, "%s runs at %.0f %% of its peak, compute at %.0f %%.", level, m, c);
    case VERDICT_BALANCED:
        return arena_printf(a, "the %s at %.0f %% of peak, %s at %.0f %%: both are used alike.",
                            pipe, c, level, m);
    case VERDICT_HIGH_THROUGHPUT:
        if (v->compute >= v->memory)
            return arena_printf(a, "the %s at %.0f %% of peak: only less work there helps.", pipe,
                                c);
        return arena_printf(a, "%s runs at %.0f %% of its peak: only less traffic there helps.",
                            level, m);
    }
    return arena_strdup(a, "too many instructions have unknown opcodes to give a total; "
                           "--ignore-unknown gives one all the same.");
}

/* The profiler's name, or ours for what it does not call a warp state. */
static const char *stall_title(enum stall s)
{
    return stall_info[s].is_warp_state ? stall_info[s].ncu : stall_info[s].name;
}

static const char *hot_place(struct arena *a, const struct verdict *v, const struct trace_kernel *k)
{
    if (k == NULL || v->hottest >= k->n_code)
        return "";
    const struct sass_inst *in = &k->code[v->hottest];
    return arena_printf(a, ", most at 0x%04llx %s", (unsigned long long)in->pc, in->opcode);
}

char *verdict_evidence(struct arena *a, const struct verdict *v, const struct result *r,
                       const struct trace_kernel *k)
{
    if (v->kind == VERDICT_UNKNOWN)
        return arena_strdup(a, "");
    if (!v->are_slots_lost)
        return arena_printf(a,
                            "Issue slots are busy in %.0f %% of the cycles: fewer instructions "
                            "help, hiding latency does not.",
                            percent(v->issue));
    if (v->tail_share >= TAIL_LARGE && v->top == STALL_IDLE)
        return arena_printf(a, "%.2f waves: the partial last one takes %.0f %% of the time.",
                            r->waves, percent(v->tail_share));
    if (v->top == STALL_SELECTED)
        return arena_printf(a, "Issue slots are used in %.0f %% of the cycles.", percent(v->issue));
    bool is_large = v->top_share >= STALL_LARGE;
    return arena_printf(a, "Issue slots are used in %.0f %% of the cycles; %s%s%s %.0f %%%s.",
                        percent(v->issue), is_large ? "" : "the largest loss is ",
                        stall_title(v->top), is_large ? " takes" : ",", percent(v->top_share),
                        hot_place(a, v, k));
}
