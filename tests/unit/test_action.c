#include "engine/action.h"

#include "present/view.h"
#include "t.h"

TEST(key_names_round_trip)
{
    static const char *const names[] = {"j", "Enter", "^P", "S-Tab", "Space", "F1", "Esc", "?"};
    char name[KEY_NAME_B];

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK_EQ_STR(key_format(key_parse(str_from(names[i])), name), names[i]);
    CHECK_EQ_INT(key_parse(STR("Hyper")), -1);
    CHECK_EQ_INT(key_parse(STR("")), -1);
}

TEST(a_view_has_its_own_key_first)
{
    CHECK_EQ_INT(action_of_key(KEY_CODE_TAB, "sass", "trace"), ACTION_NEXT_HOT);
    CHECK_EQ_INT(action_of_key(KEY_CODE_TAB, "kernels", "trace"), ACTION_NEXT_VIEW);
    CHECK_EQ_INT(action_of_key('a', "stalls", "trace"), ACTION_ALL);
    CHECK_EQ_INT(action_of_key('a', "help", "trace"), ACTION_N);
}

TEST(a_set_of_views_has_its_own_keys)
{
    CHECK_EQ_INT(action_of_key('1', "help", "trace"), ACTION_VIEW_KERNELS);
    CHECK_EQ_INT(action_of_key('1', "help", "profile"), ACTION_VIEW_VERDICT);
    CHECK_EQ_INT(action_of_key('m', "stalls", "trace"), ACTION_MODEL);
    CHECK_EQ_INT(action_of_key('m', "tally", "profile"), ACTION_TALLY_BY);
    CHECK(action_is_in(ACTION_AGAINST, "jobs", "profile"));
    CHECK(!action_is_in(ACTION_AGAINST, "jobs", "trace"));
}

static bool is_set(str word)
{
    return str_is(word, view_set_name[0]) || str_is(word, view_set_name[1]);
}

/* Whether an action is that of single views, which win against those of sets and of all. */
static bool is_own(enum action a)
{
    str rest = str_from(action_info[a].views), word;

    return str_cut(&rest, ' ', &word) && word.n > 0 && !is_set(word);
}

static void check_keys(enum action a, const char *view, const char *set)
{
    str rest = str_from(action_info[a].keys), word;

    while (action_info[a].keys[0] != 0 && action_is_in(a, view, set) &&
           str_cut(&rest, ' ', &word)) {
        int key = key_parse(word);
        CHECK(key > 0);
        enum action first = action_of_key(key, view, set);
        CHECK(first == a || (is_own(first) && !is_own(a)));
    }
}

/* Every key of the table is one that can be pressed, and no key is given twice in one view. */
TEST(keys_are_unique)
{
    for (unsigned v = 0; v < VIEW_N; v++) {
        for (unsigned set = 0; set < VIEW_SET_N; set++) {
            if (view_info[v].set != VIEW_SET_BOTH && view_info[v].set != set)
                continue;
            for (unsigned a = 0; a < ACTION_N; a++)
                check_keys((enum action)a, view_info[v].name, view_set_name[set]);
        }
    }
}

TEST(views_of_the_table_exist)
{
    for (unsigned a = 0; a < ACTION_N; a++) {
        str rest = str_from(action_info[a].views), word;
        while (action_info[a].views[0] != '\0' && str_cut(&rest, ' ', &word))
            CHECK(is_set(word) || view_find(word) != VIEW_N);
    }
}

TEST(names_are_unique)
{
    for (unsigned a = 0; a < ACTION_N; a++)
        CHECK_EQ_INT(action_find(str_from(action_info[a].name)), a);
    CHECK_EQ_INT(action_find(STR("nothing")), ACTION_N);
}
