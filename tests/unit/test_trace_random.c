/* Kernels made at random: both ways of writing them give them back, from several threads too. */
#include <pthread.h>

#include "base/os.h"
#include "t.h"
#include "trace/build.h"
#include "trace/write.h"

static uint64_t seed;

static uint64_t next_random(void)
{
    return seed = hash_u64(seed + UINT64_C(0x9e3779b97f4a7c15));
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(next_random() >> 32) % n;
}

static uint32_t random_mask(void)
{
    static const uint32_t usual[] = {UINT32_MAX, 0, 1, 0xffff0000};
    return below(2) != 0 ? usual[below(ARRAY_LEN(usual))] : (uint32_t)next_random();
}

struct op {
    uint32_t code;
    bool has_access;
};

static struct op random_op(struct build *b, uint32_t i)
{
    static const struct {
        const char *opcode;
        uint8_t width_b;
    } kinds[] = {{"MOV", 0},       {"LDG.E.64", 8}, {"STS.128", 16}, {"LDGSTS.E.BYPASS.128", 16},
                 {"SHFL.BFLY", 0}, {"NEW.OP", 0},   {"BRA", 0}};
    uint32_t kind = below(ARRAY_LEN(kinds));
    struct sass_inst in = {.pc = 16 * (uint64_t)i,
                           .opcode = kinds[kind].opcode,
                           .mem_width_b = kinds[kind].width_b,
                           .immediate = (int64_t)next_random() >> below(64),
                           .source_line = below(1000),
                           .n_dst = (uint8_t)below(2),
                           .n_src = (uint8_t)below(SASS_MAX_SRC + 1)};
    in.dst = (uint8_t)below(256);
    for (unsigned s = 0; s < in.n_src; s++)
        in.src[s] = (uint8_t)below(256);
    return (struct op){build_code(b, &in), in.mem_width_b != 0};
}

static void add_access(struct build *b, uint32_t mask)
{
    unsigned n = (unsigned)__builtin_popcount(mask);
    int64_t delta[SASS_WARP_LANES];
    uint32_t pattern;
    if (n == 0) {
        pattern = build_pattern_none(b);
    } else if (below(2) != 0) {
        pattern = build_pattern_stride(b, (int64_t)below(64) - 32, 0);
    } else {
        unsigned shift = below(60);
        for (unsigned i = 0; i + 1 < n; i++)
            delta[i] = (int64_t)next_random() >> 4 >> shift;
        pattern = build_pattern_deltas(b, delta, n);
    }
    build_access(b, n == 0 ? 0 : next_random() >> below(60), pattern);
}

enum { OPS = 40 };

/* Two like LDGSTS in a row would be taken for the halves of one. */
static void add_warp(struct build *b, uint32_t id, const struct op *ops, uint32_t leave)
{
    build_warp(b, id);
    uint32_t last = OPS;
    for (uint32_t left = below(60); left > 0; left--) {
        uint32_t i = below(OPS), mask = random_mask();
        if (i == last)
            continue;
        last = i;
        build_step(b, ops[i].code, mask);
        if (ops[i].has_access)
            add_access(b, mask);
    }
    build_step(b, leave, UINT32_MAX);
    build_warp_end(b);
}

static struct trace_header random_header(void)
{
    return (struct trace_header){.name = "void f<int, 3>(float const*)",
                                 .id = below(1000),
                                 .grid = {1 + below(4), 1 + below(3), 1 + below(2)},
                                 .block = {1 + below(100), 1 + below(3), 1},
                                 .shmem_b = below(65536),
                                 .n_regs = below(256),
                                 .isa = 80,
                                 .stream = next_random(),
                                 .tracer_version = 5,
                                 .has_immediate = true,
                                 .has_source_line = below(2) != 0,
                                 .is_synthetic = below(2) != 0,
                                 .made_by = below(2) != 0 ? "seed = 7" : ""};
}

/* CTAs and warps from the last to the first: the builder has to sort them. */
static const struct trace_kernel *random_kernel(uint64_t number)
{
    seed = number;
    struct trace_header h = random_header();
    struct build *b = build_init(&h);
    struct op ops[OPS];
    for (uint32_t i = 0; i < OPS; i++)
        ops[i] = random_op(b, i);
    uint32_t leave = build_code(b, &(struct sass_inst){.pc = 0x1000, .opcode = "EXIT"});
    for (uint32_t cta = h.grid[1] * h.grid[2]; cta-- > 0;) {
        build_cta(b, below(h.grid[0]), cta % h.grid[1], cta / h.grid[1]);
        for (uint32_t w = (h.block[0] * h.block[1] + 31) / 32; w-- > 0;)
            add_warp(b, w, ops, leave);
    }
    return build_finish(b);
}

/* ---- comparing ---- */

static void print_kernel(const struct trace_kernel *k, struct text *out)
{
    trace_text_header(k, out);
    for (uint32_t i = 0; i < k->n_ctas; i++)
        trace_text_cta(k, i, out);
}

static bool same_kernels(const struct trace_kernel *a, const struct trace_kernel *b)
{
    struct text x, y;
    struct trace_counts m = a->counts, n = b->counts;
    m.text_b = n.text_b = 0;
    text_init(&x);
    text_init(&y);
    print_kernel(a, &x);
    print_kernel(b, &y);
    bool same = str_eq(text_str(&x), text_str(&y)) && memcmp(&m, &n, sizeof m) == 0 &&
                a->n_warnings == b->n_warnings && a->n_paths == b->n_paths;
    text_done(&x);
    text_done(&y);
    return same;
}

static bool survives_text(const struct trace_kernel *k)
{
    struct text t;
    const struct trace_kernel *again;
    text_init(&t);
    print_kernel(k, &t);
    bool same = trace_load_text(text_str(&t), "text", NULL, &again, NULL) == STATUS_OK;
    if (same) {
        same = same_kernels(k, again);
        trace_kernel_release(again);
    }
    text_done(&t);
    return same;
}

enum { KERNELS = 200 };

TEST(random_kernels_survive_text)
{
    for (uint64_t i = 1; i <= KERNELS; i++) {
        const struct trace_kernel *k = random_kernel(i);
        if (!survives_text(k))
            T_FAIL("kernel %llu differs", (unsigned long long)i);
        trace_kernel_release(k);
    }
}

static void write_all(const char *path)
{
    struct wst_writer *w;
    CHECK_EQ_INT(wst_begin(&w, path, NULL), STATUS_OK);
    for (uint64_t i = 1; i <= KERNELS; i++) {
        const struct trace_kernel *k = random_kernel(i);
        CHECK_EQ_INT(wst_add(w, k, NULL), STATUS_OK);
        trace_kernel_release(k);
    }
    CHECK_EQ_INT(wst_end(w, NULL), STATUS_OK);
}

TEST(random_kernels_survive_the_container)
{
    const char *path = t_temp_path("random.wst");
    struct trace *t;
    write_all(path);
    CHECK_EQ_INT(trace_open(&t, path, NULL, NULL), STATUS_OK);
    CHECK_EQ_INT(trace_n_kernels(t), KERNELS);
    for (uint32_t i = 0; i < KERNELS; i++) {
        const struct trace_kernel *a = random_kernel(i + 1), *b;
        CHECK_EQ_INT(trace_load(t, i, NULL, &b, NULL), STATUS_OK);
        if (!same_kernels(a, b))
            T_FAIL("kernel %u differs", i + 1);
        trace_kernel_release(a);
        trace_kernel_release(b);
    }
    trace_close(t);
}

/* ---- threads ---- */

struct loader {
    const struct trace *t;
    const struct trace_kernel *shared;
    uint64_t insts;
};

static void *load_all(void *arg)
{
    struct loader *l = arg;
    for (uint32_t i = 0; i < trace_n_kernels(l->t); i++) {
        const struct trace_kernel *k;
        if (trace_load(l->t, i, NULL, &k, NULL) != STATUS_OK)
            break;
        l->insts += k->counts.warp_insts + l->shared->counts.warp_insts;
        trace_kernel_release(k);
        trace_kernel_retain(l->shared);
        trace_kernel_release(l->shared);
    }
    trace_kernel_release(l->shared);
    return NULL;
}

static void check_threads(const struct trace *t)
{
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    struct loader l[THREADS];
    const struct trace_kernel *shared = random_kernel(1);
    for (unsigned i = 0; i < THREADS; i++) {
        l[i] = (struct loader){.t = t, .shared = trace_kernel_retain(shared)};
        CHECK_EQ_INT(pthread_create(&thread[i], NULL, load_all, &l[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    CHECK(l[0].insts > 0);
    for (unsigned i = 1; i < THREADS; i++)
        CHECK_EQ_INT(l[i].insts, l[0].insts);
    trace_kernel_release(shared);
}

TEST(threads_load_from_one_container)
{
    const char *path = t_temp_path("threads.wst");
    struct trace *t;
    write_all(path);
    CHECK_EQ_INT(trace_open(&t, path, NULL, NULL), STATUS_OK);
    check_threads(t);
    trace_close(t);
}

TEST(threads_load_from_one_text)
{
    const char *path = t_temp_path("threads.traceg");
    const struct trace_kernel *k = random_kernel(5);
    struct trace *t;
    FILE *f = fopen(path, "w");
    CHECK_EQ_INT(trace_write_text(k, f, NULL, NULL), STATUS_OK);
    fclose(f);
    trace_kernel_release(k);
    CHECK_EQ_INT(trace_open(&t, path, NULL, NULL), STATUS_OK);
    check_threads(t);
    trace_close(t);
}
