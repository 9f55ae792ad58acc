/*
 * ncu_table.c: pages with a row a kernel (raw) and with a row a metric (details, and raw of old
 * versions).
 */
#include "ncu_read.h"

/* ---- a row a kernel ---- */

enum status ncu_wide_begin(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    (void)e;
    ncu_find_columns(r, row);
    r->has_units = false;
    r->wide = ARENA_ARRAY(counters_build_arena(r->b), struct ncu_metric_column, row->n);
    for (size_t i = 0; i < row->n; i++)
        r->wide[i].name = ncu_is_named(row->fields[i]) || row->fields[i].n == 0
                              ? NULL
                              : counters_build_text(r->b, row->fields[i]);
    return STATUS_OK;
}

/* `row` holds the units, NULL = there are none. */
static void set_units(struct ncu_reader *r, const struct csv_row *row)
{
    r->has_units = true;
    for (uint32_t i = 0; i < r->n_columns; i++) {
        struct ncu_metric_column *c = &r->wide[i];
        c->metric = NCU_NONE;
        if (c->name == NULL)
            continue;
        c->unit = ncu_unit(counters_build_arena(r->b), row != NULL ? row->fields[i] : STR(""));
        c->metric = counters_build_metric(r->b, str_from(c->name), c->unit.name);
    }
}

enum status ncu_wide_row(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct counters_kernel *k;
    if (str_trim(ncu_field(r, row, NCU_ID)).n == 0 &&
        str_trim(ncu_field(r, row, NCU_KERNEL)).n == 0) {
        if (r->has_units)
            return ncu_fail(r, row, e, "a kernel without a number and a name");
        set_units(r, row);
        return STATUS_OK;
    }
    if (!r->has_units)
        set_units(r, NULL);
    TRY(ncu_new_kernel(r, row, &k, e));
    for (uint32_t i = 0; i < r->n_columns; i++)
        if (r->wide[i].metric != NCU_NONE)
            counters_build_value(r->b, counters_build_n_kernels(r->b) - 1, r->wide[i].metric,
                                 row->fields[i], r->wide[i].unit);
    return STATUS_OK;
}

/* ---- a row a metric ---- */

enum status ncu_long_begin(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    (void)e;
    ncu_find_columns(r, row);
    r->first_kernel = counters_build_n_kernels(r->b);
    return STATUS_OK;
}

struct launch {
    const struct ncu_reader *r;
    str id, process, name;
};

static uint64_t number_of(str text, uint64_t otherwise)
{
    uint64_t n;
    return str_parse_u64(str_trim(text), &n) ? n : otherwise;
}

/* Numbers start again in the next table of a file. */
static bool is_launch(const void *ctx, uint32_t i)
{
    const struct launch *l = ctx;
    const struct counters_kernel *k = counters_build_kernel_at(l->r->b, i);
    return i >= l->r->first_kernel && k->id == number_of(l->id, COUNTERS_NO_ID) &&
           k->process == number_of(l->process, 0) && str_is(str_trim(l->name), k->name);
}

/* The kernel that the row belongs to; rows of one launch need not stand together. */
static enum status find_kernel(struct ncu_reader *r, const struct csv_row *row, uint32_t *out,
                               struct err *e)
{
    const struct launch l = {r, ncu_field(r, row, NCU_ID), ncu_field(r, row, NCU_PROCESS),
                             ncu_field(r, row, NCU_KERNEL)};
    uint64_t hash = hash_bytes(l.id.p, l.id.n, hash_bytes(l.process.p, l.process.n, 0));
    struct counters_kernel *k;
    *out = index_find(&r->kernel_of, hash, is_launch, &l);
    if (*out != INDEX_NONE)
        return STATUS_OK;
    TRY(ncu_new_kernel(r, row, &k, e));
    *out = counters_build_n_kernels(r->b) - 1;
    index_put(&r->kernel_of, hash, *out);
    return STATUS_OK;
}

/* Rows of rules, which give advice, name no metric. */
enum status ncu_long_row(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    uint32_t kernel;
    str name = str_trim(ncu_field(r, row, NCU_METRIC));
    TRY(find_kernel(r, row, &kernel, e));
    if (name.n == 0)
        return STATUS_OK;
    struct ncu_unit unit = ncu_unit(counters_build_arena(r->b), ncu_field(r, row, NCU_UNIT));
    counters_build_value(r->b, kernel, counters_build_metric(r->b, name, unit.name),
                         ncu_field(r, row, NCU_VALUE), unit);
    return STATUS_OK;
}
