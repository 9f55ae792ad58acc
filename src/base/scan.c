#include "base/scan.h"

#include "scan_bytes.h"
#include "scan_priv.h"

enum { SCAN_WINDOW_B = 256 << 10 };

/* --- strings --------------------------------------------------------------------------------- */

static const char escapable[256] = {['"'] = 1, ['\\'] = 1, ['/'] = 1, ['b'] = 1, ['f'] = 1,
                                    ['n'] = 1, ['r'] = 1,  ['t'] = 1, ['u'] = 1};

static bool is_hex(char c)
{
    char lower = (char)(c | 0x20);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
}

/* *p stands on the backslash, and behind the escape afterwards. */
static bool pass_escape(struct scan *s, const char **p)
{
    const char *q = *p + 1;
    if (!escapable[(unsigned char)*q])
        return scan_stop_at(s, q, "one of \"\\/bfnrtu behind a backslash", "a string");
    for (unsigned digits = *q++ == 'u' ? 4 : 0; digits > 0; digits--, q++)
        if (!is_hex(*q))
            return scan_stop_at(s, q, "four hexadecimal digits behind \\u", "a string");
    *p = q;
    return true;
}

/* From the first byte that is not plain to the closing quote. */
static bool pass_string_rest(struct scan *s, const char **p, bool *has_escape)
{
    uint64_t n_controls = 0;
    for (; **p != '"'; *p = scan_plain_end(*p)) {
        if (**p == '\\') {
            *has_escape = true;
            if (!pass_escape(s, p))
                return false;
        } else if (*p == s->w.end || s->grammar == SCAN_STRICT) {
            return scan_stop_at(s, *p, "an escape in place of a control byte", "a string");
        } else {
            n_controls++;
            ++*p;
        }
    }
    s->n_deviations += n_controls;
    return true;
}

static inline bool take_text(struct scan *s, const char *p, struct scan_token *t,
                             enum scan_kind kind, enum scan_expect next)
{
    const char *end = scan_plain_end(p + 1);
    bool has_escape = false;
    if (UNLIKELY(*end != '"') && !pass_string_rest(s, &end, &has_escape))
        return false;
    *t = (struct scan_token){kind, {p + 1, (size_t)(end - p - 1)}, has_escape};
    s->w.at = end + 1;
    s->expect = next;
    return true;
}

/* --- numbers and words ----------------------------------------------------------------------- */

/* A number at the end of a window may go on behind it, and one at the end of a file that is cut
 * short might have. */
static inline bool hand_out(struct scan *s, const char *p, const char *end, enum scan_kind kind,
                            struct scan_token *t)
{
    if (UNLIKELY(end == s->w.end) && (!s->w.ended || s->depth > 0))
        return scan_stop_at(s, end, "", "a number");
    *t = (struct scan_token){kind, {p, (size_t)(end - p)}, false};
    s->w.at = end;
    s->expect = s->behind[s->depth];
    return true;
}

static const char *word_end(const char *p, const char *lower)
{
    for (; *lower != '\0' && (*p | 0x20) == *lower; p++)
        lower++;
    return p;
}

/* NaN and the infinities; `p` stands before the sign. */
static bool take_no_number(struct scan *s, const char *p, struct scan_token *t)
{
    const char *word = p + (*p == '-');
    bool is_nan = (*word | 0x20) == 'n';
    const char *end = word_end(word, is_nan ? "nan" : "infinity");
    if (end - word < 3 || (end == s->w.end && !s->w.ended))
        return scan_stop_at(s, end, is_nan ? "NaN" : "Infinity", "a number");
    if (!is_nan && end - word < 8)
        end = word + 3;
    if (!hand_out(s, p, end, SCAN_NUMBER, t))
        return false;
    s->n_deviations++;
    return true;
}

static bool take_no_number_if_tolerant(struct scan *s, const char *p, struct scan_token *t)
{
    if (s->grammar == SCAN_STRICT)
        return scan_stop_at(s, p, scan_wanted[s->expect], NULL);
    return take_no_number(s, p, t);
}

static bool pass_digits(struct scan *s, const char **p)
{
    const char *end = scan_digits_end(*p);
    if (end == *p)
        return scan_stop_at(s, end, "a digit", "a number");
    *p = end;
    return true;
}

static bool pass_number(struct scan *s, const char **p)
{
    *p += **p == '-';
    if (**p == '0')
        ++*p;
    else if (!pass_digits(s, p))
        return false;
    if (**p == '.' && (++*p, !pass_digits(s, p)))
        return false;
    if ((**p | 0x20) != 'e')
        return true;
    ++*p;
    *p += **p == '-' || **p == '+';
    return pass_digits(s, p);
}

/* Behind a number without an exponent, as nearly all are; NULL: look closer. */
static inline const char *plain_number_end(const char *p)
{
    p += *p == '-';
    const char *end = scan_digits_end(p);
    if (UNLIKELY(end == p || (*p == '0' && end > p + 1)))
        return NULL;
    if (*end == '.') {
        p = end + 1;
        end = scan_digits_end(p);
        if (UNLIKELY(end == p))
            return NULL;
    }
    return LIKELY((*end | 0x20) != 'e') ? end : NULL;
}

static bool take_number(struct scan *s, const char *p, struct scan_token *t)
{
    const char *end = plain_number_end(p);
    if (UNLIKELY(end == NULL)) {
        char c = p[*p == '-'] | 0x20;
        if (s->grammar == SCAN_TOLERANT && (c == 'i' || c == 'n'))
            return take_no_number(s, p, t);
        end = p;
        if (!pass_number(s, &end))
            return false;
    }
    return hand_out(s, p, end, SCAN_NUMBER, t);
}

static inline bool take_word(struct scan *s, const char *p, str word, enum scan_kind kind,
                             struct scan_token *t)
{
    if (UNLIKELY(memcmp(p, word.p, word.n) != 0)) {
        size_t n = 0;
        while (p[n] == word.p[n])
            n++;
        return scan_stop_at(s, p + n, word.p, "a word");
    }
    *t = (struct scan_token){kind, {p, word.n}, false};
    s->w.at = p + word.n;
    s->expect = s->behind[s->depth];
    return true;
}

static bool take_null(struct scan *s, const char *p, struct scan_token *t)
{
    if (s->grammar == SCAN_TOLERANT && (p[1] | 0x20) == 'a')
        return take_no_number(s, p, t);
    return take_word(s, p, STR("null"), SCAN_NULL, t);
}

/* --- structure ------------------------------------------------------------------------------- */

static inline bool take_open(struct scan *s, const char *p, struct scan_token *t,
                             enum scan_kind kind)
{
    bool is_object = kind == SCAN_OBJECT;
    if (UNLIKELY(s->depth == SCAN_DEEPEST)) {
        scan_note(s, STATUS_LIMIT, p, "the document is nested more than %d levels deep",
                  SCAN_DEEPEST);
        return false;
    }
    *t = (struct scan_token){kind, {p, 1}, false};
    s->w.at = p + 1;
    s->behind[++s->depth] = is_object ? BEHIND_MEMBER : BEHIND_ELEMENT;
    s->expect = is_object ? AT_FIRST_KEY : AT_FIRST_ELEMENT;
    return true;
}

static inline bool take_close(struct scan *s, const char *p, struct scan_token *t,
                              enum scan_kind kind)
{
    *t = (struct scan_token){kind, {p, 1}, false};
    s->w.at = p + 1;
    s->expect = s->behind[--s->depth];
    return true;
}

/* The file ends behind the document only once nothing more can come. */
static bool take_other(struct scan *s, const char *p, struct scan_token *t)
{
    if (s->expect != BEHIND_DOCUMENT || p != s->w.end || !s->w.ended)
        return scan_stop_at(s, p, scan_wanted[s->expect], NULL);
    *t = (struct scan_token){SCAN_END, {p, 0}, false};
    return true;
}

/* What a byte begins; all others are wrong there. */
enum begin {
    OTHER,
    OBJECT,
    OBJECT_END,
    ARRAY,
    ARRAY_END,
    KEY,
    STRING,
    NUMBER,
    NO_NUMBER,
    WORD_TRUE,
    WORD_FALSE,
    WORD_NULL
};

#define DIGITS                                                                      \
    ['0'] = NUMBER, ['1'] = NUMBER, ['2'] = NUMBER, ['3'] = NUMBER, ['4'] = NUMBER, \
    ['5'] = NUMBER, ['6'] = NUMBER, ['7'] = NUMBER, ['8'] = NUMBER, ['9'] = NUMBER
#define VALUES                                                                                \
    DIGITS, ['-'] = NUMBER, ['{'] = OBJECT, ['['] = ARRAY, ['"'] = STRING, ['t'] = WORD_TRUE, \
            ['f'] = WORD_FALSE, ['n'] = WORD_NULL, ['N'] = NO_NUMBER, ['I'] = NO_NUMBER,      \
            ['i'] = NO_NUMBER

static const uint8_t begins[SCAN_N_EXPECT][256] = {
    [AT_DOCUMENT] = {VALUES},
    [AT_FIRST_KEY] = {['"'] = KEY, ['}'] = OBJECT_END},
    [AT_KEY] = {['"'] = KEY},
    [AT_VALUE] = {VALUES},
    [AT_FIRST_ELEMENT] = {VALUES, [']'] = ARRAY_END},
    [AT_ELEMENT] = {VALUES},
    [BEHIND_MEMBER] = {['}'] = OBJECT_END},
    [BEHIND_ELEMENT] = {[']'] = ARRAY_END},
};

static bool take_bracket_or_word(struct scan *s, const char *p, struct scan_token *t,
                                 enum begin begin)
{
    switch (begin) {
    case OBJECT:
        return take_open(s, p, t, SCAN_OBJECT);
    case OBJECT_END:
        return take_close(s, p, t, SCAN_OBJECT_END);
    case ARRAY:
        return take_open(s, p, t, SCAN_ARRAY);
    case ARRAY_END:
        return take_close(s, p, t, SCAN_ARRAY_END);
    case NO_NUMBER:
        return take_no_number_if_tolerant(s, p, t);
    case WORD_TRUE:
        return take_word(s, p, STR("true"), SCAN_TRUE, t);
    case WORD_FALSE:
        return take_word(s, p, STR("false"), SCAN_FALSE, t);
    case WORD_NULL:
        return take_null(s, p, t);
    default:
        return take_other(s, p, t);
    }
}

/* Strings and numbers are most of a document: comparing is faster for them than a jump table. */
static inline bool take_token(struct scan *s, const char *p, struct scan_token *t)
{
    enum begin begin = begins[s->expect][(unsigned char)*p];
    if (begin == KEY)
        return take_text(s, p, t, SCAN_KEY, AT_COLON);
    if (begin == STRING)
        return take_text(s, p, t, SCAN_STRING, s->behind[s->depth]);
    if (begin == NUMBER)
        return take_number(s, p, t);
    return take_bracket_or_word(s, p, t, begin);
}

/* A blank never stands where a separator is looked for. */
static const struct {
    char byte;
    uint8_t next;
} separators[SCAN_N_EXPECT] = {
    [AT_DOCUMENT] = {' ', 0},
    [AT_FIRST_KEY] = {' ', 0},
    [AT_KEY] = {' ', 0},
    [AT_COLON] = {':', AT_VALUE},
    [AT_VALUE] = {' ', 0},
    [AT_FIRST_ELEMENT] = {' ', 0},
    [AT_ELEMENT] = {' ', 0},
    [BEHIND_MEMBER] = {',', AT_KEY},
    [BEHIND_ELEMENT] = {',', AT_ELEMENT},
    [BEHIND_DOCUMENT] = {' ', 0},
    [BEHIND_ERROR] = {' ', 0},
};

/* A comma or colon leads to the next token. */
static inline const char *pass_separator(const char *p, enum scan_expect *expect)
{
    if (*p != separators[*expect].byte)
        return p;
    *expect = separators[*expect].next;
    return scan_blanks_end(p + 1);
}

static inline enum status step(struct scan *s, struct scan_token *t, struct err *e)
{
    for (;;) {
        const char *p = pass_separator(scan_blanks_end(s->w.at), &s->expect);
        s->w.at = p;
        if (LIKELY(take_token(s, p, t)))
            return STATUS_OK;
        TRY(scan_go_on(s, e));
    }
}

enum status scan_next(struct scan *s, struct scan_token *t, struct err *e)
{
    TRY(step(s, t, e));
    s->w.token = t->text.p;
    return STATUS_OK;
}

/* --- passing over ---------------------------------------------------------------------------- */

/* Where a run of plain tokens has come to: kept in registers, while a scan is in memory. */
struct glide {
    const char *at;
    unsigned depth;
    enum scan_expect expect;
};

static inline bool is_key_next(const struct glide *g)
{
    return *g->at == '"' && (g->expect == AT_KEY || g->expect == AT_FIRST_KEY);
}

/* With the colon that nearly always stands there. */
static inline bool glide_key(struct glide *g)
{
    const char *end = scan_plain_end(g->at + 1);
    if (UNLIKELY(*end != '"' || end[1] != ':'))
        return false;
    g->at = scan_blanks_end(end + 2);
    g->expect = AT_VALUE;
    return true;
}

static inline bool glide_string_or_number(const struct scan *s, struct glide *g)
{
    const char *end;
    unsigned begin = begins[g->expect][(unsigned char)*g->at];
    if (begin == STRING) {
        end = scan_plain_end(g->at + 1);
        if (UNLIKELY(*end++ != '"'))
            return false;
    } else if (begin == NUMBER) {
        end = plain_number_end(g->at);
        if (UNLIKELY(end == NULL || end == s->w.end))
            return false;
    } else {
        return false;
    }
    g->at = end;
    g->expect = s->behind[g->depth];
    return true;
}

static inline bool glide_bracket(struct scan *s, struct glide *g)
{
    unsigned begin = begins[g->expect][(unsigned char)*g->at];
    if (begin == OBJECT_END || begin == ARRAY_END) {
        g->expect = s->behind[--g->depth];
    } else if ((begin == OBJECT || begin == ARRAY) && g->depth < SCAN_DEEPEST) {
        s->behind[++g->depth] = begin == OBJECT ? BEHIND_MEMBER : BEHIND_ELEMENT;
        g->expect = begin == OBJECT ? AT_FIRST_KEY : AT_FIRST_ELEMENT;
    } else {
        return false;
    }
    g->at++;
    return true;
}

/* Passes what is plain and whole, as nearly all is; whatever is not is left to a step. */
static void glide_down_to(struct scan *s, unsigned depth)
{
    struct glide g = {s->w.at, s->depth, s->expect};
    while (g.depth > depth) {
        g.at = pass_separator(scan_blanks_end(g.at), &g.expect);
        if (is_key_next(&g) && !glide_key(&g))
            break;
        if (!glide_string_or_number(s, &g) && !glide_bracket(s, &g))
            break;
    }
    s->w.at = g.at;
    s->depth = g.depth;
    s->expect = g.expect;
}

static enum status pass_down_to(struct scan *s, unsigned depth, struct err *e)
{
    struct scan_token t;
    for (;;) {
        glide_down_to(s, depth);
        if (s->depth <= depth)
            return STATUS_OK;
        TRY(step(s, &t, e));
    }
}

enum status scan_skip(struct scan *s, struct err *e)
{
    static const bool is_value[] = {
        [SCAN_OBJECT] = true, [SCAN_ARRAY] = true, [SCAN_STRING] = true, [SCAN_NUMBER] = true,
        [SCAN_TRUE] = true,   [SCAN_FALSE] = true, [SCAN_NULL] = true};
    struct scan_token t;
    TRY(step(s, &t, e));
    if (!is_value[t.kind]) {
        scan_note_wrong(s, t.text.p, "a value");
        return scan_fail_again(s, e);
    }
    bool opens = t.kind == SCAN_OBJECT || t.kind == SCAN_ARRAY;
    return pass_down_to(s, s->depth - opens, e);
}

enum status scan_leave(struct scan *s, struct err *e)
{
    if (s->expect == BEHIND_ERROR)
        return scan_fail_again(s, e);
    ASSERT(s->depth > 0);
    return pass_down_to(s, s->depth - 1, e);
}

/* --- opening --------------------------------------------------------------------------------- */

enum status scan_open_window(struct scan **out, struct stream *stream, const char *name,
                             enum scan_grammar g, size_t window_b, struct err *e)
{
    (void)e; /* nothing can fail yet: what cannot be read shows at the first token */
    ASSERT(window_b > 0 && window_b <= SCAN_LONGEST_B);
    struct arena a;
    arena_init(&a, SCAN_LONGEST_B + (1 << 20));
    struct scan *s = ARENA_NEW(&a, struct scan);
    s->w.name = arena_strdup(&a, name);
    s->w.stream = stream;
    s->grammar = g;
    s->behind[0] = BEHIND_DOCUMENT;
    s->arena = a;
    scan_window_init(&s->w, &s->arena, window_b);
    *out = s;
    return STATUS_OK;
}

enum status scan_open(struct scan **out, struct stream *s, const char *name, enum scan_grammar g,
                      struct err *e)
{
    return scan_open_window(out, s, name, g, SCAN_WINDOW_B, e);
}

void scan_close(struct scan *s)
{
    if (s == NULL)
        return;
    struct arena a = arena_take(&s->arena);
    arena_done(&a);
}

bool scan_is_cut_short(const struct scan *s)
{
    return s->is_cut_short;
}

uint64_t scan_n_deviations(const struct scan *s)
{
    return s->n_deviations;
}

unsigned scan_line(const struct scan *s)
{
    return s->w.token == NULL ? s->w.line_of_token : scan_window_line(&s->w, s->w.token);
}
