/* The table of counters, and the names that profilers use. */
#include "prof/counter.h"
#include "t.h"

TEST(every_name_of_the_table_is_found)
{
    for (unsigned i = 0; i < COUNTER_N; i++) {
        const struct counter_info *c = counter_info((enum counter)i);
        str unit = str_from(c->unit);
        CHECK_EQ_INT(counter_find(str_from(c->ncu), unit), i);
        CHECK_EQ_INT(counter_find(str_from(c->name), unit), i);
        if (c->label[0] != '\0' && counter_find(str_from(c->label), unit) != (enum counter)i)
            T_FAIL("label '%s' is another's", c->label);
        CHECK(c->help[0] != '\0' && c->help[strlen(c->help) - 1] != '.');
        CHECK(!counter_is_alias(str_from(c->ncu)));
    }
    CHECK_EQ_INT(counter_find(STR("smsp__inst_made_up.sum"), STR("")), COUNTER_N);
    CHECK_EQ_INT(counter_find(STR("sm__inst_executed.sum"), STR("")), COUNTER_inst_executed);
}

TEST(all_warp_states_are_counters)
{
    CHECK_EQ_INT(COUNTER_N_STALLS, 19);
    for (unsigned s = 0; s < STALL_N; s++)
        CHECK_EQ_INT(stall_info[s].is_warp_state, s < COUNTER_N_STALLS);
    CHECK_EQ_STR(counter_info((enum counter)(COUNTER_STALLS + STALL_GMMA))->ncu,
                 "smsp__average_warps_issue_stalled_gmma_per_issue_active.ratio");
    CHECK_EQ_STR(counter_info((enum counter)(COUNTER_STALLS + STALL_MISC))->name, "stall_misc");
}

static enum code samples_of(enum stall s, bool is_not_issued)
{
    return (enum code)((is_not_issued ? CODE_STALLS_NOT_ISSUED : CODE_STALLS) + s);
}

TEST(titles_of_source_pages)
{
    for (unsigned i = 0; i < CODE_N; i++)
        CHECK_EQ_INT(code_find(str_from(code_info((enum code)i)->name)), i);
    CHECK_EQ_INT(code_find(STR("Instructions Executed")), CODE_executed);
    CHECK_EQ_INT(code_find(STR("stall_long_sb")), samples_of(STALL_LONG_SCOREBOARD, false));
    CHECK_EQ_INT(code_find(STR("stall_math (Not Issued)")),
                 samples_of(STALL_MATH_PIPE_THROTTLE, true));
    CHECK_EQ_INT(code_find(STR("smsp__pcsamp_warps_issue_stalled_no_instructions_not_issued")),
                 samples_of(STALL_NO_INSTRUCTION, true));
    CHECK_EQ_INT(code_find(STR("stall_made_up")), CODE_N);
    CHECK_EQ_INT(code_find(STR("Address Space")), CODE_N);
}
