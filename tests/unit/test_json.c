#include "base/json.h"
#include "t.h"

#include "base/os.h"

static const char *const doc = "{\n"                           /* 1 */
                               "  \"name\": \"a100\",\n"       /* 2 */
                               "  \"sm\": {\n"                 /* 3 */
                               "    \"name\": \"x: {,}\",\n"   /* 4 */
                               "    \"regs\": [1, 2.5,\n"      /* 5 */
                               "      -3e2, {\"deep\": 4}],\n" /* 6 */
                               "    \"on\": true\n"            /* 7 */
                               "  },\n"
                               "  \"none\": null\n" /* 9 */
                               "}\n";

TEST(documents_are_read)
{
    json *j;
    struct err e = {0};
    CHECK_EQ_INT(json_parse(&j, str_from(doc), "doc", &e), STATUS_OK);
    CHECK_EQ_INT(json_kind(j), JSON_OBJECT);
    CHECK_EQ_STR(json_key(j), NULL);
    CHECK_EQ_STR(json_string(json_get(j, "name")), "a100");
    CHECK(json_get(j, "Name") == NULL);
    CHECK_EQ_INT(json_kind(json_get(j, "none")), JSON_NULL);
    const json *sm = json_get(j, "sm"), *first = json_child(json_get(sm, "regs"));
    CHECK(json_number(first) == 1);
    CHECK(json_number(json_next(json_next(first))) == -300);
    CHECK(json_bool(json_get(sm, "on")));
    CHECK_EQ_STR(json_key(json_child(sm)), "name");
    json_free(j);
}

TEST(values_of_another_kind_are_neutral)
{
    json *j;
    CHECK_EQ_INT(json_parse(&j, STR("[\"1\", 1, false]"), "doc", NULL), STATUS_OK);
    const json *text = json_child(j), *number = json_next(text);
    CHECK(json_number(text) == 0);
    CHECK_EQ_STR(json_string(number), NULL);
    CHECK(!json_bool(json_next(number)));
    CHECK(json_get(j, "1") == NULL);
    CHECK_EQ_STR(json_kind_name(json_kind(json_next(number))), "boolean");
    json_free(j);
}

struct bad {
    const char *text;
    unsigned line, column;
    const char *expected, *found;
};

TEST(syntax_errors_have_a_place)
{
    static const struct bad bad[] = {
        {"", 1, 1, "a value", "the end of the text"},
        {"  \n ", 2, 2, "a value", "the end of the text"},
        {"{\"a\": }", 1, 7, "a value", "'}'"},
        {"{\n  \"a\": 1,\n  b: 2\n}", 3, 3, "a key in quotes", "'b'"},
        {"{\"a\" 1}", 1, 6, "':'", "'1'"},
        {"{\"a\": 1", 1, 8, "',' or '}'", "the end of the text"},
        {"[1, 2", 1, 6, "',' or ']'", "the end of the text"},
        {"[1,]", 1, 4, "a value", "']'"},
        {"{\"a\": \"open}", 1, 13, "the closing quote of a string", "the end of the text"},
        {"[\"a\nb\"]", 1, 4, "the closing quote of a string", "byte 0x0a"},
        {"[\"\\x\"]", 1, 4, "one of \"\\/bfnrtu after a backslash", "'x'"},
        {"{\"a\": 1}\n x", 2, 2, "the end of the text", "'x'"},
        {"[1] [2]", 1, 5, "the end of the text", "'['"},
        {"nul", 1, 1, "a value", "'n'"},
        {"[01]", 1, 3, "',' or ']'", "'1'"},
        {"[1.]", 1, 4, "a digit", "']'"},
        {"[-]", 1, 3, "a digit", "']'"},
        {"[1e+]", 1, 5, "a digit", "']'"},
        {"[1e999]", 1, 2, "a double of at most 63 characters", "'1'"},
        {"[\x01]", 1, 2, "a value", "byte 0x01"},
        {"[\x80]", 1, 2, "a value", "byte 0x80"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        json *j;
        CHECK_EQ_INT(json_parse(&j, str_from(bad[i].text), "doc", &e), STATUS_INPUT);
        CHECK(j == NULL);
        CHECK_EQ_STR(e.path, "doc");
        CHECK_EQ_INT(e.line, bad[i].line);
        CHECK_EQ_INT(e.column, bad[i].column);
        CHECK_EQ_STR(e.expected, bad[i].expected);
        CHECK_EQ_STR(e.found, bad[i].found);
    }
}

TEST(escapes)
{
    json *j;
    CHECK_EQ_INT(json_parse(&j, STR("\"\\u00b5\\ud83d\\ude00\\/\\t\\\"\""), "doc", NULL),
                 STATUS_OK);
    CHECK_EQ_STR(json_string(j), "\xc2\xb5\xf0\x9f\x98\x80/\t\"");
    json_free(j);
    static const char *const bad[] = {"\"\\u12\"",    "\"\\u0000\"", "\"\\ud83d\"",
                                      "\"\\ud83dx\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
                                      "\"\\u0x12\"",  "\"\\"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_EQ_INT(json_parse(&j, str_from(bad[i]), "doc", NULL), STATUS_INPUT);
}

TEST(no_bytes_behind_the_slice_are_read)
{
    json *j;
    CHECK_EQ_INT(json_parse(&j, (str){"12345", 2}, "doc", NULL), STATUS_OK);
    CHECK(json_number(j) == 12);
    json_free(j);
    CHECK_EQ_INT(json_parse(&j, (str){NULL, 0}, "doc", NULL), STATUS_INPUT);
}

TEST(nesting_has_a_limit)
{
    struct text t;
    struct err e = {0};
    json *j;
    text_init(&t);
    text_pad(&t, '[', 900);
    text_pad(&t, ']', 900);
    CHECK_EQ_INT(json_parse(&j, text_str(&t), "doc", &e), STATUS_OK);
    json_free(j);
    text_clear(&t);
    text_pad(&t, '[', 1500);
    text_pad(&t, ']', 1500);
    CHECK_EQ_INT(json_parse(&j, text_str(&t), "doc", &e), STATUS_INPUT);
    CHECK_EQ_STR(e.expected, "at most 1000 levels of nesting");
    text_done(&t);
}

static unsigned line_of(const char *text, const char *a, const char *b, const char *c)
{
    const char *path[] = {a, b, c};
    size_t n = a == NULL ? 0 : b == NULL ? 1 : c == NULL ? 2 : 3;
    return json_line(str_from(text), path, n);
}

TEST(lines_of_members)
{
    CHECK_EQ_INT(line_of(doc, NULL, NULL, NULL), 1);
    CHECK_EQ_INT(line_of(doc, "name", NULL, NULL), 2);
    CHECK_EQ_INT(line_of(doc, "sm", NULL, NULL), 3);
    CHECK_EQ_INT(line_of(doc, "sm", "name", NULL), 4);
    CHECK_EQ_INT(line_of(doc, "sm", "on", NULL), 7);
    CHECK_EQ_INT(line_of(doc, "none", NULL, NULL), 9);
    CHECK_EQ_INT(line_of(doc, "regs", NULL, NULL), 0);
    CHECK_EQ_INT(line_of(doc, "name", "x", NULL), 0);
}

TEST(lines_of_elements)
{
    CHECK_EQ_INT(line_of(doc, "sm", "regs", "0"), 5);
    CHECK_EQ_INT(line_of(doc, "sm", "regs", "2"), 6);
    CHECK_EQ_INT(line_of(doc, "sm", "regs", "3"), 6);
    CHECK_EQ_INT(line_of(doc, "sm", "regs", "4"), 0);
    CHECK_EQ_INT(line_of(doc, "sm", "regs", "x"), 0);
    CHECK_EQ_INT(line_of("[]", "0", NULL, NULL), 0);
}

TEST(lines_in_broken_text_are_absent)
{
    CHECK_EQ_INT(line_of("", "a", NULL, NULL), 0);
    CHECK_EQ_INT(line_of("{", "a", NULL, NULL), 0);
    CHECK_EQ_INT(line_of("{\"b\": [1, {\"a\"", "a", NULL, NULL), 0);
    CHECK_EQ_INT(line_of("{\"b\\\"\": \"\\\\\",\n\"a\": 1}", "a", NULL, NULL), 2);
}

TEST(documents_are_printed)
{
    struct text t;
    json *j = json_make_object();
    text_init(&t);
    json_add_string(j, "name", "\"a\"\\\n\t\x01 \xc2\xb5");
    json *list = json_add_array(j, "list");
    json_add_number(list, NULL, 1);
    json_add_null(list, NULL);
    json_add_bool(list, NULL, false);
    json_add_object(j, "empty");
    json_add_number(json_add_object(j, "o"), "nan", NAN);
    json_print(j, &t);
    CHECK_EQ_STR(text_cstr(&t), "{\n"
                                "  \"name\": \"\\\"a\\\"\\\\\\n\\t\\u0001 \xc2\xb5\",\n"
                                "  \"list\": [\n    1,\n    null,\n    false\n  ],\n"
                                "  \"empty\": {},\n"
                                "  \"o\": {\n    \"nan\": null\n  }\n"
                                "}\n");
    json_free(j);
    text_done(&t);
}

static const char *printed(struct text *t, double v)
{
    json *j = json_make_array();
    json_add_number(j, NULL, v);
    text_clear(t);
    json_print(json_child(j), t);
    json_free(j);
    return text_cstr(t);
}

TEST(numbers_are_shortest_that_read_back)
{
    struct text t;
    text_init(&t);
    CHECK_EQ_STR(printed(&t, 0.1), "0.1\n");
    CHECK_EQ_STR(printed(&t, 1555e9), "1555000000000\n");
    CHECK_EQ_STR(printed(&t, 9007199254740993.0), "9007199254740992\n");
    CHECK_EQ_STR(printed(&t, 0.1 + 0.2), "0.30000000000000004\n");
    CHECK_EQ_STR(printed(&t, 5e-324), "4.94065645841247e-324\n");
    CHECK_EQ_STR(printed(&t, -INFINITY), "null\n");
    text_done(&t);
}

TEST(strings_are_printed_as_utf8)
{
    struct text t;
    text_init(&t);
    json *o = json_make_object();
    json_add_string(o, "n", "\xc3\xa4\xff<\xe2");
    json_print(o, &t);
    CHECK(strstr(text_cstr(&t), "\xc3\xa4\xef\xbf\xbd<\xef\xbf\xbd\"") != NULL);
    json_free(o);
    text_done(&t);
}

TEST(library_names_its_version)
{
    CHECK(strncmp(json_library(), "cJSON 1.", 8) == 0);
}
