/*
 * The views of a profile drawn from one fixture and compared with tests/tui/NAME.screen.
 * UPDATE_SCREENS=1 writes the files instead, to be looked at before they are committed.
 */
#include "t.h"

#include "screen.h"
#include "small_profile.h"
#include "view_fixture.h"

static struct fixture fix;

/* Both kinds of binding: a `scale` of 1 keeps the GPU waiting now and then, 40 always. */
static const struct launches *small_profile(double scale)
{
    struct text t;
    struct profile *p = NULL;
    const struct launches *l = NULL;
    struct err e = {0};

    small_profile_write(&t, scale);
    if (profile_open_memory(&p, text_str(&t), "bert.json", NULL, &e) != STATUS_OK ||
        launches_make(&l, p, NULL, NULL, &e) != STATUS_OK)
        T_FAIL("%s: %s", e.message, e.found);
    profile_release(p);
    text_done(&t);
    return l;
}

static void begin(void)
{
    fixture_init(&fix);
    const struct launches *l = small_profile(1);
    fix.data.profile = (struct view_profile){.name = "bert.json", .l = l};
    fix.data.other_profile = (struct view_profile){.name = "slow.json", .l = small_profile(40)};
    fix.state.set = VIEW_SET_PROFILE;
    view_state_begin_profile(&fix.state, l, lanes_index_make(&fix.arena, l),
                             ARENA_ARRAY(&fix.arena, bool, l->tree.n_nodes));
}

static void end(void)
{
    launches_release(fix.data.profile.l);
    launches_release(fix.data.other_profile.l);
    fixture_done(&fix);
}

static void check_view(const char *name, enum view_id v, unsigned rows, unsigned cols,
                       enum symbols symbols)
{
    struct grid g = fixture_draw(&fix, v, rows, cols, symbols, symbols == SYMBOLS_ASCII);

    compare_screen(&fix.arena, name, &g);
}

#define SIZES(test, name, view)                                       \
    TEST(test)                                                        \
    {                                                                 \
        begin();                                                      \
        check_view(name "-80x24", view, 24, 80, SYMBOLS_BRAILLE);     \
        check_view(name "-120x40", view, 40, 120, SYMBOLS_BRAILLE);   \
        check_view(name "-40x10-ascii", view, 10, 40, SYMBOLS_ASCII); \
        end();                                                        \
    }

SIZES(verdict, "verdict", VIEW_VERDICT)
SIZES(timeline, "timeline", VIEW_TIMELINE)
SIZES(queue, "queue", VIEW_QUEUE)
SIZES(tally, "tally", VIEW_TALLY)
SIZES(gaps, "gaps", VIEW_GAPS)
SIZES(tree, "tree", VIEW_TREE)
SIZES(fusion, "fusion", VIEW_FUSION)
SIZES(versus, "versus", VIEW_VERSUS)

static const enum view_id views[] = {VIEW_VERDICT, VIEW_TIMELINE, VIEW_QUEUE,  VIEW_TALLY,
                                     VIEW_GAPS,    VIEW_TREE,     VIEW_FUSION, VIEW_VERSUS};

/* The selected kernel is told in words, and stays in sight in both views of time. */
TEST(a_kernel_is_selected)
{
    begin();
    fix.state.lanes.selected = 5;
    check_view("timeline-selected-80x24", VIEW_TIMELINE, 24, 80, SYMBOLS_BRAILLE);
    CHECK_EQ_INT(fix.out.work, 5);
    check_view("timeline-selected-40x10-ascii", VIEW_TIMELINE, 10, 40, SYMBOLS_ASCII);
    check_view("queue-selected-80x24", VIEW_QUEUE, 24, 80, SYMBOLS_BRAILLE);
    end();
}

TEST(help_of_a_profile)
{
    begin();
    fix.state.help_of = VIEW_TIMELINE;
    check_view("help-profile-120x40", VIEW_HELP, 40, 120, SYMBOLS_BRAILLE);
    end();
}

/* What each view says before there is a profile, while it is read, and when that failed. */
TEST(no_profile_says_why)
{
    begin();
    struct view_profile kept = fix.data.profile;
    fix.data.profile = (struct view_profile){.name = NULL};
    check_view("verdict-none", VIEW_VERDICT, 24, 80, SYMBOLS_BLOCK);
    for (size_t v = 0; v < ARRAY_LEN(views); v++)
        fixture_draw(&fix, views[v], 24, 80, SYMBOLS_BLOCK, false);
    fix.data.profile = (struct view_profile){.name = "big.json", .is_coming = true};
    check_view("verdict-coming", VIEW_VERDICT, 24, 80, SYMBOLS_BLOCK);
    fix.data.profile = (struct view_profile){.error = "big.json:7: unexpected end of file"};
    check_view("verdict-failed", VIEW_VERDICT, 24, 80, SYMBOLS_BLOCK);
    fix.data.profile = kept;
    const struct launches *other = fix.data.other_profile.l;
    fix.data.other_profile.l = NULL;
    check_view("versus-none", VIEW_VERSUS, 24, 80, SYMBOLS_BLOCK);
    fix.data.other_profile.l = other;
    end();
}

TEST(groupings_and_orders)
{
    begin();
    for (unsigned by = 0; by < TALLY_N; by++) {
        fix.state.tally_by = (enum tally_by)by;
        fixture_draw(&fix, VIEW_TALLY, 24, 80, SYMBOLS_BLOCK, false);
        CHECK_EQ_INT(fix.out.n_rows, fix.data.profile.l->n_tally[by]);
    }
    fix.state.tally_by = TALLY_KERNEL;
    fix.state.rank = VIEW_RANK_COUNT;
    fixture_draw(&fix, VIEW_TALLY, 24, 80, SYMBOLS_BLOCK, false);
    uint32_t first = fix.out.ids[0];
    CHECK_EQ_INT(fix.data.profile.l->tally[TALLY_KERNEL][first].n, 6);
    strcpy(fix.state.filter[VIEW_TALLY], "gelu");
    fixture_draw(&fix, VIEW_TALLY, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_INT(fix.out.n_rows, 1);
    end();
}

/* A closed node hides what is below it; all of them open show every node but the root. */
TEST(tree_opens)
{
    begin();
    const struct calltree *t = &fix.data.profile.l->tree;
    memset(fix.state.is_open, 0, t->n_nodes);
    fixture_draw(&fix, VIEW_TREE, 24, 80, SYMBOLS_BLOCK, false);
    uint32_t closed = fix.out.n_rows;
    memset(fix.state.is_open, 1, t->n_nodes);
    fixture_draw(&fix, VIEW_TREE, 24, 80, SYMBOLS_BLOCK, false);
    CHECK(closed < fix.out.n_rows);
    CHECK_EQ_INT(fix.out.n_rows, t->n_nodes - 1);
    fix.state.is_open = NULL;
    fixture_draw(&fix, VIEW_TREE, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_INT(fix.out.n_rows, closed);
    end();
}

/* Enter on a gap leads to the work behind it, on a class to the longest of the class. */
TEST(gaps_lead_on)
{
    begin();
    fixture_draw(&fix, VIEW_GAPS, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_INT(fix.out.follow, VIEW_GAPS);
    CHECK(fix.out.follow_id != UINT32_MAX);
    fix.state.at[VIEW_GAPS].cursor = fix.out.n_rows - 1;
    fixture_draw(&fix, VIEW_GAPS, 24, 80, SYMBOLS_BLOCK, false);
    CHECK_EQ_INT(fix.out.follow, VIEW_TIMELINE);
    CHECK(fix.out.work < fix.data.profile.l->profile->n_works);
    CHECK(fix.out.show_from_ns < fix.out.show_to_ns);
    end();
}

TEST(every_row_is_explained)
{
    begin();
    for (size_t v = 0; v < ARRAY_LEN(views); v++) {
        uint32_t n = 1;
        for (uint32_t row = 0; row < n; row++) {
            fix.state.at[views[v]].cursor = row;
            fixture_draw(&fix, views[v], 24, 80, SYMBOLS_BLOCK, false);
            n = fix.out.n_rows;
            if (fix.out.n_explain == 0 || fix.out.explain_title == NULL ||
                fix.out.explain_name == NULL)
                T_FAIL("%s: nothing explains row %u", view_info[views[v]].name, row);
        }
    }
    end();
}

TEST(every_size_draws)
{
    begin();
    fix.state.lanes.selected = 3;
    for (unsigned rows = 1; rows <= 50; rows += 7) {
        for (unsigned cols = 1; cols <= 140; cols += 13) {
            for (size_t v = 0; v < ARRAY_LEN(views); v++)
                fixture_draw(&fix, views[v], rows, cols, SYMBOLS_BLOCK, false);
        }
    }
    end();
}
