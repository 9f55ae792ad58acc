#include <math.h>

#include "gpu_read.h"

/* The sources of what is written, each text under a tag of its own. */
struct tags {
    struct {
        const char *tag, *text;
    } at[GPU_N_PARAMS + 1];
    size_t n;
};

struct writer {
    const struct gpu *g, *base;
    const char *changed; /* source of changed values */
    struct arena arena;
    struct tags tags;
};

/* --- sources --------------------------------------------------------------------------------- */

static bool has_tag(const struct tags *t, const char *tag)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->at[i].tag, tag) == 0)
            return true;
    return false;
}

/* `tag`, or `tag-2` and so on where files of one chain gave a tag to different texts. */
static const char *free_tag(struct writer *w, const char *tag)
{
    const char *candidate = tag;
    for (unsigned i = 2; has_tag(&w->tags, candidate); i++)
        candidate = arena_printf(&w->arena, "%s-%u", tag, i);
    return candidate;
}

static const char *tag_of(struct writer *w, const struct gpu_note *note)
{
    bool is_changed = note->origin == GPU_CHANGED;
    const char *text = is_changed ? w->changed : note->source;
    struct tags *t = &w->tags;
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->at[i].text, text) == 0)
            return t->at[i].tag;
    t->at[t->n].tag = free_tag(w, is_changed ? "edit" : note->tag);
    t->at[t->n].text = text;
    return t->at[t->n++].tag;
}

/* --- values ---------------------------------------------------------------------------------- */

static void add_frame(struct writer *w, json *object, const char *unit, const struct gpu_note *note)
{
    json_add_string(object, "unit", unit);
    json_add_string(object, "source", tag_of(w, note));
    if (note->is_inferred)
        json_add_bool(object, "inferred", true);
    if (note->note[0] != '\0')
        json_add_string(object, "note", note->note);
}

static void add_param(struct writer *w, json *section, enum gpu_param_id id)
{
    const struct gpu_param *p = &gpu_params[id];
    double value = gpu_value(w->g, id);
    if (isnan(value)) {
        json_add_null(section, p->key);
        return;
    }
    json *object = json_add_object(section, p->key);
    json_add_number(object, "value", value);
    add_frame(w, object, p->unit, &w->g->note[id]);
}

static void add_carveouts(struct writer *w, json *section)
{
    json *object = json_add_object(section, GPU_CARVEOUTS_KEY);
    json *list = json_add_array(object, "value");
    for (unsigned i = 0; i < w->g->n_carveouts; i++)
        json_add_number(list, NULL, w->g->carveout_kib[i]);
    add_frame(w, object, "KiB", &w->g->carveout_note);
}

/* The sections with what differs; one object each, added to `root` in the order of the table. */
static void add_sections(struct writer *w, json *root)
{
    enum gpu_param_id ids[GPU_N_PARAMS];
    size_t n = gpu_diff(w->g, w->base, ids);
    const char *name = "";
    json *section = NULL, *memory = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct gpu_param *p = &gpu_params[ids[i]];
        if (strcmp(p->section, name) != 0)
            section = json_add_object(root, p->section);
        name = p->section;
        if (strcmp(name, GPU_CARVEOUTS_SECTION) == 0)
            memory = section;
        add_param(w, section, ids[i]);
    }
    if (gpu_same_carveouts(w->g, w->base))
        return;
    add_carveouts(w, memory != NULL ? memory : json_add_object(root, GPU_CARVEOUTS_SECTION));
}

/* --- the document ---------------------------------------------------------------------------- */

static void add_differing_string(json *root, const char *key, const char *text, const char *base)
{
    if (text[0] != '\0' && strcmp(text, base) != 0)
        json_add_string(root, key, text);
}

static void add_head(const struct writer *w, json *root, const char *name)
{
    const struct gpu *g = w->g, *base = w->base;
    json_add_number(root, "schema", 1);
    json_add_string(root, "name", name);
    json_add_string(root, "base", base->name);
    add_differing_string(root, "title", g->title, base->title);
    add_differing_string(root, "arch", g->arch, base->arch);
    if (g->isa != base->isa)
        json_add_number(root, "isa", g->isa);
    add_differing_string(root, "remark", g->remark, base->remark);
    if (g->dram_from_l1 != base->dram_from_l1)
        json_add_bool(root, GPU_FROM_L1_KEY, g->dram_from_l1);
}

void gpu_to_json(const struct gpu *g, const struct gpu *base, const char *name, const char *source,
                 struct text *out)
{
    struct writer w = {.g = g, .base = base, .changed = source};
    arena_init(&w.arena, ARENA_SMALL);
    json *root = json_make_object();
    add_head(&w, root, name);
    add_sections(&w, root);
    if (w.tags.n > 0) {
        json *sources = json_add_object(root, "sources");
        for (size_t i = 0; i < w.tags.n; i++)
            json_add_string(sources, w.tags.at[i].tag, w.tags.at[i].text);
    }
    json_print(root, out);
    json_free(root);
    arena_done(&w.arena);
}
