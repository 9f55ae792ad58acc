/* A trace of any bytes must be read or refused; what was read must hold together and be analysed.
 */
#include "prof/launches.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_spans(const struct profile *p, const struct profile_span *spans, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct profile_span *s = &spans[i];
        ASSERT(s->name < p->n_names && s->lane < p->n_lanes && s->dur_ns >= 0);
        ASSERT(s->shape == PROFILE_NONE || s->shape < p->n_shapes);
        ASSERT(s->start_ns > INT64_MIN / 2 && s->start_ns < INT64_MAX / 2);
    }
}

static void check_launches(const struct launches *l)
{
    const struct profile *p = l->profile;
    uint32_t n = 0, n_tree = l->tree.nodes[0].n_kernels;
    for (uint32_t i = 0; i < l->n_tally[TALLY_OP]; i++)
        n += l->tally[TALLY_OP][i].n;
    ASSERT(n == l->sums.kernels.n && n == n_tree);
    ASSERT(l->depth.n_steps == 0 || l->depth.steps[l->depth.n_steps - 1].depth == 0);
    ASSERT(l->fusion.n_kernels + l->fusion.n_graph + l->fusion.n_unjoined == n);
    for (uint32_t i = 0; i < l->idle.n_gaps; i++)
        ASSERT(l->idle.gaps[i].dur_ns > 0 && l->idle.gaps[i].next < p->n_works);
}

static void analyse(struct profile *p, const char *step)
{
    const struct launches_options o = {.step = step};
    const struct launches *l;
    struct err e = {0};
    enum status s = launches_make(&l, p, &o, NULL, &e);
    if (s == STATUS_OK) {
        check_launches(l);
        launches_release(l);
    } else {
        ASSERT(e.status == s && e.message[0] != '\0');
    }
}

static void read_trace(str bytes, bool keep_going)
{
    const struct profile_options o = {.keep_going = keep_going};
    struct profile *p;
    struct err e = {0};
    enum status s = profile_open_memory(&p, bytes, "fuzz", &o, &e);
    if (s != STATUS_OK) {
        ASSERT(e.status == s && e.message[0] != '\0');
        return;
    }
    check_spans(p, p->works, p->n_works);
    check_spans(p, p->calls, p->n_calls);
    check_spans(p, p->ops, p->n_ops);
    check_spans(p, p->ranges, p->n_ranges);
    analyse(p, NULL);
    analyse(p, "1");
    profile_release(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    str bytes = {(const char *)data, n};
    read_trace(bytes, false);
    read_trace(bytes, true);
    return 0;
}
