/*
 * Raw text: the lines of all warps interleaved as they were issued, each with the ids of its CTA
 * and warp in front. A warp is stored when all lanes that its block has for it have left, so that
 * only the warps that are on the GPU at a time are held here.
 */
#include <stdlib.h>

#include "reader.h"

struct raw_warp {
    uint64_t key; /* linear CTA id and warp */
    uint32_t cta; /* of the builder */
    uint32_t id;
    uint32_t lanes;  /* that have not left */
    uint32_t state;  /* index of its state; INDEX_NONE when it is stored or left out */
    bool is_dropped; /* after a line that is not valid */
};

/* clang-format off */
struct vec_raw { VEC(struct raw_warp); };
struct vec_state { VEC(struct warp_state); };
/* clang-format on */

struct raw {
    struct reader *r;
    struct vec_raw warps;
    struct index by_key;
    struct vec_state states; /* reused from warp to warp */
    struct vec_u32 free;     /* states without a warp */
};

/* ---- warps ---- */

static uint64_t key_of(const struct trace_header *h, const struct inst_ids *ids)
{
    uint64_t linear =
        ids->cta[0] + (uint64_t)h->grid[0] * (ids->cta[1] + (uint64_t)h->grid[1] * ids->cta[2]);
    return linear * HEADER_MAX_WARPS + ids->warp;
}

struct warp_key {
    const struct raw *w;
    uint64_t key;
};

static bool warp_equal(const void *ctx, uint32_t id)
{
    const struct warp_key *k = ctx;
    return k->w->warps.at[id].key == k->key;
}

/* Lanes that the block has in this warp: the last warp of a block may be partly empty. */
static uint32_t lanes_of(const struct trace_header *h, uint32_t warp)
{
    unsigned left = header_threads(h) - warp * SASS_WARP_LANES;
    return left >= SASS_WARP_LANES ? UINT32_MAX : (UINT32_C(1) << left) - 1;
}

static uint32_t take_state(struct raw *w)
{
    uint32_t id;
    if (w->free.n > 0) {
        id = w->free.at[w->free.n - 1];
        VEC_RESIZE_DOWN(&w->free, w->free.n - 1);
    } else {
        id = (uint32_t)w->states.n;
        VEC_PUSH(&w->states);
    }
    warp_state_start(&w->states.at[id]);
    return id;
}

static struct raw_warp *find_warp(struct raw *w, const struct inst_ids *ids)
{
    uint64_t key = key_of(&w->r->h, ids);
    uint64_t hash = hash_u64(key);
    uint32_t id = index_find(&w->by_key, hash, warp_equal, &(struct warp_key){w, key});
    if (id != INDEX_NONE)
        return &w->warps.at[id];
    bool is_new;
    index_put(&w->by_key, hash, (uint32_t)w->warps.n);
    struct raw_warp *warp = VEC_PUSH(&w->warps);
    *warp = (struct raw_warp){
        .key = key,
        .cta = build_find_cta(w->r->b, ids->cta[0], ids->cta[1], ids->cta[2], &is_new),
        .id = ids->warp,
        .lanes = lanes_of(&w->r->h, ids->warp),
        .state = take_state(w)};
    return warp;
}

static void give_state_back(struct raw *w, struct raw_warp *warp)
{
    *VEC_PUSH(&w->free) = warp->state;
    warp->state = INDEX_NONE;
}

static void end_warp(struct raw *w, struct raw_warp *warp)
{
    if (warp->state == INDEX_NONE)
        return;
    reader_end_warp(w->r, &w->states.at[warp->state], warp->cta, warp->id);
    give_state_back(w, warp);
}

/* ---- problems ---- */

static void drop_warp(struct raw *w, struct raw_warp *warp)
{
    if (warp->is_dropped)
        return;
    warp->is_dropped = true;
    w->r->notes.dropped_warps++;
    if (warp->state != INDEX_NONE)
        give_state_back(w, warp);
}

static enum status fail_ids(const struct lines *l, const struct trace_header *h, struct err *e)
{
    lines_fail(l, l->start, e, "the CTA or warp of an instruction does not exist");
    err_expected(e, "a CTA within the grid (%u,%u,%u) and a warp from 0 to %u", h->grid[0],
                 h->grid[1], h->grid[2], header_warps(h) - 1);
    return STATUS_INPUT;
}

static enum status fail_after_exit(const struct lines *l, struct err *e)
{
    lines_fail(l, l->start, e, "an instruction of a warp whose lanes have all left");
    err_hint(e, "the file may hold two launches, or lines out of order");
    return STATUS_INPUT;
}

/* ---- lines ---- */

/* Four small numbers, each with one blank behind; false leaves it to the careful reader. */
static bool read_plain_ids(const char **p, struct inst_ids *ids)
{
    uint32_t v[4];
    const char *at = *p;
    for (unsigned i = 0; i < 4; i++) {
        const char *first = at;
        for (v[i] = 0; *at >= '0' && *at <= '9'; at++)
            v[i] = v[i] * 10 + (uint32_t)(*at - '0');
        if (at == first || at - first > 9 || *at++ != ' ')
            return false;
    }
    *ids = (struct inst_ids){{v[0], v[1], v[2]}, v[3]};
    *p = at;
    return true;
}

static enum status read_ids(const struct reader *r, const char **p, struct inst_ids *ids,
                            struct err *e)
{
    bool is_plain = r->layout.n_ids == 4 && r->layout.n_core == 0;
    if (!is_plain || !read_plain_ids(p, ids))
        TRY(inst_read_ids(&r->l, &r->layout, p, ids, e));
    const uint32_t *grid = r->h.grid;
    if (ids->cta[0] >= grid[0] || ids->cta[1] >= grid[1] || ids->cta[2] >= grid[2] ||
        ids->warp >= header_warps(&r->h))
        return fail_ids(&r->l, &r->h, e);
    return STATUS_OK;
}

static bool leaves(const struct raw *w, const struct form_hit *hit)
{
    return hit->code != INDEX_NONE && (w->r->b->code.at[hit->code].op.flags & SASS_F_EXIT) != 0;
}

static enum status take_instruction(struct raw *w, struct raw_warp *warp, const char *p,
                                    struct err *e)
{
    struct reader *r = w->r;
    struct form_hit hit;
    const char *next;
    if (warp->is_dropped)
        return STATUS_INPUT;
    if (warp->state == INDEX_NONE)
        return fail_after_exit(&r->l, e);
    TRY(reader_take_line(r, &w->states.at[warp->state], p, &next, &hit, e));
    r->l.p = next;
    if (!leaves(w, &hit))
        return STATUS_OK;
    warp->lanes &= ~hit.mask;
    if (warp->lanes == 0)
        end_warp(w, warp);
    return STATUS_OK;
}

static void skip_line(struct lines *l)
{
    const char *feed = memchr(l->start, '\n', (size_t)(l->end - l->start));
    l->p = feed + 1;
}

/* The line at l->p, which begins with a digit. */
static enum status take_line(struct raw *w)
{
    struct reader *r = w->r;
    struct err e = {0};
    struct inst_ids ids;
    const char *p = r->l.start = r->l.p;
    r->l.line++;
    if (!r->layout_is_known)
        inst_fit_layout(&r->layout, p, false);
    r->layout_is_known = true;
    if (read_ids(r, &p, &ids, &e) != STATUS_OK) {
        skip_line(&r->l);
        return reader_problem(r, &e);
    }
    struct raw_warp *warp = find_warp(w, &ids);
    if (LIKELY(take_instruction(w, warp, p, &e) == STATUS_OK))
        return STATUS_OK;
    skip_line(&r->l);
    if (warp->is_dropped)
        return STATUS_OK;
    TRY(reader_problem(r, &e));
    drop_warp(w, warp);
    return STATUS_OK;
}

/* A line that begins with anything else. */
static enum status take_other(struct raw *w)
{
    struct lines *l = &w->r->l;
    str line;
    bool more;
    TRY(lines_next(l, &line, &more, w->r->e));
    line = str_trim(line);
    if (line.n == 0 || str_starts(line, STR("REPLAY_")))
        return STATUS_OK;
    struct err e = {0};
    lines_fail(l, line.p, &e, "a line is out of place");
    err_expected(&e, "an instruction, with the ids of its CTA and warp in front");
    lines_found(l, line.p, &e);
    return reader_problem(w->r, &e);
}

/* ---- the file ---- */

/*
 * Without its line feed the last line may be cut in the middle of a number: it is not read. Such a
 * line is a block of its own.
 */
static enum status fail_cut(struct raw *w)
{
    struct lines *l = &w->r->l;
    struct err e = {0};
    l->start = l->p;
    l->line++;
    lines_fail(l, l->start, &e, "the last line has no line feed");
    err_hint(&e, "the file seems to be cut; copy or record it again");
    return reader_problem(w->r, &e);
}

static size_t open_memory_b(const struct raw *w)
{
    size_t sum = 0;
    for (size_t i = 0; i < w->states.n; i++) {
        const struct warp_buf *b = &w->states.at[i].buf;
        sum += b->cap_steps * sizeof *b->steps +
               b->cap_accesses * (sizeof *b->bases + sizeof *b->patterns);
    }
    return sum;
}

static enum status read_all(struct raw *w)
{
    struct lines *l = &w->r->l;
    for (;;) {
        bool more = true;
        w->r->open_b = open_memory_b(w);
        if (l->p == l->end)
            TRY(reader_fill(w->r, &more));
        if (!more)
            break;
        if (l->is_cut) {
            TRY(fail_cut(w));
            break;
        }
        while (l->p < l->end)
            TRY(*l->p >= '0' && *l->p <= '9' ? take_line(w) : take_other(w));
    }
    for (size_t i = 0; i < w->warps.n; i++)
        end_warp(w, &w->warps.at[i]);
    return STATUS_OK;
}

enum status raw_read(struct reader *r)
{
    struct raw w = {.r = r};
    VEC_INIT(&w.warps, ARENA_LARGE);
    VEC_INIT(&w.states, ARENA_LARGE);
    VEC_INIT(&w.free, ARENA_LARGE);
    index_init(&w.by_key);
    enum status s = read_all(&w);
    for (size_t i = 0; i < w.states.n; i++)
        warp_state_free(&w.states.at[i]);
    index_done(&w.by_key);
    VEC_DONE(&w.warps);
    VEC_DONE(&w.states);
    VEC_DONE(&w.free);
    return s;
}
