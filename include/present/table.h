/*
 * table.h: columns that fit a width, rows that scroll, sort and filter; as data, without drawing.
 *
 * A column has a width and a rank. When the columns do not fit, the one with the highest rank goes
 * first; rank 0 stays always. At most one column is elastic and takes what is left.
 */
#ifndef WARPSCOPE_PRESENT_TABLE_H
#define WARPSCOPE_PRESENT_TABLE_H

#include "present/cell.h"

enum { TABLE_MAX_COLUMNS = 16 };

struct table_column {
    const char *title;
    uint8_t width;      /* cells; of the elastic column the least */
    uint8_t rank;       /* order of dropping */
    bool is_right;      /* numbers */
    bool is_elastic;    /* takes the rest of the width */
    uint8_t elastic_at; /* largest width of an elastic column, 0 = no limit */
};

struct table_place {
    uint16_t col, width; /* width 0 = dropped */
};

/* Places `n` columns in `cols` cells from column `left`, one cell between them. */
void table_place(const struct table_column *c, size_t n, unsigned left, unsigned cols,
                 struct table_place *out);
/* The titles of the columns that stayed. `sorted` is the sorted column, or n. */
void table_titles(struct grid *g, unsigned row, const struct table_column *c, size_t n,
                  const struct table_place *at, size_t sorted, bool is_ascending);
/* One field of a row, flush by its column; nothing when the column was dropped. */
void table_field(struct grid *g, unsigned row, const struct table_column *c,
                 const struct table_place *at, enum style s, const char *text);

/* A window over n rows. */
struct scroll {
    uint32_t cursor, top;
};
/* Moves the cursor by `delta`, clipped to the rows. */
void scroll_move(struct scroll *s, uint32_t n, int64_t delta);
/* Brings cursor and window into range after rows or height changed. */
void scroll_fit(struct scroll *s, uint32_t n, uint32_t height);

/* Jumps to row `to`, in the middle of the window unless it is in the middle third already. */
void scroll_jump(struct scroll *s, uint32_t to, uint32_t height);

/* Stable ascending order of ids by `less`. `scratch` holds n ids. */
typedef bool table_less(const void *arg, uint32_t a, uint32_t b);
void table_sort(uint32_t *ids, uint32_t n, uint32_t *scratch, table_less *less, const void *arg);

/* Whether `text` holds `needle`, without regard to ASCII case; "" is in everything, and a leading
 * '!' turns the answer round. */
bool table_match(const char *text, const char *needle);

#endif
