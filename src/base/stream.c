#include "base/stream.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/os.h"

/* An .xz file may ask for any dictionary; more than this is not worth trusting. */
#define XZ_MEMORY_MAX_B (UINT64_C(1) << 30)

/* zlib counts in 32 bits: longer pieces are handed over in parts. */
#define ZLIB_STEP_MAX_B ((size_t)1 << 30)

enum step { STEP_MORE, STEP_END, STEP_CORRUPT, STEP_TRAILING, STEP_MEMORY };

struct stream {
    struct os_map map;   /* empty when the bytes belong to the caller */
    struct os_file file; /* plain files are read from here: a mapping would stay in memory */
    str bytes;
    size_t taken;
    char *name;
    enum stream_packing packing;
    bool ended;
    z_stream gzip;
    lzma_stream xz;
    ZSTD_DStream *zstd;
};

/* --- gzip ------------------------------------------------------------------------------------ */

static bool has_magic(str bytes, size_t at, const char *magic, size_t n)
{
    return bytes.n - at >= n && memcmp(bytes.p + at, magic, n) == 0;
}

static bool gzip_magic(str bytes, size_t at)
{
    return has_magic(bytes, at, "\x1f\x8b", 2);
}

static bool all_zero(str bytes, size_t at)
{
    while (at < bytes.n && bytes.p[at] == '\0')
        at++;
    return at == bytes.n;
}

/* Behind a member comes another one, padding with zeros, or the end. */
static enum step gzip_next_member(struct stream *s)
{
    if (gzip_magic(s->bytes, s->taken))
        return inflateReset(&s->gzip) == Z_OK ? STEP_MORE : STEP_CORRUPT;
    return all_zero(s->bytes, s->taken) ? STEP_END : STEP_TRAILING;
}

static enum step gzip_step(struct stream *s, char *to, size_t n, size_t *made)
{
    z_stream *z = &s->gzip;
    uInt in = (uInt)MIN(s->bytes.n - s->taken, ZLIB_STEP_MAX_B);
    uInt out = (uInt)MIN(n, ZLIB_STEP_MAX_B);
    z->next_in = (z_const Bytef *)s->bytes.p + s->taken;
    z->avail_in = in;
    z->next_out = (Bytef *)to;
    z->avail_out = out;
    int rc = inflate(z, Z_NO_FLUSH);
    s->taken += in - z->avail_in;
    *made = out - z->avail_out;
    if (rc == Z_STREAM_END)
        return gzip_next_member(s);
    if (rc == Z_MEM_ERROR)
        return STEP_MEMORY;
    return rc == Z_OK || rc == Z_BUF_ERROR ? STEP_MORE : STEP_CORRUPT;
}

/* --- xz -------------------------------------------------------------------------------------- */

static enum step xz_step(struct stream *s, char *to, size_t n, size_t *made)
{
    lzma_stream *x = &s->xz;
    x->next_in = (const uint8_t *)s->bytes.p + s->taken;
    x->avail_in = s->bytes.n - s->taken;
    x->next_out = (uint8_t *)to;
    x->avail_out = n;
    lzma_ret rc = lzma_code(x, LZMA_FINISH);
    s->taken = s->bytes.n - x->avail_in;
    *made = n - x->avail_out;
    if (rc == LZMA_STREAM_END)
        return STEP_END;
    if (rc == LZMA_MEM_ERROR || rc == LZMA_MEMLIMIT_ERROR)
        return STEP_MEMORY;
    return rc == LZMA_OK || rc == LZMA_BUF_ERROR ? STEP_MORE : STEP_CORRUPT;
}

/* --- zstd ------------------------------------------------------------------------------------ */

/* A frame starts with its own magic, a skippable frame with one of sixteen. */
static bool zstd_magic(str bytes, size_t at)
{
    if (has_magic(bytes, at, "\x28\xb5\x2f\xfd", 4))
        return true;
    return bytes.n - at >= 4 && (bytes.p[at] & 0xf0) == 0x50 &&
           has_magic(bytes, at + 1, "\x2a\x4d\x18", 3);
}

static enum step zstd_step(struct stream *s, char *to, size_t n, size_t *made)
{
    ZSTD_inBuffer in = {s->bytes.p, s->bytes.n, s->taken};
    ZSTD_outBuffer out = {to, n, 0};
    size_t rc = ZSTD_decompressStream(s->zstd, &out, &in);
    s->taken = in.pos;
    *made = out.pos;
    if (ZSTD_isError(rc))
        return ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge ? STEP_MEMORY
                                                                                 : STEP_CORRUPT;
    if (rc != 0)
        return STEP_MORE;
    if (s->taken == s->bytes.n)
        return STEP_END;
    return zstd_magic(s->bytes, s->taken) ? STEP_MORE : STEP_TRAILING;
}

/* --- opening --------------------------------------------------------------------------------- */

static enum stream_packing packing_of(str bytes)
{
    if (gzip_magic(bytes, 0))
        return STREAM_GZIP;
    if (has_magic(bytes, 0,
                  "\xfd"
                  "7zXZ\0",
                  6))
        return STREAM_XZ;
    return zstd_magic(bytes, 0) ? STREAM_ZSTD : STREAM_PLAIN;
}

static bool start_unpacking(struct stream *s)
{
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    switch (s->packing) {
    case STREAM_PLAIN:
        return true;
    case STREAM_GZIP:
        return inflateInit2(&s->gzip, GZIP_ONLY) == Z_OK;
    case STREAM_XZ:
        return lzma_stream_decoder(&s->xz, XZ_MEMORY_MAX_B, LZMA_CONCATENATED) == LZMA_OK;
    case STREAM_ZSTD:
        s->zstd = ZSTD_createDStream();
        return s->zstd != NULL;
    }
    return false;
}

static struct stream *new_stream(str bytes, const char *name)
{
    struct stream *s = calloc(1, sizeof *s);
    char *copy = strdup(name);
    if (s == NULL || copy == NULL)
        os_fatal("out of memory for a stream");
    s->file.fd = -1;
    s->bytes = bytes;
    s->name = copy;
    s->packing = packing_of(bytes);
    s->xz = (lzma_stream)LZMA_STREAM_INIT;
    if (!start_unpacking(s))
        os_fatal("out of memory for unpacking");
    return s;
}

enum status stream_open_memory(struct stream **s, str bytes, const char *name, struct err *e)
{
    (void)e; /* nothing can fail yet: bad packing shows at the first read */
    *s = new_stream(bytes, name);
    return STATUS_OK;
}

enum status stream_open(struct stream **s, const char *path, struct err *e)
{
    struct os_map map;
    TRY(os_map_file(&map, path, e));
    *s = new_stream(map.bytes, path);
    (*s)->map = map;
    if ((*s)->packing != STREAM_PLAIN)
        return STATUS_OK;
    enum status opened = os_open_file(&(*s)->file, path, e);
    if (opened != STATUS_OK)
        stream_close(*s);
    return opened;
}

void stream_close(struct stream *s)
{
    if (s == NULL)
        return;
    if (s->packing == STREAM_GZIP)
        inflateEnd(&s->gzip);
    lzma_end(&s->xz);
    ZSTD_freeDStream(s->zstd);
    os_unmap_file(&s->map);
    os_close_file(&s->file);
    free(s->name);
    free(s);
}

/* --- reading --------------------------------------------------------------------------------- */

static enum status fail(const struct stream *s, enum status status, const char *what,
                        const char *hint, struct err *e)
{
    err_set(e, status, "cannot unpack '%s': %s", s->name, what);
    err_at(e, s->name, 0, 0);
    err_hint(e, "%s", hint);
    return status;
}

static enum status fail_cut_short(const struct stream *s, struct err *e)
{
    return fail(s, STATUS_INPUT, "the file is cut short",
                "copy or download the file again, or wait until it is written", e);
}

static enum status fail_step(const struct stream *s, enum step step, struct err *e)
{
    if (step == STEP_MEMORY)
        return fail(s, STATUS_LIMIT, "unpacking needs too much memory",
                    "pack the file again with a smaller window", e);
    if (step == STEP_TRAILING)
        return fail(s, STATUS_INPUT, "other bytes follow the packed data",
                    "cut off what follows, or pack the file again", e);
    return fail(s, STATUS_INPUT, "the packed data are damaged", "copy or download the file again",
                e);
}

static enum step unpack(struct stream *s, char *to, size_t n, size_t *made)
{
    switch (s->packing) {
    case STREAM_GZIP:
        return gzip_step(s, to, n, made);
    case STREAM_XZ:
        return xz_step(s, to, n, made);
    case STREAM_ZSTD:
        return zstd_step(s, to, n, made);
    case STREAM_PLAIN:
        break;
    }
    UNREACHABLE();
}

static enum status read_packed(struct stream *s, char *to, size_t n, size_t *got, struct err *e)
{
    while (*got < n && !s->ended) {
        size_t made = 0, taken = s->taken;
        enum step step = unpack(s, to + *got, n - *got, &made);
        *got += made;
        if (step == STEP_END)
            s->ended = true;
        else if (step != STEP_MORE)
            return fail_step(s, step, e);
        else if (made == 0 && s->taken == taken)
            return fail_cut_short(s, e);
    }
    return STATUS_OK;
}

static enum status read_plain(struct stream *s, char *to, size_t n, size_t *got, struct err *e)
{
    enum status status = STATUS_OK;
    *got = MIN(n, s->bytes.n - s->taken);
    if (s->file.fd >= 0)
        status = os_read_at(&s->file, s->taken, to, *got, got, e);
    else if (*got > 0)
        memcpy(to, s->bytes.p + s->taken, *got);
    if (status != STATUS_OK)
        err_at(e, s->name, 0, 0);
    s->taken += *got;
    return status;
}

enum status stream_read(struct stream *s, void *buf, size_t n, size_t *got, struct err *e)
{
    *got = 0;
    if (s->packing != STREAM_PLAIN)
        return read_packed(s, buf, n, got, e);
    return read_plain(s, buf, n, got, e);
}

enum stream_packing stream_packing(const struct stream *s)
{
    return s->packing;
}

const char *stream_packing_name(enum stream_packing p)
{
    static const char *const names[] = {"plain", "gzip", "xz", "zstd"};
    return names[p];
}

uint64_t stream_taken(const struct stream *s)
{
    return s->taken;
}

uint64_t stream_size(const struct stream *s)
{
    return s->bytes.n;
}

const char *stream_libraries(void)
{
    static char names[96];
    snprintf(names, sizeof names, "zstd %s, xz %s, zlib %s", ZSTD_versionString(),
             lzma_version_string(), zlibVersion());
    return names;
}
