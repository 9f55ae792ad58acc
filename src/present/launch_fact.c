#include "present/launch_fact.h"

#include <math.h>

#include "base/symbol.h"
#include "base/units.h"

const struct launch_fact_info launch_fact_info[FACT_N] = {
#define LAUNCH_FACT(id, key, title, unit, group, expression, equation, about) \
    {key, title, equation, about, LAUNCH_UNIT_##unit, LAUNCH_GROUP_##group},
#include "present/launch_fact.def"
#undef LAUNCH_FACT
};

static const char *const group_titles[LAUNCH_GROUP_N] = {
#define X(id, title) title,
    LAUNCH_GROUP_LIST(X)
#undef X
};

const char *launch_group_title(enum launch_group g)
{
    return group_titles[g];
}

/* ---- values ---- */

static double known_ns(int64_t ns)
{
    return ns < 0 ? (double)NAN : (double)ns;
}

static double per(int64_t sum_ns, uint32_t n)
{
    return n == 0 ? (double)NAN : (double)sum_ns / (double)n;
}

static double joined_ns(const struct launches *l, int64_t ns)
{
    return l->sums.n_joined == 0 ? (double)NAN : (double)ns;
}

static double idle_ns(int64_t latency_ns, int64_t busy_ns)
{
    return latency_ns < 0 ? (double)NAN : (double)latency_ns - (double)busy_ns;
}

static const struct fusion_length *best(const struct launches *l)
{
    return l->fusion.n_lengths == 0 ? NULL : &l->fusion.lengths[l->fusion.best];
}

double launch_fact(const struct launches *l, enum launch_fact f)
{
    switch (f) {
#define LAUNCH_FACT(id, key, title, unit, group, expression, equation, about) \
    case id:                                                                  \
        return (double)(expression);
#include "present/launch_fact.def"
#undef LAUNCH_FACT
    case FACT_N:
        break;
    }
    return (double)NAN;
}

const char *launch_fact_text(struct arena *a, enum launch_fact f, double v)
{
    static const enum unit_kind kinds[] = {
        [LAUNCH_UNIT_NS] = UNIT_NS,
        [LAUNCH_UNIT_COUNT] = UNIT_PLAIN,
        [LAUNCH_UNIT_SHARE] = UNIT_PERCENT,
        [LAUNCH_UNIT_FACTOR] = UNIT_PLAIN,
    };
    enum launch_unit unit = launch_fact_info[f].unit;
    char text[40];
    if (isnan(v))
        return "?";
    if (unit == LAUNCH_UNIT_FACTOR && launch_fact_info[f].group == LAUNCH_GROUP_FUSION)
        return arena_printf(a, "%.2fx", v);
    if (unit == LAUNCH_UNIT_COUNT && v >= 0)
        return arena_strdup(a, units_group(text, sizeof text, (uint64_t)v));
    return arena_strdup(a, units_format(text, sizeof text, kinds[unit], v));
}

/* ---- sentences ---- */

static const char *ns_text(struct arena *a, double ns)
{
    char text[40];
    return arena_strdup(a, units_format(text, sizeof text, UNIT_NS, ns));
}

static const char *count(struct arena *a, uint32_t n)
{
    char text[40];
    return arena_strdup(a, units_group(text, sizeof text, n));
}

static const char *percent(struct arena *a, double share)
{
    return share > 0 && share < 0.0005 ? "under 0.1 %" : arena_printf(a, "%.1f %%", 100 * share);
}

static const char *drained_sentence(struct arena *a, const struct launches *l)
{
    return arena_printf(a,
                        "%s of %s kernels (%s) found their stream empty when their launch call "
                        "returned",
                        count(a, l->sums.n_joined - l->sums.n_queued), count(a, l->sums.n_joined),
                        percent(a, l->verdict.cpu_bound_fraction));
}

static const char *busy_sentence(struct arena *a, const struct launches *l)
{
    const struct bound_verdict *v = &l->verdict;
    return arena_printf(a, "kernels ran %s of %s%s", percent(a, v->busy_fraction),
                        v->has_latency ? "the inference latency of " : "the GPU's span of ",
                        ns_text(a, (double)v->window_ns));
}

static const char *idle_sentence(struct arena *a, const struct launches *l)
{
    enum idle_why why = idle_main(&l->idle);
    const char *who =
        l->n_devices > 1 ? arena_printf(a, "the %u GPUs together", l->n_devices) : "the GPU";
    return arena_printf(a, "%s had nothing to do for %s, %s of it: %s", who,
                        ns_text(a, (double)l->idle.all_ns), ns_text(a, (double)l->idle.ns[why]),
                        idle_info[why].title);
}

static const char *graph_sentence(struct arena *a, const struct launches *l)
{
    return arena_printf(a, "%s of %s kernels come from %s graph launch%s: they queue by design",
                        count(a, l->lineage.n_graph_kernels), count(a, l->sums.kernels.n),
                        count(a, l->lineage.n_graph_launches),
                        l->lineage.n_graph_launches == 1 ? "" : "es");
}

/* During which copies or fills ran, and no kernel. */
static int64_t copies_ns(const struct launches *l)
{
    return l->sums.works.union_ns - l->sums.kernels.union_ns;
}

uint32_t launch_evidence(struct arena *a, const struct launches *l,
                         const char *out[LAUNCH_MOST_EVIDENCE])
{
    uint32_t n = 0;
    if (l->sums.n_joined == 0) {
        out[n++] = "no kernel has a recorded launch call";
        return n;
    }
    out[n++] = drained_sentence(a, l);
    out[n++] = busy_sentence(a, l);
    if (copies_ns(l) > l->verdict.window_ns / 10)
        out[n++] = arena_printf(a, "copies and fills kept the GPU busy for another %s",
                                ns_text(a, (double)copies_ns(l)));
    if (l->idle.all_ns > 0)
        out[n++] = idle_sentence(a, l);
    if (l->lineage.n_graph_kernels * 2 > l->sums.kernels.n)
        out[n++] = graph_sentence(a, l);
    if (l->depth.most >= 1000)
        out[n++] = arena_printf(
            a, "up to %s works were waiting; calls block at about 1,024 launches of a stream",
            count(a, l->depth.most));
    return n;
}

const char *launch_unjoined_text(struct arena *a, const struct launches *l)
{
    const char *text = "";
    for (int m = 0; m < LINEAGE_MISS_N; m++) {
        if (m != (int)LINEAGE_JOINED && l->lineage.n_miss[m] > 0)
            text = arena_printf(a, "%s%s%s %s", text, text[0] != '\0' ? "; " : "",
                                count(a, l->lineage.n_miss[m]),
                                lineage_miss_text((enum lineage_miss)m));
    }
    return text;
}

const char *launch_device_title(struct arena *a, const struct launches *l, uint32_t device)
{
    const struct launches_device *d = &l->devices[device];
    int rank = (int)l->profile->files[d->file].rank;
    const char *of = rank >= 0 && l->profile->n_files > 1 ? arena_printf(a, "rank %d ", rank) : "";
    return arena_printf(a, "%sGPU %u%s%s", of, d->id, d->name[0] != '\0' ? " " : "", d->name);
}

/* ---- names of kernels ---- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Adapters around the functor that says what the kernel does. */
static bool is_adapter(str word)
{
    static const char *const adapters[] = {"BinaryFunctor", "AUnaryFunctor", "BUnaryFunctor",
                                           "ElementwiseFunctor", "NoopFunctor"};
    for (size_t i = 0; i < ARRAY_LEN(adapters); i++) {
        if (str_is(word, adapters[i]))
            return true;
    }
    return false;
}

static bool is_functor(str word)
{
    return (str_ends(word, STR("Functor")) && !is_adapter(word)) ||
           str_starts(word, STR("CUDAFunctor_")) || str_ends(word, STR("_kernel_cuda")) ||
           str_ends(word, STR("KernelImpl"));
}

/* The first word in the template arguments that says what is computed; empty if there is none. */
static str functor_of(const char *declaration)
{
    const char *p = strchr(declaration, '<');
    while (p != NULL && *p != '\0') {
        str word = {p, 0};
        while (is_word(p[word.n]))
            word.n++;
        if (is_functor(word))
            return word;
        p += word.n > 0 ? word.n : 1;
    }
    return (str){"", 0};
}

/* Begin and end of a name say more than its middle. */
static const char *fold(struct arena *a, const char *name, unsigned cols)
{
    enum { ENDING = 12 };
    size_t n = strlen(name);
    if (cols == 0 || n <= cols || cols < ENDING + 4)
        return name;
    return arena_printf(a, "%.*s..%s", (int)(cols - ENDING - 2), name, name + n - ENDING);
}

const char *launch_short_name(struct arena *a, const char *name, unsigned cols)
{
    const char *declaration = symbol_demangle(a, name);
    bool is_plain = strpbrk(declaration, "<(") == NULL;
    const char *bare = is_plain ? declaration : symbol_short(a, declaration);
    str functor = functor_of(declaration);
    if (functor.n > 0 && !str_has(str_from(bare), functor))
        bare = arena_printf(a, "%s<%.*s>", bare, (int)functor.n, functor.p);
    return fold(a, bare, cols);
}

const char *launch_short_places(struct arena *a, const char *places, unsigned n)
{
    const char *end = places;
    for (; n > 0 && (end = strstr(end, " > ")) != NULL; n--)
        end += strlen(" > ");
    return end == NULL ? places : arena_printf(a, "%.*s...", (int)(end - places), places);
}
