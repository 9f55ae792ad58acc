/*
 * command.c: the table of commands. The order is that of the help.
 */
#include "cli/command.h"

#include "base/os.h"
#include "base/str.h"
#include "cli_priv.h"

#define ALWAYS CLI_BIT(OPT_HELP)
#define PRINTS (ALWAYS | CLI_BIT(OPT_OUTPUT))
#define TABLES (PRINTS | CLI_BIT(OPT_FORMAT))
#define WORKS  CLI_BIT(OPT_QUIET)
#define OPENS  (CLI_BIT(OPT_KEEP_GOING) | CLI_BIT(OPT_MEM_LIMIT))
#define LOADS  (WORKS | OPENS | CLI_BIT(OPT_KERNEL))
#define MODELS                                                                                   \
    (CLI_BIT(OPT_MODEL) | CLI_BIT(OPT_FIX) | CLI_BIT(OPT_NO_FIX) | CLI_BIT(OPT_IGNORE_UNKNOWN) | \
     CLI_BIT(OPT_EXACT) | CLI_BIT(OPT_THREADS))
#define SCRIPTS (WORKS | CLI_BIT(OPT_UNSAFE) | CLI_BIT(OPT_TRACEBACK) | CLI_BIT(OPT_LIST))
#define REPORTS (TABLES | LOADS | MODELS | CLI_BIT(OPT_INSTRUCTIONS) | CLI_BIT(OPT_COLOR))

static const struct cli_command commands[] = {
    {.name = "",
     .operands = "[PATH]...",
     .n_max = 1000,
     .operand_kind = CLI_FILE,
     .options = ALWAYS | CLI_BIT(OPT_VERSION) | CLI_BIT(OPT_RANKS) | CLI_BIT(OPT_STEP) |
                CLI_BIT(OPT_GPU) | CLI_BIT(OPT_COMPARE) | MODELS | OPENS | CLI_BIT(OPT_COLOR) |
                CLI_BIT(OPT_THEME) | CLI_BIT(OPT_SYMBOLS) | CLI_BIT(OPT_NO_MOUSE) |
                CLI_BIT(OPT_KEYS) | CLI_BIT(OPT_SIZE) | CLI_BIT(OPT_PICTURE) | CLI_BIT(OPT_OUTPUT),
     .summary = "explore a trace or a profile on the terminal",
     .about = "Opens the explorer on PATH: a trace, which is anything that `trace info` can read, "
              "or a profile, which is a PyTorch profiler trace or an Nsight Systems SQLite export. "
              "Without PATH it offers those that were installed and those of the current folder. "
              "Press ? for the keys of the view on screen and q to leave it.\n"
              "A trace and a profile may be opened together, so that M leads from a kernel of the "
              "profile to its model; a second profile is compared with the first; with --ranks "
              "profiles are the ranks of one run.\n"
              "With --keys it runs without a terminal: it presses the keys named in FILE, each "
              "when no job runs any more, and prints the last screen. Keys are parted by blanks: "
              "j, Enter, ^P, \"text to type\"; # starts a comment.",
     .example =
         "warpscope\nwarpscope traces/vector_add.wst --gpu a100-pcie-80gb --compare h100-pcie\n"
         "warpscope traces/transformer-b1.json.gz traces/transformer-b16.json.gz",
     .run = run_explore},
    {.name = "analyze",
     .operands = "PATH",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_FILE,
     .options = REPORTS | CLI_BIT(OPT_GPU) | CLI_BIT(OPT_TOP),
     .summary = "model kernels and say where their time goes",
     .about =
         "Prints for each kernel the cycles, time, occupancy with its limiter, the cycles by stall "
         "reason, the traffic of each memory level and the hottest instructions.\n"
         "Stall reasons have the names of Nsight Compute. Their cycles add up to the cycles of the "
         "kernel. Where too many opcodes are unknown the totals are withheld: text shows ?, JSON "
         "null, and a note says how many there are.\n"
         "The trace says which architecture it was recorded on; without --gpu a GPU of that "
         "architecture is taken.",
     .example = "warpscope analyze traces/vector_add.wst\n"
                "warpscope analyze traces/softmax.wst --gpu h100-pcie --format json\n"
                "warpscope analyze traces/softmax.wst --format csv -o softmax.csv",
     .run = run_analyze},
    {.name = "compare",
     .operands = "PATH",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_FILE,
     .options = REPORTS | CLI_BIT(OPT_GPUS),
     .summary = "model kernels on several GPUs, side by side",
     .about =
         "The first GPU is the baseline: of the others, the speed-up over it is shown, and the "
         "stall reasons that make the difference. With one --gpu the baseline is a GPU of the "
         "architecture that the trace was recorded on.",
     .example = "warpscope compare traces/vector_add.wst --gpu a100-pcie-80gb --gpu h100-pcie\n"
                "warpscope compare traces/softmax.wst --gpu h100-pcie --format csv",
     .run = run_compare},
    {.name = "explain",
     .operands = "[NAME] [PATH]",
     .n_max = 2,
     .operand_kind = CLI_FILE,
     .first_values = "$_warpscope_quantities",
     .options =
         PRINTS | LOADS | MODELS | CLI_BIT(OPT_GPU) | CLI_BIT(OPT_DOCUMENT) | CLI_BIT(OPT_COLOR),
     .summary = "explain a number: meaning, equation, source, what helps",
     .about =
         "NAME is a stall reason, a metric, a constant of the GPU description, or a number of the "
         "launch queue (PATH is a profile then); without it all are listed. With a trace the "
         "equation is shown with the numbers of a kernel, the "
         "instructions that cost most, and every constant that enters with its source; ~ marks "
         "those that were inferred. Equations are computed as they are written.",
     .example = "warpscope explain long_scoreboard\n"
                "warpscope explain l2_hit_rate traces/hgemm_tensor.wst\n"
                "warpscope explain latency.dram --gpu h200-sxm\n"
                "warpscope explain tklqt traces/transformer-b1.json.gz",
     .run = run_explain},
    {.name = "timeline",
     .operands = "PATH",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_FILE,
     .options = TABLES | LOADS | CLI_BIT(OPT_GPU) | CLI_BIT(OPT_FROM) | CLI_BIT(OPT_TO) |
                CLI_BIT(OPT_WARPS) | CLI_BIT(OPT_SIZE) | CLI_BIT(OPT_IGNORE_UNKNOWN) |
                CLI_BIT(OPT_EXACT) | CLI_BIT(OPT_THREADS) | CLI_BIT(OPT_COLOR),
     .summary = "draw what every warp of an SM does, cycle by cycle",
     .about = "A row is a warp of the busiest SM as the model sm follows it, a column a piece of "
              "time, a letter the state in which the warp spent most of it: . issues, - could but "
              "another warp was chosen, the others are named below; states of one kind have one "
              "colour and letter, small but for the first. Above the warps of a sub-core a bar "
              "shows how many of its issue "
              "slots were used.\n"
              "Loops that repeat exactly are drawn once: a bracket says how often they come. "
              "--from and --to look closer. JSON and CSV have every span of cycles in which a "
              "warp was in one state, with the instruction that issued or waited.",
     .example = "warpscope timeline traces/hgemm_tensor.wst\n"
                "warpscope timeline traces/hgemm_tensor.wst --from 2000 --to 2100 --top 12\n"
                "warpscope timeline traces/softmax.wst --format csv -o softmax.csv",
     .run = run_timeline},
    {.name = "launches",
     .operands = "FILE...",
     .n_min = 1,
     .n_max = 1000,
     .operand_kind = CLI_FILE,
     .options = TABLES | WORKS | CLI_BIT(OPT_KEEP_GOING) | CLI_BIT(OPT_COLOR) | CLI_BIT(OPT_PAGE) |
                CLI_BIT(OPT_ROWS) | CLI_BIT(OPT_STEP) | CLI_BIT(OPT_RANKS) | CLI_BIT(OPT_LENGTH) |
                CLI_BIT(OPT_MIN_COUNT) | CLI_BIT(OPT_SORT) | CLI_BIT(OPT_BATCHES) |
                CLI_BIT(OPT_HOST) | CLI_BIT(OPT_FROM_HOST) | CLI_BIT(OPT_CPU_FACTOR) |
                CLI_BIT(OPT_GPU_FACTOR),
     .summary = "say why the GPU waits and which launches to fuse",
     .about =
         "FILE is a trace of the PyTorch profiler (JSON of any year, packed or not) or an SQLite "
         "export of Nsight Systems. Says whether the run is CPU-bound or GPU-bound and what shows "
         "it; TKLQT, the total kernel launch and queuing time, with its launch and queue parts; "
         "why the GPU was idle and which call is to blame; chains of kernels whose launches could "
         "be one.\n"
         "Several files are runs to compare, side by side; with --ranks they are the ranks of one "
         "run. A kernel belongs to the launch call with its correlation number, whatever the "
         "call's name; kernels without one are counted by reason. Times in JSON and CSV are "
         "nanoseconds, and start with the run.\n"
         "--show batch takes the files as one workload at several batch sizes: from which one on "
         "the GPU is the limit, and what a model of host and device time says of sizes that nobody "
         "ran. --host, --cpu-factor and --gpu-factor replay the recorded launches on another "
         "machine; what that leaves out stands in include/prof/replay.h.",
     .example = "warpscope launches traces/transformer-b1.json.gz\n"
                "warpscope launches traces/transformer-b1.json.gz --show gaps --top 5\n"
                "warpscope launches traces/transformer-b1.json.gz traces/transformer-b16.json.gz\n"
                "warpscope launches traces/transformer-b1.json.gz --step 0 --format json\n"
                "warpscope launches traces/transformer-b*.json.gz --show batch\n"
                "warpscope launches traces/transformer-b16.json.gz --cpu-factor 3",
     .run = run_launches},
    {.name = "show",
     .operands = "VIEW PATH",
     .n_min = 2,
     .n_max = 2,
     .operand_kind = CLI_FILE,
     .first_values = "kernels overview stalls sass compare gpu verdict timeline queue tally gaps "
                     "tree fusion",
     .options = PRINTS | LOADS | MODELS | CLI_BIT(OPT_GPUS) | CLI_BIT(OPT_PICTURE) |
                CLI_BIT(OPT_SIZE) | CLI_BIT(OPT_THEME) | CLI_BIT(OPT_STEP),
     .summary = "print a view of the explorer in full",
     .about = "VIEW is kernels, overview, stalls, sass, compare or gpu of a trace, or verdict, "
              "timeline, queue, tally, gaps, tree or fusion of a profile. Views of one kernel show "
              "the first that --kernel asks for. A second --gpu is the one that compare compares "
              "with.",
     .example = "warpscope show overview traces/softmax.wst\n"
                "warpscope show sass traces/softmax.wst --format svg -o sass.svg\n"
                "warpscope show timeline traces/transformer-b1.json.gz --size 120x30",
     .run = run_show},
    {.name = "trace info",
     .operands = "PATH",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_FILE,
     .options = TABLES | WORKS | OPENS | CLI_BIT(OPT_HEADERS),
     .summary = "list the kernels of a trace",
     .about = "PATH is a .traceg or .trace text, plain or packed with gzip, xz or zstd, a .wst "
              "container, a kernelslist or kernelslist.g, a PPT-GPU folder, or a folder that holds "
              "one of these. The kernels are loaded to count their instructions; a count that is "
              "not known shows as ?. Traces that a builder made are said to be synthetic.",
     .example = "warpscope trace info traces/softmax.wst\n"
                "warpscope trace info traces/softmax.wst --format json",
     .run = run_trace_info},
    {.name = "trace check",
     .operands = "PATH",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_FILE,
     .options = TABLES | LOADS,
     .summary = "load every kernel and say what is wrong with it",
     .about = "Counts instructions, warps and unknown opcodes. The exit code is 5 when there was a "
              "warning or a kernel with too many unknown opcodes, 3 when a kernel cannot be read.",
     .example = "warpscope trace check traces/softmax.wst",
     .run = run_trace_check},
    {.name = "trace convert",
     .operands = "PATH",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_FILE,
     .options = ALWAYS | LOADS | CLI_BIT(OPT_TARGET) | CLI_BIT(OPT_THREADS),
     .summary = "write the kernels of a trace as a .wst container",
     .about = "A container loads many times faster than text and is much smaller. The name behind "
              "-o ends in .wst, or in .traceg for grouped text of a single kernel.",
     .example = "warpscope trace convert traces/vector_add.wst -o vector_add.traceg\n"
                "warpscope trace convert vector_add.traceg -o vector_add.wst",
     .run = run_trace_convert},
    {.name = "trace build",
     .operands = "FILE.lua [NAME=VALUE]...",
     .n_min = 1,
     .n_max = 1000,
     .operand_kind = CLI_BUILDER,
     .options = ALWAYS | SCRIPTS | CLI_BIT(OPT_TARGET),
     .summary = "make a synthetic trace from a Lua description",
     .about =
         "FILE.lua is a script that describes a kernel, or the name of one that was installed. "
         "NAME=VALUE sets a parameter of the script. The trace says that it is synthetic. "
         "Without -o it gets the name of the script, in the current folder.",
     .example = "warpscope trace build vector_add n=1048576 -o vector_add.wst",
     .run = run_trace_build},
    {.name = "counters show",
     .operands = "FILE...",
     .n_min = 1,
     .n_max = 1000,
     .operand_kind = CLI_FILE,
     .options = TABLES | WORKS | CLI_BIT(OPT_KEEP_GOING) | CLI_BIT(OPT_KERNEL) |
                CLI_BIT(OPT_COUNTER_PAGE) | CLI_BIT(OPT_COUNTER_SORT) | CLI_BIT(OPT_METRIC) |
                CLI_BIT(OPT_MOST),
     .summary = "print what Nsight Compute measured of kernels",
     .about =
         "FILE is CSV of Nsight Compute: a raw, details or source page (ncu --csv, or ncu --import "
         "REPORT --page raw --csv), or what `counters import` wrote. Prints a row a kernel: "
         "cycles, time, clock, traffic of DRAM, hits of L2, occupancy, the largest stall reason.\n"
         "--show stalls prints the cycles of a warp for each instruction issued, by reason; "
         "metrics "
         "prints every metric of the file, known or not; source prints for each launch the "
         "instructions with most samples, or all as they stand with --sort recorded. In JSON and "
         "CSV times are nanoseconds and sizes bytes, and instructions are all there, in order.\n"
         "Instructions of a source page join the kernels of a raw page that is given with it: the "
         "k-th launch of a name is the k-th of that name there.",
     .example = "warpscope counters show traces/counters-raw.csv.gz --sort time --top 10\n"
                "warpscope counters show traces/counters-raw.csv.gz --show stalls --kernel rows\n"
                "warpscope counters show traces/counters-raw.csv.gz --show metrics --metric dram\n"
                "warpscope counters show traces/counters-raw.csv.gz traces/counters-source.csv.gz "
                "--show source",
     .run = run_counters_show},
    {.name = "counters import",
     .operands = "FILE...",
     .n_min = 1,
     .n_max = 1000,
     .operand_kind = CLI_FILE,
     .options = PRINTS | WORKS | CLI_BIT(OPT_KEEP_GOING) | CLI_BIT(OPT_ALL),
     .summary = "make one small file of exports of Nsight Compute",
     .about =
         "FILE is anything that `counters show` reads. The compact file is CSV with a row a "
         "kernel, and rows of its instructions where there is a source page; units are converted, "
         "so "
         "that all values of a metric have the same. Reading it gives equal numbers. Metrics that "
         "warpscope does not know are left out unless --all is given.",
     .example =
         "warpscope counters import traces/counters-raw.csv.gz traces/counters-source.csv.gz -o "
         "counters.csv",
     .run = run_counters_import},
    {.name = "gpu list",
     .operands = "",
     .options = TABLES,
     .summary = "list the GPUs that are described",
     .about = "Shows name, architecture, SMs, clock, memory bandwidth and peak rates.",
     .example = "warpscope gpu list",
     .run = run_gpu_list},
    {.name = "gpu show",
     .operands = "NAME|FILE",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_GPU,
     .options = TABLES,
     .summary = "print the parameters of a GPU with unit and source",
     .about = "A value marked ~ is inferred from a sister chip or derived; ? is not known.",
     .example = "warpscope gpu show h100-pcie",
     .run = run_gpu_show},
    {.name = "gpu check",
     .operands = "NAME|FILE...",
     .n_min = 1,
     .n_max = 1000,
     .operand_kind = CLI_GPU,
     .options = PRINTS,
     .summary = "check GPU descriptions: units, ranges, consistency",
     .about = "Says what is wrong with the line of the file, and exits with 3 then.",
     .example = "warpscope gpu check gpus/h100-pcie.json",
     .run = run_gpu_check},
    {.name = "gpu diff",
     .operands = "A B",
     .n_min = 2,
     .n_max = 2,
     .operand_kind = CLI_GPU,
     .options = TABLES,
     .summary = "print the parameters in which two GPUs differ",
     .about = "Each line has both values and their ratio.",
     .example = "warpscope gpu diff a100-pcie-80gb h100-pcie",
     .run = run_gpu_diff},
    {.name = "host list",
     .operands = "",
     .options = TABLES,
     .summary = "list the hosts that launch kernels",
     .about = "A host is a CPU with its link to a GPU: `launches --host` replays a profile on one. "
              "~ marks a number that was taken from another product, ? one that nobody published.",
     .example = "warpscope host list",
     .run = run_host_list},
    {.name = "host show",
     .operands = "NAME|FILE",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_HOST,
     .options = TABLES,
     .summary = "print the numbers of a host with unit and source",
     .about = "gpus/hosts/SCHEMA.md tells how to describe another one.",
     .example = "warpscope host show grace-gh200",
     .run = run_host_show},
    {.name = "model list",
     .operands = "",
     .options = TABLES,
     .summary = "list the timing models",
     .about =
         "Interval models are one pipeline with other variants of its stages; the error band is "
         "what validation found.",
     .example = "warpscope model list",
     .run = run_model_list},
    {.name = "model show",
     .operands = "NAME",
     .n_min = 1,
     .n_max = 1,
     .operand_kind = CLI_MODEL,
     .options = TABLES,
     .summary = "explain a timing model: stages, equations, sources",
     .about = "Stages marked + or - are fixes, on or off by default in this model.",
     .example = "warpscope model show warpscope",
     .run = run_model_show},
    {.name = "model diff",
     .operands = "A B",
     .n_min = 2,
     .n_max = 2,
     .operand_kind = CLI_MODEL,
     .options = TABLES,
     .summary = "print the stages in which two models differ",
     .about = "Each stage has both variants with their equations and sources.",
     .example = "warpscope model diff warpscope amali-public",
     .run = run_model_diff},
    {.name = "sweep",
     .operands = "FILE.lua [NAME=VALUE]...",
     .n_min = 1,
     .n_max = 1000,
     .operand_kind = CLI_SWEEP,
     .options = TABLES | SCRIPTS | CLI_BIT(OPT_THREADS) | CLI_BIT(OPT_TRACE) | CLI_BIT(OPT_EXACT),
     .summary = "run a Lua script that models many design points",
     .about =
         "FILE.lua is a script, or the name of one that was installed. NAME=VALUE is handed to "
         "it. A point that fails is a row with the error and does not stop the others. Without "
         "--format the ending of the -o file decides.",
     .example = "warpscope sweep l2_size -j 4 -o l2.csv",
     .run = run_sweep},
    {.name = "completion",
     .operands = "bash",
     .n_min = 1,
     .n_max = 1,
     .first_values = "bash",
     .options = PRINTS,
     .summary = "print a script that completes words in the shell",
     .about = "Commands, options, GPUs, models, fixes and files are completed.",
     .example = "source <(warpscope completion bash)",
     .run = run_completion},
    {.name = "help",
     .operands = "[COMMAND]...",
     .n_max = 2,
     .operand_kind = CLI_COMMAND,
     .options = PRINTS,
     .summary = "explain a command, or the program",
     .about = "The same as --help behind the command.",
     .example = "warpscope help trace check",
     .run = run_help},
    {.name = "man",
     .operands = "",
     .options = PRINTS,
     .summary = "print the manual page in mdoc",
     .about = "The page is made from the same tables as the help.",
     .example = "warpscope man -o warpscope.1",
     .run = run_man},
};

size_t cli_n_commands(void)
{
    return ARRAY_LEN(commands);
}

const struct cli_command *cli_command_at(size_t i)
{
    ASSERT(i < ARRAY_LEN(commands));
    return &commands[i];
}

/* --- finding --------------------------------------------------------------------------------- */

/* Words of `name` if argv begins with them, else 0. */
static int match_words(const char *name, int argc, char *const *argv)
{
    str rest = str_from(name), word;
    int n = 0;
    while (str_cut(&rest, ' ', &word)) {
        if (n == argc || !str_is(word, argv[n]))
            return 0;
        n++;
    }
    return n;
}

static bool is_group(const char *word)
{
    for (size_t i = 1; i < ARRAY_LEN(commands); i++) {
        str rest = str_from(commands[i].name), first;
        if (str_cut(&rest, ' ', &first) && rest.n > 0 && str_is(first, word))
            return true;
    }
    return false;
}

static const char *second_word(size_t i, void *group)
{
    str rest = str_from(commands[i].name), first;
    bool is_member = str_cut(&rest, ' ', &first) && rest.n > 0 && str_is(first, group);
    return is_member ? rest.p : "";
}

/* "trace" names a group: what follows must be one of its commands. */
static enum status fail_in_group(int argc, char *const *argv, struct err *e)
{
    char list[160] = "";
    for (size_t i = 1; i < ARRAY_LEN(commands); i++) {
        const char *second = second_word(i, argv[0]);
        size_t n = strlen(list);
        if (second[0] != '\0')
            snprintf(list + n, sizeof list - n, "%s%s", n == 0 ? "" : ", ", second);
    }
    if (argc < 2 || argv[1][0] == '-') {
        err_set(e, STATUS_USAGE, "'%s' needs a subcommand", argv[0]);
        err_expected(e, "%s", list);
        return STATUS_USAGE;
    }
    err_set(e, STATUS_USAGE, "unknown command '%s %s'", argv[0], argv[1]);
    err_expected(e, "%s", list);
    const char *near = str_nearest(str_from(argv[1]), ARRAY_LEN(commands), second_word, argv[0]);
    if (near != NULL)
        err_hint(e, "did you mean '%s %s'?", argv[0], near);
    return STATUS_USAGE;
}

static bool asks_help(int argc, char *const *argv)
{
    return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static const char *command_name(size_t i, void *arg)
{
    (void)arg;
    return commands[i].name;
}

static enum status fail_if_mistyped(const char *word, struct err *e)
{
    if (os_is_file(word) || os_is_dir(word))
        return STATUS_OK;
    const char *near = str_nearest(str_from(word), ARRAY_LEN(commands), command_name, NULL);
    if (near == NULL)
        return STATUS_OK;
    err_set(e, STATUS_USAGE, "'%s' is neither a command nor a file", word);
    err_hint(e, "did you mean 'warpscope %s'?", near);
    return STATUS_USAGE;
}

enum status cli_find_command(int argc, char *const *argv, const struct cli_command **out,
                             int *n_words, struct err *e)
{
    for (size_t i = 1; i < ARRAY_LEN(commands); i++) {
        *n_words = match_words(commands[i].name, argc, argv);
        *out = &commands[i];
        if (*n_words > 0)
            return STATUS_OK;
    }
    *n_words = 0;
    *out = &commands[0];
    if (argc == 0 || argv[0][0] == '-')
        return STATUS_OK;
    if (is_group(argv[0])) {
        *n_words = 1; /* with --help: of the group */
        return asks_help(argc, argv) ? STATUS_OK : fail_in_group(argc, argv, e);
    }
    return fail_if_mistyped(argv[0], e);
}
