#include "launch_batch.h"

#include <math.h>

#include "base/units.h"
#include "launch_replay.h"
#include "listing.h"
#include "prof/batch.h"

/* ---- batch sizes ---- */

static enum status bad_list(const char *list, size_t n, struct err *e)
{
    err_set(e, STATUS_USAGE, "--batch does not take '%s'", list);
    err_expected(e, "%zu batch size%s, one a file, such as 1,2,4", n, n == 1 ? "" : "s");
    return STATUS_USAGE;
}

static enum status read_sizes(const struct cli *c, struct batch_input *in, size_t n, struct err *e)
{
    const char *list = cli_text(&c->args, OPT_BATCHES, NULL);
    str rest = str_from(list != NULL ? list : ""), word;
    for (size_t i = 0; i < n; i++) {
        uint64_t size = 0;
        if (list == NULL)
            size = batch_find_size(in[i].launches->profile->files[0].path);
        else if (!str_cut(&rest, ',', &word) || !str_parse_u64(str_trim(word), &size) ||
                 size == 0 || size > UINT32_MAX)
            return bad_list(list, n, e);
        if (size == 0) {
            err_set(e, STATUS_USAGE, "the batch size of '%s' is not known",
                    in[i].launches->profile->files[0].path);
            err_hint(e, "name the files like run_bs8.json, or give --batch 1,2,4");
            return STATUS_USAGE;
        }
        in[i].batch = (uint32_t)size;
    }
    return rest.n > 0 ? bad_list(list, n, e) : STATUS_OK;
}

/* ---- printing ---- */

static const struct listing_column columns[] = {
    {"batch", "", "Batch", true},
    {"kind", "", NULL, false},
    {"kernels_joined", "", "Launches", true},
    {"tklqt_per_launch_ns", "", "a launch", true},
    {"launch_per_launch_ns", "", "launch", true},
    {"queue_per_launch_ns", "", "queue", true},
    {"akd_ns", "", "AKD", true},
    {"il_ns", "", "Latency", true},
    {"cpu_bound_fraction", "", "CPU-bound", true},
    {"verdict", "", "Verdict", false},
    {"host_per_launch_ns", "", "Host", true},
    {"device_per_launch_ns", "", "Device", true},
    {"model_per_launch_ns", "", "Model", true},
};

static void put_ns(struct listing *t, double v)
{
    listing_shown(t, isnan(v) ? v : round(v), launch_fact_text(t->a, FACT_TKLQT, v));
}

static void put_point(struct listing *t, const struct batch_point *p, const struct batch_model *m)
{
    listing_shown(t, p->batch, launch_fact_text(t->a, FACT_KERNELS, p->batch));
    listing_text(t, "measured");
    listing_shown(t, p->n_kernels, launch_fact_text(t->a, FACT_KERNELS, p->n_kernels));
    put_ns(t, p->tklqt_ns);
    put_ns(t, p->launch_ns);
    put_ns(t, p->queue_ns);
    put_ns(t, p->akd_ns);
    put_ns(t, p->il_ns < 0 ? (double)NAN : (double)p->il_ns);
    listing_shown(t, p->verdict.cpu_bound_fraction,
                  launch_fact_text(t->a, FACT_CPU_BOUND, p->verdict.cpu_bound_fraction));
    listing_brief(t, bound_name(p->verdict.bound), bound_title(p->verdict.bound));
    put_ns(t, p->host_ns);
    put_ns(t, p->device_ns);
    put_ns(t, batch_predict_ns(m, p->batch));
}

/* A size that nobody ran: what the model says, and nothing else. */
static void put_prediction(struct listing *t, double batch, const struct batch_model *m)
{
    enum { UNKNOWN = 8 };
    listing_shown(t, batch, launch_fact_text(t->a, FACT_KERNELS, batch));
    listing_text(t, "predicted");
    for (int i = 0; i < UNKNOWN; i++) {
        enum bound b = batch < batch_find_transition(m) ? BOUND_CPU : BOUND_GPU;
        if (i == UNKNOWN - 1)
            listing_brief(t, bound_name(b), bound_title(b));
        else
            listing_shown(t, (double)NAN, "");
    }
    put_ns(t, m->host_ns);
    put_ns(t, m->device_ns + m->per_batch_ns * batch);
    put_ns(t, batch_predict_ns(m, batch));
}

static const char *batch_text(struct cli *c, double batch)
{
    return isnan(batch)   ? "not known"
           : isinf(batch) ? "beyond every batch"
           : batch < 1    ? "below batch 1"
                          : arena_printf(&c->arena, "%.3g", batch);
}

static const char *ns_text(struct cli *c, double ns)
{
    return launch_fact_text(&c->arena, FACT_TKLQT, ns);
}

static void put_summary(struct cli *c, const struct batch_sweep *s, const struct batch_model *moved,
                        const char *what)
{
    const struct batch_model *m = &s->model;
    if (s->n_points < 2)
        text_puts(&c->out, "\nby the rule: needs a second batch size\n");
    else if (s->transition == PROFILE_NONE)
        text_puts(&c->out, "\nby the rule: no batch waits twice as long as the least\n");
    else
        text_printf(&c->out,
                    "\nby the rule: from batch %u on a launch waits more than twice the least; "
                    "crossed at %s\n",
                    s->points[s->transition].batch, batch_text(c, s->transition_batch));
    text_printf(&c->out,
                "by the model: the GPU is the limit from batch %s on\n"
                "  the host takes %s a launch, the GPU %s + %s a batch%s\n",
                batch_text(c, batch_find_transition(m)), ns_text(c, m->host_ns),
                ns_text(c, m->device_ns), ns_text(c, m->per_batch_ns),
                m->is_assumed ? "; one batch size only: the first is assumed 0" : "");
    if (moved != NULL)
        text_printf(&c->out, "%s: from batch %s on\n", what,
                    batch_text(c, batch_find_transition(moved)));
}

static bool was_run(const struct batch_sweep *s, uint64_t batch)
{
    for (uint32_t i = 0; i < s->n_points; i++) {
        if (s->points[i].batch == batch)
            return true;
    }
    return false;
}

/* Powers of two around the sizes that were run, as far again; on another machine these as well. */
static void put_predictions(struct listing *t, const struct batch_sweep *s,
                            const struct batch_model *m, bool is_moved)
{
    uint32_t most = s->points[s->n_points - 1].batch;
    for (uint64_t batch = 1; batch <= 4 * (uint64_t)most; batch *= 2) {
        if (is_moved || !was_run(s, batch))
            put_prediction(t, (double)batch, m);
    }
}

static void print(struct cli *c, const struct batch_sweep *s, const struct batch_model *moved,
                  const char *what)
{
    struct listing t;
    listing_start(&t, &c->arena, columns, ARRAY_LEN(columns));
    for (uint32_t i = 0; moved == NULL && i < s->n_points; i++)
        put_point(&t, &s->points[i], &s->model);
    if (!isnan(s->model.host_ns))
        put_predictions(&t, s, moved != NULL ? moved : &s->model, moved != NULL);
    listing_print(&t, cli_format(c), "batches", &c->out);
    listing_end(&t);
    if (cli_format(c) == FORMAT_TEXT)
        put_summary(c, s, moved, what);
}

enum status launch_batch_print(struct cli *c, const struct launch_run *runs, size_t n,
                               struct err *e)
{
    struct batch_input *in = ARENA_ARRAY(&c->arena, struct batch_input, n);
    struct batch_sweep s;
    struct batch_model moved;
    struct replay_options replay;
    const char *what = "";
    for (size_t i = 0; i < n; i++)
        in[i].launches = runs[i].l;
    TRY(read_sizes(c, in, n, e));
    TRY(batch_make_sweep(&c->arena, in, n, &s, e));
    if (!launch_replay_is_wanted(c)) {
        print(c, &s, NULL, what);
        return STATUS_OK;
    }
    TRY(launch_replay_options(c, &replay, &what, e));
    moved = batch_move_model(&s.model, &replay);
    print(c, &s, &moved, what);
    return STATUS_OK;
}
