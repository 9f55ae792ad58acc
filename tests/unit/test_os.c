#include "base/os.h"
#include "t.h"

#include <fcntl.h>
#include <sys/stat.h>

static void write_text(const char *path, const char *s)
{
    struct err e = {0};
    CHECK_EQ_INT(os_write_file(path, str_from(s), &e), STATUS_OK);
    CHECK_EQ_STR(e.message, "");
}

TEST(what_is_written_is_read)
{
    struct arena a;
    struct err e = {0};
    str got = {0};
    const char *path = t_temp_path("file");
    arena_init(&a, ARENA_SMALL);
    write_text(path, "first");
    write_text(path, "second one");
    CHECK_EQ_INT(os_read_file(&a, path, 100, &got, &e), STATUS_OK);
    CHECK(str_is(got, "second one"));
    CHECK_EQ_INT(got.p[got.n], 0);
    CHECK_EQ_INT(os_file_size(path), 10);
    CHECK(os_is_file(path) && !os_is_dir(path));
    arena_done(&a);
}

TEST(reading_has_a_limit)
{
    struct arena a;
    struct err e = {0};
    str got = {0};
    const char *path = t_temp_path("limit");
    arena_init(&a, ARENA_SMALL);
    write_text(path, "0123456789");
    CHECK_EQ_INT(os_read_file(&a, path, 10, &got, &e), STATUS_OK);
    CHECK_EQ_INT(got.n, 10);
    size_t used = arena_mark(&a);
    CHECK_EQ_INT(os_read_file(&a, path, 9, &got, &e), STATUS_LIMIT);
    CHECK_EQ_INT(arena_mark(&a), used);
    arena_done(&a);
}

TEST(a_file_larger_than_the_arena_is_a_limit)
{
    struct arena a;
    struct err e = {0};
    str got = {0};
    static char bytes[10000];
    memset(bytes, 'x', sizeof bytes);
    const char *path = t_temp_path("large");
    arena_init(&a, 8192);
    CHECK_EQ_INT(os_write_file(path, (str){bytes, sizeof bytes}, &e), STATUS_OK);
    CHECK_EQ_INT(os_read_file(&a, path, SIZE_MAX, &got, &e), STATUS_LIMIT);
    arena_done(&a);
}

TEST(files_without_a_length_are_read_whole)
{
    struct arena a;
    struct err e = {0};
    str got = {0};
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(os_read_file(&a, "/proc/self/maps", 10 << 20, &got, &e), STATUS_OK);
    CHECK(got.n > 0);
    arena_done(&a);
}

TEST(missing_files_and_folders_are_told)
{
    struct arena a;
    struct err e = {0}, folder = {0};
    struct os_map m;
    str got = {0};
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_INT(os_read_file(&a, "/no/such", 9, &got, &e), STATUS_IO);
    CHECK_EQ_STR(e.message, "cannot open '/no/such': No such file or directory");
    CHECK_EQ_INT(os_map_file(&m, "/", &folder), STATUS_IO);
    CHECK_EQ_STR(folder.message, "cannot open '/': Is a directory");
    CHECK_EQ_INT(os_map_file(&m, "/dev/null", NULL), STATUS_IO);
    struct err pipe = {0};
    CHECK(mkfifo(t_temp_path("pipe"), 0600) == 0);
    CHECK_EQ_INT(os_map_file(&m, t_temp_path("pipe"), &pipe), STATUS_IO); /* and does not wait */
    CHECK(strstr(pipe.message, "not a regular file") != NULL);
    CHECK_EQ_INT(os_file_size("/no/such"), -1);
    CHECK_EQ_INT(os_file_size("/"), -1);
    arena_done(&a);
}

TEST(failed_writes_leave_nothing)
{
    struct err e = {0};
    CHECK_EQ_INT(os_write_file("/no/such/file", STR("x"), &e), STATUS_WRITE);
    CHECK_EQ_STR(e.message, "cannot write '/no/such/file': No such file or directory");
    if (geteuid() == 0)
        return; /* nothing is forbidden to root */
    CHECK_EQ_INT(os_write_file("/proc/version", STR("x"), NULL), STATUS_WRITE);
}

TEST(devices_are_written_and_not_replaced)
{
    struct err e = {0};
    CHECK_EQ_INT(os_write_file("/dev/null", STR("x"), &e), STATUS_OK);
    CHECK(!os_is_file("/dev/null"));
    CHECK_EQ_INT(os_write_file("/dev/full", STR("x"), &e), STATUS_WRITE);
}

TEST(maps)
{
    struct os_map m;
    struct err e = {0};
    const char *path = t_temp_path("map");
    write_text(path, "mapped");
    CHECK_EQ_INT(os_map_file(&m, path, &e), STATUS_OK);
    CHECK(str_is(m.bytes, "mapped"));
    os_unmap_file(&m);
    write_text(path, "");
    CHECK_EQ_INT(os_map_file(&m, path, &e), STATUS_OK);
    CHECK_EQ_INT(m.bytes.n, 0);
    os_unmap_file(&m);
}

TEST(folders_are_listed_in_order)
{
    struct arena a;
    struct err e = {0};
    char **names;
    size_t n;
    const char *dir = t_temp_path("list");
    arena_init(&a, ARENA_SMALL);
    mkdir(dir, 0777);
    CHECK_EQ_INT(os_list_dir(&a, dir, &names, &n, &e), STATUS_OK);
    CHECK_EQ_INT(n, 0);
    write_text(os_join(&a, dir, "b"), "");
    write_text(os_join(&a, dir, ".a"), "");
    write_text(os_join(&a, dir, "a"), "");
    CHECK_EQ_INT(os_list_dir(&a, dir, &names, &n, &e), STATUS_OK);
    CHECK_EQ_INT(n, 3);
    CHECK_EQ_STR(names[0], ".a");
    CHECK_EQ_STR(names[1], "a");
    CHECK_EQ_STR(names[2], "b");
    CHECK_EQ_INT(os_list_dir(&a, "/no/such", &names, &n, &e), STATUS_IO);
    arena_done(&a);
}

TEST(paths)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_STR(os_join(&a, "a", "b"), "a/b");
    CHECK_EQ_STR(os_join(&a, "a/", "b"), "a/b");
    CHECK_EQ_STR(os_join(&a, "a", "/b"), "/b");
    CHECK_EQ_STR(os_join(&a, "", "b"), "b");
    CHECK_EQ_STR(os_dirname(&a, "a/b/c"), "a/b");
    CHECK_EQ_STR(os_dirname(&a, "/a"), "/");
    CHECK_EQ_STR(os_dirname(&a, "a"), ".");
    CHECK_EQ_STR(os_basename("a/b.c"), "b.c");
    CHECK_EQ_STR(os_basename("b.c"), "b.c");
    arena_done(&a);
}

TEST(data_named_by_the_environment_are_found)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    unsetenv("WARPSCOPE_DATA");
    char *usual = os_data_dir(&a);
    char *dir = arena_strdup(&a, t_temp_path("data"));
    mkdir(dir, 0777);
    setenv("WARPSCOPE_DATA", dir, 1);
    CHECK_EQ_STR(os_data_dir(&a), usual); /* no gpus in it: passed over */
    mkdir(os_join(&a, dir, "gpus"), 0777);
    CHECK_EQ_STR(os_data_dir(&a), dir);
    unsetenv("WARPSCOPE_DATA");
    arena_done(&a);
}

TEST(data_of_the_source_tree_are_found)
{
    if (!os_is_dir("gpus"))
        SKIP("no gpus folder in the source tree");
    struct arena a;
    char cwd[4096];
    arena_init(&a, ARENA_SMALL);
    unsetenv("WARPSCOPE_DATA");
    CHECK_EQ_STR(os_data_dir(&a), getcwd(cwd, sizeof cwd)); /* tests run from build/tests */
    arena_done(&a);
}

TEST(time_moves_on)
{
    double before = os_now_s();
    os_sleep_ms(5);
    CHECK(os_now_s() - before >= 0.005);
    CHECK(os_version()[0] != '\0');
}

static void leave_a_mark(void)
{
    write_text(t_temp_path("fatal"), "hook ran");
}

TEST(the_fatal_hook_runs_first)
{
    os_on_fatal(leave_a_mark);
    CHECK_DIES(os_fatal("on purpose"));
    CHECK(os_is_file(t_temp_path("fatal")));
    unlink(t_temp_path("fatal"));
    CHECK_DIES(ASSERT(os_is_dir("/no/such")));
    CHECK(os_is_file(t_temp_path("fatal")));
    os_on_fatal(NULL);
}

TEST(absurd_reservations_are_fatal)
{
    CHECK_DIES(os_reserve((size_t)1 << 60));
}

TEST(there_is_a_processor)
{
    CHECK(os_n_processors() >= 1);
}

/* With standard output closed the next file would become it. */
TEST(closed_streams_are_not_taken_by_files)
{
    pid_t child = t_fork_silent();
    if (child == 0) {
        close(STDOUT_FILENO);
        os_guard_streams();
        bool can_write = write(STDOUT_FILENO, "x", 1) >= 0;
        _exit(can_write || open("/dev/null", O_RDONLY) <= STDERR_FILENO);
    }
    CHECK_EQ_INT(t_wait(child), 0);
}

TEST(folders_are_made_with_those_above)
{
    struct err e = {0};
    char path[600];
    snprintf(path, sizeof path, "%s/b/c", t_temp_path("a"));
    CHECK_EQ_INT(os_make_dirs(path, &e), STATUS_OK);
    CHECK(os_is_dir(path));
    CHECK_EQ_INT(os_make_dirs(path, &e), STATUS_OK);
    write_text(t_temp_path("plain"), "x");
    CHECK_EQ_INT(os_make_dirs(t_temp_path("plain"), &e), STATUS_WRITE);
    snprintf(path, sizeof path, "%s/below", t_temp_path("plain"));
    CHECK_EQ_INT(os_make_dirs(path, NULL), STATUS_WRITE);
}

TEST(state_folder_follows_the_environment)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    setenv("XDG_STATE_HOME", "/s", 1);
    CHECK_EQ_STR(os_state_dir(&a), "/s/warpscope");
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "/h", 1);
    CHECK_EQ_STR(os_state_dir(&a), "/h/.local/state/warpscope");
    unsetenv("HOME");
    CHECK_EQ_STR(os_state_dir(&a), NULL);
    arena_done(&a);
}
