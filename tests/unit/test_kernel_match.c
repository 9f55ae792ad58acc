/* The way from a kernel of a profile to the same kernel of a trace. */
#include "present/kernel_match.h"

#include "base/symbol.h"
#include "t.h"

#define MANGLED     "_Z4tileILi4EEvPKfPf"
#define DECLARATION "void tile<4>(float const*, float*)"

static struct arena arena;

static struct trace_header kernel(const char *name, uint32_t grid, uint32_t block)
{
    return (struct trace_header){.name = name,
                                 .declaration = symbol_demangle(&arena, name),
                                 .label = symbol_short(&arena, name),
                                 .grid = {grid, 1, 1},
                                 .block = {block, 1, 1}};
}

static uint32_t match(const char *name, const struct profile_shape *s,
                      const struct trace_header *all, uint32_t n)
{
    const struct trace_header *h[8];
    const struct kernel_wanted w = {name, s};

    for (uint32_t i = 0; i < n; i++)
        h[i] = &all[i];
    return kernel_match(&arena, &w, h, n);
}

TEST(a_better_name_wins)
{
    arena_init(&arena, ARENA_SMALL);
    const struct trace_header all[] = {kernel("_Z4tileILi8EEvPKfPf", 4, 64), kernel(MANGLED, 9, 9),
                                       kernel(DECLARATION, 9, 9)};

    CHECK_EQ_INT(match(MANGLED, NULL, all, 3), 1);
    CHECK_EQ_INT(match(DECLARATION, NULL, all, 3), 2);
    CHECK_EQ_INT(match(DECLARATION, NULL, all, 2), 1);
    CHECK_EQ_INT(match("void other::tile<16>(float const*)", NULL, all, 3), 0);
    CHECK_EQ_INT(match("tiles", NULL, all, 3), UINT32_MAX);
    CHECK_EQ_INT(match("", NULL, all, 3), UINT32_MAX);
    CHECK_EQ_INT(match(MANGLED, NULL, all, 0), UINT32_MAX);
    arena_done(&arena);
}

TEST(of_equal_names_the_same_shape_wins)
{
    arena_init(&arena, ARENA_SMALL);
    const struct profile_shape s = {{4, 1, 1}, {64, 1, 1}, 32, 0};
    const struct trace_header all[] = {kernel(MANGLED, 8, 128), kernel(MANGLED, 8, 64),
                                       kernel(MANGLED, 4, 128), kernel(MANGLED, 4, 64),
                                       kernel(MANGLED, 4, 64)};

    CHECK_EQ_INT(match(DECLARATION, &s, all, 5), 3);
    CHECK_EQ_INT(match(DECLARATION, &s, all, 3), 2);
    CHECK_EQ_INT(match(DECLARATION, &s, all, 2), 1);
    CHECK_EQ_INT(match(DECLARATION, NULL, all, 5), 0);
    arena_done(&arena);
}

/* A name that matches better outweighs any shape. */
TEST(the_name_counts_before_the_shape)
{
    arena_init(&arena, ARENA_SMALL);
    const struct profile_shape s = {{4, 1, 1}, {64, 1, 1}, 32, 0};
    const struct trace_header all[] = {kernel("_Z4tileILi8EEvPKfPf", 4, 64), kernel(MANGLED, 9, 9)};

    CHECK_EQ_INT(match(DECLARATION, &s, all, 2), 1);
    arena_done(&arena);
}
