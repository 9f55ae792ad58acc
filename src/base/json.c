#include "base/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>

#include "base/os.h"

/* cJSON's own limit is the same unless its builder changed it. */
#define NESTING_MAX 1000

/* cJSON reads no more of a number. */
#define NUMBER_MAX_B 63

#define TEXT_OF(x)   TEXT_OF_(x)
#define TEXT_OF_(x)  #x

/* --- places in the text ---------------------------------------------------------------------- */

/* Walks JSON text without building anything; malformed text only makes it stop early. */
struct lexer {
    const char *start, *at, *end;
    unsigned line;
};

static struct lexer lexer_of(str bytes)
{
    const char *start = bytes.n == 0 ? "" : bytes.p;
    return (struct lexer){start, start, start + bytes.n, 1};
}

static void skip_blanks(struct lexer *l)
{
    for (; l->at < l->end && memchr(" \t\n\r", *l->at, 4) != NULL; l->at++)
        l->line += *l->at == '\n';
}

static bool take(struct lexer *l, char c)
{
    skip_blanks(l);
    if (l->at == l->end || *l->at != c)
        return false;
    l->at++;
    return true;
}

/* Takes a string and gives what is between the quotes, escapes as written. */
static bool take_string(struct lexer *l, str *out)
{
    if (!take(l, '"'))
        return false;
    const char *start = l->at;
    for (; l->at < l->end && *l->at != '"'; l->at++)
        if (*l->at == '\\' && l->at + 1 < l->end)
            l->at++;
    *out = (str){start, (size_t)(l->at - start)};
    if (l->at == l->end)
        return false;
    l->at++;
    return true;
}

/* One string, bracket or run of other characters; keeps `depth` of open brackets. */
static bool skip_token(struct lexer *l, size_t *depth)
{
    str ignored;
    skip_blanks(l);
    if (l->at == l->end)
        return false;
    char c = *l->at;
    if (c == '"')
        return take_string(l, &ignored);
    if (c == '{' || c == '[')
        ++*depth;
    else if ((c == '}' || c == ']') && *depth > 0)
        --*depth;
    l->at++;
    return true;
}

static void skip_value(struct lexer *l)
{
    size_t depth = 0;
    do {
        skip_blanks(l);
        if (depth == 0 && l->at < l->end && memchr(",]}", *l->at, 3) != NULL)
            return;
    } while (skip_token(l, &depth));
}

/* Stands the lexer on the value of `key` and gives the line of the key. */
static unsigned enter_member(struct lexer *l, str key)
{
    while (!take(l, '}')) {
        str name;
        skip_blanks(l);
        unsigned line = l->line;
        if (!take_string(l, &name) || !take(l, ':'))
            return 0;
        if (str_eq(name, key))
            return line;
        skip_value(l);
        if (!take(l, ','))
            return 0;
    }
    return 0;
}

static unsigned enter_element(struct lexer *l, str key)
{
    uint64_t index;
    if (!str_parse_u64(key, &index))
        return 0;
    for (; index > 0; index--) {
        skip_value(l);
        if (!take(l, ','))
            return 0;
    }
    skip_blanks(l);
    return l->at < l->end && *l->at != ']' ? l->line : 0;
}

unsigned json_line(str bytes, const char *const *path, size_t n)
{
    struct lexer l = lexer_of(bytes);
    skip_blanks(&l);
    unsigned line = l.line;
    for (size_t i = 0; i < n && line != 0; i++) {
        str key = str_from(path[i]);
        if (take(&l, '{'))
            line = enter_member(&l, key);
        else
            line = take(&l, '[') ? enter_element(&l, key) : 0;
    }
    return line;
}

/* --- syntax ---------------------------------------------------------------------------------- */

/*
 * cJSON says neither what it expected nor, always, where; and it takes "01", raw control bytes and
 * numbers beyond a double. So the text is checked first, by the grammar of RFC 8259: after a
 * failure the lexer stands on the byte that is wrong.
 */
struct checker {
    struct lexer l;
    unsigned depth;
    const char *expected;
};

static bool wrong(struct checker *c, const char *expected)
{
    c->expected = expected;
    return false;
}

static bool take_range(struct lexer *l, char lo, char hi)
{
    bool taken = l->at < l->end && *l->at >= lo && *l->at <= hi;
    l->at += taken;
    return taken;
}

static bool take_digits(struct lexer *l)
{
    bool any = false;
    while (take_range(l, '0', '9'))
        any = true;
    return any;
}

static bool check_number(struct checker *c)
{
    struct lexer *l = &c->l;
    const char *start = l->at;
    double ignored;
    take_range(l, '-', '-');
    if (!take_range(l, '0', '0') && !take_digits(l))
        return wrong(c, "a digit");
    if (take_range(l, '.', '.') && !take_digits(l))
        return wrong(c, "a digit");
    if (take_range(l, 'e', 'e') || take_range(l, 'E', 'E')) {
        if (!take_range(l, '-', '-'))
            take_range(l, '+', '+');
        if (!take_digits(l))
            return wrong(c, "a digit");
    }
    str number = {start, (size_t)(l->at - start)};
    if (number.n <= NUMBER_MAX_B && str_parse_double(number, &ignored))
        return true;
    l->at = start;
    return wrong(c, "a double of at most " TEXT_OF(NUMBER_MAX_B) " characters");
}

/* The unit behind "\u" if it lies in lo..hi. */
static bool take_unit(struct lexer *l, uint64_t lo, uint64_t hi)
{
    uint64_t unit;
    size_t digits = 0;
    while (l->at + digits < l->end && isxdigit((unsigned char)l->at[digits]) && digits < 4)
        digits++;
    bool taken = digits == 4 && str_parse_hex((str){l->at, 4}, &unit) && unit >= lo && unit <= hi;
    l->at += taken ? 4 : 0;
    return taken;
}

/* NUL is refused: it would end the string early for whoever reads it. */
static bool check_unit(struct checker *c)
{
    struct lexer *l = &c->l;
    if (take_unit(l, 0x0001, 0xd7ff) || take_unit(l, 0xe000, 0xffff))
        return true;
    bool pair = take_unit(l, 0xd800, 0xdbff) && take_range(l, '\\', '\\') &&
                take_range(l, 'u', 'u') && take_unit(l, 0xdc00, 0xdfff);
    return pair || wrong(c, "four hexadecimal digits of a character");
}

static bool check_escape(struct checker *c)
{
    struct lexer *l = &c->l;
    if (l->at == l->end || memchr("\"\\/bfnrtu", *l->at, 9) == NULL)
        return wrong(c, "one of \"\\/bfnrtu after a backslash");
    return *l->at++ == 'u' ? check_unit(c) : true;
}

static bool check_string(struct checker *c, const char *expected)
{
    struct lexer *l = &c->l;
    if (!take(l, '"'))
        return wrong(c, expected);
    while (l->at < l->end && (unsigned char)*l->at >= ' ') {
        char byte = *l->at++;
        if (byte == '"')
            return true;
        if (byte == '\\' && !check_escape(c))
            return false;
    }
    return wrong(c, "the closing quote of a string");
}

static bool check_word(struct checker *c, str word)
{
    struct lexer *l = &c->l;
    if (!str_starts((str){l->at, (size_t)(l->end - l->at)}, word))
        return wrong(c, "a value");
    l->at += word.n;
    return true;
}

static bool check_value(struct checker *c);

static bool check_members(struct checker *c)
{
    if (take(&c->l, '}'))
        return true;
    do {
        if (!check_string(c, "a key in quotes"))
            return false;
        if (!take(&c->l, ':'))
            return wrong(c, "':'");
        if (!check_value(c))
            return false;
    } while (take(&c->l, ','));
    return take(&c->l, '}') || wrong(c, "',' or '}'");
}

static bool check_elements(struct checker *c)
{
    if (take(&c->l, ']'))
        return true;
    do {
        if (!check_value(c))
            return false;
    } while (take(&c->l, ','));
    return take(&c->l, ']') || wrong(c, "',' or ']'");
}

/* Depth is bounded before cJSON sees the text, and with it the recursion here. */
static bool check_nested(struct checker *c, bool (*check)(struct checker *c))
{
    if (c->depth == NESTING_MAX)
        return wrong(c, "at most " TEXT_OF(NESTING_MAX) " levels of nesting");
    c->l.at++;
    c->depth++;
    bool good = check(c);
    c->depth--;
    return good;
}

static bool check_value(struct checker *c)
{
    skip_blanks(&c->l);
    if (c->l.at == c->l.end)
        return wrong(c, "a value");
    switch (*c->l.at) {
    case '{':
        return check_nested(c, check_members);
    case '[':
        return check_nested(c, check_elements);
    case '"':
        return check_string(c, "a value");
    case 't':
        return check_word(c, STR("true"));
    case 'f':
        return check_word(c, STR("false"));
    case 'n':
        return check_word(c, STR("null"));
    default:
        return (*c->l.at == '-' || (*c->l.at >= '0' && *c->l.at <= '9')) ? check_number(c)
                                                                         : wrong(c, "a value");
    }
}

static bool check_document(struct checker *c)
{
    if (!check_value(c))
        return false;
    skip_blanks(&c->l);
    return c->l.at == c->l.end || wrong(c, "the end of the text");
}

/* --- reading --------------------------------------------------------------------------------- */

/* cJSON fails only for want of memory, once the text is checked. */
static json *made(json *j)
{
    if (j == NULL)
        os_fatal("out of memory for a JSON document");
    return j;
}

static void err_found_at(struct err *e, const char *at, const char *end)
{
    if (at == end)
        err_found(e, "the end of the text");
    else if (*at > ' ' && *at < 0x7f)
        err_found(e, "'%c'", *at);
    else
        err_found(e, "byte 0x%02x", (unsigned char)*at);
}

static unsigned column_of(const struct lexer *l)
{
    unsigned column = 1;
    for (const char *p = l->at; p > l->start && p[-1] != '\n'; p--)
        column++;
    return column;
}

enum status json_parse(json **out, str bytes, const char *path, struct err *e)
{
    struct checker c = {.l = lexer_of(bytes)};
    *out = NULL;
    if (check_document(&c)) {
        *out = made(cJSON_ParseWithLength(bytes.p, bytes.n));
        return STATUS_OK;
    }
    err_set(e, STATUS_INPUT, "not valid JSON");
    err_at(e, path, c.l.line, column_of(&c.l));
    err_expected(e, "%s", c.expected);
    err_found_at(e, c.l.at, c.l.end);
    return STATUS_INPUT;
}

void json_free(json *j)
{
    cJSON_Delete(j);
}

enum json_kind json_kind(const json *j)
{
    switch (j->type & 0xff) { /* the upper bits are flags */
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const char *json_kind_name(enum json_kind k)
{
    static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};
    return names[k];
}

const char *json_key(const json *j)
{
    return j->string;
}

const json *json_child(const json *j)
{
    return j->child;
}

const json *json_next(const json *j)
{
    return j->next;
}

const json *json_get(const json *j, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(j, key);
}

double json_number(const json *j)
{
    return cJSON_IsNumber(j) ? j->valuedouble : 0;
}

const char *json_string(const json *j)
{
    return cJSON_IsString(j) ? j->valuestring : NULL;
}

bool json_bool(const json *j)
{
    return cJSON_IsTrue(j);
}

/* --- building -------------------------------------------------------------------------------- */

static json *add(json *to, const char *key, json *item)
{
    made(item);
    if (!(key == NULL ? cJSON_AddItemToArray(to, item) : cJSON_AddItemToObject(to, key, item)))
        made(NULL);
    return item;
}

json *json_make_object(void)
{
    return made(cJSON_CreateObject());
}

json *json_make_array(void)
{
    return made(cJSON_CreateArray());
}

json *json_add_object(json *to, const char *key)
{
    return add(to, key, cJSON_CreateObject());
}

json *json_add_array(json *to, const char *key)
{
    return add(to, key, cJSON_CreateArray());
}

void json_add_number(json *to, const char *key, double v)
{
    add(to, key, isfinite(v) ? cJSON_CreateNumber(v) : cJSON_CreateNull());
}

/* Names come from files of others, and readers of JSON refuse what is no UTF-8. */
static bool is_utf8(str s)
{
    while (s.n > 0)
        if (str_take_utf8(&s) == 0xfffd)
            return false;
    return true;
}

static cJSON *make_valid_string(str bytes)
{
    struct text valid;
    text_init(&valid);
    while (bytes.n > 0)
        text_put_utf8(&valid, str_take_utf8(&bytes));
    cJSON *s = cJSON_CreateString(text_cstr(&valid));
    text_done(&valid);
    return s;
}

void json_add_string(json *to, const char *key, const char *v)
{
    str bytes = str_from(v);
    add(to, key, is_utf8(bytes) ? cJSON_CreateString(v) : make_valid_string(bytes));
}

void json_add_bool(json *to, const char *key, bool v)
{
    add(to, key, cJSON_CreateBool(v));
}

void json_add_null(json *to, const char *key)
{
    add(to, key, cJSON_CreateNull());
}

/* --- printing -------------------------------------------------------------------------------- */

static void print_string(const char *s, struct text *out)
{
    text_putc(out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            text_printf(out, "\\%c", *s);
        else if (*s == '\n')
            text_puts(out, "\\n");
        else if (*s == '\t')
            text_puts(out, "\\t");
        else if ((unsigned char)*s < ' ' || *s == 0x7f)
            text_printf(out, "\\u%04x", (unsigned)*s);
        else
            text_putc(out, *s);
    }
    text_putc(out, '"');
}

/* The fewest digits that read back as the same double: 15 always print, 17 always suffice. */
static void print_number(double v, struct text *out)
{
    char digits[40];
    double back = 0;
    for (int precision = 15; precision <= 17; precision++) {
        int n = snprintf(digits, sizeof digits, "%.*g", precision, v);
        char *comma = memchr(digits, ',', (size_t)n); /* some locales write one for the point */
        if (comma != NULL)
            *comma = '.';
        if (str_parse_double((str){digits, (size_t)n}, &back) && back == v)
            break;
    }
    text_puts(out, digits);
}

static void print_value(const json *j, unsigned level, struct text *out);

static void new_line(unsigned level, struct text *out)
{
    text_putc(out, '\n');
    text_pad(out, ' ', (size_t)level * 2);
}

static void print_children(const json *j, const char *brackets, unsigned level, struct text *out)
{
    text_putc(out, brackets[0]);
    for (const json *child = json_child(j); child != NULL; child = json_next(child)) {
        new_line(level + 1, out);
        if (json_kind(j) == JSON_OBJECT) {
            print_string(json_key(child), out);
            text_puts(out, ": ");
        }
        print_value(child, level + 1, out);
        if (json_next(child) != NULL)
            text_putc(out, ',');
    }
    if (json_child(j) != NULL)
        new_line(level, out);
    text_putc(out, brackets[1]);
}

static void print_value(const json *j, unsigned level, struct text *out)
{
    switch (json_kind(j)) {
    case JSON_NULL:
        text_puts(out, "null");
        break;
    case JSON_BOOL:
        text_puts(out, json_bool(j) ? "true" : "false");
        break;
    case JSON_NUMBER:
        print_number(json_number(j), out);
        break;
    case JSON_STRING:
        print_string(json_string(j), out);
        break;
    case JSON_ARRAY:
        print_children(j, "[]", level, out);
        break;
    case JSON_OBJECT:
        print_children(j, "{}", level, out);
        break;
    }
}

void json_print(const json *j, struct text *out)
{
    print_value(j, 0, out);
    text_putc(out, '\n');
}

const char *json_library(void)
{
    static char name[32];
    snprintf(name, sizeof name, "cJSON %s", cJSON_Version());
    return name;
}
