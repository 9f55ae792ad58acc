#include "inst_line.h"

enum { MAX_OPCODE = 255, MAX_REGS = 32, MAX_TMA_ADDRESSES = 65536 };

/* ---- words ---- */

struct scan {
    const struct lines *l;
    struct err *e;
    const char *p;
};

static bool ends_word(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_blanks(struct scan *s)
{
    while (*s->p == ' ' || *s->p == '\t' || *s->p == '\r')
        s->p++;
}

/* The word at p, left unread; empty at the end of the line. */
static str peek_word(struct scan *s)
{
    skip_blanks(s);
    const char *end = s->p;
    while (!ends_word(*end))
        end++;
    return (str){s->p, (size_t)(end - s->p)};
}

static str next_word(struct scan *s)
{
    str w = peek_word(s);
    s->p += w.n;
    return w;
}

static enum status fail_word(struct scan *s, str w, const char *field, const char *expected)
{
    lines_fail(s->l, w.p, s->e, "the %s of an instruction is not valid", field);
    err_expected(s->e, "%s", expected);
    lines_found(s->l, w.p, s->e);
    return STATUS_INPUT;
}

static bool parse_plain_hex(str w, uint64_t *out)
{
    return w.n > 0 && !str_starts(w, STR("0x")) && str_parse_hex(w, out);
}

static bool parse_address(str w, uint64_t *out)
{
    return str_starts(w, STR("0x")) && str_parse_hex(w, out);
}

static enum status read_number(struct scan *s, const char *field, uint64_t max, uint64_t *out)
{
    str w = next_word(s);
    if (str_parse_u64(w, out) && *out <= max)
        return STATUS_OK;
    return fail_word(s, w, field, "a number in range");
}

static enum status read_address(struct scan *s, uint64_t *out)
{
    str w = next_word(s);
    return parse_address(w, out) ? STATUS_OK : fail_word(s, w, "address", "0x and hex digits");
}

static enum status read_integer(struct scan *s, const char *field, int64_t *out)
{
    str w = next_word(s);
    return str_parse_i64(w, out) ? STATUS_OK : fail_word(s, w, field, "a decimal number");
}

/* ---- in front of the PC ---- */

static bool is_hex8(str w)
{
    uint64_t v;
    return w.n == 8 && parse_plain_hex(w, &v);
}

/* Words in front of the PC: the mask is the first word of eight hex digits behind another. */
static bool count_front(const char *line, unsigned *n)
{
    enum { MAX_FRONT = 14 };
    struct scan s = {.p = line};
    next_word(&s);
    for (*n = 0; *n <= MAX_FRONT; ++*n) {
        str w = next_word(&s);
        if (is_hex8(w))
            return true;
    }
    return false;
}

void inst_fit_layout(struct line_layout *layout, const char *line, bool is_grouped)
{
    unsigned n, line_words = layout->has_line;
    if (!count_front(line, &n) || n < line_words)
        return;
    unsigned ids = layout->n_ids, found = n - line_words;
    if (is_grouped)
        ids = found >= 4 ? 4 : 0;
    if (found != ids && found != ids + 2)
        return;
    layout->n_ids = ids;
    layout->n_core = found - ids;
}

enum status inst_read_ids(const struct lines *l, const struct line_layout *layout, const char **p,
                          struct inst_ids *ids, struct err *e)
{
    struct scan s = {l, e, *p};
    uint64_t v;
    for (unsigned i = 0; i < layout->n_ids; i++) {
        TRY(read_number(&s, "CTA or warp id", UINT32_MAX, &v));
        if (i < 3)
            ids->cta[i] = (uint32_t)v;
        if (i == layout->warp_at)
            ids->warp = (uint32_t)v;
    }
    for (unsigned i = 0; i < layout->n_core; i++)
        TRY(read_number(&s, "SM number", UINT32_MAX, &v));
    skip_blanks(&s);
    *p = s.p;
    return STATUS_OK;
}

static enum status read_place(struct scan *s, const struct line_layout *layout,
                              struct inst_line *out)
{
    uint64_t v;
    if (layout->has_line) {
        TRY(read_number(s, "source line", UINT32_MAX, &v));
        out->source_line = (uint32_t)v;
    }
    str w = next_word(s);
    out->pc_at = w.p;
    if (!parse_plain_hex(w, &out->pc))
        return fail_word(s, w, "PC", "hex digits without 0x");
    w = next_word(s);
    out->mask_at = w.p;
    if (w.n != 8 || !parse_plain_hex(w, &v))
        return fail_word(s, w, "mask", "8 hex digits");
    out->mask = (uint32_t)v;
    return STATUS_OK;
}

/* ---- registers and opcode ---- */

/* "R12", and from v6 on "UR4", "P0", "UP1"; *is_general only for the first kind. */
static bool parse_register(str w, uint64_t *number, bool *is_general)
{
    *is_general = w.n > 0 && w.p[0] == 'R';
    static const char *const prefixes[] = {"R", "UR", "P", "UP"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        str prefix = str_from(prefixes[i]);
        str digits = {w.p + prefix.n, w.n - prefix.n};
        if (str_starts(w, prefix) && digits.n > 0 && digits.p[0] != '+' && digits.p[0] != '-' &&
            str_parse_u64(digits, number) && *number <= SASS_RZ)
            return true;
    }
    return false;
}

/* `count` registers; the first `max` general ones are kept in out. */
static enum status read_registers(struct scan *s, uint64_t count, uint8_t *out, unsigned max,
                                  uint8_t *kept, bool *lost)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number;
        bool is_general;
        str w = next_word(s);
        if (!parse_register(w, &number, &is_general))
            return fail_word(s, w, "register", "R0 to R255");
        if (is_general && *kept < max)
            out[(*kept)++] = (uint8_t)number;
        else if (is_general)
            *lost = true;
    }
    return STATUS_OK;
}

bool inst_is_opcode(str w)
{
    if (w.n == 0 || w.n > MAX_OPCODE || w.p[0] < 'A' || w.p[0] > 'Z')
        return false;
    for (size_t i = 0; i < w.n; i++) {
        char c = w.p[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            c != '.' && c != '_')
            return false;
    }
    return true;
}

static bool is_tma(str opcode)
{
    static const char *const names[] = {"UTMALDG", "UTMASTG", "UTMAPF", "UTMAREDG",
                                        "UBLKCP",  "UBLKPF",  "UBLKRED"};
    str base = sass_base_name(opcode);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_is(base, names[i]))
            return true;
    }
    return false;
}

static enum status read_operation(struct scan *s, const struct line_layout *layout,
                                  struct inst_line *out)
{
    uint64_t n;
    bool lost_dst = false;
    TRY(read_number(s, "number of destinations", layout->is_v6 ? MAX_REGS : 1, &n));
    TRY(read_registers(s, n, &out->dst, 1, &out->n_dst, &lost_dst));
    out->opcode = next_word(s);
    if (!inst_is_opcode(out->opcode))
        return fail_word(s, out->opcode, "opcode", "a SASS opcode, such as LDG.E.64");
    TRY(read_number(s, "number of sources", layout->is_v6 ? MAX_REGS : SASS_MAX_SRC, &n));
    TRY(read_registers(s, n, out->src, SASS_MAX_SRC, &out->n_src, &out->lost_regs));
    if (layout->is_v6 && str_has(out->opcode, STR("GMMA")))
        TRY(read_number(s, "GMMA commit mark", 1, &n));
    out->is_tma = layout->is_v6 && is_tma(out->opcode);
    return STATUS_OK;
}

/* ---- addresses ---- */

/* Numbers that stand behind the last address: the immediates, and from v6 on two and a word. */
static unsigned n_immediates(const struct line_layout *layout)
{
    return !layout->has_immediate ? 0 : layout->is_v6 ? 2 : 1;
}

static void add_address(struct inst_line *out, uint64_t address, uint64_t *last)
{
    if (out->n_addresses == SASS_WARP_LANES) {
        out->lost_address = true;
        return;
    }
    if (out->n_addresses == 0)
        out->base = address;
    else
        out->delta[out->n_addresses - 1] = (int64_t)(address - *last);
    *last = address;
    out->n_addresses++;
}

static enum status read_list(struct scan *s, uint64_t count, struct inst_line *out)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t address;
        TRY(read_address(s, &address));
        add_address(out, address, &last);
    }
    return STATUS_OK;
}

static enum status read_stride(struct scan *s, struct inst_line *out)
{
    TRY(read_address(s, &out->base));
    return read_integer(s, "address stride", &out->stride);
}

static bool is_number(str w)
{
    int64_t v;
    return str_parse_i64(w, &v);
}

/* Numbers up to the end of the line or the first other word. */
static unsigned count_numbers(struct scan s)
{
    unsigned n = 0;
    while (is_number(next_word(&s)))
        n++;
    return n;
}

static enum status fail_deltas(struct scan *s, unsigned wanted, unsigned found, unsigned n_active)
{
    lines_fail(s->l, s->p, s->e, "the address list does not fit the mask");
    err_expected(s->e, "%u deltas for %u active lanes", wanted, n_active);
    err_found(s->e, "%u", found);
    err_hint(s->e, "the '#traces format' line says whether an immediate follows");
    return STATUS_INPUT;
}

/*
 * One delta less than there are active lanes. Some files lack the last one; that is accepted since
 * what is there is not in doubt.
 */
static enum status read_deltas(struct scan *s, const struct line_layout *layout,
                               struct inst_line *out)
{
    unsigned n_active = (unsigned)__builtin_popcount(out->mask);
    TRY(read_address(s, &out->base));
    skip_blanks(s);
    unsigned wanted = n_active > 0 ? n_active - 1 : 0, tail = n_immediates(layout);
    unsigned numbers = count_numbers(*s), found = numbers > tail ? numbers - tail : 0;
    out->lacks_delta = found + 1 == wanted && numbers >= tail;
    if (found != wanted && !out->lacks_delta)
        return fail_deltas(s, wanted, found, n_active);
    for (unsigned i = 0; i < found; i++)
        TRY(read_integer(s, "address delta", &out->delta[i]));
    out->n_addresses = n_active > 0 ? found + 1 : 0;
    return STATUS_OK;
}

static enum status read_tma_list(struct scan *s, struct inst_line *out)
{
    uint64_t count;
    TRY(read_number(s, "address count", MAX_TMA_ADDRESSES, &count));
    return read_list(s, count, out);
}

static enum status read_tma_deltas(struct scan *s, struct inst_line *out)
{
    uint64_t address, last = 0, count;
    TRY(read_address(s, &address));
    TRY(read_number(s, "address count", MAX_TMA_ADDRESSES, &count));
    if (count > 0)
        add_address(out, address, &last);
    for (uint64_t i = 1; i < count; i++) {
        int64_t delta;
        TRY(read_integer(s, "address delta", &delta));
        add_address(out, last + (uint64_t)delta, &last);
    }
    return STATUS_OK;
}

/* mbarrier, multicast flag and mask, bytes, bytes out of bounds: read over. */
static enum status read_tma_fields(struct scan *s)
{
    uint64_t v;
    str w = next_word(s);
    if (!str_parse_hex(w, &v))
        return fail_word(s, w, "mbarrier address", "hex digits");
    TRY(read_number(s, "multicast flag", 1, &v));
    if (v == 1) {
        w = next_word(s);
        if (!str_parse_hex(w, &v))
            return fail_word(s, w, "CTA mask", "hex digits");
    }
    TRY(read_number(s, "byte count", UINT64_MAX, &v));
    return read_number(s, "out-of-bounds byte count", UINT64_MAX, &v);
}

/* The oldest tracers write no mode: a list follows at once. */
static enum status read_mode(struct scan *s, struct inst_line *out)
{
    str w = peek_word(s);
    out->mode_at = w.p;
    uint64_t mode = INST_MODE_LIST;
    if (str_starts(w, STR("0x")))
        return STATUS_OK;
    TRY(read_number(s, "address mode", out->is_tma ? INST_MODE_TMA_DELTAS : INST_MODE_DELTAS,
                    &mode));
    out->mode = (uint8_t)mode;
    return STATUS_OK;
}

static enum status read_addresses(struct scan *s, const struct line_layout *layout,
                                  struct inst_line *out)
{
    uint64_t width;
    TRY(read_number(s, "memory width", UINT8_MAX, &width));
    out->width_b = (uint8_t)width;
    if (width == 0)
        return STATUS_OK;
    if (out->is_tma)
        TRY(read_tma_fields(s));
    TRY(read_mode(s, out));
    switch (out->mode) {
    case INST_MODE_LIST:
        return read_list(s, (unsigned)__builtin_popcount(out->mask), out);
    case INST_MODE_STRIDE:
        return read_stride(s, out);
    case INST_MODE_DELTAS:
        return read_deltas(s, layout, out);
    case INST_MODE_TMA_LIST:
        return read_tma_list(s, out);
    default:
        return read_tma_deltas(s, out);
    }
}

/* ---- the end of the line ---- */

/* Register values are checked to be hex words and passed over. */
static enum status read_values(struct scan *s, struct inst_line *out)
{
    out->value_at = s->p;
    for (str w = next_word(s); w.n > 0; w = next_word(s)) {
        uint64_t v;
        if (!str_parse_hex(w, &v))
            return fail_word(s, w, "register value", "hex digits");
    }
    return STATUS_OK;
}

static enum status read_v6_end(struct scan *s, struct inst_line *out)
{
    int64_t second;
    TRY(read_integer(s, "second immediate", &second));
    str w = next_word(s);
    if (str_is(w, "Val"))
        return read_values(s, out);
    return str_is(w, "NoVal") ? STATUS_OK : fail_word(s, w, "value mark", "Val or NoVal");
}

static enum status read_end(struct scan *s, const struct line_layout *layout, struct inst_line *out)
{
    if (layout->has_immediate)
        TRY(read_integer(s, "immediate", &out->immediate));
    if (layout->has_immediate && layout->is_v6)
        TRY(read_v6_end(s, out));
    str w = next_word(s);
    return w.n == 0 ? STATUS_OK : fail_word(s, w, "end", "the end of the line");
}

enum status inst_read(const struct lines *l, const struct line_layout *layout, const char *p,
                      struct inst_line *out, struct err *e)
{
    struct scan s = {l, e, p};
    *out = (struct inst_line){0};
    TRY(read_place(&s, layout, out));
    TRY(read_operation(&s, layout, out));
    out->is_marker = str_starts(out->opcode, STR("REPLAY_"));
    if (out->is_marker)
        return STATUS_OK;
    TRY(read_addresses(&s, layout, out));
    return read_end(&s, layout, out);
}

/* ---- known text, new addresses ---- */

/* A decimal number and the blank or line end behind it; NULL when it is anything else. */
static const char *scan_integer(const char *p, int64_t *out)
{
    enum { MAX_DIGITS = 18 }; /* fits without overflow */
    bool is_negative = *p == '-';
    p += is_negative;
    const char *first = p;
    uint64_t v = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (unsigned)(*p - '0');
    if (p == first || p - first > MAX_DIGITS || (*p != ' ' && *p != '\n'))
        return NULL;
    *out = is_negative ? -(int64_t)v : (int64_t)v;
    return p;
}

bool inst_read_rest(const struct line_layout *layout, const char **p, unsigned mode,
                    unsigned n_active, struct inst_line *out)
{
    if (layout->is_v6)
        return false;
    unsigned n = mode == INST_MODE_STRIDE ? 1 : n_active > 0 ? n_active - 1 : 0;
    const char *at = *p;
    for (unsigned i = 0; i < n; i++) {
        if (*at++ != ' ' || (at = scan_integer(at, &out->delta[i])) == NULL)
            return false;
    }
    out->immediate = 0;
    if (layout->has_immediate && (*at++ != ' ' || (at = scan_integer(at, &out->immediate)) == NULL))
        return false;
    at += *at == ' ';
    if (*at != '\n')
        return false;
    out->stride = out->delta[0];
    out->n_addresses = n_active;
    *p = at + 1;
    return true;
}
