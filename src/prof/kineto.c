#include "prof/kineto.h"

#include "kineto_event.h"

enum { TICK_EVENTS = 4096, MOST_KEYS_TOLD = 8, MOST_DEVICES = 1024 };

struct kineto {
    struct kineto_events events;
    struct scan *scan;
    struct stream *stream;
    struct record *record;
    struct profile_file *file;
    const struct tick *tick;
    int64_t base_ns, schema;
    bool has_events, is_in_events; /* the list was seen; is being read */
    struct text keys;              /* of the document, for messages */
    unsigned n_keys, n_devices;
};

/* ---- the list of events ---- */

static enum status read_events(struct kineto *k, struct err *e)
{
    struct scan_token t;
    uint64_t n = 0;
    k->has_events = k->is_in_events = true;
    for (;;) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_ARRAY_END)
            break;
        if (t.kind == SCAN_OBJECT)
            TRY(kineto_event_read(&k->events, e));
        else if (t.kind == SCAN_ARRAY)
            TRY(scan_leave(k->scan, e));
        if (++n % TICK_EVENTS == 0 &&
            !tick_step(k->tick, stream_taken(k->stream), stream_size(k->stream)))
            return err_set(e, STATUS_CANCELLED, "cancelled");
    }
    k->is_in_events = false;
    return STATUS_OK;
}

/* ---- the members of the document ---- */

typedef enum status read_part(struct kineto *k, struct err *e);

static enum status read_event_list(struct kineto *k, struct err *e)
{
    bool is_in;
    TRY(kineto_enter(k->scan, SCAN_ARRAY, &is_in, e));
    return is_in ? read_events(k, e) : STATUS_OK;
}

static enum status read_number(struct kineto *k, int64_t *out, struct err *e)
{
    struct scan_token t;
    int64_t v;
    TRY(kineto_scalar(k->scan, &t, e));
    if (kineto_integer(&t, &v))
        *out = v;
    return STATUS_OK;
}

static enum status read_schema(struct kineto *k, struct err *e)
{
    return read_number(k, &k->schema, e);
}

static enum status read_base(struct kineto *k, struct err *e)
{
    TRY(read_number(k, &k->base_ns, e));
    if (k->base_ns < 0 || k->base_ns > INT64_MAX / 4)
        k->base_ns = 0;
    return STATUS_OK;
}

static enum status read_device(struct kineto *k, struct err *e)
{
    struct profile_device d = {.name = ""};
    int64_t id = 0, n_sms = 0, major = 0, minor = 0;
    const struct {
        str name;
        int64_t *to;
    } numbers[] = {{STR("id"), &id},
                   {STR("numSms"), &n_sms},
                   {STR("computeMajor"), &major},
                   {STR("computeMinor"), &minor}};
    struct scan_token t;
    for (;;) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_OBJECT_END)
            break;
        bool is_name = str_eq(t.text, STR("name"));
        size_t i = 0;
        while (i < ARRAY_LEN(numbers) && !str_eq(t.text, numbers[i].name))
            i++;
        TRY(kineto_scalar(k->scan, &t, e));
        if (is_name && t.kind == SCAN_STRING)
            d.name = arena_strndup(record_arena(k->record), t.text.p, t.text.n);
        else if (i < ARRAY_LEN(numbers))
            (void)kineto_integer(&t, numbers[i].to);
    }
    d.id = (uint32_t)id;
    d.n_sms = (uint32_t)n_sms;
    d.cc_x10 = (uint32_t)(CLAMP(major, 0, 1000) * 10 + CLAMP(minor, 0, 9));
    record_device(k->record, &d);
    return STATUS_OK;
}

static enum status read_devices(struct kineto *k, struct err *e)
{
    struct scan_token t;
    bool is_in;
    TRY(kineto_enter(k->scan, SCAN_ARRAY, &is_in, e));
    if (!is_in)
        return STATUS_OK;
    for (;;) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_ARRAY_END)
            return STATUS_OK;
        if (t.kind == SCAN_OBJECT)
            TRY(k->n_devices++ < MOST_DEVICES ? read_device(k, e) : scan_leave(k->scan, e));
        else if (t.kind == SCAN_ARRAY)
            TRY(scan_leave(k->scan, e));
    }
}

static enum status read_distributed(struct kineto *k, struct err *e)
{
    struct scan_token t;
    bool is_in;
    TRY(kineto_enter(k->scan, SCAN_OBJECT, &is_in, e));
    if (!is_in)
        return STATUS_OK;
    for (;;) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_OBJECT_END)
            return STATUS_OK;
        int32_t *to = str_eq(t.text, STR("rank"))         ? &k->file->rank
                      : str_eq(t.text, STR("world_size")) ? &k->file->world_size
                                                          : NULL;
        int64_t v = -1;
        TRY(read_number(k, &v, e));
        if (to != NULL && v >= 0 && v <= INT32_MAX)
            *to = (int32_t)v;
    }
}

static const struct {
    str name;
    read_part *read;
} parts[] = {
    {{"traceEvents", 11}, read_event_list},   {{"schemaVersion", 13}, read_schema},
    {{"deviceProperties", 16}, read_devices}, {{"distributedInfo", 15}, read_distributed},
    {{"baseTimeNanoseconds", 19}, read_base},
};

static void note_key(struct kineto *k, str name)
{
    if (k->n_keys++ < MOST_KEYS_TOLD)
        text_printf(&k->keys, "%s%.*s", k->keys.n > 0 ? ", " : "", (int)MIN(name.n, 40), name.p);
}

static enum status read_object(struct kineto *k, struct err *e)
{
    struct scan_token t;
    for (;;) {
        TRY(scan_next(k->scan, &t, e));
        if (t.kind == SCAN_OBJECT_END)
            return STATUS_OK;
        size_t i = 0;
        while (i < ARRAY_LEN(parts) && !str_eq(t.text, parts[i].name))
            i++;
        note_key(k, t.text);
        TRY(i < ARRAY_LEN(parts) ? parts[i].read(k, e) : scan_skip(k->scan, e));
    }
}

/* ---- the document ---- */

static enum status read_document(struct kineto *k, struct err *e)
{
    struct scan_token t;
    TRY(scan_next(k->scan, &t, e));
    if (t.kind == SCAN_ARRAY)
        TRY(read_events(k, e));
    else if (t.kind == SCAN_OBJECT)
        TRY(read_object(k, e));
    return scan_next(k->scan, &t, e); /* nothing else may follow */
}

/* JSON that people have beside a profile, by members of its document. */
static const struct {
    const char *key, *what, *hint;
} others[] = {
    {"rocprofiler-sdk-tool", "an output of rocprofv3", "record with torch.profiler instead"},
    {"nodes", "a PyTorch execution trace: it has operators and no times",
     "record with torch.profiler and export_chrome_trace"},
    {"tool", "a document that warpscope itself wrote", NULL},
    {"otherData", "a Chrome trace without events", NULL},
};

static enum status fail_other(struct kineto *k, const char *path, struct err *e)
{
    const char *what = "JSON without 'traceEvents'", *hint = NULL;
    str keys = text_str(&k->keys);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (str_has(keys, str_from(others[i].key))) {
            what = others[i].what;
            hint = others[i].hint;
            break;
        }
    }
    err_set(e, STATUS_INPUT, "'%s' is not a PyTorch profiler trace", path);
    err_at(e, path, 0, 0);
    err_expected(e, "an object with a list 'traceEvents', or a list of events");
    err_found(e, "%s%s%s", what, keys.n > 0 ? ", members: " : "", text_cstr(&k->keys));
    if (hint != NULL)
        err_hint(e, "%s", hint);
    return STATUS_INPUT;
}

/* A trace that breaks off: what came before is whole. */
static enum status forgive(struct kineto *k, enum status s, const struct profile_options *o,
                           struct err *own, struct err *e)
{
    if (s == STATUS_INPUT && o->keep_going && k->is_in_events) {
        record_warn(k->record, "%s: left out from line %u on: %s", k->file->path,
                    scan_line(k->scan), own->message);
        return STATUS_OK;
    }
    if (s == STATUS_INPUT && k->is_in_events) {
        own->hint[0] = '\0';
        err_hint(own, "%stake the %llu events before with --keep-going",
                 scan_is_cut_short(k->scan) ? "copy the file again, or " : "",
                 (unsigned long long)k->events.n_events);
    }
    if (s != STATUS_OK && e != NULL && e->status == STATUS_OK)
        *e = *own;
    return s;
}

static void finish_file(struct kineto *k)
{
    k->file->n_events = k->events.n_events;
    k->file->producer = k->schema > 0
                            ? arena_printf(record_arena(k->record), "PyTorch profiler, schema %lld",
                                           (long long)k->schema)
                            : "PyTorch profiler";
    kineto_events_finish(&k->events);
    record_end_file(k->record, k->base_ns);
}

static enum status read_all(struct kineto *k, const char *path, const struct profile_options *o,
                            struct err *e)
{
    struct err own = {0};
    TRY(forgive(k, read_document(k, &own), o, &own, e));
    if (!k->has_events)
        return fail_other(k, path, e);
    finish_file(k);
    return STATUS_OK;
}

enum status kineto_read(struct record *r, struct stream *s, const char *path,
                        const struct profile_options *o, const struct tick *tick, struct err *e)
{
    struct kineto k = {.stream = s, .record = r, .tick = tick};
    TRY(scan_open(&k.scan, s, path, SCAN_TOLERANT, e));
    k.file = record_begin_file(r, path);
    k.file->format = PROFILE_KINETO;
    k.file->size_b = stream_size(s);
    k.events.record = r;
    k.events.scan = k.scan;
    text_init(&k.events.name);
    text_init(&k.keys);
    enum status st = read_all(&k, path, o, e);
    text_done(&k.keys);
    text_done(&k.events.name);
    scan_close(k.scan);
    return st;
}
