/* What parses must print, and what was printed must parse to the same print. */
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool print_again(str bytes, struct text *out)
{
    json *j;
    if (json_parse(&j, bytes, "fuzz", NULL) != STATUS_OK)
        return false;
    json_print(j, out);
    json_free(j);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const path[] = {"a", "0", "b"};
    str bytes = {(const char *)data, n};
    struct text first, second;
    struct err e = {0};
    json *j;
    text_init(&first);
    text_init(&second);
    json_line(bytes, path, ARRAY_LEN(path));
    if (json_parse(&j, bytes, "fuzz", &e) == STATUS_OK) {
        json_print(j, &first);
        json_free(j);
        ASSERT(print_again(text_str(&first), &second));
        ASSERT(str_eq(text_str(&first), text_str(&second)));
    }
    text_done(&first);
    text_done(&second);
    return 0;
}
