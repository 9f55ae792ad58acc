/*
 * async.c: see the table in the header.
 */
#include "mech/async.h"

static void close_group(struct async_queue *q)
{
    if (q->n == ASYNC_GROUPS) { /* the oldest is long finished */
        for (unsigned g = 1; g < ASYNC_GROUPS; g++)
            q->done_cy[g - 1] = q->done_cy[g];
        q->n--;
    }
    double before = q->n > 0 ? q->done_cy[q->n - 1] : 0;
    q->done_cy[q->n++] = MAX(before, q->open_cy);
    q->open_cy = 0;
}

/* When at most `allowed` of the closed groups are unfinished. */
static double groups_done_cy(const struct async_queue *q, uint64_t allowed)
{
    return q->n > allowed ? q->done_cy[q->n - 1 - allowed] : 0;
}

/* The same where what is open counts as a group, too. */
static double matrices_done_cy(const struct async_queue *q, uint64_t allowed)
{
    if (q->open_cy == 0)
        return groups_done_cy(q, allowed);
    if (allowed > 0)
        return groups_done_cy(q, allowed - 1);
    return MAX(q->open_cy, groups_done_cy(q, 0));
}

/* Index of the barrier, or c->n. */
static unsigned find(const struct async_cta *c, uint64_t address)
{
    unsigned i = 0;
    while (i < c->n && c->barrier[i].address != address)
        i++;
    return i;
}

/* A transaction or arrival that the barrier waits for. Of more barriers than a CTA has room for the
 * last stand for one. */
static void expect(struct async_cta *c, uint64_t address, double done_cy)
{
    unsigned i = MIN(find(c, address), (unsigned)ASYNC_BARRIERS - 1);
    c->n = MAX(c->n, i + 1);
    c->barrier[i].address = address;
    c->barrier[i].done_cy = MAX(c->barrier[i].done_cy, done_cy);
}

static bool expects_bytes(const struct sass_inst *in)
{
    return (in->op.flags & SASS_F_EXPECT_TX) && in->n_src > 0 && in->src[in->n_src - 1] != SASS_RZ;
}

static void start_copy(struct async_warp *w, struct async_cta *c, const struct sass_inst *in,
                       double done_cy)
{
    if (in->op.flags & SASS_F_PREFETCH)
        return;
    bool is_load = in->op.pipe == SASS_PIPE_TMA && !(in->op.flags & SASS_F_COPY_OUT);
    if (is_load) {
        expect(c, w->armed, done_cy);
        return;
    }
    w->copies.open_cy = MAX(w->copies.open_cy, done_cy);
    w->copied_cy = MAX(w->copied_cy, done_cy);
}

static void start_barrier(struct async_warp *w, struct async_cta *c, const struct sass_inst *in,
                          uint64_t address)
{
    if (in->op.flags & SASS_F_COPIES_ARRIVE)
        expect(c, address, w->copied_cy);
    else if (expects_bytes(in))
        w->armed = address;
}

void async_start(struct async_warp *w, struct async_cta *c, const struct sass_inst *in,
                 uint64_t address, double done_cy)
{
    switch ((enum sass_class)in->op.cls) {
    case SASS_ASYNC_COPY:
        start_copy(w, c, in, done_cy);
        break;
    case SASS_ASYNC_COMMIT:
        close_group(&w->copies);
        break;
    case SASS_WGMMA:
        w->matrices.open_cy = MAX(w->matrices.open_cy, done_cy);
        break;
    case SASS_FENCE:
        if ((in->op.flags & SASS_F_WARPGROUP_ARRIVE) && w->matrices.open_cy > 0)
            close_group(&w->matrices);
        break;
    case SASS_MBARRIER:
        start_barrier(w, c, in, address);
        break;
    default:
        break;
    }
}

double async_ready_cy(const struct async_warp *w, const struct async_cta *c,
                      const struct sass_inst *in, bool has_immediate, uint64_t address,
                      enum stall *reason)
{
    uint64_t allowed = has_immediate && in->immediate > 0 ? (uint64_t)in->immediate : 0;
    *reason = STALL_LONG_SCOREBOARD;
    if (in->op.flags & SASS_F_WARPGROUP_WAIT) {
        *reason = STALL_GMMA;
        return matrices_done_cy(&w->matrices, allowed);
    }
    if (in->op.cls == SASS_ASYNC_WAIT)
        return groups_done_cy(&w->copies, allowed);
    if (!(in->op.flags & SASS_F_PHASE_WAIT))
        return 0;
    unsigned i = find(c, address);
    return i < c->n ? c->barrier[i].done_cy : 0;
}
