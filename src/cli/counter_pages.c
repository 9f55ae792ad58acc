#include "counter_pages.h"

#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "present/launch_fact.h"
#include "present/table.h"

#define UNKNOWN ((double)NAN)

#define KERNEL_COLUMNS                                 \
    {"file", "", NULL, false}, {"id", "", "ID", true}, \
    {                                                  \
        "name", "", "Kernel", false                    \
    }

/* Of tables with a table for each kernel in text: its title says which. */
#define KERNEL_COLUMNS_UNTITLED                        \
    {"file", "", NULL, false}, {"id", "", NULL, true}, \
    {                                                  \
        "name", "", NULL, false                        \
    }

/* ---- cells ---- */

static void put(struct listing *t, enum unit_kind kind, double v)
{
    char shown[32];
    units_format(shown, sizeof shown, kind, v);
    listing_shown(t, v, arena_strdup(t->a, shown));
}

/* Values are 0 to 100. */
static void put_percent(struct listing *t, double v)
{
    char shown[32];
    units_format(shown, sizeof shown, UNIT_PERCENT, v / 100);
    listing_shown(t, v, arena_strdup(t->a, shown));
}

static void put_counter(struct listing *t, const struct counter_query *q,
                        const struct counters_kernel *k, enum unit_kind kind, enum counter which)
{
    double v = counters_get(q->c, k, which);
    if (kind == UNIT_PERCENT)
        put_percent(t, v);
    else
        put(t, kind, v);
}

static void put_kernel(struct listing *t, const struct counters_kernel *k)
{
    listing_text(t, k->source);
    put(t, UNIT_PLAIN, k->id == COUNTERS_NO_ID ? UNKNOWN : k->id);
    listing_brief(t, k->name, launch_short_name(t->a, k->name, COUNTER_NAME_COLS));
}

const char *counter_extent(struct arena *a, const uint32_t v[3], double n)
{
    if (v[0] != 0)
        return arena_printf(a, "%ux%ux%u", v[0], v[1], v[2]);
    return isnan(n) ? "?" : arena_printf(a, "%.0f", n);
}

static void put_shape(struct listing *t, const struct counter_query *q,
                      const struct counters_kernel *k)
{
    listing_text(t, counter_extent(t->a, k->grid, counters_n_ctas(q->c, k)));
    listing_text(t, counter_extent(t->a, k->block, counters_n_threads(q->c, k)));
}

static const char *stall_title(enum stall s)
{
    return s == STALL_N ? "" : stall_info[s].ncu;
}

/* ---- kernels ---- */

static const struct listing_column kernel_columns[] = {
    KERNEL_COLUMNS,
    {"grid", "", "Grid", true},
    {"block", "", "Block", true},
    {"cycles", "", "Cycles", true},
    {"time_ns", "", "Time", true},
    {"sm_clock_hz", "", "SM clock", true},
    {"dram_b", "", "DRAM", true},
    {"dram_b_per_s", "", "DRAM rate", true},
    {"l2_hit_rate", "%", "L2 hits", true},
    {"occupancy", "%", "Occupancy", true},
    {"top_stall", "", "Waits for", false},
    {"top_stall_share", "", NULL, true},
};

static void fill_kernels(struct listing *t, const struct counter_query *q,
                         const struct counters_kernel *k)
{
    enum stall top = counters_top_stall(q->c, k);
    double share = top == STALL_N ? UNKNOWN : counters_stall_share(q->c, k, top);
    put_kernel(t, k);
    put_shape(t, q, k);
    put(t, UNIT_PLAIN, counters_cycles(q->c, k));
    put(t, UNIT_NS, counters_time_ns(q->c, k));
    put(t, UNIT_HZ, counters_clock_hz(q->c, k));
    put(t, UNIT_BYTES, counters_dram_b(q->c, k));
    put(t, UNIT_RATE, counters_dram_b_per_s(q->c, k));
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_l2_hit_rate);
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_achieved);
    if (top == STALL_N)
        listing_brief(t, "", "?");
    else
        listing_brief(t, stall_info[top].name,
                      arena_printf(t->a, "%s, %.0f %%", stall_title(top), share * 100));
    put(t, UNIT_PERCENT, share);
}

/* ---- stall reasons ---- */

static const struct listing_column stall_columns[] = {
    KERNEL_COLUMNS_UNTITLED,
    {"reason", "", "Reason", false},
    {"cycles_per_issue", "", "Cycles per issue", true},
    {"share", "", "Share", true},
    {"meaning", "", "Meaning", false},
};

struct ranked {
    double v;
    uint32_t id;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->v > y->v || x->v < y->v)
        return x->v > y->v ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void fill_stalls(struct listing *t, const struct counter_query *q,
                        const struct counters_kernel *k)
{
    struct ranked r[COUNTER_N_STALLS];
    uint32_t n = 0;
    for (uint32_t s = 0; s < COUNTER_N_STALLS; s++) {
        double v = counters_stall(q->c, k, (enum stall)s);
        if (!isnan(v) && (v > 0 || !q->is_text))
            r[n++] = (struct ranked){v, s};
    }
    if (n > 0)
        qsort(r, n, sizeof *r, compare_ranked);
    for (uint32_t i = 0; i < (q->n > 0 ? MIN(n, q->n) : n); i++) {
        const struct stall_info *s = &stall_info[r[i].id];
        put_kernel(t, k);
        listing_brief(t, s->name, s->ncu);
        put(t, UNIT_PLAIN, r[i].v);
        put(t, UNIT_PERCENT, counters_stall_share(q->c, k, (enum stall)r[i].id));
        listing_text(t, s->help);
    }
}

/* ---- memory ---- */

static const struct listing_column memory_columns[] = {
    KERNEL_COLUMNS,
    {"dram_read_b", "", "DRAM read", true},
    {"dram_written_b", "", "written", true},
    {"dram_b_per_s", "", "rate", true},
    {"dram_throughput", "%", "of peak", true},
    {"l2_b", "", "L2", true},
    {"l2_hit_rate", "%", "hits", true},
    {"l2_throughput", "%", "of peak", true},
    {"l1_hit_rate", "%", "L1 hits", true},
    {"shared_wavefronts", "", "Shared passes", true},
    {"bank_conflicts", "", "conflicts", true},
    {"l2_sectors", "", NULL, true},
    {"l1_b", "", NULL, true},
    {"dram_b", "", NULL, true},
};

static void fill_memory(struct listing *t, const struct counter_query *q,
                        const struct counters_kernel *k)
{
    put_kernel(t, k);
    put_counter(t, q, k, UNIT_BYTES, COUNTER_dram_bytes_read);
    put_counter(t, q, k, UNIT_BYTES, COUNTER_dram_bytes_write);
    put(t, UNIT_RATE, counters_dram_b_per_s(q->c, k));
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_dram_throughput);
    put(t, UNIT_BYTES, counters_l2_b(q->c, k));
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_l2_hit_rate);
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_l2_throughput);
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_l1_hit_rate);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_shared_wavefronts);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_bank_conflicts);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_l2_sectors);
    put_counter(t, q, k, UNIT_BYTES, COUNTER_l1_bytes);
    put(t, UNIT_BYTES, counters_dram_b(q->c, k));
}

/* ---- launch ---- */

static const struct listing_column launch_columns[] = {
    KERNEL_COLUMNS,
    {"grid", "", "Grid", true},
    {"block", "", "Block", true},
    {"registers", "", "Registers", true},
    {"shared_static_b", "", "Shared static", true},
    {"shared_dynamic_b", "", "dynamic", true},
    {"shared_config_b", "", "SM set to", true},
    {"waves", "", "Waves", true},
    {"occupancy_theoretical", "%", "Occupancy", true},
    {"occupancy_achieved", "%", "achieved", true},
    {"limit_registers", "", "CTAs by registers", true},
    {"limit_shared", "", "shared", true},
    {"limit_warps", "", "warps", true},
    {"limit_ctas", "", "slots", true},
    {"context", "", NULL, false},
    {"stream", "", NULL, false},
    {"process", "", NULL, true},
    {"device", "", "GPU", false},
    {"compute_capability", "", NULL, true},
};

static void fill_launch(struct listing *t, const struct counter_query *q,
                        const struct counters_kernel *k)
{
    put_kernel(t, k);
    put_shape(t, q, k);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_registers);
    put_counter(t, q, k, UNIT_BYTES, COUNTER_shared_static);
    put_counter(t, q, k, UNIT_BYTES, COUNTER_shared_dynamic);
    put_counter(t, q, k, UNIT_BYTES, COUNTER_shared_config);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_waves);
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_occupancy);
    put_counter(t, q, k, UNIT_PERCENT, COUNTER_achieved);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_limit_registers);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_limit_shared);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_limit_warps);
    put_counter(t, q, k, UNIT_PLAIN, COUNTER_limit_blocks);
    listing_text(t, k->context);
    listing_text(t, k->stream);
    put(t, UNIT_PLAIN, k->process == 0 ? UNKNOWN : (double)k->process);
    listing_brief(t, k->device, k->device[0] == '\0' ? "?" : k->device);
    put(t, UNIT_PLAIN, k->cc_x10 == 0 ? UNKNOWN : k->cc_x10 / 10.0);
}

/* ---- metrics ---- */

static const struct listing_column metric_columns[] = {
    KERNEL_COLUMNS_UNTITLED,           {"metric", "", "Metric", false},
    {"value", "", "Value", true},      {"unit", "", NULL, false},
    {"group", "", NULL, false},        {"ncu", "", NULL, false},
    {"meaning", "", "Meaning", false},
};

/* What we call it; another name of a metric that is known stays its own. */
static const char *metric_name(const struct counters_metric *m)
{
    bool has_our_name = m->known != COUNTER_N && !m->is_alias;
    return has_our_name ? counter_info(m->known)->name : m->name;
}

static bool is_wanted(const struct counter_query *q, const struct counters_metric *m)
{
    const char *label = m->known != COUNTER_N ? counter_info(m->known)->label : "";
    for (size_t i = 0; i < q->n_metrics; i++)
        if (table_match(m->name, q->metrics[i]) || table_match(metric_name(m), q->metrics[i]) ||
            table_match(label, q->metrics[i]))
            return true;
    return q->n_metrics == 0;
}

/* "268.4 MiB", "16 register/thread" */
static void put_value(struct listing *t, double v, const char *unit)
{
    static const struct {
        const char *unit;
        enum unit_kind kind;
    } kinds[] = {{"", UNIT_PLAIN},    {"B", UNIT_BYTES}, {"B/s", UNIT_RATE},
                 {"cy", UNIT_CYCLES}, {"ns", UNIT_NS},   {"Hz", UNIT_HZ}};
    char shown[32];
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(unit, kinds[i].unit) == 0) {
            put(t, kinds[i].kind, v);
            return;
        }
    }
    units_format(shown, sizeof shown, UNIT_PLAIN, v);
    listing_shown(t, v, arena_printf(t->a, "%s %s", shown, unit));
}

static void put_metric(struct listing *t, const struct counters_metric *m,
                       const struct counters_value *v)
{
    const struct counter_info *info = m->known == COUNTER_N ? NULL : counter_info(m->known);
    listing_text(t, metric_name(m));
    if (v->text != NULL)
        listing_text(t, v->text);
    else
        put_value(t, v->number, m->unit);
    listing_text(t, m->unit);
    listing_text(t, info != NULL ? counter_group_name(info->group) : "");
    listing_text(t, m->name);
    listing_text(t, info != NULL ? info->help : "");
}

static void fill_metrics(struct listing *t, const struct counter_query *q,
                         const struct counters_kernel *k)
{
    uint32_t left = q->n > 0 ? q->n : UINT32_MAX;
    for (uint32_t i = 0; i < k->n_values && left > 0; i++) {
        const struct counters_metric *m = &q->c->metrics[k->values[i].metric];
        if (!is_wanted(q, m))
            continue;
        put_kernel(t, k);
        put_metric(t, m, &k->values[i]);
        left--;
    }
}

/* ---- instructions ---- */

static const struct listing_column source_columns[] = {
    KERNEL_COLUMNS_UNTITLED,
    {"samples", "", NULL, true}, /* their sum stands above */
    {"share", "", "Samples", true},
    {"top_stall", "", "Waits for", false},
    {"executed", "", "Executed", true},
    {"address", "", "Address", true},
    {"sass", "", "Instruction", false},
    {"thread_executed", "", NULL, true},
    {"predicated_on", "", NULL, true},
    {"not_issued", "", NULL, true},
    {"shared_wavefronts", "", NULL, true},
    {"shared_wavefronts_ideal", "", NULL, true},
    {"l2_sectors", "", NULL, true},
    {"l2_sectors_ideal", "", NULL, true},
#define STALL(id, name, ncu, group, letter, colour, who, help, about, advice, stages) \
    {"stall_" name, "", NULL, true},
#define EQUATION(of, when, text, source)
#include "result/stall.def"
#undef EQUATION
#undef STALL
};

/* The two states that are none of a warp come last and have no samples. */
enum { N_SOURCE_COLUMNS = ARRAY_LEN(source_columns) - (STALL_N - COUNTER_N_STALLS) };

static double code_at(const struct counters_code *code, unsigned column, uint32_t i)
{
    const double *v = code->column[column];
    bool is_reason = column >= CODE_STALLS && code->column[CODE_samples] != NULL;
    return v != NULL ? v[i] : is_reason ? 0 : UNKNOWN;
}

static enum stall top_of(const struct counters_code *code, uint32_t i)
{
    enum stall top = STALL_N;
    double most = 0;
    for (unsigned s = 0; s < COUNTER_N_STALLS; s++) {
        double v = code_at(code, CODE_STALLS + s, i);
        if (s != STALL_SELECTED && v > most) {
            top = (enum stall)s;
            most = v;
        }
    }
    return top;
}

/* Samples are too few for more digits; of most instructions there is none. */
static void put_share(struct listing *t, double v)
{
    const char *shown = isnan(v) ? "?" : "";
    listing_shown(t, v, v > 0 ? arena_printf(t->a, "%.1f %%", v * 100) : shown);
}

static void put_inst(struct listing *t, const struct counters_kernel *k, uint32_t i, double n_all)
{
    const struct counters_code *code = &k->code;
    enum stall top = top_of(code, i);
    double samples = code_at(code, CODE_samples, i);
    put_kernel(t, k);
    put(t, UNIT_PLAIN, samples);
    put_share(t, n_all > 0 ? samples / n_all : UNKNOWN);
    listing_brief(t, top == STALL_N ? "" : stall_info[top].name, stall_title(top));
    put(t, UNIT_PLAIN, code_at(code, CODE_executed, i));
    listing_shown(t, (double)code->pc_b[i],
                  arena_printf(t->a, "%04llx", (unsigned long long)code->pc_b[i]));
    listing_text(t, code->sass[i]);
    put(t, UNIT_PLAIN, code_at(code, CODE_thread_executed, i));
    put(t, UNIT_PLAIN, code_at(code, CODE_predicated_on, i));
    put(t, UNIT_PLAIN, code_at(code, CODE_not_issued, i));
    put(t, UNIT_PLAIN, code_at(code, CODE_shared_wavefronts, i));
    put(t, UNIT_PLAIN, code_at(code, CODE_shared_wavefronts_ideal, i));
    put(t, UNIT_PLAIN, code_at(code, CODE_l2_sectors, i));
    put(t, UNIT_PLAIN, code_at(code, CODE_l2_sectors_ideal, i));
    for (unsigned s = 0; s < COUNTER_N_STALLS; s++)
        put(t, UNIT_PLAIN, code_at(code, CODE_STALLS + s, i));
}

/* The instructions to show, in `a`: those with most samples, to people none without, unless no
 * sample was taken; or the first ones. */
static const struct ranked *choose_insts(struct arena *a, const struct counter_query *q,
                                         const struct counters_code *code, uint32_t *n)
{
    struct ranked *r = ARENA_ARRAY(a, struct ranked, code->n);
    for (uint32_t i = 0; i < code->n; i++) {
        double v = code_at(code, CODE_samples, i);
        r[i] = (struct ranked){isnan(v) ? 0 : v, i};
    }
    if (code->n > 0 && q->by_samples)
        qsort(r, code->n, sizeof *r, compare_ranked);
    *n = q->n > 0 ? MIN(code->n, q->n) : code->n;
    while (*n > 0 && q->is_text && q->by_samples && r[0].v > 0 && !(r[*n - 1].v > 0))
        --*n;
    return r;
}

static void fill_source(struct listing *t, const struct counter_query *q,
                        const struct counters_kernel *k)
{
    uint32_t n;
    double n_all = counters_code_sum(k, CODE_samples);
    const struct ranked *r = choose_insts(t->a, q, &k->code, &n);
    for (uint32_t i = 0; i < n; i++)
        put_inst(t, k, r[i].id, n_all);
}

/* "20 of 1,224 instructions, with 61.3 % of 82,471 samples" */
static const char *summarise_source(struct arena *a, const struct counter_query *q,
                                    const struct counters_kernel *k)
{
    char shown[32], all[32], samples[32];
    uint32_t n;
    double n_all = counters_code_sum(k, CODE_samples), sum = 0;
    const struct ranked *r = choose_insts(a, q, &k->code, &n);
    for (uint32_t i = 0; i < n; i++)
        sum += r[i].v;
    units_format(shown, sizeof shown, UNIT_PLAIN, n);
    units_format(all, sizeof all, UNIT_PLAIN, k->code.n);
    units_format(samples, sizeof samples, UNIT_PLAIN, n_all);
    const char *of = n < k->code.n ? arena_printf(a, "%s of ", shown) : "";
    if (!(n_all > 0))
        return arena_printf(a, "%s%s instructions, without samples", of, all);
    const char *share = sum < n_all ? arena_printf(a, "%.1f %% of ", sum / n_all * 100) : "all ";
    return arena_printf(a, "%s%s instructions, with %s%s samples", of, all,
                        n < k->code.n ? share : "", samples);
}

/* ---- the table of pages ---- */

static const struct counter_page pages[] = {
    {"kernels", kernel_columns, ARRAY_LEN(kernel_columns), fill_kernels, false, 0, NULL},
    {"stalls", stall_columns, ARRAY_LEN(stall_columns), fill_stalls, true, 0, NULL},
    {"memory", memory_columns, ARRAY_LEN(memory_columns), fill_memory, false, 0, NULL},
    {"launch", launch_columns, ARRAY_LEN(launch_columns), fill_launch, false, 0, NULL},
    {"metrics", metric_columns, ARRAY_LEN(metric_columns), fill_metrics, true, 0, NULL},
    {"source", source_columns, N_SOURCE_COLUMNS, fill_source, true, 20, summarise_source},
};

const struct counter_page *counter_page_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (strcmp(pages[i].name, name) == 0)
            return &pages[i];
    return NULL;
}
