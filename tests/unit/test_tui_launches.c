/*
 * The explorer with a profile, and with a trace beside it: keys from a text, the last screen in
 * memory. T_ words must be on that screen.
 */
#include "small_profile.h"
#include "t.h"
#include "tui_run.h"
#include "tui_trace.h"

static char trace_dir[600], profile_path[600], slow_path[600];

static void write_profile(char *path, size_t n, const char *name, double scale)
{
    struct text t;
    struct err e = {0};

    snprintf(path, n, "%s", t_temp_path(name));
    small_profile_write(&t, scale);
    if (os_write_file(path, text_str(&t), &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    text_done(&t);
}

static struct tui_options options(void)
{
    struct tui_options o = {.rows = 24, .cols = 80, .n_threads = 2};

    if (trace_dir[0] == '\0') {
        arena_init(&tui_arena, ARENA_SMALL);
        snprintf(trace_dir, sizeof trace_dir, "%s", t_temp_path("trace"));
        tui_write_trace(trace_dir);
        write_profile(profile_path, sizeof profile_path, "bert.json", 1);
        write_profile(slow_path, sizeof slow_path, "slow.json", 40);
    }
    o.data_dir = os_data_dir(&tui_arena);
    o.path = profile_path;
    return o;
}

/* Keys with the paths of the fixtures in place of %s. */
static const char *with_path(const char *keys, const char *path)
{
    return arena_printf(&tui_arena, "%s \"%s\" Enter", keys, path);
}

TEST(a_profile_opens_with_its_verdict)
{
    const char *s = screen_of(options(), "");

    CHECK_SHOWS(s, "mixed: ");
    CHECK_SHOWS(s, "bert.json > NVIDIA H100 PCIe");
    CHECK_SHOWS(s, "7 Fusion");
    CHECK_LACKS(s, "SASS");
}

TEST(every_view_has_its_key)
{
    CHECK_SHOWS(screen_of(options(), "4"), "by kernel");
    CHECK_SHOWS(screen_of(options(), "5"), "Longest gaps");
    CHECK_SHOWS(screen_of(options(), "6"), "- Layer");
    CHECK_SHOWS(screen_of(options(), "7"), "Chains of 3 kernels");
    CHECK_SHOWS(screen_of(options(), "9"), "Choose a second profile");
    CHECK_SHOWS(screen_of(options(), "? 4"), "by kernel");
    CHECK_SHOWS(screen_of(options(), "J"), "bert.json, ");
    CHECK_SHOWS(screen_of(options(), "Tab S-Tab"), "mixed: ");
    CHECK_SHOWS(screen_of(options(), "S-Tab S-Tab S-Tab S-Tab"), "Choose a second profile");
}

TEST(rows_are_grouped_and_sorted)
{
    CHECK_SHOWS(screen_of(options(), "4 m"), "aten::linear");
    CHECK_SHOWS(screen_of(options(), "4 m m m"), "Mlp");
    CHECK_SHOWS(screen_of(options(), "4 m m m m"), "cudaLaunchKernel");
    CHECK_SHOWS(screen_of(options(), "4 m m m m m"), "by kernel");
    CHECK_SHOWS(screen_of(options(), "4 s"), "sorted by count");
    CHECK_SHOWS(screen_of(options(), "4 &\"gelu\" Enter"), "filter: gelu");
}

TEST(the_tree_opens_and_closes)
{
    CHECK_LACKS(screen_of(options(), "6 Enter"), "aten::gelu");
    CHECK_SHOWS(screen_of(options(), "6 Enter Enter"), "aten::gelu");
    CHECK_SHOWS(screen_of(options(), "6 *"), "reduceTree");
    CHECK_LACKS(screen_of(options(), "6 * *"), "reduceTree");
}

TEST(enter_follows_the_evidence)
{
    CHECK_SHOWS(screen_of(options(), "Enter"), "by kernel");
    CHECK_SHOWS(screen_of(options(), "j j Enter"), "Longest gaps");
    CHECK_SHOWS(screen_of(options(), "j j Enter Esc"), "mixed: ");
    CHECK_SHOWS(screen_of(options(), "7 k Enter"), "Chains of 2 kernels, most launches");
}

/* As many as there are and fit, then one again. */
TEST(levels_of_operators_go_round)
{
    struct tui_options deep = options();

    deep.path = "traces/transformer-b1.json.gz";
    CHECK_SHOWS(screen_of(deep, "2 v"), "1 level of operators");
    CHECK_SHOWS(screen_of(deep, "2 v v"), "2 levels of operators");
    CHECK_SHOWS(screen_of(deep, "2 v v v"), "1 level of operators");
    CHECK_SHOWS(screen_of(options(), "2 v v"), "1 level of operators"); /* it has no more */
}

TEST(numbers_are_explained)
{
    CHECK_SHOWS(screen_of(options(), "j j j j j i"), "SKIP, ISPASS'25");
    CHECK_SHOWS(screen_of(options(), "5 i"), "record a CUDA graph");
    CHECK_LACKS(screen_of(options(), "5 i"), "warpscope explain");
}

TEST(two_profiles_side_by_side)
{
    struct tui_options o = options();
    const char *s = screen_of(o, with_path(":\"against \"", slow_path));

    CHECK_SHOWS(s, "B  mixed      slow.json");
    CHECK_SHOWS(s, "B / A");
    CHECK_SHOWS(screen_of(o, "c"), "transformer-b1.json.gz");
    CHECK_SHOWS(screen_of(o, "c \"b32\" Enter"), "transformer-b32.json.gz");
    CHECK_SHOWS(screen_of(o, "c \"b32\" Enter"), "B / A");
    CHECK_SHOWS(screen_of(o, ":\"against /nowhere.json\" Enter"), "/nowhere.json");
}

TEST(a_trace_beside_it)
{
    struct tui_options o = options();

    CHECK_SHOWS(screen_of(o, "L"), "No trace is open");
    CHECK_SHOWS(screen_of(o, "L L"), "mixed: ");
    CHECK_SHOWS(screen_of(o, with_path(":\"open \"", trace_dir)), "+ gemmTile");
    CHECK_SHOWS(screen_of(o, arena_printf(&tui_arena, "%s L", with_path(":\"open \"", trace_dir))),
                "mixed: ");
    o.path = trace_dir;
    CHECK_SHOWS(screen_of(o, "L"), "No profile is open");
    CHECK_SHOWS(screen_of(o, with_path(":\"open \"", profile_path)), "mixed: ");
    CHECK_SHOWS(
        screen_of(o, arena_printf(&tui_arena, "%s 5 L", with_path(":\"open \"", profile_path))),
        "+ gemmTile");
}

TEST(several_paths)
{
    struct tui_options o = options();
    struct err e = {0};
    const char *const trace[] = {trace_dir}, *const slow[] = {slow_path};
    const char *const profile[] = {profile_path}, *const many[] = {slow_path, profile_path};

    o.also = trace;
    o.n_also = 1;
    CHECK_SHOWS(screen_of(o, ""), "mixed: "); /* the first is seen first */
    CHECK_SHOWS(screen_of(o, "L"), "+ gemmTile");
    o.path = trace_dir;
    o.also = profile;
    CHECK_SHOWS(screen_of(o, ""), "+ gemmTile");
    CHECK_SHOWS(screen_of(o, "L"), "mixed: ");
    o.path = profile_path;
    o.also = slow;
    CHECK_SHOWS(screen_of(o, "9"), "B / A");
    o.are_ranks = true;
    CHECK_SHOWS(screen_of(o, ""), "2 ranks, bert.json ...");
    o.also = trace;
    o.keys = "";
    CHECK(tui_main(&o, &e) == STATUS_USAGE);
    CHECK_SHOWS(e.message, "profiles only");
    e = (struct err){0};
    o.also = many;
    o.n_also = 2;
    o.are_ranks = false;
    CHECK(tui_main(&o, &e) == STATUS_USAGE);
    CHECK_SHOWS(e.message, "0 traces and 3 profiles");
}

TEST(one_step_of_a_profile)
{
    struct tui_options o = options();

    o.launches_options.step = "77";
    CHECK_SHOWS(screen_of(o, ""), "has no step '77'");
}

TEST(keys_of_the_other_set_are_told)
{
    CHECK_SHOWS(screen_of(options(), ":\"gpu l40s\" Enter"), "'gpu' belongs to: trace");
    struct tui_options o = options();
    o.path = trace_dir;
    CHECK_SHOWS(screen_of(o, ":\"gaps\" Enter"), "'gaps' belongs to: profile");
}

/* The kernel of the profile is found in the trace by its bare name; or what to do is said. */
TEST(a_kernel_leads_to_its_model)
{
    struct tui_options o = options();
    const char *s = screen_of(o, "4 M");
    char *same = arena_strdup(&tui_arena, t_temp_path("same.json"));
    struct text t;
    struct err e = {0};

    CHECK_SHOWS(s, "No model of this kernel");
    CHECK_SHOWS(s, "grid 4x1x1");
    CHECK_LACKS(screen_of(o, "4 M Esc"), "No model of this kernel");
    small_profile_write(&t, 1);
    const char *all = text_cstr(&t), *at = strstr(all, "void gemm_tile<float, 128>");
    CHECK(at != NULL);
    struct text renamed;
    text_init(&renamed);
    while (at != NULL) {
        text_printf(&renamed, "%.*svoid gemmTile<float, 128>", (int)(at - all), all);
        all = at + strlen("void gemm_tile<float, 128>");
        at = strstr(all, "void gemm_tile<float, 128>");
    }
    text_puts(&renamed, all);
    CHECK(os_write_file(same, text_str(&renamed), &e) == STATUS_OK);
    text_done(&renamed);
    text_done(&t);
    o.path = same;
    s = screen_of(o, arena_printf(&tui_arena, "%s L 4 M", with_path(":\"open \"", trace_dir)));
    CHECK_SHOWS(s, "> gemmTile (2/3)");
    CHECK_SHOWS(s, "Speed of light");
}

TEST(what_cannot_be_read_is_told)
{
    struct tui_options o = options();
    char *path = arena_strdup(&tui_arena, t_temp_path("broken.json"));
    struct err e = {0};

    CHECK(os_write_file(path, STR("{\"traceEvents\": [{]}"), &e) == STATUS_OK);
    o.path = path;
    CHECK_SHOWS(screen_of(o, ""), "could not be opened");
    CHECK(os_write_file(path, STR("{\"traceEvents\": []}"), &e) == STATUS_OK);
    CHECK_SHOWS(screen_of(o, ""), "holds no GPU kernel");
}

TEST(screens_are_written)
{
    char *path = arena_strdup(&tui_arena, t_temp_path("fusion.txt"));
    struct err e = {0};
    str text;

    screen_of(options(), arena_printf(&tui_arena, "7 e\"%s\" Enter", path));
    CHECK(os_read_file(&tui_arena, path, 1 << 20, &text, &e) == STATUS_OK);
    CHECK(str_has(text, STR("Chains of 3 kernels")));
}

/* No sequence of keys may crash. */
TEST(random_keys)
{
    static const char *const keys[] = {"1",
                                       "2",
                                       "3",
                                       "4",
                                       "5",
                                       "6",
                                       "7",
                                       "9",
                                       "j",
                                       "k",
                                       "Enter",
                                       "Esc",
                                       "Tab",
                                       "m",
                                       "s",
                                       "PgDn",
                                       "i",
                                       "h",
                                       "l",
                                       "+",
                                       "_",
                                       "f",
                                       "g",
                                       "v",
                                       "M",
                                       "L",
                                       "?",
                                       "*",
                                       "G",
                                       "n",
                                       "N",
                                       "Space",
                                       "End",
                                       "c",
                                       "o",
                                       "J",
                                       "-",
                                       "@40x10",
                                       "/\"linear\" Enter",
                                       "&\"e\" Enter",
                                       "@120x40",
                                       "@9x5",
                                       "@80x24",
                                       "@click:4,9",
                                       "z",
                                       "Z"};
    uint64_t seed = 7;

    for (unsigned run = 0; run < 6; run++) {
        struct text t;
        text_init(&t);
        for (unsigned i = 0; i < 120; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text_printf(&t, "%s ", keys[(seed >> 33) % ARRAY_LEN(keys)]);
        }
        screen_of(options(), arena_strdup(&tui_arena, text_cstr(&t)));
        text_done(&t);
    }
}
