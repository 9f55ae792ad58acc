#include "base/stream.h"
#include "t.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/os.h"

static char text[300000];
static char packed[400000];
static char out[400000];

/* Lines that pack well but differ, so that a lost piece is seen. */
static str sample(void)
{
    size_t n = 0;
    for (unsigned i = 0; n + 40 < sizeof text; i++)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "LDG.E R%u, [R%u.64]\n", i % 255, i * 7919);
    return (str){text, n};
}

static size_t pack_gzip(str s, char *to, size_t n)
{
    z_stream z = {0};
    CHECK_EQ_INT(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)n;
    CHECK_EQ_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return n - z.avail_out;
}

static size_t pack_xz(str s, char *to, size_t n)
{
    size_t used = 0;
    CHECK_EQ_INT(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, (const uint8_t *)s.p, s.n,
                                         (uint8_t *)to, &used, n),
                 LZMA_OK);
    return used;
}

static size_t pack_zstd(str s, char *to, size_t n)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    size_t used = ZSTD_compress2(z, to, n, s.p, s.n);
    CHECK(!ZSTD_isError(used));
    ZSTD_freeCCtx(z);
    return used;
}

struct format {
    enum stream_packing packing;
    size_t (*pack)(str s, char *to, size_t n);
};

static const struct format formats[] = {
    {STREAM_GZIP, pack_gzip},
    {STREAM_XZ, pack_xz},
    {STREAM_ZSTD, pack_zstd},
};

/* Reads all of it into `out`, `step` bytes at a time. */
static enum status read_all(struct stream *s, size_t step, size_t *n, struct err *e)
{
    size_t got = 0;
    *n = 0;
    do {
        TRY(stream_read(s, out + *n, MIN(step, sizeof out - *n), &got, e));
        *n += got;
    } while (got > 0);
    return STATUS_OK;
}

static enum status unpack(str bytes, size_t step, size_t *n, struct err *e)
{
    struct stream *s;
    TRY(stream_open_memory(&s, bytes, "sample", e));
    enum status status = read_all(s, step, n, e);
    stream_close(s);
    return status;
}

TEST(packed_text_comes_back)
{
    static const size_t steps[] = {1000, 65536, sizeof out};
    str s = sample();
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        str bytes = {packed, formats[f].pack(s, packed, sizeof packed)};
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            struct err e = {0};
            size_t n = 0;
            CHECK_EQ_INT(unpack(bytes, steps[i], &n, &e), STATUS_OK);
            CHECK_EQ_STR(e.message, "");
            CHECK(str_eq((str){out, n}, s));
        }
    }
}

TEST(several_members_are_one_text)
{
    str s = sample();
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        size_t first = formats[f].pack((str){s.p, 1000}, packed, sizeof packed);
        size_t second =
            formats[f].pack((str){s.p + 1000, 2000}, packed + first, sizeof packed - first);
        size_t n = 0;
        CHECK_EQ_INT(unpack((str){packed, first + second}, 512, &n, NULL), STATUS_OK);
        CHECK(str_eq((str){out, n}, (str){s.p, 3000}));
    }
}

TEST(an_empty_text_packed)
{
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        size_t n = 0;
        str bytes = {packed, formats[f].pack(STR(""), packed, sizeof packed)};
        CHECK_EQ_INT(unpack(bytes, 512, &n, NULL), STATUS_OK);
        CHECK_EQ_INT(n, 0);
    }
}

TEST(every_cut_is_noticed)
{
    str s = {sample().p, 200};
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        size_t whole = formats[f].pack(s, packed, sizeof packed);
        for (size_t cut = 6; cut < whole; cut++) { /* less is not known to be packed */
            struct err e = {0};
            size_t n = 0;
            CHECK_EQ_INT(unpack((str){packed, cut}, 64, &n, &e), STATUS_INPUT);
            CHECK_EQ_STR(e.message, "cannot unpack 'sample': the file is cut short");
            CHECK(e.hint[0] != '\0');
        }
    }
}

TEST(damage_is_noticed)
{
    str s = sample();
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        size_t n = formats[f].pack(s, packed, sizeof packed);
        memset(packed + n / 2, 0x55, 64);
        struct err e = {0};
        CHECK_EQ_INT(unpack((str){packed, n}, 65536, &n, &e), STATUS_INPUT);
        CHECK_EQ_STR(e.message, "cannot unpack 'sample': the packed data are damaged");
    }
}

TEST(other_bytes_behind_are_noticed)
{
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        size_t n = formats[f].pack(STR("text"), packed, sizeof packed);
        memcpy(packed + n, "junk", 4);
        CHECK_EQ_INT(unpack((str){packed, n + 4}, 512, &n, NULL), STATUS_INPUT);
    }
}

TEST(zeros_behind_gzip_are_padding)
{
    size_t n = pack_gzip(STR("text"), packed, sizeof packed);
    memset(packed + n, 0, 512);
    CHECK_EQ_INT(unpack((str){packed, n + 512}, 512, &n, NULL), STATUS_OK);
    CHECK(str_is((str){out, n}, "text"));
}

TEST(packing_is_told_by_the_first_bytes)
{
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        struct stream *s;
        str bytes = {packed, formats[f].pack(STR("text"), packed, sizeof packed)};
        CHECK_EQ_INT(stream_open_memory(&s, bytes, "sample", NULL), STATUS_OK);
        CHECK_EQ_INT(stream_packing(s), formats[f].packing);
        stream_close(s);
    }
    CHECK_EQ_STR(stream_packing_name(STREAM_XZ), "xz");
}

TEST(plain_files_are_read_piece_by_piece)
{
    struct stream *s;
    struct err e = {0};
    size_t got = 0;
    const char *path = t_temp_path("plain.gz"); /* the name does not matter */
    CHECK_EQ_INT(os_write_file(path, STR("plain text"), &e), STATUS_OK);
    CHECK_EQ_INT(stream_open(&s, path, &e), STATUS_OK);
    CHECK_EQ_INT(stream_packing(s), STREAM_PLAIN);
    CHECK_EQ_INT(stream_read(s, out, 6, &got, &e), STATUS_OK);
    CHECK_EQ_INT(got, 6);
    CHECK_EQ_INT(stream_taken(s), 6);
    CHECK_EQ_INT(stream_size(s), 10);
    CHECK_EQ_INT(stream_read(s, out, 100, &got, &e), STATUS_OK);
    CHECK(str_is((str){out, got}, "text"));
    CHECK_EQ_INT(stream_read(s, out, 100, &got, &e), STATUS_OK);
    CHECK_EQ_INT(got, 0);
    stream_close(s);
}

TEST(packed_files_report_their_progress)
{
    struct stream *s;
    struct err e = {0};
    size_t n = pack_zstd(sample(), packed, sizeof packed), got;
    const char *path = t_temp_path("progress");
    CHECK_EQ_INT(os_write_file(path, (str){packed, n}, &e), STATUS_OK);
    CHECK_EQ_INT(stream_open(&s, path, &e), STATUS_OK);
    CHECK_EQ_INT(stream_taken(s), 0);
    CHECK_EQ_INT(stream_size(s), n);
    CHECK_EQ_INT(read_all(s, 4096, &got, &e), STATUS_OK);
    CHECK_EQ_INT(stream_taken(s), n);
    stream_close(s);
}

TEST(empty_and_missing_files)
{
    struct stream *s;
    struct err e = {0};
    size_t got = 0;
    const char *path = t_temp_path("empty");
    CHECK_EQ_INT(os_write_file(path, STR(""), &e), STATUS_OK);
    CHECK_EQ_INT(stream_open(&s, path, &e), STATUS_OK);
    CHECK_EQ_INT(stream_read(s, out, 100, &got, &e), STATUS_OK);
    CHECK_EQ_INT(got, 0);
    stream_close(s);
    CHECK_EQ_INT(stream_open(&s, "/no/such", &e), STATUS_IO);
    stream_close(NULL);
}

TEST(libraries_name_their_versions)
{
    const char *names = stream_libraries();
    CHECK(strstr(names, "zstd 1.") != NULL);
    CHECK(strstr(names, ", xz 5.") != NULL);
    CHECK(strstr(names, ", zlib 1.") != NULL);
}
