#include "engine/action.h"

#include <stdio.h>

const struct action_info action_info[ACTION_N] = {
#define ACTION(id, name, keys, views, hint, arg, help) {name, keys, views, hint, arg, help},
#include "engine/action.def"
#undef ACTION
};

static const struct {
    const char *name;
    int key;
} key_names[] = {
    {"Enter", KEY_CODE_ENTER},
    {"Tab", KEY_CODE_TAB},
    {"Esc", KEY_CODE_ESC},
    {"Backspace", KEY_CODE_BACKSPACE},
    {"Space", ' '},
    {"Up", KEY_CODE_UP},
    {"Down", KEY_CODE_DOWN},
    {"Left", KEY_CODE_LEFT},
    {"Right", KEY_CODE_RIGHT},
    {"PgUp", KEY_CODE_PAGE_UP},
    {"PgDn", KEY_CODE_PAGE_DOWN},
    {"Home", KEY_CODE_HOME},
    {"End", KEY_CODE_END},
    {"Del", KEY_CODE_DELETE},
    {"S-Tab", KEY_CODE_SHIFT_TAB},
    {"F1", KEY_CODE_F1},
};

int key_parse(str name)
{
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        if (str_is(name, key_names[i].name))
            return key_names[i].key;
    }
    if (name.n == 2 && name.p[0] == '^' && name.p[1] >= 'A' && name.p[1] <= 'Z')
        return name.p[1] - 'A' + 1;
    return name.n == 1 && name.p[0] > ' ' && name.p[0] < 0x7f ? name.p[0] : -1;
}

char *key_format(int key, char out[KEY_NAME_B])
{
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        if (key == key_names[i].key) {
            snprintf(out, KEY_NAME_B, "%s", key_names[i].name);
            return out;
        }
    }
    if (key > 0 && key < ' ')
        snprintf(out, KEY_NAME_B, "^%c", 'A' + key - 1);
    else if (key > ' ' && key < 0x7f)
        snprintf(out, KEY_NAME_B, "%c", key);
    else
        snprintf(out, KEY_NAME_B, "U+%04X", (unsigned)key);
    return out;
}

static bool has_word(const char *list, str word)
{
    str rest = str_from(list), w;

    while (str_cut(&rest, ' ', &w)) {
        if (str_eq(w, word))
            return true;
    }
    return false;
}

bool action_is_in(enum action a, const char *view, const char *set)
{
    const char *views = action_info[a].views;

    return views[0] == '\0' || has_word(views, str_from(view)) || has_word(views, str_from(set));
}

enum action action_of_key(int key, const char *view, const char *set)
{
    char name[KEY_NAME_B];
    str word = str_from(key_format(key, name));

    /* The table lists the actions of single views first, so they win. */
    for (unsigned a = 0; a < ACTION_N; a++) {
        if (has_word(action_info[a].keys, word) && action_is_in((enum action)a, view, set))
            return (enum action)a;
    }
    return ACTION_N;
}

enum action action_find(str name)
{
    unsigned a = 0;

    while (a < ACTION_N && !str_is(name, action_info[a].name))
        a++;
    return (enum action)a;
}
