/*
 * arena.h: memory by lifetime.
 *
 * An arena is one reserved range of address space that is committed as it fills, so an allocation
 * never moves and the last one can grow in place. Memory comes zeroed. Nothing is freed one by one:
 * a mark and a reset give back what came after the mark, arena_done gives back all.
 * Not thread safe: an arena belongs to one thread at a time and may be handed over.
 * Running out of the reserved range is fatal; code that allocates by the size of an input asks
 * arena_room first and fails with STATUS_LIMIT.
 */
#ifndef WARPSCOPE_BASE_ARENA_H
#define WARPSCOPE_BASE_ARENA_H

#include "base/defs.h"

struct arena {
    char *base;
    size_t used;      /* bytes handed out */
    size_t high;      /* highest `used` so far: bytes below may hold old data */
    size_t committed; /* bytes readable and writable */
    size_t reserved;  /* bytes of address space */
};

#define ARENA_SMALL ((size_t)1 << 30) /* scratch, results, descriptions */
#ifdef __SANITIZE_THREAD__
#define ARENA_LARGE ((size_t)1 << 34) /* thread checks leave little address space */
#else
#define ARENA_LARGE ((size_t)1 << 38) /* trace data */
#endif

/* Reserves address space only. `reserve_b` is rounded up to whole pages. */
void arena_init(struct arena *a, size_t reserve_b);
void arena_done(struct arena *a);

/* `n` zeroed elements of `size_b` bytes, aligned to `align_b` (a power of two, at most 64). */
void *arena_alloc(struct arena *a, size_t n, size_t size_b, size_t align_b);
#define ARENA_NEW(a, type)      ((type *)arena_alloc(a, 1, sizeof(type), _Alignof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc(a, n, sizeof(type), _Alignof(type)))

/* Bytes that can still be allocated. */
size_t arena_room(const struct arena *a);

static inline size_t arena_mark(const struct arena *a)
{
    return a->used;
}
void arena_reset(struct arena *a, size_t mark);

/* Gives back the address space behind the bytes in use, up to a page: for arenas that are full. */
void arena_trim(struct arena *a);

/* Moves the arena itself: `from` is left empty and needs no arena_done. */
struct arena arena_take(struct arena *from);

/* NUL-terminated copies and formatted text in `a`. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
void *arena_memdup(struct arena *a, const void *p, size_t n);

/*
 * A growing array that lives in an arena of its own, so that growing never copies.
 *
 *     struct vec_u32 { VEC(uint32_t); } v;
 *     VEC_INIT(&v, ARENA_LARGE); *VEC_PUSH(&v) = 7; VEC_DONE(&v);
 */
#define VEC(type)       \
    struct arena arena; \
    type *at;           \
    size_t n
#define VEC_INIT(v, reserve_b) \
    (arena_init(&(v)->arena, reserve_b), (v)->at = (void *)(v)->arena.base, (v)->n = 0)
#define VEC_PUSH(v) ((void)arena_alloc(&(v)->arena, 1, sizeof *(v)->at, 1), &(v)->at[(v)->n++])
#define VEC_PUSH_N(v, count)                                              \
    ((void)arena_alloc(&(v)->arena, (size_t)(count), sizeof *(v)->at, 1), \
     (v)->n += (size_t)(count), &(v)->at[(v)->n - (size_t)(count)])
#define VEC_RESIZE_DOWN(v, count) \
    (arena_reset(&(v)->arena, (size_t)(count) * sizeof *(v)->at), (v)->n = (size_t)(count))
#define VEC_DONE(v) arena_done(&(v)->arena)

#endif
