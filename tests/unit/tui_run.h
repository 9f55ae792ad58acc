/*
 * tui_run.h: the whole explorer in one process: keys from a text, the last screen in memory.
 */
#ifndef WARPSCOPE_TESTS_TUI_RUN_H
#define WARPSCOPE_TESTS_TUI_RUN_H

#include "t.h"
#include "tui/tui.h"

static struct arena tui_arena; /* of the test program; holds the screens */

/* Runs and returns the last screen. */
static const char *screen_of(struct tui_options o, const char *keys)
{
    struct text t;
    struct err e = {0};

    text_init(&t);
    o.keys = keys;
    o.screen = &t;
    if (tui_main(&o, &e) != STATUS_OK)
        T_FAIL("%s: %s", keys, e.message);
    const char *screen = arena_strdup(&tui_arena, text_cstr(&t));
    text_done(&t);
    return screen;
}

#define CHECK_SHOWS(screen, word)                        \
    do {                                                 \
        if (strstr(screen, word) == NULL)                \
            T_FAIL("no '%s' on:\n%s", (word), (screen)); \
    } while (0)
#define CHECK_LACKS(screen, word)                              \
    do {                                                       \
        if (strstr(screen, word) != NULL)                      \
            T_FAIL("unwanted '%s' on:\n%s", (word), (screen)); \
    } while (0)

#endif
