/*
 * ppt.c: the kernels of a PPT-GPU folder.
 *
 * The instruction trace holds one CTA and no addresses; a memory trace per CTA holds the accesses
 * in the order of execution and no warps. Both come from one run, so the CTA is one whose sequence
 * of memory opcodes equals that of the instructions (ppt_fit.c finds it). What the format leaves
 * open is filled in as little as the kernel's form allows, and said in its warnings:
 *
 *   PC       the line's text numbers the instruction, by first appearance
 *   mask     all threads of the warp; for an access the first lanes, as many as it has addresses
 *   grid     recorded as a product, so one-dimensional; one CTA has instructions
 *   isa      by opcodes that only some chips have
 */
#include "trace/ppt.h"

#include "base/os.h"
#include "ppt_load.h"

enum {
    CONFIG_MAX_B = 64 << 20,
    ISA_LINES = 1 << 16,
    GROUP_THREADS = PPT_SUB_CORES * SASS_WARP_LANES,
};

static const char CONFIG[] = "app_config.py";

/* ---- listing ---- */

bool ppt_probe(const char *dir)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    bool is_ppt =
        os_is_file(os_join(&a, dir, CONFIG)) && os_is_dir(os_join(&a, dir, "sass_traces"));
    arena_done(&a);
    return is_ppt;
}

/* The first of these that a trace has tells its instruction set: newest first, and sm_6x last. */
static const struct {
    const char *opcode;
    unsigned isa;
} TELLING[] = {
    {"HGMMA", 90}, {"UTMALDG", 90}, {"SYNCS", 90}, {"VIADD", 90},  {"LDGSTS", 80}, {"F2FP", 80},
    {"REDUX", 80}, {"ULDC", 75},    {"UMOV", 75},  {"R2UR", 75},   {"BSSY", 70},   {"IMAD", 70},
    {"XMAD", 61},  {"SSY", 61},     {"SYNC", 61},  {"ISCADD", 61}, {"LOP32I", 61}, {"IADD32I", 61},
};
enum { ISA_DEFAULT = 70 }; /* what all later sets have in common */

static size_t telling(str opcode)
{
    size_t i = 0;
    while (i < ARRAY_LEN(TELLING) && !str_is(sass_base_name(opcode), TELLING[i].opcode))
        i++;
    return i;
}

/* From the beginning of one trace: an application is compiled for one chip. */
static enum status infer_isa(const char *path, uint32_t *isa, struct err *e)
{
    struct lines l;
    size_t best = ARRAY_LEN(TELLING);
    enum status s = lines_open(&l, path, NULL, e);
    for (bool more = true; s == STATUS_OK && more && l.line < ISA_LINES;) {
        str line;
        struct ppt_inst in;
        s = lines_next(&l, &line, &more, e);
        if (s == STATUS_OK && more && ppt_parse_inst(line, path, 0, &in, NULL) == STATUS_OK)
            best = MIN(best, telling(in.opcode));
    }
    lines_close(&l);
    *isa = best < ARRAY_LEN(TELLING) ? TELLING[best].isa : ISA_DEFAULT;
    return s;
}

static enum status read_config(struct arena *a, const char *dir, struct ppt_list *out,
                               struct err *e)
{
    const char *path = os_join(a, dir, CONFIG);
    str text;
    TRY(os_read_file(a, path, CONFIG_MAX_B, &text, e));
    return ppt_parse_config(a, text, path, out, e);
}

enum status ppt_list(struct arena *a, const char *dir, struct ppt_list *out, struct err *e)
{
    TRY(read_config(a, dir, out, e));
    uint32_t n = out->n, isa = 0;
    out->n = 0;
    out->warnings = ARENA_ARRAY(a, const char *, n);
    const char *traces = os_join(a, dir, "sass_traces");
    for (uint32_t i = 0; i < n; i++) {
        struct trace_header h = out->headers[i];
        h.file = os_join(a, traces, arena_printf(a, "kernel_%u.sass", h.id));
        if (!os_is_file(h.file)) {
            out->warnings[out->n_warnings++] = arena_printf(a, "'%s' is absent", h.file);
            continue;
        }
        if (isa == 0)
            TRY(infer_isa(h.file, &isa, e));
        h.isa = isa;
        out->headers[out->n++] = h;
    }
    return STATUS_OK;
}

/* ---- instructions ---- */

/* The format lists registers without roles; an opcode that writes one lists it first. */
static struct sass_inst inst_of(struct ppt_load *p, const struct ppt_inst *line)
{
    struct sass_inst in = {.opcode = arena_strndup(&p->strings, line->opcode.p, line->opcode.n)};
    sass_decode(&in.op, line->opcode, p->h->isa);
    unsigned first = line->begins_with_r && in.op.dst_regs != 0 ? 1 : 0;
    in.n_dst = (uint8_t)first;
    in.dst = line->reg[0];
    in.n_src = (uint8_t)MIN(line->n_reg - first, (unsigned)SASS_MAX_SRC);
    memcpy(in.src, line->reg + first, in.n_src);
    in.pc = 16 * p->codes.n;
    p->lost_regs += line->lost_regs || line->n_reg - first > SASS_MAX_SRC;
    return in;
}

/* The accesses that memory traces hold: not those to shared and constant memory. */
static bool has_record(const struct sass_op *op)
{
    bool is_access = op->cls == SASS_LOAD || op->cls == SASS_STORE || op->cls == SASS_ATOMIC ||
                     op->cls == SASS_REDUCTION || op->cls == SASS_ASYNC_COPY;
    bool is_far = op->space == SASS_SPACE_GLOBAL || op->space == SASS_SPACE_LOCAL ||
                  op->space == SASS_SPACE_GENERIC;
    return is_access && is_far && op->pipe == SASS_PIPE_LSU;
}

struct code_key {
    const struct ppt_load *p;
    str text;
};

static bool code_equal(const void *ctx, uint32_t id)
{
    const struct code_key *k = ctx;
    return str_eq(k->p->codes.at[id].text, k->text);
}

static uint32_t find_code(struct ppt_load *p, const struct ppt_inst *line)
{
    uint64_t hash = hash_bytes(line->text.p, line->text.n, 0);
    uint32_t id = index_find(&p->by_text, hash, code_equal, &(struct code_key){p, line->text});
    if (id != INDEX_NONE)
        return id;
    struct sass_inst in = inst_of(p, line);
    const char *text = arena_strndup(&p->strings, line->text.p, line->text.n);
    id = (uint32_t)p->codes.n;
    *VEC_PUSH(&p->codes) =
        (struct ppt_code){.text = {text, line->text.n}, .in = in, .has_record = has_record(&in.op)};
    index_put(&p->by_text, hash, id);
    return id;
}

static enum status fail_warp(const struct ppt_load *p, const struct lines *l, uint32_t warp)
{
    lines_fail(l, l->start, p->e, "warp %u in a CTA of %u threads", warp, p->h->block[0]);
    err_hint(p->e, "block_size in %s and this trace are not of one kernel", CONFIG);
    return STATUS_INPUT;
}

static enum status add_step(struct ppt_load *p, const struct lines *l, const struct ppt_inst *line)
{
    if (line->warp >= p->n_slots)
        return fail_warp(p, l, line->warp);
    uint32_t code = find_code(p, line);
    if (p->codes.at[code].has_record)
        *VEC_PUSH(&p->accesses) = (uint32_t)p->steps.n;
    *VEC_PUSH(&p->steps) = (struct ppt_step){.warp = (uint8_t)line->warp, .code = code};
    return STATUS_OK;
}

/* With keep_going a line that cannot be read is left out. */
static enum status take_line(struct ppt_load *p, const struct lines *l, str line)
{
    struct ppt_inst in;
    struct err own = {0};
    line = str_trim(line);
    if (line.n == 0)
        return STATUS_OK;
    enum status s = ppt_parse_inst(line, l->path, (unsigned)l->line, &in, &own);
    if (s == STATUS_OK)
        return add_step(p, l, &in);
    if (p->keep_going) {
        p->bad_lines++;
        return STATUS_OK;
    }
    if (p->e != NULL && p->e->status == STATUS_OK)
        *p->e = own;
    return s;
}

static enum status check_memory(const struct ppt_load *p)
{
    size_t used_b = p->steps.n * sizeof *p->steps.at + p->accesses.n * sizeof *p->accesses.at;
    if (p->mem_limit_b == 0 || used_b <= p->mem_limit_b)
        return STATUS_OK;
    return err_set(p->e, STATUS_LIMIT, "'%s' needs more than the memory limit of %llu bytes",
                   p->h->file, (unsigned long long)p->mem_limit_b);
}

static enum status read_lines(struct ppt_load *p, struct lines *l)
{
    for (bool more = true; more;) {
        str line;
        if (p->steps.n >= UINT32_MAX)
            return err_set(p->e, STATUS_LIMIT, "'%s' has too many instructions", l->path);
        TRY(lines_next(l, &line, &more, p->e));
        if (more)
            TRY(take_line(p, l, line));
        if (l->line % 4096 == 0)
            TRY(check_memory(p));
    }
    return STATUS_OK;
}

static enum status read_instructions(struct ppt_load *p)
{
    struct lines l;
    TRY(lines_open(&l, p->h->file, p->tick, p->e));
    enum status s = read_lines(p, &l);
    p->text_b = l.text_b;
    lines_close(&l);
    if (s != STATUS_OK || p->steps.n > 0)
        return s;
    return err_set(p->e, STATUS_INPUT, "'%s' has no instructions", p->h->file);
}

/* ---- building ---- */

static void build_codes(struct ppt_load *p)
{
    for (size_t i = 0; i < p->codes.n; i++) {
        struct ppt_code *c = &p->codes.at[i];
        c->in.mem_width_b = c->has_record && p->has_accesses ? c->in.op.width_b : 0;
        c->id = build_code(p->b, &c->in);
    }
}

/* All threads that the warp has; a slot behind the last warp may be any of the whole ones. */
static uint32_t warp_mask(const struct ppt_load *p, uint32_t warp)
{
    uint32_t first = warp * SASS_WARP_LANES, threads = p->h->block[0];
    return ppt_lane_mask(first < threads ? threads - first : SASS_WARP_LANES);
}

static void build_one(struct ppt_load *p, uint32_t warp)
{
    uint32_t mask = warp_mask(p, warp);
    build_warp(p->b, warp);
    for (size_t i = 0; i < p->steps.n; i++) {
        const struct ppt_step *s = &p->steps.at[i];
        if (s->warp != warp)
            continue;
        const struct ppt_code *c = &p->codes.at[s->code];
        bool has_access = c->in.mem_width_b != 0;
        build_step(p->b, c->id, has_access ? mask & ppt_lane_mask(s->lanes) : mask);
        if (has_access)
            build_access(p->b, s->base, s->pattern);
    }
    build_warp_end(p->b);
}

static void note_count(struct build *b, uint64_t n, const char *what)
{
    if (n > 0)
        build_warn(b, "%llu %s", (unsigned long long)n, what);
}

static bool has_shared_access(const struct ppt_load *p)
{
    for (size_t i = 0; i < p->codes.n; i++) {
        if (p->codes.at[i].in.op.space == SASS_SPACE_SHARED)
            return true;
    }
    return false;
}

static void note_all(const struct ppt_load *p)
{
    struct build *b = p->b;
    build_warn(b, "PPT-GPU records no PCs: instructions of equal text count as one");
    build_warn(b, "PPT-GPU records no masks: all threads of a warp count as active, and for an "
                  "access the first lanes, as many as it has addresses");
    build_warn(b, "PPT-GPU records grid and block as products: taken as one-dimensional");
    build_warn(b, "PPT-GPU records no instruction set: taken as sm_%u by the opcodes", p->h->isa);
    if (has_shared_access(p))
        build_warn(b, "PPT-GPU records no shared-memory addresses");
    note_count(b, p->lost_regs, "instructions name more than 5 source registers");
    note_count(b, p->bad_lines, "lines cannot be read and are left out");
}

static const struct trace_kernel *build_all(struct ppt_load *p)
{
    build_codes(p);
    build_cta(p->b, p->cta, 0, 0);
    for (uint32_t warp = 0; warp < p->n_slots; warp++)
        build_one(p, warp);
    note_all(p);
    p->b->text_b = p->text_b;
    const struct trace_kernel *k = build_finish(p->b);
    p->b = NULL;
    return k;
}

/* ---- loading ---- */

static enum status load(struct ppt_load *p, const struct trace_kernel **out)
{
    TRY(read_instructions(p));
    TRY(ppt_find_accesses(p));
    TRY(check_memory(p));
    *out = build_all(p);
    return STATUS_OK;
}

enum status ppt_load(const struct trace_header *h, const struct trace_options *o,
                     const struct tick *tick, const struct trace_kernel **out, struct err *e)
{
    struct ppt_load p = {.h = h, .tick = tick, .e = e};
    p.keep_going = o != NULL && o->keep_going;
    p.mem_limit_b = o != NULL ? o->mem_limit_b : 0;
    p.n_slots = PPT_SUB_CORES * ((h->block[0] + GROUP_THREADS - 1) / GROUP_THREADS);
    arena_init(&p.strings, ARENA_LARGE);
    p.dir = os_dirname(&p.strings, os_dirname(&p.strings, h->file));
    VEC_INIT(&p.codes, ARENA_LARGE);
    VEC_INIT(&p.steps, ARENA_LARGE);
    VEC_INIT(&p.accesses, ARENA_LARGE);
    index_init(&p.by_text);
    p.b = build_init(h);
    enum status s = load(&p, out);
    build_drop(p.b);
    index_done(&p.by_text);
    VEC_DONE(&p.accesses);
    VEC_DONE(&p.steps);
    VEC_DONE(&p.codes);
    arena_done(&p.strings);
    return s;
}
