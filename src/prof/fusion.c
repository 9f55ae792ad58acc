#include "prof/fusion.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "prof/order.h"
#include "prof/tally.h"

struct find {
    struct arena *a, *scratch;
    const struct profile *p;
    const struct lineage *l;
    const struct tklqt_wait *waits;
    struct chain_input in;
    uint32_t *works; /* of each position */
    int64_t il_ns;
    struct fusion *out;
};

/* ---- the launches in order ---- */

static bool is_candidate(struct find *f, const struct tklqt_select *s, uint32_t work)
{
    if (f->p->works[work].kind != PROFILE_KERNEL || !tklqt_selects(s, f->p, f->l, work))
        return false;
    f->out->n_graph += f->l->of[work].is_graph;
    f->out->n_unjoined += !f->l->of[work].is_graph && f->l->of[work].call == PROFILE_NONE;
    return !f->l->of[work].is_graph && f->l->of[work].call != PROFILE_NONE;
}

static void collect(struct find *f, const struct tklqt_select *s)
{
    const struct profile *p = f->p;
    const uint32_t *ids = order_by_lane(f->scratch, p->works, p->n_works);
    uint32_t *names = ARENA_ARRAY(f->scratch, uint32_t, p->n_works);
    uint32_t *starts = ARENA_ARRAY(f->scratch, uint32_t, p->n_works);
    uint32_t n = 0, n_starts = 0, lane = PROFILE_NONE;
    f->works = ARENA_ARRAY(f->scratch, uint32_t, p->n_works);
    for (uint32_t i = 0; i < p->n_works; i++) {
        const struct profile_span *w = &p->works[ids[i]];
        if (!is_candidate(f, s, ids[i]))
            continue;
        if (w->lane != lane)
            starts[n_starts++] = n;
        lane = w->lane;
        f->works[n] = ids[i];
        names[n++] = w->name;
    }
    f->in = (struct chain_input){names, n, p->n_names, starts, n_starts};
    f->out->n_kernels = n;
}

/* ---- what a cover saves ---- */

/* Calls `visit` for each occurrence that the cover of one length fuses. */
typedef void visit_fused(struct find *f, void *arg, const struct chain *c, uint32_t at);

static uint32_t end_of_sequence(const struct chain_input *in, uint32_t sequence)
{
    return sequence + 1 < in->n_starts ? in->starts[sequence + 1] : in->n;
}

static bool occurs_at(const struct find *f, const struct chain *c, uint32_t at)
{
    return memcmp(&f->in.names[c->at], &f->in.names[at], c->length * sizeof *f->in.names) == 0;
}

/* By first kernel: a deterministic chain is the only one of its length that begins with it. */
static const struct chain **chains_by_name(struct find *f, const struct chain_length *l)
{
    const struct chain **of = ARENA_ARRAY(f->scratch, const struct chain *, f->in.n_names);
    for (uint32_t i = 0; i < l->n_deterministic; i++)
        of[f->in.names[l->chains[i].at]] = &l->chains[i];
    return of;
}

static void visit_cover(struct find *f, const struct chain_length *l, visit_fused *visit, void *arg)
{
    size_t mark = arena_mark(f->scratch);
    const struct chain **of = chains_by_name(f, l);
    for (uint32_t s = 0; s < f->in.n_starts; s++) {
        uint32_t end = end_of_sequence(&f->in, s);
        for (uint32_t at = f->in.starts[s]; at + l->length <= end;) {
            const struct chain *c = of[f->in.names[at]];
            if (c != NULL && occurs_at(f, c, at)) {
                visit(f, arg, c, at);
                at += l->length;
            } else {
                at++;
            }
        }
    }
    arena_reset(f->scratch, mark);
}

/* What the launches behind the first of an occurrence cost while the GPU waited. */
static int64_t saved_at(const struct find *f, uint32_t length, uint32_t at)
{
    int64_t sum = 0;
    for (uint32_t i = 1; i < length; i++) {
        uint32_t work = f->works[at + i];
        if (!f->waits[work].is_queued)
            tklqt_add(&sum, f->p->calls[f->l->of[work].call].dur_ns);
    }
    return sum;
}

static void add_saved(struct find *f, void *arg, const struct chain *c, uint32_t at)
{
    tklqt_add(arg, saved_at(f, c->length, at));
}

static struct fusion_length sum_length(struct find *f, const struct chain_length *l)
{
    struct fusion_length out = {.length = l->length,
                                .n_distinct = l->n_distinct,
                                .n_deterministic = l->n_deterministic,
                                .n_fused = l->n_fused,
                                .n_launches = l->n_launches,
                                .ideal = chain_ideal(&f->in, l),
                                .conservative = (double)NAN};
    visit_cover(f, l, add_saved, &out.saved_ns);
    if (f->il_ns > 0)
        out.conservative = (double)f->il_ns / (double)MAX(f->il_ns - out.saved_ns, 1);
    return out;
}

/* ---- the chains of one length ---- */

/* Python itself nests no deeper. */
enum { MOST_MODULES = 1000 };

/* The innermost module around every kernel of an occurrence. */
static uint32_t module_around(const struct find *f, uint32_t length, uint32_t at)
{
    uint32_t module = f->l->of[f->works[at]].module;
    for (unsigned n = 0; module != PROFILE_NONE; module = f->l->module_parent[module]) {
        if (n++ == MOST_MODULES)
            return PROFILE_NONE;
        const struct profile_span *m = &f->p->ranges[module];
        uint32_t i = 1;
        for (; i < length; i++) {
            const struct profile_span *c = &f->p->calls[f->l->of[f->works[at + i]].call];
            if (c->lane != m->lane || c->start_ns < m->start_ns ||
                profile_end_ns(c) > profile_end_ns(m))
                break;
        }
        if (i == length)
            break;
    }
    return module;
}

struct gather {
    struct fusion_chain *chains;
    const struct chain *first;
    uint32_t *last_module; /* of each chain: modules come in order, so a change is a new one */
};

static void add_occurrence(struct find *f, void *arg, const struct chain *c, uint32_t at)
{
    struct gather *g = arg;
    struct fusion_chain *to = &g->chains[c - g->first];
    uint32_t *last = &g->last_module[c - g->first];
    uint32_t module = module_around(f, c->length, at);
    to->n_saved += c->length - 1;
    tklqt_add(&to->saved_ns, saved_at(f, c->length, at));
    for (uint32_t i = 0; i < c->length; i++)
        tklqt_add(&to->kernel_ns, f->p->works[f->works[at + i]].dur_ns);
    if (module == PROFILE_NONE)
        return;
    str class = tally_module_class(f->p->names[f->p->ranges[module].name]);
    if (to->n_modules == 0)
        to->module = arena_strndup(f->a, class.p, class.n);
    else if (!str_is(class, to->module))
        to->module = "";
    to->n_modules += module != *last;
    *last = module;
}

/* The module that launched a kernel, by class, else its operator. */
static str place_of(const struct find *f, uint32_t work)
{
    const struct lineage_of *of = &f->l->of[work];
    if (of->module != PROFILE_NONE)
        return tally_module_class(f->p->names[f->p->ranges[of->module].name]);
    return of->op != PROFILE_NONE ? str_from(f->p->names[f->p->ops[of->op].name])
                                  : STR("(no operator)");
}

static const char *places_of(const struct find *f, const struct fusion_chain *c)
{
    struct text text;
    text_init(&text);
    for (uint32_t i = 0, n; i < c->chain->length; i += n) {
        str place = place_of(f, c->works[i]);
        for (n = 1; i + n < c->chain->length && str_eq(place, place_of(f, c->works[i + n])); n++)
            ;
        text_printf(&text, "%s%.*s", i > 0 ? " > " : "", (int)place.n, place.p);
        if (n > 1)
            text_printf(&text, " x%u", n);
    }
    const char *copy = arena_strdup(f->a, text_cstr(&text));
    text_done(&text);
    return copy;
}

static int compare_saved(const void *pa, const void *pb)
{
    const struct fusion_chain *a = pa, *b = pb;
    if (a->n_saved != b->n_saved)
        return a->n_saved > b->n_saved ? -1 : 1;
    return (a->chain->at > b->chain->at) - (a->chain->at < b->chain->at);
}

static void list_chains(struct find *f, const struct chain_length *l)
{
    struct gather g = {ARENA_ARRAY(f->a, struct fusion_chain, l->n_deterministic), l->chains,
                       ARENA_ARRAY(f->scratch, uint32_t, l->n_deterministic)};
    for (uint32_t i = 0; i < l->n_deterministic; i++) {
        g.last_module[i] = PROFILE_NONE;
        g.chains[i] = (struct fusion_chain){.chain = &l->chains[i], .module = ""};
    }
    visit_cover(f, l, add_occurrence, &g);
    qsort(g.chains, l->n_deterministic, sizeof *g.chains, compare_saved);
    for (; f->out->n_chains < l->n_deterministic; f->out->n_chains++) {
        struct fusion_chain *c = &g.chains[f->out->n_chains];
        if (c->n_saved == 0)
            break;
        c->works = arena_memdup(f->a, &f->works[c->chain->at], l->length * sizeof *f->works);
        c->places = places_of(f, c);
    }
    f->out->chains = g.chains;
}

/* ---- all lengths ---- */

static void sum_lengths(struct find *f, const struct chain_length *l, uint32_t n, uint32_t wanted)
{
    struct fusion_length *lengths = ARENA_ARRAY(f->a, struct fusion_length, n);
    for (uint32_t i = 0; i < n; i++) {
        lengths[i] = sum_length(f, &l[i]);
        if (lengths[i].ideal > lengths[f->out->best].ideal)
            f->out->best = i;
    }
    f->out->lengths = lengths;
    f->out->n_lengths = n;
    f->out->listed = wanted >= 2 && wanted - 2 < n ? wanted - 2 : f->out->best;
    if (n > 0)
        list_chains(f, &l[f->out->listed]);
}

static enum status find_all(struct find *f, const struct tklqt_select *s,
                            const struct fusion_options *o, const struct tick *tick, struct err *e)
{
    const struct chain_length *lengths;
    uint32_t n;
    collect(f, s);
    TRY(chain_find(f->a, &f->in, 2, o->longest != 0 ? o->longest : (uint32_t)FUSION_LONGEST,
                   o->min_n != 0 ? o->min_n : 2, tick, &lengths, &n, e));
    sum_lengths(f, lengths, n, o->length);
    return STATUS_OK;
}

enum status fusion_find(struct arena *a, const struct profile *p, const struct lineage *l,
                        const struct tklqt_wait *waits, const struct tklqt_select *s, int64_t il_ns,
                        const struct fusion_options *o, const struct tick *tick, struct fusion *out,
                        struct err *e)
{
    static const struct fusion_options defaults;
    struct arena scratch;
    *out = (struct fusion){0};
    arena_init(&scratch, ARENA_LARGE);
    struct find f = {
        .a = a, .scratch = &scratch, .p = p, .l = l, .waits = waits, .il_ns = il_ns, .out = out};
    enum status st = find_all(&f, s, o != NULL ? o : &defaults, tick, e);
    arena_done(&scratch);
    return st;
}
