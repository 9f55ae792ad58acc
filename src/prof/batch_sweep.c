#include "prof/batch.h"

#include <math.h>
#include <stdlib.h>

#include "base/os.h"
#include "prof/order.h"
#include "replay_plan.h"

/* ---- names of files ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool has_word(str at, str word)
{
    if (at.n < word.n)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        if (lower(at.p[i]) != word.p[i])
            return false;
    }
    return true;
}

/* The number behind a word and at most one separator, up to the end of its own word; 0 = none. */
static uint32_t size_behind(str at)
{
    enum { MOST_DIGITS = 7 };
    size_t first = at.n > 0 && (at.p[0] == '_' || at.p[0] == '-' || at.p[0] == '='), n = 0;
    uint64_t size = 0;
    while (first + n < at.n && is_digit(at.p[first + n]))
        n++;
    bool ends = first + n == at.n || !is_word(at.p[first + n]);
    return n <= MOST_DIGITS && ends && str_parse_u64((str){at.p + first, n}, &size) ? (uint32_t)size
                                                                                    : 0;
}

uint32_t batch_find_size(const char *path)
{
    static const str words[] = {{"batchsize", 9}, {"batch_size", 10}, {"batch-size", 10},
                                {"batch", 5},     {"bs", 2},          {"b", 1}};
    str name = str_from(os_basename(path));
    for (size_t w = 0; w < ARRAY_LEN(words); w++) {
        uint32_t found = 0;
        for (size_t i = 0; i < name.n; i++) {
            str rest = {name.p + i, name.n - i};
            if ((i > 0 && is_word(name.p[i - 1])) || !has_word(rest, words[w]))
                continue;
            uint32_t size = size_behind((str){rest.p + words[w].n, rest.n - words[w].n});
            if (size != 0 && found != 0 && size != found)
                return 0;
            found = size != 0 ? size : found;
        }
        if (found != 0)
            return found;
    }
    return 0;
}

/* ---- numbers ---- */

static int compare_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* Sorts; NAN of none. */
static double median(double *at, uint32_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(at, n, sizeof *at, compare_double);
    return (at[(n - 1) / 2] + at[n / 2]) / 2;
}

/* ---- the host between launches ---- */

/* Launches that met a full queue. */
static bool *find_blocked(struct arena *a, const struct profile *p, const struct lineage *l)
{
    enum { SLACK = 2 };
    struct replay_plan plan;
    bool *is_blocked = ARENA_ARRAY(a, bool, p->n_calls);
    size_t mark = arena_mark(a);
    replay_plan_make(a, p, l, &plan);
    for (uint32_t lane = 0; lane < p->n_lanes; lane++) {
        const struct replay_queue *q = &plan.queues[lane];
        const struct replay_entry *at = plan.entries + q->first;
        for (uint32_t k = q->held; q->held + SLACK >= BATCH_QUEUE_LIMIT && k < q->n; k++) {
            if (at[k - q->held].start_ns > p->calls[at[k].call].start_ns)
                is_blocked[at[k].call] = true;
        }
    }
    arena_reset(a, mark);
    return is_blocked;
}

/* Launches from one wait of the host to the next are a stretch. */
struct pace {
    double *paces; /* of the host, over some launches in a row */
    uint32_t n, n_launches;
    double squares;           /* of the lengths of stretches */
    double device_ns, weight; /* device times x launches behind, launches behind */

    /* The stretch that is under way, of the launches [first, n_launches). */
    uint32_t first;
    int64_t *begins_ns;
    uint32_t *n_blocked; /* before each launch */
    double *busy_ns;     /* of the device */
};

static void measure_host(struct pace *m, uint32_t n)
{
    uint32_t window = MIN(BATCH_WINDOW, n - 1);
    for (uint32_t i = m->first; window > 0 && i + window < m->n_launches; i++) {
        if (m->n_blocked[i + window] == m->n_blocked[i])
            m->paces[m->n++] = (double)(m->begins_ns[i + window] - m->begins_ns[i]) / window;
    }
}

static void end_stretch(struct pace *m)
{
    uint32_t n = m->n_launches - m->first;
    if (n == 0)
        return;
    measure_host(m, n);
    for (uint32_t i = m->first; i < m->n_launches; i++) {
        double behind = m->n_launches - 1 - i;
        m->device_ns += behind * m->busy_ns[i];
        m->weight += behind;
    }
    m->squares += (double)n * n;
    m->first = m->n_launches;
}

static void add_launch(struct pace *m, int64_t begin_ns, double busy_ns, bool is_blocked)
{
    uint32_t i = m->n_launches++;
    m->begins_ns[i] = begin_ns;
    m->busy_ns[i] = busy_ns;
    m->n_blocked[i + 1] = m->n_blocked[i] + is_blocked;
}

/* What the launches of each call keep the device busy for. */
static double *device_times(struct arena *a, const struct launches *l)
{
    const struct profile *p = l->profile;
    double *of_call = ARENA_ARRAY(a, double, p->n_calls);
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (l->lineage.of[i].call != PROFILE_NONE)
            of_call[l->lineage.of[i].call] += (double)p->works[i].dur_ns;
    }
    return of_call;
}

/* Walks the calls of each thread. */
static void walk_calls(struct arena *scratch, const struct launches *l, struct pace *out)
{
    const struct profile *p = l->profile;
    const uint32_t *ids = order_by_lane(scratch, p->calls, p->n_calls);
    const bool *is_blocked = find_blocked(scratch, p, &l->lineage);
    const double *device_ns = device_times(scratch, l);
    uint32_t last = PROFILE_NONE;
    for (uint32_t i = 0; i < p->n_calls; i++) {
        const struct profile_span *c = &p->calls[ids[i]];
        if (!tklqt_selects_span(&l->select, p, c))
            continue;
        if (lineage_is_sync(p->names[c->name]) ||
            (last != PROFILE_NONE && p->calls[last].lane != c->lane))
            end_stretch(out);
        if (l->lineage.n_works_of[ids[i]] == 0)
            continue;
        add_launch(out, c->start_ns, device_ns[ids[i]], is_blocked[ids[i]]);
        last = ids[i];
    }
    end_stretch(out);
}

static void find_pace(struct arena *scratch, struct batch_point *b)
{
    size_t mark = arena_mark(scratch);
    uint32_t n_calls = b->launches->profile->n_calls;
    struct pace m = {
        .paces = ARENA_ARRAY(scratch, double, n_calls),
        .begins_ns = ARENA_ARRAY(scratch, int64_t, n_calls),
        .n_blocked = ARENA_ARRAY(scratch, uint32_t, (size_t)n_calls + 1),
        .busy_ns = ARENA_ARRAY(scratch, double, n_calls),
    };
    walk_calls(scratch, b->launches, &m);
    b->host_ns = median(m.paces, m.n);
    b->n_host = m.n;
    b->n_run = m.n_launches == 0 ? 0 : m.squares / m.n_launches;
    b->device_ns = m.weight > 0 ? m.device_ns / m.weight : b->akd_ns;
    arena_reset(scratch, mark);
}

/* ---- points ---- */

static double free_wait(const struct launches *l)
{
    const struct profile *p = l->profile;
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        uint32_t call = l->lineage.of[i].call;
        if (call == PROFILE_NONE || p->works[i].kind != PROFILE_KERNEL ||
            l->lineage.of[i].is_graph || !tklqt_selects(&l->select, p, &l->lineage, i) ||
            l->waits[i].free_ns > p->calls[call].start_ns)
            continue;
        sum += (double)l->waits[i].latency_ns;
        n++;
    }
    return n == 0 ? (double)NAN : sum / n;
}

static struct batch_point make_point(struct arena *scratch, const struct batch_input *in)
{
    const struct tklqt_sums *t = &in->launches->sums;
    double n = t->n_joined == 0 ? (double)NAN : (double)t->n_joined;
    struct batch_point b = {
        .batch = in->batch,
        .launches = in->launches,
        .n_kernels = t->n_joined,
        .tklqt_ns = (double)t->tklqt_ns / n,
        .launch_ns = (double)t->launch_ns / n,
        .queue_ns = (double)t->queue_ns / n,
        .akd_ns = tklqt_akd_ns(&t->joined),
        .il_ns = t->il_joined_ns,
        .verdict = in->launches->verdict,
        .free_ns = free_wait(in->launches),
    };
    find_pace(scratch, &b);
    return b;
}

/* Equal batches stay in the order they were given in. */
static void sort_points(struct batch_point *at, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct batch_point moved = at[i];
        uint32_t k = i;
        for (; k > 0 && at[k - 1].batch > moved.batch; k--)
            at[k] = at[k - 1];
        at[k] = moved;
    }
}

/* ---- the rule ---- */

static void find_least(struct batch_sweep *s)
{
    for (uint32_t i = 1; i < s->n_points; i++) {
        if (isnan(s->points[s->least].tklqt_ns) ||
            s->points[i].tklqt_ns < s->points[s->least].tklqt_ns)
            s->least = i;
    }
}

static void apply_rule(struct batch_sweep *s)
{
    const struct batch_point *at = s->points;
    double limit = 2 * at[s->least].tklqt_ns;
    uint32_t i = 0;
    while (i < s->n_points && !(at[i].tklqt_ns > limit))
        i++;
    s->transition = PROFILE_NONE;
    s->transition_batch = (double)NAN;
    if (i == s->n_points)
        return;
    s->transition = i;
    s->transition_batch = at[i].batch;
    if (i > 0 && at[i - 1].tklqt_ns <= limit) {
        double before = at[i - 1].batch,
               share = (limit - at[i - 1].tklqt_ns) / (at[i].tklqt_ns - at[i - 1].tklqt_ns);
        s->transition_batch = before + (at[i].batch - before) * share;
    }
}

/* ---- the model ---- */

/* Of the point that shows most of it: where the GPU waits there is nothing to see. */
static struct replay_typical best_typical(struct arena *scratch, const struct batch_point *at,
                                          uint32_t n)
{
    struct replay_typical best = {0};
    for (uint32_t i = 0; i < n; i++) {
        const struct launches *l = at[i].launches;
        struct replay_typical t = replay_find_typical(scratch, l->profile, &l->lineage, l->waits);
        if (i == 0 || t.n_queued > best.n_queued)
            best = t;
    }
    return best;
}

/* g0 + g1 b by least squares. */
static void fit_device(struct batch_model *m, const struct batch_point *at, uint32_t n)
{
    double mean_b = 0, mean_g = 0, cov = 0, var = 0;
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(at[i].device_ns))
            continue;
        mean_b += at[i].batch;
        mean_g += at[i].device_ns;
        used++;
    }
    mean_b /= used;
    mean_g /= used;
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(at[i].device_ns))
            continue;
        cov += (at[i].batch - mean_b) * (at[i].device_ns - mean_g);
        var += (at[i].batch - mean_b) * (at[i].batch - mean_b);
    }
    m->is_assumed = !(var > 0);
    m->per_batch_ns = m->is_assumed ? mean_g / mean_b : cov / var;
    m->device_ns = m->is_assumed ? 0 : mean_g - m->per_batch_ns * mean_b;
}

static double median_of(struct arena *scratch, const struct batch_point *at, uint32_t n,
                        double (*get)(const struct batch_point *))
{
    double *all = ARENA_ARRAY(scratch, double, n);
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!isnan(get(&at[i])))
            all[used++] = get(&at[i]);
    }
    return median(all, used);
}

static double get_host(const struct batch_point *b)
{
    return b->host_ns;
}

static double get_run(const struct batch_point *b)
{
    return b->n_run;
}

static void make_model(struct arena *scratch, struct batch_point *at, struct batch_sweep *s)
{
    struct batch_model *m = &s->model;
    struct replay_typical typical = best_typical(scratch, at, s->n_points);
    double free_ns = at[s->least].free_ns;
    m->turnaround_ns = typical.turnaround_ns;
    for (uint32_t i = 0; i < s->n_points; i++)
        at[i].device_ns += m->turnaround_ns;
    fit_device(m, at, s->n_points);
    m->launch_ns = isnan(free_ns) ? typical.launch_ns : free_ns;
    m->host_ns = median_of(scratch, at, s->n_points, get_host);
    m->n_run = median_of(scratch, at, s->n_points, get_run);
    m->queue_limit = BATCH_QUEUE_LIMIT;
}

enum status batch_make_sweep(struct arena *a, const struct batch_input *in, size_t n,
                             struct batch_sweep *out, struct err *e)
{
    struct batch_point *points = ARENA_ARRAY(a, struct batch_point, n);
    *out = (struct batch_sweep){.points = points, .n_points = (uint32_t)n};
    if (n == 0)
        return err_set(e, STATUS_USAGE, "a sweep needs at least one run");
    size_t mark = arena_mark(a);
    for (size_t i = 0; i < n; i++) {
        if (in[i].batch == 0) {
            const char *path = in[i].launches->profile->files[0].path;
            err_set(e, STATUS_USAGE, "the batch size of '%s' is not known", path);
            err_hint(e, "give it, or name the file with it, such as 'model_bs8.json'");
            return STATUS_USAGE;
        }
        points[i] = make_point(a, &in[i]);
    }
    sort_points(points, out->n_points);
    find_least(out);
    apply_rule(out);
    make_model(a, points, out);
    arena_reset(a, mark);
    return STATUS_OK;
}

/* ---- using it ---- */

double batch_find_transition(const struct batch_model *m)
{
    if (isnan(m->host_ns) || isnan(m->per_batch_ns))
        return (double)NAN;
    if (m->per_batch_ns > 0)
        return MAX((m->host_ns - m->device_ns) / m->per_batch_ns, 0);
    return m->device_ns > m->host_ns ? 0 : (double)INFINITY;
}

double batch_predict_ns(const struct batch_model *m, double batch)
{
    double g = m->device_ns + m->per_batch_ns * batch, ahead = g - m->host_ns;
    double n = MAX(m->n_run, 1), full = m->queue_limit * g - m->host_ns;
    if (isnan(ahead))
        return (double)NAN;
    if (ahead <= 0 || full <= m->launch_ns)
        return m->launch_ns;
    double filling = MIN(n, floor((full - m->launch_ns) / ahead) + 1);
    double sum = filling * (m->launch_ns + ahead * (filling - 1) / 2) + (n - filling) * full;
    return sum / n;
}

static double factor(double f)
{
    return f == 0 ? 1 : f;
}

struct batch_model batch_move_model(const struct batch_model *m, const struct replay_options *o)
{
    struct batch_model moved = *m;
    double fixed = m->is_assumed ? 0 : m->turnaround_ns;
    moved.host_ns = m->host_ns * factor(o->cpu);
    moved.device_ns = fixed + (m->device_ns - fixed) * factor(o->gpu);
    moved.per_batch_ns = m->per_batch_ns * factor(o->gpu);
    moved.launch_ns = MAX(m->launch_ns + o->launch_change_ns, 0);
    if (o->queue_limit > 0)
        moved.queue_limit = o->queue_limit;
    return moved;
}
