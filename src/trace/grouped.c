/*
 * Grouped text: CTAs between #BEGIN_TB and #END_TB, each warp's lines in one piece.
 *
 *     #BEGIN_TB                      IN_CTA     expects the block id
 *     thread block = 0,0,0           IN_BLOCK   expects warps
 *     warp = 0                       IN_WARP    expects the count
 *     insts = 2                      IN_INSTS
 *     0000 ffffffff 1 R1 MOV 0 0 0
 *     0010 ffffffff 0 EXIT 0 0 0
 *     #END_TB                        OUTSIDE
 */
#include <stdlib.h>

#include "reader.h"

enum state { OUTSIDE, IN_CTA, IN_BLOCK, IN_WARP, IN_INSTS, SKIP_WARP, SKIP_CTA };

enum { MAX_PREFIX = 64 };

struct grouped {
    struct reader *r;
    struct warp_state w;
    enum state state;
    struct inst_ids here;
    uint32_t cta;         /* of the builder */
    uint64_t declared;    /* insts = */
    uint64_t warps_seen;  /* a bit each */
    char ids[MAX_PREFIX]; /* text of the ids in front of this warp's lines, once seen */
    size_t n_ids;
};

/* ---- errors ---- */

/* What is left out after a problem: the warp, or the CTA when its frame is in doubt. */
static enum status give_up(struct grouped *g, enum state then, const struct err *problem)
{
    TRY(reader_problem(g->r, problem));
    g->r->notes.dropped_warps += g->state == IN_INSTS || g->state == IN_WARP;
    warp_state_start(&g->w);
    g->state = then;
    return STATUS_OK;
}

static enum status fail_here(struct grouped *g, enum state then, const char *at,
                             const char *expected, const char *what)
{
    struct err e = {0};
    lines_fail(&g->r->l, at, &e, "%s", what);
    err_expected(&e, "%s", expected);
    lines_found(&g->r->l, at, &e);
    return give_up(g, then, &e);
}

/* ---- ends ---- */

/* A warp is whole when its lines are as many as declared; tracers may count markers too. */
static bool is_complete(const struct grouped *g)
{
    return g->w.lines == g->declared || g->w.lines + g->w.markers == g->declared;
}

static enum status end_warp(struct grouped *g)
{
    if (g->state != IN_INSTS)
        return STATUS_OK;
    if (!is_complete(g)) {
        struct err e = {0};
        lines_fail(&g->r->l, g->r->l.start, &e, "warp %u of CTA %u,%u,%u is not whole",
                   g->here.warp, g->here.cta[0], g->here.cta[1], g->here.cta[2]);
        err_expected(&e, "%llu instruction lines (insts = %llu)", (unsigned long long)g->declared,
                     (unsigned long long)g->declared);
        err_found(&e, "%llu", (unsigned long long)g->w.lines);
        err_hint(&e, "the trace may be cut or edited");
        return give_up(g, SKIP_WARP, &e);
    }
    reader_end_warp(g->r, &g->w, g->cta, g->here.warp);
    g->state = IN_BLOCK;
    return STATUS_OK;
}

/* ---- frame lines ---- */

static bool is_inside(const struct grouped *g)
{
    return g->state == IN_BLOCK || g->state == SKIP_WARP;
}

static enum status take_begin(struct grouped *g, str value)
{
    TRY(end_warp(g));
    if (g->state != OUTSIDE && g->state != SKIP_CTA)
        TRY(fail_here(g, OUTSIDE, value.p, "#END_TB before the next CTA",
                      "a CTA begins within another"));
    g->state = IN_CTA;
    return STATUS_OK;
}

static enum status take_end(struct grouped *g, str value)
{
    TRY(end_warp(g));
    if (!is_inside(g) && g->state != SKIP_CTA)
        return fail_here(g, OUTSIDE, value.p, "a CTA and its warps before #END_TB",
                         "#END_TB is out of place");
    g->state = OUTSIDE;
    return STATUS_OK;
}

static bool parse_block_id(str value, uint32_t out[3])
{
    str part;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t v;
        if (!str_cut(&value, ',', &part) || !str_parse_u64(str_trim(part), &v) || v > UINT32_MAX)
            return false;
        out[i] = (uint32_t)v;
    }
    return value.p == NULL;
}

static bool in_grid(const struct trace_header *h, const uint32_t id[3])
{
    return id[0] < h->grid[0] && id[1] < h->grid[1] && id[2] < h->grid[2];
}

static enum status fail_block_id(struct grouped *g, str value, const char *what)
{
    const uint32_t *grid = g->r->h.grid;
    struct err e = {0};
    lines_fail(&g->r->l, value.p, &e, "%s", what);
    err_expected(&e, "x,y,z within the grid (%u,%u,%u), each once", grid[0], grid[1], grid[2]);
    lines_found(&g->r->l, value.p, &e);
    return give_up(g, SKIP_CTA, &e);
}

static enum status take_block(struct grouped *g, str value)
{
    if (g->state != IN_CTA)
        return fail_here(g, SKIP_CTA, value.p, "#BEGIN_TB before a thread block",
                         "a thread block is out of place");
    if (!parse_block_id(value, g->here.cta) || !in_grid(&g->r->h, g->here.cta))
        return fail_block_id(g, value, "the thread block id is not valid");
    bool is_new;
    g->cta = build_find_cta(g->r->b, g->here.cta[0], g->here.cta[1], g->here.cta[2], &is_new);
    if (!is_new)
        return fail_block_id(g, value, "this thread block was there before");
    g->warps_seen = 0;
    g->state = IN_BLOCK;
    return STATUS_OK;
}

static enum status take_warp(struct grouped *g, str value)
{
    TRY(end_warp(g));
    if (g->state == SKIP_CTA)
        return STATUS_OK;
    if (!is_inside(g))
        return fail_here(g, g->state == IN_WARP ? SKIP_WARP : SKIP_CTA, value.p,
                         g->state == IN_WARP ? "insts = " : "thread block = x,y,z",
                         "a warp is out of place");
    uint64_t id;
    unsigned n = header_warps(&g->r->h);
    if (!str_parse_u64(value, &id) || id >= n || (g->warps_seen >> id & 1) != 0) {
        struct err e = {0};
        lines_fail(&g->r->l, value.p, &e, "the warp id is not valid");
        err_expected(&e, "0 to %u, each once in a CTA", n - 1);
        lines_found(&g->r->l, value.p, &e);
        return give_up(g, SKIP_WARP, &e);
    }
    g->warps_seen |= UINT64_C(1) << id;
    g->here.warp = (uint32_t)id;
    g->n_ids = 0;
    g->state = IN_WARP;
    warp_state_start(&g->w);
    return STATUS_OK;
}

static enum status take_count(struct grouped *g, str value)
{
    if (g->state == SKIP_CTA || g->state == SKIP_WARP)
        return STATUS_OK;
    TRY(end_warp(g));
    if (g->state != IN_WARP)
        return fail_here(g, g->state < IN_BLOCK ? SKIP_CTA : SKIP_WARP, value.p,
                         "warp = before insts =", "an instruction count is out of place");
    if (!str_parse_u64(value, &g->declared) || g->declared > UINT32_MAX)
        return fail_here(g, SKIP_WARP, value.p, "a number below 2^32",
                         "the instruction count is not valid");
    g->state = IN_INSTS;
    return STATUS_OK;
}

/* Cluster ids (v6) tell nothing that the models use. */
static enum status take_cluster(struct grouped *g, str value)
{
    (void)g;
    (void)value;
    return STATUS_OK;
}

static enum status take_marker(struct grouped *g, str value)
{
    (void)value;
    g->w.markers++;
    g->r->notes.markers++;
    return STATUS_OK;
}

static const struct frame {
    const char *key;
    bool has_value; /* key = value */
    enum status (*take)(struct grouped *g, str value);
} frames[] = {
    {"#BEGIN_TB", false, take_begin},     {"#END_TB", false, take_end},
    {"thread block", true, take_block},   {"warp", true, take_warp},
    {"insts", true, take_count},          {"cluster id", true, take_cluster},
    {"cluster cta", true, take_cluster},  {"cluster rank", true, take_cluster},
    {"REPLAY_START", false, take_marker}, {"REPLAY_END", false, take_marker},
};

static enum status take_unknown(struct grouped *g, str line)
{
    if (g->state == SKIP_WARP || g->state == SKIP_CTA)
        return STATUS_OK;
    static const char *const expected[] = {
        [OUTSIDE] = "#BEGIN_TB",
        [IN_CTA] = "thread block = x,y,z",
        [IN_BLOCK] = "warp = or #END_TB",
        [IN_WARP] = "insts =",
        [IN_INSTS] = "no more lines than insts = tells, or an instruction",
    };
    return fail_here(g, g->state < IN_BLOCK ? SKIP_CTA : SKIP_WARP, line.p, expected[g->state],
                     "a line is out of place");
}

static enum status take_frame(struct grouped *g, str line)
{
    line = str_trim(line);
    if (line.n == 0)
        return STATUS_OK;
    str value = line, key;
    str_cut(&value, '=', &key);
    key = str_trim(key);
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        if (!str_is(key, frames[i].key) || frames[i].has_value != (value.p != NULL))
            continue;
        return frames[i].take(g, value.p != NULL ? str_trim(value) : line);
    }
    return take_unknown(g, line);
}

/* ---- instruction lines ---- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static enum status check_ids(struct grouped *g, const char *at, const struct inst_ids *ids,
                             struct err *e)
{
    if (memcmp(ids, &g->here, sizeof *ids) == 0)
        return STATUS_OK;
    lines_fail(&g->r->l, at, e, "an instruction of another warp");
    err_expected(e, "%u %u %u %u", g->here.cta[0], g->here.cta[1], g->here.cta[2], g->here.warp);
    err_found(e, "%u %u %u %u", ids->cta[0], ids->cta[1], ids->cta[2], ids->warp);
    return STATUS_INPUT;
}

/* The ids repeat from line to line, so their text is compared after the first. */
static enum status pass_ids(struct grouped *g, const char **p, struct err *e)
{
    const struct line_layout *layout = &g->r->layout;
    if (layout->n_ids + layout->n_core == 0)
        return STATUS_OK;
    const char *at = *p;
    if (g->n_ids > 0 && memcmp(at, g->ids, g->n_ids) == 0) {
        *p = at + g->n_ids;
        return STATUS_OK;
    }
    struct inst_ids ids = g->here;
    TRY(inst_read_ids(&g->r->l, layout, p, &ids, e));
    TRY(check_ids(g, at, &ids, e));
    g->n_ids = (size_t)(*p - at) <= MAX_PREFIX ? (size_t)(*p - at) : 0;
    memcpy(g->ids, at, g->n_ids);
    return STATUS_OK;
}

static void look_at_layout(struct reader *r, const char *line)
{
    inst_fit_layout(&r->layout, line, true);
    r->layout_is_known = true;
}

/* Lines of the warp up to the end of the block, its last line, or one that is no instruction. */
static enum status take_lines(struct grouped *g, struct err *e)
{
    struct reader *r = g->r;
    struct lines *l = &r->l;
    struct form_hit hit;
    while (l->p < l->end && g->w.lines < g->declared && is_hex(*l->p)) {
        const char *p = l->start = l->p;
        l->line++;
        TRY(pass_ids(g, &p, e));
        TRY(reader_take_line(r, &g->w, p, &l->p, &hit, e));
    }
    return STATUS_OK;
}

static void skip_line(struct lines *l)
{
    const char *feed = memchr(l->start, '\n', (size_t)(l->end - l->start));
    l->p = feed + 1;
}

static enum status take_warp_lines(struct grouped *g)
{
    if (!g->r->layout_is_known)
        look_at_layout(g->r, g->r->l.p);
    struct err e = {0};
    if (take_lines(g, &e) == STATUS_OK)
        return STATUS_OK;
    skip_line(&g->r->l);
    return give_up(g, SKIP_WARP, &e);
}

/* ---- the file ---- */

static enum status end_of_text(struct grouped *g)
{
    const struct lines *l = &g->r->l;
    if (g->state == OUTSIDE || g->state == SKIP_CTA)
        return STATUS_OK;
    if (g->state == IN_INSTS && !l->is_cut && is_complete(g)) {
        reader_end_warp(g->r, &g->w, g->cta, g->here.warp);
        g->state = IN_BLOCK;
    }
    struct err e = {0};
    lines_fail(l, l->start, &e, "the trace ends within CTA %u,%u,%u", g->here.cta[0],
               g->here.cta[1], g->here.cta[2]);
    err_expected(&e, "#END_TB behind the last warp");
    err_found(&e, "the end of the file");
    err_hint(&e, "the file seems to be cut; copy or record it again");
    return give_up(g, OUTSIDE, &e);
}

static enum status read_all(struct grouped *g)
{
    struct lines *l = &g->r->l;
    for (;;) {
        if (l->p == l->end) {
            bool more;
            TRY(reader_fill(g->r, &more));
            if (!more)
                return end_of_text(g);
        }
        if (g->state == IN_INSTS && g->w.lines < g->declared && is_hex(*l->p)) {
            TRY(take_warp_lines(g));
            continue;
        }
        str line;
        bool more;
        TRY(lines_next(l, &line, &more, g->r->e));
        TRY(take_frame(g, line));
    }
}

enum status grouped_read(struct reader *r)
{
    struct grouped g = {.r = r};
    warp_state_start(&g.w);
    enum status s = read_all(&g);
    warp_state_free(&g.w);
    return s;
}
