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
    CHECK_EQ_INT(action_of_key(KEY_CODE_TAB, "sass"), ACTION_NEXT_HOT);
    CHECK_EQ_INT(action_of_key(KEY_CODE_TAB, "kernels"), ACTION_NEXT_VIEW);
    CHECK_EQ_INT(action_of_key('a', "stalls"), ACTION_ALL);
    CHECK_EQ_INT(action_of_key('a', "help"), ACTION_N);
}

/* Every key of the table is one that can be pressed, and no key is given twice in one view. */
TEST(keys_are_unique)
{
    for (unsigned v = 0; v < VIEW_N; v++) {
        for (unsigned a = 0; a < ACTION_N; a++) {
            str rest = str_from(action_info[a].keys), word;
            if (action_info[a].keys[0] == 0 || !action_is_in((enum action)a, view_info[v].name))
                continue;
            while (str_cut(&rest, ' ', &word)) {
                int key = key_parse(word);
                CHECK(key > 0);
                bool is_own = action_info[a].views[0] != '\0';
                enum action first = action_of_key(key, view_info[v].name);
                bool first_is_own = action_info[first].views[0] != '\0';
                CHECK((unsigned)first == a || (first_is_own && !is_own));
            }
        }
    }
}

TEST(views_of_the_table_exist)
{
    for (unsigned a = 0; a < ACTION_N; a++) {
        str rest = str_from(action_info[a].views), word;
        while (action_info[a].views[0] != '\0' && str_cut(&rest, ' ', &word))
            CHECK(view_find(word) != VIEW_N);
    }
}

TEST(names_are_unique)
{
    for (unsigned a = 0; a < ACTION_N; a++)
        CHECK_EQ_INT(action_find(str_from(action_info[a].name)), a);
    CHECK_EQ_INT(action_find(STR("nothing")), ACTION_N);
}
