/*
 * counters_file.c: the compact file.
 *
 *     counters,2
 *     kernels,source,id,process,name,grid,block,context,stream,device,cc,waves,duration[ns],...
 *     kernel,raw.csv,0,4711,gemm(float *),12x1x1,256x1x1,1,7,NVIDIA H200,9.0,0.09,96352,...
 *     code,0
 *     inst,0,"MOV R1, c[0x0][0x28]"
 *     counts,executed=4096,samples,stall_wait,...
 *     count,3,2,...
 *
 * A kernel that runs instructions has a row with the number of their listing below it. Where it is
 * the first to run them, the listing follows. Then come the columns of counts, with the value of
 * those that are equal throughout, and a row of the others for each instruction. What is absent is
 * empty, and so is 0 of a stall reason.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "ncu_read.h"

enum { VERSION = 2 };

/* Behind "kernels": who the kernel is; metrics follow. */
static const struct {
    const char *title;
    enum ncu_column column; /* NCU_N_COLUMNS: the source */
} heads[] = {
    {"source", NCU_N_COLUMNS}, {"id", NCU_ID},
    {"process", NCU_PROCESS},  {"name", NCU_KERNEL},
    {"grid", NCU_GRID},        {"block", NCU_BLOCK},
    {"context", NCU_CONTEXT},  {"stream", NCU_STREAM},
    {"device", NCU_DEVICE},    {"cc", NCU_CC},
};

enum { FIRST_METRIC = ARRAY_LEN(heads) + 1 };

/* ---- reading ---- */

/* "duration[ns]" */
static str cut_unit(str title, str *name)
{
    size_t open = title.n;
    *name = title;
    if (!str_ends(title, STR("]")))
        return STR("");
    while (open > 0 && title.p[open - 1] != '[')
        open--;
    if (open == 0)
        return STR("");
    *name = (str){title.p, open - 1};
    return (str){title.p + open, title.n - open - 1};
}

static enum status read_heads(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        if (i + 1 >= row->n || !str_is(row->fields[i + 1], heads[i].title))
            return ncu_fail(r, row, e, "column %zu is not '%s'", i + 2, heads[i].title);
    struct arena *a = counters_build_arena(r->b);
    r->n_columns = (uint32_t)row->n;
    r->wide = ARENA_ARRAY(a, struct ncu_metric_column, row->n);
    for (size_t i = FIRST_METRIC; i < row->n; i++) {
        str name, unit = cut_unit(row->fields[i], &name);
        r->wide[i].unit = (struct ncu_unit){counters_build_text(r->b, unit), 0};
        r->wide[i].metric = counters_build_metric(r->b, name, r->wide[i].unit.name);
    }
    return STATUS_OK;
}

static enum status read_kernel(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct counters_kernel *k;
    if (r->wide == NULL || row->n != r->n_columns)
        return ncu_fail(r, row, e, "a row of %zu fields", row->n);
    TRY(ncu_new_kernel(r, NULL, &k, e));
    r->has_kernel = true;
    r->code = NULL;
    r->listings.next = r->listings.end = 0;
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        if (heads[i].column == NCU_N_COLUMNS)
            k->source = counters_build_text(r->b, row->fields[i + 1]);
        else
            ncu_set(r, k, heads[i].column, row->fields[i + 1]);
    }
    for (size_t i = FIRST_METRIC; i < row->n; i++)
        counters_build_value(r->b, counters_build_n_kernels(r->b) - 1, r->wide[i].metric,
                             row->fields[i], r->wide[i].unit);
    return STATUS_OK;
}

static enum status read_code(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct ncu_listings *l = &r->listings;
    uint64_t which;
    if (!r->has_kernel || row->n != 2 || !str_parse_u64(row->fields[1], &which) ||
        which > l->starts.n)
        return ncu_fail(r, row, e, "no listing of a kernel");
    r->has_kernel = false; /* one listing each */
    r->code = NULL;
    l->is_new = which == l->starts.n;
    if (l->is_new)
        *VEC_PUSH(&l->starts) = l->lines.n;
    l->next = l->starts.at[which];
    l->end = which + 1 < l->starts.n ? l->starts.at[which + 1] : l->lines.n;
    return STATUS_OK;
}

static enum status read_inst(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct ncu_listings *l = &r->listings;
    uint64_t pc_b;
    if (!l->is_new || row->n != 3 || !str_parse_u64(row->fields[1], &pc_b))
        return ncu_fail(r, row, e, "an instruction of no listing");
    *VEC_PUSH(&l->lines) = (struct ncu_line){pc_b, counters_build_text(r->b, row->fields[2])};
    l->end = l->lines.n;
    return STATUS_OK;
}

/* "executed=4096", or "samples", whose values stand in the rows. */
static enum status read_counts(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    if (r->listings.next == r->listings.end)
        return ncu_fail(r, row, e, "counts without instructions");
    r->listings.is_new = false;
    r->code = ARENA_ARRAY(counters_build_arena(r->b), enum code, row->n);
    r->n_columns_varying = 0;
    for (unsigned c = 0; c < CODE_N; c++)
        r->listings.fixed[c] = (double)NAN;
    for (size_t i = 1; i < row->n; i++) {
        str value = row->fields[i], title;
        (void)str_cut(&value, '=', &title);
        enum code c = code_find(title);
        bool is_fixed = title.n < row->fields[i].n;
        if (!is_fixed)
            r->code[r->n_columns_varying++] = c;
        else if (c != CODE_N)
            (void)ncu_number(value, (struct ncu_unit){"", 0}, &r->listings.fixed[c]);
    }
    return STATUS_OK;
}

static enum status read_count(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct ncu_listings *l = &r->listings;
    if (r->code == NULL || l->next == l->end || row->n != r->n_columns_varying + 1)
        return ncu_fail(r, row, e, "counts that do not fit their columns or instructions");
    const struct ncu_line *line = &l->lines.at[l->next++];
    struct counters_build_inst *inst = counters_build_inst(r->b, line->pc_b, str_from(line->sass));
    memcpy(inst->column, l->fixed, sizeof l->fixed);
    for (size_t i = 0; i < r->n_columns_varying; i++)
        if (r->code[i] != CODE_N)
            (void)ncu_number(row->fields[i + 1], (struct ncu_unit){"", 0},
                             &inst->column[r->code[i]]);
    return STATUS_OK;
}

static enum status read_version(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    uint64_t version;
    if (str_parse_u64(row->fields[1], &version) && version == VERSION)
        return STATUS_OK;
    ncu_fail(r, row, e, "a compact file of another version");
    err_expected(e, "version %d", VERSION);
    err_hint(e, "import the exports again");
    return STATUS_INPUT;
}

enum status ncu_compact_row(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    static const struct {
        const char *kind;
        enum status (*read)(struct ncu_reader *r, const struct csv_row *row, struct err *e);
    } rows[] = {{"counters", read_version}, {"kernels", read_heads}, {"kernel", read_kernel},
                {"code", read_code},        {"inst", read_inst},     {"counts", read_counts},
                {"count", read_count}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(row->fields[0], rows[i].kind))
            return rows[i].read(r, row, e);
    ncu_fail(r, row, e, "a row of no kind that a compact file has");
    err_expected(e, "counters, kernels, kernel, code, inst, counts or count");
    return STATUS_INPUT;
}

/* ---- writing ---- */

/* A column: a metric, or whatever metric tells a known counter first. */
struct column {
    uint32_t metric;    /* NCU_NONE: by `known` */
    enum counter known; /* COUNTER_N: by `metric` */
};

struct columns {
    VEC(struct column);
};

/* Goes through a kernel's values and the columns, which are in the same order. */
struct walk {
    const struct counters *c;
    const struct counters_kernel *k;
    uint32_t at; /* first value that is not before the column */
};

/* The kernel's value in the column, NULL where it has none. */
static const struct counters_value *next_value(struct walk *w, const struct column *column)
{
    bool is_by_metric = column->metric != NCU_NONE;
    for (; w->at < w->k->n_values; w->at++) {
        const struct counters_value *v = &w->k->values[w->at];
        enum counter known = w->c->metrics[v->metric].known;
        if (is_by_metric ? v->metric == column->metric : known == column->known)
            return v;
        if (is_by_metric ? v->metric > column->metric : known > column->known)
            return NULL;
    }
    return NULL;
}

static void choose_columns(struct columns *out, const struct counters *c, bool has_all)
{
    for (uint32_t m = 0; m < c->n_metrics; m++) {
        enum counter known = c->metrics[m].known;
        if (has_all)
            *VEC_PUSH(out) = (struct column){m, known};
        else if (known != COUNTER_N && (m == 0 || c->metrics[m - 1].known != known))
            *VEC_PUSH(out) = (struct column){NCU_NONE, known};
    }
}

static void put_title(struct text *out, const struct counters *c, const struct column *column)
{
    const struct counters_metric *m =
        column->metric == NCU_NONE ? NULL : &c->metrics[column->metric];
    bool has_our_name = m == NULL || (m->known != COUNTER_N && !m->is_alias);
    const char *name = has_our_name ? counter_info(column->known)->name : m->name;
    const char *unit = m == NULL ? counter_info(column->known)->unit : m->unit;
    struct text title;
    text_init(&title);
    text_puts(&title, name);
    if (unit[0] != '\0' || str_ends(str_from(name), STR("]")))
        text_printf(&title, "[%s]", unit);
    csv_put_text(out, text_cstr(&title));
    text_done(&title);
}

static void put_extent(struct text *out, const uint32_t v[3])
{
    if (v[0] != 0)
        text_printf(out, "%" PRIu32 "x%" PRIu32 "x%" PRIu32, v[0], v[1], v[2]);
    text_putc(out, ',');
}

static void put_comma_text(struct text *out, const char *s)
{
    csv_put_text(out, s);
    text_putc(out, ',');
}

static void put_head(struct text *out, const struct counters_kernel *k)
{
    text_puts(out, "kernel,");
    put_comma_text(out, k->source);
    if (k->id != COUNTERS_NO_ID)
        text_printf(out, "%" PRIu32, k->id);
    text_putc(out, ',');
    if (k->process != 0)
        text_printf(out, "%" PRIu64, k->process);
    text_putc(out, ',');
    put_comma_text(out, k->name);
    put_extent(out, k->grid);
    put_extent(out, k->block);
    put_comma_text(out, k->context);
    put_comma_text(out, k->stream);
    put_comma_text(out, k->device);
    if (k->cc_x10 != 0)
        text_printf(out, "%" PRIu32 ".%" PRIu32, k->cc_x10 / 10, k->cc_x10 % 10);
}

static void put_kernel(struct text *out, const struct counters *c, const struct counters_kernel *k,
                       const struct columns *columns)
{
    struct walk w = {c, k, 0};
    put_head(out, k);
    for (size_t i = 0; i < columns->n; i++) {
        const struct counters_value *v = next_value(&w, &columns->at[i]);
        text_putc(out, ',');
        if (v != NULL && v->text != NULL)
            csv_put_text(out, v->text);
        else if (v != NULL)
            csv_put_number(out, v->number);
    }
    text_putc(out, '\n');
}

/* ---- instructions ---- */

/* The different listings so far; texts are interned. */
struct listings {
    struct listed {
        VEC(const struct counters_code *);
    } codes;
    struct index of;
};

struct listing_wanted {
    const struct listings *l;
    const struct counters_code *code;
};

static bool is_listing(const void *ctx, uint32_t id)
{
    const struct listing_wanted *w = ctx;
    const struct counters_code *a = w->l->codes.at[id], *b = w->code;
    return a->n == b->n && memcmp(a->pc_b, b->pc_b, a->n * sizeof *a->pc_b) == 0 &&
           memcmp(a->sass, b->sass, a->n * sizeof *a->sass) == 0;
}

static void put_listing(struct text *out, struct listings *l, const struct counters_code *code)
{
    const struct listing_wanted w = {l, code};
    uint64_t hash = hash_words(code->sass, code->n * sizeof *code->sass, 0);
    uint32_t id = index_find(&l->of, hash, is_listing, &w);
    bool is_new = id == INDEX_NONE;
    if (is_new) {
        id = (uint32_t)l->codes.n;
        index_put(&l->of, hash, id);
        *VEC_PUSH(&l->codes) = code;
    }
    text_printf(out, "code,%" PRIu32 "\n", id);
    for (uint32_t i = 0; is_new && i < code->n; i++) {
        text_printf(out, "inst,%" PRIu64 ",", code->pc_b[i]);
        csv_put_text(out, code->sass[i]);
        text_putc(out, '\n');
    }
}

static bool is_fixed(const double *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!(v[i] >= v[0] && v[i] <= v[0]))
            return false;
    return true;
}

static void put_counts(struct text *out, const struct counters_code *code)
{
    unsigned varying[CODE_N], n = 0;
    text_puts(out, "counts");
    for (unsigned c = 0; c < CODE_N; c++) {
        const double *v = code->column[c];
        if (v == NULL)
            continue;
        text_printf(out, ",%s", code_info((enum code)c)->name);
        if (is_fixed(v, code->n)) {
            text_putc(out, '=');
            csv_put_number(out, v[0]);
        } else {
            varying[n++] = c;
        }
    }
    text_putc(out, '\n');
    for (uint32_t i = 0; i < code->n; i++) {
        text_puts(out, "count");
        for (unsigned at = 0; at < n; at++) {
            double v = code->column[varying[at]][i];
            bool is_implied = varying[at] >= CODE_STALLS && v <= 0 && v >= 0;
            text_putc(out, ',');
            csv_put_number(out, is_implied ? (double)NAN : v);
        }
        text_putc(out, '\n');
    }
}

static void put_code(struct text *out, struct listings *l, const struct counters_code *code)
{
    if (code->n == 0)
        return;
    put_listing(out, l, code);
    put_counts(out, code);
}

/* ---- kernels in order ---- */

struct placed {
    const struct counters_kernel *k;
    uint32_t at;
};

static int compare_kernels(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int by_source = strcmp(x->k->source, y->k->source);
    if (by_source != 0)
        return by_source;
    if (x->k->process != y->k->process)
        return x->k->process < y->k->process ? -1 : 1;
    if (x->k->id != y->k->id)
        return x->k->id < y->k->id ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

static struct placed *in_order(struct arena *a, const struct counters *c)
{
    struct placed *order = ARENA_ARRAY(a, struct placed, c->n_kernels);
    for (uint32_t i = 0; i < c->n_kernels; i++)
        order[i] = (struct placed){&c->kernels[i], i};
    if (c->n_kernels > 0)
        qsort(order, c->n_kernels, sizeof *order, compare_kernels);
    return order;
}

static void put_heading(struct text *out, const struct counters *c, const struct columns *columns)
{
    text_printf(out, "counters,%d\nkernels", VERSION);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        text_printf(out, ",%s", heads[i].title);
    for (size_t i = 0; i < columns->n; i++) {
        text_putc(out, ',');
        put_title(out, c, &columns->at[i]);
    }
    text_putc(out, '\n');
}

void counters_write(struct text *out, const struct counters *c,
                    const struct counters_write_options *o)
{
    struct arena scratch;
    struct columns columns;
    struct listings listings;
    arena_init(&scratch, ARENA_SMALL);
    VEC_INIT(&columns, ARENA_SMALL);
    VEC_INIT(&listings.codes, ARENA_SMALL);
    index_init(&listings.of);
    choose_columns(&columns, c, o->has_all);
    put_heading(out, c, &columns);
    const struct placed *order = in_order(&scratch, c);
    for (uint32_t i = 0; i < c->n_kernels; i++) {
        put_kernel(out, c, order[i].k, &columns);
        put_code(out, &listings, &order[i].k->code);
    }
    index_done(&listings.of);
    VEC_DONE(&listings.codes);
    VEC_DONE(&columns);
    arena_done(&scratch);
}
