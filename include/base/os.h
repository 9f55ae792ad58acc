/*
 * os.h: the only door to POSIX. Files, folders, time, paths, the fatal hook.
 */
#ifndef WARPSCOPE_BASE_OS_H
#define WARPSCOPE_BASE_OS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Address space (used by arenas). os_commit is fatal when the system has no memory left. */
void *os_reserve(size_t n);
void os_commit(void *p, size_t n);
void os_release(void *p, size_t n);

/* A file mapped read-only. An empty file has bytes.n == 0. */
struct os_map {
    str bytes;
    void *addr;
};
enum status os_map_file(struct os_map *m, const char *path, struct err *e) MUST_USE;
void os_unmap_file(struct os_map *m);

/* A file read piece by piece: unlike a mapping it may shrink meanwhile, and costs no memory. */
struct os_file {
    int fd; /* -1: none */
    uint64_t size;
};
enum status os_open_file(struct os_file *f, const char *path, struct err *e) MUST_USE;
/* Fewer than n bytes only at the end of the file. */
enum status os_read_at(const struct os_file *f, uint64_t at, void *buf, size_t n, size_t *got,
                       struct err *e) MUST_USE;
void os_close_file(struct os_file *f);

/* Reads a whole file into `a`, NUL-terminated behind bytes.n; STATUS_LIMIT above `max_b`. */
enum status os_read_file(struct arena *a, const char *path, size_t max_b, str *out,
                         struct err *e) MUST_USE;

/* Writes to "path.tmpPID" and renames, so that an interrupted write leaves the old file. */
enum status os_write_file(const char *path, str bytes, struct err *e) MUST_USE;

bool os_is_dir(const char *path);
bool os_is_file(const char *path);
int64_t os_file_size(const char *path); /* -1: no such file */

/* Sorted names (no "." and ".."), in `a`. */
enum status os_list_dir(struct arena *a, const char *path, char ***names, size_t *n,
                        struct err *e) MUST_USE;

/* The files with this ending in several folders, without it, sorted, each name once, in `a`; a
 * folder that is missing has none. */
enum status os_list_stems(struct arena *a, const char *const *dirs, size_t n_dirs,
                          const char *ending, char ***names, size_t *n, struct err *e) MUST_USE;

/* Makes the folder and those above it that are missing. */
enum status os_make_dirs(const char *path, struct err *e) MUST_USE;

/* "dir/name" in `a`; `name` alone when it is absolute or dir is "". */
char *os_join(struct arena *a, const char *dir, const char *name);
char *os_dirname(struct arena *a, const char *path);
const char *os_basename(const char *path);

/*
 * The folder that holds gpus/, lua/ and traces/: $WARPSCOPE_DATA, else the source tree when the
 * program runs from its build folder, else PREFIX/share/warpscope beside the program, else the
 * compiled-in prefix. In `a`; NULL when none has a gpus folder.
 */
char *os_data_dir(struct arena *a);

/* The folder for what the program remembers between runs: $XDG_STATE_HOME/warpscope, else
 * ~/.local/state/warpscope; NULL when there is no home. It need not exist. In `a`. */
char *os_state_dir(struct arena *a);

/* The version of this build, as git describes it. */
const char *os_version(void);

double os_now_s(void); /* monotonic */
void os_sleep_ms(unsigned ms);
bool os_is_tty(int fd);
unsigned os_n_processors(void); /* at least 1 */
/* Fills closed standard descriptors, so that no file of ours gets their numbers; what is written to
 * a closed output still fails. */
void os_guard_streams(void);

/* Called before the program stops on a failed ASSERT or without memory; restores the terminal. */
void os_on_fatal(void (*hook)(void));
NORETURN void os_fatal(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
