#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/os.h"
#include "reader.h"
#include "trace/ppt.h"
#include "wst.h"

enum { MAX_FOLDER_DEPTH = 3 };

/* A kernel of the list: in a file of its own, or one of those in a container. */
struct entry {
    struct trace_header h;
    const struct wst *wst;
    uint32_t at; /* within the container */
};

struct container {
    struct wst *wst;
};

/* clang-format off */
struct vec_entry { VEC(struct entry); };
struct vec_wst { VEC(struct container); };
/* clang-format on */

struct trace {
    struct arena arena;
    char *path;
    struct trace_options options;
    struct vec_entry entries;
    struct vec_wst containers;
    struct vec_text warnings;
};

static void warn(struct trace *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void warn(struct trace *t, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    *VEC_PUSH(&t->warnings) = arena_strdup(&t->arena, line);
}

/* ---- what a file is ---- */

enum file_kind { FILE_KERNEL, FILE_LIST, FILE_WST, FILE_OTHER };

/* Beginnings of files that people confuse with traces. */
static const struct {
    str magic;
    const char *what;
} others[] = {
    {{"\x7f"
      "ELF",
      4},
     "a program or cubin"},
    {{"NVR\0", 4}, "an Nsight Compute report"},
    {{"SQLite format 3", 15}, "an SQLite database, such as an Nsight Systems export"},
    {{"PK\x03\x04", 4}, "a zip archive"},
    {{"==PROF==", 8}, "Nsight Compute output"},
    {{"\"ID\",", 5}, "an Nsight Compute table"},
    {{"{", 1}, "JSON, perhaps a profile for `warpscope launches`"},
    {{"[", 1}, "JSON, perhaps a profile for `warpscope launches`"},
};

static const char *guess_other(str head)
{
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (str_starts(head, others[i].magic))
            return others[i].what;
    }
    return head.n == 0 ? "an empty file" : "not of a known kind";
}

static bool is_list_line(str line)
{
    return str_starts(line, STR("Memcpy")) || str_has(line, STR(".trace"));
}

/* A trace begins with "-key = value", a list has file names or copies among its first lines. */
static enum file_kind kind_of(str head)
{
    str rest = head, line;
    if (wst_is_magic(head))
        return FILE_WST;
    for (unsigned i = 0; i < 100 && str_cut(&rest, '\n', &line); i++) {
        line = str_trim(line);
        if (line.n == 0)
            continue;
        if (line.p[0] == '-' || str_starts(line, STR("#traces")))
            return FILE_KERNEL;
        if (is_list_line(line))
            return FILE_LIST;
    }
    return FILE_OTHER;
}

static enum status fail_other(const char *path, str head, struct err *e)
{
    err_set(e, STATUS_INPUT, "'%s' is not a trace", path);
    err_at(e, path, 0, 0);
    err_expected(e, "a .traceg, .trace or .wst file, a kernelslist, or a folder with one");
    err_found(e, "%s", guess_other(head));
    return STATUS_INPUT;
}

/* ---- kernels ---- */

static void add_entry(struct trace *t, const struct trace_header *h, const struct wst *wst,
                      uint32_t at)
{
    *VEC_PUSH(&t->entries) = (struct entry){header_copy(&t->arena, h), wst, at};
}

static enum status add_container(struct trace *t, const char *path, struct err *e)
{
    struct wst *w;
    TRY(wst_open(&w, path, e));
    VEC_PUSH(&t->containers)->wst = w;
    for (uint32_t i = 0; i < wst_n_kernels(w); i++)
        add_entry(t, wst_header(w, i), w, i);
    return STATUS_OK;
}

static enum status fail_packed_container(const char *path, struct err *e)
{
    err_set(e, STATUS_INPUT, "'%s' is a container that was packed once more", path);
    err_at(e, path, 0, 0);
    err_hint(e, "unpack it (gunzip, unxz, unzstd): its content is packed already");
    return STATUS_INPUT;
}

static enum status read_header(struct trace *t, struct lines *l, const char *path, struct err *e)
{
    struct arena strings;
    arena_init(&strings, ARENA_SMALL);
    struct trace_header h = {.file = path};
    struct line_layout layout;
    enum status s = header_read(l, &strings, &h, &layout, e);
    if (s == STATUS_OK)
        add_entry(t, &h, NULL, 0);
    arena_done(&strings);
    return s;
}

/* ---- lists ---- */

static enum status add_kernel(struct trace *t, const char *path, struct err *e);

/* A list is often older than the packing of its files. */
static const char *find_listed(struct trace *t, const char *dir, str name)
{
    static const char *const suffixes[] = {"", ".xz", ".gz", ".zst"};
    if (memchr(name.p, '\0', name.n) != NULL)
        return NULL; /* no file is called so */
    const char *plain = os_join(&t->arena, dir, arena_strndup(&t->arena, name.p, name.n));
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        const char *path = arena_printf(&t->arena, "%s%s", plain, suffixes[i]);
        if (os_is_file(path))
            return path;
        if (i > 0 && str_ends(str_from(plain), str_from(suffixes[i])))
            path = arena_strndup(&t->arena, plain, strlen(plain) - strlen(suffixes[i]));
        if (os_is_file(path))
            return path;
    }
    return NULL;
}

/* A kernel of a list that cannot be opened: with keep_going the others are still of use. */
static enum status add_listed(struct trace *t, const char *dir, str name, struct err *e)
{
    const char *path = find_listed(t, dir, name);
    if (path == NULL) {
        warn(t, "listed file '%.*s' is absent", (int)MIN(name.n, 200), name.p);
        return STATUS_OK;
    }
    struct err own = {0};
    enum status s = add_kernel(t, path, &own);
    if (s == STATUS_INPUT && t->options.keep_going) {
        if (own.line > 0)
            warn(t, "'%s' was left out: line %u: %s", path, own.line, own.message);
        else
            warn(t, "'%s' was left out: %s", path, own.message);
        return STATUS_OK;
    }
    if (s != STATUS_OK && e != NULL && e->status == STATUS_OK)
        *e = own;
    return s;
}

static enum status read_list(struct trace *t, struct lines *l, const char *path, struct err *e)
{
    enum { MAX_TOLD = 20 };
    const char *dir = os_dirname(&t->arena, path);
    unsigned n_strange = 0;
    for (;;) {
        str line;
        bool more;
        TRY(lines_next(l, &line, &more, e));
        if (!more)
            return STATUS_OK;
        line = str_trim(line);
        if (str_starts(line, STR("Mem")) || line.n == 0)
            continue;
        if (str_has(line, STR(".trace")))
            TRY(add_listed(t, dir, line, e));
        else if (n_strange++ < MAX_TOLD)
            warn(t, "line %u of the list names no trace: '%.*s'", (unsigned)l->line,
                 (int)MIN(line.n, 80), line.p);
    }
}

/* `l` is at the beginning of the file; a list may not name another. */
static enum status add_opened(struct trace *t, struct lines *l, const char *path, bool may_be_list,
                              struct err *e)
{
    bool more;
    TRY(lines_fill(l, &more, e));
    str head = {l->p, (size_t)(l->end - l->p)};
    enum file_kind kind = kind_of(head);
    if (kind == FILE_KERNEL)
        return read_header(t, l, path, e);
    if (kind == FILE_WST)
        return stream_packing(l->stream) == STREAM_PLAIN ? add_container(t, path, e)
                                                         : fail_packed_container(path, e);
    if (kind == FILE_LIST && may_be_list)
        return read_list(t, l, path, e);
    return fail_other(path, head, e);
}

static enum status add_any(struct trace *t, const char *path, bool may_be_list, struct err *e)
{
    struct lines l;
    TRY(lines_open(&l, path, NULL, e));
    enum status s = add_opened(t, &l, path, may_be_list, e);
    lines_close(&l);
    return s;
}

static enum status add_kernel(struct trace *t, const char *path, struct err *e)
{
    return add_any(t, path, false, e);
}

static enum status add_file(struct trace *t, const char *path, struct err *e)
{
    return add_any(t, path, true, e);
}

/* ---- folders ---- */

static bool is_grouped_file(str name)
{
    return str_has(name, STR(".traceg"));
}

static bool is_raw_file(str name)
{
    return str_has(name, STR(".trace")) && !str_has(name, STR(".tracez"));
}

static bool is_container(str name)
{
    return str_ends(name, STR(".wst"));
}

/* "kernel-10..." after "kernel-9...". */
static unsigned long number_in(const char *name)
{
    const char *p = name + strcspn(name, "0123456789");
    return strtoul(p, NULL, 10);
}

static int by_number(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    unsigned long m = number_in(x), n = number_in(y);
    return m != n ? (m < n ? -1 : 1) : strcmp(x, y);
}

static enum status add_files(struct trace *t, const char *dir, bool (*is_wanted)(str name),
                             struct err *e)
{
    char **names;
    size_t n;
    TRY(os_list_dir(&t->arena, dir, &names, &n, e));
    qsort(names, n, sizeof *names, by_number);
    for (size_t i = 0; i < n; i++) {
        if (is_wanted(str_from(names[i])))
            TRY(add_listed(t, dir, str_from(names[i]), e));
    }
    return STATUS_OK;
}

static enum status fail_folder(const char *dir, struct err *e)
{
    err_set(e, STATUS_INPUT, "no trace in the folder '%s'", dir);
    err_at(e, dir, 0, 0);
    err_expected(e, "kernelslist.g, kernelslist, *.traceg, *.trace or *.wst");
    return STATUS_INPUT;
}

static enum status add_ppt(struct trace *t, const char *dir, struct err *e)
{
    struct ppt_list list;
    TRY(ppt_list(&t->arena, dir, &list, e));
    for (uint32_t i = 0; i < list.n; i++)
        *VEC_PUSH(&t->entries) = (struct entry){.h = list.headers[i]};
    for (uint32_t i = 0; i < list.n_warnings; i++)
        *VEC_PUSH(&t->warnings) = list.warnings[i];
    return STATUS_OK;
}

/* The only folder within `dir`, NULL if there is none or more than one. */
static const char *only_folder(struct trace *t, const char *dir)
{
    char **names;
    size_t n;
    struct err ignored = {0};
    const char *found = NULL;
    if (os_list_dir(&t->arena, dir, &names, &n, &ignored) != STATUS_OK)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char *path = os_join(&t->arena, dir, names[i]);
        if (!os_is_dir(path))
            continue;
        if (found != NULL)
            return NULL;
        found = path;
    }
    return found;
}

/*
 * The processed list comes before the raw one, which may be left over from the recording. A folder
 * that has nothing but one folder is looked into, a few levels deep.
 */
static enum status add_folder(struct trace *t, const char *dir, unsigned depth, struct err *e)
{
    static const char *const lists[] = {"kernelslist.g", "kernelslist"};
    if (ppt_probe(dir))
        return add_ppt(t, dir, e);
    for (size_t i = 0; i < ARRAY_LEN(lists) && t->entries.n == 0; i++) {
        const char *path = os_join(&t->arena, dir, lists[i]);
        if (os_is_file(path))
            TRY(add_file(t, path, e));
    }
    bool (*const kinds[])(str) = {is_grouped_file, is_raw_file, is_container};
    for (size_t i = 0; i < ARRAY_LEN(kinds) && t->entries.n == 0; i++)
        TRY(add_files(t, dir, kinds[i], e));
    if (t->entries.n > 0 || t->warnings.n > 0)
        return STATUS_OK;
    const char *inner = depth < MAX_FOLDER_DEPTH ? only_folder(t, dir) : NULL;
    return inner != NULL ? add_folder(t, inner, depth + 1, e) : fail_folder(dir, e);
}

/* ---- opening ---- */

static enum status fail_nothing(const struct trace *t, struct err *e)
{
    err_set(e, STATUS_INPUT, "'%s' names no kernel that can be opened", t->path);
    err_at(e, t->path, 0, 0);
    if (t->warnings.n > 0)
        err_found(e, "%s", t->warnings.at[0]);
    err_hint(e, "open the folder, or the kernelslist.g beside the .traceg files");
    return STATUS_INPUT;
}

enum status trace_open(struct trace **out, const char *path, const struct trace_options *o,
                       struct err *e)
{
    struct trace *t = calloc(1, sizeof *t);
    if (t == NULL)
        os_fatal("out of memory for a trace");
    arena_init(&t->arena, ARENA_LARGE);
    VEC_INIT(&t->entries, ARENA_LARGE);
    VEC_INIT(&t->containers, ARENA_LARGE);
    VEC_INIT(&t->warnings, ARENA_LARGE);
    t->path = arena_strdup(&t->arena, path);
    t->options = o != NULL ? *o : (struct trace_options){0};
    enum status s = os_is_dir(path) ? add_folder(t, path, 0, e) : add_file(t, path, e);
    if (s == STATUS_OK && t->entries.n == 0)
        s = fail_nothing(t, e);
    if (s == STATUS_OK)
        *out = t;
    else
        trace_close(t);
    return s;
}

void trace_close(struct trace *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->containers.n; i++)
        wst_close(t->containers.at[i].wst);
    VEC_DONE(&t->entries);
    VEC_DONE(&t->containers);
    VEC_DONE(&t->warnings);
    arena_done(&t->arena);
    free(t);
}

const char *trace_path_name(const struct trace *t)
{
    return t->path;
}

uint32_t trace_n_kernels(const struct trace *t)
{
    return (uint32_t)t->entries.n;
}

const struct trace_header *trace_header(const struct trace *t, uint32_t i)
{
    ASSERT(i < t->entries.n);
    return &t->entries.at[i].h;
}

uint32_t trace_n_warnings(const struct trace *t)
{
    return (uint32_t)t->warnings.n;
}

const char *trace_warning(const struct trace *t, uint32_t i)
{
    ASSERT(i < t->warnings.n);
    return t->warnings.at[i];
}

/* ---- loading ---- */

enum status trace_load(const struct trace *t, uint32_t i, const struct tick *tick,
                       const struct trace_kernel **out, struct err *e)
{
    ASSERT(i < t->entries.n);
    const struct entry *x = &t->entries.at[i];
    if (x->wst != NULL)
        return wst_load(x->wst, x->at, &t->options, tick, out, e);
    if (x->h.format == TRACE_FORMAT_PPT)
        return ppt_load(&x->h, &t->options, tick, out, e);
    struct lines l;
    TRY(lines_open(&l, x->h.file, tick, e));
    return text_load(&l, x->h.file, &t->options, out, e);
}

enum status trace_load_text(str bytes, const char *name, const struct trace_options *o,
                            const struct trace_kernel **out, struct err *e)
{
    struct lines l;
    TRY(lines_open_memory(&l, bytes, name, e));
    return text_load(&l, name, o, out, e);
}
