/*
 * Groups of equal chains, one kernel longer each time. A group holds the positions at which one
 * chain starts; it is split by the kernel that follows. So chains of every length are told apart by
 * their names alone: nothing is hashed, nothing needs verifying, and a length costs two visits to
 * each position, whatever the names are.
 *
 * f(first) counts the first kernel in the whole input, also where a sequence ends too early for a
 * chain to follow.
 */
#include "prof/chain.h"

#include <string.h>

/* Group g is at[begin[g]] .. at[begin[g + 1] - 1], positions ascending. Groups whose chains have
 * the same first kernel lie side by side, in order of that kernel's first occurrence. */
struct groups {
    uint32_t *at, *begin;
    uint32_t n;
};

struct name {
    struct chain *chain; /* the deterministic one that it starts, while a cover is taken */
    uint64_t owner;      /* number of the last split that met it */
    uint32_t group;      /* the new group that this made */
    uint32_t n;          /* occurrences in the whole input */
};

struct finder {
    const struct chain_input *in;
    uint32_t min_n;
    struct name *names;
    uint32_t *end; /* of the sequence that a position lies in */
    struct groups now, next;
    uint64_t n_splits; /* over all lengths */
};

static uint32_t sequence_end(const struct chain_input *in, uint32_t s)
{
    return s + 1 < in->n_starts ? in->starts[s + 1] : in->n;
}

static struct groups groups_make(struct arena *a, uint32_t n)
{
    size_t n_begin = (size_t)n + 2; /* the end of the last group, and one that a split counts in */
    return (struct groups){ARENA_ARRAY(a, uint32_t, n), ARENA_ARRAY(a, uint32_t, n_begin), 0};
}

/* What finder_init takes. */
static size_t scratch_b(const struct chain_input *in)
{
    const size_t arrays = 5, ends = 4, slack_b = 64;
    return ((size_t)in->n * arrays + ends) * sizeof(uint32_t) +
           (size_t)in->n_names * sizeof(struct name) + slack_b;
}

/* One group: the chain of no kernel starts everywhere. */
static void finder_init(struct finder *f, struct arena *a)
{
    const struct chain_input *in = f->in;
    f->names = ARENA_ARRAY(a, struct name, in->n_names);
    f->end = ARENA_ARRAY(a, uint32_t, in->n);
    f->now = groups_make(a, in->n);
    f->next = groups_make(a, in->n);
    for (uint32_t s = 0, p = 0; s < in->n_starts; s++)
        for (uint32_t end = sequence_end(in, s); p < end; p++) {
            f->end[p] = end;
            f->now.at[p] = p;
        }
    f->now.n = 1;
    f->now.begin[1] = in->n;
}

static uint32_t group_size(const struct finder *f, uint32_t g)
{
    return f->now.begin[g + 1] - f->now.begin[g];
}

static uint32_t group_at(const struct finder *f, uint32_t g)
{
    return f->now.at[f->now.begin[g]];
}

static struct name *name_at(const struct finder *f, uint32_t p)
{
    return &f->names[f->in->names[p]];
}

/* Makes a group for every kernel that follows group g. Its members are counted where its successor
 * will begin, so that adding up turns the counts into beginnings. */
static void group_count(struct finder *f, uint32_t g, uint32_t length)
{
    struct groups *to = &f->next;
    f->n_splits++;
    for (uint32_t i = f->now.begin[g]; i < f->now.begin[g + 1]; i++) {
        uint32_t p = f->now.at[i];
        if (p + length == f->end[p])
            continue;
        struct name *name = name_at(f, p + length);
        if (name->owner != f->n_splits) {
            name->owner = f->n_splits;
            name->group = to->n++;
            to->begin[name->group + 2] = 0;
        }
        to->begin[name->group + 2]++;
    }
}

static void group_split(struct finder *f, uint32_t g, uint32_t length)
{
    struct groups *to = &f->next;
    uint32_t first = to->n;
    group_count(f, g, length);
    to->begin[first + 1] = to->begin[first];
    for (uint32_t i = first + 2; i <= to->n; i++)
        to->begin[i] += to->begin[i - 1];
    for (uint32_t i = f->now.begin[g]; i < f->now.begin[g + 1]; i++) {
        uint32_t p = f->now.at[i];
        if (p + length != f->end[p])
            to->at[to->begin[name_at(f, p + length)->group + 1]++] = p;
    }
}

/* Whether one kernel follows all members of a group: so it is with most, where chains are long. */
static bool goes_on_alike(const struct finder *f, uint32_t g, uint32_t length)
{
    const uint32_t *names = f->in->names;
    uint32_t first = group_at(f, g);
    if (first + length == f->end[first])
        return false;
    for (uint32_t i = f->now.begin[g] + 1; i < f->now.begin[g + 1]; i++) {
        uint32_t p = f->now.at[i];
        if (p + length == f->end[p] || names[p + length] != names[first + length])
            return false;
    }
    return true;
}

static void group_go_on(struct finder *f, uint32_t g)
{
    struct groups *to = &f->next;
    uint32_t n = group_size(f, g), begin = to->begin[to->n++];
    memcpy(&to->at[begin], &f->now.at[f->now.begin[g]], n * sizeof *to->at);
    to->begin[to->n] = begin + n;
}

/* From the chains of `length` kernels to those of one more. */
static void finder_lengthen(struct finder *f, uint32_t length)
{
    f->next.n = 0;
    for (uint32_t g = 0; g < f->now.n; g++)
        if (goes_on_alike(f, g, length))
            group_go_on(f, g);
        else
            group_split(f, g, length);
    struct groups old = f->now;
    f->now = f->next;
    f->next = old;
}

static bool is_deterministic(const struct finder *f, uint32_t g)
{
    uint32_t n = group_size(f, g);
    return n >= f->min_n && n == name_at(f, group_at(f, g))->n;
}

static uint32_t count_deterministic(const struct finder *f)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < f->now.n; g++)
        n += is_deterministic(f, g);
    return n;
}

/* A kernel that starts a deterministic chain starts it wherever it runs, so its name alone tells
 * that the chain is there, and that it fits. */
static void cover_take(struct finder *f, struct chain *chains, struct chain_length *l)
{
    for (uint32_t i = 0; i < l->n_deterministic; i++)
        name_at(f, chains[i].at)->chain = &chains[i];
    for (uint32_t p = 0; p < f->in->n;) {
        struct chain *c = name_at(f, p)->chain;
        p += c != NULL ? l->length : 1;
        if (c != NULL) {
            c->n_fused++;
            l->n_fused++;
        }
    }
    for (uint32_t i = 0; i < l->n_deterministic; i++)
        name_at(f, chains[i].at)->chain = NULL;
}

static enum status need_room(const struct arena *a, size_t n, size_t size_b,
                             const struct chain_input *in, struct err *e)
{
    const size_t slack_b = 64; /* for alignment */
    size_t room_b = arena_room(a);
    if (room_b >= slack_b && n <= (room_b - slack_b) / size_b)
        return STATUS_OK;
    return err_set(e, STATUS_LIMIT, "the chains of %u kernels do not fit into memory", in->n);
}

static enum status length_take(struct finder *f, struct arena *a, uint32_t length,
                               struct chain_length *l, struct err *e)
{
    uint32_t n = count_deterministic(f), i = 0;
    TRY(need_room(a, n, sizeof(struct chain), f->in, e));
    struct chain *chains = ARENA_ARRAY(a, struct chain, n);
    for (uint32_t g = 0; g < f->now.n; g++)
        if (is_deterministic(f, g))
            chains[i++] = (struct chain){.at = group_at(f, g),
                                         .length = length,
                                         .n = group_size(f, g),
                                         .n_first = group_size(f, g)};
    *l = (struct chain_length){
        .length = length, .n_distinct = f->now.n, .n_deterministic = n, .chains = chains};
    cover_take(f, chains, l);
    l->n_launches = f->in->n - l->n_fused * (length - 1);
    return STATUS_OK;
}

static enum status lengths_take(struct finder *f, struct arena *a, uint32_t shortest,
                                uint32_t longest, const struct tick *tick, struct chain_length *out,
                                struct err *e)
{
    finder_lengthen(f, 0);
    for (uint32_t g = 0; g < f->now.n; g++)
        name_at(f, group_at(f, g))->n = group_size(f, g);
    for (uint32_t length = 2; length <= longest; length++) {
        if (!tick_step(tick, length - 1, longest))
            return err_set(e, STATUS_CANCELLED, "cancelled while looking for chains");
        finder_lengthen(f, length - 1);
        if (length >= shortest)
            TRY(length_take(f, a, length, &out[length - shortest], e));
    }
    return STATUS_OK;
}

static uint32_t longest_sequence(const struct chain_input *in)
{
    uint32_t longest = 0;
    for (uint32_t s = 0; s < in->n_starts; s++)
        longest = MAX(longest, sequence_end(in, s) - in->starts[s]);
    return longest;
}

enum status chain_find(struct arena *a, const struct chain_input *in, uint32_t shortest,
                       uint32_t longest, uint32_t min_n, const struct tick *tick,
                       const struct chain_length **out, uint32_t *n_out, struct err *e)
{
    ASSERT(shortest >= 2);
    longest = MIN(longest, longest_sequence(in));
    *out = NULL;
    *n_out = 0;
    if (longest < shortest)
        return STATUS_OK;
    uint32_t n = longest - shortest + 1;
    TRY(need_room(a, n, sizeof(struct chain_length), in, e));
    struct chain_length *lengths = ARENA_ARRAY(a, struct chain_length, n);
    struct arena scratch;
    arena_init(&scratch, scratch_b(in));
    struct finder f = {.in = in, .min_n = min_n};
    finder_init(&f, &scratch);
    enum status s = lengths_take(&f, a, shortest, longest, tick, lengths, e);
    arena_done(&scratch);
    if (s == STATUS_OK) {
        *out = lengths;
        *n_out = n;
    }
    return s;
}
