/* Comma-separated values: RFC 4180 and what stands around tables. */
#include "base/csv.h"
#include "t.h"

static struct stream *stream;

static struct csv *open_text(const char *text)
{
    struct err e = {0};
    CHECK(stream_open_memory(&stream, str_from(text), "x.csv", &e) == STATUS_OK);
    return csv_open(stream, "x.csv");
}

static void done(struct csv *c)
{
    csv_close(c);
    stream_close(stream);
}

/* Rows as "a|b", each with its line: "1 a|b". */
static const char *dump(const char *text, struct err *e)
{
    static char out[4096];
    struct csv *c = open_text(text);
    struct csv_row row;
    size_t n = 0;
    out[0] = '\0';
    while (csv_next(c, &row, e) == STATUS_OK && row.n > 0) {
        n += (size_t)snprintf(out + n, sizeof out - n, "%u%s ", row.line, row.is_ended ? "" : "!");
        for (size_t i = 0; i < row.n; i++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", i > 0 ? "|" : "",
                                  (int)row.fields[i].n, row.fields[i].p);
        n += (size_t)snprintf(out + n, sizeof out - n, "\n");
    }
    done(c);
    return out;
}

static const char *rows(const char *text)
{
    struct err e = {0};
    const char *out = dump(text, &e);
    CHECK_EQ_STR(e.message, "");
    return out;
}

TEST(rows_and_fields)
{
    CHECK_EQ_STR(rows(""), "");
    CHECK_EQ_STR(rows("\n"), "1 \n");
    CHECK_EQ_STR(rows("a,b\nc,\n"), "1 a|b\n2 c|\n");
    CHECK_EQ_STR(rows("a,b\r\n\"c\"\r\n"), "1 a|b\n2 c\n");
    CHECK_EQ_STR(rows("a\rb\n"), "1 a\rb\n");
    CHECK_EQ_STR(rows("\xef\xbb\xbf\"a\",b\n"), "1 a|b\n");
    CHECK_EQ_STR(rows("a\n\nb"), "1 a\n2 \n3! b\n");
}

TEST(quotes)
{
    CHECK_EQ_STR(rows("\"a,b\",\"say \"\"x\"\"\",\"\"\n"), "1 a,b|say \"x\"|\n");
    CHECK_EQ_STR(rows("\"a\nb\",c\nd\n"), "1 a\nb|c\n3 d\n");
    CHECK_EQ_STR(rows("a \"b\" c,d\"\n"), "1 a \"b\" c|d\"\n");
}

TEST(broken_quotes_have_a_place)
{
    struct err e = {0};
    CHECK_EQ_STR(dump("a\nb,\"c\nd", &e), "1 a\n");
    CHECK_EQ_STR(e.message, "the file ends within a quoted field");
    CHECK_EQ_INT(e.line, 2);
    CHECK_EQ_INT(e.column, 2);
    e = (struct err){0};
    dump("a\n\"b\"c,d\n", &e);
    CHECK_EQ_STR(e.message, "a quoted field goes on behind its quote");
    CHECK_EQ_INT(e.line, 2);
    CHECK_EQ_INT(e.column, 1);
}

TEST(cut_short_or_broken)
{
    struct csv_row row;
    struct err e = {0};
    struct csv *c = open_text("\"a");
    CHECK(csv_next(c, &row, &e) == STATUS_INPUT && csv_is_cut_short(c));
    done(c);
    c = open_text("\"a\"b");
    CHECK(csv_next(c, &row, &e) == STATUS_INPUT && !csv_is_cut_short(c));
    done(c);
}

TEST(lines_around_a_table_are_passed_over)
{
    struct csv *c = open_text("==PROF== \"an open quote, and\na,b\nc\n");
    struct csv_row row;
    struct err e = {0};
    bool is;
    CHECK(csv_starts(c, STR("=="), &is, &e) == STATUS_OK && is);
    CHECK(csv_skip_line(c, &is, &e) == STATUS_OK && !is);
    CHECK(csv_starts(c, STR("=="), &is, &e) == STATUS_OK && !is);
    CHECK(csv_next(c, &row, &e) == STATUS_OK && row.n == 2 && row.line == 2);
    CHECK(csv_skip_line(c, &is, &e) == STATUS_OK && !is);
    CHECK(csv_skip_line(c, &is, &e) == STATUS_OK && is);
    CHECK(csv_next(c, &row, &e) == STATUS_OK && row.n == 0);
    done(c);
}

TEST(rows_longer_than_the_window)
{
    enum { N = 300000 };
    struct text t;
    struct csv_row row;
    struct err e = {0};
    text_init(&t);
    text_puts(&t, "a,\"");
    text_pad(&t, 'x', N);
    text_puts(&t, "\"\nb,c\n");
    struct csv *c = open_text(text_cstr(&t));
    CHECK(csv_next(c, &row, &e) == STATUS_OK && row.n == 2);
    CHECK_EQ_INT(row.fields[1].n, N);
    CHECK(csv_next(c, &row, &e) == STATUS_OK && row.n == 2 && row.line == 2);
    CHECK(str_is(row.fields[0], "b") && str_is(row.fields[1], "c"));
    done(c);
    text_done(&t);
}

TEST(too_many_fields_are_refused)
{
    struct text t;
    struct csv_row row;
    struct err e = {0};
    text_init(&t);
    text_pad(&t, ',', CSV_MOST_FIELDS);
    struct csv *c = open_text(text_cstr(&t));
    CHECK(csv_next(c, &row, &e) == STATUS_LIMIT);
    done(c);
    text_done(&t);
}

TEST(written_by_rfc_4180)
{
    struct text t;
    text_init(&t);
    csv_put_text(&t, "plain words");
    csv_put_text(&t, "|");
    csv_put_text(&t, "a,b");
    csv_put_text(&t, "a\nb");
    csv_put_text(&t, "\"");
    CHECK_EQ_STR(text_cstr(&t), "plain words|\"a,b\"\"a\nb\"\"\"\"\"");
    text_clear(&t);
    csv_put_number(&t, (double)NAN);
    csv_put_number(&t, 0.1);
    text_putc(&t, ' ');
    csv_put_number(&t, 1e300 * 10);
    text_putc(&t, ' ');
    csv_put_number(&t, 0.1 + 0.2);
    CHECK_EQ_STR(text_cstr(&t), "0.1 1e+301 0.30000000000000004");
    text_done(&t);
}
