#include "base/csv.h"

#include <math.h>
#include <stdlib.h>

#include "base/os.h"

enum { WINDOW_B = 1 << 16, END = -1 };

struct csv {
    struct stream *stream;
    const char *name;
    char *window;
    size_t at, end; /* of the window */
    bool has_begun, is_over, is_cut_short;
    unsigned line;
    struct text bytes; /* of the row's fields, one behind the other */
    struct csv_places {
        VEC(size_t); /* where each field ends in `bytes` */
    } ends;
    struct csv_fields {
        VEC(str);
    } fields;
};

struct csv *csv_open(struct stream *s, const char *name)
{
    struct csv *c = calloc(1, sizeof *c);
    char *window = malloc(WINDOW_B);
    if (c == NULL || window == NULL)
        os_fatal("out of memory for a table");
    *c = (struct csv){.stream = s, .name = name, .window = window, .line = 1};
    text_init(&c->bytes);
    VEC_INIT(&c->ends, ARENA_SMALL);
    VEC_INIT(&c->fields, ARENA_SMALL);
    return c;
}

void csv_close(struct csv *c)
{
    if (c == NULL)
        return;
    text_done(&c->bytes);
    VEC_DONE(&c->ends);
    VEC_DONE(&c->fields);
    free(c->window);
    free(c);
}

bool csv_is_cut_short(const struct csv *c)
{
    return c->is_cut_short;
}

/* ---- bytes ---- */

/* At least `n` bytes in the window, fewer only at the end of the file. */
static enum status fill(struct csv *c, size_t n, struct err *e)
{
    while (!c->is_over && c->end - c->at < n) {
        size_t left = c->end - c->at, got;
        memmove(c->window, c->window + c->at, left);
        c->at = 0;
        c->end = left;
        TRY(stream_read(c->stream, c->window + left, WINDOW_B - left, &got, e));
        c->end += got;
        c->is_over = got == 0;
    }
    if (!c->has_begun && c->end - c->at >= 3 && memcmp(c->window, "\xef\xbb\xbf", 3) == 0)
        c->at += 3;
    c->has_begun = true;
    return STATUS_OK;
}

/* The next byte, END behind the last; not taken. */
static enum status peek(struct csv *c, int *out, struct err *e)
{
    if (c->at == c->end || !c->has_begun)
        TRY(fill(c, CSV_PEEK_B, e));
    *out = c->at == c->end ? END : (unsigned char)c->window[c->at];
    return STATUS_OK;
}

static void take(struct csv *c)
{
    c->line += c->window[c->at] == '\n';
    c->at++;
}

enum status csv_starts(struct csv *c, str prefix, bool *does, struct err *e)
{
    ASSERT(prefix.n <= CSV_PEEK_B);
    TRY(fill(c, CSV_PEEK_B, e));
    *does = str_starts((str){c->window + c->at, c->end - c->at}, prefix);
    return STATUS_OK;
}

enum status csv_skip_line(struct csv *c, bool *is_end, struct err *e)
{
    int byte;
    TRY(peek(c, &byte, e));
    *is_end = byte == END;
    while (byte != END) {
        take(c);
        if (byte == '\n')
            break;
        TRY(peek(c, &byte, e));
    }
    return STATUS_OK;
}

/* ---- fields ---- */

static enum status fail(struct csv *c, enum status s, unsigned line, const char *what,
                        struct err *e)
{
    err_set(e, s, "%s", what);
    err_at(e, c->name, line, csv_column(c->ends.n));
    return s;
}

static enum status add(struct csv *c, int byte, struct err *e)
{
    if (c->bytes.n >= CSV_LONGEST_B)
        return fail(c, STATUS_LIMIT, c->line, "a row is longer than 64 MiB", e);
    text_putc(&c->bytes, (char)byte);
    return STATUS_OK;
}

static bool is_break(int byte)
{
    return byte == ',' || byte == '\n' || byte == END;
}

/* Behind the opening quote up to what ends the field. */
static enum status read_quoted(struct csv *c, struct err *e)
{
    unsigned line = c->line;
    int byte;
    for (;;) {
        TRY(peek(c, &byte, e));
        if (byte == END) {
            c->is_cut_short = true;
            return fail(c, STATUS_INPUT, line, "the file ends within a quoted field", e);
        }
        take(c);
        if (byte == '"') {
            TRY(peek(c, &byte, e));
            if (byte != '"')
                return STATUS_OK;
            take(c);
        }
        TRY(add(c, byte, e));
    }
}

/* The CR of a line end is none of the field. */
static enum status read_bare(struct csv *c, struct err *e)
{
    size_t start = c->bytes.n;
    int byte;
    for (;;) {
        TRY(peek(c, &byte, e));
        if (is_break(byte))
            break;
        take(c);
        TRY(add(c, byte, e));
    }
    str bytes = text_str(&c->bytes);
    if (byte != ',' && bytes.n > start && bytes.p[bytes.n - 1] == '\r')
        text_cut(&c->bytes, bytes.n - 1);
    return STATUS_OK;
}

static enum status read_field(struct csv *c, struct err *e)
{
    int byte;
    if (c->ends.n >= CSV_MOST_FIELDS)
        return fail(c, STATUS_LIMIT, c->line, "a row has more than 65,536 fields", e);
    TRY(peek(c, &byte, e));
    if (byte != '"') {
        TRY(read_bare(c, e));
    } else {
        take(c);
        TRY(read_quoted(c, e));
        TRY(peek(c, &byte, e));
        if (byte == '\r') {
            take(c);
            TRY(peek(c, &byte, e));
        }
        if (!is_break(byte)) {
            fail(c, STATUS_INPUT, c->line, "a quoted field goes on behind its quote", e);
            err_expected(e, "a comma or the end of the line; a quote within quotes is doubled");
            return STATUS_INPUT;
        }
    }
    *VEC_PUSH(&c->ends) = c->bytes.n;
    return STATUS_OK;
}

static void hand_out(struct csv *c, struct csv_row *row)
{
    size_t from = 0;
    VEC_RESIZE_DOWN(&c->fields, 0);
    for (size_t i = 0; i < c->ends.n; i++) {
        *VEC_PUSH(&c->fields) = (str){text_str(&c->bytes).p + from, c->ends.at[i] - from};
        from = c->ends.at[i];
    }
    row->fields = c->fields.at;
    row->n = c->fields.n;
}

enum status csv_next(struct csv *c, struct csv_row *row, struct err *e)
{
    int byte;
    VEC_RESIZE_DOWN(&c->ends, 0);
    text_clear(&c->bytes);
    TRY(peek(c, &byte, e));
    *row = (struct csv_row){.line = c->line, .is_ended = true};
    if (byte == END)
        return STATUS_OK;
    for (;;) {
        TRY(read_field(c, e));
        TRY(peek(c, &byte, e));
        if (byte != ',')
            break;
        take(c);
    }
    row->is_ended = byte == '\n';
    if (row->is_ended)
        take(c);
    hand_out(c, row);
    return STATUS_OK;
}

/* ---- writing ---- */

void csv_put_text(struct text *out, const char *s)
{
    if (strpbrk(s, ",\"\r\n") == NULL) {
        text_puts(out, s);
        return;
    }
    text_putc(out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"')
            text_putc(out, '"');
        text_putc(out, *s);
    }
    text_putc(out, '"');
}

void csv_put_number(struct text *out, double v)
{
    char digits[32];
    double back = 0;
    if (!isfinite(v))
        return;
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, v);
        if (str_parse_double(str_from(digits), &back) && back >= v && back <= v)
            break;
    }
    text_puts(out, digits);
}
