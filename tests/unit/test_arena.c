#include "base/arena.h"
#include "t.h"

TEST(memory_is_zeroed_and_aligned)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    char *c = ARENA_NEW(&a, char);
    double *d = ARENA_ARRAY(&a, double, 1000);
    CHECK_EQ_INT(*c, 0);
    CHECK_EQ_INT((uintptr_t)d % _Alignof(double), 0);
    CHECK_EQ_INT((uintptr_t)arena_alloc(&a, 1, 1, 64) % 64, 0);
    for (size_t i = 0; i < 1000; i++)
        CHECK(d[i] == 0);
    arena_done(&a);
}

TEST(reused_memory_is_zeroed_again)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    size_t mark = arena_mark(&a);
    memset(ARENA_ARRAY(&a, char, 5000), 0xff, 5000);
    arena_reset(&a, mark);
    char *again = ARENA_ARRAY(&a, char, 9000); /* old bytes and fresh ones */
    size_t set = 0;
    for (size_t i = 0; i < 9000; i++)
        set += again[i] != 0;
    CHECK_EQ_INT(set, 0);
    arena_done(&a);
}

TEST(large_arenas_cost_address_space_only)
{
    struct arena a, b, c;
    arena_init(&a, ARENA_LARGE);
    arena_init(&b, ARENA_LARGE);
    arena_init(&c, ARENA_LARGE);
    CHECK(arena_room(&a) >= ARENA_LARGE);
    char *p = ARENA_ARRAY(&a, char, 10 << 20);
    p[(10 << 20) - 1] = 1;
    CHECK(a.committed >= 10 << 20);
    CHECK(a.committed <= 13 << 20);
    arena_done(&a);
    arena_done(&b);
    arena_done(&c);
}

TEST(a_trimmed_arena_keeps_its_bytes_and_no_more_space)
{
    struct arena a;
    arena_init(&a, ARENA_LARGE);
    char *p = ARENA_ARRAY(&a, char, 5000);
    p[4999] = 7;
    arena_trim(&a);
    CHECK_EQ_INT(a.reserved, 8192);
    CHECK_EQ_INT(p[4999], 7);
    ARENA_ARRAY(&a, char, 8192 - 5000)[0] = 1;
    CHECK_EQ_INT(arena_room(&a), 0);
    arena_done(&a);

    arena_init(&a, ARENA_SMALL); /* empty ones too */
    arena_trim(&a);
    CHECK_EQ_INT(a.reserved, 4096);
    arena_done(&a);
}

TEST(the_whole_reserve_can_be_used)
{
    struct arena a;
    arena_init(&a, 100000);
    CHECK_EQ_INT(a.reserved % 4096, 0);
    char *p = ARENA_ARRAY(&a, char, a.reserved);
    p[a.reserved - 1] = 1;
    CHECK_EQ_INT(arena_room(&a), 0);
    CHECK_DIES(arena_alloc(&a, 1, 1, 1));
    arena_done(&a);
}

TEST(sizes_that_overflow_are_fatal)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_DIES(arena_alloc(&a, SIZE_MAX / 2, 3, 1));
    arena_alloc(&a, 1, 1, 1);
    CHECK_DIES(arena_alloc(&a, SIZE_MAX, 1, 1));
    CHECK_DIES(arena_reset(&a, 2));
    arena_done(&a);
}

TEST(taking_moves_ownership)
{
    struct arena a, b;
    arena_init(&a, ARENA_SMALL);
    char *s = arena_strdup(&a, "kept");
    b = arena_take(&a);
    CHECK(a.base == NULL);
    CHECK_EQ_STR(s, "kept");
    arena_done(&a);
    CHECK_EQ_STR(s, "kept");
    arena_done(&b);
}

TEST(text_is_copied_and_formatted)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_STR(arena_strndup(&a, "warp scheduler", 4), "warp");
    CHECK_EQ_STR(arena_strndup(&a, NULL, 0), "");
    CHECK_EQ_STR(arena_printf(&a, "%s-%d", "sm", 90), "sm-90");
    int values[] = {1, 2, 3};
    int *copy = arena_memdup(&a, values, sizeof values);
    CHECK_EQ_INT(copy[2], 3);
    arena_done(&a);
}

struct vec_u32 {
    VEC(uint32_t);
};

TEST(vectors_grow_in_place)
{
    struct vec_u32 v;
    VEC_INIT(&v, ARENA_SMALL);
    uint32_t *first = VEC_PUSH(&v);
    *first = 7;
    for (uint32_t i = 1; i < 100000; i++)
        *VEC_PUSH(&v) = i;
    CHECK(v.at == first);
    CHECK_EQ_INT(v.at[0], 7);
    CHECK_EQ_INT(v.at[99999], 99999);
    uint32_t *more = VEC_PUSH_N(&v, 3);
    CHECK(more == v.at + 100000);
    CHECK_EQ_INT(v.n, 100003);
    VEC_RESIZE_DOWN(&v, 2);
    CHECK_EQ_INT(*VEC_PUSH(&v), 0);
    CHECK_EQ_INT(v.n, 3);
    VEC_DONE(&v);
}
