/*
 * ppt_config.c: app_config.py, read as data.
 *
 * Accepted are assignments of numbers, texts, lists and dicts of these, with comments; nothing is
 * evaluated:
 *
 *     kernel_1 = {"kernel_name": "Kernel", "grid_size": 8, ...}
 *     app_kernels_id = [1, 2]
 */
#include <stdio.h>

#include "trace/ppt.h"

enum { MAX_DEPTH = 8, MAX_BLOCK = 2048 };

enum value_kind { VALUE_INT, VALUE_TEXT, VALUE_LIST, VALUE_DICT };

static const char *const KIND_NAMES[] = {"a whole number", "a text", "a list", "a dict"};

struct value {
    enum value_kind kind;
    unsigned line, column;
    int64_t i;
    str text;
    str key;             /* within a dict, or the assigned name */
    struct value *first; /* elements */
    struct value *next;
    uint32_t n;
};

struct scan {
    struct arena *a;
    str text;
    size_t at, line_at; /* next byte; first byte of the line */
    unsigned line;
    const char *path;
    struct err *e;
};

/* ---- words ---- */

/* The next byte, or 0 at the end; a 0 within the text fits nothing either. */
static char peek(const struct scan *s)
{
    return s->at < s->text.n ? s->text.p[s->at] : '\0';
}

static unsigned column(const struct scan *s)
{
    return (unsigned)(s->at - s->line_at) + 1;
}

static enum status fail(const struct scan *s, const char *expected)
{
    err_set(s->e, STATUS_INPUT, "not a PPT-GPU configuration");
    err_at(s->e, s->path, s->line, column(s));
    err_expected(s->e, "%s", expected);
    if (s->at == s->text.n)
        err_found(s->e, "the end of the file");
    else if (peek(s) > ' ' && peek(s) < 0x7f)
        err_found(s->e, "'%c'", peek(s));
    else
        err_found(s->e, "byte 0x%02x", (unsigned char)peek(s));
    return STATUS_INPUT;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_comment(struct scan *s)
{
    while (s->at < s->text.n && peek(s) != '\n')
        s->at++;
}

static void skip_blanks(struct scan *s)
{
    while (is_blank(peek(s)) || peek(s) == '#') {
        if (peek(s) == '#') {
            skip_comment(s);
            continue;
        }
        s->line += peek(s) == '\n';
        s->at++;
        if (s->text.p[s->at - 1] == '\n')
            s->line_at = s->at;
    }
}

static enum status take(struct scan *s, char c)
{
    char expected[] = {'\'', c, '\'', '\0'};
    if (peek(s) != c)
        return fail(s, expected);
    s->at++;
    skip_blanks(s);
    return STATUS_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum status scan_name(struct scan *s, str *out)
{
    size_t begin = s->at;
    if (!is_name(peek(s)) || is_digit(peek(s)))
        return fail(s, "a name");
    while (is_name(peek(s)))
        s->at++;
    *out = (str){s->text.p + begin, s->at - begin};
    skip_blanks(s);
    return STATUS_OK;
}

/* Escapes stay as written: neither keys nor kernel names have them. */
static enum status scan_text(struct scan *s, str *out)
{
    char quote = peek(s);
    size_t begin = ++s->at;
    while (s->at < s->text.n && peek(s) != quote && peek(s) != '\n')
        s->at += peek(s) == '\\' && s->at + 1 < s->text.n ? 2 : 1;
    if (peek(s) != quote)
        return fail(s, quote == '"' ? "a closing \"" : "a closing '");
    *out = (str){s->text.p + begin, s->at - begin};
    s->at++;
    skip_blanks(s);
    return STATUS_OK;
}

static enum status scan_int(struct scan *s, int64_t *out)
{
    size_t begin = s->at;
    s->at += peek(s) == '-';
    while (is_digit(peek(s)))
        s->at++;
    if (!str_parse_i64((str){s->text.p + begin, s->at - begin}, out)) {
        s->at = begin;
        return fail(s, "a whole number, a text, a list or a dict");
    }
    skip_blanks(s);
    return STATUS_OK;
}

/* ---- values ---- */

static enum status scan_value(struct scan *s, struct value *v, unsigned depth);

static enum status scan_key(struct scan *s, str *key)
{
    if (peek(s) != '"' && peek(s) != '\'')
        return fail(s, "a key in quotes");
    TRY(scan_text(s, key));
    return take(s, ':');
}

static struct value *add_element(struct scan *s, struct value *v, struct value *last)
{
    struct value *element = ARENA_NEW(s->a, struct value);
    *(last != NULL ? &last->next : &v->first) = element;
    v->n++;
    return element;
}

/* Elements up to `end`; a comma may stand behind the last. */
static enum status scan_elements(struct scan *s, struct value *v, char end, unsigned depth)
{
    struct value *last = NULL;
    if (depth == MAX_DEPTH)
        return fail(s, "less nesting");
    s->at++;
    skip_blanks(s);
    while (peek(s) != end) {
        last = add_element(s, v, last);
        if (end == '}')
            TRY(scan_key(s, &last->key));
        TRY(scan_value(s, last, depth + 1));
        if (peek(s) != end)
            TRY(take(s, ','));
    }
    return take(s, end);
}

static enum status scan_value(struct scan *s, struct value *v, unsigned depth)
{
    v->line = s->line;
    v->column = column(s);
    switch (peek(s)) {
    case '"':
    case '\'':
        v->kind = VALUE_TEXT;
        return scan_text(s, &v->text);
    case '[':
        v->kind = VALUE_LIST;
        return scan_elements(s, v, ']', depth);
    case '{':
        v->kind = VALUE_DICT;
        return scan_elements(s, v, '}', depth);
    default:
        v->kind = VALUE_INT;
        return scan_int(s, &v->i);
    }
}

/* The whole file as one dict of names. */
static enum status scan_file(struct scan *s, struct value *all)
{
    struct value *last = NULL;
    *all = (struct value){.kind = VALUE_DICT, .line = 1, .column = 1};
    skip_blanks(s);
    while (s->at < s->text.n) {
        last = add_element(s, all, last);
        TRY(scan_name(s, &last->key));
        TRY(take(s, '='));
        TRY(scan_value(s, last, 0));
    }
    return STATUS_OK;
}

/* ---- meaning ---- */

static enum status fail_value(const struct scan *s, const struct value *v, const char *what,
                              const char *expected)
{
    err_set(s->e, STATUS_INPUT, "%s", what);
    err_at(s->e, s->path, v->line, v->column);
    err_expected(s->e, "%s", expected);
    return STATUS_INPUT;
}

/* The last of a name counts, as in Python. */
static const struct value *find(const struct value *dict, const char *key)
{
    const struct value *found = NULL;
    for (const struct value *v = dict->first; v != NULL; v = v->next) {
        if (str_is(v->key, key))
            found = v;
    }
    return found;
}

static enum status need(const struct scan *s, const struct value *dict, const char *key,
                        enum value_kind kind, const struct value **out)
{
    char what[80];
    *out = find(dict, key);
    if (*out == NULL) {
        snprintf(what, sizeof what, "'%s' is missing", key);
        return fail_value(s, dict, what, KIND_NAMES[kind]);
    }
    if ((*out)->kind != kind) {
        snprintf(what, sizeof what, "'%s' is %s", key, KIND_NAMES[(*out)->kind]);
        return fail_value(s, *out, what, KIND_NAMES[kind]);
    }
    return STATUS_OK;
}

static enum status need_int(const struct scan *s, const struct value *dict, const char *key,
                            int64_t min, int64_t max, uint64_t *out)
{
    const struct value *v;
    char what[80], range[80];
    TRY(need(s, dict, key, VALUE_INT, &v));
    if (v->i < min || v->i > max) {
        snprintf(what, sizeof what, "'%s' is %lld", key, (long long)v->i);
        snprintf(range, sizeof range, "%lld to %lld", (long long)min, (long long)max);
        return fail_value(s, v, what, range);
    }
    *out = (uint64_t)v->i;
    return STATUS_OK;
}

/* Grid and block are recorded as products, so they come out one-dimensional. */
static enum status read_kernel(const struct scan *s, const struct value *dict,
                               struct trace_header *h)
{
    const struct value *name;
    uint64_t grid, block, regs, shmem;
    TRY(need(s, dict, "kernel_name", VALUE_TEXT, &name));
    TRY(need_int(s, dict, "grid_size", 1, UINT32_MAX, &grid));
    TRY(need_int(s, dict, "block_size", 1, MAX_BLOCK, &block));
    TRY(need_int(s, dict, "num_registers", 0, SASS_RZ, &regs));
    TRY(need_int(s, dict, "shared_mem_bytes", 0, 1 << 24, &shmem));
    TRY(need_int(s, dict, "cuda_stream_id", 0, INT64_MAX, &h->stream));
    h->name = arena_strndup(s->a, name->text.p, name->text.n);
    h->grid[0] = (uint32_t)grid;
    h->block[0] = (uint32_t)block;
    h->grid[1] = h->grid[2] = h->block[1] = h->block[2] = 1;
    h->n_regs = (uint32_t)regs;
    h->shmem_b = (uint32_t)shmem;
    h->file = h->nvbit_version = h->made_by = "";
    h->format = TRACE_FORMAT_PPT;
    return STATUS_OK;
}

static enum status read_listed(const struct scan *s, const struct value *all,
                               const struct value *id, struct trace_header *h)
{
    const struct value *dict;
    char name[40];
    if (id->kind != VALUE_INT || id->i < 0 || id->i > UINT32_MAX)
        return fail_value(s, id, "not the number of a kernel", "0 to 4294967295");
    h->id = (uint32_t)id->i;
    snprintf(name, sizeof name, "kernel_%u", h->id);
    if (find(all, name) == NULL)
        return fail_value(s, id, "a listed kernel is not described", name);
    TRY(need(s, all, name, VALUE_DICT, &dict));
    return read_kernel(s, dict, h);
}

enum status ppt_parse_config(struct arena *a, str text, const char *path, struct ppt_list *out,
                             struct err *e)
{
    struct scan s = {.a = a, .text = text, .line = 1, .path = path, .e = e};
    struct value all;
    const struct value *ids;
    *out = (struct ppt_list){0};
    TRY(scan_file(&s, &all));
    TRY(need(&s, &all, "app_kernels_id", VALUE_LIST, &ids));
    out->headers = ARENA_ARRAY(a, struct trace_header, ids->n);
    for (const struct value *id = ids->first; id != NULL; id = id->next)
        TRY(read_listed(&s, &all, id, &out->headers[out->n++]));
    return STATUS_OK;
}
