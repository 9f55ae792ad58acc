/*
 * replicate_profile: makes a large profile out of a small one by repeating its events.
 *
 *     replicate_profile PROFILE COPIES OUT.json
 *
 * Copy c comes c times the length of the run later, and its correlation numbers, External ids and
 * flow ids are moved likewise, so that copies stay apart as the steps of a long recording do.
 * Everything else is written as it was read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/scan.h"
#include "prof/launches.h"

enum { NUMBERS_APART = 1000000 };

struct writer {
    struct scan *scan;
    FILE *out;
    uint64_t copy;
    int64_t length_us;
};

static void fail(const struct err *e)
{
    char text[1600];
    err_format(e, text, sizeof text);
    fprintf(stderr, "replicate_profile: %s\n", text);
    exit(status_exit_code(e->status));
}

static struct scan_token next(struct scan *s)
{
    struct err e = {0};
    struct scan_token t;
    if (scan_next(s, &t, &e) != STATUS_OK)
        fail(&e);
    return t;
}

/* How far a member of this name moves with each copy; 0 = it stays. */
static int64_t step_of(const struct writer *w, str key)
{
    static const char *const numbers[] = {"correlation", "External id", "id"};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (str_is(key, numbers[i]))
            return NUMBERS_APART;
    }
    return str_is(key, "ts") ? w->length_us : 0;
}

/* The digits behind the point stay as they are. */
static void put_number(struct writer *w, str digits, int64_t step)
{
    str whole = digits, rest;
    str_cut(&digits, '.', &whole);
    rest = digits;
    int64_t v;
    if (step == 0 || !str_parse_i64(whole, &v)) {
        fprintf(w->out, "%.*s", (int)whole.n, whole.p);
    } else {
        fprintf(w->out, "%" PRId64, v + step * (int64_t)w->copy);
    }
    if (rest.n > 0)
        fprintf(w->out, ".%.*s", (int)rest.n, rest.p);
}

static void put_value(struct writer *w, struct scan_token t, int64_t step);

static void put_object(struct writer *w)
{
    const char *comma = "";
    fputc('{', w->out);
    for (;;) {
        struct scan_token t = next(w->scan);
        if (t.kind == SCAN_OBJECT_END)
            break;
        fprintf(w->out, "%s\"%.*s\": ", comma, (int)t.text.n, t.text.p);
        int64_t step = step_of(w, t.text);
        put_value(w, next(w->scan), step);
        comma = ", ";
    }
    fputc('}', w->out);
}

static void put_array(struct writer *w)
{
    const char *comma = "";
    fputc('[', w->out);
    for (;;) {
        struct scan_token t = next(w->scan);
        if (t.kind == SCAN_ARRAY_END)
            break;
        fputs(comma, w->out);
        put_value(w, t, 0);
        comma = ", ";
    }
    fputc(']', w->out);
}

static void put_value(struct writer *w, struct scan_token t, int64_t step)
{
    switch (t.kind) {
    case SCAN_OBJECT:
        put_object(w);
        break;
    case SCAN_ARRAY:
        put_array(w);
        break;
    case SCAN_STRING:
        fprintf(w->out, "\"%.*s\"", (int)t.text.n, t.text.p);
        break;
    case SCAN_NUMBER:
        put_number(w, t.text, step);
        break;
    case SCAN_TRUE:
    case SCAN_FALSE:
        fputs(t.kind == SCAN_TRUE ? "true" : "false", w->out);
        break;
    default:
        fputs("null", w->out);
        break;
    }
}

/* Leaves the scanner behind the bracket of the list of events. */
static void find_events(struct scan *s)
{
    struct err e = {0};
    struct scan_token t;
    (void)next(s);
    while ((t = next(s)).kind == SCAN_KEY && !str_is(t.text, "traceEvents")) {
        if (scan_skip(s, &e) != STATUS_OK)
            fail(&e);
    }
    if (t.kind != SCAN_KEY || next(s).kind != SCAN_ARRAY) {
        err_set(&e, STATUS_INPUT, "there is no list of events");
        fail(&e);
    }
}

static void put_copy(struct writer *w, const char *path, bool is_first)
{
    struct err e = {0};
    struct stream *stream;
    if (stream_open(&stream, path, &e) != STATUS_OK ||
        scan_open(&w->scan, stream, path, SCAN_TOLERANT, &e) != STATUS_OK)
        fail(&e);
    find_events(w->scan);
    for (struct scan_token t; (t = next(w->scan)).kind != SCAN_ARRAY_END; is_first = false) {
        fputs(is_first ? "" : ", ", w->out);
        put_value(w, t, 0);
    }
    scan_close(w->scan);
    stream_close(stream);
}

static int64_t length_us(const char *path)
{
    struct err e = {0};
    const struct launches *l;
    if (launches_open(&l, &path, 1, NULL, NULL, &e) != STATUS_OK)
        fail(&e);
    int64_t ns = l->sums.to_ns - l->sums.from_ns;
    launches_release(l);
    return ns / 1000 + 100000;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: replicate_profile PROFILE COPIES OUT.json\n", stderr);
        return 2;
    }
    struct writer w = {.out = fopen(argv[3], "w"), .length_us = length_us(argv[1])};
    if (w.out == NULL) {
        perror(argv[3]);
        return 1;
    }
    fputs("{\"schemaVersion\": 1, \"traceEvents\": [", w.out);
    for (; w.copy < strtoull(argv[2], NULL, 10); w.copy++)
        put_copy(&w, argv[1], w.copy == 0);
    fputs("]}\n", w.out);
    return fclose(w.out) == 0 ? 0 : 1;
}
