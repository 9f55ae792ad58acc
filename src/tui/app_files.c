/*
 * app_files.c: traces and profiles that can be opened without typing: those opened lately, those
 * that came with the program, those in the current folder.
 */
#include <stdio.h>

#include "app.h"
#include "base/os.h"

enum { MAX_FILES = 200, MAX_RECENT = 10, RECENT_MAX_B = 65536 };

static bool has_file(const struct app *app, const char *path)
{
    for (uint32_t i = 0; i < app->n_files; i++) {
        if (strcmp(app->files[i].path, path) == 0)
            return true;
    }
    return false;
}

static void add_file(struct app *app, const char *path, const char *kind, const char *shown)
{
    if (app->n_files == MAX_FILES || has_file(app, path))
        return;
    app->files[app->n_files++] =
        (struct view_file){.path = path,
                           .name = os_basename(path),
                           .kind = kind,
                           .shown = shown,
                           .size_b = os_is_file(path) ? os_file_size(path) : -1,
                           .is_profile = app_is_listed_profile(path)};
}

/* By the ending, below that of a packer. */
static bool is_trace_name(const char *name)
{
    static const char *const packers[] = {".gz", ".xz", ".zst"};
    static const char *const endings[] = {".wst", ".traceg", ".trace"};
    str s = str_from(name);

    for (size_t i = 0; i < ARRAY_LEN(packers); i++) {
        if (str_ends(s, str_from(packers[i])))
            s.n -= strlen(packers[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (str_ends(s, str_from(endings[i])))
            return true;
    }
    return str_starts(s, STR("kernelslist"));
}

static void add_folder(struct app *app, const char *dir, const char *kind, const char *shown_dir)
{
    char **names;
    size_t n;
    struct err e = {0};

    if (!os_is_dir(dir[0] != '\0' ? dir : ".") ||
        os_list_dir(&app->arena, dir[0] != '\0' ? dir : ".", &names, &n, &e) != STATUS_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (is_trace_name(names[i]) || app_is_listed_profile(os_join(&app->frame, dir, names[i])))
            add_file(app, os_join(&app->arena, dir, names[i]), kind,
                     os_join(&app->arena, shown_dir, names[i]));
    }
}

static char *recent_path(struct arena *a)
{
    char *dir = os_state_dir(a);

    return dir != NULL ? os_join(a, dir, "recent") : NULL;
}

/* The file with the list, empty when there is none. */
static str read_recent(struct arena *a)
{
    const char *path = recent_path(a);
    struct err e = {0};
    str text = {"", 0};

    if (path != NULL && os_is_file(path) &&
        os_read_file(a, path, RECENT_MAX_B, &text, &e) != STATUS_OK)
        text = (str){"", 0};
    return text;
}

static void add_recent(struct app *app)
{
    str rest = read_recent(&app->arena), line;

    while (str_cut(&rest, '\n', &line)) {
        const char *path = arena_strndup(&app->arena, line.p, line.n);
        if (line.n > 0 && (os_is_file(path) || os_is_dir(path)))
            add_file(app, path, "recent", path);
    }
}

void app_find_files(struct app *app)
{
    app->files = ARENA_ARRAY(&app->arena, struct view_file, MAX_FILES);
    app->n_files = 0;
    if (app->o->keys == NULL)
        add_recent(app);
    if (app->o->data_dir != NULL)
        add_folder(app, os_join(&app->arena, app->o->data_dir, "traces"), "shipped", "traces");
    if (app->o->keys == NULL)
        add_folder(app, "", "here", "");
}

/* Puts the path on top of the list. A list that cannot be written is not worth a message. */
void app_remember(struct app *app, const char *path)
{
    char *file = recent_path(&app->frame);
    struct err e = {0};
    struct text t;

    if (app->o->keys != NULL || file == NULL || path[0] != '/' ||
        os_make_dirs(os_dirname(&app->frame, file), &e) != STATUS_OK)
        return;
    str rest = read_recent(&app->frame), line;
    text_init(&t);
    text_printf(&t, "%s\n", path);
    for (unsigned n = 1; n < MAX_RECENT && str_cut(&rest, '\n', &line);) {
        if (line.n == 0 || str_is(line, path))
            continue;
        text_printf(&t, "%.*s\n", (int)line.n, line.p);
        n++;
    }
    if (os_write_file(file, text_str(&t), &e) != STATUS_OK)
        app_complain_err(app, &e);
    text_done(&t);
}
