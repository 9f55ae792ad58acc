/*
 * script_table.c: tables that scripts print, as aligned text, CSV (RFC 4180 quoting) or JSON.
 */
#include <inttypes.h>
#include <math.h>

#include "base/json.h"
#include "base/os.h"
#include "base/units.h"
#include "prof/profile.h"
#include "script_priv.h"

enum { MAX_CELL_COLUMNS = 60 }; /* of text output: kernel names may be thousands of bytes long */

void sheet_init(struct sheet *s, struct arena *a, const char *name, size_t n_columns,
                size_t max_rows)
{
    *s = (struct sheet){.arena = a, .name = name, .n_columns = n_columns, .max_rows = max_rows};
    s->columns = ARENA_ARRAY(a, const char *, n_columns + 1);
    s->rows = ARENA_ARRAY(a, struct sheet_cell *, max_rows + 1);
    s->errors = ARENA_ARRAY(a, const char *, max_rows + 1);
}

static bool has_errors(const struct sheet *s)
{
    for (size_t i = 0; i < s->n_rows; i++)
        if (s->errors[i] != NULL)
            return true;
    return false;
}

/* Column n_columns is that of the errors. */
static struct sheet_cell cell_at(const struct sheet *s, size_t row, size_t column)
{
    if (column < s->n_columns)
        return s->rows[row] == NULL ? (struct sheet_cell){0} : s->rows[row][column];
    return s->errors[row] == NULL ? (struct sheet_cell){0}
                                  : (struct sheet_cell){SHEET_TEXT, 0, 0, s->errors[row]};
}

static const char *column_name(const struct sheet *s, size_t column)
{
    return column < s->n_columns ? s->columns[column] : "error";
}

/* ---- text ---- */

static size_t text_columns(const char *s)
{
    size_t n = 0;
    for (; *s != 0; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static int decimals_of(double v)
{
    double size = fabs(v);
    int digits = size == 0 ? 1 : (int)floor(log10(size)) + 1;
    return CLAMP(4 - digits, 0, 6);
}

static void format_number(char *out, size_t n, double v)
{
    if (isnan(v))
        snprintf(out, n, "?");
    else if (fabs(v) >= 1e15 || (v != 0 && fabs(v) < 1e-4))
        snprintf(out, n, "%.3e", v);
    else if (v == floor(v) || decimals_of(v) == 0)
        snprintf(out, n, "%.0f", v);
    else
        snprintf(out, n, "%.*f", decimals_of(v), v);
}

/* Control characters in names must not reach the terminal; bytes of UTF-8 stay whole. */
static void format_text(char *out, size_t n, const char *text)
{
    size_t used = 0, columns = 0, max = strlen(text);
    bool is_long = text_columns(text) > MAX_CELL_COLUMNS;
    for (size_t i = 0; i < max && used + 8 < n; i++) {
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (is_long && columns > MAX_CELL_COLUMNS - 3)
            break;
        out[used++] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
    }
    snprintf(out + used, n - used, "%s", is_long ? "..." : "");
}

enum { CELL_B = 512 };

static bool format_cell(struct sheet_cell c, char out[CELL_B])
{
    char digits[32];
    switch (c.kind) {
    case SHEET_INTEGER:
        snprintf(digits, sizeof digits, "%" PRId64, c.i);
        snprintf(out, CELL_B, "%s", digits);
        return true;
    case SHEET_NUMBER:
        format_number(out, CELL_B, c.v);
        return true;
    case SHEET_TEXT:
        format_text(out, CELL_B, c.text);
        return false;
    case SHEET_BOOL:
        snprintf(out, CELL_B, "%s", c.i != 0 ? "yes" : "no");
        return false;
    case SHEET_NONE:
        break;
    }
    out[0] = 0;
    return false;
}

static size_t column_width(const struct sheet *s, size_t column, bool *is_number)
{
    char text[CELL_B];
    format_text(text, sizeof text, column_name(s, column));
    size_t width = text_columns(text);
    *is_number = true;
    for (size_t i = 0; i < s->n_rows; i++) {
        struct sheet_cell c = cell_at(s, i, column);
        *is_number &= format_cell(c, text) || c.kind == SHEET_NONE;
        width = MAX(width, text_columns(text));
    }
    return width;
}

#define HEADER SIZE_MAX /* as row: the names of the columns */

struct layout {
    size_t width;
    bool is_number;
};

/* `pending` blanks are owed before the next text, so that no line ends with any. */
static void print_padded(const char *text, const struct layout *l, size_t *pending,
                         struct text *out)
{
    size_t pad = l->width - text_columns(text);
    *pending += l->is_number ? pad : 0;
    if (text[0] != 0) {
        text_pad(out, ' ', *pending);
        text_puts(out, text);
        *pending = 0;
    }
    *pending += (l->is_number ? 0 : pad) + 2;
}

static void print_row(const struct sheet *s, size_t row, const struct layout *layout, size_t n,
                      struct text *out)
{
    char text[CELL_B];
    size_t pending = 0;
    for (size_t c = 0; c < n; c++) {
        if (row == HEADER)
            format_text(text, sizeof text, column_name(s, c));
        else
            format_cell(cell_at(s, row, c), text);
        print_padded(text, &layout[c], &pending, out);
    }
    text_putc(out, '\n');
}

static void print_text(const struct sheet *s, struct text *out)
{
    size_t n = s->n_columns + has_errors(s), mark = arena_mark(s->arena);
    struct layout *layout = ARENA_ARRAY(s->arena, struct layout, n);
    for (size_t c = 0; c < n; c++)
        layout[c].width = column_width(s, c, &layout[c].is_number);
    if (s->name[0] != 0)
        text_printf(out, "%s\n", s->name);
    print_row(s, HEADER, layout, n, out);
    for (size_t r = 0; r < s->n_rows; r++)
        print_row(s, r, layout, n, out);
    arena_reset(s->arena, mark);
}

/* ---- CSV ---- */

static void print_quoted(const char *text, char sep, struct text *out)
{
    char special[] = {sep, '"', '\r', '\n', 0};
    if (strpbrk(text, special) == NULL) {
        text_puts(out, text);
        return;
    }
    text_putc(out, '"');
    for (; *text != 0; text++) {
        text_puts(out, *text == '"' ? "\"" : "");
        text_putc(out, *text);
    }
    text_putc(out, '"');
}

/* Shortest text that reads back equal; what is no number is an empty field. */
static void print_exact(double v, struct text *out)
{
    char text[40];
    double back = 0;
    if (!isfinite(v))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (str_parse_double(str_from(text), &back) && back == v)
            break;
    }
    text_puts(out, text);
}

static void print_csv_cell(struct sheet_cell c, char sep, struct text *out)
{
    if (c.kind == SHEET_INTEGER)
        text_printf(out, "%" PRId64, c.i);
    else if (c.kind == SHEET_NUMBER)
        print_exact(c.v, out);
    else if (c.kind == SHEET_BOOL)
        text_puts(out, c.i != 0 ? "true" : "false");
    else if (c.kind == SHEET_TEXT)
        print_quoted(c.text, sep, out);
}

static void print_csv(const struct sheet *s, char sep, struct text *out)
{
    size_t n = s->n_columns + has_errors(s);
    for (size_t c = 0; c < n; c++) {
        print_quoted(column_name(s, c), sep, out);
        text_putc(out, c + 1 == n ? '\n' : sep);
    }
    for (size_t r = 0; r < s->n_rows; r++)
        for (size_t c = 0; c < n; c++) {
            print_csv_cell(cell_at(s, r, c), sep, out);
            text_putc(out, c + 1 == n ? '\n' : sep);
        }
}

void sheet_print(const struct sheet *s, enum script_format f, char sep, struct text *out)
{
    if (out->n != 0)
        text_putc(out, '\n');
    if (f == SCRIPT_CSV)
        print_csv(s, sep == 0 ? ',' : sep, out);
    else
        print_text(s, out);
}

/* ---- JSON ---- */

static void add_cell(json *to, const char *key, struct sheet_cell c)
{
    char digits[32];
    bool is_exact = c.i > -((int64_t)1 << 53) && c.i < (int64_t)1 << 53;
    snprintf(digits, sizeof digits, "%" PRId64, c.i);
    if (c.kind == SHEET_INTEGER && is_exact)
        json_add_number(to, key, (double)c.i);
    else if (c.kind == SHEET_INTEGER)
        json_add_string(to, key, digits);
    else if (c.kind == SHEET_NUMBER)
        json_add_number(to, key, c.v);
    else if (c.kind == SHEET_BOOL)
        json_add_bool(to, key, c.i != 0);
    else if (c.kind == SHEET_TEXT)
        json_add_string(to, key, c.text);
    else
        json_add_null(to, key);
}

static void add_sheet(json *tables, const struct sheet *s)
{
    json *table = json_add_object(tables, NULL);
    json_add_string(table, "name", s->name);
    json *columns = json_add_array(table, "columns");
    for (size_t c = 0; c < s->n_columns; c++)
        json_add_string(columns, NULL, s->columns[c]);
    json *rows = json_add_array(table, "rows");
    for (size_t r = 0; r < s->n_rows; r++) {
        json *row = json_add_object(rows, NULL);
        for (size_t c = 0; c < s->n_columns; c++)
            add_cell(row, s->columns[c], cell_at(s, r, c));
        if (s->errors[r] != NULL)
            json_add_string(row, "error", s->errors[r]);
    }
}

void sheet_print_json(const struct sheet *const *sheets, size_t n, const char *file,
                      struct text *out)
{
    json *root = json_make_object();
    json_add_number(root, "schema", 1);
    json_add_string(root, "tool", "warpscope");
    json_add_string(root, "version", os_version());
    json_add_string(root, "script", os_basename(file));
    json *tables = json_add_array(root, "tables");
    for (size_t i = 0; i < n; i++)
        add_sheet(tables, sheets[i]);
    json_print(root, out);
    json_free(root);
}

/* ---- the binding ---- */

struct sheet_cell script_cell(lua_State *L, int index, struct arena *a)
{
    const void *p;
    const struct proxy_type *t = proxy_type_of(L, index, &p);
    int type = lua_type(L, index);
    if (t != NULL)
        return (struct sheet_cell){SHEET_TEXT, 0, 0,
                                   arena_strdup(a, t->title == NULL ? t->name : t->title(p))};
    if (lua_isinteger(L, index))
        return (struct sheet_cell){SHEET_INTEGER, lua_tointeger(L, index), 0, NULL};
    if (type == LUA_TNUMBER)
        return (struct sheet_cell){SHEET_NUMBER, 0, lua_tonumber(L, index), NULL};
    if (type == LUA_TBOOLEAN)
        return (struct sheet_cell){SHEET_BOOL, lua_toboolean(L, index), 0, NULL};
    if (type == LUA_TSTRING)
        return (struct sheet_cell){SHEET_TEXT, 0, 0, arena_strdup(a, lua_tostring(L, index))};
    if (type == LUA_TNIL)
        return (struct sheet_cell){0};
    luaL_error(L, "a table shows numbers, texts and proxies, not a %s", luaL_typename(L, index));
    return (struct sheet_cell){0};
}

void script_emit_sheet(struct script_state *s, const struct sheet *sheet)
{
    if (s->o->format != SCRIPT_JSON) {
        sheet_print(sheet, s->o->format, s->o->csv_sep, s->o->out);
        return;
    }
    if (s->n_sheets == SCRIPT_MAX_SHEETS)
        luaL_error(s->L, "a script prints at most %d tables", SCRIPT_MAX_SHEETS);
    s->sheets[s->n_sheets++] = sheet;
}

/* The length of the list in field `key` of the table at 1, which is left on the stack. */
static size_t open_list(lua_State *L, const char *key)
{
    if (lua_getfield(L, 1, key) != LUA_TTABLE)
        luaL_error(L, "table: %s must be a list, found a %s", key, luaL_typename(L, -1));
    return (size_t)luaL_len(L, -1);
}

/* A row is a list, or has its cells by column name. */
static void fill_row(lua_State *L, struct sheet *s, size_t row)
{
    if (!lua_istable(L, -1))
        luaL_error(L, "table: row %d must be a table, found a %s", (int)row + 1,
                   luaL_typename(L, -1));
    bool is_list = luaL_len(L, -1) > 0;
    s->rows[row] = ARENA_ARRAY(s->arena, struct sheet_cell, s->n_columns);
    for (size_t c = 0; c < s->n_columns; c++) {
        if (is_list)
            lua_geti(L, -1, (lua_Integer)c + 1);
        else
            lua_getfield(L, -1, s->columns[c]);
        s->rows[row][c] = script_cell(L, -1, s->arena);
        lua_pop(L, 1);
    }
}

static int print_table(lua_State *L)
{
    struct script_state *s = script_of(L);
    static const char *const options[] = {"name", "columns", "rows", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    script_check_keys(L, 1, "table", options);
    if (s->is_worker && s->print != NULL)
        return luaL_error(L, "a point of a sweep cannot print tables: return columns instead");
    if (s->is_worker)
        return 0;
    lua_getfield(L, 1, "name");
    const char *name = arena_strdup(&s->arena, luaL_optstring(L, -1, ""));
    size_t n_rows = open_list(L, "rows"), n_columns = open_list(L, "columns");
    struct sheet *sheet = ARENA_NEW(&s->arena, struct sheet);
    sheet_init(sheet, &s->arena, name, n_columns, n_rows);
    for (size_t c = 0; c < n_columns; c++, lua_pop(L, 1)) {
        lua_geti(L, -1, (lua_Integer)c + 1);
        sheet->columns[c] = arena_strdup(&s->arena, luaL_checkstring(L, -1));
    }
    lua_pop(L, 1);
    for (; sheet->n_rows < n_rows; sheet->n_rows++, lua_pop(L, 1)) {
        lua_geti(L, -1, (lua_Integer)sheet->n_rows + 1);
        fill_row(L, sheet, sheet->n_rows);
    }
    script_emit_sheet(s, sheet);
    return 0;
}

/* ---- parameters and constants ---- */

/* The text behind "name=" among the options, or NULL. */
static const char *find_arg(struct script_state *s, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < s->o->n_args; i++)
        if (strncmp(s->o->args[i], name, n) == 0 && s->o->args[i][n] == '=') {
            s->args_used |= (uint64_t)1 << i;
            return s->o->args[i] + n + 1;
        }
    return NULL;
}

static int get_param(lua_State *L)
{
    struct script_state *s = script_of(L);
    const char *name = luaL_checkstring(L, 1);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING, 2, "number or text");
    const char *given = find_arg(s, name);
    lua_settop(L, 2);
    if (given != NULL && type == LUA_TSTRING)
        lua_pushstring(L, given);
    else if (given != NULL && lua_stringtonumber(L, given) == 0)
        return luaL_error(L, "parameter %s must be a number, found '%s'", name, given);
    if (given != NULL && lua_isinteger(L, 2) && !lua_isinteger(L, -1))
        return luaL_error(L, "parameter %s must be a whole number, found '%s'", name, given);
    text_printf(&s->params, "%s%s=%s", s->params.n == 0 ? "" : " ", name,
                luaL_tolstring(L, -1, NULL));
    lua_pop(L, 1);
    return 1;
}

const struct script_function script_table_functions[] = {
    {"table", print_table, "warpscope.table{name=, columns={...}, rows={{...}, ...}}",
     "prints a table; a row is a list, or has its cells by column name"},
    {NULL, NULL, NULL, NULL},
};

const struct script_function script_param_functions[] = {
    {"param", get_param, "param(name, default)",
     "the value of `name=value` on the command line, of the default's type"},
    {NULL, NULL, NULL, NULL},
};

static bool is_trace_file(const char *name)
{
    return strstr(name, ".traceg") != NULL || str_ends(str_from(name), STR(".wst"));
}

static bool is_profile_file(const char *name)
{
    return strstr(name, ".json") != NULL;
}

static void push_shipped(lua_State *L, bool (*is_wanted)(const char *name))
{
    struct script_state *s = script_of(L);
    struct err e = {0};
    char **names;
    size_t n;
    lua_newtable(L);
    const char *dir = arena_printf(&s->arena, "%s/traces", s->o->data_dir);
    if (os_list_dir(&s->arena, dir, &names, &n, &e) != STATUS_OK)
        return;
    lua_Integer found = 0;
    for (size_t i = 0; i < n; i++)
        if (is_wanted(names[i])) {
            lua_pushstring(L, names[i]);
            lua_rawseti(L, -2, ++found);
        }
}

/* Of what was given on the command line; `is_wanted` NULL = all. */
static void push_given(lua_State *L, bool (*is_wanted)(const char *path))
{
    const struct script_options *o = script_of(L)->o;
    lua_Integer found = 0;
    lua_newtable(L);
    for (size_t i = 0; i < o->n_traces; i++)
        if (is_wanted == NULL || is_wanted(o->traces[i])) {
            lua_pushstring(L, o->traces[i]);
            lua_rawseti(L, -2, ++found);
        }
}

void script_set_values(lua_State *L)
{
    if (script_of(L)->o->n_traces == 0) {
        push_shipped(L, is_trace_file);
        push_shipped(L, is_profile_file);
    } else {
        push_given(L, NULL);
        push_given(L, profile_seems);
    }
    lua_setfield(L, -3, "profiles");
    lua_setfield(L, -2, "traces");
    script_push_hosts(L);
    lua_setfield(L, -2, "hosts");
    lua_pushstring(L, os_version());
    lua_setfield(L, -2, "version");
}
