#include "base/os.h"
#include "ncu_read.h"

/* ---- which file it is ---- */

/* Files that people have beside an export; what to do with each. */
static const struct {
    str magic;
    const char *what, *hint;
} others[] = {
    {{"NVR\0", 4}, "an Nsight Compute report", "ncu --import FILE --page raw --csv"},
    {{"SQLite format 3", 15}, "a database", NULL},
    {{"NSYS", 4}, "an Nsight Systems report, which has no counters", NULL},
    {{"{", 1}, "JSON", NULL},
    {{"[", 1}, "JSON", NULL},
    {{"\x7f"
      "ELF",
      4},
     "a program or library",
     NULL},
};

static enum status find_other(struct csv *c, const char **what, const char **hint, struct err *e)
{
    *what = "text without such a table";
    *hint = NULL;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        bool is;
        TRY(csv_starts(c, others[i].magic, &is, e));
        if (is) {
            *what = others[i].what;
            *hint = others[i].hint;
        }
    }
    return STATUS_OK;
}

static enum status fail_other(const char *path, const char *what, const char *hint, struct err *e)
{
    err_set(e, STATUS_INPUT, "'%s' holds no counters", path);
    err_at(e, path, 0, 0);
    err_expected(e, "CSV of Nsight Compute (raw, details or source page), or of counters import");
    err_found(e, "%s", what);
    if (hint != NULL)
        err_hint(e, "export it with: %s", hint);
    return STATUS_INPUT;
}

/* ---- pages ---- */

/* What the first row of a page or of its keys may begin with; programs print anything else. */
static const char *const beginnings[] = {
    "\"ID\"",       "ID,",        "\"#\"",       "#,",       "\"Kernel Name\"", "Kernel Name,",
    "\"Function N", "Function N", "\"Address\"", "Address,", "counters,",       "\"Process\"",
};

static enum status is_beginning(struct csv *c, bool *out, struct err *e)
{
    *out = false;
    for (size_t i = 0; !*out && i < ARRAY_LEN(beginnings); i++)
        TRY(csv_starts(c, str_from(beginnings[i]), out, e));
    return STATUS_OK;
}

/* Passes over what stands around pages. At the end of the file nothing begins. */
static enum status skip_foreign(struct csv *c, bool is_in_page, struct err *e)
{
    for (;;) {
        bool is_message, is_page = is_in_page, is_end;
        TRY(csv_starts(c, STR("=="), &is_message, e));
        if (!is_in_page)
            TRY(is_beginning(c, &is_page, e));
        if (is_page && !is_message)
            return STATUS_OK;
        TRY(csv_skip_line(c, &is_end, e));
        if (is_end)
            return STATUS_OK;
    }
}

static enum status begin_page(struct ncu_reader *r, enum ncu_page page, const struct csv_row *row,
                              struct err *e)
{
    switch (page) {
    case NCU_WIDE:
        return ncu_wide_begin(r, row, e);
    case NCU_LONG:
        return ncu_long_begin(r, row, e);
    case NCU_SOURCE_PAGE:
        return ncu_source_begin(r, row, e);
    case NCU_COMPACT:
        return ncu_compact_row(r, row, e);
    case NCU_NO_PAGE:
        break;
    }
    UNREACHABLE();
}

/* Rows of a long page may end behind the value: the columns of rules come last. */
static enum status check_length(const struct ncu_reader *r, enum ncu_page page,
                                const struct csv_row *row, struct err *e)
{
    bool is_short = page == NCU_LONG && row->n > r->column[NCU_VALUE] && row->n < r->n_columns;
    if (row->n == r->n_columns || is_short)
        return STATUS_OK;
    ncu_fail(r, row, e, "a row of %zu fields", row->n);
    err_expected(e, "%u, as in the heading", (unsigned)r->n_columns);
    return STATUS_INPUT;
}

static enum status read_row(struct ncu_reader *r, enum ncu_page page, const struct csv_row *row,
                            struct err *e)
{
    bool is_key = (page == NCU_SOURCE_PAGE || page == NCU_NO_PAGE) && ncu_is_key(row);
    if (page == NCU_COMPACT)
        return ncu_compact_row(r, row, e);
    if (is_key)
        return ncu_source_row(r, row, e);
    if (page == NCU_NO_PAGE)
        return ncu_fail(r, row, e, "the heading of a table without kernels and metrics");
    TRY(check_length(r, page, row, e));
    if (page == NCU_WIDE)
        return ncu_wide_row(r, row, e);
    return page == NCU_LONG ? ncu_long_row(r, row, e) : ncu_source_row(r, row, e);
}

static bool is_blank(const struct csv_row *row)
{
    return row->n == 1 && str_trim(row->fields[0]).n == 0;
}

static enum status step(const struct ncu_reader *r, uint64_t n_rows, struct err *e)
{
    enum { STEP_ROWS = 1024 };
    if (n_rows % STEP_ROWS != 0 ||
        tick_step(r->options.tick, stream_taken(r->stream), stream_size(r->stream)))
        return STATUS_OK;
    return err_set(e, STATUS_CANCELLED, "cancelled");
}

/* One row after another. The row that fails is left in *row. */
static enum status read_rows(struct ncu_reader *r, struct csv_row *row, bool *has_page,
                             struct err *e)
{
    enum ncu_page page = NCU_NO_PAGE;
    bool is_in_page = false;
    uint64_t n_rows = 0;
    for (;;) {
        TRY(step(r, n_rows++, e));
        TRY(skip_foreign(r->csv, is_in_page, e));
        TRY(csv_next(r->csv, row, e));
        if (row->n == 0)
            return STATUS_OK;
        if (is_blank(row))
            continue;
        is_in_page = *has_page = true;
        enum ncu_page next = ncu_heading(row);
        if (next != NCU_NO_PAGE) {
            page = next;
            if (page != NCU_SOURCE_PAGE)
                ncu_source_end(r, false);
            TRY(begin_page(r, page, row, e));
        } else {
            TRY(read_row(r, page, row, e));
        }
    }
}

/* The end of the file within a row says nothing of the rows before. */
static enum status read_pages(struct ncu_reader *r, bool *has_page, struct err *e)
{
    struct csv_row row = {.is_ended = true};
    struct err failure = {0};
    enum status s = read_rows(r, &row, has_page, &failure);
    bool is_cut = s == STATUS_INPUT && (csv_is_cut_short(r->csv) || !row.is_ended);
    ncu_source_end(r, is_cut);
    if (r->repeats.n > 0)
        counters_build_warn(r->b, "%s has kernels twice in a row: %u %s left out", r->source,
                            (unsigned)r->repeats.n,
                            r->repeats.n == 1 ? "repeat is" : "repeats are");
    if (is_cut && r->options.keep_going) {
        counters_build_warn(r->b, "%s ends within line %u; what is before is taken", r->path,
                            failure.line);
        return STATUS_OK;
    }
    if (is_cut)
        err_hint(&failure, "the file seems cut short; --keep-going takes what is whole");
    if (s != STATUS_OK && e != NULL && e->status == STATUS_OK)
        *e = failure;
    return s;
}

static void start(struct ncu_reader *r)
{
    index_init(&r->kernel_of);
    text_init(&r->sass);
    VEC_INIT(&r->repeats.before, ARENA_LARGE);
    VEC_INIT(&r->repeats.now, ARENA_LARGE);
    VEC_INIT(&r->listings.lines, ARENA_LARGE);
    VEC_INIT(&r->listings.starts, ARENA_LARGE);
}

static void end(struct ncu_reader *r)
{
    index_done(&r->kernel_of);
    text_done(&r->sass);
    VEC_DONE(&r->repeats.before);
    VEC_DONE(&r->repeats.now);
    VEC_DONE(&r->listings.lines);
    VEC_DONE(&r->listings.starts);
    csv_close(r->csv);
}

static enum status read_stream(struct counters_build *b, struct stream *s, const char *path,
                               const struct counters_options *o, struct err *e)
{
    struct ncu_reader r = {.b = b,
                           .csv = csv_open(s, path),
                           .path = path,
                           .source = os_basename(path),
                           .stream = s,
                           .options = o != NULL ? *o : (struct counters_options){0}};
    const char *what = "", *hint = NULL;
    bool has_page = false;
    start(&r);
    enum status st = find_other(r.csv, &what, &hint, e);
    if (st == STATUS_OK && hint != NULL)
        st = fail_other(path, what, hint, e);
    if (st == STATUS_OK)
        st = read_pages(&r, &has_page, e);
    if (st == STATUS_OK && !has_page)
        st = fail_other(path, stream_size(s) == 0 ? "an empty file" : what, hint, e);
    end(&r);
    return st;
}

static enum status read_file(struct counters_build *b, const char *path,
                             const struct counters_options *o, struct err *e)
{
    struct stream *s;
    TRY(stream_open(&s, path, e));
    enum status st = read_stream(b, s, path, o, e);
    stream_close(s);
    return st;
}

static enum status finish(struct counters **out, struct counters_build *b, enum status s)
{
    if (s == STATUS_OK)
        *out = counters_build_finish(b);
    else
        counters_build_drop(b);
    return s;
}

enum status counters_open(struct counters **out, const char *const *paths, size_t n,
                          const struct counters_options *o, struct err *e)
{
    struct counters_build *b = counters_build_make();
    enum status s = STATUS_OK;
    for (size_t i = 0; s == STATUS_OK && i < n; i++)
        s = read_file(b, paths[i], o, e);
    return finish(out, b, s);
}

enum status counters_open_memory(struct counters **out, str bytes, const char *name,
                                 const struct counters_options *o, struct err *e)
{
    struct stream *stream;
    TRY(stream_open_memory(&stream, bytes, name, e));
    struct counters_build *b = counters_build_make();
    enum status s = read_stream(b, stream, name, o, e);
    stream_close(stream);
    return finish(out, b, s);
}
