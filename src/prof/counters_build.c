#include "counters_build.h"

#include <math.h>
#include <stdlib.h>

#include "base/index.h"
#include "base/os.h"

enum { MOST_KERNELS = 1 << 20 };

struct build_value {
    uint32_t kernel, metric;
    double number;
    const char *text;
};

struct counters_build {
    struct arena arena; /* becomes that of the counters */
    struct build_kernels {
        VEC(struct counters_kernel);
    } kernels;
    struct build_metrics {
        VEC(struct counters_metric);
    } metrics;
    struct build_values {
        VEC(struct build_value);
    } values;
    struct build_insts {
        VEC(struct counters_build_inst);
    } insts; /* of the last kernel */
    struct build_texts {
        VEC(const char *);
    } texts, warnings;
    struct index text_of, metric_of;
};

struct counters_store {
    struct counters c; /* first: it is what others hold */
    struct arena arena;
};

struct counters_build *counters_build_make(void)
{
    struct counters_build *b = calloc(1, sizeof *b);
    if (b == NULL)
        os_fatal("out of memory for counters");
    arena_init(&b->arena, ARENA_LARGE);
    VEC_INIT(&b->kernels, ARENA_LARGE);
    VEC_INIT(&b->metrics, ARENA_LARGE);
    VEC_INIT(&b->values, ARENA_LARGE);
    VEC_INIT(&b->insts, ARENA_LARGE);
    VEC_INIT(&b->texts, ARENA_LARGE);
    VEC_INIT(&b->warnings, ARENA_SMALL);
    index_init(&b->text_of);
    index_init(&b->metric_of);
    return b;
}

/* Everything but the arena. */
static void release(struct counters_build *b)
{
    VEC_DONE(&b->kernels);
    VEC_DONE(&b->metrics);
    VEC_DONE(&b->values);
    VEC_DONE(&b->insts);
    VEC_DONE(&b->texts);
    VEC_DONE(&b->warnings);
    index_done(&b->text_of);
    index_done(&b->metric_of);
    free(b);
}

void counters_build_drop(struct counters_build *b)
{
    arena_done(&b->arena);
    release(b);
}

void counters_close(struct counters *c)
{
    if (c == NULL)
        return;
    struct counters_store *s = (struct counters_store *)c;
    arena_done(&s->arena);
    free(s);
}

struct arena *counters_build_arena(struct counters_build *b)
{
    return &b->arena;
}

/* ---- texts ---- */

struct text_wanted {
    const struct counters_build *b;
    str text;
};

static bool is_text(const void *ctx, uint32_t id)
{
    const struct text_wanted *w = ctx;
    return str_is(w->text, w->b->texts.at[id]);
}

const char *counters_build_text(struct counters_build *b, str text)
{
    const void *nul = text.n > 0 ? memchr(text.p, '\0', text.n) : NULL;
    if (nul != NULL) /* as it will read back */
        text.n = (size_t)((const char *)nul - text.p);
    const struct text_wanted w = {b, text};
    uint64_t hash = hash_words(text.p, text.n, 0);
    uint32_t id = index_find(&b->text_of, hash, is_text, &w);
    if (id != INDEX_NONE)
        return b->texts.at[id];
    const char *copy = text.n == 0 ? "" : arena_strndup(&b->arena, text.p, text.n);
    index_put(&b->text_of, hash, (uint32_t)b->texts.n);
    *VEC_PUSH(&b->texts) = copy;
    return copy;
}

void counters_build_warn(struct counters_build *b, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    *VEC_PUSH(&b->warnings) = arena_strdup(&b->arena, text);
}

/* ---- metrics and values ---- */

/* Both texts are interned. */
static bool is_metric(const void *ctx, uint32_t id)
{
    const struct counters_metric *w = ((const void *const *)ctx)[0];
    const struct counters_build *b = ((const void *const *)ctx)[1];
    const struct counters_metric *m = &b->metrics.at[id];
    return m->name == w->name && m->unit == w->unit;
}

uint32_t counters_build_metric(struct counters_build *b, str name, const char *unit)
{
    enum counter known = counter_find(name, str_from(unit));
    bool is_alias = known != COUNTER_N && counter_is_alias(name);
    if (known != COUNTER_N) {
        unit = counter_info(known)->unit;
        name = is_alias ? name : str_from(counter_info(known)->ncu);
    }
    const struct counters_metric m = {counters_build_text(b, name),
                                      counters_build_text(b, str_from(unit)), known, is_alias};
    const void *const wanted[] = {&m, b};
    const void *key[] = {m.name, m.unit};
    uint64_t hash = hash_words(key, sizeof key, 0);
    uint32_t id = index_find(&b->metric_of, hash, is_metric, wanted);
    if (id != INDEX_NONE)
        return id;
    index_put(&b->metric_of, hash, (uint32_t)b->metrics.n);
    *VEC_PUSH(&b->metrics) = m;
    return (uint32_t)b->metrics.n - 1;
}

void counters_build_value(struct counters_build *b, uint32_t kernel, uint32_t metric, str text,
                          struct ncu_unit unit)
{
    double number = (double)NAN;
    text = str_trim(text);
    if (ncu_is_absent(text))
        return;
    bool is_number = ncu_number(text, unit, &number);
    *VEC_PUSH(&b->values) = (struct build_value){kernel, metric, number,
                                                 is_number ? NULL : counters_build_text(b, text)};
}

/* ---- instructions ---- */

struct counters_build_inst *counters_build_inst(struct counters_build *b, uint64_t address,
                                                str sass)
{
    struct counters_build_inst *i = VEC_PUSH(&b->insts);
    i->address = address;
    i->sass = counters_build_text(b, sass);
    for (unsigned c = 0; c < CODE_N; c++)
        i->column[c] = (double)NAN;
    return i;
}

/* Absent throughout; or, of a stall reason, without a sample. */
static bool is_column(const struct build_insts *v, unsigned c)
{
    for (size_t i = 0; i < v->n; i++)
        if (c < CODE_STALLS ? !isnan(v->at[i].column[c]) : v->at[i].column[c] > 0)
            return true;
    return false;
}

static const double *column_of(struct arena *a, const struct build_insts *v, unsigned c)
{
    double *out = ARENA_ARRAY(a, double, v->n);
    for (size_t i = 0; i < v->n; i++) {
        double n = v->at[i].column[c];
        out[i] = c >= CODE_STALLS && isnan(n) ? 0 : n;
    }
    return out;
}

/* The instructions so far become those of the last kernel. */
static void end_kernel(struct counters_build *b)
{
    struct build_insts *v = &b->insts;
    if (v->n == 0)
        return;
    struct counters_code *code = &b->kernels.at[b->kernels.n - 1].code;
    uint64_t *pc_b = ARENA_ARRAY(&b->arena, uint64_t, v->n);
    const char **sass = ARENA_ARRAY(&b->arena, const char *, v->n);
    uint64_t lowest = v->at[0].address;
    for (size_t i = 0; i < v->n; i++)
        lowest = MIN(lowest, v->at[i].address);
    for (size_t i = 0; i < v->n; i++) {
        pc_b[i] = v->at[i].address - lowest;
        sass[i] = v->at[i].sass;
    }
    *code = (struct counters_code){.n = (uint32_t)v->n, .pc_b = pc_b, .sass = sass};
    for (unsigned c = 0; c < CODE_N; c++)
        code->column[c] = is_column(v, c) ? column_of(&b->arena, v, c) : NULL;
    VEC_RESIZE_DOWN(v, 0);
}

/* ---- kernels ---- */

enum status counters_build_kernel(struct counters_build *b, struct counters_kernel **out,
                                  struct err *e)
{
    end_kernel(b);
    if (b->kernels.n >= MOST_KERNELS)
        return err_set(e, STATUS_LIMIT, "more than %d kernels", MOST_KERNELS);
    *out = VEC_PUSH(&b->kernels);
    **out = (struct counters_kernel){
        .source = "", .id = COUNTERS_NO_ID, .name = "", .context = "", .stream = "", .device = ""};
    return STATUS_OK;
}

void counters_build_undo_kernel(struct counters_build *b)
{
    VEC_RESIZE_DOWN(&b->kernels, b->kernels.n - 1);
    VEC_RESIZE_DOWN(&b->insts, 0);
}

uint32_t counters_build_n_kernels(const struct counters_build *b)
{
    return (uint32_t)b->kernels.n;
}

struct counters_kernel *counters_build_kernel_at(struct counters_build *b, uint32_t i)
{
    ASSERT(i < b->kernels.n);
    return &b->kernels.at[i];
}

/* ---- finishing ---- */

static int compare_metrics(const void *a, const void *b)
{
    const struct counters_metric *x = *(const struct counters_metric *const *)a;
    const struct counters_metric *y = *(const struct counters_metric *const *)b;
    if (x->known != y->known)
        return x->known < y->known ? -1 : 1;
    if (x->is_alias != y->is_alias)
        return x->is_alias ? 1 : -1;
    int by_name = strcmp(x->name, y->name);
    return by_name != 0 ? by_name : strcmp(x->unit, y->unit);
}

/* Puts the metrics in order; place[old] is where each went. */
static uint32_t *sort_metrics(struct counters_build *b, struct counters *c)
{
    size_t n = b->metrics.n;
    const struct counters_metric **order =
        ARENA_ARRAY(&b->arena, const struct counters_metric *, n);
    struct counters_metric *metrics = ARENA_ARRAY(&b->arena, struct counters_metric, n);
    uint32_t *place = ARENA_ARRAY(&b->arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        order[i] = &b->metrics.at[i];
    if (n > 0)
        qsort(order, n, sizeof *order, compare_metrics);
    for (size_t i = 0; i < n; i++) {
        metrics[i] = *order[i];
        place[order[i] - b->metrics.at] = (uint32_t)i;
    }
    c->metrics = metrics;
    c->n_metrics = (uint32_t)n;
    return place;
}

struct keyed_value {
    struct counters_value value;
    size_t seen; /* in the order of reading */
};

static int compare_values(const void *a, const void *b)
{
    const struct keyed_value *x = a, *y = b;
    if (x->value.metric != y->value.metric)
        return x->value.metric < y->value.metric ? -1 : 1;
    return x->seen < y->seen ? -1 : 1;
}

/* The values of one kernel in order, the first of each metric. */
static void set_values(struct arena *a, struct counters_kernel *k, struct keyed_value *v, size_t n)
{
    struct counters_value *out = ARENA_ARRAY(a, struct counters_value, n);
    uint32_t kept = 0;
    if (n > 0)
        qsort(v, n, sizeof *v, compare_values);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || out[kept - 1].metric != v[i].value.metric)
            out[kept++] = v[i].value;
    k->values = out;
    k->n_values = kept;
}

/* Parts the values by kernel, each in the order of reading. */
static void sort_values(struct counters_build *b, const uint32_t *place)
{
    size_t n = b->values.n, n_kernels = b->kernels.n;
    struct arena scratch;
    arena_init(&scratch, ARENA_LARGE);
    size_t *end = ARENA_ARRAY(&scratch, size_t, n_kernels + 1);
    struct keyed_value *v = ARENA_ARRAY(&scratch, struct keyed_value, n);
    for (size_t i = 0; i < n; i++)
        end[b->values.at[i].kernel + 1]++;
    for (size_t k = 0; k < n_kernels; k++)
        end[k + 1] += end[k];
    for (size_t i = 0; i < n; i++) { /* end[k] grows from where k starts to where it ends */
        const struct build_value *from = &b->values.at[i];
        v[end[from->kernel]++] =
            (struct keyed_value){{place[from->metric], from->number, from->text}, i};
    }
    for (size_t k = 0, at = 0; k < n_kernels; at = end[k++])
        set_values(&b->arena, &b->kernels.at[k], v + at, end[k] - at);
    arena_done(&scratch);
}

/* What stands in columns of its own in some exports and among the metrics in others. */
static void complete(struct counters_build *b, const struct counters *c)
{
    for (size_t i = 0; i < b->kernels.n; i++) {
        struct counters_kernel *k = &b->kernels.at[i];
        const char *device = counters_get_text(c, k, COUNTER_device_name);
        double major = counters_get(c, k, COUNTER_device_cc_major);
        double minor = counters_get(c, k, COUNTER_device_cc_minor);
        if (device != NULL)
            k->device = device;
        if (k->cc_x10 == 0 && major > 0 && major < 1000 && minor >= 0 && minor < 10)
            k->cc_x10 = (uint32_t)major * 10 + (uint32_t)minor;
    }
}

struct counters *counters_build_finish(struct counters_build *b)
{
    struct counters_store *s = calloc(1, sizeof *s);
    if (s == NULL)
        os_fatal("out of memory for counters");
    end_kernel(b);
    sort_values(b, sort_metrics(b, &s->c));
    complete(b, &s->c);
    size_t n = counters_join(b, b->kernels.at, b->kernels.n);
    VEC_RESIZE_DOWN(&b->kernels, n);
    s->c.n_kernels = (uint32_t)b->kernels.n;
    s->c.kernels = arena_memdup(&b->arena, b->kernels.at, b->kernels.n * sizeof *b->kernels.at);
    s->c.n_warnings = (uint32_t)b->warnings.n;
    s->c.warnings = arena_memdup(&b->arena, b->warnings.at, b->warnings.n * sizeof(char *));
    s->arena = arena_take(&b->arena);
    release(b);
    return &s->c;
}
