/*
 * listing.h: rows and columns that print as an aligned table, JSON or CSV.
 *
 * Columns first, then cells row by row. JSON keys and CSV heads are the columns' keys; text has the
 * titles. Numbers stay numbers in JSON and CSV.
 */
#ifndef WARPSCOPE_CLI_LISTING_H
#define WARPSCOPE_CLI_LISTING_H

#include "base/text.h"
#include "cli_priv.h"

enum { LISTING_MAX_COLUMNS = 40 };

struct listing_column {
    const char *key, *unit; /* "core_clock", "MHz" ("" = none); key NULL = in text only */
    const char *title;      /* in text; NULL = not shown there */
    bool is_right;
};

enum listing_kind { LISTING_TEXT, LISTING_NUMBER, LISTING_BOOL };

struct listing_cell {
    enum listing_kind kind;
    double number;
    const char *text;  /* as shown in text */
    const char *value; /* of a text cell, for programs */
};

struct listing {
    struct arena *a; /* the texts of cells live here or longer */
    const struct listing_column *columns;
    size_t n_columns;
    struct listing_cells {
        VEC(struct listing_cell);
    } cells;
};

void listing_start(struct listing *l, struct arena *a, const struct listing_column *columns,
                   size_t n_columns);
void listing_end(struct listing *l);

void listing_text(struct listing *l, const char *text);
/* A text that is shown shorter. */
void listing_brief(struct listing *l, const char *text, const char *shown);
/* Shown with units_format; NAN is "?" in text, null in JSON and nothing in CSV. */
void listing_number(struct listing *l, double v);
void listing_bool(struct listing *l, bool v);
/* A number with a text of its own. */
void listing_shown(struct listing *l, double v, const char *shown);

/* `list` is the key of the array in JSON. */
void listing_print(const struct listing *l, enum cli_format format, const char *list,
                   struct text *out);

#endif
