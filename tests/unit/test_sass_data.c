/*
 * Recorded traces against the opcode table: every opcode is known, and no lane reads a register
 * that it never wrote, which an operand taken too wide or a result taken too narrow would do.
 */
#include "base/os.h"
#include "base/stream.h"
#include "sass/sass.h"
#include "t.h"

#define DATA "../shared/data/sass"

struct totals {
    uint64_t insts, unknown, unwritten;
};

struct warp {
    uint32_t written[256]; /* lanes that wrote the register */
};

/* Lines come from a growing buffer: traces have no limit on their length. */
struct lines {
    struct arena arena;
    struct stream *stream;
    size_t begin;
    bool at_end;
};

static bool lines_next(struct lines *l, str *line)
{
    for (;;) {
        str rest = {l->arena.base + l->begin, l->arena.used - l->begin};
        const char *end = rest.n != 0 ? memchr(rest.p, '\n', rest.n) : NULL;
        if (end != NULL) {
            *line = (str){rest.p, (size_t)(end - rest.p)};
            l->begin += line->n + 1;
            return true;
        }
        if (l->at_end)
            return false;
        memmove(l->arena.base, rest.p, rest.n);
        arena_reset(&l->arena, rest.n);
        l->begin = 0;
        size_t got = 0, room = 1 << 16;
        char *buf = arena_alloc(&l->arena, room, 1, 1);
        if (stream_read(l->stream, buf, room, &got, NULL) != STATUS_OK)
            T_FAIL("cannot read on");
        arena_reset(&l->arena, rest.n + got);
        l->at_end = got == 0;
    }
}

static bool parse_reg(str *rest, uint8_t *reg)
{
    str token;
    uint64_t v;
    if (!str_cut(rest, ' ', &token) || token.n < 2 || token.p[0] != 'R' ||
        !str_parse_u64((str){token.p + 1, token.n - 1}, &v) || v > SASS_RZ)
        return false;
    *reg = (uint8_t)v;
    return true;
}

/* "PC mask ndst [Rd] opcode nsrc [Rs ...] ..."; the opcode is copied. */
static bool parse_inst(str line, struct sass_inst *in, uint64_t *mask, char opcode[128])
{
    str token;
    uint64_t n;
    *in = (struct sass_inst){.opcode = opcode};
    if (!str_cut(&line, ' ', &token) || !str_parse_hex(token, &in->pc))
        return false;
    if (!str_cut(&line, ' ', &token) || token.n != 8 || !str_parse_hex(token, mask))
        return false;
    if (!str_cut(&line, ' ', &token) || !str_parse_u64(token, &n) || n > 1)
        return false;
    in->n_dst = (uint8_t)n;
    if (n == 1 && !parse_reg(&line, &in->dst))
        return false;
    if (!str_cut(&line, ' ', &token) || token.n > 127)
        return false;
    memcpy(opcode, token.p, token.n);
    opcode[token.n] = '\0';
    if (!str_cut(&line, ' ', &token) || !str_parse_u64(token, &n) || n > SASS_MAX_SRC)
        return false;
    for (; in->n_src < n; in->n_src++) {
        if (!parse_reg(&line, &in->src[in->n_src]))
            return false;
    }
    /* the immediate follows at once where there are no addresses */
    if (str_cut(&line, ' ', &token) && str_is(token, "0") && str_cut(&line, ' ', &token))
        str_parse_i64(token, &in->immediate);
    return true;
}

/* PRMT fills a byte of a register whose other bytes no one reads, so they may be undefined. */
static bool may_read_undefined(const struct sass_inst *in)
{
    return str_starts(str_from(in->opcode), STR("PRMT"));
}

static void follow(struct warp *w, const struct sass_inst *in, uint32_t mask, struct totals *t)
{
    for (unsigned i = 0; i < in->n_use; i++) {
        for (unsigned r = 0; r < in->use[i].n; r++) {
            if ((mask & ~w->written[in->use[i].first + r]) == 0 || may_read_undefined(in))
                continue;
            if (t->unwritten++ < 5)
                printf("# R%u is read before any write: %04llx %s\n", in->use[i].first + r,
                       (unsigned long long)in->pc, in->opcode);
        }
    }
    for (unsigned i = 0; i < in->n_def; i++) {
        for (unsigned r = 0; r < in->def[i].n; r++)
            w->written[in->def[i].first + r] |= mask;
    }
}

static void decode(struct sass_inst *in, unsigned isa, struct totals *t)
{
    t->insts++;
    if (sass_inst_decode(in, isa))
        return;
    printf("# unknown: %s\n", in->opcode);
    t->unknown++;
}

struct reading {
    struct totals *totals;
    uint64_t isa;
    struct warp warp;
};

/* A line of a grouped trace; all but headers and instructions fail to parse. */
static void use_grouped(str line, void *arg)
{
    struct reading *r = arg;
    struct sass_inst in;
    char opcode[128];
    uint64_t mask;
    if (str_starts(line, STR("warp = ")))
        memset(&r->warp, 0, sizeof r->warp);
    if (str_starts(line, STR("-binary version = ")))
        CHECK(str_parse_u64((str){line.p + 18, line.n - 18}, &r->isa));
    if (!parse_inst(line, &in, &mask, opcode))
        return;
    decode(&in, (unsigned)r->isa, r->totals);
    follow(&r->warp, &in, (uint32_t)mask, r->totals);
}

/* "x y z warp" stand before the PC, and warps are interleaved. */
static void use_raw(str line, void *arg)
{
    struct reading *r = arg;
    struct sass_inst in;
    char opcode[128];
    uint64_t mask;
    str token;
    for (int i = 0; i < 4; i++)
        str_cut(&line, ' ', &token);
    if (parse_inst(line, &in, &mask, opcode))
        decode(&in, 61, r->totals);
}

/* "warp OPCODE ..." */
static void use_ppt(str line, void *arg)
{
    struct reading *r = arg;
    char opcode[128];
    str warp, token;
    if (!str_cut(&line, ' ', &warp) || !str_cut(&line, ' ', &token) || token.n > 127)
        return;
    memcpy(opcode, token.p, token.n);
    opcode[token.n] = '\0';
    struct sass_inst in = {.opcode = opcode};
    decode(&in, 61, r->totals);
}

/* Calls `use` with every line of the file. */
static void each_line(const char *path, void (*use)(str line, void *arg), void *arg)
{
    struct lines l = {0};
    str line;
    if (stream_open(&l.stream, path, NULL) != STATUS_OK) {
        T_FAIL("cannot open %s", path);
        return;
    }
    arena_init(&l.arena, ARENA_SMALL);
    while (lines_next(&l, &line))
        use(line, arg);
    arena_done(&l.arena);
    stream_close(l.stream);
}

/* Every file of the folder whose name begins with "kernel" and has `mark` in it. */
static void check_folder(struct arena *a, const char *dir, const char *mark,
                         void (*use)(str line, void *arg), struct totals *t)
{
    char **names;
    size_t n;
    CHECK(os_list_dir(a, dir, &names, &n, NULL) == STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        struct reading r = {.totals = t};
        str name = str_from(names[i]);
        if (str_starts(name, STR("kernel")) && !str_starts(name, STR("kernelslist")) &&
            str_has(name, str_from(mark)))
            each_line(os_join(a, dir, names[i]), use, &r);
    }
}

TEST(grouped_traces)
{
    struct arena a;
    struct totals t = {0};
    char **names;
    size_t n;
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    arena_init(&a, ARENA_SMALL);
    CHECK(os_list_dir(&a, DATA, &names, &n, NULL) == STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        char *dir = os_join(&a, DATA, names[i]);
        if (os_is_dir(dir))
            check_folder(&a, dir, ".traceg", use_grouped, &t);
    }
    arena_done(&a);
    CHECK_EQ_INT(t.insts, 575172 - 71974);
    CHECK_EQ_INT(t.unknown, 0);
    CHECK_EQ_INT(t.unwritten, 0);
}

TEST(raw_trace)
{
    struct arena a;
    struct totals t = {0};
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    arena_init(&a, ARENA_SMALL);
    check_folder(&a, DATA "/gp10x-vecadd-raw", ".trace", use_raw, &t);
    arena_done(&a);
    CHECK_EQ_INT(t.insts, 71974);
    CHECK_EQ_INT(t.unknown, 0);
}

TEST(ppt_gpu_traces)
{
    struct arena a;
    struct totals t = {0};
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    arena_init(&a, ARENA_SMALL);
    check_folder(&a, DATA "/pptgpu-bfs/BFS/sass_traces", ".sass", use_ppt, &t);
    arena_done(&a);
    CHECK_EQ_INT(t.insts, 22135);
    CHECK_EQ_INT(t.unknown, 0);
}
