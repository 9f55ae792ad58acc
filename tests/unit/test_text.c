#include "t.h"
#include "base/text.h"

TEST(an_empty_text)
{
    struct text t;
    text_init(&t);
    CHECK_EQ_STR(text_cstr(&t), "");
    CHECK_EQ_INT(text_str(&t).n, 0);
    text_done(&t);
}

TEST(pieces_are_joined)
{
    struct text t;
    text_init(&t);
    text_puts(&t, "warp");
    text_putc(&t, ' ');
    text_add(&t, (str){"scheduler", 5});
    text_pad(&t, '.', 3);
    text_pad(&t, '.', 0);
    text_printf(&t, "%d%%", 42);
    CHECK_EQ_STR(text_cstr(&t), "warp sched...42%");
    text_puts(&t, "!");
    CHECK_EQ_STR(text_cstr(&t), "warp sched...42%!");
    text_done(&t);
}

TEST(long_formats_are_whole)
{
    char long_text[1000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (size_t n = 250; n < 260; n++) { /* around the size that is formatted in one go */
        struct text t;
        text_init(&t);
        text_printf(&t, "%.*s|", (int)n, long_text);
        CHECK_EQ_INT(t.n, n + 1);
        text_printf(&t, "%s", long_text);
        CHECK_EQ_INT(t.n, n + 1 + 999);
        CHECK_EQ_INT(strlen(text_cstr(&t)), t.n);
        text_done(&t);
    }
}

TEST(a_cleared_text_starts_again)
{
    struct text t;
    text_init(&t);
    text_puts(&t, "a long old text");
    text_clear(&t);
    CHECK_EQ_STR(text_cstr(&t), "");
    text_puts(&t, "new");
    CHECK_EQ_STR(text_cstr(&t), "new");
    text_done(&t);
}

TEST(code_points_become_utf8)
{
    struct text t;
    text_init(&t);
    text_put_utf8(&t, 'a');
    text_put_utf8(&t, 0x00b5);
    text_put_utf8(&t, 0x2588);
    text_put_utf8(&t, 0x1f600);
    CHECK_EQ_STR(text_cstr(&t), "a\xc2\xb5\xe2\x96\x88\xf0\x9f\x98\x80");
    text_clear(&t);
    text_put_utf8(&t, 0xd800);
    text_put_utf8(&t, 0x110000);
    CHECK_EQ_STR(text_cstr(&t), "\xef\xbf\xbd\xef\xbf\xbd");
    text_done(&t);
}

TEST(writing_reaches_the_file)
{
    struct text t;
    struct err e = {0};
    text_init(&t);
    text_puts(&t, "one\ntwo\n");
    FILE *f = tmpfile();
    CHECK_EQ_INT(text_write(&t, f, &e), STATUS_OK);
    CHECK_EQ_INT(ftell(f), 8);
    fclose(f);
    text_done(&t);
}

TEST(writing_to_a_full_disk_fails)
{
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        SKIP("no /dev/full here");
    struct text t;
    struct err e = {0};
    text_init(&t);
    text_puts(&t, "lost");
    CHECK_EQ_INT(text_write(&t, full, &e), STATUS_WRITE);
    CHECK_EQ_STR(e.message, "cannot write the output: No space left on device");
    fclose(full);
    text_done(&t);
}

TEST(cut_forgets_the_end)
{
    struct text t;
    text_init(&t);
    text_puts(&t, "abcdef");
    text_cut(&t, 3);
    text_puts(&t, "x");
    CHECK_EQ_STR(text_cstr(&t), "abcx");
    text_cut(&t, 0);
    CHECK_EQ_STR(text_cstr(&t), "");
    text_done(&t);
}
