/*
 * csv.h: comma-separated values (RFC 4180), read a row at a time in the memory of one row, and
 * written.
 *
 * Rows end with LF or CRLF; a byte order mark at the start is passed over. A quote within a field
 * that does not begin with one stands for itself. What programs print around their tables is no
 * CSV: csv_starts and csv_skip_line pass over it.
 */
#ifndef WARPSCOPE_BASE_CSV_H
#define WARPSCOPE_BASE_CSV_H

#include "base/stream.h"
#include "base/text.h"

struct csv;

enum { CSV_LONGEST_B = 1 << 26, CSV_MOST_FIELDS = 1 << 16, CSV_PEEK_B = 64 };

struct csv_row {
    const str *fields; /* valid until the next call; without the quotes around them */
    size_t n;          /* 0 at the end; an empty line is one empty field */
    unsigned line;     /* 1-based, where the row begins */
    bool is_ended;     /* false: the file ends behind it without a line break */
};

/* Reads from `s`, which stays the caller's and open; `name` appears in errors. */
struct csv *csv_open(struct stream *s, const char *name);
void csv_close(struct csv *c);

/*
 * STATUS_INPUT with line and column where a quoted field never ends or goes on behind its quote;
 * STATUS_LIMIT for rows beyond CSV_LONGEST_B or CSV_MOST_FIELDS.
 */
enum status csv_next(struct csv *c, struct csv_row *row, struct err *e) MUST_USE;

/* Whether the error was the end of the file within a quoted field: all rows before are whole. */
bool csv_is_cut_short(const struct csv *c);

/* Whether the bytes that come next are `prefix`, of at most CSV_PEEK_B; nothing is taken. */
enum status csv_starts(struct csv *c, str prefix, bool *does, struct err *e) MUST_USE;

/* Passes over a line whatever is in it. `is_end`: there was none. */
enum status csv_skip_line(struct csv *c, bool *is_end, struct err *e) MUST_USE;

/* 1-based column of field `i` of a row in errors: the number of the field, since bytes say little
 * to people who look at a table. */
static inline unsigned csv_column(size_t i)
{
    return (unsigned)i + 1;
}

/* One field, quoted where needed. */
void csv_put_text(struct text *out, const char *s);
/* The shortest digits that give the same double; nothing for what is not finite. */
void csv_put_number(struct text *out, double v);

#endif
