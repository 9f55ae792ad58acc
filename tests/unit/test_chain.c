/* Chains of kernels: small inputs by hand, random ones against a count by force, recorded traces
 * against the published values. */
#include "base/json.h"
#include "base/os.h"
#include "prof/chain.h"
#include "prof/profile.h"
#include "t.h"

#define DATA "../shared/data/kineto"

enum { MAX_KERNELS = 2048 };

/* Letters as kernels, a blank between sequences. */
struct letters {
    struct chain_input in;
    uint32_t names[MAX_KERNELS], starts[MAX_KERNELS];
};

static const struct chain_input *letters_input(struct letters *l, const char *text)
{
    uint32_t n = 0, n_starts = 1;
    l->starts[0] = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ')
            l->starts[n_starts++] = n;
        else
            l->names[n++] = (uint32_t)(*text - 'A');
    }
    l->in = (struct chain_input){l->names, n, 26, l->starts, n_starts};
    return &l->in;
}

struct found {
    struct arena arena;
    const struct chain_length *lengths;
    uint32_t n;
};

static struct found find(const struct chain_input *in, uint32_t shortest, uint32_t longest,
                         uint32_t min_n)
{
    struct found f;
    struct err e = {0};
    arena_init(&f.arena, ARENA_SMALL);
    CHECK_EQ_INT(chain_find(&f.arena, in, shortest, longest, min_n, NULL, &f.lengths, &f.n, &e),
                 STATUS_OK);
    CHECK_EQ_STR(e.message, "");
    return f;
}

static void check_length(const struct chain_input *in, const struct chain_length *l,
                         uint32_t n_distinct, uint32_t n_deterministic, uint32_t n_fused)
{
    CHECK_EQ_INT(l->n_distinct, n_distinct);
    CHECK_EQ_INT(l->n_deterministic, n_deterministic);
    CHECK_EQ_INT(l->n_fused, n_fused);
    CHECK_EQ_INT(l->n_launches, in->n - n_fused * (l->length - 1));
}

static void check_chain(const struct chain *c, uint32_t at, uint32_t n, uint32_t n_fused)
{
    CHECK_EQ_INT(c->at, at);
    CHECK_EQ_INT(c->n, n);
    CHECK_EQ_INT(c->n_first, n);
    CHECK_EQ_INT(c->n_fused, n_fused);
}

TEST(example_of_the_contract)
{
    struct letters l;
    const struct chain_input *in = letters_input(&l, "ABCABCAD");
    struct found f = find(in, 2, 2, 1);
    CHECK_EQ_INT(f.n, 1);
    CHECK_EQ_INT(f.lengths[0].length, 2);
    check_length(in, &f.lengths[0], 4, 2, 2);
    CHECK_EQ_INT(f.lengths[0].n_launches, 6);
    check_chain(&f.lengths[0].chains[0], 1, 2, 2);
    check_chain(&f.lengths[0].chains[1], 2, 2, 0);
    CHECK_EQ_INT(f.lengths[0].chains[1].length, 2);
    CHECK_NEAR(chain_ideal(in, &f.lengths[0]), 8.0 / 6, 1e-12);
    arena_done(&f.arena);
}

/* The first kernel counts also where the sequence ends too early for the chain. */
TEST(a_first_kernel_at_the_end_counts)
{
    struct letters l;
    const struct chain_input *in = letters_input(&l, "ABABA");
    struct found f = find(in, 2, 3, 1);
    check_length(in, &f.lengths[0], 2, 1, 2);
    check_chain(&f.lengths[0].chains[0], 1, 2, 2);
    check_length(in, &f.lengths[1], 2, 0, 0);
    arena_done(&f.arena);
}

TEST(what_occurs_once_is_deterministic_unless_two_are_asked_for)
{
    struct letters l;
    const struct chain_input *in = letters_input(&l, "ABCDE");
    struct found f = find(in, 2, 5, 1);
    CHECK_EQ_INT(f.n, 4);
    check_length(in, &f.lengths[0], 4, 4, 2);
    check_length(in, &f.lengths[1], 3, 3, 1);
    check_length(in, &f.lengths[2], 2, 2, 1);
    check_length(in, &f.lengths[3], 1, 1, 1);
    CHECK_EQ_INT(f.lengths[3].n_launches, 1);
    arena_done(&f.arena);

    f = find(in, 2, 5, 2);
    CHECK_EQ_INT(f.n, 4);
    check_length(in, &f.lengths[0], 4, 0, 0);
    check_length(in, &f.lengths[3], 1, 0, 0);
    CHECK_NEAR(chain_ideal(in, &f.lengths[0]), 1, 1e-12);
    arena_done(&f.arena);
}

TEST(no_chain_reaches_into_the_next_sequence)
{
    struct letters l;
    const struct chain_input *in = letters_input(&l, "ABC ABC DE");
    struct found f = find(in, 2, 8, 1);
    CHECK_EQ_INT(f.n, 2); /* three fit into a sequence, no more */
    check_length(in, &f.lengths[0], 3, 3, 3);
    check_chain(&f.lengths[0].chains[0], 0, 2, 2);
    check_chain(&f.lengths[0].chains[2], 6, 1, 1);
    check_length(in, &f.lengths[1], 1, 1, 2);
    arena_done(&f.arena);

    in = letters_input(&l, " AB  ABC ");
    f = find(in, 3, 3, 1);
    CHECK_EQ_INT(f.n, 1); /* A is there twice, but is followed by two kernels only once */
    check_length(in, &f.lengths[0], 1, 0, 0);
    arena_done(&f.arena);
}

TEST(nothing_fits_into_too_short_an_input)
{
    static const struct {
        const char *text;
        uint32_t shortest, longest;
    } cases[] = {{"", 2, 256}, {"A", 2, 256}, {"ABAB", 5, 256}, {"A B A B", 2, 9}, {"ABC", 3, 2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct letters l;
        const struct chain_input *in = letters_input(&l, cases[i].text);
        struct found f = find(in, cases[i].shortest, cases[i].longest, 1);
        CHECK_EQ_INT(f.n, 0);
        CHECK(f.lengths == NULL);
        arena_done(&f.arena);
    }
    struct found f = find(&(struct chain_input){0}, 2, UINT32_MAX, 1);
    CHECK_EQ_INT(f.n, 0);
    CHECK_NEAR(chain_ideal(&(struct chain_input){0}, &(struct chain_length){0}), 1, 1e-12);
    arena_done(&f.arena);
}

TEST(one_name_alone_is_never_deterministic)
{
    struct letters l;
    const struct chain_input *in = letters_input(&l, "AAAA");
    struct found f = find(in, 2, UINT32_MAX, 1);
    CHECK_EQ_INT(f.n, 3);
    for (uint32_t i = 0; i < f.n; i++)
        check_length(in, &f.lengths[i], 1, 0, 0);
    arena_done(&f.arena);
}

/* --- random inputs, counted by force --- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static bool fits(const struct chain_input *in, uint32_t p, uint32_t length)
{
    if (p + length > in->n)
        return false;
    for (uint32_t s = 0; s < in->n_starts; s++)
        if (in->starts[s] > p && in->starts[s] < p + length)
            return false;
    return true;
}

static bool same(const struct chain_input *in, uint32_t p, uint32_t q, uint32_t length)
{
    return memcmp(in->names + p, in->names + q, length * sizeof *in->names) == 0;
}

/* Occurrences of what stands at `p`; *first is where it stands first. */
static uint32_t count(const struct chain_input *in, uint32_t p, uint32_t length, uint32_t *first)
{
    uint32_t n = 0;
    for (uint32_t q = in->n; q-- > 0;)
        if (fits(in, q, length) && same(in, p, q, length)) {
            *first = q;
            n++;
        }
    return n;
}

static void check_by_force(const struct chain_input *in, const struct chain_length *l,
                           uint32_t min_n)
{
    uint32_t n_distinct = 0, n_deterministic = 0, n_fused = 0, covered = 0;
    uint32_t fused[MAX_KERNELS] = {0}, at[MAX_KERNELS], n_of[MAX_KERNELS];
    for (uint32_t p = 0; p < in->n; p++) {
        uint32_t first = p, ignored = p;
        if (!fits(in, p, l->length))
            continue;
        uint32_t n = count(in, p, l->length, &first);
        n_distinct += first == p;
        if (n < min_n || n != count(in, p, 1, &ignored))
            continue;
        if (first == p) {
            n_of[n_deterministic] = n;
            at[n_deterministic++] = p;
        }
        if (p >= covered) {
            covered = p + l->length;
            fused[first]++;
            n_fused++;
        }
    }
    check_length(in, l, n_distinct, n_deterministic, n_fused);
    for (uint32_t i = 0; i < MIN(n_deterministic, l->n_deterministic); i++)
        check_chain(&l->chains[i], at[i], n_of[i], fused[at[i]]);
}

/* A small alphabet, or a short pattern with faults, in sequences of random lengths. */
static const struct chain_input *random_input(struct letters *l, uint64_t *seed)
{
    char text[128], pattern[8];
    uint32_t n_letters = 1 + (uint32_t)(next_random(seed) % 5), n = 0;
    uint32_t n_text = (uint32_t)(next_random(seed) % 60), fault = (uint32_t)(next_random(seed) % 9);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)('A' + next_random(seed) % n_letters);
    for (uint32_t i = 0; i < n_text; i++) {
        if (next_random(seed) % 20 == 0)
            text[n++] = ' ';
        bool is_fault = next_random(seed) % 10 < fault;
        char other = (char)('A' + next_random(seed) % n_letters);
        text[n++] = is_fault ? other : pattern[i % sizeof pattern];
    }
    text[n] = '\0';
    return letters_input(l, text);
}

TEST(random_inputs_are_counted_as_by_force)
{
    uint64_t seed = 7;
    for (int run = 0; run < 400 && t_failed == 0; run++) {
        struct letters l;
        const struct chain_input *in = random_input(&l, &seed);
        uint32_t shortest = 2 + (uint32_t)(next_random(&seed) % 3);
        uint32_t min_n = (uint32_t)(next_random(&seed) % 4);
        struct found f = find(in, shortest, 40, min_n);
        for (uint32_t i = 0; i < f.n; i++) {
            CHECK_EQ_INT(f.lengths[i].length, shortest + i);
            check_by_force(in, &f.lengths[i], min_n);
        }
        if (t_failed != 0)
            printf("# run %d\n", run);
        arena_done(&f.arena);
    }
}

/* --- ends --- */

struct watch {
    uint64_t calls, stop_at, last, total;
};

static bool watch_report(void *arg, uint64_t done, uint64_t total)
{
    struct watch *w = arg;
    CHECK(done >= w->last && done <= total);
    w->last = done;
    w->total = total;
    return ++w->calls != w->stop_at;
}

TEST(a_watcher_sees_every_length_and_can_cancel)
{
    struct letters l;
    const struct chain_input *in = letters_input(&l, "ABCABCABC");
    struct watch w = {0};
    struct tick tick = {watch_report, &w};
    struct arena a;
    struct err e = {0};
    const struct chain_length *lengths;
    uint32_t n;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(chain_find(&a, in, 4, 99, 1, &tick, &lengths, &n, &e), STATUS_OK);
    CHECK_EQ_INT(n, 6);
    CHECK_EQ_INT(w.calls, 8);
    CHECK_EQ_INT(w.total, 9);

    w = (struct watch){.stop_at = 5};
    CHECK_EQ_INT(chain_find(&a, in, 2, 99, 1, &tick, &lengths, &n, &e), STATUS_CANCELLED);
    CHECK_EQ_INT(w.calls, 5);
    CHECK_EQ_INT(n, 0);
    CHECK(lengths == NULL);
    CHECK_EQ_STR(e.message, "cancelled while looking for chains");
    arena_done(&a);
}

TEST(chains_that_do_not_fit_into_the_arena_are_a_limit)
{
    static uint32_t names[MAX_KERNELS];
    const uint32_t start = 0;
    for (uint32_t i = 0; i < MAX_KERNELS; i++)
        names[i] = i;
    struct chain_input in = {names, MAX_KERNELS, MAX_KERNELS, &start, 1};
    static const size_t rooms_b[] = {4096, 65536};
    for (size_t i = 0; i < ARRAY_LEN(rooms_b); i++) {
        struct arena a;
        struct err e = {0};
        const struct chain_length *lengths;
        uint32_t n;
        arena_init(&a, rooms_b[i]);
        CHECK_EQ_INT(chain_find(&a, &in, 2, 256, 1, NULL, &lengths, &n, &e), STATUS_LIMIT);
        CHECK_EQ_STR(e.message, "the chains of 2048 kernels do not fit into memory");
        arena_done(&a);
    }
}

/* --- recorded traces --- */

static const struct profile_span *to_sort; /* qsort passes nothing on */

static int compare_starts(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int64_t x_ns = to_sort[x].start_ns, y_ns = to_sort[y].start_ns;
    return x_ns != y_ns ? (x_ns < y_ns ? -1 : 1) : (x > y) - (x < y);
}

/* One sequence: kernels by start over all streams, in file order where starts are equal. */
static struct chain_input kernels_of(struct arena *a, const struct profile *p)
{
    static const uint32_t start = 0;
    uint32_t *names = ARENA_ARRAY(a, uint32_t, p->n_kernels), n = 0;
    for (uint32_t i = 0; i < p->n_works; i++)
        if (p->works[i].kind == PROFILE_KERNEL)
            names[n++] = i;
    to_sort = p->works;
    qsort(names, n, sizeof *names, compare_starts);
    for (uint32_t i = 0; i < n; i++)
        names[i] = p->works[names[i]].name;
    return (struct chain_input){names, n, p->n_names, &start, 1};
}

static void check_published(const struct chain_input *in, const struct chain_length *l,
                            const json *published, bool twice)
{
    const char *keys[][2] = {{"unique_PS1", "unique_PS1_f2"},
                             {"greedy_fused", "greedy_fused_f2"},
                             {"K_fused", "K_fused_f2"},
                             {"ideal_speedup", "ideal_speedup_f2"}};
    double expected[ARRAY_LEN(keys)];
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        expected[i] = json_number(json_get(published, keys[i][twice]));
    CHECK_EQ_INT(in->n, json_number(json_get(published, "K_eager")));
    CHECK_EQ_INT(l->n_distinct, json_number(json_get(published, "unique")));
    CHECK_EQ_INT(l->n_deterministic, expected[0]);
    CHECK_EQ_INT(l->n_fused, expected[1]);
    CHECK_EQ_INT(l->n_launches, expected[2]);
    CHECK(fabs(chain_ideal(in, l) - expected[3]) < 0.6e-4); /* published with four decimals */
    uint64_t n = 0;
    for (uint32_t i = 0; i < l->n_deterministic; i++)
        n += l->chains[i].n;
    if (!twice)
        CHECK_EQ_INT(n, json_number(json_get(published, "inst_PS1")));
}

/* Published are the powers of two that fit. */
static unsigned check_trace(const struct chain_input *in, const json *published)
{
    unsigned n_checked = 0;
    for (uint32_t min_n = 1; min_n <= 2; min_n++) {
        struct found f = find(in, 2, 256, min_n);
        for (const json *l = json_child(published); l != NULL; l = json_next(l)) {
            uint64_t length = 0;
            CHECK(str_parse_u64(str_from(json_key(l)), &length));
            CHECK(length >= 2 && length - 2 < f.n);
            if (length - 2 < f.n)
                check_published(in, &f.lengths[length - 2], l, min_n == 2);
            n_checked++;
        }
        arena_done(&f.arena);
    }
    return n_checked;
}

static unsigned check_file(const json *reference)
{
    struct arena a;
    struct err e = {0};
    struct profile *p;
    arena_init(&a, ARENA_SMALL);
    const char *path = os_join(&a, DATA, json_string(json_get(reference, "file")));
    unsigned n_checked = 0, failed = t_failed;
    CHECK_EQ_INT(profile_open(&p, &path, 1, NULL, NULL, &e), STATUS_OK);
    if (e.status == STATUS_OK) {
        struct chain_input in = kernels_of(&a, p);
        n_checked = check_trace(&in, json_get(reference, "chains"));
        profile_release(p);
    }
    if (t_failed != failed)
        printf("# in %s %s\n", path, e.message);
    arena_done(&a);
    return n_checked;
}

TEST(recorded_traces_have_the_published_chains)
{
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    struct arena a;
    str bytes;
    json *all;
    struct err e = {0};
    unsigned n_files = 0, n_checked = 0;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(os_read_file(&a, DATA "/reference.json", 1 << 20, &bytes, &e), STATUS_OK);
    CHECK_EQ_INT(json_parse(&all, bytes, "reference.json", &e), STATUS_OK);
    for (const json *r = json_child(all); r != NULL; r = json_next(r)) {
        unsigned n = check_file(r);
        n_files += n > 0;
        n_checked += n;
    }
    CHECK_EQ_INT(n_files, 18);
    CHECK_EQ_INT(n_checked, 2 * 131);
    json_free(all);
    arena_done(&a);
}
