#include "present/launch_report.h"

#include <math.h>

#include "base/csv.h"
#include "base/os.h"
#include "report_priv.h"

enum { COLS = 80, LABEL_COLS = 24, VALUE_COLS = 10 };
/* Of the comparison; ratios to the first stand beside the second of two only. */
enum { WIDE_LABEL_COLS = 30, RATIO_COLS = 10 };

const char *launch_run_name(struct arena *a, const struct profile *p)
{
    const char *name = os_basename(p->files[0].path);
    return p->n_files == 1 ? name : arena_printf(a, "%u ranks, %s ...", p->n_files, name);
}

/* ---- one run ---- */

static const char *fact(struct page *p, const struct launches *l, enum launch_fact f)
{
    return launch_fact_text(&p->a, f, launch_fact(l, f));
}

/* A note that is too long goes on below itself. */
static void put_row(struct page *p, const char *label, const char *value, const char *note)
{
    enum { NOTE_COL = REPORT_INDENT + LABEL_COLS + VALUE_COLS + 2 };
    grid_text(&p->g, p->row, REPORT_INDENT, LABEL_COLS, STYLE_NORMAL, str_from(label));
    grid_right(&p->g, p->row, REPORT_INDENT + LABEL_COLS, VALUE_COLS, STYLE_NORMAL,
               str_from(value));
    if (note[0] == '\0')
        p->row++;
    else
        page_wrap(p, NOTE_COL, STYLE_DIM, note);
}

static void put_fact(struct page *p, const struct launches *l, enum launch_fact f, const char *note)
{
    put_row(p, launch_fact_info[f].title, fact(p, l, f), note);
}

static void put_title(struct page *p, const char *name, const char *producer)
{
    bool is_long = grid_width(str_from(name)) + grid_width(str_from(producer)) + 2 > p->g.cols;
    page_title(p, name, is_long ? "" : producer);
    if (is_long)
        page_wrap(p, REPORT_INDENT, STYLE_DIM, producer);
}

static void put_head(struct page *p, const struct launch_run *run)
{
    const struct launches *l = run->l;
    put_title(p, run->name, l->profile->files[0].producer);
    for (uint32_t i = 0; i < l->n_devices; i++) {
        const struct launches_device *d = &l->devices[i];
        grid_printf(&p->g, p->row++, REPORT_INDENT, p->g.cols, STYLE_DIM,
                    "%s  %u stream%s  %s kernel%s", launch_device_title(&p->a, l, i), d->n_streams,
                    d->n_streams == 1 ? "" : "s",
                    launch_fact_text(&p->a, FACT_KERNELS, d->sums.kernels.n),
                    d->sums.kernels.n == 1 ? "" : "s");
    }
    grid_printf(&p->g, p->row++, REPORT_INDENT, p->g.cols, STYLE_DIM, "window: %s", l->window);
    p->row++;
}

static enum style verdict_style(enum bound b)
{
    static const enum style styles[BOUND_N] = {
        [BOUND_UNKNOWN] = STYLE_DIM,
        [BOUND_CPU] = STYLE_WARN,
        [BOUND_GPU] = STYLE_GOOD,
        [BOUND_MIXED] = STYLE_BOLD,
    };
    return styles[b];
}

static void put_verdict(struct page *p, const struct launches *l)
{
    static const char *const meaning[BOUND_N] = {
        [BOUND_UNKNOWN] = "the profile does not tell who waited for whom",
        [BOUND_CPU] = "the GPU waited for launches",
        [BOUND_GPU] = "launches waited for the GPU",
    };
    const char *mixed =
        l->verdict.cpu_bound_fraction >= 0.5
            ? "the GPU waited for launches, and yet kernels ran more than half the time"
            : "launches queued up, and yet kernels ran less than half the time";
    const char *evidence[LAUNCH_MOST_EVIDENCE];
    uint32_t n = launch_evidence(&p->a, l, evidence);
    enum bound b = l->verdict.bound;
    unsigned used =
        grid_text(&p->g, p->row, 0, p->g.cols, verdict_style(b), str_from(bound_title(b)));
    grid_attr(&p->g, p->row, 0, used, CELL_BOLD);
    grid_printf(&p->g, p->row++, used, p->g.cols, STYLE_NORMAL, ": %s",
                b == BOUND_MIXED ? mixed : meaning[b]);
    for (uint32_t i = 0; i < n; i++)
        page_wrap(p, REPORT_INDENT, STYLE_NORMAL, evidence[i]);
    p->row++;
}

static void put_launches(struct page *p, const struct launches *l)
{
    grid_text(&p->g, p->row++, 0, COLS, STYLE_HEADER, STR("Launches"));
    put_fact(p, l, FACT_KERNELS, "");
    put_fact(p, l, FACT_JOINED, launch_unjoined_text(&p->a, l));
    if (l->lineage.n_graph_kernels > 0)
        put_fact(p, l, FACT_GRAPH_KERNELS,
                 arena_printf(&p->a, "from %s graph launch%s", fact(p, l, FACT_GRAPH_LAUNCHES),
                              l->lineage.n_graph_launches == 1 ? "" : "es"));
    put_fact(p, l, FACT_TKLQT,
             arena_printf(&p->a, "%s launch + %s queue", fact(p, l, FACT_LAUNCH),
                          fact(p, l, FACT_QUEUE)));
    put_fact(p, l, FACT_TKLQT_EACH,
             arena_printf(&p->a, "%s to %s, median %s", fact(p, l, FACT_WAIT_MIN),
                          fact(p, l, FACT_WAIT_MAX), fact(p, l, FACT_WAIT_MEDIAN)));
    if (l->sums.n_negative > 0)
        put_fact(p, l, FACT_NEGATIVE, "the clocks of CPU and GPU differ");
    put_fact(
        p, l, FACT_DEPTH_MOST,
        arena_printf(&p->a, "launched, not started; %s on average", fact(p, l, FACT_DEPTH_MEAN)));
    page_wrap(p, REPORT_INDENT, STYLE_DIM,
              "TKLQT adds up waits that overlap: it is no share of the latency.");
    p->row++;
}

static void put_gpu(struct page *p, const struct launches *l)
{
    bool is_whole = l->sums.n_joined == l->sums.kernels.n;
    grid_printf(&p->g, p->row++, 0, COLS, STYLE_HEADER, "GPU%s",
                is_whole ? "" : ", of the joined kernels");
    put_fact(p, l, FACT_IL_JOINED, "first aten:: operator to last kernel's end");
    put_row(p, launch_fact_info[FACT_KERNEL_SUM].title, fact(p, l, FACT_KERNEL_SUM_JOINED),
            is_whole ? "" : arena_printf(&p->a, "%s of all kernels", fact(p, l, FACT_KERNEL_SUM)));
    put_row(p, launch_fact_info[FACT_AKD].title, fact(p, l, FACT_AKD_JOINED), "AKD");
    put_row(p, launch_fact_info[FACT_IDLE].title, fact(p, l, FACT_IDLE_JOINED),
            arena_printf(&p->a, "latency - sum; %s by union", fact(p, l, FACT_IDLE_JOINED_UNION)));
    if (l->sums.copies.n + l->sums.fills.n > 0)
        put_row(p, "Copies and fills, sum",
                page_number(p, UNIT_NS, (double)(l->sums.copies.sum_ns + l->sums.fills.sum_ns)),
                "count as idle here");
    put_fact(p, l, FACT_CPU_IDLE, "latency - outermost operators");
    p->row++;
}

static void put_idle(struct page *p, const struct launches *l)
{
    enum { NAME_COLS = 28, COUNT_COLS = 8, TIME_COLS = 12 };
    const struct idle *x = &l->idle;
    if (x->n_gaps == 0)
        return;
    grid_text(&p->g, p->row++, 0, COLS, STYLE_HEADER, STR("Why the GPU was idle"));
    for (int w = 0; w < IDLE_N; w++) {
        if (x->n[w] == 0)
            continue;
        unsigned at = REPORT_INDENT + NAME_COLS;
        grid_text(&p->g, p->row, REPORT_INDENT, NAME_COLS, STYLE_NORMAL,
                  str_from(idle_info[w].title));
        grid_right(&p->g, p->row, at, TIME_COLS, STYLE_NORMAL,
                   str_from(page_number(p, UNIT_NS, (double)x->ns[w])));
        grid_right(&p->g, p->row, at + TIME_COLS, COUNT_COLS, STYLE_DIM,
                   str_from(page_number(p, UNIT_PLAIN, x->n[w])));
        grid_printf(&p->g, p->row, at + TIME_COLS + COUNT_COLS + 1, COLS, STYLE_DIM, "time%s%s",
                    x->n[w] == 1 ? "" : "s", w == (int)IDLE_DEPENDENCY ? "; others were busy" : "");
        p->row++;
    }
    p->row++;
}

static const char *chain_names(struct page *p, const struct launches *l,
                               const struct fusion_chain *c)
{
    enum { MOST_NAMED = 4, NAME_COLS = 36 };
    const char *text = "";
    for (uint32_t i = 0; i < MIN(c->chain->length, (uint32_t)MOST_NAMED); i++)
        text = arena_printf(
            &p->a, "%s%s%s", text, i > 0 ? " > " : "",
            launch_short_name(&p->a, l->profile->names[l->profile->works[c->works[i]].name],
                              NAME_COLS));
    return c->chain->length > MOST_NAMED ? arena_printf(&p->a, "%s > ...", text) : text;
}

static const char *chain_where(struct page *p, const struct fusion_chain *c)
{
    if (c->n_modules == 0)
        return "";
    if (c->n_modules == 1 || c->module[0] == '\0')
        return arena_printf(&p->a, " in %s",
                            c->module[0] != '\0' ? c->module : "different modules");
    return arena_printf(&p->a, " in %u %s", c->n_modules, c->module);
}

static void put_fusion(struct page *p, const struct launches *l)
{
    enum { MOST_CHAINS = 3, MOST_PLACES = 8 };
    const struct fusion *x = &l->fusion;
    if (x->n_chains == 0)
        return;
    const struct fusion_length *b = &x->lengths[x->listed];
    grid_text(&p->g, p->row++, 0, COLS, STYLE_HEADER, STR("Launches worth fusing"));
    page_wrap(p, REPORT_INDENT, STYLE_NORMAL,
              arena_printf(&p->a,
                           "chains of %u kernels that always follow one another: %u launches "
                           "become %u, %.2fx if launches were all that costs time%s",
                           b->length, x->n_kernels, b->n_launches, b->ideal,
                           isnan(b->conservative)
                               ? ""
                               : arena_printf(&p->a, ", %.2fx conservatively", b->conservative)));
    for (uint32_t i = 0; i < MIN(x->n_chains, (uint32_t)MOST_CHAINS); i++) {
        const struct fusion_chain *c = &x->chains[i];
        page_wrap(p, REPORT_INDENT, STYLE_NORMAL,
                  arena_printf(&p->a, "%u time%s%s: %s", c->chain->n_fused,
                               c->chain->n_fused == 1 ? "" : "s", chain_where(p, c),
                               launch_short_places(&p->a, c->places, MOST_PLACES)));
        page_wrap(p, 2 * REPORT_INDENT, STYLE_DIM, chain_names(p, l, c));
    }
    p->row++;
}

static void put_warnings(struct page *p, const struct profile *profile)
{
    for (uint32_t i = 0; i < profile->n_warnings; i++)
        page_wrap(p, 0, STYLE_WARN, arena_printf(&p->a, "note: %s", profile->warnings[i]));
}

void launch_report_text(struct text *out, const struct launch_run *run,
                        const struct report_style *style)
{
    struct page p;
    page_start(&p, style, COLS);
    put_head(&p, run);
    put_verdict(&p, run->l);
    put_launches(&p, run->l);
    put_gpu(&p, run->l);
    put_idle(&p, run->l);
    put_fusion(&p, run->l);
    put_warnings(&p, run->l->profile);
    page_print(&p, out);
}

/* ---- several runs ---- */

static bool is_known_of_any(const struct launch_run *runs, size_t n, enum launch_fact f)
{
    for (size_t i = 0; i < n; i++) {
        double v = launch_fact(runs[i].l, f);
        if (!isnan(v) && v != 0)
            return true;
    }
    return false;
}

static unsigned compare_col(size_t i)
{
    return REPORT_INDENT + WIDE_LABEL_COLS + (unsigned)i * (VALUE_COLS + 2);
}

static void put_compare_value(struct page *p, size_t i, enum style s, const char *text)
{
    grid_right(&p->g, p->row, compare_col(i), VALUE_COLS, s, str_from(text));
}

static void put_compare_row(struct page *p, const struct launch_run *runs, size_t n,
                            enum launch_fact f)
{
    double first = launch_fact(runs[0].l, f), second = launch_fact(runs[n - 1].l, f);
    grid_text(&p->g, p->row, REPORT_INDENT, WIDE_LABEL_COLS, STYLE_NORMAL,
              str_from(launch_fact_info[f].title));
    for (size_t i = 0; i < n; i++)
        put_compare_value(p, i, STYLE_NORMAL,
                          launch_fact_text(&p->a, f, launch_fact(runs[i].l, f)));
    if (n == 2 && first > 0 && second >= 0)
        grid_right(&p->g, p->row, compare_col(n), RATIO_COLS, STYLE_DIM,
                   str_from(arena_printf(&p->a, "%.3gx", second / first)));
    p->row++;
}

/* Names are long and columns narrow: they are listed once with a letter. */
static void put_compare_head(struct page *p, const struct launch_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        grid_printf(&p->g, p->row++, 0, p->g.cols, STYLE_BOLD, "%c  %s", (char)('A' + (int)i),
                    runs[i].name);
    p->row++;
    for (size_t i = 0; i < n; i++)
        put_compare_value(p, i, STYLE_HEADER, arena_printf(&p->a, "%c", (char)('A' + (int)i)));
    p->row++;
    grid_text(&p->g, p->row, REPORT_INDENT, WIDE_LABEL_COLS, STYLE_NORMAL, STR("Verdict"));
    for (size_t i = 0; i < n; i++) {
        enum bound b = runs[i].l->verdict.bound;
        put_compare_value(p, i, verdict_style(b), bound_title(b));
    }
    p->row++;
}

static void put_compare_idle(struct page *p, const struct launch_run *runs, size_t n)
{
    for (int w = 0; w < IDLE_N; w++) {
        bool has_any = false;
        for (size_t i = 0; i < n; i++)
            has_any |= runs[i].l->idle.n[w] > 0;
        if (!has_any)
            continue;
        grid_printf(&p->g, p->row, REPORT_INDENT, WIDE_LABEL_COLS, STYLE_NORMAL, "idle: %s",
                    idle_info[w].title);
        for (size_t i = 0; i < n; i++)
            put_compare_value(p, i, STYLE_NORMAL,
                              page_number(p, UNIT_NS, (double)runs[i].l->idle.ns[w]));
        p->row++;
    }
}

void launch_report_compare_text(struct text *out, const struct launch_run *runs, size_t n,
                                const struct report_style *style)
{
    struct page p;
    n = MIN(n, (size_t)LAUNCH_MOST_COMPARED);
    page_start(&p, style, MAX((unsigned)COLS, compare_col(n) + RATIO_COLS));
    put_compare_head(&p, runs, n);
    for (int f = 0; f < FACT_N; f++) {
        if (is_known_of_any(runs, n, (enum launch_fact)f))
            put_compare_row(&p, runs, n, (enum launch_fact)f);
    }
    put_compare_idle(&p, runs, n);
    page_print(&p, out);
}

/* ---- for programs ---- */

static double for_programs(const struct launches *l, enum launch_fact f)
{
    double v = launch_fact(l, f);
    return launch_fact_info[f].unit == LAUNCH_UNIT_NS ? round(v) : v;
}

static void add_idle(json *to, const struct launches *l)
{
    json *idle = json_add_array(to, "idle");
    for (int w = 0; w < IDLE_N; w++) {
        json *row = json_add_object(idle, NULL);
        json_add_string(row, "why", idle_info[w].name);
        json_add_number(row, "gaps", l->idle.n[w]);
        json_add_number(row, "ns", (double)l->idle.ns[w]);
    }
}

static void add_unjoined(json *to, const struct launches *l)
{
    json *list = json_add_object(to, "unjoined_by_reason");
    for (int m = 0; m < LINEAGE_MISS_N; m++) {
        if (m != (int)LINEAGE_JOINED)
            json_add_number(list, lineage_miss_name((enum lineage_miss)m), l->lineage.n_miss[m]);
    }
}

static void add_devices(json *to, const struct launches *l)
{
    json *list = json_add_array(to, "devices");
    for (uint32_t i = 0; i < l->n_devices; i++) {
        const struct launches_device *d = &l->devices[i];
        json *row = json_add_object(list, NULL);
        json_add_number(row, "rank", l->profile->files[d->file].rank);
        json_add_number(row, "device", d->id);
        json_add_string(row, "name", d->name);
        json_add_number(row, "streams", d->n_streams);
        json_add_number(row, "kernels", d->sums.kernels.n);
        json_add_number(row, "kernels_joined", d->sums.n_joined);
        json_add_number(row, "tklqt_ns", (double)d->sums.tklqt_ns);
        json_add_number(row, "kernel_sum_ns", (double)d->sums.kernels.sum_ns);
        json_add_number(row, "kernel_union_ns", (double)d->sums.kernels.union_ns);
    }
}

void launch_report_json(json *to, const struct launch_run *run)
{
    const struct launches *l = run->l;
    json *files = json_add_array(to, "files");
    for (uint32_t i = 0; i < l->profile->n_files; i++)
        json_add_string(files, NULL, l->profile->files[i].path);
    json_add_string(to, "producer", l->profile->files[0].producer);
    json_add_string(to, "window", l->window);
    json_add_string(to, "verdict", bound_name(l->verdict.bound));
    for (int f = 0; f < FACT_N; f++)
        json_add_number(to, launch_fact_info[f].key, for_programs(l, (enum launch_fact)f));
    add_unjoined(to, l);
    add_idle(to, l);
    add_devices(to, l);
    json *warnings = json_add_array(to, "warnings");
    for (uint32_t i = 0; i < l->profile->n_warnings; i++)
        json_add_string(warnings, NULL, l->profile->warnings[i]);
}

void launch_report_csv_head(struct text *out)
{
    text_puts(out, "file,window,verdict");
    for (int f = 0; f < FACT_N; f++)
        text_printf(out, ",%s", launch_fact_info[f].key);
    text_putc(out, '\n');
}

void launch_report_csv_row(struct text *out, const struct launch_run *run)
{
    csv_put_text(out, run->name);
    text_putc(out, ',');
    csv_put_text(out, run->l->window);
    text_printf(out, ",%s", bound_name(run->l->verdict.bound));
    for (int f = 0; f < FACT_N; f++) {
        text_putc(out, ',');
        csv_put_number(out, for_programs(run->l, (enum launch_fact)f));
    }
    text_putc(out, '\n');
}
