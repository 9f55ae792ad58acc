/*
 * report_text.c: what is printed about one kernel, in the order in which it should be read: what
 * it is, how long it takes, what limits it, where the cycles go, which level and which instruction.
 */
#include <inttypes.h>
#include <math.h>

#include "base/symbol.h"
#include "present/sentence.h"
#include "report_priv.h"

/* --- head ------------------------------------------------------------------------------------ */

static void put_head(struct page *p, const struct trace_kernel *k, const struct result *r)
{
    const struct trace_header *h = &k->h;
    const char *name = symbol_demangle(&p->a, r->kernel_name);
    grid_text(&p->g, p->row++, 0, REPORT_COLS, STYLE_BOLD, str_from(name));
    grid_printf(&p->g, p->row++, REPORT_INDENT, REPORT_COLS, STYLE_DIM,
                "kernel %" PRIu32 "  grid %s  block %s  %" PRIu32 " regs  %s shared  sm_%" PRIu32,
                h->id, page_triple(p, r->grid), page_triple(p, r->block), h->n_regs,
                page_number(p, UNIT_BYTES, h->shmem_b), h->isa);
}

static void put_gpu(struct page *p, const struct result *r)
{
    const char *band = isnan(r->error_band) ? ""
                                            : arena_printf(&p->a, ", within %.0f %% when validated",
                                                           100 * r->error_band);
    grid_printf(&p->g, p->row++, REPORT_INDENT, REPORT_COLS, STYLE_DIM, "%s (%s), model %s%s",
                r->gpu_title, r->gpu_name, r->model_name, band);
    p->row++;
}

struct fact {
    const char *name, *value;
};

/* Three facts a line. */
static void put_facts(struct page *p, const struct fact facts[3])
{
    static const unsigned at[3] = {REPORT_INDENT, 29, 55};
    for (size_t i = 0; i < 3; i++) {
        unsigned used = grid_printf(&p->g, p->row, at[i], 26, STYLE_DIM, "%-12s", facts[i].name);
        grid_text(&p->g, p->row, at[i] + used, 26, STYLE_NORMAL, str_from(facts[i].value));
    }
    p->row++;
}

static void put_summary(struct page *p, const struct result *r)
{
    const struct result_occupancy *o = &r->occupancy;
    const char *limiter = arena_printf(&p->a, "%s", limiter_name(o->limiter));
    const char *waves = arena_printf(&p->a, "%.2f", r->waves);
    put_facts(p, (struct fact[3]){{"cycles", page_cycles(p, r->cycles)},
                                  {"time", page_number(p, UNIT_NS, 1e3 * r->time_us)},
                                  {"clock", page_number(p, UNIT_HZ, 1e6 * r->clock_mhz)}});
    put_facts(p, (struct fact[3]){{"warp insts", page_number(p, UNIT_PLAIN, (double)r->warp_insts)},
                                  {"IPC", page_number(p, UNIT_PLAIN, r->ipc)},
                                  {"IPC per SM", page_number(p, UNIT_PLAIN, r->ipc_per_sm)}});
    put_facts(p, (struct fact[3]){{"occupancy", page_share(p, o->theoretical)},
                                  {"achieved", page_share(p, o->achieved)},
                                  {"limited by", limiter}});
    put_facts(p, (struct fact[3]){{"waves", waves},
                                  {"SMs used", page_number(p, UNIT_PLAIN, r->sms_used)},
                                  {"warps an SM", page_number(p, UNIT_PLAIN, o->warps_per_sm)}});
    p->row++;
}

static void put_verdict(struct page *p, const struct trace_kernel *k, const struct result *r)
{
    if (r->is_withheld)
        return;
    struct verdict v = verdict_of(r);
    grid_text(&p->g, p->row++, 0, REPORT_COLS, STYLE_BOLD, str_from(verdict_name(v.kind)));
    page_wrap(p, REPORT_INDENT, STYLE_NORMAL, verdict_sentence(&p->a, &v, r));
    page_wrap(p, REPORT_INDENT, STYLE_NORMAL, verdict_evidence(&p->a, &v, r, k));
    p->row++;
}

/* --- stalls ---------------------------------------------------------------------------------- */

enum { BAR_COL = 25, BAR_COLS = 33, CYCLES_COL = 59, SHARE_COL = 71 };

static void put_cost(struct page *p, double cycles, double share)
{
    grid_right(&p->g, p->row, CYCLES_COL, 11, STYLE_NORMAL, str_from(page_cycles(p, cycles)));
    grid_right(&p->g, p->row, SHARE_COL, 9, STYLE_NORMAL, str_from(page_share(p, share)));
}

static void put_named_bar(struct page *p, enum stall s, double share)
{
    const struct stall_info *info = &stall_info[s];
    enum style style = report_stall_style(s);
    grid_printf(&p->g, p->row, REPORT_INDENT, 2, style, "%c", info->letter);
    grid_text(&p->g, p->row, REPORT_INDENT + 2, BAR_COL - REPORT_INDENT - 3, STYLE_NORMAL,
              str_from(info->name));
    grid_bar(&p->g, p->row, BAR_COL, BAR_COLS, style, info->letter, share);
}

static void put_stall(struct page *p, enum stall s, double cycles, double share)
{
    put_named_bar(p, s, share);
    put_cost(p, cycles, share);
    p->row++;
}

static void put_stalls(struct page *p, const struct result *r)
{
    if (r->is_withheld)
        return;
    enum stall order[STALL_N];
    double rest = 0;
    unsigned n_rest = 0;
    report_sort_stalls(r->stall, order);
    page_title(p, "Where the cycles go", "cycles    share");
    for (size_t i = 0; i < STALL_N; i++) {
        double cycles = r->stall[order[i]], share = cycles / r->cycles;
        if (share >= REPORT_LEAST_SHARE) {
            put_stall(p, order[i], cycles, share);
        } else if (cycles > 0) {
            rest += cycles;
            n_rest++;
        }
    }
    if (n_rest > 0) {
        grid_printf(&p->g, p->row, REPORT_INDENT + 2, REPORT_COLS, STYLE_DIM, "%u more", n_rest);
        put_cost(p, rest, rest / r->cycles);
        p->row++;
    }
    p->row++;
}

/* Of models that follow every warp: what the profiler's warp state statistics would show. */
static void put_states(struct page *p, const struct result *r)
{
    if (r->is_withheld || r->warp_state == NULL)
        return;
    enum stall order[STALL_N];
    double sum = 0;
    for (int s = 0; s < STALL_N; s++)
        sum += r->warp_state[s];
    report_sort_stalls(r->warp_state, order);
    page_title(p, "Warp states", "cycles an issue    share");
    for (size_t i = 0; i < STALL_N; i++) {
        enum stall s = order[i];
        double share = r->warp_state[s] / sum;
        if (share < REPORT_LEAST_SHARE)
            break;
        put_named_bar(p, s, share);
        grid_printf(&p->g, p->row, CYCLES_COL, 11, STYLE_NORMAL, "%11.2f", r->warp_state[s]);
        grid_right(&p->g, p->row++, SHARE_COL, 9, STYLE_NORMAL, str_from(page_share(p, share)));
    }
    p->row++;
}

/* --- memory ---------------------------------------------------------------------------------- */

static void put_level(struct page *p, const struct result *r, const char *name, size_t level,
                      double sol)
{
    const struct result_level *l = &r->level[level];
    grid_text(&p->g, p->row, REPORT_INDENT, 20, STYLE_NORMAL, str_from(name));
    grid_bar(&p->g, p->row, 11, 20, STYLE_MEMORY, 'M', sol);
    grid_right(&p->g, p->row, 32, 8, STYLE_NORMAL, str_from(page_share(p, sol)));
    grid_right(&p->g, p->row, 41, 10, STYLE_NORMAL,
               str_from(level == RESULT_DRAM ? "-" : page_share(p, l->hit_rate)));
    grid_right(&p->g, p->row, 52, 13, STYLE_NORMAL,
               str_from(page_number(p, UNIT_PLAIN, l->accesses)));
    grid_right(&p->g, p->row, 66, 14, STYLE_NORMAL, str_from(page_number(p, UNIT_BYTES, l->bytes)));
    p->row++;
}

static void put_throughput(struct page *p, const struct result *r)
{
    grid_text(&p->g, p->row, 0, REPORT_COLS, STYLE_BOLD, STR("Throughput"));
    grid_right(&p->g, p->row++, 20, REPORT_COLS - 20, STYLE_DIM,
               STR("of peak  hit rate      sectors         bytes"));
    const char *pipe = r->busiest_pipe == NULL ? "compute" : r->busiest_pipe;
    grid_text(&p->g, p->row, REPORT_INDENT, 9, STYLE_NORMAL, str_from(pipe));
    grid_bar(&p->g, p->row, 11, 20, STYLE_COMPUTE, 'C', r->sol_compute);
    grid_right(&p->g, p->row++, 32, 8, STYLE_NORMAL, str_from(page_share(p, r->sol_compute)));
    put_level(p, r, "L1", RESULT_L1, r->sol_l1);
    put_level(p, r, "L2", RESULT_L2, r->sol_l2);
    put_level(p, r, "DRAM", RESULT_DRAM, r->sol_dram);
    if (r->level[RESULT_SMEM].accesses > 0)
        put_level(p, r, "shared", RESULT_SMEM, (double)NAN);
    p->row++;
}

/* --- instructions and notes ------------------------------------------------------------------ */

static enum stall top_stall_of(const struct result_inst *ri)
{
    enum stall top = STALL_SELECTED;
    for (size_t i = 0; i < STALL_N; i++)
        if (ri->stall[i] > ri->stall[top])
            top = (enum stall)i;
    return top;
}

/* The next hottest below (cycles, index) of the one before; UINT32_MAX when there is none. */
static uint32_t next_hottest(const struct result *r, double below_cy, uint32_t before)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < r->n_insts; i++) {
        double cy = r->insts[i].cycles;
        bool is_below = cy < below_cy || (!(cy > below_cy) && i > before);
        if (cy > 0 && is_below && (best == UINT32_MAX || cy > r->insts[best].cycles))
            best = i;
    }
    return best;
}

static void put_instruction(struct page *p, const struct trace_kernel *k, const struct result *r,
                            uint32_t i)
{
    const struct result_inst *ri = &r->insts[i];
    enum stall top = top_stall_of(ri);
    char text[160];
    grid_printf(&p->g, p->row, REPORT_INDENT, 8, STYLE_DIM, "%04" PRIx64, k->code[i].pc);
    grid_text(&p->g, p->row, REPORT_INDENT + 6, 31, STYLE_NORMAL,
              str_from(sass_inst_text(&k->code[i], text, sizeof text)));
    grid_printf(&p->g, p->row, 40, 19, report_stall_style(top), "%c %s", stall_info[top].letter,
                stall_info[top].name);
    put_cost(p, ri->cycles, ri->cycles / r->cycles);
    p->row++;
}

static void put_hottest(struct page *p, const struct trace_kernel *k, const struct result *r)
{
    double below_cy = (double)INFINITY;
    uint32_t i = 0;
    if (r->is_withheld || p->style->n_top == 0 || r->n_insts != k->n_code)
        return;
    page_title(p, "Hottest instructions", "cycles    share");
    for (unsigned n = 0; n < p->style->n_top; n++) {
        i = next_hottest(r, below_cy, i);
        if (i == UINT32_MAX)
            break;
        below_cy = r->insts[i].cycles;
        put_instruction(p, k, r, i);
    }
    p->row++;
}

static void put_notes(struct page *p, const struct result *r)
{
    if (r->n_notes == 0)
        return;
    grid_text(&p->g, p->row++, 0, REPORT_COLS, STYLE_BOLD, STR("Notes"));
    for (uint32_t i = 0; i < r->n_notes; i++) {
        grid_text(&p->g, p->row, REPORT_INDENT, 1, STYLE_DIM, STR("-"));
        page_wrap(p, REPORT_INDENT + 2, STYLE_DIM, r->notes[i]);
    }
    p->row++;
}

void report_text(struct text *out, const struct trace_kernel *k, const struct result *r,
                 const struct report_style *style)
{
    struct page p;
    page_start(&p, style, REPORT_COLS);
    put_head(&p, k, r);
    put_gpu(&p, r);
    put_summary(&p, r);
    put_notes(&p, r);
    put_verdict(&p, k, r);
    put_stalls(&p, r);
    put_states(&p, r);
    put_throughput(&p, r);
    put_hottest(&p, k, r);
    page_print(&p, out);
}
