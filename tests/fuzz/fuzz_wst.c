/*
 * Containers: whatever opens and loads holds together.
 *
 * Checksums would keep a fuzzer from the tables, so an input whose first byte is not that of a
 * container is taken for the plain tables of one kernel and packed here:
 *
 *     11 x u16  bytes of each table     7 x u64  counts of the index     the tables
 */
#include <zstd.h>

#include "../../src/trace/wst.h"
#include "kernel_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { COUNTS_B = 7 * 8, SIZES_B = 2 * WST_TABLES };

static void put_u32(struct text *t, uint32_t v)
{
    char b[4];
    wst_set_u32(b, v);
    text_add(t, (str){b, sizeof b});
}

static void put_u64(struct text *t, uint64_t v)
{
    char b[8];
    wst_set_u64(b, v);
    text_add(t, (str){b, sizeof b});
}

static void put_frame(struct text *t, str plain)
{
    static char packed[1 << 20];
    size_t n = ZSTD_compress(packed, sizeof packed, plain.p, plain.n, 1);
    ASSERT(!ZSTD_isError(n));
    text_add(t, (str){packed, n});
}

/* The header of a kernel with a grid of 3 x 2 and blocks of 80 threads. */
static void put_header(struct text *index)
{
    static const uint32_t numbers[] = {1, 3, 2, 1, 80, 1, 1, 0, 16, 80, 5, WST_HAS_IMMEDIATE};
    put_u32(index, 1); /* one kernel */
    for (unsigned i = 0; i < 3; i++)
        put_u32(index, 0); /* name, NVBit version, maker */
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        put_u32(index, numbers[i]);
    for (unsigned i = 0; i < 3; i++)
        put_u64(index, 0); /* stream, windows */
}

static void put_footer(struct text *file, uint64_t index_at, uint64_t plain_b)
{
    unsigned char footer[WST_FOOTER_B];
    wst_set_u64(footer, index_at);
    wst_set_u64(footer + 8, file->n - index_at);
    wst_set_u64(footer + 16, plain_b);
    wst_set_u64(footer + 24, hash_bytes(footer, 24, WST_VERSION));
    memcpy(footer + 32, WST_END_MAGIC, sizeof WST_END_MAGIC - 1);
    text_add(file, (str){(const char *)footer, sizeof footer});
}

static void pack(const uint8_t *data, size_t n, struct text *file, struct text *index)
{
    const uint8_t *sizes = data, *counts = data + SIZES_B;
    str rest = {(const char *)counts + COUNTS_B, n - SIZES_B - COUNTS_B};
    text_add(file, STR(WST_MAGIC));
    put_u32(file, WST_VERSION);
    put_u32(file, 0);
    put_header(index);
    text_add(index, (str){(const char *)counts, COUNTS_B});
    for (size_t i = 0; i < WST_TABLES; i++) {
        size_t size = MIN((size_t)(sizes[2 * i] | sizes[2 * i + 1] << 8), rest.n);
        uint64_t at = file->n;
        put_frame(file, (str){rest.p, size});
        put_u64(index, at);
        put_u64(index, file->n - at);
        put_u64(index, size);
        rest = (str){rest.p + size, rest.n - size};
    }
    uint64_t index_at = file->n;
    put_frame(file, text_str(index));
    put_footer(file, index_at, index->n);
}

static void try_container(str bytes)
{
    const struct trace_options o = {.mem_limit_b = 64 << 20};
    struct wst *w;
    struct err e = {0};
    if (wst_open_memory(&w, bytes, "fuzz", &e) != STATUS_OK) {
        ASSERT(e.message[0] != '\0');
        return;
    }
    for (uint32_t i = 0; i < wst_n_kernels(w) && i < 4; i++) {
        const struct trace_kernel *k;
        if (wst_load(w, i, &o, NULL, &k, NULL) != STATUS_OK)
            continue;
        kernel_check(k);
        trace_kernel_release(k);
    }
    wst_close(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct text file, index;
    if (n < SIZES_B + COUNTS_B || data[0] == (uint8_t)WST_MAGIC[0]) {
        try_container((str){(const char *)data, n});
        return 0;
    }
    text_init(&file);
    text_init(&index);
    pack(data, n, &file, &index);
    try_container(text_str(&file));
    text_done(&file);
    text_done(&index);
    return 0;
}
