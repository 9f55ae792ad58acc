#include "reader.h"

#include <stdlib.h>

/* ---- warps ---- */

void warp_state_start(struct warp_state *w)
{
    struct warp_buf buf = w->buf;
    buf.n_steps = buf.n_accesses = 0;
    *w = (struct warp_state){.buf = buf, .form = INDEX_NONE};
}

void warp_state_free(struct warp_state *w)
{
    free(w->buf.steps);
    free(w->buf.bases);
    free(w->buf.patterns);
}

void reader_end_warp(struct reader *r, struct warp_state *w, uint32_t cta, uint32_t id)
{
    for (unsigned i = 0; i < INST_MODES; i++)
        r->b->mem_mode[i] += w->modes[i];
    build_end_warp(r->b, cta, id, &w->buf);
    warp_state_start(w);
}

/* ---- storing ---- */

/*
 * Tracers up to early v4, and raw files of later ones, write an LDGSTS twice: once with its shared
 * and once with its global addresses. One instruction is kept, with the global ones: they are the
 * higher, since shared addresses are offsets.
 */
static bool merge_halves(struct reader *r, struct warp_state *w, const struct form_hit *hit)
{
    if (!w->has_half || w->half_code != hit->code || w->half_mask != hit->mask) {
        w->has_half = true;
        w->half_code = hit->code;
        w->half_mask = hit->mask;
        return false;
    }
    w->has_half = false;
    r->notes.pairs++;
    size_t last = w->buf.n_accesses - 1;
    if (hit->base > w->buf.bases[last]) {
        w->buf.bases[last] = hit->base;
        w->buf.patterns[last] = hit->pattern;
    }
    return true;
}

static inline void store(struct reader *r, struct warp_state *w, const struct form_hit *hit)
{
    w->form = hit->form;
    w->lines++;
    if (UNLIKELY(hit->is_ldgsts)) {
        if (hit->has_access && merge_halves(r, w, hit))
            return;
    } else {
        w->has_half = false;
    }
    warp_buf_step(&w->buf, hit->code, hit->mask);
    if (hit->has_access) {
        warp_buf_access(&w->buf, hit->base, hit->pattern);
        w->modes[hit->mode]++;
    }
}

static enum status take_new_text(struct reader *r, struct warp_state *w, const char *p,
                                 const char **next, struct form_hit *hit, struct err *e)
{
    struct inst_line in;
    TRY(inst_read(&r->l, &r->layout, p, &in, e));
    const char *feed = memchr(p, '\n', (size_t)(r->l.end - p));
    *next = feed + 1;
    if (in.is_marker) {
        w->markers++;
        r->notes.markers++;
        return STATUS_OK;
    }
    forms_learn(&r->forms, w->form, p, &in, hit);
    r->notes.lacking_deltas += in.lacks_delta;
    r->notes.lost_regs += in.lost_regs;
    r->notes.lost_addresses += in.lost_address;
    store(r, w, hit);
    return STATUS_OK;
}

enum status reader_take_line(struct reader *r, struct warp_state *w, const char *p,
                             const char **next, struct form_hit *hit, struct err *e)
{
    *next = forms_match(&r->forms, w->form, p, r->l.end, hit);
    if (UNLIKELY(*next == NULL)) {
        hit->code = INDEX_NONE;
        return take_new_text(r, w, p, next, hit, e);
    }
    store(r, w, hit);
    return STATUS_OK;
}

/* ---- problems ---- */

enum status reader_problem(struct reader *r, const struct err *problem)
{
    enum { MAX_SHOWN = 20 };
    if (!r->options.keep_going || problem->status != STATUS_INPUT) {
        if (r->e != NULL && r->e->status == STATUS_OK)
            *r->e = *problem;
        if (problem->status == STATUS_INPUT)
            err_hint(r->e, "the file may be cut or edited; --keep-going loads what is whole of it");
        return problem->status;
    }
    if (r->notes.problems++ < MAX_SHOWN)
        build_warn(r->b, "line %u, column %u: %s%s%s%s%s", problem->line, problem->column,
                   problem->message, problem->expected[0] != '\0' ? "; expected " : "",
                   problem->expected, problem->found[0] != '\0' ? ", found " : "", problem->found);
    return STATUS_OK;
}

enum status reader_fill(struct reader *r, bool *more)
{
    size_t memory_b = build_memory_b(r->b) + r->open_b;
    if (r->options.mem_limit_b != 0 && memory_b > r->options.mem_limit_b) {
        err_set(r->e, STATUS_LIMIT, "'%s' needs more than the memory limit of %llu bytes",
                r->l.path, (unsigned long long)r->options.mem_limit_b);
        err_hint(r->e, "raise the limit, or load fewer kernels at a time");
        return STATUS_LIMIT;
    }
    struct err e = {0};
    enum status s = lines_fill(&r->l, more, &e);
    if (s == STATUS_OK)
        return s;
    *more = false;
    return reader_problem(r, &e);
}

/* ---- loading ---- */

static void note_count(struct reader *r, uint64_t n, const char *one, const char *more)
{
    if (n > 0)
        build_warn(r->b, "%llu %s", (unsigned long long)n, n == 1 ? one : more);
}

static void note_all(struct reader *r)
{
    const struct reader_notes *n = &r->notes;
    note_count(r, n->problems, "problem found; what is not whole was left out",
               "problems found; what is not whole was left out");
    note_count(r, n->dropped_warps, "warp was left out because it is not whole",
               "warps were left out because they are not whole");
    note_count(r, n->lacking_deltas, "address list lacks its last delta; that lane is left out",
               "address lists lack their last delta; that lane is left out");
    note_count(r, n->pairs, "LDGSTS was written twice (shared and global half) and counts once",
               "LDGSTS were written twice (shared and global half) and count once");
    note_count(r, n->markers, "replay marker is not counted as an instruction",
               "replay markers are not counted as instructions");
    note_count(r, n->lost_regs, "instruction line names more than 5 source registers",
               "instruction lines name more than 5 source registers");
    note_count(r, n->lost_addresses, "bulk copy names more than 32 addresses; the rest is left out",
               "bulk copies name more than 32 addresses; the rest is left out");
}

static enum status fail_empty(struct reader *r)
{
    err_set(r->e, STATUS_INPUT, "'%s' has no %sinstructions", r->l.path,
            r->notes.problems > 0 ? "usable " : "");
    err_at(r->e, r->l.path, (unsigned)r->l.line, 0);
    err_hint(r->e, "%s",
             r->notes.problems > 0 ? "check the trace without keep-going for the first problem"
                                   : "the kernel may lie outside the range that was traced");
    return STATUS_INPUT;
}

static enum status read_body(struct reader *r, const struct trace_kernel **out)
{
    TRY(r->h.format == TRACE_FORMAT_RAW ? raw_read(r) : grouped_read(r));
    if (r->b->warps.n == 0)
        return fail_empty(r);
    r->b->text_b = r->l.text_b;
    note_all(r);
    *out = build_finish(r->b);
    r->b = NULL;
    return STATUS_OK;
}

static enum status load(struct reader *r, const char *file, const struct trace_kernel **out)
{
    struct arena strings;
    arena_init(&strings, ARENA_SMALL);
    enum status s = header_read(&r->l, &strings, &r->h, &r->layout, r->e);
    if (s == STATUS_OK) {
        r->h.file = file;
        bool is_plain = stream_packing(r->l.stream) == STREAM_PLAIN;
        uint64_t text_b = stream_size(r->l.stream);
        r->b = build_init_for(&r->h, is_plain ? BUILD_RESERVE(text_b) : ARENA_LARGE);
        forms_init(&r->forms, r->b, &r->layout);
        s = read_body(r, out);
        forms_done(&r->forms);
        build_drop(r->b);
    }
    arena_done(&strings);
    return s;
}

enum status text_load(struct lines *l, const char *file, const struct trace_options *o,
                      const struct trace_kernel **out, struct err *e)
{
    struct reader r = {.l = *l, .options = o != NULL ? *o : (struct trace_options){0}, .e = e};
    enum status s = load(&r, file, out);
    lines_close(&r.l);
    return s;
}
