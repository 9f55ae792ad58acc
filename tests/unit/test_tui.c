/*
 * The whole explorer in one process: keys from a text, the last screen in memory. T_ words must be
 * on that screen.
 */
#include "t.h"
#include "tui_run.h"
#include "tui_trace.h"

static char trace_dir[600];

static struct tui_options options(void)
{
    struct tui_options o = {.rows = 24, .cols = 80, .n_threads = 2};

    if (trace_dir[0] == '\0') {
        arena_init(&tui_arena, ARENA_SMALL);
        snprintf(trace_dir, sizeof trace_dir, "%s", t_temp_path("trace"));
        tui_write_trace(trace_dir);
    }
    o.data_dir = os_data_dir(&tui_arena);
    o.path = trace_dir;
    return o;
}

TEST(starts_with_the_kernels)
{
    const char *s = screen_of(options(), "");

    CHECK_SHOWS(s, "initKernel");
    CHECK_SHOWS(s, "+ gemmTile");
    CHECK_SHOWS(s, "a100-pcie-80gb, warpscope");
    CHECK_LACKS(s, "queued");
}

TEST(group_opens_and_closes)
{
    CHECK_SHOWS(screen_of(options(), "j Enter"), "- gemmTile");
    CHECK_SHOWS(screen_of(options(), "j Enter Enter"), "+ gemmTile");
}

TEST(enter_goes_deeper_and_escape_back)
{
    CHECK_SHOWS(screen_of(options(), "Enter"), "Speed of light");
    CHECK_SHOWS(screen_of(options(), "Enter Enter"), "Who can mend");
    CHECK_SHOWS(screen_of(options(), "Enter Enter Enter"), "Instruction");
    CHECK_SHOWS(screen_of(options(), "Enter Enter Enter Esc"), "Who can mend");
    CHECK_SHOWS(screen_of(options(), "Enter Enter Enter Esc Esc Esc"), "Largest loss");
}

TEST(every_view_has_its_key)
{
    CHECK_SHOWS(screen_of(options(), "4"), "LDG.E.128");
    CHECK_SHOWS(screen_of(options(), "9"), "Choose a second GPU");
    CHECK_SHOWS(screen_of(options(), "g"), "chip.sm_count");
    CHECK_SHOWS(screen_of(options(), "J"), "initKernel on a100-pcie-80gb");
    CHECK_SHOWS(screen_of(options(), "?"), "Kernels: where does the time go?");
    CHECK_SHOWS(screen_of(options(), "4 - -"), "LDG.E.128");
}

TEST(hottest_first)
{
    const char *hot = screen_of(options(), "4 H");
    const char *same = screen_of(options(), "4 H Tab Tab S-Tab S-Tab");

    CHECK_EQ_STR(same, hot);
}

TEST(a_change_moves_the_result)
{
    const char *s = screen_of(options(), "g /\"latency.dram\" Enter Enter \"2000\" Enter");

    CHECK_SHOWS(s, "1 changed");
    CHECK_SHOWS(s, " -> ");
    CHECK_SHOWS(s, "a100-pcie-80gb*");
    CHECK_SHOWS(screen_of(options(), ":\"set latency.dram 2000\" Enter g *"), "latency.dram");
    s = screen_of(options(), "g :\"set latency.dram 2000\" Enter u");
    CHECK_LACKS(s, "1 changed");
    CHECK_LACKS(s, " -> ");
    CHECK_SHOWS(screen_of(options(), "g :\"set latency.dram 2000\" Enter u ^R"), "1 changed");
    CHECK_LACKS(screen_of(options(), "g :\"set latency.dram 2000\" Enter U"), "1 changed");
}

TEST(a_bad_value_changes_nothing)
{
    const char *s = screen_of(options(), "g Enter \"-5\" Enter");

    CHECK_SHOWS(s, "chip.sm_count");
    CHECK_LACKS(s, "1 changed");
    CHECK_SHOWS(s,
                "a whole number from 1 to 1024 SM"); /* and the line is still there to be mended */
    CHECK_SHOWS(s, "chip.sm_count = -5");
    CHECK_SHOWS(screen_of(options(), "g Enter \"abc\" Enter ^U \"54\" Enter"), "1 changed");
    CHECK_LACKS(screen_of(options(), "g Enter Enter"), "chip.sm_count =");
    CHECK_SHOWS(screen_of(options(), ":\"set memory.l3 5\" Enter"), "memory.l");
    CHECK_SHOWS(screen_of(options(), ":\"set memory.l2 many\" Enter"), "not a number");
}

TEST(two_gpus_side_by_side)
{
    const char *s = screen_of(options(), "c \"h100-sxm\" Enter");

    CHECK_SHOWS(s, "h100-sxm");
    CHECK_SHOWS(s, "A to B");
    CHECK_SHOWS(s, "as fast as a100-pcie-80gb");
    CHECK_SHOWS(screen_of(options(), "c \"h100-sxm\" Enter x"), "as fast as h100-sxm");
}

TEST(description_and_model_are_chosen)
{
    CHECK_SHOWS(screen_of(options(), "d \"v100\" Enter"), "v100-sxm2, warpscope");
    CHECK_SHOWS(screen_of(options(), ":\"gpu l40s\" Enter"), "l40s, warpscope");
    CHECK_SHOWS(screen_of(options(), ":\"model amali-public\" Enter"), ", amali-public");
    CHECK_SHOWS(screen_of(options(), ":\"gpu l40\" Enter"), "l40s");
}

TEST(palette_narrows_and_runs)
{
    CHECK_SHOWS(screen_of(options(), "^P"), "All actions");
    CHECK_SHOWS(screen_of(options(), "^P \"view what limits\" Enter"), "Speed of light");
    CHECK_SHOWS(screen_of(options(), "^P \"hottest\" Enter"), "belongs to: sass");
    CHECK_LACKS(screen_of(options(), "^P Esc"), "All actions");
}

TEST(commands_complete_and_suggest)
{
    CHECK_SHOWS(screen_of(options(), ":\"mod\" Tab Tab"), "model warpscope");
    CHECK_SHOWS(screen_of(options(), ":\"stals\" Enter"), "did you mean 'stalls'");
    CHECK_SHOWS(screen_of(options(), ":\"stalls\" Enter : Up"), ": stalls");
    CHECK_SHOWS(screen_of(options(), "4 :\"5\" Enter"), "0x0040");
}

TEST(filter_and_search)
{
    CHECK_LACKS(screen_of(options(), "&\"gemm\" Enter"), "initKernel  ");
    CHECK_SHOWS(screen_of(options(), "&\"gemm\" Esc"), "initKernel");
    CHECK_SHOWS(screen_of(options(), "4 /\"mufu\" Enter"), "0x00a0");
    CHECK_SHOWS(screen_of(options(), "4 /\"nosuch\" Enter"), "is not here");
}

TEST(numbers_explain_themselves)
{
    CHECK_SHOWS(screen_of(options(), "2 i"), "sm__cycles_elapsed.max");
    CHECK_LACKS(screen_of(options(), "2 i Esc"), "sm__cycles_elapsed.max");
}

TEST(mouse_reaches_tabs_rows_and_keys)
{
    CHECK_SHOWS(screen_of(options(), "@click:1,12"), "Speed of light");
    CHECK_SHOWS(screen_of(options(), "@click:4,10 @click:4,10"), "- gemmTile");
    CHECK_SHOWS(screen_of(options(), "2 @click:23,20"), "Compare with");
}

TEST(small_terminals_degrade)
{
    CHECK_SHOWS(screen_of(options(), "@40x10"), "initKernel");
    CHECK_SHOWS(screen_of(options(), "@39x10"), "enlarge to 40x10");
    CHECK_SHOWS(screen_of(options(), "2 @1x1 @120x50"), "Hottest instructions");
}

TEST(what_cannot_be_opened_is_told)
{
    struct tui_options o = options();

    o.path = "/nonexistent/x.traceg";
    CHECK_SHOWS(screen_of(o, ""), "/nonexistent/x.traceg");
    CHECK_SHOWS(screen_of(options(), ":\"open /nonexistent\" Enter"), "initKernel");
    o.path = NULL;
    CHECK_SHOWS(screen_of(o, ""), "Open");
}

/* The kernel is listed from its header; its lines are read later. */
TEST(a_broken_line_is_told_with_its_place)
{
    struct tui_options o = options();
    const char *path = arena_printf(&tui_arena, "%s/broken.traceg", trace_dir);

    tui_write_kernel(path, 1, "brokenKernel");
    FILE *f = fopen(path, "a");
    CHECK(f != NULL);
    fputs("\nzz no such line\n", f);
    fclose(f);
    o.path = path;
    CHECK_SHOWS(screen_of(o, ""), "failed");
    CHECK_SHOWS(screen_of(o, ""), "out of place");
    CHECK_SHOWS(screen_of(o, ""), "found 'zz'");
    remove(path);
}

TEST(a_trace_can_be_opened_again)
{
    struct tui_options o = options();
    const char *keys =
        arena_printf(&tui_arena, ":\"open %s\" Enter 2 :\"open %s\" Enter", trace_dir, trace_dir);

    CHECK_SHOWS(screen_of(o, keys), "initKernel");
}

TEST(cancel_and_run_again)
{
    CHECK_SHOWS(screen_of(options(), "@now ^C r"), "initKernel");
    CHECK_SHOWS(screen_of(options(), "@now r @now ^C"), "quits");
}

TEST(leaving_while_jobs_run_is_asked_for)
{
    CHECK_SHOWS(screen_of(options(), "@now r @now q"), "initKernel");
    CHECK_SHOWS(screen_of(options(), "q 2 2 2"), "initKernel");
}

TEST(screens_are_written)
{
    struct tui_options o = options();
    struct err e = {0};
    const char *path = t_temp_path("out.svg");
    str svg = {0};

    screen_of(o, arena_printf(&tui_arena, ":\"export %s\" Enter", path));
    CHECK_EQ_INT(os_read_file(&tui_arena, path, 1 << 22, &svg, &e), STATUS_OK);
    CHECK(str_starts(svg, STR("<svg")));
    CHECK_SHOWS(screen_of(o, "e \"x.png\" Enter"), ".txt, .ansi or .svg");
    o.format = TUI_FORMAT_ANSI;
    CHECK_SHOWS(screen_of(o, ""), "\x1b[0;");
}

TEST(wrong_keys_are_told_with_their_line)
{
    struct tui_options o = options();
    struct err e = {0};

    o.keys = "j # down\nHyper j";
    CHECK_EQ_INT(tui_main(&o, &e), STATUS_USAGE);
    CHECK_EQ_STR(e.message, "unknown key 'Hyper'");
    CHECK_EQ_INT(e.line, 2);
}

TEST(unknown_gpu_does_not_start)
{
    struct tui_options o = options();
    struct err e = {0};

    o.keys = "";
    o.gpu = "a100-pci";
    CHECK(tui_main(&o, &e) != STATUS_OK);
    CHECK(e.message[0] != '\0');
}

/* Random keys, clicks and sizes: no crash, and the screen is always drawn. */
TEST(random_keys)
{
    static const char *const words[] = {"j",
                                        "k",
                                        "Enter",
                                        "Esc",
                                        "Tab",
                                        "S-Tab",
                                        "1",
                                        "2",
                                        "3",
                                        "4",
                                        "9",
                                        "g",
                                        "J",
                                        "?",
                                        "o",
                                        "-",
                                        "PgDn",
                                        "PgUp",
                                        "Home",
                                        "End",
                                        "^D",
                                        "^U",
                                        "n",
                                        "N",
                                        "s",
                                        "S",
                                        "a",
                                        "t",
                                        "H",
                                        "*",
                                        "u",
                                        "^R",
                                        "U",
                                        "x",
                                        "c",
                                        "d",
                                        "m",
                                        "i",
                                        "^P",
                                        ":",
                                        "/",
                                        "&",
                                        "r",
                                        "[",
                                        "]",
                                        "^L",
                                        "^Z",
                                        "@now",
                                        "@80x24",
                                        "@40x10",
                                        "@200x60",
                                        "@1x1",
                                        "@click:2,3",
                                        "@click:10,20",
                                        "@click:1,30",
                                        "\"5\"",
                                        "\"set memory.l2 9000\"",
                                        "\"gpu l40s\"",
                                        "Backspace",
                                        "Up",
                                        "Down",
                                        "Left",
                                        "Right",
                                        "Del",
                                        "^W",
                                        "Space",
                                        "@click:23,5",
                                        "\"!x\""};
    const char *seconds = getenv("TUI_RANDOM_S");
    double until = os_now_s() + (seconds != NULL ? strtod(seconds, NULL) : 3);
    uint64_t seed = 1;

    do {
        struct text t;
        uint64_t x = seed++;
        text_init(&t);
        for (unsigned i = 0; i < 120; i++) {
            x = hash_u64(x + 0x9e3779b97f4a7c15u);
            text_printf(&t, "%s ", words[x % ARRAY_LEN(words)]);
        }
        const char *s = screen_of(options(), text_cstr(&t));
        if (s[0] == '\0')
            T_FAIL("seed %llu drew nothing", (unsigned long long)seed - 1);
        text_done(&t);
    } while (os_now_s() < until && t_failed == 0);
}
