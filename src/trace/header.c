#include "header.h"

#include <stdio.h>

static const char *const FORMAT_LINE = "#traces format";

/* ---- values ---- */

static enum status fail_value(const struct lines *l, str value, const char *expected, struct err *e)
{
    lines_fail(l, value.p, e, "a header value is not valid");
    err_expected(e, "%s", expected);
    err_found(e, "'%.*s'", (int)MIN(value.n, 60), value.p);
    return STATUS_INPUT;
}

static enum status parse_u32(const struct lines *l, str value, uint32_t *out, struct err *e)
{
    uint64_t v;
    if (!str_parse_u64(value, &v) || v > UINT32_MAX)
        return fail_value(l, value, "a number below 2^32", e);
    *out = (uint32_t)v;
    return STATUS_OK;
}

/* Decimal, or hexadecimal with 0x. */
static enum status parse_handle(const struct lines *l, str value, uint64_t *out, struct err *e)
{
    bool ok = str_starts(value, STR("0x")) ? str_parse_hex(value, out) : str_parse_u64(value, out);
    return ok ? STATUS_OK : fail_value(l, value, "a number", e);
}

static enum status parse_dim(const struct lines *l, str value, uint32_t out[3], struct err *e)
{
    static const char expected[] = "(x,y,z), each from 1 to 2147483647";
    str rest = value, part;
    if (value.n < 2 || value.p[0] != '(' || value.p[value.n - 1] != ')')
        return fail_value(l, value, expected, e);
    rest = (str){value.p + 1, value.n - 2};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t v;
        if (!str_cut(&rest, ',', &part) || !str_parse_u64(str_trim(part), &v) || v < 1 ||
            v > INT32_MAX)
            return fail_value(l, value, expected, e);
        out[i] = (uint32_t)v;
    }
    return rest.p == NULL ? STATUS_OK : fail_value(l, value, expected, e);
}

/* ---- keys ---- */

enum key_kind { KEY_TEXT, KEY_U32, KEY_HANDLE, KEY_DIM, KEY_FLAG };

static const struct key {
    const char *name;
    enum key_kind kind;
    size_t offset; /* in struct trace_header */
    bool required;
} keys[] = {
    {"kernel name", KEY_TEXT, offsetof(struct trace_header, name), true},
    {"kernel id", KEY_U32, offsetof(struct trace_header, id), false},
    {"grid dim", KEY_DIM, offsetof(struct trace_header, grid), true},
    {"block dim", KEY_DIM, offsetof(struct trace_header, block), true},
    {"shmem", KEY_U32, offsetof(struct trace_header, shmem_b), true},
    {"nregs", KEY_U32, offsetof(struct trace_header, n_regs), true},
    {"binary version", KEY_U32, offsetof(struct trace_header, isa), true},
    {"cuda stream id", KEY_HANDLE, offsetof(struct trace_header, stream), false},
    {"shmem base_addr", KEY_HANDLE, offsetof(struct trace_header, shmem_base), false},
    {"local mem base_addr", KEY_HANDLE, offsetof(struct trace_header, local_base), false},
    {"nvbit version", KEY_TEXT, offsetof(struct trace_header, nvbit_version), false},
    {"accelsim tracer version", KEY_U32, offsetof(struct trace_header, tracer_version), false},
    {"enable lineinfo", KEY_FLAG, offsetof(struct trace_header, has_source_line), false},
    {"synthetic", KEY_FLAG, offsetof(struct trace_header, is_synthetic), false},
    {"made by", KEY_TEXT, offsetof(struct trace_header, made_by), false},
};

static enum status parse_flag(const struct lines *l, str value, bool *out, struct err *e)
{
    if (!str_is(value, "0") && !str_is(value, "1"))
        return fail_value(l, value, "0 or 1", e);
    *out = value.p[0] == '1';
    return STATUS_OK;
}

static enum status parse_value(const struct lines *l, struct arena *a, const struct key *k,
                               str value, struct trace_header *h, struct err *e)
{
    void *at = (char *)h + k->offset;
    switch (k->kind) {
    case KEY_TEXT:
        *(const char **)at = arena_strndup(a, value.p, value.n);
        return STATUS_OK;
    case KEY_U32:
        return parse_u32(l, value, at, e);
    case KEY_HANDLE:
        return parse_handle(l, value, at, e);
    case KEY_DIM:
        return parse_dim(l, value, at, e);
    case KEY_FLAG:
        return parse_flag(l, value, at, e);
    }
    return STATUS_OK;
}

/* Keys that are not known are left aside: later tracers add some. */
static enum status parse_key_line(const struct lines *l, struct arena *a, str line,
                                  struct trace_header *h, uint32_t *seen, struct err *e)
{
    str value = {line.p + 1, line.n - 1}, name;
    if (!memchr(line.p, '=', line.n)) {
        lines_fail(l, line.p, e, "a header line has no value");
        err_expected(e, "-key = value");
        lines_found(l, line.p, e);
        return STATUS_INPUT;
    }
    str_cut(&value, '=', &name);
    name = str_trim(name);
    value = str_trim(value);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (!str_is(name, keys[i].name))
            continue;
        *seen |= UINT32_C(1) << i;
        return parse_value(l, a, &keys[i], value, h, e);
    }
    return STATUS_OK;
}

/* ---- checks ---- */

static enum status check_complete(const struct lines *l, uint32_t seen, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (!keys[i].required || seen >> i & 1)
            continue;
        lines_fail(l, l->start, e, "the header has no '-%s'", keys[i].name);
        err_expected(e, "'-%s = ...' above this line", keys[i].name);
        return STATUS_INPUT;
    }
    return STATUS_OK;
}

unsigned header_threads(const struct trace_header *h)
{
    return h->block[0] * h->block[1] * h->block[2];
}

unsigned header_warps(const struct trace_header *h)
{
    return (header_threads(h) + SASS_WARP_LANES - 1) / SASS_WARP_LANES;
}

bool header_dims_fit(const uint32_t d[3], uint64_t limit)
{
    return d[0] > 0 && d[1] > 0 && d[2] > 0 && d[0] <= limit && d[1] <= limit / d[0] &&
           d[2] <= limit / d[0] / d[1];
}

static enum status check_sizes(const struct lines *l, const struct trace_header *h, struct err *e)
{
    const char *what = NULL;
    if (!header_dims_fit(h->block, HEADER_MAX_THREADS))
        what = "block dim: more than 2048 threads";
    else if (!header_dims_fit(h->grid, HEADER_MAX_CTAS))
        what = "grid dim: more than 2^48 CTAs";
    if (what == NULL)
        return STATUS_OK;
    err_set(e, STATUS_LIMIT, "%s", what);
    err_at(e, l->path, (unsigned)l->line, 0);
    return STATUS_LIMIT;
}

/* ---- the format line ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Words of the format line in front of "PC", bracketed ones left out; where the warp is. */
static unsigned count_ids(str format, unsigned *warp_at)
{
    unsigned n = 0;
    const char *p = format.p, *end = format.p + format.n;
    while (p < end) {
        const char *word = p;
        while (p < end && !is_blank(*p))
            p++;
        str w = {word, (size_t)(p - word)};
        if (str_is(w, "PC"))
            break;
        if (str_is(w, "warpid_tb"))
            *warp_at = n;
        n += w.n > 0 && w.p[0] != '[';
        p += p < end;
    }
    return n;
}

static void read_format_line(str line, const struct trace_header *h, struct line_layout *layout)
{
    str names = str_has(line, STR("=")) ? line : STR("="), before;
    str_cut(&names, '=', &before);
    names = str_trim(names);
    unsigned warp_at = UINT32_MAX, n = count_ids(names, &warp_at);
    *layout = (struct line_layout){.has_line = h->has_source_line,
                                   .has_immediate = str_has(names, STR("immediate")),
                                   .is_v6 = h->tracer_version >= 6};
    bool is_wide = layout->is_v6;
    layout->n_ids = is_wide ? 11 : 4;
    layout->warp_at = is_wide ? 10 : 3;
    if (is_wide && n == 11 && warp_at < n)
        layout->warp_at = warp_at;
}

/* ---- reading ---- */

static enum status fail_no_format_line(struct lines *l, const char *at, struct err *e)
{
    lines_fail(l, at, e, "the header has no '%s' line", FORMAT_LINE);
    err_expected(e, "'-key = value' or '%s = ...'", FORMAT_LINE);
    lines_found(l, at, e);
    err_hint(e, "this may not be an Accel-Sim trace, or its head is cut off");
    return STATUS_INPUT;
}

/* The binary form of tracer 6 has the same header, ended by NUL. */
static enum status fail_binary(const struct lines *l, struct err *e)
{
    err_set(e, STATUS_INPUT, "'%s' is a binary .tracez file", l->path);
    err_at(e, l->path, 0, 0);
    err_hint(e, "let the tracer write text (.traceg), or unpack it with the tools of Accel-Sim");
    return STATUS_INPUT;
}

static enum status fail_too_long(const struct lines *l, struct err *e)
{
    err_set(e, STATUS_LIMIT, "the header is longer than %d bytes", HEADER_MAX_B);
    err_at(e, l->path, (unsigned)l->line, 0);
    return STATUS_LIMIT;
}

/* Passes blank lines; the first other one stays unread and tells how warps are stored. */
static enum status find_body(struct lines *l, struct trace_header *h, struct line_layout *layout,
                             struct err *e)
{
    for (;;) {
        bool more = true;
        if (l->p == l->end)
            TRY(lines_fill(l, &more, e));
        if (!more || (*l->p != '\n' && *l->p != '\r' && !is_blank(*l->p)))
            break;
        str line;
        const char *p = l->p;
        TRY(lines_next(l, &line, &more, e));
        if (str_trim(line).n > 0) {
            l->p = p;
            l->line--;
            break;
        }
    }
    if (l->p < l->end && *l->p == '\0')
        return fail_binary(l, e);
    bool is_raw = l->p < l->end && *l->p >= '0' && *l->p <= '9';
    h->format = is_raw ? TRACE_FORMAT_RAW : TRACE_FORMAT_GROUPED;
    if (!is_raw && h->tracer_version != 0)
        layout->n_ids = 0;
    return STATUS_OK;
}

enum status header_read(struct lines *l, struct arena *a, struct trace_header *h,
                        struct line_layout *layout, struct err *e)
{
    const char *file = h->file;
    *h = (struct trace_header){.name = "", .file = file, .nvbit_version = "", .made_by = ""};
    uint32_t seen = 0;
    for (;;) {
        str line;
        bool more;
        TRY(lines_next(l, &line, &more, e));
        if (!more)
            return fail_no_format_line(l, l->p, e);
        if (l->text_b > HEADER_MAX_B + LINES_BLOCK_B)
            return fail_too_long(l, e);
        line = str_trim(line);
        if (line.n == 0)
            continue;
        if (str_starts(line, str_from(FORMAT_LINE))) {
            if (memchr(line.p, '\0', line.n) != NULL)
                return fail_binary(l, e);
            TRY(check_complete(l, seen, e));
            TRY(check_sizes(l, h, e));
            read_format_line(line, h, layout);
            h->has_immediate = layout->has_immediate;
            return find_body(l, h, layout, e);
        }
        if (line.p[0] != '-')
            return fail_no_format_line(l, line.p, e);
        TRY(parse_key_line(l, a, line, h, &seen, e));
    }
}
