/*
 * Properties of caches and of the simulation of a grid's accesses, on seeded random input.
 */
#include <math.h>

#include "mech/cache.h"
#include "mech/memory.h"
#include "model_fixture.h"

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* ---- a cache against an obvious one ---- */

enum { MAX_LINES = 256, LINE_SECTORS = 4 };

/* Each set is an array of lines, the newest first. */
struct plain {
    const struct cache *places; /* says where lines go */
    unsigned ways;
    uint64_t written_back;
    struct plain_line {
        uint64_t number;
        uint32_t valid, dirty;
    } line[MAX_LINES][MAX_LINES];
    unsigned n[MAX_LINES];
};

static unsigned plain_find(const struct plain *p, uint64_t set, uint64_t number)
{
    unsigned i = 0;
    while (i < p->n[set] && p->line[set][i].number != number)
        i++;
    return i;
}

/* The line, now at the front of its set. */
static struct plain_line *plain_use(struct plain *p, uint64_t first)
{
    uint64_t set = cache_place_of(p->places, first).set, number = first / LINE_SECTORS;
    struct plain_line *line = p->line[set], l = {.number = number};
    unsigned i = plain_find(p, set, number);
    if (i < p->n[set]) {
        l = line[i];
    } else if (p->n[set] == p->ways) {
        i = p->ways - 1;
        p->written_back += count_bits(line[i].dirty);
    } else {
        p->n[set]++;
    }
    memmove(line + 1, line, i * sizeof *line);
    line[0] = l;
    return line;
}

static void plain_drop(struct plain *p, uint64_t first, uint32_t mask)
{
    uint64_t set = cache_place_of(p->places, first).set;
    unsigned i = plain_find(p, set, first / LINE_SECTORS);
    if (i == p->n[set])
        return;
    p->line[set][i].valid &= ~mask;
    p->line[set][i].dirty &= ~mask;
}

static void check_step(struct cache *c, struct plain *p, uint64_t first, uint32_t mask, unsigned op)
{
    if (op == 0) {
        cache_drop(c, first, mask);
        plain_drop(p, first, mask);
        return;
    }
    struct plain_line *l = plain_use(p, first);
    uint32_t hits = l->valid & mask;
    l->valid |= mask;
    if (op == 1) {
        l->dirty |= mask;
        CHECK_EQ_INT(cache_write(c, first, mask), hits);
    } else {
        CHECK_EQ_INT(cache_read(c, first, mask), hits);
    }
}

static void check_cache(unsigned lines, unsigned ways, uint64_t seed)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct cache_shape shape = {.size_b = lines * 128.0,
                                .line_b = 128,
                                .sector_b = 32,
                                .ways = ways,
                                .is_write_back = true};
    struct cache *c = cache_make(&a, &shape);
    struct plain *p = ARENA_NEW(&a, struct plain);
    p->places = c;
    p->ways = ways == 0 ? lines : MIN(ways, lines);
    for (int i = 0; i < 4000; i++) {
        uint64_t line = next_random(&seed) % (2 * lines + 3);
        uint32_t mask = (uint32_t)next_random(&seed) % 15 + 1;
        check_step(c, p, line * LINE_SECTORS, mask, (unsigned)next_random(&seed) % 8);
    }
    CHECK_EQ_INT(cache_stats(c)->written_back, p->written_back);
    uint64_t dirty = 0;
    for (unsigned s = 0; s < MAX_LINES; s++)
        for (unsigned i = 0; i < p->n[s]; i++)
            dirty += count_bits(p->line[s][i].dirty);
    CHECK_EQ_INT(cache_dirty(c), dirty);
    arena_done(&a);
}

TEST(cache_does_what_an_obvious_one_does)
{
    static const struct {
        unsigned lines, ways;
    } shapes[] = {{1, 1}, {16, 4}, {60, 20}, {64, 16}, {40, 0}, {200, 50}, {256, 64}, {250, 0}};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        for (uint64_t seed = 1; seed <= 8; seed++)
            check_cache(shapes[i].lines, shapes[i].ways, seed);
}

/* ---- size ---- */

/* Misses of a stream that wanders: some lines often, some seldom, some in order. */
static unsigned count_misses(unsigned lines, unsigned ways, uint64_t seed)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct cache_shape shape = {
        .size_b = 128.0 * lines, .line_b = 128, .sector_b = 32, .ways = ways};
    struct cache *c = cache_make(&a, &shape);
    unsigned misses = 0;
    for (uint64_t i = 0; i < 6000; i++) {
        uint64_t kind = next_random(&seed) % 4, r = next_random(&seed);
        uint64_t line = kind == 0 ? i % 100 : kind == 1 ? r % 400 : r % 40;
        misses += cache_read(c, line * 4 + r / 512 % 4, 1) == 0;
    }
    arena_done(&a);
    return misses;
}

TEST(a_bigger_cache_never_misses_more)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (unsigned lines = 8; lines < 500; lines = lines * 13 / 10)
            CHECK(count_misses(lines * 13 / 10, 0, seed) <= count_misses(lines, 0, seed));
}

/* With sets a line may lose its place to others of its set that a smaller cache keeps apart: LRU
 * promises nothing. Twice the size should still miss less in nearly all cases. */
TEST(with_sets_a_bigger_cache_seldom_misses_more)
{
    unsigned n = 0, worse = 0;
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (unsigned ways = 2; ways <= 64; ways *= 2)
            for (unsigned lines = 2 * ways; lines < 400; lines *= 2, n++)
                worse += count_misses(2 * lines, ways, seed) > count_misses(lines, ways, seed);
    printf("# %u of %u caches of twice the size miss more\n", worse, n);
    CHECK(worse * 50 <= n);
}

/* ---- a grid ---- */

/* Loads, stores, atomics and local accesses of every width at random. Warp w of a CTA does what
 * `role[w]` says. */
static const struct trace_kernel *make_grid(uint64_t seed, const unsigned role[4])
{
    struct maker m = make_kernel(12, 4);
    for (unsigned c = 0; c < 12; c++)
        for (unsigned w = 0; w < 4; w++) {
            uint64_t state = seed * 1000 + UINT64_C(4) * c + role[w];
            make_warp(&m, c, w);
            for (unsigned i = 0; i < 30; i++) {
                static const char *const opcodes[] = {"LDG.E", "LDG.E.128", "STG.E", "LDL", "STL"};
                uint64_t r = next_random(&state), op = r % 6;
                uint64_t at = next_random(&state) % 4096 * 64;
                unsigned width = op == 1 ? 16 : 4;
                if (op == 5)
                    make_access(&m, "RED.E.ADD.STRONG.GPU", -1, 2, 4, 4, at, 4);
                else
                    make_access(&m, opcodes[op], op == 2 || op == 4 ? -1 : 8, 2, 4, width, at,
                                (int64_t)(r / 8 % 5 * width));
            }
            make_warp_end(&m);
        }
    return build_finish(m.b);
}

static struct memory simulate(struct arena *a, const struct trace_kernel *k, const struct gpu *g,
                              double l1_kib)
{
    struct timing *t = timing_make(a, k, g, (struct timing_rules){.classes = TIMING_BY_TABLE});
    struct assign *with = ARENA_NEW(a, struct assign);
    *with = assign_hardware(a, k, (unsigned)g->v.sm_count, 2);
    struct memory_shape shape = {.assign = with, .l1_kib = l1_kib, .with_answers = true};
    struct memory m;
    CHECK_EQ_INT(memory_simulate(a, k, g, t, shape, NULL, &m), STATUS_OK);
    return m;
}

static struct gpu split_gpu(void)
{
    struct gpu g = round_gpu();
    g.v.sm_count = 4;
    g.v.l2_partitions = 2;
    g.v.lat_l2_far_cy = 300;
    g.v.l2_kib = 64;
    return g;
}

static const unsigned as_named[] = {0, 1, 2, 3};

/* Every sector is answered by one level, every access by its farthest, and the records, the
 * instructions and the totals agree. */
TEST(hits_and_misses_are_all_accesses)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct trace_kernel *k = make_grid(seed, as_named);
        struct gpu g = split_gpu();
        struct arena a;
        arena_init(&a, ARENA_SMALL);
        struct memory m = simulate(&a, k, &g, 16);
        double sectors = 0, l1_hits = 0, of_records = 0, executions = 0;
        for (uint32_t c = 0; c < k->n_code; c++) {
            const struct memory_code *mc = &m.code[c];
            CHECK_NEAR(mc->l1_hits + mc->l2_hits + mc->dram, mc->sectors, 0);
            CHECK_NEAR(mc->by_l1 + mc->by_l2 + mc->by_dram, mc->executions, 0);
            CHECK(mc->far_hits <= mc->l2_hits && mc->by_far <= mc->by_l2);
            sectors += mc->sectors, l1_hits += mc->l1_hits, executions += mc->executions;
        }
        for (uint64_t i = 0; i < k->n_accesses; i++) {
            const struct memory_answer *r = &m.answers[i];
            CHECK_EQ_INT(r->l1 + r->l2 + r->dram, r->sectors);
            CHECK(r->far <= r->l2);
            of_records += r->sectors;
        }
        CHECK_NEAR(of_records, sectors, 0);
        CHECK_NEAR(executions, (double)k->n_accesses, 0);
        CHECK_NEAR(m.level[RESULT_L2].accesses, sectors - l1_hits, 0);
        CHECK(m.level[RESULT_L1].hits <= m.level[RESULT_L1].accesses);
        CHECK(m.level[RESULT_L2].hits <= m.level[RESULT_L2].accesses);
        arena_done(&a);
        trace_kernel_release(k);
    }
}

/* Which warp of a CTA does what changes the order of accesses, not which there are. */
TEST(relabelled_warps_ask_for_the_same)
{
    static const unsigned other[] = {2, 0, 3, 1};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const struct trace_kernel *k = make_grid(seed, as_named), *l = make_grid(seed, other);
        struct gpu g = split_gpu();
        struct arena a;
        arena_init(&a, ARENA_SMALL);
        struct memory m = simulate(&a, k, &g, 16), n = simulate(&a, l, &g, 16);
        CHECK_NEAR(m.requests, n.requests, 0);
        CHECK_NEAR(m.transactions, n.transactions, 0);
        CHECK_NEAR(m.load_sectors, n.load_sectors, 0);
        CHECK_NEAR(m.store_sectors, n.store_sectors, 0);
        CHECK_NEAR(m.level[RESULT_L1].accesses, n.level[RESULT_L1].accesses, 0);
        arena_done(&a);
        trace_kernel_release(k);
        trace_kernel_release(l);
    }
}

/* On Pascal global accesses go past L1, local ones do not. */
TEST(before_volta_global_accesses_pass_l1_by)
{
    const struct trace_kernel *k = make_grid(3, as_named);
    struct gpu g = split_gpu();
    g.isa = 61;
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct memory m = simulate(&a, k, &g, 16);
    double local = 0;
    for (uint32_t c = 0; c < k->n_code; c++) {
        bool is_local = k->code[c].op.space == SASS_SPACE_LOCAL;
        local += is_local ? m.code[c].sectors : 0;
        CHECK(is_local || m.code[c].l1_hits == 0);
    }
    CHECK(local > 0);
    CHECK_NEAR(m.level[RESULT_L1].accesses, local, 0);
    arena_done(&a);
    trace_kernel_release(k);
}
