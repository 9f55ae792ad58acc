/*
 * script_host.c: the traces of a run, opened once and shared by all its states.
 *
 * Entries are added at the head of a list with compare-and-swap and stay until the end, so readers
 * need no lock. Two threads that open or load the same thing at once both do; one result is
 * dropped.
 */
#include <stdlib.h>

#include "base/os.h"
#include "script_profile.h"

void host_init(struct script_host *h, const struct script_options *o)
{
    *h = (struct script_host){.o = o};
}

static void free_trace(struct host_trace *t)
{
    for (uint32_t i = 0, n = trace_n_kernels(t->trace); i < n; i++)
        if (t->kernels[i] != NULL)
            trace_kernel_release(t->kernels[i]);
    trace_close(t->trace);
    free(t->kernels);
    free(t->path);
    free(t);
}

void host_done(struct script_host *h)
{
    struct host_trace *t = h->traces;
    while (t != NULL) {
        struct host_trace *next = t->next;
        free_trace(t);
        t = next;
    }
    host_close_profiles(h);
}

static struct host_trace *find_open(struct host_trace *from, const char *path)
{
    for (struct host_trace *t = from; t != NULL; t = t->next)
        if (strcmp(t->path, path) == 0)
            return t;
    return NULL;
}

/* Adds `t` unless another thread was faster; returns the one that stays. */
static struct host_trace *publish(struct script_host *h, struct host_trace *t)
{
    t->next = atomic_load(&h->traces);
    do {
        struct host_trace *other = find_open(t->next, t->path);
        if (other != NULL) {
            free_trace(t);
            return other;
        }
    } while (!atomic_compare_exchange_weak(&h->traces, &t->next, t));
    return t;
}

enum status host_open_trace(struct script_host *h, const char *path, struct host_trace **out,
                            struct err *e)
{
    *out = find_open(atomic_load(&h->traces), path);
    if (*out != NULL)
        return STATUS_OK;
    struct trace *trace;
    TRY(trace_open(&trace, path, &(struct trace_options){0}, e));
    struct host_trace *t = calloc(1, sizeof *t);
    if (t != NULL) {
        t->trace = trace;
        t->path = strdup(path);
        t->kernels = calloc((size_t)trace_n_kernels(trace) + 1, sizeof t->kernels[0]);
    }
    if (t == NULL || t->path == NULL || t->kernels == NULL)
        os_fatal("out of memory");
    *out = publish(h, t);
    return STATUS_OK;
}

enum status host_load_kernel(struct host_trace *t, uint32_t i, const struct tick *tick,
                             const struct trace_kernel **out, struct err *e)
{
    *out = atomic_load(&t->kernels[i]);
    if (*out != NULL)
        return STATUS_OK;
    const struct trace_kernel *loaded, *other = NULL;
    TRY(trace_load(t->trace, i, tick, &loaded, e));
    *out = loaded;
    if (!atomic_compare_exchange_strong(&t->kernels[i], &other, loaded)) {
        trace_kernel_release(loaded);
        *out = other;
    }
    return STATUS_OK;
}

/* ---- names ---- */

/* What scripts open by name. */
struct kind {
    const char *name;
    const char *const *endings; /* of shipped ones; ends with NULL */
};

static const char *const trace_endings[] = {"", ".wst", ".traceg.xz", ".traceg", NULL};
static const char *const profile_endings[] = {"", ".json.gz", ".json", NULL};
static const struct kind kind_trace = {"trace", trace_endings};
static const struct kind kind_profile = {"profile", profile_endings};

static const char *find_given(const struct script_host *h, const char *name)
{
    for (size_t i = 0; i < h->o->n_traces; i++)
        if (strcmp(h->o->traces[i], name) == 0 || strcmp(os_basename(h->o->traces[i]), name) == 0)
            return h->o->traces[i];
    return NULL;
}

static const char *find_shipped(const struct script_host *h, struct arena *a, const char *name,
                                const struct kind *k)
{
    if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == 0)
        return NULL;
    for (const char *const *ending = k->endings; *ending != NULL; ending++) {
        const char *path = arena_printf(a, "%s/traces/%s%s", h->o->data_dir, name, *ending);
        if (os_is_file(path))
            return path;
    }
    return NULL;
}

static const char *find(const struct script_host *h, struct arena *a, const char *name,
                        const struct kind *k, struct err *e)
{
    const char *path = find_given(h, name);
    if (path == NULL && h->o->is_unsafe && (os_is_file(name) || os_is_dir(name)))
        path = arena_strdup(a, name);
    if (path == NULL)
        path = find_shipped(h, a, name, k);
    if (path != NULL)
        return path;
    err_set(e, STATUS_INPUT, "no %s '%s' was given and none of that name is shipped", k->name,
            name);
    err_hint(e, "name it with --trace");
    return NULL;
}

const char *host_find_trace(const struct script_host *h, struct arena *a, const char *name,
                            struct err *e)
{
    return find(h, a, name, &kind_trace, e);
}

const char *host_find_profile(const struct script_host *h, struct arena *a, const char *name,
                              struct err *e)
{
    return find(h, a, name, &kind_profile, e);
}
