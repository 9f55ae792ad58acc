/*
 * barrier.c: warps run from barrier to barrier; one that is complete lets its warps go. See the
 * header for the rules.
 */
#include "mech/barrier.h"

/* Where a warp is: on its way to barrier `next`, or waiting there. */
struct runner {
    const struct issue_profile *p;
    double *waits;
    uint32_t next;
    double now_cy; /* when it comes to barrier `next` */
    bool is_waiting;
};

struct meeting {
    int64_t key;
    uint32_t arrived;
    double last_cy; /* arrival */
};

struct meetings {
    struct meeting *at;
    uint32_t n;
};

static double segment_cy(const struct issue_profile *p, uint32_t i)
{
    return p->barriers[i].at_cy - (i > 0 ? p->barriers[i - 1].at_cy : 0);
}

static struct meeting *meeting_of(struct meetings *m, int64_t key)
{
    for (uint32_t i = 0; i < m->n; i++)
        if (m->at[i].key == key)
            return &m->at[i];
    m->at[m->n] = (struct meeting){.key = key};
    return &m->at[m->n++];
}

/* Lets a warp run until it has to wait. */
static void advance(struct runner *r, struct meetings *m)
{
    while (!r->is_waiting && r->next < r->p->n_barriers) {
        const struct issue_barrier *b = &r->p->barriers[r->next];
        struct meeting *meeting = meeting_of(m, b->key);
        r->now_cy += segment_cy(r->p, r->next);
        meeting->arrived++;
        meeting->last_cy = MAX(meeting->last_cy, r->now_cy);
        r->is_waiting = !b->arrives_only;
        r->next += b->arrives_only;
    }
}

static bool comes_again(const struct runner *r, int64_t key)
{
    for (uint32_t i = r->next; i < r->p->n_barriers; i++)
        if (r->p->barriers[i].key == key)
            return true;
    return false;
}

static bool is_complete(const struct meeting *m, const struct runner *r, uint32_t n)
{
    if (m->arrived == 0)
        return false;
    if (m->key >= SASS_WARP_LANES && m->key % SASS_WARP_LANES == 0)
        return m->arrived >= m->key / SASS_WARP_LANES;
    uint32_t expected = 0;
    for (uint32_t w = 0; w < n; w++)
        expected += comes_again(&r[w], m->key);
    return m->arrived >= expected;
}

static void let_go(struct meeting *m, struct runner *r, uint32_t n)
{
    for (uint32_t w = 0; w < n; w++) {
        if (!r[w].is_waiting || r[w].p->barriers[r[w].next].key != m->key)
            continue;
        r[w].waits[r[w].next++] = m->last_cy - r[w].now_cy;
        r[w].now_cy = m->last_cy;
        r[w].is_waiting = false;
    }
    m->arrived = 0;
    m->last_cy = 0;
}

/* The first complete meeting, else the fullest one; NULL when nobody waits. */
static struct meeting *next_meeting(struct meetings *m, const struct runner *r, uint32_t n)
{
    struct meeting *fullest = NULL;
    for (uint32_t i = 0; i < m->n; i++) {
        if (is_complete(&m->at[i], r, n))
            return &m->at[i];
        if (m->at[i].arrived > 0 && (fullest == NULL || m->at[i].arrived > fullest->arrived))
            fullest = &m->at[i];
    }
    return fullest;
}

double **barrier_waits(struct arena *a, const struct issue_profile *const *warps, uint32_t n)
{
    double **waits = ARENA_ARRAY(a, double *, n);
    struct runner *r = ARENA_ARRAY(a, struct runner, n);
    uint32_t most = 0;
    for (uint32_t w = 0; w < n; w++) {
        waits[w] = ARENA_ARRAY(a, double, warps[w]->n_barriers);
        r[w] = (struct runner){.p = warps[w], .waits = waits[w]};
        most += warps[w]->n_barriers;
    }
    struct meetings m = {ARENA_ARRAY(a, struct meeting, most), 0};
    for (struct meeting *next = NULL;; let_go(next, r, n)) {
        for (uint32_t w = 0; w < n; w++)
            advance(&r[w], &m);
        next = next_meeting(&m, r, n);
        if (next == NULL)
            return waits;
    }
}
