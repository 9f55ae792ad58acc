#include <math.h>

#include "base/os.h"
#include "gpu_check.h"
#include "gpu_read.h"

enum { MAX_BASES = 8, MAX_FILE_B = 1 << 20 };

struct folders {
    const char *const *at;
    size_t n;
};

/* A description that is being loaded, and the one that inherits from it. */
struct link {
    const char *path;
    const struct link *heir;
};

struct loader {
    struct gpu *g;
    struct arena *a;
    struct folders dirs;
    const struct gpu_source *sources;
    struct err *e;
};

/* --- names and files ------------------------------------------------------------------------- */

static bool is_path(str name)
{
    return str_has(name, STR("/")) || str_ends(name, STR(".json"));
}

/* The file of a description in one folder, NULL when it is not there. */
static const char *file_in(struct arena *a, const char *dir, const char *name)
{
    const char *path = os_join(a, dir, arena_printf(a, "%s.json", name));
    return os_is_file(path) ? path : NULL;
}

static const char *find_file(struct arena *a, struct folders dirs, const char *name)
{
    const char *path = NULL;
    for (size_t i = 0; i < dirs.n && path == NULL; i++)
        path = file_in(a, dirs.at[i], name);
    return path;
}

static const char *name_at(size_t i, void *arg)
{
    return (*(char ***)arg)[i];
}

static enum status fail_no_such(const struct loader *l, const char *name)
{
    char **names = NULL;
    size_t n = 0;
    err_set(l->e, STATUS_INPUT, "no GPU description is called '%.80s'", name);
    if (gpu_list(l->a, l->dirs.at, l->dirs.n, &names, &n, NULL) != STATUS_OK || n == 0) {
        for (size_t i = 0; i < l->dirs.n; i++)
            err_hint(l->e, "there are no descriptions in %s", l->dirs.at[i]);
        return STATUS_INPUT;
    }
    const char *nearest = str_nearest(str_from(name), n, name_at, &names);
    if (nearest != NULL)
        err_hint(l->e, "did you mean '%s'?", nearest);
    const char *all = "";
    for (size_t i = 0; i < n; i++)
        all = arena_printf(l->a, "%s%s%s", all, i == 0 ? "" : ", ", names[i]);
    err_expected(l->e, "one of %s", all);
    return STATUS_INPUT;
}

/* --- one document and its bases -------------------------------------------------------------- */

static enum status load_file(struct loader *l, const char *path, const struct link *heir);

static enum status fail_base(const struct gpu_reader *r, const char *why)
{
    err_set(r->e, STATUS_INPUT, "base '%s' %s", r->g->base, why);
    return gpu_fail_at(r, (struct gpu_place){{"base"}, 1});
}

static void mark_inherited(struct gpu *g)
{
    for (size_t id = 0; id < GPU_N_PARAMS; id++)
        g->note[id].origin = GPU_INHERITED;
    g->carveout_note.origin = GPU_INHERITED;
}

static enum status load_base(struct loader *l, const struct gpu_reader *r, const struct link *self)
{
    const char *name = l->g->base, *heir_name = l->g->name;
    unsigned depth = 0;
    const char *path = file_in(l->a, os_dirname(l->a, r->path), name);
    if (path == NULL)
        path = find_file(l->a, l->dirs, name);
    if (path == NULL) {
        (void)fail_no_such(l, name);
        return gpu_fail_at(r, (struct gpu_place){{"base"}, 1});
    }
    for (const struct link *k = self; k != NULL; k = k->heir, depth++)
        if (strcmp(k->path, path) == 0)
            return fail_base(r, "inherits from this description");
    if (depth > MAX_BASES)
        return fail_base(r, "is the ninth of a chain of bases");
    TRY(load_file(l, path, self));
    mark_inherited(l->g);
    l->g->name = heir_name;
    l->g->base = name;
    return STATUS_OK;
}

static enum status load_root(struct loader *l, struct gpu_reader *r, const json *root,
                             const struct link *heir)
{
    const struct link self = {r->path, heir};
    TRY(gpu_read_identity(r, root));
    if (l->g->base[0] != '\0')
        TRY(load_base(l, r, &self));
    r->sources = l->sources;
    TRY(gpu_read_values(r, root));
    l->sources = r->sources;
    l->g->file = r->path;
    return STATUS_OK;
}

static enum status check_complete(const struct gpu_reader *r)
{
    const char *first = NULL;
    size_t missing = 0;
    for (unsigned id = 0; id < GPU_N_PARAMS; id++)
        if (gpu_params[id].is_required && isnan(gpu_value(r->g, id)) && missing++ == 0)
            first = gpu_params[id].name;
    if (missing == 0)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "'%s' has no value for %s", r->g->name, first);
    if (missing > 1)
        err_found(r->e, "%zu required values missing", missing);
    err_hint(r->e, "give \"base\": the name of a description to inherit the rest from");
    err_at(r->e, r->path, 1, 1);
    return STATUS_INPUT;
}

/* Checks what inheritance has put together; an error stands where this file gives the value. */
static enum status check_whole(const struct gpu_reader *r)
{
    enum gpu_param_id culprit = GPU_N_PARAMS;
    TRY(check_complete(r));
    if (gpu_check_places(r->g, &culprit, r->e) == STATUS_OK)
        return STATUS_OK;
    if (culprit == GPU_N_PARAMS)
        return gpu_fail_at(
            r, (struct gpu_place){{GPU_CARVEOUTS_SECTION, GPU_CARVEOUTS_KEY, "value"}, 3});
    const struct gpu_param *p = &gpu_params[culprit];
    return gpu_fail_at(r, (struct gpu_place){{p->section, p->key, "value"}, 3});
}

static enum status load_document(struct loader *l, str text, const char *path,
                                 const struct link *heir)
{
    json *root = NULL;
    struct gpu_reader r = {l->g, l->a, text, path, NULL, l->e};
    TRY(json_parse(&root, text, path, l->e));
    enum status s = load_root(l, &r, root, heir);
    if (s == STATUS_OK && heir == NULL)
        s = check_whole(&r);
    json_free(root);
    return s;
}

static enum status load_file(struct loader *l, const char *path, const struct link *heir)
{
    str text;
    TRY(os_read_file(l->a, path, MAX_FILE_B, &text, l->e));
    return load_document(l, text, path, heir);
}

/* Nothing known yet. */
static void init_gpu(struct gpu *g)
{
    *g = (struct gpu){.name = "", .title = "", .file = "", .base = "", .remark = ""};
    for (size_t id = 0; id < GPU_N_PARAMS; id++) {
        ((double *)&g->v)[id] = (double)NAN;
        g->note[id] = (struct gpu_note){"", "", "", false, GPU_GIVEN};
    }
    g->carveout_note = g->note[0];
}

/* --- interface ------------------------------------------------------------------------------- */

enum status gpu_load_text(struct gpu *g, struct arena *a, str text, const char *path,
                          const char *const *dirs, size_t n_dirs, struct err *e)
{
    struct loader l = {g, a, {dirs, n_dirs}, NULL, e};
    init_gpu(g);
    return load_document(&l, text, arena_strdup(a, path), NULL);
}

enum status gpu_load(struct gpu *g, struct arena *a, const char *name_or_path,
                     const char *const *dirs, size_t n_dirs, struct err *e)
{
    struct loader l = {g, a, {dirs, n_dirs}, NULL, e};
    init_gpu(g);
    if (is_path(str_from(name_or_path)))
        return load_file(&l, arena_strdup(a, name_or_path), NULL);
    const char *path = find_file(a, l.dirs, name_or_path);
    if (path == NULL)
        return fail_no_such(&l, name_or_path);
    TRY(load_file(&l, path, NULL));
    if (strcmp(g->name, name_or_path) == 0)
        return STATUS_OK;
    err_set(e, STATUS_INPUT, "the file of '%s' describes '%s'", name_or_path, g->name);
    err_hint(e, "call the file '%s.json'", g->name);
    err_at(e, path, 0, 0);
    return STATUS_INPUT;
}

/* --- listing --------------------------------------------------------------------------------- */

enum status gpu_list(struct arena *a, const char *const *dirs, size_t n_dirs, char ***names,
                     size_t *n, struct err *e)
{
    return os_list_stems(a, dirs, n_dirs, ".json", names, n, e);
}
