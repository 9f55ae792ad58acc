/*
 * barrier.c: warps run from barrier to barrier; one that is complete lets its warps go. See the
 * header for the rules.
 */
#include "mech/barrier.h"

#include "sass/sass.h"

/* Where a warp is: on its way to barrier `next`, or waiting there. */
struct runner {
    struct barrier_list list;
    uint32_t next;
    bool is_waiting;
};

struct meeting {
    int64_t key;
    uint32_t arrived;
    double last_cy; /* arrival */
};

struct cta {
    const struct barrier_walk *walk;
    struct runner *runners;
    uint32_t n;
    struct meeting *meetings;
    uint32_t n_meetings;
};

static struct meeting *meeting_of(struct cta *c, int64_t key)
{
    for (uint32_t i = 0; i < c->n_meetings; i++)
        if (c->meetings[i].key == key)
            return &c->meetings[i];
    c->meetings[c->n_meetings] = (struct meeting){.key = key};
    return &c->meetings[c->n_meetings++];
}

/* Lets a warp run until it has to wait. */
static void advance(struct cta *c, uint32_t warp)
{
    struct runner *r = &c->runners[warp];
    while (!r->is_waiting && r->next < r->list.n) {
        const struct barrier *b = &r->list.at[r->next];
        struct meeting *meeting = meeting_of(c, b->key);
        double at_cy = c->walk->advance(c->walk->arg, warp, r->next);
        meeting->arrived++;
        meeting->last_cy = MAX(meeting->last_cy, at_cy);
        r->is_waiting = !b->arrives_only;
        r->next += b->arrives_only;
    }
}

static bool comes_again(const struct runner *r, int64_t key)
{
    for (uint32_t i = r->next; i < r->list.n; i++)
        if (r->list.at[i].key == key)
            return true;
    return false;
}

static bool is_complete(const struct cta *c, const struct meeting *m)
{
    if (m->arrived == 0)
        return false;
    if (m->key >= SASS_WARP_LANES && m->key % SASS_WARP_LANES == 0)
        return m->arrived >= m->key / SASS_WARP_LANES;
    uint32_t expected = 0;
    for (uint32_t w = 0; w < c->n; w++)
        expected += comes_again(&c->runners[w], m->key);
    return m->arrived >= expected;
}

static void let_go(struct cta *c, struct meeting *m)
{
    for (uint32_t w = 0; w < c->n; w++) {
        struct runner *r = &c->runners[w];
        if (!r->is_waiting || r->list.at[r->next].key != m->key)
            continue;
        c->walk->let_go(c->walk->arg, w, r->next++, m->last_cy);
        r->is_waiting = false;
    }
    m->arrived = 0;
    m->last_cy = 0;
}

/* The first complete meeting, else the fullest one; NULL when nobody waits. */
static struct meeting *next_meeting(const struct cta *c)
{
    struct meeting *fullest = NULL;
    for (uint32_t i = 0; i < c->n_meetings; i++) {
        struct meeting *m = &c->meetings[i];
        if (is_complete(c, m))
            return m;
        if (m->arrived > 0 && (fullest == NULL || m->arrived > fullest->arrived))
            fullest = m;
    }
    return fullest;
}

void barrier_walk(struct arena *a, const struct barrier_list *lists, uint32_t n,
                  const struct barrier_walk *walk)
{
    size_t mark = arena_mark(a);
    struct cta c = {.walk = walk, .runners = ARENA_ARRAY(a, struct runner, n), .n = n};
    uint32_t most = 0;
    for (uint32_t w = 0; w < n; w++) {
        c.runners[w].list = lists[w];
        most += lists[w].n;
    }
    c.meetings = ARENA_ARRAY(a, struct meeting, most);
    for (struct meeting *next = NULL;; let_go(&c, next)) {
        for (uint32_t w = 0; w < n; w++)
            advance(&c, w);
        next = next_meeting(&c);
        if (next == NULL)
            break;
    }
    arena_reset(a, mark);
}
