#include "prof/profile.h"

#include <stdlib.h>

#include "base/os.h"
#include "prof/kineto.h"
#include "prof/nsys.h"
#include "profile_store.h"

/* ---- life ---- */

struct profile_store *profile_store_new(void)
{
    struct profile_store *s = calloc(1, sizeof *s);
    if (s == NULL)
        os_fatal("out of memory for a profile");
    atomic_init(&s->references, 1);
    return s;
}

static struct profile_store *store_of(struct profile *p)
{
    return (struct profile_store *)p;
}

struct profile *profile_retain(struct profile *p)
{
    atomic_fetch_add_explicit(&store_of(p)->references, 1, memory_order_relaxed);
    return p;
}

void profile_release(struct profile *p)
{
    if (p == NULL)
        return;
    struct profile_store *s = store_of(p);
    if (atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < PROFILE_ARENAS; i++)
        arena_done(&s->arenas[i]);
    free(s);
}

size_t profile_memory_b(const struct profile *p)
{
    const struct profile_store *s = (const struct profile_store *)p;
    size_t sum = sizeof *s;
    for (size_t i = 0; i < PROFILE_ARENAS; i++)
        sum += s->arenas[i].used;
    return sum;
}

uint64_t profile_category_n(const struct profile *p, const char *name, char phase)
{
    uint64_t n = 0;
    for (uint32_t f = 0; f < p->n_files; f++) {
        const struct profile_file *file = &p->files[f];
        for (uint32_t i = 0; i < file->n_categories; i++) {
            const struct profile_category *c = &file->categories[i];
            if (c->phase == phase && strcmp(c->name, name) == 0)
                n += c->n;
        }
    }
    return n;
}

/* ---- opening ---- */

/* Counts the bytes of all files as one piece of work. */
struct progress {
    const struct tick *tick;
    uint64_t before_b, total_b;
};

static bool report_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct progress *p = arg;
    (void)total;
    return tick_step(p->tick, p->before_b + done, p->total_b);
}

/* Files that people have beside a profile; what to do with each. */
static const struct {
    str magic;
    const char *what, *hint;
} others[] = {
    {{"NSYS", 4}, "an Nsight Systems report", "nsys export --type sqlite FILE"},
    {{"QDSTRM", 6}, "an Nsight Systems stream", "QdstrmImporter, then nsys export --type sqlite"},
    {{"NVR\0", 4}, "an Nsight Compute report", NULL},
    {{"-kernel name", 12}, "a SASS trace", NULL},
    {{"#traces", 7}, "a SASS trace", NULL},
    {{"\x7f"
      "ELF",
      4},
     "a program or library",
     NULL},
    {{"PK\x03\x04", 4}, "a zip archive", "unpack it and open the trace inside"},
    {{"\x0a", 1}, "a binary file, perhaps a Perfetto trace", NULL},
};

static enum status fail_other(const char *path, str head, struct err *e)
{
    const char *what = head.n == 0 ? "an empty file" : "neither JSON nor an SQLite database";
    const char *hint = NULL;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (str_starts(head, others[i].magic)) {
            what = others[i].what;
            hint = others[i].hint;
            break;
        }
    }
    err_set(e, STATUS_INPUT, "'%s' is not a profile", path);
    err_at(e, path, 0, 0);
    err_expected(e, "a PyTorch profiler trace (JSON) or an Nsight Systems SQLite export");
    err_found(e, "%s", what);
    if (hint != NULL)
        err_hint(e, "make one with: %s", hint);
    return STATUS_INPUT;
}

/* A blank, a byte order mark or the first bracket: what a JSON document may begin with. */
static bool is_json(str head)
{
    head = str_trim(head);
    return head.n > 0 &&
           (head.p[0] == '{' || head.p[0] == '[' || str_starts(head, STR("\xef\xbb\xbf")));
}

static enum status read_head(const char *path, char *buf, size_t n, str *head,
                             enum stream_packing *packing, struct err *e)
{
    struct stream *s;
    size_t got = 0;
    TRY(stream_open(&s, path, e));
    enum status st = stream_read(s, buf, n, &got, e);
    *head = (str){buf, got};
    *packing = stream_packing(s);
    stream_close(s);
    return st;
}

/* Words of which each profiler writes some early in its file. */
static const char *const profile_words[] = {
    "\"schemaVersion\"",   "\"traceEvents\"", "\"deviceProperties\"",
    "\"distributedInfo\"", "\"ph\"",          "\"torch_profiler_kwargs\"",
    "\"displayTimeUnit\"",
};

static bool names_events(str head)
{
    bool is_found = false;
    for (size_t i = 0; i < ARRAY_LEN(profile_words); i++)
        is_found |= str_has(head, str_from(profile_words[i]));
    return is_found;
}

bool profile_seems(const char *path)
{
    char buf[4096];
    str head;
    enum stream_packing packing;
    struct err e = {0};
    if (!os_is_file(path) || read_head(path, buf, sizeof buf, &head, &packing, &e) != STATUS_OK)
        return false;
    return nsys_is_database(head) ? packing == STREAM_PLAIN : is_json(head) && names_events(head);
}

static enum status read_json(struct record *r, const char *path, const struct profile_options *o,
                             const struct tick *tick, struct err *e)
{
    struct stream *s;
    TRY(stream_open(&s, path, e));
    enum status st = kineto_read(r, s, path, o, tick, e);
    stream_close(s);
    return st;
}

static enum status read_file(struct record *r, const char *path, const struct profile_options *o,
                             const struct tick *tick, struct err *e)
{
    char buf[4096];
    str head;
    enum stream_packing packing;
    TRY(read_head(path, buf, sizeof buf, &head, &packing, e));
    if (nsys_is_database(head)) {
        if (packing == STREAM_PLAIN)
            return nsys_read(r, path, tick, e);
        err_set(e, STATUS_INPUT, "'%s' is a packed SQLite database", path);
        err_at(e, path, 0, 0);
        err_hint(e, "unpack it first: SQLite reads it from the disk in any order");
        return STATUS_INPUT;
    }
    return is_json(head) ? read_json(r, path, o, tick, e) : fail_other(path, head, e);
}

static enum status read_files(struct record *r, const char *const *paths, size_t n,
                              const struct profile_options *o, const struct tick *tick,
                              struct err *e)
{
    struct progress progress = {.tick = tick};
    const struct tick own = {report_progress, &progress};
    for (size_t i = 0; i < n; i++)
        progress.total_b += (uint64_t)MAX(os_file_size(paths[i]), 0);
    for (size_t i = 0; i < n; i++) {
        TRY(read_file(r, paths[i], o, &own, e));
        progress.before_b += (uint64_t)MAX(os_file_size(paths[i]), 0);
    }
    return STATUS_OK;
}

enum status profile_open(struct profile **out, const char *const *paths, size_t n,
                         const struct profile_options *o, const struct tick *tick, struct err *e)
{
    static const struct profile_options defaults;
    struct record *r = record_make();
    enum status s = read_files(r, paths, n, o != NULL ? o : &defaults, tick, e);
    if (s == STATUS_OK)
        *out = record_finish(r);
    else
        record_drop(r);
    return s;
}

enum status profile_open_memory(struct profile **out, str bytes, const char *name,
                                const struct profile_options *o, struct err *e)
{
    static const struct profile_options defaults;
    struct stream *s;
    TRY(stream_open_memory(&s, bytes, name, e));
    struct record *r = record_make();
    enum status st = kineto_read(r, s, name, o != NULL ? o : &defaults, NULL, e);
    if (st == STATUS_OK)
        *out = record_finish(r);
    else
        record_drop(r);
    stream_close(s);
    return st;
}
