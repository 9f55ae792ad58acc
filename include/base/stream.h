/*
 * stream.h: bytes of a file in order, plain or unpacked on the fly (gzip, xz, zstd).
 *
 * The packing is decided by the first bytes of the file, never by its name.
 */
#ifndef WARPSCOPE_BASE_STREAM_H
#define WARPSCOPE_BASE_STREAM_H

#include "base/err.h"
#include "base/str.h"

struct stream;

enum stream_packing { STREAM_PLAIN, STREAM_GZIP, STREAM_XZ, STREAM_ZSTD };

enum status stream_open(struct stream **s, const char *path, struct err *e) MUST_USE;
/* Over bytes that stay valid until stream_close; `name` appears in errors. */
enum status stream_open_memory(struct stream **s, str bytes, const char *name,
                               struct err *e) MUST_USE;
void stream_close(struct stream *s);

/* Fills buf with up to n bytes; *got == 0 means the end. A packed file cut short is STATUS_INPUT.
 */
enum status stream_read(struct stream *s, void *buf, size_t n, size_t *got, struct err *e) MUST_USE;

enum stream_packing stream_packing(const struct stream *s);
const char *stream_packing_name(enum stream_packing p);

/* Bytes of the file taken so far and in all: the unit of progress. */
uint64_t stream_taken(const struct stream *s);
uint64_t stream_size(const struct stream *s);

/* "zstd 1.5.4, xz 5.4.1, zlib 1.2.13": what the program really runs with. */
const char *stream_libraries(void);

#endif
