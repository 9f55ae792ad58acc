#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"

/* --- stopping -------------------------------------------------------------------------------- */

static _Atomic(void (*)(void)) fatal_hook;

void os_on_fatal(void (*hook)(void))
{
    atomic_store(&fatal_hook, hook);
}

/* The hook is taken out first: one that fails itself must not be called again. */
static void run_fatal_hook(void)
{
    void (*hook)(void) = atomic_exchange(&fatal_hook, NULL);
    if (hook != NULL)
        hook();
}

void assert_fail(const char *expr, const char *file, int line)
{
    run_fatal_hook();
    fprintf(stderr, "warpscope: %s:%d: broken assertion: %s\n", file, line, expr);
    abort();
}

void os_fatal(const char *fmt, ...)
{
    run_fatal_hook();
    fputs("warpscope: fatal: ", stderr);
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    fflush(stderr);
    _exit(1); /* exit handlers may need the memory that is not there */
}

/* --- address space --------------------------------------------------------------------------- */

enum { HUGE_PAGE_B = 2 << 20 };

static char *map_nothing(size_t n)
{
    void *p = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        os_fatal("cannot reserve %zu bytes of address space: %s", n, strerror(errno));
    return p;
}

/* Large ranges begin at a huge page and ask for such pages: a page fault costs about as much as
 * simulating twenty memory accesses. A system that has none goes on with small ones. */
void *os_reserve(size_t n)
{
    if (n < HUGE_PAGE_B || n > SIZE_MAX - HUGE_PAGE_B)
        return map_nothing(n);
    char *p = map_nothing(n + HUGE_PAGE_B);
    size_t before = -(uintptr_t)p % HUGE_PAGE_B;
    if (before > 0)
        munmap(p, before);
    munmap(p + before + n, HUGE_PAGE_B - before);
    (void)madvise(p + before, n, MADV_HUGEPAGE);
    return p + before;
}

void os_commit(void *p, size_t n)
{
    if (mprotect(p, n, PROT_READ | PROT_WRITE) != 0)
        os_fatal("out of memory: %zu more bytes: %s", n, strerror(errno));
}

void os_release(void *p, size_t n)
{
    munmap(p, n);
}

/* --- reading --------------------------------------------------------------------------------- */

static enum status fail_io(struct err *e, const char *doing, const char *path)
{
    return err_set(e, STATUS_IO, "cannot %s '%s': %s", doing, path, strerror(errno));
}

/* A folder fails here and not at the first read. */
static bool fstat_no_folder(int fd, struct stat *st)
{
    if (fstat(fd, st) != 0)
        return false;
    errno = EISDIR;
    return !S_ISDIR(st->st_mode);
}

static enum status open_for_reading(const char *path, int flags, int *fd, struct stat *st,
                                    struct err *e)
{
    *st = (struct stat){0};
    *fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (*fd >= 0 && fstat_no_folder(*fd, st))
        return STATUS_OK;
    fail_io(e, "open", path);
    if (*fd >= 0)
        close(*fd);
    return STATUS_IO;
}

/* A file that can be read at any place. Opening must not wait for who writes to a pipe. */
static enum status open_regular(const char *path, int *fd, struct stat *st, struct err *e)
{
    TRY(open_for_reading(path, O_NONBLOCK, fd, st, e));
    if (S_ISREG(st->st_mode))
        return STATUS_OK;
    close(*fd);
    err_set(e, STATUS_IO, "cannot open '%s': not a regular file", path);
    err_hint(e, "it is read at many places: write what it holds to a file first");
    return STATUS_IO;
}

static enum status map_fd(struct os_map *m, int fd, const struct stat *st, const char *path,
                          struct err *e)
{
    if (st->st_size == 0)
        return STATUS_OK;
    size_t n = (size_t)st->st_size;
    void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return fail_io(e, "map", path);
    *m = (struct os_map){.bytes = {p, n}, .addr = p};
    return STATUS_OK;
}

enum status os_map_file(struct os_map *m, const char *path, struct err *e)
{
    *m = (struct os_map){.bytes = STR("")};
    int fd;
    struct stat st;
    TRY(open_regular(path, &fd, &st, e));
    enum status s = map_fd(m, fd, &st, path, e);
    close(fd);
    return s;
}

void os_unmap_file(struct os_map *m)
{
    if (m->addr != NULL)
        munmap(m->addr, m->bytes.n);
    *m = (struct os_map){.bytes = STR("")};
}

enum status os_open_file(struct os_file *f, const char *path, struct err *e)
{
    struct stat st;
    *f = (struct os_file){.fd = -1};
    int fd;
    TRY(open_regular(path, &fd, &st, e));
    f->fd = fd;
    f->size = (uint64_t)st.st_size;
    return STATUS_OK;
}

enum status os_read_at(const struct os_file *f, uint64_t at, void *buf, size_t n, size_t *got,
                       struct err *e)
{
    *got = 0;
    while (*got < n) {
        ssize_t step = pread(f->fd, (char *)buf + *got, n - *got, (off_t)(at + *got));
        if (step < 0 && errno != EINTR)
            return err_set(e, STATUS_IO, "cannot read: %s", strerror(errno));
        if (step == 0)
            break;
        *got += (size_t)MAX(step, 0);
    }
    return STATUS_OK;
}

void os_close_file(struct os_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* Reads up to n bytes, past interruptions; fewer only at the end of the file. */
static bool read_fully(int fd, char *to, size_t n, size_t *got)
{
    *got = 0;
    while (*got < n) {
        ssize_t step = read(fd, to + *got, n - *got);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return false;
        if (step == 0)
            break;
        *got += (size_t)step;
    }
    return true;
}

enum { READ_STEP_B = 64 << 10 };

/* The length told by the system is a first guess only: pipes and /proc have none. */
static enum status read_fd(struct arena *a, int fd, size_t guess, size_t max_b, const char *path,
                           str *out, struct err *e)
{
    size_t start = arena_mark(a), n = 0, step = MIN(guess, max_b) + 1, got;
    do {
        if (step >= arena_room(a))
            return err_set(e, STATUS_LIMIT, "'%s' is larger than the memory set aside", path);
        char *to = arena_alloc(a, step, 1, 1);
        if (!read_fully(fd, to, step, &got))
            return fail_io(e, "read", path);
        n += got;
        if (n > max_b)
            return err_set(e, STATUS_LIMIT, "'%s' is larger than %zu bytes", path, max_b);
        arena_reset(a, start + n);
        step = READ_STEP_B;
    } while (got > 0);
    *(char *)arena_alloc(a, 1, 1, 1) = '\0';
    *out = (str){a->base + start, n};
    return STATUS_OK;
}

enum status os_read_file(struct arena *a, const char *path, size_t max_b, str *out, struct err *e)
{
    int fd;
    struct stat st;
    TRY(open_for_reading(path, 0, &fd, &st, e));
    size_t mark = arena_mark(a);
    size_t guess = S_ISREG(st.st_mode) ? (size_t)st.st_size : READ_STEP_B;
    enum status s = read_fd(a, fd, guess, max_b, path, out, e);
    if (s != STATUS_OK)
        arena_reset(a, mark);
    close(fd);
    return s;
}

/* --- writing --------------------------------------------------------------------------------- */

static bool write_fully(int fd, str bytes)
{
    while (bytes.n > 0) {
        ssize_t step = write(fd, bytes.p, bytes.n);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return false;
        bytes.p += step;
        bytes.n -= (size_t)step;
    }
    return true;
}

static enum status fail_write(struct err *e, const char *path)
{
    return err_set(e, STATUS_WRITE, "cannot write '%s': %s", path, strerror(errno));
}

static bool write_at(const char *path, int flags, str bytes)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0666);
    if (fd < 0)
        return false;
    bool written = write_fully(fd, bytes);
    int cause = errno;
    bool closed = close(fd) == 0;
    if (!written)
        errno = cause;
    return written && closed;
}

/* A device or pipe is written as it stands: renaming over /dev/stdout would replace it. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

enum status os_write_file(const char *path, str bytes, struct err *e)
{
    if (is_special(path))
        return write_at(path, 0, bytes) ? STATUS_OK : fail_write(e, path);
    char temp[PATH_MAX];
    int n = snprintf(temp, sizeof temp, "%s.tmp%ld", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temp) {
        errno = ENAMETOOLONG;
        return fail_write(e, path);
    }
    if (write_at(temp, O_CREAT | O_TRUNC, bytes) && rename(temp, path) == 0)
        return STATUS_OK;
    fail_write(e, path);
    unlink(temp);
    return STATUS_WRITE;
}

/* --- folders and paths ----------------------------------------------------------------------- */

bool os_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool os_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int64_t os_file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dot_name(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

struct vec_name {
    VEC(char *);
};

enum status os_list_dir(struct arena *a, const char *path, char ***names, size_t *n, struct err *e)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return fail_io(e, "list", path);
    struct vec_name found;
    VEC_INIT(&found, ARENA_SMALL);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (!is_dot_name(entry->d_name))
            *VEC_PUSH(&found) = arena_strdup(a, entry->d_name);
    closedir(dir);
    if (found.n > 0)
        qsort(found.at, found.n, sizeof *found.at, by_name);
    *n = found.n;
    *names = ARENA_ARRAY(a, char *, found.n);
    if (found.n > 0)
        memcpy(*names, found.at, found.n * sizeof *found.at);
    VEC_DONE(&found);
    return STATUS_OK;
}

/* Appends the stems of one folder. */
static enum status list_stems(struct arena *a, const char *dir, str ending, char ***names,
                              size_t *n, struct err *e)
{
    char **files = NULL;
    size_t n_files = 0;
    TRY(os_list_dir(a, dir, &files, &n_files, e));
    char **all = ARENA_ARRAY(a, char *, *n + n_files + 1);
    if (*n > 0)
        memcpy(all, *names, *n * sizeof *all);
    for (size_t i = 0; i < n_files; i++) {
        str file = str_from(files[i]);
        if (str_ends(file, ending) && file.n > ending.n)
            all[(*n)++] = arena_strndup(a, file.p, file.n - ending.n);
    }
    *names = all;
    return STATUS_OK;
}

enum status os_list_stems(struct arena *a, const char *const *dirs, size_t n_dirs,
                          const char *ending, char ***names, size_t *n, struct err *e)
{
    size_t n_all = 0;
    *names = NULL;
    *n = 0;
    for (size_t i = 0; i < n_dirs; i++) {
        if (os_is_dir(dirs[i]))
            TRY(list_stems(a, dirs[i], str_from(ending), names, &n_all, e));
    }
    if (n_all > 0)
        qsort(*names, n_all, sizeof **names, by_name);
    for (size_t i = 0; i < n_all; i++) {
        if (*n == 0 || strcmp((*names)[*n - 1], (*names)[i]) != 0)
            (*names)[(*n)++] = (*names)[i];
    }
    return STATUS_OK;
}

char *os_join(struct arena *a, const char *dir, const char *name)
{
    if (dir[0] == '\0' || name[0] == '/')
        return arena_strdup(a, name);
    const char *slash = str_ends(str_from(dir), STR("/")) ? "" : "/";
    return arena_printf(a, "%s%s%s", dir, slash, name);
}

char *os_dirname(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return arena_strdup(a, ".");
    if (slash == path)
        return arena_strdup(a, "/");
    return arena_strndup(a, path, (size_t)(slash - path));
}

const char *os_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

enum status os_make_dirs(const char *path, struct err *e)
{
    char part[PATH_MAX];
    if (strlen(path) >= sizeof part)
        return err_set(e, STATUS_LIMIT, "the path '%.80s...' is too long", path);
    for (size_t n = 1; n <= strlen(path); n++) {
        if (path[n] != '/' && path[n] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return err_set(e, STATUS_WRITE, "cannot make the folder '%s': %s", part,
                           strerror(errno));
    }
    if (!os_is_dir(path))
        return err_set(e, STATUS_WRITE, "'%s' is no folder", path);
    return STATUS_OK;
}

/* --- where the data are ---------------------------------------------------------------------- */

const char *os_version(void)
{
    return WARPSCOPE_VERSION;
}

/* The folder of the running program, or NULL. */
static char *program_dir(struct arena *a)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return NULL;
    path[n] = '\0';
    return os_dirname(a, path);
}

static bool has_gpus(struct arena *a, const char *dir)
{
    return dir != NULL && dir[0] != '\0' && os_is_dir(os_join(a, dir, "gpus"));
}

/* The folder above "build" for programs in it or further down, as build/debug; else NULL. */
static char *source_tree(struct arena *a, const char *dir)
{
    while (dir[1] != '\0') {
        char *parent = os_dirname(a, dir);
        if (strcmp(os_basename(dir), "build") == 0)
            return parent;
        dir = parent;
    }
    return NULL;
}

char *os_data_dir(struct arena *a)
{
    const char *set = getenv("WARPSCOPE_DATA");
    if (has_gpus(a, set))
        return arena_strdup(a, set);
    const char *program = program_dir(a);
    if (program != NULL) {
        char *tree = source_tree(a, program);
        if (has_gpus(a, tree))
            return tree;
        char *beside = os_join(a, os_dirname(a, program), "share/warpscope");
        if (has_gpus(a, beside))
            return beside;
    }
    const char *installed = WARPSCOPE_PREFIX "/share/warpscope";
    return has_gpus(a, installed) ? arena_strdup(a, installed) : NULL;
}

char *os_state_dir(struct arena *a)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] == '/')
        return os_join(a, state, "warpscope");
    return home != NULL && home[0] == '/' ? os_join(a, home, ".local/state/warpscope") : NULL;
}

/* --- time and terminals ---------------------------------------------------------------------- */

double os_now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void os_sleep_ms(unsigned ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

bool os_is_tty(int fd)
{
    return isatty(fd) == 1;
}

unsigned os_n_processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (unsigned)n;
}

void os_guard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            os_fatal("cannot open /dev/null");
}
