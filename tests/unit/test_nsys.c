#include "prof/nsys.h"
#include "t.h"

#include <sqlite3.h>

#include "base/os.h"

#define SHARED "../shared/data/kineto/nsys/h100_2gpu_1s.sqlite"

/* Machine 1, process 111, thread 123; as the profiler packs them. */
#define PID_111 "281476838981632"
#define TID_111 "281476838981755"
#define PID_222 "281478701252608"
#define TID_222 "281478701252613"

static const char strings[] =
    "CREATE TABLE StringIds (id INTEGER PRIMARY KEY, value TEXT);"
    "INSERT INTO StringIds VALUES (1, 'void add<float>(float*)'), (2, 'add'),"
    " (3, 'cudaLaunchKernel_v7000'), (4, 'cuLaunchKernelEx'),"
    " (5, 'cuMemAlloc_v2'), (6, 'python3'), (7, 'decode');";

/* What every version since 2019 has. */
static const char old_tables[] =
    "CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER, end INTEGER, deviceId INTEGER,"
    " contextId INTEGER, streamId INTEGER, correlationId INTEGER, globalPid INTEGER,"
    " demangledName INTEGER, shortName INTEGER);"
    "CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER, end INTEGER, globalTid INTEGER,"
    " correlationId INTEGER, nameId INTEGER);";

static const char new_tables[] =
    "CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER, end INTEGER, deviceId INTEGER,"
    " contextId INTEGER, greenContextId INTEGER, streamId INTEGER, correlationId INTEGER,"
    " globalPid INTEGER, demangledName INTEGER, shortName INTEGER, registersPerThread INTEGER,"
    " gridX INTEGER, gridY INTEGER, gridZ INTEGER, blockX INTEGER, blockY INTEGER, blockZ INTEGER,"
    " staticSharedMemory INTEGER, dynamicSharedMemory INTEGER, graphNodeId INTEGER);"
    "CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER, end INTEGER, eventClass INTEGER,"
    " globalTid INTEGER, correlationId INTEGER, nameId INTEGER, returnValue INTEGER);"
    "CREATE TABLE CUPTI_ACTIVITY_KIND_MEMCPY (start INTEGER, end INTEGER, deviceId INTEGER,"
    " contextId INTEGER, streamId INTEGER, correlationId INTEGER, globalPid INTEGER,"
    " bytes INTEGER, copyKind INTEGER, graphNodeId INTEGER);"
    "CREATE TABLE CUPTI_ACTIVITY_KIND_MEMSET (start INTEGER, end INTEGER, deviceId INTEGER,"
    " contextId INTEGER, streamId INTEGER, correlationId INTEGER, globalPid INTEGER);"
    "CREATE TABLE CUPTI_ACTIVITY_KIND_GRAPH_TRACE (start INTEGER, end INTEGER, deviceId INTEGER,"
    " graphId INTEGER, contextId INTEGER, streamId INTEGER, correlationId INTEGER,"
    " globalPid INTEGER);"
    "CREATE TABLE NVTX_EVENTS (start INTEGER, end INTEGER, eventType INTEGER, text TEXT,"
    " globalTid INTEGER, textId INTEGER);"
    "CREATE TABLE ThreadNames (nameId INTEGER, priority INTEGER, globalTid INTEGER);"
    "CREATE TABLE TARGET_INFO_GPU (id INTEGER, name TEXT, smCount INTEGER, cuDevice INTEGER,"
    " computeMajor INTEGER, computeMinor INTEGER);"
    "CREATE TABLE TARGET_INFO_SESSION_START_TIME (utcEpochNs INTEGER, systemClockNs INTEGER);"
    "CREATE TABLE META_DATA_EXPORT (name TEXT, value TEXT);";

/* A database made by these statements, up to three. */
static const char *make(const char *name, const char *a, const char *b, const char *c)
{
    const char *path = t_temp_path(name);
    const char *const all[] = {"PRAGMA page_size = 512", a, b, c};
    sqlite3 *db;
    remove(path);
    CHECK_EQ_INT(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        char *message = NULL;
        if (sqlite3_exec(db, all[i], NULL, NULL, &message) != SQLITE_OK)
            T_FAIL("%s", message);
        sqlite3_free(message);
    }
    sqlite3_close(db);
    return path;
}

static struct profile *read_ok(const char *path)
{
    struct err e = {0};
    struct record *r = record_make();
    if (nsys_read(r, path, NULL, &e) == STATUS_OK)
        return record_finish(r);
    T_FAIL("%s (%s)", e.message, e.found);
    record_drop(r);
    return NULL;
}

static enum status read_bad(const char *path, struct err *e)
{
    *e = (struct err){0};
    struct record *r = record_make();
    enum status s = nsys_read(r, path, NULL, e);
    record_drop(r);
    CHECK(s == STATUS_IO || strcmp(e->path, path) == 0);
    return s;
}

static const char *name_of(const struct profile *p, const struct profile_span *s)
{
    return p->names[s->name];
}

static const struct profile_lane *lane_of(const struct profile *p, const struct profile_span *s)
{
    return &p->lanes[s->lane];
}

TEST(a_database_is_known_by_its_head)
{
    CHECK(nsys_is_database((str){"SQLite format 3\0\x10", 17}));
    CHECK(!nsys_is_database(STR("SQLite format 3")));
    CHECK(!nsys_is_database(STR("SQLite format 4 ")));
    CHECK(!nsys_is_database(STR("")));
    CHECK(str_starts(str_from(nsys_library()), STR("sqlite 3.")));
}

TEST(an_old_export_has_few_columns)
{
    const char *path = make("old.sqlite", strings, old_tables,
                            "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES"
                            " (100, 150, 1, 1, 7, 12, " PID_111 ", 1, 2);"
                            "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES"
                            " (10, 30, " TID_111 ", 12, 3), (40, 41, " TID_111 ", 13, 4);");
    struct profile *p = read_ok(path);
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_works, 1);
    CHECK_EQ_INT(p->n_calls, 2);
    const struct profile_span *k = p->works;
    CHECK_EQ_STR(name_of(p, k), "void add<float>(float*)");
    CHECK_EQ_INT(k->start_ns, 100);
    CHECK_EQ_INT(k->dur_ns, 50);
    CHECK_EQ_INT(k->correlation, 12);
    CHECK_EQ_INT(k->shape, PROFILE_NONE);
    CHECK(!k->is_graph_node);
    CHECK(lane_of(p, k)->is_device);
    CHECK_EQ_INT(lane_of(p, k)->process, 111);
    CHECK_EQ_INT(lane_of(p, k)->device, 1);
    CHECK_EQ_STR(lane_of(p, k)->label, "stream 7");
    CHECK_EQ_STR(name_of(p, &p->calls[0]), "cudaLaunchKernel");
    CHECK(!p->calls[0].is_driver);
    CHECK(p->calls[1].is_driver);
    CHECK_EQ_INT(lane_of(p, p->calls)->process, 111);
    CHECK_EQ_INT(lane_of(p, p->calls)->thread, 123);
    CHECK_EQ_STR(lane_of(p, p->calls)->label, "thread 123");
    CHECK_EQ_STR(p->files[0].producer, "Nsight Systems");
    CHECK_EQ_INT(p->files[0].format, PROFILE_NSYS);
    CHECK_EQ_INT(p->files[0].n_events, 3);
    CHECK_EQ_INT(p->files[0].size_b, os_file_size(path));
    CHECK_EQ_INT(p->n_warnings, 0);
    profile_release(p);
}

TEST(a_new_export_has_shapes_devices_and_names)
{
    const char *path = make("new.sqlite", strings, new_tables,
                            "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES"
                            " (100, 150, 0, 1, NULL, 7, 12, " PID_111 ", 99, 2, 32, 4, 5, 6,"
                            " 128, 2, 1, 100, 1000, NULL);"
                            "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES"
                            " (10, 30, 1, " TID_111 ", 12, 5, 0);"
                            "INSERT INTO CUPTI_ACTIVITY_KIND_MEMCPY VALUES"
                            " (200, 210, 0, 1, 7, 14, " PID_111 ", 64, 1, NULL),"
                            " (210, 220, 0, 1, 7, 15, " PID_111 ", 64, 77, NULL);"
                            "INSERT INTO CUPTI_ACTIVITY_KIND_MEMSET VALUES"
                            " (220, 220, 0, 1, 7, NULL, " PID_111 ");"
                            "INSERT INTO ThreadNames VALUES (6, 20, " TID_111 ");"
                            "INSERT INTO TARGET_INFO_GPU VALUES (3, 'NVIDIA H100', 132, 0, 9, 0);"
                            "INSERT INTO TARGET_INFO_SESSION_START_TIME VALUES (1000, 400);"
                            "INSERT INTO META_DATA_EXPORT VALUES"
                            " ('EXPORT_PRODUCT_VERSION', '2026.2.1.210');");
    struct profile *p = read_ok(path);
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_works, 4);
    CHECK_EQ_INT(p->n_kernels, 1);
    CHECK_EQ_STR(name_of(p, &p->works[0]), "add");
    const struct profile_shape *s = &p->shapes[p->works[0].shape];
    CHECK_EQ_INT(s->grid[2], 6);
    CHECK_EQ_INT(s->block[0], 128);
    CHECK_EQ_INT(s->n_regs, 32);
    CHECK_EQ_INT(s->shmem_b, 1100);
    CHECK_EQ_STR(name_of(p, &p->works[1]), "Memcpy HtoD");
    CHECK_EQ_INT(p->works[1].kind, PROFILE_MEMCPY);
    CHECK_EQ_STR(name_of(p, &p->works[2]), "Memcpy");
    CHECK_EQ_STR(name_of(p, &p->works[3]), "Memset");
    CHECK_EQ_INT(p->works[3].kind, PROFILE_MEMSET);
    CHECK_EQ_INT(p->works[3].correlation, 0);
    CHECK_EQ_INT(p->works[3].lane, p->works[0].lane);
    CHECK_EQ_STR(name_of(p, &p->calls[0]), "cuMemAlloc_v2");
    CHECK(p->calls[0].is_driver);
    CHECK_EQ_STR(lane_of(p, p->calls)->label, "python3");
    CHECK_EQ_INT(p->n_devices, 1);
    CHECK_EQ_STR(p->devices[0].name, "NVIDIA H100");
    CHECK_EQ_INT(p->devices[0].id, 0);
    CHECK_EQ_INT(p->devices[0].n_sms, 132);
    CHECK_EQ_INT(p->devices[0].cc_x10, 90);
    CHECK_EQ_STR(p->files[0].producer, "Nsight Systems 2026.2.1");
    CHECK_EQ_INT(profile_category_n(p, "CUPTI_ACTIVITY_KIND_MEMCPY", 'X'), 2);
    profile_release(p);
}

TEST(processes_and_contexts_have_streams_of_their_own)
{
    struct profile *p =
        read_ok(make("two.sqlite", strings, old_tables,
                     "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES"
                     " (100, 150, 0, 1, 7, 12, " PID_111 ", 1, 2),"
                     " (100, 150, 0, 1, 7, 12, " PID_222 ", 1, 2),"
                     " (160, 170, 0, 2, 7, 13, " PID_111 ", 1, 2),"
                     " (180, 190, 0, 2, 7, 14, " PID_111 ", 1, 2);"
                     "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES"
                     " (10, 30, " TID_111 ", 12, 3), (10, 30, " TID_222 ", 12, 3);"));
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_lanes, 5);
    CHECK(p->works[0].lane != p->works[1].lane);
    CHECK_EQ_INT(lane_of(p, &p->works[0])->process, lane_of(p, &p->calls[0])->process);
    CHECK_EQ_INT(lane_of(p, &p->works[1])->process, lane_of(p, &p->calls[1])->process);
    CHECK_EQ_INT(lane_of(p, &p->works[1])->process, 222);
    CHECK_EQ_STR(lane_of(p, &p->works[2])->label, "stream 7 of context 2");
    CHECK(lane_of(p, &p->works[2])->thread < 0);
    CHECK_EQ_INT(p->works[2].lane, p->works[3].lane);
    profile_release(p);
}

TEST(graphs_are_told_by_node_or_as_a_whole)
{
    struct profile *p = read_ok(make("graph.sqlite", strings, new_tables,
                                     "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES"
                                     " (1, 2, 0, 1, NULL, 7, 12, " PID_111 ", 1, 2, 32, 1, 1, 1, 1,"
                                     " 1, 1, 0, 0, 4294967297),"
                                     " (1, 2, 0, 1, NULL, 7, 12, " PID_111 ", 1, 2, 32, 1, 1, 1, 1,"
                                     " 1, 1, 0, 0, 0);"
                                     "INSERT INTO CUPTI_ACTIVITY_KIND_GRAPH_TRACE VALUES"
                                     " (5, 9, 0, 31, 1, 7, 13, " PID_111 ");"));
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_kernels, 3);
    CHECK(p->works[0].is_graph_node);
    CHECK(!p->works[1].is_graph_node);
    CHECK(p->works[2].is_graph_node);
    CHECK_EQ_STR(name_of(p, &p->works[2]), "CUDA graph 31");
    CHECK_EQ_INT(p->works[2].shape, PROFILE_NONE);
    profile_release(p);
}

TEST(ranges_are_operators_steps_and_notes)
{
    struct profile *p = read_ok(
        make("nvtx.sqlite", strings, new_tables,
             "INSERT INTO NVTX_EVENTS VALUES"
             " (1, 9, 59, 'aten::view, op_id = 314290', " TID_111 ", NULL),"
             " (2, 3, 59, 'aten::mm, seq = 5, op_id = 6, sizes = [[1, 2]]', " TID_111 ", NULL),"
             " (3, 4, 59, 'aten::to, sizes = []', " TID_111 ", NULL),"
             " (4, 5, 60, NULL, " TID_111 ", 7),"
             " (5, 6, 59, 'ProfilerStep#3, op_id = 1', " TID_111 ", NULL),"
             " (6, 7, 59, 'a, b', " TID_111 ", NULL),"
             " (7, 8, 59, ', seq = 5', " TID_111 ", NULL),"
             " (8, NULL, 59, 'open', " TID_111 ", NULL),"
             " (9, 9, 34, 'a mark', " TID_111 ", NULL);"));
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_ops, 3);
    CHECK_EQ_STR(name_of(p, &p->ops[0]), "aten::view");
    CHECK_EQ_INT(p->ops[0].dur_ns, 8);
    CHECK_EQ_STR(name_of(p, &p->ops[1]), "aten::mm");
    CHECK_EQ_STR(name_of(p, &p->ops[2]), "aten::to");
    CHECK_EQ_INT(p->n_ranges, 4);
    CHECK_EQ_STR(name_of(p, &p->ranges[0]), "decode");
    CHECK_EQ_INT(p->ranges[0].kind, PROFILE_NOTE);
    CHECK_EQ_STR(name_of(p, &p->ranges[1]), "ProfilerStep#3");
    CHECK_EQ_INT(p->ranges[1].kind, PROFILE_STEP);
    CHECK_EQ_STR(name_of(p, &p->ranges[2]), "a, b");
    CHECK_EQ_STR(name_of(p, &p->ranges[3]), ", seq = 5");
    CHECK_EQ_INT(p->n_warnings, 1);
    CHECK_EQ_STR(p->warnings[0], "NVTX ranges left out for want of an end: 1");
    profile_release(p);
}

TEST(impossible_rows_are_left_out_and_counted)
{
    struct profile *p =
        read_ok(make("nulls.sqlite", strings, old_tables,
                     "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES"
                     " (NULL, 150, 0, 1, 7, 12, " PID_111 ", 1, 2),"
                     " (100, NULL, 0, 1, 7, 12, " PID_111 ", 1, 2),"
                     " (100, 99, 0, 1, 7, 12, " PID_111 ", 1, 2),"
                     " (-9223372036854775808, 9223372036854775807, 0, 1, 7, 12, " PID_111 ", 1, 2),"
                     " ('x', 150, 0, 1, 7, 12, " PID_111 ", 1, 2), (1, 2, -1, 1, 7, 12, 1, 1, 2),"
                     " (1, 2, 0, 1, 4294967296, 12, 1, 1, 2),"
                     " (1, 2, 0, NULL, 7, -5, NULL, NULL, NULL), (0, 0, 0, 1, 7, 1, 0, 98, 99);"
                     "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES"
                     " (10, 30, NULL, 12, 3), (10, 30, " TID_111 ", 12, NULL),"
                     " (10, 30, " TID_111 ", 12, 99);"));
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_works, 2);
    CHECK_EQ_STR(name_of(p, &p->works[0]), "unnamed kernel");
    CHECK_EQ_INT(p->works[0].correlation, 0);
    CHECK_EQ_INT(lane_of(p, &p->works[0])->process, -1);
    CHECK_EQ_INT(p->n_calls, 1);
    CHECK_EQ_STR(name_of(p, &p->calls[0]), "unnamed call");
    CHECK_EQ_INT(p->n_warnings, 2);
    CHECK_EQ_STR(p->warnings[0], "7 rows of CUPTI_ACTIVITY_KIND_KERNEL are left out: no possible "
                                 "time, place or name");
    profile_release(p);
}

TEST(one_table_of_kernels_is_enough)
{
    struct profile *p = read_ok(make("kernels.sqlite", strings,
                                     "CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL"
                                     " (start, end, deviceId, streamId)",
                                     ""));
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_works, 0);
    CHECK_EQ_INT(p->n_files, 1);
    profile_release(p);
}

TEST(what_is_no_profile_says_what_it_has)
{
    struct err e;
    CHECK_EQ_INT(read_bad(make("mail.sqlite", "CREATE TABLE mails (id, body)",
                               "CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x);",
                               "CREATE TABLE d (x); CREATE TABLE e (x);"),
                          &e),
                 STATUS_INPUT);
    CHECK(strstr(e.message, "is a SQLite database but not an Nsight Systems export") != NULL);
    CHECK_EQ_STR(e.found, "tables mails, a, b, c, d and more");
    CHECK_EQ_STR(e.hint, "make one with: nsys export --type sqlite FILE.nsys-rep");
    CHECK_EQ_INT(read_bad(make("empty.sqlite", "CREATE TABLE a (x)", "DROP TABLE a", ""), &e),
                 STATUS_INPUT);
    CHECK_EQ_STR(e.found, "no tables");
    CHECK_EQ_INT(read_bad(make("cpu.sqlite", strings, "CREATE TABLE NVTX_EVENTS (start)",
                               "CREATE TABLE CUPTI_ACTIVITY_KIND_MEMSET (start)"),
                          &e),
                 STATUS_INPUT);
    CHECK(strstr(e.message, "without kernels") != NULL);
    CHECK_EQ_STR(e.found, "tables CUPTI_ACTIVITY_KIND_MEMSET, StringIds, NVTX_EVENTS");
    CHECK_EQ_INT(read_bad(t_temp_path("none.sqlite"), &e), STATUS_IO);
}

static void damage(const char *path, size_t from, size_t n, size_t keep)
{
    struct arena a;
    str bytes = {0};
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(os_read_file(&a, path, 1 << 20, &bytes, NULL), STATUS_OK);
    char *copy = arena_memdup(&a, bytes.p, bytes.n);
    for (size_t i = from; i < MIN(from + n, bytes.n); i++)
        copy[i] = (char)(copy[i] ^ 0x5a);
    CHECK_EQ_INT(os_write_file(path, (str){copy, MIN(keep, bytes.n)}, NULL), STATUS_OK);
    arena_done(&a);
}

TEST(broken_databases_are_refused)
{
    struct err e;
    const char *path = make("corrupt.sqlite", strings, new_tables, "");
    damage(path, 512, 1 << 20, 1 << 20);
    CHECK_EQ_INT(read_bad(path, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "malformed") != NULL);
    path = make("cut.sqlite", strings, new_tables, "");
    damage(path, 0, 0, 1500);
    CHECK_EQ_INT(read_bad(path, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "malformed") != NULL);
    path = make("text.sqlite", strings, new_tables, "");
    damage(path, 0, 100, 1 << 20);
    CHECK_EQ_INT(read_bad(path, &e), STATUS_INPUT);
    CHECK(strstr(e.message, "not a database") != NULL);
}

TEST(views_are_not_run)
{
    struct err e;
    const char *path =
        make("view.sqlite", strings,
             "CREATE VIEW CUPTI_ACTIVITY_KIND_KERNEL (start, end, deviceId, streamId)"
             " AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
             " SELECT i, i, i, i FROM n",
             "");
    CHECK_EQ_INT(read_bad(path, &e), STATUS_INPUT);
}

TEST(a_path_may_hold_anything)
{
    struct profile *p = read_ok(make("a?b#c%20 d&mode=rwc.sqlite", strings, old_tables, ""));
    if (p == NULL)
        return;
    CHECK_EQ_INT(p->n_files, 1);
    profile_release(p);
}

struct watch {
    uint64_t n, last, total;
    uint64_t stop_at;
};

static bool watch_report(void *arg, uint64_t done, uint64_t total)
{
    struct watch *w = arg;
    CHECK(done >= w->last && done <= total);
    w->last = done;
    w->total = total;
    return ++w->n != w->stop_at;
}

static enum status read_watched(const char *path, struct watch *w)
{
    const struct tick tick = {watch_report, w};
    struct record *r = record_make();
    struct err e = {0};
    enum status s = nsys_read(r, path, &tick, &e);
    record_drop(r);
    return s;
}

static const char many_rows[] = "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL WITH RECURSIVE n(i) AS"
                                " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                                " SELECT i, i + 1, 0, 1, 7, i, " PID_111 ", 1, 2 FROM n";

TEST(progress_counts_bytes_and_can_stop)
{
    const char *path = make("many.sqlite", strings, old_tables, many_rows);
    struct watch all = {0}, some = {.stop_at = 2};
    CHECK_EQ_INT(read_watched(path, &all), STATUS_OK);
    CHECK(all.n > 2);
    CHECK_EQ_INT(all.total, os_file_size(path));
    CHECK_EQ_INT(read_watched(path, &some), STATUS_CANCELLED);
    CHECK_EQ_INT(some.n, 2);
}

TEST(files_of_one_run_come_to_one_clock)
{
    static const char first[] = "INSERT INTO TARGET_INFO_SESSION_START_TIME VALUES (1000, 400)";
    static const char second[] = "INSERT INTO TARGET_INFO_SESSION_START_TIME VALUES (1500, 300);"
                                 "INSERT INTO CUPTI_ACTIVITY_KIND_MEMSET VALUES"
                                 " (20, 22, 0, 1, 7, NULL, " PID_111 ");";
    struct record *r = record_make();
    CHECK_EQ_INT(nsys_read(r, make("one.sqlite", strings, new_tables, first), NULL, NULL),
                 STATUS_OK);
    CHECK_EQ_INT(nsys_read(r, make("other.sqlite", strings, new_tables, second), NULL, NULL),
                 STATUS_OK);
    struct profile *p = record_finish(r);
    CHECK_EQ_INT(p->files[1].shift_ns, 600);
    CHECK_EQ_INT(p->works[0].start_ns, 620);
    profile_release(p);
}

static int64_t sum_ns(const struct profile *p, enum profile_kind kind, unsigned *n)
{
    int64_t sum = 0;
    *n = 0;
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (p->works[i].kind == kind) {
            ++*n;
            sum += p->works[i].dur_ns;
        }
    }
    return sum;
}

TEST(a_real_export_of_two_gpus)
{
    if (!os_is_file(SHARED))
        SKIP("../shared/data absent");
    struct profile *p = read_ok(SHARED);
    if (p == NULL)
        return;
    unsigned n;
    CHECK_EQ_INT(p->n_kernels, 3442);
    CHECK_EQ_INT(sum_ns(p, PROFILE_KERNEL, &n), 44829522);
    CHECK_EQ_INT(n, 3442);
    sum_ns(p, PROFILE_MEMCPY, &n);
    CHECK_EQ_INT(n, 904);
    sum_ns(p, PROFILE_MEMSET, &n);
    CHECK_EQ_INT(n, 22);
    CHECK_EQ_INT(p->n_calls, 5796);
    CHECK_EQ_INT(p->n_ops + p->n_ranges, 16782);
    CHECK_EQ_INT(p->n_lanes, 4);
    CHECK_EQ_INT(p->n_warnings, 0);
    CHECK_EQ_STR(p->files[0].producer, "Nsight Systems 2026.2.1");
    CHECK_EQ_STR(name_of(p, &p->ops[0]), "aten::view");
    CHECK_EQ_STR(name_of(p, &p->calls[0]), "cudaLaunchKernel");
    CHECK_EQ_STR(lane_of(p, &p->calls[0])->label, "python3");
    profile_release(p);
}
