#include "scan_bytes.h"
#include "scan_priv.h"

/* An error may have been placed behind the token whose line is asked for: it stays there. */
static void count_up_to(const struct scan_window *w, const char *p)
{
    struct scan_place *place = w->place;
    const char *feed;
    if (p <= place->counted)
        return;
    while ((feed = memchr(place->counted, '\n', (size_t)(p - place->counted))) != NULL) {
        place->counted = feed + 1;
        place->bol_b = w->passed_b + (uint64_t)(place->counted - w->start);
        place->line++;
    }
    place->counted = p;
}

unsigned scan_window_line(const struct scan_window *w, const char *p)
{
    count_up_to(w, p);
    return (unsigned)MIN(w->place->line, UINT32_MAX);
}

unsigned scan_window_column(const struct scan_window *w, const char *p)
{
    count_up_to(w, p);
    uint64_t at_b = w->passed_b + (uint64_t)(p - w->start);
    return (unsigned)MIN(at_b - w->place->bol_b + 1, UINT32_MAX);
}

static void drop_passed(struct scan_window *w)
{
    if (w->token != NULL)
        w->line_of_token = scan_window_line(w, w->token);
    w->token = NULL;
    count_up_to(w, w->at);
    size_t left = (size_t)(w->end - w->at);
    w->passed_b += (uint64_t)(w->at - w->start);
    memmove(w->start, w->at, left);
    w->at = w->place->counted = w->start;
    w->end = w->start + left;
}

static enum status grow(struct scan_window *w, struct err *e)
{
    size_t more = MIN(w->size_b, SCAN_LONGEST_B - w->size_b);
    if (more == 0) {
        err_set(e, STATUS_LIMIT, "a string or number is longer than %d MiB", SCAN_LONGEST_B >> 20);
        err_at(e, w->name, scan_window_line(w, w->at), scan_window_column(w, w->at));
        return STATUS_LIMIT;
    }
    arena_alloc(w->arena, more, 1, 1);
    w->size_b += more;
    return STATUS_OK;
}

enum status scan_window_fill(struct scan_window *w, struct err *e)
{
    if (w->broken.status != STATUS_OK) {
        if (e != NULL)
            *e = w->broken;
        return w->broken.status;
    }
    drop_passed(w);
    size_t left = (size_t)(w->end - w->start), got = 0;
    if (left == w->size_b)
        TRY(grow(w, e));
    char *to = w->start + left;
    /* What came before a failure is worth reading: it is reported when that is used up. */
    enum status s = stream_read(w->stream, to, w->size_b - left, &got, &w->broken);
    w->ended = s == STATUS_OK && got == 0;
    to[got] = '\0';
    w->end = to + got;
    return STATUS_OK;
}

void scan_window_init(struct scan_window *w, struct arena *a, size_t size_b)
{
    w->arena = a;
    w->size_b = size_b;
    w->place = ARENA_NEW(a, struct scan_place);
    w->start = arena_alloc(a, size_b + SCAN_PAD_B + 1, 1, 1);
    *w->place = (struct scan_place){.counted = w->start, .line = 1};
    w->at = w->end = w->start;
    w->line_of_token = 1;
}
