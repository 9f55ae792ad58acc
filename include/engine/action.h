/*
 * action.h: the actions of the explorer and the keys that call them, as data.
 *
 * A key is a code point (controls included: Enter is 13, Tab 9, Esc 27, Backspace 127, ^A is 1) or
 * one of enum key. Names are those of action.def: "j", "Down", "^P", "S-Tab", "Space".
 */
#ifndef WARPSCOPE_ENGINE_ACTION_H
#define WARPSCOPE_ENGINE_ACTION_H

#include "base/str.h"

enum action {
#define ACTION(id, name, keys, views, hint, arg, help) id,
#include "engine/action.def"
#undef ACTION
    ACTION_N
};

struct action_info {
    const char *name, *keys, *views, *hint, *arg, *help;
};
extern const struct action_info action_info[ACTION_N];

enum key {
    KEY_CODE_ENTER = 13,
    KEY_CODE_TAB = 9,
    KEY_CODE_ESC = 27,
    KEY_CODE_BACKSPACE = 127,
    KEY_CODE_FIRST = 0x110000, /* behind the last code point */
    KEY_CODE_UP = KEY_CODE_FIRST,
    KEY_CODE_DOWN,
    KEY_CODE_LEFT,
    KEY_CODE_RIGHT,
    KEY_CODE_PAGE_UP,
    KEY_CODE_PAGE_DOWN,
    KEY_CODE_HOME,
    KEY_CODE_END,
    KEY_CODE_DELETE,
    KEY_CODE_SHIFT_TAB,
    KEY_CODE_F1,
};

/* -1 when there is no key of this name. */
int key_parse(str name);
enum { KEY_NAME_B = 16 };
/* Writes the name into out and returns it. */
char *key_format(int key, char out[KEY_NAME_B]);

/* Whether `view` has the action. `set` names the set of views that is on the screen. */
bool action_is_in(enum action a, const char *view, const char *set);
/* What a key does in a view, ACTION_N if nothing. */
enum action action_of_key(int key, const char *view, const char *set);
/* By name; ACTION_N if there is none. */
enum action action_find(str name);

#endif
