#include "prof/host.h"

#include <math.h>

#include "base/json.h"
#include "base/os.h"

enum { MAX_FILE_B = 1 << 20 };

const struct host_param host_params[HOST_N_PARAMS] = {
#define X(field, key, unit, min, max, help) {key, unit, help, min, max},
    HOST_PARAM_LIST(X)
#undef X
};

struct reader {
    struct host *h;
    struct arena *a;
    str text;
    const char *path;
    const json *sources;
    struct err *e;
};

static bool is_kind(const json *j, enum json_kind kind)
{
    return j != NULL && json_kind(j) == kind;
}

/* ---- places ---- */

/* Adds the line of root[key] or root[key][below] to the error; gives STATUS_INPUT. */
static enum status fail_at(const struct reader *r, const char *key, const char *below)
{
    const char *path[] = {key, below};
    unsigned line = json_line(r->text, path, below != NULL ? 2 : 1);
    if (line == 0)
        line = json_line(r->text, path, 1);
    err_at(r->e, r->path, line != 0 ? line : 1, 0);
    return STATUS_INPUT;
}

static enum status fail_kind(const struct reader *r, const json *j, const char *expected,
                             const char *key, const char *below)
{
    err_set(r->e, STATUS_INPUT, "'%.80s' is not %s", below != NULL ? below : key, expected);
    err_expected(r->e, "%s", expected);
    err_found(r->e, "%s", j == NULL ? "nothing" : json_kind_name(json_kind(j)));
    return fail_at(r, key, below);
}

/* ---- members ---- */

struct names {
    const char *const *at;
    size_t n;
};

static const char *name_at(size_t i, void *arg)
{
    return ((const struct names *)arg)->at[i];
}

static bool is_repeated(const json *first, const json *member)
{
    for (; first != member; first = json_next(first))
        if (strcmp(json_key(first), json_key(member)) == 0)
            return true;
    return false;
}

static bool has_name(struct names names, const char *key)
{
    for (size_t i = 0; i < names.n; i++)
        if (strcmp(names.at[i], key) == 0)
            return true;
    return false;
}

/* Every member of `object` is one of `names` and stands there once; `in` NULL = the root. */
static enum status check_members(const struct reader *r, const json *object, struct names names,
                                 const char *in)
{
    for (const json *m = json_child(object); m != NULL; m = json_next(m)) {
        const char *key = json_key(m);
        if (has_name(names, key) && !is_repeated(json_child(object), m))
            continue;
        const char *nearest = str_nearest(str_from(key), names.n, name_at, &names);
        if (has_name(names, key))
            err_set(r->e, STATUS_INPUT, "'%.80s' stands twice", key);
        else
            err_set(r->e, STATUS_INPUT, "'%.80s' is no member of %s", key,
                    in != NULL ? in : "a host description");
        if (!has_name(names, key) && nearest != NULL)
            err_hint(r->e, "did you mean '%s'?", nearest);
        return in != NULL ? fail_at(r, in, key) : fail_at(r, key, NULL);
    }
    return STATUS_OK;
}

/* A text of the root, or of one of its members; "" where it is absent and need not be there. */
static enum status read_text(const struct reader *r, const json *object, const char *in,
                             const char *key, bool is_required, const char **out)
{
    const json *j = json_get(object, key);
    *out = "";
    if (j == NULL && !is_required)
        return STATUS_OK;
    if (!is_kind(j, JSON_STRING) || (is_required && json_string(j)[0] == '\0'))
        return fail_kind(r, j, "a text", in != NULL ? in : key, in != NULL ? key : NULL);
    *out = arena_strdup(r->a, json_string(j));
    return STATUS_OK;
}

/* ---- values ---- */

static enum status read_source(const struct reader *r, const json *object, const char *key,
                               struct host_note *note)
{
    TRY(read_text(r, object, key, "source", true, &note->tag));
    const json *source = json_get(r->sources, note->tag);
    if (is_kind(source, JSON_STRING)) {
        note->source = arena_strdup(r->a, json_string(source));
        return STATUS_OK;
    }
    err_set(r->e, STATUS_INPUT, "'%s' names a source that is not described", key);
    err_expected(r->e, "a member of \"sources\"");
    err_found(r->e, "\"%.80s\"", note->tag);
    return fail_at(r, key, "source");
}

static enum status read_unit(const struct reader *r, const json *object, const struct host_param *p)
{
    const char *unit;
    TRY(read_text(r, object, p->key, "unit", true, &unit));
    if (strcmp(unit, p->unit) == 0)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "'%s' has the wrong unit", p->key);
    err_expected(r->e, "\"%s\"", p->unit);
    err_found(r->e, "\"%.80s\"", unit);
    return fail_at(r, p->key, "unit");
}

static enum status read_number(const struct reader *r, const json *value, enum host_param_id id)
{
    const struct host_param *p = &host_params[id];
    if (!is_kind(value, JSON_NUMBER))
        return fail_kind(r, value, "a number or null", p->key, "value");
    double v = json_number(value);
    ((double *)&r->h->v)[id] = v;
    if (v >= p->min && v <= p->max)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "'%s' is out of range", p->key);
    err_expected(r->e, "%g to %g %s", p->min, p->max, p->unit);
    err_found(r->e, "%g", v);
    return fail_at(r, p->key, "value");
}

static enum status read_inferred(const struct reader *r, const json *object, const char *key,
                                 bool *out)
{
    const json *j = json_get(object, "inferred");
    if (j != NULL && !is_kind(j, JSON_BOOL))
        return fail_kind(r, j, "true or false", key, "inferred");
    *out = j != NULL && json_bool(j);
    return STATUS_OK;
}

static enum status read_param(const struct reader *r, const json *root, enum host_param_id id)
{
    static const char *const keys[] = {"value", "unit", "source", "inferred", "note"};
    const struct host_param *p = &host_params[id];
    struct host_note *note = &r->h->note[id];
    const json *object = json_get(root, p->key);
    ((double *)&r->h->v)[id] = (double)NAN;
    *note = (struct host_note){"", "", "", false};
    if (!is_kind(object, JSON_OBJECT)) {
        (void)fail_kind(r, object, "an object with value, unit and source", p->key, NULL);
        err_hint(r->e, "write \"value\": null and a \"note\" for what nobody knows");
        return STATUS_INPUT;
    }
    TRY(check_members(r, object, (struct names){keys, ARRAY_LEN(keys)}, p->key));
    TRY(read_unit(r, object, p));
    TRY(read_inferred(r, object, p->key, &note->is_inferred));
    const json *value = json_get(object, "value");
    bool is_unknown = is_kind(value, JSON_NULL);
    TRY(read_text(r, object, p->key, "note", is_unknown, &note->note));
    if (is_unknown)
        return STATUS_OK;
    TRY(read_number(r, value, id));
    return read_source(r, object, p->key, note);
}

/* ---- the document ---- */

static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    return n > 0 && n <= 64 && s[n] == '\0' && s[0] != '.';
}

static enum status read_head(struct reader *r, const json *root)
{
    struct host *h = r->h;
    const json *schema = json_get(root, "schema");
    if (!is_kind(schema, JSON_NUMBER) || json_number(schema) != 1)
        return fail_kind(r, schema, "the number 1", "schema", NULL);
    TRY(read_text(r, root, NULL, "name", true, &h->name));
    if (!is_name(h->name)) {
        err_set(r->e, STATUS_INPUT, "'name' is no name of a description");
        err_expected(r->e, "1 to 64 letters, digits and - _ .");
        err_found(r->e, "\"%.80s\"", h->name);
        return fail_at(r, "name", NULL);
    }
    TRY(read_text(r, root, NULL, "title", true, &h->title));
    TRY(read_text(r, root, NULL, "cpu", true, &h->cpu));
    TRY(read_text(r, root, NULL, "gpu", true, &h->gpu));
    TRY(read_text(r, root, NULL, "link", true, &h->link));
    TRY(read_text(r, root, NULL, "remark", false, &h->remark));
    r->sources = json_get(root, "sources");
    if (!is_kind(r->sources, JSON_OBJECT))
        return fail_kind(r, r->sources, "an object of texts", "sources", NULL);
    return STATUS_OK;
}

static enum status read_root(struct reader *r, const json *root)
{
    const char *keys[8 + HOST_N_PARAMS] = {"schema", "name", "title",  "cpu",
                                           "gpu",    "link", "remark", "sources"};
    for (size_t i = 0; i < HOST_N_PARAMS; i++)
        keys[8 + i] = host_params[i].key;
    if (!is_kind(root, JSON_OBJECT)) {
        err_set(r->e, STATUS_INPUT, "a host description is an object");
        err_found(r->e, "%s", json_kind_name(json_kind(root)));
        err_at(r->e, r->path, 1, 1);
        return STATUS_INPUT;
    }
    TRY(check_members(r, root, (struct names){keys, ARRAY_LEN(keys)}, NULL));
    TRY(read_head(r, root));
    for (int id = 0; id < HOST_N_PARAMS; id++)
        TRY(read_param(r, root, (enum host_param_id)id));
    return STATUS_OK;
}

enum status host_load_text(struct host *h, struct arena *a, str text, const char *path,
                           struct err *e)
{
    struct reader r = {.h = h, .a = a, .text = text, .path = path, .e = e};
    json *root = NULL;
    *h = (struct host){.file = arena_strdup(a, path)};
    TRY(json_parse(&root, text, path, e));
    enum status s = read_root(&r, root);
    json_free(root);
    return s;
}

/* ---- files ---- */

static const char *find_file(struct arena *a, const char *const *dirs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = os_join(a, dirs[i], arena_printf(a, "%s.json", name));
        if (os_is_file(path))
            return path;
    }
    return NULL;
}

static enum status fail_no_such(struct arena *a, const char *name, const char *const *dirs,
                                size_t n_dirs, struct err *e)
{
    char **all = NULL;
    size_t n = 0;
    err_set(e, STATUS_INPUT, "no host description is called '%.80s'", name);
    if (host_list(a, dirs, n_dirs, &all, &n, NULL) != STATUS_OK || n == 0)
        return STATUS_INPUT;
    struct names names = {(const char *const *)all, n};
    const char *nearest = str_nearest(str_from(name), n, name_at, &names);
    if (nearest != NULL)
        err_hint(e, "did you mean '%s'?", nearest);
    const char *list = all[0];
    for (size_t i = 1; i < n; i++)
        list = arena_printf(a, "%s, %s", list, all[i]);
    err_expected(e, "one of %s", list);
    return STATUS_INPUT;
}

enum status host_load(struct host *h, struct arena *a, const char *name_or_path,
                      const char *const *dirs, size_t n_dirs, struct err *e)
{
    str bytes, name = str_from(name_or_path);
    bool is_path = str_has(name, STR("/")) || str_ends(name, STR(".json"));
    const char *path = is_path ? name_or_path : find_file(a, dirs, n_dirs, name_or_path);
    if (path == NULL)
        return fail_no_such(a, name_or_path, dirs, n_dirs, e);
    TRY(os_read_file(a, path, MAX_FILE_B, &bytes, e));
    TRY(host_load_text(h, a, bytes, path, e));
    if (is_path || strcmp(h->name, name_or_path) == 0)
        return STATUS_OK;
    err_set(e, STATUS_INPUT, "the file of '%s' describes '%s'", name_or_path, h->name);
    err_hint(e, "call the file '%s.json'", h->name);
    err_at(e, path, 0, 0);
    return STATUS_INPUT;
}

enum status host_list(struct arena *a, const char *const *dirs, size_t n_dirs, char ***names,
                      size_t *n, struct err *e)
{
    return os_list_stems(a, dirs, n_dirs, ".json", names, n, e);
}
