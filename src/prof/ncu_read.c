#include "ncu_read.h"

/* Titles differ a little between pages and versions. */
static const struct {
    const char *title;
    enum ncu_column column;
} titles[] = {
    {"ID", NCU_ID},
    {"Process ID", NCU_PROCESS},
    {"Process Name", NCU_PROCESS_NAME},
    {"Host Name", NCU_HOST},
    {"Kernel Name", NCU_KERNEL},
    {"Function Name", NCU_KERNEL},
    {"Kernel Time", NCU_TIME},
    {"Context", NCU_CONTEXT},
    {"Stream", NCU_STREAM},
    {"Block Size", NCU_BLOCK},
    {"Grid Size", NCU_GRID},
    {"Device", NCU_DEVICE},
    {"Device Name", NCU_DEVICE},
    {"CC", NCU_CC},
    {"Compute Capability", NCU_CC},
    {"Metric Name", NCU_METRIC},
    {"Metric Unit", NCU_UNIT},
    {"Metric Value", NCU_VALUE},
    {"Address", NCU_ADDRESS},
    {"Source", NCU_SOURCE},
};

enum ncu_column ncu_column_of(str title)
{
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (str_is(title, titles[i].title))
            return titles[i].column;
    return NCU_N_COLUMNS;
}

bool ncu_is_named(str title)
{
    return ncu_column_of(title) != NCU_N_COLUMNS;
}

static bool has(const struct csv_row *row, enum ncu_column c)
{
    for (size_t i = 0; i < row->n; i++)
        if (ncu_column_of(row->fields[i]) == c)
            return true;
    return false;
}

/* The row of an instruction that is cut short begins with a number. */
bool ncu_is_key(const struct csv_row *row)
{
    uint64_t number;
    if (row->n == 2)
        return !str_parse_hex(str_trim(row->fields[0]), &number);
    return row->n == 3 && row->fields[2].n == 0 && ncu_is_named(row->fields[0]);
}

enum ncu_page ncu_heading(const struct csv_row *row)
{
    if (row->n == 2 && str_is(row->fields[0], "counters"))
        return NCU_COMPACT;
    if (row->n < 3 || ncu_is_key(row) ||
        (!ncu_is_named(row->fields[0]) && !str_is(row->fields[0], "#")))
        return NCU_NO_PAGE;
    if (has(row, NCU_METRIC) && has(row, NCU_VALUE) && has(row, NCU_KERNEL))
        return NCU_LONG;
    if (has(row, NCU_SOURCE))
        return NCU_SOURCE_PAGE;
    return has(row, NCU_ID) && has(row, NCU_KERNEL) ? NCU_WIDE : NCU_NO_PAGE;
}

void ncu_find_columns(struct ncu_reader *r, const struct csv_row *row)
{
    r->n_columns = (uint32_t)row->n;
    for (unsigned c = 0; c < NCU_N_COLUMNS; c++)
        r->column[c] = NCU_NONE;
    for (uint32_t i = 0; i < row->n; i++) {
        enum ncu_column c = ncu_column_of(row->fields[i]);
        if (c != NCU_N_COLUMNS && r->column[c] == NCU_NONE)
            r->column[c] = i;
    }
}

str ncu_field(const struct ncu_reader *r, const struct csv_row *row, enum ncu_column c)
{
    return r->column[c] < row->n ? row->fields[r->column[c]] : STR("");
}

/* "9.0" is 90. */
static uint32_t cc_x10(str text)
{
    str rest = str_trim(text), major;
    uint64_t above, below;
    if (!str_cut(&rest, '.', &major) || !str_parse_u64(major, &above) ||
        !str_parse_u64(rest, &below) || above >= 1000 || below >= 10)
        return 0;
    return (uint32_t)(above * 10 + below);
}

void ncu_set(struct ncu_reader *r, struct counters_kernel *k, enum ncu_column c, str text)
{
    uint64_t n = 0;
    text = str_trim(text);
    bool is_number = str_parse_u64(text, &n);
    if (c == NCU_ID && is_number && n < COUNTERS_NO_ID)
        k->id = (uint32_t)n;
    else if (c == NCU_PROCESS && is_number)
        k->process = n;
    else if (c == NCU_KERNEL)
        k->name = counters_build_text(r->b, text);
    else if (c == NCU_CONTEXT)
        k->context = counters_build_text(r->b, text);
    else if (c == NCU_STREAM)
        k->stream = counters_build_text(r->b, text);
    else if (c == NCU_BLOCK)
        (void)ncu_extent(text, k->block);
    else if (c == NCU_GRID)
        (void)ncu_extent(text, k->grid);
    else if (c == NCU_DEVICE && !is_number) /* a number counts devices */
        k->device = counters_build_text(r->b, text);
    else if (c == NCU_CC)
        k->cc_x10 = cc_x10(text);
}

enum status ncu_new_kernel(struct ncu_reader *r, const struct csv_row *row,
                           struct counters_kernel **out, struct err *e)
{
    TRY(counters_build_kernel(r->b, out, e));
    (*out)->source = counters_build_text(r->b, str_from(r->source));
    for (unsigned c = 0; row != NULL && c < NCU_N_COLUMNS; c++)
        if (r->column[c] != NCU_NONE)
            ncu_set(r, *out, (enum ncu_column)c, ncu_field(r, row, (enum ncu_column)c));
    return STATUS_OK;
}

enum status ncu_fail(const struct ncu_reader *r, const struct csv_row *row, struct err *e,
                     const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err_vset(e, STATUS_INPUT, fmt, ap);
    va_end(ap);
    err_at(e, r->path, row->line, 0);
    return STATUS_INPUT;
}
