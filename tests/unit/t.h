/*
 * t.h: the harness of the unit tests.
 *
 *     TEST(adds_numbers) { CHECK_EQ_INT(1 + 1, 2); }
 *
 * One .c file is one program: it includes this header once and gets main from it. Tests run in the
 * order of the file. A failing check prints its place and values and the test goes on; the result
 * is one TAP line per test.
 */
#ifndef WARPSCOPE_TESTS_T_H
#define WARPSCOPE_TESTS_T_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct t_case {
    const char *name;
    void (*run)(void);
    struct t_case *next;
};

static struct t_case *t_first, **t_last = &t_first;
static unsigned t_failed; /* checks of the running test */
static const char *t_skipped;

#define TEST(test)                                                \
    static void test_##test(void);                                \
    __attribute__((constructor)) static void t_add_##test(void)   \
    {                                                             \
        static struct t_case t_case = {#test, test_##test, NULL}; \
        *t_last = &t_case;                                        \
        t_last = &t_case.next;                                    \
    }                                                             \
    static void test_##test(void)

#define T_FAIL(...)                              \
    do {                                         \
        t_failed++;                              \
        printf("# %s:%d: ", __FILE__, __LINE__); \
        printf(__VA_ARGS__);                     \
        putchar('\n');                           \
    } while (0)

#define CHECK(cond)                             \
    do {                                        \
        if (!(cond))                            \
            T_FAIL("does not hold: %s", #cond); \
    } while (0)

#define CHECK_EQ_INT(a, b)                                              \
    do {                                                                \
        long long t_a = (long long)(a), t_b = (long long)(b);           \
        if (t_a != t_b)                                                 \
            T_FAIL("%s is %lld, expected %s = %lld", #a, t_a, #b, t_b); \
    } while (0)

/* NULL equals NULL only. */
#define CHECK_EQ_STR(a, b)                                                          \
    do {                                                                            \
        const char *t_a = (a), *t_b = (b);                                          \
        if (t_a == NULL || t_b == NULL ? t_a != t_b : strcmp(t_a, t_b) != 0)        \
            T_FAIL("%s is \"%s\", expected \"%s\"", #a, t_a == NULL ? "NULL" : t_a, \
                   t_b == NULL ? "NULL" : t_b);                                     \
    } while (0)

/* |a - b| at most `rel` of |b|. */
#define CHECK_NEAR(a, b, rel)                                    \
    do {                                                         \
        double t_a = (a), t_b = (b);                             \
        if (!(fabs(t_a - t_b) <= (rel)*fabs(t_b)))               \
            T_FAIL("%s is %.17g, expected %.17g", #a, t_a, t_b); \
    } while (0)

/* The statement must stop the program; it runs in a child that stays silent. */
#define CHECK_DIES(statement)                                    \
    do {                                                         \
        pid_t t_child = t_fork_silent();                         \
        if (t_child == 0) {                                      \
            statement;                                           \
            _exit(0);                                            \
        }                                                        \
        if (t_wait(t_child) == 0)                                \
            T_FAIL("does not stop the program: %s", #statement); \
    } while (0)

/* Leaves the running test; it counts as skipped. */
#define SKIP(reason)          \
    do {                      \
        t_skipped = (reason); \
        return;               \
    } while (0)

static inline pid_t t_fork_silent(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0 && freopen("/dev/null", "w", stderr) == NULL)
        _exit(0);
    return child;
}

static inline int t_wait(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

/* A path for a file of this test run; valid until the fourth next call. */
static inline const char *t_temp_path(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    const char *dir = getenv("TEST_TMP");
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", dir != NULL ? dir : "/tmp", name);
    return path;
}

static bool t_run(const struct t_case *c, int number)
{
    t_failed = 0;
    t_skipped = NULL;
    c->run();
    printf("%s %d - %s", t_failed == 0 ? "ok" : "not ok", number, c->name);
    if (t_failed == 0 && t_skipped != NULL)
        printf(" # SKIP %s", t_skipped);
    putchar('\n');
    fflush(stdout); /* what is known must survive a crash of the next test */
    return t_failed == 0;
}

int main(void)
{
    int number = 0;
    bool passed = true;
    for (const struct t_case *c = t_first; c != NULL; c = c->next)
        passed = t_run(c, ++number) && passed;
    return passed ? 0 : 1;
}

#endif
