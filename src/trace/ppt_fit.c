/*
 * ppt_fit.c: which memory trace of a PPT-GPU folder belongs to the instructions.
 *
 * A trace fits when its opcodes are those of the executed accesses, in order. Where several fit,
 * the first address of each warp decides: most kernels space them evenly, and they come out even
 * only in the right order of warps. Warps are numbered by their slots of the SM, and a CTA may
 * begin at any of the four sub-cores, so spacing is looked for after each rotation within groups of
 * four.
 */
#include <stdio.h>

#include "base/os.h"
#include "ppt_load.h"

enum { MAX_WARPS = 64, MIN_WARPS_TO_DECIDE = 3 };

struct fit {
    uint64_t first[MAX_WARPS]; /* address of the warp's first record that has one */
    uint64_t seen;             /* warps that have one */
    bool is_even;
    bool is_fitting;
};

typedef enum status take_record(struct ppt_load *p, size_t i, const struct ppt_access *a,
                                struct fit *f);

static bool is_separator(str line)
{
    line = str_trim(line);
    return line.n == 0 || line.p[0] == '=';
}

/*
 * Gives each record to `take` with its position. Ends early, with is_fitting false, at the first
 * that is not what the instructions execute.
 */
static enum status read_records(struct ppt_load *p, struct lines *l, take_record *take,
                                struct fit *f)
{
    size_t i = 0;
    for (bool more = true; more;) {
        str line;
        struct ppt_access a;
        TRY(lines_next(l, &line, &more, p->e));
        if (!more || is_separator(line))
            continue;
        TRY(ppt_parse_access(line, l->path, (unsigned)l->line, &a, p->e));
        if (i == p->accesses.n)
            return STATUS_OK;
        const struct ppt_step *s = &p->steps.at[p->accesses.at[i]];
        if (!str_is(a.opcode, p->codes.at[s->code].in.opcode))
            return STATUS_OK;
        TRY(take(p, i++, &a, f));
    }
    f->is_fitting = i == p->accesses.n;
    return STATUS_OK;
}

static enum status read_file(struct ppt_load *p, uint32_t cta, take_record *take, struct fit *f)
{
    struct lines l;
    size_t mark = arena_mark(&p->strings);
    const char *name =
        arena_printf(&p->strings, "memory_traces/kernel_%u_block_%u.mem", p->h->id, cta);
    const char *path = os_join(&p->strings, p->dir, name);
    enum status s = lines_open(&l, path, p->tick, p->e);
    if (s == STATUS_OK) {
        s = read_records(p, &l, take, f);
        lines_close(&l);
    }
    arena_reset(&p->strings, mark);
    return s;
}

static enum status take_first(struct ppt_load *p, size_t i, const struct ppt_access *a,
                              struct fit *f)
{
    uint8_t warp = p->steps.at[p->accesses.at[i]].warp;
    if (a->n > 0 && (f->seen >> warp & 1) == 0) {
        f->first[warp] = a->address[0];
        f->seen |= UINT64_C(1) << warp;
    }
    return STATUS_OK;
}

static enum status take_addresses(struct ppt_load *p, size_t i, const struct ppt_access *a,
                                  struct fit *f)
{
    struct ppt_step *s = &p->steps.at[p->accesses.at[i]];
    int64_t delta[SASS_WARP_LANES];
    bool is_even = true;
    (void)f;
    for (uint32_t k = 1; k < a->n; k++) {
        delta[k - 1] = (int64_t)(a->address[k] - a->address[k - 1]);
        is_even = is_even && delta[k - 1] == delta[0];
    }
    s->lanes = (uint8_t)a->n;
    s->base = a->n > 0 ? a->address[0] : 0;
    if (a->n == 0)
        s->pattern = build_pattern_none(p->b);
    else if (is_even)
        s->pattern = build_pattern_stride(p->b, a->n > 1 ? delta[0] : 0, a->n);
    else
        s->pattern = build_pattern_deltas(p->b, delta, a->n);
    return STATUS_OK;
}

/* The addresses of warps (at & ~3) + (at + turn) % 4 have one distance that is not 0. */
static bool is_even_after(const struct fit *f, unsigned turn)
{
    unsigned n = 0, last_at = 0;
    int64_t last = 0, slope = 0;
    for (unsigned at = 0; at < MAX_WARPS; at++) {
        unsigned warp = (at & ~(PPT_SUB_CORES - 1u)) + (at + turn) % PPT_SUB_CORES;
        if ((f->seen >> warp & 1) == 0)
            continue;
        int64_t address = (int64_t)f->first[warp], gap = (int64_t)(at - last_at);
        if (n == 1)
            slope = (address - last) / gap;
        if (n >= 1 && address - last != slope * gap)
            return false;
        last = address;
        last_at = at;
        n++;
    }
    return n >= MIN_WARPS_TO_DECIDE && slope != 0;
}

static bool is_even(const struct fit *f)
{
    for (unsigned turn = 0; turn < PPT_SUB_CORES; turn++) {
        if (is_even_after(f, turn))
            return true;
    }
    return false;
}

/* "kernel_3_block_12.mem" of kernel 3 is CTA 12. */
static bool parse_name(str name, uint32_t kernel, uint64_t *cta)
{
    char prefix[40];
    snprintf(prefix, sizeof prefix, "kernel_%u_block_", kernel);
    size_t n = strlen(prefix);
    if (!str_starts(name, str_from(prefix)) || !str_ends(name, STR(".mem")) || name.n < n + 5)
        return false;
    str number = {name.p + n, name.n - n - 4};
    return number.p[0] >= '0' && number.p[0] <= '9' && str_parse_u64(number, cta);
}

struct choice {
    uint32_t cta;
    uint32_t n_files, n_fitting, n_even;
};

/* Of those that are even, else of those that fit, the lowest CTA. */
static void consider(struct choice *c, uint32_t cta, const struct fit *f)
{
    if (!f->is_fitting)
        return;
    bool is_better = f->is_even ? c->n_even == 0 || cta < c->cta
                                : c->n_even == 0 && (c->n_fitting == 0 || cta < c->cta);
    if (is_better)
        c->cta = cta;
    c->n_fitting++;
    c->n_even += f->is_even;
}

/* With keep_going a file that cannot be read does not fit. */
static enum status try_file(struct ppt_load *p, uint32_t cta, struct fit *f)
{
    struct err own = {0};
    struct err *e = p->e;
    p->e = &own;
    enum status s = read_file(p, cta, take_first, f);
    p->e = e;
    f->is_even = f->is_fitting && is_even(f);
    if (s == STATUS_INPUT && p->keep_going) {
        build_warn(p->b, "the memory trace of CTA %u is left out: line %u: %s", cta, own.line,
                   own.message);
        f->is_fitting = false;
        return STATUS_OK;
    }
    if (s != STATUS_OK && e != NULL && e->status == STATUS_OK)
        *e = own;
    return s;
}

static enum status choose(struct ppt_load *p, char **names, size_t n, struct choice *c)
{
    for (size_t i = 0; i < n; i++) {
        struct fit f = {0};
        uint64_t cta;
        if (!parse_name(str_from(names[i]), p->h->id, &cta) || cta >= p->h->grid[0])
            continue;
        TRY(try_file(p, (uint32_t)cta, &f));
        c->n_files++;
        consider(c, (uint32_t)cta, &f);
    }
    return STATUS_OK;
}

static void note_choice(struct ppt_load *p, const struct choice *c)
{
    if (c->n_fitting == 0)
        build_warn(p->b, "none of %u memory traces fits the instructions: no addresses",
                   c->n_files);
    else if (c->n_even == 1 || c->n_fitting == 1)
        build_warn(p->b, "the instructions are taken for those of CTA %u, whose accesses fit",
                   c->cta);
    else
        build_warn(p->b, "the accesses of %u CTAs fit the instructions: those of CTA %u are taken",
                   c->n_even > 0 ? c->n_even : c->n_fitting, c->cta);
    if (c->n_fitting > 0)
        build_warn(p->b, "PPT-GPU numbers warps by their slots, which need not follow thread ids");
}

static enum status find_accesses(struct ppt_load *p, struct arena *a)
{
    struct choice c = {0};
    struct fit f = {0};
    char **names = NULL;
    size_t n = 0;
    const char *dir = os_join(a, p->dir, "memory_traces");
    if (os_is_dir(dir))
        TRY(os_list_dir(a, dir, &names, &n, p->e));
    TRY(choose(p, names, n, &c));
    note_choice(p, &c);
    p->cta = c.cta;
    p->has_accesses = c.n_fitting > 0;
    return p->has_accesses ? read_file(p, c.cta, take_addresses, &f) : STATUS_OK;
}

enum status ppt_find_accesses(struct ppt_load *p)
{
    struct arena a;
    if (p->accesses.n == 0)
        return STATUS_OK;
    arena_init(&a, ARENA_SMALL);
    enum status s = find_accesses(p, &a);
    arena_done(&a);
    return s;
}
