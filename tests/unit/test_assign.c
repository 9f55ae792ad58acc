/* CTAs to SMs as the hardware does it, and the order in which their accesses meet the caches. */
#include "mech/assign.h"
#include "mech/interleave.h"
#include "model_fixture.h"

/* One warp a CTA; CTA c has `steps[c]` instructions before its EXIT. */
static const struct trace_kernel *make_uneven(const unsigned *steps, unsigned ctas)
{
    struct maker m = make_kernel(ctas, 1);
    for (unsigned c = 0; c < ctas; c++) {
        make_warp(&m, c, 0);
        make_chain(&m, "FADD", steps[c]);
        make_warp_end(&m);
    }
    return build_finish(m.b);
}

static void check_list(const struct assign *s, unsigned sm, const uint32_t *want, uint32_t n_want)
{
    uint32_t n = 0;
    const uint32_t *ctas = assign_of_sm(s, sm, &n);
    CHECK_EQ_INT(n, n_want);
    for (uint32_t i = 0; i < MIN(n, n_want); i++)
        CHECK_EQ_INT(ctas[i], want[i]);
}

TEST(equal_ctas_go_round_the_sms)
{
    const unsigned steps[] = {5, 5, 5, 5, 5, 5, 5};
    const struct trace_kernel *k = make_uneven(steps, 7);
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    for (unsigned resident = 1; resident <= 3; resident++) {
        struct assign s = assign_hardware(&a, k, 3, resident);
        CHECK_EQ_INT(s.sms_used, 3);
        check_list(&s, 0, (const uint32_t[]){0, 3, 6}, 3);
        check_list(&s, 1, (const uint32_t[]){1, 4}, 2);
        check_list(&s, 2, (const uint32_t[]){2, 5}, 2);
    }
    trace_kernel_release(k);
    arena_done(&a);
}

/* Two SMs, one slot each: 0 (20) and 1 (3) start; 2, 3 and 4 follow on SM 1 until 3+3+3+12 > 21. */
TEST(next_cta_goes_where_a_slot_frees_first)
{
    const unsigned steps[] = {19, 2, 2, 2, 11, 2};
    const struct trace_kernel *k = make_uneven(steps, 6);
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign s = assign_hardware(&a, k, 2, 1);
    check_list(&s, 0, (const uint32_t[]){0, 5}, 2);
    check_list(&s, 1, (const uint32_t[]){1, 2, 3, 4}, 4);
    s = assign_modulo(&a, k, 2, 1);
    check_list(&s, 0, (const uint32_t[]){0, 2, 4}, 3);
    trace_kernel_release(k);
    arena_done(&a);
}

/* The first CTAs are breadth first whatever their work. */
TEST(first_ctas_go_breadth_first)
{
    const unsigned steps[] = {30, 1, 2, 3, 9, 9};
    const struct trace_kernel *k = make_uneven(steps, 6);
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign s = assign_hardware(&a, k, 2, 2);
    check_list(&s, 0, (const uint32_t[]){0, 2, 5}, 3); /* 2 ends at 3, 3 at 4 */
    check_list(&s, 1, (const uint32_t[]){1, 3, 4}, 3); /* 1 ends at 2 */
    trace_kernel_release(k);
    arena_done(&a);
}

TEST(grid_smaller_than_the_chip_uses_its_first_sms)
{
    const unsigned steps[] = {4, 7};
    const struct trace_kernel *k = make_uneven(steps, 2);
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct assign s = assign_hardware(&a, k, 100, 8);
    CHECK_EQ_INT(s.sms_used, 2);
    check_list(&s, 1, (const uint32_t[]){1}, 1);
    check_list(&s, 99, NULL, 0);
    trace_kernel_release(k);
    arena_done(&a);
}

/* x is fastest: (0,1,0) of a grid 3 wide is CTA 3. */
TEST(linear_id_counts_x_first)
{
    struct trace_kernel k = {.h.grid = {3, 2, 2}};
    CHECK_EQ_INT(assign_cta_id(&k, &(struct trace_cta){.x = 1}), 1);
    CHECK_EQ_INT(assign_cta_id(&k, &(struct trace_cta){.y = 1}), 3);
    CHECK_EQ_INT(assign_cta_id(&k, &(struct trace_cta){.z = 1}), 6);
}

/* Every CTA once and no SM idle while another has two to come, for any work. */
TEST(random_grids_are_shared_out)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        unsigned steps[60];
        uint64_t state = seed, most = 0, total = 0;
        for (unsigned c = 0; c < 60; c++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            steps[c] = (unsigned)(state >> 59);
            most = MAX(most, (uint64_t)steps[c] + 1);
            total += steps[c] + 1;
        }
        const struct trace_kernel *k = make_uneven(steps, 60);
        struct arena a;
        arena_init(&a, ARENA_SMALL);
        struct assign s = assign_hardware(&a, k, 4, 1);
        uint32_t seen = 0;
        for (unsigned sm = 0; sm < 4; sm++) {
            uint32_t n;
            uint64_t work = 0;
            const uint32_t *ctas = assign_of_sm(&s, sm, &n);
            for (uint32_t i = 0; i < n; i++)
                work += assign_cta_work(k, &k->ctas[ctas[i]]);
            seen += n;
            CHECK(work <= total / 4 + most); /* list scheduling: Graham's bound */
        }
        CHECK_EQ_INT(seen, 60);
        trace_kernel_release(k);
        arena_done(&a);
    }
}

/* CTA c loads `loads[c]` times; two SMs, one slot each. */
TEST(slot_is_refilled_at_once)
{
    const unsigned loads[] = {6, 1, 1, 1};
    struct maker m = make_kernel(4, 1);
    for (unsigned c = 0; c < 4; c++) {
        make_warp(&m, c, 0);
        for (unsigned i = 0; i < loads[c]; i++)
            make_access(&m, "LDG.E", 4, 2, -1, 4, (c * 16 + i) * UINT64_C(128), 4);
        make_access(&m, "LDS", 5, 2, -1, 4, 0, 4); /* does not reach the caches */
        make_warp_end(&m);
    }
    const struct trace_kernel *k = build_finish(m.b);
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct gpu g = round_gpu();
    struct timing *t = timing_make(&a, k, &g, (struct timing_rules){.classes = TIMING_BY_TABLE});
    struct assign s = assign_hardware(&a, k, 2, 1);
    struct interleave *it = interleave_make(&a, k, t, &s, INTERLEAVE_RESIDENT, NULL);
    struct interleave_item item;
    /* SM 1 runs CTAs 1, 2 and 3 while SM 0 is busy with CTA 0. */
    static const uint32_t ctas[] = {0, 1, 0, 2, 0, 3, 0, 0, 0};
    for (size_t i = 0; i < ARRAY_LEN(ctas); i++) {
        CHECK(interleave_next(it, &item));
        CHECK_EQ_INT(k->warps[item.warp].cta, ctas[i]);
        CHECK_EQ_INT(item.sm, ctas[i] != 0);
    }
    CHECK(!interleave_next(it, &item));
    trace_kernel_release(k);
    arena_done(&a);
}
