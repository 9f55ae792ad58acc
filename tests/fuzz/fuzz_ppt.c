/* The parsers of PPT-GPU: the first byte chooses among configuration, instruction and access. */
#include "trace/ppt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fuzz_config(str text)
{
    struct arena a;
    struct ppt_list list;
    struct err e = {0};
    arena_init(&a, ARENA_SMALL);
    if (ppt_parse_config(&a, text, "fuzz", &list, &e) != STATUS_OK)
        ASSERT(e.line > 0 && e.column > 0);
    for (uint32_t i = 0; e.status == STATUS_OK && i < list.n; i++)
        ASSERT(list.headers[i].grid[0] > 0 && list.headers[i].block[0] > 0);
    arena_done(&a);
}

static void fuzz_inst(str line)
{
    struct ppt_inst in;
    struct err e = {0};
    if (ppt_parse_inst(line, "fuzz", 1, &in, &e) != STATUS_OK)
        ASSERT(e.column > 0 && e.column <= line.n + 1);
    else
        ASSERT(in.n_reg <= ARRAY_LEN(in.reg) && in.opcode.n < PPT_MAX_OPCODE_B);
}

static void fuzz_access(str line)
{
    struct ppt_access a;
    struct err e = {0};
    if (ppt_parse_access(line, "fuzz", 1, &a, &e) != STATUS_OK)
        ASSERT(e.column > 0 && e.column <= line.n + 1);
    else
        ASSERT(a.n <= SASS_WARP_LANES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const targets[])(str) = {fuzz_config, fuzz_inst, fuzz_access};
    if (n > 0)
        targets[data[0] % ARRAY_LEN(targets)]((str){(const char *)data + 1, n - 1});
    return 0;
}
