/* Any opcode text with any operands: ranges stay in the register file, text stays in its buffer. */
#include "base/str.h"
#include "sass/sass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_ranges(const struct sass_range *r, size_t n, size_t max)
{
    ASSERT(n <= max);
    for (size_t i = 0; i < n; i++)
        ASSERT(r[i].n != 0 && r[i].first + r[i].n <= SASS_RZ);
}

/* Bytes: ISA, destinations, destination, sources, source registers, immediate; then the opcode. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { HEAD = 10 };
    static const unsigned isas[] = {61, 70, 75, 80, 86, 89, 90};
    char opcode[256], text[40];
    struct sass_inst in = {.opcode = opcode};
    struct sass_op op;
    if (n < HEAD)
        return 0;
    unsigned isa = isas[data[0] % ARRAY_LEN(isas)];
    in.n_dst = data[1] % 2;
    in.dst = data[2];
    in.n_src = data[3];
    memcpy(in.src, data + 4, SASS_MAX_SRC);
    in.immediate = data[9];
    size_t length = MIN(n - HEAD, sizeof opcode - 1);
    memcpy(opcode, data + HEAD, length);
    opcode[length] = '\0';

    bool is_known = sass_inst_decode(&in, isa);
    ASSERT(is_known == (in.op.row != SASS_ROW_UNKNOWN));
    check_ranges(in.def, in.n_def, ARRAY_LEN(in.def));
    check_ranges(in.use, in.n_use, ARRAY_LEN(in.use));
    ASSERT(memchr(sass_inst_text(&in, text, sizeof text), '\0', sizeof text) != NULL);
    ASSERT(sass_tensor_fma(&in.op) >= 0);
    sass_decode(&op, (str){(const char *)data + HEAD, n - HEAD}, isa);
    return 0;
}
