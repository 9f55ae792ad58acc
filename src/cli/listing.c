#include "listing.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/os.h"
#include "base/units.h"
#include "present/cell.h"
#include "present/report.h"

void listing_start(struct listing *l, struct arena *a, const struct listing_column *columns,
                   size_t n_columns)
{
    ASSERT(n_columns <= LISTING_MAX_COLUMNS);
    *l = (struct listing){.a = a, .columns = columns, .n_columns = n_columns};
    VEC_INIT(&l->cells, ARENA_SMALL);
}

void listing_end(struct listing *l)
{
    VEC_DONE(&l->cells);
}

void listing_text(struct listing *l, const char *text)
{
    listing_brief(l, text, text);
}

void listing_brief(struct listing *l, const char *text, const char *shown)
{
    *VEC_PUSH(&l->cells) = (struct listing_cell){.text = shown, .value = text};
}

void listing_shown(struct listing *l, double v, const char *shown)
{
    *VEC_PUSH(&l->cells) = (struct listing_cell){LISTING_NUMBER, v, shown, NULL};
}

void listing_bool(struct listing *l, bool v)
{
    *VEC_PUSH(&l->cells) = (struct listing_cell){LISTING_BOOL, v, v ? "true" : "false", NULL};
}

void listing_number(struct listing *l, double v)
{
    char shown[32];
    listing_shown(l, v, arena_strdup(l->a, units_format(shown, sizeof shown, UNIT_PLAIN, v)));
}

static size_t n_rows(const struct listing *l)
{
    return l->cells.n / l->n_columns;
}

static const struct listing_cell *cell(const struct listing *l, size_t row, size_t column)
{
    return &l->cells.at[row * l->n_columns + column];
}

/* --- text ------------------------------------------------------------------------------------ */

static void put_padded(struct text *out, const char *text, unsigned width, bool is_right)
{
    unsigned used = grid_width(str_from(text));
    text_pad(out, ' ', is_right ? width - used : 0);
    grid_put_text(out, str_from(text));
    text_pad(out, ' ', is_right ? 0 : width - used);
}

/* Blanks at the end of a line help nobody. */
static void end_line(struct text *out)
{
    while (out->n > 0 && out->arena.base[out->n - 1] == ' ')
        text_cut(out, out->n - 1);
    text_putc(out, '\n');
}

static unsigned width_of(const struct listing *l, size_t column)
{
    unsigned width = grid_width(str_from(l->columns[column].title));
    for (size_t row = 0; row < n_rows(l); row++)
        width = MAX(width, grid_width(str_from(cell(l, row, column)->text)));
    return width;
}

static void print_text(const struct listing *l, struct text *out)
{
    unsigned width[LISTING_MAX_COLUMNS];
    for (size_t c = 0; c < l->n_columns; c++)
        width[c] = l->columns[c].title == NULL ? 0 : width_of(l, c);
    for (size_t row = 0; row <= n_rows(l); row++) { /* row 0: the titles */
        const char *gap = "";
        for (size_t c = 0; c < l->n_columns; c++) {
            const struct listing_column *column = &l->columns[c];
            if (column->title == NULL)
                continue;
            text_puts(out, gap);
            put_padded(out, row == 0 ? column->title : cell(l, row - 1, c)->text, width[c],
                       column->is_right);
            gap = "  ";
        }
        end_line(out);
    }
}

/* --- for programs ---------------------------------------------------------------------------- */

static void put_csv_head(const struct listing *l, struct text *out)
{
    const char *comma = "";
    for (size_t c = 0; c < l->n_columns; c++) {
        const struct listing_column *column = &l->columns[c];
        if (column->key == NULL)
            continue;
        text_printf(out, "%s%s", comma, column->key);
        if (column->unit[0] != '\0')
            text_printf(out, "[%s]", column->unit);
        comma = ",";
    }
    text_putc(out, '\n');
}

static void print_csv(const struct listing *l, struct text *out)
{
    put_csv_head(l, out);
    for (size_t row = 0; row < n_rows(l); row++) {
        const char *comma = "";
        for (size_t c = 0; c < l->n_columns; c++) {
            const struct listing_cell *at = cell(l, row, c);
            if (l->columns[c].key == NULL)
                continue;
            text_puts(out, comma);
            if (at->kind == LISTING_NUMBER)
                csv_put_number(out, at->number);
            else
                csv_put_text(out, at->kind == LISTING_TEXT ? at->value : at->text);
            comma = ",";
        }
        text_putc(out, '\n');
    }
}

static void add_json(json *to, const char *key, const struct listing_cell *at)
{
    if (at->kind == LISTING_NUMBER)
        json_add_number(to, key, at->number);
    else if (at->kind == LISTING_BOOL)
        json_add_bool(to, key, at->number > 0);
    else
        json_add_string(to, key, at->value);
}

static void print_json(const struct listing *l, const char *list, struct text *out)
{
    struct report_json j = report_json_make(os_version(), list);
    for (size_t row = 0; row < n_rows(l); row++) {
        json *object = json_add_object(j.list, NULL);
        for (size_t c = 0; c < l->n_columns; c++)
            if (l->columns[c].key != NULL)
                add_json(object, l->columns[c].key, cell(l, row, c));
    }
    json_print(j.doc, out);
    json_free(j.doc);
}

void listing_print(const struct listing *l, enum cli_format format, const char *list,
                   struct text *out)
{
    if (format == FORMAT_JSON)
        print_json(l, list, out);
    else if (format == FORMAT_CSV)
        print_csv(l, out);
    else if (n_rows(l) > 0)
        print_text(l, out);
}
