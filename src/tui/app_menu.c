/*
 * app_menu.c: lists to choose from, narrowed by typing: all actions, GPUs, models; and the popup
 * that explains a number.
 */
#include "app.h"

struct source {
    const char *title;
    uint32_t n;
    struct view_menu_item (*item)(struct app *app, uint32_t i);
    void (*choose)(struct app *app, uint32_t i);
};

/* ---- sources ---- */

static struct view_menu_item action_item(struct app *app, uint32_t i)
{
    const struct action_info *a = &action_info[i];

    return (struct view_menu_item){arena_printf(&app->frame, "%-16s %s", a->name, a->help),
                                   a->keys};
}

static void action_choose(struct app *app, uint32_t i)
{
    const char *arg = action_info[i].arg;

    if (arg[0] != '\0' && arg[0] != '?') {
        prompt_start(app, PROMPT_COMMAND, arena_printf(&app->frame, "%s ", action_info[i].name));
        return;
    }
    if (!action_is_in((enum action)i, view_info[app->state.view].name,
                      view_set_name[app->state.set]))
        app_say(app, "'%s' belongs to: %s", action_info[i].name, action_info[i].views);
    else
        app_act(app, (enum action)i, NULL);
}

static struct view_menu_item gpu_item(struct app *app, uint32_t i)
{
    const char *name = app->gpu_names[i];
    bool is_on = app->has_gpu && strcmp(name, app->gpu.name) == 0;

    return (struct view_menu_item){name, is_on ? "modelled now" : ""};
}

static void gpu_choose(struct app *app, uint32_t i)
{
    app_act(app, ACTION_DESCRIPTION, app->gpu_names[i]);
}

static void other_choose(struct app *app, uint32_t i)
{
    app_act(app, ACTION_COMPARE, app->gpu_names[i]);
}

static struct view_menu_item model_item(struct app *app, uint32_t i)
{
    const struct model *m = model_at(i);

    return (struct view_menu_item){arena_printf(&app->frame, "%-16s %s", m->name, m->summary),
                                   m == app->model ? "now" : ""};
}

static void model_choose(struct app *app, uint32_t i)
{
    app_act(app, ACTION_MODEL, model_at(i)->name);
}

/* Of the files that can be opened, the i-th that is a profile. */
static const struct view_file *profile_file(const struct app *app, uint32_t i)
{
    const struct view_file *f = app->files;

    for (; !f->is_profile || i > 0; f++)
        i -= f->is_profile;
    return f;
}

static struct view_menu_item profile_item(struct app *app, uint32_t i)
{
    const struct view_file *f = profile_file(app, i);

    return (struct view_menu_item){f->shown, f->kind};
}

static void profile_choose(struct app *app, uint32_t i)
{
    app_act(app, ACTION_AGAINST, profile_file(app, i)->path);
}

static uint32_t count_profiles(const struct app *app)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < app->n_files; i++)
        n += app->files[i].is_profile;
    return n;
}

static struct source source_of(const struct app *app)
{
    uint32_t n_gpus = (uint32_t)app->n_gpu_names;

    switch (app->menu.kind) {
    case MENU_PALETTE:
        return (struct source){"All actions", ACTION_N, action_item, action_choose};
    case MENU_GPU:
        return (struct source){"Model on", n_gpus, gpu_item, gpu_choose};
    case MENU_COMPARE:
        return (struct source){"Compare with", n_gpus, gpu_item, other_choose};
    case MENU_MODEL:
        return (struct source){"Timing model", (uint32_t)model_count(), model_item, model_choose};
    case MENU_AGAINST:
        return (struct source){"Compare with (or :against PATH)", count_profiles(app), profile_item,
                               profile_choose};
    case MENU_NONE:
    case MENU_EXPLAIN:
    case MENU_NOTE:
        break;
    }
    return (struct source){"", 0, NULL, NULL};
}

/* ---- the list ---- */

static bool matches_all_words(const char *text, const char *typed, struct arena *a)
{
    str rest = str_from(typed), word;

    while (str_cut(&rest, ' ', &word)) {
        if (!table_match(text, arena_strndup(a, word.p, word.n)))
            return false;
    }
    return true;
}

/* Names that begin with what was typed come first. */
static uint32_t list(struct app *app, uint32_t *ids, struct view_menu_item *items)
{
    struct source s = source_of(app);
    uint32_t n = 0;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < s.n; i++) {
            struct view_menu_item item = s.item(app, i);
            bool is_prefix = str_starts(str_from(item.text), str_from(app->menu.typed));
            if (is_prefix != (pass == 0) ||
                !matches_all_words(item.text, app->menu.typed, &app->frame))
                continue;
            ids[n] = i;
            items[n++] = item;
        }
    }
    return n;
}

static void fill_explain(struct app *app, struct view_popup_data *p)
{
    const char *name = app->out.explain_name;
    bool says_more = name != NULL && name[0] != '\0';

    *p = (struct view_popup_data){
        .kind = VIEW_POPUP_TEXT,
        .title = app->out.explain_title,
        .cursor = app->menu.cursor,
        .footer = says_more ? arena_printf(&app->frame, " warpscope explain %s ", name) : NULL,
        .lines = arena_memdup(&app->frame, app->out.explain, sizeof app->out.explain),
        .n_lines = app->out.n_explain};
}

static void fill_note(struct app *app, struct view_popup_data *p)
{
    *p = (struct view_popup_data){.kind = VIEW_POPUP_TEXT,
                                  .title = app->note.title,
                                  .cursor = app->menu.cursor,
                                  .lines = app->note.lines,
                                  .n_lines = app->note.n};
}

void menu_fill(struct app *app, struct view_popup_data *p)
{
    struct source s = source_of(app);
    uint32_t *ids = ARENA_ARRAY(&app->frame, uint32_t, s.n + 1);
    struct view_menu_item *items = ARENA_ARRAY(&app->frame, struct view_menu_item, s.n + 1);

    if (app->menu.kind == MENU_EXPLAIN) {
        fill_explain(app, p);
        return;
    }
    if (app->menu.kind == MENU_NOTE) {
        fill_note(app, p);
        return;
    }
    uint32_t n = list(app, ids, items);
    app->menu.cursor = n > 0 ? MIN(app->menu.cursor, n - 1) : 0;
    app->menu.chosen = n > 0 ? ids[app->menu.cursor] : UINT32_MAX;
    *p = (struct view_popup_data){.kind = VIEW_POPUP_MENU,
                                  .title = s.title,
                                  .typed = app->menu.typed,
                                  .items = items,
                                  .n_items = n,
                                  .cursor = app->menu.cursor};
}

void menu_start(struct app *app, enum menu_kind kind)
{
    app->menu = (struct menu){.kind = kind, .chosen = UINT32_MAX};
}

static void choose(struct app *app)
{
    struct view_popup_data p;
    struct source s = source_of(app);

    menu_fill(app, &p); /* typing may have changed the list since it was drawn */
    uint32_t chosen = app->menu.chosen;
    app->menu.kind = MENU_NONE;
    if (chosen != UINT32_MAX && s.choose != NULL)
        s.choose(app, chosen);
}

static void type(struct app *app, int key)
{
    size_t n = strlen(app->menu.typed);

    if (key == KEY_CODE_BACKSPACE && n > 0)
        app->menu.typed[n - 1] = '\0';
    if (key >= ' ' && key < 0x7f && n + 1 < sizeof app->menu.typed) {
        app->menu.typed[n] = (char)key;
        app->menu.typed[n + 1] = '\0';
    }
    app->menu.cursor = 0;
}

/* Of a text: keys that scroll do, any other closes. */
static void text_key(struct app *app, int key)
{
    enum { PAGE = 10 };
    uint32_t top = app->out.popup_top;

    if (key == KEY_CODE_DOWN || key == 'j')
        app->menu.cursor = top + 1;
    else if (key == KEY_CODE_UP || key == 'k')
        app->menu.cursor = top - (top > 0);
    else if (key == KEY_CODE_PAGE_DOWN || key == ' ')
        app->menu.cursor = top + PAGE;
    else if (key == KEY_CODE_PAGE_UP)
        app->menu.cursor = top - MIN(top, (uint32_t)PAGE);
    else
        app->menu.kind = MENU_NONE;
}

void menu_key(struct app *app, int key)
{
    enum { PAGE = 10 };
    uint32_t *at = &app->menu.cursor;

    if (app->menu.kind == MENU_EXPLAIN || app->menu.kind == MENU_NOTE)
        text_key(app, key);
    else if (key == KEY_CODE_ESC || key == 3)
        app->menu.kind = MENU_NONE;
    else if (key == KEY_CODE_ENTER)
        choose(app);
    else if (key == KEY_CODE_UP || key == 16)
        *at -= *at > 0;
    else if (key == KEY_CODE_DOWN || key == 14)
        ++*at;
    else if (key == KEY_CODE_PAGE_UP)
        *at -= MIN(*at, (uint32_t)PAGE);
    else if (key == KEY_CODE_PAGE_DOWN)
        *at += PAGE;
    else
        type(app, key);
}

void menu_click(struct app *app, uint32_t item)
{
    app->menu.cursor = item;
    choose(app);
}
