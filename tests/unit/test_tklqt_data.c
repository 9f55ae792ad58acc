/* Every value of the reference analysis of real profiles, to the nanosecond. */
#include "base/json.h"
#include "base/os.h"
#include "prof/tally.h"
#include "t.h"

#define DATA "../shared/data/kineto"

static struct arena scratch;

struct run {
    const char *file;
    const json *ref;
    struct profile *p;
    struct lineage l;
    struct tklqt_wait *waits;
    struct tklqt_sums t;
};

/* Keys of the reference that were looked at: none may be left. */
static const char *seen[128];
static size_t n_seen;

static const json *look(const struct run *r, const char *key)
{
    ASSERT(n_seen < ARRAY_LEN(seen));
    seen[n_seen++] = key;
    return json_get(r->ref, key);
}

static double wanted(const struct run *r, const char *key)
{
    const json *j = look(r, key);
    if (j == NULL)
        T_FAIL("%s: the reference has no %s", r->file, key);
    return json_number(j);
}

static void check_n(const struct run *r, const char *key, uint64_t n)
{
    if ((double)n != wanted(r, key))
        T_FAIL("%s: %s is %llu, expected %.17g", r->file, key, (unsigned long long)n,
               wanted(r, key));
}

/* Nanoseconds beside decimal microseconds. */
static void check_ns(const struct run *r, const char *key, int64_t ns)
{
    if (ns != llround(wanted(r, key) * 1000))
        T_FAIL("%s: %s is %lld ns, expected %.17g us", r->file, key, (long long)ns, wanted(r, key));
}

static void check_double(const struct run *r, const char *key, double v)
{
    double w = wanted(r, key);
    if (!(fabs(v - w) <= 1e-12 * fabs(w)))
        T_FAIL("%s: %s is %.17g, expected %.17g", r->file, key, v, w);
}

static uint64_t n_of(const struct run *r, const char *new_name, const char *old_name, char phase)
{
    return profile_category_n(r->p, new_name, phase) +
           (old_name != NULL ? profile_category_n(r->p, old_name, phase) : 0);
}

static void check_counts(const struct run *r)
{
    const struct profile *p = r->p;
    check_n(r, "events", p->files[0].n_events);
    check_n(r, "n_kernel", p->n_kernels);
    check_n(r, "n_kernel", n_of(r, "kernel", "Kernel", 'X'));
    check_n(r, "n_memcpy", r->t.copies.n);
    check_n(r, "n_memset", r->t.fills.n);
    check_n(r, "n_runtime", p->n_calls);
    uint32_t n_driver = 0, n_steps = 0;
    for (uint32_t i = 0; i < p->n_calls; i++)
        n_driver += p->calls[i].is_driver;
    for (uint32_t i = 0; i < p->n_ranges; i++)
        n_steps += p->ranges[i].kind == PROFILE_STEP;
    check_n(r, "n_cuda_driver", n_driver);
    check_n(r, "n_cpu_op", p->n_ops);
    check_n(r, "n_python_function", n_of(r, "python_function", NULL, 'X'));
    check_n(r, "n_ac2g_s", n_of(r, "ac2g", "async", 's') + n_of(r, "async_cpu_to_gpu", NULL, 's'));
    check_n(r, "n_ac2g_f", n_of(r, "ac2g", "async", 'f') + n_of(r, "async_cpu_to_gpu", NULL, 'f'));
    check_n(r, "n_ProfilerStep", n_steps);
}

static void check_join(const struct run *r)
{
    const struct profile *p = r->p;
    uint32_t n_gpu = 0, n_streams = 0, n_ext = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        n_gpu += r->l.of[i].call != PROFILE_NONE;
        n_ext += p->works[i].kind == PROFILE_KERNEL && p->works[i].external != 0;
    }
    for (uint32_t i = 0; i < p->n_lanes; i++)
        n_streams += p->lanes[i].is_device;
    check_n(r, "streams", n_streams);
    check_n(r, "kernels_joined", r->t.n_joined);
    check_n(r, "kernels_unjoined", p->n_kernels - r->t.n_joined);
    check_n(r, "gpu_joined", n_gpu);
    check_n(r, "runtime_corr_dups", r->l.n_repeated);
    check_n(r, "gpu_corr_shared_by_many", r->l.n_shared);
    check_n(r, "max_gpu_per_corr", r->l.n_most);
    check_n(r, "kernels_ext_has", n_ext);
    check_n(r, "kernels_ext_to_op", r->l.n_ext);
    check_n(r, "launch_enclosed_by_op", r->l.n_enclosed);
    check_n(r, "enclosing_op_extid_agrees", r->l.n_agree);
    CHECK_EQ_INT(r->l.n_miss[LINEAGE_BEFORE], p->n_kernels - r->t.n_joined);
}

static void check_waits(const struct run *r)
{
    const struct tklqt_sums *t = &r->t;
    check_ns(r, "TKLQT_us", t->tklqt_ns);
    check_ns(r, "TKLQT_launch_us", t->launch_ns);
    check_ns(r, "TKLQT_queue_us", t->queue_ns);
    check_ns(r, "TKLQT_gpuall_us", t->all_ns);
    check_ns(r, "TKLQT_soda_clamp_us", t->clamped_ns);
    check_n(r, "lat_neg", t->n_negative);
    check_ns(r, "lat_min", t->min_ns);
    check_ns(r, "lat_med", t->median_ns);
    check_ns(r, "lat_p95", t->p95_ns);
    check_ns(r, "lat_max", t->max_ns);
    check_double(r, "lat_mean", (double)t->tklqt_ns / (double)t->n_joined / 1000);
    check_ns(r, "sum_launch_delay_after_end_us", t->after_call_ns);
    check_ns(r, "sum_launch_call_dur_us", t->call_ns);
    check_n(r, "kernels_queued", t->n_queued);
    check_double(r, "cpu_bound_kernel_frac", tklqt_cpu_bound_fraction(t));
}

static void check_busy(const struct run *r)
{
    const struct tklqt_sums *t = &r->t;
    check_ns(r, "sum_kernel_us", t->kernels.sum_ns);
    check_double(r, "AKD_us", tklqt_akd_ns(&t->kernels) / 1000);
    check_ns(r, "sum_kernel_joined_us", t->joined.sum_ns);
    check_double(r, "AKD_joined_us", tklqt_akd_ns(&t->joined) / 1000);
    check_ns(r, "union_kernel_us", t->kernels.union_ns);
    check_ns(r, "union_kernel_joined_us", t->joined.union_ns);
    check_ns(r, "union_gpu_us", t->works.union_ns);
    check_ns(r, "sum_memcpy_us", t->copies.sum_ns);
    check_ns(r, "sum_memset_us", t->fills.sum_ns);
    check_ns(r, "gpu_span_us", t->span_ns);
    check_ns(r, "gpu_span_idle_us", t->span_ns - t->works.union_ns);
    check_n(r, "top_level_ops", t->n_top_ops);
    check_n(r, "op_threads", t->n_op_lanes);
    check_ns(r, "cpu_top_ops_us", t->top_ops_ns);
    check_ns(r, "cpu_top_ops_main_us", t->top_ops_main_ns);
    check_n(r, "sync_calls", t->n_syncs);
    check_ns(r, "sync_us", t->sync_ns);
}

static void check_latency(const struct run *r)
{
    const struct tklqt_sums *t = &r->t;
    const json *aten = look(r, "first_aten");
    if (aten == NULL || json_kind(aten) == JSON_NULL) {
        CHECK_EQ_INT(t->il_ns, -1);
        return;
    }
    CHECK_EQ_STR(r->p->names[r->p->ops[t->first_aten].name], json_string(aten));
    CHECK_EQ_STR(r->p->names[r->p->ops[t->first_op].name], json_string(look(r, "first_op")));
    check_ns(r, "IL_us", t->il_ns);
    check_ns(r, "IL_firstop_us", t->il_first_op_ns);
    check_ns(r, "IL_joined_us", t->il_joined_ns);
    check_n(r, "kernels_before_p1", t->n_before);
    check_ns(r, "GPU_idle_us", t->il_ns - t->kernels.sum_ns);
    check_ns(r, "GPU_idle_union_us", t->il_ns - t->kernels.union_ns);
    check_ns(r, "GPU_idle_joined_us", t->il_joined_ns - t->joined.sum_ns);
    check_ns(r, "GPU_idle_joined_union_us", t->il_joined_ns - t->joined.union_ns);
    check_ns(r, "CPU_idle_main_us", t->il_ns - t->top_ops_main_ns);
}

/* ---- what only the reference counts ---- */

static void check_extremes(const struct run *r)
{
    const struct profile *p = r->p;
    int64_t absolute_ns = 0, overlap_ns = 0;
    uint32_t n_late = 0, n_overlaps = 0, n_aten = 0, n_devices = 0, n_steps = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        const struct tklqt_wait *w = &r->waits[i];
        const struct profile_span *work = &p->works[i];
        if (w->free_ns > work->start_ns) {
            n_overlaps++;
            overlap_ns = MAX(overlap_ns, w->free_ns - work->start_ns);
        }
        if (work->kind != PROFILE_KERNEL || r->l.of[i].call == PROFILE_NONE)
            continue;
        absolute_ns += llabs(w->latency_ns);
        n_late += w->latency_ns <= -10000;
    }
    for (uint32_t i = 0; i < p->n_works; i++) {
        uint32_t op = r->l.is_external_used ? r->l.of[i].op : PROFILE_NONE;
        n_aten += p->works[i].kind == PROFILE_KERNEL && op != PROFILE_NONE &&
                  p->works[i].external == p->ops[op].external &&
                  str_starts(str_from(p->names[p->ops[op].name]), STR("aten::"));
    }
    for (uint32_t i = 0; i < p->n_ranges; i++)
        n_steps +=
            p->ranges[i].kind == PROFILE_STEP && profile_category_n(p, "user_annotation", 'X');
    for (uint32_t i = 0; i < p->n_lanes; i++)
        n_devices = MAX(n_devices, p->lanes[i].is_device);
    check_ns(r, "TKLQT_abs_us", absolute_ns);
    check_n(r, "lat_neg_le_m10", n_late);
    check_n(r, "overlap_same_stream", n_overlaps);
    CHECK_EQ_INT(overlap_ns, (int64_t)wanted(r, "overlap_same_stream_max_ns"));
    check_n(r, "devices", n_devices);
    check_n(r, "steps", n_steps);
    if (r->l.is_external_used)
        check_n(r, "kernels_ext_to_aten", n_aten);
    else
        look(r, "kernels_ext_to_aten"); /* ids that are no operator's */
}

/* ---- tallies ---- */

static void check_top(const struct run *r, const char *key, enum tally_order order)
{
    uint32_t n, i = 0;
    struct tally_row *rows =
        tally_make(&scratch, r->p, &r->l, r->waits, NULL, TALLY_KERNEL, order, &n);
    check_n(r, "unique_kernels", n);
    for (const json *row = json_child(look(r, key)); row != NULL; row = json_next(row), i++) {
        const json *name = json_child(row), *count = json_next(name), *sum = json_next(count);
        CHECK(i < n);
        if (i >= n || strcmp(rows[i].name, json_string(name)) != 0 ||
            rows[i].n != (uint32_t)json_number(count) ||
            rows[i].dur_ns != llround(json_number(sum) * 1000))
            T_FAIL("%s: %s: row %u is %.60s", r->file, key, i, i < n ? rows[i].name : "absent");
    }
}

static void check_calls(const struct run *r)
{
    uint32_t n;
    struct tally_row *rows =
        tally_make(&scratch, r->p, &r->l, r->waits, NULL, TALLY_CALL, TALLY_BY_COUNT, &n);
    const json *calls = look(r, "launch_api");
    for (uint32_t i = 0; i < n; i++) {
        if (rows[i].name != NULL &&
            rows[i].n_joined != (uint32_t)json_number(json_get(calls, rows[i].name)))
            T_FAIL("%s: %u kernels by %s", r->file, rows[i].n_joined, rows[i].name);
    }
}

static void check_all_seen(const struct run *r)
{
    static const char *const elsewhere[] = {"file", "chains"}; /* chains: test_chain.c */
    for (const json *j = json_child(r->ref); j != NULL; j = json_next(j)) {
        bool is_seen = false;
        for (size_t i = 0; i < n_seen; i++)
            is_seen |= strcmp(seen[i], json_key(j)) == 0;
        for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
            is_seen |= strcmp(elsewhere[i], json_key(j)) == 0;
        if (!is_seen && r->t.il_ns >= 0)
            T_FAIL("%s: nobody looked at %s", r->file, json_key(j));
    }
}

static void check_file(const json *ref)
{
    n_seen = 0;
    struct run r = {.file = json_string(json_get(ref, "file")), .ref = ref};
    size_t mark = arena_mark(&scratch);
    const char *path = os_join(&scratch, DATA, r.file);
    struct err e = {0};
    if (profile_open(&r.p, &path, 1, NULL, NULL, &e) != STATUS_OK) {
        T_FAIL("%s: %s", r.file, e.message);
        return;
    }
    lineage_trace(&scratch, r.p, &r.l);
    r.waits = tklqt_waits(&scratch, r.p, &r.l);
    tklqt_sum(&scratch, r.p, &r.l, r.waits, NULL, &r.t);
    check_counts(&r);
    check_join(&r);
    check_waits(&r);
    check_busy(&r);
    check_latency(&r);
    check_extremes(&r);
    check_top(&r, "top10_dur", TALLY_BY_TIME);
    check_top(&r, "top10_freq", TALLY_BY_COUNT);
    check_calls(&r);
    check_all_seen(&r);
    profile_release(r.p);
    arena_reset(&scratch, mark);
}

TEST(every_value_of_the_reference)
{
    if (!os_is_file(DATA "/reference.json"))
        SKIP("../shared/data absent");
    struct err e = {0};
    str bytes;
    json *all;
    arena_init(&scratch, ARENA_LARGE);
    CHECK(os_read_file(&scratch, DATA "/reference.json", 1 << 24, &bytes, &e) == STATUS_OK);
    CHECK(json_parse(&all, bytes, "reference.json", &e) == STATUS_OK);
    unsigned n = 0;
    for (const json *j = json_child(all); j != NULL; j = json_next(j), n++)
        check_file(j);
    CHECK_EQ_INT(n, 18);
    json_free(all);
    arena_done(&scratch);
}
