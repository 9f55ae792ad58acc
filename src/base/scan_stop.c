#include "scan_priv.h"

const char *const scan_wanted[SCAN_N_EXPECT] = {
    [AT_DOCUMENT] = "a value",
    [AT_FIRST_KEY] = "a member's name in quotes or '}'",
    [AT_KEY] = "a member's name in quotes behind ','",
    [AT_COLON] = "':' behind a member's name",
    [AT_VALUE] = "a value behind ':'",
    [AT_FIRST_ELEMENT] = "a value or ']'",
    [AT_ELEMENT] = "a value behind ','",
    [BEHIND_MEMBER] = "',' or '}' behind a member",
    [BEHIND_ELEMENT] = "',' or ']' behind an element",
    [BEHIND_DOCUMENT] = "nothing more behind the document",
};

enum status scan_fail_again(const struct scan *s, struct err *e)
{
    if (e != NULL && e->status == STATUS_OK)
        *e = s->error;
    return s->error.status;
}

void scan_note(struct scan *s, enum status status, const char *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err_vset(&s->error, status, fmt, ap);
    va_end(ap);
    s->w.line_of_token = scan_line(s); /* lines are counted forwards only */
    s->w.token = NULL;
    err_at(&s->error, s->w.name, scan_window_line(&s->w, p), scan_window_column(&s->w, p));
    s->expect = BEHIND_ERROR;
}

static void note_found(struct scan *s, const char *p)
{
    if (p == s->w.end)
        err_found(&s->error, "the end of the file");
    else if (*p > ' ' && *p < 0x7f)
        err_found(&s->error, "'%c'", *p);
    else
        err_found(&s->error, "byte 0x%02x", (unsigned char)*p);
}

/* A file of blanks is empty rather than cut short: nothing of it is worth keeping. */
static void note_end(struct scan *s)
{
    const char *p = s->w.end;
    if (s->expect == AT_DOCUMENT && s->w.at == p) {
        scan_note(s, STATUS_INPUT, p, "not valid JSON: the file is empty");
        return;
    }
    const char *inside = s->stop.inside;
    if (inside == NULL)
        inside = s->behind[s->depth] == BEHIND_MEMBER ? "an object" : "an array";
    s->is_cut_short = true;
    scan_note(s, STATUS_INPUT, p, "not valid JSON: the file ends inside %s", inside);
    err_hint(&s->error, "copy the file again, or wait until it is written");
}

void scan_note_wrong(struct scan *s, const char *p, const char *expected)
{
    unsigned char c = (unsigned char)*p;
    bool first = s->expect == AT_DOCUMENT && s->w.passed_b == 0 && p == s->w.start;
    scan_note(s, STATUS_INPUT, p, "not valid JSON: expected %s", expected);
    note_found(s, p);
    if (first && c == 0xef)
        err_hint(&s->error, "write the file without a byte order mark");
    else if (first && (c == 0xfe || c == 0xff))
        err_hint(&s->error, "write the file as UTF-8 and without a byte order mark");
}

static void note_unreadable(struct scan *s)
{
    /* A packed file that is cut short fails with all of it taken. */
    s->is_cut_short =
        s->error.status == STATUS_INPUT && stream_taken(s->w.stream) == stream_size(s->w.stream);
    s->expect = BEHIND_ERROR;
}

enum status scan_go_on(struct scan *s, struct err *e)
{
    if (s->expect == BEHIND_ERROR)
        return scan_fail_again(s, e);
    if (s->stop.at < s->w.end) {
        scan_note_wrong(s, s->stop.at, s->stop.wanted);
    } else if (s->w.ended) {
        note_end(s);
    } else {
        if (scan_window_fill(&s->w, &s->error) == STATUS_OK)
            return STATUS_OK;
        note_unreadable(s);
    }
    return scan_fail_again(s, e);
}
