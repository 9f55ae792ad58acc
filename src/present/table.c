#include "present/table.h"

#include <ctype.h>

enum { GAP = 1 };

static unsigned columns_width(const struct table_column *c, size_t n, const bool *is_kept)
{
    unsigned sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += is_kept[i] ? c[i].width + (unsigned)GAP : 0;
    return sum > 0 ? sum - GAP : 0;
}

/* The kept column that goes first, or n when only rank 0 is left. */
static size_t next_to_drop(const struct table_column *c, size_t n, const bool *is_kept)
{
    size_t worst = n;

    for (size_t i = 0; i < n; i++) {
        if (is_kept[i] && c[i].rank > 0 && (worst == n || c[i].rank > c[worst].rank))
            worst = i;
    }
    return worst;
}

void table_place(const struct table_column *c, size_t n, unsigned left, unsigned cols,
                 struct table_place *out)
{
    bool is_kept[TABLE_MAX_COLUMNS];

    ASSERT(n <= TABLE_MAX_COLUMNS);
    for (size_t i = 0; i < n; i++)
        is_kept[i] = true;
    for (size_t drop; columns_width(c, n, is_kept) > cols;) {
        drop = next_to_drop(c, n, is_kept);
        if (drop == n)
            break;
        is_kept[drop] = false;
    }
    unsigned used = columns_width(c, n, is_kept);
    unsigned spare = cols > used ? cols - used : 0;
    for (size_t i = 0; i < n; i++) {
        unsigned width = is_kept[i] ? c[i].width : 0;
        if (is_kept[i] && c[i].is_elastic) {
            width += spare;
            if (c[i].elastic_at > 0)
                width = MIN(width, c[i].elastic_at);
        }
        out[i] = (struct table_place){(uint16_t)left, (uint16_t)width};
        left += is_kept[i] ? width + GAP : 0;
    }
}

void table_titles(struct grid *g, unsigned row, const struct table_column *c, size_t n,
                  const struct table_place *at, size_t sorted, bool is_ascending)
{
    for (size_t i = 0; i < n; i++) {
        char title[64];
        const char *mark = i != sorted ? "" : is_ascending ? "\xe2\x96\xb2" : "\xe2\x96\xbc";
        snprintf(title, sizeof title, "%s%s", c[i].title, mark);
        table_field(g, row, &c[i], &at[i], STYLE_HEADER, title);
    }
}

void table_field(struct grid *g, unsigned row, const struct table_column *c,
                 const struct table_place *at, enum style s, const char *text)
{
    if (at->width == 0)
        return;
    if (c->is_right)
        grid_right(g, row, at->col, at->width, s, str_from(text));
    else
        grid_text(g, row, at->col, at->width, s, str_from(text));
}

void scroll_move(struct scroll *s, uint32_t n, int64_t delta)
{
    int64_t to = (int64_t)s->cursor + delta;

    s->cursor = n == 0 ? 0 : (uint32_t)CLAMP(to, (int64_t)0, (int64_t)n - 1);
}

void scroll_fit(struct scroll *s, uint32_t n, uint32_t height)
{
    scroll_move(s, n, 0);
    if (s->top > s->cursor)
        s->top = s->cursor;
    if (height > 0 && s->cursor - s->top >= height)
        s->top = s->cursor - height + 1;
    if (n <= height)
        s->top = 0;
    else if (s->top > n - height)
        s->top = n - height;
}

void scroll_jump(struct scroll *s, uint32_t to, uint32_t height)
{
    uint32_t edge = height / 3; /* at the rim the surroundings are not seen */
    bool is_seen = to >= s->top + (s->top > 0 ? edge : 0) && to - s->top < height - edge;

    s->cursor = to;
    if (!is_seen)
        s->top = to > height / 2 ? to - height / 2 : 0;
}

/* Merges ids[0..half) and ids[half..n) through scratch. */
static void merge(uint32_t *ids, uint32_t half, uint32_t n, uint32_t *scratch, table_less *less,
                  const void *arg)
{
    uint32_t i = 0, k = half;

    for (uint32_t at = 0; at < n; at++) {
        bool take_right = i == half || (k < n && less(arg, ids[k], ids[i]));
        scratch[at] = take_right ? ids[k++] : ids[i++];
    }
    memcpy(ids, scratch, n * sizeof *ids);
}

void table_sort(uint32_t *ids, uint32_t n, uint32_t *scratch, table_less *less, const void *arg)
{
    if (n < 2)
        return;
    table_sort(ids, n / 2, scratch, less, arg);
    table_sort(ids + n / 2, n - n / 2, scratch, less, arg);
    merge(ids, n / 2, n, scratch, less, arg);
}

static bool starts_caseless(const char *text, const char *needle)
{
    while (*needle != '\0' && tolower((unsigned char)*text) == tolower((unsigned char)*needle))
        text++, needle++;
    return *needle == '\0';
}

bool table_match(const char *text, const char *needle)
{
    bool is_inverse = needle[0] == '!';

    needle += is_inverse;
    if (*needle == '\0')
        return true;
    for (; *text != '\0'; text++) {
        if (starts_caseless(text, needle))
            return !is_inverse;
    }
    return is_inverse;
}
