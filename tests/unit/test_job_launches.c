/* Profiles opened and analysed on the worker. */
#include "base/os.h"
#include "engine/job.h"
#include "small_profile.h"
#include "t.h"

static struct engine *start(void)
{
    struct engine *en = NULL;
    struct err e = {0};

    if (engine_start(&en, 1, &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    return en;
}

static struct job_done next(struct engine *en)
{
    struct job_done d = {0};

    while (!engine_next(en, &d))
        engine_wait(en, -1);
    return d;
}

/* In a place that stays for the test. */
static const char *write_profile(char path[600])
{
    struct text t;
    struct err e = {0};

    snprintf(path, 600, "%s", t_temp_path("bert.json"));
    small_profile_write(&t, 1);
    CHECK(os_write_file(path, text_str(&t), &e) == STATUS_OK);
    text_done(&t);
    return path;
}

TEST(a_profile_comes_back_analysed)
{
    char path[600];
    const char *paths[] = {write_profile(path)};
    struct engine *en = start();
    job_id id = job_submit_launches(en, paths, 1, NULL, 42);

    struct job_done d = next(en);
    CHECK_EQ_INT(d.id, id);
    CHECK_EQ_INT(d.kind, JOB_LAUNCHES);
    CHECK_EQ_INT(d.tag, 42);
    CHECK_EQ_INT(d.status, STATUS_OK);
    CHECK_EQ_INT(d.launches->sums.n_joined, 14);
    launches_release(d.launches);
    engine_stop(en);
}

TEST(options_are_copied)
{
    char path[600], step[] = "12";
    const char *paths[] = {write_profile(path), path};
    struct engine *en = start();

    job_submit_launches(en, paths, 2, &(struct launches_options){.step = step}, 0);
    struct job_progress p;
    if (job_progress(en, &p, 1) == 1)
        CHECK_EQ_STR(p.what, "read 2 profiles");
    memset(step, 'x', 2);
    struct job_done d = next(en);
    CHECK_EQ_INT(d.status, STATUS_USAGE);
    CHECK(strstr(d.err.message, "'12'") != NULL);
    CHECK(d.launches == NULL);
    engine_stop(en);
}

TEST(failures_say_why)
{
    const char *paths[] = {"/nowhere/x.json"};
    struct engine *en = start();

    job_submit_launches(en, paths, 1, NULL, 0);
    struct job_done d = next(en);
    CHECK_EQ_INT(d.status, STATUS_IO);
    CHECK(d.launches == NULL);
    engine_stop(en);
}

/* What nobody took is dropped with the engine: leak checkers watch this one. */
TEST(stopping_drops_what_was_not_taken)
{
    char path[600];
    const char *paths[] = {write_profile(path)};
    struct engine *en = start();

    job_submit_launches(en, paths, 1, NULL, 0);
    engine_wait(en, -1);
    job_submit_launches(en, paths, 1, NULL, 0);
    engine_stop(en);
}

TEST(profiles_are_known_by_their_head)
{
    static const struct {
        const char *head;
        size_t n;
        bool is_profile;
    } files[] = {
        {"{\"schemaVersion\": 1", 19, true}, {" \n[{\"ph\": \"X\"", 13, true},
        {"SQLite format 3", 16, true},       {"{\"name\": \"package\", \"version\": 3}", 33, false},
        {"-kernel name = x\n", 17, false},   {"", 0, false},
    };
    char path[600];
    struct err e = {0};

    snprintf(path, sizeof path, "%s", t_temp_path("some.file"));
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        CHECK(os_write_file(path, (str){files[i].head, files[i].n}, &e) == STATUS_OK);
        if (profile_seems(path) != files[i].is_profile)
            T_FAIL("file %zu", i);
    }
    CHECK(!profile_seems("/nowhere/x.json"));
    CHECK(!profile_seems("/"));
}
