/*
 * app_prompt.c: the line that is typed: commands, searches, filters, values, file names; with
 * completion, history and a preview of what Enter would do.
 */
#include <stdlib.h>

#include "app.h"
#include "base/os.h"

enum { MAX_COMPLETIONS = 64 };

void prompt_start(struct app *app, enum prompt_kind kind, const char *text)
{
    app->prompt = (struct prompt){.kind = kind};
    snprintf(app->prompt.text, sizeof app->prompt.text, "%s", text);
    app->prompt.cursor = (unsigned)strlen(app->prompt.text);
    app->message[0] = '\0';
}

/* ---- completion: whole lines that begin with what was typed ---- */

struct completions {
    struct arena *a;
    const char *head; /* what stays in front, "gpu " */
    str typed;        /* the word to complete */
    const char **lines;
    uint32_t n;
};

static void offer(struct completions *c, const char *word)
{
    if (c->n < MAX_COMPLETIONS && str_starts(str_from(word), c->typed))
        c->lines[c->n++] = arena_printf(c->a, "%s%s", c->head, word);
}

static void offer_paths(struct completions *c)
{
    const char *typed = arena_strndup(c->a, c->typed.p, c->typed.n);
    const char *slash = strrchr(typed, '/');
    const char *head = slash != NULL ? arena_strndup(c->a, typed, (size_t)(slash - typed) + 1) : "";
    const char *dir = head[0] != '\0' ? head : ".";
    char **names;
    size_t n;
    struct err e = {0};

    if (!os_is_dir(dir) || os_list_dir(c->a, dir, &names, &n, &e) != STATUS_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_printf(c->a, "%s%s", head, names[i]);
        if (names[i][0] != '.')
            offer(c, os_is_dir(path) ? arena_printf(c->a, "%s/", path) : path);
    }
}

static void offer_argument(struct app *app, struct completions *c, const char *kind)
{
    kind += kind[0] == '?';
    if (strcmp(kind, "gpu") == 0) {
        for (size_t i = 0; i < app->n_gpu_names; i++)
            offer(c, app->gpu_names[i]);
    } else if (strcmp(kind, "model") == 0) {
        for (size_t i = 0; i < model_count(); i++)
            offer(c, model_at(i)->name);
    } else if (strcmp(kind, "path") == 0) {
        offer_paths(c);
    } else if (strcmp(kind, "param value") == 0) {
        for (size_t i = 0; i < GPU_N_PARAMS; i++)
            offer(c, gpu_params[i].name);
    }
}

static struct completions complete(struct app *app)
{
    struct completions c = {.a = &app->frame, .head = "", .typed = str_from(app->prompt.text)};
    const char *blank = strchr(app->prompt.text, ' ');

    c.lines = ARENA_ARRAY(c.a, const char *, MAX_COMPLETIONS);
    if (app->prompt.kind == PROMPT_EXPORT) {
        offer_paths(&c);
    } else if (app->prompt.kind == PROMPT_COMMAND && blank == NULL) {
        for (unsigned i = 0; i < ACTION_N; i++)
            offer(&c, arena_printf(c.a, "%s%s", action_info[i].name,
                                   action_info[i].arg[0] != '\0' ? " " : ""));
    } else if (app->prompt.kind == PROMPT_COMMAND) {
        str name = {app->prompt.text, (size_t)(blank - app->prompt.text)};
        enum action a = action_find(name);
        c.head = arena_strndup(c.a, app->prompt.text, name.n + 1);
        c.typed = str_from(blank + 1);
        if (a != ACTION_N)
            offer_argument(app, &c, action_info[a].arg);
    }
    return c;
}

static void set_text(struct prompt *p, const char *text, size_t n)
{
    snprintf(p->text, sizeof p->text, "%.*s", (int)n, text);
    p->cursor = (unsigned)strlen(p->text);
}

/* As far as all completions agree; when that is nothing new, the first one. */
static void take_completion(struct app *app)
{
    struct completions c = complete(app);

    if (c.n == 0)
        return;
    size_t common = strlen(c.lines[0]);
    for (uint32_t i = 1; i < c.n; i++) {
        size_t same = 0;
        while (same < common && c.lines[i][same] == c.lines[0][same])
            same++;
        common = same;
    }
    if (common <= strlen(app->prompt.text))
        common = strlen(c.lines[0]);
    set_text(&app->prompt, c.lines[0], common);
}

/* ---- what is shown ---- */

static const char *value_preview(struct app *app)
{
    const struct gpu_param *p = &gpu_params[app->prompt.param];
    struct gpu g = app->gpu;
    struct err e = {0};
    double v;

    if (app->prompt.text[0] == '\0')
        return arena_printf(&app->frame, "now %.10g %s, may be %.10g to %.10g",
                            gpu_value(&app->gpu, app->prompt.param), p->unit, p->min, p->max);
    if (!str_parse_double(str_trim(str_from(app->prompt.text)), &v))
        return "not a number";
    if (!(v >= p->min && v <= p->max))
        return arena_printf(&app->frame, "%s, may be %.10g to %.10g", p->unit, p->min, p->max);
    if (gpu_set(&g, app->prompt.param, v, &e) != STATUS_OK)
        return arena_strdup(&app->frame, e.message);
    return arena_printf(&app->frame, "%s, now %.6g", p->unit,
                        gpu_value(&app->gpu, app->prompt.param));
}

static const char *command_preview(struct app *app)
{
    size_t n = strcspn(app->prompt.text, " ");
    enum action a = action_find((str){app->prompt.text, n});

    if (n == 0)
        return "an action, or a row's number; Tab completes, Esc leaves";
    return a != ACTION_N ? action_info[a].help : NULL;
}

void prompt_fill(struct app *app, struct view_prompt *p)
{
    static const char *const labels[] = {"", ":", "/", "&", "", "write to"};
    struct completions c = complete(app);
    enum prompt_kind kind = app->prompt.kind;

    *p = (struct view_prompt){.label = labels[kind],
                              .text = app->prompt.text,
                              .cursor_b = app->prompt.cursor,
                              .completions = c.lines,
                              .n_completions = app->prompt.text[0] != '\0' ? c.n : 0};
    if (kind == PROMPT_VALUE) {
        p->label = arena_printf(&app->frame, "%s =", gpu_params[app->prompt.param].name);
        p->preview = value_preview(app);
    } else if (kind == PROMPT_COMMAND) {
        p->preview = command_preview(app);
    } else if (kind == PROMPT_EXPORT) {
        p->preview = "a file that ends in .txt, .ansi or .svg";
    }
}

/* ---- history ---- */

static struct history *history_of(struct app *app)
{
    return app->prompt.kind == PROMPT_COMMAND  ? &app->history[0]
           : app->prompt.kind == PROMPT_SEARCH ? &app->history[1]
                                               : NULL;
}

static void remember(struct app *app)
{
    struct history *h = history_of(app);

    if (h == NULL || app->prompt.text[0] == '\0' ||
        (h->n > 0 && strcmp(h->line[h->n - 1], app->prompt.text) == 0))
        return;
    if (h->n == MAX_HISTORY)
        memmove(h->line[0], h->line[1], sizeof h->line[0] * --h->n);
    memcpy(h->line[h->n++], app->prompt.text, sizeof app->prompt.text);
}

static void recall(struct app *app, int by)
{
    struct history *h = history_of(app);
    int at = (int)app->prompt.history_at + by;

    if (h == NULL || at < 0 || at > (int)h->n)
        return;
    app->prompt.history_at = (unsigned)at;
    const char *line = at == 0 ? "" : h->line[h->n - (unsigned)at];
    set_text(&app->prompt, line, strlen(line));
}

/* ---- keys ---- */

static enum status accept_value(struct app *app, const struct prompt *p, struct err *e)
{
    str text = str_trim(str_from(p->text));
    double v;

    if (text.n == 0)
        return STATUS_OK; /* nothing typed, nothing changed */
    if (!str_parse_double(text, &v))
        return err_set(e, STATUS_USAGE, "'%s' is not a number", p->text);
    return app_set_param(app, p->param, v, e);
}

/* What is refused stays in the line to be mended, and the reason stands above it. */
static void accept(struct app *app)
{
    struct prompt p = app->prompt;
    struct err e = {0};

    remember(app);
    app->prompt.kind = PROMPT_NONE;
    if (p.kind == PROMPT_COMMAND)
        app_command(app, p.text);
    if (p.kind == PROMPT_SEARCH && p.text[0] != '\0')
        app_act(app, ACTION_SEARCH, p.text);
    if (p.kind == PROMPT_VALUE)
        (void)accept_value(app, &p, &e);
    if (p.kind == PROMPT_EXPORT && app_export(app, p.text, &e) == STATUS_OK)
        app_say(app, "written: %s", p.text);
    if (e.status != STATUS_OK) {
        app_complain_err(app, &e);
        app->prompt = p;
    }
}

static void insert(struct prompt *p, int key)
{
    size_t n = strlen(p->text);

    if (key < ' ' || key >= 0x7f || n + 1 >= sizeof p->text)
        return;
    memmove(p->text + p->cursor + 1, p->text + p->cursor, n - p->cursor + 1);
    p->text[p->cursor++] = (char)key;
}

static void erase(struct prompt *p, unsigned from, unsigned to)
{
    memmove(p->text + from, p->text + to, strlen(p->text + to) + 1);
    p->cursor = from;
}

static unsigned word_start(const struct prompt *p)
{
    unsigned at = p->cursor;

    while (at > 0 && p->text[at - 1] == ' ')
        at--;
    while (at > 0 && p->text[at - 1] != ' ')
        at--;
    return at;
}

static void edit(struct prompt *p, int key)
{
    unsigned n = (unsigned)strlen(p->text);

    if (key == KEY_CODE_BACKSPACE && p->cursor > 0)
        erase(p, p->cursor - 1, p->cursor);
    else if (key == KEY_CODE_DELETE && p->cursor < n)
        erase(p, p->cursor, p->cursor + 1);
    else if (key == 'U' - '@')
        erase(p, 0, p->cursor);
    else if (key == 'W' - '@')
        erase(p, word_start(p), p->cursor);
    else if (key == KEY_CODE_LEFT)
        p->cursor -= p->cursor > 0;
    else if (key == KEY_CODE_RIGHT)
        p->cursor += p->cursor < n;
    else if (key == KEY_CODE_HOME || key == 'A' - '@')
        p->cursor = 0;
    else if (key == KEY_CODE_END || key == 'E' - '@')
        p->cursor = n;
    else
        insert(p, key);
}

void prompt_key(struct app *app, int key)
{
    struct prompt *p = &app->prompt;
    bool is_filter = p->kind == PROMPT_FILTER;
    char *filter = app->state.filter[app->state.view];

    if (key == KEY_CODE_ESC || key == 'C' - '@' ||
        (key == KEY_CODE_BACKSPACE && p->text[0] == '\0')) {
        p->kind = PROMPT_NONE;
        p->text[0] = '\0';
    } else if (key == KEY_CODE_ENTER) {
        accept(app);
        return;
    } else if (key == KEY_CODE_TAB) {
        take_completion(app);
    } else if (key == KEY_CODE_UP || key == KEY_CODE_DOWN) {
        recall(app, key == KEY_CODE_UP ? 1 : -1);
    } else {
        edit(p, key);
    }
    if (is_filter) /* narrows the list while it is typed */
        memcpy(filter, p->text, sizeof p->text);
}
