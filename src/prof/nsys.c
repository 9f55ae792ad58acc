#include "prof/nsys.h"

#include <stdio.h>

#include "base/os.h"
#include "base/text.h"
#include "nsys_db.h"
#include "nsys_seen.h"

/* ---- what is read ---- */

/* Of struct seen_key. */
enum { SEEN_NAME, SEEN_CALL, SEEN_THREAD_NAME, SEEN_THREAD, SEEN_STREAM, SEEN_CONTEXT };

struct reader {
    struct db db;
    db_rows *string, *column; /* asked again and again */
    struct record *record;
    struct profile_file *file;
    const struct tick *tick;
    enum status status; /* of what a row had to ask in turn */
    uint64_t n_rows, n_rows_all;
    uint64_t n_open_ranges;
    int64_t base_ns;
    struct seen seen;
};

/* A table of the export. Column names of all versions; where a version has none, rows give NULL. */
struct table {
    const char *name;
    const char *const *columns;
    uint8_t n_columns, n_required; /* the first ones cannot be missing */
    bool is_event;
    bool (*take)(struct reader *, db_rows *, const struct table *); /* false: impossible row */
    enum profile_kind kind;
    uint32_t (*name_of)(struct reader *, db_rows *); /* works */
};

enum work_column {
    WORK_START,
    WORK_END,
    WORK_DEVICE,
    WORK_STREAM,
    WORK_CONTEXT,
    WORK_PROCESS,
    WORK_CORRELATION,
    WORK_GRAPH_NODE,
    WORK_GRAPH,
    WORK_NAME,
    WORK_SHORT_NAME,
    WORK_COPY,
    WORK_GRID,
    WORK_BLOCK = WORK_GRID + 3,
    WORK_REGS = WORK_BLOCK + 3,
    WORK_SHMEM_STATIC,
    WORK_SHMEM_DYNAMIC,
    WORK_COLUMNS
};

static const char *const work_columns[WORK_COLUMNS] = {
    [WORK_START] = "start",
    [WORK_END] = "end",
    [WORK_DEVICE] = "deviceId",
    [WORK_STREAM] = "streamId",
    [WORK_CONTEXT] = "contextId",
    [WORK_PROCESS] = "globalPid",
    [WORK_CORRELATION] = "correlationId",
    [WORK_GRAPH_NODE] = "graphNodeId",
    [WORK_GRAPH] = "graphId",
    [WORK_NAME] = "demangledName",
    [WORK_SHORT_NAME] = "shortName",
    [WORK_COPY] = "copyKind",
    [WORK_GRID] = "gridX",
    [WORK_GRID + 1] = "gridY",
    [WORK_GRID + 2] = "gridZ",
    [WORK_BLOCK] = "blockX",
    [WORK_BLOCK + 1] = "blockY",
    [WORK_BLOCK + 2] = "blockZ",
    [WORK_REGS] = "registersPerThread",
    [WORK_SHMEM_STATIC] = "staticSharedMemory",
    [WORK_SHMEM_DYNAMIC] = "dynamicSharedMemory",
};

enum call_column { CALL_START, CALL_END, CALL_THREAD, CALL_NAME, CALL_CORRELATION, CALL_CLASS };
static const char *const call_columns[] = {"start",  "end",           "globalTid",
                                           "nameId", "correlationId", "eventClass"};

enum range_column { RANGE_START, RANGE_END, RANGE_TYPE, RANGE_THREAD, RANGE_TEXT, RANGE_TEXT_ID };
static const char *const range_columns[] = {"start",     "end",  "eventType",
                                            "globalTid", "text", "textId"};

enum device_column { GPU_ID, GPU_NAME, GPU_CUDA_ID, GPU_SMS, GPU_MAJOR, GPU_MINOR };
static const char *const device_columns[] = {"id",      "name",         "cuDevice",
                                             "smCount", "computeMajor", "computeMinor"};

static const char *const thread_columns[] = {"globalTid", "nameId"};
static const char *const clock_columns[] = {"utcEpochNs", "systemClockNs"};
static const char *const meta_columns[] = {"name", "value"};

enum { ROWS_MAX = INT32_MAX };

/* Of ENUM_NSYS_EVENT_CLASS and ENUM_NSYS_EVENT_TYPE, the same in all versions. */
enum { CLASS_DRIVER = 1, TYPE_PUSH_POP = 59, TYPE_START_END = 60 };

/* ---- values of a row ---- */

/* Their sum stays in range, so that the clocks of several files can be brought together. */
#define TIME_MAX_NS ((int64_t)1 << 61)
#define BASE_MAX_NS ((int64_t)1 << 62)

static bool row_time(db_rows *row, int column, int64_t *out)
{
    return row_i64(row, column, out) && *out >= -TIME_MAX_NS && *out <= TIME_MAX_NS;
}

struct interval {
    int64_t start_ns, dur_ns;
};

/* In every table of events the first two columns. */
static bool row_interval(db_rows *row, struct interval *out)
{
    int64_t end_ns;
    if (!row_time(row, 0, &out->start_ns) || !row_time(row, 1, &end_ns))
        return false;
    out->dur_ns = end_ns - out->start_ns;
    return out->dur_ns >= 0;
}

static uint64_t row_correlation(db_rows *row, int column)
{
    return (uint64_t)MAX(row_i64_or(row, column, 0), 0);
}

/* ---- strings ---- */

/* Valid until the next call; empty when the export has none under this id. */
static str string_get(struct reader *rd, int64_t id)
{
    bool has_row;
    db_bind_i64(rd->string, id);
    enum status s = db_step(&rd->db, rd->string, &has_row);
    if (rd->status == STATUS_OK)
        rd->status = s;
    return has_row ? row_text(rd->string, 0) : STR("");
}

/* "cudaLaunchKernel_v7000": the version of the interface, which "_v2" of the driver is not. */
static str strip_version(str s)
{
    size_t n = s.n;
    while (n > 0 && s.p[n - 1] >= '0' && s.p[n - 1] <= '9')
        n--;
    bool is_version = s.n - n >= 4 && n > 2 && s.p[n - 1] == 'v' && s.p[n - 2] == '_';
    return is_version ? (str){s.p, n - 2} : s;
}

static bool is_driver_call(str name)
{
    return str_starts(name, STR("cu")) && !str_starts(name, STR("cuda"));
}

/* The name under an id, PROFILE_NONE when there is none; for calls, whether it is the driver's. */
static uint32_t name_get(struct reader *rd, int kind, int64_t id, bool *is_driver)
{
    struct seen_key k = {kind, id, 0, 0};
    int64_t seen;
    if (!seen_get(&rd->seen, k, &seen)) {
        str text = string_get(rd, id);
        if (kind == SEEN_CALL)
            text = strip_version(text);
        seen = text.n > 0 ? record_name(rd->record, text) : PROFILE_NONE;
        seen |= (int64_t)is_driver_call(text) << 32;
        seen_put(&rd->seen, k, seen);
    }
    *is_driver = seen >> 32 != 0;
    return (uint32_t)seen;
}

/* ---- lanes ---- */

/* Nsight packs machine, process and thread into one number. */
static int64_t global_process(int64_t id)
{
    return (int64_t)((uint64_t)id >> 24 & 0xffffff);
}

static int64_t global_thread(int64_t id)
{
    return (int64_t)((uint64_t)id & 0xffffff);
}

static uint32_t thread_lane(struct reader *rd, int64_t global_id)
{
    struct seen_key k = {SEEN_THREAD, global_id, 0, 0};
    int64_t lane, name_id;
    if (seen_get(&rd->seen, k, &lane))
        return (uint32_t)lane;
    const char *label = NULL;
    if (seen_get(&rd->seen, (struct seen_key){SEEN_THREAD_NAME, global_id, 0, 0}, &name_id)) {
        str text = string_get(rd, name_id);
        if (text.n > 0)
            label = text.p;
    }
    lane = record_lane(rd->record, (struct profile_lane){.process = global_process(global_id),
                                                         .thread = global_thread(global_id),
                                                         .label = label});
    seen_put(&rd->seen, k, lane);
    return (uint32_t)lane;
}

/* Streams are numbered within a context. A process has one per device as a rule: what another one
 * adds gets a number that no stream has, and a label that says why. */
static uint32_t foreign_lane(struct reader *rd, struct profile_lane lane, uint32_t context)
{
    char label[64];
    snprintf(label, sizeof label, "stream %lld of context %u", (long long)lane.thread, context);
    lane.label = label;
    lane.thread = -1 - ((int64_t)(context & INT32_MAX) << 32 | lane.thread);
    return record_lane(rd->record, lane);
}

static uint32_t stream_lane(struct reader *rd, db_rows *row, uint32_t device, uint32_t stream)
{
    uint32_t context = row_u32_or(row, WORK_CONTEXT, 0);
    int64_t global_id = row_i64_or(row, WORK_PROCESS, -1);
    int64_t place = (int64_t)((uint64_t)device << 32 | stream);
    struct seen_key k = {SEEN_STREAM, global_id, place, context};
    int64_t lane, first = context;
    if (seen_get(&rd->seen, k, &lane))
        return (uint32_t)lane;
    if (!seen_get(&rd->seen, (struct seen_key){SEEN_CONTEXT, global_id, place, 0}, &first))
        seen_put(&rd->seen, (struct seen_key){SEEN_CONTEXT, global_id, place, 0}, context);
    struct profile_lane new = {.is_device = true,
                               .process = global_id < 0 ? -1 : global_process(global_id),
                               .thread = stream,
                               .device = device};
    lane = first == context ? record_lane(rd->record, new) : foreign_lane(rd, new, context);
    seen_put(&rd->seen, k, lane);
    return (uint32_t)lane;
}

/* ---- works ---- */

static uint32_t kernel_name(struct reader *rd, db_rows *row)
{
    for (int column = WORK_NAME; column <= WORK_SHORT_NAME; column++) {
        int64_t id;
        uint32_t name = PROFILE_NONE;
        bool is_driver;
        if (row_i64(row, column, &id))
            name = name_get(rd, SEEN_NAME, id, &is_driver);
        if (name != PROFILE_NONE)
            return name;
    }
    return record_name(rd->record, STR("unnamed kernel"));
}

/* By copyKind, as CUPTI numbers them and Nsight goes on; the names are those of PyTorch. */
static uint32_t copy_name(struct reader *rd, db_rows *row)
{
    static const char *const names[] = {
        "Memcpy",      "Memcpy HtoD",  "Memcpy DtoH",  "Memcpy HtoA",  "Memcpy AtoH",
        "Memcpy AtoA", "Memcpy AtoD",  "Memcpy DtoA",  "Memcpy DtoD",  "Memcpy HtoH",
        "Memcpy PtoP", "Unified HtoD", "Unified DtoH", "Unified DtoD",
    };
    uint32_t copy = row_u32_or(row, WORK_COPY, 0);
    return record_name(rd->record, str_from(names[copy < ARRAY_LEN(names) ? copy : 0]));
}

static uint32_t fill_name(struct reader *rd, db_rows *row)
{
    (void)row;
    return record_name(rd->record, STR("Memset"));
}

static uint32_t graph_name(struct reader *rd, db_rows *row)
{
    char name[40];
    int n =
        snprintf(name, sizeof name, "CUDA graph %lld", (long long)row_i64_or(row, WORK_GRAPH, 0));
    return record_name(rd->record, (str){name, (size_t)n});
}

/* PROFILE_NONE where any extent is missing. */
static uint32_t kernel_shape(struct reader *rd, db_rows *row)
{
    struct profile_shape s = {.n_regs = row_u32_or(row, WORK_REGS, 0)};
    for (int i = 0; i < 3; i++) {
        if (!row_u32(row, WORK_GRID + i, &s.grid[i]) || !row_u32(row, WORK_BLOCK + i, &s.block[i]))
            return PROFILE_NONE;
    }
    uint64_t shmem_b =
        (uint64_t)row_u32_or(row, WORK_SHMEM_STATIC, 0) + row_u32_or(row, WORK_SHMEM_DYNAMIC, 0);
    s.shmem_b = (uint32_t)MIN(shmem_b, UINT32_MAX);
    return record_shape(rd->record, &s);
}

static bool take_work(struct reader *rd, db_rows *row, const struct table *t)
{
    struct interval at;
    uint32_t device, stream;
    if (!row_interval(row, &at) || !row_u32(row, WORK_DEVICE, &device) ||
        !row_u32(row, WORK_STREAM, &stream))
        return false;
    struct profile_span span = {
        .start_ns = at.start_ns,
        .dur_ns = at.dur_ns,
        .correlation = row_correlation(row, WORK_CORRELATION),
        .name = t->name_of(rd, row),
        .lane = stream_lane(rd, row, device, stream),
        .shape = kernel_shape(rd, row),
        .kind = (uint8_t)t->kind,
    };
    if (t->kind == PROFILE_KERNEL)
        span.is_graph_node = t->name_of == graph_name || row_i64_or(row, WORK_GRAPH_NODE, 0) != 0;
    *record_span(rd->record, t->kind) = span;
    return true;
}

/* ---- calls and ranges ---- */

static bool take_call(struct reader *rd, db_rows *row, const struct table *t)
{
    struct interval at;
    int64_t thread, name_id;
    if (!row_interval(row, &at) || !row_i64(row, CALL_THREAD, &thread) ||
        !row_i64(row, CALL_NAME, &name_id))
        return false;
    bool is_driver;
    uint32_t name = name_get(rd, SEEN_CALL, name_id, &is_driver);
    struct profile_span span = {
        .start_ns = at.start_ns,
        .dur_ns = at.dur_ns,
        .correlation = row_correlation(row, CALL_CORRELATION),
        .name = name != PROFILE_NONE ? name : record_name(rd->record, STR("unnamed call")),
        .lane = thread_lane(rd, thread),
        .shape = PROFILE_NONE,
        .kind = (uint8_t)t->kind,
        .is_driver = is_driver || row_i64_or(row, CALL_CLASS, 0) == CLASS_DRIVER,
    };
    *record_span(rd->record, t->kind) = span;
    return true;
}

/* PyTorch's emit_nvtx appends what it knows of an operator: "aten::mm, seq = 5, op_id = 17". */
static bool cut_operator(str text, str *name)
{
    static const str marks[] = {{", seq = ", 8}, {", op_id = ", 10}, {", sizes = ", 10}};
    for (size_t at = 1; at < text.n; at++) {
        str rest = {text.p + at, text.n - at};
        for (size_t i = 0; rest.p[0] == ',' && i < ARRAY_LEN(marks); i++) {
            if (str_starts(rest, marks[i])) {
                *name = (str){text.p, at};
                return true;
            }
        }
    }
    *name = text;
    return false;
}

static enum profile_kind range_kind(str text, str *name)
{
    enum profile_kind kind = cut_operator(text, name) ? PROFILE_OP : PROFILE_NOTE;
    return str_starts(*name, STR("ProfilerStep#")) ? PROFILE_STEP : kind;
}

static bool is_range(db_rows *row)
{
    int64_t type = row_i64_or(row, RANGE_TYPE, 0);
    return type == TYPE_PUSH_POP || type == TYPE_START_END;
}

static bool take_range(struct reader *rd, db_rows *row, const struct table *t)
{
    struct interval at;
    int64_t thread, text_id;
    (void)t;
    if (!is_range(row))
        return true;
    if (row_is_null(row, RANGE_END)) {
        rd->n_open_ranges++;
        return true;
    }
    if (!row_interval(row, &at) || !row_i64(row, RANGE_THREAD, &thread))
        return false;
    str text = row_text(row, RANGE_TEXT), name;
    uint32_t lane = thread_lane(rd, thread);
    if (text.n == 0 && row_i64(row, RANGE_TEXT_ID, &text_id))
        text = string_get(rd, text_id);
    enum profile_kind kind = range_kind(text, &name);
    uint32_t name_index = record_name(rd->record, name);
    struct profile_span *s = record_span(rd->record, kind);
    s->start_ns = at.start_ns;
    s->dur_ns = at.dur_ns;
    s->name = name_index;
    s->lane = lane;
    return true;
}

/* ---- what surrounds the events ---- */

/* "2026.2.1.210": the last number is that of the build. */
static bool take_meta(struct reader *rd, db_rows *row, const struct table *t)
{
    (void)t;
    if (!str_is(row_text(row, 0), "EXPORT_PRODUCT_VERSION"))
        return true;
    str rest = row_text(row, 1), part;
    size_t n = 0;
    for (int i = 0; i < 3 && str_cut(&rest, '.', &part); i++)
        n += part.n + (i > 0);
    rd->file->producer = arena_printf(record_arena(rd->record), "Nsight Systems %.*s",
                                      (int)MIN(n, 40), row_text(row, 1).p);
    return true;
}

/* Times count from the system's clock; the session says when that was in the world's. */
static bool take_clock(struct reader *rd, db_rows *row, const struct table *t)
{
    (void)t;
    int64_t world_ns, system_ns;
    if (row_i64(row, 0, &world_ns) && row_time(row, 1, &system_ns) && world_ns >= system_ns &&
        world_ns <= BASE_MAX_NS)
        rd->base_ns = world_ns - MAX(system_ns, 0);
    return true;
}

static bool take_thread(struct reader *rd, db_rows *row, const struct table *t)
{
    (void)t;
    int64_t thread, name_id;
    if (row_i64(row, 0, &thread) && row_i64(row, 1, &name_id))
        seen_put(&rd->seen, (struct seen_key){SEEN_THREAD_NAME, thread, 0, 0}, name_id);
    return true;
}

static bool take_device(struct reader *rd, db_rows *row, const struct table *t)
{
    (void)t;
    uint32_t id, major = row_u32_or(row, GPU_MAJOR, 0), minor = row_u32_or(row, GPU_MINOR, 0);
    if (!row_u32(row, GPU_CUDA_ID, &id) && !row_u32(row, GPU_ID, &id))
        return true;
    str name = row_text(row, GPU_NAME);
    record_device(rd->record, &(struct profile_device){
                                  .id = id,
                                  .name = arena_strndup(record_arena(rd->record), name.p, name.n),
                                  .n_sms = row_u32_or(row, GPU_SMS, 0),
                                  .cc_x10 = major < 100 && minor < 10 ? major * 10 + minor : 0});
    return true;
}

/* ---- tables ---- */

#define COLUMNS(list, required) \
    .columns = (list), .n_columns = ARRAY_LEN(list), .n_required = (required)
#define WORKS COLUMNS(work_columns, 4), .is_event = true, .take = take_work

/* Names of threads come before the threads; works of any of the first two make a profile. */
static const struct table tables[] = {
    {"CUPTI_ACTIVITY_KIND_KERNEL", WORKS, .kind = PROFILE_KERNEL, .name_of = kernel_name},
    {"CUPTI_ACTIVITY_KIND_GRAPH_TRACE", WORKS, .kind = PROFILE_KERNEL, .name_of = graph_name},
    {"CUPTI_ACTIVITY_KIND_MEMCPY", WORKS, .kind = PROFILE_MEMCPY, .name_of = copy_name},
    {"CUPTI_ACTIVITY_KIND_MEMSET", WORKS, .kind = PROFILE_MEMSET, .name_of = fill_name},
    {"ThreadNames", COLUMNS(thread_columns, 2), .take = take_thread},
    {"CUPTI_ACTIVITY_KIND_RUNTIME", COLUMNS(call_columns, 4), .is_event = true, .take = take_call,
     .kind = PROFILE_CALL},
    {"NVTX_EVENTS", COLUMNS(range_columns, 4), .is_event = true, .take = take_range},
    {"TARGET_INFO_GPU", COLUMNS(device_columns, 2), .take = take_device},
    {"TARGET_INFO_SESSION_START_TIME", COLUMNS(clock_columns, 2), .take = take_clock},
    {"META_DATA_EXPORT", COLUMNS(meta_columns, 2), .take = take_meta},
};
enum { TABLES_OF_KERNELS = 2 };

static bool has_column(struct reader *rd, const char *table, const char *column)
{
    bool has_row;
    db_bind_texts(rd->column, table, column);
    enum status s = db_step(&rd->db, rd->column, &has_row);
    if (rd->status == STATUS_OK)
        rd->status = s;
    return has_row;
}

/* Whether the table is there with all that it cannot do without. */
static bool has_table(struct reader *rd, const struct table *t)
{
    for (size_t i = 0; i < t->n_required; i++) {
        if (!has_column(rd, t->name, t->columns[i]))
            return false;
    }
    return true;
}

static enum status prepare_rows(struct reader *rd, const struct table *t, db_rows **out)
{
    struct text sql;
    text_init(&sql);
    for (size_t i = 0; i < t->n_columns; i++) {
        text_puts(&sql, i == 0 ? "SELECT " : ", ");
        if (has_column(rd, t->name, t->columns[i]))
            text_printf(&sql, "\"%s\"", t->columns[i]);
        else
            text_puts(&sql, "NULL");
    }
    text_printf(&sql, " FROM \"%s\" ORDER BY rowid", t->name);
    enum status s =
        rd->status == STATUS_OK ? db_prepare(&rd->db, text_cstr(&sql), out) : rd->status;
    text_done(&sql);
    return s;
}

static void count_events(struct reader *rd, const struct table *t, uint64_t n, uint64_t n_left_out)
{
    record_count(rd->record, str_from(t->name), 'X', n);
    rd->file->n_events += n;
    if (n_left_out > 0)
        record_warn(rd->record, "%llu rows of %s are left out: no possible time, place or name",
                    (unsigned long long)n_left_out, t->name);
}

static enum status read_rows(struct reader *rd, const struct table *t, db_rows *row)
{
    uint64_t n = 0, n_left_out = 0;
    bool has_row;
    for (;; n++) {
        TRY(db_step(&rd->db, row, &has_row));
        if (!has_row)
            break;
        if (rd->n_rows++ == ROWS_MAX)
            return err_set(rd->db.e, STATUS_LIMIT, "'%s' has more than %d rows", rd->db.path,
                           ROWS_MAX);
        n_left_out += !t->take(rd, row, t);
        TRY(rd->status);
    }
    if (t->is_event)
        count_events(rd, t, n, n_left_out);
    return STATUS_OK;
}

static bool go_on(void *arg)
{
    const struct reader *rd = arg;
    if (rd->file == NULL)
        return true;
    double share = (double)rd->n_rows / (double)MAX(rd->n_rows_all, 1);
    return tick_step(rd->tick, (uint64_t)((double)rd->file->size_b * MIN(share, 1)),
                     rd->file->size_b);
}

static enum status read_table(struct reader *rd, const struct table *t)
{
    db_rows *row = NULL;
    if (!has_table(rd, t))
        return rd->status;
    if (!go_on(rd))
        return err_set(rd->db.e, STATUS_CANCELLED, "cancelled while reading '%s'", rd->db.path);
    enum status s = prepare_rows(rd, t, &row);
    if (s == STATUS_OK)
        s = read_rows(rd, t, row);
    db_finish(row);
    return s;
}

/* Rows are numbered without gaps as a rule: good enough to show progress. */
static enum status count_rows(struct reader *rd, const struct table *t)
{
    char sql[120];
    bool has_row = false;
    db_rows *row = NULL;
    if (!has_table(rd, t))
        return rd->status;
    snprintf(sql, sizeof sql, "SELECT max(rowid) FROM \"%s\"", t->name);
    enum status s = db_prepare(&rd->db, sql, &row);
    if (s == STATUS_OK)
        s = db_step(&rd->db, row, &has_row);
    if (has_row)
        rd->n_rows_all += (uint64_t)CLAMP(row_i64_or(row, 0, 0), 0, ROWS_MAX);
    db_finish(row);
    return s;
}

/* ---- the database ---- */

/* The tables that say most of a database that is no profile. */
static enum status list_tables(struct reader *rd, struct text *list)
{
    enum { SHOWN = 5 };
    db_rows *row = NULL;
    bool has_row = false;
    enum status s = db_prepare(&rd->db,
                               "SELECT name FROM sqlite_master WHERE type = 'table' "
                               "ORDER BY name NOT LIKE 'CUPTI%', rowid",
                               &row);
    if (s == STATUS_OK)
        s = db_step(&rd->db, row, &has_row);
    for (size_t n = 0; has_row && n <= SHOWN; n++) {
        str name = row_text(row, 0);
        text_puts(list, n == 0 ? "tables " : n < SHOWN ? ", " : " and more");
        if (n < SHOWN)
            text_printf(list, "%.*s", (int)MIN(name.n, 40), name.p);
        s = db_step(&rd->db, row, &has_row);
    }
    db_finish(row);
    return s;
}

static enum status fail_foreign(struct reader *rd, bool is_export)
{
    static const char *const what[] = {"is a SQLite database but not an Nsight Systems export",
                                       "is an Nsight Systems export without kernels"};
    static const char *const hints[] = {"make one with: nsys export --type sqlite FILE.nsys-rep",
                                        "record with: nsys profile --trace=cuda,nvtx PROGRAM"};
    struct text list;
    text_init(&list);
    enum status s = list_tables(rd, &list);
    if (s == STATUS_OK) {
        s = err_set(rd->db.e, STATUS_INPUT, "'%s' %s", rd->db.path, what[is_export]);
        err_at(rd->db.e, rd->db.path, 0, 0);
        err_found(rd->db.e, "%s", list.n > 0 ? text_cstr(&list) : "no tables");
        err_hint(rd->db.e, "%s", hints[is_export]);
    }
    text_done(&list);
    return s;
}

static enum status check_tables(struct reader *rd)
{
    bool is_export = has_column(rd, "StringIds", "id") && has_column(rd, "StringIds", "value");
    bool has_kernels = false;
    for (size_t i = 0; i < TABLES_OF_KERNELS; i++)
        has_kernels = has_kernels || has_table(rd, &tables[i]);
    if (rd->status != STATUS_OK || (is_export && has_kernels))
        return rd->status;
    return fail_foreign(rd, is_export);
}

static enum status read_tables(struct reader *rd)
{
    TRY(db_prepare(&rd->db, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2", &rd->column));
    TRY(check_tables(rd));
    TRY(db_prepare(&rd->db, "SELECT value FROM StringIds WHERE id = ?1", &rd->string));
    rd->file = record_begin_file(rd->record, rd->db.path);
    rd->file->format = PROFILE_NSYS;
    rd->file->producer = "Nsight Systems";
    rd->file->size_b = (uint64_t)MAX(os_file_size(rd->db.path), 0);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        TRY(count_rows(rd, &tables[i]));
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        TRY(read_table(rd, &tables[i]));
    if (rd->n_open_ranges > 0)
        record_warn(rd->record, "NVTX ranges left out for want of an end: %llu",
                    (unsigned long long)rd->n_open_ranges);
    record_end_file(rd->record, rd->base_ns);
    return STATUS_OK;
}

enum status nsys_read(struct record *r, const char *path, const struct tick *tick, struct err *e)
{
    struct reader rd = {.record = r, .tick = tick};
    rd.db = (struct db){.path = path, .e = e, .go_on = go_on, .arg = &rd};
    seen_init(&rd.seen);
    enum status s = db_open(&rd.db);
    if (s == STATUS_OK)
        s = read_tables(&rd);
    db_finish(rd.string);
    db_finish(rd.column);
    db_close(&rd.db);
    seen_done(&rd.seen);
    return s;
}

bool nsys_is_database(str head)
{
    return str_starts(head, (str){"SQLite format 3", 16});
}
