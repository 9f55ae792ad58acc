/*
 * replay.c: runs a fuzz target over the files of a folder, without the fuzzer.
 *
 * The inputs kept in tests/fuzz/corpus are tests like any other this way: with every compiler, and
 * with the sanitizers of the build.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/os.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The target gets a copy of just the right size, so that reading too far is seen. */
static void replay(str bytes)
{
    uint8_t *copy = malloc(MAX(bytes.n, 1));
    ASSERT(copy != NULL);
    memcpy(copy, bytes.p, bytes.n);
    LLVMFuzzerTestOneInput(copy, bytes.n);
    free(copy);
}

static enum status replay_folder(struct arena *a, const char *dir, size_t *n, struct err *e)
{
    char **names;
    TRY(os_list_dir(a, dir, &names, n, e));
    for (size_t i = 0; i < *n; i++) {
        size_t mark = arena_mark(a);
        str bytes;
        TRY(os_read_file(a, os_join(a, dir, names[i]), ARENA_SMALL / 2, &bytes, e));
        replay(bytes);
        arena_reset(a, mark);
    }
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : ".";
    struct arena a;
    struct err e = {0};
    size_t n = 0;
    arena_init(&a, ARENA_SMALL);
    enum status s = replay_folder(&a, dir, &n, &e);
    if (s == STATUS_OK)
        printf("ok 1 - replays %zu inputs of %s\n", n, dir);
    else
        printf("# %s\nnot ok 1 - replays the inputs of %s\n", e.message, dir);
    arena_done(&a);
    return s == STATUS_OK ? 0 : 1;
}
