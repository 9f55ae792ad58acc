/*
 * script_host_profile.c: the profiles of a script, opened and analysed once and shared by all its
 * states.
 *
 * Entries are added at the head of a list with compare-and-swap and stay until the end. A profile
 * that is analysed in several ways, such as step by step, is read once.
 */
#include <stdlib.h>

#include "base/os.h"
#include "script_profile.h"

struct host_run {
    struct host_profile p;
    struct profile *recorded;
    char *paths; /* a line each */
    char *step;  /* of p.options; may be NULL */
    struct host_run *next;
};

/* ---- kernels of the window ---- */

static bool is_shown(const struct launches *l, uint32_t work)
{
    return l->profile->works[work].kind == PROFILE_KERNEL &&
           tklqt_selects(&l->select, l->profile, &l->lineage, work);
}

void host_profile_list(struct host_profile *p)
{
    const struct launches *l = p->launches;
    p->kernels = calloc((size_t)l->profile->n_kernels + 1, sizeof p->kernels[0]);
    if (p->kernels == NULL)
        os_fatal("out of memory");
    for (uint32_t i = 0; i < l->profile->n_works; i++)
        if (is_shown(l, i))
            p->kernels[p->n_kernels++] = i;
}

void host_profile_done(struct host_profile *p)
{
    launches_release(p->launches);
    free(p->kernels);
}

/* ---- the list ---- */

static void free_run(struct host_run *r)
{
    host_profile_done(&r->p);
    profile_release(r->recorded);
    free(r->paths);
    free(r->step);
    free(r);
}

void host_close_profiles(struct script_host *h)
{
    struct host_run *r = h->runs;
    while (r != NULL) {
        struct host_run *next = r->next;
        free_run(r);
        r = next;
    }
}

static bool is_same_step(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same_analysis(const struct launches_options *a, const struct launches_options *b)
{
    return is_same_step(a->step, b->step) && a->fusion.longest == b->fusion.longest &&
           a->fusion.min_n == b->fusion.min_n && a->fusion.length == b->fusion.length;
}

/* `o` NULL = analysed in any way. */
static struct host_run *find_run(struct host_run *from, const char *paths,
                                 const struct launches_options *o)
{
    for (struct host_run *r = from; r != NULL; r = r->next)
        if (strcmp(r->paths, paths) == 0 && (o == NULL || is_same_analysis(&r->p.options, o)))
            return r;
    return NULL;
}

/* Adds `r` unless another thread was faster; returns the one that stays. */
static struct host_run *publish(struct script_host *h, struct host_run *r)
{
    r->next = atomic_load(&h->runs);
    do {
        struct host_run *other = find_run(r->next, r->paths, &r->p.options);
        if (other != NULL) {
            free_run(r);
            return other;
        }
    } while (!atomic_compare_exchange_weak(&h->runs, &r->next, r));
    return r;
}

/* ---- opening ---- */

static char *copy(const char *text)
{
    char *c = strdup(text);
    if (c == NULL)
        os_fatal("out of memory");
    return c;
}

static struct host_run *make_run(const struct launches *l, struct profile *recorded,
                                 const char *paths, const struct launches_options *o)
{
    struct host_run *r = calloc(1, sizeof *r);
    if (r == NULL)
        os_fatal("out of memory");
    r->p = (struct host_profile){.launches = l, .options = *o};
    r->recorded = profile_retain(recorded);
    r->paths = copy(paths);
    r->step = o->step == NULL ? NULL : copy(o->step);
    r->p.options.step = r->step;
    host_profile_list(&r->p);
    return r;
}

/* Another entry of the same files has what was read of them. */
static enum status read_files(struct script_host *h, const char *const *paths, size_t n,
                              const char *key, const struct tick *tick, struct profile **out,
                              struct err *e)
{
    const struct host_run *other = find_run(atomic_load(&h->runs), key, NULL);
    if (other == NULL)
        return profile_open(out, paths, n, NULL, tick, e);
    *out = profile_retain(other->recorded);
    return STATUS_OK;
}

static const char *join_lines(struct arena *a, const char *const *paths, size_t n)
{
    struct text lines;
    text_init(&lines);
    for (size_t i = 0; i < n; i++)
        text_printf(&lines, "%s\n", paths[i]);
    const char *joined = arena_strdup(a, text_cstr(&lines));
    text_done(&lines);
    return joined;
}

enum status host_open_profile(struct script_host *h, struct arena *scratch,
                              const char *const *paths, size_t n, const struct launches_options *o,
                              const struct tick *tick, const struct host_profile **out,
                              struct err *e)
{
    const char *key = join_lines(scratch, paths, n);
    struct host_run *r = find_run(atomic_load(&h->runs), key, o);
    if (r == NULL) {
        struct profile *recorded;
        const struct launches *l;
        TRY(read_files(h, paths, n, key, tick, &recorded, e));
        enum status s = launches_make(&l, recorded, o, tick, e);
        if (s == STATUS_OK)
            r = publish(h, make_run(l, recorded, key, o));
        profile_release(recorded);
        TRY(s);
    }
    *out = &r->p;
    return STATUS_OK;
}
