/* What readers of documents rely on beside the grammar: places, limits, passing over, cut files. */
#include <zlib.h>

#include "base/json.h"
#include "base/os.h"
#include "scan_dump.h"
#include "t.h"

#define KINETO "../shared/data/kineto"

struct reading {
    struct stream *stream;
    struct scan *s;
    struct scan_token t;
    struct err e;
};

static struct reading reading_of(str bytes, size_t window_b)
{
    struct reading r = {0};
    CHECK_EQ_INT(stream_open_memory(&r.stream, bytes, "doc", &r.e), STATUS_OK);
    CHECK_EQ_INT(scan_open_window(&r.s, r.stream, "doc", SCAN_STRICT, window_b, &r.e), STATUS_OK);
    return r;
}

static void done(struct reading *r)
{
    scan_close(r->s);
    stream_close(r->stream);
}

static enum scan_kind next(struct reading *r)
{
    CHECK_EQ_INT(scan_next(r->s, &r->t, &r->e), STATUS_OK);
    return r->t.kind;
}

/* --- errors ---------------------------------------------------------------------------------- */

struct told {
    const char *text, *message, *found, *hint;
};

TEST(errors_tell_what_was_found)
{
    static const struct told told[] = {
        {"{\"a\" 1}", "not valid JSON: expected ':' behind a member's name", "'1'", ""},
        {"[1\n\n\x02]", "not valid JSON: expected ',' or ']' behind an element", "byte 0x02", ""},
        {"[\xe9]", "not valid JSON: expected a value or ']'", "byte 0xe9", ""},
        {"[1, ", "not valid JSON: the file ends inside an array", "",
         "copy the file again, or wait until it is written"},
        {"  ", "not valid JSON: the file is empty", "", ""},
        {"\xef\xbb\xbf{}", "not valid JSON: expected a value", "byte 0xef",
         "write the file without a byte order mark"},
        {"\xff\xfe{", "not valid JSON: expected a value", "byte 0xff",
         "write the file as UTF-8 and without a byte order mark"},
    };
    struct text out;
    text_init(&out);
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        struct err e;
        dump_bytes(str_from(told[i].text), (struct dump_how){SCAN_STRICT, 1, NULL}, &out, &e);
        CHECK_EQ_INT(e.status, STATUS_INPUT);
        CHECK_EQ_STR(e.path, "doc");
        CHECK_EQ_STR(e.message, told[i].message);
        CHECK_EQ_STR(e.found, told[i].found);
        CHECK_EQ_STR(e.hint, told[i].hint);
    }
    text_done(&out);
}

TEST(after_an_error_every_call_fails_the_same_way)
{
    struct reading r = reading_of(STR("[1, }, 2]"), 64);
    CHECK_EQ_INT(next(&r), SCAN_ARRAY);
    CHECK_EQ_INT(next(&r), SCAN_NUMBER);
    CHECK_EQ_INT(scan_next(r.s, &r.t, NULL), STATUS_INPUT);
    enum status (*const calls[])(struct scan *, struct err *) = {scan_skip, scan_leave};
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        struct err e = {0};
        CHECK_EQ_INT(calls[i](r.s, &e), STATUS_INPUT);
        CHECK_EQ_STR(e.message, "not valid JSON: expected a value behind ','");
        CHECK_EQ_INT(e.column, 5);
    }
    CHECK_EQ_INT(scan_next(r.s, &r.t, &r.e), STATUS_INPUT);
    CHECK_EQ_INT(r.e.column, 5);
    CHECK(!scan_is_cut_short(r.s));
    done(&r);
}

TEST(the_end_stays_the_end)
{
    struct reading r = reading_of(STR("[]"), 1);
    CHECK_EQ_INT(next(&r), SCAN_ARRAY);
    CHECK_EQ_INT(next(&r), SCAN_ARRAY_END);
    CHECK_EQ_INT(next(&r), SCAN_END);
    CHECK_EQ_INT(next(&r), SCAN_END);
    CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_INPUT);
    done(&r);
    scan_close(NULL);
}

/* --- cut files ------------------------------------------------------------------------------- */

static const char whole[] = "{\"schema\": 1, \"events\": [\n {\"n\\u0061me\": \"a \\\"b\\\"\", "
                            "\"ts\": 12.25e3, \"ok\": true},\n {\"args\": {\"x\": [1, -2, null]}}"
                            "\n], \"end\": false}";

TEST(what_comes_before_a_cut_is_whole)
{
    struct text all, out;
    struct err e;
    text_init(&all);
    text_init(&out);
    dump_bytes(STR(whole), (struct dump_how){SCAN_STRICT, 4096, NULL}, &all, &e);
    CHECK_EQ_INT(e.status, STATUS_OK);
    for (size_t cut = 1; cut + 1 < sizeof whole; cut++) {
        bool short_ = dump_bytes((str){whole, cut},
                                 (struct dump_how){SCAN_STRICT, 1 + cut % 50, NULL}, &out, &e);
        CHECK(short_);
        CHECK(strncmp(e.message, "not valid JSON: the file ends inside ", 37) == 0);
        size_t n = strcspn(text_cstr(&out), "!");
        CHECK(n <= all.n && memcmp(text_cstr(&out), text_cstr(&all), n) == 0);
    }
    text_done(&all);
    text_done(&out);
}

static size_t pack_gzip(str s, char *to, size_t n)
{
    z_stream z = {0};
    CHECK_EQ_INT(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)n;
    CHECK_EQ_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return n - z.avail_out;
}

TEST(a_packed_file_may_be_cut_as_well)
{
    static char packed[1000];
    size_t n = pack_gzip(STR(whole), packed, sizeof packed);
    struct text all, out;
    struct err e;
    text_init(&all);
    text_init(&out);
    CHECK(!dump_bytes((str){packed, n}, (struct dump_how){SCAN_STRICT, 64, NULL}, &all, &e));
    for (size_t cut = 20; cut < n; cut++) {
        CHECK(dump_bytes((str){packed, cut}, (struct dump_how){SCAN_STRICT, 64, NULL}, &out, &e));
        CHECK_EQ_STR(e.message, "cannot unpack 'doc': the file is cut short");
        size_t tokens = strcspn(text_cstr(&out), "!");
        CHECK(memcmp(text_cstr(&out), text_cstr(&all), tokens) == 0);
    }
    CHECK(out.n > all.n / 2);
    packed[n - 8] ^= 1; /* of the sum over all bytes */
    CHECK(!dump_bytes((str){packed, n}, (struct dump_how){SCAN_STRICT, 64, NULL}, &out, &e));
    CHECK_EQ_STR(e.message, "cannot unpack 'doc': the packed data are damaged");
    text_done(&all);
    text_done(&out);
}

/* --- limits ---------------------------------------------------------------------------------- */

static void nest(struct text *t, size_t depth, const char *open, const char *inner, char close)
{
    text_clear(t);
    for (size_t i = 0; i < depth; i++)
        text_puts(t, open);
    text_puts(t, inner);
    text_pad(t, close, depth);
}

TEST(nesting_has_a_limit)
{
    void (*const ways[])(struct scan *, struct text *, struct err *) = {NULL, dump_by_skip,
                                                                        dump_by_leave};
    struct text t, out;
    struct err e;
    text_init(&t);
    text_init(&out);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct dump_how how = {SCAN_STRICT, 300, ways[i]};
        nest(&t, SCAN_DEEPEST, "[", "1", ']');
        dump_bytes(text_str(&t), how, &out, &e);
        CHECK_EQ_INT(e.status, STATUS_OK);
        nest(&t, SCAN_DEEPEST, "{\"a\":", "1", '}');
        dump_bytes(text_str(&t), how, &out, &e);
        CHECK_EQ_INT(e.status, STATUS_OK);
        nest(&t, SCAN_DEEPEST, "[", "{}", ']');
        dump_bytes(text_str(&t), how, &out, &e);
        CHECK_EQ_INT(e.status, STATUS_LIMIT);
        CHECK_EQ_STR(e.message, "the document is nested more than 512 levels deep");
        CHECK_EQ_INT(e.column, SCAN_DEEPEST + 1);
    }
    text_done(&t);
    text_done(&out);
}

/* An array of one string or number of n bytes, on line 2. */
static enum status read_long(const char *quote, size_t n)
{
    struct text t;
    text_init(&t);
    text_printf(&t, "\n[%s", quote);
    text_pad(&t, '7', n);
    text_printf(&t, "%s]", quote);
    struct reading r = reading_of(text_str(&t), 1 << 10);
    CHECK_EQ_INT(next(&r), SCAN_ARRAY);
    enum status s = scan_next(r.s, &r.t, &r.e);
    if (s == STATUS_OK)
        CHECK_EQ_INT(r.t.text.n, n);
    else
        CHECK_EQ_STR(r.e.message, "a string or number is longer than 64 MiB");
    CHECK_EQ_INT(s == STATUS_OK ? scan_line(r.s) : r.e.line, 2);
    done(&r);
    text_done(&t);
    return s;
}

TEST(tokens_have_a_limit)
{
    CHECK_EQ_INT(read_long("\"", 3 << 20), STATUS_OK);
    CHECK_EQ_INT(read_long("", 3 << 20), STATUS_OK);
    CHECK_EQ_INT(read_long("\"", SCAN_LONGEST_B - 2), STATUS_OK);
    CHECK_EQ_INT(read_long("\"", SCAN_LONGEST_B + 1), STATUS_LIMIT);
    CHECK_EQ_INT(read_long("", SCAN_LONGEST_B + 1), STATUS_LIMIT);
}

/* --- passing over ---------------------------------------------------------------------------- */

TEST(values_are_passed_over)
{
    static const str doc = {whole, sizeof whole - 1};
    for (size_t w = 1; w < 40; w++) {
        struct reading r = reading_of(doc, w);
        CHECK_EQ_INT(next(&r), SCAN_OBJECT);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_OK);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK(str_is(r.t.text, "events"));
        CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_OK);
        CHECK_EQ_INT(scan_line(r.s), 1);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK(str_is(r.t.text, "end"));
        CHECK_EQ_INT(scan_line(r.s), 4);
        CHECK_EQ_INT(next(&r), SCAN_FALSE);
        CHECK_EQ_INT(next(&r), SCAN_OBJECT_END);
        CHECK_EQ_INT(next(&r), SCAN_END);
        done(&r);
    }
}

TEST(the_rest_of_what_is_open_is_passed_over)
{
    static const str doc = {whole, sizeof whole - 1};
    for (size_t w = 1; w < 40; w++) {
        struct reading r = reading_of(doc, w);
        CHECK_EQ_INT(next(&r), SCAN_OBJECT);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_OK);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK_EQ_INT(next(&r), SCAN_ARRAY);
        CHECK_EQ_INT(next(&r), SCAN_OBJECT);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK_EQ_INT(scan_leave(r.s, &r.e), STATUS_OK); /* with the value of the key */
        CHECK_EQ_INT(next(&r), SCAN_OBJECT);
        CHECK_EQ_INT(scan_line(r.s), 3);
        CHECK_EQ_INT(scan_leave(r.s, &r.e), STATUS_OK);
        CHECK_EQ_INT(scan_leave(r.s, &r.e), STATUS_OK);
        CHECK_EQ_INT(next(&r), SCAN_KEY);
        CHECK(str_is(r.t.text, "end"));
        CHECK_EQ_INT(scan_leave(r.s, &r.e), STATUS_OK);
        CHECK_EQ_INT(next(&r), SCAN_END);
        done(&r);
    }
}

TEST(where_no_value_comes_none_is_passed_over)
{
    struct reading r = reading_of(STR("[1]"), 16);
    CHECK_EQ_INT(next(&r), SCAN_ARRAY);
    CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_OK);
    CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_INPUT);
    CHECK_EQ_STR(r.e.message, "not valid JSON: expected a value");
    CHECK_EQ_STR(r.e.found, "']'");
    CHECK_EQ_INT(r.e.column, 3);
    CHECK(!scan_is_cut_short(r.s));
    done(&r);
}

TEST(leaving_what_is_not_open_is_a_mistake)
{
    struct reading r = reading_of(STR("[1]"), 16);
    CHECK_DIES(scan_leave(r.s, NULL) == STATUS_OK ? (void)0 : (void)1);
    done(&r);
}

TEST(lines_are_those_of_tokens)
{
    for (size_t w = 1; w < 30; w++) {
        struct reading r = reading_of(STR("\n[\n1,\n\n{\"a\":\n2}\n\n]\n\n"), w);
        static const unsigned lines[] = {2, 3, 5, 5, 6, 6, 8, 10};
        CHECK_EQ_INT(scan_line(r.s), 1);
        for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
            next(&r);
            if (i % 2 == w % 2)
                CHECK_EQ_INT(scan_line(r.s), lines[i]);
            CHECK_EQ_INT(scan_line(r.s), lines[i]);
        }
        CHECK_EQ_INT(r.t.kind, SCAN_END);
        done(&r);
    }
}

/* Counting has gone on to the error by then. */
TEST(behind_an_error_the_line_is_that_of_the_last_token)
{
    for (size_t window_b = 1; window_b < 200; window_b += 30) {
        struct reading r = reading_of(STR("[\n1,\n2\n\n\n}"), window_b);
        for (int i = 0; i < 3; i++)
            next(&r);
        CHECK_EQ_INT(scan_next(r.s, &r.t, &r.e), STATUS_INPUT);
        CHECK_EQ_INT(r.e.line, 6);
        CHECK_EQ_INT(scan_line(r.s), 3);
        done(&r);
    }
}

TEST(deviations_are_counted)
{
    static const char doc[] = "[NaN, -inf, \"a\tb\nc\", {\"\x01\": Infinity}, 1, \"\\n\"]";
    for (size_t w = 1; w < 30; w++) {
        for (int skips = 0; skips < 2; skips++) {
            struct reading r = {0};
            CHECK_EQ_INT(stream_open_memory(&r.stream, STR(doc), "doc", &r.e), STATUS_OK);
            CHECK_EQ_INT(scan_open_window(&r.s, r.stream, "doc", SCAN_TOLERANT, w, &r.e),
                         STATUS_OK);
            if (skips)
                CHECK_EQ_INT(scan_skip(r.s, &r.e), STATUS_OK);
            while (next(&r) != SCAN_END)
                ;
            CHECK_EQ_INT(scan_n_deviations(r.s), 6);
            done(&r);
        }
    }
}

/* --- text ------------------------------------------------------------------------------------ */

struct escaped {
    const char *raw, *text;
};

TEST(escapes_stand_for_text)
{
    static const struct escaped escaped[] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/", "\"\\/"},
        {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"a\\nb\\tc", "a\nb\tc"},
        {"\\u0041\\u00e4\\u20AC", "A\xc3\xa4\xe2\x82\xac"},
        {"\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"},
        {"\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf"},
        {"\\ud83d", "\xef\xbf\xbd"},
        {"\\ud83dx", "\xef\xbf\xbdx"},
        {"\\ud83d\\n", "\xef\xbf\xbd\n"},
        {"\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd\x41"},
        {"\\\\u0041", "\\u0041"},
        {"\xff\\n\xc3\xa4", "\xff\n\xc3\xa4"},
    };
    struct text t;
    text_init(&t);
    for (size_t i = 0; i < ARRAY_LEN(escaped); i++) {
        text_clear(&t);
        scan_unescape(&t, str_from(escaped[i].raw));
        CHECK_EQ_STR(text_cstr(&t), escaped[i].text);
    }
    text_clear(&t);
    scan_unescape(&t, STR("a\\u0000b"));
    CHECK(str_eq(text_str(&t), STR("a\0b")));
    text_done(&t);
}

TEST(broken_escapes_do_no_harm)
{
    static const char *const broken[] = {"\\",      "\\u",       "\\u12",
                                         "\\u12g4", "\\ud83d\\", "\\ud83d\\u1"};
    struct text t;
    text_init(&t);
    for (size_t i = 0; i < ARRAY_LEN(broken); i++)
        scan_unescape(&t, str_from(broken[i]));
    text_done(&t);
}

/* --- beside a parser ------------------------------------------------------------------------- */

struct counts {
    uint64_t n[SCAN_NULL + 1];
    double sum; /* of all numbers */
    size_t text_b;
};

static void count_tree(const json *j, struct counts *c)
{
    static const enum scan_kind kinds[] = {
        [JSON_NULL] = SCAN_NULL,     [JSON_BOOL] = SCAN_TRUE,   [JSON_NUMBER] = SCAN_NUMBER,
        [JSON_STRING] = SCAN_STRING, [JSON_ARRAY] = SCAN_ARRAY, [JSON_OBJECT] = SCAN_OBJECT};
    c->n[json_key(j) != NULL ? SCAN_KEY : SCAN_END]++;
    c->n[kinds[json_kind(j)]]++;
    c->sum += json_number(j);
    c->text_b += json_kind(j) == JSON_STRING ? strlen(json_string(j)) : 0;
    for (const json *child = json_child(j); child != NULL; child = json_next(child))
        count_tree(child, c);
}

static void count_tokens(str bytes, struct counts *c)
{
    struct reading r = reading_of(bytes, 4096);
    struct text t;
    text_init(&t);
    while (next(&r) != SCAN_END && r.e.status == STATUS_OK) {
        double v = 0;
        c->n[r.t.kind]++;
        text_clear(&t);
        if (r.t.kind == SCAN_STRING)
            scan_unescape(&t, r.t.text);
        c->text_b += t.n;
        CHECK(r.t.kind != SCAN_NUMBER || str_parse_double(r.t.text, &v));
        c->sum += v;
    }
    text_done(&t);
    done(&r);
}

static void compare(struct arena *a, const char *path)
{
    struct stream *stream;
    struct err e = {0};
    enum { ROOM_B = 40 << 20 };
    char *buf = ARENA_ARRAY(a, char, ROOM_B);
    size_t n = 0;
    CHECK_EQ_INT(stream_open(&stream, path, &e), STATUS_OK);
    CHECK_EQ_INT(stream_read(stream, buf, ROOM_B, &n, &e), STATUS_OK);
    stream_close(stream);
    json *j;
    struct counts tree = {0}, tokens = {0};
    CHECK_EQ_INT(json_parse(&j, (str){buf, n}, path, &e), STATUS_OK);
    count_tree(j, &tree);
    json_free(j);
    count_tokens((str){buf, n}, &tokens);
    static const enum scan_kind same[] = {SCAN_OBJECT, SCAN_ARRAY,  SCAN_KEY,
                                          SCAN_STRING, SCAN_NUMBER, SCAN_NULL};
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        CHECK_EQ_INT(tokens.n[same[i]], tree.n[same[i]]);
    CHECK_EQ_INT(tokens.n[SCAN_TRUE] + tokens.n[SCAN_FALSE], tree.n[SCAN_TRUE]);
    CHECK_EQ_INT(tokens.text_b, tree.text_b);
    CHECK(tokens.sum == tree.sum);
}

TEST(a_parser_finds_the_same_in_recorded_traces)
{
    static const char *const names[] = {
        "hta/amd_trace__mi250_minitoy_train_ROCm6_2_kineto.json.gz",
        "hta/timeline_analysis__sampled_rank-0.json.gz",
        "tracelens/h100__gaunernst_bert-small-uncased__1016001.json.gz",
        "tracelens/inference__sglang_decode__sglang_Qwen3-8B_decode.json.gz",
    };
    if (!os_is_dir(KINETO))
        SKIP("skipped: ../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct arena a;
        arena_init(&a, ARENA_SMALL);
        compare(&a, os_join(&a, KINETO, names[i]));
        arena_done(&a);
    }
}
