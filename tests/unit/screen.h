/*
 * screen.h: a drawn grid against tests/tui/NAME.screen. UPDATE_SCREENS=1 writes the file instead.
 */
#ifndef WARPSCOPE_TESTS_SCREEN_H
#define WARPSCOPE_TESTS_SCREEN_H

#include "base/os.h"
#include "present/cell.h"
#include "t.h"

static void compare_screen(struct arena *a, const char *name, const struct grid *g)
{
    char path[128];
    struct text got;
    str expected;
    struct err e = {0};

    snprintf(path, sizeof path, "tests/tui/%s.screen", name);
    text_init(&got);
    grid_to_text(g, &got);
    if (getenv("UPDATE_SCREENS") != NULL)
        CHECK(os_write_file(path, text_str(&got), &e) == STATUS_OK);
    if (os_read_file(a, path, 1 << 20, &expected, &e) != STATUS_OK) {
        T_FAIL("%s", e.message);
    } else if (!str_eq(expected, text_str(&got))) {
        T_FAIL("%s differs; drawn:", path);
        printf("%s", text_cstr(&got));
    }
    text_done(&got);
}

#endif
