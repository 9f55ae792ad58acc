#include "present/citation.h"

#include "t.h"

TEST(sources_are_numbered_by_first_use)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    struct citations c = {.n = 0};
    char again[] = "one";
    CHECK_EQ_STR(citation_of(&c, &a, "one"), "[1]");
    CHECK_EQ_STR(citation_of(&c, &a, ""), "");
    CHECK_EQ_STR(citation_of(&c, &a, "two"), "[2]");
    CHECK_EQ_STR(citation_of(&c, &a, again), "[1]"); /* by text, not by address */
    CHECK_EQ_INT(c.n, 2);
    CHECK_EQ_STR(c.at[1], "two");
    CHECK_EQ_STR(citation_mark(&a, 1), "[2]");
    arena_done(&a);
}
