/*
 * constant.c: two kinds of constant caches; equations and sources are in the header.
 */
#include "mech/constant.h"

#include <math.h>

#include "mech/cache.h"

enum { LINE_B = 64, BANK_B = 65536, OPERAND_WAYS = 2, LOAD_WAYS = 8 };

struct constant {
    struct cache **operand; /* by sub-core; NULL = always hits */
    struct cache *load;     /* the same */
    double operand_miss_cy, load_miss_cy;
    uint64_t n_misses;
};

static uint64_t line_of(uint8_t bank, uint32_t offset)
{
    return ((uint64_t)bank * BANK_B + offset) / LINE_B;
}

static struct cache *make_cache(struct arena *a, double size_b, unsigned ways)
{
    struct cache_shape shape = {
        .size_b = size_b, .line_b = LINE_B, .sector_b = LINE_B, .ways = ways};
    struct cache *c = cache_make(a, &shape);
    (void)cache_read(c, line_of(0, 0), 1);
    return c;
}

struct constant *constant_make(struct arena *a, const struct gpu *g, unsigned n_sub_cores)
{
    const struct gpu_values *v = &g->v;
    struct constant *c = ARENA_NEW(a, struct constant);
    if (!isnan(v->imc_b) && !isnan(v->lat_imc_miss_cy)) {
        c->operand = ARENA_ARRAY(a, struct cache *, n_sub_cores);
        for (unsigned s = 0; s < n_sub_cores; s++)
            c->operand[s] = make_cache(a, v->imc_b, OPERAND_WAYS);
        c->operand_miss_cy = v->lat_imc_miss_cy;
    }
    if (!isnan(v->const_cache_kib) && !isnan(v->lat_const2_cy)) {
        c->load = make_cache(a, v->const_cache_kib * 1024, LOAD_WAYS);
        c->load_miss_cy = MAX(v->lat_const2_cy - v->lat_const_cy, 0);
    }
    return c;
}

static bool is_load(const struct sass_inst *in)
{
    return in->op.space == SASS_SPACE_CONST;
}

static bool is_there(struct constant *c, struct cache *cache, const struct sass_inst *in)
{
    bool is_hit = cache_read(cache, line_of(in->const_bank, in->const_offset), 1) != 0;
    c->n_misses += !is_hit;
    return is_hit;
}

double constant_operand_miss_cy(struct constant *c, unsigned sub_core, const struct sass_inst *in)
{
    if (c == NULL || c->operand == NULL || !in->has_const || is_load(in))
        return 0;
    return is_there(c, c->operand[sub_core], in) ? 0 : c->operand_miss_cy;
}

double constant_load_miss_cy(struct constant *c, const struct sass_inst *in)
{
    if (c == NULL || c->load == NULL || !in->has_const || !is_load(in))
        return 0;
    return is_there(c, c->load, in) ? 0 : c->load_miss_cy;
}

uint64_t constant_misses(const struct constant *c)
{
    return c == NULL ? 0 : c->n_misses;
}
