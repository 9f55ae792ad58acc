/* The grammar, case by case, through windows of every size, token by token and passed over. */
#include "scan_dump.h"
#include "t.h"

struct example {
    str text;
    const char *dump;
};

#define S(lit)                 \
    {                          \
        (lit), sizeof(lit) - 1 \
    }

#define A_VALUE    "expected a value"
#define A_DIGIT    "expected a digit"
#define NO_CONTROL "expected an escape in place of a control byte"
#define AN_ESCAPE  "expected one of \"\\/bfnrtu behind a backslash"
#define FOUR_HEX   "expected four hexadecimal digits behind \\u"
#define A_COLON    "expected ':' behind a member's name"
#define A_KEY      "expected a member's name in quotes or '}'"
#define A_NEXT_KEY "expected a member's name in quotes behind ','"
#define A_MEMBER   "expected a value behind ':'"
#define AN_ELEMENT "expected a value or ']'"
#define A_NEXT     "expected a value behind ','"
#define OBJECT_ON  "expected ',' or '}' behind a member"
#define ARRAY_ON   "expected ',' or ']' behind an element"
#define NO_MORE    "expected nothing more behind the document"
#define ENDS_IN    "the file ends inside "

static const struct example numbers[] = {
    {S("0"), "0 ."},
    {S("-0"), "-0 ."},
    {S("7"), "7 ."},
    {S("1234567"), "1234567 ."},
    {S("12345678"), "12345678 ."},
    {S("123456789"), "123456789 ."},
    {S("1234567890123456789012345678901234567890"), "1234567890123456789012345678901234567890 ."},
    {S("-12"), "-12 ."},
    {S("0.0"), "0.0 ."},
    {S("2915995397672.546"), "2915995397672.546 ."},
    {S("1.0000000000000000000000001"), "1.0000000000000000000000001 ."},
    {S("-0.5"), "-0.5 ."},
    {S("1e5"), "1e5 ."},
    {S("1E5"), "1E5 ."},
    {S("1e+5"), "1e+5 ."},
    {S("1e-5"), "1e-5 ."},
    {S("1e05"), "1e05 ."},
    {S("0e0"), "0e0 ."},
    {S("1.5e300"), "1.5e300 ."},
    {S("-1.25E-12"), "-1.25E-12 ."},
    {S("1e99999"), "1e99999 ."},
    {S(" 12 "), "12 ."},
    {S("[1,2]"), "[ 1 2 ] ."},
    {S("01"), "0 !1:2 " NO_MORE},
    {S("-01"), "-0 !1:3 " NO_MORE},
    {S("[01]"), "[ 0 !1:3 " ARRAY_ON},
    {S("[00]"), "[ 0 !1:3 " ARRAY_ON},
    {S("00.5"), "0 !1:2 " NO_MORE},
    {S("1."), "!1:3 " ENDS_IN "a number"},
    {S("[1.]"), "[ !1:4 " A_DIGIT},
    {S("[1.e5]"), "[ !1:4 " A_DIGIT},
    {S("[.1]"), "[ !1:2 " AN_ELEMENT},
    {S(".1"), "!1:1 " A_VALUE},
    {S("[-]"), "[ !1:3 " A_DIGIT},
    {S("-"), "!1:2 " ENDS_IN "a number"},
    {S("[--1]"), "[ !1:3 " A_DIGIT},
    {S("[-.5]"), "[ !1:3 " A_DIGIT},
    {S("[-a]"), "[ !1:3 " A_DIGIT},
    {S("[1e]"), "[ !1:4 " A_DIGIT},
    {S("[1e+]"), "[ !1:5 " A_DIGIT},
    {S("[1e-]"), "[ !1:5 " A_DIGIT},
    {S("[1e+-1]"), "[ !1:5 " A_DIGIT},
    {S("[1e1.5]"), "[ 1e1 !1:5 " ARRAY_ON},
    {S("[1.5.5]"), "[ 1.5 !1:5 " ARRAY_ON},
    {S("1e"), "!1:3 " ENDS_IN "a number"},
    {S("[0e]"), "[ !1:4 " A_DIGIT},
    {S("[0.]"), "[ !1:4 " A_DIGIT},
    {S("[0x1F]"), "[ 0 !1:3 " ARRAY_ON},
    {S("+1"), "!1:1 " A_VALUE},
    {S("[+1]"), "[ !1:2 " AN_ELEMENT},
    {S("[1 2]"), "[ 1 !1:4 " ARRAY_ON},
    {S("[- 1]"), "[ !1:3 " A_DIGIT},
    {S("[1a]"), "[ 1 !1:3 " ARRAY_ON},
    {S("[1:2]"), "[ 1 !1:3 " ARRAY_ON},
    {S("[1\0]"), "[ 1 !1:3 " ARRAY_ON},
    {S("[1/2]"), "[ 1 !1:3 " ARRAY_ON},
    {S("[12345678:]"), "[ 12345678 !1:10 " ARRAY_ON},
    {S("[1_000]"), "[ 1 !1:3 " ARRAY_ON},
    {S("[1\xb2]"), "[ 1 !1:3 " ARRAY_ON},
    {S("NaN"), "!1:1 " A_VALUE},
    {S("[NaN]"), "[ !1:2 " AN_ELEMENT},
    {S("[nan]"), "[ !1:3 expected null"},
    {S("[Infinity]"), "[ !1:2 " AN_ELEMENT},
    {S("[-Infinity]"), "[ !1:3 " A_DIGIT},
    {S("[inf]"), "[ !1:2 " AN_ELEMENT},
    {S("[-inf]"), "[ !1:3 " A_DIGIT},
};

static const struct example strings[] = {
    {S("\"\""), "\"\" ."},
    {S("\"a\""), "\"a\" ."},
    {S("\"0123456789abcdef\""), "\"0123456789abcdef\" ."},
    {S("\"0123456789abcde\\n\""), "~\"0123456789abcde\\n\" ."},
    {S("\"0123456789abcdef0123456789abcdef?\""), "\"0123456789abcdef0123456789abcdef?\" ."},
    {S("\"\\\"\""), "~\"\\\"\" ."},
    {S("\"\\\\\""), "~\"\\\\\" ."},
    {S("\"\\/\""), "~\"\\/\" ."},
    {S("\"\\b\\f\\n\\r\\t\""), "~\"\\b\\f\\n\\r\\t\" ."},
    {S("\"\\u0041\""), "~\"\\u0041\" ."},
    {S("\"\\uabcd\\uABCD\\u09aF\""), "~\"\\uabcd\\uABCD\\u09aF\" ."},
    {S("\"\\u0000\""), "~\"\\u0000\" ."},
    {S("\"\\ud83d\\ude00\""), "~\"\\ud83d\\ude00\" ."},
    {S("\"\\ud83d\""), "~\"\\ud83d\" ."},
    {S("\"\\ude00\\ud83d\""), "~\"\\ude00\\ud83d\" ."},
    {S("\"\\\\u12\""), "~\"\\\\u12\" ."},
    {S("\"\\\\\\\"\""), "~\"\\\\\\\"\" ."},
    {S("\"\x7f\""), "\"\x7f\" ."},
    {S("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""), "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\" ."},
    {S("\"\xff\xfe\x80\xc0\xaf\""), "\"\xff\xfe\x80\xc0\xaf\" ."},
    {S("\"\xed\xa0\x80\""), "\"\xed\xa0\x80\" ."},
    {S("\"\xe2\x80\xa8\""), "\"\xe2\x80\xa8\" ."},
    {S("\" {}[],: \""), "\" {}[],: \" ."},
    {S("\"/*\""), "\"/*\" ."},
    {S("[\"a\",\"b\"]"), "[ \"a\" \"b\" ] ."},
    {S("\""), "!1:2 " ENDS_IN "a string"},
    {S("\"a"), "!1:3 " ENDS_IN "a string"},
    {S("\"a\\"), "!1:4 " ENDS_IN "a string"},
    {S("\"a\\\""), "!1:5 " ENDS_IN "a string"},
    {S("\"\\u"), "!1:4 " ENDS_IN "a string"},
    {S("\"\\u00"), "!1:6 " ENDS_IN "a string"},
    {S("\"\\u0041"), "!1:8 " ENDS_IN "a string"},
    {S("\"\\u\""), "!1:4 " FOUR_HEX},
    {S("\"\\u1\""), "!1:5 " FOUR_HEX},
    {S("\"\\u12\""), "!1:6 " FOUR_HEX},
    {S("\"\\u123\""), "!1:7 " FOUR_HEX},
    {S("\"\\u00g0\""), "!1:6 " FOUR_HEX},
    {S("\"\\u+123\""), "!1:4 " FOUR_HEX},
    {S("\"\\u 123\""), "!1:4 " FOUR_HEX},
    {S("\"\\u0x12\""), "!1:5 " FOUR_HEX},
    {S("\"\\u123@\""), "!1:7 " FOUR_HEX},
    {S("\"\\u123`\""), "!1:7 " FOUR_HEX},
    {S("\"\\U0041\""), "!1:3 " AN_ESCAPE},
    {S("\"\\a\""), "!1:3 " AN_ESCAPE},
    {S("\"\\v\""), "!1:3 " AN_ESCAPE},
    {S("\"\\x41\""), "!1:3 " AN_ESCAPE},
    {S("\"\\'\""), "!1:3 " AN_ESCAPE},
    {S("\"\\0\""), "!1:3 " AN_ESCAPE},
    {S("\"\\\0\""), "!1:3 " AN_ESCAPE},
    {S("\"\\ \""), "!1:3 " AN_ESCAPE},
    {S("\"\\\n\""), "!1:3 " AN_ESCAPE},
    {S("\"\\\xe5\""), "!1:3 " AN_ESCAPE},
    {S("\"a\0b\""), "!1:3 " NO_CONTROL},
    {S("\"\x01\""), "!1:2 " NO_CONTROL},
    {S("\"\t\""), "!1:2 " NO_CONTROL},
    {S("\"a\nb\""), "!1:3 " NO_CONTROL},
    {S("\"\r\""), "!1:2 " NO_CONTROL},
    {S("\"0123456789abcdef\x1f\""), "!1:18 " NO_CONTROL},
    {S("'a'"), "!1:1 " A_VALUE},
    {S("[a]"), "[ !1:2 " AN_ELEMENT},
    {S("[\"a\"b]"), "[ \"a\" !1:5 " ARRAY_ON},
    {S("[\"a\" \"b\"]"), "[ \"a\" !1:6 " ARRAY_ON},
    {S("[\"a\\\"]"), "[ !1:7 " ENDS_IN "a string"},
};

static const struct example structures[] = {
    {S("{}"), "{ } ."},
    {S("[]"), "[ ] ."},
    {S(" [ ] "), "[ ] ."},
    {S("\t\r\n {\t\r\n }\t\r\n "), "{ } ."},
    {S("[[]]"), "[ [ ] ] ."},
    {S("[[],[]]"), "[ [ ] [ ] ] ."},
    {S("[{},{}]"), "[ { } { } ] ."},
    {S("{\"a\":1}"), "{ a: 1 } ."},
    {S("{\"a\" : 1 , \"b\" : 2 }"), "{ a: 1 b: 2 } ."},
    {S("{\"a\"\n:\n1\n,\n\"b\"\n:\n2\n}"), "{ a: 1 b: 2 } ."},
    {S("{\"\":\"\"}"), "{ : \"\" } ."},
    {S("{\"a\":1,\"a\":1}"), "{ a: 1 a: 1 } ."},
    {S("{\"\\u0061\":[]}"), "{ ~\\u0061: [ ] } ."},
    {S("{\"a\":{\"b\":{\"c\":[]}}}"), "{ a: { b: { c: [ ] } } } ."},
    {S("[1,\"a\",true,false,null,{},[]]"), "[ 1 \"a\" true false null { } [ ] ] ."},
    {S("[                                     1 ]"), "[ 1 ] ."},
    {S("{\"dur\": 1.5, \"a\": []}"), "{ dur: 1.5 a: [ ] } ."},
    {S(""), "!1:1 the file is empty"},
    {S(" "), "!1:2 the file is empty"},
    {S("\n\n  "), "!3:3 the file is empty"},
    {S("\0"), "!1:1 " A_VALUE},
    {S("\xef\xbb\xbf{}"), "!1:1 " A_VALUE},
    {S("\xff\xfe{\0}\0"), "!1:1 " A_VALUE},
    {S("\xfe\xff\0{\0}"), "!1:1 " A_VALUE},
    {S("["), "[ !1:2 " ENDS_IN "an array"},
    {S("{"), "{ !1:2 " ENDS_IN "an object"},
    {S("[1"), "[ !1:3 " ENDS_IN "a number"},
    {S("[1 "), "[ 1 !1:4 " ENDS_IN "an array"},
    {S("[1,"), "[ 1 !1:4 " ENDS_IN "an array"},
    {S("[[]"), "[ [ ] !1:4 " ENDS_IN "an array"},
    {S("{\"a\""), "{ a: !1:5 " ENDS_IN "an object"},
    {S("{\"a\":"), "{ a: !1:6 " ENDS_IN "an object"},
    {S("{\"a\":1,"), "{ a: 1 !1:8 " ENDS_IN "an object"},
    {S("{\"a\":[]\n"), "{ a: [ ] !2:1 " ENDS_IN "an object"},
    {S("{\"a\":[{}"), "{ a: [ { } !1:9 " ENDS_IN "an array"},
    {S("]"), "!1:1 " A_VALUE},
    {S("}"), "!1:1 " A_VALUE},
    {S(","), "!1:1 " A_VALUE},
    {S(":"), "!1:1 " A_VALUE},
    {S("[}"), "[ !1:2 " AN_ELEMENT},
    {S("{]"), "{ !1:2 " A_KEY},
    {S("[1}"), "[ 1 !1:3 " ARRAY_ON},
    {S("{\"a\":1]"), "{ a: 1 !1:7 " OBJECT_ON},
    {S("[1,]"), "[ 1 !1:4 " A_NEXT},
    {S("[,]"), "[ !1:2 " AN_ELEMENT},
    {S("[,1]"), "[ !1:2 " AN_ELEMENT},
    {S("[1,,2]"), "[ 1 !1:4 " A_NEXT},
    {S("[1;2]"), "[ 1 !1:3 " ARRAY_ON},
    {S("[[]1]"), "[ [ ] !1:4 " ARRAY_ON},
    {S("{,}"), "{ !1:2 " A_KEY},
    {S("{\"a\":1,}"), "{ a: 1 !1:8 " A_NEXT_KEY},
    {S("{\"a\":1,,\"b\":2}"), "{ a: 1 !1:8 " A_NEXT_KEY},
    {S("{\"a\":1 \"b\":2}"), "{ a: 1 !1:8 " OBJECT_ON},
    {S("{\"a\",1}"), "{ a: !1:5 " A_COLON},
    {S("{\"a\" 1}"), "{ a: !1:6 " A_COLON},
    {S("{\"a\"}"), "{ a: !1:5 " A_COLON},
    {S("{\"a\"::1}"), "{ a: !1:6 " A_MEMBER},
    {S("{\"a\":}"), "{ a: !1:6 " A_MEMBER},
    {S("{\"a\":,}"), "{ a: !1:6 " A_MEMBER},
    {S("{\"a\":b}"), "{ a: !1:6 " A_MEMBER},
    {S("{:1}"), "{ !1:2 " A_KEY},
    {S("{a:1}"), "{ !1:2 " A_KEY},
    {S("{'a':1}"), "{ !1:2 " A_KEY},
    {S("{1:1}"), "{ !1:2 " A_KEY},
    {S("{null:1}"), "{ !1:2 " A_KEY},
    {S("{[]:1}"), "{ !1:2 " A_KEY},
    {S("{\"a\":1,b}"), "{ a: 1 !1:8 " A_NEXT_KEY},
    {S("{\"a\":1:2}"), "{ a: 1 !1:7 " OBJECT_ON},
    {S("[\"a\":1]"), "[ \"a\" !1:5 " ARRAY_ON},
    {S("{}{}"), "{ } !1:3 " NO_MORE},
    {S("{}\n[]"), "{ } !2:1 " NO_MORE},
    {S("[]]"), "[ ] !1:3 " NO_MORE},
    {S("{}}"), "{ } !1:3 " NO_MORE},
    {S("[],"), "[ ] !1:3 " NO_MORE},
    {S("1,"), "1 !1:2 " NO_MORE},
    {S("1 2"), "1 !1:3 " NO_MORE},
    {S("\"a\":1"), "\"a\" !1:4 " NO_MORE},
    {S("{} x"), "{ } !1:4 " NO_MORE},
    {S("{}\0"), "{ } !1:3 " NO_MORE},
    {S("[]\xc2\xa0"), "[ ] !1:3 " NO_MORE},
    {S("[\v]"), "[ !1:2 " AN_ELEMENT},
    {S("[\f]"), "[ !1:2 " AN_ELEMENT},
    {S("[\xc2\xa0]"), "[ !1:2 " AN_ELEMENT},
    {S("[]//"), "[ ] !1:3 " NO_MORE},
    {S("/**/[]"), "!1:1 " A_VALUE},
    {S("[\n1,\r\n 2\n  x]"), "[ 1 2 !4:3 " ARRAY_ON},
    {S("\n\n\n{\"a\"\n\n ;}"), "{ a: !6:2 " A_COLON},
};

static const struct example words[] = {
    {S("true"), "true ."},
    {S("false"), "false ."},
    {S("null"), "null ."},
    {S("[true,false,null]"), "[ true false null ] ."},
    {S("{\"a\":true}"), "{ a: true } ."},
    {S("True"), "!1:1 " A_VALUE},
    {S("TRUE"), "!1:1 " A_VALUE},
    {S("[tRue]"), "[ !1:3 expected true"},
    {S("[nul]"), "[ !1:5 expected null"},
    {S("[fals]"), "[ !1:6 expected false"},
    {S("[falsy]"), "[ !1:6 expected false"},
    {S("nul"), "!1:4 " ENDS_IN "a word"},
    {S("t"), "!1:2 " ENDS_IN "a word"},
    {S("[fals"), "[ !1:6 " ENDS_IN "a word"},
    {S("truee"), "true !1:5 " NO_MORE},
    {S("[truee]"), "[ true !1:6 " ARRAY_ON},
    {S("[true false]"), "[ true !1:7 " ARRAY_ON},
    {S("[true1]"), "[ true !1:6 " ARRAY_ON},
    {S("nullnull"), "null !1:5 " NO_MORE},
    {S("[undefined]"), "[ !1:2 " AN_ELEMENT},
    {S("[tr\0e]"), "[ !1:4 expected true"},
    {S("[Null]"), "[ !1:2 " AN_ELEMENT},
};

static const struct example tolerated[] = {
    {S("NaN"), "NaN ."},
    {S("[nan,NAN,-nan]"), "[ nan NAN -nan ] ."},
    {S("[Infinity,-Infinity,INFINITY]"), "[ Infinity -Infinity INFINITY ] ."},
    {S("[inf,-inf,Inf,-INF]"), "[ inf -inf Inf -INF ] ."},
    {S("{\"a\":-inf}"), "{ a: -inf } ."},
    {S("inf"), "inf ."},
    {S("[null,nan]"), "[ null nan ] ."},
    {S("\"a\nb\""), "\"a\nb\" ."},
    {S("\"0123456789abcdef\t\x01\""), "\"0123456789abcdef\t\x01\" ."},
    {S("\"\x1f\\n\r\""), "~\"\x1f\\n\r\" ."},
    {S("{\"a\tb\":1}"), "{ a\tb: 1 } ."},
    {S("[infx]"), "[ inf !1:5 " ARRAY_ON},
    {S("[infinit]"), "[ inf !1:5 " ARRAY_ON},
    {S("[in]"), "[ !1:4 expected Infinity"},
    {S("[-i]"), "[ !1:4 expected Infinity"},
    {S("[nax]"), "[ !1:4 expected NaN"},
    {S("[nanx]"), "[ nan !1:5 " ARRAY_ON},
    {S("[+inf]"), "[ !1:2 " AN_ELEMENT},
    {S("[-x]"), "[ !1:3 " A_DIGIT},
    {S("[-null]"), "[ !1:4 expected NaN"},
    {S("[NULL]"), "[ !1:3 expected NaN"},
    {S("[inf"), "[ !1:5 " ENDS_IN "a number"},
    {S("[-infinity"), "[ !1:11 " ENDS_IN "a number"},
    {S("na"), "!1:3 " ENDS_IN "a number"},
    {S("\"\n"), "!2:1 " ENDS_IN "a string"},
    {S("\"\\\n\""), "!1:3 " AN_ESCAPE},
    {S("[1,]"), "[ 1 !1:4 " A_NEXT},
    {S("[01]"), "[ 0 !1:3 " ARRAY_ON},
    {S("[.5]"), "[ !1:2 " AN_ELEMENT},
    {S("['a']"), "[ !1:2 " AN_ELEMENT},
    {S("[-1.5e3,-0]"), "[ -1.5e3 -0 ] ."},
};

/* Windows end at every place of the text, the first and every later one. */
static const size_t windows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 23, 32, 33, 64, 4096};

static void check_example(const struct example *x, enum scan_grammar g, struct text *out)
{
    const char *verdict = x->dump + strcspn(x->dump, "!");
    bool ends_inside = strstr(verdict, ENDS_IN) != NULL;
    if (*verdict == '\0')
        verdict = ".";
    for (size_t w = 0; w < ARRAY_LEN(windows); w++) {
        struct err e;
        bool cut = dump_bytes(x->text, (struct dump_how){g, windows[w], NULL}, out, &e);
        CHECK_EQ_STR(text_cstr(out), x->dump);
        CHECK_EQ_INT(cut, ends_inside);
        dump_bytes(x->text, (struct dump_how){g, windows[w], dump_by_skip}, out, &e);
        CHECK_EQ_STR(text_cstr(out), verdict);
        dump_bytes(x->text, (struct dump_how){g, windows[w], dump_by_leave}, out, &e);
        CHECK_EQ_STR(text_cstr(out), verdict);
    }
}

static void check_examples(const struct example *x, size_t n, enum scan_grammar g)
{
    struct text out;
    text_init(&out);
    for (size_t i = 0; i < n; i++)
        check_example(&x[i], g, &out);
    text_done(&out);
}

TEST(numbers)
{
    check_examples(numbers, ARRAY_LEN(numbers), SCAN_STRICT);
}

TEST(strings)
{
    check_examples(strings, ARRAY_LEN(strings), SCAN_STRICT);
}

TEST(structures)
{
    check_examples(structures, ARRAY_LEN(structures), SCAN_STRICT);
    check_examples(structures, ARRAY_LEN(structures), SCAN_TOLERANT);
}

TEST(words)
{
    check_examples(words, ARRAY_LEN(words), SCAN_STRICT);
}

TEST(what_profilers_wrote_is_tolerated)
{
    check_examples(tolerated, ARRAY_LEN(tolerated), SCAN_TOLERANT);
}
