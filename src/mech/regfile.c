/*
 * regfile.c: see the header.
 */
#include "mech/regfile.h"

static bool is_reused(const struct regfile *r, const struct timing *t, unsigned operand,
                      uint32_t warp)
{
    const struct timing *last = r->last;
    return last != NULL && r->last_warp == warp && operand < last->n_use &&
           last->use[operand].first == t->use[operand].first &&
           last->use[operand].n == t->use[operand].n;
}

static bool is_repeated(const struct timing *t, unsigned operand)
{
    for (unsigned u = 0; u < operand; u++)
        if (t->use[u].first == t->use[operand].first)
            return true;
    return false;
}

void regfile_reads(const struct regfile *r, const struct timing *t, uint32_t warp,
                   unsigned reads[REGFILE_BANKS])
{
    reads[0] = reads[1] = 0;
    for (unsigned u = 0; u < t->n_use; u++)
        if (!is_reused(r, t, u, warp) && !is_repeated(t, u))
            reads[t->use[u].first % REGFILE_BANKS]++;
}

int64_t regfile_free_cy(const struct regfile *r, const struct timing *t, uint32_t warp)
{
    unsigned reads[REGFILE_BANKS];
    regfile_reads(r, t, warp, reads);
    int64_t free_cy = 0;
    for (unsigned b = 0; b < REGFILE_BANKS; b++)
        if (reads[b] > 0)
            free_cy = MAX(free_cy, r->free_cy[b]);
    return free_cy;
}

void regfile_read(struct regfile *r, const struct timing *t, uint32_t warp, int64_t now_cy)
{
    unsigned reads[REGFILE_BANKS];
    regfile_reads(r, t, warp, reads);
    for (unsigned b = 0; b < REGFILE_BANKS; b++)
        if (reads[b] > 0)
            r->free_cy[b] = now_cy + reads[b];
    r->last = t;
    r->last_warp = warp;
}
