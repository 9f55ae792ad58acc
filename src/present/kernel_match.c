#include "present/kernel_match.h"

#include "base/symbol.h"

/* How good a candidate is: the name decides, then the shape. */
enum { SAME_BLOCK = 1, SAME_GRID = 2, SAME_BARE = 4, SAME_DECLARATION = 8, SAME_NAME = 16 };

struct names {
    const char *full, *declaration, *bare;
};

static unsigned name_score(const struct names *w, const struct trace_header *h)
{
    if (strcmp(w->full, h->name) == 0)
        return SAME_NAME;
    if (strcmp(w->declaration, h->declaration) == 0)
        return SAME_DECLARATION;
    return w->bare[0] != '\0' && strcmp(w->bare, h->label) == 0 ? SAME_BARE : 0;
}

static unsigned shape_score(const struct profile_shape *s, const struct trace_header *h)
{
    if (s == NULL)
        return 0;
    bool is_grid = memcmp(s->grid, h->grid, sizeof s->grid) == 0;
    bool is_block = memcmp(s->block, h->block, sizeof s->block) == 0;

    return (is_grid ? SAME_GRID : 0u) + (is_block ? SAME_BLOCK : 0u);
}

uint32_t kernel_match(struct arena *scratch, const struct kernel_wanted *w,
                      const struct trace_header *const *h, uint32_t n)
{
    const struct names names = {w->name, symbol_demangle(scratch, w->name),
                                symbol_short(scratch, w->name)};
    uint32_t best = UINT32_MAX;
    unsigned best_score = 0;

    for (uint32_t i = 0; i < n; i++) {
        unsigned score = name_score(&names, h[i]);
        if (score == 0)
            continue;
        score += shape_score(w->shape, h[i]);
        if (score > best_score) {
            best_score = score;
            best = i;
        }
    }
    return best;
}
