#include "gpu_read.h"

#include <math.h>
#include <stdio.h>

#include "gpu_check.h"

/* --- places ---------------------------------------------------------------------------------- */

static str line_of(str text, unsigned line)
{
    str at = {0};
    for (unsigned i = 0; i < line && str_cut(&text, '\n', &at); i++)
        ;
    return at;
}

/* Where `"key"` stands in `line`, from byte `from` on; `from` itself when it is not there. */
static size_t find_key(str line, size_t from, const char *key)
{
    size_t n = strlen(key);
    for (size_t i = from; i + n + 2 <= line.n; i++)
        if (line.p[i] == '"' && memcmp(line.p + i + 1, key, n) == 0 && line.p[i + n + 1] == '"')
            return i;
    return from;
}

enum status gpu_fail_at(const struct gpu_reader *r, struct gpu_place at)
{
    unsigned line = 0;
    size_t column = 0;
    for (size_t i = 0; i < at.n; i++) {
        unsigned next = json_line(r->text, at.key, i + 1);
        if (next == 0)
            break;
        column = find_key(line_of(r->text, next), next == line ? column : 0, at.key[i]);
        line = next;
    }
    err_at(r->e, r->path, line, line == 0 ? 0 : (unsigned)column + 1);
    return STATUS_INPUT;
}

static struct gpu_place below(struct gpu_place at, const char *key)
{
    ASSERT(at.n < ARRAY_LEN(at.key));
    at.key[at.n++] = key;
    return at;
}

static const struct gpu_place root_place = {{NULL}, 0};

static const char *last_key(struct gpu_place at)
{
    return at.n == 0 ? "the description" : at.key[at.n - 1];
}

/* --- members --------------------------------------------------------------------------------- */

struct names {
    const char *const *at;
    size_t n;
};

static const char *name_at(size_t i, void *arg)
{
    return ((const struct names *)arg)->at[i];
}

static bool has_name(struct names names, const char *key)
{
    for (size_t i = 0; i < names.n; i++)
        if (strcmp(names.at[i], key) == 0)
            return true;
    return false;
}

static bool is_repeated(const json *first, const json *member)
{
    for (; first != member; first = json_next(first))
        if (strcmp(json_key(first), json_key(member)) == 0)
            return true;
    return false;
}

/* A section other than `section` that has `key`. */
static const char *other_home(const char *section, const char *key)
{
    for (size_t id = 0; id < GPU_N_PARAMS; id++)
        if (strcmp(gpu_params[id].key, key) == 0 && strcmp(gpu_params[id].section, section) != 0)
            return gpu_params[id].section;
    return NULL;
}

static enum status fail_unknown(const struct gpu_reader *r, const char *key, struct names names,
                                struct gpu_place at)
{
    const char *nearest = str_nearest(str_from(key), names.n, name_at, &names);
    const char *home = other_home(last_key(at), key);
    if (at.n == 0)
        err_set(r->e, STATUS_INPUT, "'%.80s' is no member of a description", key);
    else
        err_set(r->e, STATUS_INPUT, "'%.80s' is no member of '%s'", key, last_key(at));
    if (home != NULL)
        err_hint(r->e, "'%s' belongs to \"%s\"", key, home);
    else if (nearest != NULL)
        err_hint(r->e, "did you mean '%s'?", nearest);
    else
        err_hint(r->e, "`warpscope gpu show NAME` has all sections and members");
    return gpu_fail_at(r, below(at, key));
}

/* Every member of `object` is one of `names` and stands there once. */
static enum status check_members(const struct gpu_reader *r, const json *object, struct names names,
                                 struct gpu_place at)
{
    for (const json *m = json_child(object); m != NULL; m = json_next(m)) {
        if (!has_name(names, json_key(m)))
            return fail_unknown(r, json_key(m), names, at);
        if (is_repeated(json_child(object), m)) {
            err_set(r->e, STATUS_INPUT, "'%s' stands twice in '%s'", json_key(m), last_key(at));
            return gpu_fail_at(r, below(at, json_key(m)));
        }
    }
    return STATUS_OK;
}

static enum status fail_kind(const struct gpu_reader *r, const json *j, const char *expected,
                             struct gpu_place at)
{
    err_set(r->e, STATUS_INPUT, "'%s' is not %s", last_key(at), expected);
    err_expected(r->e, "%s", expected);
    err_found(r->e, "%s", json_kind_name(json_kind(j)));
    return gpu_fail_at(r, at);
}

static enum status fail_absent(const struct gpu_reader *r, const char *what, const char *expected,
                               struct gpu_place at)
{
    err_set(r->e, STATUS_INPUT, "'%s' has no \"%s\"", last_key(at), what);
    err_expected(r->e, "%s", expected);
    return gpu_fail_at(r, at);
}

/* A string member of `object` into *out, which is left alone when there is none. */
static enum status read_string(const struct gpu_reader *r, const json *object, const char *key,
                               const char **out, struct gpu_place at)
{
    const json *j = json_get(object, key);
    if (j == NULL)
        return STATUS_OK;
    if (json_kind(j) != JSON_STRING)
        return fail_kind(r, j, "a string", below(at, key));
    *out = arena_strdup(r->a, json_string(j));
    return STATUS_OK;
}

static enum status read_bool(const struct gpu_reader *r, const json *object, const char *key,
                             bool *out, struct gpu_place at)
{
    const json *j = json_get(object, key);
    if (j == NULL)
        return STATUS_OK;
    if (json_kind(j) != JSON_BOOL)
        return fail_kind(r, j, "true or false", below(at, key));
    *out = json_bool(j);
    return STATUS_OK;
}

/* --- a value with unit and source ------------------------------------------------------------ */

static enum status check_unit(const struct gpu_reader *r, const json *object, const char *unit,
                              struct gpu_place at)
{
    char expected[60];
    const char *found = NULL;
    snprintf(expected, sizeof expected, "\"unit\": \"%s\"", unit);
    TRY(read_string(r, object, "unit", &found, at));
    if (found == NULL)
        return fail_absent(r, "unit", expected, at);
    if (strcmp(found, unit) == 0)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "'%s' has the wrong unit", last_key(at));
    err_expected(r->e, "%s", expected);
    err_found(r->e, "\"%.40s\"", found);
    return gpu_fail_at(r, below(at, "unit"));
}

static const char *tag_at(size_t i, void *arg)
{
    const struct gpu_source *s = *(const struct gpu_source **)arg;
    while (i-- > 0)
        s = s->next;
    return s->tag;
}

static enum status fail_tag(const struct gpu_reader *r, const char *tag, struct gpu_place at)
{
    const struct gpu_source *first = r->sources;
    size_t n = 0;
    for (const struct gpu_source *s = first; s != NULL; s = s->next)
        n++;
    err_set(r->e, STATUS_INPUT, "source '%.80s' of '%s' is not known", tag, last_key(at));
    err_expected(r->e, "a member of \"sources\" of this file or of its base");
    const char *nearest = str_nearest(str_from(tag), n, tag_at, &first);
    if (nearest != NULL)
        err_hint(r->e, "did you mean '%s'?", nearest);
    return gpu_fail_at(r, below(at, "source"));
}

static enum status read_note(const struct gpu_reader *r, const json *object, struct gpu_note *note,
                             struct gpu_place at)
{
    *note = (struct gpu_note){NULL, "", "", false, GPU_GIVEN};
    TRY(read_bool(r, object, "inferred", &note->is_inferred, at));
    TRY(read_string(r, object, "note", &note->note, at));
    TRY(read_string(r, object, "source", &note->tag, at));
    if (note->tag == NULL)
        return fail_absent(r, "source", "\"source\": a member of \"sources\"", at);
    for (const struct gpu_source *s = r->sources; s != NULL; s = s->next)
        if (strcmp(s->tag, note->tag) == 0) {
            note->source = s->text;
            return STATUS_OK;
        }
    return fail_tag(r, note->tag, at);
}

/* What every value has, whatever its kind; the value itself is left to the caller. */
static enum status read_frame(const struct gpu_reader *r, const json *object, const char *unit,
                              struct gpu_note *note, struct gpu_place at)
{
    static const char *const members[] = {"value", "unit", "source", "inferred", "note"};
    if (json_kind(object) != JSON_OBJECT)
        return fail_kind(r, object, "an object of \"value\", \"unit\" and \"source\"", at);
    TRY(check_members(r, object, (struct names){members, ARRAY_LEN(members)}, at));
    if (json_get(object, "value") == NULL)
        return fail_absent(r, "value", "\"value\": a number", at);
    TRY(check_unit(r, object, unit, at));
    return read_note(r, object, note, at);
}

/* null: known of the base, not of this chip. */
static enum status read_null(const struct gpu_reader *r, enum gpu_param_id id, struct gpu_place at)
{
    ((double *)&r->g->v)[id] = (double)NAN;
    r->g->note[id] = (struct gpu_note){"", "", "", false, GPU_GIVEN};
    if (!gpu_params[id].is_required)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "'%s' is null, but every description needs it", last_key(at));
    err_expected(r->e, "a number of %s", gpu_params[id].unit);
    return gpu_fail_at(r, at);
}

static enum status read_param(const struct gpu_reader *r, enum gpu_param_id id, const json *object,
                              struct gpu_place at)
{
    if (json_kind(object) == JSON_NULL)
        return read_null(r, id, at);
    TRY(read_frame(r, object, gpu_params[id].unit, &r->g->note[id], at));
    const json *value = json_get(object, "value");
    if (json_kind(value) != JSON_NUMBER)
        return fail_kind(r, value, "a number", below(at, "value"));
    if (gpu_check_value(id, json_number(value), r->e) != STATUS_OK)
        return gpu_fail_at(r, below(at, "value"));
    ((double *)&r->g->v)[id] = json_number(value);
    return STATUS_OK;
}

static enum status read_carveouts(const struct gpu_reader *r, const json *object,
                                  struct gpu_place at)
{
    struct gpu *g = r->g;
    TRY(read_frame(r, object, "KiB", &g->carveout_note, at));
    const json *list = json_get(object, "value");
    if (json_kind(list) != JSON_ARRAY)
        return fail_kind(r, list, "an array of numbers", below(at, "value"));
    g->n_carveouts = 0;
    for (const json *j = json_child(list); j != NULL; j = json_next(j)) {
        if (json_kind(j) != JSON_NUMBER || !(json_number(j) >= 0))
            return fail_kind(r, j, "an array of sizes", below(at, "value"));
        if (g->n_carveouts == GPU_MAX_CARVEOUTS)
            return fail_kind(r, list, "an array of at most 16 sizes", below(at, "value"));
        g->carveout_kib[g->n_carveouts++] = json_number(j);
    }
    return STATUS_OK;
}

/* --- sections -------------------------------------------------------------------------------- */

/* The keys of one section, from the table. */
static struct names keys_of(const char *section, const char *names[GPU_N_PARAMS + 1])
{
    size_t n = 0;
    for (size_t id = 0; id < GPU_N_PARAMS; id++)
        if (strcmp(gpu_params[id].section, section) == 0)
            names[n++] = gpu_params[id].key;
    if (strcmp(section, GPU_CARVEOUTS_SECTION) == 0)
        names[n++] = GPU_CARVEOUTS_KEY;
    return (struct names){names, n};
}

static enum status read_section(const struct gpu_reader *r, const json *section, struct names names)
{
    struct gpu_place at = below(root_place, json_key(section));
    if (json_kind(section) != JSON_OBJECT)
        return fail_kind(r, section, "an object of values", at);
    TRY(check_members(r, section, names, at));
    for (unsigned id = 0; id < GPU_N_PARAMS; id++) {
        const struct gpu_param *p = &gpu_params[id];
        const json *member =
            strcmp(p->section, json_key(section)) == 0 ? json_get(section, p->key) : NULL;
        if (member != NULL)
            TRY(read_param(r, id, member, below(at, p->key)));
    }
    const json *carveouts = json_get(section, GPU_CARVEOUTS_KEY);
    return carveouts == NULL ? STATUS_OK
                             : read_carveouts(r, carveouts, below(at, GPU_CARVEOUTS_KEY));
}

/* --- the document ---------------------------------------------------------------------------- */

static const char *const head[] = {
    "schema", "name", "title", "arch", "isa", "base", "remark", "sources", GPU_FROM_L1_KEY,
};

static struct names root_names(const char *names[ARRAY_LEN(head) + GPU_N_PARAMS])
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(head); i++)
        names[n++] = head[i];
    for (size_t id = 0; id < GPU_N_PARAMS; id++)
        if (!has_name((struct names){names, n}, gpu_params[id].section))
            names[n++] = gpu_params[id].section;
    return (struct names){names, n};
}

static enum status read_schema(const struct gpu_reader *r, const json *root)
{
    const json *schema = json_get(root, "schema");
    if (schema == NULL)
        return fail_absent(r, "schema", "\"schema\": 1", root_place);
    if (json_kind(schema) == JSON_NUMBER && json_number(schema) == 1)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "the schema of this description is not known");
    err_expected(r->e, "\"schema\": 1");
    if (json_kind(schema) == JSON_NUMBER)
        err_found(r->e, "%g", json_number(schema));
    return gpu_fail_at(r, below(root_place, "schema"));
}

static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    return n > 0 && n <= 64 && s[n] == '\0' && s[0] != '.';
}

static enum status read_name(const struct gpu_reader *r, const json *root, const char *key,
                             const char **out)
{
    TRY(read_string(r, root, key, out, root_place));
    if (is_name(*out))
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "'%s' is no name of a description", key);
    err_expected(r->e, "1 to 64 letters, digits and - _ .");
    err_found(r->e, "\"%.80s\"", *out);
    return gpu_fail_at(r, below(root_place, key));
}

enum status gpu_read_identity(struct gpu_reader *r, const json *root)
{
    const char *names[ARRAY_LEN(head) + GPU_N_PARAMS];
    if (json_kind(root) != JSON_OBJECT) {
        (void)fail_kind(r, root, "an object", root_place);
        err_at(r->e, r->path, 1, 1);
        return STATUS_INPUT;
    }
    TRY(check_members(r, root, root_names(names), root_place));
    TRY(read_schema(r, root));
    if (json_get(root, "name") == NULL)
        return fail_absent(r, "name", "\"name\": what the file is called", root_place);
    r->g->base = "";
    TRY(read_name(r, root, "name", &r->g->name));
    return json_get(root, "base") == NULL ? STATUS_OK : read_name(r, root, "base", &r->g->base);
}

static enum status read_sources(struct gpu_reader *r, const json *root)
{
    struct gpu_place at = below(root_place, "sources");
    const json *sources = json_get(root, "sources");
    if (sources == NULL)
        return STATUS_OK;
    if (json_kind(sources) != JSON_OBJECT)
        return fail_kind(r, sources, "an object of texts", at);
    for (const json *j = json_child(sources); j != NULL; j = json_next(j)) {
        if (json_kind(j) != JSON_STRING || json_string(j)[0] == '\0')
            return fail_kind(r, j, "a text that names the source", below(at, json_key(j)));
        struct gpu_source *s = ARENA_NEW(r->a, struct gpu_source);
        s->tag = arena_strdup(r->a, json_key(j));
        s->text = arena_strdup(r->a, json_string(j));
        s->next = r->sources;
        r->sources = s;
    }
    return STATUS_OK;
}

static enum status check_arch(const struct gpu_reader *r)
{
    uint64_t isa = 0;
    str arch = str_from(r->g->arch);
    bool is_arch = str_starts(arch, STR("sm_")) &&
                   str_parse_u64((str){arch.p + 3, arch.n - 3}, &isa) && isa == r->g->isa;
    if (is_arch)
        return STATUS_OK;
    err_set(r->e, STATUS_INPUT, "\"arch\" and \"isa\" do not fit together");
    err_expected(r->e, "such as \"arch\": \"sm_80\" and \"isa\": 80");
    err_found(r->e, "\"%.40s\" and %u", r->g->arch, r->g->isa);
    return gpu_fail_at(r, below(root_place, "arch"));
}

static enum status read_arch(const struct gpu_reader *r, const json *root)
{
    const json *isa = json_get(root, "isa");
    if (isa != NULL) {
        double v = json_number(isa);
        if (!(v >= 50 && v <= 999) || v != floor(v))
            return fail_kind(r, isa, "a whole number from 50 to 999", below(root_place, "isa"));
        r->g->isa = (unsigned)v;
    }
    TRY(read_string(r, root, "arch", &r->g->arch, root_place));
    if (r->g->arch == NULL)
        return fail_absent(r, "arch", "such as \"arch\": \"sm_80\"", root_place);
    if (r->g->isa == 0)
        return fail_absent(r, "isa", "such as \"isa\": 80", root_place);
    return check_arch(r);
}

enum status gpu_read_values(struct gpu_reader *r, const json *root)
{
    struct gpu *g = r->g;
    g->title = g->name;
    g->remark = "";
    TRY(read_string(r, root, "title", &g->title, root_place));
    TRY(read_string(r, root, "remark", &g->remark, root_place));
    TRY(read_bool(r, root, GPU_FROM_L1_KEY, &g->dram_from_l1, root_place));
    TRY(read_arch(r, root));
    TRY(read_sources(r, root));
    for (const json *m = json_child(root); m != NULL; m = json_next(m)) {
        const char *storage[GPU_N_PARAMS + 1];
        struct names names = keys_of(json_key(m), storage);
        if (names.n > 0)
            TRY(read_section(r, m, names));
    }
    return STATUS_OK;
}
