#include "kineto_event.h"

/*
 * Events are read in one pass, members in any order. Most of a trace is of no use here (flows,
 * Python frames): as soon as category and phase say so, the rest of the event is passed over.
 */

/* What becomes of an event. */
enum use { USE_NONE, USE_WORK, USE_CALL, USE_OP, USE_PYTHON, USE_NOTE };

/* Categories by the names of all eras: 2021 wrote "Kernel" and "Operator". */
static const struct {
    str name;
    enum use use;
    enum profile_kind kind;
    bool is_driver;
} uses[] = {
    {{"kernel", 6}, USE_WORK, PROFILE_KERNEL, false},
    {{"gpu_memcpy", 10}, USE_WORK, PROFILE_MEMCPY, false},
    {{"gpu_memset", 10}, USE_WORK, PROFILE_MEMSET, false},
    {{"cuda_runtime", 12}, USE_CALL, PROFILE_CALL, false},
    {{"cuda_driver", 11}, USE_CALL, PROFILE_CALL, true},
    {{"xpu_runtime", 11}, USE_CALL, PROFILE_CALL, false},
    {{"xpu_driver", 10}, USE_CALL, PROFILE_CALL, true},
    {{"cpu_op", 6}, USE_OP, PROFILE_OP, false},
    {{"user_annotation", 15}, USE_NOTE, PROFILE_NOTE, false},
    {{"python_function", 15}, USE_PYTHON, PROFILE_MODULE, false},
    {{"Kernel", 6}, USE_WORK, PROFILE_KERNEL, false},
    {{"Memcpy", 6}, USE_WORK, PROFILE_MEMCPY, false},
    {{"Memset", 6}, USE_WORK, PROFILE_MEMSET, false},
    {{"Runtime", 7}, USE_CALL, PROFILE_CALL, false},
    {{"Operator", 8}, USE_OP, PROFILE_OP, false},
};

struct event {
    char phase;
    char category[sizeof((struct kineto_category *)0)->name];
    size_t category_length;
    bool has_category;
    bool is_classified;
    struct kineto_category *of; /* once it is classified; NULL = one too many */

    bool has_name, has_start, has_duration, has_bad_time, is_unwanted;
    bool has_device, has_stream, is_graph_node;
    int64_t process, thread, device, stream;
    int64_t start_ns, dur_ns, correlation, external;
    struct profile_shape shape;
    bool has_shape;
};

/* ---- values ---- */

enum status kineto_scalar(struct scan *s, struct scan_token *t, struct err *e)
{
    TRY(scan_next(s, t, e));
    if (t->kind != SCAN_OBJECT && t->kind != SCAN_ARRAY)
        return STATUS_OK;
    t->kind = SCAN_NULL;
    return scan_leave(s, e);
}

enum status kineto_enter(struct scan *s, enum scan_kind wanted, bool *is_in, struct err *e)
{
    struct scan_token t;
    TRY(scan_next(s, &t, e));
    *is_in = t.kind == wanted;
    bool is_other = !*is_in && (t.kind == SCAN_OBJECT || t.kind == SCAN_ARRAY);
    return is_other ? scan_leave(s, e) : STATUS_OK;
}

bool kineto_integer(const struct scan_token *t, int64_t *out)
{
    return (t->kind == SCAN_NUMBER || t->kind == SCAN_STRING) && str_parse_i64(t->text, out);
}

static bool take_digits(str *s, int64_t *v)
{
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        if (*v > (INT64_MAX - 9) / 10)
            return false;
        *v = *v * 10 + (s->p[i] - '0');
    }
    s->p += i, s->n -= i;
    return i > 0;
}

/* Behind the point: three digits are the nanoseconds, the rest rounds them. */
static bool take_fraction(str *s, int64_t *ns)
{
    static const int64_t weight[] = {100, 10, 1};
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        if (i < ARRAY_LEN(weight))
            *ns += weight[i] * (s->p[i] - '0');
        else if (i == ARRAY_LEN(weight) && s->p[i] >= '5')
            *ns += 1;
    }
    s->p += i, s->n -= i;
    return i > 0;
}

/* Up to the year 2042; sums and differences of two such times, shifted by as much, fit. */
static const int64_t longest_us = INT64_MAX / 4000;

/* Microseconds as decimal text, exactly: an epoch in them has more digits than a double. */
static bool parse_us(str s, int64_t *out_ns)
{
    str all = s;
    bool is_negative = s.n > 0 && s.p[0] == '-';
    if (is_negative)
        s.p++, s.n--;
    int64_t us = 0, ns = 0;
    if (!take_digits(&s, &us))
        return false;
    if (s.n > 0 && s.p[0] == '.') {
        s.p++, s.n--;
        if (!take_fraction(&s, &ns))
            return false;
    }
    double v;
    if (s.n > 0) { /* an exponent, which no profiler has been seen to write */
        if (!str_parse_double(all, &v) || !(v > -(double)longest_us && v < (double)longest_us))
            return false;
        *out_ns = (int64_t)(v * 1e3 + (v < 0 ? -0.5 : 0.5));
        return true;
    }
    if (us > longest_us)
        return false;
    *out_ns = us * 1000 + ns;
    if (is_negative)
        *out_ns = -*out_ns;
    return true;
}

/* A process, thread or stream: a number, a number in quotes, "stream 7"; a name becomes a negative
 * number of its own. */
static int64_t identity(struct kineto_events *k, const struct scan_token *t)
{
    int64_t v;
    struct scan_token number = *t;
    if (t->kind == SCAN_STRING && str_starts(t->text, STR("stream ")))
        number.text = (str){t->text.p + 7, t->text.n - 7};
    if (kineto_integer(&number, &v))
        return v;
    return t->kind == SCAN_STRING ? -2 - (int64_t)record_name(k->record, t->text) : -1;
}

/* ---- categories ---- */

static uint8_t use_of(str name, char phase)
{
    for (size_t i = 0; phase == 'X' && i < ARRAY_LEN(uses); i++) {
        if (str_eq(name, uses[i].name))
            return (uint8_t)(i + 1);
    }
    return 0;
}

static bool category_is(const struct kineto_category *c, str name, char phase)
{
    return c->phase == phase && str_eq(name, (str){c->name, c->length});
}

/* NULL once a file has more categories than any profiler writes; the known ones always fit. */
static struct kineto_category *category_find(struct kineto_events *k, str name, char phase)
{
    if (k->n_categories > 0 && category_is(&k->categories[k->last], name, phase))
        return &k->categories[k->last];
    size_t i = 0;
    while (i < k->n_categories && !category_is(&k->categories[i], name, phase))
        i++;
    if (i == k->n_categories) {
        uint8_t use = use_of(name, phase);
        if (use == 0 && k->n_others == KINETO_CATEGORIES - ARRAY_LEN(uses))
            return NULL;
        k->n_others += use == 0;
        struct kineto_category *c = &k->categories[k->n_categories++];
        *c = (struct kineto_category){.length = name.n, .phase = phase, .use = use};
        memcpy(c->name, name.p, name.n);
    }
    k->last = i;
    return &k->categories[i];
}

static enum use event_use(const struct event *ev)
{
    return ev->of == NULL || ev->of->use == 0 ? USE_NONE : uses[ev->of->use - 1].use;
}

/* Says what to do with the event, as soon as both are known, or at its end. */
static void classify(struct kineto_events *k, struct event *ev)
{
    ev->of = category_find(k, (str){ev->category, ev->category_length}, ev->phase);
    ev->is_classified = true;
    ev->is_unwanted = event_use(ev) == USE_NONE;
}

static void count(struct kineto_events *k, const struct event *ev)
{
    k->n_events++;
    if (ev->of != NULL)
        ev->of->n++;
    else
        k->n_uncounted++;
}

/* ---- members ---- */

typedef enum status read_member(struct kineto_events *k, struct event *ev, struct err *e);

static enum status read_phase(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    if (ev->phase != 0)
        return STATUS_OK;
    ev->phase = t.kind == SCAN_STRING && t.text.n == 1 ? t.text.p[0] : '?';
    if (ev->has_category)
        classify(k, ev);
    return STATUS_OK;
}

static enum status read_category(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    if (ev->has_category || t.kind != SCAN_STRING)
        return STATUS_OK;
    ev->has_category = true;
    ev->category_length = MIN(t.text.n, sizeof ev->category);
    memcpy(ev->category, t.text.p, ev->category_length);
    if (ev->phase != 0)
        classify(k, ev);
    return STATUS_OK;
}

static const str module_prefix = {"nn.Module: ", 11};

static enum status read_name(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    if (t.kind != SCAN_STRING)
        return STATUS_OK;
    ev->has_name = true;
    text_clear(&k->name);
    if (t.has_escape)
        scan_unescape(&k->name, t.text);
    else
        text_add(&k->name, t.text);
    ev->is_unwanted |=
        event_use(ev) == USE_PYTHON && !str_starts(text_str(&k->name), module_prefix);
    return STATUS_OK;
}

static enum status read_process(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    ev->process = identity(k, &t);
    return STATUS_OK;
}

static enum status read_thread(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    ev->thread = identity(k, &t);
    return STATUS_OK;
}

static enum status read_time(struct kineto_events *k, struct event *ev, int64_t *ns, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    if ((t.kind != SCAN_NUMBER && t.kind != SCAN_STRING) || !parse_us(t.text, ns))
        ev->has_bad_time = true;
    return STATUS_OK;
}

static enum status read_start(struct kineto_events *k, struct event *ev, struct err *e)
{
    ev->has_start = true;
    return read_time(k, ev, &ev->start_ns, e);
}

static enum status read_duration(struct kineto_events *k, struct event *ev, struct err *e)
{
    ev->has_duration = true;
    return read_time(k, ev, &ev->dur_ns, e);
}

/* ---- arguments ---- */

static enum status read_integer(struct kineto_events *k, int64_t *out, bool *has, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    *has = kineto_integer(&t, out);
    return STATUS_OK;
}

static enum status read_correlation(struct kineto_events *k, struct event *ev, struct err *e)
{
    bool has;
    return read_integer(k, &ev->correlation, &has, e);
}

static enum status read_external(struct kineto_events *k, struct event *ev, struct err *e)
{
    bool has;
    return read_integer(k, &ev->external, &has, e);
}

static enum status read_device(struct kineto_events *k, struct event *ev, struct err *e)
{
    return read_integer(k, &ev->device, &ev->has_device, e);
}

static enum status read_stream(struct kineto_events *k, struct event *ev, struct err *e)
{
    return read_integer(k, &ev->stream, &ev->has_stream, e);
}

static enum status read_graph(struct kineto_events *k, struct event *ev, struct err *e)
{
    int64_t id = 0;
    bool has;
    TRY(read_integer(k, &id, &has, e));
    ev->is_graph_node |= has && id != 0;
    return STATUS_OK;
}

static uint32_t small(const struct scan_token *t)
{
    int64_t v;
    return kineto_integer(t, &v) && v >= 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* "grid": [16, 8, 2] */
static enum status read_extent(struct kineto_events *k, struct event *ev, uint32_t to[3],
                               struct err *e)
{
    struct scan_token t;
    bool is_in;
    TRY(kineto_enter(k->scan, SCAN_ARRAY, &is_in, e));
    if (!is_in)
        return STATUS_OK;
    for (unsigned i = 0;; i++) {
        TRY(kineto_scalar(k->scan, &t, e));
        if (t.kind == SCAN_ARRAY_END)
            break;
        if (i < 3)
            to[i] = small(&t);
    }
    ev->has_shape = true;
    return STATUS_OK;
}

static enum status read_grid(struct kineto_events *k, struct event *ev, struct err *e)
{
    return read_extent(k, ev, ev->shape.grid, e);
}

static enum status read_block(struct kineto_events *k, struct event *ev, struct err *e)
{
    return read_extent(k, ev, ev->shape.block, e);
}

static enum status read_registers(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    ev->shape.n_regs = small(&t);
    return STATUS_OK;
}

static enum status read_shared(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    TRY(kineto_scalar(k->scan, &t, e));
    ev->shape.shmem_b = small(&t);
    return STATUS_OK;
}

struct member {
    str name;
    read_member *read;
};

static const struct member arguments[] = {
    {{"External id", 11}, read_external},
    {{"correlation", 11}, read_correlation},
    {{"device", 6}, read_device},
    {{"stream", 6}, read_stream},
    {{"grid", 4}, read_grid},
    {{"block", 5}, read_block},
    {{"registers per thread", 20}, read_registers},
    {{"shared memory", 13}, read_shared},
    {{"graph node id", 13}, read_graph},
    {{"graph id", 8}, read_graph},
    {{"external id", 11}, read_external},
    {{"correlation id", 14}, read_correlation},
};

/* Millions of names are looked up: the first letter decides most. */
static bool is_named(str a, str b)
{
    return a.n == b.n && a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0;
}

static read_member *member_find(const struct member *table, size_t n, str name)
{
    for (size_t i = 0; i < n; i++) {
        if (is_named(table[i].name, name))
            return table[i].read;
    }
    return NULL;
}

/* Of an operator only the id is wanted: its lists of dimensions are long. */
static bool has_enough(const struct event *ev)
{
    return event_use(ev) == USE_OP && ev->external != 0;
}

static enum status read_arguments(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    bool is_in;
    TRY(kineto_enter(k->scan, SCAN_OBJECT, &is_in, e));
    if (!is_in)
        return STATUS_OK;
    while (!has_enough(ev)) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_OBJECT_END)
            return STATUS_OK;
        read_member *read = member_find(arguments, ARRAY_LEN(arguments), t.text);
        TRY(read != NULL ? read(k, ev, e) : scan_skip(k->scan, e));
    }
    return scan_leave(k->scan, e);
}

static const struct member members[] = {
    {{"ph", 2}, read_phase},     {{"cat", 3}, read_category},   {{"name", 4}, read_name},
    {{"pid", 3}, read_process},  {{"tid", 3}, read_thread},     {{"ts", 2}, read_start},
    {{"dur", 3}, read_duration}, {{"args", 4}, read_arguments},
};

/* ---- keeping ---- */

/* Whether the times of an event can be true; what cannot be is counted by reason. */
static bool has_times(struct kineto_events *k, const struct event *ev)
{
    static const int64_t longest_ns = INT64_C(7) * 24 * 3600 * 1000000000;
    enum kineto_flaw flaw = KINETO_FLAWS;
    if (!ev->has_start || !ev->has_duration)
        flaw = KINETO_NO_TIME;
    else if (ev->has_bad_time)
        flaw = KINETO_BAD_TIME;
    else if (ev->start_ns == 0 && ev->dur_ns == 0)
        flaw = KINETO_UNSTAMPED;
    else if (ev->dur_ns < 0)
        flaw = KINETO_NEGATIVE;
    else if (ev->dur_ns > longest_ns)
        flaw = KINETO_TOO_LONG;
    else
        return true;
    k->flaws[flaw]++;
    return false;
}

static uint32_t lane_of(struct kineto_events *k, const struct event *ev)
{
    if (event_use(ev) != USE_WORK)
        return record_lane(k->record,
                           (struct profile_lane){.process = ev->process, .thread = ev->thread});
    int64_t device = ev->has_device ? ev->device : ev->process;
    return record_lane(k->record,
                       (struct profile_lane){.is_device = true,
                                             .process = -1,
                                             .thread = ev->has_stream ? ev->stream : ev->thread,
                                             .device = (uint32_t)device});
}

static struct profile_span *keep_as(struct kineto_events *k, const struct event *ev,
                                    enum profile_kind kind, str name)
{
    struct profile_span *s = record_span(k->record, kind);
    s->start_ns = ev->start_ns;
    s->dur_ns = ev->dur_ns;
    s->correlation = (uint64_t)ev->correlation;
    s->external = (uint64_t)ev->external;
    s->name = record_name(k->record, name);
    s->lane = lane_of(k, ev);
    return s;
}

static void keep(struct kineto_events *k, const struct event *ev)
{
    const bool is_kernel = uses[ev->of->use - 1].kind == PROFILE_KERNEL;
    str name = ev->has_name ? text_str(&k->name) : STR("");
    bool is_step = str_starts(name, STR("ProfilerStep#"));
    enum use use = event_use(ev);
    if (use == USE_PYTHON) {
        if (str_starts(name, module_prefix))
            keep_as(k, ev, PROFILE_MODULE,
                    (str){name.p + module_prefix.n, name.n - module_prefix.n});
        return;
    }
    /* In 2021 a step was an operator: it is both. */
    if (is_step && use != USE_WORK)
        keep_as(k, ev, PROFILE_STEP, name);
    if (is_step && use == USE_NOTE)
        return;
    struct profile_span *s = keep_as(k, ev, uses[ev->of->use - 1].kind, name);
    s->is_driver = uses[ev->of->use - 1].is_driver;
    s->is_graph_node = ev->is_graph_node;
    if (is_kernel && ev->has_shape)
        s->shape = record_shape(k->record, &ev->shape);
}

static enum status read_members(struct kineto_events *k, struct event *ev, struct err *e)
{
    struct scan_token t;
    for (;;) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_OBJECT_END)
            return STATUS_OK;
        read_member *read = member_find(members, ARRAY_LEN(members), t.text);
        TRY(read != NULL ? read(k, ev, e) : scan_skip(k->scan, e));
        if (ev->is_unwanted)
            return scan_leave(k->scan, e);
    }
}

enum status kineto_event_read(struct kineto_events *k, struct err *e)
{
    struct event ev = {.process = -1, .thread = -1};
    TRY(read_members(k, &ev, e));
    if (!ev.is_classified) {
        ev.phase = ev.phase != 0 ? ev.phase : '?';
        classify(k, &ev);
    }
    count(k, &ev);
    if (!ev.is_unwanted && has_times(k, &ev))
        keep(k, &ev);
    return STATUS_OK;
}

/* ---- the end of a file ---- */

void kineto_events_finish(struct kineto_events *k)
{
    static const char *const flaw_text[KINETO_FLAWS] = {
        [KINETO_NO_TIME] = "without a start or a duration",
        [KINETO_UNSTAMPED] = "with neither time nor duration, which the profiler lost",
        [KINETO_BAD_TIME] = "with a time that is no number or cannot be",
        [KINETO_NEGATIVE] = "with a negative duration",
        [KINETO_TOO_LONG] = "longer than seven days",
    };
    for (size_t i = 0; i < k->n_categories; i++) {
        const struct kineto_category *c = &k->categories[i];
        record_count(k->record, (str){c->name, c->length}, c->phase, c->n);
    }
    if (k->n_uncounted > 0)
        record_count(k->record, STR("(others)"), '?', k->n_uncounted);
    for (size_t i = 0; i < KINETO_FLAWS; i++) {
        if (k->flaws[i] > 0)
            record_warn(k->record, "events left out: %llu, %s", (unsigned long long)k->flaws[i],
                        flaw_text[i]);
    }
    if (scan_n_deviations(k->scan) > 0)
        record_warn(k->record, "places that are not quite JSON (control characters, NaN): %llu",
                    (unsigned long long)scan_n_deviations(k->scan));
}
