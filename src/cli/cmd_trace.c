/*
 * cmd_trace.c: `trace info` and `trace check`.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/symbol.h"
#include "base/units.h"
#include "listing.h"
#include "study.h"

static const char *triple(struct cli *c, const uint32_t v[3])
{
    return arena_printf(&c->arena, "%" PRIu32 "x%" PRIu32 "x%" PRIu32, v[0], v[1], v[2]);
}

static const char *format_name(enum trace_format f)
{
    static const char *const names[] = {[TRACE_FORMAT_GROUPED] = "traceg",
                                        [TRACE_FORMAT_RAW] = "trace",
                                        [TRACE_FORMAT_WST] = "wst",
                                        [TRACE_FORMAT_PPT] = "ppt-gpu"};
    return names[f];
}

static const struct listing_column info_columns[] = {
    {"id", "", "id", true},
    {NULL, "", "grid", false},
    {NULL, "", "block", false},
    {"grid_x", "CTA", NULL, true},
    {"grid_y", "CTA", NULL, true},
    {"grid_z", "CTA", NULL, true},
    {"block_x", "thread", NULL, true},
    {"block_y", "thread", NULL, true},
    {"block_z", "thread", NULL, true},
    {"registers", "", "regs", true},
    {"shared", "B", "shared", true},
    {"isa", "", "isa", true},
    {"format", "", "format", false},
    {NULL, "", "origin", false},
    {"warp_instructions", "inst", "warp insts", true},
    {"thread_instructions", "inst", NULL, true},
    {"is_synthetic", "", NULL, false},
    {"made_by", "", NULL, false},
    {"stream", "", NULL, true},
    {"tracer_version", "", NULL, true},
    {"file", "", NULL, false},
    {"name", "", NULL, false},
    {NULL, "", "name", false},
};

/* What only a loaded kernel knows; NAN while it is not. */
struct info_counts {
    double warp_insts, thread_insts;
};

static void add_header(struct cli *c, struct listing *l, const struct trace_header *h,
                       const struct info_counts *n)
{
    char bytes[32];
    listing_number(l, h->id);
    listing_text(l, triple(c, h->grid));
    listing_text(l, triple(c, h->block));
    for (size_t i = 0; i < 3; i++)
        listing_number(l, h->grid[i]);
    for (size_t i = 0; i < 3; i++)
        listing_number(l, h->block[i]);
    listing_number(l, h->n_regs);
    listing_shown(
        l, h->shmem_b,
        arena_strdup(&c->arena, units_format(bytes, sizeof bytes, UNIT_BYTES, (double)h->shmem_b)));
    listing_shown(l, h->isa, arena_printf(&c->arena, "sm_%" PRIu32, h->isa));
    listing_text(l, format_name(h->format));
    listing_text(l, h->is_synthetic ? "synthetic" : "recorded");
    listing_number(l, n->warp_insts);
    listing_number(l, n->thread_insts);
    listing_bool(l, h->is_synthetic);
    listing_text(l, h->made_by);
    listing_number(l, (double)h->stream);
    listing_number(l, h->tracer_version);
    listing_text(l, h->file);
    listing_text(l, h->name);
    listing_text(l, symbol_demangle(&c->arena, h->name));
}

struct info {
    const struct trace *t;
    struct info_counts *counts; /* of each kernel of the trace */
    uint32_t next;              /* kernels are reported in the order of the trace */
};

static void count_kernel(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    (void)r;
    struct info *f = arg;
    const struct trace_header *h = trace_header(f->t, f->next);
    while (h->id != k->h.id || strcmp(h->file, k->h.file) != 0)
        h = trace_header(f->t, ++f->next);
    f->counts[f->next++] =
        (struct info_counts){(double)k->counts.warp_insts, (double)k->counts.thread_insts};
}

static void print_info(struct cli *c, const struct info *f)
{
    struct listing l;
    listing_start(&l, &c->arena, info_columns, ARRAY_LEN(info_columns));
    for (uint32_t i = 0; i < trace_n_kernels(f->t); i++)
        add_header(c, &l, trace_header(f->t, i), &f->counts[i]);
    listing_print(&l, cli_format(c), "kernels", &c->out);
    listing_end(&l);
}

/* The headers are worth printing even where a body cannot be read. */
static enum status info_of(struct study *s, struct err *e)
{
    struct cli *c = s->c;
    uint32_t n = trace_n_kernels(s->trace);
    struct info f = {.t = s->trace, .counts = ARENA_ARRAY(&c->arena, struct info_counts, n)};
    for (uint32_t i = 0; i < n; i++)
        f.counts[i] = (struct info_counts){NAN, NAN};
    s->hides_warnings = true; /* `trace check` has them */
    enum status status = STATUS_OK;
    if (!cli_has(&c->args, OPT_HEADERS))
        status = study_run(s, count_kernel, &f, e);
    if (status != STATUS_CANCELLED)
        print_info(c, &f);
    return status;
}

enum status run_trace_info(struct cli *c, struct err *e)
{
    struct study s;
    enum status status = study_open_trace(&s, c, e);
    if (status == STATUS_OK)
        status = info_of(&s, e);
    study_close(&s);
    return status;
}

/* --- check ----------------------------------------------------------------------------------- */

static const struct listing_column check_columns[] = {
    {"id", "", "id", true},
    {"warp_instructions", "inst", "warp insts", true},
    {"thread_instructions", "inst", "thread insts", true},
    {"warps", "", "warps", true},
    {"warp_paths", "", "paths", true},
    {"ctas", "", "CTAs", true},
    {"ctas_in_grid", "", "of grid", true},
    {"unknown_opcodes", "", "unknown", true},
    {"unknown_share", "", "share", true},
    {"unknown_names", "", NULL, false},
    {"memory", "B", "memory", true},
    {"warnings", "", "warnings", true},
};

struct checker {
    struct cli *c;
    struct listing l;
    uint64_t n_warnings;
    unsigned n_unknown; /* kernels with too many unknown opcodes */
};

static void check_kernel(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    (void)r;
    struct checker *w = arg;
    struct listing *l = &w->l;
    struct arena *a = &w->c->arena;
    const struct trace_counts *n = &k->counts;
    double share = n->warp_insts == 0 ? 0 : (double)n->unknown_insts / (double)n->warp_insts;
    double memory_b = (double)trace_kernel_memory_b(k);
    char bytes[32];
    listing_number(l, k->h.id);
    listing_number(l, (double)n->warp_insts);
    listing_number(l, (double)n->thread_insts);
    listing_number(l, k->n_warps);
    listing_number(l, k->n_paths);
    listing_number(l, k->n_ctas);
    listing_number(l, (double)n->ctas_in_grid);
    listing_number(l, n->unknown_opcodes);
    listing_shown(l, share, arena_printf(a, "%.2f %%", 100 * share));
    const char *unknown = trace_unknown_names(a, k);
    listing_text(l, unknown);
    if (unknown[0] != '\0')
        cli_note(w->c, "kernel %" PRIu32 ": unknown opcodes: %s", k->h.id, unknown);
    listing_shown(l, memory_b,
                  arena_strdup(a, units_format(bytes, sizeof bytes, UNIT_BYTES, memory_b)));
    listing_number(l, k->n_warnings);
    w->n_warnings += k->n_warnings;
    w->n_unknown += share > MODEL_UNKNOWN_LIMIT;
}

static enum status check_all(struct checker *w, struct study *s, struct err *e)
{
    TRY(study_open_trace(s, w->c, e));
    enum status status = study_run(s, check_kernel, w, e);
    if (status == STATUS_CANCELLED)
        return status;
    listing_print(&w->l, cli_format(w->c), "kernels", &w->c->out);
    w->n_warnings += trace_n_warnings(s->trace);
    if (status == STATUS_OK && w->n_warnings + w->n_unknown > 0)
        status = err_set(e, STATUS_CHECK,
                         "%" PRIu64 " warning%s, %u kernel%s with too many unknown opcodes",
                         w->n_warnings, w->n_warnings == 1 ? "" : "s", w->n_unknown,
                         w->n_unknown == 1 ? "" : "s");
    return status;
}

enum status run_trace_check(struct cli *c, struct err *e)
{
    struct checker w = {.c = c};
    struct study s;
    listing_start(&w.l, &c->arena, check_columns, ARRAY_LEN(check_columns));
    enum status status = check_all(&w, &s, e);
    study_close(&s);
    listing_end(&w.l);
    return status;
}
