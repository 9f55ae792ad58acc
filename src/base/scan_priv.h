/*
 * scan_priv.h: the state of a scanner and the window that it looks through.
 */
#ifndef WARPSCOPE_BASE_SCAN_PRIV_H
#define WARPSCOPE_BASE_SCAN_PRIV_H

#include "base/scan.h"

/*
 * Bytes at..end were read and not yet passed; a NUL and SCAN_PAD_B more bytes stand behind them.
 * Lines are counted when bytes leave or somebody asks, never byte by byte.
 */
struct scan_window {
    const char *at, *end;
    bool ended;             /* the file has no more */
    const char *token;      /* start of the token handed out last; NULL: it has left the window */
    unsigned line_of_token; /* once it has left */
    struct err broken;      /* why the file cannot be read on */
    const char *name;
    struct stream *stream;
    struct arena *arena; /* the window is its last piece and grows there */
    char *start;
    size_t size_b;
    uint64_t passed_b; /* of the file, before `start` */
    struct scan_place *place;
};

struct scan_place {
    const char *counted;  /* line feeds before it have been counted */
    uint64_t line, bol_b; /* there: line number, where in the file the line begins */
};

/* The window is a piece of `a` from here on, and nothing else may come behind it. */
void scan_window_init(struct scan_window *w, struct arena *a, size_t size_b);

/* Brings more bytes, or sets `ended`. What lies before `at` leaves, and `at`, `end` and what they
 * point to move. */
enum status scan_window_fill(struct scan_window *w, struct err *e) MUST_USE;

/* 1-based; `p` lies in the window and not before any `p` of earlier calls. */
unsigned scan_window_line(const struct scan_window *w, const char *p);
unsigned scan_window_column(const struct scan_window *w, const char *p);

/* What may come next. */
enum scan_expect {
    AT_DOCUMENT,
    AT_FIRST_KEY,
    AT_KEY,
    AT_COLON,
    AT_VALUE,
    AT_FIRST_ELEMENT,
    AT_ELEMENT,
    BEHIND_MEMBER,
    BEHIND_ELEMENT,
    BEHIND_DOCUMENT,
    BEHIND_ERROR, /* nothing any more */
    SCAN_N_EXPECT
};

/* Where a token cannot go on, and how it would have to. */
struct scan_stop {
    const char *at;
    const char *wanted;
    const char *inside; /* of what the text may end here; NULL: of what is open */
};

struct scan {
    struct scan_window w;
    enum scan_expect expect;
    unsigned depth;
    enum scan_grammar grammar;
    struct scan_stop stop;
    uint64_t n_deviations;
    bool is_cut_short;
    struct err error;
    struct arena arena;
    uint8_t behind[SCAN_DEEPEST + 1]; /* what comes after a value, for each level open */
};

/* What each of these looks like, for messages. */
extern const char *const scan_wanted[SCAN_N_EXPECT];

/* The token at hand cannot go on at `p`: false. */
static inline bool scan_stop_at(struct scan *s, const char *p, const char *what, const char *inside)
{
    s->stop = (struct scan_stop){p, what, inside};
    return false;
}

/* After a stop: brings more bytes to try the token again with, or fails. */
enum status scan_go_on(struct scan *s, struct err *e) MUST_USE;

/* Keep an error at `p`; it is handed out by scan_fail_again. */
void scan_note(struct scan *s, enum status status, const char *p, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void scan_note_wrong(struct scan *s, const char *p, const char *expected);
enum status scan_fail_again(const struct scan *s, struct err *e);

/* scan_open with a first window of `window_b` bytes, 1 to SCAN_LONGEST_B. */
enum status scan_open_window(struct scan **out, struct stream *s, const char *name,
                             enum scan_grammar g, size_t window_b, struct err *e) MUST_USE;

#endif
