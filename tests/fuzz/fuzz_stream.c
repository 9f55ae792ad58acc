/* Reading in small and in large steps must give the same bytes and the same verdict. */
#include "base/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct reading {
    enum status status;
    uint64_t bytes, hash;
};

/* A few bytes unpack to gigabytes: what comes after this much adds nothing. */
enum { BYTES_MAX = 1 << 20 };

static struct reading read_in_steps(str bytes, size_t step)
{
    static char buf[1 << 16];
    struct reading r = {0};
    struct stream *s;
    size_t got;
    ASSERT(stream_open_memory(&s, bytes, "fuzz", NULL) == STATUS_OK);
    do {
        r.status = stream_read(s, buf, step, &got, NULL);
        if (r.status != STATUS_OK)
            break;
        for (size_t i = 0; i < got; i++)
            r.hash = hash_u64(r.hash + (unsigned char)buf[i] + 1);
        r.bytes += got;
    } while (got > 0 && r.bytes < BYTES_MAX);
    ASSERT(stream_taken(s) <= stream_size(s));
    stream_close(s);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    str bytes = {(const char *)data, n};
    struct reading small = read_in_steps(bytes, 1 << 10);
    struct reading large = read_in_steps(bytes, 1 << 16);
    if (small.bytes >= BYTES_MAX || large.bytes >= BYTES_MAX)
        return 0;
    ASSERT(small.status == large.status);
    ASSERT(small.status != STATUS_OK || small.hash == large.hash);
    return 0;
}
