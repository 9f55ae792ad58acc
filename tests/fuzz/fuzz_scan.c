/* Windows of any size must show the same tokens and the same error, and so must passing over. */
#include "../unit/scan_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The error at the end of a dump; tokens may hold any byte. */
static str verdict_of(const struct text *dump, const struct err *e)
{
    str all = text_str(dump);
    size_t at = all.n;
    if (e->status == STATUS_OK)
        return STR(".");
    while (all.p[at - 1] != '!')
        at--;
    return (str){all.p + at, all.n - at};
}

static void check_grammar(str bytes, enum scan_grammar g)
{
    static const size_t windows[] = {1, 7, 16, 33};
    struct text large, small;
    struct err large_e, e;
    text_init(&large);
    text_init(&small);
    bool cut = dump_bytes(bytes, (struct dump_how){g, 1 << 16, NULL}, &large, &large_e);
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        ASSERT(dump_bytes(bytes, (struct dump_how){g, windows[i], NULL}, &small, &e) == cut);
        ASSERT(str_eq(text_str(&large), text_str(&small)));
        dump_bytes(bytes, (struct dump_how){g, windows[i], dump_by_skip}, &small, &e);
        ASSERT(e.status == large_e.status);
        ASSERT(str_eq(verdict_of(&small, &e), verdict_of(&large, &large_e)));
        dump_bytes(bytes, (struct dump_how){g, windows[i], dump_by_leave}, &small, &e);
        ASSERT(e.status == large_e.status);
        ASSERT(str_eq(verdict_of(&small, &e), verdict_of(&large, &large_e)));
    }
    text_done(&large);
    text_done(&small);
}

static void check_unescape(str raw)
{
    struct text t;
    text_init(&t);
    scan_unescape(&t, raw);
    ASSERT(t.n <= 3 * raw.n);
    text_done(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { DEEP_ENOUGH_B = 1 << 14 }; /* what is longer only takes time */
    str bytes = {(const char *)data, MIN(n, (size_t)DEEP_ENOUGH_B)};
    struct stream *stream;
    ASSERT(stream_open_memory(&stream, bytes, "fuzz", NULL) == STATUS_OK);
    bool plain = stream_packing(stream) == STREAM_PLAIN;
    stream_close(stream);
    if (!plain) /* how much a damaged file gives before it fails depends on the step */
        return 0;
    check_grammar(bytes, SCAN_STRICT);
    check_grammar(bytes, SCAN_TOLERANT);
    check_unescape(bytes);
    return 0;
}
